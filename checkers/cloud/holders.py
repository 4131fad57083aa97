"""Things that have a role, so that whoever commands the thing has the role's permissions.

What is not listed in the snapshot is not known: on the wide side there may be such a thing for every role.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checkers.cloud.snapshot import Account, Snapshot, State
from checkers.strict_json import Json


@dataclass(frozen=True, slots=True)
class Listing:
    """Where a snapshot has the things of one kind.

    `rows` are the members that lead to the list of things, `arn` and `role` those of a thing, in order of preference.
    `whole`: one answer has all things of a region, so that what is not in it is not there.
    """

    service: str
    operation: str
    rows: tuple[str, ...]
    arn: str
    role: tuple[str, ...]
    whole: bool
    template: str = ""  # the ARN, where the answer has only an id


# API references of the services: the operations, and the members of their answers.
LISTINGS: Mapping[str, Listing] = {
    "function": Listing("lambda", "list-functions", ("Functions",), "FunctionArn", ("Role",), whole=True),
    "instance": Listing(
        "ec2",
        "describe-instances",
        ("Reservations", "Instances"),
        "InstanceId",
        ("IamInstanceProfile", "Arn"),
        whole=True,
        template="arn:{partition}:ec2:{region}:{account}:instance/{id}",
    ),
    "build-project": Listing("codebuild", "batch-get-projects", ("projects",), "arn", ("serviceRole",), whole=False),
    "stack": Listing("cloudformation", "describe-stacks", ("Stacks",), "StackId", ("RoleARN",), whole=True),
    "dev-endpoint": Listing(
        "glue",
        "get-dev-endpoints",
        ("DevEndpoints",),
        "EndpointName",
        ("RoleArn",),
        whole=True,
        template="arn:{partition}:glue:{region}:{account}:devEndpoint/{id}",
    ),
    "notebook": Listing(
        "sagemaker", "describe-notebook-instance", (), "NotebookInstanceArn", ("RoleArn",), whole=False
    ),
    "app": Listing(
        "apprunner",
        "describe-service",
        ("Service",),
        "ServiceArn",
        ("InstanceConfiguration", "InstanceRoleArn"),
        whole=False,
    ),
    "launch-template": Listing(
        "ec2",
        "describe-launch-template-versions",
        ("LaunchTemplateVersions",),
        "LaunchTemplateId",
        ("LaunchTemplateData", "IamInstanceProfile", "Arn"),
        whole=False,
        template="arn:{partition}:ec2:{region}:{account}:launch-template/{id}",
    ),
    "code-interpreter": Listing(
        "bedrock-agentcore-control",
        "get-code-interpreter",
        (),
        "codeInterpreterArn",
        ("executionRoleArn",),
        whole=False,
    ),
}
# The operations that are read here: they decide no request.
OPERATIONS = frozenset((listing.service, listing.operation) for listing in LISTINGS.values())


@dataclass(frozen=True, slots=True)
class Holders:
    """The things of one kind in one account, as pairs of thing and role; `known`: there are no others."""

    pairs: tuple[tuple[str, str], ...]
    known: bool


def read_holders(snapshot: Snapshot, account: Account, kind: str, profiles: Mapping[str, str]) -> Holders:
    """The things of a kind and their roles. `profiles` is from instance profile to role.

    Things are known where the list was read in some region and refused in none; that a region without a file
    has none is an assumption about the export, as with other lists. A thing whose role cannot be told makes
    them unknown.
    """
    listing = LISTINGS[kind]
    start = f"/{listing.service}/{listing.operation}"
    files = [p for p in snapshot.under(f"{account.id}/") if p.endswith(f"{start}.json") or f"{start}/" in p]
    facts = [snapshot.fact(p) for p in sorted(files)]
    pairs: set[tuple[str, str]] = set()
    known = listing.whole and bool(facts) and all(f.state is State.VALUE for f in facts)
    for fact in facts:
        region = fact.path.split("/")[1]
        for row in _rows(fact.value, listing.rows) if fact.state is State.VALUE else ():
            thing, role = _text(row, (listing.arn,)), _text(row, listing.role)
            role = profiles.get(role or "") if role and ":instance-profile/" in role else role
            known = known and bool(thing) and role is not None
            if thing and role:
                pairs.add((_arn(thing, listing, account, region), role))
    return Holders(tuple(sorted(pairs)), known)


def _rows(value: Json, members: tuple[str, ...]) -> Iterator[Json]:
    """The things below the members; None for what is not there."""
    for i, name in enumerate(members):
        inner = value.get(name) if isinstance(value, dict) else None
        if isinstance(inner, list):
            for one in inner:
                yield from _rows(one, members[i + 1 :])
            return
        value = inner
    yield value


def _text(row: Json, members: tuple[str, ...]) -> str | None:
    """The text below the members, empty where there is none, None where something else is in its place."""
    for name in members:
        if not isinstance(row, dict):
            return None
        row = row.get(name, "")
        if not row:
            return ""
    return row if isinstance(row, str) else None


def _arn(thing: str, listing: Listing, account: Account, region: str) -> str:
    if not listing.template:
        return thing
    return listing.template.format(partition=account.partition, region=region, account=account.id, id=thing)
