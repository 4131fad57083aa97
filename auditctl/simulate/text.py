"""A decision for people.

Untrusted.
"""

from auditctl.report.interface import Surface
from auditctl.report.page import Page, printable
from auditctl.simulate.answer import Decider, Decision, Verdict

_STYLES = {
    Verdict.ALLOWED: "bold green",
    Verdict.IMPLICITLY_DENIED: "bold red",
    Verdict.EXPLICITLY_DENIED: "bold red",
    Verdict.UNDETERMINED: "bold yellow",
}


def decision_text(decision: Decision, surface: Surface) -> str:
    """One decision for people."""
    page = Page(surface)
    decision = printable(decision)
    name = decision.id or (f"line {decision.line}" if decision.error else "")
    if decision.decision is None or decision.request is None:
        page.line(("Error", "bold red"), f"  {name}: {decision.error}")
        page.blank()
        return page.text
    request = decision.request
    who = f"{request.principal}{f' in session {request.session}' if request.session else ''}"
    words = f"  {f'{name}: ' if name else ''}{who} {request.action} {request.resource}"
    page.line((decision.decision.value, _STYLES[decision.decision]), words)
    for decider in decision.deciders:
        _decider(page, decider)
    page.sentences(decision.reasons, indent=2)
    for remark in decision.remarks:
        page.paragraph(f"{remark}.", indent=2)
    page.blank()
    return page.text


def _decider(page: Page, decider: Decider) -> None:
    level = f" at {decider.level}" if decider.level and decider.effect != "none" else ""
    page.paragraph(f"{decider.words}.", indent=2, label=f"{decider.kind}{level}: ", hang=2)
    for place in decider.statements:
        sid = f" ({place.sid})" if place.sid else ""
        page.line((f"{place.file} {place.path}{sid}", "dim"), indent=4)
