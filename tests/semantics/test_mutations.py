"""Switching a rule off in the source changes what is said of one of its own cases."""

from __future__ import annotations

import sys

import pytest

from semantics.edited import Edit, load, resting_on
from semantics.rule import Rule, decide, is_as_said
from semantics.rules import RULES


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.id)
def test_without_the_rule_one_of_its_cases_comes_out_otherwise(rule: Rule) -> None:
    cloud = load(rule.off)
    assert not all(is_as_said(one, decide(one, cloud)) for one in (rule.accept, rule.reject))


def test_an_edit_that_changes_nothing_changes_no_case() -> None:
    cloud = load(Edit("policy", 'VARIABLES_VERSION = "2012-10-17"', 'VARIABLES_VERSION = "2012-" "10-17"'))
    assert all(is_as_said(one, decide(one, cloud)) for rule in RULES[:40] for one in (rule.accept, rule.reject))


def test_an_edit_leaves_the_imported_modules_alone() -> None:
    before = {name: module for name, module in sys.modules.items() if name.startswith("checkers")}
    edited = load(Edit("vocabulary", 'ANONYMOUS = "anonymous"', 'ANONYMOUS = "nobody"'))
    assert edited.request.ANONYMOUS == "nobody"
    assert {name: module for name, module in sys.modules.items() if name.startswith("checkers")} == before
    assert load().request.ANONYMOUS == "anonymous"


def test_what_rests_on_a_module_is_imported_anew() -> None:
    assert {"policy", "derivation", "authorization", "claims"} <= resting_on("policy")
    assert "policy" not in resting_on("claims")


def test_an_edit_needs_a_text_that_is_there_once() -> None:
    with pytest.raises(AssertionError, match="stands 0 times"):
        load(Edit("policy", "no such text", ""))
