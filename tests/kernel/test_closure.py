"""Closed sets: what is accepted, and why the others are rejected."""

from __future__ import annotations

import pytest

from checkers.kernel.closure import check_closed
from checkers.verdict import Rejected

EDGES = {"a": "b", "b": "ac", "c": "", "d": "g"}


def check(nodes: str, starts: str = "a", goals: str = "g") -> None:
    check_closed(nodes, starts, lambda node: node in goals, lambda node: EDGES.get(node, ""))


@pytest.mark.parametrize("nodes", ["abc", "cba"])
def test_a_closed_set_is_accepted(nodes: str) -> None:
    check(nodes)


def test_without_a_start_the_empty_set_is_closed() -> None:
    check("", "")


@pytest.mark.parametrize(
    ("nodes", "starts", "reason"),
    [
        pytest.param("bc", "a", "the closed set lacks the start a", id="a start is missing"),
        pytest.param("abcg", "a", "the closed set has the goal g", id="the goal is in it"),
        pytest.param(
            "ab", "a", "nothing refutes the step from b to c, which is not in the closed set", id="a step out"
        ),
        pytest.param("abcd", "a", "nothing refutes the step from d to g", id="a step to the goal"),
    ],
)
def test_another_set_is_rejected(nodes: str, starts: str, reason: str) -> None:
    with pytest.raises(Rejected, match=reason):
        check(nodes, starts)
