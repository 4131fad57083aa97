"""The pipeline on one screen: controls and snapshot to claims, questions, answers, certificates, results."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from auditctl.search.completions import search_completed
from auditctl.search.composition import search_composed
from auditctl.search.flows import search_flow
from auditctl.search.lateral import search_lateral
from auditctl.search.paths import search_path
from auditctl.search.reasons import open_reasons
from auditctl.search.solve import Refutation, Undecided, ask_solvers, solve
from auditctl.search.witness import confirms, improve, request_of, to_json
from checkers.cloud.claims import WITHOUT, WITNESS, Claim, Derived, Outcome, check_claim, question_of
from checkers.cloud.control import ALONE, Control, bind
from checkers.cloud.derivation import IDENTITIES, RESOURCES
from checkers.cloud.guards import guards_for
from checkers.cloud.inventory import Inventory
from checkers.cloud.scope import make_scope
from checkers.cloud.targets import targets_of
from checkers.kernel.formula import TRUE
from checkers.verdict import Refusal

_MANY = 64  # callers or resources of a claim: to read their policies takes longer than to ask first without them


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The outcome of one claim.

    `certificate` is None iff the outcome is inconclusive; `reasons` says why. `refused` is the checker's
    objection to our own certificate, empty unless there is a bug in the search or the checker.
    """

    claim: Claim
    outcome: Outcome
    certificate: Mapping[str, Any] | None = None
    reasons: tuple[str, ...] = ()
    refused: str = ""


def claims_of(controls: Iterable[Control], inventory: Inventory) -> list[Claim]:
    """Every claim, by control and then by target: the order of a bundle."""
    ordered = sorted(controls, key=lambda c: c.id)
    return [Claim(control, target) for control in ordered for target in targets_of(control, inventory)]


def audit(claims: Iterable[Claim], inventory: Inventory) -> Iterator[Result]:
    """Decide each claim, and let the checker confirm the certificate."""
    for claim in claims:
        yield decide(claim, inventory)


def decide(claim: Claim, inventory: Inventory) -> Result:
    """One claim: search for a certificate, then check it as an auditor would."""
    ask = cache(partial(question_of, claim, inventory))  # derived once for the search and the check
    certificate = search(claim, inventory, ask)
    if isinstance(certificate, tuple):
        return Result(claim=claim, outcome=Outcome.INCONCLUSIVE, reasons=certificate)
    try:
        outcome, _ = check_claim(claim, certificate, inventory, ask)
    except Refusal as refusal:
        if claim.target.unsure and claim.target.unsure in str(refusal):
            return Result(claim=claim, outcome=Outcome.INCONCLUSIVE, reasons=(claim.target.unsure,))
        reason = f"the checker {refusal.verdict.value} our certificate: {refusal}"
        return Result(claim=claim, outcome=Outcome.INCONCLUSIVE, reasons=(reason,), refused=reason)
    return Result(claim=claim, outcome=outcome, certificate=certificate)


def search(
    claim: Claim, inventory: Inventory, ask: Callable[..., Derived] | None = None
) -> Mapping[str, Any] | tuple[str, ...]:
    """A certificate, or the reasons why there is none. `ask` derives a side of the question."""
    found = _search_known(claim, inventory, ask)
    if isinstance(found, tuple) and inventory.snapshot.unknowns.values:
        return search_completed(claim, inventory, found, _search_known) or found
    return found


def _search_known(
    claim: Claim, inventory: Inventory, ask: Callable[..., Derived] | None = None
) -> Mapping[str, Any] | tuple[str, ...]:
    """As `search`, without putting values for what is not known yet."""
    if claim.control.path is not None:
        return search_path(claim, inventory)
    if claim.control.flow is not None:
        return search_flow(claim, inventory)
    if claim.control.lateral is not None:
        return search_lateral(claim, inventory)
    if claim.control.composed is not None:
        return search_composed(claim, inventory, _search_known)
    ask = ask or partial(question_of, claim, inventory)
    return _refute_without(claim, inventory, ask) or _search_request(claim, ask)


def _left_out(claim: Claim, inventory: Inventory) -> str:
    """The rule of the refutations to look for first: without policies that are many, and take long to read.

    They are not always needed: what a bucket policy denies everyone, no identity policy lets through.
    """
    request, target = claim.control.request, claim.target
    if request.all or target.problem or target.kind in ALONE or len(inventory.callers) < _MANY:
        return ""
    bound = bind(request, target.placeholders(), f"control {claim.control.id}")
    scope = make_scope(bound.principal, bound.not_principal, target, inventory)
    many = guards_for(inventory, bound) if scope.fixed else scope.selected(inventory)
    wanted = RESOURCES if scope.fixed else IDENTITIES
    return next(rule for rule, left in WITHOUT.items() if left == wanted) if len(many) >= _MANY else ""


def _refute_without(claim: Claim, inventory: Inventory, ask: Callable[..., Derived]) -> Mapping[str, Any] | None:
    """A refutation that needs none of the policies that are many; None where there is none."""
    rule = _left_out(claim, inventory)
    answer = solve(ask(wide=True, leaves_out=WITHOUT[rule]).question) if rule else None
    return {**answer.data, "rule": rule} if isinstance(answer, Refutation) else None


def _search_request(claim: Claim, ask: Callable[..., Derived]) -> Mapping[str, Any] | tuple[str, ...]:
    """No model on the wide side is a refutation; a model on the narrow side is a witness."""
    wide = ask(wide=True)
    if wide.question.root == TRUE:
        return wide.readings  # the question is open as a whole: what it is about is not known
    answer = solve(wide.question)
    if isinstance(answer, Refutation):
        return answer.data
    narrow = ask(wide=False)
    if isinstance(answer, Undecided) or not narrow.question.holds_for(answer.values):
        first, answer = answer, solve(narrow.question)
        if isinstance(answer, Refutation):
            return open_reasons(first, wide, narrow)
    if isinstance(answer, Undecided):
        found = ask_solvers(narrow.question)
        if found is None:
            return (answer.reason,)
        answer = found
    request = request_of(answer.values, narrow)
    if not confirms(narrow, request):
        return ("a model was found, but no request has its values",)
    return {"rule": WITNESS, "request": to_json(improve(request, claim, narrow))}
