"""Witnesses: an assignment under which the question is true."""

from fractions import Fraction

from checkers.kernel.budget import Budget
from checkers.kernel.clauses import Question
from checkers.kernel.formula import Arity, Assignment, Theory, Values, Variable
from checkers.verdict import Rejected

_TYPES = {Theory.GLOBS: (str,), Theory.INTERVALS: (int, Fraction), Theory.FLAG: (bool,)}


def check_witness(question: Question, assignment: Assignment) -> None:
    """Return iff the assignment is one of the question's variables and makes the question true.

    α(F) = true
    -----------  witness/1
    F has a model
    """
    known: dict[str, Variable] = {}
    for variable in question.formula.variables():
        if known.setdefault(variable.name, variable) != variable:
            raise Rejected(f"the witness gives one value to two variables that are called {variable.name}")
        _check_values(variable, assignment.get(variable.name, ()))
    if not question.holds_for(assignment, Budget()):
        raise Rejected("the question is false for the witness")


def _check_values(variable: Variable, values: Values) -> None:
    count = len(values)
    if variable.arity is Arity.ONE and count != 1:
        raise Rejected(f"the witness gives {count} values to {variable.name}, which has exactly one")
    if variable.arity is Arity.OPTIONAL and count > 1:
        raise Rejected(f"the witness gives {count} values to {variable.name}, which has at most one")
    if any(type(v) not in _TYPES[variable.theory] for v in values):
        raise Rejected(f"the witness gives {variable.name} a value of another type")
