"""From formula to clauses: equisatisfiable, deterministic, and named by a digest."""

import itertools
from typing import Any

import pytest
from hypothesis import given, settings

from checkers.kernel.clauses import Question
from checkers.kernel.formula import FALSE, TRUE, Arity, Formula, Theory, Variable
from checkers.kernel.globs import STAR, GlobSet
from kernel.brute import assignments
from kernel.test_formula import F, G, H, M, X, Y, build, trees, truth


def satisfiable(clauses: list[tuple[int, ...]], count: int, fixed: dict[int, bool]) -> bool:
    """Whether clauses over variables 1 to count have a model that extends the fixed values."""
    free = [v for v in range(1, count + 1) if v not in fixed]
    for choice in itertools.product((False, True), repeat=len(free)):
        value = {**fixed, **dict(zip(free, choice, strict=True))}
        if all(any(value[abs(x)] is (x > 0) for x in clause) for clause in clauses):
            return True
    return False


@settings(max_examples=200)
@given(trees)
def test_clauses_can_be_satisfied_exactly_where_the_formula_is_true(tree: Any) -> None:
    formula = Formula()
    question = Question(formula, build(formula, tree))
    if len(question.numbers) > 11:
        return
    for assignment in assignments([F, G, H]):
        fixed = {n: assignment[atom.variable.name][0] for n, atom in question.atoms.items()}
        expected = truth(tree, tuple(assignment[v.name][0] for v in (F, G, H)))
        assert satisfiable(question.clauses, len(question.numbers), fixed) is expected
        assert question.holds_for(assignment) is expected


@given(trees)
def test_variables_are_numbered_in_the_order_of_the_clauses(tree: Any) -> None:
    formula = Formula()
    question = Question(formula, build(formula, tree))
    met = dict.fromkeys(abs(x) for clause in question.clauses for x in clause)
    assert sorted(met) == sorted(question.numbers.values()) == list(range(1, len(met) + 1))
    assert list(met) == list(question.numbers.values())


@pytest.mark.parametrize(
    ("root", "clauses"),
    [pytest.param(TRUE, [], id="true needs nothing"), pytest.param(FALSE, [()], id="false is the empty clause")],
)
def test_constant_questions(root: int, clauses: list[tuple[int, ...]]) -> None:
    question = Question(Formula(), root)
    assert question.clauses == clauses
    assert question.holds_for({}) is (root == TRUE)


def test_roots_are_opened() -> None:
    formula = Formula()
    f, g, h = (formula.atom(v, None) for v in (F, G, H))
    assert Question(formula, f).clauses == [(1,)]
    assert Question(formula, -f).clauses == [(-1,)]
    assert Question(formula, formula.all([f, -g])).clauses == [(1,), (-2,)]
    assert Question(formula, formula.any([f, -g])).clauses == [(1, -2)]
    inner = formula.all([g, h])
    assert Question(formula, formula.any([f, inner])).clauses == [(1, 2), (-2, 3), (-2, 4)]
    one_of = formula.any([h, formula.atom(X, GlobSet(["a"]))])
    nested = formula.any([f, formula.all([g, one_of])])
    assert Question(formula, nested).clauses == [(1, 2), (-2, 3), (-2, -4), (4, 5, 6)]
    neither = formula.all([-g, -h])
    both_ways = formula.all([
        formula.any([f, neither]),
        formula.any([g, formula.all([formula.atom(X, GlobSet(["a"])), -neither])]),
    ])
    assert Question(formula, both_ways).clauses == [(1, 2), (3, 4), (-2, -3), (-2, -5), (-4, 6), (-4, -2), (2, 3, 5)]


def test_the_digest_names_clauses_and_atoms() -> None:
    def digest(variable: Variable, values: Any, *, negated: bool = False) -> str:
        formula = Formula()
        literal = formula.atom(variable, values)
        return Question(formula, -literal if negated else literal).digest

    found = [
        digest(X, GlobSet(["a"])),
        digest(X, GlobSet(["b"])),
        digest(X, GlobSet(["a"], complement=True)),
        digest(X, GlobSet(["a" + STAR])),
        digest(Y, GlobSet(["a"])),
        digest(X, GlobSet(["a"]), negated=True),
        digest(F, None),
    ]
    assert len(set(found)) == len(found)
    assert digest(X, GlobSet(["a"])) == found[0]
    assert all(len(d) == 16 and set(d) <= set("0123456789abcdef") for d in found)


def test_only_what_the_root_reaches_is_numbered() -> None:
    formula = Formula()
    formula.atom(M, GlobSet(["unused"]))
    one = formula.atom(X, GlobSet(["a"]))
    question = Question(formula, one)
    assert question.numbers == {one: 1}
    assert question.atoms[1].variable == Variable("x", Theory.GLOBS, Arity.ONE)
