"""Questions as SMT problems, of strings or of packets: as SMT-LIB text, and decided by Z3 and cvc5.

Untrusted, and a second opinion: the encoding shares nothing with the checker's automata. Import
this package where it is used: it imports pySMT, which imports Z3. cvc5 is imported when it is asked.
"""

from auditctl.smt.bounded import Bounded
from auditctl.smt.encode import Encoding, NotExpressible, Slot, encode
from auditctl.smt.flows import encode_flow
from auditctl.smt.smtlib import to_smtlib
from auditctl.smt.solvers import SOLVERS, Answer, Status, available, decide_cvc5, decide_z3

__all__ = [
    "SOLVERS",
    "Answer",
    "Bounded",
    "Encoding",
    "NotExpressible",
    "Slot",
    "Status",
    "available",
    "decide_cvc5",
    "decide_z3",
    "encode",
    "encode_flow",
    "to_smtlib",
]
