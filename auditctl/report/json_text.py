"""Reports and other answers as JSON, for programs. The members are those of their dataclasses."""

import json
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import TypeAlias

from auditctl.report.interface import Surface
from auditctl.report.model import Report

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"


def json_text(report: Report, _surface: Surface) -> str:
    """The report as JSON text."""
    return json_of(report)


def json_of(answer: object) -> str:
    """An answer as JSON text, indented, with a newline at its end."""
    return json.dumps(to_json(answer), indent=2) + "\n"


def line_of(answer: object) -> str:
    """An answer as one line of JSON."""
    return json.dumps(to_json(answer), separators=(",", ":")) + "\n"


def to_json(value: object) -> Json:
    """A dataclass, or a part of one, as JSON. Members keep the order in which it has them."""
    match value:
        case Enum():
            return str(value.value)
        case bool() | int() | str() | None:
            return value
        case tuple():
            return [to_json(v) for v in value]
        case _ if is_dataclass(value):
            return {f.name: to_json(getattr(value, f.name)) for f in fields(value)}
        case _:
            raise TypeError(f"{type(value).__name__} is no part of a report")
