"""From the results of an audit to its report.

Untrusted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from auditctl import __version__
from auditctl.audit import Result
from auditctl.controls import Waiver as FiledWaiver
from auditctl.controls import Waivers
from auditctl.exit_codes import ExitCode, first_of
from auditctl.findings.explain import Explanation, explain
from auditctl.findings.readings import in_words
from auditctl.findings.written import origin_of
from auditctl.report.model import (
    FORMAT,
    Account,
    Assumption,
    ClaimReport,
    ControlReport,
    CrossCheck,
    LedgerEntry,
    Outcome,
    Planned,
    Report,
    Requirements,
    Severity,
    SnapshotInfo,
    Waiver,
    count,
)
from auditctl.subject import Subject
from checkers.audit import ledger_of
from checkers.cloud.inventory import Inventory
from checkers.cloud.snapshot import Snapshot
from checkers.cloud.words import ASSUMPTIONS, assumptions_about, assumptions_of, claim_in_words
from checkers.strict_json import Json, parse_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What decides the exit code beside the outcomes: waivers on a day, and how many claims there must be."""

    waivers: Waivers
    today: date
    expected: int = 1


def make_report(
    subject: Subject, results: Sequence[Result], rules: Rules, *, partial: bool, cross_check: CrossCheck | None
) -> Report:
    """The report of a run."""
    by_control: dict[str, list[ClaimReport]] = {name: [] for name in sorted(subject.documents)}
    for result in results:
        by_control[result.claim.control.id].append(_claim(result, rules, subject.inventory))
    controls = tuple(_control(subject.documents[name], claims) for name, claims in by_control.items())
    claims = [claim for control in controls for claim in control.claims]
    return Report(
        format=FORMAT,
        tool=f"auditctl {__version__}",
        snapshot=snapshot_info(subject.inventory),
        partial=partial,
        not_asked=subject.not_asked,
        exit_code=exit_code(claims, rules, partial=partial, cross_check=cross_check).value,
        counts=count(c.outcome for c in claims),
        controls=controls,
        ledger=ledger(subject.inventory),
        assumptions=assumptions(results, subject.inventory.snapshot),
        cross_check=cross_check,
    )


def exit_code(
    claims: Sequence[ClaimReport], rules: Rules, *, partial: bool, cross_check: CrossCheck | None
) -> ExitCode:
    """The exit code of `auditctl check`."""
    outcomes = {claim.outcome for claim in claims}
    applies = {
        ExitCode.REFUSED: any(c.refused for c in claims) or (cross_check is not None and cross_check.disagreements),
        ExitCode.INTERRUPTED: partial,
        ExitCode.VIOLATED: Outcome.VIOLATED in outcomes,
        ExitCode.INCONCLUSIVE: Outcome.INCONCLUSIVE in outcomes or len(claims) < rules.expected,
    }
    return first_of(code for code, does in applies.items() if does)


def snapshot_info(inventory: Inventory) -> SnapshotInfo:
    """Which export an answer is about."""
    manifest = parse_json(inventory.snapshot.content("snapshot.json"), "snapshot.json")
    time = manifest.get("time")
    accounts = tuple(Account(id=a.id, name=a.name) for a in inventory.accounts.values())
    return SnapshotInfo(
        time=time if isinstance(time, str) else "", accounts=accounts, planned=planned_of(manifest.get("planned"))
    )


# What is planned, by the word for it in snapshot.json.
_PLANS = {"terraform": "Terraform plan", "cloudformation": "CloudFormation template"}


def planned_of(value: Json) -> Planned | None:
    """What `snapshot.json` says of the plan or template that it was made of."""
    if not isinstance(value, dict):
        return None
    texts = {name: value[name] for name in ("kind", "file", "format", "sha256") if isinstance(value.get(name), str)}
    given = {"kind": "", "file": "", "format": "", "sha256": "", **texts}
    version = f" (format {given['format']})" if given["format"] else ""
    return Planned(words=f"{_PLANS.get(given['kind'], 'plan')} {given['file']}{version}", **given)


def _control(document: Mapping[str, Any], claims: Sequence[ClaimReport]) -> ControlReport:
    return ControlReport(
        id=document["id"],
        title=document["title"],
        severity=Severity(document["severity"]),
        rationale=document["rationale"],
        remediation=document["remediation"],
        requirements=tuple(
            Requirements(framework=framework, ids=tuple(ids))
            for framework, ids in sorted(document.get("maps_to", {}).items())
        ),
        counts=count(c.outcome for c in claims),
        claims=tuple(claims),
    )


def _claim(result: Result, rules: Rules, inventory: Inventory) -> ClaimReport:
    decided = Outcome(result.outcome.value)
    waiver = None if decided is Outcome.HOLDS else rules.waivers.match(*result.claim.id, rules.today)
    why = explain(result, inventory) if decided is Outcome.VIOLATED else Explanation()
    return claim_report(result, why, inventory, waiver)


def claim_report(
    result: Result, why: Explanation, inventory: Inventory, waiver: FiledWaiver | None = None
) -> ClaimReport:
    """What is reported of one claim."""
    claim = result.claim
    decided = Outcome(result.outcome.value)
    return ClaimReport(
        target=claim.target.id,
        kind=claim.target.kind,
        name=claim.target.name,
        account=claim.target.account,
        words=claim_in_words(claim),
        outcome=Outcome.WAIVED if waiver else decided,
        decided=decided,
        waiver=_waiver(waiver) if waiver else None,
        reasons=tuple(in_words(reason) for reason in result.reasons),
        witness=why.witness,
        causes=why.causes,
        path=why.path,
        flow=why.flow,
        hosts=why.hosts,
        explanation=why.sentences,
        assumptions=(*assumptions_of(claim), *assumptions_about(inventory.snapshot)),
        refused=result.refused,
        values=why.values,
        written=origin_of(claim.target.id, inventory),
    )


def _waiver(waiver: FiledWaiver) -> Waiver:
    return Waiver(owner=waiver.owner, reason=waiver.reason, expires=waiver.expires.isoformat())


def ledger(inventory: Inventory) -> tuple[LedgerEntry, ...]:
    """What no rule models or could settle."""
    return tuple(LedgerEntry(**row) for row in ledger_of(inventory))


def assumptions(results: Iterable[Result], snapshot: Snapshot) -> tuple[Assumption, ...]:
    """What the answers take for granted, each with the number of claims that do."""
    about = assumptions_about(snapshot)
    names = [name for result in results for name in (*assumptions_of(result.claim), *about)]
    return tuple(Assumption(id=n, words=ASSUMPTIONS[n], claims=names.count(n)) for n in sorted(set(names)))
