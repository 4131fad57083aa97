"""The functions of a template: from nodes to values.

Untrusted. A value that is not known keeps its place in the text around it as a marker, so that policies stay
readable: `arn:aws:s3:::<LogsBucket.BucketName>/*`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from auditctl.planned.cloudformation.attributes import Attributes
from auditctl.planned.cloudformation.conditions import Conditions
from auditctl.planned.cloudformation.functions import FUNCTIONS
from auditctl.planned.cloudformation.nodes import Call, Items, Node, Place, Scalar, Table, kind_of, quote, wrong
from auditctl.planned.cloudformation.values import MARKER, Data, Value, text_of

if TYPE_CHECKING:
    from auditctl.planned.cloudformation.conditions import Truth
    from auditctl.planned.cloudformation.parameters import Parameter
    from auditctl.planned.cloudformation.template import Resource, Template
    from auditctl.planned.draft import Draft

# More values than any template needs; each is evaluated for each reference to it.
MAX_STEPS = 1_000_000
# Longer than any property may be.
MAX_TEXT = 1_000_000
EXAMPLES = {
    "address": "192.0.2.1",
    "block": "192.0.2.0/24",
    "flag": True,
    "list": ["example"],
    "number": 1024,
    "text": "example",
}
# User guide, "Using dynamic references": `{{resolve:ssm:name:version}}`.
_DYNAMIC = re.compile(r"\{\{resolve:[^{}]{1,500}\}\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Where a stack is made."""

    account: str
    region: str
    partition: str
    name: str = ""
    id: str = ""

    @property
    def suffix(self) -> str:
        """The domain of AWS in its partition."""
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"


@dataclass(slots=True)  # noqa: PLR0904  # one method for each question to a node or value
class Evaluator:
    """Everything that the functions of one template are evaluated with."""

    template: Template
    stack: Stack
    draft: Draft
    named: frozenset[str] = frozenset()  # parameters that stand in names of resources
    steps: int = 0
    why: dict[str, str] = field(default_factory=dict)  # from marker to what it rests on
    written: set[str] = field(default_factory=set)  # names of markers that texts of the template spell
    conditions: Conditions = field(init=False)
    attributes: Attributes = field(init=False)

    def __post_init__(self) -> None:
        self.conditions = Conditions(self)
        self.attributes = Attributes(self)
        for text in self.template.texts:
            self.written.update(MARKER.findall(text))

    def spend(self, node: Node) -> None:
        """Count a step. Raises `Unreadable` where they are more than any template needs."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise wrong(f"more than {MAX_STEPS} steps to evaluate the template", node.at)

    # Unknown values.

    def unknown(self, attribute: str, kind: str, at: Place, why: str = "", example: Any = None) -> Value:  # noqa: ANN401  # of its kind
        """An unknown value of a kind."""
        marker = self.draft.unknown(attribute, kind, example=EXAMPLES.get(kind) if example is None else example)
        self.why.setdefault(marker[1:-1], why or f"{attribute} is known when the stack is made")
        return Value(data=marker, at=at)

    def markers_of(self, text: str) -> list[str]:
        """The names of the unknown values in a text."""
        return [name for name in MARKER.findall(text) if name in self.draft.unknowns]

    def markers(self, value: Value) -> list[str]:
        """The names of the unknown values in a value, those that can be nothing but what they are too."""
        if isinstance(value.data, dict):
            return [m for one in value.data.values() for m in self.markers(one)]
        if isinstance(value.data, tuple):
            return [m for one in value.data for m in self.markers(one)]
        return self.markers_of(text_of(value.data))

    def open_marker(self, value: Value) -> str:
        """The first unknown value that may turn out to be anything; empty where there is none."""
        return next((m for m in self.markers(value) if self.draft.unknowns[m]["kind"] != "name"), "")

    def whole_marker(self, value: Value) -> str:
        """The name of the unknown value that a value is as a whole, empty where it is not one."""
        found = MARKER.fullmatch(value.data) if isinstance(value.data, str) else None
        return found[1] if found is not None and found[1] in self.draft.unknowns else ""

    def reason(self, marker: str) -> str:
        """Why an unknown value is not known."""
        return self.why.get(marker, f"{self.draft.unknowns[marker]['attribute']} is not known")

    def reasons(self, truth: Truth) -> str:
        """What a condition rests on that is not known."""
        return "; ".join(dict.fromkeys(self.reason(marker) for marker in truth.on))

    def allowed(self, marker: str) -> tuple[str, ...]:
        """The only values that an unknown value may have; empty where it may have any."""
        attribute = self.draft.unknowns[marker]["attribute"]
        parameter = self.template.parameters.get(attribute)
        return parameter.allowed if parameter is not None and not parameter.is_stored else ()

    # Nodes.

    def evaluate(self, node: Node, label: str) -> Value | None:
        """The value of a node; None where it is as if it were not written. `label` is what it is the value of."""
        self.spend(node)
        match node:
            case Scalar(value=str() as text):
                return Value(data=self.text(text, node.at), at=node.at)
            case Scalar(value=int() as number):
                return Value(data=number, at=node.at)
            case Scalar():
                raise wrong(f"{label} is null, expected a value or `!Ref AWS::NoValue`", node.at)
            case Items():
                return Value(data=self.items(node, label), at=node.at)
            case Table():
                return self.table(node, label)
            case Call():
                return self.call(node, label)

    def items(self, node: Items, label: str) -> tuple[Value, ...]:
        """The values of a list, without those that are none."""
        found = (self.evaluate(one, f"{label}.{i}") for i, one in enumerate(node.items))
        return tuple(one for one in found if one is not None)

    def table(self, node: Table, label: str) -> Value:
        """A mapping; one that a macro is in is not known."""
        if "Fn::Transform" in node.entries:
            return self.unknown(label, "text", node.at, f"a macro makes {label}")
        for key, at in node.keys.items():
            if key.startswith("Fn::"):
                raise wrong(f"{quote(key)} beside other keys, expected nothing but the function", at)
        found = {key: self.evaluate(one, f"{label}.{key}") for key, one in node.entries.items()}
        return Value(data={key: one for key, one in found.items() if one is not None}, at=node.at)

    def call(self, call: Call, label: str) -> Value | None:
        """The value of a function."""
        if call.name == "Ref":
            return self.ref(call, label)
        if call.name == "Fn::If":
            return self.branch(call, label)
        function = FUNCTIONS.get(call.name)
        if function is None:
            raise wrong(f"{call.name} in {label}, expected a function that has a value", call.at)
        return function(self, call, label)

    def required(self, node: Node, label: str) -> Value:
        """The value of a node that has to have one."""
        found = self.evaluate(node, label)
        if found is None:
            raise wrong(f"`AWS::NoValue` in {label}, expected a value", node.at)
        return found

    def text(self, text: str, at: Place) -> str:
        """A text with unknown values in place of its dynamic references."""
        if len(text) > MAX_TEXT:
            raise wrong(f"a text of more than {MAX_TEXT} characters", at)
        if "{{resolve:" not in text:
            return text

        def resolved(found: re.Match[str]) -> str:
            name = found[0][2:-2]
            return self.unknown(name, "text", at, f"{name} is resolved when the stack is made").text

        return _DYNAMIC.sub(resolved, text)

    def joined(self, pieces: list[str], between: str, at: Place) -> str:
        """Texts as one; what looks like a marker only because they are joined is noted, as what people write is."""
        whole = between.join(pieces)
        found = MARKER.findall(whole) if "<" in whole else []
        if len(found) > sum(len(MARKER.findall(piece)) for piece in (*pieces, between) if "<" in piece):
            self.written.update(found)
        return self.text(whole, at)

    # References.

    def ref(self, call: Call, label: str) -> Value | None:
        """The value of a parameter, pseudo parameter or resource."""
        if not isinstance(call.argument, Scalar):
            raise wrong(f"Ref of {kind_of(call.argument)} in {label}, expected a name", call.at)
        return self.refer(call.argument.text, call.at)

    def refer(self, name: str, at: Place) -> Value | None:
        """As `ref`, of a name."""
        if name.startswith("AWS::"):
            return self.pseudo(name, at)
        parameter = self.template.parameters.get(name)
        if parameter is not None:
            return self.parameter(parameter, at)
        return self.attributes.ref(name, at)

    def pseudo(self, name: str, at: Place) -> Value | None:
        """A pseudo parameter. The name of the stack is made up by whoever makes it, if it was not given."""
        if name == "AWS::NoValue":
            return None
        stack = self.stack
        known = {
            "AWS::AccountId": stack.account,
            "AWS::Region": stack.region,
            "AWS::Partition": stack.partition,
            "AWS::URLSuffix": stack.suffix,
        }
        if name in known:
            return Value(data=known[name], at=at)
        if name == "AWS::NotificationARNs":
            return self.unknown(name, "list", at)
        own = stack.name or self.unknown("AWS::StackName", "name", at, _NO_STACK).text
        if name == "AWS::StackName":
            return Value(data=own, at=at)
        if name != "AWS::StackId":
            raise wrong(f"{quote(name)} is no pseudo parameter", at)
        end = stack.id or self.unknown("AWS::StackId", "name", at).text
        arn = f"arn:{stack.partition}:cloudformation:{stack.region}:{stack.account}:stack/{own}/{end}"
        return Value(data=arn, at=at)

    def parameter(self, parameter: Parameter, at: Place) -> Value:
        """The value of a parameter, or an unknown one of its type."""
        name = parameter.name
        if parameter.value is not None and not parameter.is_stored:
            if parameter.is_list:
                return Value(data=tuple(Value(data=one.strip(), at=at) for one in parameter.value.split(",")), at=at)
            return Value(data=self.text(parameter.value, at), at=at)
        why = f"parameter {name} has no value"
        if parameter.is_stored:
            why = f"parameter {name} is read from Systems Manager when the stack is made"
        if parameter.is_list:
            return self.unknown(name, "list", at, why, list(parameter.allowed) or None)
        if parameter.id_prefix:
            marker = self.unknown(name, "name", at, why)
            return Value(data=f"{parameter.id_prefix}{marker.data}", at=at)
        kind = "number" if parameter.type == "Number" else "text"
        return self.unknown(name, "name" if name in self.named else kind, at, why, _example(parameter, kind))

    # Conditions.

    def branch(self, call: Call, label: str) -> Value | None:
        """The part of Fn::If that counts; an unknown value where it is not known which, unless both are the same."""
        parts = call.argument.items if isinstance(call.argument, Items) else ()
        if len(parts) != 3 or not isinstance(parts[0], Scalar):  # noqa: PLR2004  # condition and two values
            raise wrong(f"Fn::If of {kind_of(call.argument)} in {label}, expected a condition and two values", call.at)
        truth = self.conditions.named(parts[0].text, parts[0])
        if truth.value is not None:
            return self.evaluate(parts[1 if truth.value else 2], label)
        first, second = (self.evaluate(one, label) for one in parts[1:])
        if first is None and second is None:
            return None
        if first is not None and second is not None and first.plain == second.plain:
            return first
        both = [one.data for one in (first, second) if one is not None]
        kind = "list" if all(isinstance(one, tuple) for one in both) else "text"
        why = f"condition {parts[0].text} decides {label}: {self.reasons(truth)}"
        return self.unknown(label, kind, call.at, why)

    def presence(self, resource: Resource) -> Truth | None:
        """Whether a resource is made; None where no condition says."""
        if not resource.condition:
            return None
        return self.conditions.named(resource.condition, Scalar(value=None, text="", at=resource.at))


_NO_STACK = "the stack has no name yet: it can be given as the parameter AWS::StackName"


def _example(parameter: Parameter, kind: str) -> Any:  # noqa: ANN401  # of its kind
    """A value that the parameter may have."""
    first = parameter.allowed[0] if parameter.allowed else None
    if kind == "number":
        return int(first) if first is not None and first.lstrip("-").isdigit() else None
    return first


__all__ = ["Data", "Evaluator", "Stack"]
