"""Security groups, network ACLs and prefix lists of a region, as raw answers have them."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from checkers.cloud.network.header import ECHO, PROTOCOLS, V4, V6, WITH_PORTS, services
from checkers.cloud.network.model import AclRule, Block, GroupRule, NetworkAcl, SecurityGroup
from checkers.cloud.network.rows import Region, Row, listed
from checkers.cloud.snapshot import State
from checkers.cloud.unknowns import Unknown
from checkers.kernel.intervals import EVERYTHING, NOTHING, IntervalSet, join
from checkers.verdict import Unreadable

READ = (
    "ec2/describe-security-groups",
    "ec2/describe-network-acls",
    "ec2/get-managed-prefix-list-entries",
)
GROUPS, ACLS, ENTRIES = READ
TERMINAL = 32767  # and 32768 for IPv6: the entries of a network ACL that cannot be changed
_NAMES = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmpv6"}
_PORTS = ("FromPort", "ToPort")
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


class _Span(NamedTuple):
    """The ports of a rule, or its ICMP type and code, and which of them are not known before the apply."""

    low: int | None
    high: int | None
    unknown: tuple[Unknown, ...] = ()

    def services(self, number: int | None) -> IntervalSet | None:
        """As `rule_services`; the most that they may be where an end is not known."""
        if not self.unknown or number is None or number == -1:
            return rule_services(number, self.low, self.high)
        if (self.low, self.high).count(None) > len(self.unknown):  # one end is not there at all
            return rule_services(number, None, None)
        if number in ECHO:
            return rule_services(number, -1 if self.low is None else self.low, -1)
        if -1 in (self.low, self.high):
            return rule_services(number, -1, -1)
        return rule_services(number, self.low or 0, _MAX_PORT if self.high is None else self.high)


def _span(row: Row, names: tuple[str, str], region: Region) -> _Span:
    """The two ends of a rule. One that is not known is None there."""
    given = row.values.get(names[0]), row.values.get(names[1])
    if not isinstance(given[0], str) and not isinstance(given[1], str):
        return _Span(row.number(names[0]), row.number(names[1]))
    unknown = [region.unknown(value) if isinstance(value, str) else None for value in given]
    low, high = (None if one else row.number(name) for one, name in zip(unknown, names, strict=True))
    return _Span(low, high, tuple(one for one in unknown if one))


def _reasons(*unknown: Unknown | None) -> str:
    """What depends on values that are not known; empty where none is."""
    return "; ".join(dict.fromkeys(one.reason for one in unknown if one is not None))


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
    number, span = protocol(row, "IpProtocol"), _span(row, _PORTS, region)
    found, unknown = span.services(number), _reasons(*span.unknown) if span.unknown else ""
    start = f"{_label(row, number, span)} {word}"
    for ranges, name, family in (("IpRanges", "CidrIp", V4), ("Ipv6Ranges", "CidrIpv6", V6)):
        for each in row.rows(ranges):
            text = each.text(name)
            block = region.unknown(text)
            if block is None:
                yield GroupRule(f"{start} {text}", found, addresses=each.blocks([text]), unknown=unknown)
            else:
                both = _reasons(*span.unknown, block)
                yield GroupRule(f"{start} {text}", found, addresses=family, unknown=both)
    for each in row.rows("PrefixListIds"):
        name = each.text("PrefixListId")
        yield GroupRule(f"{start} {name}", found, prefix_list=name, unknown=unknown)
    for each in row.rows("UserIdGroupPairs"):
        name = each.text("GroupId")
        group = region.unknown(name)
        if group is not None:
            region.export.any_group[name] = group.reason
            yield GroupRule(f"{start} {name}", found, group=name, unknown=_reasons(*span.unknown, group))
        elif _is_stale(each, name, region):
            yield GroupRule(f"{start} {name} (stale)", found, addresses=NOTHING)
        else:
            yield GroupRule(f"{start} {name}", found, group=name, unknown=unknown)


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


def _label(row: Row, number: int | None, span: _Span) -> str:
    if number == -1:
        return "all"
    low, high = span.low, span.high
    name = _NAMES.get(number, f"protocol {number}") if number is not None else str(row.values["IpProtocol"])
    if span.unknown:
        return f"{name} {'-'.join(dict.fromkeys(str(row.values.get(end)) for end in _PORTS))}"
    if number in WITH_PORTS:
        if (low, high) in ((0, _MAX_PORT), (-1, -1)):
            return name
        return f"{name} {low}" if low == high else f"{name} {low}-{high}"
    if number in ECHO and low not in (None, -1):
        return f"{name} type {low}" if high in (None, -1) else f"{name} type {low} code {high}"
    return name


# Network ACLs.

_BLOCKS = {"CidrBlock": V4, "Ipv6CidrBlock": V6}


def read_acls(region: Region) -> None:
    """Read the network ACLs of a region."""
    for row in region.rows(ACLS, "NetworkAcls"):
        entries = [(e.flag("Egress"), _entry(e, region)) for e in row.rows("Entries")]
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


def _entry(row: Row, region: Region) -> AclRule:
    rule, action = row.number("RuleNumber"), row.text("RuleAction").lower()
    blocks = {name: row.text(name) for name in _BLOCKS if row.has(name)}
    if rule is None or action not in ("allow", "deny") or not blocks:
        raise Unreadable(f"{row.where}: an entry needs RuleNumber, RuleAction (allow or deny) and a CIDR block")
    if rule >= TERMINAL and action == "allow":
        raise Unreadable(f"{row.where}: rule {rule} is a terminal one and allows")
    number = protocol(row, "Protocol")
    member, ends = ("IcmpTypeCode", ("Type", "Code")) if number in ECHO else ("PortRange", ("From", "To"))
    span = _span(row.row(member), ends, region)
    unknown = {name: one for name, text in blocks.items() if (one := region.unknown(text)) is not None}
    if not unknown and not span.unknown:
        return AclRule(rule, action == "allow", span.services(number), row.blocks([*blocks.values()]))
    matched = row.blocks([text for name, text in blocks.items() if name not in unknown])
    for name in unknown:
        matched = join(matched, _BLOCKS[name])
    return AclRule(rule, action == "allow", span.services(number), matched, _reasons(*span.unknown, *unknown.values()))


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
