"""What the snapshot says of accounts, principals and resources, and the ledger of what it does not settle.

The ledger holds every file and setting that may decide a request and is not modelled. Each entry says
whether it can allow, deny or both, and which requests it can touch, so that no claim holds and none
is violated by leaving it out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from checkers.cloud import holders
from checkers.cloud.access_point import AccessPoint, AccountAccessPoints, read_access_points
from checkers.cloud.bucket import AccountBuckets, Bucket, buckets_path, read_buckets
from checkers.cloud.endpoint import Endpoint, paths_of, read_endpoints
from checkers.cloud.identity import AccountIam, Principal, iam_path, read_iam
from checkers.cloud.network.network import Network
from checkers.cloud.open_sets import OpenSets
from checkers.cloud.organization import RCP, SCP, Level, Organization, Unknown, member
from checkers.cloud.policy import Document
from checkers.cloud.public import is_public
from checkers.cloud.resource_policies import AccountResources, GuardedResource, read_resources
from checkers.cloud.snapshot import NOT_COLLECTED, Fact, Snapshot, State, optional_text, text
from checkers.cloud.vocabulary import ANY_ARN, account_globs
from checkers.kernel.globs import EVERYTHING, STAR, GlobSet
from checkers.strict_json import Json
from checkers.verdict import Unreadable

# What is read of a bucket.
BUCKET_OPERATIONS = (
    "get-bucket-acl",
    "get-bucket-ownership-controls",
    "get-bucket-policy",
    "get-bucket-tagging",
    "get-bucket-versioning",
    "get-public-access-block",
    "list-objects-v2",
)
# Operations whose answers decide no request.
DECIDE_NOTHING = frozenset({
    ("account", "get-contact-information"),
    ("iam", "get-account-summary"),
    ("iam", "get-credential-report"),
    ("iam", "list-account-aliases"),
    ("iam", "list-mfa-devices"),
    ("iam", "list-open-id-connect-providers"),
    ("iam", "list-virtual-mfa-devices"),
    ("organizations", "list-organizational-units-for-parent"),
    ("s3", "get-bucket-encryption"),
    ("s3", "get-bucket-location"),
    ("s3", "get-bucket-logging"),
    ("s3", "get-bucket-website"),
    ("sts", "get-caller-identity"),
    *holders.OPERATIONS,
})
# Types of organization policy that decide no request.
NO_PERMISSION_POLICIES = frozenset({"AISERVICES_OPT_OUT_POLICY", "BACKUP_POLICY", "CHATBOT_POLICY", "S3_POLICY"})


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


class Inventory:  # noqa: PLR0904  # one property for each thing that a question asks for
    """Everything that questions are derived from."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.accounts = {a.id: a for a in snapshot.accounts}
        self._public: dict[tuple[str, bool], bool] = {}
        self.iam: dict[str, AccountIam] = {a: read_iam(snapshot, self.accounts[a]) for a in sorted(self.accounts)}
        self.s3: dict[str, AccountBuckets] = {
            a: read_buckets(snapshot, a, self.accounts[a].partition) for a in sorted(self.accounts)
        }
        self.guarded: dict[str, AccountResources] = {
            a: read_resources(snapshot, self.accounts[a]) for a in sorted(self.accounts)
        }
        self.points: dict[str, AccountAccessPoints] = {
            a: read_access_points(snapshot, self.accounts[a]) for a in sorted(self.accounts)
        }

    @cached_property
    def principals(self) -> dict[str, Principal]:
        """Every user and role, by ARN."""
        return {p.arn: p for iam in self.iam.values() for p in (*iam.users, *iam.roles)}

    @cached_property
    def callers(self) -> tuple[str, ...]:
        """The ARNs of every user and role, and of the root of every account."""
        return (*self.principals, *self.roots)

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """The ARN of the root of every account."""
        return tuple(sorted(f"arn:{a.partition}:iam::{a.id}:root" for a in self.accounts.values()))

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
    def resources(self) -> tuple[GuardedResource, ...]:
        """Every other resource that can have a policy."""
        return tuple(r for found in self.guarded.values() for r in found.resources)

    @cached_property
    def access_points(self) -> tuple[AccessPoint, ...]:
        """Every S3 access point."""
        return tuple(p for found in self.points.values() for p in found.points)

    def has_public_policy(self, one: Bucket | AccessPoint, *, wide: bool) -> bool:
        """Whether the policy of a bucket or access point is public; with `wide`, whether it may be."""
        unknowns = self.snapshot.unknowns
        file = one.policy.origin.file if unknowns.values and one.policy is not None else ""
        if file and unknowns.anywhere(self.snapshot.fact(file).value):
            return wide  # it may turn out either way
        place = (one.arn, wide)
        if place not in self._public:
            self._public[place] = _is_public(one, wide=wide)
        return self._public[place]

    @cached_property
    def open_sets(self) -> OpenSets:
        """What of sets of texts depends on values that are not known yet."""
        return OpenSets(self.snapshot)

    @cached_property
    def network(self) -> Network:
        """The networks of every account."""
        return Network(self.snapshot, self.accounts.values())

    @cached_property
    def _read_endpoints(self) -> dict[str, tuple[tuple[Endpoint, ...], tuple[str, ...]]]:
        return {a: read_endpoints(self.snapshot, a) for a in sorted(self.accounts)}

    @cached_property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The VPC endpoints whose policies may restrict requests."""
        return tuple(e for found, _ in self._read_endpoints.values() for e in found)

    # The organization.

    @cached_property
    def organizations(self) -> Mapping[str, Organization]:
        """The organizations that accounts of the snapshot say they are in, by id."""
        folders: dict[str, list[str]] = {}
        for account in sorted(self.accounts):
            fact = self._own_organization(account)
            if fact.state is State.VALUE:
                organization = text(member(fact.value, "Organization", fact.path), "Id", fact.path)
                folders.setdefault(organization, []).append(account)
        return {name: Organization(self.snapshot, name, folders[name]) for name in sorted(folders)}

    def _own_organization(self, account: str) -> Fact:
        return self.snapshot.fact(f"{account}/global/organizations/describe-organization.json")

    @cached_property
    def organization(self) -> str:
        """The id of the organization, empty where none was exported, or several."""
        return next(iter(self.organizations)) if len(self.organizations) == 1 else ""

    @cached_property
    def members(self) -> tuple[str, ...]:
        """The accounts of the organization; the accounts of the snapshot where none was exported."""
        own = self.organizations.get(self.organization)
        if own is None or own.list_of_accounts.state is not State.VALUE:
            return tuple(sorted(self.accounts))
        return own.accounts

    @cached_property
    def members_problem(self) -> str:
        """Why it is not known which accounts are of the organization, empty where it is known or there is none."""
        if len(self.organizations) > 1:
            return f"the snapshot has accounts of several organizations: {', '.join(self.organizations)}"
        own = self.organizations.get(self.organization)
        if own is None:
            return ""
        if own.list_of_accounts.state is not State.VALUE:
            return own.list_of_accounts.reason
        unlisted = [a for a in own.folders if a not in self.members]
        return f"{unlisted[0]} is in the organization and not in {own.list_of_accounts.path}" if unlisted else ""

    @cached_property
    def knows_members(self) -> bool:
        """Whether the accounts of the organization were exported."""
        return bool(self.organization) and not self.members_problem

    def levels(self, account: str, type: str) -> tuple[Level, ...]:  # noqa: A002
        """The levels of organization policies that bind an account; none where nothing does."""
        return next((found for o in self.organizations.values() if (found := o.levels(account, type))), ())

    @cached_property
    def organization_documents(self) -> tuple[Document, ...]:
        """Every organization policy that binds somebody or something."""
        bound = [(o, a) for o in self.organizations.values() for a in o.accounts]
        levels = [level for o, a in bound for kind in (SCP, RCP) for level in o.levels(a, kind)]
        return tuple({id(d): d for level in levels for d in level.documents}.values())

    @cached_property
    def bound_accounts(self) -> Mapping[tuple[Level, ...], tuple[str, ...]]:
        """The accounts outside the snapshot that service control policies bind, by the levels that bind them."""
        found: dict[tuple[Level, ...], list[str]] = {}
        for organization in self.organizations.values():
            for account in organization.accounts:
                levels = organization.levels(account, SCP) if account not in self.accounts else ()
                if levels:
                    found.setdefault(levels, []).append(account)
        return {levels: tuple(accounts) for levels, accounts in found.items()}

    @cached_property
    def restricted_accounts(self) -> Mapping[tuple[Document, ...], tuple[str, ...]]:
        """The accounts whose resources some resource control policy binds, by its documents."""
        found: dict[tuple[Document, ...], list[str]] = {}
        for organization in self.organizations.values():
            for account in organization.accounts:
                documents = tuple(d for level in organization.levels(account, RCP) for d in level.documents)
                if documents:
                    found.setdefault(documents, []).append(account)
        return {documents: tuple(accounts) for documents, accounts in found.items()}

    @cached_property
    def unmodelled(self) -> tuple[Unmodelled, ...]:
        """The ledger, in a fixed order."""
        return (
            *self._files(),
            *self._unknown_resources(),
            *self._organization_policies(),
            *self._endpoints(),
        )

    def _files(self) -> Iterator[Unmodelled]:
        """Files, and errors met in place of files, that no rule reads."""
        for path in sorted({*self.snapshot.paths, *self.snapshot.errors} - self.read_paths()):
            parts = path.removesuffix(".json").split("/")
            if len(parts) < 4 or parts[0] not in self.accounts:  # noqa: PLR2004
                yield Unmodelled(path, "not a file of an account of the snapshot", can_allow=True, can_deny=True)
                continue
            fact = self.snapshot.fact(path)
            if (parts[2], parts[3]) not in DECIDE_NOTHING and fact.state is not State.ABSENT:
                yield from self._unread(fact, parts[2], parts[3])

    def read_paths(self) -> set[str]:
        """The files that rules read, whether they are there or not."""
        found: set[str] = set()
        for account, s3 in self.s3.items():
            folder = f"{account}/global"
            found |= {iam_path(account), buckets_path(account), f"{folder}/s3control/get-public-access-block.json"}
            found |= {f"{folder}/s3/{o}/{b.name}.json" for b in s3.buckets for o in BUCKET_OPERATIONS}
            names = {b.name for b in s3.buckets}
            found |= {p for p in self.snapshot.under(f"{folder}/s3/get-object-acl/") if p.split("/")[4] in names}
            found |= {f"{folder}/organizations/describe-organization.json", *paths_of(self.snapshot, account)}
            found |= self.snapshot.under(f"{folder}/organizations/describe-effective-policy/S3_POLICY/")
        for organization in self.organizations.values():
            responses = tuple(organization.read_names())
            found |= {f"{a}/global/organizations/{name}.json" for a in organization.folders for name in responses}
        found |= self.network.export.paths
        return found.union(*(g.paths for g in self.guarded.values()), *(p.paths for p in self.points.values()))

    def _unknown_resources(self) -> Iterator[Unmodelled]:
        """The resources of accounts that could not be listed; lists never asked for are an assumption."""
        for account in sorted(self.accounts):
            partition = self.accounts[account].partition
            roles, buckets = (
                GlobSet([f"arn:{partition}:iam::{account}:role/{STAR}"]),
                GlobSet([f"arn:{partition}:s3:::{STAR}"]),
            )
            unknown = [
                (iam_path(account), self.iam[account].problem, GlobSet(["sts:" + STAR]), roles),
                (buckets_path(account), self.s3[account].problem, GlobSet(["s3:" + STAR]), buckets),
                *((p.path, p.reason, p.actions, p.resources) for p in self.guarded[account].problems),
                *((p.path, p.reason, p.actions, p.resources) for p in self.points[account].problems),
            ]
            for path, problem, actions, resources in unknown:
                if problem and self.snapshot.fact(path).code != NOT_COLLECTED:
                    yield Unmodelled(path, problem, can_allow=True, can_deny=True, actions=actions, resources=resources)

    def _unread(self, fact: Fact, service: str, operation: str) -> Iterator[Unmodelled]:
        """The entry for a response that is not modelled; none where it holds nothing that could decide."""
        names, where = (service, operation), fact.path
        if names == ("iam", "get-account-password-policy"):
            if fact.state is not State.VALUE or _users_change_passwords(fact.value):
                reason, action = "users may change their passwords", GlobSet(["iam:changepassword"])
                yield Unmodelled(where, reason, can_allow=True, can_deny=False, actions=action)
        elif names == ("organizations", "list-policies") and fact.state is State.VALUE:
            if where.rpartition("/")[2].removesuffix(".json") not in NO_PERMISSION_POLICIES and fact.value != {
                "Policies": []
            }:
                yield Unmodelled(where, "policies of this type are not modelled", can_allow=False, can_deny=True)
        elif fact.state is not State.VALUE or not _holds_nothing(fact.value):
            reason = f"{operation} is not modelled" if fact.state is State.VALUE else fact.reason
            if operation.startswith(_PLANNED) and fact.state is State.VALUE:
                kind, address, why = (optional_text(fact.value, name) for name in ("Type", "Address", "Reason"))
                reason = f"{address}: {why or f'{kind} is not modelled'}"
            prefixes = _PREFIXES.get(service, (service,) if service in _SAME_PREFIX else ())
            actions = GlobSet(f"{p}:{STAR}" for p in prefixes) if prefixes else EVERYTHING
            yield Unmodelled(where, reason, can_allow=True, can_deny=True, actions=actions)

    def _organization_policies(self) -> Iterator[Unmodelled]:
        """What is not known of the policies of the organization: it can deny."""
        for account in sorted(self.accounts):
            fact = self._own_organization(account)
            if fact.state in (State.DENIED, State.ERROR) and fact.code != NOT_COLLECTED:
                yield self._denier(Unknown(RCP, fact.path, fact.reason))
        for organization in self.organizations.values():
            yield from map(self._denier, (*organization.unknown(SCP), *organization.unknown(RCP)))

    def _denier(self, unknown: Unknown) -> Unmodelled:
        bound = EVERYTHING
        if unknown.type == SCP:
            members = GlobSet(g for account in self.members for g in account_globs(account))
            bound = members if self.knows_members else ANY_ARN
        return Unmodelled(unknown.path, unknown.reason, can_allow=False, can_deny=True, principals=bound)

    def _endpoints(self) -> Iterator[Unmodelled]:
        """Endpoints that could not be listed: a request through one may be denied."""
        for _, problems in self._read_endpoints.values():
            for problem in problems:
                yield Unmodelled(
                    problem.partition(": ")[0], problem, can_allow=False, can_deny=True, needs_key="aws:sourcevpce"
                )


# The beginning of operations that stand for what a plan makes and no rule reads.
_PLANNED = "planned-"
# Services whose name in the AWS CLI is not the prefix of the actions that they decide.
_PREFIXES = {
    "apigateway": ("apigateway", "execute-api"),
    "apigatewayv2": ("apigateway", "execute-api"),
    "efs": ("elasticfilesystem",),
    "elb": ("elasticloadbalancing",),
    "elbv2": ("elasticloadbalancing",),
    "opensearch": ("es",),
    "s3api": ("s3",),
    "s3control": ("s3",),
    "sesv2": ("ses",),
    "stepfunctions": ("states",),
}
# Services whose name is the prefix. A file of any other service touches every action.
_SAME_PREFIX = frozenset(
    "acm athena backup cloudformation cloudfront cloudtrail cloudwatch codeartifact codebuild dynamodb ec2 ecr ecs eks "
    "es events firehose glacier glue guardduty iam kinesis kms lambda logs mediastore rds redshift "
    "route53 s3 sagemaker secretsmanager securityhub ses sns sqs ssm sts".split()
)


def _users_change_passwords(value: Json) -> bool:
    policy = value.get("PasswordPolicy")
    return not isinstance(policy, dict) or policy.get("AllowUsersToChangePassword") is not False


def _holds_nothing(value: Mapping[str, Json]) -> bool:
    """Whether a response surely says that there is nothing: empty lists."""
    return bool(value) and all(v == [] for k, v in value.items() if k != "ResponseMetadata")


def _is_public(one: Bucket | AccessPoint, *, wide: bool) -> bool:
    """An access point of a VPC is never public (Amazon S3 user guide, "The meaning of public")."""
    is_point = isinstance(one, AccessPoint)
    if one.policy is None or (isinstance(one, AccessPoint) and one.vpc is not None):
        return False
    return is_public(one.policy, one.account, wide=wide, of_access_point=is_point)


def bucket_globs(bucket: Bucket) -> GlobSet:
    """The resources of a bucket: itself and its objects."""
    return GlobSet([bucket.arn, f"{bucket.arn}/{STAR}"])
