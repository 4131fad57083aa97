"""Types of resources of CloudFormation: what each becomes, and what is left of those that are not read."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from auditctl.planned.cloudformation import types_read
from auditctl.planned.cloudformation.types import HARMLESS, is_harmless, service_of
from checkers.verdict import Unreadable
from planned.outcomes import inventory_of
from planned.templates import DATA, answer, drafted, resources, rows, stored, unmodelled

DETAILS = "iam/get-account-authorization-details"
TRUST = "{Version: 2012-10-17, Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: 'sts:AssumeRole'}]}"
ALLOW = "{Statement: [{Effect: Allow, Action: 's3:*', Resource: '*'}]}"
ROLE = f"  R: {{Type: 'AWS::IAM::Role', Properties: {{RoleName: app, AssumeRolePolicyDocument: {TRUST}}}}}\n"
USER = "  U: {Type: 'AWS::IAM::User', Properties: {UserName: ada}}\n"
GROUP = "  G: {Type: 'AWS::IAM::Group', Properties: {GroupName: staff}}\n"
VPC = "  V: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: 10.0.0.0/16}}\n"


def row_of(text: str, operation: str, member: str, number: int = 0) -> Any:
    return rows(resources(text), operation, member)[number]


def test_every_type_that_is_read_stands_in_a_template_of_ours_or_in_a_test() -> None:
    texts = [path.read_text() for path in DATA.iterdir()]
    texts += [path.read_text() for path in Path(__file__).parent.glob("test_cloudformation_*.py")]
    assert [type_ for type_ in sorted(types_read()) if not any(type_ in text for text in texts)] == []


# IAM.


def test_a_policy_of_iam_is_inline_in_each_that_it_names() -> None:
    text = (
        ROLE
        + USER
        + GROUP
        + f"  P: {{Type: 'AWS::IAM::Policy', Properties: {{PolicyName: p, PolicyDocument: {ALLOW}, Roles: [!Ref R], Users: [ada], Groups: [!Ref G]}}}}\n"
    )
    found = answer(resources(text), f"{DETAILS}.json")
    for title in ("User", "Group", "Role"):
        assert [p["PolicyName"] for p in found[f"{title}DetailList"][0][f"{title}PolicyList"]] == ["p"]


@pytest.mark.parametrize(
    ("kind", "type_", "thing", "name"),
    [
        ("Role", "AWS::IAM::RolePolicy", ROLE, "!Ref R"),
        ("User", "AWS::IAM::UserPolicy", USER, "ada"),
        ("Group", "AWS::IAM::GroupPolicy", GROUP, "staff"),
    ],
)
def test_policies_of_one_identity(kind: str, type_: str, thing: str, name: str) -> None:
    text = (
        thing
        + f"  P: {{Type: '{type_}', Properties: {{PolicyName: p, PolicyDocument: {ALLOW}, {kind}Name: {name}}}}}\n"
    )
    assert row_of(text, DETAILS, f"{kind}DetailList")[f"{kind}PolicyList"][0]["PolicyName"] == "p"


def test_managed_policies_are_attached_from_either_side() -> None:
    text = ROLE.replace(
        "RoleName: app", "RoleName: app, ManagedPolicyArns: [!Ref B, 'arn:aws:iam::aws:policy/ReadOnlyAccess']"
    )
    text += f"  A: {{Type: 'AWS::IAM::ManagedPolicy', Properties: {{ManagedPolicyName: a, Path: /x/, PolicyDocument: {ALLOW}, Roles: [!Ref R]}}}}\n"
    text += f"  B: {{Type: 'AWS::IAM::ManagedPolicy', Properties: {{PolicyDocument: {ALLOW}}}}}\n"
    found = answer(resources(text), f"{DETAILS}.json")
    assert [p["PolicyArn"] for p in found["RoleDetailList"][0]["AttachedManagedPolicies"]] == [
        "arn:aws:iam::111122223333:policy/<B.ManagedPolicyName>",
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "arn:aws:iam::111122223333:policy/x/a",
    ]


def test_profiles_members_and_boundaries() -> None:
    found = answer(stored("roles.yaml"), f"{DETAILS}.json")
    roles = {row["RoleName"]: row for row in found["RoleDetailList"]}
    application = roles["<Application.RoleName>"]
    assert [p["InstanceProfileName"] for p in application["InstanceProfileList"]] == [
        "<ApplicationProfile.InstanceProfileName>"
    ]
    assert (
        application["PermissionsBoundary"]["PermissionsBoundaryArn"] == "arn:aws:iam::111122223333:policy/acme-boundary"
    )
    assert roles["acme-deploy"]["Arn"] == "arn:aws:iam::111122223333:role/pipelines/acme-deploy"
    assert {u["UserName"]: u["GroupList"] for u in found["UserDetailList"]} == {
        "ada": ["developers"],
        "grace": ["developers"],
    }


def test_a_policy_for_a_role_that_is_made_elsewhere_may_allow_anything() -> None:
    draft = resources(
        f"  P: {{Type: 'AWS::IAM::Policy', Properties: {{PolicyName: p, PolicyDocument: {ALLOW}, Roles: [other]}}}}\n"
    )
    assert unmodelled(draft) == {"P": "P.Roles.0 is the role other, which the template does not make"}
    (entry,) = inventory_of(draft).unmodelled
    assert (entry.can_allow, entry.actions.is_everything) == (True, True)


UNKNOWN_POLICIES = [
    ("{Statement: [{Effect: Allow, Action: 's3:*', Resource: !Ref Open}]}", "<Open>", ""),
    (
        "{Statement: [{Effect: Allow, Action: 's3:*', Resource: !Sub 'arn:aws:s3:::${Open}/*'}]}",
        "arn:aws:s3:::<Open>/*",
        "",
    ),
    ("{Statement: [{Effect: Allow, Action: 's3:*', Resource: !Ref Many}]}", "<Many>", ""),
    ("{Statement: [{Effect: Allow, Action: !Ref Open, Resource: '*'}]}", "", "P.PolicyDocument"),
    (
        "{Statement: [!If [Maybe, {Effect: Allow, Action: 's3:*', Resource: '*'}, !Ref AWS::NoValue]]}",
        "",
        "P.PolicyDocument",
    ),
    ("!If [Maybe, {Statement: []}, {Statement: [{}]}]", "", "P.PolicyDocument"),
    ("!Ref Open", "", "P.PolicyDocument (Open)"),
]


@pytest.mark.parametrize(("document", "resource", "attribute"), UNKNOWN_POLICIES)
def test_what_is_not_known_of_a_policy_stands_in_it_or_leaves_all_of_it_open(
    document: str, resource: str, attribute: str
) -> None:
    text = (
        "Parameters: {Open: {Type: String}, Many: {Type: CommaDelimitedList}}\nConditions: {Maybe: !Equals [!Ref Open, x]}\n"
        f"Resources:\n  P: {{Type: 'AWS::IAM::ManagedPolicy', Properties: {{PolicyDocument: {document}}}}}\n"
    )
    draft = drafted(text)
    found = rows(draft, DETAILS, "Policies")[0]["PolicyVersionList"][0]["Document"]
    if resource:
        assert found["Statement"][0]["Resource"] == resource
    else:
        assert draft.unknowns[found[1:-1]]["attribute"] == attribute


def test_a_policy_may_be_a_text_of_json() -> None:
    text = "  P: {Type: 'AWS::IAM::ManagedPolicy', Properties: {PolicyDocument: '{\"Statement\": []}'}}\n"
    assert row_of(text, DETAILS, "Policies")["PolicyVersionList"][0]["Document"] == {"Statement": []}
    with pytest.raises(Unreadable, match=r"P\.PolicyDocument of acme\.yaml:2:\d+: not strict JSON"):
        resources("  P: {Type: 'AWS::IAM::ManagedPolicy', Properties: {PolicyDocument: 'x'}}\n")
    with pytest.raises(Unreadable, match=r"P\.PolicyDocument is a list, expected a policy document at acme\.yaml:2:"):
        resources("  P: {Type: 'AWS::IAM::ManagedPolicy', Properties: {PolicyDocument: [a]}}\n")
    with pytest.raises(
        Unreadable, match=r"P\.PolicyDocument is not there, expected a policy document at acme\.yaml:2:3"
    ):
        resources("  P: {Type: 'AWS::IAM::ManagedPolicy'}\n")


# Buckets.

ON = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)


@pytest.mark.parametrize(
    ("properties", "block"),
    [
        ("{}", ON),
        (
            "{PublicAccessBlockConfiguration: {BlockPublicAcls: true, BlockPublicPolicy: 'true'}}",
            {**dict.fromkeys(ON, False), "BlockPublicAcls": True, "BlockPublicPolicy": True},
        ),
        (
            "{PublicAccessBlockConfiguration: {BlockPublicAcls: false, RestrictPublicBuckets: yes}}",
            {**dict.fromkeys(ON, False), "RestrictPublicBuckets": True},
        ),
    ],
)
def test_block_public_access_is_on_unless_written_and_off_where_it_is_left_out(
    properties: str, block: dict[str, bool]
) -> None:
    draft = resources(f"  B: {{Type: 'AWS::S3::Bucket', Properties: {properties}}}\n")
    assert answer(draft, "get-public-access-block/<B.BucketName>.json")["PublicAccessBlockConfiguration"] == block


def test_acls_ownership_versions_and_tags_of_a_bucket() -> None:
    text = "{AccessControl: PublicRead, OwnershipControls: {Rules: [{ObjectOwnership: ObjectWriter}]}, VersioningConfiguration: {Status: Enabled}, Tags: [{Key: a, Value: 1}]}"
    draft = resources(f"  B: {{Type: 'AWS::S3::Bucket', Properties: {text}}}\n")
    assert any(
        g["Grantee"].get("URI", "").endswith("AllUsers")
        for g in answer(draft, "get-bucket-acl/<B.BucketName>.json")["Grants"]
    )
    assert (
        answer(draft, "get-bucket-ownership-controls/<B.BucketName>.json")["OwnershipControls"]["Rules"][0][
            "ObjectOwnership"
        ]
        == "ObjectWriter"
    )
    assert answer(draft, "get-bucket-versioning/<B.BucketName>.json") == {"Status": "Enabled"}
    assert answer(draft, "get-bucket-tagging/<B.BucketName>.json")["TagSet"] == [{"Key": "a", "Value": "1"}]


def test_policies_of_buckets_that_the_template_does_not_make() -> None:
    text = f"  P: {{Type: 'AWS::S3::BucketPolicy', Properties: {{Bucket: NAME, PolicyDocument: {ALLOW}}}}}\n"
    draft = resources(text.replace("NAME", "acme-existing"))
    assert (
        json.loads(answer(draft, "get-bucket-policy/acme-existing.json")["Policy"])["Statement"][0]["Action"] == "s3:*"
    )
    assert draft.errors["111122223333/global/s3/get-public-access-block/acme-existing.json"]  # nothing is known of it
    assert (
        "P.Bucket.0 is not known: x is imported" in unmodelled(resources(text.replace("NAME", "!ImportValue x")))["P"]
    )


def test_a_second_policy_of_one_bucket_is_not_modelled() -> None:
    text = "  B: {Type: 'AWS::S3::Bucket'}\n" + "".join(
        f"  {p}: {{Type: 'AWS::S3::BucketPolicy', Properties: {{Bucket: !Ref B, PolicyDocument: {ALLOW}}}}}\n"
        for p in ("P", "Q")
    )
    assert unmodelled(resources(text)) == {"Q": "it is for <B.BucketName>, which has another policy in the template"}


def test_an_access_point() -> None:
    text = f"  B: {{Type: 'AWS::S3::Bucket'}}\n{VPC}  A: {{Type: 'AWS::S3::AccessPoint', Properties: {{Name: reports, Bucket: !Ref B, VpcConfiguration: {{VpcId: !Ref V}}, Policy: {ALLOW}}}}}\n"
    (row,) = rows(resources(text), "s3control/list-access-points", "AccessPointList")
    assert (row["Name"], row["Bucket"]) == ("reports", "<B.BucketName>")


# Other resources with policies.


def test_messages_and_secrets() -> None:
    draft = stored("messages.json")
    assert (
        rows(draft, "sqs/list-queues", "QueueUrls")[0]
        == "https://sqs.eu-west-1.amazonaws.com/111122223333/<Inbox.QueueName>.fifo"
    )
    assert (
        '"arn:aws:sns:eu-west-1:111122223333:acme-orders"'
        in answer(draft, "get-queue-attributes/<Inbox.QueueName>.fifo.json")["Attributes"]["Policy"]
    )
    assert (
        "arn:aws:iam::444455556666:root"
        in answer(draft, "get-topic-attributes/acme-orders.json")["Attributes"]["Policy"]
    )
    (secret,) = rows(draft, "secretsmanager/list-secrets", "SecretList")
    assert re.fullmatch(
        r"arn:aws:secretsmanager:eu-west-1:111122223333:secret:acme/orders/password-<\w{4}>", secret["ARN"]
    )
    (function,) = rows(draft, "lambda/list-functions", "Functions")
    assert function["Role"] == "arn:aws:iam::111122223333:role/<HandlerRole.RoleName>"
    assert "sns.amazonaws.com" in answer(draft, "get-policy/acme-orders-handler/live.json")["Policy"]
    assert (
        json.loads(answer(draft, "get-policy/acme-orders-handler.json")["Policy"])["Statement"][0]["Principal"] == "*"
    )
    assert [k["KeyId"] for k in rows(draft, "kms/list-keys", "Keys")] == ["<OrdersKey.KeyId>", "<DefaultKey.KeyId>"]


@pytest.mark.parametrize(
    ("name", "qualifier"),
    [
        ("f", ""),
        ("!Ref F", ""),
        ("!GetAtt F.Arn", ""),
        ("111122223333:function:f", ""),
        ("f:live", "live"),
        ("!Ref A", "live"),
        ("!Sub '${F.Arn}:live'", "live"),
        ("!Sub '${F}:$LATEST'", ""),
    ],
)
def test_a_permission_may_name_its_function_in_many_ways(name: str, qualifier: str) -> None:
    text = (
        "  F: {Type: 'AWS::Lambda::Function', Properties: {FunctionName: f, Role: 'arn:aws:iam::111122223333:role/x'}}\n"
        "  A: {Type: 'AWS::Lambda::Alias', Properties: {FunctionName: !GetAtt F.Arn, Name: live, FunctionVersion: '1'}}\n"
        f"  P: {{Type: 'AWS::Lambda::Permission', Properties: {{FunctionName: {name}, Action: 'lambda:InvokeFunction', Principal: '444455556666', SourceAccount: 123456789012}}}}\n"
    )
    found = answer(resources(text), f"get-policy/f{'/' if qualifier else ''}{qualifier}.json")
    (statement,) = json.loads(found["Policy"])["Statement"]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::444455556666:root"}
    assert statement["Condition"] == {"StringEquals": {"AWS:SourceAccount": "123456789012"}}


@pytest.mark.parametrize(
    ("type_", "properties"),
    [
        ("AWS::SQS::QueuePolicy", "Queues: ['https://sqs.eu-west-1.amazonaws.com/111122223333/other']"),
        ("AWS::SNS::TopicPolicy", "Topics: ['arn:aws:sns:eu-west-1:111122223333:other']"),
        ("AWS::SNS::TopicInlinePolicy", "TopicArn: 'arn:aws:sns:eu-west-1:111122223333:other'"),
        ("AWS::SecretsManager::ResourcePolicy", "SecretId: other"),
        ("AWS::Lambda::Permission", "FunctionName: other, Action: 'lambda:*', Principal: '*'"),
        ("AWS::EC2::SecurityGroupIngress", "GroupId: sg-1, IpProtocol: tcp, FromPort: 1, ToPort: 1, CidrIp: 0.0.0.0/0"),
        (
            "AWS::EC2::NetworkAclEntry",
            "NetworkAclId: acl-1, RuleNumber: 1, RuleAction: allow, Protocol: -1, CidrBlock: 0.0.0.0/0",
        ),
        ("AWS::EC2::SubnetNetworkAclAssociation", "NetworkAclId: acl-1, SubnetId: subnet-1"),
        ("AWS::EC2::Route", "RouteTableId: rtb-1, DestinationCidrBlock: 0.0.0.0/0, GatewayId: igw-1"),
        ("AWS::EC2::SubnetRouteTableAssociation", "RouteTableId: rtb-1, SubnetId: subnet-1"),
        ("AWS::EC2::GatewayRouteTableAssociation", "RouteTableId: rtb-1, GatewayId: igw-1"),
        ("AWS::EC2::EIPAssociation", "AllocationId: eipalloc-1, InstanceId: i-1"),
        (
            "AWS::EC2::TransitGatewayRoute",
            "TransitGatewayRouteTableId: tgw-rtb-1, DestinationCidrBlock: 10.0.0.0/8, Blackhole: true",
        ),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            "LoadBalancerArn: 'arn:aws:x', Port: 80, Protocol: HTTP, DefaultActions: []",
        ),
        (
            "AWS::ElasticLoadBalancingV2::ListenerRule",
            "ListenerArn: 'arn:aws:x', Priority: 1, Conditions: [], Actions: []",
        ),
    ],
)
def test_a_part_of_something_made_elsewhere_is_not_modelled(type_: str, properties: str) -> None:
    document = (
        "" if "Policy" not in type_ else f", {'ResourcePolicy' if 'Secrets' in type_ else 'PolicyDocument'}: {ALLOW}"
    )
    draft = resources(f"  P: {{Type: '{type_}', Properties: {{{properties}{document}}}}}\n")
    assert "which the template does not make" in unmodelled(draft)["P"]


# Types that are not read.


def test_the_types_that_decide_nothing_are_none_that_are_read() -> None:
    assert not HARMLESS & types_read()


@pytest.mark.parametrize(
    ("type_", "properties", "expected"),
    [
        ("AWS::CloudWatch::Alarm", "{}", True),
        ("AWS::DynamoDB::Table", "{TableName: t}", True),
        ("AWS::DynamoDB::Table", "{ResourcePolicy: {}}", False),
        ("AWS::Logs::LogGroup", "{LogGroupName: l}", True),
        ("AWS::Logs::LogGroup", "{ResourcePolicyDocument: {}}", False),
        ("AWS::SecretsManager::RotationSchedule", "{RotationRules: {}}", True),
        ("AWS::SecretsManager::RotationSchedule", "{HostedRotationLambda: {}}", False),
        ("AWS::Events::Rule", "{Targets: [], State: ENABLED}", True),
        ("AWS::Kinesis::Stream", "{Name: s}", True),
        ("AWS::DynamoDB::Table", "{StreamSpecification: {ResourcePolicy: {}}}", False),
        ("AWS::Glue::Job", "{}", False),
        ("Custom::Thing", "{}", False),
    ],
)
def test_a_type_decides_nothing_unless_it_has_a_policy(type_: str, properties: str, expected: bool) -> None:
    draft = resources(f"  X: {{Type: '{type_}', Properties: {properties}}}\n  B: {{Type: 'AWS::S3::Bucket'}}\n")
    assert (draft.left_out == {type_: 1}) is expected
    assert ("X" in unmodelled(draft)) is not expected
    assert is_harmless.__doc__


@pytest.mark.parametrize(
    ("type_", "service"),
    [
        ("AWS::Glue::Job", "glue"),
        ("AWS::ApiGateway::RestApi", "apigateway"),
        ("AWS::EFS::FileSystem", "efs"),
        ("AWS::IAM::ServiceLinkedRole", ""),
        ("AWS::ECR::PublicRepository", "ecr-public"),
        ("AWS::CloudFormation::Stack", ""),
        ("AWS::Serverless::Function", ""),
        ("AWS::AutoScaling::AutoScalingGroup", ""),
        ("Custom::Thing", ""),
        ("Acme::Some::Thing", ""),
        ("Acme::Some::Thing::MODULE", ""),
    ],
)
def test_the_service_that_a_type_decides_about(type_: str, service: str) -> None:
    assert service_of(type_) == service


def test_two_things_of_one_name_are_refused() -> None:
    text = "  A: {Type: 'AWS::S3::Bucket', Properties: {BucketName: x}}\n  B: {Type: 'AWS::S3::Bucket', Properties: {BucketName: x}}\n"
    with pytest.raises(Unreadable, match=r"`B` is called `x` as `A` of line 2 at acme\.yaml:3:3"):
        resources(text)
