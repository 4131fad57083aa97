"""Section 8: facts about requests, so that a witness is one that can be made."""

from __future__ import annotations

from typing import Any

from cloud.setting import (
    BUCKET,
    FOREIGN,
    OTHER,
    OWN,
    ROLE,
    USER,
    allow,
    iam,
    lone_bucket,
    lone_role,
    lone_user,
    role,
    setting,
    tag_list,
    user,
)
from semantics.edited import Edit
from semantics.rule import ALLOWED, OPEN, REFUSED, Rule, asks, case
from semantics.statements import FOREIGN_ROLE, OTHER_ROLE, READ, two_accounts

Json = Any
KEYS = "IAM user guide, AWS global condition context keys"
ACTIONS = "Service Authorization Reference, Amazon S3"
TAGS = "IAM user guide, Pass session tags in AWS STS"


def to_everyone(says: str, answer: Any, condition: Json, by: str, **more: Any) -> Any:
    """A bucket that grants to everyone under a condition."""
    files = lone_bucket(allow(Principal="*", Condition=condition), roles=[role("reader")], users=[user("alice")])
    return case(says, files, asks(by, **more), answer)


SESSION = f"arn:aws:sts::{OWN}:assumed-role/reader/s1"
TAGGED = {"StringEquals": {"aws:PrincipalTag/team": "blue"}}

RULES = (
    Rule(
        id="principal-account-is-that-of-the-arn",
        says="aws:PrincipalAccount is the account in the ARN of the principal.",
        source=KEYS,
        accept=to_everyone(
            "the caller's account", ALLOWED, {"StringEquals": {"aws:PrincipalAccount": FOREIGN}}, FOREIGN_ROLE
        ),
        reject=to_everyone("another account", REFUSED, {"StringEquals": {"aws:PrincipalAccount": OTHER}}, FOREIGN_ROLE),
        off=Edit(
            "derivation",
            '    "aws:principalaccount": _project_account,\n',
            '    "aws:principalaccount": lambda d, values: d.principal_in(ANY_ARN),\n',
        ),
    ),
    Rule(
        id="principal-arn-of-a-session-is-the-role",
        says="aws:PrincipalArn of a session is the ARN of its role.",
        source=KEYS,
        accept=to_everyone("the role", ALLOWED, {"ArnEquals": {"aws:PrincipalArn": ROLE}}, ROLE, session="s1"),
        reject=to_everyone("the session", REFUSED, {"ArnEquals": {"aws:PrincipalArn": SESSION}}, ROLE, session="s1"),
        off=Edit("derivation", '        "aws:principalarn": arn,\n', '        "aws:principalarn": None,\n'),
    ),
    Rule(
        id="principal-arn-of-outsiders",
        says="aws:PrincipalArn is the ARN of the principal.",
        source=KEYS,
        accept=to_everyone(
            "the caller", ALLOWED, {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{FOREIGN}:role/*"}}, FOREIGN_ROLE
        ),
        reject=to_everyone(
            "another", REFUSED, {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{FOREIGN}:user/*"}}, FOREIGN_ROLE
        ),
        off=Edit(
            "derivation",
            '    "aws:principalarn": _project_arn,\n',
            '    "aws:principalarn": lambda d, values: d.principal_in(ANY_ARN),\n',
        ),
    ),
    Rule(
        id="principal-keys-are-absent-where-nobody-signed",
        says="A request that nobody signed has no key of a principal but aws:PrincipalAccount, which is anonymous.",
        source=KEYS,
        accept=to_everyone(
            "no ARN",
            ALLOWED,
            {"Null": {"aws:PrincipalArn": "true"}, "StringEquals": {"aws:PrincipalAccount": "anonymous"}},
            "anonymous",
        ),
        reject=to_everyone(
            "some tag",
            REFUSED,
            {"StringLike": {"aws:PrincipalTag/team": "*"}},
            "anonymous",
            context={"aws:principaltag/team": "blue"},
        ),
        off=Edit(
            "facts", "        yield d.any_of([-d.formula.atom(variable, EVERYTHING), d.principal_in(ANY_ARN)])\n", ""
        ),
    ),
    Rule(
        id="principal-is-aws-service",
        says="aws:PrincipalIsAWSService is true for services and false for whoever else signed.",
        source=KEYS,
        accept=to_everyone("a service", ALLOWED, {"Bool": {"aws:PrincipalIsAWSService": "true"}}, "service:a.b"),
        reject=to_everyone("a role", REFUSED, {"Bool": {"aws:PrincipalIsAWSService": "true"}}, FOREIGN_ROLE),
        off=Edit(
            "derivation",
            '    "aws:principalisawsservice": _project_is_service,\n',
            '    "aws:principalisawsservice": lambda d, values: TRUE,\n',
        ),
    ),
    Rule(
        id="principal-service-name",
        says="aws:PrincipalServiceName is the name of the service, and absent for others.",
        source=KEYS,
        accept=to_everyone(
            "the service", ALLOWED, {"StringEquals": {"aws:PrincipalServiceName": "a.b"}}, "service:a.b"
        ),
        reject=to_everyone(
            "another service", REFUSED, {"StringEquals": {"aws:PrincipalServiceName": "a.b"}}, "service:c.d"
        ),
        off=Edit(
            "derivation",
            '    "aws:principalservicename": _project_service_name,\n',
            '    "aws:principalservicename": lambda d, values: TRUE,\n',
        ),
    ),
    Rule(
        id="user-name-is-that-of-the-user",
        says="aws:username is the name of the user, and a role has none.",
        source=KEYS,
        accept=case(
            "the user", lone_user(allow(Condition={"StringEquals": {"aws:username": "alice"}})), asks(USER), ALLOWED
        ),
        reject=case("a role", lone_role(allow(Condition={"StringLike": {"aws:username": "*"}})), asks(), REFUSED),
        off=Edit("derivation", '        keys["aws:username"] = None\n', '        keys["aws:username"] = "reader"\n'),
    ),
    Rule(
        id="tags-of-a-user-are-those-of-the-snapshot",
        says="aws:PrincipalTag of a user is the user's tag.",
        source=KEYS,
        accept=case(
            "the tag", lone_user(allow(Condition=TAGGED), Tags=tag_list({"team": "blue"})), asks(USER), ALLOWED
        ),
        reject=case(
            "another value", lone_user(allow(Condition=TAGGED), Tags=tag_list({"team": "red"})), asks(USER), REFUSED
        ),
        off=Edit("derivation", "return True, caller.tags.get(key.removeprefix(PRINCIPAL_TAG))", "return True, None"),
    ),
    Rule(
        id="session-tags",
        says="Which tags a session of a role has is read both ways: the role's, or any that were passed in.",
        source=TAGS,
        accept=case(
            "a tag that was passed in",
            lone_role(allow(Condition=TAGGED)),
            asks(context={"aws:principaltag/team": "blue"}),
            OPEN,
            names="session-tags",
        ),
        reject=case(
            "the role's own tag",
            lone_role(allow(Condition=TAGGED), Tags=tag_list({"team": "blue"})),
            asks(context={"aws:principaltag/team": "blue"}),
            ALLOWED,
            names="session-tags",
        ),
        off=Edit(
            "derivation",
            'may_have_session_tags=principal is not None and principal.kind == "role",',
            "may_have_session_tags=False,",
        ),
    ),
    Rule(
        id="principals-of-the-snapshot-are-all-there-are",
        says="A user or role that the account does not have makes no request.",
        source="IAM API reference, GetAccountAuthorizationDetails",
        accept=case(
            "a role that is not there",
            lone_bucket(allow(Principal="*")),
            asks(f"arn:aws:iam::{OWN}:role/ghost", "sts:GetCallerIdentity", "*"),
            REFUSED,
        ),
        reject=case(
            "a role of a foreign account",
            lone_bucket(allow(Principal="*")),
            asks(f"arn:aws:iam::{FOREIGN}:role/ghost", "sts:GetCallerIdentity", "*"),
            ALLOWED,
        ),
        off=Edit(
            "authorization",
            "return d.any_of([-d.principal_in(GlobSet(own)), d.principal_in(GlobSet(known))])",
            "return TRUE",
        ),
    ),
    Rule(
        id="principals-have-an-account",
        says="A principal is a user, role, root or federated user of an account of twelve digits.",
        source="IAM user guide, IAM identifiers",
        accept=case(
            "an account of one digit", lone_bucket(allow(Principal="*")), asks("arn:aws:iam::7:role/x"), REFUSED
        ),
        reject=case("an account of twelve", lone_bucket(allow(Principal="*")), asks(FOREIGN_ROLE), ALLOWED),
        off=Edit("vocabulary", "_ACCOUNT = SEG_ANY * 12", "_ACCOUNT = SEG_STAR"),
    ),
    Rule(
        id="object-actions-go-to-objects",
        says="With the fact s3-resource-types an object action goes to an object.",
        source=ACTIONS,
        accept=case(
            "an object action on the bucket",
            lone_bucket(allow("s3:*", Principal="*")),
            asks("anonymous", resource=BUCKET),
            REFUSED,
            assume=("s3-resource-types",),
        ),
        reject=case(
            "an object action on an object",
            lone_bucket(allow("s3:*", Principal="*")),
            asks("anonymous"),
            ALLOWED,
            assume=("s3-resource-types",),
        ),
        off=Edit("claims", "formula.any([-on_object, is_object])", "TRUE"),
    ),
    Rule(
        id="bucket-actions-go-to-buckets",
        says="With the fact s3-resource-types a bucket action goes to a bucket.",
        source=ACTIONS,
        accept=case(
            "a bucket action on an object",
            lone_bucket(allow("s3:*", Principal="*")),
            asks("anonymous", "s3:ListBucket"),
            REFUSED,
            assume=("s3-resource-types",),
        ),
        reject=case(
            "a bucket action on the bucket",
            lone_bucket(allow("s3:*", Principal="*")),
            asks("anonymous", "s3:ListBucket", BUCKET),
            ALLOWED,
            assume=("s3-resource-types",),
        ),
        off=Edit("claims", "formula.any([on_object, -is_s3, -is_object])", "TRUE"),
    ),
    Rule(
        id="secure-transport-is-present",
        says="With the fact secure-transport-present every request has aws:SecureTransport.",
        source=KEYS,
        accept=case(
            "a request without the key",
            lone_bucket(allow(Principal="*")),
            asks("anonymous"),
            REFUSED,
            assume=("secure-transport-present",),
        ),
        reject=case(
            "a request with it",
            lone_bucket(allow(Principal="*")),
            asks("anonymous", context={"aws:securetransport": "false"}),
            ALLOWED,
            assume=("secure-transport-present",),
        ),
        off=Edit("claims", 'return derivation.present("aws:securetransport")', "return TRUE"),
    ),
    Rule(
        id="resource-account-is-the-owner",
        says="aws:ResourceAccount is the account of the resource.",
        source=KEYS,
        accept=case(
            "another account",
            two_accounts(allow(Principal="*", Condition={"StringEquals": {"aws:ResourceAccount": OTHER}})),
            asks(OTHER_ROLE, context={"aws:resourceaccount": OTHER}),
            REFUSED,
        ),
        reject=case(
            "the bucket's account",
            two_accounts(allow(Principal="*", Condition={"StringEquals": {"aws:ResourceAccount": OWN}})),
            asks(OTHER_ROLE, context={"aws:resourceaccount": OWN}),
            ALLOWED,
        ),
        off=Edit(
            "facts", "                yield _has(d, patterns, mentioned[name], account)\n", "                pass\n"
        ),
    ),
    Rule(
        id="unknown-iam-may-allow",
        says="Where the IAM of an account could not be read, its principals may be allowed by it.",
        source="this project, docs/snapshot.md",
        accept=case(
            "the file was refused",
            setting(errors={f"{OWN}/global/iam/get-account-authorization-details.json": "AccessDenied"}),
            asks(),
            OPEN,
        ),
        reject=case("the file has the role", setting(iam(roles=[role("reader", READ)])), asks(), ALLOWED),
        off=Edit(
            "authorization",
            "(iam.problem)\n            callers, identity = GlobSet(account_globs(account)), TRUE",
            "(iam.problem)\n            callers, identity = GlobSet(account_globs(account)), FALSE",
        ),
    ),
)
