"""Condition keys that AWS itself adds to a request, as far as they follow from caller and resource.

Untrusted.
"""

from dataclasses import replace

from auditctl.controls.errors import quote
from auditctl.simulate.errors import RequestError
from auditctl.simulate.resource import bucket_of
from checkers.cloud.derivation import make_caller
from checkers.cloud.facts import ACCESS_POINT_ACCOUNT, ACCESS_POINT_ARN, RESOURCE_ACCOUNT, RESOURCE_ORGANIZATION
from checkers.cloud.inventory import Inventory
from checkers.cloud.request import CALLER_ALLOWS, ConcreteRequest
from checkers.cloud.vocabulary import account_of

_PRINCIPAL_TAG = "aws:principaltag/"


def completed(request: ConcreteRequest, inventory: Inventory) -> ConcreteRequest:
    """The request with the keys that AWS adds.

    Raises `RequestError` where the request says something else.
    """
    context = dict(request.context)
    for key, values in _implied(request, inventory).items():
        if key.startswith(_PRINCIPAL_TAG) and ":role/" in request.principal:
            context.setdefault(key, values)  # a session may carry tags of its own
        elif context.setdefault(key, values) != values:
            found, own = ", ".join(context[key]), ", ".join(values) or "absent"
            raise RequestError(f"context has {key} {quote(found)}, but for this request it is {quote(own)}")
    flags = dict(request.flags or {})
    if request.principal.startswith("arn:"):
        flags.setdefault(CALLER_ALLOWS, True)
    return replace(request, context={k: v for k, v in context.items() if v}, flags=flags)


def has_session_tags(request: ConcreteRequest, inventory: Inventory) -> bool:
    """Whether a session of a role carries tags that the role does not have."""
    if request.principal not in inventory.principals:
        return False
    own = {f"{_PRINCIPAL_TAG}{k}": (v,) for k, v in make_caller(inventory, request.principal).tags.items()}
    return {k: v for k, v in request.context.items() if k.startswith(_PRINCIPAL_TAG)} != own


def _implied(request: ConcreteRequest, inventory: Inventory) -> dict[str, tuple[str, ...]]:
    return {**_implied_by_caller(request.principal, inventory), **_implied_by_resource(request, inventory)}


def _implied_by_caller(principal: str, inventory: Inventory) -> dict[str, tuple[str, ...]]:
    if principal in inventory.callers:
        caller = make_caller(inventory, principal)
        found: dict[str, tuple[str, ...]] = {k: () if v is None else (v,) for k, v in caller.keys.items()}
        return found | {f"{_PRINCIPAL_TAG}{k}": (v,) for k, v in caller.tags.items()}
    if inventory.knows_members and account_of(principal) in inventory.members:
        return {"aws:principalorgid": (inventory.organization,)}
    return {}


def _implied_by_resource(request: ConcreteRequest, inventory: Inventory) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    bucket = bucket_of(request.resource)
    owner = next((b.account for b in inventory.buckets if b.name == bucket), account_of(request.resource))
    if owner:
        service = f"{request.action.partition(':')[0].lower()}:"
        found |= {key: (owner,) for key in sorted(RESOURCE_ACCOUNT) if key.startswith(("aws:", service))}
    if inventory.knows_members and owner in inventory.members:
        found[RESOURCE_ORGANIZATION] = (inventory.organization,)
    for point in inventory.access_points:
        if request.resource in point.resources:
            found |= {ACCESS_POINT_ARN: (point.arn,), ACCESS_POINT_ACCOUNT: (point.account,)}
    return found
