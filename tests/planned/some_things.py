"""Things for tests, each with as little as it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auditctl.planned.access import write_access
from auditctl.planned.draft import Draft
from auditctl.planned.things import (
    Bucket,
    Function,
    Key,
    Origin,
    Permission,
    Policy,
    Queue,
    Repository,
    Role,
    Secret,
    Topic,
)

if TYPE_CHECKING:
    from auditctl.planned.things import Thing

OWN, OTHER, REGION = "111122223333", "444455556666", "eu-west-1"
HOLDS, VIOLATED, INCONCLUSIVE = "holds", "violated", "inconclusive"
EVERYBODY: Any = {"Principal": "*"}
STRANGER: Any = {"Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"}}
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
Json = Any


def origin(address: str) -> Origin:
    return Origin(address=address)


def at(address: str, region: str = REGION) -> Json:
    return {"account": OWN, "region": region, "origin": origin(address)}


def document(*statements: Json) -> Json:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: Json, resource: Json = "*", **more: Json) -> Json:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def written(*statements: Json, address: str = "the_policy") -> Policy:
    return Policy(document=document(*statements), origin=origin(address))


def unwritten(attribute: str) -> Policy:
    return Policy(document=None, origin=origin(attribute.rpartition(".")[0]), unknown=attribute)


def draft_of(*things: Thing, draft: Draft | None = None, region: str = REGION) -> Draft:
    draft = draft or Draft({"kind": "terraform"})
    write_access(draft, things, [(OWN, region)])
    return draft


def role(name: str = "app", **more: Json) -> Role:
    trust = written({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}})
    return Role(**{**at(f"aws_iam_role.{name}"), "name": name, "trust": trust, **more})


def bucket(**more: Json) -> Bucket:
    return Bucket(**at("aws_s3_bucket.logs"), name="logs", **more)


def key(draft: Draft, **more: Json) -> Key:
    return Key(**at("aws_kms_key.main"), id=draft.unknown("aws_kms_key.main.key_id", "name"), **more)


def queue(**more: Json) -> Queue:
    return Queue(**at("aws_sqs_queue.jobs"), name="jobs", **more)


def topic(**more: Json) -> Topic:
    return Topic(**at("aws_sns_topic.news"), name="news", **more)


def function(*permissions: Permission, **more: Json) -> Function:
    made = {"name": "hook", "role": f"arn:aws:iam::{OWN}:role/app", "permissions": permissions, **more}
    return Function(**at("aws_lambda_function.hook"), **made)


def permission(principal: str, **more: Json) -> Permission:
    made = {"sid": "one", "action": "lambda:InvokeFunction", "origin": origin("aws_lambda_permission.one"), **more}
    return Permission(principal=principal, **made)


def secret(draft: Draft, name: str = "db/password", **more: Json) -> Secret:
    end = draft.suffix("aws_secretsmanager_secret.db.arn")
    arn = f"arn:aws:secretsmanager:{REGION}:{OWN}:secret:{name}-{end}"
    return Secret(**at("aws_secretsmanager_secret.db"), name=name, arn=arn, **more)


def repository(**more: Json) -> Repository:
    return Repository(**at("aws_ecr_repository.api"), name="shop/api", **more)
