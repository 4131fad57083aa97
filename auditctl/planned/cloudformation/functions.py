"""Functions of CloudFormation that make a value of other values (user guide, "Intrinsic function reference").

Untrusted. Where an argument is not known, so is the value; texts keep what is known around it.
"""

from __future__ import annotations

import base64
import json
import re
from ipaddress import ip_network
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from auditctl.controls.errors import suggest
from auditctl.planned.cloudformation.nodes import Call, Items, Node, Place, Scalar, Table, kind_of, quote, wrong
from auditctl.planned.cloudformation.template import LOOPS, PSEUDO
from auditctl.planned.cloudformation.values import Value, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from auditctl.planned.cloudformation.evaluate import Evaluator

Function: TypeAlias = "Callable[[Evaluator, Call, str], Value | None]"
_HOLE = re.compile(r"\$\{([^}]*)\}")
_INDEX = re.compile(r"[0-9]{1,4}")
# What stands in no id, name or part of an ARN that AWS makes.
_SAFE = frozenset({":", "/", ",", "|"})
_PAIR = 2
# User guide, "Fn::Cidr": how many blocks it makes at most.
_MOST_BLOCKS = 256
# Zones are named so, and few accounts see other letters.
_ZONES = "abc"


def _arguments(call: Call, label: str, fewest: int, most: int) -> tuple[Node, ...]:
    found = call.argument
    if not isinstance(found, Items) or not fewest <= len(found.items) <= most:
        count = str(fewest) if fewest == most else f"{fewest} to {most}"
        raise wrong(f"{call.name} of {kind_of(found)} in {label}, expected a list of {count}", call.at)
    return found.items


def _text(e: Evaluator, node: Node, label: str) -> str:
    """A text, with markers in place of what is not known."""
    found = e.required(node, label)
    if isinstance(found.data, tuple | dict):
        what = "a list" if isinstance(found.data, tuple) else "a mapping"
        raise wrong(f"{what} in {label}, expected a text", node.at)
    return text_of(found.data)


# Texts.


def _sub(e: Evaluator, call: Call, label: str) -> Value:
    """Fn::Sub: `${Name}`, `${Name.Attribute}`, and `${!Literal}` for a dollar sign."""
    source, variables = call.argument, dict[str, Node]()
    if isinstance(source, Items):
        source, table = _arguments(call, label, _PAIR, _PAIR)
        if not isinstance(table, Table):
            raise wrong(f"Fn::Sub with {kind_of(table)} in {label}, expected a mapping of variables", table.at)
        variables = table.entries
    if not isinstance(source, Scalar):
        raise wrong(f"Fn::Sub of {kind_of(source)} in {label}, expected a text", call.at)
    pieces, last = [], 0
    for hole in _HOLE.finditer(source.text):
        pieces.append(source.text[last : hole.start()])
        pieces.append(_hole(e, hole[1], variables, source.at, label))
        last = hole.end()
    return Value(data=e.joined([*pieces, source.text[last:]], "", call.at), at=call.at)


def _hole(e: Evaluator, name: str, variables: Mapping[str, Node], at: Place, label: str) -> str:
    if name.startswith("!"):
        return f"${{{name[1:]}}}"
    name = name.strip()
    if name in variables:
        return _text(e, variables[name], label)
    thing, _, attribute = name.partition(".")
    found = e.attributes.get(thing, attribute, at) if attribute and name not in PSEUDO else e.refer(name, at)
    if found is None or isinstance(found.data, tuple | dict):
        raise wrong(f"`${{{name}}}` in {label} is no text", at)
    return text_of(found.data)


def _join(e: Evaluator, call: Call, label: str) -> Value:
    between, parts = _arguments(call, label, _PAIR, _PAIR)
    found = e.required(parts, label)
    if e.whole_marker(found):
        return _unknown(e, found, f"{label}.Join", call.at)
    if not isinstance(found.data, tuple):
        raise wrong(f"Fn::Join of {kind_of(parts)} in {label}, expected a list", parts.at)
    if any(isinstance(one.data, tuple | dict) for one in found.data):
        raise wrong(f"Fn::Join of a list in a list in {label}, expected texts", parts.at)
    texts = [text_of(one.data) for one in found.data if not isinstance(one.data, tuple | dict)]
    return Value(data=e.joined(texts, _text(e, between, label), call.at), at=call.at)


def _base64(e: Evaluator, call: Call, label: str) -> Value:
    text = _text(e, call.argument, label)
    if e.markers_of(text):
        return e.unknown(f"{label}.Base64", "text", call.at)
    return Value(data=base64.b64encode(text.encode()).decode(), at=call.at)


def _unknown(e: Evaluator, source: Value, attribute: str, at: Place, kind: str = "text") -> Value:
    """What cannot be told because `source` is not known."""
    return e.unknown(attribute, kind, at, "; ".join(dict.fromkeys(map(e.reason, e.markers(source)))))


# Lists.


def _split(e: Evaluator, call: Call, label: str) -> Value:
    between, source = _arguments(call, label, _PAIR, _PAIR)
    mark, found = _text(e, between, label), e.required(source, label)
    text = _text(e, source, label)
    if not mark:
        raise wrong(f"Fn::Split at the empty text in {label}", between.at)
    if e.open_marker(found) or (mark not in _SAFE and e.markers_of(text)):
        marker = e.whole_marker(found)
        attribute = str(e.draft.unknowns[marker]["attribute"]) if marker else f"{label}.Split"
        return _unknown(e, found, attribute, call.at, "list")
    return Value(data=tuple(Value(data=one, at=call.at) for one in text.split(mark)), at=call.at)


def _select(e: Evaluator, call: Call, label: str) -> Value:
    position, source = _arguments(call, label, _PAIR, _PAIR)
    index, found = _text(e, position, label), e.required(source, label)
    if e.markers_of(index):
        return e.unknown(f"{label}.Select", "text", call.at, "the index of Fn::Select is not known")
    if not _INDEX.fullmatch(index):
        raise wrong(f"Fn::Select at {quote(index)} in {label}, expected a number, the first being 0", position.at)
    marker = e.whole_marker(found)
    if marker:
        return _selected(e, marker, index, call.at)
    if not isinstance(found.data, tuple):
        raise wrong(f"Fn::Select of {kind_of(source)} in {label}, expected a list", source.at)
    if int(index) >= len(found.data):
        raise wrong(f"Fn::Select of index {index} in {label}, and the list has {len(found.data)}", call.at)
    return found.data[int(index)]


def _selected(e: Evaluator, marker: str, index: str, at: Place) -> Value:
    """An entry of a list that is not known; ids of things are what they are."""
    attribute = str(e.draft.unknowns[marker]["attribute"])
    parameter = e.template.parameters.get(attribute)
    prefix = parameter.id_prefix if parameter is not None else ""
    found = e.unknown(f"{attribute}.{index}", "name" if prefix else "text", at, e.reason(marker))
    return Value(data=f"{prefix}{found.data}", at=at)


def _cidr(e: Evaluator, call: Call, label: str) -> Value:
    """Fn::Cidr: the first blocks of a block, with as many bits for hosts as are asked for."""
    block, count, *rest = _arguments(call, label, _PAIR, 3)
    texts = [_text(e, node, label) for node in (block, count, *rest)]
    unknown = next((text for text in texts if e.markers_of(text)), None)
    if unknown is not None:
        return _unknown(e, Value(data=unknown, at=call.at), f"{label}.Cidr", call.at, "list")
    try:
        whole = ip_network(texts[0])
        number, bits = int(texts[1]), int(texts[2]) if rest else 8
        found = tuple(islice(whole.subnets(new_prefix=whole.max_prefixlen - bits), min(number, _MOST_BLOCKS)))
    except ValueError:
        number, found = 1, ()
    if len(found) != number or not found:
        shown = ", ".join(map(quote, texts))
        raise wrong(f"Fn::Cidr of {shown} in {label}, expected a block, a count and bits that fit", call.at)
    return Value(data=tuple(Value(data=str(one), at=call.at) for one in found), at=call.at)


def _zones(e: Evaluator, call: Call, label: str) -> Value:
    """Fn::GetAZs: zones of a region. Which ones an account has decides nothing that is asked here."""
    region = _text(e, call.argument, label) or e.stack.region
    return Value(data=tuple(Value(data=f"{region}{z}", at=call.at) for z in _ZONES), at=call.at)


# Mappings, other stacks, macros.


def _find(e: Evaluator, call: Call, label: str) -> Value | None:
    name, top, second, *rest = _arguments(call, label, 3, 4)
    keys = [_text(e, node, label) for node in (name, top, second)]
    default = _default(rest[0]) if rest else None
    unknown = next((key for key in keys if e.markers_of(key)), None)
    if unknown is not None:
        return _any_of(e, Value(data=unknown, at=call.at), call, keys, label)
    table: Node | None = Table(entries=dict(e.template.mappings), keys={}, at=call.at)
    for key in keys:
        known = table.entries if isinstance(table, Table) else {}
        if key not in known and default is not None:
            return e.evaluate(default, label)
        if key not in known:
            raise wrong(f"{quote(key)} in {label} is not in the mapping{suggest(key, known)}", call.at)
        table = known[key]
    return e.required(table, label) if table is not None else None


def _default(node: Node) -> Node | None:
    """What AWS::LanguageExtensions lets Fn::FindInMap be where a key is not there."""
    return node.get("DefaultValue") if isinstance(node, Table) else None


def _any_of(e: Evaluator, unknown: Value, call: Call, keys: list[str], label: str) -> Value:
    """A value of a mapping under a key that is not known: the one that all have, or any."""
    nodes: list[Node] = [Table(entries=dict(e.template.mappings), keys={}, at=call.at)]
    for key in keys:
        tables = [node for node in nodes if isinstance(node, Table)]
        chosen = (
            t.entries.values() if e.markers_of(key) else [t.entries[key]]
            for t in tables
            if key in t.entries or e.markers_of(key)
        )
        nodes = [node for inner in chosen for node in inner]
    found = [e.required(node, label) for node in nodes]
    if found and all(one.plain == found[0].plain for one in found):
        return found[0]
    kind = "list" if found and all(isinstance(one.data, tuple) for one in found) else "text"
    return _unknown(e, unknown, label, call.at, kind)


def _import(e: Evaluator, call: Call, label: str) -> Value:
    name = _text(e, call.argument, label)
    return e.unknown(f"ImportValue {name}", "text", call.at, f"{name} is imported from another stack")


def _output(e: Evaluator, call: Call, label: str) -> Value:
    return e.unknown(label, "text", call.at, f"{label} is an output of another stack")


def _macro(e: Evaluator, call: Call, label: str) -> Value:
    return e.unknown(label, "text", call.at, f"a macro makes {label}")


def _attribute(e: Evaluator, call: Call, label: str) -> Value | None:
    first, second = _arguments(call, label, _PAIR, _PAIR)
    attribute = _text(e, second, label)
    if not isinstance(first, Scalar):
        raise wrong(f"Fn::GetAtt of {kind_of(first)} in {label}, expected the name of a resource", call.at)
    if e.markers_of(attribute):
        return e.unknown(label, "text", call.at)
    return e.attributes.get(first.text, attribute, call.at)


# AWS::LanguageExtensions.


def _check_extension(e: Evaluator, call: Call) -> None:
    if LOOPS not in e.template.transforms:
        raise wrong(f"{call.name} without `Transform: {LOOPS}`", call.at)


def _length(e: Evaluator, call: Call, label: str) -> Value:
    _check_extension(e, call)
    found = e.required(call.argument, label)
    if e.whole_marker(found):
        return _unknown(e, found, f"{label}.Length", call.at, "number")
    if not isinstance(found.data, tuple):
        raise wrong(f"Fn::Length of {kind_of(call.argument)} in {label}, expected a list", call.at)
    return Value(data=len(found.data), at=call.at)


def _json(e: Evaluator, call: Call, label: str) -> Value:
    _check_extension(e, call)
    found = e.required(call.argument, label)
    return Value(data=e.text(json.dumps(found.typed, ensure_ascii=False), call.at), at=call.at)


FUNCTIONS: Mapping[str, Function] = {
    "Fn::Base64": _base64,
    "Fn::Cidr": _cidr,
    "Fn::FindInMap": _find,
    "Fn::GetAtt": _attribute,
    "Fn::GetAZs": _zones,
    "Fn::GetStackOutput": _output,
    "Fn::ImportValue": _import,
    "Fn::Join": _join,
    "Fn::Length": _length,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": _sub,
    "Fn::ToJsonString": _json,
    "Fn::Transform": _macro,
}
