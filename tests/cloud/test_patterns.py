"""Patterns: policy variables, the parts of an ARN, and the readings of a Resource that are open."""

from __future__ import annotations

from typing import Any

import pytest

from checkers.cloud.patterns import (
    STAR_CROSSES_COLON,
    VARIABLE_OUTSIDE_LAST_PART,
    WILDCARD_RESOURCE_TYPE,
    Key,
    Pattern,
    Unsupported,
    parse_arns,
    parse_resources,
    parse_strings,
    parse_symbols,
)
from checkers.kernel.formula import Arity, Theory, Variable
from checkers.kernel.globs import ANY, STAR, GlobSet
from checkers.kernel.links import Template
from cloud.setting import (
    HOLDS,
    INCONCLUSIVE,
    OWN,
    VIOLATED,
    allow,
    control,
    deny,
    iam_file,
    lone_policy,
    lone_role,
    lone_user,
    outcome,
    reasons,
    tag_list,
)

LOGS = "arn:aws:s3:::logs"
NAME, TEAM = "aws:username", "aws:RequestTag/team"
Block = dict[str, dict[str, list[str]]]


def is_(key: str, value: str) -> Block:
    return {"StringEquals": {key: [value]}}


def no(key: str) -> Block:
    return {"Null": {key: ["true"]}}


VARIABLES = [
    ("a variable is the value of its key", allow(resource=f"{LOGS}/${{{NAME}}}/*"), f"{LOGS}/alice/x", is_(NAME, "alice"), VIOLATED),
    ("a variable is no other value", allow(resource=f"{LOGS}/${{{NAME}}}/*"), f"{LOGS}/bob/x", is_(NAME, "alice"), HOLDS),
    ("the key of a variable is case-insensitive", allow(resource=f"{LOGS}/${{AWS:userName}}"), f"{LOGS}/alice", is_(NAME, "alice"), VIOLATED),
    ("spaces around the key do not matter", allow(resource=f"{LOGS}/${{ {NAME} }}"), f"{LOGS}/alice", is_(NAME, "alice"), VIOLATED),
    ("a star in the value is a character", allow(resource=f"{LOGS}/${{{NAME}}}"), f"{LOGS}/bob", is_(NAME, "*"), HOLDS),
    ("an absent key matches nothing", allow(resource=f"{LOGS}/${{{NAME}}}*"), f"{LOGS}/x", no(NAME), HOLDS),
    ("an absent key spares the other entries", allow(resource=[f"{LOGS}/${{{NAME}}}", f"{LOGS}/x"]), f"{LOGS}/x", no(NAME), VIOLATED),
    ("a default stands for an absent key", allow(resource=f"{LOGS}/${{{NAME}, 'none'}}"), f"{LOGS}/none", no(NAME), VIOLATED),
    ("a default is literal", allow(resource=f"{LOGS}/${{{NAME},'*'}}"), f"{LOGS}/none", no(NAME), HOLDS),
    ("an empty default is a text", allow(resource=f"{LOGS}/${{{NAME}, ''}}"), f"{LOGS}/", no(NAME), VIOLATED),
    ("a default gives way to the value", allow(resource=f"{LOGS}/${{{NAME}, 'none'}}"), f"{LOGS}/none", is_(NAME, "alice"), HOLDS),
    ("one key twice has one value", allow(resource=f"{LOGS}/${{{NAME}}}/${{{NAME}}}"), f"{LOGS}/a/b", is_(NAME, "a"), HOLDS),
    ("two keys have their own values", allow(resource=f"{LOGS}/${{{NAME}}}/${{{TEAM}}}"), f"{LOGS}/a/b", {"StringEquals": {NAME: ["a"], TEAM: ["b"]}}, VIOLATED),
    ("a key with many values has no one value", allow(resource=f"{LOGS}/${{aws:TagKeys}}"), f"{LOGS}/a", {"ForAnyValue:StringEquals": {"aws:TagKeys": ["a"]}}, HOLDS),
    ("${*} is a star", allow(resource=f"{LOGS}/${{*}}"), f"{LOGS}/a", {}, HOLDS),
    ("${?} is a question mark", allow(resource=f"{LOGS}/${{?}}"), f"{LOGS}/a", {}, HOLDS),
    ("${$} is a dollar", allow(resource=f"{LOGS}/${{$}}"), f"{LOGS}/$", {}, VIOLATED),
    ("an unresolved NotResource matches nothing and so applies", {"Effect": "Allow", "Action": "*", "NotResource": f"{LOGS}/${{{NAME}}}"}, f"{LOGS}/a", no(NAME), VIOLATED),
    ("a resolved NotResource spares its resource", {"Effect": "Allow", "Action": "*", "NotResource": f"{LOGS}/${{{NAME}}}"}, f"{LOGS}/a", is_(NAME, "a"), HOLDS),
]  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "resource", "context", "expected"), [pytest.param(*c[1:], id=c[0]) for c in VARIABLES]
)
def test_a_variable_in_a_resource(statement: Any, resource: str, context: Block, expected: str) -> None:
    asked = control("policy", resource=[resource], condition=context)
    assert outcome(lone_policy(statement), asked) == expected


def both(first: str, second: str) -> Block:
    return {"StringEquals": {"aws:ResourceTag/team": [first], "aws:PrincipalTag/team": [second]}}


OWN_TEAM = {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
NOT_OWN_TEAM = {"StringNotEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
LINKS = [
    ("equal tags match", [allow(Condition=OWN_TEAM)], both("red", "red"), VIOLATED),
    ("other tags do not match", [allow(Condition=OWN_TEAM)], both("red", "blue"), HOLDS),
    ("an absent variable matches nothing", [allow(Condition=OWN_TEAM)], no("aws:PrincipalTag/team"), HOLDS),
    ("an inverted operator spares equal tags", [allow(), deny(Condition=NOT_OWN_TEAM)], both("red", "red"), VIOLATED),
    ("an inverted operator hits other tags", [allow(), deny(Condition=NOT_OWN_TEAM)], both("red", "blue"), HOLDS),
    ("an inverted operator with an absent variable hits", [allow(), deny(Condition=NOT_OWN_TEAM)], no("aws:PrincipalTag/team"), HOLDS),
    ("an inverted operator with an absent key hits", [allow(), deny(Condition=NOT_OWN_TEAM)], no("aws:ResourceTag/team"), HOLDS),
    ("StringLike takes a star of the value literally", [allow(Condition={"StringLike": OWN_TEAM["StringEquals"]})], both("red", "*"), HOLDS),
    ("StringLike has its own stars", [allow(Condition={"StringLike": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}*"}})], both("reddish", "red"), VIOLATED),
    ("StringEqualsIgnoreCase ignores the case of the value", [allow(Condition={"StringEqualsIgnoreCase": OWN_TEAM["StringEquals"]})], both("RED", "red"), VIOLATED),
    ("StringEqualsIgnoreCase tells other values apart", [allow(Condition={"StringEqualsIgnoreCase": OWN_TEAM["StringEquals"]})], both("RED", "blue"), HOLDS),
    ("an Arn operator has variables", [allow(Condition={"ArnLike": {"aws:SourceArn": f"arn:aws:sns:*:*:${{{NAME}}}"}})], {"StringEquals": {"aws:SourceArn": ["arn:aws:sns:r:1:a"], NAME: ["a"]}}, VIOLATED),
    ("an Arn operator compares them", [allow(Condition={"ArnLike": {"aws:SourceArn": f"arn:aws:sns:*:*:${{{NAME}}}"}})], {"StringEquals": {"aws:SourceArn": ["arn:aws:sns:r:1:a"], NAME: ["b"]}}, HOLDS),
    ("a Bool operator has variables", [allow(Condition={"Bool": {"aws:SecureTransport": "${x:wanted}"}})], {"StringEquals": {"aws:SecureTransport": ["true"], "x:wanted": ["true"]}}, VIOLATED),
    ("a Bool operator compares them", [allow(Condition={"Bool": {"aws:SecureTransport": "${x:wanted}"}})], {"StringEquals": {"aws:SecureTransport": ["true"], "x:wanted": ["false"]}}, HOLDS),
    ("a default stands in a condition too", [allow(Condition={"StringEquals": {TEAM: "${x:team, 'none'}"}})], {"StringEquals": {TEAM: ["none"]}, "Null": {"x:team": ["true"]}}, VIOLATED),
    ("a default stands for nothing else", [allow(Condition={"StringEquals": {TEAM: "${x:team, 'none'}"}})], {"StringEquals": {TEAM: ["some"]}, "Null": {"x:team": ["true"]}}, HOLDS),
]  # fmt: skip


@pytest.mark.parametrize(("statements", "context", "expected"), [pytest.param(*c[1:], id=c[0]) for c in LINKS])
def test_a_variable_in_a_condition(statements: list[Any], context: Block, expected: str) -> None:
    assert outcome(lone_policy(*statements), control("policy", condition=context)) == expected


def test_a_variable_of_the_old_version_is_text_in_a_condition() -> None:
    files = lone_policy(allow(Condition=OWN_TEAM), version="2008-10-17")
    literal = {"StringLike": {"aws:ResourceTag/team": ["$?aws:PrincipalTag/team}"]}}
    assert outcome(files, control("policy", condition=both("red", "red"))) == HOLDS
    assert outcome(files, control("policy", condition=literal)) == VIOLATED


# What is known of the caller is put in the place of its variable.


def test_the_name_of_a_user_is_known() -> None:
    files = lone_user(allow(resource=f"{LOGS}/${{{NAME}}}/*"))
    assert outcome(files, control("user", resource=[f"{LOGS}/alice/x"])) == VIOLATED
    assert outcome(files, control("user", resource=[f"{LOGS}/bob/x"])) == HOLDS


def test_a_known_and_an_unknown_variable_stand_side_by_side() -> None:
    files = lone_user(allow(resource=f"{LOGS}/${{{NAME}}}/${{{TEAM}}}/${{aws:userid}}"))
    for team, expected in (("red", VIOLATED), ("blue", HOLDS)):
        asked = control("user", resource=[f"{LOGS}/alice/red/AIDAALICE"], condition=is_(TEAM, team))
        assert outcome(files, asked) == expected


def test_the_name_of_a_known_user_ignores_case_where_the_operator_does() -> None:
    files = lone_user(allow(Condition={"StringEqualsIgnoreCase": {TEAM: f"${{{NAME}}}"}}))
    assert outcome(files, control("user", condition=is_(TEAM, "ALICE"))) == VIOLATED
    assert outcome(files, control("user", condition=is_(TEAM, "BOB"))) == HOLDS


def test_a_role_has_no_user_name() -> None:
    assert outcome(lone_role(allow(resource=f"{LOGS}/${{{NAME}}}*")), control("role")) == HOLDS
    assert outcome(lone_role(allow(resource=f"{LOGS}/${{{NAME}, 'role'}}")), control("role")) == VIOLATED


def test_a_tag_of_a_user_is_known() -> None:
    files = lone_user(allow(Condition=OWN_TEAM), Tags=tag_list({"Team": "red"}))
    assert outcome(files, control("user", condition=is_("aws:ResourceTag/team", "red"))) == VIOLATED
    assert outcome(files, control("user", condition=is_("aws:ResourceTag/team", "blue"))) == HOLDS


# The parts of an ARN.

QUEUE = "arn:aws:sqs:eu-west-1:111122223333:queue"
PARTS = [
    ("a star within a part", "arn:aws:sqs:eu-*:111122223333:queue", QUEUE, VIOLATED),
    ("a star that is a part", "arn:*:sqs:*:*:queue", QUEUE, VIOLATED),
    ("a question mark within a part", "arn:aws:sqs:eu-west-?:111122223333:queue", QUEUE, VIOLATED),
    ("a star in no part of it", "arn:aws:sns:*:*:queue", QUEUE, HOLDS),
    ("a star over a whole ARN", "arn:aws:sqs:eu-west-1:111122223333:*", QUEUE, VIOLATED),
    ("a star that may cross a colon", "arn:aws:sqs:*:queue", QUEUE, STAR_CROSSES_COLON),
    ("a question mark that may be a colon", "arn:aws:sqs:eu-west-1?111122223333:queue", QUEUE, STAR_CROSSES_COLON),
    ("a star that ends an ARN early", "arn:aws:sqs:*", QUEUE, STAR_CROSSES_COLON),
    ("a star behind arn", "arn:*", QUEUE, STAR_CROSSES_COLON),
    ("a star crossing in a part of a whole ARN", "arn:aws:sqs:*:111122223333:queue", "arn:aws:sqs:a:b:111122223333:queue", STAR_CROSSES_COLON),
    ("two stars", "**", QUEUE, STAR_CROSSES_COLON),
    ("a variable in the account", "arn:aws:sqs:eu-west-1:${aws:PrincipalAccount}:queue", QUEUE, VARIABLE_OUTSIDE_LAST_PART),
    ("a variable in the region of another account", "arn:aws:sqs:${aws:RequestedRegion}:999988887777:queue", QUEUE, HOLDS),
]  # fmt: skip


IN_ACCOUNT = is_("aws:PrincipalAccount", "111122223333")


@pytest.mark.parametrize(("pattern", "resource", "expected"), [pytest.param(*c[1:], id=c[0]) for c in PARTS])
def test_a_wildcard_in_the_parts_of_an_arn(pattern: str, resource: str, expected: str) -> None:
    asked = control("policy", action=["sqs:SendMessage"], resource=[resource], condition=IN_ACCOUNT)
    on_allow = lone_policy(allow("sqs:*", pattern))
    on_deny = lone_policy(allow("sqs:*"), deny("sqs:*", pattern))
    if expected in (HOLDS, VIOLATED):
        assert outcome(on_allow, asked) == expected
        assert outcome(on_deny, asked) == (HOLDS if expected == VIOLATED else VIOLATED)
    else:
        assert reasons(on_allow, asked) == expected
        assert reasons(on_deny, asked) == expected


@pytest.mark.parametrize("pattern", ["arn:aws:sqs:*:queue", "arn:aws:sqs:eu-west-1:${aws:PrincipalAccount}:queue"])
def test_an_open_reading_of_not_resource_is_read_both_ways(pattern: str) -> None:
    asked = control("policy", action=["sqs:SendMessage"], resource=[QUEUE], condition=IN_ACCOUNT)
    statement = {"Effect": "Allow", "Action": "sqs:*", "NotResource": pattern}
    reading = VARIABLE_OUTSIDE_LAST_PART if "$" in pattern else STAR_CROSSES_COLON
    assert reasons(lone_policy(statement), asked) == reading
    assert reasons(lone_policy(allow("sqs:*"), {**statement, "Effect": "Deny"}), asked) == reading


def test_an_open_reading_that_decides_nothing_is_not_named() -> None:
    asked = control("policy", action=["sqs:SendMessage"], resource=[QUEUE])
    assert outcome(lone_policy(allow("sqs:*", ["arn:aws:sqs:*:queue", QUEUE])), asked) == VIOLATED
    assert outcome(lone_policy(allow("sqs:*", "arn:aws:sqs:*:queue"), deny("sqs:*")), asked) == HOLDS


@pytest.mark.parametrize("other", ["Allow", "Deny"])
def test_a_variable_of_a_key_that_a_set_operator_is_used_on_decides_nothing(other: str) -> None:
    elsewhere = allow("ec2:RunInstances", Condition={"ForAnyValue:StringEquals": {"saml:sub": "x"}}) | {"Effect": other}
    files = lone_policy(allow(resource=f"{LOGS}/${{saml:sub}}"), elsewhere)
    assert reasons(files, control("policy")) == (
        f"${{saml:sub}}, and a set operator on the same key in Statement[0] (asked, {iam_file(OWN)})"
    )
    assert outcome(files, control("policy", form="require")) == INCONCLUSIVE


# The pieces.


@pytest.mark.parametrize(
    ("text", "variables", "wildcards", "symbols"),
    [
        ("a*b?", False, True, ["a", STAR, "b", ANY]),
        ("a*b?", False, False, ["a", "*", "b", "?"]),
        ("${a:B}x", True, False, [Key("a:b", None), "x"]),
        ("${a:B}", False, False, list("${a:B}")),
        ("${a:b, 'c d'}", True, True, [Key("a:b", "c d")]),
        ("${*}${?}${$}", True, True, ["*", "?", "$"]),
        ("$a{b}", True, True, list("$a{b}")),
        ("", True, True, []),
    ],
)
def test_a_text_is_taken_apart(text: str, variables: bool, wildcards: bool, symbols: list[Any]) -> None:
    assert parse_symbols(text, variables=variables, wildcards=wildcards) == symbols


@pytest.mark.parametrize("text", ["${", "${a:b", "x${a:b, 'c'"])
def test_a_variable_without_an_end_is_refused(text: str) -> None:
    with pytest.raises(Unsupported, match="without an end"):
        parse_symbols(text, variables=True, wildcards=True)


def test_letters_outside_ascii_are_refused_where_case_is_ignored() -> None:
    with pytest.raises(Unsupported, match="the case of letters outside ASCII"):
        parse_strings(["naïve"], variables=False, wildcards=False, folded=True)
    assert parse_strings(["a☂"], variables=False, wildcards=False, folded=True) != GlobSet(["a☂"])
    assert parse_strings(["naïve"], variables=False, wildcards=False, folded=False) == GlobSet(["naïve"])


@pytest.mark.parametrize("text", ["*", "arn:aws:sqs:*", "arn:aws:sqs:*:queue", ""])
def test_an_arn_pattern_that_is_too_short_is_refused(text: str) -> None:
    with pytest.raises(Unsupported) as caught:
        parse_arns(["arn:aws:sqs:*:*:*", text], variables=False)
    assert str(caught.value) == f"{text!r} is not an ARN with six parts"


def test_a_resource_without_an_open_reading_is_one_set() -> None:
    found = parse_resources(["*", "arn:aws:s3:::a*"], variables=False)
    assert found.wide is found.narrow
    assert found.readings == frozenset()


def test_a_pattern_with_every_key_known_is_a_plain_set() -> None:
    pattern = parse_strings(["${a:b}", "${a:c}", "d"], variables=True, wildcards=False, folded=False)
    assert isinstance(pattern, Pattern)
    assert pattern.make({"a:b": "*", "a:c": None}.get, complement=True) == GlobSet(["*", "d"], complement=True)


def test_a_pattern_with_an_unknown_key_is_a_template() -> None:
    pattern = parse_strings(["${a:b}-${a:c}"], variables=True, wildcards=False, folded=True)
    assert isinstance(pattern, Pattern)
    unknown = Variable("a:c", Theory.GLOBS, Arity.OPTIONAL)
    found = pattern.make({"a:b": "X", "a:c": unknown}.get, complement=False)
    assert isinstance(found, Template)
    assert [h.variable for h in found.holes] == [unknown]


@pytest.mark.parametrize(
    ("condition", "asked"),
    [
        pytest.param({"StringEquals": {"aws:PrincipalTag/team": "${aws:ResourceTag/team}"}}, "aws:ResourceTag/team", id="a tag"),
        pytest.param({"StringEquals": {NAME: f"${{{TEAM}}}"}}, TEAM, id="a user name"),
    ],
)  # fmt: skip
def test_the_value_of_a_known_key_is_known_where_it_is_compared_with_a_variable(condition: Any, asked: str) -> None:
    files = lone_user(allow(Condition=condition), Tags=tag_list({"team": "red"}))
    assert outcome(files, control("user", condition=is_(asked, "blue"))) == HOLDS


INSTANCE = "arn:aws:ec2:eu-west-1:111122223333:instance/i-1"
RUN = control("policy", action=["ec2:RunInstances"], resource=[INSTANCE])


@pytest.mark.parametrize("end", ["*/*", "*/i-1", "?*/i-1", "********/i-1"])
def test_a_wildcard_as_resource_type_is_read_both_ways(end: str) -> None:
    pattern = f"arn:aws:ec2:eu-west-1:111122223333:{end}"
    assert reasons(lone_policy(allow("ec2:RunInstances", pattern)), RUN) == WILDCARD_RESOURCE_TYPE
    assert reasons(lone_policy(allow("ec2:*"), deny("ec2:*", pattern)), RUN) == WILDCARD_RESOURCE_TYPE


@pytest.mark.parametrize("end", ["*", "*1", "inst*/*", "i*/i-1", "instance/*"])
def test_a_wildcard_elsewhere_in_the_last_part_is_settled(end: str) -> None:
    pattern = f"arn:aws:ec2:eu-west-1:111122223333:{end}"
    assert outcome(lone_policy(allow("ec2:RunInstances", pattern)), RUN) == VIOLATED


def test_a_bucket_has_no_resource_type() -> None:
    assert outcome(lone_policy(allow(resource="arn:aws:s3:::*/*")), control("policy")) == VIOLATED
