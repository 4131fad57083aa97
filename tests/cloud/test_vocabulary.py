"""The variables of a question, and the typed values of texts."""

from __future__ import annotations

from fractions import Fraction

import pytest

from checkers.cloud.vocabulary import (
    ACTION,
    CALLER_ALLOWED,
    MULTI_VALUED,
    PRINCIPAL,
    RESOURCE,
    SESSION,
    VIEWS,
    WELL_FORMED_PRINCIPAL,
    WELL_FORMED_RESOURCE,
    account_globs,
    account_of,
    arity_of,
    key_variable,
    parse_address,
    parse_binary,
    parse_date,
    parse_network,
    parse_number,
    show_address,
)
from checkers.kernel.formula import Arity, Theory
from checkers.kernel.globs import GlobSet

ACCOUNT = "111122223333"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        pytest.param("aws:tagkeys", Arity.MANY, id="a key that is multi-valued by definition"),
        pytest.param("aws:calledvia", Arity.MANY, id="another one"),
        pytest.param("aws:sourceip", Arity.OPTIONAL, id="a global key that is not, whatever operator is used"),
        pytest.param("x:used", Arity.MANY, id="a key of a service that a set operator is used on"),
        pytest.param("x:other", Arity.OPTIONAL, id="a key of a service that none is used on"),
    ],
)
def test_a_key_has_one_value_or_many(key: str, expected: Arity) -> None:
    assert arity_of(key, frozenset({"x:used", "aws:sourceip"})) is expected


def test_multi_valued_keys_are_written_as_they_are_looked_up() -> None:
    assert all(key == key.lower() for key in MULTI_VALUED)


def test_no_condition_key_can_have_the_name_of_another_variable() -> None:
    for variable in (PRINCIPAL, ACTION, RESOURCE, SESSION, CALLER_ALLOWED):
        assert variable.name != variable.name.lower()


@pytest.mark.parametrize(
    ("view", "theory"),
    [("", Theory.GLOBS), ("binary", Theory.GLOBS), ("number", Theory.INTERVALS), ("date", Theory.INTERVALS)],
)
def test_a_view_of_a_key_is_a_variable_of_its_own(view: str, theory: Theory) -> None:
    variable = key_variable("x:a", view, Arity.MANY)
    assert variable.theory is theory
    assert variable.arity is Arity.MANY
    assert variable.name == (f"x:a#{view}" if view else "x:a")


def test_every_view_has_a_name_that_no_key_has() -> None:
    assert VIEWS == ("number", "date", "address", "binary")


@pytest.mark.parametrize(
    ("arn", "account"),
    [
        pytest.param(f"arn:aws:iam::{ACCOUNT}:role/a:b", ACCOUNT, id="the fifth part of an ARN"),
        pytest.param("arn:aws:s3:::bucket", "", id="an ARN without an account has none"),
        pytest.param(f"arn:aws:iam::{ACCOUNT}", "", id="five parts are no ARN"),
        pytest.param("anonymous", "", id="anonymous has no account"),
    ],
)
def test_the_account_of_a_principal(arn: str, account: str) -> None:
    assert account_of(arn) == account


PRINCIPALS = [
    ("a user", f"arn:aws:iam::{ACCOUNT}:user/path/alice", True),
    ("a role", f"arn:aws-us-gov:iam::{ACCOUNT}:role/reader", True),
    ("a root", f"arn:aws-cn:iam::{ACCOUNT}:root", True),
    ("a federated user", f"arn:aws:sts::{ACCOUNT}:federated-user/bob", True),
    ("an origin access identity", "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1", True),
    ("anonymous", "anonymous", True),
    ("a service", "service:lambda.amazonaws.com", True),
    ("a role session, which counts as its role", f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/s", False),
    ("a group", f"arn:aws:iam::{ACCOUNT}:group/team", False),
    ("a role without a name", f"arn:aws:iam::{ACCOUNT}:role/", False),
    ("an account of eleven digits", "arn:aws:iam::11112222333:root", False),
    ("a bare account", ACCOUNT, False),
    ("another partition", f"arn:gcp:iam::{ACCOUNT}:root", False),
    ("nobody", "", False),
]


@pytest.mark.parametrize(("principal", "expected"), [pytest.param(*p[1:], id=p[0]) for p in PRINCIPALS])
def test_who_can_call(principal: str, expected: bool) -> None:
    assert (principal in WELL_FORMED_PRINCIPAL) is expected


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("*", True),
        ("arn:aws:s3:::b", True),
        ("arn:aws:sqs:eu-west-1:1:q:r", True),
        ("arn:::::", True),
        ("arn:aws:s3::b", False),
        ("bucket", False),
        ("", False),
        ("**", False),
    ],
)
def test_what_a_request_can_be_about(resource: str, expected: bool) -> None:
    assert (resource in WELL_FORMED_RESOURCE) is expected


def test_the_principals_of_an_account() -> None:
    own = GlobSet(account_globs(ACCOUNT))
    for partition in ("aws", "aws-cn"):
        assert f"arn:{partition}:iam::{ACCOUNT}:role/r" in own
        assert f"arn:{partition}:sts::{ACCOUNT}:federated-user/f" in own
    assert "arn:aws:iam::444455556666:role/r" not in own
    assert f"service:arn:aws:iam::{ACCOUNT}:root" not in own


NUMBERS = [
    ("0", 0),
    ("-7", -7),
    ("+7", 7),
    ("007", 7),
    ("1.50", Fraction(3, 2)),
    ("-0.5", Fraction(-1, 2)),
    ("", None),
    (" 1", None),
    ("1\n", None),
    ("1.", None),
    (".5", None),
    ("1e3", None),
    ("0x10", None),
    ("\u0661", None),
    ("9" * 100, 10**100 - 1),
    ("9" * 101, None),
]


@pytest.mark.parametrize(("text", "value"), [pytest.param(t, v, id=f"{t[:8]!a} of {len(t)}") for t, v in NUMBERS])
def test_a_number(text: str, value: int | Fraction | None) -> None:
    assert parse_number(text) == value


NEW_YEAR = 1_767_225_600
DATES = [
    ("2026-01-01", NEW_YEAR),
    ("2026-01-01T00:00", NEW_YEAR),
    ("2026-01-01T00:00Z", NEW_YEAR),
    ("2026-01-01T00:00:00Z", NEW_YEAR),
    ("2026-01-01T00:00:01.250Z", NEW_YEAR + Fraction(5, 4)),
    ("2026-01-01T01:30:00+01:30", NEW_YEAR),
    ("2025-12-31T22:30:00-0130", NEW_YEAR),
    ("1767225600", NEW_YEAR),
    ("1767225600.5", NEW_YEAR + Fraction(1, 2)),
    ("1767225600000", NEW_YEAR * 1000),
    ("2026-02-29", None),
    ("2026-13-01", None),
    ("2026-01-01T24:00:00Z", None),
    ("0000-01-01", None),
    ("2026-01", None),
    ("2026-01-01T00", None),
    ("2026-01-01 00:00", None),
    ("2026-01-01T00:00:00.1234567890Z", None),
    ("2026-01-01\n", None),
    ("20260101T000000Z", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "value"), [pytest.param(t, v, id=ascii(t)) for t, v in DATES])
def test_a_date(text: str, value: int | Fraction | None) -> None:
    assert parse_date(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("QUI=", "4142"), ("", ""), ("QUI", None), ("QU I=", None), ("=", None), ("é", None)],
)
def test_bytes(text: str, value: str | None) -> None:
    assert parse_binary(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.0.0.0", 0),
        ("255.255.255.255", 2**32 - 1),
        ("::", 2**32),
        ("::1", 2**32 + 1),
        ("10.0.0", None),
        ("10.0.0.1/32", None),
        ("010.0.0.1", None),
        ("", None),
    ],
)
def test_an_address(text: str, value: int | None) -> None:
    assert parse_address(text) == value
    if value is not None:
        assert show_address(value) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.0.0.0/0", (0, 2**32)),
        ("10.0.0.7/24", (10 << 24, (10 << 24) + 256)),
        ("10.0.0.7", ((10 << 24) + 7, (10 << 24) + 8)),
        ("::/0", (2**32, 2**32 + 2**128)),
        ("10.0.0.0/33", None),
        ("10.0.0.0/", None),
        ("any", None),
    ],
)
def test_a_network(text: str, value: tuple[int, int] | None) -> None:
    assert parse_network(text) == value
