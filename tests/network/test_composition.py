"""A flow and a request of one target: both are there, or one is not, and it is said which."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from checkers.cloud.claims import Claim, check_claim, question_of
from checkers.cloud.network.composition import check_composed, composed_of, role_of
from checkers.cloud.words import assumptions_of, claim_in_words
from checkers.kernel.formula import TRUE
from checkers.verdict import Declined, Rejected, Unreadable
from cloud.setting import (
    HOLDS,
    INCONCLUSIVE,
    OWN,
    VIOLATED,
    allow,
    claim_of,
    document,
    outcome,
    policy_of,
    reasons,
    result,
)
from network.estate import APP, CONTRACTS, READING, READS, SSH, control_of, network, with_roles
from network.world import rule

if TYPE_CHECKING:
    from checkers.cloud.control import Control

Json = Any
READ = READING["request"]
FROM_BASTION = {"from": [{"instance": ["i-1"]}], **SSH}


def both(kind: str = "instance", flow: Json = None, **request: Json) -> Control:
    """A control of a flow, SSH from the bastion unless it is given, and a request."""
    return control_of(kind, flow=flow or FROM_BASTION, request={**READ, **request})


def test_a_reachable_instance_whose_role_reads_the_bucket_violates() -> None:
    found = result(with_roles(network(), READS), both(), "i-2")
    assert found.outcome.value == VIOLATED
    assert found.certificate is not None
    assert (found.certificate["rule"], found.certificate["flow"]["rule"]) == ("both/1", "packet/1")
    assert found.certificate["request"]["request"]["principal"] == APP


def test_an_instance_that_no_packet_gets_to_holds() -> None:
    found = result(with_roles(network(), READS), both(flow={"from": ["internet"]}), "i-2")
    assert found.outcome.value == HOLDS
    assert found.certificate is not None
    assert found.certificate["part"] == "flow"


def test_an_instance_whose_role_may_not_read_holds() -> None:
    found = result(with_roles(network()), both(), "i-2")
    assert found.outcome.value == HOLDS
    assert found.certificate is not None
    assert found.certificate["part"] == "request"


def test_an_instance_without_a_role_makes_no_request() -> None:
    found = result(with_roles(network(), READS), both(flow={"from": ["internet"]}), "i-1")
    assert (found.outcome.value, found.certificate) == (HOLDS, {"rule": "part/1", "part": "role"})


def test_a_role_that_is_not_known_leaves_it_open_unless_no_packet_arrives() -> None:
    files = with_roles(network(profile="other"), READS)
    assert "the role of arn:aws:iam::111122223333:instance-profile/other" in reasons(files, both(), "i-2")
    assert outcome(files, both(flow={"from": ["internet"]}), "i-2") == HOLDS


def test_a_flow_that_is_open_leaves_it_open_unless_no_request_is_allowed() -> None:
    world = network()
    world.row("sg-app")["IpPermissions"] = [rule("tcp", 22, "pl-unknown")]
    assert outcome(with_roles(world, READS), both(), "i-2") == INCONCLUSIVE
    assert outcome(with_roles(world), both(), "i-2") == HOLDS


def test_an_interface_has_the_role_of_its_instance() -> None:
    files = with_roles(network(), READS)
    assert outcome(files, both("interface"), "eni-2") == VIOLATED
    assert outcome(files, both("interface"), "eni-3") == HOLDS
    world = network()
    world.interface("subnet-2", groups=["sg-app"], id="eni-task")
    assert "which role eni-task gives" in reasons(with_roles(world, READS), both("interface"), "eni-task")


def test_somebody_else_may_make_the_request() -> None:
    open_to_all = policy_of("contracts", document(allow("s3:GetObject", CONTRACTS, Principal="*")))
    files = {**with_roles(network()), **open_to_all}
    files["snapshot.json"]["errors"] = []
    asked = both(principal=["anonymous"])
    assert outcome(files, asked, "i-2") == VIOLATED
    assert outcome(with_roles(network()), asked, "i-2") == HOLDS
    assert "anyone who has not signed in" in claim_in_words(claim_of(files, asked, "i-2")[0])
    assert "foreign-callers" in assumptions_of(claim_of(files, asked, "i-2")[0])


def test_words_and_assumptions() -> None:
    claim, _ = claim_of(with_roles(network()), both(), "i-2")
    assert claim_in_words(claim) == (
        "no packet from instance i-1 gets to instance i-2 (tcp 22), or no request by its role for s3:GetObject on "
        "arn:aws:s3:::contracts/* is allowed"
    )
    claim, _ = claim_of(with_roles(network()), both("interface"), "eni-2")
    assert "no request by the role of its instance for" in claim_in_words(claim)
    assert {"network-export", "export", "principal-keys"} <= {*assumptions_of(claim)}
    assert "foreign-callers" not in assumptions_of(claim)


# Controls.


@pytest.mark.parametrize(
    ("kind", "form", "claim", "reason"),
    [
        ("instance", "require", {"flow": FROM_BASTION, "request": READ}, "only forbidden together"),
        ("vpc", "forbid", {"flow": FROM_BASTION, "request": READ}, "only forbidden together"),
        ("bucket", "forbid", {"flow": FROM_BASTION, "request": READ}, "only forbidden together"),
        ("instance", "forbid", {"flow": {}, "request": READ}, "neither from nor to"),
        ("instance", "forbid", {"flow": FROM_BASTION, "request": []}, "is not an object of known members"),
        ("instance", "forbid", {"flow": FROM_BASTION, "request": {**READ, "all": True}}, "an object of known members"),
        ("instance", "forbid", {"flow": FROM_BASTION, "request": {}}, "neither action nor not_action"),
        (
            "instance",
            "forbid",
            {"flow": FROM_BASTION, "request": {**READ, "principal": ["instance-role", "anonymous"]}},
            "unknown principal `instance-role`",
        ),
        (
            "instance",
            "forbid",
            {"flow": FROM_BASTION, "request": {**READ, "not_principal": [OWN]}},
            "names the principals that it asks about",
        ),
        ("instance", "forbid", {"flow": FROM_BASTION, "request": {**READ, "principal": ["target"]}}, "for roles and"),
        ("instance", "forbid", {"request": READ}, "is about flows, its forbid has no flow"),
    ],
)
def test_controls_that_are_refused(kind: str, form: str, claim: Json, reason: str) -> None:
    with pytest.raises(Unreadable) as refused:
        control_of(kind, form, **claim)
    assert reason in str(refused.value)


def test_the_role_of_the_instance_may_be_named() -> None:
    assert both(principal=["instance-role"]) == both()


def test_a_flow_with_a_request_is_no_question_about_requests() -> None:
    claim, inventory = claim_of(with_roles(network()), both(), "i-2")
    assert question_of(claim, inventory, wide=True).question.root == TRUE
    flow, inventory = claim_of(with_roles(network()), control_of("instance", flow=FROM_BASTION), "i-2")
    with pytest.raises(Declined, match="not about a flow and a request"):
        composed_of(flow)


def test_the_role_of_a_target_that_is_not_known_is_not_known() -> None:
    claim, inventory = claim_of(with_roles(network()), both(), "i-2")
    lost = Claim(claim.control, type(claim.target)("instance", "x", "", OWN, problem="not listed"))
    assert role_of(lost, inventory).problem == "not listed"


# Certificates.


def refusal(certificate: Json, files: Json, asked: Control, target: str = "i-2") -> str:
    claim, inventory = claim_of(files, asked, target)
    with pytest.raises((Rejected, Declined)) as refused:
        check_claim(claim, certificate, inventory)
    return str(refused.value)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"rule": "packet/1"}, "this checker knows part/1 and both/1"),
        ({"more": 1}, "exactly the members rule, flow and request"),
        ({"flow": 1}, "the certificate of the flow is not an object"),
        ({"request": 1}, "the certificate of the request is not an object"),
        ({"flow": {"rule": "packet/1", "hops": []}}, "a path has no hops"),
        ({"flow": {"rule": "witness/1"}}, "this checker knows flow/1 and packet/1"),
        ({"request": {"rule": "packet/1", "hops": []}}, "this checker knows refutation/1"),
    ],
)
def test_damaged_certificates_of_both_are_refused(change: Json, reason: str) -> None:
    files = with_roles(network(), READS)
    found = result(files, both(), "i-2").certificate
    assert found is not None
    assert reason in refusal({**json.loads(json.dumps(found)), **change}, files, both())


def test_the_request_is_that_of_the_role() -> None:
    files = with_roles(network(), READS)
    found = json.loads(json.dumps(result(files, both(), "i-2").certificate))
    found["request"]["request"]["principal"] = f"arn:aws:iam::{OWN}:role/other"
    assert refusal(found, files, both())


def test_a_part_that_is_there_is_no_proof() -> None:
    files = with_roles(network(), READS)
    found = result(files, both(), "i-2").certificate
    assert found is not None
    for part in ("flow", "request"):
        made = {"rule": "part/1", "part": part, "certificate": found[part]}
        assert f"the certificate of the {part} proves 'violated'" in refusal(made, files, both())


def test_parts_that_are_not_there_are_not_both() -> None:
    no_flow = both(flow={"from": ["internet"]})
    found = result(with_roles(network()), no_flow, "i-2").certificate
    assert found is not None
    made = {"rule": "both/1", "flow": found["certificate"], "request": {}}
    assert "proves 'holds'" in refusal(made, with_roles(network()), no_flow)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"part": "both"}, "exactly the members rule, part (flow or request) and certificate"),
        ({"more": 1}, "exactly the members rule, part (flow or request) and certificate"),
        ({"part": "role"}, "the part role has no certificate"),
        ({"certificate": []}, "the certificate of the flow is not an object"),
        ({"part": "request"}, "this checker knows"),
    ],
)
def test_damaged_certificates_of_one_part_are_refused(change: Json, reason: str) -> None:
    files, asked = with_roles(network(), READS), both(flow={"from": ["internet"]})
    found = result(files, asked, "i-2").certificate
    assert found is not None
    assert reason in refusal({**json.loads(json.dumps(found)), **change}, files, asked)


def test_a_role_that_is_there_or_may_be_is_not_none() -> None:
    none = {"rule": "part/1", "part": "role"}
    assert f"somebody makes the request: {APP}" in refusal(none, with_roles(network()), both())
    assert "somebody makes the request: the role of" in refusal(none, with_roles(network(profile="other")), both())
    asked = both(principal=["anonymous"])
    assert "not the role of an instance" in refusal(none, with_roles(network(profile="")), asked)
    request = {"rule": "part/1", "part": "request", "certificate": {}}
    assert "makes no request" in refusal(request, with_roles(network(profile="")), both())


def test_the_claim_must_have_two_parts() -> None:
    claim, inventory = claim_of(with_roles(network()), control_of("instance", flow=FROM_BASTION), "i-2")
    with pytest.raises(Declined):
        check_composed(claim, {"rule": "part/1", "part": "flow", "certificate": {}}, inventory)
