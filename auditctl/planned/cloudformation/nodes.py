"""A template as a tree of nodes that know where they stand, before any function of it is evaluated.

Untrusted. A function, `!Sub x` or `{"Fn::Sub": "x"}`, is a `Call` in both ways of writing it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from checkers.verdict import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Functions of CloudFormation (template reference, "Intrinsic functions" and "Rule functions"); `Ref` and `Condition`
# have no prefix.
FUNCTIONS = frozenset(
    "And Base64 Cidr Contains EachMemberEquals EachMemberIn Equals FindInMap GetAtt GetAZs GetStackOutput If "
    "ImportValue Join Length Not Or RefAll Select Split Sub ToJsonString Transform ValueOf ValueOfAll".split()
)
# One function for each entry of a list; its key has a name of its own: `Fn::ForEach::Topics`.
FOR_EACH = "Fn::ForEach::"
_SHOWN = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """A text, number or flag as it is written. None: null."""

    value: str | int | bool | None
    text: str
    at: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """A list."""

    items: tuple[Node, ...]
    at: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A mapping in the order of the file, and where each key stands."""

    entries: dict[str, Node]
    keys: dict[str, Place]
    at: Place

    def get(self, key: str) -> Node | None:
        """The value under a key, None where there is none."""
        return self.entries.get(key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A function and its argument; the name is `Ref`, `Condition` or begins with `Fn::`."""

    name: str
    argument: Node
    at: Place


Node: TypeAlias = Scalar | Items | Table | Call


def make_table(entries: dict[str, Node], keys: dict[str, Place], at: Place) -> Table | Call:
    """A mapping, or the function that it writes: one member with the name of a function."""
    if len(entries) == 1:
        ((name, argument),) = entries.items()
        if name == "Ref" or (name.startswith("Fn::") and not name.startswith(FOR_EACH)):
            check_function(name, keys[name])
            return called(name, argument, at)
    return Table(entries=entries, keys=keys, at=at)


def called(name: str, argument: Node, at: Place) -> Call:
    """A function with its argument. `!GetAtt A.B` has the two parts of its long form."""
    if name == "Fn::GetAtt" and isinstance(argument, Scalar) and "." in argument.text:
        parts = argument.text.split(".", 1)
        argument = Items(items=tuple(Scalar(value=p, text=p, at=argument.at) for p in parts), at=argument.at)
    return Call(name=name, argument=argument, at=at)


def check_function(name: str, at: Place) -> None:
    """Raise unless it is a function."""
    if name not in {"Ref", "Condition"} and name.removeprefix("Fn::") not in FUNCTIONS:
        raise wrong(f"unknown function {quote(name)}, expected one of CloudFormation's", at)


def check_case(entries: Iterable[str], name: str, label: str, at: Place) -> None:
    """Raise where a name is written with other capitals: CloudFormation refuses it, and here it would be missed."""
    other = next((one for one in entries if one != name and one.casefold() == name.casefold()), "")
    if other:
        raise wrong(f"unknown property {quote(other)} of {label} (did you mean {quote(name)}?)", at)


def wrong(message: str, at: Place) -> Unreadable:
    """The error that says what is wrong and where."""
    return Unreadable(f"{message} at {at}")


def quote(text: str) -> str:
    """The text as a message shows it: printable, one line, not too long."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[: _SHOWN + 1])
    return f"`{shown}`" if len(text) <= _SHOWN else f"`{shown[:_SHOWN]}...`"


def kind_of(node: Node) -> str:
    """What messages call a node."""
    match node:
        case Scalar(value=None):
            return "null"
        case Scalar():
            return quote(node.text)
        case Items():
            return "a list"
        case Table():
            return "a mapping"
        case Call():
            return f"`{node.name}`"


def inside(node: Node) -> Iterator[Node]:
    """The nodes directly inside of a node."""
    match node:
        case Items():
            yield from node.items
        case Table():
            yield from node.entries.values()
        case Call():
            yield node.argument
        case Scalar():
            return
