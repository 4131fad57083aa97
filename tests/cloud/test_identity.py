"""Users, groups, roles and policies, as `get-account-authorization-details` has them."""

from __future__ import annotations

from typing import Any

import pytest

from checkers.cloud.identity import AccountIam, iam_path, read_iam
from checkers.cloud.snapshot import Account
from checkers.verdict import Unreadable
from cloud.setting import (
    HOLDS,
    INCONCLUSIVE,
    OTHER,
    OWN,
    POLICY,
    ROLE,
    USER,
    VIOLATED,
    allow,
    attached,
    control,
    deny,
    document,
    group,
    iam,
    iam_file,
    inventory_of,
    lone_role,
    lone_user,
    managed,
    outcome,
    reasons,
    role,
    setting,
    tag_list,
    user,
)

FILE = iam_file(OWN)


def read(**lists: Any) -> AccountIam:
    return inventory_of(setting(iam(**lists))).iam[OWN]


def without(row: Any, member: str) -> Any:
    return {k: v for k, v in row.items() if k != member}


NOT_ROWS = "is not a list of objects"
REFUSED = [
    ("a user without Arn", {"users": [without(user("alice"), "Arn")]}, "Arn is None, not text"),
    ("a user without a name", {"users": [without(user("alice"), "UserName")]}, "UserName is None, not text"),
    ("a role with the name of a user", {"roles": [user("alice")]}, "RoleName is None, not text"),
    ("a user of another account", {"users": [user("alice", account=OTHER)]}, f"arn:aws:iam::{OTHER}:user/alice is not a user of account {OWN}"),
    ("a role without an account", {"roles": [{**role("r"), "Arn": "arn:aws:iam"}]}, f"arn:aws:iam is not a role of account {OWN}"),
    ("a user twice", {"users": [user("alice"), user("alice")]}, "a principal is listed twice"),
    ("a role with the ARN of a user", {"roles": [{**role("r"), "Arn": USER}]}, f"{USER} is not a role of account {OWN}"),
    ("a role of another partition", {"roles": [{**role("r"), "Arn": ROLE.replace("aws", "aws-cn")}]}, f"{ROLE.replace('aws', 'aws-cn')} is not a role of account {OWN}"),
    ("a group name twice", {"groups": [group("team"), {**group("team"), "Arn": f"arn:aws:iam::{OWN}:group/other/team"}]}, "a group name is listed twice"),
    ("a policy twice", {"policies": [managed("asked", document()), managed("asked", document())]}, f"{POLICY} is listed twice"),
    ("a policy without a name", {"policies": [without(managed("asked", document()), "PolicyName")]}, "PolicyName is None, not text"),
    ("a policy without Arn", {"policies": [without(managed("asked", document()), "Arn")]}, "Arn is None, not text"),
    ("a policy without versions", {"policies": [without(managed("asked", document()), "PolicyVersionList")]}, f"PolicyVersionList {NOT_ROWS}"),
    ("a user in a group that is not listed", {"users": [user("alice", GroupList=["team"])]}, "$.UserDetailList[0] is in group 'team', which is not in GroupDetailList"),
    ("groups that are null", {"users": [user("alice", GroupList=None)]}, "GroupList is not a list of names"),
    ("a group that is a number", {"users": [user("alice", GroupList=[1])]}, "GroupList is not a list of names"),
    ("inline policies that are null", {"users": [user("alice", UserPolicyList=None)]}, f"UserPolicyList {NOT_ROWS}"),
    ("an inline policy without a name", {"roles": [role("r", RolePolicyList=[{"PolicyDocument": document()}])]}, "PolicyName is None, not text"),
    ("attached policies that are texts", {"roles": [role("r", AttachedManagedPolicies=[POLICY])]}, f"AttachedManagedPolicies {NOT_ROWS}"),
    ("an attached policy without its ARN", {"roles": [role("r", AttachedManagedPolicies=[{}])]}, "PolicyArn is None, not text"),
    ("tags that are an object", {"roles": [role("r", Tags={"a": "b"})]}, f"Tags {NOT_ROWS}"),
    ("a tag without a value", {"roles": [role("r", Tags=[{"Key": "a"}])]}, "Value is None, not text"),
]  # fmt: skip


@pytest.mark.parametrize(("lists", "message"), [pytest.param(*c[1:], id=c[0]) for c in REFUSED])
def test_details_that_are_refused(lists: dict[str, Any], message: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(**lists)
    assert str(caught.value) == f"{FILE}: {message}"


@pytest.mark.parametrize("member", ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"])
@pytest.mark.parametrize("value", [None, {}, ["x"]])
def test_a_list_that_is_not_there_is_refused(member: str, value: Any) -> None:
    details = iam()[FILE] | {member: value}
    with pytest.raises(Unreadable) as caught:
        inventory_of(setting({FILE: details}))
    assert str(caught.value) == f"{FILE}: {member} {NOT_ROWS}"


def test_what_is_read_of_a_user() -> None:
    groups = [group("team", document(deny()))]
    row = user("alice", document(allow()), Path="/a/", GroupList=["team"], Tags=tag_list({"Team": "red"}))
    found = read(users=[row], groups=groups, policies=[managed("asked", document())]).users[0]
    assert (found.kind, found.arn, found.name, found.path) == ("user", USER, "alice", "/a/")
    assert (found.unique_id, found.account, found.tags, found.boundary) == ("AIDAALICE", OWN, {"Team": "red"}, None)
    assert [d.origin.path for d in found.documents] == [
        "$.UserDetailList[0].UserPolicyList[0].PolicyDocument",
        "$.GroupDetailList[0].GroupPolicyList[0].PolicyDocument",
    ]
    assert found.trust is None


def test_what_is_read_of_a_role() -> None:
    row = role(
        "reader", AttachedManagedPolicies=attached(POLICY), PermissionsBoundary={"PermissionsBoundaryArn": "arn:b"}
    )
    found = read(roles=[row], policies=[managed("asked", document(allow()))]).roles[0]
    assert found.boundary is not None
    assert (found.kind, found.arn, found.boundary.origin.name) == ("role", ROLE, "arn:b")
    assert [d.origin.name for d in found.documents] == ["asked"]
    assert found.trust is not None
    assert found.trust.origin.name == "trust policy of reader"


def test_members_that_are_optional() -> None:
    optional = ("Path", "UserId", "UserPolicyList", "GroupList", "AttachedManagedPolicies", "Tags")
    row = {k: v for k, v in user("alice").items() if k not in optional}
    found = read(users=[row]).users[0]
    assert (found.path, found.unique_id, found.documents, found.tags) == ("/", "", (), {})


VERSIONS = [
    ("no default version", [], f"0 default versions of {POLICY}"),
    ("two default versions", [{"IsDefaultVersion": True, "Document": document(allow())}] * 2, f"2 default versions of {POLICY}"),
    ("a default version that says so as text", [{"IsDefaultVersion": "true", "Document": document()}], f"0 default versions of {POLICY}"),
    ("a default version without a document", [{"IsDefaultVersion": True}], "a policy document is not an object"),
]  # fmt: skip


@pytest.mark.parametrize(("versions", "message"), [pytest.param(*c[1:], id=c[0]) for c in VERSIONS])
def test_a_policy_whose_default_version_is_not_known_decides_nothing(versions: Any, message: str) -> None:
    rows = [managed("asked", None, PolicyVersionList=versions)]
    files = setting(iam(policies=rows, roles=[role("reader", AttachedManagedPolicies=attached(POLICY))]))
    for asked in (control("policy"), control("role"), control("role", form="require")):
        assert reasons(files, asked) == f"{message} (asked, {FILE})"


def test_only_the_default_version_counts() -> None:
    versions = [
        {"VersionId": "v2", "IsDefaultVersion": False, "Document": document(allow("*"))},
        {"VersionId": "v1", "IsDefaultVersion": True, "Document": document(allow())},
    ]
    files = setting(iam(policies=[managed("asked", None, PolicyVersionList=versions)]))
    assert outcome(files, control("policy")) == VIOLATED
    assert outcome(files, control("policy", action=["s3:PutObject"])) == HOLDS


# What stands where the details are not known.

MISSING = [
    ("no such entity", "NoSuchEntity", "error (NoSuchEntity)"),
    ("denied", "AccessDenied", "denied (AccessDenied)"),
    ("an error", "Throttling", "error (Throttling)"),
]
KINDS = [
    ("role", control("role")),
    ("user", control("user")),
    ("group", control("group")),
    ("policy", control("policy")),
]


@pytest.mark.parametrize(("code", "reason"), [pytest.param(*c[1:], id=c[0]) for c in MISSING])
@pytest.mark.parametrize(("kind", "asked"), KINDS)
def test_targets_of_an_account_without_details_are_not_known(kind: str, asked: Any, code: str, reason: str) -> None:
    files = setting(errors={FILE: code})
    assert reasons(files, asked) == f"the {kind} targets of {OWN} are not known: {FILE}: {reason}"


@pytest.mark.parametrize(("kind", "asked"), KINDS)
def test_targets_of_an_account_whose_details_were_not_collected_are_not_known(kind: str, asked: Any) -> None:
    files = {path: value for path, value in setting().items() if path != FILE}
    reason = f"the {kind} targets of {OWN} are not known: {FILE}: error (not collected)"
    assert reasons(files, asked) == reason


@pytest.mark.parametrize(("kind", "asked"), KINDS)
def test_targets_of_an_account_whose_details_are_cut_off_are_not_known(kind: str, asked: Any) -> None:
    files = setting({FILE: iam()[FILE] | {"IsTruncated": True}})
    assert reasons(files, asked).endswith(f"{FILE}: error (the list is cut off: IsTruncated)")


def test_details_that_are_not_known_say_why() -> None:
    found = read_iam(inventory_of(setting(errors={FILE: "AccessDenied"})).snapshot, Account(OWN, "", "aws"))
    assert found == AccountIam(OWN, problem=f"{FILE}: denied (AccessDenied)")
    assert iam_path(OWN) == FILE


def test_the_policies_of_a_group_on_their_own() -> None:
    files = setting(iam(groups=[group("team", document(allow()), document(deny("s3:Put*")))]))
    assert outcome(files, control("group")) == VIOLATED
    assert outcome(files, control("group", action=["s3:PutObject"])) == HOLDS


BOUNDARIES = [
    pytest.param("arn:aws:iam::aws:policy/Limit", id="a boundary that is text"),
    pytest.param({"PermissionsBoundaryType": "Policy"}, id="a boundary without its ARN"),
    pytest.param({"PermissionsBoundaryArn": 7}, id="a boundary whose ARN is a number"),
]


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_a_boundary_that_cannot_be_read_is_not_dropped(boundary: Any) -> None:
    try:
        found = outcome(lone_role(allow(), PermissionsBoundary=boundary), control("role", form="require"))
    except Unreadable:
        return
    assert found == INCONCLUSIVE


def test_a_group_name_listed_twice_is_refused() -> None:
    groups = [group("team", document(allow())), {**group("team"), "Arn": f"arn:aws:iam::{OWN}:group/other/team"}]
    with pytest.raises(Unreadable, match=f"^{FILE}: a group name is listed twice$"):
        read(users=[user("alice", GroupList=["team"])], groups=groups)


@pytest.mark.parametrize(
    "lists",
    [
        pytest.param({"users": [{**user("alice"), "Arn": ROLE}]}, id="a user with the ARN of a role"),
        pytest.param({"roles": [{**role("reader"), "Arn": f"arn:aws:iam::{OWN}:root"}]}, id="a role with the ARN of root"),
        pytest.param({"roles": [{**role("reader"), "Arn": f"arn:aws-cn:iam::{OWN}:role/reader"}]}, id="a role of another partition"),
    ],
)  # fmt: skip
def test_a_principal_is_what_its_arn_says(lists: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        read(**lists)


def test_a_unique_id_that_two_principals_have_is_refused() -> None:
    rows = [role("a", RoleId="AROASAME"), role("b", RoleId="AROASAME")]
    with pytest.raises(Unreadable, match=f"^{FILE}: unique id AROASAME is listed twice$"):
        _ = inventory_of(setting(iam(roles=rows))).unique_ids


def test_an_aws_managed_policy_in_two_versions_spares_other_claims() -> None:
    shared = "arn:aws:iam::aws:policy/Shared"
    one, other = (managed("Shared", document(allow(a)), Arn=shared) for a in ("s3:GetObject", "s3:PutObject"))
    files = setting(
        iam(policies=[one, managed("asked", document())]), iam(OTHER, policies=[other]), accounts=(OWN, OTHER)
    )
    assert outcome(files, control("policy"), POLICY) == HOLDS


def test_an_aws_managed_policy_in_two_accounts_is_one_target() -> None:
    shared = managed("Shared", document(allow()), Arn="arn:aws:iam::aws:policy/Shared")
    files = setting(iam(policies=[shared]), iam(OTHER, policies=[shared]), accounts=(OWN, OTHER))
    assert outcome(files, control("policy")) == VIOLATED


def test_tags_that_differ_in_case_are_refused() -> None:
    with pytest.raises(Unreadable, match="twice"):
        outcome(lone_user(allow(), Tags=tag_list({"Team": "red", "team": "blue"})), control("user"))
