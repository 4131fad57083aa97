"""Transit gateways: what gets through them, on both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from checkers.cloud.network import transit
from checkers.cloud.network.build import Build
from checkers.cloud.network.header import NO_ORIGIN, TCP, addresses, box, services
from checkers.cloud.network.model import Attachment, Export, Place, Route, RouteTable, TransitRoute, TransitTable
from checkers.kernel.flow import Graph, image, left_over
from checkers.kernel.intervals import integers
from cloud.setting import inventory_of, manifest
from network.world import OTHER, OWN, REGION, World, entry, route, rule, tgw_route

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checkers.cloud.network.network import Network
    from checkers.kernel.flow import Box

ANYONE = rule("-1", "", "0.0.0.0/0", "::/0")
BOTH, PERHAPS, NEVER = (True, True), (True, False), (False, False)


class Pair:
    """Two VPCs at one transit gateway, with a host in each; every attachment in a subnet of its own.

    Each VPC leads everything to the gateway, whose only table leads to both.
    """

    def __init__(self, *, zones: Sequence[str] = "a", shared: bool = False, **gateway: Any) -> None:
        self.world = w = World()
        self.tgw = w.tgw(**gateway)
        self.vpcs = [w.vpc(f"10.{n}.0.0/16", main=[route("0.0.0.0/0", self.tgw)]) for n in (1, 2)]
        self.subnets = [w.subnet(v) for v in self.vpcs]
        self.ends = [
            [s] if shared else [w.subnet(v, zone=z) for z in zones]
            for v, s in zip(self.vpcs, self.subnets, strict=True)
        ]
        self.groups = [w.group(v, [ANYONE]) for v in self.vpcs]
        self.hosts = [w.interface(s, groups=[g]) for s, g in zip(self.subnets, self.groups, strict=True)]
        references = bool(gateway.get("references"))
        self.attachments = [
            w.attachment(self.tgw, v, e, references=references) for v, e in zip(self.vpcs, self.ends, strict=True)
        ]

    def table(self, *routes: Any, associations: Sequence[str] | None = None) -> Pair:
        """The table of the gateway; without routes one to each VPC."""
        found = routes or [tgw_route(f"10.{n}.0.0/16", a) for n, a in enumerate(self.attachments, start=1)]
        self.world.tgw_table(self.tgw, found, self.attachments if associations is None else associations)
        return self

    def network(self, **parts: Any) -> Network:
        return self.world.inventory(**parts).network

    def arrives(self, destination: str = "", **parts: Any) -> tuple[bool, bool]:
        """Whether a packet of the first host gets to the second one, wide and narrow."""
        return arrives(
            self.network(**parts), self.hosts[0], self.hosts[1], destination or self.world.address(self.hosts[1])
        )


def reached(graph: Graph, location: str, start: Box) -> dict[str, list[Box]]:
    """Every location that packets get to, and their headers there."""
    found: dict[str, list[Box]] = {}
    todo = [(location, start)]
    while todo:
        at, headers = todo.pop()
        new = left_over(headers, found.get(at, []))
        found.setdefault(at, []).extend(new)
        todo += [(e.after, made) for b in new for e in graph.after.get(at, ()) for made in image(e, b)]
    return found


def sent(network: Network, sender: str, destination: str, *, wide: bool) -> dict[str, list[Box]]:
    """Every location that TCP packets of an interface to an address get to."""
    build, interface = network.build(wide=wide), network.export.interfaces[sender]
    start = box(
        origin=build.origin(interface.vpc),
        source=interface.addresses,
        destination=addresses([destination]),
        service=services(TCP, 443, 443),
        port=integers([(40000, 40000)]),
    )
    return reached(network.graph(wide=wide), f"{network.class_of(sender)}/out", start)


def arrives(network: Network, sender: str, receiver: str, destination: str) -> tuple[bool, bool]:
    goal = f"{network.class_of(receiver)}/in"
    wide, narrow = (bool(sent(network, sender, destination, wide=side).get(goal)) for side in (True, False))
    return wide, narrow


def ways(network: Network, before: str, *, wide: bool = True) -> dict[str, str]:
    """Where the edges from a location lead, and why it is not certain that they do."""
    return {e.after: e.reason for e in network.graph(wide=wide).after.get(before, ())}


# Tables of the gateway.


def test_a_route_leads_from_one_vpc_to_the_other() -> None:
    pair = Pair().table()
    assert pair.arrives() == BOTH
    assert pair.arrives("10.3.0.4") == NEVER
    assert ways(pair.network(), "tgw-attach-1/in") == {"tgw-rtb-1": ""}


def test_without_a_route_back_only_one_direction_arrives() -> None:
    pair = Pair()
    network = pair.table(tgw_route("10.2.0.0/16", pair.attachments[1])).network()
    first, second = pair.hosts
    assert arrives(network, first, second, pair.world.address(second)) == BOTH
    assert arrives(network, second, first, pair.world.address(first)) == NEVER


def test_an_attachment_without_association_sends_nothing_on() -> None:
    pair = Pair()
    pair.table(associations=[pair.attachments[1]])
    assert pair.arrives() == NEVER


def test_the_association_picks_the_table() -> None:
    pair = Pair()
    pair.table(associations=[pair.attachments[1]])
    assert (
        pair.table(tgw_route("10.9.0.0/16", pair.attachments[1]), associations=[pair.attachments[0]]).arrives() == NEVER
    )


FIRST, SECOND = "tgw-attach-1", "tgw-attach-2"


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        ([tgw_route("0.0.0.0/0", SECOND)], BOTH),
        ([tgw_route("0.0.0.0/1", SECOND), tgw_route("128.0.0.0/1", FIRST)], BOTH),
        ([tgw_route("0.0.0.0/1", FIRST), tgw_route("128.0.0.0/1", SECOND)], NEVER),
        ([tgw_route("10.2.0.0/16", SECOND), tgw_route("10.2.0.0/24")], NEVER),
        ([tgw_route("10.2.0.0/24", SECOND), tgw_route("10.2.0.0/16")], BOTH),
        ([tgw_route("10.2.0.0/16", FIRST), tgw_route("10.2.0.0/16", SECOND, kind="propagated")], NEVER),
        ([tgw_route("10.2.0.0/16", FIRST, kind="propagated"), tgw_route("10.2.0.0/16", SECOND)], BOTH),
        ([tgw_route("10.2.0.0/16", SECOND, kind="propagated"), tgw_route("10.2.0.0/16")], NEVER),
        ([tgw_route("10.2.0.0/16", SECOND), tgw_route("10.2.0.0/16")], PERHAPS),
        ([tgw_route("10.2.0.0/16"), tgw_route("10.2.0.0/16", SECOND)], PERHAPS),
        ([tgw_route("10.2.0.0/16", FIRST, SECOND)], BOTH),
        (
            [tgw_route("10.2.0.0/16", SECOND, kind="propagated"), tgw_route("10.2.0.0/16", FIRST, kind="propagated")],
            BOTH,
        ),
        ([tgw_route("10.2.0.0/16")], NEVER),
    ],
    ids=[
        "a default route",
        "a default route in halves",
        "the other half",
        "a longer blackhole",
        "a shorter blackhole",
        "static before propagated",
        "propagated behind static",
        "a static blackhole before propagated",
        "a blackhole among equal routes",
        "a blackhole first",
        "several attachments of one route",
        "several routes alike",
        "nothing but a blackhole",
    ],
)
def test_the_longest_prefix_decides(routes: list[Any], expected: tuple[bool, bool]) -> None:
    assert Pair().table(*routes).arrives() == expected


def test_ipv6_has_routes_of_its_own() -> None:
    w = World()
    tgw = w.tgw()
    hosts, ends = [], []
    for n in (1, 2):
        vpc = w.vpc(f"10.{n}.0.0/16", v6=[f"2001:db8:{n}::/56"], main=[route("::/0", tgw)])
        subnet = w.subnet(vpc, v6=[f"2001:db8:{n}::/64"])
        hosts.append(w.interface(subnet, groups=[w.group(vpc, [ANYONE])], v6=[f"2001:db8:{n}::5"]))
        ends.append(w.attachment(tgw, vpc, [subnet]))
    w.tgw_table(tgw, [tgw_route("10.0.0.0/8", ends[0]), tgw_route("2001:db8:2::/56", ends[1])], ends)
    network = w.inventory().network
    assert arrives(network, *hosts, "2001:db8:2::5") == BOTH
    assert arrives(network, *hosts, w.address(hosts[1])) == NEVER


# What is not known of them.


def test_routes_that_could_not_be_read_may_lead_to_every_attachment_and_beyond() -> None:
    pair = Pair().table()
    path = f"{OWN}/{REGION}/ec2/search-transit-gateway-routes/tgw-rtb-1"
    network = pair.network(errors={path: "AccessDenied"})
    assert pair.arrives(errors={path: "AccessDenied"}) == PERHAPS
    assert ways(network, "tgw-rtb-1") == {"tgw-1": "the routes of tgw-rtb-1 are not known"}
    reason = "what tgw-1 does is not known"
    assert ways(network, "tgw-1") == dict.fromkeys(("tgw-attach-1/out", "tgw-attach-2/out", "outside/in"), reason)
    assert ways(network, "outside") == {"tgw-1": reason}
    assert ways(network, "tgw-1", wide=False) == {}


def test_an_association_that_is_not_known_may_be_with_any_table() -> None:
    """The owner of the gateway is not in the snapshot."""
    pair = Pair()
    for row in pair.world.lists[pair.world.home, "describe-transit-gateway-attachments"]:
        row["TransitGatewayOwnerId"] = OTHER
    assert pair.arrives() == PERHAPS
    assert ways(pair.network(), "tgw-attach-1/in") == {"tgw-1": "the route table of tgw-attach-1 is not known"}


def test_a_table_that_is_not_listed_may_lead_anywhere() -> None:
    pair = Pair().table()
    assert pair.arrives(without=["describe-transit-gateway-route-tables"]) == PERHAPS


def test_a_prefix_list_that_is_not_known_may_win_for_everything() -> None:
    pair = Pair().table(tgw_route("pl-9", SECOND), tgw_route("pl-8"), tgw_route("10.2.0.0/16", FIRST))
    assert pair.arrives() == PERHAPS
    assert ways(pair.network(), "tgw-rtb-1") == {
        "tgw-attach-1/out": "",
        "tgw-attach-2/out": "the prefix list pl-9 in tgw-rtb-1 is not known",
    }
    assert ways(pair.network(), "tgw-rtb-1", wide=False) == {}


def test_a_prefix_list_that_is_known_routes_by_its_entries() -> None:
    pair = Pair()
    listed = pair.world.prefix_list("10.2.0.0/17", "10.2.128.0/17")
    pair.table(tgw_route(listed, SECOND), tgw_route("10.2.0.0/16", FIRST))
    assert pair.arrives() == BOTH


def test_a_route_to_an_attachment_that_is_not_listed_may_lead_anywhere() -> None:
    pair = Pair().table()
    rows = pair.world.lists[pair.world.home, "describe-transit-gateway-attachments"]
    rows[:] = [r for r in rows if r["TransitGatewayAttachmentId"] != SECOND]
    rows = pair.world.lists[pair.world.home, "describe-transit-gateway-vpc-attachments"]
    rows[:] = [r for r in rows if r["TransitGatewayAttachmentId"] != SECOND]
    network = pair.network()
    assert ways(network, "tgw-rtb-1") == {
        "tgw-attach-1/out": "",
        "tgw-1": "what routes of tgw-rtb-1 lead to is not known",
    }
    assert ways(network, "tgw-rtb-1", wide=False) == {"tgw-attach-1/out": ""}
    assert "outside/in" in sent(network, pair.hosts[0], "10.2.0.4", wide=True)


def test_a_list_of_attachments_that_was_never_collected_may_have_more() -> None:
    pair = Pair().table()
    assert "tgw-1" in ways(pair.network(without=["describe-transit-gateway-attachments"]), "outside")
    assert ways(pair.network(), "outside") == {}


def test_a_list_of_attachments_that_is_cut_off_may_have_more() -> None:
    files = Pair().table().world.files()
    files[f"{OWN}/{REGION}/ec2/describe-transit-gateway-attachments.json"]["NextToken"] = "more"
    assert "tgw-1" in ways(inventory_of(files).network, "outside")


# Into the gateway.


@pytest.mark.parametrize(("zone", "expected"), [("a", BOTH), ("b", NEVER)])
def test_the_attachment_needs_a_subnet_in_the_zone_of_the_sender(zone: str, expected: tuple[bool, bool]) -> None:
    assert Pair(zones=zone).table().arrives() == expected


@pytest.mark.parametrize("zone", ["use1-bos1-az1", "us-west-2-lax-1a", ""])
def test_a_local_zone_may_use_the_attachment_in_another_one(zone: str) -> None:
    pair = Pair(zones="b").table()
    pair.world.row(pair.subnets[0]).update(AvailabilityZoneId=zone, AvailabilityZone=zone)
    assert pair.arrives() == PERHAPS
    reasons = ways(pair.network(), "subnet-1/route")
    assert reasons["tgw-attach-1/in"] == "the zone that subnet-1 uses is not known"


def test_without_an_attachment_nothing_gets_in() -> None:
    pair = Pair()
    stray = pair.world.tgw()
    pair.world.row(pair.world.table_of("vpc-1"))["Routes"].append(route("10.7.0.0/16", stray))
    pair.table()
    assert ways(pair.network(), "subnet-1/route") == {"vpc-1/local": "", "tgw-attach-1/in": ""}


def test_an_attachment_that_was_never_listed_may_be_there() -> None:
    pair = Pair()
    lists = ["describe-transit-gateway-attachments", "describe-transit-gateway-vpc-attachments"]
    network = pair.network(without=lists)
    assert ways(network, "subnet-1/route")["tgw-1"] == "the attachments of vpc-1 are not known"
    assert ways(network, "tgw-1") == {"outside/in": "what tgw-1 does is not known"}
    assert "tgw-1" not in ways(network, "subnet-1/route", wide=False)


def test_a_list_of_attachments_that_was_refused_may_have_more() -> None:
    pair = Pair()
    refused = {f"{OWN}/{REGION}/ec2/describe-transit-gateway{n}-attachments": "AccessDenied" for n in ("", "-vpc")}
    assert "tgw-1" in ways(pair.network(errors=refused), "subnet-1/route")


def test_subnets_that_are_not_known_may_be_in_every_zone() -> None:
    pair = Pair().table()
    without = ["describe-transit-gateway-vpc-attachments"]
    assert pair.arrives(without=without) == PERHAPS
    network = pair.network(without=without)
    reason = "the subnets of tgw-attach-1 are not known"
    assert ways(network, "subnet-1/route")["tgw-attach-1/in"] == reason
    assert ways(network, "tgw-attach-1/out") == dict.fromkeys(("subnet-1/out", "subnet-3/out", "vpc-1/local"), reason)


def test_the_acl_of_the_attachment_meets_what_enters_from_another_subnet() -> None:
    pair = Pair().table()
    pair.world.acl("vpc-1", [entry(90, "10.1.0.0/24", "deny"), *all_in_and_out()], pair.ends[0])
    assert pair.arrives() == NEVER


def all_in_and_out() -> list[Any]:
    return [entry(100), entry(100, egress=True)]


def test_within_one_subnet_what_enters_meets_the_acl_in_both_directions() -> None:
    pair = Pair(shared=True).table()
    acl = pair.world.acl("vpc-1", all_in_and_out(), pair.ends[0])
    assert pair.arrives() == BOTH
    pair.world.row(acl)["Entries"] = [entry(90, "10.1.0.0/24", "deny"), *all_in_and_out()]
    assert pair.arrives() == NEVER
    pair.world.row(acl)["Entries"] = [entry(90, "10.2.0.0/16", "deny", egress=True), *all_in_and_out()]
    assert pair.arrives() == NEVER


# Out of it.


def test_what_leaves_meets_the_acl_of_the_attachment_outbound() -> None:
    pair = Pair().table()
    acl = pair.world.acl("vpc-2", [entry(90, "10.2.0.0/24", "deny", egress=True), *all_in_and_out()], pair.ends[1])
    assert pair.arrives() == NEVER
    pair.world.row(acl)["Entries"] = [entry(90, "10.1.0.0/16", "deny"), *all_in_and_out()]
    assert pair.arrives() == BOTH


def test_a_target_in_the_subnet_of_the_attachment_is_behind_no_acl() -> None:
    pair = Pair(shared=True).table()
    pair.world.acl("vpc-2", [], pair.ends[1])
    assert pair.arrives() == BOTH


def test_the_route_table_of_the_attachment_decides_what_is_next() -> None:
    pair = Pair().table()
    pair.world.table("vpc-2", [route("10.2.0.0/24", State="blackhole")], pair.ends[1])
    assert pair.arrives() == NEVER


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lambda w, ends: None, BOTH),
        (lambda w, ends: w.table("vpc-2", [route("0.0.0.0/0", "tgw-1")], ends[:1]), BOTH),
        (lambda w, ends: w.table("vpc-2", [route("10.2.0.0/24", State="blackhole")], ends[:1]), PERHAPS),
        (lambda w, ends: w.table("vpc-2", [route("pl-9", "tgw-1")], ends[:1]), PERHAPS),
        (lambda w, ends: w.acl("vpc-2", [entry(100), entry(90, egress=True)], ends[:1]), BOTH),
        (lambda w, ends: w.acl("vpc-2", [entry(100)], ends[:1]), PERHAPS),
        (lambda w, ends: w.table("vpc-2", [route("10.2.0.0/24", State="blackhole")], ends), NEVER),
    ],
    ids=[
        "alike",
        "other tables that deliver alike",
        "a table that drops it",
        "a table that is not known",
        "other ACLs that let it out alike",
        "an ACL that does not",
        "both drop it",
    ],
)
def test_what_all_subnets_of_an_attachment_do_is_certain(damage: Any, expected: tuple[bool, bool]) -> None:
    pair = Pair(zones="ab").table()
    damage(pair.world, pair.ends[1])
    assert pair.arrives() == expected


def test_a_target_in_one_of_several_subnets_is_certain_if_the_others_lead_there() -> None:
    pair = Pair(zones="ab").table()
    host = pair.world.interface(pair.ends[1][0], groups=[pair.groups[1]])
    address = pair.world.address(host)
    assert arrives(pair.network(), pair.hosts[0], host, address) == BOTH
    pair.world.acl("vpc-2", [], pair.ends[1][:1])
    assert arrives(pair.network(), pair.hosts[0], host, address) == PERHAPS


def test_a_target_in_one_of_several_subnets_is_not_certain_if_its_acl_keeps_the_others_out() -> None:
    pair = Pair(zones="ab").table()
    host = pair.world.interface(pair.ends[1][0], groups=[pair.groups[1]])
    pair.world.acl("vpc-2", [entry(90, "10.1.0.0/16", "deny"), *all_in_and_out()], pair.ends[1])
    assert arrives(pair.network(), pair.hosts[0], host, pair.world.address(host)) == PERHAPS


def test_one_table_of_several_subnets_leads_on_beyond_the_vpc() -> None:
    pair = Pair(zones="ab")
    network = pair.table(tgw_route("0.0.0.0/0", SECOND)).network()
    assert "tgw-attach-2/in" in sent(network, pair.hosts[0], "192.168.0.1", wide=False)


def test_a_subnet_of_an_attachment_that_is_not_in_the_export_may_do_anything() -> None:
    pair = Pair().table()
    for vpc in (0, 1):
        pair.world.row(pair.attachments[vpc])["SubnetIds"].append("subnet-elsewhere")
    network = pair.network()
    reason = "the subnets of tgw-attach-2 are not known"
    assert ways(network, "tgw-attach-2/out") == dict.fromkeys(("subnet-2/out", "subnet-4/out", "vpc-2/local"), reason)
    assert ways(network, "tgw-attach-2/out", wide=False) == {}
    steps = transit.enter(network.build(wide=True), "vpc-1", "subnet-1", "tgw-1")
    assert [s.reason for s in steps] == ["", "the subnets of tgw-attach-1 are not known"]
    assert len(transit.enter(network.build(wide=False), "vpc-1", "subnet-1", "tgw-1")) == 1


def test_without_a_table_nothing_is_certain() -> None:
    pair = Pair(zones="ab").table()
    pair.world.table("vpc-2", [], pair.ends[1][:1])
    main = pair.world.table_of("vpc-2")
    rows = pair.world.lists[pair.world.home, "describe-route-tables"]
    rows[:] = [r for r in rows if r["RouteTableId"] != main]
    assert pair.arrives() == PERHAPS


# References to security groups.


@pytest.mark.parametrize(
    ("references", "damaged", "expected"),
    [
        (True, None, BOTH),
        (False, None, NEVER),
        (True, "tgw-1", NEVER),
        (True, "tgw-attach-1", NEVER),
        (True, "tgw-attach-2", NEVER),
    ],
)
def test_groups_are_known_across_a_gateway_if_it_and_both_attachments_support_that(
    references: bool, damaged: str | None, expected: tuple[bool, bool]
) -> None:
    pair = Pair(references=references).table()
    if damaged:
        pair.world.row(damaged)["Options"]["SecurityGroupReferencingSupport"] = "disable"
    pair.world.row(pair.groups[1])["IpPermissions"] = [rule("tcp", "443", pair.groups[0])]
    assert pair.arrives() == expected


def test_groups_of_another_vpc_with_the_same_addresses_are_not_meant() -> None:
    pair = Pair(references=True).table()
    third = pair.world.vpc("10.1.0.0/16")
    group = pair.world.group(third)
    pair.world.interface(pair.world.subnet(third), pair.world.address(pair.hosts[0]), groups=[group])
    pair.world.row(pair.groups[1])["IpPermissions"] = [rule("tcp", "443", group)]
    assert pair.arrives() == NEVER


def test_where_support_is_not_known_groups_may_be() -> None:
    pair = Pair(references=True).table()
    pair.world.row(pair.groups[1])["IpPermissions"] = [rule("tcp", "443", pair.groups[0])]
    assert pair.arrives(without=["describe-transit-gateways"]) == PERHAPS
    assert pair.arrives(without=["describe-transit-gateway-vpc-attachments"]) == PERHAPS


# Other attachments.


class Peers:
    """Two gateways that are peers, each with a VPC and a host; the second one elsewhere."""

    def __init__(self) -> None:
        self.world = w = World()
        self.hosts, self.gateways, self.groups, ends = [], [], [], []
        for n, place in enumerate(({}, {"account": OTHER, "region": "us-east-1"}), start=1):
            tgw = w.tgw(references=True, **place)
            vpc = w.vpc(f"10.{n}.0.0/16", main=[route("0.0.0.0/0", tgw)], **place)
            subnet = w.subnet(vpc)
            self.groups.append(w.group(vpc, [ANYONE]))
            self.hosts.append(w.interface(subnet, groups=self.groups[-1:]))
            ends.append(w.attachment(tgw, vpc, [subnet], references=True))
            self.gateways.append(tgw)
        self.peering = w.tgw_peering(*self.gateways)
        for n, tgw in enumerate(self.gateways):
            routes = [tgw_route(f"10.{n + 1}.0.0/16", ends[n]), tgw_route(f"10.{2 - n}.0.0/16", self.peering)]
            w.tgw_table(tgw, routes, [ends[n], self.peering])

    def arrives(self, **parts: Any) -> tuple[bool, bool]:
        return arrives(self.world.inventory(**parts).network, *self.hosts, self.world.address(self.hosts[1]))


def test_peers_hand_packets_on_both_ways() -> None:
    peers = Peers()
    assert peers.arrives() == BOTH
    peers.hosts.reverse()
    assert peers.arrives() == BOTH
    name = peers.peering
    assert ways(peers.world.inventory().network, f"{name}@tgw-1/out") == {f"{name}@tgw-2/in": ""}


def test_groups_are_not_known_across_peers() -> None:
    peers = Peers()
    peers.world.row(peers.groups[1])["IpPermissions"] = [rule("tcp", "443", peers.groups[0])]
    assert peers.arrives() == NEVER


def test_a_peer_of_another_account_may_do_anything() -> None:
    """Its own account is not in the snapshot, and the peering tells its id."""
    peers = Peers()
    files = {p: v for p, v in peers.world.files().items() if not p.startswith(OTHER)}
    network = inventory_of({**files, "snapshot.json": manifest(OWN)}).network
    name = peers.peering
    assert ways(network, f"{name}@tgw-2/in") == {"tgw-2": f"the route table of {name}@tgw-2 is not known"}
    assert set(ways(network, "tgw-2")) == {"outside/in", f"{name}@tgw-2/out"}
    assert ways(network, f"{name}@tgw-2/out") == {f"{name}@tgw-1/in": ""}
    assert set(ways(network, "outside")) == {"tgw-2"}
    address = peers.world.address("eni-1")
    back = reached(network.graph(wide=True), "outside", box(destination=addresses([address])))
    assert f"{network.class_of('eni-1')}/in" in back


def test_a_peer_outside_the_export_is_not_known() -> None:
    pair = Pair()
    w = pair.world
    peering = w.any_attachment("tgw-attach-9", pair.tgw, "peering", "tgw-elsewhere", w.home)
    pair.table(tgw_route("0.0.0.0/0", peering), associations=[*pair.attachments, peering])
    reason = "tgw-elsewhere behind tgw-attach-9@tgw-1 is not in the export"
    network = pair.network()
    assert ways(network, "tgw-attach-9@tgw-1/out") == {"outside/in": reason}
    assert ways(network, "outside") == {"tgw-attach-9@tgw-1/in": reason}
    assert ways(network, "tgw-attach-9@tgw-1/out", wide=False) == {}


@pytest.mark.parametrize("kind", ["vpn", "direct-connect-gateway", "connect"])
def test_what_goes_to_the_outside_certainly_gets_there(kind: str) -> None:
    pair = Pair(references=True)
    end = pair.world.vpn_attachment(pair.tgw, kind=kind)
    network = pair.table(tgw_route("0.0.0.0/0", end), associations=[*pair.attachments, end]).network()
    for wide in (True, False):
        found = sent(network, pair.hosts[0], "192.168.0.1", wide=wide)["outside/in"]
        assert {b[0] for b in found} == {NO_ORIGIN}
        assert ways(network, "outside", wide=wide) == {f"{end}/in": ""}


def test_what_is_behind_another_kind_of_attachment_is_not_known() -> None:
    pair = Pair()
    end = pair.world.vpn_attachment(pair.tgw, kind="network-function")
    network = pair.table(tgw_route("0.0.0.0/0", end)).network()
    reason = f"what is behind network-function attachment {end} is not known"
    assert ways(network, f"{end}/out") == {"outside/in": reason}
    assert ways(network, f"{end}/out", wide=False) == {}


def test_a_vpc_outside_the_export_is_not_known() -> None:
    pair = Pair()
    end = pair.world.any_attachment("", pair.tgw, "vpc", "vpc-elsewhere", (OTHER, REGION))
    network = pair.table(tgw_route("0.0.0.0/0", end)).network()
    reason = f"vpc-elsewhere behind {end} is not in the export"
    assert ways(network, f"{end}/out") == {"outside/in": reason}
    assert ways(network, "outside") == {f"{end}/in": reason}


# Exports as objects: what raw answers do not come to.


HERE = Place(OWN, REGION, "x")


def test_a_route_without_attachments_leads_nowhere_known() -> None:
    export = Export()
    row = TransitRoute("10.0.0.0/8", ((10 << 24, 1 << 24),), (), 0)
    export.transit_tables["tgw-rtb-1"] = TransitTable("tgw-rtb-1", HERE, "tgw-1", (row,))
    (found,) = [e for e in transit.edges(Build(export, wide=True)) if e.before == "tgw-rtb-1"]
    assert (found.after, found.reason) == ("tgw-1", "what routes of tgw-rtb-1 lead to is not known")
    assert list(transit.edges(Build(export, wide=False))) == []


def test_the_table_of_a_gateway_has_no_zone() -> None:
    network = Pair().table().network()
    (step,) = transit.enter(network.build(wide=True), "vpc-1", "", "tgw-1")
    assert step.reason == "the zone that the sender uses is not known"
    assert transit.enter(network.build(wide=False), "vpc-1", "", "tgw-1") == []


def test_a_route_of_a_vpc_that_is_not_in_the_export_leads_anywhere() -> None:
    export = Export()
    row = Route("0.0.0.0/0", ((0, 1 << 32),), "tgw-1", 1)
    export.tables["rtb-1"] = RouteTable("rtb-1", HERE, "vpc-9", True, (), (), (row,))
    found = list(transit.edges(Build(export, wide=True)))
    assert [(e.before, e.after) for e in found] == [("tgw-1", "outside/in"), ("outside", "tgw-1")]
    (step,) = transit.enter(Build(export, wide=True), "vpc-9", "", "tgw-1")
    assert step.after == "tgw-1"


def test_an_attachment_without_subnets_leads_nowhere() -> None:
    pair = Pair().table()
    pair.world.row(SECOND)["SubnetIds"] = []
    assert pair.arrives() == NEVER


def test_every_location_of_a_gateway_is_named_after_it_or_its_parts() -> None:
    attachment = Attachment("tgw-attach-1", HERE, "tgw-1", "vpn", "vpn-1", (), "tgw-rtb-1", references=False)
    export = Export(attachments={attachment.id: attachment})
    found = {e.before for e in transit.edges(Build(export, wide=True))}
    assert found == {"tgw-attach-1/in", "tgw-attach-1/out", "tgw-rtb-1", "tgw-1", "outside"}
