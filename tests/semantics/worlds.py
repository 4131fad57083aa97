"""Snapshots of what `cloud.setting` has no builder for: organizations, boundaries, keys, endpoints, access points, ACLs."""

from __future__ import annotations

import json
from typing import Any

from cloud.setting import (
    CANONICAL,
    OTHER,
    OWN,
    allow,
    document,
    iam,
    list_file,
    managed,
    manifest,
    role,
    s3_file,
    setting,
    user,
)

Json = Any
Files = dict[str, Any]

MANAGEMENT = "333300003333"
MEMBER = "666677778888"  # of the organization, and not in the snapshot
ROOT_ID, UNIT, INNER = "r-ab12", "ou-ab12-prod0001", "ou-ab12-apps0001"
ORGANIZATION = "o-a1b2c3d4e5"
REGION = "eu-west-1"
FULL = document(allow("*"))
FULL_RCP = document(allow("*", Principal="*"))
SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
LEVELS = (ROOT_ID, UNIT, INNER, OWN)  # what is above the account of the tests, and itself


# Organizations.


def organization(*, scp: dict[str, list[Json]] | None = None, rcp: dict[str, list[Json]] | None = None) -> Files:
    """An organization whose management account exported it.

    OWN is in INNER, which is in UNIT; OTHER, MEMBER and the management account are below the root. `scp` and
    `rcp` are the documents of a target in place of the one that allows everything.
    """
    described = {
        "Id": ORGANIZATION,
        "MasterAccountId": MANAGEMENT,
        "MasterAccountArn": f"arn:aws:organizations::{MANAGEMENT}:account/{ORGANIZATION}/{MANAGEMENT}",
        "FeatureSet": "ALL",
    }
    types = [{"Type": SCP, "Status": "ENABLED"}, {"Type": RCP, "Status": "ENABLED"}]
    above = {OWN: INNER, INNER: UNIT, UNIT: ROOT_ID, OTHER: ROOT_ID, MEMBER: ROOT_ID, MANAGEMENT: ROOT_ID}
    files: Files = {
        "describe-organization": {"Organization": described},
        "list-accounts": {"Accounts": [{"Id": a} for a in (OWN, OTHER, MEMBER, MANAGEMENT)]},
        "list-roots": {"Roots": [{"Id": ROOT_ID, "PolicyTypes": types}]},
        **{
            f"list-parents/{child}": {"Parents": [{"Id": p, "Type": "ROOT" if p == ROOT_ID else "ORGANIZATIONAL_UNIT"}]}
            for child, p in above.items()
        },
        **_policies(SCP, FULL, scp or {}),
        **_policies(RCP, FULL_RCP, rcp or {}),
    }
    return {f"{MANAGEMENT}/global/organizations/{name}.json": value for name, value in files.items()}


def _policies(kind: str, full: Json, given: dict[str, list[Json]]) -> Files:
    """The policies of a type: the full one wherever none is given, and the given ones.

    A resource control policy stands beside the full one, which AWS attaches to every target for good.
    """
    short = {SCP: "scp", RCP: "rcp"}[kind]
    targets = {f"p-{short}full0": [t for t in (*LEVELS, OTHER, MEMBER, MANAGEMENT) if kind == RCP or t not in given]}
    documents = {f"p-{short}full0": full}
    for target, found in given.items():
        for i, one in enumerate(found):
            documents[f"p-{short}{target.replace('-', '')}{i}"] = one
            targets[f"p-{short}{target.replace('-', '')}{i}"] = [target]
    files: Files = {f"list-policies/{kind}": {"Policies": [{"Id": i, "Name": i, "Type": kind} for i in documents]}}
    for name, one in documents.items():
        files[f"describe-policy/{name}"] = {
            "Policy": {"PolicySummary": {"Id": name, "Name": name, "Type": kind}, "Content": json.dumps(one)}
        }
        files[f"list-targets-for-policy/{name}"] = {"Targets": [{"TargetId": t} for t in targets[name]]}
    return files


def organized(*parts: Files, scp: Json = None, rcp: Json = None, **more: Any) -> Files:
    """A snapshot of OWN, OTHER and the management account with their organization."""
    bare: Files = {
        **iam(MANAGEMENT),
        list_file(MANAGEMENT): {"Buckets": [], "Owner": {"ID": "c0ffee03"}},
    }
    files = setting(bare, organization(scp=scp, rcp=rcp), *parts, accounts=(OWN, OTHER), **more)
    errors = {e["path"]: e["code"] for e in files["snapshot.json"]["errors"]}
    return {**files, "snapshot.json": manifest(OWN, OTHER, MANAGEMENT, errors=errors)}


# Boundaries.


def bounded(kind: str, boundary: Json, *documents: Json, name: str = "", account: str = OWN, **more: Any) -> Files:
    """The IAM of an account with one role `reader` or user `alice` that has a permissions boundary."""
    arn = f"arn:aws:iam::{account}:policy/limit"
    row = {"PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}, **more}
    policies = [managed("limit", boundary, account=account)]
    if kind == "role":
        return iam(account, roles=[role(name or "reader", *documents, account=account, **row)], policies=policies)
    return iam(account, users=[user(name or "alice", *documents, account=account, **row)], policies=policies)


# Keys, and other resources with policies.

KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
KEY = f"arn:aws:kms:{REGION}:{OWN}:key/{KEY_ID}"


def key(*statements: Json, grants: tuple[Json, ...] = (), manager: str = "CUSTOMER", account: str = OWN) -> Files:
    """A key of an account with these statements and grants."""
    folder = f"{account}/{REGION}/kms"
    arn = f"arn:aws:kms:{REGION}:{account}:key/{KEY_ID}"
    return {
        f"{folder}/list-keys.json": {"Keys": [{"KeyId": KEY_ID, "KeyArn": arn}]},
        f"{folder}/get-key-policy/{KEY_ID}.json": {"Policy": json.dumps(document(*statements))},
        f"{folder}/list-grants/{KEY_ID}.json": {"Grants": list(grants)},
        f"{folder}/describe-key/{KEY_ID}.json": {"KeyMetadata": {"Arn": arn, "KeyId": KEY_ID, "KeyManager": manager}},
    }


def grant(grantee: str, *operations: str, **more: Json) -> Json:
    """A row of list-grants."""
    return {"KeyId": KEY, "GrantId": "a1", "GranteePrincipal": grantee, "Operations": list(operations), **more}


def delegates(account: str = OWN, **more: Json) -> Json:
    """The statement of a key policy that lets identity policies of an account decide."""
    return allow("kms:*", Principal={"AWS": f"arn:aws:iam::{account}:root"}, **more)


QUEUE = f"arn:aws:sqs:{REGION}:{OWN}:jobs"


def queue(*statements: Json) -> Files:
    """A queue with these statements; without any it has no policy."""
    attributes = {"QueueArn": QUEUE, "VisibilityTimeout": "30"}
    if statements:
        attributes["Policy"] = json.dumps(document(*statements))
    url = f"https://sqs.{REGION}.amazonaws.com/{OWN}/jobs"
    return {
        f"{OWN}/{REGION}/sqs/list-queues.json": {"QueueUrls": [url]},
        f"{OWN}/{REGION}/sqs/get-queue-attributes/jobs.json": {"Attributes": attributes},
    }


# VPC endpoints.

ENDPOINT = "vpce-0a1b2c3d"


def endpoint(*statements: Json, kind: str = "Interface", service: str = "s3") -> Files:
    """One endpoint of OWN with these statements as its policy."""
    row = {
        "VpcEndpointId": ENDPOINT,
        "VpcEndpointType": kind,
        "ServiceName": f"com.amazonaws.{REGION}.{service}",
        "PolicyDocument": json.dumps(document(*statements)),
        "VpcId": "vpc-1",
        "State": "available",
    }
    return {f"{OWN}/{REGION}/ec2/describe-vpc-endpoints.json": {"VpcEndpoints": [row]}}


# S3: ACLs, Block Public Access, access points.

EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"
SIGNED_IN = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"
OWNER = {"ID": CANONICAL[OWN]}
OPEN_FLAGS = {
    "BlockPublicAcls": False,
    "IgnorePublicAcls": False,
    "BlockPublicPolicy": False,
    "RestrictPublicBuckets": False,
}


def acl_grant(grantee: str, permission: str) -> Json:
    """A grant to a group (by URI), an e-mail address or a canonical user."""
    if grantee.startswith("http"):
        return {"Grantee": {"Type": "Group", "URI": grantee}, "Permission": permission}
    if "@" in grantee:
        return {"Grantee": {"Type": "AmazonCustomerByEmail", "EmailAddress": grantee}, "Permission": permission}
    return {"Grantee": {"Type": "CanonicalUser", "ID": grantee}, "Permission": permission}


def acls(*grants: Json, objects: dict[str, list[Json]] | None = None, ownership: str = "ObjectWriter") -> Files:
    """The ACL of bucket `logs` and of its objects, which are all that there are."""
    own = acl_grant(CANONICAL[OWN], "FULL_CONTROL")
    files: Files = {
        s3_file("get-bucket-ownership-controls"): {"OwnershipControls": {"Rules": [{"ObjectOwnership": ownership}]}},
        s3_file("get-bucket-acl"): {"Owner": OWNER, "Grants": [own, *grants]},
        s3_file("get-bucket-versioning"): {},
        s3_file("list-objects-v2"): {"Contents": [{"Key": k} for k in objects or {}], "IsTruncated": False},
    }
    for name, found in (objects or {}).items():
        files[s3_file("get-object-acl", f"logs/{name}")] = {"Owner": OWNER, "Grants": [own, *found]}
    return files


def block(
    *, account: dict[str, bool] | None = None, bucket: dict[str, bool] | None = None, name: str = "logs"
) -> Files:
    """Block Public Access of the account OWN and of a bucket of it, with these flags on."""
    return {
        f"{OWN}/global/s3control/get-public-access-block.json": {
            "PublicAccessBlockConfiguration": {**OPEN_FLAGS, **(account or {})}
        },
        s3_file("get-public-access-block", name): {"PublicAccessBlockConfiguration": {**OPEN_FLAGS, **(bucket or {})}},
    }


def effective_block(value: str) -> Files:
    """The effective S3 policy of the organization for account OWN: `all` or `none`."""
    content = {"s3_attributes": {"public_access_block_configuration": value}}
    policy = {"PolicyContent": json.dumps(content), "PolicyType": "S3_POLICY", "TargetId": OWN}
    return {
        f"{OWN}/global/organizations/describe-effective-policy/S3_POLICY/{OWN}.json": {"EffectivePolicy": policy},
    }


POINT = f"arn:aws:s3:{REGION}:{OWN}:accesspoint/door"


def access_point(*statements: Json, account: str = OWN, vpc: str = "", flags: dict[str, bool] | None = None) -> Files:
    """Access point `door` of bucket `logs` of OWN, in this account."""
    folder = f"{account}/{REGION}/s3control"
    arn = f"arn:aws:s3:{REGION}:{account}:accesspoint/door"
    shown: Json = {
        "Name": "door",
        "Bucket": "logs",
        "BucketAccountId": OWN,
        "AccessPointArn": arn,
        "NetworkOrigin": "VPC" if vpc else "Internet",
        **({"VpcConfiguration": {"VpcId": vpc}} if vpc else {}),
    }
    return {
        f"{folder}/list-access-points.json": {"AccessPointList": [shown]},
        f"{folder}/get-access-point/door.json": {
            **shown,
            "PublicAccessBlockConfiguration": {**OPEN_FLAGS, **(flags or {})},
        },
        f"{folder}/get-access-point-policy/door.json": {"Policy": json.dumps(document(*statements))},
    }


ALIAS = "mfzwi23gnjvgw.mrap"
REGIONS_POINT = f"arn:aws:s3::{OWN}:accesspoint/{ALIAS}"


def multi_region_point(*statements: Json, flags: dict[str, bool] | None = None) -> Files:
    """Multi-region access point `wide` of bucket `logs`."""
    folder = f"{OWN}/us-west-2/s3control"
    row = {
        "Name": "wide",
        "Alias": ALIAS,
        "Status": "READY",
        "PublicAccessBlock": {**OPEN_FLAGS, **(flags or {})},
        "Regions": [{"Bucket": "logs", "BucketAccountId": OWN, "Region": REGION}],
    }
    policy = {"Established": {"Policy": json.dumps(document(*statements))}}
    return {
        f"{folder}/list-multi-region-access-points.json": {"AccessPoints": [row]},
        f"{folder}/get-multi-region-access-point-policy/wide.json": {"Policy": policy},
    }
