"""Chains of hosts, and flows with requests, as people see them; what the search says where nothing is sure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auditctl.audit import claims_of, decide
from auditctl.findings.explain import explain, explain_open
from auditctl.findings.flows import idle
from auditctl.report import Surface
from auditctl.report.explanation_text import explanation_text
from auditctl.report.make import claim_report
from auditctl.report.page import Page
from auditctl.report.rich_text import claim_text
from cloud.setting import inventory_of
from network.estate import DATABASE, READING, READS, chains, control_of, network, with_roles

if TYPE_CHECKING:
    from checkers.cloud.control import Control

Json = Any
SSH_FROM_BASTION = {"from": [{"instance": ["i-1"]}], "protocol": ["tcp"], "port": ["22"]}


def told(files: Json, asked: Control, target: str = "") -> tuple[str, str]:
    """The explanation of a claim, and how the report tells it, each as one line."""
    inventory = inventory_of(files)
    claim = next(c for c in claims_of([asked], inventory) if target in ("", c.target.id))
    result = decide(claim, inventory)
    why = explain(result, inventory) if result.certificate is not None else explain_open(result, inventory)
    report = claim_report(result, why, inventory)
    page = Page(Surface())
    claim_text(page, [report])
    text = explanation_text("asked", report, "", Surface())
    return " ".join(text.split()), " ".join(page.text.split())


def test_a_chain_of_hosts_is_told_host_by_host() -> None:
    text, report = told(with_roles(network()), chains())
    assert "This chain of hosts decides it: 1. takes eni-1 of instance i-1 the internet" in text
    assert "2. takes eni-2 of instance i-2 eni-1 (i-1)" in text
    assert "by security group sg-app inbound: tcp 22 from sg-front 3. and from there" in text
    assert text.index("3. and from there") < text.index("10.0.2.10:49152 to 10.0.2.11:5432")
    assert "2 hosts on the way, the last eni-2 of instance i-2." in report


def test_a_host_that_a_chain_starts_from_is_held() -> None:
    text, _ = told(with_roles(network()), chains(start=[{"instance": ["i-1"]}]))
    assert "1. holds eni-1 of instance i-1 2. takes eni-2" in text


def test_a_chain_of_roles_follows_the_hosts() -> None:
    text, _ = told(with_roles(network(), READS), chains(to=READING))
    assert "3. and from there arn:aws:iam::111122223333:role/app" in text
    assert "role/app may s3:GetObject arn:aws:s3:::contracts/example" in text


def test_why_there_is_no_chain() -> None:
    nothing = {"protocol": ["udp"]}
    text, _ = told(with_roles(network()), chains(hop=nothing))
    assert "No such chain is there: - no host can be taken. - no packet from there gets to the goal." in text
    text, _ = told(with_roles(network(profile=""), READS), chains(to=READING))
    assert "2 hosts can be taken (eni-1, eni-2)" in text
    assert "they give no role." in text
    text, _ = told(with_roles(network()), chains(to=READING))
    assert "1 principal is within reach" in text
    text, _ = told(with_roles(network()), chains(start=[{"instance": ["i-2"]}], hop=nothing, to=READING))
    assert "1 host can be taken (eni-2)" in text


def test_of_many_hosts_a_few_are_named() -> None:
    world = network()
    for _ in range(4):
        world.instance(world.interface("subnet-2", groups=["sg-app"]))
    text, _ = told(with_roles(world), chains(to=READING))
    assert "6 hosts can be taken (eni-1, eni-2, eni-4, eni-5 and 2 more)" in text


def test_a_flow_and_a_request_are_told_together() -> None:
    asked = control_of("instance", flow=SSH_FROM_BASTION, request=READING["request"])
    text, _ = told(with_roles(network(), READS), asked, "i-2")
    assert "This packet and this request decide it:" in text
    assert "role/app may s3:GetObject" in text
    assert "by security group sg-app inbound: tcp 22 from sg-front" in text


def test_why_there_are_not_both() -> None:
    asked = control_of("instance", flow=SSH_FROM_BASTION, request=READING["request"])
    text, _ = told(with_roles(network()), asked, "i-2")
    assert "No such request is allowed:" in text
    text, _ = told(with_roles(network(profile="")), asked, "i-2")
    assert "its instance has no role, and makes no request." in text
    text, _ = told(
        with_roles(network(), READS),
        control_of("instance", flow={"from": ["internet"]}, request=READING["request"]),
        "i-2",
    )
    assert "No such packet arrives:" in text


def test_what_is_open_is_said() -> None:
    text, _ = told(with_roles(network(profile="other"), READS), chains(to=READING))
    assert "It could not be settled: - the role of arn:aws:iam::111122223333:instance-profile/other" in text


def test_an_end_that_is_nothing_in_the_snapshot_is_noticed() -> None:
    inventory = inventory_of(with_roles(network()))
    nowhere = {"instance": ["i-77"]}
    controls = [
        chains(start=[nowhere]),
        chains(to={"flow": {"to": [nowhere]}}),
        chains(start=[nowhere], to=READING),
        control_of("instance", flow={"from": [nowhere]}, request=READING["request"]),
    ]
    for asked in controls:
        assert [*idle(claims_of([asked], inventory), inventory)] == ["asked: nothing in the snapshot is instance i-77"]
    assert [*idle(claims_of([chains(to=DATABASE)], inventory), inventory)] == []
