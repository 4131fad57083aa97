"""A plan of Terraform: its resources as they are after the apply.

Untrusted. The shape of a plan is that of Terraform's "JSON Output Format"; configurations and values are read as far as
something asks for them.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from auditctl.planned.draft import Draft
from auditctl.planned.given import Given
from auditctl.planned.partitions import partition_of
from auditctl.planned.terraform import policies, takes
from auditctl.planned.terraform.address import Key, Module, module_of
from auditctl.planned.terraform.configuration import Block, Configuration
from auditctl.planned.terraform.document import Reader
from auditctl.planned.terraform.providers import Providers
from auditctl.planned.terraform.reach import Reach
from auditctl.planned.terraform.references import DATA, MANAGED, Found, References, Scope, Source
from auditctl.planned.terraform.values import Look, Values, Written, has_unknown, is_tag, value_of
from auditctl.planned.things import Origin, Policy

# Actions after which a resource is there.
_STAYS = frozenset({"create", "update", "no-op", "read"})
_ACTIONS = _STAYS | {"delete", "forget"}


class Resource:
    """An instance of a resource or data source after the apply."""

    def __init__(self, plan: "Plan", row: Mapping[str, Any], where: str) -> None:
        reader = plan.reader
        self.plan = plan
        self.address = reader.text(row.get("address"), f"{where}.address")
        self.mode = reader.text(row.get("mode", MANAGED), f"{where}.mode")
        self.type = reader.text(row.get("type"), f"{where}.type")
        self.name = reader.text(row.get("name"), f"{where}.name")
        self.provider = reader.text(row.get("provider_name", ""), f"{where}.provider_name")
        self.module = module_of(row["module_address"]) if isinstance(row.get("module_address"), str) else Module()
        index = row.get("index")
        self.index: Key = index if isinstance(index, str | int) and not isinstance(index, bool) else None
        change = reader.mapping(row.get("change"), f"{where}.change")
        self.actions = tuple(reader.rows(change.get("actions"), f"{where}.change.actions"))
        self.after = reader.mapping(change.get("after"), f"{where}.change.after")
        unknown = change.get("after_unknown")
        self.unknowns: Mapping[str, Any] = unknown if isinstance(unknown, dict) else {}
        self.values = Values(self, "", self.after, self.unknowns, Written(blocks=(self.block.expressions,)))

    @cached_property
    def block(self) -> Block:
        """Its block in the configuration."""
        part = self.plan.configuration.part(self.module.names)
        return part.blocks.get((self.mode, self.type, self.name)) or Block("", {}, None, None)

    @cached_property
    def account(self) -> str:
        """The account that it is in."""
        return self.plan.providers.account(self)

    @cached_property
    def region(self) -> str:
        """The region that it is in, that of its provider for what has none."""
        return self.plan.providers.region(self)

    @property
    def partition(self) -> str:
        """The partition of its region."""
        return partition_of(self.region)

    @cached_property
    def scope(self) -> Scope:
        """Where its expressions stand."""
        return Scope(self.module, self.index, self.block.for_each)

    def sources(self, references: Sequence[str]) -> Iterator[Source]:
        """What references of its expressions lead to."""
        return self.plan.references.sources(references, self.scope)

    def is_unknown(self, attribute: str) -> bool:
        """Whether any part of an attribute is not in the plan."""
        return has_unknown(self.unknowns.get(attribute))

    def is_written(self, attribute: str) -> bool:
        """Whether the configuration has an attribute. What `dynamic` blocks make is not in it."""
        return self.values.is_written(attribute)

    def unknown(self, attribute: str, kind: str, *, example: object = None, within: Sequence[str] = ()) -> str:
        """The marker of an attribute."""
        return self.plan.draft.unknown(f"{self.address}.{attribute}", kind, example=example, within=within)

    def marker(self, name: str, path: str, *, is_whole: bool = True) -> str:
        """The marker of an unknown attribute, of the kind that its name says."""
        if is_tag(path) or path == "path":  # of IAM; nothing that is written is taken to ask for such a one
            return self.unknown(path, "name")
        kind, example = takes.kind_of(self.type, name, is_whole=is_whole)
        return self.unknown(path, kind, example=example)

    def guarded(self, look: Look) -> Any:  # noqa: ANN401  # attributes are of any type
        """An attribute; a marker where its value would lead back to itself, as no plan of Terraform does."""
        place = (self.address, look.path)
        if place in self.plan.busy:
            return self.unknown(look.path, "text", example="known-after-apply")
        self.plan.busy.add(place)
        try:
            return value_of(self, look)
        finally:
            self.plan.busy.discard(place)


class Plan:
    """A plan that was read."""

    def __init__(self, document: Mapping[str, Any], draft: Draft, given: Given, name: str) -> None:
        self.draft = draft
        self.reader = Reader(name)
        self.document = document
        self.busy: set[tuple[str, str]] = set()
        self.configuration = Configuration(
            self.reader.mapping(document.get("configuration"), "configuration"), self.reader
        )
        variables = self.reader.mapping(document.get("variables"), "variables")
        self.references = References(self.configuration, variables)
        self.gone: list[Resource] = []
        self.resources: dict[str, Resource] = {}
        self._read()
        self.providers = Providers(self, given)

    def of(self, *types: str) -> Iterator[Resource]:
        """The managed resources of some types that are there after the apply, in the order of their addresses."""
        wanted = [self._by_type.get((MANAGED, kind), ()) for kind in types]
        yield from sorted((r for found in wanted for r in found), key=_order)

    def data(self, *types: str) -> Iterator[Resource]:
        """The data sources of some types, those too that are read during the apply."""
        wanted = [self._by_type.get((DATA, kind), ()) for kind in types]
        yield from sorted((r for found in wanted for r in found), key=_order)

    def policy(self, resource: Resource, attribute: str, within: Mapping[str, Any] | None = None) -> Policy | None:
        """The policy document of an attribute; None where there is none. `within` is a block of the resource."""
        values = resource.values if within is None else within
        return policies.policy(resource, attribute, values)

    def origin(self, resource: Resource, attribute: str = "") -> Origin:
        """Where a resource is written."""
        return Origin(address=resource.address, attribute=attribute)

    def instances(self, source: Found) -> list[Resource]:
        """The instances that a source names; empty where one is not in the plan."""
        found = self._instances.get((source.module, source.mode, source.type, source.name), {})
        if source.keys is None:
            return [found[key] for key in sorted(found, key=_key_order)]
        return [found[key] for key in source.keys if key in found] if set(source.keys) <= found.keys() else []

    def thing(self, name: str) -> Resource | None:
        """The VPC with an id."""
        return self._vpcs.get(name)

    def reachable(self, taken: str, asking: Resource, module: Module) -> frozenset[str] | None:
        """What a value of a kind can be that is made by the plan and used in a module; None where it may be more."""
        return self._reach.values(taken, asking, module)

    def made(self, kind: str) -> Sequence[Resource]:
        """The managed resources of a type."""
        return self._by_type.get((MANAGED, kind), ())

    def _read(self) -> None:
        rows = self.reader.rows(self.document.get("resource_changes"), "resource_changes")
        for number, row in enumerate(rows):
            where = f"resource_changes[{number}]"
            one = Resource(self, self.reader.mapping(row, where), where)
            strange = [a for a in one.actions if not isinstance(a, str) or a not in _ACTIONS]
            if strange or not one.actions:
                found = f"{strange[0]!r:.40}" if strange else "none"
                self.reader.refuse(f"{where}.change.actions: {found}, expected actions of a plan")
            if "deposed" in row or not _STAYS & set(one.actions):
                self.gone.append(one)
            elif one.address in self.resources:
                self.reader.refuse(f"{where}: {one.address} is there twice")
            else:
                self.resources[one.address] = one
        self._read_values("prior_state", DATA)  # data sources that were read while planning
        self._read_values("planned_values", MANAGED)  # what no change is listed of

    def _read_values(self, member: str, mode: str) -> None:
        """Read what a list of values has and the list of changes has not."""
        found = self.reader.mapping(self.document.get(member), member)
        values = self.reader.mapping(found.get("values"), member) if mode == DATA else found
        todo = [self.reader.mapping(values.get("root_module"), f"{member}: root_module")]
        changed = {*self.resources, *(one.address for one in self.gone)}
        while todo:
            module = todo.pop()
            for row in self.reader.rows(module.get("resources"), f"{member}: resources"):
                entry = self.reader.mapping(row, f"{member}: a resource")
                if entry.get("mode") != mode or str(entry.get("address")) in changed:
                    continue
                change: dict[str, Any] = {"actions": ["no-op"], "after": entry.get("values"), "after_unknown": {}}
                one = Resource(self, {**entry, "module_address": module.get("address"), "change": change}, member)
                self.resources[one.address] = one
            for child in self.reader.rows(module.get("child_modules"), f"{member}: child_modules"):
                todo.append(self.reader.mapping(child, f"{member}: a module"))

    @cached_property
    def _by_type(self) -> dict[tuple[str, str], list[Resource]]:
        found: dict[tuple[str, str], list[Resource]] = {}
        for one in self.resources.values():
            found.setdefault((one.mode, one.type), []).append(one)
        return found

    @cached_property
    def _instances(self) -> dict[tuple[Module, str, str, str], dict[Key, Resource]]:
        found: dict[tuple[Module, str, str, str], dict[Key, Resource]] = {}
        for one in self.resources.values():
            found.setdefault((one.module, one.mode, one.type, one.name), {})[one.index] = one
        return found

    @cached_property
    def _vpcs(self) -> dict[str, Resource]:
        return {str(one.values.get("id")): one for one in self.of("aws_vpc", "aws_default_vpc")}

    @cached_property
    def _reach(self) -> Reach:
        return Reach(self)


def _order(resource: Resource) -> tuple[object, ...]:
    return (resource.address,)


def _key_order(key: Key) -> tuple[int, int, str]:
    """Numbers as numbers, before texts."""
    return (0, key, "") if isinstance(key, int) else (1, 0, key or "")
