"""Policy documents of a plan: as they are written, or made again from the data source that an attribute refers to.

A document that another expression makes, as `jsonencode` with something in it that is not known, is not known as a
whole: the plan has only the names of what the expression refers to.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from auditctl.planned.terraform import statements
from auditctl.planned.terraform.references import DATA, Found, Lost
from auditctl.planned.terraform.resolution import attribute_of
from auditctl.planned.terraform.values import Look, Values
from auditctl.planned.things import Policy
from checkers.strict_json import parse_json
from checkers.verdict import Unreadable

if TYPE_CHECKING:
    from auditctl.planned.terraform.plan import Resource

DOCUMENT = "aws_iam_policy_document"
_TEXTS = ("json", "minified_json")
_MAX_NESTED = 16  # documents made of documents


def policy(resource: "Resource", attribute: str, values: Mapping[str, Any]) -> Policy | None:
    """The policy of an attribute, None where there is none."""
    if not isinstance(values, Values):
        return _written(resource, attribute, values.get(attribute))
    look = values.look(attribute)
    if look.unknown is not True:
        return _written(resource, look.path, look.after)
    if not look.written.is_there:
        return None
    document = followed(resource, look)
    unknown = "" if document is not None else f"{resource.address}.{look.path}"
    return Policy(document=document, origin=resource.plan.origin(resource, look.path), unknown=unknown)


def _written(resource: "Resource", path: str, text: object) -> Policy | None:
    if not text and not isinstance(text, dict):
        return None
    document = text if isinstance(text, dict) else parsed(text)
    unknown = "" if document is not None else f"{resource.address}.{path}"
    return Policy(document=document, origin=resource.plan.origin(resource, path), unknown=unknown)


def parsed(text: object) -> Mapping[str, Any] | None:
    """The document of a JSON text, None where it is none."""
    if not isinstance(text, str):
        return None
    try:
        document = parse_json(text, "a policy")
    except Unreadable:
        return None
    return document if isinstance(document, dict) else None


def followed(resource: "Resource", look: Look, depth: int = 0) -> Mapping[str, Any] | None:
    """The document that an unknown text refers to, if it refers to one and to nothing else."""
    found = documents(resource, look)
    return _of_data(found[0], depth) if found and len(found) == 1 else None


def documents(resource: "Resource", look: Look) -> list["Resource"] | None:
    """The data sources that an expression refers to; None where it may refer to anything else that is not known."""
    if not look.written.is_seen or not look.written.references:
        return None
    found: list[Resource] = []
    for source in resource.sources(look.written.references):
        if isinstance(source, Lost):
            return None
        if isinstance(source, Found):
            if source.mode != DATA or source.type != DOCUMENT or attribute_of(source) not in (None, *_TEXTS):
                return None
            instances = resource.plan.instances(source)
            if not instances:
                return None
            found += [one for one in instances if one not in found]
    return found


def _of_data(data: "Resource", depth: int) -> Mapping[str, Any] | None:
    """The document of a data source, None where something of it is not known that no marker can stand for."""
    return rebuilt(data, depth) if data.is_unknown("json") else parsed(data.after.get("json"))


def rebuilt(data: "Resource", depth: int = 0) -> Mapping[str, Any] | None:
    """The document that the arguments of a data source make."""
    if depth > _MAX_NESTED:
        return None
    version, name = data.values.look("version"), data.values.look("policy_id")
    own = statements.read(data)
    before = _others(data, ("source_json", "source_policy_documents"), depth)
    behind = _others(data, ("override_json", "override_policy_documents"), depth)
    if version.unknown is True or name.unknown is True or own is None or before is None or behind is None:
        return None
    document: dict[str, Any] = {"Version": version.after or "2012-10-17"}
    if name.after:
        document["Id"] = name.after
    merged = statements.merged([_rows(d) for d in before], own, [_rows(d) for d in behind])
    if merged is None:
        return None
    return {**_heads(before), **document, **_heads(behind), "Statement": merged}


def _others(data: "Resource", attributes: tuple[str, ...], depth: int) -> list[Mapping[str, Any]] | None:
    """The documents that it is made of, None where one is not known."""
    found: list[Mapping[str, Any]] = []
    for attribute in attributes:
        look = data.values.look(attribute)
        texts = look.after if isinstance(look.after, list) else [look.after]
        if data.values.is_unknown(attribute):
            sources = documents(data, look)
            open_ones = len(look.unknown) if isinstance(look.unknown, list) else len(sources or ())
            if not sources or len(sources) != open_ones:
                return None
            nested = [_of_data(one, depth + 1) for one in sources]
        else:
            nested = [parsed(text) for text in texts if text]
        if any(one is None for one in nested):
            return None
        found += [one for one in nested if one is not None]
    return found


def _rows(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rows = document.get("Statement")
    return [r for r in (rows if isinstance(rows, list) else [rows]) if isinstance(r, dict)]


def _heads(found: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Version and Id of the last document that has them."""
    return {k: v for document in found for k, v in document.items() if k in ("Version", "Id")}
