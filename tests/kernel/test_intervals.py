"""Interval sets against enumeration, and the rule `interval-empty/1`."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkers.kernel.budget import Budget
from checkers.kernel.intervals import IntervalSet, check_empty, union
from checkers.verdict import Declined, Rejected

POINTS = [Fraction(n, 2) for n in range(-4, 13)]  # the cuts of the tests are at 0..4: every gap has a point
cuts = st.tuples(st.integers(0, 4), st.integers(0, 1))
spans = st.lists(st.tuples(st.none() | cuts, st.none() | cuts), max_size=4)
sets = spans.map(union)


def in_span(span: Any, point: Fraction) -> bool:
    """Whether a point lies behind the lower cut and before the upper one."""
    low, high = span
    behind = low is None or point > low[0] or (point == low[0] and low[1] == 0)
    before = high is None or point < high[0] or (point == high[0] and high[1] == 1)
    return behind and before


def is_empty(inside: list[IntervalSet], outside: list[IntervalSet]) -> bool:
    try:
        check_empty(inside, outside, Budget())
    except Rejected:
        return False
    return True


@given(spans)
def test_a_union_has_the_points_of_its_spans(given_spans: Any) -> None:
    found = union(given_spans)
    assert [p for p in POINTS if (p in found) is not any(in_span(s, p) for s in given_spans)] == []
    assert list(found.cuts) == sorted(set(found.cuts))


@given(spans, spans)
def test_a_set_is_equal_to_another_iff_it_has_the_same_points(one: Any, two: Any) -> None:
    left, right = union(one), union(two)
    assert (left == right) is all((p in left) is (p in right) for p in POINTS)
    assert left != right or (hash(left), left.text) == (hash(right), right.text)


@given(sets)
def test_everything_and_nothing_are_told_exactly(one: IntervalSet) -> None:
    assert one.is_everything is all(p in one for p in POINTS)
    assert one.is_nothing is not any(p in one for p in POINTS)


@given(st.lists(sets, max_size=3), st.lists(sets, max_size=3))
def test_emptiness_is_accepted_iff_no_number_is_left(inside: list[IntervalSet], outside: list[IntervalSet]) -> None:
    left = [p for p in POINTS if all(p in s for s in inside) and not any(p in s for s in outside)]
    assert is_empty(inside, outside) is not left


def closed(low: int, high: int) -> IntervalSet:
    return union([((low, 0), (high, 1))])


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        pytest.param([closed(1, 2), closed(3, 4)], [], id="intervals apart"),
        pytest.param(
            [closed(1, 4)], [closed(1, 2), union([((2, 1), (4, 1))])], id="two intervals that touch cover one"
        ),
        pytest.param([union([((1, 1), (2, 0))])], [closed(1, 2)], id="an open interval in its closure"),
        pytest.param(
            [], [union([(None, (3, 0))]), union([((3, 0), None)])], id="below and from a number on is everything"
        ),
        pytest.param([union([])], [], id="an empty set"),
        pytest.param([union([((5, 0), (5, 0))])], [], id="a span that ends where it starts"),
        pytest.param(
            [union([((Fraction(1, 3), 0), (Fraction(1, 3), 1))])], [closed(0, 1)], id="a third in the unit interval"
        ),
    ],
)
def test_accepted(inside: list[IntervalSet], outside: list[IntervalSet]) -> None:
    check_empty(inside, outside, Budget())


@pytest.mark.parametrize(
    ("inside", "outside", "reason"),
    [
        pytest.param([closed(1, 2), closed(2, 3)], [], "share a number at 2", id="closed intervals share their end"),
        pytest.param(
            [closed(1, 2)], [union([((1, 1), (2, 1))])], "share a number at 1", id="an open end leaves the end"
        ),
        pytest.param([closed(1, 3)], [closed(1, 1), closed(3, 3)], "share a number at 1", id="the middle is left"),
        pytest.param([], [], "below every bound", id="no set at all"),
        pytest.param([union([(None, (0, 1))])], [], "below every bound", id="a ray to minus infinity"),
        pytest.param([union([((0, 0), None)])], [closed(0, 9)], "share a number at 9", id="a ray to plus infinity"),
    ],
)
def test_rejected(inside: list[IntervalSet], outside: list[IntervalSet], reason: str) -> None:
    with pytest.raises(Rejected, match=reason):
        check_empty(inside, outside, Budget())


def test_work_is_counted_before_it_is_done() -> None:
    many = [union([((n, 0), (n + 1, 0)) for n in range(k, 4_000, 2)]) for k in range(20)]
    with pytest.raises(Declined, match="units of work"):
        check_empty(many, [], Budget())


def test_a_set_is_no_tuple() -> None:
    assert closed(1, 2) != ((1, 0), (2, 1))
