"""Closed sets of headers: the proof that no packet gets from the sources to the goals of a graph.

A packet is at a location of a graph and has a header: a number for each dimension. An edge lets the headers
through that pass all of its filters, and may rewrite them. A box is a set of headers: one set of numbers for
each dimension. The certificate gives boxes for each location; what an edge makes of them must be in the boxes of
the location that it leads to.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from checkers.kernel.budget import Budget
from checkers.kernel.intervals import EVERYTHING, NOTHING, IntervalSet, difference, integers, intersection, join
from checkers.verdict import Rejected

RULE = "flow/1"
Box = tuple[IntervalSet, ...]
Header = tuple[int, ...]
Place = tuple[str, Box]
Part = tuple[tuple[int, IntervalSet], ...]  # some dimensions of a box; the others hold everything


@dataclass(frozen=True, slots=True)
class Filter:
    """What lets a header through: any of its rules, each a label and a box. Its name is for people.

    `parts` are the dimensions of each box that let not everything through.
    """

    name: str
    rules: tuple[tuple[str, Box], ...]
    parts: tuple[Part, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        parts = (tuple((i, v) for i, v in enumerate(box) if not v.is_everything) for _, box in self.rules)
        object.__setattr__(self, "parts", tuple(dict.fromkeys(parts)))


@dataclass(frozen=True, slots=True)
class Rewrite:
    """New values for a header: any of `sets` (None keeps a value), and one dimension mapped by a table.

    A header whose value is not in the table does not pass.
    """

    sets: tuple[IntervalSet | None, ...]
    field: int = 0
    table: Mapping[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """A way from one location to another. `reason` says why it is not certain that packets take it, if it is not."""

    before: str
    after: str
    filters: tuple[Filter, ...] = ()
    rewrite: Rewrite | None = None
    reason: str = ""


class Graph:
    """Locations and the edges between them, in the order in which they were made."""

    def __init__(self, edges: Iterable[Edge]) -> None:
        self.after: dict[str, list[Edge]] = {}
        self.before: dict[str, list[Edge]] = {}
        for edge in edges:
            self.after.setdefault(edge.before, []).append(edge)
            self.before.setdefault(edge.after, []).append(edge)


def meet(one: Box, other: Box) -> Box | None:
    """The headers in both boxes, None where there is none."""
    return _restricted(one, tuple(enumerate(other)))


def _restricted(box: Box, part: Part) -> Box | None:
    """The headers of a box whose values are in the sets of a part; the box itself where all are."""
    found: list[IntervalSet] | None = None
    for i, values in part:
        own = box[i]
        if own is values or values is EVERYTHING:
            continue
        both = intersection(own, values)
        if not both.cuts and not both.starts_inside:
            return None
        if both is not own:
            found = found or list(box)
            found[i] = both
    return box if found is None else tuple(found)


def passing(edge: Edge, box: Box) -> list[Box]:
    """The headers of a box that pass the filters of an edge."""
    boxes = [box]
    for one in edge.filters:
        boxes = [found for b in boxes for part in one.parts if (found := _restricted(b, part)) is not None]
    return boxes


def rewritten(rewrite: Rewrite | None, box: Box) -> Box | None:
    """What a rewrite makes of a box, None where nothing of it passes."""
    if rewrite is None:
        return box
    new = [kept if made is None else made for kept, made in zip(box, rewrite.sets, strict=True)]
    if rewrite.table is not None:
        mapped = [(new, new) for old, new in rewrite.table.items() if old in box[rewrite.field]]
        if not mapped:
            return None
        new[rewrite.field] = integers(mapped)
    return tuple(new)


def image(edge: Edge, box: Box) -> list[Box]:
    """What an edge makes of the headers of a box."""
    return [made for b in passing(edge, box) if (made := rewritten(edge.rewrite, b)) is not None]


def left_over(box: Box, others: Iterable[Box], budget: Budget | None = None) -> list[Box]:
    """The headers of a box that are in none of the others, as boxes. The work is taken from the budget."""
    left = [box]
    for other in others:
        if budget is not None:
            budget.spend(sum(_cost(one, other) for one in left))
        left = [part for one in left for part in _without(one, other)]
        if not left:
            break
    return left


def _without(box: Box, other: Box) -> list[Box]:
    """A box without another one: for each dimension, what lies outside there and inside before."""
    if meet(box, other) is None:
        return [box]
    found, rest = [], list(box)
    for i, values in enumerate(other):
        if values is rest[i] or values is EVERYTHING:
            continue
        outside = difference(rest[i], values)
        if not outside.is_nothing:
            found.append((*rest[:i], outside, *rest[i + 1 :]))
        rest[i] = intersection(rest[i], values)
    return found


class Slice:
    """What can matter for some goals: the locations from which a graph leads to them, and headers there.

    Where no edge on the way changes a dimension, only headers whose value is one of the goals' matter.
    """

    def __init__(self, graph: Graph, goals: Sequence[Place]) -> None:
        count = len(goals[0][1]) if goals else 0
        self.hull = [EVERYTHING] * count
        for i in range(count):
            values = NOTHING
            for wanted in dict.fromkeys(box[i] for _, box in goals):
                values = join(values, wanted)
            self.hull[i] = values
        self._parts: dict[frozenset[int], Part] = {}
        self.open: dict[str, frozenset[int]] = {location: frozenset() for location, _ in goals}
        todo = list(self.open)
        while todo:
            location = todo.pop()
            for edge in graph.before.get(location, ()):
                changed = self._changed(edge)
                if changed is None:
                    continue
                known = self.open.get(edge.before)
                found = self.open[location] | changed | (known or frozenset())
                if known is None or found != known:
                    self.open[edge.before] = found
                    todo.append(edge.before)

    def _changed(self, edge: Edge) -> frozenset[int] | None:
        """The dimensions that an edge rewrites; None where nothing that it makes matters."""
        if edge.rewrite is None:
            return frozenset()
        opened = self.open[edge.after]
        made = {i: values for i, values in enumerate(edge.rewrite.sets) if values is not None}
        if any(i not in opened and intersection(values, self.hull[i]).is_nothing for i, values in made.items()):
            return None
        field, table = edge.rewrite.field, edge.rewrite.table
        if table is None:
            return frozenset(made)
        if field not in opened and not any(new in self.hull[field] for new in table.values()):
            return None
        return frozenset({*made, field})

    def cut(self, location: str, box: Box) -> Box | None:
        """The headers of a box that matter at a location, None where none does."""
        opened = self.open.get(location)
        if opened is None:
            return None
        if opened not in self._parts:
            kept = ((i, v) for i, v in enumerate(self.hull) if i not in opened and not v.is_everything)
            self._parts[opened] = tuple(kept)
        return _restricted(box, self._parts[opened])


def check_closed(
    graph: Graph, sources: Sequence[Place], relevant: Slice, boxes: Mapping[str, Sequence[Box]], budget: Budget
) -> Mapping[str, Sequence[Box]]:
    """The boxes, if every header that gets anywhere from the sources, and can matter, is in them; Rejected otherwise.

    sources ⊆ B      edge u → v, h ∈ B(u)  ⟹  edge(h) ⊆ B(v)
    -----------------------------------------------------------  flow/1
    a packet from a source is in B wherever it gets

    A source that the boxes leave out has its own headers.
    """
    inside = {**starts(sources, relevant, boxes), **boxes}
    for location, box in sources:
        if location in boxes:
            _check_inside(relevant, location, box, boxes, budget, "a source")
    for location, here in inside.items():
        for edge in graph.after.get(location, ()):
            for box in here if edge.after in relevant.open else ():
                budget.spend(20 * (1 + sum(len(f.parts) for f in edge.filters)))
                for made in image(edge, box):
                    _check_inside(relevant, edge.after, made, inside, budget, f"the way from {location}")
    return inside


def _cost(one: Box, other: Box) -> int:
    """About how long it takes to compare two boxes: sets that are one object cost nothing."""
    return 50 + sum(len(v.cuts) + len(w.cuts) for v, w in zip(one, other, strict=True) if v is not w)


def starts(sources: Sequence[Place], relevant: Slice, but: Mapping[str, Sequence[Box]]) -> dict[str, list[Box]]:
    """The headers of the sources that can matter, by location, but for some locations."""
    found: dict[str, list[Box]] = {}
    for location, box in sources:
        cut = relevant.cut(location, box)
        if cut is not None and location not in but:
            found.setdefault(location, []).append(cut)
    return found


def arrived(goals: Sequence[Place], boxes: Mapping[str, Sequence[Box]]) -> list[Place]:
    """The headers of the goals that are in the boxes."""
    return [
        (location, both)
        for location, box in goals
        for inside in boxes.get(location, ())
        if (both := meet(box, inside)) is not None
    ]


def _check_inside(
    relevant: Slice, location: str, box: Box, boxes: Mapping[str, Sequence[Box]], budget: Budget, what: str
) -> None:
    cut = relevant.cut(location, box)
    if cut is None:
        return
    if left_over(cut, boxes.get(location, ()), budget):
        raise Rejected(f"{what} leads to headers at {location} that are not in the closed set")


@dataclass(frozen=True, slots=True)
class Hop:
    """A packet at a location, and the edge by which it got there; none at the start."""

    location: str
    header: Header
    edge: Edge | None = None


def walk(
    graph: Graph, sources: Sequence[Place], goals: Sequence[Place], steps: Sequence[tuple[str, Header]]
) -> list[Hop]:
    """The hops of a packet from a source to a goal, each by an edge that lets it through. Raises Rejected."""
    if not steps:
        raise Rejected("a path has no hops")
    start, header = steps[0]
    if not any(place == start and has(box, header) for place, box in sources):
        raise Rejected(f"the packet does not start from a source: {start}")
    hops = [Hop(start, header)]
    for location, after in steps[1:]:
        before = hops[-1]
        edge = next(
            (e for e in graph.after.get(before.location, ()) if _leads(e, before.header, location, after)), None
        )
        if edge is None:
            raise Rejected(f"nothing lets the packet through from {before.location} to {location}")
        hops.append(Hop(location, after, edge))
    last = hops[-1]
    if not any(place == last.location and has(box, last.header) for place, box in goals):
        raise Rejected(f"the packet does not get to a goal: {last.location}")
    return hops


def has(box: Box, header: Header) -> bool:
    """Whether a header is in a box."""
    return all(value in values for value, values in zip(header, box, strict=True))


def _leads(edge: Edge, before: Header, location: str, after: Header) -> bool:
    if edge.after != location or not all(any(has(rule, before) for _, rule in f.rules) for f in edge.filters):
        return False
    if edge.rewrite is None:
        return before == after
    for i, (old, new, values) in enumerate(zip(before, after, edge.rewrite.sets, strict=True)):
        if edge.rewrite.table is not None and i == edge.rewrite.field:
            if edge.rewrite.table.get(old) != new:
                return False
        elif new not in values if values is not None else new != old:
            return False
    return True
