"""Claims: their question on both sides, and what a certificate makes of them."""

from __future__ import annotations

from typing import Any

import pytest

from auditctl.audit import claims_of
from auditctl.search.solve import Refutation, solve
from checkers.cloud.causes import RULE as CAUSES
from checkers.cloud.claims import FACTS, OBJECT_ACTIONS, REFUTATION, WITHOUT, WITNESS, Outcome, check_claim, question_of
from checkers.cloud.control import FACTS as FACT_NAMES
from checkers.cloud.derivation import only_of
from checkers.cloud.request import parse_request
from checkers.kernel.formula import Arity
from checkers.limits import MAX_PATTERN_CHARS
from checkers.verdict import Declined, Rejected
from cloud.setting import (
    BUCKET,
    HOLDS,
    OWN,
    POLICY,
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
    iam_file,
    lone_bucket,
    lone_policy,
    lone_role,
    lone_user,
    managed,
    outcome,
    result,
    role,
    setting,
    user,
)

REQUEST = {"principal": ROLE, "action": "s3:GetObject", "resource": "*"}


def checked(files: Any, asked: Any, certificate: Any) -> Outcome:
    claim, inventory = claim_of(files, asked)
    return check_claim(claim, certificate, inventory)[0]


def witness(**members: Any) -> Any:
    return {"rule": WITNESS, "request": {**REQUEST, **members}}


FORMS = [
    ("forbid", {}, lone_role(allow()), VIOLATED, WITNESS),
    ("forbid", {}, lone_role(), HOLDS, REFUTATION),
    ("require", {}, lone_role(allow()), HOLDS, WITNESS),
    ("require", {}, lone_role(), VIOLATED, REFUTATION),
    ("require", {"all": True}, lone_role(allow()), HOLDS, REFUTATION),
    ("require", {"all": True}, lone_role(), VIOLATED, WITNESS),
]


@pytest.mark.parametrize(("form", "request_", "files", "expected", "rule"), FORMS)
def test_what_a_certificate_means_for_a_form(form: str, request_: Any, files: Any, expected: str, rule: str) -> None:
    found = result(files, control("role", form=form, **request_))
    assert found.certificate is not None
    assert (found.outcome.value, found.certificate["rule"]) == (expected, rule)


RULES = f"this checker knows {', '.join((REFUTATION, *WITHOUT, WITNESS, CAUSES))}"
REFUSED = [
    ("no rule", {}, Declined, f"rule None; {RULES}"),
    ("an unknown rule", {"rule": "witness/2"}, Declined, f"rule 'witness/2'; {RULES}"),
    ("a rule that is a list", {"rule": [WITNESS]}, Declined, f"rule ['witness/1']; {RULES}"),
    ("no request", {"rule": WITNESS}, Rejected, "a witness has exactly the members rule and request"),
    ("more than a request", {**witness(), "note": ""}, Rejected, "a witness has exactly the members rule and request"),
    ("a request that is null", {"rule": WITNESS, "request": None}, Rejected, "a request is not an object of"),
    ("another principal", witness(principal="anonymous"), Rejected, f"the request is made by 'anonymous'; the claim is about {ROLE}"),
    ("no principal", witness(principal=""), Rejected, f"the request is made by ''; the claim is about {ROLE}"),
    ("another action", witness(action="s3:PutObject"), Rejected, "the question is false for the witness"),
    ("a resource that is none", witness(resource="logs"), Rejected, "the question is false for the witness"),
    ("a context that contradicts", witness(context={"aws:principalarn": ["x"]}), Rejected, "the request gives aws:principalarn as ['x']"),
]  # fmt: skip


@pytest.mark.parametrize(("certificate", "kind", "message"), [pytest.param(*c[1:], id=c[0]) for c in REFUSED])
def test_a_certificate_that_is_refused(certificate: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as caught:
        checked(lone_role(allow()), control("role"), certificate)
    assert type(caught.value) is kind
    assert str(caught.value).startswith(message)


def test_a_witness_that_is_accepted() -> None:
    assert checked(lone_role(allow()), control("role"), witness()) is Outcome.VIOLATED
    assert checked(lone_role(allow()), control("role"), witness(action="S3:GETOBJECT")) is Outcome.VIOLATED


@pytest.mark.parametrize("kind", ["role", "policy", "account"])
def test_a_witness_is_a_request_that_the_control_speaks_of(kind: str) -> None:
    files = setting(
        iam(roles=[role("reader", document(allow("s3:*")))], policies=[managed("asked", document(allow("s3:*")))])
    )
    anyone = {"principal": ["anyone"]} if kind == "account" else {}
    asked = control(kind, resource=["arn:aws:s3:::web/*"], **anyone)
    one = {"principal": "" if kind == "policy" else ROLE, "resource": "arn:aws:s3:::web/x"}
    assert checked(files, asked, witness(**one)) is Outcome.VIOLATED
    for other in ({"action": "s3:PutObject"}, {"resource": f"{BUCKET}/x"}):
        with pytest.raises(Rejected, match="the question is false for the witness"):
            checked(files, asked, witness(**{**one, **other}))


def test_a_witness_of_a_document_has_no_principal() -> None:
    files, asked = lone_policy(allow()), control("policy")
    assert checked(files, asked, witness(principal="")) is Outcome.VIOLATED
    with pytest.raises(Rejected, match=f"the request is made by '{ROLE}'; the claim is about a policy alone"):
        checked(files, asked, witness())


def test_a_witness_of_a_scope_is_of_the_scope() -> None:
    files = lone_bucket(allow(Principal="*"))
    asked = control("bucket", principal=["anonymous"], resource=["${target.arn}/*"])
    resource = f"{BUCKET}/x"
    assert checked(files, asked, witness(principal="anonymous", resource=resource)) is Outcome.VIOLATED
    for principal in (f"arn:aws:iam::{OWN}:root", "", "canonical:c"):
        with pytest.raises(Rejected, match="the question is false for the witness"):
            checked(files, asked, witness(principal=principal, resource=resource))


def test_a_witness_needs_the_flag_of_a_foreign_caller() -> None:
    files = lone_bucket(allow(Principal="*"))
    asked = control("bucket", principal=["999988887777"], resource=["${target.arn}/*"])
    caller = {"principal": "arn:aws:iam::999988887777:role/x", "resource": f"{BUCKET}/x"}
    assert checked(files, asked, witness(**caller, flags={"caller:identity-allows": True})) is Outcome.VIOLATED
    for flags in ({}, {"caller:identity-allows": False}, {"CALLER-ALLOWED": True}):
        with pytest.raises(Rejected, match="the question is false for the witness"):
            checked(files, asked, witness(**caller, flags=flags))


def test_a_witness_does_not_give_two_values_to_a_key_that_has_one() -> None:
    files = lone_role(allow(Condition={"StringEquals": {"aws:RequestTag/a": "b"}}))
    assert checked(files, control("role"), witness(context={"aws:requesttag/a": ["b"]})) is Outcome.VIOLATED
    with pytest.raises(Rejected, match="2 values to aws:requesttag/a, which has at most one"):
        checked(files, control("role"), witness(context={"aws:requesttag/a": ["b", "c"]}))


def test_a_witness_has_keys_that_agree_with_its_caller_whichever_policies_mention_them() -> None:
    """What is about other requests is not read, and what AWS puts into every request is still asked."""
    signed = {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
    files = lone_bucket(allow(Principal="*"), allow("s3:PutObject", Principal="*", Condition=signed))
    asked = control("bucket", principal=["anonymous"], action=["s3:*"], resource=["${target.arn}/*"])
    request = {"principal": "anonymous", "resource": f"{BUCKET}/x"}
    assert checked(files, asked, witness(**request)) is Outcome.VIOLATED
    for key in ("aws:principalorgid", "aws:username"):
        with pytest.raises(Rejected, match="the question is false for the witness"):
            checked(files, asked, witness(**request, context={key: ["o-a1b2c3d4e5"]}))


def only(**members: Any) -> Any:
    return only_of(parse_request({**REQUEST, **members}))


def pinned(action: str) -> Any:
    """A statement for which the user name, which follows from the caller, is a variable of the question."""
    return allow(action, Condition={"StringEquals": {"aws:username": "${aws:RequestTag/x}"}})


@pytest.mark.parametrize("kind", ["user", "account"])
def test_a_request_without_the_keys_of_its_caller_is_none_that_is_refused(kind: str) -> None:
    everyone = {"principal": [USER]} if kind == "account" else {}
    every = control(kind, form="require", all=True, **everyone)
    assert result(lone_user(allow(), pinned("s3:GetObject")), every).outcome.value == HOLDS
    some = control(kind, form="require", all=True, action=["s3:GetObject", "s3:Put*"], **everyone)
    for files in (lone_user(pinned("s3:GetObject")), lone_user(allow(), pinned("s3:PutObject"))):
        found = result(files, some)
        assert found.certificate is not None
        assert (found.outcome.value, found.certificate["request"]["context"]["aws:username"]) == (VIOLATED, ["alice"])


def test_the_keys_of_one_caller_are_not_those_of_another() -> None:
    files = setting(iam(users=[user(name, document(pinned("s3:GetObject"))) for name in ("alice", "bob")]))
    assert outcome(files, control("account", principal=["anyone"])) == VIOLATED


@pytest.mark.parametrize("kind", ["role", "policy"])
def test_a_witness_may_be_longer_than_a_pattern(kind: str) -> None:
    granted = allow(resource="arn:aws:s3:::b/*" + "z" * 1500)
    files = {"role": lone_role, "policy": lone_policy}[kind](granted)
    found = result(files, control(kind, resource=["arn:aws:s3:::b/" + "a" * 1500 + "*"]))
    assert found.certificate is not None
    assert (found.outcome.value, len(found.certificate["request"]["resource"]) > MAX_PATTERN_CHARS) == (VIOLATED, True)


def test_a_value_in_no_network_is_no_address() -> None:
    nowhere = {"ForAnyValue:NotIpAddress": {"app:sources": ["0.0.0.0/0", "::/0"]}}
    found = result(lone_role(allow(Condition=nowhere)), control("role"))
    assert found.certificate is not None
    assert found.certificate["request"]["context"] == {"app:sources": ["not an address"]}


def test_of_one_request_only_what_may_be_about_it_is_read() -> None:
    unless = {"Effect": "Deny", "NotAction": "s3:Get*", "Resource": "*"}
    given = document(allow(), allow("s3:PutObject"), unless, allow("s3:*", f"{BUCKET}/*"))
    policies = [managed("asked", given)]
    files = setting(
        iam(roles=[role("reader", given), role("writer", given)], policies=policies), buckets("logs", "web")
    )
    writer = ROLE.replace("reader", "writer")

    def read(target: str, **members: Any) -> list[str]:
        """The statements that are read for a target: for one request where its members are given."""
        kind = {OWN: "account", POLICY: "policy"}.get(target, "role")
        asked = control(kind, action=["s3:*"], **({"principal": ["anyone"]} if kind == "account" else {}))
        claim, inventory = claim_of(files, asked, target)
        only = only_of(parse_request({**REQUEST, "principal": writer, **members})) if members else None
        found = question_of(claim, inventory, wide=False, only=only)
        return [f"{note.caller.rpartition('/')[2]} {note.statement.path}" for note in found.notes]

    first, second, third, fourth = (f"writer Statement[{i}]" for i in range(4))
    assert read(writer) == [first, second, third, fourth]
    assert read(writer, resource="*") == [first]
    assert read(writer, resource=f"{BUCKET}/x") == [first, fourth]
    assert read(writer, action="S3:putobject") == [second, third]
    assert read(OWN, resource=f"{BUCKET}/x") == [first, fourth]
    assert read(POLICY, action="s3:PutObject") == [" Statement[1]", " Statement[2]", " Statement[3]"]
    assert {note.split()[0] for note in read(OWN)} == {"reader", "writer"}


TLS = {"Bool": {"aws:SecureTransport": ["false"]}}
DENIED = lone_bucket(deny(["s3:*"], Principal="*", Condition=TLS))
OWN_DENY = setting(iam(roles=[role("reader", document(allow(), deny()))]), buckets("logs"))


def refutation_without(files: Any, asked: Any, rule: str) -> Any:
    """A refutation of the question without some policies, as the search makes it."""
    claim, inventory = claim_of(files, asked)
    found = solve(question_of(claim, inventory, wide=True, leaves_out=WITHOUT[rule]).question)
    assert isinstance(found, Refutation)
    return {**found.data, "rule": rule}


def test_what_a_resource_denies_everyone_needs_no_identity_policy() -> None:
    rule = "refutation-without-identities/1"
    asked = control("bucket", principal=["anyone"], resource=["${target.arn}/*"], condition=TLS)
    certificate = refutation_without(DENIED, asked, rule)
    assert checked(DENIED, asked, certificate) is Outcome.HOLDS
    everyone = control("bucket", form="require", all=True, principal=["anyone"], resource=["${target.arn}/*"])
    for files, other in ((lone_bucket(), asked), (DENIED, everyone), (lone_role(), control("role"))):
        with pytest.raises(Rejected):
            checked(files, other, certificate)
    with pytest.raises(Rejected, match="the certificate is for question"):
        checked(DENIED, asked, {**certificate, "rule": REFUTATION})


def test_what_a_caller_is_denied_needs_no_resource_policy() -> None:
    rule = "refutation-without-resources/1"
    certificate = refutation_without(OWN_DENY, control("role"), rule)
    assert checked(OWN_DENY, control("role"), certificate) is Outcome.HOLDS
    some = control("bucket", principal=["anyone"], resource=["${target.arn}/*"])
    every = control("role", form="require", all=True)
    for files, other in ((DENIED, some), (OWN_DENY, every), (lone_policy(deny()), control("policy"))):
        with pytest.raises(Rejected, match="cannot leave out the policies of resources"):
            checked(files, other, certificate)


def test_a_refutation_of_another_claim_is_refused() -> None:
    found = result(lone_role(deny()), control("role"))
    assert found.certificate is not None
    with pytest.raises(Rejected):
        checked(lone_role(allow()), control("role"), found.certificate)


def test_nothing_is_proved_of_a_target_that_is_not_known() -> None:
    files = setting(errors={iam_file(OWN): "AccessDenied"})
    constant = result(lone_role(), control("role")).certificate
    assert constant is not None
    with pytest.raises(Rejected):
        checked(files, control("role"), constant)
    with pytest.raises(Rejected, match="the question is false for the witness"):
        checked(files, control("role"), witness(principal=""))


def test_a_claim_is_named_by_control_and_target() -> None:
    inventory = claim_of(lone_role(allow()), control("role"))[1]
    found = claims_of([control("role"), control("bucket", principal=["anyone"])], inventory)
    assert [c.id for c in found] == [("asked", ROLE)]


def test_the_two_sides_are_one_question_where_nothing_is_open() -> None:
    claim, inventory = claim_of(lone_policy(allow(), deny("s3:Put*")), control("policy"))
    wide, narrow = (question_of(claim, inventory, wide=side) for side in (True, False))
    assert wide.question.digest == narrow.question.digest
    assert wide.readings == narrow.readings == ()
    assert wide.scope is None
    assert claim.target.id == POLICY


# Facts.


def test_every_fact_that_a_control_can_name_is_known() -> None:
    assert tuple(FACTS) == FACT_NAMES


TYPES = [
    ("an object action on an object", "s3:GetObject", f"{BUCKET}/x", VIOLATED),
    ("an object action on a bucket", "s3:GetObject", BUCKET, HOLDS),
    ("a bucket action on a bucket", "s3:ListBucket", BUCKET, VIOLATED),
    ("a bucket action on an object", "s3:ListBucket", f"{BUCKET}/x", HOLDS),
    ("an action of another service", "ec2:RunInstances", f"{BUCKET}/x", VIOLATED),
]


@pytest.mark.parametrize(("action", "resource", "expected"), [pytest.param(*c[1:], id=c[0]) for c in TYPES])
def test_actions_go_to_resources_of_their_type(action: str, resource: str, expected: str) -> None:
    asked = {"action": [action], "resource": [resource]}
    assert outcome(lone_role(allow("*")), control("role", **asked)) == VIOLATED
    assert outcome(lone_role(allow("*")), control("role", more={"assume": ["s3-resource-types"]}, **asked)) == expected


def test_object_actions_are_in_lower_case() -> None:
    assert "s3:getobject" in OBJECT_ACTIONS
    assert "s3:listbucket" not in OBJECT_ACTIONS


# Where the search and the checker meet.


def test_a_whole_snapshot_is_decided() -> None:
    files = setting(
        iam(roles=[role("reader", document(allow())), role("writer", document(allow("s3:PutObject")))]), buckets("logs")
    )
    assert outcome(files, control("role"), ROLE) == VIOLATED
    assert outcome(files, control("role"), f"arn:aws:iam::{OWN}:role/writer") == HOLDS


def test_an_object_action_goes_to_an_object_behind_an_access_point() -> None:
    resource = f"arn:aws:s3:eu-west-1:{OWN}:accesspoint/front/object/x"
    asked = control("role", resource=[resource], more={"assume": ["s3-resource-types"]})
    assert outcome(lone_role(allow()), asked) == VIOLATED


def test_the_keys_that_only_a_grant_uses_as_sets_have_several_values() -> None:
    name = "1234abcd-12ab-34cd-56ef-1234567890ab"
    arn, folder = f"arn:aws:kms:eu-west-1:{OWN}:key/{name}", f"{OWN}/eu-west-1/kms"
    grant = {
        "GranteePrincipal": ROLE,
        "Operations": ["Decrypt"],
        "Constraints": {"EncryptionContextEquals": {"team": "red", "stage": "live"}},
    }
    files = setting(iam(roles=[role("reader")]), {
        f"{folder}/list-keys.json": {"Keys": [{"KeyId": name, "KeyArn": arn}]},
        f"{folder}/get-key-policy/{name}.json": {"Policy": '{"Version": "2012-10-17", "Statement": []}'},
        f"{folder}/list-grants/{name}.json": {"Grants": [grant]},
        f"{folder}/describe-key/{name}.json": {"KeyMetadata": {"Arn": arn, "KeyManager": "CUSTOMER"}},
    })  # fmt: skip
    asked = control("role", action=["kms:Decrypt"], resource=[arn])
    derived = question_of(*claim_of(files, asked), wide=True)
    arities = {v.name: v.arity for v in derived.question.formula.variables()}
    assert arities["kms:encryptioncontextkeys"] is Arity.MANY
    assert outcome(files, asked) == VIOLATED
