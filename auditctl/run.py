"""Deciding every claim of a subject, with progress, and with a clean end when the user interrupts.

Untrusted.
"""

import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from auditctl.audit import Result, decide
from auditctl.search.causes import all_causes, witness_of
from auditctl.search.completions import known_claim
from checkers.cloud.causes import RULE as CAUSES
from checkers.cloud.claims import WITNESS, Claim, Outcome, check_claim
from checkers.cloud.inventory import Inventory
from checkers.verdict import Declined, Refusal

INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A result for every claim. Of an interrupted run, the claims not reached are inconclusive."""

    results: tuple[Result, ...]
    interrupted: bool


def run(
    claims: Sequence[Claim], inventory: Inventory, advance: Callable[[], None], *, all_findings: bool = False
) -> Run:
    """Decide the claims in their order; `advance` is called after each.

    With `all_findings` every cause of a violation is looked for, which takes longer than to find one.
    """
    gc.freeze()  # the inventory stays until the end: no need to look through it again and again
    results: list[Result] = []
    try:
        for claim in claims:
            result = decide(claim, inventory)
            results.append(with_causes(result, inventory) if all_findings else result)
            advance()
    except KeyboardInterrupt:
        left = [undecided(claim) for claim in claims[len(results) :]]
        return Run(results=(*results, *left), interrupted=True)
    return Run(results=tuple(results), interrupted=False)


def with_causes(result: Result, inventory: Inventory) -> Result:
    """A violation with the certificate that lists its causes; any other result, or one without a request, as it is."""
    certificate = result.certificate
    if result.outcome is not Outcome.VIOLATED or certificate is None or certificate["rule"] != WITNESS:
        return result
    return _checked(result, all_causes(result.claim, certificate, inventory), inventory)


def _checked(result: Result, certificate: Mapping[str, Any], inventory: Inventory) -> Result:
    """The result with a list of causes. What the checker declines to follow is left out: the proof, or the list."""
    try:
        check_claim(result.claim, certificate, inventory)
    except Declined as declined:
        if "rest" not in certificate:
            return result
        listed = {"rule": certificate["rule"], "causes": certificate["causes"], "open": [str(declined)]}
        return _checked(result, listed, inventory)
    except Refusal as refusal:
        reason = f"the checker {refusal.verdict.value} our list of causes: {refusal}"
        return replace(result, outcome=Outcome.INCONCLUSIVE, certificate=None, reasons=(reason,), refused=reason)
    return replace(result, certificate=certificate)


def with_witness(result: Result) -> Result:
    """A result whose certificate is that of its first cause alone."""
    certificate = result.certificate
    if certificate is None or certificate["rule"] != CAUSES:
        return result
    return replace(result, certificate=witness_of(certificate))


def known_result(result: Result, inventory: Inventory) -> tuple[Result, Inventory]:
    """A result and the inventory that its certificate is about: with values, where it puts some for what is not known.

    The result is then that of the certificate within.
    """
    if result.certificate is None:
        return result, inventory
    claim, certificate, known, _ = known_claim(result.claim, result.certificate, inventory)
    return replace(result, claim=claim, certificate=certificate), known


def undecided(claim: Claim) -> Result:
    """The result of a claim that the user did not wait for."""
    return Result(claim=claim, outcome=Outcome.INCONCLUSIVE, reasons=(INTERRUPTED,))
