"""Refutations: lemmas about the sets, then LRAT steps over the clauses, down to the empty clause.

As data, a refutation is
`{"rule": "refutation/1", "question": DIGEST, "lemmas": {RULE: [...], ...}, "steps": [[LITERALS, HINTS], ...]}`
with the rules of `RULES` in that order. Clauses are numbered from 1: those of the question, those of
the lemmas in order, those of the steps. Atoms that link lemmas make are numbered after the variables
of the question.
"""

from collections.abc import Callable, Mapping, Sequence

from checkers import limits
from checkers.kernel import globs, intervals
from checkers.kernel.budget import Budget
from checkers.kernel.clauses import Clause, Question
from checkers.kernel.formula import Arity, Atom, Theory
from checkers.kernel.globs import EVERYTHING, GlobSet
from checkers.kernel.links import Template, absent, is_word, substitute
from checkers.verdict import Declined, Rejected

RULE = "refutation/1"


class Proof:
    """The clauses that are established so far, and the atoms that they speak of."""

    def __init__(self, question: Question) -> None:
        self.clauses: list[Clause] = list(question.clauses)
        self.atoms: dict[int, Atom] = dict(question.atoms)
        self.next_atom = len(question.numbers) + 1
        self.budget = Budget()

    def atom(self, number: object) -> Atom:
        """The atom with this number."""
        found = self.atoms.get(number) if type(number) is int else None
        if found is None:
            raise Rejected(f"{number!r} is not the number of an atom")
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
    for rule, check in RULES.items():
        rows = _rows(lemmas.get(rule, []), limits.MAX_LEMMAS, rule)
        for row in rows:
            proof.budget.spend(20 + len(row))
            proof.clauses.extend(check(proof, row))


def _rows(value: object, most: int, what: str) -> list[list[object]]:
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
        raise Rejected(f"{what} is not a list of lists")
    if len(value) > most:
        raise Declined(f"{what} has {len(value)} rows; at most {most} are supported")
    return value


def check_link(proof: Proof, row: Sequence[object]) -> list[Clause]:
    """`[L, c1, ..., ck]`: what an atom `x in P[y]` says when its holes are filled by known sets.

        L: x ∈ P[y1, ..., yk]      yi ∈ Gi
        ----------------------------------  link/1
        x ∈ P[G1, ..., Gk]

    ci is the number of an atom yi ∈ Gi; or its negative, where Gi is every string: yi has no value and
    the hole has its default; or 0: nothing is assumed and the hole takes any string. The set with the
    holes filled has a new atom number. Filling makes a union larger and a complement smaller, so the
    clause goes from L for the one, to L for the other; it goes both ways where each hole has exactly
    one filling.
    """
    atom, template = _template_atom(proof, row)
    choices: list[GlobSet] = []
    assumed: list[int] = []
    exact = True
    for one, choice in zip(template.holes, row[1:], strict=True):
        filling, literal = _filling(proof, one, choice)
        choices.append(filling)
        assumed.extend(literal)
        exact = exact and (is_word(filling) or type(choice) is int and choice < 0)
    number, new = int(str(row[0])), proof.new_atom(Atom(atom.variable, substitute(template, choices)))
    proof.budget.spend(sum(len(c.patterns) for c in choices) + 10 * len(template.patterns))
    onward, back = (*assumed, -number, new), (*assumed, number, -new)
    if exact:
        return [onward, back]
    return [back if template.complement else onward]


def _template_atom(proof: Proof, row: Sequence[object]) -> tuple[Atom, Template]:
    atom = proof.atom(row[0] if row else None)
    if not isinstance(atom.set, Template) or len(row) != 1 + len(atom.set.holes):
        raise Rejected("a link lemma names an atom with holes and one choice for each hole")
    return atom, atom.set


def _filling(proof: Proof, one: object, choice: object) -> tuple[GlobSet, list[int]]:
    """The set that fills a hole, and the literals under which it does."""
    if type(choice) is not int:
        raise Rejected("a choice of a link lemma is not an integer")
    if choice == 0:
        return EVERYTHING, []
    atom = proof.atom(abs(choice))
    if atom.variable != one.variable or not isinstance(atom.set, GlobSet):  # type: ignore[attr-defined]
        raise Rejected("a choice of a link lemma is an atom about another variable")
    if choice < 0:
        if not atom.set.is_everything:
            raise Rejected("only the atom over every string says that a variable has no value")
        return absent(one), [-choice]  # type: ignore[arg-type]
    if atom.set.complement:
        raise Rejected("a hole cannot be filled by a complement")
    return atom.set, [-choice]


def check_mirror(proof: Proof, row: Sequence[object]) -> list[Clause]:
    """`[L, t]`: equal variables have the same memberships.

        L: x ∈ {y}      x ∈ T
        ---------------------  mirror/1      (and with both memberships negated)
        y ∈ T

    t is the number of x ∈ T; y ∈ T has a new atom number. Neither variable may have many values.
    """
    if len(row) != 2:  # noqa: PLR2004
        raise Rejected("a mirror lemma has two members")
    link, known = proof.atom(row[0]), proof.atom(row[1])
    if not isinstance(link.set, Template) or not link.set.is_bare or known.variable != link.variable:
        raise Rejected("a mirror lemma needs an atom that equates two variables and an atom about the first")
    other = link.set.holes[0].variable
    if Arity.MANY in (link.variable.arity, other.arity) or not isinstance(known.set, GlobSet):
        raise Rejected("a mirror lemma needs variables with one value")
    equal, member = int(str(row[0])), int(str(row[1]))
    new = proof.new_atom(Atom(other, known.set))
    return [(-equal, -member, new), (-equal, member, -new)]


def check_glob_empty(proof: Proof, row: Sequence[object]) -> list[Clause]:
    """`[literals]` or `[literals, states]`: the clause of literals, by `globs.check_empty`."""
    if len(row) not in (1, 2) or not all(isinstance(part, list) for part in row):
        raise Rejected("an emptiness lemma is a list of literals and at most a list of product states")
    literals, inside, outside = _sets(proof, row[0], Theory.GLOBS)
    globs.check_empty(inside, outside, _states(row[1]) if len(row) == 2 else (), proof.budget)  # noqa: PLR2004
    return [literals]


def check_interval_empty(proof: Proof, row: Sequence[object]) -> list[Clause]:
    """`[literals]`: the clause of literals, by `intervals.check_empty`."""
    if len(row) != 1:
        raise Rejected("an interval lemma is one list of literals")
    literals, inside, outside = _sets(proof, row[0], Theory.INTERVALS)
    intervals.check_empty(inside, outside, proof.budget)
    return [literals]


def _sets(proof: Proof, literals: object, theory: Theory) -> tuple[Clause, list, list]:  # type: ignore[type-arg]
    """The sets that a clause over one variable speaks of: of its negative and of its positive literals."""
    clause = _clause(literals)
    atoms = [proof.atom(abs(x)) for x in clause]
    if not atoms or any(a.variable != atoms[0].variable for a in atoms):
        raise Rejected("an emptiness lemma speaks of one variable")
    if atoms[0].variable.theory is not theory or any(isinstance(a.set, Template) or a.set is None for a in atoms):
        raise Rejected("an emptiness lemma speaks of sets of its own theory")
    inside = [a.set for a, x in zip(atoms, clause, strict=True) if x < 0]
    outside = [a.set for a, x in zip(atoms, clause, strict=True) if x > 0]
    arity = atoms[0].variable.arity
    if not inside and arity is not Arity.ONE:
        raise Rejected("without a membership to start from, a variable that may have no value proves nothing")
    if len(inside) > 1 and arity is Arity.MANY:
        raise Rejected("memberships of a variable with many values may be of different values")
    return clause, inside, outside


def _states(value: object) -> list[tuple[int, ...]]:
    if not isinstance(value, list) or len(value) > limits.MAX_LISTED_STATES:
        raise Declined(f"more than {limits.MAX_LISTED_STATES} product states, or no list of them")
    return [tuple(_mask(m) for m in state) for state in value if isinstance(state, list)]


def _mask(value: object) -> int:
    """A mask, written as hexadecimal text."""
    if not isinstance(value, str) or not value or not set(value) <= set("0123456789abcdef"):
        raise Rejected("a mask of a product state is not hexadecimal text")
    return int(value, 16)


def _clause(value: object) -> Clause:
    if not isinstance(value, list) or not all(type(x) is int and x != 0 for x in value):
        raise Rejected("a clause is not a list of integers other than zero")
    return tuple(value)


RULES: dict[str, Callable[[Proof, Sequence[object]], list[Clause]]] = {
    "link/1": check_link,
    "mirror/1": check_mirror,
    "glob-empty/1": check_glob_empty,
    "interval-empty/1": check_interval_empty,
}


def _check_steps(proof: Proof, steps: object) -> None:
    """Each step is a clause that follows by unit propagation along its hints; one of them must be empty."""
    rows = _rows(steps, limits.MAX_STEPS, "steps")
    for row in rows:
        if len(row) != 2:  # noqa: PLR2004
            raise Rejected("a step is a clause and its hints")
        clause = _clause(row[0])
        _check_step(proof, clause, row[1])
        proof.clauses.append(clause)
    if () not in proof.clauses:
        raise Rejected("the refutation does not reach the empty clause")


def _check_step(proof: Proof, clause: Clause, hints: object) -> None:
    """Reverse unit propagation with hints (LRAT; Cruz-Filipe et al. 2017), without the RAT part."""
    if not isinstance(hints, list):
        raise Rejected("the hints of a step are not a list")
    false = set(clause)
    for hint in hints:
        if type(hint) is not int or not 1 <= hint <= len(proof.clauses):
            raise Rejected(f"hint {hint!r} names no clause before its step")
        given = proof.clauses[hint - 1]
        proof.budget.spend(2 + len(given))
        open_literals = {x for x in given if x not in false}
        if not open_literals:
            return
        if len(open_literals) > 1:
            raise Rejected(f"hint {hint} is not unit when it is used")
        unit = open_literals.pop()
        false.add(-unit)
    raise Rejected("the hints of a step end without a conflict")
