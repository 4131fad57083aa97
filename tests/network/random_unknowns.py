"""Random networks in which some values are not known before an apply, and what the apply may make of them.

Values are as AWS gives them: interfaces of one VPC have different private addresses, all have different public ones.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from network.random_networks import CLIENTS, ENTRIES, ENTRIES6, PORTS, make

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Json = Any
PUBLIC = ("52.95.90.{}", "8.8.90.{}", "150.1.90.{}")


@dataclass
class Planned:
    """A snapshot with markers, and for each of its values how one is drawn."""

    random: random.Random
    files: dict[str, Json]
    rows: list[Json] = field(default_factory=list)  # of `unknown` in snapshot.json
    draws: dict[str, Callable[[], Json]] = field(default_factory=dict)
    used: set[tuple[str, str]] = field(default_factory=set)  # addresses by VPC; public ones have none
    given: set[tuple[str, str]] = field(default_factory=set)  # those of the last values

    def listed(self, operation: str, member: str) -> Iterator[Json]:
        for path, value in sorted(self.files.items()):
            if path.endswith(f"/{operation}.json"):
                yield from value[member]

    def mark(self, name: str, kind: str, example: Json, draw: Callable[[], Json], **more: Json) -> str:
        """The marker of a value."""
        if name not in self.draws:
            entry = {"name": name, "attribute": f"aws_thing.{name}", "kind": kind, "example": example}
            self.rows.append({**entry, **more})
            self.draws[name] = draw
        return f"<{name}>"

    def values(self) -> dict[str, Json]:
        """What one apply makes of the markers."""
        self.used -= self.given
        self.given.clear()
        return {name: draw() for name, draw in self.draws.items()}

    def take(self, vpc: str, candidates: Callable[[], str]) -> str:
        """An address that nothing in the VPC has."""
        while (vpc, found := candidates()) in self.used:
            pass
        self.used.add((vpc, found))
        self.given.add((vpc, found))
        return found


def planned(seed: int) -> Planned:
    """The network of a seed, with markers."""
    files = json.loads(json.dumps(make(seed, packets=0).files))  # so that no two rows are one object
    made = Planned(random.Random(f"unknown {seed}"), files)
    rng = made.random
    dense = rng.choice((0.15, 0.5, 0.9))
    addresses(made, dense)
    rules(made, dense / 3)
    routes(made, dense / 4)
    made.files["snapshot.json"] |= {"planned": {"kind": "test"}, "unknown": made.rows}
    return made


def addresses(made: Planned, dense: float) -> None:
    """Private and public addresses, and groups, of interfaces and NAT gateways."""
    rng = made.random
    subnets = {s["SubnetId"]: s for s in made.listed("describe-subnets", "Subnets")}
    nats = {
        a["NetworkInterfaceId"]: a
        for n in made.listed("describe-nat-gateways", "NatGateways")
        for a in n["NatGatewayAddresses"]
    }
    groups = [g["GroupId"] for g in made.listed("describe-security-groups", "SecurityGroups")]
    every = list(made.listed("describe-network-interfaces", "NetworkInterfaces"))
    for row in every:
        taken = [a["PrivateIpAddress"] for a in row["PrivateIpAddresses"]]
        taken += [str(a) for p in row.get("Ipv4Prefixes", ()) for a in ip_network(p["Ipv4Prefix"])]
        made.used |= {(row["VpcId"], a) for a in taken}
    for row in every:
        name, nat = row["NetworkInterfaceId"], nats.get(row["NetworkInterfaceId"], {})
        for number, each in enumerate(row["PrivateIpAddresses"]):
            places = [each, row] if number == 0 else [each]
            if rng.random() < dense:
                marker = private(made, f"{name}.{number}", row["VpcId"], places, subnets[row["SubnetId"]]["CidrBlock"])
                nat.update({"PrivateIp": marker} if number == 0 else {})
            if rng.random() < dense:
                publics(made, f"{name}.{number}.public", places, nat)
        if row["Groups"] and rng.random() < dense / 5:
            marker = made.mark(f"{name}.group", "text", groups[0], lambda: rng.choice((*groups, "sg-elsewhere")))
            row["Groups"][0] = {"GroupId": marker}


def private(made: Planned, name: str, vpc: str, places: list[Json], cidr: str) -> str:
    """A private address that is not known, somewhere in the block, near to where rules and prefixes begin and end."""
    rng, block, known = made.random, ip_network(cidr), places[0]["PrivateIpAddress"]
    near = (known, *(str(block[n]) for n in (127, 135, 144, 200)))
    made.used.discard((vpc, known))

    def draw() -> str:
        return made.take(vpc, lambda: rng.choice((*near, str(block[rng.randint(4, 250)]))))

    for place in places:
        place["PrivateIpAddress"] = made.mark(name, "address", known, draw, within=[cidr])
    return f"<{name}>"


def publics(made: Planned, name: str, places: list[Json], nat: Json) -> None:
    """A public address that is not known, where there is one."""
    rng = made.random
    holders = [p["Association"] for p in places if "Association" in p]
    if not holders or any(h["PublicIp"] != holders[0]["PublicIp"] for h in holders):
        return
    known = holders[0]["PublicIp"]

    def public() -> str:
        return made.take("", lambda: rng.choice(PUBLIC).format(rng.randint(1, 250)))

    for holder in holders:
        holder["PublicIp"] = made.mark(name, "address", known, public)
    if nat:
        nat["PublicIp"] = f"<{name}>"


def rules(made: Planned, dense: float) -> None:
    """Peers and ports of security groups, and network ACLs."""
    rng = made.random
    hosts = [f"10.{rng.randint(0, 2)}.{rng.randint(0, 2)}.{rng.randint(8, 14)}/32" for _ in range(8)]
    blocks = (*ENTRIES, *hosts, "10.0.0.128/28", *(f"{c}/32" for c in CLIENTS))
    groups = [g["GroupId"] for g in made.listed("describe-security-groups", "SecurityGroups")]
    found = made.listed("describe-security-groups", "SecurityGroups")
    permissions = [row for group in found for row in (*group["IpPermissions"], *group["IpPermissionsEgress"])]
    for number, row in enumerate(permissions):
        for member, name, kind, pool in (
            ("IpRanges", "CidrIp", "block", blocks),
            ("Ipv6Ranges", "CidrIpv6", "block", ENTRIES6),
            ("UserIdGroupPairs", "GroupId", "text", (*groups, "sg-gone")),
        ):
            for i, each in enumerate(row[member]):
                if rng.random() < dense:
                    draw = partial(rng.choice, pool)
                    each[name] = made.mark(f"rule-{number}.{name}.{i}", kind, each[name], draw)
        ports(made, row, f"rule-{number}", dense)
    acls(made, dense, blocks)


def acls(made: Planned, dense: float, blocks: Sequence[str]) -> None:
    """Blocks and ports of network ACLs."""
    rng = made.random
    for acl in made.listed("describe-network-acls", "NetworkAcls"):
        for each in acl["Entries"]:
            name = f"{acl['NetworkAclId']}.{each['RuleNumber']}.{each['Egress']}"
            if each["RuleNumber"] < 32767 and "CidrBlock" in each and rng.random() < dense:
                each["CidrBlock"] = made.mark(name, "block", each["CidrBlock"], partial(rng.choice, blocks))
            if "PortRange" in each and rng.random() < dense:
                span = each["PortRange"]
                draw = partial(rng.choice, [p for p in (0, *PORTS) if p <= span["To"]])
                span["From"] = made.mark(f"{name}.from", "number", span["From"], draw)


def ports(made: Planned, row: Json, name: str, dense: float) -> None:
    """One end of a rule that is not known."""
    rng = made.random
    low, high = row.get("FromPort"), row.get("ToPort")
    if low in (None, -1):
        return
    is_icmp = row["IpProtocol"] in ("icmp", "1", "icmpv6", "58")
    if rng.random() < dense:
        pool = [-1, 0, 3, 8] if is_icmp else [p for p in (0, *PORTS) if p <= high]
        row["FromPort"] = made.mark(f"{name}.from", "number", low, partial(rng.choice, pool))
    elif rng.random() < dense:
        pool = [-1, 0, 4] if is_icmp else [p for p in (*PORTS, 65535) if p >= low]
        row["ToPort"] = made.mark(f"{name}.to", "number", high, partial(rng.choice, pool))


def routes(made: Planned, dense: float) -> None:
    """Destinations that are not known. A table has no two routes for one destination, and none within the VPC."""
    rng = made.random
    for table in made.listed("describe-route-tables", "RouteTables"):
        free = ["8.8.8.0/24", "150.1.0.0/16", "0.0.0.0/0", "10.0.0.0/9", "52.95.0.0/16", "10.3.1.0/24", "12.0.0.0/8"]
        rows = [r for r in table["Routes"] if "DestinationCidrBlock" in r and r.get("GatewayId") != "local"]
        free = [f for f in free if all(r.get("DestinationCidrBlock") != f for r in table["Routes"])]
        rng.shuffle(free)
        for number, row in enumerate(rows):
            own = free[number::4][:2] if number < 4 else []
            if own and rng.random() < dense:
                name = f"{table['RouteTableId']}.{number}"
                own = [*own, row["DestinationCidrBlock"]]
                row["DestinationCidrBlock"] = made.mark(name, "block", own[-1], partial(rng.choice, own))
    for path, value in sorted(made.files.items()):
        for number, row in enumerate(value["Routes"] if "/search-transit-gateway-routes/" in path else ()):
            if "DestinationCidrBlock" in row and row["Type"] == "static" and rng.random() < dense:
                own = [row["DestinationCidrBlock"], f"10.{20 + number}.0.0/16"]
                name = f"{path.rpartition('/')[2].removesuffix('.json')}.{number}"
                if ":" not in own[0]:
                    row["DestinationCidrBlock"] = made.mark(name, "block", own[0], partial(rng.choice, own))


def claim(made: Planned) -> tuple[str, Json]:
    """The form of a claim, and its flow: between interfaces, blocks, groups, and what is outside."""
    rng = made.random
    ends = [end(made) for _ in range(2)]
    flow: Json = {"from": [ends[0]], "to": [ends[1]]}
    if rng.random() < 0.15:
        flow["not_to" if rng.random() < 0.5 else "not_from"] = [end(made, only_blocks=True)]
    if rng.random() < 0.7:
        flow |= {"protocol": ["tcp"], "port": [str(rng.choice(PORTS))]}
    if ends[0] in ("internet", "on-premises") and ends[1] in ("internet", "on-premises"):
        flow["to"] = ["snapshot"]
    return rng.choice(("forbid", "forbid", "require")), flow


def end(made: Planned, *, only_blocks: bool = False) -> Json:
    rng = made.random
    rows = list(made.listed("describe-network-interfaces", "NetworkInterfaces"))
    one = rng.choice([r for r in rows if r["InterfaceType"] == "interface"])
    block = rng.choice(("10.0.0.0/8", "10.0.0.0/24", "10.0.1.0/24", "10.0.0.8/30", "10.0.0.128/28", "52.95.0.0/16"))
    if only_blocks or rng.random() < 0.25:
        return {"cidr": [block]}
    groups = [g["GroupId"] for g in one["Groups"] if not g["GroupId"].startswith("<")]
    return rng.choice((
        "internet",
        "internet",
        "on-premises",
        {"interface": [one["NetworkInterfaceId"]]},
        {"interface": [one["NetworkInterfaceId"]]},
        {"interface": [one["NetworkInterfaceId"]]},
        {"security_group": groups} if groups else "snapshot",
        {"subnet": [one["SubnetId"]]},
        {"vpc": [one["VpcId"]]},
        "snapshot",
    ))
