"""Load balancers, their listeners, rules and target groups from a plan. Untrusted."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from auditctl.planned.terraform.network_hosts import scaled_instances
from auditctl.planned.terraform.network_values import (
    Values,
    by_id,
    flag,
    grouped,
    number,
    open_list,
    placed,
    row,
    rows,
    text,
    texts,
)
from auditctl.planned.terraform.network_vpcs import public_ip
from auditctl.planned.things import (
    ClassicBalancer,
    ClassicListener,
    Listener,
    LoadBalancer,
    Number,
    TargetGroup,
    Thing,
    Unmodelled,
)

if TYPE_CHECKING:
    from auditctl.planned.terraform.plan import Plan, Resource

READ = frozenset({
    "aws_alb",
    "aws_alb_listener",
    "aws_alb_listener_rule",
    "aws_alb_target_group",
    "aws_alb_target_group_attachment",
    "aws_elb",
    "aws_elb_attachment",
    "aws_lb",
    "aws_lb_listener",
    "aws_lb_listener_rule",
    "aws_lb_target_group",
    "aws_lb_target_group_attachment",
})
_BOTH = ("aws_lb", "aws_alb")  # two names of each type
_CROSS_ZONE = "load_balancing.cross_zone.enabled"


def _of(plan: "Plan", ending: str) -> "Iterator[Resource]":
    yield from plan.of(*(f"{start}{ending}" for start in _BOTH))


def _grouped(plan: "Plan", ending: str, holder: str) -> "dict[str, list[Resource]]":
    found: dict[str, list[Resource]] = {}
    for resource in _of(plan, ending):
        found.setdefault(text(resource.values, holder), []).append(resource)
    return found


def balancers(plan: "Plan") -> Iterator[Thing]:
    """The load balancers of all kinds, and the target groups."""
    listeners = _grouped(plan, "_listener", "load_balancer_arn")
    addresses = by_id(plan, "aws_eip")
    for resource in _of(plan, ""):
        yield from _balancer(plan, resource, listeners.get(text(resource.values, "arn"), ()), addresses)
    attached = _grouped(plan, "_target_group_attachment", "target_group_arn")
    for resource in _of(plan, "_target_group"):
        yield _target_group(plan, resource, attached.get(text(resource.values, "arn"), ()))
    yield from _classic(plan)


def _balancer(
    plan: "Plan", resource: "Resource", listeners: "Iterable[Resource]", addresses: "dict[str, Resource]"
) -> Iterator[Thing]:
    values, kind = resource.values, text(resource.values, "load_balancer_type", "application")
    mapped = rows(values, "subnet_mapping")
    subnets = tuple(text(m, "subnet_id") for m in mapped) or texts(values, "subnets")
    subnets = subnets or tuple(t for t in (open_list(values, "subnet_mapping"),) if t)
    written = {text(m, "subnet_id"): addresses.get(text(m, "allocation_id")) for m in mapped}
    crosses = values.get("enable_cross_zone_load_balancing")
    is_internal = flag(values, "internal")
    yield LoadBalancer(
        **placed(plan, resource),
        arn=text(values, "arn"),
        name=text(values, "name"),
        kind=kind if kind in ("application", "network", "gateway") else "application",
        is_internet_facing=is_internal is False and kind != "gateway",
        subnets=subnets,
        groups=texts(values, "security_groups"),
        listeners=tuple(_listener(plan, one, kind) for one in listeners),
        addresses={subnet: public_ip(eip) for subnet, eip in written.items() if eip is not None},
        attributes={_CROSS_ZONE: str(crosses).lower() if isinstance(crosses, bool) else crosses or "false"},
    )
    is_dual = text(values, "ip_address_type").startswith("dualstack")
    reason = f"{is_internal} decides" if isinstance(is_internal, str) else ""
    reason = f"the IPv6 addresses of {resource.address} are known after apply" if is_dual else reason
    if reason:
        yield Unmodelled(**placed(plan, resource), service="elbv2", kind=resource.type, vpc="*", reason=reason)


def _listener(plan: "Plan", resource: "Resource", kind: str) -> Listener:
    values, arn = resource.values, text(resource.values, "arn") or resource.unknown("arn", "name")
    groups = [*_forwarded(values, "default_action")]
    for rule in _of(plan, "_listener_rule"):
        if text(rule.values, "listener_arn") == arn:
            groups += _forwarded(rule.values, "action")
    default = "HTTP" if kind == "application" else "TCP"
    port = number(values, "port")
    return Listener(
        arn=arn,
        protocol=text(values, "protocol", default),
        port=port if port is not None else 0,
        groups=tuple(dict.fromkeys(groups)),
        origin=plan.origin(resource),
    )


def _forwarded(values: Values, member: str) -> Iterator[str]:
    """The target groups that some action forwards to."""
    if whole := open_list(values, member):
        yield whole
    for action in rows(values, member):
        if text(action, "type") != "forward":
            continue
        if found := text(action, "target_group_arn"):
            yield found
        forward = row(action, "forward")
        yield from (text(g, "arn") for g in rows(forward, "target_group") if text(g, "arn"))
        if whole := open_list(action, "forward") or open_list(forward, "target_group"):
            yield whole


def _target_group(plan: "Plan", resource: "Resource", attached: "Iterable[Resource]") -> TargetGroup:
    values, arn = resource.values, text(resource.values, "arn") or resource.unknown("arn", "name")
    keeps = text(values, "preserve_client_ip")
    zones = text(values, "load_balancing_cross_zone_enabled")
    attributes = {"preserve_client_ip.enabled": keeps} if keeps else {}
    attributes |= {_CROSS_ZONE: zones} if zones else {}
    targets: list[tuple[str, Number | None]] = [
        (text(r.values, "target_id") or r.unknown("target_id", "text", example=""), number(r.values, "port"))
        for r in attached
    ]
    targets += [(name, None) for name in _scaled(plan, arn)]
    targets += [(r.unknown("target", "text", example=""), None) for r in _with_tasks(plan, arn)]
    return TargetGroup(
        **placed(plan, resource),
        arn=arn,
        name=text(values, "name") or resource.unknown("name", "name"),
        kind=text(values, "target_type", "instance"),
        protocol=text(values, "protocol", "HTTP"),
        port=number(values, "port") if values.get("port") is not None else 0,
        vpc=text(values, "vpc_id"),
        targets=tuple(dict.fromkeys(targets)),
        is_ipv6=text(values, "ip_address_type") == "ipv6",
        attributes=attributes,
    )


def _scaled(plan: "Plan", arn: str) -> Iterator[str]:
    """The instances of Auto Scaling groups that register with a target group, or by name with a classic balancer."""
    apart = grouped(plan, "aws_autoscaling_attachment", "autoscaling_group_name")
    for resource in plan.of("aws_autoscaling_group"):
        values = resource.values
        named = [*texts(values, "target_group_arns"), *texts(values, "load_balancers")]
        named += [text(r, "identifier") for r in rows(values, "traffic_source")]
        for name in {text(values, "name"), text(values, "id")} - {""}:
            named += [text(r.values, a) for r in apart.get(name, ()) for a in ("lb_target_group_arn", "elb")]
        if arn and arn in named:
            yield from scaled_instances(resource)


def _with_tasks(plan: "Plan", arn: str) -> "Iterator[Resource]":
    """The ECS services that register their tasks with a target group."""
    for resource in plan.of("aws_ecs_service"):
        if any(text(r, "target_group_arn") == arn for r in rows(resource.values, "load_balancer")):
            yield resource


# Classic load balancers.


def _classic(plan: "Plan") -> Iterator[Thing]:
    apart = grouped(plan, "aws_elb_attachment", "elb")
    for resource in plan.of("aws_elb"):
        values, name = resource.values, text(resource.values, "name")
        added = [text(r.values, "instance") for r in apart.get(name, ())]
        instances = (*texts(values, "instances"), *added, *_scaled(plan, name))
        yield ClassicBalancer(
            **placed(plan, resource),
            name=name,
            is_internet_facing=flag(values, "internal") is False,
            subnets=texts(values, "subnets"),
            groups=texts(values, "security_groups"),
            listeners=tuple(_classic_listener(plan, resource, r) for r in rows(values, "listener")),
            instances=tuple(dict.fromkeys(i for i in instances if i)),
        )
        if open_list(values, "listener") or isinstance(values.get("internal"), str):
            reason = f"the listeners or the scheme of {resource.address} are known after apply"
            yield Unmodelled(**placed(plan, resource), service="elb", kind=resource.type, vpc="*", reason=reason)


def _classic_listener(plan: "Plan", resource: "Resource", values: Values) -> ClassicListener:
    ports = [number(values, n) for n in ("lb_port", "instance_port")]
    port, inner = (p if p is not None else 0 for p in ports)
    protocol = text(values, "lb_protocol", "TCP").upper()
    return ClassicListener(protocol=protocol, port=port, instance_port=inner, origin=plan.origin(resource, "listener"))
