"""Glob sets against enumeration, laws, and the rule `glob-empty/1`."""

import contextlib
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditctl.search.words import find_word
from checkers import limits
from checkers.kernel.budget import Budget
from checkers.kernel.globs import (
    ANY,
    EVERYTHING,
    SEG_ANY,
    SEG_STAR,
    STAR,
    Automaton,
    GlobSet,
    Product,
    check_empty,
    fold,
    head_of,
    is_apart,
    is_covered,
    is_disjoint,
    is_literal,
    show,
    sides,
    unfold,
)
from checkers.verdict import Declined, Rejected
from kernel.brute import SHORT, WORDS, glob_sets, has, left_over, matches, patterns, unions

SMILE = "\U0001f600"


def literal_or(*patterns: str, complement: bool = False) -> GlobSet:
    """A set from patterns as people write them."""
    return GlobSet([p.replace("*", STAR).replace("?", ANY) for p in patterns], complement=complement)


def is_empty(inside: list[GlobSet], outside: list[GlobSet], states: Any = ()) -> bool:
    try:
        check_empty(inside, outside, states, Budget())
    except Rejected:
        return False
    return True


# Membership.


@pytest.mark.parametrize(
    ("pattern", "inside", "outside"),
    [
        pytest.param(
            "",
            [
                "",
            ],
            ["a"],
            id="the empty pattern is the empty word alone",
        ),
        pytest.param(
            "a" + STAR, ["a", "ab", "a:\n"], ["", "ba"], id="a star takes any run, colons and newlines included"
        ),
        pytest.param(STAR + STAR, ["", "x"], [], id="adjacent stars are one"),
        pytest.param("a" + STAR + STAR + STAR + "b", ["ab", "axb"], ["a", "b"], id="three stars are one"),
        pytest.param(STAR + ANY + STAR, ["a", "ab"], [""], id="a question mark between stars needs a character"),
        pytest.param(
            ANY, [SMILE, ":", "\n"], ["", "ab"], id="a question mark takes one code point, also beyond the BMP"
        ),
        pytest.param("*", ["*"], ["", "a"], id="a star of the input is a character"),
        pytest.param("a?", ["a?"], ["ab"], id="a question mark of the input is a character"),
        pytest.param(SEG_STAR, ["", "ab"], [":", "a:"], id="a star within a part stops at a colon"),
        pytest.param(SEG_ANY, ["a", SMILE], ["", ":"], id="a question mark within a part is no colon"),
        pytest.param(
            "a" + SEG_STAR + STAR, ["a", "a:b"], ["b"], id="a star right after one within a part takes the rest"
        ),
        pytest.param(fold("Ab1"), ["ab1", "AB1", "aB1"], ["ab", "ab1x"], id="a folded text matches in either case"),
        pytest.param(fold("\u00e9"), ["\u00e9"], ["\u00c9"], id="letters outside ASCII are not folded"),
        pytest.param(SMILE + STAR, [SMILE], ["\ud83d"], id="a character beyond the BMP is one character"),
    ],
)
def test_membership(pattern: str, inside: list[str], outside: list[str]) -> None:
    one = GlobSet([pattern])
    assert [w for w in inside if w not in one] == []
    assert [w for w in outside if w in one] == []
    assert [w for w in inside if w in GlobSet([pattern], complement=True)] == []


@given(glob_sets)
def test_membership_is_that_of_regular_expressions(one: GlobSet) -> None:
    assert [w for w in WORDS if (w in one) is not has(one, w)] == []


@given(glob_sets)
def test_everything_and_nothing_are_told_by_form_only_where_they_are(one: GlobSet) -> None:
    assert not one.is_everything or all(has(one, w) for w in WORDS)
    assert not one.is_nothing or not any(has(one, w) for w in WORDS)


def test_everything_and_nothing_by_form() -> None:
    forms = [(EVERYTHING, True, False), (GlobSet([]), False, True)]
    forms += [(GlobSet([STAR, "a"], complement=True), False, True), (GlobSet([], complement=True), True, False)]
    assert [(s.is_everything, s.is_nothing) for s, _, _ in forms] == [(e, n) for _, e, n in forms]


@given(patterns)
def test_what_is_shown_has_no_token(pattern: str) -> None:
    assert is_literal(show(pattern))
    assert is_literal(pattern) is (show(pattern) == pattern and "*" not in show(pattern) and "?" not in show(pattern))


def test_equality_is_by_patterns_and_complement() -> None:
    one = GlobSet(["b", "a", "a"])
    assert one == GlobSet(["a", "b"])
    assert hash(one) == hash(GlobSet(["a", "b"]))
    assert one != GlobSet(["a", "b"], complement=True)
    assert one != ("a", "b")
    assert one == one  # noqa: PLR0124  the short cut for the same object
    assert repr(GlobSet(["a" + STAR], complement=True)) == "not {a*}"
    assert one.text != GlobSet(["a", "b"], complement=True).text


def test_a_token_is_a_letter_or_none() -> None:
    assert [unfold(c) for c in (fold("Q"), "q", STAR, "\U0001f600")] == ["q", None, None, None]


# Laws.


@given(unions, unions)
def test_intersection_commutes(one: GlobSet, two: GlobSet) -> None:
    assert is_empty([one, two], []) is is_empty([two, one], [])


@given(glob_sets)
def test_a_set_less_itself_is_empty(one: GlobSet) -> None:
    assert is_empty([one], [one])


@given(glob_sets)
def test_a_set_and_its_complement_share_nothing(one: GlobSet) -> None:
    assert is_empty([one, GlobSet(one.patterns, complement=not one.complement)], [])


@given(glob_sets)
def test_a_set_and_its_complement_are_everything(one: GlobSet) -> None:
    assert is_empty([], [one, GlobSet(one.patterns, complement=not one.complement)])


@given(glob_sets)
def test_membership_and_its_denial_change_sides_with_the_complement(one: GlobSet) -> None:
    other = GlobSet(one.patterns, complement=not one.complement)
    assert sides([one], []) == sides([], [other])


@given(unions, unions)
def test_a_union_covers_its_parts(one: GlobSet, two: GlobSet) -> None:
    assert is_empty([one], [GlobSet([*one.patterns, *two.patterns])])


@given(unions, unions, unions)
def test_inclusion_is_transitive(one: GlobSet, two: GlobSet, three: GlobSet) -> None:
    if is_empty([one], [two]) and is_empty([two], [three]):
        assert is_empty([one], [three])


@given(unions, unions)
def test_a_pattern_that_is_covered_has_no_word_outside(one: GlobSet, cover: GlobSet) -> None:
    for pattern in one.patterns:
        if cover.has(pattern):
            assert [w for w in WORDS if matches(pattern, w) and not has(cover, w)] == []


@given(unions, unions)
def test_a_pattern_that_is_apart_shares_no_word(one: GlobSet, other: GlobSet) -> None:
    for pattern in one.patterns:
        if is_apart(other, pattern):
            assert [w for w in WORDS if matches(pattern, w) and has(other, w)] == []


@given(st.lists(unions, min_size=1, max_size=3), st.lists(unions, max_size=3))
def test_one_look_never_calls_a_set_empty_that_is_not(inside: list[GlobSet], outside: list[GlobSet]) -> None:
    if is_covered(inside, outside, Budget()):
        assert left_over(inside, outside) == []


@given(patterns)
def test_every_word_of_a_pattern_begins_with_its_head(pattern: str) -> None:
    assert all(w.startswith(head_of(pattern)) for w in WORDS if matches(pattern, w))


@given(unions, st.lists(st.sampled_from("ab:"), max_size=5).map("".join))
def test_a_run_over_a_text_ends_where_the_text_is_accepted(one: GlobSet, word: str) -> None:
    assert bool(one.automaton.run(word) & one.automaton.accept) is has(one, word)


@given(unions, unions)
def test_disjoint_sets_share_no_word(one: GlobSet, other: GlobSet) -> None:
    if is_disjoint(one, other):
        assert [w for w in WORDS if has(one, w) and has(other, w)] == []


@given(st.lists(unions, min_size=1, max_size=2), unions, st.data())
def test_a_character_that_is_left_out_leads_to_no_more(
    inside: list[GlobSet], outside: GlobSet, data: st.DataObject
) -> None:
    product = Product(inside, [outside])
    state = data.draw(st.tuples(*[st.integers(0, (1 << a.size) - 1) for a in product.automata]))
    named = product.characters(state)
    after = {c: tuple(a.step(m, c) for m, a in zip(state, product.automata, strict=True)) for c in [*named, *"abA:x"]}
    reached = {w for c in named for w in accepted_from(product, after[c])}
    for char in "abA:x":
        assert set(accepted_from(product, after[char])) <= reached


@given(unions, st.lists(st.sampled_from("ab:x"), max_size=6).map("".join))
def test_dropping_positions_keeps_the_language(one: GlobSet, word: str) -> None:
    automaton = one.automaton
    kept = dropped = automaton.start
    dropped = automaton.drop(0, dropped)
    for char in word:
        moves, stays = automaton.chars.get(char, 0) | automaton.any, automaton.loops
        if char != ":":
            moves, stays = moves | automaton.seg_any, stays | automaton.seg_loops
        kept = (kept & moves) << 1 | kept & stays
        dropped = automaton.step(dropped, char)
        assert dropped & ~kept == 0
    assert bool(kept & automaton.accept) is bool(dropped & automaton.accept)


def test_a_token_that_is_none_is_covered_by_nothing() -> None:
    assert not EVERYTHING.automaton.covers("\ud900")


# The rule glob-empty/1.


@settings(max_examples=600)
@given(st.lists(glob_sets, max_size=3), st.lists(glob_sets, max_size=3))
def test_emptiness_is_accepted_iff_no_word_is_left(inside: list[GlobSet], outside: list[GlobSet]) -> None:
    if is_empty(inside, outside):
        assert left_over(inside, outside) == []
    else:
        word = find_word(inside, outside)
        assert word is not None, "rejected, but no word is left"
        assert all(has(s, word) for s in inside)
        assert not any(has(s, word) for s in outside)


ARNS = GlobSet([f"arn:{SEG_STAR}:iam::1:{STAR}"])

EMPTY = [
    pytest.param([literal_or("a*")], [literal_or("*")], id="everything covers"),
    pytest.param([literal_or("ab")], [literal_or("a?")], id="a question mark covers a character"),
    pytest.param([literal_or("a?")], [literal_or("a*")], id="a star covers a question mark"),
    pytest.param([literal_or("a*", "b*")], [literal_or("a*"), literal_or("b*")], id="two sets cover one together"),
    pytest.param([literal_or("a*"), literal_or("b*")], [], id="different beginnings are apart"),
    pytest.param([literal_or("*a"), literal_or("*b")], [], id="different endings are apart"),
    pytest.param([literal_or("?")], [literal_or("a"), literal_or("a", complement=True)], id="a set and its complement"),
    pytest.param([], [literal_or("", "?*")], id="the empty word and all others are everything"),
    pytest.param([GlobSet([])], [], id="no pattern at all"),
    pytest.param(
        [GlobSet([SEG_STAR])], [GlobSet(["", SEG_ANY + SEG_STAR])], id="within a part, first character or none"
    ),
    pytest.param([GlobSet([fold("ab")])], [GlobSet([fold("a") + ANY])], id="a question mark covers either case"),
    pytest.param([GlobSet(["A"])], [GlobSet([fold("a")])], id="either case covers one"),
    pytest.param([GlobSet([fold("a")])], [GlobSet(["a"]), GlobSet(["A"])], id="both cases cover either"),
    pytest.param(
        [ARNS, GlobSet([f"arn:{SEG_STAR}:iam::2:{STAR}"])], [], id="two accounts, with stars in the partition"
    ),
    pytest.param([literal_or("a*b", "ab")], [literal_or("a*b")], id="a literal that a wildcard takes"),
    pytest.param([GlobSet([ANY])], [GlobSet([SEG_ANY]), GlobSet([":"])], id="any character is a colon or is not"),
    pytest.param(
        [literal_or("a*"), literal_or("ab", "b")], [literal_or("a*b")], id="a literal outside another positive set"
    ),
]


@pytest.mark.parametrize(("inside", "outside"), EMPTY)
def test_accepted(inside: list[GlobSet], outside: list[GlobSet]) -> None:
    assert left_over(inside, outside) == []
    check_empty(inside, outside, (), Budget())
    listed = closure_of(inside, outside)
    check_empty(inside, outside, listed, Budget())


NOT_EMPTY = [
    pytest.param([literal_or("*")], [literal_or("a*")], id="more than what covers"),
    pytest.param([GlobSet([ANY])], [GlobSet([SEG_ANY])], id="a colon is a character but not one within a part"),
    pytest.param(
        [GlobSet([STAR])], [GlobSet([SEG_STAR])], id="a star crosses the colon that one within a part does not"
    ),
    pytest.param([literal_or("a*")], [literal_or("a?*")], id="the star may be empty"),
    pytest.param([literal_or("a?")], [literal_or("aa", "ab")], id="a character that nobody names is left"),
    pytest.param([GlobSet([fold("a")])], [GlobSet(["a"])], id="the upper case is left"),
    pytest.param([GlobSet([fold("a")]), GlobSet(["A"])], [], id="the upper case is shared"),
    pytest.param([GlobSet(["a" + fold("a")])], [GlobSet([ANY + "a"])], id="the upper case behind a wildcard is left"),
    pytest.param([], [], id="no set at all leaves everything"),
    pytest.param([], [literal_or("?*")], id="the empty word is left"),
    pytest.param([literal_or("a*"), literal_or("*b")], [literal_or("a?*b")], id="ab is left"),
    pytest.param([literal_or("*a*"), literal_or("*b*")], [literal_or("*a*b*")], id="ba is left"),
    pytest.param([GlobSet([f"a{SEG_STAR}:b"])], [GlobSet([f"a{STAR}x:b"])], id="the part before the colon is not x"),
    pytest.param([literal_or("a")], [literal_or("a", complement=True)], id="not in the complement is in the set"),
    pytest.param([literal_or("a", complement=True)], [literal_or("b")], id="a complement has most words"),
    pytest.param([GlobSet([":"]), GlobSet([ANY])], [GlobSet([SEG_STAR])], id="only a colon is left"),
]


@pytest.mark.parametrize(("inside", "outside"), NOT_EMPTY)
def test_rejected(inside: list[GlobSet], outside: list[GlobSet]) -> None:
    with pytest.raises(Rejected, match="share a string"):
        check_empty(inside, outside, (), Budget())
    with pytest.raises(Rejected, match="share a string"):
        check_empty(inside, outside, closure_of(inside, outside), Budget())


# Product states in a certificate.


def closure_of(inside: list[GlobSet], outside: list[GlobSet]) -> list[tuple[int, ...]]:
    """Every live product state that can be reached."""
    product = Product(*sides(inside, outside))
    found, pending = [], [product.initial()]
    while pending:
        state = pending.pop()
        if state not in found and not product.is_dead(state):
            found.append(state)
            pending += [after for _, after in product.successors(state)]
    return found


TOGETHER = ([literal_or("a?*", "b*")], [literal_or("a*x", "a*y"), literal_or("?", complement=True), literal_or("b*")])
HALVES = ([literal_or("*a"), literal_or("a*", "b*")], [literal_or("a*"), literal_or("b*a")])


def test_states_that_are_listed_save_the_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_WALK_STATES", 0)
    inside, outside = HALVES
    with pytest.raises(Declined, match="lists too few"):
        check_empty(inside, outside, (), Budget())
    check_empty(inside, outside, closure_of(inside, outside), Budget())


@pytest.mark.parametrize("missing", range(3))
def test_a_state_that_is_missing_is_found_or_declined(monkeypatch: pytest.MonkeyPatch, missing: int) -> None:
    inside, outside = HALVES
    listed = closure_of(inside, outside)
    del listed[missing % len(listed)]
    check_empty(inside, outside, listed, Budget())
    monkeypatch.setattr(limits, "MAX_WALK_STATES", 0)
    with pytest.raises(Declined, match="lists too few"):
        check_empty(inside, outside, listed, Budget())


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        pytest.param(lambda s: (s[0],), "wrong number of masks", id="a mask too few"),
        pytest.param(lambda s: (*s, 1), "wrong number of masks", id="a mask too many"),
        pytest.param(lambda s: (s[0] | 1 << 60, *s[1:]), "does not have", id="a position beyond the automaton"),
        pytest.param(
            lambda s: (Automaton(HALVES[0][0].patterns).accept, *s[1:2], 0, 0),
            "share a string",
            id="a state that accepts",
        ),
    ],
)
def test_wrong_states_are_rejected(edit: Any, reason: str) -> None:
    inside, outside = HALVES
    state = Product(*sides(inside, outside)).initial()
    accepting = Product(*sides(inside, outside))
    wrong = edit(state)
    if reason == "share a string":
        wrong = (*(a.accept for a in accepting.inside), *(0 for _ in accepting.outside))
    with pytest.raises(Rejected, match=reason):
        check_empty(inside, outside, [wrong], Budget())


@settings(max_examples=300)
@given(st.lists(glob_sets, min_size=1, max_size=2), st.lists(glob_sets, max_size=2), st.data())
def test_no_list_of_states_makes_a_set_empty_that_is_not(inside: Any, outside: Any, data: st.DataObject) -> None:
    positive, negative = sides(inside, outside)
    product = Product(positive, negative)
    masks = [st.integers(0, (1 << a.size) - 1) for a in product.automata]
    listed = data.draw(st.lists(st.tuples(*masks), max_size=4))
    if is_empty(inside, outside, listed):
        assert left_over(inside, outside) == []


@given(unions, unions, st.data())
def test_a_state_that_subsumes_accepts_all_that_the_other_does(one: GlobSet, two: GlobSet, data: st.DataObject) -> None:
    product = Product([one], [two])
    masks = st.tuples(*[st.integers(0, (1 << a.size) - 1) for a in product.automata])
    wide, narrow = data.draw(masks), data.draw(masks)
    if product.subsumes(wide, narrow):
        assert set(accepted_from(product, narrow)) <= set(accepted_from(product, wide))


def accepted_from(product: Product, state: tuple[int, ...]) -> list[str]:
    """The short words that lead from the state to an accepting one."""
    found = []
    for word in SHORT:
        at = state
        for char in word:
            at = tuple(a.step(m, char) for m, a in zip(at, product.automata, strict=True))
        found += [word] if product.is_accepting(at) else []
    return found


# Speed: many patterns that do not matter, and products that explode.


@pytest.mark.parametrize("count", [20, 50, 200])
def test_irrelevant_infix_patterns_do_not_explode(count: int) -> None:
    noise = [literal_or(*(f"*{n:03}x{k}*" for k in range(3))) for n in range(count)]
    inside, outside = [literal_or("*aa*"), literal_or("arn:*")], [*noise, literal_or("*a*")]
    hard = [literal_or("x*y?"), literal_or("*yz")], [*noise, literal_or("x*z")]
    merged = (
        [literal_or("a?*", "b*")],
        [GlobSet([p for s in noise for p in s.patterns]), literal_or("a??*", "a?", "b*")],
    )
    check_empty(inside, outside, (), Budget())
    for one, other in ((inside, outside), hard, merged):
        best = min(seconds_for(one, other) for _ in range(3))
        assert best < 0.05


def seconds_for(inside: list[GlobSet], outside: list[GlobSet]) -> float:
    begin = time.perf_counter()
    check_empty(inside, outside, (), Budget())
    return time.perf_counter() - begin


HOSTILE = [
    pytest.param(
        [literal_or(*(f"*{chr(97 + i % 26)}{'?' * 10}{chr(98 + i // 26)}*" for i in range(30)))], id="a union of thirty"
    ),
    pytest.param([literal_or(f"*{c}{'?' * 10}b*") for c in "acdefghij"], id="a product of nine"),
    pytest.param(
        [literal_or(*(f"*{c}{'?' * n}b*" for n in range(10, 40))) for c in "acd"], id="three unions of thirty"
    ),
    pytest.param([literal_or(f"*a{'?' * 500}b*"), literal_or(f"*b{'?' * 499}a*")], id="long runs of question marks"),
    pytest.param([literal_or(*(f"*{i}?{j}*" for i in range(60) for j in range(60)))], id="thousands of patterns"),
]


ENDS = [literal_or("*y"), literal_or("*z")]  # together empty, which only a walk over everything else shows


@pytest.mark.parametrize("inside", HOSTILE)
@pytest.mark.parametrize("outside", [[], [literal_or("*a" + "?" * 18 + "z")], [literal_or("*a??b*", "*c?????*d?*")]])
def test_hostile_products_end_within_the_limits(inside: list[GlobSet], outside: list[GlobSet]) -> None:
    begin = time.process_time()
    with pytest.raises((Declined, Rejected)):
        check_empty(inside, outside, (), Budget())
    for positive, negative in ((ENDS + inside, outside), (ENDS, inside + outside)):
        with contextlib.suppress(Declined):
            check_empty(positive, negative, (), Budget())
    assert time.process_time() - begin < 4


@pytest.mark.parametrize("count", [1, 3, 9])
def test_astronomical_products_are_declined(count: int) -> None:
    inside = [literal_or(f"*{c}{'?' * 30}{c}*{c}") for c in "abcdefghi"[:count]]
    begin = time.process_time()
    with pytest.raises(Declined):
        check_empty([*ENDS, *inside, literal_or("*a" + "?" * 20)], [], (), Budget())
    assert time.process_time() - begin < 2


def test_an_automaton_that_is_too_large_is_declined() -> None:
    letters = [chr(0x4E00 + i) for i in range(2_000)]
    union = GlobSet(STAR + "".join(letters[i:] + letters[:i]) for i in range(40))
    with pytest.raises(Declined, match="bits"):
        check_empty([union], [], (), Budget())
