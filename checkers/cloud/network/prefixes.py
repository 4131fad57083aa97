"""The longest prefix wins: which destinations each route of a table decides."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import TypeVar

from checkers.cloud.network.model import Block
from checkers.kernel.intervals import IntervalSet, integers

Key = TypeVar("Key", bound=Hashable)
_END: Block = ((1 << 32) + (1 << 128), 0)  # behind the last address


def resolve(routes: Iterable[tuple[Sequence[Block], int, Key]]) -> list[tuple[Key, IntervalSet]]:
    """The destinations that are each key's: by the longest prefix, and by the lowest rank among equal ones.

    A route is its blocks, each of which counts with its own length, its rank, and a key, which several may share.
    Routes that have both block and rank in common decide it together. Keys come in the order of the routes, those that
    decide nothing not at all.
    """
    best: dict[Block, tuple[int, list[Key]]] = {}
    spans: dict[Key, list[tuple[int, int]]] = {}
    for destinations, rank, key in routes:
        spans.setdefault(key, [])
        for block in destinations:
            known = best.get(block)
            if known is None or rank < known[0]:
                best[block] = (rank, [key])
            elif rank == known[0]:
                known[1].append(key)
    for block, first, stop in _innermost(best):
        for key in best[block][1]:
            spans[key].append((first, stop - 1))
    decided = ((key, integers(inside)) for key, inside in spans.items() if inside)
    return [(key, values) for key, values in decided if not values.is_nothing]


def _innermost(given: Iterable[Block]) -> Iterator[tuple[Block, int, int]]:
    """The pieces of the line around which some block is the innermost, from their first address to where they stop.

    CIDR blocks are nested or apart, so that the innermost one is the last one that has begun and not stopped: one pass
    along their ends suffices. A piece may be empty.
    """
    around: list[Block] = []
    at = 0
    for block in (*sorted(given, key=lambda block: (block[0], -block[1])), _END):
        start = block[0]
        while around and sum(around[-1]) <= start:
            stop = sum(around[-1])
            yield around.pop(), at, stop
            at = stop
        if around:
            yield around[-1], at, start
        at = start
        around.append(block)
