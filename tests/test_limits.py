"""Every limit of the checker, at the limit and one beyond."""

import contextlib
import io
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from checkers import limits
from checkers.__main__ import _plain, main
from checkers.cloud.network.flows import FlowQuestion, check_boxes
from checkers.cloud.vocabulary import parse_date, parse_number
from checkers.kernel.budget import Budget
from checkers.kernel.flow import Graph
from checkers.kernel.formula import Arity, Theory, Variable
from checkers.kernel.globs import ANY, SEG_ANY, Automaton, GlobSet, check_empty
from checkers.kernel.links import Hole, Template, hole, substitute
from checkers.kernel.refutation import check_refutation
from checkers.strict_json import parse_json
from checkers.verdict import Declined, Unreadable
from kernel.test_refutation import contradiction, refutation

Y = Variable("y", Theory.GLOBS, Arity.OPTIONAL)


# Tested elsewhere: the sizes of bundles, which need a bundle, and the causes of a violation.
ELSEWHERE = {"MAX_FILE_BYTES", "MAX_BUNDLE_BYTES", "MAX_MEMBER_BYTES", "MAX_MEMBERS", "MAX_CAUSES"}


def pattern_of(size: int) -> None:
    GlobSet(["a" * size])


def template_of(size: int) -> None:
    Template(("a" * size,), (Hole(Y, None),), complement=False)


def holes_of(count: int) -> None:
    hole(count - 1)


def walk_of(count: int) -> None:
    """A product that needs `count` states: one for each letter read, and two at the end."""
    head = "a" * (count - 3)
    check_empty([GlobSet([head + ANY])], [GlobSet([head + SEG_ANY, head + ":"])], (), Budget())


def steps_of(count: int) -> None:
    check_refutation(contradiction(), refutation(steps=[[[], [1, 2, 3]]] * count))


def lemmas_of(count: int) -> None:
    check_refutation(contradiction(), refutation(lemmas={"glob-empty/1": [[[-1, 2]]] * count}))


def states_of(count: int) -> None:
    check_refutation(contradiction(), refutation(lemmas={"glob-empty/1": [[[-1, 2], [["0", "0"]] * count]]}))


def work_of(units: int) -> None:
    Budget().spend(units)


def substitution_of(count: int) -> None:
    substitute(Template((hole(0),), (Hole(Y, None),), complement=False), [GlobSet([f"{i}" for i in range(count)])])


def automaton_of(bits: int) -> None:
    """Three masks: start, accept and the letter."""
    Automaton(["a" * (bits // 3 - 1)])


def number_of(digits: int) -> None:
    if parse_number("1" * digits) is None or parse_date("1" * digits) is None:
        raise Declined("no number")


def depth_of(levels: int) -> None:
    parse_json("[" * levels + "]" * levels, "x")


def digits_of(count: int) -> None:
    parse_json("1" * count, "x")


def values_of(count: int) -> None:
    parse_json("[" + ",".join(["0"] * count) + "]", "x")


def flow_of(work: int) -> None:
    """A certificate whose sets cost that much to read."""
    row = [n for i in range(work // 20) for n in (3 * i, 3 * i + 1)]
    question = FlowQuestion(Graph(()), (), ())
    check_boxes(question, {"rule": "flow/1", "sets": [row, [0, 1]][: 1 + work % 20], "boxes": {}})


def line_of(size: int) -> None:
    if _plain("x" * size).endswith("..."):
        raise Declined("cut short")


@pytest.mark.parametrize(
    ("name", "make", "lowered"),
    [
        ("MAX_PATTERN_CHARS", pattern_of, None),
        ("MAX_PATTERN_CHARS", template_of, None),
        ("MAX_HOLES", holes_of, None),
        ("MAX_NUMBER_CHARS", number_of, None),
        ("MAX_WORK", work_of, None),
        ("MAX_FLOW_WORK", flow_of, 2_000),
        ("MAX_WALK_STATES", walk_of, 20),
        ("MAX_LISTED_STATES", states_of, 20),
        ("MAX_SUBSTITUTED_PATTERNS", substitution_of, None),
        ("MAX_AUTOMATON_BITS", automaton_of, 3 * 50),
        ("MAX_LEMMAS", lemmas_of, 20),
        ("MAX_STEPS", steps_of, 20),
        ("MAX_JSON_DEPTH", depth_of, None),
        ("MAX_JSON_DIGITS", digits_of, None),
        ("MAX_JSON_VALUES", values_of, None),
        ("MAX_LINE_CHARS", line_of, None),
    ],
)
def test_at_the_limit_and_one_beyond(
    monkeypatch: pytest.MonkeyPatch, name: str, make: Callable[[int], None], lowered: int | None
) -> None:
    if lowered is not None:
        monkeypatch.setattr(limits, name, lowered)
    limit = getattr(limits, name)
    make(limit)
    with pytest.raises((Declined, Unreadable)):
        make(limit + (3 if name == "MAX_AUTOMATON_BITS" else 1))


def test_every_limit_is_tested() -> None:
    marks = test_at_the_limit_and_one_beyond.pytestmark  # type: ignore[attr-defined]
    tested = {row[0] for row in marks[0].args[1]} | ELSEWHERE
    assert tested == {name for name in vars(limits) if name.startswith("MAX_")}


def test_every_limit_has_its_reason() -> None:
    lines = Path(limits.__file__).read_text(encoding="utf-8").splitlines()
    for above, line in pairwise(lines):
        if line.startswith("MAX_"):
            assert "  # " in line or above.startswith("#"), line


def test_the_table_of_the_readme_has_the_values() -> None:
    readme = (Path(limits.__file__).parent / "README.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(MAX_\w+)` \| ([\d,]+) \|", readme, re.MULTILINE))
    assert {name: int(value.replace(",", "")) for name, value in rows.items()} == {
        name: value for name, value in vars(limits).items() if name.startswith("MAX_")
    }


def test_usage_is_not_limited() -> None:
    with contextlib.redirect_stderr(io.StringIO()) as output:
        assert main([]) == 2
    assert output.getvalue() == "usage: python -m checkers BUNDLE\n"
