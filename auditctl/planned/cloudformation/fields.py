"""Typed looks into the properties of a resource.

Untrusted. `NotKnown` where something has to be known and rests on what is not; `Unreadable` where it is of the wrong
type, as CloudFormation refuses it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from auditctl.planned.cloudformation.nodes import check_case, quote, wrong
from auditctl.planned.cloudformation.values import MARKER, NotKnown, Value, text_of
from auditctl.planned.marks import misplaced_in
from auditctl.planned.things import Flag, Number, Origin, Policy
from checkers.strict_json import parse_json

if TYPE_CHECKING:
    from auditctl.planned.cloudformation.evaluate import Evaluator
    from auditctl.planned.cloudformation.nodes import Place
    from auditctl.planned.cloudformation.template import Resource

_INTEGER = re.compile(r"-?[0-9]{1,9}")
_FLAGS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)  # noqa: PLR0904  # one look for each type of property
class Field:
    """A property, or a part of one; `value` is None where it is not written. `label` is what people call it."""

    evaluator: Evaluator
    resource: Resource
    value: Value | None
    label: str

    @property
    def origin(self) -> Origin:
        """Where it is written; where it is not, the resource."""
        at = self.at
        attribute = self.label.removeprefix(f"{self.resource.id}.")
        return Origin(address=self.resource.id, file=at.file, line=at.line, attribute=attribute)

    @property
    def at(self) -> Place:
        """The place of the value, or of the resource that has none."""
        return self.resource.at if self.value is None else self.value.at

    @property
    def is_there(self) -> bool:
        """Whether it is written."""
        return self.value is not None

    def unsure(self, marker: str) -> NotKnown:
        """The error that names what it rests on."""
        return NotKnown(f"{self.label} is not known: {self.evaluator.reason(marker)}")

    # Parts.

    def get(self, key: str) -> Field:
        """A member of a mapping."""
        found = self.value
        if found is None:
            return Field(self.evaluator, self.resource, None, f"{self.label}.{key}")
        marker = self.evaluator.whole_marker(found)
        if marker:
            raise self.unsure(marker)
        if not isinstance(found.data, dict):
            raise wrong(f"{self.label} is {self.shown()}, expected a mapping", found.at)
        if key not in found.data:
            check_case(found.data, key, self.label, found.at)
        return Field(self.evaluator, self.resource, found.data.get(key), f"{self.label}.{key}")

    def items(self) -> tuple[Field, ...]:
        """The entries of a list; one value is a list of one, as in CloudFormation."""
        found = self.value
        if found is None:
            return ()
        marker = self.evaluator.whole_marker(found)
        if marker and self.evaluator.draft.unknowns[marker]["kind"] == "list":
            raise self.unsure(marker)
        entries = found.data if isinstance(found.data, tuple) else (found,)
        return tuple(Field(self.evaluator, self.resource, v, f"{self.label}.{i}") for i, v in enumerate(entries))

    def shown(self) -> str:
        """What messages call the value."""
        found = self.value
        if found is None:
            return "not there"
        if isinstance(found.data, tuple):
            return "a list"
        return "a mapping" if isinstance(found.data, dict) else quote(text_of(found.data))

    # Scalars.

    def any_text(self, default: str = "") -> str:
        """A text with markers of whatever kind in place of what is not known."""
        found = self.value
        if found is None:
            return default
        if isinstance(found.data, tuple | dict):
            raise wrong(f"{self.label} is {self.shown()}, expected a text", found.at)
        return text_of(found.data)

    def text(self, default: str = "") -> str:
        """A text that is known, but for names that AWS makes."""
        found = self.any_text(default)
        if self.value is not None:
            marker = self.evaluator.open_marker(self.value)
            if marker:
                raise self.unsure(marker)
        return found

    def required(self) -> str:
        """As `text`, of a property that has to be there."""
        found = self.text()
        if not found:
            raise wrong(f"{self.label} is {self.shown()}, expected a text", self.at)
        return found

    def id(self, prefix: str) -> str:
        """The id of something; one from outside of the template is unlike those that it makes."""
        found = self.any_text()
        marker = self.evaluator.open_marker(self.value) if self.value is not None else ""
        if self.value is not None and not found:
            raise wrong(f"{self.label} is empty, expected an id or name", self.value.at)
        if not marker or self.value is None:
            return found
        attribute = str(self.evaluator.draft.unknowns[marker]["attribute"])
        value = self.evaluator.unknown(attribute, "name", self.value.at, self.evaluator.reason(marker))
        return f"{prefix}{value.data}"

    def name(self) -> str:
        """A text of whatever kind that is there and not empty."""
        found = self.there().any_text()
        if not found:
            raise wrong(f"{self.label} is empty, expected a text", self.resource.at)
        return found

    def ids(self, prefix: str) -> tuple[str, ...]:
        """Ids, as `id`; where all of the list is not known, its marker as the only one."""
        marker = self.evaluator.whole_marker(self.value) if self.value is not None else ""
        if marker and self.evaluator.draft.unknowns[marker]["kind"] == "list":
            return (f"<{marker}>",)
        return tuple(one.id(prefix) for one in self.items())

    def of_kind(self, kind: str, example: object = None) -> str:
        """A text, or an unknown value of a kind as a whole; empty where there is none."""
        found = self.any_text()
        marker = self.evaluator.open_marker(self.value) if self.value is not None else ""
        if not marker or self.value is None:
            return found
        whole = self.evaluator.whole_marker(self.value)
        if not whole:
            raise self.unsure(marker)
        entry = self.evaluator.draft.unknowns[whole]
        if entry["kind"] == kind:
            return found
        reason = self.evaluator.reason(whole)
        return self.evaluator.unknown(str(entry["attribute"]), kind, self.value.at, reason, example).text

    def block(self, *, is_v6: bool = False) -> str:
        """A CIDR block."""
        found = self.of_kind("block", "2001:db8::/64" if is_v6 else None)
        return self.checked(found, _is_block, "a CIDR block")

    def address(self) -> str:
        """An address."""
        return self.checked(self.of_kind("address"), _is_address, "an address")

    def checked(self, found: str, is_right: Callable[[str], bool], expected: str) -> str:
        """A text that is right, unknown as a whole, or not there."""
        if self.value is None or self.is_open(found) or is_right(found):
            return found
        raise wrong(f"{self.label} is {self.shown()}, expected {expected}", self.value.at)

    def is_open(self, found: str) -> bool:
        """Whether a text is the marker of a value that may turn out to be anything of its kind."""
        entry = self.evaluator.draft.unknowns.get(found[1:-1]) if MARKER.fullmatch(found) else None
        return entry is not None and entry["kind"] != "name"

    def there(self) -> Field:
        """The same, of a property that has to be there."""
        if self.value is None:
            raise wrong(f"{self.label} is not there, expected a value", self.resource.at)
        return self

    def number(self) -> Number | None:
        """A number, or an unknown one; None where there is none."""
        if self.value is None:
            return None
        found = self.checked(self.of_kind("number"), _is_number, "a number")
        return found if self.is_open(found) else int(found)

    def flag(self, *, default: bool) -> bool:
        """A flag that is known."""
        found = self.any_flag(default=default)
        if isinstance(found, str):
            raise self.unsure(found[1:-1])
        return found

    def any_flag(self, *, default: bool) -> Flag:
        """A flag, or an unknown one."""
        found = self.of_kind("flag")
        if self.value is None:
            return default
        if found.lower() in _FLAGS:
            return _FLAGS[found.lower()]
        return self.checked(found, _FLAGS.__contains__, "true or false")

    # Wholes.

    def policy(self) -> Policy | None:
        """A policy document, in JSON or as a text of it. One that is not known is named by what it rests on."""
        found = self.value
        if found is None:
            return None
        marker = self.evaluator.whole_marker(found)
        if marker:
            return Policy(document=None, origin=self.origin, unknown=self.named(marker))
        if isinstance(found.data, str):
            unknown = self.evaluator.open_marker(found)
            if unknown:
                return Policy(document=None, origin=self.origin, unknown=self.named(unknown))
            document = parse_json(found.data, f"{self.label} of {found.at}")
        else:
            document = found.plain
        if not isinstance(document, Mapping):
            raise wrong(f"{self.label} is {self.shown()}, expected a policy document", found.at)
        unknown = misplaced_in(self.evaluator.draft, document)
        if unknown:
            return Policy(document=None, origin=self.origin, unknown=self.label)
        return Policy(document=document, origin=self.origin)

    def named(self, marker: str) -> str:
        """What a policy that is not known is called: the property, and what it rests on where that is another thing."""
        attribute = str(self.evaluator.draft.unknowns[marker]["attribute"])
        return self.label if attribute.startswith(self.label) else f"{self.label} ({attribute})"

    def required_policy(self) -> Policy:
        """As `policy`, of a property that has to be there."""
        found = self.policy()
        if found is None:
            raise wrong(f"{self.label} is not there, expected a policy document", self.resource.at)
        return found

    def tags(self) -> dict[str, str]:
        """Tags by key; a marker for both where they are not known."""
        found = self.value
        if found is None:
            return {}
        marker = self.evaluator.whole_marker(found)
        if marker:
            return {f"<{marker}>": f"<{marker}>"}
        if isinstance(found.data, dict):
            return {key: text_of(v.data) for key, v in found.data.items() if not isinstance(v.data, tuple | dict)}
        tags = {}
        for one in self.items():
            whole = self.evaluator.whole_marker(one.value) if one.value is not None else ""
            key, value = (f"<{whole}>",) * 2 if whole else (one.get("Key").name(), one.get("Value").any_text())
            tags[key] = value
        return tags


def _is_number(text: str) -> bool:
    return _INTEGER.fullmatch(text) is not None


def _is_block(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return "/" in text


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
