"""The pipeline on one screen: controls and snapshot to claims, questions, answers, certificates, results."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from auditctl.search.composition import search_composed
from auditctl.search.flows import search_flow
from auditctl.search.lateral import search_lateral
from auditctl.search.paths import search_path
from auditctl.search.reasons import open_reasons
from auditctl.search.solve import Refutation, Undecided, ask_solvers, solve
from auditctl.search.witness import confirms, improve, request_of, to_json
from checkers.cloud.claims import WITNESS, Claim, Derived, Outcome, check_claim, question_of
from checkers.cloud.control import Control
from checkers.cloud.inventory import Inventory
from checkers.cloud.targets import targets_of
from checkers.kernel.formula import TRUE
from checkers.verdict import Refusal


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
        reason = f"the checker {refusal.verdict.value} our certificate: {refusal}"
        return Result(claim=claim, outcome=Outcome.INCONCLUSIVE, reasons=(reason,), refused=reason)
    return Result(claim=claim, outcome=outcome, certificate=certificate)


def search(
    claim: Claim, inventory: Inventory, ask: Callable[..., Derived] | None = None
) -> Mapping[str, Any] | tuple[str, ...]:
    """A certificate, or the reasons why there is none. `ask` derives a side of the question."""
    if claim.control.path is not None:
        return search_path(claim, inventory)
    if claim.control.flow is not None:
        return search_flow(claim, inventory)
    if claim.control.lateral is not None:
        return search_lateral(claim, inventory)
    if claim.control.composed is not None:
        return search_composed(claim, inventory, search)
    return _search_request(claim, ask or partial(question_of, claim, inventory))


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
