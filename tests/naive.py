"""The reference semantics of IAM that the tests compare against.

It decides one concrete request on raw policy documents and is written from
the rules, not from the code under test: it imports neither `checkers` nor
`auditctl`, it has no formula, no automaton and no cleverness, and it is slow.

Where AWS's behaviour is not settled there are two readings. `wide=True` reads
a statement so that it applies more, `wide=False` so that it applies less.
`upper=True` asks what could possibly be allowed (Allow wide, Deny narrow),
`upper=False` what surely is (Allow narrow, Deny wide).
"""

from __future__ import annotations

import base64
import binascii
import enum
import ipaddress
import operator
import re
import string
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, Literal

Json = Any
Request = Mapping[str, Any]
Kind = Literal["identity", "bucket", "trust"]
Effect = Literal["deny", "allow", "implicit"]
Level = Literal["none", "account", "direct"]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Two accounts' worth of configuration, as plain policy documents.

    `principals` maps the ARN of a user or role to its identity documents,
    `buckets` a name to its account and policy (None: it has no policy),
    `roles` the ARN of a role to its trust document, and `unique_ids` an
    `AIDA...` or `AROA...` to the ARN it stands for.
    """

    accounts: frozenset[str]
    principals: Mapping[str, Sequence[Json]]
    buckets: Mapping[str, tuple[str, Json]]
    roles: Mapping[str, Json]
    unique_ids: Mapping[str, str] = field(default_factory=dict)


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


# --- action and resource --------------------------------------------------


def action_matches(pattern: str, action: str) -> bool:
    """A case-insensitive glob over `service:name`."""
    return glob_matches(plain_tokens(fold(pattern)), fold(action))


def resource_matches(pattern: str, scene: Scene) -> bool:
    """`*`, or an ARN pattern whose variables stand in the last part only.

    star-crosses-colon: read wide the pattern is one glob over the whole text,
    read narrow each of the first five parts is matched on its own.
    """
    if pattern == "*":
        return True
    head = pattern.split(":", 5)[:5]
    last = tokens_of(pattern.split(":", 5)[5], scene) if pattern.count(":") > 4 else None
    resource = scene.request["resource"]
    if pattern.count(":") < 5:
        return scene.wide and glob_matches(plain_tokens(pattern), resource)
    if last is None or (not scene.wide and is_wildcard_type(pattern)):
        return False
    if scene.wide:
        return glob_matches(plain_tokens(":".join(head) + ":") + last, resource)
    return parts_match([*map(plain_tokens, head), last], resource)


def is_wildcard_type(pattern: str) -> bool:
    """wildcard-resource-type: `arn:aws:ec2:*:*:*/*`, a glob read wide and nothing read narrow."""
    service, last = pattern.split(":", 5)[2], pattern.split(":", 5)[5]
    kind = re.split(r"[/:]", last, maxsplit=1)
    return service != "s3" and len(kind) > 1 and bool(kind[0]) and not kind[0].strip("*?")


def parts_match(patterns: Sequence[Sequence[Token]], arn: str) -> bool:
    """Whether six globs match the six parts of an ARN one by one."""
    parts = arn.split(":", 5)
    return len(parts) == len(patterns) == 6 and all(map(glob_matches, patterns, parts))


def action_applies(statement: Json, scene: Scene) -> bool:
    """Action: some entry matches. NotAction: none does."""
    action = scene.request["action"]
    if "Action" in statement:
        return any(action_matches(entry, action) for entry in listed(statement["Action"]))
    return not any(action_matches(entry, action) for entry in listed(statement["NotAction"]))


def resource_applies(statement: Json, scene: Scene) -> bool:
    """Resource: some entry matches. NotResource: none does, so read the other way round."""
    if scene.kind == "trust":
        return True
    if "Resource" in statement:
        return any(resource_matches(entry, scene) for entry in listed(statement["Resource"]))
    other = replace(scene, wide=not scene.wide)
    return not any(resource_matches(entry, other) for entry in listed(statement["NotResource"]))


def listed(value: Json) -> list[Json]:
    """A scalar is a list of one."""
    return value if isinstance(value, list) else [value]


# --- principal ------------------------------------------------------------

PRINCIPAL_CLASSES = {
    "Service": "service:",
    "Federated": "federated:",
    "CanonicalUser": "canonical:",
}


def principal_level(statement: Json, scene: Scene) -> Level:
    """How a statement reaches the caller: directly, through its account, or not."""
    if scene.kind == "identity":
        return "direct"
    if "Principal" in statement:
        entries = principal_entries(statement["Principal"])
        levels = [entry_level(*entry, scene) for entry in entries]
        return best(levels)
    if "NotPrincipal" in statement:
        entries = principal_entries(statement["NotPrincipal"])
        return "none" if any(is_exempt(*entry, scene) for entry in entries) else "direct"
    return "none"


def best(levels: Iterable[Level]) -> Level:
    """The strongest of several levels."""
    order: list[Level] = ["none", "account", "direct"]
    return max(levels, key=order.index, default="none")


def principal_entries(value: Json) -> list[tuple[str, str]]:
    """All (class, text) of a Principal element; `"*"` is short for `{"AWS": "*"}`."""
    if isinstance(value, str):
        return [("AWS", value)]
    return [(name, text) for name, texts in value.items() for text in listed(texts)]


def entry_level(name: str, text: str, scene: Scene) -> Level:
    """The level at which one entry of Principal matches the caller."""
    principal = scene.request["principal"]
    if name == "CanonicalUser" and scene.wide and is_aws(principal) and account_of(principal) not in scene.owners:
        return "account"  # canonical-user: an id that is not known may be that of the caller's account
    if name in PRINCIPAL_CLASSES:
        return "direct" if principal == PRINCIPAL_CLASSES[name] + text else "none"
    if text == "*":
        return "direct"
    if not is_aws(principal):
        return "none"
    if account_named(text) is not None:
        return "account" if account_named(text) == account_of(principal) else "none"
    same = text == principal or scene.unique_ids.get(text) == principal
    return "direct" if same or is_session(text, scene.request) else "none"


def account_named(text: str) -> str | None:
    """The account of an entry that names a whole account: twelve digits or a root ARN."""
    if is_account(text):
        return text
    parts = text.split(":")
    is_root = len(parts) == 6 and parts[0] == "arn" and parts[2:4] == ["iam", ""]
    return parts[4] if is_root and parts[5] == "root" and is_account(parts[4]) else None


def is_account(text: str) -> bool:
    """Whether a text is twelve digits."""
    return len(text) == 12 and set(text) <= set(string.digits)


def is_session(text: str, request: Request) -> bool:
    """Whether a session ARN names this session of this role; the path is not part of it."""
    head, _, role = request["principal"].partition(":role/")
    if not role or "session" not in request:
        return False
    sts = head.replace(":iam:", ":sts:", 1)
    return bool(text == f"{sts}:assumed-role/{role.split('/')[-1]}/{request['session']}")


def is_exempt(name: str, text: str, scene: Scene) -> bool:
    """Whether an entry of NotPrincipal spares the caller.

    notprincipal-account: read wide, a listed user, role or session is not
    spared unless its account is listed too.
    """
    level = entry_level(name, text, replace(scene, wide=not scene.wide))
    if scene.wide and name == "AWS" and text != "*":
        return level == "account"
    return level != "none"


# --- conditions -----------------------------------------------------------

Compare = Callable[[str, str, Scene], bool]
WellFormed = Callable[[str], bool]


def string_equals(pattern: str, value: str, scene: Scene) -> bool:
    """Exact; `*` and `?` are literal."""
    return literal_of(pattern, scene) == value


def string_equals_ignore_case(pattern: str, value: str, scene: Scene) -> bool:
    """Exact but for the case of ASCII letters; also how Bool compares."""
    text = literal_of(pattern, scene)
    return text is not None and fold(text) == fold(value)


def string_like(pattern: str, value: str, scene: Scene) -> bool:
    """A case-sensitive glob that crosses everything."""
    tokens = tokens_of(pattern, scene)
    return tokens is not None and glob_matches(tokens, value)


def arn_like(pattern: str, value: str, scene: Scene) -> bool:
    """Six globs, each in its own part of the ARN; only the last may cross a colon."""
    tokens = tokens_of(pattern, scene)
    return tokens is not None and parts_match(split_tokens(tokens), value)


def split_tokens(tokens: Tokens) -> list[Tokens]:
    """Cut a pattern at its first five colons."""
    parts: list[Tokens] = [[]]
    for token in tokens:
        if token == ":" and len(parts) < 6:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def number_of(text: str) -> Fraction | None:
    """A plain decimal: optional sign, digits, optional fraction."""
    whole, dot, part = text.removeprefix("-").partition(".")
    digits = set(string.digits)
    if not whole or set(whole + part) - digits or bool(dot) != bool(part):
        return None
    return Fraction(text)


DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?P<time>T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2}))?"
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def seconds_of(text: str) -> Fraction | None:
    """A date (midnight UTC), a date-time with Z or offset, or epoch seconds, as seconds."""
    if text and set(text) <= set(string.digits):
        return Fraction(text)
    shape = DATE.fullmatch(text)
    if shape is None:
        return None
    try:
        moment = datetime.fromisoformat(text if shape["time"] else text + "T00:00:00Z")
    except ValueError:
        return None
    return Fraction((moment - EPOCH) // timedelta(microseconds=1), 1_000_000)


def ordered(read: Callable[[str], Fraction | None], compare: Callable[[Any, Any], bool]) -> Compare:
    """Compare the request's number or date (on the left) with the policy's."""

    def holds(pattern: str, value: str, _scene: Scene) -> bool:
        left, right = read(value), read(pattern)
        return left is not None and right is not None and compare(left, right)

    return holds


def bytes_of(text: str) -> bytes | None:
    """The bytes that a base64 text stands for."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def binary_equals(pattern: str, value: str, _scene: Scene) -> bool:
    """Equal after decoding."""
    return bytes_of(value) is not None and bytes_of(value) == bytes_of(pattern)


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def network_of(text: str) -> Network | None:
    """A CIDR block or a bare address; host bits are ignored."""
    _, slash, prefix = text.partition("/")
    if "%" in text or (slash and (not prefix or set(prefix) - set(string.digits))):
        return None
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def in_network(pattern: str, value: str, _scene: Scene) -> bool:
    """The request's bare address lies in the policy's block, of the same IP version."""
    network = network_of(pattern)
    address = network_of(value) if "/" not in value else None
    return network is not None and address is not None and address[0] in network


def any_text(_text: str) -> bool:
    """Strings and ARN patterns cannot be malformed: at worst they match nothing."""
    return True


def no_foreign_letters(text: str) -> bool:
    """How AWS folds the case of letters beyond ASCII is not documented."""
    return all(char.isascii() or not char.isalpha() for char in text)


def is_number(text: str) -> bool:
    """Whether a policy value is a plain decimal."""
    return number_of(text) is not None


def is_date(text: str) -> bool:
    """Whether a policy value is a date."""
    return seconds_of(text) is not None


def is_arn_pattern(text: str) -> bool:
    """Whether a policy value of an Arn operator has six parts, variables counting as text."""
    return re.sub(r"\$\{[^}]*\}", "v", text).count(":") >= 5


def is_network(text: str) -> bool:
    """Whether a policy value is an address or a block."""
    return network_of(text) is not None


def is_base64(text: str) -> bool:
    """Whether a policy value is base64."""
    return bytes_of(text) is not None


# Name of the operator: how it compares, whether it is inverted, what its policy values must be.
OPERATORS: dict[str, tuple[Compare, bool, WellFormed]] = {
    "StringEquals": (string_equals, False, any_text),
    "StringNotEquals": (string_equals, True, any_text),
    "StringEqualsIgnoreCase": (string_equals_ignore_case, False, no_foreign_letters),
    "StringNotEqualsIgnoreCase": (string_equals_ignore_case, True, no_foreign_letters),
    "StringLike": (string_like, False, any_text),
    "StringNotLike": (string_like, True, any_text),
    "ArnEquals": (arn_like, False, is_arn_pattern),
    "ArnNotEquals": (arn_like, True, is_arn_pattern),
    "ArnLike": (arn_like, False, is_arn_pattern),
    "ArnNotLike": (arn_like, True, is_arn_pattern),
    "NumericEquals": (ordered(number_of, operator.eq), False, is_number),
    "NumericNotEquals": (ordered(number_of, operator.eq), True, is_number),
    "NumericLessThan": (ordered(number_of, operator.lt), False, is_number),
    "NumericLessThanEquals": (ordered(number_of, operator.le), False, is_number),
    "NumericGreaterThan": (ordered(number_of, operator.gt), False, is_number),
    "NumericGreaterThanEquals": (ordered(number_of, operator.ge), False, is_number),
    "DateEquals": (ordered(seconds_of, operator.eq), False, is_date),
    "DateNotEquals": (ordered(seconds_of, operator.eq), True, is_date),
    "DateLessThan": (ordered(seconds_of, operator.lt), False, is_date),
    "DateLessThanEquals": (ordered(seconds_of, operator.le), False, is_date),
    "DateGreaterThan": (ordered(seconds_of, operator.gt), False, is_date),
    "DateGreaterThanEquals": (ordered(seconds_of, operator.ge), False, is_date),
    "Bool": (string_equals_ignore_case, False, no_foreign_letters),
    "BinaryEquals": (binary_equals, False, is_base64),
    "IpAddress": (in_network, False, is_network),
    "NotIpAddress": (in_network, True, is_network),
}


def condition_holds(statement: Json, scene: Scene) -> bool:
    """All pairs of operator and key must hold. One key twice under an operator cannot be read."""
    return all(
        scene.wide
        if sum(fold(other) == fold(key) for other in block) > 1
        else pair_holds(name, key, texts_of(value), scene)
        for name, block in statement.get("Condition", {}).items()
        for key, value in block.items()
    )


def pair_holds(name: str, key: str, texts: list[str] | None, scene: Scene) -> bool:
    """One operator and key; what cannot be read holds when read wide and fails when not."""
    present = is_present(scene, key)
    if name == "Null":
        return null_holds(texts, present=present, wide=scene.wide)
    quantifier, _, rest = name.rpartition(":")
    base = rest.removesuffix("IfExists")
    if base not in OPERATORS or name.removesuffix(rest) not in ("", *SET_OPERATORS):
        return scene.wide
    compare, inverted, well_formed = OPERATORS[base]
    if texts is None or not all(map(well_formed, texts)):
        return scene.wide
    if not present:
        return absent_holds(quantifier, inverted=inverted, if_exists=base != rest, scene=scene)
    matched = [any(compare(text, value, scene) for text in texts) for value in values_of(scene, key)]
    return quantified([hit != inverted for hit in matched], quantifier, wide=scene.wide)


def null_holds(texts: list[str] | None, *, present: bool, wide: bool) -> bool:
    """`true`: the key is absent; `false`: it is present."""
    if texts is None or not {fold(text) for text in texts} <= {"true", "false"}:
        return wide
    return any((fold(text) == "true") != present for text in texts)


def absent_holds(quantifier: str, *, inverted: bool, if_exists: bool, scene: Scene) -> bool:
    """What an operator says of a key that the request does not carry."""
    if quantifier == "ForAllValues":
        return True
    if quantifier == "ForAnyValue":
        return if_exists and scene.wide  # foranyvalue-ifexists
    return if_exists or inverted


def quantified(holds: list[bool], quantifier: str, *, wide: bool) -> bool:
    """Combine what the operator says of each value of a key that is present.

    Without a quantifier a key has one value; with several the operator is not
    defined (scalar-on-set): read wide some value is enough, read narrow all must do.
    """
    if quantifier == "ForAllValues" or (not quantifier and not wide):
        return all(holds)
    return any(holds)


def texts_of(value: Json) -> list[str] | None:
    """The policy values of a condition as text, or None when one is no scalar."""
    texts = [text_of(item) for item in listed(value)]
    return None if None in texts else [text for text in texts if text is not None]


def text_of(value: Json) -> str | None:
    """A JSON string, Boolean or number as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


# --- statements and documents ---------------------------------------------

ELEMENTS = {
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction",
    "Resource", "NotResource", "Condition",
}  # fmt: skip
VERSIONS = (None, "2008-10-17", "2012-10-17")


def statement_applies(
    statement: Json,
    version: str | None,
    request: Request,
    *,
    wide: bool,
    kind: Kind = "identity",
    many: frozenset[str] | None = None,
    unique_ids: Mapping[str, str] | None = None,
) -> bool:
    """Whether a statement applies to a request, whatever its Effect."""
    known = many_keys([{"Statement": [statement]}]) if many is None else many
    scene = Scene(request=request, wide=wide, kind=kind, many=known, unique_ids=unique_ids or {})
    return statement_level(statement, version, scene) != "none"


def statement_level(statement: Json, version: str | None, scene: Scene) -> Level:
    """How a statement reaches the caller, `none` when it does not apply at all."""
    if version not in VERSIONS or not is_readable(statement, scene.kind):
        return "direct" if scene.wide else "none"
    scene = replace(scene, variables=version == "2012-10-17")
    applies = (
        action_applies(statement, scene) and resource_applies(statement, scene) and condition_holds(statement, scene)
    )
    return principal_level(statement, scene) if applies else "none"


def is_readable(statement: Json, kind: Kind) -> bool:
    """Whether a statement has the elements that the grammar asks for, and no others."""
    if not isinstance(statement, dict) or set(statement) - ELEMENTS:
        return False
    return (
        statement.get("Effect") in ("Allow", "Deny")
        and has_one_of(statement, "Action", "NotAction", at_least=1)
        and has_readable_resource(statement, kind)
        and has_readable_principal(statement, kind)
        and has_readable_condition(statement)
    )


def has_one_of(statement: Json, plain: str, negated: str, *, at_least: int) -> bool:
    """Whether an element or its negation is there, not both, and lists only text."""
    found = [statement[name] for name in (plain, negated) if name in statement]
    return at_least <= len(found) <= 1 and all(map(is_texts, found))


def is_texts(value: Json) -> bool:
    """Whether a value is a text or a list of texts."""
    return all(isinstance(item, str) for item in listed(value))


def has_readable_resource(statement: Json, kind: Kind) -> bool:
    """A trust policy has no Resource, every other document has one."""
    if kind == "trust":
        return "Resource" not in statement and "NotResource" not in statement
    return has_one_of(statement, "Resource", "NotResource", at_least=1)


def has_readable_principal(statement: Json, kind: Kind) -> bool:
    """An identity document has no Principal, a resource policy at most one."""
    found = [statement[name] for name in ("Principal", "NotPrincipal") if name in statement]
    if kind == "identity":
        return not found
    return len(found) <= 1 and all(map(is_principal, found))


def is_principal(value: Json) -> bool:
    """`"*"`, or an object of known classes, each a text or a list of texts."""
    if not isinstance(value, dict):
        return bool(value == "*")
    known = {"AWS", *PRINCIPAL_CLASSES}
    if not set(value) <= known or not all(map(is_texts, value.values())):
        return False
    return all((name, text) == ("AWS", "*") or not set("*?") & set(text) for name, text in principal_entries(value))


def has_readable_condition(statement: Json) -> bool:
    """An object of objects; unknown operators and bad values are judged pair by pair."""
    condition = statement.get("Condition", {})
    return isinstance(condition, dict) and all(isinstance(block, dict) for block in condition.values())


def statements_of(document: Json) -> list[Json] | None:
    """The statements of a document, or None when the document cannot be read."""
    if not isinstance(document, dict) or set(document) - {"Version", "Id", "Statement"}:
        return None
    return listed(document["Statement"]) if "Statement" in document else None


def effects(
    document: Json,
    request: Request,
    *,
    upper: bool,
    kind: Kind,
    many: frozenset[str],
    unique_ids: Mapping[str, str],
    owners: frozenset[str] = frozenset(),
) -> tuple[bool, Level]:
    """Whether a document denies, and the strongest level at which it allows."""
    statements = statements_of(document)
    if statements is None:
        return not upper, "direct" if upper else "none"
    version = document.get("Version")

    def levels(effect: str, *, wide: bool) -> list[Level]:
        scene = Scene(request=request, wide=wide, kind=kind, many=many, unique_ids=unique_ids, owners=owners)
        chosen = [one for one in statements if may_be(one, effect)]
        return [statement_level(one, version, scene) for one in chosen]

    denied = best(levels("Deny", wide=not upper)) != "none"
    return denied, best(levels("Allow", wide=upper))


def may_be(statement: Json, effect: str) -> bool:
    """Whether a statement has an effect; one that is neither Allow nor Deny may be both."""
    written = statement.get("Effect") if isinstance(statement, dict) else None
    return written == effect or written not in ("Allow", "Deny")


def document_effect(
    document: Json,
    request: Request,
    *,
    upper: bool,
    kind: Kind = "identity",
    many: frozenset[str] | None = None,
    unique_ids: Mapping[str, str] | None = None,
) -> Effect:
    """The effect of one document: an explicit deny, an allow, or nothing."""
    known = many_keys([document]) if many is None else many
    ids = unique_ids or {}
    denied, level = effects(document, request, upper=upper, kind=kind, many=known, unique_ids=ids)
    if denied:
        return "deny"
    return "allow" if level != "none" else "implicit"


# --- decisions ------------------------------------------------------------

TRUST_ACTIONS = {
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "sts:tagsession",
    "sts:setsourceidentity",
}


def decide_policy(document: Json, request: Request, *, upper: bool) -> bool:
    """Whether one identity document, on its own, allows the request."""
    return decide_identity([document], request, upper=upper)


def decide_identity(documents: Sequence[Json], request: Request, *, upper: bool) -> bool:
    """Whether a pool of identity documents allows the request."""
    return pooled(documents, request, upper=upper, many=many_keys(documents)) == "allow"


def pooled(documents: Sequence[Json], request: Request, *, upper: bool, many: frozenset[str]) -> Effect:
    """The effect of a pool: any deny denies, else any allow allows."""
    found = [document_effect(one, request, upper=upper, many=many) for one in documents]
    if "deny" in found:
        return "deny"
    return "allow" if "allow" in found else "implicit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """The object asked for, when it has a policy of its own that takes part."""

    kind: Kind
    account: str
    policy: Json


def decide(world: World, request: Request, *, upper: bool, many: frozenset[str] | None = None) -> bool:
    """Whether the request is allowed by everything in the world that decides it.

    `many` are the multi-valued keys; by default those of the documents that
    take part: the caller's identity documents and the resource's policy.
    """
    principal, resource = request["principal"], resource_of(world, request)
    if not exists(world, principal):
        return False
    settled = whatever_policies_say(principal, fold(request["action"]), resource)
    if settled is not None:
        return settled
    documents = list(world.principals.get(principal, []))
    policies = [resource.policy] if resource and resource.policy is not None else []
    known = many_keys(documents + policies) if many is None else many
    identity = identity_effect(world, request, upper=upper, many=known)
    denied, level = resource_effects(world, request, resource, upper=upper, many=known)
    if denied or identity == "deny":
        return False
    return is_granted(world, principal, resource, level=level, identity=identity == "allow")


def whatever_policies_say(principal: str, action: str, resource: Resource | None) -> bool | None:
    """What AWS allows or refuses by itself, None where policies decide."""
    root = is_aws(principal) and principal.endswith(":root")
    user = is_aws(principal) and ":user/" in principal
    if action == "sts:getcalleridentity" and is_aws(principal):
        return True
    if action == "sts:getsessiontoken" and (user or root):
        return True
    own_bucket = (
        resource is not None and resource.kind == "bucket" and root and account_of(principal) == resource.account
    )
    if own_bucket and action in {"s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy"}:
        return True
    unsigned = root or principal == "anonymous" or principal.startswith("federated:")
    return False if unsigned and action == "sts:assumerole" else None


def resource_effects(
    world: World,
    request: Request,
    resource: Resource | None,
    *,
    upper: bool,
    many: frozenset[str],
) -> tuple[bool, Level]:
    """What the policy of the resource says; without one it says nothing."""
    if resource is None or resource.policy is None:
        return False, "none"
    return effects(
        resource.policy,
        request,
        upper=upper,
        kind=resource.kind,
        many=many,
        unique_ids=world.unique_ids,
        owners=world.accounts,
    )


def is_granted(world: World, principal: str, resource: Resource | None, *, level: Level, identity: bool) -> bool:
    """How the grants of both sides combine once nothing denies."""
    if resource is None:
        return is_aws(principal) and account_of(principal) in world.accounts and identity
    if not is_aws(principal):
        return level != "none"
    if account_of(principal) != resource.account:
        return level != "none" and identity
    if level == "direct":
        return True
    return identity and (resource.kind == "bucket" or level == "account")


def resource_of(world: World, request: Request) -> Resource | None:
    """The bucket or role of the world that the request asks for, if it is one."""
    action, arn = fold(request["action"]), request["resource"]
    if action in TRUST_ACTIONS and arn in world.roles:
        return Resource(kind="trust", account=account_of(arn), policy=world.roles[arn])
    prefix = "arn:aws:s3:::"
    name = arn.removeprefix(prefix).split("/")[0]
    if action.startswith("s3:") and arn.startswith(prefix) and name in world.buckets:
        account, policy = world.buckets[name]
        return Resource(kind="bucket", account=account, policy=policy)
    return None


def exists(world: World, principal: str) -> bool:
    """Whether there can be such a caller: all principals of the world's accounts are known."""
    if not is_aws(principal) or account_of(principal) not in world.accounts:
        return True
    return principal in world.principals or is_root(principal) or is_federated_user(principal)


def is_root(principal: str) -> bool:
    """Whether the caller is the root user of its account."""
    return account_named(principal) is not None


def is_federated_user(principal: str) -> bool:
    """Whether the caller is a session of sts:GetFederationToken."""
    parts = principal.split(":", 5)
    return parts[2] == "sts" and parts[5].startswith("federated-user/")


def identity_effect(world: World, request: Request, *, upper: bool, many: frozenset[str]) -> Effect:
    """What the caller's own policies say."""
    principal = request["principal"]
    if not is_aws(principal):
        return "implicit"
    if account_of(principal) not in world.accounts:
        vouched = request.get("flags", {}).get("caller:identity-allows") is True
        return "allow" if vouched else "implicit"
    if principal in world.principals:
        return pooled(world.principals[principal], request, upper=upper, many=many)
    return "allow" if is_root(principal) or upper else "implicit"
