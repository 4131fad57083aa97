"""Sets of texts that depend on values which are not known before a plan is applied.

A pattern is open where it has the marker of such a value, or where its wildcards could look into a name: `logs-*` may
or may not take the name `<aws_s3_bucket.audit.bucket>`. On the wide side of a question an open pattern takes the texts
that depend on it where a flag says so: the flag is a variable of the question, one for all places where the pattern
stands, so that a refutation holds for every value. On the narrow side no such text is part of a model.

A name is taken to be none that is written out, and no part of one: what has no wildcard does not look into it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar

from checkers.cloud.patterns import ARN_PARTS
from checkers.cloud.snapshot import Snapshot
from checkers.cloud.vocabulary import ACTION, PRINCIPAL, RESOURCE
from checkers.kernel.formula import FALSE, TRUE, Arity, Formula, Literal, Set, Theory, Variable
from checkers.kernel.globs import ANY, EVERYTHING, SEG_ANY, SEG_STAR, STAR, GlobSet, is_disjoint, show, unfold
from checkers.kernel.links import Hole, Template, is_hole

_Texts = GlobSet | Template
_Asked = TypeVar("_Asked", GlobSet, GlobSet | None)
_ENDS = frozenset(":/")  # what no name has
# What AWS adds to the ARN of a secret (Secrets Manager user guide, "What's in a Secrets Manager secret?"). A marker
# with as many characters stands for that; a longer one for a name of any length.
_OF_SECRET = ANY * 6


@dataclass(frozen=True, slots=True)
class Part:
    """A pattern that is open, and the texts of which it is not known whether it takes them.

    `is_value`: the pattern has the marker of a value, and takes no text but those.
    """

    pattern: str
    region: GlobSet
    is_value: bool
    reason: str


class OpenSets:
    """What of sets is open in a snapshot; nothing where all of it is known."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._unknowns = snapshot.unknowns
        self._parts: dict[tuple[str, bool], Part | None] = {}

    def __bool__(self) -> bool:
        return bool(self._unknowns)

    def part(self, pattern: str, variable: Variable) -> Part | None:
        """What is open about a pattern, for a variable of a request; None where nothing is."""
        if variable == ACTION:
            return None
        place = (pattern, variable in (PRINCIPAL, RESOURCE))
        if place not in self._parts:
            self._parts[place] = self._part(pattern, is_arn=place[1])
        return self._parts[place]

    def _part(self, pattern: str, *, is_arn: bool) -> Part | None:
        if "<" in pattern and self._has_value(pattern, is_arn=is_arn):
            named = self._unknowns.within(pattern)
            reason = named[0].reason if named else f"{show(pattern)!r} has a value that is known after apply"
            return Part(pattern, GlobSet([_envelope(pattern)]), is_value=True, reason=reason)
        region = region_of(pattern, is_arn=is_arn)
        if region.is_nothing or not self._unknowns.names:
            return None
        return Part(pattern, region, is_value=False, reason=about_name(show(pattern)))

    def _has_value(self, pattern: str, *, is_arn: bool) -> bool:
        """Whether it has the marker of a value. Where case is ignored the names in it cannot be read.

        The account of an ARN is no name: it may be any.
        """
        parts = pattern.split(":", ARN_PARTS - 1)
        account = parts[4] if is_arn and len(parts) == ARN_PARTS else ""
        return "<" in account or any(unfold(c) for c in pattern) or bool(self._unknowns.within(pattern))

    def parts(self, patterns: Iterable[str], variable: Variable) -> list[Part]:
        """What is open about each of some patterns."""
        if not self:
            return []
        return [part for p in patterns if (part := self.part(p, variable)) is not None]


@lru_cache(maxsize=1 << 14)
def region_of(pattern: str, *, is_arn: bool = False) -> GlobSet:
    """The texts with names in them of which it is not known whether a pattern takes them.

    A name may begin wherever the wildcards in front of it end, or take the place of what is written there.
    """
    found: set[str] = set()
    for at in _partial_places(pattern):
        before = _without_holes(pattern[: at + _is_any(pattern[at])])
        if is_arn and before.count(":") < ARN_PARTS - 1 and STAR not in before:
            continue  # the partition, service, region and account are no names
        of_secret = pattern[at:] == _OF_SECRET and ":secretsmanager:" in pattern
        found.add(f"{before}<{_OF_SECRET if of_secret else ''}{STAR}")
    return GlobSet(found)


def takes(values: GlobSet, text: str, *, may: bool) -> bool:
    """Whether a set, no complement, surely has a text that may have names in it; with `may`, whether it may have it."""
    if "<" not in text:
        return text in values
    if may:
        return text in values or any(text in region_of(p) for p in values.patterns)
    return any(text in GlobSet([p]) and text not in region_of(p) for p in values.patterns)


def takes_tag(values: GlobSet, text: str, *, may: bool) -> bool:
    """As `takes` for the value of a tag: what is not known of it may be any text, also one that is written out."""
    if "<" not in text:
        return text in values
    every = _envelope(text)
    return not is_disjoint(values, GlobSet([every])) if may else values.has(every)


def about_name(glob: str) -> str:
    """What is not known of a glob, in words."""
    return f"whether {glob!r} takes a name that is known after apply"


def _partial_places(pattern: str) -> Iterator[int]:
    """Where in a pattern a name may begin of which it is not known whether the rest takes it."""
    return (at for at in range(len(pattern)) if _is_partial(pattern, at))


def _is_wild(token: str) -> bool:
    return token in (STAR, ANY, SEG_STAR, SEG_ANY) or is_hole(token)


def _is_any(token: str) -> bool:
    """Whether it takes any number of characters."""
    return token in (STAR, SEG_STAR) or is_hole(token)


def _is_partial(pattern: str, at: int) -> bool:
    """Whether a pattern goes on with wildcards and more within the same name, which is not empty."""
    end = next((i for i in range(at, len(pattern)) if pattern[i] in _ENDS), len(pattern))
    run = pattern[at:end]
    if len(run) == 1 and is_hole(run):
        return False
    ones = [token for token in run if token not in (STAR, SEG_STAR)]
    if len(ones) < len(run) and ones in ([], [ANY], [SEG_ANY]):
        return False
    return any(map(_is_wild, run))


def _without_holes(pattern: str) -> str:
    return "".join(STAR if is_hole(token) else token for token in pattern)


def _envelope(pattern: str) -> str:
    """The pattern with anything in place of markers and holes."""
    return re.sub(r"<[^>]*>", STAR, _without_holes(pattern))


class OpenFormula(Formula):
    """A formula about requests in a snapshot where not everything is known. `limits` are true of every model.

    `wide`: it is read for what no request may be, else for what one surely is.
    """

    def __init__(self, sets: Sequence[OpenSets], *, wide: bool) -> None:
        super().__init__()
        self._sets = [one for one in sets if one]
        self._wide = wide
        self._flags: dict[tuple[str, str, tuple[Hole, ...], bool], Literal] = {}
        self._others: dict[str, Literal] = {}
        self.limits: dict[Literal, None] = {}
        self.depends_on: Callable[[str], None] = lambda _: None  # told of what is open

    def __getstate__(self) -> dict[str, object]:
        """The nodes, for another process that adds none."""
        return {**self.__dict__, "_sets": [], "depends_on": None}

    def atom(self, variable: Variable, values: Set) -> Literal:
        """The literal `variable in values`."""
        if not isinstance(values, GlobSet | Template):
            return Formula.atom(self, variable, values)
        parts = self._told(self._parts(values, variable))
        if not parts:
            return Formula.atom(self, variable, values)
        is_open = {part.pattern for part in parts}
        others = [p for p in values.patterns if p not in is_open]
        settled = Formula.atom(self, variable, _like(values, others, complement=False))
        if not self._wide:
            known = FALSE if variable.arity is Arity.MANY else settled
            for part in parts:
                self.limits[self.any([-Formula.atom(self, variable, part.region), known])] = None
            return Formula.atom(self, variable, values)
        if variable.arity is Arity.MANY:
            return self._some_value(variable, values, _like(values, others), parts)
        found = self.any([settled, *(self._open(variable, values, part) for part in parts)])
        if not values.complement:
            return found
        return self.all([Formula.atom(self, variable, EVERYTHING), -found])

    def _parts(self, values: _Texts, variable: Variable) -> list[Part]:
        found: dict[str, Part] = {}
        for part in (part for sets in self._sets for part in sets.parts(values.patterns, variable)):
            other = found.get(part.pattern, part)
            region = GlobSet([*part.region.patterns, *other.region.patterns])
            found[part.pattern] = replace(part, region=region, is_value=part.is_value and other.is_value)
        return list(found.values())

    def _told(self, parts: list[Part]) -> list[Part]:
        """The same, when whoever builds the question was told what it depends on."""
        for part in parts:
            self.depends_on(part.reason)
        return parts

    def widened(self, values: GlobSet) -> GlobSet:
        """A set of resources with every text that may be in it."""
        regions = [p for part in self._parts(values, RESOURCE) for p in part.region.patterns]
        return GlobSet([*values.patterns, *regions]) if regions else values

    def _open(self, variable: Variable, values: _Texts, part: Part) -> Literal:
        """The value is one that the pattern surely takes, or it depends and the flag says so."""
        region = Formula.atom(self, variable, part.region)
        found = self.all([region, self._flag(variable, values, part)])
        if part.is_value:
            return found
        surely = Formula.atom(self, variable, _like(values, [part.pattern], complement=False))
        return self.any([found, self.all([surely, -region])])

    def _some_value(self, variable: Variable, values: _Texts, settled: _Texts, parts: Sequence[Part]) -> Literal:
        """Some of many values is in the set: surely, or where a flag says so."""
        if values.complement:
            every = [*values.patterns, *(p for part in parts for p in part.region.patterns)]
            surely = Formula.atom(self, variable, _like(values, every))
            whole = replace(parts[0], pattern=repr(values.patterns))
            may = self.all([Formula.atom(self, variable, settled), self._flag(variable, values, whole)])
            return self.any([surely, may])
        found = [Formula.atom(self, variable, settled)]
        for part in parts:
            either = [Formula.atom(self, variable, one) for one in (_like(values, [part.pattern]), part.region)]
            found.append(self.all([self.any(either), self._flag(variable, values, part)]))
        return self.any(found)

    def _flag(self, variable: Variable, values: _Texts, part: Part) -> Literal:
        """The variable that says whether the pattern takes the texts that depend on it; the same for the same."""
        holes = values.holes if isinstance(values, Template) else ()
        place = (variable.name, part.pattern, holes, values.complement and variable.arity is Arity.MANY)
        if place not in self._flags:
            flag = Variable(f"DEPENDS-{len(self._flags) + 1}", Theory.FLAG, Arity.ONE)
            self._flags[place] = Formula.atom(self, flag, None)
        return self._flags[place]

    def undecided(self, about: str) -> Literal:
        """What is not known of something that is told by its text; the same for the same."""
        if not self._wide:
            self.limits[FALSE] = None
            return FALSE
        if about not in self._others:
            flag = Variable(f"OPEN-{len(self._others) + 1}", Theory.FLAG, Arity.ONE)
            self._others[about] = Formula.atom(self, flag, None)
        return self._others[about]

    def member(self, variable: Variable, text: str, values: GlobSet) -> Literal:
        """Whether the set has a known text, which may have names in it."""
        plain = TRUE if text in values else FALSE
        parts = self._told([part for part in self._parts(values, variable) if text in part.region])
        settled = GlobSet(p for p in values.patterns if p not in {part.pattern for part in parts})
        if not parts or text in settled:
            return plain
        if not self._wide:
            self.limits[FALSE] = None
            return plain
        found = self.any([self._flag(variable, values.base, part) for part in parts])
        return -found if values.complement else found


def _like(values: _Texts, patterns: Sequence[str], *, complement: bool | None = None) -> _Texts:
    """A set of the same kind with other patterns."""
    negated = values.complement if complement is None else complement
    if isinstance(values, Template) and any(map(is_hole, "".join(patterns))):
        return Template(tuple(sorted(set(patterns))), values.holes, negated)
    return GlobSet(patterns, complement=negated)


def formula_for(*sets: OpenSets, wide: bool) -> Formula:
    """A formula about requests in snapshots. Where all of them are known it is an ordinary one."""
    return OpenFormula(sets, wide=wide) if any(sets) else Formula()


def widened(formula: Formula, values: _Asked) -> _Asked:
    """Resources with every text that may be among them; None for any."""
    return formula.widened(values) if isinstance(formula, OpenFormula) and values is not None else values


def limits_of(formula: Formula) -> tuple[Literal, ...]:
    """What is true of every model of a question with this formula."""
    return tuple(formula.limits) if isinstance(formula, OpenFormula) else ()
