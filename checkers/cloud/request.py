"""Concrete requests: the witness of a claim, and the assignment that it stands for."""

from collections.abc import Mapping
from dataclasses import dataclass

from checkers.cloud.vocabulary import (
    ACTION,
    ANONYMOUS,
    CALLER_ALLOWED,
    NOT_A_NUMBER,
    NOT_AN_ADDRESS,
    NOT_BINARY,
    PRINCIPAL,
    RESOURCE,
    SESSION,
    VIEWS,
    account_of,
    parse_address,
    parse_binary,
    parse_date,
    parse_number,
)
from checkers.kernel.intervals import Number
from checkers.strict_json import Json
from checkers.verdict import Rejected

# The flag of a request that says: the caller's own account, which is not in the snapshot, allows it.
CALLER_ALLOWS = "caller:identity-allows"


@dataclass(frozen=True, slots=True)
class ConcreteRequest:
    """One request. `context` has lower-case keys; a key that is not there is absent."""

    principal: str
    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]]
    session: str = ""
    flags: Mapping[str, bool] | None = None


def parse_request(value: Json) -> ConcreteRequest:
    """A request from JSON. Raises `Rejected`."""
    if not isinstance(value, dict) or value.keys() - {"principal", "action", "resource", "context", "session", "flags"}:
        raise Rejected("a request is not an object of principal, session, action, resource, context and flags")
    context, flags = value.get("context", {}), value.get("flags", {})
    texts = {name: value.get(name, "") for name in ("principal", "action", "resource", "session")}
    if not all(isinstance(t, str) for t in texts.values()):
        raise Rejected("a member of a request is not text")
    if not isinstance(context, dict) or not all(_is_texts(v) and v for v in context.values()):
        raise Rejected("the context of a request is not an object of lists of texts that are not empty")
    if not isinstance(flags, dict) or not all(type(v) is bool for v in flags.values()):
        raise Rejected("the flags of a request are not an object of booleans")
    if not texts["action"].isascii():
        raise Rejected("the action of a request has a letter outside ASCII")
    if any(key != key.lower() or "#" in key or not key.isascii() for key in context):
        raise Rejected("a context key of a request is not in lower case")
    return ConcreteRequest(**texts, context={k: tuple(v) for k, v in context.items()}, flags=flags)


def _is_texts(value: Json) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) for v in value)


def assignment_of(request: ConcreteRequest) -> dict[str, tuple[str | Number | bool, ...]]:
    """A value for every variable: typed views of the context and the keys that follow from the principal.

    Raises `Rejected` where the context contradicts the principal.
    """
    texts = dict(request.context)
    for key, value in implied_keys(request.principal).items():
        if key in texts and texts[key] != value:
            raise Rejected(
                f"the request gives {key} as {list(texts[key])!r}, but its principal makes it {list(value)!r}"
            )
        texts[key] = value
    found: dict[str, tuple[str | Number | bool, ...]] = {}
    for key, values in texts.items():
        found[key] = values
        for view in VIEWS:
            found[f"{key}#{view}"] = tuple(view_value(v, view) for v in values)
    found[PRINCIPAL.name] = (request.principal,)
    found[ACTION.name] = (request.action.lower(),)
    found[RESOURCE.name] = (request.resource,)
    found[SESSION.name] = (request.session,) if request.session else ()
    found[CALLER_ALLOWED.name] = ((request.flags or {}).get(CALLER_ALLOWS, False),)
    return found


def implied_keys(principal: str) -> dict[str, tuple[str, ...]]:
    """The condition keys whose values, or absence (no value), follow from the principal."""
    if not principal:
        return {}
    is_arn, is_service = principal.startswith("arn:"), principal.startswith("service:")
    is_signed = is_arn or principal.startswith("canonical:")
    account = account_of(principal) if is_arn else principal
    return {
        "aws:principalarn": (principal,) if is_arn else (),
        "aws:principalaccount": (account,) if is_arn or principal == ANONYMOUS else (),
        "aws:principalservicename": (principal.removeprefix("service:"),) if is_service else (),
        "aws:principalisawsservice": ("true" if is_service else "false",) if is_service or is_signed else (),
    }


def view_value(text: str, view: str) -> str | Number:
    """The value of a context text in a view; texts that are not of the type have a value of their own."""
    if view == "number":
        number = parse_number(text)
        return NOT_A_NUMBER if number is None else number
    if view == "date":
        date = parse_date(text)
        return NOT_A_NUMBER if date is None else date
    if view == "address":
        address = parse_address(text)
        return NOT_AN_ADDRESS if address is None else address
    if view == "binary":
        binary = parse_binary(text)
        return NOT_BINARY if binary is None else binary
    return text


def describe_principal(principal: str) -> str:
    """The principal in words."""
    if principal == ANONYMOUS:
        return "anyone on the internet, without signing in,"
    kind, _, name = principal.partition(":")
    words = {"service": "the AWS service", "federated": "someone signed in through", "canonical": "the canonical user"}
    return f"{words[kind]} {name}" if kind in words else principal
