"""Formulas over atoms `x in S`: built with hash-consing, evaluated on an assignment.

A node is a positive integer, its negation the negative one. Node 1 is true. Every other node is an
atom or a conjunction of literals; a disjunction is a negated conjunction. Nodes are numbered in the
order in which they are made, so that a deterministic construction gives the same formula everywhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from checkers.kernel.budget import Budget
from checkers.kernel.globs import GlobSet
from checkers.kernel.intervals import IntervalSet, Number
from checkers.kernel.links import Template, substitute_words

TRUE, FALSE = 1, -1
Literal = int


class Theory(Enum):
    """What the values of a variable are, and so which sets its atoms have."""

    GLOBS = "globs"
    INTERVALS = "intervals"
    FLAG = "flag"


class Arity(Enum):
    """How many values a variable has. The atom `x in S` means: some value of x is in S."""

    ONE = "one"
    OPTIONAL = "optional"  # one or none: a single-valued condition key
    MANY = "many"  # any finite number: a multi-valued condition key; none is an absent key

    __hash__ = object.__hash__  # the members are the only ones; that of `Enum` takes four times as long


@dataclass(frozen=True, slots=True)
class Variable:
    """A named unknown of the question."""

    name: str
    theory: Theory
    arity: Arity

    def __hash__(self) -> int:
        return hash(self.name)  # the name alone tells variables of one question apart


Set = GlobSet | IntervalSet | Template | None
Values = Sequence[str | Number | bool]
Assignment = Mapping[str, Values]


@dataclass(frozen=True, slots=True)
class Atom:
    """`variable in set`; a flag has no set."""

    variable: Variable
    set: Set


class Formula:
    """An arena of nodes."""

    def __init__(self) -> None:
        self.nodes: list[Atom | tuple[Literal, ...]] = [(), ()]
        self._atoms: dict[tuple[Variable, Set], int] = {}
        self._conjunctions: dict[tuple[Literal, ...], int] = {}

    def atom(self, variable: Variable, values: Set) -> Literal:
        """The literal `variable in values`."""
        key = (variable, values)
        found = self._atoms.get(key)
        if found is not None:
            return found
        literal = _constant(variable, values) or self._add(Atom(variable, values))
        self._atoms[key] = literal
        return literal

    def all(self, literals: Iterable[Literal]) -> Literal:
        """The conjunction. Constants vanish, positive conjunctions inside are opened."""
        parts: dict[Literal, None] = {}
        for literal in literals:
            inner = self.nodes[literal] if literal > TRUE else None
            for part in inner if isinstance(inner, tuple) else (literal,):
                if part == FALSE or -part in parts:
                    return FALSE
                parts[part] = None
        parts.pop(TRUE, None)
        key = tuple(parts)
        if len(key) <= 1:
            return key[0] if key else TRUE
        found = self._conjunctions.get(key)
        if found is None:
            found = self._conjunctions[key] = self._add(key)
        return found

    def any(self, literals: Iterable[Literal]) -> Literal:
        """The disjunction."""
        return -self.all([-x for x in literals])

    def _add(self, node: Atom | tuple[Literal, ...]) -> int:
        self.nodes.append(node)
        return len(self.nodes) - 1

    def variables(self) -> list[Variable]:
        """Every variable that an atom mentions, holes of templates included, in first-seen order."""
        seen: dict[Variable, None] = {}
        for node in self.nodes:
            if isinstance(node, Atom):
                seen[node.variable] = None
                if isinstance(node.set, Template):
                    seen.update((hole.variable, None) for hole in node.set.holes)
        return list(seen)

    def evaluate(self, assignment: Assignment, budget: Budget | None = None) -> list[bool]:
        """The value of every node, by number, under an assignment of every variable.

        A variable that the assignment leaves out has no value: every atom about it is false.
        """
        budget = budget or Budget()
        values = [False, True]
        for node in self.nodes[2:]:
            if isinstance(node, Atom):
                values.append(is_member(node, assignment, budget))
            else:
                values.append(all(values[x] if x > 0 else not values[-x] for x in node))
        return values


def _constant(variable: Variable, values: Set) -> Literal | None:
    if values is None or isinstance(values, Template):
        return None
    if values.is_nothing:
        return FALSE
    return TRUE if values.is_everything and variable.arity is Arity.ONE else None


def is_member(atom: Atom, assignment: Assignment, budget: Budget) -> bool:
    """Whether some value of the atom's variable is in the atom's set."""
    values = assignment.get(atom.variable.name, ())
    budget.spend(5 + 5 * len(values))
    chosen = atom.set
    if chosen is None:
        return any(v is True for v in values)
    if isinstance(chosen, IntervalSet):
        return any(v in chosen for v in values)  # type: ignore[operator]
    if isinstance(chosen, Template):
        chosen = substitute_words(chosen, [assignment.get(h.variable.name, ()) for h in chosen.holes], budget)
    return any(chosen.has(v, budget) is not chosen.complement for v in values)  # type: ignore[arg-type]
