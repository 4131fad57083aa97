"""Parts of Terraform plans that open networks and are easily passed over."""

from __future__ import annotations

import json
from typing import Any

import pytest

from auditctl.planned.given import Given
from auditctl.planned.terraform.network import in_vpc, network_things
from auditctl.planned.terraform.reading import read_plan
from auditctl.planned.things import Database, NetworkAcl, Unmodelled, Vpc
from planned.terraform_plans import OWN, REGION, Ref, Unknown, plan_of, resource

Json = Any
GIVEN = Given(account=OWN, region=REGION)
VPC, SUBNET, GROUP = Ref("aws_vpc.main.id"), Ref("aws_subnet.a.id"), Ref("aws_security_group.g.id")


def things_of(*resources: Json) -> list[Any]:
    """The things of networks that a small plan has, beside a VPC, a subnet and a security group."""
    base = (
        resource("aws_vpc.main", cidr_block="10.0.0.0/16"),
        resource("aws_subnet.a", vpc_id=VPC, cidr_block="10.0.0.0/24"),
        resource("aws_security_group.g", vpc_id=VPC, name="g"),
    )
    plan = read_plan(json.dumps(plan_of(*base, *resources)).encode(), "plan.json", GIVEN)
    return [*network_things(plan)]


def reasons(found: list[Any]) -> list[str]:
    return [t.reason for t in found if isinstance(t, Unmodelled)]


@pytest.mark.parametrize(
    ("address", "values", "expected"),
    [
        ("aws_batch_compute_environment.x", {"compute_resources": [{"subnets": [SUBNET]}]}, "*"),
        ("aws_cloudfront_vpc_origin.x", {}, "*"),
        ("aws_db_proxy.x", {"vpc_subnet_ids": [SUBNET]}, "*"),
        ("aws_dms_replication_instance.x", {"replication_subnet_group_id": "there"}, "*"),
        ("aws_emr_cluster.x", {"ec2_attributes": [{"subnet_id": SUBNET}]}, "*"),
        ("aws_redshift_cluster.x", {"cluster_subnet_group_name": "there"}, "*"),
        ("aws_redshift_cluster.x", {"vpc_security_group_ids": [GROUP]}, "*"),
        ("aws_odd_thing.x", {"outer": [{"inner": [{"vpc_id": "vpc-0abc"}]}]}, "vpc-0abc"),
        ("aws_odd_thing.x", {"vpc": [{"vpc_id": "vpc-0abc"}, {"vpc_id": "vpc-0def"}]}, "*"),
        ("aws_odd_thing.x", {"tags": {"subnet": "a"}}, ""),
    ],
)
def test_what_is_in_subnets_anywhere_in_a_resource_leaves_networks_open(
    address: str, values: Json, expected: str
) -> None:
    plan = read_plan(json.dumps(plan_of(resource(address, **values))).encode(), "plan.json", GIVEN)
    (found,) = plan.of(address.partition(".")[0])
    assert in_vpc(found) == expected


@pytest.mark.parametrize(("access", "expected"), [("SERVICE_PROVIDED_EIPS", True), ("DISABLED", False), (None, False)])
def test_brokers_with_public_addresses(access: str | None, expected: object) -> None:
    more = {"connectivity_info": [{"public_access": [{"type": access}]}]} if access else {}
    info = {"client_subnets": [SUBNET], "security_groups": [GROUP], **more}
    found = things_of(resource("aws_msk_cluster.k", broker_node_group_info=[info]))
    assert [t.is_public for t in found if isinstance(t, Database)] == [expected]


def test_public_access_of_brokers_that_is_not_known() -> None:
    info = {"client_subnets": [SUBNET], "connectivity_info": [{"public_access": [{"type": Unknown()}]}]}
    (broker,) = [
        t for t in things_of(resource("aws_msk_cluster.k", broker_node_group_info=[info])) if isinstance(t, Database)
    ]
    assert isinstance(broker.is_public, str)


@pytest.mark.parametrize(
    ("values", "count"),
    [({"db_cluster_instance_class": "db.r6gd.xlarge"}, 1), ({"engine_mode": "serverless"}, 1), ({}, 0)],
)
def test_a_cluster_of_databases_without_instances_of_their_own(values: Json, count: int) -> None:
    found = things_of(
        resource("aws_db_subnet_group.d", name="d", subnet_ids=[SUBNET]),
        resource(
            "aws_rds_cluster.c", db_subnet_group_name="d", vpc_security_group_ids=[GROUP], engine="mysql", **values
        ),
    )
    made = [t for t in found if isinstance(t, Database)]
    assert len(made) == count
    assert all(t.subnets == ("subnet-<aws_subnet.a.id>",) for t in made)
    assert [isinstance(t.is_public, str) for t in made] == ["db_cluster_instance_class" in values] * count


@pytest.mark.parametrize(
    "override", [[{"launch_template_specification": [{"launch_template_id": "lt-0b"}]}], Unknown()]
)
def test_an_auto_scaling_group_with_another_launch_template(override: Json) -> None:
    first = [{"launch_template_specification": [{"launch_template_name": "one"}], "override": override}]
    found = things_of(
        resource("aws_launch_template.one", name="one", vpc_security_group_ids=[GROUP]),
        resource(
            "aws_autoscaling_group.g", vpc_zone_identifier=[SUBNET], mixed_instances_policy=[{"launch_template": first}]
        ),
    )
    assert any("override" in reason for reason in reasons(found))


def test_an_auto_scaling_group_of_which_no_launch_template_is_known() -> None:
    group = resource("aws_autoscaling_group.g", vpc_zone_identifier=[SUBNET], mixed_instances_policy=Unknown())
    assert any("is not in the plan" in reason for reason in reasons(things_of(group)))


@pytest.mark.parametrize(
    ("address", "values"),
    [
        ("aws_route_table_association.x", {"route_table_id": "rtb-0abc", "subnet_id": SUBNET}),
        ("aws_route.x", {"route_table_id": "rtb-0abc", "destination_cidr_block": "0.0.0.0/0", "gateway_id": "igw-0a"}),
        ("aws_network_acl_rule.x", {"network_acl_id": "acl-0abc", "rule_number": 1, "rule_action": "allow"}),
        ("aws_network_acl_association.x", {"network_acl_id": "acl-0abc", "subnet_id": SUBNET}),
    ],
)
def test_what_is_of_a_table_or_acl_elsewhere_leaves_vpcs_open_that_were_there(address: str, values: Json) -> None:
    kept = resource("aws_vpc.old", actions=("no-op",), id="vpc-0abc", cidr_block="10.1.0.0/16")
    left = [t for t in things_of(kept, resource(address, **values)) if isinstance(t, Unmodelled)]
    assert [t.vpc for t in left] == ["vpc-0abc"]
    assert reasons(things_of(resource(address, **values))) == []


def test_a_tag_that_is_a_resource_of_its_own() -> None:
    tag = resource("aws_ec2_tag.t", resource_id=VPC, key="role", value="management")
    (found,) = [t for t in things_of(tag) if isinstance(t, Vpc)]
    assert found.tags == {"role": "management"}


@pytest.mark.parametrize(("egress", "expected"), [(Unknown("var.way"), "<"), (True, "7"), (False, "7")])
def test_an_entry_of_which_it_is_not_known_which_way_it_is_for(egress: Json, expected: str) -> None:
    acl = resource("aws_network_acl.a", vpc_id=VPC)
    own = {"rule_number": 7, "rule_action": "deny", "protocol": "-1", "cidr_block": "10.0.0.0/8", "egress": egress}
    found = things_of(acl, resource("aws_network_acl_rule.r", network_acl_id=Ref("aws_network_acl.a.id"), **own))
    (entries,) = (t.entries for t in found if isinstance(t, NetworkAcl) and not t.is_default)
    assert [str(e.number)[0] for e in entries] == [expected]
