"""The known steps of privilege escalation, and the names by which a control asks for them.

Untrusted: a control carries the steps that it names in full, and the checker reads them there.
"""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from auditctl.controls.reader import json_of
from auditctl.controls.strict_yaml import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable

    from auditctl.controls.json_schema import Json

ASSUME_ROLE = "assume-role"
ESCALATION = "escalation"
ADMINISTRATION = "administration"
# The names of sets of steps beside those of the data file.
_NAMED = {ASSUME_ROLE: ("sts-001",)}


@cache
def _steps() -> dict[str, dict[str, Json]]:
    """Every step of the data file by its id, with the set that it is in."""
    text = files("auditctl.escalation").joinpath("steps.yaml").read_bytes()
    rows = json_of(parse_yaml(text, "steps.yaml"))
    listed = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return {str(row["id"]): row for row in listed}


@cache
def step_names() -> tuple[str, ...]:
    """What `steps` of a control may name: sets first, then single steps."""
    sets = sorted({str(row["set"]) for row in _steps().values()})
    return (ASSUME_ROLE, ESCALATION, *sets, *_steps())


def expand_steps(names: Iterable[str], *, admin: bool) -> list[Json]:
    """The steps that are named, in full and in the order of the data file.

    Where the goal is an administrator, the steps by which a principal shows that it is one belong to them.
    """
    wanted = set(names)
    chosen = [row for row in _steps().values() if wanted & _names_of(row)]
    if admin:
        showing = [r for r in _steps().values() if r["target"] == "self"]
        chosen = [row for row in _steps().values() if row in chosen or row in showing]
    return [deepcopy({name: value for name, value in row.items() if name != "set"}) for row in chosen]


def _names_of(row: dict[str, Json]) -> set[str]:
    """The names under which a step is asked for."""
    own = {str(row["id"]), str(row["set"])}
    if row["set"] != ADMINISTRATION:
        own.add(ESCALATION)
    return own | {name for name, ids in _NAMED.items() if row["id"] in ids}
