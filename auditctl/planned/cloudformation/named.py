"""Parameters that stand in names of resources. Untrusted.

Whatever value such a parameter is given, the resource is called by it, and so are the texts that name the resource
by the same parameter. It is taken for a name, unlike anything that is written; where an ARN is written that would
be the resource's for one value and not for another, the parameter needs one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from auditctl.planned.cloudformation.attributes import ARNS, NAMES
from auditctl.planned.cloudformation.nodes import Call, Items, Node, Place, Scalar, Table, inside, quote, wrong
from auditctl.planned.cloudformation.template import HOLE
from auditctl.planned.cloudformation.values import MARKER

# Elements of policies in which accounts stand.
_ELEMENTS = frozenset({"Condition", "NotPrincipal", "Principal"})

if TYPE_CHECKING:
    from collections.abc import Iterator

    from auditctl.planned.cloudformation.evaluate import Evaluator
    from auditctl.planned.cloudformation.template import Template


def parameters_in_names(template: Template) -> frozenset[str]:
    """The names of parameters without a value that are texts and stand in the name of a resource."""
    found: set[str] = set()
    accounts: set[str] = set()
    for resource in template.resources.values():
        properties, member = resource.properties, NAMES.get(resource.type, "")
        node = properties.get(member) if isinstance(properties, Table) else None
        found.update(_referred(node) if node is not None else ())
        accounts.update(_accounts(properties) if properties is not None else ())
    free = (p for p in template.parameters.values() if p.value is None and p.type == "String")
    return frozenset(p.name for p in free if p.name in found - accounts)


def _accounts(node: Node) -> Iterator[str]:
    """The parameters that stand where an account may: no names, whatever else they are in."""
    stack = [(node, False)]
    while stack:
        one, is_inside = stack.pop()
        if isinstance(one, Table):
            stack.extend((value, is_inside or key in _ELEMENTS) for key, value in one.entries.items())
        elif is_inside and isinstance(one, Call):
            yield from (name for name in _referred(one) if _is_account(one, name))
            stack.extend((inner, True) for inner in inside(one) if one.name != "Fn::Sub")
        else:
            stack.extend((inner, is_inside) for inner in inside(one))


def _is_account(call: Call, name: str) -> bool:
    """Whether a name stands alone, or in the place of the account in an ARN."""
    if call.name != "Fn::Sub":
        return call.name == "Ref"
    first = call.argument.items[0] if isinstance(call.argument, Items) and call.argument.items else call.argument
    text = first.text if isinstance(first, Scalar) else ""
    return re.search(rf"(?:^|:)\$\{{\s*{re.escape(name)}\s*\}}(?::|$)", text) is not None


def _referred(node: Node) -> Iterator[str]:
    """The names that a node refers to."""
    stack = [node]
    while stack:
        one = stack.pop()
        stack.extend(inside(one))
        if isinstance(one, Call) and one.name == "Ref" and isinstance(one.argument, Scalar):
            yield one.argument.text
        elif isinstance(one, Call) and one.name == "Fn::Sub":
            text = one.argument.items[0] if isinstance(one.argument, Items) and one.argument.items else one.argument
            if isinstance(text, Scalar):
                yield from (hole.strip() for hole in HOLE.findall(text.text))


# Names against texts.


def check_names(evaluator: Evaluator) -> None:
    """Raise where a parameter without a value is in the name of a resource, and a text may be the ARN of it or not."""
    template = evaluator.template
    for resource in template.resources.values():
        if resource.type not in ARNS or resource.type not in NAMES:
            continue
        name = evaluator.attributes.name(resource, resource.at)
        unset = [m for m in evaluator.markers_of(name) if _attribute(evaluator, m) in evaluator.named]
        if not unset:
            continue
        pattern = _pattern(evaluator, evaluator.attributes.arn(resource, resource.at))
        for text, at in _texts(template):
            if pattern.fullmatch(_filled(evaluator, text)):
                parameter = quote(_attribute(evaluator, unset[0]))
                what = f"{quote(text)} may be {quote(resource.id)} or not"
                raise wrong(f"{what}, as parameter {parameter} has no value: give it one", at)


def _attribute(evaluator: Evaluator, marker: str) -> str:
    return str(evaluator.draft.unknowns[marker]["attribute"])


def _pattern(evaluator: Evaluator, arn: str) -> re.Pattern[str]:
    """The ARNs that a text with unknown parts may be, and what is within the resource."""
    known = set(evaluator.markers_of(arn))
    parts: list[str] = []
    last = 0
    for hole in MARKER.finditer(arn):
        if hole[1] in known:
            parts.extend((re.escape(arn[last : hole.start()]), "[^:/*?$<>]+"))
            last = hole.end()
    return re.compile("".join((*parts, re.escape(arn[last:]), "(?:[:/].*)?")), re.DOTALL)


def _texts(template: Template) -> Iterator[tuple[str, Place]]:
    """The ARNs that are written."""
    stack: list[Node] = [r.properties for r in template.resources.values() if r.properties is not None]
    stack.extend(template.mappings.values())
    while stack:
        one = stack.pop()
        stack.extend(inside(one))
        if isinstance(one, Scalar) and one.text.startswith("arn:"):
            yield one.text, one.at
    for parameter in template.parameters.values():
        if parameter.value is not None and parameter.value.startswith("arn:"):
            yield parameter.value, parameter.at


def _filled(evaluator: Evaluator, text: str) -> str:
    """A text with the account, region and partition where Fn::Sub puts them."""
    stack = evaluator.stack
    for name, value in (("AccountId", stack.account), ("Region", stack.region), ("Partition", stack.partition)):
        text = text.replace(f"${{AWS::{name}}}", value)
    return text
