"""A JSON template as nodes that know their lines, which no reader of the standard library tells.

Untrusted. Strict: no duplicate members, no NaN, nothing after the value; without recursion and within limits.
"""

import json
import re
from dataclasses import dataclass, field

from auditctl.planned.cloudformation.nodes import Call, Items, Node, Place, Scalar, Table, make_table, quote, wrong
from checkers.verdict import Unreadable

_TOKEN = re.compile(
    r'[ \t\r\n]*(?:(?P<mark>[][{}:,])|(?P<string>"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*")'
    r"|(?P<number>-?(?:0|[1-9][0-9]{0,39})(?P<rest>(?:\.[0-9]{1,40})?(?:[eE][-+]?[0-9]{1,4})?))(?![0-9A-Za-z.])"
    r"|(?P<word>true|false|null)(?![0-9A-Za-z]))"
)
_SPACE = re.compile(r"[ \t\r\n]*")
_WORDS = {"true": True, "false": False, "null": None}


@dataclass(slots=True)
class _Open:
    """A list or mapping that is being read; `key` waits for its value."""

    at: Place
    is_table: bool
    items: list[Node] = field(default_factory=list)
    entries: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Place] = field(default_factory=dict)
    key: str | None = None

    def add(self, node: Node) -> None:
        if self.key is None:
            self.items.append(node)
        else:
            self.entries[self.key] = node
            self.key = None

    def close(self) -> Items | Table | Call:
        if self.is_table:
            return make_table(self.entries, self.keys, self.at)
        return Items(items=tuple(self.items), at=self.at)


@dataclass(slots=True)
class _Reader:
    text: str
    file: str
    depth: int
    where: int = 0
    line: int = 1
    start: int = 0  # of the line
    seen: int = 0  # where the lines were counted to
    opened: list[_Open] = field(default_factory=list)

    def place(self, index: int) -> Place:
        """The place of an index at or behind the last one that was asked for."""
        lines = self.text.count("\n", self.seen, index)
        if lines:
            self.line += lines
            self.start = self.text.rfind("\n", self.seen, index) + 1
        self.seen = index
        return Place(file=self.file, line=self.line, column=index - self.start + 1)

    def token(self, expected: str) -> tuple[str, str, Place]:
        """The kind and text of the next token."""
        found = _TOKEN.match(self.text, self.where)
        if found is None or found.lastgroup is None:
            space = _SPACE.match(self.text, self.where)
            index = self.where if space is None else space.end()
            rest = self.text[index : index + 12]
            what = quote(rest) if rest else "the end"
            raise wrong(f"not JSON: found {what}, expected {expected}", self.place(index))
        kind = next(k for k in ("mark", "string", "number", "word") if found[k] is not None)
        self.where = found.end()
        return kind, found[kind], self.place(found.start(kind))

    def expect(self, marks: str, expected: str) -> str:
        """The next token, which has to be one of the marks."""
        kind, text, at = self.token(expected)
        if kind != "mark" or text not in marks:
            raise wrong(f"not JSON: found {quote(text)}, expected {expected}", at)
        return text

    def string(self, text: str, at: Place) -> str:
        value = json.loads(text)
        if not isinstance(value, str) or any("\ud800" <= c <= "\udfff" for c in value):
            raise wrong("not JSON: a lone surrogate in a text", at)
        return value

    def value(self, kind: str, text: str, at: Place) -> Scalar:
        if kind == "string":
            found = self.string(text, at)
            return Scalar(value=found, text=found, at=at)
        if kind == "number":
            whole = text.lstrip("-").isdigit()
            return Scalar(value=int(text) if whole else text, text=text, at=at)
        return Scalar(value=_WORDS[text], text=text, at=at)

    def open(self, text: str, at: Place) -> None:
        if len(self.opened) >= self.depth:
            raise wrong(f"more than {self.depth} nested lists and mappings", at)
        self.opened.append(_Open(at=at, is_table=text == "{"))

    def key(self, kind: str, text: str, at: Place) -> None:
        """Read a key and its colon."""
        top = self.opened[-1]
        if kind != "string":
            raise wrong(f"not JSON: found {quote(text)}, expected a key in quotes", at)
        name = self.string(text, at)
        if name in top.keys:
            raise wrong(f"duplicate key {quote(name)}, first at line {top.keys[name].line}", at)
        top.keys[name], top.key = at, name
        self.expect(":", "`:`")

    def close(self, node: Node) -> Node | None:
        """Put a finished value into what it is in, and close what ends behind it. The whole, once nothing is open."""
        while self.opened:
            top = self.opened[-1]
            top.add(node)
            if self.expect(",}" if top.is_table else ",]", "`,` or the end of what is open") == ",":
                if top.is_table:
                    self.key(*self.token("a key in quotes"))
                return None
            node = self.opened.pop().close()
        return node

    def read(self) -> Node:
        while True:
            kind, text, at = self.token("a value")
            if kind == "mark" and text in "{[":
                self.open(text, at)
                node = self.begin()
                if node is None:
                    continue
            elif kind == "mark":
                raise wrong(f"not JSON: found {quote(text)}, expected a value", at)
            else:
                node = self.value(kind, text, at)
            whole = self.close(node)
            if whole is not None:
                return whole

    def begin(self) -> Node | None:
        """Behind an opening bracket: the first key, or the empty list or mapping that ends at once."""
        top, before = self.opened[-1], self.where
        kind, text, at = self.token("a value or the end of what is open")
        if kind == "mark" and text == ("}" if top.is_table else "]"):
            return self.opened.pop().close()
        if top.is_table:
            self.key(kind, text, at)
        else:
            self.where = before
        return None


def parse_json_text(text: str, file: str, depth: int) -> Node:
    """The one value of a JSON text."""
    reader = _Reader(text, file, depth)
    node = reader.read()
    end = _SPACE.match(text, reader.where)
    if end is None or end.end() != len(text):
        raise Unreadable(f"not JSON: something stands behind the end at {reader.place(reader.where)}")
    return node
