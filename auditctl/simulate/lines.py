"""The requests of a file, one after the other: one JSON value, a list, or JSON lines.

Untrusted.
"""

from dataclasses import dataclass
from pathlib import Path

from auditctl.output import reason_of
from checkers.strict_json import Json, parse_json
from checkers.verdict import Unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One request as it was written, or why it could not be read."""

    number: int
    value: Json = None
    error: str = ""


def read_requests(path: Path | None, stdin: bytes) -> list[Line]:
    """The requests of a file, or of standard input."""
    if path is None:
        return read_lines(stdin, "stdin", lines=True)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Unreadable(f"{path}: {reason_of(error)}") from None
    return read_lines(content, str(path), lines=path.suffix in (".jsonl", ".ndjson"))


def read_lines(content: bytes, name: str, *, lines: bool) -> list[Line]:
    """The requests of a file: one JSON value, a list, or JSON lines. Raises `Unreadable`."""
    if not lines or _is_one_value(content):
        value = parse_json(content, name)
        rows = value if isinstance(value, list) else [value]
        return [Line(number=i, value=row) for i, row in enumerate(rows, 1)]
    found = []
    for number, text in enumerate(content.split(b"\n"), 1):
        if not text.strip():
            continue
        try:
            found.append(Line(number=number, value=parse_json(text, f"line {number}")))
        except Unreadable as error:
            found.append(Line(number=number, error=str(error).removeprefix(f"line {number}: ")))
    return found


def _is_one_value(content: bytes) -> bool:
    """Whether the whole is one JSON value over several lines, or a list."""
    start = content.lstrip()[:1]
    if start not in (b"[", b"{"):
        return False
    try:
        value = parse_json(content, "requests")
    except Unreadable:
        return False
    return isinstance(value, list | dict)
