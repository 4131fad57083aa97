"""What the user gave: a snapshot, a dump, a Terraform plan or a CloudFormation template, told apart by its content.

Untrusted. What reads plans and templates is imported where there is one.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from auditctl.dumps import Defaults, Dump, read_dump
from auditctl.planned.given import Given
from auditctl.planned.kinds import TITLES, kind_of
from auditctl.planned.source import read_bytes, read_planned
from auditctl.snapshot import Files, read_directory
from checkers.cloud.snapshot import MANIFEST
from checkers.verdict import Unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a path is, empty where its content tells, and what the user says beside it."""

    kind: str = ""
    given: Given = field(default_factory=Given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """The files of a snapshot, and what the user should be told of how they were read."""

    files: Files
    notices: tuple[str, ...] = ()


def read_source(path: Path, source: Source | None = None) -> Read:
    """The files of what is at a path, as those of a snapshot. Raises `Unreadable`. An empty folder is a snapshot."""
    asked = source or Source()
    if asked.kind in TITLES or (not asked.kind and _is_file(path)):
        draft = read_planned(path, asked.given, asked.kind)
        return Read(files=draft.files(), notices=tuple(draft.notices))
    files = read_directory(path)
    if asked.kind == "snapshot" or (not asked.kind and (MANIFEST in files or not files)):
        return Read(files=files)
    dump = _dump(path, files, defaults_of(asked.given))
    return Read(files=dump.files, notices=tuple(notices_of(dump)))


def is_planned(path: Path) -> bool:
    """Whether the content of a file is that of a plan or template."""
    return bool(_title(str(path), read_bytes(path)))


def defaults_of(given: Given) -> Defaults:
    """What the user says of the files of a dump that do not tell."""
    return Defaults(account=given.account, region=given.region)


def notices_of(dump: Dump) -> Iterator[str]:
    """What of a dump was not understood, by file."""
    for one in dump.unrecognised:
        yield f"not recognised: {one.file}: {one.reason}"
    yield from dump.clashes


def _is_file(path: Path) -> bool:
    """Also a pipe: `auditctl check <(terraform show -json tfplan)`."""
    return path.exists() and not path.is_dir()


def _dump(path: Path, files: Files, defaults: Defaults) -> Dump:
    """A folder as a dump; where nothing in it is an answer, the plan or template in it is named."""
    try:
        return read_dump(path, defaults)
    except Unreadable:
        titles = {name: _title(name, read()) for name, read in files.items()}
        found = next((f"{name} in it is a {title}: name that file" for name, title in titles.items() if title), "")
        if found:
            raise Unreadable(f"{path}: no snapshot and no dump; {found}") from None
        raise


def _title(name: str, data: bytes) -> str:
    """What a file is, empty where it is no plan or template."""
    with suppress(Unreadable):
        return TITLES[kind_of(data, name)]
    return ""
