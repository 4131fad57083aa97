"""Section 7: Amazon S3."""

from __future__ import annotations

from typing import Any

from cloud.setting import (
    BUCKET,
    CANONICAL,
    FOREIGN,
    OTHER,
    OWN,
    ROLE,
    allow,
    buckets,
    deny,
    document,
    iam,
    policy_of,
    role,
    s3_file,
    setting,
)
from semantics.edited import Edit
from semantics.rule import ALLOWED, OPEN, REFUSED, Answer, Case, Rule, asks, case
from semantics.statements import FOREIGN_ROLE, OTHER_ROLE, READ
from semantics.worlds import (
    EVERYBODY,
    LOG_DELIVERY,
    OPEN_FLAGS,
    ORGANIZATION,
    POINT,
    REGIONS_POINT,
    SIGNED_IN,
    access_point,
    acl_grant,
    acls,
    block,
    effective_block,
    multi_region_point,
    organized,
)

Json = Any
ACL = "S3 user guide, Access control list (ACL) overview"
OWNERSHIP = "S3 user guide, Controlling ownership of objects and disabling ACLs"
BLOCK = "S3 user guide, Blocking public access to your Amazon S3 storage"
PUBLIC = f"{BLOCK}, The meaning of public"
POINTS = "S3 user guide, Configuring IAM policies for using access points"
MULTI_REGION = "S3 user guide, Multi-Region Access Point permissions"


def granted(says: str, answer: Answer, request: Json, *grants: Json, **more: Any) -> Case:
    """Bucket `logs` with ACLs in force, and these grants on it."""
    files = setting(
        buckets("logs"), acls(*grants, objects=more.pop("objects", None)), block(), *more.pop("parts", ()), **more
    )
    return case(says, files, request, answer)


def by(principal: str, action: str = "s3:ListBucket", resource: str = BUCKET) -> Json:
    return asks(principal, action, resource)


def without_ownership(grants: Json) -> Json:
    """Bucket `logs` with these ACLs and no ownership controls."""
    return setting(
        buckets("logs"),
        grants,
        block(),
        errors={s3_file("get-bucket-ownership-controls"): "OwnershipControlsNotFoundError"},
    )


TO_ALL = acl_grant(EVERYBODY, "READ")
PUBLIC_OBJECT = {"x": [TO_ALL], "y": []}
OTHERS = iam(OTHER, roles=[role("reader", document(allow("s3:*")), account=OTHER, RoleId="AROAOTHER")])
OTHERS_WITHOUT = iam(OTHER, roles=[role("reader", account=OTHER, RoleId="AROAOTHER")])


def permission(name: str, on: str, action: str, neighbour: str) -> Rule:
    """What one ACL permission grants, and what it does not."""
    id = f"acl-{name.lower().replace('_', '-')}-on-{on}"  # noqa: A001
    grants = [acl_grant(EVERYBODY, name)]
    where = BUCKET if on == "bucket" and "Object" not in action else f"{BUCKET}/x"
    other = BUCKET if on == "bucket" and "Object" not in neighbour else f"{BUCKET}/x"
    files = setting(buckets("logs"), acls(*grants) if on == "bucket" else acls(objects={"x": grants}), block())
    return Rule(
        id=id,
        says=f"{name} on {'a' if on == 'bucket' else 'an'} {on} grants {action}, and not {neighbour}.",
        source=ACL,
        accept=case(action, files, asks("anonymous", action, where), ALLOWED),
        reject=case(neighbour, files, asks("anonymous", neighbour, other), REFUSED),
        off=OFF[on, name],
    )


def _unmapped(action: str) -> Edit:
    return Edit("bucket", action, action.replace("s3:", "s3:No"))


OFF = {
    ("bucket", "READ"): _unmapped('("s3:ListBucket", '),
    ("bucket", "WRITE"): _unmapped('("s3:PutObject",)'),
    ("bucket", "READ_ACP"): _unmapped('"s3:GetBucketAcl"'),
    ("bucket", "WRITE_ACP"): _unmapped('"s3:PutBucketAcl"'),
    ("object", "READ"): _unmapped('("s3:GetObject", '),
    ("object", "READ_ACP"): _unmapped('("s3:GetObjectAcl", '),
    ("object", "WRITE_ACP"): _unmapped('("s3:PutObjectAcl", '),
}

ACL_RULES = (
    Rule(
        id="acls-are-ignored-where-the-owner-is-enforced",
        says="With BucketOwnerEnforced no ACL grants anything.",
        source=OWNERSHIP,
        accept=case(
            "the bucket grants to everyone, ACLs are off",
            setting(buckets("logs"), acls(TO_ALL, ownership="BucketOwnerEnforced"), block()),
            by("anonymous"),
            REFUSED,
        ),
        reject=case("ACLs are on", setting(buckets("logs"), acls(TO_ALL), block()), by("anonymous"), ALLOWED),
        off=Edit("bucket", "return found[0] != ENFORCED,", "return True,"),
    ),
    Rule(
        id="acls-count-without-ownership-controls",
        says="Without ownership controls ACLs are in force, and so they are where the owner is preferred.",
        source=OWNERSHIP,
        accept=case("no ownership controls", without_ownership(acls(TO_ALL)), by("anonymous"), ALLOWED),
        reject=case("no ownership controls, and no grant", without_ownership(acls()), by("anonymous"), REFUSED),
        off=Edit(
            "bucket",
            "    if ownership.state is State.ABSENT:\n        return True,",
            "    if ownership.state is State.ABSENT:\n        return False,",
        ),
    ),
    Rule(
        id="acl-group-everyone",
        says="The group AllUsers is everyone, who has not signed in included.",
        source=ACL,
        accept=granted("anonymous", ALLOWED, by("anonymous"), TO_ALL),
        reject=granted("the group of who has signed in", REFUSED, by("anonymous"), acl_grant(SIGNED_IN, "READ")),
        off=Edit(
            "bucket",
            '"http://acs.amazonaws.com/groups/global/AllUsers": _EVERYONE',
            '"http://acs.amazonaws.com/groups/global/AllUsers": _SIGNED',
        ),
    ),
    Rule(
        id="acl-group-signed-in",
        says="The group AuthenticatedUsers is every AWS principal, of any account.",
        source=ACL,
        accept=granted("a role of a foreign account", ALLOWED, by(FOREIGN_ROLE), acl_grant(SIGNED_IN, "READ")),
        reject=granted("a service", REFUSED, by("service:a.b"), acl_grant(SIGNED_IN, "READ")),
        off=Edit("derivation", "signed = self.principal_in(ANY_ARN) if entries.signed else FALSE", "signed = FALSE"),
    ),
    Rule(
        id="acl-group-log-delivery",
        says="The group LogDelivery is the service that writes access logs.",
        source=ACL,
        accept=granted(
            "the logging service",
            ALLOWED,
            by("service:logging.s3.amazonaws.com", "s3:PutObject", f"{BUCKET}/x"),
            acl_grant(LOG_DELIVERY, "WRITE"),
        ),
        reject=granted(
            "another service",
            REFUSED,
            by("service:a.b", "s3:PutObject", f"{BUCKET}/x"),
            acl_grant(LOG_DELIVERY, "WRITE"),
        ),
        off=Edit(
            "bucket",
            '"http://acs.amazonaws.com/groups/s3/LogDelivery"',
            '"http://acs.amazonaws.com/groups/s3/NoDelivery"',
        ),
    ),
    Rule(
        id="acl-canonical-user-is-an-account",
        says="A grant to a canonical user is one to its account, whose identity policies must allow too.",
        source=ACL,
        accept=granted(
            "a role that its account allows",
            ALLOWED,
            by(OTHER_ROLE),
            acl_grant(CANONICAL[OTHER], "READ"),
            parts=(OTHERS,),
            accounts=(OWN, OTHER),
        ),
        reject=granted(
            "a role that its account allows nothing",
            REFUSED,
            by(OTHER_ROLE),
            acl_grant(CANONICAL[OTHER], "READ"),
            parts=(OTHERS_WITHOUT,),
            accounts=(OWN, OTHER),
        ),
        off=Edit("rulings", "d.any_of([grants.account, acl.account])", "grants.account"),
    ),
    Rule(
        id="acl-email-is-an-account-that-is-not-known",
        says="A grant to an e-mail address is one to an account; which one is not known.",
        source=ACL,
        accept=granted("a foreign role", OPEN, by(FOREIGN_ROLE), acl_grant("a@example.com", "READ")),
        reject=granted("anonymous", REFUSED, by("anonymous"), acl_grant("a@example.com", "READ")),
        off=Edit(
            "bucket", 'if isinstance(grantee.get("EmailAddress"), str):', 'if isinstance(grantee.get("Nothing"), str):'
        ),
    ),
    permission("READ", "bucket", "s3:ListBucket", "s3:GetObject"),
    permission("WRITE", "bucket", "s3:PutObject", "s3:GetObject"),
    permission("READ_ACP", "bucket", "s3:GetBucketAcl", "s3:PutBucketAcl"),
    permission("WRITE_ACP", "bucket", "s3:PutBucketAcl", "s3:GetBucketAcl"),
    permission("READ", "object", "s3:GetObject", "s3:GetObjectAcl"),
    permission("READ_ACP", "object", "s3:GetObjectAcl", "s3:GetObject"),
    permission("WRITE_ACP", "object", "s3:PutObjectAcl", "s3:GetObjectAcl"),
    Rule(
        id="acl-full-control-is-every-permission",
        says="FULL_CONTROL is all the permissions together, and no more.",
        source=ACL,
        accept=granted(
            "the ACL is written", ALLOWED, by("anonymous", "s3:PutBucketAcl"), acl_grant(EVERYBODY, "FULL_CONTROL")
        ),
        reject=granted(
            "the policy is written",
            REFUSED,
            by("anonymous", "s3:PutBucketPolicy"),
            acl_grant(EVERYBODY, "FULL_CONTROL"),
        ),
        off=Edit("bucket", "permissions = tuple(_ON_BUCKET)\n", "permissions = tuple(_ON_BUCKET)[:1]\n"),
    ),
    Rule(
        id="acl-of-an-object-is-that-object-s",
        says="The ACL of an object grants on that object.",
        source=ACL,
        accept=granted("the object", ALLOWED, asks("anonymous"), objects=PUBLIC_OBJECT),
        reject=granted("another object", REFUSED, asks("anonymous", resource=f"{BUCKET}/y"), objects=PUBLIC_OBJECT),
        off=Edit(
            "bucket",
            '_grants(fact, f"ACL of {name}/{key}", f"{arn}/{key}", left_out, is_object=True)',
            '_grants(fact, f"ACL of {name}/{key}", f"{arn}/{STAR}", left_out, is_object=True)',
        ),
    ),
    Rule(
        id="acl-of-an-object-that-is-not-known-may-grant",
        says="An object whose ACL is not in the export may be granted to anyone.",
        source=ACL,
        accept=granted(
            "an object that is not in the list",
            OPEN,
            asks("anonymous"),
            parts=({s3_file("list-objects-v2"): {"Contents": [{"Key": "x"}], "IsTruncated": False}},),
        ),
        reject=granted(
            "an object whose ACL grants nothing",
            REFUSED,
            asks("anonymous", resource=f"{BUCKET}/y"),
            objects=PUBLIC_OBJECT,
        ),
        off=Edit("rulings", "return d.any_of(found)", "return FALSE"),
    ),
    Rule(
        id="acl-grant-does-not-overcome-deny",
        says="A Deny of the bucket policy wins over an ACL.",
        source=ACL,
        accept=granted(
            "the policy denies everyone",
            REFUSED,
            by("anonymous"),
            TO_ALL,
            parts=(policy_of("logs", document(deny("s3:*", BUCKET, Principal="*"))),),
        ),
        reject=granted(
            "the policy denies a role",
            ALLOWED,
            by("anonymous"),
            TO_ALL,
            parts=(policy_of("logs", document(deny("s3:*", BUCKET, Principal={"AWS": ROLE}))),),
        ),
        off=Edit("authorization", "            denials.append(-d.all_of([about, grants.deny]))\n", ""),
    ),
)

OLD_VERSION = {s3_file("get-bucket-versioning"): {"Status": "Enabled"}}
THEIRS = {"Owner": {"ID": CANONICAL[OTHER]}, "Grants": [acl_grant(CANONICAL[OTHER], "FULL_CONTROL")]}
OPEN_POLICY = policy_of("logs", document(allow(Principal="*")))
FOREIGN_OBJECT = {s3_file("get-object-acl", "logs/x"): THEIRS}

ACL_RULES += (
    Rule(
        id="acl-of-an-old-version-may-grant",
        says="An older version of an object has an ACL of its own, which no export has.",
        source="S3 user guide, Configuring ACLs for versioned objects",
        accept=granted(
            "versions are kept", OPEN, asks("anonymous", "s3:GetObjectVersion"), objects={"x": []}, parts=(OLD_VERSION,)
        ),
        reject=granted(
            "versions were never kept", REFUSED, asks("anonymous", "s3:GetObjectVersion"), objects={"x": []}
        ),
        off=Edit("bucket", "version_problem=self._versions(name),", 'version_problem="",'),
    ),
    Rule(
        id="bucket-policy-grants-on-the-owner-s-objects",
        says="A grant of the bucket policy is for sure one on the objects that the bucket's owner owns.",
        source="S3 user guide, Bucket policies for Amazon S3",
        accept=granted(
            "the object is another account's",
            OPEN,
            asks("anonymous"),
            objects={"x": []},
            parts=(OPEN_POLICY, FOREIGN_OBJECT),
        ),
        reject=granted(
            "the object is the owner's", ALLOWED, asks("anonymous"), objects={"x": []}, parts=(OPEN_POLICY,)
        ),
        off=Edit("bucket", "                foreign.append(key)\n", "                pass\n"),
    ),
    Rule(
        id="ignore-public-acls-that-is-not-known",
        says="Where it is not known whether IgnorePublicAcls is on, grants to everyone are open.",
        source="S3 user guide, Blocking public access to your Amazon S3 storage",
        accept=case(
            "the setting is missing in the export",
            setting(
                buckets("logs"),
                acls(TO_ALL),
                {
                    s3_file("get-public-access-block"): {
                        "PublicAccessBlockConfiguration": {"RestrictPublicBuckets": False}
                    }
                },
            ),
            by("anonymous"),
            OPEN,
        ),
        reject=case("it is off", setting(buckets("logs"), acls(TO_ALL), block()), by("anonymous"), ALLOWED),
        off=Edit("bucket", "ignore_problem=ignore_problem,", 'ignore_problem="",'),
    ),
)

BLOCK_EVERYTHING = dict.fromkeys(OPEN_FLAGS, True)
OPEN_POLICY = policy_of("logs", document(allow(Principal="*")))


def blocked(says: str, answer: Answer, principal: str, *parts: Json, **flags: Json) -> Case:
    """An object of bucket `logs` with a policy that is public and these Block Public Access settings."""
    return case(says, setting(buckets("logs"), OPEN_POLICY, block(**flags), *parts), asks(principal), answer)


def acl_blocked(says: str, answer: Answer, *parts: Json, **flags: Json) -> Case:
    """Bucket `logs` with an ACL that is public and these Block Public Access settings."""
    return case(says, setting(buckets("logs"), acls(TO_ALL), block(**flags), *parts), by("anonymous"), answer)


RESTRICT, IGNORE = {"RestrictPublicBuckets": True}, {"IgnorePublicAcls": True}
TAINTED = policy_of("logs", document(allow("s3:PutObject", Principal="*"), allow(Principal={"AWS": FOREIGN})))
FIXED = policy_of("logs", document(allow(Principal={"AWS": FOREIGN})))

BLOCK_RULES = (
    Rule(
        id="ignore-public-acls-of-the-bucket",
        says="IgnorePublicAcls of the bucket drops grants to everyone and to who has signed in.",
        source=BLOCK,
        accept=acl_blocked("on for the bucket", REFUSED, bucket=IGNORE),
        reject=acl_blocked("off", ALLOWED),
        off=Edit("bucket", "left_out += [_EVERYONE, _SIGNED] if ignores_public else []", "left_out += []"),
    ),
    Rule(
        id="ignore-public-acls-of-the-account",
        says="IgnorePublicAcls of the account holds for each of its buckets.",
        source=BLOCK,
        accept=acl_blocked("on for the account", REFUSED, account=IGNORE),
        reject=acl_blocked(
            "another setting is on", ALLOWED, account={"BlockPublicAcls": True, "BlockPublicPolicy": True}
        ),
        off=Edit(
            "bucket",
            'block = (self.block, _level_of(self._fact("get-public-access-block", name)))',
            'block = (_level_of(self._fact("get-public-access-block", name)),)',
        ),
    ),
    Rule(
        id="ignore-public-acls-keeps-other-grants",
        says="IgnorePublicAcls keeps grants to accounts.",
        source=BLOCK,
        accept=granted(
            "a grant to another account",
            ALLOWED,
            by(OTHER_ROLE),
            acl_grant(CANONICAL[OTHER], "READ"),
            parts=(OTHERS, block(bucket=IGNORE)),
            accounts=(OWN, OTHER),
        ),
        reject=granted(
            "a grant to who has signed in",
            REFUSED,
            by(OTHER_ROLE),
            acl_grant(SIGNED_IN, "READ"),
            parts=(OTHERS, block(bucket=IGNORE)),
            accounts=(OWN, OTHER),
        ),
        off=Edit(
            "bucket",
            "left_out += [_EVERYONE, _SIGNED] if ignores_public else []",
            "left_out += [_EVERYONE] if ignores_public else []",
        ),
    ),
    Rule(
        id="blocking-acls-and-policies-changes-no-grant",
        says="BlockPublicAcls and BlockPublicPolicy stop what is written later, not what is granted.",
        source=BLOCK,
        accept=blocked(
            "both are on", ALLOWED, "anonymous", bucket={"BlockPublicAcls": True, "BlockPublicPolicy": True}
        ),
        reject=blocked("all four are on", REFUSED, "anonymous", bucket=BLOCK_EVERYTHING),
        off=Edit(
            "bucket",
            'IGNORE, RESTRICT = "IgnorePublicAcls", "RestrictPublicBuckets"',
            'IGNORE, RESTRICT = "IgnorePublicAcls", "BlockPublicPolicy"',
        ),
    ),
    Rule(
        id="restrict-public-buckets-shuts-others-out",
        says="RestrictPublicBuckets lets only services and the own account use a bucket whose policy is public.",
        source=BLOCK,
        accept=blocked("anonymous", REFUSED, "anonymous", bucket=RESTRICT),
        reject=blocked("off", ALLOWED, "anonymous"),
        off=Edit("rulings", "deny = self.derivation.any_of([grants.deny, blocks])", "deny = grants.deny"),
    ),
    Rule(
        id="restrict-public-buckets-of-the-account",
        says="RestrictPublicBuckets of the account holds for each of its buckets.",
        source=BLOCK,
        accept=blocked("on for the account", REFUSED, "anonymous", account=RESTRICT),
        reject=blocked("another setting is on for the account", ALLOWED, "anonymous", account=IGNORE),
        off=Edit(
            "bucket",
            'block = (self.block, _level_of(self._fact("get-public-access-block", name)))',
            'block = (_level_of(self._fact("get-public-access-block", name)),)',
        ),
    ),
    Rule(
        id="organization-block-overrides-the-account",
        says="The S3 policy of the organization sets all four settings of the account, on or off.",
        source="Organizations user guide, Amazon S3 policies",
        accept=blocked("all, and the account shows none", REFUSED, "anonymous", effective_block("all")),
        reject=blocked(
            "none, and the account shows all", ALLOWED, "anonymous", effective_block("none"), account=BLOCK_EVERYTHING
        ),
        off=Edit("bucket", "return level or _level_of(", "return _level_of("),
    ),
    Rule(
        id="organization-block-leaves-the-bucket-its-own",
        says="An S3 policy of the organization that sets none leaves the bucket's own settings on.",
        source="Organizations user guide, Amazon S3 policies",
        accept=blocked("none, and the bucket's is on", REFUSED, "anonymous", effective_block("none"), bucket=RESTRICT),
        reject=blocked("none, and the bucket's is off", ALLOWED, "anonymous", effective_block("none")),
        off=Edit(
            "bucket",
            'block = (self.block, _level_of(self._fact("get-public-access-block", name)))',
            "block = (self.block,)",
        ),
    ),
    Rule(
        id="restrict-public-buckets-spares-the-account",
        says="RestrictPublicBuckets spares the principals of the bucket's account.",
        source=BLOCK,
        accept=blocked("a role of the account", ALLOWED, ROLE, iam(roles=[role("reader")]), bucket=RESTRICT),
        reject=blocked("a foreign role", REFUSED, FOREIGN_ROLE, iam(roles=[role("reader")]), bucket=RESTRICT),
        off=Edit(
            "rulings",
            'GlobSet(["service:" + STAR, *(g for a in accounts for g in account_globs(a))])',
            'GlobSet(["service:" + STAR])',
        ),
    ),
    Rule(
        id="restrict-public-buckets-spares-services",
        says="RestrictPublicBuckets spares service principals.",
        source=BLOCK,
        accept=blocked("a service", ALLOWED, "service:a.b", bucket=RESTRICT),
        reject=blocked("a canonical user", REFUSED, "canonical:79a59d", bucket=RESTRICT),
        off=Edit(
            "rulings",
            'GlobSet(["service:" + STAR, *(g for a in accounts for g in account_globs(a))])',
            "GlobSet(g for a in accounts for g in account_globs(a))",
        ),
    ),
    Rule(
        id="one-public-statement-taints-the-policy",
        says="One public statement makes the policy public, so that its grants to fixed accounts are restricted too.",
        source=PUBLIC,
        accept=case(
            "the other statement is public",
            setting(buckets("logs"), TAINTED, block(bucket=RESTRICT)),
            asks(FOREIGN_ROLE),
            REFUSED,
        ),
        reject=case(
            "there is no other statement",
            setting(buckets("logs"), FIXED, block(bucket=RESTRICT)),
            asks(FOREIGN_ROLE),
            ALLOWED,
        ),
        off=Edit("public", "for s in statements if _judge(", "for s in statements[1:] if _judge("),
    ),
    Rule(
        id="restrict-public-buckets-leaves-fixed-policies",
        says="RestrictPublicBuckets changes nothing for a policy that is not public.",
        source=BLOCK,
        accept=case(
            "a grant to an account",
            setting(buckets("logs"), FIXED, block(bucket=RESTRICT)),
            asks(FOREIGN_ROLE),
            ALLOWED,
        ),
        reject=case(
            "a grant to everyone",
            setting(buckets("logs"), OPEN_POLICY, block(bucket=RESTRICT)),
            asks(FOREIGN_ROLE),
            REFUSED,
        ),
        off=Edit("rulings", "if not self.inventory.has_public_policy(one, wide=not d.wide):", "if one.policy is None:"),
    ),
    Rule(
        id="block-that-is-not-known-may-restrict",
        says="A Block Public Access setting that is not known may be on.",
        source=BLOCK,
        accept=case(
            "the account's settings were refused",
            setting(
                buckets("logs"),
                OPEN_POLICY,
                errors={f"{OWN}/global/s3control/get-public-access-block.json": "AccessDenied"},
            ),
            asks("anonymous"),
            OPEN,
        ),
        reject=case("they are off", setting(buckets("logs"), OPEN_POLICY), asks("anonymous"), ALLOWED),
        off=Edit(
            "rulings",
            "(not one.restricts_public and (d.wide or not one.block_problem))",
            "not one.restricts_public",
        ),
    ),
)


def limited(says: str, answer: Answer, operator: str, key: str, value: Json, met: str, **more: Any) -> Case:
    """A grant to everyone under a condition that the request meets, with RestrictPublicBuckets on."""
    statement = allow(more.pop("action", "s3:GetObject"), Principal="*", Condition={operator: {key: value}})
    files = setting(buckets("logs"), policy_of("logs", document(statement)), block(bucket=RESTRICT))
    return case(says, files, asks(more.pop("by", FOREIGN_ROLE), context={key.lower(): met}), answer)


def fixed_key(key: str, value: str, pattern: str, *, operator: str = "StringEquals", like: str = "StringLike") -> Rule:
    """A condition on the key limits a policy where its value is fixed, and not where it has a wildcard."""
    name = key.lower()
    own = name in ("aws:principalaccount", "aws:principalarn")
    context = {} if own else {name: value}
    makes = {}
    for what, op, given in (("a fixed value", operator, value), ("a wildcard", like, pattern)):
        statement = allow(Principal="*", Condition={op: {key: given}})
        files = setting(buckets("logs"), policy_of("logs", document(statement)), block(bucket=RESTRICT))
        answer = ALLOWED if what == "a fixed value" else REFUSED
        makes[answer] = case(f"{what} of {key}", files, asks(FOREIGN_ROLE, context=context), answer)
    return Rule(
        id="public-" + name.replace("aws:", "").replace("s3:", "s3-"),
        says=f"A positive condition on {key} with fixed values makes a policy not public.",
        source=PUBLIC,
        accept=makes[ALLOWED],
        reject=makes[REFUSED],
        off=NAMED.get(name) or Edit("public", f'    "{name}",\n', ""),
    )


NAMED = {
    "aws:sourcearn": Edit(
        "public",
        'ARN_KEYS = frozenset({"aws:principalarn", "aws:sourcearn",',
        'ARN_KEYS = frozenset({"aws:principalarn",',
    ),
    "aws:principalarn": Edit(
        "public", 'ARN_KEYS = frozenset({"aws:principalarn", "aws:sourcearn",', 'ARN_KEYS = frozenset({"aws:sourcearn",'
    ),
}
FOREIGN_KEY = f"arn:aws:kms:eu-west-1:{FOREIGN}:key/1"

PUBLIC_RULES = (
    Rule(
        id="public-is-a-grant-to-everyone",
        says="A grant to everyone without a limiting condition is public.",
        source=PUBLIC,
        accept=blocked("a grant to everyone", REFUSED, FOREIGN_ROLE, bucket=RESTRICT),
        reject=case(
            "a grant to the account",
            setting(buckets("logs"), FIXED, block(bucket=RESTRICT)),
            asks(FOREIGN_ROLE),
            ALLOWED,
        ),
        off=Edit(
            "public",
            "if principals.negated or principals.everyone or principals.signed:",
            "if principals.negated or principals.signed:",
        ),
    ),
    Rule(
        id="public-is-an-allow-by-notprincipal",
        says="An Allow by NotPrincipal is public.",
        source=PUBLIC,
        accept=case(
            "everyone but an account",
            setting(
                buckets("logs"), policy_of("logs", document(allow(NotPrincipal={"AWS": OTHER}))), block(bucket=RESTRICT)
            ),
            asks(FOREIGN_ROLE),
            REFUSED,
        ),
        reject=case("an account", setting(buckets("logs"), FIXED, block(bucket=RESTRICT)), asks(FOREIGN_ROLE), ALLOWED),
        off=Edit(
            "public",
            "if principals.negated or principals.everyone or principals.signed:",
            "if principals.everyone or principals.signed:",
        ),
    ),
    Rule(
        id="public-a-deny-is-not",
        says="A Deny of everyone is not public.",
        source=PUBLIC,
        accept=case(
            "a Deny of everyone to write, a grant to an account",
            setting(
                buckets("logs"),
                policy_of("logs", document(deny("s3:PutObject", Principal="*"), allow(Principal={"AWS": FOREIGN}))),
                block(bucket=RESTRICT),
            ),
            asks(FOREIGN_ROLE),
            ALLOWED,
        ),
        reject=case(
            "an Allow of everyone to write",
            setting(buckets("logs"), TAINTED, block(bucket=RESTRICT)),
            asks(FOREIGN_ROLE),
            REFUSED,
        ),
        off=Edit("public", '    if statement.effect == "Deny":\n        return Public.NO\n', ""),
    ),
    fixed_key("aws:PrincipalOrgID", ORGANIZATION, "o-*"),
    fixed_key("aws:PrincipalAccount", FOREIGN, "99*"),
    fixed_key("aws:SourceAccount", FOREIGN, "99*"),
    fixed_key("aws:SourceOwner", FOREIGN, "99*"),
    fixed_key("aws:SourceVpc", "vpc-1", "vpc-*"),
    fixed_key("aws:SourceVpce", "vpce-1", "vpce-*"),
    fixed_key("aws:VpceAccount", FOREIGN, "99*"),
    fixed_key("aws:VpceOrgID", ORGANIZATION, "o-*"),
    fixed_key("s3:x-amz-server-side-encryption-aws-kms-key-id", FOREIGN_KEY, "arn:aws:kms:*"),
    fixed_key(
        "aws:SourceArn", f"arn:aws:sns:eu-west-1:{FOREIGN}:t", "arn:aws:sns:*:*:t", operator="ArnEquals", like="ArnLike"
    ),
    fixed_key("aws:PrincipalArn", FOREIGN_ROLE, "arn:aws:iam::*:role/partner", operator="ArnEquals", like="ArnLike"),
    Rule(
        id="public-principal-arn-with-a-fixed-account",
        says="aws:PrincipalArn with wildcards limits where its account is fixed.",
        source=PUBLIC,
        accept=limited(
            "the account is fixed",
            ALLOWED,
            "ArnLike",
            "aws:PrincipalArn",
            f"arn:aws:iam::{FOREIGN}:role/*",
            FOREIGN_ROLE,
        ),
        reject=limited(
            "it is not", REFUSED, "ArnLike", "aws:PrincipalArn", "arn:aws:iam::99*:role/partner", FOREIGN_ROLE
        ),
        off=Edit(
            "public",
            'FIXED_BY_ACCOUNT = frozenset({"aws:principalarn", ACCESS_POINT_ARN})',
            "FIXED_BY_ACCOUNT = frozenset({ACCESS_POINT_ARN})",
        ),
    ),
    Rule(
        id="public-source-ip-is-narrow",
        says="aws:SourceIp limits where its blocks are at least /8, and does not where they are half of all addresses.",
        source=PUBLIC,
        accept=limited("a /8", ALLOWED, "IpAddress", "aws:SourceIp", "52.0.0.0/8", "52.1.2.3"),
        reject=limited("a /1", REFUSED, "IpAddress", "aws:SourceIp", "0.0.0.0/1", "52.1.2.3"),
        off=Edit("public", "_BROADEST = {4: 1 << 24,", "_BROADEST = {4: 1 << 32,"),
    ),
    Rule(
        id="public-source-ip-of-version-6",
        says="aws:SourceIp limits where its IPv6 blocks are at least /32.",
        source=PUBLIC,
        accept=limited("a /32", ALLOWED, "IpAddress", "aws:SourceIp", "2600:1f00::/32", "2600:1f00::1"),
        reject=limited("a /1", REFUSED, "IpAddress", "aws:SourceIp", "::/1", "2600:1f00::1"),
        off=Edit("public", "6: 1 << 96}", "6: 1 << 80}"),
    ),
    Rule(
        id="public-userid-of-a-role",
        says="aws:userid with the id of a role (PREFIX:*) limits, and with a bare wildcard it does not.",
        source=PUBLIC,
        accept=limited("the id of a role", OPEN, "StringLike", "aws:userid", "AROAPARTNER:*", "AROAPARTNER:s"),
        reject=limited("anything", REFUSED, "StringLike", "aws:userid", "*", "AROAPARTNER:s"),
        off=Edit("public", '_by_head(pattern, "", ":")', "Public.YES"),
    ),
    Rule(
        id="public-principal-is-aws-service",
        says="aws:PrincipalIsAWSService true limits to services.",
        source=PUBLIC,
        accept=case(
            "services, and an account",
            setting(
                buckets("logs"),
                policy_of(
                    "logs",
                    document(
                        allow(Principal="*", Condition={"Bool": {"aws:PrincipalIsAWSService": "true"}}),
                        allow(Principal={"AWS": FOREIGN}),
                    ),
                ),
                block(bucket=RESTRICT),
            ),
            asks(FOREIGN_ROLE),
            ALLOWED,
        ),
        reject=case(
            "not services, and an account",
            setting(
                buckets("logs"),
                policy_of(
                    "logs",
                    document(
                        allow(Principal="*", Condition={"Bool": {"aws:PrincipalIsAWSService": "false"}}),
                        allow(Principal={"AWS": FOREIGN}),
                    ),
                ),
                block(bucket=RESTRICT),
            ),
            asks(FOREIGN_ROLE),
            REFUSED,
        ),
        off=Edit("public", 'is_limit = isinstance(values, GlobSet) and "false" not in values', "is_limit = False"),
    ),
    Rule(
        id="public-whatever-the-caller-chooses-limits-nobody",
        says="A condition on what the caller chooses (aws:UserAgent, aws:Referer) makes nothing less public.",
        source=PUBLIC,
        accept=limited(
            "a Referer", REFUSED, "StringLike", "aws:Referer", "https://example.com/*", "https://example.com/a"
        ),
        reject=limited("an organization", ALLOWED, "StringEquals", "aws:VpceOrgID", ORGANIZATION, ORGANIZATION),
        off=Edit("public", "if key in UNLIMITING_KEYS or", "if key == '' or"),
    ),
    Rule(
        id="public-inverted-conditions-do-not-limit",
        says="An inverted operator limits nobody.",
        source=PUBLIC,
        accept=limited("not one organization", REFUSED, "StringNotEquals", "aws:VpceOrgID", ORGANIZATION, "o-else"),
        reject=limited("one organization", ALLOWED, "StringEquals", "aws:VpceOrgID", ORGANIZATION, ORGANIZATION),
        off=Edit("public", "    if condition.inverted:\n", "    if condition.inverted and condition.view:\n"),
    ),
    Rule(
        id="public-ifexists-may-not-limit",
        says="Whether a condition with IfExists limits is not said: read both ways.",
        source=PUBLIC,
        accept=limited("IfExists", OPEN, "StringEqualsIfExists", "aws:VpceOrgID", ORGANIZATION, ORGANIZATION),
        reject=limited("without", ALLOWED, "StringEquals", "aws:VpceOrgID", ORGANIZATION, ORGANIZATION),
        off=Edit("public", "if found is Public.NO and (condition.if_exists or", "if found is Public.NO and ("),
    ),
)


def point(
    says: str, answer: Answer, principal: str, *parts: Json, resource: str = f"{POINT}/object/x", **more: Any
) -> Case:
    """An object of bucket `logs` through access point `door`, in the own account unless the parts say otherwise."""
    files = setting(buckets("logs"), *parts, accounts=more.pop("accounts", (OWN,)))
    return case(says, files, asks(principal, resource=resource, **more), answer)


DELEGATED = policy_of(
    "logs",
    document(
        allow(
            "s3:*",
            [BUCKET, f"{BUCKET}/*"],
            Principal="*",
            Condition={"StringEquals": {"s3:DataAccessPointAccount": OWN}},
        )
    ),
)
AT_POINT = f"{POINT}/object/*"
USED = {"s3:dataaccesspointaccount": OWN, "s3:dataaccesspointarn": POINT}
DOOR_FOREIGN = access_point(allow(resource=AT_POINT, Principal={"AWS": FOREIGN}))
OPEN_DOOR = access_point(allow(resource=AT_POINT, Principal="*"))
FOR_FOREIGN = policy_of("logs", document(allow(Principal={"AWS": FOREIGN})))

OTHER_POINT = POINT.replace(OWN, OTHER)
AT_OTHER = f"{OTHER_POINT}/object/*"
DELEGATED_TO_OTHER = policy_of(
    "logs",
    document(
        allow(
            "s3:*",
            [BUCKET, f"{BUCKET}/*"],
            Principal="*",
            Condition={"StringEquals": {"s3:DataAccessPointAccount": OTHER}},
        )
    ),
)
USED_OTHER = {"s3:dataaccesspointaccount": OTHER, "s3:dataaccesspointarn": OTHER_POINT}


def unseen(files: Json) -> Json:
    """The snapshot with an access point that could not be described."""
    described = f"{OWN}/eu-west-1/s3control/get-access-point/door.json"
    listed = f"{OWN}/eu-west-1/s3control/list-access-points.json"
    row = {"Name": "door", "Bucket": "logs", "BucketAccountId": OWN, "AccessPointArn": POINT}
    left = {path: value for path, value in files.items() if path != described}
    return {**left, listed: {"AccessPointList": [row]}}


POINT_RULES = (
    Rule(
        id="access-point-policy-must-allow",
        says="A request through an access point needs the access point's policy.",
        source=POINTS,
        accept=point(
            "the access point is for another account",
            REFUSED,
            FOREIGN_ROLE,
            DELEGATED,
            access_point(allow(resource=AT_POINT, Principal={"AWS": OTHER})),
            context=USED,
        ),
        reject=point(
            "the access point is for the caller's", ALLOWED, FOREIGN_ROLE, DELEGATED, DOOR_FOREIGN, context=USED
        ),
        off=Edit("guards", "documents = () if point.policy is None else (point.policy,)", "documents = ()"),
    ),
    Rule(
        id="access-point-needs-the-bucket",
        says="A request through an access point needs the bucket policy too.",
        source=POINTS,
        accept=point("the bucket says nothing", REFUSED, FOREIGN_ROLE, DOOR_FOREIGN, context=USED),
        reject=point(
            "the bucket grants to the same account", ALLOWED, FOREIGN_ROLE, FOR_FOREIGN, DOOR_FOREIGN, context=USED
        ),
        off=Edit("rulings", "return d.all_of([allowed, -grants.deny,", "return d.all_of([-grants.deny,"),
    ),
    Rule(
        id="access-point-account-delegates",
        says="A bucket policy that allows s3:DataAccessPointAccount leaves the decision to access points of the account.",
        source=POINTS,
        accept=point(
            "the bucket delegates to its own account", ALLOWED, FOREIGN_ROLE, DELEGATED, DOOR_FOREIGN, context=USED
        ),
        reject=point(
            "the request goes to the bucket itself",
            REFUSED,
            FOREIGN_ROLE,
            DELEGATED,
            DOOR_FOREIGN,
            resource=f"{BUCKET}/x",
        ),
        off=Edit(
            "facts",
            "            yield d.any_of([-about, d.formula.atom(variable, GlobSet([value]))])\n",
            "            yield d.any_of([-about, -d.formula.atom(variable, EVERYTHING)])\n",
        ),
    ),
    Rule(
        id="bucket-request-has-no-access-point",
        says="A request to the bucket itself carries no s3:DataAccessPointAccount.",
        source=POINTS,
        accept=point(
            "a request to the bucket that says so",
            REFUSED,
            FOREIGN_ROLE,
            DELEGATED,
            DOOR_FOREIGN,
            resource=f"{BUCKET}/x",
            context=USED,
        ),
        reject=point("a request to the access point", ALLOWED, FOREIGN_ROLE, DELEGATED, DOOR_FOREIGN, context=USED),
        off=Edit(
            "facts",
            "        yield d.any_of([-d.formula.atom(RESOURCE, GlobSet(buckets)), -d.formula.atom(variable, EVERYTHING)])\n",
            "        yield TRUE\n",
        ),
    ),
    Rule(
        id="bucket-deny-holds-through-access-points",
        says="A Deny of the bucket policy holds for requests through an access point.",
        source=POINTS,
        accept=point(
            "the bucket denies the object",
            REFUSED,
            FOREIGN_ROLE,
            policy_of("logs", document(allow(Principal="*"), deny(resource=f"{BUCKET}/x", Principal="*"))),
            DOOR_FOREIGN,
            context=USED,
        ),
        reject=point(
            "it denies another object",
            ALLOWED,
            FOREIGN_ROLE,
            policy_of("logs", document(allow(Principal="*"), deny(resource=f"{BUCKET}/y", Principal="*"))),
            DOOR_FOREIGN,
            context=USED,
        ),
        off=Edit("rulings", "return d.all_of([allowed, -grants.deny,", "return d.all_of([allowed,"),
    ),
    Rule(
        id="access-point-of-the-own-account",
        says="Whether the own account needs a grant of the bucket behind an access point is read both ways.",
        source=POINTS,
        accept=point(
            "a role that identity and access point allow",
            OPEN,
            ROLE,
            iam(roles=[role("reader", READ)]),
            OPEN_DOOR,
            context=USED,
        ),
        reject=point(
            "the bucket delegates", ALLOWED, ROLE, iam(roles=[role("reader", READ)]), DELEGATED, OPEN_DOOR, context=USED
        ),
        off=Edit(
            "rulings",
            "own = d.principal_in(GlobSet(account_globs(account))) if d.wide else FALSE",
            "own = d.principal_in(GlobSet(account_globs(account)))",
        ),
    ),
    Rule(
        id="access-point-stays-in-its-vpc",
        says="An access point with a VPC serves requests from it.",
        source="S3 user guide, Creating access points restricted to a virtual private cloud",
        accept=point(
            "from another VPC",
            REFUSED,
            FOREIGN_ROLE,
            DELEGATED,
            access_point(allow(resource=AT_POINT, Principal={"AWS": FOREIGN}), vpc="vpc-1"),
            context={**USED, "aws:sourcevpc": "vpc-2"},
        ),
        reject=point(
            "from its VPC",
            ALLOWED,
            FOREIGN_ROLE,
            DELEGATED,
            access_point(allow(resource=AT_POINT, Principal={"AWS": FOREIGN}), vpc="vpc-1"),
            context={**USED, "aws:sourcevpc": "vpc-1"},
        ),
        off=Edit(
            "rulings",
            'network = d.some("aws:sourcevpc", "", GlobSet([point.vpc]), complement=False)',
            "network = TRUE",
        ),
    ),
    Rule(
        id="access-point-has-its-own-block",
        says="RestrictPublicBuckets of an access point shuts others out where its policy is public.",
        source="S3 user guide, Managing public access to access points",
        accept=point(
            "on, and the policy is public",
            REFUSED,
            FOREIGN_ROLE,
            DELEGATED,
            access_point(allow(resource=AT_POINT, Principal="*"), flags=RESTRICT),
            context=USED,
        ),
        reject=point("off", ALLOWED, FOREIGN_ROLE, DELEGATED, OPEN_DOOR, context=USED),
        off=Edit("access_point", "levels = (own, self.block)", "levels = (self.block,)"),
    ),
    Rule(
        id="access-point-has-the-block-of-its-account",
        says="RestrictPublicBuckets of the account holds for its access points.",
        source="S3 user guide, Managing public access to access points",
        accept=point(
            "on for the account, and the policy is public",
            REFUSED,
            FOREIGN_ROLE,
            DELEGATED,
            OPEN_DOOR,
            block(account=RESTRICT),
            context=USED,
        ),
        reject=point(
            "on, and the policy is for one account",
            ALLOWED,
            FOREIGN_ROLE,
            DELEGATED,
            DOOR_FOREIGN,
            block(account=RESTRICT),
            context=USED,
        ),
        off=Edit("access_point", "levels = (own, self.block)", "levels = (own,)"),
    ),
    Rule(
        id="block-of-the-bucket-binds-access-points",
        says="RestrictPublicBuckets of the bucket holds for requests through an access point, if the bucket policy is public.",
        source="S3 user guide, Managing public access to access points",
        accept=point(
            "the bucket policy is public",
            REFUSED,
            FOREIGN_ROLE,
            OPEN_POLICY,
            DOOR_FOREIGN,
            block(bucket=RESTRICT),
            context=USED,
        ),
        reject=point(
            "it is for one account",
            ALLOWED,
            FOREIGN_ROLE,
            FOR_FOREIGN,
            DOOR_FOREIGN,
            block(bucket=RESTRICT),
            context=USED,
        ),
        off=Edit("rulings", "-grants.deny, -self._blocks(bucket, (account,))])", "-grants.deny])"),
    ),
    Rule(
        id="block-of-the-bucket-and-a-public-access-point",
        says="Whether RestrictPublicBuckets of the bucket shuts others out of an access point whose own policy is public is read both ways.",
        source="S3 user guide, Managing public access to access points",
        accept=point(
            "the access point is public, the bucket is not",
            OPEN,
            FOREIGN_ROLE,
            DELEGATED,
            OPEN_DOOR,
            block(bucket=RESTRICT),
            context=USED,
        ),
        reject=point(
            "neither is", ALLOWED, FOREIGN_ROLE, DELEGATED, DOOR_FOREIGN, block(bucket=RESTRICT), context=USED
        ),
        off=Edit("rulings", "if doubts and not point.block_problem", "if () and not point.block_problem"),
    ),
    Rule(
        id="access-point-whose-network-is-not-known",
        says="An access point whose network origin is not known may be bound to a VPC.",
        source="S3 user guide, Creating access points restricted to a virtual private cloud",
        accept=case(
            "the access point could not be described",
            unseen(setting(buckets("logs"), DELEGATED, DOOR_FOREIGN)),
            asks(FOREIGN_ROLE, resource=f"{POINT}/object/x", context=USED),
            OPEN,
        ),
        reject=point("it is open to the internet", ALLOWED, FOREIGN_ROLE, DELEGATED, DOOR_FOREIGN, context=USED),
        off=Edit("access_point", 'vpc_problem="" if origin in ("VPC", "Internet") else', 'vpc_problem="" if True else'),
    ),
    Rule(
        id="acl-grants-through-access-points",
        says="Whether an ACL lets a request through an access point to the bucket is not said: it may.",
        source=POINTS,
        accept=case(
            "the object is granted to everyone",
            setting(buckets("logs"), acls(objects=PUBLIC_OBJECT), block(), OPEN_DOOR),
            asks(FOREIGN_ROLE, resource=f"{POINT}/object/x", context=USED),
            OPEN,
        ),
        reject=case(
            "the object is granted to nobody",
            setting(buckets("logs"), acls(objects=PUBLIC_OBJECT), block(), OPEN_DOOR),
            asks(FOREIGN_ROLE, resource=f"{POINT}/object/y", context=USED),
            REFUSED,
        ),
        off=Edit("rulings", "own = d.any_of([own, self._objects_granted(bucket)])", "own = d.any_of([own])"),
    ),
    Rule(
        id="rcp-of-the-bucket-binds-access-points",
        says="Whether a resource control policy of the bucket's account holds for requests through an access point of another is read both ways.",
        source="Organizations user guide, Resource control policies (RCPs)",
        accept=case(
            "the bucket's account denies",
            organized(
                buckets("logs"),
                DELEGATED_TO_OTHER,
                access_point(allow(resource=AT_OTHER, Principal={"AWS": FOREIGN}), account=OTHER),
                rcp={OWN: [document(deny("s3:*", Principal="*"))]},
            ),
            asks(FOREIGN_ROLE, resource=f"{OTHER_POINT}/object/x", context=USED_OTHER),
            OPEN,
        ),
        reject=case(
            "nobody denies",
            organized(
                buckets("logs"),
                DELEGATED_TO_OTHER,
                access_point(allow(resource=AT_OTHER, Principal={"AWS": FOREIGN}), account=OTHER),
            ),
            asks(FOREIGN_ROLE, resource=f"{OTHER_POINT}/object/x", context=USED_OTHER),
            ALLOWED,
        ),
        off=Edit("authorization", "buckets += [g for p in points for g in p.resources.patterns]", "buckets += []"),
    ),
    Rule(
        id="multi-region-access-point-policy",
        says="A multi-Region access point has a policy of its own, and its ARN has its alias.",
        source=MULTI_REGION,
        accept=point(
            "its policy is for the caller's account",
            ALLOWED,
            FOREIGN_ROLE,
            DELEGATED,
            multi_region_point(allow(resource=f"{REGIONS_POINT}/object/*", Principal={"AWS": FOREIGN})),
            resource=f"{REGIONS_POINT}/object/x",
            context={**USED, "s3:dataaccesspointarn": REGIONS_POINT},
        ),
        reject=point(
            "its policy is for another",
            REFUSED,
            FOREIGN_ROLE,
            DELEGATED,
            multi_region_point(allow(resource=f"{REGIONS_POINT}/object/*", Principal={"AWS": OTHER})),
            resource=f"{REGIONS_POINT}/object/x",
            context={**USED, "s3:dataaccesspointarn": REGIONS_POINT},
        ),
        off=Edit("access_point", "            points += self._several()\n", "            pass\n"),
    ),
)

RULES = (*ACL_RULES, *BLOCK_RULES, *PUBLIC_RULES, *POINT_RULES)
