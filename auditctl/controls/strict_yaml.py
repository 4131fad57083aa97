"""Read one YAML document as a tree of strings that knows where each node stands.

Untrusted. PyYAML's safe loader reads `2012-10-17` as a date, `012345670123` as an
octal number, `NO` as false, and keeps the last of two equal keys. Here every scalar is
the text that stands in the file, and whatever is not plain data is refused: duplicate
keys, anchors and aliases, tags, directives, a second document, keys that are not text.

The tree is built from the parser's events, without recursion and within named limits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

import yaml

from auditctl.controls.errors import YamlError, quote

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class _Mark(Protocol):
    """Where an event starts; both parsers of PyYAML have their own class for it."""

    @property
    def line(self) -> int: ...

    @property
    def column(self) -> int: ...


# The C parser where PyYAML was built with one: about ten times faster.
_Loader: type[yaml.BaseLoader] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

# A control is a page or two; a megabyte is a mistake.
MAX_BYTES = 1_000_000
# Deepest container. A control with a policy document in its tests needs about 15.
MAX_DEPTH = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A place in a file; line and column count from 1."""

    path: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalarNode:
    """The text of a scalar; `plain` if it stands without quotes."""

    text: str
    plain: bool
    at: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class ListNode:
    """A sequence."""

    items: tuple[Node, ...]
    at: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class MapNode:
    """A mapping, in the order of the file; no two keys are equal."""

    entries: tuple[tuple[ScalarNode, Node], ...]
    at: Position

    def get(self, name: str) -> Node | None:
        """Return the value under a key, None where there is none."""
        return next((value for key, value in self.entries if key.text == name), None)


Node: TypeAlias = ScalarNode | ListNode | MapNode


def read_yaml(path: Path) -> Node:
    """Read the one document of a file; the path is shown in errors as it is given."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise YamlError(f"cannot read {path.as_posix()}: {reason.lower()}") from None
    return parse_yaml(data, path.as_posix())


def parse_yaml(data: bytes, path: str) -> Node:
    """Parse the one document of a file's bytes."""
    if len(data) > MAX_BYTES:
        raise YamlError(f"more than {MAX_BYTES} bytes in {path}, expected a small file")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise YamlError(f"byte {error.start} is not UTF-8 in {path}") from None
    try:
        return _build(_events(text, path), path)
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error, path) from None
    except yaml.YAMLError as error:
        reason = str(error).splitlines()[0].lower()
        raise YamlError(f"not YAML: {reason} in {path}") from None


def _syntax_error(error: yaml.MarkedYAMLError, path: str) -> YamlError:
    mark = error.problem_mark or error.context_mark
    where = f"at {_position(path, mark)}" if mark else f"in {path}"
    return YamlError(f"not YAML: {error.problem or error.context} {where}")


def _events(text: str, path: str) -> Iterator[yaml.Event]:
    """Yield the events, refusing those that are more than data."""
    documents = 0
    for event in yaml.parse(text, Loader=_Loader):
        at = _position(path, event.start_mark)
        match event:
            case yaml.AliasEvent():
                raise YamlError(f"alias {quote(f'*{event.anchor}')} is not supported at {at}")
            case yaml.DocumentStartEvent():
                documents += 1
                _check_document_start(event, documents, at)
            case yaml.NodeEvent():
                _check_plain_data(event, at)
            case _:
                pass  # starts and ends
        yield event


def _check_document_start(event: yaml.DocumentStartEvent, documents: int, at: Position) -> None:
    if documents > 1:
        raise YamlError(f"second document, expected one at {at}")
    if event.version or event.tags:
        raise YamlError(f"directive is not supported at {at}")


def _check_plain_data(event: yaml.NodeEvent, at: Position) -> None:
    if event.anchor is not None:
        raise YamlError(f"anchor {quote(f'&{event.anchor}')} is not supported at {at}")
    tag = getattr(event, "tag", None)
    if tag is not None:
        raise YamlError(f"tag {quote(tag)} is not supported at {at}")


@dataclass(slots=True, kw_only=True)
class _Open:
    """A container that is being filled; a mapping's keys and values alternate."""

    at: Position
    is_map: bool
    nodes: list[Node] = field(default_factory=list)
    keys: dict[str, Position] = field(default_factory=dict)

    def add(self, node: Node) -> None:
        if self.is_map and len(self.nodes) % 2 == 0:
            self._check_key(node)
        self.nodes.append(node)

    def _check_key(self, key: Node) -> None:
        if not isinstance(key, ScalarNode):
            raise YamlError(f"key is {kind(key)}, expected text at {key.at}")
        first = self.keys.setdefault(key.text, key.at)
        if first is not key.at:
            raise YamlError(f"duplicate key {quote(key.text)} at {key.at}, first at line {first.line}")

    def close(self) -> Node:
        if not self.is_map:
            return ListNode(items=tuple(self.nodes), at=self.at)
        keys = [key for key in self.nodes[::2] if isinstance(key, ScalarNode)]
        return MapNode(entries=tuple(zip(keys, self.nodes[1::2], strict=True)), at=self.at)


def _build(events: Iterator[yaml.Event], path: str) -> Node:
    stack = [_Open(at=Position(path=path, line=1, column=1), is_map=False)]
    for event in events:
        at = _position(path, event.start_mark)
        match event:
            case yaml.ScalarEvent():
                plain = bool(event.implicit[0])
                stack[-1].add(ScalarNode(text=event.value, plain=plain, at=at))
            case yaml.CollectionStartEvent():
                stack.append(_Open(at=at, is_map=isinstance(event, yaml.MappingStartEvent)))
                _check_depth(len(stack), at)
            case yaml.CollectionEndEvent():
                closed = stack.pop()
                stack[-1].add(closed.close())
            case _:
                pass  # the start and end of the stream and of its one document
    if not stack[0].nodes:
        raise YamlError(f"nothing but comments in {path}, expected a document")
    return stack[0].nodes[0]


def _check_depth(open_containers: int, at: Position) -> None:
    if open_containers - 1 > MAX_DEPTH:
        raise YamlError(f"more than {MAX_DEPTH} nested containers at {at}")


def _position(path: str, mark: _Mark | None) -> Position:
    if mark is None:
        return Position(path=path, line=1, column=1)
    return Position(path=path, line=mark.line + 1, column=mark.column + 1)


def kind(node: Node) -> str:
    """Return what messages call a node."""
    match node:
        case ScalarNode():
            return "text"
        case ListNode():
            return "a list"
        case MapNode():
            return "a mapping"
