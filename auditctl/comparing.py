"""`auditctl diff`: what a new policy or snapshot allows that an old one does not, and the other way round.

Untrusted: each answer has a certificate, which `checkers.cloud.comparison` checks.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

from auditctl import __version__
from auditctl.answers import Certificate, json_of
from auditctl.bundle import compact
from auditctl.exit_codes import ExitCode, first_of
from auditctl.findings.readings import in_words
from auditctl.findings.witness import explain_request
from auditctl.names import UnknownName
from auditctl.output import check_writable, reason_of
from auditctl.progress import progress
from auditctl.query_language import as_action, as_resource
from auditctl.report.interface import Surface
from auditctl.report.model import Miss, Witness
from auditctl.report.page import Page, printable
from auditctl.report.rich_text import witness_text
from auditctl.search.solve import Model, Refutation, Undecided, solve
from auditctl.search.witness import confirms, improve, request_of, to_json
from auditctl.snapshot import read_directory
from checkers.cloud.authorization import ALWAYS_ALLOWED, ALWAYS_ALLOWED_TO_USERS
from checkers.cloud.claims import OBJECT_ACTIONS, S3_OBJECTS, WITNESS, Claim, Derived
from checkers.cloud.comparison import (
    Asked,
    Difference,
    Subject,
    Texts,
    all_subjects,
    check_difference,
    check_document_difference,
    difference,
    document_difference,
    parse_texts,
    subjects_of,
    unread_in_both,
)
from checkers.cloud.control import FORMAT as CONTROL_FORMAT
from checkers.cloud.control import parse_control, resource_set
from checkers.cloud.derivation import READINGS, Kind, Note
from checkers.cloud.guards import S3_ACTIONS
from checkers.cloud.inventory import Inventory
from checkers.cloud.policy import Origin, action_set
from checkers.cloud.request import ConcreteRequest, assignment_of
from checkers.cloud.scope import Scope, fixed_scope
from checkers.cloud.snapshot import FORMAT as SNAPSHOT_FORMAT
from checkers.cloud.snapshot import Snapshot
from checkers.cloud.targets import Target
from checkers.cloud.vocabulary import ACTION, RESOURCE
from checkers.kernel.clauses import Question
from checkers.kernel.formula import TRUE
from checkers.strict_json import Json, parse_json
from checkers.verdict import Refusal, Unreadable

FORMAT = "auditctl-diff/1"
KINDS = {"identity": Kind.IDENTITY, "resource": Kind.RESOURCE, "trust": Kind.TRUST}
NOBODY = "000000000000"

# More than these are counted, not shown; the JSON answer has all of them.
MAX_DETAILED = 20
MAX_NAMED = 40
MAX_UNREAD = 8


class Relation(Enum):
    """The new one beside the old one. `at most` and `at least` leave open whether they are equal."""

    EQUAL = "equal"
    LESS = "less"
    MORE = "more"
    INCOMPARABLE = "incomparable"
    AT_MOST = "equal or less"
    AT_LEAST = "more or incomparable"
    INCONCLUSIVE = "inconclusive"


class Presence(Enum):
    """Where a target is: in both, or in one of the two snapshots alone."""

    BOTH = "both"
    ADDED = "added"
    REMOVED = "removed"


class Answer(Enum):
    """Whether the one allows what the other does not."""

    YES = "yes"
    NO = "no"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Whether the one allows a request that the other does not.

    With `yes` the witness is such a request: `allowed` says why the one allows it, `denied` why the other does
    not, and `aspects` in which ways. With `no` the certificate is a refutation. `reasons` say why it is open,
    `refused` is the checker's objection to our own certificate, which is a bug.
    """

    answer: Answer
    aspects: tuple[str, ...]
    allowed: Witness | None
    denied: Witness | None
    certificate: Certificate | None
    reasons: tuple[str, ...]
    refused: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetDiff:
    """One policy, one principal with all that it may do, or one resource with all that is done to it."""

    id: str
    kind: str
    account: str
    presence: Presence
    relation: Relation
    more: Finding
    less: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many targets stand in each relation."""

    equal: int
    less: int
    more: int
    incomparable: int
    equal_or_less: int
    more_or_incomparable: int
    inconclusive: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffAnswer:
    """The whole comparison. `of` is `policies` or `snapshots`; without actions and resources all are compared.

    `unread` is what neither snapshot could read or has a model for: it is taken to be unchanged.
    """

    format: str
    tool: str
    of: str
    old: str
    new: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    partial: bool
    exit_code: int
    counts: Counts
    targets: tuple[TargetDiff, ...]
    unread: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user asked for."""

    old: Path
    new: Path
    kind: str = "identity"
    actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    output: Path | None = None
    form: str = "rich"


def compare(options: Options) -> DiffAnswer:
    """Compare two policies, or two snapshots."""
    if options.output is not None:
        check_writable(options.output)
    kinds = {path: _is_snapshot(path) for path in (options.old, options.new)}
    if len(set(kinds.values())) > 1:
        raise UnknownName("one is a directory and one is a file; two policies or two snapshots are compared")
    asked = Asked(
        action_set(tuple(map(as_action, options.actions))) if options.actions else None,
        resource_set(tuple(map(as_resource, options.resources)), "--resource") if options.resources else None,
    )
    if kinds[options.old]:
        return _snapshots(options, asked)
    return _answer(options, "policies", [_policies(options, asked)])


def _is_snapshot(path: Path) -> bool:
    if not path.exists():
        raise Unreadable(f"{path}: no such file or directory")
    return path.is_dir()


def _answer(
    options: Options, of: str, targets: Sequence[TargetDiff], *, partial: bool = False, unread: Sequence[str] = ()
) -> DiffAnswer:
    relations = [t.relation for t in targets]
    return DiffAnswer(
        format=FORMAT,
        tool=f"auditctl {__version__}",
        of=of,
        old=str(options.old),
        new=str(options.new),
        actions=options.actions,
        resources=options.resources,
        partial=partial,
        exit_code=_exit_code(targets, partial=partial).value,
        counts=Counts(**{r.value.replace(" ", "_"): relations.count(r) for r in Relation}),
        targets=tuple(targets),
        unread=tuple(unread),
    )


def _exit_code(targets: Sequence[TargetDiff], *, partial: bool) -> ExitCode:
    more = {t.more.answer for t in targets}
    applies = {
        ExitCode.REFUSED: any(t.more.refused or t.less.refused for t in targets),
        ExitCode.INTERRUPTED: partial,
        ExitCode.VIOLATED: Answer.YES in more,
        ExitCode.INCONCLUSIVE: Answer.INCONCLUSIVE in more or not targets,
    }
    return first_of(code for code, does in applies.items() if does)


# Deciding one direction.


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The two that are compared in one direction: whether the first allows more than the second.

    `claim` speaks of the target in words, for explanations; `scope` is that of its requests.
    """

    question: Callable[[bool], Difference]
    check: Callable[[Mapping[str, Json]], bool]
    first: Inventory
    second: Inventory
    claim: Claim
    scope: Scope | None


def decide(pair: Pair) -> Finding:
    """Whether the first allows more, with the certificate that the checker took."""
    wide = pair.question(True)  # noqa: FBT003  the side of the question
    if wide.question.root == TRUE:
        return _open(wide.first.readings)
    answer = solve(wide.question)
    if isinstance(answer, Refutation):
        return _checked(pair, answer.data, Finding(**_NOTHING, answer=Answer.NO))
    narrow = pair.question(False)  # noqa: FBT003  the side of the question
    first, answer = answer, solve(_telling(narrow.question))
    if not isinstance(answer, Model):
        answer = solve(narrow.question)
    if not isinstance(answer, Model):
        return _open(_reasons(first, wide, narrow) if isinstance(answer, Refutation) else (answer.reason,))
    request = _request(answer, narrow, pair)
    if request is None:
        return _open(("a model was found, but no request has its values",))
    return _checked(pair, {"rule": WITNESS, "request": to_json(request)}, _shown(pair, request, narrow))


def _telling(question: Question) -> Question:
    """The question about requests that tell something: S3 actions on resources of their type, nothing that is free."""
    formula = question.formula
    on_object, is_s3 = formula.atom(ACTION, OBJECT_ACTIONS), formula.atom(ACTION, S3_ACTIONS)
    is_object = formula.atom(RESOURCE, S3_OBJECTS)
    types = [formula.any([-on_object, is_object]), formula.any([on_object, -is_s3, -is_object])]
    free = [formula.atom(ACTION, actions) for actions in (ALWAYS_ALLOWED, ALWAYS_ALLOWED_TO_USERS)]
    return Question(formula, formula.all([question.root, *types, *[-x for x in free]]))


def _request(answer: Model, narrow: Difference, pair: Pair) -> ConcreteRequest | None:
    """The request of a model, made readable; None where the checker does not take it for one."""
    plain = _derived(narrow, pair.scope)
    request = request_of(answer.values, plain)
    if not confirms(plain, request):
        return None
    real = replace(plain, question=_telling(narrow.question))
    derived = real if confirms(real, request) else plain
    request = improve(request, pair.claim, derived)
    without = replace(request, context={k: v for k, v in request.context.items() if k != "aws:securetransport"})
    return without if confirms(derived, without) else request


_NOTHING: dict[str, Any] = {
    "aspects": (),
    "allowed": None,
    "denied": None,
    "certificate": None,
    "reasons": (),
    "refused": "",
}


def _open(reasons: Iterable[str]) -> Finding:
    words = tuple(dict.fromkeys(in_words(reason) for reason in reasons))
    return Finding(**_NOTHING | {"answer": Answer.INCONCLUSIVE, "reasons": words})


def _checked(pair: Pair, data: Mapping[str, Any], finding: Finding) -> Finding:
    """The finding, if the checker takes the certificate and reads the same from it."""
    try:
        allows = pair.check(data)
    except Refusal as refusal:
        return replace(_open(()), refused=f"the checker {refusal.verdict.value} our certificate: {refusal}")
    if allows is not (finding.answer is Answer.YES):
        return replace(_open(()), refused="the checker reads another answer from our certificate")
    return replace(finding, certificate=Certificate(rule=data["rule"], text=compact(data)))


def _derived(found: Difference, scope: Scope | None) -> Derived:
    """The question as the search for witnesses takes it."""
    half = found.first
    return Derived(
        question=found.question,
        asked=half.asked,
        allowed=half.allowed,
        notes=half.notes,
        readings=half.readings,
        ledger=half.ledger,
        scope=scope,
    )


def _shown(pair: Pair, request: ConcreteRequest, narrow: Difference) -> Finding:
    """The request with the statements that allow it on the one side, and that deny it or are missing on the other."""
    values = narrow.question.formula.evaluate(assignment_of(request))
    sides = []
    for claim, half, inventory in (
        (pair.claim, narrow.first, pair.first),
        (_denying(pair.claim), narrow.second, pair.second),
    ):
        # Of callers outside the snapshot no identity policy is known: those read for nobody are somebody else's.
        notes = [n for n in half.notes if n.caller or n.kind is not Kind.IDENTITY]
        if claim.target.account == NOBODY:  # a document on its own, which no resource of a snapshot has
            notes = [replace(n, kind=Kind.IDENTITY) for n in half.notes]
        derived = _derived(replace(narrow, first=replace(half, notes=tuple(notes))), pair.scope)
        sides.append(explain_request(claim, request, derived, inventory))
    sides[1] = replace(sides[1], misses=_near(sides[1], sides[0]))
    aspects = tuple(name for name, literal in narrow.aspects if values[abs(literal)] is (literal > 0))
    return Finding(**_NOTHING | {"answer": Answer.YES, "aspects": aspects, "allowed": sides[0], "denied": sides[1]})


def _near(denied: Witness, allowed: Witness) -> tuple[Miss, ...]:
    """The statements that no longer, or not yet, allow a request: those of the documents that do on the other side."""
    documents = {s.place.document for s in allowed.applies}
    return tuple(m for m in denied.misses if m.place.document in documents) or denied.misses


def _denying(claim: Claim) -> Claim:
    """The claim whose witness is a request that is not allowed."""
    request = replace(claim.control.request, all=True)
    return replace(claim, control=replace(claim.control, form="require", request=request))


def _reasons(first: Model | Undecided, wide: Difference, narrow: Difference) -> Iterator[str]:
    """Why a request may be new and none surely is: the readings and ledger entries that decide."""
    if isinstance(first, Undecided):
        yield first.reason
        return
    ones, others = (side.question.formula.evaluate(first.values) for side in (wide, narrow))
    found: list[str] = []
    for one, other in ((wide.first, narrow.first), (wide.second, narrow.second)):
        applies = {_place(n): others[abs(n.literal)] is (n.literal > 0) for n in other.notes}
        for note in one.notes:
            if applies.get(_place(note)) is not (ones[abs(note.literal)] is (note.literal > 0)):
                found += note.readings
        for half, values in ((one, ones), (other, others)):
            found += [e.id for e, literal in half.ledger if values[abs(literal)] is (literal > 0)]
    if not found:
        found = [r for half in (wide.first, wide.second, narrow.first, narrow.second) for r in half.readings]
    yield from sorted(dict.fromkeys(found), key=lambda reason: reason in READINGS)
    if not found:
        yield "what is not known of the one may differ from what is not known of the other"


def _place(note: Note) -> tuple[Any, ...]:
    return note.document.origin, note.statement.path, note.effect, note.caller


def _relation(more: Answer, less: Answer) -> Relation:
    if more is Answer.INCONCLUSIVE:
        return Relation.INCONCLUSIVE
    if more is Answer.YES:
        return {
            Answer.YES: Relation.INCOMPARABLE,
            Answer.NO: Relation.MORE,
            Answer.INCONCLUSIVE: Relation.AT_LEAST,
        }[less]
    return {Answer.YES: Relation.LESS, Answer.NO: Relation.EQUAL, Answer.INCONCLUSIVE: Relation.AT_MOST}[less]


# Policies.


def _policies(options: Options, asked: Asked) -> TargetDiff:
    """Two policy documents compared."""
    kind = KINDS[options.kind]
    texts, inventories = [], []
    for name, path in (("old", options.old), ("new", options.new)):
        value = _read_policy(path)
        origin = Origin(f"{name}.json", "$", f"the {name} policy")
        texts.append(parse_texts(value, origin))
        inventories.append(_holding(origin.file, value))
    if kind is Kind.RESOURCE and not any(s.resources for t in texts for s in t.document.statements):
        kind = Kind.UNNAMED
    old, new = 0, 1
    findings = [
        decide(_policy_pair(texts[one], texts[other], kind, asked, (inventories[one], inventories[other]), options))
        for one, other in ((new, old), (old, new))
    ]
    return TargetDiff(
        id=options.new.name,
        kind=f"{options.kind} policy",
        account="",
        presence=Presence.BOTH,
        relation=_relation(findings[0].answer, findings[1].answer),
        more=findings[0],
        less=findings[1],
    )


def _policy_pair(
    first: Texts,
    second: Texts,
    kind: Kind,
    asked: Asked,
    inventories: tuple[Inventory, Inventory],
    options: Options,
) -> Pair:
    target = Target("policy" if kind is Kind.IDENTITY else "account", options.new.name, options.new.name, NOBODY)
    return Pair(
        question=lambda wide: document_difference(first, second, kind, asked, wide=wide),
        check=lambda data: check_document_difference(data, first, second, kind, asked),
        first=inventories[0],
        second=inventories[1],
        claim=_claim(target, () if kind is Kind.IDENTITY else ("anyone",), options),
        scope=None if kind is Kind.IDENTITY else Scope((), ()),
    )


def _read_policy(path: Path) -> Json:
    """A policy document; also within a response of the AWS CLI that holds one."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Unreadable(f"{path}: {reason_of(error)}") from None
    value = parse_json(content, str(path))
    for _ in range(3):
        if isinstance(value, dict) and "Statement" not in value:
            inner = next((value[name] for name in _WRAPPERS if name in value), None)
            if inner is None:
                break
            value = parse_json(inner, str(path)) if isinstance(inner, str) else inner
    if not isinstance(value, dict) or "Statement" not in value:
        raise Unreadable(f"{path}: not a policy document: it has no Statement")
    return value


_WRAPPERS = ("Policy", "PolicyVersion", "PolicyDocument", "Document")


def _holding(name: str, value: Json) -> Inventory:
    """An inventory whose snapshot has the document, so that its lines can be shown."""
    manifest = {"format": SNAPSHOT_FORMAT, "accounts": [{"id": NOBODY}]}
    files = {"snapshot.json": manifest, name: value}
    return Inventory(Snapshot({path: json.dumps(content, default=str).encode for path, content in files.items()}))


def _claim(target: Target, principal: tuple[str, ...], options: Options) -> Claim:
    """A claim that speaks of the requests that are compared."""
    for_each = target.kind if target.kind in ("policy", "role", "user") else "account"
    request = {"action": list(options.actions) or ["*"], "resource": list(options.resources)}
    control = {
        "format": CONTROL_FORMAT,
        "id": "diff",
        "title": "",
        "for_each": for_each,
        "forbid": {"request": {**request, **({"principal": list(principal)} if principal else {})}},
    }
    return Claim(parse_control(control, "diff"), target)


# Snapshots.


def _snapshots(options: Options, asked: Asked) -> DiffAnswer:
    """Every principal and every resource of two snapshots compared."""
    old, new = (Inventory(Snapshot(read_directory(path))) for path in (options.old, options.new))
    subjects = [s for s in all_subjects(new, old) if _is_selected(s, options.only)]
    if options.only and not subjects:
        raise UnknownName(f"no principal or resource of the snapshots is named {', '.join(options.only)}")
    comparer = _Comparer(old, new, asked, options)
    found: list[TargetDiff] = []
    partial = False
    with progress("comparing", len(subjects)) as advance:
        try:
            for subject in sorted(subjects, key=lambda s: not s.principal):  # principals first
                found.append(comparer.compare(subject))
                advance()
        except KeyboardInterrupt:
            partial = True
    ordered = sorted(found, key=lambda t: (t.kind, t.id))
    unread = [in_words(reason) for reason in unread_in_both(old, new)]
    return _answer(options, "snapshots", ordered, partial=partial, unread=unread)


def _is_selected(subject: Subject, only: Sequence[str]) -> bool:
    from auditctl.controls.waivers import matches

    name = subject.id.rpartition("/")[2].rpartition(":")[2]
    return not only or any(matches(one, text) for one in only for text in (subject.id, name, subject.kind))


class _Comparer:
    """Compares one subject after the other.

    Principals that are certified to gain nothing, or to lose nothing, need not be asked about again where
    resources are compared; those that are in one snapshot alone are compared on their own.
    """

    def __init__(self, old: Inventory, new: Inventory, asked: Asked, options: Options) -> None:
        self.old, self.new = old, new
        self.asked, self.options = asked, options
        self.alone = set(old.callers) ^ set(new.callers)
        self.settled: dict[str, set[str]] = {"more": set(self.alone), "less": set(self.alone)}

    def compare(self, subject: Subject) -> TargetDiff:
        """One principal or resource."""
        there = [(subject.kind, subject.id) in subjects_of(inventory) for inventory in (self.old, self.new)]
        presence = {(True, False): Presence.REMOVED, (False, True): Presence.ADDED}
        more = self._decide("more", self.new, self.old, subject, is_in_both=all(there))
        less = self._decide("less", self.old, self.new, subject, is_in_both=all(there))
        return TargetDiff(
            id=subject.id,
            kind=subject.kind,
            account=subject.account,
            presence=presence.get((there[0], there[1]), Presence.BOTH),
            relation=_relation(more.answer, less.answer),
            more=more,
            less=less,
        )

    def _decide(
        self, direction: str, first: Inventory, second: Inventory, subject: Subject, *, is_in_both: bool
    ) -> Finding:
        settled = self.settled[direction]
        if not subject.principal:
            subject = replace(subject, excluded=tuple(sorted(settled if is_in_both else self.alone)))
        found = decide(self._pair(first, second, subject))
        if subject.principal and found.answer is Answer.NO:
            settled.add(subject.principal)
        return found

    def _pair(self, first: Inventory, second: Inventory, subject: Subject) -> Pair:
        principal = first.principals.get(subject.principal) or second.principals.get(subject.principal)
        kind = subject.kind if principal is not None else "account"
        named = principal.name if principal is not None else subject.id
        target = Target(kind, subject.id, named, subject.account, principal=principal)
        return Pair(
            question=lambda wide: difference(first, second, subject, self.asked, wide=wide),
            check=lambda data: check_difference(data, first, second, subject, self.asked),
            first=first,
            second=second,
            claim=_claim(target, () if principal is not None else ("anyone",), self.options),
            scope=fixed_scope(subject.principal) if subject.principal else Scope((), ()),
        )


# The answer as text.

_STYLES = {
    Relation.EQUAL: "",
    Relation.LESS: "green",
    Relation.AT_MOST: "green",
    Relation.MORE: "bold red",
    Relation.AT_LEAST: "bold red",
    Relation.INCOMPARABLE: "bold red",
    Relation.INCONCLUSIVE: "yellow",
}
_ORDER = (
    Relation.INCOMPARABLE,
    Relation.AT_LEAST,
    Relation.MORE,
    Relation.INCONCLUSIVE,
    Relation.AT_MOST,
    Relation.LESS,
    Relation.EQUAL,
)


def diff_text(answer: DiffAnswer, surface: Surface) -> str:
    """The comparison for people: what allows more first, what is equal counted."""
    page = Page(surface)
    answer = printable(answer)
    if answer.of == "policies":
        _target(page, answer.targets[0], f"{answer.new} beside {answer.old}")
        return page.text
    page.line((f"{answer.new} beside {answer.old}", "bold"))
    page.blank()
    changed = [t for relation in _ORDER[:-1] for t in answer.targets if t.relation is relation]
    groups: dict[object, list[TargetDiff]] = {}
    for target in changed:
        groups.setdefault(_why(target), []).append(target)
    shown = list(groups.values())
    for group in shown[:MAX_DETAILED]:
        _target(page, group[0], f"{group[0].kind} {group[0].id}")
        _others(page, group[1:])
    rest = [target for group in shown[MAX_DETAILED:] for target in group]
    _list(page, rest, indent=0)
    if rest:
        page.blank()
    _total(page, answer)
    return page.text


FORMATS: dict[str, Callable[[DiffAnswer, Surface], str]] = {
    "rich": diff_text,
    "json": lambda answer, _surface: json_of(answer),
}


def _why(target: TargetDiff) -> object:
    """What two targets have in common if one explanation does for both."""
    found: list[object] = [target.relation, target.presence]
    for finding in (target.more, target.less):
        sides = [w and (w.applies, w.remarks) for w in (finding.allowed, finding.denied)]
        found += [*sides, finding.reasons]
    changed = (target.more.answer, target.less.answer) != (Answer.NO, Answer.NO)
    return tuple(found) if changed else target.id


def _others(page: Page, targets: Sequence[TargetDiff]) -> None:
    """Targets of which the same is to be said."""
    if targets:
        page.line((f"  So {_many(len(targets), 'more target')}:", "bold"))
        _list(page, targets, indent=4)
        page.blank()


def _list(page: Page, targets: Sequence[TargetDiff], *, indent: int) -> None:
    for target in targets[:MAX_NAMED]:
        page.line(
            (target.relation.value.upper(), _STYLES[target.relation]), f"  {target.kind} {target.id}", indent=indent
        )
    if len(targets) > MAX_NAMED:
        page.line((f"and {len(targets) - MAX_NAMED} more", "dim"), indent=indent)


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _target(page: Page, target: TargetDiff, name: str) -> None:
    presence = "" if target.presence is Presence.BOTH else f" ({target.presence.value})"
    page.line((target.relation.value.upper(), _STYLES[target.relation]), (f"  {name}{presence}", "bold"))
    if target.relation is Relation.EQUAL:
        page.paragraph("Both allow the same requests: certified.", indent=2)
    for finding, allows, other in (
        (target.more, "The new one allows what the old one does not:", "The old one"),
        (target.less, "The old one allows what the new one does not:", "The new one"),
    ):
        _finding(page, finding, allows, other)
    if target.relation in (Relation.LESS, Relation.AT_MOST):
        page.paragraph("The new one allows nothing that the old one does not: certified.", indent=2)
    if target.relation is Relation.MORE:
        page.paragraph("The old one allows nothing that the new one does not: certified.", indent=2)
    page.blank()


def _finding(page: Page, finding: Finding, allows: str, other: str) -> None:
    if finding.refused:
        page.line(("BUG  ", "bold red"), finding.refused, indent=2)
    if finding.answer is Answer.INCONCLUSIVE:
        page.line((f"{allows.removesuffix(':')} or not could not be settled:", "bold yellow"), indent=2)
        for reason in finding.reasons:
            page.paragraph(f"{reason}.", indent=4, label="- ", hang=2)
    if finding.allowed is None or finding.denied is None:
        return
    lifts = bool(finding.aspects) and "allows" not in finding.aspects
    if lifts:
        page.line((f"{allows.split(' allows', maxsplit=1)[0]} {finding.aspects[0]} it:", "bold"), indent=2)
        page.paragraph(f"{finding.denied.words}.", indent=4)
    else:
        page.line((allows, "bold"), indent=2)
        page.paragraph(f"{finding.allowed.words}.", indent=4)
        witness_text(page, finding.allowed)
    _other_side(page, finding.denied, other)


def _other_side(page: Page, denied: Witness, other: str) -> None:
    """Why the other one does not allow the request."""
    if denied.applies or denied.misses:
        page.line((f"{other}:", "bold"), indent=4)
        witness_text(page, denied)
    else:
        page.paragraph(f"{other} has no Allow statement with a say in it.", indent=4)


def _total(page: Page, answer: DiffAnswer) -> None:
    counts = answer.counts
    if answer.partial:
        page.line(("Interrupted: this comparison is partial.", "bold yellow"))
    for reason in answer.unread[:MAX_UNREAD]:
        page.paragraph(f"{reason}.", label="Taken to be unchanged: ", hang=2)
    if len(answer.unread) > MAX_UNREAD:
        page.line((f"and {_many(len(answer.unread) - MAX_UNREAD, 'part')} more that neither snapshot has read", "dim"))
    parts = [(r, getattr(counts, r.value.replace(" ", "_"))) for r in _ORDER]
    said = ", ".join(f"{number} {relation.value}" for relation, number in parts if number)
    page.line((f"{_many(len(answer.targets), 'target')}: ", "bold"), said or "nothing was compared")
