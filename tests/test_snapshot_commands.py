"""`auditctl snapshot`: seal, verify, info, diff."""

import json
import os
import shutil
from pathlib import Path

import jsonschema
import pytest

from auditctl import exit_codes
from auditctl.output import Unwritable
from auditctl.schemas import schema_text_of
from auditctl.snapshots.difference import MAX_MEMBERS, changes
from auditctl.snapshots.seal import seal
from checkers.cloud.snapshot import root_digest
from checkers.verdict import Unreadable
from command_line import ACCOUNT, OPEN, Shell, write_control, write_json, write_snapshot

LIST = f"{ACCOUNT}/global/s3/list-buckets.json"
POLICY = f"{ACCOUNT}/global/s3/get-bucket-policy/web.json"


@pytest.fixture(name="run", autouse=True)
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    monkeypatch.chdir(tmp_path)
    write_snapshot(tmp_path / "s", {"web": [OPEN], "logs": None})
    write_control(tmp_path / "controls/anonymous.yaml")
    return Shell(capsys)


def manifest(folder: str = "s") -> dict[str, object]:
    found: dict[str, object] = json.loads(Path(folder, "snapshot.json").read_text(encoding="utf-8"))
    return found


# Sealing.


def test_seal_writes_the_digests_and_verify_finds_nothing(run: Shell) -> None:
    ran = run("snapshot", "seal", "s")
    assert (ran.code, ran.out, ran.err) == (0, f"{manifest()['root']}\n", "")
    assert manifest()["root"] == root_digest(manifest())
    ran = run("snapshot", "verify", "s")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"5 files as sealed: {manifest()['root']}\n"


def test_sealing_keeps_what_the_manifest_says() -> None:
    before = manifest()
    seal(Path("s"), before)
    assert {name: value for name, value in manifest().items() if name not in ("files", "root")} == before
    text = Path("s/snapshot.json").read_bytes()
    seal(Path("s"), manifest())
    assert Path("s/snapshot.json").read_bytes() == text


def test_a_sealed_snapshot_is_not_sealed_again_unless_asked(run: Shell) -> None:
    run("snapshot", "seal", "s")
    Path("s", LIST).write_text('{"Buckets": [], "Owner": {"ID": "own"}}', encoding="utf-8")
    ran = run("snapshot", "seal", "s")
    assert (ran.code, ran.err) == (
        5,
        "error: s: it is sealed; `auditctl snapshot verify` says whether it fits, --again seals it anew\n",
    )
    assert run("snapshot", "verify", "s").code == 1
    assert run("snapshot", "seal", "s", "--again").code == 0
    assert run("snapshot", "verify", "s").code == 0


def test_what_is_no_snapshot_is_not_sealed(run: Shell) -> None:
    Path("s/snapshot.json").write_text('{"format": "x"}', encoding="utf-8")
    assert run("snapshot", "seal", "s").err == "error: snapshot.json: format is not 'auditctl-snapshot/1'\n"
    Path("s/snapshot.json").write_text("[]", encoding="utf-8")
    assert run("snapshot", "seal", "s").err == "error: snapshot.json: format is not 'auditctl-snapshot/1'\n"
    Path("s/snapshot.json").unlink()
    assert run("snapshot", "seal", "s").err == "error: snapshot.json: missing; a snapshot directory has one\n"
    assert run("snapshot", "seal", "gone").code == 5


def test_a_seal_that_fails_leaves_the_old_manifest(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    before = Path("s/snapshot.json").read_bytes()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unwritable, match=r"^s/snapshot.json: no space left on device$"):
        seal(Path("s"), manifest())
    assert Path("s/snapshot.json").read_bytes() == before
    assert not list(Path("s").glob(".*"))


def test_a_file_that_cannot_be_read_is_not_sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_arguments: object, **_named: object) -> None:
        raise PermissionError(13, "Permission denied")

    before = manifest()
    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(Unreadable, match=r"permission denied$"):
        seal(Path("s"), before)


# Verifying, and reading what does not fit.


def test_verify_names_every_deviation(run: Shell) -> None:
    run("snapshot", "seal", "s")
    Path("s", LIST).write_text("{}", encoding="utf-8")
    Path("s", POLICY).unlink()
    Path("s/notes.json").write_text("{}", encoding="utf-8")
    write_json(Path("s/snapshot.json"), {**manifest(), "accounts": [{"id": ACCOUNT}]})
    ran = run("snapshot", "verify", "s")
    assert (ran.code, ran.err) == (1, "s: 4 deviations\n")
    assert [line.partition(":")[0] for line in ran.out.splitlines()] == ["snapshot.json", POLICY, "notes.json", LIST]


def test_verify_says_that_a_snapshot_is_not_sealed(run: Shell) -> None:
    ran = run("snapshot", "verify", "s")
    assert (ran.code, ran.out) == (1, "snapshot.json: it has no digests: `auditctl snapshot seal s` writes them\n")
    write_json(Path("s/snapshot.json"), {**manifest(), "files": []})
    ran = run("snapshot", "verify", "s")
    assert (ran.code, ran.out) == (1, "snapshot.json: files is not an object with a SHA-256 digest for each file\n")
    Path("s/snapshot.json").write_text("[]", encoding="utf-8")
    assert run("snapshot", "verify", "s").code == 5


def test_check_refuses_what_does_not_fit(run: Shell) -> None:
    run("snapshot", "seal", "s")
    Path("s", POLICY).write_text('{"Policy": "{}"}', encoding="utf-8")
    ran = run("check", "s", "--controls", "controls")
    assert (ran.code, ran.out) == (5, "")
    assert ran.err.startswith(f"error: {POLICY}: its digest is ")


def test_a_bundle_of_a_sealed_snapshot_is_checked_against_its_digests(run: Shell) -> None:
    run("snapshot", "seal", "s")
    assert run("check", "s", "--controls", "controls", "--bundle", "a.audit").code == 1
    assert run("verify", "a.audit").code == 0


def test_simulate_changes_a_sealed_snapshot(run: Shell) -> None:
    run("snapshot", "seal", "s")
    request = {
        "principal": "anonymous",
        "action": "s3:GetObject",
        "resource": "arn:aws:s3:::web/a",
        "policies": {"resource": {"Version": "2012-10-17", "Statement": []}},
    }
    write_json(Path("requests.json"), request)
    ran = run("simulate", "s", "requests.json")
    assert "its digest" not in ran.out + ran.err


# What is in it.


def test_info_counts_what_is_there(run: Shell) -> None:
    ran = run("snapshot", "info", "s")
    assert ran.code == 0
    assert f"accounts  {ACCOUNT} acme\n" in ran.out
    assert "digest    not sealed\n" in ran.out
    rows = [line.split() for line in ran.out.splitlines()]
    assert ["s3", "4", "3", "0", "0"] in rows
    assert "    1  NoSuchBucketPolicy\n" in ran.out


def test_info_as_json_has_a_schema(run: Shell) -> None:
    run("snapshot", "seal", "s")
    Path("s/notes").write_text("x", encoding="utf-8")
    assert run("snapshot", "info", "s").code == 5
    run("snapshot", "seal", "--again", "s")
    answer = json.loads(run("snapshot", "info", "s", "--format", "json").out)
    jsonschema.validate(answer, json.loads(schema_text_of("snapshot-info")))
    assert answer["digest"] == manifest()["root"]
    assert answer["files"] == 6
    assert answer["ledger"] == 1
    assert {"service": "(elsewhere)", "value": 0, "absent": 0, "denied": 0, "error": 1} in answer["facts"]


# What is different.


def test_equal_snapshots_have_no_difference(run: Shell) -> None:
    shutil.copytree("s", "t")
    run("snapshot", "seal", "t")
    ran = run("snapshot", "diff", "s", "t")
    assert (ran.code, ran.out) == (0, "0 added, 0 removed, 0 changed, 0 failed otherwise\n")


def test_diff_names_files_members_and_errors(run: Shell) -> None:
    shutil.copytree("s", "t")
    policy = json.loads(json.loads(Path("s", POLICY).read_text(encoding="utf-8"))["Policy"])
    policy["Statement"][0]["Action"] = "s3:*"
    write_json(Path("t", POLICY), {"Policy": json.dumps(policy)})
    write_json(
        Path("t", LIST), {"Buckets": [{"Name": "logs"}, {"Name": "web"}, {"Name": "new"}], "Owner": {"ID": "own"}}
    )
    Path("t/extra").write_text("{", encoding="utf-8")
    lost = f"{ACCOUNT}/global/iam/get-account-authorization-details.json"
    Path("t", lost).unlink()
    errors = [{"path": lost, "code": "AccessDenied"}, *manifest()["errors"][1:]]  # type: ignore[index]
    write_json(Path("t/snapshot.json"), {**manifest(), "errors": errors})
    ran = run("snapshot", "diff", "s", "t")
    assert ran.code == 1
    gone = manifest()["errors"][0]  # type: ignore[index]
    assert ran.out == (
        f"+ extra\n- {lost}\n"
        f"~ {POLICY}\n    $.Policy.Statement[Open].Action\n"
        f"~ {LIST}\n    $.Buckets[new] added\n"
        f"! {lost}: no error -> AccessDenied\n"
        f"! {gone['path']}: {gone['code']} -> no error\n"
        "1 added, 1 removed, 2 changed, 2 failed otherwise\n"
    )
    answer = json.loads(run("snapshot", "diff", "s", "t", "--format", "json").out)
    jsonschema.validate(answer, json.loads(schema_text_of("snapshot-diff")))
    assert [one["path"] for one in answer["changed"]] == [POLICY, LIST]


def test_diff_of_files_that_are_no_json_and_of_spaces(run: Shell) -> None:
    shutil.copytree("s", "t")
    Path("t", LIST).write_text(Path("s", LIST).read_text(encoding="utf-8") + "\n", encoding="utf-8")
    Path("t", POLICY).write_text("{", encoding="utf-8")
    out = run("snapshot", "diff", "s", "t").out
    assert f"~ {LIST}\n    nothing but spaces, or the order of members\n" in out
    assert f"~ {POLICY}\n    $\n" in out


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"b": 1}, ["$.a removed", "$.b added"]),
        ([1, 2], [1, 3, 4], ["$[1]", "$[2] added"]),
        ([{"Id": "x", "n": 1}], [{"Id": "y", "n": 1}], ["$[x] removed", "$[y] added"]),
        ([{"Id": "x"}, {"Id": "x"}], [{"Id": "x"}], ["$[1] removed"]),
        ([{"Id": "x"}, {"Id": "y"}], [{"Id": "y"}, {"Id": "x"}], ["$: another order"]),
        ([{}], [{"Id": "y"}], ["$[0].Id added"]),
        ("{", "{}", ["$"]),
        ('{"a": 1}', '{"a":1}', ["$"]),
        ('{"a": 1}', '{"a": 2}', ["$.a"]),
        (None, [], ["$"]),
    ],
)
def test_the_smallest_members_that_differ(old: object, new: object, expected: list[str]) -> None:
    assert list(changes(old, new, "$")) == expected


def test_of_many_members_the_first_are_named(run: Shell) -> None:
    shutil.copytree("s", "t")
    write_json(Path("t", POLICY), {f"m{i}": i for i in range(MAX_MEMBERS + 5)})
    (changed,) = json.loads(run("snapshot", "diff", "s", "t", "--format", "json").out)["changed"]
    assert len(changed["members"]) == MAX_MEMBERS + 1
    assert changed["members"][-1] == "..."


@pytest.mark.parametrize(
    ("heading", "meanings"),
    [("verify", exit_codes.SNAPSHOT_VERIFY), ("diff", exit_codes.SNAPSHOT_DIFF)],
)
def test_the_exit_codes_are_documented(heading: str, meanings: dict[int, str]) -> None:
    text = (Path(__file__).parent.parent / "docs/exit-codes.md").read_text(encoding="utf-8")
    section = text.split(f"\n## auditctl snapshot {heading}\n")[1].split("\n#")[0]
    rows = "".join(f"| {int(code)} | {meaning} |\n" for code, meaning in meanings.items())
    assert f"\n| code | meaning |\n|---|---|\n{rows}" in section
