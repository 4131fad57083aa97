"""What is left out, or cannot be read, never makes a claim hold."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auditctl.audit import claims_of, decide
from checkers.audit import ClaimReport, check_bundle
from checkers.bundle import Bundle
from checkers.cloud.claims import Outcome
from checkers.cloud.control import parse_control
from checkers.verdict import Refusal, Rejected, Unreadable
from small_bundle import (
    ACCOUNT,
    GLOBAL,
    IAM,
    LOGS_POLICY,
    as_bytes,
    controls,
    document,
    files,
    inventory_of,
    members_of,
    rows_of,
    small_bundle,
    statement,
    with_digests,
    with_rows,
    zip_of,
)

Members = dict[str, bytes]
Values = dict[str, Any]


def reports(tmp_path: Path, members: Members) -> list[ClaimReport]:
    path = tmp_path / "small.audit"
    path.write_bytes(zip_of(members))
    return list(check_bundle(Bundle(path)))


# Claims and targets that are left out of a bundle.


@pytest.mark.parametrize("index", range(len(rows_of(members_of(small_bundle())))))
def test_an_omitted_claim_is_rejected(tmp_path: Path, index: int) -> None:
    members = members_of(small_bundle())
    rows = rows_of(members)
    del rows[index]
    with pytest.raises(Rejected, match="expected the claim"):
        reports(tmp_path, with_rows(members, rows))


def test_an_omitted_control_with_its_claims_is_another_bundle(tmp_path: Path) -> None:
    members = members_of(small_bundle())
    rows = [r for r in rows_of(members) if r["claim"][0] != "trust"]
    del members["controls/trust.json"]
    assert len(reports(tmp_path, with_rows(members, rows))) == len(rows)
    with pytest.raises(Rejected, match="is not a claim of the controls"):
        reports(
            tmp_path, with_digests({**members, "certificates.jsonl": members_of(small_bundle())["certificates.jsonl"]})
        )


@pytest.mark.parametrize("bucket", [0, 1])
def test_an_omitted_target_is_rejected(tmp_path: Path, bucket: int) -> None:
    """The bucket is taken out of the list of buckets, its claims stay; or its claims go, and it stays."""
    members = members_of(small_bundle())
    name = f"snapshot/{GLOBAL}/s3/list-buckets.json"
    value = json.loads(members[name])
    gone = value["Buckets"].pop(bucket)["Name"]
    with pytest.raises(Rejected):
        reports(tmp_path, with_digests({**members, name: json.dumps(value).encode()}))
    rows = [r for r in rows_of(members) if not r["claim"][1].endswith(f":::{gone}")]
    with pytest.raises(Rejected, match="expected the claim"):
        reports(tmp_path, with_rows(members, rows))


def test_a_duplicate_claim_is_rejected(tmp_path: Path) -> None:
    members = members_of(small_bundle())
    rows = rows_of(members)
    with pytest.raises(Rejected, match="expected the claim"):
        reports(tmp_path, with_rows(members, [rows[0], *rows]))
    with pytest.raises(Rejected, match="is not a claim of the controls"):
        reports(tmp_path, with_rows(members, [*rows, rows[-1]]))


def test_inconclusive_may_be_said_of_every_claim_and_is_never_holds(tmp_path: Path) -> None:
    members = members_of(small_bundle())
    rows = [{"claim": r["claim"], "inconclusive": ["no time"]} for r in rows_of(members)]
    assert {r.outcome for r in reports(tmp_path, with_rows(members, rows))} == {Outcome.INCONCLUSIVE}


# What cannot be read, in the snapshot.


def edited_policy(change: Callable[[Values], object]) -> Callable[[Values], object]:
    def edit(values: Values) -> None:
        policy = json.loads(values[LOGS_POLICY]["Policy"])
        change(policy)
        values[LOGS_POLICY] = {"Policy": json.dumps(policy)}

    return edit


def add_error(path: str, code: str) -> Callable[[Values], object]:
    def edit(values: Values) -> None:
        values.pop(path, None)
        values["snapshot.json"]["errors"].append({"path": path, "code": code, "message": ""})

    return edit


def without(path: str) -> Callable[[Values], object]:
    return lambda values: values.pop(path)


def put(path: str, value: object) -> Callable[[Values], object]:
    return lambda values: values.update({path: value})


DENY = {"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}}

UNKNOWN = [
    pytest.param(without(LOGS_POLICY), id="a policy that was not collected"),
    pytest.param(add_error(LOGS_POLICY, "AccessDenied"), id="a policy that could not be read"),
    pytest.param(add_error(LOGS_POLICY, "InternalError"), id="a policy with another error"),
    pytest.param(put(LOGS_POLICY, {"Policy": "{"}), id="a policy that is no JSON"),
    pytest.param(put(LOGS_POLICY, {"Policy": '{"Statement": [], "Statement": []}'}), id="a policy with a member twice"),
    pytest.param(put(LOGS_POLICY, {}), id="an answer without a policy"),
    pytest.param(edited_policy(lambda p: p.update(Version="2030-01-01")), id="an unknown version"),
    pytest.param(edited_policy(lambda p: p.update(Extra=1)), id="an unknown element of the document"),
    pytest.param(edited_policy(lambda p: p["Statement"][1].update(Extra=1)), id="an unknown element of the Deny"),
    pytest.param(edited_policy(lambda p: p["Statement"][1].pop("Effect")), id="a statement without effect"),
    pytest.param(edited_policy(lambda p: p["Statement"][1].update(Effect="deny")), id="an effect in lower case"),
    pytest.param(edited_policy(lambda p: p["Statement"][1].pop("Action")), id="a Deny without action"),
    pytest.param(edited_policy(lambda p: p["Statement"][1].update(NotAction="s3:x")), id="a Deny with two actions"),
    pytest.param(
        edited_policy(lambda p: p["Statement"][1].update(Condition={"StringLikke": DENY["StringNotEquals"]})),
        id="an unknown operator",
    ),
    pytest.param(
        edited_policy(
            lambda p: p["Statement"][1].update(
                Condition={"ForMany:StringEquals": {}, "ForMany:StringLike": {"aws:x": "y"}}
            )
        ),
        id="an unknown quantifier",
    ),
    pytest.param(edited_policy(lambda p: p["Statement"][1].update(Condition=["x"])), id="a condition that is a list"),
    pytest.param(
        edited_policy(lambda p: p["Statement"][1].update(Condition={"NumericLessThan": {"aws:x": "many"}})),
        id="a number that is none",
    ),
    pytest.param(
        edited_policy(lambda p: p["Statement"][1].update(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/99"}})),
        id="a network that is none",
    ),
    pytest.param(
        edited_policy(lambda p: p["Statement"][1].update(Resource="arn:aws:s3:::${aws:username")),
        id="a variable without end",
    ),
    pytest.param(without(f"{GLOBAL}/s3/list-buckets.json"), id="buckets that were not listed"),
    pytest.param(
        lambda v: v[f"{GLOBAL}/s3/list-buckets.json"].update(ContinuationToken="x"), id="a list of buckets that goes on"
    ),
]


@pytest.mark.parametrize("edit", UNKNOWN)
def test_what_is_not_known_holds_nothing(edit: Callable[[Values], object]) -> None:
    values = files()
    edit(values)
    inventory = inventory_of(as_bytes(values))
    one = parse_control(controls()["bucket-foreign"], "x")
    outcomes = {c.target.id: decide(c, inventory).outcome for c in claims_of([one], inventory)}
    assert Outcome.HOLDS not in {outcome for target, outcome in outcomes.items() if not target.endswith("data")}
    assert outcomes


@pytest.mark.parametrize("edit", UNKNOWN)
def test_a_certificate_for_what_was_known_is_refused(tmp_path: Path, edit: Callable[[Values], object]) -> None:
    values = files()
    edit(values)
    members = {n: d for n, d in members_of(small_bundle()).items() if not n.startswith("snapshot/")}
    members |= {f"snapshot/{n}": d for n, d in as_bytes(values).items()}
    try:
        found = reports(tmp_path, with_digests(members))
    except (Refusal, Unreadable):
        return
    logs = [r for r in found if r.claim.id == ("bucket-foreign", "arn:aws:s3:::logs")]
    assert [r.outcome for r in logs] == [None]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda iam: iam.update(IsTruncated=True), id="a truncated export"),
        pytest.param(
            lambda iam: iam["RoleDetailList"][2]["AttachedManagedPolicies"].append({
                "PolicyArn": "arn:aws:iam::aws:policy/Gone",
                "PolicyName": "Gone",
            }),
            id="an attached policy without its document",
        ),
        pytest.param(
            lambda iam: iam["RoleDetailList"][2]["RolePolicyList"][0].update(PolicyDocument="{"),
            id="an inline policy that is no JSON",
        ),
        pytest.param(
            lambda iam: iam["RoleDetailList"][2]["RolePolicyList"][0].update(
                PolicyDocument=document(statement("Allow", "*", "*", {"Unknown": {"a": "b"}}))
            ),
            id="an unknown operator in an Allow",
        ),
    ],
)
def test_what_is_not_known_of_a_role_holds_nothing(change: Callable[[Values], object]) -> None:
    values = copy.deepcopy(files())
    change(values[IAM])
    inventory = inventory_of(as_bytes(values))
    one = parse_control(controls()["role-deletes-nothing"], "x")
    outcomes = {c.target.id: decide(c, inventory).outcome for c in claims_of([one], inventory)}
    assert {o for t, o in outcomes.items() if not t.endswith(("admin", "reader"))} == {Outcome.INCONCLUSIVE}


@pytest.mark.parametrize(
    ("path", "touched"),
    [
        pytest.param(f"{GLOBAL}/s3/get-bucket-unheard-of/logs.json", True, id="an unknown file of the service"),
        pytest.param(f"{GLOBAL}/sqs/get-queue-attributes/q.json", False, id="an unknown file of another service"),
        pytest.param("somewhere/else.json", True, id="a file of no account"),
    ],
)
def test_an_unknown_file_makes_what_it_may_touch_inconclusive(path: str, touched: bool) -> None:
    inventory = inventory_of(as_bytes({**files(), path: {"Something": 1}}))
    one = parse_control(controls()["bucket-foreign"], "x")
    outcomes = {c.target.name: decide(c, inventory).outcome for c in claims_of([one], inventory)}
    assert outcomes["logs"] is (Outcome.INCONCLUSIVE if touched else Outcome.HOLDS)
