"""Reading what the user points at, a snapshot or a dump of the AWS CLI, and saying what of it was not understood."""

from pathlib import Path

from auditctl.dumps import read_source
from auditctl.output import say
from auditctl.snapshot import Files
from auditctl.subject import Chosen, Subject, read_subject


def files_of(folder: Path) -> Files:
    """The files of a snapshot, or of a dump as one. Raises `Unreadable`."""
    read = read_source(folder)
    for notice in read.notices:
        say(notice)
    return read.files


def subject_of(folder: Path, chosen: Chosen) -> Subject:
    """A snapshot or dump with controls. Raises `Unreadable` and `ControlError`."""
    subject = read_subject(folder, chosen)
    for notice in subject.notices:
        say(notice)
    return subject
