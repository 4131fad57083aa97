"""`auditctl snapshot import`: a dump written as a snapshot. Untrusted."""

from collections.abc import Iterator
from pathlib import Path

from auditctl.dumps.dump import Defaults, read_dump
from auditctl.dumps.source import notices_of
from auditctl.output import check_writable
from auditctl.snapshots.write import write_snapshot
from checkers.cloud.snapshot import MANIFEST
from checkers.strict_json import parse_json


def import_dump(folder: Path, output: Path, defaults: Defaults, *, verbose: bool) -> Iterator[str]:
    """Write the snapshot, and say what became of the files. Raises `Unreadable` and `Unwritable`."""
    check_writable(output / MANIFEST if output.is_dir() else output, folder)
    dump = read_dump(folder, defaults)
    write_snapshot(output, dump.files, parse_json(dump.files[MANIFEST](), MANIFEST))
    if verbose:
        for one in dump.placed:
            yield f"{one.file}: {one.path} ({'; '.join(one.rules)})"
    yield from notices_of(dump)
    yield f"{len(dump.placed)} files recognised, {len(dump.unrecognised)} not: {output}"
