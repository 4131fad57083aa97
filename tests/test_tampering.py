"""Single-field edits of certificates, snapshots and controls: refused, or what is accepted is still true.

The liars at the end show the power of the expectations: no checker that does not check meets them.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from auditctl.audit import claims_of
from auditctl.controls import load_controls, read_parameters
from checkers.cloud import claims as claims_module
from checkers.cloud.claims import Claim, Derived, Outcome, check_claim
from checkers.cloud.control import parse_control
from checkers.cloud.inventory import Inventory
from checkers.cloud.snapshot import Snapshot
from checkers.verdict import Rejected
from small_bundle import as_bytes, controls, files, inventory_of
from tampering import (
    REFUTATION_EDITS,
    WITNESS_EDITS,
    Case,
    cases_of,
    control_edits,
    find_problems,
    find_statement_problems,
    snapshot_byte_edits,
    snapshot_edits,
)

ROOT = Path(__file__).parent.parent
KINDS = {*REFUTATION_EDITS, *WITNESS_EDITS, "another_claim"}


@pytest.fixture
def remembered() -> Iterator[None]:
    """Each question is derived once: the edits are of certificates, and every inventory outlives the test."""
    known: dict[tuple[tuple[str, str], int, tuple[tuple[str, object], ...]], Derived] = {}
    derive = claims_module.question_of

    def question_of(claim: Claim, inventory: Inventory, **which: Any) -> Derived:
        key = (claim.id, id(inventory), tuple(sorted(which.items())))
        if key not in known:
            known[key] = derive(claim, inventory, **which)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(claims_module, "question_of", question_of)
        yield


@pytest.fixture(scope="module")
def small() -> list[Case]:
    inventory = inventory_of(as_bytes(files()))
    return cases_of(claims_of([parse_control(d, n) for n, d in controls().items()], inventory), inventory)


@pytest.fixture(scope="module")
def acme() -> list[Case]:
    base = ROOT / "examples/acme/snapshot"
    inventory = Inventory(
        Snapshot({p.relative_to(base).as_posix(): p.read_bytes for p in sorted(base.rglob("*.json"))})
    )
    folders = [ROOT / "policies", ROOT / "examples/acme/controls"]
    shipped = load_controls(folders, read_parameters(ROOT / "examples/acme/parameters.yaml"))
    controls_of_requests = [c for c in (parse_control(s.document, s.id) for s in shipped) if c.is_of_requests]
    return cases_of(claims_of(controls_of_requests, inventory), inventory)


def test_certificates_of_the_small_bundle(remembered: None, small: list[Case]) -> None:
    report = find_problems(check_claim, small, 10_000)
    assert report.problems == []
    assert set(report.made) >= KINDS


def test_certificates_of_the_example(remembered: None, acme: list[Case]) -> None:
    assert len(acme) > 200
    report = find_problems(check_claim, acme, 15_000)
    assert report.problems == []
    assert set(report.made) >= KINDS - {"swap_steps", "renumber_choice"}, "most refutations have one step"


Edits = Iterator[tuple[str, Mapping[str, bytes], Sequence[Any]]]


def statement_edits() -> Edits:
    """Edits of the small snapshot and its controls."""
    values, documents = files(), list(controls().values())
    yield from snapshot_edits(values, documents)
    yield from snapshot_byte_edits(values, documents, 8)
    yield from control_edits(values, documents)


def test_snapshots_and_controls(small: list[Case]) -> None:
    report = find_statement_problems(check_claim, small, statement_edits())
    assert report.problems == []
    assert report.made.total() > 3_000
    kinds = {"snapshot widen", "snapshot narrow", "snapshot flip", "snapshot drop", "snapshot byte"}
    kinds |= {"control widen", "control narrow", "control drop", "control element"}
    assert kinds <= set(report.made)


def test_the_opposite_form_has_the_opposite_outcome(small: list[Case]) -> None:
    for case in small:
        document = controls()[case.claim.control.id]
        form, other = ("forbid", "require") if "forbid" in document else ("require", "forbid")
        edited = {**{k: v for k, v in document.items() if k != form}, other: document[form]}
        outcome, _ = check_claim(Claim(parse_control(edited, "x"), case.claim.target), case.certificate, case.inventory)
        assert {outcome, case.outcome} == {Outcome.HOLDS, Outcome.VIOLATED}


# Liars.


def always_accept(_claim: Claim, certificate: Mapping[str, Any], _inventory: Inventory) -> tuple[Outcome, None]:
    """Whatever it is, it proves what its rule may prove."""
    return (Outcome.VIOLATED if certificate.get("rule") == "witness/1" else Outcome.HOLDS), None


def always_reject(_claim: Claim, _certificate: Mapping[str, Any], _inventory: Inventory) -> tuple[Outcome, None]:
    """Nothing is good enough."""
    raise Rejected("no")


def parse_only(claim: Claim, certificate: Mapping[str, Any], _inventory: Inventory) -> tuple[Outcome, None]:
    """A certificate of the right form is accepted, and the outcome is the right one for its rule."""
    is_witness = set(certificate) == {"rule", "request"} and certificate["rule"] == "witness/1"
    is_refutation = set(certificate) == {"rule", "question", "lemmas", "steps"} and all(
        isinstance(certificate[name], kind) for name, kind in (("question", str), ("lemmas", dict), ("steps", list))
    )
    if not is_witness and not is_refutation:
        raise Rejected("not of the right form")
    wanted = claim.control.form == "require" and not claim.control.request.all
    return (Outcome.HOLDS if is_witness is wanted else Outcome.VIOLATED), None


LIARS = {"always_accept": always_accept, "always_reject": always_reject, "parse_only": parse_only}


@pytest.mark.parametrize("liar", LIARS.values(), ids=LIARS)
def test_no_liar_passes_the_edits_of_certificates(liar: Any, small: list[Case]) -> None:
    assert find_problems(liar, small, 2_000).problems


@pytest.mark.parametrize("liar", [always_accept, parse_only], ids=["always_accept", "parse_only"])
def test_no_liar_passes_the_edits_of_statements(liar: Any, small: list[Case]) -> None:
    assert find_statement_problems(liar, small, islice(statement_edits(), 0, None, 9)).problems
