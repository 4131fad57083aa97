"""Controls of chains of hosts, and of a flow with a request: what their parts have to do with one another."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from auditctl.controls import control_schema
from checkers.cloud.control import parse_control
from control_files import changed, load, problems_of

VALIDATOR = Draft202012Validator(control_schema())
HEAD = """\
title: No chain leads there
severity: high
rationale: It matters.
remediation: Mend it.
"""
HOPS = f"""{HEAD}\
for_each: bucket
forbid:
  path:
    from: [internet]
    hop:
      protocol: [tcp]
      port: ["22"]
    to:
      request:
        action: ["s3:GetObject"]
        resource: ["${{target.arn}}/*"]
"""
TO_FLOW = f"""{HEAD}\
for_each: vpc
forbid:
  path:
    from: [internet]
    hop: {{protocol: [tcp]}}
    to:
      flow:
        to: [target]
        protocol: [tcp]
        port: ["5432"]
"""
BOTH = f"""{HEAD}\
for_each: instance
forbid:
  flow:
    from: [internet]
  request:
    action: ["s3:GetObject"]
"""


@pytest.fixture(autouse=True)
def _in_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def is_valid(text: str) -> bool:
    found: bool = VALIDATOR.is_valid(yaml.safe_load(text))
    return found


@pytest.mark.parametrize("text", [HOPS, TO_FLOW, BOTH])
def test_what_the_loader_makes_of_them_is_what_the_checker_reads(text: str) -> None:
    document: Any = json.loads(json.dumps(load(text).document))
    found = parse_control(document, "x")
    assert (found.lateral is None) is (found.composed is not None)
    assert is_valid(text)


def test_steps_are_carried_in_full_where_there_are_any() -> None:
    assert "steps" not in load(HOPS).document["forbid"]["path"]  # type: ignore[index, call-overload, operator]
    text = changed("    to:\n", "    steps: [assume-role]\n    to:\n", HOPS)
    found = parse_control(json.loads(json.dumps(load(text).document)), "x")
    assert found.lateral is not None
    assert found.lateral.path is not None
    assert [step.id for step in found.lateral.path.steps] == ["sts-001"]


def test_goals_are_those_of_paths_and_flows() -> None:
    goal = HOPS[HOPS.index("      request:") :]
    for text in ("      admin: true\n", '      principal: ["arn:aws:iam::*:role/x"]\n'):
        assert parse_control(json.loads(json.dumps(load(changed(goal, text, HOPS)).document)), "x").lateral is not None
    assert problems_of(changed(goal, "      admin: false\n", HOPS)) == (
        "`admin` is not `true`, expected another goal in its place at x.yaml:13:14",
    )


@pytest.mark.parametrize(
    ("text", "old", "new", "problem"),
    [
        (HOPS, "    from: [internet]\n", "", "missing key `from` in the path for each bucket at x.yaml:8:5"),
        (
            HOPS,
            "[internet]",
            "[target]",
            "`target` as the end of a flow for each bucket, expected interfaces at x.yaml:8:12",
        ),
        (HOPS, "[internet]", "[internt]", "unknown end of a flow `internt` (did you mean `internet`?) at x.yaml:8:12"),
        (HOPS, '["22"]', '["29-22"]', "port `29-22` ends before it starts, expected a range at x.yaml:11:14"),
        (
            HOPS,
            "      protocol: [tcp]\n",
            "",
            "`port` without protocol `tcp` or `udp`, expected one of them at x.yaml:10:13",
        ),
        (HOPS, "      protocol: [tcp]\n", "      protocol: [tcp]\n      to: [internet]\n", "unknown key `to`"),
        (
            HOPS,
            "[internet]",
            '[{vpc: ["${target.id}"]}]',
            "placeholder `${target.id}`, expected it for each",
        ),
        (HOPS, "for_each: bucket", "for_each: group", "`path` for each group, expected a kind that chains start from"),
        (
            HOPS,
            '        action: ["s3:GetObject"]\n',
            '        action: ["s3:GetObject"]\n        condition: {StringEquals: {"aws:SourceVpc": []}}\n',
            "`aws:SourceVpc` is an empty list, which `StringEquals` never matches",
        ),
        (
            TO_FLOW,
            "    to:\n",
            "    steps: [assume-role]\n    to:\n",
            "`steps` of a chain that leads to a flow, expected none: they are of roles",
        ),
        (
            TO_FLOW,
            "[internet]",
            '[{vpc: ["subnet-1"]}]',
            "`subnet-1` in `vpc`, expected an id that starts with `vpc-`",
        ),
        (TO_FLOW, '["5432"]', '["5433-5432"]', "port `5433-5432` ends before it starts"),
        (BOTH, "for_each: instance", "for_each: vpc", "`flow` and `request` for each vpc, expected both for each"),
        (BOTH, "forbid:", "require:", "both `request` and `flow` in the claim, expected exactly one"),
        (
            BOTH,
            '["s3:GetObject"]\n',
            '["s3:GetObject"]\n    principal: [target]\n',
            "`target` as principal for each instance, expected it only for a role or user",
        ),
        (
            BOTH,
            '["s3:GetObject"]\n',
            '["s3:GetObject"]\n    not_principal: ["111122223333"]\n',
            "`not_principal` without `principal`, expected both",
        ),
        (
            BOTH,
            '["s3:GetObject"]\n',
            '["s3:GetObject"]\n    resource: ["arn:aws:s3:::${target.vpc}"]\n',
            "placeholder `${target.vpc}`, expected it only in a flow",
        ),
    ],
)
def test_parts_that_do_not_fit_are_named(text: str, old: str, new: str, problem: str) -> None:
    found = problems_of(changed(old, new, text))
    assert len(found) == 1
    assert found[0].startswith(problem)


def test_a_flow_that_chains_lead_to_has_an_end() -> None:
    lost = changed("        to: [target]\n", "", TO_FLOW)
    assert load(lost).document["for_each"] == "vpc"
    assert problems_of(changed("    from: [internet]\n", "", lost)) == (
        "neither `from` nor `to` in a chain that leads to a flow, expected one of them at x.yaml:11:9",
    )
    assert problems_of(changed("for_each: vpc", "for_each: bucket", lost)) == (
        "missing key `to` in the flow for each bucket at x.yaml:12:9",
    )


def test_a_target_without_a_vpc_has_no_placeholder_for_it() -> None:
    text = changed("[internet]", '[{vpc: ["${target.vpc}"]}]', changed("for_each: vpc", "for_each: network", TO_FLOW))
    assert problems_of(text) == ("placeholder `${target.vpc}`, expected it for a target in a VPC at x.yaml:8:19",)


def test_an_editor_says_so_too() -> None:
    assert not is_valid(changed("forbid:", "require:", BOTH))
    assert not is_valid(changed("      protocol: [tcp]\n", "      protocol: [tcp]\n      to: [internet]\n", HOPS))
    assert not is_valid(
        changed("    from: [internet]\n    hop: {protocol: [tcp]}\n", "    from: [internet]\n", TO_FLOW)
    )
    path = changed('    hop:\n      protocol: [tcp]\n      port: ["22"]\n', "", HOPS)
    assert not is_valid(path)
    assert is_valid(
        changed("[internet]", "[anyone]", changed("    to:\n", "    steps: [assume-role]\n    to:\n", path))
    )
    assert not is_valid(changed("  request:\n", "  path: {}\n  request:\n", BOTH))
