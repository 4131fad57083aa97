"""Buckets: their policy, what their ACLs grant, and Block Public Access."""

from __future__ import annotations

import json
from typing import Any

import pytest

from checkers.cloud.bucket import (
    BUCKET_ACL_ACTIONS,
    OBJECT_ACL_ACTIONS,
    VERSION_ACTIONS,
    AccountBuckets,
    Bucket,
    buckets_path,
    read_buckets,
)
from checkers.cloud.policy import Origin, Principals
from checkers.kernel.globs import STAR, GlobSet
from checkers.verdict import Unreadable
from cloud.setting import (
    BUCKET,
    CANONICAL,
    ENFORCED,
    FOREIGN,
    HOLDS,
    INCONCLUSIVE,
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


# ACLs. Files of the bucket `logs`, whose ACLs count unless a file says otherwise.


def grant(permission: Any = "READ", **grantee: Any) -> Any:
    return {"Grantee": grantee, "Permission": permission}


GROUPS = "http://acs.amazonaws.com/groups"
ALL_USERS, AUTHENTICATED = f"{GROUPS}/global/AllUsers", f"{GROUPS}/global/AuthenticatedUsers"
OWNER = grant("FULL_CONTROL", ID=CANONICAL[OWN], Type="CanonicalUser")
ROOT_FOLDER = f"{OWN}/global/s3"
OBJECTS_FILE, VERSIONING_FILE = s3_file("list-objects-v2"), s3_file("get-bucket-versioning")
DELETES = "whether WRITE in the ACL of a bucket allows to delete"


def ownership(rule: Any) -> Any:
    return {"OwnershipControls": {"Rules": [{"ObjectOwnership": rule}]}}


def settings(*, ignore: Any = False, restrict: Any = False) -> Any:
    return {"PublicAccessBlockConfiguration": {"IgnorePublicAcls": ignore, "RestrictPublicBuckets": restrict}}


PREFERRED = ownership("BucketOwnerPreferred")


def acl_of(*grants: Any, owner: str = CANONICAL[OWN]) -> Any:
    return {"Owner": {"ID": owner}, "Grants": list(grants)}


def object_file(key: str) -> str:
    return f"{ROOT_FOLDER}/get-object-acl/logs/{key}.json"


def with_acls(*grants: Any, errors: dict[str, str] | None = None, **files: Any) -> Files:
    """A bucket whose ACL and objects are known. `files` has more objects by their key, with their ACL."""
    found = {
        OWNERSHIP_FILE: PREFERRED,
        ACL_FILE: acl_of(*grants),
        OBJECTS_FILE: {"Contents": [{"Key": key} for key in files], "IsTruncated": False},
        VERSIONING_FILE: {},
        BLOCK_FILE: settings(),
        ACCOUNT_BLOCK_FILE: settings(),
        **{object_file(key): value for key, value in files.items()},
    }
    return one_bucket(found, errors=errors)


def read(files: Files) -> Bucket:
    return inventory_of(files).buckets[0]


def granted(bucket: Bucket) -> list[tuple[Any, ...]]:
    """The statements of the ACLs: principals, actions, resources, and the doubt about them."""
    found = []
    for statement in (s for d in bucket.acl for s in d.statements):
        assert statement.resources is not None
        assert statement.effect == "Allow"
        assert statement.principals is not None
        wide, narrow, doubts = statement.resources.wide, statement.resources.narrow, statement.resources.readings
        assert isinstance(wide, GlobSet)
        assert narrow == (GlobSet([]) if doubts else wide)
        found.append((statement.principals, statement.actions.patterns, wide.patterns, "".join(doubts)))
    return found


EVERYONE, SIGNED = Principals(everyone=True), Principals(signed=True)
LISTING = ("s3:listbucket", "s3:listbucketmultipartuploads", "s3:listbucketversions")
DELETING = ("s3:deleteobject", "s3:deleteobjectversion")
READING = ("s3:getobject", "s3:getobjecttorrent", "s3:getobjectversion")
INSIDE = f"{BUCKET}/{STAR}"
UNKNOWN_GRANTEE = "a grantee that is not known"
GRANTEES = [
    ("everyone", {"URI": ALL_USERS, "Type": "Group"}, EVERYONE, ""),
    ("every signed principal", {"URI": AUTHENTICATED, "Type": "Group"}, SIGNED, ""),
    ("log delivery", {"URI": f"{GROUPS}/s3/LogDelivery", "Type": "Group"}, Principals(service=("logging.s3.amazonaws.com",)), ""),
    ("a canonical user", {"ID": "feed", "Type": "CanonicalUser"}, Principals(canonical=("feed",)), ""),
    ("an account by its e-mail address", {"EmailAddress": "a@example.com"}, Principals(canonical=("email:a@example.com",)), ""),
    ("a group that is not known", {"URI": f"{GROUPS}/global/Friends"}, EVERYONE, UNKNOWN_GRANTEE),
    ("nobody that is named", {"Type": "Group"}, EVERYONE, UNKNOWN_GRANTEE),
]  # fmt: skip


@pytest.mark.parametrize(("grantee", "principals", "doubt"), [pytest.param(*c[1:], id=c[0]) for c in GRANTEES])
def test_a_grantee_is_a_principal(grantee: Any, principals: Principals, doubt: str) -> None:
    bucket = read(with_acls(OWNER, grant(**grantee)))
    assert granted(bucket) == [(principals, LISTING, (BUCKET,), doubt)]
    assert bucket.acl[0].origin == Origin(ACL_FILE, "$.Grants[1]", "ACL of logs")


PERMISSIONS = [
    ("READ", [(LISTING, (BUCKET,), "")], [(READING, "")]),
    ("WRITE", [(("s3:putobject",), (INSIDE,), ""), (DELETING, (INSIDE,), DELETES)], []),
    ("READ_ACP", [(("s3:getbucketacl",), (BUCKET,), "")], [(("s3:getobjectacl", "s3:getobjectversionacl"), "")]),
    ("WRITE_ACP", [(("s3:putbucketacl",), (BUCKET,), "")], [(("s3:putobjectacl", "s3:putobjectversionacl"), "")]),
    (
        "FULL_CONTROL",
        [
            (("s3:getbucketacl", *LISTING, "s3:putbucketacl"), (BUCKET,), ""),
            (("s3:putobject",), (INSIDE,), ""),
            (DELETING, (INSIDE,), DELETES),
        ],
        [
            (
                (
                    "s3:getobject",
                    "s3:getobjectacl",
                    "s3:getobjecttorrent",
                    "s3:getobjectversion",
                    "s3:getobjectversionacl",
                    "s3:putobjectacl",
                    "s3:putobjectversionacl",
                ),
                "",
            )
        ],
    ),
]


@pytest.mark.parametrize(("permission", "on_bucket", "on_object"), PERMISSIONS)
def test_a_permission_is_actions(permission: str, on_bucket: Any, on_object: Any) -> None:
    given = grant(permission, URI=ALL_USERS)
    assert granted(read(with_acls(given))) == [(EVERYONE, *row) for row in on_bucket]
    bucket = read(with_acls(**{"a/b": acl_of(given)}))
    assert granted(bucket) == [(EVERYONE, actions, (f"{BUCKET}/a/b",), doubt) for actions, doubt in on_object]
    assert bucket.acl[0].origin == Origin(object_file("a/b"), "$.Grants[0]", "ACL of logs/a/b")


def test_the_statements_of_a_grant_are_told_apart() -> None:
    paths = [s.path for d in read(with_acls(grant("FULL_CONTROL", URI=ALL_USERS))).acl for s in d.statements]
    assert len(set(paths)) == len(paths)


@pytest.mark.parametrize("permission", ["ALL", None, ["READ"]])
def test_a_permission_that_is_not_known_may_be_any(permission: Any) -> None:
    found = granted(read(with_acls(grant(permission, ID="feed"))))
    assert {action for _, actions, _, _ in found for action in actions} == set(BUCKET_ACL_ACTIONS.patterns)
    assert {doubt for *_, doubt in found} == {f"the permission {permission!r}, which is not known"}
    found = granted(read(with_acls(a=acl_of(grant(permission, ID="feed")))))
    assert {action for _, actions, _, _ in found for action in actions} == set(OBJECT_ACL_ACTIONS.patterns)


def test_every_action_of_a_version_is_one_of_an_object() -> None:
    assert set(VERSION_ACTIONS.patterns) < set(OBJECT_ACL_ACTIONS.patterns)


def test_the_owner_grants_itself_nothing() -> None:
    bucket = read(with_acls(OWNER, a=acl_of(OWNER)))
    assert bucket.acl == ()
    assert (bucket.acl_problem, bucket.object_acl_problem, bucket.version_acl_problem) == ("", "", "")
    assert (bucket.listed_objects, bucket.foreign_objects) == (("a",), ())
    assert len(read(with_acls(grant("FULL_CONTROL", ID=CANONICAL[OTHER]))).acl) == 1


def test_the_owner_is_whom_the_acl_names_where_the_list_does_not() -> None:
    files = with_acls(OWNER, a=acl_of(OWNER)) | {list_file(): {"Buckets": [{"Name": "logs"}]}}
    assert (read(files).acl, read(files).foreign_objects) == ((), ())
    bucket = read(files | {ACL_FILE: {"Grants": [OWNER]}})
    assert (len(bucket.acl), bucket.foreign_objects) == (2, ("a",))
    assert read(files | {ACL_FILE: {"Grants": []}, object_file("a"): {"Grants": []}}).foreign_objects == ("a",)


def test_an_object_of_another_account() -> None:
    foreign = acl_of(grant("FULL_CONTROL", ID=CANONICAL[OTHER]), owner=CANONICAL[OTHER])
    bucket = read(with_acls(a=foreign, b=acl_of(OWNER)))
    assert bucket.foreign_objects == ("a",)
    assert [principals for principals, *_ in granted(bucket)] == [Principals(canonical=(CANONICAL[OTHER],))]


def test_ignored_public_acls_grant_nothing_to_the_public() -> None:
    grants = [grant(URI=ALL_USERS), grant(URI=AUTHENTICATED), grant(ID="feed"), grant()]
    block = {"PublicAccessBlockConfiguration": {"IgnorePublicAcls": True}}
    bucket = read(with_acls(*grants, a=acl_of(*grants)) | {BLOCK_FILE: block})
    assert bucket.ignores_public_acls
    assert [d.origin.path for d in bucket.acl] == ["$.Grants[2]", "$.Grants[3]"] * 2
    assert len(read(with_acls(*grants)).acl) == len(grants)


# Which ACLs count, and which are known.

NO_RULE = f"whether ACLs are in force is not known: {OWNERSHIP_FILE} has no one rule of ownership"
OWNERSHIPS = [
    ("the owner is enforced", {OWNERSHIP_FILE: ENFORCED}, {}, 0, ""),
    ("the owner is preferred", {}, {}, 1, ""),
    ("who writes owns", {OWNERSHIP_FILE: ownership("ObjectWriter")}, {}, 1, ""),
    ("no ownership controls", {}, {OWNERSHIP_FILE: "OwnershipControlsNotFoundError"}, 1, ""),
    ("denied", {}, {OWNERSHIP_FILE: "AccessDenied"}, 0, f"whether ACLs are in force is not known: {OWNERSHIP_FILE}: denied (AccessDenied)"),
    ("another word", {OWNERSHIP_FILE: ownership("Nobody")}, {}, 0, NO_RULE),
    ("another form", {OWNERSHIP_FILE: {"OwnershipControls": {"Rules": {}}}}, {}, 0, NO_RULE),
    ("text", {OWNERSHIP_FILE: {"OwnershipControls": "BucketOwnerEnforced"}}, {}, 0, NO_RULE),
    ("a rule that is null", {OWNERSHIP_FILE: {"OwnershipControls": {"Rules": [None]}}}, {}, 0, NO_RULE),
    ("two rules", {OWNERSHIP_FILE: {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}, None]}}}, {}, 0, NO_RULE),
]  # fmt: skip


@pytest.mark.parametrize(("parts", "errors", "count", "problem"), [pytest.param(*c[1:], id=c[0]) for c in OWNERSHIPS])
def test_acls_count_by_ownership(parts: Files, errors: dict[str, str], count: int, problem: str) -> None:
    files = with_acls(grant(URI=ALL_USERS), errors=errors) | parts
    bucket = read(files)
    assert len(bucket.acl) == count
    assert {bucket.acl_problem, bucket.object_acl_problem, bucket.version_acl_problem} == {problem}


@pytest.mark.parametrize(
    ("errors", "reason"),
    [({ACL_FILE: "AccessDenied"}, "denied (AccessDenied)"), ({ACL_FILE: "Throttling"}, "error (Throttling)")],
)
def test_an_acl_of_a_bucket_that_is_not_known(errors: dict[str, str], reason: str) -> None:
    bucket = read(with_acls(errors=errors, a=acl_of(grant(URI=ALL_USERS))))
    assert bucket.acl_problem == f"ACLs are in force and not known: {ACL_FILE}: {reason}"
    assert bucket.object_acl_problem == ""
    assert len(bucket.acl) == 1


LISTS_OF_OBJECTS = [
    ("a list without objects", {}, ""),
    ("some", {"Contents": [], "Prefix": "a/"}, f"{OBJECTS_FILE}: the list of objects is not the whole one: it has Prefix"),
    ("folders", {"CommonPrefixes": [{"Prefix": "a/"}]}, f"{OBJECTS_FILE}: the list of objects is not the whole one: it has CommonPrefixes"),
    ("without a prefix", {"Contents": [], "Prefix": ""}, ""),
    ("cut off", {"Contents": [], "IsTruncated": True}, f"object ACLs are in force and the objects are not known: {OBJECTS_FILE}: error (the list is cut off: IsTruncated)"),
    ("an object without ACL", {"Contents": [{"Key": "a"}, {"Key": "b"}]}, f"object ACLs are in force and 2 of them not known: {object_file('a')}: error (not collected)"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "problem"), [pytest.param(*c[1:], id=c[0]) for c in LISTS_OF_OBJECTS])
def test_the_acls_of_objects_are_known_where_all_of_them_are(value: Any, problem: str) -> None:
    bucket = read(with_acls() | {OBJECTS_FILE: value})
    assert (bucket.object_acl_problem, bucket.listed_objects) == (problem, ())


def test_objects_that_are_not_listed_or_could_not_be_read() -> None:
    files = {p: v for p, v in with_acls(a=acl_of(grant(URI=ALL_USERS))).items() if p != OBJECTS_FILE}
    bucket = read(files)
    reason = f"object ACLs are in force and the objects are not known: {OBJECTS_FILE}: error (not collected)"
    assert (bucket.object_acl_problem, bucket.listed_objects, len(bucket.acl)) == (reason, ("a",), 1)
    bucket = read(with_acls(errors={object_file("b"): "AccessDenied"}, a=acl_of()))
    assert bucket.object_acl_problem == f"{object_file('b')}: denied (AccessDenied)"
    assert bucket.listed_objects == ("a",)


def test_acls_of_the_objects_of_another_bucket_are_not_read() -> None:
    more = {s3_file("get-object-acl").replace("/logs.json", "/logs-2/a.json"): acl_of(grant(URI=ALL_USERS))}
    assert read(with_acls() | more).listed_objects == ()


VERSIONS = "object ACLs are in force and those of older versions are not in the snapshot"


def test_older_versions_have_acls_of_their_own() -> None:
    for status in ("Enabled", "Suspended"):
        bucket = read(with_acls() | {VERSIONING_FILE: {"Status": status}})
        assert bucket.version_acl_problem == f"{VERSIONS}: {VERSIONING_FILE}: it has Status"
    files = {p: v for p, v in with_acls().items() if p != VERSIONING_FILE}
    assert read(files).version_acl_problem == f"{VERSIONS}: {VERSIONING_FILE}: error (not collected)"


GRANTS = [
    ("grants that are null", {"Grants": None}, "Grants is not a list of objects"),
    ("no grants", {}, "Grants is not a list of objects"),
    ("a grant without Grantee", {"Grants": [{"Permission": "READ"}]}, "a grant without Grantee"),
    ("a grant to a text", {"Grants": [{"Grantee": "x"}]}, "a grant without Grantee"),
]


@pytest.mark.parametrize(("value", "message"), [pytest.param(*c[1:], id=c[0]) for c in GRANTS])
@pytest.mark.parametrize("file", [ACL_FILE, object_file("a")])
def test_an_acl_that_is_refused(file: str, value: Any, message: str) -> None:
    with pytest.raises(Unreadable) as caught:
        inventory_of(with_acls() | {file: value})
    assert str(caught.value) == f"{file}: {message}"


# ACLs in a decision.


def test_an_acl_grants_what_it_says() -> None:
    files = with_acls(a=acl_of(grant(URI=ALL_USERS)), b=acl_of(OWNER))
    assert outcome(files, anonymous()) == VIOLATED
    assert outcome(files, anonymous(resource=["${target.arn}/b"])) == HOLDS
    assert outcome(files, anonymous(action=["s3:PutObject"])) == HOLDS
    assert outcome(files | {OWNERSHIP_FILE: ENFORCED}, anonymous()) == HOLDS
    listing = anonymous(action=["s3:ListBucket"], resource=["${target.arn}"])
    assert outcome(with_acls(grant(URI=ALL_USERS)), listing) == VIOLATED
    assert outcome(with_acls(grant(URI=AUTHENTICATED)), listing) == HOLDS


def test_whether_write_deletes_is_read_both_ways() -> None:
    files = with_acls(grant("WRITE", URI=ALL_USERS))
    assert outcome(files, anonymous(action=["s3:PutObject"])) == VIOLATED
    assert DELETES in reasons(files, anonymous(action=["s3:DeleteObject"]))


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(with_acls(errors={OWNERSHIP_FILE: "AccessDenied"}), id="ownership"),
        pytest.param(with_acls(errors={OBJECTS_FILE: "AccessDenied"}), id="objects"),
        pytest.param(with_acls(a=acl_of(grant())), id="a grantee"),
    ],
)
def test_an_acl_that_is_not_known_makes_a_refutation_inconclusive(files: Files) -> None:
    assert outcome(files, anonymous()) == INCONCLUSIVE
    assert outcome(files, control("bucket", form="require", principal=["anonymous"], **OBJECTS)) == INCONCLUSIVE
    assert outcome(files, anonymous(action=["s3:PutBucketPolicy"], resource=["${target.arn}"])) == HOLDS


# Block Public Access.

ABSENT_BLOCK = "NoSuchPublicAccessBlockConfiguration"


NOT_TRUE_OR_FALSE = f"{BLOCK_FILE}: the settings are not all true or false"
OPEN = (False, "", False, "")
BLOCKS: list[tuple[str, Files, dict[str, str], tuple[bool, str, bool, str]]] = [
    ("off for both", {}, {}, OPEN),
    ("absent for both", {}, {BLOCK_FILE: ABSENT_BLOCK, ACCOUNT_BLOCK_FILE: ABSENT_BLOCK}, OPEN),
    ("on for the bucket", {BLOCK_FILE: settings(ignore=True, restrict=True)}, {}, (True, "", True, "")),
    ("on for the account", {ACCOUNT_BLOCK_FILE: settings(ignore=True, restrict=True)}, {}, (True, "", True, "")),
    ("on for the account of a bucket without", {ACCOUNT_BLOCK_FILE: settings(restrict=True)}, {BLOCK_FILE: ABSENT_BLOCK}, (False, "", True, "")),
    ("one on for each", {BLOCK_FILE: settings(ignore=True), ACCOUNT_BLOCK_FILE: settings(restrict=True)}, {}, (True, "", True, "")),
    ("on for the account, not known for the bucket", {ACCOUNT_BLOCK_FILE: settings(restrict=True)}, {BLOCK_FILE: "AccessDenied"}, (False, f"{BLOCK_FILE}: denied (AccessDenied)", True, "")),
    ("not collected for the bucket", {BLOCK_FILE: None}, {}, (False, f"{BLOCK_FILE}: error (not collected)", False, f"{BLOCK_FILE}: error (not collected)")),
    ("denied for the account", {}, {ACCOUNT_BLOCK_FILE: "AccessDenied"}, (False, f"{ACCOUNT_BLOCK_FILE}: denied (AccessDenied)", False, f"{ACCOUNT_BLOCK_FILE}: denied (AccessDenied)")),
    ("without a setting", {BLOCK_FILE: {"PublicAccessBlockConfiguration": {"IgnorePublicAcls": True}}}, {}, (True, "", False, NOT_TRUE_OR_FALSE)),
    ("with a setting that is text", {BLOCK_FILE: settings(restrict="false")}, {}, (False, "", False, NOT_TRUE_OR_FALSE)),
    ("in another form", {BLOCK_FILE: {}}, {}, (False, NOT_TRUE_OR_FALSE, False, NOT_TRUE_OR_FALSE)),
]  # fmt: skip


@pytest.mark.parametrize(("parts", "errors", "expected"), [pytest.param(*c[1:], id=c[0]) for c in BLOCKS])
def test_block_public_access(parts: Files, errors: dict[str, str], expected: tuple[Any, ...]) -> None:
    start = {BLOCK_FILE: settings(), ACCOUNT_BLOCK_FILE: settings()}
    files = one_bucket({**start, **parts}, errors=errors)
    bucket = read({p: v for p, v in files.items() if v is not None})
    assert (
        bucket.ignores_public_acls,
        bucket.ignore_problem,
        bucket.restricts_public,
        bucket.block_problem,
    ) == expected


def effective(value: Any, folder: str = OWN, account: str = OWN) -> Files:
    """The effective S3 policy of an account, exported by an account."""
    content = json.dumps({"s3_attributes": {"public_access_block_configuration": value}})
    path = f"{folder}/global/organizations/describe-effective-policy/S3_POLICY/{account}.json"
    return {path: {"EffectivePolicy": {"PolicyContent": content, "TargetId": account, "PolicyType": "S3_POLICY"}}}


EFFECTIVE_FILE = next(iter(effective("all")))
ON = settings(ignore=True, restrict=True)
ORGANIZATIONS = [
    ("all on", effective("all"), settings(), settings(), True, ""),
    ("all off, over the account", effective("none"), ON, settings(), False, ""),
    ("all off, and on for the bucket", effective("none"), settings(), ON, True, ""),
    ("no setting", effective(None), ON, settings(), True, ""),
    ("no attributes", {EFFECTIVE_FILE: {"EffectivePolicy": {"PolicyContent": "{}"}}}, ON, settings(), True, ""),
    ("no policy in the answer", {EFFECTIVE_FILE: {}}, ON, settings(), True, ""),
    ("another account's", effective("all", account=OTHER), settings(), settings(), False, ""),
    ("another word", effective("some"), ON, settings(), False, f"{EFFECTIVE_FILE}: the S3 policy sets 'some'"),
    ("an object", effective({"@@assign": "all"}), ON, settings(), False, f"{EFFECTIVE_FILE}: the S3 policy sets {{'@@assign': 'all'}}"),
    ("a list", {EFFECTIVE_FILE: {"EffectivePolicy": {"PolicyContent": "[]"}}}, ON, settings(), False, f"{EFFECTIVE_FILE}: the S3 policy sets []"),
    ("another word, and on for the bucket", effective("some"), settings(), ON, True, ""),
    ("the same, twice", effective("all") | effective("all", folder=OTHER), settings(), settings(), True, ""),
    ("exported by the other account", effective("all", folder=OTHER), settings(), settings(), True, ""),
    ("two that differ", effective("all") | effective("none", folder=OTHER), ON, settings(), False, f"{EFFECTIVE_FILE} and {OTHER}/{EFFECTIVE_FILE.partition('/')[2]} differ"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("policy", "account", "bucket", "restricts", "problem"), [pytest.param(*c[1:], id=c[0]) for c in ORGANIZATIONS]
)
def test_block_public_access_of_the_organization(
    policy: Files, account: Any, bucket: Any, restricts: bool, problem: str
) -> None:
    files = setting(buckets("logs"), policy, {ACCOUNT_BLOCK_FILE: account, BLOCK_FILE: bucket}, accounts=(OWN, OTHER))
    found = read(files)
    assert (found.restricts_public, found.block_problem) == (restricts, problem)
    assert (found.ignores_public_acls, found.ignore_problem) == (restricts, problem)


@pytest.mark.parametrize("code", ["EffectivePolicyNotFoundException", "AccessDenied"])
def test_without_a_policy_of_the_organization_the_account_says_what_is_in_force(code: str) -> None:
    files = one_bucket({ACCOUNT_BLOCK_FILE: ON}, errors={EFFECTIVE_FILE: code})
    assert read(files).restricts_public


@pytest.mark.parametrize("block", [{BLOCK_FILE: ON}, {ACCOUNT_BLOCK_FILE: ON}, effective("all")])
def test_block_public_access_restricts_a_public_policy(block: Files) -> None:
    files = one_bucket(block, policy=READ_ALL)
    assert outcome(files, anonymous()) == HOLDS
    assert outcome(files, control("bucket", principal=[FOREIGN], **OBJECTS)) == HOLDS
    assert outcome(files, control("bucket", principal=["service"], **OBJECTS)) == VIOLATED
    both = document(allow(Principal="*"), allow("s3:PutObject", Principal={"AWS": FOREIGN}))
    writing = control("bucket", principal=[FOREIGN], action=["s3:PutObject"], **OBJECTS)
    assert outcome(one_bucket(block, policy=both), writing) == HOLDS
    one = document(allow("s3:PutObject", Principal={"AWS": FOREIGN}))
    assert outcome(one_bucket(block, policy=one), writing) == VIOLATED


def test_block_public_access_that_is_not_known_makes_a_witness_inconclusive() -> None:
    files = one_bucket(policy=READ_ALL, errors={BLOCK_FILE: "AccessDenied"})
    assert reasons(files, anonymous()) == f"{BLOCK_FILE}: denied (AccessDenied)"
    assert outcome(files, anonymous(action=["s3:PutObject"])) == HOLDS


def test_whether_a_deny_makes_a_policy_private_is_read_both_ways() -> None:
    policy = document(
        allow(Principal="*"), deny(Principal="*", Condition={"StringNotEquals": {"aws:SourceVpc": "vpc-1"}})
    )
    files = one_bucket({BLOCK_FILE: ON}, policy=policy)
    assert outcome(files, anonymous()) == INCONCLUSIVE


def test_block_public_access_of_a_bucket_without_a_policy_is_no_ledger_entry() -> None:
    assert inventory_of(one_bucket({BLOCK_FILE: ON})).unmodelled == ()


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


def test_a_bucket_in_two_accounts_is_refused() -> None:
    files = setting(buckets("logs"), buckets("logs", account=OTHER), policy_of("logs", READ_ALL), accounts=(OWN, OTHER))
    with pytest.raises(Unreadable, match=r"^a bucket is listed twice, by two accounts$"):
        outcome(files, control("account", principal=["anonymous"]), OWN)
