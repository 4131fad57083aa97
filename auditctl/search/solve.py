"""The certifying search: a refutation of a question, or a model of it.

First each atom is related to the literals that are already forced, then one disjunct after the other
is decided; a SAT solver is asked only for what propagation leaves open. Nothing here is trusted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pysat.solvers import Solver

from auditctl.search.lemmas import FEW, Atoms, Lemma, rename, write_lemmas
from auditctl.search.propagation import Propagator, derive
from auditctl.search.relations import are_apart, covers
from auditctl.search.theory import Conflict, GaveUp, Value, by_variable, values_for
from checkers.kernel.clauses import Question
from checkers.kernel.formula import Arity, Atom, Set, Theory, Variable
from checkers.kernel.globs import GlobSet
from checkers.kernel.intervals import IntervalSet
from checkers.kernel.refutation import RULE
from checkers.verdict import Declined

MAX_ROUNDS = 5_000
SAT_SOLVER = "cadical153"


@dataclass(frozen=True, slots=True)
class Refutation:
    """The certificate that a question has no model, as the checker reads it."""

    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Model:
    """Values under which the question is true, by variable name; a variable left out has no value."""

    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Undecided:
    """The search gave up, and why."""

    reason: str


def solve(question: Question) -> Refutation | Model | Undecided:
    """Decide a question."""
    try:
        return _Search(question).run()
    except GaveUp as error:
        return Undecided(str(error))
    except Declined as error:
        return Undecided(f"over a limit of the checker: {error}")


def ask_solvers(question: Question, seconds: float = 10.0) -> Model | None:
    """A model from Z3 or cvc5, for a question that the search gave up on, if the checker's evaluation confirms it.

    Their word that there is none is no certificate, and changes nothing.
    """
    from auditctl.smt import Bounded, NotExpressible, Status, available

    with Bounded() as solvers:
        for name in available():
            try:
                answer = solvers.decide(name, question, seconds)
            except NotExpressible:
                return None
            if answer.status is Status.SAT and answer.model is not None and question.holds_for(answer.model):
                return Model(answer.model)
    return None


class _Search:
    def __init__(self, question: Question) -> None:
        self.question = question
        self.atoms = Atoms(question.atoms, len(question.numbers) + 1)
        self.propagator = Propagator()
        self.lemmas: list[Lemma] = []
        self.lemma_of: dict[int, Lemma] = {}  # from number of a clause
        self.steps: dict[int, tuple[tuple[int, ...], list[int]]] = {}  # derived clauses and their hints
        self.seen: set[tuple[int, ...]] = set()
        self.related: set[tuple[int, int]] = set()
        self.groups: dict[Variable, list[int]] = {}  # the literals of atoms in the first places of the trail
        self.grouped = 0  # how many places that is
        self.variables = question.formula.variables()
        self.atoms_of: dict[Any, list[int]] = {}
        for number, atom in question.atoms.items():
            self.atoms_of.setdefault(atom.variable, []).append(number)

    def run(self) -> Refutation | Model | Undecided:
        for clause in self.question.clauses:
            self.propagator.add(clause)
        self.propagator.propagate()
        self._relate()
        if self.propagator.conflict is None:
            model = self._disjuncts()
            if model is not None:
                return model
        if self.propagator.conflict is None:
            model = self._rounds()
            if model is not None:
                return model
        return self._refutation()

    # Lemmas.

    def _add(self, lemma: Lemma) -> bool:
        """Add a lemma unless it is known; whether it was new."""
        if lemma.clauses[0] in self.seen:
            return False
        self.lemmas.append(lemma)
        for clause in lemma.clauses:
            self.seen.add(clause)
            self.lemma_of[len(self.propagator.clauses)] = lemma
            self.propagator.add(clause)
        self.propagator.propagate()
        return True

    def _add_all(self, lemmas: Iterable[Lemma]) -> bool:
        """Add lemmas; whether one of them was new."""
        return sum(self._add(lemma) for lemma in lemmas) > 0

    def _relate(self, since: int = 0) -> None:
        """Compare every atom with the memberships that the trail forces from position `since` on.

        One look at each pair: apart, or covered.
        """
        for literal in self.propagator.trail[since:]:
            atom = self.atoms.by_number.get(abs(literal))
            if atom is None or not isinstance(atom.set, GlobSet | IntervalSet):
                continue
            near = self.atoms.near(literal) if literal > 0 and len(self.atoms_of[atom.variable]) > FEW else None
            for other in self.atoms_of.get(atom.variable, ()):
                if self.propagator.conflict is not None:
                    return
                self._relate_pair(literal, other, is_far=near is not None and other not in near)

    def _relate_pair(self, literal: int, other: int, *, is_far: bool) -> None:
        """Learn what a forced literal says of another atom of its variable."""
        if abs(literal) == other or (literal, other) in self.related:
            return
        self.related.add((literal, other))
        value = self.propagator.value(other)
        one, two = self.atoms.by_number[abs(literal)], self.atoms.by_number[other]
        if not isinstance(two.set, GlobSet | IntervalSet):
            return
        clause = _told_apart(literal, other, one, two.set, is_far=is_far)
        if clause is not None and value is not (other in clause):  # else it says nothing new
            self._add(self.atoms.empty(clause))

    # Disjunct by disjunct.

    def _disjuncts(self) -> Model | None:
        """Try each open literal of the longest clause that is not yet true."""
        open_clauses = (c for c in self.question.clauses if not any(self.propagator.value(x) for x in c))
        longest = max(open_clauses, key=len, default=())
        if not longest:
            return self._model_here(len(self.propagator.trail))
        for literal in longest:
            if self.propagator.value(literal) is not None:
                continue
            model = self._disjunct(literal)
            if model is not None:
                return model
            if self.propagator.conflict is not None:
                return None
        return None

    def _disjunct(self, literal: int) -> Model | None:
        """Assume one literal; learn what excludes it, or find a model with it."""
        mark = self.propagator.mark()
        self.propagator.assume([literal])
        model = self._model_here(mark[0])
        hints = self.propagator.explain() if self.propagator.conflict is not None else None
        self.propagator.undo(mark)
        if hints is not None and self.propagator.value(literal) is None:
            self._add_step((-literal,), hints)
        return model

    def _model_here(self, since: int) -> Model | None:
        """A model that extends the present trail; lemmas are learned until there is none or no more to say."""
        related = False
        while self.propagator.conflict is None:
            found = values_for(self.atoms, self._assigned_atoms(since))
            if isinstance(found, Conflict):
                if not self._add_all(found.lemmas):
                    return None
                continue
            model = self._model(found)
            if model is not None or related:
                return model
            self._relate(since)
            related = True
        return None

    def _assigned_atoms(self, since: int) -> dict[Variable, list[int]]:
        """The literals of atoms that are set, by variable, without those that follow from an emptiness lemma.

        What was set before `since` stays set, so it is looked at once.
        """
        for variable, literals in self._without_lemmas(self.grouped, since).items():
            self.groups.setdefault(variable, []).extend(literals)
        self.grouped = since
        groups = dict(self.groups)
        for variable, literals in self._without_lemmas(since, len(self.propagator.trail)).items():
            groups[variable] = groups.get(variable, []) + literals
        return groups

    def _without_lemmas(self, first: int, behind: int) -> dict[Variable, list[int]]:
        reason = self.propagator.reason
        return by_variable(
            self.atoms, [x for x in self.propagator.trail[first:behind] if not self._is_lemma(reason[x])]
        )

    def _is_lemma(self, number: int | None) -> bool:
        lemma = None if number is None else self.lemma_of.get(number)
        return lemma is not None and not lemma.atom

    def _add_step(self, clause: tuple[int, ...], hints: list[int]) -> None:
        self.steps[len(self.propagator.clauses)] = (clause, hints)
        self.propagator.add(clause)
        self.propagator.propagate()

    def _model(self, values: Mapping[str, Value]) -> Model | None:
        """The values, completed, if they make the question true."""
        full = dict(values)
        for variable in self.variables:
            if variable.name not in full:
                full[variable.name] = _default(variable.theory) if variable.arity is Arity.ONE else ()
        return Model(full) if self.question.holds_for(full) else None

    # The rest: a SAT solver proposes, the theories object.

    def _rounds(self) -> Model | None:
        with Solver(name=SAT_SOLVER, bootstrap_with=self.propagator.clauses) as solver:
            for _ in range(MAX_ROUNDS):
                if not solver.solve():
                    return None
                literals = self._needed(solver.get_model() or [])
                found = values_for(self.atoms, by_variable(self.atoms, literals))
                if not isinstance(found, Conflict):
                    model = self._model(found)
                    if model is None:
                        raise GaveUp("a model of the clauses does not make the formula true")
                    return model
                before = len(self.propagator.clauses)
                if not self._add_all(found.lemmas):
                    raise GaveUp("a conflict of the sets brings no new lemma")
                if self.propagator.conflict is not None:
                    return None
                for clause in self.propagator.clauses[before:]:
                    solver.add_clause(clause)
        raise GaveUp(f"no answer after {MAX_ROUNDS} rounds")

    def _needed(self, model: Iterable[int]) -> list[int]:
        """The literals of atoms that a SAT model uses to make the formula true."""
        truth = {abs(x): x > 0 for x in model}
        nodes, numbers = self.question.formula.nodes, self.question.numbers
        needed: dict[int, None] = {}
        todo, seen = [self.question.root], set()
        while todo:
            literal = todo.pop()
            if literal in seen or abs(literal) == 1:
                continue
            seen.add(literal)
            inner = nodes[abs(literal)]
            if not isinstance(inner, tuple):
                needed[numbers[abs(literal)] if literal > 0 else -numbers[abs(literal)]] = None
            elif literal > 0:
                todo += inner
            else:
                todo.append(self._true_part(inner, truth))
        return list(needed)

    def _true_part(self, parts: Sequence[int], truth: Mapping[int, bool]) -> int:
        """A part of a conjunction that is false: an atom before a gate."""
        numbers, nodes = self.question.numbers, self.question.formula.nodes
        false = [p for p in parts if truth.get(numbers[abs(p)], False) is not (p > 0)]
        if not false:
            raise GaveUp("a model of the clauses does not make the formula true")
        return -min(false, key=lambda p: isinstance(nodes[abs(p)], tuple))

    # The certificate.

    def _refutation(self) -> Refutation:
        """The lemmas and steps that lead to the empty clause."""
        if self.propagator.conflict is None:
            self._steps_of_solver()
        self.steps[len(self.propagator.clauses)] = ((), self.propagator.explain())
        used = {len(self.propagator.clauses)}
        for number in sorted(self.steps, reverse=True):
            if number in used:
                used.update(self.steps[number][1])
        lemmas = {id(x): x for number, x in self.lemma_of.items() if number in used}
        for lemma in list(lemmas.values()):
            self._with_made_atoms(lemma, lemmas)
        rows, ordered, final = write_lemmas(list(lemmas.values()), len(self.question.numbers) + 1)
        place = self._places(ordered, used)
        steps = [self.steps[n] for n in sorted(self.steps) if n in used]
        written = [[[rename(x, final) for x in clause], [place[h] for h in hints]] for clause, hints in steps]
        return Refutation({"rule": RULE, "question": self.question.digest, "lemmas": rows, "steps": written})

    def _steps_of_solver(self) -> None:
        """Steps from the SAT solver's own proof: each of its clauses follows by unit propagation."""
        with Solver(name=SAT_SOLVER, bootstrap_with=self.propagator.clauses, with_proof=True) as solver:
            solver.solve()
            proof = solver.get_proof() or []
        for row in proof:
            if row.startswith("d") or self.propagator.conflict is not None:
                continue
            clause = tuple(int(x) for x in row.split()[:-1])
            hints = derive(self.propagator, clause)
            if hints is None:
                raise GaveUp("a step of the SAT solver's proof does not follow by unit propagation")
            if clause:
                self._add_step(clause, hints)
        if self.propagator.conflict is None:
            raise GaveUp("the SAT solver's proof does not reach the empty clause")

    def _with_made_atoms(self, lemma: Lemma, lemmas: dict[int, Lemma]) -> None:
        """Keep the lemmas that make the atoms that a kept lemma speaks of."""
        makers = {x.atom: x for x in self.atoms.made.values()}
        todo = [lemma]
        while todo:
            one = todo.pop()
            for x in one.row:
                maker = makers.get(abs(x))
                if maker is not None and maker is not one and id(maker) not in lemmas:
                    lemmas[id(maker)] = maker
                    todo.append(maker)

    def _places(self, ordered: Sequence[Lemma], used: set[int]) -> dict[int, int]:
        """From numbers of clauses here to those of the certificate."""
        count = len(self.question.clauses)
        place = {i: i + 1 for i in used if i < count}
        numbers: dict[int, list[int]] = {}
        for number, lemma in self.lemma_of.items():
            numbers.setdefault(id(lemma), []).append(number)
        following = count + 1
        for lemma in ordered:
            for offset, number in enumerate(numbers.get(id(lemma), ())):
                place[number] = following + offset
            following += len(lemma.clauses)
        place.update({n: following + i for i, n in enumerate(n for n in sorted(self.steps) if n in used)})
        return place


def _told_apart(literal: int, other: int, one: Atom, two: Set, *, is_far: bool) -> tuple[int, int] | None:
    """A lemma's clause about a forced literal, of atom `one`, and another atom of its variable with set `two`."""
    if is_far:
        return (-literal, -other) if one.variable.arity is not Arity.MANY else None
    if literal < 0:
        return (-other, -literal) if covers(one.set, two) else None
    if covers(two, one.set):
        return -literal, other
    return (-literal, -other) if one.variable.arity is not Arity.MANY and are_apart(one.set, two) else None


def _default(theory: Theory) -> Value:
    return {Theory.GLOBS: ("",), Theory.INTERVALS: (0,), Theory.FLAG: (False,)}[theory]
