"""What is read of the networks of an export: raw answers in, the objects of the model out."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkers.cloud.network import header
from checkers.cloud.network.export import OPERATIONS, read_export
from checkers.cloud.network.header import services
from checkers.cloud.network.model import AclRule, Export, TransitRoute
from checkers.cloud.network.rows import span_of
from checkers.cloud.snapshot import NOT_COLLECTED, Fact, Snapshot, State
from checkers.cloud.unknowns import Unknowns
from checkers.cloud.vocabulary import parse_address, parse_network
from checkers.kernel.intervals import EVERYTHING, NOTHING, join
from checkers.verdict import Unreadable
from cloud.setting import FOREIGN, OTHER, OWN, manifest
from network.world import REGION, World, entry, listener, route, rule, tgw_route

HERE = f"{OWN}/{REGION}"
EC2 = f"{HERE}/ec2"


def snapshot_of(files: dict[str, Any]) -> Snapshot:
    return Snapshot({k: (lambda v=v: json.dumps(v).encode()) for k, v in files.items()})


def read(files: dict[str, Any]) -> Export:
    snapshot = snapshot_of(files)
    return read_export(snapshot, snapshot.accounts)


def of(world: World, **parts: Any) -> Export:
    return read(world.files(**parts))


def blocks(*texts: str) -> Any:
    return header.addresses(texts)


def number(text: str) -> int:
    return parse_address(text)


def entries(*texts: str) -> Any:
    spans = [parse_network(t) for t in texts]
    return tuple((first, stop - first) for first, stop in spans)


def files_of(world: World) -> dict[str, Any]:
    """The files of a world, to be damaged."""
    return json.loads(json.dumps(world.files()))


def reasons(export: Export) -> list[tuple[str, Any]]:
    return [(p.reason, p.vpcs) for p in export.problems]


@pytest.fixture
def world() -> World:
    return World()


# Files and regions.


def test_a_snapshot_without_networks_has_none() -> None:
    export = read({"snapshot.json": manifest(OWN), f"{OWN}/global/iam/get-account-summary.json": {}})
    assert export == Export()


@pytest.mark.parametrize("operation", ["describe-instances", "describe-vpc-endpoints", "describe-addresses"])
def test_a_region_with_files_that_others_read_alone_has_no_network(operation: str) -> None:
    export = read({"snapshot.json": manifest(OWN), f"{EC2}/{operation}.json": {"VpcEndpoints": [{}]}})
    assert export == Export()


def test_a_world_has_no_problems_and_its_files_are_read(world: World) -> None:
    world.interface(world.subnet(world.vpc()))
    export = of(world)
    assert not export.problems
    assert export.paths == world.files().keys() - {"snapshot.json"}
    assert {tuple(p.removesuffix(".json").split("/")[2:4]) for p in export.paths} <= OPERATIONS


def test_lists_that_everything_needs_are_missed(world: World) -> None:
    world.vpc()
    vpcs = f"{EC2}/describe-vpcs.json"
    export = read({"snapshot.json": manifest(OWN), vpcs: world.files()[vpcs]})
    assert [p.id.rpartition("/")[2] for p in export.problems] == [
        "describe-subnets.json",
        "describe-network-interfaces.json",
        "describe-security-groups.json",
        "describe-network-acls.json",
        "describe-route-tables.json",
        "describe-internet-gateways.json",
    ]
    assert all(p.id == p.place.path and p.vpcs is None for p in export.problems)
    assert [*export.vpcs] == ["vpc-1"]


def test_lists_without_networks_are_not_missed(world: World) -> None:
    world.tgw()
    path = f"{EC2}/describe-transit-gateways.json"
    export = read({"snapshot.json": manifest(OWN), path: world.files()[path]})
    assert [*export.transit_gateways] == ["tgw-1"]
    assert not export.problems


def test_a_refused_list_is_a_problem(world: World) -> None:
    world.vpc()
    path = f"{EC2}/describe-nat-gateways.json"
    export = of(world, errors={path: "UnauthorizedOperation"}, without=["describe-nat-gateways"])
    (problem,) = export.problems
    assert (problem.id, problem.vpcs) == (path, None)
    assert problem.reason == f"{path}: denied (UnauthorizedOperation)"
    assert path in export.paths


def test_a_list_that_was_never_asked_for_is_no_problem(world: World) -> None:
    world.vpc()
    assert not of(world, without=["describe-nat-gateways"]).problems


def test_an_answer_without_its_list_is_refused(world: World) -> None:
    files = files_of(world) | {f"{EC2}/describe-vpcs.json": {}}
    with pytest.raises(Unreadable, match=r"describe-vpcs.json: Vpcs is not a list of objects"):
        read(files)


def test_networks_of_other_accounts_are_not_read(world: World) -> None:
    world.vpc()
    assert read_export(snapshot_of(world.files()), []) == Export()


# VPCs, subnets, interfaces.


def test_a_vpc_has_the_blocks_that_are_in_use(world: World) -> None:
    vpc = world.vpc("10.0.0.0/16", tags={"env": "prod"})
    row = world.row(vpc)
    row["CidrBlockAssociationSet"] = [
        {"CidrBlock": "10.0.0.0/16", "CidrBlockState": {"State": "associated"}},
        {"CidrBlock": "10.1.0.0/16", "CidrBlockState": {"State": "associating"}},
        {"CidrBlock": "10.2.0.0/16", "CidrBlockState": {"State": "disassociated"}},
        {"CidrBlock": "10.3.0.0/16", "CidrBlockState": {"State": "failed"}},
        {"CidrBlock": "10.4.0.0/16"},
    ]
    row["Ipv6CidrBlockAssociationSet"] = [
        {"Ipv6CidrBlock": "2001:db8::/56", "Ipv6CidrBlockState": {"State": "associated"}},
        {"Ipv6CidrBlock": "2001:db9::/56", "Ipv6CidrBlockState": {"State": "disassociating"}},
    ]
    found = of(world).vpcs[vpc]
    assert found.blocks == blocks("10.0.0.0/15", "10.4.0.0/16", "2001:db8::/56")
    assert found.tags == {"env": "prod"}
    assert (found.place.account, found.place.region) == (OWN, REGION)
    assert found.place.path == f"{EC2}/describe-vpcs.json"


def test_a_subnet_of_ipv6_alone_has_no_other_block(world: World) -> None:
    subnet = world.subnet(world.vpc(v6=["2001:db8::/56"]), v6=["2001:db8::/64"], CidrBlock=None)
    found = of(world).subnets[subnet]
    assert found.blocks == blocks("2001:db8::/64")
    assert found.zone == "euwest1-az1"


def test_a_zone_without_an_id_has_its_name(world: World) -> None:
    subnet = world.subnet(world.vpc(), zone="b", AvailabilityZoneId=None)
    assert of(world).subnets[subnet].zone == f"{REGION}b"


def test_an_interface_has_all_its_addresses(world: World) -> None:
    subnet = world.subnet(world.vpc("10.0.0.0/16", v6=["2001:db8::/56"]), "10.0.0.0/20", v6=["2001:db8::/64"])
    eni = world.interface(
        subnet,
        "10.0.0.10",
        "10.0.0.11",
        v6=["2001:db8::a"],
        public="203.0.113.1",
        groups=[world.group("vpc-1")],
        Ipv4Prefixes=[{"Ipv4Prefix": "10.0.1.0/28"}],
        Ipv6Prefixes=[{"Ipv6Prefix": "2001:db8:0:0:1::/80"}],
        check=False,
        tags={"tier": "web"},
    )
    world.row(eni)["PrivateIpAddresses"][1]["Association"] = {"PublicIp": "203.0.113.2"}
    found = of(world).interfaces[eni]
    assert found.addresses == blocks("10.0.0.10/31", "10.0.1.0/28", "2001:db8::a", "2001:db8:0:0:1::/80")
    assert found.primary == number("10.0.0.10")
    assert found.public == {
        number("10.0.0.10"): number("203.0.113.1"),
        number("10.0.0.11"): number("203.0.113.2"),
    }
    assert found.groups == ("sg-1",)
    assert (found.checks, found.instance, found.is_primary) == (False, "", True)
    assert found.tags == {"tier": "web"}


@pytest.mark.parametrize("left_out", ["Association", "PrivateIpAddresses"])
def test_one_place_of_a_public_address_is_enough(world: World, left_out: str) -> None:
    eni = world.interface(world.subnet(world.vpc()), "10.0.0.10", public="203.0.113.1")
    del world.row(eni)[left_out]
    assert of(world).interfaces[eni].public == {number("10.0.0.10"): number("203.0.113.1")}


def test_two_public_addresses_of_one_are_refused(world: World) -> None:
    eni = world.interface(world.subnet(world.vpc()), "10.0.0.10", public="203.0.113.1")
    world.row(eni)["PrivateIpAddresses"][0]["Association"] = {"PublicIp": "203.0.113.2"}
    with pytest.raises(Unreadable, match=r"10.0.0.10 has two public addresses"):
        of(world)


def test_an_association_with_a_carrier_address_is_not_public(world: World) -> None:
    eni = world.interface(world.subnet(world.vpc()), Association={"CarrierIp": "203.0.113.1"})
    assert of(world).interfaces[eni].public == {}


def test_an_interface_of_ipv6_alone_has_no_primary_address(world: World) -> None:
    eni = world.interface(world.subnet(world.vpc()), v6=["2001:db8::a"], PrivateIpAddress=None, PrivateIpAddresses=[])
    found = of(world).interfaces[eni]
    assert (found.primary, found.addresses) == (None, blocks("2001:db8::a"))


def test_interfaces_have_the_tags_of_their_instance_even_of_a_stopped_one(world: World) -> None:
    subnet = world.subnet(world.vpc())
    first, second, other = (world.interface(subnet) for _ in range(3))
    world.instance(first, second, state="stopped", tags={"Name": "web"})
    world.instance(other)
    found = of(world).interfaces
    assert [found[i].instance for i in (first, second, other)] == ["i-1", "i-1", "i-2"]
    assert [found[i].is_primary for i in (first, second, other)] == [True, False, True]
    assert [found[i].instance_tags for i in (first, second, other)] == [{"Name": "web"}, {"Name": "web"}, {}]


def test_instances_that_are_not_known_are_missed_where_there_are_some(world: World) -> None:
    eni = world.interface(world.subnet(world.vpc()))
    assert not of(world, without=["describe-instances"]).problems
    world.instance(eni)
    (problem,) = of(world, without=["describe-instances"]).problems
    assert (problem.id, problem.vpcs) == (f"{EC2}/describe-instances.json", ())


def test_an_instance_that_is_listed_twice_is_refused(world: World) -> None:
    world.instance(world.interface(world.subnet(world.vpc())))
    files = files_of(world)
    files[f"{EC2}/describe-instances.json"]["Reservations"] *= 2
    with pytest.raises(Unreadable, match=r"i-1 is listed twice"):
        read(files)


def test_a_tag_that_is_listed_twice_is_refused(world: World) -> None:
    world.vpc(Tags=[{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}])
    with pytest.raises(Unreadable, match=r"tag 'a' is listed twice"):
        of(world)


@pytest.mark.parametrize("address", ["10.0.0", "host", "10.0.0.0/33", "10.0.0.256", "010.0.0.1", "10.0.0.0/255.0.0.0"])
def test_a_text_that_is_no_address_is_refused(world: World, address: str) -> None:
    subnet = world.subnet(world.vpc(), "10.0.0.0/24")
    world.interface(subnet, PrivateIpAddress=address)
    with pytest.raises(Unreadable, match=r"is no address"):
        of(world)


@given(
    st.one_of(
        st.ip_addresses().map(str),
        st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){3}(/[0-9]{1,2})?", fullmatch=True),
        st.tuples(st.ip_addresses(v=4), st.integers(0, 33)).map(lambda p: f"{p[0]}/{p[1]}"),
    )
)
def test_addresses_are_read_as_elsewhere(text: str) -> None:
    assert span_of(text) == parse_network(text)


def test_a_public_text_that_is_no_address_is_refused(world: World) -> None:
    world.interface(world.subnet(world.vpc()), public="203.0.113")
    with pytest.raises(Unreadable, match=r"PublicIp is '203.0.113', not an address"):
        of(world)


def test_what_is_listed_twice_is_refused(world: World) -> None:
    world.vpc()
    files = files_of(world)
    files[f"{EC2}/describe-vpcs.json"]["Vpcs"] *= 2
    with pytest.raises(Unreadable, match=r"describe-vpcs.json: vpc-1 is listed twice"):
        read(files)


def test_what_is_in_no_vpc_or_subnet_of_the_export_is_left_out(world: World) -> None:
    vpc, gone = world.vpc(), world.vpc()
    subnet = world.subnet(vpc)
    kept, lost = world.interface(subnet), world.interface(subnet, SubnetId="subnet-9")
    world.subnet(gone)
    world.interface("subnet-2")
    files = files_of(world)
    del files[f"{EC2}/describe-vpcs.json"]["Vpcs"][1]
    export = read(files)
    assert [*export.subnets] == [subnet]
    assert [*export.interfaces] == [kept]
    assert [(p.id, p.reason, p.vpcs) for p in export.problems] == [
        ("subnet-2", "vpc-2, its VPC, is not in the export", ("vpc-2",)),
        (lost, "subnet-9, its subnet, is not in the export", ("vpc-1",)),
        ("eni-3", "subnet-2, its subnet, is not in the export", ("vpc-2",)),
    ]


def test_an_interface_in_a_subnet_of_another_vpc_is_refused(world: World) -> None:
    world.interface(world.subnet(world.vpc()), VpcId="vpc-2")
    with pytest.raises(Unreadable, match=r"eni-1 is in vpc-2, its subnet subnet-1 in vpc-1"):
        of(world)


# What two accounts list.


def shared(world: World) -> dict[str, Any]:
    """The files of a world whose subnet is shared with another account, which lists it as well."""
    files = files_of(world)
    files["snapshot.json"] = manifest(OWN, OTHER)
    copied = {p.replace(OWN, OTHER, 1): copy.deepcopy(v) for p, v in files.items() if p.startswith(OWN)}
    return {**files, **copied}


def test_shared_things_are_one_thing_with_the_tags_of_its_owner(world: World) -> None:
    vpc = world.vpc(tags={"env": "prod"})
    subnet = world.subnet(vpc)
    eni = world.interface(subnet, OwnerId=OTHER)
    world.table(vpc, subnets=[subnet])
    files = shared(world)
    files[f"{OTHER}/{REGION}/ec2/describe-vpcs.json"]["Vpcs"][0]["Tags"] = []
    files[f"{OTHER}/{REGION}/ec2/describe-network-interfaces.json"]["NetworkInterfaces"][0]["TagSet"] = [
        {"Key": "of", "Value": "participant"}
    ]
    for table in files[f"{OTHER}/{REGION}/ec2/describe-route-tables.json"]["RouteTables"]:
        table["Associations"] = [a for a in table["Associations"] if a["Main"]]
    export = read(files)
    assert not export.problems
    assert export.vpcs[vpc].tags == {"env": "prod"}
    assert export.interfaces[eni].tags == {"of": "participant"}
    assert export.interfaces[eni].place.account == OTHER
    assert export.tables["rtb-2"].subnets == (subnet,)


def test_two_accounts_that_contradict_each_other_are_refused(world: World) -> None:
    world.vpc()
    files = shared(world)
    files[f"{OTHER}/{REGION}/ec2/describe-vpcs.json"]["Vpcs"][0]["CidrBlock"] = "10.9.0.0/16"
    with pytest.raises(Unreadable, match=rf"^{OTHER}/.*: vpc-1 is not what {EC2}/describe-vpcs.json says: blocks$"):
        read(files)


def test_a_subnet_whose_owner_is_not_in_the_snapshot_is_noted(world: World) -> None:
    world.subnet(world.vpc(), OwnerId=FOREIGN)
    reason = f"a subnet of {FOREIGN}, whose list of interfaces is not in the snapshot"
    assert reasons(of(world)) == [(reason, ("vpc-1",))]


def test_a_subnet_on_an_outpost_is_noted(world: World) -> None:
    world.subnet(world.vpc(), OutpostArn="arn:aws:outposts:eu-west-1:1:outpost/op-1")
    assert reasons(of(world)) == [("a subnet on an Outpost is not modelled", ("vpc-1",))]


# Security groups.


def rules(world: World, *raw: Any) -> Any:
    return of_group(world, *raw).ingress


def of_group(world: World, *raw: Any) -> Any:
    group = world.group(world.vpc(), raw)
    return of(world).groups[group]


@pytest.mark.parametrize(
    ("permission", "label", "expected"),
    [
        ({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}, "tcp 22", services(6, 22, 22)),
        ({"IpProtocol": "6", "FromPort": 22, "ToPort": 23}, "tcp 22-23", services(6, 22, 23)),
        ({"IpProtocol": 6, "FromPort": 0, "ToPort": 65535}, "tcp", services(6)),
        ({"IpProtocol": "udp", "FromPort": -1, "ToPort": -1}, "udp", services(17)),
        ({"IpProtocol": "TCP", "FromPort": 23, "ToPort": 22}, "tcp 23-22", None),
        ({"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65536}, "tcp 0-65536", None),
        ({"IpProtocol": "tcp", "FromPort": 22}, "tcp 22-None", None),
        ({"IpProtocol": "-1", "FromPort": 22, "ToPort": 22}, "all", EVERYTHING),
        ({"IpProtocol": -1}, "all", EVERYTHING),
        ({"IpProtocol": "50"}, "protocol 50", services(50)),
        ({"IpProtocol": "256"}, "256", None),
        ({"IpProtocol": "esp"}, "esp", None),
        ({"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1}, "icmp", services(1)),
        ({"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1}, "icmp type 8", services(1, 8 * 256, 8 * 256 + 255)),
        ({"IpProtocol": "icmp", "FromPort": 3, "ToPort": 4}, "icmp type 3 code 4", services(1, 772, 772)),
        ({"IpProtocol": "icmp", "FromPort": 256, "ToPort": 0}, "icmp type 256 code 0", None),
        ({"IpProtocol": "icmp", "FromPort": 3, "ToPort": 256}, "icmp type 3 code 256", None),
        ({"IpProtocol": "58", "FromPort": 128, "ToPort": 0}, "icmpv6 type 128 code 0", services(58, 32768, 32768)),
        ({"IpProtocol": "icmpv6"}, "icmpv6", None),
    ],
)
def test_the_services_of_a_permission(world: World, permission: Any, label: str, expected: Any) -> None:
    (found,) = rules(world, {**permission, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]})
    assert (found.label, found.services) == (f"{label} from 10.0.0.0/8", expected)
    assert found.addresses == blocks("10.0.0.0/8")


def test_a_permission_has_a_rule_for_each_peer(world: World) -> None:
    pairs = [
        {"GroupId": "sg-7", "UserId": FOREIGN, "PeeringStatus": "active"},
        {"GroupId": "sg-8", "UserId": FOREIGN, "PeeringStatus": "deleted"},
        {"GroupId": "sg-9", "UserId": OWN},
    ]
    raw = rule("tcp", 443, "10.0.0.0/8", "2001:db8::/32", "pl-1", "sg-1")
    found = rules(world, {**raw, "UserIdGroupPairs": [*raw["UserIdGroupPairs"], *pairs]})
    assert [(r.label, r.addresses, r.prefix_list, r.group) for r in found] == [
        ("tcp 443 from 10.0.0.0/8", blocks("10.0.0.0/8"), "", ""),
        ("tcp 443 from 2001:db8::/32", blocks("2001:db8::/32"), "", ""),
        ("tcp 443 from pl-1", None, "pl-1", ""),
        ("tcp 443 from sg-1", None, "", "sg-1"),
        ("tcp 443 from sg-7", None, "", "sg-7"),
        ("tcp 443 from sg-8 (stale)", NOTHING, "", ""),
        ("tcp 443 from sg-9 (stale)", NOTHING, "", ""),
    ]


def test_a_group_of_another_account_of_the_snapshot_is_looked_for_there(world: World) -> None:
    other = world.group(world.vpc(account=OTHER))
    found = rules(world, rule("tcp", 22, f"{OTHER}/{other}", f"{OTHER}/sg-9"))
    assert [(r.group, r.addresses) for r in found] == [(other, None), ("", NOTHING)]
    missing = {f"{OTHER}/{REGION}/ec2/describe-security-groups.json": "AccessDenied"}
    files = world.files() | {"snapshot.json": manifest(OWN, OTHER, errors=missing)}
    unread = read({p: v for p, v in files.items() if p not in missing}).groups["sg-2"].ingress
    assert [(r.group, r.addresses) for r in unread] == [(other, None), ("sg-9", None)]


def test_a_security_group(world: World) -> None:
    group = of_group(world, rule("tcp", 22, "0.0.0.0/0"))
    assert (group.vpc, group.name) == ("vpc-1", "sg-1")
    assert [r.label for r in group.egress] == ["all to 0.0.0.0/0", "all to ::/0"]


@pytest.mark.parametrize("raw", [None, True, []])
def test_a_protocol_is_a_text_or_a_number(world: World, raw: Any) -> None:
    with pytest.raises(Unreadable, match=r"IpProtocol is"):
        rules(world, {"IpProtocol": raw})


# Network ACLs.

TERMINAL = AclRule(32767, False, EVERYTHING, EVERYTHING)


def test_entries_are_in_order_of_their_numbers(world: World) -> None:
    vpc = world.vpc()
    subnet = world.subnet(vpc)
    raw = [
        entry(200, "0.0.0.0/0", "allow", "tcp", "1024-65535"),
        entry(90, "10.0.0.0/8", "deny", "icmp", "8"),
        entry(100, "2001:db8::/32", "allow", "icmpv6", "128/0"),
        entry(110, "0.0.0.0/0", "allow", "50", egress=True),
    ]
    made = world.acl(vpc, raw, [subnet])
    acl = of(world).acls[made]
    assert acl.ingress == (
        AclRule(90, False, services(1, 8 * 256, 8 * 256 + 255), blocks("10.0.0.0/8")),
        AclRule(100, True, services(58, 32768, 32768), blocks("2001:db8::/32")),
        AclRule(200, True, services(6, 1024, 65535), blocks("0.0.0.0/0")),
        TERMINAL,
    )
    assert acl.egress == (AclRule(110, True, services(50), blocks("0.0.0.0/0")), TERMINAL)
    assert (acl.vpc, acl.is_default, acl.subnets) == (vpc, False, (subnet,))


def test_without_a_terminal_entry_the_rest_is_denied(world: World) -> None:
    made = world.acl(world.vpc(), [], terminal=False)
    assert of(world).acls[made].ingress == (TERMINAL,)


@pytest.mark.parametrize("protocol", ["1", "6"])
def test_an_entry_without_ports_or_type_is_not_understood(world: World, protocol: str) -> None:
    raw = entry(100, protocol=protocol) | {"IcmpTypeCode": None}
    made = world.acl(world.vpc(), [raw])
    assert of(world).acls[made].ingress[0].services is None


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ([entry(100), entry(100)], "rule 100 is listed twice"),
        ([entry(32767)], "rule 32767 is a terminal one and allows"),
        ([entry(100, action="maybe")], "an entry needs RuleNumber"),
        ([entry(100, CidrBlock=None)], "an entry needs RuleNumber"),
        ([entry(100, RuleNumber=None)], "an entry needs RuleNumber"),
        ([entry(100, Egress=None)], "Egress is None, not true or false"),
    ],
)
def test_entries_that_are_none_are_refused(world: World, raw: Any, reason: str) -> None:
    world.acl(world.vpc(), raw)
    with pytest.raises(Unreadable, match=reason):
        of(world)


@pytest.mark.parametrize(
    ("operation", "member", "reason"),
    [
        ("describe-network-acls", "NetworkAcls", "subnet-1 has two network ACLs"),
        ("describe-route-tables", "RouteTables", "subnet-1 has two route tables"),
    ],
)
def test_two_for_one_subnet_are_refused(world: World, operation: str, member: str, reason: str) -> None:
    vpc = world.vpc()
    subnet = world.subnet(vpc)
    world.acl(vpc, [], [subnet])
    world.table(vpc, subnets=[subnet])
    files = files_of(world)
    rows = files[f"{EC2}/{operation}.json"][member]
    rows.append({**rows[-1], "NetworkAclId": "acl-9", "RouteTableId": "rtb-9"})
    with pytest.raises(Unreadable, match=reason):
        read(files)


# Prefix lists.


def test_prefix_lists_keep_their_entries_apart(world: World) -> None:
    made = world.prefix_list("10.128.0.0/9", "10.0.0.0/9", "2001:db8::/32")
    assert of(world).prefix_lists == {made: entries("10.0.0.0/9", "10.128.0.0/9", "2001:db8::/32")}


def test_an_entry_that_is_no_block_is_refused(world: World) -> None:
    world.prefix_list("everything")
    with pytest.raises(Unreadable, match=r"pl-1.json: 'everything' is no address and no CIDR block"):
        of(world)


def test_entries_that_could_not_be_had_are_a_problem(world: World) -> None:
    path = f"{EC2}/get-managed-prefix-list-entries/pl-1.json"
    export = of(world, errors={path: "AccessDenied"})
    assert export.prefix_lists == {}
    assert [(p.id, p.vpcs) for p in export.problems] == [(path, ())]


def test_two_accounts_agree_on_a_prefix_list(world: World) -> None:
    world.prefix_list("10.0.0.0/9")
    files = shared(world)
    assert [*read(files).prefix_lists] == ["pl-1"]
    files[f"{OTHER}/{REGION}/ec2/get-managed-prefix-list-entries/pl-1.json"]["Entries"] = []
    with pytest.raises(Unreadable, match=r"pl-1 has other entries in another account"):
        read(files)


# Route tables.


def routed(world: World, *raw: Any) -> Any:
    world.table(world.vpc(), raw, local=False)
    return of(world).tables["rtb-2"].routes


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (route("10.0.0.0/16", "local", Origin="CreateRouteTable"), ("10.0.0.0/16", "local", 0)),
        (route("10.0.0.0/16", "local", Origin="CreateRoute"), ("10.0.0.0/16", "local", 0)),
        (route("0.0.0.0/0", "igw-1"), ("0.0.0.0/0", "igw-1", 1)),
        (route("::/0", "eigw-1"), ("::/0", "eigw-1", 1)),
        (route("0.0.0.0/0", "nat-1"), ("0.0.0.0/0", "nat-1", 1)),
        (route("0.0.0.0/0", "tgw-1"), ("0.0.0.0/0", "tgw-1", 1)),
        (route("10.9.0.0/16", "pcx-1"), ("10.9.0.0/16", "pcx-1", 1)),
        (route("10.9.0.0/16", "vgw-1", Origin="EnableVgwRoutePropagation"), ("10.9.0.0/16", "vgw-1", 3)),
        (route("10.9.0.0/16", "eni-1", Origin="Advertisement"), ("10.9.0.0/16", "eni-1", 3)),
        (route("10.9.0.0/16", "eni-1", InstanceId="i-1", InstanceOwnerId=OWN), ("10.9.0.0/16", "eni-1", 1)),
        (route("10.9.0.0/16", InstanceId="i-1"), ("10.9.0.0/16", "i-1", 1)),
        (route("0.0.0.0/0", GatewayId="vpce-1"), ("0.0.0.0/0", "vpce-1", 1)),
        (route("0.0.0.0/0", VpcEndpointId="vpce-1"), ("0.0.0.0/0", "vpce-1", 1)),
    ],
)
def test_what_a_route_leads_to(world: World, raw: Any, expected: tuple[str, str, int]) -> None:
    (found,) = routed(world, raw)
    assert (found.text, found.target, found.rank) == expected
    assert found.destination == entries(expected[0])
    assert not found.is_blackhole


def test_a_route_by_prefix_list_has_its_entries(world: World) -> None:
    world.prefix_list("10.128.0.0/9", "10.0.0.0/9")
    known, unknown = routed(world, route("pl-1", "nat-1"), route("pl-2", GatewayId="vpce-1"))
    assert (known.destination, known.rank) == (entries("10.0.0.0/9", "10.128.0.0/9"), 2)
    assert (unknown.text, unknown.destination, unknown.target) == ("pl-2", None, "vpce-1")


@pytest.mark.parametrize("state", ["running", "stopped"])
def test_a_route_to_an_instance_leads_to_its_interface(world: World, state: str) -> None:
    subnet = world.subnet(world.vpc())
    world.instance(world.interface(subnet), state=state)
    world.instance(world.interface(subnet), world.interface(subnet))
    world.interface(subnet)
    gone = "blackhole" if state == "stopped" else "active"
    world.table(
        "vpc-1",
        [
            route("10.1.0.0/16", InstanceId="i-1", State=gone),
            route("10.2.0.0/16", "eni-1", InstanceId="i-1", State=gone),
            route("10.3.0.0/16", InstanceId="i-2"),
            route("10.4.0.0/16", "eni-4", State="blackhole"),
            route("10.5.0.0/16", "eni-9", State="blackhole"),
            route("10.6.0.0/16", "pcx-1", State="blackhole"),
            route("10.7.0.0/16", State="blackhole"),
        ],
        local=False,
    )
    export = of(world)
    assert [(r.target, r.is_blackhole) for r in export.tables["rtb-2"].routes] == [
        ("eni-1", False),
        ("eni-1", False),
        ("i-2", False),
        ("", True),
        ("", True),
        ("", True),
        ("", True),
    ]
    assert not export.problems


@pytest.mark.parametrize(
    ("member", "target", "reason"),
    [
        ("CarrierGatewayId", "cagw-1", "carrier gateways are not modelled"),
        ("LocalGatewayId", "lgw-1", "local gateways are not modelled"),
        ("CoreNetworkArn", "arn:aws:networkmanager::1:core-network/c", "core networks are not modelled"),
    ],
)
def test_a_route_to_what_is_not_modelled_is_noted(world: World, member: str, target: str, reason: str) -> None:
    world.table(world.vpc(), [route("0.0.0.0/0", **{member: target})], local=False)
    export = of(world)
    assert export.tables["rtb-2"].routes[0].target == target
    assert [(p.id, p.reason, p.vpcs) for p in export.problems] == [(target, reason, ("vpc-1",))]


def test_a_route_to_an_unknown_kind_of_target_is_noted(world: World) -> None:
    world.table(world.vpc(), [route("0.0.0.0/0", OdbNetworkArn="arn:aws:odb")], local=False)
    export = of(world)
    assert export.tables["rtb-2"].routes[0].target == "unknown"
    (problem,) = export.problems
    assert problem.reason.endswith("a route to an unknown kind of target")
    assert problem.vpcs == ("vpc-1",)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ({"GatewayId": "igw-1"}, "a route without destination"),
        (route("0.0.0.0/0", "igw-1", NatGatewayId="nat-1"), "a route with 2 targets"),
        (route("0.0.0.0/40", "igw-1"), "'0.0.0.0/40' is no address and no CIDR block"),
    ],
)
def test_routes_that_are_none_are_refused(world: World, raw: Any, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        routed(world, raw)


def test_a_table_is_bound_by_the_associations_that_are_in_force(world: World) -> None:
    vpc = world.vpc()
    one, two = world.subnet(vpc), world.subnet(vpc)
    igw = world.igw(vpc)
    table = world.table(vpc, subnets=[one, two], gateways=[igw])
    world.row(table)["Associations"][1]["AssociationState"]["State"] = "disassociated"
    export = of(world)
    found = export.tables[table]
    assert (found.is_main, found.subnets, found.gateways) == (False, (one,), (igw,))
    assert export.tables["rtb-1"].is_main
    assert [r.target for r in found.routes] == ["local"]


# Gateways, NAT, peering, endpoints.


def test_gateways_and_what_they_are_attached_to(world: World) -> None:
    vpc = world.vpc()
    world.igw(vpc)
    world.igw()
    world.igw(Attachments=[{"VpcId": vpc, "State": "detached"}])
    world.eigw(vpc)
    world.vgw(vpc)
    world.vgw(vpc, State="deleted")
    found = of(world).gateways
    assert {g.id: (g.kind, g.vpcs) for g in found.values()} == {
        "igw-1": ("igw", (vpc,)),
        "igw-2": ("igw", ()),
        "igw-3": ("igw", ()),
        "eigw-1": ("eigw", (vpc,)),
        "vgw-1": ("vgw", (vpc,)),
        "vgw-2": ("vgw", ()),
    }


@pytest.mark.parametrize("state", ["attaching", "detaching"])
def test_a_gateway_that_is_being_attached_is_noted(world: World, state: str) -> None:
    world.igw(Attachments=[{"VpcId": "vpc-1", "State": state}])
    export = of(world)
    assert export.gateways["igw-1"].vpcs == ()
    assert reasons(export) == [("igw-1 is being attached or detached", ("vpc-1",))]


def test_carrier_gateways_are_noted_where_they_are_attached(world: World) -> None:
    files = files_of(world)
    files[f"{EC2}/describe-carrier-gateways.json"]["CarrierGateways"] = [
        {"CarrierGatewayId": "cagw-1", "VpcId": "vpc-1", "State": "available"},
        {"CarrierGatewayId": "cagw-2", "VpcId": "vpc-2", "State": "deleted"},
    ]
    export = read(files)
    assert export.gateways["cagw-1"].vpcs == ("vpc-1",)
    assert [(p.id, p.vpcs) for p in export.problems] == [("cagw-1", ("vpc-1",))]


def test_nat_gateways_that_are_available(world: World) -> None:
    subnet = world.subnet(world.vpc())
    world.nat(subnet, address="10.0.0.10", public="203.0.114.1")
    world.row("nat-1")["NatGatewayAddresses"] += [
        {"PrivateIp": "10.0.0.11", "PublicIp": "203.0.114.2", "Status": "succeeded"},
        {"PrivateIp": "10.0.0.12", "PublicIp": "203.0.114.3", "Status": "failed"},
        {"PublicIp": "203.0.114.4", "Status": "succeeded"},
    ]
    world.nat(subnet, address="10.0.0.20", public="")
    world.nat(subnet, State="deleted")
    found = of(world).nats
    assert [*found] == ["nat-1", "nat-2"]
    private, public = (number("10.0.0.10"), number("10.0.0.11")), (number("203.0.114.1"), number("203.0.114.2"))
    assert (found["nat-1"].is_public, found["nat-1"].private) == (True, private)
    assert found["nat-1"].public == dict(zip(private, public, strict=True))
    assert (found["nat-1"].vpc, found["nat-1"].subnet) == ("vpc-1", subnet)
    assert (found["nat-2"].is_public, found["nat-2"].private) == (False, (number("10.0.0.20"),))
    assert found["nat-2"].public == {}


def test_a_nat_gateway_in_no_subnet_is_noted(world: World) -> None:
    world.nat(world.subnet(world.vpc()), SubnetId=None)
    export = of(world)
    assert export.nats == {}
    assert reasons(export) == [("a NAT gateway that is in no subnet is not modelled", ("vpc-1",))]


def test_active_peering(world: World) -> None:
    one, two = world.vpc("10.0.0.0/16"), world.vpc("10.1.0.0/16", v6=["2001:db8::/56"], account=OTHER)
    made = world.peering(one, two)
    world.peering(one, two, status="pending-acceptance")
    found = of(world).peerings
    assert [*found] == [made]
    assert (found[made].requester, found[made].accepter) == (one, two)
    assert found[made].requester_blocks == blocks("10.0.0.0/16")
    assert found[made].accepter_blocks == blocks("10.1.0.0/16", "2001:db8::/56")
    assert found[made].same_region


def test_one_listing_of_a_peering_may_know_more(world: World) -> None:
    world.peering(world.vpc("10.0.0.0/16"), world.vpc("10.1.0.0/16", region="eu-west-2", account=OTHER))
    files = files_of(world)
    path = f"{OTHER}/eu-west-2/ec2/describe-vpc-peering-connections.json"
    (row,) = files[path]["VpcPeeringConnections"]
    row["RequesterVpcInfo"] = {"VpcId": "vpc-1", "OwnerId": OWN, "Region": REGION}
    row["AccepterVpcInfo"]["CidrBlockSet"].append({"CidrBlock": "10.2.0.0/16"})
    found = read(files).peerings["pcx-1"]
    assert found.requester_blocks == blocks("10.0.0.0/16")
    assert found.accepter_blocks == blocks("10.1.0.0/16", "10.2.0.0/16")
    assert not found.same_region
    mine = files[f"{EC2}/describe-vpc-peering-connections.json"]["VpcPeeringConnections"][0]
    mine["RequesterVpcInfo"], row["RequesterVpcInfo"] = row["RequesterVpcInfo"], mine["RequesterVpcInfo"]
    assert read(files).peerings["pcx-1"].requester_blocks == blocks("10.0.0.0/16")


def test_endpoints_that_work(world: World) -> None:
    subnet = world.subnet(world.vpc())
    files = files_of(world)
    row = {
        "VpcEndpointId": "vpce-1",
        "VpcEndpointType": "Interface",
        "ServiceName": "com.amazonaws.eu-west-1.kms",
        "VpcId": "vpc-1",
        "State": "available",
        "SubnetIds": [subnet],
        "NetworkInterfaceIds": ["eni-2", "eni-1"],
        "RouteTableIds": [],
    }
    gateway = {"VpcEndpointId": "vpce-2", "VpcId": "vpc-1", "State": "Available", "RouteTableIds": ["rtb-1"]}
    lattice = {"VpcEndpointId": "vpce-4", "VpcEndpointType": "Resource", "VpcId": "vpc-1", "State": "available"}
    files[f"{EC2}/describe-vpc-endpoints.json"]["VpcEndpoints"] = [
        row,
        gateway,
        {**row, "VpcEndpointId": "vpce-3", "State": "deleted"},
        lattice,
    ]
    export = read(files)
    assert [(e.id, e.kind) for e in export.endpoints.values()] == [
        ("vpce-1", "Interface"),
        ("vpce-2", "Gateway"),
        ("vpce-4", "Resource"),
    ]
    assert export.endpoints["vpce-1"].service == "com.amazonaws.eu-west-1.kms"
    assert export.endpoints["vpce-1"].subnets == (subnet,)
    assert export.endpoints["vpce-1"].interfaces == ("eni-1", "eni-2")
    assert export.endpoints["vpce-2"].tables == ("rtb-1",)
    assert reasons(export) == [("endpoints of type Resource are not modelled", ("vpc-1",))]


# Transit gateways.


@pytest.fixture
def hub(world: World) -> World:
    """A transit gateway with two VPCs, one of another account; its first table has the first attachment."""
    tgw = world.tgw(references=True)
    first, second = world.vpc("10.0.0.0/16"), world.vpc("10.1.0.0/16", account=OTHER)
    world.attachment(tgw, first, [world.subnet(first)], references=True)
    world.attachment(tgw, second, [world.subnet(second)])
    return world


def test_attachments_know_what_either_side_lists(hub: World) -> None:
    hub.tgw_table("tgw-1", associations=["tgw-attach-1"])
    export = of(hub)
    found = export.attachments
    assert export.transit_gateways["tgw-1"].references
    assert [(a.id, a.gateway, a.kind, a.resource) for a in found.values()] == [
        ("tgw-attach-1", "tgw-1", "vpc", "vpc-1"),
        ("tgw-attach-2", "tgw-1", "vpc", "vpc-2"),
    ]
    assert [a.subnets for a in found.values()] == [("subnet-1",), ("subnet-2",)]
    assert [a.table for a in found.values()] == ["tgw-rtb-1", ""]
    assert [a.references for a in found.values()] == [True, False]


def test_without_its_owner_the_table_of_an_attachment_is_not_known(hub: World) -> None:
    files = {p: v for p, v in hub.files().items() if not p.startswith(OWN)} | {"snapshot.json": manifest(OTHER)}
    assert read(files).attachments["tgw-attach-2"].table is None


def test_subnets_are_not_known_without_the_list_of_vpc_attachments(hub: World) -> None:
    found = of(hub, without=["describe-transit-gateway-vpc-attachments"]).attachments
    assert found["tgw-attach-1"].subnets is None


def test_the_list_of_vpc_attachments_is_enough(hub: World) -> None:
    hub.tgw_table("tgw-1", associations=["tgw-attach-1"])
    found = of(hub, without=["describe-transit-gateway-attachments"]).attachments
    assert [(a.id, a.table) for a in found.values()] == [("tgw-attach-1", "tgw-rtb-1"), ("tgw-attach-2", None)]


@pytest.mark.parametrize("state", ["deleted", "pendingAcceptance", "rejected"])
def test_what_is_not_available_is_left_out(hub: World, state: str) -> None:
    files = files_of(hub)
    for path, value in files.items():
        if "transit-gateway" in path:
            for rows in value.values():
                for row in rows if isinstance(rows, list) else ():
                    row["State"] = state
    export = read(files)
    assert (export.transit_gateways, export.attachments, export.transit_tables) == ({}, {}, {})


@pytest.mark.parametrize("state", ["pending", "rollingBack", "deleting"])
def test_what_an_attachment_does_while_it_changes_is_not_known(hub: World, state: str) -> None:
    hub.row("tgw-attach-2")["State"] = state
    assert of(hub).attachments["tgw-attach-2"].subnets is None


@pytest.mark.parametrize(
    ("state", "expected"),
    [("associating", None), ("disassociating", None), ("disassociated", ""), ("associated", "tgw-rtb-1")],
)
def test_the_table_of_an_attachment(hub: World, state: str, expected: str | None) -> None:
    hub.tgw_table("tgw-1", associations=["tgw-attach-1"])
    files = files_of(hub)
    path = f"{EC2}/get-transit-gateway-route-table-associations/tgw-rtb-1.json"
    files[path]["Associations"][0]["State"] = state
    for place in (OWN, OTHER):
        for row in files[f"{place}/{REGION}/ec2/describe-transit-gateway-attachments.json"][
            "TransitGatewayAttachments"
        ]:
            row["Association"] = {"TransitGatewayRouteTableId": "tgw-rtb-1", "State": state}
    assert read(files).attachments["tgw-attach-1"].table == expected


def test_routes_of_a_transit_gateway(hub: World) -> None:
    hub.prefix_list("10.9.0.0/16")
    hub.tgw_table(
        "tgw-1",
        [
            tgw_route("10.1.0.0/16", "tgw-attach-2", kind="propagated"),
            tgw_route("0.0.0.0/0", "tgw-attach-2", "tgw-attach-1"),
            tgw_route("10.2.0.0/16"),
            tgw_route("10.3.0.0/16", "tgw-attach-2", State="deleting"),
            tgw_route("pl-1", "tgw-attach-1"),
            tgw_route("pl-2", "tgw-attach-1"),
            tgw_route("10.8.0.0/16", "tgw-attach-1", PrefixListId="pl-3"),
        ],
    )
    export = of(hub)
    table = export.transit_tables["tgw-rtb-1"]
    assert table.gateway == "tgw-1"
    assert table.routes == (
        TransitRoute("10.1.0.0/16", entries("10.1.0.0/16"), ("tgw-attach-2",), 2),
        TransitRoute("0.0.0.0/0", entries("0.0.0.0/0"), ("tgw-attach-1", "tgw-attach-2"), 0),
        TransitRoute("10.2.0.0/16", entries("10.2.0.0/16"), (), 0, is_blackhole=True),
        TransitRoute("pl-1", entries("10.9.0.0/16"), ("tgw-attach-1",), 1),
        TransitRoute("pl-2", None, ("tgw-attach-1",), 1),
        TransitRoute("10.8.0.0/16", entries("10.8.0.0/16"), ("tgw-attach-1",), 1),
    )
    assert not export.problems


@pytest.mark.parametrize("damage", ["cut off", "no attachments", "not collected"])
def test_routes_that_are_not_known(hub: World, damage: str) -> None:
    raw = tgw_route("10.2.0.0/16", State="active" if damage == "no attachments" else "blackhole")
    hub.tgw_table("tgw-1", [raw], complete=damage != "cut off")
    without = ["search-transit-gateway-routes"] if damage == "not collected" else []
    export = of(hub, without=without)
    assert export.transit_tables["tgw-rtb-1"].routes is None
    (problem,) = export.problems
    assert problem.vpcs == ()
    assert damage in problem.reason
    assert problem.place.path == f"{EC2}/search-transit-gateway-routes/tgw-rtb-1.json"


def test_a_route_of_another_type_is_refused(hub: World) -> None:
    hub.tgw_table("tgw-1", [tgw_route("10.2.0.0/16", kind="guessed")])
    with pytest.raises(Unreadable, match=r"Type is 'guessed', not static and not propagated"):
        of(hub)


def test_two_tables_of_one_attachment_are_refused(hub: World) -> None:
    hub.tgw_table("tgw-1", associations=["tgw-attach-1"])
    hub.tgw_table("tgw-1", associations=["tgw-attach-1"])
    with pytest.raises(Unreadable, match=r"tgw-attach-1 is associated with tgw-rtb-2 and tgw-rtb-1"):
        of(hub)


def test_an_association_of_an_unknown_attachment_is_left_out(hub: World) -> None:
    hub.tgw_table("tgw-1", associations=["tgw-attach-1"])
    files = files_of(hub)
    path = f"{EC2}/get-transit-gateway-route-table-associations/tgw-rtb-1.json"
    files[path]["Associations"][0]["TransitGatewayAttachmentId"] = "tgw-attach-9"
    assert "tgw-attach-9" not in read(files).attachments


@pytest.mark.parametrize(
    ("name", "member"),
    [
        ("describe-transit-gateway-attachments", "TransitGatewayAttachments"),
        ("describe-transit-gateway-vpc-attachments", "TransitGatewayVpcAttachments"),
    ],
)
def test_an_attachment_that_is_listed_twice_is_refused(hub: World, name: str, member: str) -> None:
    files = files_of(hub)
    files[f"{EC2}/{name}.json"][member] *= 2
    with pytest.raises(Unreadable, match=r"tgw-attach-1 is listed twice"):
        read(files)


def test_two_lists_that_contradict_each_other_are_refused(hub: World) -> None:
    files = files_of(hub)
    files[f"{EC2}/describe-transit-gateway-vpc-attachments.json"]["TransitGatewayVpcAttachments"][0]["VpcId"] = "vpc-9"
    with pytest.raises(Unreadable, match=r"tgw-attach-1 is not what .*describe-transit-gateway-attachments.json says"):
        read(files)


def test_a_peering_of_transit_gateways_is_two_attachments(world: World) -> None:
    one, two = world.tgw(), world.tgw(region="eu-west-2")
    made = world.tgw_peering(one, two)
    world.tgw_peering(one, two, state="deleted")
    world.tgw_table(one, [tgw_route("10.9.0.0/16", made)], [made])
    export = of(world)
    assert [(a.id, a.gateway, a.kind, a.resource, a.table) for a in export.attachments.values()] == [
        ("tgw-attach-1@tgw-1", one, "peering", two, "tgw-rtb-1"),
        ("tgw-attach-1@tgw-2", two, "peering", one, ""),
    ]
    assert export.transit_tables["tgw-rtb-1"].routes[0].attachments == ("tgw-attach-1@tgw-1",)


def test_the_list_of_peering_attachments_is_enough(world: World) -> None:
    world.tgw_peering(world.tgw(), world.tgw(region="eu-west-2"))
    found = of(world, without=["describe-transit-gateway-attachments"]).attachments
    assert [(a.id, a.resource, a.table) for a in found.values()] == [
        ("tgw-attach-1@tgw-1", "tgw-2", None),
        ("tgw-attach-1@tgw-2", "tgw-1", None),
    ]


def test_attachments_of_what_is_outside(world: World) -> None:
    made = world.vpn_attachment(world.tgw())
    found = of(world).attachments[made]
    assert (found.kind, found.subnets) == ("vpn", ())


# Load balancers.


@pytest.fixture
def balanced(world: World) -> World:
    """A VPC with one subnet and one instance."""
    world.instance(world.interface(world.subnet(world.vpc())))
    return world


def test_a_network_load_balancer(balanced: World) -> None:
    group = balanced.target_group("vpc-1", "i-1", ("i-1", 8080), protocol="TCP_UDP", port=53, name="dns")
    arn = balanced.balancer(["subnet-1"], [listener(53, "TCP_UDP", group)], public=["203.0.113.9"], name="edge")
    export = of(balanced)
    found = export.balancers[arn]
    assert (found.name, found.kind, found.vpc, found.subnets) == ("edge", "network", "vpc-1", ("subnet-1",))
    assert (found.is_internet_facing, found.groups) == (True, ())
    assert found.interfaces == ("eni-edge-subnet-1",)
    assert found.crosses_zones is False
    (own,) = found.listeners
    assert own.services == join(services(6, 53, 53), services(17, 53, 53))
    assert own.groups == (group,)
    target = export.target_groups[group]
    assert (target.kind, target.protocols, target.port, target.vpc) == ("instance", (6, 17), 53, "vpc-1")
    assert [(t.id, t.port) for t in target.targets] == [("i-1", 53), ("i-1", 8080)]
    assert (target.keeps_client, target.is_ipv6) == (True, False)
    assert target.zones == "use_load_balancer_configuration"
    assert not export.problems


def test_any_rule_of_an_application_load_balancer_may_pick_its_target_groups(balanced: World) -> None:
    names = [balanced.target_group("vpc-1", "i-1", protocol="HTTP", name=n) for n in ("a", "b", "c")]
    raw = [listener(443, "HTTPS", names[0], rules=[[names[1]], [names[2], names[0]]]), listener(80, "HTTP")]
    security = balanced.group("vpc-1")
    arn = balanced.balancer(["subnet-1"], raw, kind="application", groups=[security])
    export = of(balanced)
    found = export.balancers[arn]
    assert [(o.services, o.groups) for o in found.listeners] == [
        (services(6, 443, 443), tuple(sorted(names))),
        (services(6, 80, 80), ()),
    ]
    assert (found.groups, found.crosses_zones) == ((security,), True)
    assert export.target_groups[names[0]].keeps_client is False


def test_a_gateway_load_balancer_takes_everything(balanced: World) -> None:
    group = balanced.target_group("vpc-1", "i-1", protocol="GENEVE", port=6081)
    raw = listener(0, "", group) | {"Port": None, "Protocol": None}
    arn = balanced.balancer(
        ["subnet-1"], [raw], kind="gateway", attributes={"load_balancing.cross_zone.enabled": "true"}
    )
    found = of(balanced).balancers[arn]
    assert found.listeners[0].services == EVERYTHING
    assert found.crosses_zones is True


@pytest.mark.parametrize(
    ("operation", "member", "kind"),
    [
        ("describe-listeners", "listeners", "network"),
        ("describe-rules", "groups", "application"),
        ("describe-load-balancer-attributes", "crosses_zones", "network"),
    ],
)
def test_what_is_not_known_of_a_load_balancer(balanced: World, operation: str, member: str, kind: str) -> None:
    group = balanced.target_group("vpc-1", "i-1", protocol="HTTP" if kind == "application" else "TCP")
    arn = balanced.balancer(["subnet-1"], [listener(80, "HTTP" if kind == "application" else "TCP", group)], kind=kind)
    export = of(balanced, without=[operation])
    found = export.balancers[arn]
    assert getattr(found.listeners[0] if member == "groups" else found, member) is None
    (problem,) = export.problems
    assert (problem.id, problem.vpcs) == (problem.place.path, ())
    assert f"elbv2/{operation}/" in problem.id


def test_what_is_not_known_of_a_target_group(balanced: World) -> None:
    arn = balanced.target_group("vpc-1", "i-1")
    export = of(balanced, without=["describe-target-health", "describe-target-group-attributes"])
    found = export.target_groups[arn]
    assert (found.targets, found.keeps_client, found.zones) == (None, None, "")
    assert [p.vpcs for p in export.problems] == [(), ()]


@pytest.mark.parametrize(
    ("kind", "protocol", "attributes", "expected"),
    [
        ("instance", "TCP", {}, True),
        ("instance", "TCP", {"preserve_client_ip.enabled": "false"}, False),
        ("ip", "TCP", {}, False),
        ("ip", "TLS", {}, False),
        ("ip", "TLS", {"preserve_client_ip.enabled": "true"}, True),
        ("ip", "UDP", {}, True),
        ("ip", "TCP_UDP", {}, True),
        ("alb", "TCP", {}, True),
        ("ip", "HTTP", {}, False),
    ],
)
def test_whether_targets_see_the_client(
    balanced: World, kind: str, protocol: str, attributes: dict[str, str], expected: bool
) -> None:
    arn = balanced.target_group("vpc-1", kind=kind, protocol=protocol, attributes=attributes)
    assert of(balanced).target_groups[arn].keeps_client is expected


def test_a_target_group_of_functions_has_no_port(balanced: World) -> None:
    arn = balanced.target_group("vpc-1", kind="lambda", Protocol=None, Port=None, VpcId=None)
    files = files_of(balanced)
    health = next(v for p, v in files.items() if "describe-target-health" in p)
    health["TargetHealthDescriptions"] = [{"Target": {"Id": "arn:aws:lambda:f"}}]
    found = read(files).target_groups[arn]
    assert (found.protocols, found.port, found.vpc, found.keeps_client) == ((), 0, "", False)
    assert [(t.id, t.port) for t in found.targets] == [("arn:aws:lambda:f", None)]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (listener(80, "SMTP"), "Protocol is 'SMTP', none of TCP"),
        (listener(70000, "TCP"), "Port is 70000, not a port"),
        (listener(80, "TCP") | {"Port": None}, "Port is None, not a port"),
    ],
)
def test_listeners_that_are_none_are_refused(balanced: World, raw: Any, reason: str) -> None:
    balanced.balancer(["subnet-1"], [raw])
    with pytest.raises(Unreadable, match=reason):
        of(balanced)


def test_a_load_balancer_that_failed_is_left_out(balanced: World) -> None:
    balanced.balancer(["subnet-1"], name="edge", State={"Code": "failed"})
    export = of(balanced)
    assert export.balancers == {}
    reason = "an interface of a load balancer that is not in the export (ELB net/edge/0edge)"
    assert reasons(export) == [(reason, ("vpc-1",))]


@pytest.mark.parametrize(
    ("path", "member"), [("describe-load-balancers", "LoadBalancers"), ("describe-target-groups", "TargetGroups")]
)
def test_load_balancers_and_target_groups_are_listed_once(balanced: World, path: str, member: str) -> None:
    balanced.target_group("vpc-1")
    balanced.balancer(["subnet-1"])
    files = files_of(balanced)
    files[f"{HERE}/elbv2/{path}.json"][member] *= 2
    with pytest.raises(Unreadable, match=r"is listed twice"):
        read(files)


def test_a_classic_load_balancer(balanced: World) -> None:
    security = balanced.group("vpc-1")
    raw = [(443, "SSL", 8443, "TCP"), (80, "HTTP", 8080, "HTTP")]
    balanced.classic(["subnet-1"], raw, ["i-1"], groups=[security], public=["203.0.113.9"], name="old")
    (found,) = of(balanced).balancers.values()
    assert found.arn == f"arn:aws:elasticloadbalancing:{REGION}:{OWN}:loadbalancer/old"
    assert (found.kind, found.vpc, found.subnets, found.groups) == ("classic", "vpc-1", ("subnet-1",), (security,))
    assert found.forwards == ((services(6, 443, 443), 8443), (services(6, 80, 80), 8080))
    assert (found.instances, found.interfaces, found.listeners) == (("i-1",), ("eni-old-subnet-1",), ())
    assert found.is_internet_facing


# What is not modelled.


def test_what_is_not_modelled_is_noted(world: World) -> None:
    files = files_of(world)
    files[f"{EC2}/describe-local-gateways.json"]["LocalGateways"] = [
        {"LocalGatewayId": "lgw-1", "State": "available"},
        {"LocalGatewayId": "lgw-2", "State": "deleted"},
    ]
    files[f"{EC2}/describe-client-vpn-endpoints.json"]["ClientVpnEndpoints"] = [
        {"ClientVpnEndpointId": "cvpn-1", "VpcId": "vpc-1", "Status": {"Code": "available"}},
        {"ClientVpnEndpointId": "cvpn-2", "Status": {"Code": "pending-associate"}},
        {"ClientVpnEndpointId": "cvpn-3", "Status": {"Code": "deleted"}},
    ]
    options = files[f"{EC2}/describe-vpc-block-public-access-options.json"]["VpcBlockPublicAccessOptions"]
    options["InternetGatewayBlockMode"] = "block-ingress"
    assert [(p.id, p.vpcs) for p in read(files).problems] == [
        ("lgw-1", None),
        ("cvpn-1", ("vpc-1",)),
        ("cvpn-2", None),
        ("vpc-block-public-access", None),
    ]


def test_options_that_are_not_known_can_only_deny(world: World) -> None:
    assert not of(world, without=["describe-vpc-block-public-access-options"]).problems


# Values of wrong types.


@pytest.fixture
def everything(hub: World) -> World:
    """A world with one of each kind."""
    subnet = "subnet-1"
    hub.instance(hub.interface(subnet, public="203.0.113.1", v6=["2001:db8::1"]), tags={"a": "b"})
    hub.group("vpc-1", [rule("tcp", 443, "10.0.0.0/8", "::/0", "pl-1", "sg-1"), rule("icmp", "8", "10.0.0.0/8")])
    hub.prefix_list("10.0.0.0/9")
    hub.acl("vpc-1", [entry(100, protocol="tcp", ports="1-2"), entry(90, "::/0", protocol="icmpv6")], [subnet])
    hub.table("vpc-1", [route("0.0.0.0/0", hub.igw("vpc-1")), route("pl-1", hub.nat(subnet))], [subnet])
    hub.eigw("vpc-1")
    hub.vgw("vpc-1")
    hub.peering("vpc-1", "vpc-2")
    hub.tgw_peering("tgw-1", hub.tgw())
    hub.tgw_table("tgw-1", [tgw_route("10.0.0.0/8", "tgw-attach-1")], ["tgw-attach-1"])
    target = hub.target_group("vpc-1", "i-1", protocol="HTTP", attributes={"a": "b"})
    hub.balancer([subnet], [listener(80, "HTTP", target)], kind="application", attributes={"a": "b"})
    hub.classic([subnet], [(80, "TCP", 80, "TCP")], ["i-1"])
    return hub


def places_of(value: Any) -> list[tuple[Any, Any]]:
    """Every container with a key of it, at any depth."""
    found, waiting = [], [value]
    while waiting:
        here = waiting.pop()
        keys = here.keys() if isinstance(here, dict) else range(len(here))
        for key in list(keys):
            found.append((here, key))
            if isinstance(here[key], dict | list):
                waiting.append(here[key])
    return found


class Facts:
    """A snapshot whose answers are at hand, so that thousands of them can be damaged."""

    def __init__(self, files: dict[str, Any], accounts: Any) -> None:
        self.files = files
        self.accounts = accounts
        self.unknowns = Unknowns({})

    def under(self, folder: str) -> set[str]:
        return {p for p in self.files if p.startswith(folder)}

    def fact(self, path: str) -> Fact:
        if path not in self.files:
            return Fact(path, State.ERROR, code=NOT_COLLECTED)
        return Fact(path, State.VALUE, self.files[path])


@pytest.mark.parametrize("wrong", [-1, 70000, "x", None, [1], {"a": 1}, True], ids=repr)
def test_values_of_wrong_types_are_read_or_refused(everything: World, wrong: Any) -> None:
    files = files_of(everything)
    accounts = snapshot_of(files).accounts
    del files["snapshot.json"]
    refused = 0
    for path in files:
        for holder, key in places_of(files[path]):
            kept, holder[key] = holder[key], wrong
            try:
                read_export(Facts(files, accounts), accounts)
            except Unreadable as problem:
                refused += 1
                assert "\n" not in str(problem)
            holder[key] = kept
    assert refused > 100
    assert not read_export(Facts(files, accounts), accounts).problems
