"""The words of IAM that a control may use, and how each kind of value is written.

Untrusted. Source: IAM User Guide, "IAM JSON policy elements: Condition operators",
"Action", "Resource", "Principal"; "IAM and AWS STS quotas" for names.
"""

from __future__ import annotations

import ipaddress
import re
from contextlib import suppress

from auditctl.controls.shapes import Form

_FAMILIES = {
    "String": (
        "StringEquals",
        "StringNotEquals",
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
        "StringLike",
        "StringNotLike",
    ),
    "Numeric": (
        "NumericEquals",
        "NumericNotEquals",
        "NumericLessThan",
        "NumericLessThanEquals",
        "NumericGreaterThan",
        "NumericGreaterThanEquals",
    ),
    "Date": (
        "DateEquals",
        "DateNotEquals",
        "DateLessThan",
        "DateLessThanEquals",
        "DateGreaterThan",
        "DateGreaterThanEquals",
    ),
    "Bool": ("Bool",),
    "Binary": ("BinaryEquals",),
    "IpAddress": ("IpAddress", "NotIpAddress"),
    "Arn": ("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"),
}
_FAMILY_OF = {name: family for family, names in _FAMILIES.items() for name in names}
_QUALIFIERS = ("", "ForAllValues:", "ForAnyValue:")

CONDITION_OPERATORS = (
    *(f"{qualifier}{name}{suffix}" for qualifier in _QUALIFIERS for name in _FAMILY_OF for suffix in ("", "IfExists")),
    "Null",
)

PRINCIPAL_SELECTORS = (
    "anyone",
    "anonymous",
    "service",
    "federated",
    "canonical",
    "account",
    "organization",
    "outside-account",
    "outside-organization",
    "signed-in",
    "snapshot",
    "target",
)

ACCOUNT_ID = Form(
    noun="account id",
    pattern=r"[0-9]{12}",
    expected="twelve digits",
    resembles=r"[0-9-]+",
)
ACCOUNT_GLOB = Form(
    noun="account glob",
    pattern=r"aws|[0-9*?]{1,12}",
    expected="digits, `*` and `?`, at most twelve, or `aws`",
)
ACTION_GLOB = Form(
    noun="action glob",
    pattern=r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+",
    expected="`service:Name`, with `*` and `?` in the name only, or `*`",
)
ARN_GLOB = Form(
    noun="ARN glob",
    pattern=r"arn:[^:\s]+:[^:\s]+:[^:\s]*:[^:\s]*:.+",
    expected="`arn:partition:service:region:account:resource` with `*` and `?`",
    resembles=r"arn:.*",
)
EVERYTHING = Form(noun="glob", pattern=r"\*", expected="`*`")
PRINCIPAL_ARN = Form(
    noun="ARN glob",
    pattern=r"arn:(\*|[^:\s]+:[^:\s]+:[^:\s]*:[^:\s]*:.+)",
    expected="`arn:partition:iam::account:resource` with `*` and `?`",
    resembles=r"arn:.*",
)
PRINCIPAL_CLASS = Form(
    noun="principal glob",
    pattern=r"(service|federated|canonical):\S+",
    expected="`service:`, `federated:` or `canonical:` with a glob",
    resembles=r"(service|federated|canonical):.*",
)
CONTEXT_KEY = Form(
    noun="context key",
    pattern=r"[A-Za-z0-9][A-Za-z0-9./_-]*:[^$*?{}]+",
    expected="`prefix:Name` without `*`, `?` and `${...}`",
)
PATH_GLOB = Form(noun="path glob", pattern=r"[/*?].*", expected="a glob that starts with `/`")
ORGANIZATION_ID = Form(
    noun="organization id",
    pattern=r"o-[a-z0-9]{10,32}",
    expected="`o-` and 10 to 32 lower case letters or digits",
)
NUMBER = Form(noun="number", pattern=r"-?[0-9]+(\.[0-9]+)?", expected="a decimal number")

_TIME = r"T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})"
_DATE = rf"[0-9]{{1,11}}|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}({_TIME})?"
_VALUE_PATTERNS = {
    "Numeric": (r"[+-]?[0-9]+(\.[0-9]+)?", "a decimal number"),
    "Date": (_DATE, "an ISO 8601 date or seconds since 1970"),
    "Bool": (r"true|false", "`true` or `false`"),
    "Binary": (r"([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", "base64"),
    "Arn": (rf"\*|{ARN_GLOB.pattern}", ARN_GLOB.expected),
}


def is_inverted(operator: str) -> bool:
    """Tell whether an operator holds where no value matches."""
    return "Not" in operator


def expected_value(operator: str, value: str) -> str:
    """Return what a value of a known operator must be, nothing if it is that."""
    name = operator.rpartition(":")[2]
    family = "Bool" if name == "Null" else _FAMILY_OF[name.removesuffix("IfExists")]
    if family == "IpAddress":
        return "" if _is_network(value) else "an address or a CIDR block without host bits"
    pattern, expected = _VALUE_PATTERNS.get(family, (r"(?s:.*)", ""))
    return "" if re.fullmatch(pattern, value) else expected


def _is_network(value: str) -> bool:
    with suppress(ValueError):
        ipaddress.ip_network(value)
        return True
    return False
