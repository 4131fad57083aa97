"""Whom a control speaks of."""

from __future__ import annotations

from typing import Any

import pytest

from checkers.cloud.scope import Scope, make_scope
from checkers.cloud.targets import all_targets
from cloud.setting import (
    BUCKET,
    CANONICAL,
    FOREIGN,
    HOLDS,
    OTHER,
    OWN,
    ROLE,
    USER,
    VIOLATED,
    allow,
    buckets,
    control,
    deny,
    document,
    iam,
    inventory_of,
    outcome,
    policy_of,
    role,
    setting,
    user,
)

ROOT = f"arn:aws:iam::{OWN}:root"
GUEST = f"arn:aws:sts::{OWN}:federated-user/guest"
OTHER_ROLE = f"arn:aws:iam::{OTHER}:role/reader"
FOREIGN_ROLE = f"arn:aws:iam::{FOREIGN}:role/partner"
OWNER, OTHER_OWNER = (f"canonical:{CANONICAL[a]}" for a in (OWN, OTHER))
SERVICE, PROVIDER, STRANGER = "service:a.amazonaws.com", "federated:example.com", "canonical:feed"
EVERYBODY = (
    ROLE,
    USER,
    ROOT,
    GUEST,
    OTHER_ROLE,
    FOREIGN_ROLE,
    OWNER,
    OTHER_OWNER,
    STRANGER,
    SERVICE,
    PROVIDER,
    "anonymous",
)
OWN_ONES = {ROLE, USER, ROOT, GUEST}
AWS_ONES = {*OWN_ONES, OTHER_ROLE, FOREIGN_ROLE}


def scope_of(principal: list[str], not_principal: Any = (), *, kind: str = "bucket") -> Scope:
    """The scope for a bucket of OWN, or for its role, in a snapshot of OWN and OTHER."""
    rows = iam(roles=[role("reader")], users=[user("alice")])
    inventory = inventory_of(setting(rows, buckets("logs"), accounts=(OWN, OTHER)))
    return make_scope(principal, not_principal, all_targets(kind, inventory)[0], inventory)


ENTRIES = [
    (["anyone"], set(EVERYBODY)),
    (["anonymous"], {"anonymous"}),
    (["service"], {SERVICE}),
    (["federated"], {PROVIDER}),
    (["canonical"], {OWNER, OTHER_OWNER, STRANGER}),
    (["account"], OWN_ONES),
    (["organization"], {*OWN_ONES, OTHER_ROLE}),
    (["outside-account"], {"anonymous", OTHER_ROLE, FOREIGN_ROLE, OTHER_OWNER, STRANGER}),
    (["outside-organization"], {"anonymous", FOREIGN_ROLE, STRANGER}),
    ([OTHER], {OTHER_ROLE}),
    (["arn:*"], AWS_ONES),
    ([f"arn:aws:iam::{OWN}:role/*"], {ROLE}),
    ([f"arn:aws:iam::{OWN}:user/alic?"], {USER}),
    (["service:a.*"], {SERVICE}),
    (["service:b.*"], set()),
    (["federated:example.com"], {PROVIDER}),
    (["canonical:fe?d"], {STRANGER}),
    (["anonymous", SERVICE], {"anonymous", SERVICE}),
]


@pytest.mark.parametrize(("principal", "expected"), [pytest.param(p, e, id=" ".join(p)) for p, e in ENTRIES])
def test_an_entry_names(principal: list[str], expected: set[str]) -> None:
    scope = scope_of(principal)
    assert {p for p in EVERYBODY if scope.selects(p)} == expected


@pytest.mark.parametrize(("principal", "expected"), [pytest.param(p, e, id=" ".join(p)) for p, e in ENTRIES])
def test_a_not_principal_entry_takes_away(principal: list[str], expected: set[str]) -> None:
    scope = scope_of(["anyone"], principal)
    assert {p for p in EVERYBODY if scope.selects(p)} == set(EVERYBODY) - expected


@pytest.mark.parametrize("principal", [[], ["target"]])
def test_a_role_speaks_of_itself(principal: list[str]) -> None:
    scope = scope_of(principal, kind="role")
    assert scope.fixed == ROLE
    assert {p for p in EVERYBODY if scope.selects(p)} == {ROLE}


def test_a_role_and_others() -> None:
    scope = scope_of(["target", "anonymous"], kind="role")
    assert scope.fixed == ""
    assert {p for p in EVERYBODY if scope.selects(p)} == {ROLE, "anonymous"}


def test_a_role_without_somebody() -> None:
    assert not any(scope_of([], ["arn:*"], kind="role").selects(p) for p in EVERYBODY)
    assert scope_of([], ["service"], kind="role").selects(ROLE)


@pytest.mark.parametrize(
    ("principal", "account", "expected"),
    [
        pytest.param(["anyone"], OWN, True, id="anyone may be in the account"),
        pytest.param(["account"], OWN, True, id="a principal of the account is in it"),
        pytest.param(["outside-account"], OWN, False, id="who is outside the account is not in it"),
        pytest.param(["outside-account"], OTHER, True, id="who is outside one account may be in another"),
        pytest.param(
            ["outside-organization"], OTHER, False, id="who is outside the organization is in no account of it"
        ),
        pytest.param(["anonymous", "service", "federated", "canonical"], OWN, False, id="these are in no account"),
        pytest.param([f"arn:aws:iam::{OTHER}:role/*"], OWN, True, id="a pattern is not looked into"),
    ],
)
def test_whether_a_scope_may_have_somebody_of_an_account(principal: list[str], account: str, expected: bool) -> None:
    assert scope_of(principal).may_select_account(account) is expected


def test_the_callers_of_a_scope() -> None:
    inventory = inventory_of(setting(iam(roles=[role("reader")], users=[user("alice")]), buckets("logs")))
    target = all_targets("bucket", inventory)[0]
    assert make_scope(["account"], ["arn:*:user/*"], target, inventory).selected(inventory) == {ROLE, ROOT}


# The same, asked of the engine.


@pytest.mark.parametrize(
    "principal", [ROLE, USER, ROOT, OTHER_ROLE, FOREIGN_ROLE, STRANGER, SERVICE, PROVIDER, "anonymous"]
)
def test_a_claim_speaks_of_its_scope_and_of_nobody_else(principal: str) -> None:
    rows = iam(roles=[role("reader")], users=[user("alice")])
    other = iam(OTHER, roles=[role("reader", document(allow()), account=OTHER)])
    open_ = policy_of("logs", document(allow(Principal="*")))
    files = setting(rows, other, buckets("logs"), open_, accounts=(OWN, OTHER))
    asked = {"resource": [f"{BUCKET}/x"]}
    assert outcome(files, control("bucket", principal=[principal], **asked)) == VIOLATED
    assert outcome(files, control("bucket", principal=[principal], not_principal=[principal], **asked)) == HOLDS


def test_the_target_is_excluded_where_the_control_says_so() -> None:
    rows = iam(roles=[role("reader"), role("writer")])
    policy = policy_of("logs", document(allow(Principal={"AWS": ROLE}), deny("s3:PutObject", Principal="*")))
    asked = control("role", principal=["account"], not_principal=["target", ROOT], resource=[f"{BUCKET}/x"])
    files = setting(rows, buckets("logs"), policy)
    assert outcome(files, asked, ROLE) == HOLDS
    assert outcome(files, asked, f"arn:aws:iam::{OWN}:role/writer") == VIOLATED
