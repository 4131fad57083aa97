"""Attributes that AWS or the provider makes, from what the plan says: ids, names and ARNs.

The forms of ids and ARNs are those of the Service Authorization Reference (one page of each service, "Resource types
defined by"); the parts that nobody knows before the apply are markers of the kind `name`.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from auditctl.planned.marks import named

if TYPE_CHECKING:
    from auditctl.planned.terraform.plan import Resource

# Types by what their ids begin with.
_IDS: Mapping[str, str] = {
    "aws_customer_gateway": "cgw-",
    "aws_default_subnet": "subnet-",
    "aws_default_vpc": "vpc-",
    "aws_ebs_volume": "vol-",
    "aws_ec2_client_vpn_endpoint": "cvpn-endpoint-",
    "aws_ec2_managed_prefix_list": "pl-",
    "aws_ec2_transit_gateway": "tgw-",
    "aws_ec2_transit_gateway_peering_attachment": "tgw-attach-",
    "aws_ec2_transit_gateway_route_table": "tgw-rtb-",
    "aws_ec2_transit_gateway_vpc_attachment": "tgw-attach-",
    "aws_efs_access_point": "fsap-",
    "aws_efs_file_system": "fs-",
    "aws_egress_only_internet_gateway": "eigw-",
    "aws_eip": "eipalloc-",
    "aws_instance": "i-",
    "aws_internet_gateway": "igw-",
    "aws_launch_template": "lt-",
    "aws_nat_gateway": "nat-",
    "aws_network_acl": "acl-",
    "aws_network_interface": "eni-",
    "aws_route_table": "rtb-",
    "aws_security_group": "sg-",
    "aws_subnet": "subnet-",
    "aws_vpc": "vpc-",
    "aws_vpc_endpoint": "vpce-",
    "aws_vpc_endpoint_service": "vpce-svc-",
    "aws_vpc_peering_connection": "pcx-",
    "aws_vpn_connection": "vpn-",
    "aws_vpn_gateway": "vgw-",
    # Ids without a prefix of their own.
    "aws_api_gateway_rest_api": "",
    "aws_apigatewayv2_api": "",
    "aws_cloudfront_distribution": "",
    "aws_cloudfront_origin_access_control": "",
    "aws_cloudfront_origin_access_identity": "",
    "aws_kms_key": "",
    "aws_kms_replica_key": "",
    "aws_route53_zone": "",
}
# Ids that are another attribute.
_SAME: Mapping[tuple[str, str], str] = {
    ("aws_eip", "allocation_id"): "id",
    ("aws_kms_key", "key_id"): "id",
    ("aws_kms_replica_key", "key_id"): "id",
    ("aws_alb", "id"): "arn",
    ("aws_alb_listener", "id"): "arn",
    ("aws_alb_target_group", "id"): "arn",
    ("aws_cloudwatch_log_group", "id"): "name",
    ("aws_default_network_acl", "id"): "default_network_acl_id",
    ("aws_default_route_table", "id"): "default_route_table_id",
    ("aws_autoscaling_group", "id"): "name",
    ("aws_db_subnet_group", "id"): "name",
    ("aws_docdb_cluster", "id"): "cluster_identifier",
    ("aws_docdb_subnet_group", "id"): "name",
    ("aws_dynamodb_table", "id"): "name",
    ("aws_elasticache_replication_group", "id"): "replication_group_id",
    ("aws_elasticache_subnet_group", "id"): "name",
    ("aws_ecr_repository", "id"): "name",
    ("aws_iam_group", "id"): "name",
    ("aws_iam_instance_profile", "id"): "name",
    ("aws_iam_openid_connect_provider", "id"): "arn",
    ("aws_iam_policy", "id"): "arn",
    ("aws_iam_role", "id"): "name",
    ("aws_iam_saml_provider", "id"): "arn",
    ("aws_iam_user", "id"): "name",
    ("aws_kinesis_stream", "id"): "arn",
    ("aws_kms_alias", "id"): "name",
    ("aws_lambda_function", "id"): "function_name",
    ("aws_launch_configuration", "id"): "name",
    ("aws_lb", "id"): "arn",
    ("aws_lb_listener", "id"): "arn",
    ("aws_lb_target_group", "id"): "arn",
    ("aws_elb", "id"): "name",
    ("aws_neptune_cluster", "id"): "cluster_identifier",
    ("aws_neptune_subnet_group", "id"): "name",
    ("aws_rds_cluster", "id"): "cluster_identifier",
    ("aws_s3_bucket", "id"): "bucket",
    ("aws_s3_bucket_acl", "id"): "bucket",
    ("aws_s3_bucket_ownership_controls", "id"): "bucket",
    ("aws_s3_bucket_policy", "id"): "bucket",
    ("aws_s3_bucket_public_access_block", "id"): "bucket",
    ("aws_s3_bucket_versioning", "id"): "bucket",
    ("aws_secretsmanager_secret", "id"): "arn",
    ("aws_sfn_state_machine", "id"): "arn",
    ("aws_sns_topic", "id"): "arn",
    ("aws_sqs_queue", "id"): "url",
}
# ARNs. In braces: attributes of the resource, and p, r, a: partition, region and account.
_ARNS: Mapping[str, str] = {
    "aws_api_gateway_rest_api": "arn:{p}:apigateway:{r}::/restapis/{id}",
    "aws_cloudfront_distribution": "arn:{p}:cloudfront::{a}:distribution/{id}",
    "aws_cloudwatch_log_group": "arn:{p}:logs:{r}:{a}:log-group:{name}",
    "aws_codebuild_project": "arn:{p}:codebuild:{r}:{a}:project/{name}",
    "aws_dynamodb_table": "arn:{p}:dynamodb:{r}:{a}:table/{name}",
    "aws_ecr_repository": "arn:{p}:ecr:{r}:{a}:repository/{name}",
    "aws_ecs_cluster": "arn:{p}:ecs:{r}:{a}:cluster/{name}",
    "aws_efs_file_system": "arn:{p}:elasticfilesystem:{r}:{a}:file-system/{id}",
    "aws_eip": "arn:{p}:ec2:{r}:{a}:elastic-ip/{id}",
    "aws_iam_group": "arn:{p}:iam::{a}:group{path}{name}",
    "aws_iam_instance_profile": "arn:{p}:iam::{a}:instance-profile{path}{name}",
    "aws_iam_policy": "arn:{p}:iam::{a}:policy{path}{name}",
    "aws_iam_role": "arn:{p}:iam::{a}:role{path}{name}",
    "aws_iam_saml_provider": "arn:{p}:iam::{a}:saml-provider/{name}",
    "aws_iam_user": "arn:{p}:iam::{a}:user{path}{name}",
    "aws_instance": "arn:{p}:ec2:{r}:{a}:instance/{id}",
    "aws_internet_gateway": "arn:{p}:ec2:{r}:{a}:internet-gateway/{id}",
    "aws_kinesis_firehose_delivery_stream": "arn:{p}:firehose:{r}:{a}:deliverystream/{name}",
    "aws_kinesis_stream": "arn:{p}:kinesis:{r}:{a}:stream/{name}",
    "aws_kms_alias": "arn:{p}:kms:{r}:{a}:{name}",
    "aws_kms_key": "arn:{p}:kms:{r}:{a}:key/{id}",
    "aws_lambda_function": "arn:{p}:lambda:{r}:{a}:function:{function_name}",
    "aws_network_acl": "arn:{p}:ec2:{r}:{a}:network-acl/{id}",
    "aws_network_interface": "arn:{p}:ec2:{r}:{a}:network-interface/{id}",
    "aws_route53_zone": "arn:{p}:route53:::hostedzone/{id}",
    "aws_route_table": "arn:{p}:ec2:{r}:{a}:route-table/{id}",
    "aws_s3_access_point": "arn:{p}:s3:{r}:{a}:accesspoint/{name}",
    "aws_s3_bucket": "arn:{p}:s3:::{bucket}",
    "aws_security_group": "arn:{p}:ec2:{r}:{a}:security-group/{id}",
    "aws_sfn_state_machine": "arn:{p}:states:{r}:{a}:stateMachine:{name}",
    "aws_sns_topic": "arn:{p}:sns:{r}:{a}:{name}",
    "aws_sqs_queue": "arn:{p}:sqs:{r}:{a}:{name}",
    "aws_subnet": "arn:{p}:ec2:{r}:{a}:subnet/{id}",
    "aws_vpc": "arn:{p}:ec2:{r}:{a}:vpc/{id}",
    "aws_vpc_endpoint": "arn:{p}:ec2:{r}:{a}:vpc-endpoint/{id}",
}
# Attributes that name what is made, with the one that gives its beginning: the provider adds to it, and to `terraform-`
# where nobody wrote either ("id" package of its SDK).
_NAMES: Mapping[str, tuple[str, str]] = {
    "aws_autoscaling_group": ("name", "name_prefix"),
    "aws_cloudwatch_event_rule": ("name", "name_prefix"),
    "aws_db_subnet_group": ("name", "name_prefix"),
    "aws_docdb_cluster": ("cluster_identifier", "cluster_identifier_prefix"),
    "aws_docdb_subnet_group": ("name", "name_prefix"),
    "aws_elasticache_replication_group": ("replication_group_id", ""),
    "aws_elasticache_subnet_group": ("name", ""),
    "aws_launch_configuration": ("name", "name_prefix"),
    "aws_launch_template": ("name", "name_prefix"),
    "aws_neptune_cluster": ("cluster_identifier", "cluster_identifier_prefix"),
    "aws_neptune_subnet_group": ("name", "name_prefix"),
    "aws_rds_cluster": ("cluster_identifier", "cluster_identifier_prefix"),
    "aws_cloudwatch_log_group": ("name", "name_prefix"),
    "aws_elb": ("name", "name_prefix"),
    "aws_iam_group": ("name", ""),
    "aws_iam_instance_profile": ("name", "name_prefix"),
    "aws_iam_policy": ("name", "name_prefix"),
    "aws_iam_role": ("name", "name_prefix"),
    "aws_iam_user": ("name", ""),
    "aws_kms_alias": ("name", "name_prefix"),
    "aws_lambda_function": ("function_name", ""),
    "aws_lb": ("name", "name_prefix"),
    "aws_alb": ("name", "name_prefix"),
    "aws_lb_target_group": ("name", "name_prefix"),
    "aws_alb_target_group": ("name", "name_prefix"),
    "aws_s3_bucket": ("bucket", "bucket_prefix"),
    "aws_secretsmanager_secret": ("name", "name_prefix"),
    "aws_security_group": ("name", "name_prefix"),
    "aws_sns_topic": ("name", "name_prefix"),
    "aws_sqs_queue": ("name", "name_prefix"),
    "aws_dynamodb_table": ("name", ""),
    "aws_ecr_repository": ("name", ""),
    "aws_kinesis_stream": ("name", ""),
    "aws_sfn_state_machine": ("name", "name_prefix"),
    "aws_iam_role_policy": ("name", "name_prefix"),
    "aws_iam_user_policy": ("name", "name_prefix"),
    "aws_iam_group_policy": ("name", "name_prefix"),
}
_FIFO = ".fifo"
# Kinds of load balancers as their ARNs name them.
_BALANCERS = {"application": "app", "network": "net", "gateway": "gwy"}
# Ids of what AWS makes with something else.
_INNER: Mapping[tuple[str, str], str] = {
    ("aws_instance", "primary_network_interface_id"): "eni-",
    ("aws_nat_gateway", "network_interface_id"): "eni-",
    ("aws_vpc_endpoint", "prefix_list_id"): "pl-",
    ("aws_ec2_transit_gateway", "association_default_route_table_id"): "tgw-rtb-",
    ("aws_ec2_transit_gateway", "propagation_default_route_table_id"): "tgw-rtb-",
    ("aws_vpn_connection", "transit_gateway_attachment_id"): "tgw-attach-",
}
# What AWS makes with a VPC: the beginning of its id, and the attribute that the marker is named after.
_DEFAULTS: Mapping[str, tuple[str, str]] = {
    "default_security_group_id": ("sg-", "default_security_group_id"),
    "default_network_acl_id": ("acl-", "default_network_acl_id"),
    "default_route_table_id": ("rtb-", "main_route_table_id"),
    "main_route_table_id": ("rtb-", "main_route_table_id"),
}


def computed(resource: "Resource", attribute: str) -> str | None:
    """The value of an attribute that is not known, where the plan says enough; None where it does not."""
    kind = resource.type
    if (kind, attribute) in _SAME:
        value = resource.values.get(_SAME[kind, attribute])
        return value if isinstance(value, str) else None
    if attribute == "id" and kind in _IDS:
        return _IDS[kind] + resource.unknown("id", "name")
    if kind in ("aws_vpc", "aws_default_vpc") and attribute in _DEFAULTS:
        prefix, named = _DEFAULTS[attribute]
        return prefix + resource.unknown(named, "name")
    if (kind, attribute) in _INNER:
        return _inner(resource, attribute)
    if kind in _NAMES and attribute == _NAMES[kind][0]:
        return _name(resource, *_NAMES[kind])
    if attribute == "arn" and kind in _ARNS:
        return _filled(_ARNS[kind], resource)
    special = _SPECIAL.get((kind, attribute)) or _SPECIAL.get((kind.replace("aws_alb", "aws_lb"), attribute))
    return special(resource) if special else None


def _inner(resource: "Resource", attribute: str) -> str:
    if attribute == "propagation_default_route_table_id":  # one table is both
        attribute = "association_default_route_table_id"
    return _INNER[resource.type, attribute] + resource.unknown(attribute, "name")


def _name(resource: "Resource", attribute: str, prefix: str) -> str:
    marker = resource.unknown(attribute, "name")
    if resource.is_written(attribute):
        return marker
    written = resource.values.get(prefix) if prefix and resource.is_written(prefix) else None
    if resource.type == "aws_kms_alias":
        return f"{written or 'alias/'}{marker}"
    ending = _FIFO if resource.values.get("fifo_queue") is True or resource.values.get("fifo_topic") is True else ""
    return f"{written if isinstance(written, str) else 'terraform-'}{marker}{ending}"


def _filled(form: str, resource: "Resource") -> str | None:
    found = form.replace("{p}", resource.partition).replace("{r}", resource.region).replace("{a}", resource.account)
    while "{" in found:
        before, _, rest = found.partition("{")
        attribute, _, after = rest.partition("}")
        value = resource.values.get(attribute)
        if not isinstance(value, str):
            return None
        text = named(resource.plan.draft, value)
        if attribute == "path":
            text = f"/{text.strip('/')}/" if text.strip("/") else "/"
        found = f"{before}{text}{after}"
    return found


def _queue_url(resource: "Resource") -> str | None:
    name = resource.values.get("name")
    if not isinstance(name, str):
        return None
    ending = ".cn" if resource.partition == "aws-cn" else ""
    return f"https://sqs.{resource.region}.amazonaws.com{ending}/{resource.account}/{name}"


def _secret(resource: "Resource") -> str | None:
    made = resource.plan.draft.suffix(f"{resource.address}.arn")
    return _filled(f"arn:{{p}}:secretsmanager:{{r}}:{{a}}:secret:{{name}}-{made}", resource)


def _balancer(resource: "Resource") -> str | None:
    kind = _BALANCERS.get(str(resource.values.get("load_balancer_type") or "application"))
    made = resource.unknown("arn", "name")
    return kind and _filled(f"arn:{{p}}:elasticloadbalancing:{{r}}:{{a}}:loadbalancer/{kind}/{{name}}/{made}", resource)


def _listener(resource: "Resource") -> str | None:
    balancer = resource.values.get("load_balancer_arn")
    if not isinstance(balancer, str) or ":loadbalancer/" not in balancer:
        return None
    return f"{balancer.replace(':loadbalancer/', ':listener/')}/{resource.unknown('arn', 'name')}"


def _target_group(resource: "Resource") -> str | None:
    made = resource.unknown("arn", "name")
    return _filled(f"arn:{{p}}:elasticloadbalancing:{{r}}:{{a}}:targetgroup/{{name}}/{made}", resource)


def _event_rule(resource: "Resource") -> str | None:
    bus = resource.values.get("event_bus_name") or "default"
    if not isinstance(bus, str) or bus.startswith("arn:"):
        return None
    return _filled("arn:{p}:events:{r}:{a}:rule/" + ("" if bus == "default" else f"{bus}/") + "{name}", resource)


def _oidc(resource: "Resource") -> str | None:
    url = resource.values.get("url")
    if not isinstance(url, str):
        return None
    return _filled("arn:{p}:iam::{a}:oidc-provider/" + url.removeprefix("https://"), resource)


def _origin_access(resource: "Resource") -> str | None:
    return _filled("arn:{p}:iam::cloudfront:user/CloudFront Origin Access Identity {id}", resource)


def _version(resource: "Resource") -> str | None:
    return _filled("arn:{p}:lambda:{r}:{a}:function:{function_name}:" + resource.unknown("version", "name"), resource)


def _alias(resource: "Resource") -> str | None:
    name = resource.values.get("function_name")
    if not isinstance(name, str):
        return None
    if name.startswith("arn:"):
        return _filled(f"{name}:{{name}}", resource)
    return _filled("arn:{p}:lambda:{r}:{a}:function:{function_name}:{name}", resource)


def _default_group(resource: "Resource") -> str:
    owner = resource.plan.thing(str(resource.values.get("vpc_id")))
    if owner is None or owner.type not in ("aws_vpc", "aws_default_vpc"):
        return "sg-" + resource.unknown("id", "name")
    return str(owner.values["default_security_group_id"])


_SPECIAL = {
    ("aws_sqs_queue", "url"): _queue_url,
    ("aws_secretsmanager_secret", "arn"): _secret,
    ("aws_lb", "arn"): _balancer,
    ("aws_lb_listener", "arn"): _listener,
    ("aws_lb_target_group", "arn"): _target_group,
    ("aws_cloudwatch_event_rule", "arn"): _event_rule,
    ("aws_iam_openid_connect_provider", "arn"): _oidc,
    ("aws_cloudfront_origin_access_identity", "iam_arn"): _origin_access,
    ("aws_lambda_function", "qualified_arn"): _version,
    ("aws_lambda_alias", "arn"): _alias,
    ("aws_default_security_group", "id"): _default_group,
}
