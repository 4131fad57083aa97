"""Read a YAML tree by its shape into JSON, collecting what does not fit.

Untrusted. The result is meaningful only where no problem was noted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from auditctl.controls.errors import MAX_PROBLEMS, enumerate_words, quote, suggest
from auditctl.controls.placeholders import with_sample_target
from auditctl.controls.shapes import (
    Anything,
    Flag,
    Items,
    OneOfTwo,
    Record,
    Shape,
    Table,
    Text,
    TextOrItems,
    TextOrRecord,
)
from auditctl.controls.strict_yaml import (
    ListNode,
    MapNode,
    Node,
    Position,
    ScalarNode,
    kind,
)

if TYPE_CHECKING:
    from auditctl.controls.json_schema import Json

_FLAGS = {"true": True, "false": False}


@dataclass(slots=True)
class Problems:
    """The problems of one file, in the order in which they were met."""

    found: list[str] = field(default_factory=list)

    def note(self, problem: str, where: Position | str) -> None:
        """Note what is wrong and where ("in ..." if it is not a position in a file)."""
        if len(self.found) < MAX_PROBLEMS:
            self.found.append(f"{problem} {where if isinstance(where, str) else f'at {where}'}")


def read_shape(node: Node, shape: Shape, name: str, problems: Problems) -> Json:  # noqa: C901, PLR0911  # one case for each
    """Return the node as JSON of the shape; `name` is what messages call the place."""
    match shape:
        case Text():
            return _read_text(node, shape, name, problems)
        case Flag():
            return _read_flag(node, name, problems)
        case Items():
            return _read_items(node, shape, name, problems)
        case Table():
            return _read_table(node, shape, name, problems)
        case Record():
            return _read_record(node, shape, name, problems)
        case TextOrItems():
            return _read_text_or_items(node, shape, name, problems)
        case TextOrRecord():
            return _read_text_or_record(node, shape, name, problems)
        case OneOfTwo():
            has_key = isinstance(node, MapNode) and node.get(shape.key) is not None
            return _read_record(node, shape.having if has_key else shape.lacking, name, problems)
        case Anything():
            return json_of(node)
    assert_never(shape)


def json_of(node: Node) -> Json:
    """Return a free node as JSON: unquoted true and false are booleans, the rest text.

    The recursion is bounded by the depth that `strict_yaml` accepts.
    """
    match node:
        case ScalarNode():
            return _FLAGS.get(node.text, node.text) if node.plain else node.text
        case ListNode():
            return [json_of(item) for item in node.items]
        case MapNode():
            return {key.text: json_of(value) for key, value in node.entries}


def _mismatch(node: Node, name: str, expected: str, problems: Problems) -> None:
    problems.note(f"`{name}` is {kind(node)}, expected {expected}", node.at)


def _read_text(node: Node, shape: Text, name: str, problems: Problems) -> str:
    if not isinstance(node, ScalarNode):
        _mismatch(node, name, "text", problems)
        return ""
    complaint = complain(node.text, shape)
    if complaint:
        problems.note(complaint if node.text.strip() else f"`{name}` is empty", node.at)
    return node.text.strip() if shape.many_lines else node.text


def complain(text: str, shape: Text) -> str:
    """Return what is wrong with a text, nothing if it fits its shape."""
    tried = with_sample_target(text) if shape.placeholders else text
    if not tried.strip():
        return f"empty {shape.noun}"
    if not shape.many_lines and not tried.isprintable():
        return f"{shape.noun} {quote(text)} is not one line of printable text"
    if tried in shape.words or any(re.fullmatch(f.pattern, tried) for f in shape.forms):
        return ""
    return _misfit(text, tried, shape) if shape.words or shape.forms else ""


def _misfit(text: str, tried: str, shape: Text) -> str:
    for form in shape.forms:
        if form.resembles and re.fullmatch(form.resembles, tried):
            return f"malformed {form.noun} {quote(text)}, expected {form.expected}"
    expected = ", ".join([*map("`{}`".format, shape.words), *(f.expected for f in shape.forms)])
    near = suggest(tried, shape.words)
    if not shape.words:
        return f"malformed {shape.noun} {quote(text)}, expected {expected}"
    return f"unknown {shape.noun} {quote(text)}{near or ', expected ' + _short(expected)}"


def _short(expected: str) -> str:
    """Return the words to choose from, unless they would fill the screen."""
    limit = 400
    return expected if len(expected) <= limit else "one that the JSON Schema of a control lists"


def _read_flag(node: Node, name: str, problems: Problems) -> bool:
    if isinstance(node, ScalarNode) and node.text in _FLAGS:
        return _FLAGS[node.text]
    if isinstance(node, ScalarNode):
        problems.note(f"`{name}` is {quote(node.text)}, expected `true` or `false`", node.at)
    else:
        _mismatch(node, name, "`true` or `false`", problems)
    return False


def _read_items(node: Node, shape: Items, name: str, problems: Problems) -> list[Json]:
    items = node.items if isinstance(node, ListNode) else (node,)
    if isinstance(node, MapNode) and not isinstance(shape.item, Record | TextOrRecord):
        _mismatch(node, name, "a list", problems)
        return []
    if isinstance(node, ScalarNode) and not isinstance(shape.item, Text | TextOrRecord):
        _mismatch(node, name, "a list", problems)
        return []
    if len(items) < shape.at_least:
        problems.note(f"`{name}` is an empty list, expected at least one entry", node.at)
    return [read_shape(item, shape.item, name, problems) for item in items]


def _read_table(node: Node, shape: Table, name: str, problems: Problems) -> dict[str, Json]:
    if not isinstance(node, MapNode):
        _mismatch(node, name, "a mapping", problems)
        return {}
    for key, _ in node.entries:
        complaint = complain(key.text, shape.key)
        if complaint:
            problems.note(complaint, key.at)
    return {key.text: read_shape(value, shape.value, key.text, problems) for key, value in node.entries}


def _read_record(node: Node, shape: Record, name: str, problems: Problems) -> dict[str, Json]:
    if not isinstance(node, MapNode):
        _mismatch(node, name, "a mapping", problems)
        return {}
    shapes = {field.name: field.shape for field in shape.fields}
    for key, _ in node.entries:
        if key.text not in shapes:
            problems.note(_unknown_key(key.text, shape), key.at)
    _check_presence(node, shape, problems)
    return {
        key.text: read_shape(value, shapes[key.text], key.text, problems)
        for key, value in node.entries
        if key.text in shapes
    }


def _unknown_key(key: str, shape: Record) -> str:
    reason = dict(shape.refused).get(key)
    if reason:
        return f"key {quote(key)} does not belong in {shape.noun}: {reason}"
    names = [member.name for member in shape.fields]
    return f"unknown key {quote(key)}{suggest(key, names) or ', expected ' + enumerate_words(names)}"


def _check_presence(node: MapNode, shape: Record, problems: Problems) -> None:
    names = [key.text for key, _ in node.entries]
    for member in shape.fields:
        if member.required and member.name not in names:
            problems.note(f"missing key `{member.name}` in {shape.noun}", node.at)
    chosen = [name for name in shape.one_of if name in names]
    if shape.one_of and len(chosen) != 1 and tuple(sorted(chosen)) not in shape.together:
        found = {0: "neither", 2: "both"}.get(len(chosen), "all of")
        pair = " and " if chosen else " nor "
        listed = pair.join(f"`{name}`" for name in chosen or shape.one_of)
        problems.note(f"{found} {listed} in {shape.noun}, expected exactly one", node.at)
    if shape.any_of and not set(shape.any_of) & set(names):
        listed = enumerate_words(shape.any_of)
        problems.note(f"missing key {listed} in {shape.noun}", node.at)


def _read_text_or_record(node: Node, shape: TextOrRecord, name: str, problems: Problems) -> Json:
    if isinstance(node, ListNode):
        _mismatch(node, name, f"{shape.text.noun} or a mapping", problems)
        return ""
    return read_shape(node, shape.record if isinstance(node, MapNode) else shape.text, name, problems)


def _read_text_or_items(node: Node, shape: TextOrItems, name: str, problems: Problems) -> Json:
    text = Text(noun=shape.noun)
    if isinstance(node, ListNode):
        return [_read_text(item, text, name, problems) for item in node.items]
    return _read_text(node, text, name, problems)
