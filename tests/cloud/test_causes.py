"""The rule `causes/1`: lists of causes that are accepted, and those that are refused."""

from __future__ import annotations

import copy
import json
from itertools import product
from typing import Any

import pytest

from auditctl.search.causes import all_causes
from checkers import limits
from checkers.cloud.causes import RULE, causes_in_words
from checkers.cloud.claims import Outcome, check_claim, question_of, violation_of
from checkers.cloud.cuts import Cut, by_place, left_literal
from checkers.cloud.policy import Origin, parse_document
from checkers.cloud.request import assignment_of, parse_request
from checkers.kernel.formula import TRUE, Formula
from checkers.strict_json import parse_json
from checkers.verdict import Declined, Rejected
from cloud.setting import (
    BUCKET,
    OWN,
    ROLE,
    allow,
    attached,
    buckets,
    claim_of,
    control,
    deny,
    document,
    iam,
    lone_bucket,
    lone_policy,
    lone_role,
    managed,
    outcome,
    policy_of,
    result,
    role,
    setting,
)

Json = Any
ROOT = f"arn:aws:iam::{OWN}:root"
OBJECTS = f"{BUCKET}/*"
TWO = lone_role(allow(), allow("s3:Get*", OBJECTS))
ASKED = control("role", resource=[f"{BUCKET}/x"])


def causes_of(files: Any, asked: Any, target: str = "") -> Json:
    """The list of causes of a violated claim, as the search makes it, read back from its text."""
    found = result(files, asked, target)
    assert found.certificate is not None, found
    claim, inventory = claim_of(files, asked, target)
    return parse_json(json.dumps(all_causes(claim, found.certificate, inventory)), "causes")


def check(files: Any, asked: Any, certificate: Json, target: str = "") -> Outcome:
    claim, inventory = claim_of(files, asked, target)
    return check_claim(claim, certificate, inventory)[0]


# The list that the search makes.


def test_a_list_that_is_accepted_means_that_the_claim_is_violated() -> None:
    found = causes_of(TWO, ASKED)
    assert found["rule"] == RULE
    assert [c["statement"] for c in found["causes"]] == ["Statement[0]", "Statement[1]"]
    assert "rest" in found
    assert check(TWO, ASKED, found) is Outcome.VIOLATED


def test_an_open_list_is_accepted_with_its_reasons() -> None:
    found = causes_of(TWO, ASKED)
    listed = {"rule": RULE, "causes": found["causes"][:1], "open": ["nobody looked"]}
    assert check(TWO, ASKED, listed) is Outcome.VIOLATED


# Tampering.


def edited(edit: Any) -> Json:
    found = copy.deepcopy(causes_of(TWO, ASKED))
    edit(found)
    return found


def swap(found: Json, member: str) -> None:
    first, second = found["causes"]
    first[member], second[member] = second[member], first[member]


MEMBERS = "file, path, statement, caller, action, resource"
REFUSED = [
    ("a cause dropped", lambda c: c["causes"].pop(), Rejected, "the certificate is for question"),
    ("the other cause dropped", lambda c: c["causes"].pop(0), Rejected, "the certificate is for question"),
    ("no rest", lambda c: c.pop("rest"), Rejected, "a list of causes has the members"),
    ("rest and open", lambda c: c.update(open=["x"]), Rejected, "a list of causes has the members"),
    ("more members", lambda c: c.update(note=""), Rejected, "a list of causes has the members"),
    ("a rest that is none", lambda c: c.update(rest=[]), Rejected, "rest is not a refutation"),
    ("a rest without lemmas", lambda c: c["rest"].pop("lemmas"), Rejected, "a refutation has exactly the members"),
    ("no causes", lambda c: c.update(causes=[]), Rejected, "causes is not a list of causes"),
    ("causes that are no list", lambda c: c.update(causes={}), Rejected, "causes is not a list of causes"),
    ("a cause without a request", lambda c: c["causes"][0].pop("request"), Rejected, "causes is not a list of causes"),
    ("a cause twice", lambda c: c["causes"].append(c["causes"][0]), Rejected, "a cause is listed twice"),
    ("a cause with more members", lambda c: c["causes"][0].update(sid=""), Rejected, f"the cause of a statement has exactly the members {MEMBERS}"),
    ("a cause with fewer members", lambda c: c["causes"][0].pop("caller"), Rejected, f"the cause of a statement has exactly the members {MEMBERS}"),
    ("a member that is no text", lambda c: c["causes"][0].update(file=1), Rejected, "a member of a cause is not text"),
    ("a pattern that is no number", lambda c: c["causes"][0].update(action="0"), Rejected, "a pattern of a cause is neither null"),
    ("a pattern that is true", lambda c: c["causes"][0].update(action=True), Rejected, "a pattern of a cause is neither null"),
    ("a negative pattern", lambda c: c["causes"][0].update(action=-1), Rejected, "a pattern of a cause is neither null"),
    ("no such pattern", lambda c: c["causes"][0].update(action=1), Rejected, "is no cause of its request"),
    ("no such resource pattern", lambda c: c["causes"][0].update(resource=7), Rejected, "is no cause of its request"),
    ("no such statement", lambda c: c["causes"][0].update(statement="Statement[9]"), Rejected, "is no cause of its request"),
    ("no such file", lambda c: c["causes"][0].update(file="x"), Rejected, "is no cause of its request"),
    ("another caller", lambda c: c["causes"][0].update(caller=ROOT), Rejected, "is no cause of its request"),
    ("a request that is not allowed", lambda c: c["causes"][0]["request"].update(action="s3:PutObject"), Rejected, "the question is false"),
    ("a request that is none", lambda c: c["causes"][0].update(request=[]), Rejected, "a request is not an object"),
    ("somebody else's request", lambda c: c["causes"][0]["request"].update(principal=ROOT), Rejected, "the request is made by"),
    ("a rule of AWS that is none", lambda c: c["causes"].append({"rule-of-aws": "luck", "request": c["causes"][0]["request"]}), Declined, "rule of AWS 'luck'"),
    ("a rule with more members", lambda c: c["causes"].append({"rule-of-aws": "root", "request": {}}), Rejected, "the cause root has exactly the members rule-of-aws, caller and request"),
    ("a rule of the other form", lambda c: c["causes"].append({"rule-of-aws": "not-allowed", "action": None, "resource": None, "request": c["causes"][0]["request"]}), Rejected, "the rule not-allowed is no cause"),
    ("a root that did not ask", lambda c: c["causes"].append({"rule-of-aws": "root", "caller": ROOT, "request": c["causes"][0]["request"]}), Rejected, "rule of AWS root"),
    ("a root that is none", lambda c: c["causes"].append({"rule-of-aws": "root", "caller": ROLE, "request": c["causes"][0]["request"]}), Rejected, f"{ROLE} is no root user"),
    ("a rule about other actions", lambda c: c["causes"].append({"rule-of-aws": "always-allowed", "request": c["causes"][0]["request"]}), Rejected, "is no cause of its request"),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "kind", "message"), [pytest.param(*c[1:], id=c[0]) for c in REFUSED])
def test_a_list_that_is_refused(edit: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as caught:
        check(TWO, ASKED, edited(edit))
    assert type(caught.value) is kind
    assert message in str(caught.value)


@pytest.mark.parametrize("reasons", [[], "x", [""], [1], {}])
def test_reasons_that_are_none(reasons: Json) -> None:
    found = causes_of(TWO, ASKED)
    with pytest.raises(Rejected, match="open is not a list of reasons"):
        check(TWO, ASKED, {"rule": RULE, "causes": found["causes"], "open": reasons})


def test_patterns_of_two_causes_are_not_exchanged() -> None:
    files = lone_role(allow(["s3:Get*", "s3:List*"], "*"))
    asked = control("role", action=["s3:GetObject", "s3:ListBucket"], resource=["*"])
    found = causes_of(files, asked)
    assert [c["action"] for c in found["causes"]] == [0, 1]
    swap(found, "action")
    with pytest.raises(Rejected, match="is no cause of its request"):
        check(files, asked, found)
    swap(found, "request")  # now they are the same causes in another order
    assert check(files, asked, found) is Outcome.VIOLATED


def test_a_wider_cause_hides_no_other_statement() -> None:
    """A cause of one pattern that is widened to the whole element asks another question."""
    files = lone_role(allow(["s3:Get*", "s3:List*"], "*"))
    asked = control("role", resource=["*"])
    found = causes_of(files, asked)
    found["causes"][0]["action"] = None
    with pytest.raises(Rejected, match="the certificate is for question"):
        check(files, asked, found)


def test_the_proof_of_one_snapshot_is_not_one_of_another() -> None:
    found = causes_of(lone_role(allow()), ASKED)
    with pytest.raises(Rejected):
        check(TWO, ASKED, found)


def test_a_violation_for_want_of_a_request_has_no_causes() -> None:
    files, asked = lone_role(), control("role", form="require")
    with pytest.raises(Rejected, match="it has no causes"):
        check(files, asked, {"rule": RULE, "causes": [], "open": [""]})


def many(number: int) -> tuple[Any, Json]:
    """A role with a statement of many patterns, and a list with that many causes."""
    words = ["".join(letters) for letters in product(*(f"{letter}?" for letter in "object"))]
    patterns = [f"s3:Get{word}{end}" for end in ("", "*") for word in words]
    files = lone_role(allow(patterns[:number], "*"))
    (cause,) = causes_of(lone_role(allow()), control("role", resource=["*"]))["causes"]
    rows = [{**cause, "action": i} for i in range(number)]
    return files, {"rule": RULE, "causes": rows, "open": ["there are many"]}


def test_as_many_causes_as_the_limit_allows() -> None:
    files, listed = many(limits.MAX_CAUSES)
    assert check(files, control("role", resource=["*"]), listed) is Outcome.VIOLATED
    files, listed = many(limits.MAX_CAUSES + 1)
    with pytest.raises(Declined, match="101 causes; at most 100 are supported"):
        check(files, control("role", resource=["*"]), listed)


# What a question leaves out.


def left(statement: Json, *cuts: tuple[int | None, int | None]) -> tuple[Formula, int]:
    (parsed,) = parse_document(document(statement), Origin("f", "$", "p")).statements
    formula = Formula()
    return formula, left_literal(formula, parsed, [Cut("f", "$", "Statement[0]", "", *c) for c in cuts])


def remains(statement: Json, cuts: list[tuple[int | None, int | None]], action: str, resource: str) -> bool:
    formula, literal = left(statement, *cuts)
    request = parse_request({"principal": ROLE, "action": action, "resource": resource})
    return formula.evaluate(assignment_of(request))[abs(literal)] is (literal > 0)


GRID = allow(["s3:Get*", "s3:List*"], [BUCKET, OBJECTS])  # patterns in this order
CUTS = [
    ("nothing", [], "s3:GetObject", BUCKET, True),
    ("everything", [(None, None)], "s3:GetObject", BUCKET, False),
    ("one pair", [(0, 0)], "s3:GetObject", BUCKET, False),
    ("another pair", [(0, 0)], "s3:GetObject", f"{BUCKET}/x", True),
    ("the same resource, another action", [(0, 0)], "s3:ListBucket", BUCKET, True),
    ("an action", [(0, None)], "s3:GetObject", f"{BUCKET}/x", False),
    ("a resource", [(None, 1)], "s3:ListBucket", f"{BUCKET}/x", False),
    ("each pair", [(0, 0), (0, 1), (1, 0), (1, 1)], "s3:ListBucket", f"{BUCKET}/x", False),
    ("all pairs but one", [(0, 0), (0, 1), (1, 0)], "s3:ListBucket", f"{BUCKET}/x", True),
    ("no such pattern", [(5, None)], "s3:GetObject", BUCKET, True),
]


@pytest.mark.parametrize(("cuts", "action", "resource", "expected"), [pytest.param(*c[1:], id=c[0]) for c in CUTS])
def test_the_parts_that_are_left(cuts: Any, action: str, resource: str, *, expected: bool) -> None:
    assert remains(GRID, cuts, action, resource) is expected


def test_a_pattern_that_is_left_keeps_what_another_one_has_too() -> None:
    both = allow(["s3:Get*", "s3:GetObject"], "*")  # the second one comes first
    assert remains(both, [(1, None)], "s3:GetObject", "*")
    assert not remains(both, [(1, None)], "s3:GetObjectAcl", "*")
    assert remains(both, [(0, None)], "s3:GetObject", "*")


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Allow", "NotAction": ["s3:Put*", "s3:Get*"], "Resource": "*"},
        {"Effect": "Allow", "Action": "*", "NotResource": [BUCKET, OBJECTS]},
        allow("*", ["arn:aws:s3:::${aws:username}/*", BUCKET]),
    ],
)
def test_an_element_without_patterns_of_its_own_is_left_out_as_a_whole(statement: Json) -> None:
    assert left(statement)[1] == TRUE
    assert left(statement, (None, None))[1] == -TRUE
    assert left(statement, (0, 0))[1] in (TRUE, -TRUE)


def test_cuts_by_their_place() -> None:
    one, two = Cut("f", "$", "Statement[0]", "", 0), Cut("f", "$", "Statement[0]", "", 1)
    other = Cut("f", "$", "Statement[1]")
    assert by_place([one, other, two]) == {one.place: (one, two), other.place: (other,)}


def wide(files: Any, asked: Any, *cuts: Cut, target: str = "") -> Any:
    claim, inventory = claim_of(files, asked, target)
    return question_of(claim, inventory, wide=True, without=cuts).question


def cut_of(found: Json, **changes: Any) -> Cut:
    row = {name: found[name] for name in ("file", "path", "statement", "caller", "action", "resource")}
    return Cut(**{**row, **changes})


def test_a_statement_is_left_out_for_its_caller_alone() -> None:
    shared = managed("shared", document(allow()))
    roles = [role(n, AttachedManagedPolicies=attached(shared["Arn"])) for n in ("reader", "other")]
    files = setting(iam(roles=roles, policies=[shared]), buckets("logs"))
    asked = control("bucket", principal=[ROLE, ROLE.replace("reader", "other")], resource=["${target.arn}/*"])
    found = causes_of(files, asked)["causes"]
    assert [c["caller"] for c in found] == [ROLE, ROLE.replace("reader", "other")]
    assert len({c["file"] + c["path"] + c["statement"] for c in found}) == 1
    request = assignment_of(parse_request(found[1]["request"]))
    assert wide(files, asked, cut_of(found[0])).holds_for(request)
    assert not wide(files, asked, cut_of(found[0]), cut_of(found[1])).holds_for(request)
    assert not wide(files, asked, cut_of(found[0], caller="")).holds_for(request)


def test_a_boundary_is_not_left_out_with_the_policy_that_it_is_too() -> None:
    """One managed policy is the only grant of a role, and the boundary of another one, which stays allowed."""
    shared = managed("shared", document(allow()))
    limited = role("limited", document(allow("s3:*")), PermissionsBoundary={"PermissionsBoundaryArn": shared["Arn"]})
    roles = [role("reader", AttachedManagedPolicies=attached(shared["Arn"])), limited]
    files = setting(iam(roles=roles, policies=[shared]))
    (cause,) = causes_of(files, control("role"), ROLE)["causes"]
    target = ROLE.replace("reader", "limited")
    (own,) = causes_of(files, control("role"), target)["causes"]
    request = assignment_of(parse_request(own["request"]))
    assert wide(files, control("role"), cut_of(cause, caller=""), target=target).holds_for(request)
    boundary = {**own, **{n: cause[n] for n in ("file", "path", "statement")}}
    with pytest.raises(Rejected, match="is no cause of its request"):
        check(files, control("role"), {"rule": RULE, "causes": [boundary], "open": ["x"]}, target)


# Rules of AWS.


def test_the_root_user_is_a_cause_by_itself() -> None:
    files = setting(buckets("logs"))
    asked = control("bucket", principal=["account"], resource=["${target.arn}/*"])
    found = causes_of(files, asked)
    assert [{k: v for k, v in c.items() if k != "request"} for c in found["causes"]] == [
        {"rule-of-aws": "root", "caller": ROOT}
    ]
    assert check(files, asked, found) is Outcome.VIOLATED


def test_the_root_user_hides_no_statement_that_lets_it_in() -> None:
    """Root of another account needs the bucket policy, so its own power does not explain the request."""
    other = "444455556666"
    files = setting(
        buckets("logs"), policy_of("logs", document(allow(Principal={"AWS": other}))), accounts=(OWN, other)
    )
    asked = control("bucket", principal=[f"arn:aws:iam::{other}:root"], resource=["${target.arn}/*"])
    found = causes_of(files, asked)
    assert [c["statement"] for c in found["causes"]] == ["Statement[0]"]
    by_root = {"rule-of-aws": "root", "caller": f"arn:aws:iam::{other}:root"}
    open_list = {"rule": RULE, "causes": [{**by_root, "request": found["causes"][0]["request"]}], "open": ["x"]}
    assert check(files, asked, open_list) is Outcome.VIOLATED


@pytest.mark.parametrize("principal", [["account"], ["target"]])
def test_what_is_always_allowed_is_a_cause_without_a_statement(principal: list[str]) -> None:
    files, asked = lone_role(), control("role", principal=principal, action=["sts:GetCallerIdentity"])
    found = causes_of(files, asked)
    assert [c["rule-of-aws"] for c in found["causes"]] == ["always-allowed"]
    assert check(files, asked, found) is Outcome.VIOLATED


def test_documents_alone_have_no_rules_of_aws() -> None:
    files, asked = lone_policy(allow()), control("policy")
    found = causes_of(files, asked)
    assert [c["caller"] for c in found["causes"]] == [""]
    found["causes"][0] = {"rule-of-aws": "always-allowed", "request": found["causes"][0]["request"]}
    with pytest.raises(Rejected, match="is no cause of its request"):
        check(files, asked, found)


# What has to be allowed.


EVERY = control("role", form="require", all=True, action=["s3:GetObject", "s3:PutObject"], resource=[OBJECTS])
INSECURE = deny("s3:*", Condition={"Bool": {"aws:SecureTransport": "false"}})


def test_what_denies_and_what_is_not_allowed() -> None:
    files = lone_role(allow(), INSECURE)
    found = causes_of(files, EVERY)
    denied, missing = found["causes"]
    assert denied["statement"] == "Statement[1]"
    assert missing["rule-of-aws"] == "not-allowed"
    assert (missing["action"], missing["resource"]) == (1, None)
    assert check(files, EVERY, found) is Outcome.VIOLATED


def test_what_a_statement_denies_is_not_said_to_lack_an_allow() -> None:
    files = lone_role(allow(), INSECURE)
    denied = causes_of(files, EVERY)["causes"][0]
    row = {"rule-of-aws": "not-allowed", "action": 0, "resource": None, "request": denied["request"]}
    with pytest.raises(Rejected, match="the question is false"):
        check(files, EVERY, {"rule": RULE, "causes": [denied, row], "open": ["x"]})
    assert check(files, EVERY, {"rule": RULE, "causes": [{**row}], "open": ["x"]}) is Outcome.VIOLATED


def test_an_allow_statement_is_no_cause_of_a_denial() -> None:
    files = lone_role(allow(), INSECURE)
    denied = causes_of(files, EVERY)["causes"][0]
    with pytest.raises(Rejected, match="is no cause of its request"):
        check(files, EVERY, {"rule": RULE, "causes": [{**denied, "statement": "Statement[0]"}], "open": ["x"]})
    root = {"rule-of-aws": "always-allowed", "request": denied["request"]}
    with pytest.raises(Rejected, match="the rule always-allowed is no cause of such a violation"):
        check(files, EVERY, {"rule": RULE, "causes": [root], "open": ["x"]})


def test_a_pattern_of_the_control_that_is_not_there() -> None:
    files = lone_role()
    found = causes_of(files, EVERY)
    assert {c["action"] for c in found["causes"]} == {0, 1}
    found["causes"][0]["action"] = 2
    with pytest.raises(Rejected, match="is no cause of its request"):
        check(files, EVERY, found)


# Words.


def test_the_causes_in_words() -> None:
    files = lone_bucket(allow(["s3:Get*", "s3:List*"], [BUCKET, OBJECTS], Principal="*"))
    asked = control("bucket", principal=["anonymous"], action=["s3:GetObject"], resource=["${target.arn}/*"])
    found = causes_of(files, asked)
    claim, inventory = claim_of(files, asked)
    _, derived = check_claim(claim, found, inventory)
    place = f"{OWN}/global/s3/get-bucket-policy/logs.json $.Policy.Statement[0]"
    assert causes_in_words(found, derived.notes) == (
        f"caused by {place}, action s3:get*, resource {OBJECTS}",
        "there is no other cause",
    )
    assert causes_in_words(found, ())[0] == f"caused by {place}, action 0, resource 1"
    assert causes_in_words({**found, "open": ["a", "b"]}, ())[1:] == (
        "there may be others: a",
        "there may be others: b",
    )
    assert causes_in_words({"rule": "witness/1"}, ()) == ()
    rows = [
        {"rule-of-aws": "root", "caller": ROOT, "request": {}},
        {"rule-of-aws": "not-allowed", "action": 1, "resource": None, "request": {}},
        {**found["causes"][0], "caller": ROLE, "statement": "", "action": None, "resource": None},
    ]
    assert causes_in_words({"rule": RULE, "causes": rows}, ())[:3] == (
        f"caused by rule of AWS root, {ROOT}",
        "caused by rule of AWS not-allowed, action 1",
        f"caused by {OWN}/global/s3/get-bucket-policy/logs.json $.Policy, of {ROLE}",
    )


def test_the_violation_of_a_claim() -> None:
    claim, inventory = claim_of(lone_role(), EVERY)
    found = violation_of(claim, inventory)
    assert (found.effect.value, found.with_sessions) == ("Deny", False)
    assert outcome(lone_role(), EVERY) == "violated"
