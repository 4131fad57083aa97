"""The table of operations that a snapshot is made of: everything that the checker reads, and nothing else.

What an operation is called, how its answer is split into pages and what leads to it is in the API references of the
services; tests compare the rows with botocore's models and with what the checker reads.
"""

from typing import Any

from auditctl.collect.operation import PAGED, Operation, Pages, Scope, Targets
from auditctl.collect.targets import (
    after,
    batches,
    bucket_with_acls,
    buckets,
    each,
    members,
    objects,
    one,
    own_account,
    policy_types,
    qualifiers,
    units_above,
    where_row,
)
from checkers.cloud.access_point import SEVERAL_FOLDER

_ARN = "arn:{PARTITION}:"
_PLACE = "{REGION}:{ACCOUNT}:"
_AWS = ("aws",)  # for what only the public partition has


def _rows(service: str, names: str, **members_of_row: Any) -> tuple[Operation, ...]:  # noqa: ANN401  of any field
    """Operations of a service of which the same is to be said."""
    return tuple(Operation(service=service, name=name, **members_of_row) for name in names.split())


def _tokens(rows: str, out: str = "NextToken", into: str = "", **size: Any) -> Pages:  # noqa: ANN401  of any field
    """Pages of an operation that botocore has no paginator for: its list, and the members with the token."""
    return Pages(rows=rows, token=into or out, after=out, **size)


def _global(service: str, names: str, **members_of_row: Any) -> tuple[Operation, ...]:  # noqa: ANN401  of any field
    return _rows(service, names, scope=Scope.GLOBAL, **members_of_row)


_IDENTITY = _global("iam", "get-account-authorization-details", pages=Pages(limit="MaxItems", size=1000))

_OF_BUCKET: dict[str, Targets] = {"s3/list-buckets": buckets}
_OF_ACLS: dict[str, Targets] = {"s3/get-bucket-ownership-controls": bucket_with_acls}
_OWN = {"AccountId": "{ACCOUNT}"}
_S3 = (
    *_global("s3", "list-buckets", pages=Pages(limit="MaxBuckets", size=1000), action="s3:ListAllMyBuckets"),
    *_global("s3", "get-bucket-policy get-bucket-acl get-bucket-ownership-controls", follows=_OF_BUCKET),
    *_global("s3", "get-public-access-block", follows=_OF_BUCKET, action="s3:GetBucketPublicAccessBlock"),
    *_global("s3", "get-bucket-tagging", follows=_OF_BUCKET),
    *_global("s3", "get-bucket-versioning", follows=_OF_ACLS),
    *_global("s3", "list-objects-v2", follows=_OF_ACLS, pages=PAGED, action="s3:ListBucket"),
    *_global("s3", "get-object-acl", follows={"s3/list-objects-v2": objects}),
    *_global("s3control", "get-public-access-block", arguments=_OWN, action="s3:GetAccountPublicAccessBlock"),
    *_rows("s3control", "list-access-points", arguments=_OWN, pages=_tokens("AccessPointList")),
    *_rows(
        "s3control",
        "get-access-point get-access-point-policy",
        arguments=_OWN,
        follows={"s3control/list-access-points": each("AccessPointList", "{Name}", Name="{Name}")},
    ),
    *_rows(
        "s3control",
        "list-multi-region-access-points",
        arguments=_OWN,
        pages=_tokens("AccessPoints"),
        region=SEVERAL_FOLDER,
        partitions=_AWS,
    ),
    *_rows(
        "s3control",
        "get-multi-region-access-point-policy",
        arguments=_OWN,
        follows={"s3control/list-multi-region-access-points": each("AccessPoints", "{Name}", Name="{Name}")},
        region=SEVERAL_FOLDER,
        partitions=_AWS,
    ),
)

_OF_POLICY: dict[str, Targets] = {"organizations/list-policies": each("Policies", "{Id}", PolicyId="{Id}")}
_IN_USE: dict[str, Targets] = {"organizations/describe-organization": one}
_ORGANIZATION = (
    *_global("organizations", "describe-organization"),
    *_global("organizations", "list-accounts list-roots", follows=_IN_USE, pages=PAGED),
    *_global(
        "organizations",
        "list-parents",
        pages=PAGED,
        follows={
            "organizations/list-accounts": each("Accounts", "{Id}", ChildId="{Id}"),
            "organizations/list-parents": units_above,
        },
    ),
    *_global(
        "organizations", "list-policies", follows={"organizations/describe-organization": policy_types}, pages=PAGED
    ),
    *_global("organizations", "describe-policy", follows=_OF_POLICY),
    *_global("organizations", "list-targets-for-policy", follows=_OF_POLICY, pages=PAGED),
    *_global(
        "organizations",
        "describe-effective-policy",
        follows={
            "organizations/list-accounts": members,
            "organizations/describe-organization": own_account,
        },
        arguments={"PolicyType": "S3_POLICY"},
    ),
)

# Resources that can have a policy.
_OF_FUNCTION = {"lambda/list-functions": each("Functions", "{FunctionName}", FunctionName="{FunctionName}")}
_OF_KEY = {"kms/list-keys": each("Keys", "{KeyId}", KeyId="{KeyId}")}
_OF_REPOSITORY = each("repositories", "{repositoryName}", repositoryName="{repositoryName}")
_GUARDED = (
    *_rows("kms", "list-keys", pages=PAGED),
    *_rows("kms", "get-key-policy", follows=_OF_KEY, arguments={"PolicyName": "default"}),  # there is no other
    *_rows("kms", "describe-key", follows=_OF_KEY),
    *_rows("kms", "list-grants", follows=_OF_KEY, pages=PAGED),
    *_rows("sqs", "list-queues", pages=Pages(limit="MaxResults", size=1000)),  # no token without it
    *_rows(
        "sqs",
        "get-queue-attributes",
        follows={"sqs/list-queues": each("QueueUrls", after("", "/"), QueueUrl="{IT}")},
        arguments={"AttributeNames": ["All"]},
    ),
    *_rows("sns", "list-topics", pages=PAGED),
    *_rows(
        "sns",
        "get-topic-attributes",
        follows={"sns/list-topics": each("Topics", after("TopicArn", ":"), TopicArn="{TopicArn}")},
    ),
    *_rows("lambda", "list-functions list-layers", pages=PAGED),
    *_rows("lambda", "list-aliases list-versions-by-function", follows=_OF_FUNCTION, pages=PAGED, is_aside=True),
    *_rows(
        "lambda",
        "get-policy",
        follows={
            **_OF_FUNCTION,
            "lambda/list-aliases": each("Aliases", "{NAME}/{Name}", FunctionName="{NAME}", Qualifier="{Name}"),
            "lambda/list-versions-by-function": qualifiers,
        },
    ),
    *_rows(
        "lambda",
        "list-layer-versions",
        follows={"lambda/list-layers": each("Layers", "{LayerName}", LayerName="{LayerName}")},
        pages=PAGED,
    ),
    *_rows(
        "lambda",
        "get-layer-version-policy",
        follows={
            "lambda/list-layer-versions": each(
                "LayerVersions", "{NAME}/{Version}", LayerName="{NAME}", VersionNumber="{Version}"
            )
        },
    ),
    *_rows("secretsmanager", "list-secrets", pages=PAGED),
    *_rows(
        "secretsmanager",
        "get-resource-policy",
        follows={"secretsmanager/list-secrets": each("SecretList", "{Name}", SecretId="{ARN}")},
    ),
    *_rows("ecr", "describe-repositories", pages=PAGED),
    *_rows("ecr", "get-repository-policy", follows={"ecr/describe-repositories": _OF_REPOSITORY}),
    *_rows("ecr-public", "describe-repositories", pages=PAGED, region="us-east-1", partitions=_AWS),
    *_rows(
        "ecr-public",
        "get-repository-policy",
        follows={"ecr-public/describe-repositories": _OF_REPOSITORY},
        region="us-east-1",
        partitions=_AWS,
    ),
    *_rows("efs", "describe-file-systems", pages=PAGED),
    *_rows(
        "efs",
        "describe-file-system-policy",
        follows={"efs/describe-file-systems": each("FileSystems", "{FileSystemId}", FileSystemId="{FileSystemId}")},
    ),
    *_rows("opensearch", "list-domain-names"),
    *_rows(
        "opensearch",
        "describe-domain",
        follows={"opensearch/list-domain-names": each("DomainNames", "{DomainName}", DomainName="{DomainName}")},
    ),
    *_rows("apigateway", "get-rest-apis", pages=PAGED, action="apigateway:GET"),
    *_rows(
        "apigateway",
        "get-authorizers",
        follows={"apigateway/get-rest-apis": each("items", "{id}", restApiId="{id}")},
        pages=PAGED,
        action="apigateway:GET",
    ),
    *_rows("events", "list-event-buses", pages=_tokens("EventBuses")),
    *_rows("backup", "list-backup-vaults", pages=PAGED),
    *_rows(
        "backup",
        "get-backup-vault-access-policy",
        follows={
            "backup/list-backup-vaults": each(
                "BackupVaultList", "{BackupVaultName}", BackupVaultName="{BackupVaultName}"
            )
        },
    ),
    *_rows("glacier", "list-vaults", pages=PAGED, arguments={"accountId": "-"}),
    *_rows(
        "glacier",
        "get-vault-access-policy",
        follows={"glacier/list-vaults": each("VaultList", "{VaultName}", vaultName="{VaultName}")},
        arguments={"accountId": "-"},
    ),
    *_rows("dynamodb", "list-tables", pages=PAGED),
    *_rows(
        "dynamodbstreams",
        "list-streams",
        pages=_tokens("Streams", "LastEvaluatedStreamArn", into="ExclusiveStartStreamArn"),
    ),
    *_rows(
        "dynamodb",
        "get-resource-policy",
        follows={
            "dynamodb/list-tables": each("TableNames", "{IT}", ResourceArn=f"{_ARN}dynamodb:{_PLACE}table/{{IT}}"),
            "dynamodbstreams/list-streams": each("Streams", after("StreamArn", ":table/"), ResourceArn="{StreamArn}"),
        },
    ),
    *_rows("kinesis", "list-streams", pages=PAGED),
    *_rows(
        "kinesis",
        "list-stream-consumers",
        follows={"kinesis/list-streams": each("StreamNames", "{IT}", StreamARN=f"{_ARN}kinesis:{_PLACE}stream/{{IT}}")},
        pages=PAGED,
        is_aside=True,
    ),
    *_rows(
        "kinesis",
        "get-resource-policy",
        follows={
            "kinesis/list-streams": each("StreamNames", "{IT}", ResourceARN=f"{_ARN}kinesis:{_PLACE}stream/{{IT}}"),
            "kinesis/list-stream-consumers": each(
                "Consumers", after("ConsumerARN", ":stream/"), ResourceARN="{ConsumerARN}"
            ),
        },
    ),
    *_rows("codeartifact", "list-domains list-repositories", pages=PAGED),
    *_rows(
        "codeartifact",
        "get-domain-permissions-policy",
        follows={"codeartifact/list-domains": each("domains", "{name}", domain="{name}")},
    ),
    *_rows(
        "codeartifact",
        "get-repository-permissions-policy",
        follows={
            "codeartifact/list-repositories": each(
                "repositories",
                "{domainName}/{name}",
                domain="{domainName}",
                domainOwner="{domainOwner}",
                repository="{name}",
            )
        },
    ),
    *_rows("logs", "describe-resource-policies", pages=PAGED),
    *_rows("sesv2", "list-email-identities", pages=_tokens("EmailIdentities")),
    *_rows(
        "sesv2",
        "get-email-identity-policies",
        follows={
            "sesv2/list-email-identities": each("EmailIdentities", "{IdentityName}", EmailIdentity="{IdentityName}")
        },
    ),
    *_rows("mediastore", "list-containers", pages=PAGED),
    *_rows(
        "mediastore",
        "get-container-policy",
        follows={"mediastore/list-containers": each("Containers", "{Name}", ContainerName="{Name}")},
    ),
    *_rows("glue", "get-resource-policy"),
)

# Things that have a role. `describe-instances` is among those of networks.
_HOLDERS = (
    *_rows("ec2", "describe-launch-templates", pages=PAGED, is_aside=True, blames="describe-launch-template-versions"),
    *_rows(
        "ec2",
        "describe-launch-template-versions",
        follows={
            "ec2/describe-launch-templates": each(
                "LaunchTemplates", "{LaunchTemplateId}", LaunchTemplateId="{LaunchTemplateId}"
            )
        },
        pages=PAGED,
    ),
    *_rows("cloudformation", "describe-stacks", pages=PAGED),
    *_rows("codebuild", "list-projects", pages=PAGED, is_aside=True, blames="batch-get-projects"),
    *_rows("codebuild", "batch-get-projects", follows={"codebuild/list-projects": batches}),
    *_rows("glue", "get-dev-endpoints", pages=PAGED),
    *_rows("sagemaker", "list-notebook-instances", pages=PAGED, is_aside=True, blames="describe-notebook-instance"),
    *_rows(
        "sagemaker",
        "describe-notebook-instance",
        follows={
            "sagemaker/list-notebook-instances": each(
                "NotebookInstances", "{NotebookInstanceName}", NotebookInstanceName="{NotebookInstanceName}"
            )
        },
    ),
    *_rows(
        "apprunner",
        "list-services",
        pages=_tokens("ServiceSummaryList"),
        is_aside=True,
        blames="describe-service",
    ),
    *_rows(
        "apprunner",
        "describe-service",
        follows={"apprunner/list-services": each("ServiceSummaryList", "{ServiceName}", ServiceArn="{ServiceArn}")},
    ),
    *_rows(
        "bedrock-agentcore-control",
        "list-code-interpreters",
        pages=PAGED,
        is_aside=True,
        blames="get-code-interpreter",
    ),
    *_rows(
        "bedrock-agentcore-control",
        "get-code-interpreter",
        follows={
            "bedrock-agentcore-control/list-code-interpreters": each(
                "codeInterpreterSummaries", "{codeInterpreterId}", codeInterpreterId="{codeInterpreterId}"
            )
        },
    ),
)

# Networks.
_OF_TABLE: dict[str, Targets] = {
    "ec2/describe-transit-gateway-route-tables": where_row(
        each(
            "TransitGatewayRouteTables",
            "{TransitGatewayRouteTableId}",
            TransitGatewayRouteTableId="{TransitGatewayRouteTableId}",
        ),
        "TransitGatewayRouteTables",
        lambda row: row.get("State", "available") == "available",
    )
}
_OF_BALANCER: dict[str, Targets] = {
    "elbv2/describe-load-balancers": each("LoadBalancers", "{LoadBalancerName}", LoadBalancerArn="{LoadBalancerArn}")
}
_OF_GROUP: dict[str, Targets] = {
    "elbv2/describe-target-groups": each("TargetGroups", "{TargetGroupName}", TargetGroupArn="{TargetGroupArn}")
}
_NETWORKS = (
    *_rows(
        "ec2",
        "describe-vpcs describe-subnets describe-network-interfaces describe-instances describe-security-groups "
        "describe-network-acls describe-route-tables describe-internet-gateways "
        "describe-egress-only-internet-gateways describe-nat-gateways describe-vpc-peering-connections "
        "describe-vpc-endpoints describe-vpc-endpoint-service-configurations describe-carrier-gateways "
        "describe-local-gateways describe-client-vpn-endpoints describe-managed-prefix-lists "
        "describe-transit-gateways describe-transit-gateway-attachments "
        "describe-transit-gateway-vpc-attachments describe-transit-gateway-peering-attachments "
        "describe-transit-gateway-route-tables",
        pages=PAGED,
    ),
    *_rows(
        "ec2",
        "describe-vpn-gateways describe-vpn-connections describe-addresses describe-vpc-block-public-access-options",
    ),
    *_rows("ec2", "describe-vpc-block-public-access-exclusions", pages=_tokens("VpcBlockPublicAccessExclusions")),
    *_rows(
        "ec2",
        "get-managed-prefix-list-entries",
        follows={
            "ec2/describe-managed-prefix-lists": each("PrefixLists", "{PrefixListId}", PrefixListId="{PrefixListId}")
        },
        pages=PAGED,
    ),
    *_rows(
        "ec2",
        "get-transit-gateway-route-table-associations get-transit-gateway-route-table-propagations",
        follows=_OF_TABLE,
        pages=PAGED,
    ),
    *_rows(
        "ec2",
        "search-transit-gateway-routes",
        follows=_OF_TABLE,
        pages=PAGED,
        arguments={"Filters": [{"Name": "state", "Values": ["active", "blackhole"]}]},
    ),
    *_rows("elb", "describe-load-balancers", pages=PAGED),
    *_rows("elbv2", "describe-load-balancers describe-target-groups", pages=PAGED),
    *_rows("elbv2", "describe-listeners", follows=_OF_BALANCER, pages=PAGED),
    *_rows("elbv2", "describe-load-balancer-attributes", follows=_OF_BALANCER),
    *_rows(
        "elbv2",
        "describe-rules",
        follows={
            "elbv2/describe-listeners": where_row(
                each("Listeners", after("ListenerArn", "/"), ListenerArn="{ListenerArn}"),
                "Listeners",
                lambda row: ":listener/app/" in row["ListenerArn"],  # others have no rules
            )
        },
        pages=PAGED,
    ),
    *_rows("elbv2", "describe-target-health describe-target-group-attributes", follows=_OF_GROUP),
)

TABLE: tuple[Operation, ...] = (*_IDENTITY, *_S3, *_ORGANIZATION, *_GUARDED, *_HOLDERS, *_NETWORKS)
# Asked once for each account before the others; the answer is no part of the snapshot.
REGIONS = Operation(service="ec2", name="describe-regions", scope=Scope.GLOBAL, is_aside=True)
FIRST = tuple(operation for operation in TABLE if not operation.follows)


def followers(of: Operation) -> tuple[tuple[Operation, Targets], ...]:
    """The operations that ask about what an answer has."""
    return tuple((o, o.follows[of.id]) for o in TABLE if of.id in o.follows)
