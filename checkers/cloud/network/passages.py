"""Graphs of the flows that pass a gateway, or that do not.

A flow passes an appliance when it leaves it again, everything else when it gets there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from checkers.cloud.network.build import INTERNET, MANAGED, OUTSIDE, OUTSIDE_IN
from checkers.cloud.network.model import Export
from checkers.kernel.flow import Edge, Graph, Place

_KINDS = {
    "eigw": "egress-only-gateway",
    "igw": "internet-gateway",
    "nat": "nat-gateway",
    "pcx": "peering",
    "tgw": "transit-gateway",
    "vgw": "vpn-gateway",
    "vpce": "endpoint",
}
_UNKNOWN = {INTERNET, OUTSIDE, OUTSIDE_IN}


def without(graph: Graph, passages: Sequence[str], export: Export) -> Graph:
    """The graph without the edges by which a flow passes one of the gateways."""
    at = _Crossing(graph, passages, export)
    return Graph(e for edges in graph.after.values() for e in edges if not at.passes(e))


def crossing(
    graph: Graph, goals: Sequence[Place], passages: Sequence[str], export: Export
) -> tuple[Graph, list[Place]]:
    """The graph in which every location is there twice, before and behind one of the gateways, and the goals behind."""
    at = _Crossing(graph, passages, export)
    return Graph(_twice(graph, at)), [(_behind(location), box) for location, box in goals]


class _Crossing:
    """The edges by which flows pass one of the gateways."""

    def __init__(self, graph: Graph, passages: Sequence[str], export: Export) -> None:
        found = {location for location in graph.before if not passages_of(location, export).isdisjoint(passages)}
        self.leaving = {location for location in found if location.partition("/")[0] in export.interfaces}
        self.entering = found - self.leaving

    def passes(self, edge: Edge) -> bool:
        """Whether what takes an edge passes one of the gateways by it."""
        return edge.after in self.entering or edge.before in self.leaving


def _behind(location: str) -> str:
    return f"{location}*"


def _twice(graph: Graph, at: _Crossing) -> Iterator[Edge]:
    for edges in graph.after.values():
        for edge in edges:
            passed = Edge(edge.before, _behind(edge.after), edge.filters, edge.rewrite, edge.reason)
            yield replace(passed, before=_behind(edge.before))
            if at.passes(edge):
                yield passed
                continue
            yield edge
            # What is not known may be, or have, one of the gateways.
            if edge.reason and not {edge.before, edge.after}.isdisjoint(_UNKNOWN):
                yield passed


def passages_of(location: str, export: Export) -> set[str]:
    """The gateways that a packet at a location passes, by id and by kind."""
    if location.startswith("arn:"):
        return {location.partition("@")[0], "load-balancer"}
    head, _, _ = location.partition("/")
    name, _, gateway = head.partition("@")
    if name in export.interfaces:
        one = export.interfaces[name]
        return {name, "firewall"} if not one.checks and one.type not in MANAGED and location != f"{name}/out" else set()
    kind = _KINDS.get(name.partition("-")[0], "")
    found = {name, kind, gateway}
    if name in export.attachments:
        found.add(export.attachments[name].gateway)
    if name in export.transit_tables:
        found.add(export.transit_tables[name].gateway)
    if name in export.endpoints and export.endpoints[name].kind == "GatewayLoadBalancer":
        found.add("firewall")
    return found - {""} if kind else set()
