"""Every cause of a violation: found, complete, and none of them idle, on small worlds; and how it is shown."""

from __future__ import annotations

import copy
import json
from fnmatch import fnmatchcase
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest

import auditctl.run
from auditctl.audit import Result, claims_of, decide
from auditctl.explaining import explained
from auditctl.findings.explain import explain
from auditctl.report import Surface
from auditctl.report.explanation_text import explanation_text
from auditctl.report.make import claim_report
from auditctl.report.model import Cause, Causes, Line, Place, Request, Statement, Witness
from auditctl.report.page import Page
from auditctl.report.rich_text import causes_text
from auditctl.run import run, with_causes, with_witness
from auditctl.search import causes as search_of_causes
from auditctl.search.causes import TOO_MANY, UNCONFIRMED, UNNAMED, all_causes, witness_of
from auditctl.search.paths import search_path
from auditctl.search.solve import Undecided
from auditctl.subject import Subject
from checkers.__main__ import main as check_bundle
from checkers.cloud.claims import Outcome
from checkers.cloud.control import parse_control
from checkers.cloud.paths import PATH
from cloud.setting import (
    BUCKET,
    FOREIGN,
    OTHER,
    OWN,
    ROLE,
    USER,
    allow,
    attached,
    buckets,
    claim_of,
    control,
    control_json,
    deny,
    document,
    iam,
    inventory_of,
    lets_through,
    lone_bucket,
    lone_role,
    lone_trust,
    managed,
    policy_of,
    result,
    role,
    setting,
    trust,
    user,
)
from command_line import OPEN, Shell, write_control, write_snapshot

Json = Any
OBJECTS = f"{BUCKET}/*"
WRITER = f"arn:aws:iam::{OWN}:role/writer"
IAM_FILE = f"{OWN}/global/iam/get-account-authorization-details.json"
BUCKET_FILE = f"{OWN}/global/s3/get-bucket-policy/logs.json"


def found_in(files: Any, asked: Any, target: str = "") -> Json:
    """The list of causes, which the checker has accepted."""
    claim, inventory = claim_of(files, asked, target)
    found = with_causes(result(files, asked, target), inventory)
    assert found.outcome is Outcome.VIOLATED, found
    assert found.certificate is not None
    assert not found.refused
    assert claim.id == found.claim.id
    return found.certificate


def places(found: Json) -> list[tuple[str, str, str]]:
    """Statement, caller and action of each cause, or its rule."""
    return [
        (c["path"].rpartition(".")[2] + "." + c["statement"], c["caller"], c["request"]["action"])
        if "file" in c
        else (c["rule-of-aws"], c.get("caller", ""), c["request"]["action"])
        for c in found["causes"]
    ]


# Small worlds: what is left when the causes are gone, decided from scratch.

ACTIONS = ["s3:GetObject", "s3:PutObject", "s3:Get*", "s3:*", "s3:?utObject"]
RESOURCES = [OBJECTS, f"{BUCKET}/a*", f"{BUCKET}/a", "*"]
PRINCIPALS: list[Json] = ["*", {"AWS": OWN}, {"AWS": ROLE}, {"AWS": [ROLE, WRITER]}, {"AWS": FOREIGN}]
KEYS = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}


def world(random: Random) -> Any:
    """One bucket and two roles, with a few statements."""
    shared = managed("shared", document(*statements(random, 1)))
    roles = [
        role(name, document(*statements(random, 2)), AttachedManagedPolicies=attached(shared["Arn"]) if random.random() < 0.3 else [])
        for name in ("reader", "writer")
    ]  # fmt: skip
    own = [{**one, "Principal": random.choice(PRINCIPALS)} for one in statements(random, 2)]
    return setting(iam(roles=roles, policies=[shared]), buckets("logs"), policy_of("logs", document(*own)))


def statements(random: Random, most: int) -> list[Json]:
    make = [allow, allow, allow, deny]
    found = []
    for _ in range(random.randint(0, most)):
        actions = random.sample(ACTIONS, random.randint(1, 3))
        resources = random.sample(RESOURCES, random.randint(1, 2))
        one = random.choice(make)(actions, resources)
        found.append({**one, "Condition": KEYS} if random.random() < 0.2 else one)
    return found or [deny("s3:DeleteObject")]


ASKED = {
    "one role": (control("role", action=["s3:GetObject", "s3:PutObject"], resource=[OBJECTS]), ROLE),
    "both roles": (
        control("bucket", principal=[ROLE, WRITER], action=["s3:*"], resource=["${target.arn}/*"]),
        BUCKET,
    ),
    "everyone else": (
        control("bucket", principal=["anonymous", "outside-account"], action=["s3:*"], resource=["${target.arn}/*"]),
        BUCKET,
    ),
}


def patterns(element: Json) -> list[str]:
    """The patterns of an element in the order in which causes number them."""
    given = element if isinstance(element, list) else [element]
    texts = {text.lower() if ":" in text and not text.startswith("arn:") else text for text in given}
    return ["*"] if "*" in texts else sorted(texts, key=lambda t: t.replace("*", "\ud800").replace("?", "\ud801"))


def pairs(statement: Json) -> list[tuple[int | None, int | None, str, str]]:
    """Each action pattern with each resource pattern, and their numbers: none where there is one alone."""
    sides = [patterns(statement["Action"]), patterns(statement["Resource"])]
    numbered = [[(i if len(side) > 1 else None, text) for i, text in enumerate(side)] for side in sides]
    return [(i, j, action, resource) for (i, action), (j, resource) in product(*numbered)]


def without(files: Any, found: Json, kept: Json | None = None) -> Any:
    """The snapshot in which the parts that the causes name are gone, but for one."""
    left = copy.deepcopy(files)
    policy = json.loads(left[BUCKET_FILE]["Policy"])
    policy["Statement"] = split(policy["Statement"], BUCKET_FILE, "$.Policy", "", found, kept)
    left[BUCKET_FILE] = {"Policy": json.dumps(policy)}
    for i, row in enumerate(left[IAM_FILE]["RoleDetailList"]):
        own = row["RolePolicyList"][0]["PolicyDocument"]
        at = f"$.RoleDetailList[{i}].RolePolicyList[0].PolicyDocument"
        own["Statement"] = split(own["Statement"], IAM_FILE, at, row["Arn"], found, kept)
        if row["AttachedManagedPolicies"]:  # a copy for each role: what one cause takes from it the other one keeps
            shared = files[IAM_FILE]["Policies"][0]["PolicyVersionList"][0]["Document"]
            rest = split(
                shared["Statement"], IAM_FILE, "$.Policies[0].PolicyVersionList[0].Document", row["Arn"], found, kept
            )
            row["RolePolicyList"].append({"PolicyName": "copy", "PolicyDocument": document(*rest)})
            row["AttachedManagedPolicies"] = []
    return left


def split(rows: list[Json], file: str, path: str, caller: str, found: Json, kept: Json | None) -> list[Json]:
    """Statements with one action and one resource each, without those that are causes."""
    taken = {
        (c["file"], c["path"], c["statement"], c["caller"], c["action"], c["resource"])
        for c in found["causes"]
        if c is not kept
    }
    left = []
    for k, row in enumerate(rows):
        for i, j, action, resource in pairs(row):
            if row["Effect"] == "Deny" or (file, path, f"Statement[{k}]", caller, i, j) not in taken:
                left.append({**row, "Action": action, "Resource": resource})
    return left or [deny("s3:DeleteObject")]


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("seed", range(40))
def test_without_its_causes_a_claim_holds_and_with_any_of_them_it_does_not(seed: int, name: str) -> None:
    files = world(Random(f"{seed} {name}"))
    asked, target = ASKED[name]
    if result(files, asked, target).outcome is not Outcome.VIOLATED:
        return
    found = found_in(files, asked, target)
    assert "rest" in found
    assert result(without(files, found), asked, target).outcome is Outcome.HOLDS
    for cause in found["causes"]:
        assert result(without(files, found, cause), asked, target).outcome is Outcome.VIOLATED, cause


def test_the_worlds_are_various() -> None:
    numbers = []
    for seed in range(40):
        for name, (asked, target) in ASKED.items():
            files = world(Random(f"{seed} {name}"))
            if result(files, asked, target).outcome is Outcome.VIOLATED:
                numbers.append(len(found_in(files, asked, target)["causes"]))
    assert len(numbers) > 40, numbers
    assert sum(n > 3 for n in numbers) > 10, numbers
    assert sum(n == 1 for n in numbers) > 3, numbers


GRID = list(
    product([ROLE, WRITER, USER, "anonymous"], ["s3:GetObject", "s3:PutObject"], [f"{BUCKET}/a", f"{BUCKET}/b"])
)


@pytest.mark.parametrize("seed", range(10))
def test_every_request_that_is_allowed_is_one_of_a_cause(seed: int) -> None:
    files = world(Random(seed))
    files[IAM_FILE]["UserDetailList"] = [user("alice", document(allow("s3:Get*")))]
    asked = control("bucket", principal=["anyone"], action=["s3:*"], resource=["${target.arn}/*"])
    found = found_in(files, asked, BUCKET)
    texts = {c["statement"] + c["path"]: c for c in found["causes"] if "file" in c}
    for principal, action, resource in GRID:
        request = {"principal": principal, "action": action, "resource": resource}
        if lets_through(files, asked, request, BUCKET)[1]:
            assert any(matches(files, c, request) for c in found["causes"] if "file" in c), (request, list(texts))


def matches(files: Any, cause: Json, request: Json) -> bool:
    """Whether the part of the statement has the action and the resource of the request, and is its caller's."""
    steps = cause["path"].removeprefix("$.")
    row = files[cause["file"]]
    if cause["file"] == BUCKET_FILE:
        given = json.loads(row["Policy"])
    else:
        for step in steps.split("."):
            name, _, index = step.rstrip("]").partition("[")
            row = row[name][int(index)] if index else row[name]
        given = row
    statement = given["Statement"][int(cause["statement"][10:-1])]
    action = {i: a for i, _, a, _ in pairs(statement)}[cause["action"]]
    resource = {j: r for _, j, _, r in pairs(statement)}[cause["resource"]]
    own = cause["caller"] in ("", request["principal"])
    return own and fnmatchcase(request["action"].lower(), action) and fnmatchcase(request["resource"], resource)


# What is named.


def test_one_statement_for_everyone_is_one_cause() -> None:
    files = setting(
        iam(roles=[role(f"r{i}", document(deny("ec2:*"))) for i in range(5)]),
        buckets("logs"),
        policy_of("logs", document(allow("s3:GetObject", OBJECTS, Principal="*"))),
    )
    asked = control("bucket", principal=["anyone"], resource=["${target.arn}/*"])
    assert places(found_in(files, asked)) == [
        ("Policy.Statement[0]", "", "s3:GetObject"),
        ("root", f"arn:aws:iam::{OWN}:root", "s3:GetObject"),
    ]


def test_a_statement_that_another_one_covers_is_a_cause_too() -> None:
    files = lone_role(allow("*"), allow("s3:GetObject", OBJECTS))
    found = found_in(files, control("role"))
    assert [c["statement"] for c in found["causes"]] == ["Statement[0]", "Statement[1]"]


def test_within_an_account_a_policy_that_delegates_is_not_to_blame() -> None:
    files = lone_bucket(allow(Principal={"AWS": OWN}), roles=[role("reader", document(allow())), role("writer")])
    asked = control("bucket", principal=[ROLE, WRITER], resource=["${target.arn}/*"])
    assert [c["caller"] for c in found_in(files, asked)["causes"]] == [ROLE]


def test_a_trust_policy_that_delegates_is_not_to_blame_either() -> None:
    files = lone_trust(trust({"AWS": OWN}), roles=[role("writer", document(allow("sts:AssumeRole")))])
    asked = control("role", principal=[WRITER], action=["sts:AssumeRole"], resource=["${target.arn}"])
    assert [c["caller"] for c in found_in(files, asked, ROLE)["causes"]] == [WRITER]


def test_across_accounts_the_policy_of_the_resource_is_to_blame() -> None:
    reader = f"arn:aws:iam::{OTHER}:role/reader"
    files = setting(
        iam(OTHER, roles=[role("reader", document(allow()), account=OTHER)]),
        buckets("logs"),
        policy_of("logs", document(allow(Principal={"AWS": OTHER}))),
        accounts=(OWN, OTHER),
    )
    asked = control("bucket", principal=["outside-account"], resource=["${target.arn}/*"])
    assert places(found_in(files, asked)) == [("Policy.Statement[0]", "", "s3:GetObject")]
    about_one = control("role", action=["s3:GetObject"], resource=[OBJECTS])
    (cause,) = found_in(files, about_one, reader)["causes"]
    assert cause["caller"] == reader


def test_the_first_cause_is_that_of_the_plain_witness() -> None:
    files, asked = lone_role(allow("*"), allow()), control("role", action=["s3:*"])
    claim, inventory = claim_of(files, asked)
    plain = decide(claim, inventory)
    assert plain.certificate is not None
    full = with_causes(plain, inventory)
    assert full.certificate is not None
    assert witness_of(full.certificate) == plain.certificate == witness_of(plain.certificate)
    assert with_witness(full) == plain == with_witness(plain)


# Lists that may not be complete.


def test_what_could_not_be_read_may_be_another_cause() -> None:
    files = lone_role(allow(), {**allow(), "Resource": 1})
    found = found_in(files, control("role"))
    assert "rest" not in found
    assert len(found["causes"]) == 1
    assert any("Resource is not text" in reason for reason in found["open"])


def test_no_more_causes_are_listed_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checkers.limits.MAX_CAUSES", 2)
    found = found_in(lone_role(allow(), allow("*"), allow("s3:*")), control("role"))
    assert len(found["causes"]) == 2
    assert found["open"] == [TOO_MANY]


def test_a_search_that_gives_up_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_of_causes, "solve", lambda _question: Undecided("it takes too long"))
    found = found_in(lone_role(allow()), control("role"))
    assert found["open"] == ["it takes too long"]


def test_a_request_whose_statement_is_not_found_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditctl.search.causes._Search._part_of", lambda *_: None)
    files, asked = lone_role(allow()), control("role")
    claim, inventory = claim_of(files, asked)
    plain = decide(claim, inventory).certificate
    assert plain is not None
    assert all_causes(claim, plain, inventory) == {"rule": "causes/1", "causes": [], "open": [UNNAMED]}


def test_a_request_that_is_not_confirmed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_of_causes, "confirms", lambda *_: False)
    found = found_in(lone_role(allow(), allow("*")), control("role"))
    assert found["open"] == [UNCONFIRMED]


# What the checker says of our list.


def test_a_proof_that_the_checker_declines_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    files, asked = lone_role(allow()), control("role")
    claim, inventory = claim_of(files, asked)
    plain = decide(claim, inventory)

    def too_hard(*arguments: Any) -> Any:
        found = all_causes(*arguments)
        found["rest"]["lemmas"] = {"magic/1": []}
        return found

    monkeypatch.setattr(auditctl.run, "all_causes", too_hard)
    found = with_causes(plain, inventory)
    assert found.certificate is not None
    assert found.certificate["open"] == [
        "rule 'magic/1'; this checker knows link/1, mirror/1, glob-empty/1, interval-empty/1"
    ]


def test_a_list_that_the_checker_declines_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    files, asked = lone_role(allow()), control("role")
    claim, inventory = claim_of(files, asked)
    plain = decide(claim, inventory)

    def unknown(*arguments: Any) -> Any:
        found = all_causes(*arguments)
        request = found["causes"][0]["request"]
        return {"rule": "causes/1", "causes": [{"rule-of-aws": "luck", "request": request}], "open": ["x"]}

    monkeypatch.setattr(auditctl.run, "all_causes", unknown)
    assert with_causes(plain, inventory) is plain


def test_a_list_that_the_checker_rejects_is_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    files, asked = lone_role(allow()), control("role")
    claim, inventory = claim_of(files, asked)
    plain = decide(claim, inventory)
    monkeypatch.setattr(auditctl.run, "all_causes", lambda *_: {"rule": "causes/1", "causes": [], "open": ["x"]})
    found = with_causes(plain, inventory)
    assert (found.outcome, found.certificate) == (Outcome.INCONCLUSIVE, None)
    assert found.refused.startswith("the checker rejected our list of causes")


def test_what_is_not_violated_by_a_request_stays_as_it_is() -> None:
    for files, asked in (
        (lone_role(), control("role")),
        (lone_role(), control("role", form="require")),
        (lone_role({**allow(), "Resource": 1}), control("role")),
    ):
        claim, inventory = claim_of(files, asked)
        plain = decide(claim, inventory)
        assert with_causes(plain, inventory) is plain


def test_a_run_looks_for_causes_on_demand() -> None:
    files, asked = lone_role(allow(), allow("*")), control("role")
    claim, inventory = claim_of(files, asked)
    rules = []
    for all_findings in (False, True):
        (found,) = run([claim], inventory, lambda: None, all_findings=all_findings).results
        assert found.certificate is not None
        rules.append(found.certificate["rule"])
    assert rules == ["witness/1", "causes/1"]


# How it is shown.


def explanation(files: Any, kind: str, **request: Any) -> str:
    inventory = inventory_of(files)
    asked = {"asked": control_json(kind, **request)}
    subject = Subject(files={}, inventory=inventory, documents=asked)
    results = {c.id: decide(c, inventory) for c in claims_of(subject.controls, inventory)}
    return "".join(explained(subject, lambda claim: results[claim.id], ("asked", None), Surface(width=100)))


def test_every_cause_is_explained() -> None:
    text = explanation(
        lone_bucket(
            {"Sid": "Read", **allow(["s3:Get*", "s3:List*"], [BUCKET, OBJECTS], Principal="*")},
            {"Sid": "Write", **allow("s3:PutObject", OBJECTS, Principal={"AWS": FOREIGN})},
        ),
        "bucket",
        principal=["outside-account"],
        action=["s3:GetObject", "s3:ListBucket", "s3:PutObject"],
    )
    assert "Allowed by Read in bucket policy of logs\n" in text
    assert "Allowed by Write in bucket policy of logs\n" in text
    assert text.count('"Sid": "Read"') == text.count('"Sid": "Write"') == 1
    assert text.count("    Also: ") == 3
    assert "    These are all: 5 causes in 2 statements; the certificate proves that there is no other.\n" in text
    assert "\n  Certificate: causes/1, 5 causes, no other: " in text


def test_a_cause_without_a_statement_is_explained() -> None:
    text = explanation(setting(buckets("logs")), "bucket", principal=["account"], resource=["${target.arn}/*"])
    assert "the root user of an account may do in it whatever nothing denies.\n" in text
    assert "These are all: 1 cause; the certificate proves that there is no other.\n" in text


def test_a_list_that_is_not_complete_says_why() -> None:
    text = explanation(lone_role(allow(), {**allow(), "Resource": 1}), "role")
    assert "    1 cause found; there may be others:\n      - " in text
    assert "\n  Certificate: causes/1, 1 cause, " in text


def test_what_denies_and_what_is_missing_are_explained() -> None:
    insecure = deny("s3:*", Condition={"Bool": {"aws:SecureTransport": "false"}}, Sid="Secure")
    text = explanation(
        lone_role(allow(), insecure),
        "role",
        form="require",
        all=True,
        action=["s3:GetObject", "s3:PutObject"],
        resource=[OBJECTS],
    )
    assert "Denied by Secure in inline policy inline-0 of reader\n" in text
    assert "may not s3:PutObject" in text
    assert "no statement allows it.\n" in text


def a_cause(number: int, *, statement: bool = True) -> Cause:
    place = Place(document="p", kind="identity policy", file="f", path="$.Statement[0]", sid="S", effect="Allow")
    lines = tuple(Line(number=i, text=f"line {i}", deciding=i == number % 3) for i in range(3))
    request = Request(principal="", session="", action="a", resource="r", context=(), if_caller_allowed=False)
    one = Statement(place=place, lines=lines, remarks=(f"remark {number % 2}",)) if statement else None
    witness = Witness(
        words=f"request {number}", allowed=True, request=request, applies=(one,) if one else (), misses=(), remarks=()
    )
    return Cause(rule="" if one else "a rule", caller="", action="", resource="", statement=one, witness=witness)


def shown(*found: Cause, complete: bool = True, reasons: tuple[str, ...] = ()) -> str:
    page = Page(Surface(width=80))
    causes_text(page, Causes(found=found, complete=complete, reasons=reasons))
    return page.text


def test_of_many_requests_of_one_statement_the_first_few_are_shown() -> None:
    text = shown(*[a_cause(i) for i in range(12)])
    assert text.count("Allowed by S in p") == 1
    assert [f"  > {i} | line {i}" for i in range(3)] == [
        line[4:] for line in text.splitlines() if line.lstrip().startswith(">")
    ]
    assert text.count("remark 0.") == text.count("remark 1.") == 1
    assert [f"Also: request {i}." in text for i in range(1, 12)] == [True] * 8 + [False] * 3
    assert "and 3 requests more" in text
    assert "These are all: 12 causes; the certificate" in text


def test_a_rule_after_a_statement_is_shown_by_its_words() -> None:
    text = shown(a_cause(0), a_cause(1, statement=False), complete=False, reasons=("it is open",))
    assert "\n\n    request 1.\n    a rule.\n" in text
    assert text.endswith("    2 causes found; there may be others:\n      - it is open.\n")


# The command.


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    write_control(Path("controls/closed.yaml"))
    write_snapshot(Path("snapshot"), {"web": [OPEN, {**OPEN, "Sid": "Second"}]})
    return Shell(capsys)


def rules_of(bundle: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert check_bundle([bundle]) == 0
    return capsys.readouterr().out


def test_all_findings_are_in_the_report_and_in_the_bundle(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    ran = shell("check", "snapshot", "--controls", "controls", "--all-findings", "--bundle", "out.audit")
    assert ran.code == 1
    assert "These are all: 2 causes; the certificate proves that there is no other.\n" in ran.out
    text = rules_of("out.audit", capsys)
    assert text.count("caused by ") == 2
    assert "there is no other cause\n" in text
    assert "These are all: 2 causes;" in shell("explain", "out.audit", "closed").out
    assert shell("export", "out.audit", "proofs").code == 0
    (request,) = Path("proofs").rglob("request.json")
    assert json.loads(request.read_text())["principal"] == "anonymous"


def test_one_finding_is_enough_for_people(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    ran = shell("check", "snapshot", "--controls", "controls", "--bundle", "out.audit")
    assert "These are all" not in ran.out
    assert "caused by" not in rules_of("out.audit", capsys)


def test_programs_get_every_cause(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    ran = shell("check", "snapshot", "--controls", "controls", "--format", "json", "--bundle", "out.audit")
    (claim,) = json.loads(ran.out)["controls"][0]["claims"]
    assert claim["causes"]["complete"] is True
    assert [c["statement"]["place"]["sid"] for c in claim["causes"]["found"]] == ["Open", "Second"]
    assert claim["causes"]["found"][0]["witness"] == claim["witness"]
    assert "caused by" not in rules_of("out.audit", capsys)


# Chains.


STEPS = [
    {"id": "assume-role", "title": "assume the role", "target": "role", "across": True, "needs": [{"action": ["sts:AssumeRole"], "on": "target"}]},
    {"id": "own-policy", "title": "give itself a policy", "target": "self", "raises": True, "needs": [{"action": ["iam:PutRolePolicy"], "on": "self"}]},
]  # fmt: skip


def chain(files: Any, start: str = "target", target: str = ROLE, **goal: Json) -> str:
    """The explanation of a claim about chains."""
    asked = {"from": [start], "steps": STEPS, "to": goal or {"admin": True}}
    document_ = {**control_json("role"), "forbid": {"path": asked}}
    inventory = inventory_of(files)
    (claim,) = [c for c in claims_of([parse_control(document_, "control asked")], inventory) if c.target.id == target]
    certificate = search_path(claim, inventory)
    assert isinstance(certificate, dict), certificate
    outcome = Outcome.VIOLATED if certificate["rule"] == PATH else Outcome.HOLDS
    found = Result(claim=claim, outcome=outcome, certificate=certificate)
    return explanation_text("asked", claim_report(found, explain(found, inventory), inventory), "", Surface(width=90))


TWO_ROLES = setting(
    iam(
        roles=[
            role("reader", document({"Sid": "Hop", **allow("sts:AssumeRole", WRITER)})),
            role("writer", document({"Sid": "Own", **allow("iam:*")}), trusts=document(trust({"AWS": OWN}))),
        ]
    )
)


def test_a_chain_is_drawn_as_a_tree() -> None:
    text = chain(TWO_ROLES)
    assert text.isascii()
    lines = [line.strip() for line in text.splitlines()]
    start = lines.index("This chain of steps decides it:") + 1
    assert lines[start : start + 4] == [
        ROLE,
        f"`-- assume-role: assume the role -> {WRITER}",
        f"+-- {ROLE} may sts:AssumeRole",
        f"|   {WRITER}",
    ]
    assert "|   by Hop in inline policy inline-0 of reader," in lines
    assert "|   by Statement[0] in trust policy of writer," in lines
    assert any(line.startswith("`-- own-policy: give itself a policy -> ") for line in lines)


def test_a_goal_that_is_a_request_ends_the_tree() -> None:
    goal = {"request": {"action": ["iam:CreateUser"]}}
    text = chain(TWO_ROLES, **goal)
    assert "`-- the request that is the goal -> the goal" in text
    assert f"{WRITER} may iam:CreateUser" in text


def test_a_goal_out_of_reach_is_explained() -> None:
    files = lone_role(allow("s3:*"))
    assert "- 1 principal is within reach, and no step leads from there to the goal.\n" in chain(files)


def test_a_chain_of_somebody_outside_starts_with_who_that_is() -> None:
    open_role = lone_trust(trust({"AWS": FOREIGN}))
    text = chain(open_role, start=FOREIGN, principal=[ROLE])
    assert f"-> {ROLE}" in text
    assert f"    arn:aws:iam::{FOREIGN}:" in text


def test_many_callers_are_looked_at_one_by_one_and_strangers_first() -> None:
    roles = [role(f"r{i}", document(allow("s3:Get*"))) for i in range(8)]
    public = document(
        allow("s3:GetObject", OBJECTS, Principal="*"), allow("s3:GetObject", f"{BUCKET}/a", Principal="*")
    )
    files = setting(iam(roles=roles), buckets("logs"), policy_of("logs", public))
    asked = control("bucket", principal=["anyone"], resource=["${target.arn}/*"])
    found = found_in(files, asked)
    assert "rest" in found
    assert [c["request"]["principal"] for c in found["causes"][:2]] == ["anonymous", "anonymous"]
    own = sorted(c["caller"] for c in found["causes"][2:])
    assert own == sorted([f"arn:aws:iam::{OWN}:root", *(f"arn:aws:iam::{OWN}:role/r{i}" for i in range(8))])
