"""Closed sets of nodes: the proof that nothing outside can be reached."""

from collections.abc import Callable, Collection, Iterable
from typing import TypeVar

from checkers.verdict import Rejected

RULE = "closure/1"
Node = TypeVar("Node")


def check_closed(
    nodes: Collection[Node],
    starts: Iterable[Node],
    is_goal: Callable[[Node], bool],
    successors: Callable[[Node], Iterable[Node]],
) -> None:
    """Return iff no goal can be reached from the starts; raise Rejected otherwise.

    starts ⊆ S      S ∩ goals = ∅      a ∈ S, b not refuted as successor of a  ⟹  b ∈ S
    ---------------------------------------------------------------------------------  closure/1
    no chain from a start reaches a goal

    `successors` gives every node that may follow another one, but for those that a refutation excludes. It may
    give too many, never too few.
    """
    inside = frozenset(nodes)
    for start in starts:
        if start not in inside:
            raise Rejected(f"the closed set lacks the start {start}")
    for node in nodes:
        if is_goal(node):
            raise Rejected(f"the closed set has the goal {node}")
        for following in successors(node):
            if following not in inside:
                raise Rejected(f"nothing refutes the step from {node} to {following}, which is not in the closed set")
