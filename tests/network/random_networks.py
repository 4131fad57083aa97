"""Seeded small networks and packets, for the packet walker and the symbolic code to agree on.

Addresses, ports and groups come from small pools, so that rules, routes and packets meet. What AWS does not let one
make is not made: two routes of a table for one range, peering of overlapping ranges, a longer route than the local one
except to an interface. Run this file to see how packets fare.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any

from naive.network import ICMP, ICMP6, INTERNET, OUTSIDE, TCP, UDP, Facts, Packet, walk
from network.world import OTHER, OWN, World, entry, listener, route, rule, tgw_route

CIDRS = ("10.0.0.0/20", "10.1.0.0/20", "10.2.0.0/20", "10.3.0.0/20")
PORTS = (22, 80, 443, 5432, 8080)
SPANS = ("22", "443", "80-443", "1024-65535", "5432", "", "", "0-65535")
PROTOCOLS = ("tcp", "6", "tcp", "udp", "17", "-1", "-1", "icmp", "1")
CLIENTS = ("8.8.8.8", "52.218.0.1", "150.1.2.3", "203.0.114.9")
CLIENTS6 = ("2a00:1450::8", "2606:4700::1")
PREMISES = "192.168.7.7"
ENTRIES = (
    "0.0.0.0/0",
    "10.0.0.0/8",
    "0.0.0.0/1",
    "128.0.0.0/1",
    "10.0.0.0/24",
    "10.1.0.0/20",
    "10.0.1.0/24",
    "8.8.0.0/16",
)
ENTRIES6 = ("::/0", "2600:1f00::/32", "2a00::/12")


@dataclass(frozen=True)
class RandomNetwork:
    """A snapshot, and packets with where they start: an interface, `internet` or `outside`."""

    files: dict[str, Any]
    packets: list[tuple[str, Packet]]


@dataclass
class Draft:
    """A network that is being made."""

    random: random.Random
    world: World
    vpcs: list[str] = field(default_factory=list)
    subnets: dict[str, list[str]] = field(default_factory=dict)  # by VPC
    hosts: dict[str, list[str]] = field(default_factory=dict)  # interfaces by VPC
    groups: dict[str, list[str]] = field(default_factory=dict)
    lists: list[str] = field(default_factory=list)
    ways: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # (range, target) of a VPC's tables
    ports: list[int] = field(default_factory=list)  # of listeners
    outer: set[str] = field(default_factory=set)  # subnets of NAT gateways
    publics: int = 0

    def chance(self, likelihood: float) -> bool:
        return self.random.random() < likelihood

    def public(self) -> str:
        self.publics += 1
        return f"52.95.{self.publics // 200}.{self.publics % 200 + 1}"

    def v6(self, vpc: str) -> bool:
        return bool(self.world.row(vpc)["Ipv6CidrBlockAssociationSet"])


def make(seed: int, packets: int = 12) -> RandomNetwork:
    """The network of a seed."""
    draft = Draft(random.Random(seed), World())
    make_vpcs(draft)
    make_gateways(draft)
    make_peerings(draft)
    if draft.chance(0.55):
        make_transit(draft)
    make_appliances(draft)
    make_tables(draft)
    make_acls(draft)
    if draft.chance(0.35):
        make_balancer(draft)
    shuffle(draft)
    asked = [make_packet(draft) for _ in range(packets)]
    return RandomNetwork(draft.world.files(), asked)


# Networks.


def make_vpcs(draft: Draft) -> None:
    """One to four VPCs, two of them perhaps with the same range, with subnets, groups and interfaces."""
    rng, world = draft.random, draft.world
    draft.lists = [world.prefix_list("10.0.0.0/22", "10.1.0.0/24"), world.prefix_list("8.8.0.0/16", "0.0.0.0/1")]
    for number in range(rng.choice((1, 2, 2, 3, 3, 4))):
        cidr = CIDRS[0] if number > 1 and draft.chance(0.4) else CIDRS[number]
        more = [f"10.{number + 8}.0.0/20"] if draft.chance(0.2) else []
        v6 = [f"2600:1f00:{number + 1}::/56"] if draft.chance(0.5) else []
        account = OTHER if draft.chance(0.2) else OWN
        vpc = world.vpc(cidr, *more, v6=v6, account=account)
        draft.vpcs.append(vpc)
        draft.ways[vpc], draft.hosts[vpc] = [], []
        draft.subnets[vpc] = [make_subnet(draft, vpc, number, i) for i in range(rng.randint(1, 3))]
        draft.groups[vpc] = [world.group(vpc, [], []) for _ in range(rng.randint(1, 3))]
    for vpc in draft.vpcs:
        for group in draft.groups[vpc]:
            make_rules(draft, group)
        for number, subnet in enumerate(draft.subnets[vpc]):
            for host in range(rng.randint(1, 3)):
                make_interface(draft, vpc, subnet, f"{number}:{host}")


def make_subnet(draft: Draft, vpc: str, number: int, index: int) -> str:
    v6 = [f"2600:1f00:{number + 1}:{index}::/64"] if draft.v6(vpc) else []
    return draft.world.subnet(vpc, zone=draft.random.choice("aab"), v6=v6)


def make_rules(draft: Draft, group: str) -> None:
    row = draft.world.row(group)
    row["IpPermissions"] = [make_rule(draft) for _ in range(draft.random.randint(1, 4))]
    if draft.chance(0.65):
        row["IpPermissionsEgress"] = [rule("-1", "", "0.0.0.0/0", "::/0")]
    else:
        row["IpPermissionsEgress"] = [make_rule(draft) for _ in range(draft.random.randint(0, 3))]


def make_rule(draft: Draft) -> Any:
    rng, protocol = draft.random, draft.random.choice(PROTOCOLS)
    ports: str | int = rng.choice(SPANS)
    if protocol in ("icmp", "1"):
        ports = rng.choice(("", "8/-1", "8/0", "3/4"))
    if protocol == "-1":
        ports = ""
    every = [f"{draft.world.place(v)[0]}/{g}" for v, groups in draft.groups.items() for g in groups]
    peers = rng.choices(
        (rng.choice(ENTRIES), rng.choice(ENTRIES6), rng.choice(draft.lists), rng.choice(every), "sg-gone"),
        weights=(6, 3, 2, 3, 1),
        k=rng.randint(1, 3),
    )
    if protocol in ("icmp", "1") and all(":" in p for p in peers):
        protocol = "icmpv6"
    return rule(protocol, ports, *dict.fromkeys(peers))


def make_interface(draft: Draft, vpc: str, subnet: str, host: str) -> None:
    rng, world = draft.random, draft.world
    groups = rng.sample(draft.groups[vpc], k=rng.randint(1, min(2, len(draft.groups[vpc]))))
    interface = world.interface(
        subnet,
        groups=groups,
        public=draft.public() if draft.chance(0.5) else "",
        v6=[world.row(subnet)["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"].replace("::/64", f"::{host}")]
        if draft.v6(vpc)
        else [],
    )
    row = world.row(interface)
    if draft.chance(0.2):
        row["PrivateIpAddresses"].append({"PrivateIpAddress": world.next_address(subnet), "Primary": False})
        if draft.chance(0.5):
            row["PrivateIpAddresses"][-1]["Association"] = {"PublicIp": draft.public()}
    if "Association" in row and draft.chance(0.2):
        del row["PrivateIpAddresses"][0]["Association"]
    if draft.chance(0.1):
        block = next(ip_network(world.row(subnet)["CidrBlock"]).subnets(new_prefix=28))
        taken = any(world.row(i)["SubnetId"] == subnet and "Ipv4Prefixes" in world.row(i) for i in draft.hosts[vpc])
        prefix = str(block.network_address + 128)
        row.update({} if taken else {"Ipv4Prefixes": [{"Ipv4Prefix": f"{prefix}/28"}]})
    draft.hosts[vpc].append(interface)


DEFAULTS = (("0.0.0.0/0",), ("0.0.0.0/1", "128.0.0.0/1"), ("0.0.0.0/0", "8.8.0.0/16"), ("0.0.0.0/1",), ("8.0.0.0/8",))


def make_gateways(draft: Draft) -> None:
    """Internet, egress-only, NAT and virtual private gateways, and endpoints; with the ways that lead to them."""
    for vpc in draft.vpcs:
        world, ways, subnets = draft.world, draft.ways[vpc], draft.subnets[vpc]
        if draft.chance(0.8):
            gateway = world.igw(vpc if draft.chance(0.93) else "")
            ways += [(c, gateway) for c in draft.random.choice(DEFAULTS)]
            ways += [("::/0", gateway), ("0.0.0.0/0", gateway)]
        if draft.v6(vpc) and draft.chance(0.5):
            ways.append((draft.random.choice(("::/0", "2a00::/12")), world.eigw(vpc)))
        if draft.chance(0.5 if len(subnets) > 1 else 0.1):
            outer = draft.random.choice(subnets)
            nat = world.nat(outer, public=draft.public() if draft.chance(0.8) else "")
            draft.outer.add(outer)
            ways += [(c, nat) for c in draft.random.choice(DEFAULTS)]
        if draft.chance(0.2):
            ways.append(("192.168.0.0/16", world.vgw(vpc)))
        if draft.chance(0.2):
            region = world.place(vpc)[1]
            service = f"com.amazonaws.{region}.s3"
            made = world.prefix_list("52.218.0.0/17", name=service, account=world.place(vpc)[0], id=f"pl-s3-{vpc}")
            ways.append((made, world.endpoint(vpc)))


def overlap(world: World, one: str, two: str) -> bool:
    ranges = [[a["CidrBlock"] for a in world.row(v)["CidrBlockAssociationSet"]] for v in (one, two)]
    return any(ip_network(a).overlaps(ip_network(b)) for a in ranges[0] for b in ranges[1])


def make_peerings(draft: Draft) -> None:
    world = draft.world
    pairs = [(a, b) for i, a in enumerate(draft.vpcs) for b in draft.vpcs[i + 1 :] if not overlap(world, a, b)]
    for one, two in pairs:
        if draft.chance(0.5):
            peering = world.peering(one, two, status="active" if draft.chance(0.9) else "deleted")
            for here, there in ((one, two), (two, one)):
                draft.ways[here] += [(c, peering) for c in ranges_of(world, there) if draft.chance(0.85)]


def ranges_of(world: World, vpc: str) -> list[str]:
    row = world.row(vpc)
    return [a["CidrBlock"] for a in row["CidrBlockAssociationSet"]] + [
        a["Ipv6CidrBlock"] for a in row["Ipv6CidrBlockAssociationSet"]
    ]


def make_transit(draft: Draft) -> None:
    """One or two transit gateways; two are peered, and may send packets around in a loop."""
    rng, world = draft.random, draft.world
    gateways = [world.tgw(references=draft.chance(0.5)) for _ in range(rng.choice((1, 1, 2)))]
    bridge = [world.tgw_peering(*gateways)] if len(gateways) > 1 else []
    attached: dict[str, list[tuple[str, str]]] = {g: [] for g in gateways}
    for vpc in draft.vpcs:
        gateway = rng.choice(gateways)
        zones = {world.row(s)["AvailabilityZone"]: s for s in rng.sample(draft.subnets[vpc], len(draft.subnets[vpc]))}
        doors = list(zones.values())[: rng.randint(1, 2)]
        if draft.chance(0.85):
            made = world.attachment(gateway, vpc, doors, references=draft.chance(0.6))
            attached[gateway].append((vpc, made))
            draft.ways[vpc] += [("10.0.0.0/8", gateway), ("2600:1f00::/32", gateway)]
            draft.ways[vpc] += [("0.0.0.0/0", gateway)] if draft.chance(0.4) else []
    for gateway in gateways:
        own = [a for _, a in attached[gateway]]
        outside = [world.vpn_attachment(gateway)] if draft.chance(0.2) else []
        every = [*own, *bridge, *outside]
        tables = rng.choice((1, 1, 2))
        for number in range(tables):
            associated = [a for i, a in enumerate(every) if i % tables == number and draft.chance(0.95)]
            world.tgw_table(gateway, transit_routes(draft, gateway, attached, bridge, outside), associated)


def transit_routes(draft: Draft, gateway: str, attached: Any, bridge: list[str], outside: list[str]) -> list[Any]:
    """Routes to most attachments, a default, and perhaps a blackhole, a static one beside a propagated one."""
    rng, world = draft.random, draft.world
    rows: list[tuple[str, str | None, str]] = []
    for other, pairs in attached.items():
        for vpc, attachment in pairs:
            target = attachment if other == gateway else bridge[0]
            kind = rng.choice(("static", "propagated")) if other == gateway else "static"
            rows += [(c, target, kind) for c in ranges_of(world, vpc) if draft.chance(0.85)]
            rows += [("0.0.0.0/0", target, "static"), ("::/0", target, "static")] if draft.chance(0.2) else []
    rows += [("10.0.0.0/8", bridge[0], "static")] if bridge and draft.chance(0.7) else []
    rows += [("192.168.0.0/16", outside[0], "propagated")] if outside else []
    rows += [(rng.choice(("10.0.0.0/24", "10.1.0.0/20", "10.2.1.0/24")), None, "static")] if draft.chance(0.3) else []
    rng.shuffle(rows)
    found = {(c, kind): tgw_route(c, *([a] if a else []), kind=kind) for c, a, kind in rows}
    return list(found.values())


def make_appliances(draft: Draft) -> None:
    """Some interfaces do not check addresses; routes may lead to them, or to one that does, or to a firewall."""
    for vpc in draft.vpcs:
        for host in draft.hosts[vpc]:
            if draft.chance(0.06):
                draft.world.row(host)["SourceDestCheck"] = False
                draft.ways[vpc].append((draft.random.choice(("0.0.0.0/0", "10.0.0.0/8", "8.8.0.0/16")), host))
        if draft.chance(0.03):
            draft.ways[vpc].append(("150.0.0.0/8", draft.hosts[vpc][0]))
        if draft.chance(0.06):
            subnet = draft.random.choice(draft.subnets[vpc])
            firewall = draft.world.endpoint(vpc, "vpce-svc-1", "GatewayLoadBalancer", subnets=[subnet])
            draft.ways[vpc].append(("0.0.0.0/0", firewall))


def make_tables(draft: Draft) -> None:
    """A table for most subnets, main tables, and sometimes one for an internet gateway."""
    rng, world = draft.random, draft.world
    for vpc in draft.vpcs:
        world.row(world.table_of(vpc))["Routes"] += make_routes(draft, vpc)
        for subnet in draft.subnets[vpc]:
            if subnet in draft.outer or draft.chance(0.7):
                world.table(vpc, make_routes(draft, vpc, subnet), [subnet])
        gateways = [t for _, t in draft.ways[vpc] if t.startswith(("igw-", "vgw-"))]
        if gateways and draft.chance(0.15):
            boxes = [i for i in draft.hosts[vpc] if not world.row(i)["SourceDestCheck"]]
            subnet = world.row(rng.choice(draft.subnets[vpc]))
            more = [route(subnet["CidrBlock"], b) for b in boxes[:1] if b]
            world.table(vpc, more, gateways=[rng.choice(gateways)])


def make_routes(draft: Draft, vpc: str, subnet: str = "") -> list[Any]:
    """Some of the ways of a VPC, one for each range, longer ones and blackholes among them."""
    rng, world = draft.random, draft.world
    found: dict[str, Any] = {}
    ways = rng.sample(draft.ways[vpc], len(draft.ways[vpc]))
    if subnet in draft.outer and draft.chance(0.8):
        ways = [w for w in ways if not w[1].startswith("nat-")]
    elif draft.chance(0.6):
        ways.sort(key=lambda way: not way[1].startswith("nat-"))
    for destination, target in ways:
        if not draft.chance(0.8):
            continue
        to = destination
        if draft.chance(0.06) and target.startswith(("pcx-", "tgw-", "nat-", "igw-")) and ":" not in destination:
            to = rng.choice(draft.lists)
        state = {"State": "blackhole"} if draft.chance(0.04) else {}
        origin = {"Origin": "EnableVgwRoutePropagation"} if target.startswith("vgw-") and draft.chance(0.7) else {}
        found.setdefault(to, route(to, target, **state, **origin))
    if draft.chance(0.1):
        longer = rng.choice(("10.1.1.0/24", "8.8.8.0/24", "10.2.0.0/24"))
        if not any(ip_network(longer).subnet_of(ip_network(c)) for c in ranges_of(world, vpc) if ":" not in c):
            found.setdefault(longer, route(longer, "nat-gone", State="blackhole"))
    return list(found.values())


def make_acls(draft: Draft) -> None:
    rng, world = draft.random, draft.world
    for vpc in draft.vpcs:
        for subnet in draft.subnets[vpc]:
            if draft.chance(0.3):
                world.acl(vpc, [e for egress in (True, False) for e in make_entries(draft, egress=egress)], [subnet])
    for acl in (i for i in world.rows if i.startswith("acl-")):
        rng.shuffle(world.row(acl)["Entries"])


def make_entries(draft: Draft, *, egress: bool) -> list[Any]:
    """A few entries, most of them with everything else allowed at the end."""
    rng = draft.random
    numbers = rng.sample(range(1, 500), k=rng.randint(1, 4))
    found = []
    for number in numbers:
        protocol = rng.choice(("-1", "-1", "tcp", "udp", "icmp"))
        ports = "" if protocol == "-1" else rng.choice(("", "8/-1") if protocol == "icmp" else SPANS[:5])
        cidr = rng.choice(ENTRIES + ENTRIES6[:1])
        if protocol == "icmp" and ":" in cidr:
            protocol, ports = "icmpv6", ""
        found.append(entry(number, cidr, rng.choice(("allow", "allow", "deny")), protocol, ports, egress=egress))
    if draft.chance(0.75):
        found += [entry(600, egress=egress), entry(601, "::/0", egress=egress)]
    return found


def make_balancer(draft: Draft) -> None:
    """A load balancer of any kind in front of one or two instances of a VPC."""
    rng, world = draft.random, draft.world
    vpc = rng.choice(draft.vpcs)
    instances = [world.instance(i) for i in rng.sample(draft.hosts[vpc], k=min(len(draft.hosts[vpc]), 2))]
    port, target = rng.choices(PORTS, k=2)
    draft.ports.append(port)
    subnets = list({world.row(s)["AvailabilityZone"]: s for s in draft.subnets[vpc]}.values())
    subnets = subnets if draft.chance(0.6) else [rng.choice(draft.subnets[vpc])]
    place: dict[str, Any] = {
        "groups": [rng.choice(draft.groups[vpc])],
        "public": [draft.public() for _ in subnets] if draft.chance(0.6) else [],
    }
    if draft.chance(0.3):
        world.classic(subnets, [(port, "TCP", target, "TCP")], instances, **place)
        return
    network = draft.chance(0.5)
    protocol = "TCP" if network else "HTTP"
    kept = {"preserve_client_ip.enabled": "false"} if network and draft.chance(0.3) else {}
    targets = [(i, target) for i in instances]
    group = world.target_group(vpc, *targets, protocol=protocol, port=target, attributes=kept)
    forwards = ([], [[group]]) if not network and draft.chance(0.3) else ([group], [])  # by default, or by a rule
    made = listener(port, protocol, *forwards[0], rules=forwards[1])
    if network and draft.chance(0.5):
        place["groups"] = []
    place["attributes"] = {"load_balancing.cross_zone.enabled": "true"}
    world.balancer(subnets, [made], kind="network" if network else "application", **place)


def shuffle(draft: Draft) -> None:
    """The order of rows, routes, rules and entries in an export means nothing."""
    for listed in draft.world.lists.values():
        draft.random.shuffle(listed)
    for row in draft.world.rows.values():
        for member in ("Routes", "IpPermissions", "IpPermissionsEgress"):
            if isinstance(row, dict) and member in row:
                draft.random.shuffle(row[member])


# Packets.


def make_packet(draft: Draft) -> tuple[str, Packet]:
    """A packet that has a chance: of an interface's own address, to an address that something has."""
    rng, world = draft.random, draft.world
    vpc = rng.choice(draft.vpcs)
    sender = rng.choice(draft.hosts[vpc])
    start = rng.choices((sender, INTERNET, OUTSIDE), weights=(75, 22, 3))[0]
    v6 = draft.v6(vpc) and draft.chance(0.35)
    if start == INTERNET:
        source = rng.choice(CLIENTS6 if v6 else CLIENTS)
        destination = public_address(draft, v6=v6)
    elif start == OUTSIDE:
        source, v6 = PREMISES, False
        destination = rng.choice(own_addresses(world, sender, v6=False))
    else:
        source = rng.choice(own_addresses(world, sender, v6=v6))
        destination = target_address(draft, vpc, sender, v6=v6)
    if draft.chance(0.03):
        source = rng.choice(CLIENTS6 if v6 else CLIENTS)
    return start, with_protocol(draft, source, destination, v6=v6)


def own_addresses(world: World, interface: str, *, v6: bool) -> list[str]:
    row = world.row(interface)
    prefixes = [str(ip_network(p["Ipv4Prefix"])[3]) for p in row.get("Ipv4Prefixes", ())]
    return [a for a in [*world.addresses(interface), *prefixes] if (":" in a) == v6]


def public_address(draft: Draft, *, v6: bool) -> str:
    """Mostly one that an interface has; never one of a NAT gateway."""
    rng, world = draft.random, draft.world
    every = [i for i in world.interfaces() if world.row(i)["InterfaceType"] != "nat_gateway"]
    doors = world.interfaces(RequesterId="amazon-elb")
    rows = [world.row(i) for i in (doors if doors and draft.chance(0.3) else every)]
    if v6:
        found = [a["Ipv6Address"] for r in rows for a in r["Ipv6Addresses"]]
    else:
        found = [r["Association"]["PublicIp"] for r in rows if "Association" in r]
        found += [a["Association"]["PublicIp"] for r in rows for a in r["PrivateIpAddresses"] if "Association" in a]
    other = CLIENTS6[0] if v6 else "52.95.9.9"
    return rng.choice(found) if found and draft.chance(0.93) else other


def target_address(draft: Draft, vpc: str, sender: str, *, v6: bool) -> str:
    """An interface in the same VPC or another, the internet, a service, the premises, or nothing at all."""
    rng, world = draft.random, draft.world
    others = [i for i in world.interfaces() if i != sender and world.row(i)["InterfaceType"] != "nat_gateway"]
    near = [a for i in others if world.row(i)["VpcId"] == vpc for a in own_addresses(world, i, v6=v6)]
    far = [a for i in others if world.row(i)["VpcId"] != vpc for a in own_addresses(world, i, v6=v6)]
    own = own_addresses(world, sender, v6=v6)  # another VPC may have the same
    near, far = ([a for a in found if a not in own] for found in (near, far))
    outside = list(CLIENTS6 if v6 else (*CLIENTS, PREMISES))
    empty = ["2600:1f00:1:0::ffff" if v6 else rng.choice(("10.0.0.200", "10.1.1.200", "10.2.15.1", "10.9.0.1"))]
    doors = [world.address(i) for i in world.interfaces(RequesterId="amazon-elb")]
    if doors and not v6 and draft.chance(0.25):
        return rng.choice(doors)
    pools = [near or far or outside, far or near or outside, outside, [public_address(draft, v6=v6)], empty]
    return rng.choice(rng.choices(pools, weights=(35, 35, 20, 7, 3))[0])


def with_protocol(draft: Draft, source: str, destination: str, *, v6: bool) -> Packet:
    rng = draft.random
    protocol = rng.choices((TCP, UDP, ICMP6 if v6 else ICMP, 50), weights=(80, 8, 10, 2))[0]
    port = {TCP: rng.choice(PORTS), UDP: rng.choice((53, 443))}.get(protocol, 0)
    if protocol in (ICMP, ICMP6):
        port = 256 * rng.choice((3, 0, 8, 8) if protocol == ICMP else (1, 128)) + 4 * draft.chance(0.1)
    if protocol == TCP and draft.ports and draft.chance(0.4):
        port = draft.ports[0]
    return Packet(source, destination, protocol, port, rng.randint(1024, 65535))


def main() -> None:
    """How many packets arrive, and how many meet something that is not known."""
    tally: Counter[str] = Counter()
    for seed in range(200):
        network = make(seed)
        facts = Facts(network.files)
        for source, packet in network.packets:
            found = walk(facts, source, packet)
            tally["arrives" if found.places else "does not"] += 1
            tally["something unknown"] += bool(found.unknown)
    print(dict(tally))  # noqa: T201


if __name__ == "__main__":
    main()
