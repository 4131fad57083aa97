"""What the user gave: a snapshot or a dump, told apart by what is in the folder.

Untrusted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from auditctl.dumps.dump import Defaults, Dump, read_dump
from auditctl.snapshot import Files, read_directory
from checkers.cloud.snapshot import MANIFEST

KINDS = ("snapshot", "dump")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a folder is, empty where its content tells, and what is to be known of a dump."""

    kind: str = ""
    defaults: Defaults = field(default_factory=Defaults)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """The files of a snapshot, and what the user should be told of how they were read."""

    files: Files
    notices: tuple[str, ...] = ()


def read_source(folder: Path, source: Source | None = None) -> Read:
    """The files of a snapshot, or of a dump as one. Raises `Unreadable`. An empty folder is a snapshot without any."""
    asked = source or Source()
    files = read_directory(folder)
    if asked.kind == "snapshot" or (not asked.kind and (MANIFEST in files or not files)):
        return Read(files=files)
    dump = read_dump(folder, asked.defaults)
    return Read(files=dump.files, notices=tuple(notices_of(dump)))


def notices_of(dump: Dump) -> Iterator[str]:
    """What of a dump was not understood, by file."""
    for one in dump.unrecognised:
        yield f"not recognised: {one.file}: {one.reason}"
    yield from dump.clashes
