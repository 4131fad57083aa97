"""The decision on one request: everything that may grant it, everything that may refuse it.

IAM user guide, "Policy evaluation logic" and "Cross-account policy evaluation logic".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naive.documents import (
    Effect,
    Level,
    account_named,
    best,
    effect_of,
    effects,
    is_account,
    pooled,
)
from naive.reading import Json, Kind, Request, Scene, account_of, fold, is_aws, is_present, many_keys, values_of
from naive.storage import acl_level, is_owned_elsewhere, is_restricted
from naive.world import Endpoint, Guarded, World, bucket_of, documents_of, grant_document, resource_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def decide_policy(document: Json, request: Request, *, upper: bool) -> bool:
    """Whether one identity document, on its own, allows the request."""
    return decide_identity([document], request, upper=upper)


def decide_identity(documents: Sequence[Json], request: Request, *, upper: bool) -> bool:
    """Whether a pool of identity documents allows the request."""
    scene = Scene(request=request, wide=upper, many=many_keys(documents))
    return effect_of(*pooled(documents, scene, upper=upper)) == "allow"


def decide(world: World, request: Request, *, upper: bool, many: frozenset[str] | None = None) -> bool:
    """Whether the request is allowed by everything in the world that decides it.

    `many` are the multi-valued keys, by default those of all documents. The
    request may bring `session_policies`; only sessions have such.
    """
    if not exists(world, request["principal"]) or not may_have_session_policies(request):
        return False
    settled = whatever_policies_say(request)
    if settled is not None:
        return settled
    guarded = resource_of(world, request["action"], request["resource"])
    if guarded is not None and guarded.kind == "bucket":
        request = through_the_bucket(request)
    known = many_keys([*documents_of(world), *request.get("session_policies", [])]) if many is None else many
    case = Case(world, request, upper, known, guarded)
    return not is_refused(case) and is_granted(case)


@dataclass(frozen=True, slots=True)
class Case:
    """One request in one world, in one reading."""

    world: World
    request: Request
    upper: bool
    many: frozenset[str]
    guarded: Guarded | None

    @property
    def principal(self) -> str:
        """Who asks."""
        return str(self.request["principal"])

    @property
    def action(self) -> str:
        """What for, in lower case."""
        return fold(self.request["action"])

    def scene(self, kind: Kind = "identity", *, gateway: bool = False) -> Scene:
        """What statements of a kind of document are read against."""
        return Scene(
            request=self.request,
            wide=self.upper,
            kind=kind,
            many=self.many,
            unique_ids=self.world.unique_ids,
            owners=self.world.accounts,
            owner_ids=self.world.owner_ids,
            bounded=self.principal in self.world.boundaries,
            gateway=gateway,
        )

    def pool(self, documents: Sequence[Json], kind: Kind = "identity") -> Effect:
        """What a pool of documents says."""
        return effect_of(*pooled(documents, self.scene(kind), upper=self.upper))


def through_the_bucket(request: Request) -> Request:
    """A request to a bucket itself: it carries no key of an access point (service authorization reference, S3)."""
    keys = ("s3:dataaccesspointarn", "s3:dataaccesspointaccount")
    return {**request, "context": {key: held for key, held in request["context"].items() if key not in keys}}


# --- whatever policies say ------------------------------------------------

READING = ("iam:get", "iam:list", "iam:generate", "iam:simulate", "iam:passrole")
OF_AWS = (":iam::aws:policy/", ":role/aws-reserved/")


def whatever_policies_say(request: Request) -> bool | None:
    """What AWS allows or refuses by itself, None where policies decide.

    API reference of AWS STS: GetCallerIdentity, GetSessionToken, AssumeRole. IAM
    user guide: nobody may change the policies of AWS and the roles it reserves.
    """
    principal, action, resource = request["principal"], fold(request["action"]), request["resource"]
    root = is_root(principal)
    if action == "sts:getcalleridentity" and is_aws(principal):
        return True
    if action == "sts:getsessiontoken" and is_aws(principal) and (":user/" in principal or root):
        return True
    unsigned = root or principal == "anonymous" or principal.startswith("federated:")
    if action == "sts:assumerole" and unsigned:
        return False
    writes = action.startswith("iam:") and not action.startswith(READING)
    if writes and resource.startswith("arn:") and any(own in resource for own in OF_AWS):
        return False
    return None


def exists(world: World, principal: str) -> bool:
    """Whether there can be such a caller: all principals of the world's accounts are known."""
    if not is_aws(principal) or account_of(principal) not in world.accounts:
        return True
    return principal in world.principals or is_root(principal) or is_federated_user(principal)


def may_have_session_policies(request: Request) -> bool:
    """Session policies come with the session of a role or a federated user."""
    if "session_policies" not in request:
        return True
    principal = request["principal"]
    return is_aws(principal) and (":role/" in principal or is_federated_user(principal))


def is_root(principal: str) -> bool:
    """Whether the caller is the root user of its account."""
    return is_aws(principal) and account_named(principal) is not None


def is_federated_user(principal: str) -> bool:
    """Whether the caller is a session of sts:GetFederationToken."""
    parts = principal.split(":", 5)
    return parts[2] == "sts" and parts[5].startswith("federated-user/")


# --- what refuses ---------------------------------------------------------


def is_refused(case: Case) -> bool:
    """Whether something refuses the request, whatever is granted."""
    return (
        denied_by_organization(case)
        or denied_by_resource_control(case)
        or not all(passes(case, endpoint) for endpoint in endpoints_on_the_way(case))
        or denied_by_resource(case)
        or "deny" in {identity_effect(case), *(case.pool(pool) for pool in limiting_pools(case))}
    )


def denied_by_organization(case: Case) -> bool:
    """SCPs: at each level some document must allow and none may deny.

    AWS Organizations user guide, "Service control policies": the management
    account, service-linked roles and callers of other organizations are not bound.
    """
    organization = case.world.organization
    if organization is None or not organization.scps or not is_aws(case.principal):
        return False
    account = account_of(case.principal)
    if not organization.is_bound(account) or is_service_linked(case.principal):
        return False
    return any(case.pool(organization.scps.get(level, [])) != "allow" for level in organization.levels(account))


def is_service_linked(principal: str) -> bool:
    """Whether the caller is a role that an AWS service made for itself."""
    return is_aws(principal) and principal.split(":", 5)[5].startswith("role/aws-service-role/")


# AWS Organizations user guide, "Resource control policies", services that support RCPs.
WITH_RCP = {
    "aoss", "cognito-identity", "cognito-idp", "ecr", "kms", "logs", "s3", "secretsmanager", "sqs", "sts",
}  # fmt: skip


def denied_by_resource_control(case: Case) -> bool:
    """RCPs: none may deny; RCPFullAWSAccess stands at each level, so nothing need allow.

    They bind resources of member accounts, not those of the management account,
    for all callers but service-linked roles, and not the KMS keys of AWS.
    KMS developer guide, "Resource control policies in AWS KMS": kms:RetireGrant
    is not effective in an RCP. rcp-services: whether an action of a service that is not listed is bound is open.
    """
    organization = case.world.organization
    spared = case.guarded is not None and case.guarded.aws_managed
    if organization is None or spared or is_service_linked(case.principal) or case.action == "kms:retiregrant":
        return False
    if case.upper and case.action.split(":")[0] not in WITH_RCP:
        return False
    documents = [one for level in levels_of_resource(case) for one in organization.rcps.get(level, [])]
    return any(effects(one, case.scene("rcp"), upper=case.upper)[0] for one in documents)


def levels_of_resource(case: Case) -> list[str]:
    """Where RCPs that bind the resource stand: its account, and all that is above it.

    Of a resource whose account is not known nothing binds it, read wide; read
    narrow it is taken to be the caller's.
    """
    organization = case.world.organization
    account = account_of_resource(case)
    if not account and is_aws(case.principal) and not case.upper and account_of(case.request["resource"]) == "":
        account = account_of(case.principal)
    if organization is None or account is None or not organization.is_bound(account):
        return []
    return organization.levels(account)


def account_of_resource(case: Case) -> str | None:
    """Whose resource it is: its owner's, the ARN's, the caller's for `*`; None where it is not known."""
    if case.guarded is not None:
        return case.guarded.account
    resource = case.request["resource"]
    if resource == "*":
        return account_of(case.principal) if is_aws(case.principal) else None
    if bucket_of(resource) in case.world.buckets:
        return case.world.buckets[bucket_of(resource)][0]
    return account_of(resource) if is_account(account_of(resource)) else None


def endpoints_on_the_way(case: Case) -> Iterator[Endpoint]:
    """The VPC endpoint that the request comes through, if it has a policy on such actions."""
    scene = case.scene()
    if is_present(scene, "aws:sourcevpce"):
        endpoint = case.world.endpoints.get(values_of(scene, "aws:sourcevpce")[0])
        if endpoint is not None and case.action.startswith(endpoint.service + ":"):
            yield endpoint


def passes(case: Case, endpoint: Endpoint) -> bool:
    """Whether the policy of an endpoint lets the request through (VPC user guide, endpoint policies)."""
    scene = case.scene("bucket", gateway=endpoint.type == "Gateway")
    return effect_of(*effects(endpoint.document, scene, upper=case.upper)) == "allow"


POLICY_OF_BUCKET = {"s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy"}


def denied_by_resource(case: Case) -> bool:
    """Whether a policy of the resource denies, or Block Public Access keeps the caller out.

    S3 user guide, "Bucket policies": a bucket policy cannot keep the root of the
    bucket's account from that policy.
    """
    if case.guarded is None:
        return False
    bucket = case.guarded.kind == "bucket"
    if bucket and is_restricted(case.world, bucket_of(case.request["resource"]), case.principal, upper=case.upper):
        return True
    own_root = is_root(case.principal) and account_of(case.principal) == case.guarded.account
    if bucket and own_root and case.action in POLICY_OF_BUCKET:
        return False
    return pooled(case.guarded.documents, resource_scene(case), upper=case.upper)[0]


def resource_scene(case: Case) -> Scene:
    """What the policies of the resource are read against."""
    kinds: Mapping[str, Kind] = {"trust": "trust", "repository": "repository"}
    return case.scene(kinds.get(case.guarded.kind if case.guarded else "", "bucket"))


# --- what grants ----------------------------------------------------------


def is_granted(case: Case) -> bool:
    """Whether what grants is enough, once nothing denies.

    Within an account a grant of the resource to the caller itself is enough; one
    to its role is limited by the boundary and the session; one to its account
    needs identity policies. These alone are enough where the resource trusts its
    account, which keys and roles do only if their policy says so. Across
    accounts both sides must grant.
    """
    identity = is_granted_by_identity(case)
    if case.guarded is None:
        return identity and is_own_business(case)
    if is_owned_elsewhere(case.world, case.request["resource"]) and not case.upper:
        return False  # foreign-object: the bucket's policy and account do not decide alone, its owner does
    level = resource_level(case)
    if not is_aws(case.principal):
        return level != "none"
    if account_of(case.principal) != case.guarded.account:
        return level != "none" and (identity or grant_alone_is_enough(case))
    if level == "direct" or (level == "limited" and is_within_limits(case)):
        return True
    trusts_account = case.guarded.kind not in ("key", "trust")
    return identity and (trusts_account or level == "account")


def is_own_business(case: Case) -> bool:
    """Whether identity policies alone may decide on a resource without a known policy.

    foreign-resource: a resource of another account may allow the caller, by a
    policy that is not known; IAM has nothing that is open to other accounts.
    """
    account = account_of(case.principal) if is_aws(case.principal) else ""
    if account not in case.world.accounts:
        return False
    resource = case.request["resource"]
    if resource == "*" or account_of(resource) in ("", "aws", account):
        return True
    return case.upper and not case.action.startswith("iam:")


def resource_level(case: Case) -> Level:
    """The strongest level at which policies, ACLs and grants of the resource allow."""
    if case.guarded is None:
        return "none"
    scene = resource_scene(case)
    _, level = pooled(case.guarded.documents, scene, upper=case.upper)
    found = [level, grant_level(case)]
    if case.guarded.kind == "bucket":
        found.append(acl_level(case.world, bucket_of(case.request["resource"]), scene))
    return best(found)


def grant_level(case: Case) -> Level:
    """The level of the grants of a key.

    Whether a permissions boundary limits the grant to a role is not said: read
    wide it does not.
    """
    if case.guarded is None or case.guarded.kind != "key":
        return "none"
    documents = [grant_document(one) for one in case.world.grants.get(case.request["resource"], ())]
    _, level = pooled(documents, case.scene("bucket"), upper=case.upper)
    return "direct" if level == "limited" and case.upper else level


def grant_alone_is_enough(case: Case) -> bool:
    """Whether a caller of another account needs no identity policy beside a grant of a key.

    KMS developer guide, "Grants in AWS KMS": a grant is used like a policy, and
    service-linked roles of other accounts use one without any. Read narrow it is
    not relied on.
    """
    return case.upper and grant_level(case) != "none"


def is_granted_by_identity(case: Case) -> bool:
    """Whether identity policies allow, within the boundary and the session."""
    return identity_effect(case) == "allow" and is_within_limits(case)


def is_within_limits(case: Case) -> bool:
    """Whether the permissions boundary and the session policies allow, where there are such."""
    return all(case.pool(pool) == "allow" for pool in limiting_pools(case))


def limiting_pools(case: Case) -> Iterator[Sequence[Json]]:
    """The documents of the boundary and of the session, each if there are such."""
    if case.principal in case.world.boundaries:
        yield [case.world.boundaries[case.principal]]
    if "session_policies" in case.request:
        yield case.request["session_policies"]


def identity_effect(case: Case) -> Effect:
    """What the caller's own policies say."""
    principal = case.principal
    if not is_aws(principal):
        return "implicit"
    if account_of(principal) not in case.world.accounts:
        vouched = case.request.get("flags", {}).get("caller:identity-allows") is True
        return "allow" if vouched else "implicit"
    if principal in case.world.principals:
        return case.pool(case.world.principals[principal])
    return "allow" if is_root(principal) or case.upper else "implicit"
