"""Why the request of a witness is allowed, or why it is not: the statements that decide it.

Untrusted: the checker has confirmed the request, these are the words around it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any

from auditctl.findings.requests import RequestView, context_words
from auditctl.findings.statements import Said, notes_about, said, silent
from auditctl.findings.words import spelling, spelt
from auditctl.report.model import ContextValue, Line, Miss, Request, Statement, Witness
from auditctl.search.truth import is_true
from checkers.cloud.claims import Claim, Derived, question_of
from checkers.cloud.derivation import GRANTING, Effect, Note
from checkers.cloud.inventory import Inventory
from checkers.cloud.request import CALLER_ALLOWS, ConcreteRequest, assignment_of, parse_request


def explain_witness(claim: Claim, data: Mapping[str, Any], inventory: Inventory) -> Witness:
    """The request of a witness certificate, explained."""
    derived = question_of(claim, inventory, wide=False)
    return beyond_policies(explain_request(claim, parse_request(data["request"]), derived, inventory))


def _has_a_say(note: Note) -> bool:
    """Whether a statement grants or denies; an Allow statement of a policy that only limits does neither."""
    return note.effect is Effect.DENY or note.kind in GRANTING


def _silent(
    notes: Sequence[Note], values: Sequence[bool], request: ConcreteRequest, inventory: Inventory
) -> Iterator[str]:
    """What limits a request and does not let it through."""
    applying = [(note, is_true(values, note.literal)) for note in notes]
    yield from silent(applying, request, inventory)


def beyond_policies(found: Witness) -> Witness:
    """With the remarks on a request that is surely allowed or not: where no statement decides it, what does."""
    return replace(found, remarks=tuple(_beyond_policies(found)))


def explain_request(claim: Claim, request: ConcreteRequest, derived: Derived, inventory: Inventory) -> Witness:
    """A request that is a model of one side of the claim's question, explained."""
    allowed = not claim.control.request.all
    values = derived.question.formula.evaluate(assignment_of(request))
    notes = list(notes_about(request, derived, inventory))
    statements = [said(note, inventory) for note in notes if _has_a_say(note)]
    applying = [s for s in statements if is_true(values, s.note.literal)]
    others = [s for s in statements if not is_true(values, s.note.literal)]
    wanted = "Allow" if allowed else "Deny"
    view = RequestView(request, inventory)
    deciding = [s for s in applying if s.place.effect == wanted]
    names = _spellings(statements, request, claim)
    if allowed or not deciding:
        other = "Deny" if allowed else "Allow"
        misses = _misses([s for s in others if s.place.effect == other], values, view)
    else:
        misses = ()
    return Witness(
        words=_words(view, names, claim, allowed=allowed),
        allowed=allowed,
        request=_request(request, names),
        applies=tuple(shown(s, view) for s in deciding),
        misses=misses,
        remarks=tuple(
            f"{s.full_name} applies, but no policy can deny this request"
            for s in applying
            if allowed and s.place.effect == "Deny"
        )
        + (() if allowed or deciding else tuple(_silent(notes, values, request, inventory))),
    )


def _beyond_policies(found: Witness) -> Iterator[str]:
    yield from found.remarks
    if found.allowed and not found.applies:
        if found.request.principal.endswith(":root"):
            yield "the root user of an account may do in it whatever nothing denies"
        else:
            yield "it is allowed whatever the policies say"


def _spellings(statements: Sequence[Said], request: ConcreteRequest, claim: Claim) -> dict[str, str]:
    """How the policies, or the control, spell the condition keys of the request."""
    blocks = [s.source.raw for s in statements] + [{"Condition": claim.control.request.condition}]
    found = {}
    for key in request.context:
        spelt = (spelling(block, key) for block in blocks)
        found[key] = next((name for name in spelt if name != key), key)
    return found


def _words(view: RequestView, names: Mapping[str, str], claim: Claim, *, allowed: bool) -> str:
    """The request as a sentence without its full stop."""
    request = view.request
    subject = view.who
    if claim.target.kind in ("policy", "group") and not request.principal:
        holds = {"policy": "whoever has the policy", "group": "whoever is in the group"}[claim.target.kind]
        subject = f"{holds} {claim.target.name}"
    if request.session:
        subject += f" in session {request.session}"
    provided = ["its own account allows it"] if _needs_own_account(request) else []
    if request.context:
        provided.append(context_words(request.context, names))
    said_so = f"{subject} {'may' if allowed else 'may not'} {request.action} {request.resource}"
    return f"{said_so}, if {' and '.join(provided)}" if provided else said_so


def _request(request: ConcreteRequest, names: Mapping[str, str]) -> Request:
    return Request(
        principal=request.principal,
        session=request.session,
        action=request.action,
        resource=request.resource,
        context=tuple(ContextValue(key=names[k], values=tuple(v)) for k, v in sorted(request.context.items())),
        if_caller_allowed=_needs_own_account(request),
    )


def _needs_own_account(request: ConcreteRequest) -> bool:
    """Whether the caller's account, which is not in the snapshot, has to allow the request too."""
    return bool((request.flags or {}).get(CALLER_ALLOWS)) and request.principal.startswith("arn:")


def shown(one: Said, view: RequestView) -> Statement:
    """A statement with the lines that match a request."""
    lines = tuple(
        Line(number=x.number, text=x.text, deciding=view.matches(x.path, x.value, one.source))
        for x in one.source.lines()
    )
    return Statement(place=one.place, lines=lines, remarks=view.remarks(one.note.statement, one.source))


def _misses(statements: Sequence[Said], values: Sequence[bool], view: RequestView) -> tuple[Miss, ...]:
    """Why each statement does not apply; those that come nearest first, those about other actions last."""
    found = []
    for one in statements:
        failing = [name for name, literal in one.note.elements if not is_true(values, literal)]
        elsewhere = "Action" in failing or "NotAction" in failing
        found.append(((elsewhere, len(failing)), _miss(one, failing, view)))
    return tuple(miss for _, miss in sorted(found, key=itemgetter(0)))


def _miss(one: Said, failing: Sequence[str], view: RequestView) -> Miss:
    if not failing:
        return Miss(place=one.place, element="", words=one.problem or "it has no say here")
    words = view.miss(failing[0], one.source)
    return Miss(place=one.place, element=spelt(one.source.raw, failing[0]), words=words)
