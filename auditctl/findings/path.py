"""A chain of steps that violates a claim, and why there is none, in words.

Untrusted: the certificate is what counts.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from auditctl.findings.witness import explain_request
from auditctl.report.model import Hop
from checkers.cloud.chains import GOAL, OUTSIDE, Node
from checkers.cloud.claims import Claim
from checkers.cloud.inventory import Inventory
from checkers.cloud.paths import Hop as Walked
from checkers.cloud.paths import walk_of


def explain_path(claim: Claim, certificate: Mapping[str, Any], inventory: Inventory) -> tuple[Hop, ...]:
    """The steps of a certificate `path/1`, each with the requests that it needs."""
    return explain_hops(claim, walk_of(claim, certificate, inventory), certificate["start"], inventory)


def explain_hops(claim: Claim, hops: Iterable[Walked], start: str, inventory: Inventory) -> tuple[Hop, ...]:
    """The same of steps that were walked already."""
    return tuple(
        Hop(
            step=hop.step.id if hop.step is not None else "",
            title=hop.step.title if hop.step is not None else "the request that is the goal",
            before=_named(hop.before, start),
            after=_named(hop.after, start),
            requests=tuple(explain_request(claim, request, derived, inventory) for request, derived in hop.requests),
        )
        for hop in hops
    )


def explain_closure(certificate: Mapping[str, Any]) -> tuple[str, ...]:
    """Why a goal is out of reach, from a certificate `closure/1`."""
    number = len([node for node in certificate["nodes"] if node != OUTSIDE.arn])
    if not number:
        return ("no step leads from the start to any principal",)
    within = "1 principal is" if number == 1 else f"{number} principals are"
    return (f"{within} within reach, and no step leads from there to the goal",)


def _named(node: Node, start: str) -> str:
    """A node as people know it. From outside there is one principal that stands for all."""
    if node == GOAL:
        return "the goal"
    return start if node == OUTSIDE else str(node)
