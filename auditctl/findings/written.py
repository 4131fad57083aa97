"""Explanations with where their statements, rules and things are written, of a snapshot made of a plan or template.

Untrusted.
"""

from dataclasses import fields, is_dataclass, replace
from typing import TypeVar

from auditctl.findings.origins import Origins, origins_of
from auditctl.findings.rules import rule_place
from auditctl.report.model import HostHop, PacketHop, Passed, Place, Stop, Written
from checkers.cloud.inventory import Inventory
from checkers.cloud.network.network import Network
from checkers.cloud.vocabulary import parse_address

_Part = TypeVar("_Part")


def with_origins(part: _Part, inventory: Inventory) -> _Part:
    """A part of a report in which each place, filter, location and host has its origin, where it has one."""
    origins = origins_of(inventory.snapshot)
    return _with(part, origins, inventory) if origins else part


def origin_of(thing: str, inventory: Inventory) -> Written | None:
    """Where a thing is written, by its id or ARN."""
    return origins_of(inventory.snapshot).of_things([thing])


def _with(part: _Part, origins: Origins, inventory: Inventory) -> _Part:
    if isinstance(part, tuple):
        return tuple(_with(each, origins, inventory) for each in part)  # type: ignore[return-value]  # a tuple for one
    if not is_dataclass(part) or isinstance(part, type):
        return part
    inside = {f.name: _with(getattr(part, f.name), origins, inventory) for f in fields(part)}
    if "written" in inside:
        inside["written"] = _origin(part, origins, inventory)
    return replace(part, **inside)


def _origin(part: object, origins: Origins, inventory: Inventory) -> Written | None:
    match part:
        case Place():
            return origins.of_document(part.file, part.path)
        case Passed() | Stop():
            place = rule_place(part.filter, part.rule, inventory.network, inventory.snapshot)
            return origins.of_document(place.file, place.path) or origins.of_things(place.things)
        case PacketHop():
            return origins.of_things(_things_at(part, inventory.network))
        case HostHop():
            return origins.of_things([part.host])
        case _:
            return None


def _things_at(hop: PacketHop, network: Network) -> list[str]:
    """The ids or ARNs of what is at a location; of several interfaces that with the packet's address."""
    location = hop.location.rstrip("*")
    if location.startswith("arn:"):
        return [location.partition("@")[0]]
    head, _, tail = location.partition("/")
    members = network.build(wide=True).classes
    if head not in members:
        return [head]
    address = parse_address(hop.packet.source if tail == "out" else hop.packet.destination)
    interfaces = members[head].interfaces
    if len(interfaces) > 1 and address is not None:
        interfaces = tuple(one for one in interfaces if address in one.addresses)
    return [name for one in interfaces for name in (one.id, one.instance) if name] if len(interfaces) == 1 else []
