"""Sections 1 and 2: values, and which statements apply."""

from __future__ import annotations

from typing import Any

from cloud.setting import (
    BUCKET,
    CANONICAL,
    FOREIGN,
    OTHER,
    OWN,
    ROLE,
    USER,
    allow,
    buckets,
    deny,
    document,
    iam,
    lone_bucket,
    lone_role,
    lone_trust,
    lone_user,
    policy_of,
    role,
    setting,
    tag_list,
    trust,
    user,
)
from semantics.edited import Edit
from semantics.rule import ALLOWED, OPEN, REFUSED, Rule, asks, case

GRAMMAR = "IAM user guide, Grammar of the IAM JSON policy language"
CONDITION = "IAM user guide, IAM JSON policy elements: Condition"
MULTI = "IAM user guide, Single-valued vs. multivalued context keys"
VERSION = "IAM user guide, IAM JSON policy elements: Version"
ACTION = "IAM user guide, IAM JSON policy elements: Action"
NOT_ACTION = "IAM user guide, IAM JSON policy elements: NotAction"
RESOURCE = "IAM user guide, IAM JSON policy elements: Resource"
NOT_RESOURCE = "IAM user guide, IAM JSON policy elements: NotResource"
PRINCIPAL = "IAM user guide, AWS JSON policy elements: Principal"
NOT_PRINCIPAL = "IAM user guide, AWS JSON policy elements: NotPrincipal"
IDENTIFIERS = "IAM user guide, IAM identifiers"
VARIABLES = "IAM user guide, IAM policy elements: Variables and tags"

ROOT = f"arn:aws:iam::{OWN}:root"
OTHER_ROLE = f"arn:aws:iam::{OTHER}:role/reader"
FOREIGN_ROLE = f"arn:aws:iam::{FOREIGN}:role/partner"
GUEST = f"arn:aws:sts::{OWN}:federated-user/guest"
QUEUE = f"arn:aws:sqs:eu-west-1:{OWN}:jobs"
READ = document(allow())
SEND: Any = {"action": "sqs:SendMessage", "resource": QUEUE}


def when(condition: Any, **more: Any) -> Any:
    """A role that may read under a condition."""
    return lone_role(allow(Condition=condition), **more)


def one_statement(statement: Any) -> Any:
    """A role whose policy has its statement without a list."""
    return setting(iam(roles=[role("reader", {"Version": "2012-10-17", "Statement": statement})]))


def in_version(version: str | None, statement: Any) -> Any:
    """User alice with one statement in a document of this version."""
    whole = {"Version": version, "Statement": [statement]}
    return setting(iam(users=[user("alice", {k: v for k, v in whole.items() if v is not None})]))


def two_accounts(*statements: Any, identity: Any = READ) -> Any:
    """A bucket with these statements, and in another account a role that has an identity policy of its own."""
    return setting(
        iam(roles=[role("reader")]),
        iam(OTHER, roles=[role("reader", identity, account=OTHER, RoleId="AROAOTHER")]),
        buckets("logs"),
        policy_of("logs", document(*statements)),
        accounts=(OWN, OTHER),
    )


def spared(*also: Any, **listed: Any) -> Any:
    """A bucket that denies everybody but who is listed; a user and a role that may read it."""
    statements = (*also, deny(NotPrincipal=listed))
    return lone_bucket(*statements, users=[user("alice", READ)], roles=[role("reader", READ)])


OWN_NAME = "arn:aws:s3:::logs/${aws:username}"
TAG_VALUES = {"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}}
LABELLED = {"StringEquals": {"app:label": ["a"]}}
SET_ELSEWHERE = allow("s3:PutObject", Condition={"ForAnyValue:StringEquals": {"app:label": ["z"]}})

VALUES = (
    Rule(
        id="one-statement-needs-no-list",
        says="A Statement that is one object is a list of one.",
        source=GRAMMAR,
        accept=case("the one statement grants", one_statement(allow()), asks(), ALLOWED),
        reject=case("the one statement is a Deny", one_statement(deny()), asks(), REFUSED),
        off=Edit("policy", "given if isinstance(given, list) else [given]", "given if isinstance(given, list) else []"),
    ),
    Rule(
        id="one-entry-needs-no-list",
        says="Action, Resource and each Principal entry may be one text.",
        source=GRAMMAR,
        accept=case(
            "all three are texts", lone_bucket(allow(Principal={"AWS": ROLE}), roles=[role("reader")]), asks(), ALLOWED
        ),
        reject=case(
            "the one Principal is another",
            lone_bucket(allow(Principal={"AWS": OTHER}), roles=[role("reader")]),
            asks(),
            REFUSED,
        ),
        off=Edit(
            "policy",
            "values = value if isinstance(value, list) else [value]",
            "values = value if isinstance(value, list) else list(value)",
        ),
    ),
    Rule(
        id="one-condition-value-needs-no-list",
        says="A condition value that is one text is a list of one.",
        source=GRAMMAR,
        accept=case(
            "the value is met", when({"StringEquals": {"app:label": "a"}}), asks(context={"app:label": "a"}), ALLOWED
        ),
        reject=case(
            "the value is not met",
            when({"StringEquals": {"app:label": "a"}}),
            asks(context={"app:label": "b"}),
            REFUSED,
        ),
        off=Edit(
            "policy", "value if isinstance(value, list) else [value])]", "value if isinstance(value, list) else [])]"
        ),
    ),
    Rule(
        id="boolean-condition-value-is-text",
        says="A condition value that is a JSON boolean is the text true or false.",
        source=GRAMMAR,
        accept=case(
            "true in JSON, true in the request",
            when({"StringEquals": {"app:on": True}}),
            asks(context={"app:on": "true"}),
            ALLOWED,
        ),
        reject=case(
            "true in JSON, false in the request",
            when({"StringEquals": {"app:on": True}}),
            asks(context={"app:on": "false"}),
            REFUSED,
        ),
        off=Edit("policy", 'return "true" if value else "false"', "return str(value)"),
    ),
    Rule(
        id="number-condition-value-is-text",
        says="A condition value that is a JSON number is its text.",
        source=GRAMMAR,
        accept=case(
            "5 in JSON, 5 in the request", when({"StringEquals": {"app:n": 5}}), asks(context={"app:n": "5"}), ALLOWED
        ),
        reject=case(
            "5 in JSON, 6 in the request", when({"StringEquals": {"app:n": 5}}), asks(context={"app:n": "6"}), REFUSED
        ),
        off=Edit("policy", "isinstance(value, int | str | JsonNumber)", "isinstance(value, str)"),
    ),
    Rule(
        id="condition-keys-ignore-case",
        says="The name of a condition key is read without regard to case.",
        source=CONDITION,
        accept=case(
            "the policy writes the key in capitals",
            when({"StringEquals": {"APP:Label": "a"}}),
            asks(context={"app:label": "a"}),
            ALLOWED,
        ),
        reject=case(
            "its value is another",
            when({"StringEquals": {"APP:Label": "a"}}),
            asks(context={"app:label": "A"}),
            REFUSED,
        ),
        off=Edit("conditions", "name = key.lower() if key.isascii() else key", "name = key"),
    ),
    Rule(
        id="tag-keys-ignore-case",
        says="The tag's part of aws:PrincipalTag/KEY is read without regard to case.",
        source=CONDITION,
        accept=case(
            "the tag is Dept, the policy says dept",
            lone_user(allow(Condition={"StringEquals": {"aws:PrincipalTag/dept": "x"}}), Tags=tag_list({"Dept": "x"})),
            asks(USER),
            ALLOWED,
        ),
        reject=case(
            "the tag's value differs in case",
            lone_user(allow(Condition={"StringEquals": {"aws:PrincipalTag/dept": "x"}}), Tags=tag_list({"Dept": "X"})),
            asks(USER),
            REFUSED,
        ),
        off=Edit("derivation", "{k.lower(): v for k, v", "{k: v for k, v"),
    ),
    Rule(
        id="multi-valued-by-definition",
        says="A key that is documented as multi-valued is, however many values a request has.",
        source=MULTI,
        accept=case("every tag key is listed", when(TAG_VALUES), asks(context={"aws:tagkeys": ["a"]}), ALLOWED),
        reject=case("one of two tag keys is not", when(TAG_VALUES), asks(context={"aws:tagkeys": ["a", "b"]}), REFUSED),
        off=Edit("vocabulary", '    "aws:tagkeys",\n', ""),
    ),
    Rule(
        id="unlisted-key-is-single-valued-without-set-operator",
        says="A key of no documented type is single-valued unless a set operator is used on it.",
        source=MULTI,
        accept=case(
            "no set operator on the key",
            when(LABELLED),
            asks(context={"app:label": "a"}),
            ALLOWED,
            omits="scalar-on-set",
        ),
        reject=case(
            "a set operator in another statement",
            lone_role(allow(Condition=LABELLED), SET_ELSEWHERE),
            asks(context={"app:label": ["a", "b"]}),
            OPEN,
            names="scalar-on-set",
        ),
        off=Edit(
            "vocabulary", 'if key.startswith("aws:") or key not in with_set_operator:', 'if key.startswith("aws:"):'
        ),
    ),
    Rule(
        id="version-2008-has-no-variables",
        says="In Version 2008-10-17 a policy variable is literal text.",
        source=VERSION,
        accept=case(
            "the object is called like the variable",
            in_version("2008-10-17", allow(resource=OWN_NAME)),
            asks(USER, resource=OWN_NAME),
            ALLOWED,
        ),
        reject=case(
            "the object is called like the user",
            in_version("2008-10-17", allow(resource=OWN_NAME)),
            asks(USER, resource=f"{BUCKET}/alice"),
            REFUSED,
        ),
        off=Edit("policy", "variables = version == VARIABLES_VERSION", "variables = version in VERSIONS"),
    ),
    Rule(
        id="no-version-is-2008",
        says="A document without Version has no policy variables.",
        source=VERSION,
        accept=case(
            "the object is called like the variable",
            in_version(None, allow(resource=OWN_NAME)),
            asks(USER, resource=OWN_NAME),
            ALLOWED,
        ),
        reject=case(
            "with Version 2012-10-17 it is the user's",
            in_version("2012-10-17", allow(resource=OWN_NAME)),
            asks(USER, resource=OWN_NAME),
            REFUSED,
        ),
        off=Edit("policy", 'value.get("Version", VERSIONS[1])', 'value.get("Version", VERSIONS[0])'),
    ),
)

ACTIONS = (
    Rule(
        id="identity-statement-has-no-principal",
        says="A Principal in an identity policy is no match: the statement is a finding.",
        source=PRINCIPAL,
        accept=case("with a Principal it may apply or not", lone_role(allow(Principal="*")), asks(), OPEN),
        reject=case("without it does", lone_role(allow()), asks(), ALLOWED),
        off=Edit(
            "derivation", "if statement.principals is not None and kind in WITHOUT_PRINCIPAL:", "if kind is None:"
        ),
    ),
    Rule(
        id="resource-statement-without-principal-never-applies",
        says="A statement of a resource policy with neither Principal nor NotPrincipal never applies.",
        source=PRINCIPAL,
        accept=case(
            "a Deny without Principal denies nothing",
            lone_bucket(allow(Principal="*"), deny()),
            asks("anonymous"),
            ALLOWED,
        ),
        reject=case(
            "a Deny of everyone does",
            lone_bucket(allow(Principal="*"), deny(Principal="*")),
            asks("anonymous"),
            REFUSED,
        ),
        off=Edit(
            "derivation", "return (TRUE if kind is Kind.RCP else FALSE), FALSE, FALSE", "return TRUE, FALSE, FALSE"
        ),
    ),
    Rule(
        id="trust-statement-has-no-resource",
        says="A Resource in a role trust policy is not in its grammar: the statement is a finding.",
        source=GRAMMAR,
        accept=case(
            "with a Resource it may apply or not",
            lone_trust(trust("*", Resource="*")),
            asks(FOREIGN_ROLE, "sts:AssumeRole", ROLE),
            OPEN,
        ),
        reject=case("without it does", lone_trust(trust("*")), asks(FOREIGN_ROLE, "sts:AssumeRole", ROLE), ALLOWED),
        off=Edit("derivation", "if kind is Kind.TRUST and statement.resources is not None:", "if kind is None:"),
    ),
    Rule(
        id="trust-policy-decides-about-its-role",
        says="A trust policy statement matches its role and no other.",
        source="IAM user guide, Roles terms and concepts",
        accept=case(
            "the role that it belongs to",
            lone_trust(trust("*"), roles=[role("other")]),
            asks(FOREIGN_ROLE, "sts:AssumeRole", ROLE),
            ALLOWED,
        ),
        reject=case(
            "another role of the account",
            lone_trust(trust("*"), roles=[role("other")]),
            asks(FOREIGN_ROLE, "sts:AssumeRole", f"arn:aws:iam::{OWN}:role/other"),
            REFUSED,
        ),
        off=Edit(
            "guards", "role = GlobSet([principal.arn])", "role = GlobSet(p.arn for p in inventory.principals.values())"
        ),
    ),
    Rule(
        id="actions-ignore-case",
        says="Actions are matched without regard to case.",
        source=ACTION,
        accept=case("the policy writes it in capitals", lone_role(allow("S3:GETOBJECT")), asks(), ALLOWED),
        reject=case("another action", lone_role(allow("S3:GETOBJECT")), asks(action="s3:GetObjectAcl"), REFUSED),
        off=Edit("policy", 'v.lower().replace("*", STAR)', 'v.replace("*", STAR)'),
    ),
    Rule(
        id="action-star-is-any-text",
        says="In an Action * is any text.",
        source=ACTION,
        accept=case("what begins with Get", lone_role(allow("s3:Get*")), asks(action="s3:GetBucketAcl"), ALLOWED),
        reject=case("what does not", lone_role(allow("s3:Get*")), asks(action="s3:PutObject"), REFUSED),
        off=Edit("policy", '.replace("*", STAR).replace("?", ANY)', '.replace("?", ANY)'),
    ),
    Rule(
        id="action-question-mark-is-one-character",
        says="In an Action ? is one character.",
        source=ACTION,
        accept=case("one character", lone_role(allow("s3:?etObject")), asks(), ALLOWED),
        reject=case("no character", lone_role(allow("s3:?GetObject")), asks(), REFUSED),
        off=Edit("policy", '.replace("*", STAR).replace("?", ANY)', '.replace("*", STAR).replace("?", "")'),
    ),
    Rule(
        id="lone-star-is-every-action",
        says="* alone is every action of every service.",
        source=ACTION,
        accept=case("an action of any service", lone_role(allow("*")), asks(action="ec2:RunInstances"), ALLOWED),
        reject=case(
            "s3:* has those of one service", lone_role(allow("s3:*")), asks(action="ec2:RunInstances"), REFUSED
        ),
        off=Edit("policy", 'if ":" not in v and v.strip("*")]', 'if ":" not in v]'),
    ),
    Rule(
        id="notaction-applies-iff-no-entry-matches",
        says="NotAction applies iff none of its entries matches.",
        source=NOT_ACTION,
        accept=case(
            "an action that is not listed",
            lone_role({"Effect": "Allow", "NotAction": ["iam:*", "s3:Put*"], "Resource": "*"}),
            asks(),
            ALLOWED,
        ),
        reject=case(
            "one of two entries matches",
            lone_role({"Effect": "Allow", "NotAction": ["iam:*", "s3:Get*"], "Resource": "*"}),
            asks(),
            REFUSED,
        ),
        off=Edit("derivation", "return -literal if statement.not_action else literal", "return literal"),
    ),
)

RESOURCES = (
    Rule(
        id="lone-star-is-every-resource",
        says="* alone is every resource, that of actions without one included.",
        source=RESOURCE,
        accept=case(
            "the resource is *",
            lone_role(allow("ec2:DescribeInstances")),
            asks(action="ec2:DescribeInstances", resource="*"),
            ALLOWED,
        ),
        reject=case(
            "an ARN of wildcards is not",
            lone_role(allow("ec2:DescribeInstances", "arn:*:*:*:*:*")),
            asks(action="ec2:DescribeInstances", resource="*"),
            REFUSED,
        ),
        off=Edit(
            "patterns", "        if symbols == [STAR]:\n            narrow.add(symbols)\n            continue\n", ""
        ),
    ),
    Rule(
        id="action-without-resource-has-resource-star",
        says="An action without resource-level permissions has the request resource *.",
        source="Service Authorization Reference, Resource types column of the actions table",
        accept=case(
            "the request is about *",
            lone_role(allow("s3:ListAllMyBuckets")),
            asks(action="s3:ListAllMyBuckets", resource="*"),
            ALLOWED,
        ),
        reject=case(
            "a policy that names a bucket does not reach it",
            lone_role(allow("s3:ListAllMyBuckets", BUCKET)),
            asks(action="s3:ListAllMyBuckets", resource="*"),
            REFUSED,
        ),
        off=Edit("vocabulary", '{SEG_STAR}:{STAR}", "*"])', '{SEG_STAR}:{STAR}"])'),
    ),
    Rule(
        id="resources-are-case-sensitive",
        says="The last part of a Resource ARN is case-sensitive.",
        source=RESOURCE,
        accept=case("the same case", lone_role(allow(resource=f"{BUCKET}/X")), asks(resource=f"{BUCKET}/X"), ALLOWED),
        reject=case("another case", lone_role(allow(resource=f"{BUCKET}/X")), asks(resource=f"{BUCKET}/x"), REFUSED),
        off=Edit("patterns", "wide.add(symbols)", "wide.add(symbols, folded=True)"),
    ),
    Rule(
        id="resource-wildcards-cross-slash-and-colon",
        says="* and ? in the last part of a Resource ARN cross / and :.",
        source=RESOURCE,
        accept=case(
            "* and ? over slashes and colons",
            lone_role(allow(resource=f"{BUCKET}/a?*z")),
            asks(resource=f"{BUCKET}/a/b:c/z"),
            ALLOWED,
        ),
        reject=case(
            "the text after them is missing",
            lone_role(allow(resource=f"{BUCKET}/a?*z")),
            asks(resource=f"{BUCKET}/a/b:c/y"),
            REFUSED,
        ),
        off=Edit(
            "patterns",
            "wide.add(symbols)",
            "wide.add([_WITHIN.get(s, s) if isinstance(s, str) else s for s in symbols])",
        ),
    ),
    Rule(
        id="resource-parts-are-globs",
        says="Partition, service, region and account of a Resource ARN are globs.",
        source=RESOURCE,
        accept=case("any region", lone_role(allow("sqs:*", f"arn:aws:sqs:eu-*:{OWN}:jobs")), asks(**SEND), ALLOWED),
        reject=case(
            "regions of another continent",
            lone_role(allow("sqs:*", f"arn:aws:sqs:us-*:{OWN}:jobs")),
            asks(**SEND),
            REFUSED,
        ),
        off=Edit(
            "patterns",
            "joined += [_WITHIN.get(s, s) if isinstance(s, str) else s for s in part]",
            "joined += [{STAR: '*', ANY: '?'}.get(s, s) for s in part]",
        ),
    ),
    Rule(
        id="star-crosses-colon",
        says="Whether a * in the first parts of a Resource ARN crosses a colon is read both ways.",
        source=RESOURCE,
        accept=case(
            "one * for region and account",
            lone_role(allow("sqs:*", "arn:aws:sqs:*:jobs")),
            asks(**SEND),
            OPEN,
            names="star-crosses-colon",
        ),
        reject=case("a * for each", lone_role(allow("sqs:*", "arn:aws:sqs:*:*:jobs")), asks(**SEND), ALLOWED),
        off=Edit("patterns", "readings.add(STAR_CROSSES_COLON)", "narrow = wide"),
    ),
    Rule(
        id="wildcard-resource-type",
        says="A wildcard in the place of a resource type is called not allowed and used: read both ways.",
        source=RESOURCE,
        accept=case(
            "any type",
            lone_role(allow("ec2:*", f"arn:aws:ec2:eu-west-1:{OWN}:*/*")),
            asks(action="ec2:StartInstances", resource=f"arn:aws:ec2:eu-west-1:{OWN}:instance/i-1"),
            OPEN,
            names="wildcard-resource-type",
        ),
        reject=case(
            "a type by its name",
            lone_role(allow("ec2:*", f"arn:aws:ec2:eu-west-1:{OWN}:instance/*")),
            asks(action="ec2:StartInstances", resource=f"arn:aws:ec2:eu-west-1:{OWN}:instance/i-1"),
            ALLOWED,
            omits="wildcard-resource-type",
        ),
        off=Edit("patterns", "if _is_wildcard_type(parts):", "if _is_wildcard_type([]):"),
    ),
    Rule(
        id="notresource-applies-iff-no-entry-matches",
        says="NotResource applies iff none of its entries matches.",
        source=NOT_RESOURCE,
        accept=case(
            "a resource that is not listed",
            lone_role({"Effect": "Allow", "Action": "s3:*", "NotResource": [f"{BUCKET}/secret/*", f"{BUCKET}/y"]}),
            asks(),
            ALLOWED,
        ),
        reject=case(
            "one of two entries matches",
            lone_role({"Effect": "Allow", "Action": "s3:*", "NotResource": [f"{BUCKET}/secret/*", f"{BUCKET}/x"]}),
            asks(),
            REFUSED,
        ),
        off=Edit("derivation", "return -literal if statement.not_resource else literal", "return literal"),
    ),
    Rule(
        id="notresource-with-unresolved-variable-applies",
        says="A policy variable without a value in NotResource matches no resource, so the statement applies.",
        source=VARIABLES,
        accept=case(
            "a role has no user name: the Deny applies",
            lone_role(allow(), deny_elsewhere := {"Effect": "Deny", "Action": "s3:*", "NotResource": OWN_NAME}),
            asks(resource=f"{BUCKET}/alice"),
            REFUSED,
        ),
        reject=case(
            "a user has one: the own object is spared",
            lone_user(allow(), deny_elsewhere),
            asks(USER, resource=f"{BUCKET}/alice"),
            ALLOWED,
        ),
        off=Edit("patterns", "return [p for p in patterns if mark not in p and folded not in p]", "text = STAR"),
    ),
)

BY_ENTRY = Edit(
    "derivation", "        self.depends_on(NOTPRINCIPAL_ACCOUNT)\n", "        return -spared, FALSE, FALSE\n"
)
PRINCIPALS = (
    Rule(
        id="principal-star-is-everyone",
        says='"Principal": "*" is everyone, who has not signed in included.',
        source=PRINCIPAL,
        accept=case("somebody who has not signed in", lone_bucket(allow(Principal="*")), asks("anonymous"), ALLOWED),
        reject=case(
            "a Principal that names the account", lone_bucket(allow(Principal={"AWS": OWN})), asks("anonymous"), REFUSED
        ),
        off=Edit(
            "policy",
            "return Principals(everyone=True, negated=negated)",
            "return Principals(aws=('*',), negated=negated)",
        ),
    ),
    Rule(
        id="aws-star-is-everyone",
        says='{"AWS": "*"} is everyone, who has not signed in included.',
        source=PRINCIPAL,
        accept=case(
            "somebody who has not signed in", lone_bucket(allow(Principal={"AWS": "*"})), asks("anonymous"), ALLOWED
        ),
        reject=case(
            "a Principal that names a role", lone_bucket(allow(Principal={"AWS": ROLE})), asks("anonymous"), REFUSED
        ),
        off=Edit("policy", 'everyone = "*" in entries.get("aws", ())', "everyone = False"),
    ),
    Rule(
        id="everyone-includes-services",
        says="* names service principals too.",
        source=PRINCIPAL,
        accept=case(
            "a Deny of everyone hits a service",
            lone_bucket(allow(Principal={"Service": "a.b"}), deny(Principal="*")),
            asks("service:a.b"),
            REFUSED,
        ),
        reject=case(
            "a Deny of the account does not",
            lone_bucket(allow(Principal={"Service": "a.b"}), deny(Principal={"AWS": OWN})),
            asks("service:a.b"),
            ALLOWED,
        ),
        off=Edit(
            "derivation",
            "        if entries.everyone or (wide and self._may_be_anyone(entries)):\n            return TRUE, FALSE, FALSE\n",
            "        if entries.everyone or (wide and self._may_be_anyone(entries)):\n            return self.principal_in(GlobSet([ANONYMOUS, 'arn:' + STAR])), FALSE, FALSE\n",
        ),
    ),
    Rule(
        id="anonymous-is-named-by-nothing-else",
        says="Who has not signed in is named by * alone.",
        source=PRINCIPAL,
        accept=case(
            "a Deny of a role leaves the anonymous caller alone",
            lone_bucket(allow(Principal="*"), deny(Principal={"AWS": ROLE})),
            asks("anonymous"),
            ALLOWED,
        ),
        reject=case(
            "a Deny of everyone does not",
            lone_bucket(allow(Principal="*"), deny(Principal={"AWS": "*"})),
            asks("anonymous"),
            REFUSED,
        ),
        off=Edit("derivation", "(roles if _is_role(arn) else exact).append(arn)", "exact.extend((arn, ANONYMOUS))"),
    ),
    Rule(
        id="service-principal-is-exact",
        says="A Service entry names the service by its exact, case-sensitive name.",
        source=PRINCIPAL,
        accept=case(
            "the same name",
            lone_bucket(allow(Principal={"Service": "ec2.amazonaws.com"})),
            asks("service:ec2.amazonaws.com"),
            ALLOWED,
        ),
        reject=case(
            "another case",
            lone_bucket(allow(Principal={"Service": "EC2.amazonaws.com"})),
            asks("service:ec2.amazonaws.com"),
            REFUSED,
        ),
        off=Edit("derivation", 'f"service:{s}" for s', 'f"service:{s.lower()}" for s'),
    ),
    Rule(
        id="federated-principal-is-exact",
        says="A Federated entry names the provider by its exact name.",
        source=PRINCIPAL,
        accept=case(
            "the same provider",
            lone_trust(trust({"Federated": "accounts.google.com"}, action="sts:AssumeRoleWithWebIdentity")),
            asks("federated:accounts.google.com", "sts:AssumeRoleWithWebIdentity", ROLE),
            ALLOWED,
        ),
        reject=case(
            "another provider",
            lone_trust(trust({"Federated": "accounts.google.com"}, action="sts:AssumeRoleWithWebIdentity")),
            asks("federated:www.amazon.com", "sts:AssumeRoleWithWebIdentity", ROLE),
            REFUSED,
        ),
        off=Edit("derivation", 'f"federated:{f}" for f', 'f"federated:{STAR}" for f'),
    ),
    Rule(
        id="canonical-user-is-exact",
        says="A CanonicalUser entry names that canonical user.",
        source=PRINCIPAL,
        accept=case(
            "the same id", lone_bucket(allow(Principal={"CanonicalUser": "79a59d"})), asks("canonical:79a59d"), ALLOWED
        ),
        reject=case(
            "another id", lone_bucket(allow(Principal={"CanonicalUser": "79a59d"})), asks("canonical:79a59e"), REFUSED
        ),
        off=Edit("derivation", 'f"canonical:{c}" for c', 'f"canonical:{c[:-1]}{STAR}" for c'),
    ),
    Rule(
        id="canonical-user-names-its-account",
        says="The canonical id of an account names its principals, at account level.",
        source=PRINCIPAL,
        accept=case(
            "a role of the account",
            two_accounts(allow(Principal={"CanonicalUser": CANONICAL[OTHER]})),
            asks(OTHER_ROLE),
            ALLOWED,
        ),
        reject=case(
            "the canonical id of the owner",
            two_accounts(allow(Principal={"CanonicalUser": CANONICAL[OWN]})),
            asks(OTHER_ROLE),
            REFUSED,
        ),
        off=Edit(
            "derivation",
            "accounts = [a for c in entries.canonical if (a := self.inventory.owners.get(c))]",
            "accounts: list[str] = []",
        ),
    ),
    Rule(
        id="canonical-user",
        says="Whose principals an unknown CanonicalUser names is read both ways.",
        source=PRINCIPAL,
        accept=case(
            "a caller of an account whose id is not known",
            lone_bucket(allow(Principal={"CanonicalUser": "79a59d"})),
            asks(FOREIGN_ROLE),
            OPEN,
            names="canonical-user",
        ),
        reject=case(
            "the id of a known account",
            lone_bucket(allow(Principal={"CanonicalUser": CANONICAL[OWN]})),
            asks(FOREIGN_ROLE),
            REFUSED,
            omits="canonical-user",
        ),
        off=Edit(
            "derivation",
            "if wide and any(c not in self.inventory.owners for c in entries.canonical):",
            "if wide is None:",
        ),
    ),
    Rule(
        id="account-id-names-its-principals",
        says="Twelve digits name every principal of the account.",
        source=PRINCIPAL,
        accept=case("a role of the account", two_accounts(allow(Principal={"AWS": OTHER})), asks(OTHER_ROLE), ALLOWED),
        reject=case(
            "a role of another account", two_accounts(allow(Principal={"AWS": OTHER})), asks(FOREIGN_ROLE), REFUSED
        ),
        off=Edit("derivation", "if len(entry) == 12 and entry.isdigit():", "if not entry:"),
    ),
    Rule(
        id="root-arn-names-the-account",
        says="arn:...:root in a policy names every principal of the account, not its root user alone.",
        source=PRINCIPAL,
        accept=case(
            "a role of the account",
            two_accounts(allow(Principal={"AWS": f"arn:aws:iam::{OTHER}:root"})),
            asks(OTHER_ROLE),
            ALLOWED,
        ),
        reject=case(
            "the ARN of a user called root",
            two_accounts(allow(Principal={"AWS": f"arn:aws:iam::{OTHER}:user/root"})),
            asks(OTHER_ROLE),
            REFUSED,
        ),
        off=Edit("derivation", 'if parts[2] == "iam" and rest == "root":', 'if rest == "":'),
    ),
    Rule(
        id="account-principal-is-account-level",
        says="A Principal that names the account delegates: it grants to nobody by itself.",
        source=PRINCIPAL,
        accept=case(
            "the own account, and no identity policy",
            lone_bucket(allow(Principal={"AWS": OWN}), roles=[role("reader")]),
            asks(),
            REFUSED,
        ),
        reject=case(
            "the role by its ARN", lone_bucket(allow(Principal={"AWS": ROLE}), roles=[role("reader")]), asks(), ALLOWED
        ),
        off=Edit(
            "derivation",
            "return Applies(named, by_role, by_account, (",
            "return Applies(self.any_of([named, by_account]), by_role, FALSE, (",
        ),
    ),
    Rule(
        id="role-arn-names-its-sessions",
        says="The ARN of a role names the role's sessions.",
        source=PRINCIPAL,
        accept=case(
            "a session of the role",
            lone_bucket(allow(Principal={"AWS": ROLE}), roles=[role("reader")]),
            asks(session="s1"),
            ALLOWED,
        ),
        reject=case(
            "a session of another role",
            lone_bucket(allow(Principal={"AWS": ROLE}), roles=[role("reader"), role("writer")]),
            asks(f"arn:aws:iam::{OWN}:role/writer", session="s1"),
            REFUSED,
        ),
        off=Edit(
            "derivation",
            "role = self.any_of([self._is_one_of(named.roles),",
            "role = self.any_of([self.all_of([self._is_one_of(named.roles), -self.formula.atom(SESSION, EVERYTHING)]),",
        ),
    ),
    Rule(
        id="session-arn-names-that-session",
        says="The ARN of a session names that session alone.",
        source=PRINCIPAL,
        accept=case(
            "that session",
            lone_bucket(allow(Principal={"AWS": f"arn:aws:sts::{OWN}:assumed-role/reader/s1"}), roles=[role("reader")]),
            asks(session="s1"),
            ALLOWED,
        ),
        reject=case(
            "another session of the role",
            lone_bucket(allow(Principal={"AWS": f"arn:aws:sts::{OWN}:assumed-role/reader/s1"}), roles=[role("reader")]),
            asks(session="s2"),
            REFUSED,
        ),
        off=Edit(
            "derivation", "self.formula.atom(SESSION, GlobSet([session]))", "self.formula.atom(SESSION, EVERYTHING)"
        ),
    ),
    Rule(
        id="session-arn-omits-the-role-path",
        says="The ARN of a session has the role's name without its path.",
        source=IDENTIFIERS,
        accept=case(
            "a role in a path",
            lone_bucket(
                allow(Principal={"AWS": f"arn:aws:sts::{OWN}:assumed-role/reader/s1"}),
                roles=[role("reader", path="/app/eu/")],
            ),
            asks(f"arn:aws:iam::{OWN}:role/app/eu/reader", session="s1"),
            ALLOWED,
        ),
        reject=case(
            "a role whose path ends like the name",
            lone_bucket(
                allow(Principal={"AWS": f"arn:aws:sts::{OWN}:assumed-role/reader/s1"}),
                roles=[role("other", path="/reader/")],
            ),
            asks(f"arn:aws:iam::{OWN}:role/reader/other", session="s1"),
            REFUSED,
        ),
        off=Edit(
            "derivation", 'return GlobSet([start + name, f"{start}{STAR}/{name}"])', "return GlobSet([start + name])"
        ),
    ),
    Rule(
        id="user-arn-names-federated-sessions",
        says="The ARN of a user may name the user's federated sessions: read both ways.",
        source=PRINCIPAL,
        accept=case(
            "a federated user of the account",
            lone_bucket(allow(Principal={"AWS": USER}), users=[user("alice")]),
            asks(GUEST),
            OPEN,
            names="federated-user",
        ),
        reject=case(
            "the ARN of a role",
            lone_bucket(allow(Principal={"AWS": ROLE}), users=[user("alice")]),
            asks(GUEST),
            REFUSED,
        ),
        off=Edit("derivation", 'if ":user/" in e} if wide else set()', 'if ":user/" in e} if not exact else set()'),
    ),
    Rule(
        id="principal-has-no-partial-wildcard",
        says="A wildcard within a Principal is not in the grammar: the statement is a finding.",
        source=PRINCIPAL,
        accept=case(
            "every role of the account",
            lone_bucket(allow(Principal={"AWS": f"arn:aws:iam::{OWN}:role/*"}), roles=[role("reader")]),
            asks(),
            OPEN,
        ),
        reject=case(
            "the role by its name", lone_bucket(allow(Principal={"AWS": ROLE}), roles=[role("reader")]), asks(), ALLOWED
        ),
        off=Edit("policy", "if wild:", "if wild and not value:"),
    ),
    Rule(
        id="unique-id-names-its-principal",
        says="A unique id names the principal that has it.",
        source=IDENTIFIERS,
        accept=case(
            "the principal with the id",
            lone_bucket(allow(Principal={"AWS": "AROAREADER"}), roles=[role("reader")]),
            asks(),
            ALLOWED,
        ),
        reject=case(
            "another principal",
            lone_bucket(allow(Principal={"AWS": "AROAREADER"}), roles=[role("reader"), role("writer")]),
            asks(f"arn:aws:iam::{OWN}:role/writer"),
            REFUSED,
        ),
        off=Edit(
            "derivation",
            'self.inventory.unique_ids.get(entry, "") if kind == "id" else entry:',
            '"" if kind == "id" else entry:',
        ),
    ),
    Rule(
        id="stale-unique-id-names-nobody",
        says="A unique id that no principal of the snapshot has names nobody.",
        source=IDENTIFIERS,
        accept=case(
            "a Deny of a principal that is gone",
            lone_bucket(deny(Principal={"AWS": "AROAGONE"}), roles=[role("reader", READ)]),
            asks(),
            ALLOWED,
        ),
        reject=case(
            "a Deny of the one that is there",
            lone_bucket(deny(Principal={"AWS": "AROAREADER"}), roles=[role("reader", READ)]),
            asks(),
            REFUSED,
        ),
        off=Edit(
            "derivation",
            'self.inventory.unique_ids.get(entry, "") if kind == "id" else entry:',
            'self.inventory.unique_ids.get(entry, STAR) if kind == "id" else entry:',
        ),
    ),
    Rule(
        id="notprincipal-applies-iff-no-entry-matches",
        says="NotPrincipal applies iff none of its entries, of any class, matches.",
        source=NOT_PRINCIPAL,
        accept=case(
            "a service that is listed is spared",
            spared(allow(Principal="*"), Service="a.b"),
            asks("service:a.b"),
            ALLOWED,
        ),
        reject=case(
            "a service that is not listed is denied",
            spared(allow(Principal="*"), Service="a.b"),
            asks("service:c.d"),
            REFUSED,
        ),
        off=Edit("derivation", "        if not entries.negated:\n", "        if entries is not None:\n"),
    ),
    Rule(
        id="notprincipal-account",
        says="Whether a NotPrincipal with a user and without its account spares the user is read both ways.",
        source=NOT_PRINCIPAL,
        accept=case("the user without its account", spared(AWS=USER), asks(USER), OPEN, names="notprincipal-account"),
        reject=case("the user with its account", spared(AWS=[USER, ROOT]), asks(USER), ALLOWED),
        off=BY_ENTRY,
    ),
    Rule(
        id="notprincipal-account-alone",
        says="Whether a NotPrincipal with an account spares users that it does not list is read both ways.",
        source=NOT_PRINCIPAL,
        accept=case(
            "a user of the account beside the one that is listed",
            spared(AWS=[f"{USER}2", ROOT]),
            asks(USER),
            OPEN,
            names="notprincipal-account",
        ),
        reject=case("the root user of the account", spared(AWS=[f"{USER}2", ROOT]), asks(ROOT), ALLOWED),
        off=BY_ENTRY,
    ),
    Rule(
        id="notprincipal-role-and-session",
        says="Whether a NotPrincipal with a role spares sessions that it does not list is read both ways.",
        source="AWS Security Blog, How to restrict Amazon S3 bucket access to a specific IAM role",
        accept=case(
            "the role without the session",
            spared(AWS=[ROLE, ROOT]),
            asks(session="s1"),
            OPEN,
            names="notprincipal-account",
        ),
        reject=case(
            "the role with the session",
            spared(AWS=[ROLE, ROOT, f"arn:aws:sts::{OWN}:assumed-role/reader/s1"]),
            asks(session="s1"),
            ALLOWED,
        ),
        off=BY_ENTRY,
    ),
)

RULES = (*VALUES, *ACTIONS, *RESOURCES, *PRINCIPALS)
