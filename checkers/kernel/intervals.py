"""Sets of numbers: finite unions of intervals over a dense line or over integers.

A set is where it starts (inside or outside, at minus infinity) and the cuts at which that changes.
A cut is a pair (number, 0 or 1): just before the number, or just after it. So [a, b] is the cuts
(a, 0), (b, 1), and a < x < b is (a, 1), (b, 0). Integer lines use cuts just before only: [a, b] is
(a, 0), (b + 1, 0). IP addresses are one integer line: IPv4 at 0, IPv6 from 2**32 on.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from fractions import Fraction

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
