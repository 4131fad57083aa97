"""Locations of networks, and packets, in words.

Untrusted.
"""

from collections.abc import Mapping

from auditctl.report.model import Packet
from checkers.cloud.network.build import INTERNET, OUTSIDE, OUTSIDE_IN, InterfaceClass
from checkers.cloud.network.header import DESTINATION, ECHO, ICMP, ICMPV6, SOURCE, TCP, UDP, WITH_PORTS, packet_of
from checkers.cloud.network.model import Export, Interface
from checkers.cloud.network.network import Network
from checkers.kernel.flow import Header

PROTOCOLS = {ICMP: "icmp", TCP: "tcp", UDP: "udp", ICMPV6: "icmpv6"}
_GATEWAYS = {
    "igw": "internet gateway",
    "eigw": "egress-only internet gateway",
    "nat": "NAT gateway",
    "vgw": "virtual private gateway",
    "vpce": "endpoint",
    "tgw": "transit gateway",
}
_OUTSIDE = "a network behind VPN or Direct Connect"


def described(header: Header) -> Packet:
    """The packet of a header."""
    packet = packet_of(header)
    name = PROTOCOLS.get(packet.protocol, f"protocol {packet.protocol}")
    ends = packet.source, packet.destination
    if packet.protocol in WITH_PORTS:
        ends = _with_port(packet.source, packet.source_port), _with_port(packet.destination, packet.port)
    elif packet.protocol in ECHO:
        name += f" type {packet.port >> 8} code {packet.port & 255}"
    return Packet(
        words=f"{name} {ends[0]} to {ends[1]}",
        source=packet.source,
        destination=packet.destination,
        protocol=packet.protocol,
        port=packet.port,
        source_port=packet.source_port,
    )


def _with_port(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def place_in_words(location: str, network: Network, header: Header | None = None) -> str:
    """What a location is, for people. With a header the interface that has its address is named."""
    location = location.rstrip("*")  # behind a gateway that flows are to pass
    if location in (INTERNET, OUTSIDE, OUTSIDE_IN):
        return "the internet" if location == INTERNET else _OUTSIDE
    if location.startswith("arn:"):
        return _balancer(location, network)
    head, _, tail = location.partition("/")
    found = network.build(wide=True).classes.get(head)
    if found is not None:
        return _interface(found, tail, header)
    if head in network.export.subnets:
        return _subnet(head, tail, network)
    return _gateway(head, tail, network.export)


def _gateway(head: str, tail: str, export: Export) -> str:
    if head in export.vpcs:
        return f"inside {_named(head, export.vpcs[head].tags)}"
    if head in export.peerings:
        return f"peering connection {head}, to {tail}"
    if head in export.attachments:
        one = export.attachments[head]
        side = "from" if tail == "in" else "to"
        return f"transit gateway {one.gateway}, {side} {one.resource or one.kind} by {head.partition('@')[0]}"
    if head in export.transit_tables:
        return f"route table {head} of transit gateway {export.transit_tables[head].gateway}"
    return f"{_GATEWAYS.get(head.partition('-')[0], 'location')} {head}"


def _balancer(location: str, network: Network) -> str:
    arn, _, node = location.partition("@")
    known = network.export.balancers.get(arn)
    name = f"load balancer {known.name if known else arn}"
    return f"{name} at {node.removesuffix('/out')}" if node else name


def _interface(found: InterfaceClass, tail: str, header: Header | None) -> str:
    members = found.interfaces
    if header is not None:
        address = header[SOURCE] if tail == "out" else header[DESTINATION]
        members = tuple(i for i in members if address in i.addresses) or members
    if len(members) == 1:
        return interface_in_words(members[0])
    groups = f" with {', '.join(found.groups)}" if found.groups else ""
    return f"the interfaces in {found.subnet}{groups}"


def interface_in_words(one: Interface) -> str:
    """An interface by its id, its name or that of its instance, and its instance; else by what its service says."""
    name = one.tags.get("Name") or one.instance_tags.get("Name") or ""
    named = ", ".join(part for part in (name, one.instance) if part) or one.description
    return f"{one.id} ({named})" if named else one.id


def _subnet(id: str, tail: str, network: Network) -> str:  # noqa: A002
    name = _named(id, network.export.subnets[id].tags)
    if tail != "route":
        return f"{name}, on the way {tail}"
    table = network.build(wide=True).table_of.get(id)
    return f"route table {table} of {name}" if table else f"the route table of {name}"


def _named(id: str, tags: Mapping[str, str]) -> str:  # noqa: A002
    return f"{id} ({tags['Name']})" if tags.get("Name") else id
