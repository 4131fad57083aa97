"""Sealed snapshots: what does not fit the digests is refused, with file, found and expected."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest

from checkers.cloud.snapshot import Snapshot, check_digest, digests_of, root_digest, unlisted
from checkers.verdict import Unreadable
from cloud.setting import OWN, manifest, s3_file

PATH = s3_file("get-bucket-policy")
LIST = s3_file("list-buckets")
ZEROS = "0" * 64


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def sealed(files: dict[str, bytes], **changes: Any) -> dict[str, Any]:
    """A manifest with the digests of the files; `changes` are made before the root is computed."""
    plain = {**manifest(OWN), "files": {path: digest(data) for path, data in files.items()}, **changes}
    return {**plain, "root": root_digest(plain)}


def snapshot(given: Any, files: dict[str, bytes]) -> Snapshot:
    raw = {"snapshot.json": json.dumps(given).encode(), **files}
    return Snapshot({path: (lambda data=data: data) for path, data in raw.items()})


FILES = {PATH: b'{"Policy": "{}"}', LIST: b'{"Buckets": []}'}


def test_a_sealed_snapshot_is_read() -> None:
    found = snapshot(sealed(FILES), FILES)
    assert found.fact(PATH).value == {"Policy": "{}"}
    assert found.content(LIST) == FILES[LIST]
    assert json.loads(found.content("snapshot.json"))["files"] == found.digests


def test_a_snapshot_without_digests_is_read() -> None:
    assert snapshot(manifest(OWN), FILES).digests is None
    assert snapshot(manifest(OWN), {**FILES, PATH: b"{}"}).content(PATH) == b"{}"


def test_a_file_that_was_changed_is_refused_when_it_is_read() -> None:
    found = snapshot(sealed(FILES), {**FILES, PATH: b"{}"})
    for read in (found.fact, found.content):
        with pytest.raises(Unreadable) as caught:
            read(PATH)
        assert str(caught.value) == (
            f"{PATH}: its digest is {digest(b'{}')}, and snapshot.json says {digest(FILES[PATH])}: one of them was changed"
        )
    assert found.fact(LIST).value == {"Buckets": []}


def test_files_are_refused_that_are_missing_or_not_listed() -> None:
    with pytest.raises(Unreadable) as caught:
        snapshot(sealed(FILES), {LIST: FILES[LIST]})
    assert str(caught.value) == f"{PATH}: snapshot.json lists it, and it is missing"
    with pytest.raises(Unreadable) as caught:
        snapshot(sealed(FILES), {**FILES, "notes": b""})
    assert str(caught.value) == "notes: it is there, and snapshot.json, which lists every file, does not list it"


def test_every_deviation_of_the_lists_is_told_in_order() -> None:
    found = list(unlisted(["b", "a", "c"], ["c", "z", "snapshot.json"]))
    assert [line.partition(":")[0] for line in found] == ["a", "b", "z"]


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("accounts", [{"id": OWN, "name": "other", "partition": "aws"}]),
        ("errors", [{"path": "x", "code": "AccessDenied", "message": ""}]),
        ("files", dict.fromkeys(FILES, ZEROS)),
    ],
)
def test_a_manifest_that_was_changed_is_refused(change: str, value: Any) -> None:
    given = sealed(FILES)
    changed = {**given, change: value}
    with pytest.raises(Unreadable) as caught:
        snapshot(changed, FILES)
    assert str(caught.value) == (
        f"snapshot.json: root is '{given['root']}', and the digest of its accounts, errors and files is "
        f"{root_digest(changed)}: it was changed after it was sealed"
    )


@pytest.mark.parametrize("member", ["time", "tool"])
def test_what_is_only_said_is_not_sealed(member: str) -> None:
    assert snapshot({**sealed(FILES), member: "other"}, FILES).digests


@pytest.mark.parametrize("files", [None, [], "x", {PATH: None}, {PATH: 7}])
def test_files_that_are_no_digests_are_refused(files: Any) -> None:
    with pytest.raises(
        Unreadable, match=r"^snapshot.json: files is not an object with a SHA-256 digest for each file$"
    ):
        digests_of({**manifest(OWN), "files": files, "root": ZEROS})


def test_one_of_files_and_root_alone_is_refused() -> None:
    given = sealed(FILES)
    with pytest.raises(Unreadable, match=r"^snapshot.json: root is None"):
        digests_of({name: value for name, value in given.items() if name != "root"})
    with pytest.raises(Unreadable, match=r"^snapshot.json: files is not"):
        digests_of({name: value for name, value in given.items() if name != "files"})


def test_the_root_is_over_canonical_json() -> None:
    text = '{"accounts":[{"id":"1"}],"errors":[],"files":{"a":"\\u00e9","b":""}}'
    assert root_digest({"files": {"b": "", "a": "é"}, "accounts": [{"id": "1"}], "time": "now"}) == digest(
        text.encode()
    )


def test_a_digest_that_fits_is_accepted() -> None:
    check_digest("a", b"x", digest(b"x"))
    with pytest.raises(Unreadable):
        check_digest("a", b"x", digest(b"x").upper())
