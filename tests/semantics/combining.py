"""Section 5, first half: identity, boundary, session and resource policies together, within and across accounts."""

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
    attached,
    buckets,
    deny,
    document,
    group,
    iam,
    lone_bucket,
    lone_role,
    lone_trust,
    lone_user,
    managed,
    policy_of,
    role,
    setting,
    trust,
    user,
)
from semantics.edited import Edit
from semantics.rule import ALLOWED, OPEN, REFUSED, Rule, asks, case
from semantics.statements import (
    FOREIGN_ROLE,
    GUEST,
    NOT_PRINCIPAL,
    OTHER_ROLE,
    READ,
    ROOT,
    two_accounts,
)
from semantics.worlds import (
    ENDPOINT,
    KEY,
    QUEUE,
    bounded,
    delegates,
    endpoint,
    grant,
    key,
    queue,
)

LOGIC = "IAM user guide, Policy evaluation logic"
SINGLE = "IAM user guide, Policy evaluation for requests within a single account"
CROSS = "IAM user guide, Cross-account policy evaluation logic"
BOUNDARY = "IAM user guide, Permissions boundaries for IAM entities"
SESSION = "IAM user guide, Policies and permissions in IAM, Session policies"
ROOT_USER = "IAM user guide, AWS account root user"
TRUST = "IAM user guide, How to use trust policies with IAM roles"
KEYS = "KMS developer guide, Key policies in AWS KMS"
KEY_GRANTS = "KMS developer guide, Grants in AWS KMS"
STS = "STS API reference"
ENDPOINTS = "VPC user guide, Control access to VPC endpoints using endpoint policies"
GATEWAY = "VPC user guide, Gateway endpoints for Amazon S3, Endpoint policies"
MANAGED = "IAM user guide, Managed policies and inline policies"
VERSIONS = "IAM user guide, Versioning IAM policies"
SERVICES = "IAM user guide, The confused deputy problem"

Json = Any
WRITE = document(allow("s3:PutObject"))
NO_WRITE = deny("s3:PutObject", Principal="*")
SESSION_ARN = f"arn:aws:sts::{OWN}:assumed-role/reader/s1"


def policied(principals: Json, *statements: Json) -> Json:
    """Bucket `logs` with these statements beside the IAM of an account."""
    return setting(principals, buckets("logs"), policy_of("logs", document(*statements)))


def versions(*documents: Json, default: int) -> Json:
    """A role with a managed policy of several versions."""
    rows = [{"VersionId": f"v{i}", "IsDefaultVersion": i == default, "Document": d} for i, d in enumerate(documents)]
    policy = managed("asked", READ, PolicyVersionList=rows)
    return setting(iam(roles=[role("reader", AttachedManagedPolicies=attached(policy["Arn"]))], policies=[policy]))


def in_group(*documents: Json, member: bool) -> Json:
    groups = ["readers"] if member else []
    return setting(iam(users=[user("alice", GroupList=groups)], groups=[group("readers", *documents)]))


def with_managed(given: Json, *, is_attached: bool) -> Json:
    policy = managed("asked", given)
    row = role("reader", AttachedManagedPolicies=attached(policy["Arn"]) if is_attached else [])
    return setting(iam(roles=[row], policies=[policy]))


IDENTITY = (
    Rule(
        id="nothing-is-allowed-by-default",
        says="A request that nothing allows is denied.",
        source=LOGIC,
        accept=case("a role without policies", lone_role(), asks(), REFUSED),
        reject=case("a role with one", lone_role(allow()), asks(), ALLOWED),
        off=Edit(
            "authorization",
            "        limits = Limits(d.all_of([identity.allow, beside]), beside)\n        granted = self._granted(limits, caller.account",
            "        limits = Limits(beside, beside)\n        granted = self._granted(limits, caller.account",
        ),
    ),
    Rule(
        id="documents-of-a-kind-are-pooled",
        says="What one identity policy allows is allowed, whatever the others leave out.",
        source=LOGIC,
        accept=case("the second policy allows", setting(iam(roles=[role("reader", WRITE, READ)])), asks(), ALLOWED),
        reject=case(
            "neither does",
            setting(iam(roles=[role("reader", WRITE, document(allow("s3:ListBucket")))])),
            asks(),
            REFUSED,
        ),
        off=Edit("derivation", "for document in documents:", "for document in documents[:1]:"),
    ),
    Rule(
        id="attached-policies-count",
        says="Managed policies that are attached are identity policies.",
        source=MANAGED,
        accept=case("attached", with_managed(READ, is_attached=True), asks(), ALLOWED),
        reject=case("in the account and not attached", with_managed(READ, is_attached=False), asks(), REFUSED),
        off=Edit("identity", "found += self._attached(row, path)", "found += []"),
    ),
    Rule(
        id="group-policies-count",
        says="The policies of a user's groups are the user's.",
        source=MANAGED,
        accept=case("a member of the group", in_group(READ, member=True), asks(USER), ALLOWED),
        reject=case("no member", in_group(READ, member=False), asks(USER), REFUSED),
        off=Edit("identity", "found += groups[group].documents", "found += ()"),
    ),
    Rule(
        id="default-version-decides",
        says="The default version of a managed policy is the one in force.",
        source=VERSIONS,
        accept=case("the default is the second", versions(document(deny()), READ, default=1), asks(), ALLOWED),
        reject=case("the default is the first", versions(document(deny()), READ, default=0), asks(), REFUSED),
        off=Edit(
            "identity",
            'for i, v in enumerate(versions) if v.get("IsDefaultVersion") is True]',
            "for i, v in enumerate(versions)][:1]",
        ),
    ),
    Rule(
        id="identity-deny-wins",
        says="A Deny of an identity policy wins, over a grant of a resource policy too.",
        source=LOGIC,
        accept=case(
            "the resource grants, identity denies",
            policied(iam(roles=[role("reader", document(deny()))]), allow(Principal={"AWS": ROLE})),
            asks(),
            REFUSED,
        ),
        reject=case(
            "identity denies something else",
            policied(iam(roles=[role("reader", document(deny("s3:PutObject")))]), allow(Principal={"AWS": ROLE})),
            asks(),
            ALLOWED,
        ),
        off=Edit("authorization", "            -identity.deny,\n", ""),
    ),
    Rule(
        id="resource-deny-wins",
        says="A Deny of a resource policy wins, over what identity allows too.",
        source=LOGIC,
        accept=case(
            "identity grants, the resource denies the role",
            policied(iam(roles=[role("reader", READ)]), deny(Principal={"AWS": ROLE})),
            asks(),
            REFUSED,
        ),
        reject=case(
            "the resource denies another role",
            policied(iam(roles=[role("reader", READ)]), deny(Principal={"AWS": OTHER_ROLE})),
            asks(),
            ALLOWED,
        ),
        off=Edit(
            "authorization",
            "denials.append(-d.all_of([about, grants.deny, above]))",
            "denials.append(-d.all_of([about, grants.deny, above, FALSE]))",
        ),
    ),
    Rule(
        id="deny-at-account-level-is-explicit",
        says="A Deny that names the account denies each of its principals.",
        source=SINGLE,
        accept=case(
            "the resource denies the account",
            policied(iam(roles=[role("reader", READ)]), deny(Principal={"AWS": OWN})),
            asks(),
            REFUSED,
        ),
        reject=case(
            "the resource denies another account",
            policied(iam(roles=[role("reader", READ)]), deny(Principal={"AWS": OTHER})),
            asks(),
            ALLOWED,
        ),
        off=Edit(
            "derivation",
            "deny += (applies.named, applies.by_role, applies.by_account)",
            "deny += (applies.named, applies.by_role)",
        ),
    ),
)

TOGETHER = (
    Rule(
        id="same-account-either-suffices",
        says="Within an account a grant of the resource to the caller suffices, and so does identity.",
        source=SINGLE,
        accept=case(
            "the resource grants to the user, identity says nothing",
            policied(iam(users=[user("alice")]), allow(Principal={"AWS": USER})),
            asks(USER),
            ALLOWED,
        ),
        reject=case(
            "the resource grants to another user",
            policied(iam(users=[user("alice"), user("bob")]), allow(Principal={"AWS": f"arn:aws:iam::{OWN}:user/bob"})),
            asks(USER),
            REFUSED,
        ),
        off=Edit(
            "authorization",
            "                    grants.direct,\n                    d.all_of([grants.role, limits.beside]),\n",
            "",
        ),
    ),
    Rule(
        id="same-account-delegation-needs-identity",
        says="Within an account a grant to the account alone still needs identity.",
        source=SINGLE,
        accept=case(
            "identity says nothing",
            policied(iam(roles=[role("reader")]), allow(Principal={"AWS": OWN}), NO_WRITE),
            asks(),
            REFUSED,
        ),
        reject=case(
            "identity allows",
            policied(iam(roles=[role("reader", READ)]), allow(Principal={"AWS": OWN}), NO_WRITE),
            asks(),
            ALLOWED,
        ),
        off=Edit("authorization", "d.all_of([trusted, limits.identity]),", "trusted,"),
    ),
    Rule(
        id="account-is-trusted-by-default",
        says="Within an account identity suffices for a resource whose policy does not say so.",
        source=SINGLE,
        accept=case(
            "a bucket policy that grants to somebody else",
            policied(iam(roles=[role("reader", READ)]), allow(Principal={"AWS": FOREIGN}), NO_WRITE),
            asks(),
            ALLOWED,
        ),
        reject=case(
            "a key policy that does",
            setting(
                iam(roles=[role("reader", document(allow("kms:*")))]), key(allow("kms:*", Principal={"AWS": FOREIGN}))
            ),
            asks(action="kms:Decrypt", resource=KEY),
            REFUSED,
        ),
        off=Edit(
            "authorization", "trusted = TRUE if guard.trusts_account else grants.account", "trusted = grants.account"
        ),
    ),
    Rule(
        id="cross-account-needs-the-resource",
        says="Across accounts identity alone does not suffice.",
        source=CROSS,
        accept=case("identity allows, the resource says nothing", two_accounts(), asks(OTHER_ROLE), REFUSED),
        reject=case("both allow", two_accounts(allow(Principal={"AWS": OTHER_ROLE})), asks(OTHER_ROLE), ALLOWED),
        off=Edit(
            "authorization",
            "granted = d.all_of([d.any_of([grants.direct, grants.role, grants.account]), limits.identity])",
            "granted = limits.identity",
        ),
    ),
    Rule(
        id="cross-account-needs-identity",
        says="Across accounts a grant of the resource, to the caller by its ARN too, does not suffice.",
        source=CROSS,
        accept=case(
            "the resource grants to the role, identity says nothing",
            two_accounts(allow(Principal={"AWS": OTHER_ROLE}), identity=WRITE),
            asks(OTHER_ROLE),
            REFUSED,
        ),
        reject=case("both allow", two_accounts(allow(Principal={"AWS": OTHER_ROLE})), asks(OTHER_ROLE), ALLOWED),
        off=Edit(
            "authorization",
            "granted = d.all_of([d.any_of([grants.direct, grants.role, grants.account]), limits.identity])",
            "granted = d.any_of([grants.direct, grants.role, grants.account])",
        ),
    ),
    Rule(
        id="cross-account-session-grant",
        says="Across accounts a grant to a session and identity are enough for that session.",
        source=CROSS,
        accept=case(
            "that session",
            two_accounts(allow(Principal={"AWS": f"arn:aws:sts::{OTHER}:assumed-role/reader/s1"})),
            asks(OTHER_ROLE, session="s1"),
            ALLOWED,
        ),
        reject=case(
            "another session",
            two_accounts(allow(Principal={"AWS": f"arn:aws:sts::{OTHER}:assumed-role/reader/s1"})),
            asks(OTHER_ROLE, session="s2"),
            REFUSED,
        ),
        off=Edit(
            "derivation", "self.formula.atom(SESSION, GlobSet([session]))", "self.formula.atom(SESSION, EVERYTHING)"
        ),
    ),
    Rule(
        id="cross-account-delegation-suffices",
        says="Across accounts a grant to the caller's account and identity are enough.",
        source=CROSS,
        accept=case("the account is named", two_accounts(allow(Principal={"AWS": OTHER})), asks(OTHER_ROLE), ALLOWED),
        reject=case(
            "another account is named", two_accounts(allow(Principal={"AWS": FOREIGN})), asks(OTHER_ROLE), REFUSED
        ),
        off=Edit(
            "authorization",
            "granted = d.all_of([d.any_of([grants.direct, grants.role, grants.account]), limits.identity])",
            "granted = d.all_of([d.any_of([grants.direct, grants.role]), limits.identity])",
        ),
    ),
    Rule(
        id="service-needs-the-resource-policy",
        says="A service principal is allowed what the resource policy grants to it.",
        source=SERVICES,
        accept=case(
            "the resource grants to the service",
            lone_bucket(allow(Principal={"Service": "a.b"})),
            asks("service:a.b"),
            ALLOWED,
        ),
        reject=case(
            "the resource grants to the account",
            lone_bucket(allow(Principal={"AWS": OWN})),
            asks("service:a.b"),
            REFUSED,
        ),
        off=Edit(
            "authorization", 'WITHOUT_IAM = GlobSet([ANONYMOUS, "service:" + STAR,', "WITHOUT_IAM = GlobSet([ANONYMOUS,"
        ),
    ),
    Rule(
        id="anonymous-needs-a-grant-to-everyone",
        says="Who has not signed in is allowed what the resource policy grants to everyone.",
        source="IAM user guide, AWS JSON policy elements: Principal",
        accept=case("everyone may read", lone_bucket(allow(Principal="*")), asks("anonymous"), ALLOWED),
        reject=case(
            "a condition that only signed requests meet",
            lone_bucket(allow(Principal="*", Condition={"StringLike": {"aws:PrincipalArn": "*"}})),
            asks("anonymous"),
            REFUSED,
        ),
        off=Edit("authorization", "WITHOUT_IAM = GlobSet([ANONYMOUS,", "WITHOUT_IAM = GlobSet(["),
    ),
    Rule(
        id="confused-deputy-keys-limit-a-service",
        says="A grant to a service holds for whatever it acts for, unless aws:SourceArn or aws:SourceAccount say so.",
        source=SERVICES,
        accept=case(
            "the service acts for another account",
            lone_bucket(allow(Principal={"Service": "a.b"}, Condition={"StringEquals": {"aws:SourceAccount": OWN}})),
            asks("service:a.b", context={"aws:sourceaccount": FOREIGN}),
            REFUSED,
        ),
        reject=case(
            "nothing is said of whom it acts for",
            lone_bucket(allow(Principal={"Service": "a.b"})),
            asks("service:a.b", context={"aws:sourceaccount": FOREIGN}),
            ALLOWED,
        ),
        off=Edit(
            "derivation",
            'rest.append((f"Condition.{c.operator}.{c.key}", condition_literal(c, self, wide=wide)))',
            "pass",
        ),
    ),
    Rule(
        id="source-account-is-that-of-source-arn",
        says="aws:SourceAccount is the account in aws:SourceArn.",
        source="IAM user guide, AWS global condition context keys, aws:SourceAccount",
        accept=case(
            "the two disagree",
            lone_bucket(
                allow(
                    Principal={"Service": "a.b"},
                    Condition={
                        "StringEquals": {"aws:SourceAccount": OWN},
                        "ArnLike": {"aws:SourceArn": f"arn:aws:sns:*:{FOREIGN}:*"},
                    },
                )
            ),
            asks(
                "service:a.b", context={"aws:sourceaccount": OWN, "aws:sourcearn": f"arn:aws:sns:eu-west-1:{FOREIGN}:t"}
            ),
            REFUSED,
        ),
        reject=case(
            "the two agree",
            lone_bucket(
                allow(
                    Principal={"Service": "a.b"},
                    Condition={
                        "StringEquals": {"aws:SourceAccount": OWN},
                        "ArnLike": {"aws:SourceArn": f"arn:aws:sns:*:{OWN}:*"},
                    },
                )
            ),
            asks("service:a.b", context={"aws:sourceaccount": OWN, "aws:sourcearn": f"arn:aws:sns:eu-west-1:{OWN}:t"}),
            ALLOWED,
        ),
        off=Edit("facts", "        *source_keys(derivation),\n", ""),
    ),
    Rule(
        id="foreign-identity-is-assumed-to-allow",
        says="A caller of an account outside the snapshot is assumed to be allowed by it.",
        source=CROSS,
        accept=case(
            "the resource grants to the foreign account",
            lone_bucket(allow(Principal={"AWS": FOREIGN})),
            asks(FOREIGN_ROLE),
            ALLOWED,
        ),
        reject=case("the resource says nothing", lone_bucket(), asks(FOREIGN_ROLE), REFUSED),
        off=Edit("authorization", "d.all_of([foreign, d.any_of([grants.direct, grants.role, grants.account])]),", ""),
    ),
    Rule(
        id="foreign-caller-needs-its-own-account",
        says="A caller outside the snapshot whose account does not allow the request is refused.",
        source=CROSS,
        accept=case(
            "its account does not allow it", lone_bucket(allow(Principal="*")), asks(FOREIGN_ROLE, flags={}), REFUSED
        ),
        reject=case("its account does", lone_bucket(allow(Principal="*")), asks(FOREIGN_ROLE), ALLOWED),
        off=Edit("authorization", "            d.formula.atom(CALLER_ALLOWED, None),\n", ""),
    ),
)

BOUNDARIES = (
    Rule(
        id="boundary-limits-identity",
        says="What identity allows and the boundary does not is denied.",
        source=BOUNDARY,
        accept=case("the boundary allows something else", setting(bounded("role", WRITE, READ)), asks(), REFUSED),
        reject=case("the boundary allows it too", setting(bounded("role", READ, READ)), asks(), ALLOWED),
        off=Edit("authorization", "beside = d.all_of([boundary.allow, session.allow])", "beside = session.allow"),
    ),
    Rule(
        id="boundary-grants-nothing",
        says="A boundary alone grants nothing.",
        source=BOUNDARY,
        accept=case("the boundary allows, identity says nothing", setting(bounded("role", READ)), asks(), REFUSED),
        reject=case("both allow", setting(bounded("role", READ, READ)), asks(), ALLOWED),
        off=Edit(
            "authorization",
            "limits = Limits(d.all_of([identity.allow, beside]), beside)",
            "limits = Limits(beside if principal and principal.boundary else d.all_of([identity.allow, beside]), beside)",
        ),
    ),
    Rule(
        id="boundary-deny-is-explicit",
        says="A Deny of the boundary wins over a grant of the resource to the user.",
        source=BOUNDARY,
        accept=case(
            "the boundary denies",
            policied(bounded("user", document(allow("*"), deny())), allow(Principal={"AWS": USER})),
            asks(USER),
            REFUSED,
        ),
        reject=case(
            "the boundary does not allow",
            policied(bounded("user", WRITE), allow(Principal={"AWS": USER})),
            asks(USER),
            ALLOWED,
        ),
        off=Edit("authorization", "            -boundary.deny,\n", ""),
    ),
    Rule(
        id="boundary-does-not-limit-user-grant",
        says="Within an account a grant to the ARN of a user is not limited by the user's boundary.",
        source=SINGLE,
        accept=case(
            "the resource grants to the user",
            policied(bounded("user", WRITE), allow(Principal={"AWS": USER})),
            asks(USER),
            ALLOWED,
        ),
        reject=case(
            "the resource grants to the account",
            policied(bounded("user", WRITE, READ), allow(Principal={"AWS": OWN})),
            asks(USER),
            REFUSED,
        ),
        off=Edit(
            "authorization",
            "                    grants.direct,\n                    d.all_of([grants.role",
            "                    d.all_of([grants.direct, limits.beside]),\n                    d.all_of([grants.role",
        ),
    ),
    Rule(
        id="boundary-limits-role-grant",
        says="Within an account a grant to the ARN of a role is limited by the role's boundary.",
        source=SINGLE,
        accept=case(
            "the boundary does not allow",
            policied(bounded("role", WRITE), allow(Principal={"AWS": ROLE})),
            asks(),
            REFUSED,
        ),
        reject=case(
            "the boundary allows", policied(bounded("role", READ), allow(Principal={"AWS": ROLE})), asks(), ALLOWED
        ),
        off=Edit("authorization", "d.all_of([grants.role, limits.beside]),", "grants.role,"),
    ),
    Rule(
        id="boundary-limits-grant-to-unique-id-of-role",
        says="A grant to the unique id of a role is one to the role.",
        source=SINGLE,
        accept=case(
            "the boundary does not allow",
            policied(bounded("role", WRITE), allow(Principal={"AWS": "AROAREADER"})),
            asks(),
            REFUSED,
        ),
        reject=case(
            "the boundary allows",
            policied(bounded("role", READ), allow(Principal={"AWS": "AROAREADER"})),
            asks(),
            ALLOWED,
        ),
        off=Edit(
            "derivation",
            "(roles if _is_role(arn) else exact).append(arn)",
            '(roles if _is_role(arn) and kind != "id" else exact).append(arn)',
        ),
    ),
    Rule(
        id="boundary-does-not-limit-session-grant",
        says="Within an account a grant to the ARN of a session is not limited by the boundary.",
        source=SINGLE,
        accept=case(
            "the resource grants to the session",
            policied(bounded("role", WRITE), allow(Principal={"AWS": SESSION_ARN})),
            asks(session="s1"),
            ALLOWED,
        ),
        reject=case(
            "the resource grants to the role",
            policied(bounded("role", WRITE), allow(Principal={"AWS": ROLE})),
            asks(session="s1"),
            REFUSED,
        ),
        off=Edit(
            "authorization",
            "                    grants.direct,\n                    d.all_of([grants.role",
            "                    d.all_of([grants.direct, limits.beside]),\n                    d.all_of([grants.role",
        ),
    ),
    Rule(
        id="boundary-does-not-limit-grant-to-everyone",
        says="Within an account a grant to * is not limited by the boundary.",
        source="IAM user guide, AWS JSON policy elements: Principal, IAM role principals",
        accept=case(
            "the resource grants to everyone", policied(bounded("role", WRITE), allow(Principal="*")), asks(), ALLOWED
        ),
        reject=case(
            "the resource grants to the role",
            policied(bounded("role", WRITE), allow(Principal={"AWS": ROLE})),
            asks(),
            REFUSED,
        ),
        off=Edit(
            "derivation",
            "        if entries.everyone or (wide and self._may_be_anyone(entries)):\n            return TRUE, FALSE, FALSE\n",
            "        if entries.everyone or (wide and self._may_be_anyone(entries)):\n            return -self.principal_in(ANY_ARN), self.principal_in(ANY_ARN), FALSE\n",
        ),
    ),
    Rule(
        id="boundary-does-not-limit-grant-by-principal-arn",
        says="A grant to * with aws:PrincipalArn is one to the session itself, which the boundary does not limit.",
        source="IAM user guide, AWS JSON policy elements: Principal, IAM role principals",
        accept=case(
            "the role by aws:PrincipalArn",
            policied(bounded("role", WRITE), allow(Principal="*", Condition={"ArnEquals": {"aws:PrincipalArn": ROLE}})),
            asks(),
            ALLOWED,
        ),
        reject=case(
            "the role by its ARN", policied(bounded("role", WRITE), allow(Principal={"AWS": ROLE})), asks(), REFUSED
        ),
        off=Edit(
            "derivation",
            "        if entries.everyone or (wide and self._may_be_anyone(entries)):\n            return TRUE, FALSE, FALSE\n",
            "        if entries.everyone or (wide and self._may_be_anyone(entries)):\n            return -self.principal_in(ANY_ARN), self.principal_in(ANY_ARN), FALSE\n",
        ),
    ),
    Rule(
        id="boundary-limits-cross-account-grants",
        says="Across accounts the boundary limits whatever the resource grants.",
        source=CROSS,
        accept=case(
            "the resource grants to the user of another account, whose boundary does not allow",
            setting(
                bounded("user", WRITE, READ, account=OTHER),
                buckets("logs"),
                policy_of("logs", document(allow(Principal={"AWS": f"arn:aws:iam::{OTHER}:user/alice"}))),
                accounts=(OWN, OTHER),
            ),
            asks(f"arn:aws:iam::{OTHER}:user/alice"),
            REFUSED,
        ),
        reject=case(
            "its boundary allows",
            setting(
                bounded("user", READ, READ, account=OTHER),
                buckets("logs"),
                policy_of("logs", document(allow(Principal={"AWS": f"arn:aws:iam::{OTHER}:user/alice"}))),
                accounts=(OWN, OTHER),
            ),
            asks(f"arn:aws:iam::{OTHER}:user/alice"),
            ALLOWED,
        ),
        off=Edit(
            "authorization",
            "granted = d.all_of([d.any_of([grants.direct, grants.role, grants.account]), limits.identity])",
            "granted = d.any_of([grants.direct, d.all_of([grants.account, limits.identity])])",
        ),
    ),
    Rule(
        id="notprincipal-deny-hits-who-has-a-boundary",
        says="A Deny by NotPrincipal hits every caller that has a boundary, listed or not.",
        source=NOT_PRINCIPAL,
        accept=case(
            "a listed user with a boundary",
            policied(bounded("user", READ, READ), deny(NotPrincipal={"AWS": [USER, ROOT]})),
            asks(USER),
            REFUSED,
        ),
        reject=case(
            "a listed user without",
            policied(iam(users=[user("alice", READ)]), deny(NotPrincipal={"AWS": [USER, ROOT]})),
            asks(USER),
            ALLOWED,
        ),
        off=Edit(
            "derivation",
            "if effect is Effect.DENY and self.caller is not None and self.caller.has_boundary:",
            "if effect is None:",
        ),
    ),
    Rule(
        id="unknown-boundary-may-allow",
        says="A boundary whose document is not in the export may allow or not.",
        source=BOUNDARY,
        accept=case(
            "the document is missing",
            setting(
                iam(
                    roles=[
                        role(
                            "reader",
                            READ,
                            PermissionsBoundary={"PermissionsBoundaryArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
                        )
                    ]
                )
            ),
            asks(),
            OPEN,
        ),
        reject=case("there is no boundary", setting(iam(roles=[role("reader", READ)])), asks(), ALLOWED),
        off=Edit(
            "authorization",
            "        if principal is not None and principal.boundary is not None:\n",
            "        if principal is not None and principal.boundary is not None and not principal.boundary.problem:\n",
        ),
    ),
)


def session_case(says: str, files: Json, answer: Any, *policies: Json, **more: Any) -> Any:
    """A request of a session of role `reader` that was given these policies."""
    return case(says, files, asks(session="s1", **more), answer, session_policy=policies)


SESSIONS = (
    Rule(
        id="session-policy-limits-identity",
        says="What identity allows and the session policy does not is denied.",
        source=SESSION,
        accept=session_case("the session policy allows something else", lone_role(allow()), REFUSED, WRITE),
        reject=session_case("the session policy allows it too", lone_role(allow()), ALLOWED, READ),
        off=Edit("authorization", "beside = d.all_of([boundary.allow, session.allow])", "beside = boundary.allow"),
    ),
    Rule(
        id="session-policy-grants-nothing",
        says="A session policy alone grants nothing.",
        source=SESSION,
        accept=session_case("identity says nothing", lone_role(), REFUSED, READ),
        reject=session_case("identity allows", lone_role(allow()), ALLOWED, READ),
        off=Edit(
            "authorization",
            "limits = Limits(d.all_of([identity.allow, beside]), beside)",
            "limits = Limits(beside if self.sessions else d.all_of([identity.allow, beside]), beside)",
        ),
    ),
    Rule(
        id="session-policies-are-pooled",
        says="What one of several session policies allows they allow.",
        source=SESSION,
        accept=session_case("the second allows", lone_role(allow()), ALLOWED, WRITE, READ),
        reject=session_case("neither allows", lone_role(allow()), REFUSED, WRITE, document(allow("s3:ListBucket"))),
        off=Edit(
            "authorization",
            "self.derivation.grants(self.sessions, Kind.SESSION)",
            "self.derivation.grants(self.sessions[:1], Kind.SESSION)",
        ),
    ),
    Rule(
        id="session-deny-is-explicit",
        says="A Deny of the session policy wins over a grant of the resource to the session.",
        source=SESSION,
        accept=session_case(
            "the session policy denies",
            policied(iam(roles=[role("reader")]), allow(Principal={"AWS": SESSION_ARN})),
            REFUSED,
            document(allow("*"), deny()),
        ),
        reject=session_case(
            "it denies something else",
            policied(iam(roles=[role("reader")]), allow(Principal={"AWS": SESSION_ARN})),
            ALLOWED,
            document(deny("s3:PutObject")),
        ),
        off=Edit("authorization", "            -session.deny,\n            granted", "            granted"),
    ),
    Rule(
        id="session-policy-limits-role-grant",
        says="Within an account a grant to the ARN of a role is limited by the session policy.",
        source=SESSION,
        accept=session_case(
            "the session policy does not allow",
            policied(iam(roles=[role("reader")]), allow(Principal={"AWS": ROLE})),
            REFUSED,
            WRITE,
        ),
        reject=session_case(
            "the session policy allows",
            policied(iam(roles=[role("reader")]), allow(Principal={"AWS": ROLE})),
            ALLOWED,
            READ,
        ),
        off=Edit("authorization", "d.all_of([grants.role, limits.beside]),", "grants.role,"),
    ),
    Rule(
        id="session-policy-does-not-limit-session-grant",
        says="Within an account a grant to the ARN of the session is not limited by the session policy.",
        source=SESSION,
        accept=session_case(
            "the resource grants to the session",
            policied(iam(roles=[role("reader")]), allow(Principal={"AWS": SESSION_ARN})),
            ALLOWED,
            WRITE,
        ),
        reject=session_case(
            "the resource grants to another session",
            policied(iam(roles=[role("reader")]), allow(Principal={"AWS": SESSION_ARN.replace("s1", "s2")})),
            REFUSED,
            WRITE,
        ),
        off=Edit(
            "authorization",
            "                    grants.direct,\n                    d.all_of([grants.role",
            "                    d.all_of([grants.direct, limits.beside]),\n                    d.all_of([grants.role",
        ),
    ),
    Rule(
        id="session-policy-does-not-limit-grant-to-everyone",
        says="Within an account a grant to * is not limited by the session policy.",
        source=SESSION,
        accept=session_case(
            "the resource grants to everyone",
            policied(iam(roles=[role("reader")]), allow(Principal="*")),
            ALLOWED,
            WRITE,
        ),
        reject=session_case(
            "the resource grants to the account",
            policied(iam(roles=[role("reader", READ)]), allow(Principal={"AWS": OWN})),
            REFUSED,
            WRITE,
        ),
        off=Edit(
            "derivation",
            "        if entries.everyone or (wide and self._may_be_anyone(entries)):\n            return TRUE, FALSE, FALSE\n",
            "        if entries.everyone or (wide and self._may_be_anyone(entries)):\n            return -self.principal_in(ANY_ARN), self.principal_in(ANY_ARN), FALSE\n",
        ),
    ),
    Rule(
        id="session-policy-limits-federated-users",
        says="A session of GetFederationToken has what its policies and some user's allow.",
        source=f"{STS}, GetFederationToken",
        accept=case(
            "the session policy allows something else",
            lone_user(allow()),
            asks(GUEST),
            REFUSED,
            session_policy=(WRITE,),
        ),
        reject=case("the session policy allows it", lone_user(allow()), asks(GUEST), OPEN, session_policy=(READ,)),
        off=Edit(
            "authorization",
            "limits = Limits(d.all_of([identity, session.allow]), session.allow)",
            "limits = Limits(identity, TRUE)",
        ),
    ),
    Rule(
        id="users-have-no-session-policies",
        says="Users and root make no request with session policies.",
        source=SESSION,
        accept=case("a user", lone_user(allow()), asks(USER), REFUSED, session_policy=(READ,)),
        reject=case("a role", lone_role(allow()), asks(), ALLOWED, session_policy=(READ,)),
        off=Edit(
            "authorization",
            '        if self.sessions and (principal is None or principal.kind != "role"):\n            return FALSE  # users and root have no session policies\n',
            "",
        ),
    ),
    Rule(
        id="federated-session-has-at-most-what-users-have",
        says="A session of GetFederationToken has no more than some user of the account: the wide side counts it.",
        source=f"{STS}, GetFederationToken",
        accept=case("some user may read", lone_user(allow()), asks(GUEST), OPEN, names="federated-user"),
        reject=case("no user may", lone_user(allow("s3:PutObject")), asks(GUEST), REFUSED),
        off=Edit(
            "authorization",
            "identity = d.any_of([d.grants(user.documents).allow for user in iam.users])",
            "identity = FALSE",
        ),
    ),
    Rule(
        id="federated-session-may-be-granted-by-a-resource",
        says="A session of GetFederationToken without policies has what a resource policy grants to it.",
        source=f"{STS}, GetFederationToken",
        accept=case(
            "the resource grants to the federated user",
            lone_bucket(allow(Principal={"AWS": GUEST}), users=[user("alice")]),
            asks(GUEST),
            OPEN,
            names="federated-user",
        ),
        reject=case(
            "the resource grants to another",
            lone_bucket(allow(Principal={"AWS": f"{GUEST}2"}), users=[user("alice")]),
            asks(GUEST),
            REFUSED,
        ),
        off=Edit(
            "authorization",
            '"federated-user/" + STAR for g in account_globs(account)',
            '"nobody/" + STAR for g in account_globs(account)',
        ),
    ),
)

ROOTS = (
    Rule(
        id="root-has-full-access",
        says="The root user needs no identity policy in its own account.",
        source=ROOT_USER,
        accept=case("a bucket of the account", lone_bucket(), asks(ROOT), ALLOWED),
        reject=case("a bucket of another account", two_accounts(), asks(f"arn:aws:iam::{OTHER}:root"), REFUSED),
        off=Edit(
            "authorization",
            "identity = Grants(-d.is_cut(caller.arn), FALSE) if principal is None",
            "identity = Grants(FALSE, FALSE) if principal is None",
        ),
    ),
    Rule(
        id="root-is-limited-by-resource-deny",
        says="A Deny of a resource policy hits the root user too.",
        source=ROOT_USER,
        accept=case("everyone is denied", lone_bucket(deny(Principal="*")), asks(ROOT), REFUSED),
        reject=case("a role is denied", lone_bucket(deny(Principal={"AWS": ROLE})), asks(ROOT), ALLOWED),
        off=Edit(
            "authorization",
            "spared = is_root and guard.account == account and guard.bucket is not None\n            above = -d.formula.atom(ACTION, BUCKET_POLICY_ACTIONS) if spared else TRUE",
            "above = FALSE if is_root else TRUE",
        ),
    ),
    Rule(
        id="root-keeps-the-bucket-policy",
        says="The root user of the bucket's account may always read, write and delete the bucket policy.",
        source="S3 user guide, Bucket policies for Amazon S3",
        accept=case(
            "everyone is denied, the root of the owner writes the policy",
            lone_bucket(deny("s3:*", Principal="*")),
            asks(ROOT, "s3:PutBucketPolicy", BUCKET),
            ALLOWED,
        ),
        reject=case(
            "the root reads the ACL",
            lone_bucket(deny("s3:*", Principal="*")),
            asks(ROOT, "s3:GetBucketAcl", BUCKET),
            REFUSED,
        ),
        off=Edit(
            "authorization",
            "spared = is_root and guard.account == account and guard.bucket is not None",
            "spared = False",
        ),
    ),
    Rule(
        id="root-needs-the-key-policy",
        says="The root user is allowed what a key policy lets its account do, and nothing else.",
        source=KEYS,
        accept=case(
            "a key policy without the account",
            setting(key(allow("kms:*", Principal={"AWS": ROLE}))),
            asks(ROOT, "kms:Decrypt", KEY),
            REFUSED,
        ),
        reject=case("a key policy that delegates", setting(key(delegates())), asks(ROOT, "kms:Decrypt", KEY), ALLOWED),
        off=Edit("resource_policies", "trusts_account=row.trusts_account", "trusts_account=True"),
    ),
    Rule(
        id="root-does-not-assume-roles",
        says="Root credentials cannot call sts:AssumeRole.",
        source=f"{STS}, AssumeRole",
        accept=case(
            "the role trusts the account", lone_trust(trust({"AWS": OWN})), asks(ROOT, "sts:AssumeRole", ROLE), REFUSED
        ),
        reject=case(
            "a user of the account with the permission",
            lone_trust(trust({"AWS": OWN}), users=[user("alice", document(allow("sts:AssumeRole")))]),
            asks(USER, "sts:AssumeRole", ROLE),
            ALLOWED,
        ),
        off=Edit(
            "authorization",
            'CANNOT_SIGN_IT = GlobSet([f"arn:{SEG_STAR}:iam::{SEG_STAR}:root", ANONYMOUS,',
            "CANNOT_SIGN_IT = GlobSet([ANONYMOUS,",
        ),
    ),
    Rule(
        id="anonymous-does-not-assume-roles",
        says="Who has not signed in cannot call sts:AssumeRole.",
        source=f"{STS}, AssumeRole",
        accept=case(
            "the role trusts everyone", lone_trust(trust("*")), asks("anonymous", "sts:AssumeRole", ROLE), REFUSED
        ),
        reject=case("a foreign role", lone_trust(trust("*")), asks(FOREIGN_ROLE, "sts:AssumeRole", ROLE), ALLOWED),
        off=Edit("authorization", ':root", ANONYMOUS, "federated:" + STAR])', ':root", "federated:" + STAR])'),
    ),
)

DELEGATION = (
    Rule(
        id="trust-policy-must-delegate",
        says="Identity alone does not assume a role: the trust policy names the account, or the caller.",
        source=TRUST,
        accept=case(
            "the trust policy names somebody else",
            lone_trust(trust({"AWS": FOREIGN}), users=[user("alice", document(allow("sts:AssumeRole")))]),
            asks(USER, "sts:AssumeRole", ROLE),
            REFUSED,
        ),
        reject=case(
            "the trust policy names the account",
            lone_trust(trust({"AWS": OWN}), users=[user("alice", document(allow("sts:AssumeRole")))]),
            asks(USER, "sts:AssumeRole", ROLE),
            ALLOWED,
        ),
        off=Edit(
            "guards",
            "principal.account, (principal.trust,), trusts_account=False)",
            "principal.account, (principal.trust,), trusts_account=True)",
        ),
    ),
    Rule(
        id="trust-policy-grant-suffices",
        says="A trust policy that names a principal of the own account needs no identity policy.",
        source=TRUST,
        accept=case(
            "the trust policy names the user",
            lone_trust(trust({"AWS": USER}), users=[user("alice")]),
            asks(USER, "sts:AssumeRole", ROLE),
            ALLOWED,
        ),
        reject=case(
            "the trust policy names the account",
            lone_trust(trust({"AWS": OWN}), users=[user("alice")]),
            asks(USER, "sts:AssumeRole", ROLE),
            REFUSED,
        ),
        off=Edit(
            "authorization",
            "                    grants.direct,\n                    d.all_of([grants.role, limits.beside]),\n",
            "",
        ),
    ),
    Rule(
        id="trust-policy-decides-every-way-to-assume",
        says="A trust policy decides every sts:AssumeRole* and what goes with it (TagSession, SetSourceIdentity).",
        source="Service Authorization Reference, AWS STS",
        accept=case(
            "TagSession is not in the trust policy",
            lone_trust(trust({"AWS": OWN}), users=[user("alice", document(allow("sts:*")))]),
            asks(USER, "sts:TagSession", ROLE),
            REFUSED,
        ),
        reject=case(
            "it is",
            lone_trust(
                trust({"AWS": OWN}, action=["sts:AssumeRole", "sts:TagSession"]),
                users=[user("alice", document(allow("sts:*")))],
            ),
            asks(USER, "sts:TagSession", ROLE),
            ALLOWED,
        ),
        off=Edit("guards", '"sts:SetSourceIdentity", "sts:TagSession"))', '"sts:SetSourceIdentity"))'),
    ),
    Rule(
        id="trust-policy-decides-nothing-else",
        says="iam:PassRole and other actions on a role are not decided by its trust policy.",
        source="Service Authorization Reference, AWS IAM",
        accept=case(
            "identity may pass the role",
            lone_trust(trust({"AWS": FOREIGN}), users=[user("alice", document(allow("iam:PassRole")))]),
            asks(USER, "iam:PassRole", ROLE),
            ALLOWED,
        ),
        reject=case(
            "identity may not",
            lone_trust(trust({"AWS": USER}, action="*"), users=[user("alice")]),
            asks(USER, "iam:PassRole", ROLE),
            REFUSED,
        ),
        off=Edit(
            "guards",
            'ASSUME_ROLE = action_set(("sts:AssumeRole*",',
            'ASSUME_ROLE = action_set(("iam:*", "sts:AssumeRole*",',
        ),
    ),
    Rule(
        id="key-policy-must-delegate",
        says="Identity alone does not use a key: the key policy names the account, or the caller.",
        source=KEYS,
        accept=case(
            "the key policy names another role",
            setting(
                iam(roles=[role("reader", document(allow("kms:*")))]),
                key(allow("kms:*", Principal={"AWS": FOREIGN_ROLE})),
            ),
            asks(action="kms:Decrypt", resource=KEY),
            REFUSED,
        ),
        reject=case(
            "the key policy names the account",
            setting(iam(roles=[role("reader", document(allow("kms:*")))]), key(delegates())),
            asks(action="kms:Decrypt", resource=KEY),
            ALLOWED,
        ),
        off=Edit("resource_policies", "trusts_account=row.trusts_account", "trusts_account=True"),
    ),
    Rule(
        id="key-delegation-has-its-actions",
        says="A key policy delegates the actions and conditions that its statement has.",
        source=KEYS,
        accept=case(
            "the account may only describe",
            setting(
                iam(roles=[role("reader", document(allow("kms:*")))]),
                key(allow("kms:Describe*", Principal={"AWS": OWN})),
            ),
            asks(action="kms:Decrypt", resource=KEY),
            REFUSED,
        ),
        reject=case(
            "it describes",
            setting(
                iam(roles=[role("reader", document(allow("kms:*")))]),
                key(allow("kms:Describe*", Principal={"AWS": OWN})),
            ),
            asks(action="kms:DescribeKey", resource=KEY),
            ALLOWED,
        ),
        off=Edit("resource_policies", "trusts_account=row.trusts_account", "trusts_account=True"),
    ),
    Rule(
        id="key-grant-allows-its-operations",
        says="A grant on a key allows its operations to its grantee, without the key policy.",
        source=KEY_GRANTS,
        accept=case(
            "an operation of the grant",
            setting(iam(roles=[role("reader")]), key(delegates(), grants=(grant(ROLE, "Decrypt"),))),
            asks(action="kms:Decrypt", resource=KEY),
            ALLOWED,
        ),
        reject=case(
            "another operation",
            setting(iam(roles=[role("reader")]), key(delegates(), grants=(grant(ROLE, "Decrypt"),))),
            asks(action="kms:Encrypt", resource=KEY),
            REFUSED,
        ),
        off=Edit("resource_policies", 'row.get("Operations")', 'row.get("Nothing", [])'),
    ),
    Rule(
        id="key-grant-has-its-constraints",
        says="A grant with an encryption context holds for requests with that context.",
        source=KEY_GRANTS,
        accept=case(
            "another context",
            setting(
                iam(roles=[role("reader")]),
                key(
                    delegates(),
                    grants=(grant(ROLE, "Decrypt", Constraints={"EncryptionContextSubset": {"app": "pay"}}),),
                ),
            ),
            asks(action="kms:Decrypt", resource=KEY, context={"kms:encryptioncontext:app": "log"}),
            REFUSED,
        ),
        reject=case(
            "that context, and more",
            setting(
                iam(roles=[role("reader")]),
                key(
                    delegates(),
                    grants=(grant(ROLE, "Decrypt", Constraints={"EncryptionContextSubset": {"app": "pay"}}),),
                ),
            ),
            asks(
                action="kms:Decrypt",
                resource=KEY,
                context={"kms:encryptioncontext:app": "pay", "kms:encryptioncontext:tier": "1"},
            ),
            ALLOWED,
        ),
        off=Edit("resource_policies", 'row.get("Constraints")', 'row.get("Nothing")'),
    ),
    Rule(
        id="kms-grant",
        says="Whether a boundary limits what a grant on a key gives is read both ways.",
        source=KEY_GRANTS,
        accept=case(
            "the boundary does not allow",
            setting(bounded("role", READ), key(delegates(), grants=(grant(ROLE, "Decrypt"),))),
            asks(action="kms:Decrypt", resource=KEY),
            OPEN,
            names="kms-grant",
        ),
        reject=case(
            "the boundary allows",
            setting(bounded("role", document(allow("kms:*"))), key(delegates(), grants=(grant(ROLE, "Decrypt"),))),
            asks(action="kms:Decrypt", resource=KEY),
            ALLOWED,
            names="kms-grant",
        ),
        off=Edit(
            "rulings",
            "return Ruling(guard, grants, alone=named)",
            "return Ruling(guard, ResourceGrants(d.any_of([grants.direct, given.direct]), d.any_of([grants.role, given.role]), grants.account, grants.deny))",
        ),
    ),
    Rule(
        id="key-grant-does-not-overcome-identity-deny",
        says="A Deny of the grantee's identity policies wins over a grant.",
        source=KEY_GRANTS,
        accept=case(
            "identity denies",
            setting(
                iam(roles=[role("reader", document(deny("kms:*")))]), key(delegates(), grants=(grant(ROLE, "Decrypt"),))
            ),
            asks(action="kms:Decrypt", resource=KEY),
            REFUSED,
        ),
        reject=case(
            "identity says nothing",
            setting(iam(roles=[role("reader")]), key(delegates(), grants=(grant(ROLE, "Decrypt"),))),
            asks(action="kms:Decrypt", resource=KEY),
            ALLOWED,
        ),
        off=Edit("authorization", "            -identity.deny,\n", ""),
    ),
    Rule(
        id="key-grant-does-not-overcome-deny",
        says="A Deny of the key policy wins over a grant.",
        source=KEY_GRANTS,
        accept=case(
            "the key policy denies",
            setting(
                iam(roles=[role("reader")]),
                key(delegates(), deny("kms:Decrypt", Principal="*"), grants=(grant(ROLE, "Decrypt"),)),
            ),
            asks(action="kms:Decrypt", resource=KEY),
            REFUSED,
        ),
        reject=case(
            "the key policy denies something else",
            setting(
                iam(roles=[role("reader")]),
                key(delegates(), deny("kms:Encrypt", Principal="*"), grants=(grant(ROLE, "Decrypt"),)),
            ),
            asks(action="kms:Decrypt", resource=KEY),
            ALLOWED,
        ),
        off=Edit(
            "authorization",
            "denials.append(-d.all_of([about, grants.deny, above]))",
            "denials.append(-d.all_of([about, grants.deny, above, FALSE]))",
        ),
    ),
)

ALWAYS = (
    Rule(
        id="get-caller-identity-is-always-allowed",
        says="sts:GetCallerIdentity is allowed to everyone who has signed in, whatever the policies deny.",
        source=f"{STS}, GetCallerIdentity",
        accept=case(
            "a user that is denied everything", lone_user(deny("*")), asks(USER, "sts:GetCallerIdentity", "*"), ALLOWED
        ),
        reject=case(
            "who has not signed in", lone_user(deny("*")), asks("anonymous", "sts:GetCallerIdentity", "*"), REFUSED
        ),
        off=Edit(
            "authorization",
            "((ALWAYS_ALLOWED, ANY_ARN), (ALWAYS_ALLOWED_TO_USERS, USERS))",
            "((ALWAYS_ALLOWED_TO_USERS, USERS),)",
        ),
    ),
    Rule(
        id="get-session-token-needs-no-permission",
        says="sts:GetSessionToken is allowed to users and root, and to no role.",
        source=f"{STS}, GetSessionToken",
        accept=case("a user", lone_user(), asks(USER, "sts:GetSessionToken", "*"), ALLOWED),
        reject=case("a role", lone_role(), asks(action="sts:GetSessionToken", resource="*"), REFUSED),
        off=Edit(
            "authorization",
            "((ALWAYS_ALLOWED, ANY_ARN), (ALWAYS_ALLOWED_TO_USERS, USERS))",
            "((ALWAYS_ALLOWED, ANY_ARN),)",
        ),
    ),
    Rule(
        id="aws-managed-policies-are-not-written",
        says="Nobody writes AWS managed policies.",
        source=MANAGED,
        accept=case(
            "a new version of one",
            lone_role(allow("*")),
            asks(action="iam:CreatePolicyVersion", resource="arn:aws:iam::aws:policy/ReadOnlyAccess"),
            REFUSED,
        ),
        reject=case(
            "a new version of a policy of the account",
            lone_role(allow("*")),
            asks(action="iam:CreatePolicyVersion", resource=f"arn:aws:iam::{OWN}:policy/own"),
            ALLOWED,
        ),
        off=Edit("authorization", 'OF_AWS = GlobSet([f"arn:{SEG_STAR}:iam::aws:policy/{STAR}",', "OF_AWS = GlobSet(["),
    ),
    Rule(
        id="aws-managed-policies-are-read",
        says="Everyone with the permission reads AWS managed policies.",
        source=MANAGED,
        accept=case(
            "one is read",
            lone_role(allow("*")),
            asks(action="iam:GetPolicyVersion", resource="arn:aws:iam::aws:policy/ReadOnlyAccess"),
            ALLOWED,
        ),
        reject=case(
            "one is deleted",
            lone_role(allow("*")),
            asks(action="iam:DeletePolicy", resource="arn:aws:iam::aws:policy/ReadOnlyAccess"),
            REFUSED,
        ),
        off=Edit(
            "authorization",
            'NOT_WRITING = action_set(("iam:Generate*", "iam:Get*",',
            'NOT_WRITING = action_set(("iam:Generate*",',
        ),
    ),
    Rule(
        id="reserved-roles-are-not-written",
        says="Nobody but AWS writes the roles that it reserves.",
        source="IAM Identity Center user guide, Reference permission sets in resource policies",
        accept=case(
            "a policy for a reserved role",
            lone_role(allow("*")),
            asks(
                action="iam:PutRolePolicy",
                resource=f"arn:aws:iam::{OWN}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1",
            ),
            REFUSED,
        ),
        reject=case(
            "a policy for a role of the account",
            lone_role(allow("*")),
            asks(action="iam:PutRolePolicy", resource=ROLE),
            ALLOWED,
        ),
        off=Edit("authorization", ', f"arn:{SEG_STAR}:iam::{SEG_STAR}:role/aws-reserved/{STAR}"])', "])"),
    ),
)

THROUGH = {"aws:sourcevpce": ENDPOINT}


def via(says: str, files: Json, answer: Any, principal: str = ROLE, **more: Any) -> Any:
    """A request that goes through the endpoint."""
    return case(says, files, asks(principal, context=THROUGH, **more), answer)


NETWORK = (
    Rule(
        id="endpoint-policy-limits-what-goes-through-it",
        says="A request through a VPC endpoint must be allowed by its policy too.",
        source=ENDPOINTS,
        accept=via(
            "the endpoint allows something else",
            setting(iam(roles=[role("reader", READ)]), endpoint(allow("s3:PutObject", Principal="*"))),
            REFUSED,
        ),
        reject=via(
            "the endpoint allows it",
            setting(iam(roles=[role("reader", READ)]), endpoint(allow(Principal="*"))),
            ALLOWED,
        ),
        off=Edit(
            "authorization",
            "parts.append(d.any_of([-goes, d.all_of([allow, -grants.deny])]))",
            "parts.append(d.any_of([-goes, -grants.deny]))",
        ),
    ),
    Rule(
        id="endpoint-policy-limits-nothing-else",
        says="A request that does not go through the endpoint is not bound by its policy.",
        source=ENDPOINTS,
        accept=case(
            "the request comes another way",
            setting(iam(roles=[role("reader", READ)]), endpoint(allow("s3:PutObject", Principal="*"))),
            asks(),
            ALLOWED,
        ),
        reject=via(
            "the request comes through it",
            setting(iam(roles=[role("reader", READ)]), endpoint(allow("s3:PutObject", Principal="*"))),
            REFUSED,
        ),
        off=Edit(
            "authorization",
            "parts.append(d.any_of([-goes, d.all_of([allow, -grants.deny])]))",
            "parts.append(d.all_of([allow, -grants.deny]))",
        ),
    ),
    Rule(
        id="endpoint-deny-is-explicit",
        says="A Deny of the endpoint policy wins.",
        source=ENDPOINTS,
        accept=via(
            "the endpoint denies",
            setting(iam(roles=[role("reader", READ)]), endpoint(allow("*", Principal="*"), deny(Principal="*"))),
            REFUSED,
        ),
        reject=via(
            "it denies something else",
            setting(
                iam(roles=[role("reader", READ)]),
                endpoint(allow("*", Principal="*"), deny("s3:PutObject", Principal="*")),
            ),
            ALLOWED,
        ),
        off=Edit(
            "authorization",
            "parts.append(d.any_of([-goes, d.all_of([allow, -grants.deny])]))",
            "parts.append(d.any_of([-goes, allow]))",
        ),
    ),
    Rule(
        id="endpoint-principal-is-honoured",
        says="The Principal of an endpoint policy is honoured.",
        source=ENDPOINTS,
        accept=via(
            "the endpoint is for another role",
            setting(iam(roles=[role("reader", READ)]), endpoint(allow(Principal={"AWS": OTHER_ROLE}))),
            REFUSED,
        ),
        reject=via(
            "the endpoint is for the role",
            setting(iam(roles=[role("reader", READ)]), endpoint(allow(Principal={"AWS": ROLE}))),
            ALLOWED,
        ),
        off=Edit(
            "authorization",
            "grants = d.resource_grants((endpoint.policy,), kind)",
            "grants = d.resource_grants((endpoint.policy,), Kind.SCP)",
        ),
    ),
    Rule(
        id="interface-endpoint-account-is-the-account",
        says="An account in the policy of an interface endpoint is every principal of it.",
        source=ENDPOINTS,
        accept=via(
            "a role of the account",
            setting(iam(roles=[role("reader", READ)]), endpoint(allow(Principal={"AWS": OWN}))),
            ALLOWED,
        ),
        reject=via(
            "another account",
            setting(iam(roles=[role("reader", READ)]), endpoint(allow(Principal={"AWS": OTHER}))),
            REFUSED,
        ),
        off=Edit(
            "authorization",
            "kind = Kind.GATEWAY_ENDPOINT if endpoint.is_gateway else Kind.ENDPOINT",
            "kind = Kind.GATEWAY_ENDPOINT",
        ),
    ),
    Rule(
        id="gateway-endpoint-account-is-the-root-user",
        says="An account in the policy of a gateway endpoint is its root user alone.",
        source=GATEWAY,
        accept=via(
            "a role of the account",
            setting(iam(roles=[role("reader", READ)]), endpoint(allow(Principal={"AWS": OWN}), kind="Gateway")),
            REFUSED,
        ),
        reject=via(
            "the root of the account",
            setting(buckets("logs"), endpoint(allow(Principal={"AWS": OWN}), kind="Gateway")),
            ALLOWED,
            ROOT,
        ),
        off=Edit(
            "authorization",
            "kind = Kind.GATEWAY_ENDPOINT if endpoint.is_gateway else Kind.ENDPOINT",
            "kind = Kind.ENDPOINT",
        ),
    ),
    Rule(
        id="endpoint-is-for-its-service",
        says="The policy of an endpoint is about the actions of its service.",
        source=ENDPOINTS,
        accept=via(
            "a queue, and an endpoint of S3",
            setting(
                iam(roles=[role("reader", document(allow("*")))]),
                queue(),
                endpoint(allow("s3:PutObject", Principal="*")),
            ),
            ALLOWED,
            action="sqs:SendMessage",
            resource=QUEUE,
        ),
        reject=via(
            "a queue, and an endpoint of SQS",
            setting(
                iam(roles=[role("reader", document(allow("*")))]),
                queue(),
                endpoint(allow("sqs:ReceiveMessage", Principal="*"), service="sqs"),
            ),
            REFUSED,
            action="sqs:SendMessage",
            resource=QUEUE,
        ),
        off=Edit(
            "endpoint", 'actions=GlobSet([f"{_PREFIXES.get(service, service)}:{STAR}"]),', "actions=GlobSet([STAR]),"
        ),
    ),
    Rule(
        id="endpoint-policy-binds-who-has-not-signed-in",
        says="An endpoint policy binds whoever goes through it, anonymous callers included.",
        source=ENDPOINTS,
        accept=via(
            "the endpoint is for the account",
            setting(
                buckets("logs"),
                policy_of("logs", document(allow(Principal="*"))),
                endpoint(allow(Principal={"AWS": OWN})),
            ),
            REFUSED,
            "anonymous",
        ),
        reject=via(
            "the endpoint is for everyone",
            setting(buckets("logs"), policy_of("logs", document(allow(Principal="*"))), endpoint(allow(Principal="*"))),
            ALLOWED,
            "anonymous",
        ),
        off=Edit(
            "authorization",
            'return d.all_of([granted, self._bound_members(), self._unrestricted(""), self._through_endpoints()])',
            'return d.all_of([granted, self._bound_members(), self._unrestricted("")])',
        ),
    ),
)

RULES = (*IDENTITY, *TOGETHER, *BOUNDARIES, *SESSIONS, *ROOTS, *DELEGATION, *ALWAYS, *NETWORK)
