"""References of the configuration and addresses of instances, taken apart."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from checkers.strict_json import parse_json
from checkers.verdict import Unreadable

Key = str | int | None


@dataclass(frozen=True, slots=True)
class Index:
    """What stands in brackets."""

    key: str | int


Step = str | Index

_BRACKETS = r'\[(?:(?P<number>\d{1,9})|(?P<text>"(?:[^"\\]|\\.)*"))\]'
# One step of `module.a["x"].aws_subnet.b[0].id`. A text in brackets is quoted as in JSON.
_STEP = re.compile(rf'\.?(?P<name>[^.\[\]"]+)|{_BRACKETS}')
_CALL = re.compile(rf"module\.(?P<name>[^.\[]+)(?:{_BRACKETS})?(?:\.|$)")


@dataclass(frozen=True, slots=True)
class Module:
    """An instance of a module: the names of its calls and their keys, outermost first. The root module has none."""

    calls: tuple[tuple[str, Key], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The path of the module in the configuration."""
        return tuple(name for name, _ in self.calls)

    @property
    def parent(self) -> "Module":
        """The instance that calls this one."""
        return Module(self.calls[:-1])

    @property
    def key(self) -> Key:
        """The key of this instance in its call."""
        return self.calls[-1][1] if self.calls else None

    def inside(self, name: str, key: Key) -> "Module":
        """The instance that a call within this one makes."""
        return Module((*self.calls, (name, key)))


@lru_cache(maxsize=65536)
def steps(text: str) -> tuple[Step, ...]:
    """The steps of a reference; empty where it is none."""
    found: list[Step] = []
    place = 0
    while place < len(text):
        match = _STEP.match(text, place)
        if match is None:
            return ()
        name = match["name"]
        found.append(Index(_key(match) or 0) if name is None else name)
        place = match.end()
    return tuple(found)


def module_of(address: str) -> Module:
    """The instance of a module by its `module_address`, or by the address of something in it."""
    found: list[tuple[str, Key]] = []
    place = 0
    while match := _CALL.match(address, place):
        found.append((match["name"], _key(match)))
        place = match.end()
    return Module(tuple(found))


def _key(match: re.Match[str]) -> Key:
    if match["number"] is not None:
        return int(match["number"])
    return None if match["text"] is None else _unquoted(match["text"])


def _unquoted(text: str) -> str:
    try:
        value = parse_json(text, "key")
    except Unreadable:
        return text[1:-1]
    return value if isinstance(value, str) else text[1:-1]


def occurrences(references: Iterable[object]) -> Iterator[tuple[Step, ...]]:
    """Each reference of an expression once: Terraform writes it whole, then shorter and shorter down to its object."""
    before: tuple[Step, ...] = ()
    for reference in references:
        found = steps(reference) if isinstance(reference, str) else ()
        if found and not (len(found) < len(before) and before[: len(found)] == found):
            yield found
        before = found or before
