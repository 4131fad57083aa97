"""The decision: identity and resource policies together, within and across accounts."""

from __future__ import annotations

from typing import Any

import pytest

from checkers.cloud.bucket import BUCKET_ACL_ACTIONS, OBJECT_ACL_ACTIONS
from checkers.cloud.derivation import FEDERATED_USER
from checkers.cloud.guards import ASSUME_ROLE
from cloud.setting import (
    BUCKET,
    CANONICAL,
    FOREIGN,
    HOLDS,
    INCONCLUSIVE,
    OTHER,
    OWN,
    ROLE,
    USER,
    VIOLATED,
    allow,
    buckets,
    control,
    deny,
    document,
    iam,
    iam_file,
    lets_through,
    list_file,
    lone_bucket,
    lone_role,
    lone_trust,
    lone_user,
    outcome,
    policy_of,
    reasons,
    result,
    role,
    setting,
    trust,
    user,
)

FOREIGN_ROLE = f"arn:aws:iam::{FOREIGN}:role/partner"
OTHER_ROLE = f"arn:aws:iam::{OTHER}:role/reader"
OTHER_ROOT = f"arn:aws:iam::{OTHER}:root"
ROOT = f"arn:aws:iam::{OWN}:root"
OBJECT = [f"{BUCKET}/x"]
READ, DENY = document(allow()), document(deny())
Files = dict[str, Any]


def two_accounts(*statements: Any, own: Any = (), other: Any = (), errors: dict[str, str] | None = None) -> Files:
    """A bucket of OWN with these statements; a role `reader` with these documents in OWN and in OTHER."""
    return setting(
        iam(roles=[role("reader", *own)]),
        iam(OTHER, roles=[role("reader", *other, account=OTHER)]),
        buckets("logs"),
        policy_of("logs", document(*statements)),
        accounts=(OWN, OTHER),
        errors=errors,
    )


def by(*principals: str, **more: Any) -> Any:
    return control("bucket", principal=list(principals), resource=OBJECT, **more)


# Identity and resource policy together: rule 4, by account, grant and identity.

SAME = [
    ("neither grants", [], [], HOLDS),
    ("the identity policy grants", [], [READ], VIOLATED),
    ("the bucket policy grants to the role", [allow(Principal={"AWS": ROLE})], [], VIOLATED),
    ("the bucket policy grants to everyone", [allow(Principal="*")], [], VIOLATED),
    ("the bucket policy grants to the account alone", [allow(Principal={"AWS": OWN})], [], HOLDS),
    ("the bucket policy grants to the account and identity does too", [allow(Principal={"AWS": OWN})], [READ], VIOLATED),
    ("the bucket policy grants to another account", [allow(Principal={"AWS": OTHER})], [], HOLDS),
    ("the identity policy denies", [allow(Principal={"AWS": ROLE})], [DENY], HOLDS),
    ("the bucket policy denies", [deny(Principal={"AWS": ROLE})], [READ], HOLDS),
    ("the bucket policy denies the account", [deny(Principal={"AWS": OWN})], [READ], HOLDS),
    ("the bucket policy denies everyone", [deny(Principal="*")], [READ], HOLDS),
    ("the bucket policy denies another account", [deny(Principal={"AWS": OTHER})], [READ], VIOLATED),
    ("one identity document denies what another grants", [], [READ, DENY], HOLDS),
]  # fmt: skip


@pytest.mark.parametrize(("statements", "documents", "expected"), [pytest.param(*c[1:], id=c[0]) for c in SAME])
def test_within_the_account(statements: list[Any], documents: list[Any], expected: str) -> None:
    assert outcome(two_accounts(*statements, own=documents), by(ROLE)) == expected
    wanted = outcome(two_accounts(*statements, own=documents), by(ROLE, form="require"))
    assert wanted == (HOLDS if expected == VIOLATED else VIOLATED)


ACROSS = [
    ("neither grants", [], [], HOLDS),
    ("the identity policy grants alone", [], [READ], HOLDS),
    ("the bucket policy grants to the role alone", [allow(Principal={"AWS": OTHER_ROLE})], [], HOLDS),
    ("the bucket policy grants to everyone alone", [allow(Principal="*")], [], HOLDS),
    ("the bucket policy grants to the role and identity does too", [allow(Principal={"AWS": OTHER_ROLE})], [READ], VIOLATED),
    ("the bucket policy grants to the account and identity does too", [allow(Principal={"AWS": OTHER})], [READ], VIOLATED),
    ("the bucket policy grants to the canonical id of the account", [allow(Principal={"CanonicalUser": CANONICAL[OTHER]})], [READ], VIOLATED),
    ("the bucket policy grants to the canonical id of the owner", [allow(Principal={"CanonicalUser": CANONICAL[OWN]})], [READ], HOLDS),
    ("the bucket policy grants to everyone and identity does too", [allow(Principal="*")], [READ], VIOLATED),
    ("the bucket policy grants to the own account", [allow(Principal={"AWS": OWN})], [READ], HOLDS),
    ("the identity policy denies", [allow(Principal={"AWS": OTHER})], [READ, DENY], HOLDS),
    ("the bucket policy denies", [allow(Principal={"AWS": OTHER}), deny(Principal={"AWS": OTHER_ROLE})], [READ], HOLDS),
]  # fmt: skip


@pytest.mark.parametrize(("statements", "documents", "expected"), [pytest.param(*c[1:], id=c[0]) for c in ACROSS])
def test_across_accounts(statements: list[Any], documents: list[Any], expected: str) -> None:
    assert outcome(two_accounts(*statements, other=documents), by(OTHER_ROLE)) == expected


FOREIGNERS = [
    ("nothing grants", [], FOREIGN_ROLE, HOLDS),
    ("the bucket policy grants to the role", [allow(Principal={"AWS": FOREIGN_ROLE})], FOREIGN_ROLE, VIOLATED),
    ("the bucket policy grants to the account", [allow(Principal={"AWS": FOREIGN})], FOREIGN_ROLE, VIOLATED),
    ("the bucket policy grants and denies", [allow(Principal={"AWS": FOREIGN}), deny(Principal="*")], FOREIGN_ROLE, HOLDS),
    ("a service is granted", [allow(Principal={"Service": "a.b"})], "service:a.b", VIOLATED),
    ("a service is granted by no account", [allow(Principal={"AWS": OWN})], "service:a.b", HOLDS),
    ("a service is denied", [allow(Principal="*"), deny(Principal={"Service": "a.b"})], "service:a.b", HOLDS),
]  # fmt: skip


@pytest.mark.parametrize(("statements", "principal", "expected"), [pytest.param(*c[1:], id=c[0]) for c in FOREIGNERS])
def test_callers_outside_the_snapshot(statements: list[Any], principal: str, expected: str) -> None:
    assert outcome(two_accounts(*statements), by(principal)) == expected


def test_a_foreign_account_is_assumed_to_allow_and_the_witness_says_so() -> None:
    found = result(two_accounts(allow(Principal={"AWS": FOREIGN})), by(FOREIGN_ROLE))
    assert found.certificate is not None
    assert found.certificate["request"]["flags"] == {"caller:identity-allows": True}
    asked = {"principal": FOREIGN_ROLE, "action": "s3:GetObject", "resource": OBJECT[0]}
    assert lets_through(two_accounts(allow(Principal="*")), by(FOREIGN_ROLE), asked) == (False, False)


# Resources without a policy of their own, and requests that only identity decides.


def test_a_resource_that_is_not_in_the_snapshot_is_decided_by_identity() -> None:
    files = two_accounts(deny(Principal="*"), own=[document(allow("*"))])
    assert outcome(files, control("role", resource=["arn:aws:s3:::elsewhere/*"]), ROLE) == VIOLATED
    assert outcome(files, control("role", action=["ec2:RunInstances"]), ROLE) == VIOLATED
    assert outcome(files, control("role", resource=OBJECT), ROLE) == HOLDS


def test_an_outsider_is_granted_nothing_by_identity_policies() -> None:
    files = two_accounts(own=[document(allow("*"))], other=[document(allow("*"))])
    whoever = ["anonymous", "service", "federated", FOREIGN]
    asked = control(
        "account", principal=whoever, action=["*"], not_action=["sts:GetCallerIdentity", "sts:GetSessionToken"]
    )
    assert outcome(files, asked, OWN) == HOLDS


# The root user.


def test_a_root_has_full_access_but_for_a_deny_of_the_resource() -> None:
    assert outcome(lone_bucket(), by(ROOT)) == VIOLATED
    assert outcome(lone_bucket(deny(Principal="*")), by(ROOT)) == HOLDS
    assert outcome(lone_bucket(deny(Principal={"AWS": OWN})), by(ROOT)) == HOLDS
    assert outcome(lone_bucket(deny(Principal={"AWS": OTHER})), by(ROOT)) == VIOLATED


def test_a_root_of_another_account_needs_a_grant_of_the_resource() -> None:
    assert outcome(two_accounts(), by(OTHER_ROOT)) == HOLDS
    assert outcome(two_accounts(allow(Principal={"AWS": OTHER})), by(OTHER_ROOT)) == VIOLATED


def test_an_account_without_users_and_roles_still_has_its_root() -> None:
    assert outcome(lone_bucket(), by("account")) == VIOLATED
    assert outcome(lone_bucket(), by("account", not_principal=[ROOT])) == HOLDS


def test_a_root_is_in_the_partition_of_its_account() -> None:
    assert outcome(lone_bucket(), by(f"arn:aws-cn:iam::{OWN}:root")) == HOLDS


# Role trust policies: the account is trusted only where the policy says so.

MAY_ASSUME = document(allow("sts:AssumeRole"))


def assume(*principals: str, **more: Any) -> Any:
    return control("role", **{"principal": list(principals), "action": ["sts:AssumeRole"], "resource": [ROLE], **more})


TRUSTS = [
    ("neither grants", [], [], HOLDS),
    ("the identity policy alone", [], [MAY_ASSUME], HOLDS),
    ("the trust policy names the user", [trust({"AWS": USER})], [], VIOLATED),
    ("the trust policy names the account alone", [trust({"AWS": OWN})], [], HOLDS),
    ("the trust policy names the account and identity grants", [trust({"AWS": OWN})], [MAY_ASSUME], VIOLATED),
    ("the trust policy names another account", [trust({"AWS": OTHER})], [MAY_ASSUME], HOLDS),
    ("the trust policy denies", [trust({"AWS": USER}), trust("*", effect="Deny")], [MAY_ASSUME], HOLDS),
    ("the trust policy grants another action", [trust({"AWS": USER}, action="sts:TagSession")], [], HOLDS),
    ("the trust policy grants under a condition", [trust({"AWS": USER}, Condition={"StringEquals": {"sts:ExternalId": "x"}})], [], VIOLATED),
    ("the identity policy denies", [trust({"AWS": USER})], [document(deny("sts:*"))], HOLDS),
]  # fmt: skip


@pytest.mark.parametrize(("statements", "documents", "expected"), [pytest.param(*c[1:], id=c[0]) for c in TRUSTS])
def test_a_role_is_assumed_within_the_account(statements: list[Any], documents: list[Any], expected: str) -> None:
    files = lone_trust(*statements, users=[user("alice", *documents)])
    assert outcome(files, assume(USER), ROLE) == expected


@pytest.mark.parametrize(
    ("documents", "expected"),
    [pytest.param([], HOLDS, id="without an identity policy"), pytest.param([MAY_ASSUME], VIOLATED, id="with one")],
)
@pytest.mark.parametrize("principal", [OTHER, OTHER_ROLE])
def test_a_role_is_assumed_across_accounts(principal: str, documents: list[Any], expected: str) -> None:
    files = setting(
        iam(roles=[role("reader", trusts=document(trust({"AWS": principal})))]),
        iam(OTHER, roles=[role("reader", *documents, account=OTHER)]),
        accounts=(OWN, OTHER),
    )
    assert outcome(files, assume(OTHER_ROLE), ROLE) == expected


def test_a_trust_policy_decides_only_about_its_role() -> None:
    files = lone_trust(trust("*"), roles=[role("other")])
    asked = control("role", principal=[FOREIGN], action=["sts:AssumeRole"], resource=["${target.arn}"])
    assert outcome(files, asked, ROLE) == VIOLATED
    assert outcome(files, asked, f"arn:aws:iam::{OWN}:role/other") == HOLDS


def test_a_trust_policy_does_not_decide_other_actions_on_the_role() -> None:
    files = setting(
        iam(
            roles=[role("reader", trusts=document(trust("*", action="*")))],
            users=[user("alice", document(allow("iam:*")))],
        )
    )
    assert outcome(files, assume(FOREIGN, action=["iam:PassRole"])) == HOLDS
    assert outcome(files, assume(USER, action=["iam:PassRole"])) == VIOLATED


def test_a_provider_that_is_trusted() -> None:
    provider = f"arn:aws:iam::{OWN}:oidc-provider/token.actions.githubusercontent.com"
    subject = "token.actions.githubusercontent.com:sub"
    web = {"action": "sts:AssumeRoleWithWebIdentity"}
    files = lone_trust(trust({"Federated": provider}, Condition={"StringLike": {subject: "repo:acme/*"}}, **web))
    for asked_subject, expected in (("repo:acme/site:ref", VIOLATED), ("repo:evil/site:ref", HOLDS)):
        asked = assume("federated", action=[web["action"]], condition={"StringEquals": {subject: [asked_subject]}})
        assert outcome(files, asked) == expected


# Always allowed.


def test_get_caller_identity_is_always_allowed_to_who_has_signed_in() -> None:
    asked = {"action": ["sts:GetCallerIdentity"]}
    assert outcome(lone_user(deny("*")), control("user", **asked)) == VIOLATED
    account = setting()
    assert outcome(account, control("account", principal=[FOREIGN], **asked)) == VIOLATED
    assert outcome(account, control("account", principal=["anonymous", "service", "federated"], **asked)) == HOLDS
    assert outcome(account, control("account", principal=[FOREIGN], action=["sts:GetFederationToken"])) == HOLDS


# Who exists.


def test_a_principal_that_the_account_does_not_have_makes_no_request() -> None:
    files = lone_bucket(allow(Principal="*"))
    assert outcome(files, by(f"arn:aws:iam::{OWN}:role/ghost")) == HOLDS
    assert outcome(files, by(f"arn:aws:iam::{FOREIGN}:role/ghost")) == VIOLATED


def test_a_principal_that_is_not_well_formed_makes_no_request() -> None:
    assert outcome(lone_bucket(allow(Principal="*")), by("arn:aws:iam::7:role/of-no-account")) == HOLDS


# Federated users of an account of the snapshot.

GUEST = f"arn:aws:sts::{OWN}:federated-user/guest"


def test_a_federated_user_may_do_at_most_what_some_user_may() -> None:
    assert reasons(lone_user(allow()), control("account", principal=[GUEST])) == FEDERATED_USER
    assert outcome(lone_user(allow("ec2:*")), control("account", principal=[GUEST])) == HOLDS
    files = setting(iam(users=[user("alice", READ)]), buckets("logs"), policy_of("logs", document(deny(Principal="*"))))
    assert outcome(files, by(GUEST)) == HOLDS


def test_a_federated_user_is_granted_access_by_a_resource() -> None:
    files = lone_bucket(allow(Principal={"AWS": GUEST}), users=[user("alice")])
    assert reasons(files, by(GUEST)) == FEDERATED_USER


# Accounts whose IAM is not known.


def test_anybody_may_be_in_an_account_whose_iam_is_not_known() -> None:
    files = two_accounts(allow(Principal={"AWS": OTHER}), errors={iam_file(OTHER): "AccessDenied"})
    assert reasons(files, by(OTHER_ROLE)) == f"{iam_file(OTHER)}: denied (AccessDenied)"
    assert outcome(files, by(OTHER_ROOT)) == VIOLATED
    denied = two_accounts(deny(Principal="*"), errors={iam_file(OTHER): "AccessDenied"})
    assert outcome(denied, by(OTHER_ROLE)) == HOLDS


def test_nobody_is_sure_to_be_in_an_account_whose_iam_is_not_known() -> None:
    files = two_accounts(allow(Principal={"AWS": OTHER}), errors={iam_file(OTHER): "AccessDenied"})
    assert outcome(files, by(OTHER_ROLE, form="require")) == INCONCLUSIVE


def test_an_account_whose_iam_is_not_known_may_use_its_own_buckets() -> None:
    files = setting(buckets("logs"), errors={iam_file(OWN): "AccessDenied"})
    assert reasons(files, by("account", not_principal=[ROOT])) == f"{iam_file(OWN)}: denied (AccessDenied)"
    assert outcome(files, by("outside-account")) == HOLDS


def test_a_role_of_an_account_whose_iam_is_not_known_may_trust_anyone() -> None:
    files = setting(errors={iam_file(OWN): "AccessDenied"})
    asked = control("account", principal=["outside-account"], action=["sts:AssumeRole"])
    assert outcome(files, asked) == INCONCLUSIVE


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(control("account", principal=["anonymous"]), id="anonymous"),
        pytest.param(control("role"), id="a role without identity policies"),
    ],
)
def test_a_bucket_of_an_account_whose_buckets_are_not_known_may_be_open(asked: Any) -> None:
    files = setting(iam(roles=[role("reader")]), errors={list_file(): "AccessDenied"})
    assert outcome(files, asked) == INCONCLUSIVE


# Every request.


def test_every_request_must_be_allowed_where_the_control_says_all() -> None:
    narrow = document(allow(resource=f"{BUCKET}/public/*"))
    asked = control("role", form="require", all=True, resource=[f"{BUCKET}/*"])
    assert outcome(two_accounts(own=[READ]), asked, ROLE) == HOLDS
    assert outcome(two_accounts(own=[narrow]), asked, ROLE) == VIOLATED
    some = control("role", form="require", resource=[f"{BUCKET}/*"])
    assert outcome(two_accounts(own=[narrow]), some, ROLE) == HOLDS
    assert outcome(two_accounts(), some, ROLE) == VIOLATED


def test_an_open_reading_decides_nothing_where_every_request_must_be_allowed() -> None:
    queue = ["arn:aws:sqs:eu-west-1:111122223333:queue"]
    files = lone_role(allow("sqs:*", "arn:aws:sqs:*:queue"))
    asked = {"action": ["sqs:SendMessage"], "resource": queue}
    assert outcome(files, control("role", form="require", all=True, **asked)) == INCONCLUSIVE
    files = lone_role(allow("sqs:*"), deny("sqs:*", "arn:aws:sqs:*:queue"))
    assert outcome(files, control("role", form="require", all=True, **asked)) == INCONCLUSIVE


def test_the_actions_that_a_trust_policy_and_an_acl_decide_are_in_lower_case() -> None:
    assert "sts:assumerolewithsaml" in ASSUME_ROLE
    assert "sts:getcalleridentity" not in ASSUME_ROLE
    assert "s3:getobject" in OBJECT_ACL_ACTIONS
    assert "s3:getbucketacl" in BUCKET_ACL_ACTIONS
    assert "s3:getbucketpolicy" not in BUCKET_ACL_ACTIONS


# What AWS settles, whatever the policies say.


@pytest.mark.parametrize("action", ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"])
def test_a_deny_does_not_keep_the_root_of_the_owner_from_the_bucket_policy(action: str) -> None:
    files = lone_bucket(deny("s3:*", Principal="*"))
    assert outcome(files, control("bucket", principal=[ROOT], action=[action], resource=["${target.arn}"])) == VIOLATED


def test_a_root_does_not_assume_a_role() -> None:
    assert outcome(lone_trust(trust({"AWS": OWN})), assume(ROOT)) == HOLDS


def test_a_trust_policy_decides_about_the_context_of_a_session() -> None:
    assert (
        outcome(lone_trust(trust({"AWS": FOREIGN}, action="sts:*")), assume(FOREIGN, action=["sts:SetContext"]))
        == VIOLATED
    )


def test_a_user_needs_no_permission_to_get_a_session_token() -> None:
    assert outcome(lone_user(deny("*")), control("user", action=["sts:GetSessionToken"])) == VIOLATED


def test_a_federated_user_may_come_from_the_root() -> None:
    assert outcome(lone_bucket(allow(Principal={"AWS": GUEST})), by(GUEST)) != HOLDS


def test_who_has_not_signed_in_does_not_assume_a_role() -> None:
    assert outcome(lone_trust(trust("*")), assume("anonymous")) == HOLDS


def test_the_account_of_a_resource_may_be_absent() -> None:
    absent = document(allow(Condition={"Null": {"aws:ResourceAccount": "true"}}))
    files = setting(buckets("logs"), iam(roles=[role("reader", absent)]))
    assert outcome(files, control("role", resource=OBJECT)) == INCONCLUSIVE


@pytest.mark.parametrize(
    "principal", [{"CanonicalUser": CANONICAL[OWN]}, {"AWS": f"arn:aws:sts::{OWN}:assumed-role/reader/s"}]
)
def test_who_is_named_otherwise_than_by_an_arn_is_asked_about(principal: Any) -> None:
    files = setting(
        iam(roles=[role("reader", READ)]), buckets("logs"), policy_of("logs", document(allow(Principal=principal)))
    )
    asked = control("bucket", principal=["account"], resource=OBJECT)
    assert outcome(files, asked) == VIOLATED


def test_a_statement_that_names_nobody_lets_nobody_in() -> None:
    files = setting(iam(roles=[role("reader")]), buckets("logs"), policy_of("logs", document(allow())))
    assert outcome(files, control("bucket", principal=[ROLE], resource=OBJECT)) == HOLDS
