"""VPCs, subnets and interfaces of a region, as raw answers have them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from checkers.cloud.network.export_unknown import mapped, note_open, reasons_of
from checkers.cloud.network.header import V4
from checkers.cloud.network.model import Interface, Mapped, Subnet, Vpc
from checkers.cloud.network.rows import Region, Row, listed
from checkers.cloud.snapshot import State
from checkers.kernel.intervals import NOTHING
from checkers.verdict import Unreadable

READ = (
    "ec2/describe-vpcs",
    "ec2/describe-subnets",
    "ec2/describe-network-interfaces",
    "ec2/describe-instances",
)
VPCS, SUBNETS, INTERFACES, INSTANCES = READ
_OTHERS = (("Ipv6Addresses", "Ipv6Address"), ("Ipv4Prefixes", "Ipv4Prefix"), ("Ipv6Prefixes", "Ipv6Prefix"))
# Types of interfaces that send and receive for themselves, and of those that are modelled otherwise (Amazon EC2 API
# reference, NetworkInterface: interfaceType). Not so global_accelerator_managed, by which Global Accelerator brings
# packets of the internet, with their clients' addresses, to what has no public address.
_MODELLED = frozenset(
    "interface efa efa-only trunk branch lambda quicksight iot_rules_managed aws_codestar_connections_managed "
    "api_gateway_managed ec2_instance_connect_endpoint vpc_endpoint load_balancer network_load_balancer "
    "nat_gateway transit_gateway gateway_load_balancer gateway_load_balancer_endpoint".split()
)
# States of an address block that is in use (VpcCidrBlockState, SubnetCidrBlockState).
_IN_USE = ("", "associated", "associating")


def read_vpcs(region: Region) -> None:
    """Read the VPCs of a region."""
    for row in region.rows(VPCS, "Vpcs"):
        vpc = Vpc(row.text("VpcId"), region.place(VPCS), row.blocks([*_blocks(row)]), row.tags())
        region.add(region.export.vpcs, vpc, row.optional("OwnerId"))


def _blocks(row: Row) -> Iterator[str]:
    """The blocks of a VPC or subnet that are in use."""
    if row.has("CidrBlock"):
        yield row.text("CidrBlock")
    for version in ("", "Ipv6"):
        for block in row.rows(f"{version}CidrBlockAssociationSet"):
            if block.row(f"{version}CidrBlockState").optional("State") in _IN_USE:
                yield block.text(f"{version}CidrBlock")


def read_subnets(region: Region) -> None:
    """Read the subnets of a region; note those on an Outpost."""
    for row in region.rows(SUBNETS, "Subnets"):
        subnet = Subnet(
            id=row.text("SubnetId"),
            place=region.place(SUBNETS),
            vpc=row.text("VpcId"),
            zone=row.optional("AvailabilityZoneId") or row.optional("AvailabilityZone"),
            blocks=row.blocks([*_blocks(row)]),
            tags=row.tags(),
        )
        region.add(region.export.subnets, subnet, row.optional("OwnerId"))
        if row.optional("OutpostArn"):
            region.problem(SUBNETS, subnet.id, "a subnet on an Outpost is not modelled", (subnet.vpc,))


def _tags_of_instances(region: Region) -> dict[str, dict[str, str]]:
    """The tags of each instance of a region. Where they could not be had, that is noted with the interfaces."""
    found: dict[str, dict[str, str]] = {}
    fact = region.fact(INSTANCES)
    for reservation in listed(fact, "Reservations") if fact.state is State.VALUE else ():
        for row in reservation.rows("Instances"):
            name = row.text("InstanceId")
            if name in found:
                raise Unreadable(f"{row.where}: {name} is listed twice")
            found[name] = row.tags()
    return found


def read_interfaces(region: Region) -> None:
    """Read the interfaces of a region, with the tags of their instances."""
    tags = _tags_of_instances(region)
    rows = [*region.rows(INTERFACES, "NetworkInterfaces")]
    for row in rows:
        region.add(region.export.interfaces, _interface(row, region, tags), row.optional("OwnerId"))
    for one in (o for o in region.export.interfaces.values() if o.place == region.place(INTERFACES)):
        if one.type not in _MODELLED:
            region.problem(INTERFACES, one.id, f"interfaces of type {one.type} are not modelled", (one.vpc,))
    instances = {i: None for r in rows if (i := r.row("Attachment").optional("InstanceId")) and i not in tags}
    fact = region.fact(INSTANCES)
    if fact.state is not State.VALUE and instances:
        region.problem(INSTANCES, fact.path, f"{fact.reason}: tags of instances are not known", ())
    for instance in instances if fact.state is State.VALUE else ():
        region.problem(INSTANCES, instance, "an interface is attached to it, and the list of instances lacks it", ())


def _interface(row: Row, region: Region, tags: Mapping[str, dict[str, str]]) -> Interface:
    attachment = row.row("Attachment")
    instance = attachment.optional("InstanceId")
    name = row.text("NetworkInterfaceId")
    private, ways = [*dict.fromkeys(_private(row))], [*_associations(row)]
    unknown = reasons_of(region, chain(private, (association.text("PublicIp") for _, association in ways)))
    if unknown:
        note_open(region, name, private)
        private = [text for text in private if region.unknown(text) is None]
    open_ = [way for way in ways if not _is_known(*way, region)] if unknown else []
    known = region.wide or not unknown
    groups = tuple(sorted({g.text("GroupId") for g in row.rows("Groups")}))
    for text in groups:
        group = region.unknown(text)
        if group is not None:
            region.export.any_group[text] = group.reason
    return Interface(
        id=name,
        place=region.place(INTERFACES),
        vpc=row.text("VpcId"),
        subnet=row.text("SubnetId"),
        type=row.optional("InterfaceType", "interface"),
        description=row.optional("Description"),
        groups=groups,
        addresses=row.blocks([*private, *_others(row)]) if known else NOTHING,
        primary=row.address("PrivateIpAddress") if known and row.optional("PrivateIpAddress") in private else None,
        public=_public([way for way in ways if way not in open_] if open_ else ways) if known else {},
        checks=row.flag("SourceDestCheck", default=True),
        instance=instance,
        is_primary=not instance or attachment.number("DeviceIndex") == 0,
        tags=row.tags("TagSet"),
        instance_tags=tags.get(instance, {}),
        unknown=unknown,
        mapped=tuple(dict.fromkeys(_mapped(open_, region, name))) if open_ and known else (),
    )


def _private(row: Row) -> Iterator[str]:
    if row.has("PrivateIpAddress"):
        yield row.text("PrivateIpAddress")
    yield from (each.text("PrivateIpAddress") for each in row.rows("PrivateIpAddresses"))


def _others(row: Row) -> Iterator[str]:
    """IPv6 addresses, and delegated prefixes of both kinds."""
    for members, name in (
        ("Ipv6Addresses", "Ipv6Address"),
        ("Ipv4Prefixes", "Ipv4Prefix"),
        ("Ipv6Prefixes", "Ipv6Prefix"),
    ):
        yield from (each.text(name) for each in row.rows(members))


def _associations(row: Row) -> Iterator[tuple[Row, Row]]:
    """What has a public address, and the association; it stands at the interface, at the address, or at both."""
    for place in (row, *row.rows("PrivateIpAddresses")):
        association = place.row("Association")
        if association.has("PublicIp"):
            yield place, association


def _is_known(place: Row, association: Row, region: Region) -> bool:
    return not (region.unknown(place.text("PrivateIpAddress")) or region.unknown(association.text("PublicIp")))


def _mapped(ways: Sequence[tuple[Row, Row]], region: Region, interface: str) -> Iterator[Mapped]:
    """From private to public address, where one of them is not known."""
    for place, association in ways:
        yield mapped(place, region, interface, place.text("PrivateIpAddress"), association.text("PublicIp"))


def _public(ways: Sequence[tuple[Row, Row]]) -> dict[int, int]:
    """From private to public address, where both are known."""
    found: dict[int, int] = {}
    for place, association in ways:
        private, public = place.address("PrivateIpAddress"), association.address("PublicIp")
        if private not in V4 or public not in V4:
            raise Unreadable(f"{place.where}: a public address and its private one are not both IPv4")
        if found.setdefault(private, public) != public:
            raise Unreadable(f"{place.where}: {place.text('PrivateIpAddress')} has two public addresses")
    return found


READERS = (read_vpcs, read_subnets, read_interfaces)
