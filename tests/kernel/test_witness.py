"""The rule `witness/1`."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given

from checkers import limits
from checkers.kernel.clauses import Question
from checkers.kernel.formula import Arity, Formula, Theory, Variable
from checkers.kernel.globs import ANY, STAR, GlobSet
from checkers.kernel.intervals import union
from checkers.kernel.links import Hole, Template, hole
from checkers.kernel.witness import check_witness
from checkers.verdict import Declined, Rejected
from kernel.brute import assignments
from kernel.test_formula import F, G, H, M, N, X, Y, build, trees, truth


def question() -> Question:
    """One question: x = a, y is there and x = y, some m is in everything but b, n < 5, and f."""
    formula = Formula()
    parts = [
        formula.atom(X, GlobSet(["a"])),
        formula.atom(X, Template((hole(0),), (Hole(Y, None),), complement=False)),
        formula.atom(M, GlobSet(["b"], complement=True)),
        formula.atom(N, union([(None, (5, 0))])),
        formula.atom(F, None),
    ]
    return Question(formula, formula.all(parts))


GOOD: dict[str, Any] = {"x": ("a",), "y": ("a",), "m": ("b", "c"), "n": (Fraction(9, 2),), "f": (True,)}


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param({}, id="as it is"),
        pytest.param({"m": ("c",)}, id="one of many values"),
        pytest.param({"n": (4,)}, id="an integer is a number"),
        pytest.param({"unknown": ("z",)}, id="a variable that the question does not have"),
    ],
)
def test_accepted(edit: dict[str, Any]) -> None:
    check_witness(question(), {**GOOD, **edit})


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        pytest.param({"x": ()}, "0 values to x, which has exactly one", id="no value where there is one"),
        pytest.param({"x": ("a", "a")}, "2 values to x, which has exactly one", id="two values where there is one"),
        pytest.param({"f": ()}, "0 values to f", id="a flag without a value"),
        pytest.param(
            {"y": ("a", "b")}, "2 values to y, which has at most one", id="two values where there is one at most"
        ),
        pytest.param({"x": ("b",)}, "false for the witness", id="a value outside its set"),
        pytest.param({"y": ()}, "false for the witness", id="an absent value equals none"),
        pytest.param({"y": ("b",)}, "false for the witness", id="another value in the hole"),
        pytest.param({"m": ("b",)}, "false for the witness", id="no value outside the set"),
        pytest.param({"m": ()}, "false for the witness", id="no value at all"),
        pytest.param({"n": (5,)}, "false for the witness", id="a number at the open end"),
        pytest.param({"f": (False,)}, "false for the witness", id="a flag that is not set"),
        pytest.param({"x": (1,)}, "x a value of another type", id="a number for a text"),
        pytest.param({"n": ("4",)}, "n a value of another type", id="a text for a number"),
        pytest.param({"n": (True,)}, "n a value of another type", id="a boolean is no number"),
        pytest.param({"f": (1,)}, "f a value of another type", id="a number is no flag"),
        pytest.param({"m": ("c", None)}, "m a value of another type", id="null among many values"),
    ],
)
def test_rejected(edit: dict[str, Any], reason: str) -> None:
    with pytest.raises(Rejected, match=reason):
        check_witness(question(), {**GOOD, **edit})


def test_two_variables_of_one_name_are_rejected() -> None:
    formula = Formula()
    twin = Variable("x", Theory.GLOBS, Arity.MANY)
    root = formula.all([formula.atom(X, GlobSet(["a"])), -formula.atom(twin, GlobSet(["b"]))])
    with pytest.raises(Rejected, match="two variables that are called x"):
        check_witness(Question(formula, root), {"x": ("a",)})


def test_a_hole_counts_as_a_variable() -> None:
    formula = Formula()
    root = -formula.atom(X, Template((hole(0),), (Hole(Y, None),), complement=False))
    check_witness(Question(formula, root), {"x": ("a",), "y": ("b",)})
    with pytest.raises(Rejected, match="2 values to y"):
        check_witness(Question(formula, root), {"x": ("a",), "y": ("b", "c")})


def test_texts_beyond_the_limit_are_declined() -> None:
    formula = Formula()
    root = formula.atom(X, Template((hole(0),), (Hole(Y, None),), complement=False))
    text = "a" * limits.MAX_PATTERN_CHARS
    check_witness(Question(formula, root), {"x": (text,), "y": (text,)})
    with pytest.raises(Declined, match="characters"):
        check_witness(Question(formula, root), {"x": (text + "a",), "y": (text + "a",)})


def test_evaluation_of_a_witness_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    formula = Formula()
    root = formula.all([-formula.atom(M, GlobSet([f"{STAR}b{ANY}{i}"])) for i in range(50)])
    values = {"m": tuple("b0123456789" * 10 for _ in range(20))}
    check_witness(Question(formula, root), values)
    monkeypatch.setattr(limits, "MAX_WORK", 50_000)
    with pytest.raises(Declined, match="units of work"):
        check_witness(Question(formula, root), values)


@given(trees)
def test_a_witness_is_accepted_iff_the_formula_is_true(tree: Any) -> None:
    formula = Formula()
    for variable in (F, G, H):
        formula.atom(variable, None)
    root = build(formula, tree)
    for assignment in assignments([F, G, H]):
        flags = tuple(assignment[v.name][0] for v in (F, G, H))
        try:
            check_witness(Question(formula, root), assignment)
            accepted = True
        except Rejected:
            accepted = False
        assert accepted is truth(tree, flags)
