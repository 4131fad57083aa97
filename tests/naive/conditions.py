"""Condition operators and blocks."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import operator
import re
import string
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from naive.reading import (
    SET_OPERATORS,
    Json,
    Scene,
    Tokens,
    fold,
    glob_matches,
    is_present,
    listed,
    literal_of,
    parts_match,
    tokens_of,
    values_of,
)

Compare = Callable[[str, str, Scene], bool]
WellFormed = Callable[[str], bool]


def string_equals(pattern: str, value: str, scene: Scene) -> bool:
    """Exact; `*` and `?` are literal."""
    return literal_of(pattern, scene) == value


def string_equals_ignore_case(pattern: str, value: str, scene: Scene) -> bool:
    """Exact but for the case of ASCII letters; also how Bool compares."""
    text = literal_of(pattern, scene)
    return text is not None and fold(text) == fold(value)


def string_like(pattern: str, value: str, scene: Scene) -> bool:
    """A case-sensitive glob that crosses everything."""
    tokens = tokens_of(pattern, scene)
    return tokens is not None and glob_matches(tokens, value)


def arn_like(pattern: str, value: str, scene: Scene) -> bool:
    """Six globs, each in its own part of the ARN; only the last may cross a colon."""
    tokens = tokens_of(pattern, scene)
    return tokens is not None and parts_match(split_tokens(tokens), value)


def split_tokens(tokens: Tokens) -> list[Tokens]:
    """Cut a pattern at its first five colons."""
    parts: list[Tokens] = [[]]
    for token in tokens:
        if token == ":" and len(parts) < 6:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def number_of(text: str) -> Fraction | None:
    """A plain decimal: optional sign, digits, optional fraction."""
    whole, dot, part = text.removeprefix("-").partition(".")
    digits = set(string.digits)
    if not whole or set(whole + part) - digits or bool(dot) != bool(part):
        return None
    return Fraction(text)


DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?P<time>T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2}))?"
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def seconds_of(text: str) -> Fraction | None:
    """A date (midnight UTC), a date-time with Z or offset, or epoch seconds, as seconds."""
    if text and set(text) <= set(string.digits):
        return Fraction(text)
    shape = DATE.fullmatch(text)
    if shape is None:
        return None
    try:
        moment = datetime.fromisoformat(text if shape["time"] else text + "T00:00:00Z")
    except ValueError:
        return None
    return Fraction((moment - EPOCH) // timedelta(microseconds=1), 1_000_000)


def ordered(read: Callable[[str], Fraction | None], compare: Callable[[Any, Any], bool]) -> Compare:
    """Compare the request's number or date (on the left) with the policy's."""

    def holds(pattern: str, value: str, _scene: Scene) -> bool:
        left, right = read(value), read(pattern)
        return left is not None and right is not None and compare(left, right)

    return holds


def bytes_of(text: str) -> bytes | None:
    """The bytes that a base64 text stands for."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def binary_equals(pattern: str, value: str, _scene: Scene) -> bool:
    """Equal after decoding."""
    return bytes_of(value) is not None and bytes_of(value) == bytes_of(pattern)


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def network_of(text: str) -> Network | None:
    """A CIDR block or a bare address; host bits are ignored."""
    _, slash, prefix = text.partition("/")
    if "%" in text or (slash and (not prefix or set(prefix) - set(string.digits))):
        return None
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def in_network(pattern: str, value: str, _scene: Scene) -> bool:
    """The request's bare address lies in the policy's block, of the same IP version."""
    network = network_of(pattern)
    address = network_of(value) if "/" not in value else None
    return network is not None and address is not None and address[0] in network


def any_text(_text: str) -> bool:
    """Strings and ARN patterns cannot be malformed: at worst they match nothing."""
    return True


def no_foreign_letters(text: str) -> bool:
    """How AWS folds the case of letters beyond ASCII is not documented."""
    return all(char.isascii() or not char.isalpha() for char in text)


def is_number(text: str) -> bool:
    """Whether a policy value is a plain decimal."""
    return number_of(text) is not None


def is_date(text: str) -> bool:
    """Whether a policy value is a date."""
    return seconds_of(text) is not None


def is_arn_pattern(text: str) -> bool:
    """Whether a policy value of an Arn operator has six parts, variables counting as text."""
    return re.sub(r"\$\{[^}]*\}", "v", text).count(":") >= 5


def is_network(text: str) -> bool:
    """Whether a policy value is an address or a block."""
    return network_of(text) is not None


def is_base64(text: str) -> bool:
    """Whether a policy value is base64."""
    return bytes_of(text) is not None


# Name of the operator: how it compares, whether it is inverted, what its policy values must be.
OPERATORS: dict[str, tuple[Compare, bool, WellFormed]] = {
    "StringEquals": (string_equals, False, any_text),
    "StringNotEquals": (string_equals, True, any_text),
    "StringEqualsIgnoreCase": (string_equals_ignore_case, False, no_foreign_letters),
    "StringNotEqualsIgnoreCase": (string_equals_ignore_case, True, no_foreign_letters),
    "StringLike": (string_like, False, any_text),
    "StringNotLike": (string_like, True, any_text),
    "ArnEquals": (arn_like, False, is_arn_pattern),
    "ArnNotEquals": (arn_like, True, is_arn_pattern),
    "ArnLike": (arn_like, False, is_arn_pattern),
    "ArnNotLike": (arn_like, True, is_arn_pattern),
    "NumericEquals": (ordered(number_of, operator.eq), False, is_number),
    "NumericNotEquals": (ordered(number_of, operator.eq), True, is_number),
    "NumericLessThan": (ordered(number_of, operator.lt), False, is_number),
    "NumericLessThanEquals": (ordered(number_of, operator.le), False, is_number),
    "NumericGreaterThan": (ordered(number_of, operator.gt), False, is_number),
    "NumericGreaterThanEquals": (ordered(number_of, operator.ge), False, is_number),
    "DateEquals": (ordered(seconds_of, operator.eq), False, is_date),
    "DateNotEquals": (ordered(seconds_of, operator.eq), True, is_date),
    "DateLessThan": (ordered(seconds_of, operator.lt), False, is_date),
    "DateLessThanEquals": (ordered(seconds_of, operator.le), False, is_date),
    "DateGreaterThan": (ordered(seconds_of, operator.gt), False, is_date),
    "DateGreaterThanEquals": (ordered(seconds_of, operator.ge), False, is_date),
    "Bool": (string_equals_ignore_case, False, no_foreign_letters),
    "BinaryEquals": (binary_equals, False, is_base64),
    "IpAddress": (in_network, False, is_network),
    "NotIpAddress": (in_network, True, is_network),
}


def condition_holds(statement: Json, scene: Scene) -> bool:
    """All pairs of operator and key must hold. One key twice under an operator cannot be read."""
    return all(
        scene.wide
        if sum(fold(other) == fold(key) for other in block) > 1
        else pair_holds(name, key, texts_of(value), scene)
        for name, block in statement.get("Condition", {}).items()
        for key, value in block.items()
    )


def pair_holds(name: str, key: str, texts: list[str] | None, scene: Scene) -> bool:
    """One operator and key; what cannot be read holds when read wide and fails when not."""
    present = is_present(scene, key)
    if name == "Null":
        return null_holds(texts, present=present, wide=scene.wide)
    quantifier, _, rest = name.rpartition(":")
    base = rest.removesuffix("IfExists")
    if base not in OPERATORS or name.removesuffix(rest) not in ("", *SET_OPERATORS):
        return scene.wide
    compare, inverted, well_formed = OPERATORS[base]
    if texts is None or not all(map(well_formed, texts)):
        return scene.wide
    if not present:
        return absent_holds(quantifier, inverted=inverted, if_exists=base != rest, scene=scene)
    matched = [any(compare(text, value, scene) for text in texts) for value in values_of(scene, key)]
    return quantified([hit != inverted for hit in matched], quantifier, wide=scene.wide)


def null_holds(texts: list[str] | None, *, present: bool, wide: bool) -> bool:
    """`true`: the key is absent; `false`: it is present."""
    if texts is None or not {fold(text) for text in texts} <= {"true", "false"}:
        return wide
    return any((fold(text) == "true") != present for text in texts)


def absent_holds(quantifier: str, *, inverted: bool, if_exists: bool, scene: Scene) -> bool:
    """What an operator says of a key that the request does not carry."""
    if quantifier == "ForAllValues":
        return True
    if quantifier == "ForAnyValue":
        return if_exists and scene.wide  # foranyvalue-ifexists
    return if_exists or inverted


def quantified(holds: list[bool], quantifier: str, *, wide: bool) -> bool:
    """Combine what the operator says of each value of a key that is present.

    Without a quantifier a key has one value; with several the operator is not
    defined (scalar-on-set): read wide some value is enough, read narrow all must do.
    """
    if quantifier == "ForAllValues" or (not quantifier and not wide):
        return all(holds)
    return any(holds)


def texts_of(value: Json) -> list[str] | None:
    """The policy values of a condition as text, or None when one is no scalar."""
    texts = [text_of(item) for item in listed(value)]
    return None if None in texts else [text for text in texts if text is not None]


def text_of(value: Json) -> str | None:
    """A JSON string, Boolean or number as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None
