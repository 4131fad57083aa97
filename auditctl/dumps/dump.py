"""A folder of answers in any naming as the files of a snapshot, in memory.

Untrusted. First the answers that say by themselves what they are of, then those whose resource another answer lists.
What is not recognised keeps its name below `unrecognised/`, where the ledger names it.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from auditctl.dumps.names import (
    Index,
    Known,
    account_in,
    folders_of,
    full_path,
    id_in,
    region_in,
    stem_of,
)
from auditctl.dumps.recognise import (
    Evidence,
    Failure,
    by_path,
    evidence_of,
    failure_of,
    name_in,
    names_at,
    shapes_of,
)
from auditctl.dumps.shapes import BY_OPERATION, GLOBAL, IDS, NAMED, PARENT_OF, REGION, Shape
from auditctl.snapshot import Files, read_directory
from checkers.cloud.snapshot import FORMAT, MANIFEST
from checkers.strict_json import Json, parse_json
from checkers.verdict import Unreadable

UNRECOGNISED = "unrecognised/"
TOOL = "auditctl: dump of the AWS CLI"
_NO_ACCOUNT = "the account is not known: not in the answer, nor its path; --account gives one"
_NO_REGION = "the region is not known: not in the answer, nor its path; --region gives one"


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """The account and region of answers that do not tell, empty where there is none."""

    account: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A file of the dump, its path in the snapshot, and what decided its account, region and resource."""

    file: str
    path: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrecognised:
    """A file of the dump that is no known answer, or of which nothing tells what it is of."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dump:
    """A dump as a snapshot: its files, what became of each file of the folder, and the names of places that clash."""

    files: Files
    placed: tuple[Placed, ...]
    unrecognised: tuple[Unrecognised, ...]
    clashes: tuple[str, ...]


class _Unknown(Exception):
    """What an answer is of cannot be told; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """A file that was read: an answer with the shapes that it may have, or a failed call."""

    file: str
    value: Mapping[str, Json] | None = None
    shapes: tuple[Shape, ...] = ()
    failure: Failure | None = None


def read_dump(folder: Path, defaults: Defaults) -> Dump:
    """The dump in a folder. Raises `Unreadable` where nothing in it is recognised."""
    dump = dump_of(read_directory(folder), defaults)
    if not dump.placed:
        raise Unreadable(f"{folder}: no snapshot.json, and no file that is an answer of a known operation")
    return dump


def dump_of(files: Files, defaults: Defaults) -> Dump:
    """The dump that these files are."""
    reader = _Reader(files, defaults)
    for name in sorted(files):
        reader.read(name)
    reader.place()
    return reader.dump()


@dataclass(slots=True)
class _Reader:
    """Reads the files of a dump and gives each a place."""

    raw: Files
    defaults: Defaults
    answers: list[_Answer] = field(default_factory=list)
    placed: list[Placed] = field(default_factory=list)
    unrecognised: list[Unrecognised] = field(default_factory=list)
    failures: dict[str, Failure] = field(default_factory=dict)  # by file
    index: Index = field(default_factory=Index)
    of_folders: dict[str, set[str]] = field(default_factory=dict)
    partitions: dict[str, set[str]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)  # of accounts
    managers: set[str] = field(default_factory=set)

    # Reading.

    def read(self, name: str) -> None:
        """Read one file; what it is of is settled when all are read."""
        data = self.raw[name]()
        try:
            self.answers.append(_read_answer(name, data))
        except _Unknown as error:
            self.unrecognised.append(Unrecognised(file=name, reason=str(error)))
            return
        answer = self.answers[-1]
        for shape in answer.shapes if len(answer.shapes) == 1 and answer.value is not None else ():
            self._note(name, evidence_of(shape, answer.value or {}))

    def _note(self, name: str, evidence: Evidence) -> None:
        if len(evidence.sure) == 1:
            (account,) = evidence.sure
            self.partitions.setdefault(account, set()).update(evidence.partitions)
            for folder in folders_of(name):
                self.of_folders.setdefault(folder, set()).add(account)

    # Placing.

    def place(self) -> None:
        """Give each answer its place: first those that say what they are of, then those that others list."""
        self._note_managers()
        later = [a for a in self.answers if not self._placed_first(a)]
        self._index()
        for answer in later:
            try:
                self._place_by_name(answer)
            except _Unknown as error:
                self.unrecognised.append(Unrecognised(file=answer.file, reason=str(error)))

    def _placed_first(self, answer: _Answer) -> bool:
        """Place an answer that needs no other one; whether it is settled."""
        full = full_path(answer.file)
        if full is not None and _is_said(answer, full[1]):
            self._add(answer, full[0], ("its path is one of a snapshot",))
            return True
        if answer.value is None or len(answer.shapes) != 1:
            return False
        (shape,) = answer.shapes
        name = name_in(shape, answer.value)
        if shape.parent and not name:
            return False
        try:
            self._place(answer, shape, name, "the answer" if not shape.resource else "the resources of its policy")
        except _Unknown as error:
            if shape.parent:
                return False  # its resource may be listed elsewhere
            self.unrecognised.append(Unrecognised(file=answer.file, reason=f"{shape.operation}: {error}"))
        return True

    def _place(self, answer: _Answer, shape: Shape, name: str, by: str) -> None:
        evidence = evidence_of(shape, answer.value or {})
        account, account_by = self._account(answer.file, shape, evidence)
        region, region_by = self._region(answer.file, shape, evidence)
        rules = (f"account: {account_by}", *([f"region: {region_by}"] if region_by else []))
        if name:
            rules = (*rules, f"resource: {by}")
        self._add(answer, _path(account, region, shape, name), rules)

    def _account(self, file: str, shape: Shape, evidence: Evidence) -> tuple[str, str]:
        """The account, and what tells it."""
        if len(evidence.sure) == 1:
            return next(iter(evidence.sure)), "the answer"
        if evidence.sure:
            raise _Unknown(f"it names several accounts: {', '.join(sorted(evidence.sure))}")
        organization = shape.service == "organizations"
        found = account_in(file.rpartition("/")[0] if organization and shape.parent else file)
        if found:
            return found, "the path"
        if organization and shape.verb != "describe-organization" and len(self.managers) == 1:
            return next(iter(self.managers)), "the ARNs of the organization"
        near = self._of_folder(file)
        if len(evidence.hints) == 1 and near in ({*evidence.hints}, set()):
            return next(iter(evidence.hints)), "the owner in the answer"
        if self.defaults.account:
            return self.defaults.account, "--account"
        if len(near) == 1 and not evidence.hints:
            return next(iter(near)), "the other files of the folder"
        raise _Unknown(_NO_ACCOUNT)

    def _of_folder(self, file: str) -> set[str]:
        """The accounts that the answers in the nearest folder with any name."""
        return next((self.of_folders[f] for f in folders_of(file) if f in self.of_folders), set())

    def _region(self, file: str, shape: Shape, evidence: Evidence) -> tuple[str, str]:
        """The region, and what tells it; of a global service, no rule."""
        if shape.scope != REGION:
            return shape.scope, ""
        if len(evidence.regions) == 1:
            return next(iter(evidence.regions)), "the answer"
        found = region_in(file)
        if found:
            return found, "the path"
        if self.defaults.region and not evidence.regions:
            return self.defaults.region, "--region"
        raise _Unknown(_NO_REGION)

    # By the names of resources.

    def _place_by_name(self, answer: _Answer) -> None:
        """Place an answer whose resource its path names; of several shapes the one with the longest name."""
        if answer.failure is not None:
            self._place_failure(answer, answer.failure)
            return
        shapes = by_path(answer.shapes, answer.file)
        found = [(s, *self._known(s, answer)) for s in shapes]
        longest = max(length for _, length, _ in found)
        best = [(s, known) for s, length, known in found if length == longest]
        if len(best) > 1:
            raise _Unknown(f"it may be {_either(s.operation for s, _ in best)}: name the file after one")
        shape, known = best[0]
        looks = id_in(answer.file, IDS[shape.parent]) if shape.parent in IDS and not known else ""
        if looks:
            self._place(answer, shape, looks, "the path")
            return
        if shape.parent in ("", "account", "policy-type"):
            self._place(answer, shape, _type_in(answer.file) if shape.parent == "policy-type" else "", "the path")
            return
        one = self._one_of(shape, answer, known)
        self._add(answer, _path(one.account, one.region, shape, one.name), ("resource, account and region: the path",))

    def _known(self, shape: Shape, answer: _Answer) -> tuple[int, frozenset[Known]]:
        """The resources that the path names, and how many words of it they take; an account is less than any name."""
        if shape.parent == "account":
            return 0, frozenset()
        if shape.parent == "policy-type":
            return len(_types_in(answer.file)), frozenset()
        length, known = self.index.named(shape.parent, answer.file)
        evidence = evidence_of(shape, answer.value or {})
        if evidence.sure:
            known = frozenset(k for k in known if k.account in evidence.sure)
        if len(evidence.regions) == 1 and shape.scope == REGION:
            known = frozenset(k for k in known if k.region in evidence.regions)
        return (length, known) if known else (0 if not shape.parent else -1, frozenset())

    def _one_of(self, shape: Shape, answer: _Answer, known: frozenset[Known]) -> Known:
        """The resource that is meant, of those with the name in the path."""
        if not known:
            raise _Unknown(f"{shape.operation}: nothing tells which {_kind(shape.parent)}: name the file after it")
        said = evidence_of(shape, answer.value or {})
        account = "" if said.sure else account_in(answer.file)
        region = "" if said.regions else region_in(answer.file)
        left = [k for k in known if account in ("", k.account) or shape.parent in ("child", "unit")]
        left = [k for k in left if region in ("", k.region) or k.region == GLOBAL]
        left = left if len(left) < 2 else [k for k in left if {k.account} == self._of_folder(answer.file)]  # noqa: PLR2004
        if len(left) != 1:
            raise _Unknown(f"{shape.operation}: its path fits {len(known)} resources, or one elsewhere")
        return left[0]

    def _place_failure(self, answer: _Answer, failure: Failure) -> None:
        """Place a failed call: what it was about only the path tells."""
        found: list[tuple[int, str]] = []
        for operation in failure.operations:
            for shape in BY_OPERATION[operation][:1]:
                found += self._failed_paths(answer, shape)
        longest = max((length for length, _ in found), default=0)
        paths = {path for length, path in found if length == longest}
        if len(paths) != 1:
            raise _Unknown(f"a failed {_either(failure.operations)}: nothing tells what it was about")
        self._add(answer, paths.pop(), ("a failed call; resource, account and region: the path",))

    def _failed_paths(self, answer: _Answer, shape: Shape) -> Iterator[tuple[int, str]]:
        parent = PARENT_OF.get(shape.operation, "")
        length, known = self.index.named(parent, answer.file)
        with suppress(_Unknown):
            if known:
                one = self._one_of(shape, answer, known)
                yield length, _path(one.account, one.region, shape, one.name)
            elif parent in ("", "account", "policy-type"):
                yield 0, self._path_without_resource(answer, shape)

    def _path_without_resource(self, answer: _Answer, shape: Shape) -> str:
        account, _ = self._account(answer.file, shape, Evidence())
        region, _ = self._region(answer.file, shape, Evidence())
        return _path(account, region, shape, _type_in(answer.file) if shape.parent == "policy-type" else "")

    # What other answers are about.

    def _note_managers(self) -> None:
        """The management accounts that the ARNs of an organization name."""
        for answer in self.answers:
            if any(s.service == "organizations" for s in answer.shapes):
                self.managers.update(_managers(answer.value or {}))

    def _index(self) -> None:
        """Note the resources that the placed answers list."""
        by_file = {a.file: a for a in self.answers}
        for one in self.placed:
            value = by_file[one.file].value
            if not value:
                continue
            account, region, service, operation = one.path.removesuffix(".json").split("/")[:4]
            for kind, name in _listed(f"{service}/{operation}", value):
                self.index.add(kind, Known(account, region, name))
            if (service, operation) == ("organizations", "list-accounts"):
                self.names.update(_names_of(value))

    # The result.

    def _add(self, answer: _Answer, path: str, rules: tuple[str, ...]) -> None:
        if not _is_plain(path):
            raise _Unknown(f"{path!r} is no path that a snapshot can have")
        if answer.failure is not None:
            self.failures[answer.file] = answer.failure
        self.placed.append(Placed(file=answer.file, path=path, rules=rules))

    def dump(self) -> Dump:
        """The dump as a snapshot."""
        by_path: dict[str, list[str]] = {}
        for one in self.placed:
            by_path.setdefault(one.path, []).append(one.file)
        files: dict[str, Callable[[], bytes]] = {}
        errors: dict[str, tuple[str, str]] = {}
        clashes: list[str] = []
        for path, names in sorted(by_path.items()):
            if not self._agree(names):
                errors[path] = ("TwoAnswers", f"answers that differ: {', '.join(names)}")
                clashes.append(f"{', '.join(names)}: different answers of the same call, {path}")
            elif names[0] in self.failures:
                failure = self.failures[names[0]]
                errors[path] = (failure.code, failure.message)
            else:
                files[path] = self.raw[names[0]]
        for lost in self.unrecognised:
            files[UNRECOGNISED + lost.file] = self.raw[lost.file]
        manifest = self._manifest(sorted({*files, *errors}), errors)
        files[MANIFEST] = partial(_encoded, manifest)
        return Dump(
            files=dict(sorted(files.items())),
            placed=tuple(sorted(self.placed, key=lambda p: p.file)),
            unrecognised=tuple(sorted(self.unrecognised, key=lambda u: u.file)),
            clashes=tuple(clashes),
        )

    def _agree(self, names: Iterable[str]) -> bool:
        """Whether files have the same bytes, or tell of the same failure."""
        return len({self.failures[n].code if n in self.failures else self.raw[n]() for n in names}) == 1

    def _manifest(self, paths: Iterable[str], errors: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
        accounts = sorted({p.split("/")[0] for p in paths if not p.startswith(UNRECOGNISED)})
        return {
            "format": FORMAT,
            "tool": TOOL,
            "accounts": [self._row(account) for account in accounts],
            "errors": [{"path": p, "code": code, "message": text} for p, (code, text) in sorted(errors.items())],
        }

    def _row(self, account: str) -> dict[str, str]:
        found = self.partitions.get(account, set())
        return {"id": account, "name": self.names.get(account, ""), "partition": min(found, default="aws")}


_POLICY_TYPES = (
    "SERVICE_CONTROL_POLICY",
    "RESOURCE_CONTROL_POLICY",
    "TAG_POLICY",
    "BACKUP_POLICY",
    "AISERVICES_OPT_OUT_POLICY",
    "CHATBOT_POLICY",
    "DECLARATIVE_POLICY_EC2",
    "S3_POLICY",
)


def _types_in(file: str) -> list[str]:
    """The types of organization policies that the nearest part of a path names."""
    for part in reversed(stem_of(file).upper().replace("-", "_").split("/")):
        found = [kind for kind in _POLICY_TYPES if kind in part]
        if found:
            return found
    return []


def _type_in(file: str) -> str:
    found = _types_in(file)
    if len(found) != 1:
        raise _Unknown("organizations/list-policies: nothing tells which type of policy: name the file after it")
    return found[0]


def _read_answer(name: str, data: bytes) -> _Answer:
    text = data.decode("utf-8", "replace").strip()
    if not text:
        raise _Unknown("it is empty: the command printed nothing, or failed")
    failure = failure_of(text, name)
    if failure is not None and not text.startswith("{"):
        if not failure.operations:
            raise _Unknown("a failed call of an operation that is not known")
        return _Answer(file=name, failure=failure)
    try:
        value = parse_json(data, name)
    except Unreadable as error:
        raise _Unknown(str(error).removeprefix(f"{name}: ")) from None
    if not isinstance(value, dict):
        raise _Unknown("it is no JSON object, as answers of AWS are")
    full = full_path(name)
    shapes = shapes_of(value, name)
    if not shapes and (full is None or full[1] in BY_OPERATION) and not _is_empty(value, full):
        members = ", ".join(sorted(value)[:4]) or "no members"
        raise _Unknown(f"no known operation answers with {members}")
    return _Answer(file=name, value=value, shapes=shapes)


def _is_empty(value: Mapping[str, Json], full: tuple[str, str] | None) -> bool:
    return not value and full is not None


def _is_said(answer: _Answer, operation: str) -> bool:
    """Whether an answer can be of the operation that its path names: it fits, or there is nothing to compare."""
    if answer.failure is not None:
        return operation in answer.failure.operations
    return operation not in BY_OPERATION or not answer.value or operation in {s.operation for s in answer.shapes}


def _listed(operation: str, value: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    """The resources that an answer lists: their kinds and names."""
    for kind, sources in NAMED.items():
        for source, path, after in sources:
            if source == operation:
                yield from ((kind, name) for name in names_at(value, path, after))
    if operation == "s3/list-objects-v2":
        yield from (("object", f"{value.get('Name')}/{key}") for key in names_at(value, ("Contents", "Key"), ""))


def _names_of(value: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    """The names of the accounts of an organization, by id."""
    for row in value["Accounts"]:
        if isinstance(row.get("Id"), str) and isinstance(row.get("Name"), str):
            yield row["Id"], row["Name"]


def _managers(value: Mapping[str, Json]) -> Iterator[str]:
    for path in (("Accounts", "Arn"), ("Roots", "Arn"), ("OrganizationalUnits", "Arn"), ("Organization", "Arn")):
        for arn in names_at(value, path, ""):
            parts = arn.split(":")
            if len(parts) > 5 and parts[2] == "organizations":  # noqa: PLR2004
                yield parts[4]


def _path(account: str, region: str, shape: Shape, name: str) -> str:
    return f"{account}/{region}/{shape.operation}{'/' if name else ''}{name}.json"


def _is_plain(path: str) -> bool:
    return path.isprintable() and "\\" not in path and not {"", ".", ".."} & set(path.split("/"))


def _either(names: Iterable[str]) -> str:
    return " or ".join(sorted(set(names)))


def _kind(parent: str) -> str:
    return parent.replace("-", " ") or "resource"


def _encoded(manifest: Mapping[str, Any]) -> bytes:
    return (json.dumps(manifest, indent=2) + "\n").encode()
