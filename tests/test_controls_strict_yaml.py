"""Strict YAML: every scalar is text, whatever is more than data is refused."""

from pathlib import Path

import pytest

from auditctl.controls import YamlError
from auditctl.controls.reader import json_of
from auditctl.controls.strict_yaml import (
    MAX_BYTES,
    MAX_DEPTH,
    MapNode,
    ScalarNode,
    parse_yaml,
    read_yaml,
)
from control_files import write


def problem_of(text: str | bytes) -> str:
    data = text.encode() if isinstance(text, str) else text
    with pytest.raises(YamlError) as refused:
        parse_yaml(data, "x.yaml")
    return str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "2012-10-17",
        "012345670123",
        "NO",
        "yes",
        "1e3",
        "0x1F",
        "~",
        "null",
        "1_000",
        ".inf",
        "12:30",
    ],
)
def test_a_plain_scalar_is_the_text_of_the_file(text: str) -> None:
    tree = parse_yaml(f"key: {text}".encode(), "x.yaml")
    assert isinstance(tree, MapNode)
    value = tree.get("key")
    assert isinstance(value, ScalarNode)
    assert value.text == text


def test_only_unquoted_true_and_false_are_booleans_in_free_json() -> None:
    tree = parse_yaml(b'a: true\nb: "true"\nc: False\nd: 2012-10-17\ne: [false, "false"]\n', "x")
    assert json_of(tree) == {
        "a": True,
        "b": "true",
        "c": "False",
        "d": "2012-10-17",
        "e": [False, "false"],
    }


def test_every_node_knows_where_it_stands() -> None:
    tree = parse_yaml(b"a: 1\nb:\n  - x\n  - {c: y}\n", "dir/x.yaml")
    assert isinstance(tree, MapNode)
    assert [str(key.at) for key, _ in tree.entries] == [
        "dir/x.yaml:1:1",
        "dir/x.yaml:2:1",
    ]
    assert str(tree.entries[1][1].at) == "dir/x.yaml:3:3"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\nb: 2\na: 3\n", "duplicate key `a` at x.yaml:3:1, first at line 1"),
        ("p:\n  q: 1\n  q: 2\n", "duplicate key `q` at x.yaml:3:3, first at line 2"),
        ("a: &x [1]\nb: *x\n", "anchor `&x` is not supported at x.yaml:1:4"),
        ("a: *x\n", "alias `*x` is not supported at x.yaml:1:4"),
        (
            "a: !!python/name:os.system x\n",
            "tag `tag:yaml.org,2002:python/name:os.system` is not supported at x.yaml:1:4",
        ),
        ("a: !!str 1\n", "tag `tag:yaml.org,2002:str` is not supported at x.yaml:1:4"),
        ("a: 1\n---\nb: 2\n", "second document, expected one at x.yaml:2:1"),
        ("%YAML 1.1\n---\na: 1\n", "directive is not supported at x.yaml:1:1"),
        ("? [a]\n: 1\n", "key is a list, expected text at x.yaml:1:3"),
        ("{a: 1}: 2\n", "key is a mapping, expected text at x.yaml:1:1"),
        ("", "nothing but comments in x.yaml, expected a document"),
        ("# nothing\n", "nothing but comments in x.yaml, expected a document"),
        (b"a: \xff\n", "byte 3 is not UTF-8 in x.yaml"),
        (
            "a: " + "x" * MAX_BYTES,
            f"more than {MAX_BYTES} bytes in x.yaml, expected a small file",
        ),
    ],
)
def test_what_is_more_than_data_is_refused(text: str | bytes, problem: str) -> None:
    assert problem_of(text) == problem


def test_a_syntax_error_names_line_and_column() -> None:
    found = problem_of("a: [1\nb: 2\n")
    assert found.startswith("not YAML: ")
    assert "x.yaml:2:" in found
    assert "\n" not in found


def test_a_control_character_is_no_yaml() -> None:
    found = problem_of(b"a: \x00\n")
    assert found.startswith("not YAML: ")
    assert "\n" not in found


def test_nesting_is_limited() -> None:
    deepest = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert json_of(parse_yaml(deepest.encode(), "x.yaml"))
    limit = f"more than {MAX_DEPTH} nested containers at x.yaml:1:{MAX_DEPTH + 1}"
    assert problem_of(f"[{deepest}]") == limit
    assert problem_of("[" * 100_000) == limit


def test_a_file_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(YamlError) as refused:
        read_yaml(Path("a/x.yaml"))
    assert str(refused.value) == "cannot read a/x.yaml: no such file or directory"


def test_a_directory_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write("a: 1", "d/x.yaml")
    with pytest.raises(YamlError) as refused:
        read_yaml(Path("d"))
    assert str(refused.value) == "cannot read d: is a directory"
