"""A YAML template as nodes: the short functions of CloudFormation are the only tags, and nothing is guessed of texts.

Untrusted. `2012-10-17` stays the text that it is, and so does an account id with a zero in front. Anchors are read
(`aws cloudformation package` writes none, people do); merge keys are not, as CloudFormation does not know them.
The tree is built from the parser's events, without recursion and within limits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

import yaml

from auditctl.controls.errors import suggest
from auditctl.planned.cloudformation.nodes import (
    FUNCTIONS,
    Items,
    Node,
    Place,
    Scalar,
    called,
    check_function,
    make_table,
    quote,
    wrong,
)
from checkers.verdict import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

# The C parser where PyYAML was built with one: about ten times faster.
_Loader: type[yaml.BaseLoader] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,39})")
_WORDS = {
    **dict.fromkeys(("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
_PLAIN_TAGS = {"tag:yaml.org,2002:str", "!"}


@dataclass(slots=True)
class _Open:
    """A list or mapping that is being read; keys and values of a mapping alternate."""

    at: Place
    is_table: bool
    function: str = ""
    anchor: str | None = None
    nodes: list[Node] = field(default_factory=list)
    keys: dict[str, Place] = field(default_factory=dict)

    def add(self, node: Node) -> None:
        if self.is_table and len(self.nodes) % 2 == 0:
            self.check_key(node)
        self.nodes.append(node)

    def check_key(self, node: Node) -> None:
        if not isinstance(node, Scalar):
            raise wrong("a key is a list, a mapping or a function, expected a text", node.at)
        if node.text == "<<":
            raise wrong("merge key `<<`, which CloudFormation does not know", node.at)
        first = self.keys.setdefault(node.text, node.at)
        if first is not node.at:
            raise wrong(f"duplicate key {quote(node.text)}, first at line {first.line}", node.at)

    def close(self) -> Node:
        node: Node
        if self.is_table:
            entries = dict(zip(self.keys, self.nodes[1::2], strict=True))
            node = make_table(entries, self.keys, self.at)
        else:
            node = Items(items=tuple(self.nodes), at=self.at)
        return called(self.function, node, self.at) if self.function else node


def parse_yaml_text(text: str, file: str, depth: int) -> Node:
    """The one document of a YAML text."""
    try:
        return _Builder(file, depth).build(yaml.parse(text, Loader=_Loader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else file
        raise Unreadable(f"not YAML: {error.problem or error.context} at {place}") from None
    except yaml.YAMLError as error:
        raise Unreadable(f"not YAML: {str(error).splitlines()[0].lower()} in {file}") from None


@dataclass(slots=True)
class _Builder:
    file: str
    depth: int
    anchors: dict[str, Node] = field(default_factory=dict)
    opened: list[_Open] = field(default_factory=list)
    documents: int = 0

    def build(self, events: Iterator[yaml.Event]) -> Node:
        self.opened = [_Open(Place(file=self.file, line=1, column=1), is_table=False)]
        for event in events:
            at = self.place(event)
            match event:
                case yaml.DocumentStartEvent():
                    self.start(event, at)
                case yaml.AliasEvent():
                    self.alias(event, at)
                case yaml.ScalarEvent():
                    self.add(self.scalar(event, at), event.anchor)
                case yaml.CollectionStartEvent():
                    self.open(event, at)
                case yaml.CollectionEndEvent():
                    closed = self.opened.pop()
                    self.add(closed.close(), closed.anchor)
                case _:
                    pass  # the start and end of the stream and of its one document
        if not self.opened[0].nodes:
            raise Unreadable(f"nothing but comments in {self.file}, expected a template")
        return self.opened[0].nodes[0]

    def place(self, event: yaml.Event) -> Place:
        mark = event.start_mark
        line, column = (0, 0) if mark is None else (mark.line, mark.column)
        return Place(file=self.file, line=line + 1, column=column + 1)

    def add(self, node: Node, anchor: str | None) -> None:
        if anchor is not None:
            self.anchors[anchor] = node
        self.opened[-1].add(node)

    def start(self, event: yaml.DocumentStartEvent, at: Place) -> None:
        self.documents += 1
        if self.documents > 1:
            raise wrong("a second document, expected one template", at)
        if event.tags:
            raise wrong("a directive, which CloudFormation does not know", at)

    def alias(self, event: yaml.AliasEvent, at: Place) -> None:
        name = event.anchor or ""
        if name not in self.anchors:
            raise wrong(f"alias {quote('*' + name)} of no anchor before it", at)
        self.opened[-1].add(self.anchors[name])

    def open(self, event: yaml.CollectionStartEvent, at: Place) -> None:
        function = self.function(event.tag, at)
        self.opened.append(_Open(at, isinstance(event, yaml.MappingStartEvent), function, event.anchor))
        if len(self.opened) - 1 > self.depth:
            raise wrong(f"more than {self.depth} nested lists and mappings", at)

    def function(self, tag: str | None, at: Place) -> str:
        """The function that a tag writes, empty for no tag."""
        if tag is None or tag in _PLAIN_TAGS:
            return ""
        name = tag.removeprefix("!")
        if tag.startswith("!") and name in {"Ref", "Condition"}:
            return name
        if not tag.startswith("!") or name not in FUNCTIONS:
            self.unknown_tag(tag, name, at)
        check_function(f"Fn::{name}", at)
        return f"Fn::{name}"

    @staticmethod
    def unknown_tag(tag: str, name: str, at: Place) -> NoReturn:
        hint = suggest(name, sorted({*FUNCTIONS, "Ref", "Condition"}))
        raise wrong(f"unknown tag {quote(tag)}{hint}, expected a function of CloudFormation", at)

    def scalar(self, event: yaml.ScalarEvent, at: Place) -> Node:
        text: str = event.value
        value: str | int | bool | None = text
        function = self.function(event.tag, at)
        if event.implicit[0] and not function:
            value = _typed(text)
        node = Scalar(value=value, text=text, at=at)
        return called(function, node, at) if function else node


def _typed(text: str) -> str | int | bool | None:
    """What a text without quotes is (YAML 1.1, as CloudFormation reads it), but no dates, octal or other numbers."""
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _INTEGER.fullmatch(text) else text
