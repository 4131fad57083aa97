"""Unknown attributes that take an id, name or ARN: what else of the plan they are.

Assumptions, which docs/planned.md tells the user: an attribute that takes an id, name or ARN and whose expression
refers to one thing of that kind has the id, name or ARN of this thing; a list that refers to several has all of them;
`x[each.key]` and `x[count.index]` are the instances with the same key. Where the plan does not say what an expression
refers to, it is the only thing of its kind that the expression can reach (reach.py).
"""

from typing import TYPE_CHECKING

from auditctl.planned.terraform.address import Index, Module
from auditctl.planned.terraform.references import DATA, Constant, Found, Lost, Source
from auditctl.planned.terraform.takes import PREFIXES, gives

if TYPE_CHECKING:
    from auditctl.planned.terraform.plan import Resource
    from auditctl.planned.terraform.values import Written


def single(resource: "Resource", written: "Written", taken: str) -> str | None:
    """The value of an attribute that takes one; None where it is not certain."""
    known = _candidates(resource, written, taken, with_known=False)
    if known is None:
        return None
    found = set(known)
    for module in _lost(resource, written):
        reachable = resource.plan.reachable(taken, resource, module)
        if reachable is None:
            return None
        found |= reachable
    return next(iter(found)) if len(found) == 1 else None


def every(resource: "Resource", written: "Written", taken: str) -> tuple[str, ...] | None:
    """The values of an attribute that takes several; None where they are not certain."""
    known = _candidates(resource, written, taken, with_known=True)
    if not known or _lost(resource, written) or (written.is_shared and len(known) > 1):
        return None
    return tuple(known)


def _lost(resource: "Resource", written: "Written") -> list[Module]:
    """The modules in which something is used that the plan does not tell."""
    if not written.is_seen or not written.references:
        return [resource.module]
    return [source.module for source in resource.sources(written.references) if isinstance(source, Lost)]


def _candidates(resource: "Resource", written: "Written", taken: str, *, with_known: bool) -> list[str] | None:
    """The values that the sources give which the plan tells, each once; None where one may give anything."""
    found: list[str] = []
    for source in resource.sources(written.references):
        values = _values(resource, source, taken, with_known=with_known, is_shared=written.is_shared)
        if values is None:
            return None
        found += [v for v in values if v not in found]
    return found


def _values(resource: "Resource", source: Source, taken: str, *, with_known: bool, is_shared: bool) -> list[str] | None:
    """What one source gives; None where it may be anything."""
    match source:
        case Lost():
            return []
        case Constant(value):
            rows = value if isinstance(value, list) else [value]
            return [v for v in rows if isinstance(v, str) and _is_one(v, taken)] if with_known else []
        case Found():
            return _of_instances(resource, source, taken, with_known=with_known, is_shared=is_shared)


def _of_instances(
    resource: "Resource", source: Found, taken: str, *, with_known: bool, is_shared: bool
) -> list[str] | None:
    instances = resource.plan.instances(source)
    if not instances:
        return None
    found: list[str] = []
    for one in instances:
        attribute = attribute_of(source)
        name = gives(source.type, attribute, taken)
        if not name and (is_shared or (attribute is not None and not one.is_unknown(attribute))):
            continue  # of another attribute, or known, and so not what makes this one unknown
        if not name or (source.mode == DATA and one.is_unknown(name)):
            return None
        if not with_known and not one.is_unknown(name):
            continue
        value = one.values.get(name)
        if not isinstance(value, str):
            return None
        found.append(value)
    return found


def attribute_of(source: Found) -> str | None:
    """The attribute that a source is; None where it is the whole resource, empty text where it is a part of one."""
    if not source.path:
        return None
    first = source.path[0]
    return first if len(source.path) == 1 and not isinstance(first, Index) else ""


def _is_one(text: str, taken: str) -> bool:
    return taken in PREFIXES and text.startswith(PREFIXES[taken])
