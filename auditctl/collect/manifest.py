"""The end of a collection: `snapshot.json`, and what was met."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

from auditctl import __version__
from auditctl.collect.accounts import Account
from auditctl.collect.cuts import names_of_cuts
from auditctl.collect.folder import Folder
from auditctl.exit_codes import ExitCode
from auditctl.snapshots.seal import seal
from checkers.cloud.snapshot import ABSENT_CODES, DENIED_CODES, FORMAT


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What was met. Files are answers; the others stand for calls without one."""

    accounts: int
    files: int
    absent: int
    denied: int
    failed: int

    @property
    def exit_code(self) -> ExitCode:
        """Whether every call has an answer that says what there is."""
        return ExitCode.INCONCLUSIVE if self.denied or self.failed else ExitCode.OK

    @property
    def text(self) -> str:
        """One line."""
        found = f"{_many(self.accounts, 'account')}: {_many(self.files, 'answer')}, {_many(self.absent, 'time')} none"
        return f"{found}, {_many(self.denied, 'call')} denied, {self.failed} failed"


def _many(number: int, word: str) -> str:
    return f"{number} {word}{'s' if number != 1 else ''}"


def write_manifest(folder: Folder, accounts: Sequence[Account], time: str) -> Count:
    """Write `snapshot.json`: a collection has none before its end."""
    errors = sorted((row for a in accounts for row in folder.journal(a.id).rows()), key=itemgetter("path"))
    manifest = {
        "format": FORMAT,
        "time": time,
        "tool": f"auditctl/{__version__}",
        "accounts": [{"id": a.id, **({"name": a.name} if a.name else {}), "partition": a.partition} for a in accounts],
        "cut": names_of_cuts(),
        "errors": errors,
    }
    seal(folder.root, manifest)
    kinds = Counter(_kind(row["path"], row["code"]) for row in errors)
    return Count(
        accounts=len(accounts),
        files=folder.count(),
        absent=kinds["absent"],
        denied=kinds["denied"],
        failed=kinds["failed"],
    )


def _kind(path: str, code: str) -> str:
    operation = path.removesuffix(".json").split("/")[3]
    if operation in ABSENT_CODES.get(code, ()):
        return "absent"
    return "denied" if code in DENIED_CODES else "failed"
