"""The snapshot: raw API responses, one file per operation and resource, and the facts they hold.

Every fact is a value, absent, denied or an error. A fact that was never collected is an error too.
A sealed snapshot has a digest of each file and one of all of them; what does not fit is refused.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from hashlib import sha256

from checkers.cloud.unknowns import KNOWN_AFTER_APPLY, Unknowns, complete
from checkers.strict_json import Json, parse_json
from checkers.verdict import Unreadable

FORMAT = "auditctl-snapshot/1"
MANIFEST = "snapshot.json"


class State(Enum):
    """What is known of a fact."""

    VALUE = "value"
    ABSENT = "absent"
    DENIED = "denied"
    ERROR = "error"


# Error codes that say "there is none", and the operations that answer so (their API references).
ABSENT_CODES = {
    "NoSuchBucketPolicy": {"get-bucket-policy"},
    "NoSuchPublicAccessBlockConfiguration": {"get-public-access-block"},
    "OwnershipControlsNotFoundError": {"get-bucket-ownership-controls"},
    "NoSuchTagSet": {"get-bucket-tagging"},
    "NoSuchAccessPointPolicy": {"get-access-point-policy"},
    "EffectivePolicyNotFoundException": {"describe-effective-policy"},
    "ResourceNotFoundException": {
        "get-backup-vault-access-policy",
        "get-domain-permissions-policy",
        "get-layer-version-policy",
        "get-policy",
        "get-repository-permissions-policy",
        "get-resource-policy",
        "get-vault-access-policy",
    },
    "PolicyNotFoundException": {"get-container-policy", "get-resource-policy"},
    "PolicyNotFound": {"describe-file-system-policy"},
    "EntityNotFoundException": {"get-resource-policy"},
    "RepositoryPolicyNotFoundException": {"get-repository-policy"},
    "NoLongerSupportedException": {"list-vaults"},
    "AWSOrganizationsNotInUseException": {
        "describe-organization",
        "describe-policy",
        "list-accounts",
        "list-policies",
    },
}
NOT_COLLECTED = "not collected"
DENIED_CODES = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Forbidden", "403"})


@dataclass(frozen=True, slots=True)
class Fact:
    """The content of one file of the snapshot, or why there is none."""

    path: str
    state: State
    value: Json = None
    code: str = ""

    @property
    def reason(self) -> str:
        """Why there is no value, in words."""
        return f"{self.path}: {self.state.value} ({self.code})"


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the snapshot."""

    id: str
    name: str
    partition: str


class Snapshot:
    """A snapshot by its files: relative path to content. Content is read, and its digest checked, when it is asked for.

    `digests` is None where the snapshot is not sealed. `unknowns` are values that are not known before a plan is
    applied; with `put`, each but the names has a value: the one in `put`, or its example. `is_planned`: it was made of
    a plan or template.
    """

    def __init__(self, files: Mapping[str, Callable[[], bytes]], put: Mapping[str, Json] | None = None) -> None:
        self._files = files
        self._facts: dict[str, Fact] = {}
        manifest = self._manifest()
        self.accounts = _accounts(manifest)
        self.errors = _errors(manifest)
        self.digests = digests_of(manifest)
        self.is_planned = "planned" in manifest
        self.unknowns = self._declared = Unknowns(manifest)
        self._put = None if put is None else self._declared.completion(put)
        if put is not None:
            self.unknowns = self._declared.of_names()
        for deviation in () if self.digests is None else unlisted(self.digests, files):
            raise Unreadable(deviation)
        both = self.errors.keys() & files.keys()
        if both:
            raise Unreadable(f"snapshot.json: {min(both)} has an error entry and a file")

    def _manifest(self) -> Json:
        if MANIFEST not in self._files:
            raise Unreadable("snapshot.json: missing; a snapshot directory has one")
        manifest = parse_json(self._files[MANIFEST](), MANIFEST)
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
            raise Unreadable(f"snapshot.json: format is not {FORMAT!r}")
        return manifest

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Every file but snapshot.json, sorted."""
        return tuple(sorted(p for p in self._files if p != MANIFEST))

    def under(self, folder: str) -> set[str]:
        """The files below a folder (its name ends with a slash), and the errors met in their place."""
        return {p for p in (*self._files, *self.errors) if p.startswith(folder)}

    def completed(self, put: Mapping[str, Json]) -> "Snapshot":
        """The snapshot with a value for everything but names. Raises `Rejected` for values that there cannot be."""
        return Snapshot(self._files, put)

    def content(self, path: str) -> bytes:
        """The bytes of a file."""
        data = self._files[path]()
        if self.digests is not None and path != MANIFEST:
            check_digest(path, data, self.digests[path])
        return data

    def fact(self, path: str) -> Fact:
        """The fact that a path stands for."""
        found = self._facts.get(path)
        if found is None:
            found = self._facts[path] = self._read(path)
        return found

    def _read(self, path: str) -> Fact:
        code = self.errors.get(path)
        if code is not None:
            return Fact(path, _state_of(path, code), code=code)
        if path not in self._files:
            return Fact(path, State.ERROR, code=NOT_COLLECTED)
        value = parse_json(self.content(path), path)
        if not isinstance(value, dict):
            raise Unreadable(f"{path}: not an object")
        cut = [name for name in _CONTINUES if value.get(name)]
        if cut:
            return Fact(path, State.ERROR, code=f"the list is cut off: {cut[0]}")
        if self._declared.values:
            found = self._declared.misplaced(value) if self._put is None else self._declared.in_members(value)
            if found is not None:
                return Fact(path, State.ERROR, code=found.reason)
        return Fact(path, State.VALUE, value if self._put is None else complete(value, self._put))


def digests_of(manifest: Mapping[str, Json]) -> dict[str, str] | None:
    """The digest of each file; None where there are none. Raises `Unreadable` where the root digest does not fit."""
    if "files" not in manifest and "root" not in manifest:
        return None
    found = manifest.get("files")
    if not isinstance(found, dict) or not all(isinstance(digest, str) for digest in found.values()):
        raise Unreadable(f"{MANIFEST}: files is not an object with a SHA-256 digest for each file")
    root, expected = manifest.get("root"), root_digest(manifest)
    if root != expected:
        raise Unreadable(
            f"{MANIFEST}: root is {root!r}, and the digest of its accounts, errors and files is {expected}: "
            "it was changed after it was sealed"
        )
    return found


def root_digest(manifest: Mapping[str, Json]) -> str:
    """The SHA-256 of accounts, errors and files as JSON with sorted members, without spaces, in ASCII.

    Of a snapshot that was made of a plan also what it was made of, and its unknown values.
    """
    names = ("accounts", "errors", "files", *(name for name in ("planned", "unknown") if name in manifest))
    sealed = {name: manifest.get(name, []) for name in names}
    return sha256(json.dumps(sealed, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def unlisted(digests: Iterable[str], files: Iterable[str]) -> Iterator[str]:
    """What is wrong between the files that the digests list and those that are there."""
    listed, there = frozenset(digests), frozenset(files) - {MANIFEST}
    for path in sorted(listed - there):
        yield f"{path}: {MANIFEST} lists it, and it is missing"
    for path in sorted(there - listed):
        yield f"{path}: it is there, and {MANIFEST}, which lists every file, does not list it"


def check_digest(path: str, data: bytes, expected: str) -> None:
    """Refuse a file that is not the one that was sealed."""
    found = sha256(data).hexdigest()
    if found != expected:
        raise Unreadable(f"{path}: its digest is {found}, and {MANIFEST} says {expected}: one of them was changed")


def _state_of(path: str, code: str) -> State:
    parts = path.removesuffix(".json").split("/")
    if len(parts) > 3 and parts[3] in ABSENT_CODES.get(code, ()):  # noqa: PLR2004
        return State.ABSENT
    return State.DENIED if code in DENIED_CODES else State.ERROR


_CONTINUES = (
    "IsTruncated",
    "NextToken",
    "nextToken",
    "NextMarker",
    "Marker",
    "ContinuationToken",
    "AdditionalRoutesAvailable",
)


def _accounts(manifest: Mapping[str, Json]) -> tuple[Account, ...]:
    rows = objects(manifest, "accounts", "snapshot.json")
    found = tuple(
        Account(account_id(row, "id", "snapshot.json"), optional_text(row, "name"), _partition(row)) for row in rows
    )
    if not found:
        raise Unreadable("snapshot.json: no accounts")
    if len({a.id for a in found}) != len(found):
        raise Unreadable("snapshot.json: an account is listed twice")
    return found


def _partition(row: Mapping[str, Json]) -> str:
    return text(row, "partition", "snapshot.json") if "partition" in row else "aws"


def _errors(manifest: Mapping[str, Json]) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in objects(manifest, "errors", "snapshot.json") if "errors" in manifest else []:
        path, code = text(row, "path", "snapshot.json"), text(row, "code", "snapshot.json")
        if path in found:
            raise Unreadable(f"snapshot.json: two error entries for {path}")
        found[path] = optional_text(row, "message") or code if code == KNOWN_AFTER_APPLY else code
    return found


def text(row: Mapping[str, Json], name: str, where: str) -> str:
    """A member that must be text."""
    value = row.get(name)
    if not isinstance(value, str):
        raise Unreadable(f"{where}: {name} is {value!r}, not text")
    return value


def optional_text(row: Mapping[str, Json], name: str) -> str:
    """A member that is text, or empty."""
    value = row.get(name)
    return value if isinstance(value, str) else ""


def account_id(row: Mapping[str, Json], name: str, where: str) -> str:
    """A member that must be twelve digits."""
    value = text(row, name, where)
    if len(value) != 12 or not (value.isascii() and value.isdigit()):  # noqa: PLR2004
        raise Unreadable(f"{where}: {name} is {value!r}, not twelve digits")
    return value


def objects(row: Mapping[str, Json], name: str, where: str) -> list[dict[str, Json]]:
    """A member that must be a list of objects."""
    value = row.get(name)
    if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
        raise Unreadable(f"{where}: {name} is not a list of objects")
    return value


def tags(rows: Iterable[Mapping[str, Json]], where: str) -> dict[str, str]:
    """The tags of a `Tags` or `TagSet` list."""
    found: dict[str, str] = {}
    for row in rows:
        key = text(row, "Key", where)
        if key in found:
            raise Unreadable(f"{where}: tag {key!r} is listed twice")
        found[key] = text(row, "Value", where)
    return found
