"""Each rule of a refutation: what it accepts, what it rejects and why; and that no clause it makes is false."""

import json
import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditctl.search.solve import Model, Refutation, solve
from checkers import limits
from checkers.kernel.clauses import Question
from checkers.kernel.formula import Arity, Atom, Formula, Theory, Variable
from checkers.kernel.globs import ANY, EVERYTHING, STAR, GlobSet, fold
from checkers.kernel.intervals import union
from checkers.kernel.links import Hole, Template, hole
from checkers.kernel.refutation import (
    RULES,
    Proof,
    check_glob_empty,
    check_interval_empty,
    check_link,
    check_mirror,
    check_refutation,
)
from checkers.verdict import Declined, Rejected
from kernel.brute import assignments, is_true
from kernel.test_formula import F, G, H, build, trees, truth

ONE = Variable("one", Theory.GLOBS, Arity.ONE)
OPT = Variable("opt", Theory.GLOBS, Arity.OPTIONAL)
MANY = Variable("many", Theory.GLOBS, Arity.MANY)
NUM = Variable("num", Theory.INTERVALS, Arity.OPTIONAL)
FLAG = Variable("flag", Theory.FLAG, Arity.ONE)


def template(*patterns: str, of: Variable = OPT, default: str | None = None, complement: bool = False) -> Template:
    return Template(patterns, (Hole(of, default),), complement)


ATOMS: dict[int, Atom] = dict(
    enumerate(
        (
            Atom(ONE, GlobSet(["a"])),  # 1
            Atom(ONE, GlobSet(["a" + STAR])),  # 2
            Atom(ONE, GlobSet(["b"])),  # 3
            Atom(ONE, GlobSet(["a" + STAR], complement=True)),  # 4
            Atom(OPT, GlobSet(["a"])),  # 5
            Atom(OPT, EVERYTHING),  # 6
            Atom(OPT, GlobSet(["a" + STAR])),  # 7
            Atom(OPT, GlobSet(["a"], complement=True)),  # 8
            Atom(MANY, GlobSet(["a"])),  # 9
            Atom(MANY, GlobSet(["b"])),  # 10
            Atom(MANY, EVERYTHING),  # 11
            Atom(NUM, union([((1, 0), (1, 1))])),  # 12
            Atom(NUM, union([((0, 0), (2, 1))])),  # 13
            Atom(NUM, union([(None, (0, 0))])),  # 14
            Atom(FLAG, None),  # 15
            Atom(ONE, template(hole(0))),  # 16  one = opt
            Atom(ONE, template("a" + hole(0), default="b")),  # 17
            Atom(ONE, template(hole(0), complement=True)),  # 18
            Atom(MANY, template(hole(0))),  # 19
            Atom(ONE, template(hole(0), of=MANY)),  # 20
            Atom(ONE, template(hole(0, folded=True), default="b")),  # 21
            Atom(OPT, template(hole(0), of=ONE)),  # 22
            Atom(ONE, Template((hole(0) + hole(1),), (Hole(OPT, None), Hole(OPT, "a")), complement=False)),  # 23
            Atom(ONE, template(hole(0), "b", default="a", complement=True)),  # 24
        ),
        1,
    )
)
NEW = len(ATOMS) + 1


def proof() -> Proof:
    """A proof about all of the atoms, before its first lemma."""
    found = Proof(Question(Formula(), 1))
    found.atoms = dict(ATOMS)
    found.next_atom = NEW
    return found


# link/1


@pytest.mark.parametrize(
    ("row", "clauses", "made"),
    [
        pytest.param([16, 7], [(-7, -16, NEW)], GlobSet(["a" + STAR]), id="a known set is put in, one way"),
        pytest.param([16, 0], [(-16, NEW)], EVERYTHING, id="anything is put in, one way"),
        pytest.param([16, 5], [(-5, -16, NEW), (-5, 16, -NEW)], GlobSet(["a"]), id="a word is put in, both ways"),
        pytest.param([16, -6], [(6, -16, NEW), (6, 16, -NEW)], GlobSet([]), id="no value and no default: nothing"),
        pytest.param([17, -6], [(6, -17, NEW), (6, 17, -NEW)], GlobSet(["ab"]), id="no value: the default, both ways"),
        pytest.param(
            [18, 7], [(-7, 18, -NEW)], GlobSet(["a" + STAR], complement=True), id="a complement, the other way"
        ),
        pytest.param([18, 0], [(18, -NEW)], GlobSet([STAR], complement=True), id="a complement with anything"),
        pytest.param([21, 7], [(-7, -21, NEW)], GlobSet([fold("a") + STAR]), id="a folded hole folds what is put in"),
        pytest.param([23, 5, -6], [(-5, 6, -23, NEW), (-5, 6, 23, -NEW)], GlobSet(["aa"]), id="two holes"),
        pytest.param([23, 5, 0], [(-5, -23, NEW)], GlobSet(["a" + STAR]), id="one of two holes is open"),
        pytest.param([19, 5], [(-5, -19, NEW), (-5, 19, -NEW)], GlobSet(["a"]), id="some of many values equals a word"),
        pytest.param([20, 0], [(-20, NEW)], EVERYTHING, id="a hole of many values takes anything"),
    ],
)
def test_link_accepted(row: list[object], clauses: list[tuple[int, ...]], made: GlobSet) -> None:
    one = proof()
    assert check_link(one, row) == clauses
    assert one.atoms[NEW] == Atom(ATOMS[int(str(row[0]))].variable, made)
    assert check_link(one, row)[0][-1] in (NEW + 1, -NEW - 1), "a new atom has a number of its own"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param([], "0 is not the number of an atom", id="an empty row"),
        pytest.param([NEW, 5], "is not the number of an atom", id="an atom that is not there"),
        pytest.param([-16, 5], "is not the number of an atom", id="a negated atom"),
        pytest.param([1, 5], "names an atom with holes", id="an atom without holes"),
        pytest.param([16], "one choice for each hole", id="a choice too few"),
        pytest.param([16, 5, 5], "one choice for each hole", id="a choice too many"),
        pytest.param([16, True], "not a list of integers", id="a boolean is no choice"),
        pytest.param([16, "5"], "not a list of integers", id="a text is no choice"),
        pytest.param([16, 5.0], "not a list of integers", id="a fraction is no choice"),
        pytest.param([16, 99], "99 is not the number of an atom", id="a choice that is no atom"),
        pytest.param([16, 15], "about another variable", id="a flag for a text"),
        pytest.param([16, 1], "about another variable", id="a set of another variable"),
        pytest.param([22, 16], "about another variable", id="a template is no set"),
        pytest.param([16, -5], "only the atom over every string", id="absence by a set that is not everything"),
        pytest.param([16, 8], "filled by a complement", id="a complement is put in"),
        pytest.param([20, 9], "may have many values", id="a hole of many values and one of them"),
        pytest.param([20, -11], "may have many values", id="a hole of many values and none"),
    ],
)
def test_link_rejected(row: list[object], reason: str) -> None:
    with pytest.raises(Rejected, match=reason):
        check_link(proof(), row)


# mirror/1


@pytest.mark.parametrize(
    ("row", "clauses", "made"),
    [
        pytest.param(
            [16, 2], [(-16, -2, NEW), (-16, 2, -NEW)], Atom(OPT, GlobSet(["a" + STAR])), id="from one to the other"
        ),
        pytest.param(
            [22, 8], [(-22, -8, NEW), (-22, 8, -NEW)], Atom(ONE, GlobSet(["a"], complement=True)), id="a complement"
        ),
    ],
)
def test_mirror_accepted(row: list[object], clauses: list[tuple[int, ...]], made: Atom) -> None:
    one = proof()
    assert check_mirror(one, row) == clauses
    assert one.atoms[NEW] == made


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param([16], "1 parts, not two", id="no membership"),
        pytest.param([16, 1, 1], "3 parts, not two", id="two memberships"),
        pytest.param([16, "1"], "not a list of integers", id="a text"),
        pytest.param([16, 99], "99 is not the number", id="a membership that is no atom"),
        pytest.param([16, -1], "-1 is not the number", id="a negated membership"),
        pytest.param([1, 1], "equates two variables", id="no template"),
        pytest.param([17, 1], "equates two variables", id="a template that is more than its hole"),
        pytest.param([18, 1], "equates two variables", id="the complement of the other's value"),
        pytest.param([21, 1], "equates two variables", id="equal but for case, or absent"),
        pytest.param([16, 5], "equates two variables", id="a membership of the other variable"),
        pytest.param([19, 9], "one value", id="some of many values equals the other"),
        pytest.param([20, 1], "one value", id="equal to a variable with many values"),
        pytest.param([16, 17], "one value", id="membership in a template"),
    ],
)
def test_mirror_rejected(row: list[object], reason: str) -> None:
    with pytest.raises(Rejected, match=reason):
        check_mirror(proof(), row)


# glob-empty/1 and interval-empty/1


@pytest.mark.parametrize(
    "clause",
    [
        pytest.param((-1, 2), id="a word in its pattern"),
        pytest.param((-1, -3), id="two words apart"),
        pytest.param((2, 4), id="a set or its complement, of a variable that has a value"),
        pytest.param((-2, -4), id="not a set and its complement"),
        pytest.param((-5, 7), id="an optional variable with a membership to start from"),
        pytest.param((-5, -8), id="an optional variable not in a set and its complement"),
        pytest.param((-8, 6), id="a complement is a membership too"),
        pytest.param((-9, 11), id="one of many values"),
        pytest.param((-1, -1, 2), id="a literal twice"),
    ],
)
def test_glob_emptiness_accepted(clause: tuple[int, ...]) -> None:
    assert check_glob_empty(proof(), [list(clause)]) == [clause]
    assert check_glob_empty(proof(), [list(clause), []]) == [clause]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param([], "0 parts", id="nothing"),
        pytest.param([[-1, 2], [], []], "3 parts", id="three parts"),
        pytest.param([5], "not a list of integers", id="a literal alone"),
        pytest.param([[-1, 2.0]], "not a list of integers", id="a fraction"),
        pytest.param([[-1, True]], "not a list of integers", id="a boolean"),
        pytest.param([[-1, 0]], "literal 0", id="the literal zero"),
        pytest.param([[]], "speaks of one variable", id="the empty clause"),
        pytest.param([[-1, 5]], "speaks of one variable", id="two variables"),
        pytest.param([[-12, 13]], "of its own theory", id="numbers"),
        pytest.param([[-15]], "of its own theory", id="a flag"),
        pytest.param([[-16, 2]], "of its own theory", id="a template"),
        pytest.param([[-99]], "99 is not the number", id="no atom"),
        pytest.param([[2]], "share a string", id="a set that is not everything"),
        pytest.param([[-2, 1]], "share a string", id="the wrong way round"),
        pytest.param([[6]], "may have no value", id="an optional variable need not be there"),
        pytest.param([[7, 8]], "may have no value", id="an absent value is in no set and no complement"),
        pytest.param([[11]], "may have no value", id="many values may be none"),
        pytest.param([[-9, -10]], "may be of different values", id="two of many values"),
        pytest.param([[-1, 2], 7], "not a list of lists", id="states that are no list"),
        pytest.param([[-1, 2], [7]], "not a list of lists", id="a state that is no list"),
        pytest.param([[-1, 2, 3], [["1", ""]]], "not hexadecimal", id="an empty mask"),
        pytest.param([[-1, 2, 3], [["1", "0x1"]]], "not hexadecimal", id="a mask with a prefix"),
        pytest.param([[-1, 2, 3], [["1", "F"]]], "not hexadecimal", id="a mask in capitals"),
        pytest.param([[-1, 2, 3], [["1", 1]]], "not hexadecimal", id="a mask that is a number"),
    ],
)
def test_glob_emptiness_rejected(row: list[object], reason: str) -> None:
    with pytest.raises(Rejected, match=reason):
        check_glob_empty(proof(), row)


def test_states_are_read_as_hexadecimal() -> None:
    one = proof()
    one.atoms[1] = Atom(ONE, GlobSet(["a" + STAR]))
    one.atoms[2] = Atom(ONE, GlobSet(["a", "a" + ANY + STAR]))
    assert check_glob_empty(one, [[-1, 2], [["1", "5"], ["2", "a"]]]) == [(-1, 2)]
    with pytest.raises(Rejected, match="wrong number of masks"):
        check_glob_empty(one, [[-1, 2], [["1"]]])
    with pytest.raises(Rejected, match="does not have"):
        check_glob_empty(one, [[-1, 2], [["ff", "0"]]])


@pytest.mark.parametrize("clause", [(-12, 13), (-12, -14), (-13, 12, 13)])
def test_interval_emptiness_accepted(clause: tuple[int, ...]) -> None:
    assert check_interval_empty(proof(), [list(clause)]) == [clause]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param([[-12, 13], []], "one list of literals", id="states"),
        pytest.param([], "one list of literals", id="nothing"),
        pytest.param([[-13, 12]], "share a number", id="the wrong way round"),
        pytest.param([[-1, 2]], "of its own theory", id="strings"),
        pytest.param([[12, 14]], "may have no value", id="no membership to start from"),
    ],
)
def test_interval_emptiness_rejected(row: list[object], reason: str) -> None:
    with pytest.raises(Rejected, match=reason):
        check_interval_empty(proof(), row)


# No clause of any rule is false under any assignment.


def is_valid(clause: Sequence[int], atoms: dict[int, Atom]) -> bool:
    mentioned = [atoms[abs(x)] for x in clause]
    variables = dict.fromkeys(a.variable for a in mentioned)
    for a in mentioned:
        if isinstance(a.set, Template):
            variables.update((h.variable, None) for h in a.set.holes)
    return all(
        any(is_true(atoms[abs(x)], assignment) is (x > 0) for x in clause)
        for assignment in assignments(list(variables))
    )


@pytest.mark.parametrize("rule", RULES)
def test_no_clause_of_a_rule_is_false(rule: str) -> None:
    rng = random.Random(f"rows of {rule}")
    accepted = 0
    for _ in range(6_000):
        one = proof()
        row = random_row(rng, rule)
        try:
            clauses = RULES[rule](one, row)
        except Rejected:
            continue
        accepted += 1
        assert all(is_valid(clause, one.atoms) for clause in clauses), row
    assert accepted > 50


def random_row(rng: random.Random, rule: str) -> list[object]:
    numbers = list(ATOMS)
    if rule == "link/1":
        number = rng.choice([n for n, a in ATOMS.items() if isinstance(a.set, Template)])
        return [number, *(rng.choice([0, *numbers, *(-n for n in numbers)]) for _ in range(1 + (number == 23)))]
    if rule == "mirror/1":
        return [rng.choice(numbers), rng.choice(numbers)]
    variable = rng.choice([NUM] if rule == "interval-empty/1" else [ONE, OPT, MANY])
    own = [n for n, a in ATOMS.items() if a.variable == variable]
    return [[rng.choice(own) * rng.choice([1, -1]) for _ in range(rng.randint(1, 3))]]


# The whole refutation.


def contradiction() -> Question:
    """One is a, one is not a*: clauses (1) and (-2)."""
    formula = Formula()
    root = formula.all([formula.atom(ONE, GlobSet(["a"])), -formula.atom(ONE, GlobSet(["a" + STAR]))])
    return Question(formula, root)


def refutation(**edit: Any) -> dict[str, Any]:
    found = {
        "rule": "refutation/1",
        "question": contradiction().digest,
        "lemmas": {"glob-empty/1": [[[-1, 2]]]},
        "steps": [[[], [1, 2, 3]]],
    }
    return {**found, **edit}


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param({}, id="as the search writes it"),
        pytest.param({"steps": [[[2], [1, 3]], [[], [2, 4]]]}, id="in two steps"),
        pytest.param({"steps": [[[7], [1, 2, 3]], [[], [1, 2, 3]]]}, id="a step about a new variable"),
        pytest.param({"steps": [[[], [1, 2, 3]], [[1], [1]]]}, id="a step after the empty clause"),
        pytest.param({"steps": [[[], [1, 2, 3, 99]]]}, id="what follows the conflict is not looked at"),
        pytest.param({"steps": [[[], [1, 1, 2, 3]]]}, id="a hint twice"),
    ],
)
def test_refutation_accepted(edit: dict[str, Any]) -> None:
    check_refutation(contradiction(), refutation(**edit))


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        pytest.param({"extra": 1}, "exactly the members", id="another member"),
        pytest.param({"question": "0" * 16}, "is for question '0000000000000000'", id="another question"),
        pytest.param({"question": None}, "is for question None", id="no question"),
        pytest.param({"lemmas": []}, "not an object", id="lemmas in a list"),
        pytest.param({"lemmas": {"glob-empty/1": {}}}, "not a list of lists", id="a rule with an object"),
        pytest.param({"lemmas": {"glob-empty/1": [1]}}, "not a list of lists", id="a lemma that is no list"),
        pytest.param({"lemmas": {"glob-empty/1": [[[-2, 1]]]}}, "share a string", id="a lemma that is false"),
        pytest.param({"steps": {}}, "not a list of lists", id="steps in an object"),
        pytest.param({"steps": []}, "does not reach the empty clause", id="no step"),
        pytest.param({"steps": [[[1], [1]]]}, "does not reach the empty clause", id="steps to another clause"),
        pytest.param({"steps": [[[]]]}, "1 parts, not two", id="a step without hints"),
        pytest.param({"steps": [[[], [1, 2, 3], 1]]}, "3 parts, not two", id="a step with a third part"),
        pytest.param({"steps": [[1, [1]]]}, "clause is not a list", id="a clause that is no list"),
        pytest.param({"steps": [[[0], [1]]]}, "literal 0", id="the literal zero"),
        pytest.param({"steps": [[[], 1]]}, "hints of a step is not a list", id="hints that are no list"),
        pytest.param(
            {"steps": [[[], [1, 2, "3"]]]}, "hints of a step is not a list of integers", id="a hint that is text"
        ),
        pytest.param({"steps": [[[], [1, 2, 4]]]}, "hint 4 names no clause before", id="a step that hints at itself"),
        pytest.param({"steps": [[[], [1, 2, 5]], [[], []]]}, "hint 5 names no clause before", id="a hint forward"),
        pytest.param({"steps": [[[], [0]]]}, "hint 0 names no clause", id="the hint zero"),
        pytest.param({"steps": [[[], [-1]]]}, "hint -1 names no clause", id="a negative hint"),
        pytest.param({"steps": [[[], [10**30]]]}, "names no clause before", id="a huge hint"),
        pytest.param({"steps": [[[], [3]]]}, "hint 3 is not unit", id="a hint that is not unit"),
        pytest.param({"steps": [[[], [3, 1, 2]]]}, "hint 3 is not unit", id="hints in the wrong order"),
        pytest.param({"steps": [[[], [1, 2]]]}, "without a conflict", id="hints that stop too early"),
        pytest.param({"steps": [[[], []]]}, "without a conflict", id="no hint"),
    ],
)
def test_refutation_rejected(edit: dict[str, Any], reason: str) -> None:
    with pytest.raises(Rejected, match=reason):
        check_refutation(contradiction(), refutation(**edit))


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        pytest.param({"rule": "refutation/2"}, "rule 'refutation/2'", id="another version"),
        pytest.param({"lemmas": {"glob-empty/2": []}}, "rule 'glob-empty/2'", id="a lemma of another version"),
    ],
)
def test_refutation_declined(edit: dict[str, Any], reason: str) -> None:
    with pytest.raises(Declined, match=reason):
        check_refutation(contradiction(), refutation(**edit))


def test_a_member_that_is_missing_is_rejected() -> None:
    for name in refutation():
        data = refutation()
        del data[name]
        with pytest.raises(Rejected, match="exactly the members"):
            check_refutation(contradiction(), data)


def test_a_question_that_is_false_by_form_needs_no_step() -> None:
    question = Question(Formula(), -1)
    check_refutation(question, {"rule": "refutation/1", "question": question.digest, "lemmas": {}, "steps": []})


def test_work_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_WORK", 500)
    check_refutation(contradiction(), refutation())
    with pytest.raises(Declined, match="units of work"):
        check_refutation(contradiction(), refutation(steps=[[[5], [1] * 300]]))


@settings(max_examples=300)
@given(trees, st.data())
def test_no_steps_refute_a_formula_that_is_true_somewhere(tree: Any, data: st.DataObject) -> None:
    formula = Formula()
    question = Question(formula, build(formula, tree))
    count = len(question.clauses)
    literals = st.integers(1, max(1, len(question.numbers))).flatmap(lambda n: st.sampled_from([n, -n]))
    steps = data.draw(
        st.lists(st.tuples(st.lists(literals, max_size=2), st.lists(st.integers(1, count + 3), max_size=5)), max_size=4)
    )
    rows = [[list(clause), list(hints)] for clause, hints in steps]
    try:
        check_refutation(question, {"rule": "refutation/1", "question": question.digest, "lemmas": {}, "steps": rows})
    except Rejected:
        return
    assert not any(truth(tree, tuple(a[v.name][0] for v in (F, G, H))) for a in assignments([F, G, H]))


@given(trees)
def test_what_the_search_writes_is_accepted(tree: Any) -> None:
    formula = Formula()
    question = Question(formula, build(formula, tree))
    answer = solve(question)
    possible = any(truth(tree, tuple(a[v.name][0] for v in (F, G, H))) for a in assignments([F, G, H]))
    assert isinstance(answer, Model if possible else Refutation)
    if isinstance(answer, Refutation):
        check_refutation(question, json.loads(json.dumps(answer.data)))
