"""Running auditctl in this process, and small snapshots and controls to run it on."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from auditctl.__main__ import main

ACCOUNT = "111122223333"
DEMO = Path("auditctl/demo").absolute()
CONTROL = """\
title: Buckets are closed to anonymous callers
severity: high
rationale: It matters.
remediation: Mend it.
for_each: bucket
forbid:
  request:
    principal: [anonymous]
    action: ["s3:GetObject", "s3:ListBucket"]
    resource: ["${target.arn}", "${target.arn}/*"]
"""
OPEN = {"Sid": "Open", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::web/*"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a command ended with and printed."""

    code: int
    out: str
    err: str


class Shell:
    """Runs commands and keeps what they print apart."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self.capture = capture

    def __call__(self, *arguments: str | Path) -> Ran:
        self.capture.readouterr()
        code = main([str(a) for a in arguments])
        printed = self.capture.readouterr()
        return Ran(code=int(code), out=printed.out, err=printed.err)


def write_json(path: Path, value: object) -> None:
    """Write a JSON file and the directories above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


def write_snapshot(
    root: Path, policies: Mapping[str, Sequence[Mapping[str, Any]] | str | None], **files: object
) -> Path:
    """A snapshot of one account with buckets: the statements of each policy, an error code, or None for no policy."""
    base = f"{ACCOUNT}/global"
    errors = {f"{base}/organizations/describe-organization.json": "AWSOrganizationsNotInUseException"}
    errors[f"{base}/s3control/get-public-access-block.json"] = "NoSuchPublicAccessBlockConfiguration"
    for name, policy in policies.items():
        errors[f"{base}/s3/get-public-access-block/{name}.json"] = "NoSuchPublicAccessBlockConfiguration"
        rules = {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}
        write_json(root / f"{base}/s3/get-bucket-ownership-controls/{name}.json", rules)
        path = f"{base}/s3/get-bucket-policy/{name}.json"
        if policy is None or isinstance(policy, str):
            errors[path] = policy or "NoSuchBucketPolicy"
        else:
            document = json.dumps({"Version": "2012-10-17", "Statement": list(policy)})
            write_json(root / path, {"Policy": document})
    empty: dict[str, object] = {
        name: [] for name in ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
    }
    iam = files.pop("iam", {})
    write_json(
        root / f"{base}/iam/get-account-authorization-details.json", empty | (iam if isinstance(iam, dict) else {})
    )
    write_json(
        root / f"{base}/s3/list-buckets.json", {"Buckets": [{"Name": n} for n in policies], "Owner": {"ID": "own"}}
    )
    manifest = {
        "format": "auditctl-snapshot/1",
        "time": "2026-11-02T09:00:00Z",
        "tool": "test",
        "accounts": [{"id": ACCOUNT, "name": "acme", "partition": "aws"}],
        "errors": [{"path": path, "code": code, "message": ""} for path, code in errors.items()],
    }
    write_json(root / "snapshot.json", manifest)
    return root


def write_control(path: Path, text: str = CONTROL) -> Path:
    """A control file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
