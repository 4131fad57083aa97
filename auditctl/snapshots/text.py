"""What commands say of snapshots, for people. Untrusted."""

from collections.abc import Callable, Iterator

from auditctl.report.interface import Surface
from auditctl.report.json_text import json_of
from auditctl.report.page import printable
from auditctl.snapshots.model import SnapshotDiff, SnapshotSummary


def info_text(summary: SnapshotSummary, _surface: Surface) -> str:
    """What a snapshot is of."""
    return "".join(f"{printable(line)}\n" for line in _info_lines(summary))


def _info_lines(summary: SnapshotSummary) -> Iterator[str]:
    for label, account in zip(_labels("accounts"), summary.accounts, strict=False):
        yield f"{label}{account.id} {account.name}".rstrip()
    for name, value in (
        ("regions", ", ".join(summary.regions) or "none"),
        ("time", summary.time or "not said"),
        ("tool", summary.tool or "not said"),
        *_planned(summary),
        ("files", str(summary.files)),
        ("ledger", str(summary.ledger)),
        ("digest", summary.digest or "not sealed"),
    ):
        yield f"{name:<10}{value}"
    yield ""
    yield f"{'service':<28}{'value':>7}{'absent':>8}{'denied':>8}{'error':>7}"
    for row in summary.facts:
        yield f"{row.service:<28}{row.value:>7}{row.absent:>8}{row.denied:>8}{row.error:>7}"
    if summary.errors:
        yield ""
    for code in summary.errors:
        yield f"{code.calls:>5}  {code.code}"


def _planned(summary: SnapshotSummary) -> list[tuple[str, str]]:
    """The plan or template, where there is one, and the values that are not known yet."""
    if summary.planned is None:
        return []
    counts = ", ".join(f"{one.values} {one.kind}" for one in summary.unknown)
    return [("planned", summary.planned.words), ("unknown", counts or "none")]


def _labels(name: str) -> Iterator[str]:
    yield f"{name:<10}"
    while True:
        yield " " * 10


def diff_text(diff: SnapshotDiff, _surface: Surface) -> str:
    """How two snapshots differ."""
    return "".join(f"{printable(line)}\n" for line in _diff_lines(diff))


def _diff_lines(diff: SnapshotDiff) -> Iterator[str]:
    yield from (f"+ {path}" for path in diff.added)
    yield from (f"- {path}" for path in diff.removed)
    for one in diff.changed:
        yield f"~ {one.path}"
        yield from (f"    {member}" for member in one.members)
    for error in diff.errors:
        yield f"! {error.path}: {error.old or 'no error'} -> {error.new or 'no error'}"
    yield (
        f"{len(diff.added)} added, {len(diff.removed)} removed, {len(diff.changed)} changed, "
        f"{len(diff.errors)} failed otherwise"
    )


INFO_FORMATS: dict[str, Callable[[SnapshotSummary, Surface], str]] = {
    "rich": info_text,
    "json": lambda summary, _surface: json_of(summary),
}
DIFF_FORMATS: dict[str, Callable[[SnapshotDiff, Surface], str]] = {
    "rich": diff_text,
    "json": lambda diff, _surface: json_of(diff),
}
