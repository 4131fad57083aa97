"""Interfaces of databases, caches and other services in the subnets of a template.

Untrusted. Where AWS chooses one of several subnets, there is an interface in each: any of them may come to be the one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditctl.planned.things import Database, Flag, InternetGateway, Subnet, Vpc

if TYPE_CHECKING:
    from collections.abc import Mapping

    from auditctl.planned.cloudformation.estate import Estate, Row
    from auditctl.planned.cloudformation.fields import Field

_RDS = "RDSNetworkInterface"


@dataclass(frozen=True, slots=True)
class _Form:
    """Where a resource has the subnets and groups of its interfaces, and its public address: paths of properties.

    `type` is that of the subnet group that `subnets` names, if it does.
    """

    subnets: str
    groups: str
    description: str
    public: str = ""
    type: str = ""


_OF_RDS, _OF_CACHE = "AWS::RDS::DBSubnetGroup", "AWS::ElastiCache::SubnetGroup"
# Where each type of subnet group has its subnets, and what it is named by.
_SUBNET_GROUPS = {_OF_RDS: "DBSubnetGroupName", _OF_CACHE: "CacheSubnetGroupName"}
_FORMS: Mapping[str, _Form] = {
    "AWS::ECS::Service": _Form(
        "NetworkConfiguration.AwsvpcConfiguration.Subnets",
        "NetworkConfiguration.AwsvpcConfiguration.SecurityGroups",
        "ECS task",
        "NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp",
    ),
    "AWS::EFS::MountTarget": _Form("SubnetId", "SecurityGroups", "EFS mount target"),
    "AWS::ElastiCache::CacheCluster": _Form(
        "CacheSubnetGroupName", "VpcSecurityGroupIds", "ElastiCache", type=_OF_CACHE
    ),
    "AWS::ElastiCache::ReplicationGroup": _Form(
        "CacheSubnetGroupName", "SecurityGroupIds", "ElastiCache", type=_OF_CACHE
    ),
    "AWS::OpenSearchService::Domain": _Form("VPCOptions.SubnetIds", "VPCOptions.SecurityGroupIds", "ES domain"),
    "AWS::RDS::DBCluster": _Form("DBSubnetGroupName", "VpcSecurityGroupIds", _RDS, "PubliclyAccessible", _OF_RDS),
    "AWS::RDS::DBInstance": _Form("DBSubnetGroupName", "VPCSecurityGroups", _RDS, "PubliclyAccessible", _OF_RDS),
}
# Types whose policies decide requests, of which nothing but the interfaces is read here.
PLACED = frozenset({"AWS::ECS::Service", "AWS::OpenSearchService::Domain"})
READ = _FORMS.keys() - PLACED


def add_services(estate: Estate) -> None:
    """Add the databases and the like."""
    for row in estate.of(*_FORMS):
        found = estate.attempt(row, lambda r: _service(estate, r), "*")
        if found is not None and (found.subnets or _FORMS[row.type].type):
            estate.things.append(found)


def _at(row: Row, path: str) -> Field:
    """The property at a path."""
    first, *rest = path.split(".")
    found = row.get(first)
    for name in rest:
        found = found.get(name)
    return found


def _service(estate: Estate, row: Row) -> Database:
    form = _FORMS[row.type]
    subnets, groups = _subnets(estate, row, form), _at(row, form.groups).ids("sg-")
    cluster = row.get("DBClusterIdentifier").any_text() if row.type == "AWS::RDS::DBInstance" else ""
    if cluster:
        subnets, groups = _of_cluster(estate, row, cluster, subnets, groups)
    public: Flag = False
    if form.public:
        written = _at(row, form.public)
        is_word = written.any_text() in {"ENABLED", "DISABLED"}
        public = written.any_text() == "ENABLED" if is_word else written.any_flag(default=False)
        if not written.is_there and _is_open(row):
            public = _chosen(estate, row, subnets)
    return Database(
        **row.common,
        id=row.id,
        subnets=subnets or (("",) if form.type else ()),
        groups=groups,
        is_public=public,
        description=form.description,
    )


def _is_open(row: Row) -> bool:
    """Whether AWS chooses if it is public where the template does not say."""
    return row.type == "AWS::RDS::DBInstance" or (
        row.type == "AWS::RDS::DBCluster" and row.get("Engine").any_text() in {"mysql", "postgres"}
    )


def _chosen(estate: Estate, row: Row, subnets: tuple[str, ...]) -> Flag:
    """Whether AWS makes it public: where an internet gateway is attached to its VPC (RDS API, CreateDBInstance)."""
    places = {one.id: one.vpc for one in estate.things if isinstance(one, Subnet)}
    vpcs = {places.get(name, "") for name in subnets}
    attached = {g.vpc for g in estate.things if isinstance(g, InternetGateway) and not g.egress_only}
    if vpcs & (attached - {""}):
        return True
    if vpcs and vpcs <= {one.id for one in estate.things if isinstance(one, Vpc)}:
        return False
    why = f"{row.id}.PubliclyAccessible is not there, and whether its VPC has an internet gateway decides"
    return row.evaluator.unknown(f"{row.id}.PubliclyAccessible", "flag", row.resource.at, why).text


def _subnets(estate: Estate, row: Row, form: _Form) -> tuple[str, ...]:
    """The subnets that are named, or those of the subnet group that is; one made elsewhere has one not known."""
    if not form.type:
        return _at(row, form.subnets).ids("subnet-")
    name = _at(row, form.subnets).any_text()
    for group in estate.of(form.type):
        if name in {group.attribute(), group.get(_SUBNET_GROUPS[form.type]).any_text()} - {""}:
            return group.get("SubnetIds").ids("subnet-")
    return (f"subnet-{row.made('SubnetGroup')}",) if name else ()


def _of_cluster(
    estate: Estate, row: Row, name: str, subnets: tuple[str, ...], groups: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The subnets and groups of an instance of a cluster, which are the cluster's."""
    for cluster in estate.of("AWS::RDS::DBCluster"):
        if name in {cluster.attribute(), cluster.get("DBClusterIdentifier").any_text()} - {""}:
            form = _FORMS[cluster.type]
            return subnets or _subnets(estate, cluster, form), groups or _at(cluster, form.groups).ids("sg-")
    estate.leave(row, f"{row.id} is of the cluster {name}, which the template does not make", "*")
    return subnets, groups
