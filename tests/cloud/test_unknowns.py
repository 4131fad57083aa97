"""Values that are not known before a plan is applied: which there are, where they may stand, what is put for them."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pytest

from checkers.cloud.snapshot import Snapshot, State
from checkers.cloud.unknowns import Unknowns, complete
from checkers.strict_json import Json, JsonNumber
from checkers.verdict import Rejected, Unreadable

NAME = {"name": "b", "attribute": "aws_s3_bucket.b.bucket", "kind": "name"}
TEXT = {"name": "t", "attribute": "x.t", "kind": "text", "example": "one"}
BLOCK = {"name": "c", "attribute": "x.c", "kind": "block", "example": "10.0.0.0/8"}
LIST = {"name": "l", "attribute": "x.l", "kind": "list", "example": ["a"]}


def value(kind: str, example: Any, **more: Any) -> dict[str, Any]:
    return {"name": "v", "attribute": "x.v", "kind": kind, "example": example, **more}


def unknowns(*rows: Mapping[str, Any]) -> Unknowns:
    return Unknowns({"unknown": list(rows)})


def snapshot(
    files: Mapping[str, Any], *rows: Mapping[str, Any], errors: list[dict[str, str]] | None = None
) -> Snapshot:
    manifest = {
        "format": "auditctl-snapshot/1",
        "accounts": [{"id": "111122223333"}],
        "unknown": list(rows),
        "errors": errors or [],
    }
    every = {"snapshot.json": manifest, **files}
    return Snapshot({path: json.dumps(content).encode for path, content in every.items()})


def test_a_snapshot_without_unknown_values() -> None:
    assert not Unknowns({})
    assert unknowns(NAME)
    assert unknowns(TEXT)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "not a list of objects"),
        ([1], "not a list of objects"),
        ([{**NAME, "name": ""}], r"unknown\[0\] needs name"),
        ([{**NAME, "kind": 1}], r"unknown\[0\] needs name"),
        ([{**NAME, "within": [1]}], "within as texts"),
        ([{**NAME, "name": "a b"}], "'a b' of the kind 'name' is not understood"),
        ([{**NAME, "kind": "colour"}], "of the kind 'colour' is not understood"),
        ([NAME, NAME], "listed twice"),
    ],
)
def test_what_is_no_list_of_unknown_values_is_unreadable(given: Any, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        Unknowns({"unknown": given})


def test_what_a_text_stands_for() -> None:
    found = unknowns(NAME, TEXT)
    assert found.of("<t>") == found.values["t"]
    assert found.of("<b>") is None  # a name is what it is
    assert found.of("<t>/*") is None
    assert unknowns(NAME).of("<t>") is None
    assert found.within("a<b>c<t>d<t>") == (found.values["t"],) * 2
    assert found.values["t"].reason == "x.t is known after apply"


POLICY = {"Statement": [{"Resource": ["a/<t>"], "Principal": {"AWS": "<t>"}, "Condition": {"Bool": {"k": "<t>"}}}]}


@pytest.mark.parametrize(
    ("content", "is_misplaced"),
    [
        ({"Name": "<b>"}, False),
        ({"Name": "<t>"}, True),
        ({"Name": ["x", {"y": "<t>"}]}, True),
        ({"<t>": 1}, True),
        ({"CidrIp": "<t>"}, False),
        ({"CidrIp": "<t>/32"}, True),
        ({"PolicyDocument": "<t>"}, False),
        ({"PolicyDocument": POLICY}, False),
        ({"PolicyDocument": {"Statement": [{"Action": "<t>"}]}}, True),
        ({"Policy": json.dumps(POLICY)}, False),
        ({"Policy": json.dumps({"Statement": [{"Effect": "<t>"}]})}, True),
        ({"Policy": "{<t>"}, True),
        ({"Policy": " \n" + json.dumps({"Statement": [{"Resource": "<t>"}]})}, False),
        ({"Policy": json.dumps({"Statement": [{"Effect": "<t>"}]}).replace("<", "\\u003c")}, True),
        ({"Policy": quote(json.dumps({"Statement": [{"Effect": "<t>"}]}))}, True),
        ({"FromPort": 1, "Other": None}, False),
    ],
)
def test_a_value_stands_only_where_it_is_read_on_two_sides(content: Any, is_misplaced: bool) -> None:
    assert (unknowns(NAME, TEXT).misplaced(content) is not None) is is_misplaced
    fact = snapshot({"a.json": content}, NAME, TEXT).fact("a.json")
    assert fact.state is (State.ERROR if is_misplaced else State.VALUE)
    assert not is_misplaced or "x.t is known after apply" in fact.reason


def test_an_answer_that_is_not_known_names_its_attribute() -> None:
    errors = [
        {"path": "a.json", "code": "KnownAfterApply", "message": "x.policy is known after apply"},
        {"path": "b.json", "code": "KnownAfterApply"},
        {"path": "c.json", "code": "Throttling", "message": "slow down"},
    ]
    found = snapshot({}, errors=errors)
    assert found.fact("a.json").reason == "a.json: error (x.policy is known after apply)"
    assert found.fact("b.json").reason == "b.json: error (KnownAfterApply)"
    assert found.fact("c.json").reason == "c.json: error (Throttling)"


@pytest.mark.parametrize(
    ("kind", "good", "bad", "more"),
    [
        ("text", "x", 1, {}),
        ("number", 7, "7", {}),
        ("number", 7, True, {}),
        ("flag", False, 0, {}),
        ("list", ["a", "b"], "a", {}),
        ("list", [], [1], {}),
        ("block", "10.0.0.0/8", "10.0.0.0", {}),
        ("block", "::/0", "x/0", {}),
        ("block", "::/0", 1, {}),
        ("address", "10.0.0.9", "10.1.0.9", {"within": ["10.0.0.0/24", "10.2.0.0/24", "x"]}),
        ("address", "10.2.0.9", 1, {"within": ["10.0.0.0/24", "10.2.0.0/24"]}),
        ("address", "203.0.113.9", "10.0.0.0/24", {}),
    ],
)
def test_the_values_of_each_kind(kind: str, good: Json, bad: Json, more: dict[str, Any]) -> None:
    found = unknowns(value(kind, good, **more))
    assert found.completion({}) == {"v": good}
    with pytest.raises(Rejected, match=f"is no {kind} that x.v may have"):
        found.completion({"v": bad})
    with pytest.raises(Rejected, match=f"is no {kind} that x.v may have"):
        unknowns(value(kind, bad, **more)).completion({})


def test_values_may_have_names_in_them_and_nothing_else_that_is_not_known() -> None:
    found = unknowns(NAME, TEXT, LIST)
    assert found.completion({"t": "x/<b>"})["t"] == "x/<b>"
    with pytest.raises(Rejected, match="is not known itself"):
        found.completion({"t": "x/<l>"})
    with pytest.raises(Rejected, match="is not known itself"):
        found.completion({"l": ["<other>"]})
    with pytest.raises(Rejected, match="no unknown value has the name 'b'"):
        found.completion({"b": "logs"})


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"a": "<t>"}, {"a": "one"}),
        ({"a": "x<t>y<b>"}, {"a": "xoney<b>"}),
        (["<l>", "<t>", ["<l>"], 1], ["a", "b", "one", ["a", "b"], 1]),
        ({"Resource": "<l>"}, {"Resource": ["a", "b"]}),
        ("<n>", 7),
        ("port <n>", "port 7"),
        (JsonNumber("1.5"), JsonNumber("1.5")),
        ('{"Resource": "<l>", "n": 1}', '{"Resource": ["a", "b"], "n": 1}'),
        ("{<t>", "{one"),
        (' {"n": "<t>"}', '{"n": "one"}'),
        (quote('{"n": "<t>"}'), '{"n": "one"}'),
        ('{"n": "\\u003ct>"}', '{"n": "one"}'),
        ("<b>", "<b>"),
    ],
)
def test_a_value_takes_the_place_of_its_marker(content: Json, expected: Json) -> None:
    assert complete(content, {"t": "one", "l": ["a", "b"], "n": 7}) == expected


def test_a_completed_snapshot() -> None:
    files = {"a.json": {"CidrIp": "<c>", "Name": "<b>"}, "b.json": {"Name": "<t>"}}
    found = snapshot(files, NAME, TEXT, BLOCK)
    done = found.completed({"t": "two"})
    assert done.fact("a.json").value == {"CidrIp": "10.0.0.0/8", "Name": "<b>"}
    assert done.fact("b.json").value == {"Name": "two"}  # it may stand anywhere now
    assert not done.unknowns.values
    assert done.unknowns.names
    assert found.fact("b.json").state is State.ERROR
    with pytest.raises(Rejected):
        found.completed({"c": "ten"})
    assert snapshot({"a.json": {"x": "<t>"}}).completed({}).fact("a.json").value == {"x": "<t>"}  # no marker at all
