"""The formats of answers about packets: of each as it is made, and of all together. Untrusted."""

from collections.abc import Callable, Sequence

from auditctl.report.interface import Surface
from auditctl.report.json_text import json_of, line_of
from auditctl.trace.answer import Answer, answer_of
from auditctl.trace.text import trace_text

FORMATS: dict[str, Callable[[Answer, Surface], str]] = {
    "rich": trace_text,
    "jsonl": lambda answer, _surface: line_of(answer),
}


def whole_json(answers: Sequence[Answer]) -> str:
    """The answer as one JSON text."""
    return json_of(answer_of(answers))
