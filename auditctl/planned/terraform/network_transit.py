"""Transit gateways from a plan. Untrusted."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from auditctl.planned.terraform.network_values import flag, grouped, is_open, placed, text, texts
from auditctl.planned.things import Route, Thing, TransitAttachment, TransitGateway, TransitTable, Unmodelled

if TYPE_CHECKING:
    from auditctl.planned.terraform.plan import Plan, Resource

READ = frozenset({
    "aws_ec2_transit_gateway",
    "aws_ec2_transit_gateway_prefix_list_reference",
    "aws_ec2_transit_gateway_route",
    "aws_ec2_transit_gateway_route_table",
    "aws_ec2_transit_gateway_route_table_association",
    "aws_ec2_transit_gateway_route_table_propagation",
    "aws_ec2_transit_gateway_vpc_attachment",
})
_TABLE = "transit_gateway_route_table_id"
_ATTACHMENT = "transit_gateway_attachment_id"


def transit(plan: "Plan") -> Iterator[Thing]:
    """The transit gateways, their attachments and route tables."""
    defaults: dict[str, Resource] = {}
    for resource in plan.of("aws_ec2_transit_gateway"):
        values = resource.values
        table = text(values, "association_default_route_table_id")
        defaults[table] = resource
        yield TransitGateway(
            **placed(plan, resource),
            id=text(values, "id"),
            table=table,
            associates=text(values, "default_route_table_association", "enable") == "enable",
            propagates=text(values, "default_route_table_propagation", "enable") == "enable",
            references=text(values, "security_group_referencing_support", "disable") == "enable",
        )
    for resource in plan.of("aws_ec2_transit_gateway_vpc_attachment"):
        yield from _attachment(plan, resource)
    yield from _tables(plan, defaults)


def _attachment(plan: "Plan", resource: "Resource") -> Iterator[Thing]:
    values = resource.values
    flags = [
        flag(values, f"transit_gateway_default_route_table_{n}", default=True) for n in ("association", "propagation")
    ]
    yield TransitAttachment(
        **placed(plan, resource),
        id=text(values, "id"),
        gateway=text(values, "transit_gateway_id"),
        vpc=text(values, "vpc_id"),
        subnets=texts(values, "subnet_ids"),
        associates=flags[0] is not False,
        propagates=flags[1] is not False,
    )
    if any(isinstance(f, str) for f in flags):
        reason = f"whether {resource.address} uses the default route table is known after apply"
        yield Unmodelled(**placed(plan, resource), service="ec2", kind=resource.type, vpc="*", reason=reason)


def _tables(plan: "Plan", defaults: "dict[str, Resource]") -> Iterator[Thing]:
    start = "aws_ec2_transit_gateway"
    associated, propagated, routes, lists = (
        grouped(plan, f"{start}_{ending}", _TABLE)
        for ending in ("route_table_association", "route_table_propagation", "route", "prefix_list_reference")
    )
    own = {text(r.values, "id"): r for r in plan.of(f"{start}_route_table")}
    named = (*associated, *propagated, *routes, *lists)
    every = (associated, propagated, routes, lists)
    strays = [r for by_table in every for table, found in by_table.items() if is_open(table) for r in found]
    for table in dict.fromkeys([*own, *(t for t in defaults if strays or t in named)]):
        resource = own.get(table) or defaults[table]
        gateway = text(resource.values, "transit_gateway_id" if table in own else "id")
        yield TransitTable(
            **placed(plan, resource),
            id=table,
            gateway=gateway,
            associations=tuple(text(r.values, _ATTACHMENT) for r in associated.get(table, ())),
            propagations=tuple(text(r.values, _ATTACHMENT) for r in propagated.get(table, ())),
            routes=(
                *(_route(plan, r) for r in (*routes.get(table, ()), *lists.get(table, ()))),
                *(_stray(plan, r) for r in strays),
            ),
        )
    for resource in strays:
        reason = "its transit gateway route table is not known"
        yield Unmodelled(**placed(plan, resource), service="ec2", kind=resource.type, vpc="*", reason=reason)


def _stray(plan: "Plan", resource: "Resource") -> Route:
    """What stands in each table for something of a table that is not known: the routes of none are known."""
    destination = resource.unknown(_TABLE, "text", example="tgw-rtb-00000000000000000")
    return Route(destination=destination, target="", origin=plan.origin(resource))


def _route(plan: "Plan", resource: "Resource") -> Route:
    values = resource.values
    destination = text(values, "destination_cidr_block") or text(values, "prefix_list_id")
    target = "" if values.get("blackhole") is True else text(values, _ATTACHMENT)
    return Route(destination=destination, target=target, origin=plan.origin(resource))
