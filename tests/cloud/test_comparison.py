"""Comparisons: what is new, what is the same although it is open, and certificates that do not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from auditctl.search.solve import Model, Refutation, solve
from auditctl.search.witness import request_of, to_json
from checkers.cloud.claims import WITNESS, Derived
from checkers.cloud.comparison import (
    ALLOWS,
    LIFTS,
    NAMES_ITSELF,
    Asked,
    Difference,
    Subject,
    all_subjects,
    check_difference,
    check_document_difference,
    difference,
    document_difference,
    parse_texts,
    subjects_of,
    unread_in_both,
)
from checkers.cloud.derivation import Kind
from checkers.cloud.policy import Origin, action_set
from checkers.cloud.scope import Scope, fixed_scope
from checkers.kernel.formula import FALSE, TRUE
from checkers.kernel.globs import GlobSet
from checkers.verdict import Declined, Rejected
from cloud.setting import (
    BUCKET,
    OTHER,
    OWN,
    ROLE,
    USER,
    allow,
    attached,
    buckets,
    deny,
    document,
    iam,
    inventory_of,
    lone_bucket,
    lone_role,
    lone_user,
    managed,
    organization,
    policy_of,
    role,
    s3_file,
    setting,
    trust,
    user,
)

if TYPE_CHECKING:
    from checkers.cloud.inventory import Inventory

ANYTHING = Asked()
READ = allow("s3:GetObject", f"{BUCKET}/*")
OPEN_TYPE = allow("ec2:*", "arn:aws:ec2:*:*:*/*")  # two readings of the wildcard in the type of the resource


def answer(found: Difference, narrow: Difference, scope: Scope | None = None) -> dict[str, Any] | None:
    """A certificate of a difference, None where neither side has one."""
    solved = solve(found.question)
    if isinstance(solved, Refutation):
        return dict(solved.data)
    model = solve(narrow.question)
    if not isinstance(model, Model):
        return None
    half = narrow.first
    derived = Derived(narrow.question, half.asked, half.allowed, half.notes, half.readings, half.ledger, scope)
    return {"rule": WITNESS, "request": to_json(request_of(model.values, derived))}


def of(first: dict[str, Any], second: dict[str, Any], kind: str, name: str, asked: Asked = ANYTHING) -> str:
    """Whether the first snapshot allows more: `more`, `no more` or `open`, as the checker takes it."""
    one, other = inventory_of(first), inventory_of(second)
    (subject,) = [s for s in all_subjects(one, other) if (s.kind, s.id) == (kind, name)]
    return told(one, other, subject, asked)


def told(one: Inventory, other: Inventory, subject: Subject, asked: Asked = ANYTHING) -> str:
    wide, narrow = (difference(one, other, subject, asked, wide=side) for side in (True, False))
    scope = fixed_scope(subject.principal) if subject.principal else Scope((), ())
    certificate = answer(wide, narrow, scope)
    if certificate is None:
        return "open"
    return "more" if check_difference(certificate, one, other, subject, asked) else "no more"


# Snapshots.


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        pytest.param(lone_role(READ), lone_role(READ), "no more", id="the same"),
        pytest.param(lone_role(allow("s3:*")), lone_role(READ), "more", id="more actions"),
        pytest.param(lone_role(READ), lone_role(allow("s3:*")), "no more", id="fewer actions"),
        pytest.param(lone_role(READ), lone_role(READ, deny("s3:*")), "more", id="a denial that is gone"),
        pytest.param(lone_role(OPEN_TYPE), lone_role(OPEN_TYPE), "no more", id="an open reading that is in both"),
        pytest.param(lone_role(OPEN_TYPE, READ), lone_role(OPEN_TYPE), "more", id="an open reading beside a change"),
        pytest.param(lone_role(OPEN_TYPE), lone_role(READ), "open", id="an open reading that is new"),
        pytest.param(
            lone_role(allow("s3:*"), Tags=[{"Key": "a", "Value": "b"}]),
            lone_role(allow("s3:*")),
            "no more",
            id="other tags",
        ),
        pytest.param(
            lone_role(allow("sqs:*", f"arn:aws:sqs:us-east-1:{OTHER}:*")),
            lone_role(allow("sqs:*", "*")),
            "no more",
            id="resources outside the snapshot are the same in both",
        ),
        pytest.param(
            lone_role({**READ, "Acton": "x"}),
            lone_role({**READ, "Acton": "x"}),
            "no more",
            id="not understood, in both",
        ),
        pytest.param(
            lone_role({**READ, "Acton": "x"}), lone_role({**READ, "Acton": "y"}), "open", id="not understood, and other"
        ),
        pytest.param(
            lone_role(allow("s3:*", Condition={"Stringish": {"a:b": "c"}})),
            lone_role(allow("s3:*", Condition={"Stringish": {"a:b": "d"}})),
            "open",
            id="an operator that is not known, with another value",
        ),
        pytest.param(
            setting(iam(roles=[role("reader", AttachedManagedPolicies=attached("arn:aws:iam::aws:policy/Gone"))])),
            setting(iam(roles=[role("reader", AttachedManagedPolicies=attached("arn:aws:iam::aws:policy/Gone"))])),
            "no more",
            id="a document that neither has",
        ),
    ],
)
def test_what_a_role_may_do(new: dict[str, Any], old: dict[str, Any], expected: str) -> None:
    assert of(new, old, "role", ROLE) == expected


def test_only_what_is_asked_about_is_compared() -> None:
    asked = Asked(action_set(("s3:GetObject",)), GlobSet([f"{BUCKET}/a"]))
    assert of(lone_role(allow("s3:*")), lone_role(READ), "role", ROLE, asked) == "no more"
    assert of(lone_role(READ), lone_role(), "role", ROLE, asked) == "more"


def test_who_is_added_may_do_more_and_who_is_removed_nothing() -> None:
    with_user, without = lone_user(READ), setting()
    assert of(with_user, without, "user", USER) == "more"
    assert of(without, with_user, "user", USER) == "no more"


def test_set_operators_of_either_make_a_key_multi_valued_in_both() -> None:
    one = lone_role(allow("s3:*", Condition={"ForAnyValue:StringEquals": {"app:list": "a"}}))
    other = lone_role(allow("s3:*", Condition={"StringEquals": {"app:list": "a"}}))
    assert of(one, one, "role", ROLE) == "no more"
    assert of(one, other, "role", ROLE) in ("more", "open")


PUBLIC = {**READ, "Principal": "*"}
SECURE = {**PUBLIC, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}


def test_a_bucket_is_compared_for_everybody() -> None:
    assert of(lone_bucket(PUBLIC), lone_bucket(SECURE), "bucket", BUCKET) == "more"
    assert of(lone_bucket(SECURE), lone_bucket(PUBLIC), "bucket", BUCKET) == "no more"


def test_an_open_reading_of_a_bucket_policy_is_the_same_in_both() -> None:
    wild = {**PUBLIC, "Resource": "arn:aws:s3*:logs/*"}
    assert of(lone_bucket(wild, SECURE), lone_bucket(wild, PUBLIC), "bucket", BUCKET) == "no more"
    assert of(lone_bucket(wild), lone_bucket(SECURE), "bucket", BUCKET) in ("more", "open")
    tagged = {**PUBLIC, "NotPrincipal": {"AWS": USER}}
    del tagged["Principal"]
    assert of(lone_bucket(tagged), lone_bucket(tagged, PUBLIC), "bucket", BUCKET) == "no more"


def test_a_resource_in_one_snapshot_alone_is_compared_as_such_and_not_with_each_principal() -> None:
    holder = iam(roles=[role("reader", document(allow("s3:*")))])
    without, with_bucket = setting(holder), setting(holder, buckets("logs"))
    assert of(with_bucket, without, "role", ROLE) == "no more"
    assert of(with_bucket, without, "bucket", BUCKET) == "more"
    assert of(without, with_bucket, "bucket", BUCKET) == "no more"


def test_excluded_principals_are_not_asked_about() -> None:
    one = setting(iam(roles=[role("reader", document(allow("s3:*")))]), buckets("logs"))
    other = setting(iam(roles=[role("reader")]), buckets("logs"))
    (subject,) = [s for s in all_subjects(inventory_of(one), inventory_of(other)) if s.kind == "bucket"]
    assert told(inventory_of(one), inventory_of(other), subject) == "more"
    settled = Subject("bucket", BUCKET, OWN, "", subject.actions, subject.resources, (ROLE,))
    assert told(inventory_of(one), inventory_of(other), settled) == "no more"


def test_trust_policies_are_resources() -> None:
    new = setting(iam(roles=[role("reader", trusts=document(trust("*")))]))
    old = setting(iam(roles=[role("reader", trusts=document(trust({"AWS": OWN})))]))
    assert of(new, old, "trust", ROLE) == "more"


def test_a_policy_that_neither_could_read_is_taken_to_be_unchanged() -> None:
    refused = {s3_file("get-bucket-policy"): "AccessDenied"}
    holder = iam(roles=[role("reader", document(allow("s3:*")))])
    closed = setting(holder, buckets("logs"), errors=refused)
    read = setting(holder, buckets("logs"), policy_of("logs", document(PUBLIC)))
    assert of(closed, closed, "bucket", BUCKET) == "no more"
    assert of(closed, closed, "role", ROLE) == "no more"
    assert of(closed, read, "bucket", BUCKET) == "open"
    assert any("get-bucket-policy/logs" in r for r in unread_in_both(inventory_of(closed), inventory_of(closed)))
    assert unread_in_both(inventory_of(closed), inventory_of(read)) == ()


def test_settings_of_a_bucket_that_neither_could_read_are_taken_to_be_unchanged() -> None:
    refused = {s3_file("get-bucket-ownership-controls"): "AccessDenied", s3_file("get-public-access-block"): "Unknown"}
    open_acl = setting(buckets("logs"), policy_of("logs", document(PUBLIC)), errors=refused)
    assert of(open_acl, open_acl, "bucket", BUCKET) == "no more"
    closed = setting(buckets("logs"), policy_of("logs", document(PUBLIC)))
    assert of(open_acl, closed, "bucket", BUCKET) == "open"


def test_a_file_that_no_rule_reads_is_taken_to_be_unchanged() -> None:
    strange = {f"{OWN}/global/s3/get-bucket-mystery/logs.json": {"Mystery": {"a": 1}}}
    one = setting(buckets("logs"), strange)
    assert of(one, one, "bucket", BUCKET) == "no more"
    assert of(one, setting(buckets("logs")), "bucket", BUCKET) == "open"
    changed = {f"{OWN}/global/s3/get-bucket-mystery/logs.json": {"Mystery": {"a": 2}}}
    assert of(one, setting(buckets("logs"), changed), "bucket", BUCKET) == "open"


def test_organization_policies_that_did_not_change() -> None:
    org = organization(
        OWN, scps={}, rcps={OWN: [document(deny("*", Principal="*", Condition={"Bool": {"a:b": "true"}}))]}
    )
    holder = iam(roles=[role("reader", document(allow("ec2:*"), READ))])
    less = iam(roles=[role("reader", document(allow("ec2:*")))])
    assert of(setting(holder, org), setting(holder, org), "role", ROLE) == "no more"
    assert of(setting(less, org), setting(holder, org), "role", ROLE) == "no more"


def test_access_points_and_keys() -> None:
    arn = f"arn:aws:s3:us-east-1:{OWN}:accesspoint/ap"
    folder = f"{OWN}/us-east-1"
    point = {"Name": "ap", "Bucket": "logs", "BucketAccountId": OWN, "AccessPointArn": arn, "NetworkOrigin": "Internet"}
    files = {
        f"{folder}/s3control/list-access-points.json": {"AccessPointList": [point]},
        f"{folder}/s3control/get-access-point/ap.json": {**point, "PublicAccessBlockConfiguration": {}},
        f"{folder}/kms/list-keys.json": {"Keys": [{"KeyId": "k", "KeyArn": f"arn:aws:kms:us-east-1:{OWN}:key/k"}]},
        f"{folder}/kms/get-key-policy/k.json": {"Policy": '{"Version": "2012-10-17", "Statement": []}'},
    }
    one = setting(buckets("logs"), files)
    assert of(one, one, "access-point", arn) == "no more"
    assert of(one, one, "key", f"arn:aws:kms:us-east-1:{OWN}:key/k") == "no more"


def test_an_account_whose_iam_could_not_be_read_is_open() -> None:
    closed = setting(errors={f"{OWN}/global/iam/get-account-authorization-details.json": "AccessDenied"})
    one, other = inventory_of(closed), inventory_of(lone_role(READ))
    found = {s.id: s for s in all_subjects(one, other)}
    assert found[f"{OWN}:role"].problem.endswith("denied (AccessDenied)")
    assert ROLE not in found
    wide, narrow = (difference(one, other, found[f"{OWN}:role"], ANYTHING, wide=side) for side in (True, False))
    assert (wide.question.root, narrow.question.root) == (TRUE, FALSE)
    same = all_subjects(inventory_of(closed), inventory_of(closed))
    assert [s.id for s in same if s.problem] == []
    assert unread_in_both(inventory_of(closed), inventory_of(closed))[0].endswith("denied (AccessDenied)")


def test_whoever_is_in_an_account_that_neither_could_read_is_taken_to_be_unchanged() -> None:
    refused = {f"{OWN}/global/iam/get-account-authorization-details.json": "AccessDenied"}
    closed = setting(buckets("logs"), policy_of("logs", document(PUBLIC)), errors=refused)
    assert of(closed, closed, "bucket", BUCKET) == "no more"


def test_endpoints_and_boundaries_are_read() -> None:
    point = {
        "VpcEndpointId": "vpce-1",
        "VpcEndpointType": "Interface",
        "ServiceName": "com.amazonaws.us-east-1.s3",
        "PolicyDocument": '{"Version": "2012-10-17", "Statement": []}',
    }
    network = {f"{OWN}/us-east-1/ec2/describe-vpc-endpoints.json": {"VpcEndpoints": [point]}}
    bound = {"PermissionsBoundary": {"PermissionsBoundaryArn": f"arn:aws:iam::{OWN}:policy/limit"}}
    limit = [managed("limit", document(allow("ec2:*")))]
    free = [role("reader", document(allow("s3:*")))]
    limited = [role("reader", document(allow("s3:*")), **bound), role("writer")]
    one, other = setting(network, iam(roles=limited, policies=limit)), setting(network, iam(roles=free))
    assert of(one, other, "role", ROLE) == "no more"
    assert of(other, one, "role", ROLE) == "more"


def test_accounts_and_lists_of_one_snapshot_alone_are_open() -> None:
    one = inventory_of(setting(iam(OTHER, roles=[role("x", account=OTHER)]), accounts=(OWN, OTHER)))
    other = inventory_of(setting())
    assert [s.problem for s in all_subjects(one, other) if s.account == OTHER] == [
        f"account {OTHER} is not in both snapshots"
    ]
    listed = {f"{OWN}/us-east-1/sqs/list-queues.json": {"QueueUrls": []}}
    problems = {s.id: s.problem for s in all_subjects(inventory_of(setting(listed)), other) if s.problem}
    assert list(problems) == [f"{OWN}:queue"]
    assert "not collected" in problems[f"{OWN}:queue"]
    no_buckets = setting(errors={f"{OWN}/global/s3/list-buckets.json": "AccessDenied"})
    assert f"{OWN}:bucket" in {s.id for s in all_subjects(inventory_of(no_buckets), other)}
    no_points = setting(errors={f"{OWN}/us-east-1/s3control/list-access-points.json": "AccessDenied"})
    assert f"{OWN}:access-point" in {s.id for s in all_subjects(inventory_of(no_points), other)}


def test_subjects_are_every_principal_and_every_resource() -> None:
    found = subjects_of(inventory_of(setting(iam(roles=[role("reader")], users=[user("alice")]), buckets("logs"))))
    assert {kind for kind, _ in found} == {"role", "root", "trust", "user", "bucket"}


# Certificates.


def test_certificates_of_another_question_are_refused() -> None:
    one, other = inventory_of(lone_role(allow("s3:*"))), inventory_of(lone_role(READ))
    (subject,) = [s for s in all_subjects(one, other) if s.kind == "role"]
    sides = [difference(one, other, subject, ANYTHING, wide=side) for side in (True, False)]
    witness = answer(sides[0], sides[1], fixed_scope(ROLE))
    assert witness is not None
    assert witness["rule"] == WITNESS
    with pytest.raises(Rejected, match="the question is false"):
        check_difference(witness, other, one, subject, ANYTHING)
    back = [difference(other, one, subject, ANYTHING, wide=side) for side in (True, False)]
    refutation = answer(back[0], back[1])
    assert refutation is not None
    with pytest.raises(Rejected, match="the certificate is for question"):
        check_difference(refutation, one, other, subject, ANYTHING)
    somebody = {**witness, "request": {**witness["request"], "principal": USER}}
    with pytest.raises(Rejected, match="the request is made by"):
        check_difference(somebody, one, other, subject, ANYTHING)
    with pytest.raises(Rejected, match="exactly the members"):
        check_difference({**witness, "more": 1}, one, other, subject, ANYTHING)
    with pytest.raises(Declined, match="this checker knows"):
        check_difference({"rule": "same/1"}, one, other, subject, ANYTHING)


# Policy documents.


def documents(new: Any, old: Any, kind: Kind = Kind.IDENTITY, asked: Asked = ANYTHING) -> tuple[str, tuple[str, ...]]:
    """Whether the new document lets more through, and in which ways."""
    first, second = (parse_texts(d, Origin(f"{n}.json", "$", n)) for n, d in (("new", new), ("old", old)))
    wide, narrow = (document_difference(first, second, kind, asked, wide=side) for side in (True, False))
    certificate = answer(wide, narrow, None if kind is Kind.IDENTITY else Scope((), ()))
    if certificate is None:
        return "open", ()
    if not check_document_difference(certificate, first, second, kind, asked):
        return "no more", ()
    model = solve(narrow.question)
    assert isinstance(model, Model)
    values = narrow.question.formula.evaluate(model.values)
    return "more", tuple(name for name, x in narrow.aspects if values[abs(x)] is (x > 0))


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        pytest.param(document(READ), document(READ), "no more", id="the same"),
        pytest.param(document(allow("s3:Get*")), document(allow("s3:GetObject")), "more", id="a wildcard"),
        pytest.param(document(allow("s3:GetObject")), document(allow("s3:Get*")), "no more", id="without the wildcard"),
        pytest.param(document(OPEN_TYPE, READ), document(READ, OPEN_TYPE), "no more", id="in another order"),
        pytest.param(document(OPEN_TYPE), document(), "open", id="an open reading that is new"),
        pytest.param(
            document(allow("ec2:RunInstances", OPEN_TYPE["Resource"])),
            document(OPEN_TYPE),
            "no more",
            id="fewer actions beside an open reading",
        ),
        pytest.param(document({"Effect": "Nope"}), document({"Effect": "Nope"}), "no more", id="unreadable, the same"),
        pytest.param(document({"Effect": "Nope"}), document(), "open", id="unreadable, and new"),
        pytest.param({"Statement": [], "X": 1}, {"Statement": [], "X": 1}, "no more", id="no policy, the same"),
        pytest.param({"Statement": [], "X": 1}, {"Statement": [], "X": 2}, "open", id="no policy, and other"),
        pytest.param({"Statement": READ}, {"Statement": [READ]}, "no more", id="one statement without a list"),
        pytest.param(
            document(allow("s3:*", "arn:aws:s3:::${aws:PrincipalOrgPaths}")), document(), "no more", id="never resolved"
        ),
    ],
)
def test_what_a_document_lets_through(new: Any, old: Any, expected: str) -> None:
    assert documents(new, old)[0] == expected


def test_what_is_not_supported_is_the_same_if_its_text_is() -> None:
    mixed = [
        allow("s3:*", "arn:aws:s3:::${app:list}"),
        allow("ec2:*", Condition={"ForAnyValue:StringEquals": {"app:list": "a"}}),
    ]
    assert documents(document(*mixed), document(*mixed))[0] == "no more"
    assert documents(document(*mixed), document(mixed[1]))[0] == "open"


def test_a_denial_that_is_gone_lets_more_through() -> None:
    assert documents(document(), document(deny("s3:*"))) == ("more", (LIFTS,))
    assert documents(document(deny("s3:*")), document()) == ("no more", ())


def test_a_document_is_compared_for_what_is_asked_about() -> None:
    asked = Asked(action_set(("ec2:*",)))
    assert documents(document(allow("s3:*")), document(), asked=asked)[0] == "no more"


def test_resource_policies_name_principals() -> None:
    direct, account = (document(allow("s3:*", Principal={"AWS": p})) for p in (USER, OWN))
    assert documents(document(PUBLIC), document(), Kind.RESOURCE)[0] == "more"
    assert ALLOWS in documents(document(PUBLIC), document(), Kind.RESOURCE)[1]
    assert (
        documents(direct, account, Kind.RESOURCE) == ("more", (NAMES_ITSELF,))
        or documents(direct, account, Kind.RESOURCE)[0] == "more"
    )
    assert documents(account, direct, Kind.RESOURCE)[0] == "more"
    assert documents(document(trust("*")), document(trust({"AWS": OWN})), Kind.TRUST)[0] == "more"


def test_a_witness_for_an_identity_policy_names_nobody() -> None:
    first, second = (parse_texts(d, Origin("x.json", "$", "x")) for d in (document(READ), document()))
    request = {"principal": USER, "action": "s3:GetObject", "resource": f"{BUCKET}/a"}
    with pytest.raises(Rejected, match="not by nobody in particular"):
        check_document_difference({"rule": WITNESS, "request": request}, first, second, Kind.IDENTITY, ANYTHING)
