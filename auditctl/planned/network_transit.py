"""Transit gateways as raw answers: attachments, route tables, associations, and their routes. Untrusted.

Amazon VPC Transit Gateways guide, "How Amazon VPC Transit Gateways work": an attachment is associated with one route
table; a propagated attachment puts the blocks of its VPC into a table.
"""

from collections.abc import Iterator
from dataclasses import replace

from auditctl.planned.draft import KNOWN_AFTER_APPLY
from auditctl.planned.marks import after_apply
from auditctl.planned.network_estate import EVERY_VPC, Estate, Nic, made_with
from auditctl.planned.network_marks import Row
from auditctl.planned.things import TransitAttachment, TransitGateway, TransitTable

_ROUTES = "ec2/search-transit-gateway-routes"
_ASSOCIATIONS = "ec2/get-transit-gateway-route-table-associations"
_PROPAGATIONS = "ec2/get-transit-gateway-route-table-propagations"


def write_transit(estate: Estate) -> None:
    """Write the transit gateways, their attachments and their route tables."""
    gateways = {t.id: t for t in estate.things if isinstance(t, TransitGateway)}
    written = [t for t in estate.things if isinstance(t, TransitAttachment)]
    attachments = {t.id: replace(t, vpc=estate.vpc_of(t, t.vpc)) for t in written}
    tables = {t.id: t for t in estate.things if isinstance(t, TransitTable)}
    for gateway in gateways.values():
        _write_gateway(estate, gateway)
        tables.setdefault(gateway.table, TransitTable(**made_with(gateway), id=gateway.table, gateway=gateway.id))
    associated = {a: t.id for t in tables.values() for a in t.associations}
    for attachment in attachments.values():
        own = gateways.get(attachment.gateway)
        if own is not None and own.associates and attachment.associates is not False:
            associated.setdefault(attachment.id, own.table)
        _write_attachment(estate, attachment, own, associated.get(attachment.id, ""))
    for table in tables.values():
        own = gateways.get(table.gateway)
        propagated = [*table.propagations]
        if own is not None and own.table == table.id and own.propagates:
            ids = (a.id for a in attachments.values() if a.gateway == own.id and a.propagates is not False)
            propagated += [i for i in ids if i not in propagated]
        bound = [a for a, t in associated.items() if t == table.id]
        _write_table(estate, table, attachments, bound, propagated)


def _write_gateway(estate: Estate, thing: TransitGateway) -> None:
    row = {
        "TransitGatewayId": thing.id,
        "OwnerId": thing.account,
        "State": "available",
        "Options": {"SecurityGroupReferencingSupport": "enable" if thing.references else "disable"},
        "Tags": estate.tags(thing.tags),
    }
    estate.add(thing, "ec2/describe-transit-gateways", "TransitGateways", row, thing.id)


def _write_attachment(estate: Estate, thing: TransitAttachment, own: TransitGateway | None, table: str) -> None:
    vpc = estate.vpc_of(thing, thing.vpc)
    if attribute := estate.unknown(thing.gateway):
        estate.leave_unknown(thing, EVERY_VPC, attribute)
        return
    row: Row = {"TransitGatewayAttachmentId": thing.id, "TransitGatewayId": thing.gateway, "State": "available"}
    of_list = row | {"ResourceType": "vpc", "ResourceId": vpc, "ResourceOwnerId": thing.account}
    if own is not None:
        of_list["TransitGatewayOwnerId"] = own.account
    if table:
        of_list["Association"] = {"TransitGatewayRouteTableId": table, "State": "associated"}
    member = "TransitGatewayAttachments"
    estate.add(own or thing, "ec2/describe-transit-gateway-attachments", member, of_list)
    subnets = [estate.subnet_of(thing, s, vpc).id for s in thing.subnets]
    row |= {"VpcId": vpc, "SubnetIds": subnets, "Options": {}, "Tags": estate.tags(thing.tags)}
    member = "TransitGatewayVpcAttachments"
    estate.add(thing, "ec2/describe-transit-gateway-vpc-attachments", member, row, thing.id)
    for number, subnet in enumerate(subnets):
        nic = Nic(
            id=estate.name("eni-", thing, f"network_interface[{number}]"),
            subnet=subnet,
            attribute=f"private_ip[{number}]",
            kind="transit_gateway",
            description=f"Network Interface for Transit Gateway Attachment {thing.id}",
            checks=False,
        )
        estate.interface(thing, nic, vpc)


def _write_table(
    estate: Estate,
    thing: TransitTable,
    attachments: dict[str, TransitAttachment],
    bound: list[str],
    propagated: list[str],
) -> None:
    row: Row = {"TransitGatewayRouteTableId": thing.id, "TransitGatewayId": thing.gateway, "State": "available"}
    row["Tags"] = estate.tags(thing.tags)
    member = "TransitGatewayRouteTables"
    estate.add(thing, "ec2/describe-transit-gateway-route-tables", member, row, thing.id)
    place = thing.account, thing.region
    if attribute := estate.unknown(*bound):
        estate.leave_unknown(thing, EVERY_VPC, attribute)
    known = [a for a in bound if not estate.unknown(a)]
    rows: list[Row] = [{**_reference(attachments, a), "State": "associated"} for a in known]
    estate.draft.put(*place, _ASSOCIATIONS, thing.id, {"Associations": rows})
    if problem := _unknown_route(estate, thing, attachments, propagated):
        estate.draft.fail(*place, _ROUTES, thing.id, KNOWN_AFTER_APPLY, problem)
        return
    rows = [{**_reference(attachments, a), "State": "enabled"} for a in propagated]
    estate.draft.put(*place, _PROPAGATIONS, thing.id, {"TransitGatewayRouteTablePropagations": rows})
    routes = [*_static(thing, attachments), *_propagated(estate, attachments, propagated)]
    path = estate.draft.put(*place, _ROUTES, thing.id, {"Routes": routes})
    for i, route in enumerate(thing.routes):
        estate.draft.came_from(route.origin, path=path, within=f"$.Routes[{i}]")


def _reference(attachments: dict[str, TransitAttachment], name: str) -> Row:
    row: Row = {"TransitGatewayAttachmentId": name}
    return row | ({"ResourceType": "vpc", "ResourceId": attachments[name].vpc} if name in attachments else {})


def _unknown_route(
    estate: Estate, thing: TransitTable, attachments: dict[str, TransitAttachment], propagated: list[str]
) -> str:
    """Why the routes of a table are not known, empty where they are."""
    attribute = estate.unknown(*(t for r in thing.routes for t in (r.destination, r.target)), *propagated)
    if attribute:
        return after_apply(attribute)
    for name in propagated:
        vpc = estate.vpcs.get(attachments[name].vpc) if name in attachments else None
        if vpc is None or not vpc.blocks:
            return f"the blocks that {name} propagates are not in the plan"
        if attribute := estate.unknown(*vpc.blocks):
            return after_apply(attribute)
    return ""


def _static(thing: TransitTable, attachments: dict[str, TransitAttachment]) -> Iterator[Row]:
    for route in thing.routes:
        name = "PrefixListId" if route.destination.startswith("pl-") else "DestinationCidrBlock"
        row: Row = {name: route.destination, "Type": "static", "State": "active" if route.target else "blackhole"}
        if route.target:
            row["TransitGatewayAttachments"] = [_reference(attachments, route.target)]
        yield row


def _propagated(estate: Estate, attachments: dict[str, TransitAttachment], names: list[str]) -> Iterator[Row]:
    """One route for each block of a VPC; of several attachments that propagate one block, by either."""
    found: dict[str, list[Row]] = {}
    for name in names:
        for block in estate.vpcs[attachments[name].vpc].blocks:
            found.setdefault(block, []).append(_reference(attachments, name))
    for block, targets in found.items():
        row: Row = {"DestinationCidrBlock": block, "Type": "propagated", "State": "active"}
        yield row | {"TransitGatewayAttachments": targets}
