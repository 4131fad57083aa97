"""What an export says of an account in which nothing is configured.

Untrusted. Used only to complete the snapshots of control tests: no organization, no
identities, no Block Public Access, buckets without a policy whose ACL is switched off,
roles and policies with the members that the API always returns.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from auditctl.controls.baseline_network import complete_networks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from auditctl.controls.json_schema import Json

BASELINE_TIME = "2026-01-01T00:00:00Z"

_IDENTITIES = "global/iam/get-account-authorization-details.json"
_BUCKETS = "global/s3/list-buckets.json"
_ORGANIZATION = "global/organizations/describe-organization.json"

_ABSENT_IN_ACCOUNT = {
    "global/s3control/get-public-access-block.json": "NoSuchPublicAccessBlockConfiguration",
    _ORGANIZATION: "AWSOrganizationsNotInUseException",
}
_ABSENT_IN_BUCKET = {
    "get-bucket-policy": "NoSuchBucketPolicy",
    "get-public-access-block": "NoSuchPublicAccessBlockConfiguration",
    "get-bucket-tagging": "NoSuchTagSet",
}
_SERVICE_TRUST: Json = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ec2.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def complete(
    accounts: tuple[str, ...], files: Mapping[str, Json], answered: frozenset[str]
) -> tuple[dict[str, Json], dict[str, str]]:
    """Return all files of the snapshot, and the code of each fact that is absent.

    `answered` are the paths that have an error already; they stay as they are.
    """
    whole: dict[str, Json] = deepcopy(dict(files))
    absent: dict[str, str] = {}
    for account in accounts:
        _complete_account(account, accounts, whole, absent)
    complete_networks(whole)
    return (
        {path: content for path, content in sorted(whole.items()) if path not in answered},
        {p: code for p, code in absent.items() if p not in whole and p not in answered},
    )


def _complete_account(
    account: str,
    accounts: tuple[str, ...],
    files: dict[str, Json],
    absent: dict[str, str],
) -> None:
    identities = f"{account}/{_IDENTITIES}"
    files[identities] = _authorization_details(files.get(identities))
    buckets = files.setdefault(f"{account}/{_BUCKETS}", {"Buckets": []})
    files[f"{account}/{_BUCKETS}"] = _with_defaults(buckets, {"Owner": _owner(account)})
    absent |= {f"{account}/{path}": code for path, code in _ABSENT_IN_ACCOUNT.items()}
    for name in _names(buckets):
        _complete_bucket(account, name, files, absent)
    if f"{account}/{_ORGANIZATION}" in files:
        _complete_organization(f"{account}/global/organizations", accounts, files)


def _owner(account: str) -> dict[str, Json]:
    """Return a canonical user id: 64 hexadecimal digits, one id for each account."""
    return {"ID": account.rjust(64, "0")}


def _names(buckets: Json) -> list[str]:
    listed = buckets.get("Buckets") if isinstance(buckets, dict) else None
    members = listed if isinstance(listed, list) else []
    return [str(bucket["Name"]) for bucket in members if isinstance(bucket, dict)]


def _complete_bucket(account: str, name: str, files: dict[str, Json], absent: dict[str, str]) -> None:
    prefix = f"{account}/global/s3"
    files.setdefault(f"{prefix}/get-bucket-acl/{name}.json", {"Owner": _owner(account), "Grants": []})
    files.setdefault(
        f"{prefix}/get-bucket-ownership-controls/{name}.json",
        {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}},
    )
    for operation, code in _ABSENT_IN_BUCKET.items():
        absent[f"{prefix}/{operation}/{name}.json"] = code


def _complete_organization(prefix: str, accounts: tuple[str, ...], files: dict[str, Json]) -> None:
    """Complete an organization of the case's accounts whose one policy allows everything."""
    summary: dict[str, Json] = {
        "Id": "p-FullAWSAccess",
        "Arn": "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess",
        "Name": "FullAWSAccess",
        "Type": "SERVICE_CONTROL_POLICY",
        "AwsManaged": True,
    }
    everything = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
    members: list[Json] = [{"Id": account, "Name": account, "Status": "ACTIVE"} for account in accounts]
    files.setdefault(f"{prefix}/list-accounts.json", {"Accounts": members})
    files.setdefault(f"{prefix}/list-policies/RESOURCE_CONTROL_POLICY.json", {"Policies": []})
    listed = f"{prefix}/list-policies/SERVICE_CONTROL_POLICY.json"
    if listed not in files:
        files[listed] = {"Policies": [summary]}
        files.setdefault(
            f"{prefix}/describe-policy/p-FullAWSAccess.json",
            {"Policy": {"PolicySummary": summary, "Content": everything}},
        )


def _with_defaults(content: Json, defaults: Mapping[str, Json]) -> Json:
    return {**defaults, **content} if isinstance(content, dict) else content


def _authorization_details(content: Json) -> Json:
    lists: dict[str, Json] = {name: [] for name in _DETAILS}
    whole = _with_defaults({} if content is None else content, {**lists, "IsTruncated": False})
    if not isinstance(whole, dict):
        return whole
    return {name: _details(name, value) for name, value in whole.items()}


def _details(name: str, entries: Json) -> Json:
    if name not in _DETAILS or not isinstance(entries, list):
        return entries
    return [_entry(name, number, entry) for number, entry in enumerate(entries, start=1)]


def _entry(name: str, number: int, entry: Json) -> Json:
    """Return one user, group, role or policy with what the API always says of it."""
    if not isinstance(entry, dict):
        return entry
    kind, id_prefix, more = _DETAILS[name]
    resource = str(entry.get("Arn", "")).partition("/")[2]
    path, _, short_name = resource.rpartition("/")
    named: dict[str, Json] = {
        "Path": f"/{path}/" if path else "/",
        f"{kind}Name": short_name,
        f"{kind}Id": f"{id_prefix}{number:016}",
        "CreateDate": BASELINE_TIME,
    }
    return _with_versions({**named, **more, **entry})


def _with_versions(entry: dict[str, Json]) -> Json:
    versions = entry.get("PolicyVersionList")
    if not isinstance(versions, list):
        return entry
    first: dict[str, Json] = {"VersionId": "v1", "IsDefaultVersion": True}
    filled: list[Json] = [_with_defaults(version, first) for version in versions]
    return {"DefaultVersionId": "v1", **entry, "PolicyVersionList": filled}


# Member of the response: word in the names of its entries, prefix of their unique ids,
# and further members. The id prefixes are those of the IAM User Guide, "IAM identifiers".
_DETAILS: dict[str, tuple[str, str, dict[str, Json]]] = {
    "UserDetailList": (
        "User",
        "AIDA",
        {
            "UserPolicyList": [],
            "GroupList": [],
            "AttachedManagedPolicies": [],
            "Tags": [],
        },
    ),
    "GroupDetailList": (
        "Group",
        "AGPA",
        {"GroupPolicyList": [], "AttachedManagedPolicies": []},
    ),
    "RoleDetailList": (
        "Role",
        "AROA",
        {
            "AssumeRolePolicyDocument": _SERVICE_TRUST,
            "InstanceProfileList": [],
            "RolePolicyList": [],
            "AttachedManagedPolicies": [],
            "Tags": [],
        },
    ),
    "Policies": (
        "Policy",
        "ANPA",
        {
            "AttachmentCount": 1,
            "PermissionsBoundaryUsageCount": 0,
            "IsAttachable": True,
        },
    ),
}
