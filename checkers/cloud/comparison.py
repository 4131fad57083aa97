"""Comparisons: whether one policy or snapshot allows a request that another does not.

Both are read into one formula. The wide side of the question has every request that the first may allow and
the second may not; refuting it proves that the first allows nothing new. On the narrow side a model is a
request that the first surely allows and the second surely does not.

What is open but the same on both sides is open in the same way on both: a statement that stands in both, read
to the same two literals, and the policies of resources outside the snapshots. Each such opening is one flag
of the wide side, so that it cannot be decided one way for the first and another way for the second.
"""

import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from checkers.cloud.authorization import ASSUME_ROLE, S3_ACTIONS, Decision, Guard, guards_for, with_ledger
from checkers.cloud.claims import REFUTATION, WITNESS
from checkers.cloud.control import BoundRequest
from checkers.cloud.derivation import Applies, Derivation, Effect, Kind, Note, Side, make_caller
from checkers.cloud.facts import keys_of
from checkers.cloud.inventory import Inventory, Unmodelled, bucket_globs
from checkers.cloud.policy import Document, Origin, Statement, parse_document
from checkers.cloud.request import assignment_of, parse_request
from checkers.cloud.resource_policies import KINDS
from checkers.cloud.scope import Entry, Scope, fixed_scope
from checkers.cloud.snapshot import FORMAT as SNAPSHOT_FORMAT
from checkers.cloud.snapshot import NOT_COLLECTED, Snapshot
from checkers.cloud.vocabulary import (
    ACTION,
    PRINCIPAL,
    RESOURCE,
    WELL_FORMED_PRINCIPAL,
    WELL_FORMED_RESOURCE,
    account_globs,
    account_of,
)
from checkers.kernel.clauses import Question
from checkers.kernel.formula import FALSE, TRUE, Arity, Formula, Literal, Theory, Variable
from checkers.kernel.globs import STAR, GlobSet
from checkers.kernel.refutation import check_refutation
from checkers.kernel.witness import check_witness
from checkers.strict_json import Json
from checkers.verdict import Declined, Rejected

FOREIGN = "foreign-resources"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which requests are compared, beside those of the subject; None: all."""

    actions: GlobSet | None = None
    resources: GlobSet | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """What is compared of two snapshots: all that one principal may do, or all that is done to one resource.

    `principal` is the ARN of the one, else empty; then `resources` and `actions` are what the policy of the
    resource decides. With a `problem` it is not known what there is in both.
    """

    kind: str
    id: str
    account: str
    principal: str = ""
    actions: GlobSet | None = None
    resources: GlobSet | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Half:
    """One of the two that are compared, on one side: the facts about requests, and which are allowed."""

    asked: tuple[Literal, ...] = ()
    allowed: Literal = FALSE
    notes: tuple[Note, ...] = ()
    readings: tuple[str, ...] = ()
    ledger: tuple[tuple[Unmodelled, Literal], ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """The question whether the first allows what the second does not. `aspects` tell what a model is of."""

    question: Question
    first: Half
    second: Half
    aspects: tuple[tuple[str, Literal], ...] = ()


class Openings:
    """The flags of what is open on both sides in the same way, in the order in which they are met."""

    def __init__(self, formula: Formula) -> None:
        self.formula = formula
        self.flags: dict[Hashable, Literal] = {}

    def flag(self, key: Hashable) -> Literal:
        """The literal that says: what is open here is read wide."""
        found = self.flags.get(key)
        if found is None:
            variable = Variable(f"OPEN-{len(self.flags) + 1}", Theory.FLAG, Arity.ONE)
            found = self.flags[key] = self.formula.atom(variable, None)
        return found

    def between(self, key: Hashable, narrow: Literal, wide: Literal) -> Literal:
        """What lies between two readings: the wide one where the flag says so, else the narrow one.

        The flag is of the key and of both literals: where they are not the same for both that are compared,
        several readings could be open, and one flag would not do.
        """
        if narrow == wide:
            return narrow
        flag = self.flag((key, narrow, wide))
        formula = self.formula
        return formula.any([formula.all([-flag, narrow]), formula.all([flag, wide])])


class _Derivation(Derivation):
    """A derivation in which statements that are read in two ways are read by a flag.

    `texts` are those of the statements, by path, where they are known; then also statements that are not
    understood are the same if their texts are.
    """

    openings: Openings | None = None
    texts: Mapping[str, str] | None = None

    def statement(
        self, statement: Statement, *, wide: bool, kind: Kind, effect: Effect | None = None
    ) -> Applies:
        """When the statement applies."""
        applies = super().statement(statement, wide=wide, kind=kind, effect=effect)
        key = self._key(statement)
        if self.openings is None or key is None:
            return applies
        other = super().statement(statement, wide=not wide, kind=kind, effect=effect)
        narrow, wider = (other, applies) if wide else (applies, other)
        place = (key, kind, effect, self._who())
        return Applies(
            self.openings.between((place, "named"), narrow.named, wider.named),
            self.openings.between((place, "role"), narrow.by_role, wider.by_role),
            self.openings.between((place, "account"), narrow.by_account, wider.by_account),
            applies.elements,
        )

    def _who(self) -> Hashable:
        """What is known of the caller: of another caller the same statement may say something else."""
        caller = self.caller
        return caller and (caller.arn, tuple(sorted(caller.tags.items())), tuple(caller.keys.items()))

    def _key(self, statement: Statement) -> Hashable | None:
        """What the same statement has in common with itself; None where it is not known to be the same."""
        if self.texts is not None:
            return self.texts[statement.path]
        if statement.problem is not None or any(c.problem for c in statement.conditions):
            return None
        return replace(statement, path="", sid="")


class _Decision(Decision):
    """A decision in which resources outside the snapshot are open in one way for both that are compared."""

    def _unguarded(self, account: str) -> Literal:
        derivation = self.derivation
        found = super()._unguarded(account)
        openings = derivation.openings if isinstance(derivation, _Derivation) else None
        if openings is None:
            return found
        before, ledger = derivation.wide, list(derivation.ledger)
        derivation.wide = not before
        other = super()._unguarded(account)
        derivation.wide, derivation.ledger = before, ledger
        narrow, wide = (other, found) if before else (found, other)
        return openings.between(FOREIGN, narrow, wide)


# Snapshots.


@lru_cache(maxsize=16)
def subjects_of(inventory: Inventory) -> Mapping[tuple[str, str], Subject]:
    """Every principal of a snapshot, and every resource that can have a policy, by kind and id."""
    found = [Subject(p.kind, p.arn, p.account, p.arn) for p in inventory.principals.values()]
    roots = [arn for arn in inventory.callers if arn not in inventory.principals]
    found += [Subject("root", arn, account_of(arn), arn) for arn in roots]
    for role in inventory.principals.values():
        if role.trust is not None:
            found.append(Subject("trust", role.arn, role.account, "", ASSUME_ROLE, GlobSet([role.arn])))
    for bucket in inventory.buckets:
        found.append(Subject("bucket", bucket.arn, bucket.account, "", S3_ACTIONS, bucket_globs(bucket)))
    for point in inventory.access_points:
        found.append(Subject("access-point", point.arn, point.account, "", S3_ACTIONS, point.resources))
    found += [Subject(r.kind, r.arn, r.account, "", r.actions, r.resources) for r in inventory.resources]
    return {(subject.kind, subject.id): subject for subject in found}


def all_subjects(first: Inventory, second: Inventory) -> tuple[Subject, ...]:
    """What two snapshots are compared about, sorted: the subjects of either, and what is not known of them."""
    known = {**subjects_of(second), **subjects_of(first)}
    one, other = _unknown(first, second), _unknown(second, first)
    problems = {key: why for key, why in {**one, **other}.items() if not _is_in_neither(key, one, other)}
    found = {
        key: subject
        for key, subject in known.items()
        if not any(account == subject.account and subject.kind in kinds for account, kinds in problems)
    }
    found |= {(s.kind, s.id): s for (account, kinds), why in problems.items() for s in [_open(account, kinds, why)]}
    return tuple(found[key] for key in sorted(found))


def _is_in_neither(
    key: tuple[str, frozenset[str]],
    one: Mapping[tuple[str, frozenset[str]], str],
    other: Mapping[tuple[str, frozenset[str]], str],
) -> bool:
    """Whether neither snapshot has been asked: such resources are no part of what is compared."""
    return all(f"({NOT_COLLECTED})" in side.get(key, "") for side in (one, other))


def _open(account: str, kinds: frozenset[str], problem: str) -> Subject:
    return Subject("account", f"{account}:{min(kinds)}", account, problem=problem)


PRINCIPALS = frozenset({"role", "root", "trust", "user"})
RESOURCES = frozenset({"access-point", "bucket", *KINDS})


def _unknown(inventory: Inventory, other: Inventory) -> dict[tuple[str, frozenset[str]], str]:
    """The accounts and kinds of which it is not known what there is, and why."""
    found: dict[tuple[str, frozenset[str]], str] = {}
    for account in sorted(other.accounts):
        if account not in inventory.accounts:
            found[account, PRINCIPALS | RESOURCES] = f"account {account} is not in both snapshots"
            continue
        if inventory.iam[account].problem:
            found[account, PRINCIPALS] = inventory.iam[account].problem
        if inventory.s3[account].problem:
            found[account, frozenset({"bucket"})] = inventory.s3[account].problem
        for problem in inventory.points[account].problems:
            found[account, frozenset({"access-point"})] = problem.reason
        for listed in inventory.guarded[account].problems:
            found[account, frozenset(listed.kinds)] = listed.reason
    return found


def difference(first: Inventory, second: Inventory, subject: Subject, asked: Asked, *, wide: bool) -> Difference:
    """The question whether the first snapshot allows a request of the subject that the second does not."""
    formula = Formula()
    if subject.problem:
        unknown = Half(readings=(subject.problem,))
        return Difference(Question(formula, TRUE if wide else FALSE), unknown, unknown)
    keys = frozenset(key for i in (first, second) for d in _documents(i, subject) for key in d.set_keys)
    openings = Openings(formula) if wide else None
    make = _Maker(subject, asked, keys, formula, openings, wide)
    make.half(first, is_first=True)  # so that every key that either mentions has its facts in what follows
    other = make.half(second, is_first=False)
    one = make.half(first, is_first=True)
    root = formula.all([*one.asked, one.allowed, -formula.all([*other.asked, other.allowed])])
    return Difference(Question(formula, root), one, other)


def _scope(subject: Subject, inventory: Inventory) -> Scope:
    """Whose requests are compared: those of the one principal, or everybody's.

    What sessions of GetFederationToken may is at most what their user may, which is compared on its own.
    """
    if subject.principal:
        return fixed_scope(subject.principal)
    sessions = GlobSet(
        g.removesuffix(STAR) + "federated-user/" + STAR
        for a in inventory.accounts
        for g in account_globs(a)
        if ":sts:" in g
    )
    return Scope((Entry(GlobSet([STAR]), sessions),), ())


def _documents(inventory: Inventory, subject: Subject) -> Sequence[Document]:
    """Every document that may have a say."""
    found = [d for g in guards_for(inventory, _request(subject, Asked())) for d in _documents_of(g)]
    found += [e.policy for e in inventory.endpoints]
    found += inventory.organization_documents
    for principal in inventory.principals.values():
        if subject.principal in ("", principal.arn):
            found += principal.documents
            found += [principal.boundary] if principal.boundary is not None else []
    return found


def _documents_of(guard: Guard) -> Sequence[Document]:
    return (*guard.documents, *(guard.bucket.acl if guard.bucket else ()))


def _request(subject: Subject, asked: Asked) -> BoundRequest:
    """The requests of the subject: for a resource those that its policy decides."""
    return BoundRequest(
        principal=(),
        not_principal=(),
        actions=subject.actions if subject.actions is not None else asked.actions,
        not_actions=None,
        resources=subject.resources if subject.resources is not None else asked.resources,
        not_resources=None,
        conditions=(),
    )


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the halves of one question."""

    subject: Subject
    asked: Asked
    keys: frozenset[str]
    formula: Formula
    openings: Openings | None
    wide: bool

    def half(self, inventory: Inventory, *, is_first: bool) -> Half:
        """The first is read so that it allows more on the wide side, the second so that it allows less."""
        subject = self.subject
        if (subject.kind, subject.id) not in subjects_of(inventory):
            return Half()  # who is not there may do nothing, and nothing is done to what is not there
        request = _request(subject, self.asked)
        derivation = _Derivation(
            inventory,
            Side(wide=self.wide is is_first, every_request=self.wide),
            actions=request.actions,
            set_keys=self.keys,
            knows_principal=True,
            formula=self.formula,
        )
        derivation.openings = self.openings
        scope = _scope(subject, inventory)
        if scope.fixed:
            derivation.caller = make_caller(inventory, scope.fixed)
        guards = guards_for(inventory, request)
        decision = _Decision(derivation, scope, request, guards)
        allowed = with_ledger(derivation, decision.allowed(), inventory.unmodelled)
        asked = [*self._matching(derivation, scope), decision.base(), keys_of(derivation, guards)]
        return _half(derivation, asked, allowed)

    def _matching(self, derivation: Derivation, scope: Scope) -> list[Literal]:
        parts = [derivation.formula.atom(RESOURCE, WELL_FORMED_RESOURCE)]
        for entry in scope.entries:
            parts.append(derivation.principal_in(entry.members))
            parts += [-derivation.principal_in(entry.but)] if entry.but is not None else []
        return parts + _restricted(derivation, self.subject) + _restricted(derivation, self.asked)


def _restricted(derivation: Derivation, to: Subject | Asked) -> list[Literal]:
    parts = [derivation.formula.atom(ACTION, to.actions)] if to.actions is not None else []
    return parts + ([derivation.formula.atom(RESOURCE, to.resources)] if to.resources is not None else [])


def _half(derivation: Derivation, asked: Sequence[Literal], allowed: Literal) -> Half:
    return Half(
        tuple(asked),
        allowed,
        tuple(derivation.notes),
        tuple(sorted(derivation.readings)),
        tuple(derivation.ledger),
    )


def check_difference(
    certificate: Mapping[str, Json], first: Inventory, second: Inventory, subject: Subject, asked: Asked
) -> bool:
    """Whether the first snapshot allows more, as the certificate proves. Raises `Rejected` or `Declined`."""

    def question(*, wide: bool) -> Question:
        return difference(first, second, subject, asked, wide=wide).question

    if certificate.get("rule") == REFUTATION:
        check_refutation(question(wide=True), certificate)
        return False
    _check_model(question(wide=False), certificate, subject.principal or None)
    return True


def _check_model(question: Question, certificate: Mapping[str, Json], principal: str | None) -> None:
    """Return iff the certificate is a witness of the question, made by the principal if one is given."""
    if certificate.get("rule") != WITNESS:
        raise Declined(f"rule {certificate.get('rule')!r}; this checker knows {REFUTATION} and {WITNESS}")
    if certificate.keys() != {"rule", "request"}:
        raise Rejected("a witness has exactly the members rule and request")
    request = parse_request(certificate["request"])
    if principal is not None and request.principal != principal:
        raise Rejected(f"the request is made by {request.principal!r}, not by {principal or 'nobody in particular'}")
    check_witness(question, assignment_of(request))


# Policy documents.

ALLOWS = "allows"
NAMES_ITSELF = "allows by naming the caller, not only its role or account"
NAMES_ROLE = "allows by naming the role, not only the account"
LIFTS = "no longer denies"


@dataclass(frozen=True, slots=True)
class Texts:
    """A policy document and the texts of its statements: the same text means the same, understood or not."""

    document: Document
    statements: Mapping[str, str]


def parse_texts(value: Json, origin: Origin) -> Texts:
    """A policy document from JSON."""
    document = parse_document(value, origin)
    if document.problem is not None:
        return Texts(document, {"": json.dumps(value, sort_keys=True, default=str)})
    version = str(value.get("Version", ""))
    given = value["Statement"]
    rows = given if isinstance(given, list) else [given]
    texts = {f"Statement[{i}]": version + json.dumps(row, sort_keys=True, default=str) for i, row in enumerate(rows)}
    return Texts(document, texts)


def document_difference(first: Texts, second: Texts, kind: Kind, asked: Asked, *, wide: bool) -> Difference:
    """The question whether the first document lets more through than the second, beside whatever other policies.

    For a request a document denies, says nothing, allows it to the caller's account, to its role, or to the
    caller itself. The first lets more through where it stands higher in this order.
    """
    formula = Formula()
    openings = Openings(formula) if wide else None
    keys = first.document.set_keys | second.document.set_keys
    halves, grants = [], []
    for texts, is_first in ((first, True), (second, False)):
        side = Side(wide=wide is is_first, every_request=wide)
        knows = kind is not Kind.IDENTITY
        derivation = _Derivation(
            nowhere(), side, actions=asked.actions, set_keys=keys, knows_principal=knows, formula=formula
        )
        derivation.openings, derivation.texts = openings, texts.statements
        grants.append(derivation.resource_grants((texts.document,), kind))
        parts = [formula.atom(RESOURCE, WELL_FORMED_RESOURCE), *_restricted(derivation, asked)]
        if knows:
            parts += [formula.atom(PRINCIPAL, WELL_FORMED_PRINCIPAL), keys_of(derivation, ())]
        granted = formula.any([grants[-1].direct, grants[-1].role, grants[-1].account])
        halves.append(_half(derivation, parts, formula.all([granted, -grants[-1].deny])))
    (one, other), (more, less) = halves, grants
    aspects = [
        (LIFTS, formula.all([less.deny, -more.deny])),
        (ALLOWS, formula.all([one.allowed, -other.allowed])),
        (NAMES_ROLE, _names(formula, -more.deny, [more.direct, more.role], -less.deny, [less.direct, less.role])),
        (NAMES_ITSELF, _names(formula, -more.deny, [more.direct], -less.deny, [less.direct])),
    ]
    root = formula.all([*one.asked, *other.asked, formula.any([literal for _, literal in aspects])])
    return Difference(Question(formula, root), one, other, tuple(aspects))


def _names(
    formula: Formula, one_free: Literal, one: Sequence[Literal], other_free: Literal, other: Sequence[Literal]
) -> Literal:
    """The first allows at this level, the second does not."""
    return formula.all([one_free, formula.any(one), -formula.all([other_free, formula.any(other)])])


def nowhere() -> Inventory:
    """An inventory without anything: what a document on its own is read in."""
    manifest = {"format": SNAPSHOT_FORMAT, "accounts": [{"id": "000000000000"}]}
    return Inventory(Snapshot({"snapshot.json": json.dumps(manifest).encode}))


def check_document_difference(
    certificate: Mapping[str, Json], first: Texts, second: Texts, kind: Kind, asked: Asked
) -> bool:
    """Whether the first document lets more through, as the certificate proves. Raises `Rejected` or `Declined`."""

    def question(*, wide: bool) -> Question:
        return document_difference(first, second, kind, asked, wide=wide).question

    if certificate.get("rule") == REFUTATION:
        check_refutation(question(wide=True), certificate)
        return False
    _check_model(question(wide=False), certificate, "" if kind is Kind.IDENTITY else None)
    return True
