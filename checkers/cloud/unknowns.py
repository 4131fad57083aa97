"""Values that are not known before a plan is applied: markers in the answers, and what is put in their place.

`snapshot.json` lists them under `unknown`. The marker `<NAME>` stands in the answers, alone or within a longer text.
A value of the kind `name` is made by the apply for one thing, and is taken to be none that is written anywhere. A
value of any other kind may be any of its type. Those stand only where they are read on two sides; an answer that has
one elsewhere is not known as a whole.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote

from checkers.cloud.vocabulary import parse_address, parse_network
from checkers.strict_json import Json, JsonNumber, parse_json
from checkers.verdict import Rejected, Unreadable

NAME = "name"
# The error code of an answer that is not known before the apply; its message names the attribute.
KNOWN_AFTER_APPLY = "KnownAfterApply"
MARKER = re.compile(r"<([A-Za-z0-9_.-]+)>")
# Where in an answer a value may stand that is not a name: the elements of policies that are read on two sides, the
# documents themselves, and members of the rows of networks.
ELEMENTS = frozenset({"Resource", "NotResource", "Principal", "NotPrincipal", "Condition"})
DOCUMENTS = frozenset({"AssumeRolePolicyDocument", "Document", "PolicyDocument"})
MEMBERS = frozenset({
    "CidrBlock",
    "CidrIp",
    "CidrIpv6",
    "DestinationCidrBlock",
    "From",
    "FromPort",
    "GroupId",
    "Ipv6CidrBlock",
    "PrivateIp",
    "PrivateIpAddress",
    "PublicIp",
    "To",
    "ToPort",
})


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that is not known yet. `within` are the blocks that an address lies in; empty: any address."""

    name: str
    attribute: str
    kind: str
    example: Json
    within: tuple[str, ...]

    @property
    def reason(self) -> str:
        """What is open, in words."""
        return f"{self.attribute} is known after apply"

    def check(self, value: Json) -> None:
        """Raise `Rejected` unless the value is one that it may have."""
        if not _CHECKS[self.kind](value, self.within):
            raise Rejected(f"{value!r} is no {self.kind} that {self.attribute} may have")


def _is_text(value: Json, _within: Sequence[str]) -> bool:
    return isinstance(value, str)


def _is_number(value: Json, _within: Sequence[str]) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_flag(value: Json, _within: Sequence[str]) -> bool:
    return isinstance(value, bool)


def _is_list(value: Json, within: Sequence[str]) -> bool:
    return isinstance(value, list) and all(_is_text(v, within) for v in value)


def _is_address(value: Json, within: Sequence[str]) -> bool:
    number = parse_address(value) if isinstance(value, str) else None
    if number is None:
        return False
    spans = [span for block in within if (span := parse_network(block)) is not None]
    return not within or any(first <= number < behind for first, behind in spans)


def _is_block(value: Json, _within: Sequence[str]) -> bool:
    return isinstance(value, str) and "/" in value and parse_network(value) is not None


_CHECKS = {
    "text": _is_text,
    "number": _is_number,
    "flag": _is_flag,
    "list": _is_list,
    "address": _is_address,
    "block": _is_block,
}


class Unknowns:
    """The unknown values of a snapshot, by name. `names` are those of the kind `name`, `values` the others."""

    def __init__(self, manifest: Mapping[str, Json]) -> None:
        found = [_parse(row, i) for i, row in enumerate(_rows(manifest))]
        if len({one.name for one in found}) != len(found):
            raise Unreadable("snapshot.json: an unknown value is listed twice")
        self.names = {one.name: one for one in found if one.kind == NAME}
        self.values = {one.name: one for one in found if one.kind != NAME}

    def __bool__(self) -> bool:
        return bool(self.names or self.values)

    def of_names(self) -> "Unknowns":
        """The names alone."""
        return Unknowns({
            "unknown": [{"name": o.name, "attribute": o.attribute, "kind": NAME} for o in self.names.values()]
        })

    def of(self, text: str) -> Unknown | None:
        """The value that a text stands for as a whole; None where it is no marker, or that of a name."""
        found = MARKER.fullmatch(text) if self.values else None
        return self.values.get(found[1]) if found else None

    def within(self, text: str) -> tuple[Unknown, ...]:
        """The values whose markers are in a text, names left out."""
        return tuple(self.values[name] for name in MARKER.findall(text) if name in self.values)

    def misplaced(self, value: Json) -> Unknown | None:
        """A value that stands where it is not read on two sides."""
        return self._first(found for found in _texts(value) if not self._is_read(found))

    def in_members(self, value: Json) -> Unknown | None:
        """A value that stands in the name of a member, where none can be put."""
        return self._first(found for found in _texts(value) if found.names_member)

    def anywhere(self, value: Json) -> bool:
        """Whether some value stands in an answer."""
        return self._first(_texts(value)) is not None

    def _first(self, texts: Iterable["_Text"]) -> Unknown | None:
        return next((one for found in texts for one in self.within(found.text)), None)

    def _is_read(self, found: "_Text") -> bool:
        """Whether a value is read on two sides where it stands."""
        if found.names_member:
            return False
        return found.in_element or (self.of(found.text) is not None and found.member in MEMBERS | DOCUMENTS)

    def completion(self, values: Mapping[str, Json]) -> dict[str, Json]:
        """A value for each: the given one, or its example. Raises `Rejected` for one that it cannot have."""
        for name in values:
            if name not in self.values:
                raise Rejected(f"no unknown value has the name {name!r}")
        found = {name: values.get(name, one.example) for name, one in self.values.items()}
        for name, value in found.items():
            self.values[name].check(value)
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, str) and any(marker not in self.names for marker in MARKER.findall(each)):
                    raise Rejected(f"{each!r}, a value of {self.values[name].attribute}, is not known itself")
        return found


def _rows(manifest: Mapping[str, Json]) -> list[dict[str, Json]]:
    found = manifest.get("unknown", [])
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise Unreadable("snapshot.json: unknown is not a list of objects")
    return found


def _parse(row: Mapping[str, Json], index: int) -> Unknown:
    texts = [row.get(name) for name in ("name", "attribute", "kind")]
    within = row.get("within", [])
    if not all(isinstance(t, str) and t for t in texts) or not _is_list(within, ()):
        raise Unreadable(f"snapshot.json: unknown[{index}] needs name, attribute and kind as text, and within as texts")
    name, attribute, kind = map(str, texts)
    if not MARKER.fullmatch(f"<{name}>") or (kind != NAME and kind not in _CHECKS):
        raise Unreadable(f"snapshot.json: unknown[{index}]: {name!r} of the kind {kind!r} is not understood")
    return Unknown(name, attribute, kind, row.get("example"), tuple(within))


def complete(value: Json, values: Mapping[str, Json]) -> Json:
    """A JSON value with the markers of `values` replaced. A list takes the place of its marker, in a list its items."""
    if isinstance(value, dict):
        return {name: complete(each, values) for name, each in value.items()}
    if isinstance(value, list):
        found: list[Json] = []
        for each in value:
            put = complete(each, values)
            found += put if isinstance(put, list) and not isinstance(each, list) else [put]
        return found
    if not isinstance(value, str) or isinstance(value, JsonNumber) or not _may_have_marker(value):
        return value
    whole = MARKER.fullmatch(value)
    if whole and whole[1] in values:
        return values[whole[1]]
    inner = _document(value)
    if inner is not None:
        return json.dumps(complete(inner, values), ensure_ascii=False)
    return MARKER.sub(lambda found: _text(values[found[1]]) if found[1] in values else found[0], value)


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value)


class _Text(NamedTuple):
    """A text of an answer: the member that it is of, whether it is its name, and whether a policy element has it."""

    text: str
    member: str
    names_member: bool
    in_element: bool


def _texts(value: Json, member: str = "", *, in_element: bool = False) -> Iterator[_Text]:
    """Every text in a JSON value that may have a marker, those in documents within included."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield _Text(name, name, names_member=True, in_element=in_element)
            yield from _texts(each, name, in_element=in_element or name in ELEMENTS)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each, member, in_element=in_element)
    elif isinstance(value, str) and _may_have_marker(value):
        inner = _document(value)
        if inner is None:
            yield _Text(value, member, names_member=False, in_element=in_element)
        else:
            yield from _texts(inner)


def _may_have_marker(text: str) -> bool:
    """Whether there may be one in it, perhaps in a document within, where it can be written in other ways."""
    return "<" in text or any(other in text.lower() for other in ("\\u003c", "%3c"))


def _document(text: str) -> Json | None:
    """The object that a text is the JSON of, as it is or URL-encoded; None for any other text."""
    plain = unquote(text) if text.startswith("%7B") else text
    if not plain.lstrip().startswith("{"):
        return None
    try:
        return parse_json(plain, "a policy document")
    except Unreadable:
        return None
