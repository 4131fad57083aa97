"""What the parts of a control have to do with one another."""

from pathlib import Path

import pytest

from control_files import CONTROL, changed, load, problems_of


@pytest.fixture(autouse=True)
def _in_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


WITHOUT_PRINCIPAL = changed("    principal: [anonymous]\n", "")


def of_kind(kind: str, text: str = CONTROL) -> str:
    return changed("for_each: bucket", f"for_each: {kind}", text)


@pytest.mark.parametrize("kind", ["policy", "group"])
def test_a_document_on_its_own_has_no_principal(kind: str) -> None:
    assert problems_of(of_kind(kind)) == (
        f"`principal` for each {kind}, expected none: it is asked on its own at x.yaml:8:5",
    )
    assert load(of_kind(kind, WITHOUT_PRINCIPAL)).document["for_each"] == kind


@pytest.mark.parametrize("kind", ["role", "user"])
def test_a_role_or_user_asks_by_itself(kind: str) -> None:
    assert load(of_kind(kind, WITHOUT_PRINCIPAL)).document["for_each"] == kind
    assert load(of_kind(kind, changed("[anonymous]", "[target]"))).document["for_each"] == kind


@pytest.mark.parametrize("kind", ["bucket", "account"])
def test_a_bucket_or_account_is_asked_by_somebody(kind: str) -> None:
    assert problems_of(of_kind(kind, WITHOUT_PRINCIPAL)) == (
        f"missing key `principal` in the request for each {kind} at x.yaml:8:5",
    )
    assert problems_of(of_kind(kind, changed("[anonymous]", "[target]"))) == (
        f"`target` as principal for each {kind}, expected it only for a role or user at x.yaml:8:17",
    )


@pytest.mark.parametrize("kind", ["bucket", "account", "role", "user"])
def test_not_principal_takes_away_from_principal(kind: str) -> None:
    text = of_kind(kind, changed("principal:", "not_principal:"))
    assert problems_of(text) == ("`not_principal` without `principal`, expected both at x.yaml:8:5",)


@pytest.mark.parametrize(
    ("kind", "part", "problem"),
    [
        (
            "bucket",
            "path: /a/*",
            "`path` in `where` for each bucket, expected it only for each policy or role or user or group",
        ),
        (
            "account",
            "not_path: /a/*",
            "`not_path` in `where` for each account, expected it only for each policy or role or user or group",
        ),
        (
            "account",
            "tag: {a: b}",
            "`tag` in `where` for each account, expected it only for each role or user or bucket or interface or "
            "instance or subnet or vpc or security-group",
        ),
    ],
)
def test_a_part_of_where_fits_the_target(kind: str, part: str, problem: str) -> None:
    text = of_kind(kind, changed("forbid:", f"where: {{{part}}}\nforbid:"))
    assert problems_of(text) == (f"{problem} at x.yaml:6:9",)


def test_where_says_what_the_targets_are_and_cannot_use_one() -> None:
    text = changed("forbid:", 'where: {name: "${target.account}-*"}\nforbid:')
    assert problems_of(text) == (
        "`${target.account}-*` in `where`, expected no placeholder of a target at x.yaml:6:15",
    )


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (
            "{Bool: {aws:SecureTransport: 'no'}}",
            "`no` for `Bool`, expected `true` or `false` at x.yaml:10:45",
        ),
        (
            "{'Null': {sts:ExternalId: 'yes'}}",
            "`yes` for `Null`, expected `true` or `false` at x.yaml:10:42",
        ),
        (
            "{NumericLessThan: {aws:x: abc}}",
            "`abc` for `NumericLessThan`, expected a decimal number at x.yaml:10:42",
        ),
        (
            "{DateLessThan: {aws:x: tomorrow}}",
            "`tomorrow` for `DateLessThan`, expected an ISO 8601 date or seconds since 1970 at x.yaml:10:39",
        ),
        (
            "{NotIpAddressIfExists: {aws:x: 10.0.0.1/8}}",
            (
                "`10.0.0.1/8` for `NotIpAddressIfExists`, expected an address or a CIDR block without host bits"
                " at x.yaml:10:47"
            ),
        ),
        (
            "{BinaryEquals: {aws:x: a}}",
            "`a` for `BinaryEquals`, expected base64 at x.yaml:10:39",
        ),
        (
            "{'ForAnyValue:ArnLike': {aws:x: role/x}}",
            (
                "`role/x` for `ForAnyValue:ArnLike`, expected `arn:partition:service:region:account:resource` with "
                "`*` and `?` at x.yaml:10:48"
            ),
        ),
        (
            "{StringLike: {aws:x: []}}",
            "`aws:x` is an empty list, which `StringLike` never matches at x.yaml:10:37",
        ),
        (
            "{StringLike: {aws:X: a, aws:x: b}}",
            "context key `aws:x` is `aws:X` again at x.yaml:10:40",
        ),
    ],
)
def test_a_condition_value_fits_its_operator(condition: str, expected: str) -> None:
    assert problems_of(CONTROL + f"    condition: {condition}\n") == (expected,)


@pytest.mark.parametrize(
    "condition",
    [
        "{IpAddress: {aws:SourceIp: [10.0.0.0/8, '2001:db8::/32', 203.0.113.7]}}",
        "{DateGreaterThan: {aws:CurrentTime: ['2026-01-01T00:00:00Z', '1767225600']}}",
        "{ArnNotLike: {aws:PrincipalArn: ['*', 'arn:*:iam::${target.account}:role/*']}}",
        "{StringNotLike: {aws:x: []}}",
        "{'ForAllValues:StringEqualsIfExists': {aws:TagKeys: [team]}}",
    ],
)
def test_a_condition_that_fits_is_accepted(condition: str) -> None:
    assert load(CONTROL + f"    condition: {condition}\n").document["forbid"]
