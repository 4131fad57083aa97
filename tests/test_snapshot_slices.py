"""`auditctl snapshot slice`: on what is left every claim has the same outcome, with the same certificates."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from auditctl.audit import claims_of, decide
from auditctl.snapshots.slicing import chosen_of, decided, slice_of
from auditctl.subject import Chosen, Subject, read_subject
from checkers.cloud.claims import check_claim
from checkers.cloud.inventory import Inventory
from checkers.cloud.snapshot import Snapshot
from command_line import Shell

ROOT = Path(__file__).resolve().parent.parent
ACME = ROOT / "examples/acme"
FOLDERS = (ROOT / "policies", ACME / "controls")
# In CI one in six, longer runs have all.
STEP = 1 if int(os.environ.get("AUDITCTL_FUZZ", "1")) > 1 else 6
CONTROLS = sorted(path.stem for folder in FOLDERS for path in folder.glob("*.yaml"))[::STEP]


@cache
def example() -> Subject:
    """The example with all controls that ship."""
    return read_subject(ACME / "snapshot", Chosen(paths=FOLDERS, parameters=ACME / "parameters.yaml"))


@pytest.mark.parametrize("control", CONTROLS)
def test_a_control_says_the_same_of_its_slice(control: str) -> None:
    subject = replace(example(), documents={control: example().documents[control]})
    results = decided(subject)
    found = slice_of(subject, results)
    inventory = Inventory(Snapshot(found.files))
    claims = claims_of(subject.controls, inventory)
    assert [c.id for c in claims] == [c.id for c in subject.claims]
    for result, claim in zip(results, claims, strict=True):
        if result.certificate is None:
            assert decide(claim, inventory).outcome is result.outcome
        else:
            assert check_claim(claim, result.certificate, inventory)[0] is result.outcome
    assert set(found.files) < set(subject.files)
    assert not set(found.left_out) & {path.split("/")[2] for path in found.files if path.count("/") > 2}


def test_a_slice_is_written_sealed_with_the_errors_of_its_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Shell(capsys)
    policies, parameters = ROOT / "policies", ACME / "parameters.yaml"
    ran = run(
        *("snapshot", "slice", ACME / "snapshot", "-o", tmp_path / "s", "--control", "queue-anonymous"),
        *("--controls", policies, "--controls", ACME / "controls", "--parameters", parameters),
    )
    assert ran.code == 0, ran.err
    assert ran.err.startswith("left out: ")
    assert ran.err.endswith(f" of {len(example().files)} files: {tmp_path / 's'}\n")
    assert run("snapshot", "verify", tmp_path / "s").code == 0
    manifest = json.loads((tmp_path / "s/snapshot.json").read_text(encoding="utf-8"))
    kept = {path.split("/")[2] for path in manifest["files"]}
    assert {row["path"].split("/")[2] for row in manifest["errors"]} <= kept
    whole, part = (
        run("check", s, "--controls", policies / "queue-anonymous.yaml") for s in (ACME / "snapshot", tmp_path / "s")
    )
    assert (whole.code, whole.out.splitlines()[-1]) == (part.code, part.out.splitlines()[-1])
    file = policies / "queue-anonymous.yaml"
    again = run("snapshot", "slice", ACME / "snapshot", "-o", tmp_path / "s", "--control", file)
    assert (again.code, again.err) == (5, f"error: cannot write {tmp_path / 's'}: not empty\n")


def test_controls_are_named_by_id_or_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.touch()
    found = chosen_of(("other", str(file)), (FOLDERS[0],), None, ("a=b",))
    assert found == Chosen(paths=(FOLDERS[0], file), settings=("a=b",), only=("other", "mine"))


def test_an_unknown_control_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("snapshot", "slice", ACME / "snapshot", "-o", tmp_path / "s", "--control", "queue-anonymos")
    ran = Shell(capsys)(*arguments, "--controls", FOLDERS[0])
    assert ran.code == 2
    assert not (tmp_path / "s").exists()
