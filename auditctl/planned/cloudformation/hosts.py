"""Instances, network interfaces and Elastic IP addresses of a template. Untrusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditctl.planned.cloudformation.launches import launch_of
from auditctl.planned.things import ElasticIp, Instance, Interface

if TYPE_CHECKING:
    from auditctl.planned.cloudformation.estate import Estate, Row
    from auditctl.planned.cloudformation.fields import Field

_INSTANCE, _INTERFACE = "AWS::EC2::Instance", "AWS::EC2::NetworkInterface"
_ATTACHMENT = "AWS::EC2::NetworkInterfaceAttachment"
_EIP, _EIP_ASSOCIATION = "AWS::EC2::EIP", "AWS::EC2::EIPAssociation"
# Further addresses of an interface, which are not read.
_OTHER_ADDRESSES = (
    "Ipv4PrefixCount",
    "Ipv4Prefixes",
    "Ipv6PrefixCount",
    "Ipv6Prefixes",
    "SecondaryPrivateIpAddressCount",
)
READ = frozenset({_INSTANCE, _INTERFACE, _ATTACHMENT, _EIP, _EIP_ASSOCIATION})


def add_hosts(estate: Estate) -> None:
    """Add instances, interfaces and addresses."""
    attached = _attachments(estate)
    written: dict[str, tuple[str, int]] = {}

    def read(row: Row) -> None:
        for device, one in enumerate(_interfaces(row)):
            written[one.get("NetworkInterfaceId").id("eni-")] = (row.attribute(), device)

    for row in estate.of(_INSTANCE):
        estate.attempt(row, read)
    estate.each(lambda row: _instance(estate, row), _INSTANCE)
    estate.each(lambda row: _interface(estate, row, attached | written), _INTERFACE)
    _add_addresses(estate)


def _interfaces(row: Row) -> tuple[Field, ...]:
    return row.get("NetworkInterfaces").items()


def _attachments(estate: Estate) -> dict[str, tuple[str, int]]:
    """The instance and device of interfaces that are attached by a resource of its own."""
    found: dict[str, tuple[str, int]] = {}

    def read(row: Row) -> None:
        device = row.get("DeviceIndex").number()
        place = row.get("InstanceId").there().id("i-"), device if isinstance(device, int) else 1
        found[row.get("NetworkInterfaceId").there().id("eni-")] = place

    for row in estate.of(_ATTACHMENT):
        estate.attempt(row, read)
    return found


def _primary(row: Row) -> Field | None:
    """The entry of an instance's primary interface, where interfaces are written."""
    entries = _interfaces(row)
    return next(
        (one for one in entries if one.get("DeviceIndex").number() in (0, None)), entries[0] if entries else None
    )


def _instance(estate: Estate, row: Row) -> Instance:
    """An instance. What its primary interface says replaces what the instance does, and both what is launched."""
    one, launch = _primary(row), launch_of(estate, row)
    unread = [name for name in _OTHER_ADDRESSES if (one.get if one is not None else row.get)(name).is_there]
    apart = [entry for entry in _interfaces(row) if not entry.get("NetworkInterfaceId").is_there]
    for problem in filter(None, (launch.problem, *unread, "NetworkInterfaces" if apart[1:] else "")):
        estate.leave(row, problem if " " in problem else f"{row.id}.{problem} is not read", "*")
    own = one.get if one is not None else row.get
    groups = own("GroupSet") if one is not None else row.get("SecurityGroupIds")
    public = own("AssociatePublicIpAddress") if one is not None else None
    common = row.common
    return Instance(
        **common | {"tags": {**launch.tags, **common["tags"]}},
        id=row.attribute(),
        subnet=own("SubnetId").id("subnet-") or launch.subnet,
        groups=groups.ids("sg-") or row.get("SecurityGroups").ids("sg-") or launch.groups,
        private_ip=own("PrivateIpAddress").address(),
        public=public.any_flag(default=False) if public is not None and public.is_there else launch.public,
        checks=row.get("SourceDestCheck").any_flag(default=True),
        profile=row.get("IamInstanceProfile").any_text() or launch.profile,
        interface=one.get("NetworkInterfaceId").id("eni-") if one is not None else "",
        v6=_v6(own("Ipv6Addresses"), own("Ipv6AddressCount"), row),
    )


def _v6(addresses: Field, count: Field, row: Row) -> tuple[str, ...]:
    """The IPv6 addresses that are written, and markers for as many as AWS is asked for."""
    written = tuple(one.get("Ipv6Address").address() for one in addresses.items())
    asked = count.number() or 0
    number = asked if isinstance(asked, int) else 1
    chosen = (
        row.evaluator.unknown(f"{row.id}.Ipv6Addresses.{i}", "address", row.resource.at, example="2001:db8::1")
        for i in range(min(number, 50))
    )
    return (*written, *(value.text for value in chosen))


def _interface(estate: Estate, row: Row, attached: dict[str, tuple[str, int]]) -> Interface:
    name = row.attribute()
    for unread in (member for member in _OTHER_ADDRESSES if row.get(member).is_there):
        estate.leave(row, f"{row.id}.{unread} is not read", "*")
    instance, device = attached.get(name, ("", 0))
    first = row.get("PrivateIpAddress").address()
    more = [one.get("PrivateIpAddress").address() for one in row.get("PrivateIpAddresses").items()]
    return Interface(
        **row.common,
        id=name,
        subnet=row.get("SubnetId").there().id("subnet-"),
        groups=row.get("GroupSet").ids("sg-"),
        private_ips=tuple(dict.fromkeys(a for a in (first, *more) if a)),
        checks=row.get("SourceDestCheck").any_flag(default=True),
        instance=instance,
        device=device,
        v6=_v6(row.get("Ipv6Addresses"), row.get("Ipv6AddressCount"), row),
    )


def _add_addresses(estate: Estate) -> None:
    """Elastic IP addresses with what is associated with them, by a property or a resource of its own."""
    found: dict[str, tuple[str, str, str]] = {}

    def read(row: Row) -> None:
        allocation, address = row.get("AllocationId"), row.get("EIP")
        key = allocation.id("eipalloc-") if allocation.is_there else address.any_text()
        found[key] = (
            row.get("InstanceId").id("i-"),
            row.get("NetworkInterfaceId").id("eni-"),
            row.get("PrivateIpAddress").address(),
        )

    for row in estate.of(_EIP_ASSOCIATION):
        estate.attempt(row, read)

    def make(row: Row) -> ElasticIp:
        name, address = row.attribute("AllocationId"), row.attribute("PublicIp")
        none = row.get("InstanceId").id("i-"), "", ""
        instance, interface, private = found.pop(name, found.pop(address, none))
        return ElasticIp(
            **row.common,
            id=name,
            public_ip=address,
            instance=instance,
            interface=interface,
            private_ip=private,
        )

    estate.each(make, _EIP)
    for row in estate.of(_EIP_ASSOCIATION):
        key = row.get("AllocationId").id("eipalloc-") or row.get("EIP").any_text()
        if key in found:
            estate.leave(row, f"it is of the address {key}, which the template does not make")
