"""Conditions: every operator, absent keys, sets of values, and what has no reading."""

from __future__ import annotations

from typing import Any

import pytest

from checkers.cloud.conditions import FOR_ANY_VALUE_IF_EXISTS, SCALAR_ON_SET, parse_condition, split_operator
from cloud.setting import (
    HOLDS,
    INCONCLUSIVE,
    OWN,
    VIOLATED,
    allow,
    control,
    deny,
    iam_file,
    lets_through,
    lone_policy,
    outcome,
    reasons,
)

TAG = "aws:RequestTag/team"  # one value
SET = "aws:TagKeys"  # many values
ARN = "aws:SourceArn"
Block = dict[str, dict[str, Any]]


def absent(key: str) -> Block:
    return {"Null": {key: ["true"]}}


def one(key: str, value: str) -> Block:
    return {"StringEquals": {key: [value]}}


def exactly(key: str, first: str, *others: str) -> Block:
    """The key has these values and no others."""
    block = {"ForAnyValue:StringEquals": {key: [first]}, "ForAllValues:StringEquals": {key: [first, *others]}}
    return block | ({"ForAnyValue:StringLike": {key: list(others)}} if others else {})


def under(block: Block, asked: Block) -> str:
    """The outcome for the asked requests where one Allow has the block as its condition."""
    return outcome(lone_policy(allow(Condition=block)), control("policy", condition=asked))


SINGLE = [
    ("an equal value matches", {"StringEquals": {TAG: "red"}}, one(TAG, "red"), VIOLATED),
    ("another value does not match", {"StringEquals": {TAG: "red"}}, one(TAG, "blue"), HOLDS),
    ("a positive operator is false for an absent key", {"StringEquals": {TAG: "red"}}, absent(TAG), HOLDS),
    ("an inverted operator is true for an absent key", {"StringNotEquals": {TAG: "red"}}, absent(TAG), VIOLATED),
    ("an inverted operator is true for another value", {"StringNotEquals": {TAG: "red"}}, one(TAG, "blue"), VIOLATED),
    ("an inverted operator is false for the value", {"StringNotEquals": {TAG: "red"}}, one(TAG, "red"), HOLDS),
    ("IfExists is true for an absent key", {"StringEqualsIfExists": {TAG: "red"}}, absent(TAG), VIOLATED),
    ("IfExists decides a present key", {"StringEqualsIfExists": {TAG: "red"}}, one(TAG, "blue"), HOLDS),
    ("an inverted IfExists is true for an absent key", {"StringNotLikeIfExists": {TAG: "r*"}}, absent(TAG), VIOLATED),
    ("an inverted IfExists decides a present key", {"StringNotLikeIfExists": {TAG: "r*"}}, one(TAG, "red"), HOLDS),
    ("one of several values is enough", {"StringEquals": {TAG: ["red", "blue"]}}, one(TAG, "blue"), VIOLATED),
    ("an inverted operator asks for none of the values", {"StringNotEquals": {TAG: ["red", "blue"]}}, one(TAG, "blue"), HOLDS),
    ("a key in other case is the same key", {"StringEquals": {"AWS:requesttag/TEAM": "red"}}, one(TAG, "red"), VIOLATED),
    ("another tag is another key", {"StringEquals": {"aws:RequestTag/Teams": "red"}}, one(TAG, "red") | absent("aws:RequestTag/teams"), HOLDS),
    ("every operator must hold", {"StringEquals": {TAG: "red"}, "StringLike": {"aws:userid": "A*"}}, one(TAG, "red") | absent("aws:userid"), HOLDS),
    ("every key must hold", {"StringEquals": {TAG: "red", "aws:userid": "A"}}, one(TAG, "red") | absent("aws:userid"), HOLDS),
    ("every pair may hold", {"StringEquals": {TAG: "red"}, "StringLike": {"aws:userid": "A*"}}, {"StringEquals": {TAG: ["red"], "aws:userid": ["AB"]}}, VIOLATED),
    ("a JSON true is its text", {"StringEquals": {TAG: True}}, one(TAG, "true"), VIOLATED),
    ("a JSON false is its text", {"StringEquals": {TAG: [False]}}, one(TAG, "true"), HOLDS),
    ("a JSON number is its text", {"StringEquals": {TAG: 7}}, one(TAG, "7"), VIOLATED),
    ("a JSON decimal is its text", {"StringEquals": {TAG: 1.5}}, one(TAG, "1.5"), VIOLATED),
    ("the empty text is a value", {"StringEquals": {TAG: ""}}, one(TAG, ""), VIOLATED),
]  # fmt: skip

TEXTS = [
    ("StringEquals takes a star literally", {"StringEquals": {TAG: "r*"}}, one(TAG, "red"), HOLDS),
    ("StringEquals finds a star", {"StringEquals": {TAG: "r*"}}, one(TAG, "r*"), VIOLATED),
    ("StringEquals takes a question mark literally", {"StringEquals": {TAG: "r?d"}}, one(TAG, "red"), HOLDS),
    ("StringEquals is case-sensitive", {"StringEquals": {TAG: "Red"}}, one(TAG, "red"), HOLDS),
    ("StringEqualsIgnoreCase ignores case", {"StringEqualsIgnoreCase": {TAG: "ReD"}}, one(TAG, "rEd"), VIOLATED),
    ("StringEqualsIgnoreCase takes a star literally", {"StringEqualsIgnoreCase": {TAG: "r*"}}, one(TAG, "red"), HOLDS),
    ("StringNotEqualsIgnoreCase ignores case", {"StringNotEqualsIgnoreCase": {TAG: "RED"}}, one(TAG, "red"), HOLDS),
    ("StringNotEqualsIgnoreCase holds for another", {"StringNotEqualsIgnoreCase": {TAG: "RED"}}, one(TAG, "blue"), VIOLATED),
    ("StringLike has stars", {"StringLike": {TAG: "r*"}}, one(TAG, "red"), VIOLATED),
    ("StringLike has question marks for one character", {"StringLike": {TAG: "r?"}}, one(TAG, "red"), HOLDS),
    ("StringLike is case-sensitive", {"StringLike": {TAG: "R*"}}, one(TAG, "red"), HOLDS),
    ("StringLike crosses colons and slashes", {"StringLike": {TAG: "a*z"}}, one(TAG, "a:/:z"), VIOLATED),
    ("StringNotLike is its opposite", {"StringNotLike": {TAG: "r*"}}, one(TAG, "red"), HOLDS),
    ("StringNotLike holds for another", {"StringNotLike": {TAG: "r*"}}, one(TAG, "blue"), VIOLATED),
    ("Bool ignores case", {"Bool": {"aws:SecureTransport": "TRUE"}}, one("aws:SecureTransport", "true"), VIOLATED),
    ("Bool tells false from true", {"Bool": {"aws:SecureTransport": False}}, one("aws:SecureTransport", "true"), HOLDS),
    ("Bool is false for an absent key", {"Bool": {"aws:SecureTransport": False}}, absent("aws:SecureTransport"), HOLDS),
    ("BoolIfExists is true for an absent key", {"BoolIfExists": {"aws:SecureTransport": False}}, absent("aws:SecureTransport"), VIOLATED),
]  # fmt: skip

QUEUE = "arn:aws:sqs:eu-west-1:111122223333:queue/a:b"
ARNS = [
    ("ArnEquals finds the ARN", {"ArnEquals": {ARN: QUEUE}}, one(ARN, QUEUE), VIOLATED),
    ("ArnEquals is ArnLike", {"ArnEquals": {ARN: "arn:aws:sqs:*:111122223333:*"}}, one(ARN, QUEUE), VIOLATED),
    ("ArnLike stays within a part", {"ArnLike": {ARN: "arn:aws:*:111122223333:queue/a:b"}}, one(ARN, QUEUE), HOLDS),
    ("ArnLike crosses everything in the last part", {"ArnLike": {ARN: "arn:aws:sqs:eu-west-1:111122223333:*b"}}, one(ARN, QUEUE), VIOLATED),
    ("a question mark of ArnLike is one character", {"ArnLike": {ARN: "arn:aws:sqs:eu-west-?:111122223333:*"}}, one(ARN, QUEUE), VIOLATED),
    ("a question mark of ArnLike is not a colon", {"ArnLike": {ARN: "arn:aws:sqs?eu-west-1:111122223333:queue/a:b"}}, one(ARN, QUEUE), HOLDS),
    ("ArnLike is case-sensitive", {"ArnLike": {ARN: "arn:aws:SQS:*:*:*"}}, one(ARN, QUEUE), HOLDS),
    ("a value that is not an ARN matches no ArnLike", {"ArnLike": {ARN: "*:*:*:*:*:*"}}, one(ARN, "queue"), HOLDS),
    ("ArnNotEquals is the opposite", {"ArnNotEquals": {ARN: "arn:aws:sqs:*:*:*"}}, one(ARN, QUEUE), HOLDS),
    ("ArnNotLike holds for another", {"ArnNotLike": {ARN: "arn:aws:sns:*:*:*"}}, one(ARN, QUEUE), VIOLATED),
    ("ArnNotLike holds for an absent key", {"ArnNotLike": {ARN: "arn:aws:sns:*:*:*"}}, absent(ARN), VIOLATED),
    ("ArnNotLike holds for a value that is not an ARN", {"ArnNotLike": {ARN: "*:*:*:*:*:*"}}, one(ARN, "queue"), VIOLATED),
]  # fmt: skip

NUMBER, DATE, IP, BYTES = "s3:max-keys", "aws:CurrentTime", "aws:SourceIp", "x:bytes"


def number(value: str) -> Block:
    return {"NumericEquals": {NUMBER: [value]}}


def date(value: str) -> Block:
    return {"DateEquals": {DATE: [value]}}


def address(value: str) -> Block:
    return {"IpAddress": {IP: [value]}}


TYPED = [
    ("NumericEquals compares numbers, not text", {"NumericEquals": {NUMBER: "10"}}, number("10.0"), VIOLATED),
    ("NumericEquals is false for another", {"NumericEquals": {NUMBER: 10}}, number("11"), HOLDS),
    ("NumericNotEquals is its opposite", {"NumericNotEquals": {NUMBER: "10"}}, number("10.0"), HOLDS),
    ("NumericNotEquals holds for another", {"NumericNotEquals": {NUMBER: "10"}}, number("-10"), VIOLATED),
    ("NumericLessThan is strict", {"NumericLessThan": {NUMBER: "10"}}, number("10"), HOLDS),
    ("NumericLessThan takes what is just below", {"NumericLessThan": {NUMBER: "10"}}, number("9.999"), VIOLATED),
    ("NumericLessThan takes what is negative", {"NumericLessThan": {NUMBER: "10"}}, number("-5"), VIOLATED),
    ("NumericLessThanEquals takes its end", {"NumericLessThanEquals": {NUMBER: "10"}}, number("10"), VIOLATED),
    ("NumericLessThanEquals stops there", {"NumericLessThanEquals": {NUMBER: "10"}}, number("10.001"), HOLDS),
    ("NumericGreaterThan is strict", {"NumericGreaterThan": {NUMBER: "10"}}, number("10"), HOLDS),
    ("NumericGreaterThan takes what is just above", {"NumericGreaterThan": {NUMBER: "10"}}, number("10.001"), VIOLATED),
    ("NumericGreaterThanEquals takes its end", {"NumericGreaterThanEquals": {NUMBER: "10"}}, number("10"), VIOLATED),
    ("NumericGreaterThanEquals stops there", {"NumericGreaterThanEquals": {NUMBER: "10"}}, number("9"), HOLDS),
    ("a numeric operator is false for an absent key", {"NumericLessThan": {NUMBER: "10"}}, absent(NUMBER), HOLDS),
    ("DateEquals compares moments", {"DateEquals": {DATE: "2026-01-01T00:00:00Z"}}, date("2026-01-01T01:00:00+01:00"), VIOLATED),
    ("DateEquals takes epoch seconds", {"DateEquals": {DATE: "2026-01-01"}}, date("1767225600"), VIOLATED),
    ("DateEquals does not take epoch milliseconds", {"DateEquals": {DATE: "2026-01-01"}}, date("1767225600000"), HOLDS),
    ("DateNotEquals is its opposite", {"DateNotEquals": {DATE: "2026-01-01"}}, date("2026-01-01T00:00Z"), HOLDS),
    ("DateLessThan is strict", {"DateLessThan": {DATE: "2026-01-01"}}, date("2026-01-01"), HOLDS),
    ("DateLessThan takes the second before", {"DateLessThan": {DATE: "2026-01-01"}}, date("2025-12-31T23:59:59Z"), VIOLATED),
    ("DateGreaterThanEquals takes its end", {"DateGreaterThanEquals": {DATE: "2026-01-01"}}, date("2026-01-01"), VIOLATED),
    ("DateGreaterThan is strict", {"DateGreaterThan": {DATE: "2026-01-01"}}, date("2026-01-01"), HOLDS),
    ("DateLessThanEquals stops at its end", {"DateLessThanEquals": {DATE: "2026-01-01"}}, date("2026-01-02"), HOLDS),
    ("BinaryEquals compares bytes", {"BinaryEquals": {BYTES: "QUI="}}, {"BinaryEquals": {BYTES: ["QUI="]}}, VIOLATED),
    ("BinaryEquals is false for other bytes", {"BinaryEquals": {BYTES: "QUI="}}, {"BinaryEquals": {BYTES: ["QUM="]}}, HOLDS),
    ("IpAddress takes a block", {"IpAddress": {IP: "10.0.0.0/8"}}, address("10.1.2.3"), VIOLATED),
    ("IpAddress stops at the end of the block", {"IpAddress": {IP: "10.0.0.0/8"}}, address("11.0.0.0"), HOLDS),
    ("IpAddress takes the last address of the block", {"IpAddress": {IP: "10.0.0.0/8"}}, address("10.255.255.255"), VIOLATED),
    ("IpAddress takes a bare address", {"IpAddress": {IP: "10.0.0.1"}}, address("10.0.0.1/32"), VIOLATED),
    ("IpAddress takes a block with host bits", {"IpAddress": {IP: "10.0.0.9/24"}}, address("10.0.0.1"), VIOLATED),
    ("0.0.0.0/0 is every IPv4 address", {"NotIpAddress": {IP: "0.0.0.0/0"}}, address("255.255.255.255"), HOLDS),
    ("0.0.0.0/0 has no IPv6 address", {"IpAddress": {IP: "0.0.0.0/0"}}, address("::"), HOLDS),
    ("::/0 has no IPv4 address", {"IpAddress": {IP: "::/0"}}, address("10.0.0.1"), HOLDS),
    ("an IPv6 address is compared, not its text", {"IpAddress": {IP: "2001:db8::1"}}, address("2001:0DB8:0:0::1/128"), VIOLATED),
    ("NotIpAddress is the opposite", {"NotIpAddress": {IP: "10.0.0.0/8"}}, address("10.0.0.1"), HOLDS),
    ("NotIpAddress holds elsewhere", {"NotIpAddress": {IP: "10.0.0.0/8"}}, address("192.0.2.1"), VIOLATED),
    ("NotIpAddress holds for an absent key", {"NotIpAddress": {IP: "10.0.0.0/8"}}, absent(IP), VIOLATED),
]  # fmt: skip

NULLS = [
    ("Null true asks for an absent key", {"Null": {TAG: "true"}}, absent(TAG), VIOLATED),
    ("Null true is false for a present key", {"Null": {TAG: "true"}}, one(TAG, ""), HOLDS),
    ("Null false asks for a present key", {"Null": {TAG: "false"}}, one(TAG, ""), VIOLATED),
    ("Null false is false for an absent key", {"Null": {TAG: False}}, absent(TAG), HOLDS),
    ("Null ignores the case of its value", {"Null": {TAG: "TRUE"}}, absent(TAG), VIOLATED),
    ("Null with both values always holds", {"Null": {TAG: ["true", "false"]}}, absent(TAG), VIOLATED),
    ("Null false asks for some value of a set", {"Null": {SET: "false"}}, exactly(SET, "a", "b"), VIOLATED),
    ("Null true asks for an empty set", {"Null": {SET: "true"}}, exactly(SET, "a"), HOLDS),
]  # fmt: skip

SETS = [
    ("ForAllValues holds where every value matches", {"ForAllValues:StringEquals": {SET: ["a", "b"]}}, exactly(SET, "a", "b"), VIOLATED),
    ("ForAllValues fails where one does not match", {"ForAllValues:StringEquals": {SET: ["a"]}}, exactly(SET, "a", "b"), HOLDS),
    ("ForAllValues holds for an absent key", {"ForAllValues:StringEquals": {SET: ["a"]}}, absent(SET), VIOLATED),
    ("ForAllValues with Null false fails for an absent key", {"ForAllValues:StringEquals": {SET: ["a"]}, "Null": {SET: "false"}}, absent(SET), HOLDS),
    ("ForAllValues of an inverted operator asks for none", {"ForAllValues:StringNotEquals": {SET: ["a"]}}, exactly(SET, "b", "c"), VIOLATED),
    ("ForAllValues of an inverted operator fails on one", {"ForAllValues:StringNotEquals": {SET: ["a"]}}, exactly(SET, "a", "b"), HOLDS),
    ("ForAllValues of an inverted operator holds for an absent key", {"ForAllValues:StringNotLike": {SET: "*"}}, absent(SET), VIOLATED),
    ("ForAllValues IfExists is ForAllValues", {"ForAllValues:StringEqualsIfExists": {SET: ["a"]}}, exactly(SET, "b"), HOLDS),
    ("ForAnyValue holds where some value matches", {"ForAnyValue:StringEquals": {SET: ["a"]}}, exactly(SET, "a", "b"), VIOLATED),
    ("ForAnyValue fails where none matches", {"ForAnyValue:StringEquals": {SET: ["c"]}}, exactly(SET, "a", "b"), HOLDS),
    ("ForAnyValue fails for an absent key", {"ForAnyValue:StringLike": {SET: ["*"]}}, absent(SET), HOLDS),
    ("ForAnyValue of an inverted operator asks for some other value", {"ForAnyValue:StringNotEquals": {SET: ["a"]}}, exactly(SET, "a", "b"), VIOLATED),
    ("ForAnyValue of an inverted operator fails where all match", {"ForAnyValue:StringNotEquals": {SET: ["a"]}}, exactly(SET, "a"), HOLDS),
    ("ForAnyValue of an inverted operator fails for an absent key", {"ForAnyValue:StringNotEquals": {SET: ["a"]}}, absent(SET), HOLDS),
    ("ForAnyValue IfExists decides a present key", {"ForAnyValue:StringEqualsIfExists": {SET: ["a"]}}, exactly(SET, "b"), HOLDS),
    ("ForAnyValue IfExists finds a value", {"ForAnyValue:StringEqualsIfExists": {SET: ["a"]}}, exactly(SET, "a"), VIOLATED),
    ("ForAllValues on a key with one value is about that value", {"ForAllValues:StringEquals": {TAG: "red"}}, one(TAG, "blue"), HOLDS),
    ("ForAllValues on a key with one value holds without it", {"ForAllValues:StringEquals": {TAG: "red"}}, absent(TAG), VIOLATED),
    ("ForAnyValue on a key with one value is about that value", {"ForAnyValue:StringNotEquals": {TAG: "red"}}, one(TAG, "blue"), VIOLATED),
    ("ForAllValues of numbers", {"ForAllValues:NumericLessThan": {"x:n": "5"}}, {"ForAnyValue:NumericEquals": {"x:n": ["7"]}}, HOLDS),
    ("ForAnyValue of addresses", {"ForAnyValue:NotIpAddress": {"x:ips": "10.0.0.0/8"}}, {"ForAllValues:IpAddress": {"x:ips": ["10.0.0.0/8"]}}, HOLDS),
    ("a single-valued operator is settled where all values match", {"StringEquals": {SET: ["a", "b"]}}, exactly(SET, "a", "b"), VIOLATED),
    ("a single-valued operator is settled where no value matches", {"StringEquals": {SET: "c"}}, exactly(SET, "a", "b"), HOLDS),
    ("an inverted single-valued operator is settled where no value matches", {"StringNotEquals": {SET: "c"}}, exactly(SET, "a", "b"), VIOLATED),
    ("an inverted single-valued operator is settled where all values match", {"StringNotEquals": {SET: ["a", "b"]}}, exactly(SET, "a", "b"), HOLDS),
    ("an inverted single-valued operator holds for an empty set", {"StringNotEquals": {SET: "a"}}, absent(SET), VIOLATED),
]  # fmt: skip

RULES = [*SINGLE, *TEXTS, *ARNS, *TYPED, *NULLS, *SETS]


@pytest.mark.parametrize(("block", "asked", "expected"), [pytest.param(*c[1:], id=c[0]) for c in RULES])
def test_a_condition_of_an_allow(block: Block, asked: Block, expected: str) -> None:
    assert under(block, asked) == expected


@pytest.mark.parametrize(("block", "asked", "expected"), [pytest.param(*c[1:], id=c[0]) for c in RULES])
def test_a_condition_of_a_deny(block: Block, asked: Block, expected: str) -> None:
    files = lone_policy(allow(), deny(Condition=block))
    assert outcome(files, control("policy", condition=asked)) == (HOLDS if expected == VIOLATED else VIOLATED)


OPEN = [
    ("ForAnyValue IfExists on an absent key", {"ForAnyValue:StringEqualsIfExists": {SET: ["a"]}}, absent(SET), FOR_ANY_VALUE_IF_EXISTS),
    ("a single-valued operator on values of which some match", {"StringEquals": {SET: "a"}}, exactly(SET, "a", "b"), SCALAR_ON_SET),
    ("an inverted single-valued operator on values of which some match", {"StringNotEquals": {SET: "a"}}, exactly(SET, "a", "b"), SCALAR_ON_SET),
    ("a key that a set operator is used on", {"StringEquals": {"x:many": "a"}}, exactly("x:many", "a", "b"), SCALAR_ON_SET),
]  # fmt: skip


@pytest.mark.parametrize(("block", "asked", "reading"), [pytest.param(*c[1:], id=c[0]) for c in OPEN])
def test_what_is_not_settled_is_read_both_ways_and_named(block: Block, asked: Block, reading: str) -> None:
    on_allow = lone_policy(allow(Condition=block))
    on_deny = lone_policy(allow(), deny(Condition=block))
    for files in (on_allow, on_deny):
        assert reasons(files, control("policy", condition=asked)) == reading
        assert outcome(files, control("policy", form="require", condition=asked)) == INCONCLUSIVE


# Values that are not of the operator's type, asked of concrete requests.

ODD = [
    ("a word is no number", {"NumericLessThan": {NUMBER: "10"}}, {NUMBER: ["many"]}, False),
    ("a word is not any number", {"NumericNotEquals": {NUMBER: "10"}}, {NUMBER: ["many"]}, True),
    ("a number with an exponent is no number", {"NumericLessThan": {NUMBER: "10"}}, {NUMBER: ["1e0"]}, False),
    ("a day that does not exist is no date", {"DateLessThan": {DATE: "2030-01-01"}}, {DATE.lower(): ["2026-02-30"]}, False),
    ("a word is no date", {"DateNotEquals": {DATE: "2030-01-01"}}, {DATE.lower(): ["now"]}, True),
    ("a word is no address", {"IpAddress": {IP: ["0.0.0.0/0", "::/0"]}}, {IP.lower(): ["home"]}, False),
    ("a word is outside every block", {"NotIpAddress": {IP: ["0.0.0.0/0", "::/0"]}}, {IP.lower(): ["home"]}, True),
    ("what is not base64 equals no bytes", {"BinaryEquals": {BYTES: "QUI="}}, {BYTES: ["QUI"]}, False),
    ("equal bytes are equal", {"BinaryEquals": {BYTES: "QUI="}}, {BYTES: ["QUI="]}, True),
    ("a very long number is no number", {"NumericGreaterThan": {NUMBER: "0"}}, {NUMBER: ["9" * 101]}, False),
    ("a long number is a number", {"NumericGreaterThan": {NUMBER: "0"}}, {NUMBER: ["9" * 100]}, True),
]  # fmt: skip


@pytest.mark.parametrize(("block", "context", "expected"), [pytest.param(*c[1:], id=c[0]) for c in ODD])
def test_a_value_of_another_type(block: Block, context: dict[str, list[str]], expected: bool) -> None:
    request = {"principal": "", "action": "s3:GetObject", "resource": "*", "context": context}
    found = lets_through(lone_policy(allow(Condition=block)), control("policy"), request)
    assert found == (expected, expected)


# What has no reading.

UNREADABLE = [
    ("a misspelt operator", "StringLikke", "x:a", ["v"], "unknown condition operator `StringLikke`"),
    ("an operator in other case", "stringEquals", "x:a", ["v"], "unknown condition operator `stringEquals`"),
    ("no operator", "", "x:a", ["v"], "unknown condition operator ``"),
    ("IfExists alone", "IfExists", "x:a", ["v"], "unknown condition operator `IfExists`"),
    ("a quantifier alone", "ForAnyValue:", "x:a", ["v"], "unknown condition operator `ForAnyValue:`"),
    ("an unknown quantifier", "ForSome:Bool", "x:a", ["v"], "unknown condition operator `ForSome:Bool`"),
    ("a quantifier twice", "ForAnyValue:ForAnyValue:Bool", "x:a", ["v"], "unknown condition operator `ForAnyValue:ForAnyValue:Bool`"),
    ("Null with IfExists", "NullIfExists", "x:a", ["true"], "unknown condition operator `NullIfExists`"),
    ("Null with a quantifier", "ForAnyValue:Null", "x:a", ["true"], "unknown condition operator `ForAnyValue:Null`"),
    ("Null of a word", "Null", "x:a", ["true", "yes"], "Null takes true or false, not ['true', 'yes']"),
    ("a number that is a word", "NumericEquals", "x:a", ["ten"], "'ten' is not a value of the operator's type"),
    ("a number with a variable", "NumericEquals", "x:a", ["${x:b}"], "'${x:b}' is not a value of the operator's type"),
    ("a date that does not exist", "DateLessThan", "x:a", ["2026-02-30"], "'2026-02-30' is not a value of the operator's type"),
    ("a year and month", "DateLessThan", "x:a", ["2026-02"], "'2026-02' is not a value of the operator's type"),
    ("an address that is a word", "NotIpAddress", "x:a", ["10.0.0"], "'10.0.0' is not a value of the operator's type"),
    ("bytes that are not base64", "BinaryEquals", "x:a", ["QUI"], "'QUI' is not a value of the operator's type"),
    ("a letter outside ASCII in either case", "StringEqualsIgnoreCase", "x:a", ["é"], "the case of letters outside ASCII is ignored in 'é'"),
    ("a variable without an end", "StringEquals", "x:a", ["${x:b"], "a policy variable without an end in '${x:b'"),
    ("a key with the name of a view", "StringEquals", "aws:SourceIp#address", ["1"], "condition key 'aws:sourceip#address'"),
    ("an ARN with fewer than six parts", "ArnLike", "x:a", ["arn:aws:sqs:*"], "'arn:aws:sqs:*' is not an ARN with six parts"),
    ("a block with a netmask", "IpAddress", "x:a", ["10.0.0.0/255.0.0.0"], "'10.0.0.0/255.0.0.0' is not a value of the operator's type"),
]  # fmt: skip


@pytest.mark.parametrize(("operator", "key", "values", "message"), [pytest.param(*c[1:], id=c[0]) for c in UNREADABLE])
def test_a_condition_without_a_reading_says_why(operator: str, key: str, values: list[str], message: str) -> None:
    assert parse_condition(operator, key, values, variables=True).problem == message


@pytest.mark.parametrize(("operator", "key", "values", "message"), [pytest.param(*c[1:], id=c[0]) for c in UNREADABLE])
def test_a_condition_without_a_reading_decides_nothing(
    operator: str, key: str, values: list[str], message: str
) -> None:
    block = {operator: {key: values}}
    reason = f"{message} (asked, {iam_file(OWN)})"
    assert reasons(lone_policy(allow(Condition=block)), control("policy")) == reason
    assert reasons(lone_policy(allow(), deny(Condition=block)), control("policy")) == reason
    assert outcome(lone_policy(deny(), allow(Condition=block)), control("policy")) == HOLDS


def test_a_condition_without_a_reading_may_still_not_apply() -> None:
    files = lone_policy(allow(Condition={"StringLikke": {"x:a": "v"}, "StringEquals": {TAG: "red"}}))
    assert outcome(files, control("policy", condition=one(TAG, "blue"))) == HOLDS


def test_a_condition_of_a_control_may_have_no_values_and_then_matches_nothing() -> None:
    assert outcome(lone_policy(allow()), control("policy", condition={"StringEquals": {TAG: []}})) == HOLDS
    assert outcome(lone_policy(allow()), control("policy", condition={"StringNotEquals": {TAG: []}})) == VIOLATED


def test_a_key_that_stands_twice_says_so() -> None:
    files = lone_policy(allow(Condition={"StringEquals": {TAG: "red", TAG.lower(): "red"}}))
    found = reasons(files, control("policy"))
    assert f"StringEquals has the key {TAG} twice (asked, {iam_file(OWN)})" in found
    assert f"StringEquals has the key {TAG.lower()} twice (asked, {iam_file(OWN)})" in found


def test_a_key_may_stand_under_two_operators() -> None:
    block = {"StringLike": {TAG: "r*"}, "StringNotLike": {TAG.lower(): "*d"}}
    assert under(block, one(TAG, "rot")) == VIOLATED
    assert under(block, one(TAG, "red")) == HOLDS


@pytest.mark.parametrize(
    ("operator", "parts"),
    [
        ("StringEquals", ("", "StringEquals", False)),
        ("StringEqualsIfExists", ("", "StringEquals", True)),
        ("ForAllValues:StringLikeIfExists", ("ForAllValues", "StringLike", True)),
        ("ForSome:Bool", ("", "ForSome:Bool", False)),
    ],
)
def test_an_operator_is_taken_apart(operator: str, parts: tuple[str, str, bool]) -> None:
    assert split_operator(operator) == parts


# Not settled by AWS's documentation.

UNSETTLED = [
    ("an ARN pattern with fewer than six parts", {"ArnNotLike": {ARN: "*"}}, one(ARN, QUEUE)),
    ("an ARN pattern that ends early", {"ArnLike": {ARN: "arn:aws:sqs:*"}}, one(ARN, QUEUE)),
    ("one key twice in different case", {"StringEquals": {TAG: "red", TAG.lower(): "blue"}}, one(TAG, "red")),
    ("an empty list of values", {"StringEquals": {TAG: []}}, one(TAG, "red")),
    ("a block with a netmask", {"IpAddress": {IP: "10.0.0.0/0.255.255.255"}}, address("10.0.0.1")),
]


@pytest.mark.parametrize(("block", "asked"), [pytest.param(*c[1:], id=c[0]) for c in UNSETTLED])
def test_a_condition_whose_reading_is_not_documented_decides_nothing(block: Block, asked: Block) -> None:
    assert under(block, asked) == INCONCLUSIVE
