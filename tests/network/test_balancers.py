"""Load balancers: what their listeners accept, and what they send to targets."""

from dataclasses import dataclass, replace

import pytest

from checkers.cloud.network.balancers import edges
from checkers.cloud.network.build import Build
from checkers.cloud.network.header import ALL_PORTS, TCP, UDP, V4, addresses, box, services
from checkers.cloud.network.model import (
    AclRule,
    Balancer,
    BalancerTarget,
    Export,
    GroupRule,
    Interface,
    Listener,
    NetworkAcl,
    Place,
    SecurityGroup,
    Subnet,
    TargetGroup,
    Vpc,
)
from checkers.cloud.network.network import Network
from checkers.cloud.vocabulary import parse_address
from checkers.kernel.flow import Box, Graph, image, left_over, meet
from checkers.kernel.intervals import EVERYTHING, IntervalSet, integers, join
from network.world import World, listener, route, rule

HERE = Place("1", "eu-west-1", "x")
LB, TG = "arn:lb", "arn:tg"
CLIENT, NODE, NODE_B = "198.51.100.9", "10.0.1.10", "10.0.2.10"
ONE, TWO, FAR = "10.0.1.20", "10.0.2.20", "10.9.0.1"
HTTPS, DNS = services(TCP, 443, 443), join(services(TCP, 53, 53), services(UDP, 53, 53))


def number(text: str) -> int:
    found = parse_address(text)
    assert found is not None
    return found


def interface(name: str, subnet: str, *texts: str, groups: tuple[str, ...] = (), **members: object) -> Interface:
    made = Interface(
        name,
        HERE,
        "vpc-1",
        subnet,
        "interface",
        "",
        groups,
        addresses(texts),
        number(texts[0]),
        {},
        checks=True,
        instance="",
        is_primary=True,
        tags={},
        instance_tags={},
    )
    return replace(made, **members)  # type: ignore[arg-type]


def target_group(*targets: str | tuple[str, int], kind: str = "instance", **members: object) -> TargetGroup:
    found = tuple(BalancerTarget(*t) if isinstance(t, tuple) else BalancerTarget(t, None) for t in targets)
    made = TargetGroup(
        TG, kind, (TCP,), 80, "vpc-1", found, keeps_client=False, is_ipv6=False, zones="use_load_balancer_configuration"
    )
    return replace(made, **members)  # type: ignore[arg-type]


def balancer(kind: str = "application", **members: object) -> Balancer:
    """A balancer with nodes in two zones, groups, and one listener."""
    made = Balancer(
        LB,
        "front",
        HERE,
        kind,
        "vpc-1",
        ("subnet-a", "subnet-b"),
        is_internet_facing=False,
        groups=("sg-lb",),
        interfaces=("eni-a", "eni-b"),
        listeners=(Listener("l", HTTPS, (TG,)),),
        crosses_zones=True,
        forwards=(),
        instances=(),
        tags={},
    )
    return replace(made, **members)  # type: ignore[arg-type]


def export(*things: Balancer | TargetGroup | Interface, node_groups: tuple[str, ...] = ("sg-lb",)) -> Export:
    """One VPC, a subnet in each of three zones, an instance in each, and the nodes of the balancer."""
    found = Export()
    found.vpcs["vpc-1"] = Vpc("vpc-1", HERE, addresses(["10.0.0.0/16", "2001:db8::/56"]), {})
    for i, zone in enumerate("abc", start=1):
        blocks = addresses([f"10.0.{i}.0/24", f"2001:db8:0:{i}::/64"])
        found.subnets[f"subnet-{zone}"] = Subnet(f"subnet-{zone}", HERE, "vpc-1", zone, blocks, {})
    rule = GroupRule("tcp from the load balancer", services(TCP), group="sg-lb")
    for group, ingress in (("sg-lb", ()), ("sg-app", (rule,))):
        out = (GroupRule("tcp 80", services(TCP, 80, 80), addresses(["0.0.0.0/0"])),)
        found.groups[group] = SecurityGroup(group, HERE, "vpc-1", group, ingress, out, {})
    nodes = [interface(f"eni-{z}", f"subnet-{z}", a, groups=node_groups) for z, a in (("a", NODE), ("b", NODE_B))]
    if not node_groups:
        nodes = [replace(n, type="network_load_balancer") for n in nodes]
    hosts = [
        interface(f"eni-{i}", f"subnet-{z}", f"10.0.{n}.20", instance=i, groups=("sg-app",))
        for n, (z, i) in enumerate((("a", "i-1"), ("b", "i-2"), ("c", "i-3")), start=1)
    ]
    for one in (*nodes, *hosts, *(t for t in things if isinstance(t, Interface))):
        found.interfaces[one.id] = one
    found.balancers |= {b.arn: b for b in things if isinstance(b, Balancer)}
    found.target_groups |= {t.arn: t for t in things if isinstance(t, TargetGroup)}
    return found


class Side:
    """One side of the graph of an export: the edges of balancers alone."""

    def __init__(self, given: Export, *, wide: bool = False, reply: bool = False) -> None:
        self.build = Build(given, wide=wide, reply=reply)
        self.edges = list(edges(self.build))

    def reasons(self) -> set[str]:
        return {e.reason for e in self.edges if e.reason}

    def sent(self, before: str, *, to: str, source: str = CLIENT, service: IntervalSet = HTTPS) -> "Sent":
        """What leaves the balancers when a packet is at a place."""
        ends = addresses([source]), addresses([to])
        todo = [(before, box(origin=NOTHING_YET, source=ends[0], destination=ends[1], service=service, port=PORT))]
        graph, seen = Graph(self.edges), list[tuple[str, Box]]()
        while todo:
            location, headers = todo.pop()
            if (location, headers) not in seen:
                seen.append((location, headers))
                todo += [(e.after, made) for e in graph.after.get(location, ()) for made in image(e, headers)]
        found = [s for s in seen[1:] if not s[0].startswith("arn:")]
        return Sent(found)


NOTHING_YET = addresses(["0.0.0.0"])  # the number of no VPC
PORT = addresses(["0.0.156.64"])  # 40000


@dataclass(frozen=True)
class Sent:
    """Places outside the balancers, and the headers that get there."""

    found: list[tuple[str, Box]]

    @property
    def places(self) -> set[str]:
        return {place for place, _ in self.found}

    def to(self, destination: str, protocol: int, port: int) -> set[str]:
        """The places with a packet to a destination and port."""
        ends, service = addresses([destination]), services(protocol, port, port)
        wanted = box(destination=ends, service=service)
        return {p for p, b in self.found if meet(b, wanted) is not None}

    def holds(self, place: str, **values: IntervalSet) -> bool:
        """Whether all that gets to a place is inside."""
        got = [b for p, b in self.found if p == place]
        return bool(got) and not any(left_over(b, [box(**values)]) for b in got)


A_IN, A_OUT = "eni-a/in", "eni-a/out"


# Application and classic balancers: packets of their own.


def test_an_application_balancer_sends_packets_of_its_own_to_the_port_of_the_targets() -> None:
    side = Side(export(balancer(), target_group("i-1", ("i-2", 8080))))
    sent = side.sent(A_IN, to=NODE)
    assert sent.to(ONE, TCP, 80) == sent.to(TWO, TCP, 8080) == {A_OUT}
    assert not sent.to(ONE, TCP, 8080)
    assert not sent.to(ONE, TCP, 443)
    vpc = side.build.origin("vpc-1")
    assert sent.holds(A_OUT, source=addresses([NODE]), origin=vpc, port=ALL_PORTS)
    assert side.reasons() == set()


def test_the_targets_of_one_group_at_one_port_share_an_edge() -> None:
    side = Side(export(balancer(), target_group("i-1", "i-2")))
    assert [e.after for e in side.edges if e.before == f"{LB}@eni-a"] == [A_OUT]


@pytest.mark.parametrize(
    ("to", "service"), [(NODE, services(TCP, 80, 80)), (NODE, services(UDP, 443, 443)), (ONE, HTTPS)]
)
def test_what_no_listener_accepts_stops(to: str, service: IntervalSet) -> None:
    assert Side(export(balancer(), target_group("i-1")), wide=True).sent(A_IN, to=to, service=service).places == set()


def test_a_listener_forwards_to_the_groups_of_its_own_rules_only() -> None:
    other = target_group("i-2", arn="arn:other", port=81)
    two = (Listener("l", HTTPS, (TG,)), Listener("m", services(TCP, 80, 80), ("arn:other", TG)))
    side = Side(export(balancer(listeners=two), target_group("i-1"), other))
    assert not side.sent(A_IN, to=NODE).to(TWO, TCP, 81)
    assert side.sent(A_IN, to=NODE).to(ONE, TCP, 80)
    sent = side.sent(A_IN, to=NODE, service=services(TCP, 80, 80))
    assert sent.to(ONE, TCP, 80)
    assert sent.to(TWO, TCP, 81)


def test_a_listener_that_answers_itself_sends_nothing() -> None:
    assert Side(export(balancer(listeners=(Listener("l", HTTPS, ()),))), wide=True).sent(A_IN, to=NODE).places == set()


def test_a_classic_balancer_forwards_to_all_of_its_instances() -> None:
    given = balancer("classic", listeners=None, forwards=((HTTPS, 8443),), instances=("i-1", "i-2"))
    sent = Side(export(given)).sent(A_IN, to=NODE)
    assert sent.to(ONE, TCP, 8443)
    assert sent.to(TWO, TCP, 8443)
    assert sent.holds(A_OUT, source=addresses([NODE]))


def test_the_edges_name_the_listeners() -> None:
    side = Side(
        export(balancer("network", listeners=(Listener("l", DNS, ()), Listener("m", services(TCP, 80, 89), ()))))
    )
    (edge,) = [e for e in side.edges if e.before == A_IN]
    assert edge.filters[0].name == "listeners of load balancer front"
    assert [label for label, _ in edge.filters[0].rules] == ["listener tcp 53, udp 53", "listener tcp 80-89"]


def test_a_gateway_load_balancer_has_no_edges() -> None:
    for reply in (False, True):
        assert Side(export(balancer("gateway"), target_group("i-1")), wide=True, reply=reply).edges == []


# Network balancers.


def network(keeps: bool | None, *targets: str, kind: str = "instance", **members: object) -> Export:
    group = target_group(*(targets or ("i-1",)), kind=kind, keeps_client=keeps)
    return export(balancer("network", **members), group)


def test_a_network_balancer_keeps_the_client_and_its_port() -> None:
    side = Side(network(True))
    sent = side.sent(A_IN, to=NODE)
    assert sent.to(ONE, TCP, 80) == sent.places == {"subnet-a/out"}
    assert sent.holds("subnet-a/out", source=addresses([CLIENT]), port=PORT, origin=side.build.origin(LB))


def test_a_packet_of_a_kept_client_passes_rules_that_refer_to_the_groups_of_the_balancer() -> None:
    side = Side(network(True))
    ((_, headers),) = side.sent(A_IN, to=NODE).found
    rules = side.build.groups_filter(["sg-app"], ingress=True).rules
    assert any(not left_over(headers, [rule]) for _, rule in rules)


def test_a_network_balancer_without_client_addresses_sends_its_own() -> None:
    sent = Side(network(False)).sent(A_IN, to=NODE)
    assert sent.places == {A_OUT}
    assert sent.holds(A_OUT, source=addresses([NODE]), origin=Side(network(False)).build.origin("vpc-1"))


def test_whether_the_client_stays_may_be_unknown() -> None:
    assert Side(network(None)).sent(A_IN, to=NODE).places == set()
    wide = Side(network(None), wide=True)
    assert wide.sent(A_IN, to=NODE).places == {A_OUT, "subnet-a/out"}
    assert wide.reasons() == {"whether load balancer front keeps the addresses of clients is not known"}


def test_the_groups_of_a_network_balancer_filter_what_it_sends() -> None:
    group = target_group(("i-1", 81), keeps_client=True)
    assert Side(export(balancer("network"), group)).sent(A_IN, to=NODE).places == set()
    without = export(balancer("network", groups=()), group, node_groups=())
    assert Side(without).sent("eni-a/in", to=NODE).to(ONE, TCP, 81) == {"subnet-a/out"}


def test_each_protocol_stays_what_it_is() -> None:
    both = target_group("i-1", keeps_client=True, protocols=(TCP, UDP), port=80)
    given = export(balancer("network", listeners=(Listener("l", DNS, (TG,)),), groups=()), both, node_groups=())
    side = Side(given)
    for protocol in (TCP, UDP):
        sent = side.sent("eni-a/in", to=NODE, service=services(protocol, 53, 53))
        assert sent.to(ONE, protocol, 80)
        assert not sent.to(ONE, TCP + UDP - protocol, 80)


def test_a_group_of_another_protocol_gets_nothing() -> None:
    given = export(balancer("network"), target_group("i-1", protocols=(UDP,)))
    assert Side(given, wide=True).sent(A_IN, to=NODE).places == set()


def test_a_client_of_the_other_family_is_not_kept() -> None:
    # A node with both families, and a target with IPv4 only: IPv6 clients are translated.
    given = network(True)
    both = addresses([NODE, "2001:db8:0:1::10"])
    given.interfaces["eni-a"] = replace(given.interfaces["eni-a"], addresses=both)
    sent = Side(given).sent(A_IN, to="2001:db8:0:1::10", source="2a00::1")
    assert sent.places == {A_OUT}
    assert sent.holds(A_OUT, source=addresses([NODE]), destination=addresses([ONE]))
    assert Side(given).sent(A_IN, to=NODE).places == {"subnet-a/out"}
    assert Side(network(True)).sent(A_IN, to=NODE, source="2a00::1").places == set()


# Targets.


def v6_host(*texts: str, **members: object) -> Export:
    given = export(balancer(), target_group("i-1", is_ipv6=True))
    for name in ("eni-a", "eni-b"):
        node = given.interfaces[name]
        given.interfaces[name] = replace(node, addresses=join(node.addresses, addresses(["2001:db8:0:1::10"])))
    host = given.interfaces["eni-i-1"]
    given.interfaces["eni-i-1"] = replace(host, addresses=join(host.addresses, addresses(texts)), **members)  # type: ignore[arg-type]
    return given


def test_targets_of_an_ipv6_group_are_reached_at_their_ipv6_address() -> None:
    sent = Side(v6_host("2001:db8:0:1::20")).sent(A_IN, to=NODE)
    assert sent.to("2001:db8:0:1::20", TCP, 80) == {A_OUT}
    assert not sent.to(ONE, TCP, 80)
    assert sent.holds(A_OUT, source=addresses(["2001:db8:0:1::10"]))


def test_which_of_several_ipv6_addresses_is_the_primary_one_is_not_known() -> None:
    given = v6_host("2001:db8:0:1::20", "2001:db8:0:1::30")
    assert Side(given).sent(A_IN, to=NODE).places == set()
    sent = Side(given, wide=True).sent(A_IN, to=NODE)
    assert sent.to("2001:db8:0:1::20", TCP, 80)
    assert sent.to("2001:db8:0:1::30", TCP, 80)


@pytest.mark.parametrize(
    "given",
    [
        export(balancer(), target_group("i-9")),  # no such instance
        export(balancer(), target_group("i-1", vpc="vpc-2")),  # not in this VPC
        export(balancer(), target_group("i-1", is_ipv6=True)),  # has no IPv6 address
        export(balancer(), target_group("host.example", kind="ip")),
        export(balancer(), target_group("arn:none", kind="alb")),
        export(balancer(), target_group(targets=None)),
        export(balancer()),  # no such target group
        export(balancer(listeners=(Listener("l", HTTPS, None),))),
    ],
    ids=["instance", "other VPC", "family", "address", "load balancer", "targets", "target group", "rules"],
)
def test_a_target_that_is_not_known_may_be_anything_on_the_wide_side(given: Export) -> None:
    assert Side(given).sent(A_IN, to=NODE).places == set()
    wide = Side(given, wide=True)
    sent = wide.sent(A_IN, to=NODE)
    assert sent.to("203.0.113.5", TCP, 80) == {A_OUT}
    assert wide.reasons()
    assert all("not known" in r or "not in the export" in r for r in wide.reasons())


def test_the_listeners_may_be_unknown() -> None:
    given = export(balancer("network", listeners=None), node_groups=())
    narrow, wide = Side(given), Side(given, wide=True)
    assert narrow.sent("eni-a/in", to=NODE).places == set()
    sent = wide.sent("eni-a/in", to=NODE, service=services(UDP, 9, 9))
    assert sent.to("203.0.113.5", UDP, 7) == {"eni-a/out", "subnet-a/out"}
    assert "the listeners of load balancer front are not known" in wide.reasons()


def test_only_the_first_interface_of_an_instance_is_a_target() -> None:
    second = interface("eni-2nd", "subnet-a", "10.0.1.30", instance="i-1", is_primary=False)
    side = Side(export(balancer(), target_group("i-1"), second), wide=True)
    sent = side.sent(A_IN, to=NODE)
    assert sent.to(ONE, TCP, 80)
    assert not sent.to("10.0.1.30", TCP, 80)
    assert side.reasons() == set()


def test_which_interface_is_the_first_may_be_unknown() -> None:
    second = interface("eni-2nd", "subnet-a", "10.0.1.30", instance="i-1", is_primary=False)
    given = export(balancer(), target_group("i-1"), second)
    given.interfaces["eni-i-1"] = replace(given.interfaces["eni-i-1"], is_primary=False)
    assert Side(given).sent(A_IN, to=NODE).places == set()
    sent = Side(given, wide=True).sent(A_IN, to=NODE)
    assert sent.to(ONE, TCP, 80)
    assert sent.to("10.0.1.30", TCP, 80)


def test_an_instance_without_an_ipv4_address_is_no_certain_target() -> None:
    given = export(balancer(), target_group("i-1"))
    given.interfaces["eni-i-1"] = replace(given.interfaces["eni-i-1"], primary=None)
    assert Side(given).sent(A_IN, to=NODE).places == set()


def test_a_function_gets_no_packet() -> None:
    given = export(balancer(), target_group("arn:aws:lambda:::f", kind="lambda"))
    assert Side(given, wide=True).sent(A_IN, to=NODE).places == set()


def test_the_targets_may_be_the_nodes_of_another_balancer() -> None:
    inner = balancer(
        arn="arn:inner", name="inner", interfaces=("eni-x",), subnets=("subnet-a", "subnet-b"), listeners=()
    )
    group = target_group("arn:inner", kind="alb", keeps_client=True, port=80)
    given = export(balancer("network"), inner, group, interface("eni-x", "subnet-a", "10.0.1.40", groups=("sg-x",)))
    assert Side(given).sent(A_IN, to=NODE).to("10.0.1.40", TCP, 80) == {"subnet-a/out"}
    assert not Side(given).sent(A_IN, to=NODE).to("10.0.2.99", TCP, 80)
    assert Side(given, wide=True).sent(A_IN, to=NODE).to("10.0.2.99", TCP, 80) == {"subnet-a/out"}


# Zones.


@pytest.mark.parametrize(
    ("kind", "balancer_crosses", "group_zones", "narrow", "wide"),
    [
        ("application", None, "use_load_balancer_configuration", True, True),
        ("application", None, "false", False, False),
        ("application", None, "", False, True),
        ("network", True, "use_load_balancer_configuration", True, True),
        ("network", False, "use_load_balancer_configuration", False, False),
        ("network", None, "use_load_balancer_configuration", False, True),
        ("network", False, "true", True, True),
        ("network", True, "false", False, False),
    ],
)
def test_targets_in_another_zone_are_reached_across_zones_only(
    kind: str, balancer_crosses: bool | None, group_zones: str, narrow: bool, wide: bool
) -> None:
    group = target_group("i-1", "i-2", zones=group_zones)
    given = export(balancer(kind, crosses_zones=balancer_crosses), group)
    for side, expected in ((False, narrow), (True, wide)):
        sent = Side(given, wide=side).sent(A_IN, to=NODE)
        assert sent.to(ONE, TCP, 80) == {A_OUT}
        assert bool(sent.to(TWO, TCP, 80)) is expected


def test_a_target_in_a_zone_that_the_balancer_is_not_in_is_not_certain() -> None:
    given = export(balancer(), target_group("i-3"))
    assert Side(given).sent(A_IN, to=NODE).places == set()
    wide = Side(given, wide=True)
    assert wide.sent(A_IN, to=NODE).to("10.0.3.20", TCP, 80)
    assert wide.reasons() == {"load balancer front is not in zone c, where a target is"}


def test_an_address_outside_the_vpc_is_reached_from_every_zone() -> None:
    group = target_group(FAR, "10.0.2.77", kind="ip", zones="false")
    sent = Side(export(balancer(), group)).sent(A_IN, to=NODE)
    assert sent.to(FAR, TCP, 80)
    assert not sent.to("10.0.2.77", TCP, 80)


# Interfaces that are not in the export.

HIDDEN = f"{LB}@subnet-b"


@pytest.mark.parametrize("kind", ["application", "network"])
def test_a_node_that_is_not_in_the_export_may_have_any_address_of_its_subnet(kind: str) -> None:
    group = target_group("i-2", keeps_client=True)
    given = export(
        balancer(kind, interfaces=("eni-a", "eni-gone"), subnets=("subnet-a", "subnet-b", "subnet-x")), group
    )
    assert not any(HIDDEN in (e.before, e.after) for e in Side(given).edges)
    wide = Side(given, wide=True)
    assert wide.reasons() == {"the interfaces of load balancer front are not in the export"}
    for before in ("subnet-b/in", "subnet-b/out"):
        sent = wide.sent(before, to="10.0.2.99")
        assert sent.to(TWO, TCP, 80) >= {"subnet-b/out"}
        assert sent.holds("subnet-b/out", origin=wide.build.origin(LB))
    assert wide.sent("subnet-b/in", to=NODE).places == set()
    assert wide.sent("internet", to="203.0.113.7").places == set()


def test_a_node_that_is_not_in_the_export_may_have_any_public_address() -> None:
    given = export(balancer(interfaces=(), is_internet_facing=True, groups=()), target_group("i-2"))
    wide = Side(given, wide=True)
    assert wide.sent("internet", to="203.0.113.7").to(TWO, TCP, 80) == {"subnet-a/out", "subnet-b/out"}
    assert wide.sent("internet", to="10.0.2.99").places == set()


def test_an_interface_in_a_subnet_that_is_not_in_the_export_is_no_node() -> None:
    given = export(balancer(), target_group("i-1"))
    given.interfaces["eni-b"] = replace(given.interfaces["eni-b"], subnet="subnet-x")
    assert {e.before for e in Side(given).edges} == {A_IN, f"{LB}@eni-a", f"{LB}@eni-a/out"}


# Replies.


def test_a_balancer_replies_to_its_clients_when_a_target_replies_to_it() -> None:
    reply = services(TCP, 40000, 40000)
    for wide in (False, True):
        side = Side(export(balancer(), target_group("i-1")), wide=wide, reply=True)
        sent = side.sent(A_IN, to=NODE, source=ONE, service=reply)
        assert sent.to(CLIENT, TCP, 55555) == {A_OUT}
        assert sent.holds(A_OUT, source=addresses([NODE]), destination=V4, origin=side.build.origin("vpc-1"))
        assert side.sent(A_IN, to=ONE, source=ONE, service=reply).places == set()
        assert side.reasons() == set()


def test_a_target_that_saw_the_client_replies_through_the_balancer() -> None:
    given = network(True, "i-1")
    assert Side(given, reply=True).sent("subnet-a/route", to=CLIENT, source=ONE).places == set()  # that of the node too
    everything = (AclRule(100, True, EVERYTHING, EVERYTHING),)
    given.acls["acl-1"] = NetworkAcl("acl-1", HERE, "vpc-1", True, (), everything, everything)
    narrow = Side(given, reply=True)
    assert narrow.sent("subnet-a/out", to=CLIENT, source=ONE).places == set()  # its network ACL may hold it back
    assert narrow.sent("subnet-a/route", to=CLIENT, source=ONE).to(CLIENT, TCP, 443) == {A_OUT, "eni-b/out"}
    unknown = export(balancer("network"), target_group(targets=None, keeps_client=True))
    assert Side(unknown, reply=True).sent("subnet-a/route", to=CLIENT, source=ONE).places == set()
    assert Side(unknown, wide=True, reply=True).sent("subnet-a/out", to=CLIENT, source=ONE).places
    wide = Side(given, wide=True, reply=True)
    sent = wide.sent("subnet-a/out", to=CLIENT, source=ONE)
    assert sent.to(CLIENT, TCP, 443) == {A_OUT, "eni-b/out"}
    assert sent.holds(A_OUT, source=addresses([NODE]))
    assert wide.sent("subnet-a/out", to=CLIENT, source=FAR).places == set()
    assert wide.sent("subnet-b/out", to=CLIENT, source=TWO).places == set()
    elsewhere = replace(given.subnets["subnet-a"], place=Place("1", "eu-west-2", "x"))
    given.subnets["subnet-a"] = elsewhere
    assert Side(given, wide=True, reply=True).sent("subnet-a/out", to=CLIENT, source=ONE).places == set()


def test_a_node_that_is_not_in_the_export_replies_from_any_address_of_its_subnet_or_any_public_one() -> None:
    given = export(balancer(interfaces=(), is_internet_facing=True), target_group("i-2"))
    assert Side(given, reply=True).edges == []
    sent = Side(given, wide=True, reply=True).sent("subnet-b/in", to="10.0.2.99", source=TWO)
    assert sent.to(CLIENT, TCP, 55555) == {"subnet-b/out", "internet"}
    internal = export(balancer(interfaces=()), target_group("i-2"))
    sent = Side(internal, wide=True, reply=True).sent("subnet-b/in", to="10.0.2.99", source=TWO)
    assert sent.to(CLIENT, TCP, 55555) == {"subnet-b/out"}


# The whole graph of a snapshot.


def front(kind: str, *, ingress: str = "sg-lb", target_zone: str = "a", **members: object) -> tuple[Network, str]:
    """A balancer in a public subnet before an instance in a private one; the network, and the instance's interface."""
    world = World()
    vpc = world.vpc("10.0.0.0/16")
    igw = world.igw(vpc)
    public, private = world.subnet(vpc, zone="a"), world.subnet(vpc, zone=target_zone)
    world.table(vpc, [route("0.0.0.0/0", igw)], [public])
    own = world.group(vpc, [rule("tcp", 80, "0.0.0.0/0")], id="sg-lb")
    app = world.group(vpc, [rule("tcp", 8080, ingress)])
    target = world.interface(private, groups=[app])
    host = world.instance(target)
    if kind == "classic":
        world.classic([public], [(80, "HTTP", 8080, "HTTP")], [host], groups=[own], public=["203.0.114.7"])
    else:
        spoken = "HTTP" if kind == "application" else "TCP"
        group = world.target_group(vpc, host, protocol=spoken, port=8080)
        made = [listener(80, spoken, group)]
        world.balancer([public], made, kind=kind, groups=[own], public=["203.0.114.7"], **members)  # type: ignore[arg-type]
    return world.inventory().network, target


def travels(
    network: Network, start: str, *, wide: bool, reply: bool = False, **values: IntervalSet
) -> dict[str, list[Box]]:
    """The headers at each location that get there from a start."""
    graph = network.graph(wide=wide, reply=reply)
    found: dict[str, list[Box]] = {}
    todo = [(start, box(**values))]
    while todo:
        location, headers = todo.pop()
        if left_over(headers, found.setdefault(location, [])):
            found[location].append(headers)
            todo += [(e.after, made) for e in graph.after.get(location, ()) for made in image(e, headers)]
    return found


def from_internet(network: Network, target: str, port: int, *, wide: bool) -> bool:
    found = travels(
        network,
        "internet",
        wide=wide,
        origin=integers([(0, 0)]),
        source=addresses([CLIENT]),
        destination=addresses(["203.0.114.7"]),
        service=services(TCP, port, port),
        port=PORT,
    )
    return bool(found.get(f"{network.class_of(target)}/in"))


@pytest.mark.parametrize("kind", ["network", "application", "classic"])
def test_the_internet_reaches_a_private_instance_by_the_listener_of_a_balancer(kind: str) -> None:
    network, target = front(kind)
    for wide in (False, True):
        assert from_internet(network, target, 80, wide=wide)
        assert not from_internet(network, target, 8080, wide=wide)


@pytest.mark.parametrize(("kind", "arrives"), [("network", True), ("application", False), ("classic", False)])
def test_only_a_network_balancer_shows_the_client_to_the_rules_of_the_target(kind: str, arrives: bool) -> None:
    network, target = front(kind, ingress=f"{CLIENT}/32")
    for wide in (False, True):
        assert from_internet(network, target, 80, wide=wide) is arrives


@pytest.mark.parametrize(
    ("kind", "sides"), [("network", (False, False)), ("application", (False, True)), ("classic", (False, True))]
)
def test_an_instance_in_a_zone_without_a_node_is_not_certainly_reached(kind: str, sides: tuple[bool, bool]) -> None:
    network, target = front(kind, target_zone="b")
    assert tuple(from_internet(network, target, 80, wide=wide) for wide in (False, True)) == sides


@pytest.mark.parametrize(("kind", "sides"), [("network", (True, True)), ("application", (True, True))])
def test_the_reply_of_the_target_gets_back_to_the_client(kind: str, sides: tuple[bool, bool]) -> None:
    network, target = front(kind)
    one = network.export.interfaces[target]
    nodes = [i for i in network.export.interfaces.values() if i.id.startswith("eni-lb")]
    to = addresses([CLIENT]) if kind == "network" else nodes[0].addresses
    for wide, expected in zip((False, True), sides, strict=True):
        found = travels(
            network,
            f"{network.class_of(target)}/out",
            wide=wide,
            reply=True,
            origin=network.build(wide=wide).origin(one.vpc),
            source=one.addresses,
            destination=to,
            service=services(TCP, 40000, 40000),
            port=integers([(8080, 8080)]),
        )
        wanted = box(source=addresses(["203.0.114.7"]), destination=addresses([CLIENT]))
        got = [b for b in found.get("internet", []) if meet(b, wanted) is not None]
        assert bool(got) is expected
