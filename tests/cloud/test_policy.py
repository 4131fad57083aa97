"""Policy documents: every form of the grammar, which statements apply, and what cannot be read."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from checkers.cloud.policy import Document, Origin, Principals, parse_document
from cloud.setting import (
    HOLDS,
    INCONCLUSIVE,
    NEW,
    OWN,
    POLICY,
    ROLE,
    VIOLATED,
    allow,
    attached,
    buckets,
    control,
    deny,
    document,
    group,
    iam,
    iam_file,
    lone_bucket,
    lone_policy,
    lone_role,
    lone_trust,
    managed,
    outcome,
    reasons,
    result,
    role,
    s3_file,
    setting,
    trust,
    user,
)

ORIGIN = Origin("p.json", "$.Document", "p")
LOGS = "arn:aws:s3:::logs"


def parsed(value: Any) -> Document:
    return parse_document(value, ORIGIN)


def problem_of(value: Any) -> str | None:
    """Why the document, or its only statement, could not be read."""
    found = parsed(value)
    return found.problem or found.statements[0].problem


def asked_alone(statements: list[Any], **request: Any) -> str:
    return outcome(lone_policy(*statements), control("policy", **request))


# Action and Resource: which requests a policy lets through.

ELEMENTS = [
    ("an Action that is the action applies", [allow()], {}, VIOLATED),
    ("an Action that is another action does not apply", [allow("s3:GetObjects")], {}, HOLDS),
    ("an Action in other case applies", [allow("S3:GETobject")], {}, VIOLATED),
    ("an asked action in other case is the same action", [allow()], {"action": ["S3:gEToBJECT"]}, VIOLATED),
    ("a star in an Action takes any run", [allow("s3:Get*")], {}, VIOLATED),
    ("a star in an Action takes no other head", [allow("s3:Put*")], {}, HOLDS),
    ("a question mark in an Action takes one character", [allow("s3:GetObjec?")], {}, VIOLATED),
    ("a question mark in an Action does not take none", [allow("s3:GetObject?")], {}, HOLDS),
    ("Action * is every action", [allow("*")], {}, VIOLATED),
    ("Action *:* is every action that has a service", [allow("*:*")], {}, VIOLATED),
    ("an Action of another service does not apply", [allow("ec2:*")], {}, HOLDS),
    ("a list of Actions applies where one does", [allow(["ec2:*", "s3:GetObject"])], {}, VIOLATED),
    ("a list of Actions applies to no other", [allow(["ec2:*", "s3:PutObject"])], {}, HOLDS),
    ("NotAction applies where no entry matches", [{**allow(), "NotAction": "s3:Put*"}], {}, VIOLATED),
    ("NotAction does not apply where an entry matches", [{**allow(), "NotAction": ["x:y", "S3:get*"]}], {}, HOLDS),
    ("a Deny with NotAction spares its entries", [allow(), {**deny(), "NotAction": "s3:GetObject"}], {}, VIOLATED),
    ("a Deny with NotAction hits the others", [allow(), {**deny(), "NotAction": "s3:PutObject"}], {}, HOLDS),
    ("a Resource that is the resource applies", [allow(resource=LOGS)], {"resource": [LOGS]}, VIOLATED),
    ("a Resource in other case does not apply", [allow(resource="arn:aws:s3:::Logs")], {"resource": [LOGS]}, HOLDS),
    ("a star in the last part crosses a slash", [allow(resource=f"{LOGS}/*")], {"resource": [f"{LOGS}/a/b"]}, VIOLATED),
    ("a star in the last part crosses a colon", [allow(resource=f"{LOGS}/*")], {"resource": [f"{LOGS}/a:b"]}, VIOLATED),
    ("a star stays behind its head", [allow(resource=f"{LOGS}/*")], {"resource": [LOGS]}, HOLDS),
    ("a question mark widens by one character", [allow(resource="arn:aws:s3:::log?")], {"resource": [LOGS]}, VIOLATED),
    ("a question mark needs its character", [allow(resource="arn:aws:s3:::logs?")], {"resource": [LOGS]}, HOLDS),
    ("Resource * is every resource, a bare * too", [allow()], {"resource": ["*"]}, VIOLATED),
    ("a Resource * inside a list is every resource", [allow(resource=["arn:aws:sqs:::q", "*"])], {}, VIOLATED),
    ("NotResource applies where no entry matches", [{**allow(), "NotResource": f"{LOGS}/*"}], {"resource": [LOGS]}, VIOLATED),
    ("NotResource does not apply where an entry matches", [{**allow(), "NotResource": LOGS}], {"resource": [LOGS]}, HOLDS),
    ("an explicit Deny wins over any Allow", [allow("*"), deny("s3:Get*")], {}, HOLDS),
    ("a Deny of something else leaves the Allow", [allow("*"), deny("s3:Put*")], {}, VIOLATED),
    ("no statement is an implicit deny", [], {}, HOLDS),
]  # fmt: skip


@pytest.mark.parametrize(("statements", "request_", "expected"), [pytest.param(*c[1:], id=c[0]) for c in ELEMENTS])
def test_a_statement_applies_to(statements: list[Any], request_: dict[str, Any], expected: str) -> None:
    given = [{k: v for k, v in s.items() if f"Not{k}" not in s} for s in statements]
    assert asked_alone(given, **request_) == expected


# Forms of the grammar that mean the same, and the version.

NAMES = "arn:aws:s3:::logs/${aws:username}"
SAME = [
    ("a list of one statement", {"Version": NEW, "Statement": [allow()]}),
    ("a single statement instead of a list", {"Version": NEW, "Statement": allow()}),
    ("no version", {"Statement": [allow()]}),
    ("the old version", {"Version": "2008-10-17", "Statement": [allow()]}),
    ("an Id", {"Version": NEW, "Id": "anything", "Statement": [allow()]}),
    ("a Sid", {"Version": NEW, "Statement": [{"Sid": "Read", **allow()}]}),
    ("a list of one action", {"Version": NEW, "Statement": [allow(["s3:GetObject"])]}),
    ("a list of one resource", {"Version": NEW, "Statement": [allow(resource=["*"])]}),
    ("an empty Condition", {"Version": NEW, "Statement": [allow(Condition={})]}),
    ("an operator without keys", {"Version": NEW, "Statement": [allow(Condition={"StringEquals": {}})]}),
    ("the document as text", json.dumps(document(allow()))),
    ("the document as URL-encoded text", quote(json.dumps(document(allow())))),
]


@pytest.mark.parametrize("value", [pytest.param(v, id=name) for name, v in SAME])
def test_forms_that_mean_the_same(value: Any) -> None:
    assert problem_of(value) is None
    files = setting(iam(policies=[managed("asked", value)]))
    assert outcome(files, control("policy")) == VIOLATED
    assert outcome(files, control("policy", action=["s3:PutObject"])) == HOLDS


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        pytest.param(NEW, HOLDS, id="version 2012-10-17 has policy variables"),
        pytest.param("2008-10-17", VIOLATED, id="in version 2008-10-17 a policy variable is literal text"),
    ],
)
def test_a_policy_variable_is_read_by_the_version(version: str, expected: str) -> None:
    files = setting(iam(policies=[managed("asked", document(allow(resource=NAMES), version=version))]))
    same = {"resource": ["arn:aws:s3:::logs/*"], "condition": {"Null": {"aws:username": ["true"]}}}
    assert outcome(files, control("policy", **same)) == expected


def test_without_a_version_a_policy_variable_is_literal_text() -> None:
    files = setting(iam(policies=[managed("asked", {"Statement": allow(resource=NAMES)})]))
    found = result(files, control("policy"))
    assert found.certificate is not None
    assert found.certificate["request"]["resource"] == NAMES


def test_a_wildcard_inside_a_literal_variable_stays_a_wildcard() -> None:
    old = {"Statement": allow(resource="arn:aws:s3:::logs/${*}")}
    files = setting(iam(policies=[managed("asked", old)]))
    assert outcome(files, control("policy", resource=["arn:aws:s3:::logs/*team}"])) == VIOLATED


def test_sid_and_places_are_kept_for_messages() -> None:
    found = parsed({"Statement": [allow(), {"Sid": "Second", **allow()}, {"Sid": 7, **allow()}]})
    assert [s.sid for s in found.statements] == ["", "Second", ""]
    assert [s.path for s in found.statements] == ["Statement[0]", "Statement[1]", "Statement[2]"]


def test_principals_are_kept_by_class() -> None:
    entries = {"AWS": [OWN, "*"], "Service": "a", "Federated": ["b"], "CanonicalUser": "c"}
    found = parsed(document(allow(Principal=entries))).statements[0].principals
    assert found == Principals(everyone=True, aws=(OWN,), service=("a",), federated=("b",), canonical=("c",))


def test_keys_under_a_set_operator_are_known_of_the_document() -> None:
    condition = {"ForAnyValue:StringEquals": {"x:A": "1"}, "StringEquals": {"x:b": "1"}}
    assert parsed(document(allow(Condition=condition))).set_keys == {"x:a"}


# What is not in the grammar: each is a problem with its place, never fewer statements.

NOT_DOCUMENTS = [
    ("null", None, "a policy document is not an object"),
    ("a number", 7, "a policy document is not an object"),
    ("a list", [allow()], "a policy document is not an object"),
    ("text that is a list", "[]", "a policy document is not an object"),
    ("an unknown element", {"Statement": [], "Statements": []}, "unknown element `Statements` in a policy document"),
    ("an element in other case", {"statement": []}, "unknown element `statement` in a policy document"),
    ("an unknown version", {"Version": "2012-10-18", "Statement": []}, "unknown policy version '2012-10-18'"),
    ("a version that is a number", {"Version": 2012, "Statement": []}, "unknown policy version 2012"),
    ("a version that is null", {"Version": None, "Statement": []}, "unknown policy version None"),
    ("no Statement", {"Version": NEW}, "a policy document without Statement"),
    ("text that is not JSON", "{", "p.json: not strict JSON: Expecting property name"),
    ("empty text", "", "p.json: not strict JSON: Expecting value"),
    ("a duplicate member", '{"Statement": [], "Statement": []}', "p.json: not strict JSON: duplicate member 'Statement'"),
    ("text nested too deep", "[" * 70 + "]" * 70, "p.json: nested deeper than 64 levels"),
    ("a lone surrogate", '{"Statement": "\\ud800"}', "p.json: a lone surrogate"),
    ("URL-encoded text that is not JSON", "%7B", "p.json: not strict JSON: Expecting property name"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "message"), [pytest.param(v, m, id=name) for name, v, m in NOT_DOCUMENTS])
def test_a_document_that_cannot_be_read_says_why(value: Any, message: str) -> None:
    found = parsed(value)
    assert found.problem is not None
    assert found.problem.startswith(message)
    assert found.statements == ()


CLASSES = "AWS, Service, Federated, CanonicalUser"
NOT_STATEMENTS = [
    ("null", None, "a statement is not an object"),
    ("text", "Allow", "a statement is not an object"),
    ("a list in the list", [allow()], "a statement is not an object"),
    ("an unknown element", allow(Actions="s3:*"), "unknown element `Actions`"),
    ("Effect in other case", allow() | {"Effect": "allow"}, "Effect is 'allow', not Allow or Deny"),
    ("no Effect", {"Action": "*", "Resource": "*"}, "Effect is None, not Allow or Deny"),
    ("Effect that is a list", allow() | {"Effect": ["Allow"]}, "Effect is ['Allow'], not Allow or Deny"),
    ("Action and NotAction", allow(NotAction="a:b"), "both Action and NotAction"),
    ("no Action", {"Effect": "Allow", "Resource": "*"}, "neither Action nor NotAction"),
    ("Action that is null", allow(None), "Action is not text or a list of texts"),
    ("Action with a number", allow(["a:b", 1]), "Action is not text or a list of texts"),
    ("Action that is a decimal", allow(1.5), "Action is not text or a list of texts"),
    ("NotAction that is an object", {"Effect": "Allow", "NotAction": {}}, "NotAction is not text or a list of texts"),
    ("Resource and NotResource", allow(NotResource="*"), "both Resource and NotResource"),
    ("Resource that is true", allow(resource=True), "Resource is not text or a list of texts"),
    ("Resource without an end", allow(resource="a:${b"), "a policy variable without an end in 'a:${b'"),
    ("a bad default", allow(resource="${a:b, c}"), "a policy variable with an unreadable default: ${a:b, c}"),
    ("a default of one quote", allow(resource="${a:b,'}"), "a policy variable with an unreadable default: ${a:b,'}"),
    ("a variable without a name", allow(resource="${ }"), "a policy variable with the name ' '"),
    ("a variable with a view", allow(resource="${a:b#number}"), "a policy variable with the name 'a:b#number'"),
    ("Principal and NotPrincipal", allow(Principal="*", NotPrincipal="*"), "both Principal and NotPrincipal"),
    ("Principal that is an account", allow(Principal=OWN), f"Principal is not `*` or an object of {CLASSES}"),
    ("Principal that is a list", allow(Principal=["*"]), f"Principal is not `*` or an object of {CLASSES}"),
    ("Principal that is empty", allow(Principal={}), f"Principal is not `*` or an object of {CLASSES}"),
    ("NotPrincipal of a class", allow(NotPrincipal={"aws": "*"}), f"NotPrincipal is not `*` or an object of {CLASSES}"),
    ("Principal.AWS that is null", allow(Principal={"AWS": None}), "Principal.AWS is not text or a list of texts"),
    ("a service with a number", allow(Principal={"Service": [1]}), "Principal.Service is not text or a list of texts"),
    ("Condition that is a list", allow(Condition=[]), "Condition is not an object of objects"),
    ("Condition that is null", allow(Condition=None), "Condition is not an object of objects"),
    ("an operator with a list", allow(Condition={"Bool": []}), "Condition is not an object of objects"),
    ("a value that is null", allow(Condition={"Bool": {"a:b": None}}), "a condition value is not text, number or boolean"),
    ("a value in a list in a list", allow(Condition={"Bool": {"a:b": [["x"]]}}), "a condition value is not text, number or boolean"),
    ("an empty list of values", allow(Condition={"Bool": {"a:b": []}}), "a condition key without a value"),
    ("an empty list of actions", allow([]), "Action is not text or a list of texts"),
    ("an empty action", allow(["a:b", ""]), "Action '' names no service"),
    ("an action without a service", {"Effect": "Allow", "NotAction": "GetObject"}, "NotAction 'GetObject' names no service"),
    ("an empty list of resources", allow(resource=[]), "Resource is not text or a list of texts"),
    ("an empty resource", allow(resource=["*", ""]), "Resource is empty"),
    ("a wildcard in a principal", allow(Principal={"AWS": "arn:aws:iam::1:user/*"}), "Principal 'arn:aws:iam::1:user/*' has a wildcard within it, which AWS does not allow"),
    ("a wildcard for services", allow(NotPrincipal={"AWS": "*", "Service": "*"}), "NotPrincipal '*' has a wildcard within it, which AWS does not allow"),
    ("no principal in a class", allow(Principal={"AWS": []}), "Principal.AWS is not text or a list of texts"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "message"), [pytest.param(v, m, id=name) for name, v, m in NOT_STATEMENTS])
def test_a_statement_that_cannot_be_read_says_why_and_where(value: Any, message: str) -> None:
    text = json.dumps({"Version": NEW, "Statement": [deny("a:b"), value]})
    found = parsed(text)
    assert found.problem is None
    assert [s.problem for s in found.statements] == [None, f"{message} in Statement[1]"]


@pytest.mark.parametrize("value", [pytest.param(v, id=name) for name, v, _ in NOT_STATEMENTS])
@pytest.mark.parametrize("form", ["forbid", "require"])
def test_a_statement_that_cannot_be_read_decides_nothing(value: Any, form: str) -> None:
    assert outcome(lone_policy(value), control("policy", form=form)) == INCONCLUSIVE


@pytest.mark.parametrize("value", [pytest.param(v, id=name) for name, v, _ in NOT_DOCUMENTS])
@pytest.mark.parametrize("form", ["forbid", "require"])
def test_a_bucket_policy_that_cannot_be_read_decides_nothing(value: Any, form: str) -> None:
    files = setting(
        iam(roles=[role("reader", document(allow()))]),
        buckets("logs"),
        {s3_file("get-bucket-policy"): {"Policy": value}},
    )
    assert outcome(files, control("bucket", form=form, principal=[ROLE], resource=["${target.arn}/*"])) == INCONCLUSIVE


def test_a_statement_that_cannot_be_read_may_only_do_what_its_effect_says() -> None:
    unreadable = allow(NotAction="a:b")
    assert outcome(lone_policy(unreadable, deny()), control("policy")) == HOLDS
    assert outcome(lone_policy({**unreadable, "Effect": "Deny"}), control("policy")) == HOLDS
    assert outcome(lone_policy(unreadable, allow()), control("policy")) == VIOLATED
    assert outcome(lone_policy({**unreadable, "Effect": "Deny"}, allow()), control("policy")) == INCONCLUSIVE
    assert outcome(lone_policy({**unreadable, "Effect": "Perhaps"}, allow()), control("policy")) == INCONCLUSIVE


def test_what_is_inconclusive_names_the_statement_and_the_file() -> None:
    found = reasons(lone_policy(allow(NotAction="a:b")), control("policy"))
    assert found == f"both Action and NotAction in Statement[0] (asked, {iam_file(OWN)})"


# Elements that do not belong to the kind of policy.

MISPLACED = [
    (
        "a Principal in an identity policy",
        lone_role(allow(Principal="*")),
        control("role"),
        f"Principal in an identity policy in Statement[0] (inline policy inline-0 of reader, {iam_file(OWN)})",
    ),
    (
        "a NotPrincipal in an identity policy",
        lone_role(allow(NotPrincipal={"AWS": OWN})),
        control("role"),
        f"Principal in an identity policy in Statement[0] (inline policy inline-0 of reader, {iam_file(OWN)})",
    ),
    (
        "an identity policy without Resource",
        lone_role({"Effect": "Allow", "Action": "*"}),
        control("role"),
        f"neither Resource nor NotResource in Statement[0] (inline policy inline-0 of reader, {iam_file(OWN)})",
    ),
    (
        "a bucket policy without Resource",
        lone_bucket({"Effect": "Allow", "Action": "*", "Principal": "*"}),
        control("bucket", principal=["anonymous"]),
        f"neither Resource nor NotResource in Statement[0] (bucket policy of logs, {s3_file('get-bucket-policy')})",
    ),
    (
        "a trust policy with Resource",
        lone_trust(trust("*", Resource="*")),
        control("role", principal=["service"], action=["sts:AssumeRole"], resource=["${target.arn}"]),
        f"Resource in a role trust policy in Statement[0] (trust policy of reader, {iam_file(OWN)})",
    ),
]


@pytest.mark.parametrize(("files", "asked", "reason"), [pytest.param(*c[1:], id=c[0]) for c in MISPLACED])
def test_an_element_in_the_wrong_kind_of_policy_decides_nothing(files: Any, asked: Any, reason: str) -> None:
    assert reasons(files, asked) == reason


def test_such_a_statement_is_not_known_to_be_about_other_requests() -> None:
    reason = f"Principal in an identity policy in Statement[0] (inline policy inline-0 of reader, {iam_file(OWN)})"
    asked = control("role", resource=["arn:aws:s3:::logs/*"])
    for elsewhere in (allow("s3:PutObject"), allow(resource="arn:aws:s3:::web/*")):
        assert outcome(lone_role(elsewhere), asked) == HOLDS
        assert reasons(lone_role({**elsewhere, "Principal": "*"}), asked) == reason


@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_a_resource_policy_statement_without_principal_never_applies(effect: str) -> None:
    files = lone_bucket(allow(Principal="*"), allow(["s3:GetObject", "s3:PutObject"]) | {"Effect": effect})
    assert outcome(files, control("bucket", principal=["anonymous"], resource=["${target.arn}/*"])) == VIOLATED
    put = control("bucket", principal=["anonymous"], action=["s3:PutObject"], resource=["${target.arn}/*"])
    assert outcome(files, put) == HOLDS


# One document among many.

UNKNOWN = "arn:aws:iam::aws:policy/NotExported"


def test_an_attached_policy_without_its_document_decides_nothing() -> None:
    files = setting(iam(roles=[role("reader", AttachedManagedPolicies=attached(UNKNOWN))]))
    assert reasons(files, control("role")) == (
        f"{UNKNOWN} is attached but its document is not in the snapshot ({UNKNOWN}, {iam_file(OWN)})"
    )
    assert outcome(files, control("role", form="require")) == INCONCLUSIVE


def test_an_attached_policy_without_its_document_leaves_a_deny_standing() -> None:
    files = setting(iam(roles=[role("reader", document(deny()), AttachedManagedPolicies=attached(UNKNOWN))]))
    assert outcome(files, control("role")) == HOLDS
    assert outcome(files, control("role", action=["s3:PutObject"])) == INCONCLUSIVE


def test_a_policy_attached_twice_is_one_policy() -> None:
    rows = [role("reader", AttachedManagedPolicies=attached(POLICY, POLICY))]
    files = setting(iam(roles=rows, policies=[managed("asked", document(allow()))]))
    assert outcome(files, control("role")) == VIOLATED
    assert outcome(files, control("role", action=["s3:PutObject"])) == HOLDS


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        pytest.param("Allow", VIOLATED, id="an Allow of a group is one of its member"),
        pytest.param("Deny", HOLDS, id="a Deny of a group is one of its member"),
    ],
)
def test_the_policies_of_a_group_are_those_of_its_members(effect: str, expected: str) -> None:
    groups = [group("team", document(allow() | {"Effect": effect}))]
    own = document(allow()) if effect == "Deny" else document()
    files = setting(iam(users=[user("alice", own, GroupList=["team"]), user("bob", own)], groups=groups))
    assert outcome(files, control("user"), f"arn:aws:iam::{OWN}:user/alice") == expected
    assert outcome(files, control("user"), f"arn:aws:iam::{OWN}:user/bob") != expected


# Values that are empty are outside the grammar, which asks for one at least.

EMPTY = [
    ("an empty list of actions", allow([])),
    ("an empty action", allow("")),
    ("an action without a service", allow("GetObject")),
    ("an empty list of resources", allow(resource=[])),
    ("an empty resource", allow(resource="")),
]


@pytest.mark.parametrize("statement", [pytest.param(s, id=name) for name, s in EMPTY])
def test_an_element_outside_the_grammar_decides_nothing(statement: Any) -> None:
    assert outcome(lone_policy(statement), control("policy")) == INCONCLUSIVE


@pytest.mark.parametrize(
    "resource",
    [
        pytest.param("arn:aws:s3:::logs/" + "x" * 5_000, id="a pattern beyond the limit of the kernel"),
        pytest.param("arn:aws:s3:::" + "".join(f"${{a:{i}}}" for i in range(65)), id="more variables than holes"),
    ],
)
def test_a_document_beyond_a_limit_decides_nothing_and_spares_other_claims(resource: str) -> None:
    files = setting(iam(policies=[managed("asked", document(allow(resource=resource))), managed("other", document())]))
    assert outcome(files, control("policy"), POLICY) == INCONCLUSIVE
    assert outcome(files, control("policy"), f"arn:aws:iam::{OWN}:policy/other") == HOLDS


def test_an_action_with_a_letter_outside_ascii_decides_nothing() -> None:
    files = lone_policy(allow("kms:Decrypt"), deny("\u212ams:Decrypt"))
    assert outcome(files, control("policy", action=["kms:Decrypt"])) != HOLDS
