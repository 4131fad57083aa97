"""Typed parameters: what a control declares, and the values an organization sets.

Untrusted. Values come from the control (defaults), from a file
`{control id or "*": {name: value}}` and from assignments such as
`trusted_accounts=111122223333,444455556666`. A text given for a list is split at commas.
The key of an override is `name` (every control that declares it) or `control-id.name`,
which wins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditctl.controls.errors import ParameterError, quote, suggest
from auditctl.controls.iam_words import (
    ACCOUNT_ID,
    ARN_GLOB,
    EVERYTHING,
    NUMBER,
    ORGANIZATION_ID,
)
from auditctl.controls.placeholders import Value
from auditctl.controls.reader import Problems, complain, read_shape
from auditctl.controls.shapes import Field, Form, Record, Table, Text, TextOrItems
from auditctl.controls.strict_yaml import (
    ListNode,
    MapNode,
    Node,
    Position,
    ScalarNode,
    read_yaml,
)

if TYPE_CHECKING:
    from pathlib import Path

_NAME = Form(
    noun="parameter name",
    pattern=r"[a-z][a-z0-9_]*",
    expected="lower case letters, digits and `_`",
)
CONTROL_ID = Form(
    noun="control id",
    pattern=r"[a-z0-9]+(-[a-z0-9]+)*",
    expected="lower case letters and digits, joined by `-`",
)
_STRING = Form(noun="text", pattern=r"(?!.*\$\{).+", expected="text without `${`")

_ITEM_OF = {
    "string": Text(noun="text", forms=(_STRING,)),
    "account": Text(noun="account id", forms=(ACCOUNT_ID,)),
    "arn": Text(noun="ARN glob", forms=(ARN_GLOB, EVERYTHING)),
    "number": Text(noun="number", forms=(NUMBER,)),
    "boolean": Text(noun="boolean", words=("true", "false")),
    "organization": Text(noun="organization id", forms=(ORGANIZATION_ID,)),
}
_LIST_SUFFIX = "-list"
TYPES = (
    "string",
    "string-list",
    "account",
    "account-list",
    "arn",
    "arn-list",
    "number",
    "boolean",
    "organization",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shapes:
    declarations: Table
    values: Table


PARAMETERS = _Shapes(
    declarations=Table(
        key=Text(noun="parameter name", forms=(_NAME,)),
        value=Record(
            noun="a parameter",
            fields=(
                Field(
                    name="type",
                    shape=Text(noun="parameter type", words=TYPES),
                    required=True,
                ),
                Field(name="default", shape=TextOrItems(noun="default")),
                Field(name="description", shape=Text(noun="description", many_lines=True)),
            ),
        ),
        description="Typed values that an organization may set.",
    ),
    values=Table(
        key=Text(noun="parameter name", forms=(_NAME,)),
        value=TextOrItems(noun="value"),
        description="Values instead of the defaults.",
    ),
)
_FILE = Table(
    key=Text(noun="control id", forms=(CONTROL_ID, EVERYTHING)),
    value=PARAMETERS.values,
)


@dataclass(frozen=True, slots=True)
class Overrides(Mapping[str, Value]):
    """Values by `name` or `control-id.name`, each with the place where it was set."""

    settings: Mapping[str, Value]
    origins: Mapping[str, str]

    def __getitem__(self, key: str) -> Value:
        return self.settings[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.settings)

    def __len__(self) -> int:
        return len(self.settings)

    def origin(self, key: str) -> str:
        """Return where a value was set, as "at file:line:column" or "in ..."."""
        return self.origins[key]


def make_overrides(*sources: Mapping[str, Value]) -> Overrides:
    """Join sources; of two values for one key the later source's counts."""
    values: dict[str, Value] = {}
    origins: dict[str, str] = {}
    for source in sources:
        values |= source
        given = dict.fromkeys(source, "in the given parameters")
        origins |= source.origins if isinstance(source, Overrides) else given
    return Overrides(values, origins)


def read_parameters(path: Path) -> Overrides:
    """Read a file of parameters."""
    tree = read_yaml(path)
    problems = Problems()
    read_shape(tree, _FILE, "parameters", problems)
    if problems.found or not isinstance(tree, MapNode):
        raise ParameterError(*problems.found)
    values: dict[str, Value] = {}
    origins: dict[str, str] = {}
    for section, table in tree.entries:
        prefix = "" if section.text == "*" else f"{section.text}."
        for name, value in table.entries if isinstance(table, MapNode) else ():
            values[prefix + name.text] = value_of(value)
            origins[prefix + name.text] = f"at {value.at}"
    return Overrides(values, origins)


def parse_assignments(assignments: tuple[str, ...]) -> Overrides:
    """Parse `name=value` and `control-id.name=value`; a repeated key is refused."""
    values: dict[str, Value] = {}
    origins: dict[str, str] = {}
    for assignment in assignments:
        key, equals, value = assignment.partition("=")
        if not equals or not key:
            raise ParameterError(f"{quote(assignment)} is no assignment, expected `name=value`")
        if key in values:
            raise ParameterError(f"parameter {quote(key)} is assigned twice")
        values[key] = value
        origins[key] = f"in {quote(assignment)}"
    return Overrides(values, origins)


def value_of(node: Node) -> Value:
    """Return a text or a list of texts; what is neither was refused before."""
    match node:
        case ScalarNode():
            return node.text
        case ListNode():
            return [item.text for item in node.items if isinstance(item, ScalarNode)]
        case MapNode():
            return ""


def fit(value: Value, type_name: str) -> tuple[Value, str]:
    """Return the value in its type's form, and what is wrong with it or nothing."""
    item = _ITEM_OF[type_name.removesuffix(_LIST_SUFFIX)]
    if type_name.endswith(_LIST_SUFFIX):
        parts = value.split(",") if isinstance(value, str) else value
        items = [part.strip() for part in parts] if value else []
        return items, next(filter(None, (complain(text, item) for text in items)), "")
    if isinstance(value, list):
        return value, f"a list, expected one {item.noun}"
    return value, complain(value, item)


def effective_parameters(
    control_id: str, declarations: MapNode, overrides: Overrides, problems: Problems
) -> dict[str, Value]:
    """Return the value of every declared parameter, sorted by name."""
    names = {name.text for name, _ in declarations.entries}
    _check_known(control_id, names, overrides, problems)
    values: dict[str, Value] = {}
    for name, declaration in declarations.entries:
        given = _given(control_id, name, declaration, overrides)
        if given is None:
            problems.note(f"parameter `{name.text}` has no default and no value", name.at)
            continue
        value, where = given
        fitted, complaint = fit(value, _type_of(declaration))
        if complaint:
            problems.note(f"parameter `{name.text}`: {complaint}", where)
        values[name.text] = fitted
    return dict(sorted(values.items()))


def _check_known(control_id: str, names: set[str], overrides: Overrides, problems: Problems) -> None:
    for key in overrides:
        section, _, name = key.rpartition(".")
        if section == control_id and name not in names:
            unknown = f"unknown parameter {quote(name)} of control `{control_id}`"
            problems.note(unknown + suggest(name, names), overrides.origin(key))


def _given(
    control_id: str, name: ScalarNode, declaration: Node, overrides: Overrides
) -> tuple[Value, Position | str] | None:
    for key in (f"{control_id}.{name.text}", name.text):
        if key in overrides:
            return overrides[key], overrides.origin(key)
    default = declaration.get("default") if isinstance(declaration, MapNode) else None
    return None if default is None else (value_of(default), default.at)


def _type_of(declaration: Node) -> str:
    node = declaration.get("type") if isinstance(declaration, MapNode) else None
    return node.text if isinstance(node, ScalarNode) else "string"
