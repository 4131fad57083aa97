"""Reading what the user points at, and saying what of it was not understood."""

from pathlib import Path

from auditctl.output import say
from auditctl.snapshot import Files
from auditctl.source import Source, read_source
from auditctl.subject import Chosen, Subject, read_subject


def files_of(path: Path, source: Source | None = None) -> Files:
    """The files of a snapshot, or of a dump, a plan or a template as one. Raises `Unreadable`."""
    read = read_source(path, source)
    for notice in read.notices:
        say(notice)
    return read.files


def subject_of(path: Path, chosen: Chosen, source: Source | None = None) -> Subject:
    """A snapshot, or what is read as one, with controls. Raises `Unreadable` and `ControlError`."""
    subject = read_subject(path, chosen, source)
    for notice in subject.notices:
        say(notice)
    return subject
