"""The network of `examples/network.py`: development must not reach the databases of production.

One question about the whole network, for each size and plan of addresses, and questions about single databases.
Times of search and check begin with the files of the snapshot and end with the certificate or the verdict, so they
include reading the export and making the graph of locations.
"""

import gc
import resource
import subprocess
import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from time import process_time
from typing import Any

from auditctl.audit import claims_of, search
from auditctl.bundle import compact
from auditctl.controls import load_controls, parse_assignments
from auditctl.smt import SOLVERS, NotExpressible
from auditctl.snapshot import read_directory
from bench.corpus import ROOT, quantile
from bench.isolated import isolated
from bench.processes import BYTES
from bench.table import Figure
from checkers.audit import check_row
from checkers.cloud.claims import Claim, Outcome
from checkers.cloud.control import parse_control
from checkers.cloud.inventory import Inventory
from checkers.cloud.network.flows import flow_question
from checkers.cloud.snapshot import Snapshot
from checkers.strict_json import parse_json
from checkers.verdict import Verdict

SCRIPT = ROOT / "examples" / "network.py"
CONTROLS = ROOT / "examples" / "network" / "controls"
WHOLE, SINGLE = "development-production", "development-database"

PLANS = ("contiguous", "interleaved")
# VPCs, and the goals: seconds of search, kilobytes of the certificate as a bundle compresses it, seconds of check.
SIZES = {50: (0.5, 50.0, 0.3), 200: (3.0, 300.0, 2.0), 800: (30.0, 3000.0, 15.0)}
FEWEST = 6  # VPCs, where sizes are divided
SINGLES = 200  # VPCs of the network whose databases are asked about one by one
SAMPLE = 50  # databases
Z3_LIMIT = 60.0  # seconds


@dataclass(frozen=True, slots=True)
class Searched:
    """Processor seconds, peak memory, and the line of the certificates."""

    seconds: float
    megabytes: float
    outcome: str
    line: bytes


@dataclass(frozen=True, slots=True)
class Checked:
    """Processor seconds and peak memory of the check, and its verdict."""

    seconds: float
    megabytes: float
    verdict: str


def make_network(directory: Path, vpcs: int, plan: str, *, seed: int) -> Path:
    """Write the snapshot."""
    options = [f"--vpcs={vpcs}", f"--plan={plan}", f"--seed={seed}"]
    subprocess.run([sys.executable, str(SCRIPT), str(directory), *options], check=True, stdout=subprocess.DEVNULL)
    return directory


def load(directory: Path, control: str, *assignments: str) -> tuple[list[Claim], Inventory]:
    """The claims of one control, with the inventory that they are about."""
    inventory = Inventory(Snapshot(read_directory(directory)))
    controls = [c for c in load_controls([CONTROLS], parse_assignments(assignments)) if c.id == control]
    return claims_of([parse_control(c.document, c.id) for c in controls], inventory), inventory


def search_whole(directory: Path) -> Searched:
    """Search the one claim about the whole network."""
    start = process_time()
    (claim,), inventory = load(directory, WHOLE)
    line, outcome = _line(claim, inventory)
    return Searched(process_time() - start, _peak(), outcome, line)


def _line(claim: Claim, inventory: Inventory) -> tuple[bytes, str]:
    """The line of the certificates, and what it is."""
    certificate = search(claim, inventory)
    is_open = isinstance(certificate, tuple)
    row: dict[str, Any] = {"claim": list(claim.id)}
    row["inconclusive" if is_open else "certificate"] = list(certificate) if is_open else certificate
    return compact(row).encode(), "; ".join(certificate) if is_open else certificate["rule"]


def check_whole(directory: Path, line: bytes) -> Checked:
    """Check that claim, as the bare checker does."""
    start = process_time()
    (claim,), inventory = load(directory, WHOLE)
    report = check_row(claim, _parse(line), inventory)
    is_proved = report.verdict is Verdict.ACCEPTED and report.outcome is Outcome.HOLDS
    words = "" if is_proved else f"{report.verdict.value}, {report.outcome}: {'; '.join(report.reasons)}"
    return Checked(process_time() - start, _peak(), words)


def _parse(line: bytes) -> dict[str, Any]:
    row = parse_json(line, "certificates.jsonl")
    if not isinstance(row, dict):
        raise TypeError("a line of the certificates is an object")
    return row


def _peak() -> float:
    """Megabytes of this process at most so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES / 1e6


def each_database(directory: Path) -> tuple[list[float], list[float]]:
    """Milliseconds of search and of check for one database after the other, behind one that makes the graph."""
    claims, inventory = load(directory, SINGLE, "database=production-*-database-*")
    search(claims[0], inventory)
    gc.freeze()  # as `auditctl check` does
    step = max(1, len(claims) // SAMPLE)
    searches, checks = [], []
    for claim in claims[1::step]:
        start = process_time()
        line, _ = _line(claim, inventory)
        middle = process_time()
        report = check_row(claim, _parse(line), inventory)
        searches.append(1000 * (middle - start))
        checks.append(1000 * (process_time() - middle))
        if report.verdict is not Verdict.ACCEPTED or report.outcome is not Outcome.HOLDS:
            raise RuntimeError(f"{claim.id}: {report.verdict.value}: {report.reasons}")
    return searches, checks


def measure(scratch: Path, *, seed: int, shrink: int = 1, limit: float = Z3_LIMIT) -> list[Figure]:
    """The figures of every size and plan, of single databases, and of Z3 on the smallest size.

    Goals are those of the full sizes, also where these are divided.
    """
    figures: list[Figure] = []
    for vpcs, plan in product(SIZES, PLANS):
        count = max(FEWEST, vpcs // shrink // 2 * 2)
        directory = make_network(scratch / f"network-{vpcs}-{plan}", count, plan, seed=seed)
        found = isolated(search_whole, directory)
        checked = isolated(check_whole, directory, found.line)
        figures += _figures(vpcs, count, plan, found, checked)
        if vpcs == min(SIZES):
            figures += _rival(count, plan, directory, limit)
        if vpcs == SINGLES:
            figures += _singles(count, plan, *isolated(each_database, directory))
    return figures


def _figures(vpcs: int, count: int, plan: str, found: Searched, checked: Checked) -> list[Figure]:
    seconds, kilobytes, check_seconds = SIZES[vpcs]
    name, key = f"network, {count} VPCs, {plan}", f"network.{vpcs}.{plan}"
    is_proved = not checked.verdict
    note = checked.verdict and f"{found.outcome}; {checked.verdict}"
    return [
        Figure(
            id=f"{key}.search",
            name=f"{name}: search and certificate",
            value=found.seconds if is_proved else None,
            unit="s",
            at_most=seconds,
            note=note or f"{found.megabytes:.0f} MB at most",
        ),
        Figure(
            id=f"{key}.size",
            name=f"{name}: certificate, compressed",
            value=len(zlib.compress(found.line, 6)) / 1000 if is_proved else None,
            unit="kB",
            at_most=kilobytes,
            note=f"{len(found.line) / 1000:.0f} kB as text",
        ),
        Figure(
            id=f"{key}.check",
            name=f"{name}: check",
            value=checked.seconds if is_proved else None,
            unit="s",
            at_most=check_seconds,
            note=f"{checked.megabytes:.0f} MB at most",
        ),
    ]


def _singles(count: int, plan: str, searches: Sequence[float], checks: Sequence[float]) -> list[Figure]:
    name, key = f"network, {count} VPCs, {plan}: one database", f"network.single.{plan}"
    return [
        Figure(
            id=f"{key}.search",
            name=f"{name}, search",
            value=quantile(searches, 0.5),
            unit="ms",
            at_most=50,
            note=f"median of {len(searches)}, at most {max(searches):.0f} ms; the graph is there",
        ),
        Figure(id=f"{key}.check", name=f"{name}, check", value=quantile(checks, 0.5), unit="ms"),
    ]


# Z3 on the question as it is printed.


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer of Z3, its processor seconds with the formula, and ours with the certificate; None: no answer."""

    answer: str
    seconds: float | None = None
    ours: float = 0.0


def _rival(count: int, plan: str, directory: Path, limit: float) -> list[Figure]:
    """How long Z3 takes for the question of the smallest size, against our search. Both begin with the graph."""
    found = ask_z3(directory, limit)
    name = f"network, {count} VPCs, {plan}: Z3, times our time"
    if found.seconds is None:
        return [Figure(id=f"network.z3.{plan}", name=name, value=None, note=found.answer)]
    note = f"{found.answer} after {found.seconds:.1f} s, formula included; ours {1000 * found.ours:.0f} ms"
    return [Figure(id=f"network.z3.{plan}", name=name, value=found.seconds / found.ours, note=note)]


def ask_z3(directory: Path, limit: float) -> Answered:
    """What Z3 says, in a process that is killed where it is late."""
    context = get_context("spawn")
    connection, other = context.Pipe()
    process = context.Process(target=_serve_z3, args=(other, directory, limit), daemon=True)
    process.start()
    other.close()
    try:
        ours: float = connection.recv()
        found = connection.recv() if connection.poll(2 * limit) else Answered("stopped", 2 * limit, ours)
    except EOFError:
        found = Answered("the process of the solver died")
    process.kill()
    process.join()
    return found


def _serve_z3(connection: Connection, directory: Path, limit: float) -> None:
    (claim,), inventory = load(directory, WHOLE)
    question = flow_question(claim, inventory, wide=True)  # makes the graph
    start = process_time()
    _line(claim, inventory)
    ours = process_time() - start
    connection.send(ours)
    start = process_time()
    try:
        answer = SOLVERS["z3"](question, limit).status.value
    except NotExpressible as error:
        connection.send(Answered(str(error)))
    else:
        connection.send(Answered(answer, process_time() - start, ours))
