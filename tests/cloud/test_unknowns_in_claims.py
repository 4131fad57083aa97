"""What is said of a snapshot with unknown values, against the snapshot with values: places where it went wrong once."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from auditctl.audit import claims_of, decide
from checkers.cloud.control import Control, parse_control
from cloud.setting import (
    HOLDS,
    INCONCLUSIVE,
    OPEN_BLOCK,
    OWN,
    VIOLATED,
    allow,
    attached,
    buckets,
    control,
    deny,
    document,
    iam,
    inventory_of,
    managed,
    policy_of,
    role,
    setting,
    tag_list,
    trust,
    user,
)

if TYPE_CHECKING:
    from auditctl.audit import Result
    from cloud.setting import Files

MARKER = re.compile(r"<([A-Za-z0-9_.-]+)>")
ROLES = f"arn:aws:iam::{OWN}:role/"
OTHER_ACCOUNT = "444455556666"
S3 = "arn:aws:s3:::"


def known(value: Any, values: dict[str, str]) -> Any:
    """A JSON value with every marker replaced, in documents within texts too."""
    if isinstance(value, dict):
        return {known(name, values): known(each, values) for name, each in value.items()}
    if isinstance(value, list):
        return [known(each, values) for each in value]
    if not isinstance(value, str):
        return value
    if value.startswith("{"):
        return json.dumps(known(json.loads(value), values))
    return MARKER.sub(lambda found: values.get(found[1], found[0]), value)


def results(files: Files, asked: Control, **more: Any) -> dict[str, Result]:
    """What is decided of each target."""
    inventory = inventory_of({**files, "snapshot.json": {**files["snapshot.json"], **more}})
    return {claim.target.id: decide(claim, inventory) for claim in claims_of([asked], inventory)}


def check(files: Files, asked: Control, completions: list[dict[str, str]]) -> None:
    """What is said without the values is so for each of them. Values are `v`, everything else is a name."""
    names = sorted({name for values in completions for name in values})
    unknown = [
        {"name": n, "attribute": f"x.{n}", "kind": "text" if n == "v" else "name", "example": "other"} for n in names
    ]
    said = results(files, asked, unknown=unknown)
    for values in completions:
        put = [str(values_of(r).get("v", "other")) for r in said.values() if is_completed(r)]
        so = {**values, "v": put[0]} if put else values
        found = results(known(files, so), asked)
        assert found.keys() <= {known(target, so) for target in said}
        for target, result in said.items():
            assert not result.refused
            if result.outcome.value == INCONCLUSIVE or (
                result.outcome.value == HOLDS and known(target, so) not in found
            ):
                continue
            assert found[known(target, so)].outcome is result.outcome, (target, so)


def is_completed(result: Result) -> bool:
    return result.certificate is not None and result.certificate["rule"] == "completed/1"


def values_of(result: Result) -> dict[str, Any]:
    """What a certificate puts for values."""
    assert result.certificate is not None
    return dict(result.certificate["values"])


def bucket(*statements: Any, name: str = "<b>") -> Files:
    return setting(buckets(name), policy_of(name, document(*statements)))


def of_anyone(resource: Any = f"{S3}<b>/*", **more: Any) -> Any:
    return allow(resource=resource, **{"Principal": "*", **more})


def lone_user(*statements: Any, name: str = "u", tag: str = "") -> Files:
    tags = tag_list({"t": tag}) if tag else []
    return setting(iam(users=[user(name, document(*statements), Tags=tags)]))


def path_control(start: str, goal: str) -> Control:
    step = {
        "id": "assume",
        "title": "assume a role",
        "target": "role",
        "across": True,
        "needs": [{"action": ["sts:AssumeRole"], "on": "target"}],
    }
    path = {"from": [start], "steps": [step], "to": {"principal": [goal]}}
    given = {"format": "auditctl-control/1", "id": "p", "title": "p", "for_each": "account", "forbid": {"path": path}}
    return parse_control(given, "control")


def point(*statements: Any, name: str = "<b>") -> Files:
    """An access point that lets anyone in, of a bucket with these statements."""
    folder = f"{OWN}/eu-west-1/s3control"
    row = {"Name": "ap", "NetworkOrigin": "Internet", "Bucket": name, "BucketAccountId": OWN}
    policy = document(allow(resource=f"arn:aws:s3:eu-west-1:{OWN}:accesspoint/ap/object/*", Principal="*"))
    return {
        **bucket(*statements, name=name),
        f"{folder}/list-access-points.json": {"AccessPointList": [row]},
        f"{folder}/get-access-point/ap.json": {**row, **OPEN_BLOCK},
        f"{folder}/get-access-point-policy/ap.json": {"Policy": json.dumps(policy)},
    }


def of_government(files: Files) -> Files:
    files["snapshot.json"]["accounts"][0]["partition"] = "aws-us-gov"
    return files


class Case(NamedTuple):
    """Files, a control, and two values of each unknown: one that makes a difference, and one that does not."""

    files: Files
    asked: Control
    completions: list[dict[str, str]]


OUT = {"principal": ["outside-account"]}
READ = control("bucket", **OUT, resource=["${target.arn}/*"])
THROUGH = control("access-point", **OUT, resource=["${target.arn}/object/*"])
ANYTHING = control("user", resource=["*"])
CI = "arn:aws:iam::${target.account}:role/ci-*"
HAS_TAG = {"StringLike": {"aws:PrincipalTag/t": "ops-*"}}
TABLES = "arn:aws:dynamodb:eu-west-1:111122223333:table/"
ASSUMES = iam(roles=[role("<r>", document(allow("sts:*"))), role("adm", trusts=document(trust({"AWS": OWN})))])
ASSUMED = iam(roles=[role("adm", document(allow("sts:*"))), role("<r>", trusts=document(trust({"AWS": OWN})))])


def names(name: str, *values: str) -> list[dict[str, str]]:
    return [{name: value} for value in values]


def of_buckets(*others: str, **values: str) -> list[dict[str, str]]:
    return [{"b": name, **values} for name in ("logs-1", *others)]


CASES = {
    "a second name in a text": Case(
        bucket(of_anyone(f"{S3}<b>/<k>")),
        control("bucket", **OUT, resource=["${target.arn}/x*"]),
        [{"b": "logs", "k": "x1"}, {"b": "logs", "k": "y1"}],
    ),
    "a second name, allowed and denied": Case(
        lone_user(allow(resource=f"{S3}<b>/<k>"), deny(resource=f"{S3}<b>/x*")),
        control("user", resource=[f"{S3}*"]),
        [{"b": "logs", "k": "x1"}, {"b": "logs", "k": "y1"}],
    ),
    "a bucket of another partition": Case(
        of_government(bucket(of_anyone("arn:aws-us-gov:s3:::l*"))), READ, names("b", "logs", "x")
    ),
    "the name of the target within a text": Case(
        setting(iam(roles=[role("<r>", document(allow(resource=f"{S3}home-a*")))])),
        control("role", resource=[f"{S3}home-${{target.name}}/*"]),
        names("r", "ann", "x"),
    ),
    "the name of the caller within a text": Case(
        lone_user(allow(resource=f"{S3}home-${{aws:username}}/*"), name="<u>"),
        control("user", resource=[f"{S3}home-a*"]),
        names("u", "ann", "x"),
    ),
    "a tag within a text": Case(
        lone_user(allow(resource=f"{S3}home-${{aws:PrincipalTag/t}}/*"), tag="<t>"),
        control("user", resource=[f"{S3}home-a*"]),
        names("t", "ann", "x"),
    ),
    "a wildcard in front of a name": Case(
        lone_user(allow(resource=f"{S3}*-<b>/k")),
        control("user", resource=[f"{S3}logs-x?/k"]),
        names("b", "x1", "y"),
    ),
    "a space in front of a name": Case(
        lone_user(allow(resource=f"{S3}l/my files/<b>")),
        control("user", resource=[f"{S3}l/my files/prod-*"]),
        names("b", "prod-1", "x"),
    ),
    "a letter outside ASCII in front of a name": Case(
        lone_user(allow(resource=f"{S3}l/ü/<b>")),
        control("user", resource=[f"{S3}l/ü/prod-*"]),
        names("b", "prod-1", "x"),
    ),
    "a tag that is a name": Case(lone_user(allow(Condition=HAS_TAG), tag="<t>"), ANYTHING, names("t", "ops-1", "x")),
    "a tag that is a name, denied": Case(
        lone_user(allow(), deny(Condition=HAS_TAG), tag="<t>"), ANYTHING, names("t", "ops-1", "x")
    ),
    "a tag that is a number": Case(
        lone_user(allow(Condition={"NumericLessThan": {"aws:PrincipalTag/t": "7"}}), tag="<t>"),
        ANYTHING,
        names("t", "5", "x"),
    ),
    "a condition value that is a name": Case(
        bucket(of_anyone(Condition={"StringEquals": {"aws:SourceVpc": "<k>"}})),
        control("bucket", **OUT, resource=["${target.arn}/*"], condition={"StringLike": {"aws:SourceVpc": ["vpc-*"]}}),
        [{"b": "logs", "k": "vpc-1"}, {"b": "logs", "k": "x"}],
    ),
    "an account that is a name": Case(
        bucket(of_anyone(Principal={"AWS": "<k>"})), READ, of_buckets(k=OTHER_ACCOUNT) + of_buckets(k="x")
    ),
    "the account of an ARN that is a name": Case(
        bucket(of_anyone(Principal={"AWS": "arn:aws:iam::<k>:root"})), READ, of_buckets(k=OTHER_ACCOUNT)
    ),
    "a condition on an account that is a name": Case(
        bucket(of_anyone(Condition={"StringEquals": {"aws:PrincipalAccount": "<k>"}})),
        READ,
        of_buckets(k=OTHER_ACCOUNT),
    ),
    "a value in a policy variable": Case(
        lone_user(allow(resource=f"{S3}${{aws:PrincipalTag/<v>}}/*"), tag="logs"),
        control("user", resource=[f"{S3}logs/*"]),
        names("v", "t", "x"),
    ),
    "a value that is a default": Case(
        bucket(
            of_anyone(f"{S3}${{aws:PrincipalTag/t, '<v>'}}/*", Condition={"Null": {"aws:PrincipalTag/t": "true"}}),
        ),
        READ,
        of_buckets(v="logs-1") + of_buckets(v="x"),
    ),
    "a value behind a dollar": Case(
        lone_user(allow(resource=f"{S3}$<v>/*"), tag="logs"),
        control("user", resource=[f"{S3}logs/*"]),
        names("v", "{aws:PrincipalTag/t}", "x"),
    ),
    "a value in a condition key": Case(
        bucket(of_anyone(Condition={"StringEquals": {"aws:<v>": OWN}})), READ, of_buckets(v="PrincipalAccount")
    ),
    "a name in a value that is put": Case(
        lone_user(allow(resource="<v>"), deny(resource=f"{S3}x-c*")),
        control("user", resource=[f"{S3}x-*"]),
        [{"v": f"{S3}x-c1/y", "b": "c1"}, {"v": f"{S3}x-y/y", "b": "y"}],
    ),
    "a tag that selects": Case(
        lone_user(allow(), tag="my team x<t>"),
        control("user", resource=["*"], more={"where": {"tag": {"t": ["my team x1*"]}}}),
        names("t", "1nn", "x"),
    ),
    "a tag that does not select": Case(
        lone_user(allow(), tag="<t>"),
        control("user", resource=["*"], more={"where": {"not_tag": {"t": ["*ops*"]}}}),
        names("t", "ops", "x"),
    ),
    "a policy alone": Case(
        setting(iam(policies=[managed("p", document(allow("s3:PutObject", f"{S3}other/<t>/*")))])),
        control("policy", action=["s3:PutObject"], resource=[f"{S3}other/o*"]),
        names("t", "opsy", "x"),
    ),
    "a bucket behind an access point that allows a pattern": Case(
        point(of_anyone(f"{S3}logs-*")), THROUGH, of_buckets("x")
    ),
    "a bucket behind an access point that denies a pattern": Case(
        point(of_anyone(), deny(resource=f"{S3}logs-*", Principal="*")), THROUGH, of_buckets("x")
    ),
    "a bucket behind an access point that allows a value": Case(
        point(of_anyone(f"{S3}<v>/*"), name="logs"), THROUGH, names("v", "logs", "x")
    ),
    "a bucket behind an access point that denies all but a value": Case(
        point(
            of_anyone(f"{S3}logs/*"),
            {"Effect": "Deny", "Action": "s3:GetObject", "NotResource": f"{S3}<v>/*", "Principal": "*"},
            name="logs",
        ),
        THROUGH,
        names("v", "logs", "x"),
    ),
    "callers by a glob with a placeholder": Case(
        setting(iam(roles=[role("<r>", document(allow()))]), buckets("logs")),
        control("bucket", principal=[CI], resource=["${target.arn}/*"]),
        names("r", "ci-1", "x"),
    ),
    "chains from a glob with a placeholder": Case(
        setting(ASSUMES), path_control(CI, f"{ROLES}adm"), names("r", "ci-1", "x")
    ),
    "chains to a glob with a placeholder": Case(
        setting(ASSUMED), path_control(f"{ROLES}adm", CI), names("r", "ci-1", "x")
    ),
    "a policy of an unknown name": Case(
        setting(
            iam(
                users=[user("u", AttachedManagedPolicies=attached(f"arn:aws:iam::{OWN}:policy/<p>"))],
                policies=[managed("<p>", document(allow("dynamodb:GetItem", f"{TABLES}<t>")))],
            )
        ),
        control("user", action=["dynamodb:GetItem"], resource=[f"{TABLES}prod-*"]),
        [{"p": "p1", "t": "prod-1"}, {"p": "p1", "t": "x"}],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_said_without_the_values_is_so_with_them(case: str) -> None:
    check(*CASES[case])


def test_markers_that_are_written_in_another_way() -> None:
    text = json.dumps(document(of_anyone("<v>"))).replace("<", "\\u003c")
    files = {**bucket(name="logs"), f"{OWN}/global/s3/get-bucket-policy/logs.json": {"Policy": text}}
    unknown = [{"name": "v", "attribute": "x.v", "kind": "text", "example": "*"}]
    (found,) = results(files, READ, unknown=unknown).values()
    assert is_completed(found)


def test_a_number_that_is_a_tag_of_nobody_in_particular() -> None:
    less = {"NumericLessThan": {"aws:PrincipalTag/t": "5"}}
    files = bucket(of_anyone(f"{S3}logs/*", Condition=less), name="logs")
    (found,) = results(files, READ).values()
    assert found.outcome.value == VIOLATED
