"""A network with roles: a bastion on the internet, an application behind it that reads a bucket, and a database.

`bastion` (eni-1, i-1, no role) answers SSH from the internet, `app` (eni-2, i-2, role app) SSH from the bastion, and
the database (eni-3) answers the application.
"""

from __future__ import annotations

from typing import Any

from checkers.cloud.control import Control, parse_control
from cloud.setting import OWN, allow, buckets, document, iam, role, setting, trust
from network.world import World, route, rule

Json = Any
Files = dict[str, Any]

APP = f"arn:aws:iam::{OWN}:role/app"
PROFILE = f"arn:aws:iam::{OWN}:instance-profile/app"
CONTRACTS = "arn:aws:s3:::contracts/*"
READS = document(allow("s3:GetObject", CONTRACTS))
SSH = {"protocol": ["tcp"], "port": ["22"]}
DATABASE = {"flow": {"to": [{"type": ["database"]}], "protocol": ["tcp"], "port": ["5432"]}}
READING = {"request": {"action": ["s3:GetObject"], "resource": [CONTRACTS]}}
BY_EC2 = document(trust({"Service": "ec2.amazonaws.com"}))


def network(*, profile: str = "app") -> World:
    """The world; its VPC is vpc-1, its subnets subnet-1 and subnet-2, its groups sg-front, sg-app and sg-db."""
    world = World()
    vpc = world.vpc("10.0.0.0/16")
    front, back = world.subnet(vpc, "10.0.1.0/24"), world.subnet(vpc, "10.0.2.0/24")
    world.group(vpc, [rule("tcp", 22, "0.0.0.0/0")], id="sg-front")
    world.group(vpc, [rule("tcp", 22, "sg-front")], id="sg-app")
    world.group(vpc, [rule("tcp", 5432, "sg-app")], id="sg-db")
    world.instance(world.interface(front, groups=["sg-front"], public="203.0.113.5"))
    world.instance(world.interface(back, groups=["sg-app"]), profile=profile)
    world.interface(back, groups=["sg-db"], Description="RDSNetworkInterface")
    world.row(world.table_of(vpc))["Routes"].append(route("0.0.0.0/0", world.igw(vpc)))
    return world


def with_roles(world: World, *documents: Json, roles: tuple[Json, ...] = (), errors: Json = None) -> Files:
    """The snapshot: the world, the bucket `contracts`, and the role app with its instance profile."""
    app = role("app", *documents, trusts=BY_EC2, InstanceProfileList=[{"Arn": PROFILE}])
    return setting(world.files(), iam(roles=[app, *roles]), buckets("contracts"), errors=errors)


def control_of(kind: str, form: str = "forbid", **claim: Json) -> Control:
    """A control whose `forbid` or `require` has these members."""
    return parse_control(
        {"format": "auditctl-control/1", "id": "asked", "title": "asked", "for_each": kind, form: claim}, "asked"
    )


def chains(kind: str = "network", **members: Json) -> Control:
    """A control of chains of hosts, from the internet by SSH to the database unless it says otherwise."""
    start = members.pop("start", ["internet"])
    given = {"from": start} if start else {}
    return control_of(kind, path={**given, "hop": SSH, "to": DATABASE, **members})
