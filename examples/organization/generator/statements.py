"""Statements and documents, as policies are written."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Statement = dict[str, Any]
Document = dict[str, Any]
Condition = Mapping[str, Mapping[str, str | Sequence[str]]]
Names = str | Sequence[str]


def allow(sid: str, actions: Names, resources: Names, condition: Condition | None = None) -> Statement:
    """An Allow of an identity policy."""
    return _statement("Allow", sid, {"Action": actions, "Resource": resources}, condition)


def deny(sid: str, actions: Names, resources: Names, condition: Condition | None = None) -> Statement:
    """A Deny of an identity policy."""
    return _statement("Deny", sid, {"Action": actions, "Resource": resources}, condition)


def deny_all_but(sid: str, actions: Names, condition: Condition) -> Statement:
    """A Deny of every action but some, on everything."""
    return _statement("Deny", sid, {"NotAction": actions, "Resource": "*"}, condition)


def to(principal: str | Mapping[str, Names], statement: Statement) -> Statement:
    """The statement with a principal, as resource policies have it."""
    return {k: v for name, value in statement.items() for k, v in _with_principal(name, value, principal).items()}


def _with_principal(name: str, value: object, principal: object) -> dict[str, object]:
    return {name: value, "Principal": principal} if name == "Effect" else {name: value}


def _statement(effect: str, sid: str, what: Statement, condition: Condition | None) -> Statement:
    name = {"Sid": sid} if sid else {}
    return {**name, "Effect": effect, **what} | ({"Condition": condition} if condition else {})


def trust(principal: str | Mapping[str, Names], condition: Condition | None = None, *actions: str) -> Document:
    """A trust policy of one statement; the action is sts:AssumeRole unless others are named."""
    row = {"Effect": "Allow", "Principal": principal, "Action": list(actions) or "sts:AssumeRole"}
    return document([row | ({"Condition": condition} if condition else {})])


def document(statements: Iterable[Statement]) -> Document:
    """A policy of these statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def inline_rows(statements: Sequence[Statement]) -> list[dict[str, Any]]:
    """The inline policies of a user or role: one of these statements, none where there are none."""
    return [{"PolicyName": "own", "PolicyDocument": document(statements)}] if statements else []


def attached_rows(arns: Iterable[str]) -> list[dict[str, str]]:
    """The managed policies that are attached to a user, group or role."""
    return [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in arns]


def boundary_row(arn: str) -> dict[str, str]:
    """The permissions boundary of a user or role."""
    return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}


def as_text(policy: Document) -> str:
    """A policy as APIs return it in a text."""
    return json.dumps(policy, separators=(",", ":"))
