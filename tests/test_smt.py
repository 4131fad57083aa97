"""Questions as SMT: the encoding means what the kernel means, and both solvers say so.

Most tests close a formula so that exactly one answer is right, whatever the encoding looks like, and
ask Z3 and cvc5 for it, as pySMT terms and as SMT-LIB text.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from fractions import Fraction
from functools import cache
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import cvc5
import pytest
import z3
from pysmt.exceptions import PysmtTypeError

from auditctl.smt import SOLVERS, Answer, Bounded, NotExpressible, Status, available, encode, to_smtlib
from auditctl.smt.regular import BOOL, INT, REAL, STRING, Terms, ToCvc5, ToZ3, escape, print_definitions
from checkers.cloud.claims import Claim, question_of
from checkers.cloud.control import parse_control
from checkers.cloud.inventory import Inventory
from checkers.cloud.snapshot import Snapshot
from checkers.cloud.targets import targets_of
from checkers.kernel import globs, intervals
from checkers.kernel.budget import Budget
from checkers.kernel.clauses import Question
from checkers.kernel.formula import FALSE, TRUE, Arity, Assignment, Formula, Literal, Theory, Variable
from checkers.kernel.globs import ANY, EVERYTHING, SEG_ANY, SEG_STAR, STAR, GlobSet, fold
from checkers.kernel.intervals import IntervalSet
from checkers.kernel.links import Hole, Template, hole
from checkers.verdict import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from checkers.kernel.formula import Set

SECONDS = 30.0  # far more than any question here needs, but for those that are meant to be late
SAT, UNSAT, UNKNOWN = Status.SAT, Status.UNSAT, Status.UNKNOWN
X = Variable("x", Theory.GLOBS, Arity.ONE)
Y = Variable("y", Theory.GLOBS, Arity.OPTIONAL)
Z = Variable("z", Theory.GLOBS, Arity.OPTIONAL)
W = Variable("w", Theory.GLOBS, Arity.ONE)
TAGS = Variable("aws:tagkeys", Theory.GLOBS, Arity.MANY)
AGE = Variable("age#number", Theory.INTERVALS, Arity.ONE)
AGES = Variable("ages#number", Theory.INTERVALS, Arity.MANY)
ADDRESS = Variable("ip#address", Theory.INTERVALS, Arity.OPTIONAL)
FLAG = Variable("flag", Theory.FLAG, Arity.ONE)
EMOJI = "\U0001f600"


# Asking.


def text_answer_z3(text: str, seconds: float = SECONDS) -> Status:
    solver = z3.Solver(ctx=z3.Context())
    solver.set("timeout", int(1000 * seconds))
    solver.from_string(text)
    return Status(str(solver.check()))


def text_answer_cvc5(text: str, seconds: float = SECONDS) -> Status:
    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("tlimit-per", str(int(1000 * seconds)))
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "question")
    symbols = parser.getSymbolManager()
    said = ""
    while not (command := parser.nextCommand()).isNull():
        said += command.invoke(solver, symbols)
    return Status(said.strip())


TEXT = {"z3": text_answer_z3, "cvc5": text_answer_cvc5}


def ask(question: Question, name: str, seconds: float = SECONDS) -> Answer:
    """The solver's answer, the same from terms and from text; a model is one for the kernel too."""
    answer = SOLVERS[name](question, seconds)
    if answer.status is UNKNOWN:
        return answer
    assert TEXT[name](to_smtlib(question)) is answer.status
    assert (answer.model is not None) is (answer.status is SAT)
    if answer.model is not None:
        assert question.holds_for(answer.model), (name, answer.model)
    return answer


def assert_answer(question: Question, expected: Status) -> None:
    for name in SOLVERS:
        assert ask(question, name).status is expected, (name, to_smtlib(question))


def one_atom(variable: Variable, values: GlobSet | IntervalSet | Template | None) -> Question:
    formula = Formula()
    return Question(formula, formula.atom(variable, values))


# Words: every word over a small alphabet at once.


def words(alphabet: str, length: int) -> list[str]:
    return ["".join(w) for n in range(length + 1) for w in product(alphabet, repeat=n)]


def accepted(values: GlobSet, universe: list[str]) -> GlobSet:
    """The words that the kernel finds in the set."""
    alone = one_atom(X, values)
    return GlobSet([w for w in universe if alone.holds_for({"x": (w,)})])


def differs(values: GlobSet, expected: GlobSet, universe: list[str]) -> Question:
    """Ask for a word of the universe that is in one of the sets only."""
    formula = Formula()
    one, other = formula.atom(X, values), formula.atom(X, expected)
    either = formula.any([formula.all([one, -other]), formula.all([-one, other])])
    return Question(formula, formula.all([formula.atom(X, GlobSet(universe)), either]))


SHAPES = {
    "empty pattern": [""],
    "empty pattern and a letter": ["", "a"],
    "one star": [STAR],
    "two stars": [STAR + STAR + "a"],
    "star around a star of a part": [STAR + SEG_STAR + STAR],
    "adjacent stars of parts": [SEG_STAR + SEG_STAR + ":"],
    "infix": [STAR + "aB" + STAR],
    "question mark": [ANY],
    "question mark and star": [ANY + STAR],
    "star and question mark": [STAR + ANY + "a"],
    "run of question marks": [ANY + ANY + ANY],
    "question mark within a part": [SEG_ANY],
    "star within a part": ["a" + SEG_STAR],
    "two parts": [SEG_STAR + ":" + SEG_STAR],
    "parts and a tail": [SEG_STAR + ":" + SEG_ANY + STAR],
    "either case": [fold("ab")],
    "either case of an upper-case letter": [fold("B") + STAR],
    "either case of what is no letter": [fold(":")],
    "union of texts": ["a", "ab", ":"],
    "union of texts and patterns": ["aB", "b" + STAR, ANY + ":"],
}


@pytest.mark.parametrize("patterns", SHAPES.values(), ids=SHAPES.keys())
@pytest.mark.parametrize("complement", [False, True], ids=["set", "complement"])
def test_a_glob_has_the_words_that_the_kernel_gives_it(patterns: list[str], complement: bool) -> None:
    values, universe = GlobSet(patterns, complement=complement), words("abB:", 3)
    assert_answer(differs(values, accepted(values, universe), universe), UNSAT)


def test_one_word_too_many_is_seen() -> None:
    values, universe = GlobSet(["a" + STAR]), words("ab", 3)
    wrong = GlobSet([*accepted(values, universe).patterns, "bab"])
    for name in SOLVERS:
        assert ask(differs(values, wrong, universe), name).model == {"x": ("bab",)}


ODD_TEXTS = {
    "a backslash": "\\",
    "an escape written out": "\\u{41}",
    "an escape of four digits written out": "\\u0041",
    "an escape of C written out": "\\x41\\n",
    "quotes": '"a""b"',
    "control characters": "\x00\t\n\x7f\x80",
    "accents": "\u00e9e\u0301",
    "a character outside the basic plane": EMOJI,
    "the last character of SMT-LIB": "\U0002ffff",
    "wildcards as characters": "*?${*}",
    "comment and bars": ";|)(",
    "nothing": "",
}


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS.keys())
def test_a_text_matches_itself_only_and_comes_back_unchanged(text: str) -> None:
    for name in SOLVERS:
        assert ask(one_atom(X, GlobSet([text])), name).model == {"x": (text,)}
    values, universe = GlobSet([text + STAR]), [text, text + "a", "A", "\\", "a", "", text[:-1], text * 2]
    assert_answer(differs(values, accepted(values, universe), universe), UNSAT)


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS.keys())
def test_a_question_mark_takes_one_character_of_any_kind(text: str) -> None:
    chosen = GlobSet([ANY * len(text)])
    formula = Formula()
    root = formula.all([formula.atom(X, GlobSet([text])), -formula.atom(X, chosen)])
    assert_answer(Question(formula, root), UNSAT)


def test_a_character_outside_the_alphabet_of_smtlib_is_refused() -> None:
    for pattern in ("\U00030000", "a" + STAR + "\U0010ffff"):
        with pytest.raises(NotExpressible, match=r"the character U\+(30000|10FFFF) is not in the alphabet of SMT-LIB"):
            encode(one_atom(X, GlobSet([pattern])))


def test_a_mark_that_no_pattern_of_the_kernel_has_is_refused() -> None:
    with pytest.raises(NotExpressible, match=r"U\+D850"):
        encode(one_atom(X, GlobSet(["a\ud850"])))


# Numbers.

HALF = Fraction(1, 2)
LINES = {
    "closed": IntervalSet([(1, 0), (3, 1)]),
    "open": IntervalSet([(1, 1), (3, 0)]),
    "half open": IntervalSet([(1, 0), (3, 0)]),
    "one number": IntervalSet([(HALF, 0), (HALF, 1)]),
    "all but one number": IntervalSet([(2, 0), (2, 1)], starts_inside=True),
    "below": IntervalSet([(2, 0)], starts_inside=True),
    "above": IntervalSet([(Fraction(-7, 3), 1)]),
    "two spans": IntervalSet([(-2, 0), (0, 0), (1, 1), (4, 1)]),
    "everything but two spans": IntervalSet([(-2, 0), (0, 0), (1, 1), (4, 1)], starts_inside=True),
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES.keys())
def test_a_line_has_the_numbers_that_the_kernel_gives_it(line: IntervalSet) -> None:
    near = {n + d for n, _ in line.cuts for d in (0, -HALF, HALF, Fraction(1, 1000), -Fraction(1, 1000))}
    for number in sorted(near):
        formula = Formula()
        point = formula.atom(AGE, IntervalSet([(number, 0), (number, 1)]))
        question = Question(formula, formula.all([point, formula.atom(AGE, line)]))
        assert SOLVERS["z3"](question, SECONDS).status is (SAT if number in line else UNSAT)
        assert SOLVERS["cvc5"](question, SECONDS).status is (SAT if number in line else UNSAT)
    assert_answer(one_atom(AGE, line), SAT)


def test_there_is_a_number_between_two_but_no_address() -> None:
    between = IntervalSet([(1, 1), (2, 0)])
    assert_answer(one_atom(AGE, between), SAT)
    assert_answer(one_atom(ADDRESS, between), UNSAT)


def test_an_address_is_an_integer() -> None:
    answer = ask(one_atom(ADDRESS, IntervalSet([(2**32 + 5, 0), (2**32 + 6, 0)])), "z3")
    assert answer.model == {"ip#address": (2**32 + 5,)}
    assert "(declare-const |ip#address| Int)" in to_smtlib(one_atom(ADDRESS, IntervalSet([(5, 0)])))


def test_a_fraction_among_addresses_is_refused() -> None:
    with pytest.raises(NotExpressible, match="1/2 as a bound of integers"):
        encode(one_atom(ADDRESS, IntervalSet([(HALF, 0)])))


# Arities.


def test_an_optional_variable_may_be_absent() -> None:
    formula = Formula()
    absent = Question(formula, -formula.atom(Y, EVERYTHING))
    assert_answer(absent, SAT)
    assert ask(absent, "z3").model == {"y": ()}
    neither = formula.all([-formula.atom(Y, GlobSet(["a"])), -formula.atom(Y, GlobSet(["a"], complement=True))])
    assert_answer(Question(formula, neither), SAT)
    assert_answer(Question(formula, formula.all([neither, formula.atom(Y, EVERYTHING)])), UNSAT)


def test_a_variable_with_one_value_is_never_absent() -> None:
    formula = Formula()
    neither = formula.all([-formula.atom(X, GlobSet(["a"])), -formula.atom(X, GlobSet(["a"], complement=True))])
    assert_answer(Question(formula, neither), UNSAT)


def test_a_variable_with_many_values_has_one_for_each_atom() -> None:
    parts = ["a", "b", "c"]
    for variable, expected in ((TAGS, SAT), (X, UNSAT), (Y, UNSAT)):
        formula = Formula()
        root = formula.all([formula.atom(variable, GlobSet([p])) for p in parts])
        assert_answer(Question(formula, root), expected)
    formula = Formula()
    root = formula.all([*(formula.atom(TAGS, GlobSet([p])) for p in parts), -formula.atom(TAGS, GlobSet(["b" + STAR]))])
    assert_answer(Question(formula, root), UNSAT)
    assert len(encode(Question(formula, root)).slots[TAGS]) == len(parts) + 1


def test_for_all_values_holds_of_none() -> None:
    formula = Formula()
    only_a = -formula.atom(TAGS, GlobSet(["a"], complement=True))
    assert_answer(Question(formula, formula.all([only_a, formula.atom(TAGS, EVERYTHING)])), SAT)
    assert_answer(Question(formula, formula.all([only_a, -formula.atom(TAGS, EVERYTHING)])), SAT)
    assert_answer(Question(formula, formula.all([only_a, formula.atom(TAGS, GlobSet(["b"]))])), UNSAT)


def test_a_flag() -> None:
    formula = Formula()
    flag = formula.atom(FLAG, None)
    assert ask(Question(formula, flag), "cvc5").model == {"flag": (True,)}
    assert ask(Question(formula, -flag), "z3").model == {"flag": (False,)}


@pytest.mark.parametrize(("root", "expected"), [(TRUE, SAT), (FALSE, UNSAT)])
def test_constant_questions(root: Literal, expected: Status) -> None:
    assert_answer(Question(Formula(), root), expected)


# Templates.


def template(*patterns: str, holes: tuple[Hole, ...] = (Hole(Y, None),), complement: bool = False) -> Template:
    return Template(patterns, holes, complement)


TEMPLATES = {
    "bare": template(hole(0)),
    "text around": template("a/" + hole(0) + "/b"),
    "prefix": template("a/" + hole(0) + STAR),
    "twice": template(hole(0) + "/" + hole(0)),
    "behind a star": template(STAR + "/" + hole(0)),
    "behind a part": template(SEG_STAR + ":" + hole(0)),
    "with a question mark": template(ANY + hole(0)),
    "union with a text": template("b", hole(0) + "/"),
    "union of holes": template(hole(0), hole(1), holes=(Hole(Y, None), Hole(Z, "b"))),
    "two holes": template(hole(0) + hole(1), holes=(Hole(Y, "a"), Hole(Z, None))),
    "empty default": template("a" + hole(0), holes=(Hole(Y, ""),)),
    "default with an escape": template(hole(0) + STAR, holes=(Hole(Y, "\\u{61}"),)),
    "complement": template("a" + hole(0) + STAR, complement=True),
    "complement of a bare hole": template(hole(0), complement=True),
    "hole that is never absent": template("a" + hole(0), holes=(Hole(W, "b"),)),
}


def pinned(formula: Formula, assignment: Assignment, variables: list[Variable]) -> Literal:
    """The variables have exactly these values, said with atoms of the kernel."""
    parts = []
    for variable in variables:
        values = assignment.get(variable.name, ())
        if variable.theory is Theory.FLAG:
            flag = formula.atom(variable, None)
            parts.append(flag if True in values else -flag)
        elif variable.theory is Theory.INTERVALS:
            parts += [formula.atom(variable, IntervalSet([(v, 0), (v, 1)])) for v in values]
            cuts = [(v, side) for v in sorted(set(values)) for side in (0, 1)]
            parts.append(-formula.atom(variable, IntervalSet(cuts, starts_inside=True)))
        else:
            parts += [formula.atom(variable, GlobSet([v])) for v in values]
            parts.append(-formula.atom(variable, GlobSet(values, complement=True)))
    return formula.all(parts)


@pytest.mark.parametrize("chosen", TEMPLATES.values(), ids=TEMPLATES.keys())
def test_a_template_has_the_words_that_the_kernel_gives_it(chosen: Template) -> None:
    texts = ["", "a", "b", "ab", "a/b", "a/", "\\u{61}", ":a", "a:b"]
    rng = random.Random(repr(chosen))
    holes = [h.variable for h in chosen.holes]
    for _ in range(12):
        assignment = {"x": (rng.choice(texts),)}
        for variable in holes:
            may_be_absent = variable.arity is Arity.OPTIONAL
            assignment[variable.name] = () if may_be_absent and rng.random() < 0.3 else (rng.choice(texts),)
        if rng.random() < 0.5:  # aim at a match
            body = chosen.patterns[-1].replace(STAR, "b").replace(SEG_STAR, "b").replace(ANY, "a")
            for i, one in enumerate(chosen.holes):
                body = body.replace(hole(i), "".join(assignment[one.variable.name] or (one.default or "",)))
            assignment["x"] = (body,)
        formula = Formula()
        atom = formula.atom(X, chosen)
        root = formula.all([atom, pinned(formula, assignment, [X, *holes])])
        expected = SAT if Question(formula, atom).holds_for(assignment) else UNSAT
        for name, decide in SOLVERS.items():
            assert decide(Question(formula, root), SECONDS).status is expected, (name, assignment)


def test_a_template_whose_hole_is_absent_matches_nothing_and_its_complement_everything() -> None:
    for complement, expected in ((False, UNSAT), (True, SAT)):
        formula = Formula()
        atom = formula.atom(X, template("a" + hole(0) + STAR, complement=complement))
        assert_answer(Question(formula, formula.all([atom, -formula.atom(Y, EVERYTHING)])), expected)


def test_membership_moves_along_a_template() -> None:
    formula = Formula()
    linked = formula.atom(X, template("arn:" + SEG_STAR + ":user/" + hole(0)))
    inside = formula.atom(Y, GlobSet(["b" + STAR]))
    outside = -formula.atom(X, GlobSet(["arn:" + STAR]))
    assert_answer(Question(formula, formula.all([linked, inside])), SAT)
    assert_answer(Question(formula, formula.all([linked, inside, outside])), UNSAT)


REFUSED = {
    "a hole that ignores case": (template("a" + hole(0, folded=True)), "`y` in a pattern that ignores case"),
    "a hole with many values": (template(hole(0), holes=(Hole(TAGS, None),)), "`aws:tagkeys` in a pattern is not one"),
    "a number in a hole": (template(hole(0), holes=(Hole(AGE, None),)), "`age#number` in a pattern is not one text"),
}


@pytest.mark.parametrize(("chosen", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_what_smtlib_cannot_say_is_refused_with_a_reason(chosen: Template, reason: str) -> None:
    for function in (encode, to_smtlib):
        with pytest.raises(NotExpressible, match=reason):
            function(one_atom(X, chosen))


# Random formulas over everything.

UNIVERSE: dict[Variable, list[tuple[object, ...]]] = {
    X: [(w,) for w in ("", "a", "b", "ab", "a:b", "ba")],
    Y: [(), ("a",), ("b",), ("",)],
    TAGS: [(), ("a",), ("b",), ("a", "b"), ("ab", "b"), ("a", "b", "a:b")],
    AGES: [(), (Fraction(1),), (HALF, Fraction(2)), (Fraction(0), Fraction(1), Fraction(3))],
    ADDRESS: [(), (0,), (1,), (2**32,)],
    FLAG: [(True,), (False,)],
}
GLOBS = [
    ["a"],
    ["a" + STAR],
    [STAR + "b"],
    [SEG_STAR],
    [ANY],
    [fold("ab")],
    ["", "a" + ANY],
    [STAR + ":" + STAR],
    [STAR],
]
SPANS = [[(1, 0)], [(1, 1)], [(0, 0), (1, 0)], [(1, 0), (2, 1)], [(2**32, 0)]]


def random_atom(rng: random.Random, formula: Formula) -> Literal:
    variable = rng.choice(list(UNIVERSE))
    if variable.theory is Theory.FLAG:
        return formula.atom(variable, None)
    if variable.theory is Theory.INTERVALS:
        cuts = [(n, 0 if variable is ADDRESS else side) for n, side in rng.choice(SPANS)]
        return formula.atom(variable, IntervalSet(cuts, starts_inside=rng.random() < 0.3))
    complement = rng.random() < 0.3
    if variable is X and rng.random() < 0.4:
        default = rng.choice([None, "", "b"])
        pattern = rng.choice([hole(0), "a" + hole(0), hole(0) + STAR, STAR + hole(0)])
        return formula.atom(X, Template((pattern,), (Hole(Y, default),), complement))
    return formula.atom(variable, GlobSet(rng.choice(GLOBS), complement=complement))


def random_literal(rng: random.Random, formula: Formula, depth: int) -> Literal:
    sign = rng.choice((1, -1))
    if depth == 0 or rng.random() < 0.2:
        return sign * random_atom(rng, formula)
    join = rng.choice((formula.all, formula.any))
    return sign * join([random_literal(rng, formula, depth - 1) for _ in range(rng.randint(2, 3))])


def random_assignment(rng: random.Random) -> dict[str, tuple[object, ...]]:
    return {variable.name: rng.choice(choices) for variable, choices in UNIVERSE.items()}


@pytest.mark.parametrize("name", SOLVERS)
def test_a_formula_with_every_value_fixed_has_the_kernels_truth_value(name: str) -> None:
    rng = random.Random(name)
    seen = []
    for _ in range(100):
        formula = Formula()
        root = random_literal(rng, formula, 3)
        assignment = random_assignment(rng)
        expected = SAT if Question(formula, root).holds_for(assignment) else UNSAT
        whole = Question(formula, formula.all([root, pinned(formula, assignment, list(UNIVERSE))]))
        assert SOLVERS[name](whole, SECONDS).status is expected, to_smtlib(whole)
        seen.append(expected)
    assert min(seen.count(SAT), seen.count(UNSAT)) >= 20


@pytest.mark.parametrize("name", SOLVERS)
def test_a_model_is_one_for_the_kernel_and_unsat_has_none(name: str) -> None:
    rng = random.Random(f"models {name}")
    seen = []
    for _ in range(40):
        formula = Formula()
        question = Question(formula, formula.all([random_literal(rng, formula, 2) for _ in range(5)]))
        answer = ask(question, name)
        seen.append(answer.status)
        if answer.status is UNSAT:
            assert not any(question.holds_for(random_assignment(rng)) for _ in range(200))
    assert UNKNOWN not in seen
    assert min(seen.count(SAT), seen.count(UNSAT)) >= 5


# The emptiness lemmas of the kernel.

LEMMA_GLOBS = [*GLOBS, *SHAPES.values(), ["a" + SEG_STAR + ":" + STAR + "b"], [fold("a") + ANY, "b"], [SEG_ANY + STAR]]


def is_empty(check: Callable[..., None], inside: Sequence[object], outside: Sequence[object]) -> bool:
    """What the kernel says of the sets. It never declines sets as small as these."""
    try:
        check(inside, outside)
    except Rejected:
        return False
    return True


def lemma_question(variable: Variable, inside: Iterable[Set], outside: Iterable[Set]) -> Question:
    formula = Formula()
    parts = [formula.atom(variable, s) for s in inside] + [-formula.atom(variable, s) for s in outside]
    return Question(formula, formula.all(parts))


def random_sets(rng: random.Random, make: Callable[[], Set]) -> tuple[list[Set], list[Set]]:
    return [make() for _ in range(rng.randint(1, 3))], [make() for _ in range(rng.randint(1, 3))]


@pytest.mark.parametrize("name", SOLVERS)
def test_sets_of_words_are_empty_for_the_kernel_iff_they_are_for_a_solver(name: str) -> None:
    """cvc5 gives up on a few of these."""
    rng, seen = random.Random(f"globs {name}"), []

    def make() -> GlobSet:
        patterns = [p for _ in range(rng.randint(1, 2)) for p in rng.choice(LEMMA_GLOBS)]
        return GlobSet(patterns, complement=rng.random() < 0.3)

    for _ in range(80):
        inside, outside = random_sets(rng, make)
        empty = is_empty(lambda p, n: globs.check_empty(p, n, (), Budget()), inside, outside)
        status = ask(lemma_question(X, inside, outside), name, 0.5).status
        assert status in {UNSAT if empty else SAT, UNKNOWN}
        seen.append(status)
    assert seen.count(UNKNOWN) <= 6
    assert min(seen.count(SAT), seen.count(UNSAT)) >= 15


@pytest.mark.parametrize("name", SOLVERS)
def test_sets_of_numbers_are_empty_for_the_kernel_iff_they_are_for_a_solver(name: str) -> None:
    rng, seen = random.Random(f"numbers {name}"), []

    def make() -> IntervalSet:
        cuts = sorted(rng.sample([(n, side) for n in (0, HALF, 1, 2) for side in (0, 1)], rng.randint(1, 4)))
        return IntervalSet(cuts, starts_inside=rng.random() < 0.5)

    for _ in range(40):
        inside, outside = random_sets(rng, make)
        empty = is_empty(lambda p, n: intervals.check_empty(p, n, Budget()), inside, outside)
        assert ask(lemma_question(AGE, inside, outside), name).status is (UNSAT if empty else SAT)
        seen.append(empty)
    assert min(seen.count(True), seen.count(False)) >= 10


# The text.


def sample_question() -> Question:
    formula = Formula()
    tags = formula.atom(TAGS, GlobSet(["team\\"], complement=True))
    linked = formula.atom(X, template("a/" + hole(0) + STAR))
    read = formula.any([formula.atom(X, GlobSet(["s3:" + STAR, 's"'])), formula.atom(AGE, LINES["above"])])
    other = formula.all([-read, linked])
    return Question(formula, formula.any([formula.all([read, -tags, linked]), other]))


SAMPLE = """\
; a question
; of two lines: \\u{e9}
(set-info :smt-lib-version 2.6)
(set-logic ALL)
(set-info :status unknown)
(declare-const |aws:tagkeys 1 is present| Bool)
(declare-const |aws:tagkeys 1| String)
(declare-const |x| String)
(declare-const |y is present| Bool)
(declare-const |y| String)
(declare-const |age#number| Real)
(define-fun |term 1| () Bool (or (= |x| "s\"\"\") (str.in_re |x| (re.++ (str.to_re "s3:") re.all))))
(define-fun |term 2| () Bool (< (- (/ 7.0 3.0)) |age#number|))
(define-fun |term 3| () Bool (or |term 1| |term 2|))
(define-fun |term 4| () Bool (and |y is present| (str.prefixof (str.++ "a/" |y|) |x|)))
(define-fun |term 5| () Bool (and |term 3| (not |aws:tagkeys 1 is present|) |term 4|))
(define-fun |term 6| () Bool (and (not |term 1|) (not |term 2|) |term 4|))
(define-fun |term 7| () Bool (or |term 5| |term 6|))
(assert |term 7|)
(assert (=> |aws:tagkeys 1 is present| (not (= |aws:tagkeys 1| "team\\u{5c}"))))
(check-sat)
"""


def test_the_script_reads_as_written_here_and_is_the_same_every_time() -> None:
    text = to_smtlib(sample_question(), "a question\nof two lines: \u00e9")
    assert text == SAMPLE
    assert text.isascii()
    assert text == to_smtlib(sample_question(), "a question\nof two lines: \u00e9")
    assert_answer(sample_question(), SAT)


def test_the_script_is_the_same_in_another_process() -> None:
    code = "import test_smt as t; print(t.to_smtlib(t.sample_question()), end='')"
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "7"}
    command = [sys.executable, "-c", code]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    assert printed == to_smtlib(sample_question())


def test_a_comment_cannot_leave_its_line() -> None:
    text = to_smtlib(sample_question(), "a\r\nb\u2028(exit)\x0b(exit)\x85(exit)")
    assert all(line.startswith(";") for line in text.split("(set-info", 1)[0].splitlines())


def test_names_are_legible_ascii_and_apart() -> None:
    names = [
        "a b",
        "a%20b",
        "a|b",
        "a\\b",
        "aws:requesttag/\u00e9",
        'say"x"',
        "term 1",
        "x",
        "x 1",
        "x is present",
        "|",
    ]
    variables = [Variable(name, Theory.GLOBS, Arity.OPTIONAL) for name in names]
    many = Variable("x\u00a0", Theory.GLOBS, Arity.MANY)
    formula = Formula()
    root = formula.all([formula.atom(v, GlobSet([f"{i}" + STAR])) for i, v in enumerate([*variables, many])])
    question = Question(formula, root)
    declared = [line for line in to_smtlib(question).splitlines() if line.startswith("(declare-const")]
    assert len(set(declared)) == len(declared) == 2 * len(variables) + 2
    assert "(declare-const |aws:requesttag/%C3%A9| String)" in declared
    assert_answer(question, SAT)
    for i, name in enumerate(names):
        assert ask(question, "cvc5").model[name][0].startswith(f"{i}")


def test_depth_and_width_do_not_matter() -> None:
    formula = Formula()
    root = formula.atom(X, GlobSet(["a"]))
    for i in range(2000):
        variable = Variable(f"f{i}", Theory.FLAG, Arity.ONE)
        root = (formula.any if i % 2 else formula.all)([formula.atom(variable, None), root])
    assert_answer(Question(formula, root), SAT)
    wide = GlobSet([f"w{i}" for i in range(500)])
    assert_answer(one_atom(X, wide), SAT)
    assert max(map(len, to_smtlib(Question(formula, root)).splitlines())) < 200


def test_only_what_the_root_needs_is_declared() -> None:
    formula = Formula()
    formula.atom(Y, GlobSet(["a"]))
    root = formula.atom(X, GlobSet(["a"]))
    assert "|y|" not in to_smtlib(Question(formula, root))


# Terms.


def test_terms_of_wrong_sorts_are_refused() -> None:
    terms = Terms()
    text, number = terms.symbol("s", STRING), terms.symbol("n", INT)
    for make in (
        lambda: terms.in_re(number, terms.re_all()),
        lambda: terms.in_re(text, text),
        lambda: terms.to_re(number),
        lambda: terms.re_star(text),
        lambda: terms.re_complement(text),
        lambda: terms.re_union([terms.re_all(), text]),
        lambda: terms.re_concat([text, terms.re_all()]),
        lambda: terms.manager.And(terms.re_all(), terms.symbol("b", BOOL)),
    ):
        with pytest.raises(PysmtTypeError, match="wrong sorts under"):
            make()


@pytest.mark.parametrize("name", ["", "a|b", "a\\b", "\u00e9", "a\n"])
def test_a_symbol_that_cannot_be_quoted_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="quoted symbol"):
        Terms().symbol(name, REAL)


def test_every_regular_operator_in_both_solvers_and_in_text() -> None:
    terms = Terms()
    text = terms.symbol("s", STRING)
    letter = terms.re_range("a", "c")
    language = terms.re_concat([terms.re_star(letter), terms.re_allchar(), terms.to_re(terms.manager.String("z"))])
    either = terms.re_union([terms.re_complement(terms.re_all()), language])
    for constant, expected in (("abz", SAT), ("abcdz", SAT), ("addz", UNSAT), ("z", UNSAT), ("abc", UNSAT)):
        root = terms.manager.And(terms.in_re(text, either), terms.manager.Equals(text, terms.manager.String(constant)))
        solver = z3.Solver(ctx=(context := z3.Context()))
        solver.add(ToZ3(context).convert(root))
        assert Status(str(solver.check())) is expected
        other = cvc5.Solver(manager := cvc5.TermManager())
        other.setLogic("ALL")
        other.assertFormula(ToCvc5(manager).convert(root))
        assert Status(str(other.checkSat())) is expected
        definitions, goals = print_definitions(root)
        asserts = [f"(assert {goal})" for goal in goals]
        script = "\n".join(["(set-logic ALL)(declare-const |s| String)", *definitions, *asserts, "(check-sat)"])
        assert text_answer_z3(script) is text_answer_cvc5(script) is expected


def test_escape() -> None:
    assert escape('a\\b"\n\u00e9' + EMOJI) == 'a\\u{5c}b"\\u{a}\\u{e9}\\u{1f600}'


def test_questions_do_not_share_names() -> None:
    """One name is a text in one question and a number in the next."""
    assert_answer(one_atom(Variable("k", Theory.GLOBS, Arity.ONE), GlobSet(["a"])), SAT)
    assert_answer(one_atom(Variable("k", Theory.INTERVALS, Arity.ONE), LINES["open"]), SAT)


def test_importing_the_package_imports_no_cvc5_and_the_command_neither() -> None:
    code = (
        "import sys, auditctl; assert 'pysmt' not in sys.modules; import auditctl.smt; assert 'cvc5' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert available() == ("z3", "cvc5")


# Limits.


def hard_question(run: int) -> Question:
    """Automata of 2 ** run states, for a solver that makes them deterministic."""
    formula = Formula()
    runs = [formula.atom(X, GlobSet([STAR + a + ANY * run + b + STAR])) for a, b in product("abc", "def")]
    return Question(formula, formula.all([*runs, -formula.atom(X, GlobSet([STAR + "abc" + STAR]))]))


def test_a_limit_ends_in_unknown_and_the_next_question_is_decided() -> None:
    with Bounded() as solver:
        late = solver.decide("cvc5", hard_question(24), 0.2)
        assert late.status is UNKNOWN
        assert late.reason
        assert late.seconds < 5
        for name in SOLVERS:
            found = solver.decide(name, sample_question(), SECONDS)
            assert found.status is SAT
            assert sample_question().holds_for(found.model or {})
            assert 0 < found.seconds < SECONDS


def test_memory_has_a_limit() -> None:
    with Bounded(memory=400 << 20) as solver:
        found = solver.decide("cvc5", hard_question(100), SECONDS)
        assert found.status is UNKNOWN
        assert found.reason in {"out of memory", "the process of the solver died"}
        assert solver.decide("cvc5", sample_question(), SECONDS).status is SAT


def test_what_smtlib_cannot_say_is_refused_from_the_other_process_too() -> None:
    with Bounded() as solver:
        for chosen, reason in REFUSED.values():
            with pytest.raises(NotExpressible, match=reason):
                solver.decide("z3", one_atom(X, chosen), SECONDS)
        assert solver.decide("z3", sample_question(), SECONDS).status is SAT


def test_many_values_survive_the_way_to_the_other_process() -> None:
    formula = Formula()
    root = formula.all([formula.atom(TAGS, GlobSet([p])) for p in "abc"])
    with Bounded() as solver:
        found = solver.decide("z3", Question(formula, root), SECONDS)
    assert found.model is not None
    assert sorted(map(str, found.model[TAGS.name])) == ["a", "b", "c"]


# Real policies.

REQUESTS: list[dict[str, object]] = [
    {"action": ["iam:PassRole"]},
    {"action": ["s3:GetObject"], "resource": ["arn:aws:s3:::acme-secret/*"]},
    {"action": ["iam:CreatePolicyVersion", "iam:AttachUserPolicy"], "resource": ["arn:aws:iam::111122223333:*"]},
    {"action": ["kms:ScheduleKeyDeletion"], "condition": {"Bool": {"aws:MultiFactorAuthPresent": ["false"]}}},
    {"not_action": ["s3:*", "ec2:*", "iam:*", "logs:*"], "not_resource": ["arn:aws:s3:::*"]},
    {"action": ["ec2:*"], "condition": {"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8"]}}},
]
SAMPLED, MAX_TEXT = 40, 12_000  # questions, and the longest script: Z3 needs seconds for the few that are longer


@cache
def managed_questions() -> list[Question]:
    """Questions about the managed policies of AWS, the same ones every time."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    policies = [
        {
            "PolicyName": name,
            "Arn": f"arn:aws:iam::aws:policy{row.get('Path', '/')}{name}",
            "Path": row.get("Path", "/"),
            "PolicyVersionList": [{"IsDefaultVersion": True, "VersionId": "v1", "Document": row["Document"]}],
        }
        for name, row in sorted(json.loads(aws_managed_policies_data).items())
    ]
    chosen = random.Random(2).sample(policies, 60)
    details = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": chosen}
    files = {
        "snapshot.json": {"format": "auditctl-snapshot/1", "accounts": [{"id": "111122223333"}]},
        "111122223333/global/iam/get-account-authorization-details.json": details,
    }
    encoded = {path: json.dumps(value).encode() for path, value in files.items()}
    inventory = Inventory(Snapshot({path: (lambda data=data: data) for path, data in encoded.items()}))
    found: list[Question] = []
    for i, request in enumerate(REQUESTS):
        row = {
            "format": "auditctl-control/1",
            "id": f"c{i}",
            "title": "t",
            "for_each": "policy",
            "forbid": {"request": request},
        }
        control = parse_control(row, f"c{i}")
        chosen_targets = targets_of(control, inventory)[i :: len(REQUESTS)]
        found += [question_of(Claim(control, t), inventory, wide=True).question for t in chosen_targets]
    found = [q for q in found if len(to_smtlib(q)) < MAX_TEXT]
    return random.Random(3).sample(found, SAMPLED)


def test_questions_about_managed_policies_have_one_answer() -> None:
    questions = managed_questions()
    assert len(questions) == SAMPLED
    statuses = []
    for question in questions:
        answers = {ask(question, name).status for name in SOLVERS}
        assert len(answers) == 1, to_smtlib(question)
        statuses += answers
    assert UNKNOWN not in statuses
    assert min(statuses.count(SAT), statuses.count(UNSAT)) >= 5
