"""A Terraform plan or a CloudFormation template as the draft of a snapshot. Untrusted."""

from pathlib import Path

from auditctl.planned.draft import Draft
from auditctl.planned.given import Given
from auditctl.planned.kinds import TERRAFORM, TITLES, kind_of
from checkers.limits import MAX_FILE_BYTES
from checkers.verdict import Unreadable


def read_planned(path: Path, given: Given, kind: str = "") -> Draft:
    """The draft of what a file plans; without a kind its content tells which it is. Raises `Unreadable`."""
    data, name = read_bytes(path), name_of(path)
    if (kind or kind_of(data, name)) == TERRAFORM:
        from auditctl.planned import terraform

        draft = terraform.read(data, name, given)
        if given.parameters:
            draft.notices.append("a Terraform plan has the values of its variables: parameters of templates are unused")
        return draft
    from auditctl.planned import cloudformation

    return cloudformation.read(data, name, given)


def name_of(path: Path) -> str:
    """What a file is called in a snapshot: as it was given, but nothing of where it is on this machine."""
    return path.name if path.is_absolute() or ".." in path.parts else path.as_posix()


def read_bytes(path: Path) -> bytes:
    """The content of a file, or of a pipe. Raises `Unreadable`."""
    if path.is_dir():
        raise Unreadable(f"{path}: a directory; {' and '.join(f'a {title}' for title in TITLES.values())} are files")
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise Unreadable(f"{path}: {(error.strerror or type(error).__name__).lower()}") from None
    if len(data) > MAX_FILE_BYTES:
        raise Unreadable(f"{path}: more than {MAX_FILE_BYTES} bytes")
    return data
