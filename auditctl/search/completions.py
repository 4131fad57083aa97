"""Values that are not known before a plan is applied, and with which a claim is violated.

Untrusted. The examples of the snapshot are tried first, then what lets most through.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from auditctl.search.solve import Model, solve
from checkers.cloud.claims import COMPLETED, Claim, Outcome, check_claim, question_of
from checkers.cloud.completion import with_values
from checkers.cloud.inventory import Inventory
from checkers.cloud.unknowns import Unknown
from checkers.cloud.vocabulary import account_of
from checkers.strict_json import Json
from checkers.verdict import Refusal

Values = Mapping[str, Json]
Search = Callable[[Claim, Inventory], Mapping[str, Any] | tuple[str, ...]]
_MAX_HINTS = 8
_MAX_REDUCED = 6
_WIDEST: Mapping[str, Json] = {"text": "*", "list": ["*"], "block": "0.0.0.0/0", "flag": True}
_NARROWEST: Mapping[str, Json] = {"flag": False, "number": 0}


def search_completed(
    claim: Claim, inventory: Inventory, reasons: Sequence[str], search: Search
) -> Mapping[str, Any] | None:
    """A certificate that the claim is violated with certain values; None where none was found.

    `reasons` are why it is open without: the values that they name are tried.
    """
    for values in _candidates(_hints(claim, inventory), inventory, reasons):
        found = _with(values, claim, inventory, search)
        if found is not None:
            return _reduced(found, claim, inventory, search)
    return None


def _with(values: Mapping[str, Json], claim: Claim, inventory: Inventory, search: Search) -> Mapping[str, Any] | None:
    """A certificate that the claim is violated with these values; None where the search finds none."""
    try:
        same, known = with_values(claim, inventory, values)
        inner = search(same, known)
        if isinstance(inner, Mapping) and check_claim(same, inner, known)[0] is Outcome.VIOLATED:
            return {"rule": COMPLETED, "values": dict(values), "certificate": inner}
    except Refusal:
        pass
    return None


def _reduced(found: Mapping[str, Any], claim: Claim, inventory: Inventory, search: Search) -> Mapping[str, Any]:
    """The certificate without values that it does not need; where there are many, as it is."""
    values = found["values"]
    for name in values if 1 < len(values) <= _MAX_REDUCED else ():
        fewer = {other: value for other, value in found["values"].items() if other != name}
        found = _with(fewer, claim, inventory, search) or found
    return found


def _hints(claim: Claim, inventory: Inventory) -> Iterator[str]:
    """Texts that may violate the claim: the target's, and those of a request that some value lets through."""
    yield claim.target.id
    if claim.control.is_of_requests:
        answer = solve(question_of(claim, inventory, wide=True).question)
        texts = [str(v) for values in answer.values.values() for v in values] if isinstance(answer, Model) else []
        yield from dict.fromkeys(text for t in texts for text in (t, account_of(t)) if text)


def _candidates(hints: Iterable[str], inventory: Inventory, reasons: Sequence[str]) -> Iterator[dict[str, Json]]:
    yield {}
    named = [one for one in inventory.snapshot.unknowns.values.values() if _is_named(one, reasons)]
    tried: list[dict[str, Json]] = [{}]
    own: Iterable[Mapping[str, Json]] = ({"text": hint, "list": [hint, f"{hint}/*"]} for hint in hints)
    for choice in chain((_WIDEST, _NARROWEST), islice(own, _MAX_HINTS)) if named else ():
        values = {one.name: choice[one.kind] for one in named if one.kind in choice}
        if values not in tried:
            tried.append(values)
            yield values


def _is_named(one: Unknown, reasons: Sequence[str]) -> bool:
    return any(one.attribute in reason or f"<{one.name}>" in reason for reason in reasons)


def known_claim(
    claim: Claim, certificate: Mapping[str, Any], inventory: Inventory
) -> tuple[Claim, Mapping[str, Any], Inventory, Values]:
    """What a certificate is about: the claim, the inventory with values where it puts some, and those values."""
    if certificate["rule"] != COMPLETED:
        return claim, certificate, inventory, {}
    same, known = with_values(claim, inventory, certificate["values"])
    return same, certificate["certificate"], known, certificate["values"]
