"""What README.md shows is what happens: its console blocks are run, in order, in a copy of the project.

A line that begins with `$ ` is a command, the lines below it are its output, and a line `...` stands for
any lines. `Save this as` above a block puts the block into that file.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from collect.estate import allow, client
from collect.proxy import proxy
from collect.server import environment as account_environment
from collect.server import moto

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COPIED = ("auditctl", "checkers", "examples/acme", "policies", "Makefile", "README.md")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SAVE = re.compile(r"Save this as `([^`]+)`[^\n]*\n+\Z")
MARK = "----8<----"
GAP = "..."


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A command of README.md and the output that it shows."""

    line: int
    command: str
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block of README.md: steps, or a file to save."""

    steps: tuple[Step, ...] = ()
    path: str = ""
    text: str = ""


def blocks() -> list[Block]:
    """The blocks that are run or saved, in order."""
    found = []
    for match in BLOCK.finditer(README):
        saved = SAVE.search(README[: match.start()])
        if saved:
            found.append(Block(path=saved[1], text=match[2]))
        elif match[1] == "console":
            line = README[: match.start(2)].count("\n") + 1
            found.append(Block(steps=tuple(steps(match[2], line))))
    return found


def steps(text: str, first: int) -> list[Step]:
    """The commands of a console block."""
    found: list[Step] = []
    for line, row in enumerate(text.splitlines(), first):
        if row.startswith("$ "):
            found.append(Step(line=line, command=row[2:], shown=()))
        else:
            last = found.pop()
            found.append(Step(line=last.line, command=last.command, shown=(*last.shown, row)))
    return found


def script(block: Block) -> str:
    """A shell script that runs the commands of a block, and marks where each ends without losing its `$?`."""
    return "exec 2>&1\n" + "".join(f"{s.command}\n_code=$?; echo; echo '{MARK}'; (exit $_code)\n" for s in block.steps)


def as_pattern(shown: tuple[str, ...]) -> re.Pattern[str]:
    """What the output must match: the lines shown, with any lines where there is a gap."""
    parts = [r"(?:.*\n)*?" if row == GAP else re.escape(row.rstrip()) + r"\n" for row in shown]
    return re.compile("".join(parts))


def plain(output: str) -> str:
    """The output without spaces at the ends of lines and empty lines around it."""
    lines = [line.rstrip() for line in output.strip("\n").splitlines()]
    return "".join(f"{line}\n" for line in lines)


@pytest.fixture(name="project", scope="module")
def copy_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a reader has, with `auditctl` and `python3` as this environment has them."""
    copy = tmp_path_factory.mktemp("readme") / "auditctl"
    copy.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / name)
    programs = copy / ".programs"
    programs.mkdir()
    for name, start in (("python3", ""), ("auditctl", "-m auditctl ")):
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {start}"$@"\n', encoding="utf-8")
        program.chmod(0o755)
    return copy


@pytest.fixture(name="account", scope="module")
def fill_account() -> Iterator[dict[str, str]]:
    """A live account for the commands that need one, and the variables that lead there."""
    with moto() as address, proxy(address) as before:
        s3 = client("s3", address)
        for name in ("acme-downloads", "acme-ledger"):
            s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
            ownership = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
            s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls=ownership)
        policy = allow("s3:GetObject", "arn:aws:s3:::acme-downloads/*", "*")
        s3.put_bucket_policy(Bucket="acme-downloads", Policy=policy)
        yield account_environment(address, before.address)


def environment(project: Path) -> dict[str, str]:
    """A terminal of 100 columns without colours."""
    own = {"PATH": f"{project / '.programs'}:{os.environ['PATH']}", "PYTHONPATH": str(project)}
    return {**os.environ, **own, "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb", "PYTHONDONTWRITEBYTECODE": "1"}


def test_every_command_of_the_readme_prints_what_it_shows(project: Path, account: dict[str, str]) -> None:
    for block in blocks():
        if block.path:
            (project / block.path).parent.mkdir(parents=True, exist_ok=True)
            (project / block.path).write_text(block.text, encoding="utf-8")
            continue
        run = subprocess.run(
            ["bash", "-c", script(block)],
            cwd=project,
            env={**environment(project), **account},
            capture_output=True,
            text=True,
            check=False,
        )
        outputs = [plain(part) for part in run.stdout.split(f"\n{MARK}\n")]
        for step, output in zip(block.steps, outputs, strict=False):
            assert "bug in" not in output, output
            assert as_pattern(step.shown).fullmatch(output), (
                f"README.md:{step.line}: `{step.command}` printed\n{output}"
            )
        assert len(outputs) == len(block.steps) + 1, outputs[-1]


def test_the_readme_is_not_empty_talk() -> None:
    commands = [s.command for block in blocks() for s in block.steps]
    assert len(commands) >= 8
    assert any(c.startswith("python3 -I -S -O checkers ") for c in commands)
    assert any(".pyz" in c for c in commands)


def test_make_demo_audits_and_verifies(project: Path) -> None:
    """The recipe that a newcomer runs, in this environment instead of a new one."""
    stamps = [".venv/made-with-python3", ".venv/installed"]
    skipped = [word for stamp in stamps for word in ("-o", stamp)]
    run = subprocess.run(
        ["make", "--no-print-directory", *skipped, "demo", f"AUDITCTL={project / '.programs/auditctl'}"],
        cwd=project,
        env=environment(project),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert (project / "build/acme.audit").exists()
    assert run.stdout.splitlines()[-1].startswith("accepted: ")


def test_the_table_of_exit_codes_is_that_of_the_document() -> None:
    document = (ROOT / "docs/exit-codes.md").read_text(encoding="utf-8").split("## auditctl check\n")[1]
    table = re.search(r"(?:^\|.*\n)+", document, re.MULTILINE)
    assert table is not None
    assert table[0] in README


def test_the_targets_that_the_readme_names_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)", "\n".join(m[2] for m in BLOCK.finditer(README))))
    assert {"demo", "test"} <= named <= targets
