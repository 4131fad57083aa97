"""The decision: identity and resource policies, within and across accounts (semantics of IAM).

IAM user guide, "Policy evaluation logic" and "Cross-account policy evaluation logic".
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from checkers.cloud.bucket import Bucket
from checkers.cloud.control import BoundRequest
from checkers.cloud.derivation import (
    FEDERATED_USER,
    PRINCIPAL_TAG,
    Caller,
    Derivation,
    Grants,
    Kind,
    ResourceGrants,
    make_caller,
)
from checkers.cloud.identity import Principal
from checkers.cloud.inventory import Inventory, Unmodelled, bucket_globs
from checkers.cloud.policy import Document, action_set
from checkers.cloud.scope import Scope
from checkers.cloud.vocabulary import (
    ACTION,
    ANONYMOUS,
    ANY_ARN,
    CALLER_ALLOWED,
    PRINCIPAL,
    RESOURCE,
    WELL_FORMED_PRINCIPAL,
    account_globs,
)
from checkers.kernel.formula import FALSE, TRUE, Literal, Variable
from checkers.kernel.globs import EVERYTHING, SEG_STAR, STAR, GlobSet, is_disjoint

# Actions that a role trust policy decides (service authorization reference, AWS STS, resource type role).
ASSUME_ROLE = action_set(("sts:AssumeRole*", "sts:SetContext", "sts:SetSourceIdentity", "sts:TagSession"))
# Allowed whatever the policies say: to every caller that signed in, and to users and root (API reference of AWS STS).
ALWAYS_ALLOWED = action_set(("sts:GetCallerIdentity",))
ALWAYS_ALLOWED_TO_USERS = action_set(("sts:GetSessionToken",))
USERS = GlobSet([f"arn:{SEG_STAR}:iam::{SEG_STAR}:{end}" for end in (f"user/{STAR}", "root")])
CANNOT_SIGN_IT = GlobSet([f"arn:{SEG_STAR}:iam::{SEG_STAR}:root", ANONYMOUS, "federated:" + STAR])
# What needs the signature of a user or role, and who cannot give one (API reference of AWS STS).
SIGNED_BY_USER_OR_ROLE = action_set(("sts:AssumeRole",))
# What a bucket policy cannot deny to the root of the bucket's account (S3 user guide, "Bucket policies").
BUCKET_POLICY_ACTIONS = action_set(("s3:DeleteBucketPolicy", "s3:GetBucketPolicy", "s3:PutBucketPolicy"))
S3_ACTIONS = action_set(("s3:*",))
# What ACL permissions grant (S3 user guide, "Access control list overview", mapping of permissions).
ACL_ACTIONS = action_set((
    "s3:ListBucket",
    "s3:ListBucketVersions",
    "s3:ListBucketMultipartUploads",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:GetBucketAcl",
    "s3:PutBucketAcl",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:GetObjectTorrent",
    "s3:GetObjectAcl",
    "s3:GetObjectVersionAcl",
    "s3:PutObjectAcl",
    "s3:PutObjectVersionAcl",
))
WITHOUT_IAM = GlobSet([ANONYMOUS, "service:" + STAR, "federated:" + STAR, "canonical:" + STAR])


@dataclass(frozen=True, slots=True)
class Guard:
    """A resource with a policy of its own, and the actions that the policy decides.

    `trusts_account`: the identity policies of the resource's account are enough without it.
    """

    kind: Kind
    resources: GlobSet
    actions: GlobSet
    account: str
    document: Document | None
    trusts_account: bool
    acl: str = ""


def guards_for(inventory: Inventory, request: BoundRequest) -> tuple[Guard, ...]:
    """The guarded resources that the request can be about."""
    found = [g for g in _all_guards(inventory) if _may_meet(request.actions, g.actions)]
    return tuple(g for g in found if _may_meet(request.resources, g.resources))


def _all_guards(inventory: Inventory) -> Iterator[Guard]:
    for bucket in inventory.buckets:
        yield _bucket_guard(bucket)
    for principal in inventory.principals.values():
        if principal.kind == "role":
            role = GlobSet([principal.arn])
            yield Guard(Kind.TRUST, role, ASSUME_ROLE, principal.account, principal.trust, trusts_account=False)


def _bucket_guard(bucket: Bucket) -> Guard:
    return Guard(
        Kind.BUCKET,
        bucket_globs(bucket),
        S3_ACTIONS,
        bucket.account,
        bucket.policy,
        trusts_account=True,
        acl=bucket.acl_grants,
    )


def _may_meet(one: GlobSet | None, other: GlobSet) -> bool:
    """False only where the sets surely share nothing."""
    return one is None or not is_disjoint(other, one)


def _acl_entry(guard: Guard) -> Unmodelled:
    where = guard.document.origin.file if guard.document else ", ".join(guard.resources.patterns[:1])
    return Unmodelled(where, guard.acl, can_allow=True, can_deny=False)


class Decision:
    """Which requests are allowed, as a literal of a question about principals."""

    def __init__(self, derivation: Derivation, scope: Scope, request: BoundRequest, guards: Sequence[Guard]) -> None:
        self.derivation = derivation
        self.actions = request.actions
        self.inventory = derivation.inventory
        self.scope = scope
        self.guards = guards

    def allowed(self) -> Literal:
        """The request is allowed, ledger entries included."""
        cases = [self._outsiders(), *self._always()]
        selected = self.scope.selected(self.inventory)
        for arn in self.inventory.callers:
            if arn in selected:
                cases.append(self._known(make_caller(self.inventory, arn), self.inventory.principals.get(arn)))
        for account in self.inventory.accounts.values():
            cases += self._unknown_callers(account.id)
        return self.derivation.any_of(cases)

    def _always(self) -> list[Literal]:
        """What no policy can deny."""
        d, found = self.derivation, []
        for actions, callers in ((ALWAYS_ALLOWED, ANY_ARN), (ALWAYS_ALLOWED_TO_USERS, USERS)):
            if _may_meet(self.actions, actions):
                found.append(d.all_of([d.formula.atom(ACTION, actions), d.principal_in(callers)]))
        for guard in self.guards:
            if guard.kind is Kind.BUCKET and _may_meet(self.actions, BUCKET_POLICY_ACTIONS):
                root = d.principal_in(GlobSet([f"arn:{SEG_STAR}:iam::{guard.account}:root"]))
                about = d.formula.atom(ACTION, BUCKET_POLICY_ACTIONS)
                found.append(d.all_of([root, about, d.formula.atom(RESOURCE, guard.resources)]))
        return found

    def _known(self, caller: Caller, principal: Principal | None) -> Literal:
        """The request is allowed to this user, role or root."""
        d = self.derivation
        pinned = d.principal_in(GlobSet([caller.arn])) if self.scope.fixed != caller.arn else TRUE
        before, d.caller, d.facts = d.caller, caller, []
        identity = Grants(TRUE, FALSE) if principal is None else d.grants(principal.documents)
        granted = self._by_resource(identity.allow, caller.account)
        found = d.all_of([pinned, -identity.deny, granted, *d.facts])
        d.caller = before
        return found

    def _by_resource(self, identity: Literal, account: str) -> Literal:
        """Identity and resource policies together, for a caller of this account."""
        d = self.derivation
        cases = [d.all_of([identity, *[-self._is_about(g) for g in self.guards]])]
        for guard in self.guards:
            grants = self._grants(guard)
            if guard.account == account:
                trusted = TRUE if guard.trusts_account else grants.account
                granted = d.any_of([grants.direct, d.all_of([trusted, identity])])
            else:
                granted = d.all_of([d.any_of([grants.direct, grants.account]), identity])
            cases.append(d.all_of([self._is_about(guard), -grants.deny, granted]))
        return d.any_of(cases)

    def _grants(self, guard: Guard) -> ResourceGrants:
        """What the policy of a guarded resource says, and its ACLs, which are not modelled yet."""
        d = self.derivation
        found = d.resource_grants(guard.document, guard.kind)
        if not guard.acl:
            return found
        if not d.wide:
            return found
        acl = d.formula.atom(ACTION, ACL_ACTIONS)
        d.ledger.append((_acl_entry(guard), d.all_of([self._is_about(guard), acl])))
        return ResourceGrants(d.any_of([found.direct, acl]), found.account, found.deny)

    def _is_about(self, guard: Guard) -> Literal:
        formula = self.derivation.formula
        return self.derivation.all_of([formula.atom(ACTION, guard.actions), formula.atom(RESOURCE, guard.resources)])

    def _outsiders(self) -> Literal:
        """Callers without identity policies here: anonymous, services, federated, other accounts."""
        d = self.derivation
        if self.scope.fixed:
            return FALSE
        own = GlobSet(g for a in self.inventory.accounts for g in account_globs(a))
        foreign = d.all_of([d.principal_in(ANY_ARN), -d.principal_in(own), d.formula.atom(CALLER_ALLOWED, None)])
        without = d.principal_in(WITHOUT_IAM)
        cases = []
        for guard in self.guards:
            grants = self._grants(guard)
            by_policy = d.any_of([
                d.all_of([without, grants.direct]),
                d.all_of([foreign, d.any_of([grants.direct, grants.account])]),
            ])
            cases.append(d.all_of([self._is_about(guard), -grants.deny, by_policy]))
        return d.any_of(cases)

    def _unknown_callers(self, account: str) -> list[Literal]:
        """Callers of an account of the snapshot whose identity policies are not known.

        They are federated users (at most what some user of the account may; that root makes none is an
        assumption), and everybody where the account's IAM could not be read. Only the wide side counts them.
        """
        d = self.derivation
        iam = self.inventory.iam[account]
        if not d.wide or self.scope.fixed or not self.scope.may_select_account(account):
            return []
        if iam.problem:
            d.depends_on(iam.problem)
            return [d.all_of([d.principal_in(GlobSet(account_globs(account))), self._by_resource(TRUE, account)])]
        if iam.users:
            d.depends_on(FEDERATED_USER)
        identity = d.any_of([d.grants(user.documents).allow for user in iam.users])
        users = GlobSet([
            g.removesuffix(STAR) + "federated-user/" + STAR for g in account_globs(account) if ":sts:" in g
        ])
        return [d.all_of([d.principal_in(users), self._by_resource(identity, account)])]

    def base(self) -> Literal:
        """Facts about every request: its principal exists, and can make such a request."""
        d = self.derivation
        if self.scope.fixed:
            return TRUE
        own: list[str] = []
        known: list[str] = []
        for account, iam in self.inventory.iam.items():
            if iam.problem:
                continue
            own += account_globs(account)
            partition = self.inventory.accounts[account].partition
            known += [f"arn:{partition}:iam::{account}:root", f"arn:{partition}:sts::{account}:federated-user/{STAR}"]
            known += [p.arn for p in (*iam.users, *iam.roles)]
        exists = d.any_of([-d.principal_in(GlobSet(own)), d.principal_in(GlobSet(known))])
        able = d.any_of([-d.formula.atom(ACTION, SIGNED_BY_USER_OR_ROLE), -d.principal_in(CANNOT_SIGN_IT)])
        return d.all_of([d.formula.atom(PRINCIPAL, WELL_FORMED_PRINCIPAL), exists, able])

    def resource_keys(self) -> list[Literal]:
        """Facts about the keys of the resource that the question mentions: the account of a known resource."""
        d = self.derivation
        mentioned = [v for v in d.formula.variables() if v.name in RESOURCE_ACCOUNT]
        return [
            d.any_of([
                -d.formula.atom(RESOURCE, g.resources),
                d.formula.atom(v, GlobSet([g.account])),
                *self._absent(v),
            ])
            for v in mentioned
            for g in self.guards
        ]

    def _absent(self, variable: Variable) -> list[Literal]:
        """That the key has no value, where every request counts: it may be left out."""
        d = self.derivation
        return [-d.formula.atom(variable, EVERYTHING)] if d.every_request else []


def principal_keys(derivation: Derivation) -> list[Literal]:
    """Facts about the keys of the principal that the question mentions.

    Only signed requests of users, roles and root carry them, and the paths of an organization begin
    with its id (IAM user guide, "AWS global condition context keys", properties of the principal).
    """
    d = derivation
    facts = []
    for variable in d.formula.variables():
        key = variable.name
        if not key.startswith(PRINCIPAL_TAG) and key not in PRINCIPAL_KEYS:
            continue
        facts.append(d.any_of([-d.formula.atom(variable, EVERYTHING), d.principal_in(ANY_ARN)]))
        if key == ORGANIZATION_PATHS and d.inventory.knows_members:
            member = d.principal_in(GlobSet(g for a in d.inventory.members for g in account_globs(a)))
            own = f"{d.inventory.organization}/{STAR}"
            facts.append(d.any_of([member, -d.formula.atom(variable, GlobSet([own]))]))
            facts.append(d.any_of([-member, -d.formula.atom(variable, GlobSet([own], complement=True))]))
    return facts


RESOURCE_ACCOUNT = frozenset({"aws:resourceaccount", "s3:resourceaccount"})
ORGANIZATION_PATHS = "aws:principalorgpaths"
PRINCIPAL_KEYS = frozenset({"aws:principalorgid", ORGANIZATION_PATHS, "aws:username"})


def with_ledger(derivation: Derivation, allowed: Literal, entries: Sequence[Unmodelled]) -> Literal:
    """The decision with the ledger: what may also be allowed on the wide side, not be allowed on the narrow."""
    touched = []
    for entry in entries:
        if not (entry.can_allow if derivation.wide else entry.can_deny):
            continue
        literal = _touches(derivation, entry)
        if literal != FALSE:
            derivation.ledger.append((entry, literal))
            touched.append(literal)
    if derivation.wide:
        return derivation.any_of([allowed, *touched])
    return derivation.all_of([allowed, *[-x for x in touched]])


def _touches(derivation: Derivation, entry: Unmodelled) -> Literal:
    d = derivation
    parts = [
        d.formula.atom(ACTION, entry.actions),
        d.formula.atom(RESOURCE, entry.resources),
        d.principal_in(entry.principals),
    ]
    if entry.needs_key:
        parts.append(d.present(entry.needs_key))
    return d.all_of(parts)
