"""VPCs, subnets, route tables and the gateways of VPCs from a plan. Untrusted.

The attributes are those of the registry's documentation of hashicorp/aws 5.100.
"""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from auditctl.planned.terraform.network_values import (
    Placed,
    Values,
    by_id,
    flag,
    grouped,
    is_open,
    numbered,
    open_list,
    placed,
    rows,
    text,
    texts,
)
from auditctl.planned.things import (
    InternetGateway,
    NatGateway,
    Peering,
    Route,
    RouteTable,
    Subnet,
    Thing,
    Unmodelled,
    Vpc,
    VpnGateway,
)

if TYPE_CHECKING:
    from auditctl.planned.terraform.plan import Plan, Resource

READ = frozenset({
    "aws_default_route_table",
    "aws_default_subnet",
    "aws_default_vpc",
    "aws_egress_only_internet_gateway",
    "aws_internet_gateway",
    "aws_internet_gateway_attachment",
    "aws_main_route_table_association",
    "aws_nat_gateway",
    "aws_route",
    "aws_route_table",
    "aws_route_table_association",
    "aws_subnet",
    "aws_vpc",
    "aws_vpc_ipv4_cidr_block_association",
    "aws_vpc_ipv6_cidr_block_association",
    "aws_vpc_peering_connection",
    "aws_vpc_peering_connection_accepter",
    "aws_vpc_peering_connection_options",
    "aws_vpn_gateway",
    "aws_vpn_gateway_attachment",
    "aws_vpn_gateway_route_propagation",
})
_TARGETS = (
    "gateway_id",
    "nat_gateway_id",
    "transit_gateway_id",
    "vpc_peering_connection_id",
    "egress_only_gateway_id",
    "network_interface_id",
    "vpc_endpoint_id",
    "carrier_gateway_id",
    "local_gateway_id",
    "core_network_arn",
    "instance_id",
)
_EXAMPLE4, _EXAMPLE6 = "10.255.0.0/16", "2001:db8::/56"


# VPCs and subnets.


def vpcs(plan: "Plan") -> Iterator[Thing]:
    """The VPCs, and those that data sources found."""
    more = grouped(plan, "aws_vpc_ipv4_cidr_block_association", "vpc_id")
    more6 = grouped(plan, "aws_vpc_ipv6_cidr_block_association", "vpc_id")
    for resource in plan.of("aws_vpc", "aws_default_vpc"):
        name = text(resource.values, "id")
        blocks = [*_own_blocks(resource)]
        blocks += [_block(r, "cidr_block", _EXAMPLE4) for r in more.get(name, ())]
        blocks += [_block(r, "ipv6_cidr_block", _EXAMPLE6) for r in more6.get(name, ())]
        exists = resource.type == "aws_default_vpc"  # it adopts the one that every region has
        yield Vpc(**placed(plan, resource), id=name, blocks=tuple(dict.fromkeys(blocks)), exists=exists)
    for resource in plan.data("aws_vpc"):
        values = resource.values
        blocks = [text(values, "cidr_block"), *(text(r, "cidr_block") for r in rows(values, "cidr_block_associations"))]
        blocks.append(text(values, "ipv6_cidr_block"))
        kept = tuple(dict.fromkeys(b for b in blocks if b))
        if not is_open(text(values, "id")):
            yield Vpc(**placed(plan, resource), id=text(values, "id"), blocks=kept, exists=True)


def _block(resource: "Resource", attribute: str, example: str) -> str:
    """A block, or the marker of one that AWS chooses."""
    return text(resource.values, attribute) or resource.unknown(attribute, "block", example=example)


def _own_blocks(resource: "Resource") -> Iterator[str]:
    """The blocks of a VPC or subnet. An IPv6 block is there where one is written or asked for."""
    values = resource.values
    if not values.get("ipv6_native"):
        yield _block(resource, "cidr_block", _EXAMPLE4)
    asked = ("ipv6_cidr_block", "assign_generated_ipv6_cidr_block", "ipv6_ipam_pool_id", "ipv6_netmask_length")
    if any(values.get(name) for name in asked):
        yield _block(resource, "ipv6_cidr_block", _EXAMPLE6)


def subnets(plan: "Plan") -> Iterator[Thing]:
    """The subnets, and those that data sources found."""
    for resource in plan.of("aws_subnet", "aws_default_subnet"):
        yield _subnet(plan, resource, exists=resource.type == "aws_default_subnet")
    for resource in plan.data("aws_subnet"):
        if not is_open(text(resource.values, "id")) and text(resource.values, "vpc_id"):
            yield _subnet(plan, resource, exists=True)


def _subnet(plan: "Plan", resource: "Resource", *, exists: bool) -> Subnet:
    values = resource.values
    found = (text(values, "cidr_block"), text(values, "ipv6_cidr_block"))
    return Subnet(
        **placed(plan, resource),
        id=text(values, "id"),
        vpc=text(values, "vpc_id"),
        blocks=tuple(b for b in found if b) if exists else tuple(_own_blocks(resource)),
        zone=text(values, "availability_zone") or resource.unknown("availability_zone", "name"),
        public=flag(values, "map_public_ip_on_launch", default=resource.type == "aws_default_subnet"),
        assigns_v6=flag(values, "assign_ipv6_address_on_creation"),
        exists=exists,
    )


# Route tables.


def tables(plan: "Plan") -> Iterator[Thing]:
    """The route tables with the routes and associations that are written apart from them.

    Where it is not known of which table one is, each may have it: they all have a route that is not known.
    """
    routes = grouped(plan, "aws_route", "route_table_id")
    bound = grouped(plan, "aws_route_table_association", "route_table_id")
    spread = grouped(plan, "aws_vpn_gateway_route_propagation", "route_table_id")
    mains = main_tables(plan)
    main = {text(r.values, "route_table_id") for r in plan.of("aws_main_route_table_association")}
    replaced = {text(r.values, "vpc_id") for r in plan.of("aws_main_route_table_association")}
    written = by_id(plan, "aws_route_table", "aws_default_route_table")
    strays = [*_strays(plan)]
    named = mains if strays else (t for t in (*routes, *bound, *spread) if t in mains)
    for name in dict.fromkeys([*written, *named]):
        resource = written.get(name) or mains[name]
        vpc = text(mains[name].values, "id") if name in mains else text(resource.values, "vpc_id")
        own = routes.get(name, [])
        found = [*_inline(plan, resource)] if name in written else []
        found += [_route(plan, r, r.values) for r in own] + [_spread(plan, r) for r in spread.get(name, ())]
        found += strays
        where = placed(plan, resource) if name in written else _without_tags(placed(plan, resource))
        yield RouteTable(
            **where,
            id=name,
            vpc=vpc,
            routes=tuple(found),
            subnets=tuple(t for r in bound.get(name, ()) if (t := text(r.values, "subnet_id"))),
            gateways=tuple(t for r in bound.get(name, ()) if (t := text(r.values, "gateway_id"))),
            is_main=name in main or (name in mains and vpc not in replaced),
        )
    types = ("aws_route", "aws_route_table_association", "aws_main_route_table_association")
    yield from of_others(plan, "route_table_id", {*written, *mains}, *types, "aws_vpn_gateway_route_propagation")


def of_others(plan: "Plan", holder: str, known: Collection[str], *types: str) -> Iterator[Unmodelled]:
    """Parts of a table or network ACL that is not in the plan: it may be of any VPC that was there before."""
    there = [r for r in plan.of("aws_vpc", "aws_default_vpc") if "create" not in r.actions or "default" in r.type]
    for resource in plan.of(*types):
        name = text(resource.values, holder)
        for vpc in there if not is_open(name) and name not in known else ():
            where = _without_tags(placed(plan, resource))
            reason = f"{name} is not in the plan"
            kind, place = resource.type, text(vpc.values, "id", "*")
            yield Unmodelled(**where, service="ec2", kind=kind, vpc=place, reason=reason)


def main_tables(plan: "Plan") -> "dict[str, Resource]":
    """The VPCs by the main route tables that come with them."""
    return _coming_with(plan, "main_route_table_id", "default_route_table_id")


def _coming_with(plan: "Plan", *attributes: str) -> "dict[str, Resource]":
    found = ((text(r.values, a), r) for r in plan.of("aws_vpc", "aws_default_vpc") for a in attributes)
    return {name: resource for name, resource in found if name}


def coming_with(plan: "Plan", attribute: str) -> "dict[str, Resource]":
    """The VPCs by something that comes with them: default_security_group_id, default_network_acl_id."""
    return _coming_with(plan, attribute)


def _without_tags(found: Placed) -> Placed:
    return Placed(account=found["account"], region=found["region"], origin=found["origin"], tags={})


def _inline(plan: "Plan", resource: "Resource") -> Iterator[Route]:
    if whole := open_list(resource.values, "route"):
        yield Route(destination=whole, target="", origin=plan.origin(resource, "route"))
    for place, values in numbered(resource.values, "route"):
        yield _route(plan, resource, values, place)
    for gateway in texts(resource.values, "propagating_vgws"):
        yield Route(destination=_learned(resource), target=gateway, origin=plan.origin(resource, "propagating_vgws"))


def _learned(resource: "Resource") -> str:
    """The destinations that a virtual private gateway learns: they are in no plan."""
    return resource.unknown("propagating_vgws", "text", example="")


def _spread(plan: "Plan", resource: "Resource") -> Route:
    gateway = text(resource.values, "vpn_gateway_id")
    destination = resource.unknown("vpn_gateway_id", "text", example="")
    return Route(destination=destination, target=gateway, origin=plan.origin(resource))


def _route(plan: "Plan", resource: "Resource", values: Values, place: str = "") -> Route:
    prefix = "" if place else "destination_"
    names = (f"{prefix}cidr_block", f"{prefix}ipv6_cidr_block", "destination_prefix_list_id")
    destination = next((t for n in names if (t := text(values, n))), "")
    return Route(
        destination=destination or resource.unknown(f"{place}.destination".strip("."), "text", example="0.0.0.0/0"),
        target=next((t for n in _TARGETS if (t := text(values, n))), ""),
        origin=plan.origin(resource, place),
    )


def _strays(plan: "Plan") -> Iterator[Route]:
    """What stands for a route, association or propagation of a table that is not known."""
    types = ("aws_route", "aws_route_table_association", "aws_main_route_table_association")
    for resource in plan.of(*types, "aws_vpn_gateway_route_propagation"):
        if is_open(text(resource.values, "route_table_id")):
            destination = resource.unknown("route_table_id", "text", example="rtb-00000000000000000")
            yield Route(destination=destination, target="", origin=plan.origin(resource))


# Gateways.


def gateways(plan: "Plan") -> Iterator[Thing]:
    """The internet, egress-only, virtual private and NAT gateways."""
    kinds: tuple[tuple[str, str, type[InternetGateway | VpnGateway]], ...] = (
        ("aws_internet_gateway", "internet_gateway_id", InternetGateway),
        ("aws_vpn_gateway", "vpn_gateway_id", VpnGateway),
    )
    for type_, holder, made in kinds:
        attached = grouped(plan, f"{type_}_attachment", holder)
        for resource in plan.of(type_):
            name = text(resource.values, "id")
            vpc = text(resource.values, "vpc_id")
            vpc = vpc or next((text(r.values, "vpc_id") for r in attached.get(name, ())), "")
            yield made(**placed(plan, resource), id=name, vpc=vpc)
        planned = {text(r.values, "id") for r in plan.of(type_)}
        for name, found in attached.items():
            if name not in planned and not is_open(name):  # a gateway that exists already
                yield made(**placed(plan, found[0]), id=name, vpc=text(found[0].values, "vpc_id"))
    for resource in plan.of("aws_egress_only_internet_gateway"):
        vpc = text(resource.values, "vpc_id")
        yield InternetGateway(**placed(plan, resource), id=text(resource.values, "id"), vpc=vpc, egress_only=True)
    yield from _nats(plan)


def _nats(plan: "Plan") -> Iterator[Thing]:
    addresses = by_id(plan, "aws_eip")
    for resource in plan.of("aws_nat_gateway"):
        values = resource.values
        address = addresses.get(text(values, "allocation_id"))
        yield NatGateway(
            **placed(plan, resource),
            id=text(values, "id"),
            subnet=text(values, "subnet_id"),
            is_public=text(values, "connectivity_type", "public") == "public",
            private_ip=text(values, "private_ip"),
            public_ip=public_ip(address) if address is not None else text(values, "public_ip"),
        )
        more = ("secondary_allocation_ids", "secondary_private_ip_addresses", "secondary_private_ip_address_count")
        if any(values.get(name) for name in more):
            reason = "secondary addresses of NAT gateways are not read"
            yield Unmodelled(**placed(plan, resource), service="ec2", kind=resource.type, vpc="*", reason=reason)


def public_ip(resource: "Resource") -> str:
    """The address of an Elastic IP address, the same marker wherever it is associated."""
    return text(resource.values, "public_ip") or resource.unknown("public_ip", "address", example=None)


# Peering.


def peerings(plan: "Plan") -> Iterator[Thing]:
    """The peering connections: active where the plan says that the other side accepts."""
    accepted = {
        text(r.values, "vpc_peering_connection_id")
        for r in plan.of("aws_vpc_peering_connection_accepter")
        if r.values.get("auto_accept") is True
    }
    for resource in plan.of("aws_vpc_peering_connection"):
        values, name = resource.values, text(resource.values, "id")
        is_active = values.get("auto_accept") is True or name in accepted
        is_active = is_active or text(values, "accept_status") == "active"
        yield Peering(
            **placed(plan, resource),
            id=name,
            vpc=text(values, "vpc_id"),
            peer_vpc=text(values, "peer_vpc_id"),
            peer_account=text(values, "peer_owner_id"),
            peer_region=text(values, "peer_region"),
            is_active=is_active,
        )
        if not is_active:
            reason = f"whether the other side accepts {resource.address} is not in the plan"
            planned = {text(r.values, "id") for r in plan.of("aws_vpc")}
            ends = text(values, "vpc_id", "*"), text(values, "peer_vpc_id", "*")
            for vpc in (ends[0], *(e for e in ends[1:] if e in planned)):
                yield Unmodelled(**placed(plan, resource), service="ec2", kind=resource.type, vpc=vpc, reason=reason)
