"""Unknown values in the things of networks: what may be written as it is, and what stands for the rest. Untrusted."""

import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from typing import Any

from auditctl.planned.draft import Draft
from auditctl.planned.marks import open_attribute
from auditctl.planned.things import Number, Origin, Thing

Row = dict[str, Any]
EVERYWHERE = ("0.0.0.0/0", "::/0")
_MARKER = re.compile(r"<([A-Za-z0-9_.-]+)>")


class Marks:
    """The unknown values of a draft."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft

    def unknown(self, *values: Number | None) -> str:
        """The attribute of the first unknown value among these that is no name, empty where all is known."""
        return next((a for value in values if (a := open_attribute(self.draft, value))), "")

    def kind(self, text: str) -> str:
        """The kind of a text that is one unknown value as a whole, empty for any other text."""
        found = _MARKER.fullmatch(text)
        entry = self.draft.unknowns.get(found[1]) if found else None
        return entry["kind"] if entry is not None else ""

    def is_v6(self, block: str) -> bool:
        """Whether a block, or the example of one that is not known, is of IPv6."""
        if self.kind(block):
            block = str(self.draft.unknowns[block[1:-1]].get("example") or "")
        return ":" in block

    def name(self, prefix: str, thing: Thing, attribute: str) -> str:
        """An id that AWS makes for something that comes with a thing."""
        return prefix + self.draft.unknown(f"{thing.origin.address}.{attribute}", "name")

    def known(self, prefix: str, text: str) -> str:
        """A text; in the place of an unknown one a name."""
        attribute = self.unknown(text)
        return prefix + self.draft.unknown(attribute, "name") if attribute else text

    def block(self, text: str, holder: Origin) -> str:
        """A block of a rule; a marker of one where it is not known as a whole, or is none."""
        if not self.unknown(text) and not is_block(text):
            return self.draft.unknown(f"{holder.address} ({text})", "block", example=EVERYWHERE[0])
        return self.whole(text, "block", EVERYWHERE[0])

    def whole(self, text: str, kind: str, example: str) -> str:
        """A text; where a part of it is not known, or where it is of another kind, a marker of this kind."""
        attribute = self.unknown(text)
        return self.draft.unknown(attribute, kind, example=example) if attribute and self.kind(text) != kind else text

    def tags(self, tags: Mapping[str, str]) -> list[Row]:
        """Tags as the API lists them. One whose key is not known is left out."""
        return [{"Key": k, "Value": self.known("", v)} for k, v in tags.items() if not _MARKER.search(k)]

    def address(self, text: str, attribute: str, example: str, within: Sequence[str] = ()) -> str:
        """The marker of an address, with an example of where it is; `text` is the marker where there is one."""
        attribute = self.unknown(text) or attribute
        marker = self.draft.unknown(attribute, "address", example=example, within=within)
        entry = self.draft.unknowns[marker[1:-1]]
        entry["example"] = entry.get("example") or example
        if within:
            entry["within"] = list(within)
        return marker


def is_block(text: str) -> bool:
    """Whether a text is an address or a CIDR block."""
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True
