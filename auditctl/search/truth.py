"""The truth of a literal. Untrusted."""

from collections.abc import Sequence

from checkers.kernel.formula import Literal


def is_true(values: Sequence[bool], literal: Literal) -> bool:
    """Whether a literal is true, of the values of a formula's nodes."""
    return values[abs(literal)] is (literal > 0)
