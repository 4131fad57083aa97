"""Patterns with holes against enumeration."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkers import limits
from checkers.kernel.formula import Arity, Theory, Variable
from checkers.kernel.globs import EVERYTHING, STAR, GlobSet, fold
from checkers.kernel.links import Hole, Template, absent, hole, is_word, substitute, substitute_words
from checkers.verdict import Declined
from kernel.brute import SHORT, has, unions

Y = Variable("y", Theory.GLOBS, Arity.OPTIONAL)
Z = Variable("z", Theory.GLOBS, Arity.OPTIONAL)
PARTS = ("a", "b", ":", STAR, hole(0), hole(0), hole(1), hole(0, folded=True))

holes = st.tuples(*[st.builds(Hole, st.just(v), st.none() | st.sampled_from(["", "a", "*"])) for v in (Y, Z)])
templates = st.builds(
    Template,
    st.lists(st.lists(st.sampled_from(PARTS), max_size=3).map("".join), min_size=1, max_size=2).map(tuple),
    holes,
    st.booleans(),
)
words = st.sampled_from(SHORT)


@given(templates, words, words, unions, unions)
def test_filling_with_more_words_makes_a_union_larger_and_a_complement_smaller(
    template: Template, first: str, second: str, one: GlobSet, two: GlobSet
) -> None:
    if not has(one, first) or not has(two, second):
        return
    exact = substitute_words(template, [(first,), (second,)])
    wide = substitute(template, [one, two])
    smaller, larger = (wide, exact) if template.complement else (exact, wide)
    assert [w for w in SHORT if has(smaller, w) and not has(larger, w)] == []


@given(templates, words, words)
def test_any_text_is_among_everything(template: Template, first: str, second: str) -> None:
    exact, wide = substitute_words(template, [(first,), (second,)]), substitute(template, [EVERYTHING, EVERYTHING])
    smaller, larger = (wide, exact) if template.complement else (exact, wide)
    assert [w for w in SHORT if has(smaller, w) and not has(larger, w)] == []


@given(templates)
def test_a_variable_without_a_value_has_the_default_of_its_hole(template: Template) -> None:
    filled = [() if h.default is None else (h.default,) for h in template.holes]
    assert substitute_words(template, [(), ()]) == substitute_words(template, filled)
    assert substitute_words(template, [(), ()]) == substitute(template, [absent(h) for h in template.holes])


@pytest.mark.parametrize(
    ("patterns", "default", "values", "expected"),
    [
        pytest.param(["a" + hole(0)], None, ("b",), ["ab"], id="the text is put in"),
        pytest.param([hole(0) + hole(0)], None, ("b",), ["bb"], id="the same text at both places"),
        pytest.param([hole(0, folded=True)], None, ("B",), [fold("b")], id="folded where letters match in either case"),
        pytest.param([hole(0)], None, ("*",), ["*"], id="a star in the text is a character"),
        pytest.param([hole(0), "c"], None, (), ["c"], id="without value and default only the other patterns are left"),
        pytest.param([hole(0), "c"], "d", (), ["c", "d"], id="without value the default is put in"),
        pytest.param([hole(0)], "d", ("",), [""], id="the empty text is a value"),
        pytest.param([hole(0)], "d", ("a", "b"), ["d"], id="of many values none is put in"),
    ],
)
def test_substitution(patterns: list[str], default: str | None, values: Any, expected: list[str]) -> None:
    template = Template(tuple(patterns), (Hole(Y, default),), complement=False)
    assert substitute_words(template, [values]) == GlobSet(expected)


def test_each_pattern_is_filled_by_every_combination() -> None:
    template = Template((hole(0) + "-" + hole(1),), (Hole(Y, None), Hole(Z, None)), complement=True)
    choices = [GlobSet(["a", "b"]), GlobSet(["c", STAR + "d"])]
    expected = GlobSet(["a-c", f"a-{STAR}d", "b-c", f"b-{STAR}d"], complement=True)
    assert substitute(template, choices) == expected


@pytest.mark.parametrize(
    ("patterns", "default", "complement", "bare"),
    [
        pytest.param((hole(0),), None, False, True, id="the hole alone"),
        pytest.param((hole(0),), "d", False, False, id="with a default the variables may differ"),
        pytest.param((hole(0),), None, True, False, id="the complement"),
        pytest.param((hole(0, folded=True),), None, False, False, id="equal but for case"),
        pytest.param((hole(0), "a"), None, False, False, id="another pattern beside it"),
        pytest.param((hole(0) + STAR,), None, False, False, id="more than the hole"),
    ],
)
def test_only_the_bare_hole_equates(patterns: Any, default: str | None, complement: bool, bare: bool) -> None:
    assert Template(patterns, (Hole(Y, default),), complement).is_bare is bare


def test_a_set_with_one_literal_pattern_is_a_word() -> None:
    assert is_word(GlobSet(["a"]))
    for other in (
        GlobSet(["a", "b"]),
        GlobSet([STAR]),
        GlobSet([fold("a")]),
        GlobSet(["a"], complement=True),
        GlobSet([]),
    ):
        assert not is_word(other)


def test_the_number_of_patterns_made_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_SUBSTITUTED_PATTERNS", 4)
    template = Template((hole(0) + hole(1),), (Hole(Y, None), Hole(Z, None)), complement=False)
    two = GlobSet(["a", "b"])
    assert len(substitute(template, [two, two]).patterns) == 4
    with pytest.raises(Declined, match="more than 4 patterns"):
        substitute(template, [two, GlobSet(["a", "b", "c"])])


def test_texts_of_templates_tell_them_apart() -> None:
    one = Template((hole(0),), (Hole(Y, None),), complement=False)
    others = [
        Template((hole(0),), (Hole(Z, None),), complement=False),
        Template((hole(0),), (Hole(Y, "d"),), complement=False),
        Template((hole(0),), (Hole(Y, None),), complement=True),
        Template((hole(0) + "a",), (Hole(Y, None),), complement=False),
    ]
    assert len({t.text for t in (one, *others)}) == 5
