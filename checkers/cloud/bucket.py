"""S3 buckets: policy, and what of ACLs and Block Public Access is set but not yet modelled."""

from collections.abc import Mapping
from dataclasses import dataclass

from checkers.cloud.policy import Document, Origin, parse_document
from checkers.cloud.snapshot import Fact, Snapshot, State, objects, optional_text, tags, text
from checkers.strict_json import Json
from checkers.verdict import Unreadable


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bucket. `policy` is None where there is none; `tags` is None where they are not known."""

    arn: str
    name: str
    account: str
    policy: Document | None
    tags: Mapping[str, str] | None
    acl_grants: str
    restricts_public: str


@dataclass(frozen=True, slots=True)
class AccountBuckets:
    """The buckets of one account and the canonical id of their owner."""

    account: str
    buckets: tuple[Bucket, ...] = ()
    owner: str = ""
    problem: str = ""


def buckets_path(account: str) -> str:
    """Where the list of the buckets of an account is in a snapshot."""
    return f"{account}/global/s3/list-buckets.json"


def read_buckets(snapshot: Snapshot, account: str, partition: str) -> AccountBuckets:
    """The buckets of one account."""
    fact = snapshot.fact(buckets_path(account))
    if fact.state is not State.VALUE:
        return AccountBuckets(account, problem=fact.reason)
    if fact.value.get("Prefix"):
        return AccountBuckets(account, problem=f"{fact.path}: only buckets that begin with {fact.value['Prefix']!r}")
    owner = fact.value.get("Owner")
    owner_id = optional_text(owner, "ID") if isinstance(owner, dict) else ""
    rows = objects(fact.value, "Buckets", fact.path)
    names = [text(row, "Name", fact.path) for row in rows]
    if len(set(names)) != len(names):
        raise Unreadable(f"{fact.path}: a bucket is listed twice")
    return AccountBuckets(
        account, tuple(_Reader(snapshot, account, partition, n, owner_id).read() for n in names), owner_id
    )


class _Reader:
    def __init__(self, snapshot: Snapshot, account: str, partition: str, name: str, owner: str) -> None:
        self.snapshot, self.account, self.partition, self.name, self.owner = snapshot, account, partition, name, owner

    def read(self) -> Bucket:
        return Bucket(
            arn=f"arn:{self.partition}:s3:::{self.name}",
            name=self.name,
            account=self.account,
            policy=self._policy(),
            tags=self._tags(),
            acl_grants=self._acl(),
            restricts_public=self._restriction(),
        )

    def _fact(self, operation: str) -> Fact:
        return self.snapshot.fact(f"{self.account}/global/s3/{operation}/{self.name}.json")

    def _policy(self) -> Document | None:
        fact = self._fact("get-bucket-policy")
        origin = Origin(fact.path, "$.Policy", f"bucket policy of {self.name}")
        if fact.state is State.ABSENT:
            return None
        if fact.state is not State.VALUE:
            return Document(origin, problem=fact.reason)
        return parse_document(fact.value.get("Policy"), origin)

    def _tags(self) -> Mapping[str, str] | None:
        fact = self._fact("get-bucket-tagging")
        if fact.state is State.VALUE:
            return tags(objects(fact.value, "TagSet", fact.path), fact.path)
        return {} if fact.state is State.ABSENT else None

    def _acl(self) -> str:
        """Why ACLs may grant something, empty where they grant nothing beyond the owner."""
        ownership = self._fact("get-bucket-ownership-controls")
        if ownership.state is State.VALUE and _owner_enforced(ownership):
            return ""
        acl = self._fact("get-bucket-acl")
        if acl.state is not State.VALUE:
            return f"ACLs are in force and not known: {acl.reason}"
        grantees = [_grantee(g, acl.path) for g in objects(acl.value, "Grants", acl.path)]
        others = sorted({g for g in grantees if g != self.owner})
        if others:
            return f"the bucket ACL grants to {', '.join(others)}"
        return "object ACLs are in force (ownership is not BucketOwnerEnforced) and are not in the snapshot"

    def _restriction(self) -> str:
        """Why Block Public Access may deny a request, empty where it denies none."""
        for path in (
            f"{self.account}/global/s3/get-public-access-block/{self.name}.json",
            f"{self.account}/global/s3control/get-public-access-block.json",
        ):
            fact = self.snapshot.fact(path)
            if fact.state is State.VALUE:
                flags = fact.value.get("PublicAccessBlockConfiguration")
                if not isinstance(flags, dict) or flags.get("RestrictPublicBuckets") is not False:
                    return f"{path}: RestrictPublicBuckets is on"
            elif fact.state is not State.ABSENT:
                return fact.reason
        return ""


def _owner_enforced(fact: Fact) -> bool:
    controls = fact.value.get("OwnershipControls")
    rules: Json = controls.get("Rules") if isinstance(controls, dict) else None
    if not isinstance(rules, list):
        return False
    return [r.get("ObjectOwnership") if isinstance(r, dict) else r for r in rules] == ["BucketOwnerEnforced"]


def _grantee(grant: Mapping[str, Json], where: str) -> str:
    grantee = grant.get("Grantee")
    if not isinstance(grantee, dict):
        raise Unreadable(f"{where}: a grant without Grantee")
    return next((grantee[m] for m in ("ID", "URI", "EmailAddress") if isinstance(grantee.get(m), str)), "someone")
