"""Chains of hosts: what they lead to, by packets and by roles; their certificates, and what is not known."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from auditctl.audit import claims_of
from auditctl.search.paths import sure_chain
from checkers.cloud.claims import Claim, check_claim, question_of
from checkers.cloud.network.header import DESTINATION
from checkers.cloud.network.hosts import Hosts, may_trust
from checkers.cloud.network.lateral import HOPS, LATERAL, Movement, check_lateral, taken_of
from checkers.cloud.policy import Origin, parse_document
from checkers.cloud.words import assumptions_of, claim_in_words
from checkers.kernel.formula import TRUE
from checkers.verdict import Declined, Rejected, Unreadable
from cloud.setting import (
    HOLDS,
    INCONCLUSIVE,
    OTHER,
    OWN,
    VIOLATED,
    allow,
    claim_of,
    document,
    inventory_of,
    outcome,
    reasons,
    result,
    role,
    trust,
)
from network.estate import APP, DATABASE, PROFILE, READING, READS, SSH, chains, control_of, network, with_roles
from network.world import World, route, rule

if TYPE_CHECKING:
    from checkers.cloud.inventory import Inventory

Json = Any
TO_APP = {"flow": {"to": [{"security_group": ["sg-app"]}], "protocol": ["tcp"], "port": ["22"]}}


# Packets.


def test_a_chain_of_hosts_leads_where_no_packet_does() -> None:
    files = with_roles(network())
    flow = {"from": ["internet"], **DATABASE["flow"]}
    assert outcome(files, control_of("network", flow=flow)) == HOLDS
    found = result(files, chains())
    assert found.outcome.value == VIOLATED
    assert found.certificate is not None
    assert [row["host"] for row in found.certificate["hops"]] == ["eni-1", "eni-2"]
    assert found.certificate["goal"][-1][0] == "subnet-2+sg-db/in"


def test_without_the_service_of_the_hop_no_host_is_taken() -> None:
    found = result(with_roles(network()), chains(hop={"protocol": ["tcp"], "port": ["3389"]}))
    assert found.outcome.value == HOLDS
    assert found.certificate is not None
    assert found.certificate["hosts"] == []


def test_hosts_are_taken_one_after_the_other() -> None:
    world = network()
    world.row("sg-db")["IpPermissions"] = []
    found = result(with_roles(world), chains())
    assert found.certificate is not None
    assert (found.outcome.value, found.certificate["hosts"]) == (HOLDS, ["eni-1", "eni-2"])


def test_the_packet_of_the_goal_may_come_from_the_source_itself() -> None:
    to = {"flow": {"to": [{"security_group": ["sg-front"]}], "protocol": ["tcp"], "port": ["22"]}}
    found = result(with_roles(network()), chains(to=to))
    assert found.certificate is not None
    assert (found.outcome.value, found.certificate["hops"]) == (VIOLATED, [])


def test_a_host_may_lead_out() -> None:
    out = {"flow": {"to": ["internet"], "protocol": ["udp"]}}
    files, start = with_roles(network()), [{"instance": ["i-2"]}]
    # The application has no public address, but the bastion, whose SSH is open to all.
    assert outcome(files, chains(start=start, to=out, hop={"protocol": ["udp"]})) == HOLDS
    assert outcome(files, chains(start=start, to=out)) == VIOLATED


def test_whoever_holds_a_host_holds_every_interface_of_its_instance() -> None:
    world = World()
    vpc = world.vpc("10.0.0.0/16")
    front, back = world.subnet(vpc, "10.0.1.0/24"), world.subnet(vpc, "10.0.2.0/24")
    world.group(vpc, [rule("tcp", 22, "0.0.0.0/0")], id="sg-front")
    world.group(vpc, [], id="sg-inner")
    world.group(vpc, [rule("tcp", 5432, "sg-inner")], id="sg-db")
    outer = world.interface(front, groups=["sg-front"], public="203.0.113.5")
    inner = world.interface(back, groups=["sg-inner"])
    world.interface(back, groups=["sg-db"], Description="RDSNetworkInterface")
    world.row(world.table_of(vpc))["Routes"].append(route("0.0.0.0/0", world.igw(vpc)))
    assert outcome(with_roles(world), chains()) == HOLDS
    world.instance(outer, inner)
    found = result(with_roles(world), chains())
    assert found.outcome.value == VIOLATED
    assert found.certificate is not None
    assert found.certificate["hops"][0]["host"] == outer
    assert found.certificate["goal"][0][0] == "subnet-2+sg-inner/out"


def test_a_chain_may_start_from_a_host() -> None:
    files = with_roles(network())
    found = result(files, chains(start=[{"instance": ["i-1"]}]))
    assert found.outcome.value == VIOLATED
    assert found.certificate is not None
    assert found.certificate["hops"][0] == {"host": "eni-1"}
    assert outcome(files, chains(start=[{"instance": ["i-1"]}], hop={"protocol": ["udp"]})) == HOLDS
    assert outcome(files, chains("instance", start=(), hop={"protocol": ["udp"]}), "i-2") == VIOLATED
    assert outcome(files, chains("instance", start=(), hop={"protocol": ["udp"]}), "i-1") == HOLDS


def test_a_source_that_is_no_instance_sends_packets() -> None:
    world = network()
    subnet = "subnet-1"
    world.interface(subnet, groups=["sg-front"], kind="lambda", id="eni-l")
    files = with_roles(world)
    found = result(files, chains(start=[{"interface": ["eni-l"]}]))
    assert found.outcome.value == VIOLATED
    assert found.certificate is not None
    assert found.certificate["hops"][0]["packet"][0][0] == "subnet-1+sg-front/out"


def test_a_host_that_is_not_of_an_instance_leaves_it_open() -> None:
    world = network()
    world.rows["eni-1"]["Attachment"] = {}
    world.lists[world.home, "describe-instances"].pop(0)
    files = with_roles(world)
    assert "eni-1 is not of an instance, and it is not known who sends its packets" in reasons(files, chains())


def test_an_interface_of_aws_takes_no_host() -> None:
    world = network()
    for kind in ("vpc_endpoint", "nat_gateway", "network_load_balancer"):
        world.rows["eni-1"].update(Attachment={}, InterfaceType=kind)
        assert outcome(with_roles(world), chains(hop={"protocol": ["tcp"]})) == HOLDS


def test_interfaces_of_load_balancers_are_no_hosts_but_for_those_of_instances() -> None:
    world = network()
    arn = world.balancer(["subnet-1"], kind="application", groups=["sg-front"])
    interface = next(i for i, row in world.rows.items() if str(row.get("Description", "")).startswith("ELB "))
    inventory = inventory_of(with_roles(world))
    assert inventory.network.export.balancers[arn].interfaces == (interface,)
    assert interface not in Hosts(inventory).may_be(wide=True)
    assert {"eni-1", "eni-3"} <= Hosts(inventory).may_be(wide=True)
    assert Hosts(inventory).may_be(wide=False) == {"eni-1", "eni-2"}
    assert Hosts(inventory).role(interface).problem == ""


def test_a_host_whose_source_is_not_checked_sends_from_any_address() -> None:
    world = network()
    world.row("sg-db")["IpPermissions"] = [rule("tcp", 5432, "192.0.2.7/32")]
    assert outcome(with_roles(world), chains()) == HOLDS
    world.rows["eni-2"]["SourceDestCheck"] = False
    assert outcome(with_roles(world), chains()) == INCONCLUSIVE


def test_what_an_interface_forwards_for_others_does_not_surely_take_it() -> None:
    world = network()
    world.rows["eni-1"]["SourceDestCheck"] = False
    world.row(world.table_of("vpc-1"))["Routes"].append(route("10.9.0.0/16", "eni-1"))
    asked = chains(start=[{"instance": ["i-2"]}], to={"flow": {"to": ["internet"], "protocol": ["udp"]}})
    narrow = Movement(*claim_of(with_roles(world), asked), wide=False)
    assert narrow.taken_by(["eni-1"])[0][1][DESTINATION] == narrow.network.export.interfaces["eni-1"].addresses
    wide = Movement(narrow.claim, narrow.inventory, wide=True)
    assert wide.taken_by(["eni-1"])[0][1][DESTINATION].is_everything
    assert narrow.taken_by(["eni-2"])[0][0] == "subnet-2+sg-app/in"


def test_an_uncertain_hop_is_named() -> None:
    world = network()
    world.row("sg-db")["IpPermissions"] = []
    peered = world.interface("subnet-2", groups=["sg-db"])
    world.instance(peered)
    files = with_roles(world, errors={f"{OWN}/eu-west-1/ec2/describe-security-groups.json": "AccessDenied"})
    assert reasons(files, chains())


def test_what_is_not_known_of_interfaces_is_said() -> None:
    files = with_roles(network(), errors={f"{OWN}/eu-west-1/ec2/describe-network-interfaces.json": "AccessDenied"})
    assert "interfaces" in reasons(files, chains())
    world = network()
    world.rows["eni-3"]["SubnetId"] = "subnet-9"
    assert "eni-3 is not known: subnet-9, its subnet, is not in the export" in reasons(
        with_roles(world), chains(hop={"protocol": ["tcp"], "port": ["3389"]})
    )
    claim, inventory = claim_of(with_roles(network()), chains())
    lost = Claim(claim.control, type(claim.target)("network", "network", "", "", problem="not known"))
    assert Movement(lost, inventory, wide=False).problem == "not known"


# Roles.


def test_a_role_at_the_end_of_a_chain_of_hosts_reads_the_bucket() -> None:
    found = result(with_roles(network(), READS), chains(to=READING))
    assert found.outcome.value == VIOLATED
    assert found.certificate is not None
    assert [row["host"] for row in found.certificate["hops"]] == ["eni-1", "eni-2"]
    assert found.certificate["chain"]["start"] == APP
    assert found.certificate["chain"]["request"]["principal"] == APP


def test_roles_that_do_not_read_it_are_refuted() -> None:
    found = result(with_roles(network()), chains(to=READING))
    assert found.outcome.value == HOLDS
    assert found.certificate is not None
    assert (found.certificate["rule"], found.certificate["chain"]["nodes"]) == (LATERAL, [APP])


def test_without_a_role_nothing_is_read() -> None:
    found = result(with_roles(network(profile=""), READS), chains(to=READING))
    assert found.outcome.value == HOLDS
    assert found.certificate is not None
    assert found.certificate["chain"]["nodes"] == []


ASSUME = {
    "id": "sts-001",
    "title": "assumes the role",
    "target": "role",
    "across": True,
    "needs": [{"action": ["sts:AssumeRole"], "on": "target"}],
}
READER = role("reader", READS, trusts=document(trust({"AWS": APP})))
MAY_ASSUME = document(allow("sts:AssumeRole", "*"))


def test_steps_go_on_from_the_role_of_a_host() -> None:
    files = with_roles(network(), MAY_ASSUME, roles=(READER,))
    assert outcome(files, chains(to=READING)) == HOLDS
    found = result(files, chains(to=READING, steps=[ASSUME]))
    assert found.outcome.value == VIOLATED
    assert found.certificate is not None
    assert [row["to"] for row in found.certificate["chain"]["hops"]] == [f"arn:aws:iam::{OWN}:role/reader"]
    claim, inventory = claim_of(files, chains(to=READING, steps=[ASSUME]))
    taken = taken_of(claim, found.certificate, inventory)
    assert (taken.role, len(taken.hops), len(taken.steps)) == (APP, 2, 2)


def test_the_goal_may_be_a_principal() -> None:
    files = with_roles(network(), MAY_ASSUME, roles=(READER,))
    found = result(files, chains(to={"principal": [APP]}))
    assert found.outcome.value == VIOLATED
    assert found.certificate is not None
    assert found.certificate["chain"]["hops"] == []
    reader = {"principal": ["arn:aws:iam::*:role/reader"]}
    assert outcome(files, chains(to=reader)) == HOLDS
    assert outcome(files, chains(to=reader, steps=[ASSUME])) == VIOLATED
    assert outcome(files, chains(to={"admin": True}, steps=[ASSUME])) == HOLDS


def test_a_bucket_is_what_the_control_is_for() -> None:
    to = {"request": {"action": ["s3:GetObject"], "resource": ["${target.arn}/*"]}}
    found = result(with_roles(network(), READS), chains("bucket", to=to))
    assert found.outcome.value == VIOLATED
    assert claim_in_words(found.claim) == (
        "from the internet no chain of flows (tcp 22) and roles leads to s3:GetObject on arn:aws:s3:::contracts/*"
    )


def test_a_profile_whose_role_is_not_known_leaves_it_open() -> None:
    files = with_roles(network(profile="other"), READS)
    assert "the role of arn:aws:iam::111122223333:instance-profile/other" in reasons(files, chains(to=READING))
    assert outcome(with_roles(network(profile="other")), chains(to=READING)) == HOLDS


def test_an_instance_that_is_not_listed_may_have_any_role_of_instances() -> None:
    world = network()
    world.lists[world.home, "describe-instances"].clear()
    assert "the instance profile of i-2 is not known" in reasons(with_roles(world, READS), chains(to=READING))
    assert outcome(with_roles(world), chains(to=READING)) == HOLDS
    refused = {f"{OWN}/eu-west-1/ec2/describe-instances.json": "AccessDenied"}
    assert "the instance profile of i-2 is not known" in reasons(
        with_roles(network(), READS, errors=refused), chains(to=READING)
    )


def test_what_is_no_instance_may_have_any_role_of_a_service() -> None:
    world = network()
    world.interface("subnet-1", groups=["sg-front"], public="203.0.113.6", id="eni-task")
    assert outcome(with_roles(world), chains(to=READING)) == HOLDS
    task = role("task", READS, trusts=document(trust({"Service": "ecs-tasks.amazonaws.com"})))
    assert "it is not known which role eni-task gives" in reasons(with_roles(world, roles=(task,)), chains(to=READING))
    person = role("person", READS, trusts=document(trust({"AWS": OWN})))
    assert outcome(with_roles(world, roles=(person,)), chains(to=READING)) == HOLDS


def test_a_function_may_have_any_role_of_functions() -> None:
    world = network()
    world.interface("subnet-1", groups=["sg-front"], public="203.0.113.6", id="eni-f", kind="lambda")
    by_tasks = role("task", READS, trusts=document(trust({"Service": "ecs-tasks.amazonaws.com"})))
    assert outcome(with_roles(world, roles=(by_tasks,)), chains(to=READING)) == HOLDS
    by_functions = role("code", READS, trusts=document(trust({"Service": "lambda.amazonaws.com"})))
    assert "which role eni-f gives" in reasons(with_roles(world, roles=(by_functions,)), chains(to=READING))


def test_a_database_gives_no_role() -> None:
    world = network()
    world.row("sg-db")["IpPermissions"] = [rule("tcp", 22, "0.0.0.0/0")]
    by_rds = role("rds", READS, trusts=document(trust({"Service": "rds.amazonaws.com"})))
    assert outcome(with_roles(world, roles=(by_rds,)), chains(to=READING)) == HOLDS


def test_a_profile_of_an_account_that_the_snapshot_does_not_have_blocks() -> None:
    world = network()
    world.row("i-2")["IamInstanceProfile"] = {"Arn": f"arn:aws:iam::{OTHER}:instance-profile/app"}
    assert f"the role of arn:aws:iam::{OTHER}:instance-profile/app" in reasons(with_roles(world), chains(to=READING))


def test_roles_that_could_not_be_read_block() -> None:
    refused = {f"{OWN}/global/iam/get-account-authorization-details.json": "AccessDenied"}
    assert outcome(with_roles(network(), errors=refused), chains(to=READING)) == INCONCLUSIVE


@pytest.mark.parametrize(
    ("statement", "service", "expected"),
    [
        (trust({"Service": "ec2.amazonaws.com"}), "ec2", True),
        (trust({"Service": "ec2.amazonaws.com.cn"}), "ec2", True),
        (trust({"Service": "lambda.amazonaws.com"}), "ec2", False),
        (trust({"Service": "lambda.amazonaws.com"}), "", True),
        (trust({"Service": "ec2.amazonaws.com"}, effect="Deny"), "ec2", False),
        (trust("*"), "ec2", True),
        (trust({"AWS": "*"}), "ec2", True),
        (trust({"AWS": OWN}), "", False),
        (trust({"Federated": "cognito-identity.amazonaws.com"}), "", True),
        (trust({"Federated": "cognito-identity.amazonaws.com"}), "ec2", False),
        ({"Effect": "Allow", "Action": "sts:AssumeRole", "NotPrincipal": {"AWS": OWN}}, "ec2", True),
        ({"Effect": "Allow", "Action": "sts:AssumeRole", "Unheard": 1}, "ec2", True),
    ],
)
def test_a_trust_policy_may_let_a_service_give_the_role(statement: Json, service: str, expected: bool) -> None:
    assert may_trust(parse_document(document(statement), Origin("", "$", "trust")), service) is expected


def test_a_trust_policy_that_could_not_be_read_may_trust_anybody() -> None:
    assert may_trust(parse_document([], Origin("", "$", "trust")), "ec2")


def with_hidden() -> tuple[Claim, Inventory, Hosts]:
    """The network as if others had interfaces in its VPC that the export does not show."""
    claim, inventory = claim_of(with_roles(network()), chains(to=READING))
    hosts = Hosts(inventory)
    hosts.every = replace(hosts.every, hidden=frozenset(["vpc-1"]))
    return claim, inventory, hosts


def test_interfaces_that_the_export_does_not_show_are_hosts_of_any_role() -> None:
    claim, inventory, hosts = with_hidden()
    assert "vpc-1" in hosts.may_be(wide=True)
    assert "vpc-1" not in hosts.may_be(wide=False)
    assert hosts.whole(["vpc-1", "eni-1"]) == {"vpc-1", "eni-1"}
    assert "which interfaces are in vpc-1" in hosts.foreign(["eni-1", "vpc-1"])
    assert hosts.roles(["vpc-1"], wide=True) == ()
    movement = Movement(claim, inventory, wide=True, hosts=hosts)
    assert {location for location, _ in movement.sent_by(["vpc-1"])} == {"subnet-1/out", "subnet-2/out"}
    assert "vpc-1/local" in {location for location, _ in movement.taken_by(["vpc-1"])}


def test_a_subnet_of_another_account_may_have_hosts() -> None:
    world = network()
    world.row("subnet-2")["OwnerId"] = OTHER
    assert "which interfaces are in vpc-1" in reasons(with_roles(world), chains(to=READING))
    world.row("sg-app")["IpPermissions"] = []
    world.row("sg-db")["IpPermissions"] = [rule("tcp", 5432, "10.0.2.128/25")]
    assert "whose list of interfaces is not in the snapshot" in reasons(with_roles(world), chains())


def test_a_role_without_a_trust_policy_that_could_be_read_may_be_given() -> None:
    world = network()
    world.lists[world.home, "describe-instances"].clear()
    inventory = inventory_of(with_roles(world))
    iam = inventory.iam[OWN]
    inventory.iam[OWN] = replace(iam, roles=tuple(replace(r, trust=None) for r in iam.roles))
    assert Hosts(inventory).roles(["eni-2"], wide=True) == (APP,)


# Words.


def test_claims_in_words() -> None:
    files = with_roles(network())

    def words(**members: Json) -> str:
        return claim_in_words(claim_of(files, chains(**members))[0])

    start = "from the internet no chain of flows (tcp 22)"
    assert words() == f"{start} leads to a packet (tcp 5432) that gets to type database"
    assert words(to={"flow": {"to": ["on-premises"]}}, hop={}) == (
        "from the internet no chain of flows (any) leads to a packet that gets to behind VPN or Direct Connect"
    )
    assert words(to={"admin": True}) == f"{start} and roles leads to a principal that can set its own permissions"
    found = words(to={"principal": [APP]}, steps=[ASSUME])
    assert found.startswith(f"{start} and roles, with steps of 1 kind (sts-001; ")
    assert found.endswith(f"), leads to {APP}")


def test_assumptions() -> None:
    claim, _ = claim_of(with_roles(network()), chains())
    assert "hosts-and-roles" in assumptions_of(claim)
    assert "chains" not in assumptions_of(claim)
    claim, _ = claim_of(with_roles(network()), chains(to=READING))
    assert {"hosts-and-roles", "chains", "export", "network-only"} <= {*assumptions_of(claim)}


# Controls.

REFUSED: list[tuple[str, Json, str]] = [
    ("network", {"from": ["internet"], "hop": SSH, "to": DATABASE, "more": 1}, "forbid.path is not an object of"),
    ("bucket", {"hop": SSH, "to": READING}, "forbid.path for each bucket names where chains start"),
    ("bucket", {"from": ["target"], "hop": SSH, "to": READING}, "a bucket sends and receives no packets"),
    ("bucket", {"from": ["internet"], "hop": SSH, "to": {"flow": {"protocol": ["tcp"]}}}, "to.flow has no to"),
    ("network", {"hop": SSH, "to": {"flow": {"protocol": ["tcp"]}}}, "to.flow has no to"),
    ("network", {"from": [], "hop": SSH, "to": DATABASE}, "forbid.path.from is an empty list"),
    (
        "network",
        {"from": ["internet"], "hop": {"to": ["internet"]}, "to": DATABASE},
        "forbid.path.hop is not an object",
    ),
    ("network", {"from": ["internet"], "hop": {"port": ["22"]}, "to": DATABASE}, "port needs protocol tcp or udp"),
    ("network", {"from": ["internet"], "hop": SSH, "to": {}}, "is not one of admin, flow, principal and request"),
    ("network", {"from": ["internet"], "hop": SSH, "to": []}, "is not one of admin, flow, principal and request"),
    ("network", {"from": ["internet"], "hop": SSH}, "is not one of admin, flow, principal and request"),
    ("network", {"from": ["internet"], "hop": SSH, "to": {"admin": False}}, "is not one of admin, principal and"),
    ("network", {"from": ["internet"], "hop": SSH, "to": {"flow": []}}, "forbid.path.to.flow is not an object"),
    ("network", {"from": ["internet"], "hop": SSH, "to": DATABASE, "steps": [ASSUME]}, "steps are for chains"),
    ("network", {"from": ["internet"], "hop": SSH, "to": READING, "steps": []}, "steps is not a list of steps"),
    ("group", {"from": ["internet"], "hop": SSH, "to": READING}, "chains are not asked about for each group"),
    ("network", {"from": ["internet"], "to": READING, "steps": [ASSUME]}, "unknown principal `internet`"),
    ("network", {"from": ["anyone"], "to": READING, "steps": [ASSUME]}, "is about flows, its forbid has no flow"),
    ("bucket", {"from": [{"vpc": ["${target.id}"]}], "hop": SSH, "to": READING}, "unknown placeholder `${target.id}`"),
]


@pytest.mark.parametrize(("kind", "path", "reason"), REFUSED)
def test_controls_that_are_refused(kind: str, path: Json, reason: str) -> None:
    with pytest.raises(Unreadable) as refused:
        control_of(kind, path=path)
    assert reason in str(refused.value)


def test_chains_of_hosts_are_not_required() -> None:
    with pytest.raises(Unreadable):
        control_of("network", "require", path={"from": ["internet"], "hop": SSH, "to": DATABASE})


def test_the_target_is_the_start_or_the_goal_where_nothing_is_said() -> None:
    found = chains("vpc", to={"flow": {"port": ["22"], "protocol": ["tcp"]}})
    assert found.lateral is not None
    assert found.lateral.goal is not None
    assert [e.word for e in found.lateral.goal.target] == ["target"]
    assert [e.word for e in (chains("vpc", start=()).lateral or found.lateral).start.source] == ["target"]
    assert chains("bucket", start=[{"account": ["${target.account}"]}], to=READING).lateral is not None


def test_a_chain_of_hosts_is_no_question_about_requests() -> None:
    claim, inventory = claim_of(with_roles(network()), chains())
    assert question_of(claim, inventory, wide=True).question.root == TRUE
    flow, inventory = claim_of(
        with_roles(network()), control_of("network", flow={"from": ["internet"], **TO_APP["flow"]})
    )
    with pytest.raises(Declined, match="not about chains of hosts"):
        check_lateral(flow, {"rule": HOPS}, inventory)


# Certificates.


def proved(asked: Json, *documents: Json, roles: tuple[Json, ...] = ()) -> tuple[Json, Claim, Inventory]:
    """The certificate of a claim, to be damaged."""
    files = with_roles(network(), *documents, roles=roles)
    found = result(files, asked)
    claim, inventory = claim_of(files, asked)
    return json.loads(json.dumps(found.certificate)), claim, inventory


def refusal(certificate: Json, claim: Claim, inventory: Inventory) -> str:
    with pytest.raises((Rejected, Declined)) as refused:
        check_claim(claim, certificate, inventory)
    return str(refused.value)


CLOSED = chains(to={"flow": {"to": [{"type": ["database"]}], "protocol": ["tcp"], "port": ["3306"]}})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"rule": "closure/1"}, "this checker knows lateral/1 and hops/1"),
        ({"more": 1}, "exactly the members rule, hosts, closed and goal"),
        ({"goal": None}, "goal is not an object"),
        ({"closed": []}, "closed is not an object"),
        ({"closed": {"sets": []}}, "closed has not exactly the members sets and boxes"),
        ({"closed": {"sets": [], "boxes": {}, "reply": {}}}, "closed has not exactly the members sets and boxes"),
        ({"closed": {"sets": [], "boxes": {}}}, "not in the closed set"),
        ({"goal": {"sets": [], "boxes": {}}}, "not in the closed set"),
        ({"hosts": "eni-1"}, "hosts is not a list of texts"),
        ({"hosts": [1]}, "hosts is not a list of texts"),
        ({"hosts": ["eni-2", "eni-1"]}, "hosts are not in order"),
        ({"hosts": ["eni-1", "eni-1"]}, "hosts are not in order"),
        ({"hosts": ["eni-9"]}, "which is no host of the snapshot"),
        ({"hosts": []}, "not in the closed set"),
        ({"hosts": ["eni-1"]}, "not in the closed set"),
    ],
)
def test_damaged_closed_sets_are_refused(change: Json, reason: str) -> None:
    certificate, claim, inventory = proved(CLOSED)
    assert certificate["hosts"] == ["eni-1", "eni-2"]
    assert reason in refusal({**certificate, **change}, claim, inventory)


def test_a_closed_set_has_the_hosts_that_chains_start_from() -> None:
    certificate, claim, inventory = proved(chains(start=[{"instance": ["i-2"]}], to=TO_APP, hop={"protocol": ["udp"]}))
    assert certificate["hosts"] == ["eni-2"]
    assert "lacks the host eni-2, from which chains start" in refusal({**certificate, "hosts": []}, claim, inventory)


def test_a_closed_set_has_whole_instances() -> None:
    world = network()
    world.row("sg-db")["IpPermissions"] = []
    world.instance(world.interface("subnet-1", id="eni-8"), world.interface("subnet-2", id="eni-9"))
    found = result(with_roles(world), chains())
    claim, inventory = claim_of(with_roles(world), chains())
    assert found.certificate is not None
    more = {**found.certificate, "hosts": ["eni-1", "eni-2", "eni-8"]}
    assert "lacks eni-9, whose instance it has by another interface" in refusal(more, claim, inventory)


def test_a_closed_set_of_roles_is_refused_where_it_proves_nothing() -> None:
    certificate, claim, inventory = proved(chains(to=READING))
    assert "chain is not an object" in refusal({**certificate, "chain": 1}, claim, inventory)
    empty = {**certificate["chain"], "nodes": [], "refutations": []}
    assert "lacks the start" in refusal({**certificate, "chain": empty}, claim, inventory)
    unproved = {**certificate["chain"], "refutations": []}
    assert "nothing refutes" in refusal({**certificate, "chain": unproved}, claim, inventory)
    assert "exactly the members rule, hosts, closed and chain" in refusal({**certificate, "goal": {}}, claim, inventory)
    _, claim, inventory = proved(chains(to=READING), READS)
    path = {"rule": "path/1", "start": APP, "hops": [], "request": READ}
    assert "is a path, not a closed set" in refusal({**certificate, "chain": path}, claim, inventory)


def test_a_closed_set_with_a_role_of_another_account_is_refused() -> None:
    certificate, claim, _ = proved(chains(to=READING))
    world = network()
    world.row("i-2")["IamInstanceProfile"] = {"Arn": f"arn:aws:iam::{OTHER}:instance-profile/app"}
    assert "is not known" in refusal(certificate, claim, inventory_of(with_roles(world)))


READ = {"principal": APP, "action": "s3:GetObject", "resource": "arn:aws:s3:::contracts/x"}


def path_of(certificate: Json, change: Json) -> Json:
    """The certificate with one value changed; `change` is the way to it and the value."""
    found = copy.deepcopy(certificate)
    *way, last, value = change
    inner = found
    for name in way:
        inner = inner[name]
    inner[last] = value
    return found


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (["more", 1], "exactly the members rule, hops and goal"),
        (["hops", {}], "hops is not a list"),
        (["hops", 0, []], "a hop of a chain of hosts is an object of host and packet"),
        (["hops", 0, "more", 1], "a hop of a chain of hosts is an object of host and packet"),
        (["hops", 0, "host", 1], "is no host of the snapshot"),
        (["hops", 0, "host", "eni-3"], "is no host of the snapshot"),
        (["hops", 0, "host", "eni-2"], "the packet does not get to a goal"),
        (["hops", 1, "host", "eni-1"], "the chain takes eni-1 twice"),
        (["hops", 0, {"host": "eni-1"}], "no packet gets to eni-1, from which no chain starts"),
        (["hops", 1, {"host": "eni-2"}], "no packet gets to eni-2, from which no chain starts"),
        (["hops", 1, "packet", []], "a path has no hops"),
        (["hops", 1, "packet", 0, 1, 3, 23], "nothing lets the packet through"),
        (["hops", []], "the packet does not start from a source"),
        (["goal", 0, 0, "subnet-1+sg-front/out"], "the packet does not start from a source"),
        (["goal", 1], "hops is not a list"),
    ],
)
def test_damaged_chains_of_packets_are_refused(change: Json, reason: str) -> None:
    certificate, claim, inventory = proved(chains())
    assert reason in refusal(path_of(certificate, change), claim, inventory)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (["chain", 1], "chain is not an object"),
        (["chain", "start", "arn:aws:iam::111122223333:role/other"], "is no principal of the claim"),
        (["chain", "request", "action", "s3:PutObject"], ""),
        (["hops", []], "a chain of roles starts from a host"),
    ],
)
def test_damaged_chains_that_end_with_a_role_are_refused(change: Json, reason: str) -> None:
    certificate, claim, inventory = proved(chains(to=READING), READS)
    assert reason in refusal(path_of(certificate, change), claim, inventory)


def test_a_chain_ends_with_the_role_of_its_last_host() -> None:
    certificate, claim, inventory = proved(chains(to=READING), READS)
    certificate["hops"].pop()
    assert "is no principal of the claim" in refusal(
        certificate, claim, inventory
    ) or "from where the claim starts none" in refusal(certificate, claim, inventory)


def test_a_chain_with_a_closed_set_at_its_end_is_refused() -> None:
    closed, claim, inventory = proved(chains(to=READING))
    hops = proved(chains(to=READING), READS)[0]["hops"]
    made = {"rule": HOPS, "hops": hops, "chain": closed["chain"]}
    assert "is a closed set, not a path" in refusal(made, claim, inventory)


def test_the_chain_that_was_found_is_given_hop_by_hop() -> None:
    certificate, claim, inventory = proved(chains())
    taken = taken_of(claim, certificate, inventory)
    assert [hop.host for hop in taken.hops] == ["eni-1", "eni-2"]
    assert taken.packet is not None
    assert (taken.role, taken.steps) == ("", ())
    movement = Movement(claim, inventory, wide=False)
    with pytest.raises(Rejected, match="the goal is a flow"):
        movement.chains(["eni-2"])
    of_roles, _ = claim_of(with_roles(network()), chains(to=READING))
    assert Movement(of_roles, inventory, wide=True).goals == ()


def test_a_claim_about_what_is_not_known_is_not_decided() -> None:
    certificate, claim, _ = proved(CLOSED)
    files = with_roles(network(), errors={f"{OWN}/eu-west-1/ec2/describe-network-interfaces.json": "AccessDenied"})
    assert "it is not known what the claim is about" in refusal(certificate, claim, inventory_of(files))


def test_every_claim_of_a_control_for_each_bucket_is_asked() -> None:
    inventory = inventory_of(with_roles(network()))
    assert [c.target.id for c in claims_of([chains("bucket", to=READING)], inventory)] == ["arn:aws:s3:::contracts"]
    assert PROFILE in Hosts(inventory).estate.profiles
    claim = claims_of([chains(to=READING)], inventory)[0]
    assert sure_chain(claim, Movement(claim, inventory, wide=False).chains([])) is None
