"""Parts of statements that a question leaves out.

A question without some parts of its statements asks what would still be allowed, or denied, if they said
nothing. With the parts that cause a violation left out, its refutation says that there are no other causes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from checkers.cloud.policy import Statement
from checkers.cloud.vocabulary import ACTION, RESOURCE
from checkers.kernel.formula import TRUE, Formula, Literal, Variable
from checkers.kernel.globs import GlobSet

Place = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Cut:
    """A part of a statement: requests with an action and a resource that one pattern of each element matches.

    `action` and `resource` are indices into the sorted patterns of the elements, None for the whole element.
    With a `caller` it is what the statement says to this principal as one of its own; without, to everyone.
    """

    file: str
    path: str
    statement: str
    caller: str = ""
    action: int | None = None
    resource: int | None = None

    @property
    def place(self) -> Place:
        """Where the statement is: file, path of the document in it, path of the statement in the document."""
        return self.file, self.path, self.statement


def root_cut(root: str) -> Cut:
    """What a root user may do in its account by itself, which no statement says."""
    return Cut("", "", "", root)


def by_place(cuts: Sequence[Cut]) -> Mapping[Place, tuple[Cut, ...]]:
    """The cuts of each statement."""
    found: dict[Place, tuple[Cut, ...]] = {}
    for cut in cuts:
        found[cut.place] = (*found.get(cut.place, ()), cut)
    return found


def part_literal(formula: Formula, statement: Statement, action: int | None, resource: int | None) -> Literal:
    """The request has an action and a resource that these patterns match; false where there are no such patterns."""
    return formula.all([
        pattern_literal(formula, ACTION, action_patterns(statement), action),
        pattern_literal(formula, RESOURCE, resource_patterns(statement), resource),
    ])


def pattern_literal(formula: Formula, variable: Variable, patterns: Sequence[str], index: int | None) -> Literal:
    """The variable is in the pattern with this index; anywhere where there is no index."""
    if index is None:
        return TRUE
    return formula.atom(variable, GlobSet(patterns[index : index + 1]))


def left_literal(formula: Formula, statement: Statement, cuts: Sequence[Cut]) -> Literal:
    """The request matches the statement by patterns that no cut takes away together."""
    actions, resources = action_patterns(statement), resource_patterns(statement)
    taken = {pair for c in cuts for pair in _pairs(c, len(actions), len(resources))}
    left: dict[tuple[int, ...], list[int]] = {}  # actions by the resources that are left to them
    for i in range(len(actions) or 1):
        left.setdefault(tuple(j for j in range(len(resources) or 1) if (i, j) not in taken), []).append(i)
    return formula.any(
        formula.all([_among(formula, ACTION, actions, some), _among(formula, RESOURCE, resources, others)])
        for others, some in left.items()
    )


def _pairs(cut: Cut, actions: int, resources: int) -> Iterator[tuple[int, int]]:
    """The pairs of patterns that a cut takes away; an element without patterns counts as one."""
    ones = range(actions or 1) if cut.action is None else (cut.action,)
    others = range(resources or 1) if cut.resource is None else (cut.resource,)
    return product(ones, others)


def _among(formula: Formula, variable: Variable, patterns: Sequence[str], chosen: Sequence[int]) -> Literal:
    """The variable is in one of the chosen patterns; anywhere where the element has none of its own."""
    if len(chosen) == (len(patterns) or 1):
        return TRUE
    return formula.atom(variable, GlobSet(patterns[i] for i in chosen))


def action_patterns(statement: Statement) -> tuple[str, ...]:
    """The patterns of Action that can be named one by one: none for NotAction."""
    return () if statement.not_action else statement.actions.patterns


def resource_patterns(statement: Statement) -> tuple[str, ...]:
    """The patterns of Resource that can be named one by one, as they are read wide.

    None for NotResource, for a statement without either, and where the element has a policy variable.
    """
    if statement.resources is None or statement.not_resource or not isinstance(statement.resources.wide, GlobSet):
        return ()
    return statement.resources.wide.patterns
