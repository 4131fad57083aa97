"""Service and resource control policies over the organization tree."""

from __future__ import annotations

from typing import Any

import pytest

from checkers.cloud.organization import MAX_LEVELS
from checkers.verdict import Unreadable
from cloud.setting import (
    BUCKET,
    FOREIGN,
    FULL,
    FULL_RCP,
    HOLDS,
    INCONCLUSIVE,
    INNER,
    OTHER,
    OWN,
    RCP,
    ROLE,
    ROOT_ID,
    SCP,
    UNIT,
    VIOLATED,
    allow,
    buckets,
    control,
    deny,
    document,
    iam,
    inventory_of,
    lets_through,
    organization,
    outcome,
    policy_of,
    reasons,
    role,
    setting,
    user,
)

FOLDER = f"{OWN}/global/organizations"
DENY = document(deny("s3:*"))
DENY_RCP = document(deny("s3:*", Principal="*"))
READER = iam(roles=[role("reader", document(allow("*")))])
OPEN = [buckets("logs"), policy_of("logs", document(allow(Principal="*")))]
ASKED = control("role")
REQUIRED = control("role", form="require")
OUTSIDE = control("bucket", principal=["anonymous"], resource=[f"{BUCKET}/x"])


def with_scps(**scps: list[Any]) -> dict[str, Any]:
    """The reader's account in an organization, with service control policies at some levels."""
    names = {"root": ROOT_ID, "unit": UNIT, "inner": INNER, "account": OWN}
    return organization(OWN, scps={names[n]: d for n, d in scps.items()})


@pytest.mark.parametrize("level", ["root", "unit", "inner", "account"])
def test_a_deny_at_any_level_binds_the_account_below(level: str) -> None:
    assert outcome(setting(READER, with_scps(**{level: [FULL, DENY]})), ASKED) == HOLDS
    assert outcome(setting(READER, with_scps(**{level: [FULL]})), ASKED) == VIOLATED


@pytest.mark.parametrize("level", ["root", "unit", "inner", "account"])
def test_every_level_must_allow(level: str) -> None:
    assert outcome(setting(READER, with_scps(**{level: [document(allow("ec2:*"))]})), ASKED) == HOLDS
    assert outcome(setting(READER, with_scps(**{level: [document(allow("s3:*"))]})), ASKED) == VIOLATED
    both = [document(allow("ec2:*")), document(allow("s3:Get*"))]
    assert outcome(setting(READER, with_scps(**{level: both})), ASKED) == VIOLATED


def test_a_policy_of_another_unit_binds_nobody_here() -> None:
    files = organization(OWN, scps={"ou-acme-other": [DENY]})
    assert outcome(setting(READER, files), ASKED) == VIOLATED


def test_the_management_account_is_not_bound() -> None:
    files = organization(OWN, OTHER, scps={ROOT_ID: [FULL, DENY]}, rcps={ROOT_ID: [DENY_RCP]}, management=OWN)
    assert outcome(setting(READER, files), ASKED) == VIOLATED
    assert outcome(setting(READER, files, *OPEN), OUTSIDE) == VIOLATED
    files = organization(OWN, OTHER, scps={ROOT_ID: [FULL, DENY]}, rcps={ROOT_ID: [DENY_RCP]}, management=OTHER)
    assert outcome(setting(READER, files), ASKED) == HOLDS
    assert outcome(setting(READER, files, *OPEN), OUTSIDE) == HOLDS


def test_a_service_linked_role_is_not_bound() -> None:
    linked = role("linked", document(allow("*")), path="/aws-service-role/x.amazonaws.com/")
    files = organization(OWN, scps={ROOT_ID: [FULL, DENY]}, rcps={ROOT_ID: [DENY_RCP]})
    bound = f"arn:aws:iam::{OWN}:role/reader"
    rows = iam(roles=[linked, role("reader", document(allow("*")))])
    assert outcome(setting(rows, files, buckets("logs")), ASKED, linked["Arn"]) == VIOLATED
    assert outcome(setting(rows, files, buckets("logs")), ASKED, bound) == HOLDS


def test_the_root_user_of_a_member_is_bound() -> None:
    asked = control("bucket", principal=[f"arn:aws:iam::{OWN}:root"], resource=[f"{BUCKET}/x"])
    files = setting(buckets("logs"), with_scps(root=[FULL, DENY]))
    assert outcome(files, asked) == HOLDS
    assert outcome(setting(buckets("logs")), asked) == VIOLATED


def test_a_bucket_policy_is_its_owners_roots_unless_the_organization_says_no() -> None:
    asked = control(
        "bucket", principal=[f"arn:aws:iam::{OWN}:root"], action=["s3:DeleteBucketPolicy"], resource=[BUCKET]
    )
    parts = [buckets("logs"), policy_of("logs", document(deny("s3:*", Principal="*", Resource=[BUCKET])))]
    assert outcome(setting(*parts), asked) == VIOLATED
    assert outcome(setting(*parts, with_scps(root=[FULL, DENY])), asked) == HOLDS


def test_an_scp_binds_neither_outsiders_nor_services_but_members_outside_the_snapshot() -> None:
    files = setting(READER, organization(OWN, OTHER, scps={ROOT_ID: [FULL, DENY]}), *OPEN)
    assert outcome(files, OUTSIDE) == VIOLATED
    member = f"arn:aws:iam::{OTHER}:role/x"
    for principal, expected in ((FOREIGN, VIOLATED), (member, HOLDS), ("service", VIOLATED)):
        asked = control("bucket", principal=[principal], resource=[f"{BUCKET}/x"])
        assert outcome(files, asked) == expected, principal
    linked = f"arn:aws:iam::{OTHER}:role/aws-service-role/x/y"
    assert outcome(files, control("bucket", principal=[linked], resource=[f"{BUCKET}/x"])) == VIOLATED


def test_a_variable_in_a_policy_of_the_organization_is_each_callers_own() -> None:
    home = document({"Effect": "Deny", "Action": "s3:*", "NotResource": f"{BUCKET}/${{aws:username}}/*"})
    users = iam(users=[user(name, document(allow("s3:*"))) for name in ("alice", "bob")])
    files = setting(users, buckets("logs"), organization(OWN, scps={ROOT_ID: [FULL, home]}))
    for name, who, expected in (("alice", "alice", VIOLATED), ("bob", "bob", VIOLATED), ("alice", "bob", HOLDS)):
        asked = control("bucket", principal=[f"arn:aws:iam::{OWN}:user/{who}"], resource=[f"{BUCKET}/{name}/x"])
        assert outcome(files, asked) == expected


def test_a_key_of_the_caller_that_a_policy_compares_with_another_is_each_callers_own() -> None:
    own = document(deny("s3:*", Condition={"StringNotEquals": {"aws:username": "${app:owner}"}}))
    users = iam(users=[user(name, document(allow("s3:*"))) for name in ("alice", "bob")])
    files = setting(users, buckets("logs"), organization(OWN, scps={ROOT_ID: [FULL, own]}))
    for owner, expected in (("alice", VIOLATED), ("carol", INCONCLUSIVE)):  # carol may be a federated user
        condition = {"StringEquals": {"app:owner": [owner]}}
        asked = control("bucket", principal=["account"], resource=[f"{BUCKET}/x"], condition=condition)
        assert outcome(files, asked) == expected


# Resource control policies.


@pytest.mark.parametrize("level", [ROOT_ID, UNIT, INNER, OWN])
@pytest.mark.parametrize("principal", ["anonymous", "service", FOREIGN, "account"])
def test_an_rcp_at_any_level_binds_whoever_asks(level: str, principal: str) -> None:
    asked = control("bucket", principal=[principal], resource=[f"{BUCKET}/x"])
    files = setting(READER, organization(OWN, rcps={level: [FULL_RCP, DENY_RCP]}), *OPEN)
    assert outcome(files, asked) == HOLDS
    assert outcome(setting(READER, organization(OWN, rcps={}), *OPEN), asked) == VIOLATED


def test_an_rcp_needs_no_allow() -> None:
    files = setting(READER, organization(OWN, rcps={ROOT_ID: [document(deny("sqs:*", Principal="*"))]}), *OPEN)
    assert outcome(files, OUTSIDE) == VIOLATED


def test_an_rcp_of_another_account_does_not_bind_this_resource() -> None:
    files = setting(READER, organization(OWN, OTHER, rcps={OTHER: [DENY_RCP]}), *OPEN)
    assert outcome(files, OUTSIDE) == VIOLATED


def test_an_rcp_binds_a_request_for_no_resource_by_the_account_of_the_caller() -> None:
    deny_all = document(deny("s3:ListAllMyBuckets", Principal="*"))
    asked = control("role", action=["s3:ListAllMyBuckets"])
    request = {"principal": ROLE, "action": "s3:ListAllMyBuckets", "resource": "*"}
    files = setting(READER, organization(OWN, OTHER, rcps={OWN: [deny_all]}))
    assert lets_through(files, asked, request) == (False, False)
    files = setting(READER, organization(OWN, OTHER, rcps={OTHER: [deny_all]}))
    assert lets_through(files, asked, request) == (True, True)


def test_whether_an_rcp_binds_a_service_that_is_not_listed_is_read_both_ways() -> None:
    files = setting(READER, organization(OWN, rcps={ROOT_ID: [document(deny("*", Principal="*"))]}))
    asked = control("role", action=["ec2:StopInstances"], resource=[f"arn:aws:ec2:*:{OWN}:instance/*"])
    assert reasons(files, asked) == "rcp-services"
    keys = [f"arn:aws:kms:*:{OWN}:key/*"]
    assert outcome(files, control("role", action=["kms:Decrypt"], resource=keys)) == HOLDS


@pytest.mark.parametrize("principal", [{"Principal": {"AWS": OTHER}}, {"NotPrincipal": "*"}])
def test_an_rcp_with_another_principal_cannot_be_read(principal: Any) -> None:
    odd = document({"Effect": "Deny", "Action": "s3:*", "Resource": "*", **principal})
    files = setting(READER, organization(OWN, rcps={ROOT_ID: [odd]}), *OPEN)
    assert "a Principal other than `*` in a resource control policy" in reasons(files, OUTSIDE)


def test_an_rcp_without_a_principal_is_about_everyone() -> None:
    files = setting(READER, organization(OWN, rcps={ROOT_ID: [DENY]}), *OPEN)
    assert outcome(files, OUTSIDE) == HOLDS


# What is not known.

LISTED = organization(OWN, scps={ROOT_ID: [FULL, DENY]})
DENIED = f"{FOLDER}/describe-policy/p-ser-{ROOT_ID}-0.json"
UNKNOWN = [
    ("the list of policies", organization(OWN), {f"{FOLDER}/list-policies/{SCP}.json": "AccessDenied"}, f"unmodelled: {FOLDER}/list-policies/{SCP}.json: service control policies are not known: denied (AccessDenied)"),
    ("the targets", LISTED, {f"{FOLDER}/list-targets-for-policy/p-ser-{ROOT_ID}-1.json": "Throttling"}, f"unmodelled: {FOLDER}/list-targets-for-policy/p-ser-{ROOT_ID}-1.json: service control policies are not known: error (Throttling)"),
    ("a parent", LISTED, {f"{FOLDER}/list-parents/{UNIT}.json": "AccessDenied"}, f"unmodelled: {FOLDER}/list-parents/{UNIT}.json: service control policies are not known: denied (AccessDenied)"),
    ("two parents", LISTED | {f"{FOLDER}/list-parents/{UNIT}.json": {"Parents": []}}, {}, f"unmodelled: {FOLDER}/list-parents/{UNIT}.json: service control policies are not known: 0 parents, not one"),
    ("the accounts", LISTED, {f"{FOLDER}/list-accounts.json": "AccessDenied"}, f"unmodelled: {FOLDER}/list-accounts.json: service control policies are not known: denied (AccessDenied)"),
    ("a level without a policy", organization(OWN, scps={UNIT: [], ROOT_ID: [FULL, DENY]}), {}, f"unmodelled: {FOLDER}/list-policies/{SCP}.json: service control policies are not known: none is attached to {UNIT}"),
    ("the management account", organization(OWN, scps={ROOT_ID: [FULL, DENY]}, management=""), {}, f"unmodelled: {FOLDER}/describe-organization.json: service control policies are not known: the management account is not named"),
    ("the organization, denied", {}, {f"{FOLDER}/describe-organization.json": "AccessDenied"}, f"unmodelled: {FOLDER}/describe-organization.json: {FOLDER}/describe-organization.json: denied (AccessDenied)"),
    ("the organization, an error", {}, {f"{FOLDER}/describe-organization.json": "Throttling"}, f"unmodelled: {FOLDER}/describe-organization.json: {FOLDER}/describe-organization.json: error (Throttling)"),
    ("the list of RCPs", organization(OWN), {f"{FOLDER}/list-policies/{RCP}.json": "AccessDenied"}, f"unmodelled: {FOLDER}/list-policies/{RCP}.json: resource control policies are not known: denied (AccessDenied)"),
]  # fmt: skip


@pytest.mark.parametrize(("parts", "errors", "reason"), [pytest.param(*c[1:], id=c[0]) for c in UNKNOWN])
def test_what_is_not_known_may_deny(parts: Any, errors: Any, reason: str) -> None:
    files = setting(READER, parts, errors=errors)
    assert reasons(files, ASKED) == reason
    assert reasons(files, REQUIRED) == reason
    assert outcome(files, control("role", action=["sts:GetCallerIdentity"])) == INCONCLUSIVE
    never = control("role", action=["iam:CreatePolicyVersion"], resource=["arn:aws:iam::aws:policy/x"])
    assert outcome(files, never) == HOLDS


def test_what_is_not_known_does_not_touch_who_is_no_member() -> None:
    rows = iam(roles=[role("reader", document(allow("*")), account=OTHER)], account=OTHER)
    errors = {f"{FOLDER}/list-policies/{SCP}.json": "AccessDenied"}
    files = setting(READER, rows, organization(OWN), accounts=(OWN, OTHER), errors=errors)
    assert outcome(files, ASKED, f"arn:aws:iam::{OTHER}:role/reader") == VIOLATED
    assert outcome(files, ASKED, ROLE) == INCONCLUSIVE


def test_a_document_that_is_not_known_may_deny_and_is_named() -> None:
    files = setting(READER, organization(OWN, scps={ROOT_ID: [FULL]}), errors={DENIED: "AccessDenied"})
    assert f"{DENIED}: denied (AccessDenied)" in reasons(files, ASKED)
    files = setting(READER, organization(OWN, scps={ROOT_ID: ["{"]}))
    assert DENIED in reasons(files, ASKED)


HARMLESS = [
    ("no organization", {}, {f"{FOLDER}/describe-organization.json": "AWSOrganizationsNotInUseException"}),
    ("an organization that was not collected", {}, {}),
    ("no policies", organization(OWN), {}),
    ("FullAWSAccess", organization(OWN, scps={}, rcps={}), {}),
    ("FullAWSAccess, the tree not known", organization(OWN, scps={}, rcps={}), {f"{FOLDER}/list-parents/{OWN}.json": "AccessDenied"}),
    ("a type that is not enabled", organization(OWN, scps={ROOT_ID: [DENY]}) | {f"{FOLDER}/list-roots.json": {"Roots": [{"Id": ROOT_ID, "PolicyTypes": []}]}}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("parts", "errors"), [pytest.param(*c[1:], id=c[0]) for c in HARMLESS])
def test_what_is_there_and_empty_changes_nothing(parts: Any, errors: Any) -> None:
    files = setting(READER, parts, *OPEN, errors=errors)
    assert inventory_of(files).unmodelled == ()
    assert outcome(files, ASKED) == VIOLATED
    assert outcome(files, OUTSIDE) == VIOLATED


def test_a_type_that_is_enabled_binds() -> None:
    types = [{"Type": SCP, "Status": "ENABLED"}]
    roots = {f"{FOLDER}/list-roots.json": {"Roots": [{"Id": ROOT_ID, "PolicyTypes": types}]}}
    assert outcome(setting(READER, organization(OWN, scps={ROOT_ID: [FULL, DENY]}), roots), ASKED) == HOLDS


def test_a_response_in_another_form_is_refused() -> None:
    for value, message in (
        ({"Policies": None}, "Policies is not a list of objects"),
        ({"Policies": [{}]}, "Id is None, not text"),
    ):
        files = setting(organization(OWN, scps={}), {f"{FOLDER}/list-policies/{SCP}.json": value})
        with pytest.raises(Unreadable, match=f"{FOLDER}/list-policies/{SCP}.json: {message}"):
            _ = inventory_of(files).unmodelled
    files = setting(organization(OWN), {f"{FOLDER}/describe-organization.json": {}})
    with pytest.raises(Unreadable, match="Organization is not an object"):
        _ = inventory_of(files).unmodelled


def test_a_tree_that_does_not_end_is_refused() -> None:
    loop = {f"{FOLDER}/list-parents/{UNIT}.json": {"Parents": [{"Id": INNER}]}}
    with pytest.raises(Unreadable, match=f"more than {MAX_LEVELS} levels above account {OWN}"):
        _ = inventory_of(setting(organization(OWN, scps={ROOT_ID: [DENY]}), loop)).unmodelled


def test_what_one_account_may_not_see_another_has() -> None:
    other = f"{OTHER}/global/organizations"
    seen = organization(OWN, OTHER, scps={ROOT_ID: [FULL, DENY]}, account=OTHER)
    own = {f"{FOLDER}/describe-organization.json": {"Organization": {"Id": "o-1", "MasterAccountId": FOREIGN}}}
    errors = {f"{FOLDER}/list-accounts.json": "AccessDeniedException"}
    files = setting(READER, seen, own, accounts=(OWN, OTHER), errors=errors)
    assert outcome(files, ASKED) == HOLDS
    assert f"{other}/list-accounts.json" in files
    assert inventory_of(files).unmodelled == ()


# Boundaries.

LIMIT = f"arn:aws:iam::{OWN}:policy/limit"


def limited(statement: Any, **more: Any) -> dict[str, Any]:
    policies = [{"PolicyName": "limit", "Arn": LIMIT, "PolicyVersionList": [{"IsDefaultVersion": True, "Document": document(statement)}]}]  # fmt: skip
    boundary = {"PermissionsBoundary": {"PermissionsBoundaryArn": LIMIT}}
    return iam(
        roles=[role("reader", document(allow("*")), **boundary)],
        users=[user("alice", **boundary), user("bob", document(allow("*")))],
        policies=policies,
        **more,
    )


def test_a_boundary_limits_identity_policies() -> None:
    assert outcome(setting(limited(allow("ec2:*"))), ASKED) == HOLDS
    assert outcome(setting(limited(allow("s3:*"))), ASKED) == VIOLATED
    assert outcome(setting(limited(deny("s3:*"))), ASKED) == HOLDS
    assert outcome(setting(limited(allow("ec2:*"))), control("user"), f"arn:aws:iam::{OWN}:user/bob") == VIOLATED


def test_a_boundary_that_is_not_in_the_export_may_limit() -> None:
    lost = {"PermissionsBoundary": {"PermissionsBoundaryArn": "arn:aws:iam::aws:policy/Limit"}}
    files = setting(iam(roles=[role("reader", document(allow("*")), **lost)]))
    assert "arn:aws:iam::aws:policy/Limit is attached but its document is not in the snapshot" in reasons(files, ASKED)
    files = setting(iam(roles=[role("reader", document(allow("*")), PermissionsBoundary={})]))
    assert "a boundary of unknown ARN" in reasons(files, ASKED)


def test_a_boundary_limits_a_grant_to_a_role_and_not_one_to_a_user_or_everyone() -> None:
    alice = f"arn:aws:iam::{OWN}:user/alice"
    for principal, target, expected in (
        ({"AWS": ROLE}, ROLE, HOLDS),
        ({"AWS": alice}, alice, VIOLATED),
        ("*", ROLE, VIOLATED),
        ({"AWS": OWN}, ROLE, HOLDS),
    ):
        files = setting(
            limited(allow("ec2:*")), buckets("logs"), policy_of("logs", document(allow(Principal=principal)))
        )
        asked = control("bucket", principal=[target], resource=[f"{BUCKET}/x"])
        assert outcome(files, asked) == expected, principal


def test_a_deny_with_not_principal_always_hits_who_has_a_boundary() -> None:
    alice, bob = (f"arn:aws:iam::{OWN}:user/{name}" for name in ("alice", "bob"))
    spare = {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "NotPrincipal": {"AWS": [alice, bob, OWN]}}
    statements = document(spare, allow("s3:*", Principal={"AWS": [alice, bob]}))
    files = setting(limited(allow("*")), buckets("logs"), policy_of("logs", statements))
    for principal, expected in ((alice, HOLDS), (bob, VIOLATED)):
        assert outcome(files, control("bucket", principal=[principal], resource=[f"{BUCKET}/x"])) == expected
