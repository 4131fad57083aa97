"""Seeded generators of policies, requests and worlds for the differential tests.

The vocabularies are tiny (few letters, overlapping globs, two accounts), and
request values are made from the patterns of the policies, so that requests
land on both sides of each pattern's edge. Everything follows from the
`random.Random` that is passed in. Run this file to see how outcomes mix.

Kept out on purpose, since the rules leave it open: empty context values and
empty lists, several values of a key that is not known to be multi-valued, a
set operator on a key that is also used as a variable, defaults of variables
whose key is multi-valued, federated principals that ask for a bucket.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from naive import (
    MANY_BY_DEFINITION,
    Json,
    Kind,
    Scene,
    World,
    account_of,
    action_matches,
    decide,
    decide_policy,
    document_effect,
    fold,
    is_aws,
    listed,
    many_keys,
    pair_holds,
    pieces,
    resource_matches,
    statements_of,
    texts_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

FOREIGN = "777788889999"
SERVICES = ("ec2.amazonaws.com", "lambda.amazonaws.com")
PROVIDERS = ("arn:aws:iam::111122223333:saml-provider/idp", "accounts.google.com")
CANONICAL = ("79a59df900b949e5", "c1daexampleaaf85")
S3_ACTIONS = ("s3:GetObject", "s3:GetObjectAcl", "s3:PutObject", "s3:ListBucket")
STS_ACTIONS = ("sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:TagSession")
ACTIONS = (*S3_ACTIONS, *STS_ACTIONS, "iam:PassRole")
WORDS = ("a", "b", "ab", "ba", "aab", "a/b", "A", "a*", "a?b", "$", "a:b", "\U0001f600")
VARIABLES = (
    "${aws:username}",
    "${AWS:UserName}",
    "${aws:PrincipalTag/team}",
    "${aws:username, 'ab'}",
    "${aws:PrincipalTag/team,'b'}",
    "${app:label}",
    "${aws:TagKeys}",
    "${*}",
    "${?}",
    "${$}",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What policies and requests may name."""

    accounts: tuple[str, ...] = ("111122223333", "444455556666")
    buckets: tuple[str, ...] = ("aab", "aba")
    users: tuple[str, ...] = (
        "arn:aws:iam::111122223333:user/ua",
        "arn:aws:iam::444455556666:user/a/ub",
    )
    roles: tuple[str, ...] = (
        "arn:aws:iam::111122223333:role/ra",
        "arn:aws:iam::444455556666:role/a/ra",
    )
    unique_ids: tuple[str, ...] = ("AIDAAAAAAAAAAAAAAAAAA",)


NAMES = Names()


# --- small choices --------------------------------------------------------


def chance(rng: random.Random, probability: float) -> bool:
    """True with a probability."""
    return rng.random() < probability


def some(rng: random.Random, make: Callable[[], Json], most: int) -> Json:
    """One to `most` values, one of them sometimes as a scalar."""
    values = [make() for _ in range(rng.randint(1, most))]
    return values[0] if len(values) == 1 and chance(rng, 0.5) else values


def widen(rng: random.Random, text: str) -> str:
    """A pattern near a text: a stretch becomes `*` or a character `?`, or nothing changes."""
    if not text or chance(rng, 0.3):
        return text
    at = rng.randrange(len(text))
    if chance(rng, 0.35):
        return text[:at] + "?" + text[at + 1 :]
    end = len(text) if chance(rng, 0.5) else rng.randint(at, len(text))
    return text[:at] + rng.choice(("*", "*", "*", "**", "?*")) + text[end:]


def instance(rng: random.Random, pattern: str) -> str:
    """A text that a pattern without variables matches, more often than not."""
    chars = []
    for char in pattern:
        filling = {"*": ("", "a", "b", "a/b", "ab", "a:b"), "?": ("a", "b", "/")}.get(char)
        chars.append(rng.choice(filling) if filling and chance(rng, 0.95) else char)
    return "".join(chars)


def cased(rng: random.Random, text: str) -> str:
    """The text in another case, now and then."""
    return rng.choice((text.lower(), text.upper())) if chance(rng, 0.15) else text


# --- policies -------------------------------------------------------------


def policy(rng: random.Random, kind: Kind = "identity", *, names: Names = NAMES, odd: float = 0.01) -> Json:
    """A policy document; `odd` is how often an element is one that cannot be read."""
    statements = [statement(rng, kind, names, odd) for _ in range(rng.choice((1, 1, 2, 2, 3, 4)))]
    scalar = len(statements) == 1 and chance(rng, 0.3)
    version = rng.choices((None, "2008-10-17", "2012-10-17"), (1, 1, 6))[0]
    head = {} if version is None else {"Version": version}
    return {**head, "Statement": statements[0] if scalar else statements}


def statement(rng: random.Random, kind: Kind, names: Names, odd: float) -> Json:
    """One statement that suits the kind of document."""
    effect = "Deny" if chance(rng, 0.3) else "Allow"
    made: dict[str, Json] = {"Effect": effect}
    if kind != "identity" and not chance(rng, 0.03):
        element = "NotPrincipal" if chance(rng, 0.25 if effect == "Deny" else 0.04) else "Principal"
        made[element] = principal_element(rng, kind, names)
    negated = chance(rng, 0.12)
    actions = {"identity": ACTIONS, "bucket": S3_ACTIONS, "trust": STS_ACTIONS}[kind]
    made["NotAction" if negated else "Action"] = some(rng, lambda: action_pattern(rng, actions), 3)
    if kind != "trust":
        element = "NotResource" if chance(rng, 0.12) else "Resource"
        made[element] = some(rng, lambda: resource_pattern(rng, names, kind), 3)
    pairs = rng.choices((0, 1, 2, 3), (8, 8, 3, 1) if effect == "Allow" else (4, 8, 4, 1))[0]
    for _ in range(pairs):
        add_pair(rng, made.setdefault("Condition", {}), names, odd)
    if chance(rng, odd):
        made["Acton"] = "s3:GetObject"
    return made


def action_pattern(rng: random.Random, actions: Sequence[str]) -> str:
    """An action, a glob near one, or everything of its service."""
    action = rng.choice(actions)
    service, _, name = action.partition(":")
    form = rng.random()
    if form < 0.08:
        return "*"
    if form < 0.3:
        return f"{service}:*"
    return cased(rng, f"{service}:{widen(rng, name)}")


def resource_pattern(rng: random.Random, names: Names, kind: Kind) -> str:
    """`*`, or an ARN with wildcards and variables, most often in its last part."""
    form = rng.random()
    if form < (0.25 if kind == "identity" else 0.1):
        return "*"
    arn = concrete_resource(rng, names, kind)
    head, last = arn.rsplit(":", 1)
    if form < 0.4:
        return widen(rng, arn)
    if form < 0.55:
        parts = head.split(":")
        at = rng.randrange(1, 5)
        parts[at] = rng.choice(("*", "*" + parts[at], widen(rng, parts[at])))
        head = ":".join(parts)
    if form < 0.7:
        return f"{head}:{last.split('/')[0]}/{varied(rng)}"
    return f"{head}:{widen(rng, last)}"


def concrete_resource(rng: random.Random, names: Names, kind: Kind = "identity") -> str:
    """The ARN of a bucket, an object, or (not in a bucket policy) a role."""
    if kind != "bucket" and chance(rng, 0.35):
        return rng.choice(names.roles)
    return rng.choice(concrete_resources(names, "bucket"))


def concrete_resources(names: Names, kind: Kind) -> list[str]:
    """The ARNs of all buckets, of some objects, and (not in a bucket policy) of all roles."""
    roles = [] if kind == "bucket" else list(names.roles)
    endings = ("", "", "", *(f"/{word}" for word in WORDS))
    return roles + [f"arn:aws:s3:::{bucket}{end}" for bucket in names.buckets for end in endings]


def varied(rng: random.Random) -> str:
    """A text with a variable in it, between pieces that may be wild."""
    around = ("", "", "a", "*", "b/", "?")
    return rng.choice(around) + rng.choice(VARIABLES) + rng.choice(around)


def principal_element(rng: random.Random, kind: Kind, names: Names) -> Json:
    """A Principal: everyone, or up to three entries by class."""
    if chance(rng, 0.15):
        return "*"
    made: dict[str, list[str]] = {}
    for _ in range(rng.choice((1, 1, 2, 3))):
        name, text = principal_entry(rng, kind, names)
        made.setdefault(name, []).append(text)
    return {name: texts[0] if len(texts) == 1 and chance(rng, 0.6) else texts for name, texts in made.items()}


def principal_entry(rng: random.Random, kind: Kind, names: Names) -> tuple[str, str]:
    """One entry of Principal with its class."""
    account = rng.choice((*names.accounts, FOREIGN))
    sessions = [session_arn(role, session) for role in names.roles for session in "ab"]
    outsiders = ("Federated", PROVIDERS) if kind == "trust" else ("CanonicalUser", CANONICAL)
    weighted: list[tuple[int, str, Sequence[str]]] = [
        (8, "Service", SERVICES),
        (8, *outsiders),
        (6, "AWS", ("*",)),
        (24, "AWS", (account, f"arn:aws:iam::{account}:root")),
        (10, "AWS", sessions),
        (6, "AWS", (*names.unique_ids, "AROAGONEGONEGONEGONEG")),
        (4, "AWS", (f"arn:aws:sts::{account}:federated-user/f",)),
        (6, "AWS", (f"arn:aws:iam::{account}:role/stranger",)),
        (28, "AWS", names.users + names.roles),
    ]
    _, name, texts = rng.choices(weighted, [weight for weight, _, _ in weighted])[0]
    return name, rng.choice(texts)


def session_arn(role: str, session: str) -> str:
    """The ARN of a session of a role, without the role's path."""
    name = role.rsplit("/", 1)[1]
    return f"arn:aws:sts::{account_of(role)}:assumed-role/{name}/{session}"


# --- conditions -----------------------------------------------------------

FAMILIES: dict[str, tuple[str, ...]] = {
    "string": ("StringEquals", "StringEqualsIgnoreCase", "StringLike"),
    "arn": ("ArnEquals", "ArnLike", "StringLike"),
    "number": (
        "NumericEquals",
        "NumericLessThan",
        "NumericLessThanEquals",
        "NumericGreaterThan",
        "NumericGreaterThanEquals",
    ),
    "date": (
        "DateEquals",
        "DateLessThan",
        "DateLessThanEquals",
        "DateGreaterThan",
        "DateGreaterThanEquals",
    ),
    "bool": ("Bool",),
    "bytes": ("BinaryEquals",),
    "address": ("IpAddress",),
    "account": ("StringEquals", "StringLike"),
}
INVERTED = {
    "StringEquals": "StringNotEquals",
    "StringEqualsIgnoreCase": "StringNotEqualsIgnoreCase",
    "StringLike": "StringNotLike",
    "ArnEquals": "ArnNotEquals",
    "ArnLike": "ArnNotLike",
    "NumericEquals": "NumericNotEquals",
    "DateEquals": "DateNotEquals",
    "IpAddress": "NotIpAddress",
}
KEYS = {
    "aws:username": "string",
    "aws:PrincipalTag/team": "string",
    "aws:ResourceTag/Team": "string",
    "app:label": "string",
    "aws:SourceArn": "arn",
    "aws:PrincipalArn": "arn",
    "s3:max-keys": "number",
    "aws:CurrentTime": "date",
    "aws:SecureTransport": "bool",
    "aws:PrincipalIsAWSService": "bool",
    "app:blob": "bytes",
    "aws:SourceIp": "address",
    "aws:PrincipalAccount": "account",
    "aws:PrincipalServiceName": "string",
}
SETS = {
    "aws:TagKeys": "string",
    "aws:CalledVia": "string",
    "app:labels": "string",
    "app:arns": "arn",
    "app:sizes": "number",
    "app:sources": "address",
}
OF_PRINCIPAL = frozenset({
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principalisawsservice",
    "aws:principalservicename",
})
POLICY_VALUES: dict[str, tuple[Json, ...]] = {
    "number": ("0", "1", "1.5", "10", "10.0", "-1", 1, 10, 1.5),
    "date": (
        "2026-01-01",
        "2026-01-01T00:00:00Z",
        "2026-01-01T01:00:00+01:00",
        "2025-12-31T19:30:00-04:30",
        "1767225600",
        1767225600,
        "1767225600000",
    ),
    "bool": ("true", "false", "True", True, False),
    "bytes": ("YQ==", "YWI="),
    "address": (
        "10.0.0.0/30",
        "10.0.0.1",
        "10.0.0.4/31",
        "0.0.0.0/0",
        "2001:db8::/126",
        "2001:DB8::4",
        "::/0",
    ),
}
REQUEST_VALUES: dict[str, tuple[str, ...]] = {
    "string": WORDS,
    "arn": (
        "arn:aws:s3:::aab",
        "arn:aws:s3:::aab/a:b",
        "arn:aws:iam::111122223333:role/ra",
        "arn:aws:sns:a:444455556666:b",
        "aab",
    ),
    "number": ("-2", "-1", "0", "1", "1.0", "1.4", "1.5", "9.99", "10", "11", "ten"),
    "date": (
        "2025-12-31T23:59:59Z",
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:01Z",
        "2026-01-01T05:00:00+05:00",
        "1767225600",
        "1767225601",
        "now",
    ),
    "bool": ("true", "false", "TRUE"),
    "bytes": ("YQ==", "YWI=", "Yg==", "="),
    "address": (
        "9.255.255.255",
        "10.0.0.0",
        "10.0.0.1",
        "10.0.0.3",
        "10.0.0.4",
        "10.0.0.5",
        "10.0.0.6",
        "2001:db8::3",
        "2001:0db8::4",
        "2001:db8::5",
        "host",
    ),
    "account": ("111122223333", "444455556666", FOREIGN),
}
UNREADABLE = {
    "number": "1x",
    "date": "yesterday",
    "bytes": "a",
    "address": "10.0.0.256",
    "bool": "\u00c9",
}


def add_pair(rng: random.Random, condition: Json, names: Names, odd: float) -> None:
    """Add one operator with one key to a Condition."""
    many = chance(rng, 0.3)
    key = rng.choice(tuple(SETS if many else KEYS))
    family = SETS[key] if many else KEYS[key]
    name = operator_name(rng, key, family)
    if chance(rng, 0.1):
        name = "Null"
    if chance(rng, odd):
        name = "StringLikke"
    values = some(rng, lambda: policy_value(rng, name, family, names, odd), 2)
    written = cased(rng, key) if "/" not in key or chance(rng, 0.3) else key
    condition.setdefault(name, {})[written] = values


def operator_name(rng: random.Random, key: str, family: str) -> str:
    """An operator for a key: of its family, perhaps inverted, quantified or IfExists."""
    base = rng.choice(FAMILIES["string" if chance(rng, 0.05) else family])
    if chance(rng, 0.3):
        base = INVERTED.get(base, base)
    suffix = "IfExists" if chance(rng, 0.2) else ""
    scalar = fold(key) in MANY_BY_DEFINITION and chance(rng, 0.2)
    if key in SETS and not scalar:
        return rng.choice(("ForAllValues:", "ForAnyValue:")) + base + suffix
    if key == "aws:SourceArn" and chance(rng, 0.15):
        return rng.choice(("ForAllValues:", "ForAnyValue:")) + base + suffix
    return base + suffix


def policy_value(rng: random.Random, name: str, family: str, names: Names, odd: float) -> Json:
    """A value that suits the operator, or, now and then, one that cannot be read."""
    if name == "Null":
        return rng.choice(("true", "false", "True", True, False))
    base = name.rpartition(":")[2].removesuffix("IfExists").replace("Not", "")
    if chance(rng, odd) and family in UNREADABLE:
        return UNREADABLE[family]
    if base in FAMILIES["string"] and family in ("string", "arn", "account"):
        return text_value(rng, family, names)
    return arn_value(rng, names) if family == "arn" else readable_value(rng, base, names)


def readable_value(rng: random.Random, base: str, names: Names) -> Json:
    """A well-formed policy value for an operator without quantifier and suffix."""
    for family, values in POLICY_VALUES.items():
        if base in FAMILIES[family]:
            return rng.choice(values)
    return text_value(rng, "string", names)


def text_value(rng: random.Random, family: str, names: Names) -> str:
    """A pattern for a text, perhaps with a variable."""
    if family == "arn":
        return arn_value(rng, names)
    if chance(rng, 0.25):
        return varied(rng)
    return widen(rng, rng.choice(WORDS if family == "string" else REQUEST_VALUES["account"]))


def arn_value(rng: random.Random, names: Names) -> str:
    """A pattern for an ARN; a star may swallow colons, a variable may fill a part."""
    arn = rng.choice((*REQUEST_VALUES["arn"], *names.users, *names.roles))
    if chance(rng, 0.2):
        return "arn:aws:iam::${aws:PrincipalAccount}:*"
    if chance(rng, 0.3):
        parts = arn.split(":", 5)
        parts[rng.randrange(len(parts))] = rng.choice(("*", "a?*", "${aws:username}"))
        return ":".join(parts)
    return widen(rng, arn)


# --- requests -------------------------------------------------------------


def request(
    rng: random.Random,
    documents: Sequence[Json],
    *,
    names: Names = NAMES,
    kind: Kind = "identity",
    principal: str | None = None,
    resource: str | None = None,
    aim: Json = None,
) -> dict[str, Any]:
    """A request that aims at one statement of the documents and often just misses it.

    Without `principal` the request suits `decide_policy`: all keys come from
    the context. With one, the keys that follow from it are left out. `aim` is
    the statement to aim at, any (an Allow by preference) when it is not given.
    """
    statements = [one for document in documents for one in statements_of(document) or []]
    aim = aim or target(rng, statements)
    made: dict[str, Any] = {} if principal is None else who(rng, principal)
    made["context"] = {}
    made["action"] = request_action(rng, aim, kind)
    made["resource"] = resource or request_resource(rng, aim, names, kind)
    fill_variables(rng, made, documents)
    for one in [aim, *statements]:
        fill_conditions(rng, made, one, documents, likely=one is aim)
    if principal is not None:
        for key in OF_PRINCIPAL & set(made["context"]):
            del made["context"][key]
    if resource is None:
        made["resource"] = filled(made["resource"], made["context"])
    return made


def target(rng: random.Random, statements: Sequence[Json]) -> Json:
    """A statement to aim at, an Allow by preference; without statements an empty one."""
    allows = [one for one in statements if one["Effect"] == "Allow"]
    return rng.choice(allows if allows and chance(rng, 0.6) else statements or [{}])


def who(rng: random.Random, principal: str) -> dict[str, Any]:
    """The part of a request that says who asks."""
    made: dict[str, Any] = {"principal": principal, "flags": {}}
    if ":role/" in principal and chance(rng, 0.8):
        made["session"] = rng.choice("ab")
    if is_aws(principal):
        made["flags"] = {"caller:identity-allows": chance(rng, 0.7)}
    return made


def request_action(rng: random.Random, aim: Json, kind: Kind) -> str:
    """An action that the statement aimed at applies to, or any."""
    actions = {"identity": ACTIONS, "bucket": S3_ACTIONS, "trust": STS_ACTIONS}[kind]
    patterns = listed(aim.get("Action", []))
    hits = [one for one in actions if any(action_matches(glob, one) for glob in patterns)]
    return rng.choice(hits if hits and chance(rng, 0.9) else actions)


def request_resource(rng: random.Random, aim: Json, names: Names, kind: Kind) -> str:
    """A resource made from a pattern of the statement aimed at, or any."""
    patterns = listed(aim.get("Resource", aim.get("NotResource", [])))
    if chance(rng, 0.02):
        return "*"
    if not patterns or chance(rng, 0.1):
        return concrete_resource(rng, names, kind)
    pattern = rng.choice(patterns)
    if pattern.count(":") < 5 or chance(rng, 0.6):
        known = concrete_resources(names, kind)
        return rng.choice([one for one in known if wide_hit(pattern, one)] or known)
    head, last = pattern.rsplit(":", 1) if "${" not in pattern else split_arn(pattern)
    return f"{instance(rng, head)}:{instance(rng, last)}"


def split_arn(pattern: str) -> tuple[str, str]:
    """An ARN pattern before and after its fifth colon."""
    parts = pattern.split(":", 5)
    return ":".join(parts[:5]), parts[5]


def wide_hit(pattern: str, resource: str) -> bool:
    """Whether a pattern, read wide and without variables, matches a resource."""
    return resource_matches(pattern, Scene(request={"resource": resource}, wide=True))


def fill_variables(rng: random.Random, made: dict[str, Any], documents: Sequence[Json]) -> None:
    """Give most of the keys that stand in variables a value."""
    reading = Scene(request=made, wide=True, variables=True)
    bodies = [body for text in texts_in(documents) for body, is_key in pieces(text, reading) if is_key]
    for body in bodies:
        key = fold(body.partition(",")[0].strip())
        plain = key not in "*?$" and key not in MANY_BY_DEFINITION
        if plain and key not in made["context"] and chance(rng, 0.75):
            made["context"][key] = [rng.choice(WORDS)]


def texts_in(value: Json) -> Iterator[str]:
    """All texts of a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts_in(item)


def filled(pattern: str, context: dict[str, list[str]]) -> str:
    """A text whose variables are replaced by the values of the context."""
    reading = Scene(request={}, wide=True, variables=True)
    cut = [
        context.get(fold(text.partition(",")[0]), [text])[0] if is_variable else text
        for text, is_variable in pieces(pattern, reading)
    ]
    return "".join(cut)


def fill_conditions(
    rng: random.Random,
    made: dict[str, Any],
    one: Json,
    documents: Sequence[Json],
    *,
    likely: bool,
) -> None:
    """Give the keys of a statement's conditions values; `likely` ones that satisfy it."""
    for name, block in one.get("Condition", {}).items():
        for written, value in block.items():
            key = fold(written)
            if key in made["context"] and not (likely and chance(rng, 0.7)):
                continue
            tries = rng.choice((1, 8, 8, 8)) if likely else rng.choice((1, 3))
            aim_at_pair(rng, made, (name, key, value), documents, tries=tries)


def aim_at_pair(
    rng: random.Random,
    made: dict[str, Any],
    pair: tuple[str, str, Json],
    documents: Sequence[Json],
    *,
    tries: int,
) -> None:
    """Try values of a key until an operator holds, keep the last."""
    name, key, value = pair
    many = many_keys(documents)
    for _ in range(tries):
        values = request_values(rng, key, name, value, made["context"])
        made["context"].pop(key, None)
        if values:
            made["context"][key] = values
        reading = Scene(request=made, wide=True, variables=True, many=many)
        if pair_holds(name, key, texts_of(value), reading):
            return


def request_values(rng: random.Random, key: str, name: str, value: Json, context: dict[str, list[str]]) -> list[str]:
    """Values for a context key, near those of the policy; none leaves the key out."""
    if chance(rng, 0.15):
        return []
    families = {fold(one): family for one, family in (KEYS | SETS).items()}
    family = families.get(key, "string")
    count = rng.choice((1, 1, 2, 3)) if key in map(fold, SETS) else 1
    return [near_value(rng, family, name, value, context) for _ in range(count)]


def near_value(rng: random.Random, family: str, name: str, value: Json, context: dict[str, list[str]]) -> str:
    """One value: made from a pattern of the policy, or any of its family."""
    usual = rng.choice(REQUEST_VALUES[family])
    if family not in ("string", "arn", "account") or name == "Null" or chance(rng, 0.3):
        return usual
    pattern = filled(rng.choice(texts_of(value) or [usual]), context)
    made = instance(rng, pattern) if "Like" in name or "Arn" in name else pattern
    return (made.swapcase() if "IgnoreCase" in name else made) or usual


# --- worlds ---------------------------------------------------------------


def world(rng: random.Random, *, odd: float = 0.01) -> World:
    """Two accounts, two to four users and roles, one or two buckets."""
    accounts = NAMES.accounts
    roles = distinct(rng, ["role/ra", "role/a/rb"], accounts, rng.choice((1, 2)))
    users = distinct(rng, ["user/ua", "user/a/ub"], accounts, rng.choice((1, 2)))
    buckets = NAMES.buckets[: rng.choice((1, 2))]
    ids = {unique_id(arn): arn for arn in users + roles}
    names = Names(accounts=accounts, buckets=buckets, users=users, roles=roles, unique_ids=tuple(ids))
    return World(
        accounts=frozenset(accounts),
        principals={
            arn: [policy(rng, names=names, odd=odd) for _ in range(rng.choice((0, 1, 1, 2, 2, 3)))]
            for arn in users + roles
        },
        buckets={name: bucket(rng, name, names, odd) for name in buckets},
        roles={arn: policy(rng, "trust", names=names, odd=odd) for arn in roles},
        unique_ids=ids,
    )


def distinct(rng: random.Random, endings: Sequence[str], accounts: Sequence[str], count: int) -> tuple[str, ...]:
    """Some ARNs of users or roles, all different."""
    arns = [f"arn:aws:iam::{account}:{end}" for account in accounts for end in endings]
    return tuple(sorted(rng.sample(arns, count)))


def unique_id(arn: str) -> str:
    """A made-up unique id, 21 characters, different for each ARN used here."""
    prefix = "AIDA" if ":user/" in arn else "AROA"
    letters = "".join(char for char in arn.upper() if char in "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    return prefix + letters[-17:].rjust(17, "A")


def bucket(rng: random.Random, name: str, names: Names, odd: float) -> tuple[str, Json]:
    """The account and the policy of a bucket; one in eight has no policy."""
    account = rng.choice(names.accounts)
    if chance(rng, 0.125):
        return account, None
    return account, policy(rng, "bucket", names=replace(names, buckets=(name,)), odd=odd)


def world_request(rng: random.Random, where: World) -> dict[str, Any]:
    """A request for a bucket, a role or something else of a world, by someone."""
    form = rng.random()
    if form < 0.55:
        return bucket_request(rng, where)
    if form < 0.88:
        return trust_request(rng, where)
    principal = caller(rng, where, {}, "identity")
    documents = list(where.principals.get(principal, []))
    return request(rng, documents, principal=principal, names=names_of(where))


def bucket_request(rng: random.Random, where: World) -> dict[str, Any]:
    """A request for a bucket of the world or an object in it."""
    name = rng.choice(sorted(where.buckets))
    own = where.buckets[name][1]
    aim = target(rng, statements_of(own) or [])
    principal = caller(rng, where, aim, "bucket")
    return request(
        rng,
        [own, *where.principals.get(principal, [])] if own else [],
        kind="bucket",
        principal=principal,
        names=replace(names_of(where), buckets=(name,)),
        aim=aim if chance(rng, 0.7) else None,
    )


def trust_request(rng: random.Random, where: World) -> dict[str, Any]:
    """A request to assume a role of the world."""
    role = rng.choice(sorted(where.roles))
    trust = where.roles[role]
    aim = target(rng, statements_of(trust) or [])
    principal = caller(rng, where, aim, "trust")
    return request(
        rng,
        [trust, *where.principals.get(principal, [])],
        kind="trust",
        principal=principal,
        resource=role,
        names=names_of(where),
        aim=aim if chance(rng, 0.7) else None,
    )


def names_of(where: World) -> Names:
    """The names that stand in a world."""
    users = tuple(arn for arn in where.principals if ":user/" in arn)
    return Names(
        accounts=tuple(sorted(where.accounts)),
        buckets=tuple(where.buckets),
        users=users,
        roles=tuple(where.roles),
        unique_ids=tuple(where.unique_ids),
    )


def caller(rng: random.Random, where: World, aim: Json, kind: Kind) -> str:
    """Someone whom a statement of the resource's policy names, or anyone."""
    named = list(texts_in(aim.get("Principal", aim.get("NotPrincipal", []))))
    if named and chance(rng, 0.75):
        return someone_like(rng, where, rng.choice(named), kind)
    return anyone(rng, where, kind)


def someone_like(rng: random.Random, where: World, entry: str, kind: Kind) -> str:
    """A caller whom an entry of Principal is about."""
    known = sorted(where.principals)
    inside = [arn for arn in known if account_of(arn) in entry]
    others = {
        **{name: f"service:{name}" for name in SERVICES},
        **{name: f"federated:{name}" for name in PROVIDERS},
        **{name: f"canonical:{name}" for name in CANONICAL},
        **where.unique_ids,
    }
    if entry in others:
        return others[entry]
    if entry in known or ":role/stranger" in entry or ":federated-user/" in entry:
        return entry
    if ":assumed-role/" in entry:
        ending = "/" + entry.split("/")[1]
        inside = [arn for arn in inside if arn.endswith(ending)]
    return rng.choice(inside) if inside else anyone(rng, where, kind)


def anyone(rng: random.Random, where: World, kind: Kind) -> str:
    """Any caller: mostly known ones, but every sort there is."""
    account = rng.choice((*sorted(where.accounts), FOREIGN))
    form = rng.random()
    if form < 0.7:
        return rng.choice(sorted(where.principals))
    rare = (
        f"arn:aws:iam::{account}:root",
        f"arn:aws:sts::{account}:federated-user/f",
        f"arn:aws:iam::{account}:role/stranger",
        f"arn:aws:iam::{FOREIGN}:user/b",
        "anonymous",
        f"service:{rng.choice(SERVICES)}",
        f"federated:{rng.choice(PROVIDERS)}" if kind == "trust" else "anonymous",
        f"canonical:{rng.choice(CANONICAL)}" if kind == "bucket" else "anonymous",
    )
    return rng.choice(rare)


# --- snapshots ------------------------------------------------------------

CREATED = "2026-01-01T00:00:00Z"


def snapshot(where: World) -> dict[str, Json]:
    """A world as a snapshot: path to JSON content, `snapshot.json` included.

    Every bucket enforces its owner's ownership and has an owner-only ACL, no
    account blocks public access, and there is no organization. A principal's
    documents are spread over inline, managed and (users) group policies.
    """
    files: dict[str, Json] = {}
    errors: list[Json] = []
    for account in sorted(where.accounts):
        base = f"{account}/global"
        files[f"{base}/iam/get-account-authorization-details.json"] = iam_details(where, account)
        owned = sorted(name for name, (owner, _) in where.buckets.items() if owner == account)
        files[f"{base}/s3/list-buckets.json"] = {
            "Buckets": [{"Name": name, "CreationDate": CREATED} for name in owned],
            "Owner": {"ID": owner_id(account)},
        }
        for name in owned:
            add_bucket(files, errors, f"{base}/s3", name, where.buckets[name])
        errors += account_errors(base)
    files["snapshot.json"] = {
        "format": "auditctl-snapshot/1",
        "time": "2026-11-02T09:00:00Z",
        "tool": "aws-cli/2.31.0",
        "accounts": [
            {"id": account, "name": f"account-{account}", "partition": "aws"} for account in sorted(where.accounts)
        ],
        "errors": errors,
    }
    return files


def account_errors(base: str) -> list[Json]:
    """What an account without an organization and without Block Public Access answers."""
    alone = "AWSOrganizationsNotInUseException"
    return [
        failure(f"{base}/s3control/get-public-access-block.json",
                "NoSuchPublicAccessBlockConfiguration"),
        failure(f"{base}/organizations/describe-organization.json", alone),
        failure(f"{base}/organizations/list-accounts.json", alone),
        failure(f"{base}/organizations/list-policies/SERVICE_CONTROL_POLICY.json", alone),
    ]  # fmt: skip


def failure(path: str, code: str) -> Json:
    """An entry of the errors that were met while exporting."""
    return {"path": path, "code": code, "message": code}


def owner_id(account: str) -> str:
    """A made-up canonical id of an account."""
    return account * 5 + "abcd"


def add_bucket(files: dict[str, Json], errors: list[Json], base: str, name: str, own: tuple[str, Json]) -> None:
    """The answers about one bucket."""
    account, document = own
    owner = {"ID": owner_id(account)}
    grant = {"Grantee": {**owner, "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}
    rule = {"ObjectOwnership": "BucketOwnerEnforced"}
    files[f"{base}/get-bucket-acl/{name}.json"] = {"Owner": owner, "Grants": [grant]}
    files[f"{base}/get-bucket-ownership-controls/{name}.json"] = {"OwnershipControls": {"Rules": [rule]}}
    absent = [
        ("get-public-access-block", "NoSuchPublicAccessBlockConfiguration"),
        ("get-bucket-tagging", "NoSuchTagSet"),
    ]
    if document is None:
        absent.append(("get-bucket-policy", "NoSuchBucketPolicy"))
    else:
        files[f"{base}/get-bucket-policy/{name}.json"] = {"Policy": json.dumps(document)}
    errors += [failure(f"{base}/{call}/{name}.json", code) for call, code in absent]


def iam_details(where: World, account: str) -> Json:
    """The answer of get-account-authorization-details for one account."""
    made: dict[str, list[Json]] = {
        "UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": [],
    }  # fmt: skip
    ids = {arn: unique for unique, arn in where.unique_ids.items()}
    for arn in sorted(where.principals):
        if account_of(arn) == account:
            add_principal(made, where, arn, ids.get(arn, unique_id(arn)))
    return {**made, "IsTruncated": False}


def add_principal(made: dict[str, list[Json]], where: World, arn: str, unique: str) -> None:
    """One user or role with its documents: inline, managed, by group, and round again."""
    kind = "User" if ":user/" in arn else "Role"
    middle, _, name = arn.split(":", 5)[5].partition("/")[2].rpartition("/")
    path = f"/{middle}/" if middle else "/"
    spread: list[list[Json]] = [[], [], []]
    for index, document in enumerate(where.principals[arn]):
        spread[index % (3 if kind == "User" else 2)].append(document)
    entry: dict[str, Json] = {
        "Path": path,
        f"{kind}Name": name,
        f"{kind}Id": unique,
        "Arn": arn,
        "CreateDate": CREATED,
        f"{kind}PolicyList": inline(spread[0]),
        "AttachedManagedPolicies": [attach(made, arn, one) for one in spread[1]],
        "Tags": [],
    }
    if kind == "User":
        entry["GroupList"] = [add_group(made, arn, name, spread[2])] if spread[2] else []
    else:
        entry["AssumeRolePolicyDocument"] = where.roles[arn]
        entry["InstanceProfileList"] = []
    made[f"{kind}DetailList"].append(entry)


def inline(documents: Sequence[Json]) -> list[Json]:
    """Inline policies."""
    return [{"PolicyName": f"inline{index}", "PolicyDocument": document} for index, document in enumerate(documents)]


def attach(made: dict[str, list[Json]], arn: str, document: Json) -> Json:
    """Add a managed policy, with an older version that grants everything, and attach it."""
    name = f"managed{len(made['Policies'])}"
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    old = {"Version": "2012-10-17", "Statement": everything}
    policy_arn = f"arn:aws:iam::{account_of(arn)}:policy/{name}"
    versions = [
        {"VersionId": "v2", "IsDefaultVersion": True, "CreateDate": CREATED, "Document": document},
        {"VersionId": "v1", "IsDefaultVersion": False, "CreateDate": CREATED, "Document": old},
    ]
    made["Policies"].append({
        "PolicyName": name,
        "PolicyId": f"ANPA{name.upper().rjust(17, 'A')}",
        "Arn": policy_arn,
        "Path": "/",
        "DefaultVersionId": "v2",
        "AttachmentCount": 1,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": CREATED,
        "UpdateDate": CREATED,
        "PolicyVersionList": versions,
    })
    return {"PolicyName": name, "PolicyArn": policy_arn}


def add_group(made: dict[str, list[Json]], arn: str, user: str, documents: Sequence[Json]) -> str:
    """Add a group with inline policies and return its name."""
    name = f"group-{user}"
    made["GroupDetailList"].append({
        "Path": "/",
        "GroupName": name,
        "GroupId": "AGPA" + unique_id(arn)[4:],
        "Arn": f"arn:aws:iam::{account_of(arn)}:group/{name}",
        "CreateDate": CREATED,
        "GroupPolicyList": inline(documents),
        "AttachedManagedPolicies": [],
    })
    return name


# --- how outcomes mix -----------------------------------------------------


WORD = {True: "allowed", False: "refused"}


def mix(seed: int = 0, count: int = 2000) -> dict[str, Counter[str]]:
    """Print and return how often each outcome came up, in both readings."""
    rng = random.Random(seed)
    counts: dict[str, Counter[str]] = {
        "document": Counter(), "identity": Counter(), "world": Counter(),
    }  # fmt: skip
    for _ in range(count):
        document = policy(rng)
        asked = request(rng, [document])
        effects = [document_effect(document, asked, upper=upper) for upper in (True, False)]
        counts["document"][tell(*effects)] += 1
        allowed = [WORD[decide_policy(document, asked, upper=upper)] for upper in (True, False)]
        counts["identity"][tell(*allowed)] += 1
        where = world(rng)
        asked = world_request(rng, where)
        allowed = [WORD[decide(where, asked, upper=upper)] for upper in (True, False)]
        counts["world"][f"{sort_of(where, asked)}: {tell(*allowed)}"] += 1
    for name, counter in counts.items():
        print(name)
        for outcome, number in sorted(counter.items()):
            print(f"  {number / count:7.2%}  {outcome}")
    return counts


def tell(upper: str, lower: str) -> str:
    """One word where both readings agree, two where they do not."""
    return upper if upper == lower else f"{upper} or {lower}"


def sort_of(where: World, asked: dict[str, Any]) -> str:
    """What a request of a world is for."""
    if asked["resource"] in where.roles and asked["action"].startswith("sts:"):
        return "trust"
    return "bucket" if asked["resource"].startswith("arn:aws:s3:::a") else "other"


if __name__ == "__main__":
    mix()
