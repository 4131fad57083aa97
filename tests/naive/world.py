"""Configuration as plain data: everything that takes part in a decision."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from naive.reading import Json, account_of, fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

REGION = "us-east-1"


class Guarded(NamedTuple):
    """A resource with policies of its own: whose it is, its documents, what sort of resource."""

    account: str
    documents: Sequence[Json]
    kind: str
    aws_managed: bool = False


class Endpoint(NamedTuple):
    """A VPC endpoint: Gateway or Interface, the service behind it (`s3`), its policy."""

    type: str
    service: str
    document: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """The tree of an organization and the documents at each root, unit and account.

    `parents` maps an account or unit to what is above it, up to the root, which
    is no key. `scps` is None where the type is not enabled.
    """

    id: str
    management: str
    parents: Mapping[str, str]
    scps: Mapping[str, Sequence[Json]] | None = None
    rcps: Mapping[str, Sequence[Json]] = field(default_factory=dict)

    def is_bound(self, account: str | None) -> bool:
        """Whether organization policies bind an account: the management account is exempt."""
        return account in self.parents and account != self.management

    def levels(self, account: str) -> list[str]:
        """The account and all that is above it."""
        found = [account]
        while found[-1] in self.parents:
            found.append(self.parents[found[-1]])
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The configuration of some accounts.

    `principals` maps the ARN of a user or role to its identity documents,
    `buckets` a name to its account and policy (None: it has no policy),
    `roles` the ARN of a role to its trust document, and `unique_ids` an
    `AIDA...` or `AROA...` to the ARN it stands for. `owner_ids` maps canonical
    ids to accounts, `boundaries` the ARN of a user or role to its permissions
    boundary, `resources` ARNs to resources with policies, `grants` the ARN of a
    key to its grants (as AWS lists them), `endpoints` ids to VPC endpoints.

    Of S3: `acls` has the grants (as AWS lists them) of buckets and objects, by
    ARN; `ownership` is BucketOwnerEnforced where a bucket is not listed, and
    `object_owners` has the canonical ids of owners of objects that are not the bucket's;
    `blocks` has the Block Public Access flags of buckets and accounts, by name
    and number, and `block_policies` the organization's, all or none, by account.
    """

    accounts: frozenset[str]
    principals: Mapping[str, Sequence[Json]]
    buckets: Mapping[str, tuple[str, Json]]
    roles: Mapping[str, Json]
    unique_ids: Mapping[str, str] = field(default_factory=dict)
    owner_ids: Mapping[str, str] = field(default_factory=dict)
    organization: Organization | None = None
    boundaries: Mapping[str, Json] = field(default_factory=dict)
    resources: Mapping[str, Guarded] = field(default_factory=dict)
    grants: Mapping[str, Sequence[Json]] = field(default_factory=dict)
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    acls: Mapping[str, Sequence[Json]] = field(default_factory=dict)
    ownership: Mapping[str, str] = field(default_factory=dict)
    object_owners: Mapping[str, str] = field(default_factory=dict)
    blocks: Mapping[str, frozenset[str]] = field(default_factory=dict)
    block_policies: Mapping[str, str] = field(default_factory=dict)


def documents_of(world: World) -> Iterator[Json]:
    """Every policy document of a world; a grant of a key counts as one."""
    for own in world.principals.values():
        yield from own
    yield from world.roles.values()
    yield from (policy for _, policy in world.buckets.values() if policy is not None)
    for guarded in world.resources.values():
        yield from guarded.documents
    yield from world.boundaries.values()
    yield from (endpoint.document for endpoint in world.endpoints.values())
    for grants in world.grants.values():
        yield from map(grant_document, grants)
    if world.organization is not None:
        for attached in ((world.organization.scps or {}), world.organization.rcps):
            for own in attached.values():
                yield from own


# --- resources with policies ----------------------------------------------

# The service whose actions the policy of a resource decides, and what may follow the ARN in a request.
# Service authorization reference: resource types of each service.
GUARDED: dict[str, tuple[str, str]] = {
    "key": ("kms", ""),
    "queue": ("sqs", ""),
    "topic": ("sns", ""),
    "secret": ("secretsmanager", ""),
    "function": ("lambda", ":"),
    "repository": ("ecr", ""),
    "table": ("dynamodb", "/index/"),
}
TRUST_ACTIONS = {
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "sts:setcontext",
    "sts:setsourceidentity",
    "sts:tagsession",
}
S3 = "arn:aws:s3:::"


def resource_of(world: World, action: str, arn: str) -> Guarded | None:
    """The bucket, role or other guarded resource of the world that a request asks for, if it is one."""
    if fold(action) in TRUST_ACTIONS and arn in world.roles:
        return Guarded(account_of(arn), [world.roles[arn]], "trust")
    if fold(action).startswith("s3:") and bucket_of(arn) in world.buckets:
        account, policy = world.buckets[bucket_of(arn)]
        return Guarded(account, [] if policy is None else [policy], "bucket")
    for own, guarded in world.resources.items():
        service, more = GUARDED[guarded.kind]
        inside = arn == own or (bool(more) and arn.startswith(own + more))
        if inside and fold(action).startswith(service + ":"):
            return guarded
    return None


def bucket_of(arn: str) -> str:
    """The bucket of the ARN of a bucket or object, empty for other ARNs."""
    return arn.removeprefix(S3).split("/")[0] if arn.startswith(S3) else ""


# --- grants of keys -------------------------------------------------------


def grant_document(grant: Json) -> Json:
    """A grant of a key as the policy that it amounts to (KMS developer guide, "Grants in AWS KMS").

    The grantee may call the operations, within the encryption context that the
    grant asks for; the retiring principal may retire the grant.
    """
    condition: dict[str, Json] = {}
    constraints = grant.get("Constraints", {})
    for pairs in constraints.values():
        equals = condition.setdefault("StringEquals", {})
        equals.update({f"kms:EncryptionContext:{key}": value for key, value in pairs.items()})
    if "EncryptionContextEquals" in constraints:
        names = list(constraints["EncryptionContextEquals"])
        condition["ForAllValues:StringEquals"] = {"kms:EncryptionContextKeys": names}
    operations = [f"kms:{name}" for name in grant["Operations"]]
    statements = [grant_statement(grant["GranteePrincipal"], operations, condition)]
    if "RetiringPrincipal" in grant:
        statements.append(grant_statement(grant["RetiringPrincipal"], ["kms:RetireGrant"], {}))
    return {"Version": "2008-10-17", "Statement": statements}


def grant_statement(principal: str, actions: list[str], condition: Json) -> Json:
    """One permission of a grant; its principal is an ARN or a service."""
    who = {"AWS" if principal.startswith("arn:") else "Service": principal}
    return {"Effect": "Allow", "Principal": who, "Action": actions, "Resource": "*", "Condition": condition}
