"""Guarded resources: those with policies of their own, and the actions that these decide."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from weakref import WeakKeyDictionary

from checkers.cloud.access_point import AccessPoint
from checkers.cloud.bucket import Bucket
from checkers.cloud.control import BoundRequest
from checkers.cloud.derivation import Kind, parse_principal
from checkers.cloud.inventory import Inventory, bucket_globs
from checkers.cloud.policy import Document, Statement, action_set
from checkers.kernel.globs import GlobSet, is_disjoint

# Actions that a role trust policy decides (service authorization reference, AWS STS, resource type role).
ASSUME_ROLE = action_set(("sts:AssumeRole*", "sts:SetContext", "sts:SetSourceIdentity", "sts:TagSession"))
S3_ACTIONS = action_set(("s3:*",))


@dataclass(frozen=True, slots=True)
class Guard:
    """A resource with policies of its own, and the actions that they decide.

    `trusts_account`: the identity policies of the resource's account are enough without them.
    """

    kind: Kind
    resources: GlobSet
    actions: GlobSet
    account: str
    documents: tuple[Document, ...]
    trusts_account: bool = True
    grants: tuple[Document, ...] = ()
    bucket: Bucket | None = None
    point: AccessPoint | None = None


def guards_for(inventory: Inventory, request: BoundRequest) -> tuple[Guard, ...]:
    """The guarded resources that the request can be about."""
    known = _GUARDS.setdefault(inventory, _Guards({}, {}))
    if not known.by_actions:
        for guard in _all_guards(inventory):
            known.by_actions.setdefault(guard.actions, []).append(guard)
    found: list[Guard] = []
    for actions, guards in known.by_actions.items():
        if may_meet(request.actions, actions):
            place = (actions, request.resources)
            if place not in known.about:
                known.about[place] = [g for g in guards if may_meet(request.resources, g.resources)]
            found += known.about[place]
    return tuple(found)


class _Guards(NamedTuple):
    """The guards of an inventory by the actions that they decide, and those of them about some resources."""

    by_actions: dict[GlobSet, list[Guard]]
    about: dict[tuple[GlobSet, GlobSet | None], list[Guard]]


# What `guards_for` found, for each inventory: many controls ask about the same resources.
_GUARDS: WeakKeyDictionary[Inventory, _Guards] = WeakKeyDictionary()


def _all_guards(inventory: Inventory) -> Iterator[Guard]:
    for bucket in inventory.buckets:
        documents = () if bucket.policy is None else (bucket.policy,)
        yield Guard(Kind.RESOURCE, bucket_globs(bucket), S3_ACTIONS, bucket.account, documents, bucket=bucket)
    for point in inventory.access_points:
        documents = () if point.policy is None else (point.policy,)
        yield Guard(Kind.RESOURCE, point.resources, S3_ACTIONS, point.account, documents, point=point)
    for principal in inventory.principals.values():
        if principal.trust is not None:
            role = GlobSet([principal.arn])
            yield Guard(Kind.TRUST, role, ASSUME_ROLE, principal.account, (principal.trust,), trusts_account=False)
    for one in inventory.resources:
        kind = Kind.RESOURCE if one.names_resource else Kind.UNNAMED
        grants = tuple(d for d in one.documents if "/kms/list-grants/" in d.origin.file)
        policies = tuple(d for d in one.documents if d not in grants)
        yield Guard(
            kind,
            one.resources,
            one.actions,
            one.account,
            policies,
            trusts_account=one.trusts_account,
            grants=grants,
        )


def documents_of(guard: Guard, inventory: Inventory) -> tuple[Document, ...]:
    """Everything that is read for a guard: its policies, grants and ACLs, and those of the buckets behind it."""
    point = guard.point
    behind = [b for b in inventory.buckets if (b.name, b.account) in point.buckets] if point is not None else []
    buckets = [guard.bucket] if guard.bucket is not None else behind
    policies = (b.policy for b in behind if b.policy is not None)
    return (*guard.documents, *guard.grants, *policies, *(d for b in buckets for d in b.acl))


def is_open(guard: Guard) -> bool:
    """Whether more than the statements of its policies may grant."""
    bucket = guard.bucket
    if guard.point is not None:
        return True
    return bucket is not None and bool(
        bucket.acl or bucket.acl_problem or bucket.object_acl_problem or bucket.version_acl_problem
    )


def named_by(statement: Statement) -> frozenset[str] | None:
    """The users and roles that an Allow may help whose identity policies allow nothing; None where it may be anyone.

    An account that is named leaves it to the identity policies of its principals.
    """
    who = statement.principals
    if statement.problem is not None or (who is not None and (who.everyone or who.negated or who.signed)):
        return None
    if who is None:
        return frozenset()
    if any("<" in entry for entry in who.aws):  # it may be a value that is not known yet
        return None
    kinds = [(parse_principal(entry)[0], entry) for entry in who.aws]
    if who.canonical or any(kind in ("id", "session") for kind, _ in kinds):
        return None
    return frozenset(entry for kind, entry in kinds if kind == "arn")


def may_meet(one: GlobSet | None, other: GlobSet) -> bool:
    """False only where the sets surely share nothing."""
    return one is None or not is_disjoint(other, one)
