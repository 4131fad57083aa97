"""The managed policies of the large account: those that the company writes, and those of AWS that are attached."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import starmap
from typing import Any

from generator import grants
from generator.setting import LARGE, REGIONS, TIME, Setting, team
from generator.statements import Document, allow, deny, deny_all_but, document

AWS = "arn:aws:iam::aws:policy/"
_OWN = f"arn:aws:iam::{LARGE}:policy"
WORKLOAD_BOUNDARY = f"{_OWN}/boundary/workload-boundary"
DEPLOYMENT_BOUNDARY = f"{_OWN}/boundary/deployment-boundary"
PEOPLE_BOUNDARY = f"{_OWN}/boundary/people-boundary"
REQUIRE_MFA = f"{_OWN}/people/require-mfa"
SELF_SERVICE = f"{_OWN}/people/self-service"
HOME = f"{_OWN}/people/home-folder"
SUPPORT = f"{_OWN}/people/support-tools"
MAINTAINER = f"{_OWN}/platform/policy-maintainer"

_WRITING = (
    "iam:Add*",
    "iam:Attach*",
    "iam:Create*",
    "iam:Delete*",
    "iam:Put*",
    "iam:Set*",
    "iam:Update*",
    "iam:Upload*",
)


def own_policies(setting: Setting) -> list[dict[str, Any]]:
    """Every customer managed policy: the fixed ones, those of teams, then one for each of the first workloads."""
    fixed = list(starmap(policy_row, (*_fixed().items(), *_of_teams(setting))))
    random = setting.random("policies")
    rows = range(max(0, setting.size.policies - len(fixed)))
    return [*fixed, *(policy_row(_arn(i), document(grants.statements(setting, i, random))) for i in rows)]


def workload_policy_arn(setting: Setting, i: int) -> str | None:
    """The managed policy of a workload; None where it has an inline policy instead."""
    count = setting.size.policies - len(_fixed()) - setting.teams
    return _arn(i) if i < count else None


def _arn(i: int) -> str:
    return f"{_OWN}/{team(i)}/{grants.workload(i)}-access"


def team_policy_arn(i: int) -> str:
    """The policy of a team's members."""
    return f"{_OWN}/teams/{team(i)}-members"


def policy_row(arn: str, body: Document) -> dict[str, Any]:
    """A managed policy with one version, as the IAM API returns it."""
    version = {"Document": body, "VersionId": "v1", "IsDefaultVersion": True, "CreateDate": TIME}
    start, _, name = arn.rpartition("/")
    return {
        "PolicyName": name,
        "PolicyId": "ANPA" + name.upper()[:17],
        "Arn": arn,
        "Path": start.partition(":policy")[2] + "/",
        "DefaultVersionId": "v1",
        "IsAttachable": True,
        "CreateDate": TIME,
        "UpdateDate": TIME,
        "PolicyVersionList": [version],
    }


@cache
def _of_aws() -> Mapping[str, Mapping[str, Any]]:
    """The policies of moto, by name."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data  # noqa: PLC0415  a test dependency

    policies: dict[str, Mapping[str, Any]] = json.loads(aws_managed_policies_data)
    return policies


def aws_policies(arns: set[str]) -> Iterator[dict[str, Any]]:
    """The policies of AWS with these ARNs."""
    for arn in sorted(arns):
        found = _of_aws()[arn.rpartition("/")[2]]
        yield policy_row(arn, found["Document"])


def _fixed() -> dict[str, Document]:
    """The policies that do not depend on the size."""
    return {**_boundaries(), **_for_people()}


def _boundaries() -> dict[str, Document]:
    services = "s3 sqs sns dynamodb kms logs lambda secretsmanager ssm events states xray cloudwatch ses ecr ec2 glue"
    policies = [
        *(
            "s3:PutBucketPolicy",
            "s3:DeleteBucketPolicy",
            "s3:PutBucketAcl",
            "kms:PutKeyPolicy",
            "kms:ScheduleKeyDeletion",
        ),
        *("sqs:SetQueueAttributes", "sqs:AddPermission", "sns:SetTopicAttributes", "sns:AddPermission"),
        *("lambda:AddPermission", "secretsmanager:PutResourcePolicy"),
    ]
    people = ["iam:*User*", "iam:*Group*", "iam:*LoginProfile", "iam:*AccessKey*", "organizations:*"]
    bounds = ["iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary"]
    others = {"StringNotEquals": {"aws:ResourceTag/team": "sandbox"}}
    everything = allow("All", "*", "*")
    return {
        WORKLOAD_BOUNDARY: document([
            allow("Services", [f"{name}:*" for name in services.split()], "*"),
            deny("NoPolicies", policies, "*"),
        ]),
        DEPLOYMENT_BOUNDARY: document([
            everything,
            deny("NoPeople", people, "*"),
            deny("NoBoundaries", bounds, "*"),
        ]),
        PEOPLE_BOUNDARY: document([everything, deny("NoIdentities", _WRITING, "*", others)]),
    }


def _for_people() -> dict[str, Document]:
    no_mfa = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    elsewhere = {"StringNotEquals": {"aws:RequestedRegion": REGIONS}}
    mfa = "CreateVirtualMFADevice EnableMFADevice ListMFADevices GetUser ListVirtualMFADevices ResyncMFADevice"
    keys = "CreateAccessKey DeleteAccessKey ListAccessKeys UpdateAccessKey ChangePassword"
    devices = [f"iam:{name}" for name in mfa.split()]
    own = f"arn:aws:iam::{LARGE}:user/people/${{aws:username}}"
    home = "arn:aws:s3:::borealis-home"
    own_prefix = {"StringLike": {"s3:prefix": ["${aws:username}/*"]}}
    look = ["logs:FilterLogEvents", "cloudwatch:Get*", "cloudwatch:List*"]
    versions = ["iam:CreatePolicyVersion", "iam:DeletePolicyVersion"]
    return {
        REQUIRE_MFA: document([deny_all_but("DenyWithoutMfa", [*devices, "sts:GetSessionToken"], no_mfa)]),
        SELF_SERVICE: document([
            allow("OwnKeys", [f"iam:{name}" for name in keys.split()], own),
            allow("OwnMfa", devices, [own, f"arn:aws:iam::{LARGE}:mfa/*"]),
        ]),
        HOME: document([
            allow("ListHome", "s3:ListBucket", home, own_prefix),
            allow("UseHome", ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], f"{home}/${{aws:username}}/*"),
        ]),
        SUPPORT: document([allow("Look", look, "*"), deny("Elsewhere", "*", "*", elsewhere)]),
        MAINTAINER: document([allow("Versions", versions, f"{_OWN}/teams/*")]),
    }


def _of_teams(setting: Setting) -> Iterator[tuple[str, Document]]:
    """What the members of a team may do with the things of the team."""
    for i in range(setting.teams):
        name = team(i)
        prefix = f"arn:aws:s3:::borealis-{name}-*"
        by_team = {"StringEquals": {"aws:ResourceTag/team": name}}
        rows = [
            allow("Buckets", ["s3:GetObject*", "s3:ListBucket*", "s3:PutObject"], [prefix, f"{prefix}/*"]),
            allow("Queues", ["sqs:Get*", "sqs:ReceiveMessage", "sqs:SendMessage"], f"arn:aws:sqs:*:{LARGE}:{name}-*"),
            allow("Functions", ["lambda:Get*", "lambda:InvokeFunction"], f"arn:aws:lambda:*:{LARGE}:function:{name}-*"),
            allow("Servers", ["ec2:StartInstances", "ec2:StopInstances", "ssm:StartSession"], "*", by_team),
            allow("Look", ["cloudwatch:Get*", "logs:Get*", "logs:StartQuery", "ec2:Describe*", "ecs:Describe*"], "*"),
            deny("NoBackups", ["s3:GetObject*", "s3:DeleteObject*"], "arn:aws:s3:::borealis-*-backup-*/*"),
        ]
        if i % 17 == 3:  # noqa: PLR2004  a mistake: whoever may do this, may do anything
            rows.append(allow("Roles", ["iam:PassRole", "iam:CreatePolicyVersion"], f"arn:aws:iam::{LARGE}:*"))
        yield team_policy_arn(i), document(rows)
