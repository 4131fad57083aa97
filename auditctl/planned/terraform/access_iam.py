"""IAM of a Terraform plan.

Untrusted. Terraform Registry, hashicorp/aws 5, resources `aws_iam_*`. Policies and attachments are found by the name
of what they belong to. One that the plan does not have was there before; what is not named leaves everything open.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from auditctl.planned.marks import named
from auditctl.planned.terraform.access_values import (
    before,
    blocks,
    each,
    is_open,
    outside,
    place,
    policy_of,
    text,
    texts,
)
from auditctl.planned.terraform.plan import Plan, Resource
from auditctl.planned.things import Group, ManagedPolicy, Policy, Role, Thing, Unmodelled, User

ROLE, USER, GROUP = "role", "user", "group"
_OF = (ROLE, USER, GROUP)
IDENTITIES = frozenset(f"aws_iam_{kind}" for kind in _OF)
# Types that give a policy to an identity: the attribute that names it, and what it is.
_INLINE = {f"aws_iam_{kind}_policy": kind for kind in _OF}
_ATTACHED = {f"aws_iam_{kind}_policy_attachment": kind for kind in _OF}
# They say which policies there are besides, and take away all others.
_ALL_ATTACHED = {f"aws_iam_{kind}_policy_attachments_exclusive": kind for kind in _OF}
_ALL_INLINE = frozenset(f"aws_iam_{kind}_policies_exclusive" for kind in _OF)
_OTHERS = frozenset({
    "aws_iam_policy",
    "aws_iam_policy_attachment",
    "aws_iam_instance_profile",
    "aws_iam_user_group_membership",
    "aws_iam_group_membership",
    "aws_iam_account_password_policy",
    "aws_iam_service_linked_role",  # it acts for its service alone, with what AWS attaches to it
})
READ = frozenset({*IDENTITIES, *_INLINE, *_ATTACHED, *_ALL_ATTACHED, *_ALL_INLINE, *_OTHERS})


@dataclass(slots=True)
class _Given:
    """What other resources give to an identity. `is_all` where they say that nothing else is attached."""

    is_all: bool = False
    inline: dict[str, Policy] = field(default_factory=dict)
    attached: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    profiles: list[str] = field(default_factory=list)


def iam_things(plan: Plan) -> Iterator[Thing]:
    """The IAM of a plan."""
    yield from _Iam(plan).things()


class _Iam:
    """Reads the IAM of one plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.given: dict[tuple[str, str, str], _Given] = {}  # by account, kind and name
        self.outside: dict[tuple[str, str, str], Resource] = {}  # what gave something first to one not in the plan
        self.open: list[Unmodelled] = []
        self.gone = {(str(b.get("role")), str(b.get("name"))) for b in before(plan, "aws_iam_role_policy")}
        attachments = before(plan, "aws_iam_role_policy_attachment")
        self.detached = {(str(b.get("role")), str(b.get("policy_arn"))) for b in attachments}
        for b in before(plan, "aws_iam_policy_attachment"):
            roles = b.get("roles")
            names = roles if isinstance(roles, list) else ()
            self.detached |= {(str(role), str(b.get("policy_arn"))) for role in names}
        for resource in plan.of(*(f"aws_iam_{kind}" for kind in _OF)):
            name = named(plan.draft, text(resource, "name"))
            self.given[resource.account, resource.type.removeprefix("aws_iam_"), name] = _Given()

    def things(self) -> Iterator[Thing]:
        """Everything; what is given is collected first."""
        self._inline()
        self._attachments()
        self._memberships()
        self._profiles()
        yield from self._policies()
        for resource, members in each(self.plan, "aws_iam_group"):
            found = self._identity(resource, GROUP)
            yield Group(**members, **_named(resource), inline=found.inline, attached=tuple(found.attached))
        for resource, members in each(self.plan, "aws_iam_user"):
            found = self._identity(resource, USER)
            yield User(
                **members,
                **_named(resource),
                inline=found.inline,
                attached=tuple(found.attached),
                boundary=text(resource, "permissions_boundary"),
                groups=tuple(dict.fromkeys(found.groups)),
            )
        for resource, members in each(self.plan, "aws_iam_role"):
            yield self._role(resource, members)
        yield from self._existing()
        yield from self._password_policies()
        yield from self.open

    def _identity(self, resource: Resource, kind: str) -> _Given:
        found = self.given[resource.account, kind, named(self.plan.draft, text(resource, "name"))]
        found.attached = list(dict.fromkeys(found.attached))
        return found

    def _role(self, resource: Resource, members: Mapping[str, Any]) -> Role:
        found = self._identity(resource, ROLE)
        inline = {**self._inline_blocks(resource), **found.inline}
        return Role(
            **members,
            **_named(resource),
            trust=policy_of(self.plan, resource, "assume_role_policy"),
            inline=inline,
            attached=tuple(dict.fromkeys((*self._own_arns(resource, found), *found.attached))),
            boundary=text(resource, "permissions_boundary"),
            profiles=tuple(found.profiles),
        )

    def _own_arns(self, resource: Resource, found: _Given) -> Iterator[str]:
        """The managed policies that a role names, or has from before and keeps."""
        is_written = resource.is_written("managed_policy_arns")
        for arn in texts(resource, "managed_policy_arns") if is_written or not found.is_all else ():
            if is_written or (text(resource, "name"), arn) not in self.detached:
                yield arn

    def _inline_blocks(self, resource: Resource) -> dict[str, Policy]:
        """The policies that are written within a role; a block without a name says that there are none.

        Of a role that exists they are also what it has before the apply: what `dynamic` blocks make is not told apart
        from that, so that only policies that other resources made and that go are left out.
        """
        if isinstance(resource.values.get("inline_policy"), str):
            origin = self.plan.origin(resource, "inline_policy")
            return {"inline_policy": Policy(document=None, origin=origin, unknown=f"{resource.address}.inline_policy")}
        found: dict[str, Policy] = {}
        for i, block in enumerate(blocks(resource, "inline_policy")):
            policy = self.plan.policy(resource, "policy", within=block)
            name = block.get("name")
            if policy is not None and (text(resource, "name"), str(name)) not in self.gone:
                found[name if isinstance(name, str) and name else f"inline-{i}"] = policy
        return found

    # What other resources give.

    def _owner(self, resource: Resource, kind: str, value: str, attribute: str) -> _Given | None:
        """What is given to the identity of a name; one that the plan does not have was there before.

        None where the name is not known yet: it may be any, so that every claim may depend on it.
        """
        place = (resource.account, kind, value.rpartition("/")[2])
        if place not in self.given and (not value or is_open(self.plan, value)):
            self.open.append(outside(self.plan, resource, attribute, "", value))
            return None
        if place not in self.given:
            self.outside[place] = resource
        return self.given.setdefault(place, _Given())

    def _existing(self) -> Iterator[Thing]:
        """The identities that the plan gives something and does not have."""
        for (account, kind, name), resource in self.outside.items():
            found = self.given[account, kind, name]
            known = self._read_before(kind, name)
            path, boundary = (known and text(known, a) for a in ("path", "permissions_boundary"))
            members = {**place(self.plan, resource), "tags": {}, "name": name, "path": path or "/", "exists": True}
            members |= {"inline": found.inline, "attached": tuple(dict.fromkeys(found.attached))}
            if kind == GROUP:
                yield Group(**members)
            elif kind == USER:
                yield User(**members, boundary=boundary or "", groups=tuple(dict.fromkeys(found.groups)))
            else:
                trust = known and self.plan.policy(known, "assume_role_policy")
                unknown = Policy(
                    document=None, origin=members["origin"], unknown=f"trust-policy-of-unplanned-role.{name}"
                )
                yield Role(**members, trust=trust or unknown, boundary=boundary or "", profiles=tuple(found.profiles))

    def _read_before(self, kind: str, name: str) -> Resource | None:
        """The data source that has an identity."""
        attribute = "name" if kind == ROLE else f"{kind}_name"
        return next((d for d in self.plan.data(f"aws_iam_{kind}") if text(d, attribute) == name), None)

    def _inline(self) -> None:
        for resource in self.plan.of(*_INLINE):
            kind = _INLINE[resource.type]
            owner = self._owner(resource, kind, text(resource, kind), kind)
            if owner is not None:
                name = text(resource, "name")
                key = resource.address if not name or name in owner.inline else name
                owner.inline[named(self.plan.draft, key)] = policy_of(self.plan, resource)

    def _attachments(self) -> None:
        for resource in self.plan.of(*_ATTACHED):
            kind = _ATTACHED[resource.type]
            self._attach(resource, kind, kind, (text(resource, kind),))
        for resource in self.plan.of("aws_iam_policy_attachment"):
            for kind in _OF:
                self._attach(resource, kind, f"{kind}s", texts(resource, f"{kind}s"))
        for resource in self.plan.of(*_ALL_ATTACHED):
            attribute = f"{_ALL_ATTACHED[resource.type]}_name"
            owner = self._owner(resource, _ALL_ATTACHED[resource.type], text(resource, attribute), attribute)
            if owner is not None:
                owner.attached += texts(resource, "policy_arns")
                owner.is_all = True

    def _attach(self, resource: Resource, kind: str, attribute: str, names: Iterable[str]) -> None:
        """Attach the policy of an attachment to identities of a kind."""
        for name in names:
            owner = self._owner(resource, kind, name, attribute)
            if owner is not None:
                owner.attached.append(self._arn(resource, "policy_arn"))

    def _arn(self, resource: Resource, attribute: str) -> str:
        return text(resource, attribute) or resource.unknown(attribute, "text", example="arn:aws:iam::aws:policy/X")

    def _memberships(self) -> None:
        for resource in self.plan.of("aws_iam_user_group_membership"):
            owner = self._owner(resource, USER, text(resource, "user"), "user")
            if owner is not None:
                owner.groups += texts(resource, "groups")
        for resource in self.plan.of("aws_iam_group_membership"):
            for user in texts(resource, "users"):
                owner = self._owner(resource, USER, user, "users")
                if owner is not None:
                    owner.groups.append(text(resource, "group"))

    def _profiles(self) -> None:
        for resource in self.plan.of("aws_iam_instance_profile"):
            role = text(resource, "role")
            owner = self._owner(resource, ROLE, role, "role") if role else None
            if owner is not None:
                owner.profiles.append(named(self.plan.draft, text(resource, "name")))

    # Policies.

    def _policies(self) -> Iterator[Thing]:
        arns = set()
        for resource, members in each(self.plan, "aws_iam_policy"):
            arns.add(text(resource, "arn"))
            yield ManagedPolicy(**members, **_named(resource), policy=policy_of(self.plan, resource))
        for resource in self.plan.data("aws_iam_policy"):
            arn = text(resource, "arn")
            if arn and arn not in arns and resource.values.get("policy") is not None and not is_open(self.plan, arn):
                arns.add(arn)
                policy = policy_of(self.plan, resource)
                yield ManagedPolicy(**place(self.plan, resource), **_named(resource), policy=policy, arn=arn)

    def _password_policies(self) -> Iterator[Unmodelled]:
        """One that lets users change their password allows something."""
        for resource, members in each(self.plan, "aws_iam_account_password_policy"):
            if resource.values.get("allow_users_to_change_password") is not False:
                reason = "users may change their passwords"
                yield Unmodelled(**members, service="iam", kind=resource.type, reason=reason)


def _named(resource: Resource) -> dict[str, Any]:
    return {"name": text(resource, "name"), "path": text(resource, "path") or "/"}
