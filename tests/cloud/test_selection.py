"""What the entries of a flow control select."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from checkers.cloud.control import parse_control
from checkers.cloud.network import selection as module
from checkers.cloud.network.header import PUBLIC, addresses
from checkers.cloud.network.selection import Selection, select
from checkers.cloud.targets import Target, all_targets, targets_of
from checkers.kernel.intervals import EVERYTHING, NOTHING, IntervalSet, difference, intersection, join
from cloud.setting import inventory_of
from network.world import OTHER, OWN, REGION, World

if TYPE_CHECKING:
    from checkers.cloud.inventory import Inventory

FAR = "us-east-1"


def world() -> World:
    """Two VPCs in two accounts and a third one in another region."""
    w = World()
    w.vpc("10.1.0.0/16", tags={"env": "prod", "Name": "shop*"})
    w.vpc("10.2.0.0/16", account=OTHER, tags={"env": "dev"})
    w.vpc("10.3.0.0/16", region=FAR)
    w.subnet("vpc-1", tags={"tier": "web"})
    w.subnet("vpc-2", tags={"tier": "web"})
    w.subnet("vpc-3")
    w.subnet("vpc-1")
    w.group("vpc-1", tags={"team": "red", "env": "prod"}, GroupName="clients")
    w.group("vpc-1", tags={"team": "blue"})
    w.group("vpc-2")
    w.interface("subnet-1", "10.1.0.20", "10.1.0.21", groups=["sg-1"], public="203.0.113.1", tags={"role": "web"})
    w.interface("subnet-1", "10.1.0.22", groups=["sg-1", "sg-2"], Description="RDSNetworkInterface")
    w.interface("subnet-2", "10.2.0.10", groups=["sg-3"], kind="lambda")
    w.interface("subnet-3", "10.3.0.10", tags={"role": "database", "own": "yes"})
    w.instance(w.interface("subnet-4", "10.1.1.10", groups=["sg-2"]), tags={"role": "web", "Name": "one"})
    w.balancer(["subnet-1"], kind="application", groups=["sg-1"], name="front")
    w.endpoint("vpc-1", "s3", id="vpce-s3")
    w.endpoint("vpc-2", "s3", id="vpce-far")
    w.endpoint("vpc-1", "sqs", "Interface", subnets=["subnet-4"], groups=["sg-1"], id="vpce-sqs")
    return w


@pytest.fixture(scope="module")
def inventory() -> Inventory:
    return world().inventory()


HOST = "eni-5"  # of the instance
BALANCER = "eni-front-subnet-1"
ENDPOINT = "eni-vpce-sqs-0"
FIRST = ["eni-1", "eni-2", HOST, BALANCER, ENDPOINT]  # of the first VPC
ALL = sorted([*FIRST, "eni-3", "eni-4"])


def target_of(inventory: Inventory, kind: str = "network", id_: str = "network") -> Target:
    return next(t for t in all_targets(kind, inventory) if t.id == id_)


def chosen(
    inventory: Inventory, *entries: Any, but: Any = (), target: tuple[str, str] = ("network", "network"), **more: Any
) -> Selection:
    """What a control selects as its source."""
    value = {
        "format": "auditctl-control/1",
        "id": "asked",
        "title": "asked",
        "for_each": target[0],
        "forbid": {"flow": {"from": list(entries), "not_from": list(but)}},
    }
    flow = parse_control(value, "c").flow
    assert flow is not None
    return select(flow.source, flow.not_source, target_of(inventory, *target), inventory.network.export, **more)


def ids(found: Selection) -> list[str]:
    return sorted(found.interfaces)


ENTRIES = [
    ("snapshot", ALL),
    ("target", ALL),
    ({"account": [OTHER]}, ["eni-3"]),
    ({"account": ["4*"]}, ["eni-3"]),
    ({"region": [FAR]}, ["eni-4"]),
    ({"vpc": ["vpc-1"]}, FIRST),
    ({"vpc": ["vpc-?"]}, ALL),
    ({"vpc": ["vpc-2", "vpc-3"]}, ["eni-3", "eni-4"]),
    ({"subnet": ["subnet-4"]}, [HOST, ENDPOINT]),
    ({"security_group": ["sg-2"]}, ["eni-2", HOST]),
    ({"security_group": ["clients"]}, ["eni-1", "eni-2", BALANCER, ENDPOINT]),
    ({"interface": ["eni-1", "eni-9"]}, ["eni-1"]),
    ({"instance": ["*"]}, [HOST]),
    ({"load_balancer": ["front"]}, [BALANCER]),
    ({"load_balancer": ["arn:aws:elasticloadbalancing:*:loadbalancer/app/front/*"]}, [BALANCER]),
    ({"endpoint": ["vpce-sqs"]}, [ENDPOINT]),
    ({"type": ["lambda"]}, ["eni-3"]),
    ({"type": ["database"]}, ["eni-2"]),
    ({"type": ["interface"], "vpc": ["vpc-3"]}, ["eni-4"]),
    ({"tag": {"role": ["web"]}}, ["eni-1", HOST]),
    ({"tag": {"role": ["*"], "own": ["yes"]}}, ["eni-4"]),
    ({"tag": {"role": ["web"]}, "subnet": ["subnet-1"]}, ["eni-1"]),
    ({"vpc_tag": {"env": ["dev"]}}, ["eni-3"]),
    ({"vpc_tag": {"env": ["p*"]}}, FIRST),
    ({"subnet_tag": {"tier": ["web"]}}, ["eni-1", "eni-2", "eni-3", BALANCER]),
    ({"group_tag": {"team": ["blue"]}}, ["eni-2", HOST]),
    ({"group_tag": {"team": ["blue"], "env": ["prod"]}}, []),
    ({"vpc_tag": {"env": ["prod"]}, "group_tag": {"team": ["red"]}}, ["eni-1", "eni-2", BALANCER, ENDPOINT]),
    ({"cidr": ["10.1.0.20"], "vpc": ["*"]}, ["eni-1"]),
]


@pytest.mark.parametrize(("entry", "expected"), ENTRIES, ids=str)
def test_the_interfaces_of_an_entry(inventory: Inventory, entry: Any, expected: list[str]) -> None:
    for wide in (True, False):
        found = chosen(inventory, entry, wide=wide)
        assert ids(found) == sorted(expected)
        assert (found.internet, found.outside, found.endpoints) == (NOTHING, NOTHING, frozenset())
        assert (found.unknown, found.doubts, found.problem) == ((), (), "")


def test_interfaces_have_all_of_their_addresses(inventory: Inventory) -> None:
    found = chosen(inventory, "snapshot")
    assert found.interfaces["eni-1"] == addresses(["10.1.0.20", "10.1.0.21"])


TARGETS = [
    (("interface", "eni-2"), ["eni-2"]),
    (("instance", "i-1"), [HOST]),
    (("vpc", "vpc-2"), ["eni-3"]),
    (("subnet", "subnet-4"), [HOST, ENDPOINT]),
    (("security-group", "sg-2"), ["eni-2", HOST]),
    (("load-balancer", f"arn:aws:elasticloadbalancing:{REGION}:{OWN}:loadbalancer/app/front/0front"), [BALANCER]),
    (("account", OTHER), ["eni-3"]),
    (("network", "network"), ALL),
]


@pytest.mark.parametrize(("target", "expected"), TARGETS, ids=str)
def test_the_interfaces_of_a_target(inventory: Inventory, target: tuple[str, str], expected: list[str]) -> None:
    found = chosen(inventory, "target", target=target)
    assert ids(found) == sorted(expected)
    assert found.unknown == ()


def test_a_target_without_interfaces_is_empty_and_no_mistake(inventory: Inventory) -> None:
    w = world()
    w.vpc("10.9.0.0/16", id="vpc-empty")
    found = chosen(w.inventory(), "target", target=("vpc", "vpc-empty"))
    assert (ids(found), found.nothing, found.unknown) == ([], (), ())


def test_entries_name_the_target(inventory: Inventory) -> None:
    target = ("interface", "eni-2")
    assert ids(chosen(inventory, {"vpc": ["${target.vpc}"]}, but=["target"], target=target)) == sorted(
        {*FIRST} - {"eni-2"}
    )
    assert ids(chosen(inventory, {"interface": ["${target.id}"]}, target=("interface", "eni-3"))) == ["eni-3"]
    assert ids(chosen(inventory, {"tag": {"role": ["${target.id}"]}}, target=target)) == []


def test_the_name_of_a_target_is_no_glob(inventory: Inventory) -> None:
    w = world()
    w.vpc("10.8.0.0/16", tags={"Name": "shopping"})
    w.interface(w.subnet("vpc-4"), id="eni-shopping")
    found = chosen(w.inventory(), {"vpc_tag": {"Name": ["${target.name}"]}}, target=("vpc", "vpc-1"))
    assert ids(found) == sorted(FIRST)


# Outside.


def test_the_internet_is_every_public_address(inventory: Inventory) -> None:
    found = chosen(inventory, "internet")
    assert (found.interfaces, found.internet, found.outside) == ({}, PUBLIC, NOTHING)


def test_on_premises_is_every_address_outside(inventory: Inventory) -> None:
    found = chosen(inventory, "on-premises")
    assert (found.interfaces, found.internet, found.outside) == ({}, NOTHING, EVERYTHING)


def test_addresses_alone_are_everywhere(inventory: Inventory) -> None:
    wanted = addresses(["10.1.0.21", "198.51.100.0/24"])
    found = chosen(inventory, {"cidr": ["10.1.0.21", "198.51.100.0/24"]})
    assert found.interfaces == {"eni-1": addresses(["10.1.0.21"])}
    assert (found.internet, found.outside) == (addresses(["198.51.100.0/24"]), wanted)
    assert found.internet == intersection(PUBLIC, wanted)
    assert found.nothing == ()


def test_a_public_address_is_that_of_its_interface(inventory: Inventory) -> None:
    assert chosen(inventory, {"cidr": ["203.0.113.0/24"]}).interfaces == {"eni-1": addresses(["10.1.0.20"])}


def test_several_entries_are_joined(inventory: Inventory) -> None:
    found = chosen(inventory, {"cidr": ["10.1.0.20"]}, {"cidr": ["10.1.0.21"]}, "internet", {"vpc": ["vpc-2"]})
    assert ids(found) == ["eni-1", "eni-3"]
    assert found.interfaces["eni-1"] == addresses(["10.1.0.20", "10.1.0.21"])
    assert (found.internet, found.outside) == (PUBLIC, addresses(["10.1.0.20", "10.1.0.21"]))


# What is left out.

LEFT: list[tuple[Any, list[str], IntervalSet, IntervalSet]] = [
    ("internet", ALL, NOTHING, EVERYTHING),
    ("on-premises", ALL, PUBLIC, NOTHING),
    ("snapshot", [], PUBLIC, EVERYTHING),
    ({"vpc": ["vpc-1"]}, ["eni-3", "eni-4"], PUBLIC, EVERYTHING),
    ({"vpc": []}, ALL, PUBLIC, EVERYTHING),
    ({"tag": {"role": []}}, ALL, PUBLIC, EVERYTHING),
    ({"cidr": []}, ALL, PUBLIC, EVERYTHING),
    (
        {"cidr": ["198.51.100.0/24"]},
        ALL,
        difference(PUBLIC, addresses(["198.51.100.0/24"])),
        difference(EVERYTHING, addresses(["198.51.100.0/24"])),
    ),
    ({"cidr": ["10.2.0.0/16"]}, sorted({*ALL} - {"eni-3"}), PUBLIC, difference(EVERYTHING, addresses(["10.2.0.0/16"]))),
]


@pytest.mark.parametrize(
    ("entry", "expected", "internet", "outside"), LEFT, ids=lambda v: str(v) if isinstance(v, dict | str) else ""
)
def test_what_is_left_out(
    inventory: Inventory, entry: Any, expected: list[str], internet: IntervalSet, outside: IntervalSet
) -> None:
    found = chosen(inventory, "snapshot", "internet", "on-premises", but=[entry])
    assert (ids(found), found.internet, found.outside) == (expected, internet, outside)
    assert found.nothing == ()


def test_some_addresses_of_an_interface_are_left_out(inventory: Inventory) -> None:
    found = chosen(inventory, "snapshot", but=[{"cidr": ["10.1.0.21"]}])
    assert found.interfaces["eni-1"] == addresses(["10.1.0.20"])


# Gateway endpoints.

GATEWAYS: list[tuple[Any, list[str]]] = [
    ({"endpoint": ["*"]}, ["vpce-far", "vpce-s3"]),
    ({"endpoint": ["vpce-s3", "vpce-9"]}, ["vpce-s3"]),
    ({"endpoint": ["*"], "account": [OTHER]}, ["vpce-far"]),
    ({"endpoint": ["*"], "vpc": ["vpc-1"], "region": [REGION]}, ["vpce-s3"]),
    ({"endpoint": ["*"], "vpc_tag": {"env": ["dev"]}}, ["vpce-far"]),
    ({"endpoint": ["*"], "subnet": ["*"]}, []),
    ({"endpoint": ["*"], "tag": {"a": ["*"]}}, []),
    ({"endpoint": ["*"], "cidr": ["10.0.0.0/8"]}, []),
    ({"vpc": ["*"]}, []),
    ("snapshot", []),
]


@pytest.mark.parametrize(("entry", "expected"), GATEWAYS, ids=str)
def test_the_gateway_endpoints_of_an_entry(inventory: Inventory, entry: Any, expected: list[str]) -> None:
    assert sorted(chosen(inventory, entry).endpoints) == expected


def test_a_gateway_endpoint_is_left_out(inventory: Inventory) -> None:
    found = chosen(inventory, {"endpoint": ["*"]}, but=[{"endpoint": ["vpce-s3"]}])
    assert found.endpoints == {"vpce-far"}


# Nothing.

NOTHING_FOUND = [
    ({"vpc": ["vpc-9"]}, "VPC vpc-9"),
    ({"tag": {"role": ["x", "y"]}, "vpc": ["vpc-1"]}, "VPC vpc-1 with tag role = x or y"),
    ({"security_group": ["sg-9"], "cidr": ["10.0.0.0/8"]}, "security group sg-9 with address 10.0.0.0/8"),
]


@pytest.mark.parametrize(("entry", "words"), NOTHING_FOUND, ids=str)
def test_an_entry_that_matches_nothing_is_told(inventory: Inventory, entry: Any, words: str) -> None:
    found = chosen(inventory, entry, "internet", but=[entry])
    assert (ids(found), found.nothing) == ([], (words,))


# What is not known.


def without(w: World, path: str) -> Inventory:
    """The inventory of a world of which one file was refused."""
    files = w.files()
    del files[path]
    files["snapshot.json"]["errors"].append({"path": path, "code": "AccessDenied", "message": ""})
    return inventory_of(files)


INSTANCES = f"{OWN}/{REGION}/ec2/describe-instances.json"


def test_tags_of_instances_that_are_not_known() -> None:
    inventory = without(world(), INSTANCES)
    wide, narrow = (chosen(inventory, {"tag": {"role": ["database"]}}, wide=w) for w in (True, False))
    assert (ids(wide), ids(narrow)) == (["eni-4", HOST], ["eni-4"])
    assert wide.doubts == (f"it is not known whether {HOST} match tag role = database",)
    assert (narrow.doubts, wide.unknown) == ((), ())
    wide, narrow = (chosen(inventory, "snapshot", but=[{"tag": {"role": ["web"]}}], wide=w) for w in (True, False))
    assert (HOST in wide.interfaces, HOST in narrow.interfaces) == (True, False)


def test_a_vpc_a_subnet_and_groups_that_are_not_in_the_export() -> None:
    export = world().inventory().network.export
    del export.vpcs["vpc-1"], export.subnets["subnet-4"], export.groups["sg-1"]
    found = {}
    for entry in ({"vpc_tag": {"env": ["dev"]}}, {"subnet_tag": {"tier": ["x"]}}, {"group_tag": {"team": ["x"]}}):
        for wide in (True, False):
            found[next(iter(entry)), wide] = select_in(export, entry, wide=wide)
    assert ids(found["vpc_tag", True]) == sorted([*FIRST, "eni-3"])
    assert ids(found["vpc_tag", False]) == ["eni-3"]
    assert found["vpc_tag", True].doubts == ("it is not known whether eni-1 and 4 more match VPC tag env = dev",)
    assert ids(found["subnet_tag", True]) == [HOST, ENDPOINT]
    assert ids(found["group_tag", True]) == ["eni-1", "eni-2", BALANCER, ENDPOINT]
    assert [ids(found[n, False]) for n in ("subnet_tag", "group_tag")] == [[], []]
    named = select_in(export, {"security_group": ["clients"]}, wide=True)
    assert ids(named) == ["eni-1", "eni-2", BALANCER, ENDPOINT]
    entry = {"endpoint": ["*"], "vpc_tag": {"env": ["dev"]}}
    assert [sorted(select_in(export, entry, wide=w).endpoints) for w in (True, False)] == [
        ["vpce-far", "vpce-s3"],
        ["vpce-far"],
    ]


def select_in(export: Any, entry: Any, *, wide: bool) -> Selection:
    value = {
        "format": "auditctl-control/1",
        "id": "a",
        "title": "a",
        "for_each": "network",
        "forbid": {"flow": {"from": [entry]}},
    }
    flow = parse_control(value, "c").flow
    assert flow is not None
    return select(flow.source, (), Target("network", "network", "network", ""), export, wide=wide)


INTERFACES = f"{OWN}/{REGION}/ec2/describe-network-interfaces.json"
MISSING = f"the interfaces of {OWN} in {REGION} are not known: "
REACHED: list[tuple[Any, tuple[str, str], bool]] = [
    ("snapshot", ("network", "network"), True),
    ("target", ("network", "network"), True),
    ("target", ("account", OWN), True),
    ("target", ("account", OTHER), False),
    ("target", ("vpc", "vpc-1"), True),
    ("target", ("vpc", "vpc-2"), True),
    ("target", ("vpc", "vpc-3"), False),
    ("internet", ("network", "network"), False),
    ("on-premises", ("network", "network"), False),
    ({"account": [OTHER]}, ("network", "network"), False),
    ({"account": ["1*"], "region": ["eu-*"]}, ("network", "network"), True),
    ({"region": [FAR]}, ("network", "network"), False),
    ({"vpc": ["vpc-3"]}, ("network", "network"), False),
    ({"vpc": ["vpc-3", "vpc-1"]}, ("network", "network"), True),
    ({"vpc": ["vpc-3*"]}, ("network", "network"), True),
    ({"subnet": ["subnet-unknown"]}, ("network", "network"), True),
    ({"type": ["lambda"]}, ("network", "network"), True),
]


@pytest.mark.parametrize(("entry", "target", "reached"), REACHED, ids=str)
def test_interfaces_that_could_not_be_listed(entry: Any, target: tuple[str, str], reached: bool) -> None:
    inventory = without(world(), INTERFACES)
    found = chosen(inventory, entry, target=target)
    assert [t.partition(MISSING)[1] for t in found.unknown if "interfaces of" in t] == [MISSING] * reached
    assert found.problem.startswith(MISSING) is reached
    assert chosen(inventory, entry, target=target, wide=False).problem == ""


def test_what_is_left_out_is_not_missed() -> None:
    assert chosen(without(world(), INTERFACES), "internet", but=["snapshot"]).unknown == ()


@pytest.mark.parametrize(
    ("path", "entry", "other"),
    [
        (f"{OWN}/{REGION}/elbv2/describe-load-balancers.json", {"load_balancer": ["*"]}, {"endpoint": ["*"]}),
        (f"{OWN}/{REGION}/elb/describe-load-balancers.json", {"load_balancer": ["*"]}, {"vpc": ["*"]}),
        (f"{OWN}/{REGION}/ec2/describe-vpc-endpoints.json", {"endpoint": ["*"]}, {"load_balancer": ["*"]}),
    ],
)
def test_load_balancers_and_endpoints_that_could_not_be_listed(path: str, entry: Any, other: Any) -> None:
    inventory = without(world(), path)
    assert [t.partition(":")[0] for t in chosen(inventory, entry).unknown] == [f"{path} is not known"]
    assert chosen(inventory, other).unknown == ()


def test_a_load_balancer_without_interfaces_is_not_known() -> None:
    w = world()
    w.row(BALANCER)["Description"] = "somebody else's"
    arn = TARGETS[5][0][1]
    found = chosen(w.inventory(), "target", target=("load-balancer", arn))
    assert found.unknown == (f"the interfaces of load balancer {arn} are not in the export",)


# Memory.


def test_a_selection_is_made_once(inventory: Inventory, monkeypatch: pytest.MonkeyPatch) -> None:
    first = chosen(inventory, {"vpc": ["vpc-1"]}, target=("interface", "eni-1"))
    assert chosen(inventory, {"vpc": ["vpc-1"]}, target=("interface", "eni-2")) is first
    assert chosen(inventory, {"vpc": ["vpc-1"]}, target=("interface", "eni-1"), wide=False) is not first
    assert chosen(world().inventory(), {"vpc": ["vpc-1"]}, target=("interface", "eni-1")) is not first
    monkeypatch.setattr(module, "MAX_REMEMBERED", 1)
    again = chosen(inventory, {"vpc": ["vpc-1"]}, target=("interface", "eni-1"))
    chosen(inventory, "snapshot")
    assert chosen(inventory, {"vpc": ["vpc-1"]}, target=("interface", "eni-1")) is not again


def test_the_union_of_both_sides_is_everything(inventory: Inventory) -> None:
    """What an entry selects and what it leaves of everything are all addresses."""
    for entry, _ in ENTRIES:
        taken, left = chosen(inventory, entry), chosen(inventory, "snapshot", but=[entry])
        both = {i: join(taken.interfaces.get(i, NOTHING), left.interfaces.get(i, NOTHING)) for i in ALL}
        assert both == chosen(inventory, "snapshot").interfaces


def test_targets_are_selected_by_where(inventory: Inventory) -> None:
    value = {"format": "auditctl-control/1", "id": "a", "title": "a", "for_each": "vpc", "where": {"name": ["shop?"]}}
    found = targets_of(parse_control({**value, "forbid": {"flow": {"from": ["internet"]}}}, "c"), inventory)
    assert [t.id for t in found] == ["vpc-1"]


# What only forwards.


def forwarding() -> World:
    w = world()
    w.interface("subnet-4", "10.1.1.50", kind="nat_gateway", id="eni-nat")
    w.endpoint("vpc-1", "x", "GatewayLoadBalancer", subnets=["subnet-4"], id="vpce-fw")
    return w


FORWARDERS = ["eni-nat", "eni-vpce-fw-0"]
SELECTING: list[tuple[Any, tuple[str, str], list[str]]] = [
    ("snapshot", ("network", "network"), []),
    ("target", ("network", "network"), []),
    ("target", ("vpc", "vpc-1"), []),
    ("target", ("subnet", "subnet-4"), []),
    ("target", ("account", OWN), []),
    ("target", ("interface", "eni-nat"), ["eni-nat"]),
    ({"vpc": ["vpc-1"]}, ("network", "network"), []),
    ({"vpc_tag": {"env": ["prod"]}}, ("network", "network"), []),
    ({"cidr": ["10.1.0.0/16"]}, ("network", "network"), []),
    ({"interface": ["*"]}, ("network", "network"), FORWARDERS),
    ({"type": ["nat_gateway"], "vpc": ["vpc-1"]}, ("network", "network"), ["eni-nat"]),
    ({"endpoint": ["vpce-fw"]}, ("network", "network"), ["eni-vpce-fw-0"]),
]


@pytest.mark.parametrize(("entry", "target", "expected"), SELECTING, ids=str)
def test_interfaces_that_only_forward_are_selected_by_name(
    entry: Any, target: tuple[str, str], expected: list[str]
) -> None:
    found = chosen(forwarding().inventory(), entry, target=target)
    assert [i for i in ids(found) if i in FORWARDERS] == expected
