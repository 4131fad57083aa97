"""Networks of plans: things with the ids that a front end gives them, and what the checker makes of the snapshot."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from auditctl.planned.draft import Draft
from auditctl.planned.network import write_network
from auditctl.planned.things import (
    Endpoint,
    Instance,
    InternetGateway,
    Listener,
    LoadBalancer,
    NatGateway,
    Origin,
    Route,
    RouteTable,
    Rule,
    SecurityGroup,
    Subnet,
    TargetGroup,
    Thing,
    Vpc,
)
from checkers.cloud.inventory import Inventory
from checkers.cloud.snapshot import Snapshot

if TYPE_CHECKING:
    from auditctl.snapshot import Files
    from checkers.cloud.network.model import Export

ACCOUNT, REGION = "111122223333", "eu-west-1"
ANYWHERE = "0.0.0.0/0"
Json = Any


class Plan:
    """A plan that is being made: each method adds a thing and returns its id."""

    def __init__(self) -> None:
        self.draft = Draft(planned={"kind": "terraform", "file": "plan.json"})
        self.draft.add_account(ACCOUNT)
        self.things: list[Thing] = []

    def id(self, prefix: str, address: str) -> str:
        """An id that AWS makes."""
        return prefix + self.draft.unknown(f"{address}.id", "name")

    def unknown(self, attribute: str, kind: str, example: Json = None) -> str:
        return self.draft.unknown(attribute, kind, example=example)

    def add(self, type_: Any, address: str, **members: Json) -> str:
        """Any thing; `id` is a prefix of an id."""
        if "id" in members and members["id"].endswith("-"):
            members["id"] = self.id(members["id"], address)
        members = {"account": ACCOUNT, "region": REGION} | members
        made = type_(origin=Origin(address=address), **members)
        self.things.append(made)
        return str(members.get("id") or members.get("arn") or members.get("name") or "")

    def vpc(self, *blocks: str, name: str = "main", **more: Json) -> str:
        return self.add(Vpc, f"aws_vpc.{name}", **{"id": "vpc-", "blocks": blocks or ("10.0.0.0/16",), **more})

    def subnet(self, vpc: str, name: str, block: str, **more: Json) -> str:
        made = {"id": "subnet-", "vpc": vpc, "blocks": (block,), "zone": f"{REGION}a", **more}
        return self.add(Subnet, f"aws_subnet.{name}", **made)

    def gateway(self, vpc: str, **more: Json) -> str:
        return self.add(InternetGateway, "aws_internet_gateway.main", id="igw-", vpc=vpc, **more)

    def table(self, vpc: str, name: str, *routes: tuple[str, str], **more: Json) -> str:
        origin = Origin(address=f"aws_route_table.{name}")
        found = tuple(Route(destination=d, target=t, origin=origin) for d, t in routes)
        return self.add(RouteTable, origin.address, **{"id": "rtb-", "vpc": vpc, "routes": found, **more})

    def group(self, vpc: str, name: str, *ingress: Rule, **more: Json) -> str:
        out = (rule("-1", None, ANYWHERE),)
        made = {"id": "sg-", "vpc": vpc, "name": name, "ingress": ingress, "egress": out, **more}
        return self.add(SecurityGroup, f"aws_security_group.{name}", **made)

    def instance(self, name: str, subnet: str, *groups: str, **more: Json) -> str:
        return self.add(Instance, f"aws_instance.{name}", id="i-", subnet=subnet, groups=groups, **more)

    def thing(self, address: str) -> Any:
        """The thing of an address."""
        return next(t for t in self.things if t.origin.address == address)

    def change(self, address: str, **members: Json) -> None:
        """Put other members into a thing."""
        place = next(i for i, t in enumerate(self.things) if t.origin.address == address)
        self.things[place] = replace(self.thing(address), **members)

    def files(self) -> Files:
        """The files of the snapshot."""
        if not self.draft.answers:
            write_network(self.draft, self.things, [(ACCOUNT, REGION)])
        return self.draft.files()

    def inventory(self) -> Inventory:
        return Inventory(Snapshot(self.files()))

    def export(self) -> Export:
        return self.inventory().network.export


def rule(protocol: str, port: Any, *peers: str, address: str = "aws_security_group_rule.x", **more: Json) -> Rule:
    """A rule for one port, or for all; peers that are no groups are blocks."""
    blocks, groups = (tuple(p for p in peers if p.startswith("sg-") is is_group) for is_group in (False, True))
    made = {"low": port, "high": port, "blocks": blocks, "groups": groups, "origin": Origin(address=address)}
    return Rule(protocol=protocol, **{**made, **more})


def shop(*, ssh_from: str = "10.0.0.0/16", web_public: bool = False) -> Plan:
    """A web server behind a load balancer and a NAT gateway, a bastion with a public address, two endpoints."""
    plan = Plan()
    vpc = plan.vpc()
    gateway = plan.gateway(vpc)
    front = [plan.subnet(vpc, f"front-{z}", f"10.0.{i}.0/24", zone=REGION + z) for i, z in enumerate("ab")]
    back = plan.subnet(vpc, "back", "10.0.10.0/24", tags={"tier": "private"})
    nat = plan.add(NatGateway, "aws_nat_gateway.main", id="nat-", subnet=front[0])
    plan.table(vpc, "front", (ANYWHERE, gateway), subnets=tuple(front))
    private = plan.table(vpc, "back", (ANYWHERE, nat), subnets=(back,))
    outer = plan.group(vpc, "alb", rule("tcp", 443, ANYWHERE))
    inner = plan.group(vpc, "web", rule("tcp", 8080, outer), rule("tcp", 22, ssh_from))
    jump = plan.group(vpc, "bastion", rule("tcp", 22, "198.51.100.7/32"))
    web = plan.instance("web", back, inner, tags={"role": "web"}, profile="web", public=web_public)
    plan.instance("bastion", front[0], jump, tags={"role": "bastion"}, public=True)
    balance(plan, vpc, front, outer, web)
    service = f"com.amazonaws.{REGION}"
    address = "aws_vpc_endpoint"
    plan.add(Endpoint, f"{address}.s3", id="vpce-", kind="Gateway", service=f"{service}.s3", vpc=vpc, tables=(private,))
    plan.add(
        Endpoint, f"{address}.kms", id="vpce-", kind="Interface", service=f"{service}.kms", vpc=vpc, subnets=(back,)
    )
    return plan


def balance(plan: Plan, vpc: str, subnets: list[str], group: str, target: str) -> None:
    """A load balancer in front of an instance."""
    start = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"
    targets = plan.add(
        TargetGroup,
        "aws_lb_target_group.web",
        arn=f"{start}:targetgroup/web/{plan.id('', 'aws_lb_target_group.web')}",
        name="web",
        kind="instance",
        protocol="HTTP",
        port=8080,
        vpc=vpc,
        targets=((target, 8080),),
    )
    arn = f"{start}:listener/app/shop/1/{plan.id('', 'aws_lb_listener.web')}"
    origin = Origin(address="aws_lb_listener.web")
    plan.add(
        LoadBalancer,
        "aws_lb.shop",
        arn=f"{start}:loadbalancer/app/shop/{plan.id('', 'aws_lb.shop')}",
        name="shop",
        kind="application",
        is_internet_facing=True,
        subnets=tuple(subnets),
        groups=(group,),
        listeners=(Listener(arn=arn, protocol="HTTPS", port=443, groups=(targets,), origin=origin),),
    )
