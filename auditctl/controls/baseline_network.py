"""What an export says of networks in which nothing special is configured.

Untrusted. Used only to complete the snapshots of control tests. A region that has VPCs gets every list that an
export of a network has. A VPC gets a main route table and a network ACL that lets everything through, each route
table its local route; a security group lets everything out unless it says otherwise.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from auditctl.controls.json_schema import Json

_LISTS = {
    "vpcs": "Vpcs",
    "subnets": "Subnets",
    "network-interfaces": "NetworkInterfaces",
    "security-groups": "SecurityGroups",
    "network-acls": "NetworkAcls",
    "route-tables": "RouteTables",
    "internet-gateways": "InternetGateways",
    "vpn-gateways": "VpnGateways",
    "client-vpn-endpoints": "ClientVpnEndpoints",
    "vpc-peering-connections": "VpcPeeringConnections",
    "transit-gateway-attachments": "TransitGatewayAttachments",
}
_NETWORK = re.compile(r"([0-9]{12}/[^/]+)/(ec2|elb|elbv2)/.+")
# Members that the API gives as numbers; in YAML every scalar is text.
_NUMBERS = frozenset(
    "FromPort ToPort From To RuleNumber Port DeviceIndex LoadBalancerPort InstancePort Type Code".split()
)
_NUMBER = re.compile(r"-?[0-9]{1,9}")
_EVERYWHERE: Json = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]


def complete_networks(files: dict[str, Json]) -> None:
    """Complete the files of networks in place."""
    for path in [p for p in files if _NETWORK.fullmatch(p)]:
        files[path] = _with_numbers(files[path])
    for path in [p for p in files if p.endswith("/ec2/describe-vpcs.json")]:
        _complete_region(path.removesuffix("vpcs.json"), files)


def _with_numbers(content: Json, name: str = "") -> Json:
    match content:
        case dict():
            return {key: _with_numbers(value, key) for key, value in content.items()}
        case list():
            return [_with_numbers(value, name) for value in content]
        case str() if name in _NUMBERS and _NUMBER.fullmatch(content):
            return int(content)
        case _:
            return content


def _complete_region(prefix: str, files: dict[str, Json]) -> None:
    """Complete the lists of one region; `prefix` is what their paths begin with."""
    account = prefix.partition("/")[0]
    for name, member in _LISTS.items():
        files.setdefault(f"{prefix}{name}.json", {member: []})
    vpcs = {str(v.get("VpcId")): v for v in _rows(files, prefix, "vpcs")}
    subnets = {str(s.get("SubnetId")): s for s in _rows(files, prefix, "subnets")}
    for row in (*vpcs.values(), *subnets.values()):
        _fill(row, OwnerId=account, State="available")
    for row in subnets.values():
        _fill(row, AvailabilityZone="zone-a", AvailabilityZoneId="az1")
    for row in _rows(files, prefix, "network-interfaces"):
        subnet = subnets.get(str(row.get("SubnetId")), {})
        _fill(row, OwnerId=account, VpcId=subnet.get("VpcId"), InterfaceType="interface", SourceDestCheck=True)
    for row in _rows(files, prefix, "security-groups"):
        _fill(row, OwnerId=account, GroupName=row.get("GroupId"), IpPermissions=[], IpPermissionsEgress=_EVERYWHERE)
    _complete_acls(prefix, files, [*vpcs], subnets)
    _complete_tables(prefix, files, vpcs)


def _rows(files: dict[str, Json], prefix: str, name: str) -> Iterator[dict[str, Json]]:
    """Yield the objects of a list."""
    content = files[f"{prefix}{name}.json"]
    listed = content.get(_LISTS[name]) if isinstance(content, dict) else None
    yield from (row for row in (listed if isinstance(listed, list) else []) if isinstance(row, dict))


def _fill(row: dict[str, Json], **members: Json) -> None:
    for name, value in members.items():
        row.setdefault(name, value)


def _append(files: dict[str, Json], prefix: str, name: str, row: Json) -> None:
    content = files[f"{prefix}{name}.json"]
    listed = content.get(_LISTS[name]) if isinstance(content, dict) else None
    if isinstance(listed, list):
        listed.append(row)


def _complete_acls(prefix: str, files: dict[str, Json], vpcs: list[str], subnets: dict[str, dict[str, Json]]) -> None:
    """Put the subnets that no network ACL names into the default one of their VPC."""
    taken = {str(a.get("SubnetId")) for row in _rows(files, prefix, "network-acls") for a in _parts(row)}
    for vpc in vpcs:
        own = [name for name, row in subnets.items() if row.get("VpcId") == vpc and name not in taken]
        entries: list[Json] = [
            {"RuleNumber": 100, "RuleAction": "allow", "Egress": out, "Protocol": "-1", "CidrBlock": "0.0.0.0/0"}
            for out in (False, True)
        ]
        associations: list[Json] = [{"SubnetId": name} for name in own]
        row: Json = {
            "NetworkAclId": f"acl-default-{vpc.removeprefix('vpc-')}",
            "VpcId": vpc,
            "IsDefault": True,
            "Associations": associations,
            "Entries": entries,
        }
        _append(files, prefix, "network-acls", row)


def _parts(row: dict[str, Json]) -> Iterator[dict[str, Json]]:
    """Yield the associations of a network ACL or a route table."""
    listed = row.get("Associations")
    yield from (part for part in (listed if isinstance(listed, list) else []) if isinstance(part, dict))


def _complete_tables(prefix: str, files: dict[str, Json], vpcs: dict[str, dict[str, Json]]) -> None:
    """Give a VPC a main route table, and every table its local route."""
    having = {
        str(row.get("VpcId"))
        for row in _rows(files, prefix, "route-tables")
        if any(part.get("Main") is True for part in _parts(row))
    }
    for vpc in vpcs:
        if vpc not in having:
            main: list[Json] = [{"Main": True}]
            row: Json = {
                "RouteTableId": f"rtb-main-{vpc.removeprefix('vpc-')}",
                "VpcId": vpc,
                "Associations": main,
            }
            _append(files, prefix, "route-tables", row)
    for table in _rows(files, prefix, "route-tables"):
        vpc_row = vpcs.get(str(table.get("VpcId")), {})
        routes = table.get("Routes")
        local: Json = {"DestinationCidrBlock": vpc_row.get("CidrBlock"), "GatewayId": "local", "State": "active"}
        table["Routes"] = [local, *(routes if isinstance(routes, list) else [])]
