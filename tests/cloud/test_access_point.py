"""Access points: what is read of them, and the way from the bucket to them."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from checkers.cloud.access_point import (
    S3_ACTIONS,
    AccessPoint,
    AccountAccessPoints,
    Problem,
    left_quotient,
    read_access_points,
    read_paths,
    through,
)
from checkers.cloud.snapshot import Snapshot
from checkers.kernel.globs import ANY, SEG_ANY, SEG_STAR, STAR, GlobSet, fold
from checkers.verdict import Unreadable

OWN, OTHER = "111122223333", "444455556666"
REGION, OREGON = "eu-central-1", "us-west-2"
Json = Any
Files = dict[str, Any]

ON = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
OFF = dict.fromkeys(ON, False)
POLICY = {"Version": "2012-10-17", "Statement": []}
ACCOUNT_BLOCK = f"{OWN}/global/s3control/get-public-access-block.json"


def path(operation: str, name: str = "", region: str = REGION) -> str:
    return f"{OWN}/{region}/s3control/{operation}{name and '/' + name}.json"


LIST, GET, GET_POLICY = (
    path("list-access-points"),
    path("get-access-point", "web"),
    path("get-access-point-policy", "web"),
)
SEVERAL = path("list-multi-region-access-points", region=OREGON)
POLICY_OF_SEVERAL = path("get-multi-region-access-point-policy", "world", OREGON)


def read(files: Files, errors: dict[str, str] | None = None, partition: str = "aws") -> AccountAccessPoints:
    """The access points of OWN, whose own Block Public Access is off unless a file says otherwise."""
    manifest = {
        "format": "auditctl-snapshot/1",
        "accounts": [{"id": OWN, "partition": partition}],
        "errors": [{"path": p, "code": code} for p, code in (errors or {}).items()],
    }
    files = {"snapshot.json": manifest, ACCOUNT_BLOCK: {"PublicAccessBlockConfiguration": OFF}, **files}
    contents = {p: json.dumps(v).encode() for p, v in files.items()}
    snapshot = Snapshot({p: (lambda data=data: data) for p, data in contents.items()})
    found = read_access_points(snapshot, snapshot.accounts[0])
    assert read_paths(snapshot, snapshot.accounts[0]) == found.paths
    return found


def web(**more: Json) -> Files:
    """One access point, `web`, in front of the bucket `logs`."""
    row = {"Name": "web", "NetworkOrigin": "Internet", "Bucket": "logs"}
    described = {**row, "PublicAccessBlockConfiguration": OFF, **more}
    return {LIST: {"AccessPointList": [row]}, GET: described, GET_POLICY: {"Policy": json.dumps(POLICY)}}


def only(found: AccountAccessPoints) -> AccessPoint:
    assert not found.problems
    assert len(found.points) == 1
    return found.points[0]


def test_an_access_point() -> None:
    found = read(web())
    point = only(found)
    assert point.policy is not None
    assert point.policy.problem is None
    assert point.policy.origin.file == GET_POLICY
    arn = f"arn:aws:s3:{REGION}:{OWN}:accesspoint/web"
    assert point == AccessPoint(
        arn=arn,
        name="web",
        account=OWN,
        region=REGION,
        buckets=(("logs", OWN),),
        policy=point.policy,
        restricts_public=False,
        block_problem="",
        ignores_public_acls=False,
        ignore_problem="",
        vpc=None,
        vpc_problem="",
        resources=GlobSet([arn, f"{arn}/object/{STAR}"]),
    )
    assert found.paths == tuple(sorted([LIST, GET, GET_POLICY]))


def test_no_access_points() -> None:
    assert read({}) == AccountAccessPoints()
    assert read({LIST: {"AccessPointList": []}}) == AccountAccessPoints(paths=(LIST,))
    assert read({LIST: {}}) == AccountAccessPoints(paths=(LIST,))
    assert (
        read({
            f"{OWN}/notes.json": {},
            f"{OWN}/{REGION}/s3control.json": {},
            path("list-access-points", region="global"): {},
        }).paths
        == ()
    )


def test_an_access_point_is_in_the_partition_of_its_account() -> None:
    assert only(read(web(), partition="aws-cn")).arn == f"arn:aws-cn:s3:{REGION}:{OWN}:accesspoint/web"


def test_a_bucket_of_another_account_is_behind_an_access_point() -> None:
    assert only(read(web(BucketAccountId=OTHER))).buckets == (("logs", OTHER),)
    row = {"Name": "web", "NetworkOrigin": "Internet", "Bucket": "logs", "BucketAccountId": OTHER}
    assert only(read({**web(), LIST: {"AccessPointList": [row]}})).buckets == (("logs", OTHER),)


def test_an_access_point_that_is_not_on_a_list_is_there_too() -> None:
    files = {p: v for p, v in web().items() if p != LIST}
    assert only(read(files)).buckets == (("logs", OWN),)
    point = only(read({GET_POLICY: {"Policy": json.dumps(POLICY)}}))
    assert point.buckets == ()
    assert point.vpc_problem == f"{GET}: the network origin is not known"
    assert point.block_problem == f"{GET}: error (not collected)"
    listed = {LIST: {"AccessPointList": [{"Name": "listed", "Bucket": "b", "NetworkOrigin": "Internet"}]}}
    assert [p.name for p in read({**web(), **listed}).points] == ["listed", "web"]


def test_an_access_point_of_a_network() -> None:
    point = only(read(web(NetworkOrigin="VPC", VpcConfiguration={"VpcId": "vpc-1"})))
    assert (point.vpc, point.vpc_problem) == ("vpc-1", "")
    assert only(read(web(NetworkOrigin="VPC"))).vpc == ""
    point = only(read(web(NetworkOrigin="Moon", VpcConfiguration={"VpcId": "vpc-1"})))
    assert (point.vpc, point.vpc_problem) == (None, f"{GET}: the network origin is not known")


# Its policy.


def test_an_access_point_without_a_policy() -> None:
    files = {p: v for p, v in web().items() if p != GET_POLICY}
    assert only(read(files, {GET_POLICY: "NoSuchAccessPointPolicy"})).policy is None
    assert only(read({**files, GET_POLICY: {}})).policy is None
    assert only(read({**files, GET_POLICY: {"ResponseMetadata": {}}})).policy is None


@pytest.mark.parametrize(
    ("files", "errors", "reason"),
    [
        ({}, {GET_POLICY: "AccessDenied"}, f"{GET_POLICY}: denied (AccessDenied)"),
        ({}, {}, f"{GET_POLICY}: error (not collected)"),
        ({GET_POLICY: {"policy": "x"}}, {}, "a policy document is not an object"),
    ],
)
def test_a_policy_that_is_not_known(files: Files, errors: dict[str, str], reason: str) -> None:
    policy = only(read({p: v for p, v in web().items() if p != GET_POLICY} | files, errors)).policy
    assert policy is not None
    assert policy.problem == reason


# Block Public Access: its own, and that of its account.


@pytest.mark.parametrize(
    ("own", "account", "expected"),
    [
        pytest.param(ON, OFF, (True, "", True, ""), id="on for the access point"),
        pytest.param(OFF, ON, (True, "", True, ""), id="on for the account"),
        pytest.param(OFF, OFF, (False, "", False, ""), id="off for both"),
        pytest.param({**OFF, "IgnorePublicAcls": True}, OFF, (False, "", True, ""), id="one setting on"),
        pytest.param(None, OFF, (False, f"{GET}: the settings are not all true or false", False, f"{GET}: the settings are not all true or false"), id="not known"),
        pytest.param(None, ON, (True, "", True, ""), id="not known, and on for the account"),
    ],
)  # fmt: skip
def test_block_public_access_of_an_access_point(own: Json, account: Json, expected: tuple[Json, ...]) -> None:
    files = {**web(PublicAccessBlockConfiguration=own), ACCOUNT_BLOCK: {"PublicAccessBlockConfiguration": account}}
    point = only(read(files))
    found = (point.restricts_public, point.block_problem, point.ignores_public_acls, point.ignore_problem)
    assert found == expected


def test_block_public_access_of_an_access_point_that_could_not_be_read() -> None:
    files = {p: v for p, v in web().items() if p != GET}
    point = only(read(files, {GET: "AccessDenied"}))
    assert (point.restricts_public, point.block_problem) == (False, f"{GET}: denied (AccessDenied)")
    assert point.buckets == (("logs", OWN),)  # the list says so


# Lists that could not be read.


def test_a_list_that_could_not_be_read_is_a_problem() -> None:
    globs = GlobSet([f"arn:aws:s3:{REGION}:{OWN}:accesspoint/{STAR}"])
    problem = Problem(LIST, f"{LIST}: denied (AccessDenied)", globs)
    assert problem.actions is S3_ACTIONS
    assert read({}, {LIST: "AccessDenied"}) == AccountAccessPoints(problems=(problem,), paths=(LIST,))
    cut = read({LIST: {"AccessPointList": [], "NextToken": "more"}})
    assert cut.problems[0].reason == f"{LIST}: error (the list is cut off: NextToken)"
    several = read({}, {SEVERAL: "AccessDenied"}).problems
    assert [p.resources for p in several] == [GlobSet([f"arn:aws:s3::{OWN}:accesspoint/{STAR}"])]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (None, "AccessPointList is not a list of objects"),
        ([{}], "Name is None, not text"),
        ([{"Name": "a"}, {"Name": "a"}], "an access point is listed twice"),
    ],
)
def test_a_list_that_is_refused(rows: Json, message: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read({LIST: {"AccessPointList": rows}})
    assert str(caught.value) == f"{LIST}: {message}"


# Multi-Region access points.

REGIONS = [{"Bucket": "near", "Region": REGION}, {"Bucket": "far", "Region": OREGON, "BucketAccountId": OTHER}]


def world(policy: Json = POLICY, **more: Json) -> Files:
    row = {"Name": "world", "Alias": "mfzwi23gnjvgw.mrap", "PublicAccessBlock": OFF, "Regions": REGIONS, **more}
    return {
        SEVERAL: {"AccessPoints": [row]},
        POLICY_OF_SEVERAL: {"Policy": {"Established": {"Policy": json.dumps(policy)}}},
    }


def test_a_multi_region_access_point() -> None:
    found = read(world())
    point = only(found)
    arn = f"arn:aws:s3::{OWN}:accesspoint/mfzwi23gnjvgw.mrap"
    assert (point.arn, point.name, point.region, point.vpc) == (arn, "world", "", None)
    assert point.buckets == (("near", OWN), ("far", OTHER))
    assert point.resources == GlobSet([arn, f"{arn}/object/{STAR}"])
    assert point.policy is not None
    assert point.policy.problem is None
    assert found.paths == tuple(sorted([SEVERAL, POLICY_OF_SEVERAL]))
    assert not point.restricts_public
    assert only(read(world(PublicAccessBlock=ON))).restricts_public
    assert (
        only(read(world(PublicAccessBlock=None))).block_problem == f"{SEVERAL}: the settings are not all true or false"
    )


@pytest.mark.parametrize(
    "value", [{}, {"Policy": {}}, {"Policy": {"Established": {}}}, {"Policy": {"Proposed": {"Policy": "x"}}}]
)
def test_a_multi_region_access_point_without_a_policy(value: Json) -> None:
    assert only(read({**world(), POLICY_OF_SEVERAL: value})).policy is None


@pytest.mark.parametrize(
    "value",
    [{"policy": {}}, {"Policy": None}, {"Policy": {"Established": None}}, {"Policy": {"Established": {"x": 1}}}],
)
def test_a_policy_of_a_multi_region_access_point_that_cannot_be_read(value: Json) -> None:
    policy = only(read({**world(), POLICY_OF_SEVERAL: value})).policy
    assert policy is not None
    assert policy.problem == "a policy document is not an object"


def test_a_policy_of_a_multi_region_access_point_that_is_not_known() -> None:
    files = {p: v for p, v in world().items() if p != POLICY_OF_SEVERAL}
    policy = only(read(files, {POLICY_OF_SEVERAL: "AccessDenied"})).policy
    assert policy is not None
    assert policy.problem == f"{POLICY_OF_SEVERAL}: denied (AccessDenied)"


# From the bucket to the access point, by enumeration over a small alphabet.

SYMBOLS = ["a", "b", ":", "/", STAR, ANY, SEG_STAR, SEG_ANY, fold("a")]
PATTERNS = st.text(alphabet=SYMBOLS, max_size=5)
SHORT = ["".join(w) for n in range(4) for w in product("aAb:/", repeat=n)]
AFTER_BUCKET, AFTER_POINT = "ab", "a:b"


@given(pattern=PATTERNS, start=st.text(alphabet="aAb:", max_size=3))
@example(pattern=STAR, start="")
@example(pattern=SEG_STAR + "b", start="a:")
@example(pattern=STAR + "a" + STAR, start="aa")
@example(pattern=fold("k"), start="\u212a")
def test_a_left_quotient_is_what_may_follow(pattern: str, start: str) -> None:
    rest, words = GlobSet(left_quotient(pattern, start)), GlobSet([pattern])
    assert [w for w in SHORT if w in rest] == [w for w in SHORT if start + w in words]


@given(patterns=st.lists(PATTERNS, max_size=3), complement=st.booleans())
@example(patterns=[], complement=True)
@example(patterns=[STAR], complement=False)
@example(patterns=[AFTER_BUCKET], complement=False)
@example(patterns=[AFTER_BUCKET + "/"], complement=True)
@example(patterns=[fold("ab") + "/" + STAR + "b"], complement=False)
def test_requests_go_through_as_their_resource_behind_does(patterns: list[str], complement: bool) -> None:
    values = GlobSet(patterns, complement=complement)
    found = through(values, AFTER_BUCKET, AFTER_POINT)
    assert (AFTER_POINT in found) is (AFTER_BUCKET in values)
    for key in SHORT:
        assert (f"{AFTER_POINT}/object/{key}" in found) is (f"{AFTER_BUCKET}/{key}" in values)


@given(patterns=st.lists(PATTERNS, max_size=3))
def test_nothing_else_goes_through(patterns: list[str]) -> None:
    found = through(GlobSet(patterns), AFTER_BUCKET, AFTER_POINT)
    assert [w for w in SHORT if w in found and w != AFTER_POINT] == []


def test_objects_by_their_prefix_go_through() -> None:
    bucket, point = "arn:aws:s3:::logs", f"arn:aws:s3:{REGION}:{OWN}:accesspoint/web"
    assert through(GlobSet([f"{bucket}/open/{STAR}"]), bucket, point) == GlobSet([f"{point}/object/open/{STAR}"])
    assert through(GlobSet([STAR]), bucket, point) == GlobSet([point, f"{point}/object/{STAR}"])
    assert through(GlobSet(["arn:aws:s3:::other/" + STAR]), bucket, point) == GlobSet([])
