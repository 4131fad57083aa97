"""All causes of a violated claim: the rule `causes/1`.

A cause is a part of a statement (`cuts`) that allows a request which must not be allowed, or denies one which
must be; or a rule of AWS that needs no statement. Each comes with such a request. That there is no other
cause is a refutation: with these parts left out of their statements, and without what the rules of AWS
decide, the wide question has no model. Whoever mends every statement on the list is done. Where a request
needs several statements together, one of them is enough; where nothing allows what must be allowed, a
Deny statement that denies it too is not looked for.

As data, `{"rule": "causes/1", "causes": [{..., "request": {...}}, ...], "rest": REFUTATION}`. Where further
causes cannot be excluded there is, in place of `rest`, a member `open` with the reasons.
A statement's cause has the members `file`, `path`, `statement`, `caller`, `action` and `resource` of a cut, a
rule's cause has `rule-of-aws` and those of its rule.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from checkers import limits
from checkers.cloud.authorization import ALWAYS_ALLOWED, ALWAYS_ALLOWED_TO_USERS, USERS
from checkers.cloud.cuts import Cut, Place, action_patterns, part_literal, pattern_literal, resource_patterns, root_cut
from checkers.cloud.derivation import GRANTING, WITHOUT_PRINCIPAL, Effect, Note
from checkers.cloud.request import assignment_of, parse_request
from checkers.cloud.vocabulary import ACTION, ANY_ARN, PRINCIPAL, RESOURCE, account_of
from checkers.kernel.budget import Budget
from checkers.kernel.clauses import Question
from checkers.kernel.formula import FALSE, TRUE, Formula, Literal
from checkers.kernel.globs import GlobSet, show
from checkers.kernel.refutation import check_refutation
from checkers.strict_json import Json
from checkers.verdict import Declined, Rejected

if TYPE_CHECKING:
    from checkers.cloud.claims import Derived

RULE = "causes/1"
RULE_OF_AWS = "rule-of-aws"
ROOT = "root"  # the root user of an account may do in it whatever nothing denies
ALWAYS = "always-allowed"  # what no policy can deny (`authorization.ALWAYS_ALLOWED`)
IMPLICIT = "not-allowed"  # no statement allows it: the cause of a denial that needs no Deny
_MEMBERS = ("file", "path", "statement", "caller", "action", "resource")
_OF_RULES: dict[str, tuple[str, ...]] = {ROOT: ("caller",), ALWAYS: (), IMPLICIT: ("action", "resource")}


@dataclass(frozen=True, slots=True)
class AwsRule:
    """Requests that a rule of AWS decides: those of a root user, some actions, or a part of what is required."""

    name: str
    caller: str = ""
    action: int | None = None
    resource: int | None = None


Cause = Cut | AwsRule


class Ask(Protocol):
    """Derives a side of the claim's question without parts of statements."""

    def __call__(self, *, wide: bool, without: Sequence[Cut]) -> "Derived":
        """The side that is asked for."""


@dataclass(frozen=True, slots=True)
class Violation:
    """What the causes of one claim are about.

    `effect` is what its statements do: Allow, or Deny where everything is required to be allowed. `actions` and
    `resources` are what is required then. `with_sessions`: the requests are made with session policies.
    """

    ask: Ask
    check_witness: Callable[["Derived", Mapping[str, Json]], None]
    effect: Effect
    actions: GlobSet | None
    resources: GlobSet | None
    with_sessions: bool


def check_causes(violation: Violation, data: Mapping[str, Json]) -> "Derived":
    """Return a side of the question iff the data lists causes, and proves that there is no other where it says so.

    each r of causes: r is a model of the narrow question, and of its cause
    wide question without the causes ⊢ ⊥
    -----------------------------------------------------------------------  causes/1
    the claim is violated, by these causes and no other
    """
    if data.keys() - {"rest", "open"} != {"rule", "causes"} or ("rest" in data) is ("open" in data):
        raise Rejected("a list of causes has the members rule, causes, and one of rest and open")
    rows = _rows(data["causes"])
    causes = [parse_cause(row, violation.effect) for row in rows]
    if len(set(causes)) < len(causes):
        raise Rejected("a cause is listed twice")
    narrow = violation.ask(wide=False, without=())
    cuts = cuts_of(causes)
    left = violation.ask(wide=False, without=cuts) if any(_is_implicit(c) for c in causes) else narrow
    for cause, row in zip(causes, rows, strict=True):
        derived = left if _is_implicit(cause) else narrow
        violation.check_witness(derived, {"rule": "witness/1", "request": row["request"]})
        if not is_cause_of(cause, row["request"], derived, violation):
            raise Rejected(f"{in_words(cause)} is no cause of its request")
    if "open" in data:
        _check_reasons(data["open"])
        return narrow
    rest, wide = data["rest"], violation.ask(wide=True, without=cuts)
    if not isinstance(rest, dict):
        raise Rejected("rest is not a refutation")
    check_refutation(without_rules(wide, causes, violation), rest)
    return wide


def _rows(value: Json) -> list[dict[str, Json]]:
    if not isinstance(value, list) or not value or not all(isinstance(row, dict) and "request" in row for row in value):
        raise Rejected("causes is not a list of causes, each with its request")
    if len(value) > limits.MAX_CAUSES:
        raise Declined(f"{len(value)} causes; at most {limits.MAX_CAUSES} are supported")
    return value


def _check_reasons(value: Json) -> None:
    if not isinstance(value, list) or not value or not all(isinstance(v, str) and v for v in value):
        raise Rejected("open is not a list of reasons")


def parse_cause(row: Mapping[str, Json], effect: Effect) -> Cause:
    """A cause from JSON, of a violation by what statements with this effect do. Raises `Rejected` or `Declined`."""
    cause = parse_members(row)
    if isinstance(cause, AwsRule) and (cause.name == IMPLICIT) is not (effect is Effect.DENY):
        raise Rejected(f"the rule {cause.name} is no cause of such a violation")
    return cause


def parse_members(row: Mapping[str, Json]) -> Cause:
    """A cause from its members."""
    action, resource = row.get("action"), row.get("resource")
    if not all(i is None or (type(i) is int and i >= 0) for i in (action, resource)):
        raise Rejected("a pattern of a cause is neither null nor the number of one")
    texts = [row.get(name, "") for name in (RULE_OF_AWS, "file", "path", "statement", "caller")]
    if not all(isinstance(t, str) for t in texts):
        raise Rejected("a member of a cause is not text")
    name, file, path, statement, caller = texts
    if RULE_OF_AWS not in row:
        if row.keys() != {*_MEMBERS, "request"}:
            raise Rejected(f"the cause of a statement has exactly the members {', '.join(_MEMBERS)} and request")
        return Cut(file, path, statement, caller, action, resource)
    if name not in _OF_RULES:
        raise Declined(f"rule of AWS {name!a:.80}; this checker knows {', '.join(_OF_RULES)}")
    if row.keys() != {RULE_OF_AWS, "request", *_OF_RULES[name]}:
        raise Rejected(
            f"the cause {name} has exactly the members {', '.join((RULE_OF_AWS, *_OF_RULES[name]))} and request"
        )
    return AwsRule(name, caller, action, resource)


def _is_implicit(cause: Cause) -> bool:
    return isinstance(cause, AwsRule) and cause.name == IMPLICIT


def cause_json(cause: Cause) -> dict[str, Json]:
    """The cause as a certificate has it, without its request."""
    if isinstance(cause, Cut):
        return {name: getattr(cause, name) for name in _MEMBERS}
    return {RULE_OF_AWS: cause.name, **{name: getattr(cause, name) for name in _OF_RULES[cause.name]}}


def in_words(cause: Cause, notes: Sequence[Note] = ()) -> str:
    """The cause in one line; with the notes of its question the patterns are written out."""
    if isinstance(cause, AwsRule):
        texts = [cause.name, cause.caller]
        texts += [f"{n} {i}" for n, i in (("action", cause.action), ("resource", cause.resource)) if i is not None]
        return f"rule of AWS {', '.join(t for t in texts if t)}"
    note = next((n for n in notes if _place(n) == cause.place), None)
    texts = [".".join(p for p in (cause.path, cause.statement) if p)]
    texts += [f"of {cause.caller}"] if cause.caller else []
    for name, index, patterns in (
        ("action", cause.action, action_patterns(note.statement) if note else ()),
        ("resource", cause.resource, resource_patterns(note.statement) if note else ()),
    ):
        if index is not None:
            texts.append(f"{name} {show(patterns[index]) if index < len(patterns) else index}")
    return f"{cause.file} {', '.join(texts)}"


def causes_in_words(certificate: Mapping[str, Json], notes: Sequence[Note]) -> tuple[str, ...]:
    """What an accepted certificate says of causes: nothing where it lists none."""
    if certificate.get("rule") != RULE:
        return ()
    rows: list[dict[str, Json]] = certificate["causes"]
    reasons = certificate.get("open", [])
    last = [f"there may be others: {reason}" for reason in reasons] or ["there is no other cause"]
    return (*(f"caused by {in_words(parse_members(row), notes)}" for row in rows), *last)


# What a cause is about.


def _place(note: Note) -> Place:
    origin = note.document.origin
    return origin.file, origin.path, note.statement.path


def notes_of(cut: Cut, notes: Sequence[Note], effect: Effect) -> list[Note]:
    """Where a question has the statement of a cut, as something that grants, or denies.

    For a caller these are its own policies; without one, all.
    """
    found = [n for n in notes if _place(n) == cut.place and n.effect is effect]
    if effect is Effect.ALLOW:
        found = [n for n in found if n.kind in GRANTING]
    if cut.caller:
        found = [n for n in found if n.caller == cut.caller and n.kind in WITHOUT_PRINCIPAL]
    return found


def is_cause_of(cause: Cause, request: Json, derived: "Derived", violation: Violation) -> bool:
    """Whether the statement applies to the request, by these patterns; or whether the rule is about it."""
    concrete = parse_request(request)
    formula = derived.question.formula
    if isinstance(cause, AwsRule):
        literal = rule_literal(formula, cause, derived, violation)
    else:
        notes = [n for n in notes_of(cause, derived.notes, violation.effect) if n.caller in ("", concrete.principal)]
        if cause.caller and cause.caller != concrete.principal:
            return False
        parts = [
            formula.all([n.literal, part_literal(formula, n.statement, cause.action, cause.resource)]) for n in notes
        ]
        literal = formula.any(parts)
    return formula.evaluate(assignment_of(concrete), Budget())[abs(literal)] is (literal > 0)


def rule_literal(formula: Formula, rule: AwsRule, derived: "Derived", violation: Violation) -> Literal:
    """The requests that a rule of AWS decides."""
    if rule.name == ALWAYS:
        kinds = [(ALWAYS_ALLOWED, ANY_ARN)]
        kinds += [] if violation.with_sessions else [(ALWAYS_ALLOWED_TO_USERS, USERS)]
        return formula.any(
            formula.all([formula.atom(ACTION, actions), _is_among(formula, derived, callers)])
            for actions, callers in kinds
        )
    if rule.name == IMPLICIT:
        actions, resources = (s.patterns if s is not None else () for s in (violation.actions, violation.resources))
        action = pattern_literal(formula, ACTION, actions, rule.action)
        return formula.all([action, pattern_literal(formula, RESOURCE, resources, rule.resource)])
    if not (rule.caller.endswith(":root") and account_of(rule.caller)):
        raise Rejected(f"{rule.caller} is no root user")
    return _is_among(formula, derived, GlobSet([rule.caller]))


def _is_among(formula: Formula, derived: "Derived", callers: GlobSet) -> Literal:
    """The request is made by one of the callers; no request about documents alone is."""
    if derived.scope is None:
        return FALSE
    if derived.scope.fixed:
        return TRUE if derived.scope.fixed in callers else FALSE
    return formula.atom(PRINCIPAL, callers)


def cuts_of(causes: Iterable[Cause]) -> tuple[Cut, ...]:
    """What a question without causes leaves out of statements, and of what root users may do."""
    roots = (root_cut(c.caller) for c in causes if isinstance(c, AwsRule) and c.name == ROOT)
    return (*(c for c in causes if isinstance(c, Cut)), *roots)


def without_rules(derived: "Derived", causes: Sequence[Cause], violation: Violation) -> Question:
    """The question without the requests that the other rules of AWS among the causes decide."""
    formula = derived.question.formula
    others = (c for c in causes if isinstance(c, AwsRule) and c.name != ROOT)
    rules = [rule_literal(formula, c, derived, violation) for c in others]
    return Question(formula, formula.all([derived.question.root, *[-literal for literal in rules]]))
