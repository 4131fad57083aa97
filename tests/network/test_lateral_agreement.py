"""Chains of hosts of random networks: the answer is that of asking about each pair of hosts, and packets are walked.

Of every pair of hosts it is asked by itself whether a packet of the one gets to the other; hosts are then followed one
by one. Every packet of a chain that was found is given to the walker that was written apart.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from auditctl.audit import claims_of, decide
from auditctl.search.flows import packet, refutation
from checkers.cloud.claims import Outcome
from checkers.cloud.network.build import INTERNET
from checkers.cloud.network.header import SOURCE, packet_of
from checkers.cloud.network.lateral import Movement, taken_of
from naive import network as naive
from network.estate import control_of
from network.random_networks import make
from network.world import inventory_of

if TYPE_CHECKING:
    from checkers.cloud.claims import Claim
    from checkers.cloud.inventory import Inventory
    from checkers.cloud.network.flows import Walk

NETWORKS = 60 * int(os.environ.get("AUDITCTL_FUZZ", "1"))
PARTS = 3
SERVICES = ({"protocol": ["tcp"], "port": ["22", "443"]}, {"protocol": ["tcp"]}, {"protocol": ["udp", "icmp"]}, {})


def instances(seed: int, files: Any) -> list[str]:
    """Attach interfaces to instances, one or two to each; a few stay without. The interfaces that have one."""
    rng = random.Random(seed)
    found, number, taken = [], 0, Counter[str]()
    for path in sorted(p for p in files if p.endswith("/describe-network-interfaces.json")):
        rows = sorted(files[path]["NetworkInterfaces"], key=lambda row: str(row["NetworkInterfaceId"]))
        for row in rows:
            if row["InterfaceType"] == "interface" and not row["Description"] and rng.random() < 0.9:
                number += rng.random() < 0.7
                taken[f"i-{number}"] += 1
                row["Attachment"] = {"InstanceId": f"i-{number}", "DeviceIndex": taken[f"i-{number}"] - 1}
                found.append(row["NetworkInterfaceId"])
    return found


def claim_about(seed: int, inventory: Inventory, hosts: list[str]) -> Claim:
    """The claim that no chain leads from the internet, or from a host, to some other host."""
    rng = random.Random(seed)
    start: list[Any] = ["internet"] if rng.random() < 0.6 else [{"interface": [rng.choice(hosts)]}]
    goal = {"to": [{"interface": [rng.choice(hosts)]}], "protocol": ["tcp"], "port": ["5432"]}
    path = {"from": start, "hop": rng.choice(SERVICES), "to": {"flow": goal}}
    return claims_of([control_of("network", path=path)], inventory)[0]


def follow(side: Movement) -> bool:
    """Whether the goal is reached, pair by pair."""

    def gets(sources: Any, goals: Any) -> bool:
        question = side.question(sources, goals)
        return refutation(question) is None if side.wide else packet(question) is not None

    held = set(side.held)
    todo: list[Any] = [list(side.sources), *(side.sent_by([host]) for host in sorted(held))]
    reached = False
    while todo:
        sources = todo.pop()
        reached = reached or gets(sources, side.goals)
        for host in sorted(side.candidates - held):
            if host not in held and gets(sources, side.taken_by([host])):
                new = side.hosts.whole([host]) - held
                held |= new
                todo += [side.sent_by([one]) for one in sorted(new)]
    return reached


def check_walk(facts: naive.Facts, inventory: Inventory, walk: Walk, senders: list[str], target: str) -> None:
    """The walker finds that the packet of a certificate gets from one of the senders to the target."""
    header, source = walk.hops[0].header, INTERNET
    if walk.hops[0].location != INTERNET:
        interfaces = inventory.network.export.interfaces
        source = next(s for s in senders if header[SOURCE] in interfaces[s].addresses)
    found = packet_of(header)
    # To the walker addresses of documentation are not public.
    start = found.source.replace("203.0.113.", "203.2.113.")
    one = naive.Packet(start, found.destination, found.protocol, found.port, found.source_port)
    assert target in naive.reaches(facts, source, one), (source, one, target)


@pytest.mark.parametrize("part", range(PARTS))
def test_chains_are_those_of_pairs_of_hosts(part: int) -> None:
    seen: Counter[str] = Counter()
    for seed in range(part, NETWORKS, PARTS):
        made = make(seed)
        hosts = instances(seed, made.files)
        if not hosts:
            continue
        inventory = inventory_of(made.files)
        hosts = [h for h in hosts if h in inventory.network.export.interfaces]
        claim = claim_about(seed, inventory, hosts)
        result = decide(claim, inventory)
        assert not result.refused, (seed, result.refused)
        wide, narrow = (Movement(claim, inventory, wide=side) for side in (True, False))
        assert (result.outcome is Outcome.HOLDS) is (not wide.problem and not follow(wide)), seed
        assert (result.outcome is Outcome.VIOLATED) is follow(narrow), seed
        seen[result.outcome.value] += 1
        if result.outcome is Outcome.VIOLATED and result.certificate is not None:
            facts = naive.Facts(made.files)
            taken = taken_of(claim, result.certificate, inventory)
            senders = sorted(narrow.held)
            for hop in taken.hops:
                if hop.packet is not None:
                    check_walk(facts, inventory, hop.packet, senders, hop.host)
                    seen["walked"] += 1
                senders = sorted(narrow.hosts.whole([hop.host]))
    assert min(seen["holds"], seen["violated"], seen["walked"]) > 0
