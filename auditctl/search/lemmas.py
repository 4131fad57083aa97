"""Lemmas as the search makes them, and how they are written into a certificate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditctl.search.heads import Heads
from auditctl.search.relations import covers
from checkers.kernel.formula import Atom, Theory, Variable
from checkers.kernel.globs import EVERYTHING, GlobSet
from checkers.kernel.links import Template, absent, is_word, substitute

Clause = tuple[int, ...]
FEW = 3  # atoms that are sooner compared than looked up


@dataclass(frozen=True, slots=True)
class Lemma:
    """One lemma: its rule, its clauses, and the row of the certificate that makes them.

    `atom` is the number of the new atom that a link or mirror lemma makes, 0 for others.
    """

    rule: str
    row: tuple[int, ...]
    clauses: tuple[Clause, ...]
    atom: int = 0


class Atoms:
    """The atoms of a question by number, and those that lemmas add."""

    def __init__(self, atoms: Mapping[int, Atom], first_free: int) -> None:
        self.by_number = dict(atoms)
        self.next = self.first_made = first_free
        self.made: dict[tuple[int, ...], Lemma] = {}
        self._heads: dict[Variable, Heads] = {}
        self.templated = {a.variable for a in atoms.values() if isinstance(a.set, Template)}
        self.answers: dict[tuple[int, ...], Any] = {}  # what is known of literals that were asked about
        self._inside: dict[tuple[int, int], bool] = {}
        self._near: dict[int, frozenset[int] | None] = {}

    def near(self, number: int) -> frozenset[int] | None:
        """The atoms of the question that may share a word with this one, by how words begin; None for all."""
        if number not in self._near:
            atom = self.by_number[number]
            plain = isinstance(atom.set, GlobSet) and not atom.set.complement and number < self.first_made
            self._near[number] = self._heads_of(atom.variable).near(atom.set.patterns) if plain else None  # type: ignore[union-attr]
        return self._near[number]

    def _heads_of(self, variable: Variable) -> Heads:
        if variable not in self._heads:
            heads = self._heads[variable] = Heads()
            for number, atom in self.by_number.items():
                if atom.variable is variable and number < self.first_made:
                    heads.add(number, atom.set)
        return self._heads[variable]

    def is_inside(self, one: int, other: int) -> bool:
        """Whether a quick look shows that the set of one atom is within that of another of its variable."""
        key = one, other
        if key not in self._inside:
            self._inside[key] = covers(self.by_number[other].set, self.by_number[one].set)
        return self._inside[key]

    def relevant(self, true: Sequence[int], false: Sequence[int]) -> list[int]:
        """The atoms of `false` without those that share no word with some atom of `true`."""
        if len(false) <= FEW:
            return list(false)
        sets = [s for s in map(self.near, true) if s is not None]
        if not sets:
            return list(false)
        closest = min(sets, key=len)
        return [y for y in false if y in closest or y >= self.first_made]

    def link(self, number: int, choices: Sequence[int]) -> Lemma:
        """The link lemma for a template atom; choices as in the rule `link/1`."""
        key = (number, *choices)
        if key in self.made:
            return self.made[key]
        atom = self.by_number[number]
        template = atom.set
        if not isinstance(template, Template):
            raise TypeError("a link lemma is about an atom with holes")
        fillings = [self._filling(i, template, c) for i, c in enumerate(choices)]
        new = self._new(Atom(atom.variable, substitute(template, fillings)))
        assumed = tuple(-c for c in choices if c)
        exact = all(c < 0 or (c > 0 and is_word(f)) for c, f in zip(choices, fillings, strict=True))
        onward, back = (*assumed, -number, new), (*assumed, number, -new)
        clauses = (onward, back) if exact else ((back,) if template.complement else (onward,))
        lemma = self.made[key] = Lemma("link/1", key, clauses, new)
        return lemma

    def _filling(self, index: int, template: Template, choice: int) -> GlobSet:
        if choice == 0:
            return EVERYTHING
        if choice < 0:
            return absent(template.holes[index])
        found = self.by_number[choice].set
        if not isinstance(found, GlobSet):
            raise TypeError("a hole is filled by a glob set")
        return found

    def mirror(self, number: int, member: int) -> Lemma:
        """The mirror lemma: what is known of one of two equal variables holds of the other."""
        key = (number, member, -1)
        if key in self.made:
            return self.made[key]
        template = self.by_number[number].set
        if not isinstance(template, Template):
            raise TypeError("a mirror lemma is about an atom with a hole")
        new = self._new(Atom(template.holes[0].variable, self.by_number[member].set))
        clauses = ((-number, -member, new), (-number, member, -new))
        lemma = self.made[key] = Lemma("mirror/1", (number, member), clauses, new)
        return lemma

    def empty(self, clause: Sequence[int]) -> Lemma:
        """The emptiness lemma for a clause over one variable."""
        theory = self.by_number[abs(clause[0])].variable.theory
        rule = "glob-empty/1" if theory is Theory.GLOBS else "interval-empty/1"
        return Lemma(rule, tuple(clause), (tuple(clause),))

    def _new(self, atom: Atom) -> int:
        number, self.next = self.next, self.next + 1
        self.by_number[number] = atom
        return number


ORDER = ("link/1", "mirror/1", "glob-empty/1", "interval-empty/1")


def write_lemmas(
    lemmas: Sequence[Lemma], first_free: int
) -> tuple[dict[str, list[object]], list[Lemma], dict[int, int]]:
    """The lemmas as the certificate has them, in that order, and the final numbers of the new atoms."""
    ordered = [x for rule in ORDER for x in lemmas if x.rule == rule]
    final = {x.atom: first_free + i for i, x in enumerate(x for x in ordered if x.atom)}
    rows: dict[str, list[object]] = {}
    for lemma in ordered:
        row = [rename(x, final) for x in lemma.row]
        rows.setdefault(lemma.rule, []).append([row] if lemma.rule.endswith("-empty/1") else row)
    return rows, ordered, final


def rename(literal: int, final: Mapping[int, int]) -> int:
    """The literal with its atom's final number."""
    number = final.get(abs(literal), abs(literal))
    return number if literal > 0 else -number
