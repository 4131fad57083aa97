"""What commands say of snapshots, as data. Untrusted. Docstrings are the words of the JSON Schemas."""

from dataclasses import dataclass

from auditctl.report.model import Account, Planned

INFO_FORMAT = "auditctl-snapshot-info/1"
DIFF_FORMAT = "auditctl-snapshot-diff/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFacts:
    """The facts of one service: how many have a value, are absent, denied, or an error."""

    service: str
    value: int
    absent: int
    denied: int
    error: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeCount:
    """An error code, and how many calls ended with it."""

    code: str
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KindCount:
    """A kind of values that are not known before a plan is applied, and how many there are."""

    kind: str
    values: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotSummary:
    """What a snapshot is of.

    `facts` counts files and failed calls by service and state, `errors` the failed calls by code, `ledger` what no rule
    models or could settle. `digest` is the root digest, empty where it is not sealed. `planned` is the plan or
    template that it was made of, `unknown` what is not known of that before it is applied.
    """

    format: str
    time: str
    tool: str
    accounts: tuple[Account, ...]
    regions: tuple[str, ...]
    files: int
    facts: tuple[ServiceFacts, ...]
    errors: tuple[CodeCount, ...]
    ledger: int
    digest: str
    planned: Planned | None = None
    unknown: tuple[KindCount, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedFile:
    """A file that both snapshots have: where its content differs, the first places of many."""

    path: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedError:
    """A call whose failure is new, gone or another one: the error codes, empty where it did not fail."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotDiff:
    """How the files of a new snapshot differ from those of an old one. `auditctl diff` says what follows for access."""

    format: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[ChangedFile, ...]
    errors: tuple[ChangedError, ...]
