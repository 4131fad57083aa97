"""Resources of a template that have policies of their own: buckets, keys, queues, topics, functions, secrets, images.

Untrusted. A policy for a resource that the template does not make is not modelled; nor is a second one for the same
resource, of which CloudFormation would leave whichever it wrote last.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from auditctl.planned.cloudformation.values import NotKnown
from auditctl.planned.things import (
    AccessPoint,
    Bucket,
    Function,
    Key,
    Permission,
    Policy,
    Queue,
    Repository,
    Secret,
    Thing,
    Topic,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from auditctl.planned.cloudformation.estate import Estate, Row
    from auditctl.planned.cloudformation.fields import Field
    from auditctl.planned.things import Flag

_BUCKET, _KEY, _QUEUE, _TOPIC = "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::SQS::Queue", "AWS::SNS::Topic"
_FUNCTION, _PERMISSION = "AWS::Lambda::Function", "AWS::Lambda::Permission"
_SECRET, _REPOSITORY, _POINT = "AWS::SecretsManager::Secret", "AWS::ECR::Repository", "AWS::S3::AccessPoint"
# Resources that are policies: the property that names what they are for, that with the document, and the kind of
# thing with the attribute that it is named by (none: what Ref gives).
_POLICIES: Mapping[str, tuple[str, str, str, tuple[str, ...]]] = {
    "AWS::S3::BucketPolicy": ("Bucket", "PolicyDocument", _BUCKET, ("",)),
    "AWS::SQS::QueuePolicy": ("Queues", "PolicyDocument", _QUEUE, ("",)),
    "AWS::SQS::QueueInlinePolicy": ("Queue", "PolicyDocument", _QUEUE, ("",)),
    "AWS::SNS::TopicPolicy": ("Topics", "PolicyDocument", _TOPIC, ("",)),
    "AWS::SNS::TopicInlinePolicy": ("TopicArn", "PolicyDocument", _TOPIC, ("",)),
    "AWS::SecretsManager::ResourcePolicy": ("SecretId", "ResourcePolicy", _SECRET, ("", "Name")),
}
_PLAIN = (_BUCKET, _KEY, _QUEUE, _TOPIC, _SECRET, _REPOSITORY, _POINT)
READ = frozenset({*_PLAIN, *_POLICIES, _FUNCTION, _PERMISSION})
_WORD = re.compile(r"(?<!^)(?=[A-Z])")
# A function by name, partial or whole ARN, with or without a version or alias (AWS Lambda API reference,
# AddPermission, FunctionName).
_OF_FUNCTION = re.compile(
    r"(?:(?:arn:[^:]*:lambda:[^:]*:)?(?P<account>[^:]*):function:)?(?P<name>[^:]+)(?::(?P<qualifier>[^:]+))?"
)
_FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def add_guarded(estate: Estate) -> None:
    """Add the resources with policies."""
    policies = _policies(estate)

    def of(row: Row) -> Policy | None:
        return policies.get((row.type, row.attribute()))

    makers: Mapping[str, Callable[[Row], Thing]] = {
        _BUCKET: lambda row: _bucket(row, of(row)),
        _KEY: lambda row: Key(**row.common, id=row.attribute("KeyId"), policy=row.get("KeyPolicy").policy()),
        _QUEUE: lambda row: Queue(**row.common, name=row.name, policy=of(row)),
        _TOPIC: lambda row: Topic(**row.common, name=row.name, policy=of(row)),
        _SECRET: lambda row: Secret(**row.common, name=row.name, arn=row.attribute(), policy=of(row)),
        _REPOSITORY: _repository,
        _POINT: _point,
    }
    for type_, make in makers.items():
        estate.each(make, type_)
    _add_functions(estate)


def _policies(estate: Estate) -> dict[tuple[str, str], Policy]:
    """The policies by kind of thing and what Ref gives of it."""
    found: dict[tuple[str, str], Policy] = {}
    for row in estate.of(*_POLICIES):
        subject, document, kind, names = _POLICIES[row.type]
        own = {name: owner.attribute() for owner in estate.of(kind) for name in _names(owner, names)}

        def read(row: Row, subject: str = subject, document: str = document) -> tuple[Policy, tuple[Field, ...]]:
            return row.get(document).required_policy(), row.get(subject).items()

        read_ = estate.attempt(row, read)
        for one in read_[1] if read_ else ():
            name = estate.attempt(row, partial(_known, one))
            if name is not None and read_:
                _give(estate, row, found, (kind, own.get(name, "")), read_[0], name)
    return found


def _known(field: Field, _: Row) -> str:
    return field.text()


def _names(owner: Row, names: tuple[str, ...]) -> list[str]:
    """What a policy may call a thing."""
    return [owner.name if name == "Name" else owner.attribute(name) for name in names]


def _give(
    estate: Estate, row: Row, found: dict[tuple[str, str], Policy], place: tuple[str, str], policy: Policy, name: str
) -> None:
    """Give a thing its policy, or note why not. Of a bucket that is there before, the policy is known and no more."""
    if place == (_BUCKET, "") and not row.evaluator.markers_of(name):
        place = (_BUCKET, name)
        if place not in found:
            common = row.common | {"tags": {}}
            estate.things.append(Bucket(**common, name=name, policy=policy, exists=True))
    if not place[1]:
        estate.leave(row, f"it is for {name}, which the template does not make")
    elif place in found:
        estate.leave(row, f"it is for {name}, which has another policy in the template")
    else:
        found[place] = policy


def _bucket(row: Row, policy: Policy | None) -> Bucket:
    """A bucket. Settings of Block Public Access that are left out of a configuration are off (S3 API reference)."""
    rules = row.get("OwnershipControls").get("Rules").items()
    canned = row.get("AccessControl").text()
    return Bucket(
        **row.common,
        name=row.name,
        policy=policy,
        acl=_WORD.sub("-", canned).lower() if canned else None,
        ownership=rules[0].get("ObjectOwnership").text() if rules else "",
        block=_block(row),
        versioning=row.get("VersioningConfiguration").get("Status").text() == "Enabled",
    )


def _block(row: Row) -> dict[str, Flag] | None:
    """Its own Block Public Access; None where nothing is written of it."""
    block = row.get("PublicAccessBlockConfiguration")
    return {f: block.get(f).any_flag(default=False) for f in _FLAGS} if block.is_there else None


def _point(row: Row) -> AccessPoint:
    return AccessPoint(
        **row.common,
        name=row.name,
        bucket=row.get("Bucket").text(),
        owner=row.get("BucketAccountId").text(row.evaluator.stack.account),
        policy=row.get("Policy").policy(),
        block=_block(row),
        vpc=row.get("VpcConfiguration").get("VpcId").id("vpc-"),
    )


def _repository(row: Row) -> Repository:
    return Repository(**row.common, name=row.name, policy=row.get("RepositoryPolicyText").policy())


# Functions.


def _add_functions(estate: Estate) -> None:
    permissions: dict[str, list[Permission]] = {row.name: [] for row in estate.of(_FUNCTION)}
    for row in estate.of(_PERMISSION):
        found = estate.attempt(row, _permission)
        if found is None:
            continue
        name, permission = found
        if name in permissions:
            permissions[name].append(permission)
        else:
            estate.leave(row, f"{row.id}.FunctionName is {name}, which the template does not make")
    estate.each(lambda row: _function(row, permissions[row.name]), _FUNCTION)


def _permission(row: Row) -> tuple[str, Permission]:
    """The name of the function that a permission is for, and the permission."""
    whole = row.get("FunctionName").required()
    if row.get("InvokedViaFunctionUrl").any_flag(default=False) is not False:
        raise NotKnown(f"{row.id}.InvokedViaFunctionUrl is not read")
    match = _OF_FUNCTION.fullmatch(whole)
    name, qualifier = (match["name"], match["qualifier"] or "") if match else (whole, "")
    return name, Permission(
        sid=row.id,
        action=row.get("Action").any_text(),
        principal=row.get("Principal").any_text(),
        source_arn=row.get("SourceArn").any_text(),
        source_account=row.get("SourceAccount").any_text(),
        organization=row.get("PrincipalOrgID").any_text(),
        auth_type=row.get("FunctionUrlAuthType").any_text(),
        qualifier="" if qualifier == "$LATEST" else qualifier,
        token=row.get("EventSourceToken").any_text(),
        origin=row.origin,
    )


def _function(row: Row, permissions: list[Permission]) -> Function:
    config = row.get("VpcConfig")
    subnets, groups = config.get("SubnetIds"), config.get("SecurityGroupIds")
    return Function(
        **row.common,
        name=row.name,
        role=row.get("Role").any_text(),
        permissions=tuple(permissions),
        subnets=subnets.ids("subnet-"),
        groups=groups.ids("sg-"),
    )
