"""What a format of the report is: a pure function from a report to text."""

from collections.abc import Callable
from dataclasses import dataclass

from auditctl.report.model import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """What the text is made for: columns, and the colour system of the terminal (None: no colour)."""

    width: int = 80
    colours: str | None = None


Formatter = Callable[[Report, Surface], str]
