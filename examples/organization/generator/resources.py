"""Keys, queues, topics, secrets and functions with their policies; empty lists of the other kinds."""

from typing import Any

from generator.files import Files
from generator.roles import function_names
from generator.setting import (
    ACCOUNTS,
    LARGE,
    ORGANIZATION,
    REGIONS,
    STRANGER,
    TIME,
    TOOLING,
    Setting,
    digest,
    region,
    team,
)
from generator.statements import Document, Statement, allow, as_text, document, to

# The list of each kind of resource that has policies, where an account has none.
_EMPTY = {
    "apigateway/get-rest-apis": "items",
    "backup/list-backup-vaults": "BackupVaultList",
    "codeartifact/list-domains": "domains",
    "codeartifact/list-repositories": "repositories",
    "dynamodb/list-tables": "TableNames",
    "ecr/describe-repositories": "repositories",
    "efs/describe-file-systems": "FileSystems",
    "glacier/list-vaults": "VaultList",
    "kinesis/list-streams": "StreamNames",
    "kms/list-keys": "Keys",
    "lambda/list-functions": "Functions",
    "lambda/list-layers": "Layers",
    "logs/describe-resource-policies": "resourcePolicies",
    "mediastore/list-containers": "Containers",
    "opensearch/list-domain-names": "DomainNames",
    "secretsmanager/list-secrets": "SecretList",
    "sesv2/list-email-identities": "EmailIdentities",
    "sns/list-topics": "Topics",
    "sqs/list-queues": "QueueUrls",
}


def put_empty_lists(files: Files) -> None:
    """What every account says of the kinds of resources that it does not have."""
    for account in ACCOUNTS:
        for name in REGIONS:
            for operation, member in _EMPTY.items():
                files.put(f"{account}/{name}/{operation}", {member: []})
            bus = {"Name": "default", "Arn": f"arn:aws:events:{name}:{account}:event-bus/default"}
            files.put(f"{account}/{name}/events/list-event-buses", {"EventBuses": [bus]})
            files.miss(f"{account}/{name}/glue/get-resource-policy", "EntityNotFoundException")
        files.put(f"{account}/us-east-1/ecr-public/describe-repositories", {"repositories": []})


def put_resources(files: Files, setting: Setting) -> None:
    """The resources of the large account, in place of its empty lists."""
    _put_keys(files, setting)
    _put_queues(files, setting)
    _put_topics(files, setting)
    _put_secrets(files, setting)
    _put_functions(files, setting)


def _put_list(files: Files, operation: str, member: str, rows: list[tuple[str, Any]]) -> None:
    """A list in each region, of rows with their region."""
    for name in REGIONS:
        files.put(f"{LARGE}/{name}/{operation}", {member: [row for where, row in rows if where == name]})


def _role(i: int, name: str) -> str:
    return f"arn:aws:iam::{LARGE}:role/{team(i)}/{name}"


# KMS keys.


def _put_keys(files: Files, setting: Setting) -> None:
    rows: list[tuple[str, Any]] = []
    first = [role for _, _, role in function_names(setting)]
    for i in range(setting.size.keys):
        key, where = setting.key(i), region(i)
        arn = f"arn:aws:kms:{where}:{LARGE}:key/{key}"
        rows.append((where, {"KeyId": key, "KeyArn": arn}))
        folder = f"{LARGE}/{where}/kms"
        files.put(f"{folder}/get-key-policy/{key}", {"Policy": as_text(_key_policy(i)), "PolicyName": "default"})
        grants = [_grant(key, first[i % len(first)], i)] if first and i % 3 == 0 else []
        files.put(f"{folder}/list-grants/{key}", {"Grants": grants, "Truncated": False})
        metadata = {"AWSAccountId": LARGE, "KeyId": key, "Arn": arn, "Enabled": True, "KeyState": "Enabled",
                    "KeyUsage": "ENCRYPT_DECRYPT", "KeyManager": "CUSTOMER", "Origin": "AWS_KMS"}  # fmt: skip
        files.put(f"{folder}/describe-key/{key}", {"KeyMetadata": metadata})
    _put_list(files, "kms/list-keys", "Keys", rows)


def _key_policy(i: int) -> Document:
    """The account decides by IAM; services on its behalf; some other account; a few mistakes."""
    use = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    verbs = "Create* Describe* Enable* List* Put* Update* Revoke* Disable* Get* Delete* *KeyDeletion"
    manage = [f"kms:{verb}" for verb in verbs.split()]
    platform = f"arn:aws:iam::{LARGE}:role/platform/platform-provisioning"
    rows = [to({"AWS": f"arn:aws:iam::{LARGE}:root"}, allow("EnableIam", "kms:*", "*"))]
    if i % 4 == 1:  # the account has no say: only the administrators
        rows = [to({"AWS": platform}, allow("Administrators", manage, "*"))]
    via = {"StringEquals": {"kms:CallerAccount": LARGE, "kms:ViaService": f"s3.{region(i)}.amazonaws.com"}}
    by_service = to({"AWS": "*"}, allow("ThroughS3", use, "*", via))
    group = {
        "ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{region(i)}:{LARGE}:log-group:/{team(i)}/*"}
    }
    logs = to({"Service": f"logs.{region(i)}.amazonaws.com"}, allow("Logs", use, "*", group))
    pipeline = to({"AWS": f"arn:aws:iam::{TOOLING}:role/pipeline/{team(i)}-pipeline"}, allow("Pipeline", use, "*"))
    open_key = to({"AWS": "*"}, allow("Anybody", ["kms:Decrypt"], "*"))  # a mistake that the perimeter stops in part
    more = [[], [by_service], [logs], [pipeline, by_service], [by_service, logs]][i % 5]
    return document(rows + more + ([open_key] if i % 31 == 12 else []))  # noqa: PLR2004  a few


def _grant(key: str, role: str, i: int) -> dict[str, Any]:
    """A grant to the role of a function, for its own encryption context."""
    context = {"EncryptionContextSubset": {"team": team(i)}}
    return {
        "KeyId": key,
        "GrantId": digest(f"grant {key}", 64),
        "Name": f"{team(i)}-function",
        "CreationDate": TIME,
        "GranteePrincipal": role,
        "RetiringPrincipal": f"arn:aws:iam::{LARGE}:role/platform/platform-provisioning",
        "IssuingAccount": f"arn:aws:iam::{LARGE}:root",
        "Operations": ["Decrypt", "GenerateDataKey"],
        **({"Constraints": context} if i % 2 else {}),
    }


# Queues and topics.


def _put_queues(files: Files, setting: Setting) -> None:
    rows: list[tuple[str, Any]] = []
    for i in range(setting.size.queues):
        name, where = setting.queue(i), region(i)
        arn = f"arn:aws:sqs:{where}:{LARGE}:{name}"
        rows.append((where, f"https://sqs.{where}.amazonaws.com/{LARGE}/{name}"))
        statements = _queue_policy(setting, i, arn)
        policy = {"Policy": as_text(document(statements))} if statements else {}
        attributes = {"QueueArn": arn, "VisibilityTimeout": "30", "SqsManagedSseEnabled": "true", **policy}
        files.put(f"{LARGE}/{where}/sqs/get-queue-attributes/{name}", {"Attributes": attributes})
    _put_list(files, "sqs/list-queues", "QueueUrls", rows)


def _queue_policy(setting: Setting, i: int, arn: str) -> list[Statement]:
    """Fed by a topic, a bucket or a rule; used by another account; some have no policy."""
    topic = f"arn:aws:sns:{region(i)}:{LARGE}:{setting.topic(i % max(1, setting.size.topics))}"
    by_topic = {"ArnEquals": {"aws:SourceArn": topic}}
    by_bucket = {
        "StringEquals": {"aws:SourceAccount": LARGE},
        "ArnLike": {"aws:SourceArn": f"arn:aws:s3:::borealis-{team(i)}-*"},
    }
    by_rule = {"ArnLike": {"aws:SourceArn": f"arn:aws:events:{region(i)}:{LARGE}:rule/{team(i)}-*"}}
    send = "sqs:SendMessage"
    pipeline = f"arn:aws:iam::{TOOLING}:role/pipeline/{team(i)}-pipeline"
    anyone = {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}
    choices = [
        [],
        [to({"Service": "sns.amazonaws.com"}, allow("Topic", send, arn, by_topic))],
        [to({"Service": "s3.amazonaws.com"}, allow("Bucket", send, arn, by_bucket))],
        [to({"Service": "events.amazonaws.com"}, allow("Rule", send, arn, by_rule))],
        [to({"AWS": f"arn:aws:iam::{LARGE}:root"}, allow("Account", "sqs:*", arn)),
         to({"AWS": pipeline}, allow("Pipeline", [send, "sqs:GetQueueUrl"], arn))],
        [to("*", allow("Organization", send, arn, anyone))],
    ]  # fmt: skip
    if i % 40 == 33:  # noqa: PLR2004  a mistake: topics of anybody
        return [to({"Service": "sns.amazonaws.com"}, allow("AnyTopic", send, arn))]
    if i % 40 == 21:  # noqa: PLR2004  a mistake that the perimeter stops
        return [to("*", allow("Anybody", ["sqs:SendMessage", "sqs:ReceiveMessage"], arn))]
    return choices[i % len(choices)]


def _put_topics(files: Files, setting: Setting) -> None:
    rows: list[tuple[str, Any]] = []
    for i in range(setting.size.topics):
        name, where = setting.topic(i), region(i)
        arn = f"arn:aws:sns:{where}:{LARGE}:{name}"
        rows.append((where, {"TopicArn": arn}))
        attributes = {"TopicArn": arn, "Owner": LARGE, "Policy": as_text(document(_topic_policy(i, arn)))}
        files.put(f"{LARGE}/{where}/sns/get-topic-attributes/{name}", {"Attributes": attributes})
    _put_list(files, "sns/list-topics", "Topics", rows)


def _topic_policy(i: int, arn: str) -> list[Statement]:
    """The default of AWS, with a service beside it; the organization; a mistake."""
    own = {"StringEquals": {"AWS:SourceOwner": LARGE}}
    everything = ["SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission", "SNS:RemovePermission",
                  "SNS:DeleteTopic", "SNS:Subscribe", "SNS:ListSubscriptionsByTopic", "SNS:Publish"]  # fmt: skip
    default = to({"AWS": "*"}, allow("__default_statement_ID", everything, arn, own))
    alarms = {"ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:{region(i)}:{LARGE}:alarm:*"}}
    alarm = to({"Service": "cloudwatch.amazonaws.com"}, allow("Alarms", "sns:Publish", arn, alarms))
    account = to({"AWS": f"arn:aws:iam::{LARGE}:root"}, allow("Account", ["sns:Publish", "sns:Subscribe"], arn))
    inside = {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}
    members = to("*", allow("Organization", ["sns:Subscribe", "sns:Receive"], arn, inside))
    if i % 40 == 19:  # noqa: PLR2004  a mistake
        return [account, to("*", allow("Anybody", "sns:Publish", arn))]
    return [[default], [account, alarm], [account, members], [account]][i % 4]


# Secrets.


def _put_secrets(files: Files, setting: Setting) -> None:
    rows: list[tuple[str, Any]] = []
    for i in range(setting.size.secrets):
        name, arn, where = setting.secret(i), setting.secret_arn(i), region(i)
        tags = [{"Key": "team", "Value": team(i)}]
        rows.append((where, {"ARN": arn, "Name": name, "Tags": tags}))
        statements = _secret_policy(i)
        policy = {"ResourcePolicy": as_text(document(statements))} if statements else {}
        files.put(f"{LARGE}/{where}/secretsmanager/get-resource-policy/{name}", {"ARN": arn, "Name": name, **policy})
    _put_list(files, "secretsmanager/list-secrets", "SecretList", rows)


def _secret_policy(i: int) -> list[Statement]:
    """Most have none; some are read by a pipeline, or by their team only."""
    read = ["secretsmanager:GetSecretValue"]
    others = {"ArnNotLike": {"aws:PrincipalArn": [f"arn:aws:iam::{LARGE}:role/{team(i)}/*",
                                                  f"arn:aws:iam::{LARGE}:role/platform/*"]}}  # fmt: skip
    team_only = to("*", {**allow("TeamOnly", read, "*", others), "Effect": "Deny"})
    pipeline = f"arn:aws:iam::{TOOLING}:role/pipeline/{team(i)}-pipeline"
    if i % 30 == 17:  # noqa: PLR2004  a mistake that the perimeter stops
        return [to({"AWS": f"arn:aws:iam::{STRANGER}:root"}, allow("Stranger", read, "*"))]
    if i % 6 == 2:  # noqa: PLR2004  one in six
        return [to({"AWS": pipeline}, allow("Pipeline", read, "*"))]
    return [team_only] if i % 3 == 0 else []


# Functions.


def _put_functions(files: Files, setting: Setting) -> None:
    rows: list[tuple[str, Any]] = []
    for i, (name, where, role) in enumerate(function_names(setting)):
        arn = f"arn:aws:lambda:{where}:{LARGE}:function:{name}"
        rows.append((where, {"FunctionName": name, "FunctionArn": arn, "Role": role, "Runtime": "python3.13"}))
        statements = _function_policy(i, name, where, arn)
        path = f"{LARGE}/{where}/lambda/get-policy/{name}"
        if statements:
            files.put(path, {"Policy": as_text(document(statements)), "RevisionId": digest(name, 32)})
        else:
            files.miss(path, "ResourceNotFoundException")
    _put_list(files, "lambda/list-functions", "Functions", rows)


def _function_policy(i: int, name: str, where: str, arn: str) -> list[Statement]:
    """Called by an API, a topic, a bucket or a rule; a few by anybody."""
    owner = name.partition("-")[0]
    api = {"ArnLike": {"AWS:SourceArn": f"arn:aws:execute-api:{where}:{LARGE}:{digest(owner, 10)}/*/*/{owner}"}}
    bucket = {
        "StringEquals": {"AWS:SourceAccount": LARGE},
        "ArnLike": {"AWS:SourceArn": f"arn:aws:s3:::borealis-{owner}-uploads-*"},
    }
    rule = {"ArnLike": {"AWS:SourceArn": f"arn:aws:events:{where}:{LARGE}:rule/{owner}-schedule"}}
    invoke = "lambda:InvokeFunction"
    choices = [
        [],
        [to({"Service": "apigateway.amazonaws.com"}, allow("Api", invoke, arn, api))],
        [to({"Service": "s3.amazonaws.com"}, allow("Bucket", invoke, arn, bucket))],
        [to({"Service": "events.amazonaws.com"}, allow("Rule", invoke, arn, rule))],
        [],
    ]
    url = {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}
    if i % 60 == 41:  # noqa: PLR2004  on purpose, or by mistake: a URL that asks nobody who he is
        return [to("*", allow("FunctionURLAllowPublicAccess", "lambda:InvokeFunctionUrl", arn, url))]
    if i % 60 == 13:  # noqa: PLR2004  a mistake: buckets of any account
        return [to({"Service": "s3.amazonaws.com"}, allow("AnyBucket", invoke, arn))]
    return choices[i % len(choices)]
