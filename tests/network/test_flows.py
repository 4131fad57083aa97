"""Claims about flows: their questions, and what the checker makes of certificates."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise, starmap
from typing import TYPE_CHECKING, Any

import pytest

from checkers.audit import ledger_of
from checkers.cloud.claims import check_claim
from checkers.cloud.network import flows
from checkers.cloud.network.flows import FlowQuestion, answering, ending, reversed_header, starting, walk_packet
from checkers.cloud.network.header import ANY, PORT, SERVICE, Packet, box, services
from checkers.cloud.network.network import WELL_FORMED
from checkers.kernel.flow import Edge, Graph, has
from checkers.kernel.intervals import EVERYTHING, NOTHING, integers
from checkers.verdict import Declined, Rejected
from cloud.setting import inventory_of
from network.estate import control_of
from network.flow_worlds import (
    ACROSS,
    ANYONE,
    BALANCER,
    FROM_INTERNET,
    HOLDS,
    INCONCLUSIVE,
    NOTHING_IN,
    SSH,
    TO_INTERNET,
    VIOLATED,
    appliance,
    balanced,
    claim_of,
    decided,
    egress_only,
    entries,
    firewalled,
    natted,
    outcome,
    peered,
    private_gateway,
    service,
    transit,
    web,
    written,
)
from network.world import OTHER, OWN, REGION, World, listener, route, rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from checkers.cloud.claims import Claim
    from checkers.cloud.inventory import Inventory

Json = Any


# Outcomes.


@pytest.mark.parametrize(
    ("form", "port", "expected", "rule_name"),
    [
        ("forbid", "22", VIOLATED, "packet/1"),
        ("forbid", "23", HOLDS, "flow/1"),
        ("require", "22", HOLDS, "packet/1"),
        ("require", "23", VIOLATED, "flow/1"),
    ],
)
def test_a_closed_set_or_a_packet_proves_what_the_form_says(
    form: str, port: str, expected: object, rule_name: str
) -> None:
    result = decided(web().inventory(), {**FROM_INTERNET, "protocol": ["tcp"], "port": [port]}, form=form)
    assert result.outcome is expected
    certificate = written(result)
    assert certificate["rule"] == rule_name
    assert ("reply" in certificate) is ((form, rule_name) == ("require", "packet/1"))


def test_a_packet_is_told_location_by_location() -> None:
    hops = written(decided(web().inventory(), {**FROM_INTERNET, **SSH}))["hops"]
    assert [location for location, _ in hops] == [
        "internet",
        "igw-1/in",
        "vpc-1/local",
        "subnet-1/in",
        "subnet-1+sg-1/in",
    ]
    assert [packet[1] for _, packet in hops] == ["203.0.113.5", *["10.0.1.10"] * 4]
    assert {tuple(packet[2:4]) for _, packet in hops} == {(6, 22)}


def test_a_claim_is_about_its_target() -> None:
    inventory = web().inventory()
    flow = {"from": ["internet"], "protocol": ["tcp"]}
    assert outcome(inventory, flow, kind="interface", at="eni-1") is VIOLATED
    assert outcome(inventory, flow, kind="interface", at="eni-2") is HOLDS


def test_what_an_interface_sends_to_itself_does_not_leave_it() -> None:
    world = web(ingress=ANYONE)
    assert outcome(world, {"from": ["target"], "to": ["target"]}, kind="interface", at="eni-1") is HOLDS
    assert outcome(world, {"from": ["snapshot"], "to": ["target"]}, kind="interface", at="eni-1") is VIOLATED
    assert outcome(world, {"from": ["target"], "to": ["snapshot"]}, kind="interface", at="eni-2") is VIOLATED
    assert outcome(world, {"from": ["target"], "to": ["snapshot"]}, kind="interface", at="eni-1") is VIOLATED
    flow = {"from": ["target"], "to": ["snapshot"], **SSH}
    assert outcome(web(), flow, kind="interface", at="eni-1") is HOLDS, "it reaches itself alone"
    for other in ("internet", {"cidr": ["8.8.8.8"]}):
        assert outcome(world, {"from": ["target"], "to": ["target", other]}, kind="interface", at="eni-1") is VIOLATED
    world = service()
    flow = {"from": ["target"], "to": ["target", {"endpoint": ["vpce-1"]}]}
    assert outcome(world, flow, kind="interface", at="eni-1") is VIOLATED
    world = private_gateway()
    flow = {"from": ["target"], "to": ["target", "on-premises"]}
    assert outcome(world, flow, kind="interface", at="eni-1") is VIOLATED


def test_the_source_port_matters_to_nobody_but_the_reply() -> None:
    world = web()
    world.acl("vpc-1", [*NOTHING_IN, *[e for e in world.row("acl-1")["Entries"] if not e["Egress"]]], ["subnet-2"])
    inventory = world.inventory()
    flow = {**ACROSS, "protocol": ["tcp"], "port": ["5432"]}
    assert decided(inventory, flow).outcome is VIOLATED
    assert decided(inventory, {**ACROSS, "protocol": ["udp"]}).outcome is HOLDS


# Through gateways, and not through them.

NETWORK_BALANCER = {"from": ["internet"], "to": entries(interface="eni-1"), "protocol": ["tcp"], "port": ["8080"]}
PASSAGES: list[tuple[str, Callable[[], World], Json, set[str]]] = [
    ("igw", web, TO_INTERNET, {"igw-1", "internet-gateway"}),
    ("igw, inward", web, FROM_INTERNET, {"igw-1", "internet-gateway"}),
    ("nat", natted, TO_INTERNET, {"nat-1", "nat-gateway", "igw-1", "internet-gateway"}),
    ("eigw", egress_only, TO_INTERNET, {"eigw-1", "egress-only-gateway"}),
    ("pcx", peered, ACROSS, {"pcx-1", "peering"}),
    ("tgw", transit, ACROSS, {"tgw-1", "tgw-attach-1", "tgw-attach-2", "transit-gateway"}),
    ("vgw", private_gateway, {"from": ["on-premises"], "to": ["snapshot"]}, {"vgw-1", "vpn-gateway"}),
    ("vgw, outward", private_gateway, {"from": ["snapshot"], "to": ["on-premises"]}, {"vgw-1", "vpn-gateway"}),
    ("vpce", service, {"from": ["snapshot"], "to": entries(endpoint="vpce-1")}, {"vpce-1", "endpoint"}),
    ("balancer", balanced, NETWORK_BALANCER, {BALANCER, "load-balancer", "igw-1", "internet-gateway"}),
]
NAMES = {name for _, _, _, names in PASSAGES for name in names} | {"nat-2", "pcx-7"}


@pytest.mark.parametrize(("make", "flow", "passed"), [p[1:] for p in PASSAGES], ids=[p[0] for p in PASSAGES])
def test_what_a_flow_passes(make: Callable[[], World], flow: Json, passed: set[str]) -> None:
    inventory = make().inventory()
    assert outcome(inventory, flow) is VIOLATED
    for name in sorted(NAMES):
        assert outcome(inventory, {**flow, "through": [name]}) is (VIOLATED if name in passed else HOLDS), name
        assert outcome(inventory, {**flow, "not_through": [name]}) is (HOLDS if name in passed else VIOLATED), name
    other = min(NAMES - passed)
    assert outcome(inventory, {**flow, "through": [*passed, other]}) is VIOLATED
    assert outcome(inventory, {**flow, "not_through": [*passed, other]}) is HOLDS
    assert outcome(inventory, {**flow, "through": [min(passed)], "not_through": [max(passed)]}) is HOLDS


def test_what_may_pass_a_firewall_is_not_known_and_what_goes_around_it_is() -> None:
    inventory = firewalled().inventory()
    result = decided(inventory, TO_INTERNET)
    assert result.outcome is INCONCLUSIVE
    assert result.reasons == ("what the firewall behind vpce-1 lets through is not known",)
    for name in ("firewall", "vpce-1", "endpoint"):
        assert outcome(inventory, {**TO_INTERNET, "not_through": [name]}) is HOLDS
        assert outcome(inventory, {**TO_INTERNET, "through": [name]}) is INCONCLUSIVE
    assert outcome(inventory, {**TO_INTERNET, "through": ["nat-gateway"]}) is HOLDS


def test_a_flow_passes_an_appliance_when_it_leaves_it_again() -> None:
    inventory = appliance().inventory()
    for name in ("eni-2", "firewall"):
        assert outcome(inventory, {**TO_INTERNET, "through": [name]}) is INCONCLUSIVE
        assert outcome(inventory, {**TO_INTERNET, "not_through": [name]}) is HOLDS
        assert outcome(inventory, {**ACROSS, "not_through": [name]}) is VIOLATED, "it gets there"
    own = {"from": entries(interface="eni-2"), "to": ["internet"]}
    assert outcome(inventory, {**own, "not_through": ["eni-2"]}) is VIOLATED, "what it sends of its own"


def test_a_require_may_name_a_gateway() -> None:
    inventory = natted().inventory()
    assert outcome(inventory, {**TO_INTERNET, "through": ["nat-gateway"]}, form="require") is HOLDS
    assert outcome(inventory, {**TO_INTERNET, "not_through": ["nat-gateway"]}, form="require") is VIOLATED


def test_a_gateway_may_be_told_by_the_target() -> None:
    flow = {"from": ["snapshot"], "to": ["internet"], "not_through": ["${target.id}"]}
    assert outcome(appliance(), {**flow, "from": entries(interface="eni-1")}, kind="interface", at="eni-2") is HOLDS
    assert outcome(web(), flow, kind="interface", at="eni-1") is VIOLATED


# Replies.


@pytest.mark.parametrize(
    ("make", "flow"),
    [
        (web, {**FROM_INTERNET, **SSH}),
        (web, {**TO_INTERNET, **SSH}),
        (natted, {**TO_INTERNET, **SSH}),
        (natted, {**TO_INTERNET, "protocol": ["icmp"], "icmp": ["8"]}),
        (natted, {**TO_INTERNET, "protocol": ["udp"], "port": ["53"]}),
        (egress_only, {**TO_INTERNET, **SSH}),
        (egress_only, {**TO_INTERNET, "protocol": ["icmpv6"], "icmp": ["128"]}),
        (peered, {**ACROSS, **SSH}),
        (transit, {**ACROSS, **SSH}),
        (private_gateway, {"from": entries(cidr="192.168.0.0/16"), "to": ["snapshot"], **SSH}),
        (service, {"from": ["snapshot"], "to": entries(endpoint="vpce-1"), "protocol": ["tcp"], "port": ["443"]}),
        (balanced, NETWORK_BALANCER),
        (lambda: balanced("application"), NETWORK_BALANCER),
    ],
)
def test_a_reply_comes_back(make: Callable[[], World], flow: Json) -> None:
    inventory = make().inventory()
    result = decided(inventory, flow, form="require")
    assert result.outcome is HOLDS
    certificate = written(result)
    first, last = certificate["hops"][0], certificate["hops"][-1]
    start, home = certificate["reply"][0], certificate["reply"][-1]
    assert (start[0], home[0]) == (starting(last[0]), ending(first[0]))
    assert start[1][:2] == last[1][1::-1]
    assert home[1][:2] == first[1][1::-1]


def test_an_echo_is_answered_by_its_reply() -> None:
    flow = {**TO_INTERNET, "protocol": ["icmp"], "icmp": ["8/0"]}
    certificate = written(decided(natted().inventory(), flow, form="require"))
    assert {packet[2] for _, packet in certificate["hops"]} == {1}
    assert [packet[3] for _, packet in certificate["hops"]] == [8 << 8] * len(certificate["hops"])
    assert [packet[3] for _, packet in certificate["reply"]] == [0] * len(certificate["reply"])


def no_way_in(world: World) -> World:
    world.acl("vpc-1", NOTHING_IN, ["subnet-1"])
    return world


@pytest.mark.parametrize(
    ("world", "flow"),
    [
        pytest.param(lambda: no_way_in(web()), {**TO_INTERNET, **SSH}, id="the ACL lets no reply in"),
        pytest.param(lambda: no_way_in(peered()), {**ACROSS, **SSH}, id="of a peer either"),
        pytest.param(lambda: peered(back=False), {**ACROSS, **SSH}, id="no route back"),
    ],
)
def test_no_reply_alone_violates_a_require(world: Callable[[], World], flow: Json) -> None:
    inventory = world().inventory()
    assert outcome(inventory, flow) is VIOLATED, "packets arrive"
    result = decided(inventory, flow, form="require")
    assert result.outcome is VIOLATED
    certificate = written(result)
    assert set(certificate) == {"rule", "sets", "boxes", "reply"}
    claim = claim_of(inventory, flow, form="require")
    forward = {k: v for k, v in certificate.items() if k != "reply"}
    rejects(claim, forward, inventory, "the closed set has headers of the goal at ")
    forbidding = claim_of(inventory, flow)
    rejects(forbidding, certificate, inventory, "the closed set")


def test_the_reply_of_a_flow_that_gets_nowhere_is_not_asked_about() -> None:
    inventory = peered(back=False).inventory()
    flow = {**ACROSS, "protocol": ["tcp"], "port": ["23"]}
    assert "reply" not in written(decided(inventory, flow, form="require"))
    claim = claim_of(inventory, flow, form="require")
    extra = {**written(decided(inventory, flow, form="require")), "reply": "whatever"}
    assert check_claim(claim, extra, inventory)[0] is VIOLATED


def test_replies_that_come_back_are_no_refutation() -> None:
    """Everything everywhere is closed, and has the headers of the one who waits for the reply."""
    inventory = peered().inventory()
    claim = claim_of(inventory, {**ACROSS, **SSH}, form="require")
    question = flows.flow_question(claim, inventory, wide=True)
    assert question.replies is not None
    every = {"rule": "flow/1", "sets": [], "boxes": everywhere(question.graph)}
    rejects(claim, {**every, "reply": everywhere(question.replies)}, inventory, "headers that come back, at ")


def everywhere(graph: Graph) -> dict[str, Json]:
    return {location: [[-1] * 5] for location in {*graph.before, *graph.after}}


def two_ways() -> World:
    """A host (eni-1) with an IPv6 address, whose default route is igw-1; eigw-1 is attached as well."""
    world = World()
    vpc = world.vpc("10.0.0.0/16", v6=["2600:1f00:1::/56"])
    subnet = world.subnet(vpc, v6=["2600:1f00:1::/64"])
    world.interface(subnet, groups=[world.group(vpc)], v6=["2600:1f00:1::5"])
    world.eigw(vpc)
    world.table(vpc, [route("::/0", world.igw(vpc))], [subnet])
    return world


def test_a_reply_comes_back_only_through_gateways_that_know_of_the_packet() -> None:
    inventory = two_ways().inventory()
    claim = claim_of(inventory, {**TO_INTERNET, **SSH}, form="require")
    certificate = written(decided(inventory, {**TO_INTERNET, **SSH}, form="require"))
    assert [at for at, _ in certificate["reply"]][:2] == ["internet", "igw-1/in"]
    row = certificate["reply"][1]
    bent = [certificate["reply"][0], ["eigw-1/back", row[1]], *certificate["reply"][2:]]
    rejects(
        claim, {**certificate, "reply": bent}, inventory, "nothing lets the packet through from internet to eigw-1/back"
    )


@pytest.mark.parametrize(
    ("back", "passed", "knows"),
    [
        ("nat-1/back", "nat-1", True),
        ("nat-1/back", "nat-2", False),
        ("nat-1/back", "igw-1/out", False),
        ("eigw-1/back", "eigw-1", True),
        ("eigw-1", "eigw-1", True),
        ("eigw-1", "eigw-2", False),
        ("arn:lb/1", "arn:lb/1@eni-1", True),
        ("arn:lb/1", "arn:lb/2@eni-1", False),
        ("igw-1/in", "nat-1", True),
    ],
)
def test_who_must_know_of_the_packet(back: str, passed: str, knows: bool) -> None:
    forth, again = ["a/out", passed, "b/in"], ["b/out", back, "a/in"]
    question = FlowQuestion(
        graph=Graph(starmap(Edge, pairwise(forth))),
        sources=(("a/out", ANY),),
        goals=(("b/in", ANY),),
        replies=Graph(starmap(Edge, pairwise(again))),
        returned=(("a/in", ANY),),
    )
    there, here = ["10.0.0.1", "10.0.0.2", 6, 22, 40000], ["10.0.0.2", "10.0.0.1", 6, 40000, 22]
    hops, reply = [[at, there] for at in forth], [[at, here] for at in again]
    certificate = {"rule": "packet/1", "hops": hops, "reply": reply}
    if knows:
        found = walk_packet(question, certificate)
        assert [h.location for h in found.hops] == forth
        assert [h.location for h in found.reply] == again
    else:
        with pytest.raises(Rejected, match=f"nothing lets the packet through from b/out to {back}"):
            walk_packet(question, certificate)


def test_where_replies_start_and_end() -> None:
    assert [starting(at) for at in ("outside/in", "internet", "vpce-1", "s+g/in")] == [
        "outside",
        "internet",
        "vpce-1",
        "s+g/out",
    ]
    assert [ending(at) for at in ("outside", "internet", "s+g/out")] == ["outside/in", "internet", "s+g/in"]


def some_header(rng: random.Random) -> tuple[int, ...]:
    protocol = rng.choice([1, 6, 6, 17, 50, 58])
    number = 0 if protocol == 50 else rng.choice([0, 22, 8 << 8, 128 << 8, 129 << 8, rng.randrange(1 << 16)])
    port = rng.randrange(1 << 16) if protocol in {6, 17} else 0
    return rng.randrange(3), rng.randrange(99), rng.randrange(99), (protocol << 16) + number, port


def test_the_sets_of_replies_have_the_reply_of_every_packet() -> None:
    rng = random.Random("replies")
    inside = 0
    for _ in range(2_000):
        header = some_header(rng)
        low, high = sorted((rng.randrange(1 << 16), rng.randrange(1 << 16)))
        service_set = rng.choice([
            EVERYTHING,
            services(header[SERVICE] >> 16),
            services(header[SERVICE] >> 16, low, high),
        ])
        ports = rng.choice([EVERYTHING, integers([(low, high)]), integers([(header[PORT], header[PORT])])])
        place = ("x/in", box(service=service_set, port=ports))
        answers = list(answering(place))
        assert all(location == "x/out" for location, _ in answers)
        if has(place[1], header):
            inside += 1
            assert any(has(b, reversed_header(header)) for _, b in answers), header
        elif header[SERVICE] >> 16 in {6, 17}:
            assert not any(has(b, reversed_header(header)) for _, b in answers), header
    assert inside > 500
    assert list(answering(("x/in", box(service=NOTHING)))) == []


def test_a_reply_reversed_is_the_packet() -> None:
    rng = random.Random("twice")
    for header in (some_header(rng) for _ in range(500)):
        assert reversed_header(reversed_header(header)) == header


# What is not known.


def test_what_the_export_hides_may_send_and_receive(monkeypatch: pytest.MonkeyPatch) -> None:
    world = web(ports="23")
    inventory = world.inventory()
    inward = {"from": ["internet"], "to": entries(interface="eni-1"), "protocol": ["tcp"], "port": ["23"]}
    silent = {"from": entries(interface="eni-2"), "to": ["internet"]}
    closed_port = {"from": ["internet"], "to": entries(interface="eni-2"), **SSH}
    assert outcome(inventory, silent) is HOLDS
    assert outcome(inventory, closed_port) is HOLDS
    select = flows.select

    def hiding(*asked: Any, wide: bool) -> object:
        return replace(select(*asked, wide=wide), hidden=frozenset(["vpc-1"] if wide else []))

    monkeypatch.setattr(flows, "select", hiding)
    for flow in (silent, closed_port):
        result = decided(inventory, flow)
        assert result.outcome is INCONCLUSIVE
    assert outcome(inventory, inward) is VIOLATED, "a packet proves all the same"
    assert outcome(inventory, inward, form="require") is HOLDS


def test_without_the_list_of_interfaces_only_packets_prove() -> None:
    world = web()
    vpc = world.vpc("10.9.0.0/16", account=OTHER)
    world.interface(world.subnet(vpc), groups=[world.open_group(vpc)], public="203.0.113.9")
    world.table(vpc, [route("0.0.0.0/0", world.igw(vpc))], main=True)
    path = f"{OWN}/{REGION}/ec2/describe-network-interfaces"
    inventory = world.inventory(errors={path: "AccessDenied"})
    result = decided(inventory, {"from": ["on-premises"], "to": ["snapshot"]})
    assert result.outcome is INCONCLUSIVE
    assert "the interfaces of 111122223333 in eu-west-1 are not known" in result.reasons[0]
    assert outcome(inventory, {"from": ["internet"], "to": ["snapshot"]}) is VIOLATED
    claim = claim_of(inventory, {"from": ["on-premises"], "to": ["snapshot"]})
    rejects(claim, {"rule": "flow/1", "sets": [], "boxes": {}}, inventory, "it is not known what the claim is about: ")
    found = decided(inventory, {"from": ["on-premises"], "to": entries(account=OTHER)})
    assert found.outcome is HOLDS, "the other account is known"


def test_a_target_that_is_not_known_has_no_certificate() -> None:
    world = web()
    inventory = world.inventory(without=["describe-instances"])
    claim = claim_of(inventory, FROM_INTERNET)
    unknown = replace(claim, target=replace(claim.target, problem="it is not in the export"))
    for certificate in ({"rule": "flow/1", "sets": [], "boxes": {}}, {"rule": "packet/1", "hops": []}):
        said = "it is not known what the claim is about: it is not in the export"
        rejects(unknown, certificate, inventory, said)


def test_a_claim_that_is_not_about_flows_is_declined() -> None:
    inventory = web().inventory()
    claim = claim_of(inventory, FROM_INTERNET)
    request = control_of("role", request={"action": ["s3:*"]})
    with pytest.raises(Declined, match="the claim is not about flows"):
        flows.flow_question(replace(claim, control=request), inventory, wide=True)


# What is no certificate.


def rejects(claim: Claim, certificate: Json, inventory: Inventory, said: str) -> None:
    with pytest.raises(Rejected) as caught:
        check_claim(claim, certificate, inventory)
    assert said in str(caught.value)


@pytest.fixture(scope="module")
def closed() -> tuple[Claim, Json, Inventory]:
    inventory = web().inventory()
    flow = {**FROM_INTERNET, "protocol": ["tcp"], "port": ["23"]}
    return claim_of(inventory, flow), written(decided(inventory, flow)), inventory


@pytest.fixture(scope="module")
def walked() -> tuple[Claim, Json, Inventory]:
    inventory = web().inventory()
    flow = {**FROM_INTERNET, **SSH}
    return claim_of(inventory, flow), written(decided(inventory, flow)), inventory


@pytest.fixture(scope="module")
def answered() -> tuple[Claim, Json, Inventory]:
    inventory = web().inventory()
    flow = {**FROM_INTERNET, **SSH}
    return claim_of(inventory, flow, form="require"), written(decided(inventory, flow, form="require")), inventory


@pytest.mark.parametrize("rule_name", [None, "flow/2", "witness/1", 1, ["flow/1"], {}])
def test_a_rule_that_is_not_known_is_declined(closed: tuple[Claim, Json, Inventory], rule_name: Json) -> None:
    claim, certificate, inventory = closed
    with pytest.raises(Declined, match="this checker knows flow/1 and packet/1 for flows"):
        check_claim(claim, {**certificate, "rule": rule_name}, inventory)


MEMBERS = "a closed set of headers has exactly the members rule, sets, boxes and, for replies, reply"
PAIRS = "a set is not a list of pairs of numbers"
ORDER = "the numbers of a set are not in order"
FIVE = "a box at 'x' is not five numbers"


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ({"more": 1}, MEMBERS),
        ({"sets": {}}, "sets is not a list"),
        ({"sets": None}, "sets is not a list"),
        ({"sets": [1]}, PAIRS),
        ({"sets": [[1]]}, PAIRS),
        ({"sets": [[1, 2, 3]]}, PAIRS),
        ({"sets": [["1", "2"]]}, PAIRS),
        ({"sets": [[1, True]]}, PAIRS),
        ({"sets": [[1, 2.5]]}, PAIRS),
        ({"sets": [[[1], [2]]]}, PAIRS),
        ({"sets": [[2, 1]]}, ORDER),
        ({"sets": [[2, 0]]}, ORDER),
        ({"sets": [[1, 2, 3, 4]]}, ORDER),
        ({"sets": [[5, 6, 1, 2]]}, ORDER),
        ({"sets": [[1, 4, 3, 6]]}, ORDER),
        ({"boxes": []}, "boxes is not an object"),
        ({"boxes": {"x": {}}}, "the boxes of 'x' are not a list"),
        ({"boxes": {"\u2603": 1}}, r"the boxes of '\u2603' are not a list"),
        ({"boxes": {"y" * 300: 1}}, f"the boxes of '{'y' * 199} are not a list"),
        ({"boxes": {"x": [[-1] * 4]}}, FIVE),
        ({"boxes": {"x": [[-1] * 6]}}, FIVE),
        ({"boxes": {"x": [{}]}}, FIVE),
        ({"boxes": {"x": [[-1, -1, -1, -1, None]]}}, FIVE),
        ({"boxes": {"x": [[-1, -1, -1, -1, False]]}}, FIVE),
        ({"boxes": {"x": [[-1, -1, -1, -1, -1.0]]}}, FIVE),
        ({"sets": [], "boxes": {"x": [[-1, -1, -1, -1, 0]]}}, "a box at 'x' has a number that no set has"),
        ({"boxes": {"x": [[-2, -1, -1, -1, -1]]}}, "a box at 'x' has a number that no set has"),
        ({"boxes": {"x": [[1 << 200, -1, -1, -1, -1]]}}, "a box at 'x' has a number that no set has"),
        ({"boxes": {"internet": []}}, "a source leads to headers at internet that are not in the closed set"),
    ],
)
def test_what_is_no_closed_set(closed: tuple[Claim, Json, Inventory], edit: Json, said: str) -> None:
    claim, certificate, inventory = closed
    rejects(claim, {**certificate, **edit}, inventory, said)


@pytest.mark.parametrize("name", ["sets", "boxes"])
def test_a_member_of_a_closed_set_is_missing(closed: tuple[Claim, Json, Inventory], name: str) -> None:
    claim, certificate, inventory = closed
    rejects(claim, {k: v for k, v in certificate.items() if k != name}, inventory, MEMBERS)


def test_sets_may_be_empty_and_need_not_be_used(closed: tuple[Claim, Json, Inventory]) -> None:
    claim, certificate, inventory = closed
    sets = [*certificate["sets"], [], [-5, -5], [0, 10**30]]
    boxes = {**certificate["boxes"], "nowhere": [[len(sets) - 3, -1, -1, -1, -1]], "\u2603": []}
    assert check_claim(claim, {**certificate, "sets": sets, "boxes": boxes}, inventory)[0] is HOLDS


def test_a_goal_in_the_closed_set(closed: tuple[Claim, Json, Inventory]) -> None:
    claim, certificate, inventory = closed
    boxes = {**certificate["boxes"], "subnet-1+sg-1/in": [[-1] * 5]}
    said = "the closed set has headers of the goal at subnet-1+sg-1/in"
    rejects(claim, {**certificate, "boxes": boxes}, inventory, said)
    rejects(claim, {**certificate, "boxes": boxes, "reply": {}}, inventory, said)


def test_a_closed_set_for_a_claim_that_packets_violate(
    closed: tuple[Claim, Json, Inventory], walked: tuple[Claim, Json, Inventory]
) -> None:
    rejects(walked[0], closed[1], walked[2], "leads to headers at ")
    rejects(closed[0], walked[1], closed[2], "the packet does not get to a goal: subnet-1+sg-1/in")


HOP = "a hop is not a location and a packet"
VALUES = "a packet is not its source, destination, protocol, port and source port"
GOOD = ["8.8.8.8", "203.0.113.5", 6, 22, 50000]


@pytest.mark.parametrize(
    ("hops", "said"),
    [
        ({}, "hops is not a list"),
        (None, "hops is not a list"),
        ([], "a path has no hops"),
        ([1], HOP),
        ([[]], HOP),
        ([["internet"]], HOP),
        ([["internet", GOOD, 1]], HOP),
        ([[1, GOOD]], HOP),
        ([["internet", {}]], HOP),
        ([["internet", "8.8.8.8"]], HOP),
        ([["internet", GOOD[:4]]], VALUES),
        ([["internet", [*GOOD, 1]]], VALUES),
        ([["internet", ["8.8.8.8", "203.0.113.5", 6, 22, True]]], VALUES),
        ([["internet", ["8.8.8.8", "203.0.113.5", 6.0, 22, 1]]], VALUES),
        ([["internet", [1, "203.0.113.5", 6, 22, 1]]], VALUES),
        ([["internet", [["8.8.8.8"], "203.0.113.5", 6, 22, 1]]], VALUES),
        ([["internet", ["8.8.8.8/32", "203.0.113.5", 6, 22, 1]]], "the packet at 'internet' is no packet: "),
        ([["\u2603", ["x" * 9_999, "203.0.113.5", 6, 22, 1]]], r"the packet at '\u2603' is no packet: "),
        ([["vpc-1/local", GOOD]], "the packet does not start from a source: vpc-1/local"),
        ([["internet", ["10.0.0.1", *GOOD[1:]]]], "the packet does not start from a source: internet"),
        ([["internet", GOOD]], "the packet does not get to a goal: internet"),
        ([["internet", GOOD], ["igw-1/in", GOOD]], "nothing lets the packet through from internet to igw-1/in"),
        ([["internet", GOOD], ["x", GOOD]], "nothing lets the packet through from internet to x"),
    ],
)
def test_what_is_no_packet(walked: tuple[Claim, Json, Inventory], hops: Json, said: str) -> None:
    claim, certificate, inventory = walked
    rejects(claim, {**certificate, "hops": hops}, inventory, said)


def test_a_packet_has_the_members_that_are_asked_for(
    walked: tuple[Claim, Json, Inventory], answered: tuple[Claim, Json, Inventory]
) -> None:
    claim, certificate, inventory = walked
    assert check_claim(claim, certificate, inventory)[0] is VIOLATED
    for wrong in ({**certificate, "reply": []}, {"rule": "packet/1"}, {**certificate, "boxes": {}}):
        rejects(claim, wrong, inventory, "a packet has exactly the members hops, rule")
    claim, certificate, inventory = answered
    assert check_claim(claim, certificate, inventory)[0] is HOLDS
    for wrong in ({**certificate, "x": 1}, {k: v for k, v in certificate.items() if k != "reply"}):
        rejects(claim, wrong, inventory, "a packet has exactly the members hops, reply, rule")


def test_what_is_no_reply(answered: tuple[Claim, Json, Inventory]) -> None:
    claim, certificate, inventory = answered
    reply = certificate["reply"]
    for wrong, said in (
        ({}, "hops is not a list"),
        ([], "a path has no hops"),
        (reply[1:], "the packet does not start from a source: "),
        (reply[:-1], "the packet does not get to a goal: igw-1/out"),
        (certificate["hops"], "the packet does not start from a source: internet"),
        ([*reply[:2], *reply[3:]], "nothing lets the packet through from "),
    ):
        rejects(claim, {**certificate, "reply": wrong}, inventory, said)


@pytest.mark.parametrize(
    ("packet", "is_packet"),
    [
        (Packet("10.0.0.1", "10.0.0.2", 6, 22, 1), True),
        (Packet("2600::1", "2600::2", 58, 128 << 8, 0), True),
        (Packet("10.0.0.1", "10.0.0.2", 255, 0, 0), True),
        (Packet("10.0.0.256", "10.0.0.2", 6, 22, 1), False),
        (Packet("10.0.0.1", "", 6, 22, 1), False),
        (Packet("10.0.0.1", "10.0.0.2", 256, 0, 0), False),
        (Packet("10.0.0.1", "10.0.0.2", -1, 0, 0), False),
        (Packet("10.0.0.1", "10.0.0.2", 6, 65536, 1), False),
        (Packet("10.0.0.1", "10.0.0.2", 6, 22, -1), False),
        (Packet("10.0.0.1", "2600::2", 6, 22, 1), False),
        (Packet("2600::1", "10.0.0.2", 6, 22, 1), False),
        (Packet("10.0.0.1", "10.0.0.2", 1, 8 << 8, 1), False),
        (Packet("10.0.0.1", "10.0.0.2", 50, 1, 0), False),
    ],
)
def test_what_is_a_header(packet: Packet, is_packet: bool) -> None:
    header = packet.header(0)
    assert (header is not None) is is_packet
    if header is not None:
        assert any(has(shape, header) for shape in WELL_FORMED)


def test_rules_of_groups_admit_by_the_question_of_the_claim() -> None:
    """The same network, one port apart."""
    inventory = web(ingress=rule("tcp", "8000-8999", "203.0.114.0/24")).inventory()
    near = {"from": entries(cidr="203.0.114.7/32"), "to": ["snapshot"], "protocol": ["tcp"]}
    assert outcome(inventory, {**near, "port": ["8999"]}) is VIOLATED
    assert outcome(inventory, {**near, "port": ["9000-9999", "1-7999"]}) is HOLDS
    assert outcome(inventory, {**near, "from": entries(cidr="203.0.115.0/24"), "port": ["8999"]}) is HOLDS


# Load balancers as senders.


@pytest.mark.parametrize(
    ("kind", "port", "expected"),
    [
        ("application", "8080", VIOLATED),
        ("network", "8080", VIOLATED),
        # Their health may be asked for at another port, which the target admits.
        ("application", "9000", INCONCLUSIVE),
        ("network", "9000", INCONCLUSIVE),
    ],
)
def test_a_balancer_sends_to_its_targets(kind: str, port: str, expected: object) -> None:
    world = handing_on(kind)
    node = next(i for i in world.interfaces() if world.row(i)["Description"].startswith("ELB "))
    sent = {"from": [{"interface": [node]}], "protocol": ["tcp"], "port": [port]}
    inventory = world.inventory()
    assert outcome(inventory, {**sent, "to": [{"interface": ["eni-target"]}]}) is expected
    assert outcome(inventory, {**sent, "to": [{"interface": ["eni-other"]}]}) is HOLDS
    everybody = {**sent, "from": [{"vpc": ["*"]}]}
    assert outcome(inventory, {**everybody, "to": [{"interface": ["eni-other"]}]}) is VIOLATED


def handing_on(kind: str) -> World:
    """A balancer of one target, and an interface beside it that admits everybody too."""
    world = World()
    vpc = world.vpc()
    subnet = world.subnet(vpc)
    opened = world.open_group(vpc)
    target = world.interface(subnet, id="eni-target", groups=[opened])
    world.interface(subnet, id="eni-other", groups=[opened])
    http = kind == "application"
    group = world.target_group(vpc, (world.instance(target), 8080), protocol="HTTP" if http else "TCP", port=8080)
    world.balancer([subnet], [listener(80, "HTTP" if http else "TCP", group)], kind=kind, groups=[opened])
    return world


# The ledger.


def test_what_is_not_modelled_is_in_the_ledger_by_its_id() -> None:
    files = web().files()
    row = {"ClientVpnEndpointId": "cvpn-endpoint-1", "VpcId": "vpc-1", "Status": {"Code": "available"}}
    path = f"{OWN}/{REGION}/ec2/describe-client-vpn-endpoints.json"
    assert [r for r in ledger_of(inventory_of(files)) if r["where"] == path] == []
    files[path] = {"ClientVpnEndpoints": [row]}
    assert [r for r in ledger_of(inventory_of(files)) if r["where"] == path] == [
        {
            "where": path,
            "reason": "cvpn-endpoint-1: client VPN endpoints are not modelled",
            "may": "carry or stop packets",
        }
    ]


def test_a_file_that_could_not_be_read_is_in_the_ledger_once() -> None:
    path = f"{OWN}/{REGION}/ec2/describe-network-acls.json"
    files = web().files(without=["describe-network-acls"], errors={path: "UnauthorizedOperation"})
    (row,) = [r for r in ledger_of(inventory_of(files)) if r["where"] == path]
    assert row["reason"] == f"{path}: denied (UnauthorizedOperation)"
    assert row["may"] == "carry or stop packets"
