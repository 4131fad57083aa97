"""What a region has that forwards packets, or stops them, and is not modelled: problems of the export."""

from collections.abc import Iterable

from checkers.cloud.network.export_vpcs import SUBNETS
from checkers.cloud.network.rows import Region, Row, listed
from checkers.cloud.snapshot import State

READ = (
    "ec2/describe-local-gateways",
    "ec2/describe-client-vpn-endpoints",
    "ec2/describe-vpc-block-public-access-options",
)
LOCAL_GATEWAYS, CLIENT_VPNS, BLOCKS = READ
# No answer of AWS: what a plan or template has in VPCs and could not be read. One without VPC may be anywhere, and may
# be a network of its own.
PLANNED = "ec2/planned-unmodelled"
ONLY_DENIES = "vpc-block-public-access"  # the id of a problem that cannot let a packet through


def note_unmodelled(region: Region) -> None:
    """Note local gateways, client VPN endpoints, what a plan has besides, and that public access is blocked."""
    for row in region.rows(LOCAL_GATEWAYS, "LocalGateways"):
        if row.optional("State", "available") != "deleted":
            region.problem(LOCAL_GATEWAYS, row.text("LocalGatewayId"), "local gateways are not modelled", None)
    for row in region.rows(CLIENT_VPNS, "ClientVpnEndpoints"):
        if row.row("Status").optional("Code") != "deleted":
            vpcs = (row.text("VpcId"),) if row.has("VpcId") else None
            name = row.text("ClientVpnEndpointId")
            region.problem(CLIENT_VPNS, name, "client VPN endpoints are not modelled", vpcs)
    for row in region.rows(PLANNED, "Unmodelled"):
        vpc = row.optional("VpcId") if row.has("VpcId") else None
        region.problem(PLANNED, row.text("Id"), row.text("Reason"), None if vpc is None else tuple(filter(None, [vpc])))
    fact = region.fact(BLOCKS)
    if fact.state is State.VALUE:
        options = Row(fact.value, fact.path).row("VpcBlockPublicAccessOptions")
        if options.optional("InternetGatewayBlockMode", "off") != "off":
            reason = "VPC Block Public Access is not modelled; it lets nothing through"
            region.problem(BLOCKS, ONLY_DENIES, reason, None)


def note_shared(regions: Iterable[Region]) -> None:
    """Note subnets whose owner's interfaces, and those of whoever else shares them, are not in the snapshot."""
    regions = tuple(regions)
    owned = {(r.account.id, row.text("SubnetId")) for r in regions for row in _rows(r)}
    for region in regions:
        for row in _rows(region):
            owner, subnet = row.optional("OwnerId", region.account.id), row.text("SubnetId")
            if (owner, subnet) not in owned:
                reason = f"a subnet of {owner}, whose list of interfaces is not in the snapshot"
                region.problem(SUBNETS, subnet, reason, (row.text("VpcId"),))


def _rows(region: Region) -> Iterable[Row]:
    """The subnets of a region; that they could not be had was noted before."""
    fact = region.fact(SUBNETS)
    return listed(fact, "Subnets") if fact.state is State.VALUE else ()
