"""Small Terraform plans in the form of `terraform show -json`, written with one line for each resource."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from auditctl.planned.given import Given
from auditctl.planned.terraform import read

if TYPE_CHECKING:
    from auditctl.planned.draft import Draft

Json = Any
OWN, OTHER, REGION = "111122223333", "444455556666", "eu-west-1"
PROVIDER = "registry.terraform.io/hashicorp/aws"


class Ref:
    """A value that the configuration takes from an attribute of another resource; `known` where the plan has it."""

    def __init__(self, reference: str, known: Json = None) -> None:
        self.reference, self.known = reference, known


class Unknown:
    """A value that is not known before the apply and follows from no single attribute."""

    def __init__(self, *references: str) -> None:
        self.references = references


def _after(value: Json) -> Json:
    match value:
        case Ref():
            return value.known
        case Unknown():
            return None
        case dict():
            return {k: _after(v) for k, v in value.items()}
        case list():
            return [_after(v) for v in value]
        case _:
            return value


def _unknown(value: Json) -> Json:
    match value:
        case Ref():
            return value.known is None
        case Unknown():
            return True
        case dict():
            return {k: found for k, v in value.items() if (found := _unknown(v))}
        case list():
            found = [_unknown(v) for v in value]
            return found if any(found) else False
        case _:
            return False


def _expression(value: Json) -> Json:
    match value:
        case Ref():
            return {"references": _references(value.reference)}
        case Unknown():
            return {"references": [r for reference in value.references for r in _references(reference)]}
        case list() if value and all(isinstance(v, dict) for v in value):
            return [{k: _expression(v) for k, v in block.items()} for block in value]
        case list() if any(isinstance(v, Ref | Unknown) for v in value):
            return {"references": [r for v in value if isinstance(v, Ref) for r in _references(v.reference)]}
        case _:
            return {"constant_value": value}


def _references(reference: str) -> list[str]:
    """As Terraform writes it: the attribute, then the resource."""
    return [reference, reference.rpartition(".")[0]]


# Attributes that AWS or the provider makes, which are unknown where nobody wrote them.
_MADE = (
    "arn",
    "id",
    "url",
    "key_id",
    "tags_all",
    "name",
    "bucket",
    "statement_id",
    "policy",
    "acl",
    "grant",
    "managed_policy_arns",
    "inline_policy",
)


def resource(address: str, *, mode: str = "managed", actions: tuple[str, ...] = ("create",), **values: Json) -> Json:
    """A resource with these values; what the provider makes is unknown where it is not among them."""
    kind, name = address.removeprefix("data.").split(".")
    change = {
        "actions": list(actions),
        "before": None if actions == ("create",) else {},
        "after": {k: _after(v) for k, v in values.items()},
        "after_unknown": {k: found for k, v in values.items() if (found := _unknown(v))}
        | {k: True for k in _MADE if k not in values},
    }
    return {
        "row": {
            "address": address,
            "mode": mode,
            "type": kind,
            "name": name,
            "provider_name": PROVIDER,
            "change": change,
        },
        "configuration": {
            "address": address,
            "mode": mode,
            "type": kind,
            "name": name,
            "provider_config_key": "aws",
            "expressions": {k: _expression(v) for k, v in values.items()},
        },
    }


def existing(address: str, state: Json = None, **values: Json) -> Json:
    """A resource that was there before and does not change; `state` is what it has beside the configuration."""
    found = resource(address, actions=("no-op",), **values)
    found["row"]["change"] |= {"after": {**(state or {}), **found["row"]["change"]["after"]}, "after_unknown": {}}
    return found


def gone(address: str, **values: Json) -> Json:
    """A resource that goes away."""
    found = resource(address, actions=("delete",))
    found["row"]["change"] |= {"before": values, "after": None, "after_unknown": {}}
    return {"row": found["row"]}


def plan_of(*resources: Json) -> Json:
    provider = {"name": "aws", "full_name": PROVIDER, "expressions": {"region": {"constant_value": REGION}}}
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {}},
        "resource_changes": [one["row"] for one in resources],
        "configuration": {
            "provider_config": {"aws": provider},
            "root_module": {"resources": [one["configuration"] for one in resources if "configuration" in one]},
        },
    }


def draft_of(*resources: Json) -> Draft:
    """The draft that the reader makes of a plan with these resources."""
    return read(json.dumps(plan_of(*resources)).encode(), "plan.json", Given(account=OWN, region=REGION, parameters={}))


# What resources have.

HOLDS, VIOLATED, INCONCLUSIVE = "holds", "violated", "inconclusive"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
STRANGER = {"AWS": f"arn:aws:iam::{OTHER}:root"}


def statement(action: Json, of: Json = "*", **more: Json) -> Json:
    return {"Effect": "Allow", "Action": action, "Resource": of, **more}


def text(*statements: Json) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


TRUST = text({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}})
ESCALATES = text(statement("iam:*"))
READS = text(statement("s3:GetObject"))


def role(name: str = "app", **more: Json) -> Json:
    return resource(f"aws_iam_role.{name}", **{"name": name, "path": "/", "assume_role_policy": TRUST, **more})


def managed(policy: str = ESCALATES) -> Json:
    return resource("aws_iam_policy.all", name="all", path="/", policy=policy)
