"""Closed sets of headers and walks of packets, on small graphs."""

import random
from collections.abc import Mapping, Sequence

import pytest

from checkers.kernel.budget import Budget
from checkers.kernel.flow import (
    Box,
    Edge,
    Filter,
    Graph,
    Rewrite,
    Slice,
    arrived,
    check_closed,
    image,
    left_over,
    meet,
    walk,
)
from checkers.kernel.intervals import EVERYTHING, IntervalSet, complement, difference, integers, intersection, join
from checkers.verdict import Declined, Rejected

KEEP = (None, None)


def spans(*pairs: tuple[int, int]) -> IntervalSet:
    return integers(pairs)


def some(first: IntervalSet = EVERYTHING, second: IntervalSet = EVERYTHING) -> Box:
    return (first, second)


def only(*boxes: Box) -> Filter:
    return Filter("filter", tuple(("", b) for b in boxes))


def check(
    graph: Graph, sources: Sequence[tuple[str, Box]], goals: Sequence[tuple[str, Box]], boxes: Mapping[str, list[Box]]
) -> list[tuple[str, Box]]:
    return arrived(goals, check_closed(graph, sources, Slice(graph, goals), boxes, Budget()))


# Sets of numbers.


def members(values: IntervalSet) -> set[int]:
    return {n for n in range(-2, 14) if n in values}


def test_sets_are_combined_as_sets() -> None:
    rng = random.Random("sets")
    line = set(range(-2, 14))
    made = [
        IntervalSet([(n, 0) for n in sorted(rng.sample(range(12), rng.randrange(8)))], starts_inside=rng.random() < 0.5)
        for _ in range(60)
    ]
    for one in made:
        assert members(complement(one)) == line - members(one)
        for other in made:
            assert members(intersection(one, other)) == members(one) & members(other)
            assert members(join(one, other)) == members(one) | members(other)
            assert members(difference(one, other)) == members(one) - members(other)


def test_equal_results_are_one_object() -> None:
    assert intersection(spans((0, 9)), spans((5, 20))) is intersection(spans((5, 9)), spans((0, 9)))


# Boxes.


def test_boxes_meet_where_every_dimension_does() -> None:
    assert meet(some(spans((0, 5))), some(spans((3, 9)), spans((1, 1)))) == some(spans((3, 5)), spans((1, 1)))
    assert meet(some(spans((0, 5)), spans((0, 0))), some(spans((3, 9)), spans((1, 1)))) is None


def test_what_is_left_of_a_box() -> None:
    rng = random.Random("boxes")
    for _ in range(200):
        made = [
            some(
                spans(*((low, low + rng.randrange(4)) for low in rng.sample(range(6), 2))), spans((rng.randrange(4), 4))
            )
            for _ in range(4)
        ]
        box, others = made[0], made[1:]
        left = left_over(box, others)
        for header in ((a, b) for a in range(12) for b in range(6)):
            inside = [all(v in s for v, s in zip(header, one, strict=True)) for one in (box, *others)]
            here = [all(v in s for v, s in zip(header, one, strict=True)) for one in left]
            assert any(here) is (inside[0] and not any(inside[1:]))


def test_an_edge_filters_and_then_rewrites() -> None:
    table = Rewrite((None, spans((7, 7))), 0, {1: 11, 2: 12, 3: 13})
    edge = Edge("a", "b", (only(some(spans((0, 1))), some(spans((2, 2)))), only(some(second=spans((5, 5))))), table)
    assert image(edge, some(spans((0, 9)))) == [
        some(spans((11, 11)), spans((7, 7))),
        some(spans((12, 12)), spans((7, 7))),
    ]
    assert image(edge, some(spans((0, 0)))) == []
    assert image(edge, some(spans((1, 1)), spans((6, 6)))) == []
    assert image(Edge("a", "b", (), Rewrite((None, spans((7, 7))))), some()) == [some(second=spans((7, 7)))]


# Slices.


def test_a_slice_keeps_what_leads_to_a_goal() -> None:
    graph = Graph([Edge("a", "b"), Edge("b", "c"), Edge("c", "b"), Edge("b", "d")])
    goal = some(spans((1, 4)), spans((2, 2)))
    relevant = Slice(graph, [("c", goal)])
    assert relevant.open.keys() == {"a", "b", "c"}
    assert relevant.cut("a", some(spans((3, 9)))) == some(spans((3, 4)), spans((2, 2)))
    assert relevant.cut("a", some(spans((5, 9)))) is None
    assert relevant.cut("d", some()) is None


def test_a_rewritten_dimension_does_not_matter_before() -> None:
    graph = Graph([
        Edge("a", "b", (), Rewrite((spans((1, 1)), None))),
        Edge("b", "c", (), Rewrite(KEEP, 1, {5: 2})),
        Edge("x", "c", (), Rewrite((spans((9, 9)), None))),
        Edge("y", "c", (), Rewrite(KEEP, 1, {5: 3})),
        Edge("z", "a", (), Rewrite(KEEP, 1, {5: 3})),
        Edge("z", "a", (), Rewrite((spans((9, 9)), None))),
    ])
    relevant = Slice(graph, [("c", some(spans((1, 4)), spans((2, 2))))])
    assert relevant.open == {"a": {0, 1}, "b": {1}, "c": set(), "z": {0, 1}}
    assert relevant.cut("b", some()) == some(spans((1, 4)))
    assert relevant.cut("a", some()) == some()


def test_several_ways_open_what_any_of_them_opens() -> None:
    graph = Graph([Edge("a", "c"), Edge("a", "b"), Edge("b", "c", (), Rewrite((spans((1, 1)), None)))])
    assert Slice(graph, [("c", some(spans((1, 4))))]).open["a"] == {0}


def test_a_slice_of_no_goals_is_empty() -> None:
    assert Slice(Graph([Edge("a", "b")]), []).open == {}


# Closed sets.

LINE = Graph([
    Edge("a", "b", (only(some(spans((0, 9)))),)),
    Edge("b", "c", (only(some(second=spans((5, 5)))),)),
    Edge("c", "b"),
    Edge("b", "elsewhere"),
])
HIGH = ("c", some(spans((50, 60))))


def test_a_closed_set_is_accepted() -> None:
    boxes = {"a": [some()], "b": [some(spans((0, 9)))], "c": [some(spans((0, 9)), spans((5, 5)))]}
    assert check(LINE, [("a", some())], [("c", some())], boxes) == [("c", some(spans((0, 9)), spans((5, 5))))]
    assert check(LINE, [("a", some(spans((0, 9))))], [HIGH], {}) == []
    passing = Graph([Edge("a", "b")])
    assert check(passing, [("a", some())], [("b", some(spans((1, 4))))], {"a": [some()], "b": [some(spans((1, 4)))]})
    assert check(passing, [], [("b", some(spans((1, 4))))], {"a": [some(spans((9, 9)))]}) == []
    assert check(LINE, [("a", some())], [HIGH], {"a": [some(spans((50, 60)))]}) == []


def test_a_source_that_is_left_out_has_its_own_headers() -> None:
    boxes = {"b": [some(spans((0, 9)))], "c": [some(spans((0, 9)), spans((5, 5)))]}
    assert check(LINE, [("a", some())], [("c", some())], boxes) == [("c", some(spans((0, 9)), spans((5, 5))))]
    assert check(LINE, [("elsewhere", some())], [("elsewhere", some(spans((1, 1))))], {}) == [
        ("elsewhere", some(spans((1, 1))))
    ]
    with pytest.raises(Rejected, match="the way from c leads to headers at b"):
        check(LINE, [("b", some(spans((0, 3)), spans((6, 6)))), ("c", some(spans((4, 4))))], [("c", some())], {})


@pytest.mark.parametrize(
    ("boxes", "reason"),
    [
        ({}, "the way from a leads to headers at b"),
        ({"a": []}, "a source leads to headers at a"),
        ({"a": [some(spans((0, 3)))]}, "a source leads to headers at a"),
        ({"a": [some()], "b": [some(spans((0, 8)))]}, "the way from a leads to headers at b"),
        ({"a": [some()], "b": [some(spans((0, 9)))]}, "the way from b leads to headers at c"),
        (
            {
                "a": [some()],
                "b": [some(spans((0, 9)))],
                "c": [some(spans((0, 9)), spans((5, 6))), some(spans((10, 10)))],
            },
            "the way from c leads to headers at b",
        ),
    ],
)
def test_an_open_set_is_rejected(boxes: dict[str, list[Box]], reason: str) -> None:
    with pytest.raises(Rejected, match=reason):
        check(LINE, [("a", some())], [("c", some())], boxes)


def test_the_goal_is_seen_in_a_closed_set() -> None:
    boxes = {"a": [some()], "b": [some(spans((0, 9)))], "c": [some(spans((0, 9)), spans((5, 5)))]}
    assert check(
        LINE, [("a", some())], [("c", some(spans((9, 20)))), ("elsewhere", some())], {**boxes, "elsewhere": [some()]}
    ) == [
        ("c", some(spans((9, 9)), spans((5, 5)))),
        ("elsewhere", some()),
    ]


def test_too_much_work_is_declined() -> None:
    many = {"a": [some(spans((n, n))) for n in range(10)], "b": [some()], "c": [some()]}
    with pytest.raises(Declined, match="more than 1000 units"):
        check_closed(LINE, [], Slice(LINE, [("c", some())]), many, Budget(1000))


# Walks.

REWRITING = Graph([
    Edge("a", "b", (only(some(spans((0, 4)))),), Rewrite((spans((20, 29)), None))),
    Edge("a", "b", (only(some(spans((0, 4)))),), Rewrite(KEEP, 1, {5: 50})),
    Edge("b", "c"),
])


def test_a_packet_is_walked() -> None:
    hops = walk(
        REWRITING, [("a", some())], [("c", some(spans((25, 25))))], [("a", (1, 5)), ("b", (25, 5)), ("c", (25, 5))]
    )
    assert [hop.location for hop in hops] == ["a", "b", "c"]
    assert hops[0].edge is None
    assert [hop.edge.after for hop in hops[1:] if hop.edge] == ["b", "c"]
    assert walk(REWRITING, [("a", some())], [("b", some())], [("a", (1, 5)), ("b", (1, 50))])


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ([], "no hops"),
        ([("a", (1, 9))], "does not start from a source"),
        ([("b", (1, 5))], "does not start from a source"),
        ([("a", (1, 5)), ("c", (1, 5))], "nothing lets the packet through from a to c"),
        ([("a", (7, 5)), ("b", (25, 5))], "nothing lets"),
        ([("a", (1, 5)), ("b", (30, 5))], "nothing lets"),
        ([("a", (1, 5)), ("b", (25, 6))], "nothing lets"),
        ([("a", (1, 5)), ("b", (1, 51))], "nothing lets"),
        ([("a", (1, 5)), ("b", (25, 5)), ("c", (26, 5))], "nothing lets"),
        ([("a", (1, 5)), ("b", (25, 5))], "does not get to a goal: b"),
        ([("a", (1, 5)), ("b", (24, 5)), ("c", (24, 5))], "does not get to a goal: c"),
    ],
)
def test_a_wrong_walk_is_rejected(steps: list[tuple[str, tuple[int, ...]]], reason: str) -> None:
    sources = [("a", some(second=spans((5, 5))))]
    with pytest.raises(Rejected, match=reason):
        walk(REWRITING, sources, [("c", some(spans((25, 25))))], steps)
