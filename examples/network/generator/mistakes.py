"""Planted mistakes: one route, one entry of a network ACL or one rule of a group that lets development in."""

from collections.abc import Iterator
from dataclasses import dataclass

from generator.setting import ACL, DEVELOPMENT, GROUP, PRODUCTION, TABLE, Setting
from generator.vpcs import DATA, Vpc

POSTGRES = 5432


@dataclass(frozen=True, slots=True)
class Mistake:
    """What keeps development out of `vpc` fails to do so for `source`, a VPC of development."""

    vpc: Vpc
    source: Vpc


def make_mistakes(setting: Setting, vpcs: list[Vpc]) -> dict[str, Mistake]:
    """As many as asked for, by the id of the production VPC, the three kinds in turns. Raises ValueError."""
    random = setting.random("mistakes")
    sources = [v for v in vpcs if v.environment == DEVELOPMENT]
    production = [v for v in vpcs if v.environment == PRODUCTION]
    random.shuffle(production)
    if setting.mistakes > len(production):
        raise ValueError(f"{setting.mistakes} mistakes for {len(production)} production VPCs: at most one each")
    chosen = _in_turns({kind: [v for v in production if v.isolation == kind] for kind in (TABLE, ACL, GROUP)})
    return {v.id: Mistake(v, random.choice(sources)) for v, _ in zip(chosen, range(setting.mistakes), strict=False)}


def _in_turns(lists: dict[str, list[Vpc]]) -> Iterator[Vpc]:
    for i in range(max(map(len, lists.values()))):
        yield from (vpcs[i] for vpcs in lists.values() if i < len(vpcs))


def data_acl(setting: Setting, vpc: Vpc) -> str:
    """The id of the network ACL of the subnets with databases."""
    return setting.id("acl", vpc.name, DATA)


def group_id(setting: Setting, vpc: Vpc, name: str) -> str:
    """The id of a security group."""
    return setting.id("sg", vpc.name, name)


def transit_table(setting: Setting, region: str, name: str) -> str:
    """The id of a route table of the transit gateway of a region."""
    return setting.id("tgw-rtb", region, name)


def in_words(setting: Setting, mistake: Mistake) -> str:
    """Kind, id of the thing that is wrong, the production VPC, and what is wrong."""
    vpc, source = mistake.vpc, mistake.source
    where, what = {
        TABLE: (
            transit_table(setting, source.region, DEVELOPMENT),
            f"a route to {vpc.of(DATA)[0].block} for development in {source.region}",
        ),
        ACL: (data_acl(setting, vpc), f"entry 50 allows tcp {POSTGRES} from {source.block} ({source.name})"),
        GROUP: (group_id(setting, vpc, "db"), f"a rule allows tcp {POSTGRES} from {source.block} ({source.name})"),
    }[vpc.isolation]
    return f"{vpc.isolation:6} {where}  {vpc.name} {vpc.id}: {what}"
