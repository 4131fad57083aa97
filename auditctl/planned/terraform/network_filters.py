"""Security groups, network ACLs and prefix lists from a plan. Untrusted.

Registry documentation of aws_security_group: the provider takes away the rule that lets everything out, so that a group
has the rules that are written and no others.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from auditctl.planned.terraform.network_values import (
    Placed,
    Values,
    by_id,
    grouped,
    is_open,
    number,
    numbered,
    open_list,
    placed,
    rows,
    text,
    texts,
)
from auditctl.planned.terraform.network_vpcs import coming_with, of_others
from auditctl.planned.things import (
    AclEntry,
    NetworkAcl,
    Number,
    PrefixList,
    Rule,
    SecurityGroup,
    Thing,
)

if TYPE_CHECKING:
    from auditctl.planned.terraform.plan import Plan, Resource

READ = frozenset({
    "aws_default_network_acl",
    "aws_default_security_group",
    "aws_ec2_managed_prefix_list",
    "aws_ec2_managed_prefix_list_entry",
    "aws_network_acl",
    "aws_network_acl_association",
    "aws_network_acl_rule",
    "aws_security_group",
    "aws_security_group_rule",
    "aws_vpc_security_group_egress_rule",
    "aws_vpc_security_group_ingress_rule",
})
_DIRECTIONS = ("ingress", "egress")
_EVERYTHING = ("-1", "all")
_OPEN = "0.0.0.0/0"


# Security groups.


def groups(plan: "Plan") -> Iterator[Thing]:
    """The security groups with the rules that are written apart from them.

    A rule of a group that is not known may be in any: each gets one that nobody understands.
    """
    apart = _apart(plan)
    defaults = coming_with(plan, "default_security_group_id")
    written = by_id(plan, "aws_security_group", "aws_default_security_group")
    _spread(apart, (*written, *defaults))
    for name, resource in written.items():
        is_default = resource.type == "aws_default_security_group"
        vpc = text(resource.values, "vpc_id")
        if is_default and not vpc and name in defaults:
            vpc = text(defaults[name].values, "id")
        more = apart.pop(name, {})
        yield SecurityGroup(
            **placed(plan, resource),
            id=name,
            vpc=vpc,
            name="default" if is_default else text(resource.values, "name"),
            ingress=(*_inline(plan, resource, "ingress"), *more.get("ingress", ())),
            egress=(*_inline(plan, resource, "egress"), *more.get("egress", ())),
            is_default=is_default,
        )
    for name in [n for n in apart if n in defaults]:
        yield _default_group(plan, name, defaults[name], apart[name])


def _spread(apart: dict[str, dict[str, list[Rule]]], names: Iterable[str]) -> None:
    """Put what is of a group that is not known into all of them, and what is of an unknown direction into both."""
    strays = {direction: rules for g in [g for g in apart if is_open(g)] for direction, rules in apart.pop(g).items()}
    for name in names if strays else ():
        for direction, rules in strays.items():
            apart.setdefault(name, {}).setdefault(direction, []).extend(rules)
    for found in apart.values():
        for direction in [d for d in found if d not in _DIRECTIONS]:
            rules = found.pop(direction)
            for each in _DIRECTIONS:
                found.setdefault(each, []).extend(rules)


def _inline(plan: "Plan", resource: "Resource", direction: str) -> Iterator[Rule]:
    if whole := open_list(resource.values, direction):
        yield Rule(protocol=whole, low=None, high=None, origin=plan.origin(resource, direction))
    own = text(resource.values, "id")
    for place, values in numbered(resource.values, direction):
        yield _rule(plan, resource, values, place, (*texts(values, "security_groups"), *_self(values, own)))


def _self(values: Values, own: str) -> tuple[str, ...]:
    """The group itself where a rule says so; the marker where it is not known whether it does."""
    found = values.get("self")
    return (own,) if found is True else (found,) if isinstance(found, str) and found else ()


def _rule(plan: "Plan", resource: "Resource", values: Values, place: str, peers: tuple[str, ...]) -> Rule:
    protocol = text(values, "protocol", "-1").lower()
    is_all = protocol in _EVERYTHING
    return Rule(
        protocol="-1" if is_all else protocol,
        low=None if is_all else number(values, "from_port"),
        high=None if is_all else number(values, "to_port"),
        blocks=(*texts(values, "cidr_blocks"), *texts(values, "ipv6_cidr_blocks")),
        groups=peers,
        prefix_lists=texts(values, "prefix_list_ids"),
        origin=plan.origin(resource, place),
    )


def _apart(plan: "Plan") -> dict[str, dict[str, list[Rule]]]:
    """Rules that are resources of their own, by group and direction."""
    found: dict[str, dict[str, list[Rule]]] = {}
    for resource in plan.of("aws_security_group_rule"):
        values, group = resource.values, text(resource.values, "security_group_id")
        peers = tuple(t for t in (text(values, "source_security_group_id"),) if t) + _self(values, group)
        direction = text(values, "type")
        made = _rule(plan, resource, values, "", peers)
        made = made if direction in _DIRECTIONS else replace(made, protocol=direction)
        found.setdefault(group, {}).setdefault(direction, []).append(_placed(made, group))
    for direction in ("ingress", "egress"):
        for resource in plan.of(f"aws_vpc_security_group_{direction}_rule"):
            group = text(resource.values, "security_group_id")
            found.setdefault(group, {}).setdefault(direction, []).append(_placed(_single(plan, resource), group))
    return found


def _placed(rule: Rule, group: str) -> Rule:
    """A rule; one whose group is not known is of a protocol that is not known."""
    return replace(rule, protocol=group) if is_open(group) else rule


def _single(plan: "Plan", resource: "Resource") -> Rule:
    """A rule with one peer."""
    values = resource.values
    protocol = text(values, "ip_protocol", "-1").lower()
    is_all = protocol in _EVERYTHING
    return Rule(
        protocol="-1" if is_all else protocol,
        low=None if is_all else number(values, "from_port"),
        high=None if is_all else number(values, "to_port"),
        blocks=tuple(t for n in ("cidr_ipv4", "cidr_ipv6") if (t := text(values, n))),
        groups=tuple(t for t in (text(values, "referenced_security_group_id"),) if t),
        prefix_lists=tuple(t for t in (text(values, "prefix_list_id"),) if t),
        origin=plan.origin(resource),
    )


def _default_group(plan: "Plan", name: str, vpc: "Resource", more: dict[str, list[Rule]]) -> SecurityGroup:
    """The default group of a VPC with rules besides those that it comes with."""
    origin = plan.origin(vpc)
    itself = Rule(protocol="-1", low=None, high=None, groups=(name,), origin=origin)
    every = Rule(protocol="-1", low=None, high=None, blocks=(_OPEN,), origin=origin)
    return SecurityGroup(
        account=vpc.account,
        region=vpc.region,
        origin=origin,
        id=name,
        vpc=text(vpc.values, "id"),
        name="default",
        ingress=(itself, *more.get("ingress", ())),
        egress=(every, *more.get("egress", ())),
        is_default=True,
    )


# Network ACLs.


def acls(plan: "Plan") -> Iterator[Thing]:
    """The network ACLs with the entries and associations that are written apart from them.

    Where it is not known of which ACL one is, each may have it: their entries are not known.
    """
    apart = grouped(plan, "aws_network_acl_rule", "network_acl_id")
    bound = grouped(plan, "aws_network_acl_association", "network_acl_id")
    defaults = coming_with(plan, "default_network_acl_id")
    written = by_id(plan, "aws_network_acl", "aws_default_network_acl")
    strays = [_stray(plan, r) for name, rs in (*apart.items(), *bound.items()) if is_open(name) for r in rs]
    named = defaults if strays else (n for n in (*apart, *bound) if n in defaults)
    for name in dict.fromkeys([*written, *named]):
        resource = written.get(name) or defaults[name]
        is_default = name not in written or resource.type == "aws_default_network_acl"
        vpc = text(defaults[name].values, "id") if name in defaults else text(resource.values, "vpc_id")
        entries = [*_entries(plan, resource)] if name in written else [*_open_entries(plan, resource)]
        entries += [_entry_apart(plan, r) for r in apart.get(name, ())]
        entries += strays
        ids = (texts(resource.values, "subnet_ids") if name in written else ()) + tuple(
            text(r.values, "subnet_id") for r in bound.get(name, ())
        )
        where = placed(plan, resource)
        if name not in written:
            where = Placed(account=where["account"], region=where["region"], origin=where["origin"], tags={})
        yield NetworkAcl(**where, id=name, vpc=vpc, entries=tuple(entries), subnets=ids, is_default=is_default)
    types = ("aws_network_acl_rule", "aws_network_acl_association")
    yield from of_others(plan, "network_acl_id", {*written, *defaults}, *types)


def _entry_apart(plan: "Plan", resource: "Resource") -> AclEntry:
    """An entry that is written by itself."""
    egress = resource.values.get("egress")
    if isinstance(egress, str):  # which way it is for is not known
        return _unknown_entry(plan, resource, egress, "egress")
    return _entry(plan, resource, resource.values, is_egress=egress is True)


def _stray(plan: "Plan", resource: "Resource") -> AclEntry:
    """What stands for an entry or association of a network ACL that is not known."""
    whole = text(resource.values, "network_acl_id") or resource.unknown("network_acl_id", "text", example="acl-1")
    return _unknown_entry(plan, resource, whole, "ingress")


def _entries(plan: "Plan", resource: "Resource") -> Iterator[AclEntry]:
    for direction in ("ingress", "egress"):
        if whole := open_list(resource.values, direction):
            yield _unknown_entry(plan, resource, whole, direction)
        for place, values in numbered(resource.values, direction):
            yield _entry(plan, resource, values, place=place, is_egress=direction == "egress")


def _unknown_entry(plan: "Plan", resource: "Resource", whole: str, direction: str) -> AclEntry:
    return AclEntry(
        number=whole,
        is_egress=direction == "egress",
        action="allow",
        protocol="-1",
        low=None,
        high=None,
        block=_OPEN,
        origin=plan.origin(resource, direction),
    )


def _entry(plan: "Plan", resource: "Resource", values: Values, *, is_egress: bool, place: str = "") -> AclEntry:
    """An entry: inline with rule_no and action, by itself with rule_number and rule_action."""
    protocol = text(values, "protocol", "-1").lower()
    is_icmp = protocol in ("icmp", "1", "icmpv6", "58")
    names = ("icmp_type", "icmp_code") if is_icmp else ("from_port", "to_port")
    low, high = (number(values, n) for n in names)
    rank: Number | None = number(values, "rule_no") if place else number(values, "rule_number")
    return AclEntry(
        number=rank if rank is not None else resource.unknown("rule_number", "number", example=100),
        is_egress=is_egress,
        action=text(values, "action" if place else "rule_action"),
        protocol="-1" if protocol in _EVERYTHING else protocol,
        low=low,
        high=high,
        block=text(values, "cidr_block") or text(values, "ipv6_cidr_block"),
        origin=plan.origin(resource, place),
    )


def _open_entries(plan: "Plan", vpc: "Resource") -> Iterator[AclEntry]:
    """The entries that the default ACL comes with."""
    for is_egress in (True, False):
        yield AclEntry(
            number=100,
            is_egress=is_egress,
            action="allow",
            protocol="-1",
            low=None,
            high=None,
            block=_OPEN,
            origin=plan.origin(vpc),
        )


# Prefix lists.


def prefix_lists(plan: "Plan") -> Iterator[Thing]:
    """The managed prefix lists, and those of which data sources found the entries."""
    apart = grouped(plan, "aws_ec2_managed_prefix_list_entry", "prefix_list_id")
    for resource in plan.of("aws_ec2_managed_prefix_list"):
        values, name = resource.values, text(resource.values, "id")
        entries = [text(r, "cidr") for r in rows(values, "entry")] + [
            text(r.values, "cidr") for r in apart.get(name, ())
        ]
        entries += [whole] if (whole := open_list(values, "entry")) else []
        yield PrefixList(**placed(plan, resource), id=name, name=text(values, "name"), entries=tuple(entries))
    seen = set()
    for resource in plan.data("aws_prefix_list", "aws_ec2_managed_prefix_list"):
        values, name = resource.values, text(resource.values, "id")
        entries = [*texts(values, "cidr_blocks"), *(text(r, "cidr") for r in rows(values, "entries"))]
        if not is_open(name) and entries and name not in seen:
            seen.add(name)
            yield PrefixList(**placed(plan, resource), id=name, name=text(values, "name"), entries=tuple(entries))
