"""The values that are not known before a plan is applied, and on which a finding rests.

Untrusted.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from auditctl.findings.rules import rule_place
from auditctl.findings.source import value_at
from auditctl.findings.statements import ENDPOINT_KEY
from auditctl.report.model import KnownLater, Packet, Passed, Place, Request
from checkers.cloud.claims import COMPLETED
from checkers.cloud.inventory import Inventory
from checkers.cloud.policy import Document
from checkers.cloud.unknowns import MARKER, Unknown
from checkers.strict_json import Json

_ROW = re.compile(r"\$\.\w+\[\d+\]")


def known_later(part: object, certificate: Mapping[str, Any], inventory: Inventory) -> tuple[KnownLater, ...]:
    """The values with which a certificate proves what it does, by attribute; none where it puts none.

    They are those that it gives, and of the examples those in what decides by the explanation `part`: its documents and
    filters, the addresses of its packets. Where it has none, they are all. `inventory` is that without values.
    """
    if certificate["rule"] != COMPLETED:
        return ()
    unknowns = inventory.snapshot.unknowns.values
    given: Mapping[str, Json] = certificate["values"]
    named = {*given, *_shown(part, unknowns, given, inventory)} or {*unknowns}
    found = {unknowns[name].attribute: given.get(name, unknowns[name].example) for name in named}
    return tuple(KnownLater(attribute=name, value=_text(value)) for name, value in sorted(found.items()))


def _shown(
    part: object, unknowns: Mapping[str, Unknown], given: Mapping[str, Json], inventory: Inventory
) -> Iterator[str]:
    """The names of the values in what decides: whole documents and tables, since what they do not say counts too."""
    for one in _parts(part):
        if isinstance(one, Packet):
            ends = one.source, one.destination
            yield from (name for name, u in unknowns.items() if given.get(name, u.example) in ends)
        for file, path in _places(one, inventory):
            yield from _in_row(file, path, unknowns, inventory)


def _places(one: object, inventory: Inventory) -> Iterator[tuple[str, str]]:
    """The files and paths of what decides with a part of an explanation."""
    if isinstance(one, Place):
        yield one.file, one.path.partition(".Statement")[0]
    elif isinstance(one, Passed):
        place = rule_place(one.filter, one.rule, inventory.network, inventory.snapshot)
        row = _ROW.match(place.path)
        is_alone = one.filter.startswith("security group ")  # its other rules take nothing back
        yield place.file, place.path if is_alone or row is None else row[0]
    elif isinstance(one, Request):
        yield from ((d.origin.file, d.origin.path) for d in _limits(one, inventory))


def _limits(request: Request, inventory: Inventory) -> Iterator[Document]:
    """The documents that only limit a request: the boundary of its principal, the policies of its endpoints."""
    principal = inventory.principals.get(request.principal)
    if principal is not None and principal.boundary is not None:
        yield principal.boundary
    used = {value for one in request.context if one.key.lower() == ENDPOINT_KEY for value in one.values}
    yield from (endpoint.policy for endpoint in inventory.endpoints if endpoint.id in used)


def _in_row(file: str, path: str, unknowns: Mapping[str, Unknown], inventory: Inventory) -> Iterator[str]:
    """The names of the markers in a part of an answer."""
    text = json.dumps(value_at(inventory.snapshot, file, path)) if file in inventory.snapshot.paths else ""
    yield from (name for name in MARKER.findall(text) if name in unknowns)


def _parts(part: object) -> Iterator[object]:
    """A part of a report and everything in it."""
    todo = [part]
    while todo:
        one = todo.pop()
        if isinstance(one, tuple):
            todo += one
        elif is_dataclass(one) and not isinstance(one, type):
            yield one
            todo += [getattr(one, f.name) for f in fields(one)]


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value)
