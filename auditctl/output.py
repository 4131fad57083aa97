"""Where text goes: results to stdout or a file, everything else to stderr.

Untrusted.
"""

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditctl.report import Surface

# Narrower tables lose words, wider paragraphs are hard to read.
MIN_WIDTH = 60
MAX_WIDTH = 120
FILE_WIDTH = 100


class Unwritable(Exception):
    """An output could not be written. An empty message: the reader of a pipe has gone, nothing to say."""


def write_result(text: str, path: Path | None = None) -> None:
    """Write a result to a file, or to stdout. Raises `Unwritable`."""
    if path is not None:
        _write_file(text, path)
        return
    try:
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except BrokenPipeError:
        raise Unwritable from None
    except OSError as error:
        raise Unwritable(f"stdout: {reason_of(error)}") from None


def _write_file(text: str, path: Path) -> None:
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise Unwritable(f"{path}: {reason_of(error)}") from None


def reason_of(error: OSError) -> str:
    """What the operating system says, as part of a message."""
    return (error.strerror or type(error).__name__).lower()


def say(text: str) -> None:
    """Tell the user something that is not a result."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201  the one place that writes to stderr


def surface_of(path: Path | None) -> "Surface":
    """What a result is written on: a file, or stdout with the width and colours that it has."""
    from rich.console import Console

    from auditctl.report import Surface

    if path is not None:
        return Surface(width=FILE_WIDTH)

    width = shutil.get_terminal_size(fallback=(80, 24)).columns
    return Surface(width=max(MIN_WIDTH, min(width, MAX_WIDTH)), colours=Console(file=sys.stdout).color_system)


def check_writable(path: Path, snapshot: Path | None = None) -> None:
    """Refuse a place for an output before the work begins, not after it. Raises `Unwritable`."""
    if path.is_dir():
        raise Unwritable(f"{path}: a directory")
    if not path.absolute().parent.is_dir():
        raise Unwritable(f"{path}: no such directory")
    # `Path.resolve` raises at a loop of links, before Python 3.13.
    if snapshot is not None and Path(os.path.realpath(path)).is_relative_to(os.path.realpath(snapshot)):
        what = "inside the snapshot, of which it would become a part" if snapshot.is_dir() else "what is read"
        raise Unwritable(f"{path}: {what}")
