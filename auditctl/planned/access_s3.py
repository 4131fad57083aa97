"""S3 of a plan: buckets with their policy, ACL and settings, and the settings of the account.

Untrusted. What is written for a bucket of which the plan says nothing is what AWS sets for a new one: Block Public
Access on and ACLs off (Amazon S3 user guide, "Default settings for new S3 buckets FAQ", since April 2023).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from auditctl.planned.draft import KNOWN_AFTER_APPLY, Draft
from auditctl.planned.marks import after_apply, before_the_plan, open_attribute, tag_list
from auditctl.planned.things import AccountBlock, Bucket, Thing

FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
ENFORCED = "BucketOwnerEnforced"
_NO_BLOCK = ("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found")
_GROUPS = "http://acs.amazonaws.com/groups/"
_EVERYONE: Mapping[str, str] = {"Type": "Group", "URI": f"{_GROUPS}global/AllUsers"}
_SIGNED: Mapping[str, str] = {"Type": "Group", "URI": f"{_GROUPS}global/AuthenticatedUsers"}
_LOGS: Mapping[str, str] = {"Type": "Group", "URI": f"{_GROUPS}s3/LogDelivery"}
# Whose bundles EC2 reads: the user that "Access control list (ACL) overview" names as za-team.
_EC2: Mapping[str, str] = {
    "Type": "CanonicalUser",
    "ID": "6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c",
}
# What a canned ACL grants beside FULL_CONTROL for the owner (S3 user guide, "Canned ACL"). The two for the owner of
# a bucket say nothing of buckets.
CANNED: Mapping[str, Sequence[tuple[Mapping[str, str], str]]] = {
    "private": (),
    "public-read": ((_EVERYONE, "READ"),),
    "public-read-write": ((_EVERYONE, "READ"), (_EVERYONE, "WRITE")),
    "aws-exec-read": ((_EC2, "READ"),),
    "authenticated-read": ((_SIGNED, "READ"),),
    "bucket-owner-read": (),
    "bucket-owner-full-control": (),
    "log-delivery-write": ((_LOGS, "WRITE"), (_LOGS, "READ_ACP")),
}


def write_s3(draft: Draft, things: Sequence[Thing], accounts: Iterable[str]) -> None:
    """Write the buckets of each account, and its Block Public Access."""
    for account in accounts:
        draft.start(account, "global", "s3/list-buckets", "Buckets")
        _account_block(draft, account, [t for t in things if isinstance(t, AccountBlock) and t.account == account])
        for bucket in (t for t in things if isinstance(t, Bucket) and t.account == account):
            _bucket(draft, bucket)


def _account_block(draft: Draft, account: str, planned: Sequence[AccountBlock]) -> None:
    place = (account, "global", "s3control/get-public-access-block", "")
    if not planned:
        draft.fail(*place, *_NO_BLOCK)
    for block in planned:
        draft.came_from(block.origin, path=_block(draft, place, block.flags))


def _block(draft: Draft, place: tuple[str, str, str, str], flags: Mapping[str, Any]) -> str:
    """Write the four settings; one that is not known leaves the answer out."""
    unknown = open_attribute(draft, dict(flags))
    if unknown:
        return draft.fail(*place, KNOWN_AFTER_APPLY, after_apply(unknown))
    return draft.put(*place, {"PublicAccessBlockConfiguration": {flag: flags.get(flag, False) for flag in FLAGS}})


def _bucket(draft: Draft, bucket: Bucket) -> None:
    arn = f"arn:{draft.accounts.get(bucket.account, 'aws')}:s3:::{bucket.name}"
    row = {"Name": bucket.name, "BucketRegion": bucket.region}
    path, within = draft.add(bucket.account, "global", "s3/list-buckets", "Buckets", row)
    draft.came_from(bucket.origin, thing=arn, path=path, within=within)
    written = [
        _policy(draft, bucket),
        _acl(draft, bucket),
        _ownership(draft, bucket),
        _block_of(draft, bucket),
        _tags(draft, bucket),
        *_versions(draft, bucket),
    ]
    for path in written:
        draft.came_from(bucket.origin, path=path)
    if bucket.policy is not None:
        draft.came_from(bucket.policy.origin, path=written[0], within="$.Policy")


def _block_of(draft: Draft, bucket: Bucket) -> str:
    place = _place(bucket, "get-public-access-block")
    if bucket.block is None and (bucket.exists or bucket.is_outside):
        return _not_known(draft, bucket, place)
    return _block(draft, place, dict.fromkeys(FLAGS, True) if bucket.block is None else bucket.block)


def _versions(draft: Draft, bucket: Bucket) -> tuple[str, str]:
    """Whether there may be older versions of objects, and the objects: a new bucket has none."""
    versioning, objects = _place(bucket, "get-bucket-versioning"), _place(bucket, "list-objects-v2")
    if bucket.is_outside:
        return _not_known(draft, bucket, versioning), _not_known(draft, bucket, objects)
    return (
        draft.put(*versioning, {"Status": "Enabled"} if bucket.versioning else {}),
        draft.put(*objects, {"IsTruncated": False, "Contents": [], "KeyCount": 0}),
    )


def _not_known(draft: Draft, bucket: Bucket, place: tuple[str, str, str, str]) -> str:
    """The entry in place of an answer about a bucket that was there before."""
    return draft.fail(*place, KNOWN_AFTER_APPLY, before_the_plan(f"the bucket {bucket.name}"))


def _place(bucket: Bucket, operation: str) -> tuple[str, str, str, str]:
    return bucket.account, "global", f"s3/{operation}", bucket.name


def _policy(draft: Draft, bucket: Bucket) -> str:
    place = _place(bucket, "get-bucket-policy")
    if bucket.policy is None and bucket.is_outside:
        return _not_known(draft, bucket, place)
    if bucket.policy is None:
        return draft.fail(*place, "NoSuchBucketPolicy", "The bucket policy does not exist")
    if bucket.policy.document is None:
        return draft.fail(*place, KNOWN_AFTER_APPLY, after_apply(bucket.policy.unknown))
    return draft.put(*place, {"Policy": json.dumps(bucket.policy.document, ensure_ascii=False)})


def _acl(draft: Draft, bucket: Bucket) -> str:
    """The ACL. One that is not known yet, and one of a name that is not known here, is left out."""
    place, acl = _place(bucket, "get-bucket-acl"), "private" if bucket.acl is None else bucket.acl
    if bucket.acl is None and bucket.is_outside:
        return _not_known(draft, bucket, place)
    unknown = open_attribute(draft, acl)
    if unknown:
        return draft.fail(*place, KNOWN_AFTER_APPLY, after_apply(unknown))
    if not isinstance(acl, str):
        return draft.put(*place, acl)
    if acl not in CANNED:
        return draft.fail(*place, "UnsupportedArgument", f"{acl} is not a canned ACL that is known")
    owner = owner_of(draft, bucket.account)
    given = (({"Type": "CanonicalUser", **owner}, "FULL_CONTROL"), *CANNED[acl])
    grants = [{"Grantee": dict(grantee), "Permission": permission} for grantee, permission in given]
    return draft.put(*place, {"Owner": owner, "Grants": grants})


def owner_of(draft: Draft, account: str) -> dict[str, str]:
    """The owner of the buckets of an account as the API names it; its canonical user id is not in a plan."""
    return {"ID": draft.unknown(f"canonical-user-id.{account}", "name")}


def _ownership(draft: Draft, bucket: Bucket) -> str:
    place, unknown = _place(bucket, "get-bucket-ownership-controls"), open_attribute(draft, bucket.ownership)
    grants_something = bucket.acl is not None and bucket.acl != "private"
    if not bucket.ownership and (bucket.is_outside or (bucket.exists and grants_something)):
        return _not_known(draft, bucket, place)
    if unknown:
        return draft.fail(*place, KNOWN_AFTER_APPLY, after_apply(unknown))
    rule = {"ObjectOwnership": bucket.ownership or ENFORCED}
    return draft.put(*place, {"OwnershipControls": {"Rules": [rule]}})


def _tags(draft: Draft, bucket: Bucket) -> str:
    place, tags = _place(bucket, "get-bucket-tagging"), tag_list(draft, bucket.tags)
    if bucket.is_outside:
        return _not_known(draft, bucket, place)
    if not tags:
        return draft.fail(*place, "NoSuchTagSet", "The TagSet does not exist")
    return draft.put(*place, {"TagSet": tags})
