"""`auditctl check`: every exit code, and what the user is told."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

import auditctl.cross_check
import auditctl.run
from auditctl.audit import Result, decide
from auditctl.exit_codes import CHECK, PRECEDENCE, ExitCode, first_of
from auditctl.smt import Answer, Status
from checkers.__main__ import main as check_bundle
from checkers.cloud.claims import Claim, Outcome
from checkers.cloud.inventory import Inventory
from command_line import ACCOUNT, CONTROL, DEMO, OPEN, Ran, Shell, write_control, write_json, write_snapshot

HOLDS, VIOLATED, UNREADABLE = {"logs": None}, {"web": [OPEN]}, {"pay": "AccessDenied"}


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    write_control(Path("controls/closed.yaml"))
    return Shell(capsys)


def check(run: Shell, *arguments: str | Path, policies: dict[str, object] | None = None) -> Ran:
    write_snapshot(Path("snapshot"), policies if policies is not None else HOLDS)  # type: ignore[arg-type]
    return run("check", "snapshot", "--controls", "controls", *arguments)


# Exit codes.


@pytest.mark.parametrize(
    ("policies", "code"),
    [
        pytest.param(HOLDS, 0, id="every claim holds"),
        pytest.param(VIOLATED, 1, id="a claim is violated"),
        pytest.param(UNREADABLE, 3, id="a claim is inconclusive"),
        pytest.param(HOLDS | VIOLATED | UNREADABLE, 1, id="violated counts before inconclusive"),
        pytest.param({}, 3, id="no target is selected"),
    ],
)
def test_the_outcomes_decide_the_exit_code(run: Shell, policies: dict[str, object], code: int) -> None:
    assert check(run, policies=policies).code == code


def test_nothing_checked_is_said_and_is_no_success(run: Shell) -> None:
    ran = check(run, policies={})
    assert (ran.code, ran.err) == (3, "the controls select no target of the snapshot: nothing was checked\n")


@pytest.mark.parametrize(("least", "code"), [("1", 0), ("2", 3)])
def test_fewer_claims_than_expected_are_no_success(run: Shell, least: str, code: int) -> None:
    ran = check(run, "--expect-min", least)
    assert ran.code == code
    assert ran.err == ("" if code == 0 else "1 claims were checked, at least 2 are expected\n")


def test_a_certificate_that_the_checker_refuses_counts_before_everything(
    run: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(claim: Claim, inventory: Inventory) -> Result:
        return replace(decide(claim, inventory), outcome=Outcome.INCONCLUSIVE, certificate=None, refused="wrong step")

    monkeypatch.setattr(auditctl.run, "decide", refused)
    Path("waivers.yaml").write_text(waiver("*", "2999-01-01"), encoding="utf-8")
    ran = check(run, "--waivers", "waivers.yaml", policies=VIOLATED)
    assert ran.code == 4
    assert "BUG  closed on arn:aws:s3:::web\n  wrong step. Please report it.\n" in ran.out


def test_a_bug_is_one_line_and_how_to_report_it(run: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_claim: Claim, _inventory: Inventory) -> Result:
        raise ZeroDivisionError("one by zero")

    monkeypatch.setattr(auditctl.run, "decide", broken)
    ran = check(run)
    assert (ran.code, ran.out) == (70, "")
    assert ran.err == (
        "bug in auditctl 0.1.0: ZeroDivisionError: one by zero\n"
        "please report it to the project, with what the command prints when AUDITCTL_DEBUG=1 is set\n"
    )
    monkeypatch.setenv("AUDITCTL_DEBUG", "1")
    assert "Traceback" in check(run).err


def test_of_several_codes_the_first_of_the_precedence_counts() -> None:
    assert [code.value for code in PRECEDENCE] == [70, 4, 130, 5, 1, 3, 0]
    for i, code in enumerate(PRECEDENCE):
        assert first_of(PRECEDENCE[i:]) is code
    assert first_of([]) is ExitCode.OK
    assert set(CHECK) == set(ExitCode)


def test_the_help_has_the_table_of_exit_codes(run: Shell) -> None:
    text = run("check", "--help").out
    for code, meaning in CHECK.items():
        assert f"{code.value}  {meaning}\n" in text


# Input that is not what it should be.


def a_missing_directory(root: Path) -> str:
    (root / "snapshot").rename(root / "gone")
    return "error: snapshot: no such file or directory; a snapshot is a directory with a snapshot.json\n"


def a_file(root: Path) -> str:
    (root / "snapshot").rename(root / "gone")
    (root / "snapshot").write_text("{}")
    return (
        "error: snapshot: a JSON object with no members; neither a Terraform plan (`terraform show -json`) nor a "
        "CloudFormation template\n"
    )


def an_empty_directory(root: Path) -> str:
    (root / "snapshot").rename(root / "gone")
    (root / "snapshot").mkdir()
    return "error: snapshot.json: missing; a snapshot directory has one\n"


def bad_json(root: Path) -> str:
    (root / f"snapshot/{ACCOUNT}/global/s3/list-buckets.json").write_text("{")
    return (
        f"error: {ACCOUNT}/global/s3/list-buckets.json: not strict JSON: "
        "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)\n"
    )


def a_link_out_of_the_snapshot(root: Path) -> str:
    (root / "secret.json").write_text("{}")
    (root / "snapshot/out.json").symlink_to(root / "secret.json")
    return f"error: snapshot/out.json: a link to {root / 'secret.json'}, outside the snapshot\n"


def a_link_to_a_directory(root: Path) -> str:
    (root / "snapshot/again").symlink_to(root / "snapshot")
    return "error: snapshot/again: a link to a directory; a snapshot has none\n"


def a_link_to_nothing(root: Path) -> str:
    (root / "snapshot/nothing.json").symlink_to(root / "nothing")
    return "error: snapshot/nothing.json: no such file or directory\n"


def a_link_to_itself(root: Path) -> str:
    (root / "snapshot/loop.json").symlink_to(root / "snapshot/loop.json")
    return "error: snapshot/loop.json: too many levels of symbolic links\n"


def a_name_that_no_bundle_holds(root: Path) -> str:
    (root / "snapshot/a\\b.json").write_text("{}")
    return "error: snapshot: the file name 'a\\\\b.json' has a character that a bundle cannot hold\n"


def no_controls(root: Path) -> str:
    (root / "controls/closed.yaml").unlink()
    return "error: no control in controls, expected `*.yaml` files\n"


def a_control_of_binary_garbage(root: Path) -> str:
    (root / "controls/closed.yaml").write_bytes(b"\x00\xff\xfe")
    return ""


def a_control_with_a_wrong_key(root: Path) -> str:
    write_control(root / "controls/closed.yaml", CONTROL.replace("severity", "severty"))
    return ""


@pytest.mark.parametrize(
    "spoil",
    [
        a_missing_directory,
        a_file,
        an_empty_directory,
        bad_json,
        a_link_out_of_the_snapshot,
        a_link_to_a_directory,
        a_link_to_nothing,
        a_link_to_itself,
        a_name_that_no_bundle_holds,
        no_controls,
        a_control_of_binary_garbage,
        a_control_with_a_wrong_key,
    ],
)
def test_what_cannot_be_read_is_one_message_and_no_report(
    run: Shell, tmp_path: Path, spoil: Callable[[Path], str]
) -> None:
    write_snapshot(tmp_path / "snapshot", HOLDS)  # type: ignore[arg-type]
    message = spoil(tmp_path)
    ran = run("check", "snapshot", "--controls", "controls", "--bundle", "out.audit")
    assert (ran.code, ran.out) == (5, "")
    assert ran.err == message or (not message and ran.err.startswith("error: "))
    assert "Traceback" not in ran.err
    assert not Path("out.audit").exists()


def test_a_file_that_may_not_be_read_is_unreadable(run: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(_path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    write_snapshot(Path("snapshot"), HOLDS)  # type: ignore[arg-type]
    monkeypatch.setattr(Path, "read_bytes", denied)
    ran = run("check", "snapshot", "--controls", "controls")
    assert (ran.code, ran.err) == (5, "error: snapshot.json: permission denied\n")


def test_every_problem_of_the_controls_is_said(run: Shell) -> None:
    write_control(Path("controls/one.yaml"), CONTROL.replace("severity: high", "severity: hgih"))
    write_control(Path("controls/two.yaml"), CONTROL.replace("for_each: bucket", "for_each: bukket"))
    ran = check(run)
    assert ran.code == 5
    assert len(ran.err.splitlines()) == 2
    assert "(did you mean `high`?)" in ran.err
    assert "(did you mean `bucket`?)" in ran.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["--set", "nope=1"], "error: unknown parameter `nope` in `nope=1`\n", id="unknown parameter"),
        pytest.param(["--set", "nope"], "error: `nope` is no assignment, expected `name=value`\n", id="no assignment"),
        pytest.param(["--waivers", "gone.yaml"], "", id="missing waivers"),
        pytest.param(["--parameters", "gone.yaml"], "", id="missing parameters"),
        pytest.param(["--controls", "gone.yaml"], "", id="missing control"),
        pytest.param(["--bundle", "gone/x"], "error: cannot write gone/x: no such directory\n", id="no such directory"),
        pytest.param(["--output", "controls"], "error: cannot write controls: a directory\n", id="a directory"),
        pytest.param(
            ["--bundle", "snapshot/x"],
            "error: cannot write snapshot/x: inside the snapshot, of which it would become a part\n",
            id="a bundle inside the snapshot",
        ),
    ],
)
def test_options_that_name_what_is_not_there(run: Shell, arguments: list[str], message: str) -> None:
    ran = check(run, *arguments)
    assert (ran.code, ran.out) == (5, "")
    assert ran.err == message or (not message and ran.err.startswith("error: "))


def test_a_link_to_itself_is_replaced_by_a_bundle_and_is_no_place_for_a_report(run: Shell) -> None:
    Path("loop").symlink_to("loop")
    ran = check(run, "--output", "loop")
    assert (ran.code, ran.out, ran.err) == (5, "", "error: cannot write loop: too many levels of symbolic links\n")
    assert check(run, "--bundle", "loop").code == 0
    assert not Path("loop").is_symlink()
    assert run("verify", "loop").code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(
            ["check", "snapshot", "-c", "controls", "--control", "clsed"],
            "error: unknown control `clsed` (did you mean `closed`?)\n",
            id="unknown control",
        ),
        pytest.param(["chekc"], "no such command `chekc` (did you mean `check`?)", id="unknown command"),
        pytest.param(["check", "snapshot"], "Missing option '--controls'", id="no controls"),
        pytest.param(["check"], "Missing argument 'SNAPSHOT'", id="no snapshot"),
        pytest.param(["check", "snapshot", "-c", "controls", "-f", "pdf"], "'pdf' is not one of", id="unknown format"),
        pytest.param(["check", "snapshot", "-c", "controls", "--expect-min", "0"], "0 is not in the range", id="zero"),
        pytest.param(["--wrong"], "No such option", id="unknown option"),
    ],
)
def test_a_wrong_command_line_ends_with_2(run: Shell, arguments: list[str], message: str) -> None:
    write_snapshot(Path("snapshot"), HOLDS)  # type: ignore[arg-type]
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


# Waivers.


def waiver(target: str, expires: str, control: str = "closed") -> str:
    return f"- {{control: {control}, target: '{target}', owner: web team, reason: a website, expires: {expires}}}\n"


def test_a_waived_claim_is_decided_and_shown(run: Shell) -> None:
    Path("waivers.yaml").write_text(waiver("arn:aws:s3:::web", "2999-01-01"), encoding="utf-8")
    ran = check(run, "--waivers", "waivers.yaml", policies=VIOLATED)
    assert (ran.code, ran.err) == (0, "")
    assert "1 claim: 0 violated, 0 inconclusive, 1 waived, 0 hold" in ran.out
    assert "  closed on arn:aws:s3:::web: violated\n    a website (web team, until 2999-01-01)\n" in ran.out


def test_a_waived_claim_keeps_its_witness_in_the_json_report(run: Shell) -> None:
    Path("waivers.yaml").write_text(waiver("*web", "2999-01-01"), encoding="utf-8")
    report = json.loads(check(run, "--waivers", "waivers.yaml", "-f", "json", policies=VIOLATED).out)
    claim = report["controls"][0]["claims"][0]
    assert (claim["outcome"], claim["decided"], claim["waiver"]["owner"]) == ("waived", "violated", "web team")
    assert claim["witness"]["request"]["action"] == "s3:GetObject"


def test_an_expired_waiver_waives_nothing_and_is_said(run: Shell) -> None:
    Path("waivers.yaml").write_text(waiver("*", "2020-01-01"), encoding="utf-8")
    ran = check(run, "--waivers", "waivers.yaml", policies=VIOLATED)
    assert ran.code == 1
    assert ran.err == "waiver of closed on * (web team, waivers.yaml:1:3) expired on 2020-01-01\n"


def test_a_waiver_of_a_claim_that_holds_is_said(run: Shell) -> None:
    Path("waivers.yaml").write_text(waiver("*", "2999-01-01"), encoding="utf-8")
    ran = check(run, "--waivers", "waivers.yaml")
    assert (ran.code, ran.err) == (0, "waiver of closed on * (web team, waivers.yaml:1:3) waives nothing\n")
    assert "1 claim: 0 violated, 0 inconclusive, 0 waived, 1 holds" in ran.out


# Bundles and reports.


def test_the_bundle_is_accepted_and_the_same_again(run: Shell) -> None:
    policies = HOLDS | VIOLATED | UNREADABLE
    ran = check(run, "--bundle", "a b.audit", policies=policies)
    assert ran.err == "bundle: a b.audit (verify it: auditctl verify 'a b.audit')\n"
    check(run, "--bundle", "b.audit", policies=policies)
    assert Path("a b.audit").read_bytes() == Path("b.audit").read_bytes()
    assert run("verify", "b.audit").code == check_bundle(["b.audit"]) == 0
    assert sorted(p.name for p in Path().iterdir()) == ["a b.audit", "b.audit", "controls", "snapshot"]


def test_a_disk_that_is_full_leaves_no_half_bundle(run: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, _target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    ran = check(run, "--bundle", "out.audit")
    assert (ran.code, ran.err) == (5, "error: cannot write out.audit: no space left on device\n")
    assert sorted(p.name for p in Path().iterdir()) == ["controls", "snapshot"]


def test_the_json_report_fits_its_schema(run: Shell) -> None:
    schema = json.loads(run("schema", "report").out)
    ran = check(run, "--format", "json", policies=HOLDS | VIOLATED | UNREADABLE)
    report = json.loads(ran.out)
    jsonschema.Draft202012Validator(schema).validate(report)
    assert report["counts"] == {"holds": 1, "violated": 1, "inconclusive": 1, "waived": 0}
    assert (report["format"], report["exit_code"]) == ("auditctl-report/2", ran.code)


def test_the_report_goes_to_a_file(run: Shell) -> None:
    ran = check(run, "--output", "report.txt")
    assert (ran.code, ran.out) == (0, "")
    assert (
        Path("report.txt")
        .read_text(encoding="utf-8")
        .endswith("1 claim: 0 violated, 0 inconclusive, 0 waived, 1 holds\n")
    )


def test_only_the_controls_that_are_named(run: Shell) -> None:
    write_control(Path("controls/other.yaml"))
    report = json.loads(check(run, "-f", "json", "--control", "other").out)
    assert [c["id"] for c in report["controls"]] == ["other"]


def test_a_policy_cannot_send_control_sequences_to_the_terminal(run: Shell) -> None:
    statement = OPEN | {"Condition": {"StringEquals": {"aws:Referer": "\x1b[2J\u202eevil\x07"}}}
    ran = check(run, policies={"web": [statement]})
    assert ran.code == 1
    assert not {"\x1b", "\u202e", "\x07"} & set(ran.out)
    assert "if aws:Referer is \\x1b[2J\\u202eevil\\x07." in " ".join(ran.out.split())


def test_a_file_that_is_not_part_of_an_export_is_not_skipped(run: Shell) -> None:
    write_snapshot(Path("snapshot"), HOLDS)  # type: ignore[arg-type]
    Path("snapshot/.DS_Store").write_bytes(b"\0")
    assert run("check", "snapshot", "-c", "controls").code == 0
    write_json(Path("snapshot/notes.json"), {"a": 1})
    ran = run("check", "snapshot", "-c", "controls")
    assert ran.code == 3
    assert "notes.json: not a file of an account of the snapshot" in ran.out


# Second opinions.


def test_other_solvers_agree(run: Shell) -> None:
    ran = check(run, "--cross-check", "-f", "json", policies=HOLDS | VIOLATED | UNREADABLE)
    assert ran.code == 1
    found = json.loads(ran.out)["cross_check"]
    assert found["solvers"][0]["solver"] == "z3"
    assert all(s["agreed"] > 0 and s["disagreed"] == 0 for s in found["solvers"])
    assert found["disagreements"] == []


def test_a_solver_that_disagrees_is_loud(run: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditctl.cross_check, "available", lambda: ("z3",))
    monkeypatch.setitem(auditctl.cross_check.SOLVERS, "z3", lambda _question, _seconds: Answer(Status.SAT))
    ran = check(run, "--cross-check", "--bundle", "out.audit")
    assert ran.code == 4
    script = next(Path().glob("disagreement-closed-*.smt2"))
    assert "DISAGREEMENT closed on arn:aws:s3:::logs, wide side" in ran.out
    assert f"ours: unsat; z3: sat; question: {script}" in ran.out
    assert script.read_text(encoding="utf-8").endswith("(check-sat)\n")


def test_what_a_solver_does_not_know_is_counted(run: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditctl.cross_check, "available", lambda: ("z3",))
    monkeypatch.setitem(auditctl.cross_check.SOLVERS, "z3", lambda _question, _seconds: Answer(Status.UNKNOWN))
    ran = check(run, "--cross-check")
    assert ran.code == 0
    assert "z3: 0 agree, 1 unknown, 0 disagree" in ran.out


# The exact report.

REPORT = """\
auditctl 0.1.0: 1 account exported at 2026-11-02T09:00:00Z
111122223333 (acme)

3 claims: 1 violated, 1 inconclusive, 0 waived, 1 holds

                                                                   Incon-
Severity Control                                   Holds Violated clusive Waived
critical Buckets are not readable by anonymous         1        1       1      -
         callers
         cis-aws-3.0 2.1.4; nist-800-53-r5 AC-3,
         AC-14
         1 control, 3 claims                           1        1       1      -

VIOLATED  Buckets are not readable by anonymous callers
bucket-anonymous-read, critical, 1 target; cis-aws-3.0 2.1.4; nist-800-53-r5
AC-3, AC-14

  A request without credentials cannot be traced to anybody. A bucket that
  answers one is open to the whole internet, and its content is found by
  scanners within hours.

  arn:aws:s3:::acme-web
    anyone on the internet may s3:GetObject arn:aws:s3:::acme-web/example.
    Allowed by PublicRead in bucket policy of acme-web
      111122223333/global/s3/get-bucket-policy/acme-web.json $.Policy.Statement[0]
         4 | {
         5 |   "Sid": "PublicRead",
         6 |   "Effect": "Allow",
      >  7 |   "Principal": "*",
      >  8 |   "Action": "s3:GetObject",
      >  9 |   "Resource": "arn:aws:s3:::acme-web/*"
        10 | }
    It is not denied:
      NoDrafts in bucket policy of acme-web: it is about
        arn:aws:s3:::acme-web/drafts/*, not arn:aws:s3:::acme-web/example.

  Remediation: Remove the statement that allows the principal `*`, or limit it
  to your organization with aws:PrincipalOrgID. Serve public files through
  CloudFront with origin access control.

INCONCLUSIVE  What could not be settled, and the claims that hang on it
"""


def test_the_report_reads_like_this(run: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    ran = run("check", DEMO / "snapshot", "--controls", DEMO / "controls")
    assert ran.out[: len(REPORT)] == REPORT
    assert max(map(len, ran.out.splitlines())) <= 84  # only names and paths are longer than the terminal is wide
    assert "      bucket-anonymous-read on arn:aws:s3:::acme-payroll\n" in ran.out
