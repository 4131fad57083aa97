"""Why no request is allowed, from the lemmas of a refutation and the statements of its question, in words.

Untrusted. Each Allow statement that has a say is out of what the control asks about by one of its elements,
or is overruled by a Deny statement that covers all that it could allow. Where a control requires that
everything is allowed it is the other way round.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from auditctl.findings.consequences import Consequences
from auditctl.findings.statements import Said, document_name, guards_of, no_policy_at, said
from auditctl.findings.words import condition_of, gives, limit
from checkers.cloud.claims import Claim, Derived, question_of, refuted_question
from checkers.cloud.control import bind
from checkers.cloud.derivation import GRANTING, Effect, Kind, Note
from checkers.cloud.guards import Guard
from checkers.cloud.inventory import Inventory
from checkers.cloud.organization import SCP
from checkers.cloud.policy import Origin
from checkers.cloud.vocabulary import ACTION, PRINCIPAL, RESOURCE, account_of
from checkers.kernel.formula import Atom, Literal
from checkers.kernel.globs import GlobSet
from checkers.kernel.refutation import RULES, Proof

# Elements by which a statement is out, the most telling first. One that is out by its actions or resources
# is about something else; where there are many such statements, the rest are counted.
_TELLING = ("Condition", "NotPrincipal", "Principal", "", "NotResource", "Resource", "NotAction", "Action")
_ELSEWHERE = ("NotResource", "Resource", "NotAction", "Action")
MAX_ELSEWHERE = 3
MAX_TELLING = 10
# Atoms that lemmas made are numbered from here, far from the nodes of a formula.
_MADE = 1 << 40


def explain_refutation(claim: Claim, certificate: Mapping[str, Any], inventory: Inventory) -> tuple[str, ...]:
    """Sentences, without full stops, the most telling first."""
    case = _Case(claim, certificate, inventory)
    if case.consequences.conflict is not None:
        return ("no request is of the kind that the control asks about",)
    findings: dict[tuple[Origin, str], _Finding] = {}
    for finding in case.find():
        findings.setdefault(finding.key, finding)
    return tuple(_Text(inventory).sentences(findings.values())) or (_nothing(claim),)


def _nothing(claim: Claim) -> str:
    if claim.target.kind == "bucket":
        return f"no policy allows such a request, and {claim.target.name} has no bucket policy with a say in it"
    return "no Allow statement has a say in such a request"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finding:
    """What is to be said of one statement: that it is out by an element, or that another one counts.

    `element` is empty where no single element is the reason. `by` is the statement that overrules it, or
    the statement itself where it settles the matter. `limited` says what limits it and allows nothing of
    what it allows.
    """

    note: Note
    element: str = ""
    by: Note | None = None
    limited: str = ""

    @property
    def key(self) -> tuple[Origin, str]:
        """The statement."""
        return self.note.document.origin, self.note.statement.path

    @property
    def kind(self) -> str:
        """The element without the operator and key of a condition."""
        return self.element.partition(".")[0]


class _Case:
    """The question of a claim that was refuted, and what follows from what the control asks about."""

    def __init__(self, claim: Claim, certificate: Mapping[str, Any], inventory: Inventory) -> None:
        self.claim = claim
        self.inventory = inventory
        self.derived = refuted_question(claim, certificate, partial(question_of, claim, inventory))
        self.guards = _guards(claim, self.derived, inventory)
        self.groups = list(self._groups())  # before the formula is indexed: pins may be new nodes
        self.consequences = Consequences(self.derived.question.formula, *_lemmas(self.derived, certificate))
        self.consequences.assume(self.derived.asked)
        if self.consequences.conflict is None:
            for note in self.derived.notes:
                self._out(note)

    def find(self) -> Iterator[_Finding]:
        """What is to be said of each statement that could be for a request of the kind asked about."""
        wants = Effect.DENY if self.claim.control.request.all else Effect.ALLOW
        for pins, notes, others in self.groups:
            mark = self.consequences.mark()
            self.consequences.assume(pins)
            for pin in pins:
                self.consequences.settle(pin, true_too=False)
            if self.consequences.conflict is None:
                against = [n for n in others if n.effect is not wants and _counts(n)]
                if wants is Effect.DENY:
                    yield from (_Finding(note=n, by=n) for n in against if self._applies(n))
                yield from (self._reason(n, others) for n in notes if n.effect is wants and _counts(n))
            self.consequences.undo(mark)

    def _out(self, note: Note) -> str:
        """The element by which a statement is out, empty where it may apply."""
        out = []
        for name, literal in sorted(note.elements, key=lambda e: _order(e[0])):
            if self.consequences.settle(literal, true_too=False) is False:
                if name in _ELSEWHERE:
                    return name
                out.append(name)
        return _element(out)

    def _applies(self, note: Note) -> bool:
        """Whether a statement applies to all that is assumed."""
        settle = self.consequences.settle
        settled = all(
            settle(literal, true_too=True) for _, literal in sorted(note.elements, key=lambda e: _order(e[0]))
        )
        return settled and self.consequences.value(note.literal) is True

    def _reason(self, note: Note, others: Sequence[Note]) -> _Finding:
        """Why a statement that would be for the request is not, or does not count."""
        out = self._out(note)
        if out:
            return _Finding(note=note, element=out)
        found = self.consequences
        mark = found.mark()
        found.assume([note.literal])
        for _, literal in note.elements:
            found.settle(literal, true_too=False)
        conflict = found.conflict
        used = found.cone(conflict or ())
        against = [n for n in others if n.effect is not note.effect and _counts(n)]
        over = next((n for n in against if self._applies(n)), None) if conflict is None else None
        limited = self._limit(note, others) if conflict is None and over is None else ""
        found.undo(mark)
        together = [name for name, literal in note.elements if used & found.built_from([literal])]
        return _Finding(note=note, element=_element(together), by=over, limited=limited)

    def _limit(self, note: Note, others: Sequence[Note]) -> str:
        """What limits a statement that allows, and allows nothing of what it allows; empty where nothing does."""
        if note.effect is not Effect.ALLOW:
            return ""
        for kind in (Kind.BOUNDARY, Kind.SESSION):
            pool = [n for n in others if n.kind is kind]
            if pool and self._is_silent(pool):
                return f"{document_name(pool[0])} does not allow it"
        bound = [n for n in others if n.kind is Kind.SCP]
        for level in self.inventory.levels(account_of(note.caller), SCP) if bound else ():
            origins = {d.origin for d in level.documents}
            if self._is_silent([n for n in bound if n.document.origin in origins]):
                return no_policy_at(level)
        return ""

    def _is_silent(self, pool: Sequence[Note]) -> bool:
        """Whether no statement of documents that are read together allows anything of what is assumed."""
        return all(self._out(n) for n in pool if n.effect is Effect.ALLOW)

    def _groups(self) -> Iterator[tuple[list[Literal], list[Note], list[Note]]]:
        """What is pinned, the statements of one policy or of one caller, and those that may speak against them."""
        by_caller: dict[str, list[Note]] = {}
        for note in self.derived.notes:
            by_caller.setdefault(note.caller, []).append(note)
        for caller, of_caller in by_caller.items():
            pins = self._caller(caller)
            notes = [*of_caller, *(by_caller.get("", []) if caller else [])]  # those that are alike for all
            own = [n for n in notes if n.document.origin not in self.guards]
            yield pins, own, notes
            for origin, guards in self.guards.items():
                there = [n for n in notes if n.document.origin == origin]
                for guard in guards:
                    yield [*pins, *self._guard(guard)], there, [*own, *there]

    def _caller(self, caller: str) -> list[Literal]:
        scope = self.derived.scope
        if not caller or scope is None or scope.fixed:
            return []
        return [self.derived.question.formula.atom(PRINCIPAL, GlobSet([caller]))]

    def _guard(self, guard: Guard) -> list[Literal]:
        formula = self.derived.question.formula
        return [formula.atom(ACTION, guard.actions), formula.atom(RESOURCE, guard.resources)]


def _counts(note: Note) -> bool:
    """Whether a statement is for a request, and does not only limit what others allow."""
    return note.effect is Effect.DENY or note.kind in GRANTING


def _guards(claim: Claim, derived: Derived, inventory: Inventory) -> dict[Origin, tuple[Guard, ...]]:
    """The guarded resources that the claim can be about, by their policies."""
    if derived.scope is None:
        return {}
    return guards_of(bind(claim.control.request, claim.target.placeholders(), claim.control.id), inventory)


def _lemmas(derived: Derived, certificate: Mapping[str, Any]) -> tuple[list[tuple[Literal, ...]], dict[int, Atom]]:
    """The clauses of the certificate's lemmas over the nodes of the formula, and the atoms that they make."""
    proof = Proof(derived.question)
    start = len(proof.clauses)
    for rule, check in RULES.items():
        for row in certificate["lemmas"].get(rule, []):
            proof.clauses.extend(check(proof, row))
    nodes = {number: node for node, number in derived.question.numbers.items()}

    def node(literal: int) -> int:
        number = nodes.get(abs(literal), _MADE + abs(literal))
        return number if literal > 0 else -number

    made = {_MADE + number: atom for number, atom in proof.atoms.items() if number not in nodes}
    return [tuple(node(x) for x in clause) for clause in proof.clauses[start:]], made


def _order(element: str) -> int:
    """The place of an element in the order in which they are compared: what is quick and tells enough first."""
    return -_TELLING.index(element.partition(".")[0])


def _element(names: Sequence[str]) -> str:
    """The element to be named, of those by which a statement is out."""
    kinds = {name.partition(".")[0]: name for name in reversed(names)}
    elsewhere = next((kinds[kind] for kind in reversed(_ELSEWHERE) if kind in kinds), "")
    return elsewhere or next((kinds[kind] for kind in _TELLING if kind in kinds), "")


class _Text:
    """Findings in words."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory

    def sentences(self, findings: Iterable[_Finding]) -> Iterator[str]:
        """What overrules first, then the other reasons; of those that are about something else a few."""
        given = list(findings)
        yield from self._overruled([f for f in given if f.by is not None])
        rest = sorted((f for f in given if f.by is None), key=lambda f: _TELLING.index(f.kind))
        telling = [f for f in rest if f.kind not in _ELSEWHERE]
        elsewhere = [f for f in rest if f.kind in _ELSEWHERE]
        shown = list(dict.fromkeys(self._out(f) for f in telling))
        yield from shown[:MAX_TELLING]
        yield from _more(len(shown) - MAX_TELLING, "is not enough or does not apply", "are not enough or do not apply")
        most = MAX_ELSEWHERE if len(given) == len(elsewhere) or len(elsewhere) <= MAX_ELSEWHERE else 0
        yield from (self._out(f) for f in elsewhere[:most])
        about = "about other resources or actions"
        yield from _more(len(elsewhere) - most, f"is {about}", f"are {about}")

    def _overruled(self, findings: Sequence[_Finding]) -> Iterator[str]:
        by: dict[str, list[str]] = {}
        for finding in findings:
            if finding.by is not None:
                one = said(finding.by, self.inventory)
                names = by.setdefault(f"{one.full_name} {gives(one.source.raw)}", [])
                names += [said(finding.note, self.inventory).name] if finding.by is not finding.note else []
        for words, names in by.items():
            yield f"{words}, whatever {_subjects(names)}" if names else words

    def _out(self, finding: _Finding) -> str:
        one = said(finding.note, self.inventory)
        if one.problem:
            return f"{one.full_name} could not be read: {one.problem}"
        return f"{one.full_name} {self._why(one, finding)}"

    @staticmethod
    def _why(one: Said, finding: _Finding) -> str:
        if finding.limited:
            return f"is limited: {finding.limited}"
        if not finding.element:
            other = "the caller's own policies have" if "Principal" in one.source.raw else "the resource's policy has"
            return f"is not enough: {other} to allow it too"
        if finding.kind == "Condition":
            return f"only applies if {condition_of(one.source.raw, finding.element)}"
        return limit(one.source.raw, finding.element, one.place.effect)


def _more(number: int, one: str, many: str) -> Iterator[str]:
    """How many statements are left, if any."""
    if number > 0:
        yield f"1 more statement {one}" if number == 1 else f"{number} more statements {many}"


def _subjects(names: Sequence[str], most: int = 3) -> str:
    shown = ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
    return f"{shown} {'allows' if len(names) == 1 else 'allow'}"
