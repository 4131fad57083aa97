"""Witnesses: an assignment under which the question is true."""

from checkers.kernel.clauses import Question
from checkers.kernel.formula import Arity, Assignment
from checkers.verdict import Rejected


def check_witness(question: Question, assignment: Assignment) -> None:
    """Return iff the assignment is one of the question's variables and makes the question true.

    α(F) = true
    -----------  witness/1
    F has a model
    """
    for variable in question.formula.variables():
        count = len(assignment.get(variable.name, ()))
        if variable.arity is Arity.ONE and count != 1:
            raise Rejected(f"the witness gives {count} values to {variable.name}, which has exactly one")
        if variable.arity is Arity.OPTIONAL and count > 1:
            raise Rejected(f"the witness gives {count} values to {variable.name}, which has at most one")
    if not question.holds_for(assignment):
        raise Rejected("the question is false for the witness")
