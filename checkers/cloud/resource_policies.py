"""Resource policies of services other than S3 and IAM: one row of a table for each kind of resource.

A row says where a snapshot has the list of the resources and the policy of each, which requests the policy
decides, and how AWS says that there is none. Trusted of this module: the rows, against the API references and
the service authorization reference, and what KMS, EFS and API Gateway add to them. A resource that is listed and
whose policy is not known has a document with a problem, never none.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from checkers.cloud.conditions import Condition, parse_condition, parse_condition_block
from checkers.cloud.patterns import parse_resources
from checkers.cloud.policy import Document, Origin, Principals, Statement, action_set, parse_document
from checkers.cloud.snapshot import Account, Fact, Snapshot, State, objects, optional_text, tags, text
from checkers.kernel.globs import ANY, SEG_STAR, STAR, GlobSet
from checkers.strict_json import Json, parse_json
from checkers.verdict import Unreadable


@dataclass(frozen=True, slots=True)
class GuardedResource:
    """A resource that can have a policy of its own, and the requests that the policy decides.

    No documents: there is no policy. `trusts_account`: the identity policies of its account are enough without it.
    `names_resource` is false where statements have no Resource. `tags` is None where they are not known.
    `aws_managed` is None where it is not known whether the resource is AWS's own (a KMS key).
    """

    kind: str
    arn: str
    name: str
    account: str
    region: str
    resources: GlobSet
    actions: GlobSet
    documents: tuple[Document, ...]
    trusts_account: bool = True
    names_resource: bool = True
    tags: Mapping[str, str] | None = None
    aws_managed: bool | None = False


@dataclass(frozen=True, slots=True)
class Problem:
    """Why it is not known which resources of a kind there are in a region, and the requests to them."""

    path: str
    reason: str
    kinds: tuple[str, ...]
    actions: GlobSet
    resources: GlobSet


@dataclass(frozen=True, slots=True)
class Listing:
    """An operation that lists resources.

    `rows` is the member of the answer that has the list. The texts `name` of a row make the name, joined by slashes
    (none: the row is a text), and it begins behind `after`. `arn`, `policy` and `tags` are members of a row; a row
    with the member `part` has the policy of a part, which is not read. `cut` is a member that says that more would
    follow, beside those of every service; `page` the length at which an answer may end without saying so. `is_omitted`:
    AWS leaves `rows` out where there are none. With `below` the rows are folders, and each has a list of its own.
    """

    service: str
    operation: str
    rows: str
    name: tuple[str, ...] = ()
    after: str = ""
    arn: str = ""
    policy: str = ""
    part: str = ""
    tags: str = ""
    cut: str = ""
    page: int = 0
    is_omitted: bool = False
    below: "Listing | None" = None


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of resource.

    `arn` is a template, in which `separator` stands for the slashes of a name; `ending` is what follows where only
    a list tells. The policy decides the ARN with each of `suffixes`, and what `beside` makes of the name.
    `operation` reads it, at `policy` of the answer, in files whose names fit `files`; an answer that has `asked`
    instead says that there is none. `has_parts`: files below a name have the policies of parts of the resource,
    whose statements name them. `is_texts`: a mapping from names to policies. `is_regional`: the policy of a region.
    `region` is the only one that has the service. `also` are further operations, for `complete`, which adds
    documents to the policy, and `is_managed`. `decode` makes a document of what the answer has.
    """

    kind: str
    service: str
    arn: str
    listing: Listing | None = None
    operation: str = ""
    policy: tuple[str, ...] = ("Policy",)
    asked: tuple[str, ...] = ()
    files: str = "[^/]+"
    prefix: str = ""
    separator: str = "/"
    ending: str = ""
    suffixes: tuple[str, ...] = ("",)
    beside: Callable[[str], str] | None = None
    region: str = ""
    trusts_account: bool = True
    names_resource: bool = True
    has_parts: bool = False
    is_texts: bool = False
    is_regional: bool = False
    also: tuple[str, ...] = ()
    decode: "Callable[[Json, _Resource], Json] | None" = None
    complete: "Callable[[_Resource, tuple[Document, ...]], tuple[Document, ...]] | None" = None
    is_managed: "Callable[[_Resource], bool | None] | None" = None

    @property
    def actions(self) -> GlobSet:
        """The actions that the policy decides."""
        return GlobSet([f"{self.prefix or self.service}:{STAR}"])

    @property
    def first(self) -> tuple[str, str]:
        """The service and operation that tell which resources there are."""
        listing = self.listing
        return (self.service, self.operation) if listing is None else (listing.service, listing.operation)

    @property
    def operations(self) -> tuple[tuple[str, str], ...]:
        """Every service and operation that is read."""
        found = [(self.service, o) for o in (self.operation, *self.also) if o]
        listing = self.listing
        while listing is not None:
            found.append((listing.service, listing.operation))
            listing = listing.below
        return tuple(found)


@dataclass(frozen=True, slots=True)
class _Place:
    """An account in a region."""

    account: Account
    region: str

    def path(self, service: str, operation: str, name: str = "") -> str:
        """Where the answer of an operation is."""
        return f"{self.account.id}/{self.region}/{service}/{operation}{'/' if name else ''}{name}.json"

    def arn(self, template: str, name: str = "") -> str:
        """The template with this name."""
        region = SEG_STAR if self.region == ANYWHERE else self.region
        return template.format(partition=self.account.partition, region=region, account=self.account.id, name=name)


@dataclass(frozen=True, slots=True)
class _Resource:
    """A resource while it is read. `arn` is the one that the list has, or the beginning that follows from the name."""

    snapshot: Snapshot
    row: Row
    place: _Place
    name: str
    arn: str

    def fact(self, operation: str, name: str = "") -> Fact:
        """The answer of an operation about it, or about another name."""
        return self.snapshot.fact(self.place.path(self.row.service, operation, name or self.name))

    def label(self, name: str = "") -> str:
        """What people call its policy."""
        return f"{self.row.kind.replace('-', ' ')} policy of {name or self.name}"


ANYWHERE = "*"  # stands for the region in the path of a list that no region has
EVERY = parse_resources(("*",), variables=False)
EVERYONE = Principals(everyone=True)


def _why_not(fact: Fact, cut: str) -> str:
    """Why the answer is not there or not whole, empty where it is."""
    if fact.state is not State.VALUE:
        return fact.reason
    return f"{fact.path}: error (the list is cut off: {cut})" if cut and fact.value.get(cut) else ""


def _may_allow(path: str, actions: GlobSet, reason: str) -> Statement:
    """An Allow for these actions that may be there or not, and for whom is not known."""
    unknown = Condition("", "", problem=reason)
    return Statement(path, "", "Allow", actions, resources=EVERY, principals=EVERYONE, conditions=(unknown,))


# KMS: grants, and keys of AWS.

# What a grant can allow (API reference of AWS KMS, GrantListEntry, Operations).
GRANT_OPERATIONS = frozenset(
    "CreateGrant Decapsulate Decrypt DeriveSharedSecret DescribeKey Encapsulate Encrypt GenerateDataKey "
    "GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext GenerateDataKeyWithoutPlaintext GenerateMac GetPublicKey "
    "ReEncryptFrom ReEncryptTo RetireGrant Sign Verify VerifyMac".split()
)
GRANT_ACTIONS = action_set(tuple(sorted(f"kms:{o}" for o in GRANT_OPERATIONS)))
# Operations with an encryption context (API reference of AWS KMS, GrantConstraints).
WITH_CONTEXT = frozenset(
    "Decrypt Encrypt GenerateDataKey GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext "
    "GenerateDataKeyWithoutPlaintext ReEncryptFrom ReEncryptTo".split()
)
_SERVICE = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?|[a-z0-9.-]+\.amazon\.com")
_ARN = re.compile(r"arn:[a-z-]+:(iam|sts)::[0-9]{12}:[^*?]+")
_UNIQUE_ID = re.compile(r"A[A-Z0-9]{15,127}")


class _NotUnderstood(Exception):
    """A grant with something that has no reading here."""


def _with_grants(key: _Resource, documents: tuple[Document, ...]) -> tuple[Document, ...]:
    """The key policy and the grants, as a document that only allows.

    AWS KMS developer guide, "Grants in AWS KMS": a grant allows its operations on the key to the grantee, beside
    the key policy. Of an AWS service that is a grantee only the service principal is told.
    """
    fact = key.fact("list-grants")
    origin = Origin(fact.path, "$", f"grants of {key.name}")
    reason = _why_not(fact, "Truncated")
    rows = None if reason else fact.value.get("Grants")
    if not isinstance(rows, list):
        unknown = _may_allow("Grants", GRANT_ACTIONS, reason or f"{fact.path}: Grants is not a list")
        return (*documents, Document(origin, (unknown,)))
    statements: dict[tuple[object, ...], Statement] = {}  # grants that differ in nothing but their id are one
    for i, row in enumerate(rows):
        for one in _grant(row, f"Grants[{i}]"):
            statements.setdefault((one.actions, one.principals, one.conditions), one)
    keys = frozenset(c.key for s in statements.values() for c in s.conditions if c.quantifier)
    return (*documents, Document(origin, tuple(statements.values()), set_keys=keys))


def _grant(row: Json, path: str) -> list[Statement]:
    """The statements that a grant stands for; one that may allow anything where it cannot be read."""
    try:
        return _read_grant(row, path)
    except _NotUnderstood as error:
        return [_may_allow(path, action_set(("kms:*",)), f"{error} in {path}")]


def _read_grant(row: Json, path: str) -> list[Statement]:
    if not isinstance(row, dict):
        raise _NotUnderstood("a grant is not an object")
    operations = row.get("Operations")
    if not isinstance(operations, list) or not operations or not GRANT_OPERATIONS.issuperset(map(str, operations)):
        raise _NotUnderstood(f"Operations is {operations!r}")
    grantee = _party(row, "Grantee")
    if grantee is None:
        raise _NotUnderstood("neither GranteePrincipal nor GranteeServicePrincipal")
    sid = optional_text(row, "Name")
    found = [
        _allow(path, sid, names, grantee, conditions) for names, conditions in _constrained(row, sorted(operations))
    ]
    retiring = _party(row, "Retiring")
    return found + ([] if retiring is None else [_allow(path, sid, ["RetireGrant"], retiring, ())])


def _allow(
    path: str, sid: str, operations: Sequence[str], principals: Principals, conditions: tuple[Condition, ...]
) -> Statement:
    actions = action_set(tuple(f"kms:{o}" for o in operations))
    return Statement(path, sid, "Allow", actions, resources=EVERY, principals=principals, conditions=conditions)


def _party(row: Mapping[str, Json], who: str) -> Principals | None:
    """Who may use or retire a grant; None where nobody is named."""
    service, principal = row.get(f"{who}ServicePrincipal"), row.get(f"{who}Principal")
    name = principal if service is None else service
    if name is None:
        return None
    if isinstance(name, str) and _SERVICE.fullmatch(name):
        return Principals(service=(name,))
    if isinstance(name, str) and (_ARN.fullmatch(name) or _UNIQUE_ID.fullmatch(name)):
        return Principals(aws=(name,))
    raise _NotUnderstood(f"{who}Principal is {name!r}")


def _constrained(
    row: Mapping[str, Json], operations: Sequence[str]
) -> Iterator[tuple[list[str], tuple[Condition, ...]]]:
    """The operations of a grant with the conditions on them (API reference of AWS KMS, GrantConstraints).

    The encryption context binds the operations that have one; `SourceArn` all but RetireGrant. A grant that is
    made by the right to make grants allows no other operations, and is constrained if that one is.
    """
    constraints = row.get("Constraints") or {}
    if not isinstance(constraints, dict) or constraints.keys() - {*_CONTEXTS, "SourceArn"}:
        raise _NotUnderstood("Constraints that are not known")
    context = tuple(c for name in _CONTEXTS for c in _context(constraints.get(name) or {}, name))
    source: tuple[Condition, ...] = ()
    if "SourceArn" in constraints:
        source = (parse_condition("ArnEquals", "aws:SourceArn", [_text(constraints["SourceArn"])], variables=False),)
    within = [parse_condition("ForAllValues:StringEquals", "kms:GrantOperations", operations, variables=False)]
    if constraints:
        within.append(parse_condition("Null", "kms:GrantConstraintType", ["false"], variables=False))
    for names, conditions in (
        (WITH_CONTEXT, (*context, *source)),
        ({"CreateGrant"}, (*within, *source)),
        ({"RetireGrant"}, ()),
        (GRANT_OPERATIONS - WITH_CONTEXT - {"CreateGrant", "RetireGrant"}, source),
    ):
        chosen = [o for o in operations if o in names]
        if chosen:
            yield chosen, conditions


_CONTEXTS = ("EncryptionContextEquals", "EncryptionContextSubset")


def _context(pairs: Json, name: str) -> Iterator[Condition]:
    """The pairs that must be in the encryption context, and nothing else where it must be equal.

    In a grant the case of the keys does not matter (API reference of AWS KMS, GrantConstraints).
    """
    if not isinstance(pairs, dict):
        raise _NotUnderstood(f"{name} is not an object")
    values = {f"kms:EncryptionContext:{key}": [_text(value)] for key, value in pairs.items()}
    yield from parse_condition_block({"StringEquals": values}, variables=False)
    if pairs and name == _CONTEXTS[0]:
        operator = "ForAllValues:StringEqualsIgnoreCase"
        yield parse_condition(operator, "kms:EncryptionContextKeys", list(pairs), variables=False)


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise _NotUnderstood(f"a constraint is {value!r}, not text")
    return value


def _is_key_of_aws(key: _Resource) -> bool | None:
    """Whether AWS manages the key; None where that is not known."""
    fact = key.fact("describe-key")
    found = fact.value.get("KeyMetadata") if fact.state is State.VALUE else None
    return {"AWS": True, "CUSTOMER": False}.get(optional_text(found, "KeyManager") if isinstance(found, dict) else "")


# EFS: the default policy.

CLIENT_ACTIONS = action_set((
    "elasticfilesystem:ClientMount",
    "elasticfilesystem:ClientRootAccess",
    "elasticfilesystem:ClientWrite",
))


def _or_default(system: _Resource, documents: tuple[Document, ...]) -> tuple[Document, ...]:
    """The policy, or the default one: any anonymous client that can connect by a mount target has full access.

    Amazon EFS user guide, "Using IAM to control access to file systems", default EFS file system policy.
    """
    if documents:
        return documents
    path = system.place.path(system.row.service, system.row.operation, system.name)
    by_mount_target = parse_condition("Bool", "elasticfilesystem:AccessedViaMountTarget", ["true"], variables=False)
    default = Statement(
        "", "", "Allow", CLIENT_ACTIONS, resources=EVERY, principals=EVERYONE, conditions=(by_mount_target,)
    )
    return (Document(Origin(path, "$", f"default file system policy of {system.name}"), (default,)),)


# API Gateway: escaped policies with short resources, and whom methods and authorizers let in.

INVOKE = action_set(("execute-api:Invoke", "execute-api:ManageConnections"))
_SHORT = "execute-api:/"


def _plain_policy(value: Json, api: _Resource) -> Json:
    """The policy as JSON: it is text whose quotes may be escaped once more, and a resource may be `execute-api:/...`.

    Amazon API Gateway developer guide, "API Gateway resource policy examples" and "Access policy language overview".
    """
    policy = parse_json(unescaped(value), api.name) if isinstance(value, str) else value
    if not isinstance(policy, dict) or "Statement" not in policy:
        return policy
    given = policy["Statement"]
    return {**policy, "Statement": [_full_row(row, api.arn) for row in (given if isinstance(given, list) else [given])]}


def unescaped(value: str) -> str:
    """The text of a policy whose quotes may be escaped once more, as API Gateway returns it."""
    if not value.lstrip(" \r\n\t{").startswith("\\"):
        return value
    return str(parse_json(f'"{value}"', "a policy with escaped quotes"))


def _full_row(row: Json, arn: str) -> Json:
    if not isinstance(row, dict):
        return row
    return {k: _in_full(v, arn) if k in ("Resource", "NotResource") else v for k, v in row.items()}


def _in_full(value: Json, arn: str) -> Json:
    if isinstance(value, list):
        return [_in_full(v, arn) for v in value]
    is_short = isinstance(value, str) and value.startswith(_SHORT)
    return f"{arn}/{value.removeprefix(_SHORT)}" if is_short else value


def _with_methods(api: _Resource, documents: tuple[Document, ...]) -> tuple[Document, ...]:
    """The policy, and whom the methods may let in beside it.

    Amazon API Gateway developer guide, "How API Gateway resource policies affect authorization workflow": without a
    policy the authorization of each method decides, and one that has none is open to everyone. With a policy a
    Lambda authorizer may allow what the policy does not mention. That an authorizer may refuse what the policy allows
    is not part of the question.
    """
    fact = api.fact("get-authorizers")
    reason = _why_not(fact, "position")
    if not documents:
        reason = "the API has no resource policy: its methods decide, which are not read"
    elif not reason and fact.value.get("items") != []:
        reason = "the authorizers of the API may let in whom the policy does not mention"
    if not reason:
        return documents
    origin = Origin(fact.path, "$", f"methods of {api.name}")
    return (*documents, Document(origin, (_may_allow("", INVOKE, reason),)))


# The table.


def _rules(bus: str) -> str:
    """The rules of an event bus. Those of the default one have no bus in their ARN, so that they are not told apart.

    Amazon EventBridge user guide, "Permissions for event buses": the policy of a bus also decides about its rules.
    """
    return f"rule/{STAR}" if bus in ("default", STAR) else f"rule/{bus}/{STAR}"


_LAYER_VERSIONS = Listing(
    "lambda", "list-layer-versions", "LayerVersions", ("LayerVersionArn",), after=":layer:", arn="LayerVersionArn"
)
ROWS = (
    Row(
        "key",
        "kms",
        "arn:{partition}:kms:{region}:{account}:key/{name}",
        Listing("kms", "list-keys", "Keys", ("KeyId",), arn="KeyArn", cut="Truncated"),
        "get-key-policy",
        trusts_account=False,
        also=("describe-key", "list-grants"),
        complete=_with_grants,
        is_managed=_is_key_of_aws,
    ),
    Row(
        "queue",
        "sqs",
        "arn:{partition}:sqs:{region}:{account}:{name}",
        # Without MaxResults an answer ends at 1,000 queues and has no token (API reference, ListQueues).
        Listing("sqs", "list-queues", "QueueUrls", after="/", page=1000, is_omitted=True),
        "get-queue-attributes",
        policy=("Attributes", "Policy"),
        asked=("Attributes", "VisibilityTimeout"),  # there where every attribute was asked for
    ),
    Row(
        "topic",
        "sns",
        "arn:{partition}:sns:{region}:{account}:{name}",
        Listing("sns", "list-topics", "Topics", ("TopicArn",), after=":", arn="TopicArn"),
        "get-topic-attributes",
        policy=("Attributes", "Policy"),
        asked=("Attributes", "TopicArn"),
    ),
    Row(
        "function",
        "lambda",
        "arn:{partition}:lambda:{region}:{account}:function:{name}",
        Listing("lambda", "list-functions", "Functions", ("FunctionName",), arn="FunctionArn"),
        "get-policy",
        files=".+",
        suffixes=("", ":*"),
        has_parts=True,  # a version or an alias: get-policy/FUNCTION/QUALIFIER.json
    ),
    Row(
        "layer",
        "lambda",
        "arn:{partition}:lambda:{region}:{account}:layer:{name}",
        Listing("lambda", "list-layers", "Layers", ("LayerName",), below=_LAYER_VERSIONS),
        "get-layer-version-policy",
        files="[^/]+/[^/]+",
        separator=":",
    ),
    Row(
        "secret",
        "secretsmanager",
        "arn:{partition}:secretsmanager:{region}:{account}:secret:{name}",
        Listing("secretsmanager", "list-secrets", "SecretList", ("Name",), arn="ARN", tags="Tags"),
        "get-resource-policy",
        policy=("ResourcePolicy",),
        asked=("Name",),
        files=".+",
        ending="-??????",
    ),
    Row(
        "repository",
        "ecr",
        "arn:{partition}:ecr:{region}:{account}:repository/{name}",
        Listing("ecr", "describe-repositories", "repositories", ("repositoryName",), arn="repositoryArn"),
        "get-repository-policy",
        policy=("policyText",),
        files=".+",
        names_resource=False,
    ),
    Row(
        "public-repository",
        "ecr-public",
        "arn:{partition}:ecr-public::{account}:repository/{name}",
        Listing("ecr-public", "describe-repositories", "repositories", ("repositoryName",), arn="repositoryArn"),
        "get-repository-policy",
        policy=("policyText",),
        files=".+",
        region="us-east-1",
        names_resource=False,
    ),
    Row(
        "file-system",
        "efs",
        "arn:{partition}:elasticfilesystem:{region}:{account}:file-system/{name}",
        Listing("efs", "describe-file-systems", "FileSystems", ("FileSystemId",), arn="FileSystemArn", tags="Tags"),
        "describe-file-system-policy",
        prefix="elasticfilesystem",
        complete=_or_default,
    ),
    Row(
        "domain",
        "opensearch",
        "arn:{partition}:es:{region}:{account}:domain/{name}",
        Listing("opensearch", "list-domain-names", "DomainNames", ("DomainName",)),
        "describe-domain",
        policy=("DomainStatus", "AccessPolicies"),
        asked=("DomainStatus", "ARN"),
        prefix="es",
        suffixes=("", "/*"),
    ),
    Row(
        "rest-api",
        "apigateway",
        "arn:{partition}:execute-api:{region}:{account}:{name}",
        Listing("apigateway", "get-rest-apis", "items", ("id",), policy="policy", tags="tags", cut="position"),
        prefix="execute-api",
        suffixes=("/*",),
        also=("get-authorizers",),
        decode=_plain_policy,
        complete=_with_methods,
    ),
    Row(
        "event-bus",
        "events",
        "arn:{partition}:events:{region}:{account}:event-bus/{name}",
        Listing("events", "list-event-buses", "EventBuses", ("Name",), arn="Arn", policy="Policy"),
        beside=_rules,
    ),
    Row(
        "backup-vault",
        "backup",
        "arn:{partition}:backup:{region}:{account}:backup-vault:{name}",
        Listing("backup", "list-backup-vaults", "BackupVaultList", ("BackupVaultName",), arn="BackupVaultArn"),
        "get-backup-vault-access-policy",
    ),
    Row(
        "glacier-vault",
        "glacier",
        "arn:{partition}:glacier:{region}:{account}:vaults/{name}",
        Listing("glacier", "list-vaults", "VaultList", ("VaultName",), arn="VaultARN"),
        "get-vault-access-policy",
        policy=("policy", "Policy"),
    ),
    Row(
        "table",
        "dynamodb",
        "arn:{partition}:dynamodb:{region}:{account}:table/{name}",
        Listing("dynamodb", "list-tables", "TableNames", cut="LastEvaluatedTableName"),
        "get-resource-policy",
        suffixes=("", "/index/*"),
    ),
    Row(
        "table-stream",
        "dynamodb",
        "arn:{partition}:dynamodb:{region}:{account}:table/{name}",
        Listing(
            "dynamodbstreams",
            "list-streams",
            "Streams",
            ("StreamArn",),
            after=":table/",
            arn="StreamArn",
            cut="LastEvaluatedStreamArn",
        ),
        "get-resource-policy",
        files="[^/]+/stream/[^/]+",
    ),
    Row(
        "stream",
        "kinesis",
        "arn:{partition}:kinesis:{region}:{account}:stream/{name}",
        Listing("kinesis", "list-streams", "StreamNames", cut="HasMoreStreams"),
        "get-resource-policy",
        files="[^/]+(/consumer/[^/]+)?",  # a registered consumer has a policy of its own
    ),
    Row(
        "package-domain",
        "codeartifact",
        "arn:{partition}:codeartifact:{region}:{account}:domain/{name}",
        Listing("codeartifact", "list-domains", "domains", ("name",), arn="arn"),
        "get-domain-permissions-policy",
        policy=("policy", "document"),
        beside=lambda domain: f"package-group/{domain}/{STAR}",
    ),
    Row(
        "package-repository",
        "codeartifact",
        "arn:{partition}:codeartifact:{region}:{account}:repository/{name}",
        Listing("codeartifact", "list-repositories", "repositories", ("domainName", "name"), arn="arn"),
        "get-repository-permissions-policy",
        policy=("policy", "document"),
        files="[^/]+/[^/]+",
        beside=lambda repository: f"package/{repository}/{STAR}",
    ),
    Row(
        "log-policy",
        "logs",
        "arn:{partition}:logs:{region}:{account}:",
        Listing(
            "logs",
            "describe-resource-policies",
            "resourcePolicies",
            ("policyName",),
            policy="policyDocument",
            part="resourceArn",
        ),
        suffixes=("*",),
        is_regional=True,
    ),
    Row(
        "email-identity",
        "sesv2",
        "arn:{partition}:ses:{region}:{account}:identity/{name}",
        Listing("sesv2", "list-email-identities", "EmailIdentities", ("IdentityName",)),
        "get-email-identity-policies",
        policy=("Policies",),
        prefix="ses",
        is_texts=True,
    ),
    Row(
        "container",
        "mediastore",
        "arn:{partition}:mediastore:{region}:{account}:container/{name}",
        Listing("mediastore", "list-containers", "Containers", ("Name",), arn="ARN"),
        "get-container-policy",
        suffixes=("", "/*"),
    ),
    Row(
        "catalog",
        "glue",
        "arn:{partition}:glue:{region}:{account}:",
        None,
        "get-resource-policy",
        policy=("PolicyInJson",),
        suffixes=("*",),
        is_regional=True,
    ),
)
KINDS = tuple(sorted(row.kind for row in ROWS))
OPERATIONS = frozenset(o for row in ROWS for o in row.operations)


# Reading.

_PATH = re.compile(
    r"[0-9]+/(?P<region>[a-z]+(?:-[a-z]+)+-[0-9]+)/(?P<service>[^/]+)/(?P<operation>[^/]+?)(?:/(?P<name>.+))?\.json",
    re.DOTALL,
)
# By service and operation: the regions with files of it, and what the files are about (empty: the region).
_Files = Mapping[tuple[str, str], Mapping[str, Sequence[str]]]


def _files_of(snapshot: Snapshot, account: str) -> _Files:
    """The files of an account, and the errors met in their place, that are of the table's operations."""
    start, paths = f"{account}/", snapshot.paths
    own = paths[bisect_left(paths, start) : bisect_left(paths, f"{account}0")]  # 0 comes behind the slash
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    for path in (*own, *(p for p in snapshot.errors if p.startswith(start))):
        match = _PATH.fullmatch(path)
        if match and (match["service"], match["operation"]) in OPERATIONS:
            regions = found.setdefault((match["service"], match["operation"]), {})
            regions.setdefault(match["region"], []).append(match["name"] or "")
    return found


@dataclass(frozen=True, slots=True)
class _Entry:
    """One row of a list, where it stands, and the ARN that it has."""

    file: str
    path: str
    arn: str
    value: Mapping[str, Json]


class _Lister:
    """The resources that the list of a region has, and why that is not all."""

    def __init__(self, snapshot: Snapshot, row: Row, place: _Place) -> None:
        self.snapshot, self.row, self.place = snapshot, row, place
        self.entries: dict[str, _Entry] = {}
        self.paths: list[str] = []
        self.gaps: list[tuple[str, str]] = []  # path and reason
        self.strange: list[str] = []  # ARNs that are not of the kind, the account or the region
        if row.listing is not None:
            self._read(row.listing, "")

    def _read(self, listing: Listing, folder: str) -> None:
        path = self.place.path(listing.service, listing.operation, folder)
        fact = self.snapshot.fact(path)
        self.paths.append(path)
        reason = _why_not(fact, listing.cut)
        if fact.state is State.ABSENT:
            return
        if reason:
            self.gaps.append((path, reason))
            return
        rows = fact.value.get(listing.rows, [] if listing.is_omitted else None)
        if not isinstance(rows, list):
            raise Unreadable(f"{path}: {listing.rows} is not a list")
        if listing.page and len(rows) == listing.page:
            self.gaps.append((path, f"{path}: {len(rows)} {listing.rows}, which is all that one answer can have"))
        for i, value in enumerate(rows):
            self._add(listing, value, f"$.{listing.rows}[{i}]", path)

    def _add(self, listing: Listing, value: Json, at: str, path: str) -> None:
        name = _name(listing, value, path).replace(self.row.separator, "/")
        if listing.below is not None:
            self._read(listing.below, name)
            return
        if name in self.entries:
            raise Unreadable(f"{path}: {name} is listed twice")
        arn = text(value, listing.arn, path) if listing.arn else ""
        if arn and not _is_arn(self.row, self.place, name, arn):
            self.strange.append(arn)
            where = f"{self.place.account.id} in {self.place.region}"
            self.gaps.append((path, f"{path}: {arn} is no {self.row.kind} of {where}"))
            return
        self.entries[name] = _Entry(path, at, arn, value if listing.name else {})


def _name(listing: Listing, value: Json, path: str) -> str:
    """The name that a row of a list has."""
    if listing.name:
        if not isinstance(value, dict):
            raise Unreadable(f"{path}: an entry of {listing.rows} is not an object")
        value = "/".join(text(value, member, path) for member in listing.name)
    if not isinstance(value, str):
        raise Unreadable(f"{path}: an entry of {listing.rows} is not text")
    return value.rpartition(listing.after)[2] if listing.after else value


def _base(row: Row, place: _Place, name: str) -> str:
    """The ARN that follows from a name, but for the ending that only AWS knows."""
    return place.arn(row.arn, name.replace("/", row.separator))


def _is_arn(row: Row, place: _Place, name: str, arn: str) -> bool:
    """Whether an ARN is the one that a name has."""
    return arn in GlobSet([_base(row, place, name) + _glob(row.ending)])


def _unlisted_arn(snapshot: Snapshot, row: Row, place: _Place, name: str) -> str:
    """The ARN that the answer with the policy has, where it does not follow from the name."""
    if not row.ending:
        return ""
    fact = snapshot.fact(place.path(row.service, row.operation, name))
    arn = optional_text(fact.value, "ARN") if fact.state is State.VALUE else ""
    return arn if _is_arn(row, place, name, arn) else ""


def _glob(ending: str) -> str:
    """An ending as a pattern."""
    return ending.replace("*", STAR).replace("?", ANY)


def _patterns(row: Row, place: _Place, name: str, start: str) -> list[str]:
    """The request resources that the policy decides."""
    found = [start + _glob(suffix) for suffix in row.suffixes]
    if row.beside is not None:
        found.append(place.arn(f"arn:{{partition}}:{row.service}:{{region}}:{{account}}:") + row.beside(name))
    return found


class AccountResources:
    """The resources of one account that can have a policy. Each list and policy is read when it is first needed."""

    def __init__(self, snapshot: Snapshot, account: Account) -> None:
        self.snapshot, self.account = snapshot, account
        self._lists: dict[tuple[str, str], _Lister] = {}

    @cached_property
    def resources(self) -> tuple[GuardedResource, ...]:
        """Every resource that is listed or has a policy, in the order of the table."""
        return tuple(
            self._read(row, place, name)
            for row in ROWS
            for place in self._places(row)
            for name in self._names(row, place)
        )

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """Why it is not known which resources there are, at most one for each kind and region.

        One for no region in particular where a list was collected in none.
        """
        return tuple(p for row in ROWS for p in self._problems(row))

    @cached_property
    def paths(self) -> frozenset[str]:
        """The files that are read, whether they are there or not."""
        return frozenset(path for row in ROWS for place in self._places(row) for path in self._paths(row, place))

    @cached_property
    def _files(self) -> _Files:
        return _files_of(self.snapshot, self.account.id)

    def _named_by_files(self, row: Row, region: str) -> list[str]:
        """The names of the files with policies of the kind."""
        names = self._files.get((row.service, row.operation), {}).get(region, ())
        return [n for n in names if (not n if row.is_regional else re.fullmatch(row.files, n, re.DOTALL))]

    def _places(self, row: Row) -> list[_Place]:
        """The regions that have a list of the kind, or a policy."""
        regions = {r for r, names in self._files.get(row.first, {}).items() if "" in names}
        regions.update(r for r in self._files.get((row.service, row.operation), {}) if self._named_by_files(row, r))
        return [_Place(self.account, r) for r in sorted(regions) if row.region in ("", r)]

    def _list(self, row: Row, place: _Place) -> _Lister:
        found = self._lists.get((row.kind, place.region))
        if found is None:
            found = self._lists[row.kind, place.region] = _Lister(self.snapshot, row, place)
        return found

    def _names(self, row: Row, place: _Place) -> list[str]:
        """The names of the resources, those that are listed first; of a regional policy the region."""
        if row.is_regional:
            return [place.region]
        named = [n.partition("/")[0] if row.has_parts else n for n in self._named_by_files(row, place.region)]
        return list(dict.fromkeys([*self._list(row, place).entries, *named]))

    def _paths(self, row: Row, place: _Place) -> Iterator[str]:
        yield from self._list(row, place).paths
        if row.operation:
            for name in self._named_by_files(row, place.region):
                yield place.path(row.service, row.operation, name)
        for operation in row.also:
            for name in self._names(row, place):
                yield place.path(row.service, operation, name)

    def _problems(self, row: Row) -> Iterator[Problem]:
        places = self._places(row)
        if not places:
            place = _Place(self.account, row.region or ANYWHERE)
            path = place.path(*row.first)
            yield self._problem(row, place, [(path, self.snapshot.fact(path).reason)], [])
        for place in places:
            found = self._list(row, place)
            if found.gaps and not row.is_regional:
                yield self._problem(row, place, found.gaps, found.strange)

    def _problem(self, row: Row, place: _Place, gaps: Sequence[tuple[str, str]], strange: Sequence[str]) -> Problem:
        patterns = _patterns(row, place, STAR, place.arn(row.arn, STAR))
        patterns += [p for arn in strange for p in _patterns(row, place, STAR, arn)]
        return Problem(
            path=gaps[0][0],
            reason="; ".join(reason for _, reason in gaps),
            kinds=(row.kind,),
            actions=row.actions,
            resources=GlobSet(patterns),
        )

    def _read(self, row: Row, place: _Place, name: str) -> GuardedResource:
        entry = None if row.is_regional else self._list(row, place).entries.get(name)
        known = _unlisted_arn(self.snapshot, row, place, name) if entry is None else entry.arn
        start = known or _base(row, place, "" if row.is_regional else name)
        ending = "" if known else row.ending
        resource = _Resource(self.snapshot, row, place, name, start)
        documents = self._documents(resource, entry)
        return GuardedResource(
            kind=row.kind,
            arn=f"{start}{ending}{row.suffixes[0]}",
            name=name,
            account=self.account.id,
            region=place.region,
            resources=GlobSet(_patterns(row, place, name, start + _glob(ending))),
            actions=row.actions,
            documents=documents if row.complete is None else row.complete(resource, documents),
            trusts_account=row.trusts_account,
            names_resource=row.names_resource,
            tags=_tags(row, entry),
            aws_managed=False if row.is_managed is None else row.is_managed(resource),
        )

    def _documents(self, resource: _Resource, entry: _Entry | None) -> tuple[Document, ...]:
        row, place, name = resource.row, resource.place, resource.name
        if row.is_regional:
            return _regional(resource, self._list(row, place))
        if row.listing is not None and row.listing.policy:
            return () if entry is None else _listed(resource, row.listing, entry)
        parts = []
        if row.has_parts:
            parts = [n for n in self._named_by_files(row, place.region) if n.startswith(f"{name}/")]
        return tuple(d for n in (name, *parts) for d in _answered(resource, resource.fact(row.operation, n), n))


def _tags(row: Row, entry: _Entry | None) -> Mapping[str, str] | None:
    """The tags that a list has of a resource; None where it has none to tell."""
    member = "" if row.listing is None else row.listing.tags
    found = None if entry is None or not member else entry.value.get(member)
    if entry is None or found is None:
        return None
    if not isinstance(found, dict):
        return tags(objects(entry.value, member, entry.file), entry.file)
    return {key: text(found, key, entry.file) for key in found}


def _regional(resource: _Resource, found: _Lister) -> tuple[Document, ...]:
    """The policies of a region: those of one list, or of one answer."""
    row, place = resource.row, resource.place
    listing = row.listing
    if listing is None:
        fact = resource.snapshot.fact(place.path(row.service, row.operation))
        return _answered(resource, fact, place.region)
    documents = [
        Document(Origin(path, "$", resource.label(place.region)), problem=reason) for path, reason in found.gaps
    ]
    for name, entry in found.entries.items():
        part = entry.value.get(listing.part)
        if part is None:
            documents += _listed(resource, listing, entry, name)
        else:
            origin = Origin(entry.file, f"{entry.path}.{listing.policy}", resource.label(name))
            documents.append(Document(origin, problem=f"the policy {name} is about {part} alone"))
    return tuple(documents)


def _listed(resource: _Resource, listing: Listing, entry: _Entry, name: str = "") -> tuple[Document, ...]:
    """The policy that a row of a list has."""
    origin = Origin(entry.file, f"{entry.path}.{listing.policy}", resource.label(name))
    return _parsed(resource, entry.value.get(listing.policy), origin)


def _answered(resource: _Resource, fact: Fact, name: str) -> tuple[Document, ...]:
    """The policies that the answer of an operation has."""
    row = resource.row
    origin = Origin(fact.path, ".".join(("$", *row.policy)), resource.label(name))
    if fact.state is State.ABSENT:
        return ()
    if fact.state is not State.VALUE:
        return (Document(origin, problem=fact.reason),)
    is_there, value = _at(fact.value, row.policy)
    if not is_there and row.asked and _at(fact.value, row.asked)[0]:
        return ()
    if not is_there or (row.is_texts and not isinstance(value, dict)):
        return (Document(origin, problem=f"{fact.path}: no {'.'.join(row.policy)} in the answer"),)
    if not row.is_texts:
        return _parsed(resource, value, origin)
    return tuple(
        document
        for key, one in value.items()
        for document in _parsed(resource, one, Origin(fact.path, f'{origin.path}["{key}"]', f"{origin.name}, {key}"))
    )


def _at(value: Json, members: Sequence[str]) -> tuple[bool, Json]:
    """Whether there is something at a place of an answer, and what."""
    for member in members:
        if not isinstance(value, dict) or member not in value:
            return False, None
        value = value[member]
    return True, value


def _parsed(resource: _Resource, value: Json, origin: Origin) -> tuple[Document, ...]:
    """The policy; none where its text is empty or says that there is none (`{}`, Kinesis)."""
    if value is None or value in ("", "{}"):
        return ()
    decode = resource.row.decode
    try:
        return (parse_document(value if decode is None else decode(value, resource), origin),)
    except Unreadable as error:
        return (Document(origin, problem=str(error)),)


def read_resources(snapshot: Snapshot, account: Account) -> AccountResources:
    """The resources of one account that can have a policy."""
    return AccountResources(snapshot, account)


def read_paths(snapshot: Snapshot, account: Account) -> frozenset[str]:
    """The files of one account that are read here, whether they are there or not."""
    return read_resources(snapshot, account).paths
