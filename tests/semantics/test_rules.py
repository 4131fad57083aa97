"""Each rule decides its own case and leaves its neighbour to the others."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from checkers.cloud import resource_policies
from checkers.cloud.derivation import READINGS
from semantics.rule import OPEN, Case, Rule, decide, is_as_said
from semantics.rules import RULES, TRAPS
from semantics.tables import document

CASES = [pytest.param(r, which, id=f"{r.id}-{which}") for r in RULES for which in ("accept", "reject")]
DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs" / "semantics.md"


@pytest.mark.parametrize(("rule", "which"), CASES)
def test_a_case_is_decided_as_the_rule_says(rule: Rule, which: str) -> None:
    one: Case = getattr(rule, which)
    found = decide(one)
    assert is_as_said(one, found), f"{rule.id}, {one.says}: {found}, expected {one.answer} {one.names or ''}"


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.id)
def test_the_neighbour_of_a_case_is_decided_otherwise(rule: Rule) -> None:
    accept, reject = rule.accept, rule.reject
    assert accept.answer is not reject.answer or accept.names != reject.names


def test_a_rule_has_one_name_and_a_name_one_rule() -> None:
    assert [name for name, count in Counter(r.id for r in RULES).items() if count > 1] == []
    assert {r.id for r in RULES} >= TRAPS


def test_every_kind_of_resource_policy_has_a_rule() -> None:
    assert {r.id.removeprefix("policy-of-") for r in RULES if r.id.startswith("policy-of-")} == {
        *resource_policies.KINDS
    }


def test_every_reading_leaves_some_case_open() -> None:
    found = [decide(one).readings for r in RULES for one in (r.accept, r.reject) if one.answer is OPEN]
    assert READINGS - frozenset().union(*found) == set()


def test_the_document_lists_the_rules() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "python tests/semantics --document > docs/semantics.md"
