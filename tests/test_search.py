"""The search on small random questions: every answer is confirmed, and the naive enumeration agrees."""

from __future__ import annotations

import itertools
import json
import random
from fractions import Fraction
from typing import Any

import pytest

from auditctl.search.propagation import Propagator, derive
from auditctl.search.solve import Model, Refutation, Undecided, ask_solvers, solve
from checkers.kernel.clauses import Question
from checkers.kernel.formula import Arity, Formula, Literal, Theory, Variable
from checkers.kernel.globs import ANY, SEG_STAR, STAR, GlobSet, fold
from checkers.kernel.intervals import IntervalSet, union
from checkers.kernel.links import Hole, Template, hole
from checkers.kernel.refutation import check_refutation
from checkers.kernel.witness import check_witness

X = Variable("x", Theory.GLOBS, Arity.ONE)
Y = Variable("y", Theory.GLOBS, Arity.OPTIONAL)
Z = Variable("z", Theory.GLOBS, Arity.MANY)
N = Variable("n#number", Theory.INTERVALS, Arity.OPTIONAL)
F = Variable("f", Theory.FLAG, Arity.ONE)
WORDS = ["".join(w) for k in range(4) for w in itertools.product("ab:", repeat=k)]


def random_set(rng: random.Random) -> GlobSet:
    patterns = ["".join(rng.choice(["a", "b", ":", STAR, ANY, SEG_STAR, fold("a")]) for _ in range(rng.randint(0, 4)))]
    patterns += rng.sample(WORDS, rng.randint(0, 2))
    return GlobSet(patterns, complement=rng.random() < 0.2)


def random_interval(rng: random.Random) -> IntervalSet:
    low, width = rng.randint(-2, 3), rng.choice([0, 1, 2])
    low_side, high_side = rng.choice([(0, 1), (1, 0), (0, 0)])
    return union([((Fraction(low), low_side), (Fraction(low + width), high_side))])


def random_template(rng: random.Random) -> Template:
    pattern = "".join(rng.choice(["a", "b", hole(0), hole(0), STAR]) for _ in range(rng.randint(1, 3)))
    if hole(0) not in pattern:
        pattern = hole(0)
    return Template((pattern,), (Hole(Y, rng.choice([None, None, "b"])),), rng.random() < 0.1)


def random_atom(rng: random.Random, formula: Formula, *, links: bool) -> Literal:
    variable = rng.choice([X, X, Y, Y, Z, N, F])
    if variable is F:
        return formula.atom(F, None)
    if variable is N:
        return formula.atom(N, random_interval(rng))
    if links and variable is not Y and rng.random() < 0.4:
        return formula.atom(variable, random_template(rng))
    return formula.atom(variable, random_set(rng))


def random_question(seed: int, *, links: bool) -> Question:
    rng = random.Random(seed)
    formula = Formula()
    literals = [random_atom(rng, formula, links=links) for _ in range(rng.randint(3, 9))]
    for _ in range(rng.randint(2, 7)):
        parts = [x if rng.random() < 0.6 else -x for x in rng.sample(literals, min(len(literals), rng.randint(2, 3)))]
        literals.append(formula.all(parts) if rng.random() < 0.5 else formula.any(parts))
    return Question(formula, formula.all(literals[-3:]))


def confirm(question: Question, answer: Refutation | Model | Undecided) -> None:
    """The checker accepts the answer, after a trip through JSON."""
    if isinstance(answer, Refutation):
        check_refutation(question, json.loads(json.dumps(answer.data)))
    elif isinstance(answer, Model):
        check_witness(question, answer.values)


@pytest.mark.parametrize("block", range(20))
def test_every_answer_without_policy_variables_is_a_certificate(block: int) -> None:
    kinds = set()
    for seed in range(100 * block, 100 * block + 100):
        answer = solve(random_question(seed, links=False))
        assert not isinstance(answer, Undecided), (seed, answer)
        confirm(random_question(seed, links=False), answer)
        kinds.add(type(answer))
    assert kinds == {Refutation, Model}


@pytest.mark.parametrize("block", range(20))
def test_every_answer_with_policy_variables_is_a_certificate_or_is_left_open(block: int) -> None:
    undecided = 0
    for seed in range(100 * block, 100 * block + 100):
        question = random_question(seed, links=True)
        answer = solve(question)
        undecided += isinstance(answer, Undecided)
        confirm(question, answer)
    assert undecided <= 5, undecided


def small_values(question: Question) -> list[dict[str, Any]]:
    """Every assignment of short words."""
    words = WORDS[:13]
    choices: dict[str, list[tuple[Any, ...]]] = {}
    for variable in question.formula.variables():
        choices[variable.name] = {
            "x": [(w,) for w in words],
            "y": [(), *((w,) for w in words)],
            "z": [(), *((w,) for w in words)],
            "n#number": [(), *((Fraction(n, 2),) for n in range(-5, 12))],
            "f": [(True,), (False,)],
        }[variable.name]
    return [
        dict(zip(choices, row, strict=True)) for row in itertools.islice(itertools.product(*choices.values()), 4000)
    ]


@pytest.mark.parametrize("seed", range(150))
def test_no_assignment_of_short_words_satisfies_what_is_refuted(seed: int) -> None:
    question = random_question(10_000 + seed, links=True)
    if isinstance(solve(question), Refutation):
        assert not any(question.holds_for(values) for values in small_values(question))


def test_a_solver_s_model_counts_where_the_checker_s_evaluation_confirms_it() -> None:
    formula = Formula()
    question = Question(formula, formula.atom(X, GlobSet(["ab" + STAR])))
    found = ask_solvers(question)
    assert found is not None
    assert question.holds_for(found.values)


def test_a_solver_s_word_that_there_is_no_model_is_not_an_answer() -> None:
    formula = Formula()
    apart = formula.all([formula.atom(X, GlobSet(["a"])), formula.atom(X, GlobSet(["b"]))])
    assert ask_solvers(Question(formula, apart)) is None


def test_hints_are_in_the_order_in_which_clauses_become_unit() -> None:
    propagator = Propagator()
    for clause in [(1, 2), (-1, 3), (-3, -2), (-2, 4), (-4, 2)]:
        propagator.add(clause)
    assert derive(propagator, (3, 2)) == [1, 0]
    assert derive(propagator, (4,)) is None
    assert propagator.trail == []


def test_what_is_assumed_against_a_forced_literal_is_explained_by_its_clause() -> None:
    propagator = Propagator()
    for clause in [(1,), (-1, 2)]:
        propagator.add(clause)
    propagator.propagate()
    assert derive(propagator, (2,)) == [0, 1]
    assert derive(propagator, (1,)) == [0]


def test_undo_keeps_clauses_that_were_learned_under_an_assumption() -> None:
    propagator = Propagator()
    propagator.add((-1, 2))
    mark = propagator.mark()
    propagator.assume([1])
    propagator.add((-2,))
    propagator.propagate()
    assert propagator.conflict is not None
    propagator.undo(mark)
    assert propagator.value(2) is False
    assert propagator.value(1) is False
