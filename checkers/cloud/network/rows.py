"""Typed looks into raw answers, and one region of one account as a reader of them.

A member that has not the type that the API gives it raises Unreadable with the file and the member's name.
A null counts as a member that is not there.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import Field, dataclass, fields, replace
from typing import ClassVar, Protocol, TypeVar

from checkers.cloud.network.model import Block, Export, NetworkAcl, Place, Problem, RouteTable
from checkers.cloud.snapshot import NOT_COLLECTED, Account, Fact, Snapshot, State
from checkers.cloud.unknowns import Unknown
from checkers.cloud.vocabulary import parse_network
from checkers.kernel.intervals import IntervalSet, integers, join
from checkers.strict_json import Json
from checkers.verdict import Unreadable

# Lists without which nothing is known of the VPCs of a region.
REQUIRED = frozenset({
    "ec2/describe-vpcs",
    "ec2/describe-subnets",
    "ec2/describe-network-interfaces",
    "ec2/describe-route-tables",
    "ec2/describe-security-groups",
    "ec2/describe-network-acls",
    "ec2/describe-internet-gateways",
})


_DOTTED = re.compile(r"(0|[1-9][0-9]{0,2})\." * 3 + r"(0|[1-9][0-9]{0,2})(?:/(0|[1-9][0-9]?))?")
_MAX_OCTET, _BITS = 255, 32


def span_of(text: str) -> tuple[int, int] | None:
    """As `parse_network`, which it asks for everything but plain IPv4: there are many of those."""
    found = _DOTTED.fullmatch(text)
    if found is None:
        return parse_network(text)
    a, b, c, d = (int(octet) for octet in found.groups()[:4])
    length = _BITS if found[5] is None else int(found[5])
    if max(a, b, c, d) > _MAX_OCTET or length > _BITS:
        return None
    size = 1 << (_BITS - length)
    first = (a << 24 | b << 16 | c << 8 | d) & -size
    return first, first + size


@dataclass(slots=True)
class Row:
    """An object of an answer, and where it stands: the path of a file, or a member of another row."""

    values: Mapping[str, Json]
    name: str
    within: "Row | None" = None
    index: int | None = None

    @property
    def where(self) -> str:
        """Where it stands, in words."""
        parts = []
        row: Row | None = self
        while row is not None:
            parts.append(row.name if row.index is None else f"{row.name}[{row.index}]")
            row = row.within
        return ": ".join(reversed(parts))

    def has(self, name: str) -> bool:
        """Whether the member is there."""
        return self.values.get(name) is not None

    def text(self, name: str) -> str:
        """A member that must be text, and not empty."""
        found = self.optional(name)
        if not found:
            raise Unreadable(f"{self.where}: {name} is {self.values.get(name)!r}, not text")
        return found

    def optional(self, name: str, default: str = "") -> str:
        """A member that is text where it is there."""
        found = self.values.get(name)
        if found is None:
            return default
        if not isinstance(found, str):
            raise Unreadable(f"{self.where}: {name} is {found!r}, not text")
        return found

    def number(self, name: str) -> int | None:
        """A member that is a whole number, None where it is not there."""
        found = self.values.get(name)
        if found is not None and (isinstance(found, bool) or not isinstance(found, int)):
            raise Unreadable(f"{self.where}: {name} is {found!r}, not a whole number")
        return found

    def flag(self, name: str, *, default: bool | None = None) -> bool:
        """A member that is true or false; one that is not there has the default."""
        found = self.values.get(name)
        if found is None:
            found = default
        if not isinstance(found, bool):
            raise Unreadable(f"{self.where}: {name} is {found!r}, not true or false")
        return found

    def _list(self, name: str) -> Sequence[Json]:
        found = self.values.get(name)
        if found is None:
            return []
        if not isinstance(found, list):
            raise Unreadable(f"{self.where}: {name} is not a list")
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        """A member that is a list of texts; empty where it is not there."""
        found = self._list(name)
        if not all(isinstance(v, str) for v in found):
            raise Unreadable(f"{self.where}: {name} is not a list of texts")
        return tuple(found)

    def rows(self, name: str) -> Iterator["Row"]:
        """A member that is a list of objects; empty where it is not there."""
        for i, value in enumerate(self._list(name)):
            if not isinstance(value, dict):
                raise Unreadable(f"{self.where}: {name} is not a list of objects")
            yield Row(value, name, self, i)

    def row(self, name: str) -> "Row":
        """A member that is an object; an empty one where it is not there."""
        found = self.values.get(name)
        if found is None:
            return Row({}, name, self)
        if not isinstance(found, dict):
            raise Unreadable(f"{self.where}: {name} is not an object")
        return Row(found, name, self)

    def tags(self, name: str = "Tags") -> dict[str, str]:
        """A list of tags."""
        found: dict[str, str] = {}
        for row in self.rows(name):
            key = row.text("Key")
            if key in found:
                raise Unreadable(f"{row.where}: tag {key!r} is listed twice")
            found[key] = row.optional("Value")
        return found

    def blocks(self, texts: Sequence[str]) -> IntervalSet:
        """The addresses of CIDR blocks that stand in this row."""
        return integers((first, first + size - 1) for first, size in self.entries(texts))

    def entries(self, texts: Sequence[str]) -> tuple[Block, ...]:
        """CIDR blocks that stand in this row, each by itself."""
        found = []
        for text in texts:
            span = span_of(text)
            if span is None:
                raise Unreadable(f"{self.where}: {text!r} is no address and no CIDR block")
            found.append((span[0], span[1] - span[0]))
        return tuple(found)

    def address(self, name: str) -> int:
        """A member that must be an address."""
        text = self.text(name)
        span = span_of(text)
        if span is None or "/" in text:
            raise Unreadable(f"{self.where}: {name} is {text!r}, not an address")
        return span[0]


class Placed(Protocol):
    """A class of the model that has an id and a place."""

    __dataclass_fields__: ClassVar[dict[str, Field[object]]]

    @property
    def id(self) -> str:
        """Its id, unique in the snapshot."""

    @property
    def place(self) -> Place:
        """Where it was listed."""


T = TypeVar("T", bound=Placed)
_OF_THE_FIRST = frozenset({"place", "tags", "instance", "instance_tags"})


def merged(one: T, other: T) -> T:
    """One thing that two accounts, or two regions, list. What only an owner sees comes from the first.

    Two listings may differ in what one of them leaves out: it is then None, or there are fewer associations.
    """
    changes: dict[str, object] = {}
    for name in (f.name for f in fields(one) if f.name not in _OF_THE_FIRST):
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine == theirs:
            continue
        if mine is None or theirs is None:
            changes[name] = theirs if mine is None else mine
        elif isinstance(one, RouteTable | NetworkAcl) and name in ("subnets", "gateways"):
            changes[name] = tuple(sorted({*mine, *theirs}))
        elif name == "references":
            changes[name] = mine and theirs  # the list of all attachments does not say
        elif name.endswith("_blocks"):
            changes[name] = join(mine, theirs)
        else:
            raise Unreadable(f"{other.place.path}: {other.id} is not what {one.place.path} says: {name}")
    return replace(one, **changes)


@dataclass(frozen=True, slots=True)
class Region:
    """One region of one account, and the export that it is read into. `is_network`: it has lists of VPCs.

    `groups` are the security groups that any account lists, by region, as far as somebody asked for them. `wide` is
    the side on which addresses are read that are not known before the apply.
    """

    snapshot: Snapshot
    account: Account
    name: str
    is_network: bool
    export: Export
    groups: dict[str, frozenset[str]]
    wide: bool = True

    @property
    def folder(self) -> str:
        """The folder of its files."""
        return f"{self.account.id}/{self.name}"

    def place(self, operation: str) -> Place:
        """The place of what an operation, with its service, lists here."""
        return Place(self.account.id, self.name, f"{self.folder}/{operation}.json")

    def fact(self, operation: str) -> Fact:
        """The answer of an operation of a service."""
        return self.snapshot.fact(f"{self.folder}/{operation}.json")

    def rows(self, operation: str, member: str) -> Iterator[Row]:
        """The rows of a list. One that could not be had is a problem; one never asked for, where it is required."""
        fact = self.fact(operation)
        if fact.state is State.VALUE:
            yield from listed(fact, member)
        elif fact.code != NOT_COLLECTED or (self.is_network and operation in REQUIRED):
            self.problem(operation, fact.path, fact.reason, None)

    def unknown(self, text: str) -> Unknown | None:
        """The value that a text stands for, where it is not known before the apply."""
        return self.snapshot.unknowns.of(text) if text.startswith("<") else None

    def part(self, operation: str, resource: str) -> Row | None:
        """The answer about one resource; None, and a problem, where it could not be had.

        The problem touches no VPC by itself: what is None in the export says more exactly what is not known.
        """
        fact = self.fact(f"{operation}/{resource}")
        if fact.state is State.VALUE:
            return Row(fact.value, fact.path)
        self.problem(f"{operation}/{resource}", fact.path, fact.reason, ())
        return None

    def problem(self, operation: str, name: str, reason: str, vpcs: tuple[str, ...] | None) -> None:
        """Note something that is not known or not modelled. A file that is not known has its path as `name`."""
        self.export.problems.append(Problem(self.place(operation), name, reason, vpcs))

    def add(self, found: dict[str, T], one: T, owner: str = "") -> None:
        """Add one thing. `owner` is the account that it belongs to, where the list says so."""
        other = found.get(one.id)
        if other is None:
            found[one.id] = one
        elif other.place == one.place:
            raise Unreadable(f"{one.place.path}: {one.id} is listed twice")
        else:
            found[one.id] = merged(one, other) if owner == self.account.id else merged(other, one)


def listed(fact: Fact, member: str) -> Iterator[Row]:
    """The rows of an answer that must have a list of them."""
    row = Row(fact.value, fact.path)
    if not row.has(member):
        raise Unreadable(f"{fact.path}: {member} is not a list of objects")
    return row.rows(member)
