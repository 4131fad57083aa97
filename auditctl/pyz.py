"""The checker as one file that Python runs: the same sources give the same bytes."""

import io
import zipfile
from pathlib import Path

import checkers

SHEBANG = b"#!/usr/bin/env python3\n"
_MAIN = """import sys

from checkers.__main__ import main

raise SystemExit(main(sys.argv[1:]))
"""
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip file can hold


def build_pyz(path: Path) -> None:
    """Write `checkers/` as an executable zip file: sorted, not compressed, without times."""
    folder = Path(checkers.__file__).parent
    members = {f"checkers/{p.relative_to(folder).as_posix()}": p.read_bytes() for p in folder.rglob("*.py")}
    members["__main__.py"] = _MAIN.encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members):
            archive.writestr(_member(name), members[name])
    path.write_bytes(SHEBANG + buffer.getvalue())
    path.chmod(0o755)


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, _EPOCH)
    member.create_system = 3  # the same on every platform
    member.external_attr = 0o644 << 16
    return member
