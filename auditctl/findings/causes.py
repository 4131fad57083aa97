"""Every cause of a violated claim, in words.

Untrusted: the certificate is what counts.
"""

from collections.abc import Mapping
from typing import Any

from auditctl.findings.readings import in_words
from auditctl.findings.requests import RequestView
from auditctl.findings.statements import said
from auditctl.findings.witness import beyond_policies, explain_request, shown
from auditctl.report.model import Cause, Causes
from checkers.cloud.causes import ALWAYS, IMPLICIT, ROOT, AwsRule, notes_of, parse_members
from checkers.cloud.claims import Claim, Derived, question_of
from checkers.cloud.cuts import Cut, action_patterns, resource_patterns
from checkers.cloud.derivation import Effect, Note
from checkers.cloud.inventory import Inventory
from checkers.cloud.request import parse_request
from checkers.kernel.globs import show

_RULES = {
    ROOT: "the root user of an account may do in it whatever nothing denies",
    ALWAYS: "it is allowed whatever the policies say",
    IMPLICIT: "no statement allows it",
}


def explain_causes(claim: Claim, certificate: Mapping[str, Any], inventory: Inventory) -> Causes:
    """The causes of a certificate `causes/1`, explained."""
    derived = question_of(claim, inventory, wide=False)
    found = tuple(_cause(claim, row, derived, inventory) for row in certificate["causes"])
    reasons = tuple(in_words(reason) for reason in certificate.get("open", ()))
    return Causes(found=found, complete="rest" in certificate, reasons=reasons)


def _cause(claim: Claim, row: Mapping[str, Any], derived: Derived, inventory: Inventory) -> Cause:
    cause = parse_members(row)
    request = parse_request(row["request"])
    witness = beyond_policies(explain_request(claim, request, derived, inventory))
    if isinstance(cause, AwsRule):
        return Cause(
            rule=_RULES[cause.name], caller=cause.caller, action="", resource="", statement=None, witness=witness
        )
    effect = Effect.DENY if claim.control.request.all else Effect.ALLOW
    notes = notes_of(cause, derived.notes, effect)
    note = next((n for n in notes if n.caller in ("", request.principal)), notes[0])
    return Cause(
        rule="",
        caller=cause.caller,
        action=_pattern(note, cause, "Action"),
        resource=_pattern(note, cause, "Resource"),
        statement=shown(said(note, inventory), RequestView(request, inventory)),
        witness=witness,
    )


def _pattern(note: Note, cut: Cut, element: str) -> str:
    """The pattern that a cause names; empty for a whole element."""
    index, patterns = {
        "Action": (cut.action, action_patterns(note.statement)),
        "Resource": (cut.resource, resource_patterns(note.statement)),
    }[element]
    return "" if index is None else show(patterns[index])
