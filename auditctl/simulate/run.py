"""`auditctl simulate` from its options to its output.

Untrusted.
"""

import sys
from dataclasses import dataclass, field
from pathlib import Path

from auditctl.output import check_writable, surface_of, write_result
from auditctl.progress import progress
from auditctl.reading import files_of
from auditctl.simulate.answer import Decision, exit_code
from auditctl.simulate.formats import FORMATS, whole_json
from auditctl.simulate.lines import read_requests
from auditctl.simulate.simulator import Simulator
from auditctl.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user asked for."""

    snapshot: Path | None
    requests: Path
    source: Source = field(default_factory=Source)
    form: str = "rich"
    output: Path | None = None


def simulate(options: Options) -> int:
    """Decide every request, in the order in which they stand; the exit code."""
    if options.output is not None:
        check_writable(options.output, options.snapshot)
    files = files_of(options.snapshot, options.source) if options.snapshot is not None else None
    is_stdin = str(options.requests) == "-"
    lines = read_requests(None if is_stdin else options.requests, sys.stdin.buffer.read() if is_stdin else b"")
    simulator = Simulator(files)
    surface = surface_of(options.output)
    decisions: list[Decision] = []
    texts: list[str] = []
    with progress("simulating", len(lines)) as advance:
        for decision in simulator.decide_all(lines):
            decisions.append(decision)
            if options.form != "json":
                text = FORMATS[options.form](decision, surface)
                if options.output is None:
                    write_result(text)
                else:
                    texts.append(text)
            advance()
    if options.form == "json":
        write_result(whole_json(decisions), options.output)
    elif options.output is not None:
        write_result("".join(texts), options.output)
    return exit_code(decisions).value
