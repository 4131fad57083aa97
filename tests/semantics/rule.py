"""What a rule is, and how a case of one is decided by `checkers.cloud`, as it is or with an edit in its source."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from cloud.setting import OWN, ROLE
from semantics.edited import Cloud, load

if TYPE_CHECKING:
    from semantics.edited import Edit

Json = Any
Files = dict[str, Any]


class Answer(Enum):
    """What both sides of a question say of one request. Allowed for sure and not allowed at all is no answer."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    OPEN = "open"  # it may be allowed, and it is not sure to be


ALLOWED, REFUSED, OPEN = Answer.ALLOWED, Answer.REFUSED, Answer.OPEN
_ANSWERS = {(True, True): ALLOWED, (False, False): REFUSED, (True, False): OPEN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A snapshot, a concrete request, and what is said of it.

    `names` and `omits` are ids of open readings that the question names, or does not. With a
    `session_policy` the request is made by a session that was given these policies.
    """

    says: str
    files: Files
    request: Json
    answer: Answer
    names: frozenset[str] = frozenset()
    omits: frozenset[str] = frozenset()
    session_policy: tuple[Json, ...] = ()
    assume: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: the case that it decides, a neighbour that it decides otherwise, and an edit without the rule."""

    id: str
    says: str
    source: str
    accept: Case
    reject: Case
    off: Edit


@dataclass(frozen=True, slots=True)
class Found:
    """What was derived for a case: one answer, unless a question about everybody and one about the caller differ."""

    answers: frozenset[Answer]
    readings: frozenset[str]


def case(says: str, files: Files, request: Json, answer: Answer, **more: Any) -> Case:
    """A case; readings are given as texts divided by blanks."""
    sets = {name: frozenset(more.pop(name, "").split()) for name in ("names", "omits")}
    return Case(says=says, files=files, request=request, answer=answer, **sets, **more)


def asks(
    principal: str = ROLE, action: str = "s3:GetObject", resource: str = "arn:aws:s3:::logs/x", **more: Json
) -> Json:
    """A request. `context` has one value or a list for each key; a foreign caller's account allows what it asks for."""
    context = {key: [v] if isinstance(v, str) else v for key, v in more.pop("context", {}).items()}
    flags = {"caller:identity-allows": True}
    return {
        "principal": principal,
        "action": action,
        "resource": resource,
        "context": context,
        "flags": flags,
        **more,
    }


def is_as_said(one: Case, found: Found) -> bool:
    """Whether the case came out as it says."""
    return found.answers == {one.answer} and one.names <= found.readings and not one.omits & found.readings


def decide(one: Case, cloud: Cloud | None = None) -> Found:
    """The answer to a case: the question about every request of anybody, on both sides, for this request.

    A user or role of the snapshot is asked about alone too.
    """
    cloud = cloud or load()
    inventory = _inventory(one.files, cloud)
    caller = one.request["principal"]
    known = inventory.principals.get(caller)
    asked = [_ask(one, "account", OWN, ["anyone"], inventory, cloud)]
    if known is not None:
        asked.append(_ask(one, known.kind, caller, ["target"], inventory, cloud))
    answers, readings = zip(*asked, strict=True)
    return Found(frozenset(answers), frozenset().union(*readings))


def _inventory(files: Files, cloud: Cloud) -> Any:
    contents = {path: json.dumps(value).encode() for path, value in files.items()}
    return cloud.inventory.Inventory(cloud.snapshot.Snapshot({p: (lambda data=d: data) for p, d in contents.items()}))


def _ask(
    one: Case, kind: str, target: str, principal: list[str], inventory: Any, cloud: Cloud
) -> tuple[Answer, set[str]]:
    asked: Json = {"action": ["*"], "principal": principal}
    if one.session_policy:
        asked["session_policy"] = list(one.session_policy)
    control = cloud.control.parse_control(
        {
            "format": "auditctl-control/1",
            "id": "any",
            "title": "",
            "for_each": kind,
            "forbid": {"request": asked},
            "assume": list(one.assume),
        },
        "any",
    )
    chosen = next(t for t in cloud.targets.targets_of(control, inventory) if t.id == target)
    claim = cloud.claims.Claim(control, chosen)
    assignment = cloud.request.assignment_of(cloud.request.parse_request(one.request))
    sides = [cloud.claims.question_of(claim, inventory, wide=wide) for wide in (True, False)]
    wide, narrow = (s.question.holds_for(assignment) for s in sides)
    return _ANSWERS[wide, narrow], {r for s in sides for r in s.readings}
