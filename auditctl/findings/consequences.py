"""What follows from assumed literals of a question: by unit propagation, by lemmas, and from the sets.

Untrusted. The nodes of the formula and the lemmas of a certificate take part, the goal does not: the
question "why can this statement not apply?" is asked of what the control asks about alone. Where the
certificate needed no lemma for a statement, the sets of its atoms are compared here.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence

from checkers.kernel import globs, intervals
from checkers.kernel.budget import Budget
from checkers.kernel.formula import TRUE, Arity, Atom, Formula, Literal, Variable
from checkers.kernel.globs import GlobSet
from checkers.kernel.intervals import IntervalSet
from checkers.verdict import Refusal

Clause = tuple[Literal, ...]
# Work for one comparison of sets, in the checker's units: 20 ms. What takes longer stays open.
MAX_WORK = 200_000


class Consequences:
    """Truth values of nodes, each with the literals that it follows from.

    `made` are atoms that lemmas made, by numbers that no node has. `conflict` is the literals that
    contradict one another, None where there is no contradiction.
    """

    def __init__(self, formula: Formula, lemmas: Sequence[Clause], made: Mapping[int, Atom]) -> None:
        self._nodes = formula.nodes
        self._made = made
        self._parents: dict[int, list[int]] = {}
        for number, node in enumerate(formula.nodes):
            for part in node if isinstance(node, tuple) else ():
                self._parents.setdefault(abs(part), []).append(number)
        self._lemmas: dict[int, list[Clause]] = {}
        for lemma in lemmas:
            for literal in lemma:
                self._lemmas.setdefault(abs(literal), []).append(lemma)
        self._trail: list[int] = []
        self._queue: deque[int] = deque()
        self._values: dict[int, bool] = {TRUE: True}
        self._causes: dict[int, tuple[Literal, ...]] = {TRUE: ()}
        self._facts: dict[Variable, list[Literal]] = {}
        self.conflict: tuple[Literal, ...] | None = None

    def value(self, literal: Literal) -> bool | None:
        """The truth of a literal, None where it is open."""
        value = self._values.get(abs(literal))
        return value if value is None or literal > 0 else not value

    def assume(self, literals: Iterable[Literal]) -> None:
        """Take literals for true, and what follows by propagation."""
        for literal in literals:
            self._set(literal, ())
        self._propagate()

    def settle(self, literal: Literal, *, true_too: bool) -> bool | None:
        """The truth of a literal after its atoms are compared with what is known of their variables.

        That an atom is false is always looked for, that it is true only on demand: it takes longer.
        """
        for node in sorted(self.built_from([literal])):
            if self.conflict is None and isinstance(self._nodes[node], Atom):
                self._compare(node, true_too=true_too)
        return self.value(literal)

    def mark(self) -> int:
        """A place to return to."""
        return len(self._trail)

    def undo(self, mark: int) -> None:
        """Forget what was assumed since the mark."""
        for node in reversed(self._trail[mark:]):
            del self._values[node], self._causes[node]
            atom = self._atom(node)
            facts = self._facts.get(atom.variable, []) if atom is not None else []
            if facts and abs(facts[-1]) == node:
                facts.pop()
        del self._trail[mark:]
        self._queue.clear()
        self.conflict = None

    def cone(self, literals: Iterable[Literal]) -> set[int]:
        """The nodes that literals follow from, themselves included."""
        seen: set[int] = set()
        todo = [abs(x) for x in literals]
        while todo:
            node = todo.pop()
            if node not in seen:
                seen.add(node)
                todo += [abs(x) for x in self._causes.get(node, ())]
        return seen

    def built_from(self, literals: Iterable[Literal]) -> set[int]:
        """The nodes that literals are built from, themselves included."""
        seen: set[int] = set()
        todo = [abs(x) for x in literals]
        while todo:
            node = todo.pop()
            if node not in seen:
                seen.add(node)
                inner = self._nodes[node]
                todo += [abs(x) for x in inner] if isinstance(inner, tuple) else []
        return seen

    # Propagation.

    def _atom(self, node: int) -> Atom | None:
        found = self._made[node] if node in self._made else self._nodes[node]
        return found if isinstance(found, Atom) else None

    def _set(self, literal: Literal, causes: tuple[Literal, ...], *, is_fact: bool = True) -> None:
        """Make a literal true. It is no fact of its own where the sets of others imply it."""
        value = self.value(literal)
        if value is False:
            self.conflict = self.conflict or (literal, *causes)
        elif value is None:
            node = abs(literal)
            self._values[node], self._causes[node] = literal > 0, causes
            self._trail.append(node)
            self._queue.append(node)
            atom = self._atom(node)
            if atom is not None and is_fact:
                self._facts.setdefault(atom.variable, []).append(literal)

    def _propagate(self) -> None:
        while self._queue and self.conflict is None:
            node = self._queue.popleft()
            for lemma in self._lemmas.get(node, ()):
                self._clause(lemma, is_fact=False)
            for number in (node, *self._parents.get(node, ())):
                for clause in self._clauses(number, node):
                    self._clause(clause)

    def _clauses(self, number: int, changed: int) -> Iterator[Clause]:
        """What a conjunction says, as clauses: those in which the changed node takes part."""
        parts = self._nodes[number] if number not in self._made else None
        if isinstance(parts, tuple) and parts:
            yield (number, *[-part for part in parts])
            yield from ((-number, part) for part in parts if changed in (number, abs(part)))

    def _clause(self, clause: Clause, *, is_fact: bool = True) -> None:
        """Set the last open literal of a clause, or find a conflict."""
        unset = [x for x in clause if self.value(x) is None]
        if len(unset) > 1 or any(self.value(x) for x in clause):
            return
        rest = tuple(-x for x in clause if x not in unset)
        if unset:
            self._set(unset[0], rest, is_fact=is_fact)
        elif self.conflict is None:
            self.conflict = rest

    # Sets.

    def _compare(self, node: int, *, true_too: bool) -> None:
        """Set an open atom that the known memberships of its variable settle; see whether they contradict."""
        atom = self._atom(node)
        if atom is None or atom.variable.arity is Arity.MANY or not isinstance(atom.set, GlobSet | IntervalSet):
            return
        facts = [x for x in self._facts.get(atom.variable, ()) if isinstance(self._set_of(x), GlobSet | IntervalSet)]
        value = self.value(node)
        if value is not None:
            if self._is_empty(facts):
                self.conflict = tuple(facts)
        elif self._is_empty([*facts, node]):
            self._set(-node, tuple(facts), is_fact=False)
        elif true_too and self._is_empty([*facts, -node]):
            self._set(node, tuple(facts), is_fact=False)
        self._propagate()

    def _set_of(self, literal: Literal) -> object:
        atom = self._atom(abs(literal))
        return atom.set if atom is not None else None

    def _is_empty(self, literals: Sequence[Literal]) -> bool:
        """Whether surely no value of their variable makes all literals true."""
        inside = [self._set_of(x) for x in literals if x > 0]
        outside = [self._set_of(x) for x in literals if x < 0]
        one = self._atom(abs(literals[0])) if literals else None
        if one is None or (not inside and one.variable.arity is not Arity.ONE):
            return False
        budget = Budget()
        budget.left = MAX_WORK
        try:
            if isinstance(one.set, IntervalSet):
                intervals.check_empty(inside, outside, budget)  # type: ignore[arg-type]  # one theory per variable
            else:
                globs.check_empty(inside, outside, (), budget)  # type: ignore[arg-type]  # as above
        except Refusal:
            return False
        return True
