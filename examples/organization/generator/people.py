"""Users and groups of the large account."""

from collections.abc import Sequence
from itertools import starmap
from typing import Any

from generator.policies import (
    AWS,
    HOME,
    MAINTAINER,
    PEOPLE_BOUNDARY,
    REQUIRE_MFA,
    SELF_SERVICE,
    SUPPORT,
    team_policy_arn,
)
from generator.setting import LARGE, TIME, Setting, team, unique_id
from generator.statements import Statement, allow, attached_rows, boundary_row, inline_rows

_JOBS = {
    "everyone": (REQUIRE_MFA, SELF_SERVICE, HOME),
    "support": (SUPPORT, AWS + "AWSSupportAccess"),
    "auditors": (AWS + "SecurityAudit",),
    "policy-maintainers": (MAINTAINER,),
}


def group_rows(setting: Setting) -> list[dict[str, Any]]:
    """The groups: those of jobs, then those of teams."""
    jobs = list(_JOBS.items())[: setting.size.groups]
    return [*starmap(_group, jobs), *(_group(_members(i), [team_policy_arn(i)]) for i in range(setting.teams))]


def user_rows(setting: Setting) -> list[dict[str, Any]]:
    """The users: three in four are people, the rest are programs with long-lived keys."""
    groups = [row["GroupName"] for row in group_rows(setting)]
    return [_program(i) if i % 4 == 3 else _person(i, groups) for i in range(setting.size.users)]  # noqa: PLR2004


def _members(i: int) -> str:
    return f"{team(i)}-members"


def _group(name: str, policies: Sequence[str]) -> dict[str, Any]:
    arn = f"arn:aws:iam::{LARGE}:group/{name}"
    return {
        "Path": "/",
        "GroupName": name,
        "GroupId": unique_id("AGPA", arn),
        "Arn": arn,
        "CreateDate": TIME,
        "GroupPolicyList": [],
        "AttachedManagedPolicies": attached_rows(policies),
    }


def _user(path: str, name: str, groups: Sequence[str], inline: Sequence[Statement], boundary: str) -> dict[str, Any]:
    arn = f"arn:aws:iam::{LARGE}:user{path}{name}"
    return {
        "Path": path,
        "UserName": name,
        "UserId": unique_id("AIDA", arn),
        "Arn": arn,
        "CreateDate": TIME,
        "GroupList": list(groups),
        "AttachedManagedPolicies": [],
        "Tags": [{"Key": "team", "Value": name.partition("-")[0]}],
        "UserPolicyList": inline_rows(inline),
    } | ({"PermissionsBoundary": boundary_row(boundary)} if boundary else {})


def _person(i: int, groups: Sequence[str]) -> dict[str, Any]:
    """A member of one team or of two, with the jobs that some of them have."""
    wanted = {_members(i)} | ({_members(i + 1)} if i % 2 == 0 else set())
    wanted |= {"everyone"} if i % 25 else {"support"}  # a mistake: nothing asks these for a second factor
    if i % 10 == 0:
        wanted |= {"auditors", "support"}
    if i % 40 == 2:  # noqa: PLR2004  a few
        wanted.add("policy-maintainers")
    chosen = [g for g in groups if g in wanted]
    return _user("/people/", f"{team(i)}-member-{i:03d}", chosen, (), PEOPLE_BOUNDARY if i % 3 == 0 else "")


def _program(i: int) -> dict[str, Any]:
    """A program outside AWS: it puts files into one folder, from the company's addresses."""
    office = {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "198.51.100.0/24"]}}
    rows = [allow("Upload", "s3:PutObject", f"arn:aws:s3:::borealis-{team(i)}-uploads-*/incoming/*", office)]
    if i % 20 == 19:  # noqa: PLR2004  a mistake: a program that makes keys for anybody
        rows.append(allow("Rotate", ["iam:CreateAccessKey", "iam:DeleteAccessKey"], "*"))
    return _user("/programs/", f"{team(i)}-program-{i:03d}", (), rows, "")
