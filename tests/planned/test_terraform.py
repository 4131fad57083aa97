"""Real plans of Terraform: each is read, and what controls say of it; see tests/data/terraform/README.md."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from auditctl.planned.given import NO_ACCOUNT, Given
from auditctl.planned.terraform import policies, read, read_plan, types_read
from auditctl.planned.terraform.harmless import HARMLESS
from auditctl.planned.terraform.unmodelled import service_of
from planned.outcomes import outcomes

if TYPE_CHECKING:
    from auditctl.planned.draft import Draft
    from auditctl.planned.terraform.plan import Plan

Json = Any
DATA = Path(__file__).parents[1] / "data" / "terraform"
NAMES = sorted(path.parent.name for path in DATA.glob("*/plan.json"))
OWN, PARTNER = "111122223333", "444455556666"
HOLDS, VIOLATED, INCONCLUSIVE = "holds", "violated", "inconclusive"


def bytes_of(name: str) -> bytes:
    return (DATA / name / "plan.json").read_bytes()


@cache
def plan_of(name: str) -> Plan:
    return read_plan(bytes_of(name), "plan.json", Given())


@cache
def draft_of(name: str) -> Draft:
    return read(bytes_of(name), "plan.json", Given())


def plain(value: Json) -> Json:
    """A value with what stands for blocks and lists as in JSON."""
    if isinstance(value, Mapping):
        return {k: plain(v) for k, v in value.items()}
    return [plain(v) for v in value] if isinstance(value, tuple) else value


def value_of(name: str, address: str, attribute: str) -> Json:
    found: Json = plan_of(name).resources[address].values
    for step in attribute.split("."):
        found = found[int(step)] if step.isdigit() else found[step]
    return plain(found)


def test_there_are_real_plans_of_every_kind() -> None:
    assert len(NAMES) >= 12


@pytest.mark.parametrize("name", NAMES)
def test_a_plan_makes_the_same_bytes_twice(name: str) -> None:
    first, second = (read(bytes_of(name), "plan.json", Given()).files() for _ in range(2))
    assert {path: make() for path, make in first.items()} == {path: make() for path, make in second.items()}


@pytest.mark.parametrize("name", NAMES)
def test_no_plan_says_where_it_was_made(name: str) -> None:
    text = bytes_of(name).decode()
    assert not [word for word in ("/home/", "/root", "/work", "127.0.0.1", "localhost") if word in text]


@pytest.mark.parametrize("name", NAMES)
def test_every_resource_is_read_left_out_or_noted_as_not_modelled(name: str) -> None:
    draft = draft_of(name)
    there = [r for r in plan_of(name).resources.values() if r.mode == "managed"]
    others = [r for r in there if r.type not in {*draft.read, *draft.left_out}]
    written = json.dumps(draft.answers)
    assert sum(draft.read.values()) + sum(draft.left_out.values()) + len(others) == len(there)
    assert not [r.address for r in others if json.dumps(r.address)[1:-1] not in written]


OUTCOMES: list[tuple[str, str, dict[str, str]]] = [
    ("public-bucket", "bucket-anonymous-access", {"acme-site": VIOLATED}),
    ("public-bucket", "bucket-settings-outside-account", {"acme-site": HOLDS}),
    (
        "private-bucket",
        "bucket-anonymous-access",
        {"acme-logs-<aws_s3_bucket.logs.bucket>": HOLDS, "acme-records": HOLDS},
    ),
    (
        "private-bucket",
        "bucket-transport-encryption",
        {"acme-logs-<aws_s3_bucket.logs.bucket>": HOLDS, "acme-records": HOLDS},
    ),
    ("roles", "role-path-to-administrator", {"administrator": VIOLATED, "deploy": VIOLATED, "reader": HOLDS}),
    ("roles", "user-path-to-administrator", {"auditor-0": HOLDS, "auditor-1": HOLDS, "pipeline": VIOLATED}),
    ("roles", "policy-pass-role", {"boundary": HOLDS, "deploy": VIOLATED}),
    ("messaging", "queue-anonymous", {"open-<aws_sqs_queue.open.name>.fifo": VIOLATED, "orders": HOLDS}),
    ("messaging", "topic-anonymous", {"orders": HOLDS, "plain": HOLDS}),
    (
        "messaging",
        "key-outside-organization",
        {"<aws_kms_key.orders.id>": HOLDS, "<aws_kms_key.partners.id>": VIOLATED},
    ),
    ("messaging", "secret-outside-account", {"own": HOLDS, "partners/token": VIOLATED}),
    ("functions", "function-public", {"hook": VIOLATED, "thumbnails": HOLDS}),
    ("functions", "repository-outside-organization", {"acme/functions": HOLDS, "acme/shared": VIOLATED}),
    ("vpc-web", "vpc-ssh-outside-bastions", {"web": VIOLATED}),
    ("vpc-web", "vpc-rdp-outside-bastions", {"web": HOLDS}),
    ("vpc-web", "vpc-database-internet", {"web": HOLDS}),
    ("unknown-values", "bucket-anonymous-access", {"acme-half": VIOLATED, "acme-whole": INCONCLUSIVE}),
    ("unknown-values", "user-escalation", {"many": INCONCLUSIVE}),
    ("existing", "role-trust-outside-organization", {"changed": VIOLATED}),
    ("existing", "bucket-transport-encryption", {"acme-kept": HOLDS}),
    ("existing", "queue-anonymous", {"new": HOLDS}),
]


@pytest.mark.parametrize(("name", "control", "expected"), OUTCOMES, ids=[f"{n}-{c}" for n, c, _ in OUTCOMES])
def test_controls_say_of_a_plan_what_it_makes(name: str, control: str, expected: dict[str, str]) -> None:
    assert outcomes(draft_of(name), control) == expected


VALUES: list[tuple[str, str, str, Json]] = [
    # Names with prefixes, and what follows from names.
    ("private-bucket", "aws_s3_bucket.logs", "arn", "arn:aws:s3:::acme-logs-<aws_s3_bucket.logs.bucket>"),
    ("private-bucket", "aws_s3_bucket_policy.logs", "bucket", "acme-logs-<aws_s3_bucket.logs.bucket>"),
    ("messaging", "aws_sqs_queue.open", "name", "open-<aws_sqs_queue.open.name>.fifo"),
    (
        "messaging",
        "aws_sqs_queue_policy.orders",
        "queue_url",
        f"https://sqs.eu-central-1.amazonaws.com/{OWN}/orders",
    ),
    ("messaging", "aws_kms_alias.orders", "target_key_id", "<aws_kms_key.orders.id>"),
    ("roles", "aws_iam_instance_profile.reader", "arn", f"arn:aws:iam::{OWN}:instance-profile/reader"),
    ("roles", "aws_iam_role.reader", "permissions_boundary", f"arn:aws:iam::{OWN}:policy/boundary"),
    (
        "roles",
        'aws_iam_group_policy_attachment.auditors["boundary"]',
        "policy_arn",
        f"arn:aws:iam::{OWN}:policy/boundary",
    ),
    ("functions", 'aws_lambda_function.function["hook"]', "role", f"arn:aws:iam::{OWN}:role/function"),
    # What nobody wrote and AWS chooses has no value.
    ("vpc-web", "aws_security_group.web", "ingress", None),
    ("vpc-web", "aws_eip.nat", "public_ip", None),
    # Lists: splat, for, several references, for_each over resources.
    ("vpc-web", "aws_lb.web", "subnets", ["subnet-<aws_subnet.public-0-.id>", "subnet-<aws_subnet.public-1-.id>"]),
    (
        "vpc-web",
        "aws_db_subnet_group.main",
        "subnet_ids",
        ["subnet-<aws_subnet.private-a-.id>", "subnet-<aws_subnet.private-b-.id>"],
    ),
    ("vpc-web", 'aws_instance.web["b"]', "subnet_id", "subnet-<aws_subnet.private-b-.id>"),
    ("vpc-web", 'aws_lb_target_group_attachment.web["a"]', "target_id", "i-<aws_instance.web-a-.id>"),
    ("vpc-web", "aws_route_table_association.public[1]", "subnet_id", "subnet-<aws_subnet.public-1-.id>"),
    (
        "vpc-web",
        "aws_lb_listener.web",
        "default_action.0.target_group_arn",
        f"arn:aws:elasticloadbalancing:eu-central-1:{OWN}:targetgroup/web/<aws_lb_target_group.web.arn>",
    ),
    # Several attributes share the references of a block.
    ("vpc-web", "aws_route_table.public", "route.0.gateway_id", "igw-<aws_internet_gateway.main.id>"),
    (
        "peering-transit",
        "aws_default_route_table.data",
        "route.0.vpc_peering_connection_id",
        "pcx-<aws_vpc_peering_connection.app_data.id>",
    ),
    # What AWS makes with a VPC is named after the VPC, whichever attribute asks.
    ("peering-transit", "aws_default_route_table.data", "id", "rtb-<aws_vpc.this-data-.main_route_table_id>"),
    ("peering-transit", "aws_route.app_to_data", "route_table_id", "rtb-<aws_vpc.this-app-.main_route_table_id>"),
    (
        "peering-transit",
        "aws_default_security_group.data",
        "id",
        "sg-<aws_vpc.this-data-.default_security_group_id>",
    ),
    # A local value is not in the plan: the only gateway that the plan makes.
    ("peering-transit", "aws_route.tools_to_data", "transit_gateway_id", "tgw-<aws_ec2_transit_gateway.main.id>"),
    # Modules: outputs of outputs, objects as outputs, lists with an index, and each instance its own.
    (
        "modules",
        "aws_vpc_peering_connection.this",
        "vpc_id",
        "vpc-<module.environment-staging-.module.network.aws_vpc.main.id>",
    ),
    (
        "modules",
        "aws_vpc_peering_connection.this",
        "peer_vpc_id",
        "vpc-<module.environment-production-.module.network.aws_vpc.main.id>",
    ),
    (
        "modules",
        'module.environment["staging"].module.network.aws_subnet.main[0]',
        "vpc_id",
        "vpc-<module.environment-staging-.module.network.aws_vpc.main.id>",
    ),
    (
        "modules",
        'module.environment["production"].aws_network_interface.app[1]',
        "subnet_id",
        "subnet-<module.environment-production-.module.network.aws_subnet.main-1-.id>",
    ),
    # Addresses and blocks that nobody knows.
    (
        "unknown-values",
        "aws_security_group.ssh",
        "ingress.0.cidr_blocks",
        ["<aws_security_group.ssh.ingress-0-.cidr_blocks>"],
    ),
    # What is there has its own ids; a replaced queue has the new name.
    ("existing", "aws_subnet.new", "vpc_id", "vpc-0aaa0000000000001"),
    ("existing", "aws_sqs_queue.replaced", "arn", f"arn:aws:sqs:eu-central-1:{OWN}:new"),
]


@pytest.mark.parametrize(
    ("name", "address", "attribute", "expected"), VALUES, ids=[f"{a}.{n}" for _, a, n, _ in VALUES]
)
def test_an_unknown_attribute_is_what_follows_from_the_plan(
    name: str, address: str, attribute: str, expected: Json
) -> None:
    assert value_of(name, address, attribute) == expected


def test_kinds_of_unknown_values_say_where_they_may_stand() -> None:
    kinds = {row["attribute"]: row["kind"] for row in draft_of("unknown-values").unknowns.values()}
    assert kinds["aws_vpc.main.id"] == "name"
    assert kinds["aws_security_group.ssh.ingress[0].cidr_blocks"] == "block"
    assert kinds["data.aws_iam_policy_document.half.statement[0].resources[0]"] == "text"
    assert kinds["data.aws_iam_policy_document.principal.statement[0].principals[0].identifiers[0]"] == "text"


def test_what_is_destroyed_or_forgotten_is_not_there() -> None:
    plan = plan_of("existing")
    assert sorted(r.address for r in plan.gone) == ["aws_iam_user.forgotten", "aws_sns_topic.gone"]
    assert not list(plan.of("aws_sns_topic", "aws_iam_user"))
    assert [r.values["name"] for r in plan.of("aws_sqs_queue")] == ["new"]
    assert plan.resources["aws_vpc.main"].values["id"] == "vpc-0aaa0000000000001"


# Documents.


def settled(value: Json) -> Json:
    """A document in which lists are in one order: the provider sorts some, and sets have none."""
    if isinstance(value, Mapping):
        return {k: v if k == "Statement" else settled(v) for k, v in value.items()} | (
            {"Statement": [settled(s) for s in value["Statement"]]} if "Statement" in value else {}
        )
    return sorted(value) if isinstance(value, list) else value


def test_a_document_is_made_again_as_the_provider_writes_it() -> None:
    found = [d for name in NAMES for d in plan_of(name).data("aws_iam_policy_document") if not d.is_unknown("json")]
    assert len(found) >= 10
    for data in found:
        assert settled(policies.rebuilt(data)) == settled(json.loads(data.after["json"])), data.address


def test_an_open_document_has_markers_in_place_of_what_is_not_known() -> None:
    plan = plan_of("documents")
    policy = plan.policy(plan.resources["aws_iam_user_policy.own"], "policy")
    assert policy is not None
    assert policy.document is not None
    rows = {row["Sid"]: row for row in policy.document["Statement"]}
    assert list(rows) == ["Read", "Write", "Name", "Own", "Bucket", "Dynamic"]
    here = "<data.aws_iam_policy_document."
    assert rows["Own"]["Resource"] == f"arn:aws:sqs:eu-central-1:{NO_ACCOUNT}:own"  # there is nothing below a queue
    assert rows["Bucket"]["Resource"] == [
        f"arn:aws:s3:::acme-own{here}open.statement-1-.resources-{i}>" for i in (0, 1)
    ]
    assert rows["Name"]["Resource"] == f"arn:aws:s3:::acme-own{here}inner.statement-0-.resources-0>"
    assert rows["Name"]["Condition"]["StringEquals"] == {"aws:SourceVpc": "vpc-<aws_vpc.own.id>"}
    assert rows["Dynamic"]["Resource"] == f"{here}open.statement-2-.resources-0>"  # its block is not in the plan


@pytest.mark.parametrize(
    ("address", "unknown"),
    [
        pytest.param("aws_s3_bucket_policy.whole", "aws_s3_bucket_policy.whole.policy", id="jsonencode with an ARN"),
        pytest.param("aws_iam_policy.many", "aws_iam_policy.many.policy", id="an unknown number of statements"),
    ],
)
def test_a_policy_that_is_not_known_as_a_whole_names_its_attribute(address: str, unknown: str) -> None:
    plan = plan_of("unknown-values")
    policy = plan.policy(plan.resources[address], "policy")
    assert policy is not None
    assert (policy.document, policy.unknown, policy.origin.address) == (None, unknown, address)


# Accounts and regions.


def test_each_resource_has_the_account_and_region_of_its_provider() -> None:
    plan = plan_of("peering-transit")
    assert plan.providers.places() == [(OWN, "eu-central-1"), (PARTNER, "eu-west-1")]
    assert plan.resources["aws_vpc.partner"].values["arn"].startswith(f"arn:aws:ec2:eu-west-1:{PARTNER}:vpc/vpc-<")
    assert not plan.draft.notices


def test_a_provider_that_is_passed_to_a_module_is_its_region() -> None:
    plan = plan_of("modules")
    assert {r.region for r in plan.of("aws_sns_topic")} == {"us-east-1"}
    assert {r.region for r in plan.of("aws_vpc")} == {"eu-central-1"}


def changed(name: str, *path: str | int, value: Json) -> bytes:
    """A plan with one value replaced."""
    document = json.loads(bytes_of(name))
    found = document
    for step in path[:-1]:
        found = found[step]
    found[path[-1]] = value
    return json.dumps(document).encode()


AWS = ("configuration", "provider_config", "aws", "expressions")


@pytest.mark.parametrize(
    ("data", "given", "account", "notices"),
    [
        pytest.param(bytes_of("public-bucket"), "", NO_ACCOUNT, 1, id="nobody says it"),
        pytest.param(bytes_of("public-bucket"), OWN, OWN, 0, id="the user says it"),
        pytest.param(bytes_of("roles"), PARTNER, OWN, 0, id="the caller's identity is in the plan"),
        pytest.param(bytes_of("existing"), "", OWN, 0, id="the ARN of what is there says it"),
        pytest.param(
            changed(
                "public-bucket",
                *AWS,
                "assume_role",
                value=[{"role_arn": {"constant_value": f"arn:aws:iam::{OWN}:role/x"}}],
            ),
            PARTNER,
            OWN,
            0,
            id="the provider assumes a role of it",
        ),
        pytest.param(
            changed("public-bucket", *AWS, "allowed_account_ids", value={"constant_value": [OWN]}),
            "",
            OWN,
            0,
            id="the provider allows no other",
        ),
    ],
)
def test_the_account_is_what_the_plan_says_or_else_the_user(
    data: bytes, given: str, account: str, notices: int
) -> None:
    plan = read_plan(data, "plan.json", Given(account=given))
    assert {r.account for r in plan.resources.values() if r.mode == "managed"} == {account}
    assert len(plan.draft.notices) == notices


@pytest.mark.parametrize(
    ("expression", "given", "region", "partition"),
    [
        pytest.param({"constant_value": "cn-north-1"}, "", "cn-north-1", "aws-cn", id="a constant"),
        pytest.param({"references": ["var.region"]}, "", "us-gov-west-1", "aws-us-gov", id="a variable"),
        pytest.param({"references": ["local.region"]}, "eu-west-3", "eu-west-3", "aws", id="the user's"),
        pytest.param({"references": ["local.region"]}, "", "us-east-1", "aws", id="nobody says it"),
    ],
)
def test_the_region_is_that_of_the_provider(expression: Json, given: str, region: str, partition: str) -> None:
    document = json.loads(changed("public-bucket", *AWS, "region", value=expression))
    document["variables"] = {"region": {"value": "us-gov-west-1"}}
    plan = read_plan(json.dumps(document).encode(), "plan.json", Given(account=OWN, region=given))
    bucket = plan.resources["aws_s3_bucket.site"]
    assert (bucket.region, bucket.values["arn"]) == (region, f"arn:{partition}:s3:::acme-site")
    assert ("region" in "".join(plan.draft.notices)) == (not given and region == "us-east-1")


# What is not read.


def test_what_decides_nothing_is_left_out_and_the_rest_is_noted() -> None:
    draft = draft_of("unsupported")
    assert sorted(draft.left_out) == [
        "aws_cloudwatch_log_group",
        "aws_cloudwatch_metric_alarm",
        "aws_dynamodb_table",
        "aws_route53_zone",
        "terraform_data",
    ]
    noted = [path for path in draft.answers if "/planned-aws_" in path]
    assert [path.split("/")[2:4] for path in noted] == [["glue", "planned-aws_glue_resource_policy"]]
    rows = draft.answers[f"{NO_ACCOUNT}/eu-central-1/ec2/planned-unmodelled.json"]["Unmodelled"]
    assert ("aws_ec2_client_vpn_endpoint.main", "vpc-<aws_vpc.main.id>") in {(r["Id"], r.get("VpcId")) for r in rows}


def test_no_type_is_both_read_and_left_out() -> None:
    assert not HARMLESS & types_read()


@pytest.mark.parametrize(
    ("kind", "service"),
    [
        ("aws_glue_job", "glue"),
        ("aws_cloudwatch_event_permission", "events"),
        ("aws_cloudwatch_log_resource_policy", "logs"),
        ("aws_cloudwatch_something_new", "cloudwatch"),
        ("aws_db_proxy", "rds"),
        ("aws_cloudformation_stack", ""),
        ("aws_organizations_policy", ""),
        ("aws_ram_resource_share", ""),
        ("awscc_s3_bucket", ""),
        ("aws_something_new", ""),
    ],
)
def test_a_type_that_is_not_read_touches_its_service_or_everything(kind: str, service: str) -> None:
    assert service_of(kind) == service


def many(name: str, number: int) -> bytes:
    """A plan as a module, so many times; what has to be unique in an account is."""
    document = json.loads(bytes_of(name))
    rows = []
    for i in range(number):
        for row in document["resource_changes"]:
            change = json.loads(json.dumps(row["change"]).replace('"name": "web"', f'"name": "web-{i}"'))
            place = {"address": f"module.m[{i}].{row['address']}", "module_address": f"module.m[{i}]"}
            rows.append({**row, **place, "change": change})
    root = document["configuration"]["root_module"]
    call = {"source": "./m", "count_expression": {"constant_value": number}, "module": root}
    document["configuration"]["root_module"] = {"module_calls": {"m": call}}
    return json.dumps({**document, "resource_changes": rows, "prior_state": None, "planned_values": {}}).encode()


def test_a_plan_with_two_thousand_resources_is_read_in_three_seconds() -> None:
    data = many("vpc-web", 63)
    start = time.process_time()
    draft = read(data, "plan.json", Given(account=OWN))
    size = sum(len(make()) for make in draft.files().values())
    assert time.process_time() - start < 3
    assert sum(draft.read.values()) > 2000
    assert size > 1_000_000
