"""Questions about packets as SMT: both solvers say what walking every packet says, and their models are packets."""

from __future__ import annotations

import random
from itertools import product

import cvc5
import pytest
import z3

from auditctl.smt import SOLVERS, NotExpressible, Status, encode_flow, flows, to_smtlib
from checkers.cloud.network.flows import FlowQuestion
from checkers.kernel.flow import Edge, Filter, Graph, Place, Rewrite, has, walk
from checkers.kernel.intervals import EVERYTHING, IntervalSet, integers

SECONDS = 20.0
VALUES = range(4)


def asking(graph: Graph, sources: tuple[Place, ...], goals: tuple[Place, ...]) -> FlowQuestion:
    return FlowQuestion(graph, sources, goals)


def some(*values: int) -> IntervalSet:
    return integers((v, v) for v in values)


def box(first: IntervalSet = EVERYTHING, second: IntervalSet = EVERYTHING) -> tuple[IntervalSet, ...]:
    return (first, second, EVERYTHING, EVERYTHING, some(0))


def let(*boxes: tuple[IntervalSet, ...]) -> Filter:
    return Filter("filter", tuple((f"rule {i}", b) for i, b in enumerate(boxes)))


def setting(first: IntervalSet | None = None, second: IntervalSet | None = None) -> Rewrite:
    return Rewrite((first, second, None, None, None))


def mapping(field: int, table: dict[int, int]) -> Rewrite:
    return Rewrite((None,) * 5, field, table)


def reaches(asked: FlowQuestion) -> bool:
    """Whether some packet with small numbers gets to a goal, one after the other."""
    todo = [
        (place, (*pair, 0, 0, 0))
        for place, inside in asked.sources
        for pair in product(VALUES, repeat=2)
        if has(inside, (*pair, 0, 0, 0))
    ]
    seen = set(todo)
    while todo:
        location, header = todo.pop()
        if any(location == goal and has(inside, header) for goal, inside in asked.goals):
            return True
        for edge in asked.graph.after.get(location, ()):
            if not all(any(has(b, header) for _, b in one.rules) for one in edge.filters):
                continue
            for after in made(edge, header):
                if (edge.after, after) not in seen:
                    seen.add((edge.after, after))
                    todo.append((edge.after, after))
    return False


def made(edge: Edge, header: tuple[int, ...]) -> list[tuple[int, ...]]:
    if edge.rewrite is None:
        return [header]
    choices = [
        [old] if values is None else [v for v in VALUES if v in values]
        for old, values in zip(header, edge.rewrite.sets, strict=True)
    ]
    if edge.rewrite.table is not None:
        new = edge.rewrite.table.get(header[edge.rewrite.field])
        choices[edge.rewrite.field] = [] if new is None else [new]
    return list(product(*choices))


def text_answer(text: str, name: str) -> Status:
    if name == "z3":
        solver = z3.Solver(ctx=z3.Context())
        solver.from_string(text)
        return Status(str(solver.check()))
    asked = cvc5.Solver(cvc5.TermManager())
    parser = cvc5.InputParser(asked)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "question")
    symbols = parser.getSymbolManager()
    said = ""
    while not (command := parser.nextCommand()).isNull():
        said += command.invoke(asked, symbols)
    return Status(said.strip())


def assert_answer(asked: FlowQuestion, expected: Status) -> None:
    text = to_smtlib(asked)
    for name, decide in SOLVERS.items():
        answer = decide(asked, SECONDS)
        assert answer.status is expected, (name, text)
        assert text_answer(text, name) is expected
        if answer.model is not None:
            walk_model(asked, {v: value[0] for v, value in answer.model.items()})


def walk_model(asked: FlowQuestion, model: dict[str, object]) -> None:
    """A model is a path: go back from the goal, each time to a place of the model that supports this one."""

    def header(i: int) -> tuple[int, ...]:
        return tuple(int(str(model[name if not i else f"{name} {i + 1}"])) for name in flows.DIMENSIONS)

    def at(i: int, location: str) -> bool:
        return model.get(f"at {location}{f' {i + 1}' if i else ''}") is True

    goals = [(i, v) for v, b in asked.goals for i in range(30) if at(i, v) and has(b, header(i))]
    assert goals
    paths = [[goal] for goal in goals]
    while paths:
        path = paths.pop()
        i, location = path[0]
        if not i and any(place == location and has(b, header(0)) for place, b in asked.sources):
            walk(asked.graph, asked.sources, asked.goals, [(v, header(n)) for n, v in path])
            return
        for edge in asked.graph.before.get(location, ()):
            for before in ((i, edge.before), (i - 1, edge.before))[: 1 if edge.rewrite is None else 2]:
                if before not in path and before[0] >= 0 and at(*before) and leads(edge, header(before[0]), header(i)):
                    paths.append([before, *path])
    pytest.fail("the model supports no path")


def leads(edge: Edge, before: tuple[int, ...], after: tuple[int, ...]) -> bool:
    passes = all(any(has(b, before) for _, b in one.rules) for one in edge.filters)
    return passes and after in made_any(edge, before, after)


def made_any(edge: Edge, before: tuple[int, ...], after: tuple[int, ...]) -> list[tuple[int, ...]]:
    """As `made`, for numbers of any size: `after` if it can be made."""
    if edge.rewrite is None:
        return [before]
    for i, (old, new, values) in enumerate(zip(before, after, edge.rewrite.sets, strict=True)):
        if edge.rewrite.table is not None and i == edge.rewrite.field:
            if edge.rewrite.table.get(old) != new:
                return []
        elif new not in values if values is not None else new != old:
            return []
    return [after]


ALL = box()
CASES: dict[str, tuple[list[Edge], Place, Place, Status]] = {
    "an edge without filters": ([Edge("a", "b")], ("a", ALL), ("b", ALL), Status.SAT),
    "no edge": ([Edge("b", "a")], ("a", ALL), ("b", ALL), Status.UNSAT),
    "the source is a goal": ([], ("a", box(some(1))), ("a", box(some(1, 2))), Status.SAT),
    "the source is where the goal is, with another header": ([], ("a", box(some(1))), ("a", box(some(2))), Status.UNSAT),
    "a filter without rules": ([Edge("a", "b", (let(),))], ("a", ALL), ("b", ALL), Status.UNSAT),
    "two filters that have nothing in common": (
        [Edge("a", "b", (let(box(some(1))), let(box(some(2)))))], ("a", ALL), ("b", ALL), Status.UNSAT),
    "one rule of a filter is enough": (
        [Edge("a", "b", (let(box(some(1)), box(some(3))),))], ("a", box(some(3))), ("b", ALL), Status.SAT),
    "a loop supports nothing": (
        [Edge("b", "c"), Edge("c", "b"), Edge("c", "d"), Edge("a", "b", (let(),))], ("a", ALL), ("d", ALL), Status.UNSAT),
    "a location does not support itself": ([Edge("b", "b"), Edge("a", "b", (let(),))], ("a", ALL), ("b", ALL), Status.UNSAT),
    "through a loop": (
        [Edge("a", "b"), Edge("b", "c"), Edge("c", "b"), Edge("c", "d")], ("a", ALL), ("d", ALL), Status.SAT),
    "a value that is set": (
        [Edge("a", "b", (), setting(some(2)))], ("a", box(some(1))), ("b", box(some(2))), Status.SAT),
    "a value that is kept": (
        [Edge("a", "b", (), setting(None, some(2)))], ("a", box(some(1))), ("b", box(some(2))), Status.UNSAT),
    "a value of the table": (
        [Edge("a", "b", (), mapping(0, {1: 7, 2: 8}))], ("a", box(some(2))), ("b", box(some(8))), Status.SAT),
    "another value of the table": (
        [Edge("a", "b", (), mapping(0, {1: 7, 2: 8}))], ("a", box(some(2))), ("b", box(some(7))), Status.UNSAT),
    "a value that is not in the table": (
        [Edge("a", "b", (), mapping(0, {1: 7}))], ("a", box(some(2))), ("b", ALL), Status.UNSAT),
    "a filter looks at the header before it is rewritten": (
        [Edge("a", "b", (let(box(some(2))),), setting(some(2)))], ("a", box(some(1))), ("b", ALL), Status.UNSAT),
    "a place with two headers, one after the other": (
        [Edge("a", "b"), Edge("b", "c", (let(box(some(1))),)), Edge("c", "b", (), setting(some(2))), Edge("b", "d", (let(box(some(2))),))],
        ("a", box(some(1))), ("d", ALL), Status.SAT),
    "rewritten twice on the same edge": (
        [Edge("a", "b", (), mapping(0, {0: 1, 1: 2, 2: 3})), Edge("b", "a")], ("a", box(some(0))), ("b", box(some(3))), Status.SAT),
    "rewritten again and again": (
        [Edge("a", "b", (), mapping(0, {0: 1, 1: 0})), Edge("b", "a")], ("a", box(some(0))), ("b", box(some(3))), Status.UNSAT),
    "names that no symbol may have": (
        [Edge("a|\\é b", "c")], ("a|\\é b", ALL), ("c", ALL), Status.SAT),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_solvers_say_what_the_calculus_says(name: str) -> None:
    edges, source, goal, expected = CASES[name]
    assert_answer(asking(Graph(edges), (source,), (goal,)), expected)


def random_asked(seed: int) -> FlowQuestion:
    choose = random.Random(seed)
    names = "abcdef"

    def values() -> IntervalSet:
        return choose.choice([EVERYTHING, some(*choose.sample(VALUES, choose.randint(1, 3)))])

    def rewrite() -> Rewrite | None:
        kind = choose.randrange(4)
        if kind == 0:
            return setting(some(choose.choice(VALUES)), choose.choice([None, some(*choose.sample(VALUES, 2))]))
        if kind == 1:
            table = {choose.choice(VALUES): choose.choice(VALUES) for _ in range(2)}
            return mapping(choose.randrange(2), table)
        return None

    edges = []
    for _ in range(choose.randint(14, 24)):
        filters = tuple(
            let(*(box(values(), values()) for _ in range(choose.randint(1, 2)))) for _ in range(choose.randint(0, 2))
        )
        edges.append(Edge(choose.choice(names), choose.choice(names), filters, rewrite()))
    start = box(some(choose.choice(VALUES)), some(*choose.sample(VALUES, 2)))
    goal = box(some(choose.choice(VALUES)), some(*VALUES))
    return asking(Graph(edges), (("a", start),), ((choose.choice("ef"), goal),))


@pytest.mark.parametrize("first", range(0, 120, 20))
def test_solvers_agree_with_walking_every_packet(first: int) -> None:
    for seed in range(first, first + 20):
        asked = random_asked(seed)
        assert_answer(asked, Status.SAT if reaches(asked) else Status.UNSAT)


def test_the_random_questions_are_of_both_kinds() -> None:
    found = [reaches(random_asked(seed)) for seed in range(120)]
    assert 20 < found.count(True) < 90


def test_the_script_is_linear_integer_arithmetic() -> None:
    edges, source, goal, _ = CASES["a place with two headers, one after the other"]
    text = to_smtlib(asking(Graph(edges), (source,), (goal,)), "a comment")
    assert text.startswith("; a comment\n(set-info :smt-lib-version 2.6)\n(set-logic QF_LIA)\n")
    assert "(declare-const |at b 2| Bool)" in text
    assert "(declare-const |source| Int)" in text
    assert text == to_smtlib(asking(Graph(edges), (source,), (goal,)), "a comment")


def test_what_does_not_lead_to_a_goal_is_left_out() -> None:
    asked = asking(Graph([Edge("a", "b"), Edge("a", "elsewhere")]), (("a", ALL),), (("b", ALL),))
    assert "elsewhere" not in to_smtlib(asked)


def test_a_bound_that_is_no_integer_is_refused() -> None:
    between = IntervalSet([(1, 1), (2, 1)])
    with pytest.raises(NotExpressible, match="as a bound of integers"):
        encode_flow(asking(Graph([]), (("a", box(between)),), (("a", ALL),)))


def test_too_many_headers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flows, "MAX_BOXES", 3)
    table = {i: i + 1 for i in range(20)}
    asked = asking(Graph([Edge("a", "a", (), mapping(0, table))]), (("a", box(some(0))),), (("a", box(some(15))),))
    with pytest.raises(NotExpressible, match="rewritten too often"):
        encode_flow(asked)
