"""Keys, queues, topics, functions, secrets and repositories of a Terraform plan.

Untrusted. Terraform Registry, hashicorp/aws 5.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from auditctl.planned.terraform.access_values import (
    blocks,
    each,
    is_open,
    outside,
    own_policy,
    place,
    policy_of,
    text,
    texts,
    twice,
)
from auditctl.planned.terraform.plan import Plan, Resource
from auditctl.planned.things import (
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

_KEYS = ("aws_kms_key", "aws_kms_external_key", "aws_kms_replica_key", "aws_kms_replica_external_key")
_FUNCTION, _URL, _PERMISSION = "aws_lambda_function", "aws_lambda_function_url", "aws_lambda_permission"
# Types that only are policies: the attribute that names the resource, and the service.
_POLICIES = {
    "aws_kms_key_policy": ("key_id", "kms"),
    "aws_sqs_queue_policy": ("queue_url", "sqs"),
    "aws_sns_topic_policy": ("arn", "sns"),
    "aws_secretsmanager_secret_policy": ("secret_arn", "secretsmanager"),
    "aws_ecr_repository_policy": ("repository", "ecr"),
}
READ = frozenset({
    *_KEYS,
    *_POLICIES,
    "aws_ecr_repository",
    "aws_kms_alias",
    "aws_kms_grant",
    "aws_secretsmanager_secret",
    "aws_sns_topic",
    "aws_sqs_queue",
    _FUNCTION,
    _PERMISSION,
    _URL,
})
# How the policies name what they belong to, where its name or id is read out of that.
_PLACE = r"(?P<region>[^:]+):(?P<account>\d{12}):"
_NAMED_AS = {
    "aws_kms_key_policy": re.compile(rf"(?:arn:[^:]+:kms:{_PLACE}key/)?(?P<name>[A-Za-z0-9-]+)"),
    "aws_sqs_queue_policy": re.compile(r"https://sqs\.(?P<region>[^.]+)\.[^/]+/(?P<account>\d{12})/(?P<name>[^/]+)"),
    "aws_sns_topic_policy": re.compile(rf"arn:[^:]+:sns:{_PLACE}(?P<name>[^:]+)"),
    "aws_secretsmanager_secret_policy": re.compile(rf"arn:[^:]+:secretsmanager:{_PLACE}secret:(?P<name>.+)-.{{6}}"),
    "aws_ecr_repository_policy": re.compile(r"(?P<name>[^:]+)"),
}
_Policies = Mapping[tuple[str, str, str], Policy]  # by type of the policy, account and what it belongs to


def resource_things(plan: Plan) -> Iterator[Thing]:
    """The resources of a plan that have policies of their own, and those that it only gives one."""
    found: dict[tuple[str, str, str], Policy] = {}
    owners = ((kind, owner) for kind in _NAMES for owner in _owners(plan, kind))
    planned = {(kind, o.account, name) for kind, o in owners for name in _NAMES[kind](o) if name}
    seen: set[tuple[str, str, str]] = set()
    for resource in plan.of(*_POLICIES):
        where = (resource.type, resource.account, text(resource, _POLICIES[resource.type][0]))
        if where in seen:
            yield twice(plan, resource, *_POLICIES[resource.type])
        elif where in planned:
            found[where] = policy_of(plan, resource)
        else:
            yield _existing(plan, resource, where[2])
        seen.add(where)
    yield from _keys(plan, found)
    for resource, members in each(plan, "aws_sqs_queue"):
        yield Queue(**members, name=text(resource, "name"), policy=_policy(plan, resource, found))
    for resource, members in each(plan, "aws_sns_topic"):
        yield Topic(**members, name=text(resource, "name"), policy=_policy(plan, resource, found))
    for resource, members in each(plan, "aws_secretsmanager_secret"):
        policy = _policy(plan, resource, found)
        yield Secret(**members, name=text(resource, "name"), arn=text(resource, "arn"), policy=policy)
    for resource, members in each(plan, "aws_ecr_repository"):
        yield Repository(**members, name=text(resource, "name"), policy=_policy(plan, resource, found))
    yield from _functions(plan)


def _existing(plan: Plan, resource: Resource, value: str) -> Thing:
    """The resource of a policy that was there before; of most kinds nothing but the policy decides."""
    attribute, service = _POLICIES[resource.type]
    match = None if is_open(plan, value) else _NAMED_AS[resource.type].fullmatch(value)
    found = match.groupdict() if match else {}
    if not found or found.get("account") not in (None, resource.account):
        return outside(plan, resource, attribute, service, value)
    members: dict[str, Any] = {**place(plan, resource), "tags": {}}
    members["region"] = found.get("region") or resource.region
    name, policy = found["name"], policy_of(plan, resource)
    if service == "kms":
        return Key(**members, id=name, policy=policy, exists=True)
    if service == "sqs":
        return Queue(**members, name=name, policy=policy)
    if service == "sns":
        return Topic(**members, name=name, policy=policy)
    if service == "secretsmanager":
        return Secret(**members, name=name, arn=value, policy=policy)
    return Repository(**members, name=name, policy=policy)


# What a policy may call the resource that it belongs to, by the type of the policy.
_NAMES: Mapping[str, Callable[[Resource], tuple[str, ...]]] = {
    "aws_kms_key_policy": lambda key: (_key_id(key), text(key, "arn")),
    "aws_sqs_queue_policy": lambda queue: (text(queue, "url"),),
    "aws_sns_topic_policy": lambda topic: (text(topic, "arn"),),
    "aws_secretsmanager_secret_policy": lambda secret: (text(secret, "arn"),),
    "aws_ecr_repository_policy": lambda repository: (text(repository, "name"),),
}


def _owners(plan: Plan, kind: str) -> Iterator[Resource]:
    """The resources that policies of a type belong to."""
    return plan.of(*(_KEYS if kind == "aws_kms_key_policy" else (kind.removesuffix("_policy"),)))


def _policy(plan: Plan, resource: Resource, found: _Policies) -> Policy | None:
    """The policy of a resource: of one by itself, else the one within it."""
    kind = "aws_kms_key_policy" if resource.type in _KEYS else f"{resource.type}_policy"
    names = _NAMES[kind](resource)
    policies = (found.get((kind, resource.account, name)) for name in names)
    return next(filter(None, policies), None) or own_policy(plan, resource, kind, filter(None, names))


# Keys.


def _key_id(key: Resource) -> str:
    return text(key, "key_id") or key.unknown("id", "name")


def _keys(plan: Plan, found: _Policies) -> Iterator[Thing]:
    grants: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for key in plan.of(*_KEYS):
        own = grants.setdefault((key.account, _key_id(key)), [])
        grants[key.account, text(key, "arn")] = own
    for resource in plan.of("aws_kms_grant"):
        key_id = text(resource, "key_id")
        if key_id and (resource.account, key_id) in grants:
            grants[resource.account, key_id].append(_grant(resource))
        else:
            yield outside(plan, resource, "key_id", "kms", key_id)
    for key, members in each(plan, *_KEYS):
        policy = _policy(plan, key, found)
        yield Key(**members, id=_key_id(key), policy=policy, grants=tuple(grants[key.account, _key_id(key)]))


def _grant(resource: Resource) -> Mapping[str, Any]:
    """An entry of list-grants (API reference of AWS KMS, GrantListEntry)."""
    row: dict[str, Any] = {
        "GrantId": resource.unknown("grant_id", "name"),
        "Operations": list(texts(resource, "operations")),
    }
    for attribute, member in (
        ("name", "Name"),
        ("grantee_principal", "GranteePrincipal"),
        ("retiring_principal", "RetiringPrincipal"),
    ):
        if text(resource, attribute):
            row[member] = text(resource, attribute)
    constraints: dict[str, Any] = {}
    for block in blocks(resource, "constraints"):
        for attribute, member in (
            ("encryption_context_equals", "EncryptionContextEquals"),
            ("encryption_context_subset", "EncryptionContextSubset"),
        ):
            if block.get(attribute):
                constraints[member] = block[attribute]
    return {**row, "Constraints": constraints} if constraints else row


# Functions.

# What names a function: its name, the end of its ARN, or its ARN, each with or without a version or alias (API
# reference of AWS Lambda, AddPermission).
_FUNCTION_NAME = re.compile(r"(?:.*(?:^|:)function:)?(?P<name>[^:]+)(?::(?P<qualifier>[^:]+))?")


def _function_named(resource: Resource) -> tuple[str, str]:
    """The name of the function that a resource is about, and the version or alias."""
    match = _FUNCTION_NAME.fullmatch(text(resource, "function_name"))
    if match is None:
        return "", ""
    return match["name"], text(resource, "qualifier") or match["qualifier"] or ""


def _functions(plan: Plan) -> Iterator[Thing]:
    permissions: dict[tuple[str, str, str], list[Permission]] = {
        (f.account, f.region, text(f, "function_name")): [] for f in plan.of(_FUNCTION)
    }
    for resource in plan.of(_PERMISSION, _URL):
        if resource.type == _URL and resource.values.get("authorization_type") == "AWS_IAM":
            continue
        name, qualifier = _function_named(resource)
        own = permissions.get((resource.account, resource.region, name))
        if own is None:
            yield outside(plan, resource, "function_name", "lambda")
        else:
            own.append(
                _of_url(plan, resource, qualifier) if resource.type == _URL else _permission(plan, resource, qualifier)
            )
    for resource, members in each(plan, _FUNCTION):
        name = text(resource, "function_name")
        network = next(iter(blocks(resource, "vpc_config")), {})
        yield Function(
            **members,
            name=name,
            role=text(resource, "role"),
            permissions=tuple(permissions[resource.account, resource.region, name]),
            subnets=_listed(network.get("subnet_ids")),
            groups=_listed(network.get("security_group_ids")),
        )


def _listed(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list | tuple) else ()


def _permission(plan: Plan, resource: Resource, qualifier: str) -> Permission:
    return Permission(
        sid=resource.unknown("statement_id", "name")
        if resource.is_unknown("statement_id")
        else text(resource, "statement_id"),
        action=text(resource, "action"),
        principal=text(resource, "principal"),
        source_arn=text(resource, "source_arn"),
        source_account=text(resource, "source_account"),
        organization=text(resource, "principal_org_id"),
        auth_type=text(resource, "function_url_auth_type"),
        token=text(resource, "event_source_token"),
        qualifier=qualifier,
        origin=plan.origin(resource),
    )


def _of_url(plan: Plan, resource: Resource, qualifier: str) -> Permission:
    """The permission that the provider adds to a function whose URL anybody may call.

    Terraform Registry, aws_lambda_function_url: with the type NONE the provider adds the statement
    FunctionURLAllowPublicAccess.
    """
    return Permission(
        sid="FunctionURLAllowPublicAccess",
        action="lambda:InvokeFunctionUrl",
        principal="*",
        auth_type=text(resource, "authorization_type"),
        qualifier=qualifier,
        origin=plan.origin(resource),
    )
