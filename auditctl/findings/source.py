"""The text of a statement: from its place in the snapshot to numbered lines.

Untrusted. Lines are those of the whole policy document printed with two spaces of indentation, as `jq`
prints it, so that their numbers can be found again.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from checkers.cloud.policy import VARIABLES_VERSION, Document, Statement
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
    lines: tuple[SourceLine, ...]
    has_variables: bool


def source_of(snapshot: Snapshot, document: Document, statement: Statement) -> Source:
    """The source of a statement; an empty one where the document could not be read."""
    policy = _document(snapshot, document) if document.problem is None else {}
    if "Statement" not in policy:
        return Source(raw={}, lines=(), has_variables=False)
    index = _index(statement)
    statements = policy["Statement"]
    place: Path = ("Statement", index) if isinstance(statements, list) else ("Statement",)
    raw = statements[index] if isinstance(statements, list) else statements
    return Source(
        raw=raw if isinstance(raw, dict) else {},
        lines=tuple(_lines(policy, place)),
        has_variables=policy.get("Version") == VARIABLES_VERSION,
    )


def _lines(policy: Json, place: Path) -> Iterator[SourceLine]:
    """The lines of the value at a place, as they stand in the printed policy but for their indentation."""
    depth = len(place)
    printed = enumerate(_print(policy, (), "", ""), 1)
    inside = [(number, line) for number, line in printed if line[0][:depth] == place]
    for number, (path, text, value) in inside:
        closes = text.lstrip()[:1] in ("}", "]")
        shown = text[2 * depth :].removesuffix("," if number == inside[-1][0] else "")
        yield SourceLine(number=number, text=shown, path=() if closes else path[depth:], value=value)


def _document(snapshot: Snapshot, document: Document) -> dict[str, Any]:
    value = snapshot.fact(document.origin.file).value
    for name, index in _STEP.findall(document.origin.path):
        value = value[name] if name else value[int(index)]
    if isinstance(value, str):
        value = parse_json(unquote(value) if value.startswith("%7B") else value, document.origin.file)
    return dict(value)


def _index(statement: Statement) -> int:
    found = _STEP.search(statement.path)
    return int(found.group(2)) if found else 0


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
