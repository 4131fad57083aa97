"""`auditctl controls test`: the tests that controls carry, with the real search and the real checker.

Untrusted.
"""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from auditctl.audit import Result, claims_of, decide
from auditctl.controls import Case, write_case
from auditctl.exit_codes import ExitCode
from auditctl.findings.readings import in_words
from auditctl.progress import progress
from auditctl.snapshot import read_directory
from auditctl.subject import Chosen, read_controls
from checkers.cloud.claims import Outcome
from checkers.cloud.control import parse_control
from checkers.cloud.inventory import Inventory
from checkers.cloud.snapshot import Snapshot
from checkers.verdict import Unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """What came of one test. `found` is the outcome, `detail` why, empty where it is the expected one."""

    control: str
    name: str
    expected: str
    found: str
    detail: str = ""

    @property
    def passed(self) -> bool:
        """Whether the outcome is the one that the test names."""
        return self.found == self.expected


@dataclass(frozen=True, slots=True, kw_only=True)
class TestedControls:
    """What came of all tests, and which controls carry none."""

    tests: tuple[Tested, ...]
    untested: tuple[str, ...]

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of `auditctl controls test`."""
        if not self.tests:
            return ExitCode.INCONCLUSIVE
        return ExitCode.OK if all(t.passed for t in self.tests) else ExitCode.VIOLATED


def read_and_test(chosen: Chosen) -> TestedControls:
    """Run every test of the chosen controls."""
    controls = read_controls(chosen)
    cases = [(control.id, case) for control in controls for case in control.cases]
    tested = []
    with progress("testing", len(cases)) as advance:
        for name, case in cases:
            tested.append(run_test(name, case))
            advance()
    return TestedControls(tests=tuple(tested), untested=tuple(c.id for c in controls if not c.cases))


def run_test(control: str, case: Case) -> Tested:
    """Write the case's snapshot, decide its claim, compare."""
    with TemporaryDirectory() as folder:
        write_case(case, Path(folder))
        try:
            found, detail = _outcome(control, case, Path(folder))
        except Unreadable as error:
            found, detail = "unreadable", str(error)
    detail = "" if found == case.outcome else detail
    return Tested(control=control, name=case.name, expected=case.outcome, found=found, detail=detail)


def _outcome(control: str, case: Case, folder: Path) -> tuple[str, str]:
    """The outcome of the one claim that the case is about, and why."""
    inventory = Inventory(Snapshot(read_directory(folder)))
    claims = claims_of([parse_control(case.document, f"control {control}")], inventory)
    chosen = [c for c in claims if case.target in (None, c.target.id)]
    if len(chosen) != 1:
        there = ", ".join(c.target.id for c in claims) or "none"
        return "no claim", f"{len(chosen)} targets fit, one is expected; the control selects: {there}"
    result = decide(chosen[0], inventory)
    return result.outcome.value, _detail(result)


def _detail(result: Result) -> str:
    if result.reasons:
        return "; ".join(map(in_words, result.reasons))
    if result.claim.control.path is not None or result.claim.control.lateral is not None:
        return "a chain leads there" if result.outcome is Outcome.VIOLATED else "no chain leads there"
    request = (result.certificate or {}).get("request")
    return f"this request is allowed: {request}" if request else "no such request is allowed"
