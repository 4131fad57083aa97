"""The least that a collection needs to be allowed, from the table: `python -m auditctl.collect.permissions` prints it.

The names of actions are those of the Service Authorization Reference. Most follow from the operation; where one does
not, the table has it.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any

from auditctl.collect.cuts import CUTS
from auditctl.collect.operation import Operation
from auditctl.collect.table import REGIONS, TABLE

# Services whose prefix in IAM is not their name in the AWS CLI.
PREFIXES: Mapping[str, str] = {
    "bedrock-agentcore-control": "bedrock-agentcore",
    "dynamodbstreams": "dynamodb",
    "efs": "elasticfilesystem",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "opensearch": "es",
    "s3control": "s3",
    "sesv2": "ses",
}
# Amazon API Gateway has an action for each verb of HTTP, and a path as resource.
_APIS = ("arn:aws:apigateway:*::/restapis", "arn:aws:apigateway:*::/restapis/*/authorizers")
_GET = "apigateway:GET"


def action_of(operation: Operation) -> str:
    """The action of IAM that allows an operation."""
    prefix = PREFIXES.get(operation.service, operation.service)
    return operation.action or f"{prefix}:{''.join(word.capitalize() for word in operation.name.split('-'))}"


def actions() -> list[str]:
    """Every action that is needed, sorted."""
    return sorted({action_of(operation) for operation in (*TABLE, REGIONS)})


def policy() -> dict[str, Any]:
    """The identity policy of whoever collects."""
    reading = {
        "Sid": "ReadConfiguration",
        "Effect": "Allow",
        "Action": [a for a in actions() if a != _GET],
        "Resource": "*",
    }
    apis = {"Sid": "ReadRestApis", "Effect": "Allow", "Action": _GET, "Resource": list(_APIS)}
    return {"Version": "2012-10-17", "Statement": [reading, apis]}


def assuming() -> dict[str, Any]:
    """What the credentials need besides, to assume the role in each account."""
    statement = {
        "Sid": "AssumeAuditRole",
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Resource": "arn:aws:iam::*:role/auditctl",
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def trust() -> dict[str, Any]:
    """The trust policy of the role in each account."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:role/auditor"},
        "Action": "sts:AssumeRole",
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


_TEXT = """\
# Permissions

What `auditctl collect` needs to be allowed. It only reads: every action below lists, describes or gets.
This page is made from the table of operations (`python -m auditctl.collect.permissions`), and a test compares the two.

## The policy

For the user or role whose credentials are used, or for the role that `--role-name` names in each account:

{policy}

In partitions other than `aws`, write theirs into the ARNs.
The policy allows `s3:ListBucket`, by which names of objects are read, where ACLs count. It does not allow to read
objects, messages, secrets, parameters, code or logs.

A key, queue, secret or bucket may have a policy of its own that denies what this one allows. What is denied, or left
out of the policy, is recorded in `snapshot.json`, and claims that need it are inconclusive.

## Many accounts

`--role-name auditctl` assumes `arn:aws:iam::ACCOUNT:role/auditctl` in each account. The role there has the policy
above, and this trust policy; the principal is whoever runs auditctl:

{trust}

With `--external-id ID`, add `"Condition": {{"StringEquals": {{"sts:ExternalId": "ID"}}}}`.
Whoever runs auditctl needs this as well, and with `--organization` the policy above in the management account (or that
of a delegated administrator), which is where the organization's accounts and policies are listed:

{assuming}

## What is cut out

Values of these members are replaced by a fixed text before anything is written; their names stay.
`snapshot.json` lists them as `cut`.

| answer | member |
|---|---|
{cuts}

User data of instances, strings of secrets, values of parameters and task definitions are never asked for.
Policies, tags, names and descriptions are kept as they are: whoever puts a secret there will find it in the snapshot.

## Operations

| AWS CLI | action |
|---|---|
{operations}
"""


def document() -> str:
    """docs/permissions.md."""
    asked = sorted((*TABLE, REGIONS), key=lambda o: o.id)
    return _TEXT.format(
        policy=_block(policy()),
        trust=_block(trust()),
        assuming=_block(assuming()),
        cuts="\n".join(f"| `{answer}` | `{member}` |" for answer, members in CUTS.items() for member in members),
        operations="\n".join(f"| `{_words(o)}` | `{action_of(o)}` |" for o in asked),
    )


def _words(operation: Operation) -> str:
    """An operation as the AWS CLI calls it: it has the operations on buckets apart."""
    return f"{'s3api' if operation.service == 's3' else operation.service} {operation.name}"


def _block(value: Mapping[str, Any]) -> str:
    return f"```json\n{json.dumps(value, indent=2)}\n```"


if __name__ == "__main__":
    sys.stdout.write(document())
