"""Small networks that claims about flows are made of, and how one claim is decided and checked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from auditctl.audit import Result, claims_of, decide
from checkers.cloud.claims import Claim, Outcome, check_claim
from network.estate import control_of
from network.world import World, entry, listener, route, rule, tgw_route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checkers.cloud.inventory import Inventory

HOLDS, VIOLATED, INCONCLUSIVE = Outcome.HOLDS, Outcome.VIOLATED, Outcome.INCONCLUSIVE
ANYONE = rule("-1", "", "0.0.0.0/0", "::/0")
SSH = {"protocol": ["tcp"], "port": ["22"]}
BLOCK6, NET6 = "2600:1f00:1::/56", "2600:1f00:1::/64"
Json = Any


def entries(**members: str) -> list[Json]:
    """One entry of a flow: each member has one glob."""
    return [{name: [text] for name, text in members.items()}]


FROM_INTERNET = {"from": ["internet"], "to": entries(interface="eni-1")}
TO_INTERNET = {"from": entries(interface="eni-1"), "to": ["internet"]}
ACROSS = {"from": entries(interface="eni-1"), "to": entries(interface="eni-2")}


def claim_of(inventory: Inventory, flow: Json, *, form: str = "forbid", kind: str = "network", at: str = "") -> Claim:
    """The claim about a target, the only one unless it is named."""
    claims = claims_of([control_of(kind, form, flow=flow)], inventory)
    (found,) = [c for c in claims if at in ("", c.target.id)]
    return found


def decided(inventory: Inventory, flow: Json, **asked: str) -> Result:
    """What the search finds, which the checker must accept, as it is read back from JSON too."""
    claim = claim_of(inventory, flow, **asked)
    result = decide(claim, inventory)
    assert result.refused == ""
    assert (result.certificate is None) is (result.outcome is INCONCLUSIVE) is bool(result.reasons)
    if result.certificate is not None:
        assert check_claim(claim, written(result), inventory)[0] is result.outcome
    return result


def written(result: Result) -> dict[str, Json]:
    """The certificate as it is read back from JSON."""
    found: dict[str, Json] = json.loads(json.dumps(result.certificate))
    return found


def outcome(world: World | Inventory, flow: Json, *, parts: Mapping[str, Json] | None = None, **asked: str) -> Outcome:
    """The outcome of a claim, proved."""
    inventory = world.inventory(**(parts or {})) if isinstance(world, World) else world
    return decided(inventory, flow, **asked).outcome


# Networks. Ids are those that worlds give.


def web(*, ports: str = "22", ingress: Any = None) -> World:
    """A host (eni-1, public, group sg-1) in subnet-1 of vpc-1, which igw-1 leads to, and one (eni-2, sg-2) behind it.

    The group sg-1 admits ports from everywhere, sg-2 port 5432 from sg-1.
    """
    world = World()
    vpc = world.vpc("10.0.0.0/16")
    front, back = world.subnet(vpc, "10.0.1.0/24"), world.subnet(vpc, "10.0.2.0/24")
    outer = world.group(vpc, [ingress or rule("tcp", ports, "0.0.0.0/0")])
    inner = world.group(vpc, [rule("tcp", 5432, outer)])
    world.interface(front, groups=[outer], public="203.0.113.5")
    world.interface(back, groups=[inner])
    world.table(vpc, [route("0.0.0.0/0", world.igw(vpc))], [front])
    return world


def natted() -> World:
    """A host (eni-1) in subnet-1, whose default route is nat-1 in subnet-2, whose default route is igw-1."""
    world = World()
    vpc = world.vpc("10.0.0.0/16")
    private, public = world.subnet(vpc), world.subnet(vpc)
    world.interface(private, groups=[world.group(vpc)])
    world.table(vpc, [route("0.0.0.0/0", world.igw(vpc))], [public])
    world.table(vpc, [route("0.0.0.0/0", world.nat(public))], [private])
    return world


def egress_only() -> World:
    """A host (eni-1) with an IPv6 address, whose default route is eigw-1."""
    world = World()
    vpc = world.vpc("10.0.0.0/16", v6=[BLOCK6])
    subnet = world.subnet(vpc, v6=[NET6])
    world.interface(subnet, groups=[world.group(vpc, [ANYONE])], v6=["2600:1f00:1::5"])
    world.table(vpc, [route("::/0", world.eigw(vpc))], [subnet])
    return world


def peered(*, back: bool = True) -> World:
    """Hosts (eni-1, eni-2) of vpc-1 and vpc-2, that pcx-1 connects; the second one admits SSH."""
    world = World()
    one, two = world.vpc("10.1.0.0/16"), world.vpc("10.2.0.0/16")
    peering = world.peering(one, two)
    for vpc, other, way in ((one, "10.2.0.0/16", True), (two, "10.1.0.0/16", back)):
        subnet = world.subnet(vpc)
        world.interface(subnet, groups=[world.group(vpc, [rule("tcp", 22, "10.0.0.0/8")] if vpc == two else [])])
        world.table(vpc, [route(other, peering)] if way else [], [subnet])
    return world


def transit() -> World:
    """Hosts (eni-1, eni-2) of vpc-1 and vpc-2, that tgw-1 connects by tgw-attach-1 and tgw-attach-2."""
    world = World()
    gateway = world.tgw()
    attachments = []
    for number in (1, 2):
        vpc = world.vpc(f"10.{number}.0.0/16", main=[route("10.0.0.0/8", gateway)])
        subnet = world.subnet(vpc)
        world.interface(subnet, groups=[world.group(vpc, [rule("tcp", 22, "10.0.0.0/8")])])
        attachments.append(world.attachment(gateway, vpc, [subnet]))
    ways = [tgw_route(f"10.{n}.0.0/16", a) for n, a in enumerate(attachments, start=1)]
    world.tgw_table(gateway, ways, attachments)
    return world


def private_gateway() -> World:
    """A host (eni-1) that admits everything, in a VPC with the virtual private gateway vgw-1."""
    world = World()
    vpc = world.vpc("10.0.0.0/16")
    world.interface(world.subnet(vpc), groups=[world.group(vpc, [ANYONE])])
    world.table(vpc, [route("192.168.0.0/16", world.vgw(vpc))], main=True)
    return world


def service() -> World:
    """A host (eni-1) with a gateway endpoint (vpce-1) for pl-1."""
    world = World()
    vpc = world.vpc("10.0.0.0/16")
    world.interface(world.subnet(vpc), groups=[world.group(vpc)])
    addresses = world.prefix_list("52.218.0.0/17", name="com.amazonaws.eu-west-1.s3")
    world.endpoint(vpc, tables=[world.table_of(vpc)], prefix_list=addresses)
    return world


def firewalled() -> World:
    """A public host (eni-1) whose default route is the firewall endpoint vpce-1, whose subnet leads to igw-1."""
    world = World()
    vpc = world.vpc("10.0.0.0/16")
    inner, outer = world.subnet(vpc), world.subnet(vpc)
    world.interface(inner, groups=[world.group(vpc)], public="203.0.113.5")
    endpoint = world.endpoint(vpc, "firewall", "GatewayLoadBalancer", subnets=[outer])
    world.table(vpc, [route("0.0.0.0/0", endpoint)], [inner])
    world.table(vpc, [route("0.0.0.0/0", world.igw(vpc))], [outer])
    return world


def appliance() -> World:
    """A host (eni-1) whose default route is the appliance eni-2, whose subnet leads to igw-1."""
    world = World()
    vpc = world.vpc("10.0.0.0/16")
    inner, outer = world.subnet(vpc), world.subnet(vpc)
    world.interface(inner, groups=[world.group(vpc)])
    middle = world.interface(outer, groups=[world.group(vpc, [ANYONE])], check=False, public="203.0.113.5")
    world.instance(middle)
    world.table(vpc, [route("0.0.0.0/0", middle)], [inner])
    world.table(vpc, [route("0.0.0.0/0", world.igw(vpc))], [outer])
    return world


def balanced(kind: str = "network") -> World:
    """An internet-facing load balancer lb-1 on port 80 in subnet-1, and its target i-1 (eni-1, port 8080) in subnet-2."""
    world = World()
    vpc = world.vpc("10.0.0.0/16")
    front, back = world.subnet(vpc), world.subnet(vpc)
    world.table(vpc, [route("0.0.0.0/0", world.igw(vpc))], [front])
    target = world.instance(world.interface(back, groups=[world.group(vpc, [rule("tcp", 8080, "0.0.0.0/0")])]))
    protocol = "TCP" if kind == "network" else "HTTP"
    group = world.target_group(vpc, target, port=8080, protocol=protocol)
    groups = [world.group(vpc, [rule("tcp", 80, "0.0.0.0/0")])]
    world.balancer([front], [listener(80, protocol, group)], kind=kind, groups=groups, public=["203.0.113.80"])
    return world


BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/lb-1/0lb-1"
NOTHING_IN = [entry(100, egress=True)]
