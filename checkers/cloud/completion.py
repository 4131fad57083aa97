"""Claims that are violated for certain values of what is not known yet: a certificate about the snapshot with them.

`{"rule": "completed/1", "values": {NAME: VALUE}, "certificate": {...}}`: a value that is not given is the example that
the snapshot has for it. The certificate must prove that the claim is violated then; that it holds, nothing of the kind
can prove.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from weakref import WeakKeyDictionary

from checkers.cloud.claims import COMPLETED, Claim, Derived, Outcome, check_claim
from checkers.cloud.inventory import Inventory
from checkers.cloud.network.impossible import impossible
from checkers.cloud.targets import targets_of
from checkers.strict_json import Json
from checkers.verdict import Rejected

# Inventories with values, by those; the last few of each inventory.
_COMPLETED: WeakKeyDictionary[Inventory, dict[str, Inventory]] = WeakKeyDictionary()
_KEPT = 4


def completed(inventory: Inventory, values: Mapping[str, Json]) -> Inventory:
    """The inventory of the snapshot with these values. Raises `Rejected` for values that there cannot be."""
    known = _COMPLETED.setdefault(inventory, {})
    place = json.dumps(values, sort_keys=True)
    if place not in known:
        while len(known) >= _KEPT:
            del known[next(iter(known))]
        known[place] = Inventory(inventory.snapshot.completed(values))
    return known[place]


def with_values(claim: Claim, inventory: Inventory, values: Mapping[str, Json]) -> tuple[Claim, Inventory]:
    """The same claim on the snapshot with these values. Raises `Rejected` where there can be none."""
    found = completed(inventory, values)
    target = next((t for t in targets_of(claim.control, found) if t.id == claim.target.id), None)
    if target is None:
        raise Rejected(f"with these values the control does not select {claim.target.id}")
    if not claim.control.is_of_requests and claim.control.path is None:
        why = impossible(found.network.export)
        if why:
            raise Rejected(f"there is no such network: {why}")
    return replace(claim, target=target), found


def check_completed(claim: Claim, certificate: Mapping[str, Json], inventory: Inventory) -> tuple[Outcome, Derived]:
    """The outcome that the certificate proves: that the claim is violated. Raises `Rejected` or `Declined`."""
    values, inner = certificate.get("values"), certificate.get("certificate")
    if certificate.keys() != {"rule", "values", "certificate"} or not isinstance(values, dict):
        raise Rejected(f"{COMPLETED} has exactly the members rule, values and certificate")
    if not isinstance(inner, dict) or inner.get("rule") == COMPLETED:
        raise Rejected(f"the certificate in {COMPLETED} is none of another rule")
    same, known = with_values(claim, inventory, values)
    outcome, derived = check_claim(same, inner, known)
    if outcome is not Outcome.VIOLATED:
        raise Rejected("with some values a claim can be violated, and not hold")
    return outcome, derived


def values_in_words(certificate: Mapping[str, Json], inventory: Inventory) -> tuple[str, ...]:
    """With which values the claim is violated, line by line; none for a certificate of another rule."""
    if certificate.get("rule") != COMPLETED:
        return ()
    unknowns, values = inventory.snapshot.unknowns.values, certificate["values"]
    named = [f"with {unknowns[name].attribute} (known after apply) as {values[name]!r}" for name in sorted(values)]
    return (*named, "with every other value that is known after apply as its example in snapshot.json")
