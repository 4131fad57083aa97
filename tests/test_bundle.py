"""Reading a bundle: what is refused before anything is believed."""

import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checkers import limits
from checkers.bundle import Bundle
from checkers.verdict import Declined, Rejected, Unreadable, Verdict
from small_bundle import members_of, small_bundle, with_digests, zip_of

Members = dict[str, bytes]


def opened(tmp_path: Path, data: bytes) -> Bundle:
    path = tmp_path / "bundle.audit"
    path.write_bytes(data)
    return Bundle(path)


def test_a_bundle_has_its_parts(tmp_path: Path) -> None:
    bundle = opened(tmp_path, small_bundle())
    members = members_of(small_bundle())
    assert bundle.tool.startswith("auditctl ")
    assert bundle.partial is False
    assert {n for n, _ in bundle.controls()} == {n[9:-5] for n in members if n.startswith("controls/")}
    assert [n for n, _ in bundle.controls()] == sorted(n for n, _ in bundle.controls())
    assert {p: read() for p, read in bundle.snapshot().items()} == {
        n[9:]: d for n, d in members.items() if n.startswith("snapshot/")
    }
    assert len(list(bundle.certificates())) == members["certificates.jsonl"].count(b"\n")
    assert bundle.ledger() == json.loads(members["ledger.json"])


def test_the_same_members_again_are_the_same_bundle(tmp_path: Path) -> None:
    opened(tmp_path, zip_of(members_of(small_bundle())))


def renamed(old: str, new: str) -> Callable[[Members], Members]:
    return lambda members: with_digests({new if n == old else n: d for n, d in members.items()})


def manifest(**edit: Any) -> Callable[[Members], Members]:
    def change(members: Members) -> Members:
        value = {**json.loads(members["manifest.json"]), **edit}
        value = {k: v for k, v in value.items() if v != "drop"}
        return {**members, "manifest.json": json.dumps(value).encode()}

    return change


@pytest.mark.parametrize(
    ("edit", "kind", "reason"),
    [
        pytest.param(lambda _: {}, Unreadable, "has no manifest.json", id="an empty zip file"),
        pytest.param(
            lambda m: {n: d for n, d in m.items() if n != "manifest.json"},
            Unreadable,
            "has no manifest.json",
            id="no manifest",
        ),
        pytest.param(
            lambda m: {**m, "manifest.json": b"[]"}, Unreadable, "not an object", id="a manifest that is a list"
        ),
        pytest.param(
            lambda m: {**m, "manifest.json": b"{"}, Unreadable, "manifest.json: not strict JSON", id="a broken manifest"
        ),
        pytest.param(manifest(format="auditctl-bundle/2"), Declined, "'auditctl-bundle/2'", id="another format"),
        pytest.param(manifest(format="drop"), Declined, "bundle format None", id="no format"),
        pytest.param(manifest(extra=1), Rejected, "exactly the members", id="an unknown member of the manifest"),
        pytest.param(manifest(tool="drop"), Rejected, "exactly the members", id="no tool"),
        pytest.param(manifest(tool=1), Rejected, "wrong type", id="a tool that is a number"),
        pytest.param(manifest(partial=0), Rejected, "wrong type", id="partial as a number"),
        pytest.param(manifest(files=[]), Rejected, "wrong type", id="files as a list"),
        pytest.param(manifest(files={}), Rejected, "not in both", id="no files"),
        pytest.param(
            lambda m: {n: d for n, d in m.items() if n != "ledger.json"},
            Rejected,
            "ledger.json is in the manifest or in the bundle",
            id="a member that is gone",
        ),
        pytest.param(
            lambda m: {**m, "snapshot/more.json": b"{}"},
            Rejected,
            "snapshot/more.json is in the manifest or in the bundle",
            id="a member that the manifest does not name",
        ),
        pytest.param(
            lambda m: {**m, "ledger.json": m["ledger.json"] + b" "},
            Rejected,
            "ledger.json: its digest",
            id="another byte",
        ),
        pytest.param(
            lambda m: {
                **m,
                "snapshot/x/never/read.json": b"{}",
                "manifest.json": with_digests({**m, "snapshot/x/never/read.json": b"[]"})["manifest.json"],
            },
            Rejected,
            "never/read.json: its digest",
            id="another byte of a file that nothing reads",
        ),
        pytest.param(renamed("ledger.json", "/ledger.json"), Rejected, "'/ledger.json'", id="an absolute path"),
        pytest.param(
            renamed("ledger.json", "snapshot/../ledger.json"), Rejected, "is not one", id="a path that goes up"
        ),
        pytest.param(renamed("ledger.json", "snapshot/./x.json"), Rejected, "is not one", id="a path with a dot"),
        pytest.param(
            renamed("ledger.json", "snapshot//x.json"), Rejected, "is not one", id="a path with an empty part"
        ),
        pytest.param(renamed("ledger.json", "snapshot/x/"), Rejected, "is not one", id="a directory"),
        pytest.param(renamed("ledger.json", "snapshot\\x.json"), Rejected, "is not one", id="a backslash"),
        pytest.param(renamed("ledger.json", "C:/ledger.json"), Rejected, "is not one", id="a drive"),
        pytest.param(renamed("ledger.json", "notes.txt"), Rejected, "'notes.txt'", id="a member that no bundle has"),
        pytest.param(
            renamed("ledger.json", "controls/x.yaml"), Rejected, "is not one", id="a control that is not JSON"
        ),
        pytest.param(
            renamed("ledger.json", "snapshot/\x1b[2Jx.json"), Rejected, "x1b", id="a name that clears the screen"
        ),
        pytest.param(
            renamed("ledger.json", "snapshot/\u202exn.json"), Rejected, "u202e", id="a name written backwards"
        ),
        pytest.param(
            renamed("certificates.jsonl", "controls/certificates.json"),
            Unreadable,
            "has no certificates.jsonl",
            id="no certificates",
        ),
        pytest.param(
            lambda m: with_digests({**m, "certificates.jsonl": b"[]\n"}),
            Rejected,
            "certificates.jsonl:1: not an object",
            id="a line that is a list",
        ),
        pytest.param(
            lambda m: with_digests({**m, "certificates.jsonl": b"\n"}),
            Unreadable,
            "certificates.jsonl:1: not strict JSON",
            id="an empty line",
        ),
    ],
)
def test_refused(tmp_path: Path, edit: Callable[[Members], Members], kind: type[Exception], reason: str) -> None:
    with pytest.raises(kind, match=reason):
        list(opened(tmp_path, zip_of(edit(members_of(small_bundle())))).certificates())


def twice(name: str) -> bytes:
    buffer = io.BytesIO(small_bundle())
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(name, b"{}")
    return buffer.getvalue()


def with_field(data: bytes, offset: int, form: str, value: int) -> bytes:
    """The zip file with a field of its first central entry changed."""
    at = data.index(b"PK\x01\x02") + offset
    return data[:at] + struct.pack(form, value) + data[at + struct.calcsize(form) :]


@pytest.mark.parametrize(
    ("data", "kind", "reason"),
    [
        pytest.param(lambda: b"", Unreadable, "not a bundle", id="an empty file"),
        pytest.param(lambda: b"PK", Unreadable, "not a zip file", id="two bytes"),
        pytest.param(lambda: small_bundle()[:-30], Unreadable, "not a bundle", id="a truncated file"),
        pytest.param(
            lambda: twice("ledger.json"), Rejected, "two members are called 'ledger.json'", id="a member twice"
        ),
        pytest.param(lambda: with_field(small_bundle(), 8, "<H", 1), Declined, "encrypted", id="an encrypted member"),
        pytest.param(lambda: with_field(small_bundle(), 10, "<H", 12), Declined, "compressed in a way", id="bzip2"),
        pytest.param(
            lambda: with_field(small_bundle(), 10, "<H", 99), Declined, "compressed in a way", id="an unknown method"
        ),
        pytest.param(
            lambda: with_field(small_bundle(), 16, "<I", 7), Unreadable, "damaged: Bad CRC", id="a wrong checksum"
        ),
        pytest.param(
            lambda: with_field(small_bundle(), 24, "<I", 10**9), Declined, "1000000000 bytes", id="a huge size"
        ),
        pytest.param(
            lambda: with_field(small_bundle(), 24, "<I", 5), Unreadable, "damaged", id="a size that is too small"
        ),
        pytest.param(
            lambda: with_field(small_bundle(), 42, "<I", 40), Unreadable, "damaged: Bad magic", id="a wrong place"
        ),
        pytest.param(
            lambda: with_field(small_bundle(), 42, "<I", 2**31),
            Unreadable,
            "damaged: File|not a bundle|damaged",
            id="a place beyond the end",
        ),
    ],
)
def test_damaged(tmp_path: Path, data: Callable[[], bytes], kind: type[Exception], reason: str) -> None:
    with pytest.raises(kind, match=reason):
        opened(tmp_path, data())


def test_a_size_that_lies_unpacks_no_more_than_it_says(tmp_path: Path) -> None:
    members = with_digests({**members_of(small_bundle()), "certificates.jsonl": b" " * 30_000_000})
    data = zip_of(members)
    place = data.rindex(b"certificates.jsonl") - 46
    lying = data[: place + 24] + struct.pack("<I", 100) + data[place + 28 :]
    with pytest.raises(Unreadable, match="damaged"):
        opened(tmp_path, lying)


def test_a_size_that_is_too_large_changes_nothing(tmp_path: Path) -> None:
    opened(tmp_path, with_field(small_bundle(), 24, "<I", 99_999))


@pytest.mark.parametrize("path", ["missing.audit", "."])
def test_no_file(tmp_path: Path, path: str) -> None:
    with pytest.raises(Unreadable, match="not a bundle"):
        Bundle(tmp_path / path)


def test_an_error_without_words_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise EOFError

    monkeypatch.setattr(zipfile, "ZipFile", fail)
    with pytest.raises(Unreadable, match="not a bundle: EOFError"):
        opened(tmp_path, b"")


def test_sizes_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, members = small_bundle(), members_of(small_bundle())
    sizes = {
        "MAX_FILE_BYTES": len(data),
        "MAX_MEMBERS": len(members),
        "MAX_MEMBER_BYTES": max(map(len, members.values())),
        "MAX_BUNDLE_BYTES": sum(map(len, members.values())),
    }
    for name, size in sizes.items():
        with monkeypatch.context() as patch:
            patch.setattr(limits, name, size)
            opened(tmp_path, data)
            patch.setattr(limits, name, size - 1)
            with pytest.raises(Declined, match=str(size - 1)):
                opened(tmp_path, data)


def test_verdicts_are_no_truth_values() -> None:
    with pytest.raises(TypeError, match="not a truth value"):
        bool(Verdict.ACCEPTED)


def test_writing_is_deterministic() -> None:
    small_bundle.cache_clear()
    first = small_bundle()
    small_bundle.cache_clear()
    assert small_bundle() == first
