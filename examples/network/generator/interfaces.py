"""The interfaces of each VPC, and the instances that some of them belong to."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

from generator.files import Files, Row, tags
from generator.groups import BASE, BILLING, DB, FUNCTIONS, ORDERS
from generator.groups import WEB as WEB_GROUP
from generator.mistakes import group_id
from generator.setting import HUB, INTERFACES, TIME, Setting, digest
from generator.vpcs import APP, DATA, WEB, Subnet, Vpc

DATABASES, WEBS, FUNCTION_COUNT = 6, 4, 2  # of each VPC; the rest are hosts of applications
_FIRST_PUBLIC = int(IPv4Address("52.208.0.0"))


@dataclass(frozen=True, slots=True)
class _Kind:
    """What an interface is for: its role, groups, and whether an instance has it."""

    role: str
    tier: str
    groups: tuple[str, ...]
    has_instance: bool = False


_DATABASE = _Kind("database", DATA, (DB,))
_FUNCTION = _Kind("function", APP, (FUNCTIONS,))
_WEB = _Kind("web", WEB, (WEB_GROUP, BASE), has_instance=True)
_APPLICATIONS = tuple(_Kind(name, APP, (name, BASE), has_instance=True) for name in (ORDERS, BILLING))
_TRANSIT = _Kind("transit", APP, ())


def put_interfaces(files: Files, setting: Setting, vpcs: list[Vpc]) -> None:
    """Interfaces and instances of every VPC."""
    for number, vpc in enumerate(vpcs):
        made = _Interfaces(setting, vpc, _FIRST_PUBLIC + number * WEBS)
        rows = list(made.rows())
        files.add(vpc.account, vpc.region, "describe-network-interfaces", *rows)
        files.add(vpc.account, vpc.region, "describe-instances", *map(_reservation, filter(_has_instance, rows)))


class _Interfaces:
    """The interfaces of one VPC: addresses are drawn from each subnet without repetition."""

    def __init__(self, setting: Setting, vpc: Vpc, first_public: int) -> None:
        self.setting, self.vpc, self.public = setting, vpc, iter(range(first_public, first_public + WEBS))
        self.random = setting.random(f"interfaces {vpc.name}")
        self.hosts = {s.id: iter(self.random.sample(range(4, 255), 120)) for s in vpc.subnets}

    def rows(self) -> Iterator[Row]:
        """Each interface as EC2 describes it."""
        counts: dict[str, int] = {}
        for kind in self._kinds():
            number = counts[kind.role] = counts.get(kind.role, 0) + 1
            subnets = self.vpc.of(kind.tier) or self.vpc.of(APP)
            yield self._row(kind, subnets[(number - 1) % len(subnets)], number)

    def _kinds(self) -> list[_Kind]:
        fixed = [_DATABASE] * DATABASES + [_WEB] * WEBS + [_FUNCTION] * FUNCTION_COUNT
        fixed += [_TRANSIT] * len(self.vpc.zones)  # the first ones of the tier, so one in each zone
        return fixed + [self.random.choice(_APPLICATIONS) for _ in range(INTERFACES - len(fixed))]

    def _row(self, kind: _Kind, subnet: Subnet, number: int) -> Row:
        vpc, name = self.vpc, f"{self.vpc.name}-{kind.role}-{number}"
        addresses = self._addresses(kind, subnet)
        is_managed = not kind.has_instance
        row: dict[str, Any] = {
            "Attachment": self._attachment(kind, name),
            "AvailabilityZone": vpc.region + subnet.zone,
            "Description": _description(kind, name, vpc),
            "Groups": [
                {"GroupName": f"{vpc.name}-{group}", "GroupId": group_id(self.setting, vpc, group)}
                for group in kind.groups
            ],
            "InterfaceType": {"transit": "transit_gateway", "function": "lambda"}.get(kind.role, "interface"),
            "Ipv6Addresses": [],
            "MacAddress": ":".join(["0a", *(digest(name, 10)[i : i + 2] for i in range(0, 10, 2))]),
            "NetworkInterfaceId": self.setting.id("eni", name),
            "OwnerId": vpc.account,
            "PrivateIpAddress": addresses[0]["PrivateIpAddress"],
            "PrivateIpAddresses": addresses,
            "RequesterManaged": is_managed,
            "SourceDestCheck": True,
            "Status": "in-use",
            "SubnetId": subnet.id,
            "TagSet": tags(Name=name, env=vpc.environment, role=kind.role),
            "VpcId": vpc.id,
        }
        if is_managed:
            row["RequesterId"] = {"database": "amazon-rds", "transit": HUB}.get(kind.role, "AROA0EXAMPLE:functions")
        if "Association" in addresses[0]:
            row["Association"] = addresses[0]["Association"]
        return row

    def _addresses(self, kind: _Kind, subnet: Subnet) -> list[Row]:
        """One address, or several where an application runs containers; a public one in a web subnet."""
        count = 4 if kind in _APPLICATIONS and self.random.random() < 0.1 else 1  # noqa: PLR2004  one in ten
        rows: list[Row] = [
            {"Primary": i == 0, "PrivateIpAddress": str(subnet.block.network_address + next(self.hosts[subnet.id]))}
            for i in range(count)
        ]
        if kind is _WEB and subnet.tier == WEB:
            rows[0]["Association"] = {"IpOwnerId": "amazon", "PublicIp": str(IPv4Address(next(self.public)))}
        return rows

    def _attachment(self, kind: _Kind, name: str) -> Row:
        row: Row = {
            "AttachTime": TIME,
            "AttachmentId": self.setting.id("eni-attach", name),
            "DeleteOnTermination": kind.has_instance,
            "DeviceIndex": 0 if kind.has_instance else 1,
            "InstanceOwnerId": self.vpc.account if kind.has_instance else "amazon-aws",
            "Status": "attached",
        }
        return row | ({"InstanceId": self.setting.id("i", name)} if kind.has_instance else {})


def _description(kind: _Kind, name: str, vpc: Vpc) -> str:
    return {
        "database": "RDSNetworkInterface",
        "function": f"AWS Lambda VPC ENI-{name}",
        "transit": f"Network Interface for Transit Gateway Attachment {vpc.attachment}",
    }.get(kind.role, "")


def _has_instance(row: Row) -> bool:
    return "InstanceId" in row["Attachment"]


def _reservation(interface: Row) -> Row:
    """A reservation of one instance, whose only interface this is."""
    attachment = interface["Attachment"]
    instance = {
        "InstanceId": attachment["InstanceId"],
        "InstanceType": "m7g.large",
        "State": {"Code": 16, "Name": "running"},
        "Placement": {"AvailabilityZone": interface["AvailabilityZone"], "Tenancy": "default"},
        "PrivateIpAddress": interface["PrivateIpAddress"],
        "SecurityGroups": interface["Groups"],
        "SourceDestCheck": True,
        "SubnetId": interface["SubnetId"],
        "Tags": interface["TagSet"],
        "VpcId": interface["VpcId"],
        "NetworkInterfaces": [{"NetworkInterfaceId": interface["NetworkInterfaceId"], "Status": "in-use"}],
    }
    reservation = attachment["InstanceId"].replace("i-", "r-")
    return {"ReservationId": reservation, "OwnerId": interface["OwnerId"], "Groups": [], "Instances": [instance]}
