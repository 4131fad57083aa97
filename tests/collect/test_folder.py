"""Files are whole or not there, and the journal survives the end of a process."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from auditctl.collect.errors import Failure
from auditctl.collect.folder import Folder, is_plain
from auditctl.collect.operation import Task, Where
from auditctl.collect.table import TABLE
from auditctl.output import Unwritable

if TYPE_CHECKING:
    from pathlib import Path

BY_ID = {o.id: o for o in TABLE}


def task(name: str, resource: str = "") -> Task:
    where = Where(account="111122223333", partition="aws", folder="global", name=resource)
    return Task(operation=BY_ID[name], where=where, region="us-east-1", arguments={})


def begun(root: Path) -> Folder:
    folder = Folder(root / "out")
    folder.begin({"time": "now"})
    return folder


def test_a_folder_that_has_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unwritable, match="not an empty folder, or give another folder"):
        Folder(tmp_path).begin({})
    begun(tmp_path)
    with pytest.raises(Unwritable, match="go on with --resume"):
        Folder(tmp_path / "out").begin({})


def test_an_answer_is_read_as_it_was_written(tmp_path: Path) -> None:
    folder = begun(tmp_path)
    asked = task("s3/list-buckets")
    assert not folder.has(asked)
    assert folder.read(asked) is None
    folder.write(asked, b'{"Buckets": []}')
    assert folder.has(asked)
    assert folder.read(asked) == {"Buckets": []}
    assert list((tmp_path / "out/.collect/half").iterdir()) == []


def test_what_is_aside_is_hidden(tmp_path: Path) -> None:
    folder = begun(tmp_path)
    folder.write(task("codebuild/list-projects"), b"{}")
    assert folder.count() == 0
    assert folder.has(task("codebuild/list-projects"))


def test_a_name_that_is_a_file_and_a_folder_is_an_error(tmp_path: Path) -> None:
    folder = begun(tmp_path)
    folder.write(task("s3/get-object-acl", "bucket/a"), b"{}")
    with pytest.raises(Failure, match="UnsupportedName"):
        folder.write(task("s3/get-object-acl", "bucket/a.json/b"), b"{}")
    folder.write(task("s3/get-object-acl", "bucket/b.json/c"), b"{}")
    with pytest.raises(Failure, match="UnsupportedName"):
        folder.write(task("s3/get-object-acl", "bucket/b"), b"{}")


@pytest.mark.parametrize(
    "path", ["a/../b", "a//b", "a/.b", "/a", "a/", "a\\b", "a\nb", "a/" + "x" * 256, "a/" + "ü" * 128]
)
def test_names_that_no_file_of_a_snapshot_has(path: str) -> None:
    assert not is_plain(path)


@pytest.mark.parametrize("path", ["a/b", "a/b c", "a/b..c", "a/ü", "a/" + "x" * 255])
def test_names_that_files_have(path: str) -> None:
    assert is_plain(path)


def test_the_last_line_of_the_journal_counts(tmp_path: Path) -> None:
    folder = begun(tmp_path)
    journal = folder.journal("111122223333")
    journal.record("a", "Throttling", "first")
    journal.record("b", "Throttling", "first")
    journal.record("a", "AccessDenied", "second")
    journal.clear("b")
    journal.clear("c")
    journal.close()
    assert folder.journal("111122223333").errors == {"a": ("AccessDenied", "second")}


def test_a_line_of_the_journal_that_was_cut_short_is_left_out(tmp_path: Path) -> None:
    folder = begun(tmp_path)
    journal = folder.journal("1")
    journal.record("a", "Throttling", "")
    journal.close()
    with journal.path.open("a") as file:
        file.write('{"path": "b", "co')
    again = folder.journal("1")
    assert set(again.errors) == {"a"}
    again.record("c", "Throttling", "")
    again.close()
    assert set(folder.journal("1").errors) == {"a", "c"}


def test_going_on_removes_what_is_half_written_and_the_end(tmp_path: Path) -> None:
    folder = begun(tmp_path)
    (tmp_path / "out/.collect/half/7").write_text("{")
    (tmp_path / "out/snapshot.json").write_text("{}")
    assert folder.go_on() == {"time": "now"}
    assert [p.name for p in (tmp_path / "out").rglob("*") if p.is_file()] == ["arguments.json"]


def test_arguments_that_are_damaged_are_said(tmp_path: Path) -> None:
    folder = begun(tmp_path)
    (tmp_path / "out/.collect/arguments.json").write_text("[")
    with pytest.raises(Unwritable, match="not what auditctl wrote"):
        folder.go_on()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text(json.dumps({}))
    with pytest.raises(Unwritable, match="not a directory"):
        Folder(tmp_path / "file/out").begin({})
