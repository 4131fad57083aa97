"""VPC endpoint policies: they bind requests that go through the endpoint, and no others."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloud.setting import (
    BUCKET,
    HOLDS,
    INCONCLUSIVE,
    OWN,
    ROLE,
    VIOLATED,
    allow,
    buckets,
    control,
    deny,
    document,
    iam,
    inventory_of,
    lone_bucket,
    outcome,
    reasons,
    role,
    setting,
)

PATH = f"{OWN}/eu-west-1/ec2/describe-vpc-endpoints.json"
READER = iam(roles=[role("reader", document(allow("*")))])
THROUGH = control("role", condition={"StringEquals": {"aws:SourceVpce": ["vpce-1"]}})
ANY_WAY = control("role")


def endpoint(
    policy: Any, *, service: str = "s3", kind: str = "Interface", name: str = "vpce-1", path: str = PATH
) -> dict[str, Any]:
    """The endpoints of a region: one, whose policy is given (None: its kind has none)."""
    row = {
        "VpcEndpointId": name,
        "VpcEndpointType": kind,
        "ServiceName": f"com.amazonaws.eu-west-1.{service}",
        **({} if policy is None else {"PolicyDocument": policy if isinstance(policy, str) else json.dumps(policy)}),
    }
    return {path: {"VpcEndpoints": [row]}}


def everyone(*statements: Any) -> Any:
    return document(*[{"Principal": "*", **s} for s in statements])


CASES = [
    ("full access", everyone(allow("*")), VIOLATED),
    ("a deny", everyone(allow("*"), deny("s3:Get*")), HOLDS),
    ("another bucket", everyone(allow("*", "arn:aws:s3:::other/*")), VIOLATED),
    ("another action", everyone(allow("s3:Put*")), HOLDS),
    ("nothing", document(), HOLDS),
    ("the role", document(allow("*", Principal={"AWS": ROLE})), VIOLATED),
    ("its account", document(allow("*", Principal={"AWS": OWN})), VIOLATED),
    ("another role", document(allow("*", Principal={"AWS": ROLE + "x"})), HOLDS),
    ("nobody", document(allow("*")), HOLDS),
]


@pytest.mark.parametrize(("policy", "expected"), [pytest.param(*c[1:], id=c[0]) for c in CASES])
def test_a_request_through_an_endpoint_needs_its_policy(policy: Any, expected: str) -> None:
    files = setting(READER, endpoint(policy))
    assert outcome(files, THROUGH) == expected
    assert outcome(files, ANY_WAY) == VIOLATED


def test_another_endpoint_and_another_service_are_not_bound() -> None:
    files = setting(READER, endpoint(everyone(deny("*"))))
    other = control("role", condition={"StringEquals": {"aws:SourceVpce": ["vpce-2"]}})
    assert outcome(files, other) == VIOLATED
    condition = {"StringEquals": {"aws:SourceVpce": ["vpce-1"]}}
    assert outcome(files, control("role", action=["sqs:SendMessage"], condition=condition)) == VIOLATED


@pytest.mark.parametrize(("service", "action"), [("ecr.dkr", "ecr:GetDownloadUrlForLayer"), ("kms", "kms:Decrypt")])
def test_the_service_of_an_endpoint(service: str, action: str) -> None:
    files = setting(READER, endpoint(everyone(deny("*")), service=service))
    condition = {"StringEquals": {"aws:SourceVpce": ["vpce-1"]}}
    assert outcome(files, control("role", action=[action], condition=condition)) == HOLDS
    assert outcome(files, THROUGH) == VIOLATED


def test_an_account_in_the_policy_of_a_gateway_endpoint_is_its_root_user() -> None:
    for principal in (OWN, f"arn:aws:iam::{OWN}:root"):
        policy = document(allow("*", Principal={"AWS": principal}))
        assert outcome(setting(READER, endpoint(policy, kind="Gateway")), THROUGH) == HOLDS
        assert outcome(setting(READER, endpoint(policy)), THROUGH) == VIOLATED
        asked = control(
            "bucket",
            principal=[f"arn:aws:iam::{OWN}:root"],
            resource=[f"{BUCKET}/x"],
            condition={"StringEquals": {"aws:SourceVpce": ["vpce-1"]}},
        )
        assert outcome(setting(READER, buckets("logs"), endpoint(policy, kind="Gateway")), asked) == VIOLATED


def test_outsiders_are_bound_too() -> None:
    asked = control(
        "bucket",
        principal=["anonymous"],
        resource=[f"{BUCKET}/x"],
        condition={"StringEquals": {"aws:SourceVpce": ["vpce-1"]}},
    )
    files = lone_bucket(allow(Principal="*"))
    assert outcome(files, asked) == VIOLATED
    assert outcome({**files, **endpoint(everyone(deny("*")))}, asked) == HOLDS


def test_a_policy_that_cannot_be_read_may_deny() -> None:
    files = setting(READER, endpoint("{"))
    assert outcome(files, THROUGH) == INCONCLUSIVE
    assert outcome(files, ANY_WAY) == VIOLATED


def test_endpoints_that_are_not_known_may_deny_what_comes_through_one() -> None:
    files = setting(READER, errors={PATH: "UnauthorizedOperation"})
    assert reasons(files, THROUGH) == f"unmodelled: {PATH}: {PATH}: denied (UnauthorizedOperation)"
    assert outcome(files, ANY_WAY) == VIOLATED


def test_a_kind_without_a_policy_binds_nothing() -> None:
    assert inventory_of(setting(endpoint(None))).endpoints == ()
    assert inventory_of(setting(endpoint(everyone(deny("*")), kind="GatewayLoadBalancer"))).endpoints == ()
    assert inventory_of(setting(endpoint(everyone(allow("*"))))).endpoints == ()
    assert inventory_of(setting(endpoint(everyone(deny("*"))))).unmodelled == ()
