"""From a formula to clauses, and the question that a certificate speaks about.

Variables of the clauses are numbered 1, 2, ... in the order in which the nodes are first visited.
Only the direction that is needed is written (Plaisted and Greenbaum 1986): the clauses and "the root
is true" have a model iff the formula has one.
"""

from collections.abc import Iterable
from functools import cached_property
from hashlib import sha256

from checkers.kernel.budget import Budget
from checkers.kernel.formula import TRUE, Assignment, Atom, Formula, Literal

Clause = tuple[int, ...]


class Question:
    """Whether there is an assignment under which the root of the formula is true."""

    def __init__(self, formula: Formula, root: Literal) -> None:
        self.formula = formula
        self.root = root

    @cached_property
    def _clausified(self) -> "_Clausifier":
        return _Clausifier(self.formula, self.root)

    @property
    def clauses(self) -> list[Clause]:
        """The clauses, those of the root first."""
        return self._clausified.clauses

    @property
    def numbers(self) -> dict[int, int]:
        """From node to clause variable."""
        return self._clausified.numbers

    @cached_property
    def atoms(self) -> dict[int, Atom]:
        """From clause variable to atom, for those that are atoms."""
        nodes = self.formula.nodes
        return {n: atom for node, n in self.numbers.items() if isinstance(atom := nodes[node], Atom)}

    @cached_property
    def digest(self) -> str:
        """Sixteen hexadecimal digits that name the clauses and atoms.

        It only makes a mismatch between question and certificate readable; nothing rests on it.
        """
        text = [repr(self.clauses)]
        for number, atom in self.atoms.items():
            text.append(f"{number} {atom.variable.name} {'' if atom.set is None else atom.set.text}")
        return sha256("\n".join(text).encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def holds_for(self, assignment: Assignment, budget: Budget | None = None) -> bool:
        """Whether the assignment makes the root true."""
        return self.formula.evaluate(assignment, budget)[abs(self.root)] is (self.root > 0)


class _Clausifier:
    def __init__(self, formula: Formula, root: Literal) -> None:
        self.nodes = formula.nodes
        self.numbers: dict[int, int] = {}
        self.clauses: list[Clause] = []
        self.seen: dict[Literal, int] = {}  # from node literals to those of the clauses
        self.pending: list[tuple[Literal, tuple[Literal, ...]]] = []
        self._assert(root)
        self._define()

    def _clause(self, literals: Iterable[Literal], *head: int) -> None:
        """The clause of clause literals `head` and node literals."""
        seen = self.seen
        self.clauses.append((*head, *[seen.get(x) or self._see(x) for x in literals]))

    def _see(self, literal: Literal) -> int:
        """The clause literal of a node literal that is met for the first time; a gate still needs its definition."""
        number = self.numbers.setdefault(abs(literal), len(self.numbers) + 1)
        found = self.seen[literal] = number if literal > 0 else -number
        inner = self.nodes[abs(literal)]
        if isinstance(inner, tuple):
            self.pending.append((literal, inner))
        return found

    def _assert(self, root: Literal) -> None:
        """Clauses that make the root true; a conjunction gives one for each part."""
        inner = self.nodes[abs(root)]
        parts = inner if root > TRUE and isinstance(inner, tuple) else (root,)
        for part in parts:
            disjuncts = self.nodes[-part] if part < 0 else None
            if isinstance(disjuncts, tuple):  # none where the root is false
                self._clause([-x for x in disjuncts])
            elif part != TRUE:
                self._clause((part,))

    def _define(self) -> None:
        """Clauses by which each conjunction met implies its parts, or each disjunction one of them."""
        for literal, inner in self.pending:  # grows on the way
            head = -self.seen[literal]
            if literal > 0:
                for part in inner:
                    self._clause((part,), head)
            else:
                self._clause([-x for x in inner], head)
