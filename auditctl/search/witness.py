"""From a model to a request that people can read, and that the checker confirms."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any

from auditctl.search.theory import Value
from checkers.cloud.claims import Claim, Derived
from checkers.cloud.control import fill_text
from checkers.cloud.patterns import ARN_PARTS
from checkers.cloud.request import CALLER_ALLOWS, ConcreteRequest, assignment_of, implied_keys
from checkers.cloud.vocabulary import ACTION, ADDRESSES, CALLER_ALLOWED, PRINCIPAL, RESOURCE, SESSION, show_address
from checkers.kernel.formula import Variable
from checkers.kernel.witness import check_witness
from checkers.verdict import Refusal

# Actions that stand for their service where a policy or control says `service:*`.
_FAMILIAR = (
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:GetObjectAcl",
    "s3:GetObjectVersionAcl",
    "s3:GetObjectTagging",
    "s3:GetObjectAttributes",
    "s3:ListBucketVersions",
    "s3:PutBucketPolicy",
    "s3:DeleteObjectVersion",
    "s3:PutObject",
    "s3:ListBucket",
    "s3:DeleteObject",
    "iam:CreateUser",
    "iam:PassRole",
    "iam:ListUsers",
    "sts:AssumeRole",
    "ec2:RunInstances",
    "ec2:DescribeInstances",
    "kms:Decrypt",
    "lambda:InvokeFunction",
    "secretsmanager:GetSecretValue",
    "dynamodb:GetItem",
    "sqs:SendMessage",
    "sns:Publish",
    "logs:GetLogEvents",
    "cloudformation:CreateStack",
    "organizations:ListAccounts",
)
_TLS = "aws:securetransport"
_MAX_DIGITS = 60  # of a number that a policy writes
_DOCUMENTATION_ADDRESS = "203.0.113.7"  # RFC 5737


def request_of(values: Mapping[str, Value], derived: Derived) -> ConcreteRequest:
    """The request that a model stands for."""
    principal = derived.scope.fixed if derived.scope is not None else ""
    principal = principal or _one(values, PRINCIPAL)
    implied = implied_keys(principal)
    context: dict[str, tuple[str, ...]] = {}
    for name, value in values.items():
        key, _, view = name.partition("#")
        if key in _OWN or key in implied or not value:
            continue
        if view or key not in context:
            context[key] = tuple(_text(v, view) for v in value)
    flag = values.get(CALLER_ALLOWED.name)
    return ConcreteRequest(
        principal=principal,
        action=_one(values, ACTION),
        resource=_one(values, RESOURCE),
        context=context,
        session=_one(values, SESSION),
        flags={CALLER_ALLOWS: True} if flag == (True,) else {},
    )


_OWN = {v.name for v in (PRINCIPAL, ACTION, RESOURCE, SESSION, CALLER_ALLOWED)}


def _one(values: Mapping[str, Value], variable: Variable) -> str:
    value = values.get(variable.name, ())
    return str(value[0]) if value else ""


def _text(value: Any, view: str) -> str:
    """The context text whose view is this value."""
    if view == "address":
        return show_address(value) if value in ADDRESSES else "not an address"
    if view in ("number", "date"):
        return _decimal(Fraction(value))
    if view == "binary":
        return _base64(value)
    return str(value)


def _decimal(number: Fraction) -> str:
    """The number as a plain decimal; the marker of a text that is no number as such a text."""
    if abs(number) >= 10**_MAX_DIGITS:
        return "not a number"
    if number.denominator == 1:
        return str(number.numerator)
    digits = 0
    while (number * 10**digits).denominator != 1 and digits < _MAX_DIGITS:
        digits += 1
    scaled = int(number * 10**digits)
    text = f"{abs(scaled):0{digits + 1}d}"
    return f"{'-' if scaled < 0 else ''}{text[:-digits]}.{text[-digits:]}"


def _base64(value: str) -> str:
    import base64

    try:
        return base64.b64encode(bytes.fromhex(value)).decode()
    except ValueError:
        return "not base64!"


def confirms(derived: Derived, request: ConcreteRequest) -> bool:
    """Whether the checker takes the request for a model of the question."""
    try:
        check_witness(derived.question, assignment_of(request))
    except Refusal:
        return False
    return True


def improve(request: ConcreteRequest, claim: Claim, derived: Derived) -> ConcreteRequest:
    """The request with familiar values where they do as well."""
    for edit in _edits(request, derived):
        candidate = edit(request)
        if candidate != request and confirms(derived, candidate):
            request = candidate
    for member in ("principal", "action", "resource"):
        for text in _candidates(member, request, claim, derived):
            candidate = _changed(request, member, text)
            if text == getattr(request, member) or confirms(derived, candidate):
                request = candidate
                break
    return replace(request, action=_with_case(request.action, claim))


def _changed(request: ConcreteRequest, member: str, text: str) -> ConcreteRequest:
    if member == "principal":
        return replace(request, principal=text)
    return replace(request, action=text) if member == "action" else replace(request, resource=text)


Edit = Callable[[ConcreteRequest], ConcreteRequest]


def _edits(request: ConcreteRequest, derived: Derived) -> Iterator[Edit]:
    """Changes to try in turn: without what may not matter, over TLS, from an address of the documentation."""
    yield lambda r: replace(r, flags={})
    for key in request.context:
        yield partial(_without, key)
    if any(v.name == _TLS for v in derived.question.formula.variables()):
        yield lambda r: r if _TLS in r.context else _with(_TLS, "true", r)
    for key in ("aws:sourceip", "aws:vpcsourceip"):
        yield partial(_moved, key)


def _without(key: str, request: ConcreteRequest) -> ConcreteRequest:
    return replace(request, context={k: v for k, v in request.context.items() if k != key})


def _with(key: str, value: str, request: ConcreteRequest) -> ConcreteRequest:
    return replace(request, context={**request.context, key: (value,)})


def _moved(key: str, request: ConcreteRequest) -> ConcreteRequest:
    return _with(key, _DOCUMENTATION_ADDRESS, request) if key in request.context else request


def _candidates(member: str, request: ConcreteRequest, claim: Claim, derived: Derived) -> Iterator[str]:
    if member == "principal" and derived.scope is not None and not derived.scope.fixed:
        if not request.action.startswith("sts:"):
            yield "anonymous"
        yield from _callers(request.principal)
    elif member == "action":
        asked = claim.control.request.action
        yield from (a for a in asked if "*" not in a and "?" not in a)
        service = request.action.partition(":")[0].lower()
        yield from (a for a in _FAMILIAR if a.partition(":")[0] == service)
        if not asked or any(a == "*" for a in asked):
            yield from _FAMILIAR
    elif member == "resource":
        values = claim.target.placeholders()
        for pattern in claim.control.request.resource:
            yield _resource(fill_text(pattern, values, ""), claim.target.account)


def _resource(pattern: str, account: str) -> str:
    """An ARN that a control's pattern matches, with a region and an account that can be."""
    parts = pattern.split(":", 5)
    for i, text in ((3, "us-east-1"), (4, account)):
        if len(parts) == ARN_PARTS and parts[i] == "*":
            parts[i] = text
    return ":".join(parts).replace("*", "example").replace("?", "x")


def _callers(principal: str) -> Iterator[str]:
    """ARNs like this one, of an account and with a name that can be."""
    parts = principal.split(":", 5)
    if len(parts) != ARN_PARTS or parts[2] != "iam":
        return
    account = parts[4] if parts[4].isdigit() else "999999999999"
    for name in ("user/example", "role/example", f"{parts[5]}example", parts[5]):
        yield f"arn:aws:iam::{account}:{name}"


def _with_case(action: str, claim: Claim) -> str:
    """The action in the spelling of the control, of the policies or of AWS, where one of them has it."""
    known = (*claim.control.request.action, *_FAMILIAR)
    return next((a for a in known if a.lower() == action.lower()), action)


def to_json(request: ConcreteRequest) -> dict[str, Any]:
    """The request as the certificate holds it."""
    found: dict[str, Any] = {"principal": request.principal, "action": request.action, "resource": request.resource}
    if request.session:
        found["session"] = request.session
    if request.context:
        found["context"] = {k: list(request.context[k]) for k in sorted(request.context)}
    if request.flags:
        found["flags"] = dict(request.flags)
    return found
