"""The networks of a plan: resources of EC2 and Elastic Load Balancing as things. Untrusted.

The attributes are those of the registry's documentation of hashicorp/aws 5.100.
"""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from auditctl.planned.terraform import (
    network_balancers,
    network_filters,
    network_hosts,
    network_services,
    network_transit,
    network_vpcs,
)
from auditctl.planned.terraform.network_services import PLACED
from auditctl.planned.terraform.network_values import Values, is_open, placed, rows, text
from auditctl.planned.things import Thing, Unmodelled

if TYPE_CHECKING:
    from auditctl.planned.terraform.plan import Plan, Resource

READ = (
    network_vpcs.READ
    | network_filters.READ
    | network_hosts.READ
    | network_services.READ
    | network_balancers.READ
    | network_transit.READ
)
# Types of these services that forward and filter no packet, and decide no request.
HARMLESS = frozenset({
    "aws_ami",
    "aws_ami_copy",
    "aws_ami_from_instance",
    "aws_app_cookie_stickiness_policy",
    "aws_autoscaling_lifecycle_hook",
    "aws_autoscaling_notification",
    "aws_autoscaling_policy",
    "aws_autoscaling_schedule",
    "aws_customer_gateway",
    "aws_db_event_subscription",
    "aws_db_option_group",
    "aws_db_parameter_group",
    "aws_docdb_cluster_parameter_group",
    "aws_ebs_encryption_by_default",
    "aws_ebs_default_kms_key",
    "aws_ebs_volume",
    "aws_ec2_capacity_reservation",
    "aws_ec2_tag",
    "aws_elasticache_parameter_group",
    "aws_flow_log",
    "aws_key_pair",
    "aws_lb_cookie_stickiness_policy",
    "aws_lb_listener_certificate",
    "aws_lb_ssl_negotiation_policy",
    "aws_alb_listener_certificate",
    "aws_lb_trust_store",
    "aws_neptune_cluster_parameter_group",
    "aws_placement_group",
    "aws_rds_cluster_parameter_group",
    "aws_volume_attachment",
    "aws_vpc_dhcp_options",
    "aws_vpc_dhcp_options_association",
    "aws_default_vpc_dhcp_options",
    "aws_vpc_ipam",
    "aws_vpc_ipam_pool",
    "aws_vpc_ipam_pool_cidr",
    "aws_vpc_ipam_scope",
    "aws_vpc_endpoint_connection_notification",
    "aws_vpc_endpoint_private_dns",
    "aws_vpn_connection_route",
})
# Types that are not read and can bring packets into VPCs which they do not name, or take them out.
_ANYWHERE = frozenset({
    "aws_api_gateway_vpc_link",
    "aws_autoscaling_group_tag",
    "aws_cloudfront_vpc_origin",
    "aws_dx_gateway_association",
    "aws_ec2_carrier_gateway",
    "aws_ec2_client_vpn_endpoint",
    "aws_ec2_client_vpn_network_association",
    "aws_ec2_local_gateway_route",
    "aws_ec2_local_gateway_route_table_vpc_association",
    "aws_ec2_transit_gateway_connect",
    "aws_ec2_transit_gateway_default_route_table_association",
    "aws_ec2_transit_gateway_default_route_table_propagation",
    "aws_ec2_transit_gateway_multicast_domain",
    "aws_ec2_transit_gateway_peering_attachment",
    "aws_ec2_transit_gateway_peering_attachment_accepter",
    "aws_ec2_transit_gateway_policy_table",
    "aws_ec2_transit_gateway_vpc_attachment_accepter",
    "aws_eks_node_group",
    "aws_globalaccelerator_custom_routing_endpoint_group",
    "aws_globalaccelerator_endpoint_group",
    "aws_networkmanager_vpc_attachment",
    "aws_spot_fleet_request",
    "aws_spot_instance_request",
    "aws_ec2_fleet",
    "aws_vpc_block_public_access_options",
    "aws_vpc_endpoint_service",
    "aws_vpclattice_service_network_vpc_association",
    "aws_vpn_connection",
})
# Names of attributes that are about subnets or security groups, wherever they stand in a resource.
_IN_VPC = re.compile(r"subnet|security_group|vpc_zone_identifier")


def network_things(plan: "Plan") -> Iterator[Thing]:
    """The things of networks of a plan."""
    yield from network_vpcs.vpcs(plan)
    yield from network_vpcs.subnets(plan)
    yield from network_vpcs.tables(plan)
    yield from network_vpcs.gateways(plan)
    yield from network_vpcs.peerings(plan)
    yield from network_filters.groups(plan)
    yield from network_filters.acls(plan)
    yield from network_filters.prefix_lists(plan)
    yield from network_hosts.hosts(plan)
    yield from network_services.services(plan)
    yield from network_services.endpoints(plan)
    yield from network_balancers.balancers(plan)
    yield from network_transit.transit(plan)
    yield from _strays(plan)


# What belongs to something else, which lets packets through, and the attributes that name it.
_PARTS = {
    "aws_alb_listener": ("load_balancer_arn",),
    "aws_alb_listener_rule": ("listener_arn",),
    "aws_alb_target_group_attachment": ("target_group_arn",),
    "aws_autoscaling_attachment": ("autoscaling_group_name",),
    "aws_ec2_managed_prefix_list_entry": ("prefix_list_id",),
    "aws_elb_attachment": ("elb", "instance"),
    "aws_internet_gateway_attachment": ("internet_gateway_id", "vpc_id"),
    "aws_lb_listener": ("load_balancer_arn",),
    "aws_lb_listener_rule": ("listener_arn",),
    "aws_lb_target_group_attachment": ("target_group_arn",),
    "aws_network_interface_attachment": ("instance_id", "network_interface_id"),
    "aws_vpc_endpoint_subnet_association": ("vpc_endpoint_id", "subnet_id"),
    "aws_vpc_ipv4_cidr_block_association": ("vpc_id",),
    "aws_vpc_ipv6_cidr_block_association": ("vpc_id",),
    "aws_vpn_gateway_attachment": ("vpn_gateway_id", "vpc_id"),
}


def _strays(plan: "Plan") -> Iterator[Thing]:
    """Parts of which it is not known what they belong to: they may bring packets into any VPC."""
    for resource in plan.of(*_PARTS):
        found = next((n for n in _PARTS[resource.type] if is_open(text(resource.values, n))), "")
        if found:
            reason = f"{resource.address}.{found} is known after apply"
            yield Unmodelled(**placed(plan, resource), service="ec2", kind=resource.type, vpc="*", reason=reason)


def in_vpc(resource: "Resource") -> str:
    """The VPC of a resource of a type that nobody reads: its id, `*` where it may be any, empty where it is in none."""
    if resource.type in PLACED:
        return ""
    if resource.type == "aws_vpn_connection":  # what is behind a virtual private gateway is outside anyway
        return "*" if text(resource.values, "transit_gateway_id") else ""
    places = [*_attributes(resource.values)]
    found = {value for name, value in places if name == "vpc_id" and isinstance(value, str)}
    if len(found) == 1:
        return next("*" if vpc.startswith("<") else vpc for vpc in found)
    if found or any(_IN_VPC.search(name) for name, _ in places):
        return "*"
    return "*" if resource.type in _ANYWHERE else ""


def _attributes(values: Values) -> Iterator[tuple[str, object]]:
    """The attributes of a resource and of the blocks in it that have a value."""
    for name in values.keys() - {"tags", "tags_all"}:
        value = values[name]
        if value:
            yield name, value
        for block in (value,) if isinstance(value, Mapping) else rows(values, name):
            yield from _attributes(block)
