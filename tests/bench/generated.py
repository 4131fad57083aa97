"""Seeded policies of any length, for the curve: allows and denies of the kind that people write.

A policy is about projects. Each project has a bucket that some statements open, other statements about
queues, tables and functions, and one Deny that keeps confidential objects from being read. So every
Allow that reads objects needs the Deny of its own project: the pairs that matter grow with the policy,
and a search that compares every statement with every other is seen to.
"""

import random
from collections.abc import Iterator
from itertools import count, islice
from typing import Any

ACCOUNT = "111122223333"
PROJECT = 8  # statements of a project

Statement = dict[str, Any]

_OTHERS = (
    ("sqs", ("SendMessage", "ReceiveMessage", "DeleteMessage", "Get*"), "arn:aws:sqs:eu-west-1:{account}:{name}-*"),
    ("dynamodb", ("GetItem", "PutItem", "Query", "Batch*"), "arn:aws:dynamodb:eu-west-1:{account}:table/{name}-*"),
    ("lambda", ("InvokeFunction", "Get*", "List*"), "arn:aws:lambda:*:{account}:function:{name}-*"),
    ("kms", ("Decrypt", "GenerateDataKey*", "DescribeKey"), "arn:aws:kms:eu-west-1:{account}:key/{name}"),
    ("ssm", ("GetParameter*", "PutParameter"), "arn:aws:ssm:*:{account}:parameter/{name}/*"),
)
_READS = (["s3:GetObject"], ["s3:GetObject*", "s3:ListBucket"], ["s3:Get*", "s3:List*"], ["s3:*Object"])
_PATHS = ("/*", "/*", "/conf*", "/*/2026/*")
_CONDITIONS: tuple[dict[str, Any], ...] = (
    {"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-central-1"]}},
    {"Bool": {"aws:SecureTransport": "true"}},
    {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.0.2.0/24"]}},
    {"StringLike": {"aws:PrincipalTag/team": "project-*"}},
    {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}},
)

# What is asked of a generated policy: nobody reads a confidential object of any project.
CONTROL: dict[str, Any] = {
    "format": "auditctl-control/1",
    "id": "confidential-objects",
    "title": "No policy reads confidential objects",
    "for_each": "policy",
    "forbid": {
        "request": {
            "action": ["s3:GetObject", "s3:GetObjectVersion"],
            "resource": ["arn:aws:s3:::project-?????/confidential/*"],
        }
    },
}


def generate_policy(statements: int, seed: int, *, violated: bool) -> dict[str, Any]:
    """A policy document of so many statements. A violated one lacks the Deny of its last project."""
    rng = random.Random(f"{seed} {statements}")
    rows = list(islice(_statements(rng), statements))
    if violated:
        last = (statements - 1) // PROJECT * PROJECT
        rows[last] = {**rows[last], "Effect": "Allow"}
    rng.shuffle(rows)
    return {"Version": "2012-10-17", "Statement": [{"Sid": f"S{i}", **row} for i, row in enumerate(rows)]}


def _statements(rng: random.Random) -> Iterator[Statement]:
    for number in count():
        name = f"project-{number:05d}"
        yield {"Effect": "Deny", "Action": ["s3:Get*"], "Resource": [f"arn:aws:s3:::{name}/confidential/*"]}
        yield _read(rng, name)
        for _ in range(PROJECT - 2):
            yield _read(rng, name) if rng.random() < 0.25 else _other(rng, name)


def _read(rng: random.Random, name: str) -> Statement:
    """An Allow that opens objects, confidential ones too but for the Deny."""
    row = {
        "Effect": "Allow",
        "Action": rng.choice(_READS),
        "Resource": [f"arn:aws:s3:::{name}{rng.choice(_PATHS)}"],
    }
    return _with_condition(rng, row)


def _other(rng: random.Random, name: str) -> Statement:
    """A statement about something else, one in eight a Deny."""
    service, actions, resource = rng.choice(_OTHERS)
    chosen = rng.sample(actions, rng.randint(1, len(actions)))
    row = {
        "Effect": "Deny" if rng.random() < 0.125 else "Allow",
        "Action": [f"{service}:{a}" for a in chosen],
        "Resource": [resource.format(account=ACCOUNT, name=name)],
    }
    return _with_condition(rng, row)


def _with_condition(rng: random.Random, row: Statement) -> Statement:
    return {**row, "Condition": rng.choice(_CONDITIONS)} if rng.random() < 0.25 else row
