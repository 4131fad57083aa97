"""A question as an SMT-LIB 2.6 script. Untrusted.

ASCII only, and the same bytes for the same question. Every solver with the standard's theory of
strings reads it; `sat` means that the question has a model.

A variable has its own name, with characters that a symbol cannot hold percent-encoded. `x is present`
says that there is a value; `x 2` is the second one of a variable that may have many. `term 2` is a
part of the formula.

A question about packets has other variables, which `flows` describes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditctl.smt.regular import escape, print_definitions
from auditctl.smt.solvers import encoding_of

if TYPE_CHECKING:
    from checkers.cloud.network.flows import FlowQuestion
    from checkers.kernel.clauses import Question


def to_smtlib(question: Question | FlowQuestion, comment: str = "") -> str:
    """The script that asks whether the question has a model. Raises `NotExpressible`.

    Each line of the comment becomes a comment line at the top.
    """
    encoding = encoding_of(question)
    definitions, goals = print_definitions(encoding.formula)
    lines = [f"; {escape(line)}".rstrip() for line in comment.splitlines()]
    lines += ["(set-info :smt-lib-version 2.6)", f"(set-logic {encoding.logic})", "(set-info :status unknown)"]
    lines += [f"(declare-const |{s.symbol_name()}| {s.symbol_type().name})" for s in encoding.symbols()]
    lines += [*definitions, *(f"(assert {goal})" for goal in goals), "(check-sat)"]
    return "\n".join(lines) + "\n"
