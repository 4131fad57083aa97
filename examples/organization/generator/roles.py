"""The roles of the large account."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from generator import grants, trusts
from generator.policies import AWS, DEPLOYMENT_BOUNDARY, WORKLOAD_BOUNDARY, workload_policy_arn
from generator.setting import (
    AUDIT,
    LARGE,
    LOGS,
    MANAGEMENT,
    STRANGER,
    TIME,
    TOOLING,
    VENDOR,
    Setting,
    digest,
    part,
    region,
    team,
    unique_id,
)
from generator.statements import Document, Statement, allow, attached_rows, boundary_row, deny, inline_rows, trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of workload: its share, whom its role trusts, what AWS gives it, and its boundary."""

    name: str
    share: int
    trust: Callable[[int], Document]
    attached: tuple[str, ...] = ()
    boundary: str = ""


KINDS = (
    Kind(name="lambda", share=32, trust=trusts.service("lambda"), boundary=WORKLOAD_BOUNDARY,
         attached=("service-role/AWSLambdaBasicExecutionRole", "AWSXRayDaemonWriteAccess")),
    Kind(name="ecs-task", share=18, trust=trusts.service_of_account("ecs-tasks", "ecs"), boundary=WORKLOAD_BOUNDARY),
    Kind(name="ecs-execution", share=6, trust=trusts.service_of_account("ecs-tasks", "ecs"),
         attached=("service-role/AmazonECSTaskExecutionRolePolicy",)),
    Kind(name="instance", share=8, trust=trusts.service("ec2"),
         attached=("AmazonSSMManagedInstanceCore", "CloudWatchAgentServerPolicy")),
    Kind(name="pod", share=10, trust=trusts.cluster, boundary=WORKLOAD_BOUNDARY),
    Kind(name="machine", share=5, trust=trusts.service_of_account("states", "states")),
    Kind(name="schedule", share=4, trust=trusts.service_of_account("scheduler", "scheduler")),
    Kind(name="build", share=4, trust=trusts.service_of_account("codebuild", "codebuild"),
         boundary=DEPLOYMENT_BOUNDARY),
    Kind(name="glue", share=3, trust=trusts.service("glue"), attached=("service-role/AWSGlueServiceRole",)),
    Kind(name="workflow", share=5, trust=trusts.code_host, boundary=DEPLOYMENT_BOUNDARY),
    Kind(name="deploy", share=5, trust=trusts.pipeline, boundary=DEPLOYMENT_BOUNDARY),
)  # fmt: skip
_CYCLE = [kind for kind in KINDS for _ in range(kind.share)]
_STRIDE = 37  # has no factor in common with the length of the cycle, so that kinds are mixed


def kind_of(i: int) -> Kind:
    """The kind of the workload of this number."""
    return _CYCLE[i * _STRIDE % len(_CYCLE)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What a role may do, and which account it is in."""

    account: str = LARGE
    inline: Sequence[Statement] = ()
    attached: Sequence[str] = ()
    boundary: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    def row(self, path: str, name: str, who: Document) -> dict[str, Any]:
        """The role as the IAM API returns it."""
        arn = f"arn:aws:iam::{self.account}:role{path}{name}"
        row: dict[str, Any] = {
            "Path": path,
            "RoleName": name,
            "RoleId": unique_id("AROA", arn),
            "Arn": arn,
            "CreateDate": TIME,
            "AssumeRolePolicyDocument": who,
            "InstanceProfileList": [],
            "RolePolicyList": inline_rows(self.inline),
            "AttachedManagedPolicies": attached_rows(self.attached),
            "Tags": [{"Key": key, "Value": value} for key, value in self.tags.items()],
            "RoleLastUsed": {},
        }
        return row | ({"PermissionsBoundary": boundary_row(self.boundary)} if self.boundary else {})


def role_rows(setting: Setting) -> list[dict[str, Any]]:
    """Every role of the large account: the fixed ones, then those of workloads."""
    fixed = [*_people(), *_administration(), *_outsiders(), *_service_linked()]
    random = setting.random("roles")
    return [*fixed, *(_workload(setting, i, random) for i in range(max(0, setting.size.roles - len(fixed))))]


def function_names(setting: Setting) -> list[tuple[str, str, str]]:
    """Name, region and role of each Lambda function: one for each role that is for one."""
    count = max(0, setting.size.roles - FIXED)
    found = ((i, grants.workload(i)) for i in range(count) if kind_of(i).name == "lambda")
    return [(name, region(i), f"arn:aws:iam::{LARGE}:role/{team(i)}/{name}-lambda") for i, name in found]


def _workload(setting: Setting, i: int, random: Random) -> dict[str, Any]:
    kind = kind_of(i)
    attached = [AWS + name for name in kind.attached]
    inline: list[Statement] = []
    if kind.name in ("workflow", "deploy", "build"):
        inline = deployment(i)
    elif (arn := workload_policy_arn(setting, i)) is not None:
        attached.append(arn)
    else:
        inline = grants.statements(setting, i, random)
    tags = {"team": team(i), "part": part(i)}
    role = Role(inline=inline, attached=attached, boundary=kind.boundary, tags=tags)
    return role.row(f"/{team(i)}/", f"{grants.workload(i)}-{kind.name}", kind.trust(i))


def deployment(i: int) -> list[Statement]:
    """What a pipeline needs to deploy the functions and services of its team."""
    passes = f"arn:aws:iam::{LARGE}:role/{team(i)}/*"
    if i % 23 == 5:  # noqa: PLR2004  a mistake: any role of the account
        passes = "*"
    to = {"StringEquals": {"iam:PassedToService": ["lambda.amazonaws.com", "ecs-tasks.amazonaws.com"]}}
    functions = f"arn:aws:lambda:*:{LARGE}:function:{team(i)}-*"
    update = ["lambda:CreateFunction", "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration",
              "lambda:PublishVersion", "lambda:UpdateAlias", "lambda:GetFunction"]  # fmt: skip
    services = ["ecs:RegisterTaskDefinition", "ecs:UpdateService", "ecs:DescribeServices"]
    stacks = ["cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet", "cloudformation:Describe*"]
    return [
        allow("DeployFunctions", update, functions),
        allow("DeployServices", services, "*", {"StringEquals": {"aws:RequestedRegion": [region(i)]}}),
        allow("DeployStacks", stacks, f"arn:aws:cloudformation:*:{LARGE}:stack/{team(i)}-*/*"),
        allow("PassRoles", "iam:PassRole", passes, to),
        allow("Artifacts", ["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::borealis-{team(i)}-exports-*/builds/*"),
        deny("NoIdentities", ["iam:Create*", "iam:Put*", "iam:Attach*", "iam:Update*", "iam:Delete*"], "*"),
    ]


def _people() -> Iterator[dict[str, Any]]:
    """Roles of people, signed in through the identity center."""
    sets = {
        "AdministratorAccess": ["AdministratorAccess"],
        "PowerUserAccess": ["PowerUserAccess"],
        "ReadOnlyAccess": ["ReadOnlyAccess"],
        "SecurityAudit": ["SecurityAudit", "job-function/ViewOnlyAccess"],
        "Support": ["AWSSupportAccess", "job-function/ViewOnlyAccess"],
        "Billing": ["job-function/Billing"],
    }
    provider = f"arn:aws:iam::{LARGE}:saml-provider/AWSSSO_{digest('saml', 16)}_DO_NOT_DELETE"
    signed = {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}
    for name, policies in sets.items():
        who = trust({"Federated": provider}, signed, "sts:AssumeRoleWithSAML", "sts:TagSession")
        path = "/aws-reserved/sso.amazonaws.com/eu-west-1/"
        attached = [AWS + policy for policy in policies]
        yield Role(attached=attached).row(path, f"AWSReservedSSO_{name}_{digest(name, 16)}", who)


def _administration() -> Iterator[dict[str, Any]]:
    """Roles that run the account."""
    everything = [AWS + "AdministratorAccess"]
    management = trust({"AWS": f"arn:aws:iam::{MANAGEMENT}:root"})
    yield Role(attached=everything).row("/", "OrganizationAccountAccessRole", management)
    yield Role(attached=everything).row("/platform/", "platform-provisioning", trusts.pipeline(0))
    identity = ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:CreatePolicy"]
    bound = {"StringEquals": {"iam:PermissionsBoundary": WORKLOAD_BOUNDARY}}
    inline = [
        allow(
            "CreateWithBoundary",
            [a for a in identity if a != "iam:CreatePolicy"],
            f"arn:aws:iam::{LARGE}:role/*",
            bound,
        ),
        allow("Read", ["iam:Get*", "iam:List*"], "*"),
    ]
    yield Role(inline=inline).row("/platform/", "platform-identity", trusts.pipeline(1))
    auditor = trust({"AWS": f"arn:aws:iam::{AUDIT}:role/security/auditor"})
    yield Role(attached=[AWS + "SecurityAudit"]).row("/security/", "auditor", auditor)
    responder = [allow("Respond", ["ec2:*", "iam:PutRolePolicy", "iam:UpdateAccessKey", "cloudtrail:*"], "*")]
    mfa = trust(
        {"AWS": f"arn:aws:iam::{AUDIT}:role/security/responder"}, {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    )
    yield Role(inline=responder, attached=[AWS + "ReadOnlyAccess"]).row("/security/", "responder", mfa)
    yield Role(attached=everything).row("/people/", "break-glass", trusts.everyone_of_account(0))
    yield Role(attached=[AWS + "ReadOnlyAccess"]).row("/people/", "developer", trusts.everyone_of_account(0))
    shipper = [allow("ShipLogs", ["s3:PutObject"], "arn:aws:s3:::borealis-log-archive/*")]
    yield Role(inline=shipper).row("/platform/", "log-shipper", trusts.service_of_account("firehose", "firehose")(0))


def _outsiders() -> Iterator[dict[str, Any]]:
    """Roles that others than the organization use."""
    for i, name in enumerate(("monitoring", "costs", "scanner")):
        external = {"StringEquals": {"sts:ExternalId": digest(name, 24)}}
        attached = [AWS + ("SecurityAudit" if i else "job-function/ViewOnlyAccess")]
        who = trust({"AWS": f"arn:aws:iam::{VENDOR}:root"}, external if i != 1 else None)  # a mistake: no ExternalId
        yield Role(attached=attached).row("/vendor/", f"vendor-{name}", who)
    forgotten = trust({"AWS": [f"arn:aws:iam::{TOOLING}:root", f"arn:aws:iam::{STRANGER}:role/migration"]})
    inline = [allow("Copy", ["s3:GetObject", "s3:ListBucket"], "arn:aws:s3:::borealis-*")]
    yield Role(inline=inline).row("/platform/", "migration", forgotten)
    logs = trust({"AWS": f"arn:aws:iam::{LOGS}:role/collector"})
    yield Role(inline=[allow("Collect", "logs:Get*", "*")]).row("/security/", "log-collector", logs)


_LINKED = {
    "autoscaling": ("AutoScaling", ["ec2:RunInstances", "ec2:TerminateInstances", "iam:PassRole"]),
    "ecs": ("ECS", ["ec2:CreateNetworkInterface", "elasticloadbalancing:RegisterTargets", "servicediscovery:Get*"]),
    "eks": ("AmazonEKS", ["ec2:CreateSecurityGroup", "ec2:AuthorizeSecurityGroupIngress", "route53:List*"]),
    "elasticloadbalancing": ("ElasticLoadBalancing", ["ec2:AssignIpv6Addresses", "ec2:CreateSecurityGroup"]),
    "guardduty": ("AmazonGuardDuty", ["organizations:DescribeAccount", "organizations:ListAccounts"]),
    "organizations": ("Organizations", ["iam:DeleteServiceLinkedRole"]),
    "rds": ("RDS", ["ec2:CreateNetworkInterface", "rds:CrossRegionCommunication", "sns:Publish"]),
    "sso": ("SSO", ["iam:GetRole", "iam:ListRolePolicies", "sso:Get*"]),
    "support": ("Support", ["support:Describe*", "iam:List*"]),
    "trustedadvisor": ("TrustedAdvisor", ["s3:GetBucketPolicy", "s3:ListAllMyBuckets", "support:Describe*"]),
}


def _service_linked() -> Iterator[dict[str, Any]]:
    for prefix, (name, actions) in _LINKED.items():
        path = f"/aws-service-role/{prefix}.amazonaws.com/"
        inline = [allow("Manage", [*actions, "ec2:Describe*", "cloudwatch:PutMetricData"], "*")]
        yield Role(inline=inline).row(path, f"AWSServiceRoleFor{name}", trusts.service(prefix)(0))


FIXED = len([*_people(), *_administration(), *_outsiders(), *_service_linked()])
