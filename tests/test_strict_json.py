"""The strict JSON reader: what it refuses, and why."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkers import limits
from checkers.strict_json import JsonNumber, parse_json
from checkers.verdict import Unreadable

texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | texts,
    lambda v: st.lists(v, max_size=4) | st.dictionaries(texts, v, max_size=4),
    max_leaves=10,
)


@given(values, st.booleans())
def test_what_is_written_is_read(value: Any, escaped: bool) -> None:
    text = json.dumps(value, ensure_ascii=escaped)
    assert parse_json(text, "x") == value
    assert parse_json(text.encode(), "x") == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param(b'\xef\xbb\xbf{"a": 1}', {"a": 1}, id="a byte order mark"),
        pytest.param(b" [1, 2]\r\n", [1, 2], id="space around"),
        pytest.param('"\\ud83d\\ude00"', "\U0001f600", id="a surrogate pair is one character"),
        pytest.param("[1.50, 1e999, -0.0]", ["1.50", "1e999", "-0.0"], id="decimals keep their text"),
        pytest.param('{"a": {"a": 1}}', {"a": {"a": 1}}, id="the same name at two levels"),
    ],
)
def test_accepted(text: bytes | str, value: Any) -> None:
    assert parse_json(text, "x") == value


def test_a_decimal_is_told_from_a_text() -> None:
    number, text = parse_json('[1.5, "1.5"]', "x")
    assert (type(number), type(text)) == (JsonNumber, str)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(b"", "not strict JSON: Expecting value", id="nothing"),
        pytest.param(b"{} {}", "Extra data", id="two values"),
        pytest.param(b"[1,]", "not strict JSON", id="a comma too many"),
        pytest.param(b"{'a': 1}", "not strict JSON", id="single quotes"),
        pytest.param(b"[01]", "not strict JSON", id="an octal number"),
        pytest.param(b"NaN", "NaN is not JSON", id="not a number"),
        pytest.param(b"[-Infinity]", "-Infinity is not JSON", id="infinity"),
        pytest.param(b'{"a": 1, "b": 2, "a": 1}', "duplicate member 'a'", id="a member twice"),
        pytest.param(b'[{"x": {"\\u0061": 1, "a": 1}}]', "duplicate member 'a'", id="a member twice, once escaped"),
        pytest.param(b'"\xff"', "not strict JSON: 'utf-8'", id="no UTF-8"),
        pytest.param(b'"\xed\xa0\x80"', "not strict JSON: 'utf-8'", id="a surrogate in UTF-8"),
        pytest.param(b'"\\ud800"', "a lone surrogate", id="a lone surrogate"),
        pytest.param(b'{"\\udc61": 1}', "a lone surrogate", id="a lone surrogate in a name"),
        pytest.param(b'[[{"a": ["\\ude00\\ud83d"]}]]', "a lone surrogate", id="a surrogate pair the wrong way round"),
        pytest.param(b'"a\nb"', "Invalid control character", id="a line end in a text"),
        pytest.param(b"[" * 100_000, "nested deeper than 64 levels", id="open brackets"),
        pytest.param(b'{"a":' * 100_000, "nested deeper than 64 levels", id="open braces"),
    ],
)
def test_refused(text: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason) as error:
        parse_json(text, "some/file.json")
    assert str(error.value).startswith("some/file.json: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("form", ["[%s]", '{"a": %s}', '[1, {"b": %s}]'])
def test_depth(form: str) -> None:
    steps = form.count("[") + form.count("{")
    text = "0"
    for _ in range(limits.MAX_JSON_DEPTH // steps):
        text = form % text
    parse_json(text, "x")
    for _ in range(2):
        text = form % text
    with pytest.raises(Unreadable, match="nested deeper"):
        parse_json(text, "x")


@pytest.mark.parametrize("sign", ["", "-"])
def test_digits(sign: str) -> None:
    digits = "9" * (limits.MAX_JSON_DIGITS - len(sign))
    assert parse_json(sign + digits, "x") == int(sign + digits)
    with pytest.raises(Unreadable, match=f"a number of {limits.MAX_JSON_DIGITS + 1} characters"):
        parse_json(f"{sign}{digits}9", "x")
    assert parse_json(f"{sign}0.{digits[2:]}", "x") == f"{sign}0.{digits[2:]}"
    with pytest.raises(Unreadable, match=f"a number of {limits.MAX_JSON_DIGITS + 1} characters"):
        parse_json(f"{sign}0.{digits[1:]}", "x")


@pytest.mark.parametrize("item", ["0", "[]", '{"a":0}', '",,"'])
def test_values(monkeypatch: pytest.MonkeyPatch, item: str) -> None:
    marks = sum(map(item.count, ",[{"))
    monkeypatch.setattr(limits, "MAX_JSON_VALUES", 9 + 10 * (1 + marks) - 9)
    parse_json("[" + ",".join([item] * 10) + "]" + " " * 100, "x")
    with pytest.raises(Unreadable, match="values"):
        parse_json("[" + ",".join([item] * 11) + "]" + " " * 100, "x")


def test_brackets_in_a_text_are_no_depth() -> None:
    text = "[" * (2 * limits.MAX_JSON_DEPTH)
    assert parse_json(json.dumps(text), "here") == text
    assert parse_json(json.dumps({"a": [text, 1]}), "here") == {"a": [text, 1]}
