"""Graphs of the flows that pass a gateway, or that do not."""

from collections.abc import Iterator, Sequence

from checkers.cloud.network.build import MANAGED
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


def without(graph: Graph, passages: Sequence[str], export: Export) -> Graph:
    """The graph without the locations that are at one of the gateways."""
    left = {location for location in graph.before if _is_at(location, passages, export)}
    return Graph(e for edges in graph.after.values() for e in edges if e.after not in left)


def crossing(
    graph: Graph, goals: Sequence[Place], passages: Sequence[str], export: Export
) -> tuple[Graph, list[Place]]:
    """The graph in which every location is there twice, before and behind one of the gateways, and the goals behind."""
    at = {location for location in graph.before if _is_at(location, passages, export)}
    return Graph(_twice(graph, at)), [(_behind(location), box) for location, box in goals]


def _behind(location: str) -> str:
    return f"{location}*"


def _twice(graph: Graph, at: set[str]) -> Iterator[Edge]:
    for edges in graph.after.values():
        for edge in edges:
            after = _behind(edge.after)
            yield Edge(_behind(edge.before), after, edge.filters, edge.rewrite, edge.reason)
            if edge.after in at:
                yield Edge(edge.before, after, edge.filters, edge.rewrite, edge.reason)
            else:
                yield edge


def _is_at(location: str, passages: Sequence[str], export: Export) -> bool:
    return not passages_of(location, export).isdisjoint(passages)


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
