"""Placeholders in a control: `${parameters.NAME}` and `${target.NAME}`.

Untrusted. Parameters are put in when a control is loaded; the target is not known then,
so its placeholders stay. A list item that is exactly one list parameter is replaced by
the parameter's items. Anything else in `${...}` is refused: it would be a policy
variable, and a control speaks of fixed sets of requests.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from auditctl.controls.errors import enumerate_words, quote, suggest
from auditctl.controls.strict_yaml import ListNode, MapNode, Node, ScalarNode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from auditctl.controls.reader import Problems

Value: TypeAlias = str | list[str]

# What a placeholder stands for while the text around it is checked.
_SAMPLE_TARGET = {
    "target.arn": "arn:aws:iam::111122223333:role/target",
    "target.name": "target",
    "target.account": "111122223333",
    "target.id": "eni-0123456789abcdef0",
    "target.vpc": "vpc-0123456789abcdef0",
}
_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}?")


def with_sample_target(text: str) -> str:
    """Return the text with a plausible target in the place of its placeholders."""
    return _PLACEHOLDER.sub(lambda found: _SAMPLE_TARGET.get(found[1], found[0]), text)


def used_parameters(node: Node) -> frozenset[str]:
    """Return the names of the parameters that the texts below a node mention."""
    names = [found[1] for scalar in scalars_below(node) for found in _PLACEHOLDER.finditer(scalar.text)]
    return frozenset(n.removeprefix("parameters.") for n in names if n.startswith("parameters."))


def scalars_below(node: Node) -> Iterator[ScalarNode]:
    """Yield the texts below a node. The recursion is bounded by the depth that `strict_yaml` accepts."""
    match node:
        case ScalarNode():
            yield node
        case ListNode():
            for item in node.items:
                yield from scalars_below(item)
        case MapNode():
            for _, value in node.entries:
                yield from scalars_below(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Substitution:
    """The effective parameters of one control, and where to note problems."""

    values: Mapping[str, Value]
    problems: Problems

    def apply(self, node: Node) -> Node:
        """Return the tree with its parameters put in; positions stay those of the file.

        The recursion is bounded by the depth that `strict_yaml` accepts.
        """
        match node:
            case ScalarNode():
                items = self._splice(node)
                return items[0] if len(items) == 1 else ListNode(items=items, at=node.at)
            case ListNode():
                return ListNode(items=tuple(self._apply_items(node)), at=node.at)
            case MapNode():
                entries = tuple((key, self.apply(value)) for key, value in node.entries)
                return MapNode(entries=entries, at=node.at)

    def _apply_items(self, node: ListNode) -> Iterator[Node]:
        for item in node.items:
            if isinstance(item, ScalarNode):
                yield from self._splice(item)
            else:
                yield self.apply(item)

    def _splice(self, node: ScalarNode) -> tuple[ScalarNode, ...]:
        whole = _PLACEHOLDER.fullmatch(node.text)
        value = self.values.get(whole[1].removeprefix("parameters.")) if whole else None
        if whole and whole[1].startswith("parameters.") and isinstance(value, list):
            return tuple(ScalarNode(text=text, plain=False, at=node.at) for text in value)
        text = _PLACEHOLDER.sub(lambda found: self._replace(found, node), node.text)
        return (ScalarNode(text=text, plain=node.plain, at=node.at),)

    def _replace(self, found: re.Match[str], node: ScalarNode) -> str:
        name = found[1]
        value = self.values.get(name.removeprefix("parameters."))
        if name in _SAMPLE_TARGET and found[0].endswith("}"):
            return found[0]
        if name.startswith("parameters.") and isinstance(value, str):
            return value
        self.problems.note(self._refusal(found[0], name, value), node.at)
        return ""

    def _refusal(self, text: str, name: str, value: Value | None) -> str:
        if isinstance(value, list) and name.startswith("parameters."):
            return f"list parameter {quote(text)} inside a text, expected it as an entry of its own"
        if not text.endswith("}"):
            return f"placeholder {quote(text)} is not closed, expected `}}`"
        if ":" in name:
            return f"policy variable {quote(text)}, expected text without policy variables"
        known = [f"${{{word}}}" for word in [*_SAMPLE_TARGET, *map("parameters.{}".format, self.values)]]
        near = suggest(text, known) or f", expected {enumerate_words(known)}"
        return f"unknown placeholder {quote(text)}{near}"
