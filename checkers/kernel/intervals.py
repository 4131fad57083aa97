"""Sets of numbers: finite unions of intervals over a dense line or over integers.

A set is where it starts (inside or outside, at minus infinity) and the cuts at which that changes.
A cut is a pair (number, 0 or 1): just before the number, or just after it. So [a, b] is the cuts
(a, 0), (b, 1), and a < x < b is (a, 1), (b, 0). Integer lines use cuts just before only: [a, b] is
(a, 0), (b + 1, 0). IP addresses are one integer line: IPv4 at 0, IPv6 from 2**32 on.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache

from checkers.kernel.budget import Budget
from checkers.verdict import Rejected

Number = int | Fraction
Cut = tuple[Number, int]


class IntervalSet:
    """A union of intervals. Immutable; the cuts are in order, none twice."""

    def __init__(self, cuts: Sequence[Cut], *, starts_inside: bool = False) -> None:
        self.cuts = tuple(cuts)
        self.starts_inside = starts_inside
        self._hash = hash((self.cuts, starts_inside))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IntervalSet) and (self.cuts, self.starts_inside) == (other.cuts, other.starts_inside)

    @property
    def is_everything(self) -> bool:
        """Whether every number is a member."""
        return self.starts_inside and not self.cuts

    @property
    def is_nothing(self) -> bool:
        """Whether no number is a member."""
        return not self.starts_inside and not self.cuts

    @property
    def text(self) -> str:
        """A canonical text of the set, for digests."""
        return repr((self.starts_inside, [(str(n), side) for n, side in self.cuts]))

    def __contains__(self, value: Number) -> bool:
        return self.after((value, 0))

    def after(self, cut: Cut) -> bool:
        """Whether the numbers directly after the cut are members."""
        return (bisect_right(self.cuts, cut) % 2 == 1) is not self.starts_inside


def union(spans: Iterable[tuple[Cut | None, Cut | None]]) -> IntervalSet:
    """The union of spans from cut to cut; None is an infinite end, a span that ends before it starts is empty."""
    depth = 0
    events: dict[Cut, int] = {}
    for low, high in spans:
        if low is not None and high is not None and low >= high:
            continue
        if low is None:
            depth += 1
        else:
            events[low] = events.get(low, 0) + 1
        if high is not None:
            events[high] = events.get(high, 0) - 1
    starts_inside, cuts = depth > 0, []
    for cut in sorted(events):
        before, depth = depth, depth + events[cut]
        if (before > 0) is not (depth > 0):
            cuts.append(cut)
    return IntervalSet(cuts, starts_inside=starts_inside)


def integers(spans: Iterable[tuple[int, int]]) -> IntervalSet:
    """The integers of closed intervals `(low, high)`, on an integer line."""
    return union(((low, 0), (high + 1, 0)) for low, high in spans)


EVERYTHING = IntervalSet((), starts_inside=True)
NOTHING = IntervalSet(())
REMEMBERED = 1 << 16  # pairs of sets whose combination is remembered


@lru_cache(maxsize=REMEMBERED)
def shared(one: IntervalSet) -> IntervalSet:
    """The first set that was equal to this one: sets that are one object are compared at once."""
    return one


@lru_cache(maxsize=REMEMBERED)
def intersection(one: IntervalSet, other: IntervalSet) -> IntervalSet:
    """The numbers of both sets."""
    if one.is_everything or one is other:
        return other
    if other.is_everything:
        return one
    return shared(_combine(one, other, both=True))


@lru_cache(maxsize=REMEMBERED)
def difference(one: IntervalSet, other: IntervalSet) -> IntervalSet:
    """The numbers of the first set that are not in the second."""
    return shared(_combine(one, complement(other), both=True))


@lru_cache(maxsize=REMEMBERED)
def join(one: IntervalSet, other: IntervalSet) -> IntervalSet:
    """The numbers of either set."""
    return shared(_combine(one, other, both=False))


def complement(one: IntervalSet) -> IntervalSet:
    """Every other number."""
    return IntervalSet(one.cuts, starts_inside=not one.starts_inside)


def _combine(one: IntervalSet, other: IntervalSet, *, both: bool) -> IntervalSet:
    """Conjunction or disjunction, by one walk along the cuts of both; where one has few, along those near them."""
    in_one, in_other = one.starts_inside, other.starts_inside
    inside = start = (in_one and in_other) if both else (in_one or in_other)
    first, second = one.cuts, other.cuts
    ends = len(first), len(second)
    i = j = 0
    found: list[Cut] = []
    while i < ends[0] or j < ends[1]:
        # Where one set decides alone up to its next cut, the other's cuts up to there change nothing.
        if in_one is not both and j < ends[1] and (i == ends[0] or second[j] < first[i]):
            stop = ends[1] if i == ends[0] else bisect_left(second, first[i], j)
            in_other = in_other is not ((stop - j) % 2 == 1)
            j = stop
            continue
        if in_other is not both and i < ends[0] and (j == ends[1] or first[i] < second[j]):
            stop = ends[0] if j == ends[1] else bisect_left(first, second[j], i)
            in_one = in_one is not ((stop - i) % 2 == 1)
            i = stop
            continue
        cut = first[i] if j == ends[1] or (i < ends[0] and first[i] <= second[j]) else second[j]
        if i < ends[0] and first[i] == cut:
            in_one, i = not in_one, i + 1
        if j < ends[1] and second[j] == cut:
            in_other, j = not in_other, j + 1
        now = (in_one and in_other) if both else (in_one or in_other)
        if now is not inside:
            found.append(cut)
            inside = now
    return IntervalSet(found, starts_inside=start)


def check_empty(inside: Sequence[IntervalSet], outside: Sequence[IntervalSet], budget: Budget) -> None:
    """Return iff no number is in every set of `inside` and in none of `outside`.

        p1 ∩ ... ∩ pk ∖ (n1 ∪ ... ∪ nm) = ∅
        -----------------------------------  interval-empty/1
        ¬(x∈p1) ∨ ... ∨ (x∈n1) ∨ ...

    Between two neighbouring cuts membership does not change, so that one look at each suffices.
    """
    sets = [*inside, *outside]
    budget.spend(10 * (1 + sum(len(s.cuts) for s in sets)) * len(sets))
    if all(s.starts_inside for s in inside) and not any(s.starts_inside for s in outside):
        raise Rejected("the sets of an emptiness lemma share a number below every bound")
    for cut in sorted({c for s in sets for c in s.cuts}):
        if all(s.after(cut) for s in inside) and not any(s.after(cut) for s in outside):
            raise Rejected(f"the sets of an emptiness lemma share a number at {cut[0]}")
