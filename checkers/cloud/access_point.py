"""S3 access points, those of one Region and of several: whose they are, what they lead to, what restricts them.

Amazon S3 user guide, "Managing access to shared datasets with access points" and "Managing multi-Region traffic with
Multi-Region Access Points". A request through an access point has the ARN of the access point as its resource
and must be allowed by the bucket's policy too. Access points
of directory buckets and of Object Lambda are not read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checkers.cloud.bucket import IGNORE, RESTRICT, BlockLevel, account_block, block_level, is_on
from checkers.cloud.policy import Document, Origin, parse_document
from checkers.cloud.snapshot import Account, Fact, Snapshot, State, objects, optional_text, text
from checkers.kernel.globs import ANY, SEG_ANY, SEG_STAR, STAR, GlobSet, unfold
from checkers.strict_json import Json
from checkers.verdict import Unreadable

OPERATIONS = ("list-access-points", "get-access-point", "get-access-point-policy")
LIST, GET, GET_POLICY = OPERATIONS
LIST_SEVERAL, GET_POLICY_SEVERAL = "list-multi-region-access-points", "get-multi-region-access-point-policy"
S3_ACTIONS = GlobSet(["s3:" + STAR])
SEVERAL_FOLDER = "us-west-2"  # requests about multi-Region access points go to this Region


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """One access point. `policy` is None where there is none.

    `buckets` are those behind it, by name and account: none where that is not known. `restricts_public` and
    `ignores_public_acls` are surely on for the access point or its account; where they are not, `block_problem`
    and `ignore_problem` say why they may be. What is set for the bucket stands with the bucket. `vpc` is the only
    network that requests come from, and `vpc_problem` says why there may be one. `region` is empty for several.
    """

    arn: str
    name: str
    account: str
    region: str
    buckets: tuple[tuple[str, str], ...]
    policy: Document | None
    restricts_public: bool
    block_problem: str
    ignores_public_acls: bool
    ignore_problem: str
    vpc: str | None
    vpc_problem: str
    resources: GlobSet


@dataclass(frozen=True, slots=True)
class Problem:
    """A list that could not be read, and the requests that what is on it may decide."""

    path: str
    reason: str
    resources: GlobSet
    actions: GlobSet = S3_ACTIONS


@dataclass(frozen=True, slots=True)
class AccountAccessPoints:
    """The access points of one account, the lists that could not be read, and the files that were."""

    points: tuple[AccessPoint, ...] = ()
    problems: tuple[Problem, ...] = ()
    paths: tuple[str, ...] = ()


def read_access_points(snapshot: Snapshot, account: Account) -> AccountAccessPoints:
    """The access points of one account. Lists that were never asked for are no problem."""
    return _Reader(snapshot, account).read()


def read_paths(snapshot: Snapshot, account: Account) -> tuple[str, ...]:
    """The files that are read for an account."""
    return read_access_points(snapshot, account).paths


class _Reader:
    """Reads the access points of one account."""

    def __init__(self, snapshot: Snapshot, account: Account) -> None:
        self.snapshot, self.account = snapshot, account
        self.paths: set[str] = set()
        self.problems: list[Problem] = []
        self.block = account_block(snapshot, account.id)

    def read(self) -> AccountAccessPoints:
        files: dict[str, list[tuple[str, str]]] = {}  # operation and name, by Region
        for path in sorted(self.snapshot.under(f"{self.account.id}/")):
            _, region, service, *rest = [*path.removesuffix(".json").split("/"), ""]
            if region != "global" and service == "s3control":
                files.setdefault(region, []).append((rest[0], "/".join(rest[1:-1])))
        points = [p for region, found in files.items() for p in self._in_region(region, found)]
        if any(operation == LIST_SEVERAL for operation, _ in files.get(SEVERAL_FOLDER, ())):
            points += self._several()
        return AccountAccessPoints(tuple(points), tuple(self.problems), tuple(sorted(self.paths)))

    def _fact(self, region: str, operation: str, name: str = "") -> Fact:
        fact = self.snapshot.fact(f"{self.account.id}/{region}/s3control/{operation}{name and '/' + name}.json")
        self.paths.add(fact.path)
        return fact

    def _rows(self, region: str, operation: str, member: str) -> Mapping[str, Mapping[str, Json]]:
        """The rows of a list by name, none where it could not be read."""
        fact = self._fact(region, operation)
        if fact.state is not State.VALUE:
            where = self._arn("" if operation == LIST_SEVERAL else region, STAR)
            self.problems.append(Problem(fact.path, fact.reason, GlobSet([where])))
            return {}
        rows = [] if _is_empty(fact) else objects(fact.value, member, fact.path)
        found = {text(row, "Name", fact.path): row for row in rows}
        if len(found) != len(rows):
            raise Unreadable(f"{fact.path}: an access point is listed twice")
        return found

    def _in_region(self, region: str, files: list[tuple[str, str]]) -> Iterator[AccessPoint]:
        """The access points on the list, and those that have a file of their own without it."""
        rows = self._rows(region, LIST, "AccessPointList") if (LIST, "") in files else {}
        alone = {name for operation, name in files if operation in (GET, GET_POLICY)}
        for name in sorted({*rows, *alone}):
            yield self._point(region, name, rows.get(name, {}))

    def _point(self, region: str, name: str, row: Mapping[str, Json]) -> AccessPoint:
        fact = self._fact(region, GET, name)
        known = fact.state is State.VALUE
        value = {**row, **fact.value} if known else row
        block = block_level(value.get("PublicAccessBlockConfiguration"), fact.path)
        restricts, ignores = self._settings(block if known else BlockLevel(off=frozenset(), reason=fact.reason))
        bucket, origin = optional_text(value, "Bucket"), optional_text(value, "NetworkOrigin")
        vpc = value.get("VpcConfiguration")
        arn = self._arn(region, name)
        return AccessPoint(
            arn=arn,
            name=name,
            account=self.account.id,
            region=region,
            buckets=((bucket, self._owner(value)),) if bucket else (),
            policy=self._policy(region, name),
            restricts_public=restricts[0],
            block_problem=restricts[1],
            ignores_public_acls=ignores[0],
            ignore_problem=ignores[1],
            vpc=(optional_text(vpc, "VpcId") if isinstance(vpc, dict) else "") if origin == "VPC" else None,
            vpc_problem="" if origin in ("VPC", "Internet") else f"{fact.path}: the network origin is not known",
            resources=_resources(arn),
        )

    def _several(self) -> Iterator[AccessPoint]:
        """The multi-Region access points. Their ARN has the alias (user guide, "Making requests through ...")."""
        path = f"{self.account.id}/{SEVERAL_FOLDER}/s3control/{LIST_SEVERAL}.json"
        for name, row in sorted(self._rows(SEVERAL_FOLDER, LIST_SEVERAL, "AccessPoints").items()):
            restricts, ignores = self._settings(block_level(row.get("PublicAccessBlock"), path))
            arn = self._arn("", text(row, "Alias", path))
            yield AccessPoint(
                arn=arn,
                name=name,
                account=self.account.id,
                region="",
                buckets=tuple((text(r, "Bucket", path), self._owner(r)) for r in objects(row, "Regions", path)),
                policy=self._policy_of_several(name),
                restricts_public=restricts[0],
                block_problem=restricts[1],
                ignores_public_acls=ignores[0],
                ignore_problem=ignores[1],
                vpc=None,
                vpc_problem="",
                resources=_resources(arn),
            )

    def _arn(self, region: str, name: str) -> str:
        return f"arn:{self.account.partition}:s3:{region}:{self.account.id}:accesspoint/{name}"

    def _owner(self, row: Mapping[str, Json]) -> str:
        """The account of a bucket; buckets of other accounts are named with theirs."""
        return optional_text(row, "BucketAccountId") or self.account.id

    def _settings(self, own: BlockLevel) -> tuple[tuple[bool, str], tuple[bool, str]]:
        """Whether RestrictPublicBuckets and IgnorePublicAcls are on, and else why they may be."""
        levels = (own, self.block)
        return is_on(levels, RESTRICT), is_on(levels, IGNORE)

    def _policy(self, region: str, name: str) -> Document | None:
        fact = self._fact(region, GET_POLICY, name)
        origin = Origin(fact.path, "$.Policy", f"policy of access point {name}")
        if fact.state is State.ABSENT or _is_empty(fact):
            return None
        if fact.state is not State.VALUE:
            return Document(origin, problem=fact.reason)
        return parse_document(fact.value.get("Policy"), origin)

    def _policy_of_several(self, name: str) -> Document | None:
        """The policy that is established; one that is only proposed is not in force yet."""
        fact = self._fact(SEVERAL_FOLDER, GET_POLICY_SEVERAL, name)
        origin = Origin(fact.path, "$.Policy.Established.Policy", f"policy of multi-Region access point {name}")
        if fact.state is not State.VALUE:
            return Document(origin, problem=fact.reason)
        policy = {} if _is_empty(fact) else fact.value.get("Policy")
        established = policy.get("Established", {}) if isinstance(policy, dict) else None
        if established == {}:
            return None
        return parse_document(established.get("Policy") if isinstance(established, dict) else None, origin)


def _is_empty(fact: Fact) -> bool:
    """Whether a response says nothing: AWS leaves out what there is none of."""
    return fact.state is State.VALUE and not fact.value.keys() - {"ResponseMetadata"}


def _resources(arn: str) -> GlobSet:
    """What requests through an access point are about: itself and the objects behind it."""
    return GlobSet([arn, f"{arn}/object/{STAR}"])


# From the bucket to the access point.


def through(values: GlobSet, bucket_arn: str, access_point_arn: str) -> GlobSet:
    """The requests to an access point whose resource behind it, in the bucket, is in the set.

    BUCKET/KEY is POINT/object/KEY, and BUCKET itself is POINT. The complement of a set is the complement
    of what its base becomes: it also has whatever is not of the access point.
    """
    keys = {rest for p in values.patterns for rest in left_quotient(p, f"{bucket_arn}/")}
    patterns = [f"{access_point_arn}/object/{rest}" for rest in keys]
    if bucket_arn in values.base:
        patterns.append(access_point_arn)
    return GlobSet(patterns, complement=values.complement)


def left_quotient(pattern: str, start: str) -> frozenset[str]:
    """The patterns of what may follow `start` in the words of a pattern: start·x ∈ p iff x is in one of them.

    A place in the pattern is kept for each way to have read `start` so far; what stands behind it is a pattern.
    """
    places = {0}
    for char in start:
        places = {after for at in places for after in _after(pattern, at, char)}
    return frozenset(pattern[at:] for at in places)


def _after(pattern: str, at: int, char: str) -> Iterator[int]:
    """The places that a character leads to from a place; a star may be left without taking any."""
    while at < len(pattern):
        token = pattern[at]
        is_star = token in (STAR, SEG_STAR)
        if _takes(token, char):
            yield at if is_star else at + 1
        if not is_star:
            return
        at += 1


def _takes(token: str, char: str) -> bool:
    """Whether one symbol of a pattern takes a character."""
    if token in (STAR, ANY):
        return True
    if token in (SEG_STAR, SEG_ANY):
        return char != ":"
    letter = unfold(token)
    return char == token if letter is None else char in (letter, letter.upper())
