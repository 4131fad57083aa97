"""Refutations: lemmas about the sets, then LRAT steps over the clauses, down to the empty clause.

As data, a refutation is
`{"rule": "refutation/1", "question": DIGEST, "lemmas": {RULE: [...], ...}, "steps": [[LITERALS, HINTS], ...]}`
with the rules of `RULES` in that order. Clauses are numbered from 1: those of the question, those of
the lemmas in order, those of the steps. Atoms that link lemmas make are numbered after the variables
of the question.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from checkers import limits
from checkers.kernel import globs, intervals
from checkers.kernel.budget import Budget
from checkers.kernel.clauses import Clause, Question
from checkers.kernel.formula import Arity, Atom
from checkers.kernel.globs import EVERYTHING, GlobSet, State
from checkers.kernel.intervals import IntervalSet
from checkers.kernel.links import Hole, Template, absent, is_word, substitute
from checkers.verdict import Declined, Rejected

RULE = "refutation/1"
_Set = TypeVar("_Set", GlobSet, IntervalSet)
_Part = TypeVar("_Part")


class Proof:
    """The clauses that are established so far, and the atoms that they speak of."""

    def __init__(self, question: Question) -> None:
        self.clauses: list[Clause] = list(question.clauses)
        self.atoms: dict[int, Atom] = dict(question.atoms)
        self.next_atom = len(question.numbers) + 1
        self.budget = Budget()

    def atom(self, number: int) -> Atom:
        """The atom with this number."""
        found = self.atoms.get(number)
        if found is None:
            raise Rejected(f"{number} is not the number of an atom")
        return found

    def new_atom(self, atom: Atom) -> int:
        """A number for an atom that the question does not have."""
        number = self.next_atom
        self.next_atom += 1
        self.atoms[number] = atom
        return number


def check_refutation(question: Question, data: Mapping[str, object]) -> None:
    """Return iff the data proves that the question has no model; raise Rejected or Declined otherwise."""
    if set(data) != {"rule", "question", "lemmas", "steps"}:
        raise Rejected("a refutation has exactly the members rule, question, lemmas and steps")
    if data["rule"] != RULE:
        raise Declined(f"rule {data['rule']!r}; this checker knows {RULE}")
    if data["question"] != question.digest:
        raise Rejected(f"the certificate is for question {data['question']!r}, this claim's is {question.digest}")
    proof = Proof(question)
    _check_lemmas(proof, data["lemmas"])
    _check_steps(proof, data["steps"])


def _check_lemmas(proof: Proof, lemmas: object) -> None:
    if not isinstance(lemmas, dict):
        raise Rejected("lemmas is not an object")
    unknown = [rule for rule in lemmas if rule not in RULES]
    if unknown:
        raise Declined(f"rule {unknown[0]!r}; this checker knows {', '.join(RULES)}")
    for rule, check in RULES.items() if lemmas else ():
        for row in _rows(lemmas.get(rule, []), limits.MAX_LEMMAS, rule):
            proof.budget.spend(200)
            proof.clauses.extend(check(proof, row))


def _rows(value: object, most: int, what: str) -> list[list[object]]:
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
        raise Rejected(f"{what} is not a list of lists")
    if len(value) > most:
        raise Declined(f"{what} has {len(value)} rows; at most {most} are supported")
    return value


def _integers(value: object, what: str) -> tuple[int, ...]:
    if not isinstance(value, list) or not all(type(x) is int for x in value):
        raise Rejected(f"{what} is not a list of integers")
    return tuple(value)


def _pair(row: Sequence[_Part], what: str) -> tuple[_Part, _Part]:
    match row:
        case [first, second]:
            return first, second
        case _:
            raise Rejected(f"{what} has {len(row)} parts, not two")


def _clause(value: object) -> Clause:
    found = _integers(value, "a clause")
    if 0 in found:
        raise Rejected("a clause has the literal 0")
    return found


def check_link(proof: Proof, row: Sequence[object]) -> list[Clause]:
    """`[L, c1, ..., ck]`: what an atom `x in P[y]` says when its holes are filled by known sets.

        L: x ∈ P[y1, ..., yk]      yi ∈ Gi
        ----------------------------------  link/1
        x ∈ P[G1, ..., Gk]

    ci is the number of an atom yi ∈ Gi; or its negative, where Gi is every string: yi has no value and
    the hole has its default; or 0: nothing is assumed and the hole takes any string. The set with the
    holes filled has a new atom number. Filling makes a union larger and a complement smaller, so the
    clause goes from L for the one, to L for the other; it goes both ways where each hole has exactly
    one filling. Fails where ci is about another variable than yi or is a complement, and where yi may have
    many values: the hole has its default for two of them, whatever they are.
    """
    number, *choices = _integers(row, "a link lemma") or (0,)
    template = proof.atom(number).set
    if not isinstance(template, Template) or len(choices) != len(template.holes):
        raise Rejected("a link lemma names an atom with holes and one choice for each hole")
    fillings = [_filling(proof, one, choice) for one, choice in zip(template.holes, choices, strict=True)]
    new = proof.new_atom(Atom(proof.atom(number).variable, substitute(template, fillings, proof.budget)))
    assumed = [-choice for choice in choices if choice]
    onward, back = (*assumed, -number, new), (*assumed, number, -new)
    if all(choice < 0 or is_word(filling) for choice, filling in zip(choices, fillings, strict=True)):
        return [onward, back]
    return [back if template.complement else onward]


def _filling(proof: Proof, one: Hole, choice: int) -> GlobSet:
    """The set that fills a hole."""
    if choice == 0:
        return EVERYTHING
    atom = proof.atom(abs(choice))
    if atom.variable != one.variable or not isinstance(atom.set, GlobSet):
        raise Rejected("a choice of a link lemma is an atom about another variable")
    if one.variable.arity is Arity.MANY:
        raise Rejected("a hole is not filled by a variable that may have many values")
    if choice < 0:
        if not atom.set.is_everything:
            raise Rejected("only the atom over every string says that a variable has no value")
        return absent(one)
    if atom.set.complement:
        raise Rejected("a hole cannot be filled by a complement")
    return atom.set


def check_mirror(proof: Proof, row: Sequence[object]) -> list[Clause]:
    """`[L, t]`: equal variables have the same memberships.

        L: x ∈ {y}      x ∈ T
        ---------------------  mirror/1      (and with both memberships negated)
        y ∈ T

    t is the number of x ∈ T; y ∈ T has a new atom number. Fails where x may have many values: the one
    in T need not be the one that y has.
    """
    equal, member = _pair(_integers(row, "a mirror lemma"), "a mirror lemma")
    link, known = proof.atom(equal), proof.atom(member)
    if not isinstance(link.set, Template) or not link.set.is_bare or known.variable != link.variable:
        raise Rejected("a mirror lemma needs an atom that equates two variables and an atom about the first")
    other = link.set.holes[0].variable
    if Arity.MANY in (link.variable.arity, other.arity) or not isinstance(known.set, GlobSet):
        raise Rejected("a mirror lemma needs variables with one value")
    new = proof.new_atom(Atom(other, known.set))
    return [(-equal, -member, new), (-equal, member, -new)]


def check_glob_empty(proof: Proof, row: Sequence[object]) -> list[Clause]:
    """`[literals]` or `[literals, states]`: the clause of literals, by `globs.check_empty`."""
    literals, states = _pair([*row, []] if len(row) == 1 else row, "an emptiness lemma with product states")
    clause, inside, outside = _sets(proof, literals, GlobSet)
    globs.check_empty(inside, outside, _states(states), proof.budget)
    return [clause]


def check_interval_empty(proof: Proof, row: Sequence[object]) -> list[Clause]:
    """`[literals]`: the clause of literals, by `intervals.check_empty`."""
    if len(row) != 1:
        raise Rejected("an interval lemma is one list of literals")
    clause, inside, outside = _sets(proof, row[0], IntervalSet)
    intervals.check_empty(inside, outside, proof.budget)
    return [clause]


def _sets(proof: Proof, literals: object, theory: type[_Set]) -> tuple[Clause, list[_Set], list[_Set]]:
    """The sets that a clause over one variable speaks of: of its negative and of its positive literals.

    A clause with a membership to start from speaks of the value that makes it true; one without speaks of
    a value that there must be.
    """
    clause = _clause(literals)
    inside: list[_Set] = []
    outside: list[_Set] = []
    variables = set()
    for x in clause:
        atom = proof.atom(abs(x))
        variables.add(atom.variable)
        if not isinstance(atom.set, theory):
            raise Rejected("an emptiness lemma speaks of sets of its own theory")
        (inside if x < 0 else outside).append(atom.set)
    if len(variables) != 1:
        raise Rejected("an emptiness lemma speaks of one variable")
    arity = variables.pop().arity
    if not inside and arity is not Arity.ONE:
        raise Rejected("without a membership to start from, a variable that may have no value proves nothing")
    if len(inside) > 1 and arity is Arity.MANY:
        raise Rejected("memberships of a variable with many values may be of different values")
    return clause, inside, outside


def _states(value: object) -> list[State]:
    rows = _rows(value, limits.MAX_LISTED_STATES, "the list of product states")
    return [tuple([_mask(m) for m in row]) for row in rows]


def _mask(value: object) -> int:
    """A mask, written as hexadecimal text."""
    if type(value) is not str or not value or not set(value) <= set("0123456789abcdef"):
        raise Rejected("a mask of a product state is not hexadecimal text")
    return int(value, 16)


RULES: dict[str, Callable[[Proof, Sequence[object]], list[Clause]]] = {
    "link/1": check_link,
    "mirror/1": check_mirror,
    "glob-empty/1": check_glob_empty,
    "interval-empty/1": check_interval_empty,
}


def _check_steps(proof: Proof, steps: object) -> None:
    """Each step is a clause that follows by unit propagation along its hints; one of them must be empty."""
    for row in _rows(steps, limits.MAX_STEPS, "steps"):
        literals, hints = _pair(row, "a step")
        clause = _clause(literals)
        _check_step(proof, clause, _integers(hints, "the hints of a step"))
        proof.clauses.append(clause)
    if () not in proof.clauses:
        raise Rejected("the refutation does not reach the empty clause")


def _check_step(proof: Proof, clause: Clause, hints: Sequence[int]) -> None:
    """Reverse unit propagation with hints (LRAT; Cruz-Filipe et al. 2017), without the RAT part."""
    false = set(clause)
    for hint in hints:
        if not 1 <= hint <= len(proof.clauses):
            raise Rejected(f"hint {hint} names no clause before its step")
        given = proof.clauses[hint - 1]
        proof.budget.spend(2 + len(given))
        unit = [x for x in given if x not in false]
        if not unit:
            return
        if len(unit) > 1:
            raise Rejected(f"hint {hint} is not unit when it is used")
        false.add(-unit[0])
    raise Rejected("the hints of a step end without a conflict")
