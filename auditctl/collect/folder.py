"""The folder of a snapshot while it is collected: whole files and nothing half-written, and a journal of errors.

`.collect` in it holds what a collection needs to go on: its arguments, errors by account, answers that are no part of
the snapshot, and files that are being written. Readers of snapshots leave hidden folders out.
"""

import json
import os
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

from auditctl.collect.errors import Failure
from auditctl.collect.operation import Task
from auditctl.output import Unwritable, reason_of

HIDDEN = ".collect"
_TOO_LONG = 255  # bytes of a name, in the file systems in use


class Folder:
    """A folder that is written. Raises `Unwritable` where that is not possible."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.hidden = root / HIDDEN
        self._numbers = count()

    # The collection.

    @property
    def is_begun(self) -> bool:
        """Whether there is a collection to go on with."""
        return (self.hidden / "arguments.json").is_file()

    def begin(self, arguments: Mapping[str, Any]) -> None:
        """Make the folder. One that has something in it is refused."""
        with _writing(self.root):
            if self.root.exists() and (not self.root.is_dir() or any(self.root.iterdir())):
                begun = "a collection that was begun: go on with --resume" if self.is_begun else "not an empty folder"
                raise Unwritable(f"{self.root}: {begun}, or give another folder")
            (self.hidden / "half").mkdir(parents=True)
        self._replace(self.hidden / "arguments.json", json.dumps(dict(arguments), indent=2).encode())

    def go_on(self) -> dict[str, Any]:
        """The arguments of the collection that was begun. What was half-written is removed, and `snapshot.json`."""
        with _writing(self.root):
            (self.hidden / "half").mkdir(exist_ok=True)
            for path in (*(self.hidden / "half").iterdir(), self.root / "snapshot.json"):
                path.unlink(missing_ok=True)
            try:
                found = json.loads((self.hidden / "arguments.json").read_bytes())
            except ValueError:
                found = None
        if not isinstance(found, dict):
            raise Unwritable(f"{self.hidden / 'arguments.json'}: not what auditctl wrote; collect into another folder")
        return found

    # Answers.

    def place(self, task: Task) -> Path:
        """Where the answer of a call is."""
        return (self.hidden / "answers" if task.operation.is_aside else self.root) / task.path

    def read(self, task: Task) -> dict[str, Any] | None:
        """The answer of a call, None where it is not there."""
        try:
            found: dict[str, Any] = json.loads(self.place(task).read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (ValueError, OSError) as error:
            raise Unwritable(f"{task.path}: not what was collected: {error}") from None
        return found

    def has(self, task: Task) -> bool:
        """Whether the answer of a call is there."""
        return self.place(task).is_file()

    def write(self, task: Task, content: bytes) -> None:
        """Write an answer. Raises `Failure` where no file can have the name that it should have."""
        path = self.place(task)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise Failure("UnsupportedName", "a file has the name of the folder that this one should be in") from None
        except OSError as error:
            raise Unwritable(f"{path.parent}: {reason_of(error)}") from None
        if path.is_dir():
            raise Failure("UnsupportedName", "a folder has the name of this file")
        self._replace(path, content)

    def count(self) -> int:
        """How many answers there are."""
        folders = (f for f in self.root.iterdir() if f.is_dir() and f != self.hidden)
        return sum(1 for folder in folders for path in folder.rglob("*.json") if path.is_file())

    def _replace(self, path: Path, content: bytes) -> None:
        half = self.hidden / "half" / str(next(self._numbers))
        with _writing(path), half.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with _writing(path):
            half.replace(path)

    # Errors.

    def journal(self, account: str) -> "Journal":
        """The errors of one account."""
        return Journal(self.hidden / "journal" / f"{account}.jsonl")


class Journal:
    """The errors of one account, one line each, in the order in which they were met; the last one of a path counts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.errors: dict[str, tuple[str, str]] = {}
        self._file = -1
        self._lock = Lock()
        with _writing(path):
            path.parent.mkdir(exist_ok=True)
            for line in path.read_bytes().splitlines() if path.exists() else ():
                row = _row(line)
                if row is not None:
                    self.errors[row["path"]] = row["code"], row["message"]
            self.errors = {path: error for path, error in self.errors.items() if error[0]}

    def record(self, path: str, code: str, message: str) -> None:
        """Add an error."""
        if self.errors.get(path) == (code, message):
            return
        self.errors[path] = code, message
        self._append({"path": path, "code": code, "message": message})

    def clear(self, path: str) -> None:
        """Take an error back: the call has an answer now."""
        if self.errors.pop(path, None) is not None:
            self._append({"path": path, "code": "", "message": ""})

    def _append(self, row: Mapping[str, str]) -> None:
        with _writing(self.path), self._lock:
            if self._file < 0:
                self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
                os.write(self._file, b"\n")  # the last line may have been cut short by the end of a process
            os.write(self._file, (json.dumps(row) + "\n").encode())

    def rows(self) -> Iterator[dict[str, str]]:
        """The errors as `snapshot.json` has them."""
        for path, (code, message) in self.errors.items():
            yield {"path": path, "code": code, "message": message}

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._file >= 0:
                os.close(self._file)
            self._file = -1


def _row(line: bytes) -> dict[str, str] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) and {"path", "code", "message"} <= found.keys() else None


def is_plain(path: str) -> bool:
    """Whether a file can have a path, and readers of snapshots find it there."""
    parts = path.split("/")
    return (
        path.isprintable()
        and "\\" not in path
        and not any(not p or p.startswith(".") or len(p.encode("utf-8", "replace")) > _TOO_LONG for p in parts)
    )


class _writing:  # noqa: N801  it is used as a word of a `with` statement
    """Turns what the operating system refuses into `Unwritable`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, OSError):
            raise Unwritable(f"{self.path}: {reason_of(error)}") from None
