"""A question as a pySMT formula of string theory, reals and integers.

Untrusted, and independent of the checker: a pattern is a regular expression here, never an automaton,
and a solver decides what is empty. What must agree with the checker is what the sets mean.

A variable has slots, each with room for one value. A variable with exactly one value has one slot, an
optional one has a slot that may be empty.

A variable with any number of values has one slot for each atom about it, and that is enough. `x in S`
means that some value is in S, so an assignment that makes the formula true still does when for each
true atom one value in its set is kept and every other value is dropped: true atoms stay true, false
ones false. So slot i is the witness of atom i, and atom i is true iff slot i has a value. To make that
right, the value of slot i is in the set of atom i, and no slot has a value in the set of an atom whose
own slot is empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING
from urllib.parse import quote

from auditctl.smt.patterns import NotExpressible, Patterns
from auditctl.smt.regular import BOOL, INT, REAL, STRING, Terms
from checkers.kernel.formula import Arity, Atom, Theory
from checkers.kernel.globs import GlobSet
from checkers.kernel.intervals import IntervalSet
from checkers.kernel.links import Template, hole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pysmt.fnode import FNode
    from pysmt.formula import FormulaManager
    from pysmt.typing import PySMTType

    from checkers.kernel.clauses import Question
    from checkers.kernel.formula import Formula, Literal, Set, Variable
    from checkers.kernel.intervals import Cut, Number
    from checkers.kernel.links import Hole

__all__ = ["LOGIC", "PLAIN", "Encoding", "NotExpressible", "Slot", "encode"]

LOGIC = "ALL"  # strings together with reals: no logic of the standard has both

# What may stay as it is in a quoted symbol (SMT-LIB 2.6, section 3.1); the space is kept for suffixes.
PLAIN = "".join(chr(c) for c in range(0x21, 0x7F) if chr(c) not in "%|\\")


@dataclass(frozen=True, slots=True)
class Slot:
    """Room for one value: whether it is there, and the value."""

    present: FNode
    value: FNode


@dataclass(frozen=True, slots=True)
class Encoding:
    """A formula that has a model iff the question has one, and the slots where a model has the values."""

    formula: FNode
    slots: Mapping[Variable, tuple[Slot, ...]]
    logic: str = LOGIC

    def symbols(self) -> Iterator[FNode]:
        """Every symbol, in the order of the question."""
        for slots in self.slots.values():
            for slot in slots:
                if slot.present.is_symbol():
                    yield slot.present
                yield slot.value


def encode(question: Question) -> Encoding:
    """The question as a formula. Raises `NotExpressible`."""
    formula, root = question.formula, question.root
    nodes = _reachable(formula, root)
    terms = Terms()
    atoms = _Atoms(terms, _atoms_about(formula, nodes))
    made: dict[int, FNode] = {1: terms.manager.TRUE()}
    for node in nodes:
        inner = formula.nodes[node]
        if isinstance(inner, Atom):
            made[node] = atoms.some(inner)
        elif node != 1:
            made[node] = _conjunction(terms, inner, made)
    return Encoding(terms.manager.And([_literal(terms, root, made), *atoms.constraints()]), atoms.slots)


def _reachable(formula: Formula, root: Literal) -> list[int]:
    """The nodes that the root depends on, children first. A child has a smaller number than its parent."""
    needed = {abs(root)}
    for node in range(abs(root), 1, -1):
        inner = formula.nodes[node]
        if node in needed and isinstance(inner, tuple):
            needed.update(map(abs, inner))
    return sorted(needed)


def _atoms_about(formula: Formula, nodes: Iterable[int]) -> dict[Variable, list[Atom]]:
    """The atoms about each variable; its mention in a hole is not one."""
    found: dict[Variable, list[Atom]] = {}
    for node in nodes:
        atom = formula.nodes[node]
        if isinstance(atom, Atom):
            found.setdefault(atom.variable, []).append(atom)
            for one in atom.set.holes if isinstance(atom.set, Template) else ():
                found.setdefault(one.variable, [])
    return found


def _conjunction(terms: Terms, literals: Sequence[Literal], made: Mapping[int, FNode]) -> FNode:
    """The conjunction. Of negations only, it is what the kernel makes of a disjunction."""
    if all(x < 0 for x in literals):
        return terms.manager.Not(terms.manager.Or([made[-x] for x in literals]))
    return terms.manager.And([_literal(terms, x, made) for x in literals])


def _literal(terms: Terms, literal: Literal, made: Mapping[int, FNode]) -> FNode:
    return made[literal] if literal > 0 else terms.manager.Not(made[-literal])


# Variables.


def _slots(terms: Terms, variable: Variable, atoms: int) -> tuple[Slot, ...]:
    name = quote(variable.name, safe=PLAIN)
    if variable.arity is Arity.MANY:
        return tuple(_slot(terms, variable, f"{name} {i + 1}") for i in range(atoms))
    return (_slot(terms, variable, name),)


def _slot(terms: Terms, variable: Variable, name: str) -> Slot:
    value = terms.symbol(name, _sort(variable))
    if variable.arity is Arity.ONE:
        return Slot(terms.manager.TRUE(), value)
    return Slot(terms.symbol(f"{name} is present", BOOL), value)


def _sort(variable: Variable) -> PySMTType:
    """The sort of a variable's values. Addresses are integers; every other line is dense."""
    if variable.theory is Theory.INTERVALS:
        return INT if variable.name.endswith("#address") else REAL
    return STRING if variable.theory is Theory.GLOBS else BOOL


# Atoms.


class _Atoms:
    """Makes the formulas `x in S`."""

    def __init__(self, terms: Terms, about: Mapping[Variable, Sequence[Atom]]) -> None:
        """Make the slots of every variable."""
        self.make = terms.manager
        self.patterns = Patterns(terms)
        self.about = about
        self.slots = {variable: _slots(terms, variable, len(atoms)) for variable, atoms in about.items()}
        self.witnesses = {atom: slot for v in about for atom, slot in self._pairs(v)}

    def _pairs(self, variable: Variable) -> list[tuple[Atom, Slot]]:
        """The atoms about a variable with many values, each with its slot."""
        if variable.arity is not Arity.MANY:
            return []
        return list(zip(self.about[variable], self.slots[variable], strict=True))

    def some(self, atom: Atom) -> FNode:
        """Some value of the variable is in the set."""
        witness = self.witnesses.get(atom)
        if witness is not None:
            return witness.present
        (slot,) = self.slots[atom.variable]
        return self._has(slot, atom)

    def constraints(self) -> Iterator[FNode]:
        """What makes a slot the witness of an atom about a variable with many values."""
        for variable in self.about:
            for atom, witness in self._pairs(variable):
                yield self.make.Implies(witness.present, self._member(witness.value, atom.set))
                for other in self.slots[variable]:
                    if other is not witness:
                        yield self.make.Implies(self._has(other, atom), witness.present)

    def _has(self, slot: Slot, atom: Atom) -> FNode:
        return self._all([slot.present, self._member(slot.value, atom.set)])

    def _all(self, parts: Iterable[FNode]) -> FNode:
        return self.make.And([p for p in parts if not p.is_true()])

    def _member(self, value: FNode, values: Set) -> FNode:
        if values is None:
            return value
        if isinstance(values, IntervalSet):
            return self._in_intervals(value, values)
        if isinstance(values, GlobSet):
            inside = self.patterns.in_any(value, values.patterns)
        else:
            inside = self.make.Or([self._in_pattern(value, p, values.holes) for p in values.patterns])
        return self.make.Not(inside) if values.complement else inside

    def _in_intervals(self, value: FNode, values: IntervalSet) -> FNode:
        """Some span from cut to cut has the value; None is an infinite end."""
        ends: list[Cut | None] = [*([None] if values.starts_inside else []), *values.cuts]
        if len(ends) % 2:
            ends.append(None)
        spans = zip(ends[::2], ends[1::2], strict=True)
        return self.make.Or([self._all(self._bounds(value, low, high)) for low, high in spans])

    def _bounds(self, value: FNode, low: Cut | None, high: Cut | None) -> Iterator[FNode]:
        if low is not None:
            yield self._is_above(value, low)
        if high is not None:
            yield self.make.Not(self._is_above(value, high))

    def _is_above(self, value: FNode, cut: Cut) -> FNode:
        """The value lies behind the cut, which is just before a number or just after it."""
        number, is_after = cut
        bound = _bound(self.make, number, value.symbol_type())
        return self.make.LT(bound, value) if is_after else self.make.LE(bound, value)

    def _in_pattern(self, value: FNode, pattern: str, holes: Sequence[Hole]) -> FNode:
        """The value matches a pattern whose holes all have a text."""
        texts: dict[str, FNode] = {}
        conditions = []
        for i, one in enumerate(holes):
            if hole(i, folded=True) in pattern:
                raise NotExpressible(f"`{one.variable.name}` in a pattern that ignores case")
            if hole(i) in pattern:
                present, texts[hole(i)] = self._text_of(one)
                conditions.append(present)
        return self._all([*conditions, self.patterns.matches(value, pattern, texts)])

    def _text_of(self, one: Hole) -> tuple[FNode, FNode]:
        """Whether the hole has a text, and the text: the variable's value, or else the default."""
        variable = one.variable
        if variable.arity is Arity.MANY or variable.theory is not Theory.GLOBS:
            raise NotExpressible(f"`{variable.name}` in a pattern is not one text")
        (slot,) = self.slots[variable]
        if slot.present.is_true() or one.default is None:
            return slot.present, slot.value
        return self.make.TRUE(), self.make.Ite(slot.present, slot.value, self.patterns.text(one.default))


def _bound(make: FormulaManager, number: Number, sort: PySMTType) -> FNode:
    if sort is REAL:
        return make.Real(Fraction(number))
    if number.denominator != 1:
        raise NotExpressible(f"{number} as a bound of integers")
    return make.Int(int(number))
