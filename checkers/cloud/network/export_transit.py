"""Transit gateways of a region: attachments, route tables and their routes, as raw answers have them.

The same peering attachment is listed on both sides, with one id. Here it is two, one for each gateway: their ids
end with "@" and the gateway, as in `tgw-attach-1@tgw-1`.
"""

from collections.abc import Iterator
from dataclasses import replace

from checkers.cloud.network.model import Attachment, Block, TransitGateway, TransitRoute, TransitTable
from checkers.cloud.network.rows import Region, Row
from checkers.verdict import Unreadable

READ = (
    "ec2/describe-transit-gateways",
    "ec2/describe-transit-gateway-attachments",
    "ec2/describe-transit-gateway-vpc-attachments",
    "ec2/describe-transit-gateway-peering-attachments",
    "ec2/describe-transit-gateway-route-tables",
    "ec2/get-transit-gateway-route-table-associations",
    "ec2/search-transit-gateway-routes",
)
GATEWAYS, ATTACHMENTS, VPC_ATTACHMENTS, PEERINGS, TABLES, ASSOCIATIONS, ROUTES = READ
STATIC, BY_LIST, PROPAGATED = range(3)
_WORKS = ("available", "modifying")
_THERE = (*_WORKS, "pending", "rollingBack", "deleting")  # in between it may forward, or not
_REFERENCES = "SecurityGroupReferencingSupport"


def _side(name: str, gateway: str) -> str:
    """The id of one side of a peering attachment."""
    return f"{name}@{gateway}"


def _id(region: Region, name: str, gateway: str) -> str:
    """The id in the export of an attachment of a gateway."""
    side = _side(name, gateway)
    return side if side in region.export.attachments else name


def read_gateways(region: Region) -> None:
    """Read the transit gateways of a region."""
    for row in region.rows(GATEWAYS, "TransitGateways"):
        if row.optional("State", "available") in _WORKS:
            references = row.row("Options").optional(_REFERENCES) == "enable"
            gateway = TransitGateway(row.text("TransitGatewayId"), region.place(GATEWAYS), references)
            region.add(region.export.transit_gateways, gateway, row.optional("OwnerId"))


def read_attachments(region: Region) -> None:
    """Read the attachments of a region: the general list, then what only the list of VPC attachments says."""
    own: dict[str, Attachment] = {}
    for row in region.rows(ATTACHMENTS, "TransitGatewayAttachments"):
        kind, gateway = row.text("ResourceType"), row.text("TransitGatewayId")
        if row.optional("State", "available") not in _THERE:
            continue
        name = row.text("TransitGatewayAttachmentId")
        name = _side(name, gateway) if kind == "peering" else name
        if name in own:
            raise Unreadable(f"{row.where}: {name} is listed twice")
        own[name] = Attachment(
            id=name,
            place=region.place(ATTACHMENTS),
            gateway=gateway,
            kind=kind,
            resource=row.optional("ResourceId"),
            subnets=None if kind == "vpc" else (),
            table=_table(row, region),
            references=True,
        )
    seen: set[str] = set()
    for attachment in _vpc_attachments(region):
        if attachment.id in seen:
            raise Unreadable(f"{attachment.place.path}: {attachment.id} is listed twice")
        seen.add(attachment.id)
        other = own.get(attachment.id)
        if other is not None and (other.gateway, other.resource) != (attachment.gateway, attachment.resource):
            raise Unreadable(f"{attachment.place.path}: {attachment.id} is not what {other.place.path} says")
        own[attachment.id] = replace(attachment, table=other.table if other else None)
    for attachment in own.values():
        region.add(region.export.attachments, attachment)


def _vpc_attachments(region: Region) -> Iterator[Attachment]:
    for row in region.rows(VPC_ATTACHMENTS, "TransitGatewayVpcAttachments"):
        state = row.optional("State", "available")
        if state in _THERE:
            yield Attachment(
                id=row.text("TransitGatewayAttachmentId"),
                place=region.place(VPC_ATTACHMENTS),
                gateway=row.text("TransitGatewayId"),
                kind="vpc",
                resource=row.text("VpcId"),
                subnets=tuple(sorted(row.texts("SubnetIds"))) if state in _WORKS else None,
                table=None,
                # An attachment supports references unless it says no; the gateway has to support them too.
                references=row.row("Options").optional(_REFERENCES, "enable") == "enable",
            )


def _table(row: Row, region: Region) -> str | None:
    """The associated route table as the list of attachments has it: only the owner of the gateway sees it.

    While it is being changed it is not known.
    """
    association = row.row("Association")
    state = association.optional("State", "associated")
    if state in ("associating", "disassociating"):
        return None
    if state == "associated" and association.has("TransitGatewayRouteTableId"):
        return association.text("TransitGatewayRouteTableId")
    return "" if row.optional("TransitGatewayOwnerId") == region.account.id else None


def read_peerings(region: Region) -> None:
    """Read the peering attachments of a region: both sides, since the other may be of this snapshot too."""
    for row in region.rows(PEERINGS, "TransitGatewayPeeringAttachments"):
        if row.optional("State", "available") != "available":
            continue
        name = row.text("TransitGatewayAttachmentId")
        ends = [row.row(side).text("TransitGatewayId") for side in ("RequesterTgwInfo", "AccepterTgwInfo")]
        for gateway, other in (ends, ends[::-1]):
            own = _side(name, gateway)
            found = region.export.attachments.get(own)
            if found is None:
                region.export.attachments[own] = Attachment(
                    own, region.place(PEERINGS), gateway, "peering", other, (), None, references=False
                )
            else:
                region.export.attachments[own] = replace(found, resource=other)


def read_tables(region: Region) -> None:
    """Read the route tables of transit gateways, with their routes and associations."""
    for row in region.rows(TABLES, "TransitGatewayRouteTables"):
        if row.optional("State", "available") != "available":
            continue
        name, gateway = row.text("TransitGatewayRouteTableId"), row.text("TransitGatewayId")
        table = TransitTable(name, region.place(TABLES), gateway, _routes(region, name, gateway))
        region.add(region.export.transit_tables, table)
        _associate(region, name, gateway)


def _associate(region: Region, table: str, gateway: str) -> None:
    """Note which attachments a route table is associated with."""
    answer = region.part(ASSOCIATIONS, table)
    for row in answer.rows("Associations") if answer is not None else ():
        if row.optional("State", "associated") != "associated":
            continue
        name = _id(region, row.text("TransitGatewayAttachmentId"), gateway)
        attachment = region.export.attachments.get(name)
        if attachment is None:
            continue
        if attachment.table not in (None, "", table):
            raise Unreadable(f"{row.where}: {name} is associated with {attachment.table} and {table}")
        region.export.attachments[name] = replace(attachment, table=table)


def _routes(region: Region, table: str, gateway: str) -> tuple[TransitRoute, ...] | None:
    """The routes of a table, None where they are not known. Those that are no longer active are left out."""
    answer = region.part(ROUTES, table)
    if answer is None:
        return None
    found = []
    for row in answer.rows("Routes"):
        state = row.optional("State", "active")
        if state not in ("active", "blackhole"):
            continue
        route = _route(row, region, gateway, is_blackhole=state == "blackhole")
        if not route.attachments and not route.is_blackhole:
            region.problem(f"{ROUTES}/{table}", table, f"{row.where}: no attachments, and no blackhole", ())
            return None
        found.append(route)
    return tuple(found)


def _route(row: Row, region: Region, gateway: str, *, is_blackhole: bool) -> TransitRoute:
    kind = row.text("Type")
    if kind not in ("static", "propagated"):
        raise Unreadable(f"{row.where}: Type is {kind!r}, not static and not propagated")
    if row.has("DestinationCidrBlock"):
        text = row.text("DestinationCidrBlock")
        unknown = region.unknown(text)
        found: tuple[Block, ...] | None = None if unknown else row.entries([text])
    else:
        text, unknown = row.text("PrefixListId"), None
        found = region.export.prefix_lists.get(text)
    given = row.rows("TransitGatewayAttachments")
    ends = [_id(region, a.text("TransitGatewayAttachmentId"), gateway) for a in given]
    rank = PROPAGATED if kind == "propagated" else BY_LIST if row.has("PrefixListId") else STATIC
    after = () if is_blackhole else tuple(sorted(ends))
    return TransitRoute(text, found, after, rank, is_blackhole, unknown.reason if unknown else "")


READERS = (read_gateways, read_attachments)
