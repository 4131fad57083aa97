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

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache

from checkers import limits
from checkers.kernel.budget import Budget
from checkers.verdict import Declined, Rejected

STAR, ANY, SEG_STAR, SEG_ANY = "\ud800", "\ud801", "\ud802", "\ud803"
_FOLD = 0xDC00
_OTHER = ""  # stands for every character that no pattern at hand names
_WILD = frozenset((STAR, ANY, SEG_STAR, SEG_ANY))


def fold(text: str) -> str:
    """The pattern that matches `text` with its ASCII letters in either case."""
    return "".join(chr(_FOLD + ord(c.lower())) if c.isascii() and c.isalpha() else c for c in text)


def unfold(char: str) -> str | None:
    """The lower-case letter that a fold token stands for, None for any other character."""
    code = ord(char) - _FOLD
    return chr(code) if 97 <= code <= 122 else None


def is_literal(pattern: str) -> bool:
    """Whether the pattern matches its own text and nothing else."""
    return pattern.isascii() or not any("\ud800" <= c <= "\udfff" for c in pattern)


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
    def literals(self) -> frozenset[str]:
        """The patterns without wildcards."""
        return frozenset(p for p in self.patterns if is_literal(p))

    @cached_property
    def wildcards(self) -> tuple[tuple[str, str], ...]:
        """The other patterns, each with the text that every match begins with."""
        return tuple((_prefix(p), p) for p in self.patterns if p not in self.literals)

    @cached_property
    def automaton(self) -> "Automaton":
        """The automaton of the union (of the base, for a complement)."""
        return Automaton(self.patterns)

    @cached_property
    def text(self) -> bytes:
        """A canonical text of the set, for digests."""
        return (("~" if self.complement else "=") + "\ud8ff".join(self.patterns)).encode("utf-8", "surrogatepass")

    def __contains__(self, word: str) -> bool:
        return self.has(word) is not self.complement

    def has(self, word: str) -> bool:
        """Whether some pattern matches the word (complement or not)."""
        if word in self.literals:
            return True
        return any(word.startswith(head) and matches(p, word) for head, p in self.wildcards)


def _plain(pattern: str) -> str:
    """The pattern with runs of `STAR` made one."""
    while STAR + STAR in pattern:
        pattern = pattern.replace(STAR + STAR, STAR)
    if len(pattern) > limits.MAX_PATTERN_CHARS:
        raise Declined(f"a pattern of {len(pattern)} characters; at most {limits.MAX_PATTERN_CHARS} are supported")
    return pattern


def _prefix(pattern: str) -> str:
    for i, char in enumerate(pattern):
        if "\ud800" <= char <= "\udfff":
            return pattern[:i]
    return pattern


class Automaton:
    """The positions of a union of patterns, as bit masks. One step takes a character to the next mask."""

    __slots__ = (
        "accept",
        "any",
        "chars",
        "loops",
        "lower",
        "seg",
        "seg_any",
        "seg_loops",
        "size",
        "start",
        "universal",
    )

    def __init__(self, patterns: Sequence[str]) -> None:
        self.start = self.accept = self.loops = self.seg_loops = self.any = self.seg_any = 0
        self.chars: dict[str, int] = {}
        self.lower: dict[int, int] = {}
        self.size = 0
        for pattern in patterns:
            self._add(pattern)
        self.universal = self.accept & self.loops
        self.seg = self.seg_loops | self.seg_any

    def _add(self, pattern: str) -> None:
        first, bit = self.size, 1 << self.size
        self.start |= bit
        for char in pattern:
            if char == STAR:
                self.loops |= bit
                self.lower[bit] = bit - (1 << first)
            elif char == SEG_STAR:
                self.seg_loops |= bit
            else:
                self._token(char, bit)
                bit <<= 1
        self.accept |= bit
        self.size = bit.bit_length()

    def _token(self, char: str, bit: int) -> None:
        letter = unfold(char)
        if char == ANY:
            self.any |= bit
        elif char == SEG_ANY:
            self.seg_any |= bit
        elif letter is None:
            self.chars[char] = self.chars.get(char, 0) | bit
        else:
            self.chars[letter] = self.chars.get(letter, 0) | bit
            self.chars[letter.upper()] = self.chars.get(letter.upper(), 0) | bit

    def step(self, state: int, char: str) -> int:
        """The positions after `char`; `_OTHER` is a character that no pattern names."""
        moves, stays = self.chars.get(char, 0) | self.any, self.loops
        if char != ":":
            moves |= self.seg_any
            stays |= self.seg_loops
        return self.drop(state, (state & moves) << 1 | state & stays)

    def drop(self, before: int, after: int) -> int:
        """`after` without the positions that a `STAR` newly reached makes superfluous."""
        reached = after & self.loops & ~before
        while reached:
            bit = 1 << (reached.bit_length() - 1)
            after &= ~self.lower[bit]
            reached &= ~(self.lower[bit] | bit)
        return after

    def accepts(self, word: str) -> bool:
        """Whether some pattern of the union matches the whole word."""
        state = self.drop(0, self.start)
        for char in word:
            state = self.step(state, char)
            if not state:
                return False
        return bool(state & self.accept)

    def covers(self, pattern: str) -> bool:
        """Whether one run over the symbols of `pattern` shows that every word of it is accepted.

        Sound, not complete: a wildcard of `pattern` must be taken by a wildcard at least as wide.
        """
        state = self.start
        for symbol in pattern:
            state = self._absorb(state, symbol)
            if not state:
                return False
        return bool(state & self.accept)

    def _absorb(self, state: int, symbol: str) -> int:
        wide, wider = self.any | self.seg_any, self.loops | self.seg_loops
        letter = unfold(symbol)
        if symbol == STAR:
            return state & self.loops
        if symbol == SEG_STAR:
            return state & wider
        if symbol == ANY:
            return (state & self.any) << 1 | state & self.loops
        if symbol == SEG_ANY:
            return (state & wide) << 1 | state & wider
        if letter is not None:
            both = self.chars.get(letter, 0) & self.chars.get(letter.upper(), 0)
            return (state & (both | wide)) << 1 | state & wider
        return self.step(state, symbol)


@lru_cache(maxsize=1 << 16)
def automaton_of(pattern: str) -> Automaton:
    """The automaton of one pattern."""
    return Automaton((pattern,))


@lru_cache(maxsize=1 << 16)
def matches(pattern: str, word: str) -> bool:
    """Whether the pattern matches the whole word."""
    return automaton_of(pattern).accepts(word)


State = tuple[int, ...]


def sides(inside: Sequence[GlobSet], outside: Sequence[GlobSet]) -> tuple[list[GlobSet], list[GlobSet]]:
    """The same question without complements: in every set of the first list, in none of the second."""
    positive = [s for s in inside if not s.complement] + [_base(s) for s in outside if s.complement]
    negative = [s for s in outside if not s.complement] + [_base(s) for s in inside if s.complement]
    return positive, negative


def _base(one: GlobSet) -> GlobSet:
    return GlobSet(one.patterns)


class Product:
    """The product of automata that asks: is a word in every set of `positive` and in none of `negative`?

    A state holds a mask for each automaton, the positive ones first. A state subsumes another that has
    the same positive masks or more, and the same negative masks or fewer.
    """

    def __init__(self, positive: Sequence[GlobSet], negative: Sequence[GlobSet]) -> None:
        self.inside = [s.automaton for s in positive or [EVERYTHING]]
        self.outside = [s.automaton for s in negative]
        self.automata = self.inside + self.outside
        self.cost = 10 * len(self.automata) + sum(a.size for a in self.automata) // 64
        self.segments = any(a.seg for a in self.automata)

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

        A character that no inside mask names moves the inside as any other does, and the outside at
        least as far; only a colon can stop a mask that it does not name.
        """
        named = {c for m, a in zip(state, self.inside, strict=False) for c, at in a.chars.items() if m & at}
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

    `states` is empty, or a set of product states that is closed up to subsumption. Rejects where a
    string is left over, declines beyond the limits.
    """
    positive, negative = sides(inside, outside)
    if not states and is_covered(positive, negative, budget):
        return
    product = Product(positive, negative)
    if states:
        _check_closed(product, states, budget)
    else:
        _walk(product, budget)


def is_covered(positive: Sequence[GlobSet], negative: Sequence[GlobSet], budget: Budget) -> bool:
    """Whether one look at each pattern of a positive set shows that nothing is left. Sound, not complete.

    A pattern is gone when one negative set covers it or when it has no word in common with another
    positive set.
    """
    for one in positive:
        rest = [s for s in positive if s is not one]
        budget.spend(20 * len(one.patterns) * (1 + len(negative) + len(rest)))
        if all(_is_gone(p, rest, negative, budget) for p in one.patterns):
            return True
    return False


def _is_gone(pattern: str, rest: Sequence[GlobSet], negative: Sequence[GlobSet], budget: Budget) -> bool:
    if is_literal(pattern):
        return any(s.has(pattern) for s in negative) or any(not s.has(pattern) for s in rest)
    return any(is_superset(s, pattern, budget) for s in negative) or any(is_apart(s, pattern) for s in rest)


def is_superset(cover: GlobSet, pattern: str, budget: Budget) -> bool:
    """Whether one pattern of `cover` takes every word of `pattern`. Sound, not complete."""
    if pattern in cover.literals:
        return True
    budget.spend(2 * len(cover.wildcards))
    return any(pattern.startswith(head) and automaton_of(p).covers(pattern) for head, p in cover.wildcards)


def is_apart(other: GlobSet, pattern: str) -> bool:
    """Whether no pattern of `other` can begin as `pattern` does. Sound, not complete."""
    start = _prefix(pattern)
    return not any(p.startswith(start) for p in other.literals) and not any(
        head.startswith(start) or start.startswith(head) for head, _ in other.wildcards
    )


def _check_closed(product: Product, states: Sequence[State], budget: Budget) -> None:
    """Return iff the listed states cover the initial one, none accepts, and they are closed."""
    if len(states) > limits.MAX_LISTED_STATES:
        raise Declined(f"{len(states)} product states are listed; at most {limits.MAX_LISTED_STATES} are supported")
    if any(len(s) != len(product.automata) for s in states):
        raise Rejected("a product state has the wrong number of masks")
    listed = _Covering(product, budget)
    for state in states:
        listed.add(state)
    if not product.is_dead(product.initial()) and not listed.covers(product.initial()):
        raise Rejected("the listed product states do not contain the initial one")
    for state in states:
        budget.spend(product.cost)
        if product.is_accepting(state):
            raise Rejected("the sets of an emptiness lemma share a string")
        for _, after in product.successors(state):
            budget.spend(product.cost)
            if not listed.covers(after):
                raise Rejected("the listed product states are not closed")


def _walk(product: Product, budget: Budget) -> None:
    """Return iff no accepting state is reached; the states met first subsume what they can."""
    seen = _Covering(product, budget)
    pending = [product.initial()]
    count = 0
    while pending:
        state = pending.pop()
        if product.is_dead(state) or seen.covers(state):
            continue
        seen.add(state)
        count += 1
        if count > limits.MAX_WALK_STATES:
            raise Declined(f"an emptiness lemma needs more than {limits.MAX_WALK_STATES} product states and lists none")
        if product.is_accepting(state):
            raise Rejected("the sets of an emptiness lemma share a string")
        for _, after in product.successors(state):
            budget.spend(product.cost)
            pending.append(after)


class _Covering:
    """A set of product states that is asked whether it subsumes another state."""

    def __init__(self, product: Product, budget: Budget) -> None:
        self.product = product
        self.budget = budget
        self.by_inside: dict[State, list[State]] = {}

    def add(self, state: State) -> None:
        self.by_inside.setdefault(state[: len(self.product.inside)], []).append(state)

    def covers(self, state: State) -> bool:
        same = self.by_inside.get(state[: len(self.product.inside)], ())
        self.budget.spend(self.product.cost * len(same) // 4)
        return any(self.product.subsumes(s, state) for s in same)
