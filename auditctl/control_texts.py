"""What `auditctl controls` prints.

Untrusted.
"""

import json
from collections.abc import Mapping
from itertools import groupby
from typing import Any

from rich.table import Table
from rich.text import Text

from auditctl.control_tests import Tested, TestedControls
from auditctl.report import Surface
from auditctl.report.model import Severity
from auditctl.report.page import Page, printable
from auditctl.report.rich_text import SEVERITIES

Documents = Mapping[str, Mapping[str, Any]]


def list_text(documents: Documents, surface: Surface) -> str:
    """A table of controls, the more severe first."""
    page = Page(surface)
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("Severity", no_wrap=True)
    table.add_column("For each", no_wrap=True)
    table.add_column("Control")
    order = list(Severity)
    for document in sorted(documents.values(), key=lambda d: (order.index(Severity(d["severity"])), d["id"])):
        severity = Severity(document["severity"])
        words = Text(document["id"], "bold")
        words.append(f"\n{printable(document['title'])}", "not bold")
        words.append(f"\n{requirements(document)}" if requirements(document) else "", "not bold dim")
        table.add_row(Text(severity.value, SEVERITIES[severity]), document["for_each"], words)
    page.table(table)
    return page.text


def requirements(document: Mapping[str, Any]) -> str:
    """The requirements that a control serves, on one line."""
    return "; ".join(f"{name} {', '.join(ids)}" for name, ids in sorted(document.get("maps_to", {}).items()))


def show_text(documents: Documents, surface: Surface) -> str:
    """Each control in full."""
    page = Page(surface)
    for document in documents.values():
        severity = Severity(document["severity"])
        page.line(
            (document["id"], "bold"), ", ", (severity.value, SEVERITIES[severity]), f", for each {document['for_each']}"
        )
        page.paragraph(printable(document["title"]), indent=2)
        page.paragraph(requirements(document), indent=2, style="dim")
        page.blank()
        page.paragraph(printable(document["rationale"]), indent=2)
        page.blank()
        page.paragraph(printable(document["remediation"]), indent=2, label="Remediation: ")
        page.blank()
        for name in ("parameters", "where", "forbid", "require", "assume"):
            if name in document:
                _part(page, name, document[name])
        page.blank()
    return page.text


def _part(page: Page, name: str, value: object) -> None:
    """A part of the control as the checker reads it."""
    page.line((f"{name}:", "bold"), indent=2)
    for line in json.dumps(value, indent=2, ensure_ascii=False).splitlines():
        page.line(printable(line), indent=2)


def tests_text(tested: TestedControls, surface: Surface, *, verbose: bool) -> str:
    """The tests that failed, or all of them, and a line with the numbers."""
    page = Page(surface)
    for control, tests in groupby(tested.tests, lambda t: t.control):
        shown = [t for t in tests if verbose or not t.passed]
        if shown:
            page.line((control, "bold"))
            for test in shown:
                _test(page, test)
    for name in tested.untested:
        page.line((name, "bold"), " carries no test")
    failed = sum(not t.passed for t in tested.tests)
    style = "bold red" if failed else "green"
    page.line((f"{len(tested.tests)} tests: {failed} failed, {len(tested.tests) - failed} passed", style))
    return page.text


def _test(page: Page, test: Tested) -> None:
    word = ("passed", "green") if test.passed else ("FAILED", "bold red")
    page.line(word, f"  {printable(test.name)}", indent=2)
    if not test.passed:
        page.line(f"expected {test.expected}, found {test.found}", indent=10)
        page.paragraph(printable(test.detail), indent=10)
