"""The tables of docs/planned.md: the types of resources that are read. `python tests/planned/read_types.py` writes them."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs/planned.md"
HEAD = "| what | types of resources |\n|---|---|\n"
_TABLE = re.compile(re.escape(HEAD) + r"(?:\|[^\n]*\n)*")
# What a row is about, and the types of Terraform and of CloudFormation that are in it; the first that fits counts.
GROUPS = (
    ("identities and their policies", r"aws_iam_", r"AWS::IAM::"),
    ("buckets and access points", r"aws_s3", r"AWS::S3"),
    ("keys", r"aws_kms_", r"AWS::KMS::"),
    ("queues and topics", r"aws_(sqs|sns)_", r"AWS::(SQS|SNS)::"),
    ("functions", r"aws_lambda_", r"AWS::Lambda::"),
    ("secrets", r"aws_secretsmanager_", r"AWS::SecretsManager::"),
    ("repositories", r"aws_ecr_", r"AWS::ECR::"),
    ("load balancers", r"aws_(alb|elb|lb)(_|$)", r"AWS::ElasticLoadBalancing"),
    ("transit gateways", r"aws_ec2_transit_gateway", r"AWS::EC2::TransitGateway"),
    ("endpoints", r"aws_vpc_endpoint", r"AWS::EC2::VPCEndpoint"),
    (
        "security groups, network ACLs, prefix lists",
        r"aws_(default_(network_acl|security_group)|ec2_managed_prefix|network_acl|security_group|vpc_security_group)",
        r"AWS::EC2::(SecurityGroup|NetworkAcl|SubnetNetworkAcl|PrefixList)",
    ),
    (
        "VPCs, subnets, routes, gateways, peering",
        r"aws_(default_|egress_only|internet_gateway|main_route|nat_gateway|route|subnet|vpc|vpn)",
        r"AWS::EC2::(VPC|VPN|Subnet|Route|InternetGateway|EgressOnly|NatGateway|Gateway)",
    ),
    (
        "instances, interfaces, addresses",
        r"aws_(autoscaling|eip|instance|launch|network_interface|ec2_)",
        r"AWS::(EC2|AutoScaling)::",
    ),
    ("services with interfaces in subnets", r"", r""),
)


def table(types: frozenset[str], column: int) -> str:
    """The table of some types; `column` is that of their patterns in `GROUPS`."""
    left, rows = set(types), []
    for group in GROUPS:
        found = sorted(name for name in left if re.match(group[column], name))
        left -= set(found)
        if found:
            rows.append(f"| {group[0]} | {', '.join(f'`{name}`' for name in found)} |\n")
    return HEAD + "".join(rows)


def page() -> str:
    """The page with its tables as they have to be."""
    from auditctl.planned import cloudformation, terraform

    tables = [table(terraform.types_read(), 1), table(cloudformation.types_read(), 2)]
    return _TABLE.sub(lambda _: tables.pop(0), PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    PAGE.write_text(page(), encoding="utf-8")
