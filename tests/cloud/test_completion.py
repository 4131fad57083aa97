"""Claims about a snapshot in which not everything is known: decided for every value, or violated with certain ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from checkers.audit import check_row
from checkers.cloud.claims import COMPLETED, Outcome, check_claim
from checkers.cloud.completion import completed, with_values
from checkers.cloud.guards import named_by
from checkers.cloud.policy import Origin, parse_document
from checkers.cloud.targets import targets_of
from checkers.cloud.words import ASSUMPTIONS, assumptions_about
from checkers.verdict import Rejected, Verdict
from cloud.setting import (
    HOLDS,
    INCONCLUSIVE,
    OWN,
    VIOLATED,
    allow,
    buckets,
    claim_of,
    control,
    deny,
    document,
    iam,
    inventory_of,
    lone_policy,
    outcome,
    policy_of,
    reasons,
    result,
    role,
    setting,
    user,
)

if TYPE_CHECKING:
    from cloud.setting import Files

UNKNOWN = [
    {"name": "b", "attribute": "aws_s3_bucket.b.bucket", "kind": "name"},
    {"name": "v", "attribute": "aws_x.v", "kind": "text", "example": "vpce-1"},
]
ARN = "arn:aws:s3:::<b>"
OUTSIDE = {"principal": ["outside-account"], "resource": ["${target.arn}/*"]}


def unknown(files: Files, *more: dict[str, Any]) -> Files:
    return {**files, "snapshot.json": {**files["snapshot.json"], "unknown": [*UNKNOWN, *more], "planned": {}}}


def bucket(*statements: Any) -> Files:
    """A bucket of an unknown name with these statements."""
    return unknown(setting(buckets("<b>"), policy_of("<b>", document(*statements))))


def of_anyone(resource: Any = f"{ARN}/*", **more: Any) -> Any:
    return allow(resource=resource, **{"Principal": "*", **more})


ON_BUCKET = control("bucket", **OUTSIDE)


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([of_anyone()], VIOLATED),
        ([of_anyone(Principal={"AWS": OWN})], HOLDS),
        ([of_anyone("arn:aws:s3:::other/*")], HOLDS),
        ([of_anyone("arn:aws:s3:::logs-*")], INCONCLUSIVE),
        ([of_anyone("arn:aws:s3:::logs-*"), deny(resource="arn:aws:s3:::logs-*", Principal="*")], HOLDS),
        ([of_anyone(), deny(resource="*", Principal="*", Condition={"StringNotEquals": {"aws:PrincipalAccount": OWN}})], HOLDS),
        ([of_anyone("<v>/*")], VIOLATED),
        ([of_anyone("arn:aws:s3:::<v>/*"), deny(resource="arn:aws:s3:::<v>/*", Principal="*")], HOLDS),
        ([of_anyone(Principal={"AWS": "<v>"})], VIOLATED),
        ([of_anyone(Principal={"Service": "<v>"})], HOLDS),
        ([of_anyone(Principal={"Federated": "<v>"})], HOLDS),
        ([of_anyone(), deny(resource=f"{ARN}/*", NotPrincipal={"AWS": "<v>"})], VIOLATED),
        ([of_anyone(Condition={"StringEquals": {"aws:SourceVpce": "<v>"}})], VIOLATED),
        ([of_anyone(), deny(resource="*", Principal="*", Condition={"StringNotEquals": {"aws:PrincipalAccount": "<v>"}})], VIOLATED),
        ([of_anyone("arn:aws:s3:::other/<v>")], HOLDS),
    ],
)  # fmt: skip
def test_what_a_claim_is_whatever_the_values(statements: list[Any], expected: str) -> None:
    assert outcome(bucket(*statements), ON_BUCKET) == expected


def test_a_document_alone() -> None:
    files = unknown(lone_policy(allow(resource="arn:aws:s3:::other/<v>/*")))
    assert outcome(files, control("policy", resource=["arn:aws:s3:::other/vpce-1*"])) == VIOLATED
    assert outcome(files, control("policy", resource=["arn:aws:s3:::other/o*"])) != HOLDS
    assert outcome(files, control("policy", resource=["arn:aws:s3:::another/*"])) == HOLDS


def test_why_a_claim_is_open() -> None:
    assert "takes a name that is known after apply" in reasons(bucket(of_anyone("arn:aws:s3:::logs-*")), ON_BUCKET)
    files = unknown(setting(buckets("<b>"), policy_of("<b>", document(of_anyone(Principal={"AWS": "<v>"})))))
    del files[f"{OWN}/global/s3control/get-public-access-block.json"]  # so that no value makes it violated
    assert "aws_x.v is known after apply" in reasons(files, ON_BUCKET)


def test_the_certificate_of_a_claim_that_is_violated_with_certain_values() -> None:
    files = bucket(of_anyone(Principal={"AWS": "<v>"}))
    found = result(files, ON_BUCKET)
    assert found.certificate is not None
    assert found.certificate["rule"] == COMPLETED
    assert found.certificate["values"] == {"v": "*"}
    claim, inventory = claim_of(files, ON_BUCKET)
    assert check_claim(claim, found.certificate, inventory)[0] is Outcome.VIOLATED
    report = check_row(claim, {"claim": list(claim.id), "certificate": found.certificate}, inventory)
    assert report.values == (
        "with aws_x.v (known after apply) as '*'",
        "with every other value that is known after apply as its example in snapshot.json",
    )
    inner = found.certificate["certificate"]
    refused: tuple[tuple[dict[str, Any], str], ...] = (
        ({"values": {}}, "the question is false for the witness"),
        ({"values": {"v": OWN}}, "the question is false for the witness"),
        ({"values": {"v": 1}}, "is no text"),
        ({"values": {"b": "logs"}}, "no unknown value has the name 'b'"),
        ({"values": []}, "exactly the members"),
        ({"more": 1}, "exactly the members"),
        ({"certificate": None}, "none of another rule"),
        ({"certificate": {**found.certificate}}, "none of another rule"),
        (
            {"certificate": {**inner, "request": {**inner["request"], "principal": f"arn:aws:iam::{OWN}:root"}}},
            "the question is false for the witness",
        ),
    )
    for damage, reason in refused:
        with pytest.raises(Rejected, match=reason):
            check_claim(claim, {**found.certificate, **damage}, inventory)
    row = {"claim": list(claim.id), "certificate": {**found.certificate, "values": {}}}
    assert check_row(claim, row, inventory).verdict is Verdict.REJECTED


def test_only_the_values_that_break_the_claim_are_named() -> None:
    other = {"name": "w", "attribute": "aws_x.w", "kind": "text", "example": "x"}
    statements = [of_anyone(Principal={"AWS": "<v>"}), of_anyone(Principal={"AWS": "<w>"}, Sid="Other")]
    files = unknown(setting(buckets("<b>"), policy_of("<b>", document(*statements))), other)
    found = result(files, ON_BUCKET)
    assert found.certificate is not None
    assert len(found.certificate["values"]) == 1


def test_with_some_values_nothing_holds() -> None:
    files = bucket(of_anyone(Principal={"AWS": OWN}))
    found = result(files, ON_BUCKET)
    claim, inventory = claim_of(files, ON_BUCKET)
    certificate = {"rule": COMPLETED, "values": {}, "certificate": found.certificate}
    with pytest.raises(Rejected, match="can be violated, and not hold"):
        check_claim(claim, certificate, inventory)


def test_a_target_that_the_values_leave_out() -> None:
    files = bucket(of_anyone())
    claim, inventory = claim_of(files, ON_BUCKET)
    gone = unknown(setting(buckets("other")))
    with pytest.raises(Rejected, match="the control does not select"):
        with_values(claim, inventory_of(gone), {})
    assert with_values(claim, inventory, {})[0].target.id == claim.target.id


def test_inventories_with_values_are_remembered() -> None:
    inventory = inventory_of(bucket(of_anyone()))
    first = completed(inventory, {"v": "0"})
    assert completed(inventory, {"v": "0"}) is first
    for i in range(5):
        completed(inventory, {"v": str(i)})
    assert completed(inventory, {"v": "0"}) is not first


def roles(*names: str, tags: dict[str, str] | None = None) -> Files:
    rows = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
    return unknown(setting(iam(roles=[role(name, document(allow()), Tags=rows) for name in names])))


WHOM = f"arn:aws:iam::{OWN}:role/"


@pytest.mark.parametrize(
    ("name", "tags", "where", "expected"),
    [
        ("<b>", {}, {}, "selected"),
        ("<b>", {}, {"name": ["ci-*"]}, "unsure"),
        ("ci-<b>", {}, {"name": ["ci-*"]}, "selected"),
        ("ci-<b>", {}, {"name": ["ci-1*", "ci-*"]}, "selected"),
        ("<b>", {}, {"name": ["*"]}, "selected"),
        ("<b>", {}, {"name": ["other"]}, "not"),
        ("<b>", {}, {"not_name": ["ci-*"]}, "unsure"),
        ("ci-<b>", {}, {"not_name": ["ci-*"]}, "not"),
        ("x-<b>", {}, {"not_name": ["ci-*"]}, "selected"),
        ("r", {"team": "my team <b>"}, {"tag": {"team": ["my team x*"]}}, "unsure"),
        ("r", {"team": "my team <b>"}, {"tag": {"team": ["my team *"]}}, "selected"),
        ("r", {"team": "my team <b>"}, {"tag": {"other": ["x*"]}}, "not"),
        ("r", {"team": "<b>"}, {"not_tag": {"team": ["x*"]}}, "unsure"),
        ("r", {"team": "<b>"}, {"tag": {"team": ["database"]}}, "unsure"),
        ("r", {"team": "x-<b>"}, {"tag": {"team": ["database"]}}, "not"),
        ("<b>", {"team": "y"}, {"name": ["ci-*"], "tag": {"team": ["y"]}}, "unsure"),
        ("<b>", {"team": "y"}, {"name": ["ci-*"], "tag": {"team": ["z"]}}, "not"),
    ],
)
def test_whether_a_target_of_an_unknown_name_is_selected(
    name: str, tags: dict[str, str], where: dict[str, Any], expected: str
) -> None:
    found = targets_of(control("role", more={"where": where}), inventory_of(roles(name, tags=tags)))
    assert not any(t.problem for t in found)
    assert (["unsure" if t.unsure else "selected" for t in found] or ["not"]) == [expected]


def test_what_may_not_be_selected_may_hold_and_is_not_violated() -> None:
    asked = control("role", more={"where": {"name": ["ci-*"]}})
    assert outcome(roles("<b>"), asked) == INCONCLUSIVE
    assert "whether name of the control selects it is known after apply" in reasons(roles("<b>"), asked)
    assert outcome(roles("<b>"), control("role", action=["s3:PutObject"], more={"where": {"name": ["ci-*"]}})) == HOLDS
    violated = result(roles("<b>"), control("role"))
    assert violated.outcome is Outcome.VIOLATED
    claim, inventory = claim_of(roles("<b>"), asked)
    with pytest.raises(Rejected, match="known after apply"):
        check_claim(claim, violated.certificate or {}, inventory)


@pytest.mark.parametrize(
    ("name", "more", "is_open"),
    [
        ("<b>", {"principal": [f"{WHOM}ci-*"]}, True),
        ("<b>", {"not_principal": [f"{WHOM}ci-*"]}, True),
        ("<b>", {"principal": [f"{WHOM}*"]}, False),
        ("<b>", {"principal": ["arn:aws:iam::${target.account}:role/ci-*"]}, True),
        ("ci-<b>", {"principal": [f"{WHOM}ci-*"]}, False),
        ("ci", {"principal": [f"{WHOM}ci-*"]}, False),
    ],
)
def test_a_control_that_may_or_may_not_speak_of_a_caller(name: str, more: dict[str, Any], is_open: bool) -> None:
    (target,) = targets_of(control("role", **more), inventory_of(roles(name)))
    assert bool(target.problem) is is_open


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (allow(Condition={"StringEquals": {"aws:PrincipalTag/team": "database"}}), INCONCLUSIVE),
        (allow(Condition={"StringNotEquals": {"aws:PrincipalTag/team": "database"}}), INCONCLUSIVE),
        (allow(resource="arn:aws:s3:::${aws:PrincipalTag/team}/*"), INCONCLUSIVE),
        (allow(Condition={"Null": {"aws:PrincipalTag/team": "true"}}), HOLDS),
        (allow(Condition={"StringEquals": {"aws:PrincipalTag/other": "database"}}), HOLDS),
    ],
)
def test_the_value_of_a_tag_may_be_any_text(statement: Any, expected: str) -> None:
    tags = [{"Key": "team", "Value": "<b>"}]
    files = unknown(setting(iam(users=[user("ann", document(statement), Tags=tags)])))
    assert outcome(files, control("user", resource=["arn:aws:s3:::logs/*"])) == expected


def test_who_may_be_helped_by_a_statement() -> None:
    def named(principal: Any) -> Any:
        policy = document({**allow(), "Principal": principal})
        return named_by(parse_document(policy, Origin("", "", "")).statements[0])

    arn = f"arn:aws:iam::{OWN}:role/x"
    assert named({"AWS": arn}) == {arn}
    assert named({"AWS": [arn, f"arn:aws:iam::{OWN}:role/<v>"]}) is None


@pytest.mark.parametrize(("value", "expected"), [("<v>", (True, False)), ("vpce-1", (False, False))])
def test_a_policy_that_may_be_public(value: str, expected: tuple[bool, bool]) -> None:
    files = bucket(of_anyone(Condition={"StringEquals": {"aws:SourceVpce": value}}))
    inventory = inventory_of(files)
    (one,) = inventory.buckets
    assert tuple(inventory.has_public_policy(one, wide=wide) for wide in (True, False)) == expected


def test_a_policy_that_is_not_known_as_a_whole() -> None:
    files = unknown(setting(buckets("<b>"), errors={f"{OWN}/global/s3/get-bucket-policy/<b>.json": "KnownAfterApply"}))
    inventory = inventory_of(files)
    (one,) = inventory.buckets
    inventory.has_public_policy(one, wide=True)
    assert "KnownAfterApply" in reasons(files, ON_BUCKET)
    whole = parse_document("<v>", Origin("f", "$", "policy"))
    assert whole.problem == "<v> is known after apply"


def test_what_a_plan_makes_and_no_rule_reads() -> None:
    row = {"Type": "aws_glue_job", "Address": "aws_glue_job.x", "Reason": ""}
    files = unknown(setting()) | {f"{OWN}/eu-west-1/glue/planned-aws_glue_job/x.json": row}
    (entry,) = [e for e in inventory_of(files).unmodelled if "planned" in e.where]
    assert entry.reason == "aws_glue_job.x: aws_glue_job is not modelled"
    files |= {f"{OWN}/eu-west-1/glue/planned-aws_glue_job/x.json": {**row, "Reason": "it may do anything"}}
    (entry,) = [e for e in inventory_of(files).unmodelled if "planned" in e.where]
    assert entry.reason == "aws_glue_job.x: it may do anything"


def test_the_assumptions_about_a_plan() -> None:
    assert assumptions_about(inventory_of(setting()).snapshot) == ()
    assert assumptions_about(inventory_of(unknown(setting())).snapshot) == ("planned", "new-names")
    assert {"planned", "new-names"} <= ASSUMPTIONS.keys()
