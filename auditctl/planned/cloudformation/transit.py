"""Transit gateways of a template. Untrusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditctl.planned.things import Route, TransitAttachment, TransitGateway, TransitTable

if TYPE_CHECKING:
    from auditctl.planned.cloudformation.estate import Estate, Row

_GATEWAY, _TABLE = "AWS::EC2::TransitGateway", "AWS::EC2::TransitGatewayRouteTable"
_ATTACHMENTS = ("AWS::EC2::TransitGatewayAttachment", "AWS::EC2::TransitGatewayVpcAttachment")
_ROUTE = "AWS::EC2::TransitGatewayRoute"
_ASSOCIATION = "AWS::EC2::TransitGatewayRouteTableAssociation"
_PROPAGATION = "AWS::EC2::TransitGatewayRouteTablePropagation"
READ = frozenset({_GATEWAY, _TABLE, *_ATTACHMENTS, _ROUTE, _ASSOCIATION, _PROPAGATION})
_TABLE_ID, _ATTACHMENT_ID = "TransitGatewayRouteTableId", "TransitGatewayAttachmentId"


def add_transit(estate: Estate) -> None:
    """Add transit gateways, their attachments and route tables."""
    estate.each(_gateway, _GATEWAY)
    estate.each(_attachment, *_ATTACHMENTS)
    routes: dict[str, list[Route]] = {}
    for row in estate.of(_ROUTE):
        estate.attempt(row, lambda r: routes.setdefault(r.get(_TABLE_ID).there().id("tgw-rtb-"), []).append(_route(r)))
    associations, propagations = (_bound(estate, type_) for type_ in (_ASSOCIATION, _PROPAGATION))

    def table(row: Row) -> TransitTable:
        name = row.attribute()
        return TransitTable(
            **row.common,
            id=name,
            gateway=row.get("TransitGatewayId").there().id("tgw-"),
            associations=tuple(associations.pop(name, ())),
            propagations=tuple(propagations.pop(name, ())),
            routes=tuple(routes.pop(name, ())),
        )

    estate.each(table, _TABLE)
    for row in estate.of(_ROUTE, _ASSOCIATION, _PROPAGATION):
        name = estate.attempt(row, lambda r: r.get(_TABLE_ID).there().id("tgw-rtb-"))
        if name in routes or name in associations or name in propagations:
            estate.leave(row, f"it is of the route table {name}, which the template does not make")


def _is_enabled(row: Row, name: str) -> bool:
    return row.get(name).text("enable") == "enable"


def _gateway(row: Row) -> TransitGateway:
    """A transit gateway; its default route table is made with it."""
    return TransitGateway(
        **row.common,
        id=row.attribute(),
        table=f"tgw-rtb-{row.made('DefaultRouteTableId')}",
        associates=_is_enabled(row, "DefaultRouteTableAssociation"),
        propagates=_is_enabled(row, "DefaultRouteTablePropagation"),
        references=row.get("SecurityGroupReferencingSupport").text("disable") == "enable",
    )


def _attachment(row: Row) -> TransitAttachment:
    return TransitAttachment(
        **row.common,
        id=row.attribute(),
        gateway=row.get("TransitGatewayId").there().id("tgw-"),
        vpc=row.get("VpcId").there().id("vpc-"),
        subnets=row.get("SubnetIds").ids("subnet-"),
    )


def _route(row: Row) -> Route:
    is_blackhole = row.get("Blackhole").flag(default=False)
    target = "" if is_blackhole else row.get(_ATTACHMENT_ID).there().id("tgw-attach-")
    return Route(destination=row.get("DestinationCidrBlock").there().block(), target=target, origin=row.origin)


def _bound(estate: Estate, type_: str) -> dict[str, list[str]]:
    """The attachments of route tables, by the id of the table."""
    found: dict[str, list[str]] = {}

    def read(row: Row) -> None:
        found.setdefault(row.get(_TABLE_ID).there().id("tgw-rtb-"), []).append(
            row.get(_ATTACHMENT_ID).there().id("tgw-attach-")
        )

    for row in estate.of(type_):
        estate.attempt(row, read)
    return found
