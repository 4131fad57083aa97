"""What the answers of `query`, `diff` and `simulate` have in common: where they come from, JSON, its schema.

Untrusted.
"""

import json
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from inspect import getdoc
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from auditctl.report.json_schema import DIALECT
from auditctl.report.json_text import Json, to_json
from auditctl.report.model import Account, SnapshotInfo
from checkers.cloud.inventory import Inventory
from checkers.strict_json import parse_json

_SCALARS: dict[Any, str] = {str: "string", bool: "boolean", int: "integer", NoneType: "null"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """Evidence that the checker took: its rule, and the whole certificate as compact JSON text."""

    rule: str
    text: str


def json_of(answer: object) -> str:
    """An answer as JSON text, indented, with a newline at its end."""
    return json.dumps(to_json(answer), indent=2) + "\n"


def line_of(answer: object) -> str:
    """An answer as one line of JSON."""
    return json.dumps(to_json(answer), separators=(",", ":")) + "\n"


def snapshot_info(inventory: Inventory) -> SnapshotInfo:
    """Which export the answer is about."""
    manifest = parse_json(inventory.snapshot.content("snapshot.json"), "snapshot.json")
    time = manifest.get("time")
    accounts = tuple(Account(id=a.id, name=a.name) for a in inventory.accounts.values())
    return SnapshotInfo(time=time if isinstance(time, str) else "", accounts=accounts)


def schema_of(root: type, name: str, title: str) -> dict[str, Json]:
    """The JSON Schema of an answer, one definition for each type; its member `format` is the constant `name`."""
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
