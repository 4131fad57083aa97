"""From truth values of atoms to values of variables, or to lemmas that say why there are none."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditctl.search.lemmas import Atoms, Lemma
from auditctl.search.relations import meets
from auditctl.search.words import TooLarge, find_number, find_word, is_empty
from checkers.kernel.budget import Budget
from checkers.kernel.formula import Arity, Theory, Variable
from checkers.kernel.globs import ANY, SEG_ANY, SEG_STAR, STAR, GlobSet, unfold
from checkers.kernel.intervals import IntervalSet
from checkers.kernel.links import Template, hole, substitute, substitute_words

ADDRESS_SUFFIX = "#address"
# Texts that are tried for a variable whose value other variables refer to.
_FRESH = ("alpha", "bravo", "charlie-1")

Value = tuple[Any, ...]


class GaveUp(Exception):
    """The values could neither be found nor excluded. The message is the reason."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Lemmas of which at least one is false under the literals that were given."""

    lemmas: tuple[Lemma, ...]


def by_variable(atoms: Atoms, literals: Sequence[int]) -> dict[Variable, list[int]]:
    """The literals that are about atoms, by variable."""
    found: dict[Variable, list[int]] = {}
    for literal in literals:
        atom = atoms.by_number.get(abs(literal))
        if atom is not None:
            found.setdefault(atom.variable, []).append(literal)
    return found


def values_for(atoms: Atoms, groups: Mapping[Variable, list[int]]) -> dict[str, Value] | Conflict:
    """Values that give every literal its truth, or why there are none. Raises `GaveUp`.

    The literals are given by variable.
    """
    linked = {v for v in atoms.templated if _has_template(atoms, groups.get(v, ()))}
    found: dict[str, Value] = {}
    lemmas: list[Lemma] = []
    for variable, group in groups.items():
        if variable in linked:
            continue
        value = _plain_value(atoms, variable, group)
        if isinstance(value, Conflict):
            lemmas += value.lemmas
        else:
            found[variable.name] = value
    if lemmas:
        return Conflict(tuple(lemmas))
    for variable in groups:
        if variable in linked:
            conflict = _linked_value(atoms, variable, groups, found)
            if conflict is not None:
                return conflict
    return found


def _has_template(atoms: Atoms, literals: Sequence[int]) -> bool:
    return any(isinstance(atoms.by_number[abs(x)].set, Template) for x in literals)


def _plain_value(atoms: Atoms, variable: Variable, literals: Sequence[int]) -> Value | Conflict:
    if variable.theory is Theory.FLAG:
        return (literals[0] > 0,)
    true = [x for x in literals if x > 0]
    false = [-x for x in literals if x < 0]
    try:
        if variable.arity is Arity.MANY:
            return _many(atoms, variable, true, false)
        return _single(atoms, variable, true, false)
    except TooLarge:
        raise GaveUp(f"the sets of {variable.name} are too large to search") from None


def _single(atoms: Atoms, variable: Variable, true: Sequence[int], false: Sequence[int]) -> Value | Conflict:
    """One value, or none where that is enough; answers are remembered."""
    true, false = _narrowest(atoms, true), atoms.relevant(true, false)
    if not true and variable.arity is Arity.OPTIONAL:
        return ()
    key = (*true, 0, *false)
    if key not in atoms.answers:
        atoms.answers[key] = _one_value(atoms, variable, true, false)
    answer: Value | Conflict = atoms.answers[key]
    return answer


def _one_value(atoms: Atoms, variable: Variable, true: Sequence[int], false: Sequence[int]) -> Value | Conflict:
    lemma = _covered_meet(atoms, true, false) if variable.theory is Theory.GLOBS else None
    if lemma is not None:
        return Conflict((lemma,))
    value = member(atoms, variable, true, false)
    return (value,) if value is not None else Conflict((minimal_lemma(atoms, true, false),))


def _covered_meet(atoms: Atoms, true: Sequence[int], false: Sequence[int]) -> Lemma | None:
    """The lemma that two sets meet only within others, where a look at their patterns shows it."""
    if len(true) != 2:  # noqa: PLR2004
        return None
    one, other = (atoms.by_number[x].set for x in true)
    found = meets(one, other)  # type: ignore[arg-type]
    if found is None:
        return None
    budget = Budget()
    used = []
    for pattern in found:
        y = next((y for y in false if not (s := atoms.by_number[y].set).complement and s.has(pattern, budget)), None)  # type: ignore[union-attr]
        if y is None:
            return None
        used.append(y)
    return atoms.empty((*[-x for x in true], *dict.fromkeys(used)))


def _many(atoms: Atoms, variable: Variable, true: Sequence[int], false: Sequence[int]) -> Value | Conflict:
    """One value for each membership, each in none of the other sets."""
    values = []
    for one in true:
        others = atoms.relevant([one], false)
        value = member(atoms, variable, [one], others)
        if value is None:
            return Conflict((minimal_lemma(atoms, [one], others),))
        values.append(value)
    return tuple(dict.fromkeys(values))


def member(atoms: Atoms, variable: Variable, true: Sequence[int], false: Sequence[int]) -> Any:
    """A value in the sets of `true` and in none of those of `false`, None if there is none."""
    inside, outside = (
        [atoms.by_number[x].set for x in true],
        [atoms.by_number[x].set for x in false],
    )
    if variable.theory is Theory.INTERVALS:
        return find_number(inside, outside, integer=variable.name.endswith(ADDRESS_SUFFIX))  # type: ignore[arg-type]
    return find_word(inside, outside)  # type: ignore[arg-type]


def has_none(atoms: Atoms, true: Sequence[int], false: Sequence[int]) -> bool:
    """Whether no value is in the sets of `true` and in none of those of `false`. Raises TooLarge."""
    inside: list[Any] = [atoms.by_number[x].set for x in true]
    outside: list[Any] = [atoms.by_number[x].set for x in false]
    if (inside and isinstance(inside[0], IntervalSet)) or (outside and isinstance(outside[0], IntervalSet)):
        return find_number(inside, outside, integer=False) is None
    return is_empty(inside, outside)


def minimal_lemma(atoms: Atoms, true: Sequence[int], false: Sequence[int]) -> Lemma:
    """The emptiness lemma with no literal too many."""
    for x in true:
        for y in false:
            if atoms.is_inside(x, y):
                return atoms.empty((-x, y))
    true, false = list(true), list(false)
    if len(false) > 1:
        false = _shrink(false, lambda rest: has_none(atoms, true, rest))
    if len(true) + len(false) > 3:  # noqa: PLR2004  of two and one, each pair was looked at
        true = _shrink(true, lambda rest: bool(rest) and has_none(atoms, rest, false))
    return atoms.empty((*[-x for x in true], *false))


def _narrowest(atoms: Atoms, true: Sequence[int]) -> list[int]:
    """The sets without those that plainly contain another one."""
    kept = list(dict.fromkeys(true))
    for x in reversed(true):
        if any(y != x and atoms.is_inside(y, x) for y in kept):
            kept.remove(x)
    return kept


def _shrink(items: list[int], is_enough: Any) -> list[int]:
    """Drop halves, then quarters, then single items, as long as the rest is enough."""
    size = max(1, len(items) // 2)
    while size:
        i = 0
        while i < len(items):
            rest = items[:i] + items[i + size :]
            if is_enough(rest):
                items = rest
            else:
                i += size
        size //= 2
    return items


def _linked_value(
    atoms: Atoms,
    variable: Variable,
    groups: Mapping[Variable, list[int]],
    found: dict[str, Value],
) -> Conflict | None:
    """A value for a variable with template atoms, given the values of the variables in their holes."""
    literals = groups[variable]
    for attempt in range(len(_FRESH) + 1):
        if attempt:
            _refresh(atoms, literals, groups, found, _FRESH[attempt - 1])
        value = _with_holes_filled(atoms, variable, literals, found)
        if value is not None:
            found[variable.name] = value
            return None
    if _equated(atoms, variable, literals, groups, found) or _captured(atoms, variable, literals, groups, found):
        return None
    conflict = _link_conflict(atoms, variable, literals, groups)
    if conflict is None:
        raise GaveUp(
            f"no value of {variable.name} fits the policy variables that refer to it, and no lemma excludes one"
        )
    return conflict


def _with_holes_filled(
    atoms: Atoms,
    variable: Variable,
    literals: Sequence[int],
    found: Mapping[str, Value],
) -> Value | None:
    inside: list[GlobSet] = []
    outside: list[GlobSet] = []
    for x in literals:
        values = atoms.by_number[abs(x)].set
        if isinstance(values, Template):
            values = substitute_words(values, [found.get(h.variable.name, ()) for h in values.holes])
        (inside if x > 0 else outside).append(values)  # type: ignore[arg-type]
    if not inside and variable.arity is not Arity.ONE:
        return ()
    try:
        if variable.arity is Arity.MANY:
            words = [find_word([s], outside) for s in inside]
            return tuple(w for w in words if w is not None) if None not in words else None
        word = find_word(inside, outside)
    except TooLarge:
        return None
    return None if word is None else (word,)


def _holes(atoms: Atoms, literals: Sequence[int]) -> list[Variable]:
    found: dict[Variable, None] = {}
    for x in literals:
        values = atoms.by_number[abs(x)].set
        if isinstance(values, Template):
            found.update((h.variable, None) for h in values.holes)
    return list(found)


def _refresh(
    atoms: Atoms,
    literals: Sequence[int],
    groups: Mapping[Variable, list[int]],
    found: dict[str, Value],
    text: str,
) -> None:
    """Try another value for the variables in the holes: a fresh text that their own literals admit."""
    for source in _holes(atoms, literals):
        own = groups.get(source, [])
        if any(isinstance(atoms.by_number[abs(x)].set, Template) for x in own):
            continue
        inside = [atoms.by_number[x].set for x in own if x > 0]
        outside = [atoms.by_number[-x].set for x in own if x < 0]
        if all(text in s for s in inside) and not any(text in s for s in outside):  # type: ignore[operator]
            found[source.name] = (text,)


def _equated(
    atoms: Atoms,
    variable: Variable,
    literals: Sequence[int],
    groups: Mapping[Variable, list[int]],
    found: dict[str, Value],
) -> bool:
    """Where an atom equates the variable with another one, look for one value that suits both."""
    for x in literals:
        values = atoms.by_number[abs(x)].set
        if x < 0 or not isinstance(values, Template) or not values.is_bare:
            continue
        other = values.holes[0].variable
        plain = [
            y for y in (*literals, *groups.get(other, [])) if not isinstance(atoms.by_number[abs(y)].set, Template)
        ]
        word = find_word(
            [atoms.by_number[y].set for y in plain if y > 0],  # type: ignore[misc]
            [atoms.by_number[-y].set for y in plain if y < 0],  # type: ignore[misc]
        )
        if word is None:
            continue
        before = found.get(other.name)
        found[other.name] = (word,)
        value = _with_holes_filled(atoms, variable, literals, found)
        if value == (word,):
            found[variable.name] = value
            return True
        found[other.name] = before or ()
    return False


def _captured(
    atoms: Atoms,
    variable: Variable,
    literals: Sequence[int],
    groups: Mapping[Variable, list[int]],
    found: dict[str, Value],
) -> bool:
    """Choose the variable first, with every hole open, and read the texts of the holes off its value."""
    inside: list[Any] = []
    templates = []
    for x in literals:
        values = atoms.by_number[abs(x)].set
        if x > 0 and isinstance(values, Template):
            templates.append(values)
            values = substitute(values, [_SOME_TEXT] * len(values.holes))
        if x > 0:
            inside.append(values)
    outside: list[Any] = [s for x in literals if x < 0 and isinstance(s := atoms.by_number[-x].set, GlobSet)]
    word = find_word(inside, outside) if templates else None
    if word is None:
        return False
    before = dict(found)
    for template in templates:
        found.update(capture(template, word))
    holes = {h.variable for t in templates for h in t.holes}
    if all(_admits(atoms, groups.get(h, []), found.get(h.name, ())) for h in holes):
        value = _with_holes_filled(atoms, variable, literals, found)
        if value is not None:
            found[variable.name] = value
            return True
    found.clear()
    found.update(before)
    return False


def _admits(atoms: Atoms, literals: Sequence[int], value: Value) -> bool:
    """Whether a value of a hole gives the plain literals about it their truth."""
    plain = [x for x in literals if not isinstance(atoms.by_number[abs(x)].set, Template)]
    return all(any(v in atoms.by_number[abs(x)].set for v in value) is (x > 0) for x in plain)  # type: ignore[operator]


_SOME_TEXT = GlobSet([ANY + STAR])
_TOKENS = {STAR: ".*", ANY: ".", SEG_STAR: "[^:]*", SEG_ANY: "[^:]"}


def capture(template: Template, word: str) -> dict[str, Value]:
    """Texts of the holes with which some pattern of the template matches the word; empty where none does."""
    for pattern in template.patterns:
        seen: set[int] = set()
        parts = [_expression(char, len(template.holes), seen) for char in pattern]
        match = re.fullmatch("".join(parts), word, re.DOTALL)
        if match is not None:
            return {template.holes[i].variable.name: (match[f"h{i}"],) for i in seen}
    return {}


def _expression(char: str, holes: int, seen: set[int]) -> str:
    for i in range(holes):
        if char in (hole(i), hole(i, folded=True)):
            again = i in seen
            seen.add(i)
            return f"(?P=h{i})" if again else f"(?P<h{i}>.+?)"
    letter = unfold(char)
    return _TOKENS.get(char) or (f"[{letter}{letter.upper()}]" if letter else re.escape(char))


def _link_conflict(
    atoms: Atoms,
    variable: Variable,
    literals: Sequence[int],
    groups: Mapping[Variable, list[int]],
) -> Conflict | None:
    """Link lemmas whose new atoms, with the plain ones, leave no value."""
    plain = [x for x in literals if not isinstance(atoms.by_number[abs(x)].set, Template)]
    links: dict[int, Lemma] = {}
    for x in literals:
        if isinstance(atoms.by_number[abs(x)].set, Template):
            links.update((new, lemma) for new, lemma in _links(atoms, x, groups))
    found = _empty_among(atoms, variable, [*plain, *links])
    if found is not None:
        return Conflict((*[links[x] for x in links if x in found.row or -x in found.row], found))
    return _mirror_conflict(atoms, variable, literals, groups)


def _links(atoms: Atoms, literal: int, groups: Mapping[Variable, list[int]]) -> list[tuple[int, Lemma]]:
    """What follows from a template literal when its holes are filled by what is known: new literals."""
    number = abs(literal)
    template = atoms.by_number[number].set
    if not isinstance(template, Template):
        return []
    made = []
    for choices in _choices(atoms, template, groups):
        lemma = atoms.link(number, choices)
        implied = lemma.atom if literal > 0 else -lemma.atom
        tail = {c[-2:] for c in lemma.clauses}
        if ((-number, lemma.atom) if literal > 0 else (number, -lemma.atom)) in tail:
            made.append((implied, lemma))
    return made


def _choices(atoms: Atoms, template: Template, groups: Mapping[Variable, list[int]]) -> list[list[int]]:
    """Fillings to try: every hole open, and each hole by each set that its variable is known to be in."""
    best = []
    options = []
    for one in template.holes:
        known = [x for x in groups.get(one.variable, []) if isinstance(atoms.by_number[abs(x)].set, GlobSet)]
        inside = [x for x in known if x > 0 and not atoms.by_number[x].set.complement]  # type: ignore[union-attr]
        absent = [x for x in known if x < 0 and atoms.by_number[-x].set.is_everything]  # type: ignore[union-attr]
        options.append([*absent, *inside])
        best.append((absent or inside or [0])[0])
    rows = [[0] * len(template.holes), best]
    for i, known in enumerate(options):
        rows += [[*best[:i], x, *best[i + 1 :]] for x in known]
    return [list(row) for row in dict.fromkeys(map(tuple, rows))]


def _empty_among(atoms: Atoms, variable: Variable, literals: Sequence[int]) -> Lemma | None:
    true = [x for x in literals if x > 0]
    false = [-x for x in literals if x < 0]
    if not true and variable.arity is not Arity.ONE:
        return None
    try:
        if variable.arity is Arity.MANY:
            one = next((x for x in true if has_none(atoms, [x], false)), None)
            return None if one is None else minimal_lemma(atoms, [one], false)
        return minimal_lemma(atoms, true, false) if has_none(atoms, true, false) else None
    except TooLarge:
        return None


def _mirror_conflict(
    atoms: Atoms,
    variable: Variable,
    literals: Sequence[int],
    groups: Mapping[Variable, list[int]],
) -> Conflict | None:
    """Two equal variables whose memberships together leave no value."""
    for x in literals:
        template = atoms.by_number[abs(x)].set
        if x < 0 or not isinstance(template, Template) or not template.is_bare:
            continue
        other = template.holes[0].variable
        if Arity.MANY in (variable.arity, other.arity):
            continue
        present = atoms.link(x, [0])  # equal values are there at all
        plain = [y for y in literals if isinstance(atoms.by_number[abs(y)].set, GlobSet)]
        mirrors = {(m.atom if y > 0 else -m.atom): m for y in (*plain, present.atom) for m in [atoms.mirror(x, abs(y))]}
        own = [y for y in groups.get(other, []) if isinstance(atoms.by_number[abs(y)].set, GlobSet)]
        found = _empty_among(atoms, other, [*own, *mirrors])
        if found is not None:
            return Conflict((
                *[m for y, m in mirrors.items() if y in found.row or -y in found.row],
                present,
                found,
            ))
    return None
