"""The formats of a comparison. Untrusted."""

from collections.abc import Callable

from auditctl.compare.answer import DiffAnswer
from auditctl.compare.text import diff_text
from auditctl.report.interface import Surface
from auditctl.report.json_text import json_of

FORMATS: dict[str, Callable[[DiffAnswer, Surface], str]] = {
    "rich": diff_text,
    "json": lambda answer, _surface: json_of(answer),
}
