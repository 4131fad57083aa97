"""Requests decided one after the other; what several of them share is derived once.

Untrusted. A request is evaluated on the questions that the checker derives, read so that everything counts that
may be allowed, and so that only that counts which surely is; where the two differ it is undetermined.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from auditctl.simulate.answer import Decision
from auditctl.simulate.case import Case, bound_to
from auditctl.simulate.decision import decide
from auditctl.simulate.errors import OverlayError, RequestError
from auditctl.simulate.inline import session_documents
from auditctl.simulate.keys import completed, has_session_tags
from auditctl.simulate.lines import Line
from auditctl.simulate.principal import check_principal, known_role
from auditctl.simulate.request import Request, parse_request
from auditctl.simulate.world import World, plain_world, world_of
from auditctl.snapshot import Files
from checkers.cloud.claims import Derived, question_about
from checkers.cloud.scope import Entry, Scope, fixed_scope
from checkers.kernel.globs import STAR, GlobSet
from checkers.strict_json import Json
from checkers.verdict import Refusal, Unreadable

# Derived questions that are kept: one pair for each caller.
MAX_KEPT = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a pair of questions is derived for. `fixed` is the one caller, empty for those outside the snapshot.

    `has_tags`: the session has tags that its role does not have, so that the tags of the request count.
    """

    key: str
    fixed: str
    actions: GlobSet | None
    resources: GlobSet | None
    has_tags: bool


class Simulator:
    """Decides requests on a snapshot, if there is one. Questions are derived once for each caller."""

    def __init__(self, files: Files | None) -> None:
        self.files = files
        self.plain = plain_world(files) if files is not None else None
        self._world = lru_cache(maxsize=MAX_KEPT)(self._make_world)
        self._sides = lru_cache(maxsize=MAX_KEPT)(self._derive)
        self._made: dict[str, Request] = {}

    def decide_all(self, lines: Sequence[Line]) -> Iterator[Decision]:
        """A decision for each line; of what cannot be decided an error."""
        repeated = Counter(_caller_of(line.value) for line in lines)
        for line in lines:
            often = repeated[_caller_of(line.value)] > 1
            yield self.decide(line, often=often)

    def decide(self, line: Line, *, often: bool = False) -> Decision:
        """One request. `often`: more of the same caller follow, so that its question is worth keeping whole."""
        name = line.value.get("id", "") if isinstance(line.value, dict) else ""
        named = name if isinstance(name, str) else json.dumps(name, default=str)
        if line.error:
            return Decision(line=line.number, id=named, error=line.error)
        try:
            found = self._decide(parse_request(line.value), often=often)
        except (RequestError, OverlayError, Refusal, Unreadable) as error:
            return Decision(line=line.number, id=named, error=str(error))
        return replace(found, line=line.number, id=named)

    def _decide(self, request: Request, *, often: bool) -> Decision:
        self._made[request.key] = request
        world = self.plain
        if world is None or not request.inline.is_nothing:
            world = self._world(request.key)
        concrete = known_role(request.concrete, world.inventory)
        check_principal(concrete.principal, world.inventory)
        concrete = completed(concrete, world.inventory)
        about = About(
            key=request.key,
            fixed=concrete.principal if concrete.principal in world.inventory.callers else "",
            actions=None if often else GlobSet([concrete.action.lower()]),
            resources=None if often else GlobSet([concrete.resource]),
            has_tags=has_session_tags(concrete, world.inventory),
        )
        return decide(Case(world, replace(request, concrete=concrete)), self._sides(world, about))

    def _make_world(self, key: str) -> World:
        """The snapshot with the policies of a request."""
        return world_of(self._made[key], self.files, self.plain)

    def _derive(self, world: World, about: About) -> tuple[Derived, Derived]:
        """What may be allowed, and what surely is."""
        bound = bound_to(about.actions, about.resources, session_documents(self._made[about.key].inline))
        callers = GlobSet(world.inventory.callers)
        scope = fixed_scope(about.fixed) if about.fixed else Scope((Entry(GlobSet([STAR]), callers),), ())
        upper = question_about(world.inventory, bound, scope, wide=True)
        lower = question_about(world.inventory, bound, scope, wide=about.has_tags, all=about.has_tags)
        return upper, lower


def _caller_of(value: Json) -> str:
    """What the requests that share a question have in common."""
    if not isinstance(value, dict):
        return ""
    return json.dumps([value.get("principal"), value.get("policies")], sort_keys=True, default=str)
