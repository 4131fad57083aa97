"""The literals of a question that say which requests the control asks about.

Untrusted. They are built again on the question's own formula, which finds each node that is there.
"""

from collections.abc import Iterator

from checkers.cloud.authorization import principal_keys
from checkers.cloud.claims import FACTS, Claim, Derived
from checkers.cloud.conditions import condition_literal
from checkers.cloud.control import BoundRequest, bind
from checkers.cloud.derivation import Derivation, Side, make_caller
from checkers.cloud.inventory import Inventory
from checkers.cloud.scope import Entry, Scope
from checkers.cloud.vocabulary import ACTION, RESOURCE, WELL_FORMED_PRINCIPAL, WELL_FORMED_RESOURCE
from checkers.kernel.formula import Arity, Literal


def asked_literals(claim: Claim, derived: Derived, inventory: Inventory) -> list[Literal]:
    """The literals that are true of every request that the control asks about."""
    request = bind(claim.control.request, claim.target.placeholders(), claim.control.id)
    many = frozenset(v.name for v in derived.question.formula.variables() if v.arity is Arity.MANY)
    side = Side(wide=True, every_request=True)
    knows_principal = derived.scope is not None
    derivation = Derivation(inventory, side, actions=None, set_keys=many, knows_principal=knows_principal)
    derivation.formula = derived.question.formula
    if derived.scope is not None and derived.scope.fixed:
        derivation.caller = make_caller(inventory, derived.scope.fixed)
    return [
        *_what(derivation, request),
        *(_who(derivation, derived.scope) if derived.scope is not None and not derived.scope.fixed else ()),
        *(condition_literal(c, derivation, wide=True) for c in request.conditions),
        *(FACTS[name](derivation) for name in claim.control.assume),
        *(principal_keys(derivation) if derived.scope is not None else ()),
    ]


def _what(derivation: Derivation, request: BoundRequest) -> Iterator[Literal]:
    formula = derivation.formula
    yield formula.atom(RESOURCE, WELL_FORMED_RESOURCE)
    for variable, inside, outside in (
        (ACTION, request.actions, request.not_actions),
        (RESOURCE, request.resources, request.not_resources),
    ):
        if inside is not None:
            yield formula.atom(variable, inside)
        if outside is not None:
            yield -formula.atom(variable, outside)


def _who(derivation: Derivation, scope: Scope) -> Iterator[Literal]:
    yield derivation.principal_in(WELL_FORMED_PRINCIPAL)
    yield derivation.any_of([_entry(derivation, e) for e in scope.entries])
    yield from (-_entry(derivation, e) for e in scope.excluded)


def _entry(derivation: Derivation, entry: Entry) -> Literal:
    inside = derivation.principal_in(entry.members)
    return inside if entry.but is None else derivation.all_of([inside, -derivation.principal_in(entry.but)])
