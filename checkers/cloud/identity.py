"""IAM users, groups, roles and policies, from `get-account-authorization-details`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from checkers.cloud.policy import Document, Origin, parse_document
from checkers.cloud.snapshot import Account, Fact, Snapshot, State, objects, optional_text, tags, text
from checkers.cloud.vocabulary import account_of
from checkers.strict_json import Json
from checkers.verdict import Unreadable

SERVICE_LINKED_PATH = "/aws-service-role/"


@dataclass(frozen=True, slots=True)
class Principal:
    """A user, role or group with the documents that grant or deny it something."""

    kind: str
    arn: str
    name: str
    path: str
    unique_id: str
    account: str
    tags: Mapping[str, str]
    documents: tuple[Document, ...]
    boundary: Document | None = None
    trust: Document | None = None


@dataclass(frozen=True, slots=True)
class ManagedPolicy:
    """A managed policy in its default version."""

    arn: str
    name: str
    path: str
    account: str
    document: Document


@dataclass(frozen=True, slots=True)
class AccountIam:
    """The IAM of one account; nothing is known of it where `problem` says why."""

    account: str
    users: tuple[Principal, ...] = ()
    groups: tuple[Principal, ...] = ()
    roles: tuple[Principal, ...] = ()
    policies: tuple[ManagedPolicy, ...] = ()
    problem: str = ""


def iam_path(account: str) -> str:
    """Where the IAM of an account is in a snapshot."""
    return f"{account}/global/iam/get-account-authorization-details.json"


def read_iam(snapshot: Snapshot, account: Account) -> AccountIam:
    """The IAM of one account."""
    fact = snapshot.fact(iam_path(account.id))
    if fact.state is not State.VALUE:
        return AccountIam(account.id, problem=fact.reason)
    return _Reader(fact, account).read()


class _Reader:
    def __init__(self, fact: Fact, account: Account) -> None:
        self.file = fact.path
        self.value = fact.value
        self.account = account.id
        self.start = f"arn:{account.partition}:iam::{account.id}:"
        self.managed: dict[str, ManagedPolicy] = {}

    def read(self) -> AccountIam:
        for i, row in enumerate(objects(self.value, "Policies", self.file)):
            policy = self._policy(row, i)
            if policy.arn in self.managed:
                raise Unreadable(f"{self.file}: {policy.arn} is listed twice")
            self.managed[policy.arn] = policy
        groups = self._principals("GroupDetailList", "group", {})
        by_name = {g.name: g for g in groups}
        if len(by_name) != len(groups):
            raise Unreadable(f"{self.file}: a group name is listed twice")
        found = AccountIam(
            self.account,
            users=self._principals("UserDetailList", "user", by_name),
            groups=groups,
            roles=self._principals("RoleDetailList", "role", {}),
            policies=tuple(self.managed.values()),
        )
        arns = [p.arn for p in (*found.users, *found.groups, *found.roles)]
        if len(set(arns)) != len(arns):
            raise Unreadable(f"{self.file}: a principal is listed twice")
        return found

    def _policy(self, row: Mapping[str, Json], index: int) -> ManagedPolicy:
        arn, name = text(row, "Arn", self.file), text(row, "PolicyName", self.file)
        versions = objects(row, "PolicyVersionList", self.file)
        default = [i for i, v in enumerate(versions) if v.get("IsDefaultVersion") is True]
        origin = Origin(self.file, f"$.Policies[{index}]", name)
        if len(default) != 1:
            document = Document(origin, problem=f"{len(default)} default versions of {arn}")
        else:
            path = f"$.Policies[{index}].PolicyVersionList[{default[0]}].Document"
            document = parse_document(versions[default[0]].get("Document"), Origin(self.file, path, name))
        return ManagedPolicy(arn, name, optional_text(row, "Path") or "/", account_of(arn), document)

    def _principals(self, member: str, kind: str, groups: Mapping[str, Principal]) -> tuple[Principal, ...]:
        rows = objects(self.value, member, self.file)
        return tuple(self._principal(row, f"$.{member}[{i}]", kind, groups) for i, row in enumerate(rows))

    def _principal(self, row: Mapping[str, Json], path: str, kind: str, groups: Mapping[str, Principal]) -> Principal:
        title = kind.capitalize()
        arn, name = text(row, "Arn", self.file), text(row, f"{title}Name", self.file)
        if not arn.startswith(f"{self.start}{kind}/"):
            raise Unreadable(f"{self.file}: {arn} is not a {kind} of account {self.account}")
        own = tags(objects(row, "Tags", self.file), self.file) if "Tags" in row else {}
        if len({key.lower() for key in own}) != len(own):
            raise Unreadable(f"{self.file}: {arn} has a tag twice, in different case")
        return Principal(
            kind=kind,
            arn=arn,
            name=name,
            path=optional_text(row, "Path") or "/",
            unique_id=optional_text(row, f"{title}Id"),
            account=self.account,
            tags=own,
            documents=tuple(self._documents(row, path, title, name, groups)),
            boundary=self._boundary(row.get("PermissionsBoundary"), path),
            trust=self._trust(row, path, name) if kind == "role" else None,
        )

    def _trust(self, row: Mapping[str, Json], path: str, name: str) -> Document:
        origin = Origin(self.file, f"{path}.AssumeRolePolicyDocument", f"trust policy of {name}")
        return parse_document(row.get("AssumeRolePolicyDocument"), origin)

    def _documents(
        self, row: Mapping[str, Json], path: str, title: str, name: str, groups: Mapping[str, Principal]
    ) -> list[Document]:
        """Inline policies, attached ones, then those of the groups."""
        found = self._inline(row, path, title, name)
        found += self._attached(row, path)
        for group in _names(row.get("GroupList", []), self.file):
            if group not in groups:
                raise Unreadable(f"{self.file}: {path} is in group {group!r}, which is not in GroupDetailList")
            found += groups[group].documents
        return found

    def _inline(self, row: Mapping[str, Json], path: str, title: str, name: str) -> list[Document]:
        member = f"{title}PolicyList"
        rows = objects(row, member, self.file) if member in row else []
        return [
            parse_document(
                one.get("PolicyDocument"),
                Origin(
                    self.file,
                    f"{path}.{member}[{i}].PolicyDocument",
                    f"inline policy {text(one, 'PolicyName', self.file)} of {name}",
                ),
            )
            for i, one in enumerate(rows)
        ]

    def _attached(self, row: Mapping[str, Json], path: str) -> list[Document]:
        rows = objects(row, "AttachedManagedPolicies", self.file) if "AttachedManagedPolicies" in row else []
        return [
            self._managed(text(one, "PolicyArn", self.file), f"{path}.AttachedManagedPolicies[{i}]")
            for i, one in enumerate(rows)
        ]

    def _boundary(self, value: Json, path: str) -> Document | None:
        """The permissions boundary, None where there is none."""
        if value is None:
            return None
        arn = optional_text(value, "PermissionsBoundaryArn") if isinstance(value, dict) else ""
        return self._managed(arn or "a boundary of unknown ARN", f"{path}.PermissionsBoundary")

    def _managed(self, arn: str, path: str) -> Document:
        found = self.managed.get(arn)
        if found is not None:
            return found.document
        return Document(
            Origin(self.file, path, arn), problem=f"{arn} is attached but its document is not in the snapshot"
        )


def _names(value: Json, where: str) -> Sequence[str]:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise Unreadable(f"{where}: GroupList is not a list of names")
    return value
