"""Types of resources that are not read: those that decide nothing, and the services of the others.

Untrusted. A type is on the list of those that decide nothing only if it allows and denies no request and carries no
packet, whatever its properties say; one that has a policy among its properties is not modelled all the same.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from auditctl.planned.cloudformation.nodes import Node, Table

if TYPE_CHECKING:
    from auditctl.planned.cloudformation.template import Resource


def _types(service: str, names: str) -> frozenset[str]:
    return frozenset(f"AWS::{service}::{name}" for name in names.split())


# Bookkeeping of CloudFormation, of costs and of groups.
_BOOKKEEPING = (
    _types("CDK", "Metadata")
    | _types("CloudFormation", "WaitCondition WaitConditionHandle")
    | _types("Budgets", "Budget")
    | _types("CE", "AnomalyMonitor AnomalySubscription CostCategory")
    | _types("CUR", "ReportDefinition")
    | _types("ResourceGroups", "Group")
    | _types("ServiceCatalogAppRegistry", "Application AttributeGroup AttributeGroupAssociation ResourceAssociation")
)
# What watches, counts, logs and reports.
_WATCHING = (
    _types("AccessAnalyzer", "Analyzer")
    | _types("CloudTrail", "EventDataStore Trail")
    | _types("CloudWatch", "Alarm AnomalyDetector CompositeAlarm Dashboard MetricStream")
    | _types("Config", "AggregationAuthorization ConfigRule ConfigurationAggregator ConfigurationRecorder")
    | _types("Config", "DeliveryChannel")
    | _types("EC2", "FlowLog")
    | _types("GuardDuty", "Detector Filter IPSet PublishingDestination ThreatIntelSet")
    | _types("Inspector", "AssessmentTarget AssessmentTemplate ResourceGroup")
    | _types("Logs", "LogGroup LogStream MetricFilter QueryDefinition SubscriptionFilter")
    | _types("Macie", "Session")
    | _types("SecurityHub", "FindingAggregator Hub Insight Standard")
    | _types("XRay", "Group SamplingRule")
)
# Credentials and identity providers: who may use them is written in trust policies.
_CREDENTIALS = _types("IAM", "AccessKey OIDCProvider SAMLProvider ServerCertificate VirtualMFADevice")
# Contents, versions, schedules and deliveries: the policy of what they belong to, or of their role, decides.
_PARTS = (
    _types("ApplicationAutoScaling", "ScalableTarget ScalingPolicy")
    | _types("AutoScaling", "LaunchConfiguration LifecycleHook ScalingPolicy ScheduledAction WarmPool")
    | _types("EC2", "CustomerGateway DHCPOptions KeyPair LaunchTemplate PlacementGroup Volume VolumeAttachment")
    | _types("EC2", "VPCDHCPOptionsAssociation")
    | _types("ECR", "PullThroughCacheRule ReplicationConfiguration RepositoryCreationTemplate")
    | _types("ElastiCache", "ParameterGroup SubnetGroup")
    | _types("ElasticLoadBalancingV2", "ListenerCertificate")
    | _types("Events", "Archive Rule")
    | _types("KMS", "Alias")
    | _types("Lambda", "Alias CodeSigningConfig EventInvokeConfig EventSourceMapping LayerVersion Url Version")
    | _types("RDS", "DBClusterParameterGroup DBParameterGroup DBSubnetGroup EventSubscription OptionGroup")
    | _types("SNS", "Subscription")
    | _types("SSM", "MaintenanceWindow Parameter PatchBaseline")
    | _types("Scheduler", "Schedule ScheduleGroup")
    | _types("SecretsManager", "RotationSchedule SecretTargetAttachment")
    | _types("StepFunctions", "Activity StateMachine StateMachineAlias StateMachineVersion")
)
# Things of services without resource policies, or whose policy is a property or a type of its own.
_WITHOUT_POLICY = (
    _types("Athena", "DataCatalog NamedQuery PreparedStatement WorkGroup")
    | _types("Backup", "BackupPlan BackupSelection BackupVault")
    | _types("CodeCommit", "Repository")
    | _types("CodeDeploy", "Application DeploymentConfig DeploymentGroup")
    | _types("CodePipeline", "Pipeline Webhook")
    | _types("CodeStarConnections", "Connection")
    | _types("Cognito", "UserPool UserPoolClient UserPoolDomain UserPoolGroup UserPoolUser")
    | _types("DLM", "LifecyclePolicy")
    | _types("DynamoDB", "Table")
    | _types("ECS", "CapacityProvider Cluster ClusterCapacityProviderAssociations TaskDefinition")
    | _types("Kinesis", "Stream StreamConsumer")
    | _types("KinesisFirehose", "DeliveryStream")
    | _types("ServiceDiscovery", "HttpNamespace PrivateDnsNamespace PublicDnsNamespace Service")
)
# Names, certificates and delivery over HTTP, of which the model of packets has nothing; origins decide who reads them.
_NAMES = (
    _types("CertificateManager", "Certificate")
    | _types("CloudFront", "CachePolicy CloudFrontOriginAccessIdentity Distribution Function KeyGroup KeyValueStore")
    | _types("CloudFront", "OriginAccessControl OriginRequestPolicy PublicKey ResponseHeadersPolicy")
    | _types("Route53", "HealthCheck HostedZone KeySigningKey RecordSet RecordSetGroup")
    | _types("WAFv2", "IPSet LoggingConfiguration RegexPatternSet RuleGroup WebACL WebACLAssociation")
)
HARMLESS = _BOOKKEEPING | _WATCHING | _CREDENTIALS | _PARTS | _WITHOUT_POLICY | _NAMES
# Properties that make even these decide something: policies, and a function that is made beside.
_DECIDING = frozenset({
    "AccessPolicy",
    "HostedRotationLambda",
    "KeyPolicy",
    "Policy",
    "PolicyDocument",
    "PolicyText",
    "RepositoryPolicyText",
    "ResourcePolicy",
    "ResourcePolicyDocument",
    "StreamResourcePolicy",
})

# Namespaces of types whose service the CLI calls something else; the others are their own name in small letters.
# None of these: a service that decides more than requests to itself.
_SERVICES = {
    "ApiGateway": "apigateway",
    "ApiGatewayV2": "apigatewayv2",
    "EFS": "efs",
    "ElasticLoadBalancing": "elb",
    "ElasticLoadBalancingV2": "elbv2",
    "Elasticsearch": "es",
    "OpenSearchService": "opensearch",
    "SES": "sesv2",
    "StepFunctions": "stepfunctions",
}
_TYPES = {"AWS::ECR::PublicRepository": "ecr-public"}
# What may allow or deny requests to anything: who calls, what the stack is made of, or policies for several services.
_ANYTHING = frozenset({"CDK", "CloudFormation", "IAM", "Organizations", "RAM", "Serverless", "SSO", "ServiceCatalog"})
# Things that have roles, which chains take to be all that there are, and so may stand for a way to a role.
_HOLDERS = (
    _types("AutoScaling", "AutoScalingGroup")
    | _types("EC2", "EC2Fleet Instance SpotFleet")
    | _types("Glue", "DevEndpoint")
    | _types("Lambda", "Function")
)
# What carries packets to things in VPCs from elsewhere, whatever its properties are called.
_CARRIERS = frozenset({"DirectConnect", "EC2", "GlobalAccelerator", "NetworkFirewall", "NetworkManager", "VpcLattice"})
_CARRYING = (
    _types("ApiGateway", "VpcLink")
    | _types("CloudFront", "VpcOrigin")
    | _types("ElasticLoadBalancing", "LoadBalancer")
    | _types("ElasticLoadBalancingV2", "Listener ListenerRule LoadBalancer TargetGroup")
)
# Properties of what is in a VPC.
_IN_VPC = re.compile(r".*(?:Subnet|VpcId|VPCId|VpcConfig|VPCConfig|SecurityGroup|NetworkConfiguration).*")


def is_harmless(resource: Resource) -> bool:
    """Whether a resource that is not read decides nothing."""
    if resource.type not in HARMLESS:
        return False
    properties = resource.properties
    if properties is None:
        return True
    if not isinstance(properties, Table):
        return False
    return _DECIDING.isdisjoint(_deep(properties))


def _deep(node: Table) -> set[str]:
    """The names of properties, and of those within them."""
    inner = (one for one in node.entries.values() if isinstance(one, Table))
    return set(node.entries).union(*(one.entries for one in inner))


def service_of(type_: str) -> str:
    """The service whose actions a resource of a type decides; empty where it may be any."""
    parts = type_.split("::")
    if parts[0] != "AWS" or len(parts) < 3 or parts[1] in _ANYTHING or type_ in _HOLDERS:  # noqa: PLR2004  # AWS::S3::Bucket
        return ""
    return _TYPES.get(type_) or _SERVICES.get(parts[1], parts[1].lower())


def in_vpc(resource: Resource) -> str:
    """Where a resource of which nothing more is known may be: `*` for any VPC, empty for none."""
    parts = resource.type.split("::")
    if resource.type in _CARRYING or (parts[0] == "AWS" and parts[1] in _CARRIERS):
        return "*"
    if not service_of(resource.type):
        return "*" if parts[:2] != ["AWS", "IAM"] else ""
    return "*" if _mentions(resource.properties) else ""


def _mentions(node: Node | None) -> bool:
    """Whether a property of this level or the next is about a VPC."""
    if not isinstance(node, Table):
        return False
    inner = (one for one in node.entries.values() if isinstance(one, Table))
    return any(map(_IN_VPC.fullmatch, node.entries)) or any(_mentions(one) for one in inner)
