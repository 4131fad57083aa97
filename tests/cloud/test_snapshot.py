"""The snapshot: its manifest, and the four states of a fact."""

from __future__ import annotations

import json
from typing import Any

import pytest

from checkers.cloud.snapshot import Account, Snapshot, State, account_id, objects, optional_text, tags, text
from checkers.verdict import Unreadable
from cloud.setting import OTHER, OWN, iam_file, manifest, s3_file

PATH = s3_file("get-bucket-policy")


def snapshot(given: Any, **files: Any) -> Snapshot:
    contents = {"snapshot.json": given, **files}
    raw = {path: v if isinstance(v, bytes) else json.dumps(v).encode() for path, v in contents.items()}
    return Snapshot({path: (lambda data=data: data) for path, data in raw.items()})


def changed(**members: Any) -> Any:
    return {**manifest(OWN), **members}


def one_account(**members: Any) -> Any:
    return changed(accounts=[{"id": OWN, **members}])


FORMAT = "snapshot.json: format is not 'auditctl-snapshot/1'"
REFUSED = [
    ("not JSON", b"{", "snapshot.json: not strict JSON"),
    ("not UTF-8", b"\xff\xfe", "snapshot.json: not strict JSON"),
    ("a duplicate member", b'{"format": 1, "format": 1}', "snapshot.json: not strict JSON: duplicate member 'format'"),
    ("a list", [], FORMAT),
    ("null", None, FORMAT),
    ("no format", {"accounts": []}, FORMAT),
    ("another format", changed(format="auditctl-snapshot/2"), FORMAT),
    ("a format that is a list", changed(format=["auditctl-snapshot/1"]), FORMAT),
    ("no accounts", {"format": "auditctl-snapshot/1"}, "snapshot.json: accounts is not a list of objects"),
    ("accounts that are an object", changed(accounts={}), "snapshot.json: accounts is not a list of objects"),
    ("accounts that are texts", changed(accounts=[OWN]), "snapshot.json: accounts is not a list of objects"),
    ("an empty list of accounts", changed(accounts=[]), "snapshot.json: no accounts"),
    ("an account twice", manifest(OWN, OTHER, OWN), "snapshot.json: an account is listed twice"),
    ("an account without id", changed(accounts=[{}]), "snapshot.json: id is None, not text"),
    ("an account that is a number", one_account(id=111122223333), "snapshot.json: id is 111122223333, not text"),
    ("an account of eleven digits", one_account(id="11112222333"), "snapshot.json: id is '11112222333', not twelve digits"),
    ("an account of other digits", one_account(id="\u0661" * 12), "not twelve digits"),
    ("errors that are null", changed(errors=None), "snapshot.json: errors is not a list of objects"),
    ("an error that is text", changed(errors=["x"]), "snapshot.json: errors is not a list of objects"),
    ("an error without path", changed(errors=[{"code": "AccessDenied"}]), "snapshot.json: path is None, not text"),
    ("an error without code", changed(errors=[{"path": "x"}]), "snapshot.json: code is None, not text"),
    ("two errors of one path", changed(errors=[{"path": "x", "code": c} for c in "ab"]), "snapshot.json: two error entries for x"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "message"), [pytest.param(g, m, id=name) for name, g, m in REFUSED])
def test_a_manifest_that_is_refused(given: Any, message: str) -> None:
    with pytest.raises(Unreadable) as caught:
        snapshot(given)
    assert message in str(caught.value)


def test_a_snapshot_without_a_manifest_is_refused() -> None:
    with pytest.raises(Unreadable, match=r"^snapshot.json: missing; a snapshot directory has one$"):
        Snapshot({})


def test_a_file_that_is_also_an_error_is_refused() -> None:
    with pytest.raises(Unreadable) as caught:
        snapshot(manifest(OWN, errors={PATH: "NoSuchBucketPolicy"}), **{PATH: {}})
    assert str(caught.value) == f"snapshot.json: {PATH} has an error entry and a file"


def test_the_accounts_of_a_manifest() -> None:
    found = snapshot(changed(accounts=[{"id": OWN, "name": "prod", "partition": "aws-cn"}, {"id": OTHER}]))
    assert found.accounts == (Account(OWN, "prod", "aws-cn"), Account(OTHER, "", "aws"))
    assert found.errors == {}


def test_the_files_are_sorted_and_without_the_manifest() -> None:
    found = snapshot(manifest(OWN), b={}, a={})
    assert found.paths == ("a", "b")
    assert found.content("a") == b"{}"


ORGANIZATION = f"{OWN}/global/organizations/"
STATES = [
    (PATH, "NoSuchBucketPolicy", State.ABSENT),
    (s3_file("get-public-access-block"), "NoSuchPublicAccessBlockConfiguration", State.ABSENT),
    (f"{OWN}/global/s3control/get-public-access-block.json", "NoSuchPublicAccessBlockConfiguration", State.ABSENT),
    (s3_file("get-bucket-ownership-controls"), "OwnershipControlsNotFoundError", State.ABSENT),
    (s3_file("get-bucket-tagging"), "NoSuchTagSet", State.ABSENT),
    (f"{ORGANIZATION}describe-organization.json", "AWSOrganizationsNotInUseException", State.ABSENT),
    (f"{ORGANIZATION}list-accounts.json", "AWSOrganizationsNotInUseException", State.ABSENT),
    (PATH, "AccessDenied", State.DENIED),
    (PATH, "AccessDeniedException", State.DENIED),
    (PATH, "UnauthorizedOperation", State.DENIED),
    (PATH, "Forbidden", State.DENIED),
    (PATH, "403", State.DENIED),
    (PATH, "NoSuchBucket", State.ERROR),
    (PATH, "NoSuchTagSet", State.ERROR),
    (PATH, "Throttling", State.ERROR),
    (PATH, "accessdenied", State.ERROR),
    (PATH, "", State.ERROR),
    (iam_file(OWN), "NoSuchEntity", State.ERROR),
    (iam_file(OWN), "NoSuchBucketPolicy", State.ERROR),
    ("notes", "NoSuchBucketPolicy", State.ERROR),
]


@pytest.mark.parametrize(("path", "code", "state"), STATES)
def test_an_error_code_is_a_state_of_what_was_asked(path: str, code: str, state: State) -> None:
    fact = snapshot(manifest(OWN, errors={path: code})).fact(path)
    assert (fact.state, fact.code, fact.value) == (state, code, None)
    assert fact.reason == f"{path}: {state.value} ({code})"


def test_a_path_with_neither_file_nor_error_was_not_collected() -> None:
    fact = snapshot(manifest(OWN)).fact(PATH)
    assert (fact.state, fact.reason) == (State.ERROR, f"{PATH}: error (not collected)")


def test_a_file_is_a_value_and_read_once() -> None:
    reads = []
    raw = {"snapshot.json": json.dumps(manifest(OWN)).encode(), PATH: b'{"Policy": "x"}'}
    found = Snapshot({path: (lambda path=path: reads.append(path) or raw[path]) for path in raw})
    assert reads == ["snapshot.json"]
    assert found.fact(PATH).value == {"Policy": "x"}
    assert found.fact(PATH).state is State.VALUE
    assert reads == ["snapshot.json", PATH]


@pytest.mark.parametrize("value", [[], None, "text", 7, True])
def test_a_file_that_is_not_an_object_is_refused(value: Any) -> None:
    with pytest.raises(Unreadable, match=f"^{PATH}: not an object$"):
        snapshot(manifest(OWN), **{PATH: value}).fact(PATH)


def test_a_file_that_is_not_json_is_refused() -> None:
    with pytest.raises(Unreadable, match=f"^{PATH}: not strict JSON"):
        snapshot(manifest(OWN), **{PATH: b"<html>"}).fact(PATH)


@pytest.mark.parametrize(
    "member", ["IsTruncated", "NextToken", "nextToken", "NextMarker", "Marker", "ContinuationToken"]
)
@pytest.mark.parametrize("value", [True, "more"])
def test_a_list_that_is_cut_off_is_not_a_value(member: str, value: Any) -> None:
    fact = snapshot(manifest(OWN), **{PATH: {member: value}}).fact(PATH)
    assert fact.reason == f"{PATH}: error (the list is cut off: {member})"


@pytest.mark.parametrize("value", [False, "", None])
def test_a_list_that_is_not_cut_off_is_a_value(value: Any) -> None:
    assert snapshot(manifest(OWN), **{PATH: {"IsTruncated": value}}).fact(PATH).state is State.VALUE


# The typed getters.


@pytest.mark.parametrize("value", [None, 7, True, [], {}])
def test_a_member_that_is_not_text(value: Any) -> None:
    with pytest.raises(Unreadable) as caught:
        text({"Name": value}, "Name", "f.json")
    assert str(caught.value) == f"f.json: Name is {value!r}, not text"
    assert optional_text({"Name": value}, "Name") == ""


def test_a_member_that_is_text() -> None:
    assert text({"Name": "x"}, "Name", "f") == optional_text({"Name": "x"}, "Name") == "x"
    assert account_id({"Id": OWN}, "Id", "f") == OWN


@pytest.mark.parametrize("value", [None, {}, "x", [1], [{}, []]])
def test_a_member_that_is_not_a_list_of_objects(value: Any) -> None:
    with pytest.raises(Unreadable, match=r"^f: Rows is not a list of objects$"):
        objects({"Rows": value}, "Rows", "f")


def test_tags_are_a_mapping() -> None:
    assert tags([{"Key": "a", "Value": "1"}, {"Key": "A", "Value": ""}], "f") == {"a": "1", "A": ""}


@pytest.mark.parametrize(
    ("row", "message"),
    [({"Value": "1"}, "f: Key is None, not text"), ({"Key": "a", "Value": 1}, "f: Value is 1, not text")],
)
def test_a_tag_that_is_not_text_is_refused(row: Any, message: str) -> None:
    with pytest.raises(Unreadable) as caught:
        tags([row], "f")
    assert str(caught.value) == message


def test_a_tag_listed_twice_is_refused() -> None:
    with pytest.raises(Unreadable, match=r"^f: tag 'a' is listed twice$"):
        tags([{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}], "f")


@pytest.mark.parametrize("partition", [7, None, []])
def test_a_partition_that_is_not_text_is_refused(partition: Any) -> None:
    with pytest.raises(Unreadable) as caught:
        snapshot(one_account(partition=partition))
    assert str(caught.value) == f"snapshot.json: partition is {partition!r}, not text"
