"""What an audit is about: a snapshot, its inventory, and controls as canonical JSON.

Untrusted. It comes from a snapshot directory with control files, or from a bundle, which has both and
the certificates too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditctl.audit import Result, claims_of
from auditctl.controls import Control as LoadedControl
from auditctl.controls import load_controls, make_overrides, parse_assignments, read_parameters
from auditctl.controls.waivers import matches
from auditctl.names import check_known
from auditctl.snapshot import Files
from auditctl.source import Source, read_source
from checkers.bundle import Bundle
from checkers.cloud.claims import Claim, Outcome, check_claim
from checkers.cloud.control import Control, parse_control
from checkers.cloud.inventory import Inventory
from checkers.cloud.snapshot import Snapshot
from checkers.strict_json import Json
from checkers.verdict import Refusal, Rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which controls, with which parameters, as the user chose them."""

    paths: tuple[Path, ...]
    parameters: Path | None = None
    settings: tuple[str, ...] = ()
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A snapshot and controls. `documents` maps the ids of the controls to their canonical JSON.

    `notices` are what the user should be told of how the snapshot was read; `not_asked` are the controls that are not
    asked of a plan.
    """

    files: Files
    inventory: Inventory
    documents: Mapping[str, Mapping[str, Any]]
    notices: tuple[str, ...] = ()
    not_asked: tuple[str, ...] = ()

    @property
    def claims(self) -> list[Claim]:
        """Every claim of the controls on the snapshot, in the order of a bundle."""
        return claims_of(self.controls, self.inventory)

    @property
    def controls(self) -> list[Control]:
        """The controls as the checker reads them."""
        return [parse_control(document, f"control {name}") for name, document in self.documents.items()]


def read_subject(snapshot: Path, chosen: Chosen, source: Source | None = None) -> Subject:
    """A subject from a snapshot, a dump, a plan or a template, and control files."""
    documents = read_documents(chosen)
    read = read_source(snapshot, source)
    inventory = Inventory(Snapshot(read.files))
    is_asked = not inventory.snapshot.is_planned or bool(chosen.only)
    not_asked = () if is_asked else tuple(name for name, document in documents.items() if _is_of_accounts(document))
    return Subject(
        files=read.files,
        inventory=inventory,
        documents={name: document for name, document in documents.items() if name not in not_asked},
        notices=(*read.notices, *_of_accounts(not_asked)),
        not_asked=not_asked,
    )


def _is_of_accounts(document: Mapping[str, Any]) -> bool:
    """Whether a control is about whole accounts: their organization and root user, of which a plan says nothing."""
    return document["for_each"] == "account" and parse_control(document, "control").is_of_requests


def _of_accounts(names: Sequence[str]) -> tuple[str, ...]:
    """What the user is told of the controls that are not asked of a plan."""
    if not names:
        return ()
    return (f"not asked of a plan, which says nothing of whole accounts: {', '.join(names)}; --control ID asks one",)


def read_controls(chosen: Chosen) -> tuple[LoadedControl, ...]:
    """The chosen controls."""
    given = [read_parameters(chosen.parameters)] if chosen.parameters else []
    overrides = make_overrides(*given, parse_assignments(chosen.settings))
    found = load_controls(chosen.paths, overrides)
    check_known(chosen.only, [control.id for control in found], "control")
    return tuple(control for control in found if not chosen.only or control.id in chosen.only)


def read_documents(chosen: Chosen) -> dict[str, Mapping[str, Any]]:
    """The canonical JSON of the chosen controls, by id."""
    return {control.id: control.document for control in read_controls(chosen)}


def open_bundle(path: Path) -> tuple[Subject, "Answers"]:
    """The subject of a bundle, and the answers that the bundle gives."""
    bundle = Bundle(path)
    files = bundle.snapshot()
    subject = Subject(files=files, inventory=Inventory(Snapshot(files)), documents=dict(bundle.controls()))
    rows = {_claim_id(row): row for row in bundle.certificates()}
    return subject, Answers(subject.inventory, rows)


def _claim_id(row: Mapping[str, Json]) -> tuple[str, str]:
    match row.get("claim"):
        case [str(control), str(target)]:
            return control, target
        case other:
            raise Rejected(f"certificates: {other!r} names no claim")


class Answers:
    """The rows of a bundle's certificates, each checked when it is asked for."""

    def __init__(self, inventory: Inventory, rows: Mapping[tuple[str, str], Mapping[str, Json]]) -> None:
        self.inventory = inventory
        self.rows = rows

    def __call__(self, claim: Claim) -> Result:
        """What the bundle's certificate proves of the claim. Raises `Refusal`."""
        row = self.rows.get(claim.id)
        if row is None:
            raise Rejected(f"the bundle has no line for the claim {list(claim.id)}")
        if "certificate" not in row:
            return Result(claim=claim, outcome=Outcome.INCONCLUSIVE, reasons=tuple(row.get("inconclusive", ())))
        try:
            outcome, _ = check_claim(claim, row["certificate"], self.inventory)
        except Refusal as refusal:
            reason = f"the checker {refusal.verdict.value} the certificate: {refusal}"
            return Result(claim=claim, outcome=Outcome.INCONCLUSIVE, reasons=(reason,), refused=reason)
        return Result(claim=claim, outcome=outcome, certificate=row["certificate"])


Decide = Callable[[Claim], Result]


def select(subject: Subject, control: str, target: str | None) -> list[Claim]:
    """The claims that the user names: of a control, on a target given by its id, its name, or a glob over either."""
    check_known([control], subject.documents, "control")
    claims = [claim for claim in subject.claims if claim.control.id == control]
    if target is None:
        return claims
    found = [c for c in claims if matches(target, c.target.id) or matches(target, c.target.name)]
    if not found:
        check_known([target], [n for c in claims for n in (c.target.id, c.target.name)], f"target of {control}")
    return found
