"""Formulas: hash-consing, constants, evaluation."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkers import limits
from checkers.kernel.budget import Budget
from checkers.kernel.formula import FALSE, TRUE, Arity, Atom, Formula, Theory, Variable, is_member
from checkers.kernel.globs import EVERYTHING, STAR, GlobSet
from checkers.kernel.intervals import union
from checkers.kernel.links import Hole, Template, hole
from checkers.verdict import Declined
from kernel.brute import assignments

X = Variable("x", Theory.GLOBS, Arity.ONE)
Y = Variable("y", Theory.GLOBS, Arity.OPTIONAL)
M = Variable("m", Theory.GLOBS, Arity.MANY)
N = Variable("n", Theory.INTERVALS, Arity.OPTIONAL)
F = Variable("f", Theory.FLAG, Arity.ONE)
G = Variable("g", Theory.FLAG, Arity.ONE)
H = Variable("h", Theory.FLAG, Arity.ONE)

# A tree is a flag's index, or ("not", tree), ("and", trees), ("or", trees); True and False are constants.
trees = st.recursive(
    st.sampled_from([0, 1, 2, "true", "false"]),
    lambda t: st.tuples(st.just("not"), t) | st.tuples(st.sampled_from(["and", "or"]), st.lists(t, max_size=3)),
    max_leaves=12,
)


def build(formula: Formula, tree: Any) -> int:
    """The node literal of a tree."""
    if isinstance(tree, int):
        return formula.atom((F, G, H)[tree], None)
    if isinstance(tree, str):
        return TRUE if tree == "true" else FALSE
    kind, parts = tree
    if kind == "not":
        return -build(formula, parts)
    literals = [build(formula, t) for t in parts]
    return formula.all(literals) if kind == "and" else formula.any(literals)


def truth(tree: Any, flags: tuple[bool, ...]) -> bool:
    """The value of a tree."""
    if isinstance(tree, int):
        return flags[tree]
    if isinstance(tree, str):
        return tree == "true"
    kind, parts = tree
    if kind == "not":
        return not truth(parts, flags)
    return (all if kind == "and" else any)(truth(t, flags) for t in parts)


@given(trees)
def test_a_node_has_the_value_of_its_tree(tree: Any) -> None:
    formula = Formula()
    literal = build(formula, tree)
    for assignment in assignments([F, G, H]):
        value = formula.evaluate(assignment)[abs(literal)] is (literal > 0)
        assert value is truth(tree, tuple(assignment[v.name][0] for v in (F, G, H)))


@given(trees)
def test_the_same_construction_gives_the_same_nodes(tree: Any) -> None:
    one, two = Formula(), Formula()
    assert build(one, tree) == build(two, tree)
    assert one.nodes == two.nodes
    before = len(one.nodes)
    build(one, tree)
    assert len(one.nodes) == before


def test_conjunctions() -> None:
    formula = Formula()
    f, g, h = (formula.atom(v, None) for v in (F, G, H))
    assert formula.all([]) == TRUE
    assert formula.any([]) == FALSE
    assert formula.all([f]) == f
    assert formula.all([f, TRUE, f]) == f
    assert formula.all([f, -f]) == FALSE
    assert formula.all([f, g, FALSE]) == FALSE
    assert formula.all([formula.all([f, g]), h]) == formula.all([f, g, h])
    assert formula.all([formula.all([f, g]), -f]) == FALSE
    assert formula.all([-f, formula.all([f, g])]) == FALSE
    assert formula.any([f, -f]) == TRUE
    assert formula.any([f, g]) == -formula.all([-f, -g])


@pytest.mark.parametrize(
    ("variable", "values", "expected"),
    [
        pytest.param(X, EVERYTHING, TRUE, id="one value is in everything"),
        pytest.param(Y, EVERYTHING, None, id="a value that may be absent is in everything iff it is there"),
        pytest.param(M, GlobSet([], complement=True), None, id="some of many values is in everything iff there is one"),
        pytest.param(X, GlobSet([]), FALSE, id="nothing has no member"),
        pytest.param(M, GlobSet([STAR], complement=True), FALSE, id="the complement of everything has no member"),
        pytest.param(N, union([]), FALSE, id="no number is in the empty union"),
        pytest.param(N, union([(None, None)]), None, id="a number may be absent"),
        pytest.param(F, None, None, id="a flag is open"),
        pytest.param(X, Template((hole(0),), (Hole(Y, None),), complement=False), None, id="a template is open"),
    ],
)
def test_constants(variable: Variable, values: Any, expected: int | None) -> None:
    literal = Formula().atom(variable, values)
    assert literal == (2 if expected is None else expected)


@pytest.mark.parametrize(
    ("atom", "values", "expected"),
    [
        pytest.param(Atom(X, GlobSet(["a"])), {"x": ("a",)}, True, id="the one value"),
        pytest.param(Atom(M, GlobSet(["a"])), {"m": ("b", "a")}, True, id="one of many values"),
        pytest.param(Atom(M, GlobSet(["a"], complement=True)), {"m": ("b", "a")}, True, id="one of many is outside"),
        pytest.param(Atom(M, GlobSet(["a"], complement=True)), {"m": ("a",)}, False, id="none of many is outside"),
        pytest.param(
            Atom(Y, GlobSet(["a"], complement=True)), {"y": ()}, False, id="no value is in no complement either"
        ),
        pytest.param(Atom(Y, EVERYTHING), {}, False, id="a variable left out has no value"),
        pytest.param(Atom(F, None), {"f": (True,)}, True, id="a flag that is set"),
        pytest.param(Atom(F, None), {"f": (False,)}, False, id="a flag that is not"),
        pytest.param(Atom(N, union([((1, 0), (2, 0))])), {"n": (Fraction(3, 2),)}, True, id="a number between"),
        pytest.param(
            Atom(X, Template((hole(0),), (Hole(Y, None),), complement=False)),
            {"x": ("q",), "y": ("q",)},
            True,
            id="equal values",
        ),
        pytest.param(
            Atom(X, Template((hole(0),), (Hole(Y, None),), complement=True)),
            {"x": ("q",)},
            True,
            id="equal to no value",
        ),
    ],
)
def test_membership(atom: Atom, values: dict[str, Any], expected: bool) -> None:
    assert is_member(atom, values, Budget()) is expected


def test_variables_are_those_of_atoms_and_holes_in_order() -> None:
    formula = Formula()
    formula.atom(X, Template((hole(0),), (Hole(Y, None),), complement=False))
    formula.all([formula.atom(F, None), formula.atom(X, GlobSet(["a"]))])
    assert formula.variables() == [X, Y, F]


def test_evaluation_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    formula = Formula()
    formula.atom(M, GlobSet([f"{STAR}{c}" for c in "abcdef"]))
    values = {"m": tuple("abcdef" * 20 + "x" for _ in range(100))}
    formula.evaluate(values)
    monkeypatch.setattr(limits, "MAX_WORK", 10_000)
    with pytest.raises(Declined, match="units of work"):
        formula.evaluate(values)
