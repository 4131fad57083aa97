"""What an export says of networks: the things that forward, filter and address packets.

Every set of addresses is on the line of `header`. Where something could not be read, the member is None: the
wide side takes it for everything, the narrow side for nothing.

Where a value is known only after a plan is applied, `unknown` says which. What depends on it then has the most that
it may be; addresses of interfaces and NAT gateways differ between the wide and the narrow reading (`export`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from checkers.kernel.intervals import NOTHING, IntervalSet

Block = tuple[int, int]  # a CIDR block on the line of addresses: its first address, and how many it has


@dataclass(frozen=True, slots=True)
class Place:
    """Where a thing is: account, region, and the file of the snapshot that has it."""

    account: str
    region: str
    path: str


@dataclass(frozen=True, slots=True)
class Vpc:
    """A VPC and its address blocks, IPv4 and IPv6, without those that failed or were taken away."""

    id: str
    place: Place
    blocks: IntervalSet
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet, its blocks, and its zone by id (use1-az1), or by name where there is no id."""

    id: str
    place: Place
    vpc: str
    zone: str
    blocks: IntervalSet
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Mapped:
    """What a private address of an interface and its public one may be, where one of them is not known.

    `text` is the private address as it is written. `public` is empty where it has none.
    """

    interface: str
    text: str
    private: IntervalSet
    public: IntervalSet


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface.

    `addresses` are the private IPv4, the IPv6, and the delegated prefixes that it sends from and receives at.
    `public` maps private IPv4 addresses to public ones. `checks` is its source/destination check. `is_primary`: it is
    the first of its instance. `primary` is its primary private IPv4 address, None where it has none. `tags` are its
    own, `instance_tags` its instance's.

    `unknown` says which of its addresses are not known. Then, on the wide side, `addresses` also has those that it may
    have, which are `may`, and `mapped` what is not in `public`; on the narrow side it has no addresses.
    """

    id: str
    place: Place
    vpc: str
    subnet: str
    type: str  # InterfaceType: interface, nat_gateway, transit_gateway, gateway_load_balancer_endpoint, ...
    description: str
    groups: tuple[str, ...]
    addresses: IntervalSet
    primary: int | None
    public: Mapping[int, int]
    checks: bool
    instance: str
    is_primary: bool
    tags: Mapping[str, str]
    instance_tags: Mapping[str, str]
    unknown: str = ""
    may: IntervalSet = NOTHING
    mapped: tuple[Mapped, ...] = ()


@dataclass(frozen=True, slots=True)
class Open:
    """The addresses of an interface that are not known: how they are written, and the blocks that they lie in."""

    texts: frozenset[str]
    within: IntervalSet


@dataclass(frozen=True, slots=True)
class GroupRule:
    """One permission of a security group: services, and one peer: addresses, or a group, or a prefix list.

    `services` None: it is not understood. `label` is for people: "tcp 443 from 0.0.0.0/0".
    """

    label: str
    services: IntervalSet | None
    addresses: IntervalSet | None = None
    group: str = ""
    prefix_list: str = ""
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    """A security group."""

    id: str
    place: Place
    vpc: str
    name: str
    ingress: tuple[GroupRule, ...]
    egress: tuple[GroupRule, ...]
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AclRule:
    """One entry of a network ACL. `services` None: it is not understood."""

    number: int
    allows: bool
    services: IntervalSet | None
    addresses: IntervalSet
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class NetworkAcl:
    """A network ACL: its entries by rule number, the terminal one included, and the subnets that have it."""

    id: str
    place: Place
    vpc: str
    is_default: bool
    subnets: tuple[str, ...]
    ingress: tuple[AclRule, ...]
    egress: tuple[AclRule, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """One route. `target` is the id of what it leads to, or "local"; empty for a blackhole.

    `destination` is its block, or those of its prefix list; None: the list is not known, or with `unknown` the block,
    which is one of IPv4. `rank` orders ties of the longest prefix: local 0, static 1, prefix list 2, propagated 3.
    `text` is the destination as the export has it.
    """

    text: str
    destination: tuple[Block, ...] | None
    target: str
    rank: int
    is_blackhole: bool = False
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class RouteTable:
    """A route table of a VPC. `gateways` are the internet and virtual private gateways whose traffic in it decides."""

    id: str
    place: Place
    vpc: str
    is_main: bool
    subnets: tuple[str, ...]
    gateways: tuple[str, ...]
    routes: tuple[Route, ...]


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway of VPCs: internet, egress-only, virtual private, carrier, local. `vpcs` are those it is attached to."""

    id: str
    place: Place
    kind: str  # igw, eigw, vgw, cagw, lgw
    vpcs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Nat:
    """A NAT gateway that is available, and its addresses; on the wide side `mapped` are those that are not known."""

    id: str
    place: Place
    vpc: str
    subnet: str
    is_public: bool
    private: tuple[int, ...]
    public: Mapping[int, int]
    unknown: str = ""
    mapped: tuple[Mapped, ...] = ()


@dataclass(frozen=True, slots=True)
class Peering:
    """An active peering connection; the blocks of each side as the connection has them, None where it has none."""

    id: str
    place: Place
    requester: str
    accepter: str
    requester_blocks: IntervalSet | None
    accepter_blocks: IntervalSet | None
    same_region: bool


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A VPC endpoint. `kind` is Gateway, Interface, GatewayLoadBalancer or another type of the API."""

    id: str
    place: Place
    kind: str
    service: str
    vpc: str
    subnets: tuple[str, ...]
    interfaces: tuple[str, ...]
    tables: tuple[str, ...]
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TransitGateway:
    """A transit gateway. `references` is whether its attachments support references to security groups."""

    id: str
    place: Place
    references: bool


@dataclass(frozen=True, slots=True)
class Attachment:
    """An attachment of a transit gateway.

    `kind`: vpc, or what is outside the export (vpn, direct-connect-gateway, connect, peering, ...). `resource` is the
    id of the VPC; of a peering the gateway on the other side.
    `subnets` of a VPC attachment, None where they are not known. `table` is the associated route table, None where it
    is not known, empty where there is none.
    """

    id: str
    place: Place
    gateway: str
    kind: str
    resource: str
    subnets: tuple[str, ...] | None
    table: str | None
    references: bool


@dataclass(frozen=True, slots=True)
class TransitRoute:
    """One route of a transit gateway. `attachments` are where it leads, empty for a blackhole.

    `rank`: static 0, propagated 1.
    """

    text: str
    destination: tuple[Block, ...] | None
    attachments: tuple[str, ...]
    rank: int
    is_blackhole: bool = False
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class TransitTable:
    """A route table of a transit gateway. `routes` None: they were not exported."""

    id: str
    place: Place
    gateway: str
    routes: tuple[TransitRoute, ...] | None


@dataclass(frozen=True, slots=True)
class BalancerTarget:
    """One target of a target group: an instance, an address, or a load balancer, by id; `port` its own."""

    id: str
    port: int | None


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """A target group. `targets` None: they were not exported. `keeps_client` is whether clients' addresses stay.

    `zones` is the attribute `load_balancing.cross_zone.enabled`: true, false, use_load_balancer_configuration, or empty
    where it is not known. `is_ipv6`: instances are reached at their IPv6 addresses.
    """

    arn: str
    kind: str  # instance, ip, lambda, alb
    protocols: tuple[int, ...]
    port: int
    vpc: str
    targets: tuple[BalancerTarget, ...] | None
    keeps_client: bool | None
    is_ipv6: bool
    zones: str


@dataclass(frozen=True, slots=True)
class Listener:
    """A listener: what it accepts, and the target groups that some rule of it forwards to.

    `groups` None: the rules were not exported. `services` are protocol and port that it listens on.
    """

    arn: str
    services: IntervalSet
    groups: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Balancer:
    """A load balancer. `kind`: network, application, gateway, classic.

    `interfaces` are its own, by what their descriptions say. `listeners` None: they were not exported. Of a classic
    one `forwards` are, for each listener, its service, the port on the instances, and those are `instances`.
    """

    arn: str
    name: str
    place: Place
    kind: str
    vpc: str
    subnets: tuple[str, ...]
    is_internet_facing: bool
    groups: tuple[str, ...]
    interfaces: tuple[str, ...]
    listeners: tuple[Listener, ...] | None
    crosses_zones: bool | None
    forwards: tuple[tuple[IntervalSet, int], ...]
    instances: tuple[str, ...]
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something of the export that is not known or not modelled, and whom it touches.

    `vpcs` None: any VPC of the account and region.
    """

    place: Place
    id: str
    reason: str
    vpcs: tuple[str, ...] | None = None


@dataclass(slots=True)
class Export:
    """Everything of networks that the snapshot has, by id. `paths` are the files that were read.

    `services` are the endpoint services of the snapshot's accounts, by name: the load balancers behind them. `open`
    are, on the wide side, the interfaces with addresses that are not known, and `ends` where the ranges end that its
    blocks tell apart. `any_group` are the texts that stand for security groups which are not known, with what is said
    of each.
    """

    vpcs: dict[str, Vpc] = field(default_factory=dict)
    subnets: dict[str, Subnet] = field(default_factory=dict)
    interfaces: dict[str, Interface] = field(default_factory=dict)
    groups: dict[str, SecurityGroup] = field(default_factory=dict)
    acls: dict[str, NetworkAcl] = field(default_factory=dict)
    tables: dict[str, RouteTable] = field(default_factory=dict)
    gateways: dict[str, Gateway] = field(default_factory=dict)
    nats: dict[str, Nat] = field(default_factory=dict)
    peerings: dict[str, Peering] = field(default_factory=dict)
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    transit_gateways: dict[str, TransitGateway] = field(default_factory=dict)
    attachments: dict[str, Attachment] = field(default_factory=dict)
    transit_tables: dict[str, TransitTable] = field(default_factory=dict)
    target_groups: dict[str, TargetGroup] = field(default_factory=dict)
    balancers: dict[str, Balancer] = field(default_factory=dict)
    prefix_lists: dict[str, tuple[Block, ...]] = field(default_factory=dict)
    services: dict[str, tuple[str, ...]] = field(default_factory=dict)
    open: dict[str, Open] = field(default_factory=dict)
    any_group: dict[str, str] = field(default_factory=dict)
    ends: tuple[int, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    paths: set[str] = field(default_factory=set)
