"""Which operation an answer is of, by its members: one row of a table for each operation.

Untrusted. Sources: the API references of the services. Several rows may fit; what tells them apart is in `recognise`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from checkers.strict_json import Json

REGION, GLOBAL = "region", "global"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The answer of an operation, `service/name`.

    All of `members` are there. The first is a list, of objects with the members `row`; or an object with them; with
    `row` ("",) a list of texts; with `is_text` a text. `keys`: the member `key` of each row, or of the object, fits it.
    The resource that the answer is about is what stands at `name`, behind the last `after` (`//`: between the last two
    slashes; `A|B`: both, with a slash between); or what fits `resource` among the resources of its policy, whose
    actions begin with `prefix`; or the path of the file tells it: one of the kind `parent` that another answer lists.
    """

    operation: str
    members: tuple[str, ...]
    row: tuple[str, ...] = ()
    scope: str = REGION
    name: tuple[str, ...] = ()
    after: str = ""
    parent: str = ""
    resource: str = ""
    prefix: str = ""
    is_text: bool = False
    key: str = "Key"
    keys: str = ""
    is_never_empty: bool = False

    @property
    def service(self) -> str:
        """The service as the AWS CLI calls it."""
        return self.operation.partition("/")[0]

    @property
    def verb(self) -> str:
        """The operation without its service."""
        return self.operation.partition("/")[2]

    def fits(self, value: Mapping[str, Json]) -> bool:
        """Whether an answer has this shape."""
        if not all(member in value for member in self.members):
            return False
        first = value[self.members[0]] if self.members else None
        if self.is_text:
            return isinstance(first, str)
        if isinstance(first, list):
            return all(map(self._is_row, first)) and not (self.is_never_empty and not first)
        return isinstance(first, dict) and self.row != ("",) and self._is_row(first)

    def _is_row(self, row: Json) -> bool:
        if self.row == ("",):
            return isinstance(row, str)
        if not isinstance(row, dict) or not all(member in row for member in self.row):
            return False
        return not self.keys or re.fullmatch(self.keys, str(row[self.key])) is not None


def _one(operation: str, members: str, row: str = "", scope: str = REGION, **more: object) -> Shape:
    rows = ("",) if row == "TEXT" else tuple(row.split())
    return Shape(operation=operation, members=tuple(members.split()), row=rows, scope=scope, **more)  # type: ignore[arg-type]


def _policy(operation: str, prefix: str, resource: str, members: str = "Policy", **more: object) -> Shape:
    found = {"scope": REGION, **more}
    return _one(operation, members, prefix=prefix, resource=resource, is_text=True, **found)  # type: ignore[arg-type]


_POINT = "access-point"
_KEY = "arn:[^:]+:kms:[^:]*:[^:]*:key/(?P<name>[^/:*?]+)"
_LITERAL = "(?P<name>[^/:*?]+)"

_S3 = (
    _one("s3/list-buckets", "Buckets", "Name CreationDate", GLOBAL),
    _policy("s3/get-bucket-policy", "s3", f"arn:[^:]+:s3:::{_LITERAL}(/.*)?", scope=GLOBAL, parent="bucket"),
    _one("s3/get-bucket-acl", "Grants Owner", "Grantee Permission", GLOBAL, parent="bucket"),
    _one("s3/get-object-acl", "Grants Owner", "Grantee Permission", GLOBAL, parent="object"),
    _one("s3/get-bucket-ownership-controls", "OwnershipControls", "Rules", GLOBAL, parent="bucket"),
    _one("s3/get-public-access-block", "PublicAccessBlockConfiguration", "", GLOBAL, parent="bucket"),
    _one("s3/get-bucket-tagging", "TagSet", "Key Value", GLOBAL, parent="bucket"),
    _one("s3/get-bucket-versioning", "Status", "", GLOBAL, parent="bucket", is_text=True),
    _one("s3/list-objects-v2", "Contents", "Key", GLOBAL, name=("Name",), parent="bucket"),
    _one("s3/list-objects-v2", "KeyCount Name", "", GLOBAL, name=("Name",), parent="bucket"),
    _one("s3/get-bucket-encryption", "ServerSideEncryptionConfiguration", "Rules", GLOBAL, parent="bucket"),
    _one("s3/get-bucket-location", "LocationConstraint", "", GLOBAL, parent="bucket", is_text=True),
    _one("s3/get-bucket-logging", "LoggingEnabled", "", GLOBAL, parent="bucket"),
    _one("s3/get-bucket-website", "IndexDocument", "Suffix", GLOBAL, parent="bucket"),
    _one("s3control/get-public-access-block", "PublicAccessBlockConfiguration", "", GLOBAL, parent="account"),
    _one("s3control/list-access-points", "AccessPointList", "Name NetworkOrigin"),
    _one(
        "s3control/get-access-point", "Name Bucket NetworkOrigin", is_text=True, name=("Name",), parent="access-point"
    ),
    _policy(
        "s3control/get-access-point-policy",
        "s3",
        f"arn:[^:]+:s3:[^:]*:[^:]*:accesspoint/{_LITERAL}(/.*)?",
        parent="access-point",
    ),
    _one("s3control/list-multi-region-access-points", "AccessPoints", "Name Alias", "us-west-2"),
)

_EC2_LISTS = {
    "describe-addresses": ("Addresses", "Domain"),
    "describe-carrier-gateways": ("CarrierGateways", "CarrierGatewayId"),
    "describe-client-vpn-endpoints": ("ClientVpnEndpoints", "ClientVpnEndpointId"),
    "describe-egress-only-internet-gateways": ("EgressOnlyInternetGateways", "EgressOnlyInternetGatewayId"),
    "describe-instances": ("Reservations", "Instances"),
    "describe-internet-gateways": ("InternetGateways", "InternetGatewayId"),
    "describe-local-gateways": ("LocalGateways", "LocalGatewayId"),
    "describe-managed-prefix-lists": ("PrefixLists", "PrefixListArn"),
    "describe-nat-gateways": ("NatGateways", "NatGatewayId"),
    "describe-network-acls": ("NetworkAcls", "NetworkAclId"),
    "describe-network-interfaces": ("NetworkInterfaces", "NetworkInterfaceId"),
    "describe-route-tables": ("RouteTables", "RouteTableId"),
    "describe-security-groups": ("SecurityGroups", "GroupId"),
    "describe-subnets": ("Subnets", "SubnetId"),
    "describe-transit-gateway-attachments": ("TransitGatewayAttachments", "TransitGatewayAttachmentId"),
    "describe-transit-gateway-peering-attachments": ("TransitGatewayPeeringAttachments", "TransitGatewayAttachmentId"),
    "describe-transit-gateway-route-tables": ("TransitGatewayRouteTables", "TransitGatewayRouteTableId"),
    "describe-transit-gateway-vpc-attachments": ("TransitGatewayVpcAttachments", "TransitGatewayAttachmentId"),
    "describe-transit-gateways": ("TransitGateways", "TransitGatewayId"),
    "describe-vpc-block-public-access-exclusions": ("VpcBlockPublicAccessExclusions", "ExclusionId"),
    "describe-vpc-block-public-access-options": ("VpcBlockPublicAccessOptions", ""),
    "describe-vpc-endpoint-service-configurations": ("ServiceConfigurations", "ServiceId"),
    "describe-vpc-endpoints": ("VpcEndpoints", "VpcEndpointId"),
    "describe-vpc-peering-connections": ("VpcPeeringConnections", "VpcPeeringConnectionId"),
    "describe-vpcs": ("Vpcs", "VpcId"),
    "describe-vpn-connections": ("VpnConnections", "VpnConnectionId"),
    "describe-vpn-gateways": ("VpnGateways", "VpnGatewayId"),
}
# API reference of Elastic Load Balancing, LoadBalancerAttribute and TargetGroupAttribute.
_BALANCER_KEYS = (
    r"(access_logs|connection_logs|health_check_logs|deletion_protection|idle_timeout|client_keep_alive|routing|ipv6|waf"
    r"|dns_record|zonal_shift|secondary_ips)\..+|load_balancing\.cross_zone\.enabled"
)
_GROUP_KEYS = (
    r"(deregistration_delay|stickiness|slow_start|lambda|preserve_client_ip|proxy_protocol_v2|target_failover"
    r"|target_group_health|target_health_state|load_balancing)\..+"
)
_NETWORK = (
    *(_one(f"ec2/{operation}", member, row) for operation, (member, row) in _EC2_LISTS.items()),
    _one("ec2/describe-prefix-lists", "PrefixLists", "Cidrs", is_never_empty=True),  # AWS has some in every region
    _one("ec2/get-managed-prefix-list-entries", "Entries", "Cidr", parent="prefix-list"),
    _one(
        "ec2/get-transit-gateway-route-table-associations",
        "Associations",
        "TransitGatewayAttachmentId",
        parent="transit-table",
    ),
    _one(
        "ec2/get-transit-gateway-route-table-propagations",
        "TransitGatewayRouteTablePropagations",
        "TransitGatewayAttachmentId",
        parent="transit-table",
    ),
    _one("ec2/search-transit-gateway-routes", "Routes AdditionalRoutesAvailable", "State", parent="transit-table"),
    _one(
        "ec2/describe-launch-template-versions",
        "LaunchTemplateVersions",
        "LaunchTemplateId",
        name=("LaunchTemplateVersions", "LaunchTemplateId"),
    ),
    _one("elb/describe-load-balancers", "LoadBalancerDescriptions", "LoadBalancerName"),
    _one("elbv2/describe-load-balancers", "LoadBalancers", "LoadBalancerArn"),
    _one("elbv2/describe-target-groups", "TargetGroups", "TargetGroupArn"),
    _one(
        "elbv2/describe-listeners",
        "Listeners",
        "ListenerArn",
        name=("Listeners", "LoadBalancerArn"),
        after="//",
        parent="balancer",
    ),
    _one("elbv2/describe-rules", "Rules", "RuleArn", name=("Rules", "RuleArn"), after="//", parent="listener"),
    _one("elbv2/describe-target-health", "TargetHealthDescriptions", "Target", parent="target-group"),
    _one("elbv2/describe-load-balancer-attributes", "Attributes", "Key Value", parent="balancer", keys=_BALANCER_KEYS),
    _one("elbv2/describe-target-group-attributes", "Attributes", "Key Value", parent="target-group", keys=_GROUP_KEYS),
    _one("events/list-rules", "Rules", "Arn State"),
)

_ORGANIZATION = (
    _one("organizations/describe-organization", "Organization", "Id MasterAccountId", GLOBAL),
    _one("organizations/list-accounts", "Accounts", "Id Status", GLOBAL),
    _one("organizations/list-accounts", "Accounts", "Id State", GLOBAL),
    _one("organizations/list-roots", "Roots", "Id PolicyTypes", GLOBAL),
    _one("organizations/list-parents", "Parents", "Id Type", GLOBAL, parent="child"),
    _one("organizations/list-policies", "Policies", "Id Type", GLOBAL, name=("Policies", "Type"), parent="policy-type"),
    _one(
        "organizations/describe-policy",
        "Policy",
        "PolicySummary Content",
        GLOBAL,
        name=("Policy", "PolicySummary", "Id"),
    ),
    _one("organizations/list-targets-for-policy", "Targets", "TargetId Type", GLOBAL, parent="policy"),
    _one(
        "organizations/describe-effective-policy",
        "EffectivePolicy",
        "TargetId PolicyType",
        GLOBAL,
        name=("EffectivePolicy", "PolicyType|TargetId"),
    ),
    _one("organizations/list-organizational-units-for-parent", "OrganizationalUnits", "Id", GLOBAL, parent="unit"),
)

_IAM = (
    _one("iam/get-account-authorization-details", "UserDetailList RoleDetailList", "Arn", GLOBAL),
    _one("iam/get-account-authorization-details", "RoleDetailList Policies", "Arn", GLOBAL),
    _one("iam/get-account-password-policy", "PasswordPolicy", "", GLOBAL),
    _one("iam/get-account-summary", "SummaryMap", "", GLOBAL),
    _one("iam/get-credential-report", "Content ReportFormat", "", GLOBAL, is_text=True),
    _one("iam/list-account-aliases", "AccountAliases", "TEXT", GLOBAL),
    _one("iam/list-open-id-connect-providers", "OpenIDConnectProviderList", "Arn", GLOBAL),
    _one("iam/list-policies", "Policies", "PolicyName DefaultVersionId", GLOBAL),
    _one("iam/list-virtual-mfa-devices", "VirtualMFADevices", "SerialNumber", GLOBAL),
    _one("sts/get-caller-identity", "Account Arn UserId", "", GLOBAL, is_text=True),
)

_RESOURCES = (
    _one("kms/list-keys", "Keys", "KeyId KeyArn"),
    _one("kms/describe-key", "KeyMetadata", "KeyId", name=("KeyMetadata", "KeyId")),
    _one("kms/list-grants", "Grants Truncated", "GrantId KeyId", name=("Grants", "KeyId"), after="/", parent="key"),
    _policy("kms/get-key-policy", "kms", _KEY, "Policy PolicyName", parent="key"),
    _policy("kms/get-key-policy", "kms", _KEY, parent="key"),
    _one("sqs/list-queues", "QueueUrls", "TEXT"),
    _one("sqs/get-queue-attributes", "Attributes", "QueueArn", name=("Attributes", "QueueArn"), after=":"),
    _one("sns/list-topics", "Topics", "TopicArn"),
    _one("sns/get-topic-attributes", "Attributes", "TopicArn", name=("Attributes", "TopicArn"), after=":"),
    _one("lambda/list-functions", "Functions", "FunctionArn"),
    _policy(
        "lambda/get-policy",
        "lambda",
        "arn:[^:]+:lambda:[^:]*:[^:]*:function:(?P<name>[^:*?]+(:[^:*?]+)?)",
        "Policy RevisionId",
        parent="function",
    ),
    _one("lambda/list-layers", "Layers", "LayerName LayerArn"),
    _one("lambda/list-layer-versions", "LayerVersions", "LayerVersionArn", parent="layer"),
    _policy(
        "lambda/get-layer-version-policy",
        "lambda",
        "arn:[^:]+:lambda:[^:]*:[^:]*:layer:(?P<name>[^:*?]+:[0-9]+)",
        "Policy RevisionId",
    ),
    _one("secretsmanager/list-secrets", "SecretList", "ARN Name"),
    _one("secretsmanager/get-resource-policy", "ARN Name", is_text=True, name=("Name",)),
    _one(
        "ecr/describe-repositories",
        "repositories",
        "registryId repositoryArn repositoryUri",
        key="repositoryArn",
        keys="arn:[^:]+:ecr:.+",
    ),
    _one(
        "ecr-public/describe-repositories",
        "repositories",
        "registryId repositoryArn repositoryUri",
        "us-east-1",
        key="repositoryArn",
        keys="arn:[^:]+:ecr-public:.+",
    ),
    *(
        _one(
            f"{service}/get-repository-policy",
            "policyText repositoryName",
            scope=scope,
            is_text=True,
            name=("repositoryName",),
            prefix=service,
        )
        for service, scope in (("ecr", REGION), ("ecr-public", "us-east-1"))
    ),
    _one(
        "codeartifact/get-domain-permissions-policy",
        "policy",
        "resourceArn document",
        name=("policy", "resourceArn"),
        after=":domain/",
        key="resourceArn",
        keys="arn:[^:]+:codeartifact:.+:domain/.+",
    ),
    _one(
        "codeartifact/get-repository-permissions-policy",
        "policy",
        "resourceArn document",
        name=("policy", "resourceArn"),
        after=":repository/",
        key="resourceArn",
        keys="arn:[^:]+:codeartifact:.+:repository/.+",
    ),
    _one("codeartifact/list-repositories", "repositories", "domainName arn"),
    _one("codeartifact/list-domains", "domains", "name arn"),
    _one("efs/describe-file-systems", "FileSystems", "FileSystemId"),
    _one("efs/describe-file-system-policy", "FileSystemId Policy", is_text=True, name=("FileSystemId",)),
    _one("opensearch/list-domain-names", "DomainNames", "DomainName"),
    _one("opensearch/describe-domain", "DomainStatus", "DomainName", name=("DomainStatus", "DomainName")),
    _one("apigateway/get-rest-apis", "items", "id name createdDate"),
    _one("apigateway/get-authorizers", "items", "id name type", parent="rest-api"),
    _one("events/list-event-buses", "EventBuses", "Name Arn"),
    _one("backup/list-backup-vaults", "BackupVaultList", "BackupVaultName"),
    _one("backup/get-backup-vault-access-policy", "BackupVaultName Policy", is_text=True, name=("BackupVaultName",)),
    _one("glacier/list-vaults", "VaultList", "VaultName"),
    _one("glacier/get-vault-access-policy", "policy", "Policy", parent="glacier-vault"),
    _one("dynamodb/list-tables", "TableNames", "TEXT"),
    _policy(
        "dynamodb/get-resource-policy",
        "dynamodb",
        "arn:[^:]+:dynamodb:[^:]*:[^:]*:table/(?P<name>[^/:*?]+(/stream/[^/*?]+)?)(/index/.*)?",
        "Policy RevisionId",
        parent="table",
    ),
    _one("dynamodbstreams/list-streams", "Streams", "StreamArn StreamLabel"),
    _one("kinesis/list-streams", "StreamNames", "TEXT"),
    _policy(
        "kinesis/get-resource-policy",
        "kinesis",
        "arn:[^:]+:kinesis:[^:]*:[^:]*:stream/(?P<name>[^/:*?]+(/consumer/[^/*?]+)?)",
        parent="stream",
    ),
    _one("logs/describe-resource-policies", "resourcePolicies", "policyName"),
    _one("sesv2/list-email-identities", "EmailIdentities", "IdentityName"),
    _one("sesv2/get-email-identity-policies", "Policies", parent="email-identity"),
    _one("mediastore/list-containers", "Containers", "Name Endpoint"),
    _policy(
        "mediastore/get-container-policy",
        "mediastore",
        f"arn:[^:]+:mediastore:[^:]*:[^:]*:container/{_LITERAL}(/.*)?",
        parent="container",
    ),
    _one("glue/get-resource-policy", "PolicyInJson PolicyHash", is_text=True),
    _one("glue/get-dev-endpoints", "DevEndpoints", "EndpointName"),
    _one("cloudformation/describe-stacks", "Stacks", "StackId"),
    _one("codebuild/batch-get-projects", "projects", "arn serviceRole"),
    _one(
        "sagemaker/describe-notebook-instance",
        "NotebookInstanceArn NotebookInstanceName",
        is_text=True,
        name=("NotebookInstanceName",),
    ),
    _one("apprunner/describe-service", "Service", "ServiceArn ServiceName", name=("Service", "ServiceName")),
    _one(
        "bedrock-agentcore-control/get-code-interpreter",
        "codeInterpreterArn codeInterpreterId",
        is_text=True,
        name=("codeInterpreterId",),
    ),
)

# Often exported and read by no rule: an entry of the ledger that touches their service, not everything.
_OTHERS = (
    _one("cloudtrail/describe-trails", "trailList", "TrailARN"),
    _one("ec2/describe-flow-logs", "FlowLogs", "FlowLogId"),
    _one("ec2/describe-key-pairs", "KeyPairs", "KeyPairId"),
    _one("ec2/describe-snapshots", "Snapshots", "SnapshotId VolumeId"),
    _one("ec2/describe-volumes", "Volumes", "VolumeId"),
    _one("eks/list-clusters", "clusters", "TEXT"),
    _one("guardduty/list-detectors", "DetectorIds", "TEXT"),
    _one("iam/list-groups", "Groups", "GroupName Arn", GLOBAL),
    _one("iam/list-roles", "Roles", "RoleName Arn", GLOBAL),
    _one("iam/list-users", "Users", "UserName Arn", GLOBAL),
    _one("rds/describe-db-instances", "DBInstances", "DBInstanceArn"),
)

SHAPES: tuple[Shape, ...] = (*_IAM, *_ORGANIZATION, *_S3, *_RESOURCES, *_NETWORK, *_OTHERS)
# Answers that may be empty objects: AWS leaves the only member out.
EMPTY: tuple[Shape, ...] = (
    _one("sqs/list-queues", ""),
    _one("s3/get-bucket-versioning", "", "", GLOBAL, parent="bucket"),
)
# By service and operation, for files whose path or error message names it.
BY_OPERATION: Mapping[str, tuple[Shape, ...]] = {
    operation: tuple(s for s in SHAPES if s.operation == operation) for operation in {s.operation for s in SHAPES}
}
# The kinds of resources that answers list: operation, members of the list and of the name, what stands before it.
NAMED: Mapping[str, tuple[tuple[str, tuple[str, ...], str], ...]] = {
    "bucket": (("s3/list-buckets", ("Buckets", "Name"), ""),),
    "access-point": (("s3control/list-access-points", ("AccessPointList", "Name"), ""),),
    "key": (("kms/list-keys", ("Keys", "KeyId"), ""), ("kms/describe-key", ("KeyMetadata", "KeyId"), "")),
    "queue": (("sqs/list-queues", ("QueueUrls",), "/"),),
    "topic": (("sns/list-topics", ("Topics", "TopicArn"), ":"),),
    "function": (("lambda/list-functions", ("Functions", "FunctionName"), ""),),
    "layer": (("lambda/list-layers", ("Layers", "LayerName"), ""),),
    "secret": (("secretsmanager/list-secrets", ("SecretList", "Name"), ""),),
    "repository": (("ecr/describe-repositories", ("repositories", "repositoryName"), ""),),
    "table": (("dynamodb/list-tables", ("TableNames",), ""),),
    "stream": (("kinesis/list-streams", ("StreamNames",), ""),),
    "rest-api": (("apigateway/get-rest-apis", ("items", "id"), ""),),
    "vault": (("backup/list-backup-vaults", ("BackupVaultList", "BackupVaultName"), ""),),
    "file-system": (("efs/describe-file-systems", ("FileSystems", "FileSystemId"), ""),),
    "glacier-vault": (("glacier/list-vaults", ("VaultList", "VaultName"), ""),),
    "email-identity": (("sesv2/list-email-identities", ("EmailIdentities", "IdentityName"), ""),),
    "public-repository": (("ecr-public/describe-repositories", ("repositories", "repositoryName"), ""),),
    "container": (("mediastore/list-containers", ("Containers", "Name"), ""),),
    "prefix-list": (("ec2/describe-managed-prefix-lists", ("PrefixLists", "PrefixListId"), ""),),
    "transit-table": (
        ("ec2/describe-transit-gateway-route-tables", ("TransitGatewayRouteTables", "TransitGatewayRouteTableId"), ""),
    ),
    "balancer": (("elbv2/describe-load-balancers", ("LoadBalancers", "LoadBalancerName"), ""),),
    "target-group": (("elbv2/describe-target-groups", ("TargetGroups", "TargetGroupName"), ""),),
    "listener": (("elbv2/describe-listeners", ("Listeners", "ListenerArn"), "/"),),
    "child": (
        ("organizations/list-accounts", ("Accounts", "Id"), ""),
        ("organizations/list-organizational-units-for-parent", ("OrganizationalUnits", "Id"), ""),
        ("organizations/list-parents", ("Parents", "Id"), ""),
    ),
    "unit": (
        ("organizations/list-roots", ("Roots", "Id"), ""),
        ("organizations/list-organizational-units-for-parent", ("OrganizationalUnits", "Id"), ""),
        ("organizations/list-parents", ("Parents", "Id"), ""),
    ),
    "policy": (
        ("organizations/list-policies", ("Policies", "Id"), ""),
        ("organizations/describe-policy", ("Policy", "PolicySummary", "Id"), ""),
    ),
}
# Resources whose ids are told by how they look, whether or not an answer lists them.
IDS: Mapping[str, tuple[str, ...]] = {
    "child": (r"ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}", r"[0-9]{12}"),
    "unit": (r"ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}", r"r-[0-9a-z]{4,32}"),
    "policy": (r"p-[0-9A-Za-z_]{8,128}",),
    "prefix-list": (r"pl-[0-9a-f]{8,17}",),
    "transit-table": (r"tgw-rtb-[0-9a-f]{8,17}",),
    "key": (r"(?:mrk-[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})",),
}
# Operations that answer about a resource and are recognised without it; an error message is about one too.
PARENT_OF: Mapping[str, str] = {
    **{s.operation: s.parent for s in SHAPES if s.parent},
    "ecr/get-repository-policy": "repository",
    "ecr-public/get-repository-policy": "public-repository",
    "efs/describe-file-system-policy": "file-system",
    "backup/get-backup-vault-access-policy": "vault",
    "kms/describe-key": "key",
    "organizations/describe-policy": "policy",
    "secretsmanager/get-resource-policy": "secret",
    "sns/get-topic-attributes": "topic",
    "sqs/get-queue-attributes": "queue",
}
