"""The report of an audit: its model, and one file per format."""

from auditctl.report.formats import FORMATS
from auditctl.report.interface import Formatter, Surface
from auditctl.report.json_text import json_text
from auditctl.report.model import Report
from auditctl.report.rich_text import rich_text

__all__ = ["FORMATS", "Formatter", "Report", "Surface", "json_text", "rich_text"]
