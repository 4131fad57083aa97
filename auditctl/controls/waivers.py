"""Waivers: claims that somebody answers for until a day.

Untrusted. A file is a list of {control, target, owner, reason, expires}. `target` is a
glob over target ids; `expires` is the last day on which the waiver applies. A waived
claim is still decided and still shown; an expired waiver is reported and never applied.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from auditctl.controls.errors import WaiverError, quote
from auditctl.controls.parameters import CONTROL_ID
from auditctl.controls.reader import Problems, read_shape
from auditctl.controls.shapes import Field, Form, Items, Record, Text
from auditctl.controls.strict_yaml import (
    ListNode,
    MapNode,
    Node,
    Position,
    ScalarNode,
    read_yaml,
)

if TYPE_CHECKING:
    from pathlib import Path

_DAY = Form(
    noun="day",
    pattern=r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    expected="`YYYY-MM-DD`",
)
_WAIVER = Record(
    noun="a waiver",
    fields=(
        Field(
            name="control",
            shape=Text(noun="control id", forms=(CONTROL_ID,)),
            required=True,
        ),
        Field(name="target", shape=Text(noun="target glob"), required=True),
        Field(name="owner", shape=Text(noun="owner"), required=True),
        Field(name="reason", shape=Text(noun="reason", many_lines=True), required=True),
        Field(name="expires", shape=Text(noun="day", forms=(_DAY,)), required=True),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """One waiver; `at` is where it stands."""

    control: str
    target: str
    owner: str
    reason: str
    expires: date
    at: Position

    def is_expired(self, today: date) -> bool:
        """Tell whether the last day of the waiver has passed."""
        return today > self.expires

    def covers(self, control_id: str, target: str) -> bool:
        """Tell whether the waiver is about a claim, on whatever day."""
        return self.control == control_id and matches(self.target, target)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waivers:
    """All waivers of a file, in its order."""

    entries: tuple[Waiver, ...] = ()

    def match(self, control_id: str, target: str, today: date) -> Waiver | None:
        """Return the waiver that applies to a claim today, None where none does."""
        applying = (w for w in self.entries if not w.is_expired(today))
        return next((w for w in applying if w.covers(control_id, target)), None)

    def expired(self, today: date) -> tuple[Waiver, ...]:
        """Return the waivers that no longer apply."""
        return tuple(waiver for waiver in self.entries if waiver.is_expired(today))


def read_waivers(path: Path) -> Waivers:
    """Read a file of waivers; all of its problems are reported at once."""
    tree = read_yaml(path)
    problems = Problems()
    if not isinstance(tree, ListNode):
        problems.note("waivers are no list, expected a list of waivers", tree.at)
        raise WaiverError(*problems.found)
    read_shape(tree, Items(item=_WAIVER, at_least=0), "waivers", problems)
    if problems.found:
        raise WaiverError(*problems.found)
    entries = [_make_waiver(item, problems) for item in tree.items if isinstance(item, MapNode)]
    waivers = tuple(waiver for waiver in entries if waiver is not None)
    _check_distinct(waivers, problems)
    if problems.found:
        raise WaiverError(*problems.found)
    return Waivers(entries=waivers)


def _make_waiver(node: MapNode, problems: Problems) -> Waiver | None:
    day = _text(node.get("expires"))
    try:
        expires = date.fromisoformat(day)
    except ValueError:
        problems.note(f"no such day {quote(day)}, expected `YYYY-MM-DD`", node.at)
        return None
    return Waiver(
        control=_text(node.get("control")),
        target=_text(node.get("target")),
        owner=_text(node.get("owner")),
        reason=_text(node.get("reason")).strip(),
        expires=expires,
        at=node.at,
    )


def _text(node: Node | None) -> str:
    return node.text if isinstance(node, ScalarNode) else ""


def _check_distinct(waivers: tuple[Waiver, ...], problems: Problems) -> None:
    first: dict[tuple[str, str], Waiver] = {}
    for waiver in waivers:
        other = first.setdefault((waiver.control, waiver.target), waiver)
        if other is not waiver:
            claim = f"{quote(waiver.control)} on {quote(waiver.target)}"
            problems.note(f"second waiver of {claim}, first at line {other.at.line}", waiver.at)


def matches(glob: str, text: str) -> bool:
    """Tell whether a glob (`*` any run, `?` one character) matches the whole text.

    Greedy with one point of return, so at most len(glob) * len(text) steps.
    """
    position = at = 0
    star = mark = -1
    while at < len(text):
        if position < len(glob) and glob[position] == "*":
            star, mark = position, at
            position += 1
        elif position < len(glob) and glob[position] in {"?", text[at]}:
            position, at = position + 1, at + 1
        elif star >= 0:
            mark += 1
            position, at = star + 1, mark
        else:
            return False
    return not glob[position:].strip("*")
