"""Ctrl-C in the middle of a run: a partial bundle that says so, and that the bare checker accepts."""

import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from auditctl.audit import Result
from auditctl.run import INTERRUPTED, run
from checkers.__main__ import main as check_bundle
from checkers.cloud.claims import Claim, Outcome
from checkers.cloud.inventory import Inventory
from command_line import write_control, write_snapshot

BUCKETS = 8
# Runs auditctl with a search that waits for a signal at the fourth claim.
# It takes the signal even where the tests run in the background of a shell, which has its children ignore it.
SCRIPT = """
import signal, sys, time
import auditctl.run
from auditctl.audit import decide
from auditctl.__main__ import main
asked = []
def slow(claim, inventory):
    asked.append(claim)
    if len(asked) == 4:
        print("ready", flush=True)
        time.sleep(60)
    return decide(claim, inventory)
auditctl.run.decide = slow
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(main(sys.argv[1:]))
"""


def interrupted(folder: Path) -> tuple[int, str]:
    """Run auditctl until it is at the fourth claim, interrupt it; its exit code and what it says."""
    write_snapshot(folder / "snapshot", {f"b{i}": None for i in range(BUCKETS)})
    write_control(folder / "closed.yaml")
    arguments = ["check", "snapshot", "-c", "closed.yaml", "-b", "out.audit", "-o", "report.txt"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", SCRIPT, *arguments]
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        ready = process.stdout.readline() if process.stdout is not None else ""
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert ready == "ready\n", said
    return process.returncode, said


def test_an_interrupted_run_leaves_a_partial_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = interrupted(tmp_path)
    assert code == 130
    message, bundle = said.splitlines()
    assert message == (
        "interrupted: what was not decided by then is inconclusive, and the report says that it is partial"
    )
    assert bundle.startswith("bundle: out.audit")
    assert "Interrupted: this report is partial.\n" in (tmp_path / "report.txt").read_text(encoding="utf-8")
    assert check_bundle([str(tmp_path / "out.audit")]) == 0
    printed = capsys.readouterr().out
    assert f"3 holds, 0 violated, {BUCKETS - 3} inconclusive" in printed
    assert printed.count(f"because {INTERRUPTED}\n") == BUCKETS - 3
    assert "The audit was interrupted" in printed
    with zipfile.ZipFile(tmp_path / "out.audit") as archive:
        assert b'"partial":true' in archive.read("manifest.json")


def test_an_interrupt_costs_only_what_was_not_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Claim] = []

    def until_the_third(claim: Claim, _inventory: Inventory) -> Result:
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(claim)
        return Result(claim=claim, outcome=Outcome.HOLDS)

    monkeypatch.setattr("auditctl.run.decide", until_the_third)
    claims: list[Claim] = [object() for _ in range(4)]  # type: ignore[misc]  # nothing looks at them
    found = run(claims, None, lambda: None)  # type: ignore[arg-type]  # as above
    assert found.interrupted
    assert [r.outcome.value for r in found.results] == ["holds", "holds", "inconclusive", "inconclusive"]
    assert {r.reasons for r in found.results[2:]} == {(INTERRUPTED,)}
    assert [r.claim for r in found.results] == claims


def test_an_interrupt_before_the_first_claim_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from auditctl.__main__ import main

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("auditctl.checking.read_subject", interrupt)
    write_control(tmp_path / "closed.yaml")
    assert main(["check", str(tmp_path), "-c", str(tmp_path / "closed.yaml")]) == 130
    assert capsys.readouterr().err.strip() == "interrupted"
