"""`Fn::ForEach` of AWS::LanguageExtensions: written out before anything else is read.

Untrusted. User guide, "Fn::ForEach": the key `Fn::ForEach::Name` has a list of an identifier, a collection and a
fragment with one key, in which `${Identifier}` and `&{Identifier}` (its letters and digits) stand for an element.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from auditctl.planned.cloudformation.nodes import (
    FOR_EACH,
    Call,
    Items,
    Node,
    Place,
    Scalar,
    Table,
    kind_of,
    make_table,
    quote,
    wrong,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from auditctl.planned.cloudformation.parameters import Parameter

# How many values loops may make in all. CloudFormation takes 500 resources in a template.
MAX_VALUES = 100_000
_PLAIN = re.compile(r"[^A-Za-z0-9]")
_PARTS = 3


class _Loops:
    def __init__(self, parameters: Mapping[str, Parameter]) -> None:
        self.parameters = parameters
        self.left = MAX_VALUES

    def expand(self, node: Node) -> Node:
        """The node with every loop in it written out."""
        match node:
            case Scalar():
                return node
            case Items():
                return replace(node, items=tuple(map(self.expand, node.items)))
            case Call():
                return replace(node, argument=self.expand(node.argument))
            case Table():
                return self.table(node) if any(k.startswith(FOR_EACH) for k in node.keys) else self.inner(node)

    def inner(self, node: Table) -> Node:
        return replace(node, entries={key: self.expand(one) for key, one in node.entries.items()})

    def table(self, node: Table) -> Node:
        entries: dict[str, Node] = {}
        keys: dict[str, Place] = {}
        for key, one in node.entries.items():
            made = self.loop(one) if key.startswith(FOR_EACH) else iter([(key, node.keys[key], self.expand(one))])
            for name, at, value in made:
                if name in entries:
                    raise wrong(f"{quote(key)} makes {quote(name)} a second time", node.keys[key])
                entries[name], keys[name] = value, at
        return make_table(entries, keys, node.at)

    def loop(self, node: Node) -> Iterator[tuple[str, Place, Node]]:
        """What a loop makes: keys, where they are written, values."""
        parts = node.items if isinstance(node, Items) else ()
        if len(parts) != _PARTS or not isinstance(parts[0], Scalar) or not isinstance(parts[2], Table):
            raise wrong(f"Fn::ForEach of {kind_of(node)}, expected an identifier, a collection and a mapping", node.at)
        identifier, fragment = parts[0].text, parts[2]
        for element in self.collection(parts[1]):
            expanded = self.expand(self.put(fragment, identifier, element))
            if not isinstance(expanded, Table):
                raise wrong("a function in place of the key of Fn::ForEach", fragment.at)
            for key, value in expanded.entries.items():
                yield key, expanded.keys[key], value

    def collection(self, node: Node) -> tuple[str, ...]:
        """The elements, which have to be known before anything is made."""
        if isinstance(node, Items) and all(isinstance(one, Scalar) for one in node.items):
            return tuple(one.text for one in node.items if isinstance(one, Scalar))
        if isinstance(node, Call) and node.name == "Ref" and isinstance(node.argument, Scalar):
            parameter = self.parameters.get(node.argument.text)
            if parameter is not None and parameter.is_list and parameter.value is not None and not parameter.is_stored:
                return tuple(one.strip() for one in parameter.value.split(","))
            what = f"`Ref {node.argument.text}`, which has no value"
            raise wrong(f"the collection of Fn::ForEach is {what}: give the parameter a value", node.at)
        raise wrong(f"the collection of Fn::ForEach is {kind_of(node)}, expected texts or a parameter", node.at)

    def put(self, one: Node, identifier: str, element: str) -> Node:
        """The node with an element in place of the identifier."""
        self.left -= 1
        if self.left < 0:
            raise wrong(f"loops make more than {MAX_VALUES} values", one.at)
        match one:
            case Scalar():
                new = _text(one.text, identifier, element)
                return one if new == one.text else Scalar(value=new, text=new, at=one.at)
            case Items():
                return replace(one, items=tuple(self.put(inner, identifier, element) for inner in one.items))
            case Call(name="Ref", argument=Scalar(text=name)) if name == identifier:
                return Scalar(value=element, text=element, at=one.at)
            case Call():
                return replace(one, argument=self.put(one.argument, identifier, element))
            case Table():
                return self.put_all(one, identifier, element)

    def put_all(self, one: Table, identifier: str, element: str) -> Table:
        keys = {_text(key, identifier, element): at for key, at in one.keys.items()}
        if len(keys) != len(one.keys):
            raise wrong(f"two keys become one for {quote(element)}", one.at)
        values = (self.put(value, identifier, element) for value in one.entries.values())
        return replace(one, entries=dict(zip(keys, values, strict=True)), keys=keys)


def expand(table: Table, parameters: Mapping[str, Parameter]) -> Table:
    """A section with its loops written out."""
    found = _Loops(parameters).expand(table)
    if not isinstance(found, Table):
        raise wrong("a function in place of a section", table.at)
    return found


def _text(old: str, identifier: str, element: str) -> str:
    """A text with an element in place of the identifier."""
    new = old.replace(f"${{{identifier}}}", element)
    return new.replace(f"&{{{identifier}}}", _PLAIN.sub("", element))
