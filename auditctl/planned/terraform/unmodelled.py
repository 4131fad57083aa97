"""What of a plan is not read: what may decide a request or move packets all the same, and what decides nothing."""

from collections.abc import Mapping

from auditctl.planned.terraform.harmless import HARMLESS
from auditctl.planned.terraform.network import in_vpc
from auditctl.planned.terraform.plan import Plan, Resource
from auditctl.planned.terraform.providers import is_of_aws
from auditctl.planned.things import Unmodelled

# What the names of types begin with, and the CLI's name of the service whose requests such a type can decide. What is
# not here may decide any request: resources that make others (CloudFormation), that share them (RAM), or that bind
# whole accounts (Organizations) are left out on purpose. The longest beginning counts.
_SERVICES: Mapping[str, str] = {
    "acm": "acm",
    "acmpca": "acm-pca",
    "ami": "ec2",
    "api_gateway": "apigateway",
    "apigatewayv2": "apigatewayv2",
    "athena": "athena",
    "autoscaling": "autoscaling",
    "backup": "backup",
    "batch": "batch",
    "cloudfront": "cloudfront",
    "cloudtrail": "cloudtrail",
    "cloudwatch": "cloudwatch",
    "cloudwatch_event": "events",
    "cloudwatch_log": "logs",
    "codeartifact": "codeartifact",
    "codebuild": "codebuild",
    "db": "rds",
    "dx": "directconnect",
    "dynamodb": "dynamodb",
    "ebs": "ec2",
    "ec2": "ec2",
    "ecr": "ecr",
    "ecs": "ecs",
    "efs": "efs",
    "eks": "eks",
    "elasticache": "elasticache",
    "elasticsearch": "es",
    "glacier": "glacier",
    "globalaccelerator": "globalaccelerator",
    "glue": "glue",
    "guardduty": "guardduty",
    "iam": "iam",
    "kinesis": "kinesis",
    "kms": "kms",
    "lambda": "lambda",
    "lb": "elbv2",
    "media_store": "mediastore",
    "network": "ec2",
    "networkfirewall": "ec2",
    "opensearch": "opensearch",
    "rds": "rds",
    "redshift": "redshift",
    "route53": "route53",
    "route53_resolver": "ec2",
    "s3": "s3",
    "s3control": "s3control",
    "sagemaker": "sagemaker",
    "secretsmanager": "secretsmanager",
    "ses": "ses",
    "sesv2": "sesv2",
    "sfn": "stepfunctions",
    "snapshot": "ec2",
    "sns": "sns",
    "spot": "ec2",
    "sqs": "sqs",
    "ssm": "ssm",
    "vpc": "ec2",
    "vpn": "ec2",
}
# Types of these services whose effect is not bounded by it.
_UNBOUNDED = frozenset({"aws_iam_organizations_features", "aws_lambda_invocation"})


# Beginnings of types that make resources which the plan does not list: these may be in any VPC.
_MAKERS = (
    "aws_cloudcontrolapi_",
    "aws_cloudformation_",
    "aws_elastic_beanstalk_environment",
    "aws_serverlessapplicationrepository_",
    "aws_servicecatalog_provisioned_product",
    "awscc_",
)


def service_of(kind: str) -> str:
    """The service whose requests a type can decide; empty where it may be any."""
    words = kind.removeprefix("aws_").split("_")
    if kind in _UNBOUNDED or kind.startswith(_MAKERS):
        return ""
    beginnings = ("_".join(words[:length]) for length in range(len(words), 0, -1))
    return next((_SERVICES[b] for b in beginnings if b in _SERVICES), "")


def decides_nothing(resource: Resource) -> bool:
    """Whether a resource is left out. What other providers make (kubernetes, random, ...) is not in AWS."""
    return not is_of_aws(resource) or resource.type in HARMLESS or _is_plain(resource)


def _is_plain(resource: Resource) -> bool:
    """Whether a resource decides something only with an attribute that it does not have."""
    attribute = _ONLY_WITH.get(resource.type)
    return attribute is not None and not resource.after.get(attribute) and not resource.is_written(attribute)


_ONLY_WITH: Mapping[str, str] = {
    "aws_s3_object": "acl",
    "aws_s3_object_copy": "acl",
    "aws_codebuild_project": "vpc_config",
    "aws_ssm_document": "permissions",
}


def unmodelled(plan: Plan, resource: Resource) -> Unmodelled:
    """The thing that a resource is that is not read."""
    makes_more = resource.type.startswith(_MAKERS)
    return Unmodelled(
        account=resource.account,
        region=resource.region,
        origin=plan.origin(resource),
        service=service_of(resource.type),
        kind=resource.type,
        vpc="*" if makes_more else in_vpc(resource),
    )
