"""Requests as people write them.

Untrusted.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from auditctl.controls.errors import quote, suggest
from auditctl.findings.statements import ENDPOINT_KEY
from auditctl.simulate.arn import arn_of
from auditctl.simulate.errors import RequestError
from auditctl.simulate.inline import Inline, parse_inline
from auditctl.simulate.principal import is_account, parse_principal
from checkers.cloud.request import ConcreteRequest
from checkers.cloud.request import parse_request as parse_concrete
from checkers.cloud.vocabulary import account_of
from checkers.strict_json import Json, JsonNumber
from checkers.verdict import Refusal

MEMBERS = (
    "id",
    "principal",
    "session",
    "action",
    "resource",
    "context",
    "flags",
    "policies",
    "resource_account",
)
# Whose a resource is where nothing tells, and the endpoint of a policy where the request names none.
NOBODY = "000000000000"
ENDPOINT = "vpce-00000000000000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request with the policies that it brings."""

    concrete: ConcreteRequest
    inline: Inline
    owner: str
    key: str  # what the world of the request is made of


def parse_request(value: Json) -> Request:
    """A request as people write it. Raises `RequestError` or `OverlayError`."""
    if not isinstance(value, dict):
        raise RequestError("a request is not an object")
    for name in value:
        if name not in MEMBERS:
            raise RequestError(f"unknown member {quote(name)}{suggest(name, MEMBERS)}")
    for name in ("principal", "action"):
        if not isinstance(value.get(name), str) or not value[name]:
            raise RequestError(f"{name} is missing or no text")
    principal, session = parse_principal(value["principal"])
    plain = {
        "principal": principal,
        "session": value.get("session", session),
        "action": value["action"],
        "resource": value.get("resource", "*"),
        "context": _context(value.get("context", {})),
        "flags": value.get("flags", {}),
    }
    try:
        request = parse_concrete(plain)
    except Refusal as error:
        raise RequestError(str(error)) from None
    _check_request(request)
    inline = parse_inline(value.get("policies", {}))
    owner = _account_in(value, request)
    placed = [principal, request.resource, owner] if not inline.is_nothing else []
    key = json.dumps([placed, value.get("policies", {})], sort_keys=True, default=str)
    return Request(concrete=_through(request, inline), inline=inline, owner=owner, key=key)


def _account_in(value: Mapping[str, Json], request: ConcreteRequest) -> str:
    """The account of the resource: what the request says, or its ARN, or else the caller's."""
    given = value.get("resource_account")
    if given is not None and not is_account(given):
        raise RequestError(f"resource_account is {given!r}, not twelve digits")
    found = (given, account_of(request.resource), account_of(request.principal))
    return next((str(account) for account in found if is_account(account)), NOBODY)


def _check_request(request: ConcreteRequest) -> None:
    if "*" in request.action or "?" in request.action or request.action.count(":") != 1:
        raise RequestError(f"action {quote(request.action)} is not one action; expected `service:Name`")
    if request.resource != "*" and arn_of(request.resource) is None:
        raise RequestError(f"resource {quote(request.resource)} is neither `*` nor an ARN with six parts")


def _through(request: ConcreteRequest, inline: Inline) -> ConcreteRequest:
    """The request through the endpoint whose policy it brings."""
    if inline.endpoint is None or request.context.get(ENDPOINT_KEY):
        return request
    return replace(request, context={**request.context, ENDPOINT_KEY: (ENDPOINT,)})


def _context(value: Json) -> Json:
    """Context keys in lower case, each with a list of texts."""
    if not isinstance(value, dict):
        raise RequestError("context is not an object")
    found: dict[str, list[str]] = {}
    for key, given in value.items():
        name = key.lower() if key.isascii() else key
        if name in found:
            raise RequestError(f"context has {quote(key)} twice, in different case")
        values = [_scalar(v, key) for v in (given if isinstance(given, list) else [given])]
        if values:
            found[name] = values
    return found


def _scalar(value: Json, key: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float | JsonNumber):
        return str(value)
    raise RequestError(f"the value of {quote(key)} is neither text, number nor boolean")
