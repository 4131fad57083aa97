"""Writing files as a new, sealed snapshot directory. Untrusted."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from auditctl.exporting import make_folder
from auditctl.output import Unwritable, reason_of
from auditctl.progress import progress
from auditctl.snapshot import Files
from auditctl.snapshots.seal import seal
from checkers.cloud.snapshot import MANIFEST


def write_snapshot(folder: Path, files: Files, manifest: Mapping[str, Any]) -> None:
    """Write the files and seal them; `snapshot.json` comes last. Raises `Unwritable`."""
    make_folder(folder)
    names = [name for name in files if name != MANIFEST]
    with progress("writing", len(names)) as advance:
        for name in names:
            _write(folder / name, files[name]())
            advance()
    seal(folder, manifest)


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise Unwritable(f"{path}: {reason_of(error)}") from None
