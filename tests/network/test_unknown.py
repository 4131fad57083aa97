"""Networks with values that are known after apply: the wide side takes all that they may be, the narrow side none.

AUDITCTL_FUZZ=10 looks at ten times as many random networks.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from auditctl.audit import claims_of, search
from auditctl.search.flows import search_flow
from auditctl.search.lateral import search_lateral
from checkers.audit import check_row
from checkers.cloud.claims import COMPLETED, Outcome, check_claim
from checkers.cloud.inventory import Inventory
from checkers.cloud.network.flows import check_flow
from checkers.cloud.network.impossible import impossible
from checkers.cloud.network.lateral import check_lateral
from checkers.cloud.network.selection import select
from checkers.cloud.targets import Target
from checkers.verdict import Rejected, Unreadable
from cloud.setting import HOLDS, INCONCLUSIVE, OTHER, OWN, VIOLATED, inventory_of
from network.estate import control_of
from network.flow_worlds import ANYONE, entries, web
from network.random_unknowns import claim, planned
from network.test_lateral_agreement import instances
from network.world import REGION, World, entry, listener, route, rule, tgw_route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checkers.cloud.network.flow_control import Entry
    from checkers.cloud.network.model import Export

NETWORKS = 20 * int(os.environ.get("AUDITCTL_FUZZ", "1"))
PARTS = 2
Json = Any
SSH: Json = {"protocol": ["tcp"], "port": ["22"]}


class Plan:
    """A world in which some members have markers."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.unknown: list[Json] = []

    def mark(self, name: str, kind: str = "address", example: Json = "10.0.1.77", **more: Json) -> str:
        if all(row["name"] != name for row in self.unknown):
            row = {"name": name, "attribute": f"aws_thing.{name}", "kind": kind, "example": example}
            self.unknown.append({**row, **more})
        return f"<{name}>"

    def private(self, interface: str, example: str = "") -> None:
        """The primary private address of an interface is not known."""
        row = self.world.row(interface)
        within = [self.world.row(row["SubnetId"])["CidrBlock"]]
        marker = self.mark(interface, example=example or row["PrivateIpAddress"], within=within)
        row["PrivateIpAddress"] = row["PrivateIpAddresses"][0]["PrivateIpAddress"] = marker

    def public(self, interface: str) -> None:
        """The public address of an interface is not known."""
        row = self.world.row(interface)
        marker = self.mark(f"{interface}.public", example=row["Association"]["PublicIp"])
        row["Association"] = row["PrivateIpAddresses"][0]["Association"] = {"PublicIp": marker}

    def nat(self, gateway: str) -> None:
        """The addresses of a NAT gateway are not known."""
        own = self.world.row(gateway)["NatGatewayAddresses"][0]
        self.private(own["NetworkInterfaceId"])
        self.public(own["NetworkInterfaceId"])
        own["PrivateIp"] = f"<{own['NetworkInterfaceId']}>"
        own["PublicIp"] = f"<{own['NetworkInterfaceId']}.public>"

    def files(self) -> Json:
        files = json.loads(json.dumps(self.world.files()))
        files["snapshot.json"] |= {"planned": {"kind": "test"}, "unknown": self.unknown}
        return files

    def inventory(self) -> Inventory:
        return inventory_of(self.files())


def outcome_of(inventory: Inventory, form: str = "forbid", kind: str = "network", **members: Json) -> tuple[str, Json]:
    """What surely is so, whatever the values are, with its certificate; or the reasons why that is open."""
    (asked,) = claims_of([control_of(kind, form, **members)], inventory)
    search, check = (search_lateral, check_lateral) if "path" in members else (search_flow, check_flow)
    found = search(asked, inventory)
    if isinstance(found, tuple):
        return INCONCLUSIVE, found
    return check(asked, json.loads(json.dumps(found)), inventory)[0].value, found


def asked(plan: Plan, source: Json, target: Json, *, form: str = "forbid", **flow: Json) -> tuple[str, str]:
    """The outcome of a claim, and the reasons as one text."""
    sides = {"from": [end_of(source)], "to": [end_of(target)]}
    found, why = outcome_of(plan.inventory(), form, flow={**sides, **flow})
    return found, "; ".join(why) if found == INCONCLUSIVE else ""


def end_of(value: Json) -> Json:
    return {"interface": [value]} if isinstance(value, str) and value.startswith("eni-") else value


def port(number: int, protocol: str = "tcp") -> Json:
    return {"protocol": [protocol], "port": [str(number)]}


def open_by(found: tuple[str, str], *attributes: str) -> bool:
    """Whether a claim is open, and these attributes are named."""
    return found[0] == INCONCLUSIVE and all(f"aws_thing.{a} is known after apply" in found[1] for a in attributes)


# Security groups.


def with_rule(permission: Json, **marks: Json) -> Plan:
    """The world of `web`, whose host eni-1 admits this; eni-2 does too, and both may be reached from each other."""
    plan = Plan(web(ingress=permission))
    for name, (kind, example) in marks.items():
        plan.mark(name, kind, example)
    return plan


def test_an_unknown_block_may_be_any_of_its_version_and_opens_no_other_port() -> None:
    plan = with_rule(rule("tcp", 22, IpRanges=[{"CidrIp": "<office>"}]), office=("block", "192.0.2.0/24"))
    assert open_by(asked(plan, "internet", "eni-1", **port(22)), "office")
    assert asked(plan, "internet", "eni-1", **port(23)) == (HOLDS, "")
    assert asked(plan, "internet", "eni-1", form="require", **port(23)) == (VIOLATED, "")
    assert open_by(asked(plan, "internet", "eni-1", form="require", **port(22)), "office")


def test_an_unknown_block_of_ipv6_opens_nothing_to_ipv4() -> None:
    for member, name, expected in (("Ipv6Ranges", "CidrIpv6", HOLDS), ("IpRanges", "CidrIp", INCONCLUSIVE)):
        permission = rule("tcp", 22, **{member: [{name: "<office>"}]})
        assert asked(with_rule(permission, office=("block", "2600::/32")), "internet", "eni-1")[0] == expected


@pytest.mark.parametrize(
    ("low", "high", "opens", "shut"),
    [
        ("<a>", 443, (0, 22, 443), (444, 65535)),
        (80, "<a>", (80, 443, 65535), (79, 22)),
        ("<a>", "<b>", (0, 22, 65535), ()),
        ("<a>", -1, (0, 22, 65535), ()),
    ],
)
def test_an_unknown_port_may_be_any_that_the_other_end_leaves(low: Json, high: Json, opens: Json, shut: Json) -> None:
    permission = rule("tcp", 1, "0.0.0.0/0", FromPort=low, ToPort=high)
    plan = with_rule(permission, a=("number", 100), b=("number", 200))
    for number in opens:
        assert open_by(asked(plan, "internet", "eni-1", **port(number)), "b" if low == "<a>" and high == "<b>" else "a")
    for number in shut:
        assert asked(plan, "internet", "eni-1", **port(number)) == (HOLDS, "")
    assert asked(plan, "internet", "eni-1", **port(100, "udp")) == (HOLDS, "")


@pytest.mark.parametrize(
    ("kind", "code", "opens", "shut"),
    [("<a>", 0, ("8", "3"), ()), (8, "<a>", ("8",), ("3",)), ("<a>", "<b>", ("8", "3"), ())],
)
def test_an_unknown_type_or_code_of_icmp(kind: Json, code: Json, opens: Json, shut: Json) -> None:
    plan = with_rule(rule("icmp", "", "0.0.0.0/0", FromPort=kind, ToPort=code), a=("number", 8), b=("number", 0))
    rules = plan.inventory().network.export.groups["sg-1"].ingress
    assert rules[0].unknown
    assert rules[0].services is not None
    for number in (*opens, *shut):
        assert (256 * int(number) + (1 << 16) in rules[0].services) is (number in opens)


def test_ends_that_are_of_no_protocol_or_not_there_are_read_as_before() -> None:
    marks = {"a": ("number", 8)}
    for protocol, low, high in (("-1", "<a>", 5), ("50", "<a>", 5)):
        made = with_rule(rule(protocol, "", "0.0.0.0/0", FromPort=low, ToPort=high), **marks)
        (found,) = made.inventory().network.export.groups["sg-1"].ingress
        assert found.services is not None
        assert found.unknown
    odd = rule("tcp", "", "0.0.0.0/0", FromPort="<a>")
    del odd["ToPort"]
    (found,) = with_rule(odd, **marks).inventory().network.export.groups["sg-1"].ingress
    assert found.services is None


def test_a_text_that_is_no_marker_is_no_port_and_no_block() -> None:
    for permission in (rule("tcp", 1, "0.0.0.0/0", FromPort="<b>"), rule("tcp", 1, IpRanges=[{"CidrIp": "<b>"}])):
        with pytest.raises(Unreadable):
            outcome_of(
                with_rule(permission, a=("number", 1)).inventory(), flow={"from": ["internet"], "to": ["snapshot"]}
            )


def test_a_label_shows_what_is_not_known() -> None:
    plan = with_rule(rule("tcp", 1, "10.0.0.0/8", FromPort="<a>", ToPort="<a>"), a=("number", 22))
    (found,) = plan.inventory().network.export.groups["sg-1"].ingress
    assert found.label == "tcp <a> from 10.0.0.0/8"


def test_an_unknown_group_as_the_peer_is_any_private_address() -> None:
    permission = rule("tcp", 22, UserIdGroupPairs=[{"GroupId": "<peer>", "UserId": OWN}])
    plan = with_rule(permission, peer=("text", "sg-2"))
    assert open_by(asked(plan, "eni-2", "eni-1", **SSH), "peer")
    assert asked(plan, "eni-2", "eni-1", **port(23)) == (HOLDS, "")
    assert asked(plan, "internet", "eni-1", **SSH) == (HOLDS, "")
    plan.world.row("sg-2")["IpPermissionsEgress"] = [permission]
    assert open_by(asked(plan, "eni-2", "eni-1", **SSH), "peer")
    plan.world.row("sg-1")["IpPermissions"] = [ANYONE]
    assert open_by(asked(plan, "eni-2", "eni-1", **SSH), "peer")
    assert asked(plan, "eni-2", "internet") == (HOLDS, "")


def test_what_a_balancer_hands_on_may_be_of_an_unknown_group() -> None:
    plan = balanced(kind="ip")
    permission = rule("tcp", 8080, UserIdGroupPairs=[{"GroupId": "<peer>", "UserId": OWN}])
    plan.mark("peer", "text", "sg-2")
    plan.world.row("sg-1")["IpPermissions"] = [permission]
    assert open_by(asked(plan, "internet", "eni-1", **port(8080)), "peer")


def test_other_rules_of_the_group_stay_sure() -> None:
    plan = with_rule(rule("tcp", 22, "10.0.0.0/16", IpRanges=[{"CidrIp": "<office>"}, {"CidrIp": "10.0.0.0/16"}]))
    plan.mark("office", "block", "192.0.2.0/24")
    assert asked(plan, "eni-2", "eni-1", **SSH) == (VIOLATED, "")
    assert open_by(asked(plan, "internet", "eni-1", **SSH), "office")


def test_an_interface_with_an_unknown_group_may_let_anything_in_and_be_a_member_of_any() -> None:
    plan = Plan(web())
    plan.world.row("eni-1")["Groups"] = [{"GroupId": plan.mark("group", "text", "sg-1")}]
    assert open_by(asked(plan, "internet", "eni-1", **SSH), "group")
    assert open_by(asked(plan, "internet", "eni-1", form="require", **SSH), "group")
    assert open_by(asked(plan, "eni-1", "eni-2", **port(5432)), "group")
    assert asked(plan, "eni-1", "eni-2", **port(5433)) == (HOLDS, "")
    plan.world.row("eni-1")["Groups"].append({"GroupId": "sg-1"})
    assert asked(plan, "internet", "eni-1", **SSH) == (VIOLATED, "")
    assert open_by(asked(plan, "internet", "eni-1", **port(80)), "group")


def test_an_interface_with_an_unknown_group_may_be_in_the_target() -> None:
    plan = Plan(web(ingress=ANYONE))
    plan.world.row("eni-1")["Groups"] = [{"GroupId": plan.mark("group", "text", "sg-1")}]
    export = plan.inventory().network.export
    target = Target("security-group", "sg-2", "", "")
    (word,) = entry_of("target")
    assert set(select((word,), (), target, export).interfaces) == {"eni-1", "eni-2"}
    assert set(select((word,), (), target, export, wide=False).interfaces) == {"eni-2"}
    everyone = entry_of("snapshot")
    assert set(select(everyone, (word,), target, export).interfaces) == {"eni-1"}
    assert set(select(everyone, (word,), target, export, wide=False).interfaces) == set()


# Network ACLs.


def with_entries(*given: Json, **marks: Json) -> Plan:
    plan = with_rule(ANYONE, **marks)
    plan.world.acl("vpc-1", [*given, entry(900, egress=True)], ["subnet-1"])
    return plan


def test_an_entry_that_may_allow_does_not_surely() -> None:
    plan = with_entries(entry(100, CidrBlock="<office>", protocol="tcp", ports=22), office=("block", "192.0.2.0/24"))
    assert open_by(asked(plan, "internet", "eni-1", **SSH), "office")
    assert asked(plan, "internet", "eni-1", **port(23)) == (HOLDS, "")
    assert asked(plan, "internet", "eni-1", form="require", **port(23)) == (VIOLATED, "")


def test_an_entry_that_may_deny_does_not_surely() -> None:
    denying = entry(100, CidrBlock="<office>", action="deny", protocol="tcp", ports=22)
    plan = with_entries(denying, entry(200), office=("block", "192.0.2.0/24"))
    assert open_by(asked(plan, "internet", "eni-1", **SSH), "office")
    assert asked(plan, "internet", "eni-1", **port(23)) == (VIOLATED, "")
    assert asked(plan, "internet", "eni-1", form="require", **port(23))[0] == HOLDS
    denied = with_entries(entry(50, action="deny"), denying, entry(200), office=("block", "192.0.2.0/24"))
    assert asked(denied, "internet", "eni-1") == (HOLDS, "")


def test_entries_that_may_allow_what_others_may_deny() -> None:
    marks = {"good": ("block", "192.0.2.0/24"), "bad": ("block", "192.0.2.0/24")}
    denying = entry(100, CidrBlock="<bad>", action="deny", protocol="tcp", ports=22)
    plan = with_entries(denying, entry(200, CidrBlock="<good>"), **marks)
    assert open_by(asked(plan, "internet", "eni-1", **SSH), "good", "bad")
    assert open_by(asked(plan, "internet", "eni-1", **port(23)), "good")
    of_v6 = entry(100, Ipv6CidrBlock="<bad>", action="deny")
    del of_v6["CidrBlock"]
    assert asked(with_entries(of_v6, entry(200), **marks), "internet", "eni-1", **SSH) == (VIOLATED, "")


def test_an_entry_with_an_unknown_port() -> None:
    allowing = entry(100, protocol="tcp", ports=22, PortRange={"From": "<low>", "To": 80})
    plan = with_entries(allowing, low=("number", 22))
    assert open_by(asked(plan, "internet", "eni-1", **SSH), "low")
    assert asked(plan, "internet", "eni-1", **port(81)) == (HOLDS, "")


# Addresses of interfaces.


def tiers() -> Plan:
    """A public host eni-1 and a private one eni-2 in subnet-1, a database eni-3 in subnet-2; none is known.

    Both hosts admit SSH from anywhere; the database admits eni-2's group sg-2.
    """
    world = World()
    vpc = world.vpc("10.0.0.0/16")
    front, back = world.subnet(vpc, "10.0.1.0/24"), world.subnet(vpc, "10.0.2.0/24")
    groups = [world.group(vpc, [rule("tcp", 22, "0.0.0.0/0")]) for _ in range(2)]
    world.interface(front, groups=groups[:1], public="203.0.113.5")
    world.interface(front, groups=groups[1:])
    world.interface(back, groups=[world.group(vpc, [rule("tcp", 5432, groups[1])])])
    world.table(vpc, [route("0.0.0.0/0", world.igw(vpc))], [front])
    plan = Plan(world)
    for interface in ("eni-1", "eni-2", "eni-3"):
        plan.private(interface)
    return plan


def test_interfaces_of_one_subnet_stay_apart() -> None:
    plan = tiers()
    plan.public("eni-1")
    assert open_by(asked(plan, "internet", "eni-1", **SSH), "eni-1")
    assert open_by(asked(plan, "internet", "eni-1", **SSH), "eni-1.public")
    assert asked(plan, "internet", "eni-2") == (HOLDS, "")
    assert open_by(asked(plan, "eni-1", "internet"), "eni-1")
    assert asked(plan, "eni-2", "internet") == (HOLDS, "")
    assert open_by(asked(plan, "eni-2", "eni-3", **port(5432)), "eni-2", "eni-3")
    assert asked(plan, "eni-1", "eni-3") == (HOLDS, "")
    assert open_by(asked(plan, "eni-1", "eni-2", **SSH), "eni-1", "eni-2")


def test_a_known_public_address_of_an_unknown_private_one() -> None:
    plan = tiers()
    assert open_by(asked(plan, "internet", "eni-1", **SSH), "eni-1")
    assert asked(plan, "internet", "eni-2") == (HOLDS, "")
    by_public = {"cidr": ["203.0.113.5/32"], "interface": ["eni-*"]}
    assert open_by(asked(plan, "internet", by_public, **SSH), "eni-1")
    assert asked(plan, "internet", {"cidr": ["203.0.113.6/32"], "interface": ["eni-*"]}) == (HOLDS, "")


def test_an_unknown_public_address_of_a_known_private_one() -> None:
    plan = Plan(web())
    plan.public("eni-1")
    assert open_by(asked(plan, "internet", "eni-1", **SSH), "eni-1.public")
    assert asked(plan, "internet", "eni-1", **port(23)) == (HOLDS, "")
    assert open_by(asked(plan, "internet", {"cidr": ["198.18.0.0/15"], "interface": ["eni-*"]}, **SSH), "eni-1.public")
    assert asked(plan, "internet", {"cidr": ["10.9.0.0/16"], "interface": ["eni-*"]}) == (HOLDS, "")
    # By its own address it surely is among what is left out.
    flow = {"from": ["internet"], "to": [{"interface": ["eni-1"]}], "not_to": [{"cidr": ["10.0.1.10/32"]}]}
    assert outcome_of(plan.inventory(), flow=flow)[0] == HOLDS


@pytest.mark.parametrize(
    ("block", "chosen", "left"),
    [
        ("10.0.1.0/24", INCONCLUSIVE, HOLDS),
        ("10.0.0.0/8", INCONCLUSIVE, HOLDS),
        ("10.0.1.128/25", INCONCLUSIVE, INCONCLUSIVE),
        ("10.0.2.0/24", HOLDS, INCONCLUSIVE),
    ],
)
def test_an_interface_may_be_selected_by_its_address(block: str, chosen: str, left: str) -> None:
    plan = tiers()
    assert asked(plan, "internet", {"cidr": [block], "vpc": ["vpc-1"]}, **SSH)[0] == chosen
    assert asked(plan, "internet", {"cidr": [block]}, **SSH)[0] == chosen
    assert asked(plan, "internet", "eni-1", not_to=[{"cidr": [block]}], **SSH)[0] == left


def test_a_block_outside_may_have_what_an_interface_has() -> None:
    """Half a subnet as on-premises addresses: with the other half they are the sources that may be the same."""
    world = World()
    vpc = world.vpc("10.0.0.0/16")
    for number in (1, 2):
        subnet = world.subnet(vpc, f"10.0.{number}.0/24")
        world.interface(subnet, groups=[world.group(vpc, [rule("tcp", 22, "10.0.1.0/25")] if number == 2 else [])])
    world.table(vpc, [route("192.168.0.0/16", world.vgw(vpc))], main=True)
    plan = Plan(world)
    assert asked(plan, {"cidr": ["10.0.1.128/25"]}, "eni-2") == (HOLDS, "")
    plan.private("eni-1")
    assert asked(plan, {"cidr": ["10.0.1.128/25"]}, "eni-2")[0] == INCONCLUSIVE
    assert asked(plan, {"cidr": ["10.0.3.0/24"]}, "eni-2") == (HOLDS, "")
    sides = {"from": ["on-premises"], "to": entries(interface="eni-2")}
    assert outcome_of(plan.inventory(), flow={**sides, "not_from": [{"cidr": ["10.0.1.0/24"]}]})[0] == HOLDS
    assert outcome_of(plan.inventory(), flow={**sides, "not_from": [{"cidr": ["10.0.1.0/25"]}]})[0] == HOLDS
    assert outcome_of(plan.inventory(), flow={**sides, "not_from": [{"cidr": ["10.0.1.0/26"]}]})[0] == VIOLATED


def test_an_address_that_a_rule_names_may_be_the_one() -> None:
    plan = tiers()
    plan.world.row("sg-3")["IpPermissions"] = [rule("tcp", 5432, "10.0.1.99/32")]
    for interface in ("eni-1", "eni-2"):
        assert open_by(asked(plan, interface, "eni-3", **port(5432)), interface)
    plan.world.row("sg-3")["IpPermissions"] = [rule("tcp", 5432, "10.0.9.99/32")]
    assert asked(plan, "eni-1", "eni-3") == (HOLDS, "")


def test_no_interface_has_an_address_that_another_one_of_its_vpc_has() -> None:
    plan = tiers()
    plan.world.row("sg-3")["IpPermissions"] = [rule("tcp", 5432, "10.0.1.99/32")]
    plan.world.interface("subnet-1", "10.0.1.99", groups=["sg-1"])
    assert asked(plan, "eni-1", "eni-3") == (HOLDS, "")


def test_where_vpcs_overlap_interfaces_may_have_any_address_of_their_blocks() -> None:
    plan = tiers()
    world = plan.world
    other = world.vpc("10.0.0.0/16")
    world.interface(world.subnet(other, "10.0.1.0/24"), groups=[world.group(other)])
    plan.private("eni-4")
    assert open_by(asked(plan, "internet", "eni-2", **SSH), "eni-2")
    assert asked(plan, "internet", "eni-4") == (HOLDS, "")
    assert widths(plan.inventory().network.export)["eni-1"] == 256


def widths(export: Export) -> Mapping[str, int]:
    """How many addresses each interface may have."""
    return {
        i: sum(int(b[0]) - int(a[0]) for a, b in zip(one.may.cuts[::2], one.may.cuts[1::2], strict=True))
        for i, one in export.interfaces.items()
    }


def test_stand_ins_are_one_for_each_range_or_all_of_it() -> None:
    plan = tiers()
    assert widths(plan.inventory().network.export) == {"eni-1": 1, "eni-2": 1, "eni-3": 1}
    plan.world.row("sg-3")["IpPermissions"] = [rule("tcp", 5432, "10.0.1.99/32")]
    assert widths(plan.inventory().network.export) == {"eni-1": 3, "eni-2": 3, "eni-3": 1}
    plan.world.interface("subnet-1", *(f"10.0.1.{n}" for n in range(256)), groups=["sg-3"])
    assert widths(plan.inventory().network.export) == {"eni-1": 256, "eni-2": 256, "eni-3": 1, "eni-4": 0}


def test_blocks_that_are_not_said_are_all_of_ipv4() -> None:
    plan = Plan(web())
    row = plan.world.row("eni-1")
    row["PrivateIpAddress"] = row["PrivateIpAddresses"][0]["PrivateIpAddress"] = plan.mark("any")
    assert widths(plan.inventory().network.export)["eni-1"] > 1
    assert open_by(asked(plan, "internet", "eni-1", **SSH), "any")


def test_on_the_narrow_side_there_is_no_such_address() -> None:
    plan = tiers()
    plan.world.interface("subnet-1", "10.0.1.200", groups=["sg-1"])
    network = plan.inventory().network
    narrow = network.side(wide=False).interfaces
    assert {i for i, one in narrow.items() if one.addresses.is_nothing} == {"eni-1", "eni-2", "eni-3"}
    assert [one.primary is None for one in narrow.values()] == [True, True, True, False]
    assert not narrow["eni-1"].public
    assert not narrow["eni-1"].mapped
    known = Plan(web()).inventory().network
    assert known.side(wide=False) is known.side(wide=True)
    assert asked(plan, "eni-4", "internet", form="require")[0] == VIOLATED


def test_a_secondary_address_that_is_known_stays() -> None:
    plan = tiers()
    plan.world.row("eni-1")["PrivateIpAddresses"].append({"PrivateIpAddress": "10.0.1.200"})
    wide = plan.inventory().network.export.interfaces["eni-1"]
    assert (10 << 24) + 256 + 200 in wide.addresses
    assert (10 << 24) + 256 + 200 not in wide.may
    assert open_by(asked(plan, {"cidr": ["10.0.1.200/32"], "vpc": ["vpc-1"]}, "internet"), "eni-1") is False
    assert asked(plan, {"cidr": ["10.0.1.200/32"], "vpc": ["vpc-1"]}, "eni-2", **SSH)[0] == INCONCLUSIVE


def test_an_unknown_interface_of_an_unknown_subnet_is_left_out() -> None:
    plan = tiers()
    rows = plan.world.lists[(OWN, REGION), "describe-subnets"]
    rows[:] = [r for r in rows if r["SubnetId"] != "subnet-2"]
    export = plan.inventory().network.export
    assert "eni-3" not in export.open
    assert asked(plan, "internet", "eni-3")[0] == INCONCLUSIVE


def test_hidden_interfaces_may_have_what_others_may_have() -> None:
    plan = tiers()
    for name in ("vpc-1", "subnet-1", "subnet-2"):
        plan.world.row(name)["OwnerId"] = OTHER
    plan.world.row("sg-1")["IpPermissions"] = [ANYONE]
    assert asked(plan, "eni-2", {"cidr": ["10.0.0.0/16"], "vpc": ["vpc-1"]})[0] == INCONCLUSIVE


# What forwards.


def natted() -> Plan:
    """A host eni-1 whose route leads to nat-1 in subnet-2, where the host eni-2 is."""
    world = World()
    vpc = world.vpc("10.0.0.0/16")
    private, public = world.subnet(vpc), world.subnet(vpc)
    world.interface(private, groups=[world.group(vpc)])
    world.interface(public, groups=[world.open_group(vpc)])
    world.table(vpc, [route("0.0.0.0/0", world.igw(vpc))], [public])
    world.table(vpc, [route("0.0.0.0/0", world.nat(public))], [private])
    plan = Plan(world)
    plan.nat("nat-1")
    return plan


def test_a_nat_gateway_with_unknown_addresses() -> None:
    plan = natted()
    assert open_by(asked(plan, "eni-1", "internet"), "eni-nat-1", "eni-nat-1.public")
    assert open_by(asked(plan, "eni-1", "internet", form="require"), "eni-nat-1")
    assert asked(plan, "eni-2", "internet") == (HOLDS, "")
    assert asked(plan, "internet", {"vpc": ["vpc-1"]}) == (HOLDS, "")
    assert asked(plan, "internet", "eni-nat-1") == (HOLDS, "")


def test_a_private_nat_gateway_and_one_whose_interface_is_not_named() -> None:
    plan = natted()
    own = plan.world.row("nat-1")["NatGatewayAddresses"][0]
    del own["NetworkInterfaceId"]
    assert open_by(asked(plan, "eni-1", "internet"), "eni-nat-1")
    del own["PublicIp"]
    assert plan.inventory().network.export.nats["nat-1"].mapped[0].public.is_nothing
    assert open_by(asked(plan, "eni-1", "eni-2", **SSH), "eni-nat-1") is False


def test_of_several_addresses_of_a_nat_gateway_one_is_known() -> None:
    plan = natted()
    more = {"PrivateIp": "10.0.1.200", "PublicIp": "203.0.113.9", "Status": "succeeded"}
    plan.world.row("nat-1")["NatGatewayAddresses"].append(more)
    wide, narrow = (plan.inventory().network.side(wide=side).nats["nat-1"] for side in (True, False))
    assert (len(wide.private), len(wide.mapped)) == (1, 1)
    assert (narrow.private, narrow.mapped, dict(narrow.public)) == ((), (), {})
    assert narrow.unknown


def test_a_route_with_an_unknown_destination() -> None:
    plan = with_rule(ANYONE)
    routes = plan.world.row("rtb-2")["Routes"]
    routes[-1]["DestinationCidrBlock"] = plan.mark("way", "block", "0.0.0.0/0")
    assert open_by(asked(plan, "eni-1", "internet"), "way")
    assert open_by(asked(plan, "eni-1", "internet", form="require"), "way")
    assert asked(plan, "eni-2", "internet") == (HOLDS, "")
    routes.append(route("10.9.0.0/16", plan.world.vgw("vpc-1")))
    assert open_by(asked(plan, "eni-1", "on-premises", form="require"), "way")


def test_a_route_with_an_unknown_destination_leaves_ipv6_alone() -> None:
    plan = Plan(World())
    world = plan.world
    vpc = world.vpc("10.0.0.0/16", v6=["2600:1f00:1::/56"])
    subnet = world.subnet(vpc, v6=["2600:1f00:1::/64"])
    world.interface(subnet, groups=[world.group(vpc, [ANYONE])], v6=["2600:1f00:1::5"])
    outer = world.subnet(vpc)
    nat = world.nat(outer)
    unknown = route("8.0.0.0/8", nat)
    unknown["DestinationCidrBlock"] = plan.mark("way", "block", "8.0.0.0/8")
    world.table(vpc, [route("::/0", world.igw(vpc)), unknown], [subnet])
    assert asked(plan, "eni-1", "internet", form="require")[0] == HOLDS
    assert plan.inventory().network.build(wide=True).translating == frozenset()
    firewall = world.endpoint(vpc, "vpce-svc-1", "GatewayLoadBalancer", subnets=[outer])
    unknown.update({"VpcEndpointId": firewall})
    del unknown["NatGatewayId"]
    world.row("rtb-2")["Routes"].append(route("10.9.0.0/16", world.vgw(vpc)))
    assert asked(plan, "eni-1", "on-premises", form="require")[0] != HOLDS


def test_a_blackhole_with_an_unknown_destination_may_win() -> None:
    plan = with_rule(ANYONE)
    unknown = route("8.0.0.0/8", "nat-gone", State="blackhole")
    unknown["DestinationCidrBlock"] = plan.mark("way", "block", "8.0.0.0/8")
    plan.world.row("rtb-2")["Routes"].append(unknown)
    assert asked(plan, "eni-1", "internet", form="require")[0] == INCONCLUSIVE
    assert asked(plan, "eni-1", "internet")[0] == INCONCLUSIVE


def test_a_route_of_a_transit_gateway_with_an_unknown_destination() -> None:
    world = World()
    gateway, attachments = world.tgw(), []
    for number in (1, 2):
        vpc = world.vpc(f"10.{number}.0.0/16", main=[route("10.0.0.0/8", gateway)])
        subnet = world.subnet(vpc)
        world.interface(subnet, groups=[world.group(vpc, [rule("tcp", 22, "10.0.0.0/8")])])
        attachments.append(world.attachment(gateway, vpc, [subnet]))
    plan = Plan(world)
    way = tgw_route(plan.mark("way", "block", "10.2.0.0/16"), attachments[1])
    world.tgw_table(gateway, [way], attachments)
    assert open_by(asked(plan, "eni-1", "eni-2", **SSH), "way")
    assert asked(plan, "eni-2", "eni-1") == (HOLDS, "")


def test_an_appliance_with_an_unknown_address() -> None:
    plan = tiers()
    plan.world.row("eni-2")["SourceDestCheck"] = False
    plan.world.table("vpc-1", [route("0.0.0.0/0", "eni-2")], ["subnet-2"])
    assert asked(plan, "eni-3", "internet")[0] == INCONCLUSIVE
    plan.world.row("eni-2")["SourceDestCheck"] = True
    assert asked(plan, "eni-3", "internet") == (HOLDS, "")
    assert asked(plan, "eni-3", {"interface": ["eni-2"]}, **SSH)[0] == INCONCLUSIVE


# Load balancers.


def balanced(kind: str = "instance", **more: Json) -> Plan:
    """An internet-facing load balancer on port 80 in subnet-1, and its target eni-1 (port 8080) in subnet-2."""
    world = World()
    vpc = world.vpc("10.0.0.0/16")
    front, back = world.subnet(vpc), world.subnet(vpc)
    world.table(vpc, [route("0.0.0.0/0", world.igw(vpc))], [front])
    target = world.instance(world.interface(back, groups=[world.group(vpc, [rule("tcp", 8080, "0.0.0.0/0")])], **more))
    named = world.address("eni-1") if kind == "ip" else target
    group = world.target_group(vpc, named, port=8080, protocol="HTTP", kind=kind)
    groups = [world.group(vpc, [rule("tcp", 80, "0.0.0.0/0")])]
    world.balancer([front], [listener(80, "HTTP", group)], kind="application", groups=groups, public=["203.0.113.80"])
    return Plan(world)


def test_a_load_balancer_and_its_target_with_unknown_addresses() -> None:
    plan = balanced()
    node = plan.world.interfaces(RequesterId="amazon-elb")[0]
    plan.private("eni-1")
    plan.private(node)
    plan.public(node)
    sent = {"load_balancer": ["lb-1"]}
    assert open_by(asked(plan, sent, "eni-1", **port(8080)), "eni-1", node)
    assert asked(plan, sent, "eni-1", **port(8081)) == (HOLDS, "")
    assert open_by(asked(plan, "internet", sent, **port(80)), node)
    assert asked(plan, "internet", sent, **port(81)) == (HOLDS, "")
    assert open_by(asked(plan, "internet", "eni-1", **port(8080)), "eni-1", node)
    assert asked(plan, "internet", "eni-1", **port(8081)) == (HOLDS, "")


def test_a_target_by_its_address_may_be_an_interface_that_is_not_known() -> None:
    plan = balanced(kind="ip")
    plan.private("eni-1")
    sent = {"load_balancer": ["lb-1"]}
    assert open_by(asked(plan, sent, "eni-1", **port(8080)), "eni-1")
    plan.world.interface("subnet-2", "10.0.1.10", groups=["sg-1"])
    assert asked(plan, sent, "eni-1") == (HOLDS, "")
    assert asked(plan, sent, "eni-2", **port(8080))[0] == VIOLATED


# What a plan has besides.


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"VpcId": "vpc-1"}, INCONCLUSIVE),
        ({}, INCONCLUSIVE),
        ({"VpcId": "vpc-9"}, HOLDS),
        ({"VpcId": ""}, HOLDS),
    ],
)
def test_what_a_plan_has_and_is_not_modelled(row: Json, expected: str) -> None:
    plan = Plan(web())
    listed = {"Unmodelled": [{"Id": "aws_thing.x", "Reason": "aws_thing.x is not modelled", **row}]}
    plan.world.file((OWN, REGION), "ec2/planned-unmodelled", listed)
    assert asked(plan, "internet", "eni-2", **port(5432))[0] == expected
    found = asked(plan, "eni-2", "on-premises")
    assert found[0] == expected
    assert ("aws_thing.x is not modelled" in found[1]) is (expected == INCONCLUSIVE)


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ("snapshot", INCONCLUSIVE),
        ("target", INCONCLUSIVE),
        ({"account": [OWN]}, INCONCLUSIVE),
        ({"account": [OTHER]}, HOLDS),
        ({"interface": ["eni-*"]}, INCONCLUSIVE),
        ({"interface": ["eni-1"]}, HOLDS),
        ("on-premises", HOLDS),
    ],
)
def test_a_plan_may_have_hosts_that_could_not_be_read(entries: Json, expected: str) -> None:
    plan = Plan(World())
    listed = {"Unmodelled": [{"Id": "aws_thing.x", "Reason": "aws_thing.x is not modelled"}]}
    plan.world.file((OWN, REGION), "ec2/planned-unmodelled", listed)
    for kind in ("network", "account"):
        found, why = outcome_of(plan.inventory(), kind=kind, flow={"from": ["internet"], "to": [entries]})
        assert found == expected
        assert (why == ("aws_thing.x is not modelled",)) is (expected == INCONCLUSIVE)
    one_by_one = {"from": ["internet"], "to": ["target"]}
    plan.world.interface(plan.world.subnet(plan.world.vpc()))
    assert outcome_of(plan.inventory(), kind="interface", flow=one_by_one)[0] == HOLDS


def test_what_a_plan_has_in_a_vpc_may_have_hosts_there() -> None:
    plan = Plan(web())
    plan.world.vpc()
    rows = [{"Id": name, "Reason": name, "VpcId": vpc} for name, vpc in (("a", "vpc-1"), ("b", ""), ("eni-1", "vpc-1"))]
    plan.world.file((OWN, REGION), "ec2/planned-unmodelled", {"Unmodelled": rows})
    export = plan.inventory().network.export
    nothing = Target("network", "network", "", "")
    for given, found in (
        ("snapshot", ("a",)),
        ({"vpc": ["vpc-1"]}, ("a",)),
        ({"vpc": ["vpc-2"]}, ()),
        ({"subnet": ["subnet-1"]}, ("a",)),
        ({"interface": ["eni-*"]}, ("a",)),
        ({"interface": ["eni-1"]}, ()),
        ({"instance": ["i-1"]}, ()),
    ):
        assert select(entry_of(given), (), nothing, export).unknown == found
    for kind, id_, found in (("vpc", "vpc-1", ("a",)), ("vpc", "vpc-2", ()), ("interface", "eni-1", ())):
        assert select(entry_of("target"), (), Target(kind, id_, "", ""), export).unknown == found


def entry_of(value: Json) -> tuple[Entry, ...]:
    """An entry as a flow has it."""
    flow = control_of("vpc", flow={"from": [value], "to": ["internet"]}).flow
    return flow.source if flow is not None else ()


# What there cannot be.


def test_a_network_that_contradicts_itself() -> None:
    world = web()
    assert impossible(world.inventory().network.export) == ""
    world.row("eni-2").update({"PrivateIpAddress": "10.0.1.10"})
    world.row("eni-2")["PrivateIpAddresses"][0]["PrivateIpAddress"] = "10.0.1.10"
    assert impossible(world.inventory().network.export) == "eni-1 and eni-2 have an address in common"
    world = web()
    world.interface("subnet-2", public="203.0.113.5")
    assert impossible(world.inventory().network.export) == "eni-1 and eni-3 have an address in common"
    world = web()
    world.row("rtb-2")["Routes"].append(route("0.0.0.0/0", world.vgw("vpc-1")))
    assert impossible(world.inventory().network.export) == "rtb-2 has two routes for one destination"


# Random networks.


def shown(made: Any) -> Json:
    return [row["name"] for row in made.rows]


@pytest.mark.parametrize("part", range(PARTS))
def test_what_surely_is_so_is_so_for_every_value(part: int) -> None:
    seen: Counter[tuple[str, str]] = Counter()
    for seed in range(part, NETWORKS, PARTS):
        made = planned(seed)
        inventory = inventory_of(made.files)
        completed = [Inventory(inventory.snapshot.completed(made.values())) for _ in range(3)]
        assert not any(impossible(one.network.export) for one in completed), seed
        for number in range(6):
            form, flow = claim(made)
            found, why = outcome_of(inventory, form, flow=flow)
            others = [outcome_of(one, form, flow=flow)[0] for one in completed]
            if found != INCONCLUSIVE:
                assert set(others) == {found}, (seed, number, form, flow)
            elif len(set(others)) > 1 and shown(made):
                assert any("is known after apply" in reason for reason in why), (seed, number, why)
            seen[form, found] += 1
    assert min(seen["forbid", HOLDS], seen["require", VIOLATED], seen["forbid", INCONCLUSIVE]) > NETWORKS // 20, seen


def test_chains_of_hosts_that_are_not_there_are_so_for_no_value() -> None:
    seen: Counter[str] = Counter()
    for seed in range(NETWORKS // 2):
        made = planned(seed)
        hosts = instances(seed, made.files)
        inventory = inventory_of(made.files)
        completed = [Inventory(inventory.snapshot.completed(made.values())) for _ in range(2)]
        rng = random.Random(seed)
        for _ in range(3):
            start = "internet" if rng.random() < 0.5 else {"interface": [rng.choice(hosts)]}
            goal = {"to": [{"interface": [rng.choice(hosts)]}], **port(rng.choice((22, 443, 5432)))}
            hop = rng.choice((SSH, {"protocol": ["tcp"]}, {}))
            path = {"from": [start], "hop": hop, "to": {"flow": goal}}
            found, _ = outcome_of(inventory, path=path)
            others = {outcome_of(one, path=path)[0] for one in completed}
            assert found == INCONCLUSIVE or others == {found}, (seed, path)
            seen[found] += 1
    assert min(seen[HOLDS], seen[INCONCLUSIVE]) > 0


def test_a_flow_that_certain_values_let_through() -> None:
    inventory = tiers().inventory()
    flow = {"from": ["internet"], "to": [end_of("eni-1")]}
    (asked,) = claims_of([control_of("network", "forbid", flow=flow)], inventory)
    found = search(asked, inventory)
    assert isinstance(found, dict)
    assert found["rule"] == COMPLETED
    assert check_claim(asked, found, inventory)[0] is Outcome.VIOLATED
    report = check_row(asked, {"claim": list(asked.id), "certificate": found}, inventory)
    assert report.values[-1].startswith("with every other value")
    same = {**found, "values": {"eni-1": "10.0.1.77", "eni-2": "10.0.1.77"}}
    with pytest.raises(Rejected, match="there is no such network: eni-1 and eni-2 have an address in common"):
        check_claim(asked, same, inventory)
