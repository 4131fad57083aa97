"""Launch templates and configurations of a template, and the instances of Auto Scaling groups.

Untrusted. How many instances a group has changes by the hour: one in each subnet stands for them all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from auditctl.planned.things import Flag, Instance

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from auditctl.planned.cloudformation.estate import Estate, Row
    from auditctl.planned.cloudformation.fields import Field

_TEMPLATE, _CONFIGURATION = "AWS::EC2::LaunchTemplate", "AWS::AutoScaling::LaunchConfiguration"
_GROUP = "AWS::AutoScaling::AutoScalingGroup"
READ = frozenset({_GROUP})
_NAMED = ("LaunchTemplateId", "LaunchTemplateName")
# Addresses that an interface has beside one private and one public one.
_ADDRESSES = (
    "Ipv4PrefixCount",
    "Ipv4Prefixes",
    "Ipv6AddressCount",
    "Ipv6Addresses",
    "Ipv6PrefixCount",
    "Ipv6Prefixes",
    "SecondaryPrivateIpAddressCount",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What a launch template or configuration says of instances. `problem` is why it does not say everything."""

    subnet: str = ""
    groups: tuple[str, ...] = ()
    public: Flag | None = None
    profile: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


def launch_of(estate: Estate, row: Row) -> Launch:
    """What is said elsewhere of an instance, or of those of a group."""
    block = row.get("LaunchTemplate")
    if not block.is_there and row.type == _GROUP:
        block = row.get("MixedInstancesPolicy").get("LaunchTemplate").get("LaunchTemplateSpecification")
    if block.is_there:
        names = {block.get(name).id("lt-") for name in _NAMED} - {""}
        for template in estate.of(_TEMPLATE):
            own = {template.attribute(), template.get("LaunchTemplateName").any_text()}
            if own & names:
                return _of_template(template)
        return Launch(problem=f"the launch template of {row.id} is not in the template")
    if row.type != _GROUP:
        return Launch()
    name = row.get("LaunchConfigurationName").any_text()
    for configuration in estate.of(_CONFIGURATION):
        if name and name in {configuration.attribute(), configuration.get("LaunchConfigurationName").any_text()}:
            return _of_configuration(configuration)
    return Launch(problem=f"what {row.id} launches is not in the template")


def _of_template(row: Row) -> Launch:
    data = row.get("LaunchTemplateData")
    interfaces = data.get("NetworkInterfaces").items()
    first = interfaces[0] if interfaces else data.get("NetworkInterfaces")
    is_known = not interfaces[1:] and not (interfaces and first.get("NetworkInterfaceId").is_there)
    groups = (*data.get("SecurityGroupIds").ids("sg-"), *data.get("SecurityGroups").ids("sg-"))
    unread = [name for name in _ADDRESSES if interfaces and first.get(name).is_there]
    problem = f"{row.id}.LaunchTemplateData.NetworkInterfaces.0.{unread[0]} is not read" if unread else ""
    public = first.get("AssociatePublicIpAddress") if interfaces else None
    return Launch(
        subnet=first.get("SubnetId").id("subnet-") if interfaces else "",
        groups=groups or (first.get("Groups").ids("sg-") if interfaces else ()),
        public=public.any_flag(default=False) if public is not None and public.is_there else None,
        profile=_profile(data.get("IamInstanceProfile")),
        tags=_tags(data),
        problem=problem if is_known else f"{row.id} has more than one interface",
    )


def _profile(field_: Field) -> str:
    """The name of an instance profile, which is named by it or by its ARN."""
    return field_.get("Name").any_text() or field_.get("Arn").any_text().rpartition("/")[2]


def _tags(data: Field) -> dict[str, str]:
    for one in data.get("TagSpecifications").items():
        if one.get("ResourceType").any_text() == "instance":
            return one.get("Tags").tags()
    return {}


def _of_configuration(row: Row) -> Launch:
    public = row.get("AssociatePublicIpAddress")
    return Launch(
        groups=row.get("SecurityGroups").ids("sg-"),
        public=public.any_flag(default=False) if public.is_there else None,
        profile=row.get("IamInstanceProfile").any_text().rpartition("/")[2],
    )


def add_scaled(estate: Estate) -> None:
    """Add the instances of Auto Scaling groups."""
    for row in estate.of(_GROUP):
        for instance in estate.attempt(row, lambda r: list(_scaled(estate, r))) or ():
            estate.things.append(instance)


def _scaled(estate: Estate, row: Row) -> Iterator[Instance]:
    launch = launch_of(estate, row)
    own = {
        one.get("Key").any_text(): one.get("Value").any_text()
        for one in row.get("Tags").items()
        if one.get("PropagateAtLaunch").any_flag(default=False) is True
    }
    subnets = row.get("VPCZoneIdentifier").ids("subnet-") or (launch.subnet,)
    for i, subnet in enumerate(subnets):
        yield Instance(
            **row.common | {"tags": {**launch.tags, **own}},
            id=f"i-{row.made(f'Instance.{i}')}",
            subnet=subnet,
            groups=launch.groups,
            public=launch.public,
            profile=launch.profile,
            part=f"Instance.{i}",
        )
    overrides = row.get("MixedInstancesPolicy").get("LaunchTemplate").get("Overrides").items()
    others = any(one.get("LaunchTemplateSpecification").is_there for one in overrides)
    for problem in filter(None, (launch.problem, f"{row.id} has several launch templates" if others else "")):
        estate.leave(row, problem, "*")


def scaled_targets(estate: Estate) -> dict[str, list[str]]:
    """The instances of Auto Scaling groups by the ARN of each target group that they are registered with."""
    found: dict[str, list[str]] = {}

    def read(row: Row) -> None:
        number = len(row.get("VPCZoneIdentifier").ids("subnet-")) or 1
        sources = (one.get("Identifier").id("") for one in row.get("TrafficSources").items())
        for group in (*row.get("TargetGroupARNs").ids(""), *sources):
            found.setdefault(group, []).extend(f"i-{row.made(f'Instance.{i}')}" for i in range(number))

    for row in estate.of(_GROUP):
        estate.attempt(row, read)
    return found


def scaled_members(estate: Estate) -> dict[str, list[str]]:
    """As `scaled_targets`, by the name of each classic load balancer."""
    found: dict[str, list[str]] = {}

    def read(row: Row) -> None:
        number = len(row.get("VPCZoneIdentifier").ids("subnet-")) or 1
        for name in row.get("LoadBalancerNames").items():
            found.setdefault(name.any_text(), []).extend(f"i-{row.made(f'Instance.{i}')}" for i in range(number))

    for row in estate.of(_GROUP):
        estate.attempt(row, read)
    return found
