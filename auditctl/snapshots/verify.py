"""Every way in which a sealed snapshot is not the one that was sealed.

Untrusted: the checker refuses the first of them.
"""

from collections.abc import Iterator
from pathlib import Path

from auditctl.exit_codes import ExitCode
from auditctl.output import say, write_result
from auditctl.report.page import many, printable
from auditctl.snapshot import read_directory
from checkers.cloud.snapshot import MANIFEST, Snapshot, check_digest, digests_of, unlisted
from checkers.strict_json import parse_json
from checkers.verdict import Unreadable


def report(folder: Path) -> ExitCode:
    """Print every deviation, or the digest of a snapshot that is whole; the exit code."""
    found = list(deviations(folder))
    if found:
        write_result("".join(f"{printable(line)}\n" for line in found))
        say(f"{folder}: {many(len(found), 'deviation')}")
        return ExitCode.VIOLATED
    files = read_directory(folder)
    digest = parse_json(files[MANIFEST](), MANIFEST)["root"]
    write_result(f"{many(len(files) - 1, 'file')} as sealed: {digest}\n")
    return ExitCode.OK


def deviations(folder: Path) -> Iterator[str]:
    """What does not fit, one line each; none where the snapshot is whole. Raises `Unreadable` if it is no snapshot."""
    files = read_directory(folder)
    manifest = parse_json(files[MANIFEST](), MANIFEST) if MANIFEST in files else None
    if not isinstance(manifest, dict):
        Snapshot(files)  # says what is wrong with it
        return
    try:
        digests = digests_of(manifest)
    except Unreadable as error:
        yield str(error)
        digests = manifest.get("files")
    if digests is None:
        yield f"{MANIFEST}: it has no digests: `auditctl snapshot seal {folder}` writes them"
    if not isinstance(digests, dict):
        return
    yield from unlisted(digests, files)
    for path in sorted(digests.keys() & files.keys()):
        try:
            check_digest(path, files[path](), str(digests[path]))
        except Unreadable as error:
            yield str(error)
