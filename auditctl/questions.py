"""`auditctl smt`: the question of one claim as SMT-LIB.

Untrusted.
"""

from auditctl import __version__
from auditctl.names import UnknownName
from auditctl.smt import NotExpressible, to_smtlib
from auditctl.subject import Subject, select
from checkers.cloud.claims import question_of
from checkers.cloud.words import claim_in_words
from checkers.verdict import Declined


def smt_script(subject: Subject, named: tuple[str, str], *, wide: bool) -> str:
    """The script for the claim of a control and a target. Raises `Declined` where there is none."""
    claims = select(subject, *named)
    if len(claims) > 1:
        raise UnknownName(f"{named[1]} names {len(claims)} targets of {named[0]}, one is expected")
    claim = claims[0]
    if claim.control.path is not None:
        raise Declined("a claim about chains has a question for each step, not one")
    side = "wide" if wide else "narrow"
    comment = "\n".join((f"auditctl {__version__}", f"{claim.control.id} on {claim.target.id}", claim_in_words(claim)))
    try:
        return to_smtlib(question_of(claim, subject.inventory, wide=wide).question, f"{comment}\n{side} side")
    except NotExpressible as error:
        raise Declined(str(error)) from None
