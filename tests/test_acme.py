"""The example organization: every outcome, byte for byte, and every planted mistake with its look-alike."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from auditctl.audit import audit, claims_of
from auditctl.controls import load_controls, read_parameters
from checkers.cloud.control import Control, parse_control
from checkers.cloud.inventory import Inventory
from checkers.cloud.snapshot import Snapshot

pytestmark = pytest.mark.xdist_group("acme")  # the claims are decided once

ROOT = Path(__file__).resolve().parent.parent
ACME = ROOT / "examples" / "acme"


BASE = ACME / "snapshot"


@cache
def controls() -> tuple[Control, ...]:
    """The controls of the project and of the example, with the example's parameters."""
    found = load_controls([ROOT / "policies", ACME / "controls"], read_parameters(ACME / "parameters.yaml"))
    return tuple(parse_control(c.document, c.id) for c in found)


def inventory(**changed: str) -> Inventory:
    """The export, with the text of some files exchanged."""
    files = {str(p.relative_to(BASE)): p.read_bytes for p in sorted(BASE.rglob("*.json"))}
    return Inventory(Snapshot({**files, **{path: text.encode for path, text in changed.items()}}))


@cache
def outcomes() -> dict[tuple[str, str], str]:
    """The outcome of every claim."""
    export = inventory()
    results = list(audit(claims_of(list(controls()), export), export))
    assert not [r.refused for r in results if r.refused]
    return {r.claim.id: r.outcome.value for r in results}


def test_the_outcomes_are_the_expected_ones() -> None:
    found = "".join(f"{outcome:12} {control} {target}\n" for (control, target), outcome in outcomes().items())
    assert found.encode() == (ACME / "expected.txt").read_bytes()


def bucket(name: str) -> str:
    return f"arn:aws:s3:::{name}"


def prod(path: str) -> str:
    return f"arn:aws:iam::222233334444:{path}"


def dev(path: str) -> str:
    return f"arn:aws:iam::333344445555:{path}"


def of_prod(service: str, path: str) -> str:
    return f"arn:aws:{service}:eu-west-1:222233334444:{path}"


def of_payments(service: str, path: str) -> str:
    return f"arn:aws:{service}:eu-west-1:555566667777:{path}"


def key(id: str) -> str:  # noqa: A002
    return of_prod("kms", f"key/{id}")


DESIGN, RENDERINGS = "20c27012-cb65-1836-ee85-0e63432b6666", "23d9e609-944b-8bfd-7643-6aadf6499e4a"
CARDS, PAYMENTS = "f981f7c9-d9d3-5f31-4ddf-8abf2cbf4f85", "f708c734-d035-7365-3b34-121e79e75f74"
FUNCTION, REPOSITORY = of_prod("lambda", "function:"), of_prod("ecr", "repository/")
POINT = of_prod("s3", "accesspoint/")
TRAIL_SETUP = "role/landing-zone/trail-setup"
SECRETS = {
    secret["Name"]: secret["ARN"]
    for secret in json.loads((BASE / "222233334444/eu-west-1/secretsmanager/list-secrets.json").read_bytes())[
        "SecretList"
    ]
}
REGION = "eu-west-1"
SHOP, BUILD = "vpc-e011aadbdf1a05d2d", "vpc-1247f584f9336d92c"
SHOP_ACCOUNT, BUILD_ACCOUNT, MANAGEMENT_ACCOUNT = "222233334444", "333344445555", "444455556666"


@cache
def named(account: str, operation: str, member: str, id_: str, name: str) -> str:
    """The id of what has a name in a list of EC2."""
    rows = json.loads((BASE / f"{account}/{REGION}/ec2/{operation}.json").read_bytes())[member]
    rows = [one for row in rows for one in row.get("Instances", [row])]
    return next(row[id_] for row in rows if {"Key": "Name", "Value": name} in row["Tags"])


def subnet(name: str, account: str = SHOP_ACCOUNT) -> str:
    return named(account, "describe-subnets", "Subnets", "SubnetId", name)


def security_group(name: str) -> str:
    return named(SHOP_ACCOUNT, "describe-security-groups", "SecurityGroups", "GroupId", name)


def instance(name: str, account: str = SHOP_ACCOUNT) -> str:
    return named(account, "describe-instances", "Reservations", "InstanceId", name)


MANAGEMENT = named(MANAGEMENT_ACCOUNT, "describe-vpcs", "Vpcs", "VpcId", "management")
# The number of the mistake in the README, the control that finds it, where it is, and where it is not.
PLANTED = [
    (1, "bucket-anonymous-access", bucket("acme-data-exchange"), bucket("acme-shared-artifacts")),
    (2, "bucket-anonymous-access", bucket("acme-partner-downloads"), bucket("acme-web-assets")),
    (3, "bucket-read-outside-organization", bucket("acme-design-assets"), bucket("acme-design-archive")),
    (4, "bucket-anonymous-access", bucket("acme-ml-training"), bucket("acme-ml-models")),
    (5, "bucket-read-outside-organization", bucket("acme-releases"), bucket("acme-releases-staging")),
    (6, "role-trust-outside-organization", prod("role/release/release-promoter"), prod("role/release/release-reader")),
    (7, "role-github-repositories", prod("role/ci/gha-deploy-web"), prod("role/ci/gha-deploy-shop")),
    (8, "role-github-repositories", dev("role/ci/gha-ci-tests"), dev("role/ci/gha-preview")),
    (9, "role-github-repositories", prod("role/ci/gha-terraform-plan"), prod("role/ci/gha-terraform-apply")),
    (10, "payroll-data", bucket("acme-data-p"), None),
    (11, "policy-administration", dev("policy/DeveloperAccess"), prod("policy/people/RequireMfa")),
    (12, "home-own-folder", prod("user/people/contractor-1"), prod("user/people/analyst-1")),
    (12, "home-archive-kept", prod("user/people/contractor-1"), prod("user/people/analyst-1")),
    (13, "role-pass-role", dev("role/ci-runner"), dev("role/deploy-functions")),
    (14, "role-escalation", prod("role/platform/policy-maintainer"), prod("role/platform/policy-reviewer")),
    (15, "role-trust-external-id", prod("role/vendor/vendor-monitoring"), dev("role/vendor/vendor-monitoring")),
    (16, "bucket-read-outside-organization", bucket("acme-contracts"), bucket("acme-contracts-archive")),
    (17, "people-mfa", prod("user/people/contractor-1"), prod("user/people/analyst-1")),
    (18, "bucket-transport-encryption", bucket("acme-alb-logs"), bucket("acme-org-trail")),
    (19, "queue-anonymous", "arn:aws:sqs:us-east-1:333344445555:preview-events", of_prod("sqs", "partner-callbacks")),
    (20, "queue-source-confused-deputy", of_prod("sqs", "orders-invoices"), of_prod("sqs", "orders-fulfilment")),
    (21, "topic-anonymous", of_prod("sns", "price-changes"), of_prod("sns", "orders")),
    (22, "topic-anonymous", of_payments("sns", "settlement-alarms"), None),
    (23, "key-outside-organization", key(DESIGN), key("23e98a32-5d10-9691-144b-341383f5881d")),
    (24, "key-outside-organization", key(RENDERINGS), key("cff84567-8404-94e8-eac5-bc400c75b424")),
    (25, "key-administration", of_payments("kms", f"key/{CARDS}"), of_payments("kms", f"key/{PAYMENTS}")),
    (26, "secret-outside-account", SECRETS["design/cdn-token"], SECRETS["shop/search-index"]),
    (27, "function-public", FUNCTION + "partner-webhook", FUNCTION + "partner-stock"),
    (28, "function-source-confused-deputy", FUNCTION + "invoice-archiver", FUNCTION + "image-resizer"),
    (29, "repository-outside-organization", REPOSITORY + "platform/base-images", REPOSITORY + "shop/api"),
    (30, "bucket-anonymous-access", bucket("acme-legacy-uploads"), bucket("acme-campaign-uploads")),
    (31, "access-point-public", POINT + "partner-feeds", POINT + "partner-feeds-internal"),
    (32, "endpoint-build", "333344445555", None),
    (33, "role-escalation", dev("role/data/notebook-runner"), dev("role/sandbox-experiments")),
    (34, "role-path-to-administrator", dev("role/teams/shop-developer"), dev("role/teams/web-developer")),
    (35, "role-boundary-required", dev("role/automation/shop-baseline"), dev("role/platform/role-factory")),
    (36, "role-audit-trail", "arn:aws:iam::111122223333:role/landing-zone/trail-setup", prod(TRAIL_SETUP)),
    (37, "account-root-user", "333344445555", "222233334444"),
    (38, "bucket-path-outside-organization", bucket("acme-contracts-archive"), bucket("acme-data-p")),
    (39, "vpc-database-internet", SHOP, BUILD),
    (40, "subnet-development", subnet("shop-app-a"), subnet("shop-app-b")),
    (41, "subnet-development", subnet("shop-app-a"), subnet("shop-data-b")),
    (42, "vpc-ssh-outside-bastions", BUILD, SHOP),
    (43, "vpc-rdp-outside-bastions", BUILD, SHOP),
    (44, "subnet-private-internet", subnet("shop-app-b"), subnet("shop-app-a")),
    (45, "vpc-egress-firewall", SHOP, MANAGEMENT),
    (46, "security-group-clients", security_group("orders-db"), security_group("sessions")),
    (47, "vpc-icmp-internet", BUILD, SHOP),
    (48, "vpc-management-inbound", MANAGEMENT, None),
    (49, "instance-bastion-access", instance("builder", BUILD_ACCOUNT), instance("shop-api-1")),
    (50, "releases-hosts", bucket("acme-releases"), bucket("acme-tfstate")),
    (51, "instance-internet-classified-data", instance("design-intake"), instance("ci-runner", BUILD_ACCOUNT)),
]


@pytest.mark.parametrize(("number", "control", "mistake", "look_alike"), PLANTED)
def test_a_planted_mistake_is_found_and_its_look_alike_is_not(
    number: int, control: str, mistake: str, look_alike: str | None
) -> None:
    assert f"\n| {number} | " in (ACME / "README.md").read_text()
    assert outcomes()[control, mistake] == "violated"
    if look_alike is not None:
        assert outcomes()[control, look_alike] == "holds"


@pytest.mark.parametrize(
    ("control", "target"),
    [
        ("bucket-anonymous-access", bucket("acme-hr-records")),
        ("bucket-hosts-and-roles", bucket("acme-hr-records")),
        ("bucket-path-outside-organization", bucket("acme-hr-records")),
        ("bucket-write-outside-organization", bucket("acme-legacy-uploads")),
        ("repository-outside-organization", "333344445555:repository:eu-west-1"),
    ],
)
def test_what_the_export_cannot_tell_is_left_open(control: str, target: str) -> None:
    assert outcomes()[control, target] == "inconclusive"


NOWHERE = '{"Targets": []}'
OPEN = json.dumps({
    "PublicAccessBlockConfiguration": dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False
    )
})
TARGETS = "111122223333/global/organizations/list-targets-for-policy"
IN_DEV = "333344445555/global/iam/get-account-authorization-details.json"
BLOCK = "222233334444/global/s3/get-public-access-block"


def without(path: str, text: str, instead: str) -> str:
    """A file of the export with a text exchanged that is in it."""
    content = (BASE / path).read_text()
    assert text in content
    return content.replace(text, instead)


def without_boundary(name: str) -> str:
    """The identities of dev without a permissions boundary."""
    details = json.loads((BASE / IN_DEV).read_bytes())
    for role in details["RoleDetailList"]:
        if role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", "").endswith(f"/{name}"):
            del role["PermissionsBoundary"]
    return json.dumps(details)


def attached(policy: str, target: str) -> str:
    """The targets of an organization policy with one more."""
    targets = json.loads((BASE / f"{TARGETS}/{policy}.json").read_bytes())
    return json.dumps({"Targets": [*targets["Targets"], {"TargetId": target, "Type": "ORGANIZATIONAL_UNIT"}]})


ENDPOINTS = "222233334444/eu-west-1/ec2/describe-vpc-endpoints.json"
INTERNAL = "222233334444/eu-west-1/s3control/get-access-point/partner-feeds-internal.json"
ACLS, SHOP_GROUPS, BUILD_GROUPS, SHOP_TABLES = (
    f"{SHOP_ACCOUNT}/{REGION}/ec2/describe-network-acls.json",
    f"{SHOP_ACCOUNT}/{REGION}/ec2/describe-security-groups.json",
    f"{BUILD_ACCOUNT}/{REGION}/ec2/describe-security-groups.json",
    f"{SHOP_ACCOUNT}/{REGION}/ec2/describe-route-tables.json",
)
TRANSIT = f"{MANAGEMENT_ACCOUNT}/{REGION}/ec2/search-transit-gateway-routes"


def transit_routes(name: str) -> str:
    """The file of the routes of a table of the transit gateway."""
    member = "TransitGatewayRouteTables"
    table = named(
        MANAGEMENT_ACCOUNT, "describe-transit-gateway-route-tables", member, "TransitGatewayRouteTableId", name
    )
    return f"{TRANSIT}/{table}.json"


DEVELOPMENT, ANSWERS = transit_routes("development"), transit_routes("production")
# What holds because of one setting: the control, the target, the file, and that file without the setting.
SAVED = [
    ("queue-anonymous", of_payments("sqs", "settlements"), f"{TARGETS}/p-3hb8f6ws.json", NOWHERE),
    ("bucket-anonymous-access", bucket("acme-payments-statements"), f"{TARGETS}/p-3hb8f6ws.json", NOWHERE),
    ("bucket-anonymous-access", bucket("acme-campaign-uploads"), f"{BLOCK}/acme-campaign-uploads.json", OPEN),
    ("bucket-anonymous-access", bucket("acme-press-kit"), f"{BLOCK}/acme-press-kit.json", OPEN),
    ("access-point-public", POINT + "partner-feeds-internal", INTERNAL, without(INTERNAL, '"VPC"', '"Internet"')),
    ("endpoint-shop", "222233334444", ENDPOINTS, without(ENDPOINTS, "arn:aws:s3:::acme-*", "*")),
    ("account-leave-organization", "555566667777", f"{TARGETS}/p-8sk2v0qd.json", NOWHERE),
    ("account-regions", "222233334444", f"{TARGETS}/p-1mz7e4hn.json", NOWHERE),
    ("account-root-user", "222233334444", f"{TARGETS}/p-0rc6u8ya.json", NOWHERE),
    ("role-audit-trail", prod(TRAIL_SETUP), f"{TARGETS}/p-5tq9w3xb.json", NOWHERE),
    (
        "user-cloudshell-transfer",
        dev("user/developer-1"),
        f"{TARGETS}/p-FullAWSAccess.json",
        attached("p-FullAWSAccess", "ou-ac1d-d3v9xk4p"),
    ),
    ("role-escalation", dev("role/sandbox-experiments"), IN_DEV, without_boundary("SandboxBoundary")),
    ("role-path-to-administrator", dev("role/teams/web-developer"), IN_DEV, without_boundary("AutomationBoundary")),
    ("subnet-development", subnet("shop-data-b"), ACLS, without(ACLS, '"RuleNumber": 90', '"RuleNumber": 190')),
    ("subnet-development", subnet("shop-app-b"), DEVELOPMENT, without(DEVELOPMENT, "10.20.16.0/24", "10.20.16.0/23")),
    ("vpc-icmp-internet", SHOP, SHOP_GROUPS, without(SHOP_GROUPS, '"FromPort": 3,', '"FromPort": 8,')),
    ("vpc-ssh-outside-bastions", SHOP, SHOP_GROUPS, without(SHOP_GROUPS, "10.40.0.10/32", "10.40.0.0/16")),
    ("instance-bastion-access", instance("shop-api-1"), ANSWERS, without(ANSWERS, "10.40.0.0/16", "10.40.9.0/28")),
]


@pytest.mark.parametrize(("control", "target", "path", "text"), SAVED, ids=[f"{s[0]} {s[1]}" for s in SAVED])
def test_what_is_saved_by_one_setting_is_a_violation_without_it(
    control: str, target: str, path: str, text: str
) -> None:
    assert outcomes()[control, target] == "holds"
    export = inventory(**{path: text})
    (claim,) = [c for c in claims_of([c for c in controls() if c.id == control], export) if c.id[1] == target]
    (result,) = audit([claim], export)
    assert result.outcome.value == "violated"


BUILD_ACLS = f"{BUILD_ACCOUNT}/{REGION}/ec2/describe-network-acls.json"
MANAGEMENT_GROUPS = f"{MANAGEMENT_ACCOUNT}/{REGION}/ec2/describe-security-groups.json"
AGENCIES = '"CidrIp": "{}",\n              "Description": "agencies"'
(CORPORATE,) = (
    p.relative_to(BASE).as_posix()
    for p in BASE.glob(f"{SHOP_ACCOUNT}/{REGION}/ec2/get-managed-prefix-list-entries/*.json")
    if b"management" in p.read_bytes()
)
# The mistakes of the network that one text of one file makes: the number, the file, that text, and how it were right.
REPAIRS = [
    (40, DEVELOPMENT, "10.20.16.0/24", "10.20.200.0/24"),
    (41, ACLS, '"RuleNumber": 200', '"RuleNumber": 50'),
    (42, BUILD_GROUPS, '"FromPort": 20,', '"FromPort": 23,'),
    (43, BUILD_GROUPS, "3389", "3390"),
    (46, CORPORATE, "10.40.0.0/16", "10.20.64.0/20"),
    (47, BUILD_GROUPS, '"FromPort": -1,', '"FromPort": 3,'),
    (48, MANAGEMENT_GROUPS, "10.0.0.0/8", "10.99.0.0/16"),
    (49, BUILD_ACLS, '"To": 80', '"To": 65535'),
    (50, BUILD_GROUPS, '"FromPort": 20,', '"FromPort": 23,'),
    (51, SHOP_GROUPS, AGENCIES.format("0.0.0.0/0"), AGENCIES.format("10.99.0.0/16")),
]


@pytest.mark.parametrize(("number", "path", "text", "instead"), REPAIRS)
def test_a_mistake_of_the_network_is_the_only_cause_of_its_violation(
    number: int, path: str, text: str, instead: str
) -> None:
    (control, target) = next((control, mistake) for n, control, mistake, _ in PLANTED if n == number)
    export = inventory(**{path: without(path, text, instead)})
    (claim,) = [c for c in claims_of([c for c in controls() if c.id == control], export) if c.id[1] == target]
    (result,) = audit([claim], export)
    assert result.outcome.value == "holds"
