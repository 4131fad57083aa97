"""What is in a snapshot, counted. Untrusted."""

from collections import Counter
from collections.abc import Iterable

from auditctl.report.make import planned_of
from auditctl.report.model import Account
from auditctl.snapshot import Files
from auditctl.snapshots.model import INFO_FORMAT, CodeCount, KindCount, ServiceFacts, SnapshotSummary
from checkers.cloud.inventory import Inventory
from checkers.cloud.snapshot import MANIFEST, Snapshot, State
from checkers.strict_json import Json, parse_json

_ELSEWHERE = "(elsewhere)"  # files that are not below an account, a region and a service


def summary_of(files: Files) -> SnapshotSummary:
    """What the files of a snapshot are of. Raises `Unreadable`."""
    snapshot = Snapshot(files)
    manifest = parse_json(files[MANIFEST](), MANIFEST)
    paths = sorted({*snapshot.paths, *snapshot.errors})
    codes = Counter(str(row["code"]) for row in manifest.get("errors", []))
    return SnapshotSummary(
        format=INFO_FORMAT,
        time=_text(manifest.get("time")),
        tool=_text(manifest.get("tool")),
        accounts=tuple(Account(id=a.id, name=a.name) for a in snapshot.accounts),
        regions=tuple(sorted({p.split("/")[1] for p in paths if _is_placed(p)} - {"global"})),
        files=len(snapshot.paths),
        facts=tuple(_facts(snapshot, paths)),
        errors=tuple(CodeCount(code=code, calls=count) for code, count in sorted(codes.items())),
        ledger=len(Inventory(snapshot).unmodelled),
        digest=_text(manifest.get("root")),
        planned=planned_of(manifest.get("planned")),
        unknown=tuple(KindCount(kind=kind, values=count) for kind, count in sorted(_kinds(snapshot).items())),
    )


def _kinds(snapshot: Snapshot) -> Counter[str]:
    """How many values of each kind are not known yet."""
    unknowns = snapshot.unknowns
    return Counter(one.kind for one in (*unknowns.names.values(), *unknowns.values.values()))


def _facts(snapshot: Snapshot, paths: Iterable[str]) -> list[ServiceFacts]:
    counts: dict[str, Counter[State]] = {}
    for path in paths:
        service = path.split("/")[2] if _is_placed(path) else _ELSEWHERE
        states = counts.setdefault(service, Counter())
        states[_state(snapshot, path)] += 1
    return [
        ServiceFacts(
            service=service,
            value=states[State.VALUE],
            absent=states[State.ABSENT],
            denied=states[State.DENIED],
            error=states[State.ERROR],
        )
        for service, states in sorted(counts.items())
    ]


def _state(snapshot: Snapshot, path: str) -> State:
    """The state of a fact; a file that is none, and which no rule reads, is an error."""
    return snapshot.fact(path).state if _is_placed(path) else State.ERROR


def _is_placed(path: str) -> bool:
    return path.count("/") > 2  # noqa: PLR2004  ACCOUNT/REGION/SERVICE/OPERATION


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""
