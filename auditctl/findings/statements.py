"""The statements that have a say in a request, and where each of them stands.

Untrusted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditctl.findings.source import Source, source_of
from auditctl.report.model import Place
from checkers.cloud.authorization import guards_for
from checkers.cloud.claims import Claim, Derived
from checkers.cloud.control import bind
from checkers.cloud.derivation import Effect, Note
from checkers.cloud.inventory import Inventory
from checkers.cloud.request import ConcreteRequest

if TYPE_CHECKING:
    from checkers.cloud.policy import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A statement of the question, with its text."""

    note: Note
    source: Source
    place: Place

    @property
    def name(self) -> str:
        """What a sentence calls it: its Sid, or its position; a document that could not be read as a whole."""
        return name_of(self.place)

    @property
    def full_name(self) -> str:
        """The name with that of its document."""
        return f"{self.name} in {self.place.document}" if self.name else self.place.document

    @property
    def problem(self) -> str:
        """Why it could not be read, empty where it could."""
        return self.note.statement.problem or ""


def said(note: Note, inventory: Inventory) -> Said:
    """The statement of a note."""
    source = source_of(inventory.snapshot, note.document, note.statement)
    return Said(note=note, source=source, place=_place(note))


def _place(note: Note) -> Place:
    origin = note.document.origin
    return Place(
        document=origin.name,
        file=origin.file,
        path=".".join(p for p in (origin.path, note.statement.path) if p),
        sid=note.statement.sid,
        effect=note.effect.value,
    )


def name_of(place: Place) -> str:
    """What a sentence calls a statement: its Sid, or its position; empty for a whole document."""
    last = place.path.rpartition(".")[2]
    return place.sid or (last if last.startswith("Statement") else "")


def notes_about(request: ConcreteRequest, claim: Claim, derived: Derived, inventory: Inventory) -> Iterator[Note]:
    """The statements that have a say in a request, each once.

    They are those of the caller's identity policies and of the policies of the resource; the question has
    those of other callers and other resources too.
    """
    guards = guards_for(inventory, bind(claim.control.request, claim.target.placeholders(), claim.control.id))
    resources = {g.document.origin: g for g in guards if g.document is not None}
    callers = {note.caller for note in derived.notes}
    caller = request.principal if request.principal in callers else ""
    seen: set[tuple[Origin, str, Effect]] = set()
    for note in derived.notes:
        origin = note.document.origin
        guard = resources.get(origin)
        key = (origin, note.statement.path, note.effect)
        if note.caller != caller or key in seen:
            continue
        if guard is None or (request.resource in guard.resources and request.action.lower() in guard.actions):
            seen.add(key)
            yield note
