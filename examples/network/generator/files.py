"""The files of a snapshot while it is made."""

import json
from pathlib import Path
from typing import Any

from generator.setting import ACCOUNTS, REGIONS, TIME

Row = dict[str, Any]

# The member of each answer that is a list. Every account says so much of every region.
LISTS = {
    "ec2/describe-addresses": "Addresses",
    "ec2/describe-carrier-gateways": "CarrierGateways",
    "ec2/describe-client-vpn-endpoints": "ClientVpnEndpoints",
    "ec2/describe-egress-only-internet-gateways": "EgressOnlyInternetGateways",
    "ec2/describe-instances": "Reservations",
    "ec2/describe-internet-gateways": "InternetGateways",
    "ec2/describe-local-gateways": "LocalGateways",
    "ec2/describe-managed-prefix-lists": "PrefixLists",
    "ec2/describe-nat-gateways": "NatGateways",
    "ec2/describe-network-acls": "NetworkAcls",
    "ec2/describe-network-interfaces": "NetworkInterfaces",
    "ec2/describe-route-tables": "RouteTables",
    "ec2/describe-security-groups": "SecurityGroups",
    "ec2/describe-subnets": "Subnets",
    "ec2/describe-transit-gateway-attachments": "TransitGatewayAttachments",
    "ec2/describe-transit-gateway-peering-attachments": "TransitGatewayPeeringAttachments",
    "ec2/describe-transit-gateway-route-tables": "TransitGatewayRouteTables",
    "ec2/describe-transit-gateway-vpc-attachments": "TransitGatewayVpcAttachments",
    "ec2/describe-transit-gateways": "TransitGateways",
    "ec2/describe-vpc-block-public-access-exclusions": "VpcBlockPublicAccessExclusions",
    "ec2/describe-vpc-endpoints": "VpcEndpoints",
    "ec2/describe-vpc-peering-connections": "VpcPeeringConnections",
    "ec2/describe-vpcs": "Vpcs",
    "ec2/describe-vpn-connections": "VpnConnections",
    "ec2/describe-vpn-gateways": "VpnGateways",
    "elb/describe-load-balancers": "LoadBalancerDescriptions",
    "elbv2/describe-load-balancers": "LoadBalancers",
    "elbv2/describe-target-groups": "TargetGroups",
}


class Files:
    """Answers, by path. Those that are lists grow row by row."""

    def __init__(self) -> None:
        self._answers: dict[str, Row] = {}
        for account in ACCOUNTS:
            for region in REGIONS:
                for operation, member in LISTS.items():
                    self.put(account, region, operation, {member: []})
                options = {"AwsAccountId": account, "AwsRegion": region, "InternetGatewayBlockMode": "off"}
                answer = {"VpcBlockPublicAccessOptions": options | {"State": "default-state"}}
                self.put(account, region, "ec2/describe-vpc-block-public-access-options", answer)

    def put(self, account: str, region: str, operation: str, answer: Row) -> None:
        """What a call returned."""
        self._answers[f"{account}/{region}/{operation}.json"] = answer

    def add(self, account: str, region: str, operation: str, *rows: Row) -> None:
        """More rows of a list that EC2 returned."""
        operation = f"ec2/{operation}"
        self._answers[f"{account}/{region}/{operation}.json"][LISTS[operation]].extend(rows)

    def write(self, directory: Path) -> int:
        """Write the snapshot; how many files it has."""
        manifest = {
            "format": "auditctl-snapshot/1",
            "time": TIME,
            "tool": "examples/network.py",
            "accounts": [{"id": i, "name": name, "partition": "aws"} for i, name in ACCOUNTS.items()],
            "errors": [],
        }
        for name, answer in {"snapshot.json": manifest, **self._answers}.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_text(answer), encoding="utf-8")
        return len(self._answers) + 1


def _text(answer: Row) -> str:
    """JSON with one line for each row of a list: as readable as a large file can be, and fast to write."""
    members = [f"{json.dumps(name)}: {_value(value)}" for name, value in answer.items()]
    return "{\n" + ",\n".join(members) + "\n}\n"


def _value(value: object) -> str:
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(map(json.dumps, value)) + "\n]"
    return json.dumps(value)


def tags(**values: str) -> list[Row]:
    """Tags as EC2 writes them."""
    return [{"Key": key, "Value": value} for key, value in values.items()]
