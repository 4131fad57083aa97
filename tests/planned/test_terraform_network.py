"""Networks of Terraform plans: real plans of two configurations, and single resources as `terraform show` has them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from auditctl.planned.given import Given
from auditctl.planned.terraform import read
from auditctl.planned.terraform.network import HARMLESS, READ, in_vpc, network_things
from auditctl.planned.terraform.network_services import PLACED
from auditctl.planned.terraform.reading import read_plan
from auditctl.planned.things import (
    AclEntry,
    Database,
    Instance,
    Interface,
    NetworkAcl,
    Peering,
    RouteTable,
    Rule,
    SecurityGroup,
    Subnet,
    Thing,
    Unmodelled,
    Vpc,
    VpnGateway,
)
from checkers.cloud.inventory import Inventory
from checkers.cloud.snapshot import Snapshot
from network.flow_worlds import HOLDS, INCONCLUSIVE, VIOLATED, outcome
from planned.terraform_plans import OWN, REGION, Ref, Unknown, plan_of, resource

if TYPE_CHECKING:
    from auditctl.planned.draft import Draft

PLANS = Path(__file__).parents[1] / "data" / "terraform"
GIVEN = Given(account=OWN, region=REGION)
Json = Any


@cache
def draft_of(name: str) -> Draft:
    """The snapshot of a real plan."""
    return read((PLANS / name / "plan.json").read_bytes(), "plan.json", GIVEN)


@cache
def inventory_of(name: str) -> Inventory:
    return Inventory(Snapshot(draft_of(name).files()))


def things_of(*resources: Json) -> list[Any]:
    """The things of networks that a small plan has."""
    plan = read_plan(json.dumps(plan_of(*resources)).encode(), "plan.json", GIVEN)
    return [*network_things(plan)]


def the(type_: type[Thing], *resources: Json) -> Any:
    """The only thing of a type."""
    (found,) = [t for t in things_of(*resources) if isinstance(t, type_)]
    return found


def vpc(name: str = "main") -> Json:
    """A VPC; what comes with it is known after the apply."""
    made = resource(f"aws_vpc.{name}", cidr_block="10.0.0.0/16")
    comes = ("security_group_id", "network_acl_id", "route_table_id")
    made["row"]["change"]["after_unknown"] |= {f"default_{name}": True for name in comes} | {
        "main_route_table_id": True
    }
    return made


def at(prefix: str, address: str) -> str:
    """The id that AWS makes for a resource."""
    return f"{prefix}<{address}.id>"


# A whole configuration.


def to(instance: str, **more: Json) -> Json:
    return {"from": ["internet"], "to": [{"instance": [f"i-<{instance}>"]}], **more}


def test_a_whole_network_has_every_thing_and_nothing_that_is_open() -> None:
    export = inventory_of("network").network.export
    assert [p.reason for p in export.problems] == []
    counts = {name: len(getattr(export, name)) for name in ("vpcs", "subnets", "groups", "acls", "tables", "nats")}
    assert counts == {"vpcs": 2, "subnets": 5, "groups": 6, "acls": 3, "tables": 4, "nats": 1}
    kinds = sorted(i.type for i in export.interfaces.values())
    assert kinds == sorted(
        ["interface"] * 8 + ["nat_gateway", "vpc_endpoint", "vpc_endpoint"] + ["transit_gateway"] * 2
    )
    (balancer,) = export.balancers.values()
    assert len(balancer.interfaces) == 2
    assert [len(g.targets or ()) for g in export.target_groups.values()] == [2]


@pytest.mark.parametrize(
    ("flow", "expected"),
    [
        (to("aws_autoscaling_group.web.instance-0"), VIOLATED),
        (to("aws_autoscaling_group.web.instance-0", not_through=["load-balancer"]), HOLDS),
        (to("aws_instance.other.id"), HOLDS),
        # Which address may log in is known after the apply.
        (to("aws_instance.bastion.id", protocol=["tcp"], port=["22"]), VIOLATED),
        (to("aws_instance.bastion.id", protocol=["tcp"], port=["80"]), HOLDS),
        (to("aws_instance.bastion.id", protocol=["tcp"], port=["3389"]), VIOLATED),
        ({"from": ["internet"], "to": [{"type": ["database"]}]}, HOLDS),
        (
            {"from": [{"instance": ["i-<aws_autoscaling_group.web.instance-1>"]}], "to": [{"type": ["database"]}]},
            VIOLATED,
        ),
        ({"from": [{"instance": ["i-<aws_instance.bastion.id>"]}], "to": [{"type": ["database"]}]}, HOLDS),
    ],
)
def test_flows_of_a_whole_network(flow: Json, expected: Any) -> None:
    assert outcome(inventory_of("network"), flow) is expected


def test_every_rule_says_which_resource_has_it() -> None:
    found = {
        o.address for o in draft_of("network").documents[f"{OWN}/{REGION}/ec2/describe-security-groups.json"].values()
    }
    assert found >= {"aws_security_group.alb", "aws_security_group_rule.ssh", "aws_vpc_security_group_ingress_rule.web"}
    assert draft_of("network").things["i-<aws_instance.bastion.id>"].address == "aws_instance.bastion"


def test_rarer_resources_are_read_too() -> None:
    export = inventory_of("network-more").network.export
    opened = {p.id for p in export.problems if not p.id.startswith(OWN)}
    assert opened == {
        "aws_vpc.main",  # the block that AWS gives it
        "aws_subnet.six",
        "eni-<aws_instance.six.primary_network_interface_id>",
        "aws_vpc_peering_connection.away",
        "subnet-0abc1234",
        next(v for v in export.vpcs if "0abc1234" in v),
    }
    assert {b.kind for b in export.balancers.values()} == {"network", "classic"}
    main = next(t for t in export.tables.values() if t.id == "rtb-<aws_route_table.own_main.id>")
    assert main.is_main
    assert {r.target for r in main.routes} >= {"local", "igw-<aws_internet_gateway.plain.id>"}
    (firewall,) = [i for i in export.interfaces.values() if not i.checks and i.instance]
    assert firewall.groups == ("sg-<aws_security_group.fw.id>", "sg-<aws_vpc.plain.default_security_group_id>")
    descriptions = {i.description for i in export.interfaces.values()}
    assert descriptions >= {"RDSNetworkInterface", "ElastiCache", "ECS task", "Amazon EKS cluster"}


@pytest.mark.parametrize(
    ("flow", "expected"),
    [
        (to("aws_instance.fw.id", protocol=["icmp"]), VIOLATED),
        (
            to("aws_instance.fw.id", protocol=["tcp"], port=["22"]),
            VIOLATED,
        ),  # by the default group, to which a rule came
        (to("aws_instance.fw.id", protocol=["tcp"], port=["23"]), INCONCLUSIVE),  # its source/destination check is off
        (to("aws_instance.elsewhere.id"), INCONCLUSIVE),
        (to("aws_autoscaling_group.spot.instance-0"), VIOLATED),
    ],
)
def test_flows_of_rarer_resources(flow: Json, expected: Any) -> None:
    assert outcome(inventory_of("network-more"), flow) is expected


# Single resources.


def test_a_group_without_egress_lets_nothing_out() -> None:
    group = the(SecurityGroup, vpc(), resource("aws_security_group.web", name="web", vpc_id=Ref("aws_vpc.main.id")))
    assert (group.vpc, group.ingress, group.egress) == (at("vpc-", "aws_vpc.main"), (), ())


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"protocol": "-1", "from_port": 0, "to_port": 0, "self": True}, ("-1", None, None)),
        ({"protocol": "all", "from_port": 0, "to_port": 0, "self": True}, ("-1", None, None)),
        ({"protocol": "TCP", "from_port": 22, "to_port": 23, "self": True}, ("tcp", 22, 23)),
        ({"protocol": "icmp", "from_port": 8, "to_port": -1, "self": True}, ("icmp", 8, -1)),
    ],
)
def test_rules_of_a_group(values: Json, expected: tuple[Any, ...]) -> None:
    group = the(SecurityGroup, resource("aws_security_group.web", name="web", ingress=[values]))
    (rule,) = group.ingress
    assert (rule.protocol, rule.low, rule.high) == expected
    assert rule.groups == (group.id,)
    assert rule.origin.attribute == "ingress[0]"


def rules(*resources: Json) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    group = the(SecurityGroup, resource("aws_security_group.web", name="web"), *resources)
    return group.ingress, group.egress


def test_rules_that_are_resources_of_their_own() -> None:
    of: Json = {"security_group_id": Ref("aws_security_group.web.id"), "from_port": 80, "to_port": 80}
    ingress, egress = rules(
        resource("aws_security_group_rule.a", type="ingress", protocol="tcp", cidr_blocks=["10.0.0.0/8"], **of),
        resource("aws_security_group_rule.b", type="egress", protocol="tcp", ipv6_cidr_blocks=["::/0"], **of),
        resource("aws_vpc_security_group_ingress_rule.c", ip_protocol="udp", cidr_ipv6="2001:db8::/32", **of),
        resource("aws_vpc_security_group_egress_rule.d", ip_protocol="-1", prefix_list_id="pl-0abc", **of),
    )
    assert [(r.protocol, r.blocks) for r in ingress] == [("tcp", ("10.0.0.0/8",)), ("udp", ("2001:db8::/32",))]
    assert [(r.protocol, r.blocks, r.prefix_lists) for r in egress] == [
        ("tcp", ("::/0",), ()),
        ("-1", (), ("pl-0abc",)),
    ]


def test_a_rule_of_a_group_that_is_not_known_may_be_in_any() -> None:
    group = Unknown("local.group")
    both = [resource(f"aws_security_group.{name}", name=name) for name in ("web", "other")]
    found = things_of(
        *both,
        resource("aws_security_group_rule.a", type="ingress", protocol="tcp", security_group_id=group),
        resource("aws_vpc_security_group_egress_rule.b", ip_protocol="tcp", security_group_id=group),
        resource(
            "aws_security_group_rule.c", type=group, protocol="tcp", security_group_id=Ref("aws_security_group.web.id")
        ),
    )
    protocols = {
        g.name: [sorted(r.protocol.rpartition(".")[2] for r in rules) for rules in (g.ingress, g.egress)]
        for g in found
        if isinstance(g, SecurityGroup)
    }
    assert protocols == {"web": [["security_group_id>", "type>"]] * 2, "other": [["security_group_id>"]] * 2}


def test_an_entry_of_an_acl_that_is_not_known_may_be_in_any() -> None:
    rule = resource("aws_network_acl_rule.b", rule_number=7, network_acl_id=Unknown("local.acl"))
    acls = [
        t
        for t in things_of(vpc(), resource("aws_network_acl.a"), resource("aws_network_acl.c"), rule)
        if isinstance(t, NetworkAcl)
    ]
    assert [t.entries[-1].number for t in acls] == ["<aws_network_acl_rule.b.network_acl_id>"] * 3


def test_a_route_of_a_table_that_is_not_known_may_be_in_any() -> None:
    route = resource("aws_route.r", destination_cidr_block="0.0.0.0/0", route_table_id=Unknown("local.table"))
    tables = [
        t
        for t in things_of(vpc(), resource("aws_route_table.t"), resource("aws_route_table.u"), route)
        if isinstance(t, RouteTable)
    ]
    assert [t.routes[-1].destination for t in tables] == ["<aws_route.r.route_table_id>"] * 3


def test_a_group_given_to_an_interface_that_is_not_known_may_be_at_any() -> None:
    given = resource(
        "aws_network_interface_sg_attachment.g", security_group_id="sg-0abc", network_interface_id=Unknown("local.eni")
    )
    web = resource("aws_instance.web", vpc_security_group_ids=["sg-0def"])
    both = [resource(f"aws_network_interface.{n}", subnet_id="subnet-0abc") for n in "ef"]
    assert the(Instance, web, *both, given).groups == (
        "sg-0def",
        "<aws_network_interface_sg_attachment.g.network_interface_id>",
    )


def test_a_part_of_something_that_is_not_known_leaves_every_vpc_open() -> None:
    attachment = resource(
        "aws_internet_gateway_attachment.a", vpc_id=Ref("aws_vpc.main.id"), internet_gateway_id=Unknown("local.gateway")
    )
    assert the(Unmodelled, vpc(), attachment).vpc == "*"


def test_a_rule_of_the_default_group_comes_besides_those_it_has() -> None:
    rule = resource(
        "aws_security_group_rule.a",
        type="ingress",
        protocol="tcp",
        from_port=22,
        to_port=22,
        cidr_blocks=["0.0.0.0/0"],
        security_group_id=Ref("aws_vpc.main.default_security_group_id"),
    )
    group = the(SecurityGroup, vpc(), rule)
    assert group.is_default
    assert [r.protocol for r in group.ingress] == ["-1", "tcp"]


def test_a_default_group_that_is_planned_has_the_rules_that_are_written() -> None:
    group = the(SecurityGroup, vpc(), resource("aws_default_security_group.d", vpc_id=Ref("aws_vpc.main.id")))
    assert (group.is_default, group.ingress, group.egress) == (True, (), ())


def acl_entries(*resources: Json) -> tuple[AclEntry, ...]:
    found: NetworkAcl = the(NetworkAcl, vpc(), *resources)
    return found.entries


def test_entries_of_a_network_acl() -> None:
    inline = {
        "rule_no": 5,
        "action": "deny",
        "protocol": "6",
        "cidr_block": "10.0.0.0/8",
        "from_port": 22,
        "to_port": 22,
    }
    acl = resource("aws_network_acl.a", vpc_id=Ref("aws_vpc.main.id"), ingress=[inline])
    apart = resource(
        "aws_network_acl_rule.b",
        network_acl_id=Ref("aws_network_acl.a.id"),
        rule_number=7,
        egress=True,
        protocol="icmp",
        rule_action="allow",
        ipv6_cidr_block="::/0",
        icmp_type="8",
        icmp_code="-1",
    )
    entries = acl_entries(acl, apart)
    assert [(e.number, e.is_egress, e.action, e.protocol, e.low, e.high, e.block) for e in entries] == [
        (5, False, "deny", "6", 22, 22, "10.0.0.0/8"),
        (7, True, "allow", "icmp", 8, -1, "::/0"),
    ]


def test_a_default_network_acl_is_of_the_vpc_that_it_comes_with() -> None:
    own = resource("aws_default_network_acl.d", default_network_acl_id=Ref("aws_vpc.main.default_network_acl_id"))
    acl = the(NetworkAcl, vpc(), own)
    assert (acl.vpc, acl.is_default, acl.entries) == (at("vpc-", "aws_vpc.main"), True, ())


def test_a_route_of_the_main_table_that_comes_with_a_vpc() -> None:
    gateway = resource("aws_internet_gateway.g", vpc_id=Ref("aws_vpc.main.id"))
    route = resource(
        "aws_route.r",
        route_table_id=Ref("aws_vpc.main.main_route_table_id"),
        destination_cidr_block="0.0.0.0/0",
        gateway_id=Ref("aws_internet_gateway.g.id"),
    )
    table = the(RouteTable, vpc(), gateway, route)
    assert (table.is_main, table.vpc) == (True, at("vpc-", "aws_vpc.main"))
    assert [(r.destination, r.target) for r in table.routes] == [("0.0.0.0/0", at("igw-", "aws_internet_gateway.g"))]


@pytest.mark.parametrize(
    ("values", "expected"),
    [({"auto_accept": True}, True), ({}, False), ({"auto_accept": False}, False)],
)
def test_a_peering_is_active_where_the_plan_accepts_it(values: Json, expected: bool) -> None:
    own = resource(
        "aws_vpc_peering_connection.p", vpc_id=Ref("aws_vpc.main.id"), peer_vpc_id=Ref("aws_vpc.other.id"), **values
    )
    found = things_of(vpc(), vpc("other"), own)
    assert [t.is_active for t in found if isinstance(t, Peering)] == [expected]
    opened = [at("vpc-", "aws_vpc.main"), at("vpc-", "aws_vpc.other")]  # the other side may accept
    assert [t.vpc for t in found if isinstance(t, Unmodelled)] == ([] if expected else opened)


def test_a_gateway_that_exists_already_can_be_attached() -> None:
    attachment = resource("aws_vpn_gateway_attachment.a", vpc_id=Ref("aws_vpc.main.id"), vpn_gateway_id="vgw-0abc")
    found = the(VpnGateway, vpc(), attachment)
    assert (found.id, found.vpc) == ("vgw-0abc", at("vpc-", "aws_vpc.main"))


def test_a_vpc_and_subnet_that_data_sources_found_exist_already() -> None:
    found = things_of(
        resource("data.aws_vpc.main", mode="data", actions=("read",), id="vpc-0abc", cidr_block="10.0.0.0/16"),
        resource(
            "data.aws_subnet.a",
            mode="data",
            actions=("read",),
            id="subnet-0abc",
            vpc_id="vpc-0abc",
            cidr_block="10.0.1.0/24",
            availability_zone="eu-west-1a",
            map_public_ip_on_launch=True,
        ),
    )
    (known,) = [t for t in found if isinstance(t, Vpc)]
    (subnet,) = [t for t in found if isinstance(t, Subnet)]
    assert (known.exists, known.blocks) == (True, ("10.0.0.0/16",))
    assert (subnet.exists, subnet.vpc, subnet.blocks, subnet.public) == (True, "vpc-0abc", ("10.0.1.0/24",), True)


def test_an_address_that_a_vpc_gets_from_a_pool_is_unknown() -> None:
    own = resource("aws_vpc.main", cidr_block=Unknown(), ipv4_ipam_pool_id="ipam-pool-0abc", ipv4_netmask_length=16)
    assert the(Vpc, own).blocks == ("<aws_vpc.main.cidr_block>",)


def test_an_instance_has_what_its_launch_template_says() -> None:
    template = resource(
        "aws_launch_template.t",
        name="t",
        id="lt-0abc",
        vpc_security_group_ids=["sg-0abc"],
        iam_instance_profile=[{"name": "web"}],
        tag_specifications=[{"resource_type": "instance", "tags": {"role": "web"}}],
    )
    web = resource("aws_instance.web", subnet_id="subnet-0abc", launch_template=[{"name": "t"}])
    found = the(Instance, template, web)
    assert (found.groups, found.profile, found.tags) == (("sg-0abc",), "web", {"role": "web"})


def test_an_instance_of_a_launch_template_outside_the_plan_is_open() -> None:
    web = resource("aws_instance.web", subnet_id="subnet-0abc", launch_template=[{"id": "lt-0abc"}])
    found = things_of(web)
    assert [t.vpc for t in found if isinstance(t, Unmodelled)] == ["*"]
    assert [t.groups for t in found if isinstance(t, Instance)] == [("<aws_instance.web.vpc_security_group_ids>",)]


def test_an_interface_is_attached_by_a_resource_of_its_own() -> None:
    eni = resource("aws_network_interface.e", subnet_id="subnet-0abc", source_dest_check=False, ipv6_address_count=1)
    web = resource("aws_instance.web", subnet_id="subnet-0abc")
    tie = resource(
        "aws_network_interface_attachment.t",
        instance_id=Ref("aws_instance.web.id"),
        network_interface_id=Ref("aws_network_interface.e.id"),
        device_index=1,
    )
    found = the(Interface, eni, web, tie)
    assert (found.instance, found.device, found.checks) == (at("i-", "aws_instance.web"), 1, False)
    assert found.v6 == ("<aws_network_interface.e.ipv6_addresses>",)


def test_an_instance_that_is_there_already_keeps_its_addresses() -> None:
    web = resource(
        "aws_instance.web",
        actions=("no-op",),
        id="i-0abc",
        subnet_id="subnet-0abc",
        private_ip="10.0.0.9",
        public_ip="192.0.2.9",
        primary_network_interface_id="eni-0abc",
        vpc_security_group_ids=["sg-0abc"],
    )
    found = the(Instance, web)
    assert (found.id, found.private_ip, found.public_ip, found.primary) == (
        "i-0abc",
        "10.0.0.9",
        "192.0.2.9",
        "eni-0abc",
    )


def test_a_database_is_in_the_subnets_of_its_group() -> None:
    group = resource("aws_db_subnet_group.g", name="g", subnet_ids=["subnet-0abc", "subnet-0def"])
    own = resource("aws_db_instance.d", db_subnet_group_name="g", publicly_accessible=True)
    found = the(Database, group, own)
    assert (found.subnets, found.is_public) == (("subnet-0abc", "subnet-0def"), True)


def test_a_cluster_of_eks_has_a_group_of_its_own() -> None:
    found = things_of(
        vpc(),
        resource("aws_subnet.a", vpc_id=Ref("aws_vpc.main.id"), cidr_block="10.0.0.0/24"),
        resource("aws_eks_cluster.k", name="k", vpc_config=[{"subnet_ids": [Ref("aws_subnet.a.id")]}]),
    )
    (group,) = [t for t in found if isinstance(t, SecurityGroup)]
    assert [t.groups for t in found if isinstance(t, Database)] == [(group.id,)]
    assert (group.vpc, group.ingress[0].groups) == (at("vpc-", "aws_vpc.main"), (group.id,))


@pytest.mark.parametrize(
    ("address", "values", "expected"),
    [
        ("aws_eks_cluster.k", {"vpc_config": [{"subnet_ids": ["subnet-0abc"]}]}, ""),  # it has interfaces
        ("aws_glue_job.j", {}, ""),
        ("aws_odd_thing.x", {"vpc_id": "vpc-0abc"}, "vpc-0abc"),
        ("aws_odd_thing.x", {"vpc_id": Unknown()}, "*"),
        ("aws_odd_thing.x", {"subnet_ids": ["subnet-0abc"]}, "*"),
        ("aws_odd_thing.x", {"vpc_config": [{"subnet_ids": ["subnet-0abc"]}]}, "*"),
        ("aws_ec2_client_vpn_endpoint.v", {}, "*"),
        ("aws_vpn_connection.v", {"vpn_gateway_id": "vgw-0abc"}, ""),
        ("aws_vpn_connection.v", {"transit_gateway_id": "tgw-0abc"}, "*"),
    ],
)
def test_which_vpcs_a_type_that_is_not_read_leaves_open(address: str, values: Json, expected: str) -> None:
    plan = read_plan(json.dumps(plan_of(resource(address, **values))).encode(), "plan.json", GIVEN)
    (found,) = plan.of(address.partition(".")[0])
    assert in_vpc(found) == expected


def test_no_type_is_both_read_and_left_out() -> None:
    assert not READ & HARMLESS
    assert not READ & PLACED
