"""Graphs of networks: what their filters and edges say where something is missing, foreign or not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from checkers.cloud.network import gateways
from checkers.cloud.network import network as network_module
from checkers.cloud.network.build import Build
from checkers.cloud.network.gateways import enter
from checkers.cloud.network.header import PUBLIC, V4, addresses, packet_of
from checkers.cloud.network.model import Problem
from checkers.cloud.network.passages import passages_of
from checkers.cloud.network.vpc import edges as vpc_edges
from checkers.kernel.flow import has
from checkers.kernel.intervals import EVERYTHING, integers
from checkers.verdict import Unreadable
from cloud.setting import FOREIGN, inventory_of, manifest
from network.flow_worlds import (
    ACROSS,
    ANYONE,
    BALANCER,
    FROM_INTERNET,
    HOLDS,
    INCONCLUSIVE,
    SSH,
    TO_INTERNET,
    VIOLATED,
    appliance,
    balanced,
    decided,
    egress_only,
    entries,
    firewalled,
    natted,
    outcome,
    peered,
    private_gateway,
    service,
    transit,
    web,
)
from network.world import OTHER, OWN, REGION, World, entry, route, rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from checkers.cloud.claims import Outcome
    from checkers.cloud.inventory import Inventory

Json = Any
FOLDER = f"{OWN}/{REGION}"
FROM_OUTSIDE = {"from": ["on-premises"], "to": entries(interface="eni-1")}
TO_OUTSIDE = {"from": entries(interface="eni-1"), "to": ["on-premises"]}


def why(world: World | Inventory, flow: Json, **parts: Json) -> str:
    """The reasons why a claim is inconclusive."""
    inventory = world.inventory(**parts) if isinstance(world, World) else world
    result = decided(inventory, flow)
    assert result.outcome is INCONCLUSIVE
    return "; ".join(result.reasons)


def refused(operation: str) -> Json:
    """The parts of a snapshot in which an operation was refused."""
    return {"errors": {f"{FOLDER}/{operation}": "AccessDenied"}}


def ways(inventory: Inventory, location: str, *, wide: bool = True) -> dict[str, str]:
    """Where edges lead from a location, each with its reason."""
    return {e.after: e.reason for e in inventory.network.graph(wide=wide).after.get(location, ())}


def of_own_account(world: World) -> Inventory:
    """What one account exports of a world of several."""
    files = {p: v for p, v in world.files().items() if p.startswith(OWN)}
    return inventory_of({**files, "snapshot.json": manifest(OWN)})


# Security groups and network ACLs.


def test_a_group_that_is_not_in_the_export_may_let_everything_through() -> None:
    world = web()
    world.row("eni-1")["Groups"] = [{"GroupId": "sg-9"}]
    for flow in (FROM_INTERNET, TO_INTERNET):
        assert outcome(world, flow) is INCONCLUSIVE
    assert outcome(world, {"from": ["internet"], "to": entries(interface="eni-2")}) is HOLDS


@pytest.mark.parametrize("protocol", ["strange", "tcp"])
def test_a_rule_that_is_not_understood_may_let_everything_through(protocol: str) -> None:
    world = web(ingress=rule(protocol, "22", "203.0.114.0/24"))
    expected = VIOLATED if protocol == "tcp" else INCONCLUSIVE
    assert outcome(world, {**FROM_INTERNET, "from": entries(cidr="203.0.114.0/24")}) is expected
    assert outcome(world, {**FROM_INTERNET, "from": entries(cidr="203.0.115.0/24")}) is HOLDS
    udp = {"from": entries(cidr="203.0.114.0/24"), "to": entries(interface="eni-1"), "protocol": ["udp"]}
    assert outcome(world, udp) is (HOLDS if protocol == "tcp" else INCONCLUSIVE)


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ([entry(100)], VIOLATED),
        ([entry(100, action="deny")], HOLDS),
        ([entry(100, protocol="strange")], INCONCLUSIVE),
        ([entry(90, protocol="strange", action="deny"), entry(100)], INCONCLUSIVE),
        ([entry(90, "203.0.114.0/24", protocol="strange", action="deny"), entry(100)], VIOLATED),
        ([entry(90, protocol="strange"), entry(100, action="deny")], INCONCLUSIVE),
    ],
)
def test_an_entry_that_is_not_understood_may_match(own: Json, expected: Outcome) -> None:
    world = web()
    world.acl("vpc-1", [*own, entry(100, egress=True)], ["subnet-1"])
    assert outcome(world, FROM_INTERNET) is expected
    world = web()
    world.acl("vpc-1", [*[{**e, "Egress": True} for e in own], entry(100)], ["subnet-1"])
    assert outcome(world, TO_INTERNET) is expected


def test_the_acl_of_a_subnet_by_id() -> None:
    world = web()
    own = world.acl("vpc-1", [], ["subnet-2"])
    build = world.inventory().network.build(wide=True)
    assert (build.acl_id("subnet-1"), build.acl_id("subnet-2")) == ("acl-1", own)
    world.lists[(OWN, REGION), "describe-network-acls"].clear()
    assert world.inventory().network.build(wide=True).acl_id("subnet-1") == ""


# References to groups.


def referring(group: str, **world: Any) -> World:
    """As `peered`, and the second host admits SSH from a group, the first one lets it out to one."""
    made = peered(**world)
    made.row("sg-2")["IpPermissions"] = [rule("tcp", 22, group)]
    return made


def letting_out(world: World, group: str) -> World:
    """The first host sends to a group alone."""
    world.row(world.row("eni-1")["Groups"][0]["GroupId"])["IpPermissionsEgress"] = [rule("-1", "", group)]
    return world


def test_an_outbound_reference_holds_for_the_vpc_and_its_peers() -> None:
    world = web()
    flow = {**ACROSS, "protocol": ["tcp"], "port": ["5432"]}
    assert outcome(letting_out(world, "sg-2"), flow) is VIOLATED
    assert outcome(letting_out(world, "sg-1"), flow) is HOLDS
    assert outcome(letting_out(peered(), "sg-2"), {**ACROSS, **SSH}) is VIOLATED
    assert outcome(letting_out(transit(), "sg-2"), {**ACROSS, **SSH}) is HOLDS


def test_an_inbound_reference_holds_for_the_vpc_and_its_peers() -> None:
    assert outcome(referring("sg-1"), {**ACROSS, **SSH}) is VIOLATED
    assert outcome(referring("sg-2"), {**ACROSS, **SSH}) is HOLDS
    both = referring("sg-1")
    assert outcome(both, {"from": ["on-premises"], "to": entries(interface="eni-2")}) is HOLDS


def far(*, own: Json = (), out: Json = None, way: bool = True) -> World:
    """A host (eni-1) whose VPC is peered with one of an account that is not in the snapshot."""
    world = World()
    vpc, other = world.vpc("10.1.0.0/16"), world.vpc("10.2.0.0/16", account=FOREIGN)
    peering = world.peering(vpc, other)
    subnet = world.subnet(vpc)
    world.interface(subnet, groups=[world.group(vpc, own, out)])
    world.interface(subnet, groups=[world.group(vpc, [ANYONE])])
    world.table(vpc, [route("10.2.0.0/16", peering)] if way else [], main=True)
    return world


def test_a_peer_that_is_not_in_the_export_is_an_unknown_outside() -> None:
    world = far(own=[rule("tcp", 22, "10.2.0.0/16")])
    inventory = of_own_account(world)
    assert why(inventory, {**FROM_OUTSIDE, **SSH}) == "vpc-2, a peer by pcx-1, is not in the export"
    assert outcome(inventory, {**FROM_OUTSIDE, "protocol": ["udp"]}) is HOLDS
    assert "vpc-2, a peer by pcx-1, is not in the export" in why(inventory, TO_OUTSIDE)
    assert outcome(inventory, {"from": ["internet"], "to": ["snapshot"]}) is HOLDS
    assert outcome(inventory, TO_INTERNET) is HOLDS
    assert ways(inventory, "pcx-1/vpc-2", wide=False) == {}
    assert list(ways(inventory, "pcx-1/vpc-1", wide=False)) == ["vpc-1/local"]


def test_neither_peer_is_in_the_export() -> None:
    inventory = web().inventory()
    world = far()
    files = of_own_account(world).network.export.peerings
    inventory.network.export.peerings.update(files)
    assert "vpc-1/local" in ways(inventory, "outside"), "the only VPC that the peering has here"
    inventory = web().inventory()
    export = inventory.network.export
    (peering,) = files.values()
    export.peerings["pcx-1"] = type(peering)(**{n: getattr(peering, n) for n in peering.__slots__} | {"requester": "x"})
    assert ways(inventory, "outside") == {}
    assert set(ways(inventory, "pcx-1/x")) == {"outside/in"}


@pytest.mark.parametrize("known", [True, False])
def test_where_the_blocks_of_a_peer_are_not_told(known: bool) -> None:
    world = far(own=[rule("tcp", 22, f"{FOREIGN}/sg-7")])
    info = world.row("pcx-1")["AccepterVpcInfo"]
    if not known:
        for name in ("CidrBlock", "CidrBlockSet", "Ipv6CidrBlockSet"):
            info.pop(name)
    inventory = of_own_account(world)
    assert outcome(inventory, {**FROM_OUTSIDE, **SSH}) is INCONCLUSIVE
    assert outcome(inventory, {**FROM_OUTSIDE, "protocol": ["udp"]}) is HOLDS
    assert outcome(inventory, TO_OUTSIDE) is INCONCLUSIVE
    (found,) = inventory.network.build(wide=True).groups_filter(("sg-1",), ingress=True).rules
    assert (addresses(["8.8.8.8"]).cuts[0][0] in found[1][1]) is not known


def test_a_reference_to_a_group_of_another_vpc_holds_for_foreign_packets_alone() -> None:
    world = far(own=[rule("tcp", 22, f"{FOREIGN}/sg-7")], out=[rule("-1", "", f"{FOREIGN}/sg-7")])
    inventory = of_own_account(world)
    inside = {"from": entries(interface="eni-2"), "to": entries(interface="eni-1")}
    assert outcome(inventory, inside) is INCONCLUSIVE, "the peer may send it on"
    without = of_own_account(far(own=[rule("tcp", 22, f"{FOREIGN}/sg-7")], way=False))
    assert outcome(without, inside) is HOLDS, "whoever is known does not carry the group"
    assert outcome(inventory, {**ACROSS, "not_through": ["peering"]}) is HOLDS, "the peer has no address of the own VPC"
    assert outcome(inventory, {**FROM_OUTSIDE, **SSH}) is INCONCLUSIVE
    assert outcome(inventory, TO_OUTSIDE) is INCONCLUSIVE
    narrow = inventory.network.build(wide=False)
    assert all(b[1].is_nothing for _, b in narrow.groups_filter(("sg-1",), ingress=True).rules)


def test_with_interfaces_that_are_hidden_a_reference_may_mean_the_own_vpc() -> None:
    world = far(out=[rule("-1", "", f"{FOREIGN}/sg-7")])
    world.row("subnet-1")["OwnerId"] = OTHER
    assert outcome(of_own_account(world), {**ACROSS, "not_through": ["peering"]}) is INCONCLUSIVE


def test_a_foreign_vpc_at_a_gateway_with_references_may_have_any_address() -> None:
    for references in (True, False):
        world = far(own=[rule("tcp", 22, f"{FOREIGN}/sg-7")])
        gateway = world.tgw(references=references)
        end = world.subnet("vpc-2")
        world.attachment(gateway, "vpc-2", [end], references=references)
        build = of_own_account(world).network.build(wide=True)
        (found,) = build.groups_filter(("sg-1",), ingress=True).rules
        assert (found[1][1] == EVERYTHING) is references
    own = far(own=[rule("tcp", 22, f"{FOREIGN}/sg-7")])
    own.attachment(own.tgw(references=True), "vpc-1", ["subnet-1"], references=True)
    (found,) = of_own_account(own).network.build(wide=True).groups_filter(("sg-1",), ingress=True).rules
    assert found[1][1] != EVERYTHING


def shared(*, owner: str = OTHER) -> World:
    """A host (eni-1) that admits its own group, in a VPC that somebody shares."""
    world = World()
    vpc = world.vpc("10.0.0.0/16", OwnerId=owner)
    subnet = world.subnet(vpc, OwnerId=owner)
    group = world.group(vpc, [rule("tcp", 22, "sg-1")])
    world.interface(subnet, groups=[group], public="203.0.113.5")
    world.row(world.table_of(vpc))["Routes"].append(route("0.0.0.0/0", "igw-7"))
    return world


def test_interfaces_of_others_in_a_shared_subnet_may_carry_a_group() -> None:
    flow = {"from": entries(vpc="vpc-1"), "to": entries(interface="eni-1"), **SSH}
    assert outcome(shared(owner=OWN), flow) is HOLDS
    assert outcome(shared(), flow) is INCONCLUSIVE


def test_what_only_the_owner_lists_may_be_there() -> None:
    """The owner's internet gateway and load balancers are in nobody's export."""
    world = shared()
    build = world.inventory().network.build(wide=True)
    (found,) = {s.reason for s in enter(build, "vpc-1", "subnet-1", "igw-7")}
    assert found == "igw-7, which a route of vpc-1 leads to, is not known"
    assert outcome(world, TO_INTERNET) is INCONCLUSIVE
    assert outcome(world, {**FROM_INTERNET, **SSH}) is INCONCLUSIVE
    assert outcome(world, {**FROM_INTERNET, "protocol": ["udp"]}) is HOLDS
    own = shared(owner=OWN)
    assert outcome(own, TO_INTERNET) is HOLDS, "the gateway is gone"
    assert outcome(own, FROM_INTERNET) is HOLDS


# What is missing.


def test_without_its_subnet_an_interface_is_nowhere() -> None:
    inventory = appliance().inventory()
    del inventory.network.export.subnets["subnet-2"]
    assert why(inventory, TO_INTERNET) == "eni-2, which a route of vpc-1 leads to, is not known"
    assert inventory.network.build(wide=True).classes.keys() == {"subnet-1+sg-1"}


def test_an_interface_without_addresses_sends_and_receives_nothing() -> None:
    world = web()
    world.row("eni-1").update(PrivateIpAddresses=[], Ipv6Addresses=[])
    for name in ("PrivateIpAddress", "Association"):
        del world.row("eni-1")[name]
    for flow in (TO_INTERNET, FROM_INTERNET, FROM_OUTSIDE):
        assert outcome(world, flow) is HOLDS
    assert outcome(world, {**TO_INTERNET, "from": ["snapshot"]}) is HOLDS


def everything() -> World:
    """A VPC with one of everything that a route can lead to."""
    world = natted()
    vpc, subnet = "vpc-1", "subnet-1"
    world.eigw(vpc)
    world.vgw(vpc)
    world.peering(vpc, world.vpc("10.9.0.0/16"))
    world.attachment(world.tgw(), vpc, [world.subnet(vpc)])
    world.endpoint(vpc)
    world.endpoint(vpc, "firewall", "GatewayLoadBalancer", subnets=[world.subnet(vpc)])
    world.endpoint(vpc, "sqs", "Interface", subnets=[subnet])
    world.interface(subnet, check=False, id="eni-7")
    return world


def test_without_a_route_table_packets_may_take_any_way() -> None:
    targets = {"igw-1/out", "eigw-1", "nat-1", "vgw-1/out", "pcx-1/vpc-2", "tgw-attach-1/in", "vpce-1", "vpce-2"}
    inventory = everything().inventory(**refused("ec2/describe-route-tables"))
    found = ways(inventory, "subnet-1/route")
    assert set(found) == {"vpc-1/local", *targets, "eni-7/in"}
    assert set(found.values()) == {"the route table of subnet-1 is not known"}
    assert ways(inventory, "subnet-1/route", wide=False) == {}
    assert outcome(inventory, TO_INTERNET) is INCONCLUSIVE


def test_without_a_route_table_and_a_list_of_gateways_they_may_get_anywhere() -> None:
    world = everything()
    inventory = world.inventory(without=["describe-route-tables", "describe-egress-only-internet-gateways"])
    assert {"internet", "outside/in"} <= set(ways(inventory, "subnet-1/route"))
    lonely = web()
    lonely.lists[(OWN, REGION), "describe-internet-gateways"].clear()
    lonely.lists[(OWN, REGION), "describe-route-tables"].clear()
    assert outcome(lonely, TO_INTERNET) is HOLDS
    assert outcome(lonely, TO_INTERNET, parts={"without": ["describe-internet-gateways"]}) is INCONCLUSIVE


def test_no_main_table_is_not_known_and_none_of_a_gateway_is_none() -> None:
    world = World()
    vpc = world.vpc("10.0.0.0/16", main=None)
    world.interface(world.subnet(vpc), groups=[world.group(vpc)], public="203.0.113.5")
    world.igw(vpc)
    assert why(world, TO_INTERNET) == "the route table of subnet-1 is not known"


@pytest.mark.parametrize(
    ("target", "operation"),
    [
        ("igw-9", "describe-internet-gateways"),
        ("eigw-9", "describe-egress-only-internet-gateways"),
        ("nat-9", "describe-nat-gateways"),
        ("vgw-9", "describe-vpn-gateways"),
        ("pcx-9", "describe-vpc-peering-connections"),
        ("vpce-9", ""),
        ("eni-9", ""),
    ],
)
def test_what_a_route_leads_to_is_gone_where_its_list_is_known(target: str, operation: str) -> None:
    world = World()
    vpc = world.vpc("10.0.0.0/16", main=[route("0.0.0.0/0", target)])
    world.interface(world.subnet(vpc), groups=[world.group(vpc)])
    reason = f"{target}, which a route of vpc-1 leads to, is not known"
    if not operation:
        assert why(world, TO_INTERNET) == reason
        return
    for flow in (TO_INTERNET, TO_OUTSIDE):
        assert outcome(world, flow) is HOLDS
        assert outcome(world, flow, parts={"without": [operation]}) is INCONCLUSIVE
    found = ways(world.inventory(without=[operation]), "subnet-1/route")
    assert (found["internet"], found["outside/in"]) == (reason, reason)
    assert ("subnet-1/out" in found) is target.startswith("nat-"), "it may send to the VPC itself"


def test_things_of_another_vpc_are_no_way() -> None:
    world = everything()
    world.table("vpc-2", [], main=True)
    export = world.inventory().network
    for wide in (True, False):
        build = export.build(wide=wide)
        for target in ("igw-1", "eigw-1", "nat-1", "vgw-1", "vpce-1", "eni-7"):
            assert enter(build, "vpc-2", "", target) == []
            assert enter(build, "vpc-1", "", target) != []
        assert enter(build, "vpc-3", "", "pcx-1") == []
        assert enter(build, "vpc-2", "", "pcx-1") != []


def test_the_table_of_a_vpc_that_is_not_in_the_export_leads_anywhere() -> None:
    build = everything().inventory().network.build(wide=True)
    assert {s.after for s in enter(build, "vpc-9", "", "igw-9")} == {"internet", "outside/in"}


def test_a_route_to_an_interface_of_a_service_meets_no_groups() -> None:
    world = World()
    vpc = world.vpc("10.0.0.0/16")
    one, two = world.subnet(vpc), world.subnet(vpc)
    world.interface(one, groups=[world.group(vpc)])
    middle = world.interface(two, kind="gateway_load_balancer", check=False)
    world.table(vpc, [route("0.0.0.0/0", middle)], [one])
    build = world.inventory().network.build(wide=True)
    (step,) = enter(build, vpc, one, middle)
    assert step.after == f"{middle}/in"
    assert [f.name for f in step.filters] == ["network ACL acl-1 inbound", "own address as destination"]
    (step,) = enter(build, vpc, two, middle)
    assert [f.name for f in step.filters] == ["own address as destination"]


def test_a_list_of_a_route_that_is_not_known_may_win() -> None:
    world = web()
    listed = world.prefix_list("198.51.100.0/24")
    world.row("rtb-2")["Routes"].append(route(listed, "pcx-9"))
    parts = {"without": ["get-managed-prefix-list-entries"]}
    assert outcome(world, TO_INTERNET) is VIOLATED
    assert outcome(world, TO_INTERNET, parts=parts) is INCONCLUSIVE
    world.row("rtb-2")["Routes"][-1] = route(listed, State="blackhole", GatewayId="igw-1")
    assert outcome(world, TO_INTERNET, parts=parts) is INCONCLUSIVE, "it may drop everything"
    world.row("rtb-2")["Routes"][-1] = route(listed, "igw-1")
    world.row("rtb-2")["Routes"][-2] = route("192.0.2.0/24", "igw-1")
    far_away = {**TO_INTERNET, "to": entries(cidr="8.8.8.8")}
    assert outcome(world, far_away) is HOLDS
    reason = f"the prefix list {listed} in rtb-2 is not known"
    assert why(world, far_away, **parts) == reason
    world.row("rtb-2")["Routes"][-1] = route(listed, "pcx-9")
    assert "pcx-9" in why(world, far_away, without=[*parts["without"], "describe-vpc-peering-connections"])


def test_the_list_of_a_gateway_endpoint_has_public_addresses() -> None:
    world = private_gateway()
    listed = world.prefix_list("52.218.0.0/17", name="com.amazonaws.eu-west-1.s3")
    world.endpoint("vpc-1", tables=[world.table_of("vpc-1")], prefix_list=listed)
    flow = {"from": entries(interface="eni-1"), "to": entries(cidr="192.168.7.7")}
    assert outcome(world, flow, parts={"without": ["get-managed-prefix-list-entries"]}) is VIOLATED
    to_endpoint = {"from": entries(interface="eni-1"), "to": entries(endpoint="vpce-1")}
    assert outcome(world, to_endpoint) is VIOLATED
    assert outcome(world, to_endpoint, parts={"without": ["get-managed-prefix-list-entries"]}) is INCONCLUSIVE


def test_the_list_of_a_gateway_endpoint_has_no_addresses_for_documentation() -> None:
    world = web()
    listed = world.prefix_list("52.218.0.0/17", name="com.amazonaws.eu-west-1.s3")
    world.endpoint("vpc-1", tables=["rtb-2"], prefix_list=listed)
    parts = {"without": ["get-managed-prefix-list-entries"]}
    assert outcome(world, TO_INTERNET, parts=parts) is VIOLATED
    for block, expected in (("203.0.113.77", VIOLATED), ("8.8.8.8", INCONCLUSIVE)):
        assert outcome(world, {**TO_INTERNET, "to": entries(cidr=block)}, parts=parts) is expected


# Problems of the export, and whom they touch.


def two_vpcs(*, region: str = REGION, account: str = OWN) -> World:
    """A host in each of two VPCs that have no way in or out; the first admits everything, the second too."""
    world = World()
    for place in ((OWN, REGION), (account, region)):
        vpc = world.vpc("10.0.0.0/16", account=place[0], region=place[1])
        world.interface(world.subnet(vpc), groups=[world.group(vpc, [ANYONE])])
    return world


def in_and_out(world: World | Inventory, interface: str, **parts: Json) -> set[Outcome]:
    """The outcomes of claims that an interface has nothing to do with the outside."""
    given = entries(interface=interface)
    flows = ({"from": ["on-premises"], "to": given}, {"from": given, "to": ["on-premises"]})
    return {outcome(world, flow, parts=parts) for flow in flows}


def client_vpn(world: World, **raw: Json) -> None:
    row = {"ClientVpnEndpointId": "cvpn-1", "Status": {"Code": "available"}, **raw}
    world.add("describe-client-vpn-endpoints", (OWN, REGION), "cvpn-1", row)


def test_what_is_not_modelled_in_one_vpc_leaves_the_other_one_alone() -> None:
    world = two_vpcs()
    assert in_and_out(world, "eni-1") == in_and_out(world, "eni-2") == {HOLDS}
    client_vpn(world, VpcId="vpc-1")
    assert in_and_out(world, "eni-1") == {INCONCLUSIVE}
    assert in_and_out(world, "eni-2") == {HOLDS}
    assert why(world, FROM_OUTSIDE) == "client VPN endpoints are not modelled (cvpn-1)"
    assert outcome(world, FROM_INTERNET) is HOLDS, "it is no way in from the internet"
    assert outcome(world, ACROSS) is HOLDS


@pytest.mark.parametrize(("region", "account"), [("us-east-1", OWN), (REGION, OTHER)])
def test_a_problem_of_a_region_touches_its_vpcs(region: str, account: str) -> None:
    for where, expected in ((two_vpcs(), {INCONCLUSIVE}), (two_vpcs(region=region, account=account), {HOLDS})):
        client_vpn(where)
        assert in_and_out(where, "eni-1") == {INCONCLUSIVE}
        assert in_and_out(where, "eni-2") == expected


def test_a_problem_of_no_vpc_touches_none() -> None:
    world = two_vpcs()
    client_vpn(world, VpcId="vpc-99")
    assert in_and_out(world, "eni-1") == {HOLDS}


def test_a_problem_does_not_hide_what_surely_arrives() -> None:
    world = web()
    client_vpn(world, VpcId="vpc-1")
    assert outcome(world, {**FROM_INTERNET, **SSH}) is VIOLATED
    assert outcome(world, {**FROM_INTERNET, **SSH}, form="require") is HOLDS


def test_a_carrier_gateway_is_no_gateway_of_the_internet() -> None:
    world = two_vpcs()
    row = {"CarrierGatewayId": "cagw-1", "VpcId": "vpc-1", "State": "available", "OwnerId": OWN}
    world.add("describe-carrier-gateways", (OWN, REGION), "cagw-1", row)
    assert in_and_out(world, "eni-1") == {INCONCLUSIVE}
    assert in_and_out(world, "eni-2") == {HOLDS}
    assert "cagw-1" in why(world, FROM_OUTSIDE)


def test_block_public_access_can_only_deny() -> None:
    world = web()
    files = world.files()
    path = f"{FOLDER}/ec2/describe-vpc-block-public-access-options.json"
    files[path]["VpcBlockPublicAccessOptions"]["InternetGatewayBlockMode"] = "block-bidirectional"
    inventory = inventory_of(files)
    assert outcome(inventory, FROM_INTERNET) is INCONCLUSIVE
    assert outcome(inventory, {**FROM_INTERNET, "protocol": ["udp"]}) is HOLDS
    assert outcome(inventory, FROM_OUTSIDE) is HOLDS, "it is no way in"


WAYS_IN = ("describe-vpn-gateways", "describe-vpc-peering-connections", "describe-transit-gateway-attachments")


@pytest.mark.parametrize("operation", WAYS_IN)
def test_a_list_that_was_never_collected_may_have_a_way_in(operation: str) -> None:
    world = two_vpcs()
    reason = f"the answer of ec2/{operation} is not known for vpc-1"
    assert why(world, FROM_OUTSIDE, without=[operation]) == reason
    assert outcome(world, FROM_INTERNET, parts={"without": [operation]}) is HOLDS


def test_a_peer_by_a_connection_that_was_not_collected() -> None:
    world = peered()
    udp = {**ACROSS, "protocol": ["udp"]}
    parts = {"without": ["describe-vpc-peering-connections"]}
    assert outcome(world, {**ACROSS, **SSH}, parts=parts) is INCONCLUSIVE
    assert outcome(world, udp, parts=parts) is HOLDS


def test_without_the_list_of_internet_gateways_packets_may_come_from_the_internet() -> None:
    world = web()
    parts = refused("ec2/describe-internet-gateways")
    assert outcome(world, {**FROM_INTERNET, **SSH}, parts=parts) is INCONCLUSIVE
    assert outcome(world, {**FROM_INTERNET, "protocol": ["udp"]}, parts=parts) is HOLDS
    assert outcome(world, TO_INTERNET, parts=parts) is INCONCLUSIVE
    assert "describe-internet-gateways" in why(world, {**FROM_INTERNET, **SSH}, **parts)


@pytest.mark.parametrize("state", ["attaching", "detaching"])
def test_a_gateway_that_is_being_attached(state: str) -> None:
    world = web()
    world.row("igw-1")["Attachments"] = [{"VpcId": "vpc-1", "State": state}]
    assert outcome(world, {**FROM_INTERNET, **SSH}) is INCONCLUSIVE
    assert outcome(world, TO_INTERNET) is INCONCLUSIVE
    found = ways(world.inventory(), "subnet-1/route")
    assert found["internet"] == "whether igw-1 is attached to vpc-1 is not known"
    world.row("igw-1")["Attachments"] = []
    assert outcome(world, {**FROM_INTERNET, **SSH}) is HOLDS
    assert outcome(world, TO_INTERNET) is HOLDS


def test_a_problem_names_the_thing_and_not_the_file_twice() -> None:
    inventory = web().inventory()
    place = inventory.network.export.vpcs["vpc-1"].place
    problems = inventory.network.export.problems
    problems += [Problem(place, "x-1", "no", ("vpc-1",)), Problem(place, place.path, "not read", ("vpc-1",))]
    found = [e.reason for e in inventory.network.graph(wide=True).after["vpc-1/local"] if e.after == "outside/in"]
    assert found == ["no (x-1)", "not read"]


def test_a_balancer_whose_listeners_are_not_known_may_accept_anything() -> None:
    world = balanced()
    on_8080 = {"from": ["internet"], "to": entries(interface="eni-lb-1-subnet-1"), "protocol": ["tcp"], "port": ["80"]}
    assert outcome(world, on_8080) is VIOLATED
    assert outcome(world, on_8080, parts={"without": ["describe-listeners"]}) is INCONCLUSIVE
    other = {**on_8080, "port": ["81"]}
    assert outcome(world, other) is HOLDS
    assert outcome(world, other, parts={"without": ["describe-listeners"]}) is HOLDS, "the groups admit port 80 alone"


def test_the_interface_of_a_balancer_that_is_not_in_the_export_surely_accepts_nothing() -> None:
    on_80 = {"from": ["internet"], "to": entries(interface="eni-lb-1-subnet-1"), "protocol": ["tcp"], "port": ["80"]}
    parts = {"without": ["describe-load-balancers"]}
    assert outcome(balanced(), on_80, parts=parts) is INCONCLUSIVE
    assert outcome(balanced(), {**on_80, "protocol": ["udp"]}, parts=parts) is HOLDS, "its groups admit none"
    own = {"from": entries(interface="eni-lb-1-subnet-1"), "to": ["internet"], **SSH}
    assert outcome(balanced(), own, parts=parts) is VIOLATED, "it sends all the same"


def test_a_gateway_load_balancer_has_no_listeners_that_matter() -> None:
    world = World()
    vpc = world.vpc("10.0.0.0/16")
    subnet = world.subnet(vpc)
    world.interface(subnet, groups=[world.group(vpc)])
    world.balancer([subnet], kind="gateway")
    for wide in (True, False):
        assert world.inventory().network.build(wide=wide).listeners_filter("eni-lb-1-subnet-1") == ()
    assert outcome(world, {**ACROSS, "to": entries(interface="eni-lb-1-subnet-1")}) is VIOLATED


# Appliances with several interfaces, and NAT between address families.


def test_what_comes_to_any_interface_of_an_appliance_may_leave_by_the_one_without_check() -> None:
    world = World()
    vpc = world.vpc("10.0.0.0/16")
    inner, outer = world.subnet(vpc), world.subnet(vpc)
    world.interface(inner, groups=[world.group(vpc)])
    own = world.interface(inner, groups=[world.group(vpc, [ANYONE])])
    exit_ = world.interface(outer, groups=[world.group(vpc)], check=False, public="203.0.113.5")
    world.table(vpc, [route("0.0.0.0/0", world.igw(vpc))], [outer])
    assert outcome(world, TO_INTERNET) is HOLDS
    world.instance(own, exit_)
    assert why(world, TO_INTERNET) == "what eni-3 forwards is not known: its source/destination check is off"
    found = ways(world.inventory(), "eni-3/in")
    assert set(found) == {"eni-3/out", "subnet-1+sg-2/out"}
    assert ways(world.inventory(), "eni-3/in", wide=False) == {}


def translated(text: str = "::/0") -> World:
    """A host (eni-1) of both families whose IPv6 route is a NAT gateway, with one for IPv4 behind it."""
    world = World()
    vpc = world.vpc("10.0.0.0/16", v6=["2600:1f00:1::/56"])
    inner, outer = world.subnet(vpc, v6=["2600:1f00:1::/64"]), world.subnet(vpc)
    world.interface(inner, groups=[world.group(vpc)], v6=["2600:1f00:1::5"])
    world.table(vpc, [route("0.0.0.0/0", world.igw(vpc))], [outer])
    world.table(vpc, [route(text, world.nat(outer))], [inner])
    return world


def test_a_nat_gateway_may_translate_from_ipv6() -> None:
    flow = {"from": entries(cidr="2600:1f00:1::5", interface="eni-1"), "to": ["internet"]}
    assert "nat-1" in why(translated("64:ff9b::/96"), flow)
    assert outcome(translated("64:ff9b::/96"), flow, form="require") is INCONCLUSIVE
    assert outcome(translated("2001:db8::/32"), flow) is HOLDS
    assert outcome(translated("0.0.0.0/0"), flow) is HOLDS
    assert outcome(translated("0.0.0.0/0"), TO_INTERNET) is VIOLATED


# Addresses of IPv6.


@pytest.mark.parametrize(
    ("make", "flow", "expected"),
    [
        (egress_only, {**TO_INTERNET, **SSH}, VIOLATED),
        (egress_only, {**TO_INTERNET, "to": entries(cidr="0.0.0.0/0")}, HOLDS),
        (egress_only, FROM_INTERNET, HOLDS),
        (egress_only, {**TO_INTERNET, "through": ["internet-gateway"]}, HOLDS),
    ],
)
def test_ipv6(make: Callable[[], World], flow: Json, expected: Outcome) -> None:
    assert outcome(make(), flow) is expected


def test_a_gateway_of_a_vpc_that_is_not_in_the_export() -> None:
    inventory = egress_only().inventory()
    network = inventory.network
    (gateway,) = network.export.gateways.values()
    network.export.vpcs.clear()
    build = Build(network.export, wide=False, reply=True)
    assert gateway.vpcs == ("vpc-1",)
    assert [e.after for e in gateways.edges(build) if e.before == "internet"] == []


def test_an_interface_may_have_addresses_that_its_subnet_does_not_tell_of() -> None:
    world = web(ingress=ANYONE)
    neighbour = world.interface("subnet-1", "10.0.3.7", groups=["sg-1"])
    flow = {"from": entries(interface="eni-2"), "to": entries(interface=neighbour)}
    assert outcome(world, flow) is INCONCLUSIVE
    assert outcome(web(), {**ACROSS, "protocol": ["udp"]}) is HOLDS


def test_whether_a_propagated_route_wins_over_a_local_one_is_not_documented() -> None:
    world = private_gateway()
    other = world.interface(world.subnet("vpc-1", "10.0.9.0/24"), groups=["sg-1"])
    flow = {"from": entries(interface="eni-1"), "to": entries(interface=other)}
    outward = {"from": entries(interface="eni-1"), "to": entries(cidr="10.0.9.0/24")}
    assert outcome(world, flow) is VIOLATED
    world.row("rtb-2")["Routes"].append(route("10.0.9.0/24", "vgw-1", Origin="EnableVgwRoutePropagation"))
    assert outcome(world, flow) is INCONCLUSIVE
    assert outcome(world, outward) is INCONCLUSIVE
    world.row("rtb-2")["Routes"][-1] = route("172.16.0.0/16", "vgw-1", Origin="EnableVgwRoutePropagation")
    assert outcome(world, flow) is VIOLATED


def test_selections_are_remembered_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_module, "MAX_SELECTED", 2)
    inventory = web().inventory()
    found = [outcome(inventory, {**FROM_INTERNET, "protocol": ["tcp"], "port": [p]}) for p in ("22", "23", "22")]
    assert found == [VIOLATED, HOLDS, VIOLATED]
    assert outcome(inventory, TO_INTERNET) is VIOLATED
    assert outcome(inventory, {**ACROSS, "protocol": ["udp"]}) is HOLDS


# Replies by ways that are not known.


@pytest.mark.parametrize(
    ("make", "operation"),
    [
        (web, "describe-internet-gateways"),
        (natted, "describe-nat-gateways"),
        (egress_only, "describe-egress-only-internet-gateways"),
        (web, "describe-route-tables"),
        (egress_only, "describe-route-tables"),
    ],
)
def test_a_reply_may_come_by_a_gateway_that_is_not_known(make: Callable[[], World], operation: str) -> None:
    flow = {**TO_INTERNET, **SSH}
    assert outcome(make(), flow, form="require") is HOLDS
    assert outcome(make(), flow, form="require", parts={"without": [operation]}) is INCONCLUSIVE


def test_a_reply_may_come_by_a_peering_that_is_not_known() -> None:
    parts = {"without": ["describe-vpc-peering-connections"]}
    assert outcome(peered(), {**ACROSS, **SSH}, form="require", parts=parts) is INCONCLUSIVE
    assert outcome(peered(), {**ACROSS, "protocol": ["udp"]}, form="require", parts=parts) is VIOLATED


# Names.


@pytest.mark.parametrize(
    ("make", "location", "passed"),
    [
        (web, "igw-1/in", {"igw-1", "internet-gateway"}),
        (web, "subnet-1/out", set()),
        (web, "internet", set()),
        (web, "subnet-1+sg-1/in", set()),
        (natted, "nat-1", {"nat-1", "nat-gateway"}),
        (natted, "eni-nat-1/in", set()),
        (transit, "tgw-attach-1/in", {"tgw-attach-1", "tgw-1", "transit-gateway"}),
        (transit, "tgw-rtb-1", {"tgw-rtb-1", "tgw-1", "transit-gateway"}),
        (service, "vpce-1", {"vpce-1", "endpoint"}),
        (firewalled, "vpce-1", {"vpce-1", "endpoint", "firewall"}),
        (appliance, "eni-2/in", {"eni-2", "firewall"}),
        (appliance, "eni-2/out", set()),
        (peered, "pcx-1/vpc-1", {"pcx-1", "peering"}),
        (balanced, f"{BALANCER}@eni-lb-1-subnet-1", {BALANCER, "load-balancer"}),
    ],
)
def test_what_is_passed_at_a_location(make: Callable[[], World], location: str, passed: set[str]) -> None:
    assert passages_of(location, make().inventory().network.export) == passed


def test_addresses() -> None:
    assert addresses(["10.0.0.0/8", "10.1.1.1"]) == addresses(["10.0.0.0/8"])
    assert addresses([]).is_nothing
    with pytest.raises(ValueError, match=r"'10\.0\.0\.0/33' is no address and no CIDR block"):
        addresses(["::/0", "10.0.0.0/33"])
    assert addresses(["10.0.0.0/8"]).cuts[0][0] not in PUBLIC
    assert addresses(["8.8.8.8"]).cuts[0][0] in PUBLIC


def test_a_header_and_its_packet() -> None:
    header = (7, addresses(["10.0.0.1"]).cuts[0][0], addresses(["2600::1"]).cuts[0][0], (6 << 16) + 22, 40_000)
    packet = packet_of(tuple(int(n) for n in header))
    assert (packet.source, packet.destination) == ("10.0.0.1", "2600::1")
    assert (packet.protocol, packet.port, packet.source_port) == (6, 22, 40_000)


def test_graphs_and_builds_are_made_once() -> None:
    network = web().inventory().network
    assert network.graph(wide=True) is network.graph(wide=True)
    assert network.graph(wide=True, reply=True) is not network.graph(wide=True)
    assert network.build(wide=False) is not network.build(wide=True)
    assert network.class_of("eni-1") == "subnet-1+sg-1"
    build = network.build(wide=True)
    assert build.origin("vpc-1") == integers([(1, 1)])
    assert build.origin("vpc-9") == integers([(0, 0)])
    assert any(e.before == "subnet-1/route" for e in vpc_edges(build))
    assert build.source(V4, "v4").rules[0][1][1] == V4
    assert not has(build.destination(PUBLIC, "p").rules[0][1], (0, 0, 0, 0, 0))


@pytest.mark.parametrize(
    ("groups", "id_", "check"), [(["sg-1+sg-2"], "eni-9", True), ([], "subnet-1+sg-1+sg-2", False)]
)
def test_two_classes_of_interfaces_have_two_names(groups: list[str], id_: str, check: bool) -> None:
    world = World()
    subnet = world.subnet(world.vpc("10.0.0.0/16"))
    world.interface(subnet, groups=["sg-2", "sg-1"])
    world.interface(subnet, groups=["sg-1", "sg-2"])
    network = world.inventory().network
    assert network.class_of("eni-1") == network.class_of("eni-2") == "subnet-1+sg-1+sg-2"
    world.interface(subnet, groups=groups, id=id_, check=check)
    inventory = world.inventory()
    with pytest.raises(Unreadable, match="has the name of other interfaces"):
        decided(inventory, TO_INTERNET)
