"""What a file says by itself: which operations it may be an answer of, its resource, its account and region.

Untrusted. What an answer says of accounts and regions is `sure` where only the account's own things have it (ARNs of
its functions), and a hint where AWS shows things of others too (subnets and gateways that are shared).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from auditctl.dumps.names import is_named, operations_in
from auditctl.dumps.shapes import BY_OPERATION, EMPTY, SHAPES, Shape
from checkers.strict_json import Json, parse_json
from checkers.verdict import Unreadable

_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):(?P<service>[^:]+):(?P<region>[^:]*):(?P<account>[0-9]{12}):.+", re.DOTALL
)
_QUEUE = re.compile(r"https://sqs\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(?P<account>[0-9]{12})/.+")
_ZONE = re.compile(r"(?P<region>[a-z]{2}(?:-[a-z]+)+-[0-9])(?:-[a-z]+-[0-9])?[a-z]")
_ENDPOINT = re.compile(r"com\.amazonaws\.(?P<region>[a-z]{2}(?:-[a-z]+)+-[0-9])\..+")
_ACCOUNT = re.compile(r"[0-9]{12}")
_ERROR = re.compile(
    r"An error occurred \((?P<code>[A-Za-z0-9.]+)\) when calling the (?P<operation>[A-Za-z0-9]+) operation"
)
# Services whose ARNs have another name.
_IN_ARNS = {
    "apigateway": "execute-api",
    "efs": "elasticfilesystem",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "opensearch": "es",
    "s3control": "s3",
    "sesv2": "ses",
    "dynamodbstreams": "dynamodb",
    "sts": "iam",
}
_SHARED = frozenset({"ec2"})  # what one account sees may be another's
_OF_ACCOUNT = frozenset({"AwsAccountId", "AWSAccountId", "registryId", "Account"})
_COLONS = 5  # of an ARN
_DEPTH = 5  # levels of an answer that are looked through


@dataclass(slots=True)
class Evidence:
    """Accounts and regions that an answer names, and the partitions of its ARNs."""

    sure: set[str] = field(default_factory=set)
    hints: set[str] = field(default_factory=set)
    regions: set[str] = field(default_factory=set)
    partitions: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A failed call, as the AWS CLI prints it."""

    code: str
    operations: tuple[str, ...]
    message: str


def failure_of(text: str, path: str) -> Failure | None:
    """The failed call that a text tells of; None where it is no such text."""
    match = _ERROR.search(text)
    if match is None:
        return None
    verb = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", match["operation"]).lower()
    verb = {"list-objects-v-2": "list-objects-v2"}.get(verb, verb)
    operations = [o for o in BY_OPERATION if o.partition("/")[2] == verb]
    named = operations_in(path, operations) or set(operations)
    return Failure(code=match["code"], operations=tuple(sorted(named)), message=" ".join(text.split()))


def shapes_of(value: Mapping[str, Json], path: str) -> tuple[Shape, ...]:
    """The shapes that an answer may have: those that fit and whose policies fit, the most particular ones."""
    if not value:
        return tuple(s for s in EMPTY if is_named(path, s.operation))
    fitting = [s for s in SHAPES if s.fits(value) and _policy_fits(s, value)]
    most = max((len(s.members) for s in fitting), default=0)
    found = {s.operation: s for s in fitting if len(s.members) == most}
    return tuple(found.values())


def by_path(shapes: Sequence[Shape], path: str) -> tuple[Shape, ...]:
    """Those of several shapes whose operation the path names; all where it names none."""
    named = operations_in(path, [s.operation for s in shapes])
    return tuple(s for s in shapes if s.operation in named) or tuple(shapes)


def name_in(shape: Shape, value: Mapping[str, Json]) -> str:
    """The resource that an answer names by itself, or its policy does; empty where neither does."""
    if shape.resource:
        names = {m["name"] for arn in _resources(value) if (m := re.fullmatch(shape.resource, arn, re.DOTALL))}
        name = names.pop() if len(names) == 1 else ""
        return name.replace(":", "/") if shape.service == "lambda" else name
    if not shape.name:
        return ""
    *path, last = shape.name
    rows = list(_at(value, path))
    found = {_joined(row, last) for row in rows if isinstance(row, dict)}
    name = found.pop() if len(found) == 1 else ""
    if shape.after == "//":
        parts = name.split("/")
        return parts[-2] if len(parts) > 1 else ""
    return name.rpartition(shape.after)[2] if shape.after else name


def names_at(value: Json, path: Sequence[str], after: str) -> Iterator[str]:
    """The names that a list has."""
    for found in _at(value, path):
        if isinstance(found, str):
            yield found.rpartition(after)[2] if after else found


def _joined(row: Mapping[str, Json], members: str) -> str:
    values = [row.get(member) for member in members.split("|")]
    return "/".join(v for v in values if isinstance(v, str)) if all(isinstance(v, str) for v in values) else ""


def _at(value: Json, path: Sequence[str]) -> Iterator[Json]:
    """What stands at a path, through lists."""
    level = [value]
    for member in path:
        level = [row[member] for one in level for row in _rows(one) if isinstance(row, dict) and member in row]
    for one in level:
        yield from _rows(one)


def _rows(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


# Policies.


def _policy_fits(shape: Shape, value: Mapping[str, Json]) -> bool:
    """Whether the actions and resources of the policy are those of the shape's service; without a policy they are."""
    if not shape.prefix:
        return True
    statements = _statements(value)
    actions = {a.partition(":")[0].lower() for s in statements for a in _texts(s.get("Action"))}
    resources = [*_resources(value)]
    if not statements or not actions <= {shape.prefix, "*"}:
        return False
    return all(_may_be_of(shape, resource) for resource in resources)


def _may_be_of(shape: Shape, resource: str) -> bool:
    """Whether a resource of a policy is one of the shape's kind, or a pattern that it may fit."""
    if re.fullmatch(shape.resource, resource, re.DOTALL):
        return True
    literal = re.split(r"[*?]", resource, maxsplit=1)[0]
    if literal == resource:
        return False
    return literal.count(":") < _COLONS or re.match(shape.resource.split("(?P<name>")[0], literal) is not None


def _resources(value: Mapping[str, Json]) -> Iterator[str]:
    for statement in _statements(value):
        yield from _texts(statement.get("Resource"))


def _statements(value: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    policy = value.get("Policy", value.get("policyText"))
    if isinstance(policy, str):
        try:
            policy = parse_json(policy, "policy")
        except Unreadable:
            return []
    given = policy.get("Statement") if isinstance(policy, dict) else None
    return [row for row in _rows(given) if isinstance(row, dict)]


def _texts(value: Json) -> list[str]:
    return [one for one in _rows(value) if isinstance(one, str)]


# Accounts and regions.


def evidence_of(shape: Shape, value: Mapping[str, Json]) -> Evidence:
    """What an answer says of the account and region that it is of."""
    found = Evidence()
    own = _IN_ARNS.get(shape.service, shape.service)
    for depth, name, text in _strings(value):
        _note_zone(found, name, text)
        if depth > 2 or shape.service == "organizations":  # noqa: PLR2004  deeper ARNs are of other things
            continue
        _note_arn(found, name, text, own, shared=shape.service in _SHARED)
        if name in _OF_ACCOUNT and _ACCOUNT.fullmatch(text):
            found.sure.add(text)
        elif name == "OwnerId" and _ACCOUNT.fullmatch(text):
            found.hints.add(text)
    if shape.parent and shape.resource:
        _note_resources(found, shape, value)
    return found


def _note_zone(found: Evidence, name: str, text: str) -> None:
    zone = _ZONE.fullmatch(text) if name in ("AvailabilityZone", "ZoneName") else None
    endpoint = _ENDPOINT.fullmatch(text) if name == "ServiceName" else None
    match = zone or endpoint
    if match is not None:
        found.regions.add(match["region"])
    elif name == "AwsRegion":
        found.regions.add(text)


def _note_arn(found: Evidence, name: str, text: str, own: str, *, shared: bool) -> None:
    """Note what the ARN or URL of one of the account's things says; the name of a member tells whether it is one."""
    match = _QUEUE.fullmatch(text) if name == "QueueUrls" else None
    if match is None and (name.lower().endswith("arn") or name == "StackId"):
        match = _ARN.fullmatch(text)
        if match is None or match["service"] != own:
            return
        found.partitions.add(match["partition"])
    if match is None:
        return
    (found.hints if shared else found.sure).add(match["account"])
    if match["region"]:
        found.regions.add(match["region"])


def _note_resources(found: Evidence, shape: Shape, value: Mapping[str, Json]) -> None:
    """The ARNs of the resources of a policy are of the thing whose policy it is."""
    for arn in _resources(value):
        match = _ARN.fullmatch(arn) if re.fullmatch(shape.resource, arn, re.DOTALL) else None
        if match is not None:
            found.sure.add(match["account"])
            found.regions.update({match["region"]} - {""})


def _strings(value: Json) -> Iterator[tuple[int, str, str]]:
    """Every text of the upper levels of an answer, with its depth and the name of its member."""
    level: Iterable[tuple[str, Json]] = [("", value)]
    for depth in range(_DEPTH):
        inner: list[tuple[str, Json]] = []
        for name, one in level:
            for row in _rows(one):
                if isinstance(row, str):
                    yield depth, name, row
                elif isinstance(row, dict):
                    inner.extend(row.items())
        level = inner
