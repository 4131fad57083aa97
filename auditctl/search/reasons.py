"""Why a request may be allowed and none surely is: the readings and ledger entries that decide."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from auditctl.search.solve import Model, Undecided
from auditctl.search.truth import is_true
from checkers.cloud.claims import Derived
from checkers.cloud.derivation import READINGS, Note
from checkers.cloud.inventory import Unmodelled
from checkers.cloud.vocabulary import PRINCIPAL
from checkers.kernel.formula import Literal


class Side(Protocol):
    """One side of a question, or of a half of one: its statements, and what is not known."""

    @property
    def notes(self) -> Sequence[Note]:
        """The statements."""

    @property
    def ledger(self) -> Sequence[tuple[Unmodelled, Literal]]:
        """What is not known, each with its literal."""


def open_reasons(first: Model | Undecided, wide: Derived, narrow: Derived) -> tuple[str, ...]:
    """The reasons, what could not be read before what can be read in two ways."""
    if isinstance(first, Undecided):
        return (first.reason,)
    ones, others = (side.question.formula.evaluate(first.values) for side in (wide, narrow))
    principal = first.values.get(PRINCIPAL.name, ())
    reasons = hanging((wide, ones), (narrow, others), principal)
    return ordered(reasons or [*wide.readings, *narrow.readings])


def hanging(
    wide: tuple[Side, Sequence[bool]], narrow: tuple[Side, Sequence[bool]], principal: Sequence[Any] = ()
) -> list[str]:
    """What a request hangs on: statements that apply on one side alone, and what is not known.

    Each side comes with the values of its formula's nodes; `principal` leaves out the statements of other callers.
    """
    applies = {_place(note): is_true(narrow[1], note.literal) for note in narrow[0].notes}
    found: list[str] = []
    for note in wide[0].notes:
        if note.caller and principal and note.caller not in principal:
            continue
        if applies.get(_place(note)) is not is_true(wide[1], note.literal):
            found += note.readings
    for side, values in (wide, narrow):
        found += [entry.id for entry, literal in side.ledger if is_true(values, literal)]
    return found


def ordered(reasons: Iterable[str]) -> tuple[str, ...]:
    """Reasons, each once: what could not be read before what can be read in two ways."""
    return tuple(sorted(dict.fromkeys(reasons), key=lambda reason: reason in READINGS))


def _place(note: Note) -> tuple[Any, ...]:
    return note.document.origin, note.statement.path, note.effect, note.caller
