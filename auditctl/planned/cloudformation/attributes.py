"""What `Ref` and `Fn::GetAtt` give of a resource: computed where it follows from what is known, else a marker.

Untrusted. The tables are from the template reference, "Return values" of each type. Names that the template leaves
out, and ids, are made by AWS: markers that are unlike anything else. What a type gives that is not in the tables may
be anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from auditctl.planned.cloudformation.nodes import Call, Node, Place, Table, check_case, quote, wrong
from auditctl.planned.cloudformation.values import Value, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from auditctl.planned.cloudformation.evaluate import Evaluator
    from auditctl.planned.cloudformation.template import Resource

# The property that names a resource; without it AWS makes a name.
NAMES: Mapping[str, str] = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::ECR::Repository": "RepositoryName",
    "AWS::ECS::Cluster": "ClusterName",
    "AWS::ElasticLoadBalancing::LoadBalancer": "LoadBalancerName",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "Name",
    "AWS::ElasticLoadBalancingV2::TargetGroup": "Name",
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Policy": "PolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::KMS::Alias": "AliasName",
    "AWS::Kinesis::Stream": "Name",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::AccessPoint": "Name",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SecretsManager::Secret": "Name",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
}
# Names that end so where the property of that name is true.
_FIFO: Mapping[str, str] = {"AWS::SNS::Topic": "FifoTopic", "AWS::SQS::Queue": "FifoQueue"}
# Types that have a path in front of the name.
_PATHS = frozenset(f"AWS::IAM::{kind}" for kind in ("Group", "InstanceProfile", "ManagedPolicy", "Role", "User"))
# ARNs that follow from the name: `{p}` partition, `{r}` region, `{a}` account, `{path}`, `{name}`.
ARNS: Mapping[str, str] = {
    "AWS::DynamoDB::Table": "arn:{p}:dynamodb:{r}:{a}:table/{name}",
    "AWS::ECR::Repository": "arn:{p}:ecr:{r}:{a}:repository/{name}",
    "AWS::ECS::Cluster": "arn:{p}:ecs:{r}:{a}:cluster/{name}",
    "AWS::IAM::Group": "arn:{p}:iam::{a}:group{path}{name}",
    "AWS::IAM::InstanceProfile": "arn:{p}:iam::{a}:instance-profile{path}{name}",
    "AWS::IAM::ManagedPolicy": "arn:{p}:iam::{a}:policy{path}{name}",
    "AWS::IAM::Role": "arn:{p}:iam::{a}:role{path}{name}",
    "AWS::IAM::User": "arn:{p}:iam::{a}:user{path}{name}",
    "AWS::Kinesis::Stream": "arn:{p}:kinesis:{r}:{a}:stream/{name}",
    "AWS::Lambda::Function": "arn:{p}:lambda:{r}:{a}:function:{name}",
    "AWS::Logs::LogGroup": "arn:{p}:logs:{r}:{a}:log-group:{name}:*",
    "AWS::S3::AccessPoint": "arn:{p}:s3:{r}:{a}:accesspoint/{name}",
    "AWS::S3::Bucket": "arn:{p}:s3:::{name}",
    "AWS::SNS::Topic": "arn:{p}:sns:{r}:{a}:{name}",
    "AWS::SQS::Queue": "arn:{p}:sqs:{r}:{a}:{name}",
    "AWS::StepFunctions::StateMachine": "arn:{p}:states:{r}:{a}:stateMachine:{name}",
}
# Ids that AWS makes, and what they begin with.
IDS: Mapping[str, tuple[str, str]] = {
    "AWS::EC2::CustomerGateway": ("cgw-", "CustomerGatewayId"),
    "AWS::EC2::EgressOnlyInternetGateway": ("eigw-", "Id"),
    "AWS::EC2::FlowLog": ("fl-", "Id"),
    "AWS::EC2::Instance": ("i-", "InstanceId"),
    "AWS::EC2::InternetGateway": ("igw-", "InternetGatewayId"),
    "AWS::EC2::LaunchTemplate": ("lt-", "LaunchTemplateId"),
    "AWS::EC2::NatGateway": ("nat-", "NatGatewayId"),
    "AWS::EC2::NetworkAcl": ("acl-", "Id"),
    "AWS::EC2::NetworkInterface": ("eni-", "Id"),
    "AWS::EC2::PrefixList": ("pl-", "PrefixListId"),
    "AWS::EC2::RouteTable": ("rtb-", "RouteTableId"),
    "AWS::EC2::SecurityGroup": ("sg-", "GroupId"),
    "AWS::EC2::Subnet": ("subnet-", "SubnetId"),
    "AWS::EC2::TransitGateway": ("tgw-", "Id"),
    "AWS::EC2::TransitGatewayAttachment": ("tgw-attach-", "Id"),
    "AWS::EC2::TransitGatewayPeeringAttachment": ("tgw-attach-", "TransitGatewayAttachmentId"),
    "AWS::EC2::TransitGatewayRouteTable": ("tgw-rtb-", "TransitGatewayRouteTableId"),
    "AWS::EC2::TransitGatewayVpcAttachment": ("tgw-attach-", "Id"),
    "AWS::EC2::VPC": ("vpc-", "VpcId"),
    "AWS::EC2::VPCEndpoint": ("vpce-", "Id"),
    "AWS::EC2::VPCPeeringConnection": ("pcx-", "Id"),
    "AWS::EC2::VPNGateway": ("vgw-", "VPNGatewayId"),
    "AWS::KMS::Key": ("", "KeyId"),
}
# What Ref gives: an attribute, where it is neither the name nor the id.
_REFS: Mapping[str, str] = {
    "AWS::EC2::EIP": "PublicIp",
    "AWS::ECS::Cluster": "Name",
    "AWS::ElasticLoadBalancingV2::Listener": "ListenerArn",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "LoadBalancerArn",
    "AWS::ElasticLoadBalancingV2::TargetGroup": "TargetGroupArn",
    "AWS::IAM::ManagedPolicy": "PolicyArn",
    "AWS::Lambda::Alias": "AliasArn",
    "AWS::Lambda::Version": "FunctionArn",
    "AWS::SNS::Topic": "TopicArn",
    "AWS::SQS::Queue": "QueueUrl",
    "AWS::SecretsManager::Secret": "Id",
    "AWS::SecretsManager::SecretTargetAttachment": "Id",
    "AWS::StepFunctions::StateMachine": "Arn",
}
# Attributes that are the name.
_NAMED: Mapping[str, frozenset[str]] = {
    "AWS::DynamoDB::Table": frozenset({"TableName"}),
    "AWS::S3::AccessPoint": frozenset({"Name"}),
    "AWS::SNS::Topic": frozenset({"TopicName"}),
    "AWS::SQS::Queue": frozenset({"QueueName"}),
    "AWS::StepFunctions::StateMachine": frozenset({"Name"}),
    "AWS::ECS::Cluster": frozenset({"Name"}),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": frozenset({"LoadBalancerName"}),
    "AWS::ElasticLoadBalancingV2::TargetGroup": frozenset({"TargetGroupName"}),
}
_BALANCERS = {
    "LoadBalancerArn": "arn:{p}:elasticloadbalancing:{r}:{a}:loadbalancer/{full}",
    "TargetGroupArn": "arn:{p}:elasticloadbalancing:{r}:{a}:{full}",
}
# What load balancers of a type are called in ARNs.
_SHORT = {"application": "app", "network": "net", "gateway": "gwy"}

Special: TypeAlias = "Callable[[Attributes, Resource, Place], str]"


@dataclass(slots=True)
class Attributes:
    """The values that resources give to others, each made once."""

    evaluator: Evaluator
    found: dict[tuple[str, str], Value | None] = field(default_factory=dict)  # None: being evaluated

    def ref(self, name: str, at: Place) -> Value:
        """What `Ref` gives of a resource."""
        resource = self.evaluator.template.resources.get(name)
        if resource is None:
            return self.unknown(name, "", at)
        if resource.type in _REFS:
            return self.get(name, _REFS[resource.type], at)
        if resource.type in IDS:
            return self.get(name, IDS[resource.type][1], at)
        if resource.type in NAMES:
            return Value(data=self.name(resource, at), at=at)
        return self.unknown(name, "", at)

    def get(self, name: str, attribute: str, at: Place) -> Value:
        """What `Fn::GetAtt` gives of a resource."""
        place = (name, attribute)
        if place in self.found:
            found = self.found[place]
            if found is None:
                raise wrong(f"{quote(name)} depends on itself", at)
            return Value(data=found.data, at=at)
        self.found[place] = None
        value = self.make(name, attribute, at)
        self.found[place] = value
        return value

    def make(self, name: str, attribute: str, at: Place) -> Value:
        """An attribute; one that no table knows may be anything."""
        e = self.evaluator
        resource = e.template.resources.get(name)
        if resource is None:
            return self.unknown(name, attribute, at)
        prefix, own = IDS.get(resource.type, ("", ""))
        if own == attribute or (own and attribute == "Id"):
            return Value(data=f"{prefix}{self.marker(resource, own, at)}", at=at)
        if attribute in _NAMED.get(resource.type, ()):
            return Value(data=self.name(resource, at), at=at)
        special = _SPECIAL.get((resource.type, attribute))
        known = special(self, resource, at) if special is not None else ""
        if known:
            return Value(data=known, at=at)
        if attribute in _ARN_NAMES and resource.type in ARNS:
            return Value(data=self.arn(resource, at), at=at)
        return self.unknown(name, attribute, at)

    def unknown(self, name: str, attribute: str, at: Place) -> Value:
        """Anything; for people, the attribute of the resource."""
        shown = f"{name}.{attribute}" if attribute else name
        resource = self.evaluator.template.resources.get(name)
        kind = _KINDS.get((resource.type, attribute), "text") if resource is not None else "text"
        return self.evaluator.unknown(shown, kind, at, f"{shown} is known when the stack is made")

    def marker(self, resource: Resource, attribute: str, at: Place) -> str:
        """A marker of what AWS makes."""
        return self.evaluator.unknown(f"{resource.id}.{attribute}", "name", at).text

    def property(self, resource: Resource, name: str) -> Value | None:
        """A property of a resource, evaluated."""
        node = self.node(resource, name)
        return None if node is None else self.evaluator.evaluate(node, f"{resource.id}.{name}")

    @staticmethod
    def node(resource: Resource, name: str) -> Node | None:
        """A property as it is written."""
        properties = resource.properties
        if isinstance(properties, Call):
            raise wrong(f"Properties of {quote(resource.id)} is a function, expected a mapping", properties.at)
        if not isinstance(properties, Table):
            return None
        if name not in properties.entries:
            check_case(properties.entries, name, quote(resource.id), properties.at)
        return properties.get(name)

    def text(self, resource: Resource, name: str) -> str:
        """A property that is a text, empty where there is none."""
        found = self.property(resource, name)
        if found is None:
            return ""
        if isinstance(found.data, tuple | dict):
            raise wrong(f"{resource.id}.{name} is no text", found.at)
        return text_of(found.data)

    def name(self, resource: Resource, at: Place) -> str:
        """The name of a resource; a marker where AWS makes it."""
        place = (resource.id, "")
        if place not in self.found:
            self.found[place] = None
            self.found[place] = Value(data=self.make_name(resource, at), at=at)
        found = self.found[place]
        if found is None:
            raise wrong(f"{quote(resource.id)} depends on itself", at)
        return found.text

    def make_name(self, resource: Resource, at: Place) -> str:
        """As `name`, once."""
        written = self.text(resource, NAMES[resource.type])
        if written:
            return written
        fifo = _FIFO.get(resource.type, "")
        ending = ".fifo" if fifo and self.text(resource, fifo) == "true" else ""
        return f"{self.marker(resource, NAMES[resource.type], at)}{ending}"

    def filled(self, template: str, **parts: str) -> str:
        """An ARN of the stack's account and region."""
        stack = self.evaluator.stack
        return template.format(p=stack.partition, r=stack.region, a=stack.account, **parts)

    def arn(self, resource: Resource, at: Place) -> str:
        """The ARN that follows from the name."""
        path = (self.text(resource, "Path") or "/") if resource.type in _PATHS else ""
        return self.filled(ARNS[resource.type], path=path, name=self.name(resource, at))


# Attributes that are the ARN.
_ARN_NAMES = frozenset({"Arn", "PolicyArn", "TopicArn"})


def _queue_url(a: Attributes, resource: Resource, at: Place) -> str:
    stack = a.evaluator.stack
    return f"https://sqs.{stack.region}.{stack.suffix}/{stack.account}/{a.name(resource, at)}"


def _domain(a: Attributes, resource: Resource, at: Place) -> str:
    return f"{a.name(resource, at)}.s3.{a.evaluator.stack.suffix}"


def _website(a: Attributes, resource: Resource, at: Place) -> str:
    return f"http://{a.name(resource, at)}.s3-website-{a.evaluator.stack.region}.{a.evaluator.stack.suffix}"


def _key(a: Attributes, resource: Resource, at: Place) -> str:
    return a.filled("arn:{p}:kms:{r}:{a}:key/{id}", id=a.marker(resource, "KeyId", at))


def _secret(a: Attributes, resource: Resource, at: Place) -> str:
    """Six characters that AWS makes end the ARN of a secret."""
    name, ending = a.name(resource, at), a.evaluator.draft.suffix(f"{resource.id}.Id")
    return a.filled("arn:{p}:secretsmanager:{r}:{a}:secret:{name}-{ending}", name=name, ending=ending)


def _attached_secret(a: Attributes, resource: Resource, _: Place) -> str:
    return a.text(resource, "SecretId")


def _full(a: Attributes, resource: Resource, at: Place) -> str:
    """The name of a load balancer with its type and id, as it is in its ARN."""
    kind = _SHORT.get(a.text(resource, "Type") or "application", "app")
    return f"{kind}/{a.name(resource, at)}/{a.marker(resource, 'LoadBalancerArn', at)}"


def _balancer(a: Attributes, resource: Resource, at: Place) -> str:
    return a.filled(_BALANCERS["LoadBalancerArn"], full=_full(a, resource, at))


def _group_full(a: Attributes, resource: Resource, at: Place) -> str:
    return f"targetgroup/{a.name(resource, at)}/{a.marker(resource, 'TargetGroupArn', at)}"


def _group(a: Attributes, resource: Resource, at: Place) -> str:
    return a.filled(_BALANCERS["TargetGroupArn"], full=_group_full(a, resource, at))


def _listener(a: Attributes, resource: Resource, at: Place) -> str:
    balancer = a.text(resource, "LoadBalancerArn").replace(":loadbalancer/", ":listener/")
    return f"{balancer}/{a.marker(resource, 'ListenerArn', at)}"


def _function_arn(a: Attributes, resource: Resource) -> str:
    """The ARN of the function that an alias or version is of, which may be named by its ARN or its name."""
    name = a.text(resource, "FunctionName")
    return name if name.startswith("arn:") else a.filled("arn:{p}:lambda:{r}:{a}:function:{name}", name=name)


def _alias(a: Attributes, resource: Resource, _: Place) -> str:
    return f"{_function_arn(a, resource)}:{a.text(resource, 'Name')}"


def _version(a: Attributes, resource: Resource, at: Place) -> str:
    return f"{_function_arn(a, resource)}:{a.marker(resource, 'Version', at)}"


def _own(attribute: str) -> Special:
    """An attribute that is a property of the same name."""

    def found(a: Attributes, resource: Resource, _: Place) -> str:
        return a.text(resource, attribute)

    return found


def _made(prefix: str, attribute: str) -> Special:
    """An id that AWS makes beside the resource's own."""

    def found(a: Attributes, resource: Resource, at: Place) -> str:
        return f"{prefix}{a.marker(resource, attribute, at)}"

    return found


# What is computed in a way of its own; an empty text where it is not known.
_SPECIAL: Mapping[tuple[str, str], Special] = {
    ("AWS::EC2::EIP", "AllocationId"): _made("eipalloc-", "AllocationId"),
    ("AWS::EC2::SecurityGroup", "VpcId"): _own("VpcId"),
    ("AWS::EC2::Subnet", "CidrBlock"): _own("CidrBlock"),
    ("AWS::EC2::Subnet", "VpcId"): _own("VpcId"),
    ("AWS::EC2::VPC", "CidrBlock"): _own("CidrBlock"),
    ("AWS::EC2::VPC", "DefaultNetworkAcl"): _made("acl-", "default_network_acl_id"),
    ("AWS::EC2::VPC", "DefaultSecurityGroup"): _made("sg-", "default_security_group_id"),
    ("AWS::ElasticLoadBalancingV2::Listener", "ListenerArn"): _listener,
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "LoadBalancerArn"): _balancer,
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "LoadBalancerFullName"): _full,
    ("AWS::ElasticLoadBalancingV2::TargetGroup", "TargetGroupArn"): _group,
    ("AWS::ElasticLoadBalancingV2::TargetGroup", "TargetGroupFullName"): _group_full,
    ("AWS::KMS::Key", "Arn"): _key,
    ("AWS::Lambda::Alias", "AliasArn"): _alias,
    ("AWS::Lambda::Version", "FunctionArn"): _version,
    ("AWS::S3::Bucket", "DomainName"): _domain,
    ("AWS::S3::Bucket", "WebsiteURL"): _website,
    ("AWS::SQS::Queue", "QueueUrl"): _queue_url,
    ("AWS::SecretsManager::Secret", "Id"): _secret,
    ("AWS::SecretsManager::SecretTargetAttachment", "Id"): _attached_secret,
}
# Unknown values that are no texts.
_KINDS = {
    ("AWS::EC2::EIP", "PublicIp"): "address",
    ("AWS::EC2::Instance", "PrivateIp"): "address",
    ("AWS::EC2::Instance", "PublicIp"): "address",
    ("AWS::EC2::NetworkInterface", "PrimaryPrivateIpAddress"): "address",
    ("AWS::EC2::Subnet", "Ipv6CidrBlocks"): "list",
    ("AWS::EC2::VPC", "CidrBlockAssociations"): "list",
    ("AWS::EC2::VPC", "Ipv6CidrBlocks"): "list",
    ("AWS::EC2::NetworkInterface", "SecondaryPrivateIpAddresses"): "list",
}
