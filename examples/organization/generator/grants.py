"""What workloads are allowed to do: the statements that teams write for their roles."""

from collections.abc import Callable
from random import Random

from generator.setting import LARGE, Setting, part, region, some, team
from generator.statements import Condition, Statement, allow, deny

Grant = Callable[[Setting, int, Random], list[Statement]]

_READ_TABLE = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:DescribeTable"]
_WRITE_TABLE = ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"]


def statements(setting: Setting, i: int, random: Random) -> list[Statement]:
    """What the workload of this number may do: its logs, and some of the rest."""
    chosen: list[Grant] = some(random, _GRANTS, 2, 5)
    return [*_logs(setting, i, random), *(row for grant in chosen for row in grant(setting, i, random))]


def workload(i: int) -> str:
    """The name of a workload."""
    return f"{team(i)}-{part(i)}-{i:03d}"


def _arn(service: str, i: int, rest: str) -> str:
    return f"arn:aws:{service}:{region(i)}:{LARGE}:{rest}"


def _logs(_: Setting, i: int, __: Random) -> list[Statement]:
    group = _arn("logs", i, f"log-group:/{team(i)}/{workload(i)}:*")
    return [allow("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], group)]


def _own(count: int, i: int, random: Random) -> int:
    """The number of a thing of the same team, where there are enough of them."""
    return random.choice([n for n in range(count) if team(n) == team(i)] or [i % count])


def _read_bucket(setting: Setting, i: int, random: Random) -> list[Statement]:
    bucket = f"arn:aws:s3:::{setting.bucket(_own(setting.size.buckets, i, random))}"
    prefix: Condition = {"StringLike": {"s3:prefix": [f"{team(i)}/*", f"{workload(i)}/*"]}}
    objects = f"{bucket}/{team(i)}/*" if random.random() < 0.3 else f"{bucket}/*"  # noqa: PLR2004  a share
    return [
        allow("ListBucket", "s3:ListBucket", bucket, prefix if random.random() < 0.4 else None),  # noqa: PLR2004
        allow("ReadObjects", ["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTagging"], objects),
    ]


def _write_bucket(setting: Setting, i: int, random: Random) -> list[Statement]:
    bucket = f"arn:aws:s3:::{setting.bucket(_own(setting.size.buckets, i, random))}"
    encrypted: Condition = {"StringEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}
    return [
        allow("WriteObjects", ["s3:PutObject", "s3:AbortMultipartUpload", "s3:DeleteObject"], f"{bucket}/*",
              random.choice([None, None, encrypted])),
        deny("KeepArchive", "s3:DeleteObject*", f"{bucket}/archive/*"),
    ]  # fmt: skip


def _queue(setting: Setting, i: int, random: Random) -> list[Statement]:
    number = _own(setting.size.queues, i, random)
    queue = f"arn:aws:sqs:{region(number)}:{LARGE}:{setting.queue(number)}"
    take = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"]
    return [allow("UseQueue", random.choice([take, ["sqs:SendMessage", "sqs:GetQueueUrl"]]), queue)]


def _topic(setting: Setting, i: int, random: Random) -> list[Statement]:
    number = _own(setting.size.topics, i, random)
    return [allow("Publish", "sns:Publish", f"arn:aws:sns:{region(number)}:{LARGE}:{setting.topic(number)}")]


def _table(_: Setting, i: int, random: Random) -> list[Statement]:
    table = _arn("dynamodb", i, f"table/{team(i)}-{part(i)}")
    actions = random.choice([_READ_TABLE, _READ_TABLE + _WRITE_TABLE])
    leading: Condition = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{team(i)}#*"]}}
    return [allow("UseTable", actions, [table, f"{table}/index/*"], random.choice([None, None, leading]))]


def _key(setting: Setting, i: int, random: Random) -> list[Statement]:
    number = _own(setting.size.keys, i, random)
    services = [f"{name}.{region(number)}.amazonaws.com" for name in ("s3", "sqs", "secretsmanager")]
    via: Condition = {"StringEquals": {"kms:ViaService": services}}
    key = f"arn:aws:kms:{region(number)}:{LARGE}:key/{setting.key(number)}"
    return [allow("UseKey", ["kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey"], key,
                  random.choice([None, via]))]  # fmt: skip


def _secret(setting: Setting, i: int, random: Random) -> list[Statement]:
    number = _own(setting.size.secrets, i, random)
    by_tag: Condition = {"StringEquals": {"aws:ResourceTag/team": team(number)}}
    arn = f"arn:aws:secretsmanager:{region(number)}:{LARGE}:secret:{team(number)}/*"
    exact = f"arn:aws:secretsmanager:{region(number)}:{LARGE}:secret:{setting.secret(number)}-??????"
    actions = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
    return [allow("ReadSecret", actions, *random.choice([(exact, None), (arn, by_tag)]))]


def _parameters(_: Setting, i: int, __: Random) -> list[Statement]:
    path = f"arn:aws:ssm:*:{LARGE}:parameter/{team(i)}/{part(i)}/*"
    return [allow("ReadParameters", ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"], path)]


def _events(_: Setting, i: int, __: Random) -> list[Statement]:
    source: Condition = {"StringEquals": {"events:source": f"borealis.{team(i)}"}}
    return [allow("PutEvents", "events:PutEvents", _arn("events", i, "event-bus/default"), source)]


def _metrics(_: Setting, i: int, __: Random) -> list[Statement]:
    namespace: Condition = {"StringEquals": {"cloudwatch:namespace": f"borealis/{team(i)}"}}
    return [
        allow("PutMetrics", "cloudwatch:PutMetricData", "*", namespace),
        allow("Trace", ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*"),
    ]


def _invoke(_: Setting, i: int, __: Random) -> list[Statement]:
    return [allow("InvokeOthers", "lambda:InvokeFunction", _arn("lambda", i, f"function:{team(i)}-*"))]


def _states(_: Setting, i: int, __: Random) -> list[Statement]:
    machine = _arn("states", i, f"stateMachine:{team(i)}-*")
    return [allow("StartMachines", ["states:StartExecution", "states:DescribeExecution"], machine)]


def _mail(_: Setting, i: int, __: Random) -> list[Statement]:
    sender: Condition = {"StringLike": {"ses:FromAddress": f"{team(i)}@*.borealis.example"}}
    return [allow("SendMail", ["ses:SendEmail", "ses:SendRawEmail"], _arn("ses", i, "identity/*"), sender)]


_GRANTS: tuple[Grant, ...] = (
    _read_bucket, _write_bucket, _read_bucket, _queue, _topic, _table, _table, _key, _key, _secret, _parameters,
    _events, _metrics, _invoke, _states, _mail,
)  # fmt: skip
