"""Loading a control: its canonical JSON, and what is said of one that is wrong."""

from pathlib import Path
from typing import Any

import pytest

from auditctl.controls import ControlError, load_control, load_controls
from control_files import CONTROL, changed, load, problems_of, write


@pytest.fixture(autouse=True)
def _in_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_canonical_json_has_lists_and_no_empty_parts() -> None:
    control = load(changed("principal: [anonymous]", "principal: anonymous"))
    assert control.id == "x"
    assert control.path == Path("x.yaml")
    assert control.cases == ()
    assert control.document == {
        "format": "auditctl-control/1",
        "id": "x",
        "title": "Buckets are closed to anonymous callers",
        "severity": "high",
        "rationale": "It matters.",
        "remediation": "Mend it.",
        "for_each": "bucket",
        "forbid": {"request": {"principal": ["anonymous"], "action": ["s3:GetObject"]}},
    }


def test_parameters_are_put_in_and_targets_stay() -> None:
    text = CONTROL + (
        '    not_principal: ["${parameters.trusted}", "arn:*:iam::*:role/${parameters.role}"]\n'
        '    resource: ["${target.arn}/*"]\n'
        "parameters:\n"
        '  trusted: {type: account-list, default: ["111122223333", "444455556666"]}\n'
        "  role: {type: string, default: reader}\n"
    )
    document = load(text).document
    assert document["parameters"] == {
        "role": "reader",
        "trusted": ["111122223333", "444455556666"],
    }
    assert document["forbid"] == {
        "request": {
            "principal": ["anonymous"],
            "action": ["s3:GetObject"],
            "not_principal": [
                "111122223333",
                "444455556666",
                "arn:*:iam::*:role/reader",
            ],
            "resource": ["${target.arn}/*"],
        }
    }


def test_all_is_a_boolean_of_require() -> None:
    document = load(changed("forbid:", "require:") + '    all: "true"\n').document
    assert document["require"] == {"request": {"principal": ["anonymous"], "action": ["s3:GetObject"], "all": True}}


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("maybe", "`all` is `maybe`, expected `true` or `false` at x.yaml:10:10"),
        ("[a]", "`all` is a list, expected `true` or `false` at x.yaml:10:10"),
    ],
)
def test_all_is_true_or_false(value: str, problem: str) -> None:
    assert problems_of(changed("forbid:", "require:") + f"    all: {value}\n") == (problem,)


def test_a_list_of_records_is_a_list() -> None:
    assert problems_of(CONTROL + "tests: none\n") == ("`tests` is text, expected a list at x.yaml:10:8",)


def test_a_title_is_one_line() -> None:
    assert problems_of(changed("title: Buckets", 'title: "a\\nb"\nx: Buckets'))[1] == (
        "title `a\\nb` is not one line of printable text at x.yaml:1:8"
    )


def test_condition_values_are_lists_of_text() -> None:
    text = CONTROL + "    condition: {Bool: {aws:SecureTransport: false}}\n"
    request = load(text).document["forbid"]
    assert request == {
        "request": {
            "principal": ["anonymous"],
            "action": ["s3:GetObject"],
            "condition": {"Bool": {"aws:SecureTransport": ["false"]}},
        }
    }


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "severity: high",
            "severity: hihg",
            "unknown severity `hihg` (did you mean `high`?) at x.yaml:2:11",
        ),
        (
            "severity: high",
            "severity: x",
            "unknown severity `x`, expected `critical`, `high`, `medium`, `low` at x.yaml:2:11",
        ),
        (
            "title: B",
            "title: [b]\nx: B",
            "`title` is a list, expected text at x.yaml:1:8",
        ),
        ("rationale: It matters.", "rationale:", "`rationale` is empty at x.yaml:3:11"),
        (
            "for_each: bucket",
            "for_each: bukcet",
            "unknown target kind `bukcet` (did you mean `bucket`?) at x.yaml:5:11",
        ),
        (
            "forbid:",
            "require: {}\nforbid:",
            "both `forbid` and `require` in the control, expected exactly one at x.yaml:1:1",
        ),
        (
            "forbid:",
            "forbit:",
            "unknown key `forbit` (did you mean `forbid`?) at x.yaml:6:1",
        ),
        (
            "  request:",
            "  flows:",
            "unknown key `flows` (did you mean `flow`?) at x.yaml:7:3",
        ),
        (
            "action:",
            "actoin:",
            "unknown key `actoin` (did you mean `action`?) at x.yaml:9:5",
        ),
        (
            "[anonymous]",
            "[anonymus]",
            "unknown principal selector `anonymus` (did you mean `anonymous`?) at x.yaml:8:17",
        ),
        (
            "[anonymous]",
            "[11112222333]",
            "malformed account id `11112222333`, expected twelve digits at x.yaml:8:17",
        ),
        (
            "[anonymous]",
            "[]",
            "`principal` is an empty list, expected at least one entry at x.yaml:8:16",
        ),
        (
            "[anonymous]",
            "{a: b}",
            "`principal` is a mapping, expected a list at x.yaml:8:16",
        ),
        (
            "[anonymous]",
            "[[anonymous]]",
            "`principal` is a list, expected text at x.yaml:8:17",
        ),
        (
            "[anonymous]",
            "['arn:aws:iam']",
            (
                "malformed ARN glob `arn:aws:iam`, expected `arn:partition:iam::account:resource` "
                "with `*` and `?` at x.yaml:8:17"
            ),
        ),
        (
            '"s3:GetObject"',
            '"s3 GetObject"',
            (
                "malformed action glob `s3 GetObject`, expected `service:Name`, with `*` and `?` in the name "
                "only, or `*` at x.yaml:9:14"
            ),
        ),
        (
            '"s3:GetObject"',
            '"s3:GetObject"]\n    resource: ["arn:aws:s3"',
            (
                "malformed ARN glob `arn:aws:s3`, expected `arn:partition:service:region:account:resource` "
                "with `*` and `?` at x.yaml:10:16"
            ),
        ),
        (
            '["s3:GetObject"]',
            's3:GetObject\n    all: "true"',
            "key `all` does not belong in the request: `forbid` already speaks of every request at x.yaml:10:5",
        ),
        (
            '["s3:GetObject"]',
            "s3:GetObject\n    condition: {StringLikke: {aws:x: a}}",
            "unknown condition operator `StringLikke` (did you mean `StringLike`?) at x.yaml:10:17",
        ),
        (
            '["s3:GetObject"]',
            "s3:GetObject\n    condition: {StringLike: {SourceIp: a}}",
            "malformed context key `SourceIp`, expected `prefix:Name` without `*`, `?` and `${...}` at x.yaml:10:30",
        ),
        (
            '["s3:GetObject"]',
            's3:GetObject\n    condition: {StringLike: {aws:x: "${aws:username}"}}',
            "policy variable `${aws:username}`, expected text without policy variables at x.yaml:10:37",
        ),
        (
            '["s3:GetObject"]',
            's3:GetObject\n    resource: "${target.arm}"',
            "unknown placeholder `${target.arm}` (did you mean `${target.arn}`?) at x.yaml:10:15",
        ),
        (
            '["s3:GetObject"]',
            's3:GetObject\n    resource: "${target.arn"',
            "placeholder `${target.arn` is not closed, expected `}` at x.yaml:10:15",
        ),
        (
            "for_each: bucket",
            "for_each: bucket\nassume: [s3-types]",
            "unknown assumption `s3-types` (did you mean `s3-resource-types`?) at x.yaml:6:10",
        ),
        (
            "for_each: bucket",
            "for_each: bucket\nwhere: {account: 1111222233334}",
            (
                "malformed account glob `1111222233334`, expected digits, `*` and `?`, at most twelve, or `aws` "
                "at x.yaml:6:18"
            ),
        ),
        (
            "for_each: bucket",
            "for_each: bucket\nmaps_to: {CIS: ['1']}",
            (
                "malformed framework `CIS`, expected lower case letters, digits, `.` and `-`, such as "
                "`nist-800-53-r5` at x.yaml:6:11"
            ),
        ),
    ],
)
def test_a_wrong_place_is_named_with_what_was_expected(old: str, new: str, problem: str) -> None:
    assert problem in problems_of(changed(old, new))


def test_a_control_without_a_claim_is_refused() -> None:
    text = CONTROL[: CONTROL.index("forbid:")]
    assert problems_of(text) == ("neither `forbid` nor `require` in the control, expected exactly one at x.yaml:1:1",)


def test_a_request_without_an_action_is_refused() -> None:
    text = CONTROL[: CONTROL.index("    action:")]
    assert problems_of(text) == ("missing key `action` or `not_action` in the request at x.yaml:8:5",)


def test_all_problems_of_a_file_are_reported_at_once() -> None:
    text = changed("severity: high", "serverity: high").replace("bucket\n", "buckets\n")
    assert problems_of(text) == (
        "unknown key `serverity` (did you mean `severity`?) at x.yaml:2:1",
        "missing key `severity` in the control at x.yaml:1:1",
        "unknown target kind `buckets` (did you mean `bucket`?) at x.yaml:5:11",
    )


def test_an_error_is_one_line() -> None:
    with pytest.raises(ControlError) as refused:
        load("title: a\nrationale: b\n\n")
    assert "\n" not in str(refused.value)
    assert str(refused.value) == "; ".join(refused.value.problems)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("just text", "the control is text, expected a mapping at x.yaml:1:1"),
        ("- a\n- b\n", "the control is a list, expected a mapping at x.yaml:1:1"),
    ],
)
def test_a_control_is_a_mapping(text: str, problem: str) -> None:
    assert problems_of(text) == (problem,)


@pytest.mark.parametrize("name", ["X.yaml", "a b.yaml", "a_b.yaml", "-a.yaml", "é.yaml"])
def test_the_file_name_is_an_id(name: str) -> None:
    with pytest.raises(ControlError) as refused:
        load_control(write(CONTROL, name))
    stem = name.removesuffix(".yaml")
    assert str(refused.value) == (
        f"control id `{stem}` of {name}, expected lower case letters and digits, joined by `-`"
    )


def test_controls_of_a_directory_are_sorted_by_id() -> None:
    for name in ("d/b.yaml", "d/a.yml", "d/sub/c.yaml"):
        write(CONTROL, name)
    write("not a control", "d/README.md")
    write(CONTROL, "aa.yaml")
    found = load_controls([Path("d"), Path("aa.yaml"), Path("d/b.yaml")])
    assert [control.id for control in found] == ["a", "aa", "b", "c"]


def test_one_id_in_two_files_is_refused() -> None:
    paths = [write(CONTROL, "d/a.yaml"), write(CONTROL, "e/a.yaml")]
    with pytest.raises(ControlError) as refused:
        load_controls(paths)
    assert str(refused.value) == "control id `a` is used twice: d/a.yaml and e/a.yaml"


def test_a_directory_without_a_control_is_refused() -> None:
    Path("d").mkdir()
    with pytest.raises(ControlError) as refused:
        load_controls([Path("d")])
    assert str(refused.value) == "no control in d, expected `*.yaml` files"


def test_the_problems_of_several_files_are_reported_together() -> None:
    paths = [write("[]", "a.yaml"), write("- 1", "b.yaml")]
    with pytest.raises(ControlError) as refused:
        load_controls(paths)
    assert refused.value.problems == (
        "the control is a list, expected a mapping at a.yaml:1:1",
        "the control is a list, expected a mapping at b.yaml:1:1",
    )


PATH = changed(
    """  request:
    principal: [anonymous]
    action: ["s3:GetObject"]
""",
    """  path:
    from: [account]
    steps: [assume-role, lambda-003]
    to: {principal: "${target.arn}"}
""",
)


def path_of(text: str) -> Any:
    return load(text).document["forbid"]


def test_the_steps_of_a_path_are_carried_in_full() -> None:
    (path,) = path_of(PATH).values()
    assert [step["id"] for step in path["steps"]] == ["lambda-003", "sts-001"]
    assert path["steps"][1]["needs"] == [
        {"action": ["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"], "on": "target"}
    ]
    assert path["to"] == {"principal": ["${target.arn}"]}


def test_a_path_to_an_administrator_has_the_steps_that_show_one() -> None:
    (path,) = path_of(changed('principal: "${target.arn}"', "admin: true", PATH)).values()
    assert {"administrator", "iam-005", "iam-007"} < {step["id"] for step in path["steps"]}


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("lambda-003", "lambda-007", "unknown step `lambda-007` (did you mean `lambda-006`?)"),
        ("    steps: [assume-role, lambda-003]\n", "", "missing key `steps` in the chain"),
        ("    from: [account]\n", "", "missing key `from` in the path for each bucket"),
        ("    from: [account]\n", "    not_from: [account]\n", "`not_from` without `from`, expected both"),
        ("[account]", "[target]", "`target` as principal for each bucket, expected it only for a role or user"),
        ("for_each: bucket", "for_each: group", "`path` for each group, expected a kind that chains start from"),
        ('principal: "${target.arn}"', "admin: false", "`admin` is not `true`, expected another goal in its place"),
        (
            'principal: "${target.arn}"',
            "",
            "neither `admin` nor `principal` nor `request` in the goal, expected exactly one",
        ),
        ('{principal: "${target.arn}"}', '{admin: true, principal: "*"}', "both `admin` and `principal` in the goal"),
        (
            'principal: "${target.arn}"',
            "request: {resource: '*'}",
            "missing key `action` or `not_action` in the request",
        ),
        (
            'principal: "${target.arn}"',
            "request: {action: 's3:*', condition: {Bool: {a:b: maybe}}}",
            "`maybe` for `Bool`, expected `true` or `false`",
        ),
        ("forbid:", "require:", "unknown key `path`"),
    ],
)
def test_a_path_that_is_refused(old: str, new: str, problem: str) -> None:
    assert any(found.startswith(problem) for found in problems_of(changed(old, new, PATH)))


SESSION = changed(
    '    action: ["s3:GetObject"]\n',
    """    action: ["s3:GetObject"]
    session_policy:
      - Version: 2012-10-17
        Statement: {Effect: Allow, Action: "s3:*", Resource: "*"}
""",
)


def test_session_policies_are_documents() -> None:
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    (request,) = path_of(SESSION).values()
    assert request["session_policy"] == [{"Version": "2012-10-17", "Statement": statement}]


def test_session_policies_that_are_refused() -> None:
    text = changed("session_policy:", "session_policy: [x]", SESSION[: SESSION.index("      - Version")])
    assert problems_of(text) == ("a session policy is no mapping, expected a policy document at x.yaml:10:22",)
    alone = changed("for_each: bucket", "for_each: group", SESSION)
    assert "`session_policy` for each group, expected none: it is asked on its own" in problems_of(alone)[1]
