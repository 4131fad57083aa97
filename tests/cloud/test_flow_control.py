"""Controls of flows in canonical JSON: what is refused, what the parts become."""

from __future__ import annotations

from typing import Any

import pytest

from checkers.cloud.control import NO_REQUEST, parse_control
from checkers.cloud.network.flow_control import (
    ENTRY_NAMES,
    ENTRY_TAGS,
    FLOW_KINDS,
    PASSAGES,
    TARGET,
    WORDS,
    Entry,
    Flow,
)
from checkers.cloud.network.header import addresses, services
from checkers.kernel.intervals import EVERYTHING, NOTHING, join
from checkers.verdict import Unreadable

KNOWN = ", ".join(sorted((*ENTRY_NAMES, *ENTRY_TAGS, "cidr")))
LISTED = ", ".join(WORDS)


def control(kind: str = "vpc", form: str = "forbid", **flow: Any) -> Any:
    given = {name.removesuffix("_"): value for name, value in flow.items()}
    return {
        "format": "auditctl-control/1",
        "id": "asked",
        "title": "asked",
        "for_each": kind,
        form: {"flow": given or {"from": ["internet"]}},
    }


def to(entry: Any, kind: str = "vpc") -> Any:
    return control(kind, to=[entry])


def flow_of(value: Any) -> Flow:
    found = parse_control(value, "c")
    assert found.flow is not None
    assert found.request is NO_REQUEST
    assert found.path is None
    return found.flow


NEITHER = f"neither one of {LISTED} nor an object with members"
NOT_A_LIST = "is not a list of texts"
NOT_ONE = "is not a list of at least one text"
PORT = "neither a port nor a range such as 8000-8999, 0 to 65535"
TYPE = "neither a type nor type/code such as 3/4, each 0 to 255"
REFUSED = [
    ("a flow that is a list", {**control(), "forbid": {"flow": []}}, "forbid.flow is not an object of from, not_from, to, not_to, protocol, port, icmp, through, not_through"),
    ("an unknown member", control(form="require", to=["target"], ports=[]), "require.flow is not an object of from, not_from, to, not_to, protocol, port, icmp, through, not_through"),
    ("flows for each bucket", control("bucket"), f"flows are asked about for each {', '.join(FLOW_KINDS)}, not for each bucket"),
    ("a request for each interface", {**control("interface"), "forbid": {"request": {"action": ["a:b"]}}}, "a control for each interface is about flows, its forbid has no flow"),
    ("a form that is null", {**control(), "forbid": None}, "a control for each vpc is about flows, its forbid has no flow"),
    ("two sides that nobody names", control(protocol=["tcp"]), "forbid.flow has neither from nor to"),
    ("a source that is empty", control(from_=[]), "forbid.flow.from is an empty list, expected at least one entry"),
    ("a target that is empty", control(to=[]), "forbid.flow.to is an empty list, expected at least one entry"),
    ("a source that is text", control(from_="internet"), "forbid.flow.from is not a list of entries"),
    ("an unknown word", control(from_=["internets"]), f"forbid.flow.from[0] is 'internets', {NEITHER}"),
    ("an entry that is a number", control(to=["target", 1]), f"forbid.flow.to[1] is 1, {NEITHER}"),
    ("an entry without members", to({}), f"forbid.flow.to[0] is {{}}, {NEITHER}"),
    ("an entry with an unknown member", to({"vpcs": ["vpc-1"]}), f"forbid.flow.to[0] has the unknown member `vpcs`; known are {KNOWN}"),
    ("a glob that is text", to({"vpc": "vpc-1"}), f"forbid.flow.to[0].vpc {NOT_ONE}"),
    ("a glob that is a number", to({"vpc": [1]}), f"forbid.flow.to[0].vpc {NOT_ONE}"),
    ("no glob", to({"vpc": []}), f"forbid.flow.to[0].vpc {NOT_ONE}"),
    ("a glob that is null, of what is left out", control(to=["target"], not_to=[{"vpc": None}]), f"forbid.flow.not_to[0].vpc {NOT_A_LIST}"),
    ("tags that are a list", to({"tag": ["a"]}), "forbid.flow.to[0].tag is not an object of tag keys, each with a list of globs"),
    ("no tags", to({"tag": {}}), "forbid.flow.to[0].tag is not an object of tag keys, each with a list of globs"),
    ("a tag that is text", to({"vpc_tag": {"a": "b"}}), f"forbid.flow.to[0].vpc_tag.a {NOT_ONE}"),
    ("a block that is text", to({"cidr": "10.0.0.0/8"}), f"forbid.flow.to[0].cidr {NOT_ONE}"),
    ("no block", to({"cidr": []}), f"forbid.flow.to[0].cidr {NOT_ONE}"),
    ("a block that is none", to({"cidr": ["10.0.0.0/33"]}), "forbid.flow.to[0].cidr: '10.0.0.0/33' is no address and no CIDR block"),
    ("a block that is a placeholder", to({"cidr": ["${target.id}"]}), "forbid.flow.to[0].cidr: '${target.id}' is no address and no CIDR block"),
    ("an unknown placeholder", to({"vpc": ["${target.path}"]}), "forbid.flow.to[0].vpc has the unknown placeholder `${target.path}`; for each vpc known are target.account, target.arn, target.id, target.name, target.vpc"),
    ("a placeholder that is not closed", to({"tag": {"a": ["${target.id"]}}), "forbid.flow.to[0].tag.a has the unknown placeholder `${target.id`; for each vpc known are target.account, target.arn, target.id, target.name, target.vpc"),
    ("the VPC of an account", to({"vpc": ["${target.vpc}"]}, "account"), "forbid.flow.to[0].vpc has the unknown placeholder `${target.vpc}`; for each account known are target.account, target.arn, target.id, target.name"),
    ("a protocol that is text", control(to=["target"], protocol="tcp"), f"forbid.flow.protocol {NOT_A_LIST}"),
    ("an unknown protocol", control(to=["target"], protocol=["TCP"]), "forbid.flow.protocol has 'TCP', neither one of icmp, icmp6, icmpv6, tcp, udp nor 0 to 255"),
    ("a protocol of nine bits", control(to=["target"], protocol=["256"]), "forbid.flow.protocol has '256', neither one of icmp, icmp6, icmpv6, tcp, udp nor 0 to 255"),
    ("a protocol with a zero before it", control(to=["target"], protocol=["06"]), "forbid.flow.protocol has '06', neither one of icmp, icmp6, icmpv6, tcp, udp nor 0 to 255"),
    ("a long protocol", control(to=["target"], protocol=["9" * 9999]), f"forbid.flow.protocol has {'9' * 9999!r}, neither one of icmp, icmp6, icmpv6, tcp, udp nor 0 to 255"),
    ("a protocol of other digits", control(to=["target"], protocol=["٦"]), "forbid.flow.protocol has '٦', neither one of icmp, icmp6, icmpv6, tcp, udp nor 0 to 255"),
    ("a port without protocol", control(to=["target"], port=["22"]), "forbid.flow.port needs protocol tcp or udp"),
    ("a port of icmp", control(to=["target"], protocol=["icmp", "47"], port=["22"]), "forbid.flow.port needs protocol tcp or udp"),
    ("a port that is a number", control(to=["target"], protocol=["tcp"], port=[22]), f"forbid.flow.port {NOT_A_LIST}"),
    ("a port that is a name", control(to=["target"], protocol=["tcp"], port=["ssh"]), f"forbid.flow.port has 'ssh', {PORT}"),
    ("a port above all", control(to=["target"], protocol=["udp"], port=["65536"]), f"forbid.flow.port has '65536', {PORT}"),
    ("a range without end", control(to=["target"], protocol=["udp"], port=["22-"]), f"forbid.flow.port has '22-', {PORT}"),
    ("a range backwards", control(to=["target"], protocol=["udp"], port=["23-22"]), f"forbid.flow.port has '23-22', {PORT}"),
    ("a type without protocol", control(to=["target"], icmp=["8"]), "forbid.flow.icmp needs protocol icmp or icmpv6"),
    ("a type of tcp", control(to=["target"], protocol=["tcp"], icmp=["8"]), "forbid.flow.icmp needs protocol icmp or icmpv6"),
    ("a type of nine bits", control(to=["target"], protocol=["icmp"], icmp=["256"]), f"forbid.flow.icmp has '256', {TYPE}"),
    ("a code that is empty", control(to=["target"], protocol=["icmp"], icmp=["3/"]), f"forbid.flow.icmp has '3/', {TYPE}"),
    ("a gateway that is text", control(to=["target"], through="peering"), f"forbid.flow.through {NOT_A_LIST}"),
    ("an unknown gateway", control(to=["target"], not_through=["gateway"]), f"forbid.flow.not_through has 'gateway', neither the id of a gateway nor one of {', '.join(PASSAGES)}"),
    ("a gateway by a glob", control(to=["target"], through=["igw-*"]), f"forbid.flow.through has 'igw-*', neither the id of a gateway nor one of {', '.join(PASSAGES)}"),
    ("a gateway by an unknown placeholder", control(to=["target"], through=["${target.x}"]), "forbid.flow.through has the unknown placeholder `${target.x}`; for each vpc known are target.account, target.arn, target.id, target.name, target.vpc"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "message"), [pytest.param(*c[1:], id=c[0]) for c in REFUSED])
def test_a_control_of_flows_that_is_refused(value: Any, message: str) -> None:
    with pytest.raises(Unreadable) as caught:
        parse_control(value, "c")
    assert str(caught.value) == f"c: {message}"


@pytest.mark.parametrize("kind", FLOW_KINDS)
def test_flows_are_asked_about_for_each(kind: str) -> None:
    assert flow_of(control(kind)).source == (Entry(word="internet"),)


def test_a_side_that_is_not_named_is_the_target() -> None:
    assert flow_of(control(from_=["internet"])).target == (TARGET,)
    assert flow_of(control(to=["internet"], form="require")).source == (TARGET,)


@pytest.mark.parametrize("word", WORDS)
def test_an_entry_that_is_a_word(word: str) -> None:
    assert flow_of(to(word)).target == (Entry(word=word),)


def test_an_entry_with_members() -> None:
    (entry,) = flow_of(to({"vpc": ["${target.vpc}"], "account": ["1*"], "tag": {"a": ["b", "c"]}})).target
    assert entry == Entry(
        names=(("account", ("1*",)), ("vpc", ("${target.vpc}",))), tags=(("tag", (("a", ("b", "c")),)),)
    )


def test_an_entry_with_addresses() -> None:
    (entry,) = flow_of(to({"cidr": ["10.0.0.0/8", "::1"]})).target
    assert (entry.cidr, entry.addresses) == (("10.0.0.0/8", "::1"), addresses(["10.0.0.0/8", "::1"]))


def test_what_is_left_out_may_be_nothing() -> None:
    given = control(to=["target"], not_from=[{"cidr": []}, {"vpc": []}, {"tag": {"a": []}}], not_to=[])
    first, second, third = flow_of(given).not_source
    assert (first.addresses, first.cidr) == (NOTHING, ())
    assert second == Entry(names=(("vpc", ()),))
    assert third == Entry(tags=(("tag", (("a", ()),)),))


SERVICES = [
    ({}, EVERYTHING),
    ({"protocol": ["tcp"]}, services(6)),
    ({"protocol": ["6"]}, services(6)),
    ({"protocol": ["tcp", "udp"], "port": ["53"]}, join(services(6, 53, 53), services(17, 53, 53))),
    ({"protocol": ["tcp"], "port": ["22", "80-81"]}, join(services(6, 22, 22), services(6, 80, 81))),
    ({"protocol": ["tcp"], "port": ["0-65535"]}, services(6)),
    ({"protocol": ["tcp", "icmp"], "port": ["22"]}, join(services(6, 22, 22), services(1))),
    ({"protocol": ["icmp"], "icmp": ["8"]}, services(1, 8 * 256, 8 * 256 + 255)),
    ({"protocol": ["icmpv6"], "icmp": ["3/4", "255/255"]}, join(services(58, 772, 772), services(58, 65535, 65535))),
    ({"protocol": ["icmp", "47"], "icmp": ["8/0"]}, join(services(1, 2048, 2048), services(47))),
    ({"protocol": ["0", "255"]}, join(services(0), services(255))),
]


@pytest.mark.parametrize(("members", "expected"), SERVICES)
def test_the_services_of_a_flow(members: Any, expected: Any) -> None:
    found = flow_of(control(to=["target"], **members))
    assert found.services == expected
    assert (found.protocol, found.port, found.icmp) == tuple(
        tuple(members.get(n, ())) for n in ("protocol", "port", "icmp")
    )


GATEWAYS = (
    *PASSAGES,
    "igw-1",
    "eigw-1",
    "nat-0a",
    "tgw-1",
    "tgw-attach-1",
    "vgw-1",
    "pcx-1",
    "vpce-1",
    "eni-1",
    "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/a/b",
    "${target.id}",
)


def test_the_gateways_of_a_flow() -> None:
    found = flow_of(control(to=["target"], through=list(GATEWAYS), not_through=list(GATEWAYS)))
    assert found.through == found.not_through == GATEWAYS
