"""Section 5, second half, and section 6: service and resource control policies, callers that nobody here knows."""

from __future__ import annotations

from typing import Any

from cloud.setting import (
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
    trust,
)
from semantics.edited import Edit
from semantics.rule import ALLOWED, OPEN, REFUSED, Rule, asks, case
from semantics.statements import FOREIGN_ROLE, OTHER_ROLE, READ, ROOT
from semantics.worlds import (
    FULL,
    INNER,
    KEY,
    MANAGEMENT,
    MEMBER,
    ORGANIZATION,
    ROOT_ID,
    UNIT,
    delegates,
    grant,
    key,
    organized,
)

Json = Any
SCPS = "Organizations user guide, Service control policies (SCPs)"
SCP_LOGIC = "Organizations user guide, SCP evaluation"
RCPS = "Organizations user guide, Resource control policies (RCPs)"
RCP_LOGIC = "Organizations user guide, RCP evaluation"
RCP_SYNTAX = "Organizations user guide, RCP syntax"
RCP_KEYS = "KMS developer guide, Resource control policies in AWS KMS"
KEYS_PAGE = "IAM user guide, AWS global condition context keys"

ONLY_READ = document(allow())
ONLY_WRITE = document(allow("s3:PutObject"))
NO_READ = document(deny())
MEMBER_ROLE = f"arn:aws:iam::{MEMBER}:role/worker"
MANAGER = f"arn:aws:iam::{MANAGEMENT}:role/manager"
LINKED = f"arn:aws:iam::{OWN}:role/aws-service-role/x.amazonaws.com/linked"
RESTRICTED = document(deny("s3:*", Principal="*"))
MINE = iam(roles=[role("reader", READ)])
OPEN_BUCKET = {**buckets("logs"), **policy_of("logs", document(allow(Principal="*")))}
PERIMETER = document(
    deny(
        "s3:*",
        Principal="*",
        Condition={
            "StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        },
    )
)


def scp(says: str, answer: Any, *parts: Json, by: str = ROLE, **given: list[Json]) -> Any:
    """A request by a role that may read; `root`, `unit`, `inner`, `own` and `other` are the documents of a level."""
    return case(says, organized(MINE, *parts, scp=_targets(given)), asks(by), answer)


def rcp(says: str, answer: Any, *parts: Json, by: str = ROLE, request: Json = None, **given: list[Json]) -> Any:
    """A request for an object of a bucket that grants to everyone."""
    return case(says, organized(MINE, OPEN_BUCKET, *parts, rcp=_targets(given)), request or asks(by), answer)


def _targets(given: dict[str, list[Json]]) -> dict[str, list[Json]]:
    names = {"root": ROOT_ID, "unit": UNIT, "inner": INNER, "own": OWN, "other": OTHER}
    return {names[name]: documents for name, documents in given.items()}


def without(files: Json, *names: str) -> Json:
    """The snapshot without some responses of AWS Organizations."""
    gone = {f"{MANAGEMENT}/global/organizations/{name}.json" for name in names}
    return {path: value for path, value in files.items() if path not in gone}


def disabled(files: Json, kind: str) -> Json:
    """The snapshot with a policy type that is not enabled at the root."""
    path = f"{MANAGEMENT}/global/organizations/list-roots.json"
    types = [t for t in files[path]["Roots"][0]["PolicyTypes"] if t["Type"] != kind]
    return {**files, path: {"Roots": [{"Id": ROOT_ID, "PolicyTypes": types}]}}


IN_THE_MANAGEMENT_ACCOUNT = iam(MANAGEMENT, roles=[role("manager", READ, account=MANAGEMENT, RoleId="AROAMANAGER")])
LINKED_ROLE = iam(roles=[role("linked", READ, path="/aws-service-role/x.amazonaws.com/")])
TO_OTHERS = {
    **buckets("logs"),
    **policy_of("logs", document(allow(Principal={"AWS": [OTHER, FOREIGN, MEMBER], "Service": "a.b"}))),
}
OTHERS = iam(OTHER, roles=[role("reader", READ, account=OTHER, RoleId="AROAOTHER")])

GRANTED_KEY = key(delegates(), grants=(grant(ROLE, "Decrypt"),))
DECRYPT: Json = asks(action="kms:Decrypt", resource=KEY)
NO_ROOT = document(deny("*", Condition={"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}))
LEVEL = "for level in levels:\n            grants = d.grants(level.documents, Kind.SCP)"
ALLOWS = "parts += [grants.allow, -grants.deny]\n        return d.all_of(parts)"

SCP_RULES = (
    Rule(
        id="scp-root-must-allow",
        says="Some policy at the root must allow the request.",
        source=SCP_LOGIC,
        accept=scp("the root allows something else", REFUSED, root=[ONLY_WRITE]),
        reject=scp("the root allows it", ALLOWED, root=[ONLY_READ]),
        off=Edit("authorization", LEVEL, LEVEL.replace("levels:", "levels[1:]:")),
    ),
    Rule(
        id="scp-every-unit-must-allow",
        says="Some policy at each organizational unit above the account must allow the request.",
        source=SCP_LOGIC,
        accept=scp("the outer unit allows something else", REFUSED, unit=[ONLY_WRITE]),
        reject=scp("the outer unit allows it", ALLOWED, unit=[ONLY_READ]),
        off=Edit("authorization", LEVEL, LEVEL.replace("levels:", "(*levels[:1], *levels[2:]):")),
    ),
    Rule(
        id="scp-account-must-allow",
        says="Some policy at the account must allow the request.",
        source=SCP_LOGIC,
        accept=scp("the account allows something else", REFUSED, own=[ONLY_WRITE]),
        reject=scp("the account allows it", ALLOWED, own=[ONLY_READ]),
        off=Edit("authorization", LEVEL, LEVEL.replace("levels:", "levels[:-1]:")),
    ),
    Rule(
        id="scp-levels-are-not-pooled",
        says="An Allow of one level does not stand in for that of another.",
        source=SCP_LOGIC,
        accept=scp("the root allows reading, the unit writing", REFUSED, root=[ONLY_READ], inner=[ONLY_WRITE]),
        reject=scp("both allow reading", ALLOWED, root=[ONLY_READ], inner=[ONLY_READ]),
        off=Edit("authorization", ALLOWS, "parts += [grants.allow]\n        return d.any_of(parts or [TRUE])"),
    ),
    Rule(
        id="scp-documents-of-a-level-are-pooled",
        says="Within a level one policy that allows is enough.",
        source=SCP_LOGIC,
        accept=scp("two policies at the unit, one allows reading", ALLOWED, inner=[ONLY_WRITE, ONLY_READ]),
        reject=scp("two policies at the unit, neither does", REFUSED, inner=[ONLY_WRITE, document(allow("ec2:*"))]),
        off=Edit(
            "authorization",
            "grants = d.grants(level.documents, Kind.SCP)",
            "grants = d.grants(level.documents[:1], Kind.SCP)",
        ),
    ),
    Rule(
        id="scp-deny-at-any-level-wins",
        says="A Deny at any level wins.",
        source=SCP_LOGIC,
        accept=scp("the inner unit denies", REFUSED, inner=[FULL, NO_READ]),
        reject=scp("the inner unit denies something else", ALLOWED, inner=[FULL, document(deny("s3:PutObject"))]),
        off=Edit("authorization", ALLOWS, ALLOWS.replace(", -grants.deny", "")),
    ),
    Rule(
        id="scp-grants-nothing",
        says="A service control policy grants nothing.",
        source=SCPS,
        accept=case(
            "every level allows, identity says nothing",
            organized(iam(roles=[role("reader")]), scp={ROOT_ID: [ONLY_READ]}),
            asks(),
            REFUSED,
        ),
        reject=case("identity allows too", organized(MINE, scp={ROOT_ID: [ONLY_READ]}), asks(), ALLOWED),
        off=Edit(
            "authorization",
            "granted = self._granted(limits, caller.account, is_root=principal is None)",
            "granted = d.any_of([self._granted(limits, caller.account), self._bound(caller.account)])",
        ),
    ),
    Rule(
        id="scp-limits-resource-grants",
        says="A service control policy limits what a resource policy grants to the caller.",
        source=SCP_LOGIC,
        accept=case(
            "the bucket grants to the role, the root denies",
            organized(
                iam(roles=[role("reader")]),
                buckets("logs"),
                policy_of("logs", document(allow(Principal={"AWS": ROLE}))),
                scp={ROOT_ID: [FULL, NO_READ]},
            ),
            asks(),
            REFUSED,
        ),
        reject=case(
            "the root denies something else",
            organized(
                iam(roles=[role("reader")]),
                buckets("logs"),
                policy_of("logs", document(allow(Principal={"AWS": ROLE}))),
                scp={ROOT_ID: [FULL, document(deny("ec2:*"))]},
            ),
            asks(),
            ALLOWED,
        ),
        off=Edit(
            "authorization",
            "*([] if is_service_linked else [self._bound(caller.account),",
            "*([] if is_service_linked else [d.any_of([-identity.allow, self._bound(caller.account)]),",
        ),
    ),
    Rule(
        id="scp-limits-key-grants",
        says="A service control policy limits what a grant on a key gives to a caller of a member account.",
        source=SCP_LOGIC,
        accept=case(
            "the root denies",
            organized(iam(roles=[role("reader")]), GRANTED_KEY, scp={ROOT_ID: [FULL, document(deny("kms:*"))]}),
            DECRYPT,
            REFUSED,
        ),
        reject=case(
            "the root denies something else",
            organized(iam(roles=[role("reader")]), GRANTED_KEY, scp={ROOT_ID: [FULL, NO_READ]}),
            DECRYPT,
            ALLOWED,
        ),
        off=Edit(
            "authorization",
            "*([] if is_service_linked else [self._bound(caller.account),",
            "*([] if is_service_linked else [d.any_of([-identity.allow, self._bound(caller.account)]),",
        ),
    ),
    Rule(
        id="scp-binds-the-root-user",
        says="A service control policy binds the root user of a member account.",
        source=SCPS,
        accept=scp("the root of a member account", REFUSED, buckets("logs"), by=ROOT, root=[FULL, NO_READ]),
        reject=scp(
            "the policy denies something else",
            ALLOWED,
            buckets("logs"),
            by=ROOT,
            root=[FULL, document(deny("s3:PutObject"))],
        ),
        off=Edit(
            "authorization", "*([] if is_service_linked else", "*([] if is_service_linked or principal is None else"
        ),
    ),
    Rule(
        id="scp-does-not-bind-management-account",
        says="A service control policy does not bind the management account.",
        source=SCPS,
        accept=scp(
            "a role of the management account", ALLOWED, IN_THE_MANAGEMENT_ACCOUNT, by=MANAGER, root=[FULL, NO_READ]
        ),
        reject=scp("a role of a member account", REFUSED, root=[FULL, NO_READ]),
        off=Edit("organization", '"MasterAccountId")', '"NoMasterAccountId")'),
    ),
    Rule(
        id="scp-does-not-bind-service-linked-roles",
        says="A service control policy does not bind service-linked roles.",
        source=SCPS,
        accept=scp("a service-linked role", ALLOWED, LINKED_ROLE, by=LINKED, root=[FULL, NO_READ]),
        reject=scp("another role", REFUSED, root=[FULL, NO_READ]),
        off=Edit("identity", 'SERVICE_LINKED_PATH = "/aws-service-role/"', 'SERVICE_LINKED_PATH = "/aws-nothing/"'),
    ),
    Rule(
        id="scp-does-not-bind-services",
        says="A service control policy does not bind service principals.",
        source=SCPS,
        accept=scp("a service that the bucket grants to", ALLOWED, TO_OTHERS, by="service:a.b", root=[FULL, NO_READ]),
        reject=scp(
            "a role of a member account that is not in the snapshot",
            REFUSED,
            TO_OTHERS,
            by=MEMBER_ROLE,
            root=[FULL, NO_READ],
        ),
        off=Edit(
            "authorization",
            "                -d.principal_in(GlobSet(g for a in accounts for g in account_globs(a))),\n",
            "",
        ),
    ),
    Rule(
        id="scp-does-not-bind-foreign-callers",
        says="A service control policy does not bind callers of other organizations.",
        source=SCPS,
        accept=scp(
            "a foreign role that the bucket grants to",
            ALLOWED,
            TO_OTHERS,
            by=FOREIGN_ROLE,
            root=[FULL, NO_READ],
            own=[FULL, NO_READ],
        ),
        reject=scp(
            "a role of a member account that is not in the snapshot",
            REFUSED,
            TO_OTHERS,
            by=MEMBER_ROLE,
            root=[FULL, NO_READ],
        ),
        off=Edit(
            "authorization",
            "                -d.principal_in(GlobSet(g for a in accounts for g in account_globs(a))),\n",
            "",
        ),
    ),
    Rule(
        id="scp-binds-members-outside-the-snapshot",
        says="A service control policy binds the callers of every member account.",
        source=SCPS,
        accept=scp(
            "a member account that is not in the snapshot", REFUSED, TO_OTHERS, by=MEMBER_ROLE, root=[FULL, NO_READ]
        ),
        reject=scp(
            "the policy is attached to another account", ALLOWED, TO_OTHERS, by=MEMBER_ROLE, other=[FULL, NO_READ]
        ),
        off=Edit(
            "authorization",
            "return d.all_of([granted, self._bound_members(), self._unrestricted",
            "return d.all_of([granted, self._unrestricted",
        ),
    ),
    Rule(
        id="scp-is-that-of-the-caller",
        says="The service control policies of the caller's account bind a request, not those of the resource's.",
        source=SCP_LOGIC,
        accept=scp(
            "the account of the bucket is denied reading",
            ALLOWED,
            OTHERS,
            TO_OTHERS,
            by=OTHER_ROLE,
            own=[FULL, NO_READ],
        ),
        reject=scp("the account of the caller is", REFUSED, OTHERS, TO_OTHERS, by=OTHER_ROLE, other=[FULL, NO_READ]),
        off=Edit(
            "authorization",
            "return self._levels_allow(self.inventory.levels(account, SCP))",
            "return self.derivation.all_of([self._levels_allow(self.inventory.levels(a, SCP)) for a in self.inventory.accounts])",
        ),
    ),
    Rule(
        id="scp-conditions-see-the-caller",
        says="A condition of a service control policy is about the caller: a Deny may spare one role, or hit root alone.",
        source="Organizations user guide, SCP syntax",
        accept=scp("a Deny of root", ALLOWED, buckets("logs"), root=[FULL, NO_ROOT]),
        reject=scp("the root itself", REFUSED, buckets("logs"), by=ROOT, root=[FULL, NO_ROOT]),
        off=Edit("derivation", '        "aws:principalarn": arn,\n', '        "aws:principalarn": None,\n'),
    ),
    Rule(
        id="scp-has-no-principal",
        says="A Principal in a service control policy is no match: the statement is a finding.",
        source="Organizations user guide, SCP syntax",
        accept=scp("a Deny with a Principal", OPEN, inner=[FULL, document(deny(Principal="*"))]),
        reject=scp("a Deny without", REFUSED, inner=[FULL, NO_READ]),
        off=Edit("derivation", "Kind.SESSION, Kind.SCP})", "Kind.SESSION})"),
    ),
    Rule(
        id="scp-that-is-not-known-may-deny",
        says="A service control policy whose targets are not known may deny.",
        source=SCPS,
        accept=case(
            "its targets were not exported",
            without(organized(MINE, scp={ROOT_ID: [FULL, NO_READ]}), "list-targets-for-policy/p-scprab121"),
            asks(),
            OPEN,
        ),
        reject=case(
            "it is attached to another account", organized(MINE, scp={OTHER: [FULL, NO_READ]}), asks(), ALLOWED
        ),
        off=Edit(
            "inventory",
            "yield from map(self._denier, (*organization.unknown(SCP), *organization.unknown(RCP)))",
            "yield from map(self._denier, organization.unknown(RCP))",
        ),
    ),
    Rule(
        id="scp-type-must-be-enabled",
        says="Service control policies bind nobody while their type is not enabled at the root.",
        source="Organizations user guide, Enabling a policy type",
        accept=case(
            "the type is not enabled",
            disabled(organized(MINE, scp={ROOT_ID: [FULL, NO_READ]}), "SERVICE_CONTROL_POLICY"),
            asks(),
            ALLOWED,
        ),
        reject=case("it is", organized(MINE, scp={ROOT_ID: [FULL, NO_READ]}), asks(), REFUSED),
        off=Edit("organization", "        if self._is_disabled(kind):\n            return {}\n", ""),
    ),
)

RESTRICT = "if deny == FALSE:\n                continue"
KEY_USER = iam(roles=[role("reader", document(allow("kms:*")))])
NO_KEYS = document(deny("kms:*", Principal="*"))
TRUSTED = iam(roles=[role("reader", trusts=document(trust({"AWS": [FOREIGN, OWN]})))])
ASSUME: Json = asks(FOREIGN_ROLE, "sts:AssumeRole", ROLE)
PUBLISH: Json = asks(action="sns:Publish", resource=f"arn:aws:sns:eu-west-1:{OWN}:news")
PUBLISHER = iam(roles=[role("reader", document(allow("sns:*")))])


def bare_rcp(files: Json) -> Json:
    """The snapshot without RCPFullAWSAccess, which some exports leave out."""
    path = f"{MANAGEMENT}/global/organizations/list-policies/RESOURCE_CONTROL_POLICY.json"
    rows = [row for row in files[path]["Policies"] if row["Id"] != "p-rcpfull0"]
    gone = ("describe-policy/p-rcpfull0", "list-targets-for-policy/p-rcpfull0")
    return without({**files, path: {"Policies": rows}}, *gone)


def buckets_of_management() -> Json:
    """A bucket of the management account that grants to everyone."""
    block = {"PublicAccessBlockConfiguration": {"RestrictPublicBuckets": False}}
    folder = f"{MANAGEMENT}/global"
    return {
        f"{folder}/s3/list-buckets.json": {"Buckets": [{"Name": "books"}], "Owner": {"ID": "c0ffee03"}},
        f"{folder}/s3control/get-public-access-block.json": block,
        f"{folder}/s3/get-public-access-block/books.json": block,
        f"{folder}/s3/get-bucket-ownership-controls/books.json": {
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        },
        f"{folder}/s3/get-bucket-tagging/books.json": {"TagSet": []},
        **policy_of("books", document(allow(Principal="*")), MANAGEMENT),
    }


RCP_RULES = (
    Rule(
        id="rcp-deny-at-the-root-wins",
        says="A Deny of a resource control policy at the root binds the resources of every member account.",
        source=RCP_LOGIC,
        accept=rcp("the root denies S3", REFUSED, root=[RESTRICTED]),
        reject=rcp("the root denies queues", ALLOWED, root=[document(deny("sqs:*", Principal="*"))]),
        off=Edit("authorization", RESTRICT, "if deny != FALSE:\n                continue"),
    ),
    Rule(
        id="rcp-deny-at-a-unit-wins",
        says="A Deny of a resource control policy at a unit binds the resources of the accounts in it.",
        source=RCP_LOGIC,
        accept=rcp("the unit above the bucket's account", REFUSED, unit=[RESTRICTED]),
        reject=rcp("an account outside the unit", ALLOWED, other=[RESTRICTED]),
        off=Edit(
            "inventory",
            "for level in organization.levels(account, RCP) for d in level.documents",
            "for level in organization.levels(account, RCP)[:1] for d in level.documents",
        ),
    ),
    Rule(
        id="rcp-is-that-of-the-resource",
        says="The resource control policies of the resource's account bind a request, not those of the caller's.",
        source=RCP_LOGIC,
        accept=rcp("the account of the caller", ALLOWED, OTHERS, by=OTHER_ROLE, other=[RESTRICTED]),
        reject=rcp("the account of the bucket", REFUSED, OTHERS, by=OTHER_ROLE, own=[RESTRICTED]),
        off=Edit(
            "authorization",
            "for g in self.guards if g.bucket and g.account in accounts for p",
            "for g in self.guards if g.bucket for p",
        ),
    ),
    Rule(
        id="rcp-binds-who-has-not-signed-in",
        says="A resource control policy binds callers that have not signed in.",
        source=RCPS,
        accept=rcp("anonymous", REFUSED, by="anonymous", own=[RESTRICTED]),
        reject=rcp("no policy", ALLOWED, by="anonymous"),
        off=Edit(
            "authorization",
            'self._bound_members(), self._unrestricted(""), self._through_endpoints()',
            "self._bound_members(), self._through_endpoints()",
        ),
    ),
    Rule(
        id="rcp-binds-foreign-callers",
        says="A resource control policy binds callers of other organizations.",
        source=RCPS,
        accept=rcp("a foreign role", REFUSED, by=FOREIGN_ROLE, own=[RESTRICTED]),
        reject=rcp("the policy is another account's", ALLOWED, by=FOREIGN_ROLE, other=[RESTRICTED]),
        off=Edit(
            "authorization",
            'self._bound_members(), self._unrestricted(""), self._through_endpoints()',
            "self._bound_members(), self._through_endpoints()",
        ),
    ),
    Rule(
        id="rcp-binds-services",
        says="A resource control policy binds service principals.",
        source=RCPS,
        accept=rcp("a service", REFUSED, by="service:a.b", own=[RESTRICTED]),
        reject=rcp("a policy that spares services", ALLOWED, by="service:a.b", own=[PERIMETER]),
        off=Edit(
            "authorization",
            'self._bound_members(), self._unrestricted(""), self._through_endpoints()',
            "self._bound_members(), self._through_endpoints()",
        ),
    ),
    Rule(
        id="rcp-binds-the-root-user",
        says="A resource control policy binds the root user of a member account.",
        source=RCPS,
        accept=rcp("the root of the bucket's account", REFUSED, by=ROOT, own=[RESTRICTED]),
        reject=rcp(
            "the policy denies something else", ALLOWED, by=ROOT, own=[document(deny("s3:PutObject", Principal="*"))]
        ),
        off=Edit(
            "authorization", "*([] if is_service_linked else", "*([] if is_service_linked or principal is None else"
        ),
    ),
    Rule(
        id="rcp-perimeter-lets-the-organization-in",
        says="A Deny unless aws:PrincipalOrgID is the organization's shuts out others and who has not signed in.",
        source=RCP_SYNTAX,
        accept=rcp("anonymous: the key is absent", REFUSED, by="anonymous", root=[PERIMETER]),
        reject=rcp("a role of the organization", ALLOWED, OTHERS, by=OTHER_ROLE, root=[PERIMETER]),
        off=Edit(
            "derivation",
            '    "aws:principalisawsservice": _project_is_service,\n',
            '    "aws:principalisawsservice": lambda d, values: TRUE if "true" in values else FALSE,\n',
        ),
    ),
    Rule(
        id="rcp-spares-management-account",
        says="A resource control policy does not bind resources of the management account.",
        source=RCPS,
        accept=rcp(
            "a bucket of the management account",
            ALLOWED,
            buckets_of_management(),
            request=asks("anonymous", resource="arn:aws:s3:::books/x"),
            root=[RESTRICTED],
        ),
        reject=rcp("a bucket of a member account", REFUSED, by="anonymous", root=[RESTRICTED]),
        off=Edit("organization", '"MasterAccountId")', '"NoMasterAccountId")'),
    ),
    Rule(
        id="rcp-spares-service-linked-roles",
        says="A resource control policy does not bind service-linked roles.",
        source=RCPS,
        accept=rcp("a service-linked role", ALLOWED, LINKED_ROLE, by=LINKED, own=[RESTRICTED]),
        reject=rcp("another role", REFUSED, own=[RESTRICTED]),
        off=Edit("identity", 'SERVICE_LINKED_PATH = "/aws-service-role/"', 'SERVICE_LINKED_PATH = "/aws-nothing/"'),
    ),
    Rule(
        id="rcp-spares-aws-managed-keys",
        says="A resource control policy does not bind AWS managed keys.",
        source=RCP_KEYS,
        accept=rcp(
            "an AWS managed key", ALLOWED, KEY_USER, key(delegates(), manager="AWS"), request=DECRYPT, own=[NO_KEYS]
        ),
        reject=rcp("a customer managed key", REFUSED, KEY_USER, key(delegates()), request=DECRYPT, own=[NO_KEYS]),
        off=Edit("authorization", "of_aws = (True, None) if d.wide else (True,)", "of_aws: tuple[bool, ...] = ()"),
    ),
    Rule(
        id="rcp-spares-retire-grant",
        says="A resource control policy does not decide kms:RetireGrant, even with a wildcard.",
        source=RCP_KEYS,
        accept=rcp(
            "a grant is retired",
            ALLOWED,
            KEY_USER,
            key(delegates(), grants=(grant(ROLE, "RetireGrant"),)),
            request=asks(action="kms:RetireGrant", resource=KEY),
            own=[NO_KEYS],
        ),
        reject=rcp(
            "a grant is revoked",
            REFUSED,
            KEY_USER,
            key(delegates()),
            request=asks(action="kms:RevokeGrant", resource=KEY),
            own=[NO_KEYS],
        ),
        off=Edit(
            "authorization",
            'RETIRE_GRANT = action_set(("kms:RetireGrant",))',
            'RETIRE_GRANT = action_set(("kms:Nothing",))',
        ),
    ),
    Rule(
        id="rcp-only-supported-services",
        says="A resource control policy binds resources of the services that support them; the list grows.",
        source=f"{RCPS}, List of AWS services that support RCPs",
        accept=rcp("a topic", OPEN, PUBLISHER, request=PUBLISH, own=[document(deny("*", Principal="*"))]),
        reject=rcp("a bucket", REFUSED, own=[document(deny("*", Principal="*"))]),
        off=Edit("authorization", "-d.all_of([deny, about, spared, supported])", "-d.all_of([deny, about, spared])"),
    ),
    Rule(
        id="rcp-full-access-is-implicit",
        says="RCPFullAWSAccess stands at every level: what no policy denies is let through.",
        source=RCP_LOGIC,
        accept=case(
            "an export with the denying policy alone",
            bare_rcp(organized(MINE, OPEN_BUCKET, rcp={OWN: [RESTRICTED]})),
            asks(action="sqs:SendMessage", resource="*"),
            REFUSED,
        ),
        reject=case(
            "what it does not deny",
            bare_rcp(organized(MINE, OPEN_BUCKET, rcp={OWN: [document(deny("s3:PutObject", Principal="*"))]})),
            asks(),
            ALLOWED,
        ),
        off=Edit(
            "authorization",
            "d.resource_grants(documents, Kind.RCP).deny",
            "-d.resource_grants(documents, Kind.RCP).direct",
        ),
    ),
    Rule(
        id="rcp-binds-assuming-a-role",
        says="A resource control policy binds roles: who may assume them.",
        source=RCPS,
        accept=rcp(
            "a foreign caller that the role trusts",
            REFUSED,
            TRUSTED,
            request=ASSUME,
            own=[document(deny("sts:AssumeRole", Principal="*"))],
        ),
        reject=rcp(
            "another way to assume it is denied",
            ALLOWED,
            TRUSTED,
            request=ASSUME,
            own=[document(deny("sts:AssumeRoleWithSAML", Principal="*"))],
        ),
        off=Edit(
            "authorization",
            'patterns = [f"arn:{SEG_STAR}:{SEG_STAR}:{SEG_STAR}:{a}:{STAR}" for a in accounts]',
            "patterns: list[str] = []",
        ),
    ),
    Rule(
        id="rcp-does-not-keep-caller-identity",
        says="No organization policy keeps sts:GetCallerIdentity from who has signed in.",
        source="STS API reference, GetCallerIdentity",
        accept=case(
            "both types deny everything",
            organized(
                MINE, scp={ROOT_ID: [FULL, document(deny("*"))]}, rcp={ROOT_ID: [document(deny("*", Principal="*"))]}
            ),
            asks(action="sts:GetCallerIdentity", resource="*"),
            ALLOWED,
        ),
        reject=case(
            "another action of STS",
            organized(
                iam(roles=[role("reader", document(allow("sts:*")))]), scp={ROOT_ID: [FULL, document(deny("*"))]}
            ),
            asks(action="sts:GetAccessKeyInfo", resource="*"),
            REFUSED,
        ),
        off=Edit(
            "authorization",
            "((ALWAYS_ALLOWED, ANY_ARN), (ALWAYS_ALLOWED_TO_USERS, USERS))",
            "((ALWAYS_ALLOWED_TO_USERS, USERS),)",
        ),
    ),
)


def org_key(says: str, answer: Any, by: str, condition: Json, **more: Any) -> Any:
    """A bucket that grants to everyone under a condition on the organization."""
    statement = allow(Principal="*", Condition=condition)
    files = organized(MINE, OTHERS, buckets("logs"), policy_of("logs", document(statement)))
    return case(says, files, asks(by, **more), answer)


OF_THE_ORGANIZATION = {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}
KEYS_RULES = (
    Rule(
        id="organization-id-is-that-of-members",
        says="aws:PrincipalOrgID is the organization's for the principals of its accounts, and for nobody else.",
        source=KEYS_PAGE,
        accept=org_key(
            "a role of another member account",
            ALLOWED,
            OTHER_ROLE,
            OF_THE_ORGANIZATION,
            context={"aws:principalorgid": ORGANIZATION},
        ),
        reject=org_key(
            "a foreign role that says so",
            REFUSED,
            FOREIGN_ROLE,
            OF_THE_ORGANIZATION,
            context={"aws:principalorgid": ORGANIZATION},
        ),
        off=Edit("derivation", '    "aws:principalorgid": _project_organization,\n', ""),
    ),
    Rule(
        id="organization-id-is-absent-where-nobody-signed",
        says="aws:PrincipalOrgID is absent where nobody signed in.",
        source=KEYS_PAGE,
        accept=org_key(
            "anonymous, IfExists", ALLOWED, "anonymous", {"StringEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION}}
        ),
        reject=org_key("anonymous, without", REFUSED, "anonymous", OF_THE_ORGANIZATION),
        off=Edit(
            "derivation",
            "return derivation.any_of([inside, derivation.all_of([arn, -member, other, -own])])",
            "return TRUE",
        ),
    ),
    Rule(
        id="organization-paths-begin-with-its-id",
        says="aws:PrincipalOrgPaths of a member begins with the id of the organization.",
        source=KEYS_PAGE,
        accept=org_key(
            "a foreign role with such a path",
            REFUSED,
            FOREIGN_ROLE,
            {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": f"{ORGANIZATION}/*"}},
            context={"aws:principalorgpaths": [f"{ORGANIZATION}/r-ab12/"]},
        ),
        reject=org_key(
            "a role of a member account",
            ALLOWED,
            OTHER_ROLE,
            {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": f"{ORGANIZATION}/*"}},
            context={"aws:principalorgpaths": [f"{ORGANIZATION}/r-ab12/"]},
        ),
        off=Edit("facts", "            yield d.any_of([member, -d.formula.atom(variable, GlobSet([own]))])\n", ""),
    ),
)

RULES = (*SCP_RULES, *RCP_RULES, *KEYS_RULES)
