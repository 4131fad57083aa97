"""Looks into the values of a resource of a plan, for what decides requests."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from auditctl.planned.marks import named, open_attribute
from auditctl.planned.terraform.plan import Plan, Resource
from auditctl.planned.things import Policy, Unmodelled


def text(resource: Resource, attribute: str) -> str:
    """A value that is text, empty where there is none."""
    value = resource.values.get(attribute)
    return value if isinstance(value, str) else ""


def texts(resource: Resource, attribute: str) -> tuple[str, ...]:
    """The texts of a list. A list that is not known is its marker alone."""
    value = resource.values.get(attribute)
    if isinstance(value, str):
        return (value,)
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list | tuple) else ()


def blocks(resource: Resource, attribute: str) -> tuple[Mapping[str, Any], ...]:
    """The nested blocks of a name."""
    value = resource.values.get(attribute)
    return tuple(v for v in value if isinstance(v, Mapping)) if isinstance(value, list | tuple) else ()


def is_open(plan: Plan, value: object) -> bool:
    """Whether a value may turn out to be any."""
    return bool(open_attribute(plan.draft, value)) if isinstance(value, str) else False


def place(plan: Plan, resource: Resource) -> Mapping[str, Any]:
    """The members that every thing has."""
    return {
        "account": resource.account,
        "region": resource.region,
        "origin": plan.origin(resource),
        "tags": _tags(plan, resource),
    }


def _tags(plan: Plan, resource: Resource) -> Mapping[str, str]:
    """The tags, with those that the provider adds to every resource where they are known."""
    for attribute in ("tags_all", "tags"):
        value = resource.values.get(attribute)
        if isinstance(value, Mapping):
            return {str(k): named(plan.draft, v) for k, v in value.items() if isinstance(v, str)}
        if isinstance(value, str):
            plan.draft.notices.append(f"{resource.address}.{attribute} is known after apply and taken for no tags")
            return {}
    return {}


def policy_of(plan: Plan, resource: Resource, attribute: str = "policy") -> Policy:
    """The policy of a resource that must have one."""
    found = plan.policy(resource, attribute)
    if found is not None:
        return found
    return Policy(document=None, origin=plan.origin(resource, attribute), unknown=f"{resource.address}.{attribute}")


def own_policy(plan: Plan, resource: Resource, kind: str, names: Iterable[str]) -> Policy | None:
    """The policy that a resource has without one by itself; None where AWS gives it one.

    It is written within the resource, or the resource has it from before, unless a policy of the type `kind` made it
    that goes away. `names` are what such a policy may call the resource.
    """
    if not resource.is_written("policy") and any(set(names) & set(texts_of(b)) for b in before(plan, kind)):
        return None
    return plan.policy(resource, "policy")


def texts_of(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Every value that is a text."""
    return tuple(v for v in values.values() if isinstance(v, str))


def was_there(resource: Resource) -> bool:
    """Whether a resource was there before."""
    return "create" not in resource.actions


def outside(plan: Plan, resource: Resource, attribute: str, service: str, value: object = None) -> Unmodelled:
    """A resource that is about something that is not in the plan, or that may be anything in it."""
    value = text(resource, attribute) if value is None else value
    if not value or is_open(plan, value):
        reason = f"{resource.address}.{attribute} is known after apply"
    else:
        reason = f"{value} is not in the plan"
    members = {**place(plan, resource), "tags": {}}
    return Unmodelled(**members, service=service, kind=resource.type, reason=reason)


def twice(plan: Plan, resource: Resource, attribute: str, service: str) -> Unmodelled:
    """A resource that sets what another one of its type sets too: which of them comes last is not known."""
    reason = f"another {resource.type} is of {text(resource, attribute)} too"
    members = {**place(plan, resource), "tags": {}}
    return Unmodelled(**members, service=service, kind=resource.type, reason=reason)


def each(plan: Plan, *types: str) -> Iterator[tuple[Resource, Mapping[str, Any]]]:
    """The resources of these types with the members that every thing has."""
    for resource in plan.of(*types):
        yield resource, place(plan, resource)


def before(plan: Plan, kind: str) -> Iterator[Mapping[str, Any]]:
    """What the resources of a type that go away were."""
    gone = {resource.address for resource in plan.gone if resource.type == kind}
    rows = plan.document.get("resource_changes")
    for row in rows if gone and isinstance(rows, list) else ():
        found = row["change"].get("before") if row.get("address") in gone else None
        if isinstance(found, Mapping):
            yield found


def is_own(resource: Resource, attribute: str) -> bool:
    """Whether blocks are of the configuration: those of `dynamic` blocks are not in it, but in what is made new."""
    return resource.is_written(attribute) or (resource.actions == ("create",) and bool(blocks(resource, attribute)))
