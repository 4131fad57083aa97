"""An account as a user fills one with boto3: a little of many services."""

from __future__ import annotations

import io
import json
import zipfile
from base64 import b64encode
from typing import Any

import boto3

OWN = "123456789012"  # moto's
TOPICS = 101  # one more than a page has
SECRET = "do-not-collect-me"
ENCODED = b64encode(SECRET.encode()).decode()
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def client(service: str, address: str, region: str = "eu-west-1") -> Any:
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=address,
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="example",  # noqa: S106  nobody's
    )


def allow(action: str, resource: str, principal: object) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def fill(address: str) -> None:
    """Fill an account."""
    fill_identities(address)
    fill_storage(address)
    fill_messages(address)
    fill_programs(address)
    fill_network(address)


def fill_identities(address: str) -> None:
    iam = client("iam", address)
    for name in ("deploy", "read"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
    policy = iam.create_policy(PolicyName="reading", PolicyDocument=json.dumps(document))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="read", PolicyArn=policy)
    iam.create_user(UserName="somebody")


def fill_storage(address: str) -> None:
    s3 = client("s3", address)
    for name in ("acme-open", "acme-closed", "acme-acl"):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_policy(Bucket="acme-open", Policy=allow("s3:GetObject", "arn:aws:s3:::acme-open/*", "*"))
    enforced = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    for name in ("acme-open", "acme-closed"):
        s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls=enforced)
    s3.put_bucket_tagging(Bucket="acme-closed", Tagging={"TagSet": [{"Key": "data", "Value": "private"}]})
    for number in range(5):
        s3.put_object(Bucket="acme-acl", Key=f"folder/object-{number}", Body=b"")
    s3.put_object(Bucket="acme-acl", Key="folder/", Body=b"")  # no file can be called so
    s3.put_object(Bucket="acme-closed", Key="unlisted", Body=b"")


def fill_messages(address: str) -> None:
    queue = client("sqs", address).create_queue(QueueName="orders")["QueueUrl"]
    policy = allow("sqs:SendMessage", f"arn:aws:sqs:eu-west-1:{OWN}:orders", {"AWS": f"arn:aws:iam::{OWN}:role/read"})
    client("sqs", address).set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    for number in range(TOPICS):  # more than one page
        client_sns(address).create_topic(Name=f"topic-{number:03}")
    kms = client("kms", address)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_grant(KeyId=key, GranteePrincipal=f"arn:aws:iam::{OWN}:role/read", Operations=["Decrypt"])
    client("secretsmanager", address).create_secret(Name="shop/database", SecretString=SECRET)
    client("ssm", address).put_parameter(Name="/shop", Value=SECRET, Type="SecureString")
    client("dynamodb", address).create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )
    kinesis = client("kinesis", address)
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    kinesis.register_stream_consumer(StreamARN=f"arn:aws:kinesis:eu-west-1:{OWN}:stream/clicks", ConsumerName="app")
    client("ecr", address).create_repository(repositoryName="team/app")


_SNS: dict[str, Any] = {}


def client_sns(address: str) -> Any:
    return _SNS.setdefault(address, client("sns", address))


def program() -> bytes:
    """A package of a function."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as package:
        package.writestr("app.py", "def handler(event, context): return 1\n")
    return held.getvalue()


def fill_programs(address: str) -> None:
    role = f"arn:aws:iam::{OWN}:role/deploy"
    functions = client("lambda", address)
    functions.create_function(
        FunctionName="shop",
        Runtime="python3.12",
        Role=role,
        Handler="app.handler",
        Code={"ZipFile": program()},
        Environment={"Variables": {"PASSWORD": SECRET}},
    )
    functions.publish_version(FunctionName="shop")
    functions.create_alias(FunctionName="shop", Name="live", FunctionVersion="1")
    functions.add_permission(
        FunctionName="shop", StatementId="a", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com"
    )
    client("codebuild", address).create_project(
        name="build",
        source={"type": "S3", "location": "acme-closed/source.zip"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/standard:7.0",
            "computeType": "BUILD_GENERAL1_SMALL",
            "environmentVariables": [{"name": "TOKEN", "value": SECRET, "type": "PLAINTEXT"}],
        },
        serviceRole=role,
    )
    client("ec2", address).create_launch_template(
        LaunchTemplateName="web", LaunchTemplateData={"UserData": ENCODED, "InstanceType": "t3.micro"}
    )
    client("sagemaker", address).create_notebook_instance(
        NotebookInstanceName="notes", InstanceType="ml.t3.medium", RoleArn=role
    )


def fill_network(address: str) -> None:
    ec2 = client("ec2", address)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"eu-west-1{'ab'[n]}")["Subnet"][
            "SubnetId"
        ]
        for n in range(2)
    ]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnets[0], UserData=SECRET)
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.eu-west-1.s3")
    ec2.create_transit_gateway()  # without attachments: moto lists each of them as a peering too
    elb = client("elbv2", address)
    balancer = elb.create_load_balancer(Name="web", Subnets=subnets, Scheme="internal")["LoadBalancers"][0]
    group = elb.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=vpc)["TargetGroups"][0]
    elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group["TargetGroupArn"]}],
    )


def fill_organization(address: str, *names: str) -> list[str]:
    """An organization with member accounts; each has a role for auditors. Returns the ids of the members."""
    organizations = client("organizations", address)
    organizations.create_organization(FeatureSet="ALL")
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name="unit")["OrganizationalUnit"]["Id"]
    made = []
    for name in names:
        status = organizations.create_account(AccountName=name, Email=f"{name}@example.com")["CreateAccountStatus"]
        made.append(status["AccountId"])
        organizations.move_account(AccountId=made[-1], SourceParentId=root, DestinationParentId=unit)
    return made
