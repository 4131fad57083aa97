"""Members of sets: a string in some glob sets and not in others, a number in some interval sets."""

from collections import deque
from collections.abc import Sequence
from fractions import Fraction

from checkers.kernel.budget import Budget
from checkers.kernel.globs import (
    ANY,
    EVERYTHING,
    SEG_ANY,
    SEG_STAR,
    STAR,
    GlobSet,
    Product,
    State,
    head_of,
    is_apart,
    is_covered,
    is_literal,
    sides,
    unfold,
)
from checkers.kernel.intervals import Cut, IntervalSet, Number
from checkers.verdict import Declined

MAX_STATES = 20_000
# Characters that stand for "any other", most legible first.
_FILLERS = "xyzabcdefghijklmnopqrstuvw0123456789-_/.ABCDEFGHIJKLMNOPQRSTUVWXYZ=+@,~!\u00e4\u4e00\u4e01\u4e02\U0001f600"


class TooLarge(Exception):
    """The search for a string was given up."""


def find_word(inside: Sequence[GlobSet], outside: Sequence[GlobSet]) -> str | None:
    """A string in every set of `inside` and none of `outside`, None if there is none. Raises TooLarge."""
    positive, negative = sides(inside, outside)
    literal = next((s for s in positive if all(is_literal(p) for p in s.patterns)), None)
    if literal is not None:
        fits = (p for p in literal.patterns if all(s.has(p) for s in positive) and not any(s.has(p) for s in negative))
        return next(fits, None)
    for one in sorted(positive, key=lambda s: len(s.patterns)) or [EVERYTHING]:
        for pattern in one.patterns:
            if any(is_apart(s, pattern) for s in positive if s is not one):
                continue
            for filler in ("example", "", "x"):
                word = instance(pattern, filler)
                if all(s.has(word) for s in positive) and not any(s.has(word) for s in negative):
                    return word
    return _walk(positive, negative)


def common_head(one: GlobSet) -> str:
    """The text that every word of the union begins with."""
    heads = sorted(head_of(p) for p in one.patterns)
    first, last = heads[0], heads[-1]
    same = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:same]


def instance(pattern: str, filler: str) -> str:
    """A member of a pattern: `filler` for each run of characters, `x` for each single one, lower-case letters."""
    stand_ins = {STAR: filler, SEG_STAR: filler, ANY: "x", SEG_ANY: "x"}
    return "".join(stand_ins[c] if c in stand_ins else unfold(c) or c for c in pattern)


def _walk(positive: Sequence[GlobSet], negative: Sequence[GlobSet]) -> str | None:
    """Breadth first over the product, so that a shortest string is found."""
    head = max(map(common_head, positive or [EVERYTHING]), key=len)
    product = Product(positive, negative)
    start = tuple(a.run(head) for a in product.automata)
    before: dict[State, tuple[State, str] | None] = {start: None}
    pending = deque([start] if not product.is_dead(start) else [])
    minimal: dict[State, list[State]] = {}
    while pending:
        state = pending.popleft()
        if product.is_accepting(state):
            return head + _spell(before, state)
        for char, after in product.successors(state):
            if after in before or _is_subsumed(product, minimal, after):
                continue
            before[after] = state, char or _filler(product, state)
            pending.append(after)
        if len(before) > MAX_STATES:
            raise TooLarge
    return None


def _is_subsumed(product: Product, minimal: dict[State, list[State]], state: State) -> bool:
    key = state[: len(product.inside)]
    found = minimal.setdefault(key, [])
    if any(product.subsumes(other, state) for other in found):
        return True
    found.append(state)
    return False


def _filler(product: Product, state: State) -> str:
    """A character that no automaton names at its present positions."""
    for char in _FILLERS:
        if not any(
            mask & automaton.chars.get(char, 0) for mask, automaton in zip(state, product.automata, strict=True)
        ):
            return char
    raise TooLarge


def _spell(before: dict[State, tuple[State, str] | None], state: State) -> str:
    chars = []
    step = before[state]
    while step is not None:
        state, char = step
        chars.append(char)
        step = before[state]
    return "".join(reversed(chars))


def is_empty(inside: Sequence[GlobSet], outside: Sequence[GlobSet]) -> bool:
    """Whether no string is left; the quick look first. Raises TooLarge."""
    positive, negative = sides(inside, outside)
    try:
        if is_covered(positive, negative, Budget()):
            return True
    except Declined:
        raise TooLarge from None
    return find_word(inside, outside) is None


def find_number(inside: Sequence[IntervalSet], outside: Sequence[IntervalSet], *, integer: bool) -> Number | None:
    """A number in every set of `inside` and none of `outside`, None if there is none."""
    cuts = sorted({c for s in (*inside, *outside) for c in s.cuts})
    for i, cut in enumerate(cuts):
        if all(s.after(cut) for s in inside) and not any(s.after(cut) for s in outside):
            return _between(cut, cuts[i + 1] if i + 1 < len(cuts) else None, integer=integer)
    if all(s.starts_inside for s in inside) and not any(s.starts_inside for s in outside):
        return cuts[0][0] - 1 if cuts else 0
    return None


_WIDE = 10**60  # wider than any span between numbers that policies write


def _between(low: Cut, high: Cut | None, *, integer: bool) -> Number:
    """A number after the cut `low` and before the cut `high`; a round one if there is room."""
    number, side = low
    if side == 0:
        return number
    if number < 0 and (high is None or high[0] > 0):
        return 0
    if high is not None and high[0] - number > _WIDE:
        return high[0] // 1 - 1
    if high is None or high[0] - number > 1:
        return int(number // 1) + 1
    if integer:
        raise ValueError("integer lines have no cuts just after a number")
    return (Fraction(number) + high[0]) / 2
