"""The formats of decisions: of each as it is made, and of all together. Untrusted."""

from collections.abc import Callable, Sequence

from auditctl.report.interface import Surface
from auditctl.report.json_text import json_of, line_of
from auditctl.simulate.answer import Decision, answer_of
from auditctl.simulate.text import decision_text

FORMATS: dict[str, Callable[[Decision, Surface], str]] = {
    "rich": decision_text,
    "jsonl": lambda decision, _surface: line_of(decision),
}


def whole_json(decisions: Sequence[Decision]) -> str:
    """The answer as one JSON text."""
    return json_of(answer_of(decisions))
