"""Unit propagation over growing clauses, with the reasons that LRAT hints are made of."""

from collections.abc import Iterable, Sequence
from heapq import heapify, heappop, heappush

Clause = tuple[int, ...]


class Propagator:
    """Clauses, a trail of true literals, and for each literal the clause that forced it.

    Clauses are numbered from 0 in the order in which they are added. A literal without a reason was
    assumed. `conflict` is the number of a clause that is false, or None.
    """

    def __init__(self) -> None:
        self.clauses: list[Clause] = []
        self.trail: list[int] = []
        self.reason: dict[int, int | None] = {}
        self.conflict: int | None = None
        self._false: list[int] = []
        self._occurs: dict[int, list[int]] = {}
        self._position: dict[int, int] = {}
        self._done = 0  # how many literals of the trail every clause has counted

    def add(self, clause: Clause) -> int:
        """Add a clause and propagate what follows from it; its number."""
        number = len(self.clauses)
        self.clauses.append(clause)
        false = 0
        for literal in clause:
            self._occurs.setdefault(literal, []).append(number)
            false += self._position.get(-literal, self._done) < self._done
        self._false.append(false)
        if len(clause) - false <= 1:
            self._examine(number)
        return number

    @property
    def has_conflict(self) -> bool:
        """Whether some clause is false."""
        return self.conflict is not None

    def value(self, literal: int) -> bool | None:
        """True, false, or None where it is open."""
        if literal in self.reason:
            return True
        return False if -literal in self.reason else None

    def assume(self, literals: Iterable[int]) -> None:
        """Make literals true without a reason, then propagate."""
        for literal in literals:
            if -literal in self.reason:
                self.conflict = self._falsified(literal)
                return
            if literal not in self.reason:
                self._set(literal, None)
        self.propagate()

    def _falsified(self, literal: int) -> int | None:
        """The clause that forced the negation; there is one unless it was assumed too."""
        return self.reason[-literal]

    def _set(self, literal: int, reason: int | None) -> None:
        self.reason[literal] = reason
        self._position[literal] = len(self.trail)
        self.trail.append(literal)

    def propagate(self) -> None:
        """Everything that follows from the trail, until nothing does or a clause is false."""
        while self._done < len(self.trail) and self.conflict is None:
            literal = self.trail[self._done]
            self._done += 1
            for number in self._occurs.get(-literal, ()):
                self._false[number] += 1
                if not self.has_conflict and len(self.clauses[number]) - self._false[number] <= 1:
                    self._examine(number)

    def _examine(self, number: int) -> None:
        """A clause with at most one literal that is not counted false: force it, or note the conflict."""
        reason = self.reason
        unit = None
        for literal in self.clauses[number]:
            if literal in reason:
                return
            if -literal not in reason:
                if unit is not None:
                    return
                unit = literal
        if unit is None:
            self.conflict = number if self.conflict is None else self.conflict
        else:
            self._set(unit, number)

    def mark(self) -> tuple[int, int]:
        """A state to go back to. There must be no conflict."""
        return len(self.trail), len(self.clauses)

    def undo(self, mark: tuple[int, int]) -> None:
        """Forget the literals set since `mark`, and the conflict; keep the clauses, and what they force."""
        length, clauses = mark
        for position in range(len(self.trail) - 1, length - 1, -1):
            literal = self.trail[position]
            if position < self._done:
                for number in self._occurs.get(-literal, ()):
                    self._false[number] -= 1
            del self.reason[literal]
            del self._position[literal]
        del self.trail[length:]
        self._done = min(self._done, length)
        self.conflict = None
        for number in range(clauses, len(self.clauses)):
            if len(self.clauses[number]) - self._false[number] <= 1:
                self._examine(number)
        self.propagate()

    def explain(self) -> list[int]:
        """The clauses that lead to the conflict, in the order in which they are used."""
        if self.conflict is None:
            raise ValueError("there is no conflict to explain")
        used = [self.conflict]
        # A heap: the last one first. What was assumed against a forced literal is not on the trail.
        latest = [-self._position[-x] for x in set(self.clauses[self.conflict]) if -x in self._position]
        heapify(latest)
        seen = set(latest)
        while latest:
            literal = self.trail[-heappop(latest)]
            number = self.reason[literal]
            if number is None:
                continue
            used.append(number)
            for x in self.clauses[number]:
                place = 0 if x == literal else -self._position[-x]
                if x != literal and place not in seen:
                    seen.add(place)
                    heappush(latest, place)
        used.reverse()
        return used


def derive(propagator: Propagator, clause: Sequence[int]) -> list[int] | None:
    """The clauses by which `clause` follows through unit propagation, or None."""
    if propagator.conflict is not None:
        return propagator.explain()
    mark = propagator.mark()
    propagator.assume(-x for x in clause)
    hints = propagator.explain() if propagator.has_conflict else None
    propagator.undo(mark)
    return hints
