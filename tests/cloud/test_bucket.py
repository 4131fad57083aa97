"""Buckets: their policy, and what of ACLs and Block Public Access is set."""

from __future__ import annotations

from typing import Any

import pytest

from checkers.cloud.bucket import AccountBuckets, buckets_path, read_buckets
from checkers.verdict import Unreadable
from cloud.setting import (
    BUCKET,
    CANONICAL,
    ENFORCED,
    FOREIGN,
    HOLDS,
    INCONCLUSIVE,
    OPEN_BLOCK,
    OTHER,
    OWN,
    ROLE,
    VIOLATED,
    allow,
    buckets,
    control,
    deny,
    document,
    iam,
    inventory_of,
    list_file,
    manifest,
    outcome,
    policy_of,
    reasons,
    role,
    s3_file,
    setting,
    tag_list,
)

POLICY_FILE, ACL_FILE = s3_file("get-bucket-policy"), s3_file("get-bucket-acl")
OWNERSHIP_FILE, BLOCK_FILE = s3_file("get-bucket-ownership-controls"), s3_file("get-public-access-block")
ACCOUNT_BLOCK_FILE = f"{OWN}/global/s3control/get-public-access-block.json"
OBJECTS = {"resource": ["${target.arn}/*"]}
Files = dict[str, Any]


def anonymous(**more: Any) -> Any:
    return control("bucket", principal=["anonymous"], **{**OBJECTS, **more})


def one_bucket(*parts: Files, policy: Any = None, errors: dict[str, str] | None = None) -> Files:
    return setting(buckets("logs"), policy_of("logs", policy) if policy else {}, *parts, errors=errors)


READ_ALL = document(allow(Principal="*"))


# The policy is a value, absent, denied, an error, or was never collected.


def test_a_bucket_with_a_policy_grants_what_it_says() -> None:
    files = one_bucket(policy=READ_ALL)
    assert outcome(files, anonymous()) == VIOLATED
    assert outcome(files, anonymous(action=["s3:PutObject"])) == HOLDS


def test_a_bucket_without_a_policy_grants_nothing() -> None:
    files = one_bucket(errors={POLICY_FILE: "NoSuchBucketPolicy"})
    assert outcome(files, anonymous()) == HOLDS


UNKNOWN = [
    ("denied", {POLICY_FILE: "AccessDenied"}, f"{POLICY_FILE}: denied (AccessDenied)"),
    ("an error", {POLICY_FILE: "Throttling"}, f"{POLICY_FILE}: error (Throttling)"),
    ("gone", {POLICY_FILE: "NoSuchBucket"}, f"{POLICY_FILE}: error (NoSuchBucket)"),
]


@pytest.mark.parametrize(("errors", "reason"), [pytest.param(*c[1:], id=c[0]) for c in UNKNOWN])
def test_a_policy_that_could_not_be_read_decides_nothing(errors: dict[str, str], reason: str) -> None:
    files = one_bucket(iam(roles=[role("reader", document(allow()))]), errors=errors)
    assert reasons(files, anonymous()) == f"{reason} (bucket policy of logs, {POLICY_FILE})"
    require = control("bucket", form="require", principal=[ROLE], **OBJECTS)
    assert reasons(files, require) == f"{reason} (bucket policy of logs, {POLICY_FILE})"


def test_a_policy_that_was_not_collected_decides_nothing() -> None:
    files = one_bucket()
    files["snapshot.json"] = manifest(OWN)
    assert reasons(files, anonymous()) == (
        f"{POLICY_FILE}: error (not collected) (bucket policy of logs, {POLICY_FILE})"
    )


def test_a_response_without_a_policy_decides_nothing() -> None:
    files = one_bucket({POLICY_FILE: {}})
    assert reasons(files, anonymous()) == f"a policy document is not an object (bucket policy of logs, {POLICY_FILE})"


# The list of buckets.

LISTS = [
    ("Buckets that are null", {"Buckets": None}, "Buckets is not a list of objects"),
    ("no Buckets", {}, "Buckets is not a list of objects"),
    ("a bucket without a name", {"Buckets": [{}]}, "Name is None, not text"),
    ("a bucket twice", {"Buckets": [{"Name": "a"}, {"Name": "a"}]}, "a bucket is listed twice"),
]


@pytest.mark.parametrize(("value", "message"), [pytest.param(*c[1:], id=c[0]) for c in LISTS])
def test_a_list_of_buckets_that_is_refused(value: Any, message: str) -> None:
    with pytest.raises(Unreadable) as caught:
        inventory_of(setting({list_file(): value}))
    assert str(caught.value) == f"{list_file()}: {message}"


@pytest.mark.parametrize("owner", [None, {}, {"ID": 7}, "text"])
def test_an_owner_that_is_not_known_is_nobody(owner: Any) -> None:
    inventory = inventory_of(setting({list_file(): {"Buckets": [], "Owner": owner}}))
    assert inventory.s3[OWN].owner == ""
    assert inventory.owners == {}


@pytest.mark.parametrize(
    ("code", "state"), [("AccessDenied", "denied"), ("NoSuchEntity", "error"), ("Throttling", "error")]
)
def test_buckets_that_could_not_be_listed_are_not_known(code: str, state: str) -> None:
    reason = f"{list_file()}: {state} ({code})"
    files = setting(errors={list_file(): code})
    assert read_buckets(inventory_of(files).snapshot, OWN, "aws") == AccountBuckets(OWN, problem=reason)
    assert reasons(files, anonymous()) == f"the bucket targets of {OWN} are not known: {reason}"
    assert buckets_path(OWN) == list_file()


def test_buckets_that_were_not_collected_are_not_known() -> None:
    files = {path: value for path, value in setting().items() if path != list_file()}
    assert reasons(files, anonymous()).endswith(f"{list_file()}: error (not collected)")


def test_a_list_of_buckets_that_is_cut_off_is_not_known() -> None:
    files = setting({list_file(): {"Buckets": [], "ContinuationToken": "more"}})
    assert reasons(files, anonymous()).endswith("error (the list is cut off: ContinuationToken)")


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_a_bucket_is_in_the_partition_of_its_account(partition: str) -> None:
    policy = document(allow(resource=f"arn:{partition}:s3:::logs/*", Principal="*"))
    files = one_bucket(policy=policy)
    files["snapshot.json"] = manifest(OWN, partition=partition)
    assert outcome(files, anonymous(), f"arn:{partition}:s3:::logs") == VIOLATED
    files |= policy_of("logs", document(allow(resource="arn:other:s3:::logs/*", Principal="*")))
    assert outcome(files, anonymous()) == HOLDS


# A policy speaks of its own bucket.


def test_a_policy_does_not_grant_access_to_another_bucket() -> None:
    policy = document(allow(resource="*", Principal="*"))
    files = setting(buckets("logs", "other"), policy_of("logs", policy))
    assert outcome(files, anonymous(), BUCKET) == VIOLATED
    assert outcome(files, anonymous(), "arn:aws:s3:::other") == HOLDS


def test_a_policy_does_not_grant_access_to_a_bucket_whose_name_begins_alike() -> None:
    files = setting(buckets("logs", "logs-2"), policy_of("logs", document(allow(resource="*", Principal="*"))))
    assert outcome(files, anonymous(resource=["arn:aws:s3:::logs-2/*"]), BUCKET) == HOLDS


# ACLs: a decider that is not modelled and can only allow.


def grant(**grantee: Any) -> Any:
    return {"Grantee": grantee, "Permission": "READ"}


ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
PREFERRED = {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}}
OWNER = grant(ID=CANONICAL[OWN], Type="CanonicalUser")
OBJECT_ACLS = "object ACLs are in force (ownership is not BucketOwnerEnforced) and are not in the snapshot"
ACLS: list[tuple[str, Files, dict[str, str], str]] = [
    ("owner only", {OWNERSHIP_FILE: PREFERRED, ACL_FILE: {"Grants": [OWNER]}}, {}, OBJECT_ACLS),
    ("no grants", {OWNERSHIP_FILE: PREFERRED, ACL_FILE: {"Grants": []}}, {}, OBJECT_ACLS),
    ("no ownership controls", {ACL_FILE: {"Grants": []}}, {OWNERSHIP_FILE: "OwnershipControlsNotFoundError"}, OBJECT_ACLS),
    ("everyone", {OWNERSHIP_FILE: PREFERRED, ACL_FILE: {"Grants": [OWNER, grant(URI=ALL_USERS)]}}, {}, f"the bucket ACL grants to {ALL_USERS}"),
    ("an e-mail address", {OWNERSHIP_FILE: PREFERRED, ACL_FILE: {"Grants": [grant(EmailAddress="a@example.com")]}}, {}, "the bucket ACL grants to a@example.com"),
    ("a foreign canonical user", {OWNERSHIP_FILE: PREFERRED, ACL_FILE: {"Grants": [grant(ID="feed")]}}, {}, "the bucket ACL grants to feed"),
    ("a grantee that is not named", {OWNERSHIP_FILE: PREFERRED, ACL_FILE: {"Grants": [grant()]}}, {}, "the bucket ACL grants to someone"),
    ("an ACL that is denied", {OWNERSHIP_FILE: PREFERRED}, {ACL_FILE: "AccessDenied"}, f"ACLs are in force and not known: {ACL_FILE}: denied (AccessDenied)"),
    ("an ACL that was not collected", {OWNERSHIP_FILE: PREFERRED}, {}, f"ACLs are in force and not known: {ACL_FILE}: error (not collected)"),
    ("ownership that is denied", {}, {OWNERSHIP_FILE: "AccessDenied"}, f"ACLs are in force and not known: {ACL_FILE}: error (not collected)"),
    ("ownership in another form", {OWNERSHIP_FILE: {"OwnershipControls": {"Rules": {}}}, ACL_FILE: {"Grants": []}}, {}, OBJECT_ACLS),
    ("ownership that is text", {OWNERSHIP_FILE: {"OwnershipControls": "BucketOwnerEnforced"}, ACL_FILE: {"Grants": []}}, {}, OBJECT_ACLS),
    ("two rules of ownership", {OWNERSHIP_FILE: {"OwnershipControls": {"Rules": [{"ObjectOwnership": o} for o in ("BucketOwnerEnforced", "ObjectWriter")]}}, ACL_FILE: {"Grants": []}}, {}, OBJECT_ACLS),
]  # fmt: skip
ACL_CASES = [pytest.param(*c[1:], id=c[0]) for c in ACLS]


@pytest.mark.parametrize(("parts", "errors", "reason"), ACL_CASES)
def test_an_acl_in_force_makes_a_refutation_inconclusive(parts: Files, errors: dict[str, str], reason: str) -> None:
    files = one_bucket(parts, errors=errors)
    assert reasons(files, anonymous()) == f"unmodelled: {BUCKET}: {reason}"
    files = one_bucket(parts, policy=document(deny("s3:PutObject", Principal="*")), errors=errors)
    assert reasons(files, anonymous()) == f"unmodelled: {POLICY_FILE}: {reason}"


@pytest.mark.parametrize(("parts", "errors", "reason"), ACL_CASES)
def test_an_acl_in_force_leaves_the_rest_standing(parts: Files, errors: dict[str, str], reason: str) -> None:
    assert reason
    files = one_bucket(parts, policy=READ_ALL, errors=errors)
    assert outcome(files, anonymous()) == VIOLATED
    assert outcome(files, anonymous(action=["s3:PutBucketPolicy"], resource=["${target.arn}"])) == HOLDS
    files = one_bucket(parts, policy=document(deny(Principal="*")), errors=errors)
    assert outcome(files, anonymous()) == HOLDS


def test_an_acl_in_force_does_not_make_a_requirement_hold() -> None:
    files = one_bucket({OWNERSHIP_FILE: PREFERRED, ACL_FILE: {"Grants": [grant(URI=ALL_USERS)]}})
    found = reasons(files, control("bucket", form="require", principal=["anonymous"], **OBJECTS))
    assert found == f"unmodelled: {BUCKET}: the bucket ACL grants to {ALL_USERS}"


def test_without_acls_nothing_changes() -> None:
    files = one_bucket({OWNERSHIP_FILE: ENFORCED, ACL_FILE: {"Grants": [grant(URI=ALL_USERS)]}})
    assert outcome(files, anonymous()) == HOLDS


GRANTS = [
    ("grants that are null", {"Grants": None}, "Grants is not a list of objects"),
    ("no grants", {}, "Grants is not a list of objects"),
    ("a grant without Grantee", {"Grants": [{"Permission": "READ"}]}, "a grant without Grantee"),
    ("a grant to a text", {"Grants": [{"Grantee": "x"}]}, "a grant without Grantee"),
]


@pytest.mark.parametrize(("value", "message"), [pytest.param(*c[1:], id=c[0]) for c in GRANTS])
def test_an_acl_that_is_refused(value: Any, message: str) -> None:
    with pytest.raises(Unreadable) as caught:
        inventory_of(one_bucket({OWNERSHIP_FILE: PREFERRED, ACL_FILE: value}))
    assert str(caught.value) == f"{ACL_FILE}: {message}"


# Block Public Access: a decider that is not modelled and can only deny.

RESTRICTED = {"PublicAccessBlockConfiguration": {"RestrictPublicBuckets": True}}
ABSENT_BLOCK = "NoSuchPublicAccessBlockConfiguration"
BLOCKS: list[tuple[str, Files, dict[str, str], str]] = [
    ("on for the bucket", {BLOCK_FILE: RESTRICTED}, {}, f"{BLOCK_FILE}: RestrictPublicBuckets is on"),
    ("on for the account", {ACCOUNT_BLOCK_FILE: RESTRICTED}, {}, f"{ACCOUNT_BLOCK_FILE}: RestrictPublicBuckets is on"),
    ("on for the account of a bucket without", {ACCOUNT_BLOCK_FILE: RESTRICTED}, {BLOCK_FILE: ABSENT_BLOCK}, f"{ACCOUNT_BLOCK_FILE}: RestrictPublicBuckets is on"),
    ("without its flag", {BLOCK_FILE: {"PublicAccessBlockConfiguration": {}}}, {}, f"{BLOCK_FILE}: RestrictPublicBuckets is on"),
    ("with a flag that is text", {BLOCK_FILE: {"PublicAccessBlockConfiguration": {"RestrictPublicBuckets": "false"}}}, {}, f"{BLOCK_FILE}: RestrictPublicBuckets is on"),
    ("in another form", {BLOCK_FILE: {}}, {}, f"{BLOCK_FILE}: RestrictPublicBuckets is on"),
    ("denied", {}, {BLOCK_FILE: "AccessDenied"}, f"{BLOCK_FILE}: denied (AccessDenied)"),
    ("an error for the account", {}, {ACCOUNT_BLOCK_FILE: "Throttling"}, f"{ACCOUNT_BLOCK_FILE}: error (Throttling)"),
]  # fmt: skip


@pytest.mark.parametrize(("parts", "errors", "reason"), [pytest.param(*c[1:], id=c[0]) for c in BLOCKS])
def test_block_public_access_makes_a_witness_inconclusive(parts: Files, errors: dict[str, str], reason: str) -> None:
    files = one_bucket(parts, policy=READ_ALL, errors=errors)
    named = f"unmodelled: {BUCKET}: Block Public Access is not modelled: {reason}"
    assert reasons(files, anonymous()) == named
    assert reasons(files, control("bucket", principal=[FOREIGN], **OBJECTS)) == named
    assert reasons(files, control("bucket", form="require", principal=["anonymous"], **OBJECTS)) == named


def test_block_public_access_that_was_not_collected_makes_a_witness_inconclusive() -> None:
    files = one_bucket(policy=READ_ALL)
    del files[BLOCK_FILE]
    assert reasons(files, anonymous()).endswith(f"{BLOCK_FILE}: error (not collected)")


def test_block_public_access_leaves_the_rest_standing() -> None:
    files = one_bucket({BLOCK_FILE: RESTRICTED}, policy=READ_ALL)
    assert outcome(files, anonymous(action=["s3:PutObject"])) == HOLDS
    assert outcome(files, control("bucket", principal=["account"], **OBJECTS)) == VIOLATED
    assert outcome(files, control("bucket", principal=["service"], **OBJECTS)) == VIOLATED


@pytest.mark.parametrize(
    ("parts", "errors"),
    [
        pytest.param({BLOCK_FILE: OPEN_BLOCK}, {}, id="off for both"),
        pytest.param({}, {BLOCK_FILE: ABSENT_BLOCK, ACCOUNT_BLOCK_FILE: ABSENT_BLOCK}, id="absent for both"),
    ],
)
def test_block_public_access_that_is_off_changes_nothing(parts: Files, errors: dict[str, str]) -> None:
    assert outcome(one_bucket(parts, policy=READ_ALL, errors=errors), anonymous()) == VIOLATED


def test_block_public_access_of_a_bucket_without_a_policy_is_no_ledger_entry() -> None:
    files = one_bucket({BLOCK_FILE: RESTRICTED})
    assert inventory_of(files).unmodelled == ()


# Tags, in `where`.

TAGS_FILE = s3_file("get-bucket-tagging")
BY_TAG = {"where": {"tag": {"class": ["secret"]}}}


@pytest.mark.parametrize(
    ("value", "selected"),
    [
        pytest.param({"class": "secret"}, True, id="the tag"),
        pytest.param({"class": "open"}, False, id="another value"),
        pytest.param({}, False, id="no tags"),
    ],
)
def test_a_bucket_is_selected_by_its_tags(value: dict[str, str], selected: bool) -> None:
    files = one_bucket({TAGS_FILE: {"TagSet": tag_list(value)}}, policy=READ_ALL)
    if selected:
        assert outcome(files, anonymous(more=BY_TAG)) == VIOLATED
    else:
        assert outcome(files, anonymous(more={"where": {"not_tag": BY_TAG["where"]["tag"]}})) == VIOLATED


@pytest.mark.parametrize("code", ["AccessDenied", "Throttling"])
def test_a_bucket_whose_tags_are_not_known_is_selected_and_inconclusive(code: str) -> None:
    files = one_bucket(policy=READ_ALL, errors={TAGS_FILE: code})
    for where in ("tag", "not_tag"):
        assert reasons(files, anonymous(more={"where": {where: {"class": ["secret"]}}})) == "its tags are not known"
    assert outcome(files, anonymous()) == VIOLATED


def test_tags_that_were_not_collected_are_not_known() -> None:
    files = one_bucket(policy=READ_ALL)
    del files[TAGS_FILE]
    assert reasons(files, anonymous(more=BY_TAG)) == "its tags are not known"


def test_a_bucket_that_has_no_tags_is_known_to_have_none() -> None:
    files = one_bucket(policy=READ_ALL, errors={TAGS_FILE: "NoSuchTagSet"})
    assert outcome(files, anonymous(more={"where": {"not_tag": {"class": ["*"]}}})) == VIOLATED


@pytest.mark.parametrize(
    ("value", "message"),
    [({"TagSet": None}, "TagSet is not a list of objects"), ({"TagSet": [{"Key": "a"}]}, "Value is None, not text")],
)
def test_tags_that_are_refused(value: Any, message: str) -> None:
    with pytest.raises(Unreadable) as caught:
        inventory_of(one_bucket({TAGS_FILE: value}))
    assert str(caught.value) == f"{TAGS_FILE}: {message}"


def test_a_list_of_some_of_the_buckets_is_not_the_list() -> None:
    files = setting({list_file(): {"Buckets": [], "Prefix": "prod-", "Owner": {"ID": "c"}}})
    found = reasons(files, control("account", principal=["anonymous"]))
    assert found == f"unmodelled: {list_file()}: {list_file()}: only buckets that begin with 'prod-'"


def test_a_rule_of_ownership_that_cannot_be_read_is_not_dropped() -> None:
    rules = {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}, None]}}
    files = one_bucket({OWNERSHIP_FILE: rules, ACL_FILE: {"Grants": []}})
    assert outcome(files, anonymous()) == INCONCLUSIVE


def test_a_bucket_in_two_accounts_is_refused() -> None:
    files = setting(buckets("logs"), buckets("logs", account=OTHER), policy_of("logs", READ_ALL), accounts=(OWN, OTHER))
    with pytest.raises(Unreadable, match=r"^a bucket is listed twice, by two accounts$"):
        outcome(files, control("account", principal=["anonymous"]), OWN)
