"""The reference semantics, case by case: sections 1 to 7 of the IAM rules.

The expected values are written down from the AWS documentation, not computed.
A statement is read twice: it applies in "both" readings, in the "wide" one
only (the behaviour is not settled, or the statement cannot be read), or in
"neither".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from naive import (
    Endpoint,
    Guarded,
    Organization,
    World,
    decide,
    decide_identity,
    decide_policy,
    document_effect,
    is_public,
    statement_applies,
)

NEW = "2012-10-17"
OLD = "2008-10-17"
BOTH, WIDE, NEITHER = "both", "wide", "neither"

OWN, OTHER, FOREIGN = "111122223333", "444455556666", "777788889999"
ALICE = f"arn:aws:iam::{OWN}:user/alice"
DEPLOY = f"arn:aws:iam::{OWN}:role/ci/deploy"
ROOT = f"arn:aws:iam::{OWN}:root"
BOB = f"arn:aws:iam::{OTHER}:user/bob"
STRANGER = f"arn:aws:iam::{FOREIGN}:role/stranger"
FEDERATED_USER = f"arn:aws:sts::{OWN}:federated-user/fay"
SESSION = f"arn:aws:sts::{OWN}:assumed-role/deploy/build7"
OBJECT = "arn:aws:s3:::logs/2026/a"

Table = Mapping[str, tuple[Any, ...]]


def table(name: str, cases: Table) -> pytest.MarkDecorator:
    """Parametrize a test with the rows of a table; the sentences become the ids."""
    return pytest.mark.parametrize(name, list(cases.values()), ids=list(cases))


def allow(**elements: Any) -> dict[str, Any]:
    """A statement that allows everything but for the elements given; None drops one."""
    made = {"Effect": "Allow", "Action": "*", "Resource": "*", **elements}
    for name in ("Action", "Resource"):
        if "Not" + name in elements:
            del made[name]
    return {name: value for name, value in made.items() if value is not None}


def ask(**parts: Any) -> dict[str, Any]:
    """A request, by default for an object, without context."""
    return {"action": "s3:GetObject", "resource": OBJECT, "context": {}, **parts}


def read(statement: Any, request: dict[str, Any], version: str | None = NEW, **more: Any) -> str:
    """In which readings a statement applies."""
    wide = statement_applies(statement, version, request, wide=True, **more)
    narrow = statement_applies(statement, version, request, wide=False, **more)
    assert wide or not narrow, "what applies read narrow applies read wide"
    return BOTH if narrow else WIDE if wide else NEITHER


# --- 1. values -------------------------------------------------------------

VALUES: Table = {
    "a scalar action is a list of one": (allow(Action="s3:GetObject"), {}, BOTH),
    "a list of actions needs one that matches": (
        allow(Action=["iam:*", "s3:GetObject"]), {}, BOTH),
    "an empty list of actions matches nothing": (allow(Action=[]), {}, NEITHER),
    "a JSON Boolean in a condition is its text": (
        allow(Condition={"Bool": {"aws:SecureTransport": True}}),
        {"aws:securetransport": ["true"]}, BOTH),
    "a JSON number in a condition is its text": (
        allow(Condition={"NumericEquals": {"s3:max-keys": 10}}),
        {"s3:max-keys": ["10"]}, BOTH),
    "a JSON number is text for string operators too": (
        allow(Condition={"StringEquals": {"aws:PrincipalAccount": 111122223333}}),
        {"aws:principalaccount": [OWN]}, BOTH),
    "context keys ignore case": (
        allow(Condition={"StringEquals": {"AWS:UserNAME": "alice"}}),
        {"aws:username": ["alice"]}, BOTH),
    "the tag part of a context key ignores case": (
        allow(Condition={"StringEquals": {"aws:PrincipalTag/DEPT": "x"}}),
        {"aws:principaltag/dept": ["x"]}, BOTH),
    "a null in a condition cannot be read": (
        allow(Condition={"StringEquals": {"aws:username": None}}),
        {"aws:username": ["alice"]}, WIDE),
}  # fmt: skip


@table("statement, context, expected", VALUES)
def test_value(statement: Any, context: dict[str, list[str]], expected: str) -> None:
    assert read(statement, ask(context=context)) == expected


VERSIONS: Table = {
    "in 2012-10-17 a variable is replaced": (NEW, "alice", BOTH),
    "in 2012-10-17 the text of a variable is not literal": (NEW, "${aws:username}", NEITHER),
    "in 2008-10-17 a variable is literal text": (OLD, "${aws:username}", BOTH),
    "in 2008-10-17 a variable is not replaced": (OLD, "alice", NEITHER),
    "without a Version a variable is literal text": (None, "${aws:username}", BOTH),
    "without a Version a variable is not replaced": (None, "alice", NEITHER),
    "a Version that does not exist cannot be read": ("2015-01-01", "alice", WIDE),
}


@table("version, value, expected", VERSIONS)
def test_version(version: str | None, value: str, expected: str) -> None:
    statement = allow(Condition={"StringEquals": {"s3:prefix": "${aws:username}"}})
    context = {"aws:username": ["alice"], "s3:prefix": [value]}
    assert read(statement, ask(context=context), version) == expected


def test_in_2008_an_escaped_star_is_a_wildcard_between_braces() -> None:
    statement = allow(Resource="arn:aws:s3:::logs/${*}")
    assert read(statement, ask(resource="arn:aws:s3:::logs/${x}"), OLD) == BOTH
    assert read(statement, ask(resource="arn:aws:s3:::logs/*"), OLD) == NEITHER


UNREADABLE: Table = {
    "a misspelt element": (allow(Acton="s3:GetObject"), WIDE),
    "a misspelt element next to an action that does not match": (
        allow(Action="iam:*", Acton="s3:GetObject"), WIDE),
    "neither Action nor NotAction": (allow(Action=None), WIDE),
    "both Action and NotAction": ({**allow(), "NotAction": "iam:*"}, WIDE),
    "neither Resource nor NotResource": (allow(Resource=None), WIDE),
    "an action that is a number": (allow(Action=7), WIDE),
    "an Effect in lower case": (allow(Effect="allow"), WIDE),
    "a statement that is a text": ("Allow", WIDE),
    "a Condition that is a list": (allow(Condition=[]), WIDE),
    "a Principal in an identity document": (allow(Principal="*"), WIDE),
    "a Sid": (allow(Sid="Read"), BOTH),
    "an empty Condition": (allow(Condition={}), BOTH),
}  # fmt: skip


@table("statement, expected", UNREADABLE)
def test_what_cannot_be_read_applies_read_wide_only(statement: Any, expected: str) -> None:
    assert read(statement, ask()) == expected


# --- 2. action and resource ------------------------------------------------

ACTIONS: Table = {
    "a star alone is everything": ("*", "s3:GetObject", True),
    "a star after the service is all of the service": ("s3:*", "s3:GetObject", True),
    "a star after another service is not": ("iam:*", "s3:GetObject", False),
    "case is ignored": ("S3:getOBJECT", "s3:GetObject", True),
    "a prefix matches longer names": ("s3:Get*", "s3:GetObjectAcl", True),
    "a name without a star does not match longer names": (
        "s3:GetObject", "s3:GetObjectAcl", False),
    "a suffix matches": ("s3:*Object", "s3:PutObject", True),
    "a suffix does not match in the middle": ("s3:*Object", "s3:PutObjectAcl", False),
    "a question mark is one character": ("s3:?etObject", "s3:GetObject", True),
    "a question mark is not no character": ("s3:GetObject?", "s3:GetObject", False),
    "two stars are one": ("s3:**", "s3:GetObject", True),
    "a star may be empty": ("s3:GetObject*", "s3:GetObject", True),
    "two pieces must not overlap": ("s3:GetO*Object", "s3:GetObject", False),
    "a dot is only a dot": ("s3:Get.bject", "s3:GetObject", False),
    "the empty action matches nothing": ("", "s3:GetObject", False),
}  # fmt: skip


@table("pattern, action, matches", ACTIONS)
def test_action(pattern: str, action: str, matches: bool) -> None:
    assert read(allow(Action=pattern), ask(action=action)) == (BOTH if matches else NEITHER)
    negated = allow(NotAction=["ec2:*", pattern])
    assert read(negated, ask(action=action)) == (NEITHER if matches else BOTH)


RESOURCES: Table = {
    "a star alone is everything": ("*", OBJECT, BOTH),
    "a star alone is the resource of an action without resources": ("*", "*", BOTH),
    "an ARN pattern is not the resource of an action without resources": (
        "arn:aws:s3:::*", "*", NEITHER),
    "an ARN is itself": (OBJECT, OBJECT, BOTH),
    "the last part is case-sensitive": ("arn:aws:s3:::LOGS/*", OBJECT, NEITHER),
    "a star crosses slashes": ("arn:aws:s3:::logs/*", OBJECT, BOTH),
    "a star in the last part crosses colons": (
        "arn:aws:logs:*:*:log-group:*",
        "arn:aws:logs:eu-west-1:111122223333:log-group:a:log-stream:b", BOTH),
    "a question mark in the last part crosses a colon": (
        "arn:aws:s3:::logs/a?b", "arn:aws:s3:::logs/a:b", BOTH),
    "a bucket is not its objects": ("arn:aws:s3:::logs", OBJECT, NEITHER),
    "objects are not their bucket": ("arn:aws:s3:::logs/*", "arn:aws:s3:::logs", NEITHER),
    "a star after a name reaches other names": (
        "arn:aws:s3:::logs*", "arn:aws:s3:::logs-private/a", BOTH),
    "a star in the account part": (
        "arn:aws:iam::*:role/deploy", "arn:aws:iam::111122223333:role/deploy", BOTH),
    "a star in the account part leaves the rest as it is": (
        "arn:aws:iam::*:role/deploy", "arn:aws:iam::111122223333:role/admin", NEITHER),
    "a star in the service part": ("arn:aws:*:::logs/2026/a", OBJECT, BOTH),
    "a star in the region part may cross colons": (
        "arn:aws:iam:*:role/deploy", "arn:aws:iam::111122223333:role/deploy", WIDE),
    "a star before the last part may swallow a part": (
        "arn:aws:iam:*::role/deploy", "arn:aws:iam:a:b::role/deploy", WIDE),
    "a pattern of too few parts may match": ("arn:aws:s3*", OBJECT, WIDE),
    "two stars may be everything": ("**", OBJECT, WIDE),
    "a pattern of too few parts without a star matches nothing": (
        "arn:aws:s3", OBJECT, NEITHER),
    "a wildcard in the resource type is a glob, or not allowed": (
        "arn:aws:ec2:*:*:*/*", "arn:aws:ec2:eu-west-1:111122223333:instance/i-1", WIDE),
    "a wildcard in the resource type still needs its slash": (
        "arn:aws:ec2:*:*:*/*", "arn:aws:ec2:eu-west-1:111122223333:instance", NEITHER),
    "a character beyond the basic plane is one character": (
        "arn:aws:s3:::logs/?", "arn:aws:s3:::logs/\U0001f600", BOTH),
}  # fmt: skip

OPPOSITE = {BOTH: NEITHER, WIDE: WIDE, NEITHER: BOTH}


@table("pattern, resource, expected", RESOURCES)
def test_resource(pattern: str, resource: str, expected: str) -> None:
    assert read(allow(Resource=pattern), ask(resource=resource)) == expected
    negated = allow(NotResource=["arn:aws:sqs:::x", pattern])
    assert read(negated, ask(resource=resource)) == OPPOSITE[expected]


NAMED = {"aws:username": ["alice"]}
STARRED = {"aws:username": ["a*"]}
VARIABLES: Table = {
    "a variable is replaced": ("${aws:username}/*", NAMED, "alice/x", BOTH),
    "a variable is not a wildcard": ("${aws:username}/*", NAMED, "bob/x", NEITHER),
    "the key of a variable ignores case": ("${AWS:UserName}", NAMED, "alice", BOTH),
    "text that a variable brings is literal": ("${aws:username}", STARRED, "abc", NEITHER),
    "text that a variable brings is itself": ("${aws:username}", STARRED, "a*", BOTH),
    "a variable without a value matches nothing": ("${aws:username}*", {}, "alice", NEITHER),
    "a variable without a value is not its own text": (
        "${aws:username}", {}, "${aws:username}", NEITHER),
    "a default steps in for an absent key": (
        "${aws:username, 'guest'}", {}, "guest", BOTH),
    "a default yields to a value": ("${aws:username, 'guest'}", NAMED, "guest", NEITHER),
    "a default is literal": ("${aws:username, 'g*'}", {}, "guest", NEITHER),
    "a default may touch the comma": ("${aws:username,'guest'}", {}, "guest", BOTH),
    "a multi-valued key has no value as a variable": (
        "${aws:TagKeys}", {"aws:tagkeys": ["a"]}, "a", NEITHER),
    "an escaped star is a star": ("${*}", {}, "*", BOTH),
    "an escaped star is no wildcard": ("${*}", {}, "x", NEITHER),
    "an escaped question mark is a question mark": ("a${?}", {}, "a?", BOTH),
    "an escaped question mark is no wildcard": ("a${?}", {}, "ab", NEITHER),
    "an escaped dollar is a dollar": ("${$}{aws:username}", NAMED, "${aws:username}", BOTH),
    "a brace that is not closed is text": ("${aws", {}, "${aws", BOTH),
    "two variables are both replaced": (
        "${aws:username}/${aws:username}", NAMED, "alice/alice", BOTH),
}  # fmt: skip


@table("pattern, context, name, expected", VARIABLES)
def test_variable(pattern: str, context: dict[str, list[str]], name: str, expected: str) -> None:
    request = ask(resource=f"arn:aws:s3:::{name}", context=context)
    assert read(allow(Resource=f"arn:aws:s3:::{pattern}"), request) == expected
    negated = allow(NotResource=f"arn:aws:s3:::{pattern}")
    assert read(negated, request) == OPPOSITE[expected]
    condition = allow(Condition={"StringLike": {"s3:prefix": pattern}})
    request = ask(context={**context, "s3:prefix": [name]})
    assert read(condition, request) == expected


def test_a_variable_before_the_last_part_of_a_resource_is_text() -> None:
    statement = allow(Resource="arn:aws:s3:${aws}::logs")
    context = {"aws": ["eu-west-1"]}
    replaced = ask(resource="arn:aws:s3:eu-west-1::logs", context=context)
    literal = ask(resource="arn:aws:s3:${aws}::logs", context=context)
    assert read(statement, replaced) == NEITHER
    assert read(statement, literal) == BOTH


# --- 2. principal ----------------------------------------------------------

IDS = {"AIDAALICE": ALICE, "AROADEPLOY": DEPLOY}
PRINCIPALS: Table = {
    "a star is a user": ("*", ALICE, BOTH),
    "a star is anonymous": ("*", "anonymous", BOTH),
    "a star is a service": ("*", "service:ec2.amazonaws.com", BOTH),
    "AWS star is anonymous too": ({"AWS": "*"}, "anonymous", BOTH),
    "AWS star in a list": ({"AWS": [BOB, "*"]}, "anonymous", BOTH),
    "an account is its users": ({"AWS": OWN}, ALICE, BOTH),
    "an account is its roles": ({"AWS": OWN}, DEPLOY, BOTH),
    "a root ARN is the whole account": ({"AWS": ROOT}, ALICE, BOTH),
    "an account is not another account": ({"AWS": OTHER}, ALICE, NEITHER),
    "an account is not anonymous": ({"AWS": OWN}, "anonymous", NEITHER),
    "eleven digits are nobody": ({"AWS": OWN[1:]}, ALICE, NEITHER),
    "a user ARN is the user": ({"AWS": ALICE}, ALICE, BOTH),
    "a user ARN is no other user": ({"AWS": ALICE}, BOB, NEITHER),
    "a role ARN is the role": ({"AWS": DEPLOY}, DEPLOY, BOTH),
    "a role ARN without its path is nobody": (
        {"AWS": DEPLOY.replace("ci/", "")}, DEPLOY, NEITHER),
    "a wildcard in a role ARN is outside the grammar": (
        {"AWS": f"arn:aws:iam::{OWN}:role/*"}, DEPLOY, WIDE),
    "a wildcard in an account is outside the grammar": ({"AWS": "arn:aws:iam::*:root"}, ALICE, WIDE),
    "a session ARN is that session": ({"AWS": SESSION}, DEPLOY, BOTH),
    "a session ARN is no other session": ({"AWS": SESSION[:-1] + "8"}, DEPLOY, NEITHER),
    "a session ARN is no other role": (
        {"AWS": SESSION.replace("deploy", "admin")}, DEPLOY, NEITHER),
    "a session ARN has no path": (
        {"AWS": SESSION.replace("deploy", "ci/deploy")}, DEPLOY, NEITHER),
    "a unique id is its user": ({"AWS": "AIDAALICE"}, ALICE, BOTH),
    "a unique id is nobody else": ({"AWS": "AIDAALICE"}, DEPLOY, NEITHER),
    "a stale unique id is nobody": ({"AWS": "AIDAGONE"}, ALICE, NEITHER),
    "a service is that service": (
        {"Service": "ec2.amazonaws.com"}, "service:ec2.amazonaws.com", BOTH),
    "a service is no other service": (
        {"Service": "ec2.amazonaws.com"}, "service:sns.amazonaws.com", NEITHER),
    "a service name is case-sensitive": (
        {"Service": "EC2.amazonaws.com"}, "service:ec2.amazonaws.com", NEITHER),
    "a service star is outside the grammar": ({"Service": "*"}, "service:ec2.amazonaws.com", WIDE),
    "a canonical id may be that of a caller's account": ({"CanonicalUser": "feed"}, ALICE, WIDE),
    "a provider is that provider": (
        {"Federated": "accounts.google.com"}, "federated:accounts.google.com", BOTH),
    "a provider is no service of that name": (
        {"Federated": "accounts.google.com"}, "service:accounts.google.com", NEITHER),
    "a canonical user is that user": ({"CanonicalUser": "79a5"}, "canonical:79a5", BOTH),
    "a canonical user is not anonymous": ({"CanonicalUser": "79a5"}, "anonymous", NEITHER),
    "any class of several may match": (
        {"Service": "ec2.amazonaws.com", "AWS": [BOB, ALICE]}, ALICE, BOTH),
    "an empty object is nobody": ({}, ALICE, NEITHER),
    "an unknown class cannot be read": ({"Aws": ALICE}, BOB, WIDE),
    "a bare ARN cannot be read": (ALICE, ALICE, WIDE),
}  # fmt: skip


@table("element, principal, expected", PRINCIPALS)
def test_principal(element: Any, principal: str, expected: str) -> None:
    request = ask(principal=principal, session="build7")
    statement = allow(Principal=element)
    assert read(statement, request, kind="bucket", unique_ids=IDS) == expected


NOT_PRINCIPALS: Table = {
    "someone not listed": ({"AWS": ALICE}, BOB, BOTH),
    "anonymous": ({"AWS": ALICE}, "anonymous", BOTH),
    "a service not listed": ({"Service": "ec2.amazonaws.com"}, "service:sns.amazonaws.com", BOTH),
    "a listed service": ({"Service": "ec2.amazonaws.com"}, "service:ec2.amazonaws.com", NEITHER),
    "nobody when everyone is listed": ("*", ALICE, NEITHER),
    "a listed user whose account is not listed": ({"AWS": ALICE}, ALICE, WIDE),
    "a listed user whose account is listed": ({"AWS": [ALICE, OWN]}, ALICE, NEITHER),
    "a listed role whose root ARN is listed": ({"AWS": [DEPLOY, ROOT]}, DEPLOY, WIDE),
    "a listed session whose role and root ARN are listed": ({"AWS": [SESSION, DEPLOY, ROOT]}, DEPLOY, NEITHER),
    "a session whose role and root ARN are listed with another": ({"AWS": [SESSION + "x", DEPLOY, ROOT]}, DEPLOY, WIDE),
    "the root of a listed account": ({"AWS": OWN}, ROOT, NEITHER),
    "a listed role while another account is listed": ({"AWS": [DEPLOY, OTHER]}, DEPLOY, WIDE),
    "a listed session whose account is not listed": ({"AWS": SESSION}, DEPLOY, WIDE),
    "a user of a listed account": ({"AWS": ROOT}, ALICE, WIDE),
    "a user not listed of an account not listed": ({"AWS": [DEPLOY]}, ALICE, BOTH),
}


@table("element, principal, expected", NOT_PRINCIPALS)
def test_not_principal_applies_to(element: Any, principal: str, expected: str) -> None:
    request = ask(principal=principal, session="build7")
    assert read(allow(NotPrincipal=element), request, kind="bucket") == expected


def test_a_resource_policy_statement_without_principal_never_applies() -> None:
    assert read(allow(), ask(principal=ALICE), kind="bucket") == NEITHER
    trust = allow(Resource=None, Action="sts:AssumeRole")
    assume = ask(action="sts:AssumeRole", resource=DEPLOY, principal=ALICE)
    assert read(trust, assume, kind="trust") == NEITHER


def test_a_trust_statement_has_no_resource_and_matches_the_role() -> None:
    statement = allow(Resource=None, Action="sts:AssumeRole", Principal={"AWS": ALICE})
    assume = ask(action="sts:AssumeRole", resource=DEPLOY, principal=ALICE)
    assert read(statement, assume, kind="trust") == BOTH
    assert read({**statement, "Resource": "*"}, assume, kind="trust") == WIDE


def test_a_session_arn_needs_a_session() -> None:
    statement = allow(Principal={"AWS": SESSION})
    assert read(statement, ask(principal=DEPLOY), kind="bucket") == NEITHER


# --- 3. conditions, one value ----------------------------------------------

ARN = f"arn:aws:sns:eu-west-1:{OWN}:topic"
POSITIVE: Table = {
    "equal text": ("StringEquals", "ab", "ab", True),
    "text in another case": ("StringEquals", "ab", "AB", False),
    "a star is literal for StringEquals": ("StringEquals", "a*", "ab", False),
    "a star equals a star": ("StringEquals", "a*", "a*", True),
    "an escaped star equals a star": ("StringEquals", "a${*}", "a*", True),
    "some value of a list": ("StringEquals", ["x", "ab"], "ab", True),
    "no value of an empty list": ("StringEquals", [], "ab", False),
    "another case where case is ignored": ("StringEqualsIgnoreCase", "aB", "Ab", True),
    "other text where case is ignored": ("StringEqualsIgnoreCase", "aB", "Abc", False),
    "a letter beyond ASCII in the request keeps its case": (
        "StringEqualsIgnoreCase", "k", "\u212a", False),
    "a glob": ("StringLike", "a*c", "a/b:c", True),
    "a glob is anchored": ("StringLike", "a*c", "a/b:cd", False),
    "a glob is case-sensitive": ("StringLike", "a*", "Ab", False),
    "a question mark": ("StringLike", "a?", "ab", True),
    "a newline is a character": ("StringLike", "a?", "a\n", True),
    "an ARN": ("ArnEquals", ARN, ARN, True),
    "ArnEquals takes wildcards": ("ArnEquals", f"arn:aws:sns:*:{OWN}:*", ARN, True),
    "ArnLike takes wildcards": ("ArnLike", f"arn:aws:sns:*:{OWN}:*", ARN, True),
    "a star of an ARN cannot swallow a part": (
        "ArnLike", "arn:aws:*:topic:x:y", "arn:aws:sns:a:topic:x:y", False),
    "the last part of an ARN crosses colons": (
        "ArnLike", "arn:aws:sns:*:*:a*", "arn:aws:sns:eu-west-1:1:a:b/c", True),
    "a colon in the last part of an ARN pattern": (
        "ArnLike", "arn:aws:logs:*:*:group:a", "arn:aws:logs:eu-west-1:1:group:a", True),
    "a text that is no ARN": ("ArnLike", "arn:*:*:*:*:*", "topic", False),
    "StringLike on an ARN crosses accounts": (
        "StringLike", "arn:aws:iam::111122223333:*", "arn:aws:iam::111122223333:role/x", True),
    "equal numbers": ("NumericEquals", "10", "10.0", True),
    "unequal numbers": ("NumericEquals", "10", "11", False),
    "a text that is no number": ("NumericEquals", "10", "ten", False),
    "numbers are not compared as text": ("NumericLessThan", "10", "9", True),
    "less": ("NumericLessThan", "10", "9.99", True),
    "not less than itself": ("NumericLessThan", "10", "10", False),
    "at most itself": ("NumericLessThanEquals", "10", "10", True),
    "not at most": ("NumericLessThanEquals", "10", "10.01", False),
    "greater": ("NumericGreaterThan", "-1", "0", True),
    "not greater than itself": ("NumericGreaterThan", "-1", "-1.0", False),
    "at least itself": ("NumericGreaterThanEquals", "-1", "-1", True),
    "not at least": ("NumericGreaterThanEquals", "-1", "-2", False),
    "a date is its midnight": ("DateEquals", "2026-01-01", "2026-01-01T00:00:00Z", True),
    "offsets count": (
        "DateEquals", "2026-01-01T00:00:00Z", "2026-01-01T02:00:00+02:00", True),
    "epoch seconds": ("DateEquals", "1767225600", "2026-01-01T00:00:00Z", True),
    "milliseconds are far in the future": (
        "DateLessThan", "1767225600000", "2026-06-01T00:00:00Z", True),
    "a second later": ("DateEquals", "2026-01-01", "2026-01-01T00:00:01Z", False),
    "before": ("DateLessThan", "2026-01-01", "2025-12-31T23:59:59Z", True),
    "not before itself": ("DateLessThan", "2026-01-01", "1767225600", False),
    "not after": ("DateLessThanEquals", "2026-01-01", "1767225600", True),
    "after": ("DateGreaterThan", "2026-01-01", "1767225601", True),
    "not after itself": ("DateGreaterThan", "2026-01-01", "1767225600", False),
    "not before": ("DateGreaterThanEquals", "2026-01-01", "1767225600", True),
    "a text that is no date": ("DateGreaterThan", "2026-01-01", "tomorrow", False),
    "a day that does not exist": ("DateGreaterThan", "2026-01-01", "2026-02-30", False),
    "a Boolean": ("Bool", "true", "true", True),
    "a Boolean in another case": ("Bool", "True", "TRUE", True),
    "the other Boolean": ("Bool", "true", "false", False),
    "equal bytes": ("BinaryEquals", "YWI=", "YWI=", True),
    "other bytes": ("BinaryEquals", "YWI=", "YWM=", False),
    "a text that is not base64": ("BinaryEquals", "YWI=", "YWI", False),
    "an address of a block": ("IpAddress", "10.0.0.0/30", "10.0.0.3", True),
    "the first address after a block": ("IpAddress", "10.0.0.0/30", "10.0.0.4", False),
    "the last address before a block": ("IpAddress", "10.0.0.0/30", "9.255.255.255", False),
    "a bare address": ("IpAddress", "10.0.0.1", "10.0.0.1", True),
    "a block of every IPv4 address": ("IpAddress", "0.0.0.0/0", "255.1.2.3", True),
    "every IPv4 address is no IPv6 address": ("IpAddress", "0.0.0.0/0", "2001:db8::1", False),
    "an IPv6 address of a block": ("IpAddress", "2001:db8::/126", "2001:db8::3", True),
    "an IPv6 address after a block": ("IpAddress", "2001:db8::/126", "2001:db8::4", False),
    "addresses are not compared as text": (
        "IpAddress", "2001:db8::1", "2001:0DB8:0:0:0:0:0:1", True),
    "host bits of a block do not count": ("IpAddress", "10.0.0.3/30", "10.0.0.0", True),
    "a text that is no address": ("IpAddress", "0.0.0.0/0", "localhost", False),
}  # fmt: skip

NEGATED = {
    "StringEquals": "StringNotEquals",
    "StringEqualsIgnoreCase": "StringNotEqualsIgnoreCase",
    "StringLike": "StringNotLike",
    "ArnEquals": "ArnNotEquals",
    "ArnLike": "ArnNotLike",
    "NumericEquals": "NumericNotEquals",
    "DateEquals": "DateNotEquals",
    "IpAddress": "NotIpAddress",
}


def conditioned(operator: str, values: Any, *held: str, key: str = "app:key") -> str:
    """In which readings a condition holds for the values held; none: the key is absent."""
    statement = allow(Condition={operator: {key: values}})
    context = {key.lower(): list(held)} if held else {}
    return read(statement, ask(context=context))


@table("operator, values, held, matches", POSITIVE)
def test_condition(operator: str, values: Any, held: str, matches: bool) -> None:
    expected = BOTH if matches else NEITHER
    assert conditioned(operator, values, held) == expected
    assert conditioned(operator + "IfExists", values, held) == expected
    assert conditioned("ForAnyValue:" + operator, values, held) == expected
    assert conditioned("ForAllValues:" + operator, values, held) == expected


@table("operator, values, held, matches", POSITIVE)
def test_the_inverted_operator_says_the_opposite(operator: str, values: Any, held: str, matches: bool) -> None:
    if operator in NEGATED:
        expected = NEITHER if matches else BOTH
        assert conditioned(NEGATED[operator], values, held) == expected
        assert conditioned(NEGATED[operator] + "IfExists", values, held) == expected


MALFORMED: Table = {
    "an operator that does not exist": ("StringLikke", "a"),
    "an operator in another case": ("stringequals", "a"),
    "a quantifier that does not exist": ("ForSomeValues:StringEquals", "a"),
    "two quantifiers": ("ForAnyValue:ForAllValues:StringEquals", "a"),
    "IfExists on Null": ("NullIfExists", "true"),
    "a quantifier on Null": ("ForAnyValue:Null", "true"),
    "a bare star as an ARN": ("ArnLike", "*"),
    "an ARN of five parts": ("ArnNotLike", "arn:aws:sns:*:topic"),
    "a bad number": ("NumericEquals", "1x"),
    "a bad number beside a good one": ("NumericEquals", ["1", "1x"]),
    "a bad number of an inverted operator": ("NumericNotEquals", "1x"),
    "a bad number where the key may be absent": ("NumericEqualsIfExists", "1x"),
    "a bad date": ("DateLessThan", "yesterday"),
    "a bad block": ("IpAddress", "10.0.0.0/33"),
    "a bad address": ("NotIpAddress", "10.0.0.256"),
    "bad base64": ("BinaryEquals", "a"),
    "a bad Null": ("Null", "maybe"),
    "a letter beyond ASCII where case is ignored": ("StringEqualsIgnoreCase", "\u00e9"),
    "a letter beyond ASCII in a Bool": ("Bool", "tru\u00e9"),
}


@table("operator, values", MALFORMED)
def test_a_condition_that_cannot_be_read_holds_read_wide_only(operator: str, values: Any) -> None:
    assert conditioned(operator, values, "1") == WIDE
    assert conditioned(operator, values) == WIDE


def test_all_pairs_must_hold() -> None:
    pair = {"StringEquals": {"app:a": "1", "app:b": "2"}, "Bool": {"app:c": "true"}}
    context = {"app:a": ["1"], "app:b": ["2"], "app:c": ["true"]}
    assert read(allow(Condition=pair), ask(context=context)) == BOTH
    for key in context:
        wrong = {**context, key: ["3"]}
        assert read(allow(Condition=pair), ask(context=wrong)) == NEITHER


# --- 3. conditions, absent keys and sets -----------------------------------

ABSENT: Table = {
    "a positive operator fails": ("StringEquals", NEITHER),
    "an inverted operator holds": ("StringNotEquals", BOTH),
    "an inverted glob holds": ("StringNotLike", BOTH),
    "IfExists holds": ("StringEqualsIfExists", BOTH),
    "inverted IfExists holds": ("StringNotEqualsIfExists", BOTH),
    "ForAllValues holds vacuously": ("ForAllValues:StringEquals", BOTH),
    "inverted ForAllValues holds vacuously": ("ForAllValues:StringNotEquals", BOTH),
    "ForAnyValue fails": ("ForAnyValue:StringEquals", NEITHER),
    "inverted ForAnyValue fails": ("ForAnyValue:StringNotEquals", NEITHER),
    "ForAnyValue with IfExists is not settled": ("ForAnyValue:StringEqualsIfExists", WIDE),
    "inverted ForAnyValue with IfExists is not settled": (
        "ForAnyValue:StringNotEqualsIfExists", WIDE),
    "ForAllValues with IfExists holds": ("ForAllValues:StringEqualsIfExists", BOTH),
}  # fmt: skip


@table("operator, expected", ABSENT)
def test_absent_key(operator: str, expected: str) -> None:
    assert conditioned(operator, "a", key="aws:TagKeys") == expected
    assert conditioned(operator, "a", key="app:key") == expected


NULL: Table = {
    "true and absent": ("true", (), BOTH),
    "true and present": ("true", ("a",), NEITHER),
    "false and absent": ("false", (), NEITHER),
    "false and present": ("false", ("a",), BOTH),
    "true in another case": ("TRUE", (), BOTH),
    "a JSON Boolean": (False, ("a",), BOTH),
    "both": (["true", "false"], (), BOTH),
    "neither": ([], (), NEITHER),
    "a set that is present": ("false", ("a", "b"), BOTH),
}


@table("value, held, expected", NULL)
def test_null(value: Any, held: tuple[str, ...], expected: str) -> None:
    assert conditioned("Null", value, *held, key="aws:TagKeys") == expected


SETS: Table = {
    "every value matches for ForAllValues": (
        "ForAllValues:StringEquals", ["a", "b"], ("a", "b"), BOTH),
    "one value too many for ForAllValues": (
        "ForAllValues:StringEquals", ["a"], ("a", "b"), NEITHER),
    "some value matches for ForAnyValue": (
        "ForAnyValue:StringEquals", ["a"], ("a", "b"), BOTH),
    "no value matches for ForAnyValue": (
        "ForAnyValue:StringEquals", ["c"], ("a", "b"), NEITHER),
    "some value differs for inverted ForAnyValue": (
        "ForAnyValue:StringNotEquals", ["a"], ("a", "b"), BOTH),
    "no value differs for inverted ForAnyValue": (
        "ForAnyValue:StringNotEquals", ["a", "b"], ("a", "b"), NEITHER),
    "every value differs for inverted ForAllValues": (
        "ForAllValues:StringNotEquals", ["c"], ("a", "b"), BOTH),
    "some value does not differ for inverted ForAllValues": (
        "ForAllValues:StringNotEquals", ["a"], ("a", "b"), NEITHER),
    "a scalar operator whose value all match": ("StringLike", ["?"], ("a", "b"), BOTH),
    "a scalar operator whose value some match": ("StringEquals", ["a"], ("a", "b"), WIDE),
    "a scalar operator whose value none match": ("StringEquals", ["c"], ("a", "b"), NEITHER),
    "an inverted scalar operator whose value none match": (
        "StringNotEquals", ["c"], ("a", "b"), BOTH),
    "an inverted scalar operator whose value some match": (
        "StringNotEquals", ["a"], ("a", "b"), WIDE),
    "an inverted scalar operator whose value all match": (
        "StringNotEquals", ["a", "b"], ("a", "b"), NEITHER),
}  # fmt: skip


@table("operator, values, held, expected", SETS)
def test_set(operator: str, values: Any, held: tuple[str, ...], expected: str) -> None:
    assert conditioned(operator, values, *held, key="aws:TagKeys") == expected


@pytest.mark.parametrize(
    "key",
    [
        "aws:TagKeys",
        "aws:PrincipalOrgPaths",
        "aws:ResourceOrgPaths",
        "aws:CalledVia",
        "aws:PrincipalServiceNamesList",
        "aws:VpceOrgPaths",
        "dynamodb:LeadingKeys",
        "dynamodb:Attributes",
        "kms:GrantOperations",
        "sts:TransitiveTagKeys",
        "cognito-identity.amazonaws.com:amr",
    ],
)
def test_keys_that_are_multi_valued_by_definition(key: str) -> None:
    assert conditioned("StringEquals", "a", "a", "b", key=key) == WIDE


def test_a_key_of_no_known_type_is_a_set_where_a_set_operator_uses_it() -> None:
    condition = {"ForAnyValue:StringEquals": {"app:k": "a"}, "StringEquals": {"APP:k": "a"}}
    two = ask(context={"app:k": ["a", "b"]})
    assert read(allow(Condition=condition), two) == WIDE
    with pytest.raises(ValueError, match="single-valued key app:k has 2 values"):
        read(allow(Condition={"StringEquals": {"app:k": "a"}}), two)


def test_a_set_operator_does_not_make_a_global_key_a_set() -> None:
    condition = {
        "ForAnyValue:StringEquals": {"aws:username": "a"},
        "StringEquals": {"s3:prefix": "${aws:username}"},
    }
    context = {"aws:username": ["a"], "s3:prefix": ["a"]}
    assert read(allow(Condition=condition), ask(context=context)) == BOTH


# --- 4. policy variables in conditions -------------------------------------

TAG = {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}
TAGS: Table = {
    "equal tags": ("StringEquals", {"resource": "a", "principal": "a"}, BOTH),
    "unequal tags": ("StringEquals", {"resource": "a", "principal": "b"}, NEITHER),
    "no tag of the principal": ("StringEquals", {"resource": "a"}, NEITHER),
    "no tag of the resource": ("StringEquals", {"principal": "a"}, NEITHER),
    "inverted, equal tags": ("StringNotEquals", {"resource": "a", "principal": "a"}, NEITHER),
    "inverted, unequal tags": ("StringNotEquals", {"resource": "a", "principal": "b"}, BOTH),
    "inverted, no tag of the principal": ("StringNotEquals", {"resource": "a"}, BOTH),
    "inverted, no tag of the resource": ("StringNotEquals", {"principal": "a"}, BOTH),
    "inverted, no tag at all": ("StringNotEquals", {}, BOTH),
    "another case where case is ignored": (
        "StringEqualsIgnoreCase", {"resource": "A", "principal": "a"}, BOTH),
    "a star in the tag is literal for StringLike": (
        "StringLike", {"resource": "ab", "principal": "a*"}, NEITHER),
    "Bool takes variables": ("Bool", {"resource": "TRUE", "principal": "true"}, BOTH),
}  # fmt: skip


@table("operator, tags, expected", TAGS)
def test_tag(operator: str, tags: dict[str, str], expected: str) -> None:
    context = {f"aws:{who}tag/team": [value] for who, value in tags.items()}
    assert read(allow(Condition={operator: TAG}), ask(context=context)) == expected


def test_arn_operators_take_variables_in_any_part() -> None:
    condition = {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:${aws:PrincipalAccount}:*"}}
    own = {"aws:principalaccount": [OWN], "aws:sourcearn": [ARN]}
    other = {**own, "aws:principalaccount": [OTHER]}
    assert read(allow(Condition=condition), ask(context=own)) == BOTH
    assert read(allow(Condition=condition), ask(context=other)) == NEITHER


def test_numbers_dates_and_addresses_take_no_variables() -> None:
    for operator in ("NumericEquals", "DateEquals", "IpAddress", "BinaryEquals"):
        assert conditioned(operator, "${app:other}", "1") == WIDE


# --- keys that follow from the principal -----------------------------------

DERIVED: Table = {
    "the ARN of a user": ("aws:PrincipalArn", ALICE, ALICE, BOTH),
    "the ARN of a role for its sessions": ("aws:PrincipalArn", DEPLOY, DEPLOY, BOTH),
    "no ARN for anonymous": ("aws:PrincipalArn", "anonymous", "*", NEITHER),
    "the account of a user": ("aws:PrincipalAccount", ALICE, OWN, BOTH),
    "no account for a service": ("aws:PrincipalAccount", "service:a.b", "*", NEITHER),
    "a service is one": ("aws:PrincipalIsAWSService", "service:a.b", "true", BOTH),
    "an anonymous request does not say that it is no service": ("aws:PrincipalIsAWSService", "anonymous", "*", NEITHER),
    "an anonymous request is of the account anonymous": ("aws:PrincipalAccount", "anonymous", "anonymous", BOTH),
    "the name of a service": ("aws:PrincipalServiceName", "service:a.b", "a.b", BOTH),
    "no service name for a user": ("aws:PrincipalServiceName", ALICE, "*", NEITHER),
}


@table("key, principal, value, expected", DERIVED)
def test_key_of_principal(key: str, principal: str, value: str, expected: str) -> None:
    statement = allow(Principal="*", Condition={"StringLike": {key: value}})
    assert read(statement, ask(principal=principal), kind="bucket") == expected


def test_without_a_principal_all_keys_come_from_the_context() -> None:
    statement = allow(Condition={"StringEquals": {"aws:PrincipalArn": ALICE}})
    assert read(statement, ask()) == NEITHER
    assert read(statement, ask(context={"aws:principalarn": [ALICE]})) == BOTH


# --- 5. documents ----------------------------------------------------------

YES, NO = allow(), allow(Effect="Deny")
ODD, ODD_DENY = allow(Acton="x"), allow(Effect="Deny", Acton="x")
DOCUMENTS: Table = {
    "an allow": ([YES], "allow", "allow"),
    "a single statement needs no list": (YES, "allow", "allow"),
    "nothing": ([], "implicit", "implicit"),
    "a statement that does not apply": ([allow(Action="iam:*")], "implicit", "implicit"),
    "a deny beats an allow": ([YES, NO], "deny", "deny"),
    "a deny that does not apply": ([YES, allow(Effect="Deny", Action="a:b")], "allow", "allow"),
    "an allow that cannot be read": ([ODD], "allow", "implicit"),
    "a deny that cannot be read": ([YES, ODD_DENY], "allow", "deny"),
    "an effect that cannot be read": ([allow(Effect="Alow")], "allow", "deny"),
    "a Version that does not exist": ([YES], "allow", "implicit"),
    "an element of the document that is not known": ([YES], "allow", "deny"),
}


@table("statements, upper, lower", DOCUMENTS)
def test_document(statements: Any, upper: str, lower: str, request: pytest.FixtureRequest) -> None:
    document = {"Version": NEW, "Statement": statements}
    if "Version" in request.node.callspec.id:
        document["Version"] = "2013-10-17"
    if "element of the document" in request.node.callspec.id:
        document["Sttement"] = []
    assert document_effect(document, ask(), upper=True) == upper
    assert document_effect(document, ask(), upper=False) == lower
    assert decide_policy(document, ask(), upper=True) == (upper == "allow")
    assert decide_policy(document, ask(), upper=False) == (lower == "allow")


def document(*statements: Any) -> dict[str, Any]:
    """A document of the newer version."""
    return {"Version": NEW, "Statement": list(statements)}


def test_identity_documents_are_pooled() -> None:
    yes, no, nothing = document(YES), document(NO), document()
    for upper in (True, False):
        assert decide_identity([nothing, yes], ask(), upper=upper)
        assert not decide_identity([nothing], ask(), upper=upper)
        assert not decide_identity([], ask(), upper=upper)
        assert not decide_identity([yes, no], ask(), upper=upper)


# --- 5. identity and bucket policy -----------------------------------------


def world(bucket: Any, identity: Any, trust: Any = None) -> World:
    """A bucket and a role of one account, and two principals in each of two accounts."""
    documents = [] if identity is None else [document(identity)]
    everyone = [ALICE, DEPLOY, BOB]
    return World(
        accounts=frozenset({OWN, OTHER}),
        principals=dict.fromkeys(everyone, documents),
        buckets={"logs": (OWN, None if bucket is None else document(bucket))},
        roles={DEPLOY: document(*([] if trust is None else [trust]))},
    )


def outcome(where: World, request: dict[str, Any]) -> str:
    """In which readings a request is allowed: what surely is, possibly is too."""
    upper, lower = decide(where, request, upper=True), decide(where, request, upper=False)
    assert upper or not lower, "what is surely allowed is possibly allowed"
    return BOTH if lower else WIDE if upper else NEITHER


def to(principal: Any, effect: str = "Allow") -> dict[str, Any]:
    """A statement of a bucket policy for someone."""
    return allow(Principal=principal, Effect=effect)


VOUCHED = {"flags": {"caller:identity-allows": True}}
BUCKETS: Table = {
    "no policy and no identity": (None, None, ALICE, NEITHER),
    "same account, identity alone": (None, YES, ALICE, BOTH),
    "same account, a direct grant alone": (to({"AWS": ALICE}), None, ALICE, BOTH),
    "same account, everyone": (to("*"), None, ALICE, BOTH),
    "same account, the account alone only delegates": (to({"AWS": OWN}), None, ALICE, NEITHER),
    "same account, delegated and granted": (to({"AWS": OWN}), YES, ALICE, BOTH),
    "same account, a denied identity": (to({"AWS": ALICE}), NO, ALICE, NEITHER),
    "same account, a deny in the bucket policy": (to({"AWS": ALICE}, "Deny"), YES, ALICE, NEITHER),
    "same account, a deny for the account": (to({"AWS": ROOT}, "Deny"), YES, ALICE, NEITHER),
    "same account, root needs no policy": (None, None, ROOT, BOTH),
    "same account, root can be denied": (to({"AWS": ROOT}, "Deny"), None, ROOT, NEITHER),
    "other account, identity alone": (None, YES, BOB, NEITHER),
    "other account, a direct grant alone": (to({"AWS": BOB}), None, BOB, NEITHER),
    "other account, everyone but no identity": (to("*"), None, BOB, NEITHER),
    "other account, both": (to({"AWS": BOB}), YES, BOB, BOTH),
    "other account, delegated and granted": (to({"AWS": OTHER}), YES, BOB, BOTH),
    "other account, granted to someone else": (to({"AWS": ALICE}), YES, BOB, NEITHER),
    "other account, its root and a grant to the account": (
        to({"AWS": OTHER}), None, f"arn:aws:iam::{OTHER}:root", BOTH),
    "anonymous through a star": (to("*"), None, "anonymous", BOTH),
    "anonymous through nothing else": (to({"AWS": OWN}), None, "anonymous", NEITHER),
    "anonymous without a policy": (None, YES, "anonymous", NEITHER),
    "a service that is named": (to({"Service": "a.b"}), None, "service:a.b", BOTH),
    "a service that is not named": (to({"Service": "a.c"}), None, "service:a.b", NEITHER),
    "a canonical user that is named": (to({"CanonicalUser": "7"}), None, "canonical:7", BOTH),
    "a stranger whose account vouches": (to({"AWS": FOREIGN}), None, (STRANGER, VOUCHED), BOTH),
    "a stranger whose account does not": (to({"AWS": FOREIGN}), None, STRANGER, NEITHER),
    "a stranger who is vouched for and not granted": (None, None, (STRANGER, VOUCHED), NEITHER),
    "someone who does not exist": (to("*"), None, f"arn:aws:iam::{OWN}:user/ghost", NEITHER),
    "a federated user, by its unknown user": (None, None, FEDERATED_USER, WIDE),
    "a federated user who is named": (to({"AWS": FEDERATED_USER}), None, FEDERATED_USER, BOTH),
    "a federated user who is denied": (
        to({"AWS": FEDERATED_USER}, "Deny"), None, FEDERATED_USER, NEITHER),
    "NotPrincipal spares the listed user, perhaps": (
        allow(Effect="Deny", NotPrincipal={"AWS": ALICE}), YES, ALICE, WIDE),
    "NotPrincipal spares the listed user with the account": (
        allow(Effect="Deny", NotPrincipal={"AWS": [ALICE, ROOT]}), YES, ALICE, BOTH),
    "NotPrincipal hits the others": (
        allow(Effect="Deny", NotPrincipal={"AWS": [BOB, OTHER]}), YES, ALICE, NEITHER),
    "a bucket policy that cannot be read": (allow(Acton="x", Principal="*"), None, BOB, NEITHER),
    "a bucket policy that cannot be read, same account": (
        allow(Acton="x", Principal="*"), None, ALICE, WIDE),
}  # fmt: skip


@table("bucket, identity, who, expected", BUCKETS)
def test_bucket(bucket: Any, identity: Any, who: Any, expected: str) -> None:
    principal, more = who if isinstance(who, tuple) else (who, {})
    assert outcome(world(bucket, identity), ask(principal=principal, **more)) == expected


def test_the_bucket_itself_is_decided_like_its_objects() -> None:
    request = ask(principal="anonymous", resource="arn:aws:s3:::logs", action="s3:ListBucket")
    assert outcome(world(to("*"), None), request) == BOTH


ELSEWHERE: Table = {
    "a bucket that is not in the world": ("s3:GetObject", "arn:aws:s3:::logs2/a"),
    "another service on the bucket": ("config:Get", "arn:aws:s3:::logs"),
    "an action without resources": ("iam:ListUsers", "*"),
    "another action on a role": ("iam:PassRole", DEPLOY),
}


@table("action, resource", ELSEWHERE)
def test_elsewhere_the_identity_alone_decides(action: str, resource: str) -> None:
    def asked(where: World, principal: str) -> str:
        request = ask(action=action, resource=resource, principal=principal, **VOUCHED)
        return outcome(where, request)

    granted = world(to("*"), YES, allow(Resource=None, Principal="*"))
    refused = world(to("*"), None, allow(Resource=None, Principal="*"))
    assert asked(granted, ALICE) == BOTH
    assert asked(granted, BOB) == (NEITHER if resource == DEPLOY else BOTH)  # nothing of IAM is open to other accounts
    assert asked(refused, ALICE) == NEITHER
    assert asked(refused, ROOT) == BOTH
    assert asked(refused, FEDERATED_USER) == WIDE
    for nobody in (STRANGER, "anonymous", "service:a.b", "canonical:7"):
        assert asked(granted, nobody) == NEITHER


# --- 5. role trust ---------------------------------------------------------


def trusts(principal: Any, effect: str = "Allow", action: Any = "sts:AssumeRole") -> Any:
    """A statement of a trust policy for someone."""
    return allow(Principal=principal, Effect=effect, Resource=None, Action=action)


TRUST: Table = {
    "same account, identity alone is not enough": (None, YES, ALICE, NEITHER),
    "same account, named directly": (trusts({"AWS": ALICE}), None, ALICE, BOTH),
    "same account, everyone": (trusts("*"), None, ALICE, BOTH),
    "same account, the account alone": (trusts({"AWS": OWN}), None, ALICE, NEITHER),
    "same account, the account and the identity": (trusts({"AWS": ROOT}), YES, ALICE, BOTH),
    "same account, someone else is named": (trusts({"AWS": BOB}), YES, ALICE, NEITHER),
    "same account, a denied identity": (trusts({"AWS": ALICE}), NO, ALICE, NEITHER),
    "same account, root assumes no role": (trusts({"AWS": OWN}), None, ROOT, NEITHER),
    "same account, root is not above the trust policy": (None, None, ROOT, NEITHER),
    "same account, a deny": (trusts({"AWS": OWN}, "Deny"), YES, ALICE, NEITHER),
    "other account, named but no identity": (trusts({"AWS": BOB}), None, BOB, NEITHER),
    "other account, named and identity": (trusts({"AWS": BOB}), YES, BOB, BOTH),
    "other account, the account and identity": (trusts({"AWS": OTHER}), YES, BOB, BOTH),
    "other account, everyone and identity": (trusts("*"), YES, BOB, BOTH),
    "a stranger whose account vouches": (
        trusts({"AWS": FOREIGN}), None, (STRANGER, VOUCHED), BOTH),
    "a stranger whose account does not": (trusts({"AWS": FOREIGN}), None, STRANGER, NEITHER),
    "a service": (trusts({"Service": "a.b"}), None, "service:a.b", BOTH),
    "another service": (trusts({"Service": "a.b"}), None, "service:a.c", NEITHER),
    "a provider's user does not sign for a role": (trusts({"Federated": "idp"}), None, "federated:idp", NEITHER),
    "another provider": (trusts({"Federated": "idp"}), None, "federated:idq", NEITHER),
    "anonymous does not sign for a role": (trusts("*"), None, "anonymous", NEITHER),
    "anonymous otherwise": (trusts({"AWS": OWN}), None, "anonymous", NEITHER),
    "another action of the trust policy": (
        trusts({"AWS": ALICE}, action="sts:TagSession"), None, ALICE, NEITHER),
}  # fmt: skip


@table("trust, identity, who, expected", TRUST)
def test_trust(trust: Any, identity: Any, who: Any, expected: str) -> None:
    principal, more = who if isinstance(who, tuple) else (who, {})
    request = ask(action="sts:AssumeRole", resource=DEPLOY, principal=principal, **more)
    assert outcome(world(None, identity, trust), request) == expected


@pytest.mark.parametrize(
    "action",
    [
        "sts:AssumeRole",
        "sts:AssumeRoleWithSAML",
        "STS:assumeRoleWithWebIdentity",
        "sts:TagSession",
        "sts:SetSourceIdentity",
    ],
)
def test_the_trust_policy_decides_all_actions_that_start_a_session(action: str) -> None:
    request = ask(action=action, resource=DEPLOY, principal=ALICE)
    assert outcome(world(None, YES, trusts({"AWS": BOB}, action="*")), request) == NEITHER
    assert outcome(world(None, None, trusts({"AWS": ALICE}, action="*")), request) == BOTH


# --- 5. boundaries and session policies ------------------------------------

ONLY_IAM = allow(Action="iam:*")
NOTHING_S3 = allow(Effect="Deny", Action="s3:*")


def limited(bucket: Any, boundary: Any = None, session: Any = None, who: str = ALICE) -> str:
    """The outcome for a caller with a boundary or session policies, whose identity policies allow everything."""
    where = world(bucket, YES)
    where = replace(where, boundaries={} if boundary is None else {who: document(boundary)})
    more = {} if session is None else {"session_policies": [document(session)]}
    return outcome(where, ask(principal=who, session="build7", **more))


LIMITS: Table = {
    "a boundary that allows": (None, YES, None, ALICE, BOTH),
    "a boundary that does not": (None, ONLY_IAM, None, ALICE, NEITHER),
    "a boundary that denies": (to({"AWS": ALICE}), NOTHING_S3, None, ALICE, NEITHER),
    "a boundary and a grant to the user": (to({"AWS": ALICE}), ONLY_IAM, None, ALICE, BOTH),
    "a boundary and a grant to everyone": (to("*"), ONLY_IAM, None, ALICE, BOTH),
    "a boundary and a grant to the account": (to({"AWS": OWN}), ONLY_IAM, None, ALICE, NEITHER),
    "a boundary and a grant to the role": (to({"AWS": DEPLOY}), ONLY_IAM, None, DEPLOY, NEITHER),
    "a boundary and a grant to the session": (to({"AWS": SESSION}), ONLY_IAM, None, DEPLOY, BOTH),
    "a boundary and a grant to all but somebody": (
        allow(NotPrincipal={"AWS": [BOB, OTHER]}), ONLY_IAM, None, ALICE, WIDE),
    "a boundary and a grant from another account": (to({"AWS": BOB}), ONLY_IAM, None, BOB, NEITHER),
    "a boundary, and NotPrincipal that lists the caller": (
        allow(Effect="Deny", NotPrincipal={"AWS": [ALICE, OWN]}), YES, None, ALICE, NEITHER),
    "a session policy that allows": (None, None, YES, DEPLOY, BOTH),
    "a session policy that does not": (None, None, ONLY_IAM, DEPLOY, NEITHER),
    "a session policy that denies": (to({"AWS": SESSION}), None, NOTHING_S3, DEPLOY, NEITHER),
    "a session policy and a grant to the role": (to({"AWS": DEPLOY}), None, ONLY_IAM, DEPLOY, NEITHER),
    "a session policy and a grant to the session": (to({"AWS": SESSION}), None, ONLY_IAM, DEPLOY, BOTH),
    "a session policy and a grant to everyone": (to("*"), None, ONLY_IAM, DEPLOY, BOTH),
    "a session policy of a user, who has none": (to("*"), None, YES, ALICE, NEITHER),
    "a federated user with a session policy": (None, None, YES, FEDERATED_USER, WIDE),
    "a federated user whose session policy does not allow": (None, None, ONLY_IAM, FEDERATED_USER, NEITHER),
    "a federated user who is named": (
        to({"AWS": FEDERATED_USER}), None, ONLY_IAM, FEDERATED_USER, BOTH),
}  # fmt: skip


@table("bucket, boundary, session, who, expected", LIMITS)
def test_limit(bucket: Any, boundary: Any, session: Any, who: str, expected: str) -> None:
    assert limited(bucket, boundary, session, who) == expected


# --- 5. organization -------------------------------------------------------

UNIT, TOP = "ou-ab12-aaaaaaaa", "r-ab12"
LINKED = f"arn:aws:iam::{OWN}:role/aws-service-role/ec2.amazonaws.com/AWSServiceRoleForEC2"


def organized(bucket: Any, *, management: str = FOREIGN, scps: Any = None, rcps: Any = None) -> World:
    """A world in which both accounts are in a unit of an organization; where nothing is said all is allowed."""
    targets = [TOP, UNIT, OWN, OTHER]
    attached = None if scps is None else {one: [document(scps.get(one, YES))] for one in targets}
    controls = {one: [document(statement)] for one, statement in (rcps or {}).items()}
    parents = {UNIT: TOP, OWN: UNIT, OTHER: UNIT, management: TOP} | ({OWN: UNIT} if management == OWN else {})
    where = world(bucket, YES)
    return replace(
        where,
        principals={**where.principals, LINKED: [document(YES)]},
        organization=Organization(id="o-1", management=management, parents=parents, scps=attached, rcps=controls),
    )


OUTSIDER = (STRANGER, VOUCHED)
SCPS: Table = {
    "allowed at each level": ({}, None, ALICE, BOTH),
    "not allowed at the root": ({TOP: ONLY_IAM}, None, ALICE, NEITHER),
    "not allowed at the unit": ({UNIT: ONLY_IAM}, None, ALICE, NEITHER),
    "not allowed at the account": ({OWN: ONLY_IAM}, None, ALICE, NEITHER),
    "not allowed at another account": ({OTHER: ONLY_IAM}, None, ALICE, BOTH),
    "denied at the root": ({TOP: NO}, to({"AWS": ALICE}), ALICE, NEITHER),
    "the root user is bound": ({TOP: ONLY_IAM}, None, ROOT, NEITHER),
    "a service-linked role is not bound": ({TOP: ONLY_IAM}, None, LINKED, BOTH),
    "a service is not bound": ({TOP: ONLY_IAM}, to({"Service": "a.b"}), "service:a.b", BOTH),
    "anonymous is not bound": ({TOP: ONLY_IAM}, to("*"), "anonymous", BOTH),
    "a foreign caller is not bound": ({TOP: ONLY_IAM}, to({"AWS": FOREIGN}), OUTSIDER, BOTH),
    "a Principal cannot be read": ({TOP: allow(Principal="*")}, None, ALICE, WIDE),
}


@table("scps, bucket, who, expected", SCPS)
def test_service_control_policy(scps: Any, bucket: Any, who: Any, expected: str) -> None:
    principal, more = who if isinstance(who, tuple) else (who, {})
    where = organized(bucket, scps=scps, management="999900001111")
    assert outcome(where, ask(principal=principal, **more)) == expected


def test_a_service_control_policy_does_not_bind_the_management_account() -> None:
    assert outcome(organized(None, scps={TOP: ONLY_IAM}, management=OWN), ask(principal=ALICE)) == BOTH


def test_without_service_control_policies_nothing_need_be_allowed() -> None:
    assert outcome(organized(None), ask(principal=ALICE)) == BOTH


NEVER = allow(Effect="Deny", Principal="*")
RCPS: Table = {
    "a deny at the root": ({TOP: NEVER}, None, ALICE, NEITHER),
    "a deny at the account of the resource": ({OWN: NEVER}, to({"AWS": BOB}), BOB, NEITHER),
    "a deny at the account of the caller": ({OTHER: NEVER}, to({"AWS": BOB}), BOB, BOTH),
    "an allow of something else": ({TOP: allow(Principal="*", Action="iam:*")}, None, ALICE, BOTH),
    "the root user is bound": ({TOP: NEVER}, None, ROOT, NEITHER),
    "a foreign caller is bound": ({TOP: NEVER}, to({"AWS": FOREIGN}), OUTSIDER, NEITHER),
    "anonymous is bound": ({TOP: NEVER}, to("*"), "anonymous", NEITHER),
    "a service is bound": ({TOP: NEVER}, to({"Service": "a.b"}), "service:a.b", NEITHER),
    "a service-linked role is not bound": ({TOP: NEVER}, None, LINKED, BOTH),
    "a principal other than a star cannot be read": (
        {TOP: allow(Effect="Deny", Principal={"AWS": OWN})}, None, ALICE, WIDE),
}  # fmt: skip


@table("rcps, bucket, who, expected", RCPS)
def test_resource_control_policy(rcps: Any, bucket: Any, who: Any, expected: str) -> None:
    principal, more = who if isinstance(who, tuple) else (who, {})
    where = organized(bucket, rcps=rcps, management="999900001111")
    assert outcome(where, ask(principal=principal, **more)) == expected


def test_a_resource_control_policy_spares_the_management_account_and_open_services() -> None:
    assert outcome(organized(None, rcps={TOP: NEVER}, management=OWN), ask(principal=ALICE)) == BOTH
    where = organized(None, rcps={TOP: NEVER}, management="999900001111")
    assert outcome(where, ask(principal=ALICE, action="ec2:RunInstances", resource="*")) == WIDE
    assert outcome(where, ask(principal=ALICE, action="sqs:ListQueues", resource="*")) == NEITHER
    assert outcome(where, ask(principal=ALICE, action="kms:RetireGrant", resource="*")) == BOTH
    assert outcome(where, ask(principal=ALICE, resource="arn:aws:s3:::elsewhere/a")) == WIDE


# --- 5. endpoints ----------------------------------------------------------

THROUGH = {"context": {"aws:sourcevpce": ["vpce-1"]}}
ENDPOINTS: Table = {
    "allowed": (to("*"), "Interface", THROUGH, BOTH),
    "not allowed": (to("*") | {"Action": "s3:PutObject"}, "Interface", THROUGH, NEITHER),
    "denied": (to("*", "Deny"), "Interface", THROUGH, NEITHER),
    "nobody named": (allow(), "Interface", THROUGH, NEITHER),
    "another endpoint": (to("*", "Deny"), "Interface", {"context": {"aws:sourcevpce": ["vpce-2"]}}, BOTH),
    "no endpoint": (to("*", "Deny"), "Interface", {}, BOTH),
    "another service": (
        to("*", "Deny"), "Interface", {**THROUGH, "action": "sqs:ListQueues", "resource": "*"}, BOTH),
    "the caller named": (to({"AWS": ALICE}), "Gateway", THROUGH, BOTH),
    "the account named": (to({"AWS": OWN}), "Interface", THROUGH, BOTH),
    "the account named, at a gateway": (to({"AWS": OWN}), "Gateway", THROUGH, NEITHER),
    "the account named, at a gateway, by its root": (
        to({"AWS": ROOT}), "Gateway", {**THROUGH, "principal": ROOT}, BOTH),
}  # fmt: skip


@table("policy, kind, parts, expected", ENDPOINTS)
def test_endpoint_policy(policy: Any, kind: str, parts: Any, expected: str) -> None:
    where = replace(world(None, YES), endpoints={"vpce-1": Endpoint(kind, "s3", document(policy))})
    assert outcome(where, ask(**{"principal": ALICE, **parts})) == expected


# --- 5. keys, queues and the like ------------------------------------------

KEY, QUEUE = (f"arn:aws:{end}" for end in (f"kms:us-east-1:{OWN}:key/k", f"sqs:us-east-1:{OWN}:q"))


def holding(arn: str, policy: Any, identity: Any, grants: Any = ()) -> World:
    """A world with a key or queue."""
    kind = "key" if arn == KEY else "queue"
    documents = [] if policy is None else [document(policy)]
    return replace(world(None, identity), resources={arn: Guarded(OWN, documents, kind)}, grants={arn: grants})


KEYS: Table = {
    "a queue, identity alone": (QUEUE, None, YES, ALICE, BOTH),
    "a queue, a grant alone": (QUEUE, to({"AWS": ALICE}), None, ALICE, BOTH),
    "a queue, another account on its own": (QUEUE, None, YES, BOB, NEITHER),
    "a queue, another account with a grant": (QUEUE, to({"AWS": BOB}), YES, BOB, BOTH),
    "a key, identity alone": (KEY, to({"AWS": BOB}), YES, ALICE, NEITHER),
    "a key that delegates": (KEY, to({"AWS": ROOT}), YES, ALICE, BOTH),
    "a key that delegates, and no identity": (KEY, to({"AWS": ROOT}), None, ALICE, NEITHER),
    "a key, a grant alone": (KEY, to({"AWS": ALICE}), None, ALICE, BOTH),
    "a key, everyone": (KEY, to("*"), None, ALICE, BOTH),
    "a key, a role": (KEY, to({"AWS": DEPLOY}), None, DEPLOY, BOTH),
    "a key, the root user without delegation": (KEY, to({"AWS": ALICE}), None, ROOT, NEITHER),
    "a key, the root user with delegation": (KEY, to({"AWS": OWN}), None, ROOT, BOTH),
}


@table("arn, policy, identity, who, expected", KEYS)
def test_resource_policy(arn: str, policy: Any, identity: Any, who: str, expected: str) -> None:
    action = "kms:Decrypt" if arn == KEY else "sqs:SendMessage"
    assert outcome(holding(arn, policy, identity), ask(principal=who, action=action, resource=arn)) == expected


CONTEXT = {"context": {"kms:encryptioncontext:app": ["a"], "kms:encryptioncontextkeys": ["app"]}}
MORE_CONTEXT = {"context": {"kms:encryptioncontext:app": ["a"], "kms:encryptioncontextkeys": ["app", "b"]}}
SUBSET, EQUALS = ({name: {"app": "a"}} for name in ("EncryptionContextSubset", "EncryptionContextEquals"))
GRANTS: Table = {
    "the grantee": (ALICE, {}, ALICE, {}, BOTH),
    "another user": (ALICE, {}, f"arn:aws:iam::{OWN}:role/ci/deploy", {}, NEITHER),
    "another operation": (ALICE, {}, ALICE, {"action": "kms:Encrypt"}, NEITHER),
    "a service": ("a.b", {}, "service:a.b", {}, BOTH),
    "another account without identity": (BOB, {}, BOB, {}, WIDE),
    "a part of the context": (ALICE, SUBSET, ALICE, CONTEXT, BOTH),
    "a part of a larger context": (ALICE, SUBSET, ALICE, MORE_CONTEXT, BOTH),
    "no context": (ALICE, SUBSET, ALICE, {}, NEITHER),
    "all of the context": (ALICE, EQUALS, ALICE, CONTEXT, BOTH),
    "all of a larger context": (ALICE, EQUALS, ALICE, MORE_CONTEXT, NEITHER),
}


@table("grantee, constraints, who, parts, expected", GRANTS)
def test_grant(grantee: str, constraints: Any, who: str, parts: Any, expected: str) -> None:
    grant = {"GranteePrincipal": grantee, "Operations": ["Decrypt"], "Constraints": constraints}
    where = holding(KEY, None, None, [grant])
    assert outcome(where, ask(**{"principal": who, "action": "kms:Decrypt", "resource": KEY, **parts})) == expected


def test_a_boundary_may_limit_a_grant_to_a_role() -> None:
    grant = {"GranteePrincipal": DEPLOY, "Operations": ["Decrypt"]}
    where = replace(holding(KEY, None, None, [grant]), boundaries={DEPLOY: document(ONLY_IAM)})
    assert outcome(where, ask(principal=DEPLOY, action="kms:Decrypt", resource=KEY)) == WIDE


# --- 5. without a policy that is known -------------------------------------

FOREIGN_QUEUE = f"arn:aws:sqs:us-east-1:{FOREIGN}:q"
OWN_ROLE, AWS_ROLE = f"arn:aws:iam::{OWN}:role/x", f"arn:aws:iam::{OWN}:role/aws-reserved/sso/x"
UNGUARDED: Table = {
    "a queue of the own account": ("sqs:SendMessage", f"arn:aws:sqs:us-east-1:{OWN}:x", BOTH),
    "a queue of another account": ("sqs:SendMessage", FOREIGN_QUEUE, WIDE),
    "a role of another account": ("iam:GetRole", f"arn:aws:iam::{FOREIGN}:role/x", NEITHER),
    "a role of the own account": ("iam:UpdateRole", OWN_ROLE, BOTH),
    "a role that AWS reserves": ("iam:UpdateRole", AWS_ROLE, NEITHER),
    "reading a role that AWS reserves": ("iam:GetRole", AWS_ROLE, BOTH),
    "a policy of AWS": ("iam:CreatePolicyVersion", "arn:aws:iam::aws:policy/AdministratorAccess", NEITHER),
    "reading a policy of AWS": ("iam:GetPolicy", "arn:aws:iam::aws:policy/AdministratorAccess", BOTH),
}


@table("action, resource, expected", UNGUARDED)
def test_resource_without_a_known_policy(action: str, resource: str, expected: str) -> None:
    assert outcome(world(None, YES), ask(principal=ALICE, action=action, resource=resource)) == expected


# --- 7. S3 -----------------------------------------------------------------

EVERYBODY, SIGNED_IN, LOGS = (
    {"URI": f"http://acs.amazonaws.com/groups/{end}"}
    for end in ("global/AllUsers", "global/AuthenticatedUsers", "s3/LogDelivery")
)
BUCKET = "arn:aws:s3:::logs"
ACLS: Table = {
    "everybody may read an object": (OBJECT, EVERYBODY, "READ", "s3:GetObject", "anonymous", BOTH),
    "who signed in may": (OBJECT, SIGNED_IN, "READ", "s3:GetObject", ALICE, BOTH),
    "who has not signed in may not": (OBJECT, SIGNED_IN, "READ", "s3:GetObject", "anonymous", NEITHER),
    "another account needs identity policies": (OBJECT, SIGNED_IN, "READ", "s3:GetObject", BOB, NEITHER),
    "another account that vouches": (OBJECT, SIGNED_IN, "READ", "s3:GetObject", OUTSIDER, BOTH),
    "READ is not READ_ACP": (OBJECT, EVERYBODY, "READ", "s3:GetObjectAcl", "anonymous", NEITHER),
    "READ_ACP": (OBJECT, EVERYBODY, "READ_ACP", "s3:GetObjectAcl", "anonymous", BOTH),
    "WRITE_ACP": (OBJECT, EVERYBODY, "WRITE_ACP", "s3:PutObjectAcl", "anonymous", BOTH),
    "FULL_CONTROL is all of it": (OBJECT, EVERYBODY, "FULL_CONTROL", "s3:PutObjectAcl", "anonymous", BOTH),
    "READ of a bucket lists it": (BUCKET, EVERYBODY, "READ", "s3:ListBucket", "anonymous", BOTH),
    "READ of a bucket reads no object": (BUCKET, EVERYBODY, "READ", "s3:GetObject", "anonymous", NEITHER),
    "WRITE of a bucket puts objects": (BUCKET, EVERYBODY, "WRITE", "s3:PutObject", "anonymous", BOTH),
    "WRITE of a bucket may delete objects": (BUCKET, EVERYBODY, "WRITE", "s3:DeleteObject", "anonymous", WIDE),
    "WRITE of a bucket changes no policy": (BUCKET, EVERYBODY, "WRITE", "s3:PutBucketPolicy", "anonymous", NEITHER),
    "the group that delivers logs": (BUCKET, LOGS, "WRITE", "s3:PutObject", "service:logging.s3.amazonaws.com", BOTH),
    "a canonical user": (OBJECT, {"ID": "feed"}, "READ", "s3:GetObject", "canonical:feed", BOTH),
    "an unknown canonical id may be a stranger's": (OBJECT, {"ID": "feed"}, "READ", "s3:GetObject", OUTSIDER, WIDE),
    "the canonical id of the account only delegates": (OBJECT, {"ID": "own"}, "READ", "s3:GetObject", ALICE, NEITHER),
    "an e-mail address may be a stranger's": (
        OBJECT, {"EmailAddress": "a@example.com"}, "READ", "s3:GetObject", OUTSIDER, WIDE),
}  # fmt: skip


def acl_world(arn: str, grantee: Any, permission: str, **parts: Any) -> World:
    """A world whose bucket or object has one grant in its access control list."""
    return replace(
        world(None, None),
        acls={arn: [{"Grantee": grantee, "Permission": permission}]},
        owner_ids={"own": OWN},
        **{"ownership": {"logs": "ObjectWriter"}, **parts},
    )


@table("arn, grantee, permission, action, who, expected", ACLS)
def test_access_control_list(arn: str, grantee: Any, permission: str, action: str, who: Any, expected: str) -> None:
    principal, more = who if isinstance(who, tuple) else (who, {})
    resource = OBJECT if "Object" in action else BUCKET
    where = acl_world(arn, grantee, permission)
    assert outcome(where, ask(action=action, resource=resource, principal=principal, **more)) == expected


def test_access_control_lists_can_be_off() -> None:
    request = ask(principal="anonymous")
    assert outcome(acl_world(OBJECT, EVERYBODY, "READ", ownership={}), request) == NEITHER
    assert outcome(acl_world(OBJECT, EVERYBODY, "READ", ownership={"logs": "BucketOwnerPreferred"}), request) == BOTH


ON = frozenset({"IgnorePublicAcls", "RestrictPublicBuckets"})
BLOCKS: Table = {
    "of the bucket": ({"blocks": {"logs": ON}}, NEITHER),
    "of its account": ({"blocks": {OWN: ON}}, NEITHER),
    "of another account": ({"blocks": {OTHER: ON}}, BOTH),
    "of the organization": ({"block_policies": {OWN: "all"}}, NEITHER),
    "of the account, which the organization overrules": (
        {"blocks": {OWN: ON}, "block_policies": {OWN: "none"}}, BOTH),
    "of the bucket, which the organization does not overrule": (
        {"blocks": {"logs": ON}, "block_policies": {OWN: "none"}}, NEITHER),
    "only for what is new": ({"blocks": {"logs": frozenset({"BlockPublicAcls", "BlockPublicPolicy"})}}, BOTH),
}  # fmt: skip


@table("parts, expected", BLOCKS)
def test_block_public_access(parts: Any, expected: str) -> None:
    request = ask(principal="anonymous")
    assert outcome(acl_world(OBJECT, EVERYBODY, "READ", **parts), request) == expected
    assert outcome(replace(world(to("*"), None), **parts), request) == expected


RESTRICTED: Table = {
    "a principal of the account": (to("*"), ALICE, BOTH),
    "a service": (to("*"), "service:a.b", BOTH),
    "another account": (to("*"), OUTSIDER, NEITHER),
    "another account that a statement beside names": ([to("*"), to({"AWS": FOREIGN})], OUTSIDER, NEITHER),
    "another account, and a policy that is not public": (to({"AWS": FOREIGN}), OUTSIDER, BOTH),
}


@table("statements, who, expected", RESTRICTED)
def test_a_bucket_with_a_public_policy_can_be_restricted(statements: Any, who: Any, expected: str) -> None:
    principal, more = who if isinstance(who, tuple) else (who, {})
    policy = document(*statements) if isinstance(statements, list) else document(statements)
    where = replace(world(None, YES), buckets={"logs": (OWN, policy)}, blocks={"logs": ON})
    assert outcome(where, ask(principal=principal, **more)) == expected


def limited_by(operator: str, key: str, *values: Any) -> Any:
    """A grant to everyone on a condition."""
    return allow(Principal="*", Condition={operator: {key: list(values)}})


PUBLIC: Table = {
    "everyone": (to("*"), BOTH),
    "everyone of a class": (to({"AWS": "*"}), BOTH),
    "all but somebody": (allow(NotPrincipal={"AWS": ALICE}), BOTH),
    "an account": (to({"AWS": OTHER}), NEITHER),
    "a deny of everyone": (to("*", "Deny"), NEITHER),
    "nobody": (allow(), NEITHER),
    "an organization": (limited_by("StringEquals", "aws:PrincipalOrgID", "o-1"), NEITHER),
    "one of two organizations": (limited_by("StringEquals", "aws:PrincipalOrgID", "o-1", "o-2"), NEITHER),
    "any organization": (limited_by("StringLike", "aws:PrincipalOrgID", "o-*"), BOTH),
    "an organization if there is one": (limited_by("StringEqualsIfExists", "aws:PrincipalOrgID", "o-1"), BOTH),
    "all but an organization": (limited_by("StringNotEquals", "aws:PrincipalOrgID", "o-1"), BOTH),
    "a network": (limited_by("IpAddress", "aws:SourceIp", "192.0.2.0/24"), NEITHER),
    "half of the internet": (limited_by("IpAddress", "aws:SourceIp", "0.0.0.0/1"), BOTH),
    "a key that limits nothing": (limited_by("Bool", "aws:SecureTransport", "true"), BOTH),
    "principals of an account": (limited_by("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{OWN}:role/*"), NEITHER),
    "principals of any account": (limited_by("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/x"), BOTH),
    "a wildcard that is none": (limited_by("StringEquals", "aws:SourceVpc", "vpc-*"), WIDE),
    "a variable": (limited_by("StringEquals", "aws:SourceAccount", "${aws:PrincipalAccount}"), BOTH),
    "a statement that cannot be read": (allow(Principal="*", Acton="x"), WIDE),
}


@table("statement, expected", PUBLIC)
def test_public(statement: Any, expected: str) -> None:
    wide, narrow = (is_public(document(statement), wide=wide) for wide in (True, False))
    assert (BOTH if narrow else WIDE if wide else NEITHER) == expected
    assert wide or not narrow
