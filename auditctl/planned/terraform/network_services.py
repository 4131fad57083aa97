"""Interfaces of databases, caches and other services in the subnets of a plan, and VPC endpoints. Untrusted.

Where AWS chooses one of several subnets, there is an interface in each: any of them may come to be the one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from auditctl.planned.terraform.network_values import (
    Values,
    flag,
    grouped,
    is_open,
    open_list,
    placed,
    row,
    text,
    texts,
)
from auditctl.planned.things import Database, Endpoint, Flag, PrefixList, Rule, SecurityGroup, Thing

if TYPE_CHECKING:
    from auditctl.planned.terraform.plan import Plan, Resource

READ = frozenset({
    "aws_db_instance",
    "aws_db_subnet_group",
    "aws_docdb_cluster",
    "aws_docdb_cluster_instance",
    "aws_docdb_subnet_group",
    "aws_efs_mount_target",
    "aws_elasticache_cluster",
    "aws_elasticache_replication_group",
    "aws_elasticache_subnet_group",
    "aws_neptune_cluster",
    "aws_neptune_cluster_instance",
    "aws_neptune_subnet_group",
    "aws_rds_cluster",
    "aws_rds_cluster_instance",
    "aws_vpc_endpoint",
    "aws_vpc_endpoint_policy",
    "aws_vpc_endpoint_route_table_association",
    "aws_vpc_endpoint_security_group_association",
    "aws_vpc_endpoint_subnet_association",
})
_EKS, _MSK = "aws_eks_cluster", "aws_msk_cluster"
_RDS = "RDSNetworkInterface"


@dataclass(frozen=True, slots=True)
class _Form:
    """Where a resource has the subnets and groups of its interfaces: blocks and an attribute."""

    blocks: tuple[str, ...]
    subnets: str
    groups: str
    public: str = ""
    description: str = ""


# Types whose interfaces are in subnets that they name.
_DIRECT: Mapping[str, _Form] = {
    "aws_ecs_service": _Form(("network_configuration",), "subnets", "security_groups", "assign_public_ip", "ECS task"),
    "aws_efs_mount_target": _Form((), "subnet_id", "security_groups", description="EFS mount target"),
    "aws_eks_cluster": _Form(("vpc_config",), "subnet_ids", "security_group_ids", description="Amazon EKS cluster"),
    "aws_elasticsearch_domain": _Form(("vpc_options",), "subnet_ids", "security_group_ids", description="ES domain"),
    "aws_mq_broker": _Form((), "subnet_ids", "security_groups", "publicly_accessible", "Amazon MQ broker"),
    _MSK: _Form(("broker_node_group_info",), "client_subnets", "security_groups", description="MSK broker"),
    "aws_opensearch_domain": _Form(("vpc_options",), "subnet_ids", "security_group_ids", description="ES domain"),
}
# Types whose subnets are those of a subnet group: its type, the attribute that names it, and the groups.
_GROUPED: Mapping[str, tuple[str, str, _Form]] = {
    "aws_db_instance": (
        "aws_db_subnet_group",
        "db_subnet_group_name",
        _Form((), "", "vpc_security_group_ids", "publicly_accessible", _RDS),
    ),
    "aws_elasticache_cluster": (
        "aws_elasticache_subnet_group",
        "subnet_group_name",
        _Form((), "", "security_group_ids", description="ElastiCache"),
    ),
    "aws_elasticache_replication_group": (
        "aws_elasticache_subnet_group",
        "subnet_group_name",
        _Form((), "", "security_group_ids", description="ElastiCache"),
    ),
}
# Types of instances of clusters, with the type of the cluster, and of its subnet group.
_CLUSTERS = {
    "aws_rds_cluster_instance": ("aws_rds_cluster", "aws_db_subnet_group"),
    "aws_docdb_cluster_instance": ("aws_docdb_cluster", "aws_docdb_subnet_group"),
    "aws_neptune_cluster_instance": ("aws_neptune_cluster", "aws_neptune_subnet_group"),
}
# Types that have interfaces here, and about whose other effects nothing is said here.
PLACED = frozenset(_DIRECT) - READ


def services(plan: "Plan") -> Iterator[Thing]:
    """The databases and the like."""
    for resource in plan.of(*_DIRECT):
        form = _DIRECT[resource.type]
        values: Values = resource.values
        for block in form.blocks:
            values = row(values, block)
        if not (found := texts(values, form.subnets)):
            continue
        made = _database(plan, resource, form, values, found)
        if resource.type == _EKS:
            group = _cluster_group(plan, resource, found)
            made = replace(made, groups=(*made.groups, group.id))
            yield from (group,) if group.vpc else ()
        yield replace(made, is_public=_is_public_broker(values)) if resource.type == _MSK else made
    for resource in plan.of(*_GROUPED):
        type_, attribute, form = _GROUPED[resource.type]
        if resource.type == "aws_elasticache_cluster" and resource.values.get("replication_group_id"):
            continue  # its nodes are those of the group
        found = _subnets(plan, resource, type_, text(resource.values, attribute))
        yield _database(plan, resource, form, resource.values, found)
    for resource in plan.of(*_CLUSTERS):
        yield _of_cluster(plan, resource)
    yield from _without_instances(plan)


def _is_public_broker(values: Values) -> Flag:
    """Whether the brokers of a cluster have public addresses (Amazon MSK API, PublicAccess)."""
    access = row(values, "connectivity_info")
    found = open_list(values, "connectivity_info") or open_list(access, "public_access")
    found = found or text(row(access, "public_access"), "type", "DISABLED")
    return {"DISABLED": False, "SERVICE_PROVIDED_EIPS": True}.get(found, found)


def _without_instances(plan: "Plan") -> Iterator[Database]:
    """The clusters whose instances are no resources of their own.

    Nobody says whether one of several zones is public. Amazon RDS API, CreateDBCluster: then it is if its VPC has an
    internet gateway.
    """
    form = _Form((), "", "vpc_security_group_ids", description=_RDS)
    for resource in plan.of("aws_rds_cluster"):
        values = resource.values
        is_serverless = text(values, "engine_mode") == "serverless"  # never public
        if is_serverless or values.get("db_cluster_instance_class"):
            found = _subnets(plan, resource, "aws_db_subnet_group", text(values, "db_subnet_group_name"))
            made = _database(plan, resource, form, values, found)
            public = False if is_serverless else resource.unknown("publicly_accessible", "flag", example=True)
            yield replace(made, is_public=public)


def _cluster_group(plan: "Plan", resource: "Resource", subnets: tuple[str, ...]) -> SecurityGroup:
    """The group that EKS makes with a cluster: in from itself, out to everywhere. Without a VPC where none is planned.

    Amazon EKS user guide, "View Amazon EKS security group requirements for clusters".
    """
    vpcs = (text(s.values, "vpc_id") for s in plan.of("aws_subnet") if text(s.values, "id") in subnets)
    name, origin = "sg-" + resource.unknown("vpc_config[0].cluster_security_group_id", "name"), plan.origin(resource)
    every = Rule(protocol="-1", low=None, high=None, blocks=("0.0.0.0/0", "::/0"), origin=origin)
    itself = replace(every, blocks=(), groups=(name,))
    label = f"eks-cluster-sg-{text(resource.values, 'name')}"
    where = placed(plan, resource)
    return SecurityGroup(**where, id=name, vpc=next(vpcs, ""), name=label, ingress=(itself,), egress=(every,))


def _subnets(plan: "Plan", resource: "Resource", type_: str, name: str) -> tuple[str, ...]:
    """The subnets of a subnet group. One that exists already has one of which nothing is known."""
    for group in plan.of(type_):
        if name and name in (text(group.values, "name"), text(group.values, "id")):
            return texts(group.values, "subnet_ids")
    return ("subnet-" + resource.unknown("subnet_group", "name"),) if name else ("",)


def _database(plan: "Plan", resource: "Resource", form: _Form, values: Values, subnets: tuple[str, ...]) -> Database:
    public: Flag = flag(values, form.public) if form.public else False
    return Database(
        **placed(plan, resource),
        id=text(resource.values, "id") or resource.unknown("id", "name"),
        subnets=subnets,
        groups=texts(values, form.groups),
        is_public=public,
        description=form.description,
    )


def _of_cluster(plan: "Plan", resource: "Resource") -> Database:
    """An instance of a cluster has the groups and subnets of the cluster."""
    type_, subnet_group = _CLUSTERS[resource.type]
    name = text(resource.values, "cluster_identifier")
    clusters = (c for c in plan.of(type_) if name in (text(c.values, "cluster_identifier"), text(c.values, "id")))
    cluster = next(clusters, None) if name else None
    attributes = ("db_subnet_group_name", "neptune_subnet_group_name")
    places = [resource.values] if cluster is None else [resource.values, cluster.values]
    group = next((t for v in places for a in attributes if (t := text(v, a))), "")
    if cluster is None:
        groups: tuple[str, ...] = (resource.unknown("vpc_security_group_ids", "text", example="sg-00000000000000000"),)
    else:
        groups = texts(cluster.values, "vpc_security_group_ids")
    return Database(
        **placed(plan, resource),
        id=text(resource.values, "id") or resource.unknown("id", "name"),
        subnets=_subnets(plan, resource, subnet_group, group if cluster is not None or group else "unknown"),
        groups=groups,
        is_public=flag(resource.values, "publicly_accessible"),
        description=_RDS,
    )


# Endpoints.


def endpoints(plan: "Plan") -> Iterator[Thing]:
    """The VPC endpoints, with associations and policies that are written apart from them."""
    apart = {
        kind: grouped(plan, f"aws_vpc_endpoint_{kind}", "vpc_endpoint_id")
        for kind in ("route_table_association", "subnet_association", "security_group_association", "policy")
    }
    for resource in plan.of("aws_vpc_endpoint"):
        values, name = resource.values, text(resource.values, "id")
        tables, subnets, groups = (
            tuple(text(r.values, attribute) for r in apart[f"{kind}_association"].get(name, ()))
            for kind, attribute in (
                ("route_table", "route_table_id"),
                ("subnet", "subnet_id"),
                ("security_group", "security_group_id"),
            )
        )
        policies = apart["policy"].get(name, ())
        policy = plan.policy(policies[0], "policy") if policies else plan.policy(resource, "policy")
        yield Endpoint(
            **placed(plan, resource),
            id=name,
            kind=text(values, "vpc_endpoint_type", "Gateway"),
            service=text(values, "service_name"),
            vpc=text(values, "vpc_id"),
            tables=tuple(dict.fromkeys((*texts(values, "route_table_ids"), *tables))),
            subnets=tuple(dict.fromkeys((*texts(values, "subnet_ids"), *subnets))),
            groups=tuple(dict.fromkeys((*texts(values, "security_group_ids"), *groups))),
            policy=policy,
        )
        blocks, name = texts(values, "cidr_blocks"), text(values, "prefix_list_id")
        if blocks and not any(is_open(b) for b in blocks) and name:  # of one that exists already
            service = text(values, "service_name")
            yield PrefixList(**placed(plan, resource), id=name, name=service, entries=blocks)
