"""One side of the graph of a network, while it is made: names of locations, and the filters on edges.

The wide side proves that nothing arrives: what is not known lets everything through. The narrow side proves that
something arrives: what is not known lets nothing through. With `reply` the packets are those of flows that security
groups and gateways track already.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from checkers.cloud.network.export_balancers import DESCRIBED
from checkers.cloud.network.export_unmodelled import ONLY_DENIES
from checkers.cloud.network.header import ANY, ECHO, FOREIGN_ORIGIN, NO_ORIGIN, PUBLIC, V6, box, services
from checkers.cloud.network.listing import shared_vpcs
from checkers.cloud.network.model import (
    AclRule,
    Balancer,
    Export,
    GroupRule,
    Interface,
    NetworkAcl,
    Place,
    Problem,
    Subnet,
)
from checkers.kernel.flow import Box, Edge, Filter, Rewrite, left_over, meet
from checkers.kernel.intervals import EVERYTHING, NOTHING, IntervalSet, complement, difference, integers, join, union
from checkers.verdict import Unreadable

INTERNET, OUTSIDE, OUTSIDE_IN = "internet", "outside", "outside/in"
# Interfaces of services that have no security groups, and whose source/destination check says nothing.
MANAGED = frozenset(
    "nat_gateway transit_gateway gateway_load_balancer gateway_load_balancer_endpoint network_load_balancer".split()
)
_WITHOUT_GROUPS = MANAGED - {"network_load_balancer"}


@dataclass(frozen=True, slots=True)
class Step:
    """One way on from a place: what an edge is without its start."""

    after: str
    filters: tuple[Filter, ...] = ()
    rewrite: Rewrite | None = None
    reason: str = ""

    def edge(self, before: str, *filters: Filter) -> Edge:
        """The edge that takes this step from a place, behind some filters."""
        return Edge(before, self.after, (*filters, *self.filters), self.rewrite, self.reason)


@dataclass(frozen=True, slots=True)
class InterfaceClass:
    """Interfaces of one subnet that packets cannot tell apart but by their addresses."""

    name: str
    subnet: str
    vpc: str
    groups: tuple[str, ...]
    checks: bool
    has_groups: bool
    interfaces: tuple[Interface, ...]
    addresses: IntervalSet


class Build:
    """One side of a graph: what its edges are made with."""

    def __init__(self, export: Export, *, wide: bool, reply: bool = False) -> None:
        self.export = export
        self.wide = wide
        self.reply = reply
        self._filters: dict[tuple[tuple[str, ...], bool], Filter] = {}
        self._acls: dict[tuple[str, bool], Filter] = {}
        self.doubts: dict[str, str] = {}  # rules of filters, by their labels, that depend on what is not known

    # Interfaces.

    @cached_property
    def classes(self) -> dict[str, InterfaceClass]:
        """The classes of interfaces, by name."""
        return classes_of(self.export)

    @cached_property
    def _class_of(self) -> dict[str, str]:
        return {i.id: c.name for c in self.classes.values() for i in c.interfaces}

    def class_of(self, interface: str) -> str:
        """The class that an interface is in."""
        return self._class_of[interface]

    @cached_property
    def classes_in(self) -> dict[str, list[InterfaceClass]]:
        """The classes of each subnet."""
        found: dict[str, list[InterfaceClass]] = {}
        for one in self.classes.values():
            found.setdefault(one.subnet, []).append(one)
        return found

    @cached_property
    def _origins(self) -> dict[str, IntervalSet]:
        names = (*sorted(self.export.vpcs), *sorted(self.export.balancers))
        return {name: integers([(i, i)]) for i, name in enumerate(names, start=1)}

    def origin(self, id: str) -> IntervalSet:  # noqa: A002
        """The number of a VPC or load balancer, as a set; none for one that is not in the export."""
        return self._origins.get(id, NO_ORIGIN)

    @cached_property
    def publics(self) -> dict[str, dict[int, int]]:
        """From private to public address, of the interfaces of each VPC."""
        found: dict[str, dict[int, int]] = {}
        for one in self.classes.values():
            for interface in one.interfaces:
                found.setdefault(one.vpc, {}).update(interface.public)
        return found

    @cached_property
    def translating(self) -> frozenset[str]:
        """The NAT gateways that routes for IPv6 lead to."""
        routes = (r for t in self.export.tables.values() for r in t.routes if r.target.startswith("nat-"))
        return frozenset(
            r.target
            for r in routes
            if (not r.unknown if r.destination is None else any(first in V6 for first, _ in r.destination))
        )

    @cached_property
    def instances(self) -> dict[str, list[Interface]]:
        """The interfaces of each instance."""
        found: dict[str, list[Interface]] = {}
        for one in self.export.interfaces.values():
            if one.instance:
                found.setdefault(one.instance, []).append(one)
        return found

    # Filters.

    def destination(self, values: IntervalSet, name: str) -> Filter:
        """A filter on the destination alone."""
        return Filter(name, (("", box(destination=values)),))

    def source(self, values: IntervalSet, name: str) -> Filter:
        """A filter on the source alone."""
        return Filter(name, (("", box(source=values)),))

    def groups_filter(self, ids: Sequence[str], *, ingress: bool) -> Filter:
        """What security groups let through; everything of a tracked flow."""
        key = (tuple(ids), ingress)
        if key not in self._filters:
            name = f"security group {', '.join(ids)} {'inbound' if ingress else 'outbound'}"
            rules = [("tracked flow", ANY)] if self.reply else [r for g in ids for r in self._of_group(g, ingress)]
            self._filters[key] = Filter(name, tuple(dict.fromkeys(rules)))
        return self._filters[key]

    def _of_group(self, id: str, ingress: bool) -> Iterator[tuple[str, Box]]:  # noqa: A002, FBT001
        group = self.export.groups.get(id)
        if group is None:
            if self.wide:
                yield f"{id} is not known", ANY
            return
        for rule in group.ingress if ingress else group.egress:
            if not self.wide and (rule.services is None or rule.unknown):
                continue
            services = EVERYTHING if rule.services is None else rule.services
            label = self._doubtful(f"{id}: {rule.label}", rule.unknown)
            for peers in self._peers(rule, group.vpc, ingress=ingress):
                yield label, (*peers[:3], services, EVERYTHING)

    def _doubtful(self, label: str, reason: str) -> str:
        """The label of a rule, noted if it depends on what is not known."""
        if reason:
            self.doubts[label] = reason
        return label

    def _peers(self, rule: GroupRule, vpc: str, *, ingress: bool) -> list[Box]:
        """The headers of the peers of a rule."""
        values, prefixes = rule.addresses, rule.prefix_list
        if rule.group in self.export.any_group:
            return self._of_any_group(ingress=ingress)
        if rule.group:
            return self._referred(rule.group, vpc, ingress=ingress)
        if prefixes in self.export.prefix_lists:
            values = integers((first, first + size - 1) for first, size in self.export.prefix_lists[prefixes])
        if values is None:
            values = EVERYTHING if self.wide else NOTHING
        return [box(source=values) if ingress else box(destination=values)]

    def _referred(self, group: str, own: str, *, ingress: bool) -> list[Box]:
        """A reference means the private addresses of the interfaces with the group, in their VPC.

        Outbound it does not reach across transit gateways.
        """
        if group not in self.export.groups:
            # Of a VPC that is not in the export, or stale.
            origins = joined([FOREIGN_ORIGIN, *(self.origin(vpc) for vpc in self._hiding)])
            values = self._foreign if self.wide else NOTHING
            if not ingress and own in self.export.vpcs and own not in self._hiding:
                values = difference(values, self.export.vpcs[own].blocks)  # ranges of peers do not overlap
            return [box(origin=origins, source=values) if ingress else box(destination=values)]
        found = []
        members_of = dict(self._members.get(group, {}))
        vpc = self.export.groups[group].vpc
        if self.wide and vpc in self._hiding:
            members_of[vpc] = self.export.vpcs[vpc].blocks
        for vpc, members in members_of.items():
            near = vpc in self._near(own)
            if not ingress:
                found += [box(destination=members)] * near
                continue
            # Whether a reference to a peer's group holds for what comes another way is not documented.
            other = NO_ORIGIN if self.wide and near and vpc != own else NOTHING
            found.append(box(origin=join(self.origin(vpc), other), source=members))
        if ingress:  # a balancer that keeps its clients' addresses is known by its groups all the same
            balancers = [b.arn for b in self.export.balancers.values() if group in b.groups]
            found += [box(origin=self.origin(arn)) for arn in balancers]
        return found

    def _of_any_group(self, *, ingress: bool) -> list[Box]:
        """The same of a group that is not known: any private address, and what balancers hand on."""
        inside = [vpc.blocks for vpc in self.export.vpcs.values()] + [one.addresses for one in self.classes.values()]
        private = join(self._foreign, joined(inside))
        if not ingress:
            return [box(destination=private)]
        return [box(source=private), *(box(origin=self.origin(arn)) for arn in sorted(self.export.balancers))]

    @cached_property
    def _hiding(self) -> frozenset[str]:
        """The VPCs in which something is that the export does not show."""
        return frozenset(vpc for problem in self.export.problems for vpc in self.vpcs_of(problem))

    @cached_property
    def shared(self) -> frozenset[str]:
        """The VPCs in whose subnets others may have what is not in the export."""
        return shared_vpcs(self.export)

    def _near(self, vpc: str) -> set[str]:
        """The VPC and its peers in the same region."""
        return {vpc, *self._peers_of.get(vpc, ())}

    @cached_property
    def _peers_of(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for peering in self.export.peerings.values():
            if peering.same_region:
                found.setdefault(peering.requester, []).append(peering.accepter)
                found.setdefault(peering.accepter, []).append(peering.requester)
        return found

    @cached_property
    def _members(self) -> dict[str, dict[str, IntervalSet]]:
        found: dict[str, dict[str, list[IntervalSet]]] = {}
        for one in self.classes.values():
            may_have_any = self.wide and not self.export.any_group.keys().isdisjoint(one.groups)
            for group in self.export.groups if may_have_any else one.groups:
                found.setdefault(group, {}).setdefault(one.vpc, []).append(one.addresses)
        return {g: {v: joined(parts) for v, parts in by.items()} for g, by in found.items()}

    @cached_property
    def _foreign(self) -> IntervalSet:
        """The addresses that interfaces of VPCs outside the export may have, as seen from inside."""
        values = complement(PUBLIC)
        for vpc in self._hiding:
            values = join(values, self.export.vpcs[vpc].blocks)
        for peering in self.export.peerings.values():
            sides = (peering.requester, peering.requester_blocks), (peering.accepter, peering.accepter_blocks)
            for vpc, blocks in sides:
                if vpc not in self.export.vpcs:
                    values = EVERYTHING if blocks is None else join(values, blocks)
        attached = self.export.attachments.values()
        if any(a.kind == "vpc" and a.references and a.resource not in self.export.vpcs for a in attached):
            values = EVERYTHING
        return values

    def acl_filter(self, subnet: str, *, ingress: bool) -> Filter:
        """What the network ACL of a subnet lets through."""
        acl = self._acl_of.get(subnet) or self._default_acl.get(self.export.subnets[subnet].vpc)
        direction = "inbound" if ingress else "outbound"
        if acl is None:
            name = f"network ACL of {subnet} (not known) {direction}"
            return Filter(name, (("not known", ANY),) if self.wide else ())
        key = (acl.id, ingress)
        if key not in self._acls:
            rules = self._of_acl(acl.ingress if ingress else acl.egress, ingress=ingress)
            self._acls[key] = Filter(f"network ACL {acl.id} {direction}", tuple(rules))
        return self._acls[key]

    def acl_id(self, subnet: str) -> str:
        """The id of the network ACL of a subnet, empty where it is not known."""
        acl = self._acl_of.get(subnet) or self._default_acl.get(self.export.subnets[subnet].vpc)
        return acl.id if acl else ""

    @cached_property
    def _acl_of(self) -> dict[str, NetworkAcl]:
        return {subnet: acl for acl in self.export.acls.values() for subnet in acl.subnets}

    @cached_property
    def _default_acl(self) -> dict[str, NetworkAcl]:
        return {acl.vpc: acl for acl in self.export.acls.values() if acl.is_default}

    def _of_acl(self, rules: Sequence[AclRule], *, ingress: bool) -> Iterator[tuple[str, Box]]:
        """What the first rule that matches allows: an entry without what earlier ones deny."""
        denied: list[Box] = []
        open_: list[tuple[str, Box]] = []  # what may be denied, and what that depends on
        for rule in rules:
            known = rule.services is not None and not rule.unknown
            services = rule.services if rule.services is not None else EVERYTHING
            matched = box(source=rule.addresses, service=services)
            if not ingress:
                matched = box(destination=rule.addresses, service=services)
            if rule.allows:
                if known or self.wide:
                    yield from self._allowed(rule, left_over(matched, denied), open_)
            elif known or not self.wide:
                denied.append(matched)
            elif rule.unknown:
                open_.append((rule.unknown, matched))

    def _allowed(
        self, rule: AclRule, parts: Sequence[Box], denied: Sequence[tuple[str, Box]]
    ) -> Iterator[tuple[str, Box]]:
        """What an entry allows, apart from what entries before it may deny, by what these depend on."""
        label, reason = f"rule {rule.number}", rule.unknown
        for part in parts:
            for sure in left_over(part, [matched for _, matched in denied]) if denied else [part]:
                yield self._doubtful(f"{label} ({reason})" if reason else label, reason), sure
            for other, matched in denied:
                both = meet(part, matched)
                if both is not None:
                    said = f"{reason}; {other}" if reason else other
                    yield self._doubtful(f"{label} ({said})", said), both

    def listeners_filter(self, interface: str) -> tuple[Filter, ...]:
        """What the listeners of a load balancer accept at its interface; nothing for any other interface.

        ICMP that its groups admit gets to it (Elastic Load Balancing user guides, "Security groups": ping requests, and
        Path MTU Discovery); to one without groups it may.
        """
        balancer = self.balancer_of.get(interface)
        if self.reply or (balancer is not None and balancer.kind == "gateway"):
            return ()
        if balancer is None:
            is_unknown = self.export.interfaces[interface].description.startswith(DESCRIBED)
            return (Filter("listeners (not known)", ()),) if is_unknown and not self.wide else ()
        accepted = [services(p) for p in ECHO] if self.wide or balancer.groups else []
        if balancer.listeners is None and balancer.kind != "classic":
            accepted = [EVERYTHING] if self.wide else []
        accepted += [one.services for one in balancer.listeners or ()] + [taken for taken, _ in balancer.forwards]
        return (Filter(f"listeners of {balancer.name}", tuple(("", box(service=taken)) for taken in accepted)),)

    @cached_property
    def balancer_of(self) -> dict[str, Balancer]:
        """The load balancers by their interfaces."""
        return {interface: b for b in self.export.balancers.values() for interface in b.interfaces}

    # Route tables.

    @cached_property
    def table_of(self) -> dict[str, str]:
        """The route table of each subnet: its own, or its VPC's main one. A subnet without is not in it."""
        main = {t.vpc: t.id for t in self.export.tables.values() if t.is_main}
        found = {s.id: main[s.vpc] for s in self.export.subnets.values() if s.vpc in main}
        found.update({subnet: t.id for t in self.export.tables.values() for subnet in t.subnets})
        return found

    def vpcs_of(self, problem: Problem) -> list[str]:
        """The VPCs that a problem of the export touches; none where it can only deny."""
        if problem.id == ONLY_DENIES:
            return []
        if problem.vpcs is not None:
            return [vpc for vpc in problem.vpcs if vpc in self.export.vpcs]
        place = (problem.place.account, problem.place.region)
        return [v.id for v in self.export.vpcs.values() if (v.place.account, v.place.region) == place]

    def knows(self, operation: str, place: Place) -> bool:
        """Whether the list of an operation was read in the account and region of a place."""
        path = f"{place.account}/{place.region}/{operation}.json"
        return path in self.export.paths and path not in self._unread

    @cached_property
    def _unread(self) -> set[str]:
        return {p.place.path for p in self.export.problems if p.id == p.place.path}

    def subnets_of(self, vpc: str) -> list[Subnet]:
        """The subnets of a VPC."""
        return self._subnets_of.get(vpc, [])

    @cached_property
    def _subnets_of(self) -> dict[str, list[Subnet]]:
        found: dict[str, list[Subnet]] = {}
        for subnet in self.export.subnets.values():
            found.setdefault(subnet.vpc, []).append(subnet)
        return found


def classes_of(export: Export) -> dict[str, InterfaceClass]:
    """The interfaces by class. One whose subnet is not in the export has none: it is a problem of the export."""
    members: dict[tuple[str, str, tuple[str, ...], bool, bool], list[Interface]] = {}
    names: dict[str, tuple[str, str, tuple[str, ...], bool, bool]] = {}
    balanced = {interface for balancer in export.balancers.values() for interface in balancer.interfaces}
    for one in export.interfaces.values():
        if one.subnet not in export.subnets:
            continue
        managed = one.type in MANAGED
        # Interfaces of services may have none: network load balancers, VLANs of Elastic VMware Service.
        has_groups = one.type not in _WITHOUT_GROUPS and (one.type == "interface" or bool(one.groups))
        alone = managed or not one.checks or not has_groups or one.id in balanced or bool(one.unknown)
        groups = tuple(sorted(one.groups))
        name = one.id if alone else f"{one.subnet}+{'+'.join(groups)}"
        key = (name, one.subnet, groups, managed or one.checks, has_groups)
        members.setdefault(key, []).append(one)
        if names.setdefault(name, key) != key:
            raise Unreadable(f"{one.place.path}: {one.id} has the name of other interfaces, {name}")
    return {
        key[0]: InterfaceClass(
            name=key[0],
            subnet=key[1],
            vpc=export.subnets[key[1]].vpc,
            groups=key[2],
            checks=key[3],
            has_groups=key[4],
            interfaces=tuple(found),
            addresses=joined([i.addresses for i in found]),
        )
        for key, found in members.items()
    }


def joined(parts: Sequence[IntervalSet]) -> IntervalSet:
    """The union of bounded sets, by one sort."""
    return union((p.cuts[i], p.cuts[i + 1]) for p in parts for i in range(0, len(p.cuts), 2))
