"""Resources of a plan with policies of their own: keys, queues, topics, functions, secrets and repositories.

Untrusted. What AWS gives a new resource without a policy is written out.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from auditctl.planned.draft import KNOWN_AFTER_APPLY, Draft
from auditctl.planned.marks import after_apply, before_the_plan, markers_in, open_attribute, tag_list
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

_ABSENT = "ResourceNotFoundException"
_DIGITS = re.compile(r"[0-9]{12}")


def write_resources(draft: Draft, things: Sequence[Thing]) -> None:
    """Write each resource into the list of its kind, and its policy."""
    for thing in things:
        write = _WRITERS.get(type(thing))
        if write is not None:
            write(draft, thing)


def _start(draft: Draft, thing: Thing, service: str) -> str:
    """The beginning of the ARNs of a service in the place of a thing."""
    return f"arn:{draft.accounts.get(thing.account, 'aws')}:{service}:{thing.region}:{thing.account}:"


def _list(draft: Draft, thing: Thing, operation: str, member: str, row: Any, arn: str) -> None:  # noqa: ANN401  # text or object
    """Put a thing on the list of its kind; a row of some lists is a text."""
    path, within = draft.add(thing.account, thing.region, operation, member, row)
    draft.came_from(thing.origin, thing=arn, path=path, within=within)


def _answer(
    draft: Draft, thing: Thing, operation: str, name: str, value: Mapping[str, Any], policy: tuple[str, Policy | None]
) -> None:
    """Write the answer with a policy at its place, as text; the error that says so where it is not known yet."""
    where, given = policy
    place = (thing.account, thing.region, operation, name)
    if given is not None and given.document is None:
        path = draft.fail(*place, KNOWN_AFTER_APPLY, after_apply(given.unknown))
    else:
        path = draft.put(*place, value)
    draft.came_from(thing.origin, path=path)
    if given is not None:
        draft.came_from(given.origin, path=path, within=where)


def _text(policy: Policy | None) -> str:
    return "" if policy is None else json.dumps(policy.document, ensure_ascii=False)


def _key(draft: Draft, key: Key) -> None:
    """A key. AWS KMS developer guide, "Default key policy": what a key has that was made without one by the API."""
    arn = f"{_start(draft, key, 'kms')}key/{key.id}"
    _list(draft, key, "kms/list-keys", "Keys", {"KeyId": key.id, "KeyArn": arn}, arn)
    default = {
        "Version": "2012-10-17",
        "Id": "key-default-1",
        "Statement": [
            {
                "Sid": "Enable IAM User Permissions",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:{draft.accounts.get(key.account, 'aws')}:iam::{key.account}:root"},
                "Action": "kms:*",
                "Resource": "*",
            }
        ],
    }
    policy = key.policy or Policy(document=default, origin=key.origin)
    value = {"PolicyName": "default", "Policy": _text(policy)}
    _answer(draft, key, "kms/get-key-policy", key.id, value, ("$.Policy", policy))
    metadata = {"AWSAccountId": key.account, "KeyId": key.id, "Arn": arn, "KeyManager": "CUSTOMER"}
    draft.put(key.account, key.region, "kms/describe-key", key.id, {"KeyMetadata": metadata})
    place = (key.account, key.region, "kms/list-grants", key.id)
    if key.exists:
        path = draft.fail(*place, KNOWN_AFTER_APPLY, before_the_plan(f"the key {key.id}"))
    else:
        path = draft.put(*place, {"Grants": [dict(grant) for grant in key.grants]})
    draft.came_from(key.origin, path=path)


def _queue(draft: Draft, queue: Queue) -> None:
    arn = _start(draft, queue, "sqs") + queue.name
    domain = "amazonaws.com.cn" if queue.region.startswith("cn-") else "amazonaws.com"
    url = f"https://sqs.{queue.region}.{domain}/{queue.account}/{queue.name}"
    _list(draft, queue, "sqs/list-queues", "QueueUrls", url, arn)
    attributes = {"QueueArn": arn, "VisibilityTimeout": "30"}  # the default, which tells that all were asked for
    if queue.policy is not None:
        attributes["Policy"] = _text(queue.policy)
    policy = ("$.Attributes.Policy", queue.policy)
    _answer(draft, queue, "sqs/get-queue-attributes", queue.name, {"Attributes": attributes}, policy)


# What the owner's account may do with a topic that was made without a policy: what `get-topic-attributes` then has
# (Amazon SNS developer guide, "Example cases for Amazon SNS access control"; the keys are in its text as here).
_OF_TOPIC = (
    "SNS:GetTopicAttributes",
    "SNS:SetTopicAttributes",
    "SNS:AddPermission",
    "SNS:RemovePermission",
    "SNS:DeleteTopic",
    "SNS:Subscribe",
    "SNS:ListSubscriptionsByTopic",
    "SNS:Publish",
)


def _topic(draft: Draft, topic: Topic) -> None:
    arn = _start(draft, topic, "sns") + topic.name
    _list(draft, topic, "sns/list-topics", "Topics", {"TopicArn": arn}, arn)
    default = {
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [
            {
                "Sid": "__default_statement_ID",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": list(_OF_TOPIC),
                "Resource": arn,
                "Condition": {"StringEquals": {"AWS:SourceOwner": topic.account}},
            }
        ],
    }
    policy = topic.policy or Policy(document=default, origin=topic.origin)
    value = {"Attributes": {"TopicArn": arn, "Owner": topic.account, "Policy": _text(policy)}}
    _answer(draft, topic, "sns/get-topic-attributes", topic.name, value, ("$.Attributes.Policy", policy))


def _secret(draft: Draft, secret: Secret) -> None:
    row = {"ARN": secret.arn, "Name": secret.name, "Tags": tag_list(draft, secret.tags)}
    _list(draft, secret, "secretsmanager/list-secrets", "SecretList", row, secret.arn)
    place = (secret.account, secret.region, "secretsmanager/get-resource-policy", secret.name)
    if secret.policy is None:
        draft.fail(*place, _ABSENT, "the secret has no resource policy")
    elif "" in secret.name.split("/"):  # an answer is a file of this path
        path = draft.fail(*place, "UnsupportedName", f"no file can have the name of the secret {secret.name}")
        draft.came_from(secret.policy.origin, path=path)
    else:
        value = {"ARN": secret.arn, "Name": secret.name, "ResourcePolicy": _text(secret.policy)}
        policy = ("$.ResourcePolicy", secret.policy)
        _answer(draft, secret, "secretsmanager/get-resource-policy", secret.name, value, policy)


def _repository(draft: Draft, repository: Repository) -> None:
    arn = f"{_start(draft, repository, 'ecr')}repository/{repository.name}"
    names = {"registryId": repository.account, "repositoryName": repository.name}
    _list(draft, repository, "ecr/describe-repositories", "repositories", {"repositoryArn": arn, **names}, arn)
    operation = "ecr/get-repository-policy"
    if repository.policy is None:
        place = (repository.account, repository.region, operation, repository.name)
        draft.fail(*place, "RepositoryPolicyNotFoundException", "Repository policy does not exist")
        return
    value = {**names, "policyText": _text(repository.policy)}
    _answer(draft, repository, operation, repository.name, value, ("$.policyText", repository.policy))


# Functions.


def _function(draft: Draft, function: Function) -> None:
    arn = f"{_start(draft, function, 'lambda')}function:{function.name}"
    unknown = open_attribute(draft, function.role)
    # Where a text should be and is none, the checker takes it that the role is not known.
    role = {KNOWN_AFTER_APPLY: unknown} if unknown else function.role
    row = {"FunctionName": function.name, "FunctionArn": arn, "Role": role}
    _list(draft, function, "lambda/list-functions", "Functions", row, arn)
    qualifiers = dict.fromkeys(["", *(p.qualifier for p in function.permissions)])
    for qualifier in qualifiers:
        _function_policy(draft, function, arn, qualifier)


def _function_policy(draft: Draft, function: Function, arn: str, qualifier: str) -> None:
    """The policy of a function, or of a version or alias of it."""
    permissions = [p for p in function.permissions if p.qualifier == qualifier]
    name, resource = (f"{function.name}/{qualifier}", f"{arn}:{qualifier}") if qualifier else (function.name, arn)
    place = (function.account, function.region, "lambda/get-policy", name)
    unknown = next(filter(None, (_open_part(draft, p) for p in permissions)), "")
    if not permissions:
        path = draft.fail(*place, _ABSENT, "the function has no policy")
    elif unknown:
        path = draft.fail(*place, KNOWN_AFTER_APPLY, after_apply(unknown))
    else:
        statements = [_statement(p, resource, draft.accounts.get(function.account, "aws")) for p in permissions]
        document = {"Version": "2012-10-17", "Id": "default", "Statement": statements}
        path = draft.put(*place, {"Policy": json.dumps(document, ensure_ascii=False)})
    draft.came_from(function.origin, path=path)
    for i, permission in enumerate(permissions):
        draft.came_from(permission.origin, path=path, within=f"$.Policy.Statement[{i}]")


def _open_part(draft: Draft, permission: Permission) -> str:
    """The attribute that is not known, of those that decide what kind of statement it is.

    A principal that is made later may be a service or an account, unless it is an ARN.
    """
    principal = permission.principal
    if not principal.startswith("arn:"):
        for name in markers_in(draft, principal):
            return str(draft.unknowns[name]["attribute"])
    return open_attribute(draft, [permission.action, principal, permission.auth_type])


def _statement(permission: Permission, resource: str, partition: str) -> Mapping[str, Any]:
    """What AWS makes of `add-permission`.

    AWS Lambda API reference, AddPermission; developer guide, "Viewing resource-based IAM policies in Lambda".
    """
    conditions: dict[str, dict[str, str]] = {}
    for operator, key, value in (
        ("StringEquals", "lambda:FunctionUrlAuthType", permission.auth_type),
        ("StringEquals", "AWS:SourceAccount", permission.source_account),
        ("StringEquals", "aws:PrincipalOrgID", permission.organization),
        ("StringEquals", "lambda:EventSourceToken", permission.token),
        ("ArnLike", "AWS:SourceArn", permission.source_arn),
    ):
        if value:
            conditions.setdefault(operator, {})[key] = value
    return {
        "Sid": permission.sid,
        "Effect": "Allow",
        "Principal": _principal(permission.principal, partition),
        "Action": permission.action,
        "Resource": resource,
        **({"Condition": conditions} if conditions else {}),
    }


def _principal(principal: str, partition: str) -> Any:  # noqa: ANN401  # text or object
    if principal == "*":
        return principal
    if _DIGITS.fullmatch(principal):
        return {"AWS": f"arn:{partition}:iam::{principal}:root"}
    return {"AWS" if principal.startswith("arn:") else "Service": principal}


_WRITERS: Mapping[type[Thing], Callable[[Draft, Any], None]] = {
    Key: _key,
    Queue: _queue,
    Topic: _topic,
    Function: _function,
    Secret: _secret,
    Repository: _repository,
}
