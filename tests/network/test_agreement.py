"""Random networks: the checker's graph and a walker that was written apart say the same of every packet.

AUDITCTL_FUZZ=10 looks at ten times as many.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from checkers.cloud.network.build import OUTSIDE
from naive import network as naive
from network.one_packet import arrives, is_answered, is_refuted, reached
from network.random_networks import make
from network.world import inventory_of

if TYPE_CHECKING:
    from checkers.cloud.inventory import Inventory

NETWORKS = 512 * int(os.environ.get("AUDITCTL_FUZZ", "1"))
PARTS = 8


def is_relay(inventory: Inventory, interface: str) -> bool:
    """Whether it has no source/destination check, so that it may forward."""
    network = inventory.network
    return not network.build(wide=True).classes[network.class_of(interface)].checks


@pytest.mark.parametrize("part", range(PARTS))
def test_packets_get_where_the_walker_says(part: int) -> None:
    seen: Counter[str] = Counter()
    for seed in range(part, NETWORKS, PARTS):
        made = make(seed)
        inventory, facts = inventory_of(made.files), naive.Facts(made.files)
        relays = {i for i in inventory.network.export.interfaces if is_relay(inventory, i)}
        for source, packet in made.packets:
            where = f"network {seed}: {source}: {packet}"
            surely = naive.reaches(facts, source, packet)
            maybe = naive.walk(facts, source, packet, wide=True)
            zoned = any("the zone in which" in reason for reason in maybe.unknown)
            sure = reached(inventory, source, packet, wide=False)
            # By which of several subnets a packet leaves a transit gateway, the two say differently how sure they are.
            assert sure <= maybe.places if zoned else sure == surely, where
            # Appliances and the outside may send anything for what they get, which the walker does not follow.
            found = reached(inventory, source, packet, wide=True)
            is_exact = not maybe.unknown and found.isdisjoint({OUTSIDE, *relays})
            assert found == maybe.places if is_exact else found >= maybe.places, where
            seen["packets"] += 1
            seen["exact"] += is_exact
            seen["arrive"] += bool(surely)
            back = naive.answers(facts, source, packet)
            for target in sorted(surely - {source})[:2] if not zoned else ():
                answered = is_answered(inventory, source, packet, target)
                assert answered is (target in back), f"{where}: the reply of {target}"
                assert not (answered and is_refuted(inventory, source, packet, target)), where
                assert arrives(inventory, source, packet, target, wide=False)
                seen["answered" if answered else "not answered"] += 1
    assert seen["packets"] >= 5_000 // PARTS
    assert seen["exact"] > seen["packets"] // 3
    assert min(seen["arrive"], seen["answered"], seen["not answered"]) > seen["packets"] // 100, seen
