"""S3 of a Terraform plan.

Untrusted. Terraform Registry, hashicorp/aws 5, resources `aws_s3_*`. Settings are found by the name of their bucket.
One that the plan does not have was there before.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from auditctl.planned.access_s3 import owner_of
from auditctl.planned.marks import named
from auditctl.planned.terraform.access_values import (
    blocks,
    each,
    is_open,
    is_own,
    outside,
    own_policy,
    place,
    policy_of,
    text,
    twice,
    was_there,
)
from auditctl.planned.terraform.plan import Plan, Resource
from auditctl.planned.things import AccessPoint, AccountBlock, Bucket, Policy, Thing, Unmodelled

# Resources about one bucket, by what they set.
_POLICY, _ACL, _BLOCK = "aws_s3_bucket_policy", "aws_s3_bucket_acl", "aws_s3_bucket_public_access_block"
_OWNERSHIP, _VERSIONING = "aws_s3_bucket_ownership_controls", "aws_s3_bucket_versioning"
_OF_BUCKET = (_POLICY, _ACL, _BLOCK, _OWNERSHIP, _VERSIONING)
_OBJECTS = ("aws_s3_object", "aws_s3_bucket_object", "aws_s3_object_copy")
_ACCOUNT = "aws_s3_account_public_access_block"
_POINT, _POINT_POLICY = "aws_s3_access_point", "aws_s3control_access_point_policy"
READ = frozenset({"aws_s3_bucket", *_OF_BUCKET, *_OBJECTS, _ACCOUNT, _POINT, _POINT_POLICY})
# The flags in the provider.
_FLAGS = {
    "block_public_acls": "BlockPublicAcls",
    "ignore_public_acls": "IgnorePublicAcls",
    "block_public_policy": "BlockPublicPolicy",
    "restrict_public_buckets": "RestrictPublicBuckets",
}


def s3_things(plan: Plan) -> Iterator[Thing]:
    """The buckets of a plan, those that it only sets something of, and Block Public Access of its accounts."""
    buckets = {(b.account, named(plan.draft, text(b, "bucket"))): b for b in plan.of("aws_s3_bucket")}
    settings: dict[tuple[str, str], dict[str, Resource]] = {place: {} for place in buckets}
    for resource in plan.of(*_OF_BUCKET):
        name = text(resource, "bucket")
        if not name or is_open(plan, name):
            yield outside(plan, resource, "bucket", "s3")
        elif settings.setdefault((resource.account, name), {}).setdefault(resource.type, resource) is not resource:
            yield twice(plan, resource, "bucket", "s3")
    for (account, name), found in settings.items():
        yield _bucket(plan, name, buckets.get((account, name)), found)
    for resource, members in each(plan, _ACCOUNT):
        account = text(resource, "account_id") or resource.account
        yield AccountBlock(**{**members, "account": account}, flags=_flags(resource.values))
    yield from _points(plan)
    yield from _objects(plan)


def _flags(values: Mapping[str, Any], *, default: bool = False) -> Mapping[str, Any]:
    """The four flags; the provider turns off those that are not written, and of access points on."""
    given = {name: values.get(attribute) for attribute, name in _FLAGS.items()}
    return {name: default if value is None else value for name, value in given.items()}


def _bucket(plan: Plan, name: str, bucket: Resource | None, settings: Mapping[str, Resource]) -> Bucket:
    """A bucket with its settings; one that is not in the plan was there before."""
    block, ownership = settings.get(_BLOCK), settings.get(_OWNERSHIP)
    members = place(plan, next(iter(settings.values())) if bucket is None else bucket)
    return Bucket(
        **(members if bucket else {**members, "tags": {}}),
        name=name,
        policy=_policy(plan, bucket, settings.get(_POLICY)),
        acl=_acl(plan, bucket, settings.get(_ACL)),
        ownership="" if ownership is None else _ownership(ownership),
        block=None if block is None else _flags(block.values),
        versioning=_is_versioned(bucket, settings.get(_VERSIONING)),
        exists=bucket is not None and was_there(bucket),
        is_outside=bucket is None,
    )


def _policy(plan: Plan, bucket: Resource | None, setting: Resource | None) -> Policy | None:
    if setting is not None:
        return policy_of(plan, setting)
    return None if bucket is None else own_policy(plan, bucket, _POLICY, [text(bucket, "bucket")])


def _ownership(setting: Resource) -> str:
    for rule in blocks(setting, "rule"):
        value = rule.get("object_ownership")
        if isinstance(value, str):
            return value
    return setting.unknown("rule", "text", example="ObjectWriter")


def _is_versioned(bucket: Resource | None, setting: Resource | None) -> bool:
    """Whether versioning may be on: `Disabled` can only be said of a bucket that never had it on."""
    if setting is None:
        rows = blocks(bucket, "versioning") if bucket is not None and is_own(bucket, "versioning") else ()
        return any(row.get("enabled") is not False for row in rows)
    statuses = [row.get("status") for row in blocks(setting, "versioning_configuration")]
    return statuses != ["Disabled"]


# ACLs.


def _acl(plan: Plan, bucket: Resource | None, setting: Resource | None) -> str | Mapping[str, Any] | None:
    """The ACL: a canned one, or what is granted."""
    if setting is not None:
        if text(setting, "acl"):
            return text(setting, "acl")
        return _granted(setting, "access_control_policy")
    if bucket is None or bucket.is_written("acl"):
        return None if bucket is None else text(bucket, "acl")
    if is_own(bucket, "grant") or (was_there(bucket) and not _is_private(bucket)):
        return _grants_within(plan, bucket)
    return None


def _is_private(bucket: Resource) -> bool:
    """Whether a bucket that was there before grants nothing but everything to one, who is its owner."""
    rows = blocks(bucket, "grant")
    everything = [row for row in rows if _permissions(row) == ("FULL_CONTROL",) and row.get("id")]
    return len(rows) <= 1 and len(everything) == len(rows)


def _permissions(block: Mapping[str, Any]) -> tuple[object, ...]:
    found = block.get("permissions")
    return tuple(found) if isinstance(found, list | tuple) else ("",)


def _granted(setting: Resource, attribute: str) -> str | Mapping[str, Any]:
    for policy in blocks(setting, attribute):
        grants, owners = policy.get("grant"), policy.get("owner")
        if isinstance(grants, list | tuple) and isinstance(owners, list | tuple):
            rows = [grant for grant in grants if isinstance(grant, Mapping)]
            found = [_grant(_first(grant.get("grantee")), grant.get("permission")) for grant in rows]
            return {"Owner": {"ID": _first(owners).get("id")}, "Grants": found}
    return setting.unknown(attribute, "text", example="private")


def _grants_within(plan: Plan, bucket: Resource) -> str | Mapping[str, Any]:
    """The ACL of the deprecated `grant` blocks of a bucket."""
    if isinstance(bucket.values.get("grant"), str):
        return str(bucket.values["grant"])
    found = [_grant(block, permission) for block in blocks(bucket, "grant") for permission in _permissions(block)]
    return {"Owner": owner_of(plan.draft, bucket.account), "Grants": found}


def _first(value: Any) -> Mapping[str, Any]:  # noqa: ANN401  # what the plan has
    return value[0] if isinstance(value, list | tuple) and value and isinstance(value[0], Mapping) else {}


_GRANTEE = {"id": "ID", "uri": "URI", "email_address": "EmailAddress", "type": "Type"}


def _grant(grantee: Mapping[str, Any], permission: object) -> Mapping[str, Any]:
    given = {name: grantee.get(attribute) for attribute, name in _GRANTEE.items()}
    return {"Grantee": {name: value for name, value in given.items() if value}, "Permission": permission}


# Access points.


def _points(plan: Plan) -> Iterator[Thing]:
    policies: dict[str, Policy] = {}
    arns = {text(point, "arn") for point in plan.of(_POINT)}
    for resource in plan.of(_POINT_POLICY):
        arn = text(resource, "access_point_arn")
        if arn in arns:
            policies[arn] = policy_of(plan, resource)
        else:
            yield outside(plan, resource, "access_point_arn", "s3control")
    for point, members in each(plan, _POINT):
        settings, network = blocks(point, "public_access_block_configuration"), blocks(point, "vpc_configuration")
        vpc = _first(network).get("vpc_id")
        yield AccessPoint(
            **members,
            name=text(point, "name"),
            bucket=text(point, "bucket"),
            owner=text(point, "bucket_account_id") or point.account,
            policy=policies.get(text(point, "arn")) or own_policy(plan, point, _POINT_POLICY, [text(point, "arn")]),
            block=_flags(settings[0], default=True) if settings else None,
            vpc=vpc if isinstance(vpc, str) else "",
        )


# Objects.


def _objects(plan: Plan) -> Iterator[Unmodelled]:
    """Objects with an ACL that grants something to others; such ACLs are not read."""
    for resource, members in each(plan, *_OBJECTS):
        acl = text(resource, "acl")
        is_private = acl in {"", "private", "bucket-owner-full-control", "bucket-owner-read"}
        if not is_private or is_own(resource, "grant") or is_open(plan, acl):
            reason = "the ACL of an object is not read"
            yield Unmodelled(**{**members, "tags": {}}, service="s3", kind=resource.type, reason=reason)
