"""A small audit with every kind of evidence: two buckets, three roles, three policies, and twelve controls."""

import copy
import io
import json
import zipfile
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from auditctl.audit import audit, claims_of
from auditctl.bundle import write_bundle
from checkers.cloud.control import parse_control
from checkers.cloud.inventory import Inventory
from checkers.cloud.snapshot import Snapshot

ACCOUNT = "111122223333"
GLOBAL = f"{ACCOUNT}/global"
IAM = f"{GLOBAL}/iam/get-account-authorization-details.json"
LOGS_POLICY = f"{GLOBAL}/s3/get-bucket-policy/logs.json"


def statement(
    effect: str, action: object, resource: object, condition: object = None, **more: object
) -> dict[str, Any]:
    """One statement of a policy."""
    found = {"Effect": effect, "Action": action, "Resource": resource, **more}
    return found if condition is None else {**found, "Condition": condition}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def role(
    name: str, trust: dict[str, Any], *statements: dict[str, Any], tags: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """A role with one inline policy."""
    return {
        "RoleName": name,
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "Path": "/",
        "RoleId": f"AROA{name.upper()}",
        "AssumeRolePolicyDocument": trust,
        "RolePolicyList": [{"PolicyName": "inline", "PolicyDocument": document(*statements)}],
        "AttachedManagedPolicies": [],
        "Tags": [{"Key": k, "Value": v} for k, v in (tags or {}).items()],
    }


def managed(name: str, *statements: dict[str, Any]) -> dict[str, Any]:
    """A managed policy with one version."""
    version = {"VersionId": "v1", "IsDefaultVersion": True, "Document": document(*statements)}
    arn = f"arn:aws:iam::{ACCOUNT}:policy/{name}"
    return {"PolicyName": name, "Arn": arn, "Path": "/", "DefaultVersionId": "v1", "PolicyVersionList": [version]}


def trusts(principal: object, condition: object = None) -> dict[str, Any]:
    """A trust policy."""
    found = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return document(found if condition is None else {**found, "Condition": condition})


OWN = {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}
OFFICE = {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]}, "NumericLessThan": {"s3:max-keys": "100"}}
EXTERNAL = {"StringEquals": {"sts:ExternalId": "b5-71"}}


def files() -> dict[str, Any]:
    """The snapshot, as JSON values by path."""
    logs = document(
        statement("Allow", "s3:Get*", "arn:aws:s3:::logs/*", Principal="*"),
        statement(
            "Deny",
            "s3:*",
            ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"],
            {"StringNotEquals": OWN["StringEquals"]},
            Principal="*",
        ),
    )
    data = document(statement("Allow", "s3:GetObject", "arn:aws:s3:::data/public/*", OFFICE, Principal={"AWS": "*"}))
    own_prefix = "arn:aws:s3:::data/team/${aws:PrincipalTag/team}/*"
    roles = [
        role(
            "reader",
            trusts({"Service": "ec2.amazonaws.com"}),
            statement("Allow", "s3:GetObject", own_prefix),
            tags={"team": "red"},
        ),
        role("admin", trusts({"AWS": ACCOUNT}), statement("Allow", "*", "*"), statement("Deny", "s3:Delete*", "*")),
        role(
            "vendor",
            trusts({"AWS": "999988887777"}, EXTERNAL),
            statement("Allow", ["s3:List*", "s3:GetObject"], "arn:aws:s3:::logs*"),
        ),
    ]
    policies = [
        managed(
            "pass",
            statement("Allow", "iam:PassRole", "arn:aws:iam::*:role/app-*"),
            statement("Deny", "iam:*", "*", {"Bool": {"aws:MultiFactorAuthPresent": "false"}}),
        ),
        managed(
            "tags",
            statement(
                "Allow",
                "s3:PutObject",
                "arn:aws:s3:::data/${aws:username, 'nobody'}/*",
                {"StringEquals": {"s3:ExistingObjectTag/owner": "${aws:username}"}},
            ),
        ),
    ]
    operators = ("StringEquals", "StringNotEquals")
    denies = [
        statement("Deny", "sqs:*", "*", condition)
        for first in operators
        for second in operators
        for condition in [
            {first: {"sqs:a": "1"}, second: {"sqs:b": "1"}}
            if first != second
            else {first: {"sqs:a": "1", "sqs:b": "1"}}
        ]
    ]
    policies.append(managed("split", statement("Allow", "sqs:SendMessage", "*"), *denies))
    found: dict[str, Any] = {
        "snapshot.json": {
            "format": "auditctl-snapshot/1",
            "accounts": [{"id": ACCOUNT, "name": "small"}],
            "errors": errors(),
        },
        IAM: {
            "UserDetailList": [],
            "GroupDetailList": [],
            "RoleDetailList": roles,
            "Policies": policies,
            "IsTruncated": False,
        },
        f"{GLOBAL}/s3/list-buckets.json": {"Buckets": [{"Name": "logs"}, {"Name": "data"}], "Owner": {"ID": "c0ffee"}},
        LOGS_POLICY: {"Policy": json.dumps(logs)},
        f"{GLOBAL}/s3/get-bucket-policy/data.json": {"Policy": json.dumps(data)},
    }
    for name in ("logs", "data"):
        rules = {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}
        found[f"{GLOBAL}/s3/get-bucket-ownership-controls/{name}.json"] = rules
    return found


def errors() -> list[dict[str, str]]:
    """What is known to be absent."""
    missing = [(f"{GLOBAL}/s3control/get-public-access-block.json", "NoSuchPublicAccessBlockConfiguration")]
    for name in ("logs", "data"):
        missing += [
            (f"{GLOBAL}/s3/get-public-access-block/{name}.json", "NoSuchPublicAccessBlockConfiguration"),
            (f"{GLOBAL}/s3/get-bucket-tagging/{name}.json", "NoSuchTagSet"),
        ]
    return [{"path": path, "code": code, "message": "there is none"} for path, code in missing]


def control(name: str, for_each: str, form: str, **request: object) -> dict[str, Any]:
    """A control in canonical form."""
    return {
        "format": "auditctl-control/1",
        "id": name,
        "title": f"title of {name}",
        "for_each": for_each,
        form: {"request": request},
    }


def controls() -> dict[str, Any]:
    """The controls by id."""
    own = ["${target.arn}", "${target.arn}/*"]
    red = ["arn:aws:s3:::data/team/*"]
    found = [
        control(
            "bucket-foreign",
            "bucket",
            "forbid",
            principal=["anonymous", "outside-account"],
            action=["s3:*"],
            resource=own,
        ),
        control(
            "bucket-from-afar",
            "bucket",
            "forbid",
            principal=["anonymous"],
            action=["s3:Get*"],
            resource=own,
            condition={"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/25", "203.0.113.128/25", "2001:db8::/32"]}},
        ),
        control(
            "bucket-many-keys",
            "bucket",
            "forbid",
            principal=["anonymous"],
            action=["s3:Get*"],
            resource=own,
            condition={"NumericGreaterThanEquals": {"s3:max-keys": ["100"]}},
        ),
        control(
            "role-other-team",
            "role",
            "forbid",
            action=["s3:GetObject"],
            resource=red,
            condition={"StringNotEquals": {"aws:PrincipalTag/team": ["red"]}},
        ),
        control("role-may-list", "role", "require", action=["s3:ListBucket"], resource=["arn:aws:s3:::logs"]),
        control("role-deletes-nothing", "role", "forbid", action=["s3:Delete*"]),
        control(
            "trust",
            "role",
            "forbid",
            principal=["outside-account"],
            action=["sts:AssumeRole"],
            resource=["${target.arn}"],
        ),
        control("policy-pass", "policy", "forbid", action=["iam:PassRole"], not_resource=["arn:aws:iam::*:role/app-*"]),
        control(
            "policy-owner",
            "policy",
            "forbid",
            action=["s3:PutObject"],
            resource=["arn:aws:s3:::data/alice/*"],
            condition={"StringNotEquals": {"s3:ExistingObjectTag/owner": ["alice"]}},
        ),
        control(
            "policy-as-owner",
            "policy",
            "forbid",
            action=["s3:PutObject"],
            condition={"StringLike": {"s3:ExistingObjectTag/owner": ["b*"]}, "StringNotLike": {"aws:username": ["b*"]}},
        ),
        control("policy-elsewhere", "policy", "forbid", action=["s3:PutObject"], resource=["arn:aws:s3:::logs/*"]),
        control("policy-send", "policy", "forbid", action=["sqs:SendMessage"]),
    ]
    return {c["id"]: c for c in found}


def as_bytes(values: Mapping[str, Any]) -> dict[str, bytes]:
    """JSON values as the files of a snapshot."""
    return {path: (json.dumps(value) + "\n").encode() for path, value in values.items()}


def inventory_of(snapshot: Mapping[str, bytes]) -> Inventory:
    """The inventory of a snapshot in memory."""
    return Inventory(Snapshot({path: (lambda data=data: data) for path, data in snapshot.items()}))


def build(values: Mapping[str, Any], documents: Mapping[str, Any]) -> bytes:
    """The bundle of an audit."""
    snapshot = as_bytes(values)
    inventory = inventory_of(snapshot)
    results = list(audit(claims_of([parse_control(d, name) for name, d in documents.items()], inventory), inventory))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "small.audit"
        readers = {name: (lambda data=data: data) for name, data in snapshot.items()}
        write_bundle(path, snapshot=readers, controls=documents, results=results, inventory=inventory)
        return path.read_bytes()


@cache
def small_bundle() -> bytes:
    """The bundle of the small audit."""
    return build(files(), controls())


def members_of(bundle: bytes) -> dict[str, bytes]:
    """The members of a bundle."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_digests(members: Mapping[str, bytes]) -> dict[str, bytes]:
    """The members with a manifest that has their digests."""
    manifest = json.loads(members["manifest.json"])
    manifest["files"] = {n: sha256(d).hexdigest() for n, d in sorted(members.items()) if n != "manifest.json"}
    return {**members, "manifest.json": json.dumps(manifest).encode()}


def zip_of(members: Mapping[str, bytes]) -> bytes:
    """A zip file of the members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def rows_of(members: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """The lines of the certificates."""
    return [json.loads(line) for line in members["certificates.jsonl"].splitlines()]


def with_rows(members: Mapping[str, bytes], rows: list[dict[str, Any]]) -> dict[str, bytes]:
    """The members with other lines of certificates."""
    lines = "".join(json.dumps(row) + "\n" for row in copy.deepcopy(rows))
    return with_digests({**members, "certificates.jsonl": lines.encode()})
