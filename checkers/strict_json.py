"""One strict JSON reader: no duplicate members, no NaN, no huge numbers, no lone surrogates, bounded depth."""

import json
from collections import Counter
from typing import Any

from checkers import limits
from checkers.verdict import Unreadable

Json = Any  # what json.loads returns; typed getters take it apart at the boundary


def parse_json(data: bytes | str, where: str) -> Json:
    """The value of a JSON text. Raises `Unreadable` with `where` and the reason."""
    try:
        text = data if isinstance(data, str) else data.decode().removeprefix("\ufeff")
        _check_size(text)
        value = _DECODER.decode(text)
    except RecursionError:
        raise Unreadable(f"{where}: nested deeper than {limits.MAX_JSON_DEPTH} levels") from None
    except ValueError as error:
        raise Unreadable(f"{where}: not strict JSON: {error}") from None
    if text.count("[") + text.count("{") > limits.MAX_JSON_DEPTH:  # else it cannot be that deep
        _check_depth(value, where)
    if "\\u" in text:
        _check_text(value, where)
    return value


def _check_size(text: str) -> None:
    if len(text) > limits.MAX_JSON_VALUES and sum(map(text.count, ",[{")) > limits.MAX_JSON_VALUES:
        raise ValueError(f"more than {limits.MAX_JSON_VALUES} values")


def _members(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        (name, _), *_ = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"duplicate member {name[:80]!a}")
    return found


def _integer(text: str) -> int:
    if len(text) > limits.MAX_JSON_DIGITS:
        raise ValueError(f"a number of {len(text)} characters")
    return int(text)


def _decimal(text: str) -> "JsonNumber":
    if len(text) > limits.MAX_JSON_DIGITS:
        raise ValueError(f"a number of {len(text)} characters")
    return JsonNumber(text)


def _constant(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


class JsonNumber(str):  # noqa: FURB189  UserString is no str, and slow
    """The text of a number that is not an integer: nothing here computes with one."""

    __slots__ = ()


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_int=_integer, parse_float=_decimal, parse_constant=_constant
)


def _check_depth(value: Json, where: str) -> None:
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > limits.MAX_JSON_DEPTH:
            raise Unreadable(f"{where}: nested deeper than {limits.MAX_JSON_DEPTH} levels")
        inner: list[Json] = []
        for one in level:
            if type(one) is dict:
                inner.extend(v for v in one.values() if type(v) in _NESTED)
            elif type(one) is list:
                inner.extend(v for v in one if type(v) in _NESTED)
        level = inner


_NESTED = (dict, list)


def _check_text(value: Json, where: str) -> None:
    """Refuse lone surrogates, which only an escape can make."""
    todo = [value]
    while todo:
        one = todo.pop()
        if type(one) is dict:
            todo.extend(one.values())
            todo.extend(one)
        elif type(one) is list:
            todo.extend(one)
        elif isinstance(one, str) and not one.isascii() and any("\ud800" <= c <= "\udfff" for c in one):
            raise Unreadable(f"{where}: a lone surrogate in {one[:40]!a}")
