"""IAM of a plan: users, groups, roles and managed policies, as `get-account-authorization-details` has them.

Untrusted.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from auditctl.planned.draft import Draft
from auditctl.planned.marks import misplaced_in, named, open_attribute, tag_list
from auditctl.planned.things import Group, Identity, ManagedPolicy, Policy, Role, Thing, User

DETAILS = "iam/get-account-authorization-details"
MEMBERS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")


@cache
def managed_policies() -> Mapping[str, Mapping[str, Any]]:
    """Policies of AWS that are often attached, by name: path, version and document.

    The file has them as they were in October 2026, from moto 5.2.5, which takes them from the AWS managed policy
    reference guide. AWS changes some of them now and then: the version is in the snapshot.
    """
    text = files("auditctl.planned").joinpath("managed_policies.json").read_text(encoding="utf-8")
    found: Mapping[str, Mapping[str, Any]] = json.loads(text)
    return found


def write_iam(draft: Draft, things: Sequence[Thing], accounts: Iterable[str]) -> None:
    """Write the IAM of each account; what the plan does not have is not there."""
    for account in accounts:
        own = [t for t in things if t.account == account and isinstance(t, Identity | ManagedPolicy)]
        for member in MEMBERS:
            draft.start(account, "global", DETAILS, member)
        _Writer(draft, account, own).write()


class _Writer:
    """Writes the IAM of one account."""

    def __init__(self, draft: Draft, account: str, things: Sequence[Identity | ManagedPolicy]) -> None:
        self.draft, self.account = draft, account
        self.partition = draft.accounts.get(account, "aws")
        self.policies = [t for t in things if isinstance(t, ManagedPolicy)]
        self.identities = [t for t in things if isinstance(t, Identity)]

    def write(self) -> None:
        """Write every row."""
        for policy in self.policies:
            self._policy(policy)
        known = {self._arn_of(p) for p in self.policies}
        boundaries = (i.boundary for i in self.identities if isinstance(i, User | Role) and i.boundary)
        used = {*(arn for i in self.identities for arn in i.attached), *boundaries} - known
        for name, known_policy in managed_policies().items() if used else ():
            arn = f"arn:{self.partition}:iam::aws:policy{known_policy['path']}{name}"
            if arn in used:
                self._policy_row(arn, name, known_policy["path"], known_policy["document"], known_policy["version"])
        for identity in self.identities:
            self._identity(identity)
        self._groups_outside()

    def _arn(self, kind: str, path: str, name: str) -> str:
        return f"arn:{self.partition}:iam::{self.account}:{kind}{path}{name}"

    def _add(self, member: str, row: Mapping[str, Any]) -> tuple[str, str]:
        return self.draft.add(self.account, "global", DETAILS, member, row)

    def _document(self, policy: Policy) -> Any:  # noqa: ANN401  # the document, or the marker of an unknown one
        unknown = policy.unknown or misplaced_in(self.draft, policy.document)
        if policy.document is not None and not unknown:
            return dict(policy.document)
        return self.draft.unknown(unknown, "text", example='{"Version": "2012-10-17", "Statement": []}')

    def _arn_of(self, policy: ManagedPolicy) -> str:
        return policy.arn or self._arn("policy", policy.path, policy.name)

    def _policy(self, thing: ManagedPolicy) -> None:
        arn = self._arn_of(thing)
        path, within = self._policy_row(arn, thing.name, thing.path, self._document(thing.policy))
        self.draft.came_from(thing.origin, thing=arn, path=path, within=within)
        self.draft.came_from(thing.policy.origin, path=path, within=f"{within}.PolicyVersionList[0].Document")

    def _policy_row(  # the members of a row
        self,
        arn: str,
        name: str,
        folder: str,
        document: Any,  # noqa: ANN401  # see above
        version: str = "v1",
    ) -> tuple[str, str]:
        return self._add(
            "Policies",
            {
                "PolicyName": name,
                "Arn": arn,
                "Path": folder,
                "DefaultVersionId": version,
                "IsAttachable": True,
                "PolicyVersionList": [{"Document": document, "VersionId": version, "IsDefaultVersion": True}],
            },
        )

    # Users, groups and roles.

    def _identity(self, thing: Identity) -> None:
        title = type(thing).__name__
        kind = title.lower()
        arn = self._arn(kind, thing.path, thing.name)
        row: dict[str, Any] = {"Path": thing.path, f"{title}Name": thing.name, "Arn": arn}
        inline = [
            {"PolicyName": name, "PolicyDocument": self._document(policy)} for name, policy in thing.inline.items()
        ]
        others = (f"a policy of the unplanned {kind} {thing.name}",) if thing.exists else ()
        attached = [self._attached(arn) for arn in (*thing.attached, *others)]
        row |= {f"{title}PolicyList": inline, "AttachedManagedPolicies": attached}
        if not isinstance(thing, Group):
            row["Tags"] = tag_list(self.draft, thing.tags)
        if isinstance(thing, User | Role) and thing.boundary:
            row["PermissionsBoundary"] = {
                "PermissionsBoundaryType": "Policy",
                "PermissionsBoundaryArn": self._known(thing.boundary),
            }
        if isinstance(thing, User):
            row["GroupList"] = [named(self.draft, name) for name in thing.groups]
        if isinstance(thing, Role):
            row["AssumeRolePolicyDocument"] = self._document(thing.trust)
            row["InstanceProfileList"] = [self._profile(name) for name in thing.profiles]
        path, within = self._add(f"{title}DetailList", row)
        self.draft.came_from(thing.origin, thing=arn, path=path, within=within)
        for i, policy in enumerate(thing.inline.values()):
            self.draft.came_from(policy.origin, path=path, within=f"{within}.{title}PolicyList[{i}].PolicyDocument")
        if isinstance(thing, Role):
            self.draft.came_from(thing.trust.origin, path=path, within=f"{within}.AssumeRolePolicyDocument")

    def _profile(self, name: str) -> Mapping[str, Any]:
        return {"Path": "/", "InstanceProfileName": name, "Arn": self._arn("instance-profile", "/", name)}

    def _groups_outside(self) -> None:
        """Groups that users are in and that the plan does not have."""
        known = {i.name for i in self.identities if isinstance(i, Group)}
        for user in (i for i in self.identities if isinstance(i, User)):
            for name in (named(self.draft, group) for group in user.groups):
                if name not in known:
                    known.add(name)
                    group = Group(account=self.account, region="", origin=user.origin, name=name, exists=True)
                    self._identity(group)

    def _attached(self, arn: str) -> Mapping[str, str]:
        found = self._known(arn)
        return {"PolicyName": found.rpartition("/")[2], "PolicyArn": found}

    def _known(self, arn: str) -> str:
        """The ARN of a policy; words for one that may be any, so that its document is not there."""
        unknown = open_attribute(self.draft, arn)
        return f"the policy of {unknown} (known after apply)" if unknown else arn
