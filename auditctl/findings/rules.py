"""The rows of answers that the rules of filters are made of: rules of security groups, entries of network ACLs, routes.

Untrusted.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from auditctl.findings.source import value_at
from checkers.cloud.network.model import NetworkAcl, RouteTable, SecurityGroup
from checkers.cloud.network.network import Network
from checkers.cloud.snapshot import Snapshot
from checkers.strict_json import Json

_GROUP = re.compile(r"security group (?P<ids>.+) (?P<way>inbound|outbound)")
_ACL = re.compile(r"network ACL (?P<id>\S+) (?P<way>inbound|outbound)")
_ROUTES = "routes of "
_LISTENERS = re.compile(r"listeners of (?:load balancer )?(?P<name>.+)")
# The peers of a permission, in the order in which the checker makes a rule of each.
_PEERS = ("IpRanges", "Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs")
_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePlace:
    """Where a rule stands, as file and JSON path, empty where that is not known; and the things it is a rule of."""

    things: tuple[str, ...]
    file: str = ""
    path: str = ""


def rule_place(name: str, rule: str, network: Network, snapshot: Snapshot) -> RulePlace:
    """Where the rule of a filter stands; `name` and `rule` are those of the filter in the graph."""
    export = network.export
    if found := _GROUP.fullmatch(name):
        return _of_groups(tuple(found["ids"].split(", ")), found["way"], rule, network, snapshot)
    if found := _ACL.fullmatch(name):
        acl = export.acls.get(found["id"])
        return RulePlace(things=(found["id"],)) if acl is None else _of_acl(acl, found["way"], rule, snapshot)
    if name.startswith(_ROUTES):
        table: RouteTable | None = export.tables.get(name.removeprefix(_ROUTES))
        things = (name.removeprefix(_ROUTES),)
        return RulePlace(things=things) if table is None else _of_table(table, rule, snapshot)
    if found := _LISTENERS.fullmatch(name):
        return RulePlace(things=tuple(arn for arn, one in export.balancers.items() if one.name == found["name"]))
    return RulePlace(things=())


def _of_groups(ids: tuple[str, ...], way: str, rule: str, network: Network, snapshot: Snapshot) -> RulePlace:
    """The rule of one of several groups; without a rule it is the groups."""
    name, _, label = rule.partition(": ")
    group = network.export.groups.get(name) if label else None
    if group is None:
        return RulePlace(things=ids)
    file = group.place.path
    path = _row(snapshot, file, "SecurityGroups", "GroupId", group.id)
    return RulePlace(things=(group.id,), file=file, path=path + _permission(group, way, label, (snapshot, file, path)))


def _permission(group: SecurityGroup, way: str, label: str, at: tuple[Snapshot, str, str]) -> str:
    """The peer of a permission that a rule was made of: there is a rule for each, in the same order."""
    rules, member = (group.ingress, "IpPermissions") if way == "inbound" else (group.egress, "IpPermissionsEgress")
    index = next((i for i, one in enumerate(rules) if one.label == label), None)
    if index is None:
        return ""
    for i, permission in enumerate(_rows(value_at(*at), member)):
        for peers in _PEERS:
            count = len(_rows(permission, peers))
            if index < count:
                return f".{member}[{i}].{peers}[{index}]"
            index -= count
    return ""


def _of_acl(acl: NetworkAcl, way: str, rule: str, snapshot: Snapshot) -> RulePlace:
    file = acl.place.path
    path = _row(snapshot, file, "NetworkAcls", "NetworkAclId", acl.id)
    wanted = rule.removeprefix("rule "), way == "outbound"
    rows = _rows(value_at(snapshot, file, path), "Entries")
    found = (f".Entries[{i}]" for i, e in enumerate(rows) if (str(e.get("RuleNumber")), e.get("Egress")) == wanted)
    return RulePlace(things=(acl.id,), file=file, path=path + next(found, ""))


def _of_table(table: RouteTable, rule: str, snapshot: Snapshot) -> RulePlace:
    file = table.place.path
    path = _row(snapshot, file, "RouteTables", "RouteTableId", table.id)
    rows = _rows(value_at(snapshot, file, path), "Routes")
    found = (f".Routes[{i}]" for i, row in enumerate(rows) if rule in [row.get(d) for d in _DESTINATIONS])
    return RulePlace(things=(table.id,), file=file, path=path + next(found, ""))


def _row(snapshot: Snapshot, file: str, member: str, key: str, name: str) -> str:
    """The path of the row of an answer with a name; that of the answer where it has none."""
    rows = _rows(snapshot.fact(file).value, member)
    return next((f"$.{member}[{i}]" for i, row in enumerate(rows) if row.get(key) == name), "$")


def _rows(value: Json, member: str) -> Sequence[Mapping[str, Json]]:
    found = value.get(member) if isinstance(value, dict) else None
    return [row if isinstance(row, dict) else {} for row in found] if isinstance(found, list) else []
