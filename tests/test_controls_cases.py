"""The tests that a control carries: what they say, and the snapshot that they become."""

import json
import random
from pathlib import Path

import pytest

from auditctl.controls import (
    Control,
    ControlError,
    load_control,
    load_controls,
    write_case,
)
from checkers.cloud.control import parse_control
from control_files import CONTROL, load, problems_of

ROOT = Path(__file__).parent.parent
PACK = load_controls([ROOT / "policies"])
ACCOUNT = "111122223333"


@pytest.fixture(autouse=True)
def _in_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def with_test(snapshot: str, more: str = "") -> str:
    return CONTROL + f"tests:\n  - name: a case\n    outcome: holds\n{more}    snapshot: {{{snapshot}}}\n"


def files_of(text: str) -> dict[str, object]:
    """Return the snapshot that the one test of a control becomes, by path."""
    (case,) = load(text).cases
    write_case(case, Path("out"))
    paths = sorted(path for path in Path("out").rglob("*") if path.is_file())
    return {path.relative_to("out").as_posix(): json.loads(path.read_text(encoding="utf-8")) for path in paths}


def test_an_account_with_nothing_configured_has_all_its_facts() -> None:
    assert files_of(with_test(f'accounts: ["{ACCOUNT}"]')) == {
        "snapshot.json": {
            "format": "auditctl-snapshot/1",
            "time": "2026-01-01T00:00:00Z",
            "tool": "auditctl-case/1",
            "accounts": [{"id": ACCOUNT, "name": ACCOUNT, "partition": "aws"}],
            "errors": [
                {
                    "path": f"{ACCOUNT}/global/organizations/describe-organization.json",
                    "code": "AWSOrganizationsNotInUseException",
                    "message": "",
                },
                {
                    "path": f"{ACCOUNT}/global/s3control/get-public-access-block.json",
                    "code": "NoSuchPublicAccessBlockConfiguration",
                    "message": "",
                },
            ],
        },
        f"{ACCOUNT}/global/iam/get-account-authorization-details.json": {
            "UserDetailList": [],
            "GroupDetailList": [],
            "RoleDetailList": [],
            "Policies": [],
            "IsTruncated": False,
        },
        f"{ACCOUNT}/global/s3/list-buckets.json": {
            "Owner": {"ID": ACCOUNT.rjust(64, "0")},
            "Buckets": [],
        },
    }


def test_a_bucket_has_no_policy_and_no_acl_until_the_case_says_so() -> None:
    listed = f"{ACCOUNT}/global/s3/list-buckets.json: {{Buckets: [{{Name: logs}}]}}"
    found = files_of(with_test(f'accounts: ["{ACCOUNT}"], files: {{{listed}}}'))
    s3 = f"{ACCOUNT}/global/s3"
    assert found[f"{s3}/get-bucket-acl/logs.json"] == {
        "Owner": {"ID": ACCOUNT.rjust(64, "0")},
        "Grants": [],
    }
    snapshot = found["snapshot.json"]
    assert isinstance(snapshot, dict)
    assert {error["path"]: error["code"] for error in snapshot["errors"]} == {
        f"{ACCOUNT}/global/organizations/describe-organization.json": "AWSOrganizationsNotInUseException",
        f"{ACCOUNT}/global/s3control/get-public-access-block.json": "NoSuchPublicAccessBlockConfiguration",
        f"{s3}/get-bucket-policy/logs.json": "NoSuchBucketPolicy",
        f"{s3}/get-bucket-tagging/logs.json": "NoSuchTagSet",
        f"{s3}/get-public-access-block/logs.json": "NoSuchPublicAccessBlockConfiguration",
    }


def test_a_policy_becomes_json_text_and_keeps_its_version() -> None:
    path = f"{ACCOUNT}/global/s3/get-bucket-policy/logs.json"
    policy = "{Policy: {Version: 2012-10-17, Statement: [{Effect: Deny, Condition: {Bool: {a:b: false}}}]}}"
    found = files_of(with_test(f'accounts: ["{ACCOUNT}"], files: {{{path}: {policy}}}'))
    response = found[path]
    assert isinstance(response, dict)
    assert json.loads(response["Policy"]) == {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Condition": {"Bool": {"a:b": False}}}],
    }


def test_a_role_gets_what_the_api_always_says_of_one() -> None:
    path = f"{ACCOUNT}/global/iam/get-account-authorization-details.json"
    role = f"{{Arn: 'arn:aws:iam::{ACCOUNT}:role/team/app', Tags: [{{Key: a, Value: b}}]}}"
    found = files_of(with_test(f'accounts: ["{ACCOUNT}"], files: {{{path}: {{RoleDetailList: [{role}]}}}}'))
    details = found[path]
    assert isinstance(details, dict)
    (entry,) = details["RoleDetailList"]
    assert entry["RoleName"] == "app"
    assert entry["Path"] == "/team/"
    assert entry["RoleId"] == "AROA0000000000000001"
    assert entry["Tags"] == [{"Key": "a", "Value": "b"}]
    assert entry["RolePolicyList"] == []


def test_an_answer_that_was_denied_has_no_file() -> None:
    path = f"{ACCOUNT}/global/iam/get-account-authorization-details.json"
    found = files_of(with_test(f'accounts: ["{ACCOUNT}"], errors: [{{path: {path}, code: AccessDenied}}]'))
    assert path not in found
    snapshot = found["snapshot.json"]
    assert isinstance(snapshot, dict)
    assert {"path": path, "code": "AccessDenied", "message": ""} in snapshot["errors"]


def test_a_case_has_its_own_parameters_and_not_those_of_the_organization() -> None:
    text = (
        with_test(f'accounts: ["{ACCOUNT}"]', "    parameters: {names: [a]}\n")
        + "where: {not_name: ['${parameters.names}']}\n"
        + "parameters: {names: {type: string-list, default: [d]}}\n"
    )
    control = load(text, names=["o"])
    assert control.document["parameters"] == {"names": ["o"]}
    assert control.cases[0].document["parameters"] == {"names": ["a"]}
    without = load(text.replace("    parameters: {names: [a]}\n", ""), names=["o"])
    assert without.cases[0].document["parameters"] == {"names": ["d"]}


PATH = f"{ACCOUNT}/global/s3/list-buckets.json"


@pytest.mark.parametrize(
    ("snapshot", "more", "problem"),
    [
        (
            "accounts: ['1']",
            "",
            "malformed account id `1`, expected twelve digits at x.yaml:13:27",
        ),
        (
            "files: {}",
            "",
            "missing key `accounts` in the snapshot of a test at x.yaml:13:15",
        ),
        (
            f"accounts: ['{ACCOUNT}'], files: {{../../etc/passwd: {{}}}}",
            "",
            (
                "malformed snapshot path `../../etc/passwd`, expected `account/region/service/operation.json` or "
                "`.../operation/resource.json` at x.yaml:13:52"
            ),
        ),
        (
            f"accounts: ['{ACCOUNT}'], files: {{444455556666/global/s3/list-buckets.json: {{}}}}",
            "",
            "account `444455556666` of a path is not in `accounts` at x.yaml:13:52",
        ),
        (
            f"accounts: ['{ACCOUNT}'], errors: [{{path: {PATH}, code: E}}], files: {{{PATH}: {{}}}}",
            "",
            f"snapshot path `{PATH}` is written twice at x.yaml:13:60",
        ),
        (
            f"accounts: ['{ACCOUNT}']",
            "    parameters: {nmae: a}\n",
            "unknown parameter `nmae` of control `x` at x.yaml:13:24",
        ),
        (
            f"accounts: ['{ACCOUNT}']",
            "    tagret: a\n",
            "unknown key `tagret` (did you mean `target`?) at x.yaml:13:5",
        ),
    ],
)
def test_a_wrong_test_is_refused(snapshot: str, more: str, problem: str) -> None:
    assert problem in problems_of(with_test(snapshot, more))


@pytest.mark.parametrize("control", PACK, ids=lambda control: control.id)
def test_every_control_of_the_pack_is_complete(control: Control) -> None:
    document = control.document
    assert {"rationale", "remediation", "severity", "maps_to"} <= document.keys()
    title = document["title"]
    assert isinstance(title, str)
    assert title[0].isupper()
    assert not title.endswith(".")
    assert {"holds", "violated"} <= {case.outcome for case in control.cases}
    assert len({case.name for case in control.cases}) == len(control.cases)


@pytest.mark.parametrize("control", PACK, ids=lambda control: control.id)
def test_the_checker_reads_every_control_of_the_pack(control: Control) -> None:
    for document in (control.document, *(case.document for case in control.cases)):
        assert parse_control(json.loads(json.dumps(document)), control.id).id == control.id


@pytest.mark.parametrize("control", PACK, ids=lambda control: control.id)
def test_every_test_of_the_pack_becomes_a_snapshot(control: Control) -> None:
    for number, case in enumerate(control.cases):
        write_case(case, Path(f"{number}"))
        write_case(case, Path(f"{number}-again"))
        first = sorted(path for path in Path(f"{number}").rglob("*.json"))
        assert len(first) > len(case.files)
        for path in first:
            again = Path(f"{number}-again") / path.relative_to(f"{number}")
            assert path.read_bytes() == again.read_bytes()


def test_the_titles_of_the_pack_are_different() -> None:
    titles = [str(control.document["title"]) for control in PACK]
    assert len(set(titles)) == len(titles)
    assert len(PACK) >= 18


def test_nonsense_is_refused_and_never_a_traceback() -> None:
    chance = random.Random(7)
    source = (ROOT / "policies" / "role-escalation.yaml").read_text(encoding="utf-8")
    refused = lines = 0
    for _ in range(200):
        Path("x.yaml").write_bytes(_damage(source, chance).encode("utf-8", "surrogatepass"))
        try:
            load_control(Path("x.yaml"))
        except ControlError as error:
            refused += 1
            lines += str(error).count("\n")
    assert refused > 100
    assert lines == 0


def _damage(text: str, chance: random.Random) -> str:
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text))
        what = chance.choice([
            "[",
            "]",
            "{",
            "}",
            ":",
            "- ",
            "\n",
            "\t",
            "&a ",
            "*a",
            "!",
            "\0",
            "${",
            "'",
            '"',
            "?",
            "é",
            "\ud800",
        ])
        text = text[:at] + what + text[at + chance.choice([0, 1, 5, 60]) :]
    return text
