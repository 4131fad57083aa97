"""Sets of strings: finite unions of IAM glob patterns, or the complement of one.

A pattern is a text in which lone surrogates stand for what is not a literal character (the strict
JSON reader refuses them in input, so that no policy can write one):

=================  ==============================================================
`STAR`             any run of characters (IAM `*`)
`ANY`              one character (IAM `?`)
`SEG_STAR`         any run without a colon (`*` inside one part of an ARN)
`SEG_ANY`          one character but a colon (`?` inside one part of an ARN)
`fold(letter)`     an ASCII letter in either case
=================  ==============================================================

Everything else matches itself, code point by code point. The automaton of a union is a bit mask of
positions; a position is the number of characters consumed. Positions of one pattern before the last
`STAR` reached are dropped: whatever they accept, the later one accepts too.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from string import ascii_lowercase

from checkers import limits
from checkers.kernel.budget import Budget
from checkers.verdict import Declined, Rejected

STAR, ANY, SEG_STAR, SEG_ANY = "\ud800", "\ud801", "\ud802", "\ud803"
_LETTERS = {chr(0xDC00 + ord(letter)): letter for letter in ascii_lowercase}  # by fold token
_FOLDED = {char: token for token, letter in _LETTERS.items() for char in (letter, letter.upper())}
_OTHER = ""  # stands for every character that no pattern at hand names
_START, _ACCEPT = "start", "accept"
_OPENING = 3  # characters: of most actions, their service
_LITERALS = re.compile(r"[^\ud800-\udfff]*")


def fold(text: str) -> str:
    """The pattern that matches `text` with its ASCII letters in either case."""
    return "".join(_FOLDED.get(c, c) for c in text)


def unfold(char: str) -> str | None:
    """The lower-case letter that a fold token stands for, None for any other character."""
    return _LETTERS.get(char)


def is_literal(pattern: str) -> bool:
    """Whether the pattern matches its own text and nothing else."""
    return pattern.isascii() or _LITERALS.fullmatch(pattern) is not None


def show(pattern: str) -> str:
    """The pattern as people write it: `*`, `?`, and letters in lower case where case is ignored."""
    names = {STAR: "*", SEG_STAR: "*", ANY: "?", SEG_ANY: "?"}
    return "".join(names.get(c) or unfold(c) or c for c in pattern)


class GlobSet:
    """A union of patterns, sorted and without duplicates, or the complement of one. Immutable."""

    def __init__(self, patterns: Iterable[str], *, complement: bool = False) -> None:
        distinct = {_plain(p) for p in patterns}
        self.patterns: tuple[str, ...] = (STAR,) if STAR in distinct else tuple(sorted(distinct))
        self.complement = complement
        self._hash = hash((self.patterns, complement))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, GlobSet) and (self.patterns, self.complement) == (other.patterns, other.complement)

    def __repr__(self) -> str:
        return ("not " if self.complement else "") + "{" + ", ".join(map(show, self.patterns)) + "}"

    @property
    def is_everything(self) -> bool:
        """Whether every string is a member by its form (a union of others may be too)."""
        return self.patterns == ((STAR,) if not self.complement else ())

    @property
    def is_nothing(self) -> bool:
        """Whether no string is a member by its form."""
        return self.patterns == (() if not self.complement else (STAR,))

    @cached_property
    def base(self) -> "GlobSet":
        """The union of the patterns, also where the set is its complement."""
        return GlobSet(self.patterns) if self.complement else self

    @cached_property
    def literals(self) -> frozenset[str]:
        """The patterns without wildcards."""
        return frozenset(filter(is_literal, self.patterns))

    @cached_property
    def wildcards(self) -> tuple[tuple[str, str, str], ...]:
        """The other patterns, each with the text that every match begins with and the longest that it has."""
        return tuple((*_head_and_core(p), p) for p in self.patterns if p not in self.literals)

    @cached_property
    def openings(self) -> frozenset[str]:
        """The first characters of the patterns, which all their words begin with; empty where they may be any."""
        found = frozenset([p[:_OPENING] for p in self.patterns])
        return found if "".join(found).isascii() else frozenset()

    @cached_property
    def automaton(self) -> "Automaton":
        """The automaton of the union (of the base, for a complement)."""
        return _automaton_of(self.patterns[0]) if len(self.patterns) == 1 else Automaton(self.patterns)

    @cached_property
    def text(self) -> str:
        """A canonical text of the set, for digests."""
        return ("~" if self.complement else "=") + "\ud8ff".join(self.patterns)

    def __contains__(self, word: str) -> bool:
        return self.has(word) is not self.complement

    def has(self, pattern: str, budget: Budget | None = None) -> bool:
        """Whether one pattern of the union surely takes every word of `pattern`; exact for a literal one."""
        if pattern in self.literals:
            return True
        budget = budget or Budget()
        budget.spend(2 * len(self.wildcards))
        for head, core, wider in self.wildcards:
            if pattern.startswith(head) and core in pattern:
                if len(wider) == len(head) + 1 and wider[-1] == STAR:
                    return True
                budget.spend(4 * len(pattern) + len(wider) ** 2 // 64)
                if _automaton_of(wider).covers(pattern, len(head)):
                    return True
        return False


def _plain(pattern: str) -> str:
    """The pattern with runs of `STAR` made one."""
    while STAR + STAR in pattern:
        pattern = pattern.replace(STAR + STAR, STAR)
    if len(pattern) > limits.MAX_PATTERN_CHARS:
        raise Declined(f"a pattern of {len(pattern)} characters; at most {limits.MAX_PATTERN_CHARS} are supported")
    return pattern


def _head_and_core(pattern: str) -> tuple[str, str]:
    """The text that every word of a pattern with a wildcard begins with, and the longest that it has."""
    if pattern[:-1].isascii():  # most have one, at the end
        return pattern[:-1], pattern[:-1]
    runs = _LITERALS.findall(pattern)
    return runs[0], max(runs, key=len)


def head_of(pattern: str) -> str:
    """The text that every word of the pattern begins with."""
    found = _LITERALS.match(pattern)
    return found[0] if found else ""


class Automaton:
    """The positions of a union of patterns, as bit masks. One step takes a character to the next mask."""

    def __init__(self, patterns: Sequence[str]) -> None:
        places: dict[str, list[int]] = {}
        self.first: dict[int, int] = {}  # from the position of a STAR to the first one of its pattern
        at = 0
        for pattern in patterns:
            first = at
            places.setdefault(_START, []).append(at)
            for token in pattern:
                places.setdefault(token, []).append(at)
                if token == STAR:
                    self.first[at] = first
                at += token not in (STAR, SEG_STAR)
            places.setdefault(_ACCEPT, []).append(at)
            at += 1
        self.size = at
        self.bits = len(places) * at
        if self.bits > limits.MAX_AUTOMATON_BITS:
            raise Declined(f"an automaton of more than {limits.MAX_AUTOMATON_BITS} bits")
        self._fill(places)

    def _fill(self, places: dict[str, list[int]]) -> None:
        masks = {token: _mask(at) for token, at in places.items()}
        self.start, self.accept = masks.pop(_START, 0), masks.pop(_ACCEPT, 0)
        self.loops, self.seg_loops = masks.pop(STAR, 0), masks.pop(SEG_STAR, 0)
        self.any, self.seg_any = masks.pop(ANY, 0), masks.pop(SEG_ANY, 0)
        self.universal = self.accept & self.loops
        self.wild = self.loops | self.seg_loops | self.any | self.seg_any
        self._names: dict[int, tuple[str, ...]] = {}
        self.chars: dict[str, int] = {}
        for token, mask in masks.items():
            letter = unfold(token)
            for char in (token,) if letter is None else (letter, letter.upper()):
                self.chars[char] = self.chars.get(char, 0) | mask

    def names(self, state: int) -> tuple[str, ...]:
        """The characters that some position of the mask names, sorted."""
        found = self._names.get(state)
        if found is None:
            found = self._names[state] = tuple(sorted(c for c, at in self.chars.items() if state & at))
        return found

    def step(self, state: int, char: str) -> int:
        """The positions after `char`; `_OTHER` is a character that no pattern names."""
        moves, stays = self.chars.get(char, 0) | self.any, self.loops
        if char != ":":
            moves |= self.seg_any
            stays |= self.seg_loops
        after = (state & moves) << 1 | state & stays
        return self.drop(state, after) if after & self.loops & ~state else after

    def drop(self, before: int, after: int) -> int:
        """`after` without the positions that a `STAR` newly reached makes superfluous."""
        reached = after & self.loops & ~before
        while reached:
            top = reached.bit_length() - 1
            lower = (1 << top) - (1 << self.first[top])
            after &= ~lower
            reached &= ~(lower | 1 << top)
        return after

    def run(self, text: str) -> int:
        """The positions after a text."""
        state = self.drop(0, self.start)
        for char in text:
            state = self.step(state, char)
            if not state:
                break
        return state

    def covers(self, pattern: str, known: int = 0) -> bool:
        """Whether one run over the symbols of `pattern` shows that every word of it is accepted.

        Sound, and exact for a literal pattern; a wildcard of `pattern` must be taken by one as wide. The
        first `known` symbols are the literal characters that the only pattern of the union begins with too.
        """
        state = 1 << known if known else self.drop(0, self.start)
        follow = self.step if is_literal(pattern) else self._absorb
        for symbol in pattern[known:]:
            state = follow(state, symbol)
            if not state:
                return False
        return bool(state & self.accept)

    def _absorb(self, state: int, symbol: str) -> int:
        """Positions that every word of the symbol leads to."""
        if not "\ud800" <= symbol <= "\udfff":
            return self.step(state, symbol)
        wide, wider = self.any | self.seg_any, self.loops | self.seg_loops
        if symbol == STAR:
            return state & self.loops
        if symbol == SEG_STAR:
            return state & wider
        if symbol == ANY:
            return (state & self.any) << 1 | state & self.loops
        letter = unfold(symbol)
        both = self.chars.get(letter, 0) & self.chars.get(letter.upper(), 0) if letter else 0
        if letter or symbol == SEG_ANY:
            return (state & (both | wide)) << 1 | state & wider
        return 0


def _mask(positions: Sequence[int]) -> int:
    """The mask with these positions, in time linear in its size."""
    bits = bytearray(positions[-1] // 8 + 1)
    for at in positions:
        bits[at >> 3] |= 1 << (at & 7)
    return int.from_bytes(bits, "little")


@lru_cache(maxsize=1 << 13)
def _automaton_of(pattern: str) -> Automaton:
    return Automaton((pattern,))


def sides(inside: Sequence[GlobSet], outside: Sequence[GlobSet]) -> tuple[list[GlobSet], list[GlobSet]]:
    """The same question without complements: in every set of the first list, in none of the second."""
    positive = [s for s in inside if not s.complement] + [s.base for s in outside if s.complement]
    negative = [s for s in outside if not s.complement] + [s.base for s in inside if s.complement]
    return positive, negative


State = tuple[int, ...]


class Product:
    """The product of automata that asks for a word in every set of `positive` and in none of `negative`.

    A state holds a mask for each automaton, the positive ones first. A state subsumes another that has
    the same positive masks or more, and the same negative masks or fewer.
    """

    def __init__(self, positive: Sequence[GlobSet], negative: Sequence[GlobSet], budget: Budget | None = None) -> None:
        budget = budget or Budget()
        self.inside = [s.automaton for s in positive or [EVERYTHING]]
        self.outside = [s.automaton for s in negative]
        self.automata = self.inside + self.outside
        size = sum(a.size for a in self.automata)
        budget.spend(sum(a.bits for a in self.automata) // 64)
        self.cost = 10 * len(self.automata) + size // 64
        self.cost_of_look = sum(len(a.chars) * (1 + a.size // 512) for a in self.inside)
        self.segments = any(a.seg_loops | a.seg_any for a in self.automata)

    def initial(self) -> State:
        """The state before the first character."""
        return tuple(a.drop(0, a.start) for a in self.automata)

    def is_accepting(self, state: State) -> bool:
        """Whether the word read so far is in every inside set and in no outside set."""
        k = len(self.inside)
        return all(m & a.accept for m, a in zip(state[:k], self.inside, strict=True)) and not any(
            m & a.accept for m, a in zip(state[k:], self.outside, strict=True)
        )

    def is_dead(self, state: State) -> bool:
        """Whether no continuation can be accepted, by the masks alone."""
        k = len(self.inside)
        return not all(state[:k]) or any(m & a.universal for m, a in zip(state[k:], self.outside, strict=True))

    def characters(self, state: State) -> list[str]:
        """The characters whose successors subsume those of all others.

        An inside mask without a wildcard dies of a character that it does not name. Otherwise a character
        that no inside mask names moves the inside as any other does, and the outside at least as far; only
        a colon can stop a mask that it does not name.
        """
        named: set[str] = set()
        for mask, automaton in zip(state, self.inside, strict=False):
            names = automaton.names(mask)
            if not mask & automaton.wild:
                return list(names)
            named.update(names)
        if self.segments:
            named.add(":")
        return [*sorted(named), _OTHER]

    def successors(self, state: State) -> Iterator[tuple[str, State]]:
        """Each character that matters with the live state that it leads to."""
        for char in self.characters(state):
            after = tuple(a.step(m, char) for m, a in zip(state, self.automata, strict=True))
            if not self.is_dead(after):
                yield char, after

    def subsumes(self, one: State, other: State) -> bool:
        """Whether `one` accepts whatever `other` accepts."""
        k = len(self.inside)
        return all(b & ~a == 0 for a, b in zip(one[:k], other[:k], strict=True)) and all(
            a & ~b == 0 for a, b in zip(one[k:], other[k:], strict=True)
        )


EVERYTHING = GlobSet((STAR,))


def check_empty(inside: Sequence[GlobSet], outside: Sequence[GlobSet], states: Sequence[State], budget: Budget) -> None:
    """Return iff no string is in every set of `inside` and in none of `outside`.

        p1 ∩ ... ∩ pk ∖ (n1 ∪ ... ∪ nm) = ∅
        -----------------------------------  glob-empty/1
        ¬(x∈p1) ∨ ... ∨ (x∈n1) ∨ ...

    `states` are product states that help: none where the checker finds all by itself, at best a set
    that is closed up to subsumption. Rejects where a string is left over, declines beyond the limits.
    """
    positive, negative = sides(inside, outside)
    if not is_covered(positive, negative, budget):
        _check_closed(Product(positive, negative, budget), states, budget)


def is_covered(positive: Sequence[GlobSet], negative: Sequence[GlobSet], budget: Budget) -> bool:
    """Whether one look at each pattern of a positive set shows that nothing is left. Sound, not complete.

    A pattern is gone when one negative set covers it or when it has no word in common with another
    positive set.
    """
    for one in positive:
        rest = [s for s in positive if s is not one]
        if all(_is_gone(p, rest, negative, budget) for p in one.patterns):
            return True
    return False


def _is_gone(pattern: str, rest: Sequence[GlobSet], negative: Sequence[GlobSet], budget: Budget) -> bool:
    budget.spend(20 * (1 + len(negative) + len(rest)))
    if any(s.has(pattern, budget) for s in negative):
        return True
    if is_literal(pattern):
        return any(not s.has(pattern, budget) for s in rest)
    budget.spend(2 * sum(len(s.patterns) for s in rest))
    return any(is_apart(s, pattern) for s in rest)


def is_apart(other: GlobSet, pattern: str) -> bool:
    """Whether no pattern of `other` can begin as `pattern` does. Sound, not complete."""
    start = head_of(pattern)
    return not any(p.startswith(start) for p in other.literals) and not any(
        head.startswith(start) or start.startswith(head) for head, _, _ in other.wildcards
    )


def is_disjoint(one: GlobSet, other: GlobSet) -> bool:
    """Whether no pattern of `other` can share a word with `one`. Neither is a complement. Sound, not complete."""
    if one.openings and other.openings and one.openings.isdisjoint(other.openings):
        return True
    if not one.literals.isdisjoint(other.literals):
        return False
    if one.wildcards and any(map(one.has, other.literals)):
        return False
    return all(is_apart(one, p) for _, _, p in other.wildcards)


def _check_closed(product: Product, states: Sequence[State], budget: Budget) -> None:
    """Return iff a set of states holds the initial one, is closed up to subsumption and does not accept.

    The set is the states given and, found on the way, those that are missing.
    """
    for state in states:
        if len(state) != len(product.automata):
            raise Rejected("a product state has the wrong number of masks")
        if any(mask >> a.size for mask, a in zip(state, product.automata, strict=True)):
            raise Rejected("a mask of a product state has a position that its automaton does not have")
    if product.is_dead(product.initial()):
        return
    closure = _Closure(product, states, budget)
    closure.reach(product.initial())
    while closure.pending:
        state = closure.pending.pop()
        budget.spend(product.cost_of_look)
        if product.is_accepting(state):
            raise Rejected("the sets of an emptiness lemma share a string")
        for _, after in product.successors(state):
            closure.reach(after)


class _Closure:
    """The states of the set so far, and those whose successors are still to be looked at."""

    def __init__(self, product: Product, states: Sequence[State], budget: Budget) -> None:
        self.product = product
        self.budget = budget
        self.pending = list(states)
        self.found = 0
        self.by_inside: dict[State, list[State]] = {}
        for state in states:
            self._alike(state).append(state)

    def _alike(self, state: State) -> list[State]:
        return self.by_inside.setdefault(state[: len(self.product.inside)], [])

    def reach(self, state: State) -> None:
        """Add a state unless one of the set subsumes it."""
        alike = self._alike(state)
        self.budget.spend(self.product.cost * (4 + len(alike)) // 4)
        if any(self.product.subsumes(one, state) for one in alike):
            return
        self.found += 1
        if self.found > limits.MAX_WALK_STATES:
            raise Declined(f"an emptiness lemma lists too few of its more than {limits.MAX_WALK_STATES} product states")
        alike.append(state)
        self.pending.append(state)
