"""A larger account, and many: a third of the time of a sequential client, and memory that does not grow.

`AUDITCTL_FUZZ` turns these on: they take two minutes.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from collect import estate, figures
from collect.proxy import proxy
from collect.server import moto

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif("AUDITCTL_FUZZ" not in os.environ, reason="long: set AUDITCTL_FUZZ")


def test_many_calls_at_once_take_a_third_of_the_time(tmp_path: Path) -> None:
    with moto() as address, proxy(address) as before:
        figures.fill(address)
        before.seconds = figures.ROUND_TRIP
        together = figures.measure(address, before, tmp_path / "together")
        alone = figures.measure(address, before, tmp_path / "alone", "--concurrency", "1")
    assert together.calls == alone.calls
    assert together.seconds < alone.seconds / 3


def test_memory_does_not_grow_with_accounts(tmp_path: Path) -> None:
    with moto() as address, proxy(address) as before:
        members = estate.fill_organization(address, *[f"member-{i}" for i in range(12)])
        role = ("--role-name", "audit")
        few, many = (
            figures.measure(
                address,
                before,
                tmp_path / str(number),
                *role,
                *(word for account in members[:number] for word in ("--account", account)),
            )
            for number in (3, 12)
        )
    assert many.calls > 3 * few.calls
    assert many.mebibytes < few.mebibytes + 10
