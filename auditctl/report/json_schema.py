"""JSON Schemas made from dataclasses: that of the report, and of whatever else is printed as JSON.

`report.schema.json` beside this file is the text of the report's, and a test keeps the two equal.
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
    """The schema of the report."""
    return schema_of(Report, FORMAT, "A report of auditctl")


def report_schema_text() -> str:
    """The text of the schema file."""
    return schema_text(report_schema())


def schema_text(schema: dict[str, Json]) -> str:
    """The text of a schema."""
    return json.dumps(schema, indent=2) + "\n"


def schema_of(root: type, name: str, title: str) -> dict[str, Json]:
    """The schema of a dataclass, one definition for each type in it; its member `format` is the constant `name`."""
    definitions: dict[str, Json] = {}
    reference = _schema(root, definitions)
    own = definitions[root.__name__]
    if isinstance(own, dict) and isinstance(own["properties"], dict):
        own["properties"]["format"] = {"const": name}
    ordered: dict[str, Json] = {n: definitions[n] for n in sorted(definitions)}
    return {"$schema": DIALECT, "title": f"{title}, {name}", **reference, "$defs": ordered}


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
        raise TypeError(f"{kind.__name__} is no part of an answer")
    hints = get_type_hints(kind)
    members: dict[str, Json] = {f.name: _schema(hints[f.name], definitions) for f in fields(kind)}
    return {**words, "type": "object", "properties": members, "required": list(members)}
