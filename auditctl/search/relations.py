"""A quick look at two sets: whether one is within the other, or they share nothing. Sound, not complete."""

from collections.abc import Sequence
from typing import Any

from checkers.kernel.budget import Budget
from checkers.kernel.globs import ANY, SEG_ANY, STAR, GlobSet, head_of, is_apart, is_literal
from checkers.kernel.intervals import IntervalSet


def covers(outer: Any, inner: Any) -> bool:
    """A quick look: whether every member of `inner` is in `outer`."""
    if isinstance(outer, IntervalSet) and isinstance(inner, IntervalSet):
        return _interval_empty([inner], [outer])
    if outer.complement or inner.complement:
        return False
    budget = Budget()
    return all(outer.has(p, budget) for p in inner.patterns)


def are_apart(one: Any, two: Any) -> bool:
    """A quick look: whether the sets share nothing."""
    if isinstance(one, IntervalSet):
        return _interval_empty([one, two], [])
    if one.complement or two.complement:
        return False
    return all(not two.has(p) if is_literal(p) else is_apart(two, p) for p in one.patterns)


MAX_PAIRS = 64  # of patterns whose meets are worth listing


def meets(one: GlobSet, other: GlobSet) -> list[str] | None:
    """Patterns whose words are those of both sets, None where they are not easily written down."""
    if one.complement or other.complement or len(one.patterns) * len(other.patterns) > MAX_PAIRS:
        return None
    found = []
    for p in one.patterns:
        for q in other.patterns:
            a, b = head_of(p), head_of(q)
            if a.startswith(b) or b.startswith(a):
                both = _begins(p, q, b) or _begins(q, p, a)
                if both is None:
                    return None
                found.append(both)
    return found


def _begins(pattern: str, other: str, head: str) -> str | None:
    """The words of `pattern` that begin with `head`, if they are those of `other` and a pattern says so."""
    if other != head + STAR or len(pattern) < len(head):
        return None
    fits = all(c in {d, ANY} or (c == SEG_ANY and d != ":") for c, d in zip(pattern, head, strict=False))
    return head + pattern[len(head) :] if fits else None


def _interval_empty(inside: Sequence[IntervalSet], outside: Sequence[IntervalSet]) -> bool:
    cuts = {c for s in (*inside, *outside) for c in s.cuts}
    if all(s.starts_inside for s in inside) and not any(s.starts_inside for s in outside):
        return False
    return not any(all(s.after(c) for s in inside) and not any(s.after(c) for s in outside) for c in cuts)
