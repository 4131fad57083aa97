"""One request decided on both sides of its question.

Untrusted.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from auditctl.findings.readings import in_words
from auditctl.report.model import ContextValue
from auditctl.search.reasons import ordered
from auditctl.simulate.answer import Asked, Decider, Decision, Verdict
from auditctl.simulate.case import Case
from auditctl.simulate.deciders import allowing, blocking, deciders, missing, rule
from auditctl.simulate.errors import RequestError
from auditctl.simulate.statements import Said, statements, where
from auditctl.simulate.truth import Truth, is_within, truth, truths
from checkers.cloud.authorization import CANNOT_SIGN_IT, FOREIGN_RESOURCES, SIGNED_BY_USER_OR_ROLE
from checkers.cloud.claims import Derived
from checkers.cloud.derivation import SESSION_TAGS, Effect
from checkers.cloud.request import CALLER_ALLOWS, assignment_of


def decide(case: Case, sides: tuple[Derived, Derived]) -> Decision:
    """The decision, and what decided. Raises `RequestError`."""
    upper, lower = sides
    action, principal = case.request.action.lower(), case.request.principal
    if action in SIGNED_BY_USER_OR_ROLE and principal in CANNOT_SIGN_IT:
        words = "only users and roles can make this request"
        return _made(case, Verdict.IMPLICITLY_DENIED, [rule(words, "none")])
    above, below = (truths(side.question.formula, case.assignment) for side in sides)
    if any(truth(above, literal) is False for literal in upper.asked):
        raise RequestError("no real request has this context: a key contradicts the principal or the resource")
    may = truth(above, upper.allowed) is not False
    surely = truth(below, lower.allowed) is True and is_within(lower.question.formula, below)
    surely = surely and not _is_unknown(case, upper, above)
    said = [statements(case, wide=wide) for wide in (True, False)]
    if may and surely:
        return _made(case, Verdict.ALLOWED, allowing(case, said[1]), remarks=_remarks(case, lower, below))
    if may:
        reasons = _reasons(case, ((upper, above), (lower, below)), said)
        return _made(case, Verdict.UNDETERMINED, allowing(case, said[0]), reasons)
    denying = [*deciders(case, [s for s in said[0] if s.applies], Effect.DENY), *blocking(case)]
    if denying:
        return _made(case, Verdict.EXPLICITLY_DENIED, denying)
    perhaps = any(s.applies and s.note.effect is Effect.DENY for s in said[1])
    remarks = ("a statement that is open to two readings may deny it explicitly",) if perhaps else ()
    return _made(case, Verdict.IMPLICITLY_DENIED, missing(case, said[0]), remarks=remarks)


def _made(
    case: Case,
    verdict: Verdict,
    by: Iterable[Decider],
    reasons: Iterable[str] = (),
    remarks: Iterable[str] = (),
) -> Decision:
    request = case.request
    context = tuple(ContextValue(key=k, values=v) for k, v in sorted(request.context.items()))
    return Decision(
        request=Asked(
            principal=request.principal,
            session=request.session,
            action=request.action,
            resource=request.resource,
            context=context,
        ),
        decision=verdict,
        deciders=tuple(by),
        reasons=tuple(dict.fromkeys(in_words(r) for r in reasons)),
        remarks=tuple(remarks),
    )


def _is_unknown(case: Case, upper: Derived, values: Sequence[Truth]) -> bool:
    """Whether the request is about a resource of another account, of whose policy nothing is known."""
    foreign = any(e is FOREIGN_RESOURCES and truth(values, literal) is not False for e, literal in upper.ledger)
    return foreign and not case.guards()


def _reasons(
    case: Case, sides: Sequence[tuple[Derived, Sequence[Truth]]], said: Sequence[Sequence[Said]]
) -> tuple[str, ...]:
    """The readings and ledger entries that the request hangs on."""
    above, below = ({where(s.note): s for s in given} for given in said)
    found: list[str] = []
    for at, one in above.items():
        other = below[at]
        if other.applies is not one.applies:
            found += one.note.readings + other.note.readings
    for side, values in sides:
        found += [entry.id for entry, literal in side.ledger if truth(values, literal) is not False]
    found = [r for r in found or [r for side, _ in sides for r in side.readings] if r != SESSION_TAGS]
    if not found:
        found = [f"whose {case.request.resource} is, and which policies it has, is not known"]
    return ordered(found)


def _remarks(case: Case, lower: Derived, values: Sequence[Truth]) -> Iterator[str]:
    """What the answer takes for granted of an account that is not in the snapshot."""
    if not case.account or case.account in case.inventory.accounts:
        return
    flags = {**(case.request.flags or {}), CALLER_ALLOWS: False}
    without = assignment_of(replace(case.request, flags=flags))
    if truth(values, lower.allowed) and not truth(truths(lower.question.formula, without), lower.allowed):
        yield f"provided that account {case.account}, of which nothing is known, allows it too"
