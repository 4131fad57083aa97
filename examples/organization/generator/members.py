"""The accounts of the organization, the large one and the small ones beside it."""

from typing import Any

from generator.buckets import put_buckets, put_closed_bucket, put_endpoints, put_large_buckets
from generator.files import Files
from generator.people import group_rows, user_rows
from generator.policies import AWS, aws_policies, own_policies
from generator.roles import Role, role_rows
from generator.setting import ACCOUNTS, AUDIT, LARGE, LOGS, MANAGEMENT, REPOSITORIES, SANDBOX, TEAMS, TOOLING, Setting
from generator.statements import Statement, allow, to, trust
from generator.trusts import CODE_HOST


def put_accounts(files: Files, setting: Setting) -> None:
    """IAM, S3 and endpoints of every account."""
    files.put(f"{LARGE}/global/{_DETAILS}", _details(role_rows(setting), setting))
    put_large_buckets(files, setting)
    small: dict[str, list[dict[str, Any]]] = {
        MANAGEMENT: [_administrator(MANAGEMENT)],
        AUDIT: _audit(),
        LOGS: _logs(),
        TOOLING: _tooling(),
        SANDBOX: [_administrator(SANDBOX), _access(SANDBOX)],
    }
    for account, roles in small.items():
        files.put(f"{account}/global/{_DETAILS}", _details(roles, None))
        put_buckets(files, account, ["borealis-log-archive"] if account == LOGS else [])
    put_closed_bucket(files, LOGS, "borealis-log-archive", _archive())
    for account in ACCOUNTS:
        put_endpoints(files, account)


_DETAILS = "iam/get-account-authorization-details"


def _details(roles: list[dict[str, Any]], setting: Setting | None) -> dict[str, Any]:
    """The IAM of an account; users, groups and policies of its own are in the large one only."""
    users, groups, policies = [], [], []
    if setting is not None:
        users, groups, policies = user_rows(setting), group_rows(setting), own_policies(setting)
    rows = (*roles, *users, *groups)
    attached = {a["PolicyArn"] for row in rows for a in row["AttachedManagedPolicies"]}
    return {
        "UserDetailList": users,
        "GroupDetailList": groups,
        "RoleDetailList": roles,
        "Policies": [*policies, *aws_policies({arn for arn in attached if arn.startswith(AWS)})],
        "IsTruncated": False,
    }


def _administrator(account: str) -> dict[str, Any]:
    provider = {"Federated": f"arn:aws:iam::{account}:saml-provider/people"}
    signed = {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}
    who = trust(provider, signed, "sts:AssumeRoleWithSAML")
    path = "/aws-reserved/sso.amazonaws.com/eu-west-1/"
    return Role(account=account, attached=[AWS + "AdministratorAccess"]).row(path, "AWSReservedSSO_Administrator", who)


def _access(account: str) -> dict[str, Any]:
    management = trust({"AWS": f"arn:aws:iam::{MANAGEMENT}:root"})
    return Role(account=account, attached=[AWS + "AdministratorAccess"]).row(
        "/", "OrganizationAccountAccessRole", management
    )


def _audit() -> list[dict[str, Any]]:
    """Roles that look at the other accounts, and the one that acts in them."""
    rows = []
    for name in ("auditor", "responder"):
        who = trust({"AWS": f"arn:aws:iam::{AUDIT}:root"}, {"Bool": {"aws:MultiFactorAuthPresent": "true"}})
        inline = [allow("Assume", "sts:AssumeRole", f"arn:aws:iam::*:role/security/{name}")]
        rows.append(Role(account=AUDIT, inline=inline).row("/security/", name, who))
    return [*rows, _access(AUDIT)]


def _logs() -> list[dict[str, Any]]:
    inline = [allow("Collect", "sts:AssumeRole", "arn:aws:iam::*:role/security/log-collector")]
    collector = Role(account=LOGS, inline=inline).row("/", "collector", trust({"Service": "lambda.amazonaws.com"}))
    return [collector, _access(LOGS)]


def _archive() -> list[Statement]:
    """The trail of the organization may write to the archive."""
    trail = {"StringEquals": {"aws:SourceArn": f"arn:aws:cloudtrail:eu-west-1:{MANAGEMENT}:trail/organization"}}
    service = {"Service": "cloudtrail.amazonaws.com"}
    path = f"arn:aws:s3:::borealis-log-archive/AWSLogs/{LARGE}/*"
    return [
        to(service, allow("TrailAcl", "s3:GetBucketAcl", "arn:aws:s3:::borealis-log-archive", trail)),
        to(service, allow("Trail", "s3:PutObject", path, trail)),
    ]


def _tooling() -> list[dict[str, Any]]:
    """A pipeline for each team, started by the workflows of the team's repository."""
    rows = []
    for name in TEAMS:
        subject = {
            "StringEquals": {f"{CODE_HOST}:aud": "sts.amazonaws.com"},
            "StringLike": {f"{CODE_HOST}:sub": f"repo:{REPOSITORIES}/{name}:ref:refs/heads/main"},
        }
        provider = {"Federated": f"arn:aws:iam::{TOOLING}:oidc-provider/{CODE_HOST}"}
        who = trust(provider, subject, "sts:AssumeRoleWithWebIdentity")
        deploys = [f"arn:aws:iam::{LARGE}:role/{name}/*-deploy", f"arn:aws:iam::{LARGE}:role/platform/*"]
        inline = [
            allow("Deploy", "sts:AssumeRole", deploys),
            allow("Artifacts", ["s3:GetObject", "s3:PutObject", "s3:ListBucket"], f"arn:aws:s3:::borealis-{name}-*"),
            allow("Keys", ["kms:Decrypt", "kms:GenerateDataKey"], f"arn:aws:kms:*:{LARGE}:key/*"),
        ]
        rows.append(Role(account=TOOLING, inline=inline).row("/pipeline/", f"{name}-pipeline", who))
    return [*rows, _access(TOOLING)]
