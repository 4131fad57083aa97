"""Facts about keys: what AWS puts into every request, so that no witness is one that cannot be."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloud.setting import (
    BUCKET,
    FOREIGN,
    HOLDS,
    OTHER,
    OWN,
    VIOLATED,
    allow,
    buckets,
    control,
    document,
    iam,
    lone_bucket,
    organization,
    outcome,
    policy_of,
    role,
    setting,
)

SERVICE = {"Service": "cloudtrail.amazonaws.com"}
OBJECT = [f"{BUCKET}/x"]


def asked(principal: str = "service", **condition: Any) -> Any:
    return control("bucket", principal=[principal], resource=OBJECT, condition=condition)


# The source.

OUTSIDE = {"StringNotEquals": {"aws:SourceAccount": ["${target.account}"]}, "Null": {"aws:SourceAccount": ["false"]}}
SOURCES = [
    ("no condition", {}, VIOLATED),
    ("the account", {"StringEquals": {"aws:SourceAccount": OWN}}, HOLDS),
    ("an ARN of the account", {"ArnLike": {"aws:SourceArn": f"arn:aws:cloudtrail:*:{OWN}:trail/*"}}, HOLDS),
    ("an ARN of another account", {"ArnLike": {"aws:SourceArn": f"arn:aws:cloudtrail:*:{OTHER}:trail/*"}}, VIOLATED),
    ("an ARN of any account", {"ArnLike": {"aws:SourceArn": "arn:aws:cloudtrail:*:*:trail/*"}}, VIOLATED),
    ("an ARN without an account", {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::logs"}}, VIOLATED),
]


@pytest.mark.parametrize(("condition", "expected"), [pytest.param(*c[1:], id=c[0]) for c in SOURCES])
def test_the_account_of_the_source_is_that_of_its_arn(condition: Any, expected: str) -> None:
    files = lone_bucket(allow(Principal=SERVICE, Condition=condition))
    assert outcome(files, asked(**OUTSIDE)) == expected


# The organization of the source.


def test_the_organization_of_the_source_is_that_of_its_account() -> None:
    statement = allow(Principal=SERVICE, Condition={"StringEquals": {"aws:SourceOrgID": "o-1"}})
    files = setting(buckets("logs"), policy_of("logs", document(statement)), organization(OWN))
    outside = {"StringEquals": {"aws:SourceAccount": [FOREIGN]}}
    assert outcome(files, asked(**outside)) == HOLDS
    inside = {"StringEquals": {"aws:SourceAccount": [OWN]}}
    assert outcome(files, asked(**inside)) == VIOLATED
    other = allow(Principal=SERVICE, Condition={"StringEquals": {"aws:SourceOrgID": "o-2"}})
    files = setting(buckets("logs"), policy_of("logs", document(other)), organization(OWN))
    assert outcome(files, asked(**inside)) == HOLDS
    assert outcome(files, asked(**outside)) == VIOLATED


# The resource.


@pytest.mark.parametrize("key", ["aws:ResourceAccount", "s3:ResourceAccount"])
def test_the_account_of_a_resource_that_is_known(key: str) -> None:
    for account, expected in ((OWN, VIOLATED), (OTHER, HOLDS)):
        files = lone_bucket(allow(Principal="*", Condition={"StringEquals": {key: account}}))
        assert outcome(files, asked("anonymous")) == expected


def test_the_account_of_a_resource_is_in_its_arn() -> None:
    rows = iam(roles=[role("reader", document(allow("*", Condition={"StringEquals": {"aws:ResourceAccount": OTHER}})))])
    files = setting(rows)
    for account, expected in ((OWN, HOLDS), (FOREIGN, HOLDS)):
        resource = [f"arn:aws:ec2:eu-west-1:{account}:instance/i-1"]
        assert outcome(files, control("role", action=["ec2:StopInstances"], resource=resource)) in (
            expected,
            "inconclusive",
        )


def test_the_organization_of_a_resource_of_a_member() -> None:
    for name, expected in (("o-1", VIOLATED), ("o-2", HOLDS)):
        statement = allow(Principal="*", Condition={"StringEquals": {"aws:ResourceOrgID": name}})
        files = setting(buckets("logs"), policy_of("logs", document(statement)), organization(OWN))
        assert outcome(files, asked("anonymous")) == expected
    statement = allow(Principal="*", Condition={"StringEquals": {"aws:ResourceOrgID": "o-2"}})
    files = setting(buckets("logs"), policy_of("logs", document(statement)))
    assert outcome(files, asked("anonymous")) == VIOLATED


# Access points.

POINT = f"arn:aws:s3:eu-west-1:{OWN}:accesspoint/door"


def door(policy: Any, bucket_policy: Any, **more: Any) -> dict[str, Any]:
    """The bucket `logs` behind the access point `door`."""
    region = f"{OWN}/eu-west-1/s3control"
    row = {
        "Name": "door",
        "Bucket": "logs",
        "BucketAccountId": OWN,
        "NetworkOrigin": "Internet",
        "AccessPointArn": POINT,
        "PublicAccessBlockConfiguration": dict.fromkeys(
            ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), False
        ),
        **more,
    }
    return setting(
        buckets("logs"),
        policy_of("logs", bucket_policy),
        {
            f"{region}/list-access-points.json": {"AccessPointList": [row]},
            f"{region}/get-access-point/door.json": row,
            f"{region}/get-access-point-policy/door.json": {"Policy": json.dumps(policy)},
        },
    )


DELEGATES = document(allow("*", Principal="*", Condition={"StringEquals": {"s3:DataAccessPointAccount": OWN}}))
BY_POINT = document(allow("*", Principal="*", Condition={"ArnEquals": {"s3:DataAccessPointArn": POINT}}))
OPEN = document(allow(resource=f"{POINT}/object/*", Principal="*"))
THROUGH = control("bucket", principal=["anonymous"], resource=[f"{POINT}/object/x"])
DIRECT = control("bucket", principal=["anonymous"], resource=OBJECT)


@pytest.mark.parametrize("bucket_policy", [DELEGATES, BY_POINT], ids=["by account", "by access point"])
def test_a_bucket_that_delegates_to_its_access_points_is_open_through_them_alone(bucket_policy: Any) -> None:
    files = door(OPEN, bucket_policy)
    assert outcome(files, THROUGH) == VIOLATED
    assert outcome(files, DIRECT) == HOLDS


def test_both_policies_must_let_a_request_through() -> None:
    assert outcome(door(OPEN, document(allow(Principal="*"))), THROUGH) == VIOLATED
    assert outcome(door(OPEN, document(allow(resource=f"{BUCKET}/y", Principal="*"))), THROUGH) == HOLDS
    assert outcome(door(OPEN, document(allow(resource=f"{BUCKET}/x", Principal="*"))), THROUGH) == VIOLATED
    assert outcome(door(document(), document(allow(Principal="*"))), THROUGH) == HOLDS
    denies = document(allow(Principal="*"), {**allow(Principal="*"), "Effect": "Deny"})
    assert outcome(door(OPEN, denies), THROUGH) == HOLDS


def test_an_access_point_of_a_network_is_reached_from_it_alone() -> None:
    files = door(OPEN, DELEGATES, NetworkOrigin="VPC", VpcConfiguration={"VpcId": "vpc-1"})
    assert outcome(files, THROUGH) == VIOLATED
    elsewhere = control(
        "bucket",
        principal=["anonymous"],
        resource=[f"{POINT}/object/x"],
        condition={"StringNotEqualsIfExists": {"aws:SourceVpc": ["vpc-1"]}},
    )
    assert outcome(files, elsewhere) == HOLDS


def test_block_public_access_of_an_access_point() -> None:
    on = {"PublicAccessBlockConfiguration": {"RestrictPublicBuckets": True}}
    assert outcome(door(OPEN, DELEGATES, **on), THROUGH) == HOLDS


def test_a_bucket_that_is_not_in_the_snapshot_may_let_it_through() -> None:
    files = door(OPEN, DELEGATES, Bucket="elsewhere", BucketAccountId=FOREIGN)
    assert outcome(files, THROUGH) == "inconclusive"
    assert outcome(door(document(), DELEGATES, Bucket="elsewhere", BucketAccountId=FOREIGN), THROUGH) == HOLDS


def test_a_variable_in_the_policy_of_the_bucket_behind_is_not_settled() -> None:
    policy = document(allow(resource=f"{BUCKET}/${{aws:PrincipalTag/team}}", Principal="*"))
    assert outcome(door(OPEN, policy), THROUGH) == "inconclusive"


def test_the_policy_of_an_access_point_of_a_network_is_never_public() -> None:
    on = {"PublicAccessBlockConfiguration": {"RestrictPublicBuckets": True}}
    files = door(OPEN, DELEGATES, NetworkOrigin="VPC", VpcConfiguration={"VpcId": "vpc-1"}, **on)
    assert outcome(files, THROUGH) == VIOLATED


def test_a_number_in_a_tag_of_the_principal() -> None:
    numeric = {"NumericLessThan": {"aws:PrincipalTag/level": "5"}}
    anyone = lone_bucket(allow(Principal="*", Condition=numeric))
    assert outcome(anyone, asked("outside-account")) == VIOLATED
    assert outcome(anyone, asked("anonymous")) == HOLDS


def test_what_is_not_known_of_a_bucket_policy_behind_an_access_point() -> None:
    unknown = [{"name": "v", "attribute": "x.v", "kind": "text", "example": "other"}]
    for statements, expected in (
        ([allow(resource="arn:aws:s3:::<v>/*", Principal="*")], VIOLATED),
        ([allow(Principal="*"), {**allow(resource="arn:aws:s3:::<v>/*", Principal="*"), "Effect": "Deny"}], VIOLATED),
        ([allow(resource="arn:aws:s3:::logs/y", Principal="*")], HOLDS),
    ):
        files = door(OPEN, document(*statements))
        files = {**files, "snapshot.json": {**files["snapshot.json"], "unknown": unknown}}
        assert outcome(files, THROUGH) == expected
