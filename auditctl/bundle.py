"""Writing a bundle. The same inputs give the same bytes: no clock, fixed order, fixed compression."""

import json
import zipfile
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from auditctl import __version__
from auditctl.audit import Result
from checkers.audit import ledger_of
from checkers.bundle import CERTIFICATES, CONTROLS, FORMAT, LEDGER, MANIFEST, SNAPSHOT
from checkers.cloud.inventory import Inventory

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip file can hold


def compact(value: object) -> str:
    """JSON without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def row_of(result: Result) -> dict[str, Any]:
    """The line of the certificates for one claim."""
    if result.certificate is None:
        return {"claim": list(result.claim.id), "inconclusive": list(result.reasons)}
    return {"claim": list(result.claim.id), "certificate": result.certificate}


def write_bundle(
    path: Path,
    *,
    snapshot: Mapping[str, Callable[[], bytes]],
    controls: Mapping[str, Any],
    results: Iterable[Result],
    inventory: Inventory,
    partial: bool = False,
) -> None:
    """Write the bundle; `controls` maps ids to canonical JSON. The file appears whole or not at all."""
    members = {SNAPSHOT + name: read() for name, read in sorted(snapshot.items())}
    members |= {f"{CONTROLS}{name}.json": (compact(controls[name]) + "\n").encode() for name in sorted(controls)}
    members[CERTIFICATES] = "".join(compact(row_of(r)) + "\n" for r in results).encode()
    members[LEDGER] = (compact(ledger_of(inventory)) + "\n").encode()
    digests = {name: sha256(data).hexdigest() for name, data in sorted(members.items())}
    manifest = {"format": FORMAT, "tool": f"auditctl {__version__}", "partial": partial, "files": digests}
    members[MANIFEST] = (compact(manifest) + "\n").encode()
    unfinished = path.with_name(path.name + ".part")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(members):
            archive.writestr(_member(name), members[name])
    unfinished.replace(path)


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, _EPOCH)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.create_system = 3  # the same on every platform
    member.external_attr = 0o644 << 16
    return member
