"""S3: buckets with their policies, ACLs, ownership, Block Public Access and tags, and the endpoints to reach them."""

from collections.abc import Sequence
from random import Random
from typing import Any

from generator.files import Files
from generator.setting import (
    LARGE,
    ORGANIZATION,
    PARTNER,
    REGIONS,
    STRANGER,
    TIME,
    TOOLING,
    Setting,
    digest,
    team,
)
from generator.statements import Statement, allow, as_text, deny, document, to

_FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_GROUPS = "http://acs.amazonaws.com/groups"
_CLASSES = {"assets": "public", "shared": "internal", "logs": "internal", "exports": "internal"}
_PLAIN = {"Bool": {"aws:SecureTransport": "false"}}
_OUTSIDE = {
    "StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION},
    "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
}


def owner_of(account: str) -> str:
    """The canonical id of an account."""
    return digest(f"owner {account}", 64)


def put_buckets(files: Files, account: str, names: Sequence[str]) -> None:
    """The list of an account's buckets, and the account's Block Public Access, which is left to the buckets."""
    rows = [{"Name": name, "CreationDate": TIME} for name in names]
    files.put(f"{account}/global/s3/list-buckets", {"Buckets": rows, "Owner": {"ID": owner_of(account)}})
    files.miss(f"{account}/global/s3control/get-public-access-block", "NoSuchPublicAccessBlockConfiguration")
    for region in REGIONS:
        files.put(f"{account}/{region}/s3control/list-access-points", {"AccessPointList": []})
    files.put(f"{account}/us-west-2/s3control/list-multi-region-access-points", {"AccessPoints": []})


def put_closed_bucket(files: Files, account: str, name: str, statements: Sequence[Statement]) -> None:
    """A bucket of a small account: ACLs are off, Block Public Access is on."""
    _put(files, account, "get-bucket-policy", name, {"Policy": as_text(document([*_transport(name), *statements]))})
    _put_ownership(files, account, name, "BucketOwnerEnforced", [])
    _put_block(files, account, name, is_on=True)
    _put(files, account, "get-bucket-tagging", name, {"TagSet": [{"Key": "classification", "Value": "internal"}]})


def put_large_buckets(files: Files, setting: Setting) -> None:
    """Every bucket of the large account, with the home of its users."""
    random = setting.random("buckets")
    names = [setting.bucket(i) for i in range(setting.size.buckets - 1)]
    put_buckets(files, LARGE, [*names, "borealis-home"])
    put_closed_bucket(files, LARGE, "borealis-home", [])
    for i, name in enumerate(names):
        kind = name.split("-")[2]
        rows = _STATEMENTS[kind](name, i, random)
        _put_policy(files, name, rows)
        _put_acl(files, name, i)
        _put_block(files, LARGE, name, is_on=kind != "assets" and i % 9 != 0)
        _put_tags(files, name, kind, i)


def _put_policy(files: Files, name: str, rows: Sequence[Statement]) -> None:
    if rows:
        _put(files, LARGE, "get-bucket-policy", name, {"Policy": as_text(document(rows))})
    else:
        files.miss(f"{LARGE}/global/s3/get-bucket-policy/{name}", "NoSuchBucketPolicy")


def _put_acl(files: Files, name: str, i: int) -> None:
    """Most buckets have ACLs switched off; some get logs by ACL, a few are open by ACL."""
    if i % 29 == 5:  # noqa: PLR2004  a bucket for logs
        grants = [_grant({"Type": "Group", "URI": f"{_GROUPS}/s3/LogDelivery"}, p) for p in ("WRITE", "READ_ACP")]
        _put_ownership(files, LARGE, name, "BucketOwnerPreferred", grants)
    elif i % 53 == 14:  # noqa: PLR2004  a mistake: open by ACL
        _put_ownership(
            files, LARGE, name, "ObjectWriter", [_grant({"Type": "Group", "URI": f"{_GROUPS}/global/AllUsers"}, "READ")]
        )
    else:
        _put_ownership(files, LARGE, name, "BucketOwnerEnforced", [])
        return
    keys = [f"incoming/{n:03d}.json" for n in range(3)]
    rows = [{"Key": key, "Size": 4096, "StorageClass": "STANDARD"} for key in keys]
    _put(
        files,
        LARGE,
        "list-objects-v2",
        name,
        {"Contents": rows, "IsTruncated": False, "KeyCount": len(rows), "Name": name},
    )
    for n, key in enumerate(keys):
        public = (
            [_grant({"Type": "Group", "URI": f"{_GROUPS}/global/AllUsers"}, "READ")] if n == 1 and i % 2 == 0 else []
        )
        _put(files, LARGE, "get-object-acl", f"{name}/{key}", _acl(LARGE, public))


def _put_ownership(files: Files, account: str, name: str, ownership: str, grants: Sequence[dict[str, Any]]) -> None:
    rules = {"OwnershipControls": {"Rules": [{"ObjectOwnership": ownership}]}}
    _put(files, account, "get-bucket-ownership-controls", name, rules)
    _put(files, account, "get-bucket-acl", name, _acl(account, grants))
    versioning = {"Status": "Enabled"} if ownership == "BucketOwnerEnforced" else {}
    _put(files, account, "get-bucket-versioning", name, versioning)


def _acl(account: str, grants: Sequence[dict[str, Any]]) -> dict[str, Any]:
    own = _grant({"Type": "CanonicalUser", "ID": owner_of(account)}, "FULL_CONTROL")
    return {"Owner": {"ID": owner_of(account)}, "Grants": [own, *grants]}


def _grant(grantee: dict[str, str], permission: str) -> dict[str, Any]:
    return {"Grantee": grantee, "Permission": permission}


def _put_block(files: Files, account: str, name: str, *, is_on: bool) -> None:
    flags = dict.fromkeys(_FLAGS, True)
    if is_on:
        _put(files, account, "get-public-access-block", name, {"PublicAccessBlockConfiguration": flags})
    else:
        files.miss(f"{account}/global/s3/get-public-access-block/{name}", "NoSuchPublicAccessBlockConfiguration")


def _put_tags(files: Files, name: str, kind: str, i: int) -> None:
    if i % 13 == 0:
        files.miss(f"{LARGE}/global/s3/get-bucket-tagging/{name}", "NoSuchTagSet")
        return
    values = {"team": team(i), "classification": _CLASSES.get(kind, "personal" if i % 3 == 0 else "confidential")}
    _put(files, LARGE, "get-bucket-tagging", name, {"TagSet": [{"Key": k, "Value": v} for k, v in values.items()]})


def _put(files: Files, account: str, operation: str, name: str, response: dict[str, Any]) -> None:
    files.put(f"{account}/global/s3/{operation}/{name}", response)


# The usual bucket policies.


def _both(name: str) -> list[str]:
    return [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]


def _transport(name: str) -> list[Statement]:
    return [to("*", deny("DenyPlainHttp", "s3:*", _both(name), _PLAIN))]


def _data(name: str, i: int, random: Random) -> list[Statement]:
    """Nobody outside the organization; some have no policy at all."""
    if random.random() < 0.3:  # noqa: PLR2004  a share
        return []
    owner = {"ArnNotLike": {"aws:PrincipalArn": [f"arn:aws:iam::{LARGE}:role/{team(i)}/*",
                                                 f"arn:aws:iam::{LARGE}:role/platform/*"]}}  # fmt: skip
    rows = [*_transport(name), to("*", deny("DenyOutsiders", "s3:*", _both(name), _OUTSIDE))]
    return rows + (
        [to("*", deny("DenyOthers", ["s3:GetObject*", "s3:PutObject*"], _both(name)[1], owner))] if i % 3 == 0 else []
    )


def _uploads(name: str, i: int, _: Random) -> list[Statement]:
    """Encrypted objects only."""
    other = {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}
    none = {"Null": {"s3:x-amz-server-side-encryption": "true"}}
    rows = [to("*", deny("DenyOtherEncryption", "s3:PutObject", _both(name)[1], other)),
            to("*", deny("DenyNoEncryption", "s3:PutObject", _both(name)[1], none))]  # fmt: skip
    return rows if i % 7 == 0 else [*_transport(name), *rows]  # a mistake: plain HTTP is left open


def _exports(name: str, i: int, _: Random) -> list[Statement]:
    """Read by another account: the partner, or a pipeline."""
    reads = ["s3:GetObject", "s3:ListBucket"]
    readers = [f"arn:aws:iam::{TOOLING}:role/pipeline/{team(i)}-pipeline", f"arn:aws:iam::{PARTNER}:root"]
    if i % 37 == 3:  # noqa: PLR2004  a mistake that the resource control policy stops
        readers = [f"arn:aws:iam::{STRANGER}:root"]
    return [*_transport(name), to({"AWS": readers[i % 2 :][:1] or readers}, allow("Read", reads, _both(name)))]


def _assets(name: str, i: int, _: Random) -> list[Statement]:
    """Served by CloudFront; a few are websites, or limited by a header that anybody can send."""
    source = {
        "StringEquals": {"AWS:SourceArn": f"arn:aws:cloudfront::{LARGE}:distribution/E{digest(name, 13).upper()}"}
    }
    served = to({"Service": "cloudfront.amazonaws.com"}, allow("CloudFront", "s3:GetObject", _both(name)[1], source))
    if i % 60 == 4:  # noqa: PLR2004  on purpose, or by mistake
        return [to("*", allow("Website", "s3:GetObject", _both(name)[1]))]
    if i % 60 == 24:  # noqa: PLR2004  a mistake
        referer = {"StringLike": {"aws:Referer": "https://www.borealis.example/*"}}
        return [*_transport(name), to("*", allow("Referer", "s3:GetObject", _both(name)[1], referer))]
    return [*_transport(name), served]


def _logs(name: str, i: int, _: Random) -> list[Statement]:
    """Filled by services of AWS on behalf of the account."""
    of_account = {"StringEquals": {"aws:SourceAccount": LARGE}}
    if i % 50 == 15:  # noqa: PLR2004  a mistake: on behalf of anybody
        of_account = {}
    source = {**of_account, "ArnLike": {"aws:SourceArn": f"arn:aws:s3:::borealis-{team(i)}-*"}}
    services = {"Service": ["delivery.logs.amazonaws.com", "logdelivery.elasticloadbalancing.amazonaws.com"]}
    return [
        *_transport(name),
        to(
            {"Service": "logging.s3.amazonaws.com"},
            allow("AccessLogs", "s3:PutObject", f"{_both(name)[1][:-1]}access/*", source),
        ),
        to(services, allow("Delivery", "s3:PutObject", f"{_both(name)[1][:-1]}AWSLogs/{LARGE}/*", of_account)),
        to(
            {"Service": "delivery.logs.amazonaws.com"},
            allow("DeliveryAcl", "s3:GetBucketAcl", _both(name)[0], of_account),
        ),
    ]


def _backup(name: str, i: int, _: Random) -> list[Statement]:
    """Nothing is deleted but by the platform."""
    platform = {"ArnNotEquals": {"aws:PrincipalArn": f"arn:aws:iam::{LARGE}:role/platform/platform-provisioning"}}
    actions = ["s3:DeleteObject*", "s3:PutLifecycleConfiguration", "s3:BypassGovernanceRetention"]
    if i % 40 == 6:  # noqa: PLR2004  a mistake: versions can be deleted
        actions = ["s3:DeleteObject", "s3:PutLifecycleConfiguration"]
    return [*_transport(name), to("*", deny("KeepBackups", actions, _both(name), platform))]


def _shared(name: str, i: int, _: Random) -> list[Statement]:
    """Read by the whole organization."""
    inside = {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}
    if i % 90 == 27:  # noqa: PLR2004  a mistake: whoever has no organization
        inside = {"StringEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION}}
    if i % 40 == 37:  # noqa: PLR2004  a mistake: a role of that name in any account
        inside = {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/pipeline/*"}}
    reads = ["s3:GetObject", "s3:GetObjectTagging", "s3:ListBucket"]
    return [*_transport(name), to("*", allow("Organization", reads, _both(name), inside))]


def _archive(name: str, i: int, _: Random) -> list[Statement]:
    """Read through the endpoint of the account's network only; a few have no policy."""
    endpoint = {"StringNotEquals": {"aws:SourceVpce": endpoint_id("s3", REGIONS[0])}}
    elsewhere = {**endpoint, "ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{LARGE}:role/platform/*"}}
    rows = [
        *_transport(name),
        to("*", deny("DenyElsewhere", ["s3:GetObject*", "s3:PutObject*"], _both(name)[1], elsewhere)),
    ]
    return rows if i % 20 else []


_STATEMENTS = {
    "data": _data, "uploads": _uploads, "exports": _exports, "assets": _assets, "logs": _logs, "backup": _backup,
    "shared": _shared, "archive": _archive,
}  # fmt: skip


# VPC endpoints.


def endpoint_id(service: str, region: str) -> str:
    """The id of the endpoint to a service in a region."""
    return f"vpce-0{digest(f'{service} {region}', 16)}"


def put_endpoints(files: Files, account: str) -> None:
    """The endpoints of an account; the large one has some, for the organization's own principals and resources."""
    inside = {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION, "aws:ResourceOrgID": ORGANIZATION}}
    images = {"StringEquals": {"aws:ResourceAccount": "763104351884"}}
    rows = [to("*", allow("Inside", "*", "*", inside)), to("*", allow("Images", "s3:GetObject", "*", images))]
    for region in REGIONS:
        kinds = {"s3": "Gateway", "sqs": "Interface", "kms": "Interface", "secretsmanager": "Interface"}
        found = [
            {
                "VpcEndpointId": endpoint_id(service, region),
                "VpcEndpointType": kind,
                "VpcId": f"vpc-0{digest(region, 16)}",
                "ServiceName": f"com.amazonaws.{region}.{service}",
                "State": "available",
                "PolicyDocument": as_text(document(rows if service != "kms" else [to("*", allow("", "*", "*"))])),
                "OwnerId": account,
            }
            for service, kind in kinds.items()
        ]
        files.put(f"{account}/{region}/ec2/describe-vpc-endpoints", {"VpcEndpoints": found if account == LARGE else []})
