"""Looking for every cause of a violated claim, and for the proof that there is no other.

Untrusted: the checker confirms each cause and the proof (`checkers.cloud.causes`).

A round derives the narrow question without the causes of earlier rounds, and lists causes until every
request that it has is one of theirs. The next round finds what those causes hid: a statement that allows
again what another one allows. The first round without a model ends the search.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from auditctl.search.reasons import open_reasons
from auditctl.search.solve import Model, Refutation, Undecided, solve
from auditctl.search.truth import is_true
from auditctl.search.witness import confirms, improve, request_of, to_json
from checkers import limits
from checkers.cloud.causes import (
    ALWAYS,
    IMPLICIT,
    ROOT,
    RULE,
    AwsRule,
    Cause,
    Violation,
    cause_json,
    cuts_of,
    notes_of,
    rule_literal,
    without_rules,
)
from checkers.cloud.claims import WITNESS, Claim, Derived, question_of, violation_of
from checkers.cloud.cuts import Cut, action_patterns, part_literal, resource_patterns
from checkers.cloud.derivation import GRANTING, WITHOUT_PRINCIPAL, Effect, Kind, Note
from checkers.cloud.inventory import Inventory
from checkers.cloud.request import ConcreteRequest, assignment_of, parse_request
from checkers.cloud.vocabulary import PRINCIPAL, account_of
from checkers.kernel.clauses import Question
from checkers.kernel.formula import Formula, Literal
from checkers.kernel.globs import GlobSet

UNNAMED = "a request is allowed, and no statement was found that allows it"
UNSETTLED = "a request may be allowed of which that is not sure"
UNCONFIRMED = "a model was found, but no request has its values"
FEW = 4  # callers that one question is quick about
TOO_MANY = f"there are more than {limits.MAX_CAUSES} causes; these are the first"


def all_causes(claim: Claim, witness: Mapping[str, Any], inventory: Inventory) -> dict[str, Any]:
    """The certificate `causes/1` of a violated claim, whose first cause is that of a witness certificate."""
    return _Search(claim, inventory).run(parse_request(witness["request"]))


def witness_of(certificate: Mapping[str, Any]) -> dict[str, Any]:
    """The witness certificate of the first cause of a list; a witness certificate as it is."""
    first = certificate["causes"][0] if certificate["rule"] == RULE else certificate
    return {"rule": WITNESS, "request": first["request"]}


@dataclass(slots=True)
class _Search:
    claim: Claim
    inventory: Inventory
    causes: dict[Cause, ConcreteRequest] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)

    @property
    def violation(self) -> Violation:
        return violation_of(self.claim, self.inventory)

    @property
    def cuts(self) -> tuple[Cut, ...]:
        return cuts_of(self.causes)

    def run(self, first: ConcreteRequest) -> dict[str, Any]:
        """Rounds until one brings nothing new."""
        narrow = self._ask(wide=False)
        self._add(first, narrow)
        goes_on = self._round(narrow, 0)
        while goes_on:
            narrow = self._ask(wide=False)
            goes_on = self._round(narrow, len(self.causes))
        rows = [{**cause_json(cause), "request": to_json(request)} for cause, request in self.causes.items()]
        rest = self._rest(narrow) if not self.reasons else ()
        if isinstance(rest, Refutation):
            return {"rule": RULE, "causes": rows, "rest": rest.data}
        return {"rule": RULE, "causes": rows, "open": list(dict.fromkeys([*self.reasons, *rest]))}

    def _ask(self, *, wide: bool) -> Derived:
        return self.violation.ask(wide=wide, without=self.cuts)

    def _round(self, narrow: Derived, before: int) -> bool:
        """List the causes that a derivation without the first few has; whether there are some, and none is hidden."""
        cuts = cuts_of(list(self.causes)[:before])
        callers = self._callers(narrow)
        if callers:
            formula = narrow.question.formula
            others = formula.all([narrow.question.root, -formula.atom(PRINCIPAL, GlobSet(callers))])
            self._exhaust(self.claim, replace(narrow, question=Question(formula, others)), narrow, before)
        for caller in callers:
            asked = _about(self.claim, caller)
            own = question_of(asked, self.inventory, wide=False, without=cuts)
            self._exhaust(asked, own, narrow, before)
        self._exhaust(self.claim, narrow, narrow, before)
        return len(self.causes) > before and not self.reasons

    def _callers(self, narrow: Derived) -> Sequence[str]:
        """Callers to look at one by one, where there are many: their questions are much smaller than that about all."""
        if narrow.scope is None or narrow.scope.fixed:
            return ()
        selected = narrow.scope.selected(self.inventory)
        return [c for c in self.inventory.callers if c in selected] if len(selected) > FEW else ()

    def _exhaust(self, asked: Claim, derived: Derived, narrow: Derived, before: int) -> None:
        """List causes until every request that one question has is one of theirs."""
        while not self.reasons:
            question = self._unlisted(derived, before)
            answer = solve(question)
            if isinstance(answer, Undecided):
                self.reasons.append(answer.reason)
            if not isinstance(answer, Model):
                return
            unlisted = replace(derived, question=question)
            request = request_of(answer.values, derived)
            if not confirms(unlisted, request) or not confirms(narrow, request):
                if derived is narrow:
                    self.reasons.append(UNCONFIRMED)
                return
            self._add(improve(request, asked, unlisted), derived)

    def _unlisted(self, narrow: Derived, before: int) -> Question:
        """The question without what the causes of this round are about."""
        formula = narrow.question.formula
        parts = [self._part(formula, cause, narrow) for cause in list(self.causes)[before:]]
        root = without_rules(narrow, list(self.causes), self.violation).root
        return Question(formula, formula.all([root, *[-part for part in parts]]))

    def _part(self, formula: Formula, cause: Cause, narrow: Derived) -> Literal:
        """The requests that a cause is about."""
        if isinstance(cause, AwsRule):
            return rule_literal(formula, cause, narrow, self.violation)
        return formula.any(
            formula.all([
                n.literal,
                part_literal(formula, n.statement, cause.action, cause.resource),
                *_pinned(formula, n, narrow),
            ])
            for n in notes_of(cause, narrow.notes, self.violation.effect)
        )

    def _add(self, request: ConcreteRequest, narrow: Derived) -> None:
        cause = self._cause(request, narrow)
        if cause is None or cause in self.causes:
            self.reasons.append(UNNAMED)
        elif len(self.causes) >= limits.MAX_CAUSES:
            self.reasons.append(TOO_MANY)
        else:
            self.causes[cause] = request

    def _rest(self, narrow: Derived) -> Refutation | tuple[str, ...]:
        """The proof that there is no other cause, or why there may be one."""
        wide = self._ask(wide=True)
        answer = solve(without_rules(wide, list(self.causes), self.violation))
        if isinstance(answer, Refutation):
            return answer
        return open_reasons(answer, wide, narrow) or (UNSETTLED,)

    # One request.

    def _cause(self, request: ConcreteRequest, narrow: Derived) -> Cause | None:
        """What allows, or denies, a request: a part of a statement, or a rule of AWS."""
        values = narrow.question.formula.evaluate(assignment_of(request))
        applying = [
            n
            for n in narrow.notes
            if n.effect is self.violation.effect
            and (n.effect is Effect.DENY or n.kind in GRANTING)
            and n.caller in ("", request.principal)
            and is_true(values, n.literal)
        ]
        notes: dict[Cut, list[Note]] = {}  # a grant of a key can be several statements at one place
        for n in sorted(applying, key=self._rank):
            notes.setdefault(_whole(n), []).append(n)
        world = _World(self.claim, request, self.inventory)
        if self.violation.effect is Effect.DENY:
            if world.is_violated([*self.cuts, *notes]):
                return self._implicit(request)
            needed = [c for c in notes if world.is_violated([*self.cuts, *(x for x in notes if x != c)])]
        else:
            needed = list(notes)
            for cut in reversed(notes):
                if world.is_violated([*self.cuts, *(x for x in notes if x == cut or x not in needed)]):
                    needed.remove(cut)
        if not needed:
            return self._rule(request, narrow)
        return self._part_of(notes[self._blamed([notes[c][0] for c in needed], request)], request)

    def _rule(self, request: ConcreteRequest, narrow: Derived) -> AwsRule | None:
        """The rule of AWS that allows a request which no statement allows."""
        formula, always = narrow.question.formula, AwsRule(ALWAYS)
        literal = rule_literal(formula, always, narrow, self.violation)
        if is_true(formula.evaluate(assignment_of(request)), literal):
            return always
        return AwsRule(ROOT, request.principal) if request.principal.endswith(":root") else None

    def _rank(self, note: Note) -> bool:
        """Which statements are named before others: the caller's own where the claim is about one caller."""
        return (note.kind in WITHOUT_PRINCIPAL) is not self._is_about_one  # False comes first

    @property
    def _is_about_one(self) -> bool:
        return self.claim.target.principal is not None or self.claim.target.kind in ("policy", "group")

    @staticmethod
    def _blamed(needed: Sequence[Note], request: ConcreteRequest) -> Cut:
        """The statement to name of several that are needed together.

        Within an account a resource policy that names the account leaves the decision to identity policies.
        """
        account = account_of(request.principal)
        own = [n for n in needed if n.kind in WITHOUT_PRINCIPAL]
        if own and any(n.document.origin.file.startswith(f"{account}/") for n in needed if n not in own):
            return _whole(own[0])
        return _whole(needed[0])

    def _part_of(self, notes: Sequence[Note], request: ConcreteRequest) -> Cut | None:
        """The part of a statement that the request matches, and that is not listed yet."""
        for note in notes:
            actions = _matches(action_patterns(note.statement), request.action.lower())
            resources = list(_matches(resource_patterns(note.statement), request.resource))
            for action, resource in product(actions, resources):
                part = replace(_whole(note), action=action, resource=resource)
                if part not in self.causes:
                    return part
        return None

    def _implicit(self, request: ConcreteRequest) -> AwsRule:
        actions, resources = (s.patterns if s else () for s in (self.violation.actions, self.violation.resources))
        return AwsRule(
            IMPLICIT, action=_index(actions, request.action.lower()), resource=_index(resources, request.resource)
        )


class _World:
    """The claim for the caller of one request alone, which is quicker to derive."""

    def __init__(self, claim: Claim, request: ConcreteRequest, inventory: Inventory) -> None:
        self.claim = _about(claim, request.principal)
        self.assignment = assignment_of(request)
        self.inventory = inventory

    def is_violated(self, cuts: Sequence[Cut]) -> bool:
        """Whether the request violates the claim without these parts of statements."""
        derived = question_of(self.claim, self.inventory, wide=False, without=cuts)
        return derived.question.holds_for(self.assignment)


def _about(claim: Claim, principal: str) -> Claim:
    """The claim about one of the principals that it is about."""
    asked = claim.control.request
    if asked.principal in ((), ("target",)):
        return claim
    asked = replace(asked, principal=(principal,), not_principal=())
    return replace(claim, control=replace(claim.control, request=asked))


def _whole(note: Note) -> Cut:
    """The whole statement of a note, as it stands for its caller."""
    origin = note.document.origin
    caller = note.caller if note.kind in WITHOUT_PRINCIPAL and note.kind is not Kind.SCP else ""
    return Cut(origin.file, origin.path, note.statement.path, caller)


def _index(patterns: Sequence[str], text: str) -> int | None:
    """The first pattern that matches, where there are several."""
    return next(_matches(patterns, text), None)


def _matches(patterns: Sequence[str], text: str) -> Iterator[int | None]:
    """The patterns that match; None, for the whole element, where there are not several."""
    if len(patterns) < 2:  # noqa: PLR2004
        return iter([None])
    return (i for i, p in enumerate(patterns) if text in GlobSet([p]))


def _pinned(formula: Formula, note: Note, derived: Derived) -> list[Literal]:
    """That the caller is the one for whom a statement was read."""
    if not note.caller or derived.scope is None or derived.scope.fixed:
        return []
    return [formula.atom(PRINCIPAL, GlobSet([note.caller]))]
