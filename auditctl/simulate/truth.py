"""The truth of the nodes of a formula for one request, where not everything is known before a plan is applied.

Untrusted. Whether a pattern with an unknown value takes a text is a flag of the formula that no request has: what
hangs on one is neither true nor false.
"""

from collections.abc import Mapping, Sequence

from checkers.cloud.open_sets import OpenFormula, limits_of
from checkers.kernel.formula import Atom, Formula, Literal, Theory

Truth = bool | None
Assignment = Mapping[str, tuple[object, ...]]


def truths(formula: Formula, assignment: Assignment) -> Sequence[Truth]:
    """The truth of every node, by number; None where it hangs on what is not known."""
    plain = formula.evaluate(assignment)  # type: ignore[arg-type]  # what `assignment_of` gives
    if not isinstance(formula, OpenFormula):
        return plain
    found: list[Truth] = list(plain)
    for number, node in enumerate(formula.nodes):
        if isinstance(node, Atom):
            variable = node.variable
            if variable.theory is Theory.FLAG and variable.name not in assignment:
                found[number] = None
        elif node:
            found[number] = _all([truth(found, literal) for literal in node])
    return found


def truth(values: Sequence[Truth], literal: Literal) -> Truth:
    """The truth of a literal."""
    value = values[abs(literal)]
    return value if value is None or literal > 0 else not value


def is_within(formula: Formula, values: Sequence[Truth]) -> bool:
    """Whether nothing of the request hangs on what is not known, on the side that says what surely is allowed."""
    return all(truth(values, literal) is True for literal in limits_of(formula))


def _all(values: Sequence[Truth]) -> Truth:
    if False in values:
        return False
    return None if None in values else True
