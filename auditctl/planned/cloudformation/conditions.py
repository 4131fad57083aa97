"""Conditions of a template on three values: true, false, and not known because a parameter has no value.

Untrusted. What is not known is decided all the same where the parts that are known settle it: a text that begins
with `vpc-` is not the empty one, and a parameter is none of the values that it may not have.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from auditctl.controls.errors import suggest
from auditctl.planned.cloudformation.nodes import Call, Items, Node, Scalar, Table, kind_of, quote, wrong
from auditctl.planned.cloudformation.values import MARKER, Value, text_of

if TYPE_CHECKING:
    from auditctl.planned.cloudformation.evaluate import Evaluator

# User guide, "Condition functions": how many conditions And and Or take.
_FEWEST, _MOST = 2, 10


@dataclass(frozen=True, slots=True)
class Truth:
    """Whether a condition is met; None: it rests on the unknown values `on`."""

    value: bool | None
    on: tuple[str, ...] = ()

    def negated(self) -> Truth:
        """The truth of the opposite."""
        return self if self.value is None else Truth(not self.value)


@dataclass(slots=True)
class Conditions:
    """The conditions of a template, each evaluated once."""

    evaluator: Evaluator
    found: dict[str, Truth | None] = field(default_factory=dict)  # None: being evaluated

    def named(self, name: str, node: Node) -> Truth:
        """The truth of the condition with a name, to which a node refers."""
        conditions = self.evaluator.template.conditions
        if name not in conditions:
            raise wrong(f"condition {quote(name)} is not in the template{suggest(name, conditions)}", node.at)
        if name not in self.found:
            self.found[name] = None
            self.found[name] = self.truth(conditions[name])
        truth = self.found[name]
        if truth is None:
            raise wrong(f"condition {quote(name)} rests on itself", node.at)
        return truth

    def truth(self, node: Node) -> Truth:
        """The truth of a condition function."""
        self.evaluator.spend(node)
        match node:
            case Call(name="Condition", argument=Scalar(text=name)):
                return self.named(name, node)
            case Table(entries={"Condition": Scalar(text=name), **rest}) if not rest:
                return self.named(name, node)
            case Call(name="Fn::Equals"):
                return self.equals(node)
            case Call(name="Fn::Not"):
                (one,) = self.parts(node, 1, 1)
                return self.truth(one).negated()
            case Call(name="Fn::And"):
                return _any([self.truth(one).negated() for one in self.parts(node, _FEWEST, _MOST)]).negated()
            case Call(name="Fn::Or"):
                return _any([self.truth(one) for one in self.parts(node, _FEWEST, _MOST)])
            case _:
                raise wrong(f"{kind_of(node)} as a condition, expected Fn::Equals, Fn::And, Fn::Or or Fn::Not", node.at)

    @staticmethod
    def parts(call: Call, fewest: int, most: int) -> tuple[Node, ...]:
        """The arguments of a function, as many as it takes."""
        found = call.argument
        if not isinstance(found, Items) or not fewest <= len(found.items) <= most:
            count = str(fewest) if fewest == most else f"{fewest} to {most}"
            raise wrong(f"{call.name} of {kind_of(found)}, expected a list of {count}", call.at)
        return found.items

    def equals(self, call: Call) -> Truth:
        """Whether two values are the same text."""
        first, second = (self.evaluator.evaluate(one, "Conditions") for one in self.parts(call, 2, 2))
        if first is None or second is None:
            return Truth(first is second)
        if isinstance(first.data, tuple | dict) or isinstance(second.data, tuple | dict):
            markers = tuple(m for v in (first, second) for m in self.evaluator.markers(v))
            return Truth(None, markers) if markers else Truth(first.plain == second.plain)
        return self.same(first, second)

    def same(self, first: Value, second: Value) -> Truth:
        """Whether two texts with unknown parts are the same one."""
        texts = [text_of(v.data) for v in (first, second) if not isinstance(v.data, tuple | dict)]
        markers = tuple(m for v in (first, second) for m in self.evaluator.markers(v))
        if texts[0] == texts[1] or not markers:
            return Truth(texts[0] == texts[1])
        for text, other in (texts, texts[::-1]):
            if not self.evaluator.markers_of(other) and not self.could_be(text, other):
                return Truth(value=False)
        return Truth(None, markers)

    def could_be(self, text: str, other: str) -> bool:
        """Whether a text with unknown parts may turn out to be a text."""
        names = self.evaluator.markers_of(text)
        if text in {f"<{name}>" for name in names}:
            allowed = self.evaluator.allowed(text[1:-1])
            return not allowed or other in allowed
        pieces, last = [], 0
        for hole in MARKER.finditer(text):
            if hole[1] in names:
                pieces.append(re.escape(text[last : hole.start()]))
                last = hole.end()
        return _fits([*pieces, re.escape(text[last:])], other)


def _fits(pieces: list[str], other: str) -> bool:
    """Whether a text begins with the first of the escaped pieces and ends with the last, which is all that is asked."""
    start = re.match(pieces[0], other)
    end = re.search(pieces[-1] + r"\Z", other)
    return start is not None and end is not None


def _any(truths: list[Truth]) -> Truth:
    """Whether one of them is met."""
    if any(t.value for t in truths):
        return Truth(value=True)
    on = tuple(dict.fromkeys(name for t in truths if t.value is None for name in t.on))
    return Truth(None, on) if any(t.value is None for t in truths) else Truth(value=False)
