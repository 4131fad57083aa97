"""Claims about flows: the question of a claim, and what a certificate makes of it.

A closed set of headers proves that no packet arrives; with `require` it may also prove that no reply comes back.
A packet that is walked, hop by hop, proves that one arrives; with `require` its reply is walked too.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from checkers import limits
from checkers.cloud.claims import Claim, Derived, Outcome
from checkers.cloud.control import fill_text
from checkers.cloud.inventory import Inventory
from checkers.cloud.network.build import OUTSIDE, OUTSIDE_IN
from checkers.cloud.network.header import (
    ALL_ORIGINS,
    ALL_PORTS,
    DESTINATION,
    ECHO,
    NO_ORIGIN,
    ORIGIN,
    PORT,
    SERVICE,
    SOURCE,
    WITH_PORTS,
    Packet,
    services,
)
from checkers.cloud.network.network import Network, from_clients
from checkers.cloud.network.passages import crossing, without
from checkers.cloud.network.selection import Selection, select
from checkers.kernel.budget import Budget
from checkers.kernel.clauses import Question
from checkers.kernel.flow import (
    RULE,
    Box,
    Graph,
    Header,
    Hop,
    Place,
    Slice,
    arrived,
    check_closed,
    walk,
)
from checkers.kernel.formula import TRUE, Formula
from checkers.kernel.intervals import EVERYTHING, IntervalSet, difference, integers, intersection, shared
from checkers.strict_json import Json
from checkers.verdict import Declined, Rejected

PACKET = "packet/1"
_DIMENSIONS = 5
_SIZE = 1 << 16


@dataclass(frozen=True, slots=True)
class FlowQuestion:
    """One side of the question whether packets get from the sources to the goals.

    `replies` is the graph of the packets that answer, and `returned` where they end; both only where they are asked
    about. `problem` says why it is not known what the question is about, if it is not.
    """

    graph: Graph
    sources: tuple[Place, ...]
    goals: tuple[Place, ...]
    replies: Graph | None = None
    returned: tuple[Place, ...] = ()
    problem: str = ""


def flow_question(claim: Claim, inventory: Inventory, *, wide: bool) -> FlowQuestion:
    """The question of a claim about flows: on the wide side no packet proves, on the narrow side a packet proves."""
    flow, network = claim.control.flow, inventory.network
    if flow is None:
        raise Declined("the claim is not about flows")
    if claim.target.problem:
        return FlowQuestion(Graph(()), (), (), problem=claim.target.problem)
    export = network.side(wide=wide)
    chosen = select(flow.source, flow.not_source, claim.target, export, wide=wide)
    wanted = select(flow.target, flow.not_target, claim.target, export, wide=wide)
    graph = network.graph(wide=wide)
    # What an interface sends to itself does not leave it.
    if _is_one_interface(wanted):
        chosen = _but(chosen, wanted.interfaces)
    elif _is_one_interface(chosen):
        wanted = _but(wanted, chosen.interfaces)
    sources = network.senders(chosen, wide=wide) + network.hidden_senders(chosen.hidden)
    goals = _goals(network, wanted, flow.services, wide=wide)
    through, but = (_filled(texts, claim) for texts in (flow.through, flow.not_through))
    if but:
        graph = without(graph, but, network.export)
    if through:
        graph, goals = crossing(graph, goals, through, network.export)
    replies = None
    if claim.control.form == "require":
        replies = network.graph(wide=wide, reply=True)
        sources = from_clients(sources)
    return FlowQuestion(
        graph=graph,
        sources=tuple(sources),
        goals=tuple(goals),
        replies=replies,
        returned=tuple(_returned(network, chosen)) if replies else (),
        problem=chosen.problem or wanted.problem,
    )


def _goals(network: Network, wanted: Selection, service: IntervalSet, *, wide: bool) -> list[Place]:
    """Where packets of a service arrive at the selected; on the wide side also where they may go on to the internet."""
    beyond = network.receivers_beyond(wanted, service) if wide else []
    return network.receivers(wanted, service) + network.hidden_receivers(wanted.hidden, service) + beyond


def _is_one_interface(chosen: Selection) -> bool:
    elsewhere = chosen.endpoints or chosen.hidden or not (chosen.internet.is_nothing and chosen.outside.is_nothing)
    return len(chosen.interfaces) == 1 and not elsewhere


def _but(chosen: Selection, left: Collection[str]) -> Selection:
    if chosen.interfaces.keys().isdisjoint(left):
        return chosen
    return replace(chosen, interfaces={i: a for i, a in chosen.interfaces.items() if i not in left})


def _returned(network: Network, chosen: Selection) -> list[Place]:
    """Where replies to what the selected sent arrive."""
    return network.receivers(chosen, EVERYTHING) + network.hidden_receivers(chosen.hidden, EVERYTHING)


def _filled(texts: tuple[str, ...], claim: Claim) -> tuple[str, ...]:
    where = f"control {claim.control.id}"
    return tuple(fill_text(t, claim.target.placeholders(), where) for t in texts)


def check_flow(claim: Claim, certificate: Mapping[str, Json], inventory: Inventory) -> tuple[Outcome, Derived]:
    """The outcome that the certificate of a claim about flows proves. Raises `Rejected` or `Declined`."""
    rule = certificate.get("rule")
    if rule not in (RULE, PACKET):
        raise Declined(f"rule {rule!r}; this checker knows {RULE} and {PACKET} for flows")
    question = flow_question(claim, inventory, wide=rule == RULE)
    if question.problem:
        raise Rejected(f"it is not known what the claim is about: {question.problem}")
    if rule == RULE:
        check_boxes(question, certificate)
    else:
        walk_packet(question, certificate)
    wanted = claim.control.form == "require"
    outcome = Outcome.HOLDS if (rule == PACKET) is wanted else Outcome.VIOLATED
    return outcome, Derived(Question(Formula(), TRUE), (), TRUE, (), (), (), None)


# Closed sets.


def check_boxes(question: FlowQuestion, certificate: Mapping[str, Json]) -> None:
    """Return iff the closed sets prove that no packet arrives, or that no reply does. Raises `Rejected`."""
    if not {"rule", "sets", "boxes"} <= certificate.keys() <= {"rule", "sets", "boxes", "reply"}:
        raise Rejected("a closed set of headers has exactly the members rule, sets, boxes and, for replies, reply")
    budget = Budget(limits.MAX_FLOW_WORK)
    sets = _sets(certificate["sets"], budget)
    relevant = Slice(question.graph, question.goals)
    forth = check_closed(question.graph, question.sources, relevant, _boxes(certificate["boxes"], sets), budget)
    there = arrived(question.goals, forth)
    if not there:
        return
    if "reply" not in certificate or question.replies is None:
        raise Rejected(f"the closed set has headers of the goal at {there[0][0]}")
    answers = [answer for place in there for answer in answering(place)]
    replies = tracked(question.replies, forth, wide=True)
    relevant = Slice(replies, question.returned)
    back = check_closed(replies, answers, relevant, _boxes(certificate["reply"], sets), budget)
    home = arrived(question.returned, back)
    if home:
        raise Rejected(f"the closed set of replies has headers that come back, at {home[0][0]}")


def _sets(value: Json, budget: Budget) -> list[IntervalSet]:
    if not isinstance(value, list):
        raise Rejected("sets is not a list")
    found = []
    for row in value:
        if not isinstance(row, list) or len(row) % 2 or not all(type(n) is int for n in row):
            raise Rejected("a set is not a list of pairs of numbers")
        budget.spend(10 * len(row))
        cuts = [(n, 0) for pair in zip(row[::2], row[1::2], strict=True) for n in (pair[0], pair[1] + 1)]
        if any(one >= other for one, other in pairwise(cuts)):
            raise Rejected("the numbers of a set are not in order")
        found.append(shared(IntervalSet(cuts)))
    return found


def _boxes(value: Json, sets: Sequence[IntervalSet]) -> dict[str, list[Box]]:
    if not isinstance(value, dict):
        raise Rejected("boxes is not an object")
    found: dict[str, list[Box]] = {}
    for location, rows in value.items():
        if not isinstance(rows, list):
            raise Rejected(f"the boxes of {location!a:.200} are not a list")
        found[location] = [_box(row, sets, location) for row in rows]
    return found


def _box(row: Json, sets: Sequence[IntervalSet], location: str) -> Box:
    if not isinstance(row, list) or len(row) != _DIMENSIONS or not all(type(n) is int for n in row):
        raise Rejected(f"a box at {location!a:.200} is not five numbers")
    if not all(-1 <= n < len(sets) for n in row):
        raise Rejected(f"a box at {location!a:.200} has a number that no set has")
    return tuple(EVERYTHING if n < 0 else sets[n] for n in row)


# Packets.


@dataclass(frozen=True, slots=True)
class Walk:
    """A packet on its way, and its reply where one is asked about."""

    hops: tuple[Hop, ...]
    reply: tuple[Hop, ...]


def walk_packet(question: FlowQuestion, certificate: Mapping[str, Json]) -> Walk:
    """The hops of the packet in a certificate, each by an edge that lets it through. Raises `Rejected`."""
    members = {"rule", "hops"} if question.replies is None else {"rule", "hops", "reply"}
    if certificate.keys() != members:
        raise Rejected(f"a packet has exactly the members {', '.join(sorted(members))}")
    steps = _steps(certificate["hops"], question.graph, question.sources)
    hops = walk(question.graph, question.sources, question.goals, steps)
    if question.replies is None:
        return Walk(tuple(hops), ())
    last = hops[-1]
    answer, home = reversed_header(last.header), reversed_header(hops[0].header)
    start = (starting(last.location), tuple(integers([(n, n)]) for n in answer))
    back = _steps(certificate["reply"], question.replies, [(start[0], (EVERYTHING, *start[1][1:]))])
    begin = [(start[0], (EVERYTHING, *start[1][1:]))]
    end = [(ending(hops[0].location), (EVERYTHING, *(integers([(n, n)]) for n in home[1:])))]
    replies = tracked(question.replies, [hop.location for hop in hops], wide=False)
    return Walk(tuple(hops), tuple(walk(replies, begin, end, back)))


def _steps(value: Json, graph: Graph, sources: Sequence[Place]) -> list[tuple[str, Header]]:
    """The locations and headers of a path; their origin follows from where it starts and what edges make of it."""
    if not isinstance(value, list):
        raise Rejected("hops is not a list")
    found: list[tuple[str, Header]] = []
    for row in value:
        location, packet = _hop(row)
        origin = _first_origin(location, sources) if not found else _next_origin(graph, found[-1], location)
        header = packet.header(origin)
        if header is None:
            raise Rejected(f"the packet at {location!a:.200} is no packet: {packet!a:.200}")
        found.append((location, header))
    return found


def _hop(row: Json) -> tuple[str, Packet]:
    if not isinstance(row, list) or len(row) != 2 or not isinstance(row[0], str) or not isinstance(row[1], list):  # noqa: PLR2004
        raise Rejected("a hop is not a location and a packet")
    values = row[1]
    if [type(v) for v in values] != [str, str, int, int, int]:
        raise Rejected("a packet is not its source, destination, protocol, port and source port")
    return row[0], Packet(*values)


def _first_origin(location: str, sources: Sequence[Place]) -> int:
    for place, box in sources:
        if place == location and box[ORIGIN].cuts:
            return int(box[ORIGIN].cuts[0][0])
    return int(NO_ORIGIN.cuts[0][0])


def _next_origin(graph: Graph, before: tuple[str, Header], location: str) -> int:
    """What the edges to a location make of the origin: it is the same along all of them, or the walk fails."""
    for edge in graph.after.get(before[0], ()):
        made = edge.rewrite.sets[ORIGIN] if edge.rewrite is not None and edge.after == location else None
        if made is not None and made.cuts:
            return int(made.cuts[0][0])
    return before[1][ORIGIN]


# Replies.


def starting(location: str) -> str:
    """Where the one who got a packet at a location sends its reply."""
    location = location.removesuffix("*")  # behind a gateway that was asked about
    return OUTSIDE if location == OUTSIDE_IN else location.removesuffix("/in") + "/out" if "/" in location else location


def ending(location: str) -> str:
    """Where the reply to a packet that started at a location arrives."""
    return OUTSIDE_IN if location == OUTSIDE else location.removesuffix("/out") + "/in" if "/" in location else location


def tracked(replies: Graph, passed: Iterable[str], *, wide: bool) -> Graph:
    """The graph of replies to packets that passed some locations.

    NAT gateways, egress-only gateways and load balancers let replies through to what they have passed on alone. What an
    egress-only gateway does with a reply to a packet that came another way is not documented.
    """
    known = {_keeper(location) for location in passed}
    outward = () if wide else ("eigw-",)

    def lets_through(location: str) -> bool:
        keeps = location.endswith("/back") or location.startswith(("arn:", *outward))
        return not keeps or _keeper(location) in known

    return Graph(edge for edges in replies.after.values() for edge in edges if lets_through(edge.after))


def _keeper(location: str) -> str:
    """The gateway or load balancer at a location."""
    location = location.removesuffix("*")  # behind a gateway that was asked about
    return location.partition("@")[0] if location.startswith("arn:") else location.partition("/")[0]


def reversed_header(header: Header) -> Header:
    """The header of the reply: ends and ports swapped, an echo request answered."""
    origin, source, destination, service, port = header
    protocol, number = divmod(service, _SIZE)
    if protocol in WITH_PORTS:
        return origin, destination, source, protocol * _SIZE + port, number
    return origin, destination, source, protocol * _SIZE + _answer(protocol, number), port


def _answer(protocol: int, number: int) -> int:
    """Type and code of the answer to an ICMP message: an echo request is answered, others as they are."""
    asked, answered = ECHO.get(protocol, (0, 0))
    return {asked << 8: answered << 8, answered << 8: asked << 8}.get(number, number)


def answering(place: Place) -> Iterator[Place]:
    """The replies to the packets that arrived at a place; of ICMP any message may be one."""
    location, box = place
    rest = box[SERVICE]
    for protocol in (*WITH_PORTS, *ECHO):
        asked = intersection(rest, services(protocol))
        rest = difference(rest, services(protocol))
        if asked.is_nothing:
            continue
        service, port = services(protocol), box[PORT]
        if protocol in WITH_PORTS:
            service, port = _moved(port, protocol * _SIZE), _moved(asked, -protocol * _SIZE)
        yield starting(location), (ALL_ORIGINS, box[DESTINATION], box[SOURCE], service, port)
    if not rest.is_nothing:
        yield starting(location), (ALL_ORIGINS, box[DESTINATION], box[SOURCE], rest, box[PORT])


def _moved(values: IntervalSet, distance: int) -> IntervalSet:
    """Ports as services of a protocol, or back."""
    ports = intersection(values, ALL_PORTS) if distance > 0 else values
    return IntervalSet([(number + distance, side) for number, side in ports.cuts])
