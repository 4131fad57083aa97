"""The decision: everything that decides a request, within and across accounts (semantics of IAM).

IAM user guide, "Policy evaluation logic" and "Cross-account policy evaluation logic".
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from checkers.cloud.control import BoundRequest
from checkers.cloud.derivation import (
    FEDERATED_USER,
    IDENTITIES,
    RCP_SERVICES,
    RESOURCES,
    Caller,
    Derivation,
    Grants,
    Kind,
    make_caller,
)
from checkers.cloud.guards import Guard, is_open, may_meet, named_by
from checkers.cloud.identity import SERVICE_LINKED_PATH, Principal
from checkers.cloud.inventory import Unmodelled
from checkers.cloud.organization import SCP, Level
from checkers.cloud.policy import action_set
from checkers.cloud.rulings import Ruling, Rulings
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
from checkers.kernel.formula import FALSE, TRUE, Literal
from checkers.kernel.globs import SEG_STAR, STAR, GlobSet

# Allowed whatever the policies say: to every caller that signed in, and to users and root (API reference of AWS STS).
ALWAYS_ALLOWED = action_set(("sts:GetCallerIdentity",))
ALWAYS_ALLOWED_TO_USERS = action_set(("sts:GetSessionToken",))
USERS = GlobSet([f"arn:{SEG_STAR}:iam::{SEG_STAR}:{end}" for end in (f"user/{STAR}", "root")])
CANNOT_SIGN_IT = GlobSet([f"arn:{SEG_STAR}:iam::{SEG_STAR}:root", ANONYMOUS, "federated:" + STAR])
# What needs the signature of a user or role, and who cannot give one (API reference of AWS STS).
SIGNED_BY_USER_OR_ROLE = action_set(("sts:AssumeRole",))
# What a bucket policy cannot deny to the root of the bucket's account (S3 user guide, "Bucket policies").
BUCKET_POLICY_ACTIONS = action_set(("s3:DeleteBucketPolicy", "s3:GetBucketPolicy", "s3:PutBucketPolicy"))
IAM_ACTIONS = action_set(("iam:*",))
# What only AWS itself does to its managed policies and to the roles that it reserves (IAM user guide, "AWS managed
# policies" and "Reserved roles").
OF_AWS = GlobSet([f"arn:{SEG_STAR}:iam::aws:policy/{STAR}", f"arn:{SEG_STAR}:iam::{SEG_STAR}:role/aws-reserved/{STAR}"])
NOT_WRITING = action_set(("iam:Generate*", "iam:Get*", "iam:List*", "iam:PassRole", "iam:Simulate*"))
# Services whose resources a resource control policy binds (AWS Organizations user guide, "List of AWS services that
# support RCPs", with the additions announced until January 2026).
RCP_ACTIONS = action_set((
    "aoss:*",
    "cognito-identity:*",
    "cognito-idp:*",
    "cognito-sync:*",
    "ecr:*",
    "kms:*",
    "logs:*",
    "s3:*",
    "secretsmanager:*",
    "sqs:*",
    "sts:*",
))
# What a resource control policy never decides (KMS developer guide, "Resource control policies in AWS KMS").
RETIRE_GRANT = action_set(("kms:RetireGrant",))
WITHOUT_IAM = GlobSet([ANONYMOUS, "service:" + STAR, "federated:" + STAR, "canonical:" + STAR])
WITH_SESSION = GlobSet([
    f"arn:{SEG_STAR}:iam::{SEG_STAR}:role/{STAR}",
    f"arn:{SEG_STAR}:sts::{SEG_STAR}:federated-user/{STAR}",
])
SERVICE_LINKED = GlobSet([f"arn:{SEG_STAR}:iam::{SEG_STAR}:role{SERVICE_LINKED_PATH}{STAR}"])


@dataclass(frozen=True, slots=True)
class Limits:
    """What the boundary and the session policies let through, and whether identity policies do too."""

    identity: Literal  # identity policies, boundary and session allow
    beside: Literal  # boundary and session allow


class Decision:
    """Which requests are allowed, as a literal of a question about principals."""

    def __init__(self, derivation: Derivation, scope: Scope, request: BoundRequest, guards: Sequence[Guard]) -> None:
        self.derivation = derivation
        self.actions = request.actions
        self.resources = request.resources
        self.sessions = request.session_policies
        self.inventory = derivation.inventory
        self.scope = scope
        self.guards = guards
        self.rulings = Rulings(derivation)
        self._facts: list[Literal] = []  # about the keys of callers whose policies were read
        # What is the same for every caller, by side: that a resource is of no account, that it is of some accounts,
        # and what `_unguarded` says for an account.
        self._nobody: dict[bool, Literal] = {}
        self._owned: dict[tuple[tuple[str, ...], bool], Literal] = {}
        self._near: dict[tuple[str, bool], Literal] = {}

    def read(self) -> tuple[Literal, Literal]:
        """What is true of every request, and whether it is allowed."""
        allowed = self._allowed()  # before the facts, of which it finds some
        return self._base(), allowed

    def _allowed(self) -> Literal:
        cases = [self._outsiders(), *self._always()]
        for arn in self._callers():
            if self._may_be_allowed(arn):
                cases.append(self._known(make_caller(self.inventory, arn), self.inventory.principals.get(arn)))
        for account in self.inventory.accounts.values():
            cases += self._unknown_callers(account.id)
        d = self.derivation
        # Nobody writes what is AWS's own.
        of_aws = [d.formula.atom(RESOURCE, OF_AWS), d.formula.atom(ACTION, IAM_ACTIONS)]
        writes = d.all_of([*of_aws, -d.formula.atom(ACTION, NOT_WRITING)])
        return d.all_of([d.any_of(cases), -writes])

    def _callers(self) -> Iterator[str]:
        """The callers of the snapshot that are looked at one by one. A root has no policies that could be left out."""
        d = self.derivation
        known = self.inventory.roots if d.leaves_out == IDENTITIES else self.inventory.callers
        selected = self.scope.selected(self.inventory)
        return (arn for arn in known if arn in selected and (d.only is None or arn == d.only.caller))

    def _always(self) -> list[Literal]:
        """What no policy can deny."""
        d, found = self.derivation, []
        for actions, callers in ((ALWAYS_ALLOWED, ANY_ARN), (ALWAYS_ALLOWED_TO_USERS, USERS)):
            if may_meet(self.actions, actions):
                found.append(d.all_of([d.formula.atom(ACTION, actions), d.principal_in(callers), self._has_session()]))
        return found

    # Callers.

    def _known(self, caller: Caller, principal: Principal | None) -> Literal:
        """The request is allowed to this user, role or root."""
        if self.sessions and (principal is None or principal.kind != "role"):
            return FALSE  # users and root have no session policies
        d = self.derivation
        pinned = d.principal_in(GlobSet([caller.arn])) if self.scope.fixed != caller.arn else TRUE
        before, d.caller, d.facts = d.caller, caller, []
        identity = Grants(-d.is_cut(caller.arn), FALSE) if principal is None else d.grants(principal.documents)
        boundary = Grants(TRUE, FALSE)
        if principal is not None and principal.boundary is not None:
            boundary = d.grants((principal.boundary,), Kind.BOUNDARY)
        session = self._session()
        beside = d.all_of([boundary.allow, session.allow])
        limits = Limits(d.all_of([identity.allow, beside]), beside)
        granted = self._granted(limits, caller.account, is_root=principal is None)
        if granted == FALSE:
            d.caller = before
            return FALSE
        is_service_linked = principal is not None and principal.path.startswith(SERVICE_LINKED_PATH)
        found = d.all_of([
            pinned,
            -identity.deny,
            -boundary.deny,
            -session.deny,
            granted,
            *([] if is_service_linked else [self._bound(caller.account), self._unrestricted(caller.account)]),
            self._through_endpoints(),
        ])
        if d.facts:
            self._facts.append(d.any_of([-pinned, d.all_of(d.facts)]))
        d.caller = before
        return found

    def _may_be_allowed(self, arn: str) -> bool:
        """False only where surely nothing allows anything to this caller."""
        principal = self.inventory.principals.get(arn)
        if principal is None or self._named is None or arn in self._named:
            return True
        live = self.derivation.live
        return any(s.effect != "Deny" for document in principal.documents for s in live(document, Kind.IDENTITY))

    @cached_property
    def _named(self) -> frozenset[str] | None:
        """Whom some resource may allow a request without identity policies; None where it may be anyone."""
        if self.scope.fixed or any(is_open(guard) for guard in self.guards):
            return None
        live = self.derivation.live
        allows = [
            statement
            for guard in self.guards
            for documents, kind in ((guard.documents, guard.kind), (guard.grants, Kind.GRANT))
            for document in documents
            for statement in live(document, kind)
            if statement.effect != "Deny"
        ]
        found = [named_by(statement) for statement in allows]
        return None if None in found else frozenset().union(*(names for names in found if names is not None))

    def _has_session(self) -> Literal:
        """The caller can have the session policies of the question: roles and federated users can."""
        return self.derivation.principal_in(WITH_SESSION) if self.sessions else TRUE

    def _session(self) -> Grants:
        """The session policies that came with the question."""
        if not self.sessions:
            return Grants(TRUE, FALSE)
        return self.derivation.grants(self.sessions, Kind.SESSION)

    def _granted(self, limits: Limits, account: str, *, is_root: bool = False) -> Literal:
        """Identity and resource policies together, for a caller of this account, denials included."""
        d = self.derivation
        if d.leaves_out == RESOURCES:
            return TRUE
        rulings = [r for g in self.guards if not (r := self._ruling(g)).adds_nothing(account)]
        cases = [d.all_of([limits.identity, self._unguarded(account), -self._is_about_any(rulings)])]
        denials = []
        for ruling in rulings:
            guard, grants = ruling.guard, ruling.grants
            if guard.account == account:
                trusted = TRUE if guard.trusts_account else grants.account
                granted = d.any_of([
                    grants.direct,
                    d.all_of([grants.role, limits.beside]),
                    d.all_of([trusted, limits.identity]),
                ])
            else:
                granted = d.all_of([d.any_of([grants.direct, grants.role, grants.account]), limits.identity])
            granted = d.any_of([granted, ruling.alone])
            about = self._is_about(guard)
            cases.append(d.all_of([about, granted, ruling.permit]))
            spared = is_root and guard.account == account and guard.bucket is not None
            above = -d.formula.atom(ACTION, BUCKET_POLICY_ACTIONS) if spared else TRUE
            denials.append(-d.all_of([about, grants.deny, above]))
        return d.all_of([d.any_of(cases), *denials])

    def _unguarded(self, account: str) -> Literal:
        """Whether identity policies decide about a resource without a policy here.

        What is in another account has a policy that is not known, or (in IAM) cannot have one. A control that
        requires every request to be allowed is not about those policies: the assumption `foreign-callers`.
        """
        d = self.derivation
        found = self._near.get((account, d.wide))
        if found is not None:
            return found
        near = GlobSet(["*", *(f"arn:{SEG_STAR}:{SEG_STAR}:{SEG_STAR}:{a}:{STAR}" for a in (account, "", "aws"))])
        own = found = d.formula.atom(RESOURCE, near)
        if d.wide or d.every_request:
            foreign = d.all_of([-own, -d.formula.atom(ACTION, IAM_ACTIONS)])
            found = d.any_of([own, foreign])
            if not any(wide is d.wide for _, wide in self._near):  # once for each side
                d.ledger.append((FOREIGN_RESOURCES, foreign))
        self._near[account, d.wide] = found
        return found

    def _outsiders(self) -> Literal:
        """Callers without identity policies here: anonymous, services, federated, other accounts."""
        d = self.derivation
        if self.scope.fixed:
            return FALSE
        own = GlobSet(g for a in self.inventory.accounts for g in account_globs(a))
        session = self._session()
        foreign = d.all_of([
            d.principal_in(ANY_ARN),
            -d.principal_in(own),
            d.formula.atom(CALLER_ALLOWED, None),
            self._has_session(),
            session.allow,
            -session.deny,
        ])
        without = d.principal_in(WITHOUT_IAM) if not self.sessions else FALSE
        cases, denials = [], []
        for guard in self.guards:
            ruling = self._ruling(guard)
            grants = ruling.grants
            by_policy = d.any_of([
                d.all_of([without, grants.direct]),
                d.all_of([foreign, d.any_of([grants.direct, grants.role, grants.account])]),
                d.all_of([-d.principal_in(own), self._has_session(), -session.deny, ruling.alone]),
            ])
            about = self._is_about(guard)
            cases.append(d.all_of([about, by_policy, ruling.permit]))
            denials.append(-d.all_of([about, grants.deny]))
        granted = d.all_of([d.any_of(cases), *denials])
        if granted == FALSE:
            return FALSE
        return d.all_of([granted, self._bound_members(), self._unrestricted(""), self._through_endpoints()])

    def _unknown_callers(self, account: str) -> list[Literal]:
        """Callers of an account of the snapshot whose identity policies are not known.

        They are federated users (at most what some user of the account may; that root makes none is an
        assumption), and everybody where the account's IAM could not be read, or the question is without identities.
        Only the wide side counts them.
        """
        d = self.derivation
        iam = self.inventory.iam[account]
        if not d.wide or self.scope.fixed or not self.scope.may_select_account(account):
            return []
        session = self._session()
        if d.leaves_out == IDENTITIES:
            callers, identity = GlobSet(account_globs(account)), TRUE
        elif iam.problem:
            d.depends_on(iam.problem)
            callers, identity = GlobSet(account_globs(account)), TRUE
        else:
            if iam.users:
                d.depends_on(FEDERATED_USER)
            identity = d.any_of([d.grants(user.documents).allow for user in iam.users])
            callers = GlobSet([
                g.removesuffix(STAR) + "federated-user/" + STAR for g in account_globs(account) if ":sts:" in g
            ])
        limits = Limits(d.all_of([identity, session.allow]), session.allow)
        granted = self._granted(limits, account)
        exempt = d.principal_in(SERVICE_LINKED)
        bound = d.any_of([exempt, d.all_of([self._bound(account), self._unrestricted(account)])])
        return [d.all_of([d.principal_in(callers), granted, -session.deny, bound, self._through_endpoints()])]

    def _ruling(self, guard: Guard) -> Ruling:
        return self.rulings.ruling(guard)

    def _is_about(self, guard: Guard) -> Literal:
        formula = self.derivation.formula
        return self.derivation.all_of([formula.atom(ACTION, guard.actions), formula.atom(RESOURCE, guard.resources)])

    def _is_about_any(self, rulings: Sequence[Ruling]) -> Literal:
        """The request is about one of the guarded resources: one atom for all with the same actions."""
        d = self.derivation
        resources: dict[GlobSet, list[str]] = {}
        for ruling in rulings:
            resources.setdefault(ruling.guard.actions, []).extend(ruling.guard.resources.patterns)
        return d.any_of([
            d.all_of([d.formula.atom(ACTION, actions), d.formula.atom(RESOURCE, GlobSet(patterns))])
            for actions, patterns in resources.items()
        ])

    # What the organization and the network say.

    def _bound(self, account: str) -> Literal:
        """Service control policies let the request of a caller of this account through."""
        return self._levels_allow(self.inventory.levels(account, SCP))

    def _levels_allow(self, levels: Sequence[Level]) -> Literal:
        d = self.derivation
        parts = []
        for level in levels:
            grants = d.grants(level.documents, Kind.SCP)
            parts += [grants.allow, -grants.deny]
        return d.all_of(parts)

    def _bound_members(self) -> Literal:
        """Service control policies bind the member accounts that are not in the snapshot too."""
        d = self.derivation
        exempt = d.principal_in(SERVICE_LINKED)
        return d.all_of([
            d.any_of([
                exempt,
                -d.principal_in(GlobSet(g for a in accounts for g in account_globs(a))),
                self._levels_allow(levels),
            ])
            for levels, accounts in self.inventory.bound_accounts.items()
        ])

    def _unrestricted(self, caller: str) -> Literal:
        """Resource control policies let the request through. `caller` is the caller's account where it is known.

        A request for no resource in particular (`*`) is bound by those of the caller's account. That a service-linked
        role of an account outside the snapshot is bound too is part of the assumption `foreign-callers`.
        """
        d = self.derivation
        parts = []
        for documents, accounts in self.inventory.restricted_accounts.items():
            about = d.any_of([
                self._of_accounts(accounts),
                d.all_of([self._of_nobody(), self._is_of(accounts, caller)]),
            ])
            deny = FALSE if about == FALSE else d.resource_grants(documents, Kind.RCP).deny
            if deny == FALSE:
                continue
            if not self._is_supported():
                d.depends_on(RCP_SERVICES)
            spared = -d.formula.atom(ACTION, RETIRE_GRANT)
            supported = d.formula.atom(ACTION, RCP_ACTIONS) if d.wide else TRUE
            parts.append(-d.all_of([deny, about, spared, supported]))
        return d.all_of(parts)

    def _of_accounts(self, accounts: tuple[str, ...]) -> Literal:
        """The resource is of one of the accounts, and not AWS's own."""
        d = self.derivation
        if (accounts, d.wide) not in self._owned:
            patterns = [f"arn:{SEG_STAR}:{SEG_STAR}:{SEG_STAR}:{a}:{STAR}" for a in accounts]
            buckets = [p for g in self.guards if g.bucket and g.account in accounts for p in g.resources.patterns]
            of_aws = (True, None) if d.wide else (True,)  # keys of AWS's own, which nothing binds
            spared = [p for r in self.inventory.resources if r.aws_managed in of_aws for p in r.resources.patterns]
            if not d.wide:  # of a bucket of the account, though the access point is another's
                points = [p for p in self.inventory.access_points if any(a in accounts for _, a in p.buckets)]
                buckets += [g for p in points for g in p.resources.patterns]
            every = GlobSet([*patterns, *buckets])
            own = d.formula.atom(RESOURCE, every) if may_meet(self.resources, every) else FALSE
            self._owned[accounts, d.wide] = d.all_of([own, -d.formula.atom(RESOURCE, GlobSet(spared))])
        return self._owned[accounts, d.wide]

    def _of_nobody(self) -> Literal:
        """The request is about nothing in particular, or (narrow) about what may be of the caller's account."""
        wide = self.derivation.wide
        if wide not in self._nobody:
            self._nobody[wide] = self._read_nobody()
        return self._nobody[wide]

    def _read_nobody(self) -> Literal:
        d = self.derivation
        every = GlobSet(["*"])
        nothing = d.formula.atom(RESOURCE, every) if may_meet(self.resources, every) else FALSE
        if d.wide:
            return nothing
        known = GlobSet(p for g in self.guards if g.bucket for p in g.resources.patterns)
        unknown = d.formula.atom(RESOURCE, GlobSet([f"arn:{SEG_STAR}:{SEG_STAR}:{SEG_STAR}::{STAR}"]))
        return d.any_of([nothing, d.all_of([unknown, -d.formula.atom(RESOURCE, known)])])

    def _is_supported(self) -> bool:
        """Whether every action of the question is one of a service that resource control policies bind."""
        return self.actions is not None and all(RCP_ACTIONS.has(p) for p in self.actions.patterns)

    def _is_of(self, accounts: Sequence[str], caller: str) -> Literal:
        if caller:
            return TRUE if caller in accounts else FALSE
        return self.derivation.principal_in(GlobSet(g for a in accounts for g in account_globs(a)))

    def _through_endpoints(self) -> Literal:
        """The policy of the VPC endpoint that the request goes through, if it does, allows it."""
        d = self.derivation
        parts = []
        for endpoint in self.inventory.endpoints:
            if not may_meet(self.actions, endpoint.actions):
                continue
            kind = Kind.GATEWAY_ENDPOINT if endpoint.is_gateway else Kind.ENDPOINT
            grants = d.resource_grants((endpoint.policy,), kind)
            goes = d.all_of([
                d.some("aws:sourcevpce", "", GlobSet([endpoint.id]), complement=False),
                d.formula.atom(ACTION, endpoint.actions),
            ])
            allow = d.any_of([grants.direct, grants.role, grants.account])
            parts.append(d.any_of([-goes, d.all_of([allow, -grants.deny])]))
        return d.all_of(parts)

    # Facts.

    def _base(self) -> Literal:
        """Facts about every request: its principal exists, can make such a request, and has its own keys."""
        d = self.derivation
        able = d.any_of([-d.formula.atom(ACTION, SIGNED_BY_USER_OR_ROLE), -d.principal_in(CANNOT_SIGN_IT)])
        if self.scope.fixed:
            return d.all_of([able, *self._facts])
        formed = d.formula.atom(PRINCIPAL, WELL_FORMED_PRINCIPAL)
        return d.all_of([formed, self._exists() if self._may_be_nobody() else TRUE, able, *self._facts])

    def _may_be_nobody(self) -> bool:
        """Whether a caller that does not exist could be counted: whoever is allowed by a policy does exist."""
        is_about_refusals = self.derivation.wide is not self.derivation.every_request
        always = any(may_meet(self.actions, actions) for actions in (ALWAYS_ALLOWED, ALWAYS_ALLOWED_TO_USERS))
        return is_about_refusals or always or bool(self.inventory.unmodelled)

    def _exists(self) -> Literal:
        """The caller is one that the snapshot has, where it has those of the caller's account."""
        d = self.derivation
        own: list[str] = []
        known: list[str] = []
        for account, iam in self.inventory.iam.items():
            if iam.problem:
                continue
            own += account_globs(account)
            partition = self.inventory.accounts[account].partition
            known += [f"arn:{partition}:iam::{account}:root", f"arn:{partition}:sts::{account}:federated-user/{STAR}"]
            known += [p.arn for p in (*iam.users, *iam.roles)]
        return d.any_of([-d.principal_in(GlobSet(own)), d.principal_in(GlobSet(known))])


FOREIGN_RESOURCES = Unmodelled(
    "resources of other accounts",
    "their policies are not in the snapshot",
    can_allow=True,
    can_deny=False,
)


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
