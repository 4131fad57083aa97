"""What a file is, told by its content: plans, templates, and whatever people give instead."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from auditctl.planned.given import Given
from auditctl.planned.kinds import kind_of
from auditctl.planned.parameters import read_parameters
from auditctl.planned.source import name_of
from auditctl.source import Source, read_source
from checkers.verdict import Unreadable
from command_line import Shell, write_control, write_json, write_snapshot

PLAN = {"format_version": "1.2", "terraform_version": "1.11.4", "planned_values": {"root_module": {}}}
TEMPLATE = {"Resources": {"Logs": {"Type": "AWS::S3::Bucket"}}}


def archive(*names: str) -> bytes:
    data = BytesIO()
    with ZipFile(data, "w") as made:
        for name in names:
            made.writestr(name, "{}")
    return data.getvalue()


def text(value: object) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        pytest.param(text(PLAN), "terraform", id="a plan on one line"),
        pytest.param(json.dumps(PLAN, indent=2, sort_keys=True).encode(), "terraform", id="a plan that was indented"),
        pytest.param(b"\xef\xbb\xbf\n  " + text(PLAN), "terraform", id="with a byte order mark and spaces"),
        pytest.param(text({"format_version": "1.2", "resource_changes": []}), "terraform", id="changes alone"),
        pytest.param(text(TEMPLATE), "cloudformation", id="a template in JSON"),
        pytest.param(text({"AWSTemplateFormatVersion": "2010-09-09"}), "cloudformation", id="a version alone"),
        pytest.param(b"# logs\nResources:\n  Logs: {Type: 'AWS::S3::Bucket'}\n", "cloudformation", id="in YAML"),
        pytest.param(b'---\n"AWSTemplateFormatVersion" : x\n', "cloudformation", id="a quoted name"),
    ],
)
def test_plans_and_templates_are_told_by_their_content(data: bytes, kind: str) -> None:
    assert kind_of(data, "x") == kind


NONSENSE: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "empty"),
    "spaces": (b" \n\n", "empty"),
    "bytes": (bytes(range(128, 256)), "not text"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not text"),
    "UTF-16": ("\ufeff{}".encode("utf-16-le"), "in UTF-16, as a redirection of PowerShell writes it"),
    "words": (b"hello\n", "neither a Terraform plan"),
    "a list": (b"[1, 2]", "neither a Terraform plan"),
    "YAML that is no template": (b"services:\n  web: {image: x, Resources: 1}\n", "neither a Terraform plan"),
    "an unfinished object": (b'{"format_version": ', "not strict JSON"),
    "deep nesting": (b'{"a":' * 100_000, "nested deeper than"),
    "members twice": (b'{"Resources": {}, "Resources": {}}', "duplicate member 'Resources'"),
    "package.json": (text({"name": "web", "version": "1.0.0"}), "a JSON object with name, version; neither"),
    "no members": (b"{}", "a JSON object with no members"),
    "resources of something else": (text({"Resources": [1]}), "a JSON object with Resources"),
    "a state file": (text({"version": 4, "lineage": "x", "resources": []}), "a state of Terraform, not a plan"),
    "a state as JSON": (text({"format_version": "1.0", "values": {}}), "`terraform show -json PLAN > plan.json`"),
    "a log": (b'{"@level":"info","type":"version"}\n{"@level":"info"}\n', "the log of `terraform plan -json`"),
    "one line of a log": (b'{"@level":"info","type":"version"}\n', "the log of `terraform plan -json`"),
    "a plan in Terraform's own format": (archive("tfplan", "tfstate"), "a plan in Terraform's own format"),
    "a bundle": (archive("controls/x.json", "certificates.jsonl"), "a bundle: `auditctl verify`"),
    "an archive": (archive("a.txt"), "an archive; neither"),
    "half an archive": (b"PK\x03\x04garbage", "an archive; neither"),
    "Terraform's language": (b'resource "aws_s3_bucket" "x" {\n}\n', "Terraform's language, not a plan"),
    "a policy": (text({"Version": "2012-10-17", "Statement": []}), "a policy document: `auditctl diff`"),
    "get-template": (text({"TemplateBody": "Resources: {}"}), "an answer of `get-template`"),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_what_is_neither_is_said_and_never_a_bug(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_control(tmp_path / "controls/closed.yaml")
    data, said = NONSENSE[name]
    Path("given").write_bytes(data)
    ran = Shell(capsys)("check", "given", "--controls", "controls")
    assert (ran.code, ran.out) == (5, "")
    assert ran.err.startswith("error: given: ")
    assert said in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("kind", ["terraform", "cloudformation"])
@pytest.mark.parametrize("name", NONSENSE)
def test_what_is_neither_is_an_error_also_where_its_kind_is_given(name: str, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "given"
    path.write_bytes(NONSENSE[name][0])
    with pytest.raises(Unreadable, match="given"):
        read_source(path, Source(kind=kind))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    write_control(tmp_path / "controls/closed.yaml")
    return Shell(capsys)


def test_a_folder_with_a_plan_in_it_is_refused_with_the_name_of_the_plan(run: Shell) -> None:
    write_json(Path("infra/build/plan.json"), PLAN)
    Path("infra/main.tf").write_text("", encoding="utf-8")
    ran = run("check", "infra", "--controls", "controls")
    assert ran.code == 5
    assert "error: infra: no snapshot and no dump; build/plan.json in it is a Terraform plan: name that file" in ran.err


def test_what_is_a_folder_and_what_is_a_file_can_be_told(run: Shell) -> None:
    write_snapshot(Path("snapshot"), {})
    write_json(Path("plan.json"), PLAN)
    for kind in ("terraform", "cloudformation"):
        ran = run("check", "snapshot", "--controls", "controls", "--source", kind)
        assert (ran.code, "snapshot: a directory" in ran.err) == (5, True)
    for kind in ("snapshot", "dump"):
        ran = run("check", "plan.json", "--controls", "controls", "--source", kind)
        assert (ran.code, "plan.json: not a directory" in ran.err) == (5, True)
    assert run("check", "plan.json", "--controls", "controls", "--source", "pulumi").code == 2
    assert run("check", "plan.json", "--controls", "controls", "--account", "12").code == 2


def test_a_file_that_is_not_there_and_one_that_is_too_large(run: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("import", "terraform", "plan.json", "-o", "out").err == "error: plan.json: no such file or directory\n"
    monkeypatch.setattr("auditctl.planned.source.MAX_FILE_BYTES", 10)
    write_json(Path("plan.json"), PLAN)
    assert run("check", "plan.json", "--controls", "controls").err == "error: plan.json: more than 10 bytes\n"


def test_nothing_is_written_over_what_is_read(run: Shell) -> None:
    write_json(Path("plan.json"), PLAN)
    ran = run("check", "plan.json", "--controls", "controls", "--output", "plan.json")
    assert (ran.code, ran.err) == (5, "error: cannot write plan.json: what is read\n")


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("plan.json", "plan.json"),
        ("infra/plan.json", "infra/plan.json"),
        ("/srv/x/plan.json", "plan.json"),
        ("../p", "p"),
    ],
)
def test_a_snapshot_does_not_say_where_a_plan_was_on_the_machine(given: str, name: str) -> None:
    assert name_of(Path(given)) == name


# Parameters.

AS_LIST = [{"ParameterKey": "Stage", "ParameterValue": "prod"}, {"ParameterKey": "Zones", "ParameterValue": "a,b"}]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(AS_LIST, id="create-stack"),
        pytest.param(["Stage=prod", "Zones=a,b"], id="deploy"),
        pytest.param({"Stage": "prod", "Zones": "a,b"}, id="an object"),
        pytest.param({"Parameters": {"Stage": "prod", "Zones": ["a", "b"]}, "Tags": {}}, id="CodePipeline"),
    ],
)
@pytest.mark.parametrize("scheme", ["", "file://"])
def test_parameters_are_read_from_the_files_that_there_are(value: Any, scheme: str, tmp_path: Path) -> None:
    write_json(tmp_path / "p.json", value)
    assert read_parameters([f"{scheme}{tmp_path}/p.json"]) == {"Stage": "prod", "Zones": "a,b"}


def test_later_parameters_replace_earlier_ones_and_values_may_have_equals_signs(tmp_path: Path) -> None:
    write_json(tmp_path / "p.json", {"Stage": "prod", "Size": 3, "Public": False})
    given = ["Stage=test", str(tmp_path / "p.json"), "Size=a=b"]
    assert read_parameters(given) == {"Stage": "prod", "Size": "a=b", "Public": "false"}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        pytest.param(3, "neither a list of parameters nor an object of them", id="a number"),
        pytest.param([{"ParameterKey": "Stage", "UsePreviousValue": True}], "neither ParameterKey with", id="previous"),
        pytest.param(["Stage"], "[0]: neither ParameterKey", id="no value"),
        pytest.param({"Stage": {"a": 1}}, "is no value of a parameter", id="an object as value"),
        pytest.param({"Stage": None}, "is no value of a parameter", id="null"),
    ],
)
def test_other_files_of_parameters_are_refused(value: Any, said: str, run: Shell) -> None:
    write_json(Path("p.json"), value)
    write_json(Path("template.json"), TEMPLATE)
    for arguments in (
        ["import", "cloudformation", "template.json", "-o", "out", "--parameters", "p.json"],
        ["check", "template.json", "--controls", "controls", "--template-parameters", "p.json"],
    ):
        ran = run(*arguments)
        assert (ran.code, ran.err.startswith("error: p.json: ")) == (5, True)
        assert said in ran.err
    assert run("import", "cloudformation", "template.json", "-o", "out", "-P", "gone.json").code == 5


def test_what_is_given_has_no_account_of_its_own() -> None:
    assert Given() == Given(account="", region="", parameters={})
