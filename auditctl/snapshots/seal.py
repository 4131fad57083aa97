"""Writing `snapshot.json`: the digests of the files beside it, and a root digest over everything.

Untrusted: `checkers/cloud/snapshot.py` checks the digests whenever a snapshot is read.
"""

import json
import os
from collections.abc import Mapping
from hashlib import file_digest
from pathlib import Path
from typing import Any

from auditctl.output import Unwritable, reason_of
from auditctl.snapshot import list_files, read_directory, without_digests
from checkers.cloud.snapshot import MANIFEST, Snapshot, root_digest
from checkers.strict_json import Json, parse_json
from checkers.verdict import Unreadable

_UNFINISHED = f".{MANIFEST}.part"  # hidden, so that it is never part of a snapshot


def seal(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write `snapshot.json` with a digest for each file of the folder; whole, or not at all.

    `manifest` has format, accounts, errors and whatever else is to be said; digests in it are replaced. Nothing is kept
    in memory but names and digests. Raises `Unwritable`, and `Unreadable` for a file that no snapshot has.
    """
    files = {name: _digest(path, name) for name, path, _ in list_files(folder) if name != MANIFEST}
    plain = parse_json(json.dumps({**without_digests(manifest), "files": dict(sorted(files.items()))}), MANIFEST)
    write_manifest(folder, {**plain, "root": root_digest(plain)})


def write_manifest(folder: Path, manifest: Mapping[str, Json]) -> None:
    """Write `snapshot.json` as it is given; whole, or not at all, also when the machine stops. Raises `Unwritable`."""
    unfinished, path = folder / _UNFINISHED, folder / MANIFEST
    try:
        _write_synced(unfinished, json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
        unfinished.replace(path)
        _sync(folder)
    except OSError as error:
        raise Unwritable(f"{path}: {reason_of(error)}") from None
    finally:
        unfinished.unlink(missing_ok=True)


def seal_again(folder: Path, *, again: bool) -> str:
    """Seal a folder that has a `snapshot.json`; its root digest.

    One that is sealed is refused without `again`: sealing it would hide what was changed since.
    """
    files = read_directory(folder)
    manifest = parse_json(files[MANIFEST](), MANIFEST) if MANIFEST in files else None
    if isinstance(manifest, dict) and "root" in manifest and not again:
        raise Unreadable(
            f"{folder}: it is sealed; `auditctl snapshot verify` says whether it fits, --again seals it anew"
        )
    plain = without_digests(manifest) if isinstance(manifest, dict) else manifest
    Snapshot({**files, MANIFEST: json.dumps(plain).encode} if manifest is not None else files)  # refuses what is none
    seal(folder, plain or {})
    found: str = parse_json((folder / MANIFEST).read_bytes(), MANIFEST)["root"]
    return found


def _digest(path: Path, name: str) -> str:
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Unreadable(f"{name}: {reason_of(error)}") from None


def _write_synced(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Have the new name written to disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
