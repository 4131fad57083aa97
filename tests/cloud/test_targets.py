"""The targets that a control selects."""

from __future__ import annotations

from typing import Any

import pytest

from checkers.cloud.claims import question_of
from checkers.cloud.targets import all_targets, targets_of
from checkers.kernel.formula import FALSE, TRUE
from checkers.verdict import Unreadable
from cloud.setting import (
    HOLDS,
    INCONCLUSIVE,
    OTHER,
    OWN,
    allow,
    buckets,
    claim_of,
    control,
    document,
    group,
    iam,
    iam_file,
    inventory_of,
    list_file,
    lone_policy,
    managed,
    outcome,
    reasons,
    role,
    s3_file,
    setting,
    tag_list,
    user,
)

EVERYONE = {"principal": ["anyone"]}


def world() -> Any:
    own = iam(
        roles=[role("reader", path="/team/", Tags=tag_list({"team": "red", "env": "prod"})), role("writer")],
        users=[user("alice")],
        groups=[group("staff")],
        policies=[managed("own", document())],
    )
    other = iam(OTHER, roles=[role("reader", account=OTHER, Tags=tag_list({"team": "blue"}))])
    return setting(own, other, buckets("logs", "data"), accounts=(OTHER, OWN))


def names(kind: str, **where: Any) -> list[str]:
    request = EVERYONE if kind in ("account", "bucket") else {}
    asked = control(kind, more={"where": where} if where else {}, **request)
    return [t.id.removeprefix("arn:aws:") for t in targets_of(asked, inventory_of(world()))]


READER, WRITER, OTHER_READER = (
    f"iam::{OWN}:role/team/reader",
    f"iam::{OWN}:role/writer",
    f"iam::{OTHER}:role/reader",
)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("account", [OWN, OTHER]),
        ("bucket", ["s3:::data", "s3:::logs"]),
        ("role", [READER, WRITER, OTHER_READER]),
        ("user", [f"iam::{OWN}:user/alice"]),
        ("group", [f"iam::{OWN}:group/staff"]),
        ("policy", [f"iam::{OWN}:policy/own"]),
    ],
)
def test_every_target_of_a_kind_sorted_by_id(kind: str, expected: list[str]) -> None:
    assert names(kind) == expected


SELECTED = [
    ("a name", {"name": ["reader"]}, [READER, OTHER_READER]),
    ("a name by a glob", {"name": ["?riter"]}, [WRITER]),
    ("one of several names", {"name": ["writer", "read*"]}, [READER, WRITER, OTHER_READER]),
    ("a name in other case", {"name": ["Reader"]}, []),
    ("not a name", {"not_name": ["read*"]}, [WRITER]),
    ("an account", {"account": [OTHER]}, [OTHER_READER]),
    ("not an account", {"not_account": ["1*"]}, [OTHER_READER]),
    ("a path", {"path": ["/team/"]}, [READER]),
    ("not a path", {"not_path": ["/team/*"]}, [WRITER, OTHER_READER]),
    ("all members together", {"name": ["reader"], "account": [OWN]}, [READER]),
    ("no name", {"name": []}, []),
    ("not no name", {"not_name": []}, [READER, WRITER, OTHER_READER]),
    ("a tag", {"tag": {"team": ["red"]}}, [READER]),
    ("a tag by a glob", {"tag": {"team": ["*"]}}, [READER, OTHER_READER]),
    ("two tags", {"tag": {"team": ["*"], "env": ["prod"]}}, [READER]),
    ("a tag in other case", {"tag": {"Team": ["*"]}}, []),
    ("not a tag", {"not_tag": {"team": ["red"]}}, [WRITER, OTHER_READER]),
    ("a tag and not another", {"tag": {"team": ["*"]}, "not_tag": {"env": ["*"]}}, [OTHER_READER]),
]


@pytest.mark.parametrize(("where", "expected"), [pytest.param(*c[1:], id=c[0]) for c in SELECTED])
def test_targets_are_selected_by(where: Any, expected: list[str]) -> None:
    assert names("role", **where) == expected


def test_what_a_placeholder_stands_for() -> None:
    (target,) = targets_of(control("role", more={"where": {"path": ["/team/"]}}), inventory_of(world()))
    assert target.placeholders() == {
        "target.arn": f"arn:aws:{READER}",
        "target.name": "reader",
        "target.account": OWN,
    }


UNKNOWN = [
    ("role", iam_file(OTHER), control("role", resource=["${target.arn}"])),
    ("bucket", list_file(OTHER), control("bucket", resource=["${target.arn}/*"], **EVERYONE)),
]


@pytest.mark.parametrize(("kind", "path", "asked"), UNKNOWN)
def test_targets_that_are_not_known_are_one_target_of_their_own(kind: str, path: str, asked: Any) -> None:
    files = setting(buckets("logs"), iam(roles=[role("reader")]), accounts=(OWN, OTHER), errors={path: "AccessDenied"})
    found = targets_of(asked, inventory_of(files))
    assert [t.id for t in found if t.problem] == [f"{OTHER}:{kind}"]
    assert len(found) == 2


def test_targets_that_are_not_known_may_have_any_name_and_path() -> None:
    files = setting(errors={iam_file(OWN): "AccessDenied"})
    for where in ({"name": ["x"]}, {"not_name": ["*"]}, {"path": ["/x/"]}, {"tag": {"a": ["b"]}}, {"account": [OWN]}):
        assert "are not known" in reasons(files, control("role", more={"where": where}))


def test_a_target_with_a_problem_has_an_open_question() -> None:
    files = setting(buckets("logs"), errors={s3_file("get-bucket-tagging"): "AccessDenied"})
    asked = control("bucket", more={"where": {"tag": {"a": ["b"]}}}, **EVERYONE)
    claim, inventory = claim_of(files, asked)
    wide, narrow = (question_of(claim, inventory, wide=side) for side in (True, False))
    assert (wide.question.root, narrow.question.root) == (TRUE, FALSE)
    assert wide.readings == ("its tags are not known",)


def test_one_arn_with_different_content_is_a_problem_of_its_own() -> None:
    shared = "arn:aws:iam::aws:policy/shared"
    rows = [managed("shared", document(a), Arn=shared) for a in (allow(), allow("s3:PutObject"))]
    files = setting(
        iam(policies=rows[:1]),
        iam(OTHER, policies=[*rows[1:], managed("own", document(), OTHER)]),
        accounts=(OWN, OTHER),
    )
    assert reasons(files, control("policy"), shared) == f"{shared} is listed twice, with different content"
    assert outcome(files, control("policy"), f"arn:aws:iam::{OTHER}:policy/own") == HOLDS


@pytest.mark.parametrize("kind", ["bucket", "account"])
def test_a_bucket_of_two_accounts_decides_nothing(kind: str) -> None:
    files = setting(buckets("logs"), buckets("logs", account=OTHER), accounts=(OWN, OTHER))
    try:
        found = {outcome(files, control(kind, **EVERYONE), OWN if kind == "account" else "")}
    except Unreadable as error:
        assert "a bucket is listed twice" in str(error)
    else:
        assert found == {INCONCLUSIVE}


def test_the_tags_of_a_policy_are_not_known() -> None:
    asked = control("policy", more={"where": {"tag": {"team": ["red"]}}})
    assert [t.problem for t in targets_of(asked, inventory_of(lone_policy(allow())))] == ["its tags are not known"]


def test_targets_that_are_not_known_are_not_selected_by_another_account() -> None:
    files = setting(iam(roles=[role("reader")]), accounts=(OWN, OTHER), errors={iam_file(OTHER): "AccessDenied"})
    asked = control("role", more={"where": {"account": [OWN]}})
    assert outcome(files, asked) == HOLDS


@pytest.mark.parametrize(("kind", "path", "asked"), UNKNOWN)
def test_targets_that_are_not_known_have_an_open_question(kind: str, path: str, asked: Any) -> None:
    files = setting(accounts=(OWN, OTHER), errors={path: "AccessDenied"})
    claim, inventory = claim_of(files, asked, f"{OTHER}:{kind}")
    assert question_of(claim, inventory, wide=True).question.root == TRUE


QUEUES = f"{OWN}/eu-west-1/sqs/list-queues.json"
POINTS = f"{OWN}/eu-west-1/s3control/list-access-points.json"


def ids_of(kind: str, files: Any) -> list[str]:
    return [t.id for t in all_targets(kind, inventory_of(files))]


def test_resources_with_policies_are_targets_of_their_kind() -> None:
    queue = f"https://sqs.eu-west-1.amazonaws.com/{OWN}/jobs"
    assert ids_of("queue", setting({QUEUES: {"QueueUrls": [queue]}})) == [f"arn:aws:sqs:eu-west-1:{OWN}:jobs"]
    assert ids_of("queue", setting({QUEUES: {"QueueUrls": []}})) == []
    assert ids_of("queue", setting(errors={QUEUES: "AccessDenied"})) == [f"{OWN}:queue:eu-west-1"]


def test_access_points_are_targets() -> None:
    point = {"Name": "door", "Bucket": "logs", "NetworkOrigin": "Internet", "AccessPointArn": "?"}
    found = ids_of("access-point", setting({POINTS: {"AccessPointList": [point]}}))
    assert found == [f"arn:aws:s3:eu-west-1:{OWN}:accesspoint/door"]
    assert ids_of("access-point", setting(errors={POINTS: "AccessDenied"})) == [f"{OWN}:access-point:eu-west-1"]
