"""One concrete packet as a question: where it gets to by the graph of the checker, with a certificate each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditctl.search import flows as search
from checkers import limits
from checkers.cloud.network.build import INTERNET, OUTSIDE, OUTSIDE_IN
from checkers.cloud.network.flows import FlowQuestion, check_boxes, walk_packet
from checkers.cloud.network.header import ANY, NO_ORIGIN, PUBLIC, WITH_PORTS, Packet
from checkers.cloud.network.network import WELL_FORMED
from checkers.cloud.network.selection import Selection
from checkers.kernel.budget import Budget
from checkers.kernel.flow import Box, Place, Slice, arrived, check_closed, has
from checkers.kernel.intervals import EVERYTHING, NOTHING, integers
from checkers.verdict import Rejected

if TYPE_CHECKING:
    from checkers.cloud.inventory import Inventory
    from naive import network as naive


def source_of(inventory: Inventory, source: str, packet: naive.Packet) -> Place | None:
    """Where the packet starts, and its header; None where the source sends no such packet."""
    network = inventory.network
    place, origin = source, NO_ORIGIN
    if source not in (INTERNET, OUTSIDE):
        place = f"{network.class_of(source)}/out"
        origin = network.build(wide=True).origin(network.export.interfaces[source].vpc)
    port = packet.source_port if packet.protocol in WITH_PORTS else 0
    sent = Packet(packet.source, packet.destination, packet.protocol, packet.port, port)
    numbers = sent.header(int(origin.cuts[0][0]))
    if numbers is None or not any(has(shape, numbers) for shape in WELL_FORMED):
        return None
    if source == INTERNET and numbers[1] not in PUBLIC:
        return None
    return place, tuple(integers([(n, n)]) for n in numbers)


def goals_of(inventory: Inventory, target: str) -> tuple[Place, ...]:
    """Where a packet has got to the target: an interface, an endpoint, the internet or the outside."""
    network = inventory.network
    if target == INTERNET:
        return ((INTERNET, ANY),)
    if target == OUTSIDE:
        return ((OUTSIDE_IN, ANY),)
    if target in network.export.endpoints:
        return ((target, ANY),)
    one = network.export.interfaces[target]
    nowhere = Selection({target: one.addresses}, NOTHING, NOTHING, frozenset())
    return tuple(network.receivers(nowhere, EVERYTHING))


def question(inventory: Inventory, source: Place, target: str, *, wide: bool, answered: bool = False) -> FlowQuestion:
    """Whether the packet gets to the target, and with `answered` whether its reply gets back."""
    network = inventory.network
    home: Box = (EVERYTHING, EVERYTHING, source[1][1], EVERYTHING, EVERYTHING)
    return FlowQuestion(
        graph=network.graph(wide=wide),
        sources=(source,),
        goals=goals_of(inventory, target),
        replies=network.graph(wide=wide, reply=True) if answered else None,
        returned=((search.ending(source[0]), home),) if answered else (),
    )


def arrives(inventory: Inventory, source: str, packet: naive.Packet, target: str, *, wide: bool) -> bool:
    """Whether the packet gets there; the checker accepts the proof of the answer, and of no other."""
    start = source_of(inventory, source, packet)
    if start is None:
        return False
    asked = question(inventory, start, target, wide=wide)
    boxes = search.reachable(asked.graph, asked.sources, Slice(asked.graph, asked.goals))
    found = search.packet(asked)
    if arrived(asked.goals, boxes):
        if found is None:
            raise AssertionError("headers arrive and no packet does")
        walk_packet(asked, found)
        return True
    if found is not None:
        raise AssertionError("a packet arrives that is in no closed set")
    check_boxes(asked, search.closed({"boxes": boxes}))
    return False


def is_answered(inventory: Inventory, source: str, packet: naive.Packet, target: str) -> bool:
    """Whether the packet surely gets there and its reply back, by a walk of both."""
    start = source_of(inventory, source, packet)
    if start is None:
        return False
    asked = question(inventory, start, target, wide=False, answered=True)
    found = search.packet(asked)
    if found is None:
        return False
    walk_packet(asked, found)
    return True


def is_refuted(inventory: Inventory, source: str, packet: naive.Packet, target: str) -> bool:
    """Whether closed sets prove that the packet does not get there, or that its reply does not get back."""
    start = source_of(inventory, source, packet)
    if start is None:
        return True
    asked = question(inventory, start, target, wide=True, answered=True)
    certificate = search.refutation(asked)
    if certificate is None:
        return False
    try:
        check_boxes(asked, certificate)
    except Rejected as rejected:
        raise AssertionError(str(rejected)) from rejected
    return True


def reached(inventory: Inventory, source: str, packet: naive.Packet, *, wide: bool) -> set[str]:
    """Everything that the packet gets to but the source's own, by one closed set that the checker accepts."""
    start = source_of(inventory, source, packet)
    if start is None:
        return set()
    network = inventory.network
    targets = [*network.export.interfaces, *network.export.endpoints, INTERNET, OUTSIDE]
    goals = {target: goals_of(inventory, target) for target in targets}
    graph = network.graph(wide=wide)
    relevant = Slice(graph, [place for places in goals.values() for place in places])
    boxes = search.reachable(graph, [start], relevant)
    check_closed(graph, [start], relevant, boxes, Budget(limits.MAX_FLOW_WORK))
    return {target for target, places in goals.items() if arrived(places, boxes)} - ({source} & {INTERNET, OUTSIDE})
