"""The JSON Schema of the report, made from the types of `auditctl.report.model`.

`report.schema.json` beside this file is its text, and a test keeps the two equal.
"""

import json
from dataclasses import fields, is_dataclass
from enum import Enum
from inspect import getdoc
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from auditctl.report.json_text import Json
from auditctl.report.model import FORMAT, Report

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SCALARS: dict[Any, str] = {str: "string", bool: "boolean", int: "integer", NoneType: "null"}


def report_schema() -> dict[str, Json]:
    """The schema, one definition for each type of the model."""
    definitions: dict[str, Json] = {}
    root = _schema(Report, definitions)
    ordered: dict[str, Json] = {name: definitions[name] for name in sorted(definitions)}
    return {"$schema": DIALECT, "title": f"A report of auditctl, {FORMAT}", **root, "$defs": ordered}


def report_schema_text() -> str:
    """The text of the schema file."""
    return json.dumps(report_schema(), indent=2) + "\n"


def _schema(
    kind: Any,  # noqa: ANN401  a type annotation, which may be a union
    definitions: dict[str, Json],
) -> dict[str, Json]:
    if kind in _SCALARS:
        return {"type": _SCALARS[kind]}
    if get_origin(kind) is tuple:
        return {"type": "array", "items": _schema(get_args(kind)[0], definitions)}
    if isinstance(kind, UnionType):
        return {"anyOf": [_schema(one, definitions) for one in get_args(kind)]}
    if kind.__name__ not in definitions:
        definitions[kind.__name__] = None  # keeps a type that refers to itself from being visited again
        definitions[kind.__name__] = _definition(kind, definitions)
    return {"$ref": f"#/$defs/{kind.__name__}"}


def _definition(kind: type, definitions: dict[str, Json]) -> dict[str, Json]:
    words = {"description": " ".join((getdoc(kind) or "").split())}
    if issubclass(kind, Enum):
        return {**words, "enum": [member.value for member in kind]}
    if not is_dataclass(kind):
        raise TypeError(f"{kind.__name__} is no part of a report")
    hints = get_type_hints(kind)
    members: dict[str, Json] = {f.name: _schema(hints[f.name], definitions) for f in fields(kind)}
    if kind is Report:
        members["format"] = {"const": FORMAT}
    return {**words, "type": "object", "properties": members, "required": list(members)}
