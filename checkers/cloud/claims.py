"""Claims: one control on one target, its question, and what a certificate makes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from checkers.cloud.authorization import S3_ACTIONS, Decision, guards_for, principal_keys, with_ledger
from checkers.cloud.conditions import condition_literal
from checkers.cloud.control import BoundRequest, Control, Request, bind
from checkers.cloud.derivation import Derivation, Note, Side, make_caller
from checkers.cloud.inventory import Inventory, Unmodelled
from checkers.cloud.policy import Document, action_set
from checkers.cloud.request import assignment_of, parse_request
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

    `asked` are the literals that are true of every request that the control speaks of.
    """

    question: Question
    asked: tuple[Literal, ...]
    notes: tuple[Note, ...]
    readings: tuple[str, ...]
    ledger: tuple[tuple[Unmodelled, Literal], ...]
    scope: Scope | None


def question_of(claim: Claim, inventory: Inventory, *, wide: bool) -> Derived:
    """The question of a claim: on the wide side no model proves, on the narrow side a model proves.

    A model is a matching request that is allowed; for `require` with `all`, one that is not.
    """
    target, request = claim.target, claim.control.request
    side = Side(wide=wide is not request.all, every_request=wide)  # what is not allowed is widest read narrow
    problem = target.problem or _unknown_members(request, inventory)
    if problem:
        derivation = Derivation(inventory, side, actions=None, set_keys=frozenset(), knows_principal=True)
        return Derived(Question(derivation.formula, TRUE if wide else FALSE), (), (), (problem,), (), None)
    scope = None
    bound = bind(request, target.placeholders(), f"control {claim.control.id}")
    if target.kind in ("policy", "group"):
        derivation, allowed = _documents_alone(target, inventory, bound, side)
        base = TRUE
    else:
        scope = make_scope(bound.principal, bound.not_principal, target, inventory)
        derivation, allowed, base = _decision(scope, inventory, bound, side)
    asked = (*_matching(derivation, bound, scope, claim.control.assume, wide=wide), base)
    root = derivation.formula.all([*asked, -allowed if request.all else allowed])
    return Derived(
        question=Question(derivation.formula, root),
        asked=asked,
        notes=tuple(derivation.notes),
        readings=tuple(sorted(derivation.readings)),
        ledger=tuple(derivation.ledger),
        scope=scope,
    )


def _unknown_members(request: Request, inventory: Inventory) -> str:
    """Why the principals of a request are not known, where they are told by the organization."""
    named = {"organization", "outside-organization"} & {*request.principal, *request.not_principal}
    return inventory.members_problem if named else ""


def _documents_alone(
    target: Target, inventory: Inventory, request: BoundRequest, side: Side
) -> tuple[Derivation, Literal]:
    """What the documents of a policy or group grant by themselves, whoever carries them."""
    documents: Sequence[Document] = target.principal.documents if target.principal else ()
    if target.policy is not None:
        documents = (target.policy.document,)
    keys = _set_keys(documents, request)
    derivation = Derivation(inventory, side, actions=request.actions, set_keys=keys, knows_principal=False)
    grants = derivation.grants(documents)
    return derivation, derivation.formula.all([grants.allow, -grants.deny])


def _decision(
    scope: Scope, inventory: Inventory, request: BoundRequest, side: Side
) -> tuple[Derivation, Literal, Literal]:
    """The whole decision for the principals of a scope."""
    guards = guards_for(inventory, request)
    documents = [g.document for g in guards if g.document is not None]
    selected = scope.selected(inventory)
    for principal in inventory.principals.values():
        if principal.arn in selected or principal.kind == "user":
            documents += principal.documents
    keys = _set_keys(documents, request)
    derivation = Derivation(inventory, side, actions=request.actions, set_keys=keys, knows_principal=True)
    if scope.fixed:
        derivation.caller = make_caller(inventory, scope.fixed)
    decision = Decision(derivation, scope, request, guards)
    allowed = with_ledger(derivation, decision.allowed(), inventory.unmodelled)
    return derivation, allowed, derivation.formula.all([decision.base(), *decision.resource_keys()])


def _set_keys(documents: Sequence[Document], request: BoundRequest) -> frozenset[str]:
    """The keys that some policy, or the control, uses a set operator on."""
    own = frozenset(c.key for c in request.conditions if c.quantifier)
    return own.union(*(d.set_keys for d in documents))


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
    parts += [FACTS[name](derivation) for name in facts]
    return parts + (principal_keys(derivation) if scope is not None else [])


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


def check_claim(claim: Claim, certificate: Mapping[str, Json], inventory: Inventory) -> tuple[Outcome, Derived]:
    """The outcome that the certificate proves. Raises `Rejected` or `Declined`."""
    rule = certificate.get("rule")
    if rule == REFUTATION:
        derived = question_of(claim, inventory, wide=True)
        check_refutation(derived.question, certificate)
        return _outcome(claim, has_model=False), derived
    if rule == WITNESS:
        derived = question_of(claim, inventory, wide=False)
        _check_witness(derived, certificate)
        return _outcome(claim, has_model=True), derived
    raise Declined(f"rule {rule!r}; this checker knows {REFUTATION} and {WITNESS}")


def _check_witness(derived: Derived, certificate: Mapping[str, Json]) -> None:
    if certificate.keys() != {"rule", "request"}:
        raise Rejected("a witness has exactly the members rule and request")
    request = parse_request(certificate["request"])
    fixed = derived.scope.fixed if derived.scope else ""
    if (fixed or derived.scope is None) and request.principal != fixed:
        raise Rejected(f"the request is made by {request.principal!r}; the claim is about {fixed or 'a policy alone'}")
    check_witness(derived.question, assignment_of(request))


def _outcome(claim: Claim, *, has_model: bool) -> Outcome:
    """What a matching request means: for `require` without `all` it is what is wanted."""
    wanted = claim.control.form == "require" and not claim.control.request.all
    return Outcome.HOLDS if has_model is wanted else Outcome.VIOLATED
