"""Gateways of VPCs: internet, egress-only, NAT, virtual private, peering, endpoints, appliances, and the outside."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from checkers.cloud.network import transit
from checkers.cloud.network.build import INTERNET, MANAGED, OUTSIDE, OUTSIDE_IN, Build, Step
from checkers.cloud.network.export_unknown import PUBLIC_V4
from checkers.cloud.network.export_unmodelled import ONLY_DENIES, PLANNED
from checkers.cloud.network.header import (
    ALL,
    ALL_PORTS,
    DESTINATION,
    FOREIGN_ORIGIN,
    ICMP,
    ICMPV6,
    NO_ORIGIN,
    NO_PORT,
    PUBLIC,
    SOURCE,
    V4,
    V6,
    WITH_PORT_SERVICES,
    addresses,
    box,
    services,
)
from checkers.cloud.network.listing import operation_of
from checkers.cloud.network.model import Export, Gateway, Mapped, Nat
from checkers.kernel.flow import Edge, Filter, Rewrite
from checkers.kernel.intervals import EVERYTHING, NOTHING, IntervalSet, integers, intersection, join

KEEP = (None,) * 5
_LEAVE = Rewrite((NO_ORIGIN, None, None, None, None))
_FOREIGN = Rewrite((FOREIGN_ORIGIN, None, None, None, None))
_ANYTHING = Rewrite(ALL)
_FROM_ANYBODY = Rewrite((*ALL[:DESTINATION], None, None, ALL_PORTS))
_ICMP_SERVICES = services(ICMP)
# NAT64: the last 32 bits are an IPv4 address (RFC 6052; Amazon VPC user guide, "DNS64 and NAT64").
_NAT64 = addresses(["64:ff9b::/96"])
_TRANSLATED = join(WITH_PORT_SERVICES, services(ICMPV6))


# Into what a route leads to.


@dataclass(frozen=True, slots=True)
class At:
    """Where a packet meets a route table: the VPC, and the subnet, empty for the table of a gateway."""

    vpc: str
    subnet: str


def enter(build: Build, vpc: str, subnet: str, target: str) -> list[Step]:
    """The ways from a route table into the target of a route. `subnet` is empty for the table of a gateway."""
    if target == "local":
        return [Step(f"{vpc}/local")]
    kind = target.split("-", 1)[0]
    entering = _ENTER.get(kind)
    steps = entering(build, At(vpc, subnet), target) if entering else None
    if steps is not None:
        return steps
    if kind in _LISTS and _is_listed(build, vpc, _LISTS[kind]):
        return []  # it is gone
    reason = f"{target}, which a route of {vpc} leads to, is not known"
    return _unknown(build, reason) + ([] if kind in _AWAY else _back(build, vpc, kind, reason))


def _unknown(build: Build, reason: str) -> list[Step]:
    """Anywhere: to the unknown outside, and to the internet."""
    if not build.wide:
        return []
    return [Step(OUTSIDE_IN, (), _LEAVE, reason), Step(INTERNET, (), _ANYTHING, reason)]


def _back(build: Build, vpc: str, kind: str, reason: str) -> list[Step]:
    """Into the VPC again, as firewalls, NAT gateways and appliances send what they got."""
    if not build.wide:
        return []
    made = _FROM_ANYBODY if kind in _FORWARDING else _ANYTHING
    after = [f"{vpc}/local", *(f"{s.id}/{side}" for s in build.subnets_of(vpc) for side in ("out", "route"))]
    return [Step(a, (), made, reason) for a in after]


def everywhere(build: Build, vpc: str, subnet: str, reason: str) -> list[Step]:
    """Into everything that a route table of the VPC could lead to, where it is not known."""
    export = build.export
    targets = ["local"]
    targets += [g.id for g in export.gateways.values() if vpc in g.vpcs]
    targets += [n.id for n in export.nats.values() if n.vpc == vpc]
    targets += [p.id for p in export.peerings.values() if vpc in (p.requester, p.accepter)]
    targets += sorted({a.gateway for a in export.attachments.values() if a.resource == vpc})
    targets += [e.id for e in export.endpoints.values() if e.vpc == vpc and e.kind != "Interface"]
    targets += [i.id for i in export.interfaces.values() if i.vpc == vpc and not i.checks and i.type not in MANAGED]
    steps = [step for target in targets for step in enter(build, vpc, subnet, target)]
    if not all(_is_listed(build, vpc, operation) for operation in (*_LISTS.values(), *_LISTS_OF_OTHERS)):
        steps += _unknown(build, reason)
    return [Step(s.after, s.filters, s.rewrite, s.reason or reason) for s in steps]


def _is_listed(build: Build, vpc: str, operation: str) -> bool:
    """Whether the list of an operation has everything of the VPC: only its owner's list does."""
    owner = build.export.vpcs.get(vpc)
    return owner is not None and vpc not in build.shared and build.knows(operation, owner.place)


def _into_internet(build: Build, at: At, target: str) -> list[Step] | None:
    gateway = build.export.gateways.get(target)
    if gateway is None:
        return None
    if at.vpc in gateway.vpcs:
        return [Step(f"{target}/out")]
    changing = any(p.id == target and at.vpc in build.vpcs_of(p) for p in build.export.problems)
    return _unknown(build, f"whether {target} is attached to {at.vpc} is not known") if changing else []


def _into_egress_only(build: Build, at: At, target: str) -> list[Step] | None:
    gateway = build.export.gateways.get(target)
    if gateway is None:
        return None
    return [Step(target, (Filter("IPv6", (("", box(source=V6, destination=V6)),)),))] if at.vpc in gateway.vpcs else []


def _into_nat(build: Build, at: At, target: str) -> list[Step] | None:
    nat = build.export.nats.get(target)
    if nat is None:
        return None
    if nat.vpc != at.vpc:
        return []
    taken = Filter(
        "TCP, UDP and ICMP of IPv4",
        (("", box(source=V4, destination=V4, service=join(WITH_PORT_SERVICES, _ICMP_SERVICES))),),
    )
    acl = _acl_into(build, at.subnet, nat.subnet)
    of_v6 = Filter("NAT64", (("", box(source=V6, destination=_NAT64, service=_TRANSLATED)),))
    embedded = [Step(f"{target}/v6", (of_v6, *acl))] if build.wide and target in build.translating else []
    return [Step(target, (taken, *acl)), *embedded]


def _acl_into(build: Build, subnet: str, other: str) -> tuple[Filter, ...]:
    """The network ACL that a packet meets on its way into an interface of another subnet."""
    return (build.acl_filter(other, ingress=True),) if other != subnet and other in build.export.subnets else ()


def _into_peering(build: Build, at: At, target: str) -> list[Step] | None:
    peering = build.export.peerings.get(target)
    if peering is None:
        return None
    sides = {peering.requester: peering.requester_blocks, peering.accepter: peering.accepter_blocks}
    if at.vpc not in sides:
        return []
    other = next((v for v in sides if v != at.vpc), at.vpc)
    known = build.export.vpcs.get(other)
    blocks = known.blocks if known else sides[other] or NOTHING
    if known is None and build.wide:
        blocks = EVERYTHING  # the connection may leave out secondary blocks
    filters = [build.destination(blocks, f"addresses of {other}")]
    if not build.wide and at.vpc in build.export.vpcs:  # peering is not transitive: AWS may drop what comes from afar
        filters.append(build.source(build.export.vpcs[at.vpc].blocks, f"addresses of {at.vpc}"))
    return [Step(f"{target}/{other}", tuple(filters))]


def _into_appliance(build: Build, at: At, target: str) -> list[Step] | None:
    one = build.export.interfaces.get(target)
    if one is None or one.subnet not in build.export.subnets:
        return None
    own = build.classes[build.class_of(target)]
    filters = list(_acl_into(build, at.subnet, one.subnet))
    if own.has_groups:
        filters.append(build.groups_filter(own.groups, ingress=True))
    if own.checks:
        filters.append(build.destination(one.addresses, "own address as destination"))
    reason = one.unknown if build.wide and own.checks else ""
    return [Step(f"{own.name}/in", tuple(filters), None, reason)] if one.vpc == at.vpc else []


def _into_endpoint(build: Build, at: At, target: str) -> list[Step] | None:
    endpoint = build.export.endpoints.get(target)
    if endpoint is None:
        return None
    # Whether the network ACL of its subnet is met is not documented.
    filters = [f for s in endpoint.subnets if not build.wide for f in _acl_into(build, at.subnet, s)]
    return [Step(target, tuple(filters))] if endpoint.vpc == at.vpc else []


def _into_transit(build: Build, at: At, target: str) -> list[Step]:
    return transit.enter(build, at.vpc, at.subnet, target)


_ENTER = {
    "igw": _into_internet,
    "eigw": _into_egress_only,
    "nat": _into_nat,
    "vgw": _into_internet,
    "pcx": _into_peering,
    "eni": _into_appliance,
    "vpce": _into_endpoint,
    "tgw": _into_transit,
}


# The lists of what is there, where it always is of the account of the VPC that owns it.
_LISTS = {
    "igw": "ec2/describe-internet-gateways",
    "eigw": "ec2/describe-egress-only-internet-gateways",
    "nat": "ec2/describe-nat-gateways",
    "vgw": "ec2/describe-vpn-gateways",
    "pcx": "ec2/describe-vpc-peering-connections",
}
_LISTS_OF_OTHERS = ("ec2/describe-transit-gateway-attachments", "ec2/describe-vpc-endpoints")
_AWAY = frozenset((*_LISTS, "tgw")) - {"nat"}  # what leads out of the VPC
_FORWARDING = frozenset(("nat", "vpce"))  # what keeps the destination of what it forwards
# The lists that tell of ways into a VPC from the internet, and from elsewhere. What hides interfaces hides balancers.
_FROM_INTERNET = (
    _LISTS["igw"],
    "ec2/describe-network-interfaces",
    "ec2/describe-subnets",
    "elb/describe-load-balancers",
    "elbv2/describe-load-balancers",
    PLANNED,
)
_FROM_ELSEWHERE = (
    _LISTS["vgw"],
    _LISTS["pcx"],
    "ec2/describe-client-vpn-endpoints",
    "ec2/describe-transit-gateway-attachments",
)


# Through the gateways.


def edges(build: Build) -> Iterator[Edge]:
    """The edges through every gateway, and the ways on from the unknown outside."""
    with_table = {g for t in build.export.tables.values() for g in t.gateways}
    ways = _open_ways(build.export)
    for gateway in _open(build):
        if gateway.kind == "igw":
            yield from _internet(build, gateway, with_table, ways)
        elif gateway.kind == "eigw":
            yield from _egress_only(build, gateway)
        elif gateway.kind == "vgw":
            yield from _private(gateway, with_table)
    for nat in build.export.nats.values():
        yield from _nat(build, nat)
    yield from _peerings(build)
    if build.reply:
        yield from (Edge(e.id, f"{e.vpc}/local") for e in build.export.endpoints.values() if e.kind == "Gateway")
    if build.wide:
        yield from _endpoints(build)
        yield from _appliances(build)
        yield from _unmodelled(build)
        yield from _unlisted(build)
        yield Edge(OUTSIDE_IN, OUTSIDE, (), _ANYTHING, "what networks behind VPN and Direct Connect do is not known")


def _open(build: Build) -> Iterator[Gateway]:
    """The gateways that surely forward: what blocks public access to VPCs is not modelled."""
    blocked = {(p.place.account, p.place.region) for p in build.export.problems if p.id == ONLY_DENIES}
    for gateway in build.export.gateways.values():
        if build.wide or (gateway.place.account, gateway.place.region) not in blocked:
            yield gateway


def _public_v6(build: Build, vpc: str) -> IntervalSet:
    """The IPv6 addresses of a VPC that packets on the internet can have: no unique local ones."""
    found = build.export.vpcs.get(vpc)
    return intersection(found.blocks, intersection(V6, PUBLIC)) if found else NOTHING


def _internet(
    build: Build, gateway: Gateway, with_table: set[str], ways: Mapping[str, Sequence[tuple[Mapped, bool]]]
) -> Iterator[Edge]:
    of_v4 = build.destination(intersection(V4, PUBLIC), "public IPv4 addresses")
    for vpc in gateway.vpcs:
        nats = {a: p for n in build.export.nats.values() if n.vpc == vpc for a, p in n.public.items()}
        publics = build.publics.get(vpc, {})
        inward = {a: p for a, p in publics.items() if a not in nats or build.reply}
        outward = {**publics, **nats}
        if build.reply:
            inward.update(nats)
        out, back = f"{gateway.id}/out", f"{gateway.id}/in"
        public = {p: a for a, p in inward.items()}
        if outward:
            yield Edge(out, INTERNET, (of_v4,), Rewrite(_LEAVE.sets, SOURCE, outward))
        blocks = _public_v6(build, vpc)
        # Whether the gateway forwards what has a source of another network is not documented.
        sources = V6 if build.wide else blocks
        of_v6 = Filter("IPv6", (("", box(source=sources, destination=intersection(V6, PUBLIC))),))
        yield Edge(out, INTERNET, (of_v6,), _LEAVE)
        if public:
            known = integers((p, p) for p in public)
            yield Edge(
                INTERNET, back, (build.destination(known, "public addresses"),), Rewrite(KEEP, DESTINATION, public)
            )
        if not blocks.is_nothing:
            yield Edge(INTERNET, back, (build.destination(blocks, f"IPv6 addresses of {vpc}"),))
        yield from _mapped(build, gateway.id, ways.get(vpc, []))
        if gateway.id not in with_table:
            yield Edge(back, f"{vpc}/local")


def _open_ways(export: Export) -> dict[str, list[tuple[Mapped, bool]]]:
    """Of each VPC the addresses of which one is not known, private or public, and whether a NAT gateway has them."""
    found: dict[str, list[tuple[Mapped, bool]]] = {}
    for nat in export.nats.values():
        found.setdefault(nat.vpc, []).extend((one, True) for one in nat.mapped if not one.public.is_nothing)
    of_nats = {(one.interface, one.text) for ways in found.values() for one, _ in ways}
    for interface in export.interfaces.values():
        for one in interface.mapped:
            found.setdefault(interface.vpc, []).append((one, (one.interface, one.text) in of_nats))
    return found


def _mapped(build: Build, gateway: str, ways: Sequence[tuple[Mapped, bool]]) -> Iterator[Edge]:
    """The edges of an internet gateway for addresses of which the private or the public one is not known.

    They have no reason of their own: the interfaces, and NAT gateways, have it.
    """
    inward = [one for one, is_of_nat in ways if build.reply or not is_of_nat]
    for public, private in _by_public(one for one, _ in ways):
        sent = Filter("public IPv4 addresses", (("", box(source=private, destination=PUBLIC_V4)),))
        yield Edge(f"{gateway}/out", INTERNET, (sent,), Rewrite((NO_ORIGIN, public, None, None, None)))
    for public, private in _by_public(inward):
        come = build.destination(public, "public addresses")
        yield Edge(INTERNET, f"{gateway}/in", (come,), Rewrite((None, None, private, None, None)))


def _by_public(ways: Iterable[Mapped]) -> list[tuple[IntervalSet, IntervalSet]]:
    """The public addresses, and the private ones that may have them."""
    found: dict[IntervalSet, IntervalSet] = {}
    for one in ways:
        found[one.public] = join(found.get(one.public, NOTHING), one.private)
    return list(found.items())


def _egress_only(build: Build, gateway: Gateway) -> Iterator[Edge]:
    for vpc in gateway.vpcs:
        blocks = _public_v6(build, vpc)
        sent = box(source=V6 if build.wide else blocks, destination=PUBLIC)
        yield Edge(gateway.id, INTERNET, (Filter("public addresses", (("", sent),)),), _LEAVE)
        if build.reply and not blocks.is_nothing:
            back = build.destination(blocks, f"replies to {vpc}")
            yield Edge(INTERNET, f"{gateway.id}/back", (back,))
            yield Edge(f"{gateway.id}/back", f"{vpc}/local", (back,))


def _private(gateway: Gateway, with_table: set[str]) -> Iterator[Edge]:
    yield Edge(f"{gateway.id}/out", OUTSIDE_IN, (), _LEAVE)
    yield Edge(OUTSIDE, f"{gateway.id}/in")
    for vpc in gateway.vpcs if gateway.id not in with_table else ():
        yield Edge(f"{gateway.id}/in", f"{vpc}/local")


def _nat(build: Build, nat: Nat) -> Iterator[Edge]:
    """A NAT gateway sends with its own address and any port; to its address come replies alone."""
    own, origin = integers((a, a) for a in nat.private), build.origin(nat.vpc)
    for one in nat.mapped:
        own = join(own, one.private)
    if own.is_nothing and not build.wide:
        return
    after, reason = f"{nat.subnet}/out", nat.unknown if build.wide else ""
    if build.reply:
        to = build.destination(own, "address of the gateway")
        yield Edge(f"{nat.subnet}/in", f"{nat.id}/back", (to,))
        yield Edge(f"{nat.subnet}/out", f"{nat.id}/back", (to,))
    for taken, ports in ((WITH_PORT_SERVICES, ALL_PORTS), (_ICMP_SERVICES, NO_PORT)):
        filters = (Filter("service", (("", box(service=taken)),)),)
        if build.reply:
            # The state of the gateway has the address and port that the reply goes to.
            yield Edge(f"{nat.id}/back", after, filters, Rewrite((None, None, V4, taken, None)), reason)
        else:
            yield Edge(nat.id, after, filters, Rewrite((origin, own, None, None, ports)), reason)
    if build.wide and nat.id in build.translating:
        yield from _nat64(build, nat, own)


def _nat64(build: Build, nat: Nat, own: IntervalSet) -> Iterator[Edge]:
    """What comes for the IPv4 address within an IPv6 one: which it is is not followed."""
    reason = f"which IPv4 addresses {nat.id} translates to is not known"
    if build.reply:
        yield Edge(f"{nat.id}/back", f"{nat.subnet}/out", (), Rewrite((None, _NAT64, V6, _TRANSLATED, None)), reason)
        return
    for taken, made in ((WITH_PORT_SERVICES, None), (services(ICMPV6), _ICMP_SERVICES)):
        filters = (Filter("service", (("", box(service=taken)),)),)
        yield Edge(f"{nat.id}/v6", nat.id, filters, Rewrite((None, own, V4, made, None)), reason)


def _peerings(build: Build) -> Iterator[Edge]:
    for peering in build.export.peerings.values():
        keep = None if peering.same_region else _LEAVE
        for vpc in (peering.requester, peering.accepter):
            if vpc in build.export.vpcs:
                yield Edge(f"{peering.id}/{vpc}", f"{vpc}/local", (), keep)
            elif build.wide:
                reason = f"{vpc}, a peer by {peering.id}, is not in the export"
                yield Edge(f"{peering.id}/{vpc}", OUTSIDE_IN, (), _LEAVE, reason)
                other = peering.requester if vpc == peering.accepter else peering.accepter
                if other in build.export.vpcs:
                    yield Edge(OUTSIDE, f"{other}/local", (), _FOREIGN, reason)


def _endpoints(build: Build) -> Iterator[Edge]:
    """Behind a gateway load balancer endpoint is a firewall: what it lets pass comes back into the subnet's table."""
    for endpoint in build.export.endpoints.values():
        for subnet in endpoint.subnets if endpoint.kind == "GatewayLoadBalancer" else ():
            reason = f"what the firewall behind {endpoint.id} lets through is not known"
            yield Edge(endpoint.id, f"{subnet}/route", (), None, reason)


def _appliances(build: Build) -> Iterator[Edge]:
    """An interface without source/destination check: its host may forward, and change, what comes to any of its own."""
    hosts: dict[str, list[str]] = {}
    for one in build.classes.values():
        for interface in one.interfaces:
            if interface.instance:
                hosts.setdefault(interface.instance, []).append(one.name)
    for one in build.classes.values():
        if one.checks:
            continue
        (interface,) = one.interfaces
        reason = f"what {interface.id} forwards is not known: its source/destination check is off"
        for name in dict.fromkeys((one.name, *hosts.get(interface.instance, ()))):
            yield Edge(f"{name}/in", f"{one.name}/out", (), _ANYTHING, reason)
            if name != one.name:
                yield Edge(f"{one.name}/in", f"{name}/out", (), _ANYTHING, reason)


def _untold(build: Build) -> Iterator[Edge]:
    """What gateways that are not known may do with replies: let them in, and bring them to whom they are for."""
    for vpc in build.export.vpcs:
        for kind in ("eigw", "nat"):
            if _is_listed(build, vpc, _LISTS[kind]):
                continue
            reason = f"the answer of {_LISTS[kind]} is not known for {vpc}"
            yield Edge(INTERNET, f"{vpc}/local", (), _ANYTHING, reason)
            for subnet in build.subnets_of(vpc) if kind == "nat" else ():
                yield Edge(f"{vpc}/local", f"{subnet.id}/out", (), _ANYTHING, reason)
                yield Edge(f"{subnet.id}/out", f"{vpc}/local", (), _ANYTHING, reason)


def _unmodelled(build: Build) -> Iterator[Edge]:
    """What is not modelled in a VPC may take packets out of it, and bring others into it."""
    for problem in build.export.problems:
        for vpc in build.vpcs_of(problem):
            reason = f"{problem.reason} ({problem.id})" if problem.id != problem.place.path else problem.reason
            yield Edge(f"{vpc}/local", OUTSIDE_IN, (), _LEAVE, reason)
            for subnet in build.subnets_of(vpc):
                yield Edge(f"{subnet.id}/out", OUTSIDE_IN, (), _LEAVE, reason)
            yield Edge(OUTSIDE, f"{vpc}/local", (), None, reason)
            yield from (Edge(OUTSIDE, f"{s.id}/out", (), None, reason) for s in build.subnets_of(vpc))
            if operation_of(problem.place.path) in _FROM_INTERNET:
                after = [f"{vpc}/local", *(f"{s.id}/out" for s in build.subnets_of(vpc))]
                yield from (Edge(INTERNET, a, (), _ANYTHING, reason) for a in after)


def _unlisted(build: Build) -> Iterator[Edge]:
    """What may lead into a VPC whose gateways and connections were not listed, and what may let replies in."""
    for vpc in build.export.vpcs:
        for operation in _FROM_ELSEWHERE:
            if not _is_listed(build, vpc, operation):
                reason = f"the answer of {operation} is not known for {vpc}"
                yield Edge(OUTSIDE, f"{vpc}/local", (), _ANYTHING, reason)
    if build.reply:
        yield from _untold(build)
        yield from _answers(build)


def _answers(build: Build) -> Iterator[Edge]:
    """What a packet left by that is not known may let its reply in."""
    targets_of: dict[str, set[str]] = {}
    for table in build.export.tables.values():
        targets_of.setdefault(table.vpc, set()).update(r.target for r in table.routes)
    for vpc in build.export.vpcs:
        targets = targets_of.get(vpc, set())
        steps = [step for target in sorted(targets) for step in enter(build, vpc, "", target)]
        for subnet in build.subnets_of(vpc):
            if subnet.id not in build.table_of:
                steps += everywhere(build, vpc, subnet.id, f"the route table of {subnet.id} is not known")
        unknown = {OUTSIDE if s.after == OUTSIDE_IN else s.after: s.reason for s in steps if s.reason}
        for place in (INTERNET, OUTSIDE):
            if place in unknown:
                yield Edge(place, f"{vpc}/local", (), _ANYTHING, unknown[place])
