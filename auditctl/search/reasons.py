"""Why a request may be allowed and none surely is: the readings and ledger entries that decide."""

from typing import Any

from auditctl.search.solve import Model, Undecided
from checkers.cloud.claims import Derived
from checkers.cloud.derivation import READINGS, Note
from checkers.cloud.vocabulary import PRINCIPAL


def open_reasons(first: Model | Undecided, wide: Derived, narrow: Derived) -> tuple[str, ...]:
    """The reasons, what could not be read before what can be read in two ways."""
    if isinstance(first, Undecided):
        return (first.reason,)
    ones, others = (side.question.formula.evaluate(first.values) for side in (wide, narrow))
    applies = {_place(note): _is_true(note.literal, others) for note in narrow.notes}
    reasons: list[str] = []
    principal = first.values.get(PRINCIPAL.name, ())
    for note in wide.notes:
        if note.caller and principal and note.caller not in principal:
            continue
        if applies.get(_place(note)) is not _is_true(note.literal, ones):
            reasons += note.readings
    for side, values in ((wide, ones), (narrow, others)):
        reasons += [entry.id for entry, literal in side.ledger if _is_true(literal, values)]
    found = dict.fromkeys(reasons or [*wide.readings, *narrow.readings])
    return tuple(sorted(found, key=lambda reason: reason in READINGS))


def _place(note: Note) -> tuple[Any, ...]:
    return note.document.origin, note.statement.path, note.effect, note.caller


def _is_true(literal: int, values: list[bool]) -> bool:
    return values[abs(literal)] is (literal > 0)
