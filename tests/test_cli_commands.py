"""The other commands: verify, explain, smt, export, controls, schema, demo, help and completion."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from auditctl.cli import COMMANDS
from auditctl.controls import control_schema_text
from auditctl.report.json_schema import report_schema_text
from checkers.__main__ import main as check_bundle
from command_line import CONTROL, DEMO, OPEN, Ran, Shell, write_control, write_snapshot

POLICIES = {"logs": None, "web": [OPEN], "pay": "AccessDenied"}


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    write_control(Path("controls/closed.yaml"))
    write_snapshot(Path("snapshot"), POLICIES)  # type: ignore[arg-type]
    return Shell(capsys)


@pytest.fixture
def bundle(run: Shell) -> Path:
    run("check", "snapshot", "-c", "controls", "-b", "out.audit")
    return Path("out.audit")


# help


def test_help_imports_no_solver_and_nothing_slow() -> None:
    script = (
        "import sys; from auditctl.__main__ import main; code = main(['--help']);"
        "slow = {'z3', 'cvc5', 'pysmt', 'pysat', 'boto3', 'rich', 'yaml', 'json', 'auditctl.audit'} & set(sys.modules);"
        "print(sorted(slow), code)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[] 0"


def test_help_lists_every_command_and_each_has_help(run: Shell) -> None:
    listed = run("--help").out
    for name, line in COMMANDS.items():
        assert f"  {name} " in listed
        ran = run(name, "--help")
        assert ran.code == 0
        assert ran.out.startswith(f"Usage: auditctl {name} ")
        assert " ".join(line.split()) in " ".join(listed.split())


def test_the_version(run: Shell) -> None:
    assert run("--version").out == "auditctl 0.1.0\n"


def test_every_command_has_its_file() -> None:
    folder = Path(__file__).parent.parent / "auditctl/commands"
    assert {p.stem for p in folder.glob("*.py")} == {*COMMANDS, "import_", "__init__", "options"} - {"import"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param("auditctl ex", "explain export", id="commands"),
        pytest.param("auditctl check snapshot -c controls --control c", "closed", id="control ids of an option"),
        pytest.param("auditctl controls show controls --control c", "closed", id="control ids of a path"),
        pytest.param("auditctl explain out.audit c", "closed", id="control ids of a bundle"),
    ],
)
@pytest.mark.usefixtures("bundle")
def test_the_shell_completes(words: str, expected: str) -> None:
    count = str(len(words.split()) - 1)
    given = {
        "COMP_WORDS": words,
        "COMP_CWORD": count,
        "_AUDITCTL_COMPLETE": "bash_complete",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, "-m", "auditctl"]
    ran = subprocess.run(command, env=os.environ | given, capture_output=True, text=True, check=False)
    assert ran.stdout.splitlines() == [f"plain,{word}" for word in expected.split()]


# verify


def test_verify_is_the_checker(run: Shell, bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ran = run("verify", bundle)
    capsys.readouterr()
    code = check_bundle([str(bundle)])
    assert (ran.code, ran.out) == (code, capsys.readouterr().out)
    assert ran.out.endswith("accepted: 2 of 2 certificates\n")


def test_verify_rejects_a_bundle_that_was_changed(run: Shell, bundle: Path) -> None:
    data = bytearray(bundle.read_bytes())
    data[len(data) // 3] ^= 1
    bundle.write_bytes(data)
    assert run("verify", bundle).code in {1, 5}


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04garbage", os.urandom(2000)])
@pytest.mark.parametrize("command", ["verify", "explain", "export"])
def test_garbage_is_no_bundle(run: Shell, content: bytes, command: str) -> None:
    Path("bad.audit").write_bytes(content)
    more = {"verify": [], "explain": ["closed"], "export": ["out"]}[command]
    ran = run(command, "bad.audit", *more)
    assert (ran.code, ran.out) == (5, "")
    assert "bad.audit: not a bundle" in ran.err
    assert "Traceback" not in ran.err


# explain


def test_explain_of_a_bundle_and_of_its_snapshot_is_the_same(run: Shell, bundle: Path) -> None:
    one = run("explain", bundle, "closed")
    other = run("explain", "snapshot", "closed", "--controls", "controls")
    assert one == other
    assert one.code == 0
    heads = [line for line in one.out.splitlines() if line.isupper() or line.split("  ")[0].isupper()]
    assert heads == [
        "VIOLATED  closed on arn:aws:s3:::web",
        "INCONCLUSIVE  closed on arn:aws:s3:::pay",
        "HOLDS  closed on arn:aws:s3:::logs",
    ]


@pytest.mark.parametrize("target", ["web", "arn:aws:s3:::web", "*:web", "w?b"])
def test_explain_takes_a_target_by_id_name_or_glob(run: Shell, bundle: Path, target: str) -> None:
    ran = run("explain", bundle, "closed", target)
    assert ran.out.startswith("VIOLATED  closed on arn:aws:s3:::web\n")
    assert ran.out.count("closed on") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["out.audit", "clsed"], "error: unknown control `clsed` (did you mean `closed`?)\n"),
        (["out.audit", "closed", "wbe"], "error: unknown target of closed `wbe` (did you mean `web`?)\n"),
        (["snapshot", "closed"], "snapshot: a snapshot needs --controls"),
        (["out.audit", "closed", "-c", "controls"], "out.audit: a bundle has its own controls"),
    ],
)
@pytest.mark.usefixtures("bundle")
def test_explain_refuses_what_it_does_not_know(run: Shell, arguments: list[str], message: str) -> None:
    ran = run("explain", *arguments)
    assert ran.code == 2
    assert message in ran.err


# smt


def test_smt_prints_the_question(run: Shell) -> None:
    ran = run("smt", "snapshot", "closed", "web", "-c", "controls", "--side", "narrow")
    assert ran.code == 0
    assert ran.out.startswith("; auditctl 0.1.0\n; closed on arn:aws:s3:::web\n")
    assert "; narrow side\n(set-info :smt-lib-version 2.6)" in ran.out
    assert ran.out.endswith("(check-sat)\n")


def test_smt_asks_one_question(run: Shell) -> None:
    ran = run("smt", "snapshot", "closed", "*", "-c", "controls")
    assert (ran.code, ran.err) == (2, "error: * names 3 targets of closed, one is expected\n")


# controls


def ran_with_a_test(run: Shell, outcome: str, *arguments: str) -> Ran:
    test = (
        "tests:\n  - name: without a policy\n    outcome: {}\n    snapshot:\n      accounts: ['111122223333']\n"
        "      files:\n        111122223333/global/s3/list-buckets.json: {{Buckets: [{{Name: a}}]}}\n"
    )
    write_control(Path("controls/closed.yaml"), CONTROL + test.format(outcome))
    return run("controls", "test", "controls", *arguments)


def test_the_tests_of_a_control_pass(run: Shell) -> None:
    ran = ran_with_a_test(run, "holds", "--verbose")
    assert ran == Ran(code=0, out="closed\n  passed  without a policy\n1 tests: 0 failed, 1 passed\n", err="")


def test_the_tests_of_a_control_fail(run: Shell) -> None:
    ran = ran_with_a_test(run, "violated")
    assert ran.code == 1
    assert ran.out == (
        "closed\n  FAILED  without a policy\n          expected violated, found holds\n"
        "          no such request is allowed\n1 tests: 1 failed, 0 passed\n"
    )


def test_a_control_without_tests_is_no_success(run: Shell) -> None:
    ran = run("controls", "test", "controls")
    assert (ran.code, ran.out) == (3, "closed carries no test\n0 tests: 0 failed, 0 passed\n")


def test_controls_are_listed_and_shown(run: Shell) -> None:
    assert (
        "high      bucket    closed\n                    Buckets are closed to anonymous callers\n"
        in run("controls", "list", "controls").out
    )
    shown = run("controls", "show", "controls", "--control", "closed").out
    assert shown.startswith("closed, high, for each bucket\n  Buckets are closed to anonymous callers\n")
    assert run("controls", "show", "controls", "--control", "nope").code == 2


def test_the_schemas_are_those_in_the_package(run: Shell) -> None:
    package = Path(__file__).parent.parent / "auditctl"
    for name, text, file in (
        ("control", control_schema_text(), "controls/control.schema.json"),
        ("report", report_schema_text(), "report/report.schema.json"),
    ):
        assert run("schema", name).out == text == (package / file).read_text(encoding="utf-8")


# demo


def test_the_demo_shows_all_three_outcomes_and_verifies_its_bundle(run: Shell) -> None:
    ran = run("demo")
    assert ran.code == 0
    assert "VIOLATED  Buckets are not readable by anonymous callers\n" in ran.out
    assert "HOLDS  bucket-anonymous-read on arn:aws:s3:::acme-logs\n" in ran.out
    assert ran.out.endswith("1 holds, 1 violated, 1 inconclusive\naccepted: 2 of 2 certificates\n")


def test_the_demo_can_be_kept(run: Shell) -> None:
    assert run("demo", "--keep", "here").code == 0
    assert sorted(p.name for p in Path("here").iterdir()) == ["controls", "demo.audit", "snapshot"]
    assert run("verify", "here/demo.audit").code == 0
    ran = run("demo", "--keep", "here")
    assert (ran.code, ran.err) == (5, "error: cannot write here: file exists\n")


def test_the_control_of_the_demo_is_well_formed(run: Shell) -> None:
    assert json.loads(run("check", DEMO / "snapshot", "-c", DEMO / "controls", "-f", "json").out)["exit_code"] == 1
