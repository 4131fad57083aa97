"""`python tests/bench` on a handful of policies: the table, the JSON, and the words of a missed goal."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from auditctl.controls import load_controls
from bench import organization
from bench.generated import generate_policy
from bench.growth import exponent
from bench.organization import make_organization
from bench.table import Figure, render, summary

pytest.importorskip("moto", reason="the policies come from moto")

ROOT = Path(__file__).resolve().parent.parent
KINDS = (
    "audit",
    "checker",
    "organization",
    "paths",
    "buckets",
    "network",
    "search",
    "check",
    "size",
    "statements",
    "policies",
    "sample",
    "z3",
    "cvc5",
    "collect",
)


pytestmark = pytest.mark.xdist_group("bench")  # one run of the bench for all


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    """What a small run prints, and the JSON that it writes."""
    path = tmp_path_factory.mktemp("bench") / "build" / "bench.json"
    small = [
        "--policies",
        "20",
        "--shrink",
        "20",
        "--sizes",
        "10,40",
        "--sample",
        "20",
        "--limit",
        "2",
        "--json",
        str(path),
    ]
    done = subprocess.run(
        [sys.executable, "tests/bench", *small], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads(path.read_text(encoding="utf-8"))


def test_every_part_has_figures(run: tuple[str, dict[str, Any]]) -> None:
    ids = {figure["id"].split(".")[0] for figure in run[1]["figures"]}
    assert set(KINDS) <= ids
    assert run[1]["format"] == "auditctl-bench/1"
    assert run[1]["setting"]["policies"] == 20


def test_the_table_has_every_figure_of_the_json(run: tuple[str, dict[str, Any]]) -> None:
    table, written = run
    for figure in written["figures"]:
        line = next(line for line in table.splitlines() if line.startswith(figure["name"] + "  "))
        assert ("NOT MET" in line) is (figure.get("met") is False)


def test_what_does_not_depend_on_the_machine_is_met(run: tuple[str, dict[str, Any]]) -> None:
    found = {figure["id"]: figure for figure in run[1]["figures"]}
    assert found["claims"]["value"] == 120
    for name in ("search.inconclusive", "size.median", "size.max", "z3.disagree", "organization.inconclusive"):
        assert found[name]["met"], found[name]
    for name in ("audit.seconds", "checker.seconds", "paths.seconds", "buckets.processor"):
        assert found[name]["value"] is not None, found[name]


def test_the_organization_follows_from_the_seed(tmp_path: Path) -> None:
    sizes = {"roles": 40, "users": 4, "groups": 5, "policies": 20, "buckets": 12}
    one, same, other = (
        files_of(make_organization(tmp_path / name, sizes, seed=seed, shrink=1))
        for name, seed in (("one", 1), ("same", 1), ("other", 2))
    )
    assert one == same
    assert one != other
    details = json.loads(one["222233334444/global/iam/get-account-authorization-details.json"])
    assert [len(details[f"{kind}DetailList"]) for kind in ("Role", "User", "Group")] == [40, 4, 5]
    assert sum(row["Arn"].startswith("arn:aws:iam::222233334444:") for row in details["Policies"]) == 20
    assert len(json.loads(one["222233334444/global/s3/list-buckets.json"])["Buckets"]) == 12


def files_of(directory: Path) -> dict[str, bytes]:
    """The files of a snapshot, by relative path."""
    return {p.relative_to(directory).as_posix(): p.read_bytes() for p in directory.rglob("*.json")}


def test_the_controls_of_the_organization_are_thirty() -> None:
    ids = [control.id for control in load_controls([organization.CONTROLS])]
    assert len(ids) == 30
    assert set(organization.SIDE_BY_SIDE) <= set(ids)


def test_the_readme_of_the_organization_names_controls_that_there_are() -> None:
    text = (organization.CONTROLS.parent / "README.md").read_text(encoding="utf-8")
    cells = [
        line.strip("|").split("|")[1] for line in text.split("## Mistakes")[1].splitlines() if line.startswith("| ")
    ]
    named = {name for cell in cells for name in re.findall(r"`([a-z-]+)`", cell)}
    assert len(named) >= 10
    assert [name for name in named if not (organization.CONTROLS / f"{name}.yaml").is_file()] == []


@pytest.mark.parametrize(
    ("figure", "met", "goal"),
    [
        pytest.param(Figure(id="a", name="a", value=1, at_most=1), True, "at most 1", id="at the bound"),
        pytest.param(Figure(id="a", name="a", value=1.01, at_most=1), False, "at most 1", id="above the bound"),
        pytest.param(Figure(id="a", name="a", value=99, at_least=100), False, "at least 100", id="below the bound"),
        pytest.param(Figure(id="a", name="a", value=100, at_least=100), True, "at least 100", id="at the lower bound"),
        pytest.param(Figure(id="a", name="a", value=None, at_most=1), False, "at most 1", id="not measured"),
        pytest.param(Figure(id="a", name="a", value=7), None, "", id="without a goal"),
    ],
)
def test_a_goal_is_met_or_not(figure: Figure, met: bool | None, goal: str) -> None:
    assert figure.met is met
    assert figure.goal == goal


def test_a_missed_goal_is_said_in_the_table_and_the_summary() -> None:
    figures = [
        Figure(id="a", name="slow", value=2, unit="s", at_most=1),
        Figure(id="b", name="fast", value=1, at_most=1),
    ]
    assert "NOT MET" in render(figures).splitlines()[2]
    assert summary(figures) == "1 of 2 goals met"


def test_generated_policies_are_repeatable_and_differ_in_one_effect() -> None:
    holds, violated = (generate_policy(200, 7, violated=v) for v in (False, True))
    assert holds == generate_policy(200, 7, violated=False)
    assert len(holds["Statement"]) == 200
    changed = [a for a, b in zip(holds["Statement"], violated["Statement"], strict=True) if a != b]
    assert [row["Effect"] for row in changed] == ["Deny"]


def test_the_exponent_of_growth() -> None:
    assert exponent([(10, 9.0), (100, 1.0), (500, 3.0), (1000, 10.0)]) == pytest.approx(1)
    assert exponent([(10, 1.0), (20, 4.0)]) == pytest.approx(2)
