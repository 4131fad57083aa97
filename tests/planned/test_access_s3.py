"""Buckets of a plan, written as answers: what the checker reads of them, and what controls say."""

from __future__ import annotations

import json

import pytest

from auditctl.planned.access_s3 import CANNED, FLAGS
from auditctl.planned.draft import Draft
from auditctl.planned.things import AccessPoint, AccountBlock, Bucket
from planned.outcomes import inventory_of, outcome, outcomes, reasons
from planned.some_things import (
    EVERYBODY,
    HOLDS,
    INCONCLUSIVE,
    OWN,
    REGION,
    VIOLATED,
    Json,
    allow,
    at,
    bucket,
    draft_of,
    unwritten,
    written,
)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, HOLDS),
        ({"acl": "public-read"}, HOLDS),  # ACLs are off
        ({"acl": "public-read", "ownership": "ObjectWriter"}, HOLDS),  # Block Public Access is on
        ({"acl": "public-read", "ownership": "ObjectWriter", "block": {}}, VIOLATED),
        ({"acl": "private", "ownership": "ObjectWriter", "block": {}}, HOLDS),
        ({"acl": "log-delivery-write", "ownership": "ObjectWriter", "block": {}}, HOLDS),
        ({"acl": "authenticated-read", "ownership": "BucketOwnerPreferred", "block": {}}, HOLDS),  # not anonymous
        ({"acl": "public-read", "ownership": "ObjectWriter", "block": {"IgnorePublicAcls": True}}, HOLDS),
        ({"acl": "made-up", "ownership": "ObjectWriter", "block": {}}, INCONCLUSIVE),
        (
            {
                "acl": {"Grants": [{"Grantee": {"URI": "http://acs.amazonaws.com/groups/global/AllUsers"}}]},
                "ownership": "ObjectWriter",
                "block": {},
            },
            INCONCLUSIVE,  # for a grant of everything that is not known
        ),
    ],
)
def test_what_the_settings_of_a_bucket_let_anybody_do(more: Json, expected: str) -> None:
    assert outcome(draft_of(bucket(**more)), "bucket-anonymous-access") == expected


PUBLIC = written(allow("s3:GetObject", "arn:aws:s3:::logs/*", Principal="*"))


@pytest.mark.parametrize(
    ("block", "account", "expected"),
    [
        (None, None, HOLDS),
        ({}, None, VIOLATED),
        (dict.fromkeys(FLAGS, False), None, VIOLATED),
        ({"RestrictPublicBuckets": True}, None, HOLDS),
        ({}, dict.fromkeys(FLAGS, True), HOLDS),
        ({}, {"BlockPublicPolicy": True}, VIOLATED),
    ],
)
def test_block_public_access_of_bucket_and_account(block: Json, account: Json, expected: str) -> None:
    blocks = [] if account is None else [AccountBlock(**at("aws_s3_account_public_access_block.x"), flags=account)]
    draft = draft_of(bucket(policy=PUBLIC, block=block), *blocks)
    assert outcome(draft, "bucket-anonymous-access") == expected


@pytest.mark.parametrize(
    "more", [{"block": {"RestrictPublicBuckets": "FLAG"}}, {"ownership": "TEXT", "acl": "public-read", "block": {}}]
)
def test_a_setting_that_is_not_known_yet_leaves_the_claim_open(more: Json) -> None:
    draft = Draft({})
    flag = draft.unknown("aws_s3_bucket_public_access_block.x.restrict_public_buckets", "flag", example=True)
    text = draft.unknown("aws_s3_bucket_ownership_controls.x.rule", "text", example="ObjectWriter")
    more = json.loads(json.dumps(more).replace("FLAG", flag).replace("TEXT", text))
    draft_of(bucket(policy=PUBLIC if "acl" not in more else None, **more), draft=draft)
    assert "is known after apply" in reasons(draft, "bucket-anonymous-access")


def test_every_canned_acl_grants_the_owner_everything() -> None:
    for name in CANNED:
        draft = draft_of(bucket(acl=name, ownership="ObjectWriter"))
        answer = draft.answers[f"{OWN}/global/s3/get-bucket-acl/logs.json"]
        assert answer["Grants"][0]["Permission"] == "FULL_CONTROL"
        assert answer["Grants"][0]["Grantee"]["ID"] == answer["Owner"]["ID"]


def test_a_bucket_whose_name_is_made_later_is_one_of_its_own() -> None:
    draft = Draft({})
    name = f"logs-{draft.unknown('aws_s3_bucket.logs.bucket', 'name')}"
    arn = f"arn:aws:s3:::{name}"
    one = Bucket(**at("a"), name=name, block={}, policy=written(allow("s3:GetObject", f"{arn}/*", Principal="*")))
    draft_of(one, bucket(), draft=draft)
    assert outcomes(draft, "bucket-anonymous-access") == {name: VIOLATED, "logs": HOLDS}
    assert draft.things[arn].address == "a"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"exists": True}, HOLDS),
        ({"exists": True, "policy": PUBLIC}, INCONCLUSIVE),
        ({"exists": True, "policy": PUBLIC, "block": {}}, VIOLATED),
        ({"exists": True, "acl": "public-read", "block": {}}, INCONCLUSIVE),
        ({"exists": True, "acl": "public-read", "block": {}, "ownership": "ObjectWriter"}, VIOLATED),
        ({"is_outside": True}, INCONCLUSIVE),
        ({"is_outside": True, "block": {}, "ownership": "ObjectWriter", "acl": "public-read"}, INCONCLUSIVE),
        ({"is_outside": True, "policy": PUBLIC, "block": {}, "ownership": "BucketOwnerEnforced"}, VIOLATED),
    ],
)
def test_buckets_that_were_there_before(more: Json, expected: str) -> None:
    draft = draft_of(bucket(**more))
    assert outcome(draft, "bucket-anonymous-access") == expected
    if expected == INCONCLUSIVE:
        why = "the bucket logs is not made by the plan, and what it has besides is not known"
        assert why in reasons(draft, "bucket-anonymous-access")
    (found,) = inventory_of(draft).buckets
    assert (found.tags is None) is ("is_outside" in more)


def test_tags_of_a_bucket() -> None:
    (found,) = inventory_of(draft_of(bucket(tags={"class": "secret"}))).buckets
    assert found.tags == {"class": "secret"}


POINT = f"arn:aws:s3:{REGION}:{OWN}:accesspoint/p"
PUBLIC_POINT = written(allow("s3:GetObject", f"{POINT}/object/*", **EVERYBODY))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, HOLDS),
        ({"policy": PUBLIC_POINT}, HOLDS),  # Block Public Access is on
        ({"policy": PUBLIC_POINT, "block": {}}, VIOLATED),
        ({"policy": PUBLIC_POINT, "block": {"RestrictPublicBuckets": True}}, HOLDS),
        ({"policy": PUBLIC_POINT, "block": {}, "vpc": "vpc-1"}, HOLDS),
        ({"policy": unwritten("x.y.policy"), "block": {}}, INCONCLUSIVE),
    ],
)
def test_access_points(more: Json, expected: str) -> None:
    own = {"StringEquals": {"s3:DataAccessPointAccount": OWN}}
    delegating = written(allow("s3:GetObject", "arn:aws:s3:::logs/*", **EVERYBODY, Condition=own))
    point = AccessPoint(**at("aws_s3_access_point.p"), name="p", bucket="logs", owner=OWN, **more)
    draft = draft_of(bucket(policy=delegating, block={}), point)
    assert outcome(draft, "access-point-public") == expected
    assert inventory_of(draft).unmodelled == ()
    assert draft.things[POINT].address == "aws_s3_access_point.p"


def test_an_access_point_of_an_unknown_bucket() -> None:
    draft = Draft({})
    name = draft.unknown("aws_s3_access_point.p.bucket", "text", example="logs")
    point = AccessPoint(**at("p"), name="p", bucket=name, owner=OWN, policy=PUBLIC_POINT, block={})
    draft_of(point, bucket(), draft=draft)
    assert outcome(draft, "access-point-public") == INCONCLUSIVE
