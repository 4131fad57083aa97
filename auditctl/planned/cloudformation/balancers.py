"""Load balancers of a template, with their listeners and target groups. Untrusted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from auditctl.planned.cloudformation.launches import scaled_members, scaled_targets
from auditctl.planned.things import ClassicBalancer, ClassicListener, Listener, LoadBalancer, TargetGroup

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from auditctl.planned.cloudformation.estate import Estate, Row
    from auditctl.planned.cloudformation.fields import Field
    from auditctl.planned.things import Number

_V2 = "AWS::ElasticLoadBalancingV2::"
_BALANCER, _LISTENER, _RULE, _GROUP = (
    f"{_V2}{kind}" for kind in ("LoadBalancer", "Listener", "ListenerRule", "TargetGroup")
)
_CLASSIC, _EIP = "AWS::ElasticLoadBalancing::LoadBalancer", "AWS::EC2::EIP"
READ = frozenset({_BALANCER, _LISTENER, _RULE, _GROUP, _CLASSIC})


def add_balancers(estate: Estate) -> None:
    """Add load balancers and target groups."""
    forwards: dict[str, list[str]] = {}

    def rule(row: Row) -> None:
        forwards.setdefault(row.get("ListenerArn").there().id(""), []).extend(_targets_of(row.get("Actions")))

    for row in estate.of(_RULE):
        estate.attempt(row, rule)
    listeners: dict[str, list[Listener]] = {}

    def listener(row: Row) -> None:
        listeners.setdefault(row.get("LoadBalancerArn").there().id(""), []).append(_listener(row, forwards))

    for row in estate.of(_LISTENER):
        estate.attempt(row, listener)
    addresses = {row.attribute("AllocationId"): row.attribute("PublicIp") for row in estate.of(_EIP)}
    estate.each(lambda row: _balancer(row, listeners.pop(row.attribute(), []), addresses), _BALANCER)
    registered, members = scaled_targets(estate), scaled_members(estate)
    _add_tasks(estate, registered)
    estate.each(lambda row: _group(row, registered.get(row.attribute(), [])), _GROUP)
    estate.each(lambda row: _classic(row, members.get(row.name, [])), _CLASSIC)
    own = {row.attribute() for row in estate.of(_LISTENER)}
    for row in estate.of(_LISTENER, _RULE):
        member = "LoadBalancerArn" if row.type == _LISTENER else "ListenerArn"
        name = estate.attempt(row, partial(_named, member))
        if name in listeners or (row.type == _RULE and name is not None and name not in own):
            estate.leave(row, f"{row.id}.{member} is {name}, which the template does not make")


def _named(member: str, row: Row) -> str:
    """What a part of a load balancer is of."""
    return row.get(member).id("")


def _add_tasks(estate: Estate, registered: dict[str, list[str]]) -> None:
    """Add what services of ECS register with target groups: what that is, nobody knows before."""

    def read(row: Row) -> None:
        for one in row.get("LoadBalancers").items():
            group = one.get("TargetGroupArn").id("")
            tasks = row.evaluator.unknown(f"{row.id}.Tasks", "text", row.resource.at, example="i-00000000000000000")
            registered.setdefault(group, []).append(tasks.text)

    for row in estate.of("AWS::ECS::Service"):
        estate.attempt(row, read, "*")


def _targets_of(actions: Field) -> Iterator[str]:
    """The target groups that actions forward to."""
    for action in actions.items():
        whole = action.get("TargetGroupArn").id("")
        if whole:
            yield whole
        for one in action.get("ForwardConfig").get("TargetGroups").items():
            yield one.get("TargetGroupArn").id("")


def _listener(row: Row, forwards: Mapping[str, list[str]]) -> Listener:
    arn = row.attribute()
    groups = (*_targets_of(row.get("DefaultActions")), *forwards.get(arn, ()))
    return Listener(
        arn=arn,
        protocol=row.get("Protocol").any_text(),
        port=_port(row.get("Port")) if row.get("Port").is_there else 0,
        groups=tuple(dict.fromkeys(groups)),
        origin=row.origin,
    )


def _port(field: Field) -> Number:
    return field.there().number() or 0


def _attributes(field: Field) -> dict[str, str]:
    return {one.get("Key").text(): one.get("Value").any_text() for one in field.items()}


def _balancer(row: Row, listeners: list[Listener], elastic: Mapping[str, str]) -> LoadBalancer:
    mappings = row.get("SubnetMappings").items()
    kind = row.get("Type").text("application")
    scheme = row.get("Scheme").text("internet-facing")
    allocated = {one.get("SubnetId").id("subnet-"): one.get("AllocationId").id("eipalloc-") for one in mappings}
    return LoadBalancer(
        **row.common,
        arn=row.attribute(),
        name=row.name,
        kind=kind,
        is_internet_facing=kind != "gateway" and scheme == "internet-facing",
        subnets=row.get("Subnets").ids("subnet-") or tuple(allocated),
        groups=row.get("SecurityGroups").ids("sg-"),
        listeners=tuple(listeners),
        addresses={subnet: elastic[address] for subnet, address in allocated.items() if address in elastic},
        attributes=_attributes(row.get("LoadBalancerAttributes")),
    )


def _group(row: Row, registered: list[str]) -> TargetGroup:
    targets = ((one.get("Id").there().id(""), one.get("Port").number()) for one in row.get("Targets").items())
    return TargetGroup(
        **row.common,
        arn=row.attribute(),
        name=row.name,
        kind=row.get("TargetType").text("instance"),
        protocol=row.get("Protocol").any_text(),
        port=row.get("Port").number(),
        vpc=row.get("VpcId").id("vpc-"),
        targets=(*targets, *((instance, None) for instance in registered)),
        is_ipv6=row.get("IpAddressType").text() == "ipv6",
        attributes=_attributes(row.get("TargetGroupAttributes")),
    )


def _classic(row: Row, members: list[str]) -> ClassicBalancer:
    listeners = tuple(
        ClassicListener(
            protocol=one.get("Protocol").any_text(),
            port=_port(one.get("LoadBalancerPort")),
            instance_port=_port(one.get("InstancePort")),
            origin=one.origin,
        )
        for one in row.get("Listeners").items()
    )
    return ClassicBalancer(
        **row.common,
        name=row.name,
        is_internet_facing=row.get("Scheme").text("internet-facing") == "internet-facing",
        subnets=row.get("Subnets").ids("subnet-"),
        groups=row.get("SecurityGroups").ids("sg-"),
        listeners=listeners,
        instances=(*row.get("Instances").ids("i-"), *members),
    )
