"""What is drawn of a claim: the locations between its sources and its goals, the packet's path, the stops.

Untrusted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from auditctl.audit import Result
from auditctl.findings.places import place_in_words
from auditctl.findings.stops import DECIDING, Stopped, stopped
from auditctl.run import known_result
from auditctl.search.flows import reachable
from checkers.cloud.inventory import Inventory
from checkers.cloud.network.flows import PACKET, FlowQuestion, answering, flow_question, walk_packet
from checkers.cloud.words import claim_in_words
from checkers.kernel.flow import Edge, Graph, Hop, Place, Slice, arrived


class Mark(Enum):
    """What is said of a line between two locations."""

    PLAIN = "plain"
    PATH = "path"
    STOP = "stop"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A location. `reached`: some packet of the sources gets there."""

    location: str
    words: str
    is_source: bool
    is_goal: bool
    reached: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """All edges from one location to another: the filters that decide, and how they are marked."""

    before: str
    after: str
    words: tuple[str, ...]
    mark: Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Locations and lines, in the order of the graph."""

    title: str
    nodes: tuple[Node, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Picture:
    """One graph with its ends, and what is marked in it: edges as pairs of locations."""

    graph: Graph
    sources: Sequence[Place]
    goals: Sequence[Place]
    reached: Iterable[str]
    marks: Mapping[tuple[str, str], Mark]


def draw(result: Result, inventory: Inventory) -> Drawing:
    """The drawing of a result: of what arrives with the packet's path, else with the stops, of replies if they stop."""
    result, inventory = known_result(result, inventory)
    claim, certificate = result.claim, result.certificate
    if certificate is not None and certificate["rule"] == PACKET:
        question = flow_question(claim, inventory, wide=False)
        picture = _with_path(question, walk_packet(question, certificate).hops)
    else:
        picture = _with_stops(flow_question(claim, inventory, wide=True))
    title = f"{claim.control.id} on {claim.target.id}: {claim_in_words(claim)} ({result.outcome.value})"
    return _drawn(title, picture, inventory)


def _with_path(question: FlowQuestion, hops: Sequence[Hop]) -> _Picture:
    boxes = reachable(question.graph, question.sources, Slice(question.graph, question.goals))
    steps = [(hop.edge.before, hop.edge.after) for hop in hops if hop.edge is not None]
    return _Picture(
        graph=question.graph,
        sources=question.sources,
        goals=question.goals,
        reached=boxes,
        marks=dict.fromkeys(steps, Mark.PATH),
    )


def _with_stops(question: FlowQuestion) -> _Picture:
    graph, sources, goals = question.graph, question.sources, question.goals
    boxes = reachable(graph, sources, Slice(graph, goals))
    there = arrived(goals, boxes)
    if there and question.replies is not None:
        graph, goals = question.replies, question.returned
        sources = tuple(answer for place in there for answer in answering(place))
        boxes = reachable(graph, sources, Slice(graph, goals))
        there = arrived(goals, boxes)
    found: Iterable[Stopped] = () if there else stopped(graph, goals, boxes)
    marks = {(one.edge.before, one.edge.after): Mark.STOP for one in found}
    return _Picture(graph=graph, sources=sources, goals=goals, reached=boxes, marks=marks)


def _drawn(title: str, picture: _Picture, inventory: Inventory) -> Drawing:
    edges: dict[tuple[str, str], list[Edge]] = {}
    for edge in _between(picture):
        edges.setdefault((edge.before, edge.after), []).append(edge)
    starts, ends = ({location for location, _ in places} for places in (picture.sources, picture.goals))
    ordered = dict.fromkeys([*sorted(starts), *(v for pair in edges for v in pair), *sorted(ends)])
    reached = {*picture.reached}
    nodes = tuple(
        Node(
            location=location,
            words=place_in_words(location, inventory.network),
            is_source=location in starts,
            is_goal=location in ends,
            reached=location in reached,
        )
        for location in ordered
    )
    lines = tuple(
        Line(before=pair[0], after=pair[1], words=_words(found), mark=picture.marks.get(pair) or _certainty(found))
        for pair, found in edges.items()
    )
    return Drawing(title=title, nodes=nodes, lines=lines)


def _between(picture: _Picture) -> list[Edge]:
    """The edges on ways from the sources to the goals, filters aside, and those that are marked."""
    back = Slice(picture.graph, picture.goals).open
    marked = {before for before, _ in picture.marks}
    found: list[Edge] = []
    todo = list(dict.fromkeys(location for location, _ in picture.sources))
    seen = {*todo}
    while todo:
        location = todo.pop(0)
        for edge in picture.graph.after.get(location, ()):
            if edge.after in back and (location in back or location in marked):
                found.append(edge)
                if edge.after not in seen:
                    seen.add(edge.after)
                    todo.append(edge.after)
    return found


def _words(edges: Iterable[Edge]) -> tuple[str, ...]:
    names = [f.name for e in edges for f in e.filters if f.name.startswith(DECIDING)]
    return tuple(dict.fromkeys([*names, *(e.reason for e in edges if e.reason)]))


def _certainty(edges: Iterable[Edge]) -> Mark:
    return Mark.UNCERTAIN if all(e.reason for e in edges) else Mark.PLAIN
