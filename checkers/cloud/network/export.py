"""The networks of a snapshot: raw answers of EC2 and Elastic Load Balancing as the objects of `model`.

Ids are global: what two accounts list (shared subnets, peering, transit gateways) is one thing.
"""

from collections.abc import Iterable, Iterator

from checkers.cloud.network import (
    export_balancers,
    export_filters,
    export_links,
    export_routes,
    export_transit,
    export_unmodelled,
    export_vpcs,
)
from checkers.cloud.network.model import Export
from checkers.cloud.network.rows import Region
from checkers.cloud.snapshot import Account, Snapshot

# They decide nothing by themselves: what is behind a VPN is unknown whatever its connection says, public addresses
# stand at interfaces, and propagated routes among the routes.
_NOTHING_TO_READ = (
    "ec2/describe-addresses",
    "ec2/describe-managed-prefix-lists",
    "ec2/describe-vpc-block-public-access-exclusions",
    "ec2/describe-vpn-connections",
    "ec2/get-transit-gateway-route-table-propagations",
)
_READ = (
    *export_vpcs.READ,
    *export_filters.READ,
    *export_routes.READ,
    *export_transit.READ,
    *export_balancers.READ,
    *export_unmodelled.READ,
    *_NOTHING_TO_READ,
)
# Every operation that is read here: service and name.
OPERATIONS = frozenset((service, name) for service, _, name in (o.partition("/") for o in _READ))
_FILES = OPERATIONS | {("ec2", export_unmodelled.PLANNED.rpartition("/")[2])}
# A region with nothing but these was not exported for its network.
_ALSO_OF_OTHERS = frozenset({"ec2/describe-instances", "ec2/describe-vpc-endpoints", "ec2/describe-addresses"})
_CORE = frozenset({export_vpcs.VPCS, export_vpcs.SUBNETS, export_vpcs.INTERFACES})


def read_export(snapshot: Snapshot, accounts: Iterable[Account], *, wide: bool = True) -> Export:
    """The networks of these accounts. What is not what AWS answers raises Unreadable.

    Problems of a file that could not be read have its path as their id. The sides differ in what interfaces have whose
    addresses are not known before the apply (`export_unknown`), and in nothing else.
    """
    export = Export()
    regions = [*_regions(snapshot, accounts, export, wide=wide)]
    for readers in (
        (export_filters.read_prefix_lists,),
        (*export_vpcs.READERS, *export_filters.READERS, *export_routes.READERS, *export_transit.READERS),
        (export_transit.read_peerings,),
        (export_transit.read_tables, *export_balancers.READERS, export_unmodelled.note_unmodelled),
    ):
        for region in regions:
            for read in readers:
                read(region)
    export_unmodelled.note_shared(regions)
    export_links.link(export)
    return export


def _regions(snapshot: Snapshot, accounts: Iterable[Account], export: Export, *, wide: bool) -> Iterator[Region]:
    """The regions of each account that have files of networks; their files are noted."""
    groups: dict[str, frozenset[str]] = {}
    for account in sorted(accounts, key=lambda a: a.id):
        files: dict[str, dict[str, str]] = {}
        for path in snapshot.under(f"{account.id}/"):
            parts = path.removesuffix(".json").split("/")
            if len(parts) >= 4 and (parts[2], parts[3]) in _FILES:  # noqa: PLR2004
                files.setdefault(parts[1], {})[path] = f"{parts[2]}/{parts[3]}"
        for name in sorted(files):
            operations = {*files[name].values()}
            if operations - _ALSO_OF_OTHERS:
                export.paths.update(files[name])
                yield Region(snapshot, account, name, bool(operations & _CORE), export, groups, wide)
