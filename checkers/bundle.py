"""Reading a bundle: one zip file with manifest, snapshot, controls, certificates and ledger.

Members: `manifest.json`, `snapshot/...`, `controls/ID.json`, `certificates.jsonl`, `ledger.json`. Nothing
is written to disk, and nothing outside the file is read.
"""

import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from checkers import limits
from checkers.strict_json import Json, parse_json
from checkers.verdict import Declined, Rejected, Unreadable

FORMAT = "auditctl-bundle/1"
MANIFEST, CERTIFICATES, LEDGER = "manifest.json", "certificates.jsonl", "ledger.json"
SNAPSHOT, CONTROLS = "snapshot/", "controls/"

_ENTRY = b"PK\x01\x02"  # what every entry of a zip file's list of members begins with
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
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
    """The members of a bundle. Every one has the digest that the manifest says."""

    def __init__(self, path: Path) -> None:
        self._zip, members = _open(path)
        self._members = _check_members(members)
        manifest = parse_json(self.read(MANIFEST), MANIFEST)
        self.digests = _check_manifest(manifest)
        self.partial: bool = manifest["partial"]
        self.tool: str = manifest["tool"]
        missing = self.digests.keys() ^ (self._members.keys() - {MANIFEST})
        if missing:
            raise Rejected(f"{min(missing)} is in the manifest or in the bundle, not in both")
        for name, digest in self.digests.items():
            if sha256(self.read(name)).hexdigest() != digest:
                raise Rejected(f"{name}: its digest is not the one in the manifest")

    def read(self, name: str) -> bytes:
        """The bytes of a member."""
        if name not in self._members:
            raise Unreadable(f"the bundle has no {name}")
        member = self._members[name]
        try:
            with self._zip.open(member) as file:
                return file.read(member.file_size)  # whatever it inflates to
        except _DAMAGE as error:
            raise Unreadable(f"{name}: damaged: {_reason(error)}") from None

    def snapshot(self) -> Mapping[str, Callable[[], bytes]]:
        """The files of the snapshot, by their path in it."""
        names = sorted(n for n in self.digests if n.startswith(SNAPSHOT))
        return {n.removeprefix(SNAPSHOT): partial(self.read, n) for n in names}

    def controls(self) -> Iterator[tuple[str, Json]]:
        """The controls: id and JSON, sorted by id."""
        members = (n for n in self.digests if n.startswith(CONTROLS))
        for name in sorted(n.removeprefix(CONTROLS).removesuffix(".json") for n in members):
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


def _open(path: Path) -> tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]:
    """The zip file, read into memory, and the list of its members."""
    try:
        with path.open("rb") as file:
            data = file.read(limits.MAX_FILE_BYTES + 1)
        _check_size(data)
        opened = zipfile.ZipFile(BytesIO(data))
        return opened, opened.infolist()
    except _DAMAGE as error:
        raise Unreadable(f"{path.name}: not a bundle: {_reason(error)}") from None


def _check_size(data: bytes) -> None:
    if len(data) > limits.MAX_FILE_BYTES:
        raise Declined(f"a bundle of more than {limits.MAX_FILE_BYTES} bytes")
    if data.count(_ENTRY) > limits.MAX_MEMBERS:
        raise Declined(f"more than {limits.MAX_MEMBERS} members")


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


def _check_members(members: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """Refuse names, methods and sizes that no bundle has, before anything is unpacked."""
    found: dict[str, zipfile.ZipInfo] = {}
    total = 0
    for member in members:
        name = member.orig_filename
        if name != member.filename or not _is_plain(name):
            raise Rejected(f"member path {name[:80]!a} is not one that a bundle has")
        if name in found:
            raise Rejected(f"two members are called {name!r}")
        if member.flag_bits & 1 or member.compress_type not in _METHODS:
            raise Declined(f"{name}: encrypted, or compressed in a way that is not supported")
        if member.file_size > limits.MAX_MEMBER_BYTES:
            raise Declined(f"{name}: {member.file_size} bytes; at most {limits.MAX_MEMBER_BYTES} are supported")
        total += member.file_size
        found[name] = member
    if total > limits.MAX_BUNDLE_BYTES:
        raise Declined(f"{total} bytes unpacked; at most {limits.MAX_BUNDLE_BYTES} are supported")
    return found


def _is_plain(name: str) -> bool:
    """Whether the path is relative, goes nowhere but down, and is one of those that a bundle has."""
    parts = name.split("/")
    if not name.isprintable() or "\\" in name or {"", ".", ".."} & set(parts):
        return False
    if name in (MANIFEST, CERTIFICATES, LEDGER) or name.startswith(SNAPSHOT):
        return True
    return name.startswith(CONTROLS) and name.endswith(".json")


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
