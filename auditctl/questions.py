"""`auditctl smt`: the question of one claim as SMT-LIB.

Untrusted.
"""

from auditctl import __version__
from auditctl.names import UnknownName
from auditctl.smt import NotExpressible, to_smtlib
from auditctl.subject import Subject, select
from checkers.cloud.claims import Claim, question_of
from checkers.cloud.inventory import Inventory
from checkers.cloud.network.flows import FlowQuestion, flow_question
from checkers.cloud.words import claim_in_words
from checkers.kernel.clauses import Question
from checkers.verdict import Declined


def smt_script(subject: Subject, named: tuple[str, str], *, wide: bool) -> str:
    """The script for the claim of a control and a target. Raises `Declined` where there is none."""
    claims = select(subject, *named)
    if len(claims) > 1:
        raise UnknownName(f"{named[1]} names {len(claims)} targets of {named[0]}, one is expected")
    claim = claims[0]
    if not claim.control.is_of_requests and claim.control.flow is None:
        raise Declined("a claim about chains has a question for each step, not one")
    side = "wide" if wide else "narrow"
    comment = "\n".join((f"auditctl {__version__}", f"{claim.control.id} on {claim.target.id}", claim_in_words(claim)))
    try:
        return to_smtlib(asked(claim, subject.inventory, wide=wide), f"{comment}\n{side} side")
    except NotExpressible as error:
        raise Declined(str(error)) from None


def asked(claim: Claim, inventory: Inventory, *, wide: bool) -> Question | FlowQuestion:
    """One side of the question of a claim, about requests or about packets."""
    if claim.control.flow is not None:
        return flow_question(claim, inventory, wide=wide)
    return question_of(claim, inventory, wide=wide).question
