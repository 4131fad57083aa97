"""A small network for commands: web servers on the internet, databases behind them, a second VPC, and an ACL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from command_line import write_json
from network.world import World, entry, listener, route, rule

if TYPE_CHECKING:
    from pathlib import Path

CONTROL = """\
title: Databases are closed to the internet
severity: high
rationale: It matters.
remediation: Mend it.
for_each: network
forbid:
  flow:
    from: [internet]
    to: [{tag: {Name: ["NAME"]}}]
    protocol: [tcp]
    port: ["5432"]
"""


def shop() -> World:
    """`web-1` and `db-2` have public addresses, `db-1` and `job-1` have none; `job-1` is behind a NAT gateway.

    `db-1` admits `web-1` and `job-1`, whose subnet the ACL of `db-1` denies by rule 90. `db-2` admits everybody.
    `db-1` is behind a network load balancer, `front`, too. `far-1` is in a peered VPC whose way back is a blackhole.
    """
    world = World()
    vpc = world.vpc("10.0.0.0/16", tags={"Name": "shop"})
    gateway = world.igw(vpc)
    public, private, jobs = (world.subnet(vpc, tags={"Name": n}) for n in ("public", "private", "jobs"))
    world.table(vpc, [route("0.0.0.0/0", gateway)], [public])
    world.table(vpc, [route("0.0.0.0/0", world.nat(public))], [jobs])
    web = world.group(vpc, [rule("tcp", 443, "0.0.0.0/0")])
    job = world.group(vpc, [])
    balancer = world.group(vpc, [rule("tcp", 5432, "10.0.0.0/16")])
    database = world.group(vpc, [rule("tcp", 5432, web, job, balancer)])
    opened = world.group(vpc, [rule("tcp", 5432, "0.0.0.0/0")])
    world.instance(world.interface(public, groups=[web], public="52.95.0.1"), tags={"Name": "web-1"})
    world.interface(private, groups=[database], tags={"Name": "db-1"})
    world.interface(public, groups=[opened], public="52.95.0.2", tags={"Name": "db-2"})
    world.interface(jobs, groups=[job], tags={"Name": "job-1"})
    deny = entry(90, world.row(jobs)["CidrBlock"], "deny", "tcp", 5432)
    world.acl(vpc, [deny, entry(100), entry(100, egress=True)], [private])
    address = world.address("eni-3")
    targets = world.target_group(vpc, address, kind="ip", port=5432)
    world.balancer([public], [listener(5432, "TCP", targets)], groups=[balancer], name="front")
    far(world, vpc, jobs)
    return world


def far(world: World, vpc: str, jobs: str) -> None:
    other = world.vpc("10.1.0.0/16", tags={"Name": "far"})
    subnet = world.subnet(other, tags={"Name": "far"})
    peering = world.peering(vpc, other)
    world.table(other, [route("10.0.0.0/16", State="blackhole", VpcPeeringConnectionId=peering)], [subnet])
    everything = world.open_group(other)
    world.interface(subnet, groups=[everything], tags={"Name": "far-1"})
    table = next(r for r in world.lists[world.home, "describe-route-tables"] if holds(r, jobs))
    table["Routes"].append(route("10.1.0.0/16", peering))


def holds(table: dict[str, list[dict[str, str]]], subnet: str) -> bool:
    return any(a.get("SubnetId") == subnet for a in table["Associations"])


def write_shop(root: Path) -> Path:
    """The network as a snapshot directory, and controls beside it."""
    for path, value in shop().files().items():
        write_json(root / "snapshot" / path, value)
    (root / "controls").mkdir()
    for name, target in (("closed", "db-1"), ("opened", "db-2")):
        (root / "controls" / f"{name}.yaml").write_text(CONTROL.replace("NAME", target), encoding="utf-8")
    return root / "snapshot"
