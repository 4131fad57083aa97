"""The statements that have a say in a request, and where each of them stands.

Untrusted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditctl.findings.source import Source, source_of
from auditctl.report.model import Place
from checkers.cloud.claims import Derived
from checkers.cloud.control import BoundRequest
from checkers.cloud.derivation import GRANTING, Effect, Kind, Note
from checkers.cloud.guards import Guard, documents_of, guards_for
from checkers.cloud.inventory import Inventory
from checkers.cloud.organization import SCP, Level
from checkers.cloud.request import ConcreteRequest
from checkers.cloud.vocabulary import account_of
from checkers.kernel.globs import GlobSet

if TYPE_CHECKING:
    from checkers.cloud.policy import Origin

# Kinds of documents that are about one resource.
OF_RESOURCES = GRANTING - {Kind.IDENTITY}
# Kinds of documents that are read once for several callers.
FOR_ALL_ALIKE = frozenset({Kind.SCP, Kind.RCP, Kind.ENDPOINT, Kind.GATEWAY_ENDPOINT})
ENDPOINT_KEY = "aws:sourcevpce"
# Kinds of which one has to let a request through, by the statements of all its documents together.
SINGLE_LIMITS = (Kind.BOUNDARY, Kind.SESSION, Kind.ENDPOINT, Kind.GATEWAY_ENDPOINT)


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
        document=document_name(note),
        kind=kind_name(note.kind),
        file=origin.file,
        path=".".join(p for p in (origin.path, note.statement.path) if p),
        sid=note.statement.sid,
        effect=note.effect.value,
    )


# How a document of the organization or a boundary is named: its own name does not say what it is.
_LABELS = {kind: kind.value for kind in (Kind.SCP, Kind.RCP, Kind.BOUNDARY)}
_KINDS = {Kind.UNNAMED: Kind.RESOURCE, Kind.GATEWAY_ENDPOINT: Kind.ENDPOINT}


def kind_name(kind: Kind) -> str:
    """What people call a kind of document."""
    return _KINDS.get(kind, kind).value


def document_name(note: Note) -> str:
    """The name of a note's document, with what it is where the name does not say so."""
    name, label = note.document.origin.name, _LABELS.get(note.kind, "")
    return name if not label or label in name else f"{label} {name}"


def name_of(place: Place) -> str:
    """What a sentence calls a statement: its Sid, or its position; empty for a whole document."""
    last = place.path.rpartition(".")[2]
    return place.sid or (last if last.startswith("Statement") else "")


def guards_of(bound: BoundRequest, inventory: Inventory) -> "dict[Origin, tuple[Guard, ...]]":
    """The guarded resources that requests can be about, by the documents that have a say in requests to them."""
    found: dict[Origin, tuple[Guard, ...]] = {}
    for guard in guards_for(inventory, bound):
        for document in documents_of(guard, inventory):
            found[document.origin] = (*found.get(document.origin, ()), guard)
    return found


def notes_about(request: ConcreteRequest, derived: Derived, inventory: Inventory) -> Iterator[Note]:
    """The statements that have a say in a request, each once.

    They are those of the caller's identity policies, of the policies of the resource, and of what limits both;
    the question has those of other callers and other resources too.
    """
    action, resource = GlobSet([request.action.lower()]), GlobSet([request.resource])
    guards = guards_of(BoundRequest((), (), action, None, resource, None, ()), inventory)
    callers = {note.caller for note in derived.notes}
    caller = request.principal if request.principal in callers else ""
    seen: set[tuple[Origin, str, Effect]] = set()
    for note in derived.notes:
        origin = note.document.origin
        key = (origin, note.statement.path, note.effect)
        callers_own = note.caller == caller or (not note.caller and note.kind in FOR_ALL_ALIKE)
        if not callers_own or key in seen or not _binds(note, request, inventory):
            continue
        if note.kind not in OF_RESOURCES or origin in guards:
            seen.add(key)
            yield note


def _binds(note: Note, request: ConcreteRequest, inventory: Inventory) -> bool:
    """Whether a document of the organization or of an endpoint has a say in a request."""
    origin = note.document.origin
    if note.kind is Kind.SCP and not note.caller:
        levels = inventory.levels(account_of(request.principal), SCP)
        return any(d.origin == origin for level in levels for d in level.documents)
    if note.kind is Kind.RCP:
        owner = _owner(request, inventory)
        bound = inventory.restricted_accounts.items()
        return any(owner in accounts and any(d.origin == origin for d in documents) for documents, accounts in bound)
    if note.kind in (Kind.ENDPOINT, Kind.GATEWAY_ENDPOINT):
        used = request.context.get(ENDPOINT_KEY, ())
        return any(e.id in used and e.policy.origin == origin for e in inventory.endpoints)
    return True


def _owner(request: ConcreteRequest, inventory: Inventory) -> str:
    """The account whose resource control policies bind a request."""
    if request.resource == "*":
        return account_of(request.principal)
    named = account_of(request.resource)
    bucket = request.resource.split(":", 5)[-1].partition("/")[0]
    return named or next((b.account for b in inventory.buckets if b.name == bucket), "")


def no_policy_at(level: Level) -> str:
    """That a level of the organization does not let a request through."""
    return f"no service control policy at {level.target} allows it"


def silent(notes: Sequence[tuple[Note, bool]], request: ConcreteRequest, inventory: Inventory) -> Iterator[str]:
    """What limits a request and has no statement that lets it through, as sentences.

    `notes` are the statements with a say in the request, each with whether it applies.
    """
    allowing = {(n.kind, n.document.origin) for n, applies in notes if applies and n.effect is Effect.ALLOW}
    limits = {n.kind: n for n, _ in notes if n.kind in SINGLE_LIMITS}
    for kind, note in limits.items():
        if not any(k is kind for k, _ in allowing):
            yield f"{document_name(note)} does not allow it"
    if any(n.kind is Kind.SCP for n, _ in notes):
        for level in inventory.levels(account_of(request.principal), SCP):
            if not any((Kind.SCP, d.origin) in allowing for d in level.documents):
                yield no_policy_at(level)
