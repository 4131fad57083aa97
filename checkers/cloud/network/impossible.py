"""What AWS makes of no plan: networks that contradict themselves, however each value for itself may be.

Sources: "IP addressing for your VPCs and subnets" and "Configure route tables" (one route for each destination) of the
Amazon VPC user guide, "Elastic IP addresses" of the Amazon EC2 user guide (one association at a time).
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from checkers.cloud.network.export_routes import STATIC
from checkers.cloud.network.model import Block, Export

_Owned = tuple[int, int, str]  # the first address of a range, the one behind the last, and whose it is


def impossible(export: Export) -> str:
    """Why there can be no such network; empty where nothing contradicts that."""
    return next(_contradictions(export), "")


def _contradictions(export: Export) -> Iterator[str]:
    spans: dict[str, list[_Owned]] = {}
    public: list[_Owned] = []
    for one in export.interfaces.values():
        cuts = [int(n) for n, _ in one.addresses.cuts]
        spans.setdefault(one.vpc, []).extend(
            (low, stop, one.id) for low, stop in zip(cuts[::2], cuts[1::2], strict=True)
        )
        public += [(p, p + 1, one.id) for p in one.public.values()]
    for found in (*spans.values(), public):
        for one_id, other_id in _sharing(found):
            yield f"{one_id} and {other_id} have an address in common"
    for table in export.tables.values():
        blocks = [b for r in table.routes if r.rank <= STATIC for b in r.destination or ()]
        yield from (f"{table.id} has two routes for one destination" for _ in _twice(blocks))


def _sharing(spans: Iterable[_Owned]) -> Iterator[tuple[str, str]]:
    for (_, stop, one), (first, _, other) in pairwise(sorted(spans)):
        if first < stop and one != other:
            yield one, other


def _twice(blocks: Iterable[Block]) -> Iterator[Block]:
    return (one for one, other in pairwise(sorted(blocks)) if one == other)
