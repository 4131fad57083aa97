"""The checker as one file."""

import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auditctl.pyz import build_pyz
from small_bundle import members_of, rows_of, small_bundle, with_rows, zip_of

Row = dict[str, Any]


@pytest.fixture(scope="module")
def pyz(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pyz") / "checkers.pyz"
    build_pyz(path)
    return path


def run(pyz: Path, *arguments: str) -> tuple[int, str, str]:
    """The exit code, the last line of the output and the errors of the bare interpreter on the file."""
    command = [sys.executable, "-I", "-S", "-O", str(pyz), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, (done.stdout.splitlines() or [""])[-1], done.stderr


def changed(edit: Callable[[list[Row]], object]) -> bytes:
    members = members_of(small_bundle())
    rows = rows_of(members)
    edit(rows)
    return zip_of(with_rows(members, rows))


def test_two_builds_are_equal(pyz: Path, tmp_path: Path) -> None:
    build_pyz(tmp_path / "again.pyz")
    assert (tmp_path / "again.pyz").read_bytes() == pyz.read_bytes()
    with zipfile.ZipFile(pyz) as archive:
        assert archive.namelist() == sorted(archive.namelist())
        assert {i.date_time for i in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {i.compress_type for i in archive.infolist()} == {zipfile.ZIP_STORED}


@pytest.mark.parametrize(
    ("data", "code", "last"),
    [
        pytest.param(small_bundle, 0, "accepted: ", id="accepted"),
        pytest.param(lambda: changed(lambda rows: rows.pop()), 1, "rejected: ", id="rejected"),
        pytest.param(
            lambda: changed(lambda rows: rows[0].update(certificate={"rule": "magic/1"})),
            3,
            "declined: ",
            id="declined",
        ),
        pytest.param(lambda: small_bundle()[:-9], 5, "", id="unreadable"),
    ],
)
def test_exit_codes(pyz: Path, tmp_path: Path, data: Callable[[], bytes], code: int, last: str) -> None:
    path = tmp_path / "small.audit"
    path.write_bytes(data())
    found, line, errors = run(pyz, str(path))
    assert found == code
    assert line.startswith(last)
    assert errors.startswith("unreadable: ") if code == 5 else not errors


@pytest.mark.parametrize("arguments", [[], ["a", "b"], ["--help"], ["-x"]])
def test_usage(pyz: Path, arguments: list[str]) -> None:
    assert run(pyz, *arguments) == (2, "", "usage: python -m checkers BUNDLE\n")
