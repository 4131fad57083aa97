"""Deciding every claim of a subject, with progress, and with a clean end when the user interrupts.

Untrusted.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from auditctl.audit import Result, decide
from checkers.cloud.claims import Claim, Outcome
from checkers.cloud.inventory import Inventory

INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A result for every claim. Of an interrupted run, the claims not reached are inconclusive."""

    results: tuple[Result, ...]
    interrupted: bool


def run(claims: Sequence[Claim], inventory: Inventory, advance: Callable[[], None]) -> Run:
    """Decide the claims in their order; `advance` is called after each."""
    results: list[Result] = []
    try:
        for claim in claims:
            results.append(decide(claim, inventory))
            advance()
    except KeyboardInterrupt:
        left = [undecided(claim) for claim in claims[len(results) :]]
        return Run(results=(*results, *left), interrupted=True)
    return Run(results=tuple(results), interrupted=False)


def undecided(claim: Claim) -> Result:
    """The result of a claim that the user did not wait for."""
    return Result(claim=claim, outcome=Outcome.INCONCLUSIVE, reasons=(INTERRUPTED,))
