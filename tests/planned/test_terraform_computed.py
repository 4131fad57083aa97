"""Ids, names and ARNs that follow from what a plan says, and policies whose parts are not known."""

from __future__ import annotations

import json
from typing import Any

import pytest

from auditctl.planned.given import Given
from auditctl.planned.terraform import policies, read_plan
from planned.terraform_plans import OWN, REGION, Ref, Unknown, plan_of, resource

Json = Any
GIVEN = Given(account=OWN, region=REGION)
HERE = f"{REGION}:{OWN}"


def plan(*resources: Json) -> Any:
    return read_plan(json.dumps(plan_of(*resources)).encode(), "plan.json", GIVEN)


def value(address: str, attribute: str, *others: Json, **values: Json) -> Json:
    """An attribute that is not known, of a resource with these values."""
    one = resource(address, **values)
    one["row"]["change"]["after_unknown"][attribute] = True
    return plan(one, *others).resources[address].values[attribute]


ARN = "arn:aws:elasticloadbalancing"
MADE = [
    ("aws_lb.a", "arn", {"name": "a"}, f"{ARN}:{HERE}:loadbalancer/app/a/<aws_lb.a.arn>"),
    ("aws_lb.a", "id", {"name": "a", "load_balancer_type": "network"}, f"{ARN}:{HERE}:loadbalancer/net/a/<aws_lb.a.arn>"),
    ("aws_alb.a", "arn", {"name": "a", "load_balancer_type": "gateway"}, f"{ARN}:{HERE}:loadbalancer/gwy/a/<aws_alb.a.arn>"),
    (
        "aws_lb_listener.a",
        "arn",
        {"load_balancer_arn": f"{ARN}:{HERE}:loadbalancer/app/a/0123"},
        f"{ARN}:{HERE}:listener/app/a/0123/<aws_lb_listener.a.arn>",
    ),
    ("aws_lb_listener.a", "arn", {"load_balancer_arn": "strange"}, None),
    ("aws_cloudwatch_event_rule.a", "arn", {"name": "a"}, f"arn:aws:events:{HERE}:rule/a"),
    ("aws_cloudwatch_event_rule.a", "arn", {"name": "a", "event_bus_name": "own"}, f"arn:aws:events:{HERE}:rule/own/a"),
    ("aws_cloudwatch_event_rule.a", "arn", {"name": "a", "event_bus_name": "arn:aws:events:x"}, None),
    (
        "aws_iam_openid_connect_provider.a",
        "id",
        {"url": "https://token.actions.githubusercontent.com"},
        f"arn:aws:iam::{OWN}:oidc-provider/token.actions.githubusercontent.com",
    ),
    ("aws_iam_openid_connect_provider.a", "arn", {}, None),
    (
        "aws_cloudfront_origin_access_identity.a",
        "iam_arn",
        {},
        "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity <aws_cloudfront_origin_access_identity.a.id>",
    ),
    (
        "aws_lambda_function.a",
        "qualified_arn",
        {"function_name": "a"},
        f"arn:aws:lambda:{HERE}:function:a:<aws_lambda_function.a.version>",
    ),
    ("aws_lambda_alias.a", "arn", {"function_name": "f", "name": "live"}, f"arn:aws:lambda:{HERE}:function:f:live"),
    (
        "aws_lambda_alias.a",
        "arn",
        {"function_name": f"arn:aws:lambda:{HERE}:function:f", "name": "live"},
        f"arn:aws:lambda:{HERE}:function:f:live",
    ),
    ("aws_kms_alias.a", "name", {}, "alias/<aws_kms_alias.a.name>"),
    ("aws_kms_alias.a", "name", {"name_prefix": "alias/own-"}, "alias/own-<aws_kms_alias.a.name>"),
    ("aws_iam_role.a", "arn", {"name": "a", "path": Unknown("local.x")}, f"arn:aws:iam::{OWN}:role/<aws_iam_role.a.path>/a"),
    ("aws_iam_role.a", "arn", {"name": "a", "path": "/x/"}, f"arn:aws:iam::{OWN}:role/x/a"),
    ("aws_default_security_group.a", "id", {"vpc_id": "vpc-0abc"}, "sg-<aws_default_security_group.a.id>"),
    (
        "aws_ec2_transit_gateway.a",
        "propagation_default_route_table_id",
        {},
        "tgw-rtb-<aws_ec2_transit_gateway.a.association_default_route_table_id>",
    ),
    ("aws_instance.a", "primary_network_interface_id", {}, "eni-<aws_instance.a.primary_network_interface_id>"),
    ("aws_something_new.a", "arn", {}, None),
]  # fmt: skip


@pytest.mark.parametrize(("address", "attribute", "values", "expected"), MADE, ids=[f"{a}.{n}-{i}" for i, (a, n, _, _) in enumerate(MADE)])  # fmt: skip
def test_what_the_provider_makes_follows_from_what_is_known(
    address: str, attribute: str, values: Json, expected: str | None
) -> None:
    assert value(address, attribute, **values) == expected


def test_a_secret_has_six_characters_at_the_end_of_its_arn() -> None:
    arn = value("aws_secretsmanager_secret.a", "arn", name="own")
    beginning, _, made = arn.rpartition("-")
    assert beginning == f"arn:aws:secretsmanager:{HERE}:secret:own"
    assert len(made) == 6


# Documents.


def statement(**members: Json) -> Json:
    return {"sid": None, "effect": None, "actions": ["s3:GetObject"], "resources": ["*"], **members}


def document(*others: Json, **values: Json) -> Json:
    """The document of a policy that refers to a data source with these arguments."""
    data = resource("data.aws_iam_policy_document.d", mode="data", actions=("read",), json=Unknown(), **values)
    policy = resource("aws_iam_policy.p", policy=Ref("data.aws_iam_policy_document.d.json"))
    found = plan(data, policy, *others)
    made = found.policy(found.resources["aws_iam_policy.p"], "policy")
    assert made is not None
    return made.document


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"statement": Unknown()}, id="statements"),
        pytest.param({"statement": [statement(sid=Unknown())]}, id="a Sid"),
        pytest.param({"statement": [statement(effect=Unknown())]}, id="an effect"),
        pytest.param({"statement": [statement(actions=[Unknown()])]}, id="an action"),
        pytest.param({"statement": [statement(principals=Unknown())]}, id="principals"),
        pytest.param({"statement": [statement(principals=[{"type": Unknown(), "identifiers": ["*"]}])]}, id="a type"),
        pytest.param({"statement": [statement(condition=Unknown())]}, id="conditions"),
        pytest.param({"statement": [statement(condition=[{"test": Unknown(), "variable": "a:b", "values": []}])]}, id="an operator"),
        pytest.param({"statement": [statement(condition=[{"test": "Bool", "variable": Unknown(), "values": []}])]}, id="a key"),
        pytest.param({"version": Unknown(), "statement": [statement()]}, id="the version"),
        pytest.param({"source_policy_documents": [Unknown("local.x")], "statement": [statement()]}, id="a source"),
        pytest.param({"override_json": "no document", "statement": [statement()]}, id="an override that is no document"),
    ],
)  # fmt: skip
def test_a_document_with_an_unknown_part_that_is_no_element_is_not_known_as_a_whole(values: Json) -> None:
    assert document(**values) is None


def test_a_list_of_which_even_the_length_is_unknown_is_one_text() -> None:
    (row,) = document(statement=[statement(resources=Unknown("local.x"))])["Statement"]
    assert row["Resource"] == "<data.aws_iam_policy_document.d.statement-0-.resources>"


@pytest.mark.parametrize(
    ("test", "variable", "reference", "expected"),
    [
        ("StringEquals", "aws:SourceVpc", "aws_vpc.v.id", "vpc-<aws_vpc.v.id>"),
        ("ForAnyValue:StringEqualsIfExists", "aws:sourcevpc", "aws_vpc.v.id", "vpc-<aws_vpc.v.id>"),
        ("StringLike", "aws:SourceVpc", "aws_vpc.v.id", "<OPEN>"),
        ("StringEquals", "aws:PrincipalTag/vpc", "aws_vpc.v.id", "<OPEN>"),
        ("StringEquals", "aws:SourceArn", "aws_s3_bucket.b.arn", "arn:aws:s3:::b"),
        ("ArnLike", "aws:SourceArn", "aws_s3_bucket.b.arn", "arn:aws:s3:::b<OPEN>"),
        ("StringLike", "aws:SourceArn", "aws_s3_bucket.b.arn", "arn:aws:s3:::b<OPEN>"),
        ("StringLike", "s3:prefix", "aws_s3_bucket.b.id", "<OPEN>"),
        ("ArnLike", "aws:SourceArn", "local.x", "<OPEN>"),
    ],
)
def test_a_value_of_a_condition_is_whole_where_ids_are_compared(
    test: str, variable: str, reference: str, expected: str
) -> None:
    block = {"test": test, "variable": variable, "values": [Ref(reference)]}
    things = (resource("aws_vpc.v"), resource("aws_s3_bucket.b", bucket="b"))
    (row,) = document(*things, statement=[statement(condition=[block])])["Statement"]
    place = "<data.aws_iam_policy_document.d.statement-0-.condition-0-.values-0->"
    assert row["Condition"][test][variable].replace(place[:-2] + ">", "<OPEN>").replace(place, "<OPEN>") == expected


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("aws_iam_role.r.arn", f"arn:aws:iam::{OWN}:role/r"),
        ("aws_iam_role.r.name", "<OPEN>"),
        ("aws_vpc.v.id", "<OPEN>"),
        ("data.aws_iam_role.late.arn", "<OPEN>"),
    ],
)
def test_a_principal_is_the_arn_that_is_referred_to(reference: str, expected: str) -> None:
    block = {"type": "AWS", "identifiers": [Ref(reference)]}
    late = resource("data.aws_iam_role.late", mode="data", actions=("read",))
    things = (
        resource("aws_iam_role.r", name=Unknown() if "name" in reference else "r", path="/"),
        resource("aws_vpc.v"),
        late,
    )
    (row,) = document(*things, statement=[statement(principals=[block])])["Statement"]
    found = row["Principal"]["AWS"]
    assert ("<OPEN>" if found.startswith("<data.aws_iam_policy_document.d.") else found) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('{"Statement": []}', {"Statement": []}, id="JSON"),
        pytest.param("no JSON", None, id="no JSON"),
        pytest.param('["a"]', None, id="JSON that is no object"),
    ],
)
def test_a_known_text_is_parsed(text: str, expected: Json) -> None:
    found = plan(resource("aws_iam_policy.p", policy=text))
    made = found.policy(found.resources["aws_iam_policy.p"], "policy")
    assert (made.document, made.unknown) == (expected, "" if expected else "aws_iam_policy.p.policy")


def test_no_text_is_no_policy() -> None:
    found = plan(resource("aws_sqs_queue.q", policy=""), resource("aws_sqs_queue.r"))
    assert found.policy(found.resources["aws_sqs_queue.q"], "policy") is None
    assert found.policy(found.resources["aws_sqs_queue.r"], "policy") is None  # nobody wrote one


def test_documents_made_of_each_other_end() -> None:
    data = [
        resource(
            f"data.aws_iam_policy_document.{name}",
            mode="data",
            actions=("read",),
            json=Unknown(),
            source_policy_documents=[Ref(f"data.aws_iam_policy_document.{other}.json")],
        )
        for name, other in ("ab", "ba")
    ]
    found = plan(*data)
    assert policies.rebuilt(found.resources["data.aws_iam_policy_document.a"]) is None
