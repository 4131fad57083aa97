"""Reading a bundle: one zip file with manifest, snapshot, controls, certificates and ledger.

Members: `manifest.json`, `snapshot/...`, `controls/ID.json`, `certificates.jsonl`, `ledger.json`. Nothing
is written to disk, and nothing outside the file is read.
"""

import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from hashlib import sha256
from pathlib import Path

from checkers import limits
from checkers.strict_json import Json, parse_json
from checkers.verdict import Declined, Rejected, Unreadable

FORMAT = "auditctl-bundle/1"
MANIFEST, CERTIFICATES, LEDGER = "manifest.json", "certificates.jsonl", "ledger.json"
SNAPSHOT, CONTROLS = "snapshot/", "controls/"

# What the standard library raises on a damaged zip file.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    UnicodeError,
    ValueError,
)


class Bundle:
    """The members of a bundle, each read and compared with its digest when it is asked for."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
            members = self._zip.infolist()
        except _DAMAGE as error:
            raise Unreadable(f"{path.name}: not a bundle: {error or type(error).__name__}") from None
        self._members = _check_members(members)
        manifest = parse_json(self._read(MANIFEST), MANIFEST)
        self.digests = _check_manifest(manifest)
        self.partial: bool = manifest["partial"]
        self.tool: str = manifest["tool"]
        missing = self.digests.keys() ^ (self._members.keys() - {MANIFEST})
        if missing:
            raise Rejected(f"{min(missing)} is in the manifest or in the bundle, not in both")

    def _read(self, name: str) -> bytes:
        if name not in self._members:
            raise Unreadable(f"the bundle has no {name}")
        try:
            with self._zip.open(self._members[name]) as member:
                data = member.read(limits.MAX_MEMBER_BYTES + 1)
        except _DAMAGE as error:
            raise Unreadable(f"{name}: damaged: {error or type(error).__name__}") from None
        if len(data) > limits.MAX_MEMBER_BYTES:
            raise Declined(f"{name}: more than {limits.MAX_MEMBER_BYTES} bytes")
        return data

    def read(self, name: str) -> bytes:
        """The bytes of a member. Rejects those that differ from the manifest."""
        data = self._read(name)
        if sha256(data).hexdigest() != self.digests.get(name):
            raise Rejected(f"{name}: its digest is not the one in the manifest")
        return data

    def snapshot(self) -> Mapping[str, Callable[[], bytes]]:
        """The files of the snapshot, by their path in it."""
        names = sorted(n for n in self.digests if n.startswith(SNAPSHOT))
        return {n.removeprefix(SNAPSHOT): partial(self.read, n) for n in names}

    def controls(self) -> Iterator[tuple[str, Json]]:
        """The controls: id and JSON, sorted by id."""
        for name in sorted(
            n.removeprefix(CONTROLS).removesuffix(".json") for n in self.digests if n.startswith(CONTROLS)
        ):
            member = f"{CONTROLS}{name}.json"
            yield name, parse_json(self.read(member), member)

    def certificates(self) -> Iterator[Mapping[str, Json]]:
        """The lines of the certificates, one object each."""
        for i, line in enumerate(self.read(CERTIFICATES).splitlines(), 1):
            row = parse_json(line, f"{CERTIFICATES}:{i}")
            if not isinstance(row, dict):
                raise Rejected(f"{CERTIFICATES}:{i}: not an object")
            yield row

    def ledger(self) -> Json:
        """The ledger as the tool wrote it."""
        return parse_json(self.read(LEDGER), LEDGER)


def _check_members(members: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """Refuse names, methods and sizes that no bundle has, before anything is unpacked."""
    if len(members) > limits.MAX_MEMBERS:
        raise Declined(f"{len(members)} members; at most {limits.MAX_MEMBERS} are supported")
    found: dict[str, zipfile.ZipInfo] = {}
    for member in members:
        name = member.orig_filename
        parts = name.split("/")
        if name != member.filename or "\\" in name or "" in parts or "." in parts or ".." in parts or ":" in parts[0]:
            raise Rejected(f"member path {name[:80]!r} is not a plain relative path")
        if name in found:
            raise Rejected(f"two members are called {name!r}")
        if member.flag_bits & 1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Declined(f"{name}: encrypted, or compressed in a way that is not supported")
        if member.file_size > limits.MAX_MEMBER_BYTES:
            raise Declined(f"{name}: {member.file_size} bytes; at most {limits.MAX_MEMBER_BYTES} are supported")
        found[name] = member
    total = sum(m.file_size for m in members)
    if total > limits.MAX_BUNDLE_BYTES:
        raise Declined(f"{total} bytes unpacked; at most {limits.MAX_BUNDLE_BYTES} are supported")
    return found


def _check_manifest(manifest: Json) -> dict[str, str]:
    """The digests of the other members."""
    if not isinstance(manifest, dict):
        raise Unreadable(f"{MANIFEST}: not an object")
    if manifest.get("format") != FORMAT:
        raise Declined(f"bundle format {manifest.get('format')!r}; this checker knows {FORMAT!r}")
    if manifest.keys() != {"format", "tool", "partial", "files"}:
        raise Rejected(f"{MANIFEST} has not exactly the members format, tool, partial and files")
    files = manifest["files"]
    if type(manifest["partial"]) is not bool or not isinstance(manifest["tool"], str) or not isinstance(files, dict):
        raise Rejected(f"{MANIFEST}: a member has the wrong type")
    return files
