"""S3 of a Terraform plan: what controls say of the snapshot that the plan becomes."""

from __future__ import annotations

import pytest

from auditctl.planned.terraform.access_s3 import READ
from planned.outcomes import outcome, outcomes
from planned.terraform_plans import (
    HOLDS,
    INCONCLUSIVE,
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
    statement,
    text,
)

OBJECTS = "arn:aws:s3:::logs/*"
PUBLIC = text(statement("s3:GetObject", OBJECTS, Principal="*"))
LOGS = Ref("aws_s3_bucket.logs.id")


def bucket(**more: Json) -> Json:
    return resource("aws_s3_bucket.logs", bucket="logs", **more)


def of_bucket(kind: str, **more: Json) -> Json:
    return resource(f"aws_s3_bucket_{kind}.logs", **{"bucket": LOGS, **more})


def open_block(**more: Json) -> Json:
    names = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    return of_bucket("public_access_block", **{**dict.fromkeys(names, False), **more})


WRITERS = of_bucket("ownership_controls", rule=[{"object_ownership": "ObjectWriter"}])
EVERYONE = {"type": "Group", "uri": "http://acs.amazonaws.com/groups/global/AllUsers", "id": "", "email_address": ""}
GRANTED = [{"grant": [{"grantee": [EVERYONE], "permission": "READ"}], "owner": [{"id": "c0ffee", "display_name": ""}]}]

BUCKETS: dict[str, tuple[list[Json], str]] = {
    "a bucket alone": ([bucket()], HOLDS),
    "a public policy, blocked as for every new bucket": ([bucket(), of_bucket("policy", policy=PUBLIC)], HOLDS),
    "a public policy": ([bucket(), open_block(), of_bucket("policy", policy=PUBLIC)], VIOLATED),
    "a public policy for the id of a bucket as text": (
        [bucket(), open_block(), of_bucket("policy", bucket="logs", policy=PUBLIC)],
        VIOLATED,
    ),
    "a public policy within the bucket": ([bucket(policy=PUBLIC), open_block()], VIOLATED),
    "a public policy with restricted public buckets": (
        [bucket(), open_block(restrict_public_buckets=True), of_bucket("policy", policy=PUBLIC)],
        HOLDS,
    ),
    "flags that are not written are off": (
        [bucket(), of_bucket("public_access_block"), of_bucket("policy", policy=PUBLIC)],
        VIOLATED,
    ),
    "Block Public Access of the account": (
        [
            bucket(),
            open_block(),
            of_bucket("policy", policy=PUBLIC),
            resource("aws_s3_account_public_access_block.own", account_id=None, restrict_public_buckets=True),
        ],
        HOLDS,
    ),
    "a public ACL without ACLs": ([bucket(), open_block(), of_bucket("acl", acl="public-read")], HOLDS),
    "a public ACL": ([bucket(), open_block(), WRITERS, of_bucket("acl", acl="public-read")], VIOLATED),
    "a private ACL": ([bucket(), open_block(), WRITERS, of_bucket("acl", acl="private")], HOLDS),
    "no ACL is a private one": ([bucket(), open_block(), WRITERS], HOLDS),
    "a public ACL within the bucket": ([bucket(acl="public-read"), open_block(), WRITERS], VIOLATED),
    "grants": (
        [bucket(), open_block(), WRITERS, of_bucket("acl", access_control_policy=GRANTED)],
        VIOLATED,
    ),
    "grants within the bucket": (
        [bucket(grant=[{**EVERYONE, "permissions": ["READ"]}]), open_block(), WRITERS],
        VIOLATED,
    ),
    "a setting that is not known": (
        [bucket(), open_block(restrict_public_buckets=Unknown("var.x")), of_bucket("policy", policy=PUBLIC)],
        INCONCLUSIVE,
    ),
    "a policy that is not known": (
        [bucket(), open_block(), of_bucket("policy", policy=Unknown("aws_s3_bucket.logs.arn"))],
        INCONCLUSIVE,
    ),
    "two policies of one bucket": (
        [
            bucket(),
            of_bucket("policy", policy=PUBLIC),
            resource("aws_s3_bucket_policy.again", bucket="logs", policy=PUBLIC),
        ],
        INCONCLUSIVE,
    ),
    "a private object": ([bucket(), resource("aws_s3_object.o", bucket=LOGS, key="k", acl="private")], HOLDS),
    "a public object": ([bucket(), resource("aws_s3_object.o", bucket=LOGS, key="k", acl="public-read")], INCONCLUSIVE),
}


@pytest.mark.parametrize("case", BUCKETS)
def test_buckets(case: str) -> None:
    resources, expected = BUCKETS[case]
    assert outcome(draft_of(*resources), "bucket-anonymous-access") == expected


def test_versions_of_objects_may_have_acls_of_their_own() -> None:
    on = of_bucket("versioning", versioning_configuration=[{"status": "Enabled"}])
    off = of_bucket("versioning", versioning_configuration=[{"status": "Disabled"}])
    assert outcome(draft_of(bucket(), open_block(), WRITERS, on), "bucket-anonymous-access") == INCONCLUSIVE
    assert outcome(draft_of(bucket(), open_block(), WRITERS, off), "bucket-anonymous-access") == HOLDS
    assert outcome(draft_of(bucket(), on), "bucket-anonymous-access") == HOLDS


def test_a_policy_for_a_bucket_that_may_be_any_leaves_every_bucket_open() -> None:
    policy = of_bucket("policy", bucket=Unknown("local.buckets"), policy=PUBLIC)
    draft = draft_of(bucket(), resource("aws_s3_bucket.other", bucket="other"), policy)
    assert outcomes(draft, "bucket-anonymous-access") == {"logs": INCONCLUSIVE, "other": INCONCLUSIVE}


def test_a_bucket_that_is_not_in_the_plan_has_what_the_plan_sets_and_the_rest_is_open() -> None:
    draft = draft_of(
        bucket(),
        of_bucket(
            "policy", bucket="existing", policy=text(statement("s3:*", "arn:aws:s3:::existing", Principal=STRANGER))
        ),
    )
    assert outcomes(draft, "bucket-settings-outside-account") == {"existing": VIOLATED, "logs": HOLDS}
    assert outcomes(draft, "bucket-anonymous-access") == {"existing": INCONCLUSIVE, "logs": HOLDS}
    draft = draft_of(
        bucket(), of_bucket("versioning", bucket="existing", versioning_configuration=[{"status": "Enabled"}])
    )
    assert outcomes(draft, "bucket-settings-outside-account") == {"existing": INCONCLUSIVE, "logs": HOLDS}


def test_a_bucket_whose_name_is_made_later_has_its_settings() -> None:
    name = Ref("aws_s3_bucket.made.id")
    draft = draft_of(
        resource("aws_s3_bucket.made", bucket_prefix="made-"),
        resource("aws_s3_bucket_policy.made", bucket=name, policy=text(statement("s3:*", Principal="*"))),
        resource("aws_s3_bucket_public_access_block.made", bucket=name),
        bucket(),
    )
    found = outcomes(draft, "bucket-anonymous-access")
    assert sorted(found.values()) == [HOLDS, VIOLATED]
    assert found["logs"] == HOLDS


# Buckets that were there before: nobody knows their Block Public Access unless the plan sets it.

OWNER = {"id": "c0ffee", "type": "CanonicalUser", "permissions": ["FULL_CONTROL"], "uri": ""}
EVERYBODY_READS = {"id": "", "type": "Group", "permissions": ["READ"], "uri": EVERYONE["uri"]}


def before(**state: Json) -> Json:
    return existing("aws_s3_bucket.logs", {"id": "logs", "arn": "arn:aws:s3:::logs", **state}, bucket="logs")


BEFORE: dict[str, tuple[list[Json], str]] = {
    "a bucket alone": ([before(policy="", grant=[OWNER])], HOLDS),
    "a public policy": ([before(), of_bucket("policy", bucket="logs", policy=PUBLIC)], INCONCLUSIVE),
    "a public policy that it had": ([before(policy=PUBLIC)], INCONCLUSIVE),
    "a public policy that it had, and open settings": ([before(policy=PUBLIC), open_block(bucket="logs")], VIOLATED),
    "a public policy that goes": (
        [before(policy=PUBLIC), open_block(bucket="logs"), gone("aws_s3_bucket_policy.x", bucket="logs")],
        HOLDS,
    ),
    "a public policy that is replaced": (
        [before(policy=PUBLIC), of_bucket("policy", bucket="logs", policy=text()), open_block(bucket="logs")],
        HOLDS,
    ),
    "public grants that it had": ([before(grant=[OWNER, EVERYBODY_READS]), open_block(bucket="logs")], INCONCLUSIVE),
    "public grants that it had, with ACLs": (
        [
            before(grant=[OWNER, EVERYBODY_READS]),
            open_block(bucket="logs"),
            of_bucket("ownership_controls", bucket="logs", rule=[{"object_ownership": "ObjectWriter"}]),
        ],
        VIOLATED,
    ),
}


@pytest.mark.parametrize("case", BEFORE)
def test_buckets_that_were_there_before(case: str) -> None:
    resources, expected = BEFORE[case]
    assert outcome(draft_of(*resources), "bucket-anonymous-access") == expected


# Access points.

POINT = f"arn:aws:s3:{REGION}:{OWN}:accesspoint/p"
OPEN_POINT = text(statement("s3:GetObject", f"{POINT}/object/*", Principal="*"))
OFF = [
    dict.fromkeys(("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"), False)
]
DELEGATES = text(
    statement("s3:GetObject", OBJECTS, Principal="*", Condition={"StringEquals": {"s3:DataAccessPointAccount": OWN}})
)


def point(**more: Json) -> Json:
    return resource("aws_s3_access_point.p", **{"name": "p", "bucket": LOGS, "vpc_configuration": [], **more})


POINTS: dict[str, tuple[list[Json], str]] = {
    "an access point alone": ([point()], HOLDS),
    "a public policy, blocked as for every new access point": ([point(policy=OPEN_POINT)], HOLDS),
    "a public policy": ([point(policy=OPEN_POINT, public_access_block_configuration=OFF)], VIOLATED),
    "flags that are not written are on": ([point(policy=OPEN_POINT, public_access_block_configuration=[{}])], HOLDS),
    "a public policy for a VPC": (
        [
            point(
                policy=OPEN_POINT,
                public_access_block_configuration=OFF,
                vpc_configuration=[{"vpc_id": "vpc-0a1b2c3d"}],
            )
        ],
        HOLDS,
    ),
    "a public policy by itself": (
        [
            point(public_access_block_configuration=OFF),
            resource(
                "aws_s3control_access_point_policy.p",
                access_point_arn=Ref("aws_s3_access_point.p.arn"),
                policy=OPEN_POINT,
            ),
        ],
        VIOLATED,
    ),
    "a policy for an access point that is not in the plan": (
        [
            point(),
            resource("aws_s3control_access_point_policy.p", access_point_arn=f"{POINT}-existing", policy=OPEN_POINT),
        ],
        INCONCLUSIVE,
    ),
}


@pytest.mark.parametrize("case", POINTS)
def test_access_points(case: str) -> None:
    resources, expected = POINTS[case]
    draft = draft_of(bucket(), open_block(), of_bucket("policy", policy=DELEGATES), *resources)
    assert outcome(draft, "access-point-public") == expected


# Types that are read as others are, and that of the test above that is no table.
ALIKE = {"aws_s3_bucket_object", "aws_s3_bucket_versioning", "aws_s3_object_copy"}


def test_every_type_that_is_read_is_in_a_test() -> None:
    tested = {r["row"]["type"] for resources, *_ in (*BUCKETS.values(), *POINTS.values()) for r in resources}
    assert READ - tested == ALIKE
