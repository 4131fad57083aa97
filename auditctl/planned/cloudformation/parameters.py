"""The parameters of a template, with the values that were given, their defaults, or none.

Untrusted. A parameter without a value stands for any value of its type.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditctl.controls.errors import enumerate_words, suggest
from auditctl.planned.cloudformation.nodes import Items, Node, Place, Scalar, Table, kind_of, quote, wrong
from auditctl.planned.cloudformation.values import text_of
from checkers.verdict import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Ids of things that are there before the stack, by type (user guide, "CloudFormation-supplied parameter types").
ID_PREFIXES = {
    "AWS::EC2::Image::Id": "ami-",
    "AWS::EC2::Instance::Id": "i-",
    "AWS::EC2::SecurityGroup::Id": "sg-",
    "AWS::EC2::Subnet::Id": "subnet-",
    "AWS::EC2::VPC::Id": "vpc-",
    "AWS::EC2::Volume::Id": "vol-",
}
_SSM = "AWS::SSM::Parameter::Value<"
_MEMBERS = frozenset(
    "Type Default AllowedPattern AllowedValues ConstraintDescription Description MaxLength MaxValue MinLength MinValue "
    "NoEcho".split()
)
_TYPE = re.compile(
    r"String|Number|CommaDelimitedList|List<[\w:]+>|AWS::SSM::Parameter::Value<(?:List<)?[\w:]+>{1,2}|AWS::[\w:]+"
)
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
# A pattern that takes longer than this over a value could take forever.
_MAX_PATTERN = 500
_STACK = ("AWS::StackName", "AWS::StackId")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter. `value` is None where there is none; `allowed` are the only values that it may have."""

    name: str
    type: str
    value: str | None
    allowed: tuple[str, ...]
    at: Place

    @property
    def is_list(self) -> bool:
        """Whether its value is a list."""
        return self.type == "CommaDelimitedList" or "List<" in self.type

    @property
    def is_stored(self) -> bool:
        """Whether its value is the name of a parameter of Systems Manager, whose value counts."""
        return self.type.startswith(_SSM)

    @property
    def id_prefix(self) -> str:
        """What the ids begin with that are its value, empty for anything else."""
        return ID_PREFIXES.get(self.type.removeprefix(_SSM).removeprefix("List<").rstrip(">"), "")


def parse_parameters(section: Node | None, given: Mapping[str, str], file: str) -> dict[str, Parameter]:
    """The parameters by name. Raises `Unreadable` for values that do not fit, and for those of no parameter."""
    if section is not None and not isinstance(section, Table):
        raise wrong(f"Parameters is {kind_of(section)}, expected a mapping", section.at)
    entries = {} if section is None else section.entries
    for name in given:
        if name not in entries and name not in _STACK:
            known = enumerate_words(entries) if entries else "none, as the template has no parameters"
            raise Unreadable(f"parameter {quote(name)} is not of {file}{suggest(name, entries)}, expected {known}")
    return {name: _parameter(name, node, given.get(name)) for name, node in entries.items()}


def _parameter(name: str, node: Node, given: str | None) -> Parameter:
    if not isinstance(node, Table):
        raise wrong(f"parameter {quote(name)} is {kind_of(node)}, expected a mapping", node.at)
    for member, at in node.keys.items():
        if member not in _MEMBERS:
            raise wrong(f"unknown member {quote(member)} of parameter {quote(name)}{suggest(member, _MEMBERS)}", at)
    type_ = _text(node, "Type", name)
    if type_ is None or not _TYPE.fullmatch(type_):
        raise wrong(f"type {quote(type_ or '')} of parameter {quote(name)}, expected String, Number, ...", node.at)
    allowed = _allowed(node, name)
    default = _text(node, "Default", name)
    value = given if given is not None else default
    if value is None and len(allowed) == 1:
        (value,) = allowed
    parameter = Parameter(name=name, type=type_, value=value, allowed=allowed, at=node.at)
    if value is not None:
        _check(parameter, value, node)
    return parameter


def _text(node: Table, member: str, name: str) -> str | None:
    found = node.get(member)
    if found is None:
        return None
    if not isinstance(found, Scalar) or found.value is None:
        raise wrong(f"{member} of parameter {quote(name)} is {kind_of(found)}, expected a text", found.at)
    return _word(found)


def _allowed(node: Table, name: str) -> tuple[str, ...]:
    found = node.get("AllowedValues")
    if found is None:
        return ()
    if not isinstance(found, Items) or not all(isinstance(one, Scalar) for one in found.items):
        raise wrong(f"AllowedValues of parameter {quote(name)} is no list of texts", found.at)
    return tuple(_word(one) for one in found.items if isinstance(one, Scalar))


def _word(node: Scalar) -> str:
    """The text of a value; a flag is `true` or `false`, however it is written, as where it is compared."""
    return text_of(node.value) if isinstance(node.value, bool) else node.text


def _check(parameter: Parameter, value: str, node: Table) -> None:
    """Raise unless the value fits what the template asks of it."""
    name = f"parameter {quote(parameter.name)}"
    entries = [one.strip() for one in value.split(",")] if parameter.is_list else [value]
    for one in entries:
        if parameter.allowed and one not in parameter.allowed:
            near = suggest(one, parameter.allowed)
            raise wrong(f"{name} is {quote(one)}{near}, expected {enumerate_words(parameter.allowed)}", node.at)
        _check_pattern(_text(node, "AllowedPattern", parameter.name), one, name, node.at)
    if parameter.type in {"Number", "List<Number>"}:
        _check_numbers(node, parameter, entries)
    elif parameter.type == "String":
        _check_bounds(node, parameter, len(value), ("MinLength", "MaxLength"), "characters")


def _check_pattern(pattern: str | None, value: str, name: str, at: Place) -> None:
    """As Java reads it, of which Python's is close; a pattern that Python does not know is not checked."""
    if pattern is None or len(pattern) > _MAX_PATTERN or len(value) > _MAX_PATTERN or _NESTED.search(pattern):
        return
    try:
        fits = re.fullmatch(pattern, value)
    except re.error:
        return
    if fits is None:
        raise wrong(f"{name} is {quote(value)}, expected a value that fits {quote(pattern)}", at)


# A repeated group with a repetition in it may take exponential time.
_NESTED = re.compile(r"[*+}]\)*[)][*+{?]|\|.*\)[*+{]")


def _check_numbers(node: Table, parameter: Parameter, entries: Iterable[str]) -> None:
    for one in entries:
        if not _NUMBER.fullmatch(one) or len(one) > 40:  # noqa: PLR2004  # as in strict JSON
            raise wrong(f"parameter {quote(parameter.name)} is {quote(one)}, expected a number", node.at)
        _check_bounds(node, parameter, float(one), ("MinValue", "MaxValue"), "")


def _check_bounds(node: Table, parameter: Parameter, size: float, members: tuple[str, str], unit: str) -> None:
    for member, sign in zip(members, (1, -1), strict=True):
        bound = _text(node, member, parameter.name)
        if bound is not None and _NUMBER.fullmatch(bound) and sign * size < sign * float(bound[:40]):
            what = f"{size:g} {unit}".strip()
            words = f"expected {'at least' if sign == 1 else 'at most'} {bound}"
            raise wrong(f"parameter {quote(parameter.name)} is of {what}, {words}", node.at)
