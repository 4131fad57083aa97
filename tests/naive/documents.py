"""Statements and documents: which apply to a request, and what they say."""

from __future__ import annotations

import re
import string
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from naive.conditions import condition_holds
from naive.reading import (
    Json,
    Kind,
    Request,
    Scene,
    account_of,
    fold,
    glob_matches,
    is_aws,
    listed,
    many_keys,
    parts_match,
    plain_tokens,
    statements_of,
    tokens_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Effect = Literal["deny", "allow", "implicit"]
Level = Literal["none", "account", "limited", "direct"]

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


def action_applies(statement: Json, scene: Scene) -> bool:
    """Action: some entry matches. NotAction: none does."""
    action = scene.request["action"]
    if "Action" in statement:
        return any(action_matches(entry, action) for entry in listed(statement["Action"]))
    return not any(action_matches(entry, action) for entry in listed(statement["NotAction"]))


def resource_applies(statement: Json, scene: Scene) -> bool:
    """Resource: some entry matches. NotResource: none does, so read the other way round."""
    if scene.kind in WITHOUT_RESOURCE:
        return True
    if "Resource" in statement:
        return any(resource_matches(entry, scene) for entry in listed(statement["Resource"]))
    other = replace(scene, wide=not scene.wide)
    return not any(resource_matches(entry, other) for entry in listed(statement["NotResource"]))


# --- principal ------------------------------------------------------------

WITHOUT_RESOURCE = ("trust", "repository")
PRINCIPAL_CLASSES = {
    "Service": "service:",
    "Federated": "federated:",
    "CanonicalUser": "canonical:",
}


def principal_level(statement: Json, scene: Scene) -> Level:
    """How a statement reaches the caller: directly, through its role or its account, or not.

    Whether boundary and session policies limit an Allow by NotPrincipal is not
    said: read wide they do not, read narrow they do.
    """
    if scene.kind in ("identity", "rcp"):
        return "direct"
    if "Principal" in statement:
        entries = principal_entries(statement["Principal"])
        levels = [entry_level(*entry, scene) for entry in entries]
        return best(levels)
    if "NotPrincipal" in statement:
        entries = principal_entries(statement["NotPrincipal"])
        if scene.bounded and statement["Effect"] == "Deny":
            return "direct"  # IAM user guide, NotPrincipal: always denies a caller with a permissions boundary
        rest: Level = "direct" if scene.wide else "limited"
        return "none" if is_spared(entries, scene) else rest
    return "none"


def best(levels: Iterable[Level]) -> Level:
    """The strongest of several levels."""
    order: list[Level] = ["none", "account", "limited", "direct"]
    return max(levels, key=order.index, default="none")


def principal_entries(value: Json) -> list[tuple[str, str]]:
    """All (class, text) of a Principal element; `"*"` is short for `{"AWS": "*"}`."""
    if isinstance(value, str):
        return [("AWS", value)]
    return [(name, text) for name, texts in value.items() for text in listed(texts)]


def entry_level(name: str, text: str, scene: Scene) -> Level:
    """The level at which one entry of Principal matches the caller."""
    principal = scene.request["principal"]
    if name == "CanonicalUser" and is_aws(principal):
        return canonical_level(text, scene)
    if name in PRINCIPAL_CLASSES:
        return "direct" if principal == PRINCIPAL_CLASSES[name] + text else "none"
    if text == "*":
        return "direct"
    if not is_aws(principal):
        return "none"
    if account_named(text) is not None:
        spoken_for = not scene.gateway or account_named(principal) is not None
        return "account" if account_named(text) == account_of(principal) and spoken_for else "none"
    if text == principal or scene.unique_ids.get(text) == principal:
        return "limited" if ":role/" in principal else "direct"
    return "direct" if is_session(text, scene.request) else "none"


def canonical_level(text: str, scene: Scene) -> Level:
    """The level at which a canonical id matches a principal with an ARN: the id stands for an account."""
    account = account_of(scene.request["principal"])
    if text in scene.owner_ids:
        return "account" if scene.owner_ids[text] == account else "none"
    # canonical-user: an id that is not known may be that of the caller's account
    return "account" if scene.wide and account not in scene.owners else "none"


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


def is_spared(entries: list[tuple[str, str]], scene: Scene) -> bool:
    """Whether NotPrincipal lists the caller.

    notprincipal-account: read wide, a principal of AWS is listed only if every
    level of it is, a user and its account, a session with its role and account
    (IAM user guide, NotPrincipal; AWS Security Blog, "How to Restrict Amazon S3
    Bucket Access to a Specific IAM Role"); read narrow one level is enough.
    """
    levels = {entry_level(*entry, replace(scene, wide=not scene.wide)) for entry in entries}
    principal = scene.request["principal"]
    if ("AWS", "*") in entries or not scene.wide or not is_aws(principal):
        return levels != {"none"} and bool(levels)
    needed = {"account"} if account_named(principal) is not None else {"account", "direct"}
    return levels >= needed | ({"limited"} if ":role/" in principal else set())


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
    """The policies of roles and of image repositories have no Resource, every other document has one."""
    if kind in WITHOUT_RESOURCE:
        return "Resource" not in statement and "NotResource" not in statement
    return has_one_of(statement, "Resource", "NotResource", at_least=1)


def has_readable_principal(statement: Json, kind: Kind) -> bool:
    """An identity document has no Principal, a resource policy at most one, an RCP only a star."""
    found = [statement[name] for name in ("Principal", "NotPrincipal") if name in statement]
    if kind == "identity":
        return not found
    if kind == "rcp":
        return statement.get("Principal") == "*" and len(found) == 1
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


def effects(document: Json, scene: Scene, *, upper: bool) -> tuple[bool, Level]:
    """Whether a document denies, and the strongest level at which it allows."""
    statements = statements_of(document)
    if statements is None:
        return not upper, "direct" if upper else "none"
    version = document.get("Version")

    def levels(effect: str, *, wide: bool) -> list[Level]:
        reading = replace(scene, wide=wide)
        return [statement_level(one, version, reading) for one in statements if may_be(one, effect)]

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
    scene = Scene(request=request, wide=upper, kind=kind, many=known, unique_ids=unique_ids or {})
    return effect_of(*effects(document, scene, upper=upper))


def effect_of(denied: bool, level: Level) -> Effect:
    """What a document or a pool of them says."""
    if denied:
        return "deny"
    return "allow" if level != "none" else "implicit"


def pooled(documents: Iterable[Json], scene: Scene, *, upper: bool) -> tuple[bool, Level]:
    """What a pool of documents says: any deny denies, else the strongest allow counts."""
    found = [effects(one, scene, upper=upper) for one in documents]
    return any(denied for denied, _ in found), best(level for _, level in found)
