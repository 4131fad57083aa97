"""How two snapshots differ as files. Untrusted."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from auditctl.exit_codes import ExitCode
from auditctl.snapshot import Files
from auditctl.snapshots.model import DIFF_FORMAT, ChangedError, ChangedFile, SnapshotDiff
from checkers.cloud.snapshot import Snapshot
from checkers.strict_json import Json, parse_json
from checkers.verdict import Unreadable

MAX_MEMBERS = 20  # of one file: more than anybody reads
_MORE = "..."
_LAYOUT = "nothing but spaces, or the order of members"


def difference_of(old: Files, new: Files) -> SnapshotDiff:
    """What the new snapshot has beside the old one. Raises `Unreadable`."""
    first, second = Snapshot(old), Snapshot(new)
    before, after = {*first.paths}, {*second.paths}
    contents = ((p, first.content(p), second.content(p)) for p in sorted(before & after))
    failed = sorted(p for p in {*first.errors, *second.errors} if first.errors.get(p) != second.errors.get(p))
    return SnapshotDiff(
        format=DIFF_FORMAT,
        added=tuple(sorted(after - before)),
        removed=tuple(sorted(before - after)),
        changed=tuple(ChangedFile(path=p, members=_members(p, a, b)) for p, a, b in contents if a != b),
        errors=tuple(ChangedError(path=p, old=first.errors.get(p, ""), new=second.errors.get(p, "")) for p in failed),
    )


def exit_code(diff: SnapshotDiff) -> ExitCode:
    """Whether there is a difference."""
    return ExitCode.VIOLATED if diff.added or diff.removed or diff.changed or diff.errors else ExitCode.OK


def _members(path: str, old: bytes, new: bytes) -> tuple[str, ...]:
    """The places at which two contents differ, the first ones."""
    try:
        values = parse_json(old, path), parse_json(new, path)
    except Unreadable:
        return ("$",)
    found = list(islice(changes(*values, "$"), MAX_MEMBERS + 1))
    if not found:
        return (_LAYOUT,)
    return (*found[:MAX_MEMBERS], *([_MORE] if len(found) > MAX_MEMBERS else []))


def changes(old: Json, new: Json, at: str) -> Iterator[str]:
    """The smallest members that differ, by their path; rows of lists by the name that they have."""
    todo = [(old, new, at)]
    while todo:
        one, other, place = todo.pop()
        if one == other:
            continue
        if isinstance(one, dict) and isinstance(other, dict):
            todo += reversed(list(_of_objects(one, other, place)))
        elif isinstance(one, list) and isinstance(other, list):
            todo += reversed(list(_of_lists(one, other, place)))
        else:
            inside = None if _GONE in (one, other) else _documents(one, other)
            if inside is None:
                yield place + _which(one, other)
            else:
                todo.append((*inside, place))


_GONE = object()  # stands for what is not there


def _which(one: object, other: object) -> str:
    if one is _GONE:
        return " added"
    return " removed" if other is _GONE else ""


def _of_objects(old: Mapping[str, Json], new: Mapping[str, Json], at: str) -> Iterator[tuple[Json, Json, str]]:
    for name in {**old, **new}:
        yield old.get(name, _GONE), new.get(name, _GONE), f"{at}.{name}"


def _of_lists(old: Sequence[Json], new: Sequence[Json], at: str) -> Iterator[tuple[Json, Json, str]]:
    key = _key(old, new)
    if key is None:
        for i in range(max(len(old), len(new))):
            yield _nth(old, i), _nth(new, i), f"{at}[{i}]"
        return
    before, after = ({row[key]: row for row in rows} for rows in (old, new))
    for name in {**before, **after}:
        yield before.get(name, _GONE), after.get(name, _GONE), f"{at}[{name}]"
    if [*before] != [*after] and before.keys() == after.keys():
        yield 0, 1, f"{at}: another order"


def _nth(rows: Sequence[Json], i: int) -> Json:
    return rows[i] if i < len(rows) else _GONE


def _key(old: Sequence[Json], new: Sequence[Json]) -> str | None:
    """A member that names each row of both lists; None where there is none."""
    rows = [*old, *new]
    if not all(isinstance(row, dict) for row in rows):
        return None
    for name in rows[0]:
        lists = [[row.get(name) for row in one] for one in (old, new)]
        if name.endswith(("Id", "Name", "Arn", "ARN", "Sid", "Key")) and all(map(_are_names, lists)):
            return str(name)
    return None


def _are_names(values: Sequence[Json]) -> bool:
    return all(isinstance(v, str) for v in values) and len({*values}) == len(values)


def _documents(old: Json, new: Json) -> tuple[Json, Json] | None:
    """Two policies in text, parsed; None where they are no JSON objects."""
    if not (isinstance(old, str) and isinstance(new, str) and old.lstrip()[:1] == new.lstrip()[:1] == "{"):
        return None
    try:
        values = parse_json(old, "old"), parse_json(new, "new")
    except Unreadable:
        return None
    return values if values[0] != values[1] else None
