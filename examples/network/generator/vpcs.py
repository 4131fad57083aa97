"""The VPCs: where each is, what keeps development out of it, and its subnets."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Network

from generator.files import Files, tags
from generator.setting import (
    ACCOUNTS,
    ACL,
    DEVELOPMENT,
    GROUP,
    HUB,
    PRODUCTION,
    REGIONS,
    SHARED,
    TABLE,
    ZONE_IDS,
    Addresses,
    Setting,
    shared_block,
)

WEB, APP, DATA = "web", "app", "data"  # tiers
# The zones of each tier. Every zone of a VPC has a subnet of applications, which the transit gateway uses too.
_SHAPES = (
    {APP: "ab", DATA: "ab"},
    {APP: "abc", DATA: "ab"},
    {APP: "abc", DATA: "abc"},
    {WEB: "ab", APP: "ab", DATA: "ab"},
)
_NAMES = {DEVELOPMENT: "development", PRODUCTION: "production", SHARED: "shared"}


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet, in the tier and zone (a, b or c) that it is for."""

    id: str
    tier: str
    zone: str
    block: IPv4Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Vpc:
    """A VPC. `isolation` is what keeps development out: of a production VPC one of three, of others empty."""

    id: str
    name: str
    account: str
    region: str
    environment: str
    isolation: str
    block: IPv4Network
    attachment: str
    subnets: tuple[Subnet, ...]

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones that it uses."""
        return tuple(s.zone for s in self.of(APP))

    def of(self, *tiers: str) -> list[Subnet]:
        """The subnets of some tiers."""
        return [s for s in self.subnets if s.tier in tiers]


def make_vpcs(setting: Setting, addresses: Addresses) -> list[Vpc]:
    """The shared VPC of each region, and as many of development as of production."""
    found = [
        _vpc(setting, SHARED, i, account=HUB, region=region, block=shared_block(region))
        for i, region in enumerate(REGIONS)
    ]
    isolations = _isolations(setting, addresses.count)
    for environment in (DEVELOPMENT, PRODUCTION):
        accounts = [a for a, name in ACCOUNTS.items() if name.startswith(_NAMES[environment])]
        for i in range(addresses.count):
            place = {"account": accounts[i // 2 % 2], "region": addresses.region(i)}
            vpc = _vpc(setting, environment, i, **place, block=addresses.block(environment, i))
            found.append(replace(vpc, isolation=isolations[i]) if environment == PRODUCTION else vpc)
    return found


def _isolations(setting: Setting, count: int) -> list[str]:
    """Each of the three as often as the others, in some order."""
    found = [(TABLE, ACL, GROUP)[i % 3] for i in range(count)]
    setting.random("isolations").shuffle(found)
    return found


def _vpc(setting: Setting, environment: str, number: int, *, account: str, region: str, block: IPv4Network) -> Vpc:
    """A VPC that nothing isolates."""
    name = f"{_NAMES[environment]}-{number + 1:03d}"
    shape = setting.random(f"shape {name}").choice(_SHAPES)
    parts = block.subnets(new_prefix=24)
    subnets = tuple(
        Subnet(setting.id("subnet", name, tier, zone), tier, zone, next(parts))
        for tier, zones in shape.items()
        for zone in zones
    )
    return Vpc(
        id=setting.id("vpc", name),
        name=name,
        account=account,
        region=region,
        environment=environment,
        isolation="",
        block=block,
        attachment=setting.id("tgw-attach", name),
        subnets=subnets,
    )


def put_vpcs(files: Files, vpcs: list[Vpc]) -> None:
    """The VPCs and their subnets."""
    for vpc in vpcs:
        files.add(vpc.account, vpc.region, "describe-vpcs", _vpc_row(vpc))
        files.add(vpc.account, vpc.region, "describe-subnets", *_subnet_rows(vpc))


def _vpc_row(vpc: Vpc) -> dict[str, object]:
    block = {
        "AssociationId": vpc.id.replace("vpc-", "vpc-cidr-assoc-"),
        "CidrBlock": str(vpc.block),
        "CidrBlockState": {"State": "associated"},
    }
    return {
        "OwnerId": vpc.account,
        "InstanceTenancy": "default",
        "CidrBlockAssociationSet": [block],
        "IsDefault": False,
        "Tags": tags(Name=vpc.name, env=vpc.environment),
        "VpcId": vpc.id,
        "State": "available",
        "CidrBlock": str(vpc.block),
        "DhcpOptionsId": vpc.id.replace("vpc-", "dopt-"),
    }


def _subnet_rows(vpc: Vpc) -> Iterator[dict[str, object]]:
    for subnet in vpc.subnets:
        yield {
            "AvailabilityZoneId": f"{ZONE_IDS[vpc.region]}-az{1 + 'abc'.index(subnet.zone)}",
            "MapCustomerOwnedIpOnLaunch": False,
            "OwnerId": vpc.account,
            "AssignIpv6AddressOnCreation": False,
            "Ipv6CidrBlockAssociationSet": [],
            "Tags": tags(Name=f"{vpc.name}-{subnet.tier}-{subnet.zone}", env=vpc.environment, tier=subnet.tier),
            "SubnetArn": f"arn:aws:ec2:{vpc.region}:{vpc.account}:subnet/{subnet.id}",
            "EnableDns64": False,
            "Ipv6Native": False,
            "SubnetId": subnet.id,
            "State": "available",
            "VpcId": vpc.id,
            "CidrBlock": str(subnet.block),
            "AvailableIpAddressCount": 230,
            "AvailabilityZone": vpc.region + subnet.zone,
            "DefaultForAz": False,
            "MapPublicIpOnLaunch": subnet.tier == WEB,
        }
