"""A question about packets as a pySMT formula of linear integer arithmetic.

Untrusted, and independent of the search: where the search makes sets of headers, a solver looks for one packet.

The formula describes one packet on its way. Until an edge changes its header that stays the same, so there is one
header, of five integers, for each stretch of the way: header 1 at the start, header 2 behind the first change. `at L`
says that the packet comes to location L with header 1, `at L 2` with header 2. Wherever it comes it starts, or comes
from somewhere by an edge whose filters let its header through. Only that direction is needed: whatever is not on the
way may be false. In a loop locations could support one another, so each has a rank there, and a packet goes to a
higher one.

How many stretches there can be is counted first: on the graph, where no loop changes headers again and again; else
with the kernel's boxes, until there is nothing new to get to. Where a reply is asked about it has a way of its own,
whose variables begin with `reply`. It starts where the packet ends, with ends and ports swapped, and ends where the
packet started.
"""

from __future__ import annotations

from itertools import starmap
from typing import TYPE_CHECKING
from urllib.parse import quote

from auditctl.smt.encode import PLAIN, Encoding, NotExpressible, Slot
from auditctl.smt.regular import BOOL, INT, Terms
from checkers.cloud.network.header import ECHO, PORT, SERVICE, WITH_PORTS, services
from checkers.kernel.flow import Slice, image, left_over
from checkers.kernel.formula import Arity, Theory, Variable
from checkers.kernel.intervals import EVERYTHING, complement, join

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from pysmt.fnode import FNode
    from pysmt.typing import PySMTType

    from checkers.cloud.network.flows import FlowQuestion
    from checkers.kernel.flow import Box, Edge, Filter, Graph, Place, Rewrite
    from checkers.kernel.intervals import IntervalSet

LOGIC = "QF_LIA"
DIMENSIONS = ("origin", "source", "destination", "service", "port")
START, REPLY = "start", "reply"
MAX_BOXES = 20_000  # sets of headers that are made to count the stretches
MAX_STRETCHES = 12  # of a packet whose reply is asked about
_SIZE = 1 << 16


def encode_flow(question: FlowQuestion) -> Encoding:
    """The question as a formula, with a model iff some packet gets to a goal. Raises `NotExpressible`.

    Where replies are asked about: iff moreover its reply comes back to where it started.
    """
    if question.problem:
        raise NotExpressible(question.problem)
    symbols = _Symbols()
    way = _Way(symbols, question.graph, question.sources, question.goals, _count(question))
    if question.replies is None:
        starts = {v: [way.in_box(0, box) for place, box in way.sources if place == v] for v, _ in way.sources}
        goal = symbols.make.Or([reached for *_, reached in way.ends()])
        return symbols.encoding([goal, *way.conditions(starts)])
    return symbols.encoding(_with_reply(question, symbols, way))


def _with_reply(question: FlowQuestion, symbols: _Symbols, way: _Way) -> Iterator[FNode]:
    """The conditions on a packet and its reply. The packet starts at one place alone, so that it is known which."""
    from checkers.cloud.network.flows import ending, starting

    if question.replies is None:
        return
    make, start = symbols.make, symbols.new(START, INT)
    starts: dict[str, list[FNode]] = {}
    for i, (location, box) in enumerate(way.sources):
        chosen = symbols.all([make.Equals(start, make.Int(i)), way.in_box(0, box)])
        starts.setdefault(location, []).append(chosen)
    anywhere = (EVERYTHING,) * len(DIMENSIONS)
    answers = [(v, anywhere) for v in dict.fromkeys(starting(v) for v, _ in way.goals)]
    home = [(v, anywhere) for v in dict.fromkeys(ending(v) for v, _ in way.sources)]
    back = _Way(symbols, question.replies, answers, home, _count_replies(question), f"{REPLY} ")
    begins: dict[str, list[FNode]] = {}
    for i, location, reached in way.ends():
        swapped = symbols.swapped(way.headers[i], back.headers[0])
        begins.setdefault(starting(location), []).append(symbols.all([reached, swapped]))
    yield from way.conditions(starts)
    yield from back.conditions(begins)
    yield make.Or([
        symbols.all([
            make.Equals(start, make.Int(i)),
            back.at[j][ending(location)],
            symbols.swapped(way.headers[0], back.headers[j]),
        ])
        for i, (location, _) in enumerate(way.sources)
        for j, inside in enumerate(back.stretches)
        if ending(location) in inside
    ])


class _Symbols:
    """The variables of a formula, and the parts that ways have in common."""

    def __init__(self) -> None:
        self.terms = Terms()
        self.make = self.terms.manager
        self._slots: dict[Variable, tuple[Slot, ...]] = {}
        self._members: dict[tuple[FNode, IntervalSet], FNode] = {}

    def encoding(self, parts: Iterable[FNode]) -> Encoding:
        """All of these conditions."""
        return Encoding(self.make.And(list(parts)), self._slots, LOGIC)

    def new(self, name: str, sort: PySMTType) -> FNode:
        """A symbol, and the slot by which it is declared and read from a model."""
        symbol = self.terms.symbol(quote(name, safe=PLAIN + " "), sort)
        theory = Theory.FLAG if sort is BOOL else Theory.INTERVALS
        self._slots[Variable(name, theory, Arity.ONE)] = (Slot(self.make.TRUE(), symbol),)
        return symbol

    def all(self, parts: Iterable[FNode]) -> FNode:
        """Every one of them."""
        return self.make.And([p for p in parts if not p.is_true()])

    def member(self, value: FNode, values: IntervalSet) -> FNode:
        """The number is in the set."""
        key = value, values
        if key not in self._members:
            self._members[key] = self.make.Or([self._between(value, *span) for span in _spans(values)])
        return self._members[key]

    def _between(self, value: FNode, low: int | None, high: int | None) -> FNode:
        if low is not None and low == high:
            return self.equals(value, low)
        bounds = [self.make.LE(self.make.Int(low), value)] if low is not None else []
        bounds += [self.make.LE(value, self.make.Int(high))] if high is not None else []
        return self.all(bounds)

    def equals(self, value: FNode, number: int) -> FNode:
        """The number is this one."""
        return self.make.Equals(value, self.make.Int(number))

    def swapped(self, one: Sequence[FNode], other: Sequence[FNode]) -> FNode:
        """One header answers the other. The origin of a reply is not looked at."""
        make = self.make
        ends = [make.Equals(one[1], other[2]), make.Equals(one[2], other[1])]
        ways = []
        for protocol in WITH_PORTS:
            first = make.Int(protocol * _SIZE)
            ways.append([
                self.member(one[SERVICE], services(protocol)),
                make.Equals(other[SERVICE], make.Plus(one[PORT], first)),
                make.Equals(one[SERVICE], make.Plus(other[PORT], first)),
            ])
        same = [make.Equals(one[PORT], other[PORT])]
        pairs = [pair for protocol, kinds in ECHO.items() for pair in _echoes(protocol, *kinds)]
        ways += [[*same, self.equals(one[SERVICE], a), self.equals(other[SERVICE], b)] for a, b in pairs]
        rest = complement(join(*(services(p) for p in WITH_PORTS)))
        kept = [self.member(one[SERVICE], rest), *(make.Not(self.equals(one[SERVICE], a)) for a, _ in pairs)]
        ways.append([*same, *kept, make.Equals(one[SERVICE], other[SERVICE])])
        return self.all([*ends, make.Or([self.all(w) for w in ways])])


class _Way:
    """The way of one packet through a graph. `prefix` begins the names of its variables."""

    def __init__(  # what is asked, and how far
        self,
        symbols: _Symbols,
        graph: Graph,
        sources: Sequence[Place],
        goals: Sequence[Place],
        count: int,
        prefix: str = "",
    ) -> None:
        self.graph, self.sources, self.goals = graph, sources, goals
        self.symbols, self.make = symbols, symbols.make
        self.relevant = Slice(graph, goals)
        self.stretches = list(self._stretches(count))
        self.headers = [
            [symbols.new(_numbered(prefix + name, i), INT) for name in DIMENSIONS] for i in range(len(self.stretches))
        ]
        self.at = [
            {location: symbols.new(_numbered(f"{prefix}at {location}", i), BOOL) for location in inside}
            for i, inside in enumerate(self.stretches)
        ]
        loops = [_loops(graph, inside) for inside in self.stretches]
        self.loops = loops
        self.ranks = [
            {v: symbols.new(_numbered(f"{prefix}rank of {v}", i), INT) for v in inside if v in loops[i]}
            for i, inside in enumerate(self.stretches)
        ]
        self._passes: dict[tuple[int, tuple[tuple[str, Box], ...]], FNode] = {}

    def _stretches(self, count: int) -> Iterator[dict[str, None]]:
        """The locations of each stretch: what is behind its beginning, and leads to a goal."""
        after = self.graph.after
        starts = [location for location, _ in self.sources]
        for _ in range(count):
            inside = dict.fromkeys(v for v in starts if v in self.relevant.open)
            todo = list(inside)
            while todo:
                for edge in after.get(todo.pop(), ()):
                    if _may_keep(edge) and edge.after in self.relevant.open and edge.after not in inside:
                        inside[edge.after] = None
                        todo.append(edge.after)
            yield inside
            starts = [edge.after for v in inside for edge in after.get(v, ()) if edge.rewrite is not None]

    def ends(self) -> Iterator[tuple[int, str, FNode]]:
        """The stretches and locations at which the packet may be at a goal, and that it is."""
        for i, inside in enumerate(self.stretches):
            for location, box in self.goals:
                if location in inside:
                    yield i, location, self.symbols.all([self.at[i][location], self.in_box(i, box)])

    def conditions(self, starts: Mapping[str, Sequence[FNode]]) -> Iterator[FNode]:
        """Wherever the packet is, it starts there on one of these conditions, or comes from somewhere."""
        for i, inside in enumerate(self.stretches):
            for location in inside:
                ways = [] if i else list(starts.get(location, ()))
                ways += [*self._arrivals(i, location), *self._rewritten(i, location)]
                yield self.make.Implies(self.at[i][location], self.make.Or(ways))

    def _arrivals(self, i: int, location: str) -> Iterator[FNode]:
        """The edges by which the packet gets here with the header that it has."""
        loops, ranks = self.loops[i], self.ranks[i]
        for edge in self.graph.before.get(location, ()):
            if _may_keep(edge) and edge.before in self.at[i] and edge.before != location:
                parts = [self.at[i][edge.before], *self._guards(i, edge), *self._makes(i, i, edge)]
                if location in loops and loops[location] == loops.get(edge.before):
                    parts.append(self.make.LT(ranks[edge.before], ranks[location]))
                yield self.symbols.all(parts)

    def _rewritten(self, i: int, location: str) -> Iterator[FNode]:
        """The edges that give the packet this header here."""
        for edge in self.graph.before.get(location, ()):
            if i and edge.rewrite is not None and edge.before in self.at[i - 1]:
                parts = [self.at[i - 1][edge.before], *self._guards(i - 1, edge), *self._makes(i - 1, i, edge)]
                yield self.symbols.all(parts)

    def _guards(self, i: int, edge: Edge) -> list[FNode]:
        return [self._passes_through(i, one) for one in edge.filters]

    def _passes_through(self, i: int, one: Filter) -> FNode:
        """A rule of the filter has the header."""
        key = i, one.rules
        if key not in self._passes:
            self._passes[key] = self.make.Or([self.in_box(i, box) for _, box in one.rules])
        return self._passes[key]

    def _makes(self, i: int, j: int, edge: Edge) -> Iterator[FNode]:
        """Header `j` is what the edge makes of header `i`."""
        rewrite, symbols = edge.rewrite, self.symbols
        if rewrite is None:
            return
        for n, (old, new, values) in enumerate(zip(self.headers[i], self.headers[j], rewrite.sets, strict=True)):
            if rewrite.table is not None and n == rewrite.field:
                pairs = [pair for pair in rewrite.table.items() if i != j or pair[0] == pair[1]]
                yield self.make.Or([symbols.all([symbols.equals(old, a), symbols.equals(new, b)]) for a, b in pairs])
            elif values is not None:
                yield symbols.member(new, values)
            elif i != j:
                yield self.make.Equals(old, new)

    def in_box(self, i: int, box: Box) -> FNode:
        """Header `i` is in the box."""
        return self.symbols.all(starmap(self.symbols.member, zip(self.headers[i], box, strict=True)))


def _echoes(protocol: int, asked: int, answered: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """The services of an echo request and its reply, and the other way round."""
    one, other = (protocol * _SIZE + (kind << 8) for kind in (asked, answered))
    return (one, other), (other, one)


def _numbered(name: str, i: int) -> str:
    """The name of a symbol of a stretch, of which the first needs no number."""
    return f"{name} {i + 1}" if i else name


def _spans(values: IntervalSet) -> Iterator[tuple[int | None, int | None]]:
    """The first and last number of each interval; None is an infinite end."""
    ends: list[int | None] = [None] if values.starts_inside else []
    for number, side in values.cuts:
        if side or number.denominator != 1:
            raise NotExpressible(f"{number} as a bound of integers")
        ends.append(int(number))
    if len(ends) % 2:
        ends.append(None)
    for low, behind in zip(ends[::2], ends[1::2], strict=True):
        yield low, None if behind is None else behind - 1


def _count(question: FlowQuestion) -> int:
    """How many stretches there are on the way of a packet.

    Without a reply it need not come twice to one place with one header. With a reply it matters where it started.
    """
    starts = list(question.sources)
    return _stretches_of(question.graph, starts, question.goals, is_free=question.replies is None)


def _count_replies(question: FlowQuestion) -> int:
    """How many stretches there are on the way of a reply."""
    from checkers.cloud.network.flows import answering

    answers = [answer for place in question.goals for answer in answering(place)]
    return _stretches_of(question.replies, answers, question.returned, is_free=False) if question.replies else 0


def _stretches_of(graph: Graph, starts: list[Place], goals: Sequence[Place], *, is_free: bool) -> int:
    """How many stretches there are behind the starts; with `is_free`, until nothing new is found."""
    relevant = Slice(graph, goals)
    most = _most(graph, relevant, starts)
    if most is not None and most <= MAX_STRETCHES:
        return most
    seen: dict[str, list[Box]] = {}
    starts = [(v, cut) for v, box in starts if (cut := relevant.cut(v, box)) is not None]
    left = MAX_BOXES
    for count in range(1, MAX_BOXES if is_free else MAX_STRETCHES):
        if not is_free:
            seen = {}
        found, left = _spread(graph, relevant, starts, seen, left)
        if left <= 0:
            break
        starts = [(v, b) for v, b in found if not is_free or left_over(b, seen.get(v, ()))]
        if not starts:
            return count
    raise NotExpressible("a packet may be rewritten too often for one formula")


def _most(graph: Graph, relevant: Slice, starts: Sequence[Place]) -> int | None:
    """How many stretches the longest way has, whatever filters say; None where a loop may change headers for ever."""
    inside = dict.fromkeys(v for v, _ in starts if v in relevant.open)
    todo = list(inside)
    while todo:
        new = [e.after for e in graph.after.get(todo.pop(), ()) if e.after in relevant.open and e.after not in inside]
        inside.update(dict.fromkeys(new))
        todo += new
    component = _components(graph, inside, lambda _edge: True)
    edges = [
        e for v in sorted(component, key=component.__getitem__) for e in graph.after.get(v, ()) if e.after in inside
    ]
    loops: dict[int, list[Rewrite]] = {}
    for e in edges:
        if e.rewrite is not None and component[e.before] == component[e.after]:
            loops.setdefault(component[e.before], []).append(e.rewrite)
    changes = {number: _changes(rewrites) for number, rewrites in loops.items()}
    if None in changes.values():
        return None
    most = dict.fromkeys(component.values(), 1)
    for e in edges:
        here, there = component[e.before], component[e.after]
        if here != there:
            most[there] = max(most[there], most[here] + (changes.get(here) or 0) + (e.rewrite is not None))
    return max((most[number] + (changes.get(number) or 0) for number in most), default=1)


def _changes(rewrites: Iterable[Rewrite]) -> int | None:
    """How often headers need change in a loop with these rewrites, None where that is not seen from them.

    One that sets everything is needed once, since what it makes does not depend on what it was made of. Between such,
    the others may only set what they all set to one value.
    """
    resets = 0
    values: dict[int, IntervalSet] = {}
    for rewrite in rewrites:
        if rewrite.table is not None:
            return None
        if None not in rewrite.sets:
            resets += 1
            continue
        for i, made in enumerate(rewrite.sets):
            if made is not None and (values.setdefault(i, made) != made or not _is_one(made)):
                return None
    return resets + (resets + 1) * len(values)


def _is_one(values: IntervalSet) -> bool:
    spans = list(_spans(values))
    return len(spans) == 1 and spans[0][0] is not None and spans[0][0] == spans[0][1]


def _spread(
    graph: Graph, relevant: Slice, starts: Sequence[Place], seen: dict[str, list[Box]], left: int
) -> tuple[list[Place], int]:
    """Add to `seen` what is got to without rewriting, at most `left` boxes; what rewriting makes, and what is left."""
    todo: list[Place] = list(starts)
    rewritten: list[Place] = []
    while todo and left > 0:
        location, box = todo.pop()
        new = left_over(box, seen.get(location, ()))
        seen.setdefault(location, []).extend(new)
        left -= len(new)
        for edge in graph.after.get(location, ()):
            found = [cut for b in new for m in image(edge, b) if (cut := relevant.cut(edge.after, m)) is not None]
            (todo if edge.rewrite is None else rewritten).extend((edge.after, b) for b in found)
    return rewritten, left


def _may_keep(edge: Edge) -> bool:
    """Whether an edge may leave a header as it is."""
    table = edge.rewrite.table if edge.rewrite is not None else None
    return table is None or any(old == new for old, new in table.items())


def _loops(graph: Graph, inside: Mapping[str, None]) -> dict[str, int]:
    """The locations on loops that may keep a header, each with the number of its strongly connected component."""
    found = _components(graph, inside, _may_keep)
    sizes: dict[int, int] = {}
    for number in found.values():
        sizes[number] = sizes.get(number, 0) + 1
    return {location: number for location, number in found.items() if sizes[number] > 1}


def _components(graph: Graph, inside: Mapping[str, None], follows: Callable[[Edge], bool]) -> dict[str, int]:
    """The number of each location's strongly connected component, in which edges lead to no lower one."""
    found: dict[str, int] = {}
    for number, root in enumerate(reversed(_finished(graph, inside, follows))):
        todo = [root]
        while todo:
            location = todo.pop()
            if location not in found:
                found[location] = number
                todo += [e.before for e in graph.before.get(location, ()) if follows(e) and e.before in inside]
    return found


def _finished(graph: Graph, inside: Mapping[str, None], follows: Callable[[Edge], bool]) -> list[str]:
    """The locations in the order in which a depth-first search is done with them."""
    order: list[str] = []
    seen: set[str] = set()
    for root in inside:
        todo = [(root, False)]
        while todo:
            location, is_done = todo.pop()
            if is_done:
                order.append(location)
            elif location not in seen:
                seen.add(location)
                todo.append((location, True))
                todo += [(e.after, False) for e in graph.after.get(location, ()) if follows(e) and e.after in inside]
    return order
