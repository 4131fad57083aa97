"""Security groups and network ACLs of a template. Untrusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditctl.planned.cloudformation.nodes import wrong
from auditctl.planned.things import AclEntry, NetworkAcl, Rule, SecurityGroup

if TYPE_CHECKING:
    from auditctl.planned.cloudformation.estate import Estate, Row
    from auditctl.planned.cloudformation.fields import Field

_GROUP, _INGRESS, _EGRESS = "AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"
_ACL, _ENTRY = "AWS::EC2::NetworkAcl", "AWS::EC2::NetworkAclEntry"
_ASSOCIATION = "AWS::EC2::SubnetNetworkAclAssociation"
READ = frozenset({_GROUP, _INGRESS, _EGRESS, _ACL, _ENTRY, _ASSOCIATION})
_EVERYWHERE = ("0.0.0.0/0", "::/0")
_ICMP = frozenset({"1", "58", "icmp", "icmpv6"})
_OF_TEMPLATE = "which the template does not make"


def add_filters(estate: Estate) -> None:
    """Add security groups and network ACLs."""
    ingress, egress = (_apart(estate, type_) for type_ in (_INGRESS, _EGRESS))
    groups = {row.attribute("GroupId") for row in estate.of(_GROUP)}
    estate.each(lambda row: _group(row, ingress, egress), _GROUP)
    for found in (ingress, egress):
        for name in found.keys() - groups:
            for row, _ in found[name]:
                estate.leave(row, f"it is of the security group {name}, {_OF_TEMPLATE}")
    _add_acls(estate)


# Security groups.

_Apart = dict[str, list["tuple[Row, Rule]"]]


def _apart(estate: Estate, type_: str) -> _Apart:
    """The rules that are resources of their own, by the id of their group."""
    found: _Apart = {}

    def read(row: Row) -> None:
        group = row.get("GroupId") if row.get("GroupId").is_there else row.get("GroupName")
        rule = _rule(_Whole(row), is_egress=type_ == _EGRESS)
        found.setdefault(group.id("sg-"), []).append((row, rule))

    for row in estate.of(type_):
        estate.attempt(row, read)
    return found


class _Whole:
    """A resource where an entry of a list may stand."""

    def __init__(self, row: Row) -> None:
        self.get = row.get
        self.origin = row.origin
        self.at = row.resource.at


def _group(row: Row, ingress: _Apart, egress: _Apart) -> SecurityGroup:
    """A security group.

    Without rules for what goes out, AWS adds those that let everything out (template reference,
    AWS::EC2::SecurityGroup). Whether it does where such rules are resources of their own, it does not say.
    """
    name = row.attribute("GroupId")
    written = [_rule(one, is_egress=True) for one in row.get("SecurityGroupEgress").items()]
    apart = [rule for _, rule in egress.get(name, ())]
    added = [] if written else [_default(row, is_sure=not apart)]
    return SecurityGroup(
        **row.common,
        id=name,
        vpc=row.get("VpcId").id("vpc-"),
        name=row.get("GroupName").any_text() or row.made("GroupName"),
        ingress=(
            *(_rule(one, is_egress=False) for one in row.get("SecurityGroupIngress").items()),
            *(rule for _, rule in ingress.get(name, ())),
        ),
        egress=(*written, *apart, *added),
    )


def _default(row: Row, *, is_sure: bool) -> Rule:
    """The rule for everything that goes out; where it is not sure, to a block that may be any."""
    blocks: tuple[str, ...] = _EVERYWHERE
    if not is_sure:
        why = f"whether {row.id} keeps the default egress rule"
        parts = zip(("IPv4", "IPv6"), _EVERYWHERE, strict=True)
        unknown = (
            row.evaluator.unknown(f"{row.id}.default egress {v}", "block", row.resource.at, why, b) for v, b in parts
        )
        blocks = tuple(value.text for value in unknown)
    return Rule(protocol="-1", low=None, high=None, blocks=blocks, origin=row.origin)


def _rule(one: Field | _Whole, *, is_egress: bool) -> Rule:
    """A rule, which has one peer."""
    side = "Destination" if is_egress else "Source"
    protocol = one.get("IpProtocol").any_text()
    if not protocol:
        raise wrong("IpProtocol is not there, expected a protocol of the rule", one.at)
    blocks = (one.get("CidrIp").block(), one.get("CidrIpv6").block(is_v6=True))
    group = one.get(f"{side}SecurityGroupId").id("sg-") or one.get("SourceSecurityGroupName").id("sg-")
    prefix_list = one.get(f"{side}PrefixListId").id("pl-")
    return Rule(
        protocol=protocol,
        low=one.get("FromPort").number(),
        high=one.get("ToPort").number(),
        blocks=tuple(b for b in blocks if b),
        groups=(group,) if group else (),
        prefix_lists=(prefix_list,) if prefix_list else (),
        origin=one.origin,
    )


# Network ACLs.


def _add_acls(estate: Estate) -> None:
    entries: dict[str, list[tuple[Row, AclEntry]]] = {}
    subnets: dict[str, list[str]] = {}

    def entry(row: Row) -> None:
        entries.setdefault(row.get("NetworkAclId").there().id("acl-"), []).append((row, _entry(row)))

    def bound(row: Row) -> None:
        subnets.setdefault(row.get("NetworkAclId").there().id("acl-"), []).append(
            row.get("SubnetId").there().id("subnet-")
        )

    for type_, read in ((_ENTRY, entry), (_ASSOCIATION, bound)):
        for row in estate.of(type_):
            estate.attempt(row, read)
    acls = {row.attribute() for row in estate.of(_ACL)}
    estate.each(lambda row: _acl(row, entries, subnets), _ACL)
    for row in estate.of(_ENTRY, _ASSOCIATION):
        name = estate.attempt(row, lambda r: r.get("NetworkAclId").there().id("acl-"))
        if name is not None and name not in acls:
            estate.leave(row, f"it is of the network ACL {name}, {_OF_TEMPLATE}")


def _acl(row: Row, entries: dict[str, list[tuple[Row, AclEntry]]], subnets: dict[str, list[str]]) -> NetworkAcl:
    name = row.attribute()
    return NetworkAcl(
        **row.common,
        id=name,
        vpc=row.get("VpcId").there().id("vpc-"),
        entries=tuple(entry for _, entry in entries.get(name, ())),
        subnets=tuple(subnets.get(name, ())),
    )


def _entry(row: Row) -> AclEntry:
    protocol = row.get("Protocol").text("-1")
    ports = row.get("Icmp") if protocol in _ICMP else row.get("PortRange")
    low, high = ("Type", "Code") if protocol in _ICMP else ("From", "To")
    v6 = row.get("Ipv6CidrBlock")
    block = v6.block(is_v6=True) if v6.is_there else row.get("CidrBlock").there().block()
    return AclEntry(
        number=row.get("RuleNumber").there().number() or 0,
        is_egress=row.get("Egress").flag(default=False),
        action=_action(row.get("RuleAction")),
        protocol=protocol,
        low=ports.get(low).number(),
        high=ports.get(high).number(),
        block=block,
        origin=row.origin,
    )


def _action(field: Field) -> str:
    found = field.required()
    if found not in {"allow", "deny"}:
        raise wrong(f"{field.label} is {field.shown()}, expected `allow` or `deny`", field.resource.at)
    return found
