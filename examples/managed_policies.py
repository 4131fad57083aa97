"""The AWS managed policies as a snapshot: `python examples/managed_policies.py DIRECTORY`.

The policies are the copies that moto carries (`pip install moto`). They are written as the response of
`aws iam get-account-authorization-details` in one account that uses all of them.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ACCOUNT = "111122223333"
USAGE = "usage: python examples/managed_policies.py DIRECTORY"


def read_policies() -> Mapping[str, Mapping[str, Any]]:
    """The policies of moto, by name."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data  # noqa: PLC0415  a test dependency

    policies: dict[str, Mapping[str, Any]] = json.loads(aws_managed_policies_data)
    return policies


def policy_row(name: str, policy: Mapping[str, Any]) -> dict[str, Any]:
    """One managed policy as the IAM API returns it."""
    path = policy.get("Path", "/")
    version = {
        "Document": policy["Document"],
        "VersionId": policy["DefaultVersionId"],
        "IsDefaultVersion": True,
        "CreateDate": policy["UpdateDate"],
    }
    return {
        "PolicyName": name,
        "Arn": f"arn:aws:iam::aws:policy{path}{name}",
        "Path": path,
        "DefaultVersionId": policy["DefaultVersionId"],
        "IsAttachable": True,
        "CreateDate": policy["CreateDate"],
        "UpdateDate": policy["UpdateDate"],
        "PolicyVersionList": [version],
    }


def snapshot_files(policies: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The files of the snapshot, by relative path, as JSON values."""
    rows = [policy_row(name, policies[name]) for name in sorted(policies)]
    manifest = {
        "format": "auditctl-snapshot/1",
        "time": max(row["UpdateDate"] for row in rows),
        "tool": "moto",
        "accounts": [{"id": ACCOUNT, "name": "managed-policies", "partition": "aws"}],
        "errors": [],
    }
    details = {
        "UserDetailList": [],
        "GroupDetailList": [],
        "RoleDetailList": [],
        "Policies": rows,
        "IsTruncated": False,
    }
    return {
        "snapshot.json": manifest,
        f"{ACCOUNT}/global/iam/get-account-authorization-details.json": details,
    }


def write_snapshot(directory: Path) -> int:
    """Write the snapshot; how many policies it has."""
    policies = read_policies()
    for name, value in snapshot_files(policies).items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
    return len(policies)


def main(arguments: list[str]) -> int:
    """Write the snapshot to the directory that the arguments name; the exit code."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print(USAGE, file=sys.stderr)
        return 2
    print(f"{write_snapshot(Path(arguments[0]))} policies written to {arguments[0]}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
