"""Where the things of a snapshot are written, if it was made of a plan or a template: addresses, files, lines.

Untrusted. `snapshot.json` says it of documents by file and path, of which the longest that fits counts, and of things
by id or ARN.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from auditctl.report.model import Written
from checkers.cloud.snapshot import MANIFEST, Snapshot
from checkers.strict_json import Json, parse_json

_LAST = re.compile(r"(?:\.[^.\[\]]*|\[[^\[\]]*\])\Z")


class Origins:
    """What `snapshot.json` says of origins; of nothing where it was not made of a plan or a template."""

    def __init__(self, snapshot: Snapshot) -> None:
        found = _object(parse_json(snapshot.content(MANIFEST), MANIFEST).get("origins"))
        self._documents = _object(found.get("documents"))
        self._things = _object(found.get("things"))

    def __bool__(self) -> bool:
        return bool(self._documents or self._things)

    def of_document(self, file: str, path: str) -> Written | None:
        """Where a part of an answer is written, by its file and JSON path."""
        inside = _object(self._documents.get(file))
        while inside:
            if path in inside:
                return _written(inside[path])
            shorter = _LAST.sub("", path)
            if shorter == path:
                break
            path = shorter
        return None

    def of_things(self, names: Iterable[str]) -> Written | None:
        """Where the first thing is written of which that is known, by id or ARN."""
        return next((_written(self._things[name]) for name in names if name in self._things), None)

    def things_of(self, address: str) -> list[str]:
        """The ids and ARNs of what an address or logical id names."""
        return [name for name, row in self._things.items() if address == _object(row).get("address")]


@lru_cache(maxsize=8)
def origins_of(snapshot: Snapshot) -> Origins:
    """What a snapshot says of origins."""
    return Origins(snapshot)


def _object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


def _written(row: Json) -> Written:
    """An entry; what is not of the right type is left out."""
    given = _object(row)
    address, attribute, file = (_text(given.get(name)) for name in ("address", "attribute", "file"))
    line = given.get("line")
    return Written(address=address, attribute=attribute, file=file, line=line if isinstance(line, int) else 0)


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""
