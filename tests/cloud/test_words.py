"""Claims in words."""

from __future__ import annotations

from typing import Any

import pytest

from checkers.cloud.control import FACTS
from checkers.cloud.words import ASSUMPTIONS, OF_ANSWERS, OF_FLOWS, assumptions_of, claim_in_words
from cloud.setting import (
    BUCKET,
    FOREIGN,
    OWN,
    POLICY,
    ROLE,
    allow,
    buckets,
    claim_of,
    control,
    iam_file,
    lone_policy,
    lone_role,
    setting,
)


def on_bucket(**request: Any) -> str:
    return claim_in_words(
        claim_of(setting(buckets("logs")), control("bucket", **{"principal": ["anyone"], **request}))[0]
    )


def on_role(**request: Any) -> str:
    return claim_in_words(claim_of(lone_role(allow()), control("role", **request))[0])


GET = "for s3:GetObject on any resource is allowed"
WORDS = [
    ({"principal": ["anonymous"]}, f"no request by anyone who has not signed in {GET}"),
    ({"principal": ["anyone"]}, f"no request by anyone {GET}"),
    ({"principal": ["service"]}, f"no request by an AWS service {GET}"),
    ({"principal": ["federated"]}, f"no request by anyone signed in through an identity provider {GET}"),
    ({"principal": ["canonical"]}, f"no request by a canonical user {GET}"),
    ({"principal": ["account"]}, f"no request by a principal of account {OWN} {GET}"),
    ({"principal": ["outside-account"]}, f"no request by anyone outside account {OWN} {GET}"),
    ({"principal": ["organization"]}, f"no request by a principal of the organization {GET}"),
    ({"principal": ["outside-organization"]}, f"no request by anyone outside the organization {GET}"),
    ({"principal": [FOREIGN, ROLE]}, f"no request by {FOREIGN} or {ROLE} {GET}"),
    ({"principal": ["${target.account}"]}, f"no request by {OWN} {GET}"),
    ({"not_principal": ["account", "service"]}, f"no request by anyone other than a principal of account {OWN}, an AWS service {GET}"),
    ({"form": "require"}, f"some request by anyone {GET}"),
    ({"form": "require", "all": True}, f"every request by anyone {GET}"),
    ({"action": ["a:b", "a:c"]}, "no request by anyone for a:b, a:c on any resource is allowed"),
    ({"action": [], "not_action": ["a:b"]}, "no request by anyone for any action other than a:b on any resource is allowed"),
    ({"resource": ["${target.arn}/*"]}, f"no request by anyone for s3:GetObject on {BUCKET}/* is allowed"),
    ({"not_resource": ["${target.arn}"]}, f"no request by anyone for s3:GetObject on any resource other than {BUCKET} is allowed"),
    ({"condition": {"Bool": {"x:a": ["true"]}, "StringEquals": {"x:b": ["1", "${target.name}"]}}}, "no request by anyone for s3:GetObject on any resource with Bool x:a true and StringEquals x:b 1, logs is allowed"),
]  # fmt: skip


@pytest.mark.parametrize(("request_", "words"), [pytest.param(r, w, id=w) for r, w in WORDS])
def test_a_claim_about_a_bucket_in_words(request_: dict[str, Any], words: str) -> None:
    assert on_bucket(**request_) == words


def test_a_claim_about_a_role_in_words() -> None:
    assert on_role() == f"no request by {ROLE} {GET}"
    assert on_role(principal=["target", "service"]) == f"no request by {ROLE} or an AWS service {GET}"
    assert on_role(not_principal=["${target.arn}"]) == f"no request by {ROLE} other than {ROLE} {GET}"


def test_a_claim_about_documents_in_words() -> None:
    claim = claim_of(lone_policy(allow()), control("policy"))[0]
    assert claim_in_words(claim) == f"no request by a holder of policy {POLICY} {GET}"


def test_a_claim_about_an_unknown_target_in_words() -> None:
    claim = claim_of(setting(errors={iam_file(OWN): "AccessDenied"}), control("role"))[0]
    assert claim_in_words(claim) == (
        f"asked: the role targets of {OWN} are not known: {iam_file(OWN)}: denied (AccessDenied)"
    )


@pytest.mark.parametrize(
    ("kind", "request_", "expected"),
    [
        ("policy", {}, ("document-alone",)),
        ("role", {}, ("export", "principal-keys")),
        ("role", {"principal": ["target"]}, ("export", "principal-keys")),
        ("role", {"principal": ["anyone"]}, ("export", "principal-keys", "foreign-callers", "federated-users")),
        ("bucket", {"principal": ["anyone"]}, ("export", "principal-keys", "foreign-callers", "federated-users")),
    ],
)
def test_the_assumptions_of_a_claim(kind: str, request_: dict[str, Any], expected: tuple[str, ...]) -> None:
    files = {"policy": lone_policy(allow()), "role": lone_role(allow()), "bucket": setting(buckets("logs"))}[kind]
    assert assumptions_of(claim_of(files, control(kind, **request_))[0]) == expected
    more = {"assume": list(FACTS)}
    assert assumptions_of(claim_of(files, control(kind, more=more, **request_))[0]) == (*expected, *FACTS)


def test_every_assumption_has_words() -> None:
    assert {
        "document-alone",
        "export",
        "new-names",
        "planned",
        "principal-keys",
        "foreign-callers",
        "federated-users",
        "chains",
        "hosts-and-roles",
        *OF_FLOWS,
        *OF_ANSWERS,
        *FACTS,
    } == set(ASSUMPTIONS)


def test_the_actions_of_a_claim_are_filled() -> None:
    assert "iam:Getlogs on" in on_bucket(action=["iam:Get${target.name}"])
    assert "other than iam:Getlogs on" in on_bucket(not_action=["iam:Get${target.name}"])
