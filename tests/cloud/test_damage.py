"""Damage: every value of a snapshot, control or request replaced by values of other types.

Nothing but a refusal or an outcome comes out, and what cannot be read never makes a claim hold.
"""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from auditctl import audit
from auditctl.audit import claims_of, decide
from checkers.cloud.claims import Outcome
from checkers.cloud.control import parse_control
from checkers.cloud.policy import Document, Origin, parse_document
from checkers.cloud.request import assignment_of, parse_request
from checkers.verdict import Declined, Rejected, Unreadable
from cloud.setting import (
    FOREIGN,
    HOLDS,
    OWN,
    ROLE,
    VIOLATED,
    allow,
    attached,
    buckets,
    control,
    control_json,
    deny,
    document,
    group,
    iam,
    inventory_of,
    managed,
    outcome,
    policy_of,
    role,
    s3_file,
    setting,
    tag_list,
    trust,
    user,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

REPLACEMENTS: tuple[Any, ...] = (None, [], {}, 0, "", True, -1)
REFUSALS = (Unreadable, Rejected, Declined)
Path = tuple[str | int, ...]


def paths_of(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every place of a JSON value, the whole of it first."""
    yield path
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in members:
        yield from paths_of(inner, (*path, name))


def replaced(value: Any, path: Path, by: Any) -> Any:
    if not path:
        return by
    found = copy.copy(value)
    found[path[0]] = replaced(value[path[0]], path[1:], by)
    return found


def damaged(value: Any) -> Iterator[tuple[Path, Any, Any]]:
    for path in paths_of(value):
        for by in REPLACEMENTS:
            yield path, by, replaced(value, path, by)


@pytest.fixture(autouse=True)
def _without_other_solvers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A question that the search gives up on is left open, which is quicker than asking for it elsewhere."""
    monkeypatch.setattr(audit, "ask_solvers", lambda _question: None)


# Snapshots.

CONDITION = {"ForAnyValue:StringLike": {"aws:TagKeys": ["a*"]}, "Null": {"aws:username": True}}
STATEMENT = allow(["s3:Get*"], ["arn:aws:s3:::logs/${aws:username, 'x'}", "*"], Sid="Read", Condition=CONDITION)
ACCESS = s3_file("get-bucket-acl")
POLICY_ARN = f"arn:aws:iam::{OWN}:policy/own"


def small() -> dict[str, Any]:
    rows = iam(
        users=[user("alice", GroupList=["team"])],
        groups=[group("team", document(STATEMENT))],
        roles=[
            role(
                "reader",
                trusts=document(trust({"AWS": FOREIGN})),
                AttachedManagedPolicies=attached(POLICY_ARN),
                Tags=tag_list({"a": "b"}),
                PermissionsBoundary={"PermissionsBoundaryArn": POLICY_ARN},
            )
        ],
        policies=[managed("own", document(STATEMENT))],
    )
    organizations = f"{OWN}/global/organizations"
    return setting(
        rows,
        buckets("logs"),
        policy_of("logs", document(allow(Principal={"AWS": FOREIGN}))),
        {
            s3_file("get-bucket-ownership-controls"): {"OwnershipControls": {"Rules": [{"ObjectOwnership": "x"}]}},
            ACCESS: {"Grants": [{"Grantee": {"ID": "c"}}]},
            f"{organizations}/describe-organization.json": {"Organization": {"Id": "o-1"}},
            f"{organizations}/list-accounts.json": {"Accounts": [{"Id": OWN}]},
            f"{organizations}/list-policies/SERVICE_CONTROL_POLICY.json": {"Policies": [{"Id": "p-1"}]},
            f"{organizations}/describe-policy/p-1.json": {"Policy": {"Content": json.dumps(document(allow("*")))}},
            f"{OWN}/eu-west-1/sqs/get-queue-attributes/q.json": {"Attributes": {"Policy": "x"}},
            f"{OWN}/eu-west-1/ec2/describe-vpc-endpoints.json": {"VpcEndpoints": [{"a": "b"}]},
        },
    )


CONTROLS = [
    control("role"),
    control("user"),
    control("policy"),
    control("bucket", principal=["outside-organization"], more={"where": {"not_tag": {"a": ["b"]}}}),
    control("account", principal=["organization"], action=["sqs:*", "sts:AssumeRole"]),
]


def decide_all(files: dict[str, Any]) -> int:
    """How many claims were decided; nothing but a refusal may come out instead."""
    try:
        inventory = inventory_of(files)
        found = [decide(claim, inventory) for claim in claims_of(CONTROLS, inventory)]
    except REFUSALS:
        return 0
    assert not any(r.refused for r in found)
    return len(found)


def test_the_small_snapshot_is_decided() -> None:
    assert decide_all(small()) == len(CONTROLS)


@pytest.mark.parametrize("file", sorted(small()))
def test_a_snapshot_with_one_value_of_another_type_is_refused_or_decided(file: str) -> None:
    files = small()
    for _, _, value in damaged(files[file]):
        decide_all({**files, file: value})


@pytest.mark.parametrize("file", sorted(small()))
def test_a_snapshot_with_a_file_missing_or_not_json_is_refused_or_decided(file: str) -> None:
    files = small()
    decide_all({path: value for path, value in files.items() if path != file})
    for content in (b"", b"{", b"\xff", b"NaN", b'{"a": 1, "a": 2}', b"[" * 100):
        decide_all({**files, file: content})


# Controls and requests.

FULL = control_json(
    "bucket",
    form="require",
    all=True,
    principal=["account", "arn:aws:iam::*:role/*"],
    not_principal=["service"],
    not_action=["s3:Put*"],
    resource=["${target.arn}/*"],
    not_resource=["arn:aws:s3:::other"],
    condition={"StringLike": {"aws:username": ["a*"]}},
    more={
        "severity": "high",
        "maps_to": {"cis": ["1"]},
        "parameters": {"p": "v"},
        "where": {"name": ["*"], "not_tag": {"a": ["b"]}},
        "assume": ["s3-resource-types"],
    },
)


def test_a_control_with_one_value_of_another_type_is_refused_or_decided() -> None:
    inventory = inventory_of(small())
    decided = 0
    for _, _, value in damaged(FULL):
        try:
            found = [decide(claim, inventory) for claim in claims_of([parse_control(value, "c")], inventory)]
        except REFUSALS:
            continue
        decided += len(found)
        assert not any(r.refused for r in found)
    assert decided > 0


def test_a_request_with_one_value_of_another_type_is_rejected_or_has_an_assignment() -> None:
    request = {
        "principal": ROLE,
        "session": "s",
        "action": "s3:GetObject",
        "resource": "*",
        "context": {"aws:principalarn": [ROLE], "x:a": ["1"]},
        "flags": {"caller:identity-allows": True},
    }
    for _, _, value in damaged(request):
        try:
            assignment_of(parse_request(value))
        except Rejected:
            continue


# What cannot be read never makes a claim hold.

TEAM = document(STATEMENT | {"Effect": "Allow"})
BUCKET_POLICY = document(allow(Principal={"AWS": [FOREIGN]}, Condition={"Bool": {"aws:SecureTransport": "true"}}))
TRUST = document(trust({"AWS": FOREIGN}, Condition={"StringEquals": {"sts:ExternalId": ["x"]}}))
DOCUMENTS = [
    ("a managed policy", TEAM, lambda d: setting(iam(policies=[managed("own", d)])), control("policy")),
    ("an inline policy", TEAM, lambda d: setting(iam(roles=[role("reader", d)])), control("role")),
    ("a bucket policy", BUCKET_POLICY, lambda d: setting(buckets("logs"), policy_of("logs", d)), control("bucket", principal=[FOREIGN])),
    ("a trust policy", TRUST, lambda d: setting(iam(roles=[{**role("reader"), "AssumeRolePolicyDocument": d}])), control("role", principal=[FOREIGN], action=["sts:AssumeRole"])),
]  # fmt: skip
DOCUMENT_CASES = [pytest.param(*c[1:], id=c[0]) for c in DOCUMENTS]


def is_unreadable(value: Any) -> bool:
    """Whether the document, a statement of it or a condition has a problem."""
    found: Document = parse_document(value, Origin("f", "$", "n"))
    if found.problem is not None:
        return True
    return any(s.problem or any(c.problem for c in s.conditions) for s in found.statements)


@pytest.mark.parametrize(("given", "files_of", "asked"), DOCUMENT_CASES)
def test_an_allow_that_cannot_be_read_does_not_make_a_claim_hold(given: Any, files_of: Any, asked: Any) -> None:
    assert outcome(files_of(given), asked) == VIOLATED
    unreadable = 0
    for path, by, value in damaged(given):
        if is_unreadable(value):
            unreadable += 1
            assert outcome(files_of(value), asked) != HOLDS, (path, by)
    assert unreadable > 50


@pytest.mark.parametrize(("given", "files_of", "asked"), DOCUMENT_CASES)
def test_a_deny_that_cannot_be_read_does_not_make_a_claim_hold(given: Any, files_of: Any, asked: Any) -> None:
    (statement,) = given["Statement"]
    denied = {**{k: v for k, v in statement.items() if k != "Condition"}, "Effect": "Deny"}
    assert outcome(files_of(document(statement, denied)), asked) == HOLDS
    for path, by, value in damaged(denied):
        whole = document(statement, value)
        if is_unreadable(whole):
            assert outcome(files_of(whole), asked) != HOLDS, (path, by)


@pytest.mark.parametrize(("given", "files_of", "asked"), DOCUMENT_CASES[:2])
def test_a_document_that_cannot_be_read_does_not_make_a_requirement_hold(given: Any, files_of: Any, asked: Any) -> None:
    wanted = control(asked.for_each, form="require")
    assert outcome(files_of(given), wanted) == HOLDS
    for path, by, value in damaged(given):
        if is_unreadable(value):
            assert outcome(files_of(value), wanted) == Outcome.INCONCLUSIVE.value, (path, by)


def test_a_deny_is_part_of_the_setting() -> None:
    assert is_unreadable(document(deny(NotAction="a:b")))
    assert not is_unreadable(TEAM)
