"""The formats of the report, in one place."""

from auditctl.report.interface import Formatter
from auditctl.report.json_text import json_text
from auditctl.report.rich_text import rich_text

FORMATS: dict[str, Formatter] = {"rich": rich_text, "json": json_text}
