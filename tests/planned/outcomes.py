"""What controls of policies/ say of a draft."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from auditctl.audit import claims_of, decide
from auditctl.controls import load_controls
from checkers.cloud.control import Control, parse_control
from checkers.cloud.inventory import Inventory
from checkers.cloud.snapshot import Snapshot

if TYPE_CHECKING:
    from auditctl.audit import Result
    from auditctl.planned.draft import Draft

POLICIES = Path(__file__).parents[2] / "policies"


@cache
def policy(name: str) -> Control:
    (found,) = load_controls([POLICIES / f"{name}.yaml"])
    return parse_control(found.document, name)


def inventory_of(draft: Draft) -> Inventory:
    return Inventory(Snapshot(draft.files()))


def results(draft: Draft, *names: str) -> dict[tuple[str, str], Result]:
    """The result of each claim, by control and name of the target."""
    inventory = inventory_of(draft)
    claims = claims_of([policy(name) for name in names], inventory)
    found = {(c.control.id, c.target.name or c.target.id): decide(c, inventory) for c in claims}
    assert not [r.refused for r in found.values() if r.refused]
    return found


def outcomes(draft: Draft, *names: str) -> dict[str, str]:
    """The outcome of each claim by the name of its target; of several controls, the last one."""
    return {target: found.outcome.value for (_, target), found in results(draft, *names).items()}


def outcome(draft: Draft, name: str) -> str:
    """The outcome of the only claim of a control."""
    (found,) = outcomes(draft, name).values()
    return found


def reasons(draft: Draft, name: str) -> str:
    """Why the only claim of a control is inconclusive, as one text."""
    (found,) = results(draft, name).values()
    assert found.outcome.value == "inconclusive", found
    return "\n".join(found.reasons)
