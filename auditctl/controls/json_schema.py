"""Print a shape as JSON Schema, draft 2020-12, for editors.

Untrusted. What a schema cannot say (placeholders of the right type, values that fit
their operator, selectors that fit the target) is checked by the loader alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, assert_never

from auditctl.controls.shapes import (
    Anything,
    Flag,
    Items,
    OneOfTwo,
    Record,
    Shape,
    Table,
    Text,
    TextOrItems,
    TextOrRecord,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_PLACEHOLDER = r"\$\{[a-z]+\.[a-z][a-z0-9_]*\}"


def make_json_schema(shape: Record, title: str) -> dict[str, Json]:
    """Return the schema of a whole file."""
    definitions: dict[str, Json] = {}
    for one in _definitions(shape):
        definitions[one.name] = {"anyOf": [_schema(one.text), _schema(one.record)]}
    return {"$schema": DIALECT, "title": title, **_schema(shape), "$defs": definitions}


def _definitions(shape: Shape) -> Iterator[TextOrRecord]:
    """Find what is written once and referred to; a shape is as deep as it is written."""
    match shape:
        case TextOrRecord():
            yield shape
        case Items():
            yield from _definitions(shape.item)
        case Record():
            for field in shape.fields:
                yield from _definitions(field.shape)
        case OneOfTwo():
            yield from _definitions(shape.having)
            yield from _definitions(shape.lacking)
        case _:
            pass


def _schema(shape: Shape) -> dict[str, Json]:  # noqa: C901, PLR0911  # one case for each shape
    match shape:
        case Text():
            return _described(_text(shape), shape.description)
        case Flag():
            return _described({"enum": [True, False, "true", "false"]}, shape.description)
        case Items():
            return _described(_items(shape), shape.description)
        case Table():
            return _described(_table(shape), shape.description)
        case Record():
            return _described(_record(shape), shape.description)
        case TextOrItems():
            scalar: Json = {"type": ["string", "number", "boolean"]}
            either: Json = [scalar, {"type": "array", "items": scalar}]
            return _described({"anyOf": either}, shape.description)
        case TextOrRecord():
            return {"$ref": f"#/$defs/{shape.name}"}
        case OneOfTwo():
            return {"oneOf": [_schema(shape.having), _schema(shape.lacking)]}
        case Anything():
            return _described({}, shape.description)
    assert_never(shape)


def _described(schema: dict[str, Json], description: str) -> dict[str, Json]:
    return {"description": description, **schema} if description else schema


def _text(shape: Text) -> dict[str, Json]:
    """Return the schema of a text; alternatives only where there are several."""
    ways: list[Json] = []
    if shape.words:
        ways.append({"enum": list(shape.words)})
    ways += [_form(form.pattern, form.expected) for form in shape.forms]
    if not ways:
        ways.append({"type": "string", "pattern": r"\S"})
    elif shape.placeholders:
        ways.append({"type": "string", "pattern": _PLACEHOLDER})
    match ways:
        case [dict() as only]:
            return only
        case _:
            return {"anyOf": ways}


def _form(pattern: str, expected: str) -> Json:
    return {"type": "string", "pattern": f"^(?:{pattern})$", "description": expected}


def _items(shape: Items) -> dict[str, Json]:
    item = _schema(shape.item)
    several: Json = {"type": "array", "items": item, "minItems": shape.at_least}
    return (
        {"anyOf": [item, several]}
        if isinstance(shape.item, Text | TextOrRecord)
        else {
            "type": "array",
            "items": item,
            "minItems": shape.at_least,
        }
    )


def _table(shape: Table) -> dict[str, Json]:
    return {
        "type": "object",
        "propertyNames": _text(shape.key),
        "additionalProperties": _schema(shape.value),
    }


def _record(shape: Record) -> dict[str, Json]:
    schema: dict[str, Json] = {
        "type": "object",
        "properties": {field.name: _schema(field.shape) for field in shape.fields},
        "additionalProperties": False,
    }
    required: list[Json] = [field.name for field in shape.fields if field.required]
    if required:
        schema["required"] = required
    if shape.one_of:
        pairs: list[Json] = [{"required": [*pair]} for pair in shape.together]
        schema["oneOf"] = [*(_alone(name, shape) for name in shape.one_of), *pairs]
    if shape.any_of:
        schema["anyOf"] = [{"required": [name]} for name in shape.any_of]
    return schema


def _alone(name: str, shape: Record) -> dict[str, Json]:
    """The key, without those that it may be there together with."""
    others: list[Json] = [
        {"required": [other]} for pair in shape.together if name in pair for other in pair if other != name
    ]
    return {"required": [name], "not": {"anyOf": others}} if others else {"required": [name]}
