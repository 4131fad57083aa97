"""Conditions of a query, in its own words or with the operators of a policy.

Untrusted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from auditctl.controls.errors import quote, suggest
from auditctl.controls.iam_words import CONDITION_OPERATORS, expected_value
from auditctl.query.terms import QueryError, parse_key
from checkers.cloud.vocabulary import MULTI_VALUED, parse_date, parse_network, parse_number

_ADDRESS_KEYS = frozenset({"aws:sourceip", "aws:vpcsourceip"})
_ARN_KEYS = frozenset({"aws:principalarn", "aws:sourcearn", "kms:encryptioncontext:aws:s3:arn"})
SIGNS = {"<": "LessThan", "<=": "LessThanEquals", ">": "GreaterThan", ">=": "GreaterThanEquals"}


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """One condition, as a policy would have it."""

    operator: str
    key: str
    values: tuple[str, ...]


def compared(key: str, sign: str, value: str) -> When:
    """An order: of dates where the value is one and no number. Raises `QueryError`."""
    if parse_number(value) is not None:
        return When(operator=f"Numeric{SIGNS[sign]}", key=key, values=(value,))
    if parse_date(value) is not None:
        return When(operator=f"Date{SIGNS[sign]}", key=key, values=(value,))
    raise QueryError(f"{quote(value)} is neither a number nor a date, which {quote(sign)} compares")


def equal(key: str, values: Sequence[str], *, inverted: bool) -> When:
    """The operator by which a policy would say `is` of this key and these values. Raises `QueryError`."""
    name = key.lower()
    wild = any(c in v for v in values for c in "*?")
    if name in _ADDRESS_KEYS:
        bad = [v for v in values if parse_network(v) is None]
        if bad:
            raise QueryError(f"{quote(bad[0])} is no address or CIDR block, which {key} holds")
        operator = "NotIpAddress" if inverted else "IpAddress"
    elif name in _ARN_KEYS:
        operator = "ArnNotLike" if inverted else "ArnLike"
    elif wild:
        operator = "StringNotLike" if inverted else "StringLike"
    elif set(map(str.lower, values)) <= {"true", "false"}:
        operator = "StringNotEqualsIgnoreCase" if inverted else "Bool"
    else:
        operator = "StringNotEquals" if inverted else "StringEquals"
    if name in MULTI_VALUED:
        operator = f"{'ForAllValues' if inverted else 'ForAnyValue'}:{operator}"
    return When(operator=operator, key=key, values=tuple(values))


def parse_condition(text: str) -> When:
    """A condition as `OPERATOR KEY=VALUE[,VALUE...]`. Raises `QueryError`."""
    operator, _, rest = text.strip().partition(" ")
    key, sign, values = rest.strip().partition("=")
    if not sign or not operator:
        raise QueryError(f"{quote(text)} is not a condition; expected `OPERATOR KEY=VALUE`, with commas between values")
    if operator not in CONDITION_OPERATORS:
        raise QueryError(f"unknown condition operator {quote(operator)}{suggest(operator, CONDITION_OPERATORS)}")
    found = When(operator=operator, key=parse_key(key.strip()), values=tuple(values.split(",")))
    for value in found.values:
        expected = expected_value(operator, value)
        if expected:
            raise QueryError(f"{quote(value)} is not a value of {operator}; expected {expected}")
    return found
