"""Glob sets by the text that their words begin with, so that far ones are never compared."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import islice

from checkers.kernel.formula import Set
from checkers.kernel.globs import GlobSet, head_of

_BEHIND = "\U0010ffff"  # sorts behind every text that a head goes on with


class Heads:
    """Numbered sets of one variable. A union is filed under the head of each of its patterns."""

    def __init__(self) -> None:
        self._by_head: dict[str, list[int]] = {}
        self._sorted: list[str] = []
        self._anywhere: list[int] = []  # sets without a head: complements, templates

    def add(self, number: int, values: Set) -> None:
        """File a set."""
        if not isinstance(values, GlobSet) or values.complement:
            self._anywhere.append(number)
            return
        for pattern in values.patterns:
            self._by_head.setdefault(head_of(pattern), []).append(number)

    def near(self, patterns: Iterable[str]) -> frozenset[int]:
        """The sets that may share a word with one of the patterns: one head begins with the other."""
        if len(self._sorted) != len(self._by_head):
            self._sorted = sorted(self._by_head)
        found = set(self._anywhere)
        for head in {head_of(p) for p in patterns}:
            for other in self._compatible(head):
                found.update(self._by_head[other])
        return frozenset(found)

    def _compatible(self, head: str) -> Iterator[str]:
        yield from (head[:i] for i in range(len(head)) if head[:i] in self._by_head)
        first, last = bisect_left(self._sorted, head), bisect_left(self._sorted, head + _BEHIND)
        yield from islice(self._sorted, first, last)
