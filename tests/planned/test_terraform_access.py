"""Resources with policies in a Terraform plan: what controls say of the snapshot that the plan becomes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from auditctl.planned.given import Given
from auditctl.planned.terraform import access_iam, read
from auditctl.planned.terraform.access_resources import READ
from planned.outcomes import inventory_of, outcome, outcomes, reasons, results
from planned.terraform_plans import (
    HOLDS,
    INCONCLUSIVE,
    OTHER,
    OWN,
    REGION,
    STRANGER,
    VIOLATED,
    Json,
    Ref,
    Unknown,
    draft_of,
    existing,
    gone,
    resource,
    role,
    statement,
    text,
)

if TYPE_CHECKING:
    from auditctl.planned.draft import Draft

# Resources with policies: a policy by itself, within, none, one that is not known, and one of something else.

GUARDED: dict[str, tuple[Json, str, str, Json, str]] = {
    # control: resource, type of its policy, how that names it, a statement that opens it, how it names it unplanned
    "key-outside-organization": (
        resource("aws_kms_key.one"),
        "aws_kms_key_policy",
        "key_id",
        statement("kms:Decrypt", Principal=STRANGER),
        "0d0d0d0d-existing",
    ),
    "queue-anonymous": (
        resource("aws_sqs_queue.one", name="one"),
        "aws_sqs_queue_policy",
        "queue_url",
        statement("sqs:SendMessage", Principal="*"),
        f"https://sqs.{REGION}.amazonaws.com/{OWN}/existing",
    ),
    "topic-anonymous": (
        resource("aws_sns_topic.one", name="one"),
        "aws_sns_topic_policy",
        "arn",
        statement("sns:Publish", Principal="*"),
        f"arn:aws:sns:{REGION}:{OWN}:existing",
    ),
    "secret-outside-account": (
        resource("aws_secretsmanager_secret.one", name="one"),
        "aws_secretsmanager_secret_policy",
        "secret_arn",
        statement("secretsmanager:GetSecretValue", Principal=STRANGER),
        f"arn:aws:secretsmanager:{REGION}:{OWN}:secret:existing-a1b2c3",
    ),
    "repository-outside-organization": (
        resource("aws_ecr_repository.one", name="one"),
        "aws_ecr_repository_policy",
        "repository",
        {"Effect": "Allow", "Action": "ecr:BatchGetImage", "Principal": "*"},
        "existing",
    ),
}
_REFERENCE = {"key_id": "id", "queue_url": "id", "arn": "arn", "secret_arn": "arn", "repository": "name"}


def by_itself(control: str, policy: Json, name: Json = None) -> Json:
    own, kind, attribute, _, _ = GUARDED[control]
    reference = Ref(f"{own['row']['address']}.{_REFERENCE[attribute]}", "one" if attribute == "repository" else None)
    return resource(f"{kind}.one", **{attribute: name or reference, "policy": policy})


@pytest.mark.parametrize("control", GUARDED)
def test_policies_of_resources(control: str) -> None:
    own, _, _, opens, unplanned = GUARDED[control]
    assert outcome(draft_of(own), control) == HOLDS
    assert outcome(draft_of(own, by_itself(control, text(opens))), control) == VIOLATED
    assert outcome(draft_of(own, by_itself(control, text({**opens, "Effect": "Deny"}))), control) == HOLDS
    of_another = draft_of(own, by_itself(control, text(opens), unplanned))
    assert sorted(outcomes(of_another, control).values()) == [HOLDS, VIOLATED]
    kind = own["row"]["type"]
    named: Json = {} if kind == "aws_kms_key" else {"name": "two"}
    two = resource(f"{kind}.two", **named)
    of_any = draft_of(own, two, by_itself(control, text(opens), Unknown("local.x")))
    assert set(outcomes(of_any, control).values()) == {INCONCLUSIVE}
    open_one = draft_of(own, by_itself(control, Unknown("data.x.y.json")))
    assert "_policy.one.policy is known after apply" in reasons(open_one, control)


def test_a_resource_of_another_account_or_region_is_no_resource_of_the_plan() -> None:
    control = "secret-outside-account"
    own, opens = GUARDED[control][0], text(GUARDED[control][3])
    other = by_itself(control, opens, f"arn:aws:secretsmanager:{REGION}:{OTHER}:secret:one-a1b2c3")
    assert set(outcomes(draft_of(own, other), control).values()) == {INCONCLUSIVE}
    elsewhere = by_itself(control, opens, f"arn:aws:secretsmanager:us-east-1:{OWN}:secret:two-a1b2c3")
    assert outcomes(draft_of(own, elsewhere), control) == {"one": HOLDS, "two": VIOLATED}


def test_two_policies_of_one_resource_leave_it_open() -> None:
    policy = text(GUARDED["queue-anonymous"][3])
    one, own = by_itself("queue-anonymous", policy), GUARDED["queue-anonymous"][0]
    two = resource("aws_sqs_queue_policy.two", queue_url=Ref("aws_sqs_queue.one.id"), policy=policy)
    assert outcome(draft_of(own, one, two), "queue-anonymous") == INCONCLUSIVE


@pytest.mark.parametrize("control", [c for c, row in GUARDED.items() if row[2] != "repository"])
def test_policies_within_resources(control: str) -> None:
    own, _, _, opens, _ = GUARDED[control]
    kind, _, name = own["row"]["address"].partition(".")
    values = {"name": name, "policy": text(opens)} if kind != "aws_kms_key" else {"policy": text(opens)}
    assert outcome(draft_of(resource(f"{kind}.{name}", **values)), control) == VIOLATED


def test_policies_that_resources_had_before() -> None:
    opens = text(GUARDED["queue-anonymous"][3])
    url = f"https://sqs.{REGION}.amazonaws.com/{OWN}/one"
    state = {"id": url, "url": url, "arn": f"arn:aws:sqs:{REGION}:{OWN}:one", "policy": opens}
    queue = existing("aws_sqs_queue.one", state, name="one")
    assert outcome(draft_of(queue), "queue-anonymous") == VIOLATED
    assert outcome(draft_of(queue, gone("aws_sqs_queue_policy.x", queue_url=url)), "queue-anonymous") == HOLDS
    closed = existing("aws_sqs_queue_policy.x", {"id": url}, queue_url=url, policy=text())
    assert outcome(draft_of(queue, closed), "queue-anonymous") == HOLDS


def test_grants_of_keys() -> None:
    key = resource("aws_kms_key.one")
    grant: Json = {"key_id": Ref("aws_kms_key.one.key_id"), "operations": ["Decrypt"]}
    stranger = resource("aws_kms_grant.g", **grant, grantee_principal=f"arn:aws:iam::{OTHER}:role/x")
    own = resource("aws_kms_grant.g", **grant, grantee_principal=Ref("aws_iam_role.app.arn"))
    assert outcome(draft_of(key, stranger), "key-outside-organization") == VIOLATED
    assert outcome(draft_of(key, own, role()), "key-outside-organization") == HOLDS
    alias = resource("aws_kms_alias.a", name="alias/x", target_key_id=Ref("aws_kms_key.one.id"))
    assert outcome(draft_of(key, alias), "key-outside-organization") == HOLDS


# Functions.

FUNCTION = resource("aws_lambda_function.hook", function_name="hook", role=Ref("aws_iam_role.app.arn"))
HOOK = Ref("aws_lambda_function.hook.function_name", "hook")


def permission(**more: Json) -> Json:
    given = {"function_name": HOOK, "action": "lambda:InvokeFunction", "principal": "*"}
    return resource("aws_lambda_permission.one", **{**given, **more})


FUNCTIONS: dict[str, tuple[list[Json], str, str]] = {
    "a function alone": ([], "function-public", HOLDS),
    "a permission for everybody": ([permission()], "function-public", VIOLATED),
    "a permission by the ARN of the function": (
        [permission(function_name=Ref("aws_lambda_function.hook.arn"))],
        "function-public",
        VIOLATED,
    ),
    "a permission by the name as text": ([permission(function_name="hook")], "function-public", VIOLATED),
    "a permission by the end of the ARN": (
        [permission(function_name=f"{OWN}:function:hook")],
        "function-public",
        VIOLATED,
    ),
    "a permission for an alias": ([permission(qualifier="live")], "function-public", VIOLATED),
    "a permission for an alias in the ARN": (
        [permission(function_name=f"arn:aws:lambda:{REGION}:{OWN}:function:hook:live")],
        "function-public",
        VIOLATED,
    ),
    "a permission for the own account": ([permission(principal=OWN)], "function-public", HOLDS),
    "a permission for another account": ([permission(principal=OTHER)], "function-public", VIOLATED),
    "a permission for a service": (
        [permission(principal="s3.amazonaws.com")],
        "function-source-confused-deputy",
        VIOLATED,
    ),
    "a permission for a service and the own account": (
        [permission(principal="s3.amazonaws.com", source_account=OWN)],
        "function-source-confused-deputy",
        HOLDS,
    ),
    "a permission for a service and a topic of the plan": (
        [
            permission(principal="sns.amazonaws.com", source_arn=Ref("aws_sns_topic.t.arn")),
            resource("aws_sns_topic.t", name="t"),
        ],
        "function-source-confused-deputy",
        HOLDS,
    ),
    "a permission for a function that is not in the plan": (
        [permission(function_name="existing")],
        "function-public",
        INCONCLUSIVE,
    ),
    "a public URL": (
        [resource("aws_lambda_function_url.u", function_name=HOOK, authorization_type="NONE")],
        "function-public",
        VIOLATED,
    ),
    "a URL for signed requests": (
        [resource("aws_lambda_function_url.u", function_name=HOOK, authorization_type="AWS_IAM")],
        "function-public",
        HOLDS,
    ),
}


@pytest.mark.parametrize("case", FUNCTIONS)
def test_functions(case: str) -> None:
    resources, control, expected = FUNCTIONS[case]
    assert outcome(draft_of(FUNCTION, role(), *resources), control) == expected


# All of it.


# Types that are read as others are, and those of the tests above that are no table.
ALIKE = {
    "aws_kms_alias",
    "aws_kms_external_key",
    "aws_kms_grant",
    "aws_kms_replica_external_key",
    "aws_kms_replica_key",
    "aws_lambda_function",
}


def test_every_type_that_is_read_is_in_a_test() -> None:
    guarded = {t for own, kind, *_ in GUARDED.values() for t in (own["row"]["type"], kind)}
    tested = {r["row"]["type"] for resources, *_ in FUNCTIONS.values() for r in resources}
    assert READ - tested - guarded - access_iam.READ == ALIKE


PLANS = Path(__file__).parents[1] / "data" / "terraform"


def draft_of_file(name: str) -> Draft:
    data = (PLANS / name / "plan.json").read_bytes()
    return read(data, "plan.json", Given(account=OWN, region=REGION, parameters={}))


@pytest.mark.parametrize("plan", sorted(p.parent.name for p in PLANS.glob("*/plan.json")))
def test_plans_of_terraform_leave_no_list_of_resources_open(plan: str) -> None:
    inventory = inventory_of(draft_of_file(plan))
    assert {iam.problem for iam in inventory.iam.values()} == {""}
    assert {s3.problem for s3 in inventory.s3.values()} == {""}
    assert [p.reason for found in inventory.guarded.values() for p in found.problems] == []


@pytest.mark.parametrize(
    ("plan", "control", "expected"),
    [
        ("public-bucket", "bucket-anonymous-access", [VIOLATED]),
        ("public-bucket", "bucket-settings-outside-account", [HOLDS]),
        ("private-bucket", "bucket-anonymous-access", [HOLDS, HOLDS]),
        ("messaging", "queue-anonymous", [VIOLATED, HOLDS]),
        ("messaging", "topic-anonymous", [HOLDS, HOLDS]),
        ("messaging", "key-outside-organization", [HOLDS, VIOLATED]),
        ("messaging", "secret-outside-account", [HOLDS, VIOLATED]),
        ("roles", "policy-pass-role", [HOLDS, VIOLATED]),  # boundary, deploy
        ("roles", "role-boundary-required", [VIOLATED, HOLDS, HOLDS]),  # administrator, apps/reader, deploy
        ("roles", "user-path-to-administrator", [HOLDS, HOLDS, VIOLATED]),  # auditors, machines/pipeline
    ],
)
def test_plans_of_terraform(plan: str, control: str, expected: list[str]) -> None:
    assert [r.outcome.value for r in results(draft_of_file(plan), control).values()] == expected
