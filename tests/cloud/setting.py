"""Small snapshots, and how one claim on them is decided and checked again.

A setting is a snapshot as a mapping from path to JSON. `OWN` and `OTHER` are accounts that a snapshot
can hold, `FOREIGN` is one that it never holds.
"""

from __future__ import annotations

import json
from typing import Any

from auditctl.audit import Result, claims_of, decide
from checkers.cloud.claims import Claim, check_claim, question_of
from checkers.cloud.control import Control, parse_control
from checkers.cloud.inventory import Inventory
from checkers.cloud.request import assignment_of, parse_request
from checkers.cloud.snapshot import Snapshot
from checkers.strict_json import parse_json

OWN, OTHER, FOREIGN = "111122223333", "444455556666", "999988887777"
BUCKET = "arn:aws:s3:::logs"
ROLE = f"arn:aws:iam::{OWN}:role/reader"
USER = f"arn:aws:iam::{OWN}:user/alice"
POLICY = f"arn:aws:iam::{OWN}:policy/asked"
CANONICAL = {OWN: "c0ffee01", OTHER: "c0ffee02"}
NEW = "2012-10-17"
HOLDS, VIOLATED, INCONCLUSIVE = "holds", "violated", "inconclusive"

Json = Any
Files = dict[str, Any]


# Documents.


def allow(action: Json = "s3:GetObject", resource: Json = "*", **more: Json) -> Json:
    """An Allow statement of an identity policy or, with Principal, of a bucket policy."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Json = "s3:GetObject", resource: Json = "*", **more: Json) -> Json:
    return {**allow(action, resource, **more), "Effect": "Deny"}


def trust(principal: Json, *, effect: str = "Allow", action: Json = "sts:AssumeRole", **more: Json) -> Json:
    """A statement of a role trust policy."""
    return {"Effect": effect, "Action": action, "Principal": principal, **more}


def document(*statements: Json, version: Json = NEW) -> Json:
    return {"Version": version, "Statement": list(statements)}


# Facts.


def manifest(*accounts: str, errors: dict[str, str] | None = None, partition: str = "aws") -> Json:
    return {
        "format": "auditctl-snapshot/1",
        "time": "2026-11-02T09:00:00Z",
        "tool": "aws-cli/2.31.0",
        "accounts": [{"id": a, "name": f"account-{a[:4]}", "partition": partition} for a in accounts],
        "errors": [{"path": path, "code": code, "message": ""} for path, code in (errors or {}).items()],
    }


def user(name: str, *documents: Json, account: str = OWN, **more: Json) -> Json:
    """A row of UserDetailList with inline policies."""
    return {
        "Path": "/",
        "UserName": name,
        "UserId": f"AIDA{name.upper()}",
        "Arn": f"arn:aws:iam::{account}:user/{name}",
        "UserPolicyList": inline(documents),
        "GroupList": [],
        "AttachedManagedPolicies": [],
        "Tags": [],
        **more,
    }


def role(name: str, *documents: Json, account: str = OWN, trusts: Json = None, path: str = "/", **more: Json) -> Json:
    """A row of RoleDetailList; without `trusts` the role trusts no one."""
    return {
        "Path": path,
        "RoleName": name,
        "RoleId": f"AROA{name.upper()}",
        "Arn": f"arn:aws:iam::{account}:role{path}{name}",
        "AssumeRolePolicyDocument": trusts or document(),
        "RolePolicyList": inline(documents),
        "AttachedManagedPolicies": [],
        "Tags": [],
        **more,
    }


def group(name: str, *documents: Json, account: str = OWN, **more: Json) -> Json:
    """A row of GroupDetailList."""
    return {
        "Path": "/",
        "GroupName": name,
        "GroupId": f"AGPA{name.upper()}",
        "Arn": f"arn:aws:iam::{account}:group/{name}",
        "GroupPolicyList": inline(documents),
        "AttachedManagedPolicies": [],
        **more,
    }


def managed(name: str, given: Json, account: str = OWN, **more: Json) -> Json:
    """A row of Policies."""
    return {
        "PolicyName": name,
        "Arn": f"arn:aws:iam::{account}:policy/{name}",
        "Path": "/",
        "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": True, "Document": given}],
        **more,
    }


def attached(*arns: str) -> list[Json]:
    return [{"PolicyName": a.rpartition("/")[2], "PolicyArn": a} for a in arns]


def inline(documents: tuple[Json, ...]) -> list[Json]:
    return [{"PolicyName": f"inline-{i}", "PolicyDocument": d} for i, d in enumerate(documents)]


def tag_list(tags: dict[str, str]) -> list[Json]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def iam(account: str = OWN, **lists: Json) -> Files:
    """The file of an account's IAM: users, groups, roles, policies."""
    value = {
        "UserDetailList": list(lists.get("users", ())),
        "GroupDetailList": list(lists.get("groups", ())),
        "RoleDetailList": list(lists.get("roles", ())),
        "Policies": list(lists.get("policies", ())),
        "IsTruncated": False,
    }
    return {iam_file(account): value}


def iam_file(account: str) -> str:
    return f"{account}/global/iam/get-account-authorization-details.json"


def list_file(account: str = OWN) -> str:
    return f"{account}/global/s3/list-buckets.json"


def s3_file(operation: str, name: str = "logs", account: str = OWN) -> str:
    return f"{account}/global/s3/{operation}/{name}.json"


ENFORCED = {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}
OPEN_BLOCK = {
    "PublicAccessBlockConfiguration": dict.fromkeys(
        ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), False
    )
}


def buckets(*names: str, account: str = OWN) -> Files:
    """The list of an account's buckets, with ACLs off and Block Public Access off for each."""
    found: Files = {
        list_file(account): {"Buckets": [{"Name": n} for n in names], "Owner": {"ID": CANONICAL[account]}},
        f"{account}/global/s3control/get-public-access-block.json": OPEN_BLOCK,
    }
    for name in names:
        found[s3_file("get-bucket-ownership-controls", name, account)] = ENFORCED
        found[s3_file("get-public-access-block", name, account)] = OPEN_BLOCK
        found[s3_file("get-bucket-tagging", name, account)] = {"TagSet": []}
    return found


def policy_of(name: str, given: Json, account: str = OWN) -> Files:
    """The policy of a bucket, as the text that the API returns."""
    return {s3_file("get-bucket-policy", name, account): {"Policy": json.dumps(given)}}


def setting(*parts: Files, accounts: tuple[str, ...] = (OWN,), errors: dict[str, str] | None = None) -> Files:
    """A snapshot: every account has IAM and buckets, empty unless a part says otherwise."""
    files: Files = {"snapshot.json": manifest(*accounts)}
    for account in accounts:
        files |= iam(account) | buckets(account=account)
    for part in parts:
        files |= part
    refused = dict(errors or {})
    for bucket in (p.rpartition("/")[2] for p in files if "/get-public-access-block/" in p):
        for account in accounts:
            path = f"{account}/global/s3/get-bucket-policy/{bucket}"
            if f"{account}/global/s3/get-public-access-block/{bucket}" in files and path not in files:
                refused.setdefault(path, "NoSuchBucketPolicy")
    files = {path: value for path, value in files.items() if path not in refused}
    return {**files, "snapshot.json": manifest(*accounts, errors=refused)}


def lone_bucket(*statements: Json, **more: Json) -> Files:
    """One bucket, `logs`, with these statements as its policy."""
    return setting(iam(**more), buckets("logs"), policy_of("logs", document(*statements)))


def lone_role(*statements: Json, **more: Json) -> Files:
    """One role, `reader`, with these statements as its one policy."""
    return setting(iam(roles=[role("reader", document(*statements), **more)]))


def lone_user(*statements: Json, **more: Json) -> Files:
    return setting(iam(users=[user("alice", document(*statements), **more)]))


def lone_trust(*statements: Json, **more: Json) -> Files:
    """One role, `reader`, whose trust policy has these statements."""
    return setting(iam(roles=[role("reader", trusts=document(*statements)), *more.pop("roles", ())], **more))


def lone_policy(*statements: Json, version: Json = NEW) -> Files:
    """One managed policy, `asked`."""
    return setting(iam(policies=[managed("asked", document(*statements, version=version))]))


# The organization.

SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
ROOT_ID, UNIT, INNER = "r-acme", "ou-acme-outer", "ou-acme-inner"
FULL = document(allow("*"))
FULL_RCP = document(allow("*", Principal="*"))


def organization(
    *members: str,
    scps: dict[str, list[Json]] | None = None,
    rcps: dict[str, list[Json]] | None = None,
    account: str = OWN,
    management: str = "900000000000",
    name: str = "o-1",
) -> Files:
    """What one account exports of its organization.

    Every member is in the unit INNER, which is in UNIT, which is in the root. `scps` and `rcps` are documents by
    target; every level has FullAWSAccess unless `scps` names it.
    """
    folder = f"{account}/global/organizations"
    described = {"Id": name, "MasterAccountId": management} if management else {"Id": name}
    found: Files = {f"{folder}/describe-organization.json": {"Organization": described}}
    if members:
        found[f"{folder}/list-accounts.json"] = {"Accounts": [{"Id": m} for m in members]}
    parents = {**dict.fromkeys(members, INNER), INNER: UNIT, UNIT: ROOT_ID}
    for child, parent in parents.items():
        found[f"{folder}/list-parents/{child}.json"] = {"Parents": [{"Id": parent, "Type": "?"}]}
    levels = [ROOT_ID, UNIT, INNER, *members]
    for kind, given, full in ((SCP, scps, FULL), (RCP, rcps, FULL_RCP)):
        attached = {**{level: [full] for level in levels}, **(given or {})}
        rows = []
        for target, documents in attached.items() if given is not None else ():
            for i, content in enumerate(documents):
                policy = f"p-{kind[:3].lower()}-{target}-{i}"
                rows.append({"Id": policy, "Type": kind})
                text = content if isinstance(content, str) else json.dumps(content)
                summary = {"Id": policy, "Name": policy[2:]}
                found[f"{folder}/describe-policy/{policy}.json"] = {
                    "Policy": {"PolicySummary": summary, "Content": text}
                }
                found[f"{folder}/list-targets-for-policy/{policy}.json"] = {"Targets": [{"TargetId": target}]}
        found[f"{folder}/list-policies/{kind}.json"] = {"Policies": rows}
    return found


# Claims.


def inventory_of(files: Files) -> Inventory:
    contents = {path: v if isinstance(v, bytes) else json.dumps(v).encode() for path, v in files.items()}
    return Inventory(Snapshot({path: (lambda data=data: data) for path, data in contents.items()}))


def control_json(kind: str, *, form: str = "forbid", more: dict[str, Json] | None = None, **request: Json) -> Json:
    """A control in canonical JSON."""
    return {
        "format": "auditctl-control/1",
        "id": "asked",
        "title": "asked",
        "for_each": kind,
        form: {"request": {"action": ["s3:GetObject"], **request}},
        **(more or {}),
    }


def control(kind: str, **parts: Json) -> Control:
    return parse_control(control_json(kind, **parts), "control asked")


def claim_of(files: Files, asked: Control, target: str = "") -> tuple[Claim, Inventory]:
    """The claim of the control on one target: the only one where none is named."""
    inventory = inventory_of(files)
    found = [c for c in claims_of([asked], inventory) if target in ("", c.target.id)]
    assert len(found) == 1, [c.target.id for c in found]
    return found[0], inventory


def result(files: Files, asked: Control, target: str = "") -> Result:
    """One claim decided, and its certificate read back from its text and checked again."""
    claim, inventory = claim_of(files, asked, target)
    found = decide(claim, inventory)
    assert not found.refused, found.refused
    if found.certificate is not None:
        again = parse_json(json.dumps(found.certificate), "certificate")
        assert check_claim(claim, again, inventory_of(files))[0] is found.outcome
    return found


def outcome(files: Files, asked: Control, target: str = "") -> str:
    return result(files, asked, target).outcome.value


def reasons(files: Files, asked: Control, target: str = "") -> str:
    """Why a claim is inconclusive, as one text."""
    found = result(files, asked, target)
    assert found.outcome.value == INCONCLUSIVE, found
    return "\n".join(found.reasons)


def lets_through(files: Files, asked: Control, request: dict[str, Any], target: str = "") -> tuple[bool, bool]:
    """Whether a concrete request may be allowed (wide side) and whether it surely is (narrow side)."""
    claim, inventory = claim_of(files, asked, target)
    assignment = assignment_of(parse_request({"context": {}, **request}))
    wide, narrow = (question_of(claim, inventory, wide=side).question.holds_for(assignment) for side in (True, False))
    return wide, narrow
