"""VPCs of a template: subnets, gateways, route tables, peering and endpoints. Untrusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditctl.planned.cloudformation.values import NotKnown
from auditctl.planned.things import (
    Endpoint,
    InternetGateway,
    NatGateway,
    Peering,
    PrefixList,
    Route,
    RouteTable,
    Subnet,
    Vpc,
    VpnGateway,
)

if TYPE_CHECKING:
    from auditctl.planned.cloudformation.estate import Estate, Row

_VPC, _BLOCK, _SUBNET = "AWS::EC2::VPC", "AWS::EC2::VPCCidrBlock", "AWS::EC2::Subnet"
_IGW, _EGRESS_ONLY, _VGW = "AWS::EC2::InternetGateway", "AWS::EC2::EgressOnlyInternetGateway", "AWS::EC2::VPNGateway"
_ATTACHMENT, _NAT, _EIP = "AWS::EC2::VPCGatewayAttachment", "AWS::EC2::NatGateway", "AWS::EC2::EIP"
_TABLE, _ROUTE, _PEERING = "AWS::EC2::RouteTable", "AWS::EC2::Route", "AWS::EC2::VPCPeeringConnection"
_ASSOCIATION, _ENDPOINT, _LIST = (
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPCEndpoint",
    "AWS::EC2::PrefixList",
)
_GATEWAY_TABLE = "AWS::EC2::GatewayRouteTableAssociation"
READ = frozenset({
    _VPC,
    _BLOCK,
    _SUBNET,
    _IGW,
    _EGRESS_ONLY,
    _VGW,
    _ATTACHMENT,
    _NAT,
    _TABLE,
    _ROUTE,
    _ASSOCIATION,
    _GATEWAY_TABLE,
    _PEERING,
    _ENDPOINT,
    _LIST,
})
# What a route may lead to.
_TARGETS = (
    "CarrierGatewayId",
    "CoreNetworkArn",
    "EgressOnlyInternetGatewayId",
    "GatewayId",
    "InstanceId",
    "LocalGatewayId",
    "NatGatewayId",
    "NetworkInterfaceId",
    "TransitGatewayId",
    "VpcEndpointId",
    "VpcPeeringConnectionId",
)
_GATEWAY = "Gateway"


def add_vpcs(estate: Estate) -> None:
    """Add VPCs and what they are made of."""
    blocks = _blocks(estate)
    estate.each(lambda row: _vpc(row, blocks.get(row.attribute(), [])), _VPC)
    estate.each(_subnet, _SUBNET)
    attached = _attachments(estate)
    estate.each(
        lambda row: InternetGateway(**row.common, id=row.attribute(), vpc=attached.get(row.attribute(), "")), _IGW
    )
    estate.each(lambda row: VpnGateway(**row.common, id=row.attribute(), vpc=attached.get(row.attribute(), "")), _VGW)
    estate.each(_egress_only, _EGRESS_ONLY)
    addresses = {row.attribute("AllocationId"): row.attribute("PublicIp") for row in estate.of(_EIP)}
    estate.each(lambda row: _nat(row, addresses), _NAT)
    _add_tables(estate)
    estate.each(_peering, _PEERING)
    estate.each(_endpoint, _ENDPOINT)
    estate.each(_list, _LIST)


def _blocks(estate: Estate) -> dict[str, list[str]]:
    """The further blocks of VPCs."""
    found: dict[str, list[str]] = {}
    for row in estate.of(_BLOCK):
        estate.attempt(row, lambda r: found.setdefault(r.get("VpcId").there().id("vpc-"), []).append(_block(r)))
    return found


def _block(row: Row) -> str:
    """The block that a VPC gets; one that AWS chooses is not known."""
    written = row.get("CidrBlock").block() or row.get("Ipv6CidrBlock").block(is_v6=True)
    if written:
        return written
    member = "CidrBlock" if row.get("Ipv4IpamPoolId").is_there else "Ipv6CidrBlock"
    example = "10.0.0.0/16" if member == "CidrBlock" else "2001:db8::/56"
    return row.evaluator.unknown(f"{row.id}.{member}", "block", row.resource.at, example=example).text


def _vpc(row: Row, more: list[str]) -> Vpc:
    return Vpc(**row.common, id=row.attribute(), blocks=(_block(row), *more))


def _subnet(row: Row) -> Subnet:
    blocks = (row.get("CidrBlock").block(), row.get("Ipv6CidrBlock").block(is_v6=True))
    return Subnet(
        **row.common,
        id=row.attribute(),
        vpc=row.get("VpcId").there().id("vpc-"),
        blocks=tuple(b for b in blocks if b) or (_block(row),),
        zone=row.get("AvailabilityZone").any_text() or row.made("AvailabilityZone"),
        public=row.get("MapPublicIpOnLaunch").any_flag(default=False),
        assigns_v6=row.get("AssignIpv6AddressOnCreation").any_flag(default=False),
    )


# Gateways.


def _attachments(estate: Estate) -> dict[str, str]:
    """The VPC that each gateway is attached to. What an existing one leads to is not known."""
    found: dict[str, str] = {}
    own = {row.attribute() for row in estate.of(_IGW, _VGW)}

    def read(row: Row) -> None:
        for member, prefix in (("InternetGatewayId", "igw-"), ("VpnGatewayId", "vgw-")):
            if row.get(member).is_there:
                gateway, vpc = row.get(member).id(prefix), row.get("VpcId").there().id("vpc-")
                found[gateway] = vpc
                if gateway not in own:
                    estate.leave(row, f"it attaches {gateway}, which the template does not make", vpc)

    for row in estate.of(_ATTACHMENT):
        estate.attempt(row, read)
    return found


def _egress_only(row: Row) -> InternetGateway:
    return InternetGateway(**row.common, id=row.attribute(), vpc=row.get("VpcId").there().id("vpc-"), egress_only=True)


def _nat(row: Row, addresses: dict[str, str]) -> NatGateway:
    allocation = row.get("AllocationId")
    if not row.get("SubnetId").is_there:
        raise NotKnown(f"{row.id} is a NAT gateway of no subnet, which is not modelled")
    return NatGateway(
        **row.common,
        id=row.attribute(),
        subnet=row.get("SubnetId").id("subnet-"),
        is_public=row.get("ConnectivityType").text("public") == "public",
        private_ip=row.get("PrivateIpAddress").address(),
        public_ip=addresses.get(allocation.id("eipalloc-"), "") if allocation.is_there else "",
    )


# Route tables.


def _add_tables(estate: Estate) -> None:
    routes, subnets, gateways = _routes(estate), *(_bound(estate, *of) for of in (_OF_SUBNETS, _OF_GATEWAYS))

    def table(row: Row) -> RouteTable:
        name = row.attribute()
        return RouteTable(
            **row.common,
            id=name,
            vpc=row.get("VpcId").there().id("vpc-"),
            routes=tuple(routes.pop(name, ())),
            subnets=tuple(subnets.pop(name, ())),
            gateways=tuple(gateways.pop(name, ())),
        )

    estate.each(table, _TABLE)
    for row in estate.of(_ROUTE, _ASSOCIATION, _GATEWAY_TABLE):
        found = estate.attempt(row, lambda r: r.get("RouteTableId").there().id("rtb-"))
        if found in routes or found in subnets or found in gateways:
            estate.leave(row, f"it is of the route table {found}, which the template does not make")


_OF_SUBNETS = (_ASSOCIATION, "SubnetId", "subnet-")
_OF_GATEWAYS = (_GATEWAY_TABLE, "GatewayId", "igw-")


def _routes(estate: Estate) -> dict[str, list[Route]]:
    """The routes by the id of their table."""
    found: dict[str, list[Route]] = {}
    for row in estate.of(_ROUTE):
        estate.attempt(row, lambda r: found.setdefault(r.get("RouteTableId").there().id("rtb-"), []).append(_route(r)))
    return found


def _route(row: Row) -> Route:
    """A route; a target that is not known stays a marker, as it may be of any kind."""
    destination = (
        row.get("DestinationCidrBlock").block()
        or row.get("DestinationIpv6CidrBlock").block(is_v6=True)
        or row.get("DestinationPrefixListId").there().id("pl-")
    )
    target = next((found.any_text() for name in _TARGETS if (found := row.get(name)).is_there), "")
    return Route(destination=destination, target=target, origin=row.origin)


def _bound(estate: Estate, type_: str, member: str, prefix: str) -> dict[str, list[str]]:
    """What is associated with route tables, by the id of the table."""
    found: dict[str, list[str]] = {}

    def read(row: Row) -> None:
        found.setdefault(row.get("RouteTableId").there().id("rtb-"), []).append(row.get(member).there().id(prefix))

    for row in estate.of(type_):
        estate.attempt(row, read)
    return found


# Connections.


def _peering(row: Row) -> Peering:
    """A peering connection. One to another account waits until that accepts, which a role may do for the stack."""
    return Peering(
        **row.common,
        id=row.attribute(),
        vpc=row.get("VpcId").there().id("vpc-"),
        peer_vpc=row.get("PeerVpcId").there().id("vpc-"),
        peer_account=row.get("PeerOwnerId").any_text(),
        peer_region=row.get("PeerRegion").any_text(),
    )


def _endpoint(row: Row) -> Endpoint:
    return Endpoint(
        **row.common,
        id=row.attribute(),
        kind=row.get("VpcEndpointType").any_text(_GATEWAY),
        service=row.get("ServiceName").any_text(),
        vpc=row.get("VpcId").there().id("vpc-"),
        subnets=row.get("SubnetIds").ids("subnet-"),
        tables=row.get("RouteTableIds").ids("rtb-"),
        groups=row.get("SecurityGroupIds").ids("sg-"),
        policy=row.get("PolicyDocument").policy(),
    )


def _list(row: Row) -> PrefixList:
    entries = tuple(one.get("Cidr").there().block() for one in row.get("Entries").items())
    return PrefixList(**row.common, id=row.attribute(), name=row.get("PrefixListName").any_text(), entries=entries)
