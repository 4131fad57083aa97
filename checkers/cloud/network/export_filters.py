"""Security groups, network ACLs and prefix lists of a region, as raw answers have them."""

from collections.abc import Iterator
from itertools import pairwise

from checkers.cloud.network.header import ECHO, PROTOCOLS, WITH_PORTS, services
from checkers.cloud.network.model import AclRule, Block, GroupRule, NetworkAcl, SecurityGroup
from checkers.cloud.network.rows import Region, Row, listed
from checkers.cloud.snapshot import State
from checkers.kernel.intervals import EVERYTHING, NOTHING, IntervalSet
from checkers.verdict import Unreadable

READ = (
    "ec2/describe-security-groups",
    "ec2/describe-network-acls",
    "ec2/get-managed-prefix-list-entries",
)
GROUPS, ACLS, ENTRIES = READ
TERMINAL = 32767  # and 32768 for IPv6: the entries of a network ACL that cannot be changed
_NAMES = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmpv6"}
_MAX_PROTOCOL, _MAX_PORT, _MAX_TYPE = 255, 65535, 255


def protocol(row: Row, name: str) -> int | None:
    """The number of a protocol that is a name, a number or a number as text; -1 for all, None where unknown."""
    value = row.values.get(name)
    if not isinstance(value, str) and row.number(name) is None:
        raise Unreadable(f"{row.where}: {name} is {value!r}, not a protocol")
    text = str(value).lower()
    if text in PROTOCOLS:
        return PROTOCOLS[text]
    if text == "-1":
        return -1
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(_MAX_PROTOCOL))
    return int(text) if is_number and int(text) <= _MAX_PROTOCOL else None


def rule_services(number: int | None, low: int | None, high: int | None) -> IntervalSet | None:
    """The services of a rule, None where they are not understood. `low` and `high` are ports, or type and code."""
    if number is None:
        return None
    if number == -1:
        return EVERYTHING
    if number not in WITH_PORTS and number not in ECHO:
        return services(number)
    if low is None or high is None:
        return None
    return _icmp(number, low, high) if number in ECHO else _ports(number, low, high)


def _ports(number: int, low: int, high: int) -> IntervalSet | None:
    if low == high == -1:
        return services(number)
    return services(number, low, high) if 0 <= low <= high <= _MAX_PORT else None


def _icmp(number: int, kind: int, code: int) -> IntervalSet | None:
    """The API reference of IpPermission: -1 is every type, or every code of a type."""
    if kind == -1:
        return services(number)
    if not 0 <= kind <= _MAX_TYPE or not -1 <= code <= _MAX_TYPE:
        return None
    return services(number, 256 * kind + max(code, 0), 256 * kind + (_MAX_TYPE if code == -1 else code))


# Security groups.


def read_groups(region: Region) -> None:
    """Read the security groups of a region."""
    for row in region.rows(GROUPS, "SecurityGroups"):
        group = SecurityGroup(
            id=row.text("GroupId"),
            place=region.place(GROUPS),
            vpc=row.optional("VpcId"),
            name=row.optional("GroupName"),
            ingress=tuple(r for p in row.rows("IpPermissions") for r in _permission(p, "from", region)),
            egress=tuple(r for p in row.rows("IpPermissionsEgress") for r in _permission(p, "to", region)),
            tags=row.tags(),
        )
        region.add(region.export.groups, group, row.optional("OwnerId"))


def _permission(row: Row, word: str, region: Region) -> Iterator[GroupRule]:
    """The rules of a permission, one for each peer."""
    number, low, high = protocol(row, "IpProtocol"), row.number("FromPort"), row.number("ToPort")
    found = rule_services(number, low, high)
    start = f"{_label(row, number, low, high)} {word}"
    for ranges, name in (("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6")):
        for each in row.rows(ranges):
            text = each.text(name)
            yield GroupRule(f"{start} {text}", found, addresses=each.blocks([text]))
    for each in row.rows("PrefixListIds"):
        name = each.text("PrefixListId")
        yield GroupRule(f"{start} {name}", found, prefix_list=name)
    for each in row.rows("UserIdGroupPairs"):
        name = each.text("GroupId")
        if _is_stale(each, name, region):
            yield GroupRule(f"{start} {name} (stale)", found, addresses=NOTHING)
        else:
            yield GroupRule(f"{start} {name}", found, group=name)


def _is_stale(row: Row, name: str, region: Region) -> bool:
    """Whether a reference is to a group that is gone: by its peering, or since its owner does not list it.

    References work within one region (VPC peering guide, "Update your security groups to reference peer groups").
    """
    if row.optional("PeeringStatus", "active") not in ("active", ""):
        return True
    owner = row.optional("UserId")
    if region.snapshot.fact(_list_of(owner, region)).state is not State.VALUE:
        return False
    if region.name not in region.groups:
        facts = [region.snapshot.fact(_list_of(a.id, region)) for a in region.snapshot.accounts]
        rows = (r for f in facts if f.state is State.VALUE for r in listed(f, "SecurityGroups"))
        region.groups[region.name] = frozenset(r.text("GroupId") for r in rows)
    return name not in region.groups[region.name]


def _list_of(account: str, region: Region) -> str:
    return f"{account}/{region.name}/{GROUPS}.json"


def _label(row: Row, number: int | None, low: int | None, high: int | None) -> str:
    if number == -1:
        return "all"
    name = _NAMES.get(number, f"protocol {number}") if number is not None else str(row.values["IpProtocol"])
    if number in WITH_PORTS:
        if (low, high) in ((0, _MAX_PORT), (-1, -1)):
            return name
        return f"{name} {low}" if low == high else f"{name} {low}-{high}"
    if number in ECHO and low not in (None, -1):
        return f"{name} type {low}" if high in (None, -1) else f"{name} type {low} code {high}"
    return name


# Network ACLs.


def read_acls(region: Region) -> None:
    """Read the network ACLs of a region."""
    for row in region.rows(ACLS, "NetworkAcls"):
        entries = [(e.flag("Egress"), _entry(e)) for e in row.rows("Entries")]
        acl = NetworkAcl(
            id=row.text("NetworkAclId"),
            place=region.place(ACLS),
            vpc=row.text("VpcId"),
            is_default=row.flag("IsDefault", default=False),
            subnets=tuple(sorted({a.text("SubnetId") for a in row.rows("Associations")})),
            ingress=_sorted([rule for is_egress, rule in entries if not is_egress], row),
            egress=_sorted([rule for is_egress, rule in entries if is_egress], row),
        )
        region.add(region.export.acls, acl, row.optional("OwnerId"))


def _entry(row: Row) -> AclRule:
    rule, action = row.number("RuleNumber"), row.text("RuleAction").lower()
    blocks = [row.text(name) for name in ("CidrBlock", "Ipv6CidrBlock") if row.has(name)]
    if rule is None or action not in ("allow", "deny") or not blocks:
        raise Unreadable(f"{row.where}: an entry needs RuleNumber, RuleAction (allow or deny) and a CIDR block")
    if rule >= TERMINAL and action == "allow":
        raise Unreadable(f"{row.where}: rule {rule} is a terminal one and allows")
    number = protocol(row, "Protocol")
    ports, icmp = row.row("PortRange"), row.row("IcmpTypeCode")
    if number in ECHO:
        found = rule_services(number, icmp.number("Type"), icmp.number("Code"))
    else:
        found = rule_services(number, ports.number("From"), ports.number("To"))
    return AclRule(rule, action == "allow", found, row.blocks(blocks))


def _sorted(rules: list[AclRule], row: Row) -> tuple[AclRule, ...]:
    """The rules by number, and the terminal one: it denies everything."""
    own = sorted((r for r in rules if r.number < TERMINAL), key=lambda r: r.number)
    for one, other in pairwise(own):
        if one.number == other.number:
            raise Unreadable(f"{row.where}: rule {one.number} is listed twice")
    return (*own, AclRule(TERMINAL, allows=False, services=EVERYTHING, addresses=EVERYTHING))


# Prefix lists.


def read_prefix_lists(region: Region) -> None:
    """Read the entries of prefix lists; a list whose entries were not exported is not there."""
    folder = f"{region.folder}/{ENTRIES}/"
    for path in sorted(region.snapshot.under(folder)):
        name = path.removeprefix(folder).removesuffix(".json")
        row = region.part(ENTRIES, name)
        if row is None:
            continue
        entries = listed(region.fact(f"{ENTRIES}/{name}"), "Entries")
        found = tuple(sorted(row.entries([e.text("Cidr") for e in entries])))
        _add(region.export.prefix_lists, name, found, path)


def _add(lists: dict[str, tuple[Block, ...]], name: str, found: tuple[Block, ...], path: str) -> None:
    if lists.setdefault(name, found) != found:
        raise Unreadable(f"{path}: {name} has other entries in another account")


READERS = (read_groups, read_acls)
