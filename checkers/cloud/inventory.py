"""What the snapshot says of accounts, principals and resources, and the ledger of what it does not settle.

The ledger holds every file and setting that may decide a request and is not modelled. Each entry says
whether it can allow, deny or both, and which requests it can touch, so that no claim holds and none
is violated by leaving it out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from checkers.cloud.bucket import AccountBuckets, Bucket, buckets_path, read_buckets
from checkers.cloud.identity import AccountIam, Principal, iam_path, read_iam
from checkers.cloud.policy import Document, Origin, parse_document
from checkers.cloud.snapshot import NOT_COLLECTED, Fact, Snapshot, State, account_id, objects, text
from checkers.cloud.vocabulary import account_globs
from checkers.kernel.globs import EVERYTHING, STAR, GlobSet
from checkers.strict_json import Json
from checkers.verdict import Unreadable

# What is read of a bucket.
BUCKET_OPERATIONS = (
    "get-bucket-acl",
    "get-bucket-ownership-controls",
    "get-bucket-policy",
    "get-bucket-tagging",
    "get-public-access-block",
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
# Types of organization policy that decide no request.
NO_PERMISSION_POLICIES = frozenset({"AISERVICES_OPT_OUT_POLICY", "BACKUP_POLICY", "CHATBOT_POLICY"})
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
    def organizations(self) -> frozenset[str]:
        """The ids of the organizations that accounts of the snapshot say they are in."""
        facts = (self.snapshot.fact(f"{a}/global/organizations/describe-organization.json") for a in self.accounts)
        found = [f for f in facts if f.state is State.VALUE]
        return frozenset(text(_member(f.value, "Organization", f.path), "Id", f.path) for f in found)

    @cached_property
    def organization(self) -> str:
        """The id of the organization, empty where none was exported, or several."""
        return next(iter(self.organizations)) if len(self.organizations) == 1 else ""

    @cached_property
    def members(self) -> tuple[str, ...]:
        """The accounts of the organization; the accounts of the snapshot where none was exported."""
        fact = self._list_of_members
        if not self.organization or fact.state is not State.VALUE:
            return tuple(sorted(self.accounts))
        return tuple(sorted({account_id(row, "Id", fact.path) for row in objects(fact.value, "Accounts", fact.path)}))

    @cached_property
    def members_problem(self) -> str:
        """Why it is not known which accounts are of the organization, empty where it is known or there is none."""
        if len(self.organizations) > 1:
            return f"the snapshot has accounts of several organizations: {', '.join(sorted(self.organizations))}"
        fact = self._list_of_members
        if self.organization and fact.state is not State.VALUE:
            return fact.reason
        unlisted = [a for a in sorted(self.accounts) if self._says_member(a) and a not in self.members]
        return f"{unlisted[0]} is in the organization and not in {fact.path}" if unlisted else ""

    def _says_member(self, account: str) -> bool:
        path = f"{account}/global/organizations/describe-organization.json"
        return self.snapshot.fact(path).state is State.VALUE

    @cached_property
    def knows_members(self) -> bool:
        """Whether the accounts of the organization were exported."""
        return bool(self.organization) and not self.members_problem

    @cached_property
    def _list_of_members(self) -> Fact:
        facts = [self.snapshot.fact(f"{a}/global/organizations/list-accounts.json") for a in sorted(self.accounts)]
        collected = [f for f in facts if f.code != NOT_COLLECTED]
        return next((f for f in facts if f.state is State.VALUE), (collected or facts)[0])

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
            found |= {f"{folder}/organizations/{o}.json" for o in ("describe-organization", "list-accounts")}
            found |= {f"{folder}/organizations/list-policies/{kind}.json" for kind in ORGANIZATION_POLICIES}
            for kind in ORGANIZATION_POLICIES:
                fact = self.snapshot.fact(f"{folder}/organizations/list-policies/{kind}.json")
                rows = objects(fact.value, "Policies", fact.path) if fact.state is State.VALUE else []
                found |= {f"{folder}/organizations/describe-policy/{text(r, 'Id', fact.path)}.json" for r in rows}
        return found

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
        elif names == ("ec2", "describe-vpc-endpoints") and fact.value != {"VpcEndpoints": []}:
            reason = "endpoint policies are not modelled"
            yield Unmodelled(where, reason, can_allow=False, can_deny=True, needs_key="aws:sourcevpce")
        elif fact.state is not State.VALUE or not _holds_no_policy(fact.value, names):
            reason = f"{operation} is not modelled" if fact.state is State.VALUE else fact.reason
            prefixes = _PREFIXES.get(service, (service,) if service in _SAME_PREFIX else ())
            actions = GlobSet(f"{p}:{STAR}" for p in prefixes) if prefixes else EVERYTHING
            yield Unmodelled(where, reason, can_allow=True, can_deny=True, actions=actions)

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


def _holds_no_policy(value: Mapping[str, Json], names: tuple[str, str]) -> bool:
    """Whether a response surely says that there is nothing: empty lists, or an answer without its policy."""
    attributes = value.get("Attributes")
    if isinstance(attributes, dict) and names in (("sqs", "get-queue-attributes"), ("sns", "get-topic-attributes")):
        # The timeout of a queue is there where every attribute was asked for.
        return attributes.get("Policy", "?") in ("", None) or (
            "VisibilityTimeout" in attributes and "Policy" not in attributes
        )
    if names == ("secretsmanager", "get-resource-policy"):
        return "Name" in value and "ResourcePolicy" not in value
    return bool(value) and all(v == [] for k, v in value.items() if k != "ResponseMetadata")


def _member(value: Mapping[str, Json], name: str, where: str) -> Mapping[str, Json]:
    found = value.get(name)
    if not isinstance(found, dict):
        raise Unreadable(f"{where}: {name} is not an object")
    return found


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
