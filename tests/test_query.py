"""`auditctl query`: the language, who can and who cannot, the bundle, the JSON answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from auditctl import exit_codes
from auditctl.query import Query, QueryError, When, Whom, in_words, make_query, parse_query
from checkers.__main__ import main as check_bundle
from cloud.setting import OTHER, OWN, allow, buckets, document, iam, organization, policy_of, role, setting, user
from command_line import Ran, Shell, write_json

ACME = Path("examples/acme/snapshot").absolute()


# The language.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("who can s3:GetObject", Query(actions=("s3:GetObject",))),
        (
            "who can s3:GetObject, s3:PutObject or iam:* on arn:aws:s3:::logs/*, *",
            Query(actions=("s3:GetObject", "s3:PutObject", "iam:*"), resources=("arn:aws:s3:::logs/*", "*")),
        ),
        ("Who Can * on bucket logs?", Query(actions=("*",), resources=("bucket logs",))),
        ("can role deploy iam:PassRole", Query(whom=Whom(kind="role", name="deploy"), actions=("iam:PassRole",))),
        ("can user 'a b' s3:*", Query(whom=Whom(kind="user", name="a b"), actions=("s3:*",))),
        ("can deploy s3:*", Query(whom=Whom(kind="principal", name="deploy"), actions=("s3:*",))),
        ("can anyone s3:*", Query(actions=("s3:*",))),
        ("can anonymous s3:*", Query(whom=Whom(kind="anonymous"), actions=("s3:*",))),
        ("can root s3:*", Query(whom=Whom(kind="root"), actions=("s3:*",))),
        (f"can root of {OWN} s3:*", Query(whom=Whom(kind="root", name=OWN), actions=("s3:*",))),
        (f"can account {OWN} s3:*", Query(whom=Whom(kind="account", name=OWN), actions=("s3:*",))),
        (
            "can service ec2.amazonaws.com s3:*",
            Query(whom=Whom(kind="service", name="ec2.amazonaws.com"), actions=("s3:*",)),
        ),
        (
            f"can arn:aws:iam::{OWN}:role/x s3:*",
            Query(whom=Whom(kind="arn", name=f"arn:aws:iam::{OWN}:role/x"), actions=("s3:*",)),
        ),
    ],
)
def test_a_query_is_read(text: str, expected: Query) -> None:
    assert parse_query(text) == expected
    assert in_words(expected)


@pytest.mark.parametrize(
    ("text", "operator", "values"),
    [
        ("aws:SourceIp is 10.0.0.0/8 or 2001:db8::/32", "IpAddress", ("10.0.0.0/8", "2001:db8::/32")),
        ("aws:SourceIp is not 10.0.0.1", "NotIpAddress", ("10.0.0.1",)),
        ("aws:SecureTransport is true", "Bool", ("true",)),
        ("aws:SecureTransport is not true", "StringNotEqualsIgnoreCase", ("true",)),
        ("aws:PrincipalArn is arn:aws:iam::*:role/x", "ArnLike", ("arn:aws:iam::*:role/x",)),
        ("aws:SourceArn is not arn:aws:s3:::b", "ArnNotLike", ("arn:aws:s3:::b",)),
        ("aws:PrincipalTag/team is red, blue", "StringEquals", ("red", "blue")),
        ("aws:PrincipalTag/team is not red", "StringNotEquals", ("red",)),
        ("s3:prefix is home/*", "StringLike", ("home/*",)),
        ("s3:prefix is not home/*", "StringNotLike", ("home/*",)),
        ("aws:PrincipalOrgPaths is o-1/r-1/", "ForAnyValue:StringEquals", ("o-1/r-1/",)),
        ("aws:TagKeys is not red", "ForAllValues:StringNotEquals", ("red",)),
        ("aws:MultiFactorAuthPresent is absent", "Null", ("true",)),
        ("aws:MultiFactorAuthPresent is present", "Null", ("false",)),
        ("aws:MultiFactorAuthAge < 3600", "NumericLessThan", ("3600",)),
        ("aws:CurrentTime >= 2026-01-01", "DateGreaterThanEquals", ("2026-01-01",)),
    ],
)
def test_a_condition_is_what_a_policy_would_say(text: str, operator: str, values: tuple[str, ...]) -> None:
    (found,) = parse_query(f"who can s3:* when {text}").conditions
    assert (found.operator, found.values) == (operator, values)
    assert found.key == text.split(maxsplit=1)[0]


def test_conditions_are_joined() -> None:
    found = parse_query("who can s3:* on * when aws:SecureTransport is true and s3:prefix is a")
    assert [c.operator for c in found.conditions] == ["Bool", "StringEquals"]
    assert in_words(found) == "who can s3:* on * with Bool aws:SecureTransport true and StringEquals s3:prefix a"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("whom can s3:*", "a query begins with `who can` or `can`, not `whom` (did you mean `who`?)"),
        ("who cna s3:*", "`who` is followed by `can`, not by `cna` (did you mean `can`?)"),
        ("who", "`who` is followed by `can`, not by the end"),
        ("who can", "the query ends too soon: an action is expected"),
        ("who can GetObject", "`GetObject` is not an action; expected `service:Name`"),
        ("who can on *", "an action is expected before `on`"),
        ("who can s3:* on logs", "`logs` is not a resource; expected `*`, `bucket NAME` or `arn:"),
        (
            "who can s3:* onn *",
            "`onn` is not understood here; `on`, `when`, `and` or the end is expected (did you mean `on`?)",
        ),
        ("who can s3:* when SourceIp is 1.2.3.4", "`SourceIp` is not a condition key"),
        ("who can s3:* when aws:SourceIp is here", "`here` is no address or CIDR block"),
        ("who can s3:* when aws:SourceIp equals 1.2.3.4", "is followed by `is`, `<`, `<=`, `>` or `>=`, not `equals`"),
        ("who can s3:* when aws:CurrentTime < soon", "`soon` is neither a number nor a date"),
        ("can s3:GetObject", "did you mean `who can s3:GetObject`?"),
        ("can account 12 s3:*", "an account id is twelve digits, not `12`"),
        ("who can 's3:*", "no closing quotation"),
    ],
)
def test_a_mistake_is_named(text: str, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse_query(text)
    assert message in str(caught.value)


def test_options_say_the_same_or_add() -> None:
    found = make_query(
        None,
        principal="role deploy",
        actions=["s3:*"],
        resources=["bucket logs"],
        conditions=["IpAddress aws:SourceIp=10.0.0.0/8,10.1.0.0/16"],
    )
    expected = (When(operator="IpAddress", key="aws:SourceIp", values=("10.0.0.0/8", "10.1.0.0/16")),)
    assert found == Query(
        whom=Whom(kind="role", name="deploy"), actions=("s3:*",), resources=("bucket logs",), conditions=expected
    )
    assert make_query("who can s3:*", actions=["iam:*"]).actions == ("s3:*", "iam:*")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "no action to ask about; a query is like"),
        ({"principal": "role a b", "actions": ["*"]}, "--principal: `b` is not understood after `a`"),
        ({"actions": ["*"], "conditions": ["aws:SourceIp=1"]}, "is not a condition; expected `OPERATOR KEY=VALUE`"),
        (
            {"actions": ["*"], "conditions": ["StringLikke a:b=1"]},
            "unknown condition operator `StringLikke` (did you mean `StringLike`?)",
        ),
        ({"actions": ["*"], "conditions": ["Bool a:b=1"]}, "`1` is not a value of Bool"),
    ],
)
def test_options_are_checked(options: dict[str, Any], message: str) -> None:
    with pytest.raises(QueryError) as caught:
        make_query(None, **options)
    assert message in str(caught.value)


def test_two_principals_are_one_too_many() -> None:
    with pytest.raises(QueryError, match="names `x`, and --principal another one"):
        make_query("can role x s3:*", principal="role y")


# Asking.


def write_files(root: Path, files: dict[str, Any]) -> Path:
    for path, value in files.items():
        write_json(root / path, value)
    return root


READ = allow("s3:GetObject", "arn:aws:s3:::logs/*")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    people = [user("alice", document(READ)), user("bob")]
    files = setting(
        iam(users=people, roles=[role("reader", document(READ)), role("writer")]),
        buckets("logs", "closed"),
        policy_of("logs", document({**READ, "Principal": {"Service": "cloudtrail.amazonaws.com"}})),
        errors={f"{OWN}/global/s3/get-bucket-policy/closed.json": "AccessDenied"},
    )
    write_files(Path("snapshot"), files)
    return Shell(capsys)


def answer(ran: Ran) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ran.out)
    return found


def verdicts(ran: Ran) -> dict[str, str]:
    return {a["who"].rpartition(":")[2]: a["verdict"] for a in answer(ran)["answers"]}


def test_who_can_names_everybody_who_can_and_counts_the_others(run: Shell) -> None:
    ran = run("query", "snapshot", "who can s3:GetObject on arn:aws:s3:::logs/*")
    assert ran.code == 0
    assert "3 principals of the snapshot can:" in ran.out
    assert "user/alice" in ran.out
    assert "Allowed by Statement[0] in inline policy inline-0 of alice" in ran.out
    assert "1 class outside it can:" in ran.out
    assert "the AWS service cloudtrail.amazonaws.com may s3:GetObject" in ran.out
    assert "anyone on the internet, without signing in cannot: certified" in ran.out
    assert "2 principals of the snapshot cannot: certified" in ran.out


def test_the_json_answer_has_its_schema(run: Shell) -> None:
    ran = run("query", "snapshot", "who can s3:GetObject on arn:aws:s3:::logs/*", "-f", "json")
    schema = json.loads(run("schema", "query").out)
    jsonschema.validate(answer(ran), schema)
    assert answer(ran)["principals"] == {"can": 3, "cannot": 2, "inconclusive": 0}
    assert verdicts(ran)["user/bob"] == "cannot"
    assert [a["kind"] for a in answer(ran)["answers"]][-1] == "class"


def test_one_principal(run: Shell) -> None:
    on = "s3:GetObject on bucket logs"
    ran = run("query", "snapshot", f"can role writer {on}")
    assert ran.code == 0
    assert ran.out.splitlines()[-1] == f"arn:aws:iam::{OWN}:role/writer cannot: certified"
    assert verdicts(run("query", "snapshot", f"can alice {on}", "-f", "json")) == {"user/alice": "can"}
    assert verdicts(run("query", "snapshot", f"can user * {on}", "-f", "json")).keys() == {"user/alice", "user/bob"}
    assert verdicts(run("query", "snapshot", f"can root of {OWN} {on}", "-f", "json")) == {"root": "can"}
    asked = f"can arn:aws:iam::{OWN}:role/* {on}"
    assert verdicts(run("query", "snapshot", asked, "-f", "json")) == {"role/reader": "can", "role/writer": "cannot"}
    assert set(verdicts(run("query", "snapshot", f"can account {OWN} {on}", "-f", "json"))) >= {"root", "user/bob"}


def test_classes_and_strangers(run: Shell) -> None:
    on = "s3:GetObject on bucket logs"
    assert run("query", "snapshot", f"can service cloudtrail.amazonaws.com {on}").out.count("Allowed by") == 1
    assert "cannot: certified" in run("query", "snapshot", f"can service ec2.amazonaws.com {on}").out
    assert "cannot: certified" in run("query", "snapshot", f"can account {OTHER} {on}").out
    assert "cannot: certified" in run("query", "snapshot", f"can arn:aws:iam::{OTHER}:role/x {on}").out


def test_what_is_open_says_why_and_ends_with_3(run: Shell) -> None:
    ran = run("query", "snapshot", "can role writer s3:GetObject on bucket closed")
    assert ran.code == 3
    assert "1 could not be settled:" in ran.out
    assert "bucket policy of closed could not be read: denied (AccessDenied)" in ran.out


def test_the_organization_has_classes_of_its_own(run: Shell, tmp_path: Path) -> None:
    files = setting(iam(), organization(OWN, OTHER, scps={}, rcps={}))
    write_files(tmp_path / "org", files)
    ran = run("query", "org", "who can s3:GetObject", "-f", "json")
    assert [a["control"] for a in answer(ran)["answers"] if a["kind"] == "class"] == [
        "query-anonymous",
        "query-service",
        "query-federated",
        "query-organization",
        "query-outside",
    ]


def test_a_bundle_of_a_query_is_verified_like_any_other(run: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    ran = run("query", "snapshot", "who can s3:GetObject on bucket logs", "-b", "query.audit")
    assert ran.code == 0
    assert ran.err == "bundle: query.audit (verify it: auditctl verify query.audit)\n"
    assert check_bundle(["query.audit"]) == 0
    assert "accepted: 9 of 9 certificates" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ("can role wrtier s3:*", 2, "error: unknown role `wrtier` (did you mean `writer`?)"),
        (f"can arn:aws:iam::{OWN}:role/none s3:*", 2, "error: unknown principal of the snapshot"),
        (f"can arn:aws:sts::{OWN}:assumed-role/reader/s s3:*", 2, "is a session; the query is about its role"),
        (f"can root of {OTHER} s3:*", 2, "error: unknown account of the snapshot"),
        ("who s3:*", 2, "`who` is followed by `can`"),
    ],
)
def test_mistakes_end_with_2(run: Shell, query: str, code: int, message: str) -> None:
    ran = run("query", "snapshot", query)
    assert ran.code == code
    assert message in ran.err


def test_a_snapshot_that_is_not_there_ends_with_5(run: Shell) -> None:
    assert run("query", "nowhere", "who can s3:*").code == 5


def test_output_goes_to_a_file(run: Shell) -> None:
    assert run("query", "snapshot", "who can s3:*", "-f", "json", "-o", "out.json").out == ""
    assert json.loads(Path("out.json").read_text(encoding="utf-8"))["format"] == "auditctl-query/1"


def test_acme_answers_who_reads_the_contracts(run: Shell) -> None:
    ran = run("query", ACME, "who can s3:GetObject on bucket acme-contracts", "-f", "json")
    assert ran.code in (0, 3)
    can = [a["who"] for a in answer(ran)["answers"] if a["verdict"] == "can"]
    assert "arn:aws:iam::222233334444:role/OrganizationAccountAccessRole" in can
    assert "anyone on the internet, without signing in" not in can


@pytest.mark.parametrize(
    ("heading", "meanings"),
    [
        ("## auditctl query", exit_codes.QUERY),
        ("## auditctl diff", exit_codes.DIFF),
        ("## auditctl simulate", exit_codes.SIMULATE),
    ],
)
def test_the_exit_codes_are_documented(heading: str, meanings: dict[int, str]) -> None:
    text = (Path(__file__).parent.parent / "docs/exit-codes.md").read_text(encoding="utf-8")
    table = text.split(f"\n{heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("|")][2:]
    assert [(int(code), meaning) for code, meaning in rows] == [(int(code), m) for code, m in meanings.items()]
