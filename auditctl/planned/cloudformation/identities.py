"""IAM of a template: roles, users, groups and policies, with what other resources attach to them.

Untrusted. Names of the template are those of its own resources; a policy for a role that it does not make is not
modelled, as nothing is known of the role.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from auditctl.planned.cloudformation.left import add_left
from auditctl.planned.things import Group, Identity, ManagedPolicy, Policy, Role, User

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from auditctl.planned.cloudformation.estate import Estate, Row
    from auditctl.planned.cloudformation.fields import Field

ROLE, USER, GROUP = "AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"
_POLICY, _MANAGED = "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"
_PROFILE, _MEMBERS = "AWS::IAM::InstanceProfile", "AWS::IAM::UserToGroupAddition"
# A policy for one identity, the kind of it, and the property that names it.
_SINGLE = {
    "AWS::IAM::RolePolicy": (ROLE, "RoleName"),
    "AWS::IAM::UserPolicy": (USER, "UserName"),
    "AWS::IAM::GroupPolicy": (GROUP, "GroupName"),
}
_SEVERAL = ((ROLE, "Roles"), (USER, "Users"), (GROUP, "Groups"))
READ = frozenset({ROLE, USER, GROUP, _POLICY, _MANAGED, _PROFILE, _MEMBERS, *_SINGLE})


@dataclass(slots=True)
class _Parts:
    """What is collected of one identity."""

    row: Row
    inline: dict[str, Policy] = field(default_factory=dict)
    attached: list[str] = field(default_factory=list)
    profiles: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)


def add_identities(estate: Estate) -> None:
    """Add the things of IAM."""
    parts = {(row.type, row.name): _Parts(row) for row in estate.of(ROLE, USER, GROUP)}
    for row in estate.of(_MANAGED, _POLICY, _PROFILE, _MEMBERS, *_SINGLE):
        reading = _READERS[row.type]
        estate.attempt(row, partial(reading, estate, parts))
    for one in parts.values():
        made = estate.attempt(one.row, partial(_identity, one))
        if made is not None:
            estate.things.append(made)
        else:
            add_left(estate, one.row)


def _identity(parts: _Parts, row: Row) -> Identity:
    inline = dict(parts.inline)
    for one in row.get("Policies").items():
        inline[one.get("PolicyName").required()] = one.get("PolicyDocument").required_policy()
    attached = [one.any_text() for one in row.get("ManagedPolicyArns").items()]
    common: dict[str, Any] = {
        **row.common,
        "region": "global",
        "name": row.name,
        "path": row.get("Path").text("/"),
        "inline": inline,
        "attached": tuple(dict.fromkeys((*attached, *parts.attached))),
    }
    if row.type == GROUP:
        return Group(**common)
    boundary = row.get("PermissionsBoundary").any_text()
    if row.type == USER:
        groups = [one.any_text() for one in row.get("Groups").items()]
        return User(**common, boundary=boundary, groups=tuple(dict.fromkeys((*groups, *parts.groups))))
    trust = row.get("AssumeRolePolicyDocument").required_policy()
    return Role(**common, boundary=boundary, trust=trust, profiles=tuple(parts.profiles))


# What is attached to identities.

_Found: TypeAlias = "Mapping[tuple[str, str], _Parts]"


def _named(estate: Estate, row: Row, found: _Found, kind: str, name: Field) -> Iterator[_Parts]:
    """The identity with a name; none, with a note, where the template does not make it."""
    text = name.text()
    if (kind, text) in found:
        yield found[kind, text]
    else:
        what = kind.rpartition("::")[2].lower()
        estate.leave(row, f"{name.label} is the {what} {text}, which the template does not make")


def _bearers(estate: Estate, row: Row, found: _Found) -> Iterator[_Parts]:
    """The identities that a policy is for."""
    for kind, member in _SEVERAL:
        for name in row.get(member).items():
            yield from _named(estate, row, found, kind, name)


def _inline(estate: Estate, found: _Found, row: Row) -> None:
    policy = row.get("PolicyDocument").required_policy()
    name = row.get("PolicyName").required()
    for one in list(_bearers(estate, row, found)):
        _embed(estate, row, one, name, policy)


def _embed(estate: Estate, row: Row, one: _Parts, name: str, policy: Policy) -> None:
    """Give an identity a policy of its own. Of two with one name AWS keeps the one that is written last, whichever."""
    own = [field.get("PolicyName").any_text() for field in one.row.get("Policies").items()]
    if name in one.inline or name in own:
        estate.leave(row, f"{one.row.id} has another policy that is called {name}")
    else:
        one.inline[name] = policy


def _single(estate: Estate, found: _Found, row: Row) -> None:
    kind, member = _SINGLE[row.type]
    policy = row.get("PolicyDocument").policy()
    name = row.get("PolicyName").required()
    for one in _named(estate, row, found, kind, row.get(member)):
        if policy is not None:
            _embed(estate, row, one, name, policy)


def _managed(estate: Estate, found: _Found, row: Row) -> None:
    thing = ManagedPolicy(
        **(row.common | {"region": "global"}),
        name=row.name,
        path=row.get("Path").text("/"),
        policy=row.get("PolicyDocument").required_policy(),
        arn=row.attribute("PolicyArn"),
    )
    estate.things.append(thing)
    for one in list(_bearers(estate, row, found)):
        one.attached.append(thing.arn)


def _profile(estate: Estate, found: _Found, row: Row) -> None:
    for name in row.get("Roles").items():
        for one in _named(estate, row, found, ROLE, name):
            one.profiles.append(row.name)


def _members(estate: Estate, found: _Found, row: Row) -> None:
    group = row.get("GroupName").text()
    for name in row.get("Users").items():
        for one in _named(estate, row, found, USER, name):
            one.groups.append(group)


_READERS = {
    _POLICY: _inline,
    _MANAGED: _managed,
    _PROFILE: _profile,
    _MEMBERS: _members,
    **dict.fromkeys(_SINGLE, _single),
}
