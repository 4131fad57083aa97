"""The JSON Schema of a control says what the loader says, as far as a schema can."""

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from auditctl.controls import control_schema, control_schema_text
from auditctl.controls.iam_words import PRINCIPAL_SELECTORS
from auditctl.controls.reader import json_of
from auditctl.controls.schema import ASSUMPTIONS, TARGET_KINDS
from auditctl.controls.strict_yaml import parse_yaml
from checkers.cloud.control import FACTS, KINDS, SELECTORS
from control_files import CONTROL, changed

ROOT = Path(__file__).parent.parent
FILE = ROOT / "auditctl" / "controls" / "control.schema.json"
POLICIES = sorted((ROOT / "policies").glob("*.yaml"))
VALIDATOR = Draft202012Validator(control_schema())


def test_the_file_is_what_the_description_gives() -> None:
    assert FILE.read_text(encoding="utf-8") == control_schema_text()


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(json.loads(FILE.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_every_policy_is_valid_as_the_loader_reads_it(path: Path) -> None:
    tree = json_of(parse_yaml(path.read_bytes(), path.name))
    assert [error.message for error in VALIDATOR.iter_errors(tree)] == []


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_every_policy_is_valid_as_an_editor_reads_it(path: Path) -> None:
    tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert [error.message for error in VALIDATOR.iter_errors(tree)] == []


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_every_policy_points_an_editor_to_the_schema(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    comment, _, reference = first.partition("$schema=")
    assert comment == "# yaml-language-server: "
    assert (path.parent / reference).resolve() == FILE.resolve()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("severity: high", "serverity: high"),
        ("severity: high", "severity: hihg"),
        ("severity: high\n", ""),
        ("for_each: bucket", "for_each: buckets"),
        ("forbid:", "forbit:"),
        ("[anonymous]", "[anonymus]"),
        ("[anonymous]", "['1234']"),
        ("[anonymous]", "[]"),
        ('"s3:GetObject"', '"s3 GetObject"'),
        ('    action: ["s3:GetObject"]\n', ""),
        ('["s3:GetObject"]', 's3:GetObject\n    all: "true"'),
        ('["s3:GetObject"]', "s3:GetObject\n    condition: {StringLikke: {aws:x: a}}"),
    ],
)
def test_what_the_loader_refuses_the_schema_refuses(old: str, new: str) -> None:
    assert VALIDATOR.is_valid(yaml.safe_load(CONTROL))
    assert not VALIDATOR.is_valid(yaml.safe_load(changed(old, new)))


def test_the_words_of_a_control_are_those_of_the_checker() -> None:
    assert sorted(TARGET_KINDS) == list(KINDS)
    assert sorted(PRINCIPAL_SELECTORS) == list(SELECTORS)
    assert sorted(ASSUMPTIONS) == sorted(FACTS)
