"""Building one question: what is known of the caller, and statements and documents as literals.

A question has two sides. The wide one has every request that may be allowed: Allow is read wide, Deny
narrow. The narrow one has only requests that surely are: the other way round. Where no reading is open
the two are the same.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from typing import NamedTuple
from weakref import WeakKeyDictionary

from checkers import limits
from checkers.cloud.conditions import FOR_ANY_VALUE_IF_EXISTS, SCALAR_ON_SET, ConditionSet, condition_literal
from checkers.cloud.cuts import Cut, by_place, left_literal, root_cut
from checkers.cloud.inventory import Inventory, Unmodelled
from checkers.cloud.open_sets import OpenFormula, formula_for, widened
from checkers.cloud.patterns import (
    STAR_CROSSES_COLON,
    VARIABLE_OUTSIDE_LAST_PART,
    WILDCARD_RESOURCE_TYPE,
    Pattern,
    Resources,
    Unsupported,
    envelope,
)
from checkers.cloud.policy import Document, Principals, Statement
from checkers.cloud.request import ConcreteRequest, view_value
from checkers.cloud.vocabulary import (
    ACTION,
    ANONYMOUS,
    ANY_ARN,
    ANY_SERVICE,
    ANY_SIGNED,
    MULTI_VALUED,
    PRINCIPAL,
    RESOURCE,
    SESSION,
    account_globs,
    account_of,
    arity_of,
    key_variable,
)
from checkers.kernel.formula import FALSE, TRUE, Arity, Formula, Literal, Variable
from checkers.kernel.globs import ANY, EVERYTHING, SEG_ANY, SEG_STAR, STAR, GlobSet, is_disjoint
from checkers.kernel.intervals import IntervalSet
from checkers.kernel.links import Template
from checkers.verdict import Declined

ACCESS_POINT_BUCKET = "access-point-bucket"
CANONICAL_USER = "canonical-user"
NOTPRINCIPAL_ACCOUNT = "notprincipal-account"
FEDERATED_USER = "federated-user"
KMS_GRANT = "kms-grant"
PUBLIC_POLICY = "public-policy"
RCP_SERVICES = "rcp-services"
SESSION_TAGS = "session-tags"
# The readings that have an id in docs/divergences.md.
READINGS = frozenset({
    ACCESS_POINT_BUCKET,
    CANONICAL_USER,
    FEDERATED_USER,
    FOR_ANY_VALUE_IF_EXISTS,
    KMS_GRANT,
    NOTPRINCIPAL_ACCOUNT,
    PUBLIC_POLICY,
    RCP_SERVICES,
    SCALAR_ON_SET,
    SESSION_TAGS,
    STAR_CROSSES_COLON,
    VARIABLE_OUTSIDE_LAST_PART,
    WILDCARD_RESOURCE_TYPE,
})
PRINCIPAL_TAG = "aws:principaltag/"
# Keys whose value may follow from who calls.
CALLER_KEYS = frozenset({
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalisawsservice",
    "aws:principalorgid",
    "aws:principalservicename",
    "aws:principaltype",
    "aws:sourceowner",
    "aws:userid",
    "aws:username",
    "kms:calleraccount",
})


class Kind(Enum):
    """The kinds of policy document, which differ in the elements that a statement has."""

    IDENTITY = "identity policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"
    SCP = "service control policy"
    RCP = "resource control policy"
    RESOURCE = "resource policy"
    UNNAMED = "resource policy without Resource"
    TRUST = "role trust policy"
    ACL = "access control list"
    ENDPOINT = "endpoint policy"
    GATEWAY_ENDPOINT = "gateway endpoint policy"
    GRANT = "grant of a key"

    __hash__ = object.__hash__  # the members are the only ones; that of `Enum` takes four times as long


# Kinds of policies that bind many callers alike.
SHARED = frozenset({Kind.SCP, Kind.RCP, Kind.ENDPOINT, Kind.GATEWAY_ENDPOINT})
# Kinds whose statements have no Principal: they are about whoever carries them.
WITHOUT_PRINCIPAL = frozenset({Kind.IDENTITY, Kind.BOUNDARY, Kind.SESSION, Kind.SCP})
# Kinds whose Allow statements grant; those of the other kinds only limit what others grant.
GRANTING = frozenset({Kind.IDENTITY, Kind.RESOURCE, Kind.UNNAMED, Kind.TRUST, Kind.ACL, Kind.GRANT})


@dataclass(frozen=True, slots=True)
class Caller:
    """A known principal, and the values of condition keys that follow from who it is."""

    arn: str
    account: str
    name: str
    keys: Mapping[str, str | None]  # None: known to be absent
    tags: Mapping[str, str]
    may_have_session_tags: bool
    has_boundary: bool = False


class Effect(Enum):
    """What a statement does where it applies."""

    ALLOW = "Allow"
    DENY = "Deny"


@dataclass(frozen=True, slots=True)
class Applies:
    """When a statement applies: naming the caller or everyone, the caller's role, or only the caller's account."""

    named: Literal
    by_role: Literal
    by_account: Literal
    elements: tuple[tuple[str, Literal], ...]


@dataclass(frozen=True, slots=True)
class Note:
    """Where in the question a statement is, for explanations. `readings` are open in it."""

    kind: Kind
    document: Document
    statement: Statement
    effect: Effect
    literal: Literal
    elements: tuple[tuple[str, Literal], ...]
    caller: str
    readings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grants:
    """Whether a pool of documents allows, and whether it denies."""

    allow: Literal
    deny: Literal


@dataclass(frozen=True, slots=True)
class ResourceGrants:
    """Whether a resource policy allows the caller itself, its role, only its account, or denies.

    A grant to a role is limited by the boundary and the session policies, one to the caller itself is not
    (IAM user guide, "Policy evaluation logic", permissions boundaries and session policies).
    """

    direct: Literal
    role: Literal
    account: Literal
    deny: Literal


IDENTITIES, RESOURCES = "identities", "resources"  # policies that a question can leave out


class Only(NamedTuple):
    """The one request that counts: its caller, its action and resource, each as a set, and its context keys.

    A text that is too long for a pattern is no set: None, for any.
    """

    caller: str
    actions: GlobSet | None
    resources: GlobSet | None
    keys: tuple[str, ...]


def only_of(request: ConcreteRequest) -> Only:
    """This request and no other."""
    texts = (request.action.lower(), request.resource)
    actions, resources = (GlobSet([t]) if len(t) <= limits.MAX_PATTERN_CHARS else None for t in texts)
    return Only(request.principal, actions, resources, tuple(sorted(request.context)))


@dataclass(frozen=True, slots=True)
class Side:
    """Which side of a question: how Allow is read, and whether a request that may not be real counts.

    `without` are parts of statements that say nothing. `leaves_out` are policies that are read as ones that allow
    everything and deny nothing: `IDENTITIES`, those of users and roles, or `RESOURCES`. With `only` a policy that is
    surely about no such request says nothing.
    """

    wide: bool
    every_request: bool
    without: tuple[Cut, ...] = ()
    leaves_out: str = ""
    only: Only | None = None


class Derivation:
    """One side of a question while it is built.

    `caller` is the principal whose policies are being read: known, or None for any; `knows_principal`
    is false for documents on their own, whose caller is nobody in particular. `actions` and `resources` have the
    action and resource of every request of the question, where that is known.
    """

    def __init__(  # noqa: PLR0913  # each is a part of the question
        self,
        inventory: Inventory,
        side: Side,
        *,
        actions: GlobSet | None,
        resources: GlobSet | None = None,
        set_keys: frozenset[str],
        knows_principal: bool,
        formula: Formula | None = None,
    ) -> None:
        self.inventory = inventory
        self.actions = actions
        self.resources = resources
        self.wide = side.wide
        self.every_request = side.every_request
        self.leaves_out, self.only = side.leaves_out, side.only
        self.cuts = by_place(side.without)
        self.set_keys = set_keys
        self.knows_principal = knows_principal
        self.formula = formula or formula_for(inventory.open_sets, wide=side.every_request)
        if isinstance(self.formula, OpenFormula):
            self.formula.depends_on = self.depends_on
        self.caller: Caller | None = None
        self.readings: set[str] = set()
        self._open = self.readings  # where readings are noted: those of the statement at hand, if there is one
        self.notes: list[Note] = []
        self.facts: list[Literal] = []  # of the caller whose policies are being read
        self.ledger: list[tuple[Unmodelled, Literal]] = []  # entries that touch the question, and when they do
        self.is_about_one = False  # one caller, whose policies need not be shared with others
        # Where a policy is read for requests that reach its resource another way: from its resources to those.
        self.through: Callable[[GlobSet], GlobSet] | None = None
        # What was read once. By document: the statements that may be about a request of the question.
        self._live: dict[tuple[int, Kind, bool], tuple[Statement, ...]] = {}
        self._told: dict[tuple[int, ...], tuple[bool, tuple[str, ...]]] = {}  # by what documents tell callers apart
        self._shared: dict[tuple[Kind, bool, tuple[int, ...], tuple[object, ...]], ResourceGrants] = {}
        # By statement: the keys in it that follow from the caller, and its elements by what those keys are.
        self._keys: dict[int, tuple[str, ...]] = {}
        self._found: dict[tuple[int, bool, bool, tuple[tuple[bool, str | None], ...]], Others] = {}
        self._apart: dict[GlobSet, bool] = {}  # resources of statements, and whether the question is about others

    # What conditions ask (the protocol `conditions.Keys`).

    def arity(self, key: str) -> Arity:
        """How many values the key has."""
        return arity_of(key, self.set_keys)

    def depends_on(self, reading: str) -> None:
        """Note an open reading or an element without one."""
        self._open.add(reading)

    def any_of(self, literals: Sequence[Literal]) -> Literal:
        """The disjunction."""
        return self.formula.any(literals)

    def all_of(self, literals: Sequence[Literal]) -> Literal:
        """The conjunction."""
        return self.formula.all(literals)

    def present(self, key: str) -> Literal:
        """The key has a value."""
        known, value = self._known(key)
        if known:
            return FALSE if value is None else TRUE
        project = _PROJECTIONS.get(key) if self.knows_principal else None
        if project is not None:
            return project(self, EVERYTHING)
        return self.formula.atom(key_variable(key, "", self.arity(key)), EVERYTHING)

    def some(self, key: str, view: str, values: ConditionSet, *, complement: bool) -> Literal:
        """Some value of the key is in the set, or in its complement."""
        found = values.make(self._hole, complement=complement) if isinstance(values, Pattern) else values
        if complement and isinstance(found, GlobSet) and found is values:
            found = GlobSet(found.patterns, complement=not found.complement)
        elif complement and isinstance(found, IntervalSet):
            found = IntervalSet(found.cuts, starts_inside=not found.starts_inside)
        known, value = self._known(key)
        project = _PROJECTIONS.get(key) if self.knows_principal and not known else None
        is_marked = value is not None and "<" in value and (bool(view) or key.startswith(PRINCIPAL_TAG))
        if is_marked and isinstance(self.formula, OpenFormula):  # it may turn out to be any text
            self.depends_on(f"the value of {key} is known after apply")
            return self.formula.undecided(repr((key, view, found)))
        if isinstance(found, Template) and known:
            return self._pinned(key, value, found)
        if isinstance(found, GlobSet) and value is not None and not view:
            return self.has(key_variable(key, "", self.arity(key)), value, found)
        if isinstance(found, GlobSet | IntervalSet) and known:
            return TRUE if value is not None and view_value(value, view) in found else FALSE  # type: ignore[operator]
        if isinstance(found, GlobSet) and project is not None and not view:
            return project(self, found)
        return self.formula.atom(key_variable(key, view, self.arity(key)), found)

    def _pinned(self, key: str, value: str | None, template: Template) -> Literal:
        """A known key in a template: a variable after all, whose value is a fact of the caller."""
        variable = key_variable(key, "", Arity.OPTIONAL)
        known = EVERYTHING if value is None else GlobSet([value])
        fact = self.formula.atom(variable, known)
        self.facts.append(-fact if value is None else fact)
        return self.formula.atom(variable, template)

    def _hole(self, key: str) -> Variable | str | None:
        """What a policy variable stands for: a variable, a text, or None where it is never resolved."""
        known, value = self._known(key)
        if known and value is not None and "<" in value and key.startswith(PRINCIPAL_TAG):
            raise Unsupported(f"${{{key}}}, the value of which is known after apply")
        if known:
            return value
        if key in MULTI_VALUED:
            return None
        if self.arity(key) is Arity.MANY:
            raise Unsupported(f"${{{key}}}, and a set operator on the same key")
        return key_variable(key, "", Arity.OPTIONAL)

    def _known(self, key: str) -> tuple[bool, str | None]:
        """Whether the key's value follows from the caller, and that value (None: absent)."""
        caller = self.caller
        if caller is None:
            return False, None
        if key.startswith(PRINCIPAL_TAG):
            if caller.may_have_session_tags:
                self.depends_on(SESSION_TAGS)
                if self.every_request:
                    return False, None
            return True, caller.tags.get(key.removeprefix(PRINCIPAL_TAG))
        return key in caller.keys, caller.keys.get(key)

    # Who calls.

    def principal_in(self, values: GlobSet) -> Literal:
        """The principal is in the set."""
        if self.caller is None:
            return self.formula.atom(PRINCIPAL, values)
        return self.has(PRINCIPAL, self.caller.arn, values)

    def has(self, variable: Variable, text: str, values: GlobSet) -> Literal:
        """The set has the known text of a variable."""
        if isinstance(self.formula, OpenFormula):
            return self.formula.member(variable, text, values)
        return TRUE if text in values else FALSE

    def principals(
        self, entries: Principals, *, wide: bool, kind: Kind = Kind.RESOURCE
    ) -> tuple[Literal, Literal, Literal]:
        """A Principal element as three literals: it names the caller itself, the caller's role, or its account."""
        if entries.everyone or (wide and self._may_be_anyone(entries)):
            return TRUE, FALSE, FALSE
        named = self._entries(entries)
        exact, accounts = named.exact, named.accounts
        if kind is Kind.GATEWAY_ENDPOINT:  # there an account is its root user alone
            exact, accounts = (*exact, *(f"arn:{SEG_STAR}:iam::{a}:root" for a in accounts)), ()
        direct = [self._is_one_of(exact)]
        for roles, session in named.sessions:
            direct.append(self.all_of([self.principal_in(roles), self.formula.atom(SESSION, GlobSet([session]))]))
        users = {e.split(":user/", 1)[0].replace(":iam:", ":sts:") for e in exact if ":user/" in e} if wide else set()
        if users:
            self.depends_on(FEDERATED_USER)
            direct.append(self.principal_in(GlobSet(f"{u}:federated-user/{STAR}" for u in users)))
        for kind_of, texts in (("service", entries.service), ("federated", entries.federated)) if wide else ():
            direct.append(self.principal_in(GlobSet([f"{kind_of}:{STAR}"])) if self._has_values(texts) else FALSE)
        signed = self.principal_in(ANY_ARN) if entries.signed else FALSE
        if wide:  # whether such a grant is limited like one to a role is not said: it is read both ways
            direct.append(signed)
        account = [self._of_accounts(accounts)]
        if wide and any(c not in self.inventory.owners for c in entries.canonical):
            self.depends_on(CANONICAL_USER)
            account.append(self._with_unknown_owner())
        role = self.any_of([self._is_one_of(named.roles), FALSE if wide else signed])
        return self.any_of(direct), role, self.any_of(account)

    def _may_be_anyone(self, entries: Principals) -> bool:
        """Whether an entry has a value that is not known yet, or an account that is not."""
        unknowns = self.inventory.snapshot.unknowns
        marked = [e for e in entries.aws if "<" in e and not unknowns.within(e)] if unknowns.names else []
        marked = [e for e in marked if e not in self.inventory.unique_ids]
        accounts = [e for e in marked if "<" in (e.split(":", 5)[4] if e.count(":") > 4 else e)]  # noqa: PLR2004
        for entry in accounts:
            self.depends_on(f"{entry} is known after apply")
        return bool(accounts) or self._has_values((*entries.aws, *entries.canonical))

    def _has_values(self, entries: Sequence[str]) -> bool:
        """Whether an entry has a value that is not known yet: it may be anyone of its class."""
        unknowns = self.inventory.snapshot.unknowns
        found = [one for text in entries for one in unknowns.within(text)] if unknowns.values else []
        for one in found:
            self.depends_on(one.reason)
        return bool(found)

    def _is_one_of(self, principals: Sequence[str]) -> Literal:
        if not principals:
            return FALSE
        if self.caller is not None and self.caller.arn in principals:
            return TRUE
        return self.principal_in(GlobSet(principals))

    def _of_accounts(self, accounts: Sequence[str]) -> Literal:
        """The principal is of one of the accounts."""
        if not accounts:
            return FALSE
        if self.caller is not None:
            return TRUE if self.caller.account in accounts else FALSE
        return self.principal_in(GlobSet(g for a in accounts for g in account_globs(a)))

    def _with_unknown_owner(self) -> Literal:
        """A principal of an account whose canonical id is not known."""
        known = GlobSet(g for a in self.inventory.owners.values() for g in account_globs(a))
        return self.all_of([self.principal_in(ANY_ARN), -self.principal_in(known)])

    def _entries(self, entries: Principals) -> "Named":
        """Principals by their exact text, whole accounts, and role sessions."""
        exact = [f"service:{s}" for s in entries.service] + [f"federated:{f}" for f in entries.federated]
        accounts = [a for c in entries.canonical if (a := self.inventory.owners.get(c))]
        exact += [f"canonical:{c}" for c in entries.canonical if c not in self.inventory.owners]
        roles: list[str] = []
        sessions: list[tuple[GlobSet, str]] = []
        for entry in entries.aws:
            kind, found = parse_principal(entry)
            if kind == "account":
                accounts.append(found[0])
            elif kind == "session":
                sessions.append((_roles_named(*found[:3]), found[3]))
            elif arn := self.inventory.unique_ids.get(entry, "") if kind == "id" else entry:
                (roles if _is_role(arn) else exact).append(arn)
        return Named(tuple(exact), tuple(roles), tuple(accounts), tuple(sessions))

    # Statements and documents.

    def statement(self, statement: Statement, *, wide: bool, kind: Kind, effect: Effect | None = None) -> Applies:
        """When the statement applies."""
        problem = statement.problem or _misplaced(statement, kind)
        if problem is not None:
            self.depends_on(problem)
            return Applies(TRUE if wide else FALSE, FALSE, FALSE, ())
        if kind in WITHOUT_PRINCIPAL:
            others = self._others(statement, wide=wide)
            return Applies(others.literal, FALSE, FALSE, others.elements)
        names = self._principal(statement.principals, wide=wide, kind=kind, effect=effect)
        negated = statement.principals is not None and statement.principals.negated
        element = ("NotPrincipal" if negated else "Principal", self.any_of(names))
        if element[1] == FALSE:
            return Applies(FALSE, FALSE, FALSE, (element,))
        others = self._others(statement, wide=wide)
        named, by_role, by_account = (self.all_of([one, others.literal]) for one in names)
        return Applies(named, by_role, by_account, (element, *others.elements))

    def _others(self, statement: Statement, *, wide: bool) -> "Others":
        """The elements beside Principal. What they are for one caller they are for all with the same keys."""
        known = tuple(self._known(key) for key in self._keys_of(statement))
        place = (id(statement), wide, self.caller is None, known)
        found = self._found.get(place) if self.through is None else None
        if found is None:
            found = self._read_others(statement, wide=wide)
            if self.through is None:
                self._found[place] = found
        self._open.update(found.readings)
        self.facts += found.facts
        return found

    def _keys_of(self, statement: Statement) -> tuple[str, ...]:
        found = self._keys.get(id(statement))
        if found is None:
            found = self._keys[id(statement)] = _caller_keys(statement)
        return found

    def _read_others(self, statement: Statement, *, wide: bool) -> "Others":
        open_before, self._open = self._open, set()
        facts_before, self.facts = self.facts, []
        try:
            rest = [("NotAction" if statement.not_action else "Action", self._action(statement))]
            if statement.resources is not None:
                name = "NotResource" if statement.not_resource else "Resource"
                rest.append((name, self._resource(statement, statement.resources, wide=wide)))
            for c in statement.conditions:
                rest.append((f"Condition.{c.operator}.{c.key}", condition_literal(c, self, wide=wide)))
            literal = self.all_of([literal for _, literal in rest])
            return Others(literal, tuple(rest), tuple(sorted(self._open)), tuple(self.facts))
        finally:
            self._open = open_before
            self.facts = facts_before

    def _action(self, statement: Statement) -> Literal:
        literal = self.formula.atom(ACTION, statement.actions)
        return -literal if statement.not_action else literal

    def _resource(self, statement: Statement, resources: Resources, *, wide: bool) -> Literal:
        for reading in resources.readings:
            self.depends_on(reading)
        found = resources.wide if wide is not statement.not_resource else resources.narrow
        values = found.make(self._hole, complement=False) if isinstance(found, Pattern) else found
        if self.through is not None:
            if isinstance(values, Template):
                raise Unsupported("a policy variable in the resource of a bucket behind an access point")
            for part in self.inventory.open_sets.parts(values.patterns, RESOURCE):
                raise Unsupported(part.reason)
            values = self.through(values)
        literal = self.formula.atom(RESOURCE, values)
        return -literal if statement.not_resource else literal

    def _principal(
        self, entries: Principals | None, *, wide: bool, kind: Kind, effect: Effect | None
    ) -> tuple[Literal, Literal, Literal]:
        """The Principal or NotPrincipal element, as `principals` has it. A resource policy without one is nobody's."""
        if entries is None:
            return (TRUE if kind is Kind.RCP else FALSE), FALSE, FALSE
        if not entries.negated:
            return self.principals(entries, wide=wide, kind=kind)
        if effect is Effect.DENY and self.caller is not None and self.caller.has_boundary:
            return TRUE, FALSE, FALSE  # who has a permissions boundary is always hit
        spared = self.any_of(self.principals(entries, wide=not wide, kind=kind))
        if effect is Effect.ALLOW and not wide:
            # Whether an Allow by NotPrincipal is limited like one to a role is not said: it is read so here.
            signed = self.principal_in(ANY_ARN)
            return self.all_of([-spared, -signed]), self.all_of([-spared, signed]), FALSE
        if not wide:
            return -spared, FALSE, FALSE
        if entries.everyone or not (entries.aws or entries.canonical):
            return -spared, FALSE, FALSE
        self.depends_on(NOTPRINCIPAL_ACCOUNT)
        return -self._surely_spared(entries, kind), FALSE, FALSE

    def _surely_spared(self, entries: Principals, kind: Kind) -> Literal:
        """Who is spared by NotPrincipal whichever way it is read: the caller is listed at each of its levels.

        IAM user guide, "NotPrincipal", and AWS Security Blog, "How to Restrict Amazon S3 Bucket Access to a Specific
        IAM Role": a user with its account, a session with its role and account. An account alone spares its root.
        """
        others = Principals(service=entries.service, federated=entries.federated, canonical=entries.canonical)
        direct, role, account = self.principals(entries, wide=False, kind=kind)
        is_role = self.principal_in(GlobSet([f"arn:{SEG_STAR}:iam::{SEG_STAR}:role/{STAR}"]))
        whole = self.all_of([direct, self.any_of([role, -is_role])])
        roots = [f"arn:{SEG_STAR}:iam::{a}:root" for a in self._entries(entries).accounts]
        return self.any_of([
            self.principals(others, wide=False, kind=kind)[0],
            self.all_of([account, whole]),
            self.principal_in(GlobSet(roots)) if roots else FALSE,
        ])

    def grants(self, documents: Sequence[Document], kind: Kind = Kind.IDENTITY) -> Grants:
        """Documents of one kind without Principal, pooled."""
        found = self.resource_grants(documents, kind)
        return Grants(found.direct, found.deny)

    def resource_grants(self, documents: Sequence[Document], kind: Kind) -> ResourceGrants:
        """The documents of a resource, pooled."""
        if kind not in SHARED or self.caller is None or self.is_about_one or self.cuts:
            return self._pooled(documents, kind)
        place = (kind, self.wide, tuple(map(id, documents)), self._alike(documents))
        if place not in self._shared:
            notes, facts = len(self.notes), len(self.facts)
            found = self._pooled(documents, kind)
            if len(self.facts) > facts:
                return found
            self._shared[place] = found
            self.notes[notes:] = [replace(note, caller="") for note in self.notes[notes:]]
        return self._shared[place]

    def _alike(self, documents: Sequence[Document]) -> tuple[object, ...]:
        """What is the same for two callers whom the documents treat alike."""
        place = tuple(map(id, documents))
        if place not in self._told:
            statements = [s for document in documents for s in document.statements]
            by_name = any(s.principals not in (None, EVERYONE) for s in statements)
            self._told[place] = by_name, tuple(sorted({key for s in statements for key in self._keys_of(s)}))
        by_name, keys = self._told[place]
        return (self.caller.arn if self.caller and by_name else "", *(self._known(key) for key in keys))

    def _pooled(self, documents: Sequence[Document], kind: Kind) -> ResourceGrants:
        allow: tuple[list[Literal], list[Literal], list[Literal]] = ([], [], [])
        deny: list[Literal] = []
        for document in documents:
            self._document(document, allow, deny, kind=kind)
        direct, role, account = (self.any_of(literals) for literals in allow)
        return ResourceGrants(direct, role, account, self.any_of(deny))

    def _document(
        self,
        document: Document,
        allow: tuple[list[Literal], list[Literal], list[Literal]],
        deny: list[Literal],
        *,
        kind: Kind,
    ) -> None:
        """Add every statement to the literals of its effect; to both where its effect is not known."""
        for statement in _statements_of(document) if self._reads_all else self.live(document, kind):
            if statement.effect != "Deny":
                applies = self._read(document, statement, Effect.ALLOW, kind)
                for literals, literal in zip(allow, (applies.named, applies.by_role, applies.by_account), strict=True):
                    literals.append(literal)
            if statement.effect != "Allow":
                applies = self._read(document, statement, Effect.DENY, kind)
                deny += (applies.named, applies.by_role, applies.by_account)

    @property
    def _reads_all(self) -> bool:
        """Whether statements that are surely about other requests are read too: of one caller, all are of interest."""
        return self.is_about_one and self.only is None

    def _read(self, document: Document, statement: Statement, effect: Effect, kind: Kind) -> Applies:
        """One statement, noted with the readings that it has open."""
        caller = self.caller.arn if self.caller else ""
        found = self._read_once(document, statement, effect, kind)
        self.notes.append(
            Note(kind, document, statement, effect, found.literal, found.elements, caller, found.readings)
        )
        self.readings.update(found.readings)
        return found.applies

    def _read_once(self, document: Document, statement: Statement, effect: Effect, kind: Kind) -> "Read":
        """One statement, with the readings that it has open."""
        elsewhere = self._elsewhere(statement, kind) if self._reads_all else None
        if elsewhere is not None:
            return elsewhere
        self._open = set()
        wide = self.wide is (effect is Effect.ALLOW)
        try:
            applies = self.statement(statement, wide=wide, kind=kind, effect=effect)
        except (Unsupported, Declined) as error:
            self.depends_on(f"{error} in {statement.path}")
            applies = Applies(TRUE if wide else FALSE, FALSE, FALSE, ())
        if self.cuts:
            applies = self._cut(applies, document, statement, effect, kind)
        literal = self.any_of([applies.named, applies.by_role, applies.by_account])
        readings = tuple(sorted(self._named(r, document) for r in self._open))
        self._open = self.readings
        return Read(applies, literal, applies.elements, readings)

    def is_cut(self, root: str) -> Literal:
        """Whether the question leaves out what a root user may do by itself."""
        return TRUE if root_cut(root) in self.cuts.get(root_cut(root).place, ()) else FALSE

    def _cut(self, applies: Applies, document: Document, statement: Statement, effect: Effect, kind: Kind) -> Applies:
        """A statement without the parts of it that the question leaves out.

        A policy that is read for another resource, as that of a bucket behind an access point is, only limits.
        """
        if effect is Effect.ALLOW and (kind not in GRANTING or self.through is not None):
            return applies
        own = kind in WITHOUT_PRINCIPAL
        cuts = [
            c
            for c in self.cuts.get((document.origin.file, document.origin.path, statement.path), ())
            if not c.caller or (own and (self.caller is None or self.caller.arn == c.caller))
        ]
        left = left_literal(self.formula, statement, cuts)
        named, by_role, by_account = (
            self.all_of([one, left]) for one in (applies.named, applies.by_role, applies.by_account)
        )
        return replace(applies, named=named, by_role=by_role, by_account=by_account)

    def live(self, document: Document, kind: Kind) -> tuple[Statement, ...]:
        """The statements of a document that may be about a request of the question."""
        place = (id(document), kind, self.through is None)
        if place not in self._live:
            known = _LIVE.setdefault(self.inventory, {}) if self.only is None else {}
            acting = known.get((id(document), kind, self.actions))
            if acting is None:  # the same for every question about these actions; not kept for one request
                found = tuple(s for s in _statements_of(document) if not self._acts_otherwise(s, kind))
                acting = known[id(document), kind, self.actions] = document, found
            self._live[place] = tuple(s for s in acting[1] if not self._is_apart(s, kind))
        return self._live[place]

    def _elsewhere(self, statement: Statement, kind: Kind) -> "Read | None":
        """A statement that is about none of the requests of the question, by its Action or Resource."""
        if self._acts_otherwise(statement, kind):
            return _OTHER_ACTIONS[statement.not_action]
        return _OTHER_RESOURCE if self._is_apart(statement, kind) else None

    def _acts_otherwise(self, statement: Statement, kind: Kind) -> bool:
        """Whether a statement that can be read is surely about none of the actions of the question."""
        actions = self.actions
        if actions is None or _misplaced(statement, kind) is not None:
            return False
        if statement.not_action:
            return all(map(statement.actions.has, actions.patterns))
        return is_disjoint(statement.actions, actions)

    def _is_apart(self, statement: Statement, kind: Kind) -> bool:
        """Whether a statement that can be read is surely about none of the resources of the question."""
        if self.resources is None or self.through is not None or statement.resources is None or statement.not_resource:
            return False
        wide = statement.resources.wide
        wide = envelope(wide) if isinstance(wide, Pattern) else wide
        if wide.is_everything or _misplaced(statement, kind) is not None:
            return False
        if wide not in self._apart:
            self._apart[wide] = is_disjoint(widened(self.formula, wide), self.resources)
        return self._apart[wide]

    def _named(self, reading: str, document: Document) -> str:
        """A reading by its id; an element without one by its reason and place."""
        return reading if reading in READINGS else f"{reading} ({document.origin.name}, {document.origin.file})"


@dataclass(frozen=True, slots=True)
class Read:
    """A statement that was read: when it applies, as one literal too, and the readings that are open in it."""

    applies: Applies
    literal: Literal
    elements: tuple[tuple[str, Literal], ...]
    readings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Others:
    """The elements of a statement beside Principal, with the readings that are open in them.

    `facts` are those of the caller that the elements rest on.
    """

    literal: Literal
    elements: tuple[tuple[str, Literal], ...]
    readings: tuple[str, ...]
    facts: tuple[Literal, ...]


# The statements of documents, with the document, that may be about given actions, for each inventory.
_LIVE: WeakKeyDictionary[Inventory, dict[tuple[int, Kind, GlobSet | None], tuple[Document, tuple[Statement, ...]]]] = (
    WeakKeyDictionary()
)


def _statements_of(document: Document) -> tuple[Statement, ...]:
    """The statements of a document; one that could not be read where the document could not be."""
    if document.problem is not None:
        return (Statement("", "", None, problem=document.problem),)
    return document.statements


_NOWHERE = Applies(FALSE, FALSE, FALSE, ())
# By whether it is NotAction.
_OTHER_ACTIONS = (Read(_NOWHERE, FALSE, (("Action", FALSE),)), Read(_NOWHERE, FALSE, (("NotAction", FALSE),)))
_OTHER_RESOURCE = Read(_NOWHERE, FALSE, (("Resource", FALSE),))


def _caller_keys(statement: Statement) -> tuple[str, ...]:
    """The keys of a statement whose value may follow from who calls."""
    keys = [c.key for c in statement.conditions]
    elements = [c.values for c in statement.conditions]
    if statement.resources is not None:
        elements += [statement.resources.wide, statement.resources.narrow]
    keys += [key.name for element in elements if isinstance(element, Pattern) for key in element.keys]
    return tuple(sorted({key for key in keys if key in CALLER_KEYS or key.startswith(PRINCIPAL_TAG)}))


@dataclass(frozen=True, slots=True)
class Named:
    """Whom a Principal element names: exact texts, roles, whole accounts, and sessions of roles by name."""

    exact: tuple[str, ...]
    roles: tuple[str, ...]
    accounts: tuple[str, ...]
    sessions: tuple[tuple[GlobSet, str], ...]


def _is_role(arn: str) -> bool:
    parts = arn.split(":", 5)
    return len(parts) == 6 and parts[2] == "iam" and parts[5].startswith("role/")  # noqa: PLR2004


def _misplaced(statement: Statement, kind: Kind) -> str | None:
    """Why a statement is not in the form of its kind of policy."""
    if statement.principals is not None and kind in WITHOUT_PRINCIPAL:
        return f"Principal in {_an(kind)} in {statement.path}"
    if kind is Kind.RCP and statement.principals is not None and statement.principals != EVERYONE:
        return f"a Principal other than `*` in {_an(kind)} in {statement.path}"
    if kind is Kind.TRUST and statement.resources is not None:
        return f"Resource in {_an(kind)} in {statement.path}"
    if kind not in (Kind.TRUST, Kind.UNNAMED) and statement.resources is None:
        return f"neither Resource nor NotResource in {statement.path}"
    return None


EVERYONE = Principals(everyone=True)


def _an(kind: Kind) -> str:
    return ("an " if kind.value[0] in "aei" else "a ") + kind.value


def parse_principal(entry: str) -> tuple[str, tuple[str, ...]]:
    """What an entry of `Principal.AWS` names: an account, a role session, a unique id, or an ARN."""
    if len(entry) == 12 and entry.isdigit():  # noqa: PLR2004
        return "account", (entry,)
    parts = entry.split(":", 5)
    if len(parts) != 6:  # noqa: PLR2004
        return "id", (entry,)
    rest = parts[5]
    if parts[2] == "iam" and rest == "root":
        return "account", (parts[4],)
    if parts[2] == "sts" and rest.startswith("assumed-role/") and rest.count("/") == 2:  # noqa: PLR2004
        _, role, session = rest.split("/")
        return "session", (parts[1], parts[4], role, session)
    return "arn", (entry,)


def _roles_named(partition: str, account: str, name: str) -> GlobSet:
    """The roles of this name: a session's ARN leaves the role's path out."""
    start = f"arn:{partition}:iam::{account}:role/"
    return GlobSet([start + name, f"{start}{STAR}/{name}"])


# Condition keys that follow from the principal: the atom about the key is one about the principal.
# IAM user guide, "AWS global condition context keys", properties of the principal.


def _within(values: GlobSet, make: str) -> GlobSet:
    """The patterns put where `make` has `{}`; wildcards kept within a part, texts with a colon dropped."""
    inner = [p.replace(STAR, SEG_STAR).replace(ANY, SEG_ANY) for p in values.patterns if ":" not in p]
    return GlobSet(make.format(p) for p in inner)


def _project_account(derivation: Derivation, values: GlobSet) -> Literal:
    """The account of the ARN; the word anonymous where nobody signed in."""
    named = derivation.principal_in(_within(values, f"arn:{SEG_STAR}:{SEG_STAR}::{{}}:{STAR}"))
    signed = derivation.all_of([derivation.principal_in(ANY_ARN), -named if values.complement else named])
    nobody = derivation.principal_in(GlobSet([ANONYMOUS])) if ANONYMOUS in values else FALSE
    return derivation.any_of([signed, nobody])


def _project_arn(derivation: Derivation, values: GlobSet) -> Literal:
    return derivation.all_of([derivation.principal_in(ANY_ARN), derivation.principal_in(values)])


def _project_service_name(derivation: Derivation, values: GlobSet) -> Literal:
    named = derivation.principal_in(GlobSet(f"service:{p}" for p in values.patterns))
    return derivation.all_of([derivation.principal_in(ANY_SERVICE), -named if values.complement else named])


def _project_is_service(derivation: Derivation, values: GlobSet) -> Literal:
    """True for services, false for others that signed the request, absent for those that did not."""
    service = derivation.principal_in(ANY_SERVICE) if "true" in values else FALSE
    others = derivation.principal_in(ANY_SIGNED) if "false" in values else FALSE
    return derivation.any_of([service, others])


def _project_organization(derivation: Derivation, values: GlobSet) -> Literal:
    """Callers of the organization have its id; other callers have another, or none."""
    inventory = derivation.inventory
    arn = derivation.principal_in(ANY_ARN)
    other = derivation.formula.atom(key_variable("aws:principalorgid", "", Arity.OPTIONAL), values)
    if not inventory.knows_members:
        return derivation.all_of([arn, other])
    member = derivation.principal_in(GlobSet(g for a in inventory.members for g in account_globs(a)))
    own = derivation.formula.atom(
        key_variable("aws:principalorgid", "", Arity.OPTIONAL), GlobSet([inventory.organization])
    )
    inside = derivation.all_of([member, TRUE if inventory.organization in values else FALSE])
    return derivation.any_of([inside, derivation.all_of([arn, -member, other, -own])])


def _project_owner(derivation: Derivation, values: GlobSet, key: str) -> Literal:
    """For a user or role the account that it is of.

    KMS developer guide, "kms:CallerAccount"; by `aws:SourceOwner` the default policy of a topic means it.
    """
    own = derivation.all_of([derivation.principal_in(ANY_ARN), _project_account(derivation, values)])
    other = derivation.formula.atom(key_variable(key, "", Arity.OPTIONAL), values)
    others = -derivation.principal_in(GlobSet([*ANY_ARN.patterns, ANONYMOUS]))
    return derivation.any_of([own, derivation.all_of([others, other])])


_PROJECTIONS: dict[str, Callable[[Derivation, GlobSet], Literal]] = {
    "aws:sourceowner": partial(_project_owner, key="aws:sourceowner"),
    "kms:calleraccount": partial(_project_owner, key="kms:calleraccount"),
    "aws:principalarn": _project_arn,
    "aws:principalaccount": _project_account,
    "aws:principalservicename": _project_service_name,
    "aws:principalisawsservice": _project_is_service,
    "aws:principalorgid": _project_organization,
}


def make_caller(inventory: Inventory, arn: str) -> Caller:
    """A user, role or root of the snapshot as a caller."""
    account = account_of(arn)
    principal = inventory.principals.get(arn)
    keys: dict[str, str | None] = {
        "aws:principalarn": arn,
        "aws:principalaccount": account,
        "aws:principalisawsservice": "false",
        "aws:sourceowner": account,
        "kms:calleraccount": account,
        "aws:principalservicename": None,
        "aws:principaltype": "Account"
        if principal is None
        else {"user": "User", "role": "AssumedRole"}[principal.kind],
    }
    if inventory.knows_members and account in inventory.members:
        keys["aws:principalorgid"] = inventory.organization
    if principal is None or principal.kind == "role":
        keys["aws:username"] = None
    else:
        keys["aws:username"] = principal.name
        if principal.unique_id:
            keys["aws:userid"] = principal.unique_id
    return Caller(
        arn=arn,
        account=account,
        name=principal.name if principal else "root",
        keys=keys,
        tags={k.lower(): v for k, v in principal.tags.items() if k.isascii()} if principal else {},
        may_have_session_tags=principal is not None and principal.kind == "role",
        has_boundary=principal is not None and principal.boundary is not None,
    )
