"""Route tables of a region, and what their routes lead to: gateways, NAT, peering, endpoints."""

from collections.abc import Iterator

from checkers.cloud.network.export_unknown import mapped, reasons_of
from checkers.cloud.network.model import Block, Endpoint, Gateway, Mapped, Nat, Peering, Route, RouteTable
from checkers.cloud.network.rows import Region, Row
from checkers.kernel.intervals import IntervalSet
from checkers.verdict import Unreadable

READ = (
    "ec2/describe-route-tables",
    "ec2/describe-internet-gateways",
    "ec2/describe-egress-only-internet-gateways",
    "ec2/describe-vpn-gateways",
    "ec2/describe-nat-gateways",
    "ec2/describe-vpc-peering-connections",
    "ec2/describe-vpc-endpoints",
    "ec2/describe-carrier-gateways",
)
TABLES, IGWS, EIGWS, VGWS, NATS, PEERINGS, ENDPOINTS, CARRIERS = READ
UNKNOWN_TARGET = "unknown"  # the target of a route to what this version does not know
_TARGETS = (
    "GatewayId",
    "NatGatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "EgressOnlyInternetGatewayId",
    "NetworkInterfaceId",
    "InstanceId",
    "VpcEndpointId",
    "CarrierGatewayId",
    "LocalGatewayId",
    "CoreNetworkArn",
)
_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
# Members of a route by which it is not understood to be one of a kind that is not modelled.
_NOT_MODELLED = {
    "CarrierGatewayId": "carrier gateways are not modelled",
    "LocalGatewayId": "local gateways are not modelled",
    "CoreNetworkArn": "core networks are not modelled",
}
LOCAL, STATIC, BY_LIST, PROPAGATED = range(4)


def read_tables(region: Region) -> None:
    """Read the route tables of a region. Prefix lists must have been read before."""
    for row in region.rows(TABLES, "RouteTables"):
        name, vpc = row.text("RouteTableId"), row.text("VpcId")
        bound = [a for a in row.rows("Associations") if _is(a.row("AssociationState"), "State", "associated")]
        table = RouteTable(
            id=name,
            place=region.place(TABLES),
            vpc=vpc,
            is_main=any(a.flag("Main", default=False) for a in bound),
            subnets=tuple(sorted({a.text("SubnetId") for a in bound if a.has("SubnetId")})),
            gateways=tuple(sorted({a.text("GatewayId") for a in bound if a.has("GatewayId")})),
            routes=tuple(_route(r, region, vpc) for r in row.rows("Routes")),
        )
        region.add(region.export.tables, table, row.optional("OwnerId"))


def _is(row: Row, name: str, *states: str) -> bool:
    """Whether a state is one of these, or is not there."""
    return row.optional(name, states[0]).lower() in states


def _route(row: Row, region: Region, vpc: str) -> Route:
    text = next((row.text(name) for name in _DESTINATIONS if row.has(name)), "")
    if not text:
        raise Unreadable(f"{row.where}: a route without destination")
    found: tuple[Block, ...] | None
    unknown = region.unknown(text)
    if row.has("DestinationPrefixListId"):
        text = row.text("DestinationPrefixListId")
        found, rank = region.export.prefix_lists.get(text), BY_LIST
    elif unknown is not None:
        found, rank = None, STATIC
    else:
        found, rank = row.entries([text]), STATIC
    target = _target(row, region, vpc)
    if target == "local":
        rank = LOCAL
    elif row.optional("Origin", "CreateRoute") not in ("CreateRoute", "CreateRouteTable"):
        rank = PROPAGATED
    is_blackhole = row.optional("State") == "blackhole"
    return Route(text, found, target, rank, is_blackhole, unknown.reason if unknown else "")


def _target(row: Row, region: Region, vpc: str) -> str:
    """What a route leads to; where that is not modelled, a problem of its VPC."""
    found = {name: row.text(name) for name in _TARGETS if row.has(name)}
    if "NetworkInterfaceId" in found:
        found.pop("InstanceId", None)
    if len(found) > 1:
        raise Unreadable(f"{row.where}: a route with {len(found)} targets")
    for name, target in found.items():
        if name in _NOT_MODELLED:
            region.problem(TABLES, target, _NOT_MODELLED[name], (vpc,))
        return target
    if row.optional("State") != "blackhole":
        region.problem(TABLES, "", f"{row.where}: a route to an unknown kind of target", (vpc,))
    return UNKNOWN_TARGET


# What routes lead to.


def read_gateways(region: Region) -> None:
    """Read the internet, egress-only, virtual private and carrier gateways of a region."""
    for operation, member, name, kind in (
        (IGWS, "InternetGateways", "InternetGatewayId", "igw"),
        (EIGWS, "EgressOnlyInternetGateways", "EgressOnlyInternetGatewayId", "eigw"),
        (VGWS, "VpnGateways", "VpnGatewayId", "vgw"),
        (CARRIERS, "CarrierGateways", "CarrierGatewayId", "cagw"),
    ):
        for row in region.rows(operation, member):
            vpcs = tuple(sorted({*_attached(row)}))
            gateway = Gateway(row.text(name), region.place(operation), kind, vpcs)
            region.add(region.export.gateways, gateway, row.optional("OwnerId"))
            for changing in _changing(row):
                region.problem(operation, gateway.id, f"{gateway.id} is being attached or detached", (changing,))
            if kind == "cagw" and vpcs:
                region.problem(operation, gateway.id, _NOT_MODELLED[name], vpcs)


def _attached(row: Row) -> Iterator[str]:
    """The VPCs that a gateway is attached to; a virtual private gateway that is deleted stays listed for a while."""
    if not _is(row, "State", "available"):
        return
    if row.has("VpcId"):
        yield row.text("VpcId")
    for member in ("Attachments", "VpcAttachments"):
        yield from (a.text("VpcId") for a in row.rows(member) if _is(a, "State", "available", "attached"))


def _changing(row: Row) -> Iterator[str]:
    """The VPCs that a gateway is just being attached to, or detached from."""
    for member in ("Attachments", "VpcAttachments"):
        yield from (a.text("VpcId") for a in row.rows(member) if a.optional("State") in ("attaching", "detaching"))


def read_nats(region: Region) -> None:
    """Read the NAT gateways of a region that are available."""
    for row in region.rows(NATS, "NatGateways"):
        name, vpc = row.text("NatGatewayId"), row.text("VpcId")
        if not _is(row, "State", "available"):
            continue
        if not row.has("SubnetId"):
            region.problem(NATS, name, "a NAT gateway that is in no subnet is not modelled", (vpc,))
            continue
        addresses = [a for a in row.rows("NatGatewayAddresses") if a.has("PrivateIp") and _is(a, "Status", "succeeded")]
        unknown = reasons_of(region, (a.optional(end) for a in addresses for end in ("PrivateIp", "PublicIp")))
        ways: list[Mapped] = []
        if unknown:
            open_ = [a for a in addresses if any(region.unknown(a.optional(e)) for e in ("PrivateIp", "PublicIp"))]
            ways = [_mapped(a, region) for a in open_ if region.wide]
            addresses = [a for a in addresses if a not in open_ and region.wide]
        nat = Nat(
            id=name,
            place=region.place(NATS),
            vpc=vpc,
            subnet=row.text("SubnetId"),
            is_public=row.optional("ConnectivityType", "public") == "public",
            private=tuple(sorted(a.address("PrivateIp") for a in addresses)),
            public={a.address("PrivateIp"): a.address("PublicIp") for a in addresses if a.has("PublicIp")},
            unknown=unknown,
            mapped=tuple(ways),
        )
        region.add(region.export.nats, nat)


def _mapped(row: Row, region: Region) -> Mapped:
    """An address of a NAT gateway, and its public one if it has one."""
    interface = row.optional("NetworkInterfaceId")
    return mapped(row, region, interface, row.text("PrivateIp"), row.optional("PublicIp"))


def read_peerings(region: Region) -> None:
    """Read the peering connections of a region that are active."""
    for row in region.rows(PEERINGS, "VpcPeeringConnections"):
        if row.row("Status").optional("Code") != "active":
            continue
        sides = row.row("RequesterVpcInfo"), row.row("AccepterVpcInfo")
        regions = [side.optional("Region", region.name) for side in sides]
        peering = Peering(
            id=row.text("VpcPeeringConnectionId"),
            place=region.place(PEERINGS),
            requester=sides[0].text("VpcId"),
            accepter=sides[1].text("VpcId"),
            requester_blocks=_peer_blocks(sides[0]),
            accepter_blocks=_peer_blocks(sides[1]),
            same_region=regions[0] == regions[1],
        )
        region.add(region.export.peerings, peering)


def _peer_blocks(side: Row) -> IntervalSet | None:
    """The blocks of one side of a peering connection, None where it has none (before it was accepted)."""
    found = [side.text("CidrBlock")] if side.has("CidrBlock") else []
    found += [b.text("CidrBlock") for b in side.rows("CidrBlockSet")]
    found += [b.text("Ipv6CidrBlock") for b in side.rows("Ipv6CidrBlockSet")]
    return side.blocks(found) if found else None


def read_endpoints(region: Region) -> None:
    """Read the VPC endpoints of a region that work."""
    for row in region.rows(ENDPOINTS, "VpcEndpoints"):
        if not _is(row, "State", "available", "partial"):
            continue
        endpoint = Endpoint(
            id=row.text("VpcEndpointId"),
            place=region.place(ENDPOINTS),
            kind=row.optional("VpcEndpointType", "Gateway"),
            service=row.optional("ServiceName"),
            vpc=row.text("VpcId"),
            subnets=tuple(sorted(row.texts("SubnetIds"))),
            interfaces=tuple(sorted(row.texts("NetworkInterfaceIds"))),
            tables=tuple(sorted(row.texts("RouteTableIds"))),
            tags=row.tags(),
        )
        region.add(region.export.endpoints, endpoint, row.optional("OwnerId"))
        if endpoint.kind not in ("Gateway", "Interface", "GatewayLoadBalancer"):
            region.problem(
                ENDPOINTS, endpoint.id, f"endpoints of type {endpoint.kind} are not modelled", (endpoint.vpc,)
            )


READERS = (read_tables, read_gateways, read_nats, read_peerings, read_endpoints)
