"""Policy documents: every form that the IAM grammar allows, parsed once.

IAM user guide, "Grammar of the IAM JSON policy language". Statement, Action, Resource, Principal
entries and condition values may be one value or a list. What cannot be read comes back as a statement
or a document with its `problem`, never as fewer statements.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from checkers.cloud.conditions import Condition, parse_condition_block
from checkers.cloud.patterns import Resources, Unsupported, parse_resources
from checkers.cloud.unknowns import MARKER
from checkers.kernel.globs import ANY, EVERYTHING, STAR, GlobSet
from checkers.strict_json import Json, JsonNumber, parse_json
from checkers.verdict import Declined, Unreadable

VARIABLES_VERSION = "2012-10-17"
VERSIONS = (VARIABLES_VERSION, "2008-10-17")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a document stands: file of the snapshot, JSON path within it, and the name people use."""

    file: str
    path: str
    name: str


@dataclass(frozen=True, slots=True)
class Principals:
    """The entries of a Principal or NotPrincipal element, by class. `signed` is every principal with an ARN.

    No policy can write `signed`: it is the AuthenticatedUsers group of an ACL.
    """

    everyone: bool = False
    aws: tuple[str, ...] = ()
    service: tuple[str, ...] = ()
    federated: tuple[str, ...] = ()
    canonical: tuple[str, ...] = ()
    negated: bool = False
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. `effect` is None only where `problem` says that it could not be read."""

    path: str
    sid: str
    effect: str | None
    actions: GlobSet = EVERYTHING
    not_action: bool = False
    resources: Resources | None = None
    not_resource: bool = False
    principals: Principals | None = None
    conditions: tuple[Condition, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One policy document. With a `problem` nothing of it could be read."""

    origin: Origin
    statements: tuple[Statement, ...] = ()
    problem: str | None = None
    set_keys: frozenset[str] = frozenset()  # keys that a set operator is used on


class _Bad(Exception):
    """A statement that is not in the grammar."""


def parse_document(value: Json, origin: Origin) -> Document:
    """A policy document from JSON, from its text, or from its URL-encoded text as the IAM API returns it."""
    try:
        return _parse_document(_decode(value, origin), origin)
    except (_Bad, Unreadable) as error:
        return Document(origin, problem=str(error))


def _decode(value: Json, origin: Origin) -> Json:
    if not isinstance(value, str):
        return value
    if MARKER.fullmatch(value):
        raise _Bad(f"{value} is known after apply")
    return parse_json(unquote(value) if value.startswith("%7B") else value, origin.file)


def _parse_document(value: Json, origin: Origin) -> Document:
    if not isinstance(value, dict):
        raise _Bad("a policy document is not an object")
    unknown = set(value) - {"Version", "Id", "Statement"}
    if unknown:
        raise _Bad(f"unknown element `{min(unknown)}` in a policy document")
    version = value.get("Version", VERSIONS[1])
    if version not in VERSIONS:
        raise _Bad(f"unknown policy version {version!r}")
    if "Statement" not in value:
        raise _Bad("a policy document without Statement")
    given = value["Statement"]
    rows = given if isinstance(given, list) else [given]
    variables = version == VARIABLES_VERSION
    statements = tuple(_parse_statement(row, i, variables=variables) for i, row in enumerate(rows))
    keys = frozenset(c.key for s in statements for c in s.conditions if c.quantifier)
    return Document(origin, statements, set_keys=keys)


_ELEMENTS = frozenset((
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "Condition",
))


def _parse_statement(row: Json, index: int, *, variables: bool) -> Statement:
    path = f"Statement[{index}]"
    effect = row.get("Effect") if isinstance(row, dict) else None
    effect = effect if effect in ("Allow", "Deny") else None
    sid = row.get("Sid", "") if isinstance(row, dict) else ""
    sid = sid if isinstance(sid, str) else ""
    try:
        return _read_statement(row, path, sid, effect, variables=variables)
    except (_Bad, Unsupported, Declined) as error:
        return Statement(path, sid, effect, problem=f"{error} in {path}")


def _read_statement(row: Json, path: str, sid: str, effect: str | None, *, variables: bool) -> Statement:
    if not isinstance(row, dict):
        raise _Bad("a statement is not an object")
    unknown = row.keys() - _ELEMENTS
    if unknown:
        raise _Bad(f"unknown element `{min(unknown)}`")
    if effect is None:
        raise _Bad(f"Effect is {row.get('Effect')!r}, not Allow or Deny")
    actions, not_action = _actions(row)
    resources, not_resource = _resources(row, variables=variables)
    return Statement(
        path,
        sid,
        effect,
        actions,
        not_action,
        resources,
        not_resource,
        _principals(row),
        _conditions(row, variables=variables),
    )


def _one_of(row: Mapping[str, Json], name: str) -> tuple[str, bool] | None:
    """Which of an element and its negated form is there, and whether it is the negated one."""
    if name in row and f"Not{name}" in row:
        raise _Bad(f"both {name} and Not{name}")
    if name in row:
        return name, False
    return (f"Not{name}", True) if f"Not{name}" in row else None


def _strings(value: Json, what: str) -> tuple[str, ...]:
    """One text or a list of texts."""
    values = value if isinstance(value, list) else [value]
    if not values or not all(type(v) is str for v in values):
        raise _Bad(f"{what} is not text or a list of texts")
    return tuple(values)


def _actions(row: Mapping[str, Json]) -> tuple[GlobSet, bool]:
    found = _one_of(row, "Action")
    if found is None:
        raise _Bad("neither Action nor NotAction")
    values = _strings(row[found[0]], found[0])
    bare = [v for v in values if ":" not in v and v.strip("*")]
    foreign = [v for v in values if not v.isascii()]
    if foreign:  # the lower case of some letters is another letter: the Kelvin sign becomes k
        raise _Bad(f"{found[0]} {foreign[0]!r} has a letter outside ASCII")
    if bare or not all(values):
        raise _Bad(f"{found[0]} {bare[0] if bare else ''!r} names no service")
    return action_set(values), found[1]


@lru_cache(maxsize=1 << 14)
def action_set(values: tuple[str, ...]) -> GlobSet:
    """The set of an Action element, in lower case: actions are case-insensitive."""
    return GlobSet([v.lower().replace("*", STAR).replace("?", ANY) for v in values])


def _resources(row: Mapping[str, Json], *, variables: bool) -> tuple[Resources | None, bool]:
    found = _one_of(row, "Resource")
    if found is None:
        return None, False
    values = _strings(row[found[0]], found[0])
    if not all(values):
        raise _Bad(f"{found[0]} is empty")
    return parse_resources(values, variables=variables), found[1]


_CLASSES = {"AWS": "aws", "Service": "service", "Federated": "federated", "CanonicalUser": "canonical"}


def _principals(row: Mapping[str, Json]) -> Principals | None:
    found = _one_of(row, "Principal")
    if found is None:
        return None
    value, negated = row[found[0]], found[1]
    if value == "*":
        return Principals(everyone=True, negated=negated)
    if not isinstance(value, dict) or not value or value.keys() - _CLASSES.keys():
        raise _Bad(f"{found[0]} is not `*` or an object of {', '.join(_CLASSES)}")
    entries = {_CLASSES[name]: _strings(given, f"{found[0]}.{name}") for name, given in value.items()}
    wild = [e for name, given in entries.items() for e in given if ("*" in e or "?" in e) and (name, e) != ("aws", "*")]
    if wild:
        raise _Bad(f"{found[0]} {wild[0]!r} has a wildcard within it, which AWS does not allow")
    everyone = "*" in entries.get("aws", ())
    entries["aws"] = tuple(e for e in entries.get("aws", ()) if e != "*")
    return Principals(
        everyone,
        aws=entries["aws"],
        service=entries.get("service", ()),
        federated=entries.get("federated", ()),
        canonical=entries.get("canonical", ()),
        negated=negated,
    )


def _conditions(row: Mapping[str, Json], *, variables: bool) -> tuple[Condition, ...]:
    block = row.get("Condition", {})
    if not isinstance(block, dict) or not all(isinstance(pairs, dict) for pairs in block.values()):
        raise _Bad("Condition is not an object of objects")
    texts = {op: {key: _condition_values(v) for key, v in pairs.items()} for op, pairs in block.items()}
    return parse_condition_block(texts, variables=variables)


def _condition_values(value: Json) -> Sequence[str]:
    """Condition values as texts: booleans and numbers become theirs."""
    if value == []:
        raise _Bad("a condition key without a value")
    return [_scalar_text(v) for v in (value if isinstance(value, list) else [value])]


def _scalar_text(value: Json) -> str:
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int | str | JsonNumber):
        return str(value)
    raise _Bad("a condition value is not text, number or boolean")
