"""From the text of a policy element to patterns: wildcards, ARN parts, policy variables.

Version 2012-10-17 has policy variables: `${key}`, `${key, 'default'}`, and `${*}`, `${?}`, `${$}` for
the literal characters. Version 2008-10-17, and none, takes `${...}` as text (IAM user guide, "IAM
policy elements: Variables and tags").
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile

from checkers.kernel.formula import Variable
from checkers.kernel.globs import ANY, SEG_ANY, SEG_STAR, STAR, GlobSet, fold
from checkers.kernel.links import Hole, Template, hole

ARN_PARTS = 6


class Unsupported(Exception):
    """An element that has no reading here: it may or may not apply. The message is the reason."""


@dataclass(frozen=True, slots=True)
class Key:
    """A reference to a condition key, with the text that stands for it when it is absent."""

    name: str
    default: str | None


Symbol = str | Key  # a literal character, STAR, ANY, or a reference
_WILDCARDS: Mapping[str, Symbol] = {"*": STAR, "?": ANY}


@dataclass(frozen=True, slots=True)
class Pattern:
    """A union of texts that refer to condition keys. `keys` are the holes, by their number."""

    patterns: tuple[str, ...]
    keys: tuple[Key, ...]

    def make(self, variable_of: Callable[[str], Variable | str | None], *, complement: bool) -> GlobSet | Template:
        """The set, with each key a variable, a known text, or None where it never has one value."""
        patterns = list(self.patterns)
        holes: list[Hole] = []
        for i, key in enumerate(self.keys):
            found = variable_of(key.name)
            if isinstance(found, Variable):
                patterns = _renumber(patterns, i, len(holes))
                holes.append(Hole(found, key.default))
            else:
                patterns = _fill(patterns, i, found if found is not None else key.default)
        if not holes:
            return GlobSet(patterns, complement=complement)
        return Template(tuple(sorted(set(patterns))), tuple(holes), complement)


@lru_cache(maxsize=1 << 14)
def envelope(pattern: Pattern) -> GlobSet:
    """A set that has every text that the pattern can stand for: with anything in its holes."""
    patterns = list(pattern.patterns)
    for i in range(len(pattern.keys)):
        patterns = [p.replace(hole(i), STAR).replace(hole(i, folded=True), STAR) for p in patterns]
    return GlobSet(patterns)


def _renumber(patterns: Iterable[str], old: int, new: int) -> list[str]:
    return [p.replace(hole(old), hole(new)).replace(hole(old, folded=True), hole(new, folded=True)) for p in patterns]


def _fill(patterns: Iterable[str], index: int, text: str | None) -> list[str]:
    mark, folded = hole(index), hole(index, folded=True)
    if text is None:
        return [p for p in patterns if mark not in p and folded not in p]
    return [p.replace(mark, text).replace(folded, fold(text)) for p in patterns]


def parse_symbols(text: str, *, variables: bool, wildcards: bool) -> list[Symbol]:
    """The characters of an element's text, with wildcards and references taken apart."""
    found: list[Symbol] = []
    if not variables or "$" not in text:
        return [*map(_WILDCARDS.get, text, text)] if wildcards else [*text]
    i = 0
    while i < len(text):
        if text.startswith("${", i):
            end = text.find("}", i)
            if end < 0:
                raise Unsupported(f"a policy variable without an end in {text!r}")
            if "<" in text[i:end]:
                raise Unsupported(f"a policy variable with something in it that is known after apply: {text!r}")
            found.append(_reference(text[i + 2 : end]))
            i = end + 1
            continue
        if text.startswith("$<", i):
            raise Unsupported(f"what may turn out to be a policy variable: {text!r}")
        char = text[i]
        found.append(_WILDCARDS.get(char, char) if wildcards else char)
        i += 1
    return found


def _reference(text: str) -> Symbol:
    if text in {"*", "?", "$"}:
        return text
    name, comma, default = text.partition(",")
    default = default.strip()
    if comma and not (len(default) >= 2 and default[0] == default[-1] == "'"):  # noqa: PLR2004
        raise Unsupported(f"a policy variable with an unreadable default: ${{{text}}}")
    if not name.strip() or "#" in name or not name.isascii():
        raise Unsupported(f"a policy variable with the name {name!r}")
    return Key(name.strip().lower(), default[1:-1] if comma else None)


class _Union:
    """Collects the patterns of one element and numbers the keys that they refer to."""

    def __init__(self) -> None:
        self.patterns: list[str] = []
        self.keys: dict[Key, int] = {}

    def add(self, symbols: Sequence[Symbol], *, folded: bool = False) -> None:
        parts = []
        for symbol in symbols:
            if isinstance(symbol, Key):
                parts.append(hole(self.keys.setdefault(symbol, len(self.keys)), folded=folded))
            else:
                parts.append(fold(symbol) if folded else symbol)
        self.patterns.append("".join(parts))

    def result(self) -> "GlobSet | Pattern":
        if not self.keys:
            return GlobSet(self.patterns)
        return Pattern(tuple(sorted(set(self.patterns))), tuple(self.keys))


def parse_strings(values: Iterable[str], *, variables: bool, wildcards: bool, folded: bool) -> GlobSet | Pattern:
    """The set of the String and Bool operators. `folded` ignores the case of ASCII letters."""
    union = _Union()
    for value in values:
        if folded and not value.isascii() and any(c.isalpha() and not c.isascii() for c in value):
            raise Unsupported(f"the case of letters outside ASCII is ignored in {value!r}")
        union.add(parse_symbols(value, variables=variables, wildcards=wildcards), folded=folded)
    return union.result()


def parse_arns(values: Iterable[str], *, variables: bool) -> GlobSet | Pattern:
    """The set of the Arn operators: six parts, each a glob within its part, the last crosses everything."""
    union = _Union()
    for value in values:
        parts = _split(parse_symbols(value, variables=variables, wildcards=True))
        if len(parts) != ARN_PARTS:
            raise Unsupported(f"{value!r} is not an ARN with six parts")
        union.add(_join(parts))
    return union.result()


def _split(symbols: Sequence[Symbol]) -> list[list[Symbol]]:
    """The symbols split at the first five colons."""
    parts: list[list[Symbol]] = [[]]
    for symbol in symbols:
        if symbol == ":" and len(parts) < ARN_PARTS:
            parts.append([])
        else:
            parts[-1].append(symbol)
    return parts


_WITHIN = {STAR: SEG_STAR, ANY: SEG_ANY}


def _join(parts: Sequence[Sequence[Symbol]]) -> list[Symbol]:
    """The parts of an ARN, wildcards of all but the last kept within their part."""
    joined: list[Symbol] = []
    for part in parts[:-1]:
        joined += [_WITHIN.get(s, s) if isinstance(s, str) else s for s in part]
        joined.append(":")
    return joined + list(parts[-1])


@dataclass(frozen=True, slots=True)
class Resources:
    """The two readings of a Resource element; one object twice where they are the same."""

    wide: GlobSet | Pattern
    narrow: GlobSet | Pattern
    readings: frozenset[str]


STAR_CROSSES_COLON = "star-crosses-colon"
VARIABLE_OUTSIDE_LAST_PART = "variable-outside-last-part"
WILDCARD_RESOURCE_TYPE = "wildcard-resource-type"


def parse_resources(values: Sequence[str], *, variables: bool) -> Resources:
    """The set of a Resource or NotResource element.

    Whether a `*` in the first five parts of an ARN crosses a colon is read both ways, and so is a
    policy variable there: its value, or nothing that an ARN can hold. A wildcard in the place of a resource
    type is a glob, or not allowed.
    """
    return _parse_resources(tuple(values), variables)


def _is_wildcard_type(parts: Sequence[Sequence[Symbol]]) -> bool:
    """Whether the last part begins with wildcards in the place of a resource type (`arn:aws:ec2:*:*:*/*`)."""
    if len(parts) != ARN_PARTS or parts[2] == ["s", "3"]:
        return False
    kind = list(takewhile(lambda s: s not in ("/", ":"), parts[-1]))
    return 0 < len(kind) < len(parts[-1]) and all(s in _WITHIN for s in kind)


@lru_cache(maxsize=1 << 14)
def _parse_resources(values: tuple[str, ...], variables: bool) -> Resources:  # noqa: FBT001
    wide, narrow = _Union(), _Union()
    readings: set[str] = set()
    for value in values:
        symbols = parse_symbols(value, variables=variables, wildcards=True)
        wide.add(symbols)
        if symbols == [STAR]:
            narrow.add(symbols)
            continue
        parts = _split(symbols)
        if any(isinstance(s, Key) for part in parts[:-1] for s in part):
            readings.add(VARIABLE_OUTSIDE_LAST_PART)
            continue
        if len(parts) != ARN_PARTS or any(s in _WITHIN for part in parts[:-1] for s in part):
            readings.add(STAR_CROSSES_COLON)
        if _is_wildcard_type(parts):
            readings.add(WILDCARD_RESOURCE_TYPE)
        elif len(parts) == ARN_PARTS:
            narrow.add(_join(parts))
    one = wide.result()
    return Resources(wide=one, narrow=narrow.result() if readings else one, readings=frozenset(readings))
