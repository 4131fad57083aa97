"""An answer about packets for people.

Untrusted.
"""

from auditctl.report.interface import Surface
from auditctl.report.page import Page, printable
from auditctl.report.way_text import flow_text
from auditctl.report.written_text import values_text
from auditctl.trace.answer import Answer, Verdict

_STYLES = {
    Verdict.ARRIVES: "bold green",
    Verdict.STOPPED: "bold red",
    Verdict.INCONCLUSIVE: "bold yellow",
}


def trace_text(answer: Answer, surface: Surface) -> str:
    """One answer for people."""
    page = Page(surface)
    answer = printable(answer)
    name = answer.id or (f"line {answer.line}" if answer.error else "")
    if answer.question is None or answer.verdict is None:
        page.line(("ERROR", "bold red"), f"  {f'{name}: ' if name else ''}{answer.error}")
        page.blank()
        return page.text
    words = f"  {f'{name}: ' if name else ''}{answer.question.words}"
    page.line((answer.verdict.value.upper(), _STYLES[answer.verdict]), words)
    if answer.refused:
        page.paragraph(f"{answer.refused}. Please report it.", indent=2, label="BUG  ")
    if answer.flow is not None:
        flow_text(page, answer.flow)
    values_text(page, answer.verdict.value, answer.values, indent=4)
    if answer.words:
        page.paragraph(f"{answer.words}.", indent=4)
    page.sentences(() if answer.refused else answer.reasons, indent=4)
    if answer.certificate:
        page.paragraph(f"{answer.certificate}, accepted by the checker.", indent=4, label="Certificate: ")
    page.blank()
    return page.text
