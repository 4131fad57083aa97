"""Random networks of plans in which some values are not known, and what they may turn out to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auditctl.planned.things import (
    AclEntry,
    ElasticIp,
    Listener,
    LoadBalancer,
    NatGateway,
    NetworkAcl,
    Origin,
    Peering,
    Route,
    TargetGroup,
    TransitAttachment,
    TransitGateway,
    TransitTable,
)
from planned.networks import ACCOUNT, ANYWHERE, REGION, Plan, rule

if TYPE_CHECKING:
    from random import Random

SUBNETS = tuple(f"subnet-<aws_subnet.s{i}.id>" for i in range(4))
GROUPS = tuple(f"sg-<aws_security_group.g{i}.id>" for i in range(3))
VPCS = tuple(f"vpc-<aws_vpc.v{i}.id>" for i in range(2))
INSTANCES = tuple(f"i-<aws_instance.i{i}.id>" for i in range(3))
GATEWAY, NAT, PEERING = "igw-<aws_internet_gateway.main.id>", "nat-<aws_nat_gateway.n.id>", "pcx-<p.id>"
TRANSIT, TABLE = "tgw-<aws_ec2_transit_gateway.t.id>", "tgw-rtb-<aws_ec2_transit_gateway.t.table>"
ATTACHMENTS = tuple(f"tgw-attach-<attachment.{i}.id>" for i in range(2))
BLOCKS = (ANYWHERE, ANYWHERE, "10.0.0.0/16", "10.1.0.0/16")
# Each value that may be unknown: the kind of its marker, and what it may be.
VALUES: dict[str, tuple[str, tuple[Any, ...]]] = {
    **{f"i{i}.subnet": ("text", SUBNETS) for i in range(3)},
    **{f"i{i}.groups": ("list", GROUPS) for i in range(3)},
    **{f"i{i}.public": ("flag", (True, False)) for i in range(3)},
    **{f"i{i}.checks": ("flag", (True, False)) for i in range(3)},
    **{f"g{i}.protocol": ("text", ("tcp", "-1")) for i in range(3)},
    **{f"g{i}.port": ("number", (22, 443)) for i in range(3)},
    **{f"g{i}.block": ("block", BLOCKS) for i in range(3)},
    **{f"g{i}.peer": ("text", GROUPS) for i in range(3)},
    **{f"g{i}.out": ("block", BLOCKS) for i in range(3)},
    "acl.number": ("number", (50, 150)),
    "acl.action": ("text", ("allow", "deny")),
    "acl.block": ("block", BLOCKS),
    "acl.port": ("number", (22, 443)),
    "acl.subnet": ("text", SUBNETS[:2]),
    "table.destination": ("block", (ANYWHERE, "10.1.0.0/16")),
    "table.target": ("text", (GATEWAY, NAT, PEERING, TRANSIT)),
    "table.subnet": ("text", SUBNETS[:2]),
    "main.destination": ("block", (ANYWHERE, "10.1.0.0/16")),
    "main.target": ("text", (GATEWAY, NAT, PEERING, TRANSIT)),
    "s1.block": ("block", ("10.0.1.0/24", "10.0.7.0/24")),
    "gateway.vpc": ("text", VPCS),
    "eip.instance": ("text", INSTANCES),
    "nat.subnet": ("text", SUBNETS[:2]),
    "lb.subnet": ("text", SUBNETS),
    "lb.groups": ("list", GROUPS),
    "lb.port": ("number", (22, 443)),
    "lb.target": ("text", INSTANCES),
    "lb.target_port": ("number", (22, 443)),
    "tgw.vpc": ("text", VPCS[1:]),
    "tgw.destination": ("block", ("10.1.0.0/16", "10.0.0.0/8")),
    "tgw.target": ("text", ATTACHMENTS),
}


def random_values(random: Random) -> dict[str, Any]:
    return {name: random.choice(choices) for name, (_, choices) in VALUES.items()}


def plan_of(values: dict[str, Any], unknown: frozenset[str] = frozenset()) -> Plan:
    """The network with these values, and markers in the place of those that are not known."""
    plan = Plan()

    def get(name: str) -> Any:
        kind, choices = VALUES[name]
        return plan.unknown(name, kind, example=choices[0]) if name in unknown else values[name]

    vpcs = [plan.vpc(f"10.{i}.0.0/16", name=f"v{i}") for i in range(2)]
    plan.gateway(get("gateway.vpc"))
    plan.add(Peering, "p", id="pcx-", vpc=vpcs[0], peer_vpc=vpcs[1])
    for i in range(4):
        block = get("s1.block") if i == 1 else f"10.{i // 2}.{i % 2}.0/24"
        plan.subnet(vpcs[i // 2], f"s{i}", block, zone=f"{REGION}a")
    plan.add(NatGateway, "aws_nat_gateway.n", id="nat-", subnet=get("nat.subnet"))
    for i in range(3):
        own = rule(get(f"g{i}.protocol"), get(f"g{i}.port"), blocks=(get(f"g{i}.block"),))
        other = rule("tcp", 22, groups=(get(f"g{i}.peer"),))
        plan.group(vpcs[0], f"g{i}", own, other, egress=(rule("-1", None, blocks=(get(f"g{i}.out"),)),))
    for i in range(3):
        made = {"public": get(f"i{i}.public"), "checks": get(f"i{i}.checks")}
        plan.instance(f"i{i}", get(f"i{i}.subnet"), get(f"i{i}.groups"), **made)
    plan.table(vpcs[0], "main", (get("main.destination"), get("main.target")), is_main=True)
    plan.table(vpcs[0], "t", (get("table.destination"), get("table.target")), subnets=(get("table.subnet"),))
    plan.add(
        NetworkAcl, "aws_network_acl.a", id="acl-", vpc=vpcs[0], subnets=(get("acl.subnet"),), entries=_entries(get)
    )
    _balance(plan, get)
    _connect(plan, get)
    plan.add(ElasticIp, "aws_eip.e", id="eipalloc-", instance=get("eip.instance"))
    return plan


def _balance(plan: Plan, get: Any) -> None:
    """A network load balancer before an instance."""
    origin, start = Origin(address="aws_lb.n"), f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"
    group = f"{start}:targetgroup/n/1"
    made: dict[str, Any] = {"protocol": "TCP", "vpc": VPCS[0], "targets": ((get("lb.target"), None),)}
    plan.add(
        TargetGroup, "aws_lb_target_group.n", arn=group, name="n", kind="instance", port=get("lb.target_port"), **made
    )
    listener = Listener(arn=f"{start}:l/n", protocol="TCP", port=get("lb.port"), groups=(group,), origin=origin)
    made = {"kind": "network", "is_internet_facing": True, "subnets": (get("lb.subnet"),), "listeners": (listener,)}
    plan.add(
        LoadBalancer, "aws_lb.n", arn=f"{start}:loadbalancer/net/n/1", name="n", groups=(get("lb.groups"),), **made
    )


def _connect(plan: Plan, get: Any) -> None:
    """A transit gateway with a route besides those of its attachments."""
    plan.draft.unknown("aws_ec2_transit_gateway.t.table", "name")
    plan.add(TransitGateway, "aws_ec2_transit_gateway.t", id="tgw-", table=TABLE)
    for i, vpc in enumerate((VPCS[0], get("tgw.vpc"))):
        subnets = (SUBNETS[0 if i == 0 else 2],)
        plan.add(TransitAttachment, f"attachment.{i}", id="tgw-attach-", gateway=TRANSIT, vpc=vpc, subnets=subnets)
    route = Route(destination=get("tgw.destination"), target=get("tgw.target"), origin=Origin(address="r"))
    plan.add(TransitTable, "t", id=TABLE, gateway=TRANSIT, routes=(route,))


def _entries(get: Any) -> tuple[AclEntry, ...]:
    everything: dict[str, Any] = {"low": None, "high": None, "protocol": "-1", "origin": Origin(address="acl")}
    found = []
    for is_egress in (True, False):
        own = {"number": get("acl.number"), "action": get("acl.action"), "block": get("acl.block"), "protocol": "tcp"}
        port = {} if is_egress else {"low": get("acl.port"), "high": get("acl.port")}
        found.append(AclEntry(**{**everything, **own, **port, "is_egress": is_egress}))
        found.append(AclEntry(**everything, number=100, is_egress=is_egress, action="allow", block=ANYWHERE))
    return tuple(found)


def random_flow(random: Random) -> dict[str, Any]:
    """From the internet or an instance to another one, or out."""
    start, end = random.sample([*({"instance": [i]} for i in INSTANCES), "internet"], 2)
    port = random.choice([{}, {"protocol": ["tcp"], "port": ["22"]}, {"protocol": ["tcp"], "port": ["443"]}])
    return {"from": [start], "to": [end], **port}
