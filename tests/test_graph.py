"""`auditctl graph`, and flows in reports: the path or the cut of a claim, as DOT, as SVG, in words and as JSON."""

from __future__ import annotations

import json
import re
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import jsonschema
import pytest

from auditctl.graph import Drawing, dot_text, svg
from auditctl.graph.dot import MAX_WORDS, quoted
from auditctl.graph.drawing import Line, Mark, Node
from auditctl.report.json_schema import report_schema
from command_line import Ran, Shell
from network.shop import CONTROL, write_shop

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(name="folder", scope="module")
def make_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    write_shop(folder)
    one_way = CONTROL.replace("forbid:", "require:").replace("[internet]", "[{tag: {Name: [job-1]}}]")
    (folder / "one-way.yaml").write_text(one_way.replace("NAME", "far-1"), encoding="utf-8")
    (folder / "back.yaml").write_text(one_way.replace("NAME", "web-1"), encoding="utf-8")
    return folder


@pytest.fixture(name="run")
def make_shell(capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "120")
    return Shell(capsys)


def drawn(run: Shell, control: str, *more: str, controls: str = "controls") -> Ran:
    return run("graph", "snapshot", control, "--controls", controls, *more)


def marked(text: str, style: str) -> list[tuple[str, str]]:
    """The lines of a drawing that have a style."""
    found = [re.match(r'  "(.*)" -> "(.*)" \[(.*)\];', line) for line in text.splitlines()]
    return [(m[1], m[2]) for m in found if m and style in m[3]]


def test_the_path_of_a_packet_is_marked(run: Shell) -> None:
    ran = drawn(run, "opened")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("digraph claim {\n") and ran.out.endswith("\n}\n")  # noqa: PT018  one text
    assert marked(ran.out, "penwidth") == [
        ("internet", "igw-1/in"),
        ("igw-1/in", "vpc-1/local"),
        ("vpc-1/local", "subnet-1/in"),
        ("subnet-1/in", "subnet-1+sg-5/in"),
    ]
    assert marked(ran.out, "dashed") == []
    assert '[label="security group sg-5 inbound", color=' in ran.out


def test_the_cut_is_marked(run: Shell, folder: Path) -> None:
    text = CONTROL.replace("[internet]", "[{tag: {Name: [job-1]}}]").replace("NAME", "db-1")
    (folder / "cut.yaml").write_text(text, encoding="utf-8")
    ran = drawn(run, "cut", controls="cut.yaml")
    assert ran.code == 0
    assert marked(ran.out, "dashed") == [("vpc-1/local", "subnet-2/in")]
    assert marked(ran.out, "penwidth") == []
    assert '"vpc-1/local" [label="inside vpc-1 (shop)\\nvpc-1/local", style="rounded,filled"' in ran.out
    assert '"subnet-2/in" [label="subnet-2 (private), on the way in\\nsubnet-2/in", style="rounded"]' in ran.out


def test_what_does_not_lead_to_the_goal_is_left_out(run: Shell) -> None:
    assert "vpc-2" not in drawn(run, "opened").out


def test_a_reply_that_stops_is_drawn_instead(run: Shell) -> None:
    ran = drawn(run, "one-way", controls="one-way.yaml")
    assert '"subnet-4+sg-6/out" [label="eni-5 (far-1)\\nsubnet-4+sg-6/out", peripheries=2' in ran.out


def test_a_bundle_can_be_drawn(run: Shell) -> None:
    run("check", "snapshot", "--controls", "controls", "--bundle", "shop.audit")
    ran = run("graph", "shop.audit", "opened", "network", "-o", "path.dot")
    assert (ran.code, ran.out) == (0, "")
    assert drawn(run, "opened", "-o", "same.gv").code == 0


def test_the_same_claim_is_the_same_text(run: Shell, folder: Path) -> None:
    drawn(run, "closed", "-o", "one.dot")
    drawn(run, "closed", "-o", "two.dot")
    assert (folder / "one.dot").read_bytes() == (folder / "two.dot").read_bytes()


REFUSED = {
    "a snapshot without controls": (("snapshot", "opened"), 2, "a snapshot needs --controls"),
    "a bundle with controls": (("x.audit", "opened", "-c", "controls"), 2, "a bundle has its own controls"),
    "another control": (("snapshot", "shut", "-c", "controls"), 2, "unknown control `shut`"),
    "another format": (("snapshot", "opened", "-c", "controls", "-o", "x.png"), 5, "x.png: neither .dot nor .svg"),
    "a control of requests": (("snapshot", "buckets", "-c", "buckets.yaml"), 5, "buckets is not about flows"),
    "several targets": (("snapshot", "each", "-c", "each.yaml"), 2, "there are 7 targets of each, one is expected"),
    "several targets by a glob": (("snapshot", "each", "eni-?", "-c", "each.yaml"), 2, "eni-? names 5 targets of each"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_drawing_is_refused(run: Shell, folder: Path, name: str) -> None:
    arguments, code, message = REFUSED[name]
    each = CONTROL.replace("network", "interface").replace('{tag: {Name: ["NAME"]}}', "target")
    (folder / "each.yaml").write_text(each, encoding="utf-8")
    request = "  request:\n    principal: [anyone]\n    action: ['*']\n"
    buckets = CONTROL[: CONTROL.index("  flow:")].replace("network", "account") + request
    (folder / "buckets.yaml").write_text(buckets, encoding="utf-8")
    ZipFile("x.audit", "w").close()
    ran = run("graph", *arguments)
    assert ran.code == code
    assert message in ran.err


# DOT.


def drawing(*words: str, location: str = "a") -> Drawing:
    node = Node(location=location, words=location, is_source=True, is_goal=False, reached=False)
    return Drawing(
        title="t", nodes=(node,), lines=(Line(before=location, after="b", words=words, mark=Mark.UNCERTAIN),)
    )


def test_names_are_quoted() -> None:
    assert quoted('a"b\\c\nd\x1b') == '"a\\"b\\\\c\\nd\\\\x1b"'
    evil = 'a" [shape=none]; "b'
    assert evil not in dot_text(drawing(evil, location=evil))


def test_an_edge_names_few_filters() -> None:
    text = dot_text(drawing(*[f"filter {i}" for i in range(MAX_WORDS + 2)]))
    assert 'filter 3\\nand 2 more"' in text
    assert "filter 4" not in text
    assert "style=dotted" in text
    assert '"a" [label="a", ' in text


# SVG.


class Missing(Exception):
    """The program is not there."""


class Failed(Exception):
    """The program failed."""

    returncode = 1


def graphviz(result: str | Exception) -> ModuleType:
    """A stand-in for the package: what its `pipe` returns or raises."""

    class Source:
        def __init__(self, text: str) -> None:
            self.text = text

        def pipe(self, **options: Any) -> str:
            assert options == {"format": "svg", "encoding": "utf-8", "quiet": True}
            if isinstance(result, Exception):
                raise result
            return f"{result}{len(self.text) > 0}"

    module = ModuleType("graphviz")
    vars(module).update(Source=Source, ExecutableNotFound=Missing, CalledProcessError=Failed)
    return module


def test_svg_is_what_graphviz_makes(run: Shell, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "graphviz", graphviz("<svg>"))
    assert drawn(run, "opened", "-o", "x.svg").code == 0
    assert (folder / "x.svg").read_text(encoding="utf-8") == "<svg>True"


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (None, "x.svg: the package graphviz is not installed (pip install 'auditctl[graph]'); write .dot instead"),
        (graphviz(Missing()), "x.svg: the program dot of Graphviz is not installed; write .dot instead"),
        (graphviz(Failed()), "x.svg: dot ended with 1"),
    ],
)
def test_svg_without_graphviz_is_refused(
    run: Shell, monkeypatch: pytest.MonkeyPatch, module: ModuleType | None, message: str
) -> None:
    monkeypatch.setitem(sys.modules, "graphviz", module)
    ran = drawn(run, "opened", "-o", "x.svg")
    assert (ran.code, ran.err) == (5, f"error: cannot write {message}\n")


def test_what_is_too_large_for_svg_is_refused(run: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditctl.graph.run.MAX_NODES", 2)
    ran = drawn(run, "opened", "-o", "x.svg")
    assert ran.code == 5
    assert "x.svg: 11 locations, at most 2 are drawn; write .dot instead" in ran.err
    assert svg.MAX_NODES > 100


# Reports.


def test_a_report_draws_the_path(run: Shell) -> None:
    ran = run("check", "snapshot", "--controls", "controls")
    assert ran.code == 1
    assert "    tcp 203.0.113.1:49152 to 52.95.0.2:5432 gets from the internet to eni-3 (db-2).\n" in ran.out
    assert "    -> eni-3 (db-2)\n         by security group sg-5 inbound: tcp 5432 from 0.0.0.0/0\n" in ran.out


def test_a_report_says_where_packets_stop_that_have_to_arrive(run: Shell) -> None:
    ran = run("check", "snapshot", "--controls", "one-way.yaml")
    assert ran.code == 1
    assert (
        "    no packet from tag Name = job-1 gets to tag Name = far-1, and a reply gets back (tcp 5432).\n" in ran.out
    )
    assert "ends at route table rtb-5 (10.0.0.0/16 is a blackhole)." in " ".join(ran.out.split())


def test_the_json_report_has_hops_and_stops(run: Shell) -> None:
    ran = run("check", "snapshot", "--controls", "controls", "--controls", "one-way.yaml", "--format", "json")
    report = json.loads(ran.out)
    jsonschema.validate(report, report_schema())
    assert report["format"] == "auditctl-report/2"
    found = {c["id"]: c["claims"][0]["flow"] for c in report["controls"]}
    assert found["closed"] is None  # it holds, which `auditctl explain` explains
    assert found["opened"]["hops"][-1]["passed"][-1] == {
        "filter": "security group sg-5 inbound",
        "rule": "sg-5: tcp 5432 from 0.0.0.0/0",
        "written": None,
    }
    assert found["one-way"]["stops"][0]["rule"] == "10.0.0.0/16 is a blackhole"
    assert found["one-way"]["stops_replies"]


EXPLAINED = {
    "opened": ("controls", "  This packet decides it:\n       the internet\n"),
    "closed": (
        "controls",
        "  No such packet arrives:\n    - every path from the internet to tag Name = db-1 on tcp 5432 ends at",
    ),
    "one-way": ("one-way.yaml", "  No reply comes back:\n    - every reply from tag Name = far-1"),
}


@pytest.mark.parametrize("control", EXPLAINED)
def test_a_claim_is_explained(run: Shell, control: str) -> None:
    controls, words = EXPLAINED[control]
    ran = run("explain", "snapshot", control, "--controls", controls)
    assert ran.code == 0
    assert words in ran.out


def test_a_name_that_is_nothing_is_told(run: Shell, folder: Path) -> None:
    (folder / "misspelled.yaml").write_text(CONTROL.replace("NAME", "bd-1"), encoding="utf-8")
    ran = run("check", "snapshot", "--controls", "misspelled.yaml", "--controls", "controls")
    assert ran.err.splitlines()[-1] == "misspelled: nothing in the snapshot is tag Name = bd-1"
    assert ran.err.count("nothing in the snapshot") == 1
    ran = run("explain", "snapshot", "misspelled", "--controls", "misspelled.yaml")
    assert "    - nothing in the snapshot is tag Name = bd-1.\n" in ran.out


# Questions for other solvers.


def test_the_question_is_printed(run: Shell) -> None:
    ran = run("smt", "snapshot", "closed", "network", "--controls", "controls")
    assert ran.code == 0
    assert "; wide side\n(set-info :smt-lib-version 2.6)\n(set-logic QF_LIA)\n" in ran.out


def test_other_solvers_agree(run: Shell) -> None:
    ran = run(
        "check", "snapshot", "--controls", "controls", "--controls", "one-way.yaml", "--cross-check", "-f", "json"
    )
    found = json.loads(ran.out)["cross_check"]
    assert [(s["agreed"], s["unknown"], s["disagreed"]) for s in found["solvers"]] == [(6, 0, 0)] * len(
        found["solvers"]
    )
    assert found["not_compared"] == 0
