"""The transit gateways of the hub: attachments, and route tables for development, production and what is shared."""

from collections.abc import Iterator
from ipaddress import IPv4Network

from generator.files import Files, Row, tags
from generator.mistakes import Mistake, transit_table
from generator.setting import (
    ACCOUNTS,
    DEVELOPMENT,
    HUB,
    PRODUCTION,
    REGIONS,
    SHARED,
    TABLE,
    TIME,
    Addresses,
    Setting,
)
from generator.vpcs import APP, DATA, Vpc

_TABLES = (DEVELOPMENT, PRODUCTION, SHARED)


def put_transit(
    files: Files, setting: Setting, addresses: Addresses, vpcs: list[Vpc], mistakes: dict[str, Mistake]
) -> None:
    """One gateway in each region, peered with the other one."""
    for region in REGIONS:
        hub = _Hub(setting, addresses, vpcs, region)
        hub.put_gateway(files)
        hub.put_attachments(files)
        hub.put_tables(files, [m for m in mistakes.values() if m.vpc.isolation == TABLE and m.source.region == region])


class _Hub:
    """The transit gateway of one region."""

    def __init__(self, setting: Setting, addresses: Addresses, vpcs: list[Vpc], region: str) -> None:
        self.setting, self.addresses, self.region = setting, addresses, region
        self.id = setting.id("tgw", region)
        self.other = next(r for r in REGIONS if r != region)
        self.peering = setting.id("tgw-attach", "peering")
        self.near = [v for v in vpcs if v.region == region]
        self.far = [v for v in vpcs if v.region != region]

    def put_gateway(self, files: Files) -> None:
        """The gateway, as every account sees it."""
        options = {
            "AmazonSideAsn": 64512 + REGIONS.index(self.region),
            "AutoAcceptSharedAttachments": "enable",
            "DefaultRouteTableAssociation": "disable",
            "DefaultRouteTablePropagation": "disable",
            "VpnEcmpSupport": "enable",
            "DnsSupport": "enable",
            "SecurityGroupReferencingSupport": "disable",
            "MulticastSupport": "disable",
        }
        row = {
            "TransitGatewayId": self.id,
            "TransitGatewayArn": f"arn:aws:ec2:{self.region}:{HUB}:transit-gateway/{self.id}",
            "State": "available",
            "OwnerId": HUB,
            "Description": "hub",
            "CreationTime": TIME,
            "Options": options,
            "Tags": [],
        }
        for account in ACCOUNTS:
            files.add(account, self.region, "describe-transit-gateways", row)

    # Attachments: the hub sees all of them, another account its own.

    def put_attachments(self, files: Files) -> None:
        """The VPCs of the region, and the peering with the other gateway."""
        for vpc in self.near:
            for account in dict.fromkeys((HUB, vpc.account)):
                files.add(account, self.region, "describe-transit-gateway-attachments", self._row(vpc))
                files.add(account, self.region, "describe-transit-gateway-vpc-attachments", self._vpc_row(vpc))
        files.add(HUB, self.region, "describe-transit-gateway-attachments", self._peering_row())
        files.add(HUB, self.region, "describe-transit-gateway-peering-attachments", self._peering_ends())

    def _row(self, vpc: Vpc) -> Row:
        return {
            "TransitGatewayAttachmentId": vpc.attachment,
            "TransitGatewayId": self.id,
            "TransitGatewayOwnerId": HUB,
            "ResourceOwnerId": vpc.account,
            "ResourceType": "vpc",
            "ResourceId": vpc.id,
            "State": "available",
            "Association": self._association(vpc.environment),
            "CreationTime": TIME,
            "Tags": tags(Name=vpc.name),
        }

    def _association(self, table: str) -> Row:
        return {"TransitGatewayRouteTableId": transit_table(self.setting, self.region, table), "State": "associated"}

    def _vpc_row(self, vpc: Vpc) -> Row:
        options = {
            "DnsSupport": "enable",
            "SecurityGroupReferencingSupport": "disable",
            "Ipv6Support": "disable",
            "ApplianceModeSupport": "disable",
        }
        return {
            "TransitGatewayAttachmentId": vpc.attachment,
            "TransitGatewayId": self.id,
            "VpcId": vpc.id,
            "VpcOwnerId": vpc.account,
            "State": "available",
            "SubnetIds": [s.id for s in vpc.of(APP)],
            "CreationTime": TIME,
            "Options": options,
            "Tags": tags(Name=vpc.name),
        }

    def _peering_row(self) -> Row:
        return {
            "TransitGatewayAttachmentId": self.peering,
            "TransitGatewayId": self.id,
            "TransitGatewayOwnerId": HUB,
            "ResourceOwnerId": HUB,
            "ResourceType": "peering",
            "ResourceId": self.setting.id("tgw", self.other),
            "State": "available",
            "Association": self._association(SHARED),
            "CreationTime": TIME,
            "Tags": [],
        }

    def _peering_ends(self) -> Row:
        ends = [
            {"TransitGatewayId": self.setting.id("tgw", region), "OwnerId": HUB, "Region": region} for region in REGIONS
        ]
        return {
            "TransitGatewayAttachmentId": self.peering,
            "RequesterTgwInfo": ends[0],
            "AccepterTgwInfo": ends[1],
            "State": "available",
            "CreationTime": TIME,
            "Tags": [],
        }

    # Route tables: of each environment its own. What comes from the other gateway meets the shared one.

    def put_tables(self, files: Files, mistakes: list[Mistake]) -> None:
        """Every table, with what it is associated with, what propagates to it, and its routes."""
        for name in _TABLES:
            table = transit_table(self.setting, self.region, name)
            files.add(HUB, self.region, "describe-transit-gateway-route-tables", self._table_row(table, name))
            associated = [_end(v) | {"State": "associated"} for v in self.near if v.environment == name]
            if name == SHARED:
                associated.append(self._peering_end() | {"State": "associated"})
            reached = [v for v in self.near if self._leads_to(name, v)]
            propagated = [_end(v) | {"State": "enabled"} for v in reached]
            routes = [_route(v.block, _end(v), "propagated") for v in reached]
            routes += self._static(name)
            if name == DEVELOPMENT:
                routes += [self._mistaken(m) for m in mistakes]
            folder = "ec2/get-transit-gateway-route-table"
            files.put(HUB, self.region, f"{folder}-associations/{table}", {"Associations": associated})
            member = "TransitGatewayRouteTablePropagations"
            files.put(HUB, self.region, f"{folder}-propagations/{table}", {member: propagated})
            answer = {"Routes": routes, "AdditionalRoutesAvailable": False}
            files.put(HUB, self.region, f"ec2/search-transit-gateway-routes/{table}", answer)

    def _table_row(self, table: str, name: str) -> Row:
        return {
            "TransitGatewayRouteTableId": table,
            "TransitGatewayId": self.id,
            "State": "available",
            "DefaultAssociationRouteTable": False,
            "DefaultPropagationRouteTable": False,
            "CreationTime": TIME,
            "Tags": tags(Name=name),
        }

    def _leads_to(self, name: str, vpc: Vpc) -> bool:
        """Whether a table has a route to a VPC: that of development has none to those that it isolates."""
        return name != DEVELOPMENT or vpc.isolation != TABLE

    def _static(self, name: str) -> Iterator[Row]:
        """Routes to the other region, and black holes in place of some routes that are left out."""
        environments = (DEVELOPMENT, SHARED) if name == DEVELOPMENT else _TABLES
        for environment in environments:
            for block in self.addresses.ranges(environment, self.other):
                yield _route(block, self._peering_end(), "static")
        if name == DEVELOPMENT:
            for vpc in self.far:
                if vpc.environment == PRODUCTION and vpc.isolation != TABLE:
                    yield _route(vpc.block, self._peering_end(), "static")
            for vpc in (*self.near, *self.far):
                if vpc.isolation == TABLE and self.setting.random(f"hole {self.region} {vpc.name}").random() < 0.5:  # noqa: PLR2004
                    yield {"DestinationCidrBlock": str(vpc.block), "Type": "static", "State": "blackhole"}

    def _mistaken(self, mistake: Mistake) -> Row:
        vpc = mistake.vpc
        return _route(vpc.of(DATA)[0].block, _end(vpc) if vpc in self.near else self._peering_end(), "static")

    def _peering_end(self) -> Row:
        other = self.setting.id("tgw", self.other)
        return {"TransitGatewayAttachmentId": self.peering, "ResourceId": other, "ResourceType": "peering"}


def _end(vpc: Vpc) -> Row:
    return {"TransitGatewayAttachmentId": vpc.attachment, "ResourceId": vpc.id, "ResourceType": "vpc"}


def _route(block: IPv4Network, end: Row, kind: str) -> Row:
    return {
        "DestinationCidrBlock": str(block),
        "TransitGatewayAttachments": [end],
        "Type": kind,
        "State": "active",
    }
