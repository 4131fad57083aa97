"""Networks in which something is not known or easily overlooked: no claim holds that AWS would break."""

from __future__ import annotations

from typing import Any

import pytest

from checkers.cloud.network.flow_control import TARGET
from checkers.cloud.network.selection import select
from checkers.cloud.targets import Target
from cloud.setting import HOLDS, INCONCLUSIVE, OTHER, OWN, VIOLATED, Files, manifest, outcome
from network.estate import control_of
from network.world import REGION, World, entry, listener, route, rule, tgw_route

EC2 = f"{OWN}/{REGION}/ec2"
ANYONE = rule("-1", "", "0.0.0.0/0", "::/0")
Json = Any


def asked(world: World | Files, source: Json, target: Json, form: str = "forbid", **flow: Json) -> str:
    """The outcome of a claim on a whole network: from here to there, each a word, an id, or the members of an entry."""
    files = world.files() if isinstance(world, World) else world
    sides = {"from": [entry_of(source)], "to": [entry_of(target)]}
    return outcome(files, control_of("network", form, flow={**sides, **flow}))


def entry_of(value: Json) -> Json:
    return {"interface": [value]} if isinstance(value, str) and value.startswith("eni-") else value


def pair(*ingress: Json, **members: Json) -> World:
    """`eni-1` in subnet-1, open, and `eni-2` in subnet-2, which admits what `ingress` says; `members` are eni-1's."""
    world = World()
    vpc = world.vpc("10.0.0.0/16")
    near, far = world.subnet(vpc, "10.0.1.0/24"), world.subnet(vpc, "10.0.2.0/24")
    world.interface(near, groups=[world.open_group(vpc)], **members)
    world.interface(far, groups=[world.group(vpc, list(ingress))])
    return world


def without(world: World, id_: str) -> World:
    """The world whose lists lack a thing."""
    for rows in world.lists.values():
        rows[:] = [r for r in rows if r is not world.rows[id_]]
    return world


# Who is selected.


def test_what_an_appliance_sends_may_have_any_source() -> None:
    world = pair(rule("tcp", 5432, "10.0.9.9/32"), check=False)
    world.row("sg-1")["IpPermissions"] = []
    assert asked(world, "eni-1", "eni-2") == INCONCLUSIVE
    assert asked(world, {"cidr": ["10.0.1.0/24"], "interface": ["eni-1"]}, "eni-2") == INCONCLUSIVE
    assert asked(pair(rule("tcp", 5432, "10.0.9.9/32")), "eni-1", "eni-2") == HOLDS


@pytest.mark.parametrize("missing", ["subnet-2", "vpc-1"])
def test_an_interface_whose_subnet_is_not_in_the_export_may_be_anything(missing: str) -> None:
    world = without(pair(), missing)
    world.row("eni-2")["Description"] = "RDSNetworkInterface"
    for entries in ({"type": ["database"]}, "eni-2", {"vpc": ["vpc-1"]}, "snapshot"):
        assert asked(world, "eni-1", entries) == INCONCLUSIVE
        assert asked(world, entries, "internet") == INCONCLUSIVE


def test_an_interface_that_was_left_out_is_not_what_an_entry_excludes() -> None:
    world = without(pair(), "subnet-2")
    for entries in ({"vpc": ["vpc-9"]}, {"account": [OTHER]}, {"interface": ["eni-3"]}):
        assert asked(world, "internet", entries) == HOLDS
    export = world.inventory().network.export
    for kind, target in (("interface", "eni-1"), ("vpc", "vpc-9"), ("account", OTHER)):
        assert not select((TARGET,), (), Target(kind, target, "", ""), export).unknown
    for kind, target in (("interface", "eni-2"), ("vpc", "vpc-1"), ("account", OWN), ("security-group", "sg-1")):
        assert select((TARGET,), (), Target(kind, target, "", ""), export).unknown


def test_a_load_balancer_without_interfaces_is_not_nothing() -> None:
    world = pair()
    group = world.target_group("vpc-1", world.address("eni-2"), kind="ip")
    world.balancer(["subnet-1"], [listener(80, "TCP", group)], name="front")
    front = {"load_balancer": ["front"]}
    assert asked(world, "internet", front) == HOLDS
    files = {p: v for p, v in world.files().items() if "/elbv2/" not in p}
    assert asked(files, "internet", front) == INCONCLUSIVE
    without(world, "eni-front-subnet-1")
    assert asked(world, "internet", front) == INCONCLUSIVE
    assert asked(world, "internet", {"load_balancer": ["back"]}) == HOLDS


def test_an_endpoint_without_interfaces_is_not_nothing() -> None:
    world = pair()
    name = world.endpoint("vpc-1", "sqs", "Interface", subnets=["subnet-2"], groups=["sg-2"])
    there = {"endpoint": [name]}
    assert asked(world, "eni-1", there) == HOLDS
    files = {p: v for p, v in world.files().items() if "endpoints" not in p}
    assert asked(files, "eni-1", there) == INCONCLUSIVE
    assert asked(without(world, f"eni-{name}-0"), "eni-1", there) == INCONCLUSIVE
    world.row(name)["NetworkInterfaceIds"] = []
    assert asked(world, "eni-1", there) == INCONCLUSIVE
    assert asked(world, "eni-1", {"endpoint": ["vpce-9"]}) == HOLDS


def shared() -> World:
    """A subnet of an account that is not in the snapshot, whose interfaces are hidden; nothing is in vpc-2."""
    world = pair(rule("tcp", 22, "10.0.0.0/16"), ANYONE)
    world.vpc("10.8.0.0/16")
    for name in ("vpc-1", "subnet-1", "subnet-2"):
        world.row(name).update({"OwnerId": OTHER, "Tags": [{"Key": "env", "Value": "prod"}]})
    return world


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ({"vpc": ["vpc-1"]}, INCONCLUSIVE),
        ({"vpc": ["vpc-*"], "region": [REGION]}, INCONCLUSIVE),
        ({"vpc_tag": {"env": ["prod"]}}, INCONCLUSIVE),
        ({"tag": {"env": ["prod"]}}, INCONCLUSIVE),
        ("snapshot", INCONCLUSIVE),
        ("target", INCONCLUSIVE),
        ({"vpc": ["vpc-2"]}, HOLDS),
        ({"vpc_tag": {"env": ["dev"]}}, HOLDS),
        ({"instance": ["i-1"]}, HOLDS),
        ({"instance": ["*"]}, INCONCLUSIVE),
    ],
)
def test_hidden_interfaces_may_send_and_receive(entries: Json, expected: str) -> None:
    rest = {"not_from": [{"interface": ["eni-1", "eni-2"]}]}
    assert asked(shared(), entries, "eni-2", **rest) == expected
    rest = {"not_to": [{"interface": ["eni-1", "eni-2"]}]}
    assert asked(shared(), "eni-1", entries, **rest) == expected


@pytest.mark.parametrize(
    ("kind", "target", "expected"),
    [
        ("vpc", "vpc-1", INCONCLUSIVE),
        ("subnet", "subnet-1", INCONCLUSIVE),
        ("security-group", "sg-1", INCONCLUSIVE),
        ("account", OWN, INCONCLUSIVE),
        ("vpc", "vpc-2", HOLDS),
        ("interface", "eni-1", HOLDS),
    ],
)
def test_hidden_interfaces_may_be_of_a_target(kind: str, target: str, expected: str) -> None:
    mine = {"interface": ["eni-1", "eni-2"]}
    control = control_of(kind, flow={"from": ["target"], "not_from": [mine], "to": [{"interface": ["eni-2"]}]})
    assert outcome(shared().files(), control, target) == expected


def test_an_instance_that_the_list_lacks_may_have_any_tags() -> None:
    world = pair(ANYONE)
    instance = world.instance("eni-2", tags={"env": "prod"})
    assert asked(world, "eni-1", {"tag": {"env": ["prod"]}}) == VIOLATED
    assert asked(world, "eni-1", {"tag": {"env": ["dev"]}}) == HOLDS
    world.lists[world.home, "describe-instances"].clear()
    assert asked(world, "eni-1", {"tag": {"env": ["dev"]}}) == INCONCLUSIVE
    assert asked(world, "eni-1", {"instance": [instance]}) == VIOLATED


# What a flow passes.


def test_a_target_without_source_check_is_reached_and_not_passed() -> None:
    world = pair(ANYONE, check=False)
    assert asked(world, "eni-2", "eni-1", not_through=["firewall"]) == VIOLATED
    assert asked(world, "eni-2", "eni-1", not_through=["eni-1"]) == VIOLATED
    world.row("eni-1")["SourceDestCheck"] = True
    assert asked(world, "eni-2", "eni-1", through=["firewall"]) == HOLDS


def test_what_is_not_known_may_be_what_a_flow_passes() -> None:
    world = pair(public="52.95.0.1")
    world.table("vpc-1", [route("0.0.0.0/0", world.igw("vpc-1"))], ["subnet-1"])
    assert asked(world, "eni-1", "internet", through=["internet-gateway"]) == VIOLATED
    files = {p: v for p, v in world.files().items() if "internet-gateways" not in p}
    assert asked(files, "eni-1", "internet", through=["internet-gateway"]) == INCONCLUSIVE


# Ways to the internet and from it.


def by_gateway(kind: str) -> World:
    """`eni-2` whose default route leads to a gateway, and on from there to what is outside the snapshot."""
    world = pair(ANYONE)
    target = world.tgw() if kind != "vgw" else world.vgw("vpc-1")
    if kind != "vgw":
        own = world.attachment(target, "vpc-1", ["subnet-2"])
        there = world.any_attachment("tgw-attach-9", target, kind, "far", (OTHER, REGION))
        world.tgw_table(target, [tgw_route("0.0.0.0/0", there)], [own])
    world.table("vpc-1", [route("0.0.0.0/0", target)], ["subnet-2"])
    return world


@pytest.mark.parametrize("kind", ["vgw", "vpn", "vpc", "direct-connect-gateway"])
def test_networks_outside_may_hand_packets_to_the_internet(kind: str) -> None:
    world = by_gateway(kind)
    assert asked(world, "eni-2", "internet") == INCONCLUSIVE
    assert asked(world, "eni-2", {"cidr": ["8.8.8.8/32"]}) != HOLDS
    assert asked(world, "eni-1", "internet") == HOLDS
    world.table("vpc-1", [route("192.168.0.0/16", "vgw-1" if kind == "vgw" else "tgw-1")], ["subnet-1"])
    assert asked(world, "eni-1", "internet") == HOLDS


def test_a_nat_gateway_of_a_whole_vpc_may_lead_to_the_internet() -> None:
    world = pair()
    world.add("describe-nat-gateways", world.home, "nat-1", {"NatGatewayId": "nat-1", "VpcId": "vpc-1"})
    world.row("nat-1").update({"State": "available", "AvailabilityMode": "regional", "NatGatewayAddresses": []})
    world.table("vpc-1", [route("0.0.0.0/0", "nat-1")], ["subnet-1"])
    assert asked(world, "eni-1", "internet") == INCONCLUSIVE


def six(destination: str) -> World:
    """`eni-1` with an IPv6 address, which a NAT gateway leads to IPv4 by NAT64, and `eni-2` without."""
    world = World()
    vpc = world.vpc("10.0.0.0/16", v6=["2600:1f00:1::/56"])
    near, far = (world.subnet(vpc, v6=[f"2600:1f00:1:{i}::/64"]) for i in (1, 2))
    nat = world.nat(far)
    world.table(vpc, [route("0.0.0.0/0", world.igw(vpc))], [far])
    world.table(vpc, [route(destination, nat)], [near])
    world.interface(near, groups=[world.group(vpc, [])], v6=["2600:1f00:1:1::5"])
    world.interface(far, groups=[world.group(vpc, [rule("-1", "", "10.0.0.0/16")])])
    return world


FROM_V6 = {"interface": ["eni-1"], "cidr": ["2600:1f00:1:1::/64"]}


def test_nat64_leads_from_ipv6_to_ipv4() -> None:
    world = six("64:ff9b::/96")
    assert asked(world, FROM_V6, "internet") == INCONCLUSIVE
    assert asked(world, FROM_V6, "eni-2") == INCONCLUSIVE
    assert asked(world, FROM_V6, "eni-2", protocol=["icmp"]) == INCONCLUSIVE
    assert asked(world, FROM_V6, "internet", "require", protocol=["tcp"], port=["443"]) == INCONCLUSIVE
    assert asked(six("2a00::/16"), FROM_V6, "internet") == HOLDS
    assert asked(six("0.0.0.0/0"), FROM_V6, "internet") == HOLDS


@pytest.mark.parametrize(("kind", "expected"), [("global_accelerator_managed", INCONCLUSIVE), ("lambda", HOLDS)])
def test_global_accelerator_brings_packets_of_the_internet(kind: str, expected: str) -> None:
    world = pair(ANYONE)
    world.acl("vpc-1", [entry(100, egress=True)], ["subnet-2"])
    world.interface("subnet-2", groups=["sg-2"], kind=kind)
    assert asked(world, "internet", "eni-2") == expected


def test_a_load_balancer_that_is_not_listed_sends_within_its_subnet() -> None:
    world = pair(ANYONE)
    world.table("vpc-1", [route("0.0.0.0/0", world.igw("vpc-1"))], ["subnet-2"])
    world.acl("vpc-1", [entry(100, "0.0.0.0/0", "allow", "tcp", 443), entry(100, egress=True)], ["subnet-2"])
    ssh = {"protocol": ["tcp"], "port": ["22"]}
    front = world.interface("subnet-2", groups=["sg-2"], public="52.95.0.7")
    assert asked(world, "internet", "eni-2", **ssh) == HOLDS
    world.row(front)["Description"] = "ELB app/front/1"
    assert asked(world, "internet", "eni-2", **ssh) == INCONCLUSIVE


def test_unique_local_addresses_are_not_on_the_internet() -> None:
    world = World()
    vpc = world.vpc("10.0.0.0/16", v6=["fd00:1::/56"])
    subnet = world.subnet(vpc, v6=["fd00:1:0:1::/64"])
    world.table(vpc, [route("::/0", world.igw(vpc))], [subnet])
    world.interface(subnet, groups=[world.open_group(vpc)], v6=["fd00:1:0:1::5"])
    assert asked(world, "internet", "eni-1") == HOLDS
    assert asked(world, "eni-1", "internet") != VIOLATED


@pytest.mark.parametrize("target", ["vpce-77", "i-9", "nat-9"])
def test_what_a_route_leads_to_may_send_into_the_vpc_again(target: str) -> None:
    world = pair(rule("-1", "", "10.0.1.0/24" if target == "vpce-77" else "10.0.9.9/32"))
    world.table("vpc-1", [route("10.0.2.0/24", target)], ["subnet-1"])
    files = {p: v for p, v in world.files().items() if "nat-gateways" not in p}
    assert asked(files, "eni-1", "eni-2") == INCONCLUSIVE
    if target == "nat-9":
        assert asked(world, "eni-1", "eni-2") == HOLDS, "it is gone"


def test_a_firewall_that_is_not_known_may_let_the_internet_in() -> None:
    world = pair(public="52.95.0.1")
    gateway = world.igw("vpc-1")
    table = world.table("vpc-1", [route("10.0.1.0/24", "vpce-77")])
    world.row(table)["Associations"] = [{"GatewayId": gateway, "AssociationState": {"State": "associated"}}]
    assert asked(world, "internet", "eni-1") == INCONCLUSIVE


def test_an_address_outside_of_the_blocks_of_its_subnet_is_delivered() -> None:
    world = World()
    vpc = world.vpc("10.0.0.0/16", v6=["2600:1f00:1::/56"])
    subnet = world.subnet(vpc)
    world.table(vpc, [route("::/0", world.igw(vpc))], [subnet])
    world.interface(subnet, groups=[world.open_group(vpc)], v6=["2600:1f00:1:1::5"])
    assert asked(world, "internet", "eni-1") == INCONCLUSIVE


def test_a_propagated_route_within_the_vpc_takes_nothing_from_the_local_one() -> None:
    world = pair(ANYONE)
    inner = route("10.0.2.0/24", world.vgw("vpc-1"), Origin="EnableVgwRoutePropagation")
    table = world.table("vpc-1", [inner], ["subnet-1"])
    inside = {"not_through": ["vpn-gateway"]}
    assert asked(world, "eni-1", "eni-2", **inside) == INCONCLUSIVE
    assert asked(world, "eni-1", "on-premises") == INCONCLUSIVE
    row = world.row(table)["Routes"][-1]
    row["Origin"] = "CreateRoute"
    assert asked(world, "eni-1", "eni-2", **inside) == HOLDS
    assert asked(world, "eni-1", "on-premises") == VIOLATED
    for wider in ("10.0.0.0/8", "10.0.0.0/16"):
        row.update({"Origin": "EnableVgwRoutePropagation", "DestinationCidrBlock": wider})
        assert asked(world, "eni-1", "eni-2", **inside) == VIOLATED


@pytest.mark.parametrize("kind", ["nat", "eigw"])
def test_a_gateway_that_is_not_known_may_bring_replies(kind: str) -> None:
    world = six("0.0.0.0/0")
    if kind == "eigw":
        world.row("subnet-1")["Ipv6Native"] = True
        world.table("vpc-1", [route("::/0", world.eigw("vpc-1"))], ["subnet-1"])
    web = {"protocol": ["tcp"], "port": ["443"]}
    operation = {"nat": "nat-gateways", "eigw": "egress-only-internet-gateways"}[kind]
    files = {p: v for p, v in world.files().items() if f"describe-{operation}" not in p}
    assert asked(world, "eni-1", "internet", "require", **web) == HOLDS
    assert asked(files, "eni-1", "internet", "require", **web) == INCONCLUSIVE
    if kind == "nat":
        table = next(r for r in world.rows.values() if r.get("Routes") and r["Routes"][-1].get("NatGatewayId"))
        table["Routes"].append(route("10.0.1.0/24", "nat-1"))
        files = {p: v for p, v in world.files().items() if f"describe-{operation}" not in p}
        assert asked(files, "eni-1", "eni-2", "require", **web) == INCONCLUSIVE


# Peers, VPN clients, services.


def test_a_peer_outside_the_export_may_have_further_blocks() -> None:
    world = pair(rule("-1", "", "172.16.0.0/12"))
    world.vpc("10.9.0.0/16", id="vpc-9", account=OTHER)
    peering = world.peering("vpc-1", "vpc-9")
    world.table("vpc-1", [route("172.16.0.0/12", peering)], ["subnet-1"])
    files = {p: v for p, v in world.files().items() if not p.startswith(OTHER)} | {"snapshot.json": manifest(OWN)}
    assert asked(files, "eni-1", "on-premises") == INCONCLUSIVE
    assert asked(files, "on-premises", "eni-2") == INCONCLUSIVE


def test_clients_of_a_vpn_are_not_known_without_the_list_of_their_endpoints() -> None:
    world = pair(ANYONE)
    assert asked(world, "on-premises", "eni-2") == HOLDS
    files = {p: v for p, v in world.files().items() if "client-vpn" not in p}
    assert asked(files, "on-premises", "eni-2") == INCONCLUSIVE


def service(*, listed: Json = None, family: str = "com.amazonaws.vpce.eu-west-1.vpce-svc-1") -> Files:
    """`eni-1`, an endpoint in its VPC, and a network balancer in front of `eni-2` in another VPC."""
    world = World()
    vpcs = world.vpc("10.0.0.0/16"), world.vpc("10.1.0.0/16")
    subnets = [world.subnet(vpc) for vpc in vpcs]
    groups = [world.open_group(vpc) for vpc in vpcs]
    for subnet, group in zip(subnets, groups, strict=True):
        world.interface(subnet, groups=[group])
    targets = world.target_group(vpcs[1], world.address("eni-2"), kind="ip", port=5432)
    world.balancer([subnets[1]], [listener(5432, "TCP", targets)], name="front", Scheme="internal")
    world.endpoint(vpcs[0], "x", "Interface", subnets=[subnets[0]], groups=[groups[0]], ServiceName=family)
    if listed is None:
        return world.files()
    path = f"{EC2}/describe-vpc-endpoint-service-configurations.json"
    return {**world.files(), path: {"ServiceConfigurations": listed}}


def configuration(*balancers: str) -> Json:
    return {
        "ServiceName": "com.amazonaws.vpce.eu-west-1.vpce-svc-1",
        "NetworkLoadBalancerArns": list(balancers),
    }


FRONT = f"arn:aws:elasticloadbalancing:{REGION}:{OWN}:loadbalancer/net/front/0front"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (service(), INCONCLUSIVE),
        (service(listed=[configuration(FRONT)]), INCONCLUSIVE),
        (service(listed=[configuration()]), HOLDS),
        (service(listed=[]), HOLDS),
        (service(family="com.amazonaws.eu-west-1.sqs"), HOLDS),
    ],
)
def test_an_endpoint_may_lead_to_a_balancer_of_another_vpc(files: Files, expected: str) -> None:
    assert asked(files, "eni-1", "eni-2") == expected
    required = VIOLATED if expected == HOLDS else INCONCLUSIVE
    assert asked(files, "eni-1", "eni-2", "require", protocol=["tcp"], port=["5432"]) == required


# Exports that cannot be.


def test_interfaces_of_services_without_security_groups_are_not_closed() -> None:
    world = pair()
    world.interface("subnet-2", kind="evs")
    assert asked(world, "eni-1", "eni-3") == VIOLATED
    world.interface("subnet-2", kind="interface")
    assert asked(world, "eni-1", "eni-4") == HOLDS


def test_an_interface_may_not_have_the_name_of_a_class() -> None:
    world = pair()
    world.interface("subnet-1", id="subnet-1+sg-1", check=False)
    with pytest.raises(Exception, match="has the name of other interfaces"):
        asked(world, "internet", "eni-1")


def test_a_public_address_is_of_the_family_of_the_private_one() -> None:
    with pytest.raises(Exception, match="are not both IPv4"):
        asked(pair(public="2600::1"), "internet", "eni-1")


def test_a_service_with_two_lists_of_balancers() -> None:
    with pytest.raises(Exception, match="is listed twice, with other load balancers"):
        asked(service(listed=[configuration(), configuration(FRONT)]), "eni-1", "eni-2")
