"""The inside of VPCs: interfaces, subnets, network ACLs and route tables."""

from collections.abc import Iterator
from dataclasses import replace

from checkers.cloud.network.build import Build, InterfaceClass
from checkers.cloud.network.export_routes import PROPAGATED
from checkers.cloud.network.gateways import enter, everywhere
from checkers.cloud.network.header import DOCUMENTATION, PUBLIC, V4, box
from checkers.cloud.network.model import Block, Route, RouteTable, Subnet
from checkers.cloud.network.prefixes import resolve
from checkers.kernel.flow import Box, Edge, Filter
from checkers.kernel.intervals import (
    EVERYTHING,
    NOTHING,
    IntervalSet,
    complement,
    difference,
    integers,
    intersection,
    join,
)


def edges(build: Build) -> Iterator[Edge]:
    """The edges inside every VPC, and from its route tables."""
    for subnet in build.export.subnets.values():
        yield from _interfaces(build, subnet.id)
        leaving = Filter(f"not in {subnet.id}", (("", box(destination=complement(subnet.blocks))),))
        yield Edge(f"{subnet.id}/out", f"{subnet.id}/route", (leaving, build.acl_filter(subnet.id, ingress=False)))
        inside = build.destination(_blocks(build, subnet), f"addresses of {subnet.id}")
        acl = build.acl_filter(subnet.id, ingress=True)
        yield Edge(f"{subnet.vpc}/local", f"{subnet.id}/in", (inside, acl))
        yield from _routes(build, subnet.vpc, subnet.id)
    for table in build.export.tables.values():
        for gateway in table.gateways:
            yield from _of_table(build, table, f"{gateway}/in", "")


def _blocks(build: Build, subnet: Subnet) -> IntervalSet:
    """The addresses in a subnet; on the wide side also those of interfaces, should it not tell of all its blocks."""
    blocks = subnet.blocks
    for one in build.classes_in.get(subnet.id, ()) if build.wide else ():
        if not difference(one.addresses, blocks).is_nothing:
            blocks = join(blocks, one.addresses)
    return blocks


def _interfaces(build: Build, subnet: str) -> Iterator[Edge]:
    for one in build.classes_in.get(subnet, ()):
        sending: list[Filter] = []
        unknown = _unknown(build, one) if build.wide else ""
        if one.checks:
            sending.append(build.source(one.addresses, "own address as source"))
        if one.has_groups:
            sending.append(build.groups_filter(one.groups, ingress=False))
        yield Edge(f"{one.name}/out", f"{subnet}/out", tuple(sending), reason=unknown)
        own = build.destination(one.addresses, "own address as destination")
        receiving = (own, *_groups(build, one), *build.listeners_filter(one.interfaces[0].id))
        yield Edge(f"{subnet}/out", f"{one.name}/in", receiving, reason=unknown)
        yield Edge(f"{subnet}/in", f"{one.name}/in", receiving, reason=unknown)


def _unknown(build: Build, one: InterfaceClass) -> str:
    """Which addresses and groups of a class are not known; interfaces with such addresses are alone in theirs."""
    groups = [build.export.any_group[g] for g in one.groups if g in build.export.any_group]
    return "; ".join(filter(None, (one.interfaces[0].unknown, *groups)))


def _groups(build: Build, one: InterfaceClass) -> tuple[Filter, ...]:
    return (build.groups_filter(one.groups, ingress=True),) if one.has_groups else ()


def _routes(build: Build, vpc: str, subnet: str) -> Iterator[Edge]:
    """From the route table of a subnet to what its routes lead to."""
    table = build.export.tables.get(build.table_of.get(subnet, ""))
    if table is not None:
        yield from _of_table(build, table, f"{subnet}/route", subnet)
    elif build.wide:
        for step in everywhere(build, vpc, subnet, f"the route table of {subnet} is not known"):
            yield step.edge(f"{subnet}/route")


def _of_table(build: Build, table: RouteTable, before: str, subnet: str) -> Iterator[Edge]:
    """One edge for each thing that the routes of a table lead to."""
    sure = EVERYTHING
    for route in table.routes:
        if route.destination is None:
            sure = intersection(sure, _apart_from(route))
            yield from _unknown_destination(build, table, route, before, subnet)
    rules: dict[str, list[tuple[str, Box]]] = {}
    routes = [(r.destination, r.rank, r) for r in table.routes if r.destination is not None]
    found_by = resolve(routes)
    inside = _within_local(table)
    if inside:
        found_by += resolve([given for given in routes if given[2] not in inside])
        sure = intersection(sure, complement(_values(inside)))
    for route, values in found_by:
        decided = values if build.wide else intersection(values, sure)
        if not route.is_blackhole and not decided.is_nothing:
            rules.setdefault(route.target, []).append((route.text, box(destination=decided)))
    unknown = "; ".join(dict.fromkeys(r.unknown for r in table.routes if r.unknown)) if build.wide else ""
    for target, found in rules.items():
        for step in enter(build, table.vpc, subnet, target):
            edge = step.edge(before, Filter(f"routes of {table.id}", tuple(found)))
            yield replace(edge, reason=edge.reason or unknown) if unknown else edge


def _within_local(table: RouteTable) -> list[Route]:
    """The propagated routes within the blocks of the VPC.

    By the Site-to-Site VPN guide ("VPN route priority") local routes win over them though they are longer, by the VPC
    guide ("How route priority works") the longest prefix wins.
    """
    local = [block for r in table.routes if r.target == "local" for block in r.destination or ()]
    propagated = [r for r in table.routes if r.rank == PROPAGATED]
    return [r for r in propagated if any(_is_within(b, other) for b in r.destination or () for other in local)]


def _is_within(block: Block, other: Block) -> bool:
    return block[1] < other[1] and other[0] <= block[0] < sum(other)


def _values(routes: list[Route]) -> IntervalSet:
    return integers((first, first + size - 1) for r in routes for first, size in r.destination or ())


def _apart_from(route: Route) -> IntervalSet:
    """The destinations that a route surely does not have. Those that it may have it may win."""
    if route.unknown:
        return complement(V4)
    # What the list of a gateway endpoint has are public addresses of a service of AWS.
    return join(complement(PUBLIC), DOCUMENTATION) if route.target.startswith("vpce-") else NOTHING


def _unknown_destination(build: Build, table: RouteTable, route: Route, before: str, subnet: str) -> Iterator[Edge]:
    if build.wide and not route.is_blackhole:
        reason = route.unknown or f"the prefix list {route.text} in {table.id} is not known"
        filters = (build.destination(V4, f"routes of {table.id}"),) if route.unknown else ()
        for step in enter(build, table.vpc, subnet, route.target):
            yield replace(step, reason=step.reason or reason).edge(before, *filters)
