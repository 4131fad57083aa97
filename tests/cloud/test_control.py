"""Controls in canonical JSON: what is refused, and how the request of one claim is filled in."""

from __future__ import annotations

from typing import Any

import pytest

from checkers.cloud.control import KINDS, SELECTORS, bind, fill_text, glob_set, parse_control, resource_set
from checkers.kernel.globs import GlobSet
from checkers.verdict import Unreadable
from cloud.setting import (
    BUCKET,
    HOLDS,
    OWN,
    ROLE,
    USER,
    VIOLATED,
    allow,
    buckets,
    control,
    control_json,
    document,
    iam,
    lone_role,
    lone_trust,
    outcome,
    policy_of,
    role,
    setting,
    trust,
    user,
)


def changed(**members: Any) -> Any:
    """A good control for each role with these members, those given as ... left out."""
    found = {**control_json("role"), **members}
    return {k: v for k, v in found.items() if v is not ...}


def asking(kind: str = "role", form: str = "forbid", **request: Any) -> Any:
    given = {k: v for k, v in {"action": ["a:b"], **request}.items() if v is not ...}
    return changed(**{"for_each": kind, "forbid": ..., form: {"request": given}})


STEP = {"id": "s", "title": "t", "target": "role", "needs": [{"action": ["sts:AssumeRole"], "on": "target"}]}


def chained(kind: str = "role", **members: Any) -> Any:
    path = {"steps": [STEP], "to": {"admin": True}, **members}
    return changed(for_each=kind, forbid={"path": {k: v for k, v in path.items() if v is not ...}})


FORMAT = "format is not 'auditctl-control/1'"
WHERE = "where is not an object of account, name, path, not_account, not_name, not_path, tag, not_tag"
REQUEST = "forbid is not an object with one request of known members"
LISTS = "is not a list of texts"
REFUSED = [
    ("null", None, FORMAT),
    ("a list", [], FORMAT),
    ("another format", changed(format="auditctl-control/2"), FORMAT),
    ("an unknown member", changed(tests=[]), "unknown member `tests`"),
    ("no form", changed(forbid=...), "a control has exactly one of forbid and require"),
    ("two forms", changed(require={}), "a control has exactly one of forbid and require"),
    ("an unknown kind", changed(for_each="robot"), f"for_each is 'robot', not one of {', '.join(KINDS)}"),
    ("no kind", changed(for_each=...), f"for_each is None, not one of {', '.join(KINDS)}"),
    ("a kind that is a list", changed(for_each=["role"]), f"for_each is ['role'], not one of {', '.join(KINDS)}"),
    ("no id", changed(id=...), "id is not text"),
    ("an id that is a number", changed(id=7), "id is not text"),
    ("no title", changed(title=...), "title is not text"),
    ("facts that are text", changed(assume="s3-resource-types"), f"assume {LISTS}"),
    ("an unknown fact", changed(assume=["sun-shines"]), "unknown fact `sun-shines` in assume; known are s3-resource-types, secure-transport-present"),
    ("where that is a list", changed(where=[]), WHERE),
    ("where with an unknown member", changed(where={"region": []}), WHERE),
    ("a name that is text", changed(where={"name": "x"}), f"where.name {LISTS}"),
    ("a name that is a number", changed(where={"not_name": [1]}), f"where.not_name {LISTS}"),
    ("tags that are a list", changed(where={"tag": []}), "where.tag is not an object"),
    ("a tag that is text", changed(where={"not_tag": {"a": "b"}}), f"where.not_tag.a {LISTS}"),
    ("forbid that is null", changed(forbid=None), REQUEST),
    ("forbid that is empty", changed(forbid={}), REQUEST),
    ("forbid with more than a request", changed(forbid={"request": {"action": ["a:b"]}, "flows": {}}), REQUEST),
    ("a request that is a list", changed(forbid={"request": []}), REQUEST),
    ("a request with an unknown member", asking(actions=[]), REQUEST),
    ("a require that is null", changed(forbid=..., require=None), REQUEST.replace("forbid", "require")),
    ("an action that is text", asking(action="a:b"), f"forbid.request.action {LISTS}"),
    ("a resource that is null", asking(resource=None), f"forbid.request.resource {LISTS}"),
    ("no action", asking(action=...), "forbid.request has neither action nor not_action"),
    ("no action in the list", asking(action=[], form="require"), "require.request has neither action nor not_action"),
    ("all that is text", asking(form="require", all="true"), "all is not a boolean of a require"),
    ("all that is a number", asking(form="require", all=1), "all is not a boolean of a require"),
    ("all of a forbid", asking(all=False), "all is not a boolean of a require"),
    ("a principal without a class", asking(principal=["admin"]), "unknown principal `admin`"),
    ("a principal of eleven digits", asking(principal=["11112222333"]), "unknown principal `11112222333`"),
    ("a principal in other case", asking(not_principal=["Anyone"]), "unknown principal `Anyone`"),
    ("target for each bucket", asking("bucket", principal=["target"]), "principal `target` is for roles and users, not for each bucket"),
    ("target for each account", asking("account", principal=["anyone"], not_principal=["target"]), "principal `target` is for roles and users, not for each account"),
    ("a principal for each policy", asking("policy", principal=["anyone"]), "a control for each policy asks about its documents alone and names no principal"),
    ("a principal for each group", asking("group", not_principal=["anyone"]), "a control for each group asks about its documents alone and names no principal"),
    ("no principal for each bucket", asking("bucket"), "a control for each bucket names the principals that it asks about"),
    ("no principal for each account", asking("account", not_principal=["service"]), "a control for each account names the principals that it asks about"),
    ("session policies that are an object", asking(session_policy={}), "forbid.request.session_policy is not a list of policy documents"),
    ("a session policy that is text", asking(session_policy=["{}"]), "$.session_policy[0]: not an object"),
    ("a session policy without statements", asking(session_policy=[{}]), "$.session_policy[0]: a policy document without Statement"),
    ("a session policy with a bad statement", asking(session_policy=[document({})]), "$.session_policy[0]: Effect is None, not Allow or Deny in Statement[0]"),
    ("a session policy that names principals", asking(session_policy=[document(allow(Principal="*"))]), "$.session_policy[0]: Principal in a session policy"),
    ("a session policy without resources", asking(session_policy=[document({"Effect": "Allow", "Action": "*"})]), "$.session_policy[0]: no Resource in a session policy"),
    ("a session policy for each policy", asking("policy", session_policy=[document(allow())]), "a control for each policy asks about its documents alone and has no session_policy"),
    ("chains that are required", changed(forbid=..., require={"path": {}}), "require is not an object with one request of known members"),
    ("a path that is a list", changed(forbid={"path": []}), "forbid.path is not an object of from, not_from, steps and to"),
    ("a path with an unknown member", changed(forbid={"path": {"via": []}}), "forbid.path is not an object of from, not_from, steps and to"),
    ("a start that is text", chained(**{"from": "account"}), f"forbid.path.from {LISTS}"),
    ("chains for each group", chained("group"), "chains are not asked about for each group"),
    ("chains from nobody", chained("account"), "a control for each account names the principals that it asks about"),
    ("no goal", chained(to=...), "forbid.path.to is not one of admin, principal and request"),
    ("two goals", chained(to={"admin": True, "principal": ["*"]}), "forbid.path.to is not one of admin, principal and request"),
    ("admin that is not true", chained(to={"admin": False}), "forbid.path.to is not one of admin, principal and request of known members"),
    ("a goal that is nobody", chained(to={"principal": []}), "forbid.path.to.principal names nobody"),
    ("a goal with principals", chained(to={"request": {"action": ["a:b"], "principal": ["anyone"]}}), "forbid.path.to is not one of admin, principal and request of known members"),
    ("a goal without an action", chained(to={"request": {"resource": ["*"]}}), "forbid.path.to.request has neither action nor not_action"),
    ("a condition that is a list", asking(condition=[]), "condition is not an object of objects"),
    ("an operator with a list", asking(condition={"Bool": []}), "condition is not an object of objects"),
    ("a value that is text", asking(condition={"Bool": {"x:a": "true"}}), f"condition.Bool.x:a {LISTS}"),
    ("an unknown operator", asking(condition={"Boole": {"x:a": ["true"]}}), "unknown condition operator `Boole`"),
    ("a value of another type", asking(condition={"NumericEquals": {"x:a": ["one"]}}), "'one' is not a value of the operator's type"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "message"), [pytest.param(*c[1:], id=c[0]) for c in REFUSED])
def test_a_control_that_is_refused(value: Any, message: str) -> None:
    with pytest.raises(Unreadable) as caught:
        parse_control(value, "controls/asked.json")
    assert str(caught.value) == f"controls/asked.json: {message}"


def test_a_control_with_every_member() -> None:
    value = changed(
        severity="high",
        rationale="r",
        remediation="r",
        maps_to={"cis": ["1"]},
        parameters={"p": "v"},
        where={"name": ["a*"], "tag": {"t": ["v"]}},
        assume=["s3-resource-types"],
    )
    found = parse_control(value, "c")
    assert (found.id, found.title, found.for_each, found.form) == ("asked", "asked", "role", "forbid")
    assert (found.where, found.where_tags) == ({"name": ("a*",)}, {"tag": {"t": ("v",)}})
    assert found.assume == ("s3-resource-types",)
    assert not found.request.all


@pytest.mark.parametrize("entry", [*SELECTORS, OWN, "arn:aws:iam::*:role/*", "service:*", "${target.account}"])
def test_a_principal_that_a_control_can_name(entry: str) -> None:
    assert parse_control(asking(principal=[entry]), "c").request.principal == (entry,)


# Placeholders.

VALUES = {"target.name": "a*", "target.arn": "${target.name}"}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("plain", "plain"),
        ("x${target.name}y", "xa*y"),
        ("${target.name}${target.name}", "a*a*"),
        ("${target.arn}", "${target.name}"),
        ("$", "$"),
        ("{target.name}", "{target.name}"),
    ],
)
def test_a_placeholder_is_filled_once(text: str, filled: str) -> None:
    assert fill_text(text, VALUES, "c") == filled


@pytest.mark.parametrize(
    ("text", "name"), [("${target.id}", "target.id"), ("${}", ""), ("x${target.name", "target.name"), ("${", "")]
)
def test_a_placeholder_that_is_not_known_is_refused(text: str, name: str) -> None:
    with pytest.raises(Unreadable) as caught:
        fill_text(text, VALUES, "c")
    assert str(caught.value) == f"c: unknown placeholder `${{{name}}}`; known are target.arn, target.name"


def test_placeholders_are_filled_wherever_texts_stand() -> None:
    request = parse_control(
        asking(
            principal=["${target.account}"],
            not_principal=["${target.arn}"],
            action=["iam:Get${target.name}"],
            not_action=["iam:Put${target.name}"],
            resource=["${target.arn}"],
            not_resource=["${target.arn}/*"],
            condition={"StringEquals": {"x:a": ["${target.name}"]}},
        ),
        "c",
    ).request
    values = {"target.arn": ROLE, "target.name": "Reader", "target.account": OWN}
    found = bind(request, values, "c")
    assert (found.principal, found.not_principal) == ((OWN,), (ROLE,))
    assert found.actions is not None
    assert "iam:getreader" in found.actions
    assert found.not_actions is not None
    assert found.not_actions.patterns == ("iam:putreader",)
    assert found.resources == GlobSet([ROLE])
    assert found.not_resources is not None
    assert f"{ROLE}/a:b" in found.not_resources
    assert found.conditions[0].values == GlobSet(["Reader"])


@pytest.mark.parametrize("member", ["action", "not_action"])
def test_an_action_of_a_control_is_ascii(member: str) -> None:
    request = parse_control(asking(**{"action": ["a:b"], member: ["\u212ams:Decrypt"]}), "c").request
    with pytest.raises(Unreadable, match=r"^c: an action has a letter outside ASCII$"):
        bind(request, {}, "c")


def test_what_is_not_asked_is_not_bound() -> None:
    found = bind(parse_control(asking(action=[], not_action=["a:b"]), "c").request, {}, "c")
    assert (found.actions, found.resources, found.not_resources) == (None, None, None)


@pytest.mark.parametrize("text", ["logs", "arn:aws:s3::logs", "", "**"])
def test_a_resource_of_a_control_is_a_star_or_an_arn(text: str) -> None:
    with pytest.raises(Unreadable) as caught:
        resource_set(("*", text), "c")
    assert str(caught.value) == f"c: resource {text!r} is neither `*` nor an ARN with six parts"


def test_wildcards_of_a_resource_stay_in_their_part_but_for_the_last() -> None:
    found = resource_set(("arn:aws:*:*:1:a*",), "c")
    assert "arn:aws:sqs:r:1:a:b" in found
    assert "arn:aws:sqs:r:2:1:a" not in found


def test_globs_of_a_control_have_stars_and_question_marks() -> None:
    assert "a:b/c" in glob_set(("a*c",))
    assert "abc" not in glob_set(("a?",))


# What the members of a request mean.


def test_not_action_and_not_resource_of_a_control() -> None:
    files = lone_role(allow("s3:*", f"{BUCKET}/*"))
    assert outcome(files, control("role", action=[], not_action=["s3:*", "sts:GetCallerIdentity"])) == HOLDS
    assert outcome(files, control("role", action=[], not_action=["s3:Get*"])) == VIOLATED
    assert outcome(files, control("role", not_resource=[f"{BUCKET}/*"])) == HOLDS
    assert outcome(files, control("role", not_resource=[f"{BUCKET}/a*"])) == VIOLATED


def test_a_condition_of_a_control_limits_what_is_asked() -> None:
    files = lone_role(allow(Condition={"Bool": {"aws:SecureTransport": "true"}}))
    assert outcome(files, control("role", condition={"Bool": {"aws:SecureTransport": ["false"]}})) == HOLDS
    assert outcome(files, control("role", condition={"Bool": {"aws:SecureTransport": ["true"]}})) == VIOLATED


def test_a_policy_variable_is_text_in_a_control() -> None:
    with pytest.raises(Unreadable, match=r"unknown placeholder `\${aws:username}`"):
        outcome(lone_role(allow()), control("role", condition={"StringEquals": {"x:a": ["${aws:username}"]}}))


def test_a_fact_limits_what_is_asked() -> None:
    files = setting(buckets("logs"), policy_of("logs", document(allow("s3:*", BUCKET, Principal="*"))))
    asked = {"principal": ["anonymous"], "resource": ["${target.arn}"]}
    assert outcome(files, control("bucket", **asked)) == VIOLATED
    assert outcome(files, control("bucket", more={"assume": ["s3-resource-types"]}, **asked)) == HOLDS
    files = lone_role(allow(Condition={"Null": {"aws:SecureTransport": "true"}}))
    assert outcome(files, control("role")) == VIOLATED
    assert outcome(files, control("role", more={"assume": ["secure-transport-present"]})) == HOLDS


def test_a_role_is_asked_about_by_others() -> None:
    files = lone_trust(trust({"AWS": USER}), users=[user("alice")])
    asked = control("role", principal=["${target.account}"], action=["sts:AssumeRole"], resource=["${target.arn}"])
    assert outcome(files, asked) == VIOLATED


NOBODY = [
    pytest.param("${target.name}", id="a placeholder that is no principal"),
    pytest.param("arn:aws:sts::111122223333:assumed-role/reader/*", id="a session, which counts as its role"),
    pytest.param("arn:aws:iam::111122223333:group/*", id="a group"),
    pytest.param("iam::111122223333:role/reader", id="an ARN without its head"),
    pytest.param("Service:lambda.amazonaws.com", id="a class in other case"),
]


@pytest.mark.parametrize("principal", NOBODY)
def test_a_principal_that_nobody_can_be_is_refused(principal: str) -> None:
    files = setting(iam(roles=[role("reader")]), buckets("logs"), policy_of("logs", document(allow(Principal="*"))))
    with pytest.raises(Unreadable):
        outcome(files, control("bucket", principal=[principal]))


def test_the_arn_of_a_target_that_is_no_principal_is_refused() -> None:
    files = setting(buckets("logs"), policy_of("logs", document(allow(Principal="*"))))
    with pytest.raises(Unreadable):
        outcome(files, control("bucket", principal=["${target.arn}"]))


def test_a_session_policy_is_about_the_target() -> None:
    tls = {"Bool": {"aws:SecureTransport": True}}
    mine = document(allow("s3:*", ["${target.arn}", "arn:aws:s3:::${aws:username}"], Condition=tls))
    found = parse_control(asking(session_policy=[mine]), "c")
    (policy,) = bind(found.request, {"target.arn": BUCKET}, "c").session_policies
    (statement,) = policy.statements
    (other,) = bind(found.request, {"target.arn": ROLE}, "c").session_policies
    assert statement.problem is None
    assert policy.statements != other.statements


def test_a_control_about_chains() -> None:
    found = parse_control(chained(**{"from": ["account"], "not_from": ["target"]}), "c")
    assert found.path is not None
    assert (found.path.start, found.path.not_start, found.path.admin) == (("account",), ("target",), True)
    assert [step.id for step in found.path.steps] == ["s"]
    assert found.request.action == ()


def test_a_control_about_chains_to_principals() -> None:
    found = parse_control(chained(to={"principal": ["arn:aws:iam::*:role/break-glass"]}), "c")
    assert found.path is not None
    assert (found.path.admin, found.path.principal) == (False, ("arn:aws:iam::*:role/break-glass",))
