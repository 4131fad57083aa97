"""Transit gateways: from the route tables of subnets into them, between their attachments, and into VPCs.

Sources: "How Amazon VPC Transit Gateways work" (zones, associations, evaluation of routes), "Network ACLs for transit
gateways" and "Amazon VPC attachments" (references to security groups) of the Transit Gateway guide.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from checkers.cloud.network.build import OUTSIDE, OUTSIDE_IN, Build, Step
from checkers.cloud.network.header import FOREIGN_ORIGIN, NO_ORIGIN, box
from checkers.cloud.network.model import Attachment, Export, Place, RouteTable, Subnet, TransitRoute, TransitTable
from checkers.cloud.network.prefixes import resolve
from checkers.kernel.flow import Box, Edge, Filter, Rewrite
from checkers.kernel.intervals import EVERYTHING, NOTHING, IntervalSet, complement, intersection

_ATTACHMENTS, _VPC_ATTACHMENTS = "describe-transit-gateway-attachments", "describe-transit-gateway-vpc-attachments"
_OUTSIDE = ("vpn", "direct-connect-gateway", "connect")
_FORGET = Rewrite((NO_ORIGIN, None, None, None, None))
_FOREIGN = Rewrite((FOREIGN_ORIGIN, None, None, None, None))
# Zones by id (use1-az1) or name (us-east-1a). Local and Wavelength zones have longer ones; their subnets use the
# attachment in another zone, their parent.
_ZONE = re.compile(r"[a-z0-9]+-az\d+|[a-z]+(-[a-z]+)+-\d+[a-z]")


@dataclass(slots=True)
class _Hub:
    """A transit gateway: what is attached to it, and its route tables. `is_open`: it may have other attachments."""

    id: str
    is_open: bool = False
    attachments: dict[str, Attachment] = field(default_factory=dict)
    tables: dict[str, TransitTable] = field(default_factory=dict)


# Into the gateway.


def enter(build: Build, vpc: str, subnet: str, target: str) -> list[Step]:
    """The ways from the route table of a subnet into a transit gateway: its attachment to the VPC in the same zone."""
    sender = build.export.subnets.get(subnet)
    attached = [a for a in build.export.attachments.values() if a.resource == vpc and a.gateway == target]
    found: list[Step] = []
    for attachment in attached:
        for id_ in ("",) if attachment.subnets is None else attachment.subnets:
            found += _through(build, attachment, sender, build.export.subnets.get(id_))
    if not attached and build.wide and not _lists_attachments(build.export, vpc):
        found.append(Step(target, reason=f"the attachments of {vpc} are not known"))
    return list(dict.fromkeys(found))


def _lists_attachments(export: Export, vpc: str) -> bool:
    """Whether the export has every attachment of a VPC."""
    found = export.vpcs.get(vpc)
    return found is not None and any(_is_read(export, found.place, name) for name in (_VPC_ATTACHMENTS, _ATTACHMENTS))


def _is_read(export: Export, place: Place, operation: str) -> bool:
    path = f"{place.account}/{place.region}/ec2/{operation}.json"
    return path in export.paths and all(p.place.path != path for p in export.problems)


def _through(build: Build, attachment: Attachment, sender: Subnet | None, other: Subnet | None) -> list[Step]:
    """Into a gateway through one subnet of an attachment. None is a subnet that is not known."""
    after = f"{attachment.id}/in"
    if other is None:
        return [Step(after, reason=f"the subnets of {attachment.id} are not known")] if build.wide else []
    # Also where it is the sender's own subnet, whose ACL has let the packet out.
    filters = (build.acl_filter(other.id, ingress=True),)
    if sender is None or not _is_zone(sender) or not _is_zone(other):
        where = sender.id if sender else "the sender"
        return [Step(after, filters, None, f"the zone that {where} uses is not known")] if build.wide else []
    return [Step(after, filters)] if sender.zone == other.zone else []


def _is_zone(subnet: Subnet) -> bool:
    return _ZONE.fullmatch(subnet.zone) is not None


# Through it.


def edges(build: Build) -> Iterator[Edge]:
    """The edges from attachment to attachment of every gateway, and from there into VPCs and to other gateways.

    Where a gateway does something that is not known, a packet goes through a location with its name: from there it
    may get to every attachment, and to the outside.
    """
    for hub in _hubs(build.export):
        inside = [*_associations(build, hub), *_tables(build, hub)]
        yield from inside
        if build.wide and (hub.is_open or any(edge.after == hub.id for edge in inside)):
            yield from _anywhere(hub)
        for attachment in hub.attachments.values():
            if attachment.kind == "vpc" and attachment.resource in build.export.vpcs:
                yield from _into_vpc(build, attachment)
            else:
                yield from _elsewhere(build, attachment)


def _hubs(export: Export) -> Iterable[_Hub]:
    hubs: dict[str, _Hub] = {}
    for attachment in export.attachments.values():
        hubs.setdefault(attachment.gateway, _Hub(attachment.gateway)).attachments[attachment.id] = attachment
    for table in export.transit_tables.values():
        hub = hubs.setdefault(table.gateway, _Hub(table.gateway))
        hub.tables[table.id] = table
        hub.is_open = hub.is_open or not _is_read(export, table.place, _ATTACHMENTS)
    attached = {(a.gateway, a.resource) for a in export.attachments.values()}
    leading = {(r.target, t.vpc) for t in export.tables.values() for r in t.routes if r.target.startswith("tgw-")}
    for gateway, vpc in sorted(leading - attached):
        if not _lists_attachments(export, vpc):
            hubs.setdefault(gateway, _Hub(gateway)).is_open = True
    return hubs.values()


def _origin(build: Build, attachment: Attachment) -> Rewrite | None:
    """Security groups are known across a gateway only between attachments of VPCs, where it and they support that."""
    if attachment.kind != "vpc":
        return _FORGET
    gateway = build.export.transit_gateways.get(attachment.gateway)
    supports = gateway.references if gateway else build.wide
    return None if supports and attachment.references else _FORGET


def _associations(build: Build, hub: _Hub) -> Iterator[Edge]:
    """From each attachment to the table that it is associated with; without one its packets die."""
    for attachment in hub.attachments.values():
        before, origin = f"{attachment.id}/in", _origin(build, attachment)
        if attachment.table:
            yield Edge(before, attachment.table, (), origin)
        elif attachment.table is None and build.wide:
            yield Edge(before, hub.id, (), origin, f"the route table of {attachment.id} is not known")


def _tables(build: Build, hub: _Hub) -> Iterator[Edge]:
    for id_ in dict.fromkeys((*hub.tables, *(a.table for a in hub.attachments.values() if a.table))):
        table = hub.tables.get(id_)
        if table is not None and table.routes is not None:
            yield from _routes(build, hub, id_, table.routes)
        elif build.wide:
            yield Edge(id_, hub.id, (), None, f"the routes of {id_} are not known")


def _routes(build: Build, hub: _Hub, table: str, routes: Sequence[TransitRoute]) -> Iterator[Edge]:
    """One edge to each attachment that routes lead to; several of one route share its packets."""
    # A route whose destinations are not known may win for all of them.
    unknown = [r for r in routes if r.destination is None]
    for after, rules in () if unknown and not build.wide else _rules(build, hub, routes).items():
        filters = (Filter(f"routes of {table}", tuple(rules)),)
        if after != hub.id:
            yield Edge(table, after, filters)
        elif build.wide:
            yield Edge(table, after, filters, None, f"what routes of {table} lead to is not known")
    for route in unknown if build.wide else ():
        for after in _targets(hub, route):
            reason = route.unknown or f"the prefix list {route.text} in {table} is not known"
            yield Edge(table, after, (), None, reason)


def _rules(build: Build, hub: _Hub, routes: Sequence[TransitRoute]) -> dict[str, list[tuple[str, Box]]]:
    """What routes lead where. Of equal ones, a blackhole among them may win."""
    last = 0 if build.wide else 1
    known = [
        (r.destination, 2 * r.rank + (0 if r.is_blackhole else last), r) for r in routes if r.destination is not None
    ]
    rules: dict[str, list[tuple[str, Box]]] = {}
    for route, values in resolve(known):
        for after in _targets(hub, route):
            rules.setdefault(after, []).append((route.text, box(destination=values)))
    return rules


def _targets(hub: _Hub, route: TransitRoute) -> list[str]:
    """Where a route leads; the gateway itself where that is not known."""
    if route.is_blackhole:
        return []
    found = [f"{a}/out" if a in hub.attachments else hub.id for a in route.attachments]
    return list(dict.fromkeys(found)) or [hub.id]


def _anywhere(hub: _Hub) -> Iterator[Edge]:
    """From a gateway that does what is not known, which may have attachments that are not known, too."""
    reason = f"what {hub.id} does is not known"
    for attachment in hub.attachments:
        yield Edge(hub.id, f"{attachment}/out", (), None, reason)
    yield Edge(hub.id, OUTSIDE_IN, (), _FORGET, reason)
    yield Edge(OUTSIDE, hub.id, (), _FOREIGN, reason)


# Out of it.


def _elsewhere(build: Build, attachment: Attachment) -> Iterator[Edge]:
    """To the other gateway of a peering, or to what is outside the export, and back from there."""
    out, resource = f"{attachment.id}/out", attachment.resource
    peer = f"{attachment.id.partition('@')[0]}@{resource}"
    if attachment.kind == "peering" and peer in build.export.attachments:
        yield Edge(out, f"{peer}/in")
        return
    reason = f"what is behind {attachment.kind} attachment {attachment.id} is not known"
    if attachment.kind in _OUTSIDE:
        reason = ""
    elif attachment.kind in ("vpc", "peering"):
        reason = f"{resource} behind {attachment.id} is not in the export"
    if build.wide or not reason:
        yield Edge(out, OUTSIDE_IN, (), _FORGET, reason)
        yield Edge(OUTSIDE, f"{attachment.id}/in", (), _FOREIGN, reason)


def _into_vpc(build: Build, attachment: Attachment) -> Iterator[Edge]:
    """Into the subnets of an attachment, as if sent there: their network ACLs and route tables decide."""
    out, vpc, origin = f"{attachment.id}/out", attachment.resource, _origin(build, attachment)
    given = attachment.subnets
    subnets = [build.export.subnets[s] for s in given or () if s in build.export.subnets]
    if given is None or len(subnets) < len(given):
        reason = f"the subnets of {attachment.id} are not known"
        after = [*(f"{s.id}/out" for s in build.subnets_of(vpc)), f"{vpc}/local"]
        yield from (Edge(out, a, (), origin, reason) for a in after if build.wide)
    elif len(subnets) == 1:
        yield Edge(out, f"{subnets[0].id}/out", (), origin)
    elif build.wide:
        yield from (Edge(out, f"{s.id}/out", (), origin) for s in subnets)
    else:
        common = _common(build, subnets)
        for subnet in subnets:
            yield Edge(out, f"{subnet.id}/out", (*common, _apart(build, subnet)), origin)


def _apart(build: Build, subnet: Subnet) -> Filter:
    return build.destination(complement(subnet.blocks), f"not in {subnet.id}")


def _common(build: Build, subnets: Sequence[Subnet]) -> tuple[Filter, ...]:
    """What gets on alike from several subnets, since zones pick one: what all their ACLs and route tables agree on.

    For destinations in one of the subnets themselves, the way from another one meets more filters, and counts.
    """
    acls = {build.acl_id(s.id): build.acl_filter(s.id, ingress=False) for s in subnets}
    tables = {build.table_of.get(s.id, "") for s in subnets}
    if len(tables) == 1:
        return tuple(acls.values())
    local = EVERYTHING
    for table in tables:
        local = intersection(local, _local(build.export.tables.get(table)))
    return (*acls.values(), build.destination(local, f"local in {', '.join(sorted(tables))}"))


def _local(table: RouteTable | None) -> IntervalSet:
    """The destinations that a route table certainly delivers inside the VPC."""
    routes = table.routes if table else ()
    known = [(r.destination, r.rank, r.target) for r in routes if r.destination is not None]
    return dict(resolve(known)).get("local", NOTHING) if len(known) == len(routes) else NOTHING
