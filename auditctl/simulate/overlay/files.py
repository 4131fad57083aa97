"""A snapshot whose files are changed as if they had been exported so.

Untrusted.
"""

import json
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from auditctl.snapshot import Files, without_digests
from checkers.cloud.snapshot import FORMAT, Snapshot
from checkers.cloud.vocabulary import account_of
from checkers.strict_json import Json, parse_json


@dataclass(slots=True)
class Overlay:
    """A snapshot with the policies of a request. `places` tell where in the request a document stands."""

    base: Snapshot | None
    files: Files
    principal: str
    resource: str
    owner: str
    made: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    places: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def account(self) -> str:
        """The caller's account; the resource's where the caller has none."""
        return account_of(self.principal) or self.owner

    def snapshot(self) -> tuple[Snapshot, Files]:
        """The snapshot as it has become."""
        manifest = self._manifest()
        left_out = {*self.errors, *self.gone}
        kept = {path: read for path, read in self.files.items() if path not in left_out}
        made = {path: json.dumps(value).encode for path, value in {**self.made, "snapshot.json": manifest}.items()}
        files = {**kept, **made}
        return Snapshot(files), files

    def _manifest(self) -> Json:
        if self.base is None:
            manifest: Json = {"format": FORMAT, "accounts": [], "errors": []}
        else:
            manifest = without_digests(deepcopy(parse_json(self.files["snapshot.json"](), "snapshot.json")))
        accounts = {row["id"] for row in manifest["accounts"]}
        needed = {p.split("/")[0] for p in self.made} | {p.split("/")[0] for p in self.errors}
        needed = needed or ({self.account} if not accounts else set())
        manifest["accounts"] += [{"id": a} for a in sorted(needed - accounts) if a != "snapshot.json"]
        replaced = {*self.made, *self.errors, *self.gone}
        manifest["errors"] = [row for row in manifest.get("errors", []) if row["path"] not in replaced]
        manifest["errors"] += [{"path": p, "code": c, "message": ""} for p, c in sorted(self.errors.items())]
        return manifest

    def read(self, path: str, default: Json) -> Json:
        """The content of a file, to be changed; the default where there is none."""
        if path not in self.made:
            there = path in self.files and path not in self.errors
            self.made[path] = deepcopy(parse_json(self.files[path](), path)) if there else default
        return self.made[path]

    def put(self, path: str, value: Json) -> None:
        """Put a file where perhaps another one, or an error, was."""
        self.made[path] = value
        self.errors.pop(path, None)

    def leave_out(self, path: str) -> None:
        """Take a file away."""
        self.made.pop(path, None)
        self.gone.add(path)
