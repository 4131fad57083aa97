"""Claims: one control on one target, its question, and what a certificate makes of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from weakref import WeakKeyDictionary

from checkers.cloud.authorization import Decision, with_ledger
from checkers.cloud.causes import RULE as CAUSES
from checkers.cloud.causes import Violation, check_causes
from checkers.cloud.conditions import condition_literal
from checkers.cloud.control import BoundRequest, Control, Request, bind
from checkers.cloud.cuts import Cut
from checkers.cloud.derivation import (
    IDENTITIES,
    RESOURCES,
    Derivation,
    Effect,
    Kind,
    Note,
    Only,
    Side,
    make_caller,
    only_of,
)
from checkers.cloud.facts import keys_of
from checkers.cloud.guards import S3_ACTIONS, documents_of, guards_for, may_meet
from checkers.cloud.inventory import Inventory, Unmodelled
from checkers.cloud.open_sets import formula_for, limits_of, widened
from checkers.cloud.policy import Document, action_set
from checkers.cloud.request import ConcreteRequest, assignment_of, parse_request
from checkers.cloud.scope import Scope, make_scope
from checkers.cloud.targets import Target
from checkers.cloud.vocabulary import ACTION, RESOURCE, WELL_FORMED_RESOURCE
from checkers.kernel.clauses import Question
from checkers.kernel.formula import FALSE, TRUE, Literal
from checkers.kernel.globs import SEG_STAR, STAR, GlobSet
from checkers.kernel.refutation import RULE, check_refutation
from checkers.kernel.witness import check_witness
from checkers.strict_json import Json
from checkers.verdict import Declined, Rejected

WITNESS = "witness/1"
REFUTATION = RULE
# Refutations of the question in which some policies allow everything: it has more models.
WITHOUT = {"refutation-without-identities/1": IDENTITIES, "refutation-without-resources/1": RESOURCES}
COMPLETED = "completed/1"

# The actions on S3 objects (service authorization reference, "Actions, resources, and condition keys for
# Amazon S3", resource type object). Every other s3 action is on a bucket or on no resource.
OBJECT_ACTIONS = action_set((
    "s3:AbortMultipartUpload",
    "s3:BypassGovernanceRetention",
    "s3:DeleteObject",
    "s3:DeleteObjectTagging",
    "s3:DeleteObjectVersion",
    "s3:DeleteObjectVersionTagging",
    "s3:GetObject",
    "s3:GetObjectAcl",
    "s3:GetObjectAttributes",
    "s3:GetObjectLegalHold",
    "s3:GetObjectRetention",
    "s3:GetObjectTagging",
    "s3:GetObjectTorrent",
    "s3:GetObjectVersion",
    "s3:GetObjectVersionAcl",
    "s3:GetObjectVersionAttributes",
    "s3:GetObjectVersionForReplication",
    "s3:GetObjectVersionTagging",
    "s3:GetObjectVersionTorrent",
    "s3:InitiateReplication",
    "s3:ListMultipartUploadParts",
    "s3:ObjectOwnerOverrideToBucketOwner",
    "s3:PutObject",
    "s3:PutObjectAcl",
    "s3:PutObjectLegalHold",
    "s3:PutObjectRetention",
    "s3:PutObjectTagging",
    "s3:PutObjectVersionAcl",
    "s3:PutObjectVersionTagging",
    "s3:ReplicateDelete",
    "s3:ReplicateObject",
    "s3:ReplicateTags",
    "s3:RestoreObject",
    "s3:UpdateObjectEncryption",
))
S3_OBJECTS = GlobSet([
    f"arn:{SEG_STAR}:s3:::{STAR}/{STAR}",
    f"arn:{SEG_STAR}:s3:{SEG_STAR}:{SEG_STAR}:accesspoint/{STAR}/object/{STAR}",
])


class Outcome(Enum):
    """What the user is told of a claim."""

    HOLDS = "holds"
    VIOLATED = "violated"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Claim:
    """One control on one target."""

    control: Control
    target: Target

    @property
    def id(self) -> tuple[str, str]:
        """The names by which a certificate refers to the claim."""
        return self.control.id, self.target.id


@dataclass(frozen=True, slots=True)
class Derived:
    """One side of a claim's question, where its statements are, and what it rests on.

    `asked` are the literals that are true of every request that is asked about, `allowed` is true where one is
    allowed.
    """

    question: Question
    asked: tuple[Literal, ...]
    allowed: Literal
    notes: tuple[Note, ...]
    readings: tuple[str, ...]
    ledger: tuple[tuple[Unmodelled, Literal], ...]
    scope: Scope | None


def question_of(
    claim: Claim,
    inventory: Inventory,
    *,
    wide: bool,
    without: Sequence[Cut] = (),
    leaves_out: str = "",
    only: Only | None = None,
) -> Derived:
    """The question of a claim: on the wide side no model proves, on the narrow side a model proves.

    A model is a matching request that is allowed; for `require` with `all`, one that is not. `without` are
    parts of Allow statements, or of Deny statements with `all`, that the question leaves out. With
    `leaves_out` the policies of users and roles, or those of resources, allow everything and deny nothing, so that the
    wide side has more models. With `only` the question is about one request: what the policies say of others is left
    out, which makes it the same for this one.
    """
    target, request = claim.target, claim.control.request
    problem = target.problem or _unknown_members(request, inventory)
    if not claim.control.is_of_requests:
        problem = problem or "a claim about chains or flows is not one question about requests"
    if problem:
        derivation = Derivation(
            inventory,
            Side(wide=wide is not request.all, every_request=wide),
            actions=None,
            set_keys=frozenset(),
            knows_principal=True,
        )
        root = TRUE if wide else FALSE
        return Derived(Question(derivation.formula, root), (), root, (), (problem,), (), None)
    bound = bind(request, target.placeholders(), f"control {claim.control.id}")
    if target.kind in ("policy", "group"):
        side = Side(wide is not request.all, wide, tuple(without), only=only)
        return _question_of_documents(target, inventory, bound, claim.control.assume, side, all=request.all)
    scope = make_scope(bound.principal, bound.not_principal, target, inventory)
    side = Side(wide is not request.all, wide, tuple(without), leaves_out, only)
    return _question_about(inventory, bound, scope, side, claim.control.assume, all=request.all)


def question_about(
    inventory: Inventory,
    request: BoundRequest,
    scope: Scope,
    *,
    wide: bool,
    facts: Sequence[str] = (),
    all: bool = False,  # noqa: A002
) -> Derived:
    """One side of the question whether a request of the scope is allowed; with `all`, whether one is not."""
    # What is not allowed is widest read narrow.
    return _question_about(inventory, request, scope, Side(wide is not all, wide), facts, all=all)


def _question_about(
    inventory: Inventory,
    request: BoundRequest,
    scope: Scope,
    side: Side,
    facts: Sequence[str],
    *,
    all: bool,  # noqa: A002
) -> Derived:
    wide = side.every_request
    formula = formula_for(inventory.open_sets, wide=wide)
    asked_about, request = request, replace(request, resources=widened(formula, request.resources))
    guards = guards_for(inventory, request)
    documents = [d for g in guards for d in documents_of(g, inventory)]
    if side.only is not None:
        actions, resources = side.only.actions or request.actions, side.only.resources or request.resources
        request = replace(request, actions=actions, resources=resources)
        guards = tuple(g for g in guards if may_meet(resources, widened(formula, g.resources)))
    documents += [e.policy for e in inventory.endpoints]
    documents += request.session_policies
    documents += inventory.organization_documents
    derivation = Derivation(
        inventory,
        side,
        actions=request.actions,
        resources=request.resources,
        set_keys=_set_keys(documents, request) | _set_keys_of_callers(inventory, scope),
        knows_principal=True,
        formula=formula,
    )
    guards = () if side.leaves_out == RESOURCES else guards
    if scope.fixed:
        derivation.caller = make_caller(inventory, scope.fixed)
        derivation.is_about_one = True
    base, allowed = Decision(derivation, scope, request, guards).read()
    allowed = with_ledger(derivation, allowed, inventory.unmodelled)
    asked = [*_matching(derivation, asked_about, scope, facts, wide=wide), base]
    for key in side.only.keys if side.only is not None else ():
        derivation.present(key)  # which makes it a key that the question mentions
    asked.append(keys_of(derivation, guards))
    return _derived(derivation, asked, allowed, scope, all=all)


def _question_of_documents(
    target: Target,
    inventory: Inventory,
    request: BoundRequest,
    facts: Sequence[str],
    side: Side,
    *,
    all: bool,  # noqa: A002
) -> Derived:
    """What the documents of a policy or group grant by themselves, whoever carries them."""
    documents: Sequence[Document] = target.principal.documents if target.principal else ()
    if target.policy is not None:
        documents = (target.policy.document,)
    formula = formula_for(inventory.open_sets, wide=side.every_request)
    only = side.only  # of the few statements about its action, the resource is left to the evaluation
    derivation = Derivation(
        inventory,
        side,
        actions=request.actions if only is None else only.actions,
        resources=widened(formula, request.resources) if only is None else None,
        set_keys=_set_keys(documents, request),
        knows_principal=False,
        formula=formula,
    )
    live = (statement for document in documents for statement in derivation.live(document, Kind.IDENTITY))
    if not all and not any(statement.effect != "Deny" for statement in live):
        return Derived(Question(formula, FALSE), (), FALSE, (), (), (), None)  # nothing is allowed, whatever is asked
    grants = derivation.grants(documents)
    asked = _matching(derivation, request, None, facts, wide=side.every_request)
    return _derived(derivation, asked, derivation.all_of([grants.allow, -grants.deny]), None, all=all)


def _derived(
    derivation: Derivation,
    asked: Sequence[Literal],
    allowed: Literal,
    scope: Scope | None,
    *,
    all: bool,  # noqa: A002
) -> Derived:
    root = derivation.all_of([*asked, -allowed if all else allowed, *limits_of(derivation.formula)])
    return Derived(
        question=Question(derivation.formula, root),
        asked=tuple(asked),
        allowed=allowed,
        notes=tuple(derivation.notes),
        readings=tuple(sorted(derivation.readings)),
        ledger=tuple(derivation.ledger),
        scope=scope,
    )


def _unknown_members(request: Request, inventory: Inventory) -> str:
    """Why the principals of a request are not known, where they are told by the organization."""
    named = {"organization", "outside-organization"} & {*request.principal, *request.not_principal}
    return inventory.members_problem if named else ""


def _set_keys(documents: Sequence[Document], request: BoundRequest) -> frozenset[str]:
    """The keys that some policy, or the control, uses a set operator on."""
    own = frozenset(c.key for c in request.conditions if c.quantifier)
    return own.union(*(d.set_keys for d in documents))


def _set_keys_of_callers(inventory: Inventory, scope: Scope) -> frozenset[str]:
    """The keys that policies of callers who may be asked about use a set operator on."""
    selected = scope.selected(inventory)
    known = _KEYS.setdefault(inventory, {})
    place = (selected, bool(scope.fixed))
    if place not in known:
        callers = [
            p for p in inventory.principals.values() if p.arn in selected or (p.kind == "user" and not scope.fixed)
        ]
        documents = (d for p in callers for d in (*p.documents, p.boundary) if d is not None)
        known[place] = frozenset().union(*(d.set_keys for d in documents))
    return known[place]


# What `_set_keys_of_callers` found, for each inventory: many claims ask about the same callers.
_KEYS: WeakKeyDictionary[Inventory, dict[tuple[frozenset[str], bool], frozenset[str]]] = WeakKeyDictionary()


def _matching(
    derivation: Derivation, request: BoundRequest, scope: Scope | None, facts: Sequence[str], *, wide: bool
) -> list[Literal]:
    """The request is one that the control speaks of."""
    formula = derivation.formula
    parts = []
    if request.actions is not None:
        parts.append(formula.atom(ACTION, request.actions))
    if request.not_actions is not None:
        parts.append(-formula.atom(ACTION, request.not_actions))
    parts.append(formula.atom(RESOURCE, WELL_FORMED_RESOURCE))
    if request.resources is not None:
        parts.append(formula.atom(RESOURCE, request.resources))
    if request.not_resources is not None:
        parts.append(-formula.atom(RESOURCE, request.not_resources))
    if scope is not None and not scope.fixed:
        parts.append(formula.any([_entry(derivation, e.members, e.but) for e in scope.entries]))
        parts += [-_entry(derivation, e.members, e.but) for e in scope.excluded]
        if scope.has_open_canonical and not wide:
            parts.append(-derivation.principal_in(GlobSet(["canonical:" + STAR])))
    parts += [condition_literal(c, derivation, wide=wide) for c in request.conditions]
    return parts + [FACTS[name](derivation) for name in facts]


def _entry(derivation: Derivation, members: GlobSet, but: GlobSet | None) -> Literal:
    inside = derivation.principal_in(members)
    return inside if but is None else derivation.formula.all([inside, -derivation.principal_in(but)])


def _s3_resource_types(derivation: Derivation) -> Literal:
    """An object action goes to an object ARN, every other s3 action does not."""
    formula = derivation.formula
    on_object = formula.atom(ACTION, OBJECT_ACTIONS)
    is_s3, is_object = formula.atom(ACTION, S3_ACTIONS), formula.atom(RESOURCE, S3_OBJECTS)
    return formula.all([formula.any([-on_object, is_object]), formula.any([on_object, -is_s3, -is_object])])


def _secure_transport_present(derivation: Derivation) -> Literal:
    return derivation.present("aws:securetransport")


FACTS = {"s3-resource-types": _s3_resource_types, "secure-transport-present": _secure_transport_present}


def check_claim(
    claim: Claim, certificate: Mapping[str, Json], inventory: Inventory, ask: Callable[..., Derived] | None = None
) -> tuple[Outcome, Derived]:
    """The outcome that the certificate proves. Raises `Rejected` or `Declined`.

    `ask` derives a side of the question, for those who have it already; whoever trusts nobody leaves it out.
    """
    outcome, derived = _check_certificate(claim, certificate, inventory, ask)
    if outcome is Outcome.VIOLATED and claim.target.unsure:
        raise Rejected(claim.target.unsure)
    return outcome, derived


def _check_certificate(
    claim: Claim, certificate: Mapping[str, Json], inventory: Inventory, ask: Callable[..., Derived] | None
) -> tuple[Outcome, Derived]:
    check = _check_elsewhere(claim.control, certificate)
    if check is not None:
        return check(claim, certificate, inventory)
    ask = ask or partial(question_of, claim, inventory)
    rule = certificate.get("rule")
    if rule in REFUTATIONS:
        derived = refuted_question(claim, certificate, ask)
        check_refutation(derived.question, {**certificate, "rule": REFUTATION})
        return _outcome(claim, has_model=False), derived
    if rule == WITNESS:
        request = _witness(certificate)
        derived = ask(wide=False, only=only_of(request))
        _check_request(derived, request)
        return _outcome(claim, has_model=True), derived
    if rule == CAUSES:
        return Outcome.VIOLATED, check_causes(violation_of(claim, inventory), certificate)
    raise Declined(f"rule {rule!r}; this checker knows {', '.join(_RULES)}")


def refuted_question(claim: Claim, certificate: Mapping[str, Json], ask: Callable[..., Derived]) -> Derived:
    """The question that a refutation is about: the wide side, perhaps without some policies. Raises `Rejected`.

    There is none without them for a control that requires every request to be allowed, nor where the claim is about
    those policies alone.
    """
    leaves_out = WITHOUT.get(str(certificate.get("rule")), "")
    if not leaves_out:
        return ask(wide=True)
    derived = ask(wide=True, leaves_out=leaves_out)
    is_about_one = derived.scope is not None and bool(derived.scope.fixed)
    if derived.scope is None or claim.control.request.all or is_about_one is (leaves_out == IDENTITIES):
        raise Rejected(f"the question of this claim cannot leave out the policies of {leaves_out}")
    return derived


REFUTATIONS = (REFUTATION, *WITHOUT)
_RULES = (*REFUTATIONS, WITNESS, CAUSES)
_Check = Callable[[Claim, Mapping[str, Json], Inventory], tuple[Outcome, Derived]]


def _check_elsewhere(control: Control, certificate: Mapping[str, Json]) -> _Check | None:
    """What checks a certificate that is not about one question of the claim. It is made of what is here."""
    if certificate.get("rule") == COMPLETED:
        from checkers.cloud.completion import check_completed as check  # noqa: PLC0415
    elif control.path is not None:
        from checkers.cloud.paths import check_path as check  # noqa: PLC0415
    elif control.flow is not None:
        from checkers.cloud.network.flows import check_flow as check  # noqa: PLC0415
    elif control.lateral is not None:
        from checkers.cloud.network.lateral import check_lateral as check  # noqa: PLC0415
    elif control.composed is not None:
        from checkers.cloud.network.composition import check_composed as check  # noqa: PLC0415
    else:
        return None
    return check


def violation_of(claim: Claim, inventory: Inventory) -> Violation:
    """What the causes of a violated claim are about. Raises `Rejected` for a claim that no request violates."""
    control = claim.control
    if control.form == "require" and not control.request.all:
        raise Rejected("what violates the claim is that there is no request: it has no causes")
    bound = bind(control.request, claim.target.placeholders(), f"control {control.id}")
    return Violation(
        ask=partial(question_of, claim, inventory),
        check_witness=_check_witness,
        effect=Effect.DENY if control.request.all else Effect.ALLOW,
        actions=bound.actions,
        resources=bound.resources,
        with_sessions=bool(bound.session_policies),
    )


def _check_witness(derived: Derived, certificate: Mapping[str, Json]) -> None:
    _check_request(derived, _witness(certificate))


def _witness(certificate: Mapping[str, Json]) -> ConcreteRequest:
    if certificate.keys() != {"rule", "request"}:
        raise Rejected("a witness has exactly the members rule and request")
    return parse_request(certificate["request"])


def _check_request(derived: Derived, request: ConcreteRequest) -> None:
    fixed = derived.scope.fixed if derived.scope else ""
    if (fixed or derived.scope is None) and request.principal != fixed:
        raise Rejected(f"the request is made by {request.principal!r}; the claim is about {fixed or 'a policy alone'}")
    check_witness(derived.question, assignment_of(request))


def _outcome(claim: Claim, *, has_model: bool) -> Outcome:
    """What a matching request means: for `require` without `all` it is what is wanted."""
    wanted = claim.control.form == "require" and not claim.control.request.all
    return Outcome.HOLDS if has_model is wanted else Outcome.VIOLATED
