"""Whole processes: `auditctl check` over the corpus, and the bare checker on its bundle."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from bench.corpus import CONTROLS, ROOT, Corpus
from bench.table import Figure

BYTES = 1 if sys.platform == "darwin" else 1024  # the unit of ru_maxrss
_ERRORS = 500  # characters of a failed process's last words that are shown


@dataclass(frozen=True, slots=True)
class Run:
    """What a process took, and why it counts as failed."""

    seconds: float
    processor: float  # seconds
    megabytes: float
    problem: str = ""


def run(command: Sequence[str], *, expected: Sequence[int], output: Path) -> Run:
    """Run a command to its end, what it prints dropped. It has failed unless the output file is there."""
    start = perf_counter()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
    with process.stderr:  # type: ignore[union-attr]  # it is a pipe
        errors = process.stderr.read().decode(errors="replace")  # type: ignore[union-attr]
    _, status, usage = os.wait4(process.pid, 0)
    seconds = perf_counter() - start
    process.returncode = code = os.waitstatus_to_exitcode(status)
    is_done = code in expected and output.is_file()
    problem = "" if is_done else f"exit code {code}: {errors[-_ERRORS:].strip()}"
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * BYTES / 1e6, problem)


def audit(snapshot: Path, controls: Path, bundle: Path, *, only: Sequence[str] = ()) -> Run:
    """`auditctl check` on a snapshot that has violations, so that its exit code is 1; all controls unless some are named."""
    chosen = [f"--control={name}" for name in only]
    arguments = ["check", str(snapshot), "--controls", str(controls), "--bundle", str(bundle), *chosen]
    return run([sys.executable, "-m", "auditctl", *arguments], expected=(0, 1), output=bundle)


def check(bundle: Path) -> Run:
    """The bare checker on a bundle."""
    return run([sys.executable, "-I", "-S", "-O", str(ROOT / "checkers"), str(bundle)], expected=(0,), output=bundle)


def measure(corpus: Corpus, bundle: Path) -> list[Figure]:
    """The figures of the two processes."""
    return [
        *_figures("audit", "auditctl check", audit(corpus.snapshot, CONTROLS, bundle), seconds=15, megabytes=400),
        *_figures("checker", "python -m checkers", check(bundle), seconds=5, megabytes=200),
    ]


def _figures(name: str, title: str, done: Run, *, seconds: float, megabytes: float) -> list[Figure]:
    ok = not done.problem
    note = done.problem.replace("\n", " ")
    return [
        Figure(
            id=f"{name}.seconds",
            name=f"{title}: whole process",
            value=done.seconds if ok else None,
            unit="s",
            at_most=seconds,
            note=note,
        ),
        Figure(
            id=f"{name}.megabytes",
            name=f"{title}: peak memory",
            value=done.megabytes if ok else None,
            unit="MB",
            at_most=megabytes,
        ),
    ]
