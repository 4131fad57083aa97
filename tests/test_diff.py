"""`auditctl diff`: policies and snapshots, what is said of each difference, and certificates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cloud.setting import OWN, ROLE, allow, buckets, deny, document, iam, policy_of, role, setting, user
from command_line import Ran, Shell, write_json

READ = allow("s3:GetObject", "arn:aws:s3:::logs/*")
PUBLIC = {**READ, "Principal": "*"}
SECURE = {**PUBLIC, "Sid": "Secure", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    return Shell(capsys)


def policies(old: Any, new: Any) -> tuple[Path, Path]:
    write_json(Path("old.json"), old)
    write_json(Path("new.json"), new)
    return Path("old.json"), Path("new.json")


def snapshots(old: dict[str, Any], new: dict[str, Any]) -> tuple[Path, Path]:
    for name, files in (("old", old), ("new", new)):
        for path, value in files.items():
            write_json(Path(name) / path, value)
    return Path("old"), Path("new")


def answer(ran: Ran) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ran.out)
    return found


# Policies.


@pytest.mark.parametrize(
    ("old", "new", "relation", "code"),
    [
        ([READ], [READ], "EQUAL", 0),
        ([allow("s3:*")], [READ], "LESS", 0),
        ([READ], [allow("s3:*")], "MORE", 1),
        ([READ], [allow("ec2:*")], "INCOMPARABLE", 1),
        (
            [allow("ec2:*", "arn:aws:ec2:*:*:*/*")],
            [allow("ec2:RunInstances", "arn:aws:ec2:*:*:*/*")],
            "EQUAL OR LESS",
            0,
        ),
        ([READ], [READ, allow("ec2:*", "arn:aws:ec2:*:*:*/*")], "INCONCLUSIVE", 3),
        ([READ, {**READ, "Acton": "x"}], [READ], "EQUAL OR LESS", 0),
        ([deny("s3:*")], [], "MORE", 1),
    ],
)
def test_policies_stand_in_a_relation(run: Shell, old: Any, new: Any, relation: str, code: int) -> None:
    ran = run("diff", *policies(document(*old), document(*new)))
    assert ran.out.splitlines()[0] == f"{relation}  new.json beside old.json"
    assert ran.code == code


def test_a_difference_is_shown_with_both_sides(run: Shell) -> None:
    ran = run("diff", "--kind", "resource", *policies(document(SECURE), document(PUBLIC)))
    assert ran.code == 1
    assert "The new one allows what the old one does not:" in ran.out
    assert "anyone on the internet may s3:GetObject arn:aws:s3:::logs/" in ran.out
    assert "Allowed by Statement[0] in the new policy" in ran.out
    assert "Secure in the old policy: it applies if aws:SecureTransport is true" in ran.out
    assert "The old one allows nothing that the new one does not: certified." in ran.out


def test_a_denial_that_is_lifted_is_said_to_be(run: Shell) -> None:
    ran = run("diff", *policies(document(deny("s3:*")), document()))
    assert "The new one no longer denies it:" in ran.out
    assert "Denied by Statement[0] in the old policy" in ran.out


def test_only_what_is_asked_about_is_compared(run: Shell) -> None:
    pair = policies(document(READ), document(allow("s3:*")))
    only = ("--action", "s3:GetObject", "--resource", "arn:aws:s3:::logs/*")
    assert run("diff", *only, *pair).code == 0
    assert run("diff", "--action", "GetObject", *pair).code == 2
    assert run("diff", "--resource", "bucket logs", *pair).code == 2


def test_trust_policies(run: Shell) -> None:
    one, other = (
        document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": p}}) for p in (OWN, "*")
    )
    assert run("diff", "--kind", "trust", *policies(one, other)).out.startswith("MORE")


def test_statements_without_resource_are_those_of_a_repository(run: Shell) -> None:
    one = document({"Effect": "Allow", "Action": "ecr:*", "Principal": "*"})
    assert run("diff", "--kind", "resource", *policies(one, one)).out.startswith("EQUAL")


def test_a_policy_is_found_in_the_answer_that_has_it(run: Shell) -> None:
    wrapped = {"PolicyVersion": {"Document": document(READ)}}
    assert run("diff", *policies({"Policy": json.dumps(document(READ))}, wrapped)).out.startswith("EQUAL")


def test_the_json_answer_has_its_schema_and_certificates(run: Shell) -> None:
    ran = run("diff", "-f", "json", *policies(document(READ), document(allow("s3:*"))))
    found = answer(ran)
    jsonschema.validate(found, json.loads(run("schema", "diff").out))
    (target,) = found["targets"]
    assert target["relation"] == "more"
    assert target["more"]["certificate"]["rule"] == "witness/1"
    assert target["less"]["certificate"]["rule"] == "refutation/1"
    assert json.loads(target["less"]["certificate"]["text"])["rule"] == "refutation/1"
    assert found["counts"]["more"] == 1


@pytest.mark.parametrize(
    ("old", "message"),
    [({"Version": "2012-10-17"}, "not a policy document"), ([1], "not a policy document")],
)
def test_what_is_no_policy_ends_with_5(run: Shell, old: Any, message: str) -> None:
    ran = run("diff", *policies(old, document()))
    assert ran.code == 5
    assert message in ran.err


def test_a_file_that_is_not_there_ends_with_5(run: Shell) -> None:
    ran = run("diff", "one.json", "other.json")
    assert (ran.code, ran.err) == (5, "error: one.json: no such file or directory\n")


def test_a_policy_and_a_snapshot_are_not_compared(run: Shell) -> None:
    snapshots(setting(), setting())
    write_json(Path("p.json"), document())
    assert run("diff", "old", "p.json").code == 2


# Snapshots.

PEOPLE = iam(roles=[role("reader", document(READ))], users=[user("alice")])


def test_the_same_snapshot_is_equal(run: Shell) -> None:
    one = setting(PEOPLE, buckets("logs"), policy_of("logs", document(PUBLIC)))
    ran = run("diff", *snapshots(one, one))
    assert ran.code == 0
    assert ran.out.splitlines()[-1] == "5 targets: 5 equal"


def test_principals_and_resources_are_compared(run: Shell) -> None:
    old = setting(PEOPLE, buckets("logs"), policy_of("logs", document(SECURE)))
    more = iam(roles=[role("reader", document(allow("s3:*")))])
    new = setting(more, buckets("logs"), policy_of("logs", document(SECURE)))
    ran = run("diff", "-f", "json", *snapshots(old, new))
    assert ran.code == 1
    relations = {(t["kind"], t["presence"]): t["relation"] for t in answer(ran)["targets"]}
    assert relations == {
        ("bucket", "both"): "more",
        ("role", "both"): "more",
        ("root", "both"): "equal",
        ("trust", "both"): "equal",
        ("user", "removed"): "less",
    }


def test_a_bucket_policy_that_opens_up_is_more_for_everybody(run: Shell) -> None:
    old, new = (setting(PEOPLE, buckets("logs"), policy_of("logs", document(p))) for p in (SECURE, PUBLIC))
    ran = run("diff", *snapshots(old, new))
    assert ran.code == 1
    assert "MORE  bucket arn:aws:s3:::logs" in ran.out
    assert "anyone on the internet may s3:GetObject arn:aws:s3:::logs/" in ran.out
    assert "So 1 more target:" in ran.out


def test_only_some_targets(run: Shell) -> None:
    one = setting(PEOPLE, buckets("logs"))
    old, new = snapshots(one, one)
    assert run("diff", old, new, "--only", "reader").out.splitlines()[-1] == "2 targets: 2 equal"
    assert run("diff", old, new, "--only", ROLE, "--only", "bucket").out.splitlines()[-1] == "3 targets: 3 equal"
    assert run("diff", old, new, "--only", "nobody").code == 2


def test_what_neither_has_read_is_listed(run: Shell) -> None:
    closed = setting(PEOPLE, buckets("logs"), errors={f"{OWN}/global/s3/get-bucket-policy/logs.json": "AccessDenied"})
    ran = run("diff", *snapshots(closed, closed))
    assert ran.code == 0
    assert "Taken to be unchanged:" in ran.out
    assert "get-bucket-policy/logs.json" in ran.out


def test_what_one_could_not_read_is_inconclusive(run: Shell) -> None:
    closed = setting(PEOPLE, buckets("logs"), errors={f"{OWN}/global/s3/get-bucket-policy/logs.json": "AccessDenied"})
    opened = setting(PEOPLE, buckets("logs"), policy_of("logs", document(SECURE)))
    ran = run("diff", *snapshots(opened, closed))
    assert ran.code == 3
    assert "bucket policy of logs could not be read: denied (AccessDenied)" in ran.out


def test_an_account_that_one_could_not_read_is_one_target(run: Shell) -> None:
    closed = setting(errors={f"{OWN}/global/iam/get-account-authorization-details.json": "AccessDenied"})
    ran = run("diff", *snapshots(setting(PEOPLE), closed))
    assert ran.code == 3
    assert f"INCONCLUSIVE  account {OWN}:role" in ran.out
