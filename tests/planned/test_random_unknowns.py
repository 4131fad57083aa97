"""Random policies with unknown values: what holds holds for every value, what is violated is so for every name."""

import json
import os
import random
from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest

from auditctl.audit import claims_of, decide
from checkers.cloud.claims import COMPLETED, Outcome
from checkers.cloud.control import parse_control
from checkers.cloud.inventory import Inventory
from checkers.cloud.snapshot import Snapshot

OWN, OTHER = "111122223333", "999988887777"
NAMES = {"b": ["logs-1", "x-x", "logs-x", "lags", "audit"], "r": ["ci-1", "ci", "worker", "x-ci"], "e": ["0e", "1-x"]}
VALUES = ["*", "other", OTHER, OWN, "vpce-0e", "arn:aws:s3:::l*", "logs", "ci-1", f"arn:aws:iam::{OWN}:role/ci-1", "x"]
RESOURCES = [
    "*",
    "<v>",
    "arn:aws:s3:::*-x/*",
    "arn:aws:s3:::<b>",
    "arn:aws:s3:::<b>*",
    "arn:aws:s3:::<b>/*",
    "arn:aws:s3:::<b>/<v>",
    "arn:aws:s3:::<v>/*",
    "arn:aws:s3:::l?gs*",
    "arn:aws:s3:::logs-*",
    "arn:aws:s3:::other/*",
    "arn:aws:s3:::${aws:username}/*",
]
PRINCIPALS = ["*", {"AWS": "<v>"}, {"AWS": OTHER}, {"AWS": [f"arn:aws:iam::{OWN}:role/<r>"]}, {"AWS": ["<v>", OWN]}]
CONDITIONS: list[dict[str, Any]] = [
    {"StringLike": {"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/ci-*"}},
    {"StringNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/*ci*"}},
    {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/<r>"}},
    {"ArnNotEquals": {"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/<v>"}},
    {"StringEquals": {"aws:SourceVpce": "<v>"}},
    {"StringNotEquals": {"aws:SourceVpce": ["<v>", "vpce-<e>"]}},
    {"StringEquals": {"aws:SourceVpce": "vpce-<e>"}},
    {"StringLikeIfExists": {"aws:SourceVpce": "vpce-0*"}},
    {"StringEqualsIgnoreCase": {"aws:PrincipalTag/team": "<v>"}},
    {"ForAnyValue:StringLike": {"aws:TagKeys": ["<v>", "a*"]}},
    {"ForAllValues:StringNotLike": {"aws:TagKeys": ["<v>"]}},
    {"IpAddress": {"aws:SourceIp": "<v>/24"}},
    {"Null": {"aws:SourceVpce": "true"}},
]
ACTIONS = ["s3:GetObject", "s3:*", "s3:PutObject"]
CONTROLS: list[dict[str, Any]] = [
    {"for_each": "bucket", "request": {"principal": ["outside-account"], "resource": ["${target.arn}/*"]}},
    {"for_each": "bucket", "request": {"principal": ["anonymous"], "resource": ["${target.arn}", "${target.arn}/*"]}},
    {"for_each": "bucket", "request": {"principal": ["account"], "resource": ["arn:aws:s3:::logs-*/*"]}},
    {"for_each": "role", "request": {"principal": ["target"], "resource": ["arn:aws:s3:::other/*"]}},
    {"for_each": "role", "request": {"principal": ["target"], "not_resource": ["arn:aws:s3:::logs-*"]}},
    {
        "for_each": "bucket",
        "request": {
            "principal": ["anyone"],
            "resource": ["${target.arn}/*"],
            "condition": {"StringNotLike": {"aws:SourceVpce": ["vpce-0*"]}},
        },
    },
]


def control(index: int) -> Any:
    given = CONTROLS[index]
    request = {"action": ["s3:GetObject", "s3:PutObject"], **given["request"]}
    document = {
        "format": "auditctl-control/1",
        "id": f"c{index}",
        "title": "a control",
        "for_each": given["for_each"],
        "forbid": {"request": request},
    }
    return parse_control(document, "control")


def statement(rng: random.Random, *, named: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"Effect": rng.choice(["Allow", "Allow", "Deny"]), "Action": rng.choice(ACTIONS)}
    if named:
        found["NotPrincipal" if found["Effect"] == "Deny" and rng.random() < 0.3 else "Principal"] = rng.choice(
            PRINCIPALS
        )
    resources = rng.sample(RESOURCES, rng.choice([1, 1, 2]))
    found["NotResource" if rng.random() < 0.15 else "Resource"] = resources
    if rng.random() < 0.5:
        found["Condition"] = rng.choice(CONDITIONS)
    return found


def document(rng: random.Random, *, named: bool) -> dict[str, Any]:
    count = rng.choice([1, 2, 3])
    return {"Version": "2012-10-17", "Statement": [statement(rng, named=named) for _ in range(count)]}


def world(rng: random.Random) -> dict[str, Any]:
    """The files of a snapshot with a bucket and a role of unknown names."""
    role = {
        "RoleName": "<r>",
        "Arn": f"arn:aws:iam::{OWN}:role/<r>",
        "Path": "/",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
        "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": document(rng, named=False)}],
        "AttachedManagedPolicies": [],
    }
    s3 = f"{OWN}/global/s3"
    flags = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    block = rng.random() < 0.2
    details = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [role], "Policies": []}
    return {
        f"{s3}/list-buckets.json": {"Buckets": [{"Name": "<b>"}], "Owner": {"ID": "a" * 64}},
        f"{s3}/get-bucket-policy/<b>.json": {"Policy": json.dumps(document(rng, named=True))},
        f"{s3}/get-public-access-block/<b>.json": {"PublicAccessBlockConfiguration": dict.fromkeys(flags, block)},
        f"{s3}/get-bucket-ownership-controls/<b>.json": {
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        },
        f"{s3}/get-bucket-tagging/<b>.json": {"TagSet": []},
        f"{OWN}/global/iam/get-account-authorization-details.json": details,
    }


def inventory(files: Mapping[str, Any], unknown: list[dict[str, Any]]) -> Inventory:
    errors = {
        "s3control/get-public-access-block": "NoSuchPublicAccessBlockConfiguration",
        "organizations/describe-organization": "AWSOrganizationsNotInUseException",
    }
    manifest = {
        "format": "auditctl-snapshot/1",
        "accounts": [{"id": OWN, "partition": "aws"}],
        "errors": [{"path": f"{OWN}/global/{name}.json", "code": code} for name, code in errors.items()],
        "unknown": unknown,
    }
    every = {"snapshot.json": manifest, **files}
    return Inventory(
        Snapshot({path: partial(lambda v: json.dumps(v).encode(), value) for path, value in every.items()})
    )


UNKNOWN = [{"name": n, "attribute": f"x.{n}", "kind": "name"} for n in NAMES] + [
    {"name": "v", "attribute": "x.v", "kind": "text", "example": "other"}
]


def filled(files: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    """The files with every marker replaced by text."""
    found = {}
    for path, value in files.items():
        text = json.dumps([path, value])
        for name, put in values.items():
            text = text.replace(f"<{name}>", put)
        place, content = json.loads(text)
        found[place] = content
    return found


@pytest.mark.parametrize("seed", range(40 * int(os.environ.get("AUDITCTL_FUZZ", "1"))))
def test_what_is_said_is_so_whatever_the_values(seed: int) -> None:
    rng = random.Random(seed)
    files = world(rng)
    one = control(rng.randrange(len(CONTROLS)))
    (claim,) = claims_of([one], inventory(files, UNKNOWN))
    result = decide(claim, inventory(files, UNKNOWN))
    assert not result.refused
    if result.outcome is Outcome.INCONCLUSIVE:
        assert result.reasons
        return
    is_completed = result.certificate is not None and result.certificate["rule"] == COMPLETED
    for _ in range(4):
        values = {name: rng.choice(choices) for name, choices in NAMES.items()} | {"v": rng.choice(VALUES)}
        if is_completed:
            values["v"] = (
                result.certificate["values"].get("v", "other").replace("<b>", values["b"]).replace("<r>", values["r"])
            )
        known = inventory(filled(files, values), [])
        (same,) = claims_of([one], known)
        found = decide(same, known)
        wrong = Outcome.VIOLATED if result.outcome is Outcome.HOLDS else Outcome.HOLDS
        assert found.outcome is not wrong, (values, result.certificate, found.certificate)
