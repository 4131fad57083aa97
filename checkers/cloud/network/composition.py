"""Claims about a flow and a request of one target: violated where there are both, holding where one is not there.

Each part is a claim of its own with a certificate of its own.
"""

from collections.abc import Mapping
from dataclasses import replace

from checkers.cloud.claims import Claim, Derived, Outcome, check_claim
from checkers.cloud.control import INSTANCE_ROLE, Composed
from checkers.cloud.inventory import Inventory
from checkers.cloud.network.hosts import Role, hosts_of
from checkers.cloud.paths import of_many
from checkers.strict_json import Json
from checkers.verdict import Declined, Rejected

PART, BOTH = "part/1", "both/1"
FLOW, REQUEST, ROLE = "flow", "request", "role"


def composed_of(claim: Claim) -> Composed:
    """The two parts of what a claim is about."""
    if claim.control.composed is None:
        raise Declined("the claim is not about a flow and a request")
    return claim.control.composed


def asks_as_role(claim: Claim) -> bool:
    """Whether the request is made by the role of the target's instance."""
    return composed_of(claim).request.principal == (INSTANCE_ROLE,)


def role_of(claim: Claim, inventory: Inventory) -> Role:
    """The role of the target's instance."""
    if claim.target.problem:
        return Role(problem=claim.target.problem)
    hosts = hosts_of(inventory)
    if claim.target.kind == "interface":
        return hosts.role(claim.target.id)
    return hosts.role_of_instance(claim.target.id)


def flow_claim(claim: Claim) -> Claim:
    """The claim that there is no such flow."""
    return replace(claim, control=replace(claim.control, flow=composed_of(claim).flow, composed=None))


def request_claim(claim: Claim, role: Role) -> Claim:
    """The claim that no such request is allowed; `role` is the one that asks where it is the target's."""
    request, target = composed_of(claim).request, claim.target
    if asks_as_role(claim):
        request = replace(request, principal=(role.arn,))
        target = replace(target, problem=role.problem)
    return Claim(replace(claim.control, request=request, composed=None), target)


def check_composed(claim: Claim, certificate: Mapping[str, Json], inventory: Inventory) -> tuple[Outcome, Derived]:
    """The outcome that the certificate of a claim about two parts proves. Raises `Rejected` or `Declined`.

    `{"rule": "part/1", "part": "flow" | "request", "certificate": {...}}`: there is no such flow, or no such request.
    `{"rule": "part/1", "part": "role"}`: the target's instance has no role, so that nobody makes a request.
    `{"rule": "both/1", "flow": {...}, "request": {...}}`: there are both.
    """
    rule = certificate.get("rule")
    if rule == PART:
        return Outcome.HOLDS, _check_part(claim, certificate, inventory)
    if rule == BOTH:
        return Outcome.VIOLATED, _check_both(claim, certificate, inventory)
    raise Declined(f"rule {rule!r}; this checker knows {PART} and {BOTH} for a flow and a request")


def _check_part(claim: Claim, data: Mapping[str, Json], inventory: Inventory) -> Derived:
    """The one part that is not there."""
    part = data.get("part")
    if part == ROLE:
        _check_no_role(claim, data, inventory)
        return of_many(())
    if data.keys() != {"rule", "part", "certificate"} or part not in (FLOW, REQUEST):
        raise Rejected("one part has exactly the members rule, part (flow or request) and certificate")
    return _checked(_part(claim, part, inventory), data["certificate"], part, inventory, Outcome.HOLDS)


def _check_no_role(claim: Claim, data: Mapping[str, Json], inventory: Inventory) -> None:
    role = role_of(claim, inventory)
    if data.keys() != {"rule", "part"}:
        raise Rejected("the part role has no certificate")
    if not asks_as_role(claim) or role != Role():
        raise Rejected(f"somebody makes the request: {role.arn or role.problem or 'not the role of an instance'}")


def _check_both(claim: Claim, data: Mapping[str, Json], inventory: Inventory) -> Derived:
    if data.keys() != {"rule", FLOW, REQUEST}:
        raise Rejected("both parts have exactly the members rule, flow and request")
    _checked(_part(claim, FLOW, inventory), data[FLOW], FLOW, inventory, Outcome.VIOLATED)
    return _checked(_part(claim, REQUEST, inventory), data[REQUEST], REQUEST, inventory, Outcome.VIOLATED)


def _part(claim: Claim, part: str, inventory: Inventory) -> Claim:
    if part == FLOW:
        return flow_claim(claim)
    role = role_of(claim, inventory) if asks_as_role(claim) else Role()
    if role == Role() and asks_as_role(claim):
        raise Rejected("the target's instance has no role, and makes no request")
    return request_claim(claim, role)


def _checked(claim: Claim, value: Json, part: str, inventory: Inventory, wanted: Outcome) -> Derived:
    if not isinstance(value, dict):
        raise Rejected(f"the certificate of the {part} is not an object")
    outcome, derived = check_claim(claim, value, inventory)
    if outcome is not wanted:
        raise Rejected(f"the certificate of the {part} proves {outcome.value!r}, expected {wanted.value!r}")
    return derived
