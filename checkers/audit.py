"""Checking a whole bundle: every claim that its controls make on its snapshot, none left out."""

import gc
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from checkers.bundle import CERTIFICATES, LEDGER, Bundle
from checkers.cloud.causes import causes_in_words
from checkers.cloud.claims import Claim, Outcome, check_claim
from checkers.cloud.completion import values_in_words
from checkers.cloud.control import parse_control
from checkers.cloud.inventory import Inventory
from checkers.cloud.snapshot import Snapshot
from checkers.cloud.targets import targets_of
from checkers.cloud.words import assumptions_about, assumptions_of
from checkers.strict_json import Json
from checkers.verdict import Refusal, Rejected, Verdict


@dataclass(frozen=True, slots=True)
class ClaimReport:
    """What is said of one claim. `outcome` is None where the verdict is not accepted.

    `readings` are the open readings that the question has; the outcome is the same under all of them. `causes`
    are what the certificate says of the causes of a violation, line by line; `values` what it puts for what is not
    known yet. `assumptions` are ids of what the outcome rests on.
    """

    claim: Claim
    verdict: Verdict
    outcome: Outcome | None
    reasons: tuple[str, ...]
    readings: tuple[str, ...]
    causes: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()


def ledger_of(inventory: Inventory) -> list[dict[str, Json]]:
    """The ledger as it stands in a bundle."""
    effects = {(True, True): "allow or deny", (True, False): "allow", (False, True): "deny"}
    rows = [
        {"where": u.where, "reason": u.reason, "may": effects[u.can_allow, u.can_deny]} for u in inventory.unmodelled
    ]
    problems = [(p.place.path, p.id, p.reason) for p in inventory.network.export.problems]
    return rows + [
        {"where": path, "reason": reason if id in ("", path) else f"{id}: {reason}", "may": "carry or stop packets"}
        for path, id, reason in sorted(set(problems))  # noqa: A001
    ]


def claims_of(bundle: Bundle, inventory: Inventory) -> Iterator[Claim]:
    """Every claim of the bundle, by control and then by target."""
    for name, value in bundle.controls():
        control = parse_control(value, f"controls/{name}.json")
        if control.id != name:
            raise Rejected(f"controls/{name}.json: the control's id is {control.id!r}")
        for target in targets_of(control, inventory):
            yield Claim(control, target)


def check_bundle(bundle: Bundle) -> Iterator[ClaimReport]:
    """A report for each claim. Raises `Rejected` where a claim is missing, extra or out of place."""
    inventory = Inventory(Snapshot(bundle.snapshot()))
    if bundle.ledger() != ledger_of(inventory):
        raise Rejected(f"{LEDGER} is not the ledger of the snapshot")
    rows = bundle.certificates()
    gc.freeze()  # the inventory stays until the end: no need to look through it again and again
    for claim in claims_of(bundle, inventory):
        row = next(rows, None)
        if row is None or row.get("claim") != list(claim.id):
            found = "nothing" if row is None else ascii(row.get("claim"))
            raise Rejected(f"{CERTIFICATES}: expected the claim {list(claim.id)}, found {found:.200}")
        assumptions = (*assumptions_of(claim), *assumptions_about(inventory.snapshot))
        yield replace(check_row(claim, row, inventory), assumptions=assumptions)
    extra = next(rows, None)
    if extra is not None:
        raise Rejected(f"{CERTIFICATES}: {extra.get('claim')!a:.200} is not a claim of the controls")


def check_row(claim: Claim, row: Mapping[str, Json], inventory: Inventory) -> ClaimReport:
    """The verdict on one line of the certificates."""
    if row.keys() == {"claim", "inconclusive"}:
        reasons = row["inconclusive"]
        if not isinstance(reasons, list) or not reasons or not all(isinstance(r, str) for r in reasons):
            raise Rejected(f"{claim.id}: an inconclusive claim has a list of reasons")
        return ClaimReport(claim, Verdict.ACCEPTED, Outcome.INCONCLUSIVE, tuple(reasons), ())
    try:
        if row.keys() != {"claim", "certificate"} or not isinstance(row["certificate"], dict):
            raise Rejected("a line is neither a claim with its certificate nor an inconclusive claim")
        outcome, derived = check_claim(claim, row["certificate"], inventory)
    except Refusal as refusal:
        return ClaimReport(claim, refusal.verdict, None, (str(refusal),), ())
    certificate = row["certificate"]
    values = values_in_words(certificate, inventory)
    causes = causes_in_words(certificate.get("certificate", {}) if values else certificate, derived.notes)
    return ClaimReport(claim, Verdict.ACCEPTED, outcome, (), derived.readings, causes, values)
