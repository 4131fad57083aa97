"""The networks of plans as raw answers, and what the checker makes of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from auditctl.audit import audit, claims_of
from auditctl.controls.load import load_controls
from auditctl.planned.things import (
    AclEntry,
    ClassicBalancer,
    ClassicListener,
    Database,
    ElasticIp,
    Endpoint,
    Function,
    Instance,
    Interface,
    NatGateway,
    NetworkAcl,
    Origin,
    Peering,
    Policy,
    PrefixList,
    Route,
    TransitAttachment,
    TransitGateway,
    TransitTable,
    Unmodelled,
    Vpc,
)
from checkers.cloud.control import parse_control
from network.flow_worlds import HOLDS, INCONCLUSIVE, VIOLATED, outcome
from planned.networks import ACCOUNT, ANYWHERE, REGION, Plan, rule, shop

if TYPE_CHECKING:
    from checkers.cloud.inventory import Inventory
    from checkers.cloud.network.model import Export

POLICIES = Path(__file__).parents[2] / "policies"
EC2 = f"{ACCOUNT}/{REGION}/ec2"
SSH = {"protocol": ["tcp"], "port": ["22"]}
Json = Any


def policy_outcomes(inventory: Inventory, *names: str) -> dict[str, str]:
    """The outcomes of controls of the library, each with a proof that the checker accepts."""
    controls = [parse_control(c.document, c.id) for c in load_controls([POLICIES / f"{n}.yaml" for n in names])]
    results = [*audit(claims_of(controls, inventory), inventory)]
    assert [r.refused for r in results if r.refused] == []
    return {f"{r.claim.control.id} {r.claim.target.id}": r.outcome.value for r in results}


def reasons(export: Export) -> list[str]:
    return [p.reason for p in export.problems]


def reached(plan: Plan, instance: str, **more: Json) -> Any:
    """Whether an instance is reached from the internet."""
    flow = {"from": ["internet"], "to": [{"instance": [instance]}], **more}
    return outcome(plan.inventory(), flow)


def lone(*ingress: Any, **more: Any) -> tuple[Plan, str, str]:
    """A plan with a VPC, an internet gateway that its main table leads to, and one public instance; it and its VPC."""
    plan = Plan()
    vpc = plan.vpc()
    plan.table(vpc, "main", (ANYWHERE, plan.gateway(vpc)), is_main=True)
    subnet = plan.subnet(vpc, "front", "10.0.0.0/24", public=True)
    group = plan.group(vpc, "web", *(ingress or (rule("tcp", 443, ANYWHERE),)))
    return plan, plan.instance("web", subnet, group, **more), vpc


# The whole.


def test_controls_of_the_library_are_decided_for_a_plan() -> None:
    names = ("vpc-ssh-outside-bastions", "load-balancer-internet-ports", "subnet-private-internet", "vpc-icmp-internet")
    found = policy_outcomes(shop().inventory(), *names)
    assert sorted(found.values()) == ["holds", "holds", "holds", "violated"]
    assert found[next(n for n in found if n.startswith("vpc-ssh"))] == "violated"
    assert reasons(shop().export()) == []


def test_a_public_address_in_a_private_subnet_violates() -> None:
    found = policy_outcomes(shop(web_public=True).inventory(), "subnet-private-internet")
    assert [*found.values()] == ["holds"]  # its table leads to a NAT gateway, and packets do not come in through one
    plan, _, _ = lone()
    plan.change("aws_subnet.front", tags={"tier": "private"})
    assert [*policy_outcomes(plan.inventory(), "subnet-private-internet").values()] == ["violated"]


def test_a_place_without_things_has_empty_lists() -> None:
    files = Plan().files()
    assert f"{EC2}/describe-instances.json" in files
    assert b'"Reservations": []' in files[f"{EC2}/describe-instances.json"]()


# What AWS makes with a VPC.


def test_a_vpc_comes_with_a_group_an_acl_and_a_main_table() -> None:
    plan = Plan()
    vpc = plan.vpc("10.0.0.0/16", "10.1.0.0/16")
    export = plan.export()
    (group,), (acl,), (table,) = export.groups.values(), export.acls.values(), export.tables.values()
    assert group.id == "sg-<aws_vpc.main.default_security_group_id>"
    assert [r.label for r in group.ingress] == [f"all from {group.id}"]
    assert [r.label for r in group.egress] == ["all to 0.0.0.0/0"]
    assert (acl.is_default, acl.ingress[0].allows, acl.egress[0].allows) == (True, True, True)
    assert (table.is_main, table.vpc) == (True, vpc)
    assert [(r.text, r.target) for r in table.routes] == [("10.0.0.0/16", "local"), ("10.1.0.0/16", "local")]


def test_what_is_planned_replaces_what_comes_with_a_vpc() -> None:
    plan = Plan()
    vpc = plan.vpc()
    own = plan.group(vpc, "default", is_default=True, egress=())
    plan.add(NetworkAcl, "aws_default_network_acl.closed", id="acl-", vpc=vpc, is_default=True)
    table = plan.table(vpc, "main", is_main=True)
    plan.instance("web", plan.subnet(vpc, "a", "10.0.0.0/24"))
    export = plan.export()
    assert [*export.groups] == [own]
    assert [len(a.ingress) for a in export.acls.values()] == [1]  # the terminal entry
    assert [*export.tables] == [table]
    assert [i.groups for i in export.interfaces.values()] == [(own,)]


# Addresses.


def test_addresses_are_free_ones_of_the_subnet_and_none_that_is_written() -> None:
    plan = Plan()
    vpc = plan.vpc()
    subnet = plan.subnet(vpc, "a", "10.0.0.0/28")
    plan.instance("one", subnet, private_ip="10.0.0.4")
    plan.instance("two", subnet)
    plan.instance("three", subnet)
    plan.export()
    found = {n: (u["example"], u["within"]) for n, u in plan.draft.unknowns.items() if u["kind"] == "address"}
    assert found == {
        "aws_instance.two.private_ip": ("10.0.0.5", ["10.0.0.0/28"]),
        "aws_instance.three.private_ip": ("10.0.0.6", ["10.0.0.0/28"]),
    }


def test_a_subnet_whose_addresses_are_used_up_leaves_its_vpc_open() -> None:
    plan = Plan()
    subnet = plan.subnet(plan.vpc(), "a", "10.0.0.0/29")
    for number in range(4):
        plan.instance(f"n{number}", subnet)
    assert "whose addresses are used up" in reasons(plan.export())[0]


@pytest.mark.parametrize(
    ("subnet_public", "public", "expected"),
    [(False, None, HOLDS), (True, None, VIOLATED), (True, False, HOLDS), (False, True, VIOLATED)],
)
def test_an_instance_has_a_public_address_as_it_says_or_its_subnet(
    subnet_public: bool,
    public: bool | None,
    expected: Any,
) -> None:
    plan, web, _ = lone(public=public)
    plan.change("aws_subnet.front", public=subnet_public)
    assert reached(plan, web) is expected


def test_whether_an_instance_is_public_may_not_be_known() -> None:
    plan, _, vpc = lone(public=False)
    flag = plan.unknown("aws_instance.late.associate_public_ip_address", "flag", example=True)
    subnet = plan.thing("aws_subnet.front").id
    late = plan.instance("late", subnet, plan.group(vpc, "late", rule("tcp", 443, ANYWHERE)), public=flag)
    assert reached(plan, late) is INCONCLUSIVE


def test_elastic_addresses_are_at_instances_interfaces_and_nat_gateways() -> None:
    plan, web, _ = lone(public=False)
    subnet = plan.thing("aws_subnet.front").id
    eni = plan.add(Interface, "aws_network_interface.two", id="eni-", subnet=subnet, instance=web, device=1)
    plan.add(ElasticIp, "aws_eip.web", id="eipalloc-", instance=web)
    plan.add(ElasticIp, "aws_eip.two", id="eipalloc-", interface=eni, public_ip="192.0.2.9")
    plan.add(NatGateway, "aws_nat_gateway.main", id="nat-", subnet=subnet)
    export = plan.export()
    assert [len(one.mapped) for one in export.interfaces.values()] == [1, 1, 1]
    assert [m.interface for one in export.nats.values() for m in one.mapped] == [
        "eni-<aws_nat_gateway.main.network_interface_id>"
    ]
    assert {i.is_primary for i in export.interfaces.values() if i.instance} == {True, False}
    assert [u["example"] for n, u in plan.draft.unknowns.items() if n.endswith("public_ip")] == [
        "203.0.113.1",
        "203.0.113.2",
    ]


# Interfaces of services.


def test_services_have_interfaces_of_their_own_types() -> None:
    plan = shop()
    back = plan.thing("aws_subnet.back")
    plan.add(Function, "aws_lambda_function.f", name="f", role="", subnets=(back.id,), groups=())
    plan.add(Database, "aws_db_instance.db", id="db", subnets=(back.id,), description="RDSNetworkInterface")
    plan.add(ClassicBalancer, "aws_elb.old", name="old", is_internet_facing=False, subnets=(back.id,))
    export = plan.export()
    assert sorted(i.type for i in export.interfaces.values()) == sorted(
        ["interface"] * 6 + ["nat_gateway", "lambda", "vpc_endpoint"]
    )
    assert {b.name: len(b.interfaces) for b in export.balancers.values()} == {"shop": 2, "old": 1}
    assert reasons(export) == []


def test_a_load_balancer_hands_on_to_its_targets() -> None:
    plan = shop()
    web = plan.thing("aws_instance.web").id
    assert reached(plan, web) is VIOLATED
    assert reached(shop(), web, not_through=["load-balancer"]) is HOLDS


def test_a_classic_balancer_forwards_to_its_instances() -> None:
    plan, web, vpc = lone(rule("tcp", 8080, "10.0.0.0/16"), public=False)
    subnet = plan.thing("aws_subnet.front").id
    origin = Origin(address="aws_elb.old")
    listener = ClassicListener(protocol="TCP", port=80, instance_port=8080, origin=origin)
    plan.add(
        ClassicBalancer,
        origin.address,
        name="old",
        is_internet_facing=True,
        subnets=(subnet,),
        groups=(plan.group(vpc, "elb", rule("tcp", 80, ANYWHERE)),),
        listeners=(listener,),
        instances=(web,),
    )
    assert reached(plan, web) is VIOLATED


# Routes, endpoints, peering, transit gateways.


def test_a_gateway_endpoint_puts_a_route_into_its_tables() -> None:
    export = shop().export()
    targets = {r.target: r.destination for t in export.tables.values() for r in t.routes}
    assert targets["vpce-<aws_vpc_endpoint.s3.id>"] is None  # what the list has is nowhere in a plan
    policies = {e.id: e.policy for e in shop().inventory().endpoints}
    assert policies == {}  # nothing is restricted


def test_the_policy_of_an_endpoint_may_not_be_known() -> None:
    plan = Plan()
    policy = Policy(document=None, origin=Origin(address="p"), unknown="aws_vpc_endpoint.s3.policy")
    service = f"com.amazonaws.{REGION}.s3"
    plan.add(
        Endpoint, "aws_vpc_endpoint.s3", id="vpce-", kind="Gateway", service=service, vpc=plan.vpc(), policy=policy
    )
    (endpoint,) = plan.inventory().endpoints
    assert endpoint.policy.problem
    path = f"{EC2}/describe-vpc-endpoints.json"
    assert plan.draft.documents[path]["$.VpcEndpoints[0].PolicyDocument"].address == "p"


@pytest.mark.parametrize("is_active", [True, False])
def test_only_an_active_peering_connects(is_active: bool) -> None:
    plan = Plan()
    one, two = plan.vpc(), plan.vpc("10.1.0.0/16", name="other")
    plan.add(Peering, "aws_vpc_peering_connection.p", id="pcx-", vpc=one, peer_vpc=two, is_active=is_active)
    assert [p.accepter for p in plan.export().peerings.values()] == [two] * is_active


def hub(**gateway: Any) -> tuple[Plan, str]:
    """Two VPCs, each with an instance, attached to one transit gateway; its default table."""
    plan = Plan()
    table = plan.id("tgw-rtb-", "aws_ec2_transit_gateway.hub.default")
    tgw = plan.add(TransitGateway, "aws_ec2_transit_gateway.hub", id="tgw-", table=table, **gateway)
    for number, name in enumerate(("left", "right")):
        vpc = plan.vpc(f"10.{number}.0.0/16", name=name)
        subnet = plan.subnet(vpc, name, f"10.{number}.0.0/24")
        plan.table(vpc, name, ("10.0.0.0/8", tgw), subnets=(subnet,))
        group = plan.group(vpc, name, rule("tcp", 22, "10.0.0.0/8"))
        plan.instance(name, subnet, group)
        plan.add(TransitAttachment, f"attachment.{name}", id="tgw-attach-", gateway=tgw, vpc=vpc, subnets=(subnet,))
    return plan, table


ACROSS = {"from": [{"instance": ["i-<aws_instance.left.id>"]}], "to": [{"instance": ["i-<aws_instance.right.id>"]}]}


def test_attachments_use_the_default_table_of_their_gateway() -> None:
    plan, table = hub()
    export = plan.export()
    assert {a.table for a in export.attachments.values()} == {table}
    assert sorted(r.text for r in export.transit_tables[table].routes or ()) == ["10.0.0.0/16", "10.1.0.0/16"]
    assert outcome(hub()[0].inventory(), ACROSS | SSH) is VIOLATED


def test_without_a_default_table_nothing_is_forwarded() -> None:
    plan, _ = hub(associates=False, propagates=False)
    assert {a.table for a in plan.export().attachments.values()} == {""}
    assert outcome(hub(associates=False)[0].inventory(), ACROSS) is HOLDS


def test_a_table_of_its_own_and_its_static_routes() -> None:
    plan, _ = hub()
    left, right = (plan.id("tgw-attach-", f"attachment.{n}") for n in ("left", "right"))
    routes = (
        Route(destination="10.1.0.0/16", target=right, origin=Origin(address="r")),
        Route(destination="10.1.0.0/24", target="", origin=Origin(address="blackhole")),
    )
    tgw = plan.id("tgw-", "aws_ec2_transit_gateway.hub")
    plan.add(TransitTable, "own", id="tgw-rtb-", gateway=tgw, associations=(left,), routes=routes)
    assert outcome(plan.inventory(), ACROSS) is HOLDS


def test_a_transit_route_that_is_not_known_is_an_error_of_its_table() -> None:
    plan, _ = hub()
    left = plan.id("tgw-attach-", "attachment.left")
    route = Route(destination=plan.unknown("r.cidr", "block", "10.9.0.0/16"), target=left, origin=Origin(address="r"))
    tgw = plan.id("tgw-", "aws_ec2_transit_gateway.hub")
    plan.add(TransitTable, "own", id="tgw-rtb-", gateway=tgw, associations=(left,), routes=(route,))
    assert outcome(plan.inventory(), ACROSS) is INCONCLUSIVE


# What is not known.


def unknown_nacl(plan: Plan, vpc: str) -> None:
    number = plan.unknown("aws_network_acl.n.rule_no", "number", 100)
    entry = AclEntry(
        number=number, is_egress=False, action="allow", protocol="-1", low=None, high=None, block=ANYWHERE,
        origin=Origin(address="n"),
    )  # fmt: skip
    subnet = plan.thing("aws_subnet.front").id
    plan.add(NetworkAcl, "aws_network_acl.n", id="acl-", vpc=vpc, subnets=(subnet,), entries=(entry,))


def unknown_association(plan: Plan, vpc: str) -> None:
    subnet = plan.unknown("aws_network_acl.n.subnet_ids", "list", ["subnet-1"])
    plan.add(NetworkAcl, "aws_network_acl.n", id="acl-", vpc=vpc, subnets=(subnet,))


def unknown_table(plan: Plan, vpc: str) -> None:
    plan.table(vpc, "late", subnets=(plan.unknown("aws_route_table_association.a.subnet_id", "text", "subnet-1"),))


def unknown_route(plan: Plan, vpc: str) -> None:
    subnet = plan.thing("aws_subnet.front").id
    plan.table(vpc, "late", (ANYWHERE, plan.unknown("aws_route.r.gateway_id", "text", "igw-1")), subnets=(subnet,))


def unknown_destination(plan: Plan, vpc: str) -> None:
    subnet = plan.thing("aws_subnet.front").id
    gateway = plan.thing("aws_internet_gateway.main").id
    plan.table(vpc, "late", (plan.unknown("aws_route.r.to", "text", ANYWHERE), gateway), subnets=(subnet,))


def unmodelled(plan: Plan, vpc: str) -> None:
    plan.add(Unmodelled, "aws_odd.one", service="ec2", kind="aws_odd", vpc=vpc)


def unmodelled_anywhere(plan: Plan, _vpc: str) -> None:
    plan.add(Unmodelled, "aws_odd.one", service="ec2", kind="aws_odd", vpc="*")


def unknown_block(plan: Plan, _vpc: str) -> None:
    block = plan.unknown("aws_vpc.main.ipv6_cidr_block", "block", "2001:db8::/56")
    plan.change("aws_vpc.main", blocks=(*plan.thing("aws_vpc.main").blocks, block))


UNKNOWN = [
    unknown_nacl,
    unknown_association,
    unknown_table,
    unknown_route,
    unmodelled,
    unmodelled_anywhere,
    unknown_block,
]


@pytest.mark.parametrize("change", UNKNOWN)
def test_what_is_not_known_proves_nothing(change: Any) -> None:
    plan, web, vpc = lone(rule("tcp", 22, "10.0.0.0/16"), public=False)
    change(plan, vpc)
    to_web = {"from": ["on-premises", "internet"], "to": [{"instance": [web]}], **SSH}
    out = {"from": [{"instance": [web]}], "to": ["on-premises", "internet"]}
    inventory = plan.inventory()
    assert INCONCLUSIVE in {outcome(inventory, to_web), outcome(inventory, out)}
    assert VIOLATED not in {outcome(inventory, to_web), outcome(inventory, out)}


def test_a_route_to_a_destination_that_is_not_known_proves_nothing() -> None:
    plan, web, vpc = lone()
    out = {"from": [{"instance": [web]}], "to": ["internet"]}
    assert outcome(plan.inventory(), out) is VIOLATED
    plan, web, vpc = lone()
    unknown_destination(plan, vpc)
    assert outcome(plan.inventory(), out) is INCONCLUSIVE


@pytest.mark.parametrize("change", [unknown_nacl, unknown_association])
def test_a_filter_that_is_not_known_violates_nothing(change: Any) -> None:
    plan, web, vpc = lone()
    assert reached(plan, web) is VIOLATED
    plan, web, vpc = lone()
    change(plan, vpc)
    assert reached(plan, web) is INCONCLUSIVE


def test_interfaces_of_a_subnet_of_an_unknown_block_are_anywhere_in_their_vpc() -> None:
    plan, web, vpc = lone()
    late = plan.unknown("aws_subnet.late.cidr_block", "block", "10.0.9.0/24")
    plan.change("aws_subnet.front", blocks=(late,))
    plan.instance("two", plan.subnet(vpc, "back", "10.0.0.0/24"), private_ip="10.0.1.4")
    assert reached(plan, web) is not HOLDS
    assert reached(plan, web, protocol=["tcp"], port=["22"]) is HOLDS
    entry = plan.draft.unknowns["aws_instance.web.private_ip"]
    assert (entry["example"], entry["within"]) == ("10.0.1.5", ["10.0.0.0/16"])  # in no known subnet, and not taken


def test_an_ipv6_block_that_is_not_known_leaves_its_vpc_open() -> None:
    plan, web, vpc = lone(rule("tcp", 22, "10.0.0.0/16"))
    assert reached(plan, web) is HOLDS
    plan, web, vpc = lone(rule("tcp", 22, "::/0"))
    late = plan.unknown("aws_subnet.front.ipv6_cidr_block", "block", "2001:db8::/64")
    plan.change("aws_subnet.front", blocks=("10.0.0.0/24", late), assigns_v6=True)
    assert reached(plan, web) is INCONCLUSIVE
    found = {(p.id, p.vpcs) for p in plan.export().problems}
    assert found == {("aws_subnet.front", (vpc,)), ("eni-<aws_instance.web.primary_network_interface_id>", (vpc,))}


def test_two_load_balancers_of_one_name_have_listeners_that_are_not_known() -> None:
    plan = shop()
    one = plan.thing("aws_lb.shop")
    plan.things.append(replace(one, arn=one.arn.replace("shop/", "shop/2"), listeners=()))
    files = plan.files()
    assert f"{ACCOUNT}/{REGION}/elbv2/describe-listeners/shop.json" not in files
    assert plan.draft.errors[f"{ACCOUNT}/{REGION}/elbv2/describe-listeners/shop.json"]


def test_what_is_no_block_is_not_known() -> None:
    plan, web, _ = lone(rule("tcp", 443, "10.0.0.0/16/8"))
    assert reached(plan, web) is not HOLDS


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        ({"blocks": ("<cidr>",)}, INCONCLUSIVE),
        ({"low": "<port>", "high": "<port>", "blocks": (ANYWHERE,)}, INCONCLUSIVE),
        ({"protocol": "<protocol>", "blocks": (ANYWHERE,)}, INCONCLUSIVE),
        ({"groups": ("<group>",)}, HOLDS),  # the internet is in no group
        ({"blocks": ("10.0.0.0/8",)}, HOLDS),
    ],
)
def test_a_rule_that_is_not_known_may_let_in(late: Json, expected: Any) -> None:
    plan = Plan()
    for name, kind, example in (
        ("cidr", "block", "192.0.2.0/24"),
        ("port", "number", 22),
        ("protocol", "text", "tcp"),
        ("group", "text", "sg-1"),
    ):
        plan.unknown(name, kind, example)
    vpc = plan.vpc()
    plan.table(vpc, "main", (ANYWHERE, plan.gateway(vpc)), is_main=True)
    subnet = plan.subnet(vpc, "front", "10.0.0.0/24", public=True)
    given = rule(late.pop("protocol", "tcp"), 443, **late)
    web = plan.instance("web", subnet, plan.group(vpc, "web", given))
    found = reached(plan, web, protocol=["tcp"], port=["443"])
    assert found is expected or (expected is INCONCLUSIVE and found is not HOLDS)


def test_an_interface_whose_groups_are_not_known_may_have_any() -> None:
    plan, _, _ = lone()
    subnet = plan.thing("aws_subnet.front").id
    groups = plan.unknown("aws_instance.late.vpc_security_group_ids", "list", ["sg-1"])
    late = plan.instance("late", subnet, groups)
    assert reached(plan, late) is not HOLDS


# What exists already.


def test_what_is_in_a_subnet_that_exists_already_is_inconclusive() -> None:
    plan = Plan()
    web = plan.instance("web", "subnet-0abc", "sg-0abc", public=True)
    assert reached(plan, web) is INCONCLUSIVE
    inventory = plan.inventory()
    assert [v.blocks.is_nothing for v in inventory.network.export.vpcs.values()] == [True]
    assert {*policy_outcomes(inventory, "vpc-icmp-internet", "subnet-internet-ports").values()} == {"inconclusive"}


def test_what_exists_already_and_is_known_in_part_is_inconclusive() -> None:
    plan = Plan()
    vpc = plan.add(Vpc, "data.aws_vpc.main", id="vpc-0abc", blocks=("10.0.0.0/16",), exists=True)
    subnet = plan.subnet(vpc, "new", "10.0.9.0/24")
    web = plan.instance("web", subnet, plan.group(vpc, "web", rule("tcp", 443, ANYWHERE)), public=True)
    export = plan.export()
    assert (export.acls, export.tables) == ({}, {})
    assert reached(plan, web) is INCONCLUSIVE


def test_things_without_a_vpc_are_in_the_default_one() -> None:
    plan = Plan()
    plan.instance("web", "", plan.group("", "web", rule("tcp", 443, ANYWHERE)))
    plan.instance("two", "")
    export = plan.export()
    assert len(export.vpcs) == 1
    assert {i.vpc for i in export.interfaces.values()} == {*export.vpcs}


def test_a_reference_to_a_group_that_exists_already_is_not_stale() -> None:
    plan = Plan()
    plan.group(plan.vpc(), "web", rule("tcp", 22, "sg-0abc"))
    (label,) = [r.label for g in plan.export().groups.values() if g.name == "web" for r in g.ingress]
    assert label == "tcp 22 from sg-0abc"


# The rest.


def test_prefix_lists_with_an_unknown_entry_are_not_known() -> None:
    plan = Plan()
    known = plan.add(PrefixList, "aws_ec2_managed_prefix_list.a", id="pl-", name="a", entries=("198.51.100.0/24",))
    entry = plan.unknown("b.cidr", "block", "192.0.2.0/24")
    plan.add(PrefixList, "aws_ec2_managed_prefix_list.b", id="pl-", name="b", entries=(entry,))
    assert [*plan.export().prefix_lists] == [known]
    assert {message for _, message in plan.draft.errors.values()} == {"b.cidr is known after apply"}


def test_each_rule_route_and_entry_says_where_it_is_written() -> None:
    plan = shop()
    plan.files()
    groups = plan.draft.documents[f"{EC2}/describe-security-groups.json"]
    assert groups["$.SecurityGroups[0].IpPermissions[0]"].address == "aws_security_group_rule.x"
    tables = plan.draft.documents[f"{EC2}/describe-route-tables.json"]
    assert tables["$.RouteTables[0].Routes[1]"].address == "aws_route_table.front"  # the first is the local one
    assert plan.draft.documents[f"{EC2}/describe-network-acls.json"]["$.NetworkAcls[0].Entries[0]"].address
    assert plan.draft.things["eni-<aws_nat_gateway.main.network_interface_id>"].address == "aws_nat_gateway.main"


def test_a_profile_that_is_not_known_is_none_that_is_listed() -> None:
    plan, web, _ = lone(profile="<late>")
    plan.unknown("late", "text", "admin")
    assert isinstance(plan.things[-1], Instance)
    row = plan.files()[f"{EC2}/describe-instances.json"]().decode()
    assert "instance-profile/<late-2>" in row
    assert plan.draft.unknowns["late-2"]["kind"] == "name"
    assert web in row
