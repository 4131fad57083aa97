"""Sets that depend on other variables: patterns with holes.

A template is a union of patterns in which a hole stands for the text of another variable
(`${aws:username}` in a Resource). A hole whose variable has no value is filled by its default;
without a default the pattern matches nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from checkers import limits
from checkers.kernel.budget import Budget
from checkers.kernel.globs import GlobSet, fold, is_literal
from checkers.verdict import Declined

if TYPE_CHECKING:
    from checkers.kernel.formula import Variable

_HOLE, _FOLDED_HOLE = 0xD900, 0xDA00


@dataclass(frozen=True, slots=True)
class Hole:
    """A variable whose text is put into a pattern, and the text that is put there when it has none."""

    variable: "Variable"
    default: str | None


@dataclass(frozen=True, slots=True)
class Template:
    """A union of patterns with holes, or the complement of one. `hole(i)` marks hole number i."""

    patterns: tuple[str, ...]
    holes: tuple[Hole, ...]
    complement: bool

    def __post_init__(self) -> None:
        longest = max(map(len, self.patterns), default=0)
        if longest > limits.MAX_PATTERN_CHARS:
            raise Declined(f"a pattern of {longest} characters; at most {limits.MAX_PATTERN_CHARS} are supported")

    @property
    def text(self) -> str:
        """A canonical text of the template, for digests."""
        return repr((self.complement, self.patterns, [(h.variable.name, h.default) for h in self.holes]))

    @property
    def is_bare(self) -> bool:
        """Whether the set is exactly the value of its one hole."""
        return self.patterns == (hole(0),) and not self.complement and self.holes[0].default is None


def hole(index: int, *, folded: bool = False) -> str:
    """The mark of hole number `index`; `folded` where letters match in either case."""
    if index >= limits.MAX_HOLES:
        raise Declined(f"more than {limits.MAX_HOLES} policy variables in one element")
    return chr((_FOLDED_HOLE if folded else _HOLE) + index)


def is_hole(token: str) -> bool:
    """Whether a character of a pattern marks a hole."""
    return _HOLE <= ord(token) < _FOLDED_HOLE + limits.MAX_HOLES


def substitute(template: Template, choices: Sequence[GlobSet], budget: Budget | None = None) -> GlobSet:
    """The set in which hole i is filled by any pattern of `choices[i]`. No choice is a complement."""
    budget = budget or Budget()
    found: list[str] = []
    for pattern in template.patterns:
        used = [i for i in range(len(choices)) if hole(i) in pattern or hole(i, folded=True) in pattern]
        for filling in product(*(choices[i].patterns for i in used)):
            if len(found) >= limits.MAX_SUBSTITUTED_PATTERNS:
                raise Declined(f"filling holes makes more than {limits.MAX_SUBSTITUTED_PATTERNS} patterns")
            found.append(_fill(pattern, used, filling))
            budget.spend(20 + len(found[-1]))
    return GlobSet(found, complement=template.complement)


def _fill(pattern: str, used: Sequence[int], filling: Sequence[str]) -> str:
    for i, text in zip(used, filling, strict=True):
        pattern = pattern.replace(hole(i), text).replace(hole(i, folded=True), fold(text))
    return pattern


def substitute_words(template: Template, values: Sequence[Sequence[object]], budget: Budget | None = None) -> GlobSet:
    """The set under concrete values of the holes: one text each, or none."""
    words = [GlobSet([str(v[0])]) if len(v) == 1 else absent(h) for h, v in zip(template.holes, values, strict=True)]
    return substitute(template, words, budget)


def absent(one: Hole) -> GlobSet:
    """What fills a hole whose variable has no value."""
    return GlobSet([] if one.default is None else [one.default])


def is_word(choice: GlobSet) -> bool:
    """Whether the set has exactly one string."""
    return not choice.complement and len(choice.patterns) == 1 and is_literal(choice.patterns[0])
