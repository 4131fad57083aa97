"""Small networks as the raw answers of the EC2 and Elastic Load Balancing APIs.

A World is made with one method per kind of resource. Each returns the id of what it made, ids are `vpc-1`, `vpc-2`, ...
unless they are given, and every member of an answer can be given or overridden by its raw name. `row(id)` is the raw
object, to be damaged. `files()` is the snapshot: path -> JSON.

As in AWS, a VPC comes with a main route table (its local routes), an open network ACL and nothing else; a subnet uses
both until a table or an ACL takes it. A security group lets everything out unless `egress` is given.
"""

# ruff: noqa: A002, PLR0904  # ids are called id, and one method makes one kind of resource

from __future__ import annotations

import ipaddress
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from cloud.setting import OTHER, OWN, inventory_of, manifest, tag_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from checkers.cloud.inventory import Inventory

__all__ = ["OTHER", "OWN", "REGION", "World", "entry", "listener", "route", "rule", "tgw_route"]

REGION = "eu-west-1"

Json = Any
Files = dict[str, Any]
Place = tuple[str, str]  # account, region

# Operation of ec2 -> the member of its answer that is the list.
LISTS = {
    "describe-vpcs": "Vpcs",
    "describe-subnets": "Subnets",
    "describe-network-interfaces": "NetworkInterfaces",
    "describe-instances": "Reservations",
    "describe-security-groups": "SecurityGroups",
    "describe-network-acls": "NetworkAcls",
    "describe-route-tables": "RouteTables",
    "describe-internet-gateways": "InternetGateways",
    "describe-egress-only-internet-gateways": "EgressOnlyInternetGateways",
    "describe-nat-gateways": "NatGateways",
    "describe-vpn-gateways": "VpnGateways",
    "describe-vpn-connections": "VpnConnections",
    "describe-vpc-peering-connections": "VpcPeeringConnections",
    "describe-vpc-endpoints": "VpcEndpoints",
    "describe-managed-prefix-lists": "PrefixLists",
    "describe-transit-gateways": "TransitGateways",
    "describe-transit-gateway-attachments": "TransitGatewayAttachments",
    "describe-transit-gateway-vpc-attachments": "TransitGatewayVpcAttachments",
    "describe-transit-gateway-peering-attachments": "TransitGatewayPeeringAttachments",
    "describe-transit-gateway-route-tables": "TransitGatewayRouteTables",
    "describe-carrier-gateways": "CarrierGateways",
    "describe-local-gateways": "LocalGateways",
    "describe-client-vpn-endpoints": "ClientVpnEndpoints",
    "describe-vpc-block-public-access-exclusions": "VpcBlockPublicAccessExclusions",
    "describe-addresses": "Addresses",
}

# How the id of a route's target begins -> the member of the route that names it.
TARGETS = {
    "igw": "GatewayId",
    "vgw": "GatewayId",
    "vpce": "GatewayId",
    "local": "GatewayId",
    "eigw": "EgressOnlyInternetGatewayId",
    "nat": "NatGatewayId",
    "pcx": "VpcPeeringConnectionId",
    "tgw": "TransitGatewayId",
    "eni": "NetworkInterfaceId",
    "i": "InstanceId",
    "cagw": "CarrierGatewayId",
    "lgw": "LocalGatewayId",
    "arn:aws:networkmanager": "CoreNetworkArn",
}


# Parts of rows.


def rule(protocol: str = "-1", ports: str | int = "", *peers: str, **raw: Json) -> Json:
    """A permission of a security group. `ports` is "22", "8000-8999", for ICMP "type" or "type/code", or all.

    A peer is a range of either family, the id of a prefix list, or the id of a group, as such or `account/group`.
    """
    row: Json = {
        "IpProtocol": protocol,
        "IpRanges": [{"CidrIp": p} for p in peers if is_range(p) and ":" not in p],
        "Ipv6Ranges": [{"CidrIpv6": p} for p in peers if is_range(p) and ":" in p],
        "PrefixListIds": [{"PrefixListId": p} for p in peers if p.startswith("pl-")],
        "UserIdGroupPairs": [group_pair(p) for p in peers if p.rpartition("/")[2].startswith("sg-")],
    }
    span = span_of(protocol, ports)
    if span:
        row["FromPort"], row["ToPort"] = span
    elif protocol in ("icmp", "1", "icmpv6", "58"):
        row["FromPort"], row["ToPort"] = -1, -1
    elif protocol in ("tcp", "6", "udp", "17"):
        row["FromPort"], row["ToPort"] = 0, 65535
    return {**row, **raw}


def is_range(peer: str) -> bool:
    return "sg-" not in peer and (peer[0].isdigit() or ":" in peer)


def group_pair(peer: str) -> Json:
    account, _, group = peer.rpartition("/")
    return {"GroupId": group, "UserId": account or OWN}


def span_of(protocol: str, ports: str | int) -> tuple[int, int] | None:
    """The two numbers that a rule gives: ports, or ICMP type and code."""
    text = str(ports)
    if not text:
        return None
    if protocol in ("icmp", "1", "icmpv6", "58"):
        kind, _, code = text.partition("/")
        return int(kind), int(code or -1)
    first, _, last = text.partition("-")
    return int(first), int(last or first)


PROTOCOLS = {"tcp": "6", "udp": "17", "icmp": "1", "icmpv6": "58"}


def entry(
    number: int,
    cidr: str = "0.0.0.0/0",
    action: str = "allow",
    protocol: str = "-1",
    ports: str | int = "",
    *,
    egress: bool = False,
    **raw: Json,
) -> Json:
    """An entry of a network ACL; ACLs export protocols as numbers."""
    row: Json = {
        "Egress": egress,
        "Protocol": PROTOCOLS.get(protocol, protocol),
        "RuleAction": action,
        "RuleNumber": number,
        "Ipv6CidrBlock" if ":" in cidr else "CidrBlock": cidr,
    }
    span = span_of(protocol, ports)
    if row["Protocol"] in ("1", "58"):
        kind, code = span or (-1, -1)
        row["IcmpTypeCode"] = {"Type": kind, "Code": code}
    elif span:
        row["PortRange"] = {"From": span[0], "To": span[1]}
    return {**row, **raw}


TERMINAL = [
    entry(number, cidr, "deny", egress=egress)
    for egress in (True, False)
    for number, cidr in ((32767, "0.0.0.0/0"), (32768, "::/0"))
]
OPEN = [
    entry(number, cidr, egress=egress)
    for egress in (True, False)
    for number, cidr in ((100, "0.0.0.0/0"), (101, "::/0"))
]


def route(destination: str, target: str = "", **raw: Json) -> Json:
    """A route to a target, whose kind its id shows; the destination is a range or a prefix list."""
    family = "DestinationIpv6CidrBlock" if ":" in destination else "DestinationCidrBlock"
    row: Json = {
        "DestinationPrefixListId" if destination.startswith("pl-") else family: destination,
        "Origin": "CreateRoute",
        "State": "active",
    }
    if target:
        kind = "arn:aws:networkmanager" if target.startswith("arn:") else target.partition("-")[0]
        row[TARGETS[kind]] = target
    return {**row, **raw}


def tgw_route(destination: str, *attachments: str, kind: str = "static", **raw: Json) -> Json:
    """A route of a transit gateway; without an attachment a blackhole."""
    row: Json = {
        "DestinationCidrBlock": destination,
        "Type": kind,
        "State": "active" if attachments else "blackhole",
    }
    if destination.startswith("pl-"):
        row["PrefixListId"] = row.pop("DestinationCidrBlock")
    if attachments:
        row["TransitGatewayAttachments"] = list(attachments)  # filled in by tgw_table
    return {**row, **raw}


def listener(port: int, protocol: str, *target_groups: str, rules: Sequence[Json] = (), **raw: Json) -> Json:
    """A listener that forwards to target groups (ARNs; none: a fixed response); `rules` are more lists of ARNs."""
    return {
        "Port": port,
        "Protocol": protocol,
        "DefaultActions": actions(target_groups),
        "rules": [list(r) for r in rules],  # taken out by balancer
        **raw,
    }


def actions(target_groups: Sequence[str]) -> list[Json]:
    if not target_groups:
        return [{"Type": "fixed-response", "Order": 1, "FixedResponseConfig": {"StatusCode": "404"}}]
    config = {"TargetGroups": [{"TargetGroupArn": t, "Weight": 1} for t in target_groups]}
    single = {"TargetGroupArn": target_groups[0]} if len(target_groups) == 1 else {}
    return [{"Type": "forward", "Order": 1, **single, "ForwardConfig": config}]


def tags_of(tags: dict[str, str] | None) -> list[Json]:
    return tag_list(tags or {})


class World:
    """A network that is being made; `account` and `region` are where a VPC or gateway is unless it says otherwise."""

    def __init__(self, account: str = OWN, region: str = REGION) -> None:
        self.home: Place = (account, region)
        self.lists: dict[tuple[Place, str], list[Json]] = defaultdict(list)  # by place and operation
        self.others: Files = {}  # files of one resource each, by path
        self.rows: dict[str, Json] = {}
        self.places: dict[str, Place] = {}
        self.counts: Counter[str] = Counter()
        self.hosts: Counter[str] = Counter()  # addresses given out, by subnet

    # What is made.

    def row(self, id: str) -> Json:
        """The raw object of an id; changes to it show in `files()`."""
        return self.rows[id]

    def place(self, id: str) -> Place:
        """Account and region of a resource."""
        return self.places[id]

    def table_of(self, vpc: str) -> str:
        """The main route table of a VPC."""
        return next(i for i, r in self.rows.items() if i.startswith("rtb-") and r["VpcId"] == vpc and main_of(r))

    def acl_of(self, subnet: str) -> str:
        """The network ACL of a subnet."""
        return next(
            i
            for i, r in self.rows.items()
            if i.startswith("acl-") and any(a["SubnetId"] == subnet for a in r["Associations"])
        )

    def addresses(self, interface: str) -> list[str]:
        """The private addresses of an interface, both families."""
        row = self.rows[interface]
        return [a["PrivateIpAddress"] for a in row["PrivateIpAddresses"]] + [
            a["Ipv6Address"] for a in row["Ipv6Addresses"]
        ]

    def address(self, interface: str) -> str:
        return self.addresses(interface)[0]

    def public(self, interface: str) -> str:
        """The public address of an interface's primary address."""
        found: str = self.rows[interface]["Association"]["PublicIp"]
        return found

    def interfaces(self, vpc: str = "", **members: Json) -> list[str]:
        """The ids of the interfaces (of a VPC) with these raw members."""
        return [
            i
            for i, r in self.rows.items()
            if "NetworkInterfaceId" in r and vpc in ("", r["VpcId"]) and all(r.get(k) == v for k, v in members.items())
        ]

    def new(self, kind: str, id: str = "") -> str:
        """The given id, or the next of its kind."""
        if id:
            return id
        self.counts[kind] += 1
        return f"{kind}-{self.counts[kind]}"

    def add(self, operation: str, place: Place, id: str, row: Json) -> str:
        """Put a raw object into the answer of an operation."""
        self.lists[place, operation].append(row)
        self.rows.setdefault(id, row)
        self.places.setdefault(id, place)
        return id

    # VPCs and what is in them.

    def vpc(
        self,
        *cidrs: str,
        v6: Sequence[str] = (),
        id: str = "",
        account: str = "",
        region: str = "",
        main: Sequence[Json] | None = (),
        entries: Sequence[Json] | None = None,
        tags: dict[str, str] | None = None,
        **raw: Json,
    ) -> str:
        """A VPC with a main table of these routes beside the local ones, and a default ACL of these entries.

        `main=None` leaves the main table out, as a damaged export would; so does `entries=()` with the ACL's entries.
        """
        vpc = self.new("vpc", id)
        place = (account or self.home[0], region or self.home[1])
        ranges = cidrs or ("10.0.0.0/16",)
        row = {
            "VpcId": vpc,
            "OwnerId": place[0],
            "State": "available",
            "CidrBlock": ranges[0],
            "CidrBlockAssociationSet": [
                {
                    "AssociationId": f"vpc-cidr-assoc-{vpc}-{i}",
                    "CidrBlock": c,
                    "CidrBlockState": {"State": "associated"},
                }
                for i, c in enumerate(ranges)
            ],
            "Ipv6CidrBlockAssociationSet": [v6_block(f"vpc-cidr-assoc-{vpc}-v6-{i}", c) for i, c in enumerate(v6)],
            "InstanceTenancy": "default",
            "IsDefault": False,
            "DhcpOptionsId": "dopt-1",
            "Tags": tags_of(tags),
            **raw,
        }
        self.add("describe-vpcs", place, vpc, row)
        if main is not None:
            self.table(vpc, list(main), main=True)
        self.acl(vpc, OPEN if entries is None else list(entries), IsDefault=True)
        return vpc

    def subnet(
        self,
        vpc: str,
        cidr: str = "",
        *,
        zone: str = "a",
        v6: Sequence[str] = (),
        id: str = "",
        tags: dict[str, str] | None = None,
        **raw: Json,
    ) -> str:
        """A subnet; without a range the next /24 of the VPC's first range."""
        subnet, place = self.new("subnet", id), self.places[vpc]
        taken = [r["CidrBlock"] for r in self.lists[place, "describe-subnets"] if r["VpcId"] == vpc]
        row = {
            "SubnetId": subnet,
            "SubnetArn": f"arn:aws:ec2:{place[1]}:{place[0]}:subnet/{subnet}",
            "VpcId": vpc,
            "OwnerId": place[0],
            "State": "available",
            "CidrBlock": cidr or next_block(self.rows[vpc]["CidrBlock"], taken),
            "Ipv6CidrBlockAssociationSet": [v6_block(f"subnet-cidr-assoc-{subnet}-{i}", c) for i, c in enumerate(v6)],
            "AvailabilityZone": place[1] + zone,
            "AvailabilityZoneId": f"{place[1].replace('-', '')}-az{'abcdef'.find(zone) + 1}",
            "MapPublicIpOnLaunch": False,
            "Ipv6Native": False,
            "Tags": tags_of(tags),
            **raw,
        }
        self.add("describe-subnets", place, subnet, row)
        for acl in self.lists[place, "describe-network-acls"]:
            if acl["VpcId"] == vpc and acl["IsDefault"]:
                acl["Associations"].append(acl_association(acl["NetworkAclId"], subnet))
        return subnet

    def interface(
        self,
        subnet: str,
        address: str = "",
        *more: str,
        groups: Sequence[str] = (),
        public: str = "",
        v6: Sequence[str] = (),
        check: bool = True,
        kind: str = "interface",
        instance: str = "",
        id: str = "",
        tags: dict[str, str] | None = None,
        **raw: Json,
    ) -> str:
        """An interface with one address (the subnet's next unless given) and `more` secondary ones.

        `public` is the public address of the primary one. Prefixes are given raw: Ipv4Prefixes, Ipv6Prefixes.
        """
        interface, place, where = self.new("eni", id), self.places[subnet], self.rows[subnet]
        addresses = [address or self.next_address(subnet), *more]
        association = association_of(public)
        row: Json = {
            "NetworkInterfaceId": interface,
            "VpcId": where["VpcId"],
            "SubnetId": subnet,
            "OwnerId": place[0],
            "AvailabilityZone": where["AvailabilityZone"],
            "Description": "",
            "InterfaceType": kind,
            "MacAddress": "02:00:00:00:00:01",
            "RequesterManaged": kind != "interface",
            "SourceDestCheck": check,
            "Status": "in-use" if instance or kind != "interface" else "available",
            "Groups": [{"GroupId": g, "GroupName": g} for g in groups],
            "PrivateIpAddress": addresses[0],
            "PrivateIpAddresses": [
                {"PrivateIpAddress": a, "Primary": i == 0, **(association if i == 0 else {})}
                for i, a in enumerate(addresses)
            ],
            **association,
            "Ipv6Addresses": [{"Ipv6Address": a, "IsPrimaryIpv6": False} for a in v6],
            "TagSet": tags_of(tags),
            **raw,
        }
        if instance:
            row.setdefault("Attachment", attachment_of(instance, place[0]))
        return self.add("describe-network-interfaces", place, interface, row)

    def next_address(self, subnet: str) -> str:
        self.hosts[subnet] += 1
        network = ipaddress.ip_network(self.rows[subnet]["CidrBlock"])
        return str(network[9 + self.hosts[subnet]])

    def instance(
        self,
        *interfaces: str,
        id: str = "",
        state: str = "running",
        profile: str = "",
        tags: dict[str, str] | None = None,
        **raw: Json,
    ) -> str:
        """An instance with interfaces that were made before; `profile` is the name of its instance profile."""
        instance, first = self.new("i", id), self.rows[interfaces[0]]
        place = self.places[interfaces[0]]
        for index, interface in enumerate(interfaces):
            self.rows[interface]["Attachment"] = attachment_of(instance, place[0], index)
            self.rows[interface]["Status"] = "in-use"
        row = {
            "InstanceId": instance,
            "State": {"Code": 16 if state == "running" else 80, "Name": state},
            "VpcId": first["VpcId"],
            "SubnetId": first["SubnetId"],
            "PrivateIpAddress": first["PrivateIpAddress"],
            "SourceDestCheck": first["SourceDestCheck"],
            "SecurityGroups": first["Groups"],
            "NetworkInterfaces": [
                {
                    "NetworkInterfaceId": i,
                    "SubnetId": self.rows[i]["SubnetId"],
                    "VpcId": self.rows[i]["VpcId"],
                    "Attachment": {"DeviceIndex": n, "Status": "attached"},
                }
                for n, i in enumerate(interfaces)
            ],
            "Tags": tags_of(tags),
            **raw,
        }
        if profile:
            arn = f"arn:aws:iam::{place[0]}:instance-profile/{profile}"
            row["IamInstanceProfile"] = {"Arn": arn, "Id": f"AIPA{profile.upper()}"}
        reservation = {"ReservationId": f"r-{instance}", "OwnerId": place[0], "Groups": [], "Instances": [row]}
        self.rows[instance] = row
        self.places[instance] = place
        self.lists[place, "describe-instances"].append(reservation)
        return instance

    # Filters.

    def group(
        self,
        vpc: str,
        ingress: Sequence[Json] = (),
        egress: Sequence[Json] | None = None,
        *,
        id: str = "",
        tags: dict[str, str] | None = None,
        **raw: Json,
    ) -> str:
        """A security group; everything out unless `egress` is given."""
        group, place = self.new("sg", id), self.places[vpc]
        row = {
            "GroupId": group,
            "GroupName": group,
            "Description": "",
            "OwnerId": place[0],
            "VpcId": vpc,
            "IpPermissions": list(ingress),
            "IpPermissionsEgress": [rule("-1", "", "0.0.0.0/0", "::/0")] if egress is None else list(egress),
            "Tags": tags_of(tags),
            **raw,
        }
        return self.add("describe-security-groups", place, group, row)

    def open_group(self, vpc: str, id: str = "") -> str:
        """A security group that lets everything in and out."""
        return self.group(vpc, [rule("-1", "", "0.0.0.0/0", "::/0")], id=id)

    def acl(
        self,
        vpc: str,
        entries: Iterable[Json],
        subnets: Sequence[str] = (),
        *,
        terminal: bool = True,
        id: str = "",
        **raw: Json,
    ) -> str:
        """A network ACL, with the rules that deny the rest; it takes the subnets from the ACLs that had them."""
        acl, place = self.new("acl", id), self.places[vpc]
        for other in self.lists[place, "describe-network-acls"]:
            other["Associations"] = [a for a in other["Associations"] if a["SubnetId"] not in subnets]
        row = {
            "NetworkAclId": acl,
            "VpcId": vpc,
            "OwnerId": place[0],
            "IsDefault": False,
            "Associations": [acl_association(acl, s) for s in subnets],
            "Entries": [*entries, *(dict(e) for e in TERMINAL if terminal)],
            "Tags": [],
            **raw,
        }
        return self.add("describe-network-acls", place, acl, row)

    def prefix_list(
        self, *cidrs: str, name: str = "", id: str = "", account: str = "", region: str = "", **raw: Json
    ) -> str:
        """A managed prefix list; one whose name begins with com.amazonaws. is AWS's."""
        place = (account or self.home[0], region or self.home[1])
        made = self.new("pl", id)
        aws = name.startswith("com.amazonaws.")
        row = {
            "PrefixListId": made,
            "AddressFamily": "IPv6" if any(":" in c for c in cidrs) else "IPv4",
            "PrefixListArn": f"arn:aws:ec2:{place[1]}:{'aws' if aws else place[0]}:prefix-list/{made}",
            "PrefixListName": name or made,
            "OwnerId": "AWS" if aws else place[0],
            "Tags": [],
            **({} if aws else {"State": "create-complete", "MaxEntries": max(1, len(cidrs)), "Version": 1}),
            **raw,
        }
        self.add("describe-managed-prefix-lists", place, made, row)
        self.file(place, f"ec2/get-managed-prefix-list-entries/{made}", {"Entries": [{"Cidr": c} for c in cidrs]})
        return made

    # Route tables and gateways.

    def table(
        self,
        vpc: str,
        routes: Iterable[Json] = (),
        subnets: Sequence[str] = (),
        *,
        main: bool = False,
        gateways: Sequence[str] = (),
        local: bool = True,
        id: str = "",
        **raw: Json,
    ) -> str:
        """A route table with the VPC's local routes; it takes its subnets, gateways or the VPC from other tables."""
        table, place = self.new("rtb", id), self.places[vpc]
        taken = {*subnets, *gateways, *(["main"] if main else [])}
        for other in self.lists[place, "describe-route-tables"]:
            if other["VpcId"] == vpc:
                other["Associations"] = [a for a in other["Associations"] if holder_of(a) not in taken]
        holders = [{"SubnetId": s} for s in subnets] + [{"GatewayId": g} for g in gateways]
        row = {
            "RouteTableId": table,
            "VpcId": vpc,
            "OwnerId": place[0],
            "Associations": [
                {
                    "Main": not h,
                    "RouteTableAssociationId": f"rtbassoc-{table}-{i}",
                    "RouteTableId": table,
                    **h,
                    "AssociationState": {"State": "associated"},
                }
                for i, h in enumerate([*([{}] if main else []), *holders])
            ],
            "PropagatingVgws": [],
            "Routes": [*(self.local_routes(vpc) if local else ()), *routes],
            "Tags": [],
            **raw,
        }
        return self.add("describe-route-tables", place, table, row)

    def local_routes(self, vpc: str) -> list[Json]:
        row = self.rows[vpc]
        ranges = [a["CidrBlock"] for a in row["CidrBlockAssociationSet"]]
        ranges += [a["Ipv6CidrBlock"] for a in row["Ipv6CidrBlockAssociationSet"]]
        return [route(c, "local", Origin="CreateRouteTable") for c in ranges]

    def igw(self, vpc: str = "", *, id: str = "", **raw: Json) -> str:
        """An internet gateway, attached unless no VPC is named."""
        gateway, place = self.new("igw", id), self.places.get(vpc, self.home)
        row = {
            "InternetGatewayId": gateway,
            "OwnerId": place[0],
            "Attachments": [{"VpcId": vpc, "State": "available"}] if vpc else [],
            "Tags": [],
            **raw,
        }
        return self.add("describe-internet-gateways", place, gateway, row)

    def eigw(self, vpc: str, *, id: str = "", **raw: Json) -> str:
        """An egress-only internet gateway."""
        gateway = self.new("eigw", id)
        row = {
            "EgressOnlyInternetGatewayId": gateway,
            "Attachments": [{"VpcId": vpc, "State": "attached"}],
            "Tags": [],
            **raw,
        }
        return self.add("describe-egress-only-internet-gateways", self.places[vpc], gateway, row)

    def nat(self, subnet: str, *, public: str = "203.0.114.1", address: str = "", id: str = "", **raw: Json) -> str:
        """A NAT gateway and its interface; `public=""` makes a private one."""
        gateway, place = self.new("nat", id), self.places[subnet]
        interface = self.interface(
            subnet,
            address,
            kind="nat_gateway",
            check=False,
            public=public,
            id=f"eni-{gateway}",
            Description=f"Interface for NAT Gateway {gateway}",
        )
        row = {
            "NatGatewayId": gateway,
            "VpcId": self.rows[subnet]["VpcId"],
            "SubnetId": subnet,
            "State": "available",
            "ConnectivityType": "public" if public else "private",
            "NatGatewayAddresses": [
                {
                    "NetworkInterfaceId": interface,
                    "PrivateIp": self.address(interface),
                    "IsPrimary": True,
                    "Status": "succeeded",
                    **({"PublicIp": public, "AllocationId": f"eipalloc-{gateway}"} if public else {}),
                }
            ],
            "Tags": [],
            **raw,
        }
        return self.add("describe-nat-gateways", place, gateway, row)

    def peering(self, requester: str, accepter: str, *, status: str = "active", id: str = "", **raw: Json) -> str:
        """A peering connection; both owners export it."""
        made = self.new("pcx", id)
        row = {
            "VpcPeeringConnectionId": made,
            "RequesterVpcInfo": self.peer_info(requester),
            "AccepterVpcInfo": self.peer_info(accepter),
            "Status": {"Code": status, "Message": status},
            "Tags": [],
            **raw,
        }
        for place in dict.fromkeys((self.places[requester], self.places[accepter])):
            self.add("describe-vpc-peering-connections", place, made, row)
        return made

    def peer_info(self, vpc: str) -> Json:
        row, place = self.rows[vpc], self.places[vpc]
        return {
            "VpcId": vpc,
            "OwnerId": place[0],
            "Region": place[1],
            "CidrBlock": row["CidrBlock"],
            "CidrBlockSet": [{"CidrBlock": a["CidrBlock"]} for a in row["CidrBlockAssociationSet"]],
            "Ipv6CidrBlockSet": [{"Ipv6CidrBlock": a["Ipv6CidrBlock"]} for a in row["Ipv6CidrBlockAssociationSet"]],
            "PeeringOptions": {"AllowDnsResolutionFromRemoteVpc": False},
        }

    def vgw(self, vpc: str = "", *, id: str = "", **raw: Json) -> str:
        """A virtual private gateway, attached unless no VPC is named."""
        gateway, place = self.new("vgw", id), self.places.get(vpc, self.home)
        row = {
            "VpnGatewayId": gateway,
            "State": "available",
            "Type": "ipsec.1",
            "AmazonSideAsn": 64512,
            "VpcAttachments": [{"VpcId": vpc, "State": "attached"}] if vpc else [],
            "Tags": [],
            **raw,
        }
        return self.add("describe-vpn-gateways", place, gateway, row)

    def vpn(self, gateway: str, *, id: str = "", **raw: Json) -> str:
        """A VPN connection of a virtual private or transit gateway."""
        made, place = self.new("vpn", id), self.places[gateway]
        row = {
            "VpnConnectionId": made,
            "State": "available",
            "Type": "ipsec.1",
            "CustomerGatewayId": f"cgw-{made}",
            "TransitGatewayId" if gateway.startswith("tgw-") else "VpnGatewayId": gateway,
            "Routes": [],
            "Tags": [],
            **raw,
        }
        return self.add("describe-vpn-connections", place, made, row)

    # Endpoints.

    def endpoint(
        self,
        vpc: str,
        service: str = "s3",
        kind: str = "Gateway",
        *,
        subnets: Sequence[str] = (),
        groups: Sequence[str] = (),
        tables: Sequence[str] = (),
        prefix_list: str = "",
        id: str = "",
        **raw: Json,
    ) -> str:
        """An endpoint: Gateway (a route in each of the tables), Interface or GatewayLoadBalancer (interfaces)."""
        made, place, name = self.new("vpce", id), self.places[vpc], f"com.amazonaws.{self.places[vpc][1]}.{service}"
        interfaces = []
        for number, subnet in enumerate(subnets):
            firewall = kind == "GatewayLoadBalancer"
            interfaces.append(
                self.interface(
                    subnet,
                    kind="gateway_load_balancer_endpoint" if firewall else "vpc_endpoint",
                    check=not firewall,
                    groups=groups,
                    id=f"eni-{made}-{number}",
                    Description=f"VPC Endpoint Interface {made}",
                )
            )
        row = {
            "VpcEndpointId": made,
            "VpcEndpointType": kind,
            "VpcId": vpc,
            "OwnerId": place[0],
            "ServiceName": name,
            "State": "available",
            "RouteTableIds": list(tables),
            "SubnetIds": list(subnets),
            "Groups": [{"GroupId": g, "GroupName": g} for g in groups],
            "NetworkInterfaceIds": interfaces,
            "PrivateDnsEnabled": kind == "Interface",
            "Tags": [],
            **raw,
        }
        for table in tables:
            self.rows[table]["Routes"].append(route(prefix_list, made))
        return self.add("describe-vpc-endpoints", place, made, row)

    # Transit gateways.

    def tgw(self, *, references: bool = False, id: str = "", account: str = "", region: str = "", **raw: Json) -> str:
        """A transit gateway; `references`: security groups can be referred to across it."""
        made, place = self.new("tgw", id), (account or self.home[0], region or self.home[1])
        row = {
            "TransitGatewayId": made,
            "TransitGatewayArn": f"arn:aws:ec2:{place[1]}:{place[0]}:transit-gateway/{made}",
            "State": "available",
            "OwnerId": place[0],
            "Options": {
                "AmazonSideAsn": 64512,
                "AutoAcceptSharedAttachments": "disable",
                "DefaultRouteTableAssociation": "disable",
                "DefaultRouteTablePropagation": "disable",
                "VpnEcmpSupport": "enable",
                "DnsSupport": "enable",
                "SecurityGroupReferencingSupport": "enable" if references else "disable",
                "MulticastSupport": "disable",
            },
            "Tags": [],
            **raw,
        }
        return self.add("describe-transit-gateways", place, made, row)

    def attachment(
        self, tgw: str, vpc: str, subnets: Sequence[str], *, references: bool = False, id: str = "", **raw: Json
    ) -> str:
        """The attachment of a VPC, with an interface in each subnet; both owners export it."""
        made, place = self.new("tgw-attach", id), self.places[vpc]
        options = {
            "DnsSupport": "enable",
            "SecurityGroupReferencingSupport": "enable" if references else "disable",
            "Ipv6Support": "enable",
            "ApplianceModeSupport": "disable",
        }
        row = {
            "TransitGatewayAttachmentId": made,
            "TransitGatewayId": tgw,
            "VpcId": vpc,
            "VpcOwnerId": place[0],
            "State": "available",
            "SubnetIds": list(subnets),
            "Options": options,
            "Tags": [],
            **raw,
        }
        for subnet in subnets:
            self.interface(
                subnet,
                kind="transit_gateway",
                id=f"eni-{made}-{subnet}",
                Description=f"Network Interface for Transit Gateway Attachment {made}",
            )
        for where in dict.fromkeys((place, self.places[tgw])):
            self.add("describe-transit-gateway-vpc-attachments", where, made, row)
        self.any_attachment(made, tgw, "vpc", vpc, place)
        return made

    def any_attachment(self, id: str, tgw: str, kind: str, resource: str, place: Place, **raw: Json) -> str:
        """A row of describe-transit-gateway-attachments: the only one for VPN, Direct Connect and Connect."""
        made, owner = self.new("tgw-attach", id), self.places[tgw]
        row = {
            "TransitGatewayAttachmentId": made,
            "TransitGatewayId": tgw,
            "TransitGatewayOwnerId": owner[0],
            "ResourceOwnerId": place[0],
            "ResourceType": kind,
            "ResourceId": resource,
            "State": "available",
            "Tags": [],
            **raw,
        }
        for where in dict.fromkeys((place, owner)):
            self.add("describe-transit-gateway-attachments", where, made, row)
        return made

    def vpn_attachment(self, tgw: str, *, kind: str = "vpn", id: str = "", **raw: Json) -> str:
        """The attachment of a VPN connection (made too), or of another thing of an unknown outside."""
        resource = self.vpn(tgw) if kind == "vpn" else self.new("dxgw")
        return self.any_attachment(id, tgw, kind, resource, self.places[tgw], **raw)

    def tgw_peering(self, requester: str, accepter: str, *, state: str = "available", id: str = "", **raw: Json) -> str:
        """A peering of two transit gateways. It has one id, and both owners export it as an attachment."""
        made = self.new("tgw-attach", id)
        infos = {}
        for side, tgw in (("RequesterTgwInfo", requester), ("AccepterTgwInfo", accepter)):
            account, region = self.places[tgw]
            infos[side] = {"TransitGatewayId": tgw, "OwnerId": account, "Region": region}
        row = {
            "TransitGatewayAttachmentId": made,
            **infos,
            "Status": {"Code": state},
            "State": state,
            "Tags": [],
            **raw,
        }
        for place in dict.fromkeys((self.places[requester], self.places[accepter])):
            self.add("describe-transit-gateway-peering-attachments", place, made, row)
        for own, other in ((requester, accepter), (accepter, requester)):
            self.any_attachment(made, own, "peering", other, self.places[own], State=state)
        return made

    def tgw_table(
        self,
        tgw: str,
        routes: Sequence[Json] = (),
        associations: Sequence[str] = (),
        propagations: Sequence[str] = (),
        *,
        id: str = "",
        complete: bool = True,
        **raw: Json,
    ) -> str:
        """A route table of a transit gateway.

        `routes` are all routes that a search finds, propagated ones too; `complete=False` is a truncated answer.
        """
        table, place = self.new("tgw-rtb", id), self.places[tgw]
        row = {
            "TransitGatewayRouteTableId": table,
            "TransitGatewayId": tgw,
            "State": "available",
            "DefaultAssociationRouteTable": False,
            "DefaultPropagationRouteTable": False,
            "Tags": [],
            **raw,
        }
        self.add("describe-transit-gateway-route-tables", place, table, row)
        found = []
        for given in routes:
            ids = given.get("TransitGatewayAttachments")
            members = {"TransitGatewayAttachments": [self.reference(tgw, a) for a in ids]} if ids else {}
            found.append({**given, **members})
        self.file(
            place,
            f"ec2/search-transit-gateway-routes/{table}",
            {"Routes": found, "AdditionalRoutesAvailable": not complete},
        )
        self.file(
            place,
            f"ec2/get-transit-gateway-route-table-associations/{table}",
            {"Associations": [{**self.reference(tgw, a), "State": "associated"} for a in associations]},
        )
        self.file(
            place,
            f"ec2/get-transit-gateway-route-table-propagations/{table}",
            {
                "TransitGatewayRouteTablePropagations": [
                    {**self.reference(tgw, a), "State": "enabled"} for a in propagations
                ]
            },
        )
        for attachment in associations:
            for place_rows in [r for (_, o), r in self.lists.items() if o == "describe-transit-gateway-attachments"]:
                for other in place_rows:
                    if other["TransitGatewayAttachmentId"] == attachment and other["TransitGatewayId"] == tgw:
                        other["Association"] = {"TransitGatewayRouteTableId": table, "State": "associated"}
        return table

    def reference(self, tgw: str, attachment: str) -> Json:
        """How an answer about a route table names an attachment of its gateway."""
        rows = self.lists[self.places[tgw], "describe-transit-gateway-attachments"]
        row = next(r for r in rows if r["TransitGatewayAttachmentId"] == attachment and r["TransitGatewayId"] == tgw)
        return {k: row[k] for k in ("TransitGatewayAttachmentId", "ResourceId", "ResourceType")}

    # Load balancers.

    def target_group(
        self,
        vpc: str,
        *targets: str | tuple[str, int],
        protocol: str = "TCP",
        port: int = 80,
        kind: str = "instance",
        name: str = "",
        attributes: dict[str, str] | None = None,
        **raw: Json,
    ) -> str:
        """A target group; a target is an instance, an address or a load balancer, with a port if it has its own.

        Returns its ARN.
        """
        made, (account, region) = self.new("tg", name), self.places[vpc]
        arn = f"arn:aws:elasticloadbalancing:{region}:{account}:targetgroup/{made}/0{made}"
        place = (account, region)
        row = {
            "TargetGroupArn": arn,
            "TargetGroupName": made,
            "Protocol": protocol,
            "Port": port,
            "VpcId": vpc,
            "TargetType": kind,
            "HealthCheckEnabled": True,
            "HealthCheckPort": "traffic-port",
            "LoadBalancerArns": [],
            "IpAddressType": "ipv4",
            **raw,
        }
        self.add("elbv2 describe-target-groups", place, arn, row)
        health = []
        for target in targets:
            identifier, number = target if isinstance(target, tuple) else (target, port)
            health.append({
                "Target": {"Id": identifier, "Port": number},
                "HealthCheckPort": str(number),
                "TargetHealth": {"State": "healthy"},
            })
        self.file(place, f"elbv2/describe-target-health/{made}", {"TargetHealthDescriptions": health})
        given = [{"Key": k, "Value": v} for k, v in (attributes or {}).items()]
        self.file(place, f"elbv2/describe-target-group-attributes/{made}", {"Attributes": given})
        return arn

    def balancer(
        self,
        subnets: Sequence[str],
        listeners: Sequence[Json] = (),
        *,
        kind: str = "network",
        groups: Sequence[str] = (),
        public: Sequence[str] = (),
        name: str = "",
        attributes: dict[str, str] | None = None,
        **raw: Json,
    ) -> str:
        """A network, application or gateway load balancer with an interface in each subnet; returns its ARN.

        `public` are its public addresses, one for each subnet, and make it internet-facing.
        """
        made, place = self.new("lb", name), self.places[subnets[0]]
        prefix = f"arn:aws:elasticloadbalancing:{place[1]}:{place[0]}:"
        short = {"application": "app", "network": "net", "gateway": "gwy"}[kind]
        path = f"{short}/{made}/0{made}"
        arn = f"{prefix}loadbalancer/{path}"
        row = {
            "LoadBalancerArn": arn,
            "LoadBalancerName": made,
            "DNSName": f"{made}.elb.{place[1]}.amazonaws.com",
            "Scheme": "internet-facing" if public else "internal",
            "VpcId": self.rows[subnets[0]]["VpcId"],
            "State": {"Code": "active"},
            "Type": kind,
            "AvailabilityZones": [
                {"ZoneName": self.rows[s]["AvailabilityZone"], "SubnetId": s, "LoadBalancerAddresses": []}
                for s in subnets
            ],
            "IpAddressType": "ipv4",
            **({"SecurityGroups": list(groups)} if groups else {}),
            **raw,
        }
        self.add("elbv2 describe-load-balancers", place, arn, row)
        types = {"application": "interface", "network": "network_load_balancer", "gateway": "gateway_load_balancer"}
        for number, subnet in enumerate(subnets):
            self.balancer_interface(made, subnet, public[number] if public else "", f"ELB {path}", groups, types[kind])
        rows = [
            self.listener_row(f"{prefix}listener/{path}", arn, n, given, place) for n, given in enumerate(listeners)
        ]
        self.file(place, f"elbv2/describe-listeners/{made}", {"Listeners": rows})
        given = [{"Key": k, "Value": v} for k, v in (attributes or {}).items()]
        self.file(place, f"elbv2/describe-load-balancer-attributes/{made}", {"Attributes": given})
        return arn

    def balancer_interface(
        self, name: str, subnet: str, public: str, description: str, groups: Sequence[str], kind: str
    ) -> str:
        return self.interface(
            subnet,
            kind=kind,
            groups=groups,
            public=public,
            check=kind == "interface",
            id=f"eni-{name}-{subnet}",
            Description=description,
            RequesterManaged=True,
            RequesterId="amazon-elb",
            Status="in-use",
            Attachment={"AttachmentId": f"ela-attach-{name}", "InstanceOwnerId": "amazon-elb", "Status": "attached"},
        )

    def listener_row(self, prefix: str, balancer: str, number: int, given: Json, place: Place) -> Json:
        """The raw listener; its rules become a file."""
        name = f"{prefix.rpartition('/')[2]}l{number}"
        arn = f"{prefix}/{name}"
        row = {"ListenerArn": arn, "LoadBalancerArn": balancer, **{k: v for k, v in given.items() if k != "rules"}}
        base = arn.replace(":listener/", ":listener-rule/")
        rules = [
            {
                "RuleArn": f"{base}/r{i}",
                "Priority": str(i + 1),
                "Conditions": [{"Field": "path-pattern", "Values": [f"/{i}/*"]}],
                "Actions": actions(groups),
                "IsDefault": False,
            }
            for i, groups in enumerate(given.get("rules", ()))
        ]
        rules.append({
            "RuleArn": f"{base}/default",
            "Priority": "default",
            "Conditions": [],
            "Actions": row["DefaultActions"],
            "IsDefault": True,
        })
        self.file(place, f"elbv2/describe-rules/{name}", {"Rules": rules})
        for action in (a for r in rules for a in r["Actions"]):
            for target in action.get("ForwardConfig", {}).get("TargetGroups", ()):
                attached = self.rows[target["TargetGroupArn"]]["LoadBalancerArns"]
                attached += [] if balancer in attached else [balancer]
        return row

    def classic(
        self,
        subnets: Sequence[str],
        listeners: Sequence[tuple[int, str, int, str]],
        instances: Sequence[str],
        *,
        groups: Sequence[str] = (),
        public: Sequence[str] = (),
        name: str = "",
        **raw: Json,
    ) -> str:
        """A classic load balancer; a listener is (port, protocol, instance port, instance protocol). Returns its name."""
        made, place = self.new("clb", name), self.places[subnets[0]]
        row = {
            "LoadBalancerName": made,
            "DNSName": f"{made}.{place[1]}.elb.amazonaws.com",
            "Scheme": "internet-facing" if public else "internal",
            "VPCId": self.rows[subnets[0]]["VpcId"],
            "Subnets": list(subnets),
            "AvailabilityZones": [self.rows[s]["AvailabilityZone"] for s in subnets],
            "SecurityGroups": list(groups),
            "Instances": [{"InstanceId": i} for i in instances],
            "ListenerDescriptions": [
                {
                    "Listener": {
                        "LoadBalancerPort": port,
                        "Protocol": protocol,
                        "InstancePort": target,
                        "InstanceProtocol": target_protocol,
                    },
                    "PolicyNames": [],
                }
                for port, protocol, target, target_protocol in listeners
            ],
            **raw,
        }
        for number, subnet in enumerate(subnets):
            self.balancer_interface(made, subnet, public[number] if public else "", f"ELB {made}", groups, "interface")
        return self.add("elb describe-load-balancers", place, made, row)

    # Files.

    def file(self, place: Place, name: str, value: Json) -> None:
        """Put a whole file beside the lists; `name` is service/operation[/resource]."""
        self.others[f"{place[0]}/{place[1]}/{name}.json"] = value

    def files(self, *, without: Iterable[str] = (), errors: dict[str, str] | None = None) -> Files:
        """The snapshot. `without` names operations that were never collected, `errors` paths that were refused."""
        places = sorted({self.home, *self.places.values()})
        found: Files = {}
        for place in places:
            found |= self.place_files(place)
        found |= self.others
        missing = set(without)
        kept = {p: v for p, v in found.items() if not missing & set(p.removesuffix(".json").split("/"))}
        kept = {p: v for p, v in kept.items() if p.removesuffix(".json") not in (errors or {})}
        accounts = sorted({account for account, _ in places})
        return {"snapshot.json": manifest(*accounts, errors=errors), **kept}

    def place_files(self, place: Place) -> Files:
        """The lists of one account and region, empty ones too."""
        prefix = f"{place[0]}/{place[1]}"
        found: Files = {f"{prefix}/ec2/{o}.json": {name: self.lists[place, o]} for o, name in LISTS.items()}
        found[f"{prefix}/ec2/describe-vpc-block-public-access-options.json"] = {
            "VpcBlockPublicAccessOptions": {
                "AwsAccountId": place[0],
                "AwsRegion": place[1],
                "State": "default-state",
                "InternetGatewayBlockMode": "off",
            }
        }
        rows = self.lists[place, "elbv2 describe-load-balancers"]
        found[f"{prefix}/elbv2/describe-load-balancers.json"] = {"LoadBalancers": rows}
        rows = self.lists[place, "elbv2 describe-target-groups"]
        found[f"{prefix}/elbv2/describe-target-groups.json"] = {"TargetGroups": rows}
        rows = self.lists[place, "elb describe-load-balancers"]
        found[f"{prefix}/elb/describe-load-balancers.json"] = {"LoadBalancerDescriptions": rows}
        return found

    def inventory(self, **parts: Json) -> Inventory:
        """The inventory of `files(**parts)`."""
        return inventory_of(self.files(**parts))


# Small raw pieces.


def main_of(table: Json) -> bool:
    return any(a["Main"] for a in table["Associations"])


def holder_of(association: Json) -> str:
    found: str = association.get("SubnetId") or association.get("GatewayId") or "main"
    return found


def acl_association(acl: str, subnet: str) -> Json:
    return {"NetworkAclAssociationId": f"aclassoc-{acl}-{subnet}", "NetworkAclId": acl, "SubnetId": subnet}


def v6_block(association: str, cidr: str) -> Json:
    return {"AssociationId": association, "Ipv6CidrBlock": cidr, "Ipv6CidrBlockState": {"State": "associated"}}


def association_of(public: str) -> Json:
    return {"Association": {"PublicIp": public, "IpOwnerId": "amazon"}} if public else {}


def attachment_of(instance: str, account: str, index: int = 0) -> Json:
    return {
        "AttachmentId": f"eni-attach-{instance}-{index}",
        "DeviceIndex": index,
        "InstanceId": instance,
        "InstanceOwnerId": account,
        "Status": "attached",
    }


def next_block(whole: str, taken: Sequence[str]) -> str:
    """The first /24 of a range that no subnet has."""
    used = [ipaddress.ip_network(t) for t in taken]
    return next(
        str(n) for n in ipaddress.ip_network(whole).subnets(new_prefix=24) if not any(n.overlaps(u) for u in used)
    )
