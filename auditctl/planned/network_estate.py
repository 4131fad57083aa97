"""What the writers of networks share: things by id, free addresses, interfaces, and what has to stay open.

Untrusted. A reference to a VPC or subnet that is not planned is to one that exists already: it is written without
blocks, and whatever else may be in it makes claims about it inconclusive.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Network, ip_network
from itertools import chain
from typing import Any, TypedDict

from auditctl.planned.draft import Draft
from auditctl.planned.marks import after_apply
from auditctl.planned.network_marks import Marks, Row, is_block
from auditctl.planned.things import NetworkAcl, Origin, RouteTable, SecurityGroup, Subnet, Thing, Vpc

Place = tuple[str, str]  # account and region
UNMODELLED = "ec2/planned-unmodelled"
EVERY_VPC = "*"
NO_GROUP = "sg-00000000000000000"  # an example
# The first four addresses and the last of each subnet are reserved (Amazon VPC user guide, "Subnet sizing for IPv4").
_RESERVED_FIRST = 4
# Where the addresses of a subnet are that is not planned.
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
_PART = 28  # the length of the pieces of a VPC in which examples of addresses are looked for
# Examples of public addresses: the blocks for documentation (RFC 5737), and should they be used up, the one for
# benchmarks (RFC 2544).
_PUBLIC = ("203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24", "198.18.0.0/15")


@dataclass(slots=True, kw_only=True)
class Nic:
    """An interface that a thing makes, before it has addresses. `attribute` is the one that has its private address."""

    id: str
    subnet: str
    groups: Sequence[str] = ()
    private: Sequence[str] = ()
    public: str = ""
    attribute: str = "private_ip"
    kind: str = "interface"
    description: str = ""
    checks: bool = True
    attachment: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    v6: Sequence[str] = ()


class Estate(Marks):
    """The things of a plan, and the draft that they are written into."""

    def __init__(self, draft: Draft, things: Sequence[Thing]) -> None:
        super().__init__(draft)
        self.things = things
        self.vpcs = {t.id: t for t in things if isinstance(t, Vpc)}
        self.subnets = {t.id: t for t in things if isinstance(t, Subnet)}
        self.groups = {t.id: t for t in things if isinstance(t, SecurityGroup)}
        self.existing: dict[str, Thing] = {}
        self.existing |= {v.id: v for v in self.vpcs.values() if v.exists}
        self.existing |= {s.id: s for s in self.subnets.values() if s.exists}
        self._free: dict[str, Iterator[str]] = {}
        self._taken: set[tuple[str, str]] = set()
        self._public = iter(chain.from_iterable(ip_network(block).hosts() for block in _PUBLIC))
        self._opened: set[tuple[str, str, str]] = set()

    # What is open.

    def leave_open(self, thing: Thing, vpc: str, reason: str, name: str = "") -> None:
        """Note that something of a VPC is not known, or of every VPC of the account and region."""
        row = {"Id": name or thing.origin.address, "Reason": reason}
        if vpc != EVERY_VPC:
            row["VpcId"] = vpc
        if (row["Id"], vpc, reason) not in self._opened:
            self._opened.add((row["Id"], vpc, reason))
            self.draft.add(thing.account, thing.region, UNMODELLED, "Unmodelled", row)

    def leave_unknown(self, thing: Thing, vpc: str, attribute: str, name: str = "") -> None:
        """Note that an attribute decides about a VPC and is not known."""
        self.leave_open(thing, vpc, after_apply(attribute), name)

    def add(self, thing: Thing, operation: str, member: str, row: Row, name: str = "") -> tuple[str, str]:
        """Add a row to a list of the thing's account and region, and say where it comes from."""
        place = self.draft.add(thing.account, thing.region, operation, member, row)
        if name:
            self.draft.came_from(thing.origin, thing=name)
        return place

    # VPCs and subnets.

    def vpc_of(self, thing: Thing, text: str) -> str:
        """The id of the VPC that a thing names; without a name the default one of its region."""
        attribute = self.unknown(text)
        if attribute:
            self.leave_unknown(thing, EVERY_VPC, attribute)
            text = "vpc-" + self.draft.unknown(attribute, "name")
        elif not text:
            text = "vpc-" + self.draft.unknown(f"default VPC of {thing.account} in {thing.region}", "name")
        if text not in self.vpcs:
            vpc = Vpc(account=thing.account, region=thing.region, origin=thing.origin, id=text, blocks=(), exists=True)
            self.vpcs[text] = self.existing[text] = vpc
        return text

    def subnet_of(self, thing: Thing, text: str, vpc: str = "") -> Subnet:
        """The subnet that a thing names. `vpc` is where it is, as far as the thing says, should it not be planned."""
        attribute = self.unknown(text)
        if attribute:
            self.leave_unknown(thing, EVERY_VPC, attribute)
            text = "subnet-" + self.draft.unknown(attribute, "name")
        elif not text:
            text, vpc = self.name("subnet-", thing, "subnet_id"), vpc or self.vpc_of(thing, "")
        if text not in self.subnets:
            vpc = vpc or self._said.get(text, "") or "vpc-" + self.draft.unknown(f"VPC of {text}", "name")
            self.subnets[text] = Subnet(
                **made_with(thing), id=text, vpc=self.vpc_of(thing, vpc), blocks=(), zone="", exists=True
            )
            self.existing[text] = self.subnets[text]
        return self.subnets[text]

    @cached_property
    def _said(self) -> dict[str, str]:
        """The VPCs of subnets as the route tables and network ACLs say that they are associated with."""
        found: dict[str, str] = {}
        for thing in self.things:
            if isinstance(thing, RouteTable | NetworkAcl):
                found |= dict.fromkeys(thing.subnets, thing.vpc)
        return found

    def default_group(self, vpc: str) -> str:
        """The default security group of a VPC: a planned one, or that which comes with it."""
        return self._planned_defaults.get(vpc) or self.name("sg-", self.vpcs[vpc], "default_security_group_id")

    @cached_property
    def _planned_defaults(self) -> dict[str, str]:
        return {g.vpc: g.id for g in self.groups.values() if g.is_default}

    @cached_property
    def owners(self) -> dict[str, str]:
        """The accounts of the security groups that are planned, and of those that come with a VPC."""
        made = {self.default_group(v.id): v.account for v in self.vpcs.values() if not v.exists}
        return made | {g.id: g.account for g in self.groups.values()}

    @cached_property
    def _other_names(self) -> dict[str, str]:
        """The default groups that are planned, by the names that they have as an attribute of their VPC."""
        defaults = [g for g in self.groups.values() if g.is_default and g.vpc in self.vpcs]
        return {self.name("sg-", self.vpcs[g.vpc], "default_security_group_id"): g.id for g in defaults}

    def group(self, name: str) -> str:
        """The id of a security group under the name that it is written by."""
        return self._other_names.get(name, name)

    def group_rows(self, groups: Sequence[str]) -> list[Row]:
        """The groups of an interface. Where all of a list is not known, one group that is not known stands for them."""
        return [{"GroupId": self.group(self.whole(g, "text", NO_GROUP))} for g in groups]

    # Addresses.

    def reserve(self, vpc: str, *addresses: str) -> None:
        """Take addresses that are written out of those that are free."""
        self._taken.update((vpc, address) for address in addresses)

    def within(self, subnet: Subnet) -> tuple[str, ...]:
        """The blocks in which the IPv4 addresses of a subnet are: those of its VPC where its own are not known."""
        if four(subnet) or (subnet.blocks and all(self.is_v6(b) for b in subnet.blocks)):
            return four(subnet)
        return four(self.vpcs[subnet.vpc]) or _PRIVATE if subnet.blocks else _PRIVATE

    def free(self, subnet: Subnet) -> str:
        """The next free IPv4 address of a subnet, empty where there is none."""
        holder = subnet.id if four(subnet) else subnet.vpc
        if holder not in self._free:
            found = (_hosts(b) for b in four(subnet)) if four(subnet) else self._between(subnet)
            self._free[holder] = chain.from_iterable(found)
        address = next((a for a in self._free[holder] if (subnet.vpc, a) not in self._taken), "")
        self.reserve(subnet.vpc, address)
        return address

    def _between(self, subnet: Subnet) -> Iterator[Iterator[str]]:
        """Addresses of a VPC that are in none of the subnets whose blocks are known."""
        known = [ip_network(b, strict=False) for s in self.subnets.values() if s.vpc == subnet.vpc for b in four(s)]
        for block in self.within(subnet):
            network = ip_network(block, strict=False)
            for part in network.subnets(new_prefix=max(_PART, network.prefixlen)):
                if not any(part.overlaps(other) for other in known):
                    yield _hosts(str(part))

    def public(self, text: str, attribute: str) -> str:
        """A public address: the one that is written, or the marker of one that is not known yet."""
        if text and not self.unknown(text):
            return text
        made = self.draft.unknowns.get(text[1:-1], {}).get("example")
        return self.address(text, attribute, made or str(next(self._public)))

    # Interfaces.

    def interface(self, thing: Thing, nic: Nic, vpc: str = "") -> Row:
        """Write an interface. Its row, an empty one where its subnet has no address left."""
        subnet = self.subnet_of(thing, nic.subnet, vpc)
        v6 = self._v6(thing, nic, subnet)
        association = {"Association": {"PublicIp": nic.public}} if nic.public else {}
        addresses = [a for a in self._private(thing, nic, subnet) if a]
        if not addresses and not v6:
            self.leave_open(thing, subnet.vpc, f"{nic.id} has no address in {subnet.id}, whose addresses are used up")
            return {}
        row: Row = {
            "NetworkInterfaceId": nic.id,
            "VpcId": subnet.vpc,
            "SubnetId": subnet.id,
            "OwnerId": thing.account,
            "InterfaceType": nic.kind,
            "Description": nic.description,
            "SourceDestCheck": nic.checks,
            "Status": "in-use" if nic.attachment or nic.kind != "interface" else "available",
            "Groups": self.group_rows(nic.groups),
            "PrivateIpAddresses": [
                {"PrivateIpAddress": a, "Primary": i == 0, **(association if i == 0 else {})}
                for i, a in enumerate(addresses)
            ],
            "Ipv6Addresses": [{"Ipv6Address": a} for a in v6],
            "TagSet": self.tags(nic.tags),
        }
        if addresses:
            row |= {"PrivateIpAddress": addresses[0], **association}
        if nic.attachment:
            row["Attachment"] = {**nic.attachment, "Status": "attached"}
        self.add(thing, "ec2/describe-network-interfaces", "NetworkInterfaces", row, nic.id)
        return row

    def _v6(self, thing: Thing, nic: Nic, subnet: Subnet) -> list[str]:
        """The IPv6 addresses of an interface that are known; by others it is reached all the same."""
        chosen = nic.kind == "interface" and subnet.assigns_v6 is not False and not nic.v6
        if chosen or self.unknown(*nic.v6):
            attribute = self.unknown(*nic.v6) or f"{thing.origin.address}.ipv6_addresses"
            self.leave_unknown(thing, subnet.vpc, attribute, nic.id)
        return [a for a in nic.v6 if not self.unknown(a)]

    def _private(self, thing: Thing, nic: Nic, subnet: Subnet) -> Iterator[str]:
        """The private IPv4 addresses of an interface, markers for those that are not known yet."""
        within = self.within(subnet)
        if not within:
            return
        for number, text in enumerate(nic.private or ("",)):
            if text and not self.unknown(text):
                yield text
                continue
            attribute = f"{thing.origin.address}.{nic.attribute}" + (f"[{number}]" if number else "")
            example = self.free(subnet)
            yield self.address(text, attribute, example, within) if example else ""


class Made(TypedDict):
    """What a thing that comes with another one has of it."""

    account: str
    region: str
    origin: Origin


def made_with(thing: Thing) -> Made:
    """Where something is that comes with a thing."""
    return Made(account=thing.account, region=thing.region, origin=thing.origin)


def four(subnet: Subnet | Vpc) -> tuple[str, ...]:
    """The IPv4 blocks of a subnet or VPC."""
    return tuple(b for b in subnet.blocks if ":" not in b and is_block(b))


def _hosts(block: str) -> Iterator[str]:
    network = ip_network(block, strict=False)
    if not isinstance(network, IPv4Network):
        raise TypeError(f"{block} is no IPv4 block")
    return (str(network[i]) for i in range(_RESERVED_FIRST, network.num_addresses - 1))
