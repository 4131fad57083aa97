"""Every command that asks about a snapshot takes a dump too, and says what of it was not understood."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from command_line import Shell

ACME = Path(__file__).resolve().parent.parent.parent / "examples/acme/snapshot"
DETAILS = "333344445555/global/iam/get-account-authorization-details.json"
ROLE = "arn:aws:iam::333344445555:role/ci/gha-preview"


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    folder = tmp_path / "dump"
    folder.mkdir()
    shutil.copy(ACME / DETAILS, folder / "iam.txt")
    (folder / "notes.json").write_text('{"remember": "the milk"}\n', encoding="utf-8")
    return folder


def roles(folder: Path) -> list[str]:
    details = json.loads((folder / "iam.txt").read_text(encoding="utf-8"))
    return sorted(row["Arn"] for row in details["RoleDetailList"])


def test_commands_take_a_dump(dump: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    role = roles(dump)[0]
    request = tmp_path / "request.json"
    wanted = {"principal": role, "action": "s3:GetObject", "resource": "arn:aws:s3:::acme-web/x"}
    request.write_text(json.dumps(wanted), encoding="utf-8")
    shell = Shell(capsys)
    github = ["role-github-repositories", ROLE, "--controls", "policies"]
    for code, said, arguments in (
        (3, "perhaps may", ["query", dump, f"can {role} s3:GetObject on arn:aws:s3:::acme-web/x"]),
        (3, "identity policy: allowed", ["simulate", dump, request]),
        (0, "equal", ["diff", dump, dump, "--only", role]),
        (0, "sts:AssumeRoleWithWebIdentity", ["explain", dump, *github]),
        (0, "(check-sat)", ["smt", dump, *github]),
        (2, "the snapshot has no networks", ["trace", dump, "--from", "internet", "--to", "10.0.0.0/8"]),
    ):
        ran = shell(*arguments)
        assert ran.code == code, (arguments, ran)
        assert said in ran.out + ran.err, (arguments, ran)
        assert "not recognised: notes.json: no known operation answers with remember" in ran.err, (arguments, ran)
