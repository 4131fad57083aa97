"""Who is where: accounts, regions, sizes, the plan of addresses, and the seeded choices."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Network
from random import Random

HUB = "111122223333"  # has the transit gateways and the shared VPCs
ACCOUNTS = {
    HUB: "network",
    "222233334444": "development-1",
    "333344445555": "development-2",
    "444455556666": "production-1",
    "555566667777": "production-2",
}
REGIONS = ("eu-west-1", "eu-central-1")
ZONE_IDS = {"eu-west-1": "euw1", "eu-central-1": "euc1"}
TIME = "2026-11-02T09:00:00+00:00"

DEVELOPMENT, PRODUCTION, SHARED = "dev", "prod", "shared"  # the values of the tag `env`
TABLE, ACL, GROUP = "table", "acl", "group"  # what keeps development out of a production VPC
CONTIGUOUS, INTERLEAVED = "contiguous", "interleaved"
COMPANY = "10.0.0.0/8"
INTERFACES = 24  # of a VPC

_HALVES = {DEVELOPMENT: IPv4Network("10.0.0.0/9"), PRODUCTION: IPv4Network("10.128.0.0/9")}
_RUNS = 32  # at most so many ranges of one kind: a network ACL has 40 rules at most
_VPC = 20  # prefix length


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the command line says. `vpcs` is even; the shared VPC of each region comes on top."""

    vpcs: int
    plan: str
    seed: int
    mistakes: int = 0

    def random(self, part: str) -> Random:
        """The choices of one part, which do not change when another part does."""
        return Random(f"{self.seed} {part}")  # noqa: S311  to be repeatable, not to be secret

    def id(self, prefix: str, *names: object) -> str:
        """The id of the thing of these names."""
        return f"{prefix}-0{digest(f'{self.seed} {prefix} {names}', 16)}"


def digest(text: str, length: int) -> str:
    """Hexadecimal digits that belong to a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:length]


@dataclass(frozen=True)
class Addresses:
    """The plan: the block of each VPC, and the ranges that hold those of one environment.

    Contiguous: one half of 10.0.0.0/8 each. Interleaved: ranges of equal length in turns, each of several VPCs.
    """

    plan: str
    count: int  # VPCs of each environment

    @cached_property
    def run(self) -> int:
        """How many VPCs one interleaved range holds: a power of two."""
        size = 1
        while size * _RUNS < self.count:
            size *= 2
        return size

    def region(self, number: int) -> str:
        """The region of the VPC of this number in its environment."""
        return REGIONS[number // self.run % len(REGIONS)]

    def block(self, environment: str, number: int) -> IPv4Network:
        """The block of the VPC of this number."""
        if self.plan == INTERLEAVED:
            return _part(self._range(environment, number // self.run), _VPC, number % self.run)
        earlier = sum(self.region(i) == self.region(number) for i in range(number))
        return _part(self.ranges(environment, self.region(number))[0], _VPC, earlier)

    def ranges(self, environment: str, region: str = "") -> list[IPv4Network]:
        """The ranges of an environment, everywhere or in one region."""
        if environment == SHARED:
            return [shared_block(r) for r in REGIONS if region in ("", r)]
        if self.plan == INTERLEAVED:
            starts = range(0, self.count, self.run)
            return [self._range(environment, n // self.run) for n in starts if region in ("", self.region(n))]
        half = _HALVES[environment]
        return [_part(half, half.prefixlen + 1, REGIONS.index(region))] if region else [half]

    def _range(self, environment: str, number: int) -> IPv4Network:
        length = _VPC - self.run.bit_length() + 1
        return _part(IPv4Network(COMPANY), length, 2 * number + (environment == PRODUCTION))


def shared_block(region: str) -> IPv4Network:
    """The block of the shared VPC of a region."""
    return IPv4Network(f"172.{16 + REGIONS.index(region)}.0.0/{_VPC}")


def _part(network: IPv4Network, length: int, number: int) -> IPv4Network:
    """The block of this length and number in a network."""
    first = int(network.network_address) + number * (1 << (32 - length))
    return IPv4Network((first, length))
