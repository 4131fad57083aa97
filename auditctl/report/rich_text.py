"""The report for people: a summary, what is violated and why, what is open, what is waived.

Untrusted. Only what comes from the input can be other than ASCII.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from auditctl.report.interface import Surface
from auditctl.report.model import (
    Cause,
    Causes,
    ClaimReport,
    ControlReport,
    Counts,
    CrossCheck,
    Hop,
    Miss,
    Outcome,
    Place,
    Report,
    Severity,
    Statement,
    Witness,
)
from auditctl.report.page import Page, many, printable
from auditctl.report.way_text import flow_text, hosts_text
from auditctl.report.written_text import values_text, written_in_words, written_text

STYLES = {
    Outcome.HOLDS: "green",
    Outcome.VIOLATED: "bold red",
    Outcome.INCONCLUSIVE: "yellow",
    Outcome.WAIVED: "cyan",
}
SEVERITIES = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "",
}
_BY_SEVERITY = list(Severity)
# More than these are counted, not shown; the JSON report has all of them.
MAX_MISSES = 4
MAX_SENTENCES = 8
MAX_OPEN_CLAIMS = 8
MAX_DETAILED = 10
MAX_NAMED = 50
MAX_REQUESTS = 8
# From this width on the requirements have a column of their own.
WIDE = 110


def rich_text(report: Report, surface: Surface) -> str:
    """The text of a report."""
    page = Page(surface)
    report = printable(report)
    _head(page, report)
    _summary(page, report)
    _refused(page, report)
    for control in _worst_first(report.controls):
        _violated(page, control)
    _open(page, report)
    _waived(page, report)
    _foot(page, report)
    return page.text


# The summary.


def _head(page: Page, report: Report) -> None:
    accounts = report.snapshot.accounts
    named = ", ".join(f"{a.id} ({a.name})" if a.name else a.id for a in accounts)
    planned = report.snapshot.planned
    when = f"exported at {report.snapshot.time}" if planned is None else f"of {planned.words}"
    page.line((report.tool, "bold"), f": {many(len(accounts), 'account')} {when}")
    page.paragraph(named, style="dim")
    page.blank()
    page.line(*_total(report.counts))
    if report.partial:
        page.line(("Interrupted: this report is partial.", "bold yellow"))
    if report.not_asked:
        page.paragraph(f"Not asked of a plan: {', '.join(report.not_asked)}.", style="dim")
    page.blank()


def _summary(page: Page, report: Report) -> None:
    wide = page.width >= WIDE
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold", show_footer=True)
    table.add_column("Severity", no_wrap=True)
    table.add_column("Control", Text(f"{many(len(report.controls), 'control')}, {_claims(report.counts.total)}"))
    if wide:
        table.add_column("Requirements")
    for outcome, header in zip(Outcome, ("Holds", "Violated", "Incon-\nclusive", "Waived"), strict=True):
        footer = _number(getattr(report.counts, outcome.value), outcome)
        table.add_column(header, footer, justify="right", no_wrap=True, vertical="top")
    for control in _worst_first(report.controls):
        table.add_row(*_row(control, wide=wide))
    table.footer_style = "bold"
    page.table(table)
    page.blank()


def _row(control: ControlReport, *, wide: bool) -> list[Text]:
    severity = Text(control.severity.value, SEVERITIES[control.severity])
    title, requirements = Text(control.title), Text(_requirements(control), "dim")
    if not control.counts.total:
        title.append(" (no target)", "dim")
    named = [title, requirements] if wide else [Text("\n").join([t for t in (title, requirements) if t])]
    return [severity, *named, *[_number(getattr(control.counts, o.value), o) for o in Outcome]]


def _number(number: int, outcome: Outcome) -> Text:
    return Text(str(number), STYLES[outcome]) if number else Text("-", "dim")


def _requirements(control: ControlReport) -> str:
    return "; ".join(f"{r.framework} {', '.join(r.ids)}" for r in control.requirements)


def _worst_first(controls: Iterable[ControlReport]) -> list[ControlReport]:
    """Controls with violations first, then those with open claims; of those the more severe first."""

    def rank(control: ControlReport) -> tuple[int, int, int, str]:
        counts = control.counts
        group = 0 if counts.violated else 1 if counts.inconclusive else 2
        return group, _BY_SEVERITY.index(control.severity), -counts.violated, control.id

    return sorted(controls, key=rank)


def _claims(number: int) -> str:
    return many(number, "claim")


# What is violated.


def _violated(page: Page, control: ControlReport) -> None:
    claims = [c for c in control.claims if c.outcome is Outcome.VIOLATED]
    if not claims:
        return
    page.line((f"VIOLATED  {control.title}", "bold red"))
    about = f"{control.id}, {control.severity.value}, {many(len(claims), 'target')}"
    page.paragraph("; ".join(t for t in (about, _requirements(control)) if t), style="dim")
    page.blank()
    page.paragraph(control.rationale, indent=2)
    groups = [tuple(group) for _, group in groupby(claims, _explanation)]
    for group in groups[:MAX_DETAILED]:
        page.blank()
        claim_text(page, group)
    page.blank()
    _names(page, [claim for group in groups[MAX_DETAILED:] for claim in group])
    page.paragraph(control.remediation, indent=2, label="Remediation: ")
    page.blank()


def _explanation(claim: ClaimReport) -> object:
    """What two claims have in common if one explanation does for both."""
    parts = claim.causes and tuple((c.rule, c.statement) for c in claim.causes.found)
    shown = claim.witness and (claim.witness.applies, claim.witness.misses)
    return shown, parts, claim.path, claim.flow, claim.hosts, claim.explanation


def _names(page: Page, claims: Sequence[ClaimReport]) -> None:
    """Targets that are not shown in detail; `auditctl explain` and the JSON report have the rest."""
    if not claims:
        return
    page.line((f"And {many(len(claims), 'more target')}:", "bold"), indent=2)
    for claim in claims[:MAX_NAMED]:
        page.line(claim.target, indent=4)
    page.more(len(claims) - MAX_NAMED, "target", indent=4)
    page.blank()


def claim_text(page: Page, claims: Sequence[ClaimReport]) -> None:
    """Claims that have the same explanation: each in words, and the explanation once."""
    for claim in claims:
        page.line((claim.target, "bold"), indent=2)
        written_text(page, claim.written, indent=4)
        page.paragraph(f"{_finding(claim)}.", indent=4)
        values_text(page, claim.decided.value, claim.values, indent=4)
    hosts_text(page, claims[0].hosts)
    if claims[0].path:
        path_text(page, claims[0].path)
    if claims[0].flow is not None:
        flow_text(page, claims[0].flow)
    if claims[0].causes is not None:
        causes_text(page, claims[0].causes)
    elif claims[0].witness is not None:
        witness_text(page, claims[0].witness)
    sentences_text(page, claims[0].explanation, MAX_SENTENCES)


def _finding(claim: ClaimReport) -> str:
    """What is wrong: the request of the witness, or that there is none where some request has to be allowed."""
    if claim.witness is not None:
        return claim.witness.words
    if claim.hosts:
        return f"{many(len(claim.hosts), 'host')} on the way, the last {claim.hosts[-1].words}"
    if claim.path:
        return f"{many(len(claim.path), 'step')} from {claim.path[0].before} to {claim.path[-1].after}"
    if claim.flow is not None and claim.flow.hops:
        return f"{claim.flow.hops[0].packet.words} gets from {claim.flow.hops[0].words} to {claim.flow.hops[-1].words}"
    return f"no {claim.words.removeprefix('some ')}"


def sentences_text(page: Page, sentences: Sequence[str], most: int) -> None:
    """Reasons as a list; of many the first few and how many more."""
    page.sentences(sentences[:most], indent=4)
    page.more(len(sentences) - most, "reason", indent=4)


def witness_text(page: Page, witness: Witness) -> None:
    """The statements that decide a request."""
    for statement in witness.applies:
        _statement(page, statement)
    for remark in witness.remarks:
        page.paragraph(f"{remark}.", indent=4)
    if witness.allowed and not (witness.remarks and not witness.misses):
        _misses(page, witness.misses, "It is not denied:", "No Deny statement has a say in it.")
    elif not witness.allowed and not witness.applies and (witness.misses or not witness.remarks):
        _misses(page, witness.misses, "It is not allowed:", "No Allow statement has a say in it.")


def causes_text(page: Page, causes: Causes) -> None:
    """Every cause: the statements one after the other, each with the requests that it lets through."""
    groups: dict[object, list[Cause]] = {}
    for cause in causes.found:
        groups.setdefault((cause.statement and (cause.statement.place, cause.caller)) or cause.rule, []).append(cause)
    for number, group in enumerate(groups.values()):
        first = group[0]
        if number:
            page.blank()
            page.paragraph(f"{first.witness.words}.", indent=4)
        if first.statement is not None:
            _statement(page, _with_all_lines(group))
        if not number:
            witness_text(page, replace(first.witness, applies=_others(first)))
        elif first.statement is None:
            page.paragraph(f"{first.rule}.", indent=4)
        for cause in group[1 : MAX_REQUESTS + 1]:
            page.paragraph(f"{cause.witness.words}.", indent=4, label="Also: ", hang=2)
        page.more(len(group) - MAX_REQUESTS - 1, "request", indent=4)
    page.blank()
    _completeness(page, causes, len(groups))


def path_text(page: Page, hops: Sequence[Hop]) -> None:
    """A chain of steps as a tree: each step below the one before, with the requests that it needs."""
    tree = branch = Tree(Text(hops[0].before, "bold"), guide_style="dim")
    for hop in hops:
        label = Text(f"{hop.step}: {hop.title}" if hop.step else hop.title, "bold")
        branch = branch.add(Text.assemble(label, " -> ", (hop.after, "bold red")))
        for request in hop.requests:
            lines = [request.words, *(_by(statement.place) for statement in request.applies)]
            branch.add(
                Text("\n").join([Text(lines[0]), *(Text(line, "dim") for line in (*lines[1:], *request.remarks))])
            )
    page.tree(tree, indent=4)


def _by(place: Place) -> str:
    """The statement that allows the request of a step."""
    written = f", written as {written_in_words(place.written)}" if place.written is not None else ""
    return f"by {_named(place)}, {place.file} {place.path}{written}"


def _with_all_lines(group: Sequence[Cause]) -> Statement:
    """The statement of a group of causes, with the lines that are deciding for any of them."""
    statements = [c.statement for c in group if c.statement is not None]
    lines = zip(*(s.lines for s in statements), strict=True)
    return replace(
        statements[0],
        lines=tuple(replace(same[0], deciding=any(x.deciding for x in same)) for same in lines),
        remarks=tuple(dict.fromkeys(r for s in statements for r in s.remarks)),
    )


def _others(cause: Cause) -> tuple[Statement, ...]:
    """The other statements that its request needs."""
    return tuple(s for s in cause.witness.applies if cause.statement is None or s.place != cause.statement.place)


def _completeness(page: Page, causes: Causes, statements: int) -> None:
    number = many(len(causes.found), "cause")
    if causes.complete:
        where = f" in {statements} statements" if 1 < statements < len(causes.found) else ""
        words = f"{number}{where}; the certificate proves that there is no other."
        page.paragraph(words, indent=4, label="These are all: ")
        return
    page.paragraph(f"{number} found; there may be others:", indent=4)
    for reason in causes.reasons:
        page.paragraph(f"{reason}.", indent=6, label="- ", hang=2)


def _statement(page: Page, statement: Statement) -> None:
    place = statement.place
    verb = "Allowed" if place.effect == "Allow" else "Denied"
    named = _named(place)
    if statement in page.shown:
        page.paragraph(f"{named}, as shown above.", indent=4, label=f"{verb} by ")
        return
    page.shown.add(statement)
    page.paragraph(named, indent=4, label=f"{verb} by ")
    page.line((f"{place.file} {place.path}", "dim"), indent=6)
    written_text(page, place.written, indent=6)
    page.code(statement.lines, indent=6)
    for remark in statement.remarks:
        page.paragraph(f"{remark}.", indent=6)


def _named(place: Place) -> str:
    """A statement by its Sid or position, and its document."""
    last = place.path.rpartition(".")[2]
    name = place.sid or (last if last.startswith("Statement") else "")
    return f"{name} in {place.document}" if name else place.document


def _misses(page: Page, misses: Sequence[Miss], label: str, none: str) -> None:
    if not misses:
        page.line((none, "bold"), indent=4)
        return
    page.line((label, "bold"), indent=4)
    for miss in misses[:MAX_MISSES]:
        page.paragraph(f"{_named(miss.place)}: {miss.words}.", indent=6, hang=2)
    page.more(len(misses) - MAX_MISSES, "statement", indent=6)


def _refused(page: Page, report: Report) -> None:
    """Our own certificates that the checker refused: never to be overlooked."""
    for control in report.controls:
        for claim in control.claims:
            if claim.refused:
                page.line((f"BUG  {control.id} on {claim.target}", "bold red"))
                page.paragraph(f"{claim.refused}. Please report it.", indent=2)
                page.blank()


# What is open and what is waived.


def _open(page: Page, report: Report) -> None:
    groups: dict[tuple[str, ...], list[str]] = {}
    for control in report.controls:
        for claim in control.claims:
            if claim.outcome is Outcome.INCONCLUSIVE:
                groups.setdefault(claim.reasons, []).append(f"{control.id} on {claim.target}")
    if not groups:
        return
    page.line(("INCONCLUSIVE  What could not be settled, and the claims that hang on it", "bold yellow"))
    for reasons, names in groups.items():
        page.blank()
        for reason in reasons:
            page.paragraph(f"{reason}.", indent=2, hang=2)
        for name in names[:MAX_OPEN_CLAIMS]:
            page.line(name, indent=6)
        page.more(len(names) - MAX_OPEN_CLAIMS, "claim", indent=6)
    page.blank()


def _waived(page: Page, report: Report) -> None:
    waived = [(control, claim) for control in report.controls for claim in control.claims if claim.waiver]
    if not waived:
        return
    page.line(("WAIVED  Somebody answers for these", "bold cyan"))
    for control, claim in waived:
        if claim.waiver is None:
            continue
        page.blank()
        page.line((f"{control.id} on {claim.target}", "bold"), ": ", claim.decided.value, indent=2)
        page.paragraph(f"{claim.waiver.reason} ({claim.waiver.owner}, until {claim.waiver.expires})", indent=4)
    page.blank()


# The foot.


def _foot(page: Page, report: Report) -> None:
    if report.cross_check is not None:
        _second_opinions(page, report.cross_check)
    if report.assumptions:
        page.line(("Assumptions", "bold"))
        for one in report.assumptions:
            page.paragraph(f"{one.words} ({_claims(one.claims)}).", label="- ", hang=2)
    if report.ledger:
        parts = f"{many(len(report.ledger), 'part')} of the snapshot {'is' if len(report.ledger) == 1 else 'are'}"
        consequence = "a claim that hangs on one is inconclusive, whatever it may allow or deny"
        page.paragraph(f"{parts} not modelled; {consequence}.", label="- ", hang=2)
    if report.assumptions or report.ledger:
        page.blank()
    page.line(*_total(report.counts))


def _total(counts: Counts) -> list[str | tuple[str, str]]:
    parts: list[str | tuple[str, str]] = [(f"{_claims(counts.total)}: ", "bold")]
    for i, outcome in enumerate((Outcome.VIOLATED, Outcome.INCONCLUSIVE, Outcome.WAIVED, Outcome.HOLDS)):
        number = getattr(counts, outcome.value)
        verb = "hold" if outcome is Outcome.HOLDS and number != 1 else outcome.value
        parts += [", " if i else "", (f"{number} {verb}", STYLES[outcome] if number else "")]
    return parts


def _second_opinions(page: Page, check: CrossCheck) -> None:
    page.line(("Second opinions", "bold"))
    for one in check.solvers:
        page.line(f"{one.solver}: {one.agreed} agree, {one.unknown} unknown, {one.disagreed} disagree", indent=2)
    if check.not_compared:
        page.line(f"{many(check.not_compared, 'question')} not compared: our own search gave up", indent=2)
    for found in check.disagreements:
        page.line(("DISAGREEMENT", "bold red"), f" {found.control} on {found.target}, {found.side} side", indent=2)
        page.line(f"ours: {found.ours}; {found.solver}: {found.theirs}; question: {found.file}", indent=4)
    page.blank()
