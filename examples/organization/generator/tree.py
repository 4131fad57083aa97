"""The organization: its tree, service control policies and resource control policies."""

from typing import Any

from generator.files import Files
from generator.setting import ACCOUNTS, AUDIT, LARGE, LOGS, MANAGEMENT, ORGANIZATION, PARTNER, REGIONS, SANDBOX, TOOLING
from generator.setting import REPOSITORIES as CODE
from generator.statements import Document, allow, as_text, deny, deny_all_but, document, to

ROOT = "r-b0re"
SECURITY, WORKLOADS, SANDBOXES = "ou-b0re-security1", "ou-b0re-workload1", "ou-b0re-sandboxes"
PRODUCTION, SHARED = "ou-b0re-product01", "ou-b0re-shared001"
COMMERCE = "ou-b0re-commerce1"
PARENTS = {
    SECURITY: ROOT,
    WORKLOADS: ROOT,
    SANDBOXES: ROOT,
    PRODUCTION: WORKLOADS,
    SHARED: WORKLOADS,
    COMMERCE: PRODUCTION,
    MANAGEMENT: ROOT,
    AUDIT: SECURITY,
    LOGS: SECURITY,
    TOOLING: SHARED,
    LARGE: COMMERCE,
    SANDBOX: SANDBOXES,
}
SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
PLATFORM = {"ArnNotLike": {"aws:PrincipalArn": ["arn:aws:iam::*:role/platform/*", "arn:aws:iam::*:role/security/*"]}}
# Actions of global services, which are in no region of ours.
GLOBAL = (
    "account:*", "aws-portal:*", "budgets:*", "ce:*", "cloudfront:*", "health:*", "iam:*", "kms:*", "organizations:*",
    "route53:*", "s3:GetAccountPublic*", "s3:GetBucket*", "s3:GetObject*", "s3:ListAllMyBuckets", "s3:ListBucket*",
    "s3:PutAccountPublic*", "shield:*", "sts:*", "support:*", "trustedadvisor:*", "waf:*",
)  # fmt: skip


def service_control_policies() -> dict[str, tuple[str, Document, tuple[str, ...]]]:
    """Name, document and targets of each, by id."""
    leaving = deny("DenyLeaving", ["organizations:LeaveOrganization", "account:CloseAccount"], "*")
    trails = [
        "cloudtrail:DeleteTrail",
        "cloudtrail:StopLogging",
        "cloudtrail:UpdateTrail",
        "cloudtrail:PutEventSelectors",
    ]
    detection = ["guardduty:DeleteDetector", "guardduty:DisassociateFromMasterAccount", "config:DeleteConfigRule",
                 "config:DeleteConfigurationRecorder", "config:StopConfigurationRecorder"]  # fmt: skip
    root = deny("DenyRoot", "*", "*", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}})
    regions = deny_all_but("DenyRegions", GLOBAL, {"StringNotEquals": {"aws:RequestedRegion": REGIONS}, **PLATFORM})
    users = ["iam:CreateUser", "iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:CreateSAMLProvider",
             "iam:CreateOpenIDConnectProvider", "iam:UpdateSAMLProvider"]  # fmt: skip
    block = ["s3:PutAccountPublicAccessBlock", "ec2:DisableEbsEncryptionByDefault", "ram:CreateResourceShare"]
    costly = ["ec2:PurchaseReservedInstancesOffering", "savingsplans:*", "route53domains:*", "sagemaker:Create*"]
    return {
        "p-FullAWSAccess": ("FullAWSAccess", document([allow("", "*", "*")]), (ROOT, *PARENTS)),
        "p-leaving01": ("deny-leaving", document([leaving]), (ROOT,)),
        "p-logging01": ("protect-logging", document([deny("DenyTrails", trails, "*", PLATFORM),
                                                     deny("DenyDetection", detection, "*", PLATFORM)]), (ROOT,)),
        "p-denyroot1": ("deny-root", document([root]), (WORKLOADS, SANDBOXES)),
        "p-regions01": ("deny-regions", document([regions]), (PRODUCTION, SANDBOXES)),
        "p-identity1": ("protect-identity", document([deny("DenyUsers", users, "*", PLATFORM)]), (WORKLOADS,)),
        "p-exposure1": ("protect-exposure", document([deny("DenyExposure", block, "*", PLATFORM)]), (COMMERCE, LARGE)),
        "p-sandbox01": ("sandbox", document([deny("DenyCostly", costly, "*")]), (SANDBOXES, SANDBOX)),
    }  # fmt: skip


def resource_control_policies() -> dict[str, tuple[str, Document, tuple[str, ...]]]:
    """Name, document and targets of each, by id."""
    outsiders = {
        "StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION, "aws:PrincipalAccount": [PARTNER]},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    }
    deputies = {
        "StringNotEqualsIfExists": {"aws:SourceOrgID": ORGANIZATION},
        "Null": {"aws:SourceAccount": "false"},
        "Bool": {"aws:PrincipalIsAWSService": "true"},
    }
    host = "token.actions.githubusercontent.com"
    strangers = {"StringNotLikeIfExists": {f"{host}:sub": f"repo:{CODE}/*"}, "Null": {f"{host}:sub": "false"}}
    web = [f"arn:aws:s3:::*-{kind}-*{rest}" for kind in ("assets", "shared") for rest in ("", "/*")]
    plain = {"BoolIfExists": {"aws:SecureTransport": "false"}}
    keys = ["kms:*", "secretsmanager:*", "sqs:*"]
    storage = to("*", deny("DenyOutsidersStorage", ["s3:*"], "*", outsiders))
    storage = {name: value for name, value in storage.items() if name != "Resource"} | {"NotResource": web}
    perimeter = document([storage, to("*", deny("DenyOutsiders", keys, "*", outsiders))])
    confused = document([to("*", deny("DenyDeputies", ["s3:*", *keys], "*", deputies))])
    tokens = document([to("*", deny("DenyTokens", "sts:AssumeRoleWithWebIdentity", "*", strangers))])
    transport = document([to("*", deny("DenyPlain", ["s3:*", *keys], "*", plain))])
    everything = document([to("*", allow("", "*", "*"))])
    return {
        "p-RCPFullAWSAccess": ("RCPFullAWSAccess", everything, (ROOT, *PARENTS)),
        "p-perimeter": ("perimeter", perimeter, (ROOT,)),
        "p-deputies1": ("confused-deputies", confused, (WORKLOADS,)),
        "p-tokens001": ("code-host-tokens", tokens, (ROOT,)),
        "p-transport": ("transport", transport, (PRODUCTION,)),
    }


def put_tree(files: Files) -> None:
    """Everything that the management account can tell of the organization."""
    for account in ACCOUNTS:
        files.put(f"{account}/global/organizations/describe-organization", {"Organization": _organization()})
    folder = f"{MANAGEMENT}/global/organizations"
    rows = [{"Id": i, "Arn": _arn("account", i), "Name": name, "Status": "ACTIVE"} for i, name in ACCOUNTS.items()]
    files.put(f"{folder}/list-accounts", {"Accounts": rows})
    types = [{"Type": kind, "Status": "ENABLED"} for kind in (SCP, RCP)]
    files.put(
        f"{folder}/list-roots",
        {"Roots": [{"Id": ROOT, "Arn": _arn("root", ROOT), "Name": "Root", "PolicyTypes": types}]},
    )
    for child, parent in PARENTS.items():
        kind = "ROOT" if parent == ROOT else "ORGANIZATIONAL_UNIT"
        files.put(f"{folder}/list-parents/{child}", {"Parents": [{"Id": parent, "Type": kind}]})
    for kind, policies in ((SCP, service_control_policies()), (RCP, resource_control_policies())):
        summaries = [_put_policy(files, kind, i, *policy) for i, policy in policies.items()]
        files.put(f"{folder}/list-policies/{kind}", {"Policies": summaries})


def _put_policy(
    files: Files, kind: str, policy: str, name: str, body: Document, targets: tuple[str, ...]
) -> dict[str, Any]:
    """One policy with its targets; the row of the list."""
    folder = f"{MANAGEMENT}/global/organizations"
    is_aws = "FullAWSAccess" in policy
    arn = (
        f"arn:aws:organizations::aws:policy/{kind.lower()}/{policy}"
        if is_aws
        else _arn(f"policy/{kind.lower()}", policy)
    )
    row = {"Id": policy, "Arn": arn, "Name": name, "Description": name, "Type": kind, "AwsManaged": is_aws}
    files.put(f"{folder}/describe-policy/{policy}", {"Policy": {"PolicySummary": row, "Content": as_text(body)}})
    rows = [{"TargetId": t, "Arn": _arn("target", t), "Name": t, "Type": _kind(t)} for t in targets]
    files.put(f"{folder}/list-targets-for-policy/{policy}", {"Targets": rows})
    return row


def _kind(target: str) -> str:
    return "ROOT" if target == ROOT else "ACCOUNT" if target in ACCOUNTS else "ORGANIZATIONAL_UNIT"


def _organization() -> dict[str, Any]:
    return {
        "Id": ORGANIZATION,
        "Arn": f"arn:aws:organizations::{MANAGEMENT}:organization/{ORGANIZATION}",
        "FeatureSet": "ALL",
        "MasterAccountArn": _arn("account", MANAGEMENT),
        "MasterAccountId": MANAGEMENT,
    }


def _arn(kind: str, name: str) -> str:
    return f"arn:aws:organizations::{MANAGEMENT}:{kind}/{ORGANIZATION}/{name}"
