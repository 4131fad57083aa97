"""Comparisons: whether one policy or snapshot allows a request that another does not.

Both are read into one formula. The narrow side of the question has the requests that the first surely allows and
the second surely does not: a model is a witness. The wide side has every request that the first may allow and the
second may not; refuting it proves that the first allows nothing new.

What is open and the same in both is open in the same way in both: a statement that stands in both, for the same
caller and in the same literals; the policies of resources outside the snapshots; and what neither snapshot could
read, which is taken to be unchanged (the assumption `unread-unchanged`, printed). Each opening is a flag of the
wide side, so that it cannot be decided one way for the first and another way for the second.
"""

import json
import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import TypeVar

from checkers.cloud.access_point import AccessPoint
from checkers.cloud.authorization import Decision, with_ledger
from checkers.cloud.bucket import Bucket
from checkers.cloud.claims import REFUTATION, WITNESS
from checkers.cloud.control import BoundRequest
from checkers.cloud.derivation import (
    RCP_SERVICES,
    WITHOUT_PRINCIPAL,
    Applies,
    Derivation,
    Effect,
    Kind,
    Note,
    ResourceGrants,
    Side,
    make_caller,
)
from checkers.cloud.facts import keys_of
from checkers.cloud.guards import ASSUME_ROLE, S3_ACTIONS, Guard, documents_of, guards_for
from checkers.cloud.inventory import Inventory, Unmodelled, bucket_globs
from checkers.cloud.open_sets import formula_for, limits_of, widened
from checkers.cloud.patterns import Unsupported
from checkers.cloud.policy import Document, Origin, Statement, parse_document
from checkers.cloud.request import assignment_of, parse_request
from checkers.cloud.resource_policies import KINDS
from checkers.cloud.rulings import Ruling
from checkers.cloud.scope import Entry, Scope, fixed_scope
from checkers.cloud.snapshot import FORMAT as SNAPSHOT_FORMAT
from checkers.cloud.snapshot import Snapshot, State
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
_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which requests are compared, beside those of the subject; None: all."""

    actions: GlobSet | None = None
    resources: GlobSet | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """What is compared of two snapshots: all that one principal may do, or all that is done to one resource.

    `principal` is the ARN of the one, else empty; then `resources` and `actions` are what the policy of the
    resource decides, and `excluded` the principals that are left out, because they are compared on their own.
    With a `problem` it is not known what there is in both.
    """

    kind: str
    id: str
    account: str
    principal: str = ""
    actions: GlobSet | None = None
    resources: GlobSet | None = None
    excluded: tuple[str, ...] = ()
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
    """A derivation in which what is read in two ways is read by a flag.

    `texts` are those of the statements, by path, where they are known: the same text means the same.
    """

    openings: Openings | None = None
    texts: Mapping[str, str] | None = None
    _at: Document | None = None

    def _read(self, document: Document, statement: Statement, effect: Effect, kind: Kind) -> Applies:
        self._at = document
        return super()._read(document, statement, effect, kind)

    def statement(self, statement: Statement, *, wide: bool, kind: Kind, effect: Effect | None = None) -> Applies:
        """When the statement applies."""
        if self.openings is None:
            return super().statement(statement, wide=wide, kind=kind, effect=effect)
        narrow, wider = (self._one_way(statement, wide=w, kind=kind, effect=effect) for w in (False, True))
        applies = wider if wide else narrow
        ends = [(one.named, one.by_role, one.by_account) for one in (narrow, wider)]
        if ends[0] == ends[1]:
            return applies  # nothing of it is open
        found = self._by_element(statement, kind, narrow, wider)
        if found is not None:
            return Applies(found, FALSE, FALSE, applies.elements)
        place = (self._key(statement), kind, effect, self._who())
        pairs = enumerate(zip(*ends, strict=True))
        named, by_role, by_account = (self.openings.between((place, i), one, other) for i, (one, other) in pairs)
        return Applies(named, by_role, by_account, applies.elements)

    def _by_element(self, statement: Statement, kind: Kind, narrow: Applies, wider: Applies) -> Literal | None:
        """A statement without Principal as the conjunction of its elements, each of them open on its own.

        None where it could not be read element by element.
        """
        resource = [] if statement.resources is None else [(statement.resources, statement.not_resource)]
        parts: list[Hashable] = [statement.actions, *resource, *statement.conditions]
        is_whole = len({len(parts), len(narrow.elements), len(wider.elements)}) == 1
        is_read = is_whole and not any(c.problem for c in statement.conditions)
        if self.openings is None or kind not in WITHOUT_PRINCIPAL or not is_read:
            return None
        ends = zip(parts, narrow.elements, wider.elements, strict=True)
        who = self._who()
        return self.all_of([self.openings.between((part, who), one, other) for part, (_, one), (_, other) in ends])

    def _one_way(self, statement: Statement, *, wide: bool, kind: Kind, effect: Effect | None) -> Applies:
        try:
            return super().statement(statement, wide=wide, kind=kind, effect=effect)
        except (Unsupported, Declined) as error:
            self.depends_on(f"{error} in {statement.path}")
            return Applies(TRUE if wide else FALSE, FALSE, FALSE, ())

    def _who(self) -> Hashable:
        """What is known of the caller: of another caller the same statement may say something else."""
        caller = self.caller
        return caller and (caller.arn, tuple(sorted(caller.tags.items())), tuple(caller.keys.items()))

    def _key(self, statement: Statement) -> Hashable:
        """What the same statement has in common with itself: what was read of it, or else its text."""
        if self.texts is not None:
            return self.texts[statement.path]
        if statement.problem is None and not any(c.problem for c in statement.conditions):
            return replace(statement, path="", sid="")
        origin = self._at.origin if self._at is not None else None
        return origin and (_text_at(self.inventory.snapshot, origin), statement.path)


def _text_at(snapshot: Snapshot, origin: Origin) -> Hashable:
    """The text of a document; the place and the error where it was not read, and is taken to be unchanged."""
    fact = snapshot.fact(origin.file)
    if fact.state is not State.VALUE:
        return origin.file, origin.path, fact.code
    value = fact.value
    for name, index, key in _STEP.findall(origin.path):
        step = int(index) if index else name or key
        inside = isinstance(value, list) if index else isinstance(value, dict) and step in value
        value = value[step] if inside else None
    return origin.file, origin.path if value is None else "", json.dumps(value, sort_keys=True, default=str)


_STEP = re.compile(r"""\.([A-Za-z0-9_]+)|\[([0-9]+)\]|\["([^"]*)"\]""")


class _Decision(Decision):
    """A decision in which what is open besides statements is open in one way for both that are compared."""

    def _both(self, read: Callable[[], _Read]) -> tuple[_Read, _Read]:
        """What is read narrow, and wide."""
        derivation, found = self.derivation, []
        before = derivation.wide
        for derivation.wide in (False, True):
            ledger = list(derivation.ledger)
            found.append(read())
            if derivation.wide is not before:
                derivation.ledger = ledger
        derivation.wide = before
        return found[0], found[1]

    def _unguarded(self, account: str) -> Literal:
        return self._literal(FOREIGN, lambda: super(_Decision, self)._unguarded(account))

    def _unrestricted(self, caller: str) -> Literal:
        return self._literal(RCP_SERVICES, lambda: super(_Decision, self)._unrestricted(caller))

    def _unknown_callers(self, account: str) -> list[Literal]:
        any_of = self.derivation.any_of
        callers = self._literal(account, lambda: any_of(super(_Decision, self)._unknown_callers(account)))
        return [] if callers == FALSE else [callers]

    def _literal(self, key: Hashable, read: Callable[[], Literal]) -> Literal:
        openings = _openings_of(self.derivation)
        return read() if openings is None else openings.between(key, *self._both(read))

    def _ruling(self, guard: Guard) -> Ruling:
        openings = _openings_of(self.derivation)
        if openings is None or not _may_be_open(guard):
            return super()._ruling(guard)
        narrow, wide = self._both(lambda: super(_Decision, self)._ruling(guard))
        place = (guard.kind, guard.resources, _blocks_of(self.inventory, guard))
        ends = [
            (r.grants.direct, r.grants.role, r.grants.account, r.grants.deny, r.permit, r.alone) for r in (narrow, wide)
        ]
        pairs = enumerate(zip(*ends, strict=True))
        direct, role, account, deny, permit, alone = (
            openings.between((place, i), one, other) for i, (one, other) in pairs
        )
        return Ruling(guard, ResourceGrants(direct, role, account, deny), permit, alone)


def _may_be_open(guard: Guard) -> bool:
    """False only where nothing but statements of the guard can be read in two ways."""
    bucket = guard.bucket
    if bucket is None:
        return guard.point is not None or bool(guard.grants)
    return bucket.restricts_public or any(value for name, value in _settings(bucket) if name.endswith("_problem"))


def _settings(one: Bucket | AccessPoint) -> tuple[tuple[str, Hashable], ...]:
    """What stands with a bucket or access point beside its policy, its ACLs and its tags."""
    beside = [f.name for f in fields(one) if f.name not in ("policy", "acl", "tags", "resources")]
    return tuple((name, getattr(one, name)) for name in beside)


def _blocks_of(inventory: Inventory, guard: Guard) -> Hashable:
    """What is open about a guard beside its statements, and the policy that Block Public Access is about."""
    one = guard.bucket or guard.point
    if one is None:
        return None
    return one.policy and _text_at(inventory.snapshot, one.policy.origin), _settings(one)


def _openings_of(derivation: Derivation) -> Openings | None:
    return derivation.openings if isinstance(derivation, _Derivation) else None


def _with_entries(derivation: Derivation, allowed: Literal, entries: Sequence[Unmodelled]) -> Literal:
    """The decision with the ledger, where each entry denies or allows what it touches as its flags say."""
    openings = _openings_of(derivation)
    if openings is None:
        return with_ledger(derivation, allowed, entries)
    for entry in entries:
        before = len(derivation.ledger)
        with_ledger(derivation, TRUE, [replace(entry, can_allow=True, can_deny=True)])
        touches = derivation.ledger[before][1] if len(derivation.ledger) > before else FALSE
        key = _entry_key(derivation.inventory, entry)
        denies = openings.between((key, "denies"), FALSE, touches if entry.can_deny else FALSE)
        allows = openings.between((key, "allows"), FALSE, touches if entry.can_allow else FALSE)
        allowed = derivation.any_of([derivation.all_of([allowed, -denies]), allows])
    return allowed


def _entry_key(inventory: Inventory, entry: Unmodelled) -> Hashable:
    """What the same entry has in common with itself: what it says, and the file that it is about."""
    snapshot = inventory.snapshot
    return entry.id, snapshot.content(entry.where) if entry.where in snapshot.paths else b""


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
    # What neither could list for the same reason is taken to be unchanged.
    problems = {key: why for key, why in {**one, **other}.items() if one.get(key) != other.get(key)}
    found = {
        key: subject
        for key, subject in known.items()
        if not any(account == subject.account and subject.kind in kinds for account, kinds in problems)
    }
    found |= {(s.kind, s.id): s for (account, kinds), why in problems.items() for s in [_open(account, kinds, why)]}
    return tuple(found[key] for key in sorted(found))


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
    formula = formula_for(first.open_sets, second.open_sets, wide=wide)
    if subject.problem:
        unknown = Half(readings=(subject.problem,))
        return Difference(Question(formula, TRUE if wide else FALSE), unknown, unknown)
    keys = frozenset(key for i in (first, second) for d in _documents(i, subject) for key in d.set_keys)
    openings = Openings(formula) if wide else None
    alone = _in_one_alone(first, second) if subject.principal else None
    maker = _Maker(subject, asked, keys, formula, openings, alone, wide)
    halves = (maker.draft(first, is_first=True), maker.draft(second, is_first=False))
    one, other = (_half(d, (*asked, keys_of(d, guards)), allowed) for d, guards, asked, allowed in halves)
    beyond = [literal for literal in other.asked if literal not in one.asked]
    if not beyond and one.allowed == other.allowed:
        return Difference(Question(formula, FALSE), one, other)  # the same, whatever the request
    root = formula.all([*one.asked, one.allowed, -formula.all([*beyond, other.allowed]), *limits_of(formula)])
    return Difference(Question(formula, root), one, other)


@lru_cache(maxsize=16)
def _in_one_alone(first: Inventory, second: Inventory) -> GlobSet:
    """Resources that are in one of two snapshots alone: they are compared on their own, for everybody."""
    one, other = subjects_of(first), subjects_of(second)
    alone = [subject for key, subject in (*one.items(), *other.items()) if (key in one) is not (key in other)]
    return GlobSet(p for subject in alone if subject.resources is not None for p in subject.resources.patterns)


def _scope(subject: Subject, inventory: Inventory) -> Scope:
    """Whose requests are compared: those of the one principal, or everybody's.

    What sessions of GetFederationToken may is at most what their user may, which is compared on its own.
    """
    if subject.principal:
        return fixed_scope(subject.principal)
    sessions = [
        g.removesuffix(STAR) + "federated-user/" + STAR
        for a in inventory.accounts
        for g in account_globs(a)
        if ":sts:" in g
    ]
    return Scope((Entry(GlobSet([STAR]), GlobSet([*sessions, *subject.excluded])),), ())


def _documents(inventory: Inventory, subject: Subject) -> Sequence[Document]:
    """Every document that may have a say."""
    found = [d for g in guards_for(inventory, _request(subject, Asked())) for d in documents_of(g, inventory)]
    found += [e.policy for e in inventory.endpoints]
    found += inventory.organization_documents
    for principal in inventory.principals.values():
        if subject.principal in ("", principal.arn):
            found += principal.documents
            found += [principal.boundary] if principal.boundary is not None else []
    return found


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


_Draft = tuple[_Derivation, tuple[Guard, ...], tuple[Literal, ...], Literal]


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the halves of one question."""

    subject: Subject
    asked: Asked
    keys: frozenset[str]
    formula: Formula
    openings: Openings | None
    alone: GlobSet | None
    wide: bool

    def draft(self, inventory: Inventory, *, is_first: bool) -> _Draft:
        """One half but for the facts about keys, which come when every key of both halves is mentioned.

        The first is read so that it allows more on the wide side, the second so that it allows less.
        """
        subject, request = self.subject, _request(self.subject, self.asked)
        request = replace(request, resources=widened(self.formula, request.resources))
        derivation = _Derivation(
            inventory,
            Side(wide=self.wide is is_first, every_request=self.wide),
            actions=request.actions,
            resources=request.resources,
            set_keys=self.keys,
            knows_principal=True,
            formula=self.formula,
        )
        derivation.openings = self.openings
        if (subject.kind, subject.id) not in subjects_of(inventory):
            return derivation, (), (), FALSE  # who is not there may do nothing, nothing is done to what is not there
        scope = _scope(subject, inventory)
        if scope.fixed:
            derivation.caller = make_caller(inventory, scope.fixed)
        guards = guards_for(inventory, request)
        base, allowed = _Decision(derivation, scope, request, guards).read()
        allowed = _with_entries(derivation, allowed, inventory.unmodelled)
        return derivation, guards, (*self._matching(derivation, scope), base), allowed

    def _matching(self, derivation: Derivation, scope: Scope) -> list[Literal]:
        parts = [derivation.formula.atom(RESOURCE, WELL_FORMED_RESOURCE)]
        if self.alone is not None:
            parts.append(-derivation.formula.atom(RESOURCE, self.alone))
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


def unread_in_both(first: Inventory, second: Inventory) -> tuple[str, ...]:
    """What neither snapshot could read or has a rule for, and is taken to be unchanged."""
    one, other = ({_entry_key(i, e): e for e in i.unmodelled} for i in (first, second))
    same = [entry for key, entry in one.items() if key in other]
    entries = sorted(e.reason if e.reason.startswith(e.where) else e.id for e in same)
    paths = sorted(first.snapshot.errors.keys() & second.snapshot.errors.keys())
    facts = [(first.snapshot.fact(path), second.snapshot.fact(path).code) for path in paths]
    reasons = [fact.reason for fact, code in facts if fact.code == code and fact.state is not State.ABSENT]
    return (*entries, *(r for r in reasons if not any(r.partition(":")[0] in e for e in entries)))


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
    keys = first.document.set_keys | second.document.set_keys
    reader = _Reader(formula, Openings(formula) if wide else None, kind, asked, keys)
    one, more = reader.half(first, Side(wide=wide, every_request=wide))
    other, less = reader.half(second, Side(wide=not wide, every_request=wide))
    aspects = [
        (LIFTS, formula.all([less.deny, -more.deny])),
        (ALLOWS, formula.all([one.allowed, -other.allowed])),
        (NAMES_ROLE, _names(formula, -more.deny, [more.direct, more.role], -less.deny, [less.direct, less.role])),
        (NAMES_ITSELF, _names(formula, -more.deny, [more.direct], -less.deny, [less.direct])),
    ]
    root = formula.all([*one.asked, *other.asked, formula.any([literal for _, literal in aspects])])
    return Difference(Question(formula, root), one, other, tuple(aspects))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads both documents of a question."""

    formula: Formula
    openings: Openings | None
    kind: Kind
    asked: Asked
    keys: frozenset[str]

    def half(self, texts: Texts, side: Side) -> tuple[Half, ResourceGrants]:
        """One document on one side: the facts about requests, and what it grants and denies."""
        formula, knows = self.formula, self.kind is not Kind.IDENTITY
        derivation = _Derivation(
            nowhere(),
            side,
            actions=self.asked.actions,
            set_keys=self.keys,
            knows_principal=knows,
            formula=formula,
        )
        derivation.openings, derivation.texts = self.openings, texts.statements
        found = derivation.resource_grants((texts.document,), self.kind)
        parts = [formula.atom(RESOURCE, WELL_FORMED_RESOURCE), *_restricted(derivation, self.asked)]
        if knows:
            parts += [formula.atom(PRINCIPAL, WELL_FORMED_PRINCIPAL), keys_of(derivation, ())]
        allowed = formula.all([formula.any([found.direct, found.role, found.account]), -found.deny])
        return _half(derivation, parts, allowed), found


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
