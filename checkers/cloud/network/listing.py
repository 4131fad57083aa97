"""The things of networks that controls are about, by kind, and the lists that name them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from checkers.cloud.network.model import Export, Interface, Problem, SecurityGroup, Subnet, Vpc

# The lists that name the things of a kind, by service and operation.
LISTS = {
    "instance": ("ec2/describe-network-interfaces",),
    "interface": ("ec2/describe-network-interfaces",),
    "load-balancer": ("elbv2/describe-load-balancers", "elb/describe-load-balancers"),
    "network": (),
    "security-group": ("ec2/describe-security-groups",),
    "subnet": ("ec2/describe-subnets",),
    "vpc": ("ec2/describe-vpcs",),
}
INSTANCES = "ec2/describe-instances"
NAMED_BY_TAGS = ("instance", "interface")  # whose tags, and with them their names, may not be known


@dataclass(frozen=True, slots=True)
class Listed:
    """One thing that a control can be about. `tags` None: they are not known."""

    id: str
    name: str
    account: str
    tags: Mapping[str, str] | None
    vpc: str


def listed(kind: str, export: Export) -> Iterator[Listed]:
    """The things of a kind, by id."""
    return _LISTED[kind](export)


def unread(export: Export, *operations: str) -> Iterator[Problem]:
    """The files of these operations, such as ec2/describe-vpcs, that could not be read."""
    return (p for p in export.problems if p.id == p.place.path and operation_of(p.place.path) in operations)


def shared_vpcs(export: Export) -> frozenset[str]:
    """The VPCs with a subnet in which other accounts may have things that are not in the export."""
    problems = (p for p in export.problems if p.id in export.subnets)
    return frozenset(vpc for problem in problems for vpc in problem.vpcs or () if vpc in export.vpcs)


def operation_of(path: str) -> str:
    """The service and operation of a file of the snapshot."""
    return "/".join(path.removesuffix(".json").split("/")[2:4])


def _network(export: Export) -> Iterator[Listed]:
    """The whole snapshot, if it has networks or may have some."""
    if export.vpcs or export.interfaces or export.problems:
        yield Listed("network", "network", "", None, "")


def _tagged(one: Vpc | Subnet, vpc: str) -> Listed:
    return Listed(one.id, one.tags.get("Name", one.id), one.place.account, one.tags, vpc)


def _vpcs(export: Export) -> Iterator[Listed]:
    return (_tagged(export.vpcs[i], i) for i in sorted(export.vpcs))


def _subnets(export: Export) -> Iterator[Listed]:
    return (_tagged(export.subnets[i], export.subnets[i].vpc) for i in sorted(export.subnets))


def _group(one: SecurityGroup) -> Listed:
    return Listed(one.id, one.name, one.place.account, one.tags, one.vpc)


def _groups(export: Export) -> Iterator[Listed]:
    return (_group(export.groups[i]) for i in sorted(export.groups))


def _balancers(export: Export) -> Iterator[Listed]:
    """Load balancers. Lists of them do not have their tags, so that without any they are not known."""
    for one in (export.balancers[i] for i in sorted(export.balancers)):
        yield Listed(one.arn, one.name, one.place.account, one.tags or None, one.vpc)


def _interfaces(export: Export) -> Iterator[Listed]:
    untagged = without_instance(export)
    for one in (export.interfaces[i] for i in sorted(export.interfaces)):
        tags = {**one.instance_tags, **one.tags} if one.id not in untagged else None
        yield Listed(one.id, (tags or {}).get("Name", one.id), one.place.account, tags, one.vpc)


def _instances(export: Export) -> Iterator[Listed]:
    """The instances that interfaces are attached to; of each the VPC of its first interface by id."""
    untagged = without_instance(export)
    first: dict[str, Interface] = {}
    for one in (export.interfaces[i] for i in sorted(export.interfaces)):
        first.setdefault(one.instance, one)
    for id_ in sorted(first.keys() - {""}):
        one = first[id_]
        tags = one.instance_tags if one.id not in untagged else None
        yield Listed(id_, (tags or {}).get("Name", id_), one.place.account, tags, one.vpc)


def without_instance(export: Export) -> frozenset[str]:
    """The interfaces of instances that are not listed, so that their tags are not known."""
    problems = [p for p in export.problems if operation_of(p.place.path) == INSTANCES]
    regions = {(p.place.account, p.place.region) for p in problems if p.id == p.place.path}
    ids = {p.id for p in problems}
    return frozenset(
        i
        for i, one in export.interfaces.items()
        if one.instance and (one.instance in ids or (one.place.account, one.place.region) in regions)
    )


_LISTED: dict[str, Callable[[Export], Iterator[Listed]]] = {
    "instance": _instances,
    "interface": _interfaces,
    "load-balancer": _balancers,
    "network": _network,
    "security-group": _groups,
    "subnet": _subnets,
    "vpc": _vpcs,
}
