"""Who is who: accounts, teams, sizes, and the seeded choices."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

T = TypeVar("T")

MANAGEMENT = "111122223333"
LARGE = "222233334444"  # the account that everything is large in
AUDIT = "333344445555"
LOGS = "444455556666"
TOOLING = "555566667777"
SANDBOX = "666677778888"
ACCOUNTS = {
    MANAGEMENT: "management",
    LARGE: "commerce-production",
    AUDIT: "security-audit",
    LOGS: "log-archive",
    TOOLING: "tooling",
    SANDBOX: "sandbox",
}
PARTNER = "777788889999"  # outside the organization
VENDOR = "888899990000"  # outside the organization
STRANGER = "999900001111"  # outside the organization, named by mistakes only

ORGANIZATION = "o-b0rea1is42"
REPOSITORIES = "borealis-example"  # the organization at the code host
REGION = "eu-west-1"
REGIONS = (REGION, "eu-central-1")
TIME = "2026-11-02T09:00:00+00:00"

TEAMS = tuple(
    "billing cart catalog checkout claims content delivery discounts events fraud fulfilment gateway identity "
    "inventory invoices ledger loyalty mail media messaging notices offers orders payments pricing profile "
    "recommend refunds reports returns reviews risk routing search shipping stock support tax tracking wallet".split()
)
PARTS = tuple("api worker indexer importer exporter scheduler resizer mailer archiver sync stream batch cache".split())


JOB_GROUPS = 4  # of everyone, support, auditors and policy maintainers


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of each there is in the large account. Lambda functions are as many as roles for them."""

    roles: int = 500
    users: int = 100
    groups: int = 40
    policies: int = 300
    buckets: int = 200
    keys: int = 60
    queues: int = 80
    topics: int = 40
    secrets: int = 60


@dataclass(frozen=True, slots=True)
class Setting:
    """The size and the seed, and names that depend on them."""

    size: Size
    seed: int

    @property
    def teams(self) -> int:
        """How many teams have a group; the first groups are those of jobs."""
        return min(max(0, self.size.groups - JOB_GROUPS), len(TEAMS))

    def random(self, part: str) -> Random:
        """The choices of one part, which do not change when another part does."""
        return Random(f"{self.seed} {part}")  # noqa: S311  to be repeatable, not to be secret

    def bucket(self, i: int) -> str:
        """The name of a bucket of the large account."""
        return f"borealis-{team(i)}-{_KINDS[i % len(_KINDS)]}-{i:04d}"

    def queue(self, i: int) -> str:
        """The name of a queue."""
        return f"{team(i)}-jobs-{i:03d}"

    def topic(self, i: int) -> str:
        """The name of a topic."""
        return f"{team(i)}-events-{i:03d}"

    def secret(self, i: int) -> str:
        """The name of a secret, with a folder for its team."""
        return f"{team(i)}/database-{i:03d}"

    def secret_arn(self, i: int) -> str:
        """The ARN of a secret, with the six characters that Secrets Manager adds."""
        return f"arn:aws:secretsmanager:{region(i)}:{LARGE}:secret:{self.secret(i)}-{digest(self.secret(i), 6)}"

    def key(self, i: int) -> str:
        """The id of a key."""
        return key_id(f"{self.seed} {i}")


_KINDS = ("data", "data", "uploads", "exports", "assets", "logs", "backup", "shared", "data", "archive")


def key_id(text: str) -> str:
    """The id of a KMS key that belongs to a text."""
    return str(uuid.UUID(bytes=hashlib.sha256(text.encode()).digest()[:16], version=4))


def team(i: int) -> str:
    """The team that has the thing of this number."""
    return TEAMS[i % len(TEAMS)]


def part(i: int) -> str:
    """What the thing of this number does for its team."""
    return PARTS[i // len(TEAMS) % len(PARTS)]


def region(i: int) -> str:
    """The region of the thing of this number."""
    return REGIONS[i % 4 == 3]  # noqa: PLR2004  three in four are in the first region


def digest(text: str, length: int) -> str:
    """Letters and digits that belong to a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def unique_id(prefix: str, arn: str) -> str:
    """A unique id (AROA..., AIDA...) that belongs to an ARN."""
    return prefix + hashlib.sha256(arn.encode()).hexdigest()[:17].upper()


def some(random: Random, values: Sequence[T], least: int, most: int) -> list[T]:
    """A choice of so many of the values, in their order."""
    chosen = set(random.sample(range(len(values)), min(len(values), random.randint(least, most))))
    return [value for i, value in enumerate(values) if i in chosen]
