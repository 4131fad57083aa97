"""Who is named by a principal element, and what is known of a caller."""

from __future__ import annotations

from typing import Any

import pytest

from checkers.cloud.claims import question_of
from checkers.cloud.derivation import (
    FEDERATED_USER,
    NOTPRINCIPAL_ACCOUNT,
    SESSION_TAGS,
    Effect,
    make_caller,
    parse_principal,
)
from cloud.setting import (
    BUCKET,
    CANONICAL,
    FOREIGN,
    HOLDS,
    INCONCLUSIVE,
    OTHER,
    OWN,
    ROLE,
    USER,
    VIOLATED,
    allow,
    buckets,
    claim_of,
    control,
    deny,
    document,
    iam,
    inventory_of,
    lets_through,
    lone_role,
    lone_trust,
    lone_user,
    outcome,
    policy_of,
    reasons,
    result,
    role,
    setting,
    tag_list,
    trust,
    user,
)

FOREIGN_ROLE = f"arn:aws:iam::{FOREIGN}:role/partner"
OTHER_ROLE = f"arn:aws:iam::{OTHER}:role/reader"
OBJECT = [f"{BUCKET}/x"]
READ = document(allow())
Files = dict[str, Any]


def bucket(*statements: Any, roles: Any = (), users: Any = (), others: Any = ()) -> Files:
    """A bucket of OWN with these statements; roles and users of OWN, roles of OTHER."""
    own = iam(roles=list(roles), users=list(users))
    other = iam(OTHER, roles=list(others))
    return setting(own, other, buckets("logs"), policy_of("logs", document(*statements)), accounts=(OWN, OTHER))


def by(*principals: str, **more: Any) -> Any:
    return control("bucket", principal=list(principals), resource=OBJECT, **more)


def to(principal: Any, **more: Any) -> Any:
    return allow(Principal=principal, **more)


# Principal: who is named.

EVERYONE: list[tuple[str, str]] = [
    ("anonymous", "anonymous"),
    ("a service", "service:logs.amazonaws.com"),
    ("a federated user of an identity provider", "federated:accounts.google.com"),
    ("a canonical user", "canonical:feed"),
    ("a foreign role", FOREIGN_ROLE),
    ("a role of the account", ROLE),
    ("the root of the account", f"arn:aws:iam::{OWN}:root"),
]


@pytest.mark.parametrize("principal", [pytest.param(p, id=name) for name, p in EVERYONE])
@pytest.mark.parametrize("element", ["*", {"AWS": "*"}, {"AWS": [OTHER, "*"]}, {"AWS": "*", "Service": "a.b"}])
def test_a_star_names_everyone(principal: str, element: Any) -> None:
    files = bucket(to(element), roles=[role("reader")])
    assert outcome(files, by(principal)) == VIOLATED


@pytest.mark.parametrize("principal", [pytest.param(p, id=name) for name, p in EVERYONE if "root" not in name])
def test_a_service_named_star_is_not_everyone(principal: str) -> None:
    assert outcome(bucket(to({"Service": "x.y"}), roles=[role("reader")]), by(principal)) == HOLDS


LAMBDA = "service:lambda.amazonaws.com"
PROVIDER = f"arn:aws:iam::{OWN}:oidc-provider/example.com"
EXACT = [
    ("a service by its name", {"Service": "lambda.amazonaws.com"}, LAMBDA, VIOLATED),
    ("a service in other case is another", {"Service": "Lambda.amazonaws.com"}, LAMBDA, HOLDS),
    ("a service is no AWS principal", {"AWS": "lambda.amazonaws.com"}, LAMBDA, HOLDS),
    ("one of several services", {"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]}, LAMBDA, VIOLATED),
    ("a provider by its name", {"Federated": PROVIDER}, f"federated:{PROVIDER}", VIOLATED),
    ("another provider", {"Federated": PROVIDER + "/x"}, f"federated:{PROVIDER}", HOLDS),
    ("a foreign canonical user by its id", {"CanonicalUser": "feed"}, "canonical:feed", VIOLATED),
    ("another canonical user", {"CanonicalUser": "feed"}, "canonical:feee", HOLDS),
    ("anonymous is no account", {"AWS": [OWN, OTHER, FOREIGN]}, "anonymous", HOLDS),
    ("anonymous is no service", {"Service": "anonymous"}, "anonymous", HOLDS),
    ("a foreign role by its ARN", {"AWS": FOREIGN_ROLE}, FOREIGN_ROLE, VIOLATED),
    ("another role of its account", {"AWS": FOREIGN_ROLE + "2"}, FOREIGN_ROLE, HOLDS),
    ("a role in other case is another", {"AWS": FOREIGN_ROLE.replace("partner", "Partner")}, FOREIGN_ROLE, HOLDS),
    ("a foreign account by its number", {"AWS": FOREIGN}, FOREIGN_ROLE, VIOLATED),
    ("a foreign account by its root", {"AWS": f"arn:aws:iam::{FOREIGN}:root"}, FOREIGN_ROLE, VIOLATED),
    ("a foreign account in another partition", {"AWS": FOREIGN}, f"arn:aws-cn:iam::{FOREIGN}:role/r", VIOLATED),
    ("another account", {"AWS": OTHER}, FOREIGN_ROLE, HOLDS),
    ("a user of that account", {"AWS": FOREIGN}, f"arn:aws:iam::{FOREIGN}:user/u", VIOLATED),
    ("an origin access identity", {"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}, "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1", VIOLATED),
]  # fmt: skip


@pytest.mark.parametrize(("element", "principal", "expected"), [pytest.param(*c[1:], id=c[0]) for c in EXACT])
def test_a_principal_names(element: Any, principal: str, expected: str) -> None:
    assert outcome(bucket(to(element)), by(principal)) == expected


@pytest.mark.parametrize(("element", "principal", "expected"), [pytest.param(*c[1:], id=c[0]) for c in EXACT])
def test_a_not_principal_spares(element: Any, principal: str, expected: str) -> None:
    files = bucket(allow(NotPrincipal=element))
    if "AWS" in element and expected == VIOLATED:  # listed, but not at each level
        assert reasons(files, by(principal)) == NOTPRINCIPAL_ACCOUNT
    else:
        assert outcome(files, by(principal)) == (HOLDS if expected == VIOLATED else VIOLATED)


# Named directly, or by the account.

DIRECT = [
    ("a role of the account", {"AWS": ROLE}, VIOLATED),
    ("a role by its unique id", {"AWS": "AROAREADER"}, VIOLATED),
    ("everyone", "*", VIOLATED),
    ("the account leaves it to identity policies", {"AWS": OWN}, HOLDS),
    ("the root leaves it to identity policies", {"AWS": f"arn:aws:iam::{OWN}:root"}, HOLDS),
    ("the owner's canonical id is the account", {"CanonicalUser": CANONICAL[OWN]}, HOLDS),
    ("a unique id that is stale", {"AWS": "AROADELETED"}, HOLDS),
    ("a unique id in other case is stale", {"AWS": "aroareader"}, HOLDS),
    ("a role of the same name in another path", {"AWS": f"arn:aws:iam::{OWN}:role/a/reader"}, HOLDS),
    ("an ARN without six parts", {"AWS": f"arn:aws:iam::{OWN}"}, HOLDS),
    ("a group", {"AWS": f"arn:aws:iam::{OWN}:group/team"}, HOLDS),
]


@pytest.mark.parametrize(("element", "expected"), [pytest.param(*c[1:], id=c[0]) for c in DIRECT])
def test_a_grant_within_the_account_needs_no_identity_policy_where_it_is_direct(element: Any, expected: str) -> None:
    assert outcome(bucket(to(element), roles=[role("reader")]), by(ROLE)) == expected


def test_every_user_is_named_by_its_own_arn() -> None:
    files = bucket(to({"AWS": USER}), users=[user("alice"), user("bob")])
    assert outcome(files, by(USER)) == VIOLATED
    assert outcome(files, by(f"arn:aws:iam::{OWN}:user/bob")) == HOLDS


def test_a_user_arn_may_name_the_federated_sessions_of_the_user() -> None:
    files = bucket(to({"AWS": USER}), users=[user("alice", READ)])
    session = f"arn:aws:sts::{OWN}:federated-user/guest"
    assert reasons(files, by(session)) == FEDERATED_USER
    assert outcome(bucket(deny(Principal="*"), users=[user("alice", READ)]), by(session)) == HOLDS


# Role sessions.

SESSION_OF = f"arn:aws:sts::{OWN}:assumed-role/reader/"


@pytest.mark.parametrize("path", ["/", "/team/a/"])
def test_a_session_arn_names_that_session_and_leaves_the_path_of_the_role_out(path: str) -> None:
    files = bucket(to({"AWS": SESSION_OF + "night"}), roles=[role("reader", path=path)])
    arn = f"arn:aws:iam::{OWN}:role{path}reader"
    found = result(files, by(arn))
    assert found.outcome.value == VIOLATED
    assert found.certificate is not None
    assert found.certificate["request"]["session"] == "night"
    request = {"principal": arn, "action": "s3:GetObject", "resource": OBJECT[0]}
    for session, expected in (("night", True), ("day", False), ("", False)):
        assert lets_through(files, by(arn), {**request, "session": session}) == (expected, expected)


def test_a_session_arn_names_no_session_of_another_role() -> None:
    files = bucket(to({"AWS": SESSION_OF + "night"}), roles=[role("reader2"), role("a-reader")])
    assert outcome(files, by("account")) == VIOLATED  # the root
    assert outcome(files, by(f"arn:aws:iam::{OWN}:role/*")) == HOLDS


def test_a_session_arn_of_another_account_names_no_session_here() -> None:
    files = bucket(to({"AWS": f"arn:aws:sts::{OTHER}:assumed-role/reader/night"}), roles=[role("reader")])
    assert outcome(files, by(ROLE)) == HOLDS


def test_a_deny_of_a_session_leaves_the_others() -> None:
    files = bucket(deny(Principal={"AWS": SESSION_OF + "night"}), to({"AWS": ROLE}), roles=[role("reader")])
    request = {"principal": ROLE, "action": "s3:GetObject", "resource": OBJECT[0]}
    assert lets_through(files, by(ROLE), {**request, "session": "night"}) == (False, False)
    assert lets_through(files, by(ROLE), {**request, "session": "day"}) == (True, True)


# NotPrincipal with Deny.


def test_a_deny_with_not_principal_spares_the_root_of_an_account_and_others_of_it_by_one_reading() -> None:
    files = bucket(deny(NotPrincipal={"AWS": OWN}), to("*"), roles=[role("reader")])
    assert outcome(files, by(f"arn:aws:iam::{OWN}:root")) == VIOLATED
    assert reasons(files, by(ROLE)) == NOTPRINCIPAL_ACCOUNT
    assert outcome(files, by(FOREIGN_ROLE)) == HOLDS
    assert outcome(files, by("anonymous")) == HOLDS


def test_a_deny_with_not_principal_of_a_role_alone_is_read_both_ways() -> None:
    files = bucket(deny(NotPrincipal={"AWS": ROLE}), to("*"), roles=[role("reader"), role("writer")])
    assert reasons(files, by(ROLE)) == NOTPRINCIPAL_ACCOUNT
    assert outcome(files, by(f"arn:aws:iam::{OWN}:role/writer")) == HOLDS


def test_a_deny_with_not_principal_of_a_session_its_role_and_its_account_is_settled() -> None:
    root, session = f"arn:aws:iam::{OWN}:root", f"arn:aws:sts::{OWN}:assumed-role/reader/s1"
    files = bucket(deny(NotPrincipal={"AWS": [ROLE, root]}), to("*"), roles=[role("reader")])
    assert reasons(files, by(ROLE)) == NOTPRINCIPAL_ACCOUNT
    files = bucket(deny(NotPrincipal={"AWS": [session, ROLE, root]}), to("*"), roles=[role("reader")])
    assert outcome(files, by(ROLE)) == VIOLATED
    assert outcome(files, by("anonymous")) == HOLDS


def test_a_deny_with_not_principal_everyone_hits_nobody() -> None:
    assert outcome(bucket(deny(NotPrincipal="*"), to("*")), by("anonymous")) == VIOLATED


def test_an_allow_with_not_principal_of_a_role_is_read_both_ways_for_the_role() -> None:
    files = bucket(allow(NotPrincipal={"AWS": ROLE}), roles=[role("reader"), role("writer")])
    assert reasons(files, by(ROLE)) == NOTPRINCIPAL_ACCOUNT
    assert outcome(files, by(f"arn:aws:iam::{OWN}:role/writer")) == VIOLATED
    assert outcome(files, by("anonymous")) == VIOLATED


def test_a_deny_with_not_principal_of_a_service_spares_the_service() -> None:
    files = bucket(deny(NotPrincipal={"Service": "lambda.amazonaws.com", "AWS": ROLE}), to("*"))
    assert outcome(files, by(LAMBDA)) == VIOLATED
    assert outcome(files, by("service:ec2.amazonaws.com")) == HOLDS


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        (OWN, "account"),
        (f"arn:aws-cn:iam::{OWN}:root", "account"),
        (f"arn:aws:sts::{OWN}:assumed-role/r/s", "session"),
        (f"arn:aws:sts::{OWN}:assumed-role/r", "arn"),
        (f"arn:aws:sts::{OWN}:assumed-role/r/s/t", "arn"),
        (f"arn:aws:sts::{OWN}:federated-user/f", "arn"),
        (ROLE, "arn"),
        ("AIDAALICE", "id"),
        ("arn:aws:iam", "id"),
        ("", "id"),
    ],
)
def test_an_entry_names_an_account_a_session_an_id_or_an_arn(entry: str, kind: str) -> None:
    assert parse_principal(entry)[0] == kind


# Keys that follow from the principal.


def on(**pairs: dict[str, Any]) -> Any:
    """An Allow to everyone under a condition."""
    return to("*", Condition=pairs)


KEYS = [
    ("the ARN of a role", on(ArnEquals={"aws:PrincipalArn": ROLE}), ROLE, VIOLATED),
    ("the ARN of another role", on(ArnEquals={"aws:PrincipalArn": ROLE + "2"}), ROLE, HOLDS),
    ("the ARN of a role, with a wildcard", on(ArnLike={"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/*"}), ROLE, VIOLATED),
    ("the ARN of a foreign role", on(ArnLike={"aws:PrincipalArn": f"arn:aws:iam::{FOREIGN}:role/*"}), FOREIGN_ROLE, VIOLATED),
    ("the ARN of a foreign role, not of a user", on(ArnLike={"aws:PrincipalArn": f"arn:aws:iam::{FOREIGN}:user/*"}), FOREIGN_ROLE, HOLDS),
    ("a StringLike on an ARN crosses accounts", on(StringLike={"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}), f"arn:aws:iam::{FOREIGN}:role/x:role/admin", VIOLATED),
    ("an ARN of anonymous is absent", on(StringLike={"aws:PrincipalArn": "*"}), "anonymous", HOLDS),
    ("an ARN of anonymous is absent for an inverted operator", on(ArnNotLike={"aws:PrincipalArn": "arn:aws:iam::*:*"}), "anonymous", VIOLATED),
    ("the account", on(StringEquals={"aws:PrincipalAccount": FOREIGN}), FOREIGN_ROLE, VIOLATED),
    ("another account", on(StringEquals={"aws:PrincipalAccount": OTHER}), FOREIGN_ROLE, HOLDS),
    ("an account by a pattern", on(StringLike={"aws:PrincipalAccount": "9999*"}), FOREIGN_ROLE, VIOLATED),
    ("an account by a pattern with a colon", on(StringLike={"aws:PrincipalAccount": "*:*"}), FOREIGN_ROLE, HOLDS),
    ("not an account", on(StringNotEquals={"aws:PrincipalAccount": [FOREIGN, OWN]}), FOREIGN_ROLE, HOLDS),
    ("the account of a role of the snapshot", on(StringEquals={"aws:PrincipalAccount": OWN}), ROLE, VIOLATED),
    ("an account as a number", on(NumericEquals={"aws:PrincipalAccount": OWN}), ROLE, VIOLATED),
    ("another account as a number", on(NumericEquals={"aws:PrincipalAccount": FOREIGN}), ROLE, HOLDS),
    ("a service has no account", on(StringLike={"aws:PrincipalAccount": "*"}), LAMBDA, HOLDS),
    ("a service is an AWS service", on(Bool={"aws:PrincipalIsAWSService": True}), LAMBDA, VIOLATED),
    ("a role is no AWS service", on(Bool={"aws:PrincipalIsAWSService": True}), ROLE, HOLDS),
    ("a role is surely no AWS service", on(Bool={"aws:PrincipalIsAWSService": False}), ROLE, VIOLATED),
    ("a foreign role is surely no AWS service", on(Bool={"aws:PrincipalIsAWSService": False}), FOREIGN_ROLE, VIOLATED),
    ("anonymous is no AWS service", on(Bool={"aws:PrincipalIsAWSService": True}), "anonymous", HOLDS),
    ("the name of a service", on(StringEquals={"aws:PrincipalServiceName": "lambda.amazonaws.com"}), LAMBDA, VIOLATED),
    ("the name of another service", on(StringEquals={"aws:PrincipalServiceName": "ec2.amazonaws.com"}), LAMBDA, HOLDS),
    ("a role has no service name", on(StringLike={"aws:PrincipalServiceName": "*"}), ROLE, HOLDS),
    ("a role has surely no service name", on(Null={"aws:PrincipalServiceName": True}), ROLE, VIOLATED),
    ("the type of a role", on(StringEquals={"aws:PrincipalType": "AssumedRole"}), ROLE, VIOLATED),
    ("a role is not a user", on(StringEquals={"aws:PrincipalType": "User"}), ROLE, HOLDS),
    ("the type of root", on(StringEquals={"aws:PrincipalType": "Account"}), f"arn:aws:iam::{OWN}:root", VIOLATED),
    ("the name of a user", on(StringEquals={"aws:username": "alice"}), USER, VIOLATED),
    ("the name of another user", on(StringEquals={"aws:username": "bob"}), USER, HOLDS),
    ("the id of a user", on(StringEquals={"aws:userid": "AIDAALICE"}), USER, VIOLATED),
    ("the id of another user", on(StringLike={"aws:userid": "AIDAB*"}), USER, HOLDS),
    ("the id of a role session is open", on(StringLike={"aws:userid": "AROAREADER:*"}), ROLE, VIOLATED),
    ("a role has no user name", on(StringLike={"aws:username": "*"}), ROLE, HOLDS),
    ("a service has no user name", on(StringLike={"aws:username": "*"}), LAMBDA, HOLDS),
    ("anonymous has no tags", on(StringLike={"aws:PrincipalTag/a": "*"}), "anonymous", HOLDS),
    ("a foreign role may have any tags", on(StringEquals={"aws:PrincipalTag/a": "b"}), FOREIGN_ROLE, VIOLATED),
    ("anonymous has no organization", on(StringLike={"aws:PrincipalOrgID": "*"}), "anonymous", HOLDS),
    ("a foreign role may have any organization", on(StringEquals={"aws:PrincipalOrgID": "o-1"}), FOREIGN_ROLE, VIOLATED),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "principal", "expected"), [pytest.param(*c[1:], id=c[0]) for c in KEYS])
def test_a_key_that_follows_from_the_principal(statement: Any, principal: str, expected: str) -> None:
    files = bucket(statement, deny(Principal={"AWS": "AIDANOBODY"}), roles=[role("reader")], users=[user("alice")])
    assert outcome(files, by(principal)) == expected


def test_the_tags_of_a_user_are_known_whatever_their_case() -> None:
    files = lone_user(
        allow(Condition={"StringEquals": {"aws:PrincipalTag/team": "red"}}), Tags=tag_list({"Team": "red"})
    )
    assert outcome(files, control("user")) == VIOLATED
    files = lone_user(
        allow(Condition={"StringEquals": {"aws:PrincipalTag/team": "red"}}), Tags=tag_list({"Team": "Red"})
    )
    assert outcome(files, control("user")) == HOLDS
    files = lone_user(allow(Condition={"StringLike": {"aws:PrincipalTag/team": "*"}}))
    assert outcome(files, control("user")) == HOLDS


def test_the_tags_of_a_role_may_be_those_of_its_session() -> None:
    tagged = {"StringEquals": {"aws:PrincipalTag/team": "red"}}
    assert outcome(lone_role(allow(Condition=tagged), Tags=tag_list({"team": "red"})), control("role")) == VIOLATED
    assert reasons(lone_role(allow(Condition=tagged)), control("role")) == SESSION_TAGS
    assert outcome(lone_role(allow(), deny(Condition=tagged)), control("role")) == VIOLATED


def test_the_id_of_a_user_without_one_is_open() -> None:
    row = {k: v for k, v in user("alice", document(on(StringLike={"aws:userid": "AIDA*"}))).items() if k != "UserId"}
    row["UserPolicyList"][0]["PolicyDocument"]["Statement"][0].pop("Principal")
    assert outcome(setting(iam(users=[row])), control("user")) == VIOLATED


def test_what_is_known_of_a_root() -> None:
    root = f"arn:aws:iam::{OWN}:root"
    caller = make_caller(inventory_of(setting()), root)
    assert (caller.arn, caller.account, caller.name, caller.tags) == (root, OWN, "root", {})
    assert caller.keys["aws:principaltype"] == "Account"
    assert not caller.may_have_session_tags


# Documents on their own: nothing is known of who carries them.


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:PrincipalAccount": OWN}},
        {"Bool": {"aws:PrincipalIsAWSService": True}},
        {"StringEquals": {"aws:username": "bob"}},
        {"StringEquals": {"aws:PrincipalTag/a": "b"}},
    ],
)
def test_a_document_on_its_own_has_any_caller(condition: Any) -> None:
    files = setting(iam(groups=[{**_team(), "GroupPolicyList": [_inline(allow(Condition=condition))]}]))
    assert outcome(files, control("group")) == VIOLATED


def _team() -> Any:
    return {"GroupName": "team", "Arn": f"arn:aws:iam::{OWN}:group/team"}


def _inline(statement: Any) -> Any:
    return {"PolicyName": "p", "PolicyDocument": document(statement)}


# Role trust policies name principals in the same way.

TRUSTED = [
    ("a service", {"Service": "lambda.amazonaws.com"}, LAMBDA, VIOLATED),
    ("another service", {"Service": "ec2.amazonaws.com"}, LAMBDA, HOLDS),
    ("a foreign account", {"AWS": FOREIGN}, FOREIGN_ROLE, VIOLATED),
    ("another account", {"AWS": OTHER}, FOREIGN_ROLE, HOLDS),
    ("everyone", "*", FOREIGN_ROLE, VIOLATED),
    ("a user of the account", {"AWS": USER}, USER, VIOLATED),
    ("another user of the account", {"AWS": USER + "2"}, USER, HOLDS),
    ("a user of the account by its id", {"AWS": "AIDAALICE"}, USER, VIOLATED),
]


@pytest.mark.parametrize(("element", "principal", "expected"), [pytest.param(*c[1:], id=c[0]) for c in TRUSTED])
def test_a_role_trusts(element: Any, principal: str, expected: str) -> None:
    files = lone_trust(trust(element), users=[user("alice")])
    asked = control("role", principal=[principal], action=["sts:AssumeRole"], resource=["${target.arn}"])
    assert outcome(files, asked) == expected


def test_a_role_that_trusts_all_but_one_account() -> None:
    files = lone_trust({"Effect": "Allow", "Action": "sts:AssumeRole", "NotPrincipal": {"AWS": OTHER}})
    for principal, expected in ((FOREIGN, VIOLATED), (f"arn:aws:iam::{OTHER}:root", HOLDS)):
        asked = control("role", principal=[principal], action=["sts:AssumeRole"], resource=["${target.arn}"])
        assert outcome(files, asked) == expected


# Notes, for explanations.


def test_every_statement_is_noted_with_its_elements() -> None:
    files = bucket(
        to({"AWS": ROLE}, Condition={"Bool": {"aws:SecureTransport": "true"}}),
        {"Effect": "Deny", "NotAction": "ec2:*", "NotResource": "*", "NotPrincipal": "*"},
        roles=[role("reader", READ)],
    )
    derived = question_of(*claim_of(files, by(ROLE)), wide=True)
    noted = [(n.document.origin.name, n.statement.path, n.effect, [e for e, _ in n.elements]) for n in derived.notes]
    assert ("inline policy inline-0 of reader", "Statement[0]", Effect.ALLOW, ["Action", "Resource"]) in noted
    assert ("bucket policy of logs", "Statement[0]", Effect.ALLOW, ["Principal", "Action", "Resource", "Condition.Bool.aws:securetransport"]) in noted  # fmt: skip
    assert ("bucket policy of logs", "Statement[1]", Effect.DENY, ["NotPrincipal"]) in noted  # it spares everyone
    assert {n.caller for n in derived.notes} == {"", ROLE}


# What a principal element may mean.

ANONYMOUS_KEYS = [
    pytest.param([to("*"), deny(Principal="*", Condition={"Bool": {"aws:PrincipalIsAWSService": "false"}})], id="aws:PrincipalIsAWSService is absent"),
    pytest.param([on(StringLike={"aws:PrincipalAccount": "*"})], id="aws:PrincipalAccount is the word anonymous"),
    pytest.param([to("*"), deny(Principal="*", Condition={"Null": {"aws:PrincipalAccount": "true"}})], id="aws:PrincipalAccount is present"),
]  # fmt: skip


@pytest.mark.parametrize("statements", ANONYMOUS_KEYS)
def test_the_keys_of_an_anonymous_request(statements: list[Any]) -> None:
    assert outcome(bucket(*statements), by("anonymous")) != HOLDS


@pytest.mark.parametrize(
    ("statements", "principal"),
    [
        pytest.param([to({"CanonicalUser": "feed"})], FOREIGN, id="an Allow to a canonical id"),
        pytest.param([to("*"), deny(NotPrincipal={"CanonicalUser": "feed"})], FOREIGN, id="a Deny that spares a canonical id"),
        pytest.param([to({"CanonicalUser": "feed"}, Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}})], "outside-account", id="an Allow to roles of a canonical id"),
        pytest.param([to({"CanonicalUser": "feed"}), deny(Principal="*", Condition={"Null": {"aws:PrincipalArn": "true"}})], "outside-account", id="a Deny of what is not signed"),
    ],
)  # fmt: skip
def test_a_canonical_id_that_is_not_known_may_be_that_of_any_foreign_account(
    statements: list[Any], principal: str
) -> None:
    assert outcome(bucket(*statements), by(principal)) != HOLDS


def test_a_canonical_id_may_be_that_of_an_account_whose_buckets_could_not_be_listed() -> None:
    files = setting(
        buckets("logs"),
        policy_of("logs", document(to({"CanonicalUser": CANONICAL[OTHER]}))),
        iam(OTHER, roles=[role("reader", READ, account=OTHER)]),
        accounts=(OWN, OTHER),
        errors={f"{OTHER}/global/s3/list-buckets.json": "AccessDenied"},
    )
    assert outcome(files, by(OTHER_ROLE), BUCKET) == INCONCLUSIVE


WILD = [
    pytest.param({"Service": "*"}, "service", id="any service"),
    pytest.param({"Federated": "*"}, "federated", id="any provider"),
    pytest.param({"CanonicalUser": "*"}, "canonical", id="any canonical user"),
    pytest.param(
        {"AWS": f"arn:aws:iam::{FOREIGN}:user/*"}, f"arn:aws:iam::{FOREIGN}:user/u", id="any user of an account"
    ),
    pytest.param({"AWS": "arn:aws:iam::*:root"}, FOREIGN_ROLE, id="any account"),
]


@pytest.mark.parametrize(("element", "principal"), WILD)
def test_a_principal_with_a_wildcard_decides_nothing(element: Any, principal: str) -> None:
    assert outcome(bucket(to(element)), by(principal)) == INCONCLUSIVE


@pytest.mark.parametrize("key", ["aws:ResourceAccount", "s3:ResourceAccount"])
def test_the_account_of_a_bucket_of_the_snapshot_is_known(key: str) -> None:
    files = setting(
        buckets("logs"), iam(roles=[role("reader", document(allow(Condition={"StringEquals": {key: FOREIGN}})))])
    )
    assert outcome(files, control("role", resource=OBJECT)) != VIOLATED


def test_a_requirement_on_every_request_covers_the_tags_of_a_session() -> None:
    files = lone_role(allow(), deny(Condition={"StringEquals": {"aws:PrincipalTag/blocked": "yes"}}))
    assert outcome(files, control("role", form="require", all=True)) != HOLDS


@pytest.mark.parametrize(
    ("parts", "principal"),
    [
        pytest.param({}, "outside-organization", id="of a member that is not in the snapshot"),
        pytest.param({f"{OWN}/global/s3/list-buckets.json": {"Buckets": [{"Name": "logs"}]}}, "outside-account", id="of an owner that is not known"),
    ],
)  # fmt: skip
def test_a_canonical_id_is_not_surely_outside(parts: Files, principal: str) -> None:
    folder = f"{OWN}/global/organizations"
    members = {
        f"{folder}/describe-organization.json": {"Organization": {"Id": "o-1"}},
        f"{folder}/list-accounts.json": {"Accounts": [{"Id": OWN}, {"Id": FOREIGN}]},
        f"{folder}/list-policies/SERVICE_CONTROL_POLICY.json": {"Policies": []},
        f"{folder}/list-policies/RESOURCE_CONTROL_POLICY.json": {"Policies": []},
    }
    policy = policy_of("logs", document(to({"CanonicalUser": CANONICAL[OWN] if parts else "feed"})))
    files = setting(buckets("logs"), policy, members, parts)
    assert outcome(files, by(principal)) == INCONCLUSIVE
