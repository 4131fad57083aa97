"""`auditctl import`: plans and templates as sealed snapshot directories, and what is said of what was read."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from auditctl.snapshot import read_directory
from checkers.cloud.snapshot import Snapshot
from command_line import Shell, write_control, write_json

TEMPLATE = """\
Parameters:
  Reader: {Type: String}
Resources:
  Reports:
    Type: AWS::S3::Bucket
    Properties:
      PublicAccessBlockConfiguration: {BlockPublicPolicy: false, RestrictPublicBuckets: false}
  ReportsPolicy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Reports
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Sid: Read
            Effect: Allow
            Principal: {AWS: !Ref Reader}
            Action: s3:GetObject
            Resource: !Sub "${Reports.Arn}/*"
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties: {ComparisonOperator: GreaterThanThreshold, EvaluationPeriods: 1}
  Job:
    Type: AWS::Glue::Job
    Properties: {Role: !Ref Reader}
"""
NOBODY = "Reader=arn:aws:iam::111122223333:role/reader"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    write_control(tmp_path / "controls/closed.yaml")
    Path("template.yaml").write_text(TEMPLATE, encoding="utf-8")
    return Shell(capsys)


PLACE = ("--account", "111122223333", "--region", "eu-west-1")


def test_a_template_is_written_as_a_sealed_snapshot(run: Shell) -> None:
    ran = run("import", "cloudformation", "template.yaml", "--output", "out", *PLACE)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.splitlines() == [
        "    1  AWS::S3::Bucket (read)",
        "    1  AWS::S3::BucketPolicy (read)",
        "    1  AWS::CloudWatch::Alarm (left out, as it decides nothing)",
        "    1  AWS::Glue::Job (not modelled)",
        "parameters without a value may have any: Reader",
        ran.err.splitlines()[-1],
    ]
    assert ran.err.splitlines()[-1].startswith("2 resources read, 1 not modelled, ")
    assert ran.err.endswith(" values not known before they are applied: out\n")
    assert run("snapshot", "verify", "out").code == 0
    manifest = json.loads(Path("out/snapshot.json").read_text("utf-8"))
    assert manifest["planned"]["file"] == "template.yaml"
    assert len(manifest["root"]) == 64


def test_verbose_names_the_unknown_values_and_what_is_not_modelled(run: Shell) -> None:
    ran = run("import", "cloudformation", "template.yaml", "--output", "out", "--verbose", *PLACE)
    assert "not modelled: Job (AWS::Glue::Job)" in ran.err
    assert "not known: Reader (text), as <Reader>\n" in ran.err
    assert "(name), as <" in ran.err


def test_what_is_read_of_the_directory_is_what_is_read_of_the_template(run: Shell) -> None:
    run("import", "cloudformation", "template.yaml", "--output", "out", *PLACE)
    markers = [name for name in read_directory(Path("out")) if "<" in name]
    assert any("/get-bucket-policy/" in name for name in markers)
    assert Snapshot(read_directory(Path("out"))).unknowns.values.keys() == {"Reader"}
    direct = run("check", "template.yaml", "--controls", "controls", "--bundle", "one.audit", *PLACE)
    imported = run("check", "out", "--controls", "controls", "--bundle", "two.audit")
    assert (direct.code, direct.out) == (imported.code, imported.out)
    assert direct.code == 1
    for bundle in ("one.audit", "two.audit"):
        assert run("verify", bundle).code == 0


@pytest.mark.parametrize("option", ["--parameters", "-P"])
def test_parameters_are_given_by_name_or_in_a_file(run: Shell, option: str) -> None:
    write_json(Path("p.json"), [dict(zip(("ParameterKey", "ParameterValue"), NOBODY.split("=", 1), strict=True))])
    for number, given in enumerate((NOBODY, "p.json", "file://p.json")):
        out = f"out{number}"
        ran = run("import", "cloudformation", "template.yaml", "-o", out, option, given, *PLACE)
        assert (ran.code, "parameters without" in ran.err) == (0, False)
        assert run("check", out, "--controls", "controls").code == 0


def test_an_account_that_is_not_given_is_said(run: Shell) -> None:
    ran = run("import", "cloudformation", "template.yaml", "-o", "out")
    assert ran.code == 0
    assert "000000000000" in ran.err
    assert Path("out/000000000000").is_dir()


@pytest.mark.parametrize("kind", ["terraform", "cloudformation"])
def test_what_cannot_be_imported_is_one_message(run: Shell, kind: str) -> None:
    write_json(Path("package.json"), {"name": "web", "version": "1.0.0"})
    Path("full").mkdir()
    Path("full/x").touch()
    for given, output, said in (
        ("package.json", "out", "error: package.json"),
        ("gone", "out", "error: gone: no such file or directory\n"),
        ("full", "out", "error: full: a directory; "),
        ("template.yaml", "template.yaml", "error: cannot write template.yaml: what is read"),
    ):
        ran = run("import", kind, given, "-o", output)
        assert (ran.code, ran.out) == (5, "")
        assert ran.err.startswith(said), ran.err
        assert ran.err.count("\n") == 1
    assert not Path("out").exists()


def test_a_directory_that_is_not_empty_is_left_alone(run: Shell) -> None:
    Path("full").mkdir()
    Path("full/x").touch()
    ran = run("import", "cloudformation", "template.yaml", "-o", "full", *PLACE)
    assert (ran.code, ran.err) == (5, "error: cannot write full: not empty\n")
    assert os.listdir("full") == ["x"]  # noqa: PTH208  names alone


def test_the_command_line_is_checked(run: Shell) -> None:
    assert run("import", "cloudformation", "template.yaml").code == 2  # no --output
    assert run("import", "pulumi", "template.yaml", "-o", "out").code == 2
    assert run("import", "terraform", "plan.json", "-o", "out", "--parameters", "A=b").code == 2
    assert run("import", "cloudformation", "template.yaml", "-o", "out", "--account", "acme").code == 2
    assert "auditctl import terraform plan.json --output snapshot" in run("import", "terraform", "--help").out
