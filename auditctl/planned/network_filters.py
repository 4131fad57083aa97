"""Security groups, network ACLs and prefix lists as raw answers. Untrusted.

A network ACL of which a part is not known is one that no subnet is said to have.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from auditctl.planned.marks import after_apply
from auditctl.planned.network_bindings import Bound, bindings
from auditctl.planned.network_estate import NO_GROUP, Estate, made_with
from auditctl.planned.network_marks import EVERYWHERE, Row, is_block
from auditctl.planned.things import AclEntry, NetworkAcl, Number, PrefixList, Rule, SecurityGroup, Vpc

_PORTLESS = ("-1", "all")
_ICMP = ("1", "58", "icmp", "icmpv6", "icmp6")
_NUMBERS = {"tcp": "6", "udp": "17", "icmp": "1", "icmpv6": "58", "icmp6": "58", "all": "-1"}
_WITH_PORTS = ("6", "17")
_LAST = (32767, 32768)  # the terminal entries of a network ACL, of IPv4 and IPv6


# Security groups.


def write_groups(estate: Estate) -> None:
    """Write the security groups, the default one of each VPC too."""
    for thing in [*estate.groups.values()]:
        _write_group(estate, thing)
    having = {g.vpc for g in estate.groups.values() if g.is_default}
    for vpc in [v for v in estate.vpcs.values() if not v.exists and v.id not in having]:
        _write_group(estate, _default_group(estate, vpc))


def _default_group(estate: Estate, vpc: Vpc) -> SecurityGroup:
    """What AWS makes (Amazon VPC user guide, "Default security groups"): in from itself, out to everywhere.

    The rule for IPv6 is there where the VPC has such a block.
    """
    name = estate.default_group(vpc.id)
    places = EVERYWHERE if any(estate.is_v6(b) for b in vpc.blocks) else EVERYWHERE[:1]
    every = Rule(protocol="-1", low=None, high=None, blocks=places, origin=vpc.origin)
    itself = replace(every, blocks=(), groups=(name,))
    return SecurityGroup(**made_with(vpc), id=name, vpc=vpc.id, name="default", ingress=(itself,), egress=(every,))


def _write_group(estate: Estate, thing: SecurityGroup) -> None:
    vpc = estate.vpc_of(thing, thing.vpc)
    ingress, egress = ([_written(estate, r) for r in rules] for rules in (thing.ingress, thing.egress))
    row = {
        "GroupId": thing.id,
        "GroupName": estate.known("", thing.name),
        "OwnerId": thing.account,
        "VpcId": vpc,
        "IpPermissions": [_permission(estate, r) for r in ingress],
        "IpPermissionsEgress": [_permission(estate, r) for r in egress],
        "Tags": estate.tags(thing.tags),
    }
    path, within = estate.add(thing, "ec2/describe-security-groups", "SecurityGroups", row, thing.id)
    for member, rules in (("IpPermissions", ingress), ("IpPermissionsEgress", egress)):
        for i, rule in enumerate(rules):
            estate.draft.came_from(rule.origin, path=path, within=f"{within}.{member}[{i}]")


def _written(estate: Estate, rule: Rule) -> Rule:
    """A rule as it can be written: a protocol that is not known is one that nobody understands, so that it may be any.

    So are the ports of a rule for ICMP of which one is not known.
    """
    is_unknown = rule.protocol in _ICMP and estate.unknown(rule.low, rule.high)
    protocol = "icmp-" + rule.protocol if is_unknown else estate.known("", rule.protocol)
    ports = [p if estate.kind(str(p)) == "number" or not estate.unknown(p) else None for p in (rule.low, rule.high)]
    has_peers = rule.blocks or rule.groups or rule.prefix_lists
    return replace(
        rule,
        protocol=protocol,
        low=ports[0],
        high=ports[1],
        blocks=tuple(estate.block(b, rule.origin) for b in rule.blocks) if has_peers else EVERYWHERE,
        groups=tuple(estate.whole(g, "text", NO_GROUP) for g in rule.groups),
        prefix_lists=tuple(estate.known("pl-", p) for p in rule.prefix_lists),
    )


def _permission(estate: Estate, rule: Rule) -> Row:
    row: Row = {
        "IpProtocol": "-1" if rule.protocol in _PORTLESS else rule.protocol,
        "IpRanges": [{"CidrIp": b} for b in rule.blocks if not estate.is_v6(b)],
        "Ipv6Ranges": [{"CidrIpv6": b} for b in rule.blocks if estate.is_v6(b)],
        "PrefixListIds": [{"PrefixListId": p} for p in rule.prefix_lists],
        "UserIdGroupPairs": [_pair(estate, g) for g in rule.groups],
    }
    if rule.protocol not in _PORTLESS:
        low, high = _ends(rule.protocol, rule.low, rule.high)
        row |= {"FromPort": low, "ToPort": high} if low is not None else {}
    return row


def _pair(estate: Estate, name: str) -> Row:
    """A reference to a group; with an owner only where it is planned: the lists of a plan lack what exists already."""
    name = estate.group(name)
    owner = estate.owners.get(name, "")
    return {"GroupId": name, **({"UserId": owner} if owner else {})}


def _ends(protocol: str, low: Number | None, high: Number | None) -> tuple[Number | None, Number | None]:
    """Both ends of a rule's ports, or type and code; everything where they are not written."""
    if protocol in _ICMP:
        return (-1 if low is None else low), (-1 if high is None else high)
    if low is None and high is None:
        return (0, 65535) if _NUMBERS.get(protocol, protocol) in _WITH_PORTS else (None, None)
    return (low, low if high is None else high) if low is not None else (high, high)


# Network ACLs.


def write_acls(estate: Estate) -> None:
    """Write the network ACLs, the default one of each VPC too. One that is not known as a whole has no entries."""
    things = [t for t in estate.things if isinstance(t, NetworkAcl)]
    having = {t.vpc for t in things if t.is_default}
    things += [_default_acl(estate, v) for v in estate.vpcs.values() if not v.exists and v.id not in having]
    unreadable = {t.id: a for t in things for e in t.entries if (a := _unknown_entry(estate, e))}
    bound = bindings(estate, things, unreadable)
    for thing in things:
        if attribute := unreadable.get(thing.id):
            estate.leave_unknown(thing, estate.vpc_of(thing, thing.vpc), attribute)
        _write_acl(estate, thing, bound[thing.id], () if thing.id in unreadable else thing.entries)


def _default_acl(estate: Estate, vpc: Vpc) -> NetworkAcl:
    """What AWS makes (Amazon VPC user guide, "Default network ACL for a VPC"): everything in and out.

    The entries for IPv6 are there where the VPC has such a block.
    """
    blocks = EVERYWHERE if any(estate.is_v6(b) for b in vpc.blocks) else EVERYWHERE[:1]
    entries = tuple(
        AclEntry(
            number=100 + i,
            is_egress=is_egress,
            action="allow",
            protocol="-1",
            low=None,
            high=None,
            block=block,
            origin=vpc.origin,
        )
        for is_egress in (True, False)
        for i, block in enumerate(blocks)
    )
    name = estate.name("acl-", vpc, "default_network_acl_id")
    return NetworkAcl(**made_with(vpc), id=name, vpc=vpc.id, entries=entries, is_default=True)


def _write_acl(estate: Estate, thing: NetworkAcl, own: Bound, entries: Sequence[AclEntry]) -> None:
    row = {
        "NetworkAclId": thing.id,
        "VpcId": estate.vpc_of(thing, thing.vpc),
        "OwnerId": thing.account,
        "IsDefault": own.is_rest,
        "Associations": [{"NetworkAclId": thing.id, "SubnetId": s} for s in own.subnets],
        "Entries": [*(_entry(estate, e) for e in entries), *_terminal()],
        "Tags": estate.tags(thing.tags),
    }
    path, within = estate.add(thing, "ec2/describe-network-acls", "NetworkAcls", row, thing.id)
    for i, entry in enumerate(entries):
        estate.draft.came_from(entry.origin, path=path, within=f"{within}.Entries[{i}]")


def _unknown_entry(estate: Estate, entry: AclEntry) -> str:
    """The attribute by which an entry cannot be written."""
    block = "" if estate.kind(entry.block) == "block" else entry.block
    if block and not estate.unknown(block) and not is_block(block):
        return f"what {block!r} stands for"
    has_ports = _NUMBERS.get(entry.protocol, entry.protocol) in _WITH_PORTS
    ports = (p for p in (entry.low, entry.high) if not has_ports or estate.kind(str(p)) != "number")
    return estate.unknown(entry.number, entry.action, entry.protocol, block, *ports)


def _entry(estate: Estate, entry: AclEntry) -> Row:
    protocol = _NUMBERS.get(entry.protocol, entry.protocol)
    row: Row = {
        "Egress": entry.is_egress,
        "Protocol": protocol,
        "RuleAction": entry.action,
        "RuleNumber": entry.number,
        "Ipv6CidrBlock" if estate.is_v6(entry.block) else "CidrBlock": entry.block,
    }
    low, high = _ends(protocol, entry.low, entry.high)
    if protocol in _ICMP:
        row["IcmpTypeCode"] = {"Type": low, "Code": high}
    elif protocol in _WITH_PORTS:
        row["PortRange"] = {"From": low, "To": high}
    return row


def _terminal() -> Iterator[Row]:
    """The entries that nobody can take away: they deny."""
    for is_egress in (True, False):
        for number, block in zip(_LAST, EVERYWHERE, strict=True):
            entry = {"Egress": is_egress, "Protocol": "-1", "RuleAction": "deny", "RuleNumber": number}
            yield {**entry, "Ipv6CidrBlock" if ":" in block else "CidrBlock": block}


# Prefix lists.


def write_prefix_lists(estate: Estate) -> None:
    """Write the prefix lists with their entries. One with an entry that is not known is a list that is not known."""
    for thing in estate.things:
        if not isinstance(thing, PrefixList):
            continue
        row: Mapping[str, object] = {"PrefixListId": thing.id, "PrefixListName": estate.known("", thing.name)}
        estate.add(thing, "ec2/describe-managed-prefix-lists", "PrefixLists", dict(row), thing.id)
        operation = "ec2/get-managed-prefix-list-entries"
        if attribute := estate.unknown(*thing.entries):
            message = after_apply(attribute)
            estate.draft.fail(thing.account, thing.region, operation, thing.id, "KnownAfterApply", message)
            continue
        entries = {"Entries": [{"Cidr": entry} for entry in thing.entries]}
        path = estate.draft.put(thing.account, thing.region, operation, thing.id, entries)
        estate.draft.came_from(thing.origin, path=path)
