"""The targets of controls of flows, and such controls in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from checkers.cloud.claims import Claim
from checkers.cloud.control import parse_control
from checkers.cloud.network.flow_control import FLOW_KINDS, placeholders_of
from checkers.cloud.network.listing import operation_of
from checkers.cloud.targets import Target, all_targets, targets_of
from checkers.cloud.words import OF_FLOWS, assumptions_of, claim_in_words
from cloud.setting import inventory_of, setting
from network.world import OTHER, OWN, REGION, World

if TYPE_CHECKING:
    from checkers.cloud.inventory import Inventory

BALANCER = f"arn:aws:elasticloadbalancing:{REGION}:{OWN}:loadbalancer/app/front/0front"


def world() -> World:
    w = World()
    w.vpc("10.1.0.0/16", tags={"Name": "shop"})
    w.vpc("10.2.0.0/16", account=OTHER)
    w.subnet("vpc-1", tags={"Name": "web"})
    w.subnet("vpc-2")
    w.group("vpc-1", GroupName="clients", tags={"team": "red"})
    w.interface("subnet-1", "10.1.0.20", "10.1.0.21", groups=["sg-1"], tags={"team": "red"})
    w.interface("subnet-1", "10.1.0.22", tags={"team": "blue"})
    w.interface("subnet-2")
    w.instance("eni-1", "eni-2", tags={"Name": "one", "team": "green"})
    w.balancer(["subnet-1"], kind="application", groups=["sg-1"], name="front")
    return w


def refused(*paths: str) -> Inventory:
    """The inventory of a world of which some files were refused."""
    files = world().files()
    for path in paths:
        del files[path]
        files["snapshot.json"]["errors"].append({"path": path, "code": "AccessDenied", "message": ""})
    return inventory_of(files)


@pytest.fixture(scope="module")
def inventory() -> Inventory:
    return world().inventory()


def control(kind: str, form: str = "forbid", where: Any = None, **flow: Any) -> Any:
    return parse_control(
        {
            "format": "auditctl-control/1",
            "id": "asked",
            "title": "asked",
            "for_each": kind,
            "where": where or {},
            form: {"flow": {name.removesuffix("_"): value for name, value in flow.items()} or {"from": ["internet"]}},
        },
        "c",
    )


LISTED = [
    ("vpc", [("vpc-1", "shop", OWN, "vpc-1"), ("vpc-2", "vpc-2", OTHER, "vpc-2")]),
    ("subnet", [("subnet-1", "web", OWN, "vpc-1"), ("subnet-2", "subnet-2", OTHER, "vpc-2")]),
    ("security-group", [("sg-1", "clients", OWN, "vpc-1")]),
    ("instance", [("i-1", "one", OWN, "vpc-1")]),
    (
        "interface",
        [
            ("eni-1", "one", OWN, "vpc-1"),
            ("eni-2", "one", OWN, "vpc-1"),
            ("eni-3", "eni-3", OTHER, "vpc-2"),
            ("eni-front-subnet-1", "eni-front-subnet-1", OWN, "vpc-1"),
        ],
    ),
    ("load-balancer", [(BALANCER, "front", OWN, "vpc-1")]),
    ("network", [("network", "network", "", "")]),
]


@pytest.mark.parametrize(("kind", "expected"), LISTED)
def test_every_target_of_a_kind(inventory: Inventory, kind: str, expected: list[tuple[str, ...]]) -> None:
    found = targets_of(control(kind), inventory)
    assert [(t.id, t.name, t.account, t.vpc) for t in found] == expected
    assert not any(t.problem for t in found)


def test_a_snapshot_without_networks_has_no_target() -> None:
    assert all_targets("network", inventory_of(setting())) == ()
    assert all_targets("vpc", inventory_of(setting())) == ()


def test_a_snapshot_whose_networks_are_not_known_has_the_whole() -> None:
    path = f"{OWN}/{REGION}/ec2/describe-vpcs.json"
    (target,) = all_targets("network", inventory_of(setting(errors={path: "AccessDenied"})))
    assert (target.id, target.problem) == ("network", "")


WHERE = [
    ("vpc", {"name": ["shop"]}, ["vpc-1"]),
    ("vpc", {"not_name": ["shop"]}, ["vpc-2"]),
    ("vpc", {"account": [OTHER]}, ["vpc-2"]),
    ("vpc", {"tag": {"Name": ["s*"]}}, ["vpc-1"]),
    ("subnet", {"not_tag": {"Name": ["*"]}}, ["subnet-2"]),
    ("security-group", {"tag": {"team": ["red"]}}, ["sg-1"]),
    ("security-group", {"name": ["default"]}, []),
    ("interface", {"tag": {"team": ["red"]}}, ["eni-1"]),
    ("interface", {"tag": {"team": ["green"]}}, []),
    ("instance", {"tag": {"team": ["green"]}}, ["i-1"]),
    ("load-balancer", {"name": ["f*"]}, [BALANCER]),
]


@pytest.mark.parametrize(("kind", "where", "expected"), WHERE)
def test_targets_are_selected_by(inventory: Inventory, kind: str, where: Any, expected: list[str]) -> None:
    found = targets_of(control(kind, where=where), inventory)
    assert [t.id for t in found] == expected
    assert not any(t.problem for t in found)


def test_the_tags_of_a_load_balancer_are_not_known(inventory: Inventory) -> None:
    (target,) = targets_of(control("load-balancer", where={"tag": {"team": ["red"]}}), inventory)
    assert target.problem == "its tags are not known"


EC2 = f"{OWN}/{REGION}/ec2/describe-"
UNKNOWN = [
    ("vpc", f"{EC2}vpcs.json"),
    ("subnet", f"{EC2}subnets.json"),
    ("security-group", f"{EC2}security-groups.json"),
    ("interface", f"{EC2}network-interfaces.json"),
    ("instance", f"{EC2}network-interfaces.json"),
    ("load-balancer", f"{OWN}/{REGION}/elb/describe-load-balancers.json"),
]


@pytest.mark.parametrize(("kind", "path"), UNKNOWN)
def test_targets_of_a_list_that_could_not_be_read_are_one_of_their_own(kind: str, path: str) -> None:
    found = [t for t in targets_of(control(kind, where={"name": ["x"]}), refused(path)) if t.problem]
    assert [t.id for t in found] == [f"{OWN}:{kind}:{REGION}"]
    assert found[0].problem.startswith(f"the {kind} targets of {OWN} are not known: ")
    assert targets_of(control(kind, where={"account": ["9*"]}), refused(path)) == ()


def test_two_lists_of_load_balancers_that_could_not_be_read_are_one_target() -> None:
    paths = [f"{OWN}/{REGION}/{service}/describe-load-balancers.json" for service in ("elb", "elbv2")]
    assert [t.id for t in all_targets("load-balancer", refused(*paths))] == [f"{OWN}:load-balancer:{REGION}"]


@pytest.mark.parametrize("kind", ["interface", "instance"])
def test_tags_of_instances_that_are_not_known(kind: str) -> None:
    inventory = refused(f"{EC2}instances.json")
    first = {"interface": ["eni-1", "eni-2"], "instance": ["i-1"]}[kind]
    assert [t.id for t in targets_of(control(kind, where={"account": [OWN]}), inventory) if t.problem] == []
    for where in ({"name": ["x"]}, {"not_name": ["*"]}):
        found = {t.id: t.problem for t in targets_of(control(kind, where=where), inventory)}
        assert found == dict.fromkeys(first, "its name is not known")
    found = {t.id: t.problem for t in targets_of(control(kind, where={"tag": {"team": ["red"]}}), inventory)}
    assert found == dict.fromkeys(first, "its tags are not known")


@pytest.mark.parametrize("kind", FLOW_KINDS)
def test_what_placeholders_stand_for(inventory: Inventory, kind: str) -> None:
    values = all_targets(kind, inventory)[0].placeholders()
    assert tuple(sorted(values)) == placeholders_of(kind)
    assert values["target.id"] == values["target.arn"]


def test_the_operation_of_a_file() -> None:
    assert operation_of(f"{EC2}vpcs.json") == "ec2/describe-vpcs"
    assert operation_of(f"{OWN}/{REGION}/elbv2/describe-rules/1.json") == "elbv2/describe-rules"


# Words.


def words(kind: str, id_: str, form: str = "forbid", **flow: Any) -> str:
    vpc = "" if kind in ("account", "network") else "vpc-1"
    return claim_in_words(Claim(control(kind, form, **flow), Target(kind, id_, "name", OWN, vpc=vpc)))


TOLD = [
    (("interface", "eni-1"), {"from_": ["internet"], "protocol": ["tcp"], "port": ["22"]}, "no packet from the internet gets to interface eni-1 (tcp 22)"),
    (("instance", "i-1"), {"to": ["internet"]}, "no packet from instance i-1 gets to the internet"),
    (("vpc", "vpc-1"), {"from_": ["on-premises"]}, "no packet from behind VPN or Direct Connect gets to VPC vpc-1"),
    (("subnet", "subnet-1"), {"from_": ["snapshot"]}, "no packet from any interface of the snapshot gets to subnet subnet-1"),
    (("security-group", "sg-1"), {"from_": ["internet"]}, "no packet from the internet gets to security group sg-1"),
    (("load-balancer", "lb"), {"from_": ["internet"]}, "no packet from the internet gets to load balancer lb"),
    (("account", OWN), {"from_": ["internet"]}, f"no packet from the internet gets to account {OWN}"),
    (("network", "network"), {"from_": ["internet"]}, "no packet from the internet gets to any interface of the snapshot"),
    (("vpc", "vpc-1"), {"from_": ["internet", "on-premises"], "not_from": ["target"], "not_to": [{"cidr": []}, {"tag": {"a": ["b"]}}]}, "no packet from the internet or behind VPN or Direct Connect, other than VPC vpc-1 gets to VPC vpc-1, other than address nothing or tag a = b"),
    (("vpc", "vpc-1"), {"from_": [{"vpc": ["${target.vpc}"], "load_balancer": ["a", "b"], "cidr": ["::/0"], "group_tag": {"x": ["${target.name}"]}}]}, "no packet from load balancer a or b with VPC vpc-1 with security group tag x = name with address ::/0 gets to VPC vpc-1"),
    (("vpc", "vpc-1"), {"to": ["internet"], "protocol": ["tcp", "udp", "icmp", "47"], "port": ["53", "80-81"], "icmp": ["8", "3/4"]}, "no packet from VPC vpc-1 gets to the internet (tcp 53, 80-81 or udp 53, 80-81 or icmp 8, 3/4 or 47)"),
    (("vpc", "vpc-1"), {"to": ["internet"], "protocol": ["6"], "through": ["nat-gateway", "igw-1"]}, "no packet from VPC vpc-1 gets to the internet (6; through a NAT gateway or igw-1)"),
    (("vpc", "vpc-1"), {"to": ["internet"], "not_through": ["firewall", "endpoint", "internet-gateway"]}, "no packet from VPC vpc-1 gets to the internet (not through a firewall or a VPC endpoint or an internet gateway)"),
    (("vpc", "vpc-1"), {"form": "require", "from_": ["snapshot"], "protocol": ["tcp"]}, "some packet from any interface of the snapshot gets to VPC vpc-1, and a reply gets back (tcp)"),
    (("load-balancer", "lb"), {"from_": ["snapshot"], "through": ["${target.id}", "peering", "vpn-gateway"]}, "no packet from any interface of the snapshot gets to load balancer lb (through lb or a peering connection or a VPN gateway)"),
]  # fmt: skip


@pytest.mark.parametrize(("target", "flow", "expected"), TOLD)
def test_a_claim_in_words(target: tuple[str, str], flow: dict[str, Any], expected: str) -> None:
    assert words(*target, **flow) == expected


def test_the_assumptions_of_a_claim() -> None:
    claim = Claim(control("vpc"), Target("vpc", "vpc-1", "", OWN, vpc="vpc-1"))
    assert assumptions_of(claim) == OF_FLOWS
