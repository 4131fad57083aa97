"""Every command that takes a snapshot takes a plan and a template too, found out by content or told."""

from __future__ import annotations

import json
import os
import shutil
import threading
from pathlib import Path

import pytest

from command_line import Ran, Shell, write_control, write_json
from planned.read_types import PAGE, page
from planned.test_import import NOBODY, TEMPLATE
from planned.test_written import FLOW

ROOT = Path(__file__).resolve().parent.parent.parent
PLAN = ROOT / "tests/data/terraform/bastion/plan.json"
PLACE = ("--account", "111122223333", "--region", "eu-west-1")
BASTION = "i-<aws_instance.bastion.id>"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    write_control(tmp_path / "controls/closed.yaml")
    write_control(tmp_path / "flows/ssh.yaml", FLOW)
    Path("template.yaml").write_text(TEMPLATE, encoding="utf-8")
    shutil.copy(PLAN, "plan.json")
    return Shell(capsys)


def check(run: Shell, given: str | Path, *more: str) -> Ran:
    return run("check", given, "--controls", "controls", *PLACE, *more)


@pytest.mark.parametrize(("given", "kind"), [("plan.json", "terraform"), ("template.yaml", "cloudformation")])
def test_content_tells_what_a_file_is_whatever_its_name(run: Shell, given: str, kind: str) -> None:
    told = check(run, given, "--source", kind)
    assert (told.code, check(run, given)) == (1, told)
    Path(given).rename("x")
    renamed = check(run, "x")
    assert (renamed.code, renamed.out) == (1, told.out.replace(given, "x"))


@pytest.mark.parametrize("form", ["YAML", "JSON"])
def test_a_template_is_the_same_in_json(run: Shell, form: str) -> None:
    policy = {
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::x/*"}]
    }
    off = {"BlockPublicPolicy": False, "RestrictPublicBuckets": False}
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "x", "PublicAccessBlockConfiguration": off}}
    rule = {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "X"}, "PolicyDocument": policy}}
    write_json(Path("given"), {"Resources": {"X": bucket, "P": rule}})
    if form == "YAML":  # a JSON text below a comment is YAML
        Path("given").write_text(f"# {form}\nResources: {json.dumps({'X': bucket, 'P': rule})}\n", encoding="utf-8")
    ran = check(run, "given")
    assert (ran.code, "anyone on the internet may s3:GetObject arn:aws:s3:::x/" in ran.out) == (1, True)


def test_a_plan_may_come_through_a_pipe(run: Shell) -> None:
    os.mkfifo("pipe")
    writer = threading.Thread(target=Path("pipe").write_bytes, args=[PLAN.read_bytes()])
    writer.start()
    ran = check(run, "pipe")
    writer.join()
    assert (ran.code, "written as aws_s3_bucket_policy.logs.policy\n" in ran.out) == (1, True)


def test_a_plan_is_decided_with_values_for_what_is_known_after_apply(run: Shell) -> None:
    ran = run("check", "plan.json", "--controls", "flows", "--controls", "controls", "--bundle", "out.audit", *PLACE)
    assert ran.code == 1
    assert "1 account of Terraform plan plan.json (format 1.2)\n111122223333\n" in ran.out
    for address in ("aws_s3_bucket.logs", "aws_internet_gateway.main", "aws_vpc_security_group_ingress_rule.ssh"):
        assert f"written as {address}\n" in ran.out
    assert "aws_vpc_security_group_ingress_rule.ssh.cidr_ipv4 (known after apply) is 192.0.2.0/24" in ran.out.replace(
        "\n      ", " "
    )
    assert run("verify", "out.audit").code == 0
    assert run("check", "out.audit", "--controls", "controls").err.startswith("error: out.audit: a bundle: ")


def test_what_holds_holds_for_every_value(run: Shell) -> None:
    assert check(run, "template.yaml").code == 1
    ran = check(run, "template.yaml", "-P", NOBODY, "--bundle", "out.audit")
    assert (ran.code, "1 claim: 0 violated, 0 inconclusive, 0 waived, 1 holds\n" in ran.out) == (0, True)
    assert run("verify", "out.audit").code == 0


def test_parameters_mean_nothing_to_a_plan(run: Shell) -> None:
    ran = check(run, "plan.json", "-P", NOBODY)
    assert (ran.code, "parameters of templates are unused\n" in ran.err) == (1, True)


@pytest.mark.parametrize(
    ("code", "said", "arguments"),
    [
        (0, "EQUAL", ["diff", "plan.json", "plan.json", "--only", "bucket"]),
        (0, "0 added, 0 removed, 0 changed", ["snapshot", "diff", "plan.json", "plan.json"]),
        (0, "planned   Terraform plan plan.json (format 1.2)", ["snapshot", "info", "plan.json"]),
        (0, "(check-sat)", ["smt", "plan.json", "closed", "acme-logs-*", "-c", "controls"]),
        (0, "written as aws_s3_bucket_policy.logs.policy", ["explain", "plan.json", "closed", "-c", "controls"]),
        (0, "digraph", ["graph", "plan.json", "ssh", "-c", "flows"]),
        (
            0,
            "ARRIVES",
            ["trace", "plan.json", "--from", "internet", "--to", BASTION, "--protocol", "tcp", "--port", "22"],
        ),
        (
            0,
            "STOPPED",
            ["trace", "plan.json", "--from", "internet", "--to", "bastion", "--protocol", "tcp", "--port", "80"],
        ),
        (0, "can if data.aws_iam_policy_document.logs", ["query", "plan.json", "can anonymous s3:GetObject"]),
        (3, "Undetermined", ["simulate", "plan.json", "request.json"]),
        (0, " files: cut\n", ["snapshot", "slice", "plan.json", "-o", "cut", "--control", "controls/closed.yaml"]),
    ],
)
def test_commands_take_a_plan(run: Shell, code: int, said: str, arguments: list[str]) -> None:
    bucket = "arn:aws:s3:::acme-logs-<aws_s3_bucket.logs.bucket>/x"
    stranger = "arn:aws:iam::444455556666:role/x"
    write_json(Path("request.json"), {"principal": stranger, "action": "s3:GetObject", "resource": bucket})
    ran = run(*arguments, *PLACE)
    assert ran.code == code, ran
    assert said.lower() in (ran.out + ran.err).lower(), ran


def test_a_plan_and_a_policy_are_not_compared(run: Shell) -> None:
    write_json(Path("policy.json"), {"Version": "2012-10-17", "Statement": []})
    ran = run("diff", "plan.json", "policy.json")
    assert (ran.code, "one is a snapshot and one is a policy" in ran.err) == (2, True)


def test_a_plan_or_template_needs_controls_to_be_explained(run: Shell) -> None:
    for given in ("plan.json", "template.yaml"):
        ran = run("explain", given, "closed")
        assert (ran.code, f"{given}: a snapshot needs --controls" in ran.err) == (2, True)


def test_a_template_is_compared_with_its_snapshot(run: Shell) -> None:
    run("import", "cloudformation", "template.yaml", "-o", "out", *PLACE)
    assert run("diff", "out", "template.yaml", *PLACE).code == 0
    assert run("snapshot", "diff", "out", "template.yaml", *PLACE).code == 0
    assert run("diff", "out", "template.yaml", "-P", NOBODY, *PLACE).code in {0, 1, 3}


# What the documentation lists.


def test_the_types_that_are_read_are_listed() -> None:
    """`python tests/planned/read_types.py` writes the tables."""
    assert PAGE.read_text(encoding="utf-8") == page()


ACCOUNT = """title: Root does not leave
rationale: What leaves is not governed.
remediation: Deny it in a service control policy.
severity: low
for_each: account
forbid: {request: {principal: [account], action: ["organizations:LeaveOrganization"]}}
"""


def test_controls_about_whole_accounts_are_not_asked_of_a_plan_unless_they_are_named(run: Shell) -> None:
    Path("controls/leave.yaml").write_text(ACCOUNT, encoding="utf-8")
    told = check(run, "plan.json")
    assert "not asked of a plan, which says nothing of whole accounts: leave; --control ID asks one" in told.err
    assert "Not asked of a plan: leave." in told.out
    assert "Root does not leave" not in told.out
    asked = check(run, "plan.json", "--control", "leave")
    assert (asked.code, "not asked" in asked.out + asked.err) == (1, False)
    assert json.loads(check(run, "plan.json", "--format", "json").out)["not_asked"] == ["leave"]
    Path("controls/closed.yaml").unlink()
    assert check(run, "plan.json").code == 3
