"""What attributes take: an id, a name or an ARN as a whole of a thing of one kind; and the kinds of other values.

The attributes are those of the registry's documentation of hashicorp/aws 5.100. Names of attributes mean the same in
all resources, with the exceptions that are written out.
"""

from collections.abc import Mapping

# What gives a value of a kind: types, each with the attributes that have it, the usual one first.
GIVES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "vpc": {"aws_vpc": ("id",), "aws_default_vpc": ("id",)},
    "subnet": {"aws_subnet": ("id",), "aws_default_subnet": ("id",)},
    "group": {
        "aws_security_group": ("id",),
        "aws_default_security_group": ("id",),
        "aws_vpc": ("default_security_group_id",),
    },
    "table": {
        "aws_route_table": ("id",),
        "aws_default_route_table": ("id",),
        "aws_vpc": ("main_route_table_id", "default_route_table_id"),
    },
    "acl": {"aws_network_acl": ("id",), "aws_default_network_acl": ("id",), "aws_vpc": ("default_network_acl_id",)},
    "gateway": {"aws_internet_gateway": ("id",), "aws_vpn_gateway": ("id",)},
    "internet gateway": {"aws_internet_gateway": ("id",)},
    "egress gateway": {"aws_egress_only_internet_gateway": ("id",)},
    "vpn gateway": {"aws_vpn_gateway": ("id",)},
    "nat gateway": {"aws_nat_gateway": ("id",)},
    "interface": {"aws_network_interface": ("id",), "aws_instance": ("primary_network_interface_id",)},
    "instance": {"aws_instance": ("id",)},
    "elastic ip": {"aws_eip": ("id", "allocation_id")},
    "peering": {"aws_vpc_peering_connection": ("id",)},
    "endpoint": {"aws_vpc_endpoint": ("id",)},
    "transit gateway": {"aws_ec2_transit_gateway": ("id",)},
    "transit attachment": {
        "aws_ec2_transit_gateway_vpc_attachment": ("id",),
        "aws_ec2_transit_gateway_peering_attachment": ("id",),
        "aws_vpn_connection": ("transit_gateway_attachment_id",),
    },
    "transit table": {
        "aws_ec2_transit_gateway_route_table": ("id",),
        "aws_ec2_transit_gateway": ("association_default_route_table_id", "propagation_default_route_table_id"),
    },
    "prefix list": {"aws_ec2_managed_prefix_list": ("id",), "aws_vpc_endpoint": ("prefix_list_id",)},
    "load balancer": {"aws_lb": ("arn", "id"), "aws_alb": ("arn", "id")},
    "classic balancer": {"aws_elb": ("name", "id")},
    "listener": {"aws_lb_listener": ("arn", "id"), "aws_alb_listener": ("arn", "id")},
    "target group": {"aws_lb_target_group": ("arn", "id"), "aws_alb_target_group": ("arn", "id")},
    "target": {
        "aws_instance": ("id",),
        "aws_lambda_function": ("arn",),
        "aws_lb": ("arn", "id"),
        "aws_alb": ("arn", "id"),
    },
    "bucket": {"aws_s3_bucket": ("id", "bucket")},
    "access point": {"aws_s3_access_point": ("arn",)},
    "role name": {"aws_iam_role": ("name", "id")},
    "role": {"aws_iam_role": ("arn",)},
    "user name": {"aws_iam_user": ("name", "id")},
    "group name": {"aws_iam_group": ("name", "id")},
    "policy": {"aws_iam_policy": ("arn", "id")},
    "profile": {"aws_iam_instance_profile": ("name", "id")},
    "profile arn": {"aws_iam_instance_profile": ("arn",)},
    "principal": {"aws_iam_role": ("arn",), "aws_iam_user": ("arn",)},
    "queue": {"aws_sqs_queue": ("url", "id")},
    "topic": {"aws_sns_topic": ("arn", "id")},
    "key": {"aws_kms_key": ("key_id", "id", "arn")},
    "function": {"aws_lambda_function": ("function_name", "id", "arn")},
    "secret": {"aws_secretsmanager_secret": ("arn", "id")},
    "repository": {"aws_ecr_repository": ("name", "id")},
    "source": {
        "aws_s3_bucket": ("arn",),
        "aws_sns_topic": ("arn", "id"),
        "aws_sqs_queue": ("arn",),
        "aws_cloudwatch_event_rule": ("arn",),
        "aws_scheduler_schedule": ("arn",),
    },
    "database subnets": {
        "aws_db_subnet_group": ("name", "id"),
        "aws_docdb_subnet_group": ("name", "id"),
        "aws_neptune_subnet_group": ("name", "id"),
    },
    "cache subnets": {"aws_elasticache_subnet_group": ("name", "id")},
    "database cluster": {"aws_rds_cluster": ("cluster_identifier", "id")},
    "document cluster": {"aws_docdb_cluster": ("cluster_identifier", "id")},
    "graph cluster": {"aws_neptune_cluster": ("cluster_identifier", "id")},
    "cache group": {"aws_elasticache_replication_group": ("replication_group_id", "id")},
    "scaling group": {"aws_autoscaling_group": ("name", "id")},
    "launch template": {"aws_launch_template": ("id",)},
    "launch configuration": {"aws_launch_configuration": ("name", "id")},
    "document": {"aws_iam_policy_document": ("json", "minified_json")},
    "tagged": {
        "aws_default_subnet": ("id",),
        "aws_default_vpc": ("id",),
        "aws_instance": ("id",),
        "aws_network_interface": ("id",),
        "aws_security_group": ("id",),
        "aws_subnet": ("id",),
        "aws_vpc": ("id",),
    },
}

_ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "vpc": ("vpc_id", "peer_vpc_id"),
    "subnet": ("subnet_id", "subnet_ids", "subnets", "vpc_zone_identifier", "client_subnets"),
    "group": (
        "security_groups",
        "security_group_ids",
        "vpc_security_group_ids",
        "security_group_id",
        "source_security_group_id",
        "referenced_security_group_id",
        "default_security_group_id",
    ),
    "table": ("route_table_id", "route_table_ids", "default_route_table_id", "main_route_table_id"),
    "acl": ("network_acl_id", "default_network_acl_id"),
    "gateway": ("gateway_id",),
    "internet gateway": ("internet_gateway_id",),
    "egress gateway": ("egress_only_gateway_id",),
    "vpn gateway": ("vpn_gateway_id", "propagating_vgws"),
    "nat gateway": ("nat_gateway_id",),
    "interface": ("network_interface_id", "primary_network_interface_id", "network_interface"),
    "instance": ("instance", "instance_id", "instances"),
    "elastic ip": ("allocation_id", "secondary_allocation_ids"),
    "peering": ("vpc_peering_connection_id",),
    "endpoint": ("vpc_endpoint_id",),
    "transit gateway": ("transit_gateway_id",),
    "transit attachment": ("transit_gateway_attachment_id",),
    "transit table": (
        "transit_gateway_route_table_id",
        "association_default_route_table_id",
        "propagation_default_route_table_id",
    ),
    "prefix list": ("prefix_list_id", "prefix_list_ids", "destination_prefix_list_id"),
    "load balancer": ("load_balancer_arn",),
    "classic balancer": ("elb", "load_balancer", "load_balancers"),
    "listener": ("listener_arn",),
    "target group": ("target_group_arn", "target_group_arns", "lb_target_group_arn"),
    "target": ("target_id",),
    "bucket": ("bucket",),
    "access point": ("access_point_arn",),
    "role name": ("role", "roles", "role_name"),
    "role": ("role_arn", "execution_role_arn", "task_role_arn", "iam_role_arn", "service_role_arn", "iam_role"),
    "user name": ("user", "users", "user_name"),
    "group name": ("group", "groups", "group_name"),
    "policy": ("policy_arn", "policy_arns", "managed_policy_arns", "permissions_boundary"),
    "profile": ("iam_instance_profile", "instance_profile_name"),
    "principal": ("grantee_principal", "retiring_principal", "principal", "principal_arn"),
    "queue": ("queue_url",),
    "topic": ("topic_arn",),
    "key": ("key_id", "target_key_id", "kms_key_id"),
    "function": ("function_name",),
    "secret": ("secret_arn", "secret_id"),
    "repository": ("repository", "repository_name"),
    "source": ("source_arn",),
    "database subnets": ("db_subnet_group_name", "neptune_subnet_group_name"),
    "cache subnets": ("subnet_group_name",),
    "cache group": ("replication_group_id",),
    "scaling group": ("autoscaling_group_name",),
    "launch template": ("launch_template_id",),
    "launch configuration": ("launch_configuration",),
    "document": ("policy", "assume_role_policy", "inline_policy", "policy_document", "access_policy"),
}
_BY_ATTRIBUTE = {attribute: kind for kind, attributes in _ATTRIBUTES.items() for attribute in attributes}
# Attributes that mean something else in one type; empty: they define what they name.
_OTHERWISE: Mapping[tuple[str, str], str] = {
    ("aws_s3_bucket", "bucket"): "",
    ("aws_lambda_function", "function_name"): "",
    ("aws_kms_key", "key_id"): "",
    ("aws_ecr_repository", "repository"): "",
    ("aws_lambda_function", "role"): "role",
    ("aws_codebuild_project", "service_role"): "role",
    ("aws_rds_cluster_instance", "cluster_identifier"): "database cluster",
    ("aws_docdb_cluster_instance", "cluster_identifier"): "document cluster",
    ("aws_neptune_cluster_instance", "cluster_identifier"): "graph cluster",
    ("aws_elasticache_replication_group", "replication_group_id"): "",
    # Members of blocks; the attributes of the resource itself that have these names are computed.
    ("aws_autoscaling_group", "id"): "launch template",
    ("aws_instance", "id"): "launch template",
    ("aws_launch_template", "arn"): "profile arn",
    ("aws_launch_template", "name"): "profile",
    ("aws_lb_listener", "arn"): "target group",
    ("aws_lb_listener_rule", "arn"): "target group",
    ("aws_alb_listener", "arn"): "target group",
    ("aws_alb_listener_rule", "arn"): "target group",
    ("aws_sns_topic_policy", "arn"): "topic",
    ("aws_ec2_tag", "resource_id"): "tagged",
}
# What ids begin with, by kind: a known text without it is no id.
PREFIXES: Mapping[str, str] = {
    "vpc": "vpc-",
    "subnet": "subnet-",
    "group": "sg-",
    "table": "rtb-",
    "acl": "acl-",
    "internet gateway": "igw-",
    "egress gateway": "eigw-",
    "vpn gateway": "vgw-",
    "nat gateway": "nat-",
    "interface": "eni-",
    "instance": "i-",
    "elastic ip": "eipalloc-",
    "peering": "pcx-",
    "endpoint": "vpce-",
    "transit gateway": "tgw-",
    "transit attachment": "tgw-attach-",
    "transit table": "tgw-rtb-",
    "prefix list": "pl-",
    "load balancer": "arn:",
    "listener": "arn:",
    "target group": "arn:",
    "role": "arn:",
    "policy": "arn:",
    "principal": "arn:",
}


def taken_by(kind: str, attribute: str) -> str:
    """What an attribute of a type takes as a whole; empty where it takes anything."""
    return _OTHERWISE.get((kind, attribute), _BY_ATTRIBUTE.get(attribute, ""))


def gives(kind: str, attribute: str | None, taken: str) -> str:
    """The attribute of a type that has a value of what is taken; empty where it has none.

    Without an attribute it is the usual one. `aws_subnet.x.vpc_id` gives a VPC as `aws_vpc.y.id` does.
    """
    own = GIVES[taken].get(kind, ())
    if attribute is None:
        return own[0] if own else ""
    return attribute if attribute in own or taken_by(kind, attribute) == taken else ""


# Kinds of values that are neither.
_NUMBERS = frozenset({
    "from_port",
    "icmp_code",
    "icmp_type",
    "port",
    "rule_no",
    "rule_number",
    "to_port",
    "device_index",
    "target_port",
    "listener_port",
    "instance_port",
})
_FLAGS = frozenset({
    "associate_public_ip_address",
    "assign_ipv6_address_on_creation",
    "auto_accept",
    "block_public_acls",
    "block_public_policy",
    "egress",
    "ignore_public_acls",
    "internal",
    "is_enabled",
    "map_public_ip_on_launch",
    "publicly_accessible",
    "restrict_public_buckets",
    "self",
    "source_dest_check",
})
_BLOCKS = frozenset({"cidr", "cidr_block", "cidr_ipv4", "destination_cidr_block"})
_BLOCKS_6 = frozenset({"cidr_ipv6", "destination_ipv6_cidr_block", "ipv6_cidr_block"})
LISTS_OF_BLOCKS = frozenset({"cidr_blocks"})
LISTS_OF_BLOCKS_6 = frozenset({"ipv6_cidr_blocks"})
_ADDRESSES = frozenset({"private_ip", "private_ips", "private_ip_address", "public_ip", "associate_with_private_ip"})
_LISTS = frozenset({
    "actions",
    "client_subnets",
    "egress",
    "entry",
    "groups",
    "identifiers",
    "ingress",
    "inline_policy",
    "instances",
    "load_balancers",
    "managed_policy_arns",
    "not_actions",
    "not_resources",
    "policy_arns",
    "prefix_list_ids",
    "propagating_vgws",
    "resources",
    "roles",
    "route",
    "route_table_ids",
    "secondary_allocation_ids",
    "security_group_ids",
    "security_groups",
    "statement",
    "subnet_ids",
    "subnet_mapping",
    "subnets",
    "target_group_arns",
    "users",
    "values",
    "vpc_security_group_ids",
    "vpc_zone_identifier",
})
# For each kind a value that is legal: blocks and addresses for documentation (RFC 5737, RFC 3849).
_EXAMPLES: Mapping[str, object] = {
    "text": "known-after-apply",
    "number": 443,
    "flag": True,
    "list": [],
    "address": "192.0.2.10",
    "block": "192.0.2.0/24",
}
_BLOCK_6 = "2001:db8::/64"


def kind_of(kind: str, attribute: str, *, is_whole: bool) -> tuple[str, object]:
    """The kind of an unknown value of an attribute and an example; `is_whole` where it is no element of a list."""
    if attribute in _BLOCKS_6 | LISTS_OF_BLOCKS_6:
        return "block", _BLOCK_6
    found = _kind(kind, attribute, is_whole=is_whole)
    return found, _EXAMPLES[found]


def _kind(kind: str, attribute: str, *, is_whole: bool) -> str:
    if attribute in _BLOCKS | LISTS_OF_BLOCKS:
        return "block"
    if attribute in _NUMBERS:
        return "number"
    if attribute in _ADDRESSES:
        return "address"
    if is_whole and attribute in _LISTS and (kind, attribute) != _FLAG_OF:
        return "list"
    return "flag" if attribute in _FLAGS else "text"


# The other meaning of a name that stands for a list.
_FLAG_OF = ("aws_network_acl_rule", "egress")
