"""What load balancers do with packets: a listener accepts them, and they go on to the targets of its groups.

Network, application and classic load balancers; gateway load balancers are appliances behind endpoints. A node of
a balancer is one of its interfaces, or a subnet where it must have one that is not in the export.

| location | a packet there |
|---|---|
| `<balancer arn>@<interface>` | accepted by a listener at this node; `<balancer arn>@<subnet>` where it is not known |
| `<balancer arn>@<node>/out` | sent by this node with its client's address, before its security groups |
| `<balancer arn>` | a reply to a client, from a target that saw the client's address |

Interface endpoints of services that are not AWS's (PrivateLink) lead to the network balancers behind them, which send
with their own addresses.

Sources: AWS documentation, "Edit target group attributes for your Network Load Balancer" (addresses of clients),
"Cross-zone load balancing for target groups", "Update the security groups for your Network Load Balancer",
"How Elastic Load Balancing works" (zones that are not enabled); "Share your services through AWS PrivateLink".
"""

from collections.abc import Iterator
from dataclasses import dataclass

from checkers.cloud.network.build import INTERNET, Build, joined
from checkers.cloud.network.header import ALL_PORTS, PUBLIC, TCP, UDP, V4, V6, WITH_PORT_SERVICES, box, services
from checkers.cloud.network.model import Balancer, BalancerTarget, Export, Interface, TargetGroup
from checkers.cloud.vocabulary import parse_address
from checkers.kernel.flow import Box, Edge, Filter, Rewrite
from checkers.kernel.intervals import NOTHING, IntervalSet, integers, intersection, join

_FAMILIES = (V4, V6)
_PORTS = 1 << 16
_AS_BALANCER = "use_load_balancer_configuration"
_ANYWHERE = join(V4, V6)
_OF_SERVICE = ".vpce-svc-"  # in the names of endpoint services that are not AWS's own
_BALANCED = WITH_PORT_SERVICES  # what balancers hand on; TLS, HTTP and HTTPS are tcp, QUIC is udp


@dataclass(frozen=True, slots=True)
class _Node:
    """Where a balancer is in a subnet.

    `reason` says that its interface is not known; then `addresses` are the subnet's. Packets for it come from `before`;
    `out` is where it sends from with its own address.
    """

    place: str
    subnet: str
    origin: IntervalSet
    addresses: IntervalSet
    groups: tuple[str, ...]
    before: tuple[str, ...]
    out: str
    zone: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Target:
    """Addresses of targets, their zone (empty: any node sends there) and, if they are not certain, why."""

    addresses: IntervalSet
    port: int | None
    zone: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Forward:
    """What listeners accept, and the targets that it goes to.

    `keeps` is whether clients' addresses stay, `crosses` whether nodes reach targets in the other zones that the
    balancer is in.
    """

    services: IntervalSet
    protocols: tuple[int, ...]
    targets: tuple[_Target, ...]
    keeps: bool | None
    crosses: bool | None = True


def edges(build: Build) -> Iterator[Edge]:
    """The edges of every load balancer; on the narrow side only those that are certain."""
    for balancer in build.export.balancers.values():
        if balancer.kind != "gateway":
            for edge in _of_balancer(build, balancer):
                if build.wide or not edge.reason:
                    yield edge


def targets_of(build: Build, balancer: Balancer) -> IntervalSet:
    """The addresses that a balancer sends to of its own, to see whether its targets are well: at any port."""
    read = _of_classic if balancer.kind == "classic" else _forwards
    return joined([t.addresses for forward in read(build, balancer) for t in forward.targets])


def _of_balancer(build: Build, balancer: Balancer) -> Iterator[Edge]:
    nodes = [n for n in _nodes(build, balancer) if build.wide or not n.reason]
    read = _of_classic if balancer.kind == "classic" else _forwards
    forwards = list(read(build, balancer))
    for node in nodes:
        if build.reply:
            yield from _answers(node)
        else:
            yield from _accepted(balancer, node)
        if balancer.kind == "network" and build.wide:
            yield from _by_endpoints(build, balancer, node)
        if not build.reply:
            for forward in forwards:
                yield from _forwarded(build, balancer, node, forward)
        # A network balancer may have no security groups: then nothing filters what it sends.
        sending = (build.groups_filter(node.groups, ingress=False),) if node.groups else ()
        yield Edge(f"{node.place}/out", f"{node.subnet}/out", sending, reason=node.reason)
    if build.reply:
        yield from _tracked(
            build, balancer, nodes, [f for f in forwards if f.keeps or (f.keeps is None and build.wide)]
        )


# Nodes.


def _nodes(build: Build, balancer: Balancer) -> Iterator[_Node]:
    """The interfaces of a balancer, and its subnets in which none of them is."""
    export = build.export
    interfaces = [export.interfaces[i] for i in balancer.interfaces if i in export.interfaces]
    interfaces = [i for i in interfaces if i.subnet in export.subnets]
    for one in interfaces:
        subnet, name = export.subnets[one.subnet], build.class_of(one.id)
        yield _Node(
            place=f"{balancer.arn}@{one.id}",
            subnet=subnet.id,
            origin=build.origin(subnet.vpc),
            addresses=one.addresses,
            groups=one.groups,
            before=(f"{name}/in",),
            out=f"{name}/out",
            zone=subnet.zone,
        )
    for id in dict.fromkeys(balancer.subnets):  # noqa: A001
        if id in export.subnets and id not in {i.subnet for i in interfaces}:
            yield _Node(
                place=f"{balancer.arn}@{id}",
                subnet=id,
                # References to its groups mean this number too, whatever its addresses are.
                origin=build.origin(balancer.arn),
                addresses=export.subnets[id].blocks,
                groups=balancer.groups,
                before=(f"{id}/in", f"{id}/out", *((INTERNET,) if balancer.is_internet_facing else ())),
                out=f"{balancer.arn}@{id}/out",
                zone=export.subnets[id].zone,
                reason=f"the interfaces of load balancer {balancer.name} are not in the export",
            )


# Listeners and targets.


def _forwards(build: Build, balancer: Balancer) -> Iterator[_Forward]:
    """What the listeners of a balancer accept, by the target group that it goes to."""
    if balancer.listeners is None:
        yield _unknown(balancer, _BALANCED, _unknown_listeners(balancer))
        return
    found: dict[str, IntervalSet] = {}
    for listener in balancer.listeners:
        if listener.groups is None:
            yield _unknown(balancer, listener.services, f"the rules of listener {listener.arn} are not known")
        for arn in listener.groups or ():
            found[arn] = join(found.get(arn, NOTHING), listener.services)
    for arn, accepted in found.items():
        if arn in build.export.target_groups:
            yield _forward(build, balancer, accepted, build.export.target_groups[arn])
        else:
            yield _unknown(balancer, accepted, f"target group {arn} is not in the export")


def _of_classic(build: Build, balancer: Balancer) -> Iterator[_Forward]:
    """The same of a classic balancer, each of whose listeners forwards to all of its instances."""
    targets = tuple(BalancerTarget(i, None) for i in balancer.instances)
    for accepted, port in balancer.forwards:
        group = TargetGroup(
            balancer.arn,
            "instance",
            (TCP,),
            port,
            balancer.vpc,
            targets,
            keeps_client=False,
            is_ipv6=False,
            zones=_AS_BALANCER,
        )
        yield _forward(build, balancer, accepted, group)


def _unknown_listeners(balancer: Balancer) -> str:
    return f"the listeners of load balancer {balancer.name} are not known"


def _unknown(balancer: Balancer, accepted: IntervalSet, reason: str) -> _Forward:
    """To anything, with and without the address of the client."""
    keeps = None if balancer.kind == "network" else False
    return _Forward(accepted, (TCP, UDP), (_Target(_ANYWHERE, None, reason=reason),), keeps)


def _forward(
    build: Build,
    balancer: Balancer,
    accepted: IntervalSet,
    group: TargetGroup,
) -> _Forward:
    keeps = group.keeps_client if balancer.kind == "network" else False
    if group.targets is None:
        unknown = _Target(_ANYWHERE, None, reason=f"the targets of target group {group.arn} are not known")
        return _Forward(accepted, group.protocols, (unknown,), keeps)
    found = [t for target in group.targets for t in _targets(build, group, target)]
    of_balancer = True if balancer.kind == "application" else balancer.crosses_zones
    crosses = {"true": True, "false": False, _AS_BALANCER: of_balancer}.get(group.zones)
    return _Forward(accepted, group.protocols, tuple(found), keeps, crosses)


def _targets(build: Build, group: TargetGroup, target: BalancerTarget) -> list[_Target]:
    """Where packets to one target may go; nowhere for a function."""
    port = group.port if target.port is None else target.port
    match group.kind:
        case "lambda":
            return []
        case "instance":
            found = _of_instance(build.export, group, build.instances.get(target.id, []), port)
        case "ip":
            found = _of_address(build, group, target.id, port)
        case _:
            found = _of_balanced(build, target.id, port)
    return found or [_Target(_ANYWHERE, port, reason=f"target {target.id} of {group.arn} is not in the export")]


def _of_instance(export: Export, group: TargetGroup, found: list[Interface], port: int) -> list[_Target]:
    """The primary address of the instance's first interface; wide of any interface where it is not known which."""
    inside = [i for i in found if i.vpc == group.vpc and i.subnet in export.subnets]
    targets = []
    for one in [i for i in inside if i.is_primary] or inside:
        reached = one.may if one.primary is None else integers([(one.primary, one.primary)])
        if group.is_ipv6:
            reached = intersection(one.addresses, V6)
        if not reached.is_nothing:
            sure = one.is_primary and int(reached.cuts[-1][0]) == int(reached.cuts[0][0]) + 1
            reason = "" if sure else f"at which of its addresses {group.arn} reaches {one.instance} is not known"
            targets.append(_Target(reached, port, export.subnets[one.subnet].zone, one.unknown or reason))
    return targets


def _of_address(build: Build, group: TargetGroup, text: str, port: int) -> list[_Target]:
    """An address, in the zone of its subnet; one outside the VPC is registered for every zone."""
    number = parse_address(text)
    if number is None:
        return []
    zones = [s.zone for s in build.subnets_of(group.vpc) if number in s.blocks]
    return [_Target(integers([(number, number)]), port, *zones[:1])]


def _of_balanced(build: Build, arn: str, port: int) -> list[_Target]:
    """The nodes of a load balancer that is a target itself."""
    balancer = build.export.balancers.get(arn)
    if balancer is None:
        return []
    subnets = build.export.subnets
    return [_Target(n.addresses, port, subnets[n.subnet].zone, n.reason) for n in _nodes(build, balancer)]


# PrivateLink.


def _by_endpoints(build: Build, balancer: Balancer, node: _Node) -> Iterator[Edge]:
    """From interface endpoints to a node, whose own address is then the source, and back."""
    listed = build.knows("ec2/describe-vpc-endpoint-service-configurations", balancer.place)
    accepts = [one.services for one in balancer.listeners] if balancer.listeners is not None else [_BALANCED]
    for endpoint in build.export.endpoints.values():
        if endpoint.kind != "Interface" or _OF_SERVICE not in endpoint.service:
            continue
        if listed and balancer.arn not in build.export.services.get(endpoint.service, ()):
            continue
        reason = f"what the service behind {endpoint.id} does with its packets is not known"
        for one in (build.export.interfaces[i] for i in endpoint.interfaces if i in build.export.interfaces):
            name = build.class_of(one.id)
            if build.reply:
                made = Rewrite((build.origin(one.vpc), one.addresses, _ANYWHERE, _BALANCED, ALL_PORTS))
                yield Edge(node.place, f"{name}/out", (), made, reason)
                continue
            rules = tuple((f"listener {_show(a)}", box(destination=one.addresses, service=a)) for a in accepts)
            made = Rewrite((node.origin, node.addresses, node.addresses, None, ALL_PORTS))
            yield Edge(f"{name}/in", node.place, (Filter(f"listeners of {balancer.name}", rules),), made, reason)


# Packets of clients.


def _accepted(balancer: Balancer, node: _Node) -> Iterator[Edge]:
    """From where a node is to its listeners."""
    unknown = ""
    accepts = [one.services for one in balancer.listeners or ()] + [accepted for accepted, _ in balancer.forwards]
    if balancer.listeners is None and balancer.kind != "classic":
        accepts, unknown = [_BALANCED], _unknown_listeners(balancer)
    for before in node.before:
        inside = PUBLIC if before == INTERNET else node.addresses
        rules = tuple((f"listener {_show(a)}", box(destination=inside, service=a)) for a in accepts)
        listening = Filter(f"listeners of load balancer {balancer.name}", rules)
        yield Edge(before, node.place, (listening,), reason=node.reason or unknown)


def _forwarded(build: Build, balancer: Balancer, node: _Node, forward: _Forward) -> Iterator[Edge]:
    """From the listeners of a node to targets."""
    origin = build.origin(balancer.arn)
    for port, reason, destination in _reached(build, balancer, node, forward):
        for protocol in dict.fromkeys(forward.protocols):
            accepted = intersection(forward.services, services(protocol))
            if accepted.is_nothing:
                continue
            service = services(protocol) if port is None else services(protocol, port, port)
            unsure = reason or _unsure_keeping(balancer, forward)
            if forward.keeps is not True:
                yield from _own(node, box(service=accepted), destination, service, unsure)
            if forward.keeps is not False:
                yield from _kept(node, origin, accepted, destination, service, unsure)


def _reached(
    build: Build, balancer: Balancer, node: _Node, forward: _Forward
) -> Iterator[tuple[int | None, str, IntervalSet]]:
    """The addresses of the targets that a node sends to, by port and what is not known."""
    subnets = [build.export.subnets.get(subnet) for subnet in balancer.subnets]
    enabled = {s.zone for s in subnets if s is not None}
    found: dict[tuple[int | None, str], list[IntervalSet]] = {}
    for target in forward.targets:
        reason = target.reason
        if target.zone not in ("", node.zone):
            if forward.crosses is False:
                continue
            reason = reason or _unsure_zone(balancer, forward, target.zone, enabled)
        found.setdefault((target.port, reason), []).append(target.addresses)
    for (port, reason), parts in found.items():
        yield port, reason, joined(parts)


def _unsure_zone(balancer: Balancer, forward: _Forward, zone: str, enabled: set[str]) -> str:
    if forward.crosses is None:
        return f"whether load balancer {balancer.name} reaches targets in other zones is not known"
    return "" if zone in enabled else f"load balancer {balancer.name} is not in zone {zone}, where a target is"


def _unsure_keeping(balancer: Balancer, forward: _Forward) -> str:
    unsure = f"whether load balancer {balancer.name} keeps the addresses of clients is not known"
    return unsure if forward.keeps is None else ""


def _own(node: _Node, accepted: Box, destination: IntervalSet, service: IntervalSet, reason: str) -> Iterator[Edge]:
    """A new packet of the node itself, for each family of addresses that it and the targets have."""
    for family in _FAMILIES:
        ends = intersection(node.addresses, family), intersection(destination, family)
        if not any(e.is_nothing for e in ends):
            made = Rewrite((node.origin, *ends, service, ALL_PORTS))
            yield Edge(node.place, node.out, (_listener(accepted),), made, reason)


def _kept(
    node: _Node, origin: IntervalSet, accepted: IntervalSet, destination: IntervalSet, service: IntervalSet, reason: str
) -> Iterator[Edge]:
    """The client's packet with another destination; its address can only stay where the target's family is its own."""
    for family, other in (_FAMILIES, _FAMILIES[::-1]):
        inside = intersection(destination, family)
        if inside.is_nothing:
            continue
        made = Rewrite((origin, None, inside, service, None))
        same = _listener(box(source=family, service=accepted))
        yield Edge(node.place, f"{node.place}/out", (same,), made, reason)
        if not intersection(node.addresses, other).is_nothing:
            yield from _own(node, box(source=other, service=accepted), inside, service, reason)


def _listener(accepted: Box) -> Filter:
    return Filter("listener", (("", accepted),))


# Replies.


def _answers(node: _Node) -> Iterator[Edge]:
    """A target replies to a node, and that replies to its client."""
    to = Filter("replies to the load balancer", (("", box(destination=node.addresses, service=_BALANCED)),))
    for before in node.before:
        if before != INTERNET:
            yield Edge(before, node.place, (to,), reason=node.reason)
    yield from _replied(node.place, node, node.reason)


def _replied(before: str, node: _Node, reason: str, met: tuple[Filter, ...] = ()) -> Iterator[Edge]:
    """From a place to where a node replies to clients, which may be anywhere; their ports are not known."""
    for family in _FAMILIES:
        own = intersection(node.addresses, family)
        if not own.is_nothing:
            yield Edge(before, node.out, met, Rewrite((node.origin, own, family, _BALANCED, ALL_PORTS)), reason)
            if INTERNET in node.before:  # by a public address that is not known
                public = intersection(PUBLIC, family)
                yield Edge(before, INTERNET, (), Rewrite((node.origin, public, family, _BALANCED, ALL_PORTS)), reason)


def _tracked(build: Build, balancer: Balancer, nodes: list[_Node], forwards: list[_Forward]) -> Iterator[Edge]:
    """A target that saw the client's address replies to it; the packet passes the balancer by its own tracking.

    Whether it meets the network ACL of the target's subnet before that is not documented.
    """
    addresses = joined([t.addresses for f in forwards for t in f.targets if build.wide or not t.reason])
    for subnet in build.export.subnets.values():
        inside = intersection(subnet.blocks, addresses)
        if subnet.place.region == balancer.place.region and not inside.is_nothing:
            source = build.source(inside, "targets")
            near = () if build.wide else (build.destination(subnet.blocks, f"addresses of {subnet.id}"),)
            yield Edge(f"{subnet.id}/out", balancer.arn, (source, *near))
            yield Edge(f"{subnet.id}/route", balancer.arn, (source,))
    for node in nodes if forwards else ():
        # Whether it meets that of the node's subnet is not documented either.
        met = () if build.wide else (build.acl_filter(node.subnet, ingress=True),)
        yield from _replied(balancer.arn, node, node.reason, met)


def _show(accepted: IntervalSet) -> str:
    """The services of a listener, for people: tcp 443."""
    found = []
    for protocol, name in ((TCP, "tcp"), (UDP, "udp")):
        cuts = [int(n) % _PORTS for n, _ in intersection(accepted, services(protocol)).cuts]
        for low, end in zip(cuts[::2], cuts[1::2], strict=True):
            high = (end - 1) % _PORTS
            found.append(f"{name} {low}" if low == high else f"{name} {low}-{high}")
    return ", ".join(found)
