"""The configuration of a plan: its modules, resources and providers, found by name.

Terraform writes each expression as a constant or as the references in it; never how it puts them together. Local values
and `dynamic` blocks are not written at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from auditctl.planned.terraform.document import Reader

Expression = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Block:
    """A resource or data source of the configuration."""

    provider: str  # key in provider_config
    expressions: Mapping[str, Any]
    for_each: Expression | None
    count: Expression | None


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a module: what is passed to it."""

    expressions: Mapping[str, Any]
    for_each: Expression | None
    count: Expression | None


@dataclass(slots=True)
class Part:
    """A module of the configuration."""

    blocks: dict[tuple[str, str, str], Block] = field(default_factory=dict)  # mode, type, name
    calls: dict[str, Call] = field(default_factory=dict)
    outputs: dict[str, Expression] = field(default_factory=dict)
    variables: dict[str, Mapping[str, Any]] = field(default_factory=dict)


class Configuration:
    """All modules by the names of the calls that lead to them, and the providers."""

    def __init__(self, value: Mapping[str, Any], reader: Reader) -> None:
        self.parts: dict[tuple[str, ...], Part] = {}
        self.providers = reader.mapping(value.get("provider_config"), "configuration.provider_config")
        todo: list[tuple[tuple[str, ...], object]] = [((), value.get("root_module"))]
        while todo:
            path, module = todo.pop()
            found = reader.mapping(module, _place(path))
            self.parts[path] = _part(found, reader, _place(path))
            calls = reader.mapping(found.get("module_calls"), f"{_place(path)}.module_calls")
            todo.extend(((*path, name), (call or {}).get("module")) for name, call in calls.items())

    def part(self, path: tuple[str, ...]) -> Part:
        """A module; an empty one where there is none."""
        return self.parts.get(path) or Part()


def _place(path: tuple[str, ...]) -> str:
    return "configuration.root_module" + "".join(f".module_calls.{name}.module" for name in path)


def _part(value: Mapping[str, Any], reader: Reader, where: str) -> Part:
    part = Part()
    for number, entry in enumerate(reader.rows(value.get("resources"), f"{where}.resources")):
        place = f"{where}.resources[{number}]"
        row = reader.mapping(entry, place)
        names = [reader.text(row.get(member), f"{place}.{member}") for member in ("mode", "type", "name")]
        part.blocks[names[0], names[1], names[2]] = Block(
            provider=reader.text(row.get("provider_config_key", ""), f"{place}.provider_config_key"),
            expressions=reader.mapping(row.get("expressions"), f"{place}.expressions"),
            for_each=_expression(row, "for_each_expression", reader, place),
            count=_expression(row, "count_expression", reader, place),
        )
    for name, entry in reader.mapping(value.get("module_calls"), f"{where}.module_calls").items():
        place = f"{where}.module_calls.{name}"
        row = reader.mapping(entry, place)
        part.calls[name] = Call(
            expressions=reader.mapping(row.get("expressions"), f"{place}.expressions"),
            for_each=_expression(row, "for_each_expression", reader, place),
            count=_expression(row, "count_expression", reader, place),
        )
    for name, entry in reader.mapping(value.get("outputs"), f"{where}.outputs").items():
        row = reader.mapping(entry, f"{where}.outputs.{name}")
        part.outputs[name] = reader.mapping(row.get("expression"), f"{where}.outputs.{name}.expression")
    for name, entry in reader.mapping(value.get("variables"), f"{where}.variables").items():
        part.variables[name] = reader.mapping(entry, f"{where}.variables.{name}")
    return part


def _expression(row: Mapping[str, Any], member: str, reader: Reader, place: str) -> Expression | None:
    return reader.mapping(row[member], f"{place}.{member}") if row.get(member) is not None else None
