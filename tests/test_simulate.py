"""`auditctl simulate`: decisions, what decided, policies that requests bring, bad lines, the naive evaluator."""

from __future__ import annotations

import io
import json
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from auditctl.simulate import Line, Simulator, Verdict
from cloud.setting import (
    OTHER,
    OWN,
    ROLE,
    SCP,
    allow,
    buckets,
    deny,
    document,
    iam,
    organization,
    policy_of,
    role,
    setting,
    tag_list,
    trust,
    user,
)
from command_line import Ran, Shell, write_json
from generators import chance, session_policies, snapshot, world, world_request
from naive import decide, documents_of, many_keys
from test_question import is_compared, is_settled

READ = allow("s3:GetObject", "arn:aws:s3:::logs/*")
GET = {"principal": ROLE, "action": "s3:GetObject", "resource": "arn:aws:s3:::logs/a"}
FULL = document(allow("*"))
WORLDS, REQUESTS = 20, 20


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    return Shell(capsys)


def decided(value: Any, files: dict[str, Any] | None = None) -> Any:
    """The decision on one request."""
    contents = {path: json.dumps(v).encode for path, v in files.items()} if files is not None else None
    return Simulator(contents).decide(Line(number=1, value=value))


def said(value: Any, files: dict[str, Any] | None = None) -> tuple[str, list[tuple[str, str]]]:
    """The decision, and the kind and effect of each decider."""
    found = decided(value, files)
    assert found.error == ""
    return found.decision.value, [(d.kind, d.effect) for d in found.deciders]


WORLD = setting(
    iam(roles=[role("reader", document(READ), Tags=tag_list({"team": "red"}))], users=[user("alice")]),
    buckets("logs", "closed"),
    policy_of("logs", document({**READ, "Principal": {"AWS": OTHER}})),
    errors={f"{OWN}/global/s3/get-bucket-policy/closed.json": "AccessDenied"},
)


# Decisions on a snapshot.


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({}, ("Allowed", [("identity policy", "Allow")])),
        ({"principal": f"arn:aws:sts::{OWN}:assumed-role/reader/me"}, ("Allowed", [("identity policy", "Allow")])),
        ({"action": "s3:PutObject"}, ("ImplicitlyDenied", [("identity policy", "none"), ("resource policy", "none")])),
        (
            {"principal": f"arn:aws:iam::{OWN}:user/alice"},
            ("ImplicitlyDenied", [("identity policy", "none"), ("resource policy", "none")]),
        ),
        ({"principal": f"arn:aws:iam::{OTHER}:role/x"}, ("Allowed", [("resource policy", "Allow")])),
        ({"principal": "anonymous"}, ("ImplicitlyDenied", [("resource policy", "none")])),
        ({"principal": OWN}, ("Allowed", [("rule of AWS", "Allow")])),
        (
            {"principal": OWN, "action": "sts:AssumeRole", "resource": ROLE},
            ("ImplicitlyDenied", [("rule of AWS", "none")]),
        ),
        ({"action": "sts:GetCallerIdentity", "resource": "*"}, ("Allowed", [("rule of AWS", "Allow")])),
    ],
)
def test_a_request_is_decided(request_: dict[str, Any], expected: Any) -> None:
    assert said({**GET, **request_}, WORLD) == expected


def test_what_is_not_known_leaves_it_undetermined() -> None:
    found = decided({**GET, "principal": OWN, "resource": "arn:aws:s3:::closed/a"}, WORLD)
    assert found.decision is Verdict.UNDETERMINED
    assert any("bucket policy of closed could not be read" in reason for reason in found.reasons)


def test_a_resource_of_a_stranger_is_undetermined() -> None:
    files = setting(iam(roles=[role("reader", FULL)]))
    found = decided({**GET, "action": "sqs:SendMessage", "resource": f"arn:aws:sqs:us-east-1:{OTHER}:q"}, files)
    assert found.decision is Verdict.UNDETERMINED
    assert found.reasons == ("resources of other accounts: their policies are not in the snapshot",)


def test_a_strangers_account_has_to_allow_too() -> None:
    stranger = {**GET, "principal": f"arn:aws:iam::{OTHER}:role/x"}
    assert "provided that account" in decided(stranger, WORLD).remarks[0]
    refused = {**stranger, "flags": {"caller:identity-allows": False}}
    assert decided(refused, WORLD).decision is Verdict.IMPLICITLY_DENIED


def test_a_deny_names_its_statement() -> None:
    files = setting(iam(roles=[role("reader", document(READ, {**deny("s3:*"), "Sid": "Never"}))]))
    found = decided(GET, files)
    assert found.decision is Verdict.EXPLICITLY_DENIED
    (place,) = found.deciders[0].statements
    assert (place.sid, place.path) == ("Never", "$.RoleDetailList[0].RolePolicyList[0].PolicyDocument.Statement[1]")


def test_organization_policies_say_their_level() -> None:
    org = organization(OWN, scps={OWN: [document(allow("*"), deny("s3:*"))]}, rcps={})
    files = setting(iam(roles=[role("reader", document(READ))]), org)
    found = decided(GET, files)
    assert [(d.kind, d.effect, d.level) for d in found.deciders] == [("service control policy", "Deny", OWN)]
    nothing = organization(OWN, scps={"ou-acme-outer": [document(allow("ec2:*"))]}, rcps={})
    found = decided(GET, setting(iam(roles=[role("reader", document(READ))]), nothing))
    assert [(d.kind, d.effect, d.level) for d in found.deciders] == [
        ("service control policy", "none", "ou-acme-outer")
    ]


def test_block_public_access_is_named() -> None:
    public = policy_of("logs", document({**READ, "Principal": "*"}))
    block = {
        f"{OWN}/global/s3/get-public-access-block/logs.json": {
            "PublicAccessBlockConfiguration": dict.fromkeys(
                ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
            )
        }
    }
    files = setting(buckets("logs"), public, block)
    assert said({**GET, "principal": "anonymous"}, files) == ("ExplicitlyDenied", [("Block Public Access", "Deny")])


def test_keys_of_the_caller_and_the_resource_are_added() -> None:
    found = decided(GET, WORLD)
    context = {c.key: c.values for c in found.request.context}
    assert context["aws:principaltag/team"] == ("red",)
    assert context["aws:resourceaccount"] == (OWN,)
    wrong = decided({**GET, "context": {"aws:PrincipalAccount": OTHER}}, WORLD)
    assert "context has aws:principalaccount" in wrong.error


def test_a_session_may_carry_tags_of_its_own() -> None:
    tagged = allow("s3:GetObject", "*", Condition={"StringEquals": {"aws:PrincipalTag/team": "blue"}})
    files = setting(iam(roles=[role("reader", document(tagged), Tags=tag_list({"team": "red"}))]))
    assert decided(GET, files).decision is Verdict.IMPLICITLY_DENIED
    assert decided({**GET, "context": {"aws:PrincipalTag/Team": "blue"}}, files).decision is Verdict.ALLOWED


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "a request is not an object"),
        ({**GET, "contxt": {}}, "unknown member `contxt` (did you mean `context`?)"),
        ({"action": "s3:GetObject"}, "principal is missing or no text"),
        ({**GET, "action": "s3:Get*"}, "action `s3:Get*` is not one action"),
        ({**GET, "resource": "logs"}, "resource `logs` is neither `*` nor an ARN with six parts"),
        ({**GET, "principal": "bob"}, "principal `bob` is not understood"),
        (
            {**GET, "principal": f"arn:aws:iam::{OWN}:role/raeder"},
            "(did you mean `arn:aws:iam::111122223333:role/reader`?)",
        ),
        ({**GET, "context": []}, "context is not an object"),
        ({**GET, "context": {"a:B": 1, "A:b": 2}}, "context has `A:b` twice"),
        ({**GET, "context": {"a:b": {}}}, "the value of `a:b` is neither text, number nor boolean"),
        ({**GET, "flags": {"x": 1}}, "the flags of a request are not an object of booleans"),
        ({**GET, "resource_account": "12"}, "resource_account is '12', not twelve digits"),
        ({**GET, "policies": []}, "policies is not an object"),
        ({**GET, "policies": {"identiy": []}}, "unknown kind of policy `identiy` (did you mean `identity`?)"),
        ({**GET, "policies": {"boundary": 1}}, "policies.boundary is not a policy document"),
        ({**GET, "policies": {"boundary": "{"}}, "policies.boundary: not strict JSON"),
        ({**GET, "policies": {"scp": [FULL]}}, "policies.scp is not a list of levels"),
        ({**GET, "policies": {"endpoint": FULL, "endpoint_type": "x"}}, "endpoint_type is 'x'"),
        ({**GET, "principal": OWN, "policies": {"identity": []}}, "is neither a user nor a role"),
        ({**GET, "resource": "*", "policies": {"resource": FULL}}, "resource '*' is no ARN, and has no policy"),
        (
            {**GET, "resource": f"arn:aws:foo:us-east-1:{OWN}:x", "policies": {"resource": FULL}},
            "resources of `foo` have no policy that is modelled",
        ),
    ],
)
def test_a_request_that_cannot_be_decided_says_why(value: Any, message: str) -> None:
    found = decided(value, WORLD)
    assert found.decision is None
    assert message in found.error


# Policies that requests bring.


IDENTITY = document(allow("*"))
LEVELS = [[FULL], [document(allow("s3:*"))], [FULL]]


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        ({"identity": [IDENTITY]}, ("Allowed", ["identity policy"])),
        ({}, ("ImplicitlyDenied", ["identity policy"])),
        ({"identity": IDENTITY, "boundary": FULL}, ("Allowed", ["identity policy", "permissions boundary"])),
        ({"identity": IDENTITY, "boundary": document(allow("ec2:*"))}, ("ImplicitlyDenied", ["permissions boundary"])),
        ({"identity": IDENTITY, "session": [FULL]}, ("Allowed", ["identity policy", "session policy"])),
        ({"identity": IDENTITY, "session": []}, ("Allowed", ["identity policy"])),
        ({"identity": IDENTITY, "session": [document(READ), document()]}, ("Allowed", ["identity policy"])),
        ({"identity": IDENTITY, "session": document(allow("ec2:*"))}, ("ImplicitlyDenied", ["session policy"])),
        ({"identity": IDENTITY, "scp": LEVELS}, ("Allowed", ["identity policy", *["service control policy"] * 3])),
        ({"identity": IDENTITY, "scp": [[FULL], [], [FULL]]}, ("ImplicitlyDenied", ["service control policy"])),
        (
            {"identity": IDENTITY, "scp": [[document(deny("s3:*"), allow("*"))]]},
            ("ExplicitlyDenied", ["service control policy"]),
        ),
        (
            {"identity": IDENTITY, "rcp": [[], [document(deny("s3:*", Principal="*"))]]},
            ("ExplicitlyDenied", ["resource control policy"]),
        ),
        (
            {"identity": IDENTITY, "endpoint": document(allow("s3:*", Principal="*"))},
            ("Allowed", ["identity policy", "endpoint policy"]),
        ),
        ({"identity": IDENTITY, "endpoint": document()}, ("ImplicitlyDenied", ["endpoint policy"])),
        (
            {
                "identity": IDENTITY,
                "endpoint": document(allow("s3:*", Principal={"AWS": OWN})),
                "endpoint_type": "Gateway",
            },
            ("ImplicitlyDenied", ["endpoint policy"]),
        ),
        (
            {"resource": document(allow("s3:*", "arn:aws:s3:::logs/*", Principal={"AWS": ROLE}))},
            ("Allowed", ["resource policy"]),
        ),
        (
            {"identity": IDENTITY, "resource": document(deny("s3:*", "arn:aws:s3:::logs/*", Principal="*"))},
            ("ExplicitlyDenied", ["resource policy"]),
        ),
    ],
)
def test_a_request_may_bring_every_policy(policies: Any, expected: tuple[str, list[str]]) -> None:
    decision, deciders = said({**GET, "policies": policies})
    assert (decision, [kind for kind, _ in deciders if kind != "rule of AWS"][: len(expected[1])]) == expected


@pytest.mark.parametrize(
    ("resource", "action"),
    [
        (f"arn:aws:kms:us-east-1:{OTHER}:key/1234", "kms:Decrypt"),
        (f"arn:aws:sqs:us-east-1:{OTHER}:q", "sqs:SendMessage"),
        (f"arn:aws:sns:us-east-1:{OTHER}:t", "sns:Publish"),
        (f"arn:aws:lambda:us-east-1:{OTHER}:function:f:1", "lambda:InvokeFunction"),
        (f"arn:aws:lambda:us-east-1:{OTHER}:layer:l:3", "lambda:GetLayerVersion"),
        (f"arn:aws:secretsmanager:us-east-1:{OTHER}:secret:db/x-AbCdEf", "secretsmanager:GetSecretValue"),
        (f"arn:aws:ecr:us-east-1:{OTHER}:repository/a/b", "ecr:BatchGetImage"),
        (f"arn:aws:es:us-east-1:{OTHER}:domain/d/x", "es:ESHttpGet"),
        (f"arn:aws:execute-api:us-east-1:{OTHER}:abc123/prod/GET/x", "execute-api:Invoke"),
        (f"arn:aws:events:us-east-1:{OTHER}:event-bus/b", "events:PutEvents"),
        (f"arn:aws:dynamodb:us-east-1:{OTHER}:table/t/index/i", "dynamodb:Query"),
        (f"arn:aws:dynamodb:us-east-1:{OTHER}:table/t/stream/2026-01-01T00:00:00.000", "dynamodb:GetRecords"),
        (f"arn:aws:kinesis:us-east-1:{OTHER}:stream/s", "kinesis:PutRecord"),
        (f"arn:aws:codeartifact:us-east-1:{OTHER}:repository/d/r", "codeartifact:ReadFromRepository"),
        (f"arn:aws:logs:us-east-1:{OTHER}:log-group:g:*", "logs:PutLogEvents"),
        (f"arn:aws:ses:us-east-1:{OTHER}:identity/x.com", "ses:SendEmail"),
        (f"arn:aws:glue:us-east-1:{OTHER}:database/d", "glue:GetDatabase"),
        (f"arn:aws:iam::{OTHER}:role/path/r", "sts:AssumeRole"),
    ],
)
def test_the_policy_of_any_kind_of_resource_can_be_brought(resource: str, action: str) -> None:
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": action}
    if ":ecr:" not in resource and ":iam:" not in resource:
        statement["Resource"] = "*"
    value = {"principal": ROLE, "action": action, "resource": resource}
    granted = {**value, "policies": {"identity": IDENTITY, "resource": document(statement)}}
    decision, deciders = said(granted)
    assert decision == "Allowed"
    assert {kind for kind, _ in deciders} >= {"identity policy"}
    assert any(d.statements[0].path == "$.policies.resource.Statement[0]" for d in decided(granted).deciders)
    nothing = {**value, "policies": {"identity": IDENTITY, "resource": document({**statement, "Effect": "Deny"})}}
    assert decided(nothing).decision is Verdict.EXPLICITLY_DENIED


def test_what_is_brought_replaces_what_the_snapshot_has() -> None:
    tried = {**GET, "policies": {"identity": [document(allow("ec2:*"))]}}
    assert decided(tried, WORLD).decision is Verdict.IMPLICITLY_DENIED
    replaced = {**GET, "principal": "anonymous", "policies": {"resource": document({**READ, "Principal": "*"})}}
    assert decided(replaced, WORLD).decision is Verdict.ALLOWED
    opened = {**replaced, "resource": "arn:aws:s3:::closed/a"}
    opened["policies"] = {"resource": document({**READ, "Principal": "*", "Resource": "*"})}
    assert decided(opened, WORLD).decision is Verdict.ALLOWED
    new = {**GET, "principal": f"arn:aws:iam::{OWN}:user/team/new", "policies": {"identity": [document(READ)]}}
    assert decided(new, WORLD).decision is Verdict.ALLOWED
    alice = {**GET, "principal": f"arn:aws:iam::{OWN}:user/alice", "policies": {"identity": [document(READ)]}}
    assert decided(alice, WORLD).decision is Verdict.ALLOWED
    trusted = {
        "principal": f"arn:aws:iam::{OWN}:user/alice",
        "action": "sts:AssumeRole",
        "resource": ROLE,
        "policies": {"resource": document(trust({"AWS": f"arn:aws:iam::{OWN}:user/alice"}))},
    }
    assert decided(trusted, WORLD).decision is Verdict.ALLOWED


def test_organization_policies_replace_those_of_their_kind() -> None:
    org = organization(OWN, scps={OWN: [document(allow("*"), deny("s3:*"))]}, rcps={})
    files = setting(iam(roles=[role("reader", document(READ))]), org)
    assert decided(GET, files).decision is Verdict.EXPLICITLY_DENIED
    assert decided({**GET, "policies": {"scp": LEVELS}}, files).decision is Verdict.ALLOWED
    assert decided({**GET, "policies": {"scp": [[FULL]] * 6}}, files).decision is Verdict.ALLOWED
    rcp = {"rcp": [[document(deny("s3:*", Principal="*"))]]}
    assert decided({**GET, "policies": rcp}, files).decision is Verdict.EXPLICITLY_DENIED
    assert SCP in "".join(files)


# The command.


def lines(*values: Any) -> str:
    return "".join((v if isinstance(v, str) else json.dumps(v)) + "\n" for v in values)


def write_world(files: dict[str, Any]) -> Path:
    for path, value in files.items():
        write_json(Path("snapshot") / path, value)
    return Path("snapshot")


def test_each_line_has_its_answer_also_the_bad_ones(run: Shell) -> None:
    Path("requests.jsonl").write_text(lines(GET, "{bad", {**GET, "id": "third"}, "", {"x": 1}), encoding="utf-8")
    ran = run("simulate", write_world(WORLD), "requests.jsonl", "-f", "jsonl")
    assert ran.code == 5
    rows = [json.loads(line) for line in ran.out.splitlines()]
    assert [(r["line"], r["decision"]) for r in rows] == [(1, "Allowed"), (2, None), (3, "Allowed"), (5, None)]
    assert rows[1]["error"].startswith("not strict JSON")
    assert rows[2]["id"] == "third"


def test_the_text_says_what_decided(run: Shell) -> None:
    write_json(Path("one.json"), {**GET, "id": "read"})
    ran = run("simulate", write_world(WORLD), "one.json")
    assert ran.code == 0
    assert ran.out.splitlines()[0] == f"Allowed  read: {ROLE} s3:GetObject arn:aws:s3:::logs/a"
    assert "  identity policy: allowed by inline policy inline-0 of reader." in ran.out
    assert "$.RoleDetailList[0].RolePolicyList[0].PolicyDocument.Statement[0]" in ran.out


def test_the_json_answer_has_its_schema(run: Shell) -> None:
    write_json(Path("many.json"), [GET, {**GET, "principal": OWN, "resource": "arn:aws:s3:::closed/a"}, {}])
    ran = run("simulate", write_world(WORLD), "many.json", "-f", "json")
    found = json.loads(ran.out)
    jsonschema.validate(found, json.loads(run("schema", "simulate").out))
    assert [d["decision"] for d in found["decisions"]] == ["Allowed", "Undetermined", None]
    assert (ran.code, found["exit_code"]) == (5, 5)


def test_undetermined_ends_with_3(run: Shell) -> None:
    write_json(Path("one.json"), {**GET, "principal": OWN, "resource": "arn:aws:s3:::closed/a"})
    assert run("simulate", write_world(WORLD), "one.json").code == 3


def test_nothing_to_decide_ends_with_3(run: Shell) -> None:
    Path("none.jsonl").write_text("\n", encoding="utf-8")
    assert run("simulate", "none.jsonl").code == 3


def test_without_a_snapshot_everything_comes_with_the_request(run: Shell) -> None:
    write_json(Path("one.json"), {**GET, "policies": {"identity": [document(READ)]}})
    for ran in (run("simulate", "one.json"), run("simulate", "--inline", "one.json")):
        assert ran.code == 0
        assert "request $.policies.identity[0].Statement[0]" in ran.out


def test_requests_come_from_standard_input(run: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = {**GET, "policies": {"identity": [document(READ)]}}
    for text in (lines(tried, tried), json.dumps([tried, tried], indent=1)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8"))
        ran = run("simulate", "-", "-f", "jsonl")
        assert [json.loads(line)["decision"] for line in ran.out.splitlines()] == ["Allowed", "Allowed"]


def test_output_goes_to_a_file(run: Shell) -> None:
    write_json(Path("one.json"), {**GET, "policies": {"identity": [document(READ)]}})
    assert run("simulate", "one.json", "-o", "out.txt").out == ""
    assert Path("out.txt").read_text(encoding="utf-8").startswith("Allowed")
    assert run("simulate", "one.json", "-o", "nowhere/out.txt").code == 5


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("a", "b", "c"), 2, "one snapshot and one file of requests are expected"),
        (("--inline", "snapshot", "b"), 2, "with --inline there is no snapshot"),
        (("snapshot",), 2, "snapshot is a directory: the requests are missing"),
        (("none.json",), 5, "none.json: no such file or directory"),
    ],
)
def test_wrong_command_lines(run: Shell, arguments: tuple[str, ...], code: int, message: str) -> None:
    write_world(WORLD)
    ran = run("simulate", *arguments)
    assert ran.code == code
    assert message in ran.err


def test_a_file_that_is_no_json_ends_with_5(run: Shell) -> None:
    Path("bad.json").write_text("{", encoding="utf-8")
    ran: Ran = run("simulate", "bad.json")
    assert (ran.code, ran.out) == (5, "")


# The naive evaluator.


@pytest.mark.parametrize("seed", range(WORLDS))
def test_decisions_are_those_of_the_naive_evaluator(seed: int) -> None:
    rng = random.Random(seed)
    where = world(rng)
    session = session_policies(rng, where) if chance(rng, 0.2) else None
    more = {} if session is None else {"policies": {"session": session}}
    many = many_keys([*documents_of(where), *(session or ())])
    made = [world_request(rng, where, session=session) for _ in range(REQUESTS)]
    asked = [one for one in made if is_compared(one, where)]
    values = [{"flags": {}, **{k: v for k, v in one.items() if k != "session_policies"}, **more} for one in asked]
    simulator = Simulator({path: json.dumps(value).encode for path, value in snapshot(where).items()})
    found = simulator.decide_all([Line(number=i, value=value) for i, value in enumerate(values)])
    seen: Counter[str] = Counter()
    for one, decision in zip(asked, found, strict=True):
        sides = tuple(decide(where, one, upper=upper, many=many) for upper in (True, False))
        if decision.error:
            assert "unknown principal" in decision.error
            assert sides == (False, False)
            continue
        expected = {(True, True): {Verdict.ALLOWED}, (True, False): {Verdict.UNDETERMINED}}.get(
            sides, {Verdict.IMPLICITLY_DENIED, Verdict.EXPLICITLY_DENIED}
        )
        assert decision.decision in expected or not is_settled(where, one), (one, decision)
        seen[str(sides)] += 1
    assert seen.total() > REQUESTS // 4
