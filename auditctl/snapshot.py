"""Reading a snapshot directory: relative paths, and what reads each file.

Untrusted. Files are read once, so that the bundle holds the bytes that were audited. Whatever lies in
the directory is part of the snapshot; only hidden files, which no export writes, are left out.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from errno import ELOOP
from functools import cache, partial
from pathlib import Path
from stat import S_ISREG

from checkers.limits import MAX_BUNDLE_BYTES, MAX_MEMBER_BYTES, MAX_MEMBERS
from checkers.strict_json import Json
from checkers.verdict import Unreadable

Files = Mapping[str, Callable[[], bytes]]


def read_directory(root: Path) -> Files:
    """The files of a snapshot directory by their relative path. Raises `Unreadable`."""
    found: dict[str, Callable[[], bytes]] = {}
    size = 0
    for name, path, length in list_files(root):
        size += length
        found[name] = cache(partial(_read, path, name))
    if len(found) > MAX_MEMBERS or size > MAX_BUNDLE_BYTES:
        raise Unreadable(
            f"{root}: {len(found)} files of {size} bytes; a bundle holds at most "
            f"{MAX_MEMBERS} files of {MAX_BUNDLE_BYTES} bytes"
        )
    return found


def list_files(root: Path) -> Iterator[tuple[str, Path, int]]:
    """Relative path, place and length of each file of a directory, in a fixed order. Raises `Unreadable`."""
    if not root.is_dir():
        raise Unreadable(_not_a_directory(root))
    inside = root.resolve()
    for path in _walk(root):
        name = _name(path, root)
        yield name, path, _check_file(path, name, inside)


def without_digests(manifest: Mapping[str, Json]) -> dict[str, Json]:
    """A manifest for files that are no longer those that were sealed."""
    return {name: value for name, value in manifest.items() if name not in ("files", "root")}


def _not_a_directory(root: Path) -> str:
    if not root.exists():
        return f"{root}: no such file or directory; a snapshot is a directory with a snapshot.json"
    return f"{root}: not a directory; a snapshot is a directory with a snapshot.json"


def _walk(root: Path) -> Iterator[Path]:
    """Every file that is not hidden, in a fixed order. Links to directories are refused, not skipped."""
    for folder, names, files in os.walk(root, onerror=_refuse):
        names[:] = sorted(n for n in names if not n.startswith("."))
        for name in names:
            path = Path(folder, name)
            if path.is_symlink():
                raise Unreadable(f"{path}: a link to a directory; a snapshot has none")
        yield from (Path(folder, name) for name in sorted(files) if not name.startswith("."))


def _refuse(error: OSError) -> None:
    raise Unreadable(f"{error.filename}: {_reason(error)}")


def _name(path: Path, root: Path) -> str:
    """The path within the snapshot, in the form in which a bundle has it."""
    name = path.relative_to(root).as_posix()
    if "\\" in name or ":" in name.split("/")[0] or not name.isprintable():
        raise Unreadable(f"{root}: the file name {name!r} has a character that a bundle cannot hold")
    return name


def _check_file(path: Path, name: str, inside: Path) -> int:
    """The size of a file that is one, lies in the directory and is not too large."""
    try:
        target = path.resolve(strict=True)
        status = target.stat()
    except (OSError, RuntimeError) as error:
        raise Unreadable(f"{path}: {_reason(error)}") from None
    if not target.is_relative_to(inside):
        raise Unreadable(f"{path}: a link to {target}, outside the snapshot")
    if not S_ISREG(status.st_mode):
        raise Unreadable(f"{path}: not a file")
    size = status.st_size
    if size > MAX_MEMBER_BYTES:
        raise Unreadable(f"{name}: {size} bytes; at most {MAX_MEMBER_BYTES} are supported")
    return size


def _read(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unreadable(f"{name}: {_reason(error)}") from None


def _reason(error: OSError | RuntimeError) -> str:
    words = error.strerror if isinstance(error, OSError) else os.strerror(ELOOP)  # before Python 3.13
    return (words or type(error).__name__).lower()
