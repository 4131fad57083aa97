"""Which patterns depend on values that are not known yet, and what a question makes of them."""

from __future__ import annotations

import json
from copy import copy
from typing import Any

import pytest

from checkers.cloud.open_sets import (
    OpenFormula,
    OpenSets,
    formula_for,
    limits_of,
    widened,
)
from checkers.cloud.snapshot import Snapshot
from checkers.cloud.vocabulary import ACTION, PRINCIPAL, RESOURCE
from checkers.kernel.formula import FALSE, TRUE, Arity, Formula, Literal, Theory, Variable
from checkers.kernel.globs import ANY, SEG_ANY, SEG_STAR, STAR, GlobSet, fold
from checkers.kernel.intervals import IntervalSet
from checkers.kernel.links import Hole, Template, hole

S3 = "arn:aws:s3:::"
UNKNOWN = [
    {"name": "b", "attribute": "aws_s3_bucket.b.bucket", "kind": "name"},
    {"name": "v", "attribute": "x.v", "kind": "text", "example": "x"},
]
USER = Variable("aws:username", Theory.GLOBS, Arity.OPTIONAL)
VPCE = Variable("aws:sourcevpce", Theory.GLOBS, Arity.OPTIONAL)
KEYS = Variable("aws:tagkeys", Theory.GLOBS, Arity.MANY)
TAKES = Variable("DEPENDS-1", Theory.FLAG, Arity.ONE)


def glob(text: str) -> str:
    return text.replace("*", STAR).replace("?", ANY)


def globs(*texts: str, complement: bool = False) -> GlobSet:
    return GlobSet(map(glob, texts), complement=complement)


def sets(unknown: list[dict[str, Any]] | None = None) -> OpenSets:
    manifest = {
        "format": "auditctl-snapshot/1",
        "accounts": [{"id": "111122223333"}],
        "unknown": UNKNOWN if unknown is None else unknown,
    }
    return OpenSets(Snapshot({"snapshot.json": json.dumps(manifest).encode}))


def is_open(pattern: str, text: str, variable: Variable = RESOURCE) -> bool:
    part = sets().part(pattern, variable)
    return part is not None and text in part.region


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("*", f"{S3}<b>", False),
        (f"{S3}*", f"{S3}<b>", False),
        (f"{S3}*/*", f"{S3}<b>/x", False),
        (f"{S3}logs-*", f"{S3}<b>", True),
        (f"{S3}logs-*", f"{S3}l<b>", True),
        (f"{S3}logs-*", f"{S3}logs-<b>", False),
        (f"{S3}logs-*", f"{S3}other-<b>", False),
        (f"{S3}logs", f"{S3}<b>", False),  # a name that is written out is another one
        (f"{S3}logs/*", f"{S3}<b>/x", False),
        (f"{S3}*-prod", f"{S3}<b>", True),
        (f"{S3}*-prod", f"{S3}a<b>", True),
        (f"{S3}*-prod/*", f"{S3}<b>/x", True),
        (f"{S3}???", f"{S3}<b>", True),
        (f"{S3}?", f"{S3}<b>", True),
        (f"{S3}?*", f"{S3}<b>", False),
        (f"{S3}?*/x", f"{S3}<b>/x", False),
        (f"{S3}??*", f"{S3}<b>", True),
        (f"{S3}<b>/x*", f"{S3}<b>/<c>", True),
        (f"{S3}<b>/x*", f"{S3}<b>", False),
        (f"{S3}<b>*", f"{S3}<c>", True),
        (f"{S3}<b>/*", f"{S3}<c>/x", False),
        (f"{S3}*-<b>/k?", f"{S3}a-<b>/<c>", True),
        ("arn:aws:sqs:*", f"{S3}<b>", False),
        ("*prod*", f"{S3}<b>", True),
        ("arn:aws:iam::1:role/ci-*", "arn:aws:iam::1:role/<b>", True),
        ("arn:*:role/ci-*", "arn:aws:iam::1:role/<b>", True),
        ("arn:*:role/ci", "arn:aws:iam::1:role/<b>", False),
        ("arn:aws:iam::1:role/*", "arn:aws:iam::1:role/path/<b>", False),
        (f"arn:aws:secretsmanager:r:1:secret:db-{'?' * 6}", "arn:aws:secretsmanager:r:1:secret:db-<0001>", False),
        (f"arn:aws:secretsmanager:r:1:secret:db-{'?' * 6}", "arn:aws:secretsmanager:r:1:secret:db-<00001>", True),
        (f"arn:aws:secretsmanager:r:1:secret:db-{'?' * 5}", "arn:aws:secretsmanager:r:1:secret:db-<0001>", True),
        (f"{S3}db-{'?' * 6}", f"{S3}db-<b>", True),
        ("arn:aws*:s3:::x", f"{S3}<b>", False),
    ],
)
def test_whether_a_pattern_looks_into_a_name(pattern: str, text: str, expected: bool) -> None:
    assert is_open(glob(pattern), text) is expected


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (f"arn:{SEG_STAR}:s3:::l{STAR}", f"{S3}<b>", True),
        (f"arn:{SEG_STAR}:x{STAR}", f"{S3}<b>", False),
        (f"arn:aws:s3:::{SEG_ANY}{SEG_STAR}", f"{S3}<b>", False),
        (f"arn:aws:s3:::{SEG_ANY}", f"{S3}<b>", True),
        (fold("Arn:aws:S3:::") + "l" + STAR, f"{S3}<b>", True),
        (fold("Arn:aws:S4:::") + "l" + STAR, f"{S3}<b>", False),
        (S3 + hole(0), f"{S3}<b>", False),  # a text as a whole: equal or not
        (S3 + "u-" + hole(0), f"{S3}<b>", True),
        (S3 + hole(0) + "-x", f"{S3}<b>", True),
        ("arn:" + hole(0) + "l" + STAR, f"{S3}<b>", True),
    ],
)
def test_wildcards_of_other_kinds(pattern: str, text: str, expected: bool) -> None:
    assert is_open(pattern, text) is expected


def test_what_is_open_about_a_pattern() -> None:
    one = sets()
    part = one.part(glob(f"{S3}logs-*"), RESOURCE)
    assert part is not None
    assert not part.is_value
    assert part.region == globs(*(f"{S3}{'logs-'[:i]}<*" for i in range(5)))
    assert "logs-*' takes a name that is known after apply" in part.reason
    assert one.part(glob(f"{S3}logs-*"), RESOURCE) is part
    assert one.part(glob("vpce-0*"), VPCE) is not None
    assert one.part(glob("vpce-0*"), RESOURCE) is None  # no ARN begins so
    assert sets(unknown=UNKNOWN[1:]).part(glob("vpce-0*"), VPCE) is None  # there are no names
    account = one.part(glob("arn:aws:iam::<b>:root"), PRINCIPAL)
    assert account is not None
    assert (account.is_value, account.region) == (True, globs("arn:aws:iam::*:root"))
    assert one.part(glob("*s3*"), ACTION) is None
    value = one.part(glob(f"{S3}<v>/*"), RESOURCE)
    assert value is not None
    assert (value.is_value, value.region, value.reason) == (True, globs(f"{S3}*/*"), "x.v is known after apply")
    folded = one.part(fold("x<v>"), VPCE)
    assert folded is not None
    assert "has a value that is known after apply" in folded.reason
    with_hole = one.part("<v>/" + hole(0), RESOURCE)
    assert with_hole is not None
    assert with_hole.region == globs("*/*")


def test_where_everything_is_known_nothing_is_open() -> None:
    known = sets(unknown=[])
    assert not known
    assert known.parts([glob("*x*")], RESOURCE) == []
    assert type(formula_for(known, wide=True)) is Formula
    assert limits_of(Formula()) == ()
    assert widened(Formula(), globs("x*")) == globs("x*")
    assert type(formula_for(known, sets(), wide=True)) is OpenFormula


def values(formula: Formula, literal: Literal, **assignment: Any) -> bool:
    named = {name.replace("_", "-") if name.isupper() else f"aws:{name}": value for name, value in assignment.items()}
    found = formula.evaluate(named)[abs(literal)]
    return found if literal > 0 else not found


def test_on_the_wide_side_a_flag_decides_what_depends() -> None:
    formula = formula_for(sets(), wide=True)
    one = formula.atom(RESOURCE, globs(f"{S3}logs-*", f"{S3}other"))
    for takes in (False, True):
        flag = {"DEPENDS_1": (takes,)}
        assert values(formula, one, RESOURCE=(f"{S3}logs-1",), **flag)
        assert values(formula, one, RESOURCE=(f"{S3}other",), **flag)
        assert values(formula, one, RESOURCE=(f"{S3}<b>",), **flag) is takes
        assert not values(formula, one, RESOURCE=(f"{S3}x",), **flag)
    assert formula.atom(RESOURCE, globs(f"{S3}logs-*", f"{S3}other")) == one  # one flag for all its places
    assert formula.atom(RESOURCE, globs(f"{S3}plain")) != one


def test_a_pattern_with_a_value_takes_what_the_flag_says() -> None:
    formula = formula_for(sets(), wide=True)
    one = formula.atom(RESOURCE, globs(f"{S3}<v>/*"))
    for takes in (False, True):
        assert values(formula, one, RESOURCE=(f"{S3}any/x",), DEPENDS_1=(takes,)) is takes
        assert not values(formula, one, RESOURCE=(f"{S3}any",), DEPENDS_1=(takes,))


def test_the_complement_of_an_open_set() -> None:
    formula = formula_for(sets(), wide=True)
    one = formula.atom(VPCE, globs("vpce-0*", complement=True))
    for takes in (False, True):
        flag = {"DEPENDS_1": (takes,)}
        assert values(formula, one, sourcevpce=("vpce-<b>",), **flag) is not takes
        assert not values(formula, one, sourcevpce=("vpce-01",), **flag)
        assert values(formula, one, sourcevpce=("x",), **flag)
        assert not values(formula, one, sourcevpce=(), **flag)  # no value is in no set


@pytest.mark.parametrize("complement", [False, True])
def test_an_open_set_and_many_values(complement: bool) -> None:
    formula = formula_for(sets(), wide=True)
    one = formula.atom(KEYS, globs("<v>", "team", complement=complement))
    for takes in (False, True):
        flag = {"DEPENDS_1": (takes,)}
        assert values(formula, one, tagkeys=("team",), **flag) is not complement
        assert values(formula, one, tagkeys=("other",), **flag) is takes
        assert not values(formula, one, tagkeys=(), **flag)
        assert values(formula, one, tagkeys=("team", "other"), **flag) is (takes if complement else True)


def test_templates_are_open_too() -> None:
    formula = formula_for(sets(), wide=True)
    holes = (Hole(USER, None),)
    one = formula.atom(RESOURCE, Template((f"{S3}<v>/{hole(0)}", f"{S3}a/{hole(0)}"), holes, complement=False))
    for takes in (False, True):
        flag = {"DEPENDS_1": (takes,)}
        assert values(formula, one, RESOURCE=(f"{S3}a/ann",), username=("ann",), **flag)
        assert values(formula, one, RESOURCE=(f"{S3}b/ann",), username=("ann",), **flag) is takes
        assert values(formula, one, RESOURCE=(f"{S3}a",), username=("ann",), **flag) is False
    whole = formula.atom(RESOURCE, Template((f"{S3}a/{hole(0)}",), holes, complement=False))
    assert whole != one


def test_other_sets_are_as_they_are() -> None:
    formula = formula_for(sets(), wide=True)
    flag = Variable("F", Theory.FLAG, Arity.ONE)
    number = Variable("n", Theory.INTERVALS, Arity.ONE)
    assert formula.atom(flag, None) == formula.atom(flag, None)
    assert formula.atom(number, IntervalSet((), starts_inside=False)) == FALSE


def test_on_the_narrow_side_no_model_has_what_depends() -> None:
    formula = formula_for(sets(), wide=False)
    told: list[str] = []
    assert isinstance(formula, OpenFormula)
    formula.depends_on = told.append
    one = formula.atom(RESOURCE, globs(f"{S3}logs-*", f"{S3}<b>"))
    assert len(told) == 1
    (limit,) = limits_of(formula)
    assert values(formula, one, RESOURCE=(f"{S3}<b>",))
    assert values(formula, limit, RESOURCE=(f"{S3}<b>",))  # another pattern surely takes it
    assert not values(formula, limit, RESOURCE=(f"{S3}<c>",))
    assert values(formula, limit, RESOURCE=(f"{S3}logs-1",))
    many = formula_for(sets(), wide=False)
    many.atom(KEYS, globs("<v>", "team"))
    (limit,) = limits_of(many)
    assert not values(many, limit, tagkeys=("team",))  # some other value may be the one
    assert values(many, limit, tagkeys=())


ROLE = "arn:aws:iam::1:role/"


@pytest.mark.parametrize("complement", [False, True])
def test_a_known_text_with_a_name_in_it(complement: bool) -> None:
    one = sets()
    formula = OpenFormula([one], wide=True)
    asked = globs(f"{ROLE}ci-*", f"{ROLE}dev", complement=complement)
    plain = TRUE if not complement else FALSE
    assert formula.member(PRINCIPAL, f"{ROLE}ci-1", asked) == plain
    assert formula.member(PRINCIPAL, f"{ROLE}x", asked) == -plain
    open_one = formula.member(PRINCIPAL, f"{ROLE}<b>", asked)
    assert formula.nodes[abs(open_one)].variable == TAKES  # type: ignore[union-attr]
    assert (open_one < 0) is complement
    assert formula.member(PRINCIPAL, f"{ROLE}<b>", globs(f"{ROLE}ci-*", "*")) == TRUE
    narrow = OpenFormula([one], wide=False)
    assert narrow.member(PRINCIPAL, f"{ROLE}<b>", asked) == -plain
    assert limits_of(narrow) == (FALSE,)


def test_what_is_told_by_a_text_with_a_name_in_it() -> None:
    wide, narrow = (OpenFormula([sets()], wide=side) for side in (True, False))
    one = wide.undecided("one")
    assert wide.undecided("one") == one != wide.undecided("two")
    assert narrow.undecided("one") == FALSE
    assert limits_of(narrow) == (FALSE,)


def test_the_nodes_can_be_sent_to_another_process() -> None:
    formula = formula_for(sets(), wide=True)
    one = formula.atom(RESOURCE, globs(f"{S3}logs-*"))
    sent = copy(formula)  # as pickle does it
    assert values(sent, one, RESOURCE=(f"{S3}<b>",), DEPENDS_1=(True,))


def test_two_snapshots_in_one_question() -> None:
    formula = formula_for(sets(unknown=UNKNOWN[:1]), sets(unknown=UNKNOWN[1:]), wide=True)
    asked = widened(formula, globs(f"{S3}x*", f"{S3}<v>/*"))
    assert asked == globs(f"{S3}x*", f"{S3}<*", f"{S3}<v>/*", f"{S3}*/*")
    assert widened(formula, None) is None
    assert widened(formula, globs(f"{S3}x")) == globs(f"{S3}x")
