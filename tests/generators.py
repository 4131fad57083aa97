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

import random
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from naive import (
    GUARDED,
    MANY_BY_DEFINITION,
    REGION,
    Endpoint,
    Guarded,
    Json,
    Organization,
    Scene,
    World,
    account_of,
    action_matches,
    bucket_of,
    decide,
    decide_policy,
    document_effect,
    documents_of,
    fold,
    grant_document,
    is_aws,
    listed,
    many_keys,
    pair_holds,
    pieces,
    resource_matches,
    resource_of,
    statements_of,
    texts_of,
)
from world_files import owner_id, snapshot, unique_id  # noqa: F401  # the snapshot of a world is asked for here

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

FOREIGN = "777788889999"
SERVICES = ("ec2.amazonaws.com", "lambda.amazonaws.com")
PROVIDERS = ("arn:aws:iam::111122223333:saml-provider/idp", "accounts.google.com")
CANONICAL = ("79a59df900b949e5", "c1daexampleaaf85")
S3_ACTIONS = ("s3:GetObject", "s3:GetObjectAcl", "s3:PutObject", "s3:ListBucket")
STS_ACTIONS = ("sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:TagSession")
ACTIONS = (*S3_ACTIONS, *STS_ACTIONS, "iam:PassRole")
# The actions that the policy of each sort of thing decides.
ACTIONS_ON: dict[str, tuple[str, ...]] = {
    "identity": ACTIONS,
    "bucket": (*S3_ACTIONS, "s3:DeleteObject", "s3:PutBucketPolicy"),
    "trust": STS_ACTIONS,
    "key": ("kms:Decrypt", "kms:Encrypt", "kms:RetireGrant"),
    "queue": ("sqs:SendMessage", "sqs:ReceiveMessage"),
    "topic": ("sns:Publish",),
    "secret": ("secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"),
    "function": ("lambda:InvokeFunction",),
    "repository": ("ecr:BatchGetImage",),
    "table": ("dynamodb:Query",),
}
# Sorts of document without Principal.
WITHOUT_PRINCIPAL = ("identity", "boundary", "scp")
Kind = str
ORGANIZATION = "o-a1b2c3d4e5"
MANAGEMENT = "999900001111"
SERVICE_ROLE = "role/aws-service-role/ec2.amazonaws.com/AWSServiceRoleForEC2"
ENDPOINTS = ("vpce-0a", "vpce-0b")
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
    canonical: tuple[str, ...] = CANONICAL
    actions: tuple[str, ...] = ACTIONS
    resources: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()  # condition keys besides those that every world has


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


def statement(rng: random.Random, kind: Kind, names: Names, odd: float, effect: str = "") -> Json:
    """One statement that suits the kind of document."""
    effect = effect or ("Deny" if chance(rng, 0.3) else "Allow")
    made: dict[str, Json] = {"Effect": effect}
    if kind == "rcp":
        made["Principal"] = "*"
    elif kind not in WITHOUT_PRINCIPAL and not chance(rng, 0.03):
        element = "NotPrincipal" if chance(rng, 0.25 if effect == "Deny" else 0.04) else "Principal"
        made[element] = principal_element(rng, kind, names)
    negated = chance(rng, 0.12)
    actions = actions_on(kind, names)
    made["NotAction" if negated else "Action"] = some(rng, lambda: action_pattern(rng, actions), 3)
    if kind not in ("trust", "repository"):
        element = "NotResource" if chance(rng, 0.12) else "Resource"
        made[element] = some(rng, lambda: resource_pattern(rng, names, kind), 3)
    pairs = rng.choices((0, 1, 2, 3), (8, 8, 3, 1) if effect == "Allow" else (4, 8, 4, 1))[0]
    for _ in range(pairs):
        add_pair(rng, made.setdefault("Condition", {}), names, odd)
    if chance(rng, odd):
        made["Acton"] = "s3:GetObject"
    return made


def actions_on(kind: Kind, names: Names) -> tuple[str, ...]:
    """The actions that a kind of document may be about."""
    return names.actions if kind in (*WITHOUT_PRINCIPAL, "rcp", "endpoint") else ACTIONS_ON[kind]


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
    """The ARN of a bucket, an object or, not in a bucket policy, of something else."""
    if kind in GUARDED or (kind != "bucket" and names.resources and chance(rng, 0.4)):
        return rng.choice(names.resources)
    if kind != "bucket" and chance(rng, 0.35):
        return rng.choice(names.roles)
    return rng.choice(concrete_resources(names, "bucket"))


def concrete_resources(names: Names, kind: Kind) -> list[str]:
    """The ARNs of all buckets, of some objects, and (not in a bucket policy) of all roles and the rest."""
    if kind in GUARDED:
        return list(names.resources)
    others = [] if kind == "bucket" else [*names.roles, *names.resources]
    endings = ("", "", "", *(f"/{word}" for word in WORDS))
    return others + [f"arn:aws:s3:::{bucket}{end}" for bucket in names.buckets for end in endings]


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
    outsiders = ("Federated", PROVIDERS) if kind == "trust" else ("CanonicalUser", names.canonical)
    if kind == "endpoint":
        outsiders = ("Service", SERVICES)
    weighted: list[tuple[int, str, Sequence[str]]] = [
        (8, "Service", SERVICES),
        (8, *outsiders),
        (6, "AWS", ("*",)),
        (24, "AWS", (account, f"arn:aws:iam::{account}:root")),
        (10, "AWS", sessions),
        (6, "AWS", (*names.unique_ids, "AROAGONEGONEGONEGONEG")),
        (4, "AWS", (f"arn:aws:sts::{account}:federated-user/f",)),
        (6, "AWS", (f"arn:aws:iam::{account}:role/stranger", f"arn:aws:iam::{FOREIGN}:{SERVICE_ROLE}")),
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
    "organization": ("StringEquals", "StringLike"),
    "endpoint": ("StringEquals", "StringLike"),
    "context key": ("StringEquals",),
}
TEXTS = ("string", "arn", "account", "organization", "endpoint", "context key")
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
# Keys of which only the policies of some worlds speak.
MORE_KEYS = {
    "aws:PrincipalOrgID": "organization",
    "aws:SourceVpce": "endpoint",
    "aws:SourceAccount": "account",
    "kms:EncryptionContext:app": "string",
}
MORE_SETS = {"kms:EncryptionContextKeys": "context key"}
FAMILY_OF = KEYS | SETS | MORE_KEYS | MORE_SETS
FAMILY_OF_FOLDED = {fold(key): family for key, family in FAMILY_OF.items()}
FOLDED_SETS = frozenset(map(fold, SETS | MORE_SETS))
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
    "organization": (ORGANIZATION, ORGANIZATION, "o-zzzzzzzzzz"),
    "endpoint": (*ENDPOINTS, "vpce-0x"),
    "context key": ("app", "dep"),
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
    if names.keys and chance(rng, 0.35):
        key = rng.choice(names.keys)
    else:
        key = rng.choice(tuple(SETS if chance(rng, 0.3) else KEYS))
    family = FAMILY_OF[key]
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
    base = rng.choice(FAMILIES["string" if chance(rng, 0.05) and family != "context key" else family])
    if chance(rng, 0.3):
        base = INVERTED.get(base, base)
    suffix = "IfExists" if chance(rng, 0.2) else ""
    scalar = fold(key) in MANY_BY_DEFINITION and chance(rng, 0.2)
    if (key in SETS or key in MORE_SETS) and not scalar:
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
    if base in FAMILIES["string"] and family in TEXTS:
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
    text = rng.choice(REQUEST_VALUES[family])
    return text if family in ("organization", "endpoint") and chance(rng, 0.7) else widen(rng, text)


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
    made["action"] = request_action(rng, aim, actions_on(kind, names))
    made["resource"] = resource or request_resource(rng, aim, names, kind)
    fill_variables(rng, made, documents)
    many = many_keys(documents)
    for one in [aim, *statements]:
        fill_conditions(rng, made, one, many, likely=one is aim)
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


def request_action(rng: random.Random, aim: Json, actions: Sequence[str]) -> str:
    """An action that the statement aimed at applies to, or any."""
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
    many: frozenset[str],
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
            aim_at_pair(rng, made, (name, key, value), many, tries=tries)


def aim_at_pair(
    rng: random.Random,
    made: dict[str, Any],
    pair: tuple[str, str, Json],
    many: frozenset[str],
    *,
    tries: int,
) -> None:
    """Try values of a key until an operator holds, keep the last."""
    name, key, value = pair
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
    family = FAMILY_OF_FOLDED.get(key, "string")
    count = rng.choice((1, 1, 2, 3)) if key in FOLDED_SETS else 1
    return [near_value(rng, family, name, value, context) for _ in range(count)]


def near_value(rng: random.Random, family: str, name: str, value: Json, context: dict[str, list[str]]) -> str:
    """One value: made from a pattern of the policy, or any of its family."""
    usual = rng.choice(REQUEST_VALUES[family])
    if family not in TEXTS or name == "Null" or chance(rng, 0.3):
        return usual
    pattern = filled(rng.choice(texts_of(value) or [usual]), context)
    made = instance(rng, pattern) if "Like" in name or "Arn" in name else pattern
    return (made.swapcase() if "IgnoreCase" in name else made) or usual


# --- worlds ---------------------------------------------------------------

FULL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
FULL_ACCESS = {"Version": "2012-10-17", "Statement": [FULL]}


def world(rng: random.Random, *, odd: float = 0.01) -> World:
    """Two accounts, two to four users and roles, one or two buckets, some keys and the like, most deciders."""
    accounts = NAMES.accounts
    roles = distinct(rng, ["role/ra", "role/a/rb"], accounts, rng.choice((1, 2)))
    if chance(rng, 0.3):
        roles = (*roles[1:], f"arn:aws:iam::{rng.choice(accounts)}:{SERVICE_ROLE}")
    users = distinct(rng, ["user/ua", "user/a/ub"], accounts, rng.choice((1, 2)))
    buckets = NAMES.buckets[: rng.choice((1, 2))]
    kinds = arns_of_resources(rng, accounts)
    ids = {unique_id(arn): arn for arn in users + roles}
    names = Names(
        accounts=accounts,
        buckets=buckets,
        users=users,
        roles=roles,
        unique_ids=tuple(ids),
        canonical=(*CANONICAL, *map(owner_id, accounts)),
        actions=(*ACTIONS, *(one for kind in {*kinds.values()} for one in ACTIONS_ON[kind])),
        resources=tuple(kinds),
        keys=keys_of(rng, kinds),
    )
    names = replace(names, actions=tuple(sorted(names.actions)))
    ownership = {name: rng.choice(("ObjectWriter", "BucketOwnerPreferred")) for name in buckets if chance(rng, 0.5)}
    lists = dict(acls(rng, [*ownership] or [*buckets[:1]], names))
    organization = organization_of(rng, names, odd) if chance(rng, 0.75) else None
    return World(
        accounts=frozenset(accounts),
        principals={
            arn: [policy(rng, names=names, odd=odd) for _ in range(rng.choice((0, 1, 1, 2, 2, 3)))]
            + [FULL_ACCESS] * chance(rng, 0.15)
            for arn in users + roles
        },
        buckets={name: bucket(rng, name, names, odd) for name in buckets},
        roles={arn: policy(rng, "trust", names=names, odd=odd) for arn in roles},
        unique_ids=ids,
        owner_ids={owner_id(account): account for account in accounts},
        organization=organization,
        boundaries={arn: limit(rng, names, odd) for arn in users + roles if chance(rng, 0.3)},
        resources={arn: guarded(rng, arn, kind, names, odd) for arn, kind in kinds.items()},
        grants={
            arn: [grant(rng, names) for _ in range(rng.choice((1, 2)))]
            for arn, kind in kinds.items()
            if kind == "key" and chance(rng, 0.7)
        },
        endpoints=endpoints(rng, kinds, names, odd),
        acls=lists,
        ownership=ownership,
        object_owners={arn: CANONICAL[0] for arn in lists if "/" in arn and chance(rng, 0.1)},
        blocks={
            whose: frozenset(flag for flag in ("IgnorePublicAcls", "RestrictPublicBuckets") if chance(rng, 0.6))
            for whose in (*accounts, *buckets)
            if chance(rng, 0.35)
        },
        block_policies={
            account: rng.choice(("all", "none"))
            for account in accounts
            if organization is not None and account in organization.parents and chance(rng, 0.15)
        },
    )


def distinct(rng: random.Random, endings: Sequence[str], accounts: Sequence[str], count: int) -> tuple[str, ...]:
    """Some ARNs of users or roles, all different."""
    arns = [f"arn:aws:iam::{account}:{end}" for account in accounts for end in endings]
    return tuple(sorted(rng.sample(arns, count)))


LAST_PARTS = {
    "key": "key/ka",
    "queue": "qa",
    "topic": "ta",
    "secret": "secret:sa-AbCdEf",
    "function": "function:fa",
    "repository": "repository/pa",
    "table": "table/da",
}


def arns_of_resources(rng: random.Random, accounts: Sequence[str]) -> dict[str, str]:
    """One to three resources with policies and their kinds, a key most often."""
    kinds = {"key"} if chance(rng, 0.6) else set()
    kinds |= {rng.choice(("queue", "queue", "secret", "topic", "function", "repository", "table")) for _ in "ab"}
    return {
        f"arn:aws:{GUARDED[kind][0]}:{REGION}:{rng.choice(accounts)}:{LAST_PARTS[kind]}": kind for kind in sorted(kinds)
    }


def keys_of(rng: random.Random, kinds: dict[str, str]) -> tuple[str, ...]:
    """The condition keys that are of interest in a world."""
    of_keys = ("kms:EncryptionContext:app", "kms:EncryptionContextKeys") if "key" in kinds.values() else ()
    return tuple(rng.sample((*MORE_KEYS, "aws:PrincipalOrgID", *of_keys), 3))


def bucket(rng: random.Random, name: str, names: Names, odd: float) -> tuple[str, Json]:
    """The account and the policy of a bucket; one in eight has no policy."""
    account = rng.choice(names.accounts)
    if chance(rng, 0.125):
        return account, None
    return account, policy(rng, "bucket", names=replace(names, buckets=(name,)), odd=odd)


def guarded(rng: random.Random, arn: str, kind: Kind, names: Names, odd: float) -> Guarded:
    """A resource with its policy; a key always has one, and it most often delegates to its account."""
    account = account_of(arn)
    if kind != "key" and chance(rng, 0.15):
        return Guarded(account, [], kind)
    made = policy(rng, kind, names=replace(names, resources=(arn,)), odd=odd)
    if kind == "key" and chance(rng, 0.6):
        delegation = {**FULL, "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "kms:*"}
        made["Statement"] = [delegation, *listed(made["Statement"])]
    return Guarded(account, [made], kind, aws_managed=kind == "key" and chance(rng, 0.15))


def grant(rng: random.Random, names: Names) -> Json:
    """A grant of a key, perhaps for an encryption context only."""
    operations = rng.sample(("Decrypt", "Encrypt", "GenerateDataKey"), 2)
    stranger = f"arn:aws:iam::{FOREIGN}:role/stranger"
    made: dict[str, Json] = {
        "GranteePrincipal": rng.choice((*names.users, *names.roles, SERVICES[0], stranger)),
        "Operations": operations,
    }
    if chance(rng, 0.4):
        name = rng.choice(("EncryptionContextEquals", "EncryptionContextSubset"))
        made["Constraints"] = {name: {"app": rng.choice("ab")}}
    if chance(rng, 0.3):
        made["RetiringPrincipal"] = rng.choice((*names.users, *names.roles))
    return made


GROUPS = "http://acs.amazonaws.com/groups/"


def acls(rng: random.Random, buckets: Sequence[str], names: Names) -> Iterator[tuple[str, list[Json]]]:
    """The grants of some buckets and some of their objects."""
    for name in buckets:
        arn = f"arn:aws:s3:::{name}"
        objects = [f"{arn}/{word}" for word in rng.sample(("a", "ab", "b"), rng.choice((0, 1, 2)))]
        for one in (arn, *objects):
            permissions = ("READ", "READ", "READ_ACP", "WRITE_ACP", "FULL_CONTROL", *(["WRITE"] * 3 * (one == arn)))
            count = rng.choice((0, 1, 1, 2))
            yield one, [{"Grantee": grantee(rng, names), "Permission": rng.choice(permissions)} for _ in range(count)]


def grantee(rng: random.Random, names: Names) -> Json:
    """Someone to whom an access control list grants something."""
    form = rng.random()
    if form < 0.35:
        return {"Type": "Group", "URI": GROUPS + "global/AllUsers"}
    if form < 0.6:
        return {"Type": "Group", "URI": GROUPS + "global/AuthenticatedUsers"}
    if form < 0.65:
        return {"Type": "Group", "URI": GROUPS + "s3/LogDelivery"}
    if form < 0.7:
        return {"Type": "AmazonCustomerByEmail", "EmailAddress": "someone@example.com"}
    return {"Type": "CanonicalUser", "ID": rng.choice(names.canonical)}


def endpoints(rng: random.Random, kinds: dict[str, str], names: Names, odd: float) -> dict[str, Endpoint]:
    """VPC endpoints of S3, of AWS STS and of other services of the world."""
    if chance(rng, 0.35):
        return {}
    services = ["s3", "s3", "sts", *(GUARDED[kind][0] for kind in kinds.values())]
    made = {}
    for name in ENDPOINTS[: rng.choice((1, 2))]:
        service = rng.choice([one for one in services if one in ("s3", "sts", "kms", "sqs", "sns", "secretsmanager")])
        gateway = service == "s3" and chance(rng, 0.6)
        document = policy(rng, "endpoint", names=names, odd=odd)
        if chance(rng, 0.5):
            document["Statement"] = [{**FULL, "Principal": "*"}, *listed(document["Statement"])]
        made[name] = Endpoint("Gateway" if gateway else "Interface", service, document)
    return made


def limit(rng: random.Random, names: Names, odd: float, kind: Kind = "boundary") -> Json:
    """A document that limits: it allows much and denies a little, or allows some services only."""
    services = sorted({action.split(":")[0] for action in names.actions})
    some_services = {"Effect": "Allow", "Action": [f"{one}:*" for one in rng.sample(services, 2)], "Resource": "*"}
    allows = [FULL] if chance(rng, 0.55) else [some_services]
    if chance(rng, 0.4):
        allows = [statement(rng, kind, names, odd, "Allow") for _ in range(rng.choice((1, 2)))] + allows[1:]
        allows.append({**some_services, "Action": f"{rng.choice(services)}:*"})
    denies = [denial(rng, kind, names, odd) for _ in range(rng.choice((0, 0, 1, 1, 2)))]
    return {"Version": "2012-10-17", "Statement": allows + denies}


def denial(rng: random.Random, kind: Kind, names: Names, odd: float) -> Json:
    """A Deny with a condition, often of much."""
    made = statement(rng, kind, names, odd, "Deny")
    if chance(rng, 0.6):
        made = {key: value for key, value in made.items() if key not in ("NotAction", "NotResource")}
        made |= {"Action": f"{rng.choice(names.actions).split(':')[0]}:*" if chance(rng, 0.5) else "*", "Resource": "*"}
    if "Condition" not in made:
        add_pair(rng, made.setdefault("Condition", {}), names, odd)
    return made


def organization_of(rng: random.Random, names: Names, odd: float) -> Organization:
    """An organization of one or both accounts, with up to two levels of units."""
    root, units = "r-ab12", ("ou-ab12-aaaaaaaa", "ou-ab12-bbbbbbbb")
    parents = {units[0]: root, units[1]: units[0]}
    members = list(names.accounts) if chance(rng, 0.75) else [rng.choice(names.accounts)]
    management = rng.choice(members) if chance(rng, 0.25) else MANAGEMENT
    if chance(rng, 0.2):
        members.append(FOREIGN)
    parents |= {account: rng.choice((root, *units)) for account in members}
    parents[management] = root
    targets = (root, *parents)
    scps = {one: control(rng, names, odd) for one in targets} if chance(rng, 0.75) else None
    rcps = {
        one: [{"Version": "2012-10-17", "Statement": [denial(rng, "rcp", names, odd)]}]
        for one in targets
        if chance(rng, 0.4)
    }
    return Organization(
        id=ORGANIZATION, management=management, parents=parents, scps=scps, rcps=rcps if chance(rng, 0.8) else {}
    )


def control(rng: random.Random, names: Names, odd: float) -> list[Json]:
    """The SCPs of one level."""
    form = rng.random()
    if form < 0.5:
        return [FULL_ACCESS]
    if form < 0.75:
        return [FULL_ACCESS, {"Version": "2012-10-17", "Statement": [denial(rng, "scp", names, odd)]}]
    return [limit(rng, names, odd, "scp")]


def session_policies(rng: random.Random, where: World) -> list[Json]:
    """Policies for the sessions of a world."""
    return [limit(rng, names_of(where), 0.0) for _ in range(rng.choice((1, 1, 2)))]


# --- requests of a world --------------------------------------------------


def world_request(rng: random.Random, where: World, *, session: Sequence[Json] | None = None) -> dict[str, Any]:
    """A request for something of a world, by someone, that can be made; `session` are its session policies.

    Most often it is one that something grants, so that what limits has something to decide.
    """
    granting = replace(without_controls(where, scps=None, rcps={}), boundaries={}, endpoints={}, blocks={})
    many = many_keys([*documents_of(where), *(session or ())])
    for _ in range(rng.choice((1, 5, 5))):
        made = one_request(rng, where, session or ())
        if decide(granting, made, upper=True, many=many):
            break
    return made if session is None else {**made, "session_policies": list(session)}


def one_request(rng: random.Random, where: World, session: Sequence[Json]) -> dict[str, Any]:
    """A request, perhaps through an endpoint; where there are session policies by someone who may have such."""
    made = aimed_request(rng, where, session)
    if session and (not is_aws(made["principal"]) or (":role/" not in made["principal"] and chance(rng, 0.9))):
        made = {**made, **who(rng, rng.choice(sorted(where.roles)))}
    if where.endpoints and chance(rng, 0.55):
        near = [name for name, one in where.endpoints.items() if fold(made["action"]).startswith(one.service + ":")]
        made["context"]["aws:sourcevpce"] = [rng.choice(near or sorted(where.endpoints))]
    return as_it_can_be(made, where)


def neighbour(rng: random.Random, where: World, asked: dict[str, Any]) -> dict[str, Any]:
    """A request that differs in one thing: who asks, what for, or one key of the context."""
    made = {**asked, "context": dict(asked["context"])}
    keys = [key for key in made["context"] if key not in ("aws:username", "aws:principalorgid")]
    form = rng.random()
    if form < 0.4 and keys:
        del made["context"][rng.choice(keys)]
    elif form < 0.6:
        service = made["action"].split(":")[0]
        made["action"] = rng.choice([one for one in (*names_of(where).actions, *BY_ACL) if one.startswith(service)])
    else:
        others = where.roles if "session_policies" in asked else where.principals
        principal = rng.choice(sorted(others)) if others else made["principal"]
        made = {name: value for name, value in made.items() if name != "session"} | who(rng, principal)
    return as_it_can_be(made, where)


def aimed_request(rng: random.Random, where: World, session: Sequence[Json]) -> dict[str, Any]:
    """A request that aims at some statement, or at a grant of an access control list."""
    form = rng.random()
    if form < 0.15 and any(where.acls.values()):
        return acl_request(rng, where)
    if form < 0.4:
        return bucket_request(rng, where, session)
    if form < 0.58:
        return trust_request(rng, where, session)
    if form < 0.85:
        return resource_request(rng, where, session)
    if form < 0.88:
        return special_request(rng, where)
    principal = caller(rng, where, {}, "identity")
    documents = taking_part(where, principal, "", session)
    return request(rng, documents, principal=principal, names=names_of(where), aim=pick(rng, documents))


# Requests that AWS decides by itself, at least for some.
SPECIAL = (
    ("sts:GetCallerIdentity", "*"),
    ("sts:GetSessionToken", "*"),
    ("iam:CreatePolicyVersion", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
    ("iam:GetPolicy", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
    ("iam:UpdateRole", "arn:aws:iam::111122223333:role/aws-reserved/x"),
    ("iam:GetRole", "arn:aws:iam::444455556666:role/x"),
)
BUCKET_POLICY = ("s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy")


def special_request(rng: random.Random, where: World) -> dict[str, Any]:
    """A request that AWS decides by itself, or one of a root user about a bucket policy."""
    made = request(rng, [], principal=anyone(rng, where, "identity"))
    if chance(rng, 0.7):
        made["action"], made["resource"] = rng.choice(SPECIAL)
        return made
    name, (account, own) = rng.choice(sorted(where.buckets.items()))
    documents = [own] if own else []
    made = request(rng, documents, kind="bucket", principal=f"arn:aws:iam::{account}:root", aim=pick(rng, documents))
    return {**made, "action": rng.choice(BUCKET_POLICY), "resource": f"arn:aws:s3:::{name}"}


def taking_part(where: World, principal: str, resource_account: str, session: Sequence[Json]) -> list[Json]:
    """The documents that may decide on a caller's requests, those of the resource left out."""
    found = [*where.principals.get(principal, []), *session]
    if principal in where.boundaries:
        found.append(where.boundaries[principal])
    found += [endpoint.document for endpoint in where.endpoints.values()]
    organization = where.organization
    if organization is not None and is_aws(principal):
        levels = organization.levels(account_of(principal))
        found += [one for level in levels for one in (organization.scps or {}).get(level, [])]
    if organization is not None and resource_account:
        found += [one for level in organization.levels(resource_account) for one in organization.rcps.get(level, [])]
    return found


def pick(rng: random.Random, documents: Sequence[Json]) -> Json:
    """A statement of one of several documents, None where there is none."""
    found = [one for one in documents if statements_of(one)]
    return target(rng, statements_of(rng.choice(found)) or []) if found else None


def request_on(
    rng: random.Random, where: World, kind: Kind, own: Sequence[Json], session: Sequence[Json], **parts: Any
) -> dict[str, Any]:
    """A request for a resource with policies, aimed at one of them or at one that may decide beside them."""
    aim = pick(rng, own)
    principal = caller(rng, where, aim or {}, kind)
    others = taking_part(where, principal, parts.pop("account"), session)
    if aim is None or chance(rng, 0.35):
        aim = pick(rng, others)
    return request(rng, [*own, *others], kind=kind, principal=principal, aim=aim, **parts)


def bucket_request(rng: random.Random, where: World, session: Sequence[Json]) -> dict[str, Any]:
    """A request for a bucket of the world or an object in it."""
    name = rng.choice(sorted(where.buckets))
    account, own = where.buckets[name]
    names = replace(names_of(where), buckets=(name,))
    return request_on(rng, where, "bucket", [own] if own else [], session, account=account, names=names)


def trust_request(rng: random.Random, where: World, session: Sequence[Json]) -> dict[str, Any]:
    """A request to assume a role of the world."""
    role = rng.choice(sorted(where.roles))
    parts = {"account": account_of(role), "resource": role, "names": names_of(where)}
    return request_on(rng, where, "trust", [where.roles[role]], session, **parts)


def resource_request(rng: random.Random, where: World, session: Sequence[Json]) -> dict[str, Any]:
    """A request for a key, queue or the like."""
    arn = rng.choice(sorted(where.resources))
    chosen = where.resources[arn]
    names = replace(names_of(where), resources=(arn,))
    own = [*chosen.documents, *map(grant_document, where.grants.get(arn, ()))]
    resource = arn if chance(rng, 0.9) else None
    return request_on(rng, where, chosen.kind, own, session, account=chosen.account, resource=resource, names=names)


BY_ACL = (
    "s3:GetObject",
    "s3:GetObjectAcl",
    "s3:PutObjectAcl",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:ListBucket",
    "s3:GetBucketAcl",
    "s3:PutBucketAcl",
)


def acl_request(rng: random.Random, where: World) -> dict[str, Any]:
    """A request that an access control list may be about."""
    resource = rng.choice(sorted(arn for arn, grants in where.acls.items() if grants or arn in where.object_owners))
    own = where.buckets[bucket_of(resource)][1]
    grantees = [one["Grantee"] for one in where.acls[resource]]
    if resource in where.object_owners:
        grantees.append({"ID": where.object_owners[resource]})
    ids = [where.owner_ids.get(one["ID"], f"canonical:{one['ID']}") for one in grantees if "ID" in one]
    principal = "anonymous" if chance(rng, 0.4) else anyone(rng, where, "bucket")
    if ids and chance(rng, 0.5):
        principal = rng.choice(ids)
        inside = [arn for arn in where.principals if account_of(arn) == principal]
        principal = rng.choice([*inside, f"arn:aws:iam::{principal}:root"]) if principal.isdigit() else principal
    made = request(rng, [own] if own else [], kind="bucket", principal=principal, resource=resource)
    if chance(rng, 0.85):
        made["action"] = rng.choice(BY_ACL)
    if made["action"] in ("s3:PutObject", "s3:DeleteObject") and "/" not in resource:
        made["resource"] += "/new"
    return made


def names_of(where: World) -> Names:
    """The names that stand in a world."""
    users = tuple(arn for arn in where.principals if ":user/" in arn)
    more = {one for own in where.resources.values() for one in ACTIONS_ON[own.kind]}
    return Names(
        accounts=tuple(sorted(where.accounts)),
        buckets=tuple(where.buckets),
        users=users,
        roles=tuple(where.roles),
        unique_ids=tuple(where.unique_ids),
        canonical=(*CANONICAL, *where.owner_ids),
        actions=tuple(sorted({*ACTIONS, *more})),
        resources=tuple(where.resources),
    )


def of_source(asked: dict[str, Any]) -> dict[str, list[str]]:
    """The context of a request with the keys of a service's source as they can be."""
    context = dict(asked["context"])
    if not asked["principal"].startswith("service:"):
        return {key: held for key, held in context.items() if key not in ("aws:sourcearn", "aws:sourceaccount")}
    source = context.get("aws:sourcearn", [""])[0]
    if "aws:sourceaccount" in context and source.count(":") > 4 and account_of(source).isdigit():
        context["aws:sourceaccount"] = [account_of(source)]
    return context


SIGNED_ONLY = ("aws:principaltag/", "aws:principalorgid", "aws:principalorgpaths", "aws:username")


def as_it_can_be(asked: dict[str, Any], where: World) -> dict[str, Any]:
    """The request with the keys that AWS puts into it.

    A caller has a user's name, its organization and, in sessions of roles, tags;
    only a service says for which resource it asks, and that is of the account
    that it says (IAM user guide, "AWS global condition context keys").
    """
    principal, context = asked["principal"], of_source(asked)
    if not is_aws(principal):
        return {**asked, "context": {key: held for key, held in context.items() if not key.startswith(SIGNED_ONLY)}}
    account, organization = account_of(principal), where.organization
    if organization is not None and account in organization.parents:
        context["aws:principalorgid"] = [organization.id]
    elif account in where.accounts or context.get("aws:principalorgid") == [ORGANIZATION]:
        context.pop("aws:principalorgid", None)
    if account in where.accounts:
        context.pop("aws:username", None)
        if ":user/" in principal:
            context["aws:username"] = [principal.rpartition("/")[2]]
        if ":role/" not in principal:
            context = {key: held for key, held in context.items() if not key.startswith("aws:principaltag/")}
    return {**asked, "context": context}


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
    if entry in known or any(end in entry for end in (":role/stranger", ":federated-user/", FOREIGN + ":role/")):
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
        f"arn:aws:iam::{FOREIGN}:{SERVICE_ROLE}",
        "anonymous",
        f"service:{rng.choice(SERVICES)}",
        f"federated:{rng.choice(PROVIDERS)}" if kind == "trust" else "anonymous",
        f"canonical:{rng.choice(CANONICAL)}" if kind == "bucket" else "anonymous",
    )
    return rng.choice(rare)


# --- which deciders decide ------------------------------------------------


def without_policies(where: World) -> World:
    """The world without resource policies; those of roles stay."""
    buckets = {name: (account, None) for name, (account, _) in where.buckets.items()}
    resources = {arn: own._replace(documents=[]) for arn, own in where.resources.items()}
    return replace(where, buckets=buckets, resources=resources)


def without_controls(where: World, **parts: Any) -> World:
    """The world with an organization that lacks some policies."""
    return where if where.organization is None else replace(where, organization=replace(where.organization, **parts))


# Each decider of a world, and the world without it.
DECIDERS: dict[str, Callable[[World], World]] = {
    "access control list": lambda where: replace(where, acls={}),
    "Block Public Access": lambda where: replace(where, blocks={}, block_policies={}),
    "endpoint policy": lambda where: replace(where, endpoints={}),
    "grant of a key": lambda where: replace(where, grants={}),
    "identity policy": lambda where: replace(where, principals=dict.fromkeys(where.principals, ())),
    "permissions boundary": lambda where: replace(where, boundaries={}),
    "resource control policy": lambda where: without_controls(where, rcps={}),
    "resource policy": without_policies,
    "service control policy": lambda where: without_controls(where, scps=None),
    "trust policy": lambda where: replace(where, roles={key: {"Statement": []} for key in where.roles}),
}
SESSION = "session policy"
ONLY_GRANT = ("access control list", "grant of a key")
MAY_GRANT = (*ONLY_GRANT, "identity policy", "resource policy", "trust policy")


def deciders(where: World, asked: dict[str, Any], answer: bool, **reading: Any) -> Iterator[str]:
    """The deciders without which the answer would be another."""
    for name in MAY_GRANT if answer else [one for one in DECIDERS if one not in ONLY_GRANT]:
        other = DECIDERS[name](where)
        if other != where and decide(other, asked, **reading) is not answer:
            yield name
    if "session_policies" in asked and not answer:
        bare = {key: value for key, value in asked.items() if key != "session_policies"}
        if decide(where, bare, **reading) is not answer:
            yield SESSION


# --- how outcomes mix -----------------------------------------------------


WORD = {True: "allowed", False: "refused"}


def mix(seed: int = 0, count: int = 2000) -> dict[str, Counter[str]]:
    """Count how often each outcome came up, in both readings, and which deciders made it."""
    rng = random.Random(seed)
    counts: dict[str, Counter[str]] = {
        "document": Counter(), "identity": Counter(), "world": Counter(), "decider": Counter(),
    }  # fmt: skip
    for _ in range(count):
        document = policy(rng)
        asked = request(rng, [document])
        effects = [document_effect(document, asked, upper=upper) for upper in (True, False)]
        counts["document"][tell(*effects)] += 1
        allowed = [WORD[decide_policy(document, asked, upper=upper)] for upper in (True, False)]
        counts["identity"][tell(*allowed)] += 1
        where = world(rng)
        session = session_policies(rng, where) if chance(rng, 0.2) else None
        asked = world_request(rng, where, session=session)
        many = many_keys([*documents_of(where), *(session or ())])
        upper, lower = (decide(where, asked, upper=upper, many=many) for upper in (True, False))
        counts["world"][f"{sort_of(where, asked)}: {tell(WORD[upper], WORD[lower])}"] += 1
        counts["decider"].update(deciders(where, asked, upper, upper=True, many=many))
    return counts


def show(counts: dict[str, Counter[str]], count: int) -> None:
    """Print a mix."""
    for name, counter in counts.items():
        print(name)
        for outcome, number in sorted(counter.items()):
            print(f"  {number / count:7.2%}  {outcome}")


def tell(upper: str, lower: str) -> str:
    """One word where both readings agree, two where they do not."""
    return upper if upper == lower else f"{upper} or {lower}"


def sort_of(where: World, asked: dict[str, Any]) -> str:
    """What a request of a world is for."""
    found = resource_of(where, asked["action"], asked["resource"])
    return "other" if found is None else found.kind


if __name__ == "__main__":
    show(mix(), 2000)
