"""Instances, their interfaces and addresses from a plan. Untrusted.

Of an Auto Scaling group there is one instance in each of its subnets: the others there are told from it by their
addresses alone, which nobody knows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditctl.planned.terraform.network_values import (
    Values,
    flag,
    grouped,
    is_open,
    number,
    open_list,
    placed,
    row,
    rows,
    text,
    texts,
)
from auditctl.planned.terraform.network_vpcs import public_ip
from auditctl.planned.things import ElasticIp, Flag, Instance, Interface, Thing, Unmodelled

if TYPE_CHECKING:
    from auditctl.planned.terraform.plan import Plan, Resource

READ = frozenset({
    "aws_autoscaling_attachment",
    "aws_autoscaling_group",
    "aws_eip",
    "aws_eip_association",
    "aws_instance",
    "aws_launch_configuration",
    "aws_launch_template",
    "aws_network_interface",
    "aws_network_interface_attachment",
    "aws_network_interface_sg_attachment",
})
_OTHER_ADDRESSES = (
    "secondary_private_ips",
    "private_ips_count",
    "ipv4_prefixes",
    "ipv4_prefix_count",
    "ipv6_prefixes",
    "ipv6_prefix_count",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What a launch template or configuration says of instances. `problem` is why it does not say everything."""

    subnet: str = ""
    groups: tuple[str, ...] = ()
    public: Flag | None = None
    profile: str = ""
    tags: Mapping[str, str]
    problem: str = ""


def hosts(plan: "Plan") -> Iterator[Thing]:
    """The instances, those of Auto Scaling groups too, the interfaces and the Elastic IP addresses."""
    held = _held(plan)
    added = _added_groups(plan)
    for resource in plan.of("aws_instance"):
        yield from _instance(plan, resource, held, added)
    for resource in plan.of("aws_autoscaling_group"):
        yield from _scaled(plan, resource)
    for resource in plan.of("aws_network_interface"):
        yield from _interface(plan, resource, held, added)
    yield from _addresses(plan)


def _held(plan: "Plan") -> dict[str, tuple[str, int]]:
    """The instance that each interface is attached to, and its device index there."""
    found: dict[str, tuple[str, int]] = {}
    for resource in plan.of("aws_instance"):
        name = text(resource.values, "id")
        for block in ("network_interface", "primary_network_interface"):
            for each in rows(resource.values, block):
                found[text(each, "network_interface_id")] = name, _index(each)
    for resource in plan.of("aws_network_interface_attachment"):
        values = resource.values
        found[text(values, "network_interface_id")] = text(values, "instance_id"), _index(values)
    for resource in plan.of("aws_network_interface"):
        for each in rows(resource.values, "attachment"):
            found[text(resource.values, "id")] = text(each, "instance"), _index(each)
    return {name: holder for name, holder in found.items() if name and holder[0]}


def _index(values: Values) -> int:
    found = number(values, "device_index")
    return found if isinstance(found, int) else 0


def _added_groups(plan: "Plan") -> dict[str, list[str]]:
    """The groups that are given to an interface by resources of their own."""
    found: dict[str, list[str]] = {}
    for resource in plan.of("aws_network_interface_sg_attachment"):
        group, interface = (text(resource.values, n) for n in ("security_group_id", "network_interface_id"))
        if is_open(interface):
            interface, group = "", resource.unknown("network_interface_id", "text", example="sg-00000000000000000")
        found.setdefault(interface, []).append(group)
    return found


def _added_to(added: Mapping[str, Sequence[str]], interface: str) -> tuple[str, ...]:
    """The groups that are given to an interface; one that is not known for one that is given to any."""
    return tuple(dict.fromkeys((*added.get(interface, ()), *added.get("", ()))))


# Instances.


def _instance(
    plan: "Plan", resource: "Resource", held: Mapping[str, tuple[str, int]], added: Mapping[str, Sequence[str]]
) -> Iterator[Thing]:
    values, name = resource.values, text(resource.values, "id")
    launch = launch_of(plan, resource)
    groups = texts(values, "vpc_security_group_ids") or texts(values, "security_groups") or launch.groups
    more = _added_to(added, text(values, "primary_network_interface_id"))
    own = next((i for i, (instance, index) in held.items() if instance == name and index == 0), "")
    where = placed(plan, resource)
    where["tags"] = {**launch.tags, **where["tags"]}
    yield Instance(
        **where,
        id=name,
        subnet=text(values, "subnet_id") or launch.subnet,
        groups=_with(groups, more, resource),
        private_ip=text(values, "private_ip"),
        public=flag(values, "associate_public_ip_address") if _is_said(values) else launch.public,
        checks=flag(values, "source_dest_check", default=True),
        profile=text(values, "iam_instance_profile") or launch.profile,
        interface=own,
        v6=_v6(resource),
        public_ip=text(values, "public_ip"),
        primary=text(values, "primary_network_interface_id"),
    )
    yield from _problems(plan, resource, launch.problem)


def _with(groups: tuple[str, ...], more: tuple[str, ...], resource: "Resource") -> tuple[str, ...]:
    """Groups and those that are added to them; what they are added to is not known where nobody wrote it."""
    if more and not groups:
        groups = (resource.unknown("vpc_security_group_ids", "text", example="sg-00000000000000000"),)
    return groups + more


def _v6(resource: "Resource") -> tuple[str, ...]:
    """The IPv6 addresses of an interface, a marker for those that AWS chooses."""
    written = texts(resource.values, "ipv6_addresses")
    if written or not resource.values.get("ipv6_address_count"):
        return written
    return (resource.unknown("ipv6_addresses", "address", example="2001:db8::10"),)


def _problems(plan: "Plan", resource: "Resource", problem: str = "") -> Iterator[Thing]:
    """What of an instance or interface is not read."""
    other = next((n for n in _OTHER_ADDRESSES if resource.values.get(n)), "")
    for reason in (problem, f"{resource.address}.{other} is not read" if other else ""):
        if reason:
            yield Unmodelled(**placed(plan, resource), service="ec2", kind=resource.type, vpc="*", reason=reason)


def launch_of(plan: "Plan", resource: "Resource") -> Launch:
    """What the launch template or configuration of an instance or Auto Scaling group says."""
    block = row(resource.values, "launch_template") or _mixed(resource.values)
    name = text(resource.values, "launch_configuration")
    whole = any(open_list(resource.values, n) for n in ("launch_template", "mixed_instances_policy"))
    if not block and not name and not whole:
        return Launch(tags={})
    names = ("id", "name", "launch_template_id", "launch_template_name")
    given = {text(block, n) for n in names} - {""}
    for template in plan.of("aws_launch_template"):
        if text(template.values, "id") in given or text(template.values, "name") in given:
            return _of_template(template)
    for configuration in plan.of("aws_launch_configuration"):
        if name and name in (text(configuration.values, "name"), text(configuration.values, "id")):
            return _of_configuration(configuration)
    group = resource.unknown("vpc_security_group_ids", "text", example="sg-00000000000000000")
    profile = resource.unknown("iam_instance_profile", "name")
    problem = f"the launch template of {resource.address} is not in the plan"
    return Launch(groups=(group,), profile=profile, tags={}, problem=problem)


def _mixed(values: Values) -> Values:
    return row(row(row(values, "mixed_instances_policy"), "launch_template"), "launch_template_specification")


def _other_template(resource: "Resource") -> str:
    """Why an Auto Scaling group may launch instances of another launch template than its first."""
    mixed = row(row(resource.values, "mixed_instances_policy"), "launch_template")
    others = (
        row(r, "launch_template_specification") or open_list(r, "launch_template_specification")
        for r in rows(mixed, "override")
    )
    is_there = any(others) or bool(open_list(mixed, "override"))
    return f"{resource.address}.mixed_instances_policy[0].launch_template[0].override is not read" if is_there else ""


def _of_template(resource: "Resource") -> Launch:
    values = resource.values
    interfaces = rows(values, "network_interfaces")
    first = interfaces[0] if interfaces else {}
    profile = row(values, "iam_instance_profile")
    found = [r.get("tags") for r in rows(values, "tag_specifications") if r.get("resource_type") == "instance"]
    tags: Mapping[str, str] = next((t for t in found if isinstance(t, Mapping)), {})
    problems = [n for n in ("network_interfaces", "iam_instance_profile") if open_list(values, n)]
    problems += ["network_interfaces"] if interfaces[1:] or "network_interface_id" in _set(first) else []
    return Launch(
        subnet=text(first, "subnet_id"),
        groups=texts(values, "vpc_security_group_ids") or texts(first, "security_groups"),
        public=flag(first, "associate_public_ip_address") if _is_said(first) else None,
        profile=text(profile, "name") or text(profile, "arn").rpartition("/")[2],
        tags=tags,
        problem=f"{resource.address}.{problems[0]} is not read" if problems else "",
    )


def _is_said(values: Values) -> bool:
    """Whether an interface gets a public address, or none, whatever its subnet says."""
    return values.get("associate_public_ip_address") not in (None, "")


def _set(values: Values) -> set[str]:
    return {name for name, value in values.items() if value}


def _of_configuration(resource: "Resource") -> Launch:
    values = resource.values
    profile = text(values, "iam_instance_profile").rpartition("/")[2]
    return Launch(
        groups=texts(values, "security_groups"),
        public=flag(values, "associate_public_ip_address") if _is_said(values) else None,
        profile=profile,
        tags={},
    )


def scaled_instances(resource: "Resource") -> tuple[str, ...]:
    """The ids of the instances that stand for those of an Auto Scaling group, one for each subnet."""
    subnets = texts(resource.values, "vpc_zone_identifier") or ("",)
    return tuple("i-" + resource.unknown(f"instance[{i}]", "name") for i in range(len(subnets)))


def _scaled(plan: "Plan", resource: "Resource") -> Iterator[Thing]:
    launch = launch_of(plan, resource)
    where = placed(plan, resource)
    own = {
        text(t, "key"): text(t, "value") for t in rows(resource.values, "tag") if t.get("propagate_at_launch") is True
    }
    where["tags"] = {**launch.tags, **own}
    subnets = texts(resource.values, "vpc_zone_identifier") or (launch.subnet,)
    for i, (name, subnet) in enumerate(zip(scaled_instances(resource), subnets, strict=True)):
        yield Instance(
            **where,
            id=name,
            subnet=subnet,
            groups=launch.groups,
            public=launch.public,
            profile=launch.profile,
            part=f"instance[{i}]",
        )
    yield from _problems(plan, resource, launch.problem or _other_template(resource))


# Interfaces and addresses.


def _interface(
    plan: "Plan", resource: "Resource", held: Mapping[str, tuple[str, int]], added: Mapping[str, Sequence[str]]
) -> Iterator[Thing]:
    values, name = resource.values, text(resource.values, "id")
    instance, index = held.get(name, ("", 0))
    first = tuple(t for t in (text(values, "private_ip"),) if t)
    yield Interface(
        **placed(plan, resource),
        id=name,
        subnet=text(values, "subnet_id"),
        groups=_with(texts(values, "security_groups"), _added_to(added, name), resource),
        private_ips=_listed(values) or first,
        checks=flag(values, "source_dest_check", default=True),
        instance=instance,
        device=index,
        v6=_v6(resource),
    )
    yield from _problems(plan, resource)


def _listed(values: Values) -> tuple[str, ...]:
    """The private addresses of an interface, the primary one first where there is an order."""
    return texts(values, "private_ip_list") or texts(values, "private_ips")


def _addresses(plan: "Plan") -> Iterator[Thing]:
    apart = grouped(plan, "aws_eip_association", "allocation_id")
    for resource in plan.of("aws_eip"):
        values, name = resource.values, text(resource.values, "id")
        places = [values, *(r.values for r in apart.get(name, ()))]
        yield ElasticIp(
            **placed(plan, resource),
            id=name,
            public_ip=public_ip(resource),
            instance=next((t for v in places for n in ("instance", "instance_id") if (t := text(v, n))), ""),
            interface=next(
                (t for v in places for n in ("network_interface", "network_interface_id") if (t := text(v, n))), ""
            ),
            private_ip=text(values, "associate_with_private_ip"),
        )
    for name, found in apart.items():
        if name not in {text(r.values, "id") for r in plan.of("aws_eip")}:
            yield from (_existing_address(plan, r) for r in found)


def _existing_address(plan: "Plan", resource: "Resource") -> ElasticIp:
    """An address that exists already, associated by the plan."""
    values = resource.values
    return ElasticIp(
        **placed(plan, resource),
        id=text(values, "allocation_id") or "eipalloc-" + resource.unknown("allocation_id", "name"),
        public_ip=text(values, "public_ip"),
        instance=text(values, "instance_id"),
        interface=text(values, "network_interface_id"),
    )
