"""The search for certificates of claims about flows. Nothing here is trusted.

First everything that packets from the sources can get to is found, on the wide side; if that is none of the goals,
it is the certificate. Else a packet that surely arrives is looked for on the narrow side.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from itertools import islice
from typing import Any

from checkers.cloud.claims import Claim
from checkers.cloud.inventory import Inventory
from checkers.cloud.network.flows import (
    PACKET,
    FlowQuestion,
    answering,
    ending,
    flow_question,
    reversed_header,
    starting,
    tracked,
)
from checkers.cloud.network.header import DESTINATION, ORIGIN, PORT, SERVICE, SOURCE, TCP, UDP, packet_of, services
from checkers.kernel.flow import (
    RULE,
    Box,
    Edge,
    Graph,
    Header,
    Place,
    Slice,
    arrived,
    has,
    image,
    left_over,
    meet,
    passing,
    rewritten,
    starts,
)
from checkers.kernel.intervals import EVERYTHING, IntervalSet, integers, intersection, join

MAX_REPLIES = 8  # kinds of replies to packets that took one way
MAX_BOXES = 200_000  # of a search for one packet


def search_flow(claim: Claim, inventory: Inventory) -> Mapping[str, Any] | tuple[str, ...]:
    """A certificate, or the reasons why there is none."""
    wide = flow_question(claim, inventory, wide=True)
    if not wide.problem:
        found = refutation(wide)
        if found is not None:
            return found
    narrow = flow_question(claim, inventory, wide=False)
    return packet(narrow) or ((wide.problem,) if wide.problem else reasons(wide))


def refutation(wide: FlowQuestion) -> Mapping[str, Any] | None:
    """Closed sets without a goal, or without a reply where one is asked about; None where there are none."""
    relevant = Slice(wide.graph, wide.goals)
    boxes = reachable(wide.graph, wide.sources, relevant)
    found = {"boxes": beyond(boxes, wide.sources, relevant)}
    there = arrived(wide.goals, boxes)
    if not there:
        return closed(found)
    if wide.replies is not None:
        answers = [answer for place in there for answer in answering(place)]
        replies = tracked(wide.replies, boxes, wide=True)
        relevant = Slice(replies, wide.returned)
        back = reachable(replies, answers, relevant)
        if not arrived(wide.returned, back):
            return closed({**found, "reply": beyond(back, answers, relevant)})
    return None


def beyond(boxes: Mapping[str, Sequence[Box]], sources: Sequence[Place], relevant: Slice) -> dict[str, Sequence[Box]]:
    """The boxes without those of locations that have the headers of the sources alone."""
    own = starts(sources, relevant, {})
    return {at: found for at, found in boxes.items() if at not in own or any(left_over(box, own[at]) for box in found)}


def reachable(graph: Graph, sources: Iterable[Place], relevant: Slice) -> dict[str, list[Box]]:
    """The headers that get to each location from the sources, as far as they can matter."""
    return _Reach(graph, relevant).run(sources)


class _Reach:
    """Everything that headers get to, location by location: what came to one meanwhile goes on together."""

    def __init__(self, graph: Graph, relevant: Slice) -> None:
        self.graph = graph
        self.relevant = relevant
        self.found: dict[str, _Boxes] = {}
        self.waiting: dict[str, _Boxes] = {}
        self.todo: deque[str] = deque()

    def run(self, sources: Iterable[Place]) -> dict[str, list[Box]]:
        for location, box in sources:
            self._add(location, box)
        while self.todo:
            location = self.todo.popleft()
            self._leave(location, self.waiting.pop(location).boxes())
        return {location: boxes.boxes() for location, boxes in self.found.items()}

    def _leave(self, location: str, boxes: Sequence[Box]) -> None:
        for edge in self.graph.after.get(location, ()):
            if edge.after in self.relevant.open:
                for box in boxes:
                    for made in image(edge, box):
                        self._add(edge.after, made)

    def _add(self, location: str, box: Box) -> None:
        cut = self.relevant.cut(location, box)
        if cut is None:
            return
        for part in self.found.setdefault(location, _Boxes()).add(cut):
            if location not in self.waiting:
                self.waiting[location] = _Boxes()
                self.todo.append(location)
            self.waiting[location].insert(part)


class _Boxes:
    """Boxes of one location; two that differ in one dimension become one."""

    def __init__(self) -> None:
        self._boxes: list[Box] = []

    def boxes(self) -> list[Box]:
        """The boxes, in a fixed order."""
        return list(self._boxes)

    def add(self, box: Box) -> list[Box]:
        """Add a box; what of it was not there."""
        new = left_over(box, self._boxes)
        for part in new:
            self.insert(part)
        return new

    def insert(self, box: Box) -> None:
        """Add a box, joined with those that it can be joined with."""
        known = 0
        while known < len(self._boxes):
            both = _joined(self._boxes[known], box)
            if both is None:
                known += 1
                continue
            del self._boxes[known]
            box, known = both, 0
        self._boxes.append(box)


def _joined(one: Box, other: Box) -> Box | None:
    """The union of two boxes that differ in one dimension or none, None for others."""
    differ = [i for i, values in enumerate(one) if values is not other[i] and values != other[i]]
    if len(differ) > 1:
        return None
    return tuple(join(v, other[i]) if i in differ else v for i, v in enumerate(one))


def closed(members: Mapping[str, Mapping[str, Sequence[Box]]]) -> Mapping[str, Any]:
    """The certificate of closed sets: each set of numbers once."""
    numbers: dict[IntervalSet, int] = {EVERYTHING: -1}
    rows: list[list[int]] = []

    def number(values: IntervalSet) -> int:
        if values not in numbers:
            numbers[values] = len(rows)
            ends = [int(n) for n, _ in values.cuts]
            rows.append([n - (i % 2) for i, n in enumerate(ends)])
        return numbers[values]

    written = {
        name: {location: [[number(v) for v in box] for box in boxes] for location, boxes in sorted(found.items())}
        for name, found in members.items()
    }
    return {"rule": RULE, "sets": rows, **written}


# Packets.


@dataclass(frozen=True, slots=True)
class Reached:
    """Headers at a location, and how they got there; `passed` are those of `before` that the edge let through."""

    location: str
    box: Box
    before: "Reached | None" = None
    edge: Edge | None = None
    passed: Box | None = None


def packet(question: FlowQuestion) -> Mapping[str, Any] | None:
    """A packet that surely arrives, with its reply where one is asked about; None where none was found."""
    for reached in arriving(question.graph, question.sources, question.goals):
        if question.replies is None:
            return {"rule": PACKET, "hops": written(concrete(reached))}
        for steps in _promising(question, question.replies, reached):
            back = _answer(question.replies, steps)
            if back is not None:
                return {"rule": PACKET, "hops": written(steps), "reply": written(back)}
    return None


def _promising(question: FlowQuestion, replies: Graph, reached: Reached) -> Iterator[list[tuple[str, Header]]]:
    """Packets that took a way: one with familiar values, then some for which replies of their kind come back."""
    steps = concrete(reached)
    yield steps
    known = tracked(replies, [location for location, _ in steps], wide=False)
    answers = list(answering((reached.location, reached.box)))
    for reply in islice(arriving(known, answers, question.returned), MAX_REPLIES):
        origin, *rest = reversed_header(concrete(reply)[0][1])
        header = (int(reached.box[ORIGIN].cuts[0][0]) if reached.box[ORIGIN].cuts else origin, *rest)
        if has(reached.box, header):
            yield concrete(replace(reached, box=tuple(integers([(n, n)]) for n in header)))


def _answer(replies: Graph, steps: Sequence[tuple[str, Header]]) -> list[tuple[str, Header]] | None:
    """The way of the reply to a packet, None where none was found."""
    known = tracked(replies, [location for location, _ in steps], wide=False)
    answer, home = reversed_header(steps[-1][1]), reversed_header(steps[0][1])
    begin = (starting(steps[-1][0]), _one(answer))
    end = (ending(steps[0][0]), _one(home))
    reached = next(arriving(known, [begin], [end]), None)
    return None if reached is None else concrete(reached)


def _one(header: Header) -> Box:
    """A header of any origin, as a box."""
    return (EVERYTHING, *(integers([(n, n)]) for n in header[1:]))


def arriving(graph: Graph, sources: Sequence[Place], goals: Sequence[Place]) -> Iterator[Reached]:
    """Headers that get from the sources to the goals, with the way that they took; those near a goal first."""
    relevant = Slice(graph, goals)
    found = reachable(graph, sources, relevant)
    there = arrived(goals, found)
    ways = _Ways(graph, _Back(graph, found).run(there))
    for location, box in sources:
        ways.add(Reached(location, box))
    for at in ways:
        for location, box in there:
            both = meet(at.box, box) if location == at.location else None
            if both is not None:
                yield replace(at, box=both)


class _Back:
    """From where headers arrived back to their sources: of those found at each location, the ones that get there."""

    def __init__(self, graph: Graph, found: Mapping[str, Sequence[Box]]) -> None:
        self.graph = graph
        self.found = found
        self.useful: dict[str, _Boxes] = {}
        self.distance: dict[str, int] = {}
        self.todo: deque[tuple[str, Box]] = deque()

    def run(self, there: Sequence[Place]) -> "_Back":
        for location, box in there:
            self._add(location, box, 0)
        while self.todo:
            location, box = self.todo.popleft()
            for edge in self.graph.before.get(location, ()):
                for known in self.found.get(edge.before, ()):
                    for came in _origin(edge, box):
                        both = meet(came, known)
                        if both is not None:
                            self._add(edge.before, both, self.distance[location] + 1)
        return self

    def _add(self, location: str, box: Box, distance: int) -> None:
        self.distance.setdefault(location, distance)
        for part in self.useful.setdefault(location, _Boxes()).add(box):
            self.todo.append((location, part))

    def parts(self, location: str, box: Box) -> Iterator[Box]:
        """The headers of a box that get to where headers arrived."""
        useful = self.useful.get(location)
        for one in useful.boxes() if useful is not None else ():
            both = meet(box, one)
            if both is not None:
                yield both


def _origin(edge: Edge, box: Box) -> list[Box]:
    """The headers that an edge makes some header of a box of."""
    if edge.rewrite is None:
        return passing(edge, box)
    before = list(box)
    for i, made in enumerate(edge.rewrite.sets):
        if made is not None:
            if intersection(box[i], made).is_nothing:
                return []
            before[i] = EVERYTHING
    field, table = edge.rewrite.field, edge.rewrite.table
    if table is not None:
        before[field] = integers((old, old) for old, new in table.items() if new in box[field])
    return passing(edge, tuple(before))


class _Ways:
    """Headers at locations in the order in which a search meets them, each with the way that it took."""

    def __init__(self, graph: Graph, back: _Back) -> None:
        self.graph = graph
        self.back = back
        self.seen: dict[str, _Boxes] = {}
        self.todo: list[tuple[int, int, Reached]] = []
        self.count = 0

    def add(self, reached: Reached) -> None:
        """Note headers, unless they were met at the location before or lead nowhere."""
        for part in self.back.parts(reached.location, reached.box):
            if self.seen.setdefault(reached.location, _Boxes()).add(part):
                self.count += 1
                entry = (self.back.distance[reached.location], self.count, replace(reached, box=part))
                heappush(self.todo, entry)

    def __iter__(self) -> Iterator[Reached]:
        while self.todo and self.count < MAX_BOXES:
            _, _, at = heappop(self.todo)
            yield at
            for edge in self.graph.after.get(at.location, ()):
                for passed in passing(edge, at.box):
                    made = rewritten(edge.rewrite, passed)
                    if made is not None:
                        self.add(Reached(edge.after, made, at, edge, passed))


def concrete(reached: Reached) -> list[tuple[str, Header]]:
    """One header, and what it was at every location on its way."""
    header = tuple(_typical(values, i) for i, values in enumerate(reached.box))
    found = [(reached.location, header)]
    at = reached
    while at.before is not None and at.passed is not None and at.edge is not None:
        header = _before(at.edge, at.passed, header)
        at = at.before
        found.append((at.location, header))
    return found[::-1]


def _before(edge: Edge, passed: Box, header: Header) -> Header:
    """A header that an edge makes the given one of."""
    if edge.rewrite is None:
        return header
    found = list(header)
    for i, values in enumerate(edge.rewrite.sets):
        if values is not None:
            found[i] = header[i] if header[i] in passed[i] else _typical(passed[i], i)
    table, field = edge.rewrite.table, edge.rewrite.field
    if table is not None:
        found[field] = next(old for old, new in table.items() if new == header[field] and old in passed[field])
    return tuple(found)


# Values that people expect: addresses of documentation (RFC 5737), the ports of clients, a port that is often open.
_DOCUMENTATION = integers([(0xCB007101, 0xCB0071FE)])
_FAMILIAR = {
    SOURCE: (_DOCUMENTATION,),
    DESTINATION: (_DOCUMENTATION,),
    SERVICE: (services(TCP, 443, 443), services(TCP, 22, 22), services(TCP, 1024), services(TCP), services(UDP, 1024)),
    PORT: (integers([(49152, 65535)]),),
}


def _typical(values: IntervalSet, dimension: int) -> int:
    """A value of a set, a familiar one where there is one."""
    near = (intersection(values, few) for few in _FAMILIAR.get(dimension, ()))
    chosen = next((few for few in near if not few.is_nothing), values)
    if chosen.starts_inside:
        return 0 if 0 in chosen else int(chosen.cuts[0][0]) - 1
    return int(chosen.cuts[0][0])


def written(steps: Sequence[tuple[str, Header]]) -> list[Any]:
    """The hops of a packet as they stand in a certificate."""
    found = []
    for location, header in steps:
        packet = packet_of(header)
        found.append([location, [packet.source, packet.destination, packet.protocol, packet.port, packet.source_port]])
    return found


def reasons(wide: FlowQuestion) -> tuple[str, ...]:
    """Why it is open whether a packet arrives: what is not certain on a way that may be there."""
    open_questions: dict[str, None] = {}
    reached: Reached | None = next(iter(arriving(wide.graph, wide.sources, wide.goals)), None)
    while reached is not None:
        if reached.edge is not None and reached.edge.reason:
            open_questions[reached.edge.reason] = None
        reached = reached.before
    return tuple(open_questions) or ("a packet may arrive, and none was found that surely does",)
