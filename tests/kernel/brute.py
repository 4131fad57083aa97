"""Sets and questions over a tiny alphabet, decided by enumeration. Nothing of the kernel is used to decide."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from checkers.kernel.formula import Arity, Atom, Theory, Variable
from checkers.kernel.globs import ANY, SEG_ANY, SEG_STAR, STAR, GlobSet, fold
from checkers.kernel.intervals import IntervalSet
from checkers.kernel.links import Template, hole

ALPHABET = "ab:"
WORDS = tuple("".join(w) for size in range(6) for w in itertools.product(ALPHABET, repeat=size))
SHORT = tuple(w for w in WORDS if len(w) <= 2)
TOKENS = ("a", "b", ":", STAR, ANY, SEG_STAR, SEG_ANY, fold("a"))
_EXPRESSIONS = {
    STAR: ".*",
    ANY: ".",
    SEG_STAR: "[^:]*",
    SEG_ANY: "[^:]",
    **{fold(c): f"[{c}{c.upper()}]" for c in "abx"},
}


def matches(pattern: str, word: str) -> bool:
    """Whether a pattern matches a word, by a regular expression."""
    expression = "".join(_EXPRESSIONS.get(token) or re.escape(token) for token in pattern)
    return re.fullmatch(expression, word, re.DOTALL) is not None


def has(one: GlobSet, word: str) -> bool:
    """Membership, complement included."""
    return any(matches(p, word) for p in one.patterns) is not one.complement


def left_over(inside: Sequence[GlobSet], outside: Sequence[GlobSet], words: Sequence[str] = WORDS) -> list[str]:
    """The words in every set of `inside` and in none of `outside`."""
    return [w for w in words if all(has(s, w) for s in inside) and not any(has(s, w) for s in outside)]


patterns = st.lists(st.sampled_from(TOKENS), max_size=4).map("".join)
unions = st.lists(patterns, max_size=3).map(GlobSet)
glob_sets = st.builds(lambda ps, c: GlobSet(ps, complement=c), st.lists(patterns, max_size=3), st.booleans())


# Questions: the values that a variable may have, and the truth of atoms under them.

NUMBERS = (-1, 0, 1, 2)
DOMAINS: Mapping[Theory, tuple[Any, ...]] = {
    Theory.GLOBS: ("", "a", "b", "ab"),
    Theory.INTERVALS: NUMBERS,
    Theory.FLAG: (False, True),
}


def values_of(variable: Variable) -> list[tuple[Any, ...]]:
    """Every choice of values for a variable, out of a small domain."""
    single = [(v,) for v in DOMAINS[variable.theory]]
    if variable.arity is Arity.ONE:
        return single
    if variable.arity is Arity.OPTIONAL:
        return [(), *single]
    return [(), *single, *itertools.combinations(DOMAINS[variable.theory], 2)]


def assignments(variables: Sequence[Variable]) -> Iterator[dict[str, tuple[Any, ...]]]:
    """Every assignment of the variables."""
    for choice in itertools.product(*map(values_of, variables)):
        yield {v.name: values for v, values in zip(variables, choice, strict=True)}


def is_true(atom: Atom, assignment: Mapping[str, tuple[Any, ...]]) -> bool:
    """Whether some value of the atom's variable is in its set."""
    return any(_contains(atom.set, value, assignment) for value in assignment[atom.variable.name])


def _contains(chosen: Any, value: Any, assignment: Mapping[str, tuple[Any, ...]]) -> bool:
    if chosen is None:
        return value is True
    if isinstance(chosen, Template):
        return has(_filled(chosen, assignment), value)
    if isinstance(chosen, IntervalSet):
        return _number_in(chosen, value)
    return has(chosen, value)


def _filled(template: Template, assignment: Mapping[str, tuple[Any, ...]]) -> GlobSet:
    found = []
    for pattern in template.patterns:
        text: str | None = pattern
        for i, one in enumerate(template.holes):
            values = assignment[one.variable.name]
            word = values[0] if len(values) == 1 else one.default
            if text is None or (word is None and (hole(i) in text or hole(i, folded=True) in text)):
                text = None
            elif word is not None:
                text = text.replace(hole(i), word).replace(hole(i, folded=True), fold(word))
        found += [] if text is None else [text]
    return GlobSet(found, complement=template.complement)


def _number_in(one: IntervalSet, value: int) -> bool:
    inside = one.starts_inside
    for number, side in one.cuts:
        if value > number or (value == number and side == 0):
            inside = not inside
    return inside
