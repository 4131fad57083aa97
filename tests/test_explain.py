"""Why a claim is violated, holds, or is open: the exact words for typical policies."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from auditctl.audit import claims_of, decide
from auditctl.explaining import explained as explained_text
from auditctl.findings.explain import Explanation, explain, explain_open
from auditctl.findings.source import source_of
from auditctl.findings.words import condition, listed
from auditctl.report import Surface
from auditctl.snapshot import read_directory
from auditctl.subject import Subject
from checkers.cloud.claims import Outcome
from checkers.cloud.inventory import Inventory
from checkers.cloud.snapshot import Snapshot
from cloud.setting import (
    FULL,
    INNER,
    OWN,
    ROLE,
    UNIT,
    buckets,
    control_json,
    document,
    iam,
    inventory_of,
    managed,
    organization,
    policy_of,
    s3_file,
    setting,
)
from cloud.setting import role as role_row
from command_line import ACCOUNT, write_snapshot

Statement = Mapping[str, Any]
APP = f"arn:aws:iam::{ACCOUNT}:role/app"
LOGS = "arn:aws:s3:::logs/*"
READ = {"action": ["s3:GetObject"], "resource": [LOGS]}
ANY = {"Sid": "Any", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


def allow(sid: str, **elements: Any) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **elements}


def deny(sid: str, **elements: Any) -> Statement:
    return {"Sid": sid, "Effect": "Deny", "Action": "s3:GetObject", "Resource": "*", **elements}


def role(*statements: Statement, trust: Sequence[Statement] = ()) -> dict[str, Any]:
    return {
        "RoleDetailList": [
            {
                "Path": "/",
                "RoleName": "app",
                "RoleId": "AROAEXAMPLE",
                "Arn": APP,
                "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": list(trust)},
                "RolePolicyList": [policy(statements)],
                "AttachedManagedPolicies": [],
                "Tags": [{"Key": "team", "Value": "web"}],
            }
        ]
    }


def user(*statements: Statement) -> dict[str, Any]:
    return {
        "UserDetailList": [
            {
                "Path": "/",
                "UserName": "ann",
                "UserId": "AIDAEXAMPLE",
                "Arn": f"arn:aws:iam::{ACCOUNT}:user/ann",
                "UserPolicyList": [policy(statements)],
                "GroupList": [],
                "AttachedManagedPolicies": [],
            }
        ]
    }


def policy(statements: Sequence[Statement]) -> dict[str, Any]:
    return {"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)}}


class Explained:
    """Explains the one claim of a control on a snapshot with the bucket `logs`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(
        self,
        request: Mapping[str, Any],
        *,
        iam: Mapping[str, Any] | None = None,
        bucket: Sequence[Statement] | None = None,
        for_each: str = "role",
        form: str = "forbid",
    ) -> tuple[Outcome, Explanation]:
        files = read_directory(write_snapshot(self.folder, {"logs": bucket}, iam=dict(iam or {})))
        document = {
            "format": "auditctl-control/1",
            "id": "x",
            "title": "x",
            "for_each": for_each,
            form: {"request": dict(request)},
        }
        subject = Subject(files=files, inventory=Inventory(Snapshot(files)), documents={"x": document})
        (claim,) = claims_of(subject.controls, subject.inventory)
        result = decide(claim, subject.inventory)
        why = explain_open if result.outcome is Outcome.INCONCLUSIVE else explain
        return result.outcome, why(result, subject.inventory)


@pytest.fixture
def explained(tmp_path: Path) -> Explained:
    return Explained(tmp_path)


# Why a claim holds.


@pytest.mark.parametrize(
    ("statements", "condition_", "sentences"),
    [
        pytest.param(
            [allow("Own", Resource="arn:aws:s3:::logs-own/*")],
            {},
            ["Own in inline policy own of app only covers arn:aws:s3:::logs-own/*"],
            id="another resource",
        ),
        pytest.param(
            [allow("Put", Action=["s3:PutObject", "s3:DeleteObject"])],
            {},
            ["Put in inline policy own of app only allows s3:PutObject and s3:DeleteObject"],
            id="another action",
        ),
        pytest.param(
            [{"Sid": "Rest", "Effect": "Allow", "NotAction": ["s3:*"], "Resource": "*"}],
            {},
            ["Rest in inline policy own of app allows everything but s3:*"],
            id="NotAction",
        ),
        pytest.param(
            [{"Sid": "Rest", "Effect": "Allow", "Action": "s3:*", "NotResource": [LOGS]}],
            {},
            [f"Rest in inline policy own of app covers everything but {LOGS}"],
            id="NotResource",
        ),
        pytest.param(
            [allow("Tls", Condition={"Bool": {"aws:SecureTransport": "true"}})],
            {"Bool": {"aws:SecureTransport": ["false"]}},
            ["Tls in inline policy own of app only applies if aws:SecureTransport is true"],
            id="a condition that the requests asked about do not meet",
        ),
        pytest.param(
            [ANY, deny("NoPlain", Action="s3:*", Condition={"Bool": {"aws:SecureTransport": "false"}})],
            {"Bool": {"aws:SecureTransport": ["false"]}},
            [
                "NoPlain in inline policy own of app denies s3:* if aws:SecureTransport is false, whatever Any allows",
            ],
            id="overruled under a condition",
        ),
        pytest.param(
            [ANY, allow("Get", Action="s3:Get*"), deny("Never", Resource=["arn:aws:s3:::logs", LOGS])],
            {},
            [
                "Never in inline policy own of app denies s3:GetObject on arn:aws:s3:::logs and "
                "arn:aws:s3:::logs/*, whatever Any, Get allow",
            ],
            id="two overruled by one",
        ),
        pytest.param([], {}, ["no Allow statement has a say in such a request"], id="nothing at all"),
    ],
)
def test_why_no_request_is_allowed(
    explained: Explained, statements: Sequence[Statement], condition_: Mapping[str, Any], sentences: list[str]
) -> None:
    request = {**READ, "condition": condition_} if condition_ else READ
    outcome, why = explained(request, iam=role(*statements))
    assert outcome is Outcome.HOLDS
    assert list(why.sentences) == sentences
    assert why.witness is None


@pytest.mark.parametrize(
    ("bucket", "sentences"),
    [
        pytest.param(
            None, ["no policy allows such a request, and logs has no bucket policy with a say in it"], id="no policy"
        ),
        pytest.param(
            [allow("Elb", Principal={"Service": "elasticloadbalancing.amazonaws.com"}, Resource=LOGS)],
            ["Elb in bucket policy of logs only names the service elasticloadbalancing.amazonaws.com"],
            id="a service",
        ),
        pytest.param(
            [allow("Org", Principal="*", Resource=LOGS, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}})],
            ["Org in bucket policy of logs only applies if aws:PrincipalOrgID is o-1"],
            id="a condition",
        ),
        pytest.param(
            [
                allow("Readers", Principal="*", Resource=LOGS),
                deny(
                    "Foreign",
                    Principal="*",
                    Action="s3:*",
                    Resource=LOGS,
                    Condition={"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}},
                ),
            ],
            [
                "Foreign in bucket policy of logs denies s3:* on arn:aws:s3:::logs/* to everyone whose "
                "aws:PrincipalAccount is not 111122223333, whatever Readers allows",
            ],
            id="a Deny of everybody outside the account",
        ),
        pytest.param(
            [
                allow("Readers", Principal="*", Resource=LOGS),
                deny("Rest", NotPrincipal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, Resource=LOGS),
            ],
            [
                "Rest in bucket policy of logs denies s3:GetObject on arn:aws:s3:::logs/* to everyone but "
                "arn:aws:iam::111122223333:root, whatever Readers allows",
            ],
            id="a Deny with NotPrincipal",
        ),
    ],
)
def test_why_a_bucket_is_closed_to_strangers(
    explained: Explained, bucket: Sequence[Statement] | None, sentences: list[str]
) -> None:
    outcome, why = explained({**READ, "principal": ["anonymous"]}, bucket=bucket, for_each="bucket")
    assert outcome is Outcome.HOLDS
    assert list(why.sentences) == sentences


def test_a_policy_variable_is_shown_as_it_is_written(explained: Explained) -> None:
    home = allow("Home", Resource="arn:aws:s3:::logs/${aws:username}/*")
    outcome, why = explained(
        {**READ, "not_resource": ["arn:aws:s3:::logs/${target.name}/*"]}, iam=user(home), for_each="user"
    )
    assert outcome is Outcome.HOLDS
    assert why.sentences == ("Home in inline policy own of ann only covers arn:aws:s3:::logs/${aws:username}/*",)


def test_what_another_account_owns_needs_its_policy_too(explained: Explained) -> None:
    request = {"action": ["sts:AssumeRole"], "resource": ["${target.arn}"], "principal": ["account"]}
    trust = {"Sid": "Ec2", "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    outcome, why = explained(request, iam=role(allow("Assume", Action="sts:AssumeRole"), trust=[trust]))
    assert outcome is Outcome.HOLDS
    assert set(why.sentences) == {
        "Ec2 in trust policy of app only names the service ec2.amazonaws.com",
        "Assume in inline policy own of app is not enough: the resource's policy has to allow it too",
    }


def test_of_many_statements_about_something_else_a_few_are_named(explained: Explained) -> None:
    _, why = explained(READ, iam=role(*[allow(f"S{i}", Resource=f"arn:aws:s3:::b{i}/*") for i in range(9)]))
    assert len(why.sentences) == 4
    assert why.sentences[-1] == "6 more statements are about other resources or actions"


def test_a_request_that_no_control_asks_about(explained: Explained) -> None:
    _, why = explained({**READ, "not_resource": ["arn:aws:s3:::logs*"]}, iam=role(ANY))
    assert why.sentences == ("no request is of the kind that the control asks about",)


# Controls that require something.


def test_why_all_that_is_required_is_allowed(explained: Explained) -> None:
    other = deny("Other", Resource="arn:aws:s3:::other/*")
    outcome, why = explained({**READ, "all": True}, iam=role(ANY, other), form="require")
    assert outcome is Outcome.HOLDS
    assert why.sentences == (
        "Any in inline policy own of app allows s3:GetObject",
        "Other in inline policy own of app only covers arn:aws:s3:::other/*",
    )


def test_why_nothing_that_is_required_is_allowed(explained: Explained) -> None:
    outcome, why = explained(READ, iam=role(allow("Own", Resource="arn:aws:s3:::own/*")), form="require")
    assert outcome is Outcome.VIOLATED
    assert why.sentences == ("Own in inline policy own of app only covers arn:aws:s3:::own/*",)


def test_a_required_request_that_a_statement_denies(explained: Explained) -> None:
    drafts = deny("Drafts", Resource="arn:aws:s3:::logs/drafts/*")
    outcome, why = explained({**READ, "all": True}, iam=role(ANY, drafts), form="require")
    assert outcome is Outcome.VIOLATED
    assert why.witness is not None
    assert why.witness.words == f"{APP} may not s3:GetObject arn:aws:s3:::logs/drafts/example"
    assert [s.place.sid for s in why.witness.applies] == ["Drafts"]
    assert why.witness.misses == ()


def test_a_required_request_that_nothing_allows(explained: Explained) -> None:
    outcome, why = explained(
        {**READ, "all": True}, iam=role(allow("Own", Resource="arn:aws:s3:::own/*")), form="require"
    )
    assert outcome is Outcome.VIOLATED
    assert why.witness is not None
    assert why.witness.applies == ()
    assert [m.words for m in why.witness.misses] == ["it is about arn:aws:s3:::own/*, not arn:aws:s3:::logs/example"]


# Why a request is allowed, and why no Deny stops it.

DENY_THAT_MISSES = [
    pytest.param(
        deny("D", Action=["s3:PutObject", "s3:DeleteObject"]),
        ("Action", "it is about s3:PutObject or s3:DeleteObject, not s3:GetObject"),
        id="Action",
    ),
    pytest.param(
        deny("D", Resource=[f"arn:aws:s3:::{x}/*" for x in "abcde"]),
        (
            "Resource",
            "it is about arn:aws:s3:::a/*, arn:aws:s3:::b/*, arn:aws:s3:::c/* and 2 more, "
            "not arn:aws:s3:::logs/example",
        ),
        id="Resource, shortened",
    ),
    pytest.param(
        {"Sid": "D", "Effect": "Deny", "NotAction": ["s3:Get*", "iam:*"], "Resource": "*"},
        ("NotAction", "it leaves out s3:Get*"),
        id="NotAction",
    ),
    pytest.param(
        {"Sid": "D", "Effect": "Deny", "Action": "s3:*", "NotResource": ["arn:aws:s3:::a", LOGS]},
        ("NotResource", f"it leaves out {LOGS}"),
        id="NotResource",
    ),
    pytest.param(
        deny("D", Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}}),
        (
            "Condition.Bool.aws:MultiFactorAuthPresent",
            "it applies if aws:MultiFactorAuthPresent is false; the request has no aws:MultiFactorAuthPresent",
        ),
        id="a key that is absent",
    ),
    pytest.param(
        deny("D", Condition={"StringEquals": {"aws:PrincipalTag/team": ["db", "data"]}}),
        (
            "Condition.StringEquals.aws:PrincipalTag/team",
            "it applies if aws:PrincipalTag/team is db or data; here it is web",
        ),
        id="a key that is known of the caller",
    ),
    pytest.param(
        deny("D", Condition={"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "203.0.113.0/24"]}}),
        (
            "Condition.NotIpAddress.aws:SourceIp",
            "it applies if aws:SourceIp is not in 10.0.0.0/8 or 203.0.113.0/24; here it is 203.0.113.7",
        ),
        id="an address",
    ),
]


@pytest.mark.parametrize(("statement", "miss"), DENY_THAT_MISSES)
def test_why_a_deny_does_not_stop_a_request(explained: Explained, statement: Statement, miss: tuple[str, str]) -> None:
    outcome, why = explained(READ, iam=role(ANY, statement))
    assert outcome is Outcome.VIOLATED
    assert why.witness is not None
    assert [(m.element, m.words) for m in why.witness.misses] == [miss]


def test_a_deny_that_nearly_stops_a_request_comes_first(explained: Explained) -> None:
    far = deny("Far", Action="iam:*", Resource="arn:aws:iam::*:role/*")
    near = deny("Near", Resource="arn:aws:s3:::logs")
    _, why = explained(READ, iam=role(ANY, far, near))
    assert why.witness is not None
    assert [m.place.sid for m in why.witness.misses] == ["Near", "Far"]


def test_principals_that_a_deny_misses(explained: Explained) -> None:
    bucket = [
        allow("All", Principal="*", Resource=LOGS),
        deny("But", NotPrincipal={"AWS": [APP, f"arn:aws:iam::{ACCOUNT}:root"]}, Resource=LOGS),
        deny("Them", Principal={"AWS": "999988887777", "Service": "ec2.amazonaws.com"}, Resource=LOGS),
    ]
    _, why = explained(READ, iam=role(), bucket=bucket)
    assert why.witness is not None
    assert [m.words for m in why.witness.misses] == [
        f"it leaves out {APP} and arn:aws:iam::111122223333:root",
        f"it is about 999988887777 or the service ec2.amazonaws.com, not {APP}",
    ]


def test_the_lines_that_decide(explained: Explained) -> None:
    statement = {
        "Sid": "Read",
        "Effect": "Allow",
        "Principal": {"AWS": ["arn:aws:iam::999988887777:root", "*"]},
        "Action": ["s3:PutObject", "s3:Get*"],
        "Resource": ["arn:aws:s3:::logs", LOGS],
        "Condition": {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}},
    }
    _, why = explained({**READ, "principal": ["anonymous"]}, bucket=[statement], for_each="bucket")
    assert why.witness is not None
    (found,) = why.witness.applies
    assert [line.text.strip() for line in found.lines if line.deciding] == [
        '"*"',
        '"s3:Get*"',
        '"arn:aws:s3:::logs/*"',
        '"StringEqualsIfExists": {',
        '"aws:PrincipalOrgID": "o-1"',
    ]
    assert [line.number for line in found.lines] == list(range(4, 4 + len(found.lines)))
    assert found.place.path == "$.Policy.Statement[0]"
    assert found.remarks == (
        "StringEqualsIfExists on aws:PrincipalOrgID is met: the request has no aws:PrincipalOrgID",
    )


@pytest.mark.parametrize(
    ("principal", "statement", "words"),
    [
        pytest.param(
            "anonymous",
            {"Principal": "*"},
            "anyone on the internet may s3:GetObject arn:aws:s3:::logs/example",
            id="anyone",
        ),
        pytest.param(
            "outside-account",
            {"Principal": {"AWS": "arn:aws:iam::999988887777:role/r"}},
            "arn:aws:iam::999988887777:role/r, of another account, may s3:GetObject arn:aws:s3:::logs/example, "
            "if its own account allows it",
            id="another account, which has to allow it too",
        ),
        pytest.param(
            "service",
            {
                "Principal": {"Service": "cloudfront.amazonaws.com"},
                "Condition": {"StringEquals": {"AWS:SourceArn": "arn:aws:cloudfront::1:distribution/E"}},
            },
            "the AWS service cloudfront.amazonaws.com may s3:GetObject arn:aws:s3:::logs/example, "
            "if AWS:SourceArn is arn:aws:cloudfront::1:distribution/E",
            id="a service under a condition",
        ),
        pytest.param(
            "outside-account",
            {"Principal": {"CanonicalUser": "deadbeef"}},
            "the canonical user deadbeef may s3:GetObject arn:aws:s3:::logs/example",
            id="a canonical user",
        ),
    ],
)
def test_the_request_in_words(explained: Explained, principal: str, statement: Statement, words: str) -> None:
    bucket = [allow("S", Resource=LOGS, **statement)]
    outcome, why = explained({**READ, "principal": [principal]}, bucket=bucket, for_each="bucket")
    assert outcome is Outcome.VIOLATED
    assert why.witness is not None
    assert why.witness.words == words
    assert why.witness.request.if_caller_allowed is ("its own account" in words)


def test_a_statement_of_another_resource_has_no_say(explained: Explained) -> None:
    """A trust policy has no Resource; that of another role must not be taken for that of the role asked about."""
    trust = [{"Sid": "Us", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]
    iam = role(trust=trust)
    other = dict(role(trust=[{**trust[0], "Sid": "Others"}])["RoleDetailList"][0])
    other |= {"RoleName": "app2", "Arn": f"{APP}2", "RoleId": "AROAOTHER"}
    iam["RoleDetailList"].append(other)
    request = {"principal": ["outside-account"], "action": ["sts:AssumeRole"], "resource": [APP, f"{APP}2"]}
    outcome, why = explained(request, iam=iam, for_each="account")
    assert outcome is Outcome.VIOLATED
    assert why.witness is not None
    assert len(why.witness.applies) == 1


# What is open.


def test_a_request_that_may_be_allowed(explained: Explained) -> None:
    broken = allow("Bad", Principal="*", Resource=LOGS, Condition={"StringLikke": {"aws:Referer": "x"}})
    outcome, why = explained({**READ, "principal": ["anonymous"]}, bucket=[broken], for_each="bucket")
    assert outcome is Outcome.INCONCLUSIVE
    assert why.witness is not None
    assert why.witness.words == "anyone on the internet may s3:GetObject arn:aws:s3:::logs/example"
    assert why.witness.applies[0].remarks == ("it is not understood: unknown condition operator `StringLikke`",)


def test_a_deny_that_is_not_understood(explained: Explained) -> None:
    broken = {**deny("Bad", Principal="*", Resource=LOGS), "Foo": 1}
    bucket = [allow("Ok", Principal="*", Resource=LOGS), broken]
    outcome, why = explained({**READ, "principal": ["anonymous"]}, bucket=bucket, for_each="bucket")
    assert outcome is Outcome.INCONCLUSIVE
    assert why.witness is not None
    assert [(m.place.sid, m.words) for m in why.witness.misses] == [("Bad", "unknown element `Foo` in Statement[1]")]


# Words.


@pytest.mark.parametrize(
    ("operator", "value", "words"),
    [
        ("StringEquals", "a", "k is a"),
        ("StringNotEquals", ["a", "b"], "k is not a or b"),
        ("StringLikeIfExists", "a*", "k is like a*, or k is absent"),
        ("ForAnyValue:StringLike", ["a", "b"], "some value of k is like a or b"),
        ("ForAllValues:StringEquals", "a", "every value of k is a"),
        ("Null", "true", "k is absent"),
        ("Null", False, "k is present"),
        ("Bool", True, "k is true"),
        ("IpAddress", "10.0.0.0/8", "k is in 10.0.0.0/8"),
        ("NumericLessThanEquals", 5, "k is at most 5"),
        ("DateGreaterThan", "2030-01-01", "k is after 2030-01-01"),
        ("StringLikke", "a", "k StringLikke a"),
    ],
)
def test_a_condition_in_words(operator: str, value: object, words: str) -> None:
    assert condition(operator, "k", value) == words


def test_a_long_list_is_shortened() -> None:
    assert listed([]) == ""
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"], "and") == "a, b and c"
    assert listed(["a", "b", "c", "d"]) == "a, b, c and 1 more"


def test_the_lines_are_those_of_the_printed_document(tmp_path: Path) -> None:
    files = read_directory(write_snapshot(tmp_path, {}, iam=role(ANY, deny("Second", Resource=[]))))
    inventory = Inventory(Snapshot(files))
    (document,) = inventory.principals[APP].documents
    printed = json.dumps(policy([ANY, deny("Second", Resource=[])])["PolicyDocument"], indent=2).splitlines()
    for statement in document.statements:
        for line in source_of(inventory.snapshot, document, statement).lines():
            assert printed[line.number - 1].strip().rstrip(",") == line.text.strip().rstrip(",")


def test_what_root_may_do_and_what_no_policy_can_deny(explained: Explained) -> None:
    request = {
        "principal": [f"arn:aws:iam::{ACCOUNT}:root"],
        "action": ["s3:PutBucketPolicy"],
        "resource": ["arn:aws:s3:::logs"],
    }
    bucket = [deny("Nobody", Principal="*", Action="s3:*", Resource="arn:aws:s3:::logs")]
    outcome, why = explained(request, bucket=bucket, for_each="bucket")
    assert outcome is Outcome.VIOLATED
    assert why.witness is not None
    assert why.witness.remarks == (
        "Nobody in bucket policy of logs applies, but no policy can deny this request",
        "the root user of an account may do in it whatever nothing denies",
    )


# Every kind of policy that has a say.


def explanation(files: Any, kind: str, **request: Any) -> str:
    """The text about the one claim of a control on a snapshot of `cloud.setting`."""
    inventory = inventory_of(files)
    subject = Subject(files={}, inventory=inventory, documents={"asked": control_json(kind, **request)})
    results = {c.id: decide(c, inventory) for c in claims_of(subject.controls, inventory)}
    return "".join(explained_text(subject, lambda claim: results[claim.id], ("asked", None), Surface(width=200)))


LIMIT = managed("limit", document({"Effect": "Allow", "Action": "s3:List*", "Resource": "*"}))
OWN_POLICY = document({"Sid": "Own", "Effect": "Allow", "Action": "s3:*", "Resource": "*"})
BOUNDED = iam(
    roles=[role_row("reader", OWN_POLICY, PermissionsBoundary={"PermissionsBoundaryArn": LIMIT["Arn"]})],
    policies=[LIMIT],
)
NO_READ = {"Sid": "NoRead", "Effect": "Deny", "Action": "s3:Get*", "Resource": "*"}
ABROAD = {**NO_READ, "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}}
ONLY_EC2 = document({"Effect": "Allow", "Action": "ec2:*", "Resource": "*"})


def bound(**policies: Any) -> Any:
    return setting(iam(roles=[role_row("reader", OWN_POLICY)]), organization(OWN, **policies))


LIMITED = [
    ("a boundary", setting(BOUNDED), {}, "Own in inline policy inline-0 of reader is limited: permissions boundary limit does not allow it."),
    ("a boundary, all required", setting(BOUNDED), {"form": "require", "all": True}, "permissions boundary limit does not allow it.\n\n"),
    ("an SCP that denies", bound(scps={UNIT: [FULL, document(NO_READ)]}), {}, "NoRead in service control policy ser-ou-acme-outer-1 denies s3:Get*, whatever Own allows."),
    ("an SCP that spares", bound(scps={UNIT: [FULL, document(ABROAD)]}), {}, "NoRead in service control policy ser-ou-acme-outer-1: it applies if aws:RequestedRegion is not eu-west-1; here it is eu-west-1."),
    ("an SCP that does not allow", bound(scps={INNER: [ONLY_EC2]}), {}, "is limited: no service control policy at ou-acme-inner allows it."),
    ("an SCP that does not allow, all required", bound(scps={INNER: [ONLY_EC2]}), {"form": "require", "all": True}, "no service control policy at ou-acme-inner allows it.\n\n"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "request_", "words"), [pytest.param(*c[1:], id=c[0]) for c in LIMITED])
def test_what_limits_a_caller_is_named(files: Any, request_: Any, words: str) -> None:
    text = explanation(files, "role", **request_)
    assert words in text
    assert "FullAWSAccess" not in text


def test_an_organization_policy_is_named_for_a_class_of_callers_too() -> None:
    asked = {"principal": [f"arn:aws:iam::{OWN}:role/*"], "resource": ["${target.arn}/*"]}
    files = {**bound(scps={UNIT: [FULL, document(ABROAD)]}), **buckets("logs")}
    assert "NoRead in service control policy ser-ou-acme-outer-1: it applies if" in explanation(
        files, "bucket", **asked
    )


def test_a_policy_on_resources_is_named() -> None:
    perimeter = {
        "Sid": "Perimeter",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}},
    }
    public = document({"Sid": "Public", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"})
    parts = (buckets("logs"), policy_of("logs", public))
    asked = {"principal": ["anonymous"], "resource": ["${target.arn}/*"]}
    closed = explanation(setting(*parts, organization(OWN, rcps={UNIT: [document(perimeter)]})), "bucket", **asked)
    assert "Perimeter in resource control policy res-ou-acme-outer-0 denies s3:* to everyone" in closed
    elsewhere = {**perimeter, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    files = setting(*parts, organization(OWN, rcps={UNIT: [document(elsewhere)]}))
    assert "Perimeter in resource control policy res-ou-acme-outer-0: it applies if" in explanation(
        files, "bucket", **asked
    )


def test_the_policy_of_an_endpoint_is_named_where_it_is_used() -> None:
    endpoint = {
        "VpcEndpointId": "vpce-1",
        "VpcEndpointType": "Interface",
        "ServiceName": "com.amazonaws.us-east-1.s3",
        "PolicyDocument": json.dumps(document({**ABROAD, "Sid": "Inside", "Principal": "*"}, {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"})),
    }  # fmt: skip
    files = {
        **setting(iam(roles=[role_row("reader", OWN_POLICY)])),
        f"{OWN}/us-east-1/ec2/describe-vpc-endpoints.json": {"VpcEndpoints": [endpoint]},
    }
    through = {"condition": {"StringEquals": {"aws:SourceVpce": ["vpce-1"]}}}
    assert "Inside in policy of endpoint vpce-1: it applies if" in explanation(files, "role", **through)
    assert "Inside" not in explanation(files, "role", condition={"Null": {"aws:SourceVpce": ["true"]}})


def test_a_grant_of_an_acl_is_shown_as_it_stands() -> None:
    everyone = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}
    acl = {"Owner": {"ID": "x"}, "Grants": [{"Grantee": everyone, "Permission": "READ"}]}
    ownership = {"OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}}
    files = {
        **setting(buckets("logs")),
        s3_file("get-bucket-acl"): acl,
        s3_file("get-bucket-ownership-controls"): ownership,
    }
    text = explanation(files, "bucket", principal=["anonymous"], action=["s3:ListBucket"])
    assert "Allowed by ACL of logs\n" in text
    assert f"{s3_file('get-bucket-acl')} $.Grants[0]\n" in text
    assert '> 4 |     "URI": "http://acs.amazonaws.com/groups/global/AllUsers"\n' in text
    assert '> 6 |   "Permission": "READ"\n' in text


def test_a_grant_of_a_key_is_shown_as_it_stands() -> None:
    key = f"arn:aws:kms:eu-west-1:{OWN}:key/1"
    folder = f"{OWN}/eu-west-1/kms"
    grant = {"GrantId": "g", "Name": "for-app", "GranteePrincipal": ROLE, "Operations": ["Decrypt"]}
    files = {
        **setting(iam(roles=[role_row("reader")])),
        f"{folder}/list-keys.json": {"Keys": [{"KeyId": "1", "KeyArn": key}]},
        f"{folder}/get-key-policy/1.json": {"Policy": json.dumps(document())},
        f"{folder}/describe-key/1.json": {"KeyMetadata": {"Arn": key, "KeyManager": "CUSTOMER"}},
        f"{folder}/list-grants/1.json": {"Grants": [grant]},
    }
    text = explanation(files, "role", action=["kms:Decrypt"], resource=[key])
    assert "Allowed by for-app in grants of 1" in text
    assert f'> 4 |   "GranteePrincipal": "{ROLE}",\n' in text
    assert '> 6 |     "Decrypt"\n' in text
