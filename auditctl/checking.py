"""`auditctl check` from its options to its report.

Untrusted.
"""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import starmap
from pathlib import Path
from typing import TYPE_CHECKING

from auditctl.audit import Result
from auditctl.bundle import write_bundle
from auditctl.controls import Waivers, read_waivers
from auditctl.findings.flows import idle
from auditctl.output import Unwritable, check_writable, reason_of, say, surface_of, write_result
from auditctl.progress import progress
from auditctl.report import FORMATS
from auditctl.report.make import Rules, make_report
from auditctl.report.model import Outcome, Report
from auditctl.run import Run, run, with_witness
from auditctl.source import Source
from auditctl.subject import Chosen, Subject, read_subject

if TYPE_CHECKING:
    from auditctl.cross_check import SecondOpinions


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user asked for. `seconds` limits each second opinion; None asks for none.

    `all_findings`: every cause of a violation, in the report and in the bundle. The JSON report always has them.
    """

    snapshot: Path
    chosen: Chosen
    source: Source = field(default_factory=Source)
    waivers: Path | None = None
    bundle: Path | None = None
    expected: int = 1
    seconds: float | None = None
    output: Path | None = None
    form: str = "rich"
    all_findings: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A report, and what the user should be told beside it."""

    report: Report
    notices: tuple[str, ...]


def check(options: Options, today: date) -> Checked:
    """Decide every claim; write the bundle that was asked for."""
    for path in (options.bundle, options.output):
        if path is not None:
            check_writable(path, options.snapshot)
    waivers = read_waivers(options.waivers) if options.waivers else Waivers()
    rules = Rules(waivers=waivers, today=today, expected=options.expected)
    subject = read_subject(options.snapshot, options.chosen, options.source)
    claims = subject.claims
    with progress("checking", len(claims)) as advance:
        done = run(claims, subject.inventory, advance, all_findings=options.all_findings or options.form == "json")
    others = None
    if options.seconds is not None and not done.interrupted:
        others = _ask_others(subject, done, options, options.seconds)
    report = make_report(
        subject,
        done.results,
        rules,
        partial=done.interrupted or (others is not None and others.interrupted),
        cross_check=others.report if others is not None else None,
    )
    if options.bundle is not None:
        results = done.results if options.all_findings else [with_witness(result) for result in done.results]
        save_bundle(options.bundle, subject, results, partial=done.interrupted)
    return Checked(
        report=report, notices=(*subject.notices, *_notices(report, rules), *idle(claims, subject.inventory))
    )


def publish(checked: Checked, options: Options) -> int:
    """Write the report, tell the user the rest; the exit code."""
    write_result(FORMATS[options.form](checked.report, surface_of(options.output)), options.output)
    for notice in checked.notices:
        say(notice)
    if options.bundle is not None:
        say(f"bundle: {options.bundle} (verify it: auditctl verify {shlex.quote(str(options.bundle))})")
    return checked.report.exit_code


def _ask_others(subject: Subject, done: Run, options: Options, seconds: float) -> "SecondOpinions":
    """Second opinions; questions on which solvers disagree are written beside the bundle, or here."""
    from auditctl.cross_check import SecondOpinions

    folder = options.bundle.parent if options.bundle is not None else Path()
    others = SecondOpinions(subject.inventory, folder, seconds)
    with progress("second opinions", len(done.results)) as advance:
        others.ask(done.results, advance)
    return others


def save_bundle(path: Path, subject: Subject, results: Sequence[Result], *, partial: bool) -> None:
    """Write the bundle of a run; whole, or not at all. Raises `Unwritable`."""
    try:
        write_bundle(
            path,
            snapshot=subject.files,
            controls=subject.documents,
            results=results,
            inventory=subject.inventory,
            partial=partial,
        )
    except OSError as error:
        raise Unwritable(f"{path}: {reason_of(error)}") from None
    finally:
        path.with_name(path.name + ".part").unlink(missing_ok=True)


def _notices(report: Report, rules: Rules) -> Iterator[str]:
    if report.partial:
        yield "interrupted: what was not decided by then is inconclusive, and the report says that it is partial"
    if report.counts.total < rules.expected:
        yield _too_few(report, rules.expected)
    waived = [(c.id, claim.target) for c in report.controls for claim in c.claims if claim.outcome is Outcome.WAIVED]
    for waiver in rules.waivers.entries:
        named = f"waiver of {waiver.control} on {waiver.target} ({waiver.owner}, {waiver.at})"
        if waiver.is_expired(rules.today):
            yield f"{named} expired on {waiver.expires}"
        elif not any(starmap(waiver.covers, waived)):
            yield f"{named} waives nothing"


def _too_few(report: Report, expected: int) -> str:
    if not report.controls:
        return "no control was selected: nothing was checked"
    if not report.counts.total:
        return "the controls select no target of the snapshot: nothing was checked"
    return f"{report.counts.total} claims were checked, at least {expected} are expected"
