"""Single-field edits of network certificates, and damage to networks: refused, or what is accepted is still true.

The liars show the power of the expectations: no checker that does not check meets them.
"""

from __future__ import annotations

import copy
import random
from collections import Counter
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from checkers.cloud.claims import Claim, Outcome, check_claim
from checkers.cloud.network.flows import flow_question
from checkers.cloud.network.header import PUBLIC, packet_of
from checkers.kernel.flow import arrived, has
from checkers.verdict import Rejected
from naive import network as naive
from network.flow_worlds import (
    ACROSS,
    FROM_INTERNET,
    HOLDS,
    NOTHING_IN,
    SSH,
    TO_INTERNET,
    VIOLATED,
    balanced,
    claim_of,
    decided,
    egress_only,
    entries,
    natted,
    outcome,
    peered,
    private_gateway,
    service,
    transit,
    web,
    written,
)
from network.world import World, entry, route, rule, tgw_route
from tampering import Case, Report, judge, verdict_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from checkers.cloud.inventory import Inventory
    from tampering import Certificate, Check

Json = Any
TELNET = {"protocol": ["tcp"], "port": ["23"]}
ECHO = {"protocol": ["icmp"], "icmp": ["8/0"]}
BALANCED = {**FROM_INTERNET, "protocol": ["tcp"], "port": ["8080"]}


def closed_to_replies(world: World) -> World:
    world.acl("vpc-1", NOTHING_IN, ["subnet-1"])
    return world


ASKED: list[tuple[Callable[[], World], str, Json]] = [
    (web, "forbid", {**FROM_INTERNET, **SSH}),
    (web, "forbid", {**FROM_INTERNET, **TELNET}),
    (web, "forbid", {"from": ["internet"], "to": entries(interface="eni-2")}),
    (web, "forbid", TO_INTERNET),
    (web, "forbid", {**ACROSS, "protocol": ["tcp"], "port": ["5432"]}),
    (web, "forbid", {**ACROSS, "protocol": ["udp"]}),
    (web, "require", {**FROM_INTERNET, **SSH}),
    (web, "require", {**FROM_INTERNET, **TELNET}),
    (lambda: closed_to_replies(web()), "require", {**TO_INTERNET, **SSH}),
    (natted, "forbid", TO_INTERNET),
    (natted, "forbid", {**TO_INTERNET, "not_through": ["nat-gateway"]}),
    (natted, "forbid", FROM_INTERNET),
    (natted, "require", {**TO_INTERNET, **SSH, "through": ["nat-1"]}),
    (natted, "require", {**TO_INTERNET, **ECHO}),
    (egress_only, "require", {**TO_INTERNET, **SSH}),
    (egress_only, "forbid", FROM_INTERNET),
    (peered, "forbid", {**ACROSS, **SSH}),
    (peered, "forbid", {**ACROSS, **TELNET}),
    (lambda: peered(back=False), "require", {**ACROSS, **SSH}),
    (transit, "require", {**ACROSS, **SSH}),
    (transit, "forbid", {**ACROSS, **TELNET}),
    (private_gateway, "forbid", {"from": entries(interface="eni-1"), "to": ["on-premises"]}),
    (service, "forbid", {"from": ["snapshot"], "to": entries(endpoint="vpce-1")}),
    (balanced, "require", BALANCED),
    (balanced, "forbid", {**BALANCED, "port": ["80"]}),
]


DOCUMENTATION = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")


@pytest.fixture(autouse=True)
def public(monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks for documentation count as public, as they do for the checker."""
    is_public = naive.is_public
    monkeypatch.setattr(naive, "is_public", lambda t: is_public(t) or any(naive.within(t, b) for b in DOCUMENTATION))


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    found = []
    for make, form, flow in ASKED:
        inventory = make().inventory()
        result = decided(inventory, flow, form=form)
        assert result.certificate is not None
        found.append(Case(claim_of(inventory, flow, form=form), written(result), result.outcome, inventory))
    assert Counter(c.certificate["rule"] for c in found).keys() == {"flow/1", "packet/1"}
    return found


# Edits of closed sets.


def set_edits(sets: Json) -> Iterator[tuple[str, Json]]:
    for i, row in enumerate(sets):
        yield "drop_set", [*sets[:i], *sets[i + 1 :]]
        yield "empty_set", [*sets[:i], [], *sets[i + 1 :]]
        yield "full_set", [*sets[:i], [0, 1 << 140], *sets[i + 1 :]]
        for j in range(len(row)):
            for step in (-1, 1, 1 << 20):
                made = [*row[:j], row[j] + step, *row[j + 1 :]]
                yield "alter_number", [*sets[:i], made, *sets[i + 1 :]]
        if len(row) > 2:
            yield "drop_span", [*sets[:i], row[2:], *sets[i + 1 :]]
            yield "swap_spans", [*sets[:i], [*row[2:4], *row[:2], *row[4:]], *sets[i + 1 :]]
    yield "add_set", [[0, 1], *sets]
    yield "add_last_set", [*sets, [0, 1]]


def box_edits(boxes: Json, count: int) -> Iterator[tuple[str, Json]]:
    names = list(boxes)
    for name in names:
        rows = boxes[name]
        yield "drop_location", {k: v for k, v in boxes.items() if k != name}
        yield "rename_location", {(f"{k}x" if k == name else k): v for k, v in boxes.items()}
        yield "empty_location", {**boxes, name: []}
        for other in names:
            if other > name:
                yield "swap_locations", {**boxes, name: boxes[other], other: rows}
        for i, row in enumerate(rows):
            yield "drop_box", {**boxes, name: [*rows[:i], *rows[i + 1 :]]}
            yield "repeat_box", {**boxes, name: [*rows, row]}
            for j, number in enumerate(row):
                for new in (-1, 0, number - 1, number + 1, count, -2):
                    if new != number:
                        made = [*row[:j], new, *row[j + 1 :]]
                        yield "renumber", {**boxes, name: [*rows[:i], made, *rows[i + 1 :]]}
    yield "add_location", {**boxes, "igw-99/in": [[-1] * 5]}


def closed_edits(certificate: Certificate, goals: Sequence[str]) -> Iterator[tuple[str, Certificate]]:
    for kind, sets in set_edits(certificate["sets"]):
        yield kind, {**certificate, "sets": sets}
    for member in {"boxes", "reply"} & certificate.keys():
        for kind, boxes in box_edits(certificate[member], len(certificate["sets"])):
            yield kind, {**certificate, member: boxes}
    for goal in goals:
        yield "add_goal", {**certificate, "boxes": {**certificate["boxes"], goal: [[-1] * 5]}}
    if "reply" in certificate:
        yield "drop_reply", {k: v for k, v in certificate.items() if k != "reply"}
        yield "swap_members", {**certificate, "boxes": certificate["reply"], "reply": certificate["boxes"]}
        yield "same_members", {**certificate, "reply": certificate["boxes"]}
    yield "other_rule", {**certificate, "rule": "packet/1"}
    yield "drop_member", {k: v for k, v in certificate.items() if k != "sets"}


# Edits of packets.

VALUES: list[list[Json]] = [
    ["10.0.0.10", "203.0.113.5", "8.8.8.8", "2600:1f00:1::5", "10.1.0.10", "192.168.0.1", "x"],
    ["10.0.1.10", "203.0.113.5", "1.1.1.1", "2600:1f00:1::6", "10.2.0.10", "255.255.255.255", ""],
    [1, 6, 17, 50, 58, 256],
    [0, 21, 22, 23, 80, 443, 5432, 8080, 65536],
    [-1, 0, 22, 1023, 1024, 40000, 65535],
]


def hop_edits(hops: Json, locations: Sequence[str]) -> Iterator[tuple[str, Json]]:
    names = ("source", "destination", "protocol", "port", "source_port")
    for i, (location, packet) in enumerate(hops):
        for j, name in enumerate(names):
            near = [packet[j] - 1, packet[j] + 1] if j > 1 else []
            for new in (*VALUES[j], *near):
                if new != packet[j]:
                    made = [*packet[:j], new, *packet[j + 1 :]]
                    yield f"change_{name}", [*hops[:i], [location, made], *hops[i + 1 :]]
                    yield (
                        f"change_{name}_from_here",
                        [
                            *hops[:i],
                            *([at, [*p[:j], new, *p[j + 1 :]]] for at, p in hops[i:]),
                        ],
                    )
        for other in locations:
            if other != location:
                yield "change_location", [*hops[:i], [other, packet], *hops[i + 1 :]]
        yield "drop_hop", [*hops[:i], *hops[i + 1 :]]
        yield "repeat_hop", [*hops[: i + 1], *hops[i:]]
        if i:
            yield "swap_hops", [*hops[: i - 1], hops[i], hops[i - 1], *hops[i + 1 :]]
            yield "stop_early", hops[:i]
            yield "start_late", hops[i:]
    yield "reverse_hops", hops[::-1]


def walked_edits(certificate: Certificate, locations: Sequence[str]) -> Iterator[tuple[str, Certificate]]:
    for member in {"hops", "reply"} & certificate.keys():
        for kind, hops in hop_edits(certificate[member], locations):
            yield kind, {**certificate, member: hops}
    if "reply" in certificate:
        yield "drop_reply", {k: v for k, v in certificate.items() if k != "reply"}
        yield "same_members", {**certificate, "reply": certificate["hops"]}
    else:
        yield "add_reply", {**certificate, "reply": certificate["hops"]}
    yield "other_rule", {**certificate, "rule": "flow/1"}


def edits_of(case: Case) -> list[tuple[str, Certificate]]:
    """Every edit that a certificate may suffer."""
    graph = case.inventory.network.graph(wide=True)
    locations = sorted({*graph.before, *graph.after})
    if case.certificate["rule"] == "packet/1":
        return list(walked_edits(case.certificate, locations))
    goals = flow_question(case.claim, case.inventory, wide=True).goals
    return list(closed_edits(case.certificate, sorted({location for location, _ in goals})))


# What a checker must do.

HARMLESS = {"add_last_set", "repeat_box", "drop_location", "add_location", "add_set"}  # may all be accepted
MOST = 400  # edits of one certificate


def find_problems(check: Check, cases: Sequence[Case]) -> Report:
    """Edit every certificate; what is accepted must be the truth. Kinds with no refusal are problems."""
    rng = random.Random("network")
    report = Report([], Counter(), Counter())
    for case in cases:
        if verdict_of(check, case.claim, case.certificate, case.inventory) is not case.outcome:
            report.problems.append(f"{case.claim.id}: the true certificate is not accepted")
        edits = edits_of(case)
        for kind, certificate in rng.sample(edits, min(MOST, len(edits))):
            judge(check, case, report, kind=kind, certificate=copy.deepcopy(certificate), claim=case.claim)
        for other in cases:
            if other is not case:
                judge(check, case, report, kind="another_claim", certificate=other.certificate, claim=case.claim)
    missing = (kind for kind in report.made if not report.refused[kind] and kind not in HARMLESS)
    report.problems.extend(f"no edit of the kind {kind} was refused" for kind in missing)
    return report


def test_edits_of_certificates(cases: list[Case]) -> None:
    report = find_problems(check_claim, cases)
    assert report.problems == []
    assert report.made.total() > 6_000
    assert report.refused.total() > report.made.total() * 3 // 4
    assert len(report.made) > 30
    accepted = {kind for kind in report.made if report.refused[kind] < report.made[kind]}
    assert {"add_last_set", "repeat_box", "change_source_port_from_here"} <= accepted, "some edits change nothing"


def test_packets_that_are_accepted_arrive_by_the_rules_of_aws(cases: list[Case]) -> None:
    """The walker that was written apart says so of every packet that the checker accepts."""
    rng, looked_at = random.Random("walker"), 0
    facts = {id(c): naive.Facts(made().files()) for c, (made, _, _) in zip(cases, ASKED, strict=True)}
    for case in [c for c in cases if c.certificate["rule"] == "packet/1"]:
        edits = edits_of(case)
        for _, certificate in [("none", case.certificate), *rng.sample(edits, min(MOST, len(edits)))]:
            if verdict_of(check_claim, case.claim, certificate, case.inventory) is None:
                continue
            hops = certificate["hops"]
            source, target = (place_of(case.inventory, *hops[i]) for i in (0, -1))
            packet = naive.Packet(*hops[0][1])
            assert target in naive.reaches(facts[id(case)], source, packet), hops
            if "reply" in certificate:
                assert target in naive.answers(facts[id(case)], source, packet), hops
            looked_at += 1
    assert looked_at > 40


def place_of(inventory: Inventory, location: str, packet: Json) -> str:
    """The interface, or the place outside, that a packet at a location is from or for."""
    name, _, side = location.removesuffix("*").partition("/")
    if not side or name == "outside":
        return name
    ends = naive.address(packet[0]), naive.address(packet[1])
    one = inventory.network.build(wide=True).classes[name]
    number = int(ends[0 if side == "out" else 1])
    number += (1 << 32) if ends[0].version == 6 else 0
    return next(i.id for i in one.interfaces if number in i.addresses)


def test_nothing_arrives_by_the_rules_of_aws_where_a_closed_set_is_accepted(cases: list[Case]) -> None:
    """Packets of the sources to every address that there is: the walker that was written apart stops every one.

    It does not tell gateways that were passed, nor at which port a packet arrives behind a load balancer.
    """
    looked_at = 0
    for case, (made, form, flow) in zip(cases, ASKED, strict=True):
        if case.certificate["rule"] != "flow/1" or form == "require" or "not_through" in flow or made is balanced:
            continue
        facts, question = naive.Facts(made().files()), flow_question(case.claim, case.inventory, wide=True)
        interfaces = case.inventory.network.export.interfaces
        targets = {
            t for t in (*interfaces, "internet") if any(is_goal(case.inventory, t, at) for at, _ in question.goals)
        }
        assert targets
        addresses = [134744072, *(a for i in interfaces for a in own_addresses(facts, i))]
        for start, headers in question.sources:
            origin, source = (int(headers[i].cuts[0][0]) for i in (0, 1))
            for destination, wanted in product(addresses, SERVICES):
                header = (origin, source, destination, wanted, 40_000)
                if not has(headers, header) or not any(wanted in box[3] for _, box in question.goals):
                    continue
                packet = packet_of(header)
                sender = place_of(case.inventory, start, [packet.source, packet.destination])
                sent = naive.Packet(packet.source, packet.destination, packet.protocol, packet.port, 40_000)
                assert targets.isdisjoint(naive.reaches(facts, sender, sent) - {sender}), (flow, sent)
                looked_at += 1
    assert looked_at > 50


SERVICES = [(p << 16) + port for p in (6, 17) for port in (22, 23, 80, 443, 5432, 8080)]


def own_addresses(facts: naive.Facts, interface: str) -> list[int]:
    row = facts.interfaces[interface]
    texts = [a["PrivateIpAddress"] for a in row["PrivateIpAddresses"]]
    public = row.get("Association", {}).get("PublicIp")
    return [int(naive.address(t)) for t in (*texts, *([public] if public else []))]


def is_goal(inventory: Inventory, target: str, location: str) -> bool:
    if target in inventory.network.export.interfaces:
        return location == f"{inventory.network.class_of(target)}/in"
    return location == target or (target, location) == ("outside", "outside/in")


# Liars.


def always_accept(_claim: Claim, certificate: Mapping[str, Any], _inventory: Inventory) -> tuple[Outcome, None]:
    """Whatever it is, it proves what its rule mostly proves."""
    return (VIOLATED if certificate.get("rule") == "packet/1" else HOLDS), None


def always_reject(_claim: Claim, _certificate: Mapping[str, Any], _inventory: Inventory) -> tuple[Outcome, None]:
    """Nothing is good enough."""
    raise Rejected("no")


def parse_only(claim: Claim, certificate: Mapping[str, Any], _inventory: Inventory) -> tuple[Outcome, None]:
    """A certificate of the right form is accepted, and the outcome is the right one for its rule."""
    is_walk = certificate.get("rule") == "packet/1" and isinstance(certificate.get("hops"), list)
    is_set = certificate.get("rule") == "flow/1" and isinstance(certificate.get("boxes"), dict)
    if not is_walk and not (is_set and isinstance(certificate.get("sets"), list)):
        raise Rejected("not of the right form")
    return (HOLDS if is_walk is (claim.control.form == "require") else VIOLATED), None


def ends_only(claim: Claim, certificate: Mapping[str, Any], inventory: Inventory) -> tuple[Outcome, None]:
    """It looks at where packets start and end, and at no hop between; closed sets need only miss the goals."""
    question = flow_question(claim, inventory, wide=certificate["rule"] == "flow/1")
    if certificate["rule"] == "flow/1":
        if any(at in certificate.get("boxes", ()) for at, _ in question.goals):
            raise Rejected("a goal")
    else:
        hops = certificate.get("hops")
        if not hops or hops[0][0] not in {at for at, _ in question.sources}:
            raise Rejected("no source")
        if hops[-1][0] not in {at for at, _ in question.goals}:
            raise Rejected("no goal")
    return parse_only(claim, certificate, inventory)


LIARS = {
    "always_accept": always_accept,
    "always_reject": always_reject,
    "parse_only": parse_only,
    "ends_only": ends_only,
}


@pytest.mark.parametrize("liar", LIARS.values(), ids=LIARS)
def test_no_liar_passes(liar: Any, cases: list[Case]) -> None:
    assert find_problems(liar, cases[::3]).problems


# Damage.


def quiet() -> World:
    """As `web`, without the route to the internet."""
    world = web()
    del world.row("rtb-2")["Routes"][-1]
    return world


def add_route(world: World) -> None:
    world.row("rtb-2")["Routes"].append(route("0.0.0.0/0", "igw-1"))


def add_half_a_route(world: World) -> None:
    world.row("rtb-2")["Routes"].append(route("128.0.0.0/1", "igw-1"))


def add_rule(world: World) -> None:
    world.row("sg-1")["IpPermissions"].append(rule("6", "20-25", "203.0.114.0/24"))


def mute() -> World:
    """As `web`, and the host sends nothing of its own."""
    world = web()
    world.row("sg-1")["IpPermissionsEgress"] = []
    return world


def add_egress(world: World) -> None:
    world.row("sg-1")["IpPermissionsEgress"].append(rule("udp", 53, "8.8.8.8/32"))


def add_reference(world: World) -> None:
    world.row("sg-2")["IpPermissions"].append(rule("tcp", 23, "sg-1"))


def guarded() -> World:
    """As `web`, and a network ACL denies SSH from everywhere before it lets the rest in."""
    world = web()
    own = [entry(90, "0.0.0.0/0", "deny", "tcp", 22), entry(100), entry(100, egress=True)]
    world.acl("vpc-1", own, ["subnet-1"], id="acl-9")
    return world


def drop_deny(world: World) -> None:
    world.row("acl-9")["Entries"].pop(0)


def add_earlier_allow(world: World) -> None:
    world.row("acl-9")["Entries"].append(entry(80, "203.0.114.7/32", "allow", "tcp", 22))


def move_deny(world: World) -> None:
    world.row("acl-9")["Entries"][0]["RuleNumber"] = 110


def add_address(world: World) -> None:
    world.row("eni-2")["Association"] = {"PublicIp": "203.0.113.9", "IpOwnerId": "amazon"}
    world.row("sg-2")["IpPermissions"].append(rule("tcp", 443, "0.0.0.0/0"))


def apart() -> World:
    """As `transit`, whose table has no way to the second VPC."""
    world = transit()
    world.others["111122223333/eu-west-1/ec2/search-transit-gateway-routes/tgw-rtb-1.json"]["Routes"].pop()
    return world


def add_transit_route(world: World) -> None:
    found = tgw_route("10.2.0.0/24", "tgw-attach-2")
    found["TransitGatewayAttachments"] = [world.reference("tgw-1", "tgw-attach-2")]
    world.others["111122223333/eu-west-1/ec2/search-transit-gateway-routes/tgw-rtb-1.json"]["Routes"].append(found)


def listed() -> World:
    """As `web`, and the first group admits Telnet from a prefix list."""
    world = web()
    world.row("sg-1")["IpPermissions"].append(rule("tcp", 23, world.prefix_list("10.0.0.0/8")))
    return world


def add_list_entry(world: World) -> None:
    path = "111122223333/eu-west-1/ec2/get-managed-prefix-list-entries/pl-1.json"
    world.others[path]["Entries"].append({"Cidr": "198.51.100.0/24"})


def add_way_in6(world: World) -> None:
    world.row("rtb-2")["Routes"].append(route("::/0", world.igw("vpc-1")))


def disconnected() -> World:
    """As `peered`, without a route from the first VPC."""
    world = peered()
    del world.row("rtb-3")["Routes"][-1]
    return world


def add_peer_route(world: World) -> None:
    world.row("rtb-3")["Routes"].append(route("10.2.0.0/24", "pcx-1"))


def move_subnet(world: World) -> None:
    """The private subnet gets the public one's route table."""
    moved = world.row("rtb-2")["Associations"]
    moved.append({**moved[0], "SubnetId": "subnet-2", "RouteTableAssociationId": "rtbassoc-9"})
    world.row("eni-2").update(Association={"PublicIp": "203.0.113.9"})


BACK = {"from": entries(interface="eni-2"), "to": ["internet"]}
DAMAGE = [
    (quiet, TO_INTERNET, add_route),
    (quiet, TO_INTERNET, add_half_a_route),
    (web, {**FROM_INTERNET, **TELNET}, add_rule),
    (mute, TO_INTERNET, add_egress),
    (web, {**ACROSS, **TELNET}, add_reference),
    (guarded, {**FROM_INTERNET, **SSH}, drop_deny),
    (guarded, {**FROM_INTERNET, **SSH}, add_earlier_allow),
    (guarded, {**FROM_INTERNET, **SSH}, move_deny),
    (web, BACK, move_subnet),
    (apart, {**ACROSS, **SSH}, add_transit_route),
    (listed, {**FROM_INTERNET, **TELNET}, add_list_entry),
    (disconnected, {**ACROSS, **SSH}, add_peer_route),
    (egress_only, FROM_INTERNET, add_way_in6),
]


@pytest.mark.parametrize(("make", "flow", "damage"), DAMAGE, ids=[d[2].__name__ for d in DAMAGE])
def test_one_thing_added_turns_the_outcome_over(
    make: Callable[[], World], flow: Json, damage: Callable[[World], None]
) -> None:
    before, world = make().inventory(), make()
    proof = decided(before, flow)
    assert proof.outcome is HOLDS
    damage(world)
    after = world.inventory()
    found = decided(after, flow)
    assert found.outcome is VIOLATED
    with pytest.raises(Rejected):
        check_claim(claim_of(after, flow), written(proof), after)
    with pytest.raises(Rejected):
        check_claim(claim_of(before, flow), written(found), before)
    facts, hops = naive.Facts(world.files()), written(found)["hops"]
    source, target = (place_of(after, *hops[i]) for i in (0, -1))
    assert target in naive.reaches(facts, source, naive.Packet(*hops[0][1]))
    assert target not in naive.reaches(naive.Facts(make().files()), source, naive.Packet(*hops[0][1]))


@pytest.mark.parametrize(
    ("make", "flow", "damage"),
    [
        (web, {**FROM_INTERNET, **SSH}, lambda w: w.row("sg-1").update(IpPermissions=[])),
        (web, {**FROM_INTERNET, **SSH}, lambda w: w.row("rtb-2")["Routes"].pop()),
        (web, {**TO_INTERNET, **SSH}, closed_to_replies),
        (natted, {**TO_INTERNET, **SSH}, lambda w: w.row("nat-1").update(State="deleted")),
        (peered, {**ACROSS, **SSH}, lambda w: w.row("rtb-4")["Routes"].pop()),
        (egress_only, {**TO_INTERNET, **SSH}, lambda w: w.row("eigw-1").update(Attachments=[])),
        (balanced, BALANCED, lambda w: w.others.update({k: {"Listeners": []} for k in w.others if "listeners" in k})),
    ],
)
def test_one_thing_taken_away_violates_a_require(
    make: Callable[[], World], flow: Json, damage: Callable[[World], None]
) -> None:
    before, world = make().inventory(), make()
    proof = decided(before, flow, form="require")
    assert proof.outcome is HOLDS
    damage(world)
    after = world.inventory()
    assert outcome(after, flow, form="require") is VIOLATED
    with pytest.raises(Rejected):
        check_claim(claim_of(after, flow, form="require"), written(proof), after)


def test_the_sources_of_the_internet_are_public() -> None:
    inventory = web().inventory()
    question = flow_question(claim_of(inventory, FROM_INTERNET), inventory, wide=True)
    assert all((b[1].cuts[0][0] in PUBLIC) for at, b in question.sources if at == "internet")
    assert arrived(question.goals, {}) == []
