"""The tests that a control carries: a small export and the outcome expected.

Untrusted. A case says only what matters to it. Everything else is what `baseline.py`
says of an account in which nothing is configured, so that an outcome never hangs on a
fact that the author forgot to export.
"""

from __future__ import annotations

import json
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditctl.controls.baseline import BASELINE_TIME, complete
from auditctl.controls.errors import quote
from auditctl.controls.reader import read_shape
from auditctl.controls.schema import SNAPSHOT
from auditctl.controls.strict_yaml import ListNode, MapNode, Node, ScalarNode

if TYPE_CHECKING:
    from pathlib import Path

    from auditctl.controls.json_schema import Json
    from auditctl.controls.reader import Problems

# Members in which an API response carries a document as JSON text.
_JSON_TEXT = ("Policy", "Content")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseError:
    """An answer that the export could not get, or that says that nothing is there."""

    path: str
    code: str
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One test of a control.

    `document` is the control's canonical JSON with the case's own parameters;
    `target` is None where the snapshot has one target only.
    """

    name: str
    outcome: str
    target: str | None
    document: dict[str, Json]
    accounts: tuple[str, ...]
    errors: tuple[CaseError, ...]
    files: dict[str, Json]


def make_case(node: MapNode, document: dict[str, Json], problems: Problems) -> Case:
    """Make a case of a test that has the shape of one."""
    snapshot = node.get("snapshot")
    members = snapshot if isinstance(snapshot, MapNode) else MapNode(entries=(), at=node.at)
    accounts = _texts(members.get("accounts"))
    _check_paths(members, accounts, problems)
    return Case(
        name=_text(node.get("name")),
        outcome=_text(node.get("outcome")),
        target=_text(node.get("target")) or None,
        document=document,
        accounts=accounts,
        errors=_errors(members.get("errors")),
        files=_files(members, problems),
    )


def _text(node: Node | None) -> str:
    return node.text if isinstance(node, ScalarNode) else ""


def _texts(node: Node | None) -> tuple[str, ...]:
    items = node.items if isinstance(node, ListNode) else (node,)
    return tuple(item.text for item in items if isinstance(item, ScalarNode))


def _errors(node: Node | None) -> tuple[CaseError, ...]:
    items = node.items if isinstance(node, ListNode) else ()
    return tuple(
        CaseError(
            path=_text(item.get("path")),
            code=_text(item.get("code")),
            message=_text(item.get("message")),
        )
        for item in items
        if isinstance(item, MapNode)
    )


def _files(snapshot: MapNode, problems: Problems) -> dict[str, Json]:
    content = read_shape(snapshot, SNAPSHOT, "snapshot", problems)
    files = content.get("files") if isinstance(content, dict) else None
    members = files if isinstance(files, dict) else {}
    return {path: _with_json_text(response) for path, response in members.items()}


def _with_json_text(response: Json) -> Json:
    """Return the response with a document under `Policy` or `Content` as JSON text."""
    if not isinstance(response, dict):
        return response
    return {name: _member(name, value) for name, value in response.items()}


def _member(name: str, value: Json) -> Json:
    if not isinstance(value, dict):
        return value
    if name in _JSON_TEXT and "Statement" in value:
        return json.dumps(value, ensure_ascii=False)
    return _with_json_text(value)


def _check_paths(snapshot: MapNode, accounts: tuple[str, ...], problems: Problems) -> None:
    """Note a path of an account that is not listed, and one that is written twice."""
    seen: set[str] = set()
    for path in _written_paths(snapshot):
        account = path.text.partition("/")[0]
        if account not in accounts:
            problems.note(f"account {quote(account)} of a path is not in `accounts`", path.at)
        if path.text in seen:
            problems.note(f"snapshot path {quote(path.text)} is written twice", path.at)
        seen.add(path.text)


def _written_paths(snapshot: MapNode) -> list[ScalarNode]:
    files, errors = snapshot.get("files"), snapshot.get("errors")
    paths: list[Node | None] = []
    if isinstance(files, MapNode):
        paths += [key for key, _ in files.entries]
    if isinstance(errors, ListNode):
        paths += [item.get("path") for item in errors.items if isinstance(item, MapNode)]
    return [path for path in paths if isinstance(path, ScalarNode)]


def write_case(case: Case, directory: Path) -> None:
    """Write the case as a snapshot directory; the same case gives the same bytes."""
    answers = {error.path: error for error in case.errors}
    files, absent = complete(case.accounts, case.files, frozenset(answers))
    errors = [
        *({"path": e.path, "code": e.code, "message": e.message} for e in case.errors),
        *({"path": path, "code": code, "message": ""} for path, code in absent.items()),
    ]
    description = {
        "format": "auditctl-snapshot/1",
        "time": BASELINE_TIME,
        "tool": "auditctl-case/1",
        "accounts": [{"id": account, "name": account, "partition": "aws"} for account in case.accounts],
        "errors": sorted(errors, key=operator.itemgetter("path")),
    }
    for path, response in {"snapshot.json": description, **files}.items():
        _write_json(directory / path, response)


def _write_json(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, indent=2, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")
