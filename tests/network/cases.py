"""One accepted and one rejected packet for each rule of forwarding, as raw answers of the APIs.

A case is a network, a packet from a source, and whether it gets to the target: for certain (`narrow`) and possibly
(`wide`). They differ where something is not known. `answered` is whether a reply gets back for certain; None is not
asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from naive.network import ICMP, ICMP6, INTERNET, OUTSIDE, TCP, UDP, Packet
from network.world import OTHER, World, entry, listener, route, rule, tgw_route

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENT = "8.8.8.8"  # somewhere on the internet
CLIENT6 = "2a00:1450::8"
PUBLIC = "52.95.0.1"
BLOCK6, NET6 = "2600:1f00:1::/56", "2600:1f00:1::/64"
EVERYTHING = rule("-1", "", "0.0.0.0/0", "::/0")
OUT = "0.0.0.0/0"


@dataclass(frozen=True)
class Case:
    """`name` is rule: what happens. `world` makes the network when it is asked for."""

    name: str
    rule: str
    world: World
    source: str
    packet: Packet
    target: str
    narrow: bool
    wide: bool
    answered: bool | None = None


Made = tuple[World, str, Packet, str]
Row = tuple[str, Callable[[], Made], Any, Any]  # what happens, the network, expected, whether it is answered

RULES: dict[str, tuple[str, list[Row]]] = {}


def accept(name: str, made: Callable[[], Made], *, answered: bool | None = None) -> Row:
    return (name, made, (True, True), answered)


def reject(name: str, made: Callable[[], Made]) -> Row:
    return (name, made, (False, False), None)


def unsure(name: str, made: Callable[[], Made]) -> Row:
    """Not known: it passes on the wide side only."""
    return (name, made, (False, True), None)


def rows(name: str, text: str, *given: Row) -> None:
    """The cases of a rule."""
    RULES[name] = (text, list(given))


def cases() -> Iterator[Case]:
    """All cases, each with a network of its own."""
    for name, (text, given) in RULES.items():
        for what, made, (narrow, wide), answered in given:
            world, source, packet, target = made()
            yield Case(f"{name}: {what}", text, world, source, packet, target, narrow, wide, answered)


# Networks.


def between(world: World, one: str, two: str, protocol: int = TCP, port: int = 443, **more: Any) -> Packet:
    """A packet from one interface to another."""
    return Packet(world.address(one), world.address(two), protocol, port, **more)


def neighbours(
    ingress: Any = EVERYTHING, egress: Any = EVERYTHING, *, same: bool = False, protocol: int = TCP, port: int = 443
) -> Made:
    """Two interfaces of one VPC, in one subnet or two; the rules are of the receiver's and the sender's group."""
    world = World()
    vpc = world.vpc()
    one = world.subnet(vpc)
    two = one if same else world.subnet(vpc)
    sender = world.interface(one, groups=[world.group(vpc, [], [egress] if egress else [])])
    receiver = world.interface(two, groups=[world.group(vpc, [ingress] if ingress else [])])
    return world, sender, between(world, sender, receiver, protocol, port), receiver


def with_source(made: Made, source: str) -> Made:
    world, sender, packet, target = made
    return world, sender, Packet(source, packet.destination, packet.protocol, packet.port), target


def icmp(kind: int, code: int = 0) -> int:
    return 256 * kind + code


def edited(made: Made, change: Callable[[World, str, str], Any]) -> Made:
    """A network with something changed; the function is given the sender and the target."""
    change(made[0], made[1], made[3])
    return made


def no_check(world: World, sender: str, _: str) -> None:
    world.row(sender)["SourceDestCheck"] = False


# 1. Order of filters.

rows(
    "own-source",
    "An interface sends with its own address as source, unless its check is off.",
    accept("its own address", neighbours),
    accept(
        "a secondary address",
        lambda: with_source(
            edited(
                neighbours(),
                lambda w, s, _: w.row(s)["PrivateIpAddresses"].append({
                    "PrivateIpAddress": "10.0.0.99",
                    "Primary": False,
                }),
            ),
            "10.0.0.99",
        ),
    ),
    accept(
        "an address of a prefix",
        lambda: with_source(
            edited(neighbours(), lambda w, s, _: w.row(s).update(Ipv4Prefixes=[{"Ipv4Prefix": "10.0.0.80/28"}])),
            "10.0.0.85",
        ),
    ),
    reject("another's address", lambda: with_source(neighbours(), "10.0.0.77")),
    accept("another's address without the check", lambda: with_source(edited(neighbours(), no_check), "10.0.0.77")),
)
rows(
    "egress",
    "The groups of the sender must let the packet out.",
    accept("a rule matches", neighbours),
    reject("no rule", lambda: neighbours(egress=None)),
)
rows(
    "ingress",
    "The groups of the receiver must let the packet in.",
    accept("a rule matches", neighbours),
    reject("no rule", lambda: neighbours(ingress=None)),
)


def acls(out: Any = (), into: Any = (), *, same: bool = False, **more: Any) -> Made:
    """Neighbours whose subnets have network ACLs of their own, with these entries beside open ones at 1000."""
    world, sender, packet, target = neighbours(same=same, **more)
    for interface, given, egress in ((sender, out, True), (target, into, False)):
        row = world.row(interface)
        opened = [entry(1000, egress=True), entry(1000, egress=False)]
        kept = [e for e in opened if e["Egress"] != egress or not given]
        if given or not same:
            world.acl(row["VpcId"], [*kept, *given], [row["SubnetId"]])
    return world, sender, packet, target


rows(
    "acl-between-subnets",
    "Between subnets the network ACL of each is met; within one none is.",
    accept("both are open", acls),
    reject("the sender's lets nothing out", lambda: acls([entry(100, OUT, "deny", egress=True)])),
    reject("the receiver's lets nothing in", lambda: acls((), [entry(100, OUT, "deny")])),
    accept("one subnet, nothing allowed", lambda: acls([entry(100, OUT, "deny", egress=True)], same=True)),
)


def one_way(reply: Any) -> Made:
    """The sender's subnet lets in only what `reply` says."""
    world, sender, packet, target = neighbours(port=5432)
    row = world.row(sender)
    world.acl(row["VpcId"], [entry(100, egress=True), *reply], [row["SubnetId"]])
    return world, sender, packet, target


def closed_egress(world: World, _: str, target: str) -> None:
    """The receiver's group lets nothing out of its own accord."""
    world.row(world.row(target)["Groups"][0]["GroupId"])["IpPermissionsEgress"] = []


rows(
    "reply",
    "A reply skips the groups and meets ACLs and tables again with the ports swapped.",
    accept("no egress at the receiver", lambda: edited(neighbours(), closed_egress), answered=True),
    accept("ephemeral ports let in", lambda: one_way([entry(100, OUT, "allow", "tcp", "1024-65535")]), answered=True),
    accept("only the service's port let in", lambda: one_way([entry(100, OUT, "allow", "tcp", 5432)]), answered=False),
    accept("nothing let in", lambda: one_way([]), answered=False),
)

# 2. Security groups.

rows(
    "union",
    "The rules of all groups of an interface add up.",
    accept(
        "the second group allows",
        lambda: edited(
            neighbours(None),
            lambda w, _, t: w.row(t)["Groups"].append({"GroupId": w.open_group(w.row(t)["VpcId"]), "GroupName": "x"}),
        ),
    ),
    reject("no group allows", lambda: neighbours(rule("tcp", 80, OUT))),
)
rows(
    "protocol",
    "-1 is every protocol and ignores ports; names and numbers are the same.",
    accept("-1 with ports", lambda: neighbours(rule("-1", "", OUT, FromPort=80, ToPort=80))),
    accept("6 is tcp", lambda: neighbours(rule("6", 443, OUT, FromPort=443, ToPort=443))),
    reject("17 is not", lambda: neighbours(rule("17", 443, OUT, FromPort=443, ToPort=443))),
    accept("50 by number", lambda: neighbours(rule("50", "", OUT), protocol=50, port=0)),
    reject("51 is another", lambda: neighbours(rule("50", "", OUT), protocol=51, port=0)),
)
rows(
    "destination-port",
    "A range of ports is one of destination ports, in both directions.",
    accept("the last of the range", lambda: neighbours(rule("tcp", "400-443", OUT))),
    reject("one beyond", lambda: neighbours(rule("tcp", "400-442", OUT))),
    accept("egress", lambda: neighbours(egress=rule("tcp", 443, OUT))),
    reject("egress is not by source port", lambda: neighbours(egress=rule("tcp", 40000, OUT))),
)
rows(
    "icmp",
    "For ICMP the range is type and code, -1 any.",
    accept("the type", lambda: neighbours(rule("icmp", "8/-1", OUT), protocol=ICMP, port=icmp(8))),
    accept("any type", lambda: neighbours(rule("icmp", "", OUT), protocol=ICMP, port=icmp(3, 4))),
    accept("type and code", lambda: neighbours(rule("icmp", "3/4", OUT), protocol=ICMP, port=icmp(3, 4))),
    reject("another code", lambda: neighbours(rule("icmp", "3/4", OUT), protocol=ICMP, port=icmp(3, 1))),
    reject("another type", lambda: neighbours(rule("icmp", "8/-1", OUT), protocol=ICMP, port=icmp(0))),
)
rows(
    "ranges",
    "A peer is a range of addresses: of the source at ingress, of the destination at egress.",
    accept("the source", lambda: neighbours(rule("tcp", 443, "10.0.0.0/24"))),
    reject("the destination", lambda: neighbours(rule("tcp", 443, "10.0.1.0/24"))),
    accept("the destination at egress", lambda: neighbours(egress=rule("tcp", 443, "10.0.1.0/24"))),
    reject("the source at egress", lambda: neighbours(egress=rule("tcp", 443, "10.0.0.0/24"))),
    accept("split everything", lambda: neighbours(rule("-1", "", "0.0.0.0/1", "128.0.0.0/1"))),
    reject("half of it", lambda: neighbours(rule("-1", "", "128.0.0.0/1"))),
    reject("v6 is apart", lambda: neighbours(rule("-1", "", "::/0"))),
)


def listed(*cidrs: str, entries: bool = True) -> Made:
    """The receiver admits a prefix list."""
    world, sender, packet, target = neighbours(None)
    made = world.prefix_list(*cidrs)
    world.row(world.row(target)["Groups"][0]["GroupId"])["IpPermissions"] = [rule("tcp", 443, made)]
    if not entries:
        world.others.clear()
    return world, sender, packet, target


rows(
    "prefix-list",
    "A peer can be a prefix list: the entries of the list.",
    accept("an entry has the source", lambda: listed("192.168.0.0/16", "10.0.0.0/24")),
    reject("none has it", lambda: listed("192.168.0.0/16")),
    unsure("its entries were not collected", lambda: listed("10.0.0.0/24", entries=False)),
)


def referring(to: str = "sender", *, public: bool = False) -> Made:
    """The receiver admits a group: the sender's, its own, another, or one that is gone."""
    world, sender, packet, target = neighbours(None)
    vpc, own = world.row(target)["VpcId"], world.row(target)["Groups"][0]["GroupId"]
    ids = {"sender": world.row(sender)["Groups"][0]["GroupId"], "own": own, "stale": "sg-gone"}
    ids["other"] = world.group(vpc, [])
    world.row(own)["IpPermissions"] = [rule("tcp", 443, ids[to])]
    if to == "own":
        world.row(sender)["Groups"] += [{"GroupId": own, "GroupName": own}]
    return world, sender, packet, target


rows(
    "reference",
    "A reference to a group is the private addresses of the interfaces that carry it, the group's own included.",
    accept("the sender carries it", referring),
    accept("the group itself", lambda: referring("own")),
    reject("the sender does not", lambda: referring("other")),
    reject("the group is gone", lambda: referring("stale")),
    reject("the group is gone, outbound", lambda: neighbours(egress=rule("tcp", 443, "sg-gone"))),
)


def hairpin(*, reference: bool) -> Made:
    """To a neighbour's public address: out through the gateway and back in."""
    world = World()
    vpc = world.vpc()
    gateway, subnet = world.igw(vpc), world.subnet(vpc)
    world.table(vpc, [route(OUT, gateway)], [subnet])
    group = world.group(vpc)
    world.row(group)["IpPermissions"] = [rule("-1", "", group if reference else f"{PUBLIC}/32")]
    sender = world.interface(subnet, groups=[group], public=PUBLIC)
    target = world.interface(subnet, groups=[group], public="52.95.0.2")
    return world, sender, Packet(world.address(sender), "52.95.0.2"), target


rows(
    "public-neighbour",
    "A neighbour's public address is reached over the internet gateway, where references do not hold.",
    accept("its public address is admitted", lambda: hairpin(reference=False), answered=True),
    reject("its group is", lambda: hairpin(reference=True)),
)


def peered(
    *,
    reference: bool = False,
    status: str = "active",
    region: str = "",
    destination: str = "",
    back: bool = True,
    cidr: str = "10.1.0.0/16",
    clone: bool = False,
    routed: str = "10.0.0.0/8",
) -> Made:
    """Two VPCs and a peering connection; `clone` sends from a third VPC with the first one's addresses."""
    world = World()
    one, two = world.vpc(), world.vpc(cidr, account=OTHER, region=region)
    here, there = world.subnet(one), world.subnet(two)
    peering = world.peering(one, two, status=status)
    world.table(one, [route(routed, peering)], [here])
    if back:
        world.table(two, [route("10.0.0.0/16", peering)], [there])
    group = world.group(one, [])
    sender = world.interface(here, groups=[group])
    peer = f"{world.place(one)[0]}/{group}" if reference else OUT
    target = world.interface(there, groups=[world.group(two, [rule("tcp", 443, peer)])])
    if clone:
        third = world.vpc()
        subnet, other = world.subnet(third), world.peering(third, two)
        world.table(third, [route("10.1.0.0/16", other)], [subnet])
        sender = world.interface(subnet, world.address(sender), groups=[world.open_group(third)])
    packet = Packet(world.address(sender), destination or world.address(target))
    return world, sender, packet, target


rows(
    "reference-over-peering",
    "A reference holds over active peering in the same region; membership is by VPC and address.",
    accept("active", lambda: peered(reference=True), answered=True),
    reject("another region", lambda: peered(reference=True, region="us-east-1")),
    reject("the same address of another VPC", lambda: peered(reference=True, clone=True)),
    accept("the other VPC by its range", lambda: peered(clone=True)),
)


def transit(
    *,
    reference: bool = False,
    supports: tuple[bool, bool] = (True, True),
    routes: Callable[[str, str], list[Any]] | None = None,
    zone: str = "a",
    associated: bool = True,
    collected: bool = True,
    apart: bool = False,
    acl: Any = None,
    back: bool = True,
    entry_routes: Any = (),
) -> Made:
    """Two VPCs and a transit gateway. `apart`: attachments have subnets of their own; `acl`: (which, entries)."""
    world = World()
    one, two = world.vpc(), world.vpc("10.1.0.0/16")
    here, there = world.subnet(one, id="subnet-here"), world.subnet(two, id="subnet-there")
    doors = [world.subnet(one, id="subnet-door-here", zone=zone), world.subnet(two, id="subnet-door-there")]
    gateway = world.tgw(references=supports[0])
    used = doors if apart or zone != "a" else [here, there]
    first = world.attachment(gateway, one, used[:1], references=supports[1])
    second = world.attachment(gateway, two, used[1:], references=True)
    found = routes(first, second) if routes else [tgw_route("10.1.0.0/16", second, kind="propagated")]
    found = [*found, tgw_route("10.0.0.0/16", first, kind="propagated")] if back else found
    world.tgw_table(gateway, found, [*([first] if associated else []), second], complete=collected)
    world.table(one, [route("10.0.0.0/8", gateway)], [here])
    world.table(two, [route("10.0.0.0/16", gateway)], [there])
    if entry_routes:
        world.table(two, entry_routes, [doors[1]], local=False)
    if acl:
        world.acl(world.row(acl[0])["VpcId"], acl[1], [acl[0]])
    group = world.group(one, [])
    sender = world.interface(here, groups=[group])
    target = world.interface(there, groups=[world.group(two, [rule("tcp", 443, group if reference else OUT)])])
    return world, sender, between(world, sender, target), target


rows(
    "reference-over-transit",
    "A reference holds over a transit gateway only where gateway and attachment support it.",
    accept("both do", lambda: transit(reference=True)),
    reject("the gateway does not", lambda: transit(reference=True, supports=(False, True))),
    reject("the attachment does not", lambda: transit(reference=True, supports=(True, False))),
    unsure(
        "neither, though the VPCs are peered",
        lambda: edited(transit(reference=True, supports=(False, False)), lambda w, *_: w.peering("vpc-1", "vpc-2")),
    ),
)

# 3. Network ACLs.

rows(
    "acl-by-number",
    "Entries count by number, not by their order in the export, and the first match decides.",
    accept("the allow has the lower number", lambda: acls((), [entry(200, OUT, "deny"), entry(100)])),
    reject("the deny has", lambda: acls((), [entry(200), entry(100, OUT, "deny")])),
)
rows(
    "acl-last",
    "What no entry matches is denied.",
    accept("a range matches", lambda: acls((), [entry(100, "10.0.0.0/16")])),
    reject("none does", lambda: acls((), [entry(100, "10.9.0.0/16")])),
)
rows(
    "acl-addresses",
    "The range is of the source inbound and of the destination outbound.",
    accept("source", lambda: acls((), [entry(100, "10.0.0.0/24")])),
    reject("destination inbound", lambda: acls((), [entry(100, "10.0.1.0/24")])),
    accept("destination", lambda: acls([entry(100, "10.0.1.0/24", egress=True)])),
    reject("source outbound", lambda: acls([entry(100, "10.0.0.0/24", egress=True)])),
)
rows(
    "acl-ports",
    "Ports are destination ports, ICMP is by type and code.",
    accept("the port", lambda: acls((), [entry(100, OUT, "allow", "tcp", 443)])),
    reject("another port", lambda: acls((), [entry(100, OUT, "allow", "tcp", 80)])),
    reject("another protocol", lambda: acls((), [entry(100, OUT, "allow", "udp", 443)])),
    accept("the type", lambda: acls((), [entry(100, OUT, "allow", "icmp", "8/-1")], protocol=ICMP, port=icmp(8))),
    reject("another type", lambda: acls((), [entry(100, OUT, "allow", "icmp", "0/-1")], protocol=ICMP, port=icmp(8))),
    accept("any type", lambda: acls((), [entry(100, OUT, "allow", "icmp")], protocol=ICMP, port=icmp(3, 4))),
)


def close_default(world: World, sender: str, _: str) -> None:
    acl = world.row(world.acl_of(world.row(sender)["SubnetId"]))
    acl["Entries"] = acl["Entries"][-4:]


def no_acl(world: World, sender: str, _: str) -> None:
    world.lists[world.home, "describe-network-acls"].clear()


def no_association(world: World, sender: str, _: str) -> None:
    world.row(world.acl_of(world.row(sender)["SubnetId"]))["Associations"] = []


rows(
    "acl-default",
    "A subnet without an ACL of its own has the VPC's default; none in the export is not a permit.",
    accept("the default is open", lambda: edited(neighbours(), no_association)),
    reject("the default is closed", lambda: edited(neighbours(), close_default)),
    unsure("none in the export", lambda: edited(neighbours(), no_acl)),
)

# 4. Route tables.


def inbound(
    *,
    attached: bool = True,
    public: str = PUBLIC,
    destination: str = PUBLIC,
    source: str = CLIENT,
    edge: Any = None,
    place: str = "both",
    routes: bool = True,
) -> Made:
    """A packet from the internet to an interface with a public address."""
    world = World()
    vpc = world.vpc()
    subnet, gateway = world.subnet(vpc), world.igw(vpc if attached else "")
    if routes:
        world.table(vpc, [route(OUT, gateway)], [subnet])
    target = world.interface(subnet, "10.0.0.5", groups=[world.open_group(vpc)], public=public)
    if place == "row":
        del world.row(target)["PrivateIpAddresses"][0]["Association"]
    if place == "address":
        del world.row(target)["Association"]
    if edge is not None:
        world.table(vpc, edge, gateways=[gateway], local=False)
    return world, INTERNET, Packet(source, destination), target


def outbound(
    *,
    attached: bool = True,
    public: str = PUBLIC,
    destination: str = CLIENT,
    routes: Callable[[World, str], list[Any]] | None = None,
    main: bool = False,
) -> Made:
    """A packet of an interface to the internet; `routes` are made from the world and its gateway."""
    world = World()
    vpc = world.vpc()
    subnet, gateway = world.subnet(vpc), world.igw(vpc if attached else "")
    given = routes(world, gateway) if routes else [route(OUT, gateway)]
    world.table(vpc, given, [] if main else [subnet], main=main)
    sender = world.interface(subnet, groups=[world.open_group(vpc)], public=public)
    return world, sender, Packet(world.address(sender), destination), INTERNET


rows(
    "table-association",
    "A subnet has the table associated with it, else the VPC's main one.",
    accept("its own", outbound),
    accept("the main one", lambda: outbound(main=True)),
    reject(
        "its own, though the main one leads out",
        lambda: edited(
            outbound(main=True),
            lambda w, s, _: w.table(w.row(s)["VpcId"], [], [w.row(s)["SubnetId"]]),
        ),
    ),
)
rows(
    "longest-prefix",
    "The route with the longest prefix wins.",
    accept("the longer leads out", lambda: outbound(routes=lambda w, g: [route(OUT), route("8.8.0.0/16", g)])),
    reject(
        "the longer is a blackhole",
        lambda: outbound(routes=lambda w, g: [route(OUT, g), route("8.8.0.0/16", "nat-gone", State="blackhole")]),
    ),
    accept("a split default", lambda: outbound(routes=lambda w, g: [route("0.0.0.0/1", g), route("128.0.0.0/1", g)])),
    reject("half a default", lambda: outbound(routes=lambda w, g: [route("128.0.0.0/1", g)])),
)
BLACKHOLE = {"State": "blackhole"}
rows(
    "equal-routes",
    "Of equal prefixes local wins, then static, prefix lists, propagated.",
    accept(
        "static over prefix list",
        lambda: outbound(
            routes=lambda w, g: [route(w.prefix_list("8.0.0.0/8"), "nat-gone", **BLACKHOLE), route("8.0.0.0/8", g)]
        ),
    ),
    reject(
        "prefix list under static",
        lambda: outbound(
            routes=lambda w, g: [route(w.prefix_list("8.0.0.0/8"), g), route("8.0.0.0/8", "nat-gone", **BLACKHOLE)]
        ),
    ),
    accept(
        "prefix list over propagated",
        lambda: outbound(
            routes=lambda w, g: [
                route("8.0.0.0/8", "vgw-x", Origin="EnableVgwRoutePropagation"),
                route(w.prefix_list("8.0.0.0/8"), g),
            ]
        ),
    ),
    accept(
        "a longer entry of a prefix list over static",
        lambda: outbound(
            routes=lambda w, g: [route("8.0.0.0/8", "nat-gone", **BLACKHOLE), route(w.prefix_list("8.8.0.0/16"), g)]
        ),
    ),
)


def nowhere() -> Made:
    """To an address of the VPC that no interface has; the default route leads to the internet."""
    world, sender, packet, target = outbound()
    return world, sender, Packet(packet.source, "10.0.7.7"), target


rows(
    "local",
    "A VPC's address without an interface goes nowhere, whatever the default route.",
    accept("an interface has it", neighbours),
    reject("none has it", nowhere),
)
rows(
    "blackhole",
    "A blackhole route drops.",
    accept("active", outbound),
    reject("blackhole", lambda: outbound(routes=lambda w, g: [route(OUT, g, State="blackhole")])),
)
rows(
    "igw-out",
    "Out through an attached internet gateway goes what has a public address.",
    accept("it has one", outbound, answered=True),
    reject("it has none", lambda: outbound(public="")),
    reject("the gateway is not attached", lambda: outbound(attached=False)),
    reject("to a private address", lambda: outbound(destination="192.168.1.1")),
)
rows(
    "igw-in",
    "In through an internet gateway comes what is for a public address of an interface.",
    accept("it is", inbound, answered=True),
    accept("no route back", lambda: inbound(routes=False), answered=False),
    accept("the address is told in the row only", lambda: inbound(place="row")),
    accept("the address is told with the private one only", lambda: inbound(place="address")),
    reject("for another public address", lambda: inbound(destination="52.95.0.9")),
    reject("for its private address", lambda: inbound(destination="10.0.0.5")),
    reject("the interface has none", lambda: inbound(public="")),
    reject("the gateway is not attached", lambda: inbound(attached=False)),
    reject("from a private address", lambda: inbound(source="10.9.9.9")),
)


def six(gateway: str, *, out: bool = True, attached: bool = True) -> Made:
    """A v6 interface behind an internet gateway or an egress-only one."""
    world = World()
    vpc = world.vpc(v6=[BLOCK6])
    subnet = world.subnet(vpc, v6=[NET6])
    made = world.igw(vpc if attached else "") if gateway == "igw" else world.eigw(vpc)
    world.table(vpc, [route("::/0", made)], [subnet])
    own = world.interface(subnet, groups=[world.open_group(vpc)], v6=["2600:1f00:1::5"])
    if out:
        return world, own, Packet("2600:1f00:1::5", CLIENT6), INTERNET
    return world, INTERNET, Packet(CLIENT6, "2600:1f00:1::5"), own


def other_way_out(world: World, _: str, target: str) -> None:
    """The interface's subnet sends v6 to an egress-only gateway."""
    row = world.row(target)
    world.table(row["VpcId"], [route("::/0", world.eigw(row["VpcId"]))], [row["SubnetId"]])


rows(
    "v6-igw",
    "v6 addresses are public: in and out through an internet gateway as they are.",
    accept("out", lambda: six("igw"), answered=True),
    accept("in", lambda: six("igw", out=False), answered=True),
    reject("not attached", lambda: six("igw", out=False, attached=False)),
    accept(
        "in, and replies leave by an egress-only one",
        lambda: edited(six("igw", out=False), other_way_out),
        answered=False,
    ),
)


def v4_routes_only(world: World, sender: str, _: str) -> None:
    for table in world.lists[world.home, "describe-route-tables"]:
        table["Routes"] = [r for r in table["Routes"] if "DestinationCidrBlock" in r]


rows(
    "v6-apart",
    "Routes for v4 say nothing of v6.",
    accept("a v6 route", lambda: six("igw")),
    reject("v4 routes only", lambda: edited(six("igw"), v4_routes_only)),
)


def echo6(protocol: str) -> Made:
    world, source, packet, target = six("igw", out=False)
    world.row(world.row(target)["Groups"][0]["GroupId"])["IpPermissions"] = [rule(protocol, "", "::/0")]
    return world, source, Packet(packet.source, packet.destination, ICMP6, icmp(128)), target


rows(
    "icmpv6",
    "ICMP of v6 has a protocol number of its own.",
    accept("icmpv6", lambda: echo6("icmpv6")),
    reject("icmp", lambda: echo6("icmp")),
)
rows(
    "v6-source",
    "A gateway lets out the v6 sources of its VPC; whether others, from an interface without check, is not documented.",
    accept("its own", lambda: edited(six("igw"), no_check)),
    unsure("another's", lambda: with_source(edited(six("igw"), no_check), "2600:1f00:9::9")),
    unsure("another's, egress-only", lambda: with_source(edited(six("eigw"), no_check), "2600:1f00:9::9")),
    reject("another's with the check", lambda: with_source(six("igw"), "2600:1f00:9::9")),
)
rows(
    "eigw",
    "An egress-only gateway lets v6 out, and replies in.",
    accept("out", lambda: six("eigw"), answered=True),
    reject("in", lambda: six("eigw", out=False)),
)


def natted(
    *,
    public: str = "52.95.0.7",
    protocol: int = TCP,
    acl: Any = None,
    unsolicited: bool = False,
    onward: bool = True,
    state: str = "available",
) -> Made:
    """A private subnet behind a NAT gateway in a public one."""
    world = World()
    vpc = world.vpc()
    inner, outer = world.subnet(vpc), world.subnet(vpc)
    gateway = world.igw(vpc)
    nat = world.nat(outer, public=public, State=state)
    world.table(vpc, [route(OUT, nat)], [inner])
    if onward:
        world.table(vpc, [route(OUT, gateway)], [outer])
    if acl is not None:
        world.acl(vpc, acl, [outer])
    sender = world.interface(inner, groups=[world.open_group(vpc)])
    port = icmp(8) if protocol == ICMP else 443
    if unsolicited:
        return world, INTERNET, Packet(CLIENT, public), sender
    return world, sender, Packet(world.address(sender), CLIENT, protocol, port), INTERNET


OPEN_OUT = entry(100, egress=True)
rows(
    "nat",
    "A NAT gateway takes TCP, UDP and ICMP, and sends from its own subnet by that subnet's table.",
    accept("tcp", natted, answered=True),
    accept("udp", lambda: natted(protocol=UDP), answered=True),
    accept("icmp", lambda: natted(protocol=ICMP), answered=True),
    reject("another protocol", lambda: natted(protocol=50)),
    reject("its subnet leads nowhere", lambda: natted(onward=False)),
    reject("it is deleted", lambda: natted(state="deleted")),
    reject("unsolicited", lambda: natted(unsolicited=True)),
    reject("a private one does not pass an internet gateway", lambda: natted(public="")),
)
rows(
    "nat-acl",
    "The network ACL of the NAT gateway's subnet is met inbound and outbound.",
    accept("in and out", lambda: natted(acl=[OPEN_OUT, entry(100)]), answered=True),
    reject("not in", lambda: natted(acl=[OPEN_OUT])),
    reject("not out", lambda: natted(acl=[entry(100)])),
    accept(
        "no replies in",
        lambda: natted(acl=[OPEN_OUT, entry(100, "10.0.0.0/8")]),
        answered=False,
    ),
)
rows(
    "peering",
    "Peering leads to the other VPC's own ranges only.",
    accept("its range", peered, answered=True),
    accept("no route back", lambda: peered(back=False), answered=False),
    reject("not active", lambda: peered(status="deleted")),
    reject("an address without an interface", lambda: peered(destination="10.1.0.77")),
    reject("outside its ranges", lambda: peered(destination="10.2.0.10")),
)


def onward() -> Made:
    """Through a peered VPC to its internet gateway."""
    world, sender, packet, _ = peered(routed=OUT)
    two = "vpc-2"
    world.row(world.table_of(two))["Routes"].append(route(OUT, world.igw(two)))
    return world, sender, Packet(packet.source, CLIENT), INTERNET


def third_party() -> Made:
    """From a gateway of transit through a VPC and its peering connection: the source is not of that VPC."""
    world, sender, packet, target = peered()
    third, gateway = world.vpc("10.7.0.0/16"), world.tgw()
    subnet, door = world.subnet(third), "subnet-1"
    first = world.attachment(gateway, third, [subnet])
    second = world.attachment(gateway, "vpc-1", [door])
    world.tgw_table(gateway, [tgw_route("10.0.0.0/8", second)], [first, second])
    world.table(third, [route("10.0.0.0/8", gateway)], [subnet])
    sender = world.interface(subnet, groups=[world.open_group(third)])
    return world, sender, Packet(world.address(sender), packet.destination), target


rows(
    "peering-onward",
    "Peering does not lead onward.",
    accept("to the peer", lambda: peered(routed=OUT)),
    reject("to the peer's internet gateway", onward),
    unsure("of another VPC over it", third_party),
)
rows(
    "tgw-zone",
    "A transit gateway needs an attachment in the sender's zone.",
    accept("in its zone", lambda: transit(apart=True)),
    reject("in another zone", lambda: transit(zone="b")),
)
rows(
    "tgw-association",
    "The association of the attachment picks the table.",
    accept("associated", transit, answered=True),
    reject("not associated", lambda: transit(associated=False)),
)
rows(
    "tgw-routes",
    "Longest prefix, then static before propagated; a blackhole drops.",
    reject("no route", lambda: transit(routes=lambda a, b: [])),
    accept(
        "the longer over a blackhole",
        lambda: transit(routes=lambda a, b: [tgw_route("10.0.0.0/8"), tgw_route("10.1.0.0/16", b)]),
    ),
    reject(
        "a longer blackhole",
        lambda: transit(routes=lambda a, b: [tgw_route("10.1.0.0/24"), tgw_route("10.1.0.0/16", b)]),
    ),
    reject(
        "a static blackhole over propagated",
        lambda: transit(routes=lambda a, b: [tgw_route("10.1.0.0/16"), tgw_route("10.1.0.0/16", b, kind="propagated")]),
    ),
    accept(
        "static over propagated",
        lambda: transit(
            routes=lambda a, b: [tgw_route("10.1.0.0/16", a, kind="propagated"), tgw_route("10.1.0.0/16", b)]
        ),
    ),
    unsure("the list of routes is truncated", lambda: transit(collected=False)),
)
rows(
    "tgw-entry-table",
    "The table of the attachment's subnet decides on entry.",
    accept("it has the local route", lambda: transit(apart=True)),
    reject(
        "it leads elsewhere",
        lambda: transit(apart=True, entry_routes=[route("10.1.0.0/16", "nat-x", State="blackhole")]),
    ),
)
IN, BOTH = [entry(100)], [entry(100), entry(100, egress=True)]
rows(
    "tgw-acl",
    "The attachment's subnet: inbound towards the gateway; from it outbound, unless the target is in that subnet.",
    accept("inbound towards it", lambda: transit(apart=True, acl=("subnet-door-here", IN))),
    reject("outbound only", lambda: transit(apart=True, acl=("subnet-door-here", [OPEN_OUT]))),
    accept("outbound from it", lambda: transit(apart=True, acl=("subnet-door-there", [OPEN_OUT]))),
    reject("inbound only", lambda: transit(apart=True, acl=("subnet-door-there", IN))),
    accept("the target in that subnet", lambda: transit(acl=("subnet-there", []))),
    reject("the sender in that subnet, nothing inbound", lambda: transit(acl=("subnet-here", [OPEN_OUT]))),
    accept("the sender in that subnet", lambda: transit(acl=("subnet-here", BOTH))),
)


def two_doors(*, alike: bool = True) -> Made:
    """The far VPC has attachment subnets in two zones; the sender is in zone b, the target in the door of zone a."""
    world = World()
    one, two = world.vpc(), world.vpc("10.1.0.0/16")
    here = world.subnet(one, zone="b")
    doors = [world.subnet(two, zone=zone) for zone in "ab"]
    gateway = world.tgw()
    first, second = world.attachment(gateway, one, [here]), world.attachment(gateway, two, doors)
    world.tgw_table(gateway, [tgw_route("10.1.0.0/16", second)], [first, second])
    world.table(one, [route("10.0.0.0/8", gateway)], [here])
    if not alike:
        world.acl(two, [entry(100)], doors[1:])
    sender = world.interface(here, groups=[world.open_group(one)])
    target = world.interface(doors[0], groups=[world.open_group(two)])
    return world, sender, between(world, sender, target), target


def closed_doors(world: World, *_: str) -> None:
    """One ACL for both subnets, which lets nothing out: a packet in zone b gets no further than its own subnet."""
    world.acl("vpc-2", [entry(100)], ["subnet-2", "subnet-3"])


rows(
    "tgw-doors",
    "A packet leaves a gateway in the sender's zone; which, and what the other zones' subnets do, is not followed.",
    accept("the subnets are alike", two_doors),
    unsure("the one in the sender's zone lets nothing out", lambda: two_doors(alike=False)),
    unsure("alike, and neither lets anything out", lambda: edited(two_doors(), closed_doors)),
    reject("the target does not admit it", lambda: edited(two_doors(), lambda w, _, t: w.row(t).update(Groups=[]))),
)


def two_gateways(*, back: bool = True) -> Made:
    """Two transit gateways of two regions, peered."""
    world = World()
    one, two = world.vpc(), world.vpc("10.1.0.0/16", region="us-east-1")
    here, there = world.subnet(one), world.subnet(two)
    near, far = world.tgw(), world.tgw(region="us-east-1")
    first, second = world.attachment(near, one, [here]), world.attachment(far, two, [there])
    bridge = world.tgw_peering(near, far)
    world.tgw_table(near, [tgw_route("10.1.0.0/16", bridge), tgw_route("10.0.0.0/16", first)], [first, bridge])
    routes = [tgw_route("10.1.0.0/16", second), *([tgw_route("10.0.0.0/16", bridge)] if back else [])]
    world.tgw_table(far, routes, [second, bridge])
    world.table(one, [route("10.0.0.0/8", near)], [here])
    world.table(two, [route("10.0.0.0/8", far)], [there])
    sender = world.interface(here, groups=[world.open_group(one)])
    target = world.interface(there, groups=[world.open_group(two)])
    return world, sender, between(world, sender, target), target


def loop() -> Made:
    """Two gateways that send a range to each other for ever."""
    world, sender, packet, target = two_gateways()
    for path, value in world.others.items():
        if "search-transit-gateway-routes/tgw-rtb-2" in path:
            value["Routes"] = [tgw_route("10.1.0.0/16")]
            value["Routes"] = [
                {
                    **tgw_route("10.0.0.0/8"),
                    "State": "active",
                    "TransitGatewayAttachments": [world.reference("tgw-2", "tgw-attach-3")],
                }
            ]
    return world, sender, packet, target


rows(
    "tgw-peering",
    "Gateways are peered; each has its own table.",
    accept("routes on both", two_gateways, answered=True),
    accept("no route back", lambda: two_gateways(back=False), answered=False),
    reject("a loop", loop),
)


def on_premises(*, attached: bool = True, inward: bool = False, edge: Any = None) -> Made:
    """A virtual private gateway."""
    world = World()
    vpc = world.vpc()
    subnet, gateway = world.subnet(vpc), world.vgw(vpc if attached else "")
    world.table(vpc, [route("192.168.0.0/16", gateway, Origin="EnableVgwRoutePropagation")], [subnet])
    own = world.interface(subnet, groups=[world.open_group(vpc)])
    if edge is not None:
        world.table(vpc, edge, gateways=[gateway], local=False)
    if inward:
        return world, OUTSIDE, Packet("192.168.1.1", world.address(own)), own
    return world, own, Packet(world.address(own), "192.168.1.1"), OUTSIDE


def through_outside() -> Made:
    """From one VPC over its VPN to another, by what is on the outside."""
    world, sender, _, _ = on_premises()
    vpc = world.vpc("192.168.0.0/16")
    world.vgw(vpc)
    target = world.interface(world.subnet(vpc), groups=[world.open_group(vpc)])
    return world, sender, between(world, sender, target), target


rows(
    "vgw",
    "Behind a virtual private gateway is an unknown outside.",
    accept("out", on_premises, answered=True),
    accept("in", lambda: on_premises(inward=True), answered=True),
    reject("not attached", lambda: on_premises(attached=False)),
    reject("in, not attached", lambda: on_premises(attached=False, inward=True)),
    unsure("through it to another VPC", through_outside),
)


def vpn(*, associated: bool = True) -> Made:
    """A VPN at a transit gateway, from the outside in."""
    world = World()
    vpc, gateway = world.vpc(), world.tgw()
    subnet = world.subnet(vpc)
    attachment, outside = world.attachment(gateway, vpc, [subnet]), world.vpn_attachment(gateway)
    world.tgw_table(gateway, [tgw_route("10.0.0.0/16", attachment)], [attachment, *([outside] if associated else [])])
    target = world.interface(subnet, groups=[world.open_group(vpc)])
    return world, OUTSIDE, Packet("192.168.1.1", world.address(target)), target


rows(
    "vpn",
    "A VPN's attachment to a transit gateway is a way in, by the table it is associated with.",
    accept("associated", vpn),
    reject("not associated", lambda: vpn(associated=False)),
)


def appliance(*, check: bool = False, admits: bool = True, state: str = "active", arrive: bool = False) -> Made:
    """The default route leads to an appliance in a public subnet."""
    world = World()
    vpc = world.vpc()
    inner, outer = world.subnet(vpc), world.subnet(vpc)
    world.table(vpc, [route(OUT, world.igw(vpc))], [outer])
    box = world.interface(
        outer, groups=[world.open_group(vpc) if admits else world.group(vpc)], public=PUBLIC, check=check
    )
    world.table(vpc, [route(OUT, box, State=state)], [inner])
    sender = world.interface(inner, groups=[world.open_group(vpc)], public="" if arrive else "52.95.0.3")
    return world, sender, Packet(world.address(sender), CLIENT), box if arrive else INTERNET


rows(
    "appliance",
    "A route to an interface needs its check to be off; then anything may leave it.",
    accept("it gets there", lambda: appliance(arrive=True)),
    reject("not with the check", lambda: appliance(arrive=True, check=True)),
    reject("not past its groups", lambda: appliance(arrive=True, admits=False)),
    reject("not by a blackhole", lambda: appliance(arrive=True, state="blackhole")),
    unsure("and beyond", appliance),
    reject("not beyond with the check", lambda: appliance(check=True)),
)


def outward_only(world: World, sender: str, _: str) -> None:
    """A network ACL that lets nothing in."""
    row = world.row(sender)
    world.acl(row["VpcId"], [OPEN_OUT], [row["SubnetId"]])


def service(destination: str = "52.218.0.1") -> Made:
    """A gateway endpoint beside a blackhole for everything."""
    world = World()
    vpc = world.vpc()
    subnet = world.subnet(vpc)
    made = world.prefix_list("52.218.0.0/17", name="com.amazonaws.eu-west-1.s3")
    table = world.table(vpc, [route(OUT, "nat-gone", State="blackhole")], [subnet])
    endpoint = world.endpoint(vpc, tables=[table], prefix_list=made)
    sender = world.interface(subnet, groups=[world.open_group(vpc)])
    return world, sender, Packet(world.address(sender), destination), endpoint


rows(
    "gateway-endpoint",
    "A gateway endpoint takes its service's prefixes, by length.",
    accept("the service", service, answered=True),
    accept("its replies are not let in", lambda: edited(service(), outward_only), answered=False),
    reject("something else", lambda: service("52.219.128.1")),
)


def interface_endpoint(port: int = 443) -> Made:
    world = World()
    vpc = world.vpc()
    subnet = world.subnet(vpc)
    group = world.group(vpc, [rule("tcp", 443, "10.0.0.0/16")])
    world.endpoint(vpc, "logs", "Interface", subnets=[subnet], groups=[group])
    target = world.interfaces(vpc, InterfaceType="vpc_endpoint")[0]
    sender = world.interface(subnet, groups=[world.open_group(vpc)])
    return world, sender, between(world, sender, target, port=port), target


rows(
    "interface-endpoint",
    "An interface endpoint is an interface with groups.",
    accept("admitted", interface_endpoint),
    reject("another port", lambda: interface_endpoint(80)),
)


def firewall(*, onward: bool = True, endpoint: bool = False) -> Made:
    """The default route leads to a firewall's endpoint, whose subnet leads out."""
    world = World()
    vpc = world.vpc()
    inner, outer = world.subnet(vpc), world.subnet(vpc)
    made = world.endpoint(vpc, "vpce-svc-1", "GatewayLoadBalancer", subnets=[outer])
    world.table(vpc, [route(OUT, made)], [inner])
    world.table(vpc, [route(OUT, world.igw(vpc))] if onward else [], [outer])
    sender = world.interface(inner, groups=[world.open_group(vpc)], public=PUBLIC)
    return world, sender, Packet(world.address(sender), CLIENT), made if endpoint else INTERNET


def closed_firewall(world: World, *_: str) -> None:
    """The ACL of the endpoint's subnet lets nothing in; whether it is met is not documented."""
    world.acl("vpc-1", [OPEN_OUT], ["subnet-2"])


rows(
    "firewall",
    "A firewall's endpoint gives the packet back to its subnet's table; whether it does is not known.",
    accept("it gets there", lambda: firewall(endpoint=True)),
    unsure("past an ACL that does not let it in", lambda: edited(firewall(endpoint=True), closed_firewall)),
    unsure("and beyond", firewall),
    reject("not where its table leads nowhere", lambda: firewall(onward=False)),
)
LOCAL = [route("10.0.0.0/16", "local")]


def edge_appliance() -> Made:
    """What comes from the internet for a subnet goes to an appliance first."""
    world, source, packet, target = inbound()
    vpc = world.row(target)["VpcId"]
    box = world.interface(world.subnet(vpc), groups=[world.open_group(vpc)], check=False)
    world.table(vpc, [*LOCAL, route("10.0.0.0/24", box)], gateways=["igw-1"], local=False)
    return world, source, packet, target


rows(
    "edge-association",
    "The table of a gateway decides on what enters the VPC.",
    accept("it says local", lambda: inbound(edge=LOCAL)),
    reject("it says nothing", lambda: inbound(edge=[])),
    unsure("it says an appliance", edge_appliance),
    reject("of a virtual private gateway", lambda: on_premises(inward=True, edge=[])),
)


def beyond(target: str) -> Made:
    """A route to something that is not modelled."""
    world, sender, packet, _ = outbound(routes=lambda w, g: [route(OUT, target)])
    return world, sender, packet, OUTSIDE


def blocked(mode: str) -> Made:
    world, source, packet, target = inbound()
    files = world.place_files(world.home)
    path = next(p for p in files if "block-public-access-options" in p)
    options = files[path]["VpcBlockPublicAccessOptions"] | {"InternetGatewayBlockMode": mode}
    world.file(world.home, "ec2/describe-vpc-block-public-access-options", {"VpcBlockPublicAccessOptions": options})
    return world, source, packet, target


rows(
    "not-modelled",
    "What is not modelled is passed wide only.",
    unsure("a carrier gateway", lambda: beyond("cagw-1")),
    unsure("a local gateway", lambda: beyond("lgw-1")),
    unsure("a core network", lambda: beyond("arn:aws:networkmanager::111122223333:core-network/core-network-1")),
    reject("no route at all", lambda: (*outbound(routes=lambda w, g: [])[:3], OUTSIDE)),
    accept("Block Public Access is off", lambda: blocked("off")),
    unsure("Block Public Access is on", lambda: blocked("block-bidirectional")),
)

# 5. Load balancers.


def balanced(
    kind: str = "network",
    *,
    port: int = 80,
    ingress: Any = None,
    groups: bool | None = None,
    admits: Any = None,
    attributes: dict[str, str] | None = None,
    rules: bool = False,
    refer: bool = False,
) -> Made:
    """An internet-facing load balancer in front of one instance on port 8080.

    `ingress` is the target's rule, `admits` the balancer's; `refer`: the target admits the balancer's group.
    """
    world = World()
    vpc = world.vpc()
    outer, inner = world.subnet(vpc), world.subnet(vpc)
    world.table(vpc, [route(OUT, world.igw(vpc))], [outer])
    given = groups if groups is not None else kind != "network" or refer
    own = world.group(vpc, [admits or rule("tcp", 80, OUT)], id="sg-balancer")
    peer = rule("tcp", 8080, "sg-balancer") if refer else ingress or rule("tcp", 8080, OUT)
    target = world.interface(inner, groups=[world.group(vpc, [peer], [])])
    instance = world.instance(target)
    if kind == "classic":
        world.classic([outer], [(80, "HTTP", 8080, "HTTP")], [instance], groups=[own], public=[PUBLIC])
    else:
        http = kind == "application"
        group = world.target_group(
            vpc, (instance, 8080), protocol="HTTP" if http else "TCP", port=8080, attributes=attributes
        )
        other = [] if rules else [group]
        made = listener(80, "HTTP" if http else "TCP", *other, rules=[[group]] if rules else [])
        world.balancer([outer], [made], kind=kind, groups=[own] if given else [], public=[PUBLIC])
    return world, INTERNET, Packet(CLIENT, PUBLIC, TCP, port), target


FROM_CLIENT, FROM_BALANCER = rule("tcp", 8080, "8.8.0.0/16"), rule("tcp", 8080, "10.0.0.0/24")
KEPT = {"preserve_client_ip.enabled": "false"}


def clients_only(world: World, *_: str) -> None:
    """The ACL of the balancer's subnet lets clients in, and no replies of targets."""
    world.acl("vpc-1", [OPEN_OUT, entry(100, "8.8.0.0/16")], ["subnet-1"])


rows(
    "nlb",
    "A network load balancer passes from a listener to its target group, and keeps an instance's client's address.",
    accept("the listener's port", balanced, answered=True),
    reject("another port", lambda: balanced(port=81)),
    accept("the target admits the client", lambda: balanced(ingress=FROM_CLIENT), answered=True),
    reject("the target admits the balancer", lambda: balanced(ingress=FROM_BALANCER)),
    accept("an ACL lets in clients only", lambda: edited(balanced(), clients_only), answered=False),
    accept("not kept, admits the balancer", lambda: balanced(ingress=FROM_BALANCER, attributes=KEPT), answered=True),
    reject("not kept, admits the client", lambda: balanced(ingress=FROM_CLIENT, attributes=KEPT)),
)
rows(
    "nlb-groups",
    "A network load balancer may have groups; its targets may refer to them.",
    accept("they admit", lambda: balanced(groups=True)),
    reject("they do not", lambda: balanced(groups=True, admits=rule("tcp", 81, OUT))),
    accept("the target refers to them", lambda: balanced(refer=True)),
    reject("the target refers to them, the balancer has none", lambda: balanced(refer=True, groups=False)),
)
rows(
    "alb",
    "An application load balancer sends from its own address; its groups filter the client; any rule may forward.",
    accept("the target admits the balancer", lambda: balanced("application", ingress=FROM_BALANCER), answered=True),
    reject("the target admits the client", lambda: balanced("application", ingress=FROM_CLIENT)),
    accept("the target refers to its group", lambda: balanced("application", refer=True), answered=True),
    reject("its groups do not admit", lambda: balanced("application", admits=rule("tcp", 81, OUT))),
    accept("a rule forwards", lambda: balanced("application", rules=True)),
    reject("no listener", lambda: balanced("application", port=81, admits=rule("tcp", "80-81", OUT))),
)
rows(
    "classic",
    "A classic load balancer is as an application load balancer.",
    accept("the target admits the balancer", lambda: balanced("classic", ingress=FROM_BALANCER), answered=True),
    reject("the target admits the client", lambda: balanced("classic", ingress=FROM_CLIENT)),
    reject("no listener", lambda: balanced("classic", port=81, admits=rule("tcp", "80-81", OUT))),
)

# 6. Shapes of the export.


def stop(world: World, _: str, target: str) -> None:
    """The target is of a stopped instance."""
    world.instance(target, state="stopped")


def stopped() -> Made:
    world, sender, packet, target = neighbours()
    world.instance(target, state="stopped")
    return world, sender, packet, target


rows(
    "stopped",
    "The interface of a stopped instance counts.",
    accept("it gets there", stopped),
    accept(
        "a route to it is a blackhole until it starts", lambda: edited(appliance(arrive=True, state="blackhole"), stop)
    ),
    reject("its groups count too", lambda: edited(stopped(), lambda w, _, t: w.row(t).update(Groups=[]))),
)


def secondary(cidr: str) -> Made:
    """To an interface in a secondary range of the peer, which the peering connection does not list."""
    world, sender, _, _ = peered()
    two = "vpc-2"
    subnet = world.subnet(two, "10.5.0.0/24")
    world.row(two)["CidrBlockAssociationSet"].append({
        "AssociationId": "x",
        "CidrBlock": cidr,
        "CidrBlockState": {"State": "associated"},
    })
    target = world.interface(subnet, groups=[world.open_group(two)])
    return world, sender, between(world, sender, target), target


rows(
    "secondary-range",
    "Peering may not tell secondary ranges; the VPC does.",
    accept("an address of one", lambda: secondary("10.5.0.0/16")),
    reject("the VPC has not got it", lambda: secondary("10.6.0.0/16")),
)
