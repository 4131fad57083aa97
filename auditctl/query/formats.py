"""The formats of an answer of `auditctl query`. Untrusted."""

from collections.abc import Callable

from auditctl.query.answer import QueryAnswer
from auditctl.query.text import query_text
from auditctl.report.interface import Surface
from auditctl.report.json_text import json_of

FORMATS: dict[str, Callable[[QueryAnswer, Surface], str]] = {
    "rich": query_text,
    "json": lambda answer, _surface: json_of(answer),
}
