"""From a formula to clauses, and the question that a certificate speaks about.

Variables of the clauses are numbered 1, 2, ... in the order in which the nodes are first visited.
Only the direction that is needed is written (Plaisted and Greenbaum 1986): the clauses and "the root
is true" have a model iff the formula has one.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from hashlib import sha256

from checkers.kernel.formula import TRUE, Assignment, Atom, Formula, Literal

Clause = tuple[int, ...]


class Question:
    """Is there an assignment under which the root of the formula is true?"""

    def __init__(self, formula: Formula, root: Literal) -> None:
        self.formula = formula
        self.root = root

    @cached_property
    def clauses(self) -> list[Clause]:
        """The clauses, the unit ones of the root first."""
        return self._numbering.clauses

    @property
    def numbers(self) -> dict[int, int]:
        """From node to clause variable."""
        return self._numbering.numbers

    @cached_property
    def _numbering(self) -> "_Clausifier":
        return _Clausifier(self.formula, self.root)

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
        text = [repr(self.clauses).encode()]
        for number, atom in self.atoms.items():
            text.append(f"{number} {atom.variable.name} {atom.variable.arity.value}".encode())
            text.append(b"" if atom.set is None else atom.set.text)
        return sha256(b"\n".join(text)).hexdigest()[:16]

    def holds_for(self, assignment: Assignment) -> bool:
        """Whether the assignment makes the root true."""
        values = self.formula.evaluate(assignment)
        return values[self.root] if self.root > 0 else not values[-self.root]


class _Clausifier:
    def __init__(self, formula: Formula, root: Literal) -> None:
        self.nodes = formula.nodes
        self.numbers: dict[int, int] = {}
        self.clauses: list[Clause] = []
        self.defined: set[Literal] = set()
        self.pending: list[Literal] = []
        self._assert(root)
        self._define()

    def _number(self, literal: Literal) -> int:
        """The clause literal of a node literal; notes that the node still needs its definition."""
        node = abs(literal)
        number = self.numbers.get(node)
        if number is None:
            number = self.numbers[node] = len(self.numbers) + 1
        if literal not in self.defined and isinstance(self.nodes[node], tuple):
            self.defined.add(literal)
            self.pending.append(literal)
        return number if literal > 0 else -number

    def _clause(self, literals: Iterable[Literal]) -> None:
        self.clauses.append(tuple([self._number(x) for x in literals]))

    def _assert(self, root: Literal) -> None:
        """Clauses that make the root true, with conjunctions opened."""
        todo = [root]
        while todo:
            literal = todo.pop()
            inner = self.nodes[abs(literal)]
            if literal == TRUE:
                continue
            if literal == -TRUE:
                self.clauses.append(())
            elif isinstance(inner, Atom):
                self._clause((literal,))
            elif literal > 0:
                todo.extend(reversed(inner))
            else:
                self._clause([-x for x in inner])

    def _define(self) -> None:
        """Clauses by which each conjunction met implies its parts, or each disjunction one of them."""
        done = 0
        while done < len(self.pending):
            literal = self.pending[done]
            done += 1
            inner: Sequence[Literal] = self.nodes[abs(literal)]  # type: ignore[assignment]
            if literal > 0:
                for part in inner:
                    self._clause((-literal, part))
            else:
                self._clause([-literal, *[-x for x in inner]])


def is_tautology(clause: Clause) -> bool:
    """Whether the clause has a literal and its negation."""
    return any(-x in clause for x in clause)
