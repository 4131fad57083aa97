"""A query as controls in canonical JSON, so that each answer is a claim with a certificate.

Untrusted.
"""

from typing import Any

from auditctl.query.language import Query, in_words
from auditctl.query.parts import Part, parts_of
from checkers.cloud.control import FORMAT as CONTROL_FORMAT
from checkers.cloud.inventory import Inventory


def documents_of(query: Query, inventory: Inventory) -> tuple[dict[str, dict[str, Any]], dict[str, Part]]:
    """The query as canonical controls, by id, and what each is."""
    parts = {part.id: part for part in parts_of(query.whom, inventory)}
    return {name: _document(part, query, inventory) for name, part in parts.items()}, parts


def _document(part: Part, query: Query, inventory: Inventory) -> dict[str, Any]:
    request: dict[str, Any] = {"principal": list(part.principal), "action": list(query.actions)}
    if part.but:
        request["not_principal"] = list(part.but)
    resources = [text for r in query.resources for text in _resource(r, inventory)]
    if resources:
        request["resource"] = resources
    block: dict[str, dict[str, list[str]]] = {}
    for condition in query.conditions:
        block.setdefault(condition.operator, {}).setdefault(condition.key, []).extend(condition.values)
    if block:
        request["condition"] = block
    found: dict[str, Any] = {
        "format": CONTROL_FORMAT,
        "id": part.id,
        "title": f"Query: {in_words(query)}",
        "severity": "low",
        "rationale": "It was asked on the command line.",
        "remediation": "None: violated means that the principal can, holds that it cannot.",
        "for_each": part.for_each,
    }
    where = {name: list(values) for name, values in (part.where or {}).items()}
    return {**found, **({"where": where} if where else {}), "forbid": {"request": request}}


def _resource(text: str, inventory: Inventory) -> tuple[str, ...]:
    """The ARNs of a resource; a bucket is itself and its objects."""
    kind, _, name = text.partition(" ")
    if kind != "bucket" or not name:
        return (text,)
    partition = next(iter(inventory.accounts.values())).partition
    return f"arn:{partition}:s3:::{name}", f"arn:{partition}:s3:::{name}/*"
