"""The vocabulary in which a file's format is described once.

Untrusted. A shape says what may stand in a place. `reader.py` reads a YAML tree by a
shape, `json_schema.py` prints the same shape as JSON Schema; neither knows a control.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One way in which a text may be written.

    `pattern` is a regular expression for the whole text, in the part of the syntax
    that Python and ECMA 262 share. A text that is not of the form but matches
    `resembles` was meant to be of it, and gets this form's message.
    """

    noun: str
    pattern: str
    expected: str
    resembles: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text: one of the words, or of one of the forms; without both, any text."""

    noun: str
    description: str = ""
    words: tuple[str, ...] = ()
    forms: tuple[Form, ...] = ()
    many_lines: bool = False
    placeholders: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """The text `true` or `false`; read as a JSON boolean."""

    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """A list; one text alone counts as a list of one."""

    item: Shape
    description: str = ""
    at_least: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A mapping whose keys are data."""

    key: Text
    value: Shape
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A named member of a record."""

    name: str
    shape: Shape
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A mapping whose keys are fixed.

    Exactly one of `one_of` and at least one of `any_of` must be there, where given.
    `together` are pairs of the former that may both be there.
    `refused` has names that somebody may expect here, each with the reason against it.
    """

    noun: str
    description: str = ""
    fields: tuple[Field, ...]
    one_of: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    together: tuple[tuple[str, str], ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TextOrItems:
    """A text or a list of texts, kept as it is written."""

    noun: str
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextOrRecord:
    """A text of one shape, or a mapping with fixed keys. `name` is what the JSON Schema defines it as."""

    name: str
    text: Text
    record: Record


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOfTwo:
    """A mapping of one record if it has a key, which is required there, of another one if it has not."""

    key: str
    having: Record
    lacking: Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Anything:
    """Any JSON; an unquoted `true` or `false` is a boolean, every other scalar a text."""

    description: str


Shape: TypeAlias = Text | Flag | Items | Table | Record | TextOrItems | TextOrRecord | OneOfTwo | Anything
