"""Details of CloudFormation templates in which a resource is easily taken for safer than what AWS makes of it."""

from __future__ import annotations

import pytest

from planned.outcomes import outcome, outcomes
from planned.templates import drafted, resources, rows, unmodelled

NET = """
  V: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: 10.0.0.0/16}}
  S: {Type: 'AWS::EC2::Subnet', Properties: {VpcId: !Ref V, CidrBlock: 10.0.1.0/24, MapPublicIpOnLaunch: true}}
  W: {Type: 'AWS::EC2::InternetGateway'}
  A: {Type: 'AWS::EC2::VPCGatewayAttachment', Properties: {VpcId: !Ref V, InternetGatewayId: !Ref W}}
  T: {Type: 'AWS::EC2::RouteTable', Properties: {VpcId: !Ref V}}
  R: {Type: 'AWS::EC2::Route', Properties: {RouteTableId: !Ref T, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref W}}
  B: {Type: 'AWS::EC2::SubnetRouteTableAssociation', Properties: {RouteTableId: !Ref T, SubnetId: !Ref S}}
  G:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: g
      GroupName: web
      VpcId: !Ref V
      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 0, ToPort: 65535, CidrIp: 0.0.0.0/0}]
"""
SCALED = """
  E: {Type: 'AWS::EC2::LaunchTemplate', Properties: {LaunchTemplateData: {}}}
  L: {Type: 'AWS::EC2::LaunchTemplate', Properties: {LaunchTemplateData: {DATA}}}
  H: {Type: 'AWS::AutoScaling::AutoScalingGroup', Properties: {VPCZoneIdentifier: [!Ref S], WHAT}}
"""
OWN = "LaunchTemplate: {LaunchTemplateId: !Ref L, Version: '1'}"
OVERRIDE = (
    "MixedInstancesPolicy: {LaunchTemplate: {LaunchTemplateSpecification: {LaunchTemplateId: !Ref E, Version: '1'}, "
    "Overrides: [{InstanceType: m7i.large, LaunchTemplateSpecification: {LaunchTemplateId: !Ref L, Version: '1'}}]}}"
)
NIC = "NetworkInterfaces: [{DeviceIndex: 0, AssociatePublicIpAddress: false, Groups: [!Ref G], Ipv6AddressCount: 1}]"
MACRO = "Fn::Transform: {Name: 'AWS::Include', Parameters: {Location: 's3://acme/x'}}"


@pytest.mark.parametrize(
    ("data", "what", "expected"),
    [
        ("SecurityGroupIds: [!Ref G]", OWN, "violated"),
        ("SecurityGroups: [!Ref G]", OWN, "violated"),
        ("SecurityGroups: [web]", OWN, "inconclusive"),
        (NIC, OWN, "inconclusive"),
        ("SecurityGroupIds: [!Ref G]", OVERRIDE, "inconclusive"),
    ],
)
def test_what_a_group_launches(data: str, what: str, expected: str) -> None:
    draft = resources(NET + SCALED.replace("DATA", data).replace("WHAT", what))
    assert outcome(draft, "vpc-ssh-outside-bastions") == expected


def test_an_instance_has_the_tags_of_its_launch_template() -> None:
    text = """
  L:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData: {TagSpecifications: [{ResourceType: instance, Tags: [{Key: role, Value: database}]}]}
  I:
    Type: AWS::EC2::Instance
    Properties:
      SubnetId: !Ref S
      SecurityGroupIds: [!Ref G]
      LaunchTemplate: {LaunchTemplateId: !Ref L, Version: '1'}
"""
    assert outcome(resources(NET + text), "vpc-database-internet") == "violated"


@pytest.mark.parametrize(
    ("network", "public", "expected"),
    [
        (NET, "", "violated"),
        (NET, ", PubliclyAccessible: false", "holds"),
        (NET.replace("  A: ", "  A: {Type: 'AWS::CDK::Metadata'}\n  Z: ").split("  Z: ")[0], "", "holds"),
    ],
)
def test_a_database_is_public_where_its_vpc_has_an_internet_gateway(network: str, public: str, expected: str) -> None:
    group = "" if "  G:" in network else NET[NET.index("  G:") :]
    text = network + group + "  N: {Type: 'AWS::RDS::DBSubnetGroup', Properties: {SubnetIds: [!Ref S]}}\n"
    text += f"  D: {{Type: 'AWS::RDS::DBInstance', Properties: {{DBSubnetGroupName: !Ref N, VPCSecurityGroups: [!Ref G]{public}}}}}\n"
    assert outcome(resources(text), "vpc-database-internet") == expected


def test_whether_a_database_in_an_existing_vpc_is_public_is_not_known() -> None:
    text = "  D: {Type: 'AWS::RDS::DBInstance', Properties: {DBInstanceIdentifier: db}}\n"
    assert "D.PubliclyAccessible is known after apply" in unmodelled(resources(text)).values()


def test_properties_that_a_macro_adds_to_are_not_known() -> None:
    text = f"  B: {{Type: 'AWS::S3::Bucket', Properties: {{BucketName: acme, {MACRO}}}}}\n"
    assert outcome(resources(text), "bucket-anonymous-access") == "inconclusive"
    text = NET + f"  I: {{Type: 'AWS::EC2::Instance', Properties: {{SubnetId: !Ref S, {MACRO}}}}}\n"
    assert outcome(resources(text), "vpc-ssh-outside-bastions") == "inconclusive"


@pytest.mark.parametrize("word", ["true", "True", "TRUE", "yes", "On"])
def test_flags_of_parameters_are_as_where_they_are_compared(word: str) -> None:
    text = f"""
Parameters: {{P: {{Type: String, Default: {word}, AllowedValues: [{word}, no]}}}}
Conditions: {{One: !Equals [!Ref P, {word}], Two: !Equals [!Ref P, 'true']}}
Resources:
  A: {{Type: 'AWS::SQS::Queue', Condition: One, Properties: {{QueueName: a}}}}
  B: {{Type: 'AWS::SQS::Queue', Condition: Two, Properties: {{QueueName: b}}}}
"""
    assert len(rows(drafted(text), "sqs/list-queues", "QueueUrls")) == 2


def test_the_only_thing_that_a_control_asks_about_is_asked_about_where_it_is_not_known() -> None:
    head = "Parameters: {P: {Type: String}}\nConditions: {C: !Equals [!Ref P, x]}\nResources:\n"
    bucket = "  B: {Type: 'AWS::S3::Bucket', Properties: {BucketName: acme, AccessControl: !Ref P}}\n"
    assert outcomes(drafted(head + bucket), "bucket-anonymous-access") == {"acme": "inconclusive"}
    trust = "AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: '*', Action: 'sts:AssumeRole'}]}"
    role = f"  R: {{Type: 'AWS::IAM::Role', Condition: C, Properties: {{RoleName: r, {trust}}}}}\n"
    for control in ("role-trust-outside-organization", "role-boundary-required", "role-escalation"):
        assert outcomes(drafted(head + role), control) == {"r": "inconclusive"}
    others = {
        "AWS::S3::AccessPoint": "access-point-public",
        "AWS::ECR::Repository": "repository-outside-organization",
        "AWS::IAM::User": "user-escalation",
        "AWS::KMS::Key": "key-outside-organization",
        "AWS::Lambda::Function": "function-public",
        "AWS::SNS::Topic": "topic-anonymous",
        "AWS::SQS::Queue": "queue-anonymous",
        "AWS::SecretsManager::Secret": "secret-outside-account",
        "AWS::EC2::VPC": "vpc-ssh-outside-bastions",
    }
    for kind, control in others.items():
        text = f"{head}  X: {{Type: '{kind}', Condition: C, Properties: {{}}}}\n"
        assert outcome(drafted(text), control) == "inconclusive", kind


def test_of_two_policies_of_one_name_either_may_stay() -> None:
    text = """
  R:
    Type: AWS::IAM::Role
    Properties:
      RoleName: r
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]}
"""
    for name, action in (("P", "iam:*"), ("Q", "s3:GetObject")):
        document = f"{{Statement: [{{Effect: Allow, Action: '{action}', Resource: '*'}}]}}"
        text += f"  {name}: {{Type: 'AWS::IAM::Policy', Properties: {{PolicyName: p, Roles: [!Ref R], PolicyDocument: {document}}}}}\n"
    assert outcome(resources(text), "role-escalation") == "inconclusive"


@pytest.mark.parametrize(
    "more",
    [
        "Type: AWS::ElasticLoadBalancingV2::Listener, Properties: {LoadBalancerArn: !ImportValue b, Port: 22, Protocol: TCP, DefaultActions: [{Type: forward, TargetGroupArn: !Ref N}]}",
        "Type: AWS::ElasticLoadBalancingV2::ListenerRule, Properties: {ListenerArn: !ImportValue l, Priority: 1, Actions: [{Type: forward, TargetGroupArn: !Ref N}]}",
        "Type: AWS::GlobalAccelerator::EndpointGroup, Properties: {ListenerArn: l, EndpointConfigurations: [{EndpointId: !Ref I}]}",
        "Type: AWS::CloudFront::VpcOrigin, Properties: {VpcOriginEndpointConfig: {Arn: !Ref I}}",
    ],
)
def test_what_carries_packets_to_an_instance_from_elsewhere(more: str) -> None:
    text = NET.replace("MapPublicIpOnLaunch: true", "MapPublicIpOnLaunch: false")
    text += "  I: {Type: 'AWS::EC2::Instance', Properties: {SubnetId: !Ref S, SecurityGroupIds: [!Ref G]}}\n"
    text += "  N: {Type: 'AWS::ElasticLoadBalancingV2::TargetGroup', Properties: {Port: 22, Protocol: TCP, VpcId: !Ref V, Targets: [{Id: !Ref I}]}}\n"
    assert outcome(resources(text), "vpc-ssh-outside-bastions") == "holds"
    assert outcome(resources(f"{text}  X: {{{more}}}\n"), "vpc-ssh-outside-bastions") == "inconclusive"
