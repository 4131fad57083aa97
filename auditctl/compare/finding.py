"""One direction decided: whether the first allows what the second does not, with a certificate.

Untrusted: `checkers.cloud.comparison` checks the certificate before anything is said.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from auditctl.bundle import compact
from auditctl.compare.answer import Answer, Certificate, Finding
from auditctl.compare.pair import NOBODY, Pair
from auditctl.findings.readings import in_words
from auditctl.findings.witness import explain_request
from auditctl.report.model import Miss, Witness
from auditctl.search.reasons import hanging, ordered
from auditctl.search.solve import Model, Refutation, Undecided, solve
from auditctl.search.truth import is_true
from auditctl.search.witness import confirms, improve, request_of, to_json
from checkers.cloud.authorization import ALWAYS_ALLOWED, ALWAYS_ALLOWED_TO_USERS
from checkers.cloud.claims import OBJECT_ACTIONS, S3_OBJECTS, WITNESS, Claim, Derived
from checkers.cloud.comparison import Difference
from checkers.cloud.derivation import Kind
from checkers.cloud.guards import S3_ACTIONS
from checkers.cloud.request import ConcreteRequest, assignment_of
from checkers.cloud.scope import Scope
from checkers.cloud.vocabulary import ACTION, RESOURCE
from checkers.kernel.clauses import Question
from checkers.kernel.formula import TRUE
from checkers.verdict import Refusal


def decide(pair: Pair) -> Finding:
    """Whether the first allows more, with the certificate that the checker took."""
    wide = pair.question(True)  # noqa: FBT003  the side of the question
    if wide.question.root == TRUE:
        return _open(wide.first.readings)
    answer = solve(wide.question)
    if isinstance(answer, Refutation):
        return _checked(pair, answer.data, Finding(answer=Answer.NO))
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


def _open(reasons: Iterable[str]) -> Finding:
    words = tuple(dict.fromkeys(in_words(reason) for reason in reasons))
    return Finding(answer=Answer.INCONCLUSIVE, reasons=words)


def _checked(pair: Pair, data: Mapping[str, Any], finding: Finding) -> Finding:
    """The finding, if the checker takes the certificate and reads the same from it."""
    try:
        allows = pair.check(data)
    except Refusal as refusal:
        return replace(_open(()), refused=f"the checker {refusal.verdict.value} our certificate: {refusal}")
    if allows is not (finding.answer is Answer.YES):
        return replace(_open(()), refused="the checker reads another answer from our certificate")
    return replace(finding, certificate=Certificate(rule=data["rule"], text=compact(data)))


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
    aspects = tuple(name for name, literal in narrow.aspects if is_true(values, literal))
    return Finding(answer=Answer.YES, aspects=aspects, allowed=sides[0], denied=sides[1])


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
    halves = ((wide.first, narrow.first), (wide.second, narrow.second))
    found = [reason for one, other in halves for reason in hanging((one, ones), (other, others))]
    if not found:
        found = [r for half in (wide.first, wide.second, narrow.first, narrow.second) for r in half.readings]
    yield from ordered(found)
    if not found:
        yield "what is not known of the one may differ from what is not known of the other"
