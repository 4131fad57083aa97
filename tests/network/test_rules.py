"""Each rule of forwarding through the graph of the checker: a packet that passes, and one that does not."""

from __future__ import annotations

import pytest

from network.cases import Case, cases
from network.one_packet import arrives, is_answered, is_refuted

CASES = list(cases())


@pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])
def test_a_rule(case: Case) -> None:
    inventory = case.world.inventory()
    assert arrives(inventory, case.source, case.packet, case.target, wide=False) is case.narrow
    assert arrives(inventory, case.source, case.packet, case.target, wide=True) is case.wide
    if case.answered is not None:
        assert is_answered(inventory, case.source, case.packet, case.target) is case.answered
        assert not (case.answered and is_refuted(inventory, case.source, case.packet, case.target))
    if not case.wide:
        assert is_refuted(inventory, case.source, case.packet, case.target)


def test_every_rule_has_both_sides() -> None:
    for name in {c.name.partition(":")[0] for c in CASES}:
        outcomes = {c.narrow and c.answered is not False for c in CASES if c.name.partition(":")[0] == name}
        assert outcomes == {True, False}, name
