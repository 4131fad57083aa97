"""Load controls: from files to the canonical JSON that bundle and checker read.

Untrusted. The order of work: read the YAML, check its shape, settle the parameters, put
them in, check what the parts have to do with one another, and only then make a Control.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditctl.controls.cases import Case, make_case
from auditctl.controls.errors import ControlError, quote, suggest
from auditctl.controls.parameters import (
    CONTROL_ID,
    PARAMETERS,
    Overrides,
    effective_parameters,
    make_overrides,
    value_of,
)
from auditctl.controls.placeholders import Substitution, used_parameters
from auditctl.controls.reader import Problems, read_shape
from auditctl.controls.rules import check_rules
from auditctl.controls.schema import CONTROL, FORMAT
from auditctl.controls.steps import expand_steps
from auditctl.controls.strict_yaml import (
    ListNode,
    MapNode,
    Node,
    ScalarNode,
    kind,
    read_yaml,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from auditctl.controls.json_schema import Json
    from auditctl.controls.placeholders import Value

_SUFFIXES = (".yaml", ".yml")
# The parts in which placeholders are replaced, and the order of the canonical JSON.
_WITH_PLACEHOLDERS = ("where", "forbid", "require")
_NO_PARAMETERS: Mapping[str, Value] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One control with its parameters settled.

    `path` is the file as it was given; `document` is the canonical JSON object that the
    bundle holds; `cases` are the tests that the file carries.
    """

    id: str
    path: Path
    document: dict[str, Json]
    cases: tuple[Case, ...]


def load_controls(paths: Iterable[Path], parameters: Mapping[str, Value] = _NO_PARAMETERS) -> tuple[Control, ...]:
    """Load the controls of files and directories, sorted by id.

    Every error of every file is reported at once. Two controls with one id, a directory
    without a control, and a parameter that no control declares are errors.
    """
    overrides = make_overrides(parameters)
    controls: list[Control] = []
    problems: list[str] = []
    for path in _files(paths):
        try:
            controls.append(load_control(path, overrides))
        except ControlError as error:
            problems += error.problems
    problems = problems or [*_twice(controls), *_unused(controls, overrides)]
    if problems:
        raise ControlError(*problems)
    return tuple(sorted(controls, key=lambda control: control.id))


def _files(paths: Iterable[Path]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        found = sorted(file for file in path.rglob("*") if file.suffix in _SUFFIXES)
        if not found:
            raise ControlError(f"no control in {path.as_posix()}, expected `*.yaml` files")
        files += found
    return list(dict.fromkeys(files))


def _twice(controls: list[Control]) -> list[str]:
    first: dict[str, Control] = {}
    return [
        f"control id `{control.id}` is used twice: {first[control.id].path.as_posix()} and {control.path.as_posix()}"
        for control in controls
        if first.setdefault(control.id, control) is not control
    ]


def _unused(controls: list[Control], overrides: Overrides) -> list[str]:
    ids = {control.id for control in controls}
    names = {name for control in controls for name in _parameters(control)}
    problems = []
    for key in overrides:
        section, _, name = key.rpartition(".")
        where = overrides.origin(key)
        if section and section not in ids:
            problems.append(f"unknown control {quote(section)}{suggest(section, ids)} {where}")
        if not section and name not in names:
            problems.append(f"unknown parameter {quote(name)}{suggest(name, names)} {where}")
    return problems


def _parameters(control: Control) -> Iterable[str]:
    parameters = control.document.get("parameters")
    return parameters if isinstance(parameters, dict) else ()


def load_control(path: Path, parameters: Mapping[str, Value] = _NO_PARAMETERS) -> Control:
    """Load one control; its id is the file's stem.

    Parameters for other controls are left alone. The tests of a control use its
    defaults and their own parameters, so that they say the same in every organization.
    """
    control_id = _parse_id(path)
    tree = _check_mapping(read_yaml(path))
    document = _make_document(tree, control_id, make_overrides(parameters))
    return Control(
        id=control_id,
        path=path,
        document=document,
        cases=_make_cases(tree, control_id),
    )


def _parse_id(path: Path) -> str:
    if not re.fullmatch(CONTROL_ID.pattern, path.stem):
        raise ControlError(f"control id {quote(path.stem)} of {path.as_posix()}, expected {CONTROL_ID.expected}")
    return path.stem


def _check_mapping(tree: Node) -> MapNode:
    if not isinstance(tree, MapNode):
        raise ControlError(f"the control is {kind(tree)}, expected a mapping at {tree.at}")
    return tree


def _make_document(tree: MapNode, control_id: str, overrides: Overrides) -> dict[str, Json]:
    """Return the canonical JSON of a control; every problem of one stage is reported."""
    declarations = _check_declarations(tree)
    problems = Problems()
    values = effective_parameters(control_id, declarations, overrides, problems)
    _check_all_used(tree, declarations, problems)
    _raise(problems)
    settled = _settle(tree, Substitution(values=values, problems=problems))
    content = read_shape(settled, CONTROL, "control", problems)
    _raise(problems)
    check_rules(settled, problems)
    _raise(problems)
    return _canonical(control_id, content, values)


def _raise(problems: Problems) -> None:
    if problems.found:
        raise ControlError(*problems.found)


def _check_declarations(tree: MapNode) -> MapNode:
    """Return the declared parameters, which must be well-shaped before they are used."""
    node = tree.get("parameters")
    if node is None:
        return MapNode(entries=(), at=tree.at)
    problems = Problems()
    read_shape(node, PARAMETERS.declarations, "parameters", problems)
    _raise(problems)
    return node if isinstance(node, MapNode) else MapNode(entries=(), at=node.at)


def _parts(tree: MapNode) -> list[tuple[ScalarNode, Node]]:
    """Return the parts of a control in which placeholders are replaced."""
    return [(key, value) for key, value in tree.entries if key.text in _WITH_PLACEHOLDERS]


def _check_all_used(tree: MapNode, declarations: MapNode, problems: Problems) -> None:
    used = {name for _, part in _parts(tree) for name in used_parameters(part)}
    for name, _ in declarations.entries:
        if name.text not in used:
            where = " or ".join(f"`{part}`" for part in _WITH_PLACEHOLDERS)
            problems.note(f"parameter `{name.text}` is not used in {where}", name.at)


def _settle(tree: MapNode, substitution: Substitution) -> MapNode:
    """Return the control with its parameters put in."""
    settled = {key.text: substitution.apply(part) for key, part in _parts(tree)}
    entries = tuple((key, settled.get(key.text, value)) for key, value in tree.entries)
    return MapNode(entries=entries, at=tree.at)


def _canonical(control_id: str, content: Json, values: dict[str, Value]) -> dict[str, Json]:
    """Return the canonical JSON: fixed order, no empty parts, no tests."""
    members = content if isinstance(content, dict) else {}
    parameters: dict[str, Json] = {
        name: [*value] if isinstance(value, list) else value for name, value in values.items()
    }
    known = {"format": FORMAT, "id": control_id, **members, "parameters": parameters}
    known |= _with_steps(members.get("forbid"))
    order = (
        "format",
        "id",
        *(member.name for member in CONTROL.fields if member.name != "tests"),
    )
    return {name: known[name] for name in order if known.get(name)}


def _with_steps(form: Json) -> dict[str, Json]:
    """Return the form of a control about chains, with the steps that it names in full."""
    path = form.get("path") if isinstance(form, dict) else None
    if not isinstance(path, dict) or "steps" not in path:
        return {}
    goal, names = path["to"], path["steps"]
    admin = isinstance(goal, dict) and "admin" in goal
    steps = expand_steps([str(name) for name in names] if isinstance(names, list) else [], admin=admin)
    return {"forbid": {"path": {**path, "steps": steps}}}


def _make_cases(tree: MapNode, control_id: str) -> tuple[Case, ...]:
    tests = tree.get("tests")
    bare = MapNode(entries=tuple(e for e in tree.entries if e[0].text != "tests"), at=tree.at)
    items = tests.items if isinstance(tests, ListNode) else ()
    problems = Problems()
    cases = [
        make_case(
            item,
            _make_document(bare, control_id, _case_overrides(item, control_id)),
            problems,
        )
        for item in items
        if isinstance(item, MapNode)
    ]
    _raise(problems)
    return tuple(cases)


def _case_overrides(case: MapNode, control_id: str) -> Overrides:
    given = case.get("parameters")
    entries = given.entries if isinstance(given, MapNode) else ()
    return Overrides(
        {f"{control_id}.{name.text}": value_of(value) for name, value in entries},
        {f"{control_id}.{name.text}": f"at {value.at}" for name, value in entries},
    )
