"""Questions of the example organization: our answer, Z3's and cvc5's agree.

A solver that runs out of time says nothing; a tenth of the questions of each control must be decided by one of them.
`AUDITCTL_FUZZ` multiplies the time limit and asks every question, not one in three.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from auditctl.audit import claims_of
from auditctl.controls import Control, load_controls
from auditctl.search.solve import Model, Refutation, solve
from auditctl.smt import SOLVERS, Status
from checkers.cloud.claims import question_of
from checkers.cloud.control import parse_control
from checkers.cloud.inventory import Inventory
from checkers.cloud.snapshot import Snapshot

if TYPE_CHECKING:
    from checkers.kernel.clauses import Question

ROOT = Path(__file__).resolve().parent.parent
SCALE = int(os.environ.get("AUDITCTL_FUZZ", "1"))
SECONDS = 0.2 * SCALE
CONTROLS = load_controls([ROOT / "policies"])


@pytest.fixture(scope="module")
def inventory() -> Inventory:
    base = ROOT / "examples/acme/snapshot"
    return Inventory(Snapshot({str(p.relative_to(base)): p.read_bytes for p in sorted(base.rglob("*.json"))}))


def questions(control: Control, inventory: Inventory) -> list[Question]:
    """The different questions that a control asks, both sides of each claim."""
    claims = claims_of([parse_control(control.document, control.id)], inventory)
    found = [question_of(c, inventory, wide=wide).question for c in claims for wide in (True, False)]
    return list({q.digest: q for q in found}.values())


@pytest.mark.parametrize("control", CONTROLS, ids=[c.id for c in CONTROLS])
def test_solvers_agree_with_our_answer(control: Control, inventory: Inventory) -> None:
    decided = 0
    asked = questions(control, inventory)[:: 3 if SCALE == 1 else 1]
    for question in asked:
        answer = solve(question)
        assert isinstance(answer, Refutation | Model), answer
        ours = Status.UNSAT if isinstance(answer, Refutation) else Status.SAT
        said = {name: decide(question, SECONDS).status for name, decide in SOLVERS.items()}
        assert set(said.values()) <= {ours, Status.UNKNOWN}, f"{said}, and we have {answer}"
        decided += ours in said.values()
    assert 10 * decided >= len(asked), f"the solvers decided {decided} of {len(asked)} questions"
