"""What the policies of one guarded resource say to a caller: grants, denials, and what must hold besides.

Beside the policy of the resource these are the grants of a key, the ACLs and Block Public Access of a bucket, and
the bucket and the network behind an access point.
"""

from dataclasses import dataclass, replace
from functools import partial

from checkers.cloud.access_point import AccessPoint, through
from checkers.cloud.bucket import BUCKET_ACL_ACTIONS, OBJECT_ACL_ACTIONS, VERSION_ACTIONS, Bucket
from checkers.cloud.derivation import ACCESS_POINT_BUCKET, KMS_GRANT, PUBLIC_POLICY, Derivation, Kind, ResourceGrants
from checkers.cloud.guards import Guard
from checkers.cloud.inventory import Unmodelled
from checkers.cloud.policy import Document
from checkers.cloud.vocabulary import ACTION, ANY_SIGNED, RESOURCE, account_globs
from checkers.kernel.formula import FALSE, TRUE, Literal
from checkers.kernel.globs import STAR, GlobSet

# Whom ACL grants reach where those to everyone are ignored: accounts, and the service that delivers logs.
NOT_PUBLIC = GlobSet([*ANY_SIGNED.patterns, "service:logging.s3.amazonaws.com"])


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a guard says to the caller at hand: grants, denials, and what must hold besides (`permit`)."""

    guard: Guard
    grants: ResourceGrants
    permit: Literal = TRUE
    alone: Literal = FALSE  # what is allowed without identity policies, whoever asks

    def adds_nothing(self, account: str) -> bool:
        """Whether it is for this account as if there were no policy."""
        guard, grants = self.guard, self.grants
        return (
            guard.account == account
            and guard.trusts_account
            and grants.direct == grants.role == grants.deny == self.alone == FALSE
            and self.permit == TRUE
        )


class Rulings:
    """The rulings of one side of a question, for the caller whose policies are being read."""

    def __init__(self, derivation: Derivation) -> None:
        self.derivation = derivation
        self.inventory = derivation.inventory

    def ruling(self, guard: Guard) -> Ruling:
        """What a guard says to the caller at hand."""
        d = self.derivation
        grants = d.resource_grants(guard.documents, guard.kind)
        if guard.bucket is not None:
            return Ruling(guard, self._with_bucket(guard.bucket, grants))
        if guard.point is not None:
            return Ruling(guard, self._with_point(guard.point, grants), self._permit(guard.point))
        if guard.grants:
            return self._with_grants(guard, grants)
        return Ruling(guard, grants)

    def _with_grants(self, guard: Guard, grants: ResourceGrants) -> Ruling:
        """The policy of a key with its grants.

        KMS developer guide, "Grants in AWS KMS". Whether identity policies, a boundary and session policies limit
        what a grant gives is not said: it is read both ways.
        """
        d = self.derivation
        given = d.resource_grants(guard.grants, Kind.GRANT)
        named = d.any_of([given.direct, given.role, given.account])
        if named != FALSE:
            d.depends_on(KMS_GRANT)
        if d.wide:
            return Ruling(guard, grants, alone=named)
        role = d.any_of([grants.role, given.role])
        direct = d.any_of([grants.direct, given.direct])
        return Ruling(guard, ResourceGrants(direct, role, grants.account, grants.deny))

    def _with_bucket(self, bucket: Bucket, grants: ResourceGrants) -> ResourceGrants:
        """The bucket's policy with its ACLs and Block Public Access."""
        d = self.derivation
        documents = bucket.acl
        if bucket.ignore_problem and not d.wide:  # grants to everyone may be ignored
            documents = tuple(doc for doc in documents if not _grants_to_public(doc))
        acl = d.resource_grants(documents, Kind.ACL)
        deny = grants.deny
        if bucket.foreign_objects and not d.wide:  # of other accounts, which this bucket's policy does not give away
            foreign = GlobSet(f"{bucket.arn}/{key}" for key in bucket.foreign_objects)
            deny = d.any_of([deny, d.formula.atom(RESOURCE, foreign)])
        found = ResourceGrants(
            d.any_of([grants.direct, acl.direct, self._open_acl(bucket) if d.wide else FALSE]),
            d.any_of([grants.role, acl.role]),
            d.any_of([grants.account, acl.account]),
            deny,
        )
        return self._with_block(bucket, found, (bucket.account,))

    def _open_acl(self, bucket: Bucket) -> Literal:
        """What ACLs that are not in the snapshot may grant: entries of the ledger."""
        d = self.derivation
        if not (bucket.acl_problem or bucket.object_acl_problem or bucket.version_acl_problem):
            return FALSE
        listed = GlobSet(f"{bucket.arn}/{key}" for key in bucket.listed_objects)
        objects = d.formula.atom(RESOURCE, GlobSet([f"{bucket.arn}/{STAR}"]))
        others = d.all_of([objects, -d.formula.atom(RESOURCE, listed)])
        found = []
        for problem, actions, about in (
            (bucket.acl_problem, BUCKET_ACL_ACTIONS, TRUE),
            (bucket.object_acl_problem, OBJECT_ACL_ACTIONS, others),
            (bucket.version_acl_problem, VERSION_ACTIONS, objects),
        ):
            acts = d.all_of([d.formula.atom(ACTION, actions), about]) if problem else FALSE
            if bucket.ignores_public_acls:
                acts = d.all_of([acts, d.principal_in(NOT_PUBLIC)])
            if acts != FALSE:
                d.ledger.append((Unmodelled(bucket.arn, problem, can_allow=True, can_deny=False), acts))
                found.append(acts)
        return d.any_of(found)

    def _with_point(self, point: AccessPoint, grants: ResourceGrants) -> ResourceGrants:
        """The policy of an access point with Block Public Access.

        Whether what is set for the bucket behind it blocks a public policy of the access point is read both ways.
        """
        accounts = (point.account, *(account for _, account in point.buckets))
        behind = [b for b in self.inventory.buckets if (b.name, b.account) in point.buckets]
        doubts = [b.block_problem or f"{b.arn} has RestrictPublicBuckets" for b in behind if _may_block(b)]
        if doubts and not point.block_problem and not point.restricts_public:
            point = replace(point, block_problem=doubts[0])
        return self._with_block(point, grants, accounts)

    def _with_block(
        self, one: Bucket | AccessPoint, grants: ResourceGrants, accounts: tuple[str, ...]
    ) -> ResourceGrants:
        """RestrictPublicBuckets: a public policy serves services and the own accounts alone."""
        blocks = self._blocks(one, accounts)
        deny = self.derivation.any_of([grants.deny, blocks])
        return ResourceGrants(grants.direct, grants.role, grants.account, deny)

    def _blocks(self, one: Bucket | AccessPoint, accounts: tuple[str, ...]) -> Literal:
        """The request is refused because the policy is public."""
        d = self.derivation
        if one.policy is None or (not one.restricts_public and (d.wide or not one.block_problem)):
            return FALSE
        if not self.inventory.has_public_policy(one, wide=not d.wide):
            if d.wide and self.inventory.has_public_policy(one, wide=True):
                d.depends_on(PUBLIC_POLICY)
            return FALSE
        if not one.restricts_public:
            d.depends_on(one.block_problem)
        elif not d.wide and not self.inventory.has_public_policy(one, wide=False):
            d.depends_on(PUBLIC_POLICY)
        return -d.principal_in(GlobSet(["service:" + STAR, *(g for a in accounts for g in account_globs(a))]))

    def _permit(self, point: AccessPoint) -> Literal:
        """What the bucket behind an access point says, and the network that the access point is bound to.

        Amazon S3 user guide, "Configuring IAM policies for using access points": both must permit the request.
        """
        d = self.derivation
        unknown = TRUE if d.wide else FALSE
        network = unknown
        if point.vpc is None and not point.vpc_problem:
            network = TRUE
        elif point.vpc and not point.vpc_problem:
            network = d.some("aws:sourcevpc", "", GlobSet([point.vpc]), complement=False)
        behind = [self._behind(point, name, account) for name, account in point.buckets] or [unknown]
        # Which of several buckets serves the request is not known.
        return d.all_of([network, d.any_of(behind) if d.wide else d.all_of(behind)])

    def _behind(self, point: AccessPoint, name: str, account: str) -> Literal:
        """What one bucket says to a request through the access point.

        Whether the own account needs more of it than that it does not deny is read both ways.
        """
        d = self.derivation
        bucket = next((b for b in self.inventory.buckets if b.name == name and b.account == account), None)
        if bucket is None:
            return TRUE if d.wide else FALSE
        d.through = partial(through, bucket_arn=bucket.arn, access_point_arn=point.arn)
        grants = d.resource_grants(() if bucket.policy is None else (bucket.policy,), Kind.RESOURCE)
        own = FALSE
        if account == point.account:
            d.depends_on(ACCESS_POINT_BUCKET)
            own = d.principal_in(GlobSet(account_globs(account))) if d.wide else FALSE
        if d.wide:  # the ACL of an object may permit it too
            own = d.any_of([own, self._objects_granted(bucket)])
        d.through = None
        allowed = d.any_of([own, grants.direct, grants.role, grants.account])
        return d.all_of([allowed, -grants.deny, -self._blocks(bucket, (account,))])

    def _objects_granted(self, bucket: Bucket) -> Literal:
        """What ACLs behind an access point grant, or may."""
        d = self.derivation
        acl = d.resource_grants(bucket.acl, Kind.ACL)
        unknown = bucket.acl_problem or bucket.object_acl_problem or bucket.version_acl_problem
        return d.any_of([acl.direct, acl.role, acl.account, TRUE if unknown else FALSE])


def _may_block(bucket: Bucket) -> bool:
    return bucket.restricts_public or bool(bucket.block_problem)


def _grants_to_public(document: Document) -> bool:
    """Whether an ACL grant is to everyone, or to everyone with an AWS account."""
    return any(s.principals is not None and (s.principals.everyone or s.principals.signed) for s in document.statements)
