"""VPCs, subnets, and the gateways of VPCs as raw answers. Untrusted."""

from collections.abc import Iterator
from dataclasses import replace

from auditctl.planned.marks import after_apply
from auditctl.planned.network_estate import EVERY_VPC, Estate, Nic, four
from auditctl.planned.network_marks import Row, is_block
from auditctl.planned.things import InternetGateway, NatGateway, Peering, Subnet, Vpc, VpnGateway

EXISTS = "it exists already, and what else is in it is not in the plan"


def place_subnets(estate: Estate) -> None:
    """Note what is open by blocks that are not known; by the IPv4 block of a subnet nothing but its addresses."""
    for vpc in [*estate.vpcs.values()]:
        for block in vpc.blocks:
            if reason := _problem(estate, block):
                estate.leave_open(vpc, vpc.id, reason)
    for subnet in [*estate.subnets.values()]:
        within = estate.vpc_of(subnet, subnet.vpc)
        estate.subnets[subnet.id] = replace(subnet, vpc=within)
        for block in subnet.blocks:
            if estate.is_v6(block) and (reason := _problem(estate, block)):
                estate.leave_open(subnet, within, reason)


def _problem(estate: Estate, block: str) -> str:
    """Why a block is not known, empty where it is."""
    if attribute := estate.unknown(block):
        return after_apply(attribute)
    return "" if is_block(block) else f"{block!r} is no CIDR block"


def _blocks(estate: Estate, thing: Vpc | Subnet) -> tuple[str, ...]:
    return tuple(b for b in thing.blocks if not _problem(estate, b))


def place_groups(estate: Estate) -> None:
    """Put the security groups into VPCs that are written."""
    for group in [*estate.groups.values()]:
        estate.groups[group.id] = replace(group, vpc=estate.vpc_of(group, group.vpc))


def write_vpcs(estate: Estate) -> None:
    """Write the VPCs and subnets, and those that exist already and are only named."""
    for vpc in estate.vpcs.values():
        row: Row = {"VpcId": vpc.id, "OwnerId": vpc.account, "State": "available", "IsDefault": False}
        row |= _block_rows(_blocks(estate, vpc)) | {"Tags": estate.tags(vpc.tags)}
        estate.add(vpc, "ec2/describe-vpcs", "Vpcs", row, vpc.id)
    for subnet in estate.subnets.values():
        row = {"SubnetId": subnet.id, "VpcId": estate.vpc_of(subnet, subnet.vpc), "OwnerId": subnet.account}
        row |= {"State": "available", "AvailabilityZone": estate.known("", subnet.zone)}
        row |= _block_rows(_blocks(estate, subnet))
        row |= {"MapPublicIpOnLaunch": subnet.public is True, "Tags": estate.tags(subnet.tags)}
        estate.add(subnet, "ec2/describe-subnets", "Subnets", row, subnet.id)
        if attribute := estate.unknown(subnet.zone):
            estate.leave_unknown(subnet, subnet.vpc, attribute)
    _note_existing(estate)


def _note_existing(estate: Estate) -> None:
    """What exists already has other things in it: its VPC is open, and its subnets may have other interfaces."""
    subnets = [t for t in estate.existing.values() if isinstance(t, Subnet)]
    for subnet in subnets:
        estate.leave_open(subnet, subnet.vpc, EXISTS, subnet.id)
    for vpc in (t for t in estate.existing.values() if isinstance(t, Vpc)):
        estate.leave_open(vpc, vpc.id, EXISTS, vpc.id)


def _block_rows(blocks: tuple[str, ...]) -> Row:
    v4 = [b for b in blocks if ":" not in b]
    state = {"State": "associated"}
    found: Row = {"CidrBlock": v4[0]} if v4 else {}
    found["CidrBlockAssociationSet"] = [{"CidrBlock": b, "CidrBlockState": state} for b in v4]
    found["Ipv6CidrBlockAssociationSet"] = [
        {"Ipv6CidrBlock": b, "Ipv6CidrBlockState": state} for b in blocks if ":" in b
    ]
    return found


def local_routes(estate: Estate, vpc: str) -> Iterator[Row]:
    """The routes that each route table of a VPC has by itself, one for each of its blocks."""
    for block in _blocks(estate, estate.vpcs[vpc]):
        name = "DestinationIpv6CidrBlock" if ":" in block else "DestinationCidrBlock"
        yield {name: block, "GatewayId": "local", "Origin": "CreateRouteTable", "State": "active"}


# Gateways.


def write_gateways(estate: Estate) -> None:
    """Write the internet, egress-only and virtual private gateways."""
    for thing in estate.things:
        if isinstance(thing, InternetGateway) and thing.egress_only:
            row = {"EgressOnlyInternetGatewayId": thing.id, "Attachments": _attachments(estate, thing, thing.vpc)}
            _add(estate, thing, "ec2/describe-egress-only-internet-gateways", "EgressOnlyInternetGateways", row)
        elif isinstance(thing, InternetGateway):
            row = {"InternetGatewayId": thing.id, "Attachments": _attachments(estate, thing, thing.vpc)}
            _add(estate, thing, "ec2/describe-internet-gateways", "InternetGateways", row | {"OwnerId": thing.account})
        elif isinstance(thing, VpnGateway):
            row = {"VpnGatewayId": thing.id, "State": "available"}
            row["VpcAttachments"] = _attachments(estate, thing, thing.vpc)
            _add(estate, thing, "ec2/describe-vpn-gateways", "VpnGateways", row)


def _add(estate: Estate, thing: InternetGateway | VpnGateway, operation: str, member: str, row: Row) -> None:
    estate.add(thing, operation, member, row | {"Tags": estate.tags(thing.tags)}, thing.id)


def _attachments(estate: Estate, thing: InternetGateway | VpnGateway, vpc: str) -> list[Row]:
    if attribute := estate.unknown(vpc):
        estate.leave_unknown(thing, EVERY_VPC, attribute, thing.id)
    return [{"VpcId": estate.vpc_of(thing, vpc), "State": "available"}] if vpc else []


def write_nats(estate: Estate) -> None:
    """Write the NAT gateways and their interfaces."""
    for thing in estate.things:
        if not isinstance(thing, NatGateway):
            continue
        nic = Nic(
            id=estate.name("eni-", thing, "network_interface_id"),
            subnet=thing.subnet,
            private=(thing.private_ip,) if thing.private_ip else (),
            public=estate.public(thing.public_ip, f"{thing.origin.address}.public_ip") if thing.is_public else "",
            kind="nat_gateway",
            description=f"Interface for NAT Gateway {thing.id}",
            checks=False,
        )
        made = estate.interface(thing, nic)
        subnet = estate.subnet_of(thing, thing.subnet)
        address: Row = {"NetworkInterfaceId": nic.id, "IsPrimary": True, "Status": "succeeded"}
        address["PrivateIp"] = made.get("PrivateIpAddress")
        if thing.is_public:
            address["PublicIp"] = nic.public
        row = {
            "NatGatewayId": thing.id,
            "VpcId": subnet.vpc,
            "SubnetId": subnet.id,
            "State": "available",
            "ConnectivityType": "public" if thing.is_public else "private",
            "NatGatewayAddresses": [address] if made else [],
            "Tags": estate.tags(thing.tags),
        }
        estate.add(thing, "ec2/describe-nat-gateways", "NatGateways", row, thing.id)


# Peering.


def write_peerings(estate: Estate) -> None:
    """Write the peering connections, where either side is planned."""
    for thing in estate.things:
        if not isinstance(thing, Peering):
            continue
        account, region = thing.peer_account or thing.account, thing.peer_region or thing.region
        if attribute := estate.unknown(thing.vpc, thing.peer_vpc, account, region):
            estate.leave_unknown(thing, EVERY_VPC, attribute)
            continue
        row = {
            "VpcPeeringConnectionId": thing.id,
            "RequesterVpcInfo": _side(estate, thing.vpc, thing.account, thing.region),
            "AccepterVpcInfo": _side(estate, thing.peer_vpc, account, region),
            "Status": {"Code": "active" if thing.is_active else "pending-acceptance"},
            "Tags": estate.tags(thing.tags),
        }
        places = dict.fromkeys([(thing.account, thing.region), (account, region)])
        for place in (p for p in places if p[0] in estate.draft.accounts):
            estate.draft.add(*place, "ec2/describe-vpc-peering-connections", "VpcPeeringConnections", row)
        estate.draft.came_from(thing.origin, thing=thing.id)


def _side(estate: Estate, vpc: str, account: str, region: str) -> Row:
    """One side of a connection; of a VPC that is not planned the blocks are not known."""
    row: Row = {"VpcId": vpc, "OwnerId": account, "Region": region}
    known = estate.vpcs.get(vpc)
    if known is not None and len(blocks := _blocks(estate, known)) == len(known.blocks):
        row["CidrBlockSet"] = [{"CidrBlock": b} for b in four(known)]
        row["Ipv6CidrBlockSet"] = [{"Ipv6CidrBlock": b} for b in blocks if ":" in b]
    return row
