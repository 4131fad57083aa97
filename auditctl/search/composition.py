"""The search for certificates of claims about a flow and a request. Nothing here is trusted."""

from collections.abc import Callable, Mapping
from typing import Any

from checkers.cloud.claims import WITNESS, Claim
from checkers.cloud.inventory import Inventory
from checkers.cloud.network.composition import (
    BOTH,
    FLOW,
    PART,
    REQUEST,
    ROLE,
    asks_as_role,
    flow_claim,
    request_claim,
    role_of,
)
from checkers.cloud.network.flows import PACKET
from checkers.cloud.network.hosts import Role

Found = Mapping[str, Any] | tuple[str, ...]


def search_composed(claim: Claim, inventory: Inventory, search: Callable[[Claim, Inventory], Found]) -> Found:
    """A certificate, or the reasons why there is none. `search` finds those of the parts."""
    role = role_of(claim, inventory) if asks_as_role(claim) else Role()
    if asks_as_role(claim) and role == Role():
        return {"rule": PART, "part": ROLE}
    reasons: list[str] = []
    violated: dict[str, Any] = {}
    for part, one in ((FLOW, flow_claim(claim)), (REQUEST, request_claim(claim, role))):
        found = search(one, inventory)
        if isinstance(found, tuple):
            reasons += found
        elif found["rule"] in (PACKET, WITNESS):
            violated[part] = found
        else:
            return {"rule": PART, "part": part, "certificate": found}
    return tuple(dict.fromkeys(reasons)) or {"rule": BOTH, **violated}
