"""What `auditctl demo` does: check the example, explain what holds, verify the bundle.

Untrusted.
"""

from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.resources import as_file, files
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

import auditctl.demo
from auditctl.checking import Options, check
from auditctl.exit_codes import ExitCode
from auditctl.explaining import explained
from auditctl.output import Unwritable, reason_of, surface_of, write_result
from auditctl.report import rich_text
from auditctl.report.model import Counts
from auditctl.subject import Chosen, open_bundle
from checkers.__main__ import main as check_bundle

BUNDLE = "demo.audit"
EXPECTED = Counts(holds=1, violated=1, inconclusive=1)


def demonstrate(keep: Path | None) -> int:
    """Show the example; its directory is kept where the user says so. The exit code."""
    with ExitStack() as stack:
        place = keep if keep is not None else Path(stack.enter_context(TemporaryDirectory()))
        _copy(stack.enter_context(as_file(files(auditctl.demo))), place)
        bundle = place / BUNDLE
        options = Options(snapshot=place / "snapshot", chosen=Chosen(paths=(place / "controls",)), bundle=bundle)
        report = check(options, datetime.now(UTC).date()).report
        _show("check snapshot --controls controls --bundle demo.audit", rich_text(report, surface_of(None)))
        _show("explain demo.audit bucket-anonymous-read acme-logs", _why_it_holds(bundle))
        _show("verify demo.audit", "")
        verdict = check_bundle([str(bundle)])
    return verdict if report.counts == EXPECTED else ExitCode.BUG


def _copy(source: Path, place: Path) -> None:
    """The example's files, into a new directory."""
    try:
        for name in ("snapshot", "controls"):
            copytree(source / name, place / name)
    except OSError as error:
        raise Unwritable(f"{place}: {reason_of(error)}") from None


def _why_it_holds(bundle: Path) -> str:
    subject, answer = open_bundle(bundle)
    return "".join(explained(subject, answer, ("bucket-anonymous-read", "acme-logs"), surface_of(None)))


def _show(command: str, text: str) -> None:
    write_result(f"$ auditctl {command}\n\n{text}")
    if text:
        write_result("\n")
