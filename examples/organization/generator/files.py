"""The files of a snapshot while it is made: responses, and errors in place of responses."""

import json
from pathlib import Path
from typing import Any

from generator.setting import ACCOUNTS, TIME


class Files:
    """Responses and errors, by path."""

    def __init__(self) -> None:
        self.responses: dict[str, Any] = {}
        self.errors: dict[str, str] = {}

    def put(self, path: str, response: dict[str, Any]) -> None:
        """What a call returned."""
        self.responses[f"{path}.json"] = response

    def miss(self, path: str, code: str) -> None:
        """The error that a call returned."""
        self.errors[f"{path}.json"] = code

    def write(self, directory: Path) -> int:
        """Write the snapshot; how many files it has."""
        manifest = {
            "format": "auditctl-snapshot/1",
            "time": TIME,
            "tool": "examples/organization.py",
            "accounts": [{"id": i, "name": name, "partition": "aws"} for i, name in ACCOUNTS.items()],
            "errors": [{"path": path, "code": code} for path, code in sorted(self.errors.items())],
        }
        for name, value in {"snapshot.json": manifest, **self.responses}.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
        return len(self.responses) + 1
