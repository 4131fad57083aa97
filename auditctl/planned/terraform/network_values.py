"""Typed looks into the values of resources of networks. Untrusted.

An attribute that is not known is a marker, also where a list of blocks is expected.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypedDict

from auditctl.planned.things import Flag, Number, Origin

if TYPE_CHECKING:
    from auditctl.planned.terraform.plan import Plan, Resource

Values = Mapping[str, Any]


class Placed(TypedDict):
    """What every thing has of its resource."""

    account: str
    region: str
    origin: Origin
    tags: Mapping[str, str]


def placed(plan: "Plan", resource: "Resource") -> Placed:
    """Where a resource is, and its tags, those that the provider gives to everything and single ones too."""
    values, name = resource.values, text(resource.values, "id")
    tags = dict(next((t for t in (values.get("tags_all"), values.get("tags")) if isinstance(t, Mapping)), {}))
    for one in plan.of("aws_ec2_tag"):
        if name and text(one.values, "resource_id") == name:
            tags[text(one.values, "key")] = one.values.get("value")
    return Placed(
        account=resource.account,
        region=resource.region,
        origin=plan.origin(resource),
        tags={k: v for k, v in tags.items() if isinstance(v, str)},
    )


def text(values: Values, name: str, default: str = "") -> str:
    """An attribute that is text; null and empty text are the default."""
    found = values.get(name)
    return found if isinstance(found, str) and found else default


def texts(values: Values, name: str) -> tuple[str, ...]:
    """An attribute that is a list or set of texts; the marker alone where it is not known as a whole."""
    found = values.get(name)
    if isinstance(found, str):
        return (found,) if found else ()
    return tuple(t for t in found or () if isinstance(t, str) and t)


def flag(values: Values, name: str, *, default: bool = False) -> Flag:
    """An attribute that is true or false."""
    found = values.get(name)
    if isinstance(found, str):
        return {"true": True, "false": False}.get(found, found) if found else default
    return found if isinstance(found, bool) else default


def number(values: Values, name: str) -> Number | None:
    """An attribute that is a whole number, or text with one."""
    found = values.get(name)
    if isinstance(found, str):
        return int(found) if found.lstrip("-").isdecimal() else found or None
    return int(found) if isinstance(found, int | float) else None


def rows(values: Values, name: str) -> tuple[Values, ...]:
    """An attribute that is a list of blocks; none where it is not known as a whole."""
    found = values.get(name)
    return tuple(r for r in found if isinstance(r, Mapping)) if isinstance(found, tuple | list) else ()


def row(values: Values, name: str) -> Values:
    """The only block of an attribute; an empty one where there is none."""
    found = values.get(name)
    if isinstance(found, Mapping):
        return found
    return next(iter(rows(values, name)), {})


def open_list(values: Values, name: str) -> str:
    """The marker of a list of blocks that is not known as a whole, else empty."""
    found = values.get(name)
    return found if isinstance(found, str) else ""


def is_open(found: str) -> bool:
    """Whether it is not known which thing an attribute names."""
    return not found or found.startswith("<")


def by_id(plan: "Plan", *types: str) -> "dict[str, Resource]":
    """Resources by their ids."""
    return {text(r.values, "id"): r for r in plan.of(*types)}


def grouped(plan: "Plan", type_: str, holder: str) -> "dict[str, list[Resource]]":
    """Resources of a type that belong to another thing, by the attribute that names it."""
    found: dict[str, list[Resource]] = {}
    for resource in plan.of(type_):
        found.setdefault(text(resource.values, holder), []).append(resource)
    return found


def numbered(values: Values, name: str) -> Iterator[tuple[str, Values]]:
    """The blocks of an attribute, each with its place as Terraform writes it: `ingress[0]`."""
    for i, found in enumerate(rows(values, name)):
        yield f"{name}[{i}]", found
