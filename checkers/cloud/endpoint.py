"""VPC endpoints and their policies.

VPC user guide, "Control access to VPC endpoints using endpoint policies": a request that goes through an
endpoint must be allowed by the endpoint's policy too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checkers.cloud.organization import allows_everything
from checkers.cloud.policy import Document, Origin, parse_document
from checkers.cloud.snapshot import Snapshot, State, objects, optional_text, text
from checkers.kernel.globs import STAR, GlobSet
from checkers.strict_json import Json

OPERATION = "ec2/describe-vpc-endpoints.json"
# Prefixes of actions where they are not the name of the endpoint's service ("AWS services that integrate with
# AWS PrivateLink").
_PREFIXES = {
    "ecr.api": "ecr",
    "ecr.dkr": "ecr",
    "monitoring": "cloudwatch",
    "email-smtp": "ses",
    "elasticfilesystem": "elasticfilesystem",
    "kinesis-streams": "kinesis",
    "codeartifact.api": "codeartifact",
    "codeartifact.repositories": "codeartifact",
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint whose policy may restrict requests. `actions` are those of its service."""

    id: str
    account: str
    is_gateway: bool
    actions: GlobSet
    policy: Document


def paths_of(snapshot: Snapshot, account: str) -> Iterator[str]:
    """The files that list endpoints of an account."""
    found = {*snapshot.paths, *snapshot.errors}
    return (p for p in sorted(found) if p.startswith(f"{account}/") and p.count("/") == 3 and p.endswith(OPERATION))  # noqa: PLR2004


def read_endpoints(snapshot: Snapshot, account: str) -> tuple[tuple[Endpoint, ...], tuple[str, ...]]:
    """The endpoints of an account that may restrict requests, and why some are not known."""
    endpoints: list[Endpoint] = []
    problems: list[str] = []
    for path in paths_of(snapshot, account):
        fact = snapshot.fact(path)
        if fact.state is not State.VALUE:
            problems.append(fact.reason)
            continue
        for i, row in enumerate(objects(fact.value, "VpcEndpoints", path)):
            found = _endpoint(row, i, account, path)
            if found is not None and not _lets_everything_through(found.policy):
                endpoints.append(found)
    return tuple(endpoints), tuple(problems)


def _lets_everything_through(policy: Document) -> bool:
    """Whether it is the default policy. A statement without a Principal is nobody's."""
    return allows_everything(policy) and all(s.principals is not None for s in policy.statements)


def _endpoint(row: Mapping[str, Json], index: int, account: str, path: str) -> Endpoint | None:
    """The endpoint; None where its kind has no policy."""
    kind = optional_text(row, "VpcEndpointType")
    if kind == "GatewayLoadBalancer" or row.get("PolicyDocument") in (None, ""):
        return None
    name = text(row, "VpcEndpointId", path)
    service = ".".join(optional_text(row, "ServiceName").split(".")[3:])
    origin = Origin(path, f"$.VpcEndpoints[{index}].PolicyDocument", f"policy of endpoint {name}")
    return Endpoint(
        id=name,
        account=account,
        is_gateway=kind == "Gateway",
        actions=GlobSet([f"{_PREFIXES.get(service, service)}:{STAR}"]),
        policy=parse_document(row["PolicyDocument"], origin),
    )
