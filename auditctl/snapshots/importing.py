"""`auditctl snapshot import` and `auditctl import`: a dump, a plan or a template written as a snapshot. Untrusted."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from auditctl.dumps.dump import Defaults, read_dump
from auditctl.output import check_writable
from auditctl.planned.draft import Draft
from auditctl.planned.given import Given
from auditctl.planned.source import read_planned
from auditctl.report.page import many
from auditctl.snapshots.write import write_snapshot
from auditctl.source import notices_of
from checkers.cloud.snapshot import MANIFEST
from checkers.strict_json import parse_json

PLANNED = "planned-"  # begins the operation of a file that stands for a resource of a type that is not read
NETWORK = "/ec2/planned-unmodelled.json"
_OF_A_NETWORK = "part of a network"


def import_dump(folder: Path, output: Path, defaults: Defaults, *, verbose: bool) -> Iterator[str]:
    """Write the snapshot, and say what became of the files. Raises `Unreadable` and `Unwritable`."""
    _check_place(output, folder)
    dump = read_dump(folder, defaults)
    write_snapshot(output, dump.files, parse_json(dump.files[MANIFEST](), MANIFEST))
    if verbose:
        for one in dump.placed:
            yield f"{one.file}: {one.path} ({'; '.join(one.rules)})"
    yield from notices_of(dump)
    yield f"{len(dump.placed)} files recognised, {len(dump.unrecognised)} not: {output}"


def import_planned(path: Path, output: Path, given: Given, kind: str, *, verbose: bool) -> Iterator[str]:
    """Write the snapshot of a plan or template, and say what was read. Raises `Unreadable` and `Unwritable`."""
    _check_place(output, path)
    draft = read_planned(path, given, kind)
    write_snapshot(output, draft.files(), draft.manifest())
    yield from _types("read", draft.read)
    yield from _types("left out, as it decides nothing", draft.left_out)
    yield from _unmodelled(draft, verbose=verbose)
    yield from _unknowns(draft, verbose=verbose)
    yield from draft.notices
    yield (
        f"{many(sum(draft.read.values()), 'resource')} read, {len(_addresses(draft))} not modelled, "
        f"{many(len(draft.unknowns), 'value')} not known before they are applied: {output}"
    )


def _check_place(output: Path, given: Path) -> None:
    check_writable(output / MANIFEST if output.is_dir() else output, given)


def _types(words: str, counts: Mapping[str, int]) -> Iterator[str]:
    yield from (f"{count:>5}  {kind} ({words})" for kind, count in sorted(counts.items()))


def _addresses(draft: Draft) -> dict[str, tuple[str, str]]:
    """What is not modelled, by address: its type, and why where that is known."""
    found: dict[str, tuple[str, str]] = {}
    for path, value in draft.answers.items():
        if path.endswith(NETWORK):
            found |= {str(row["Id"]): (_OF_A_NETWORK, str(row.get("Reason", ""))) for row in value["Unmodelled"]}
    for path, value in draft.answers.items():
        if f"/{PLANNED}" in path and "Address" in value:
            found[str(value["Address"])] = str(value["Type"]), str(value["Reason"])
    return found


def _unmodelled(draft: Draft, *, verbose: bool) -> Iterator[str]:
    found = _addresses(draft)
    yield from _types("not modelled", Counter(kind for kind, _ in found.values()))
    if verbose:
        for address, (kind, reason) in sorted(found.items()):
            yield f"not modelled: {address} ({kind}){': ' if reason else ''}{reason}"


def _unknowns(draft: Draft, *, verbose: bool) -> Iterator[str]:
    if verbose:
        for name, entry in sorted(draft.unknowns.items()):
            yield f"not known: {entry['attribute']} ({entry['kind']}), as <{name}>"
