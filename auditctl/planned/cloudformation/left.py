"""Things of a template that are left out, as what controls ask about: they may be made, and nothing is known of them.

Untrusted. Without them a control that asks about each bucket would have nothing to ask of a template whose only bucket
is left out, and all would seem well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auditctl.planned.cloudformation.values import NotKnown
from auditctl.planned.things import (
    AccessPoint,
    Bucket,
    Function,
    Group,
    Key,
    ManagedPolicy,
    Permission,
    Policy,
    Queue,
    Repository,
    Role,
    Secret,
    Topic,
    User,
    Vpc,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from auditctl.planned.cloudformation.estate import Estate, Row
    from auditctl.planned.things import Thing


def _policy(row: Row) -> Policy:
    return Policy(document=None, origin=row.origin, unknown=row.id)


def _text(row: Row, what: str) -> str:
    return row.evaluator.unknown(f"{row.id}.{what}", "text", row.resource.at, f"{row.id} is not modelled").text


def _identity(row: Row) -> dict[str, Any]:
    return _common(row) | {"region": "global", "name": row.name, "exists": True}


def _common(row: Row) -> dict[str, Any]:
    stack = row.evaluator.stack
    tag = row.evaluator.unknown(f"{row.id}.Tags", "name", row.resource.at).text
    return {"account": stack.account, "region": stack.region, "origin": row.origin, "tags": {tag: tag}}


def _bucket(row: Row) -> Thing:
    return Bucket(**_common(row), name=row.name, policy=_policy(row), exists=True, is_outside=True)


def _point(row: Row) -> Thing:
    bucket, owner = _text(row, "Bucket"), row.evaluator.stack.account
    return AccessPoint(**_common(row), name=row.name, bucket=bucket, owner=owner, policy=_policy(row))


def _function(row: Row) -> Thing:
    permission = Permission(sid=row.id, action=_text(row, "Permission"), principal="*", origin=row.origin)
    return Function(**_common(row), name=row.name, role=_text(row, "Role"), permissions=(permission,))


def _key(row: Row) -> Thing:
    return Key(**_common(row), id=row.attribute("KeyId"), policy=_policy(row), exists=True)


_MADE: Mapping[str, Callable[[Row], Thing]] = {
    "AWS::EC2::VPC": lambda row: Vpc(**_common(row), id=row.attribute(), blocks=(), exists=True),
    "AWS::ECR::Repository": lambda row: Repository(**_common(row), name=row.name, policy=_policy(row)),
    "AWS::IAM::Group": lambda row: Group(**_identity(row)),
    "AWS::IAM::ManagedPolicy": lambda row: ManagedPolicy(
        **_common(row) | {"region": "global"}, name=row.name, policy=_policy(row), arn=row.attribute("PolicyArn")
    ),
    "AWS::IAM::Role": lambda row: Role(**_identity(row), trust=_policy(row), boundary=_text(row, "Boundary")),
    "AWS::IAM::User": lambda row: User(**_identity(row), boundary=_text(row, "Boundary")),
    "AWS::KMS::Key": _key,
    "AWS::Lambda::Function": _function,
    "AWS::S3::AccessPoint": _point,
    "AWS::S3::Bucket": _bucket,
    "AWS::SNS::Topic": lambda row: Topic(**_common(row), name=row.name, policy=_policy(row)),
    "AWS::SQS::Queue": lambda row: Queue(**_common(row), name=row.name, policy=_policy(row)),
    "AWS::SecretsManager::Secret": lambda row: Secret(
        **_common(row), name=row.name, arn=row.attribute(), policy=_policy(row)
    ),
}


def add_left(estate: Estate, row: Row) -> None:
    """Add what a resource that is left out may be, unless its name is not known or there is another of its name."""
    make = _MADE.get(row.type)
    if make is None:
        return
    try:
        thing = make(row)
    except NotKnown:
        return
    name = getattr(thing, "name", "")
    names = (getattr(one, "name", "") for one in estate.things if type(one) is type(thing))
    if not name or (name not in names and not _is_open(estate, name)):
        estate.things.append(thing)


def _is_open(estate: Estate, name: str) -> bool:
    draft = estate.evaluator.draft
    return any(draft.unknowns[marker]["kind"] != "name" for marker in estate.evaluator.markers_of(name))
