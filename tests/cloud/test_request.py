"""Concrete requests: what is refused, and the assignment that one stands for."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from checkers.cloud.request import (
    CALLER_ALLOWS,
    assignment_of,
    describe_principal,
    implied_keys,
    parse_request,
    view_value,
)
from checkers.cloud.vocabulary import ACTION, CALLER_ALLOWED, PRINCIPAL, RESOURCE, SESSION
from checkers.verdict import Rejected
from cloud.setting import OWN, ROLE

GOOD = {"principal": ROLE, "action": "s3:GetObject", "resource": "*"}
LISTS = "the context of a request is not an object of lists of texts that are not empty"
TEXT = "a member of a request is not text"
FLAGS = "the flags of a request are not an object of booleans"
OBJECT = "a request is not an object of principal, session, action, resource, context and flags"
CASE = "a context key of a request is not in lower case"
REFUSED = [
    ("null", None, OBJECT),
    ("a list", [], OBJECT),
    ("an unknown member", {**GOOD, "time": "now"}, OBJECT),
    ("a principal that is null", {**GOOD, "principal": None}, TEXT),
    ("an action that is a list", {**GOOD, "action": ["a:b"]}, TEXT),
    ("a resource that is a number", {**GOOD, "resource": 1}, TEXT),
    ("a session that is false", {**GOOD, "session": False}, TEXT),
    (
        "an action with a letter outside ASCII",
        {**GOOD, "action": "\u212ams:Decrypt"},
        "the action of a request has a letter outside ASCII",
    ),
    ("a key with a letter outside ASCII", {**GOOD, "context": {"x:é": ["b"]}}, CASE),
    ("a context that is a list", {**GOOD, "context": []}, LISTS),
    ("a context value that is text", {**GOOD, "context": {"x:a": "b"}}, LISTS),
    ("a context value that is empty", {**GOOD, "context": {"x:a": []}}, LISTS),
    ("a context value that is a number", {**GOOD, "context": {"x:a": [1]}}, LISTS),
    ("flags that are null", {**GOOD, "flags": None}, FLAGS),
    ("a flag that is a number", {**GOOD, "flags": {"x": 1}}, FLAGS),
    ("a key in upper case", {**GOOD, "context": {"x:A": ["b"]}}, CASE),
    ("a key with a view", {**GOOD, "context": {"x:a#number": ["1"]}}, CASE),
]


@pytest.mark.parametrize(("value", "message"), [pytest.param(*c[1:], id=c[0]) for c in REFUSED])
def test_a_request_that_is_refused(value: Any, message: str) -> None:
    with pytest.raises(Rejected) as caught:
        parse_request(value)
    assert str(caught.value) == message


def test_members_of_a_request_that_are_not_there_are_empty() -> None:
    found = parse_request({})
    assert (found.principal, found.action, found.resource, found.session) == ("", "", "", "")
    assert (found.context, found.flags) == ({}, {})


def test_every_variable_has_its_value() -> None:
    found = assignment_of(
        parse_request({
            **GOOD,
            "session": "night",
            "context": {"x:a": ["10", "QUI="], "aws:sourceip": ["10.0.0.1"]},
            "flags": {CALLER_ALLOWS: True},
        })
    )
    assert found[PRINCIPAL.name] == (ROLE,)
    assert found[ACTION.name] == ("s3:getobject",)
    assert found[RESOURCE.name] == ("*",)
    assert found[SESSION.name] == ("night",)
    assert found[CALLER_ALLOWED.name] == (True,)
    assert found["x:a"] == ("10", "QUI=")
    assert found["x:a#number"][0] == 10
    assert found["x:a#binary"][1] == "4142"
    assert found["aws:sourceip#address"] == (10 * 2**24 + 1,)
    assert found["aws:principalarn"] == (ROLE,)


def test_a_request_without_a_session_or_flag() -> None:
    found = assignment_of(parse_request(GOOD))
    assert found[SESSION.name] == ()
    assert found[CALLER_ALLOWED.name] == (False,)


def test_a_context_key_is_not_taken_for_a_variable() -> None:
    found = assignment_of(parse_request({**GOOD, "context": {"principal": ["x"], "session": ["y"], "action": ["z"]}}))
    assert found[PRINCIPAL.name] == (ROLE,)
    assert found[SESSION.name] == ()
    assert found[ACTION.name] == ("s3:getobject",)


@pytest.mark.parametrize(
    ("principal", "key", "value"),
    [
        (ROLE, "aws:principalarn", ROLE),
        (ROLE, "aws:principalaccount", OWN),
        (ROLE, "aws:principalisawsservice", "false"),
        ("service:a.b", "aws:principalisawsservice", "true"),
        ("service:a.b", "aws:principalservicename", "a.b"),
    ],
)
def test_a_key_that_follows_from_the_principal(principal: str, key: str, value: str) -> None:
    assert implied_keys(principal)[key] == (value,)
    same = assignment_of(parse_request({**GOOD, "principal": principal, "context": {key: [value]}}))
    assert same[key] == (value,)
    with pytest.raises(Rejected) as caught:
        assignment_of(parse_request({**GOOD, "principal": principal, "context": {key: ["other"]}}))
    assert str(caught.value) == f"the request gives {key} as ['other'], but its principal makes it ['{value}']"


@pytest.mark.parametrize(
    ("principal", "key"),
    [
        (ROLE, "aws:principalservicename"),
        ("service:a.b", "aws:principalarn"),
        ("anonymous", "aws:principalarn"),
        ("federated:p", "aws:principalaccount"),
        ("canonical:c", "aws:principalservicename"),
    ],
)
def test_a_key_that_the_principal_does_not_have(principal: str, key: str) -> None:
    assert implied_keys(principal)[key] == ()
    with pytest.raises(Rejected, match=f"the request gives {key} as"):
        assignment_of(parse_request({**GOOD, "principal": principal, "context": {key: ["any"]}}))


def test_nothing_follows_from_nobody() -> None:
    assert implied_keys("") == {}


def test_what_is_not_of_a_type_is_below_all_that_is() -> None:
    for view, real in (("number", "-" + "9" * 99), ("date", "0001-01-01"), ("address", "0.0.0.0")):
        lowest, other = view_value("word", view), view_value(real, view)
        assert isinstance(lowest, int | Fraction)
        assert isinstance(other, int | Fraction)
        assert lowest < other
    assert view_value("word", "binary") != view_value("QUI=", "binary")
    assert view_value("word", "") == "word"


@pytest.mark.parametrize(
    ("principal", "words"),
    [
        ("anonymous", "anyone on the internet, without signing in,"),
        ("service:a.b", "the AWS service a.b"),
        ("federated:x:y", "someone signed in through x:y"),
        ("canonical:c", "the canonical user c"),
        (ROLE, ROLE),
        ("", ""),
    ],
)
def test_a_principal_in_words(principal: str, words: str) -> None:
    assert describe_principal(principal) == words
