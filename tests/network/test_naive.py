"""The packet walker that the symbolic code is compared with, on hand-made networks."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from naive.network import ICMP, INTERNET, Facts, Packet, answers, reaches, walk
from network.cases import RULES, Case, cases
from network.random_networks import make

if TYPE_CHECKING:
    from collections.abc import Iterable

CASES = list(cases())


def named(given: Iterable[Case]) -> dict[str, Case]:
    return {c.name: c for c in given}


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_a_packet_arrives_for_certain_or_possibly_or_not(case: Case) -> None:
    files = case.world.files()
    found = tuple(case.target in reaches(files, case.source, case.packet, wide=wide) for wide in (False, True))
    assert found == (case.narrow, case.wide)


@pytest.mark.parametrize("case", [c for c in CASES if c.answered is not None], ids=lambda c: c.name)
def test_a_reply_gets_back_or_not(case: Case) -> None:
    files = case.world.files()
    assert (case.target in answers(files, case.source, case.packet)) == case.answered
    assert case.target in answers(files, case.source, case.packet, wide=True) or not case.answered


def test_every_rule_has_a_packet_that_arrives_and_one_that_does_not() -> None:
    for name, (_, given) in RULES.items():
        expected = {narrow for _, _, (narrow, _), _ in given} | {bool(a) for *_, a in given if a is not None}
        assert expected == {True, False}, name


def test_names_are_unique() -> None:
    assert len(named(CASES)) == len(CASES)


def test_narrow_and_wide_differ_only_where_something_is_not_known() -> None:
    for case in CASES:
        files = case.world.files()
        narrow, wide = (walk(files, case.source, case.packet, wide=side) for side in (False, True))
        assert narrow.places <= wide.places, case.name
        if narrow.places != wide.places:
            assert narrow.unknown, case.name


def test_a_world_is_the_same_each_time() -> None:
    for one, two in zip(cases(), cases(), strict=True):
        assert json.dumps(one.world.files()) == json.dumps(two.world.files())


def test_answers_name_what_they_are_about() -> None:
    """Every id that a raw answer refers to is one that the export has, or one that a case made up on purpose."""
    made_up = {"nat-gone", "sg-gone", "nat-x", "vgw-x", "cagw-1", "lgw-1"}
    for case in CASES:
        text = json.dumps(case.world.files())
        used = set(re.findall(r'"((?:vpc|subnet|sg|acl|rtb|igw|nat|pcx|tgw|eni)-[a-z0-9-]+)"', text))
        unknown = {u for u in used if u not in case.world.rows} - made_up
        assert not {u for u in unknown if "assoc" not in u and not u.startswith("eni-attach")}, case.name


def test_the_internet_sends_from_public_addresses() -> None:
    case = named(CASES)["igw-in: it is"]
    files = case.world.files()
    for source in ("10.0.0.1", "100.64.0.1", "169.254.169.254", "192.0.2.1", "224.0.0.1"):
        assert not reaches(files, INTERNET, Packet(source, case.packet.destination), wide=True)


def test_swapped_is_the_reply() -> None:
    assert Packet("10.0.0.1", "10.0.0.2", 6, 443, 5000).swapped() == Packet("10.0.0.2", "10.0.0.1", 6, 5000, 443)
    assert Packet("10.0.0.1", "10.0.0.2", ICMP, 8 * 256).swapped().port == 0


def test_random_networks_are_the_same_each_time_and_interesting() -> None:
    """At least a fifth of the packets arrive, and rarely something unknown is met."""
    arrived = unknown = total = 0
    for seed in range(60):
        network = make(seed)
        assert network == make(seed)
        facts = Facts(network.files)
        for source, packet in network.packets:
            narrow, wide = (walk(facts, source, packet, wide=side) for side in (False, True))
            assert narrow.places <= wide.places
            assert narrow.unknown or narrow.places == wide.places
            arrived += bool(narrow.places)
            unknown += bool(narrow.unknown)
            total += 1
    assert arrived >= total / 5
    assert 0 < unknown < total / 10


def test_what_answers_was_reached() -> None:
    for seed in range(30):
        network = make(seed)
        facts = Facts(network.files)
        for source, packet in network.packets:
            assert answers(facts, source, packet) <= reaches(facts, source, packet)


def test_random_networks_hold_every_kind_of_thing() -> None:
    seen: set[str] = set()
    for seed in range(80):
        text = json.dumps(make(seed).files)
        seen |= {word for word in INTERESTING if word in text}
    assert seen == set(INTERESTING)


INTERESTING = (
    "0.0.0.0/1",
    "128.0.0.0/1",
    "sg-gone",
    "blackhole",
    '"IpProtocol": "6"',
    "pl-1",
    "pl-s3",
    "nat-1",
    "eigw-1",
    "pcx-1",
    "tgw-2",
    "vgw-1",
    '"GatewayId": "vpce-1"',
    '"SourceDestCheck": false',
    '"Ipv4Prefixes"',
    "ELB app/",
    "ELB net/",
    "ELB clb-",
    "gateway_load_balancer_endpoint",
    '"Ipv6CidrBlock": "2600',
    '"GatewayId": "igw-1", "AssociationState"',
    "vpn-1",
)
