"""The errors of reading controls, parameters and waivers: what the user wrote.

Untrusted. A problem is one line that says what was found, what was expected and where.
An error carries every problem of one reading, so that a file is mended in one go.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# A file of nonsense has one problem per word; nobody reads past the first few.
MAX_PROBLEMS = 20


class ControlError(Exception):
    """A control, a parameter or a waiver is not what it has to be."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class YamlError(ControlError):
    """A file cannot be read, or is not the YAML that is read here."""


class ParameterError(ControlError):
    """A value given for a parameter does not fit."""


class WaiverError(ControlError):
    """A waiver file is not what it has to be."""


def suggest(found: str, known: Iterable[str]) -> str:
    """Return " (did you mean `x`?)" for the nearest known word, or nothing."""
    by_fold = {word.casefold(): word for word in known}
    nearest = get_close_matches(found.casefold(), by_fold, n=1)
    return f" (did you mean `{by_fold[nearest[0]]}`?)" if nearest else ""


def quote(text: str) -> str:
    """Return the text as a message shows it: printable, one line, not too long."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    limit = 80
    return f"`{shown}`" if len(shown) <= limit else f"`{shown[:limit]}...`"


def enumerate_words(words: Iterable[str]) -> str:
    """Return "`a`, `b` or `c`"."""
    quoted = [f"`{word}`" for word in words]
    return " or ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)
