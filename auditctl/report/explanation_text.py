"""One claim explained: what it says, its outcome, why, and the evidence. Untrusted."""

from auditctl.report.interface import Surface
from auditctl.report.model import ClaimReport, Flow, Outcome
from auditctl.report.page import Page, printable
from auditctl.report.rich_text import (
    STYLES,
    causes_text,
    path_text,
    sentences_text,
    witness_text,
)
from auditctl.report.way_text import flow_text, hosts_text
from auditctl.report.written_text import values_text, written_text

MAX_SENTENCES = 40


def explanation_text(control: str, claim: ClaimReport, evidence: str, surface: Surface) -> str:
    """The text about one claim; `evidence` describes its certificate, empty where there is none."""
    page = Page(surface)
    claim = printable(claim)
    style = STYLES[claim.decided]
    page.line((claim.decided.value.upper(), style), (f"  {control} on {claim.target}", "bold"))
    written_text(page, claim.written, indent=2)
    page.paragraph(f"{claim.words}.", indent=2)
    values_text(page, claim.decided.value, claim.values, indent=2)
    page.blank()
    _why(page, claim)
    if claim.witness is not None:
        page.paragraph(f"{claim.witness.words}.", indent=4)
        if claim.causes is not None:
            causes_text(page, claim.causes)
        else:
            witness_text(page, claim.witness)
    hosts_text(page, claim.hosts)
    if claim.path:
        path_text(page, claim.path)
    if claim.flow is not None:
        flow_text(page, claim.flow)
    sentences_text(page, claim.explanation, MAX_SENTENCES)
    if evidence:
        page.blank()
        page.paragraph(evidence, indent=2, label="Certificate: ")
    page.blank()
    return page.text


def _why(page: Page, claim: ClaimReport) -> None:
    """The sentence that leads to the reasons."""
    if claim.decided is Outcome.INCONCLUSIVE:
        page.line(("It could not be settled:", "bold"), indent=2)
        page.sentences(claim.reasons, indent=4)
        if claim.witness is not None:
            page.line(("A request that may be allowed for all that is known:", "bold"), indent=2)
        return
    one = "This request decides it:" if claim.flow is None else "This packet and this request decide it:"
    words = {True: one, False: "No such request is allowed:"}
    if claim.hosts:
        words[False] = "This chain of hosts decides it:"
    elif claim.path:
        words[False] = "This chain of steps decides it:"
    elif claim.words.startswith("no chain") or (claim.words.startswith("from ") and claim.flow is None):
        words[False] = "No such chain is there:"
    elif claim.flow is not None:
        words[False] = _of_packets(claim.flow)
    if claim.witness is None and claim.words.startswith("every"):
        words[False] = "Every such request is allowed:"
    page.line((words[claim.witness is not None], "bold"), indent=2)


def _of_packets(flow: Flow) -> str:
    if flow.hops:
        return "This packet decides it:"
    return "No reply comes back:" if flow.stops_replies else "No such packet arrives:"
