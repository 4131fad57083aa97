"""What the snapshot says of the organization, and the ledger of what is there and not modelled."""

from __future__ import annotations

import json
from typing import Any

import pytest

from checkers.cloud.inventory import DECIDE_NOTHING
from checkers.verdict import Unreadable
from cloud.setting import (
    BUCKET,
    CANONICAL,
    FOREIGN,
    HOLDS,
    INCONCLUSIVE,
    OTHER,
    OWN,
    ROLE,
    VIOLATED,
    allow,
    buckets,
    control,
    deny,
    document,
    iam,
    iam_file,
    inventory_of,
    list_file,
    organization,
    outcome,
    policy_of,
    reasons,
    role,
    s3_file,
    setting,
    user,
)

FOLDER = f"{OWN}/global/organizations"
Files = dict[str, Any]


READER = iam(roles=[role("reader", document(allow()))])
OPEN = [buckets("logs"), policy_of("logs", document(allow(Principal="*")))]
ROLE_ASKED = control("role")
ROLE_REQUIRED = control("role", form="require")
ANONYMOUS = control("bucket", principal=["anonymous"], resource=[f"{BUCKET}/x"])
NOTHING = control("role", action=["s3:PutObject"])


# Files that are not modelled.


NO_POLICY = [
    ("a queue", "sqs/get-queue-attributes/q", {"Attributes": {"QueueArn": "arn:aws:sqs:eu-west-1:1:q", "Policy": ""}}),
    ("a topic", "sns/get-topic-attributes/t", {"Attributes": {"Policy": "", "TopicArn": "arn:aws:sns:eu-west-1:1:t"}}),
    ("a secret", "secretsmanager/get-resource-policy/s", {"Name": "s"}),
    ("a list of queues", "sqs/list-queues", {"QueueUrls": []}),
    ("a list of functions", "lambda/list-functions", {"Functions": []}),
    ("no VPC endpoints", "ec2/describe-vpc-endpoints", {"VpcEndpoints": []}),
]


@pytest.mark.parametrize(("path", "value"), [pytest.param(*c[1:], id=c[0]) for c in NO_POLICY])
def test_a_response_that_is_there_and_empty_is_no_ledger_entry(path: str, value: Any) -> None:
    assert inventory_of(setting({f"{OWN}/eu-west-1/{path}.json": value})).unmodelled == ()


POLICIES = [
    ("an operation of another service", "sagemaker/list-models", {"Models": [1]}, "sagemaker:*"),
    ("an operation in no list", "iam/list-saml-providers", {"SAMLProviderList": [1]}, "iam:*"),
    ("a service of another name", "stepfunctions/list-state-machines", {"stateMachines": [1]}, "states:*"),
]


@pytest.mark.parametrize(("path", "value", "actions"), [pytest.param(*c[1:], id=c[0]) for c in POLICIES])
def test_a_response_that_is_not_modelled_touches_its_service(path: str, value: Any, actions: str) -> None:
    files = setting(READER, {f"{OWN}/eu-west-1/{path}.json": value})
    (entry,) = inventory_of(files).unmodelled
    assert (entry.where, entry.can_allow, entry.can_deny) == (f"{OWN}/eu-west-1/{path}.json", True, True)
    assert outcome(files, control("account", principal=["anonymous"], action=[actions])) == INCONCLUSIVE
    assert outcome(files, control("account", principal=["anonymous"], action=["dynamodb:*"])) == HOLDS


def test_an_unmodelled_response_that_is_cut_off_is_a_ledger_entry() -> None:
    files = setting({f"{OWN}/eu-west-1/sagemaker/list-models.json": {"Models": [], "NextToken": "x"}})
    assert len(inventory_of(files).unmodelled) == 1


@pytest.mark.parametrize(
    "path", ["notes.json", f"{FOREIGN}/global/s3/list-buckets.json", f"{OWN}/global/iam.json", "a/b/c/d/e.json"]
)
def test_a_file_of_no_account_touches_everything(path: str) -> None:
    files = setting(READER, {path: {"any": "thing"}})
    reason = f"unmodelled: {path}: not a file of an account of the snapshot"
    assert reasons(files, ROLE_ASKED) == reason
    assert reasons(files, NOTHING) == reason
    assert reasons(files, ROLE_REQUIRED) == reason


@pytest.mark.parametrize(("service", "operation"), sorted(DECIDE_NOTHING))
def test_an_operation_that_is_read_or_decides_nothing_is_no_ledger_entry(service: str, operation: str) -> None:
    path = f"{OWN}/global/{service}/{operation}.json"
    files = setting()
    if path not in files and operation not in ("describe-organization", "list-accounts"):
        assert inventory_of({**files, path: {"any": "thing"}}).unmodelled == ()


def test_the_ledger_has_a_fixed_order() -> None:
    model = f"{OWN}/eu-west-1/sagemaker/list-models.json"
    errors = {f"{FOLDER}/list-policies/SERVICE_CONTROL_POLICY.json": "AccessDenied", list_file(): "AccessDenied"}
    files = setting(organization(OWN), {model: {"Models": [1]}}, errors=errors)
    wheres = [u.where for u in inventory_of(files).unmodelled]
    assert wheres == [model, list_file(), f"{FOLDER}/list-policies/SERVICE_CONTROL_POLICY.json"]
    assert wheres == [u.where for u in inventory_of(dict(reversed(files.items()))).unmodelled]


# Facts that could not be had.

NOT_HAD = [
    ("roles", iam_file(OWN), "sts:AssumeRole", control("account", principal=[FOREIGN], action=["sts:AssumeRole"])),
    ("buckets", list_file(), "s3:GetObject", control("account", principal=[FOREIGN])),
]


@pytest.mark.parametrize("code", ["AccessDenied", "Throttling", "NoSuchEntity"])
@pytest.mark.parametrize(("path", "action", "asked"), [pytest.param(*c[1:], id=c[0]) for c in NOT_HAD])
def test_roles_and_buckets_that_could_not_be_listed_may_be_open(path: str, action: str, asked: Any, code: str) -> None:
    files = setting(errors={path: code})
    assert reasons(files, asked).startswith(f"unmodelled: {path}: {path}: ")
    wanted = control("account", form="require", principal=[FOREIGN], action=[action])
    assert outcome(files, wanted) == INCONCLUSIVE


def test_lists_that_were_never_asked_for_are_an_assumption() -> None:
    files = {path: value for path, value in setting().items() if path not in (iam_file(OWN), list_file())}
    assert inventory_of(files).unmodelled == ()


# What is known of accounts and principals.


def test_the_members_of_the_organization() -> None:
    inventory = inventory_of(setting(organization(OWN, FOREIGN), accounts=(OWN, OTHER)))
    assert (inventory.organization, inventory.members, inventory.knows_members) == ("o-1", (OWN, FOREIGN), True)


def test_who_is_of_the_organization_is_not_known_where_there_are_several() -> None:
    two = organization(OWN, name="o-1") | organization(account=OTHER, name="o-2")
    files = setting(two, *OPEN, accounts=(OWN, OTHER))
    for principal in ("organization", "outside-organization"):
        asked = control("bucket", principal=[principal], resource=[f"{BUCKET}/x"])
        assert reasons(files, asked) == "the snapshot has accounts of several organizations: o-1, o-2"
    assert outcome(files, ANONYMOUS) == VIOLATED


def test_a_password_policy_that_lets_nobody_change_a_password_decides_nothing() -> None:
    path = f"{OWN}/global/iam/get-account-password-policy.json"
    files = setting(iam(users=[user("alice")]), {path: {"PasswordPolicy": {"AllowUsersToChangePassword": False}}})
    assert inventory_of(files).unmodelled == ()
    assert outcome(files, control("user", action=["iam:ChangePassword"])) == HOLDS


def test_without_an_organization_the_accounts_of_the_snapshot_are_its_members() -> None:
    inventory = inventory_of(setting(accounts=(OTHER, OWN)))
    assert (inventory.organization, inventory.members, inventory.knows_members) == ("", (OWN, OTHER), False)


ORGANIZATIONS = [
    ("no organization", "describe-organization", {}, "Organization is not an object"),
    ("an organization without id", "describe-organization", {"Organization": {}}, "Id is None, not text"),
    ("accounts that are null", "list-accounts", {"Accounts": None}, "Accounts is not a list of objects"),
    ("an account of three digits", "list-accounts", {"Accounts": [{"Id": "123"}]}, "Id is '123', not twelve digits"),
]


@pytest.mark.parametrize(("operation", "value", "message"), [pytest.param(*c[1:], id=c[0]) for c in ORGANIZATIONS])
def test_an_organization_that_is_refused(operation: str, value: Any, message: str) -> None:
    files = setting(organization(OWN), {f"{FOLDER}/{operation}.json": value}, *OPEN)
    with pytest.raises(Unreadable) as caught:
        outcome(
            files,
            control("bucket", principal=["organization"], condition={"StringEquals": {"aws:PrincipalOrgID": ["o-1"]}}),
        )
    assert str(caught.value) == f"{FOLDER}/{operation}.json: {message}"


def test_principals_by_arn_and_by_id() -> None:
    files = setting(iam(users=[user("alice")], roles=[role("reader")]), iam(OTHER), accounts=(OWN, OTHER))
    inventory = inventory_of(files)
    assert sorted(inventory.principals) == [ROLE, f"arn:aws:iam::{OWN}:user/alice"]
    assert inventory.unique_ids == {"AROAREADER": ROLE, "AIDAALICE": f"arn:aws:iam::{OWN}:user/alice"}
    assert inventory.owners == {CANONICAL[OWN]: OWN, CANONICAL[OTHER]: OTHER}
    roots = [f"arn:aws:iam::{a}:root" for a in (OWN, OTHER)]
    assert list(inventory.callers)[-2:] == roots


# Keys of the organization.

BY_ID = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}
BY_PATH = {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/*"}}


@pytest.mark.parametrize("condition", [pytest.param(BY_ID, id="id"), pytest.param(BY_PATH, id="path")])
@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        pytest.param(OTHER, VIOLATED, id="a member that is not in the snapshot"),
        pytest.param("account", VIOLATED, id="a member of the snapshot"),
        pytest.param("outside-organization", HOLDS, id="everyone else"),
        pytest.param("service", HOLDS, id="a service"),
    ],
)
def test_only_members_have_the_keys_of_the_organization(condition: Any, principal: str, expected: str) -> None:
    rows = iam(roles=[role("reader")])
    policy = policy_of("logs", document(allow(Principal="*", Condition=condition)))
    files = setting(rows, buckets("logs"), policy, organization(OWN, OTHER))
    assert outcome(files, control("bucket", principal=[principal], resource=[f"{BUCKET}/x"])) == expected


def test_members_have_no_other_organization() -> None:
    for condition in (
        {"StringEquals": {"aws:PrincipalOrgID": "o-2"}},
        {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-2/*"}},
    ):
        policy = policy_of("logs", document(allow(Principal="*", Condition=condition)))
        files = setting(buckets("logs"), policy, organization(OWN, OTHER))
        assert outcome(files, control("bucket", principal=[OTHER], resource=[f"{BUCKET}/x"])) == HOLDS
        assert outcome(files, control("bucket", principal=[FOREIGN], resource=[f"{BUCKET}/x"])) == VIOLATED


# What is not known never reads as nothing.


def org_bucket(*parts: Files, errors: dict[str, str] | None = None, principal: Any = FOREIGN) -> Files:
    policy = policy_of("logs", document(allow(Principal={"AWS": principal}, resource=f"{BUCKET}/x")))
    return setting(buckets("logs"), policy, *parts, errors=errors)


@pytest.mark.parametrize(
    "path",
    ["eu-west-1/sqs/get-queue-attributes/jobs", "eu-west-1/lambda/get-policy/f", "global/s3control/list-access-points"],
)
@pytest.mark.parametrize("code", ["AccessDenied", "Throttling"])
def test_a_fact_that_was_denied_is_a_ledger_entry(path: str, code: str) -> None:
    files = setting(errors={f"{OWN}/{path}.json": code})
    asked = control("account", principal=["anonymous"], action=["sqs:*", "lambda:*", "s3:GetObject"])
    assert outcome(files, asked) == INCONCLUSIVE


@pytest.mark.parametrize(
    ("parts", "errors"),
    [
        pytest.param({}, {f"{FOLDER}/list-accounts.json": "AccessDenied"}, id="denied"),
        pytest.param({f"{FOLDER}/list-accounts.json": {"Accounts": [{"Id": OWN}], "NextToken": "x"}}, {}, id="cut off"),
    ],
)
def test_members_that_could_not_be_listed_are_not_known(parts: Files, errors: dict[str, str]) -> None:
    files = org_bucket(organization(), parts, errors=errors)
    asked = control("bucket", principal=["organization"], not_principal=["account"], resource=[f"{BUCKET}/x"])
    assert outcome(files, asked) == INCONCLUSIVE


def test_a_snapshot_of_two_organizations_keeps_them_apart() -> None:
    policy = policy_of(
        "logs", document(allow(Principal="*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-2"}}))
    )
    files = setting(
        iam(OTHER, roles=[role("reader", document(allow()), account=OTHER)]),
        buckets("logs"),
        policy,
        organization(name="o-1"),
        organization(OTHER, account=OTHER, name="o-2"),
        accounts=(OWN, OTHER),
    )
    assert outcome(files, control("bucket", principal=[OTHER], resource=[f"{BUCKET}/x"])) != HOLDS


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param(s3_file("get-bucket-policy", "ghost"), {"Policy": json.dumps(document(allow(Principal="*")))}, id="the policy of a bucket that is not listed"),
        pytest.param(f"{OWN}/eu-west-1/iam/get-account-authorization-details.json", {"RoleDetailList": [1]}, id="details in a region"),
        pytest.param(f"{OWN}/global/iam/get-account-authorization-details/2.json", {"RoleDetailList": [1]}, id="a second page of details"),
    ],
)  # fmt: skip
def test_a_file_that_nothing_reads_is_a_ledger_entry(path: str, value: Any) -> None:
    assert inventory_of(setting({path: value})).unmodelled != ()


@pytest.mark.parametrize(
    ("path", "action"),
    [
        ("apigatewayv2/get-apis", "execute-api:Invoke"),
        ("elbv2/describe-trust-stores", "elasticloadbalancing:DeleteLoadBalancer"),
        ("stepfunctions/list-state-machines", "states:StartExecution"),
        ("sesv2/get-email-identity/x", "ses:SendEmail"),
        ("ram/get-resource-policies", "ec2:RunInstances"),
    ],
)
def test_a_response_that_is_not_modelled_touches_the_actions_that_it_decides(path: str, action: str) -> None:
    files = setting({f"{OWN}/eu-west-1/{path}.json": {"items": [{"policy": "{}"}]}})
    assert outcome(files, control("account", principal=["anonymous"], action=[action])) == INCONCLUSIVE


def test_the_password_policy_may_let_users_change_their_passwords() -> None:
    path = f"{OWN}/global/iam/get-account-password-policy.json"
    files = setting(iam(users=[user("alice")]), {path: {"PasswordPolicy": {"AllowUsersToChangePassword": True}}})
    assert outcome(files, control("user", action=["iam:ChangePassword"])) != HOLDS


def test_a_policy_of_the_organization_that_is_not_listed_is_a_ledger_entry() -> None:
    ghost = {f"{FOLDER}/describe-policy/p-ghost.json": {"Policy": {"Content": json.dumps(document(deny("*")))}}}
    assert outcome(setting(READER, organization(OWN), ghost), ROLE_ASKED) == INCONCLUSIVE


def test_an_account_in_the_organization_is_one_of_its_members() -> None:
    policy = policy_of("logs", document(allow(Principal="*", Condition=BY_ID)))
    files = setting(READER, buckets("logs"), policy, organization(OTHER))
    outside = control("bucket", principal=["outside-organization"], resource=[f"{BUCKET}/x"])
    try:
        assert outcome(files, outside) == INCONCLUSIVE
    except Unreadable:
        return


@pytest.mark.parametrize("kind", ["BACKUP_POLICY", "AISERVICES_OPT_OUT_POLICY"])
def test_a_policy_of_the_organization_that_decides_no_request_changes_nothing(kind: str) -> None:
    other = {f"{FOLDER}/list-policies/{kind}.json": {"Policies": [{"Id": "p-1", "Type": kind}]}}
    assert outcome(setting(READER, organization(OWN), other), ROLE_ASKED) == VIOLATED


def test_a_tag_policy_leaves_a_refutation_standing() -> None:
    other = {f"{FOLDER}/list-policies/TAG_POLICY.json": {"Policies": [{"Id": "p-1", "Type": "TAG_POLICY"}]}}
    files = setting(READER, organization(OWN), other)
    assert outcome(files, ROLE_ASKED) == INCONCLUSIVE
    assert outcome(files, NOTHING) == HOLDS
