"""Snapshots turned into dumps: the same answers under other names."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from auditctl.dumps import Defaults, Dump, read_dump
from checkers.strict_json import parse_json

ACME = Path(__file__).resolve().parents[2] / "examples/acme"
Parts = tuple[str, str, str, str, str]  # account, region, service, operation, resource
Rename = Callable[[int, Parts], str]


def parts_of(path: str) -> Parts:
    account, region, service, operation, *name = path.removesuffix(".json").split("/")
    return account, region, service, operation, "/".join(name)


def answers_of(folder: Path) -> dict[str, bytes]:
    """The files of a snapshot directory, and its errors as the AWS CLI prints them, by path."""
    manifest = json.loads((folder / "snapshot.json").read_text(encoding="utf-8"))
    files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*.json"))}
    files |= {row["path"]: row["message"].encode() for row in manifest["errors"]}
    return {path: data for path, data in files.items() if path != "snapshot.json"}


def encoded(files: Mapping[str, Any]) -> dict[str, bytes]:
    """The files of a made-up snapshot, by path."""
    return {path: json.dumps(value).encode() for path, value in files.items() if path != "snapshot.json"}


def write_renamed(folder: Path, answers: Mapping[str, bytes], rename: Rename) -> dict[str, str]:
    """Write the answers under other names; from name to path."""
    names: dict[str, str] = {}
    for i, (path, data) in enumerate(answers.items()):
        name = rename(i, parts_of(path))
        assert name not in names, (name, path, names[name])
        names[name] = path
        write(folder / name, data)
    return names


def write(path: Path, data: bytes | str | Mapping[str, Any]) -> None:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = data if isinstance(data, bytes) else (data if isinstance(data, str) else json.dumps(data)).encode()
    path.write_bytes(raw)


def read(folder: Path, account: str = "", region: str = "") -> Dump:
    return read_dump(folder, Defaults(account=account, region=region))


def paths_of(dump: Dump) -> dict[str, str]:
    """From the name of each file that was recognised to its path."""
    return {one.file: one.path for one in dump.placed}


def reasons_of(dump: Dump) -> dict[str, str]:
    """From the name of each file that was not recognised to why."""
    return {one.file: one.reason for one in dump.unrecognised}


def manifest_of(dump: Dump) -> Any:
    return parse_json(dump.files["snapshot.json"](), "snapshot.json")
