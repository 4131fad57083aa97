"""The text of a statement: from its place in the snapshot to numbered lines.

Untrusted. Lines are those of the whole policy document printed with two spaces of indentation, as `jq`
prints it, so that their numbers can be found again.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import Any
from urllib.parse import unquote

from checkers.cloud.policy import VARIABLES_VERSION, Document, Origin, Statement
from checkers.cloud.snapshot import Snapshot
from checkers.strict_json import Json, JsonNumber, parse_json

Path = tuple[str | int, ...]
_STEP = re.compile(r"\.([A-Za-z0-9_]+)|\[([0-9]+)\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLine:
    """A line, the path of the value that begins on it within the statement, and that value if it is a scalar.

    A line that only closes a value has the path of the statement itself.
    """

    number: int
    text: str
    path: Path
    value: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A statement as the snapshot has it. `has_variables`: `${...}` refers to condition keys."""

    raw: Mapping[str, Any]
    has_variables: bool
    policy: Mapping[str, Any]
    index: int

    def lines(self) -> Iterator[SourceLine]:
        """Its lines, numbered as in the whole document."""
        first = _line_of(self.policy, self.index)
        for number, (path, text, value) in enumerate(_print(self.raw, (), "", ""), first):
            closes = text.lstrip()[:1] in ("}", "]")
            yield SourceLine(number=number, text=text, path=() if closes else path, value=value)


def source_of(snapshot: Snapshot, document: Document, statement: Statement) -> Source:
    """The source of a statement; an empty one where the document could not be read."""
    policy = _document(snapshot, document.origin) if document.problem is None else {}
    if "Statement" not in policy:
        return Source(raw={}, has_variables=False, policy={"Statement": []}, index=0)
    given, index = policy["Statement"], _index(statement)
    raw = given[index] if isinstance(given, list) else given
    return Source(
        raw=raw if isinstance(raw, dict) else {},
        has_variables=policy.get("Version") == VARIABLES_VERSION,
        policy=policy,
        index=index,
    )


@lru_cache(maxsize=64)
def _document(snapshot: Snapshot, origin: Origin) -> Mapping[str, Any]:
    """The policy document at a place; JSON text is parsed."""
    value = snapshot.fact(origin.file).value
    for name, index in _STEP.findall(origin.path):
        value = value[name] if name else value[int(index)]
    if isinstance(value, str):
        value = parse_json(unquote(value) if value.startswith("%7B") else value, origin.file)
    return dict(value)


def _index(statement: Statement) -> int:
    found = _STEP.search(statement.path)
    return int(found.group(2)) if found else 0


def _line_of(policy: Mapping[str, Any], index: int) -> int:
    """The line on which a statement begins."""
    before = takewhile(lambda name: name != "Statement", policy)
    given = policy["Statement"]
    inside = 1 + sum(map(_count, given[:index])) if isinstance(given, list) else 0
    return 2 + sum(_count(policy[name]) for name in before) + inside


def _count(value: Json) -> int:
    """How many lines a value takes."""
    if not isinstance(value, dict | list) or not value:
        return 1
    return 2 + sum(map(_count, value.values() if isinstance(value, dict) else value))


def _print(value: Json, path: Path, lead: str, tail: str) -> Iterator[tuple[Path, str, Json]]:
    """The lines of a value: path, text, and the value where it is a scalar."""
    indent = "  " * len(path)
    if not isinstance(value, dict | list) or not value:
        yield path, f"{indent}{lead}{_scalar(value)}{tail}", value
        return
    opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
    yield path, f"{indent}{lead}{opening}", None
    items: list[tuple[Any, Json]] = list(value.items() if isinstance(value, dict) else enumerate(value))
    for i, (key, item) in enumerate(items):
        name = f"{json.dumps(key, ensure_ascii=False)}: " if isinstance(value, dict) else ""
        yield from _print(item, (*path, key), name, "," if i + 1 < len(items) else "")
    yield path, f"{indent}{closing}{tail}", None


def _scalar(value: Json) -> str:
    return str(value) if isinstance(value, JsonNumber) else json.dumps(value, ensure_ascii=False)
