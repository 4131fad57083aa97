"""Typed parameters: declarations, values set by an organization, and their errors."""

from pathlib import Path

import pytest

from auditctl.controls import (
    ControlError,
    ParameterError,
    load_control,
    load_controls,
    make_overrides,
    parse_assignments,
    read_parameters,
)
from control_files import CONTROL, load, problems_of, write


@pytest.fixture(autouse=True)
def _in_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def with_parameter(declaration: str) -> str:
    return CONTROL + f'    not_principal: ["${{parameters.p}}"]\nparameters:\n  p: {declaration}\n'


TRUSTED = with_parameter("{type: account-list, default: []}")


@pytest.mark.parametrize(
    ("type_name", "value", "kept"),
    [
        ("account-list", "111122223333", ["111122223333"]),
        (
            "account-list",
            "111122223333, 444455556666",
            ["111122223333", "444455556666"],
        ),
        ("account-list", [], []),
        ("account-list", "", []),
        ("account", "012345670123", "012345670123"),
        ("arn", "arn:aws:iam::*:role/x", "arn:aws:iam::*:role/x"),
        ("arn-list", ["arn:aws:iam::*:role/x"], ["arn:aws:iam::*:role/x"]),
    ],
)
def test_a_value_that_fits_is_kept_in_the_form_of_its_type(
    type_name: str, value: str | list[str], kept: str | list[str]
) -> None:
    control = load(with_parameter(f"{{type: {type_name}}}"), p=value)
    assert control.document["parameters"] == {"p": kept}


@pytest.mark.parametrize(
    ("type_name", "value", "complaint"),
    [
        ("account", "1234", "malformed account id `1234`, expected twelve digits"),
        ("account", ["111122223333"], "a list, expected one account id"),
        (
            "account-list",
            ["111122223333", "x"],
            "malformed account id `x`, expected twelve digits",
        ),
        (
            "arn",
            "role/x",
            (
                "malformed ARN glob `role/x`, expected `arn:partition:service:region:account:resource` with "
                "`*` and `?`, `*`"
            ),
        ),
        ("number", "1,5", "malformed number `1,5`, expected a decimal number"),
        ("boolean", "yes", "unknown boolean `yes`, expected `true`, `false`"),
        (
            "organization",
            "o-1",
            "malformed organization id `o-1`, expected `o-` and 10 to 32 lower case letters or digits",
        ),
        ("string", "", "empty text"),
        (
            "string",
            "${target.arn}",
            "malformed text `${target.arn}`, expected text without `${`",
        ),
        ("string", "a\nb", "text `a\\nb` is not one line of printable text"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(type_name: str, value: str | list[str], complaint: str) -> None:
    assert problems_of(with_parameter(f"{{type: {type_name}}}"), p=value) == (
        f"parameter `p`: {complaint} in the given parameters",
    )


@pytest.mark.parametrize(
    ("declaration", "problem"),
    [
        (
            "{type: acount-list}",
            "unknown parameter type `acount-list` (did you mean `account-list`?) at x.yaml:12:13",
        ),
        ("{default: a}", "missing key `type` in a parameter at x.yaml:12:6"),
        (
            "{type: account, defualt: a}",
            "unknown key `defualt` (did you mean `default`?) at x.yaml:12:22",
        ),
        ("{type: account}", "parameter `p` has no default and no value at x.yaml:12:3"),
        (
            "{type: account, default: 1234}",
            "parameter `p`: malformed account id `1234`, expected twelve digits at x.yaml:12:31",
        ),
        (
            "{type: account, default: {a: b}}",
            "`default` is a mapping, expected text at x.yaml:12:31",
        ),
        ("account", "`p` is text, expected a mapping at x.yaml:12:6"),
    ],
)
def test_a_wrong_declaration_is_refused(declaration: str, problem: str) -> None:
    assert problem in problems_of(with_parameter(declaration))


def test_a_parameter_that_nothing_uses_is_refused() -> None:
    text = CONTROL + "parameters:\n  p: {type: string, default: a}\n"
    assert problems_of(text) == ("parameter `p` is not used in `where` or `forbid` or `require` at x.yaml:11:3",)


def test_a_list_stands_on_its_own() -> None:
    text = TRUSTED.replace('"${parameters.p}"', '"arn:*:iam::${parameters.p}:root"')
    assert problems_of(text) == (
        "list parameter `${parameters.p}` inside a text, expected it as an entry of its own at x.yaml:10:21",
    )


def test_a_list_that_leaves_nothing_to_match_is_refused() -> None:
    text = TRUSTED.replace("    principal: [anonymous]", '    principal: ["${parameters.p}"]')
    assert problems_of(text) == ("`principal` is an empty list, expected at least one entry at x.yaml:8:16",)


def test_a_file_sets_values_for_all_and_for_one_control() -> None:
    write(TRUSTED, "d/a.yaml")
    write(TRUSTED, "d/b.yaml")
    path = write('"*": {p: ["111122223333"]}\nb: {p: 444455556666}\n', "parameters.yaml")
    a, b = load_controls([Path("d")], read_parameters(path))
    assert a.document["parameters"] == {"p": ["111122223333"]}
    assert b.document["parameters"] == {"p": ["444455556666"]}


def test_an_assignment_wins_over_the_file() -> None:
    path = write('"*": {p: ["111122223333"]}\n', "parameters.yaml")
    given = make_overrides(read_parameters(path), parse_assignments(("p=444455556666,777788889999",)))
    assert load_control(write(TRUSTED), given).document["parameters"] == {"p": ["444455556666", "777788889999"]}


def test_the_place_of_a_wrong_value_is_where_it_was_set() -> None:
    path = write("x:\n  p: [1234]\n", "parameters.yaml")
    with pytest.raises(ControlError) as refused:
        load_control(write(TRUSTED), read_parameters(path))
    assert str(refused.value) == (
        "parameter `p`: malformed account id `1234`, expected twelve digits at parameters.yaml:2:6"
    )
    with pytest.raises(ControlError) as refused:
        load_control(write(TRUSTED), parse_assignments(("x.p=1234",)))
    assert str(refused.value) == ("parameter `p`: malformed account id `1234`, expected twelve digits in `x.p=1234`")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "x: {pp: a}",
            "unknown parameter `pp` of control `x` (did you mean `p`?) at parameters.yaml:1:9",
        ),
        (
            '"*": {pp: a}',
            "unknown parameter `pp` (did you mean `p`?) at parameters.yaml:1:11",
        ),
        (
            "xx: {p: a}",
            "unknown control `xx` (did you mean `x`?) at parameters.yaml:1:9",
        ),
    ],
)
def test_a_value_that_nothing_asks_for_is_refused(text: str, problem: str) -> None:
    path = write(text, "parameters.yaml")
    with pytest.raises(ControlError) as refused:
        load_controls([write(TRUSTED)], read_parameters(path))
    assert str(refused.value) == problem


def test_one_control_ignores_the_values_of_others() -> None:
    given = {"other.p": "111122223333", "q": "a"}
    assert load_control(write(TRUSTED), given).document["parameters"] == {"p": []}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[a]", "`parameters` is a list, expected a mapping at parameters.yaml:1:1"),
        ("x: a", "`x` is text, expected a mapping at parameters.yaml:1:4"),
        ("x: {p: {a: b}}", "`p` is a mapping, expected text at parameters.yaml:1:8"),
        (
            "X: {p: a}",
            (
                "malformed control id `X`, expected lower case letters and digits, joined by `-`, `*` at "
                "parameters.yaml:1:1"
            ),
        ),
        (
            "x: {P: a}",
            "malformed parameter name `P`, expected lower case letters, digits and `_` at parameters.yaml:1:5",
        ),
    ],
)
def test_a_wrong_file_of_parameters_is_refused(text: str, problem: str) -> None:
    path = write(text, "parameters.yaml")
    with pytest.raises(ParameterError) as refused:
        read_parameters(path)
    assert refused.value.problems == (problem,)


@pytest.mark.parametrize(
    ("assignments", "problem"),
    [
        (("p",), "`p` is no assignment, expected `name=value`"),
        (("=a",), "`=a` is no assignment, expected `name=value`"),
        (("p=a", "p=b"), "parameter `p` is assigned twice"),
    ],
)
def test_a_wrong_assignment_is_refused(assignments: tuple[str, ...], problem: str) -> None:
    with pytest.raises(ParameterError) as refused:
        parse_assignments(assignments)
    assert str(refused.value) == problem


def test_a_value_may_have_an_equals_sign() -> None:
    assert dict(parse_assignments(("p=a=b",))) == {"p": "a=b"}
