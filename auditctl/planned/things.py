"""The things that a plan or template makes, neutral of where they were written.

Untrusted. A text, number or flag that is not known yet is a marker, `<NAME>`, made by `Draft.unknown`; it may stand
inside of a longer text. Ids, names and ARNs that AWS or the provider makes are markers of the kind `name`.
Addresses are CIDR blocks or addresses as text. A reference to another thing is its id, name or ARN as text.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Text = str
Number = int | str  # the text is a marker
Flag = bool | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a thing is written: the address of a resource, and in a template its file and line."""

    address: str
    file: str = ""
    line: int = 0
    attribute: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A policy document. `unknown` is the attribute that is not known yet as a whole; then there is no document."""

    document: Mapping[str, Any] | None
    origin: Origin
    unknown: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """Something of one account and region (`global` for IAM and S3 is up to what writes it)."""

    account: str
    region: str
    origin: Origin
    tags: Mapping[str, Text] = field(default_factory=dict)


# IAM.


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedPolicy(Thing):
    """A managed policy; `arn` where it does not follow from account, path and name: of one of AWS."""

    name: Text
    path: Text = "/"
    policy: Policy
    arn: Text = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity(Thing):
    """A user, group or role. `attached` are ARNs of managed policies, `inline` its own documents by name.

    `exists`: it was there before, and what it has besides is not known.
    """

    name: Text
    path: Text = "/"
    inline: Mapping[Text, Policy] = field(default_factory=dict)
    attached: tuple[Text, ...] = ()
    exists: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(Identity):
    """A group of users."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User(Identity):
    """A user. `boundary` is the ARN of a policy; `groups` are names."""

    boundary: Text = ""
    groups: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Role(Identity):
    """A role. `profiles` are the names of the instance profiles that hold it."""

    trust: Policy
    boundary: Text = ""
    profiles: tuple[Text, ...] = ()


# Resources with policies.


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket(Thing):
    """A bucket. `ownership` is ObjectOwnership, empty for what a new bucket has (ACLs off).

    `acl` is a canned ACL, or an AccessControlPolicy (Owner, Grants) as the API has it; None: private.
    `block` are the four flags of its Block Public Access by API name; None for what a new bucket has (all on).
    `exists`: it was there before, so that a `block` of None is not known, nor are objects' ACLs if its own grants
    something. `is_outside`: the plan only sets something of it, and nothing else is known.
    """

    name: Text
    policy: Policy | None = None
    acl: Text | Mapping[str, Any] | None = None
    ownership: Text = ""
    block: Mapping[str, Flag] | None = None
    versioning: bool = False
    exists: bool = False
    is_outside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessPoint(Thing):
    """An access point of a bucket of `owner`, an account. `vpc`: the only one that requests come from.

    `block` as of buckets: None for what a new access point has (all on).
    """

    name: Text
    bucket: Text
    owner: Text
    policy: Policy | None = None
    block: Mapping[str, Flag] | None = None
    vpc: Text = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountBlock(Thing):
    """Block Public Access of an account: the four flags by API name."""

    flags: Mapping[str, Flag]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key(Thing):
    """A KMS key. `policy` None: the default policy, which gives the account everything. `id` is a marker.

    `exists`: it was there before, and which other grants it has is not known.
    """

    id: Text
    policy: Policy | None = None
    grants: tuple[Mapping[str, Any], ...] = ()  # entries of list-grants
    exists: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue(Thing):
    """An SQS queue."""

    name: Text
    policy: Policy | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic(Thing):
    """An SNS topic. `policy` None: the default policy of a topic."""

    name: Text
    policy: Policy | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """A statement that `lambda add-permission` makes; the members are those of its request."""

    sid: Text
    action: Text
    principal: Text
    source_arn: Text = ""
    source_account: Text = ""
    organization: Text = ""
    auth_type: Text = ""  # FunctionUrlAuthType
    token: Text = ""  # EventSourceToken
    qualifier: Text = ""  # of a version or an alias
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Function(Thing):
    """A Lambda function, with the ARN of its role, its permissions, and its subnets and security groups."""

    name: Text
    role: Text
    permissions: tuple[Permission, ...] = ()
    subnets: tuple[Text, ...] = ()
    groups: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret(Thing):
    """A secret. Its ARN ends with six characters that AWS makes; `arn` is a marker or has one at its end."""

    name: Text
    arn: Text
    policy: Policy | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository(Thing):
    """A private ECR repository."""

    name: Text
    policy: Policy | None = None


# Networks.


@dataclass(frozen=True, slots=True, kw_only=True)
class Vpc(Thing):
    """A VPC and its blocks, IPv4 first. AWS makes a default security group, network ACL and main route table with it.

    `exists`: it was there before, so that of the rest of it nothing is known.
    """

    id: Text
    blocks: tuple[Text, ...]
    exists: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet(Thing):
    """A subnet; `public` is MapPublicIpOnLaunch, `assigns_v6` AssignIpv6AddressOnCreation. `exists` as of a `Vpc`."""

    id: Text
    vpc: Text
    blocks: tuple[Text, ...]
    zone: Text
    public: Flag = False
    assigns_v6: Flag = False
    exists: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A route. `destination` is a CIDR block or the id of a prefix list; `target` the id of what it leads to."""

    destination: Text
    target: Text
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTable(Thing):
    """A route table without the local route. `is_main` where it replaces or is the main table of its VPC."""

    id: Text
    vpc: Text
    routes: tuple[Route, ...] = ()
    subnets: tuple[Text, ...] = ()
    gateways: tuple[Text, ...] = ()
    is_main: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InternetGateway(Thing):
    """An internet gateway, or with `egress_only` an egress-only one. `vpc` empty: attached to none."""

    id: Text
    vpc: Text = ""
    egress_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VpnGateway(Thing):
    """A virtual private gateway."""

    id: Text
    vpc: Text = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NatGateway(Thing):
    """A NAT gateway; empty addresses are for AWS to choose."""

    id: Text
    subnet: Text
    is_public: bool = True
    private_ip: Text = ""
    public_ip: Text = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule of a security group. `blocks` are of both versions; `groups` are ids. One rule may have several peers.

    `low` and `high` are ports, or ICMP type and code; None where the protocol has none, or for all.
    """

    protocol: Text  # -1, tcp, udp, icmp, icmpv6 or a number as text
    low: Number | None
    high: Number | None
    blocks: tuple[Text, ...] = ()
    groups: tuple[Text, ...] = ()
    prefix_lists: tuple[Text, ...] = ()
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityGroup(Thing):
    """A security group. `is_default`: it stands for the default group of its VPC, whose rules it replaces."""

    id: Text
    vpc: Text
    name: Text
    ingress: tuple[Rule, ...] = ()
    egress: tuple[Rule, ...] = ()
    is_default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AclEntry:
    """An entry of a network ACL. `protocol` is a number as text; `low` and `high` as in `Rule`."""

    number: Number
    is_egress: bool
    action: Text  # allow or deny
    protocol: Text
    low: Number | None
    high: Number | None
    block: Text
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkAcl(Thing):
    """A network ACL without its terminal entries. `is_default`: it stands for the default one of its VPC."""

    id: Text
    vpc: Text
    entries: tuple[AclEntry, ...] = ()
    subnets: tuple[Text, ...] = ()
    is_default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface(Thing):
    """A network interface that is written by itself. No `private_ips`: AWS chooses one. No `groups`: the default one.

    `v6` are its IPv6 addresses, markers for those that AWS chooses.
    """

    id: Text
    subnet: Text
    groups: tuple[Text, ...] = ()
    private_ips: tuple[Text, ...] = ()
    public_ip: Text = ""
    checks: Flag = True
    instance: Text = ""
    device: int = 0
    v6: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance(Thing):
    """An instance. Its primary interface is made with it unless `interface` names one that is written by itself.

    `public` None: as the subnet says. `profile` is the name of an instance profile. `v6` as of an `Interface`.
    `primary` is the id of the interface that is made with it, where it is known, and `part` where its attributes stand
    in a resource that makes several: instance[0].
    """

    id: Text
    subnet: Text
    groups: tuple[Text, ...] = ()
    private_ip: Text = ""
    public: Flag | None = None
    public_ip: Text = ""
    checks: Flag = True
    profile: Text = ""
    interface: Text = ""
    v6: tuple[Text, ...] = ()
    primary: Text = ""
    part: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ElasticIp(Thing):
    """An Elastic IP address, and what it is associated with: an instance, an interface (and its private address)."""

    id: Text
    public_ip: Text = ""
    instance: Text = ""
    interface: Text = ""
    private_ip: Text = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peering(Thing):
    """A peering connection. `peer_account` and `peer_region` empty: as its own. `is_active` where both sides accept."""

    id: Text
    vpc: Text
    peer_vpc: Text
    peer_account: Text = ""
    peer_region: Text = ""
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint(Thing):
    """A VPC endpoint. `kind` is Gateway, Interface or GatewayLoadBalancer."""

    id: Text
    kind: Text
    service: Text
    vpc: Text
    subnets: tuple[Text, ...] = ()
    tables: tuple[Text, ...] = ()
    groups: tuple[Text, ...] = ()
    policy: Policy | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitGateway(Thing):
    """A transit gateway. `table` is the id of its default route table; the flags say whether new attachments use it."""

    id: Text
    table: Text
    associates: bool = True
    propagates: bool = True
    references: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitAttachment(Thing):
    """An attachment of a VPC. The flags are whether it uses the default route table; None: as the gateway says."""

    id: Text
    gateway: Text
    vpc: Text
    subnets: tuple[Text, ...]
    associates: bool | None = None
    propagates: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitTable(Thing):
    """A route table of a transit gateway: attachments by association and propagation, and its static routes.

    The target of a route is an attachment's id, empty for a blackhole.
    """

    id: Text
    gateway: Text
    associations: tuple[Text, ...] = ()
    propagations: tuple[Text, ...] = ()
    routes: tuple[Route, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PrefixList(Thing):
    """A managed prefix list."""

    id: Text
    name: Text
    entries: tuple[Text, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetGroup(Thing):
    """A target group. `kind` is instance, ip, lambda or alb; `targets` are ids or addresses with a port, or None.

    `attributes` are those of describe-target-group-attributes that are written.
    """

    arn: Text
    name: Text
    kind: Text
    protocol: Text
    port: Number | None
    vpc: Text
    targets: tuple[tuple[Text, Number | None], ...] = ()
    is_ipv6: bool = False
    attributes: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A listener, and the ARNs of the target groups that some rule of it forwards to."""

    arn: Text
    protocol: Text
    port: Number
    groups: tuple[Text, ...]
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadBalancer(Thing):
    """A load balancer of kind application, network or gateway. AWS makes an interface in each of its subnets.

    `addresses` maps subnets to Elastic IP addresses where they are written.
    """

    arn: Text
    name: Text
    kind: Text
    is_internet_facing: bool
    subnets: tuple[Text, ...]
    groups: tuple[Text, ...] = ()
    listeners: tuple[Listener, ...] = ()
    addresses: Mapping[Text, Text] = field(default_factory=dict)
    attributes: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassicListener:
    """A listener of a classic load balancer, and the port on its instances."""

    protocol: Text
    port: Number
    instance_port: Number
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassicBalancer(Thing):
    """A classic load balancer and the ids of its instances. AWS makes an interface in each of its subnets."""

    name: Text
    is_internet_facing: bool
    subnets: tuple[Text, ...]
    groups: tuple[Text, ...] = ()
    listeners: tuple[ClassicListener, ...] = ()
    instances: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Database(Thing):
    """A database, cache or the like whose interfaces are in subnets; in which of them, AWS chooses.

    `is_public` gives its interfaces public addresses. `description` is how AWS describes them.
    """

    id: Text
    subnets: tuple[Text, ...]
    groups: tuple[Text, ...] = ()
    is_public: Flag = False
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmodelled(Thing):
    """A resource of a type that is not read and could influence a claim. `service` is the CLI's name of its service.

    `service` empty: it may allow or deny anything. `kind` is its type: aws_glue_job, AWS::Glue::Job. `vpc` where it is
    in one. `reason` says more, where there is more.
    """

    service: Text
    kind: Text
    vpc: Text = ""
    reason: str = ""
