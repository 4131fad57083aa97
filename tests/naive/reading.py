"""What a statement is read against: the request and its context keys, texts, variables and globs."""

from __future__ import annotations

import enum
import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

Json = Any
Request = Mapping[str, Any]
Kind = Literal["identity", "bucket", "trust", "repository", "rcp", "endpoint"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Everything besides the statement itself that decides whether it applies."""

    request: Request
    wide: bool
    kind: Kind = "identity"
    variables: bool = False
    many: frozenset[str] = frozenset()
    unique_ids: Mapping[str, str] = field(default_factory=dict)
    owners: frozenset[str] = frozenset()  # accounts whose canonical id is known
    owner_ids: Mapping[str, str] = field(default_factory=dict)  # canonical id to account
    bounded: bool = False  # the caller has a permissions boundary
    gateway: bool = False  # the document is the policy of a gateway endpoint


# --- context keys ---------------------------------------------------------

MANY_BY_DEFINITION = frozenset({
    "aws:calledvia",
    "aws:principalorgpaths",
    "aws:principalservicenameslist",
    "aws:resourceorgpaths",
    "aws:tagkeys",
    "aws:vpceorgpaths",
    "cognito-identity.amazonaws.com:amr",
    "dynamodb:attributes",
    "dynamodb:leadingkeys",
    "kms:grantoperations",
    "sts:transitivetagkeys",
})
SET_OPERATORS = ("ForAllValues:", "ForAnyValue:")
SINGLE_BY_DEFINITION = ("aws:", "dynamodb:select", "organizations:", "s3:x-amz-")


def many_keys(documents: Iterable[Json]) -> frozenset[str]:
    """The multi-valued keys: those defined so, and unknown ones with a set operator."""
    found = set(MANY_BY_DEFINITION)
    for document in documents:
        for statement in statements_of(document) or []:
            found.update(keys_under_set_operators(statement))
    return frozenset(found)


def keys_under_set_operators(statement: Json) -> Iterator[str]:
    """Keys of no known type that a statement uses with ForAllValues or ForAnyValue."""
    condition = statement.get("Condition") if isinstance(statement, dict) else None
    for name, block in condition.items() if isinstance(condition, dict) else ():
        if name.startswith(SET_OPERATORS) and isinstance(block, dict):
            for key in map(fold, block):
                if not key.startswith(SINGLE_BY_DEFINITION):
                    yield key


def is_present(scene: Scene, key: str) -> bool:
    """Whether the request carries a context key; an empty list is as good as none."""
    return bool(carried(scene.request, fold(key)))


def values_of(scene: Scene, key: str) -> list[str]:
    """The values of a context key; a single-valued key has at most one."""
    values = carried(scene.request, fold(key))
    if fold(key) not in scene.many and len(values) > 1:
        raise ValueError(f"single-valued key {key} has {len(values)} values")
    return values


def carried(request: Request, key: str) -> list[str]:
    """The values of a lower-case key, from the principal where they follow from it."""
    derived = keys_of_principal(request)
    return list(derived[key] if key in derived else request["context"].get(key, []))


def keys_of_principal(request: Request) -> dict[str, list[str]]:
    """The keys that follow from who asks; an empty list is an absent key."""
    if "principal" not in request:
        return {}
    principal = request["principal"]
    aws = is_aws(principal)
    kind, _, name = principal.partition(":")
    anonymous = ["anonymous"] if principal == "anonymous" else []
    signed = {"service": ["true"], "arn": ["false"], "canonical": ["false"]}
    return {
        "aws:principalarn": [principal] if aws else [],
        "aws:principalaccount": [account_of(principal)] if aws else anonymous,
        "aws:principalisawsservice": signed.get(kind, []),
        "aws:principalservicename": [name] if kind == "service" else [],
    }


def is_aws(principal: str) -> bool:
    """Whether the caller is a principal of some AWS account, known by its ARN."""
    return principal.startswith("arn:")


def account_of(arn: str) -> str:
    """The fifth part of an ARN."""
    return arn.split(":", 5)[4]


# --- text and globs -------------------------------------------------------


class Wild(enum.Enum):
    """The two wildcards of a pattern; every other token is one literal character."""

    ANY = "*"
    ONE = "?"


Token = str | Wild
Tokens = list[Token]
FOLDED = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


@lru_cache(maxsize=1 << 14)
def fold(text: str) -> str:
    """Lower case, for ASCII letters only."""
    return text.translate(FOLDED)


def glob_matches(tokens: Sequence[Token], text: str) -> bool:
    """Whether a pattern matches a whole text: all positions reachable so far, per token."""
    reached = {0}
    for token in tokens:
        if token is Wild.ANY:
            reached = set(range(min(reached), len(text) + 1)) if reached else set()
        else:
            reached = {at + 1 for at in reached if at < len(text) and token in (Wild.ONE, text[at])}
    return len(text) in reached


def plain_tokens(pattern: str) -> Tokens:
    """A pattern without variables: `*` and `?` are wild, the rest is itself."""
    return [Wild(char) if char in "*?" else char for char in pattern]


def tokens_of(pattern: str, scene: Scene) -> Tokens | None:
    """A pattern with its variables filled in, or None when one has no value."""
    tokens: Tokens = []
    for text, is_variable in pieces(pattern, scene):
        if not is_variable:
            tokens += plain_tokens(text)
            continue
        value = variable_value(text, scene)
        if value is None:
            return None
        tokens += list(value)
    return tokens


def literal_of(text: str, scene: Scene) -> str | None:
    """A text without wildcards, its variables filled in, or None when one has no value."""
    values = [variable_value(piece, scene) if is_variable else piece for piece, is_variable in pieces(text, scene)]
    return None if None in values else "".join(value for value in values if value is not None)


def pieces(text: str, scene: Scene) -> Iterator[tuple[str, bool]]:
    """Cut a text into plain stretches and bodies of `${...}` (second item true)."""
    while scene.variables and "${" in text:
        before, _, rest = text.partition("${")
        body, closed, after = rest.partition("}")
        if not closed:
            break
        yield before, False
        yield body, True
        text = after
    yield text, False


def variable_value(body: str, scene: Scene) -> str | None:
    """The literal text that `${body}` stands for, or None when there is none."""
    if body in ("*", "?", "$"):
        return body
    key, comma, rest = body.partition(",")
    rest = rest.strip()
    quoted = bool(comma) and len(rest) > 1 and rest[0] == rest[-1] == "'"
    key = fold(key.strip()) if quoted else fold(body)
    if key not in scene.many and is_present(scene, key):
        return values_of(scene, key)[0]
    return rest[1:-1] if quoted else None


# --- lists and parts of ARNs ----------------------------------------------


def listed(value: Json) -> list[Json]:
    """A scalar is a list of one."""
    return value if isinstance(value, list) else [value]


def parts_match(patterns: Sequence[Sequence[Token]], arn: str) -> bool:
    """Whether six globs match the six parts of an ARN one by one."""
    parts = arn.split(":", 5)
    return len(parts) == len(patterns) == 6 and all(map(glob_matches, patterns, parts))


def statements_of(document: Json) -> list[Json] | None:
    """The statements of a document, or None when the document cannot be read."""
    if not isinstance(document, dict) or set(document) - {"Version", "Id", "Statement"}:
        return None
    return listed(document["Statement"]) if "Statement" in document else None
