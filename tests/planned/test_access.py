"""Things that decide requests, written as answers: what the checker reads of them, and what controls say."""

from __future__ import annotations

import json

import pytest

from auditctl.planned.draft import Draft
from auditctl.planned.things import Bucket, Group, ManagedPolicy, Permission, Policy, Queue, Thing, Unmodelled, User
from checkers.cloud.snapshot import Snapshot, State
from planned.outcomes import POLICIES, inventory_of, outcome, outcomes, policy, reasons, results
from planned.some_things import (
    EVERYBODY,
    HOLDS,
    INCONCLUSIVE,
    OTHER,
    OWN,
    REGION,
    STRANGER,
    VIOLATED,
    Json,
    allow,
    at,
    bucket,
    draft_of,
    function,
    key,
    origin,
    permission,
    queue,
    repository,
    role,
    secret,
    topic,
    unwritten,
    written,
)

# Nothing, and things without a policy.


def test_a_plan_with_nothing_leaves_no_list_open() -> None:
    inventory = inventory_of(draft_of())
    assert inventory.unmodelled == ()
    assert [problem for account in inventory.guarded.values() for problem in account.problems] == []
    assert [r.name for r in inventory.resources if r.kind != "event-bus" and r.documents] == []
    assert (inventory.organization, inventory.buckets, inventory.callers) == ("", (), (f"arn:aws:iam::{OWN}:root",))


def test_things_without_policies_have_what_aws_gives_them_and_every_claim_is_decided() -> None:
    draft = Draft({"kind": "terraform"})
    things = (
        bucket(),
        role(),
        User(**at("u"), name="dana"),
        Group(**at("g"), name="staff"),
        ManagedPolicy(**at("p"), name="read", policy=written(allow("s3:GetObject"))),
        key(draft),
        queue(),
        topic(),
        function(),
        secret(draft),
        repository(),
    )
    draft_of(*things, draft=draft)
    names = sorted(path.stem for path in POLICIES.glob("*.yaml"))
    kinds = ("bucket", "role", "user", "group", "policy", "key", "queue", "topic", "function", "secret", "repository")
    found = results(draft, *(n for n in names if policy(n).for_each in kinds))
    assert {target for _, target in found} >= {"logs", "app", "dana", "staff", "read", "jobs", "news", "hook"}
    assert [claim for claim, one in found.items() if one.outcome.value != HOLDS] == []
    assert inventory_of(draft).unmodelled == ()


# Policies: violated where one opens the thing, and not known where the policy is not.


def opened(policy: Policy | None, draft: Draft) -> dict[str, Thing]:
    """A thing of each kind whose policy a control speaks of, by the control."""
    return {
        "bucket-settings-outside-account": bucket(policy=policy),
        "key-outside-organization": key(draft, policy=policy),
        "queue-anonymous": queue(policy=policy),
        "topic-anonymous": topic(policy=policy),
        "secret-outside-account": secret(draft, policy=policy),
        "repository-outside-organization": repository(policy=policy),
    }


OPEN: dict[str, Json] = {
    "bucket-settings-outside-account": allow("s3:*", "arn:aws:s3:::logs", **STRANGER),
    "key-outside-organization": allow("kms:Decrypt", **STRANGER),
    "queue-anonymous": allow("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{OWN}:jobs", **EVERYBODY),
    "topic-anonymous": allow("sns:Publish", f"arn:aws:sns:{REGION}:{OWN}:news", **EVERYBODY),
    "secret-outside-account": allow("secretsmanager:GetSecretValue", **STRANGER),
    "repository-outside-organization": {"Effect": "Allow", "Action": "ecr:BatchGetImage", "Principal": "*"},
}


@pytest.mark.parametrize("name", OPEN)
def test_the_policy_of_a_resource_is_read(name: str) -> None:
    draft = Draft({})
    draft_of(opened(written(OPEN[name]), draft)[name], draft=draft)
    assert outcome(draft, name) == VIOLATED


@pytest.mark.parametrize("name", OPEN)
def test_a_policy_that_is_not_known_yet_leaves_the_claim_open_and_is_named(name: str) -> None:
    draft = Draft({})
    draft_of(opened(unwritten("the_policy.one.document"), draft)[name], draft=draft)
    assert "the_policy.one.document is known after apply" in reasons(draft, name)


@pytest.mark.parametrize("name", OPEN)
def test_the_origin_of_a_policy_is_noted_where_the_checker_has_the_document(name: str) -> None:
    draft = Draft({})
    draft_of(opened(written(OPEN[name], address="the_policy.one"), draft)[name], draft=draft)
    inventory = inventory_of(draft)
    origins = [d.origin for r in inventory.resources for d in r.documents if "/list-grants/" not in d.origin.file]
    origins += [b.policy.origin for b in inventory.buckets if b.policy]
    (found,) = origins
    assert draft.documents[found.file][found.path].address == "the_policy.one"


# Other resources.


def test_grants_of_a_key_are_read() -> None:
    draft = Draft({})
    grant = {"GrantId": "g", "GranteePrincipal": f"arn:aws:iam::{OTHER}:role/backup", "Operations": ["Decrypt"]}
    draft_of(key(draft, grants=(grant,)), draft=draft)
    assert outcome(draft, "key-outside-organization") == VIOLATED


def test_a_key_that_was_there_before_may_have_grants() -> None:
    draft = Draft({})
    draft_of(key(draft, policy=written(), exists=True), draft=draft)
    assert "is not made by the plan" in reasons(draft, "key-outside-organization")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (permission("*"), VIOLATED),
        (permission("*", qualifier="live"), VIOLATED),
        (permission("*", action="lambda:InvokeFunctionUrl", auth_type="NONE"), VIOLATED),
        (permission("*", organization="o-a1b2c3d4e5"), VIOLATED),  # of an organization that the plan is not in
        (permission(OTHER), VIOLATED),
        (permission(OWN), HOLDS),
        (permission("s3.amazonaws.com", source_account=OWN), HOLDS),
        (permission(f"arn:aws:iam::{OWN}:role/app"), HOLDS),
    ],
)
def test_permissions_of_a_function(given: Permission, expected: str) -> None:
    assert outcome(draft_of(function(given)), "function-public") == expected


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, VIOLATED),
        ({"source_account": OWN}, HOLDS),
        ({"source_arn": f"arn:aws:sns:{REGION}:{OWN}:news"}, HOLDS),
        ({"source_arn": "arn:aws:s3:::logs"}, VIOLATED),
    ],
)
def test_a_service_that_may_run_a_function(more: Json, expected: str) -> None:
    draft = draft_of(function(permission("s3.amazonaws.com", **more)))
    assert outcome(draft, "function-source-confused-deputy") == expected
    (statement,) = json.loads(draft.answers[f"{OWN}/{REGION}/lambda/get-policy/hook.json"]["Policy"])["Statement"]
    assert statement["Principal"] == {"Service": "s3.amazonaws.com"}


@pytest.mark.parametrize("kind", ["text", "name"])
def test_a_permission_for_a_principal_that_is_not_known_yet_leaves_the_claim_open(kind: str) -> None:
    draft = Draft({})
    principal = draft.unknown("aws_lambda_permission.one.principal", kind, example="*")
    draft_of(function(permission(principal)), draft=draft)
    assert "aws_lambda_permission.one.principal is known after apply" in reasons(draft, "function-public")


def test_each_permission_has_its_origin() -> None:
    draft = draft_of(function(permission("*"), permission(OTHER, sid="two", origin=origin("two"))))
    places = draft.documents[f"{OWN}/{REGION}/lambda/get-policy/hook.json"]
    assert places["$.Policy.Statement[1]"].address == "two"


@pytest.mark.parametrize("expected", [INCONCLUSIVE, HOLDS])
def test_a_secret_whose_name_no_file_can_have_stays_open_if_it_has_a_policy(expected: str) -> None:
    draft = Draft({})
    policy = written(allow("secretsmanager:*", **STRANGER)) if expected == INCONCLUSIVE else None
    draft_of(secret(draft, "/db/password", policy=policy), draft=draft)
    assert outcome(draft, "secret-outside-account") == expected


# Resources that are not read.


def test_a_resource_that_is_not_read_touches_the_actions_of_its_service() -> None:
    address = 'module.a["x/y"].aws_ecr_registry_policy.all'
    one = Unmodelled(**at(address), service="ecr", kind="aws_ecr_registry_policy", reason="it is not read")
    draft = draft_of(repository(), bucket(), one)
    assert outcome(draft, "repository-outside-organization") == INCONCLUSIVE
    assert outcome(draft, "bucket-anonymous-access") == HOLDS
    assert draft.things[address].address == address


def test_what_may_decide_anything_leaves_every_claim_open() -> None:
    one = Unmodelled(**at("aws_iam_policy_attachment.all"), service="", kind="aws_iam_policy_attachment")
    draft = draft_of(repository(), role(), one)
    assert outcome(draft, "repository-outside-organization") == INCONCLUSIVE
    assert outcome(draft, "role-escalation") == INCONCLUSIVE


def test_what_filters_packets_decides_no_request() -> None:
    one = Unmodelled(**at("aws_vpn_connection.x"), service="ec2", kind="aws_vpn_connection", vpc="vpc-1")
    assert inventory_of(draft_of(one)).unmodelled == ()


def test_two_resources_of_one_address_have_each_a_file() -> None:
    both = [Unmodelled(**at(f"aws_glue_job.{c}"), service="glue", kind="aws_glue_job") for c in "?!"]
    draft = draft_of(*both)
    assert len([path for path in draft.answers if "/planned-aws_glue_job/" in path]) == 2


def test_things_that_have_roles_are_known_unless_some_are_not_read() -> None:
    stack = Unmodelled(**at("aws_cloudformation_stack.x"), service="cloudformation", kind="aws_cloudformation_stack")
    path = f"{OWN}/{REGION}/cloudformation/describe-stacks.json"
    assert Snapshot(draft_of().files()).fact(path).state is State.VALUE
    assert Snapshot(draft_of(stack).files()).fact(path).state is State.ERROR


# Names and places.


def test_of_two_things_of_one_name_one_is_read_and_everything_is_open() -> None:
    draft = draft_of(queue(), Queue(**at("other"), name="jobs"), bucket())
    assert outcome(draft, "queue-anonymous") == INCONCLUSIVE
    assert outcome(draft, "bucket-anonymous-access") == INCONCLUSIVE
    assert "other is named jobs as aws_sqs_queue.jobs is" in draft.notices[0]
    elsewhere = draft_of(queue(), Queue(**at("other", region="us-east-1"), name="jobs"))
    assert set(outcomes(elsewhere, "queue-anonymous").values()) == {HOLDS}


@pytest.mark.parametrize(
    ("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), (REGION, "aws")]
)
def test_the_partition_follows_from_the_region(region: str, partition: str) -> None:
    draft = draft_of(Bucket(**at("b", region), name="logs"), Queue(**at("q", region), name="jobs"), region=region)
    inventory = inventory_of(draft)
    assert [b.arn for b in inventory.buckets] == [f"arn:{partition}:s3:::logs"]
    assert [r.arn for r in inventory.resources if r.kind == "queue"] == [f"arn:{partition}:sqs:{region}:{OWN}:jobs"]
    assert outcome(draft, "queue-anonymous") == HOLDS
