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
from checkers.cloud.resource_policies import unescaped
from checkers.cloud.snapshot import Snapshot
from checkers.kernel.globs import GlobSet, show
from checkers.strict_json import Json, JsonNumber, parse_json

Path = tuple[str | int, ...]
_STEP = re.compile(r"""\.([A-Za-z0-9_]+)|\[([0-9]+)\]|\["([^"]*)"\]""")
_GRANT = re.compile(r"Grants\[([0-9]+)\]")


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
    """A statement as the snapshot has it. `has_variables`: `${...}` refers to condition keys.

    `shown` is what its lines show where that is not the statement itself: the grant of an ACL or of a key, of
    which `raw` is the meaning as a statement.
    """

    raw: Mapping[str, Any]
    has_variables: bool
    policy: Mapping[str, Any]
    index: int
    shown: Mapping[str, Any] | None = None

    def lines(self) -> Iterator[SourceLine]:
        """Its lines, numbered as in the whole document."""
        first = _line_of(self.policy, self.index) if self.shown is None else 1
        shown = self.raw if self.shown is None else self.shown
        for number, (path, text, value) in enumerate(_print(shown, (), "", ""), first):
            closes = text.lstrip()[:1] in ("}", "]")
            yield SourceLine(number=number, text=text, path=() if closes else path, value=value)


def source_of(snapshot: Snapshot, document: Document, statement: Statement) -> Source:
    """The source of a statement; an empty one where the document could not be read."""
    if document.problem is not None:
        return Source(raw={}, has_variables=False, policy=_EMPTY, index=0)
    policy = _document(snapshot, document.origin)
    if "Statement" not in policy:
        meaning = _meaning(statement)
        shown = _grant(policy, statement) or meaning
        return Source(raw=meaning, has_variables=False, policy=_EMPTY, index=0, shown=shown)
    given, index = policy["Statement"], _index(statement)
    raw = given[index] if isinstance(given, list) else given
    return Source(
        raw=raw if isinstance(raw, dict) else {},
        has_variables=policy.get("Version") == VARIABLES_VERSION,
        policy=policy,
        index=index,
    )


_EMPTY: Mapping[str, Any] = {"Statement": []}


def _grant(found: Mapping[str, Any], statement: Statement) -> Mapping[str, Any]:
    """What a statement was made of: the grant itself, or one of a list; empty where it is a default of AWS."""
    index = _GRANT.match(statement.path)
    grant = found["Grants"][int(index.group(1))] if index else found
    return grant if isinstance(grant, Mapping) else {"grant": grant}


def _meaning(statement: Statement) -> Mapping[str, Any]:
    """What a grant says, in the elements of a statement."""
    found: dict[str, Any] = {"Effect": statement.effect, "Action": [show(p) for p in statement.actions.patterns]}
    if statement.resources is not None and isinstance(statement.resources.wide, GlobSet):
        found["Resource"] = [show(p) for p in statement.resources.wide.patterns]
    named = statement.principals
    if named is not None:
        classes = {"AWS": named.aws, "Service": named.service, "CanonicalUser": named.canonical}
        entries = {name: list(texts) for name, texts in classes.items() if texts}
        found["Principal"] = "*" if named.everyone else entries or {"AWS": ["every caller with an AWS account"]}
    return found


@lru_cache(maxsize=64)
def _document(snapshot: Snapshot, origin: Origin) -> Mapping[str, Any]:
    """The policy document at a place, or what stands for one; JSON text is parsed. Empty where there is nothing."""
    value = value_at(snapshot, origin.file, origin.path)
    if isinstance(value, str):
        value = _parsed(value, origin.file)
    return dict(value) if isinstance(value, dict) else {}


def value_at(snapshot: Snapshot, file: str, path: str) -> Json:
    """What stands at a path in an answer, also inside of JSON text; null where nothing does."""
    value = snapshot.fact(file).value
    for name, index, key in _STEP.findall(path):
        if isinstance(value, str):
            value = _parsed(value, file)
        if isinstance(value, list) and index:
            value = value[int(index)] if int(index) < len(value) else None
        else:
            value = value.get(name or key) if isinstance(value, dict) else None
    return value


def _parsed(text: str, file: str) -> Json:
    return parse_json(unescaped(unquote(text) if text.startswith("%7B") else text), file)


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
