"""The table of operations that a snapshot is made of. Everything that the checker reads is here, and nothing else.

What an operation is called, how its answer is split into pages and what leads to it is in the API references of the
services; a test compares the rows with botocore's models and with what the checker reads.
"""

from collections.abc import Mapping
from types import MappingProxyType

from auditctl.collect.operation import PAGED, Operation, Pages, Scope
from auditctl.collect.targets import (
    after,
    batches,
    bucket_with_acls,
    buckets,
    each,
    members,
    objects,
    policy_types,
    qualifiers,
    units_above,
    where_row,
)
from checkers.cloud.access_point import SEVERAL_FOLDER

_ONCE = Scope.GLOBAL
_ARN = "arn:{PARTITION}:"
_PLACE = "{REGION}:{ACCOUNT}:"
_AWS = ("aws",)  # services that only the public partition has

# Global services.
_GLOBAL = (
    Operation(
        service="iam", name="get-account-authorization-details", scope=_ONCE, pages=Pages(limit="MaxItems", size=1000)
    ),
    Operation(
        service="s3",
        name="list-buckets",
        scope=_ONCE,
        pages=Pages(limit="MaxBuckets", size=1000),
        action="s3:ListAllMyBuckets",
    ),
    *(
        Operation(
            service="s3", name=name, scope=_ONCE, follows=MappingProxyType({"s3/list-buckets": buckets}), action=action
        )
        for name, action in (
            ("get-bucket-policy", ""),
            ("get-bucket-acl", ""),
            ("get-bucket-ownership-controls", ""),
            ("get-public-access-block", "s3:GetBucketPublicAccessBlock"),
            ("get-bucket-tagging", ""),
        )
    ),
    Operation(
        service="s3",
        name="get-bucket-versioning",
        scope=_ONCE,
        follows=MappingProxyType({"s3/get-bucket-ownership-controls": bucket_with_acls}),
    ),
    Operation(
        service="s3",
        name="list-objects-v2",
        scope=_ONCE,
        pages=PAGED,
        follows=MappingProxyType({"s3/get-bucket-ownership-controls": bucket_with_acls}),
        action="s3:ListBucket",
    ),
    Operation(
        service="s3",
        name="get-object-acl",
        scope=_ONCE,
        follows=MappingProxyType({"s3/list-objects-v2": objects}),
    ),
    Operation(
        service="s3control",
        name="get-public-access-block",
        scope=_ONCE,
        arguments=MappingProxyType({"AccountId": "{ACCOUNT}"}),
        action="s3:GetAccountPublicAccessBlock",
    ),
    Operation(service="organizations", name="describe-organization", scope=_ONCE),
    Operation(service="organizations", name="list-accounts", scope=_ONCE, pages=PAGED),
    Operation(service="organizations", name="list-roots", scope=_ONCE, pages=PAGED),
    Operation(
        service="organizations",
        name="list-parents",
        scope=_ONCE,
        pages=PAGED,
        follows=MappingProxyType({
            "organizations/list-accounts": each("Accounts", "{Id}", ChildId="{Id}"),
            "organizations/list-parents": units_above,
        }),
    ),
    Operation(
        service="organizations",
        name="list-policies",
        scope=_ONCE,
        pages=PAGED,
        follows=MappingProxyType({"organizations/describe-organization": policy_types}),
    ),
    *(
        Operation(
            service="organizations",
            name=name,
            scope=_ONCE,
            pages=pages,
            follows=MappingProxyType({"organizations/list-policies": each("Policies", "{Id}", PolicyId="{Id}")}),
        )
        for name, pages in (("describe-policy", None), ("list-targets-for-policy", PAGED))
    ),
    Operation(
        service="organizations",
        name="describe-effective-policy",
        scope=_ONCE,
        follows=MappingProxyType({"organizations/list-accounts": members}),
        arguments=MappingProxyType({"PolicyType": "S3_POLICY"}),
    ),
)

# Resources that can have a policy, and the things that chains lead through.
_ACCESS_POINTS = (
    Operation(
        service="s3control",
        name="list-access-points",
        pages=Pages(rows="AccessPointList", token="NextToken", after="NextToken"),  # noqa: S106  a member's name
        arguments=MappingProxyType({"AccountId": "{ACCOUNT}"}),
    ),
    *(
        Operation(
            service="s3control",
            name=name,
            follows=MappingProxyType({"s3control/list-access-points": each("AccessPointList", "{Name}", Name="{Name}")}),
            arguments=MappingProxyType({"AccountId": "{ACCOUNT}"}),
        )
        for name in ("get-access-point", "get-access-point-policy")
    ),
    Operation(
        service="s3control",
        name="list-multi-region-access-points",
        pages=Pages(rows="AccessPoints", token="NextToken", after="NextToken"),  # noqa: S106  a member's name
        region=SEVERAL_FOLDER,
        partitions=_AWS,
        arguments=MappingProxyType({"AccountId": "{ACCOUNT}"}),
    ),
    Operation(
        service="s3control",
        name="get-multi-region-access-point-policy",
        region=SEVERAL_FOLDER,
        partitions=_AWS,
        follows=MappingProxyType({
            "s3control/list-multi-region-access-points": each("AccessPoints", "{Name}", Name="{Name}")
        }),
        arguments=MappingProxyType({"AccountId": "{ACCOUNT}"}),
    ),
)


def _tokens(rows: str, token: str = "NextToken", into: str = "") -> Pages:  # noqa: S107  a member's name
    """Pages of an operation that botocore has no paginator for."""
    return Pages(rows=rows, token=into or token, after=token)


def _lists(service: str, *names: str) -> tuple[Operation, ...]:
    """Lists in pages, of which nothing else is to be said."""
    return tuple(Operation(service=service, name=name, pages=PAGED) for name in names)


def _one(service: str, *names: str) -> tuple[Operation, ...]:
    """Answers of one page, of which nothing else is to be said."""
    return tuple(Operation(service=service, name=name) for name in names)


def _of_each(service: str, names: str, of: str, targets: object, pages: Pages | None = None) -> tuple[Operation, ...]:
    """Operations that ask about each resource of a list."""
    follows = MappingProxyType({of: targets})
    return tuple(
        Operation(service=service, name=name, pages=pages, follows=follows)  # type: ignore[arg-type]  # as given
        for name in names.split()
    )
