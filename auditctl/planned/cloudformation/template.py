"""A template taken apart: its sections, its resources, and the names that they may refer to.

Untrusted. What CloudFormation refuses is refused here: unknown sections and attributes, references to nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditctl.controls.errors import suggest
from auditctl.planned.cloudformation.loops import expand
from auditctl.planned.cloudformation.nodes import (
    Call,
    Items,
    Node,
    Place,
    Scalar,
    Table,
    inside,
    kind_of,
    quote,
    wrong,
)
from auditctl.planned.cloudformation.parameters import Parameter, parse_parameters
from auditctl.planned.cloudformation.text import parse_text
from checkers.verdict import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# User guide, "Template sections"; Globals is of AWS::Serverless.
SECTIONS = frozenset(
    "AWSTemplateFormatVersion Conditions Description Globals Hooks Mappings Metadata Outputs Parameters Resources "
    "Rules Transform".split()
)
# User guide, "Resource attributes"; the last two are of AWS::Serverless.
ATTRIBUTES = frozenset(
    "Type Properties Condition CreationPolicy DeletionPolicy DependsOn Metadata UpdatePolicy UpdateReplacePolicy "
    "Connectors IgnoreGlobals".split()
)
PSEUDO = frozenset(
    "AWS::AccountId AWS::NoValue AWS::NotificationARNs AWS::Partition AWS::Region AWS::StackId AWS::StackName "
    "AWS::URLSuffix".split()
)
LOOPS = "AWS::LanguageExtensions"
# Transforms that leave resources as they are whose types are not their own (serverless application model
# specification; user guide, "AWS::SecretsManager transform" and "AWS::CodeDeployBlueGreen transform").
SERVERLESS = "AWS::Serverless-2016-10-31"
_GENTLE = re.compile(
    r"AWS::LanguageExtensions|AWS::Serverless-2016-10-31|AWS::SecretsManager-[0-9-]+|"
    r"AWS::CodeDeployBlueGreen"
)
_VERSION = "2010-09-09"
_TYPE = re.compile(r"[A-Za-z0-9]+::[A-Za-z0-9_@:-]+")
_LOGICAL = re.compile(r"[A-Za-z0-9]{1,255}")
HOLE = re.compile(r"\$\{([^!}][^}]*)\}")
# More nodes than a template of a megabyte has; aliases can make one much larger.
MAX_NODES = 600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A resource as it is written."""

    id: str
    type: str
    properties: Node | None
    condition: str
    at: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A template. `transforms` are the names of what CloudFormation does to it before it makes a stack."""

    file: str
    parameters: Mapping[str, Parameter]
    mappings: Mapping[str, Node]
    conditions: Mapping[str, Node]
    resources: Mapping[str, Resource]
    transforms: frozenset[str]
    texts: frozenset[str]


def parse_template(data: bytes, file: str, given: Mapping[str, str]) -> Template:
    """The template in a file. Raises `Unreadable`."""
    root = parse_text(data, file)
    if "Resources" not in root.entries:
        raise Unreadable(f"{file} has no `Resources`, expected a template of CloudFormation")
    for name, at in root.keys.items():
        if name not in SECTIONS:
            raise wrong(f"unknown section {quote(name)}{suggest(name, SECTIONS)}", at)
    version = root.get("AWSTemplateFormatVersion")
    if version is not None and not (isinstance(version, Scalar) and version.text == _VERSION):
        raise wrong(f"AWSTemplateFormatVersion is {kind_of(version)}, expected `{_VERSION}`", version.at)
    transforms = _transforms(root.get("Transform"))
    parameters = parse_parameters(root.get("Parameters"), given, file)
    sections = {name: _section(root, name) for name in ("Mappings", "Conditions", "Resources")}
    texts = frozenset(_texts(*sections.values()))
    if LOOPS in transforms:
        sections = {name: expand(table, parameters) for name, table in sections.items()}
    resources = {
        name: _resource(name, node, sections["Resources"]) for name, node in sections["Resources"].entries.items()
    }
    for name in parameters.keys() & resources.keys():
        raise wrong(f"{quote(name)} is a parameter and a resource, expected different names", resources[name].at)
    if not resources:
        raise wrong("`Resources` is empty, expected a resource", sections["Resources"].at)
    found = Template(
        file=file,
        parameters=parameters,
        mappings=sections["Mappings"].entries,
        conditions=sections["Conditions"].entries,
        resources=resources,
        transforms=transforms,
        texts=texts,
    )
    _check_references(found)
    return found


def _section(root: Table, name: str) -> Table:
    found = root.get(name)
    if found is None:
        return Table(entries={}, keys={}, at=root.at)
    if not isinstance(found, Table):
        raise wrong(f"{name} is {kind_of(found)}, expected a mapping", found.at)
    if "Fn::Transform" in found.entries:
        raise wrong(f"a macro makes {name}{_PROCESSED}", found.keys["Fn::Transform"])
    return found


# What a user can do about a macro.
_PROCESSED = (
    ", and may make anything: give the template as it is after macros "
    "(`aws cloudformation get-template --template-stage Processed`)"
)


def _transforms(node: Node | None) -> frozenset[str]:
    """The names of the transforms; a macro could change everything, so that nothing would be known of the stack."""
    if node is None:
        return frozenset()
    found = set()
    for one in node.items if isinstance(node, Items) else (node,):
        if not isinstance(one, Scalar) or not _GENTLE.fullmatch(one.text):
            name = quote(one.text) if isinstance(one, Scalar) else "with parameters"
            raise wrong(f"transform {name} is a macro{_PROCESSED}", one.at)
        found.add(one.text)
    return frozenset(found)


def _resource(name: str, node: Node, section: Table) -> Resource:
    if not _LOGICAL.fullmatch(name):
        raise wrong(f"logical id {quote(name)}, expected letters and digits", section.keys[name])
    if not isinstance(node, Table):
        raise wrong(f"resource {quote(name)} is {kind_of(node)}, expected a mapping with `Type`", node.at)
    for attribute, at in node.keys.items():
        if attribute not in ATTRIBUTES:
            raise wrong(f"unknown attribute {quote(attribute)} of {quote(name)}{suggest(attribute, ATTRIBUTES)}", at)
    type_, condition = _word(node, "Type", name), _word(node, "Condition", name)
    if not _TYPE.fullmatch(type_):
        raise wrong(f"type {quote(type_)} of {quote(name)}, expected one like `AWS::S3::Bucket`", node.at)
    return Resource(id=name, type=type_, properties=node.get("Properties"), condition=condition, at=section.keys[name])


def _word(node: Table, attribute: str, name: str) -> str:
    found = node.get(attribute)
    if found is None:
        return ""
    if not isinstance(found, Scalar) or not isinstance(found.value, str):
        raise wrong(f"{attribute} of {quote(name)} is {kind_of(found)}, expected a text", found.at)
    return found.text


# References.


def _walk(nodes: Iterator[Node]) -> Iterator[Node]:
    stack = list(nodes)
    for count in range(MAX_NODES):
        if not stack:
            return
        node = stack.pop()
        yield node
        stack.extend(inside(node))
        if count == MAX_NODES - 1:
            raise wrong(f"more than {MAX_NODES} values, aliases counted as often as they stand", node.at)


def _texts(*tables: Table) -> Iterator[str]:
    """The texts that hold something that looks like a marker."""
    for node in _walk(iter(tables)):
        if isinstance(node, Scalar) and "<" in node.text:
            yield node.text


def _check_references(template: Template) -> None:
    """Raise where something refers to a parameter, resource or condition that the template does not have."""
    for resource in template.resources.values():
        _check_condition(template, resource.condition, resource.at)
        nodes = [] if resource.properties is None else [resource.properties]
        for node in _walk(iter(nodes)):
            if isinstance(node, Call):
                _check_call(template, node)


def _check_call(template: Template, call: Call) -> None:
    argument = call.argument
    if call.name == "Ref":
        if not isinstance(argument, Scalar):
            raise wrong(f"Ref of {kind_of(argument)}, expected a name", argument.at)
        _check_name(template, argument.text, argument.at)
    elif call.name == "Fn::GetAtt":
        _check_attribute(template, argument)
    elif call.name == "Fn::Sub":
        _check_sub(template, argument)
    elif call.name == "Fn::If" and isinstance(argument, Items) and argument.items:
        first = argument.items[0]
        if isinstance(first, Scalar):
            _check_condition(template, first.text, first.at)


def _check_condition(template: Template, name: str, at: Place) -> None:
    if name and name not in template.conditions:
        raise wrong(f"condition {quote(name)} is not in the template{suggest(name, template.conditions)}", at)


def _check_name(template: Template, name: str, at: Place) -> None:
    known = {**template.parameters, **template.resources, **dict.fromkeys(PSEUDO)}
    if name not in known and not _is_made(template, name):
        raise wrong(f"{quote(name)} is no parameter or resource of the template{suggest(name, known)}", at)


def _is_made(template: Template, name: str) -> bool:
    """Whether a resource may be one that AWS::Serverless makes beside its own, named after them."""
    if SERVERLESS not in template.transforms:
        return False
    own = (r.id for r in template.resources.values() if r.type.startswith("AWS::Serverless::"))
    return name.startswith(("Serverless", *own))


def _check_attribute(template: Template, argument: Node) -> None:
    parts = argument.items if isinstance(argument, Items) else ()
    if len(parts) != 2 or not isinstance(parts[0], Scalar):  # noqa: PLR2004  # resource and attribute
        raise wrong(f"Fn::GetAtt of {kind_of(argument)}, expected a resource and an attribute", argument.at)
    name = parts[0].text
    if name not in template.resources and not _is_made(template, name):
        near = suggest(name, template.resources)
        raise wrong(f"{quote(name)} is no resource of the template{near}", argument.at)


def _check_sub(template: Template, argument: Node) -> None:
    text, own = argument, set[str]()
    if isinstance(argument, Items) and len(argument.items) == 2:  # noqa: PLR2004  # text and variables
        text, variables = argument.items
        own = set(variables.entries) if isinstance(variables, Table) else own
    if not isinstance(text, Scalar):
        raise wrong(f"Fn::Sub of {kind_of(text)}, expected a text, or a list of a text and a mapping", argument.at)
    for hole in HOLE.findall(text.text):
        name = hole.strip()
        if name not in own:
            _check_name(template, name if name in PSEUDO else name.split(".", 1)[0], text.at)
