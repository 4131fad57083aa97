"""The statements with a say in a request: whether each applies, and where it stands.

Untrusted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from auditctl.findings.statements import document_name
from auditctl.simulate.answer import Place
from auditctl.simulate.case import Case
from auditctl.simulate.truth import Truth, truth, truths
from checkers.cloud.derivation import Derivation, Effect, Kind, Note, Side, make_caller
from checkers.cloud.policy import Document, Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A statement with a say in a request: whose it is, where in the organization, and whether it applies."""

    kind: Kind
    level: str
    note: Note
    applies: bool


def statements(case: Case, *, wide: bool) -> list[Said]:
    """Every statement with a say in the request, on one side."""
    sections = list(case.sections())
    keys = frozenset(k for _, _, documents, _ in sections for d in documents for k in d.set_keys)
    side = Side(wide=wide, every_request=True)
    derivation = Derivation(case.inventory, side, actions=None, set_keys=keys, knows_principal=True)
    if case.request.principal in case.inventory.callers:
        derivation.caller = make_caller(case.inventory, case.request.principal)
    found: list[tuple[Kind, str, Note]] = []
    for kind, level, documents, reach in sections:
        before = len(derivation.notes)
        derivation.through = reach
        derivation.resource_grants(documents, kind)
        found += [(kind, level, note) for note in derivation.notes[before:]]
    values = truths(derivation.formula, case.assignment)
    return [Said(kind=k, level=at, note=n, applies=_applies(values, n, wide=wide)) for k, at, n in found]


def _applies(values: Sequence[Truth], note: Note, *, wide: bool) -> bool:
    """Whether a statement applies: on the wide side what may allow and what surely denies, on the other the reverse."""
    found = truth(values, note.literal)
    return found is True if found is not None else (note.effect is Effect.ALLOW) is wide


def document_of(case: Case, note: Note) -> str:
    """The name of a statement's document."""
    brought = _brought(case, note.document.origin)
    return f"policies.{brought} of the request" if brought else document_name(note)


def boundary_name(case: Case, document: Document) -> str:
    """The name of a permissions boundary."""
    brought = _brought(case, document.origin)
    return f"policies.{brought} of the request" if brought else f"the permissions boundary {document.origin.name}"


def place_of(case: Case, note: Note) -> Place:
    """Where a statement stands."""
    origin, statement = note.document.origin, note.statement
    brought = _brought(case, origin)
    start = f"$.policies.{brought}" if brought else origin.path
    return Place(
        document=document_of(case, note),
        file="request" if brought else origin.file,
        path=".".join(p for p in (start, statement.path) if p),
        sid=statement.sid,
    )


def _brought(case: Case, origin: Origin) -> str:
    """Where in the request a document stands, empty where it is the snapshot's."""
    if origin.file == "request":
        return origin.path.removeprefix("$.policies.")
    return case.world.places.get((origin.file, origin.path), "")


def where(note: Note) -> tuple[Any, ...]:
    """What tells a statement from others, on either side."""
    return note.kind, note.document.origin, note.statement.path, note.effect
