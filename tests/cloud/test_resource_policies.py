"""Resource policies: every row of the table, against small snapshots and against botocore's models."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import starmap
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore import xform_name

from checkers.cloud.policy import Document, Principals, Statement
from checkers.cloud.resource_policies import (
    ANYWHERE,
    CLIENT_ACTIONS,
    EVERYONE,
    GRANT_ACTIONS,
    GRANT_OPERATIONS,
    INVOKE,
    KINDS,
    OPERATIONS,
    ROWS,
    WITH_CONTEXT,
    AccountResources,
    GuardedResource,
    Listing,
    Row,
    read_paths,
    read_resources,
    unescaped,
)
from checkers.cloud.snapshot import ABSENT_CODES, Account, Snapshot
from checkers.kernel.globs import GlobSet
from checkers.verdict import Declined, Unreadable
from cloud.setting import OTHER, OWN, allow, document, manifest

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.model import Shape

REGION = "eu-west-1"
ACCOUNT = Account(OWN, "own", "aws")
TEXT = json.dumps(document(allow("*", Principal="*")))
Files = dict[str, Any]


def path_of(service: str, operation: str, name: str = "", region: str = REGION) -> str:
    return f"{OWN}/{region}/{service}/{operation}{'/' if name else ''}{name}.json"


def resources_of(files: Files, errors: dict[str, str] | None = None, *, partition: str = "aws") -> AccountResources:
    return read_resources(snapshot_of(files, errors), Account(OWN, "own", partition))


def snapshot_of(files: Files, errors: dict[str, str] | None = None) -> Snapshot:
    contents = {**files, "snapshot.json": manifest(OWN, errors=errors)}
    return Snapshot({path: (lambda value=value: json.dumps(value).encode()) for path, value in contents.items()})


@dataclass(frozen=True, kw_only=True)
class Case:
    """One resource of a kind: the answers that list it, and the answer with its policy.

    `answer` is around the policy's text; None where the list has it. `none` says that there is no policy: the code
    of an error, or an answer; None where that cannot be.
    """

    kind: str
    name: str
    listed: Files
    arn: str
    inside: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    action: str
    file: str = ""
    answer: Callable[[str], Any] | None = None
    none: Any = None
    region: str = REGION
    more: Files | None = None

    @property
    def row(self) -> Row:
        return next(r for r in ROWS if r.kind == self.kind)

    @property
    def files(self) -> Files:
        """The resource with a policy."""
        policy = {self.file: self.answer(TEXT)} if self.answer else {}
        return {**(self.more or {}), **with_policy(self.listed, TEXT), **policy}


class Hole:
    """Where a list has the policy of a row."""


HOLE = Hole()


def with_policy(value: Any, policy: str | None) -> Any:
    """The value with a policy where it has a hole, or without that member."""
    if isinstance(value, dict):
        return {k: policy if v is HOLE else with_policy(v, policy) for k, v in value.items() if v is not HOLE or policy}
    return [with_policy(v, policy) for v in value] if isinstance(value, list) else value


A = f"{REGION}:{OWN}"
KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"
SECRET = f"arn:aws:secretsmanager:{A}:secret:prod/db-AbC123"
LABEL = "2026-05-11T21:21:33.291"
CASES = [
    Case(
        kind="key",
        name=KEY,
        listed={
            path_of("kms", "list-keys"): {"Keys": [{"KeyId": KEY, "KeyArn": f"arn:aws:kms:{A}:key/{KEY}"}]},
        },
        arn=f"arn:aws:kms:{A}:key/{KEY}",
        outside=(f"arn:aws:kms:{A}:key/{KEY}x",),
        action="kms:decrypt",
        file=path_of("kms", "get-key-policy", KEY),
        answer=lambda text: {"Policy": text, "PolicyName": "default"},
        more={
            path_of("kms", "list-grants", KEY): {"Grants": [], "Truncated": False},
            path_of("kms", "describe-key", KEY): {"KeyMetadata": {"KeyManager": "CUSTOMER"}},
        },
    ),
    Case(
        kind="queue",
        name="jobs",
        listed={
            path_of("sqs", "list-queues"): {"QueueUrls": [f"https://sqs.{REGION}.amazonaws.com/{OWN}/jobs"]},
        },
        arn=f"arn:aws:sqs:{A}:jobs",
        outside=(f"arn:aws:sqs:{A}:jobs2", f"arn:aws:sqs:{REGION}:{OTHER}:jobs"),
        action="sqs:sendmessage",
        file=path_of("sqs", "get-queue-attributes", "jobs"),
        answer=lambda text: {"Attributes": {"VisibilityTimeout": "30", "Policy": text}},
        none={"Attributes": {"VisibilityTimeout": "30"}},
    ),
    Case(
        kind="topic",
        name="news.fifo",
        listed={path_of("sns", "list-topics"): {"Topics": [{"TopicArn": f"arn:aws:sns:{A}:news.fifo"}]}},
        arn=f"arn:aws:sns:{A}:news.fifo",
        action="sns:publish",
        file=path_of("sns", "get-topic-attributes", "news.fifo"),
        answer=lambda text: {"Attributes": {"TopicArn": f"arn:aws:sns:{A}:news.fifo", "Policy": text}},
        none={"Attributes": {"TopicArn": f"arn:aws:sns:{A}:news.fifo"}},
    ),
    Case(
        kind="function",
        name="f",
        listed={
            path_of("lambda", "list-functions"): {
                "Functions": [{"FunctionName": "f", "FunctionArn": f"arn:aws:lambda:{A}:function:f"}],
            },
        },
        arn=f"arn:aws:lambda:{A}:function:f",
        inside=(f"arn:aws:lambda:{A}:function:f:prod", f"arn:aws:lambda:{A}:function:f:$LATEST"),
        outside=(f"arn:aws:lambda:{A}:function:f2", f"arn:aws:lambda:{A}:layer:f:1"),
        action="lambda:invokefunction",
        file=path_of("lambda", "get-policy", "f"),
        answer=lambda text: {"Policy": text, "RevisionId": "r"},
        none="ResourceNotFoundException",
    ),
    Case(
        kind="layer",
        name="tools/3",
        listed={
            path_of("lambda", "list-layers"): {"Layers": [{"LayerName": "tools"}]},
            path_of("lambda", "list-layer-versions", "tools"): {
                "LayerVersions": [{"Version": 3, "LayerVersionArn": f"arn:aws:lambda:{A}:layer:tools:3"}],
            },
        },
        arn=f"arn:aws:lambda:{A}:layer:tools:3",
        outside=(f"arn:aws:lambda:{A}:layer:tools:33", f"arn:aws:lambda:{A}:layer:tools"),
        action="lambda:getlayerversion",
        file=path_of("lambda", "get-layer-version-policy", "tools/3"),
        answer=lambda text: {"Policy": text},
        none="ResourceNotFoundException",
    ),
    Case(
        kind="secret",
        name="prod/db",
        listed={path_of("secretsmanager", "list-secrets"): {"SecretList": [{"Name": "prod/db", "ARN": SECRET}]}},
        arn=SECRET,
        outside=(SECRET[:-1] + "4", SECRET + "4"),
        action="secretsmanager:getsecretvalue",
        file=path_of("secretsmanager", "get-resource-policy", "prod/db"),
        answer=lambda text: {"ARN": SECRET, "Name": "prod/db", "ResourcePolicy": text},
        none={"ARN": SECRET, "Name": "prod/db"},
    ),
    Case(
        kind="repository",
        name="team/app",
        listed={
            path_of("ecr", "describe-repositories"): {
                "repositories": [
                    {"repositoryName": "team/app", "repositoryArn": f"arn:aws:ecr:{A}:repository/team/app"},
                ],
            },
        },
        arn=f"arn:aws:ecr:{A}:repository/team/app",
        outside=(f"arn:aws:ecr:{A}:repository/team",),
        action="ecr:batchgetimage",
        file=path_of("ecr", "get-repository-policy", "team/app"),
        answer=lambda text: {"registryId": OWN, "repositoryName": "team/app", "policyText": text},
        none="RepositoryPolicyNotFoundException",
    ),
    Case(
        kind="public-repository",
        name="tool",
        listed={
            path_of("ecr-public", "describe-repositories", region="us-east-1"): {
                "repositories": [
                    {"repositoryName": "tool", "repositoryArn": f"arn:aws:ecr-public::{OWN}:repository/tool"},
                ],
            },
        },
        arn=f"arn:aws:ecr-public::{OWN}:repository/tool",
        action="ecr-public:putimage",
        file=path_of("ecr-public", "get-repository-policy", "tool", "us-east-1"),
        answer=lambda text: {"policyText": text},
        none="RepositoryPolicyNotFoundException",
        region="us-east-1",
    ),
    Case(
        kind="file-system",
        name="fs-0123",
        listed={
            path_of("efs", "describe-file-systems"): {
                "FileSystems": [
                    {
                        "FileSystemId": "fs-0123",
                        "FileSystemArn": f"arn:aws:elasticfilesystem:{A}:file-system/fs-0123",
                        "Tags": [{"Key": "team", "Value": "red"}],
                    },
                ],
            },
        },
        arn=f"arn:aws:elasticfilesystem:{A}:file-system/fs-0123",
        outside=(f"arn:aws:elasticfilesystem:{A}:access-point/fsap-1",),
        action="elasticfilesystem:clientmount",
        file=path_of("efs", "describe-file-system-policy", "fs-0123"),
        answer=lambda text: {"FileSystemId": "fs-0123", "Policy": text},
        none="PolicyNotFound",
    ),
    Case(
        kind="domain",
        name="search",
        listed={path_of("opensearch", "list-domain-names"): {"DomainNames": [{"DomainName": "search"}]}},
        arn=f"arn:aws:es:{A}:domain/search",
        inside=(f"arn:aws:es:{A}:domain/search/_search",),
        outside=(f"arn:aws:es:{A}:domain/searches",),
        action="es:eshttpget",
        file=path_of("opensearch", "describe-domain", "search"),
        answer=lambda text: {"DomainStatus": {"ARN": f"arn:aws:es:{A}:domain/search", "AccessPolicies": text}},
        none={"DomainStatus": {"ARN": f"arn:aws:es:{A}:domain/search"}},
    ),
    Case(
        kind="rest-api",
        name="a1b2c3",
        listed={
            path_of("apigateway", "get-rest-apis"): {"items": [{"id": "a1b2c3", "name": "orders", "policy": HOLE}]}
        },
        arn=f"arn:aws:execute-api:{A}:a1b2c3/*",
        inside=(f"arn:aws:execute-api:{A}:a1b2c3/prod/GET/pets",),
        outside=(f"arn:aws:execute-api:{A}:a1b2c3d/prod",),
        action="execute-api:invoke",
        more={path_of("apigateway", "get-authorizers", "a1b2c3"): {"items": []}},
    ),
    Case(
        kind="event-bus",
        name="orders",
        listed={
            path_of("events", "list-event-buses"): {
                "EventBuses": [{"Name": "orders", "Arn": f"arn:aws:events:{A}:event-bus/orders", "Policy": HOLE}],
            },
        },
        arn=f"arn:aws:events:{A}:event-bus/orders",
        inside=(f"arn:aws:events:{A}:rule/orders/paid",),
        outside=(f"arn:aws:events:{A}:rule/paid", f"arn:aws:events:{A}:event-bus/default"),
        action="events:putevents",
    ),
    Case(
        kind="backup-vault",
        name="v",
        listed={
            path_of("backup", "list-backup-vaults"): {
                "BackupVaultList": [
                    {"BackupVaultName": "v", "BackupVaultArn": f"arn:aws:backup:{A}:backup-vault:v"},
                ],
            },
        },
        arn=f"arn:aws:backup:{A}:backup-vault:v",
        action="backup:copyintobackupvault",
        file=path_of("backup", "get-backup-vault-access-policy", "v"),
        answer=lambda text: {"BackupVaultName": "v", "Policy": text},
        none="ResourceNotFoundException",
    ),
    Case(
        kind="glacier-vault",
        name="old",
        listed={
            path_of("glacier", "list-vaults"): {
                "VaultList": [{"VaultName": "old", "VaultARN": f"arn:aws:glacier:{A}:vaults/old"}],
            },
        },
        arn=f"arn:aws:glacier:{A}:vaults/old",
        action="glacier:initiatejob",
        file=path_of("glacier", "get-vault-access-policy", "old"),
        answer=lambda text: {"policy": {"Policy": text}},
        none="ResourceNotFoundException",
    ),
    Case(
        kind="table",
        name="users",
        listed={path_of("dynamodb", "list-tables"): {"TableNames": ["users"]}},
        arn=f"arn:aws:dynamodb:{A}:table/users",
        inside=(f"arn:aws:dynamodb:{A}:table/users/index/by-name",),
        outside=(f"arn:aws:dynamodb:{A}:table/users/stream/{LABEL}",),
        action="dynamodb:getitem",
        file=path_of("dynamodb", "get-resource-policy", "users"),
        answer=lambda text: {"Policy": text, "RevisionId": "1"},
        none="PolicyNotFoundException",
    ),
    Case(
        kind="table-stream",
        name=f"users/stream/{LABEL}",
        listed={
            path_of("dynamodbstreams", "list-streams"): {
                "Streams": [{"StreamArn": f"arn:aws:dynamodb:{A}:table/users/stream/{LABEL}", "TableName": "users"}],
            },
        },
        arn=f"arn:aws:dynamodb:{A}:table/users/stream/{LABEL}",
        outside=(f"arn:aws:dynamodb:{A}:table/users",),
        action="dynamodb:getrecords",
        file=path_of("dynamodb", "get-resource-policy", f"users/stream/{LABEL}"),
        answer=lambda text: {"Policy": text},
        none="PolicyNotFoundException",
    ),
    Case(
        kind="stream",
        name="clicks",
        listed={path_of("kinesis", "list-streams"): {"StreamNames": ["clicks"], "HasMoreStreams": False}},
        arn=f"arn:aws:kinesis:{A}:stream/clicks",
        outside=(f"arn:aws:kinesis:{A}:stream/clicks/consumer/c:1",),
        action="kinesis:putrecord",
        file=path_of("kinesis", "get-resource-policy", "clicks"),
        answer=lambda text: {"Policy": text},
        none={"Policy": "{}"},
    ),
    Case(
        kind="package-domain",
        name="acme",
        listed={
            path_of("codeartifact", "list-domains"): {
                "domains": [{"name": "acme", "arn": f"arn:aws:codeartifact:{A}:domain/acme"}],
            },
        },
        arn=f"arn:aws:codeartifact:{A}:domain/acme",
        inside=(f"arn:aws:codeartifact:{A}:package-group/acme/npm/*",),
        outside=(f"arn:aws:codeartifact:{A}:repository/acme/npm",),
        action="codeartifact:getauthorizationtoken",
        file=path_of("codeartifact", "get-domain-permissions-policy", "acme"),
        answer=lambda text: {"policy": {"document": text}},
        none="ResourceNotFoundException",
    ),
    Case(
        kind="package-repository",
        name="acme/npm",
        listed={
            path_of("codeartifact", "list-repositories"): {
                "repositories": [
                    {"name": "npm", "domainName": "acme", "arn": f"arn:aws:codeartifact:{A}:repository/acme/npm"},
                ],
            },
        },
        arn=f"arn:aws:codeartifact:{A}:repository/acme/npm",
        inside=(f"arn:aws:codeartifact:{A}:package/acme/npm/npm//left-pad",),
        outside=(f"arn:aws:codeartifact:{A}:package/acme/npm2/npm//left-pad",),
        action="codeartifact:readfromrepository",
        file=path_of("codeartifact", "get-repository-permissions-policy", "acme/npm"),
        answer=lambda text: {"policy": {"document": text}},
        none="ResourceNotFoundException",
    ),
    Case(
        kind="log-policy",
        name=REGION,
        listed={
            path_of("logs", "describe-resource-policies"): {
                "resourcePolicies": [{"policyName": "dns", "policyDocument": HOLE}],
            },
        },
        arn=f"arn:aws:logs:{A}:*",
        inside=(f"arn:aws:logs:{A}:log-group:/aws/route53/x:*",),
        outside=(f"arn:aws:logs:us-east-1:{OWN}:log-group:x",),
        action="logs:putlogevents",
    ),
    Case(
        kind="email-identity",
        name="news@example.com",
        listed={
            path_of("sesv2", "list-email-identities"): {"EmailIdentities": [{"IdentityName": "news@example.com"}]},
        },
        arn=f"arn:aws:ses:{A}:identity/news@example.com",
        action="ses:sendemail",
        file=path_of("sesv2", "get-email-identity-policies", "news@example.com"),
        answer=lambda text: {"Policies": {"partner-1": text}},
        none={"Policies": {}},
    ),
    Case(
        kind="container",
        name="live",
        listed={
            path_of("mediastore", "list-containers"): {
                "Containers": [{"Name": "live", "ARN": f"arn:aws:mediastore:{A}:container/live"}],
            },
        },
        arn=f"arn:aws:mediastore:{A}:container/live",
        inside=(f"arn:aws:mediastore:{A}:container/live/a/b.mp4",),
        action="mediastore:getobject",
        file=path_of("mediastore", "get-container-policy", "live"),
        answer=lambda text: {"Policy": text},
        none="PolicyNotFoundException",
    ),
    Case(
        kind="catalog",
        name=REGION,
        listed={},
        arn=f"arn:aws:glue:{A}:*",
        inside=(f"arn:aws:glue:{A}:table/sales/orders",),
        outside=(f"arn:aws:glue:{REGION}:{OTHER}:catalog",),
        action="glue:gettable",
        file=path_of("glue", "get-resource-policy"),
        answer=lambda text: {"PolicyInJson": text, "PolicyHash": "h"},
        none="EntityNotFoundException",
    ),
]
BY_KIND = {c.kind: c for c in CASES}
WITH_ANSWER = [c for c in CASES if c.answer]
WITH_LIST = [c for c in CASES if c.listed and not c.row.is_regional]


def each(cases: list[Case]) -> Any:
    return pytest.mark.parametrize("case", cases, ids=lambda c: c.kind)


def the(found: AccountResources, case: Case) -> GuardedResource:
    """The only resource of the kind."""
    (one,) = [r for r in found.resources if r.kind == case.kind]
    return one


def problems_of(found: AccountResources, case: Case) -> list[tuple[str, str]]:
    return [(p.path, p.reason) for p in found.problems if p.kinds == (case.kind,)]


def why(documents: tuple[Document, ...]) -> list[str | None]:
    return [d.problem for d in documents]


def unknown(statement: Statement) -> str | None:
    """Why it is not known whether and for whom a statement is there."""
    assert statement.effect == "Allow"
    (condition,) = statement.conditions
    return condition.problem


def test_every_kind_has_a_case_and_kinds_are_sorted() -> None:
    assert [c.kind for c in CASES] == [r.kind for r in ROWS]
    assert sorted(BY_KIND) == list(KINDS)
    assert len(set(KINDS)) == len(ROWS)


# What each row reads.


@each(CASES)
def test_a_policy_is_read(case: Case) -> None:
    found = resources_of(case.files)
    one = the(found, case)
    assert (one.arn, one.name, one.account, one.region) == (case.arn, case.name, OWN, case.region)
    assert [s.effect for d in one.documents for s in d.statements] == ["Allow"]
    assert all(d.origin.name and d.origin.file in case.files for d in one.documents)
    assert problems_of(found, case) == []
    assert case.row.kind != "key" or one.aws_managed is False
    assert one.trusts_account is (case.kind != "key")
    assert one.names_resource is (case.kind not in {"repository", "public-repository"})


@each(CASES)
def test_the_policy_decides_its_resource_and_the_actions_of_its_service(case: Case) -> None:
    one = the(resources_of(case.files), case)
    assert [r for r in (case.arn, *case.inside) if r not in one.resources] == []
    assert [r for r in case.outside if r in one.resources] == []
    assert case.action in one.actions
    assert "other:action" not in one.actions
    assert not one.resources.complement


@each(CASES)
def test_the_partition_is_that_of_the_account(case: Case) -> None:
    files = json.loads(json.dumps(case.files).replace("arn:aws:", "arn:aws-cn:"))
    one = the(resources_of(files, partition="aws-cn"), case)
    assert one.arn == case.arn.replace("arn:aws:", "arn:aws-cn:")
    assert (
        problems_of(resources_of(case.files, partition="aws-us-gov"), case)
        or not case.row.listing
        or (not case.row.listing.arn and not case.row.listing.below)
    )


@each([c for c in WITH_ANSWER if c.none is not None])
def test_that_there_is_no_policy_is_said_by_aws(case: Case) -> None:
    errors = {case.file: case.none} if isinstance(case.none, str) else {}
    files = {**case.listed, **({} if errors else {case.file: case.none})}
    one = the(resources_of(files, errors), case)
    policy = [d for d in one.documents if d.origin.path != "$"]
    assert policy == []
    assert (case.file in read_paths(snapshot_of(files, errors), ACCOUNT)) is True


@each([c for c in CASES if c.answer is None])
def test_a_row_of_a_list_without_its_policy_has_none(case: Case) -> None:
    one = the(resources_of({**with_policy(case.listed, None)}), case)
    assert [d for d in one.documents if d.origin.path != "$"] == []


@each(WITH_ANSWER)
@pytest.mark.parametrize(("code", "state"), [("AccessDeniedException", "denied"), ("Throttling", "error")])
def test_a_policy_that_could_not_be_read_is_not_known(case: Case, code: str, state: str) -> None:
    one = the(resources_of({**(case.more or {}), **case.listed}, {case.file: code}), case)
    assert why(one.documents)[0] == f"{case.file}: {state} ({code})"


@each([c for c in WITH_ANSWER if c.listed])
def test_the_policy_of_a_listed_resource_that_was_not_collected_is_not_known(case: Case) -> None:
    one = the(resources_of(case.listed), case)
    assert why(one.documents)[0] == f"{case.file}: error (not collected)"


@each(WITH_ANSWER)
@pytest.mark.parametrize("value", [{}, {"other": 1}], ids=["an empty answer", "another answer"])
def test_an_answer_without_a_policy_does_not_say_that_there_is_none(case: Case, value: Any) -> None:
    one = the(resources_of({**case.listed, case.file: value}), case)
    assert why(one.documents)[0] == f"{case.file}: no {'.'.join(case.row.policy)} in the answer"


@each(WITH_ANSWER)
@pytest.mark.parametrize("policy", [7, "{", [], "[]", True], ids=repr)
def test_a_policy_that_is_none_is_not_understood(case: Case, policy: Any) -> None:
    assert case.answer
    one = the(resources_of({**case.listed, case.file: case.answer(policy)}), case)
    assert one.documents[0].problem is not None


@each(WITH_ANSWER)
@pytest.mark.parametrize("policy", ["", "{}", None], ids=repr)
def test_an_empty_policy_is_none(case: Case, policy: Any) -> None:
    assert case.answer
    one = the(resources_of({**case.listed, case.file: case.answer(policy)}), case)
    assert [d for d in one.documents if d.origin.path != "$"] == []


@each([c for c in WITH_ANSWER if c.listed])
def test_a_policy_without_a_list_shows_that_the_resource_exists(case: Case) -> None:
    assert case.answer
    found = resources_of({**(case.more or {}), case.file: case.answer(TEXT)})
    one = the(found, case)
    assert (one.arn, one.name) == (case.arn, case.name)
    assert [s.effect for d in one.documents for s in d.statements] == ["Allow"]
    (problem,) = problems_of(found, case)
    assert problem[1].endswith("error (not collected)")


# Lists.


def list_path(case: Case) -> str:
    return next(iter(case.listed))


@each(WITH_LIST)
def test_a_list_that_was_denied_is_a_problem(case: Case) -> None:
    path = list_path(case)
    found = resources_of({p: v for p, v in case.listed.items() if p != path}, {path: "AccessDenied"})
    assert [r for r in found.resources if r.kind == case.kind] == []
    (problem,) = [p for p in found.problems if p.kinds == (case.kind,)]
    assert (problem.path, problem.reason) == (path, f"{path}: denied (AccessDenied)")
    assert [r for r in (case.arn, *case.inside) if r not in problem.resources] == []
    assert case.arn.replace(case.region, "sa-east-1") not in problem.resources or case.region not in case.arn
    assert problem.actions == case.row.actions


@each(WITH_LIST)
def test_a_list_that_is_cut_off_is_a_problem(case: Case) -> None:
    path = list_path(case)
    assert case.row.listing
    for member in filter(None, ("NextToken", case.row.listing.cut)):
        found = resources_of({**case.files, path: {**case.files[path], member: "more"}})
        assert problems_of(found, case) == [(path, f"{path}: error (the list is cut off: {member})")]
        assert [r.name for r in found.resources if r.kind == case.kind] == ([case.name] if case.file else [])


@each([c for c in CASES if c.kind != "catalog"])
def test_a_list_that_no_region_has_is_a_problem_of_all_regions(case: Case) -> None:
    found = resources_of({})
    (problem,) = [p for p in found.problems if p.kinds == (case.kind,)]
    region = case.row.region or ANYWHERE
    listing = case.row.listing
    assert listing
    assert problem.path == path_of(listing.service, listing.operation, region=region)
    assert problem.reason == f"{problem.path}: error (not collected)"
    assert [r for r in (case.arn, *case.inside) if r not in problem.resources] == []
    assert found.resources == ()


def test_a_catalog_that_no_region_has_is_a_problem() -> None:
    (problem,) = [p for p in resources_of({}).problems if p.kinds == ("catalog",)]
    assert problem.path == path_of("glue", "get-resource-policy", region=ANYWHERE)
    assert BY_KIND["catalog"].inside[0] in problem.resources


@each([c for c in WITH_LIST if c.row.listing and (c.row.listing.arn or c.row.listing.below)])
def test_an_arn_of_another_account_is_a_problem_of_that_resource(case: Case) -> None:
    strange = json.loads(json.dumps(with_policy(case.listed, TEXT)).replace(f":{OWN}:", f":{OTHER}:"))
    found = resources_of(strange)
    (problem,) = [p for p in found.problems if p.kinds == (case.kind,)]
    arn = case.arn.replace(f":{OWN}:", f":{OTHER}:")
    assert problem.reason == f"{problem.path}: {arn} is no {case.kind} of {OWN} in {case.region}"
    assert arn in problem.resources
    assert [r for r in found.resources if r.kind == case.kind] == []


@each(WITH_LIST)
@pytest.mark.parametrize("rows", [None, "x", {}, 7], ids=repr)
def test_a_list_that_is_none_is_refused(case: Case, rows: Any) -> None:
    path, listing = list_path(case), case.row.listing
    assert listing
    with pytest.raises(Unreadable) as caught:
        _ = resources_of({path: {listing.rows: rows}}).problems
    assert str(caught.value) == f"{path}: {listing.rows} is not a list"


@each(WITH_LIST)
@pytest.mark.parametrize("row", [None, 7, [], {"x": "y"}, "x"], ids=repr)
def test_an_entry_of_a_list_that_is_none_is_refused(case: Case, row: Any) -> None:
    path, listing = list_path(case), case.row.listing
    assert listing
    if isinstance(row, str) and not listing.name:
        return  # that is what an entry of this list is
    with pytest.raises(Unreadable, match=re.escape(path)):
        _ = resources_of({path: {listing.rows: [row]}}).resources


@each(WITH_LIST)
def test_a_resource_that_is_listed_twice_is_refused(case: Case) -> None:
    path = list(case.listed)[-1]
    answer = with_policy(case.listed[path], TEXT)
    (rows,) = [k for k, v in answer.items() if isinstance(v, list)]
    with pytest.raises(Unreadable) as caught:
        _ = resources_of({**case.listed, path: {**answer, rows: answer[rows] * 2}}).resources
    assert str(caught.value) == f"{path}: {case.name} is listed twice"


@each(WITH_LIST)
def test_an_empty_list_has_no_resources_and_no_problem(case: Case) -> None:
    path, listing = list_path(case), case.row.listing
    assert listing
    found = resources_of({path: {listing.rows: []}})
    assert [r for r in found.resources if r.kind == case.kind] == []
    assert problems_of(found, case) == []


def test_a_list_of_queues_is_left_out_where_there_are_none() -> None:
    case = BY_KIND["queue"]
    assert problems_of(resources_of({list_path(case): {}}), case) == []


@pytest.mark.parametrize(("count", "is_whole"), [(999, True), (1000, False), (1001, True)])
def test_a_thousand_queues_may_be_the_first_of_more(count: int, is_whole: bool) -> None:
    case = BY_KIND["queue"]
    path = list_path(case)
    found = resources_of({path: {"QueueUrls": [f"https://sqs/{OWN}/q{i}" for i in range(count)]}})
    gap = (path, f"{path}: 1000 QueueUrls, which is all that one answer can have")
    assert problems_of(found, case) == ([] if is_whole else [gap])
    assert len(found.resources) == count


def test_an_account_that_never_had_glacier_has_no_vaults() -> None:
    case = BY_KIND["glacier-vault"]
    found = resources_of({}, {list_path(case): "NoLongerSupportedException"})
    assert problems_of(found, case) == []


def test_versions_of_a_layer_that_were_not_listed_are_a_problem() -> None:
    case = BY_KIND["layer"]
    path = list_path(case)
    below = path_of("lambda", "list-layer-versions", "tools")
    found = resources_of({path: case.listed[path]}, {below: "AccessDenied"})
    assert problems_of(found, case) == [(below, f"{below}: denied (AccessDenied)")]
    assert below in found.paths


def test_gaps_of_one_region_are_one_problem_and_regions_are_apart() -> None:
    layers = {"Layers": [{"LayerName": "a"}, {"LayerName": "b"}]}
    files = {path_of("lambda", "list-layers", region=r): layers for r in (REGION, "us-east-1")}
    found = [p for p in resources_of(files).problems if p.kinds == ("layer",)]
    assert [(p.path.split("/")[1], p.reason.count("not collected")) for p in found] == [(REGION, 2), ("us-east-1", 2)]


def test_regions_are_those_of_the_files() -> None:
    files = {
        path_of("sqs", "list-queues", region=r): {"QueueUrls": [f"https://sqs/{OWN}/q"]}
        for r in ("us-gov-west-1", "eu-west-1", "global", "EU-WEST-1", "a:b-1")
    }
    assert [r.region for r in resources_of(files).resources] == ["eu-west-1", "us-gov-west-1"]


# Parts of resources, and names.


def test_the_policies_of_versions_and_aliases_are_policies_of_the_function() -> None:
    case = BY_KIND["function"]
    alias = path_of("lambda", "get-policy", "f/prod")
    one = the(resources_of({**case.files, alias: {"Policy": TEXT}}), case)
    assert [(d.origin.file, d.origin.name) for d in one.documents] == [
        (case.file, "function policy of f"),
        (alias, "function policy of f/prod"),
    ]
    (alone,) = resources_of({alias: {"Policy": TEXT}}).resources
    assert (alone.name, why(alone.documents)) == ("f", [f"{case.file}: error (not collected)", None])


def test_a_consumer_of_a_stream_has_a_policy_of_its_own() -> None:
    path = path_of("kinesis", "get-resource-policy", "clicks/consumer/c:1525898737")
    (one,) = resources_of({path: {"Policy": TEXT}}).resources
    assert one.arn == f"arn:aws:kinesis:{A}:stream/clicks/consumer/c:1525898737"
    assert one.resources == GlobSet([one.arn])


def test_the_default_event_bus_has_the_rules_without_a_bus() -> None:
    path = path_of("events", "list-event-buses")
    row = {"Name": "default", "Arn": f"arn:aws:events:{A}:event-bus/default"}
    (one,) = resources_of({path: {"EventBuses": [row]}}).resources
    assert f"arn:aws:events:{A}:rule/nightly" in one.resources


def test_a_secret_that_is_not_listed_ends_as_aws_chooses() -> None:
    case = BY_KIND["secret"]
    one = the(resources_of({}, {case.file: "AccessDenied"}), case)
    assert one.arn == f"arn:aws:secretsmanager:{A}:secret:prod/db-??????"
    assert SECRET in one.resources
    assert SECRET + "x" not in one.resources
    other = the(
        resources_of({case.file: {"Name": "prod/db", "ARN": f"arn:aws:secretsmanager:{A}:secret:x-AbC123"}}), case
    )
    assert other.arn == one.arn


def test_a_log_policy_of_one_resource_is_not_read_as_one_of_the_region() -> None:
    path = path_of("logs", "describe-resource-policies")
    rows = [{"policyName": "p", "policyDocument": TEXT, "resourceArn": "arn:aws:logs:x"}]
    (one,) = resources_of({path: {"resourcePolicies": rows}}).resources
    assert why(one.documents) == ["the policy p is about arn:aws:logs:x alone"]


@pytest.mark.parametrize("code", ["AccessDenied", "Throttling"])
def test_log_policies_that_could_not_be_read_are_a_document_that_is_not_known(code: str) -> None:
    path = path_of("logs", "describe-resource-policies")
    found = resources_of({}, {path: code})
    (one,) = found.resources
    assert why(one.documents) == [snapshot_of({}, {path: code}).fact(path).reason]
    assert [p for p in found.problems if p.kinds == ("log-policy",)] == []


def test_each_policy_of_an_email_identity_is_a_document() -> None:
    case = BY_KIND["email-identity"]
    one = the(resources_of({case.file: {"Policies": {"a": TEXT, "b-1": "{"}}}), case)
    assert [(d.origin.path, d.problem is None) for d in one.documents] == [
        ('$.Policies["a"]', True),
        ('$.Policies["b-1"]', False),
    ]
    assert one.documents[0].origin.name == "email identity policy of news@example.com, a"
    other = the(resources_of({case.file: {"Policies": [TEXT]}}), case)
    assert why(other.documents) == [f"{case.file}: no Policies in the answer"]


@pytest.mark.parametrize(
    ("attributes", "is_none"),
    [
        ({"VisibilityTimeout": "30", "QueueArn": "x"}, True),
        ({"Policy": ""}, True),
        ({"QueueArn": "x"}, False),
        ({}, False),
        ([], False),
        (None, False),
    ],
)
def test_a_queue_has_no_policy_where_every_attribute_was_asked_for(attributes: Any, is_none: bool) -> None:
    case = BY_KIND["queue"]
    one = the(resources_of({case.file: {"Attributes": attributes}}), case)
    assert (one.documents == ()) is is_none


NAMES = ["..", "a/../b", "{name}", "%s", "*", "?", "a:b", " ", "\u202e", "x" * 300, "/", "//", "a\nb", "."]


@each([c for c in WITH_ANSWER if c.listed])
@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_a_hostile_name_is_only_a_name(case: Case, name: str) -> None:
    assert case.answer
    files = {**case.files, case.file.replace(case.name, name): case.answer(TEXT)}
    snapshot = snapshot_of(files)
    found = read_resources(snapshot, ACCOUNT)
    own = [r for r in found.resources if case.arn in r.resources and r.kind == case.kind]
    assert [r.name for r in own] == [case.name]
    assert len(found.paths & files.keys()) >= len(case.files)


@each(WITH_LIST)
def test_a_listed_name_may_be_empty(case: Case) -> None:
    path, listing = list_path(case), case.row.listing
    assert listing
    row = dict.fromkeys((*listing.name, listing.arn or "x"), "") if listing.name else ""
    found = resources_of({path: {listing.rows: [row]}})
    assert len(found.resources) + len(found.problems) == len(ROWS)


def test_a_name_that_no_pattern_can_hold_is_declined() -> None:
    with pytest.raises(Declined):
        _ = resources_of({path_of("sqs", "list-queues"): {"QueueUrls": ["x" * 3000]}}).resources


ODD = [None, True, 7, "", "x", "{}", [], {}, [None], [[]], [{}], {"Statement": 7}, {"a": {"b": []}}]


def damaged(value: Any) -> list[Any]:
    """The value with each of its parts replaced by odd ones, one at a time."""
    found = list(ODD)
    if isinstance(value, dict):
        found += [{**value, k: odd} for k, v in value.items() for odd in damaged(v)]
        found += [{k: v for k, v in value.items() if k != gone} for gone in value]
    elif isinstance(value, list):
        found += [[*value[:i], odd, *value[i + 1 :]] for i, v in enumerate(value) for odd in damaged(v)]
    return found


@each(CASES)
def test_odd_answers_are_refused_or_a_problem(case: Case) -> None:
    for path, value in case.files.items():
        for odd in damaged(value):
            try:
                found = resources_of({**case.files, path: odd})
                assert found.resources or found.problems
                assert found.paths
            except Unreadable as error:
                assert str(error).startswith(OWN)


# Paths.


@each(CASES)
def test_what_is_read_is_not_left_to_the_ledger(case: Case) -> None:
    assert set(case.files) <= read_paths(snapshot_of(case.files), ACCOUNT)
    assert read_paths(snapshot_of(case.files), Account(OTHER, "other", "aws")) == frozenset()


UNREAD = [
    path_of("sqs", "get-queue-attributes"),
    path_of("sqs", "list-queues", "x"),
    path_of("sqs", "list-queues", region="global"),
    path_of("sqs", "list-queue-tags", "x"),
    path_of("ecr-public", "describe-repositories", region="us-west-2"),
    path_of("dynamodb", "get-resource-policy", "users/backup/1"),
    path_of("glue", "get-resource-policy", "x"),
    path_of("kms", "list-grants", "not-a-known-key"),
    path_of("lambda", "list-layer-versions", "not-a-known-layer"),
    path_of("sqs", "list-queues") + ".txt",
    f"{OWN}/{REGION}/sqs/get-queue-attributes/.json",
    f"{OWN}/{REGION}/sqs.json",
    f"{OWN}1/{REGION}/sqs/list-queues.json",
]


@pytest.mark.parametrize("path", UNREAD)
def test_what_no_row_reads_is_left_to_the_ledger(path: str) -> None:
    found = resources_of({path: {}})
    assert path not in found.paths
    assert found.resources == ()


def test_errors_met_in_place_of_files_are_read_too() -> None:
    path = path_of("sqs", "get-queue-attributes", "jobs")
    assert path in read_paths(snapshot_of({}, {path: "AccessDenied"}), ACCOUNT)


# Tags.


def tagged(kind: str, member: str, value: Any) -> Any:
    """The tags that are read of a resource of the kind."""
    case = BY_KIND[kind]
    path = list_path(case)
    answer = with_policy(case.listed[path], TEXT)
    (rows,) = answer
    return the(resources_of({path: {rows: [{**answer[rows][0], member: value}]}}), case).tags


def test_tags_are_those_of_the_list() -> None:
    assert tagged("secret", "Tags", [{"Key": "a", "Value": "b"}]) == {"a": "b"}
    assert tagged("rest-api", "tags", {"a": "b"}) == {"a": "b"}
    assert tagged("secret", "Other", []) is None
    assert the(resources_of(BY_KIND["file-system"].files), BY_KIND["file-system"]).tags == {"team": "red"}
    assert the(resources_of(BY_KIND["queue"].files), BY_KIND["queue"]).tags is None


@pytest.mark.parametrize("value", [7, "x", [7], [{"Key": "a"}], {"a": 7}], ids=repr)
def test_tags_that_are_none_are_refused(value: Any) -> None:
    with pytest.raises(Unreadable):
        tagged("rest-api", "tags", value)


# Keys: grants, and who manages them.

GRANTS = path_of("kms", "list-grants", KEY)
GRANTEE = f"arn:aws:iam::{OTHER}:role/app"


def grants(*rows: Any, **answer: Any) -> Document:
    """The document that stands for the grants of a key."""
    case = BY_KIND["key"]
    one = the(resources_of({**case.files, GRANTS: {"Grants": list(rows), **answer}}), case)
    policy, found = one.documents
    assert policy.origin.file == case.file
    assert (found.origin.file, found.origin.name, found.problem) == (GRANTS, f"grants of {KEY}", None)
    return found


def grant(*operations: str, **more: Any) -> Any:
    return {"GrantId": "g", "GranteePrincipal": GRANTEE, "Operations": list(operations), **more}


def said(statement: Statement) -> tuple[list[str], Principals | None, list[tuple[str, str]]]:
    actions = [a for a in map(str.lower, map("kms:{}".format, sorted(GRANT_OPERATIONS))) if a in statement.actions]
    return actions, statement.principals, [(c.operator, c.key) for c in statement.conditions]


def test_a_grant_allows_its_operations_to_the_grantee() -> None:
    found = grants(grant("Decrypt", "DescribeKey", Name="app"))
    assert [said(s) for s in found.statements] == [
        (["kms:decrypt"], Principals(aws=(GRANTEE,)), []),
        (["kms:describekey"], Principals(aws=(GRANTEE,)), []),
    ]
    assert {(s.path, s.sid, s.effect) for s in found.statements} == {("Grants[0]", "app", "Allow")}


SERVICES = [
    ({"GranteePrincipal": "dynamodb.eu-west-1.amazonaws.com"}, "dynamodb.eu-west-1.amazonaws.com"),
    ({"GranteePrincipal": None, "GranteeServicePrincipal": "rds.amazonaws.com"}, "rds.amazonaws.com"),
    ({"GranteePrincipal": "ec2.amazonaws.com.cn"}, "ec2.amazonaws.com.cn"),
]


@pytest.mark.parametrize(("more", "service"), SERVICES)
def test_a_grantee_may_be_a_service(more: Any, service: str) -> None:
    (one,) = grants(grant("Decrypt", **more)).statements
    assert one.principals == Principals(service=(service,))


@pytest.mark.parametrize(
    "name",
    [
        f"arn:aws:iam::{OTHER}:root",
        f"arn:aws:sts::{OTHER}:assumed-role/aws:ec2-infrastructure/i-5d476fab",
        "AROAEXAMPLEEXAMPLE123",
    ],
)
def test_a_grantee_may_be_any_principal(name: str) -> None:
    (one,) = grants(grant("Decrypt", GranteePrincipal=name)).statements
    assert one.principals == Principals(aws=(name,))


def test_who_may_retire_a_grant_may_do_only_that() -> None:
    by_principal = grants(grant("Decrypt", RetiringPrincipal=f"arn:aws:iam::{OWN}:root")).statements
    by_service = grants(grant("Decrypt", RetiringServicePrincipal="rds.amazonaws.com")).statements
    assert [said(s)[:2] for s in (by_principal[1], by_service[1])] == [
        (["kms:retiregrant"], Principals(aws=(f"arn:aws:iam::{OWN}:root",))),
        (["kms:retiregrant"], Principals(service=("rds.amazonaws.com",))),
    ]


CONTEXT = {"Tenant": "a", "aws:ebs:id": "vol-1"}
PAIRS = [("StringEquals", "kms:encryptioncontext:tenant"), ("StringEquals", "kms:encryptioncontext:aws:ebs:id")]
KEYS = ("ForAllValues:StringEqualsIgnoreCase", "kms:encryptioncontextkeys")


@pytest.mark.parametrize(
    ("constraints", "conditions"),
    [
        ({"EncryptionContextSubset": CONTEXT}, PAIRS),
        ({"EncryptionContextEquals": CONTEXT}, [*PAIRS, KEYS]),
        ({"SourceArn": "arn:aws:s3:::b"}, [("ArnEquals", "aws:sourcearn")]),
        ({"EncryptionContextSubset": {}}, []),
        ({}, []),
        (None, []),
    ],
)
def test_constraints_are_conditions(constraints: Any, conditions: list[tuple[str, str]]) -> None:
    found = grants(grant("Decrypt", Constraints=constraints))
    (one,) = found.statements
    assert said(one)[2] == conditions
    assert all(c.problem is None for c in one.conditions)
    assert found.set_keys == {c.key for c in one.conditions if c.quantifier}


def test_constraints_bind_the_operations_that_they_are_about() -> None:
    constraints = {"EncryptionContextSubset": {"t": "a"}, "SourceArn": "arn:aws:s3:::b"}
    found = grants(grant("Decrypt", "CreateGrant", "RetireGrant", "DescribeKey", Constraints=constraints))
    source = ("ArnEquals", "aws:sourcearn")
    within = [("ForAllValues:StringEquals", "kms:GrantOperations".lower()), ("Null", "kms:grantconstrainttype")]
    assert [(actions, conditions) for actions, _, conditions in map(said, found.statements)] == [
        (["kms:decrypt"], [("StringEquals", "kms:encryptioncontext:t"), source]),
        (["kms:creategrant"], [*within, source]),
        (["kms:retiregrant"], []),
        (["kms:describekey"], [source]),
    ]
    assert found.set_keys == {"kms:grantoperations"}


def test_pairs_that_differ_only_by_case_are_not_understood() -> None:
    found = grants(grant("Decrypt", Constraints={"EncryptionContextSubset": {"a": "1", "A": "2"}}))
    assert all(c.problem for s in found.statements for c in s.conditions)


def test_grants_that_differ_only_by_their_id_are_one() -> None:
    found = grants(*[{**grant("Decrypt"), "GrantId": str(i)} for i in range(1000)], grant("Encrypt"))
    assert [s.path for s in found.statements] == ["Grants[0]", "Grants[1000]"]


NOT_UNDERSTOOD = [
    ("no object", "x", "a grant is not an object"),
    ("no operations", {"GranteePrincipal": GRANTEE}, "Operations is None"),
    ("empty operations", grant(), "Operations is []"),
    ("an unknown operation", grant("Decrypt", "*"), "Operations is ['Decrypt', '*']"),
    ("an operation that is no text", {**grant(), "Operations": [7]}, "Operations is [7]"),
    ("nobody", {"Operations": ["Decrypt"]}, "neither GranteePrincipal nor GranteeServicePrincipal"),
    ("an unknown grantee", grant("Decrypt", GranteePrincipal="AWS Internal"), "GranteePrincipal is 'AWS Internal'"),
    ("everyone", grant("Decrypt", GranteePrincipal="*"), "GranteePrincipal is '*'"),
    ("a number", grant("Decrypt", GranteePrincipal=7), "GranteePrincipal is 7"),
    ("an unknown retiree", grant("Decrypt", RetiringPrincipal=[]), "RetiringPrincipal is []"),
    ("an unknown constraint", grant("Decrypt", Constraints={"New": 1}), "Constraints that are not known"),
    ("odd constraints", grant("Decrypt", Constraints=[1]), "Constraints that are not known"),
    (
        "an odd context",
        grant("Decrypt", Constraints={"EncryptionContextEquals": 7}),
        "EncryptionContextEquals is not an object",
    ),
    (
        "an odd value",
        grant("Decrypt", Constraints={"EncryptionContextEquals": {"a": 7}}),
        "a constraint is 7, not text",
    ),
    ("an odd source", grant("Decrypt", Constraints={"SourceArn": None}), "a constraint is None, not text"),
]


@pytest.mark.parametrize(("row", "reason"), [pytest.param(*c[1:], id=c[0]) for c in NOT_UNDERSTOOD])
def test_a_grant_that_is_not_understood_may_allow_anything_on_the_key(row: Any, reason: str) -> None:
    first, second = grants(row, grant("Encrypt")).statements
    assert unknown(first) == f"{reason} in Grants[0]"
    assert (first.principals, "kms:putkeypolicy" in first.actions) == (EVERYONE, True)
    assert said(second)[0] == ["kms:encrypt"]


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (None, "AccessDeniedException", "denied (AccessDeniedException)"),
        (None, None, "error (not collected)"),
        ({"Grants": [], "NextMarker": "x"}, None, "error (the list is cut off: NextMarker)"),
        ({"Grants": [], "Truncated": True}, None, "error (the list is cut off: Truncated)"),
        ({"Grants": {}}, None, "Grants is not a list"),
        ({}, None, "Grants is not a list"),
    ],
)
def test_grants_that_are_not_known_may_allow_what_a_grant_can(answer: Any, error: str | None, reason: str) -> None:
    case = BY_KIND["key"]
    files = {p: v for p, v in case.files.items() if p != GRANTS} | ({} if answer is None else {GRANTS: answer})
    one = the(resources_of(files, {GRANTS: error} if error else {}), case)
    (statement,) = one.documents[1].statements
    assert unknown(statement) == f"{GRANTS}: {reason}"
    assert statement.actions == GRANT_ACTIONS
    assert "kms:putkeypolicy" not in statement.actions


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"KeyMetadata": {"KeyManager": "AWS"}}, True),
        ({"KeyMetadata": {"KeyManager": "CUSTOMER"}}, False),
        ({"KeyMetadata": {"KeyManager": 7}}, None),
        ({"KeyMetadata": []}, None),
        ({}, None),
        (None, None),
    ],
)
def test_who_manages_a_key_is_known_or_not(answer: Any, expected: bool | None) -> None:
    case = BY_KIND["key"]
    path = path_of("kms", "describe-key", KEY)
    files = {p: v for p, v in case.files.items() if p != path} | ({} if answer is None else {path: answer})
    assert the(resources_of(files), case).aws_managed is expected


# File systems: the default policy.


def test_a_file_system_without_a_policy_is_open_to_whoever_reaches_a_mount_target() -> None:
    case = BY_KIND["file-system"]
    one = the(resources_of(case.listed, {case.file: "PolicyNotFound"}), case)
    (default,) = one.documents
    (statement,) = default.statements
    assert (statement.effect, statement.principals, statement.actions) == ("Allow", EVERYONE, CLIENT_ACTIONS)
    assert [(c.operator, c.key) for c in statement.conditions] == [
        ("Bool", "elasticfilesystem:accessedviamounttarget"),
    ]
    assert (default.origin.file, default.origin.name) == (case.file, "default file system policy of fs-0123")


# REST APIs: escaped text, short resources, methods and authorizers.


def api(policy: Any, authorizers: Any = None) -> tuple[Document, ...]:
    case = BY_KIND["rest-api"]
    path = path_of("apigateway", "get-authorizers", "a1b2c3")
    listed = {list_path(case): {"items": [{"id": "a1b2c3", "policy": policy}]}}
    return the(resources_of({**listed, path: authorizers or {"items": []}}), case).documents


def api_resources(policy: Any) -> list[str]:
    (found,) = api(policy)
    assert found.problem is None
    return [str(s.resources.narrow) for s in found.statements if s.resources]


FULL = f"{{arn:aws:execute-api:{A}:a1b2c3/prod/*}}"


@pytest.mark.parametrize(
    "resource", ["execute-api:/prod/*", f"arn:aws:execute-api:{A}:a1b2c3/prod/*", ["execute-api:/prod/*"]], ids=str
)
@pytest.mark.parametrize("element", ["Resource", "NotResource"])
def test_a_short_resource_is_one_of_the_api(resource: Any, element: str) -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", element: resource}
    for given in (document(statement), {"Version": "2012-10-17", "Statement": statement}):
        text = json.dumps(given)
        escaped = json.dumps(text)[1:-1]
        assert [api_resources(p) for p in (text, escaped, given)] == [[FULL]] * 3


def test_an_escaped_policy_is_unescaped_once() -> None:
    assert unescaped('{\\"a\\":\\"b\\\\\\"c\\"}') == '{"a":"b\\"c"}'
    assert unescaped('{"a":"\\"b"}') == '{"a":"\\"b"}'


@pytest.mark.parametrize("policy", ['{\\"', "{", "[]", 7, ["x"], '{"Statement": 7}', '{"Statement": [7]}'], ids=repr)
def test_a_policy_of_an_api_that_is_none_is_not_understood(policy: Any) -> None:
    (found,) = api(policy)
    assert found.problem or [s.problem for s in found.statements if s.problem]


def test_without_a_policy_the_methods_of_an_api_decide() -> None:
    (found,) = api(None)
    (statement,) = found.statements
    assert unknown(statement) == "the API has no resource policy: its methods decide, which are not read"
    assert (statement.principals, statement.actions) == (EVERYONE, INVOKE)


@pytest.mark.parametrize(
    ("authorizers", "reason"),
    [
        (
            {"items": [{"id": "a", "type": "TOKEN"}]},
            "the authorizers of the API may let in whom the policy does not mention",
        ),
        ({"x": 1}, "the authorizers of the API may let in whom the policy does not mention"),
        ({"items": [], "position": "x"}, "error (the list is cut off: position)"),
    ],
)
def test_authorizers_may_let_in_whom_the_policy_does_not_mention(authorizers: Any, reason: str) -> None:
    policy, found = api(TEXT, authorizers)
    assert policy.problem is None
    assert (unknown(found.statements[0]) or "").endswith(reason)


# The table against botocore's models, which are made from the definitions of the services.

SESSION = botocore.session.Session()


def answer_of(service: str, operation: str) -> Shape:
    """The shape of the answer of an operation, by its name in the CLI."""
    model = SESSION.get_service_model(service)
    (name,) = [n for n in model.operation_names if xform_name(n, "-") == operation]
    shape = model.operation_model(name).output_shape
    assert shape is not None
    return shape


def error_codes(service: str, operation: str) -> set[str]:
    model = SESSION.get_service_model(service)
    (name,) = [n for n in model.operation_names if xform_name(n, "-") == operation]
    return {e.name for e in model.operation_model(name).error_shapes}


def listings(row: Row) -> list[Listing]:
    found, listing = [], row.listing
    while listing is not None:
        found.append(listing)
        listing = listing.below
    return found


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r.kind)
def test_the_lists_of_a_row_are_those_of_the_service(row: Row) -> None:
    for listing in listings(row):
        answer = answer_of(listing.service, listing.operation)
        rows = answer.members[listing.rows]
        assert rows.type_name == "list"
        assert not listing.cut or listing.cut in answer.members
        members = rows.member.members if listing.name else {}
        assert rows.member.type_name == ("structure" if listing.name else "string")
        named = (*listing.name, listing.arn, listing.policy, listing.part)
        assert [m for m in named if m and members[m].type_name != "string"] == []
        assert not listing.tags or members[listing.tags].type_name in {"list", "map"}


@pytest.mark.parametrize("row", [r for r in ROWS if r.operation], ids=lambda r: r.kind)
def test_the_policy_of_a_row_is_where_the_service_has_it(row: Row) -> None:
    answer = answer_of(row.service, row.operation)
    *_, last = found = shapes(answer, row.policy)
    assert len(found) == len(row.policy)
    assert last.type_name == ("map" if row.is_texts else "string")
    assert len(shapes(answer, row.asked)) == len(row.asked)


def shapes(shape: Shape, members: tuple[str, ...]) -> list[Shape]:
    """The shapes on the way to a member; a map has every key, unless its keys are an enumeration."""
    found = []
    for member in members:
        if shape.type_name == "map":
            assert not getattr(shape.key, "enum", None) or member in shape.key.enum
            shape = shape.value
        else:
            shape = shape.members[member]
        found.append(shape)
    return found


@pytest.mark.parametrize("row", [r for r in ROWS if r.operation], ids=lambda r: r.kind)
def test_the_codes_that_say_that_there_is_no_policy_are_those_of_the_operation(row: Row) -> None:
    codes = {code for code, operations in ABSENT_CODES.items() if row.operation in operations}
    case = BY_KIND[row.kind]
    if isinstance(case.none, str):
        assert case.none in codes & error_codes(row.service, row.operation)
        return
    assert row.asked or row.is_texts or row.kind in {"key", "stream"}


def test_every_operation_is_one_of_its_service() -> None:
    assert all(starmap(answer_of, OPERATIONS))
    assert "NoLongerSupportedException" in error_codes("glacier", "list-vaults")


def test_what_is_known_of_grants_is_what_the_service_says() -> None:
    model = SESSION.get_service_model("kms")
    entry = model.shape_for("GrantListEntry")
    assert set(model.shape_for("GrantOperation").enum) == GRANT_OPERATIONS
    assert set(model.shape_for("GrantConstraints").members) == {
        "EncryptionContextEquals",
        "EncryptionContextSubset",
        "SourceArn",
    }
    who = {f"{w}{p}" for w in ("Grantee", "Retiring") for p in ("Principal", "ServicePrincipal")}
    assert {*who, "Name", "Operations", "Constraints"} <= set(entry.members)
    assert answer_of("kms", "list-grants").members["Grants"].member.name == "GrantListEntry"
    assert set(model.shape_for("KeyManagerType").enum) == {"AWS", "CUSTOMER"}
    assert answer_of("kms", "describe-key").members["KeyMetadata"].members["KeyManager"].name == "KeyManagerType"
    assert WITH_CONTEXT < GRANT_OPERATIONS
    with_context = {
        name
        for name in model.operation_names
        if {"EncryptionContext", "SourceEncryptionContext"} & set(model.operation_model(name).input_shape.members)
    }
    assert {"ReEncrypt" if o.startswith("ReEncrypt") else o for o in WITH_CONTEXT} == with_context


def test_what_is_known_of_authorizers_is_what_the_service_says() -> None:
    answer = answer_of("apigateway", "get-authorizers")
    assert answer.members["items"].type_name == "list"
    assert "position" in answer.members
