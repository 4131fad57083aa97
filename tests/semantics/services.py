"""Section 5 for every service: the resource policies of the table in `resource_policies`, a rule for each kind."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from cloud.setting import FOREIGN, OTHER, OWN, allow, document, setting
from semantics.edited import Edit
from semantics.rule import ALLOWED, REFUSED, Rule, asks, case
from semantics.statements import FOREIGN_ROLE
from semantics.worlds import KEY_ID, REGION

Json = Any


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of resource: its files with a hole for the policy, what is asked for, and where AWS documents it.

    `files` are paths below the folder of the region. POLICY stands for the policy as text.
    """

    name: str
    arn: str
    action: str
    files: dict[str, Json]
    source: str
    service: str = ""
    names_resource: bool = True
    region: str = REGION


POLICY = "<policy>"

KINDS = (
    Kind(
        "key",
        f"arn:aws:kms:{REGION}:{OWN}:key/{KEY_ID}",
        "kms:Decrypt",
        {
            "kms/list-keys": {"Keys": [{"KeyId": KEY_ID, "KeyArn": f"arn:aws:kms:{REGION}:{OWN}:key/{KEY_ID}"}]},
            f"kms/get-key-policy/{KEY_ID}": {"Policy": POLICY},
            f"kms/list-grants/{KEY_ID}": {"Grants": []},
            f"kms/describe-key/{KEY_ID}": {"KeyMetadata": {"KeyManager": "CUSTOMER"}},
        },
        "KMS developer guide, Key policies in AWS KMS",
        "kms",
    ),
    Kind(
        "queue",
        f"arn:aws:sqs:{REGION}:{OWN}:jobs",
        "sqs:SendMessage",
        {
            "sqs/list-queues": {"QueueUrls": [f"https://sqs.{REGION}.amazonaws.com/{OWN}/jobs"]},
            "sqs/get-queue-attributes/jobs": {"Attributes": {"Policy": POLICY, "VisibilityTimeout": "30"}},
        },
        "SQS developer guide, Using custom policies with the Amazon SQS access policy language",
        "sqs",
    ),
    Kind(
        "topic",
        f"arn:aws:sns:{REGION}:{OWN}:news",
        "sns:Publish",
        {
            "sns/list-topics": {"Topics": [{"TopicArn": f"arn:aws:sns:{REGION}:{OWN}:news"}]},
            "sns/get-topic-attributes/news": {
                "Attributes": {"Policy": POLICY, "TopicArn": f"arn:aws:sns:{REGION}:{OWN}:news"}
            },
        },
        "SNS developer guide, Overview of managing access in Amazon SNS",
        "sns",
    ),
    Kind(
        "function",
        f"arn:aws:lambda:{REGION}:{OWN}:function:run",
        "lambda:InvokeFunction",
        {
            "lambda/list-functions": {
                "Functions": [{"FunctionName": "run", "FunctionArn": f"arn:aws:lambda:{REGION}:{OWN}:function:run"}]
            },
            "lambda/get-policy/run": {"Policy": POLICY},
        },
        "Lambda developer guide, Working with resource-based IAM policies in Lambda",
        "lambda",
    ),
    Kind(
        "layer",
        f"arn:aws:lambda:{REGION}:{OWN}:layer:base:1",
        "lambda:GetLayerVersion",
        {
            "lambda/list-layers": {"Layers": [{"LayerName": "base"}]},
            "lambda/list-layer-versions/base": {
                "LayerVersions": [{"LayerVersionArn": f"arn:aws:lambda:{REGION}:{OWN}:layer:base:1"}]
            },
            "lambda/get-layer-version-policy/base/1": {"Policy": POLICY},
        },
        "Lambda developer guide, Granting Lambda layer access to other accounts",
        "lambda",
    ),
    Kind(
        "secret",
        f"arn:aws:secretsmanager:{REGION}:{OWN}:secret:db-a1b2c3",
        "secretsmanager:GetSecretValue",
        {
            "secretsmanager/list-secrets": {
                "SecretList": [{"Name": "db", "ARN": f"arn:aws:secretsmanager:{REGION}:{OWN}:secret:db-a1b2c3"}]
            },
            "secretsmanager/get-resource-policy/db": {
                "Name": "db",
                "ARN": f"arn:aws:secretsmanager:{REGION}:{OWN}:secret:db-a1b2c3",
                "ResourcePolicy": POLICY,
            },
        },
        "Secrets Manager user guide, Resource-based policies",
        "secretsmanager",
    ),
    Kind(
        "repository",
        f"arn:aws:ecr:{REGION}:{OWN}:repository/app",
        "ecr:BatchGetImage",
        {
            "ecr/describe-repositories": {
                "repositories": [
                    {"repositoryName": "app", "repositoryArn": f"arn:aws:ecr:{REGION}:{OWN}:repository/app"}
                ]
            },
            "ecr/get-repository-policy/app": {"policyText": POLICY},
        },
        "ECR user guide, Private repository policies in Amazon ECR",
        "ecr",
        names_resource=False,
    ),
    Kind(
        "public-repository",
        f"arn:aws:ecr-public::{OWN}:repository/app",
        "ecr-public:PutImage",
        {
            "ecr-public/describe-repositories": {
                "repositories": [
                    {"repositoryName": "app", "repositoryArn": f"arn:aws:ecr-public::{OWN}:repository/app"}
                ]
            },
            "ecr-public/get-repository-policy/app": {"policyText": POLICY},
        },
        "ECR Public user guide, Public repository policies in Amazon ECR Public",
        "ecr-public",
        names_resource=False,
        region="us-east-1",
    ),
    Kind(
        "file-system",
        f"arn:aws:elasticfilesystem:{REGION}:{OWN}:file-system/fs-1",
        "elasticfilesystem:ClientMount",
        {
            "efs/describe-file-systems": {
                "FileSystems": [
                    {
                        "FileSystemId": "fs-1",
                        "FileSystemArn": f"arn:aws:elasticfilesystem:{REGION}:{OWN}:file-system/fs-1",
                    }
                ]
            },
            "efs/describe-file-system-policy/fs-1": {"FileSystemId": "fs-1", "Policy": POLICY},
        },
        "EFS user guide, Using IAM to control access to file systems",
        "efs",
    ),
    Kind(
        "domain",
        f"arn:aws:es:{REGION}:{OWN}:domain/find/index",
        "es:ESHttpGet",
        {
            "opensearch/list-domain-names": {"DomainNames": [{"DomainName": "find"}]},
            "opensearch/describe-domain/find": {
                "DomainStatus": {"ARN": f"arn:aws:es:{REGION}:{OWN}:domain/find", "AccessPolicies": POLICY}
            },
        },
        "OpenSearch Service developer guide, Identity and Access Management in Amazon OpenSearch Service",
        "opensearch",
    ),
    Kind(
        "rest-api",
        f"arn:aws:execute-api:{REGION}:{OWN}:abc123/prod/GET/pets",
        "execute-api:Invoke",
        {
            "apigateway/get-rest-apis": {"items": [{"id": "abc123", "name": "pets", "policy": POLICY}]},
            "apigateway/get-authorizers/abc123": {"items": []},
        },
        "API Gateway developer guide, Control access to a REST API with API Gateway resource policies",
        "apigateway",
    ),
    Kind(
        "event-bus",
        f"arn:aws:events:{REGION}:{OWN}:event-bus/main",
        "events:PutEvents",
        {
            "events/list-event-buses": {
                "EventBuses": [
                    {"Name": "main", "Arn": f"arn:aws:events:{REGION}:{OWN}:event-bus/main", "Policy": POLICY}
                ]
            }
        },
        "EventBridge user guide, Permissions for event buses in Amazon EventBridge",
        "events",
    ),
    Kind(
        "backup-vault",
        f"arn:aws:backup:{REGION}:{OWN}:backup-vault:safe",
        "backup:CopyIntoBackupVault",
        {
            "backup/list-backup-vaults": {
                "BackupVaultList": [
                    {"BackupVaultName": "safe", "BackupVaultArn": f"arn:aws:backup:{REGION}:{OWN}:backup-vault:safe"}
                ]
            },
            "backup/get-backup-vault-access-policy/safe": {"Policy": POLICY},
        },
        "Backup developer guide, Vault access policies",
        "backup",
    ),
    Kind(
        "glacier-vault",
        f"arn:aws:glacier:{REGION}:{OWN}:vaults/ice",
        "glacier:UploadArchive",
        {
            "glacier/list-vaults": {
                "VaultList": [{"VaultName": "ice", "VaultARN": f"arn:aws:glacier:{REGION}:{OWN}:vaults/ice"}]
            },
            "glacier/get-vault-access-policy/ice": {"policy": {"Policy": POLICY}},
        },
        "S3 Glacier developer guide, Vault Access Policies",
        "glacier",
    ),
    Kind(
        "table",
        f"arn:aws:dynamodb:{REGION}:{OWN}:table/rows/index/by-day",
        "dynamodb:Query",
        {
            "dynamodb/list-tables": {"TableNames": ["rows"]},
            "dynamodb/get-resource-policy/rows": {"Policy": POLICY},
        },
        "DynamoDB developer guide, Using resource-based policies for DynamoDB",
        "dynamodb",
    ),
    Kind(
        "table-stream",
        f"arn:aws:dynamodb:{REGION}:{OWN}:table/rows/stream/2026-01-01T00:00:00.000",
        "dynamodb:GetRecords",
        {"dynamodb/get-resource-policy/rows/stream/2026-01-01T00:00:00.000": {"Policy": POLICY}},
        "DynamoDB developer guide, Using resource-based policies for DynamoDB",
        "dynamodb",
    ),
    Kind(
        "stream",
        f"arn:aws:kinesis:{REGION}:{OWN}:stream/flow",
        "kinesis:PutRecord",
        {
            "kinesis/list-streams": {"StreamNames": ["flow"], "HasMoreStreams": False},
            "kinesis/get-resource-policy/flow": {"Policy": POLICY},
        },
        "Kinesis Data Streams developer guide, Resource-based policy examples",
        "kinesis",
    ),
    Kind(
        "package-domain",
        f"arn:aws:codeartifact:{REGION}:{OWN}:domain/corp",
        "codeartifact:CreateRepository",
        {
            "codeartifact/list-domains": {
                "domains": [{"name": "corp", "arn": f"arn:aws:codeartifact:{REGION}:{OWN}:domain/corp"}]
            },
            "codeartifact/get-domain-permissions-policy/corp": {
                "policy": {"document": POLICY, "resourceArn": f"arn:aws:codeartifact:{REGION}:{OWN}:domain/corp"}
            },
        },
        "CodeArtifact user guide, Domain policies",
        "codeartifact",
    ),
    Kind(
        "package-repository",
        f"arn:aws:codeartifact:{REGION}:{OWN}:repository/corp/pip",
        "codeartifact:ReadFromRepository",
        {
            "codeartifact/list-repositories": {
                "repositories": [
                    {
                        "name": "pip",
                        "domainName": "corp",
                        "arn": f"arn:aws:codeartifact:{REGION}:{OWN}:repository/corp/pip",
                    }
                ]
            },
            "codeartifact/get-repository-permissions-policy/corp/pip": {
                "policy": {
                    "document": POLICY,
                    "resourceArn": f"arn:aws:codeartifact:{REGION}:{OWN}:repository/corp/pip",
                }
            },
        },
        "CodeArtifact user guide, Repository policies",
        "codeartifact",
    ),
    Kind(
        "log-policy",
        f"arn:aws:logs:{REGION}:{OWN}:log-group:/app:log-stream:1",
        "logs:PutLogEvents",
        {"logs/describe-resource-policies": {"resourcePolicies": [{"policyName": "all", "policyDocument": POLICY}]}},
        "CloudWatch Logs user guide, Resource-based policies",
        "logs",
    ),
    Kind(
        "email-identity",
        f"arn:aws:ses:{REGION}:{OWN}:identity/example.com",
        "ses:SendEmail",
        {
            "sesv2/list-email-identities": {"EmailIdentities": [{"IdentityName": "example.com"}]},
            "sesv2/get-email-identity-policies/example.com": {"Policies": {"partner": POLICY}},
        },
        "SES developer guide, Using sending authorization with Amazon SES",
        "sesv2",
    ),
    Kind(
        "container",
        f"arn:aws:mediastore:{REGION}:{OWN}:container/films/x",
        "mediastore:GetObject",
        {
            "mediastore/list-containers": {
                "Containers": [{"Name": "films", "ARN": f"arn:aws:mediastore:{REGION}:{OWN}:container/films"}]
            },
            "mediastore/get-container-policy/films": {"Policy": POLICY},
        },
        "MediaStore user guide, Container policies in AWS Elemental MediaStore",
        "mediastore",
    ),
    Kind(
        "catalog",
        f"arn:aws:glue:{REGION}:{OWN}:table/sales/orders",
        "glue:GetTable",
        {"glue/get-resource-policy": {"PolicyInJson": POLICY}},
        "Glue developer guide, Resource-based policy examples for AWS Glue",
        "glue",
    ),
)


def _rule(kind: Kind) -> Rule:
    return Rule(
        id=f"policy-of-{kind.name}",
        says=f"The policy of a {kind.name.replace('-', ' ')} grants to other accounts what it says.",
        source=kind.source,
        accept=case("the policy names the caller's account", _with(kind, FOREIGN), _asked(kind), ALLOWED),
        reject=case("the policy names another account", _with(kind, OTHER), _asked(kind), REFUSED),
        off=Edit(
            "resource_policies",
            f'Row(\n        "{kind.name}",\n        "{kind.service}",',
            f'Row(\n        "{kind.name}",\n        "no-{kind.service}",',
        ),
    )


def _asked(kind: Kind) -> Json:
    return asks(FOREIGN_ROLE, kind.action, kind.arn)


def _with(kind: Kind, account: str) -> Json:
    """The snapshot with a policy that grants the action to an account."""
    statement = allow(kind.action, "*", Principal={"AWS": f"arn:aws:iam::{account}:root"})
    if not kind.names_resource:
        del statement["Resource"]
    text = json.dumps(json.dumps(document(statement)))
    files = {
        f"{OWN}/{kind.region}/{path}.json": json.loads(json.dumps(value).replace(f'"{POLICY}"', text))
        for path, value in kind.files.items()
    }
    return setting(files)


RULES = tuple(_rule(kind) for kind in KINDS)
