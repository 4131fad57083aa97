"""What a measurement comes to: figures with their goals, as a table and as JSON."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

FORMAT = "auditctl-bench/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure. `value` is None where it could not be measured, which meets no goal.

    At most one of the goals is set; a figure without one is there for information.
    """

    id: str
    name: str
    value: float | None
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where there is no goal."""
        if self.at_most is None and self.at_least is None:
            return None
        if self.value is None:
            return False
        return self.value <= self.at_most if self.at_most is not None else self.value >= (self.at_least or 0)

    @property
    def goal(self) -> str:
        """The goal in words, empty where there is none."""
        if self.at_most is not None:
            return f"at most {number(self.at_most)}"
        return "" if self.at_least is None else f"at least {number(self.at_least)}"


def number(value: float | None) -> str:
    """Three significant digits, and no exponent."""
    if value is None:
        return "not measured"
    if float(value).is_integer():
        return f"{value:.0f}"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return f"{value:.{digits}f}"


_WORDS = {True: "met", False: "NOT MET", None: ""}


def render(figures: Sequence[Figure]) -> str:
    """The table as text."""
    rows = [("figure", "value", "", "goal", "met", "")]
    rows += [(f.name, number(f.value), f.unit, f.goal, _WORDS[f.met], f.note) for f in figures]
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    lines = [_line(row, widths) for row in rows]
    lines.insert(1, "-" * max(map(len, lines)))
    return "\n".join(lines)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    name, value, unit, goal, met, note = row
    cells = (name.ljust(widths[0]), value.rjust(widths[1]), unit.ljust(widths[2]), goal.ljust(widths[3]))
    return "  ".join((*cells, met.ljust(widths[4]), note)).rstrip()


def summary(figures: Iterable[Figure]) -> str:
    """One line: how many goals are met."""
    judged = [f.met for f in figures if f.met is not None]
    return f"{sum(judged)} of {len(judged)} goals met"


def as_json(figures: Iterable[Figure], setting: dict[str, Any]) -> dict[str, Any]:
    """The figures as `bench.json` has them; `setting` says what was measured, and where."""
    return {"format": FORMAT, "setting": setting, "figures": [_row(f) for f in figures]}


def _row(figure: Figure) -> dict[str, Any]:
    row: dict[str, Any] = {"id": figure.id, "name": figure.name, "value": figure.value, "unit": figure.unit}
    if figure.met is not None:
        row |= {"goal": figure.goal, "met": figure.met}
    return row | ({"note": figure.note} if figure.note else {})
