"""`auditctl simulate`: concrete requests decided, with what decides each of them.

Untrusted. A request is evaluated on the questions that the checker derives, read so that everything counts that
may be allowed, and so that only that counts which surely is; where the two differ it is undetermined.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from auditctl import __version__
from auditctl.answers import json_of, line_of
from auditctl.controls.errors import quote, suggest
from auditctl.exit_codes import ExitCode, first_of
from auditctl.findings.readings import in_words
from auditctl.findings.statements import document_name
from auditctl.overlay import ENDPOINT, NOBODY, Inline, Overlay, OverlayError, parse_inline
from auditctl.report.interface import Surface
from auditctl.report.model import ContextValue
from auditctl.report.page import Page, printable
from auditctl.snapshot import Files
from checkers.cloud.access_point import through
from checkers.cloud.authorization import (
    BUCKET_POLICY_ACTIONS,
    CANNOT_SIGN_IT,
    FOREIGN_RESOURCES,
    RCP_ACTIONS,
    SIGNED_BY_USER_OR_ROLE,
)
from checkers.cloud.claims import Derived, question_about
from checkers.cloud.control import BoundRequest
from checkers.cloud.derivation import (
    GRANTING,
    READINGS,
    SESSION_TAGS,
    Derivation,
    Effect,
    Kind,
    Note,
    Side,
    make_caller,
)
from checkers.cloud.endpoint import Endpoint
from checkers.cloud.facts import ACCESS_POINT_ACCOUNT, ACCESS_POINT_ARN, RESOURCE_ACCOUNT, RESOURCE_ORGANIZATION
from checkers.cloud.guards import Guard, guards_for
from checkers.cloud.identity import SERVICE_LINKED_PATH
from checkers.cloud.inventory import Inventory
from checkers.cloud.organization import RCP, SCP
from checkers.cloud.policy import Document, Origin, parse_document
from checkers.cloud.request import CALLER_ALLOWS, ConcreteRequest, assignment_of, parse_request
from checkers.cloud.scope import Entry, Scope, fixed_scope
from checkers.cloud.snapshot import Snapshot
from checkers.cloud.vocabulary import account_of
from checkers.kernel.formula import Literal
from checkers.kernel.globs import STAR, GlobSet
from checkers.strict_json import Json, JsonNumber, parse_json
from checkers.verdict import Refusal, Unreadable

FORMAT = "auditctl-simulate/1"
MEMBERS = (
    "id",
    "principal",
    "session",
    "action",
    "resource",
    "context",
    "flags",
    "policies",
    "resource_account",
)
# Derived questions that are kept: one pair for each caller.
MAX_KEPT = 64
_PRINCIPAL_TAG = "aws:principaltag/"


class RequestError(Exception):
    """A request is not one that can be decided. The message says what was found and expected."""


class Verdict(Enum):
    """What is decided of a request. `Undetermined`: it hangs on what is not known, or on an open reading."""

    ALLOWED = "Allowed"
    IMPLICITLY_DENIED = "ImplicitlyDenied"
    EXPLICITLY_DENIED = "ExplicitlyDenied"
    UNDETERMINED = "Undetermined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a statement is: its document, the file of the snapshot (`request`: it came with the request), the path."""

    document: str
    file: str
    path: str
    sid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider:
    """What had a say: `Allow`, `Deny`, or `none` where it would have to allow and does not.

    `kind` is the kind of policy, or `rule of AWS`; `level` the root, unit or account of an organization policy.
    """

    kind: str
    effect: str
    level: str
    words: str
    statements: tuple[Place, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The request that was decided, with the keys that AWS itself adds to it."""

    principal: str
    session: str
    action: str
    resource: str
    context: tuple[ContextValue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One request decided. With an `error` it could not be, and `decision` and `request` are missing.

    `line` is the number of the line, or of the request in its list, from 1; `id` is what the request says.
    """

    line: int
    id: str
    request: Asked | None
    decision: Verdict | None
    deciders: tuple[Decider, ...]
    reasons: tuple[str, ...]
    remarks: tuple[str, ...]
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulateAnswer:
    """The decisions, in the order of the requests."""

    format: str
    tool: str
    exit_code: int
    decisions: tuple[Decision, ...]


# Reading requests.


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One request as it was written, or why it could not be read."""

    number: int
    value: Json = None
    error: str = ""


def read_lines(content: bytes, name: str, *, lines: bool) -> list[Line]:
    """The requests of a file: one JSON value, a list, or JSON lines. Raises `Unreadable`."""
    if not lines or _is_one_value(content):
        value = parse_json(content, name)
        rows = value if isinstance(value, list) else [value]
        return [Line(number=i, value=row) for i, row in enumerate(rows, 1)]
    found = []
    for number, text in enumerate(content.split(b"\n"), 1):
        if not text.strip():
            continue
        try:
            found.append(Line(number=number, value=parse_json(text, f"line {number}")))
        except Unreadable as error:
            found.append(Line(number=number, error=str(error).removeprefix(f"line {number}: ")))
    return found


def _is_one_value(content: bytes) -> bool:
    """Whether the whole is one JSON value over several lines, or a list."""
    start = content.lstrip()[:1]
    if start not in (b"[", b"{"):
        return False
    try:
        value = parse_json(content, "requests")
    except Unreadable:
        return False
    return isinstance(value, list | dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A request with the policies that it brings."""

    request: ConcreteRequest
    inline: Inline
    owner: str
    key: str  # what the world of the request is made of


def parse_question(value: Json) -> Question:
    """A request as people write it. Raises `RequestError` or `OverlayError`."""
    if not isinstance(value, dict):
        raise RequestError("a request is not an object")
    for name in value:
        if name not in MEMBERS:
            raise RequestError(f"unknown member {quote(name)}{suggest(name, MEMBERS)}")
    for name in ("principal", "action"):
        if not isinstance(value.get(name), str) or not value[name]:
            raise RequestError(f"{name} is missing or no text")
    principal, session = _principal(value["principal"])
    plain = {
        "principal": principal,
        "session": value.get("session", session),
        "action": value["action"],
        "resource": value.get("resource", "*"),
        "context": _context(value.get("context", {})),
        "flags": value.get("flags", {}),
    }
    try:
        request = parse_request(plain)
    except Refusal as error:
        raise RequestError(str(error)) from None
    _check_request(request)
    inline = parse_inline(value.get("policies", {}))
    owner = _account_in(value, request)
    placed = [principal, request.resource, owner] if not inline.is_nothing else []
    key = json.dumps([placed, value.get("policies", {})], sort_keys=True, default=str)
    return Question(request=_through(request, inline), inline=inline, owner=owner, key=key)


def _account_in(value: Mapping[str, Json], request: ConcreteRequest) -> str:
    """The account of the resource: what the request says, or its ARN, or else the caller's."""
    given = value.get("resource_account")
    if given is not None and not _is_account(given):
        raise RequestError(f"resource_account is {given!r}, not twelve digits")
    found = (given, account_of(request.resource), account_of(request.principal))
    return next((str(account) for account in found if _is_account(account)), NOBODY)


def _is_account(text: Json) -> bool:
    return isinstance(text, str) and re.fullmatch(r"[0-9]{12}", text) is not None


def _check_request(request: ConcreteRequest) -> None:
    if "*" in request.action or "?" in request.action or request.action.count(":") != 1:
        raise RequestError(f"action {quote(request.action)} is not one action; expected `service:Name`")
    if request.resource != "*" and not (request.resource.startswith("arn:") and request.resource.count(":") > 4):  # noqa: PLR2004
        raise RequestError(f"resource {quote(request.resource)} is neither `*` nor an ARN with six parts")


def _through(request: ConcreteRequest, inline: Inline) -> ConcreteRequest:
    """The request through the endpoint whose policy it brings."""
    if inline.endpoint is None or request.context.get("aws:sourcevpce"):
        return request
    return replace(request, context={**request.context, "aws:sourcevpce": (ENDPOINT,)})


def _principal(text: str) -> tuple[str, str]:
    """The principal as questions have it, and the name of the session that its ARN tells."""
    if text in ("*", "anonymous"):
        return "anonymous", ""
    if text.startswith(("service:", "federated:", "canonical:")):
        return text, ""
    if text.endswith((".amazonaws.com", ".amazonaws.com.cn")):
        return f"service:{text}", ""
    parts = text.split(":", 5)
    if len(parts) == 6 and parts[0] == "arn":  # noqa: PLR2004
        if parts[2] == "sts" and parts[5].startswith("assumed-role/") and parts[5].count("/") == 2:  # noqa: PLR2004
            _, role, session = parts[5].split("/")
            return f"{parts[0]}:{parts[1]}:iam::{parts[4]}:role/{role}", session
        return text, ""
    if len(text) == 12 and text.isdigit():  # noqa: PLR2004
        return f"arn:aws:iam::{text}:root", ""
    raise RequestError(
        f"principal {quote(text)} is not understood; expected the ARN of a user, role, session or root, `anonymous`, "
        "`service:NAME`, `federated:PROVIDER` or `canonical:ID`"
    )


def _context(value: Json) -> Json:
    """Context keys in lower case, each with a list of texts."""
    if not isinstance(value, dict):
        raise RequestError("context is not an object")
    found: dict[str, list[str]] = {}
    for key, given in value.items():
        name = key.lower() if key.isascii() else key
        if name in found:
            raise RequestError(f"context has {quote(key)} twice, in different case")
        values = [_scalar(v, key) for v in (given if isinstance(given, list) else [given])]
        if values:
            found[name] = values
    return found


def _scalar(value: Json, key: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float | JsonNumber):
        return str(value)
    raise RequestError(f"the value of {quote(key)} is neither text, number nor boolean")


# Worlds.


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class World:
    """An inventory, and where in the request some of its documents stand."""

    inventory: Inventory
    places: Mapping[tuple[str, str], str]


class Simulator:
    """Decides requests on a snapshot, if there is one. Questions are derived once for each caller."""

    def __init__(self, files: Files | None) -> None:
        self.files = files
        self.base = Snapshot(files) if files is not None else None
        self.plain = World(inventory=Inventory(self.base), places={}) if self.base is not None else None
        self._world = lru_cache(maxsize=MAX_KEPT)(self._make_world)
        self._sides = lru_cache(maxsize=MAX_KEPT)(self._derive)
        self._made: dict[str, Question] = {}

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
            return _failed(line, named, line.error)
        try:
            found = self._decide(parse_question(line.value), often=often)
        except (RequestError, OverlayError, Refusal, Unreadable) as error:
            return _failed(line, named, str(error))
        return replace(found, line=line.number, id=named)

    def _decide(self, question: Question, *, often: bool) -> Decision:
        self._made[question.key] = question
        world = self.plain
        if world is None or not question.inline.is_nothing:
            world = self._world(question.key)
        request = _known_role(question.request, world.inventory)
        _check_principal(request.principal, world.inventory)
        request = _completed(request, world.inventory)
        about = _About(
            key=question.key,
            fixed=request.principal if request.principal in world.inventory.callers else "",
            actions=None if often else GlobSet([request.action.lower()]),
            resources=None if often else GlobSet([request.resource]),
            has_tags=_has_session_tags(request, world.inventory),
        )
        return _Case(world, replace(question, request=request)).decision(self._sides(world, about))

    def _make_world(self, key: str) -> World:
        """The snapshot with the policies of a request."""
        question = self._made[key]
        inline, principal = question.inline, question.request.principal
        overlay = Overlay(
            base=self.base,
            files=self.files if self.files is not None else {},
            principal=principal,
            resource=question.request.resource,
            owner=_owner(question, self.plain.inventory if self.plain is not None else None),
        )
        self._add_caller(overlay, inline, principal)
        bucket = _bucket_of(question.request.resource)
        if self.base is None and bucket:
            overlay.add_bucket(bucket)
        if inline.resource is not None:
            overlay.add_resource(inline.resource)
        _add_limits(overlay, question)
        snapshot, _ = overlay.snapshot()
        return World(inventory=Inventory(snapshot), places=overlay.places)

    def _add_caller(self, overlay: Overlay, inline: Inline, principal: str) -> None:
        """The policies of the caller, who is made if there is no snapshot to be in."""
        if inline.identity is not None:
            overlay.add_identity(inline.identity)
        elif self.base is None and principal.startswith("arn:") and (":role/" in principal or ":user/" in principal):
            overlay.caller()
        if inline.boundary is not None:
            overlay.add_boundary(inline.boundary)

    def _derive(self, world: World, about: "_About") -> tuple[Derived, Derived]:
        """What may be allowed, and what surely is."""
        bound = _bound(about.actions, about.resources, _session_documents(self._made[about.key].inline))
        callers = GlobSet(world.inventory.callers)
        scope = fixed_scope(about.fixed) if about.fixed else Scope((Entry(GlobSet([STAR]), callers),), ())
        upper = question_about(world.inventory, bound, scope, wide=True)
        lower = question_about(world.inventory, bound, scope, wide=about.has_tags, all=about.has_tags)
        return upper, lower


@dataclass(frozen=True, slots=True, kw_only=True)
class _About:
    """What a pair of questions is derived for. `fixed` is the one caller, empty for those outside the snapshot.

    `has_tags`: the session has tags that its role does not have, so that the tags of the request count.
    """

    key: str
    fixed: str
    actions: GlobSet | None
    resources: GlobSet | None
    has_tags: bool


def _bound(actions: GlobSet | None, resources: GlobSet | None, sessions: tuple[Document, ...]) -> BoundRequest:
    return BoundRequest((), (), actions, None, resources, None, (), sessions)


def _add_limits(overlay: Overlay, question: Question) -> None:
    """The policies of the organization and of the endpoint."""
    inline, request = question.inline, question.request
    if inline.scp is not None:
        overlay.add_levels(inline.scp, SCP, overlay.account)
    if inline.rcp is not None:
        overlay.add_levels(inline.rcp, RCP, overlay.owner)
    if inline.endpoint is not None:
        service = request.action.partition(":")[0].lower()
        overlay.add_endpoint(inline.endpoint, inline.endpoint_type, service, request.context["aws:sourcevpce"][0])


def _failed(line: Line, name: str, error: str) -> Decision:
    """What is said of a request that could not be decided."""
    return Decision(
        line=line.number,
        id=name,
        request=None,
        decision=None,
        deciders=(),
        reasons=(),
        remarks=(),
        error=error,
    )


def _caller_of(value: Json) -> str:
    """What the requests that share a question have in common."""
    if not isinstance(value, dict):
        return ""
    return json.dumps([value.get("principal"), value.get("policies")], sort_keys=True, default=str)


def _owner(question: Question, inventory: Inventory | None) -> str:
    """The account of the resource."""
    if inventory is not None:
        bucket = _bucket_of(question.request.resource)
        for one in inventory.buckets if bucket else ():
            if one.name == bucket:
                return one.account
    return question.owner


def _bucket_of(resource: str) -> str:
    parts = resource.split(":", 5)
    return parts[5].partition("/")[0] if len(parts) == 6 and parts[2] == "s3" and not parts[4] else ""  # noqa: PLR2004


def _session_documents(inline: Inline) -> tuple[Document, ...]:
    return tuple(
        parse_document(document, Origin("request", f"$.policies.session[{i}]", f"session policy {i}"))
        for i, document in enumerate(inline.session or ())
    )


def _known_role(request: ConcreteRequest, inventory: Inventory) -> ConcreteRequest:
    """The request by the role as the snapshot has it: the ARN of a session does not tell the role's path."""
    principal = request.principal
    if not request.session or principal in inventory.principals:
        return request
    start, _, name = principal.rpartition("/")
    same = [p.arn for p in inventory.principals.values() if p.kind == "role" and p.name == name]
    same = [arn for arn in same if arn.startswith(f"{start}/")]
    return replace(request, principal=same[0]) if len(same) == 1 else request


def _check_principal(principal: str, inventory: Inventory) -> None:
    """Refuse a principal that is not there."""
    account = account_of(principal)
    if principal in inventory.callers or account not in inventory.accounts or inventory.iam[account].problem:
        return
    if principal.startswith("arn:") and ":federated-user/" not in principal:
        raise RequestError(f"unknown principal {quote(principal)}{suggest(principal, inventory.callers)}")


def _completed(request: ConcreteRequest, inventory: Inventory) -> ConcreteRequest:
    """The request with the keys that AWS adds, as far as they follow from caller and resource.

    Raises `RequestError` where the request says something else.
    """
    context = dict(request.context)
    for key, values in _implied(request, inventory).items():
        if key.startswith(_PRINCIPAL_TAG) and ":role/" in request.principal:
            context.setdefault(key, values)  # a session may carry tags of its own
        elif context.setdefault(key, values) != values:
            found, own = ", ".join(context[key]), ", ".join(values) or "absent"
            raise RequestError(f"context has {key} {quote(found)}, but for this request it is {quote(own)}")
    flags = dict(request.flags or {})
    if request.principal.startswith("arn:"):
        flags.setdefault(CALLER_ALLOWS, True)
    return replace(request, context={k: v for k, v in context.items() if v}, flags=flags)


def _has_session_tags(request: ConcreteRequest, inventory: Inventory) -> bool:
    """Whether a session of a role carries tags that the role does not have."""
    if request.principal not in inventory.principals:
        return False
    own = {f"{_PRINCIPAL_TAG}{k}": (v,) for k, v in make_caller(inventory, request.principal).tags.items()}
    return {k: v for k, v in request.context.items() if k.startswith(_PRINCIPAL_TAG)} != own


def _implied(request: ConcreteRequest, inventory: Inventory) -> dict[str, tuple[str, ...]]:
    return {**_implied_by_caller(request.principal, inventory), **_implied_by_resource(request, inventory)}


def _implied_by_caller(principal: str, inventory: Inventory) -> dict[str, tuple[str, ...]]:
    if principal in inventory.callers:
        caller = make_caller(inventory, principal)
        found: dict[str, tuple[str, ...]] = {k: () if v is None else (v,) for k, v in caller.keys.items()}
        return found | {f"{_PRINCIPAL_TAG}{k}": (v,) for k, v in caller.tags.items()}
    if inventory.knows_members and account_of(principal) in inventory.members:
        return {"aws:principalorgid": (inventory.organization,)}
    return {}


def _implied_by_resource(request: ConcreteRequest, inventory: Inventory) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    bucket = _bucket_of(request.resource)
    owner = next((b.account for b in inventory.buckets if b.name == bucket), account_of(request.resource))
    if owner:
        service = f"{request.action.partition(':')[0].lower()}:"
        found |= {key: (owner,) for key in sorted(RESOURCE_ACCOUNT) if key.startswith(("aws:", service))}
    if inventory.knows_members and owner in inventory.members:
        found[RESOURCE_ORGANIZATION] = (inventory.organization,)
    for point in inventory.access_points:
        if request.resource in point.resources:
            found |= {ACCESS_POINT_ARN: (point.arn,), ACCESS_POINT_ACCOUNT: (point.account,)}
    return found


# Deciding.


_Section = tuple[Kind, str, Sequence[Document], Callable[[GlobSet], GlobSet] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A statement with a say in a request: whose it is, where in the organization, and whether it applies."""

    kind: Kind
    level: str
    note: Note
    applies: bool


class _Case:
    """One request in its world."""

    def __init__(self, world: World, question: Question) -> None:
        self.world, self.question = world, question
        self.inventory, self.request = world.inventory, question.request
        self.account = account_of(question.request.principal)
        self.owner = _owner(question, world.inventory)
        self.known = world.inventory.principals.get(question.request.principal)
        self.assignment = assignment_of(question.request)

    @property
    def is_root(self) -> bool:
        """Whether a root user asks."""
        return self.request.principal.endswith(":root")

    def decision(self, sides: tuple[Derived, Derived]) -> Decision:
        """The decision, and what decided."""
        upper, lower = sides
        action, principal = self.request.action.lower(), self.request.principal
        if action in SIGNED_BY_USER_OR_ROLE and principal in CANNOT_SIGN_IT:
            words = "only users and roles can make this request"
            return self._made(Verdict.IMPLICITLY_DENIED, [_rule(words, "none")])
        above, below = (side.question.formula.evaluate(self.assignment) for side in sides)
        if not all(_is_true(above, literal) for literal in upper.asked):
            raise RequestError("no real request has this context: a key contradicts the principal or the resource")
        may = _is_true(above, upper.allowed)
        surely = _is_true(below, lower.allowed) and not self._is_unknown(upper, above)
        said = [self._said(wide=wide) for wide in (True, False)]
        if may and surely:
            return self._made(Verdict.ALLOWED, self._allowing(said[1]), remarks=self._remarks(lower, below))
        if may:
            reasons = self._reasons(((upper, above), (lower, below)), said)
            return self._made(Verdict.UNDETERMINED, self._allowing(said[0]), reasons)
        denying = [*self._deciders([s for s in said[0] if s.applies], Effect.DENY), *self._blocking()]
        if denying:
            return self._made(Verdict.EXPLICITLY_DENIED, denying)
        perhaps = any(s.applies and s.note.effect is Effect.DENY for s in said[1])
        remarks = ("a statement that is open to two readings may deny it explicitly",) if perhaps else ()
        return self._made(Verdict.IMPLICITLY_DENIED, self._missing(said[0]), remarks=remarks)

    def _is_unknown(self, upper: Derived, values: Sequence[bool]) -> bool:
        """Whether the request is about a resource of another account, of whose policy nothing is known."""
        foreign = any(e is FOREIGN_RESOURCES and _is_true(values, literal) for e, literal in upper.ledger)
        return foreign and not self._guards()

    def _made(
        self,
        verdict: Verdict,
        deciders: Iterable[Decider],
        reasons: Iterable[str] = (),
        remarks: Iterable[str] = (),
    ) -> Decision:
        request = self.request
        context = tuple(ContextValue(key=k, values=v) for k, v in sorted(request.context.items()))
        return Decision(
            line=0,
            id="",
            request=Asked(
                principal=request.principal,
                session=request.session,
                action=request.action,
                resource=request.resource,
                context=context,
            ),
            decision=verdict,
            deciders=tuple(deciders),
            reasons=tuple(dict.fromkeys(in_words(r) for r in reasons)),
            remarks=tuple(remarks),
            error="",
        )

    # The statements that have a say.

    def _said(self, *, wide: bool) -> list[Said]:
        """Every statement with a say in the request, on one side."""
        sections = list(self._sections())
        keys = frozenset(k for _, _, documents, _ in sections for d in documents for k in d.set_keys)
        side = Side(wide=wide, every_request=True)
        derivation = Derivation(self.inventory, side, actions=None, set_keys=keys, knows_principal=True)
        if self.request.principal in self.inventory.callers:
            derivation.caller = make_caller(self.inventory, self.request.principal)
        found: list[tuple[Kind, str, Note]] = []
        for kind, level, documents, reach in sections:
            before = len(derivation.notes)
            derivation.through = reach
            derivation.resource_grants(documents, kind)
            found += [(kind, level, note) for note in derivation.notes[before:]]
        values = derivation.formula.evaluate(self.assignment)
        return [Said(kind=k, level=at, note=n, applies=_is_true(values, n.literal)) for k, at, n in found]

    def _sections(self) -> Iterator[_Section]:
        """The documents with a say in the request: of which kind, and where in the organization."""
        if self.known is not None:
            yield Kind.IDENTITY, "", self.known.documents, None
            if self.known.boundary is not None:
                yield Kind.BOUNDARY, "", (self.known.boundary,), None
        sessions = _session_documents(self.question.inline)
        if sessions:
            yield Kind.SESSION, "", sessions, None
        for guard in self._guards():
            yield from self._guarded(guard)
        if self._is_bound():
            yield from self._organization()
        yield from self._endpoints()

    def _organization(self) -> Iterator[_Section]:
        """The policies of the levels that bind the caller, and of those that bind the resource."""
        for level in self.inventory.levels(self.account, SCP):
            yield Kind.SCP, level.target, level.documents, None
        for level in self.inventory.levels(self.owner, RCP) if self._is_restricted() else ():
            yield Kind.RCP, level.target, level.documents, None

    def _endpoints(self) -> Iterator[_Section]:
        """The policy of the VPC endpoint that the request goes through."""
        for endpoint in self._used():
            kind = Kind.GATEWAY_ENDPOINT if endpoint.is_gateway else Kind.ENDPOINT
            yield kind, "", (endpoint.policy,), None

    def _used(self) -> list[Endpoint]:
        """The VPC endpoints whose policies the request has to pass."""
        used, action = self.request.context.get("aws:sourcevpce", ()), self.request.action.lower()
        return [e for e in self.inventory.endpoints if e.id in used and action in e.actions]

    def _is_bound(self) -> bool:
        """Whether organization policies bind the caller: they do not bind service-linked roles."""
        return self.known is None or not self.known.path.startswith(SERVICE_LINKED_PATH)

    def _guards(self) -> list[Guard]:
        """The resource that the request is about, if it can have a policy."""
        action, resource = self.request.action.lower(), self.request.resource
        about = _bound(GlobSet([action]), GlobSet([resource]), ())
        return [g for g in guards_for(self.inventory, about) if action in g.actions and resource in g.resources]

    def _guarded(self, guard: Guard) -> Iterator[_Section]:
        """The documents of a resource; of an access point also those of the bucket behind it."""
        yield guard.kind, "", guard.documents, None
        if guard.grants:
            yield Kind.GRANT, "", guard.grants, None
        if guard.bucket is not None:
            yield Kind.ACL, "", guard.bucket.acl, None
        if guard.point is not None:
            for bucket in self.inventory.buckets:
                if (bucket.name, bucket.account) in guard.point.buckets and bucket.policy is not None:
                    reach = partial(through, bucket_arn=bucket.arn, access_point_arn=guard.point.arn)
                    yield Kind.RESOURCE, "", (bucket.policy,), reach

    def _is_restricted(self) -> bool:
        """Whether resource control policies surely bind the request: its service, and no key of AWS's own."""
        managed = any(r.aws_managed for r in self.inventory.resources if self.request.resource in r.resources)
        return self.request.action.lower() in RCP_ACTIONS and not managed

    # What is said of a decision.

    def _allowing(self, said: Sequence[Said]) -> Iterator[Decider]:
        """The statements that allow, of each kind of policy; what needs none."""
        allowing = [s for s in said if s.applies and s.note.effect is Effect.ALLOW]
        yield from self._deciders(allowing, Effect.ALLOW)
        if not any(s.kind in GRANTING for s in allowing):
            root = "the root user of an account may do in it whatever nothing denies"
            yield _rule(root if self.is_root else "it is allowed whatever the policies say", "Allow")

    def _deciders(self, said: Sequence[Said], effect: Effect) -> Iterator[Decider]:
        groups: dict[tuple[Kind, str], list[Note]] = {}
        for one in said:
            if one.note.effect is effect and not (effect is Effect.DENY and self._is_spared(one)):
                groups.setdefault((one.kind, one.level), []).append(one.note)
        for (kind, level), found in groups.items():
            named = ", ".join(dict.fromkeys(self._document(n) for n in found))
            words = f"{'denied' if effect is Effect.DENY else 'allowed'} by {named}"
            places = tuple(self._place(n) for n in found)
            yield Decider(kind=_kind_of(kind), effect=effect.value, level=level, words=words, statements=places)

    def _is_spared(self, one: Said) -> bool:
        """Whether a Deny does not count: the root user of a bucket's account can always mend its policy."""
        mends = self.request.action.lower() in BUCKET_POLICY_ACTIONS
        return mends and self.is_root and one.kind is Kind.RESOURCE and self.owner == self.account

    def _blocking(self) -> Iterator[Decider]:
        """Block Public Access, where it surely stops the request."""
        if self.request.principal.startswith("service:"):
            return
        for guard in self._guards():
            one = guard.bucket or guard.point
            if one is None or not one.restricts_public or self.account == guard.account:
                continue
            if self.inventory.has_public_policy(one, wide=False):
                words = "RestrictPublicBuckets: a public policy serves AWS services and the own account alone"
                yield Decider(kind="Block Public Access", effect="Deny", level="", words=words, statements=())

    def _missing(self, said: Sequence[Said]) -> Iterator[Decider]:
        """What would have to allow the request and does not."""
        allowing = {(s.kind, s.level) for s in said if s.applies and s.note.effect is Effect.ALLOW}
        kinds = {kind for kind, _ in allowing}
        for level in self.inventory.levels(self.account, SCP) if self._is_bound() else ():
            if (Kind.SCP, level.target) not in allowing:
                words = f"no service control policy at {level.target} allows it"
                yield Decider(kind=Kind.SCP.value, effect="none", level=level.target, words=words, statements=())
        for kind, words in self._limits():
            if kind not in kinds:
                yield _none(kind, words)
        if self.known is not None and Kind.IDENTITY not in kinds:
            yield _none(Kind.IDENTITY, f"no identity policy of {self.known.name} allows it")
        if not kinds & _RESOURCE and self._needs_resource(has_identity=self.is_root or Kind.IDENTITY in kinds):
            yield _none(Kind.RESOURCE, self._unguarded(said))

    def _limits(self) -> Iterator[tuple[Kind, str]]:
        """What limits the caller beside the organization, and how to say that it does not let the request through."""
        if self.known is not None and self.known.boundary is not None:
            yield Kind.BOUNDARY, f"{self._named(self.known.boundary)} does not allow it"
        if self.question.inline.session:
            yield Kind.SESSION, "no session policy allows it"
        for endpoint in self._used():
            kind = Kind.GATEWAY_ENDPOINT if endpoint.is_gateway else Kind.ENDPOINT
            yield kind, f"the policy of endpoint {endpoint.id} does not allow it"

    def _needs_resource(self, *, has_identity: bool) -> bool:
        """Whether the policy of the resource would have had to allow the request, or could have."""
        guards = self._guards()
        if self.account not in self.inventory.accounts:
            return True
        if not has_identity:
            return bool(guards)
        if guards:
            return any(g.account != self.account or not g.trusts_account for g in guards)
        return account_of(self.request.resource) not in ("", self.account)

    def _unguarded(self, said: Sequence[Said]) -> str:
        named = list(dict.fromkeys(self._document(s.note) for s in said if s.kind in _RESOURCE))
        if named:
            return f"{', '.join(named)} does not allow it"
        return "no policy of the resource allows it"

    def _reasons(self, sides: Sequence[tuple[Derived, Sequence[bool]]], said: Sequence[Sequence[Said]]) -> list[str]:
        """The readings and ledger entries that the request hangs on."""
        above, below = ({_where(s.note): s for s in given} for given in said)
        found: list[str] = []
        for where, one in above.items():
            other = below[where]
            if other.applies is not one.applies:
                found += one.note.readings + other.note.readings
        for side, values in sides:
            found += [entry.id for entry, literal in side.ledger if _is_true(values, literal)]
        found = [r for r in found or [r for side, _ in sides for r in side.readings] if r != SESSION_TAGS]
        if not found:
            found = [f"whose {self.request.resource} is, and which policies it has, is not known"]
        return sorted(dict.fromkeys(found), key=lambda reason: reason in READINGS)

    def _remarks(self, lower: Derived, values: Sequence[bool]) -> Iterator[str]:
        """What the answer takes for granted of an account that is not in the snapshot."""
        if not self.account or self.account in self.inventory.accounts:
            return
        flags = {**(self.request.flags or {}), CALLER_ALLOWS: False}
        without = assignment_of(replace(self.request, flags=flags))
        if _is_true(values, lower.allowed) and not _is_true(lower.question.formula.evaluate(without), lower.allowed):
            yield f"provided that account {self.account}, of which nothing is known, allows it too"

    def _document(self, note: Note) -> str:
        brought = self._brought(note.document.origin)
        return f"policies.{brought} of the request" if brought else document_name(note)

    def _named(self, document: Document) -> str:
        brought = self._brought(document.origin)
        return f"policies.{brought} of the request" if brought else f"the permissions boundary {document.origin.name}"

    def _brought(self, origin: Origin) -> str:
        """Where in the request a document stands, empty where it is the snapshot's."""
        if origin.file == "request":
            return origin.path.removeprefix("$.policies.")
        return self.world.places.get((origin.file, origin.path), "")

    def _place(self, note: Note) -> Place:
        origin, statement = note.document.origin, note.statement
        brought = self._brought(origin)
        start = f"$.policies.{brought}" if brought else origin.path
        return Place(
            document=self._document(note),
            file="request" if brought else origin.file,
            path=".".join(p for p in (start, statement.path) if p),
            sid=statement.sid,
        )


_RESOURCE = frozenset({Kind.RESOURCE, Kind.UNNAMED, Kind.TRUST, Kind.ACL, Kind.GRANT})


def _kind_of(kind: Kind) -> str:
    named = {Kind.UNNAMED: Kind.RESOURCE, Kind.GATEWAY_ENDPOINT: Kind.ENDPOINT}
    return named.get(kind, kind).value


def _none(kind: Kind, words: str) -> Decider:
    return Decider(kind=_kind_of(kind), effect="none", level="", words=words, statements=())


def _rule(words: str, effect: str) -> Decider:
    return Decider(kind="rule of AWS", effect=effect, level="", words=words, statements=())


def _where(note: Note) -> tuple[Any, ...]:
    return note.kind, note.document.origin, note.statement.path, note.effect


def _is_true(values: Sequence[bool], literal: Literal) -> bool:
    return values[abs(literal)] is (literal > 0)


# The answer.


def answer_of(decisions: Sequence[Decision]) -> SimulateAnswer:
    """All decisions."""
    return SimulateAnswer(
        format=FORMAT,
        tool=f"auditctl {__version__}",
        exit_code=exit_code(decisions).value,
        decisions=tuple(decisions),
    )


def exit_code(decisions: Iterable[Decision]) -> ExitCode:
    """The exit code of `auditctl simulate`."""
    verdicts = {d.decision for d in decisions}
    applies = {
        ExitCode.UNREADABLE: None in verdicts,
        ExitCode.INCONCLUSIVE: Verdict.UNDETERMINED in verdicts or not verdicts,
    }
    return first_of(code for code, does in applies.items() if does)


_STYLES = {
    Verdict.ALLOWED: "bold green",
    Verdict.IMPLICITLY_DENIED: "bold red",
    Verdict.EXPLICITLY_DENIED: "bold red",
    Verdict.UNDETERMINED: "bold yellow",
}


def decision_text(decision: Decision, surface: Surface) -> str:
    """One decision for people."""
    page = Page(surface)
    decision = printable(decision)
    name = decision.id or (f"line {decision.line}" if decision.error else "")
    if decision.decision is None or decision.request is None:
        page.line(("Error", "bold red"), f"  {name}: {decision.error}")
        page.blank()
        return page.text
    request = decision.request
    who = f"{request.principal}{f' in session {request.session}' if request.session else ''}"
    words = f"  {f'{name}: ' if name else ''}{who} {request.action} {request.resource}"
    page.line((decision.decision.value, _STYLES[decision.decision]), words)
    for decider in decision.deciders:
        _decider(page, decider)
    for reason in decision.reasons:
        page.paragraph(f"{reason}.", indent=2, label="- ", hang=2)
    for remark in decision.remarks:
        page.paragraph(f"{remark}.", indent=2)
    page.blank()
    return page.text


def _decider(page: Page, decider: Decider) -> None:
    level = f" at {decider.level}" if decider.level and decider.effect != "none" else ""
    page.paragraph(f"{decider.words}.", indent=2, label=f"{decider.kind}{level}: ", hang=2)
    for place in decider.statements:
        sid = f" ({place.sid})" if place.sid else ""
        page.line((f"{place.file} {place.path}{sid}", "dim"), indent=4)


FORMATS: dict[str, Callable[[Decision, Surface], str]] = {
    "rich": decision_text,
    "jsonl": lambda decision, _surface: line_of(decision),
}


def whole_json(decisions: Sequence[Decision]) -> str:
    """The answer as one JSON text."""
    return json_of(answer_of(decisions))


def read_requests(path: Path | None, stdin: bytes) -> list[Line]:
    """The requests of a file, or of standard input."""
    if path is None:
        return read_lines(stdin, "stdin", lines=True)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Unreadable(f"{path}: {(error.strerror or type(error).__name__).lower()}") from None
    return read_lines(content, str(path), lines=path.suffix in (".jsonl", ".ndjson"))
