"""The networks of a plan or template as the raw answers of EC2 and Elastic Load Balancing, with what AWS makes itself.

Untrusted. What cannot be written as a row is noted as something that leaves its VPC open.
"""

from collections.abc import Iterable, Sequence

from auditctl.planned.draft import Draft
from auditctl.planned.network_balancers import write_balancers
from auditctl.planned.network_estate import UNMODELLED, Estate, Place
from auditctl.planned.network_filters import write_acls, write_groups, write_prefix_lists
from auditctl.planned.network_hosts import reserve_addresses, write_hosts
from auditctl.planned.network_routes import write_endpoints, write_tables
from auditctl.planned.network_transit import write_transit
from auditctl.planned.network_vpcs import (
    place_groups,
    place_subnets,
    write_gateways,
    write_nats,
    write_peerings,
    write_vpcs,
)
from auditctl.planned.things import Thing, Unmodelled

# Every list of a region, empty where nothing is planned, and the member of its answer that is the list.
_LISTS = {
    "ec2/describe-vpcs": "Vpcs",
    "ec2/describe-subnets": "Subnets",
    "ec2/describe-network-interfaces": "NetworkInterfaces",
    "ec2/describe-instances": "Reservations",
    "ec2/describe-security-groups": "SecurityGroups",
    "ec2/describe-network-acls": "NetworkAcls",
    "ec2/describe-route-tables": "RouteTables",
    "ec2/describe-internet-gateways": "InternetGateways",
    "ec2/describe-egress-only-internet-gateways": "EgressOnlyInternetGateways",
    "ec2/describe-nat-gateways": "NatGateways",
    "ec2/describe-vpn-gateways": "VpnGateways",
    "ec2/describe-vpn-connections": "VpnConnections",
    "ec2/describe-vpc-peering-connections": "VpcPeeringConnections",
    "ec2/describe-vpc-endpoints": "VpcEndpoints",
    "ec2/describe-vpc-endpoint-service-configurations": "ServiceConfigurations",
    "ec2/describe-managed-prefix-lists": "PrefixLists",
    "ec2/describe-transit-gateways": "TransitGateways",
    "ec2/describe-transit-gateway-attachments": "TransitGatewayAttachments",
    "ec2/describe-transit-gateway-vpc-attachments": "TransitGatewayVpcAttachments",
    "ec2/describe-transit-gateway-peering-attachments": "TransitGatewayPeeringAttachments",
    "ec2/describe-transit-gateway-route-tables": "TransitGatewayRouteTables",
    "ec2/describe-carrier-gateways": "CarrierGateways",
    "ec2/describe-local-gateways": "LocalGateways",
    "ec2/describe-client-vpn-endpoints": "ClientVpnEndpoints",
    "ec2/describe-addresses": "Addresses",
    UNMODELLED: "Unmodelled",
    "elbv2/describe-load-balancers": "LoadBalancers",
    "elbv2/describe-target-groups": "TargetGroups",
    "elb/describe-load-balancers": "LoadBalancerDescriptions",
}


def write_network(draft: Draft, things: Sequence[Thing], places: Iterable[Place]) -> None:
    """Write the networks of the things, and the lists of each account and region of `places`, empty ones too."""
    estate = Estate(draft, things)
    for account, region in sorted({*places, *((t.account, t.region) for t in things if t.region != "global")}):
        for operation, member in _LISTS.items():
            draft.start(account, region, operation, member)
    for write in (
        place_subnets,
        place_groups,
        reserve_addresses,
        write_prefix_lists,
        write_hosts,
        write_nats,
        write_balancers,
        write_endpoints,
        write_transit,
        write_gateways,
        write_peerings,
        write_tables,
        write_acls,
        write_groups,
        _note_unmodelled,
        write_vpcs,  # last: by then every VPC and subnet that exists already was named
    ):
        write(estate)


def _note_unmodelled(estate: Estate) -> None:
    """Leave the VPCs of what is not modelled open."""
    for thing in estate.things:
        if isinstance(thing, Unmodelled) and thing.vpc:
            known = thing.vpc != "*" and not estate.unknown(thing.vpc)
            reason = thing.reason or f"{thing.kind} is not modelled"
            estate.leave_open(thing, estate.vpc_of(thing, thing.vpc) if known else "*", reason)
