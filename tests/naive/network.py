"""One packet through the network, from the raw answers of the APIs: the reference semantics of forwarding.

Written from the rules of AWS, not from the code under test. A state is a packet at a place; `steps` are all the states
that may come next, and a walk is everything that can be reached. There are no sets of packets and no intervals: each
rule is asked about one packet.

Narrow, whatever is not known drops the packet. Wide, it lets the packet through as it is (an appliance, a firewall) or
anywhere (a gateway that the answers do not describe). The two walks are the same where nothing unknown is met.

Kept simple on purpose: wide, an appliance sends the packet on as it came, though it could send any other.
"""

# ruff: noqa: A001, A002, PLR0904  # ids are called id, and one method is one kind of place

from __future__ import annotations

import ipaddress
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = Any
Files = dict[str, Any]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

INTERNET, OUTSIDE = "internet", "outside"
TCP, UDP, ICMP, ICMP6 = 6, 17, 1, 58
NAMES = {"tcp": TCP, "udp": UDP, "icmp": ICMP, "icmpv6": ICMP6}
WITHOUT_GROUPS = ("nat_gateway", "transit_gateway", "gateway_load_balancer", "gateway_load_balancer_endpoint")
NAT64 = ipaddress.ip_network("64:ff9b::/96")
EPHEMERAL = 40000
MOST_STATES = 20000
MOST_FORKS = 5


@dataclass(frozen=True)
class Packet:
    """One header. `port` is the destination port, or 256 times the ICMP type plus the code."""

    source: str
    destination: str
    protocol: int = TCP
    port: int = 443
    source_port: int = EPHEMERAL

    def swapped(self) -> Packet:
        """The reply. An echo request (8, or 128 in v6) is answered by an echo reply (0, or 129)."""
        if self.protocol in (ICMP, ICMP6):
            answer = {(ICMP, 8 * 256): 0, (ICMP6, 128 * 256): 129 * 256}
            port = answer.get((self.protocol, self.port), self.port)
            return Packet(self.destination, self.source, self.protocol, port, self.source_port)
        return Packet(self.destination, self.source, self.protocol, self.source_port, self.port)


@cache
def address(text: str) -> Address:
    return ipaddress.ip_address(text)


@cache
def network(text: str) -> Network:
    return ipaddress.ip_network(text, strict=False)


def within(text: str, cidr: str) -> bool:
    return address(text).version == network(cidr).version and address(text) in network(cidr)


def is_public(text: str) -> bool:
    return address(text).is_global and not address(text).is_multicast


# What the answers say.


class Facts:
    """The raw rows by id, of all accounts and regions."""

    def __init__(self, files: Files) -> None:
        self.files = {path.removesuffix(".json"): value for path, value in files.items()}
        self.resources = {tuple(p.split("/")[3:5]): v for p, v in self.files.items() if p.count("/") == 4}
        self.accounts = {path.partition("/")[0] for path in self.files if "/" in path}
        self.vpcs = self.rows("describe-vpcs", "Vpcs", "VpcId")
        self.subnets = self.rows("describe-subnets", "Subnets", "SubnetId")
        self.interfaces = self.rows("describe-network-interfaces", "NetworkInterfaces", "NetworkInterfaceId")
        self.groups = self.rows("describe-security-groups", "SecurityGroups", "GroupId")
        self.acls = self.rows("describe-network-acls", "NetworkAcls", "NetworkAclId")
        self.tables = self.rows("describe-route-tables", "RouteTables", "RouteTableId")
        self.igws = self.rows("describe-internet-gateways", "InternetGateways", "InternetGatewayId")
        self.eigws = self.rows(
            "describe-egress-only-internet-gateways", "EgressOnlyInternetGateways", "EgressOnlyInternetGatewayId"
        )
        self.nats = self.rows("describe-nat-gateways", "NatGateways", "NatGatewayId")
        self.vgws = self.rows("describe-vpn-gateways", "VpnGateways", "VpnGatewayId")
        self.peerings = self.rows("describe-vpc-peering-connections", "VpcPeeringConnections", "VpcPeeringConnectionId")
        self.endpoints = self.rows("describe-vpc-endpoints", "VpcEndpoints", "VpcEndpointId")
        self.tgws = self.rows("describe-transit-gateways", "TransitGateways", "TransitGatewayId")
        self.vpc_attachments = self.rows(
            "describe-transit-gateway-vpc-attachments", "TransitGatewayVpcAttachments", "TransitGatewayAttachmentId"
        )
        self.tgw_peerings = self.rows(
            "describe-transit-gateway-peering-attachments",
            "TransitGatewayPeeringAttachments",
            "TransitGatewayAttachmentId",
        )
        self.attachments = [
            r for v in self.values("describe-transit-gateway-attachments") for r in v["TransitGatewayAttachments"]
        ]
        self.tgw_tables = self.rows(
            "describe-transit-gateway-route-tables", "TransitGatewayRouteTables", "TransitGatewayRouteTableId"
        )
        self.target_groups = self.rows("describe-target-groups", "TargetGroups", "TargetGroupArn")
        self.balancers = {
            r["LoadBalancerName"]: r
            for v in self.values("describe-load-balancers")
            for r in (*v.get("LoadBalancers", ()), *v.get("LoadBalancerDescriptions", ()))
        }
        self.instances: dict[str, list[str]] = defaultdict(list)  # instance -> its interfaces, primary first
        for id, row in sorted(
            self.interfaces.items(), key=lambda item: item[1].get("Attachment", {}).get("DeviceIndex", 0)
        ):
            if "InstanceId" in row.get("Attachment", {}):
                self.instances[row["Attachment"]["InstanceId"]].append(id)

    def values(self, operation: str) -> Iterator[Json]:
        """The answers of an operation, from every account and region."""
        for path, value in sorted(self.files.items()):
            if path.rpartition("/")[2] == operation:
                yield value

    def rows(self, operation: str, member: str, key: str) -> dict[str, Json]:
        return {row[key]: row for value in self.values(operation) for row in value[member]}

    def resource(self, operation: str, name: str) -> Json | None:
        """The answer of an operation on one resource, None if it was not collected."""
        return self.resources.get((operation, name))

    # Addresses.

    def owns(self, interface: str, text: str) -> bool:
        """Whether a private or v6 address is the interface's, prefixes included."""
        row = self.interfaces[interface]
        own = {row.get("PrivateIpAddress"), *(a["PrivateIpAddress"] for a in row.get("PrivateIpAddresses", ()))}
        own6 = {address(a["Ipv6Address"]) for a in row.get("Ipv6Addresses", ())}
        prefixes = [p["Ipv4Prefix"] for p in row.get("Ipv4Prefixes", ())]
        prefixes += [p["Ipv6Prefix"] for p in row.get("Ipv6Prefixes", ())]
        return text in own or address(text) in own6 or any(within(text, p) for p in prefixes)

    def publics(self, interface: str) -> dict[str, str]:
        """Public address -> private address; either place of the row may hold it."""
        row = self.interfaces[interface]
        found = {
            a["Association"]["PublicIp"]: a["PrivateIpAddress"]
            for a in row.get("PrivateIpAddresses", ())
            if a.get("Association", {}).get("PublicIp")
        }
        if row.get("Association", {}).get("PublicIp"):
            found.setdefault(row["Association"]["PublicIp"], row["PrivateIpAddress"])
        return found

    def subnet_of(self, vpc: str, text: str) -> str | None:
        """The subnet whose range has the address."""
        for id, row in self.subnets.items():
            if row["VpcId"] == vpc and any(within(text, c) for c in blocks(row)):
                return id
        return None

    def cidrs(self, vpc: str) -> list[str]:
        row = self.vpcs[vpc]
        return [row["CidrBlock"], *(a["CidrBlock"] for a in row.get("CidrBlockAssociationSet", ())), *blocks6(row)]

    def has(self, vpc: str, text: str) -> bool:
        """Whether an address is in the VPC's own ranges."""
        return any(within(text, c) for c in self.cidrs(vpc))

    def zone(self, subnet: str) -> str:
        row = self.subnets[subnet]
        found: str = row.get("AvailabilityZoneId") or row["AvailabilityZone"]
        return found

    def region(self, operation: str, member: str, key: str, id: str) -> str:
        """The region whose answer has a row."""
        for path, value in sorted(self.files.items()):
            if path.endswith(f"/ec2/{operation}") and any(row[key] == id for row in value[member]):
                return path.split("/")[1]
        return ""

    # What is in force.

    def acl_of(self, subnet: str) -> Json | None:
        vpc = self.subnets[subnet]["VpcId"]
        own = [a for a in self.acls.values() if any(s["SubnetId"] == subnet for s in a["Associations"])]
        default = [a for a in self.acls.values() if a["VpcId"] == vpc and a["IsDefault"]]
        return (own or default or [None])[0]

    def table_of(self, subnet: str) -> Json | None:
        vpc = self.subnets[subnet]["VpcId"]
        own = [t for t in self.tables.values() if any(a.get("SubnetId") == subnet for a in t["Associations"])]
        main = [t for t in self.tables.values() if t["VpcId"] == vpc and any(a["Main"] for a in t["Associations"])]
        return (own or main or [None])[0]

    def gateway_table(self, gateway: str) -> Json | None:
        """The route table of an edge association."""
        return next(
            (t for t in self.tables.values() if any(a.get("GatewayId") == gateway for a in t["Associations"])), None
        )

    def prefixes(self, prefix_list: str) -> list[str] | None:
        value = self.resource("get-managed-prefix-list-entries", prefix_list)
        return None if value is None else [e["Cidr"] for e in value["Entries"]]

    def attached(self, rows: dict[str, Json], gateway: str, member: str = "Attachments") -> list[str]:
        """The VPCs that a gateway is attached to."""
        found = rows.get(gateway, {}).get(member, ())
        return [a["VpcId"] for a in found if a["State"] in ("attached", "available")]

    def pairs(self, rows: dict[str, Json], member: str = "Attachments") -> list[tuple[str, str]]:
        """Every gateway with the VPC it is attached to."""
        return [(id, vpc) for id in rows for vpc in self.attached(rows, id, member)]

    def blocks_public_access(self, vpc: str) -> bool:
        """Whether Block Public Access is on: its exclusions are not read here, so what it blocks is not known."""
        region = self.region("describe-vpcs", "Vpcs", "VpcId", vpc)
        for path, value in self.files.items():
            if path.endswith(f"{region}/ec2/describe-vpc-block-public-access-options"):
                options = value["VpcBlockPublicAccessOptions"]
                if options.get("InternetGatewayBlockMode", "off") != "off" and path.startswith(self.account(vpc)):
                    return True
        return False

    def account(self, vpc: str) -> str:
        found: str = self.vpcs[vpc].get("OwnerId", "")
        return found


def blocks(subnet: Json) -> list[str]:
    return [*([subnet["CidrBlock"]] if subnet.get("CidrBlock") else []), *blocks6(subnet)]


def blocks6(row: Json) -> list[str]:
    return [
        a["Ipv6CidrBlock"]
        for a in row.get("Ipv6CidrBlockAssociationSet", ())
        if a["Ipv6CidrBlockState"]["State"] == "associated"
    ]


# Rules.


def protocol_of(text: str) -> int:
    """-1 is every protocol."""
    return NAMES[text] if text in NAMES else int(text)


def in_span(packet: Packet, first: int | None, last: int | None) -> bool:
    """Whether ports, or ICMP type and code, are those of a rule; -1 is any type or code."""
    if packet.protocol in (ICMP, ICMP6):
        kind, code = divmod(packet.port, 256)
        return first in (None, -1) or (first == kind and last in (None, -1, code))
    if packet.protocol in (TCP, UDP):
        return first is None or first == -1 or (last is not None and first <= packet.port <= last)
    return True


def acl_allows(acl: Json, packet: Packet, *, egress: bool) -> bool:
    """The first entry by number that matches decides; without one the packet is denied."""
    peer = packet.destination if egress else packet.source
    for entry in sorted(acl["Entries"], key=lambda e: e["RuleNumber"]):
        if entry["Egress"] != egress or not within(peer, entry.get("CidrBlock") or entry["Ipv6CidrBlock"]):
            continue
        protocol = protocol_of(entry["Protocol"])
        if protocol not in (-1, packet.protocol):
            continue
        ports, icmp = entry.get("PortRange", {}), entry.get("IcmpTypeCode", {})
        span = (
            (icmp.get("Type"), icmp.get("Code")) if protocol in (ICMP, ICMP6) else (ports.get("From"), ports.get("To"))
        )
        if protocol == -1 or in_span(packet, *span):
            return bool(entry["RuleAction"] == "allow")
    return False


# What a route can name; an instance comes with its interface.
TARGETS = (
    "NetworkInterfaceId",
    "InstanceId",
    "GatewayId",
    "VpcEndpointId",
    "EgressOnlyInternetGatewayId",
    "NatGatewayId",
    "VpcPeeringConnectionId",
    "TransitGatewayId",
)


# The walk.


@dataclass(frozen=True)
class State:
    """A packet at a place. `at` is a kind of place and its id.

    sender: the interface or balancer that sent it, as security groups know it ("" from elsewhere); vpc: of the sender;
    zone: where it entered the network; trail: the translations so far, (who, before, after).
    """

    at: tuple[str, str]
    packet: Packet
    vpc: str = ""
    zone: str = ""
    balancer: str = ""
    trail: tuple[tuple[str, Packet, Packet], ...] = ()

    def move(self, kind: str, id: str, **changes: Any) -> State:
        return replace(self, at=(kind, id), **changes)

    def translated(self, who: str, packet: Packet) -> State:
        """The packet changed by a translator, which remembers it."""
        entry = (who, self.packet, packet)
        return replace(self, packet=packet, trail=self.trail if entry in self.trail else (*self.trail, entry))


def outward(state: State, place: str) -> State:
    """The packet on the internet or the unknown outside, where no one knows the sender's VPC."""
    return state.move(place, "", vpc="", zone="", balancer="")


class Walker:
    """All ways of one packet. `reply` are the translations of the flow that this packet answers."""

    def __init__(
        self, facts: Facts, *, wide: bool = False, reply: tuple[tuple[str, Packet, Packet], ...] | None = None
    ) -> None:
        self.facts = facts
        self.wide = wide
        self.reply = reply
        self.port = EPHEMERAL  # that translators pick
        self.depth = 0  # of walks within walks
        self.unknown: set[str] = set()  # what was met and is not known
        self.arrivals: set[tuple[str, State]] = set()

    def walk(self, start: State) -> set[str]:
        """Where the packet gets to: interfaces, endpoints, `internet`, `outside`."""
        seen, waiting = {start}, [start]
        while waiting:
            for state in self.steps(waiting.pop()):
                if state not in seen:
                    seen.add(state)
                    waiting.append(state)
            if len(seen) > MOST_STATES:
                raise RuntimeError("the packet has too many ways")
        return {place for place, _ in self.arrivals}

    def steps(self, state: State) -> Iterator[State]:
        kind, id = state.at
        return getattr(self, f"at_{kind}")(state, id)  # type: ignore[no-any-return]

    def guess(self, what: str) -> bool:
        """Something is not known: noted, and true on the wide side."""
        self.unknown.add(what)
        return self.wide

    def arrive(self, place: str, state: State) -> None:
        self.arrivals.add((place, state))

    # Interfaces and security groups.

    def at_send(self, state: State, id: str) -> Iterator[State]:
        """An interface sends: its own address as source, unless the check is off, and its groups."""
        row = self.facts.interfaces[id]
        if row["SourceDestCheck"] and not self.facts.owns(id, state.packet.source):
            return
        if self.reply:
            yield from self.kept(state, row["SubnetId"])
        if self.groups_allow(id, state, egress=True):
            yield state.move(
                "subnet", row["SubnetId"], vpc=row["VpcId"], zone=self.facts.zone(row["SubnetId"]), balancer=""
            )

    def kept(self, state: State, subnet: str) -> Iterator[State]:
        """The reply of a target that saw the client's own address goes back through the balancer, whatever the routes."""
        for who, before, after in self.reply or ():
            row = self.facts.interfaces.get(who)
            if row is None or state.packet != after.swapped() or before.source != after.source:
                continue
            near = row["SubnetId"] == subnet
            if near or (
                self.acl_passes(subnet, state.packet, egress=True)
                and self.acl_passes(row["SubnetId"], state.packet, egress=False)
            ):
                yield state.move(
                    "subnet", row["SubnetId"], packet=before.swapped(), zone=self.facts.zone(row["SubnetId"])
                )

    def at_deliver(self, state: State, id: str) -> Iterator[State]:
        """A packet at an interface: its groups; then a load balancer or a translator may send it on."""
        if not self.groups_allow(id, state, egress=False):
            return
        row = self.facts.interfaces[id]
        if row.get("Description", "").startswith("ELB ") and self.reply is None:
            if not self.is_listening(state.packet, id):
                return
            yield from self.balance(state, id)
        self.arrive(id, state)
        yield from self.returned(state, id)

    def at_appliance(self, state: State, id: str) -> Iterator[State]:
        """A route leads to an interface: it takes packets for others if its check is off."""
        row = self.facts.interfaces.get(id)
        if row is None:
            self.guess(f"{id} is not in the export")
            return
        if row["SourceDestCheck"] or not self.groups_allow(id, state, egress=False):
            return
        self.arrive(id, state)
        if self.guess(f"what {id} sends on"):
            instance = row.get("Attachment", {}).get("InstanceId")
            for other in self.facts.instances.get(instance, [id]):
                yield state.move("send", other)

    def groups_allow(self, id: str, state: State, *, egress: bool) -> bool:
        """Whether any rule of any group of the interface matches; replies of a tracked flow pass."""
        row = self.facts.interfaces[id]
        names = [g["GroupId"] for g in row.get("Groups", ())]
        if self.reply is not None or row["InterfaceType"] in WITHOUT_GROUPS:
            return True
        if not names and row["InterfaceType"] == "network_load_balancer":
            return True
        return any(self.group_allows(name, row["VpcId"], state, egress=egress) for name in names)

    def group_allows(self, group: str, vpc: str, state: State, *, egress: bool) -> bool:
        row = self.facts.groups.get(group)
        if row is None:
            return self.guess(f"{group} is not in the export")
        rules = row["IpPermissionsEgress"] if egress else row["IpPermissions"]
        return any(self.rule_allows(r, vpc, state, egress=egress) for r in rules)

    def rule_allows(self, rule: Json, vpc: str, state: State, *, egress: bool) -> bool:
        packet, protocol = state.packet, protocol_of(rule["IpProtocol"])
        if protocol not in (-1, packet.protocol):
            return False
        if protocol != -1 and not in_span(packet, rule.get("FromPort"), rule.get("ToPort")):
            return False
        peer = packet.destination if egress else packet.source
        ranges = [r["CidrIp"] for r in rule.get("IpRanges", ())] + [r["CidrIpv6"] for r in rule.get("Ipv6Ranges", ())]
        if any(within(peer, c) for c in ranges):
            return True
        if any(self.in_prefix_list(peer, p["PrefixListId"]) for p in rule.get("PrefixListIds", ())):
            return True
        pairs = rule.get("UserIdGroupPairs", ())
        return any(self.refers(pair, vpc, state, egress=egress) for pair in pairs)

    def in_prefix_list(self, text: str, prefix_list: str) -> bool:
        entries = self.facts.prefixes(prefix_list)
        if entries is None:
            return self.guess(f"the entries of {prefix_list}")
        return any(within(text, c) for c in entries)

    def refers(self, pair: Json, vpc: str, state: State, *, egress: bool) -> bool:
        """Whether the peer is a private address of an interface that carries the group, seen from a VPC."""
        group = pair["GroupId"]
        row = self.facts.groups.get(group)
        if row is None:
            foreign = pair.get("UserId", "") not in self.facts.accounts
            return foreign and self.guess(f"{group} of another account")
        if not self.linked(vpc, row["VpcId"], egress=egress):
            return False
        if state.balancer and not egress:
            return group in self.balancer_groups(state.balancer)
        peer = state.packet.destination if egress else state.packet.source
        # Whether a group of a peer is known for a packet that took another way is not documented.
        astray = not state.vpc and vpc != row["VpcId"] and self.peers(vpc, row["VpcId"])
        if not egress and state.vpc != row["VpcId"] and not astray:
            return False
        members = [
            i
            for i, r in self.facts.interfaces.items()
            if r["VpcId"] == row["VpcId"] and any(g["GroupId"] == group for g in r.get("Groups", ()))
        ]
        found = any(self.facts.owns(i, peer) for i in members)
        return found and (egress or not astray or self.guess(f"{group} on the way of a packet"))

    def linked(self, vpc: str, other: str, *, egress: bool) -> bool:
        """Whether a group of another VPC can be referred to."""
        if vpc == other or self.peers(vpc, other):
            return True
        return not egress and any(self.referencing(a, b) for a in self.of_vpc(vpc) for b in self.of_vpc(other))

    def peers(self, vpc: str, other: str) -> bool:
        """Whether two VPCs of one region are actively peered."""
        for row in self.facts.peerings.values():
            sides = [row["RequesterVpcInfo"], row["AccepterVpcInfo"]]
            active = row["Status"]["Code"] == "active" and sides[0].get("Region") == sides[1].get("Region")
            if active and {s["VpcId"] for s in sides} == {vpc, other}:
                return True
        return False

    def of_vpc(self, vpc: str) -> list[Json]:
        return [a for a in self.facts.vpc_attachments.values() if a["VpcId"] == vpc and a["State"] == "available"]

    def referencing(self, one: Json, two: Json) -> bool:
        """Whether two attachments of one gateway support references, as must the gateway."""
        if one["TransitGatewayId"] != two["TransitGatewayId"]:
            return False
        gateway = self.facts.tgws.get(one["TransitGatewayId"])
        if gateway is None:
            return self.guess(f"{one['TransitGatewayId']} is not in the export")
        options = [r.get("Options", {}).get("SecurityGroupReferencingSupport") for r in (gateway, one, two)]
        return options == ["enable"] * 3

    # Subnets and VPCs.

    def acl_passes(self, subnet: str, packet: Packet, *, egress: bool) -> bool:
        acl = self.facts.acl_of(subnet)
        if acl is None:
            return self.guess(f"the network ACL of {subnet}")
        return acl_allows(acl, packet, egress=egress)

    def at_subnet(self, state: State, id: str) -> Iterator[State]:
        """Sent in a subnet: straight to a neighbour, else out through ACL and route table."""
        facts, destination = self.facts, state.packet.destination
        if any(within(destination, c) for c in blocks(facts.subnets[id])):
            for interface, row in facts.interfaces.items():
                if row["SubnetId"] == id and facts.owns(interface, destination):
                    yield state.move("deliver", interface)
            return
        if self.acl_passes(id, state.packet, egress=True):
            yield state.move("table", id)

    def at_table(self, state: State, id: str) -> Iterator[State]:
        table = self.facts.table_of(id)
        if table is None:
            self.guess(f"the route table of {id}")
            return
        for route in self.lookup(table, state.packet.destination):
            yield from self.follow(route, state, self.facts.subnets[id]["VpcId"], id)

    def at_local(self, state: State, vpc: str) -> Iterator[State]:
        """Delivered inside a VPC: an address that no interface has is nowhere."""
        for interface, row in self.facts.interfaces.items():
            here = row["VpcId"] == vpc and self.facts.owns(interface, state.packet.destination)
            if here and self.acl_passes(row["SubnetId"], state.packet, egress=False):
                yield state.move("deliver", interface)

    def lookup(self, table: Json, destination: str) -> list[Json]:
        """The routes that win: longest prefix, then local, static, prefix list, propagated."""
        found: list[tuple[int, int, Json]] = []
        for route in table["Routes"]:
            listed = "DestinationPrefixListId" in route
            if listed:
                entries = self.facts.prefixes(route["DestinationPrefixListId"])
                if entries is None:
                    self.guess(f"the entries of {route['DestinationPrefixListId']}")
            else:
                entries = [route.get("DestinationCidrBlock") or route["DestinationIpv6CidrBlock"]]
            lengths = [network(c).prefixlen for c in entries or () if within(destination, c)]
            if lengths:
                found.append((max(lengths), -rank_of(route, listed=listed), route))
        best = max((f[:2] for f in found), default=None)
        return [route for *key, route in found if tuple(key) == best]

    def follow(self, route: Json, state: State, vpc: str, subnet: str) -> Iterator[State]:
        """Where a route of a table in a VPC leads; `subnet` is "" for the table of a gateway."""
        target = next((route[member] for member in TARGETS if member in route), "")
        if route.get("State") == "blackhole" and not self.starts(target):
            return
        to = getattr(self, f"to_{target.partition('-')[0]}", None)
        if to is not None:
            yield from to(target, state, vpc, subnet)
        elif self.guess(f"what is behind {sorted(route.items())}"):
            yield outward(state, OUTSIDE)

    def starts(self, target: str) -> bool:
        """Whether a route is a blackhole only while an instance is stopped: one to an instance or its interface."""
        row = self.facts.interfaces.get(target, {})
        return target in self.facts.instances or bool(row.get("Attachment", {}).get("InstanceId"))

    def to_local(self, _: str, state: State, vpc: str, subnet: str) -> Iterator[State]:
        yield state.move("local", vpc)

    def to_eigw(self, id: str, state: State, vpc: str, subnet: str) -> Iterator[State]:
        """Out only, v6 only."""
        facts, packet = self.facts, state.packet
        v6 = address(packet.source).version == 6 and is_public(packet.destination)
        if self.reply is not None and not self.guess(f"whether {id} lets out a reply to what came in elsewhere"):
            return
        if v6 and vpc in facts.attached(facts.eigws, id) and self.is_own6(vpc, packet.source, id):
            yield outward(state, INTERNET)

    def is_own6(self, vpc: str, source: str, gateway: str) -> bool:
        """Whether a gateway takes a v6 source: surely the VPC's own."""
        return self.facts.has(vpc, source) or self.guess(f"whether {gateway} takes a source of elsewhere")

    def to_vgw(self, id: str, state: State, vpc: str, subnet: str) -> Iterator[State]:
        if vpc in self.facts.attached(self.facts.vgws, id, "VpcAttachments"):
            yield outward(state, OUTSIDE)

    def enters(self, subnet: str, other: str, packet: Packet) -> bool:
        """The ACL of another subnet, inbound."""
        return subnet == other or self.acl_passes(other, packet, egress=False)

    def to_i(self, id: str, state: State, vpc: str, subnet: str) -> Iterator[State]:
        """A route to an instance is one to its primary interface."""
        yield from self.to_eni(next(iter(self.facts.instances.get(id, [])), id), state, vpc, subnet)

    def to_eni(self, id: str, state: State, vpc: str, subnet: str) -> Iterator[State]:
        row = self.facts.interfaces.get(id)
        if row is None or self.enters(subnet, row["SubnetId"], state.packet):
            yield state.move("appliance", id)

    def to_vpce(self, id: str, state: State, vpc: str, subnet: str) -> Iterator[State]:
        """A gateway endpoint takes the packet; a firewall's endpoint may give it back to its own subnet's table."""
        row = self.facts.endpoints.get(id)
        if row is None:
            self.guess(f"{id} is not in the export")
            return
        if row["VpcEndpointType"] == "Gateway":
            self.arrive(id, state)
            return
        for own in row["SubnetIds"]:
            if self.enters(subnet, own, state.packet) or self.guess(f"whether the ACL of {own} is met before {id}"):
                self.arrive(id, state)
                if self.guess(f"the firewall behind {id}"):
                    yield state.move("subnet", own, vpc="", zone=self.facts.zone(own))

    # Internet and NAT.

    def to_igw(self, gateway: str, state: State, vpc: str, subnet: str) -> Iterator[State]:
        """Out: a v4 source needs a public address, which replaces it."""
        facts, packet = self.facts, state.packet
        if vpc not in facts.attached(facts.igws, gateway) or not is_public(packet.destination):
            return
        if facts.blocks_public_access(vpc) and not self.guess(f"Block Public Access of {vpc}"):
            return
        if address(packet.source).version == 6:
            if is_public(packet.source) and self.is_own6(vpc, packet.source, gateway):
                yield outward(state, INTERNET)
            return
        for interface, row in facts.interfaces.items():
            for public, private in facts.publics(interface).items():
                if row["VpcId"] == vpc and private == packet.source:
                    after = state.translated(gateway, replace(packet, source=public))
                    yield outward(after, INTERNET)

    def at_internet(self, state: State, _: str) -> Iterator[State]:
        """On the internet: into every VPC that has the destination and an attached gateway."""
        facts, packet = self.facts, state.packet
        self.arrive(INTERNET, state)
        for gateway, vpc in facts.pairs(facts.igws):
            for after in self.translate_in(gateway, vpc, state):
                if not facts.blocks_public_access(vpc) or self.guess(f"Block Public Access of {vpc}"):
                    yield from self.enter(gateway, after, vpc)
        if self.reply is not None and address(packet.destination).version == 6:
            for _gateway, vpc in facts.pairs(facts.eigws):
                if facts.has(vpc, packet.destination):
                    yield state.move("local", vpc)

    def translate_in(self, gateway: str, vpc: str, state: State) -> Iterator[State]:
        """The packet as it enters a VPC: to the private address of its public one; v6 as it is."""
        packet = state.packet
        for interface, row in self.facts.interfaces.items():
            if row["VpcId"] != vpc:
                continue
            if address(packet.destination).version == 6:
                if self.facts.owns(interface, packet.destination) and is_public(packet.destination):
                    yield state
                continue
            private = self.facts.publics(interface).get(packet.destination)
            if private is not None:
                yield state.translated(gateway, replace(packet, destination=private))

    def enter(self, gateway: str, state: State, vpc: str) -> Iterator[State]:
        """Into a VPC through a gateway: its own table if it has one, else straight to the target."""
        table = self.facts.gateway_table(gateway)
        if table is None:
            yield state.move("local", vpc)
            return
        for route in self.lookup(table, state.packet.destination):
            yield from self.follow(route, state, vpc, "")

    def at_outside(self, state: State, _: str) -> Iterator[State]:
        """On the unknown outside. What came from a network only comes back wide."""
        self.arrive(OUTSIDE, state)
        if state.zone != OUTSIDE and not self.guess("what the outside sends on"):
            return
        facts = self.facts
        state = replace(state, zone="")
        for gateway, vpc in facts.pairs(facts.vgws, "VpcAttachments"):
            if facts.has(vpc, state.packet.destination):
                yield from self.enter(gateway, state, vpc)
        for row in facts.attachments:
            if row["ResourceType"] not in ("vpc", "peering") and row["State"] == "available":
                yield from self.transit_in(row["TransitGatewayAttachmentId"], row["TransitGatewayId"], state)

    def to_nat(self, id: str, state: State, vpc: str, subnet: str) -> Iterator[State]:
        """TCP, UDP and ICMP over v4: the gateway's address as source, any port; sent in the gateway's subnet."""
        row, packet = self.facts.nats.get(id), state.packet
        if row is None:
            self.guess(f"{id} is not in the export")
            return
        if row["State"] != "available" or packet.protocol not in (TCP, UDP, ICMP) or self.reply is not None:
            return
        if not self.enters(subnet, row["SubnetId"], packet):
            return
        if address(packet.source).version == 6:
            if within(packet.destination, str(NAT64)):
                self.guess(f"NAT64 at {id}")
            return
        for own in row["NatGatewayAddresses"]:
            after = state.translated(id, replace(packet, source=own["PrivateIp"], source_port=self.picked(packet)))
            yield after.move(
                "subnet", row["SubnetId"], vpc=row["VpcId"], zone=self.facts.zone(row["SubnetId"]), balancer=""
            )

    def picked(self, packet: Packet) -> int:
        return packet.source_port if packet.protocol == ICMP else self.port

    def returned(self, state: State, id: str) -> Iterator[State]:
        """A reply at the interface of a translator goes back to whom it belongs to, as the flow remembers it."""
        row = self.facts.interfaces[id]
        for who, before, after in self.reply or ():
            ours = id in self.interfaces_of(who) and state.packet == after.swapped()
            if ours:
                yield state.move(
                    "subnet",
                    row["SubnetId"],
                    packet=before.swapped(),
                    zone=self.facts.zone(row["SubnetId"]),
                )

    def interfaces_of(self, who: str) -> list[str]:
        """The interfaces of a NAT gateway, or of the load balancer of an interface."""
        if who in self.facts.nats:
            return [a["NetworkInterfaceId"] for a in self.facts.nats[who]["NatGatewayAddresses"]]
        return [who]

    # Peering and transit gateways.

    def to_pcx(self, id: str, state: State, vpc: str, subnet: str) -> Iterator[State]:
        """To the other VPC's own ranges only, and not onward."""
        row, facts = self.facts.peerings.get(id), self.facts
        if row is None:
            self.guess(f"{id} is not in the export")
            return
        sides = {s["VpcId"]: s for s in (row["RequesterVpcInfo"], row["AccepterVpcInfo"])}
        if row["Status"]["Code"] != "active" or vpc not in sides:
            return
        if not facts.has(vpc, state.packet.source) and not self.guess(f"transit over {id}"):
            return
        other = next(v for v in sides if v != vpc)
        if other not in facts.vpcs:
            if self.guess(f"{other} is not in the export"):
                yield outward(state, OUTSIDE)
        elif facts.has(other, state.packet.destination):
            yield state.move("local", other)

    def to_tgw(self, tgw: str, state: State, vpc: str, subnet: str) -> Iterator[State]:
        """Through the attachment's subnet in the sender's zone."""
        for attachment in self.of_vpc(vpc):
            if attachment["TransitGatewayId"] != tgw:
                continue
            for own in attachment["SubnetIds"]:
                near = subnet and self.facts.zone(own) == self.facts.zone(subnet)
                if near and self.acl_passes(own, state.packet, egress=False):
                    here = replace(self.past(attachment, state), zone=self.facts.zone(own))
                    yield from self.transit_in(attachment["TransitGatewayAttachmentId"], tgw, here)

    def past(self, attachment: Json, state: State) -> State:
        """The packet past an attachment: groups are known beyond it only if it supports references."""
        return state if self.referencing(attachment, attachment) else replace(state, vpc="", balancer="")

    def transit_in(self, attachment: str, tgw: str, state: State) -> Iterator[State]:
        """The table that the attachment is associated with."""
        facts = self.facts
        tables = [t for t, r in facts.tgw_tables.items() if r["TransitGatewayId"] == tgw]
        answered: dict[str, Json] = {
            t: facts.resource("get-transit-gateway-route-table-associations", t) for t in tables
        }
        if tgw not in facts.tgws or None in answered.values():
            if self.guess(f"what is associated in {tgw}"):
                yield from self.transit_anywhere(tgw, state)
            return
        for table, answer in answered.items():
            for row in answer["Associations"]:
                if row["TransitGatewayAttachmentId"] == attachment and row["State"] == "associated":
                    yield state.move("transit", table)

    def transit_anywhere(self, tgw: str, state: State) -> Iterator[State]:
        for row in self.facts.attachments:
            if row["TransitGatewayId"] == tgw and row["State"] == "available":
                yield from self.transit_out(row, tgw, state)

    def at_transit(self, state: State, table: str) -> Iterator[State]:
        """Longest prefix, then static before propagated; a blackhole drops and still wins."""
        facts, tgw = self.facts, self.facts.tgw_tables[table]["TransitGatewayId"]
        answer = facts.resource("search-transit-gateway-routes", table)
        if answer is None or answer.get("AdditionalRoutesAvailable"):
            if self.guess(f"the routes of {table}"):
                yield from self.transit_anywhere(tgw, state)
            return
        for route in self.transit_lookup(answer["Routes"], state.packet.destination):
            named = {a["TransitGatewayAttachmentId"] for a in route.get("TransitGatewayAttachments", ())}
            for row in facts.attachments:
                here = row["TransitGatewayAttachmentId"] in named and row["TransitGatewayId"] == tgw
                if here and row["State"] == "available":
                    yield from self.transit_out(row, tgw, state)

    def transit_lookup(self, routes: list[Json], destination: str) -> list[Json]:
        """The active routes that win; none if a blackhole does."""
        found: list[tuple[int, bool, Json]] = []
        for route in routes:
            own = [route["DestinationCidrBlock"]] if "DestinationCidrBlock" in route else None
            cidrs = own or self.facts.prefixes(route["PrefixListId"]) or []
            lengths = [network(c).prefixlen for c in cidrs if within(destination, c)]
            if lengths and route["State"] in ("active", "blackhole"):
                found.append((max(lengths), route["Type"] == "static", route))
        best = max((f[:2] for f in found), default=None)
        return [route for *key, route in found if tuple(key) == best and route["State"] == "active"]

    def transit_out(self, row: Json, tgw: str, state: State) -> Iterator[State]:
        """Out of the gateway through an attachment: into a VPC, another gateway, or outside."""
        id, facts = row["TransitGatewayAttachmentId"], self.facts
        if row["ResourceType"] == "vpc":
            attachment = facts.vpc_attachments.get(id)
            if attachment is None or attachment["VpcId"] not in facts.vpcs:
                if self.guess(f"the VPC of {id}"):
                    yield outward(state, OUTSIDE)
                return
            state, subnets = self.past(attachment, state), attachment["SubnetIds"]
            alike = {str((facts.acl_of(s), facts.table_of(s))) for s in subnets}
            if len(alike) > 1 and not self.guess(f"the zone in which {id} is left"):
                self.arrivals |= self.by_all([state.move("subnet", s) for s in subnets])
                return
            if len(subnets) > 1 and facts.subnet_of(attachment["VpcId"], state.packet.destination) in subnets:
                self.unknown.add(f"the zone in which {id} is left")
            near = [s for s in subnets if facts.zone(s) == state.zone]
            for subnet in subnets if self.wide else near or subnets:
                yield state.move("subnet", subnet)
        elif row["ResourceType"] == "peering" and id in facts.tgw_peerings:
            infos = [facts.tgw_peerings[id][k]["TransitGatewayId"] for k in ("RequesterTgwInfo", "AccepterTgwInfo")]
            yield from self.transit_in(id, next(t for t in infos if t != tgw), replace(state, vpc="", balancer=""))
        else:
            yield outward(state, OUTSIDE)

    def by_all(self, states: list[State]) -> set[tuple[str, State]]:
        """Where the packet gets to from each of some states."""
        found = []
        for state in states if self.depth < MOST_FORKS else ():
            walker = Walker(self.facts, wide=self.wide, reply=self.reply)
            walker.port, walker.depth = self.port, self.depth + 1
            walker.walk(state)
            self.unknown |= walker.unknown
            found.append(walker.arrivals)
        return set.intersection(*found) if found else set()

    # Load balancers.

    def balance(self, state: State, id: str) -> Iterator[State]:
        """What a load balancer sends for a packet at one of its interfaces, to each target."""
        facts, path = self.facts, self.facts.interfaces[id]["Description"].removeprefix("ELB ").split("/")
        name = path[1] if len(path) > 1 else path[0]
        row = facts.balancers.get(name)
        if row is None:
            self.guess(f"the load balancer of {id}")
        elif "ListenerDescriptions" in row:
            yield from self.balance_classic(row, state, id)
        elif row["Type"] in ("application", "network"):
            yield from self.balance_listeners(row, state, id)

    def is_listening(self, packet: Packet, id: str) -> bool:
        """Whether a listener of the load balancer takes the packet, or its groups admit ICMP."""
        path = self.facts.interfaces[id]["Description"].removeprefix("ELB ").split("/")
        row = self.facts.balancers.get(path[1] if len(path) > 1 else path[0])
        if row is None or row.get("Type") == "gateway":
            return True
        if packet.protocol in (ICMP, ICMP6):
            return bool(self.facts.interfaces[id].get("Groups")) or self.guess(f"whether {id} answers ICMP")
        if "ListenerDescriptions" in row:
            ports = [d["Listener"]["LoadBalancerPort"] for d in row["ListenerDescriptions"]]
            return packet.protocol == TCP and packet.port in ports
        answer = self.facts.resource("describe-listeners", row["LoadBalancerName"])
        if answer is None:
            return self.guess(f"the listeners of {row['LoadBalancerName']}")
        return any(
            packet.port == one["Port"] and packet.protocol in carried(one["Protocol"]) for one in answer["Listeners"]
        )

    def balance_classic(self, row: Json, state: State, id: str) -> Iterator[State]:
        for description in row["ListenerDescriptions"]:
            listener = description["Listener"]
            if (state.packet.protocol, state.packet.port) == (TCP, listener["LoadBalancerPort"]):
                for instance in row["Instances"]:
                    for target in self.target_addresses(instance["InstanceId"], "instance"):
                        # Whether a classic balancer crosses zones is not in the answers.
                        if self.apart(row, id, target, "") and not self.guess(f"targets of {id} in another zone"):
                            continue
                        yield from self.forward(state, id, target, TCP, listener["InstancePort"], keep=False)

    def balance_listeners(self, row: Json, state: State, id: str) -> Iterator[State]:
        answer = self.facts.resource("describe-listeners", row["LoadBalancerName"])
        if answer is None:
            self.guess(f"the listeners of {row['LoadBalancerName']}")
            return
        for listener in answer["Listeners"]:
            if state.packet.port != listener["Port"] or state.packet.protocol not in carried(listener["Protocol"]):
                continue
            for group in self.groups_of(listener):
                yield from self.to_targets(row, group, state, id)

    def groups_of(self, listener: Json) -> list[str]:
        """The target groups that the listener's default action or any rule forwards to."""
        answer = self.facts.resource("describe-rules", listener["ListenerArn"].rpartition("/")[2])
        rules = answer["Rules"] if answer else []
        if answer is None:
            self.guess(f"the rules of {listener['ListenerArn']}")
        actions = [*listener["DefaultActions"], *(a for r in rules for a in r["Actions"])]
        found = [a["TargetGroupArn"] for a in actions if "TargetGroupArn" in a]
        found += [t["TargetGroupArn"] for a in actions for t in a.get("ForwardConfig", {}).get("TargetGroups", ())]
        return list(dict.fromkeys(found))

    def to_targets(self, balancer: Json, arn: str, state: State, id: str) -> Iterator[State]:
        group = self.facts.target_groups.get(arn)
        answer = self.facts.resource("describe-target-health", group["TargetGroupName"]) if group else None
        if group is None or answer is None:
            self.guess(f"the targets of {arn}")
            return
        keep = balancer["Type"] == "network" and self.preserves(group)
        protocol = state.packet.protocol if balancer["Type"] == "network" else TCP
        crosses = self.crosses(balancer, group)
        for described in answer["TargetHealthDescriptions"]:
            target = described["Target"]
            for text in self.target_addresses(target["Id"], group["TargetType"]):
                if self.apart(balancer, id, text, crosses) and not self.guess(f"targets of {id} in another zone"):
                    continue
                port = target.get("Port", group.get("Port"))
                yield from self.forward(state, id, text, protocol, port, keep=keep)

    def apart(self, balancer: Json, id: str, text: str, crosses: str) -> bool:
        """Whether a target is in a zone that is not the balancer's, or not the node's if it does not cross zones."""
        facts, node = self.facts, self.facts.interfaces[id]
        where = facts.subnet_of(node["VpcId"], text)
        if where is None:
            return False
        zones = {z if isinstance(z, str) else z["ZoneName"] for z in balancer["AvailabilityZones"]}
        if facts.subnets[where]["AvailabilityZone"] not in zones:
            return True
        return facts.zone(where) != facts.zone(node["SubnetId"]) and crosses != "true"

    def crosses(self, balancer: Json, group: Json) -> str:
        """Whether a balancer sends across zones to a target group: "true" or "false"."""
        key = "load_balancing.cross_zone.enabled"
        of_group = self.attributes("describe-target-group-attributes", group["TargetGroupName"]).get(key, "")
        of_balancer = self.attributes("describe-load-balancer-attributes", balancer["LoadBalancerName"]).get(key)
        default = str(balancer["Type"] == "application").lower()
        return str(of_group if of_group in ("true", "false") else of_balancer or default)

    def attributes(self, operation: str, name: str) -> dict[str, str]:
        answer = self.facts.resource(operation, name) or {"Attributes": []}
        return {a["Key"]: a["Value"] for a in answer["Attributes"]}

    def preserves(self, group: Json) -> bool:
        """Whether the client's address stays: the attribute, else instances and UDP."""
        given = self.attributes("describe-target-group-attributes", group["TargetGroupName"])
        default = group["TargetType"] in ("instance", "alb") or group["Protocol"] in ("UDP", "TCP_UDP")
        return bool(given.get("preserve_client_ip.enabled", str(default).lower()) == "true")

    def target_addresses(self, target: str, kind: str) -> list[str]:
        if kind == "ip":
            return [target]
        if kind == "instance":
            return [self.facts.interfaces[i]["PrivateIpAddress"] for i in self.facts.instances.get(target, [])[:1]]
        if kind == "alb":
            path = target.partition(":loadbalancer/")[2]
            rows = [r for r in self.facts.interfaces.values() if r.get("Description") == f"ELB {path}"]
            return [r["PrivateIpAddress"] for r in rows]
        return []

    def forward(self, state: State, id: str, target: str, protocol: int, port: int, *, keep: bool) -> Iterator[State]:
        """One packet from a balancer's interface to a target, past the balancer's groups."""
        row, packet = self.facts.interfaces[id], state.packet
        after = Packet(
            packet.source if keep else row["PrivateIpAddress"],
            target,
            protocol,
            port,
            packet.source_port if keep else self.port,
        )
        sent = state.translated(id, after)
        if self.groups_allow(id, sent, egress=True):
            subnet = row["SubnetId"]
            yield sent.move(
                "subnet", subnet, vpc=row["VpcId"], zone=self.facts.zone(subnet), balancer=id if keep else ""
            )

    def balancer_groups(self, id: str) -> set[str]:
        return {g["GroupId"] for g in self.facts.interfaces[id]["Groups"]}


def carried(protocol: str) -> tuple[int, ...]:
    """The protocols that a listener takes."""
    if protocol == "UDP":
        return (UDP,)
    if protocol == "TCP_UDP":
        return (TCP, UDP)
    return (TCP,) if protocol in ("TCP", "TLS", "HTTP", "HTTPS") else ()


def rank_of(route: Json, *, listed: bool) -> int:
    """Local, static, prefix list, propagated."""
    if route.get("GatewayId") == "local":
        return 0
    if route.get("Origin") == "EnableVgwRoutePropagation":
        return 3
    return 2 if listed else 1


# Questions.


@dataclass(frozen=True)
class Walked:
    """Where a packet gets to, and what was met on the way that is not known."""

    places: frozenset[str]
    unknown: frozenset[str]


def start_of(facts: Facts, source: str, packet: Packet) -> State | None:
    """A packet of an interface, or of the internet, whose addresses are public, or of the outside."""
    if source == INTERNET:
        return State(("internet", ""), packet) if is_public(packet.source) else None
    if source == OUTSIDE:
        return State(("outside", ""), packet, zone=OUTSIDE)
    return State(("send", source), packet) if source in facts.interfaces else None


def walk(files: Files | Facts, source: str, packet: Packet, *, wide: bool = False) -> Walked:
    """Everything that the packet can reach from a source: interface id, `internet` or `outside`."""
    facts = files if isinstance(files, Facts) else Facts(files)
    start, walker = start_of(facts, source, packet), Walker(facts, wide=wide)
    if start is None:
        return Walked(frozenset(), frozenset())
    found = walker.walk(start)
    if source in (INTERNET, OUTSIDE):
        found.discard(source)
    return Walked(frozenset(found), frozenset(walker.unknown))


def reaches(files: Files | Facts, source: str, packet: Packet, *, wide: bool = False) -> set[str]:
    """The interfaces (or endpoints, `internet`, `outside`) that the packet gets to."""
    return set(walk(files, source, packet, wide=wide).places)


def answers(files: Files | Facts, source: str, packet: Packet, *, wide: bool = False) -> set[str]:
    """Those of `reaches` from which an answer gets back to the source, for some ports that translators pick."""
    facts = files if isinstance(files, Facts) else Facts(files)
    found: set[str] = set()
    start = start_of(facts, source, packet)
    if start is None:
        return found
    for port in picks(facts):
        walker = Walker(facts, wide=wide)
        walker.port = port
        walker.walk(start)
        for place, state in walker.arrivals:
            if place not in found | {source} and replied(facts, source, packet, place, state, wide=wide):
                found.add(place)
    return found


def picks(facts: Facts) -> list[int]:
    """One port of each range that the network ACLs tell apart."""
    ends = {1024, EPHEMERAL, 65535}
    for acl in facts.acls.values():
        for entry in acl["Entries"]:
            span = entry.get("PortRange", {})
            ends |= {span[k] + more for k, more in (("From", 0), ("From", -1), ("To", 0), ("To", 1)) if k in span}
    return sorted(e for e in ends if 1024 <= e <= 65535) if facts.nats or facts.balancers else [EPHEMERAL]


def replied(facts: Facts, source: str, packet: Packet, place: str, state: State, *, wide: bool) -> bool:
    """Whether the reply to a packet that arrived gets back, as the sender expects it."""
    start = start_of(facts, place, state.packet.swapped())
    endpoint = facts.endpoints.get(place, {})
    if endpoint.get("VpcEndpointType") == "Gateway":
        start = State(("local", endpoint["VpcId"]), state.packet.swapped())
    if start is None:
        return False
    walker = Walker(facts, wide=wide, reply=state.trail)
    walker.walk(start)
    return any(where == source and there.packet == packet.swapped() for where, there in walker.arrivals)
