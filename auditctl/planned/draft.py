"""A snapshot while it is written from a plan or template: files, errors, unknown values, and where each thing is from.

Untrusted. Rows are added to the answers that list them, in the order in which they come.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter
from typing import Any

from auditctl import __version__
from auditctl.planned.things import Origin
from auditctl.snapshot import Files
from checkers.cloud.snapshot import FORMAT, MANIFEST
from checkers.strict_json import Json
from checkers.verdict import Unreadable

# Kinds of unknown values. A `name` is one that nothing else has: an id, a name or a part of one that is made when the
# plan is applied. Any other may turn out to be any value of its type.
KINDS = ("name", "text", "number", "flag", "list", "address", "block")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.-]+")
# The error code of an answer whose shape is not known before the apply.
KNOWN_AFTER_APPLY = "KnownAfterApply"


@dataclass(slots=True)
class Draft:
    """The snapshot. `planned` says what it was made of: kind, file, format version, digest."""

    planned: Mapping[str, str]
    time: str = ""
    accounts: dict[str, str] = field(default_factory=dict)  # id to partition
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)  # path to content
    errors: dict[str, tuple[str, str]] = field(default_factory=dict)  # path to code and message
    unknowns: dict[str, dict[str, Any]] = field(default_factory=dict)  # name to entry
    documents: dict[str, dict[str, Origin]] = field(default_factory=dict)  # path, and path within it, to origin
    things: dict[str, Origin] = field(default_factory=dict)  # id or ARN to origin
    read: dict[str, int] = field(default_factory=dict)  # type of resource to how many are read
    left_out: dict[str, int] = field(default_factory=dict)  # as `read`: those that decide nothing
    notices: list[str] = field(default_factory=list)  # what the user should be told
    _names: dict[tuple[str, str], str] = field(default_factory=dict)  # attribute and kind to name

    def count(self, kind: str, *, is_read: bool = True) -> None:
        """Note that a resource of a type is read, or decides nothing. Those not modelled are counted by their files."""
        counts = self.read if is_read else self.left_out
        counts[kind] = counts.get(kind, 0) + 1

    def add_account(self, account: str, partition: str = "aws") -> None:
        """Note an account of the snapshot."""
        self.accounts.setdefault(account, partition)

    def unknown(self, attribute: str, kind: str, *, example: Json = None, within: Sequence[str] = ()) -> str:
        """The marker of the value of an attribute that is not known yet; the same one for the same attribute.

        `example` is a value that it may have; a `name` needs none. `within` are the blocks that an address lies in.
        """
        place = (attribute, kind)
        if place not in self._names:
            plain = _NOT_IN_NAMES.sub("-", attribute).strip("-") or "value"
            name, number = plain, 1
            while name in self.unknowns:
                number += 1
                name = f"{plain}-{number}"
            entry: dict[str, Any] = {"name": name, "attribute": attribute, "kind": kind}
            if kind != "name":
                entry["example"] = example
            if within:
                entry["within"] = list(within)
            self.unknowns[name] = entry
            self._names[place] = name
        return f"<{self._names[place]}>"

    def suffix(self, attribute: str) -> str:
        """The marker of the six characters that AWS puts behind the name of a secret in its ARN: a name, as long."""
        place = (attribute, "suffix")
        if place not in self._names:
            number = sum(1 for _, kind in self._names if kind == "suffix") + 1
            while (name := _base36(number)) in self.unknowns:
                number += 1
            self.unknowns[name] = {"name": name, "attribute": attribute, "kind": "name"}
            self._names[place] = name
        return f"<{self._names[place]}>"

    def put(  # each is a part of the path
        self, account: str, region: str, operation: str, resource: str, value: Mapping[str, Any]
    ) -> str:
        """Write one answer; `operation` is `SERVICE/OPERATION`, `resource` empty where it has none. Its path."""
        path = path_of(account, region, operation, resource)
        if path in self.answers and self.answers[path] != value:
            raise ValueError(f"{path} is written twice")
        self.answers[path] = dict(value)
        return path

    def add(  # each is a part of the place
        self, account: str, region: str, operation: str, member: str, row: Mapping[str, Any], resource: str = ""
    ) -> tuple[str, str]:
        """Add a row to the list `member` of an answer. Its path, and the path of the row within it."""
        path = path_of(account, region, operation, resource)
        rows = self.answers.setdefault(path, {}).setdefault(member, [])
        rows.append(row)
        return path, f"$.{member}[{len(rows) - 1}]"

    def start(self, account: str, region: str, operation: str, member: str, resource: str = "") -> None:
        """Have an answer with a list, empty unless something is added."""
        self.answers.setdefault(path_of(account, region, operation, resource), {}).setdefault(member, [])

    def fail(  # each is a part of the entry
        self, account: str, region: str, operation: str, resource: str, code: str, message: str
    ) -> str:
        """Note that there is no answer, and why. Its path."""
        path = path_of(account, region, operation, resource)
        self.errors[path] = code, message
        self.answers.pop(path, None)
        return path

    def came_from(self, origin: Origin, *, thing: str = "", path: str = "", within: str = "$") -> None:
        """Note where a thing, or a part of an answer, is written."""
        if thing:
            self.things[thing] = origin
        if path:
            self.documents.setdefault(path, {})[within] = origin

    def manifest(self) -> dict[str, Any]:
        """The content of snapshot.json."""
        errors = [{"path": p, "code": c, "message": m} for p, (c, m) in sorted(self.errors.items())]
        return {
            "format": FORMAT,
            **({"time": self.time} if self.time else {}),
            "tool": f"auditctl/{__version__}",
            "planned": dict(self.planned),
            "accounts": [{"id": a, "partition": p} for a, p in sorted(self.accounts.items())],
            "unknown": sorted(self.unknowns.values(), key=itemgetter("name")),
            "origins": {
                "documents": {
                    p: {w: _row(o) for w, o in sorted(found.items())} for p, found in sorted(self.documents.items())
                },
                "things": {name: _row(origin) for name, origin in sorted(self.things.items())},
            },
            "errors": errors,
        }

    def files(self) -> Files:
        """The files of the snapshot, in memory."""
        found = {path: partial(_encoded, value) for path, value in sorted(self.answers.items())}
        return {MANIFEST: partial(_encoded, self.manifest()), **found}


def _base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    return "".join(digits[number // 36**place % 36] for place in (3, 2, 1, 0))


def path_of(account: str, region: str, operation: str, resource: str = "") -> str:
    """The path of an answer in a snapshot. Raises `Unreadable` for a name that no path can have."""
    path = f"{account}/{region}/{operation}{'/' if resource else ''}{resource}.json"
    if not path.isprintable() or "\\" in path or {".", ".."} & set(path.split("/")):
        raise Unreadable(f"{resource!r:.200} is a name that no file of a snapshot can have ({operation})")
    return path


def _row(origin: Origin) -> dict[str, Any]:
    found: dict[str, Any] = {"address": origin.address}
    if origin.file:
        found["file"] = origin.file
    if origin.line:
        found["line"] = origin.line
    if origin.attribute:
        found["attribute"] = origin.attribute
    return found


def _encoded(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
