"""Where packets stop: the filters nearest to the goal, rule by rule, on small graphs and on networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from auditctl.findings.flows import MAX_STOPS
from auditctl.findings.stops import stopped
from auditctl.search.flows import reachable
from auditctl.trace import Question
from auditctl.trace.run import Tracer
from checkers.cloud.network.header import ANY, DESTINATION, SOURCE, box
from checkers.kernel.flow import Edge, Filter, Graph, Rewrite, Slice
from checkers.kernel.intervals import integers
from network.world import World, entry, listener, route, rule, tgw_route

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checkers.kernel.flow import Box
    from checkers.kernel.intervals import IntervalSet


def only(*values: int) -> IntervalSet:
    return integers((v, v) for v in values)


def letting(name: str, *boxes: Box) -> Filter:
    return Filter(name, tuple((f"rule {i}", b) for i, b in enumerate(boxes)))


def names(edges: Sequence[Edge], source: Box = ANY, goal: Box = ANY) -> list[str]:
    """The filters that stop packets from `a` to `z`, and what translations say."""
    graph, sources, goals = Graph(edges), [("a", source)], [("z", goal)]
    boxes = reachable(graph, sources, Slice(graph, goals))
    return [one.filter.name if one.filter else one.why for one in stopped(graph, goals, boxes)]


CLOSED, OTHER = letting("security group sg-1 inbound"), letting("network ACL acl-1 inbound", box(destination=only(9)))
KEEP = (None,) * 5
GRAPHS: dict[str, tuple[list[Edge], Box, Box, list[str]]] = {
    "the first filter behind which nothing is left": (
        [Edge("a", "z", (letting("other", ANY), CLOSED, OTHER))],
        ANY,
        ANY,
        ["security group sg-1 inbound"],
    ),
    "the filters nearest to where packets get to": (
        [Edge("a", "b"), Edge("b", "c", (CLOSED,)), Edge("c", "z", (OTHER,))],
        ANY,
        ANY,
        ["security group sg-1 inbound"],
    ),
    "a filter on each way": (
        [Edge("a", "z", (CLOSED,)), Edge("a", "b"), Edge("b", "z", (OTHER,))],
        ANY,
        box(destination=only(1)),
        ["security group sg-1 inbound", "network ACL acl-1 inbound"],
    ),
    "not a filter that stops what is for others": (
        [Edge("a", "b", (OTHER,)), Edge("a", "c"), Edge("c", "z", (CLOSED,))],
        box(destination=only(1)),
        box(destination=only(1)),
        ["security group sg-1 inbound"],
    ),
    "a filter that only says where packets go, where nothing else stops them": (
        [Edge("a", "z", (letting("addresses of subnet-1"),))],
        ANY,
        ANY,
        ["addresses of subnet-1"],
    ),
    "a filter before a translation": (
        [Edge("a", "b", (CLOSED,), Rewrite(KEEP, DESTINATION, {1: 2})), Edge("b", "z")],
        box(destination=only(1)),
        box(destination=only(2)),
        ["security group sg-1 inbound"],
    ),
    "a sender without a translation": (
        [Edge("a", "z", (), Rewrite(KEEP, SOURCE, {1: 2}))],
        box(source=only(3)),
        ANY,
        ["0.0.0.3 has no public address"],
    ),
    "not a translation that sets another value": (
        [Edge("a", "z", (CLOSED,), Rewrite((None, None, only(5), None, None)))],
        ANY,
        box(destination=only(6)),
        [],
    ),
    "nothing where no way leads": ([Edge("a", "b")], ANY, ANY, []),
    "a loop": (
        [Edge("a", "b", (CLOSED,)), Edge("b", "c"), Edge("c", "b"), Edge("c", "z")],
        ANY,
        ANY,
        ["security group sg-1 inbound"],
    ),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_what_stops_is(name: str) -> None:
    edges, source, goal, expected = GRAPHS[name]
    assert names(edges, source, goal) == expected


def said(world: World, source: str, target: str, *, port: str = "443") -> str:
    answer = Tracer(world.inventory()).answer(Question(source=source, target=target, protocol="tcp", port=port))
    assert answer.verdict is not None
    assert answer.verdict.value == "stopped"
    return answer.words.partition(" ends at ")[2] or answer.words


def two_subnets() -> tuple[World, str]:
    """Two subnets of a VPC with an open interface in each."""
    world = World()
    vpc = world.vpc("10.0.0.0/16")
    group = world.open_group(vpc)
    for _ in range(2):
        world.interface(world.subnet(vpc), groups=[group])
    return world, vpc


def test_the_rule_of_an_acl_is_the_first_that_denies() -> None:
    world, vpc = two_subnets()
    denies = [entry(80, "10.0.9.0/24", "deny"), entry(90, "10.0.0.0/24", "deny"), entry(95, "10.0.0.0/16", "deny")]
    world.acl(vpc, [*denies, entry(100), entry(100, egress=True)], ["subnet-2"])
    assert said(world, "eni-1", "eni-2") == "network ACL acl-2 inbound rule 90"


def test_an_acl_that_admits_nothing_has_no_rule_to_name() -> None:
    world, vpc = two_subnets()
    world.acl(vpc, [entry(100)], ["subnet-1"])
    assert said(world, "eni-1", "eni-2") == "network ACL acl-2 outbound (no rule admits it)"


def test_a_way_out_needs_a_public_address() -> None:
    world, vpc = two_subnets()
    gateway = world.igw(vpc)
    world.interface("subnet-1", groups=["sg-1"], public="52.95.0.9")
    world.table(vpc, [route("0.0.0.0/0", gateway)], ["subnet-1", "subnet-2"])
    assert said(world, "eni-1", "internet") == "internet gateway igw-1 (10.0.0.10 has no public address)"


def test_a_transit_gateway_may_have_a_blackhole() -> None:
    world = World()
    hub = world.tgw()
    attachments = []
    for cidr in ("10.0.0.0/16", "10.1.0.0/16"):
        vpc = world.vpc(cidr)
        world.interface(world.subnet(vpc), groups=[world.open_group(vpc)])
        attachments.append(world.attachment(hub, vpc, [f"subnet-{len(attachments) + 1}"]))
        world.table(vpc, [route("10.0.0.0/8", hub)], main=True)
    routes = [tgw_route("10.0.0.0/8", attachments[1]), tgw_route("10.1.0.0/24")]
    world.tgw_table(hub, routes, attachments)
    assert said(world, "eni-1", "eni-2").startswith("route table tgw-rtb-1 (10.1.0.0/24 is a blackhole)")


def test_a_listener_that_is_not_there_stops_packets() -> None:
    world, vpc = two_subnets()
    targets = world.target_group(vpc, world.address("eni-2"), kind="ip", port=443)
    world.balancer(["subnet-1"], [listener(443, "TCP", targets)], groups=["sg-1"], name="front")
    closed = world.group(vpc, [rule("tcp", 443, "10.0.0.0/24")])
    world.row("eni-2")["Groups"] = [{"GroupId": closed, "GroupName": closed}]
    assert said(world, "eni-1", "eni-2", port="80").startswith(f"security group {closed} (no inbound rule admits it)")


def test_many_stops_are_counted() -> None:
    world, vpc = two_subnets()
    for _ in range(MAX_STOPS + 2):
        world.interface("subnet-2", groups=[world.group(vpc)], tags={"Name": "many"})
    assert said(world, "eni-1", "many").endswith(", or at one of 2 more filters")


def test_rules_of_one_filter_are_named_together() -> None:
    world, vpc = two_subnets()
    world.interface("subnet-1", "10.0.0.200", groups=["sg-1"])
    denies = [entry(80, "10.0.0.128/25", "deny"), entry(90, "10.0.0.0/24", "deny")]
    world.acl(vpc, [*denies, entry(100), entry(100, egress=True)], ["subnet-2"])
    answer = Tracer(world.inventory()).answer(Question(source="subnet-1", target="eni-2", protocol="tcp", port="443"))
    assert answer.words.endswith("ends at network ACL acl-2 inbound rule 80 and 1 more of its rules")
