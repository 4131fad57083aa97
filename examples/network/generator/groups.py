"""Security groups: web, two kinds of application, databases, what every host has; and the prefix list of production."""

from generator.files import Files, Row, tags
from generator.mistakes import POSTGRES, Mistake, group_id
from generator.setting import ACCOUNTS, COMPANY, GROUP, HUB, INTERLEAVED, PRODUCTION, REGIONS, Addresses, Setting
from generator.vpcs import Vpc

WEB, ORDERS, BILLING, DB, BASE, FUNCTIONS = "web", "orders", "billing", "db", "base", "functions"
_ANYWHERE = "0.0.0.0/0"


def put_groups(
    files: Files, setting: Setting, addresses: Addresses, vpcs: list[Vpc], mistakes: dict[str, Mistake]
) -> None:
    """The groups of every VPC, and the prefix lists that some of them refer to."""
    _put_prefix_lists(files, setting, addresses)
    for vpc in vpcs:
        rows = _Rules(setting, addresses, vpc, mistakes.get(vpc.id)).rows()
        files.add(vpc.account, vpc.region, "describe-security-groups", *rows)


class _Rules:
    """The groups of one VPC."""

    def __init__(self, setting: Setting, addresses: Addresses, vpc: Vpc, mistake: Mistake | None) -> None:
        self.setting, self.addresses, self.vpc, self.mistake = setting, addresses, vpc, mistake

    def rows(self) -> list[Row]:
        """Each group as EC2 describes it."""
        everything = [_rule("-1", cidrs=[_ANYWHERE])]
        shared = [str(block) for block in self.addresses.ranges("shared")]
        hosts = [
            _rule("tcp", 22, 22, cidrs=shared),
            _rule("tcp", 9100, 9100, cidrs=shared),
            _rule("icmp", 8, -1, cidrs=[COMPANY]),
        ]
        web = [_rule("tcp", 443, 443, cidrs=[_ANYWHERE]), _rule("tcp", 80, 80, cidrs=[_ANYWHERE])]
        to_applications = [_rule("tcp", 8080, 8089, groups=[self._id(ORDERS), self._id(BILLING)])]
        from_web = _rule("tcp", 8080, 8089, groups=[self._id(WEB)])
        mutual = _rule("tcp", 8080, 8089, groups=[self._id(ORDERS), self._id(BILLING)])
        return [
            self._row("default", [_rule("-1", groups=[self._id("default")])], everything),
            self._row(WEB, web, [*to_applications, _rule("tcp", 443, 443, cidrs=[_ANYWHERE])]),
            self._row(ORDERS, [from_web, mutual], everything),
            self._row(BILLING, [mutual], everything),
            self._row(DB, self._database(), []),
            self._row(BASE, hosts, [_rule("udp", 53, 53, cidrs=shared), _rule("tcp", 443, 443, cidrs=[_ANYWHERE])]),
            self._row(FUNCTIONS, [], everything),
        ]

    def _database(self) -> list[Row]:
        """From the applications beside it, and from the company, or from production only."""
        applications = [self._id(ORDERS), self._id(BILLING), self._id(FUNCTIONS)]
        rules = [_rule("tcp", POSTGRES, POSTGRES, groups=applications)]
        if self.vpc.isolation != GROUP:
            return [*rules, _rule("tcp", POSTGRES, POSTGRES, cidrs=[COMPANY])]
        rules.append(self._production())
        if self.mistake is not None:
            rules.append(_rule("tcp", POSTGRES, POSTGRES, cidrs=[str(self.mistake.source.block)]))
        return rules

    def _production(self) -> Row:
        kind = self.setting.random(f"database {self.vpc.name}").choice(("list", "ranges", "none"))
        if kind == "list":
            return _rule("tcp", POSTGRES, POSTGRES, lists=[prefix_list(self.setting, self.vpc.region)])
        ranges = [str(r) for r in self.addresses.ranges(PRODUCTION)] if kind == "ranges" else []
        return _rule("tcp", POSTGRES, POSTGRES, cidrs=ranges or [str(self.vpc.block)])

    def _id(self, name: str) -> str:
        return group_id(self.setting, self.vpc, name)

    def _row(self, name: str, ingress: list[Row], egress: list[Row]) -> Row:
        vpc, group = self.vpc, self._id(name)
        for rule in (*ingress, *egress):
            rule["UserIdGroupPairs"] = [{"UserId": vpc.account, **pair} for pair in rule["UserIdGroupPairs"]]
        return {
            "GroupId": group,
            "IpPermissionsEgress": egress,
            "Tags": tags(Name=f"{vpc.name}-{name}"),
            "VpcId": vpc.id,
            "SecurityGroupArn": f"arn:aws:ec2:{vpc.region}:{vpc.account}:security-group/{group}",
            "OwnerId": vpc.account,
            "GroupName": name if name == "default" else f"{vpc.name}-{name}",
            "Description": "default VPC security group" if name == "default" else f"{name} of {vpc.name}",
            "IpPermissions": ingress,
        }


def _rule(
    protocol: str,
    low: int | None = None,
    high: int | None = None,
    *,
    cidrs: list[str] | None = None,
    groups: list[str] | None = None,
    lists: list[str] | None = None,
) -> Row:
    ports = {} if low is None else {"FromPort": low, "ToPort": high}
    return {
        "IpProtocol": protocol,
        **ports,
        "UserIdGroupPairs": [{"GroupId": group} for group in groups or []],
        "IpRanges": [{"CidrIp": cidr} for cidr in cidrs or []],
        "Ipv6Ranges": [],
        "PrefixListIds": [{"PrefixListId": one} for one in lists or []],
    }


def prefix_list(setting: Setting, region: str) -> str:
    """The id of the list of production's ranges in a region."""
    return setting.id("pl", region)


def _put_prefix_lists(files: Files, setting: Setting, addresses: Addresses) -> None:
    """One for each region, which the hub shares with every account."""
    ranges = addresses.ranges(PRODUCTION)
    entries = [{"Cidr": str(r), "Description": "production"} for r in ranges]
    for region in REGIONS:
        one = prefix_list(setting, region)
        row = {
            "PrefixListId": one,
            "AddressFamily": "IPv4",
            "State": "create-complete",
            "PrefixListArn": f"arn:aws:ec2:{region}:{HUB}:prefix-list/{one}",
            "PrefixListName": f"{setting.plan}-production",
            "MaxEntries": 40 if setting.plan == INTERLEAVED else 5,
            "Version": 1,
            "Tags": [],
            "OwnerId": HUB,
        }
        for account in ACCOUNTS:
            files.add(account, region, "describe-managed-prefix-lists", row)
            files.put(account, region, f"ec2/get-managed-prefix-list-entries/{one}", {"Entries": entries})
