"""What the functions of a template come out as: texts, numbers, flags, lists and mappings that know where they stand.

Untrusted. An unknown value is a text that is, or holds, a marker of the draft.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from auditctl.planned.cloudformation.nodes import Place

MARKER = re.compile(r"<([A-Za-z0-9_.-]+)>")
Data: TypeAlias = "str | int | bool | tuple[Value, ...] | dict[str, Value]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value and where it is written."""

    data: Data
    at: Place

    @property
    def plain(self) -> Any:  # noqa: ANN401  # JSON
        """The value without places, as JSON has it; numbers and flags are texts, as in CloudFormation."""
        if isinstance(self.data, dict):
            return {key: one.plain for key, one in self.data.items()}
        if isinstance(self.data, tuple):
            return [one.plain for one in self.data]
        return text_of(self.data)

    @property
    def text(self) -> str:
        """A scalar, as a marker is, as text."""
        return str(self.plain)

    @property
    def typed(self) -> Any:  # noqa: ANN401  # JSON
        """As `plain`, with numbers and flags as they are."""
        if isinstance(self.data, dict):
            return {key: one.typed for key, one in self.data.items()}
        if isinstance(self.data, tuple):
            return [one.typed for one in self.data]
        return self.data


def text_of(data: str | int | bool) -> str:  # noqa: FBT001  # a flag as text
    """A scalar as text."""
    if isinstance(data, bool):
        return "true" if data else "false"
    return str(data)


class NotKnown(Exception):
    """Something that has to be known to read a resource rests on what is not. The message says on what."""
