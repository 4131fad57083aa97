"""The resources of a template that are made, those of each type, and what is not understood of them.

Untrusted. A resource whose condition is not decided may be there or not, so it is not modelled; neither is one of
which something has to be known and is not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from auditctl.planned.cloudformation.fields import Field
from auditctl.planned.cloudformation.left import add_left
from auditctl.planned.cloudformation.types import in_vpc, service_of
from auditctl.planned.cloudformation.values import NotKnown
from auditctl.planned.things import Origin, Thing, Unmodelled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from auditctl.planned.cloudformation.evaluate import Evaluator
    from auditctl.planned.cloudformation.template import Resource

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Row:
    """A resource that is made, and its properties."""

    evaluator: Evaluator
    resource: Resource

    @property
    def id(self) -> str:
        """The logical id."""
        return self.resource.id

    @property
    def type(self) -> str:
        """The type."""
        return self.resource.type

    @property
    def origin(self) -> Origin:
        """Where the resource is written."""
        return Origin(address=self.id, file=self.resource.at.file, line=self.resource.at.line)

    def get(self, name: str) -> Field:
        """A property."""
        value = self.evaluator.attributes.property(self.resource, name)
        return Field(self.evaluator, self.resource, value, f"{self.id}.{name}")

    def attribute(self, name: str = "") -> str:
        """What others get of it: an attribute, or without a name what `Ref` gives."""
        attributes = self.evaluator.attributes
        found = attributes.get(self.id, name, self.resource.at) if name else attributes.ref(self.id, self.resource.at)
        return str(found.data)

    def made(self, attribute: str) -> str:
        """A name or id that AWS makes beside its own."""
        return self.evaluator.attributes.marker(self.resource, attribute, self.resource.at)

    @property
    def name(self) -> str:
        """The name that it has or that AWS makes."""
        return self.evaluator.attributes.name(self.resource, self.resource.at)

    @property
    def common(self) -> dict[str, Any]:
        """What every thing has."""
        stack = self.evaluator.stack
        return {
            "account": stack.account,
            "region": stack.region,
            "origin": self.origin,
            "tags": self.get("Tags").tags(),
        }


@dataclass(slots=True)
class Estate:
    """The rows of a template by type, and the things that are made of them."""

    evaluator: Evaluator
    rows: dict[str, list[Row]] = field(default_factory=dict)
    things: list[Thing] = field(default_factory=list)

    def of(self, *types: str) -> Iterator[Row]:
        """The rows of these types, type after type, in the order of the template."""
        for type_ in types:
            yield from self.rows.get(type_, ())

    def leave(self, row: Row, reason: str, vpc: str | None = None) -> None:
        """Note that a resource is not modelled, and why."""
        stack = self.evaluator.stack
        service = service_of(row.type)
        where = in_vpc(row.resource) if vpc is None else vpc
        self.things.append(
            Unmodelled(
                account=stack.account,
                region=stack.region,
                origin=row.origin,
                service=service,
                kind=row.type,
                vpc=where,
                reason=reason,
            )
        )

    def attempt(self, row: Row, make: Callable[[Row], T], vpc: str | None = None) -> T | None:
        """What is made of a row; None, with a note, where something of it is not known."""
        try:
            return make(row)
        except NotKnown as error:
            self.leave(row, str(error), vpc)
            return None

    def each(self, make: Callable[[Row], Thing], *types: str) -> None:
        """Make a thing of each row of these types."""
        for row in self.of(*types):
            found = self.attempt(row, make)
            if found is not None:
                self.things.append(found)
            else:
                add_left(self, row)
