"""What the snapshot says of accounts, principals and resources, and the ledger of what it does not settle.

The ledger holds every file and setting that may decide a request and is not modelled. Each entry says
whether it can allow, deny or both, and which requests it can touch, so that no claim holds and none
is violated by leaving it out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from checkers.cloud.bucket import AccountBuckets, Bucket, buckets_path, read_buckets
from checkers.cloud.identity import AccountIam, Principal, iam_path, read_iam
from checkers.cloud.policy import Document, Origin, parse_document
from checkers.cloud.snapshot import NOT_COLLECTED, Snapshot, State, account_id, objects, text
from checkers.cloud.vocabulary import account_globs
from checkers.kernel.globs import EVERYTHING, STAR, GlobSet
from checkers.verdict import Unreadable

# Operations that are read, and operations that decide no request. Others are ledger entries.
MODELLED = frozenset({
    ("iam", "get-account-authorization-details"),
    ("s3", "list-buckets"),
    ("s3", "get-bucket-policy"),
    ("s3", "get-bucket-acl"),
    ("s3", "get-bucket-ownership-controls"),
    ("s3", "get-public-access-block"),
    ("s3", "get-bucket-tagging"),
    ("s3control", "get-public-access-block"),
    ("organizations", "describe-organization"),
    ("organizations", "list-accounts"),
    ("organizations", "list-policies"),
    ("organizations", "describe-policy"),
})
DECIDE_NOTHING = frozenset({
    ("account", "get-contact-information"),
    ("iam", "get-account-password-policy"),
    ("iam", "get-account-summary"),
    ("iam", "get-credential-report"),
    ("iam", "list-account-aliases"),
    ("iam", "list-mfa-devices"),
    ("iam", "list-open-id-connect-providers"),
    ("iam", "list-virtual-mfa-devices"),
    ("organizations", "list-organizational-units-for-parent"),
    ("organizations", "list-parents"),
    ("organizations", "list-roots"),
    ("organizations", "list-targets-for-policy"),
    ("s3", "get-bucket-encryption"),
    ("s3", "get-bucket-location"),
    ("s3", "get-bucket-logging"),
    ("s3", "get-bucket-versioning"),
    ("s3", "get-bucket-website"),
    ("sts", "get-caller-identity"),
})
# Where the responses of other services hold a resource policy; without one they decide nothing.
RESOURCE_POLICIES = {
    ("ecr", "get-repository-policy"): ("policyText",),
    ("kms", "get-key-policy"): ("Policy",),
    ("lambda", "get-policy"): ("Policy",),
    ("secretsmanager", "get-resource-policy"): ("ResourcePolicy",),
    ("sns", "get-topic-attributes"): ("Attributes", "Policy"),
    ("sqs", "get-queue-attributes"): ("Attributes", "Policy"),
}
ORGANIZATION_POLICIES = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")


@dataclass(frozen=True, slots=True)
class Unmodelled:
    """A decider that is there and not modelled: what it can do, and to which requests."""

    where: str
    reason: str
    can_allow: bool
    can_deny: bool
    actions: GlobSet = EVERYTHING
    resources: GlobSet = EVERYTHING
    principals: GlobSet = EVERYTHING
    needs_key: str = ""

    @property
    def id(self) -> str:
        """The name under which claims refer to the entry."""
        return f"unmodelled: {self.where}: {self.reason}"


class Inventory:
    """Everything that questions are derived from."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.accounts = {a.id: a for a in snapshot.accounts}
        self.iam: dict[str, AccountIam] = {a: read_iam(snapshot, self.accounts[a]) for a in sorted(self.accounts)}
        self.s3: dict[str, AccountBuckets] = {
            a: read_buckets(snapshot, a, self.accounts[a].partition) for a in sorted(self.accounts)
        }

    @cached_property
    def principals(self) -> dict[str, Principal]:
        """Every user and role, by ARN."""
        return {p.arn: p for iam in self.iam.values() for p in (*iam.users, *iam.roles)}

    @cached_property
    def callers(self) -> tuple[str, ...]:
        """The ARNs of every user and role, and of the root of every account."""
        roots = (f"arn:{a.partition}:iam::{a.id}:root" for a in self.accounts.values())
        return (*self.principals, *sorted(roots))

    @cached_property
    def unique_ids(self) -> dict[str, str]:
        """From unique id (AIDA..., AROA...) to ARN."""
        found: dict[str, str] = {}
        for principal in self.principals.values():
            if principal.unique_id and found.setdefault(principal.unique_id, principal.arn) != principal.arn:
                raise Unreadable(f"{iam_path(principal.account)}: unique id {principal.unique_id} is listed twice")
        return found

    @cached_property
    def owners(self) -> dict[str, str]:
        """From canonical user id to account."""
        return {s3.owner: account for account, s3 in self.s3.items() if s3.owner}

    @cached_property
    def buckets(self) -> tuple[Bucket, ...]:
        """Every bucket of every account."""
        found = {b.arn: b for s3 in self.s3.values() for b in s3.buckets}
        if len(found) != sum(len(s3.buckets) for s3 in self.s3.values()):
            raise Unreadable("a bucket is listed twice, by two accounts")
        return tuple(found.values())

    @cached_property
    def organization(self) -> str:
        """The id of the organization, empty where none was exported."""
        for account in sorted(self.accounts):
            fact = self.snapshot.fact(f"{account}/global/organizations/describe-organization.json")
            if fact.state is State.VALUE and isinstance(fact.value.get("Organization"), dict):
                return text(fact.value["Organization"], "Id", fact.path)
        return ""

    @cached_property
    def members(self) -> tuple[str, ...]:
        """The accounts of the organization; the accounts of the snapshot where none was exported."""
        for account in sorted(self.accounts):
            fact = self.snapshot.fact(f"{account}/global/organizations/list-accounts.json")
            if fact.state is State.VALUE:
                rows = objects(fact.value, "Accounts", fact.path)
                return tuple(sorted({account_id(row, "Id", fact.path) for row in rows}))
        return tuple(sorted(self.accounts))

    @cached_property
    def knows_members(self) -> bool:
        """Whether the accounts of the organization were exported."""
        paths = (f"{a}/global/organizations/list-accounts.json" for a in self.accounts)
        return bool(self.organization) and any(self.snapshot.fact(p).state is State.VALUE for p in paths)

    @cached_property
    def unmodelled(self) -> tuple[Unmodelled, ...]:
        """The ledger, in a fixed order."""
        return (
            *self._files(),
            *self._unknown_resources(),
            *self._organization_policies(),
            *self._boundaries(),
            *self._restrictions(),
        )

    def _files(self) -> Iterator[Unmodelled]:
        for path in self.snapshot.paths:
            parts = path.removesuffix(".json").split("/")
            if len(parts) < 4 or parts[0] not in self.accounts:  # noqa: PLR2004
                yield Unmodelled(path, "not a file of an account of the snapshot", can_allow=True, can_deny=True)
                continue
            service, operation = parts[2], parts[3]
            known = (service, operation) in MODELLED or (service, operation) in DECIDE_NOTHING
            if not known and not self._is_empty(path, service, operation):
                yield self._unknown_file(path, service, operation)

    def _unknown_resources(self) -> Iterator[Unmodelled]:
        """The roles and buckets of accounts that could not be listed; lists never asked for are an assumption."""
        for account in sorted(self.accounts):
            partition = self.accounts[account].partition
            roles, buckets = (
                GlobSet([f"arn:{partition}:iam::{account}:role/{STAR}"]),
                GlobSet([f"arn:{partition}:s3:::{STAR}"]),
            )
            for path, problem, actions, resources in (
                (iam_path(account), self.iam[account].problem, "sts:", roles),
                (buckets_path(account), self.s3[account].problem, "s3:", buckets),
            ):
                if problem and self.snapshot.fact(path).code != NOT_COLLECTED:
                    yield Unmodelled(
                        path,
                        problem,
                        can_allow=True,
                        can_deny=True,
                        actions=GlobSet([actions + STAR]),
                        resources=resources,
                    )

    def _is_empty(self, path: str, service: str, operation: str) -> bool:
        """Whether a response that is not modelled holds nothing that could decide a request."""
        fact = self.snapshot.fact(path)
        if fact.state is not State.VALUE:
            return False
        value = fact.value
        for member in RESOURCE_POLICIES.get((service, operation), ()):
            value = value.get(member) if isinstance(value, dict) else value
        return not (any(value.values()) if isinstance(value, dict) else value)

    def _unknown_file(self, path: str, service: str, operation: str) -> Unmodelled:
        if (service, operation) == ("ec2", "describe-vpc-endpoints"):
            reason = "endpoint policies are not modelled"
            return Unmodelled(path, reason, can_allow=False, can_deny=True, needs_key="aws:sourcevpce")
        prefix = _PREFIXES.get(service, service).lower()
        return Unmodelled(
            path, f"{operation} is not modelled", can_allow=True, can_deny=True, actions=GlobSet([f"{prefix}:{STAR}"])
        )

    def _organization_policies(self) -> Iterator[Unmodelled]:
        for account in sorted(self.accounts):
            folder = f"{account}/global/organizations"
            organization = self.snapshot.fact(f"{folder}/describe-organization.json")
            if organization.state is State.ABSENT or organization.code == NOT_COLLECTED:
                continue
            if organization.state is not State.VALUE:
                yield self._denier(organization.path, organization.reason, "RESOURCE_CONTROL_POLICY")
                continue
            for kind in ORGANIZATION_POLICIES:
                yield from self._policies_of(folder, kind)

    def _policies_of(self, folder: str, kind: str) -> Iterator[Unmodelled]:
        fact = self.snapshot.fact(f"{folder}/list-policies/{kind}.json")
        if fact.state is not State.VALUE:
            yield self._denier(fact.path, f"{kind} policies are not known: {fact.state.value} ({fact.code})", kind)
            return
        for row in objects(fact.value, "Policies", fact.path):
            one = self.snapshot.fact(f"{folder}/describe-policy/{text(row, 'Id', fact.path)}.json")
            if one.state is not State.VALUE:
                yield self._denier(one.path, one.reason, kind)
            elif not _allows_everything(parse_document(_content(one.value), Origin(one.path, "$.Policy.Content", ""))):
                yield self._denier(one.path, f"{kind} is not modelled", kind)

    def _denier(self, where: str, reason: str, kind: str) -> Unmodelled:
        bound = EVERYTHING
        if kind == "SERVICE_CONTROL_POLICY":
            bound = GlobSet(g for account in self.members for g in account_globs(account))
        return Unmodelled(where, reason, can_allow=False, can_deny=True, principals=bound)

    def _boundaries(self) -> Iterator[Unmodelled]:
        for arn, principal in self.principals.items():
            if principal.boundary:
                reason = f"permissions boundary {principal.boundary} is not modelled"
                yield Unmodelled(arn, reason, can_allow=False, can_deny=True, principals=GlobSet([arn]))

    def _restrictions(self) -> Iterator[Unmodelled]:
        for bucket in self.buckets:
            if bucket.restricts_public and bucket.policy is not None:
                spared = GlobSet(["service:" + STAR, *account_globs(bucket.account)], complement=True)
                yield Unmodelled(
                    bucket.arn,
                    f"Block Public Access is not modelled: {bucket.restricts_public}",
                    can_allow=False,
                    can_deny=True,
                    resources=bucket_globs(bucket),
                    principals=spared,
                )


# Names of services in the AWS CLI that differ from the prefix of their IAM actions.
_PREFIXES = {
    "s3control": "s3",
    "s3api": "s3",
    "opensearch": "es",
    "efs": "elasticfilesystem",
    "apigatewayv2": "apigateway",
}


def bucket_globs(bucket: Bucket) -> GlobSet:
    """The resources of a bucket: itself and its objects."""
    return GlobSet([bucket.arn, f"{bucket.arn}/{STAR}"])


def _content(value: object) -> object:
    policy = value.get("Policy") if isinstance(value, dict) else None
    return policy.get("Content") if isinstance(policy, dict) else None


def _allows_everything(document: Document) -> bool:
    """Whether a service or resource control policy is the one that changes nothing (FullAWSAccess)."""
    return (
        document.problem is None
        and bool(document.statements)
        and all(
            s.problem is None
            and s.effect == "Allow"
            and not (s.not_action or s.not_resource or s.conditions)
            and s.actions.is_everything
            and (s.principals is None or (s.principals.everyone and not s.principals.negated))
            and s.resources is not None
            and isinstance(s.resources.narrow, GlobSet)
            and s.resources.narrow.is_everything
            for s in document.statements
        )
    )
