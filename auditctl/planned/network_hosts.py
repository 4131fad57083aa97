"""Interfaces, instances and functions as raw answers, with their addresses. Untrusted."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from auditctl.planned.network_estate import Estate, Nic
from auditctl.planned.things import Database, ElasticIp, Flag, Function, Instance, Interface, NatGateway, Thing

if TYPE_CHECKING:
    from auditctl.planned.network_marks import Row


def reserve_addresses(estate: Estate) -> None:
    """Take the private addresses that are written out of those that are free in their VPC."""
    for thing in estate.things:
        if isinstance(thing, Interface):
            _reserve(estate, thing.subnet, thing.private_ips)
        elif isinstance(thing, Instance | NatGateway):
            _reserve(estate, thing.subnet, (thing.private_ip,))


def _reserve(estate: Estate, subnet: str, addresses: Sequence[str]) -> None:
    if subnet in estate.subnets:
        estate.reserve(estate.subnets[subnet].vpc, *addresses)


def write_hosts(estate: Estate) -> None:
    """Write interfaces, instances with those that they make, functions in VPCs, and Elastic IP addresses."""
    public = _elastic(estate)
    for thing in estate.things:
        if isinstance(thing, Interface):
            _write_interface(estate, thing, public)
        elif isinstance(thing, Instance):
            _write_instance(estate, thing, public)
        elif isinstance(thing, Function):
            _write_function(estate, thing)
        elif isinstance(thing, Database):
            _write_database(estate, thing)


def _elastic(estate: Estate) -> dict[str, str]:
    """From instance or interface to the Elastic IP address that is associated with it."""
    found: dict[str, str] = {}
    for thing in estate.things:
        if not isinstance(thing, ElasticIp):
            continue
        address = estate.public(thing.public_ip, f"{thing.origin.address}.public_ip")
        row = {"AllocationId": thing.id, "PublicIp": address, "Domain": "vpc", "Tags": estate.tags(thing.tags)}
        estate.add(thing, "ec2/describe-addresses", "Addresses", row, thing.id)
        holder = thing.instance or thing.interface
        if attribute := estate.unknown(thing.instance, thing.interface):
            estate.leave_unknown(thing, "*", attribute)
        elif holder:
            found[holder] = address
    return found


def _groups(estate: Estate, subnet: str, groups: Sequence[str], vpc: str) -> Sequence[str]:
    """The groups of an interface: the default one of its VPC where none is named."""
    if groups:
        return groups
    known = estate.subnets.get(subnet)
    return (estate.default_group(known.vpc if known else vpc),)


def _vpc_of_groups(estate: Estate, groups: Sequence[str]) -> str:
    """The VPC of an interface by its groups."""
    return next((estate.groups[g].vpc for g in groups if g in estate.groups), "")


def _is_checked(estate: Estate, thing: Thing, vpc: str, checks: Flag) -> bool:
    """The source/destination check. One that is not known is on, as far as anything is proved to arrive."""
    if isinstance(checks, bool):
        return checks
    estate.leave_unknown(thing, vpc, estate.unknown(checks) or checks)
    return True


def _write_interface(estate: Estate, thing: Interface, public: Mapping[str, str]) -> None:
    vpc = _vpc_of_groups(estate, thing.groups)
    subnet = estate.subnet_of(thing, thing.subnet, vpc)
    attachment: Row = {}
    if thing.instance and not estate.unknown(thing.instance):
        attachment = {"InstanceId": thing.instance, "DeviceIndex": thing.device}
        if not thing.public_ip and thing.id not in public and thing.device == 0:
            public = {**public, thing.id: public.get(thing.instance, "")}
    elif thing.instance:
        estate.leave_unknown(thing, subnet.vpc, estate.unknown(thing.instance))
    found = thing.public_ip or public.get(thing.id, "")
    nic = Nic(
        id=thing.id,
        subnet=subnet.id,
        groups=_groups(estate, subnet.id, thing.groups, vpc),
        private=thing.private_ips,
        public=estate.public(found, f"{thing.origin.address}.public_ip") if found else "",
        checks=_is_checked(estate, thing, subnet.vpc, thing.checks),
        attachment=attachment,
        tags=thing.tags,
        v6=thing.v6,
    )
    estate.interface(thing, nic)


def _write_instance(estate: Estate, thing: Instance, public: Mapping[str, str]) -> None:
    row: Row = {"InstanceId": thing.id, "State": {"Code": 16, "Name": "running"}, "Tags": estate.tags(thing.tags)}
    if thing.profile:
        profile = estate.known("", thing.profile)
        row["IamInstanceProfile"] = {"Arn": f"arn:{_partition(estate, thing)}:iam::{thing.account}:instance-profile/"}
        row["IamInstanceProfile"]["Arn"] += profile
    part = f"{thing.part}." if thing.part else ""
    if not thing.interface:
        vpc = _vpc_of_groups(estate, thing.groups)
        subnet = estate.subnet_of(thing, thing.subnet, vpc)
        row |= {"SubnetId": subnet.id, "VpcId": subnet.vpc}
        nic = Nic(
            id=thing.primary or estate.name("eni-", thing, f"{part}primary_network_interface_id"),
            subnet=subnet.id,
            groups=_groups(estate, subnet.id, thing.groups, vpc),
            private=(thing.private_ip,),
            public=_public(estate, thing, public, subnet.id),
            attribute=f"{part}private_ip",
            checks=_is_checked(estate, thing, subnet.vpc, thing.checks),
            attachment={"InstanceId": thing.id, "DeviceIndex": 0},
            v6=thing.v6,
        )
        estate.interface(thing, nic)
    reservation = {"OwnerId": thing.account, "Instances": [row]}
    estate.draft.add(thing.account, thing.region, "ec2/describe-instances", "Reservations", reservation)
    estate.draft.came_from(thing.origin, thing=thing.id)


def _partition(estate: Estate, thing: Thing) -> str:
    return estate.draft.accounts.get(thing.account, "aws")


def _public(estate: Estate, thing: Instance, public: Mapping[str, str], subnet: str) -> str:
    """The public address of an instance; an Elastic IP address replaces the one that it gets when it is launched."""
    attribute = ".".join(t for t in (thing.origin.address, thing.part, "public_ip") if t)
    if found := public.get(thing.id) or thing.public_ip:
        return estate.public(found, attribute)
    place = estate.subnets[subnet]
    has = place.public if thing.public is None else thing.public
    if not isinstance(has, bool):
        estate.leave_unknown(thing, place.vpc, estate.unknown(has) or has)
        return ""
    return estate.public("", attribute) if has else ""


def _write_function(estate: Estate, thing: Function) -> None:
    """The interfaces of a function: one for each subnet (AWS Lambda guide, "Giving functions access to a VPC")."""
    vpc = _vpc_of_groups(estate, thing.groups)
    for number, text in enumerate(thing.subnets):
        subnet = estate.subnet_of(thing, text, vpc)
        nic = Nic(
            id=estate.name("eni-", thing, f"vpc_config.network_interface[{number}]"),
            subnet=subnet.id,
            groups=_groups(estate, subnet.id, thing.groups, vpc),
            attribute=f"vpc_config.private_ip[{number}]",
            kind="lambda",
            description=f"AWS Lambda VPC ENI-{estate.known('', thing.name)}",
        )
        estate.interface(thing, nic)


def _write_database(estate: Estate, thing: Database) -> None:
    """The interfaces of a database: one in each subnet that AWS may choose."""
    vpc = _vpc_of_groups(estate, thing.groups)
    for number, text in enumerate(thing.subnets):
        subnet = estate.subnet_of(thing, text, vpc)
        if not isinstance(thing.is_public, bool):
            estate.leave_unknown(thing, subnet.vpc, estate.unknown(thing.is_public) or thing.is_public)
        nic = Nic(
            id=estate.name("eni-", thing, f"network_interface[{number}]"),
            subnet=subnet.id,
            groups=_groups(estate, subnet.id, thing.groups, vpc),
            public=estate.public("", f"{thing.origin.address}.address[{number}]") if thing.is_public is True else "",
            attribute=f"private_ip[{number}]",
            description=thing.description,
            tags=thing.tags,
        )
        estate.interface(thing, nic)
