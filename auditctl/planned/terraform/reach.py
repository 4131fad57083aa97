"""What a value can be where the plan does not say where it comes from, as for local values and `dynamic` blocks.

A value that is not known before the apply is made by it. What is written in a module can use what is made in it and in
the modules that it calls, and what is passed to it. Whether something else gives such values, a data source that is
read during the apply or an attribute of another resource, is seen from the attributes that the plan calls relevant:
Terraform follows local values and `dynamic` blocks for these.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from auditctl.planned.terraform import takes
from auditctl.planned.terraform.address import Module, steps
from auditctl.planned.terraform.references import DATA, Found, Lost, Scope, Source
from auditctl.planned.terraform.resolution import attribute_of

if TYPE_CHECKING:
    from auditctl.planned.terraform.plan import Plan, Resource

_USUAL = ("id", "arn", "name", "url", "key_id", "function_name", "cluster_identifier", "replication_group_id")
# Kinds that are used in their own account and region alone.
_LOCAL = frozenset({
    "acl",
    "egress gateway",
    "elastic ip",
    "endpoint",
    "instance",
    "interface",
    "internet gateway",
    "nat gateway",
    "subnet",
    "table",
})
# Types whose attributes are whatever somebody put into them.
_PASS_ON = frozenset({"aws_cloudformation_stack", "terraform_data"})
# Data sources whose values are no ids.
_NO_IDS = frozenset({"aws_iam_policy_document"})
_Place = tuple[str, str, str, Module]


@dataclass(slots=True)
class _Told:
    """Values that were found, the modules where more may be used, and the attributes that were followed."""

    values: set[str] = field(default_factory=set)
    modules: list[Module] = field(default_factory=list)
    followed: set[tuple[str, str]] = field(default_factory=set)


class Reach:
    """Values of each kind that expressions of a module can have."""

    def __init__(self, plan: "Plan") -> None:
        self.plan = plan
        self._found: dict[_Place, frozenset[str] | None] = {}
        self._others: dict[str, tuple[tuple[str, str], ...] | None] = {}

    def values(self, taken: str, asking: "Resource", module: Module) -> frozenset[str] | None:
        """All that a value of a kind can be; None where it may be something else."""
        if taken == "document" or "relevant_attributes" not in self.plan.document:
            return None
        if taken not in self._others:
            self._others[taken] = self._other_attributes(taken)
        if self._others[taken] is None:
            return None
        place = (taken, asking.account, asking.region, module) if taken in _LOCAL else (taken, "", "", module)
        if place not in self._found:
            told = _Told(modules=[module])
            self._found[place] = frozenset(told.values) if self._closed(told, place) else None
        return self._found[place]

    def _closed(self, told: _Told, place: _Place) -> bool:
        """Find everything that can be used in the modules, and in those that pass them something; whether it is all.

        What is used in a module within one that was done is made there or passed to it, and so was found.
        """
        taken, done = place[0], list[Module]()
        while told.modules:
            module = told.modules.pop()
            if any(module.calls[: len(one.calls)] == one.calls for one in done):
                continue
            done.append(module)
            for one, attribute in self._makers(taken):
                is_inside = one.module.calls[: len(module.calls)] == module.calls
                if is_inside and not self._follow(told, one, attribute, place):
                    return False
            if not all(self._follow_passed(told, source, place) for source in self._passed(module)):
                return False
        return True

    def _follow(self, told: _Told, one: "Resource", attribute: str, place: _Place) -> bool:
        """Add what an attribute may be; false where it may be anything."""
        if not one.is_unknown(attribute) or (one.address, attribute) in told.followed:
            return True
        told.followed.add((one.address, attribute))
        look = one.values.look(attribute)
        if _is_usual(one.type, attribute, place[0]) or not look.written.is_there:
            value = one.values.get(attribute)
            if _is_near(one, place) and isinstance(value, str):
                told.values.add(value)
            return isinstance(value, str)
        if not look.written.is_seen or not look.written.references:
            told.modules.append(one.module)
        return all(self._follow_source(told, s, place) for s in one.sources(look.written.references))

    def _follow_passed(self, told: _Told, source: Source, place: _Place) -> bool:
        """Add what is passed to a module, which is of any kind; of a whole resource every attribute that is used."""
        if isinstance(source, Lost):
            told.modules.append(source.module)
        if not isinstance(source, Found) or source.mode == DATA:
            return True
        attribute = attribute_of(source)
        names = {takes.gives(source.type, attribute, place[0])} - {""}
        if attribute is None:
            names |= {name for kind, name in self._others[place[0]] or () if kind == source.type}
        instances = self.plan.instances(source)
        return all(self._follow(told, one, name, place) for one in instances for name in sorted(names))

    def _follow_source(self, told: _Told, source: Source, place: _Place) -> bool:
        if isinstance(source, Lost):
            told.modules.append(source.module)
        if not isinstance(source, Found):
            return True
        attribute = attribute_of(source)
        name = takes.gives(source.type, attribute, place[0])
        instances = self.plan.instances(source)
        if not instances or not name or source.mode == DATA:
            return bool(instances and attribute) and not any(one.is_unknown(str(attribute)) for one in instances)
        return all(self._follow(told, one, name, place) for one in instances)

    def _makers(self, taken: str) -> Iterator[tuple["Resource", str]]:
        """What has a value of a kind that is not known: what is of that kind, and other attributes that are used."""
        for kind, attributes in takes.GIVES[taken].items():
            if attributes[0] in _USUAL:
                yield from ((one, attributes[0]) for one in self.plan.made(kind))
        for kind, attribute in self._others[taken] or ():
            yield from ((one, attribute) for one in self.plan.made(kind))

    def _passed(self, module: Module) -> Iterator[Source]:
        """The sources of what is passed to a module."""
        if not module.calls:
            return
        references, outer = self.plan.references, module.parent
        call = references.configuration.part(outer.names).calls.get(module.names[-1])
        if call is None:
            return
        for expression in call.expressions.values():
            if isinstance(expression, dict):
                yield from references.expression(expression, (), Scope(outer, module.key, call.for_each))

    def _other_attributes(self, taken: str) -> tuple[tuple[str, str], ...] | None:
        """Attributes of other types that give values of a kind and are used; None where what they give is anything."""
        found: set[tuple[str, str]] = set()
        for attribute, kind, mode in self._relevant:
            if mode == DATA and kind in self._deferred:
                return None
            if mode == DATA or takes.GIVES[taken].get(kind, ("",))[0] in _USUAL:
                continue
            if kind in _PASS_ON and self.plan.made(kind):
                return None
            # A resource that is used as a whole may be so for any of its attributes.
            names = [attribute] if attribute else {name for one in self.plan.made(kind) for name in one.unknowns}
            found.update((kind, name) for name in names if takes.gives(kind, name, taken))
        return tuple(sorted(found))

    @cached_property
    def _deferred(self) -> frozenset[str]:
        """The types of data sources that are read during the apply and give ids."""
        found = {r.type for r in self.plan.resources.values() if r.mode == DATA and any(r.unknowns.values())}
        return frozenset(found - _NO_IDS)

    @cached_property
    def _relevant(self) -> frozenset[tuple[str, str, str]]:
        """What expressions refer to, in local values and `dynamic` blocks too: attribute, type and mode."""
        reader = self.plan.reader
        found = set()
        for row in reader.rows(self.plan.document.get("relevant_attributes"), "relevant_attributes"):
            entry = reader.mapping(row, "relevant_attributes: an entry")
            path = entry.get("attribute")
            names = [s for s in steps(str(entry.get("resource"))) if isinstance(s, str)]
            while len(names) > 2 and names[0] == "module":  # noqa: PLR2004  # a call is two names
                names = names[2:]
            mode = DATA if names[:1] == [DATA] else "managed"
            kind = names[1:2] if mode == DATA else names[:1]
            attribute = str(path[0]) if isinstance(path, list) and path else ""
            found.add((attribute, kind[0] if kind else "", mode))
        return frozenset(found)


def _is_usual(kind: str, attribute: str, taken: str) -> bool:
    """Whether an attribute is what a thing of a kind itself is named by."""
    own = takes.GIVES[taken].get(kind, ())
    return attribute in own and own[0] in _USUAL


def _is_near(one: "Resource", place: _Place) -> bool:
    return not place[1] or (one.account, one.region) == place[1:3]
