"""Controls in their canonical JSON form: `auditctl-control/1`.

The YAML that people write is turned into this form by the tool; the checker reads only this form and
says in words what it asks, so that a reader need not compare it with the YAML.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from checkers.cloud import resource_policies
from checkers.cloud.conditions import Condition, parse_condition_block
from checkers.cloud.network.flow_control import NETWORK_KINDS, Flow, parse_flow
from checkers.cloud.network.lateral_control import Lateral, parse_lateral
from checkers.cloud.patterns import parse_resources
from checkers.cloud.policy import Document, Origin, action_set, parse_document
from checkers.cloud.steps import Step, parse_steps
from checkers.kernel.globs import ANY, STAR, GlobSet
from checkers.strict_json import Json
from checkers.verdict import Unreadable

FORMAT = "auditctl-control/1"
KINDS = tuple(
    sorted((
        *("access-point", "account", "bucket", "group", "policy", "role", "user"),
        *resource_policies.KINDS,
        *NETWORK_KINDS,
    ))
)
# Targets that ask by themselves unless somebody else is named, and those that are asked about on their own.
CALLERS = ("role", "user")
ALONE = ("group", "policy")
FACTS = ("s3-resource-types", "secure-transport-present")
SELECTORS = (
    "account",
    "anonymous",
    "anyone",
    "canonical",
    "federated",
    "organization",
    "outside-account",
    "outside-organization",
    "service",
    "signed-in",
    "snapshot",
    "target",
)
WHERE_NAMES = ("account", "name", "path", "not_account", "not_name", "not_path")
WHERE_TAGS = ("tag", "not_tag")
# Who asks in a control of a flow and a request, and what such a control is for.
INSTANCE_ROLE = "instance-role"
COMPOSED_KINDS = ("instance", "interface")
_GOAL_LISTS = ("action", "not_action", "resource", "not_resource")
_REQUEST_LISTS = ("principal", "not_principal", *_GOAL_LISTS)


@dataclass(frozen=True, slots=True)
class Request:
    """The requests that a control speaks of. Texts may hold `${target.NAME}`."""

    principal: tuple[str, ...]
    not_principal: tuple[str, ...]
    action: tuple[str, ...]
    not_action: tuple[str, ...]
    resource: tuple[str, ...]
    not_resource: tuple[str, ...]
    condition: Mapping[str, Mapping[str, tuple[str, ...]]]
    all: bool
    session_policy: tuple[Json, ...] = ()


NO_REQUEST = Request((), (), (), (), (), (), {}, all=False)


@dataclass(frozen=True, slots=True)
class Path:
    """The chains that a control speaks of: from whom, by which steps, to what.

    The goal is one of three: `admin` (a principal that can set its own permissions), one of the `principal`
    globs, or a principal that may make the `request`.
    """

    start: tuple[str, ...]
    not_start: tuple[str, ...]
    steps: tuple[Step, ...]
    admin: bool = False
    principal: tuple[str, ...] = ()
    request: Request | None = None


@dataclass(frozen=True, slots=True)
class Composed:
    """A flow and a request of one target. The principal `instance-role` is the role of its instance."""

    flow: Flow
    request: Request


@dataclass(frozen=True, slots=True)
class Control:
    """One control.

    It speaks of chains of principals where it has a `path`, of packets where it has a `flow`, of chains of hosts where
    it is `lateral`, of a packet and a request where it is `composed`, and else of requests.
    """

    id: str
    title: str
    for_each: str
    where: Mapping[str, tuple[str, ...]]
    where_tags: Mapping[str, Mapping[str, tuple[str, ...]]]
    form: str
    request: Request
    assume: tuple[str, ...]
    path: Path | None = None
    flow: Flow | None = None
    lateral: Lateral | None = None
    composed: Composed | None = None

    @property
    def is_of_requests(self) -> bool:
        """Whether it speaks of requests alone, each by itself."""
        return self.path is None and self.flow is None and self.lateral is None and self.composed is None


def parse_control(value: Json, where: str) -> Control:
    """A control from its canonical JSON. Raises `Unreadable`."""
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise Unreadable(f"{where}: format is not {FORMAT!r}")
    unknown = value.keys() - _MEMBERS
    if unknown:
        raise Unreadable(f"{where}: unknown member `{min(unknown)}`")
    forms = [f for f in ("forbid", "require") if f in value]
    if len(forms) != 1:
        raise Unreadable(f"{where}: a control has exactly one of forbid and require")
    if value.get("for_each") not in KINDS:
        raise Unreadable(f"{where}: for_each is {value.get('for_each')!r}, not one of {', '.join(KINDS)}")
    names, tags = _where(value.get("where", {}), where)
    form, kind, claim = forms[0], value["for_each"], value[forms[0]]
    lateral = _lateral(claim, form, kind, where)
    path = None if lateral else _path(claim, form, kind, where)
    flow = parse_flow(claim, form, kind, where)
    composed = _composed(claim, form, kind, where)
    is_of_requests = not (lateral or path or flow or composed)
    if kind in NETWORK_KINDS and (path or is_of_requests):
        raise Unreadable(f"{where}: a control for each {kind} is about flows, its {form} has no flow")
    return Control(
        id=_text(value, "id", where),
        title=_text(value, "title", where),
        for_each=kind,
        where=names,
        where_tags=tags,
        form=form,
        request=_request(claim, form, kind, where) if is_of_requests else NO_REQUEST,
        assume=_facts(value, where),
        path=path,
        flow=flow,
        lateral=lateral,
        composed=composed,
    )


_MEMBERS = frozenset(
    "format id title severity rationale remediation maps_to parameters for_each where forbid require assume".split()
)


def _text(value: Mapping[str, Json], name: str, where: str) -> str:
    if not isinstance(value.get(name), str):
        raise Unreadable(f"{where}: {name} is not text")
    return str(value[name])


def _texts(value: Json, name: str, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise Unreadable(f"{where}: {name} is not a list of texts")
    return tuple(value)


def _facts(value: Mapping[str, Json], where: str) -> tuple[str, ...]:
    facts = _texts(value.get("assume", []), "assume", where)
    unknown = [f for f in facts if f not in FACTS]
    if unknown:
        raise Unreadable(f"{where}: unknown fact `{unknown[0]}` in assume; known are {', '.join(FACTS)}")
    return facts


def _where(value: Json, where: str) -> tuple[dict[str, tuple[str, ...]], dict[str, dict[str, tuple[str, ...]]]]:
    if not isinstance(value, dict) or value.keys() - {*WHERE_NAMES, *WHERE_TAGS}:
        raise Unreadable(f"{where}: where is not an object of {', '.join((*WHERE_NAMES, *WHERE_TAGS))}")
    names = {n: _texts(value[n], f"where.{n}", where) for n in WHERE_NAMES if n in value}
    tags = {n: value[n] for n in WHERE_TAGS if n in value}
    if not all(isinstance(t, dict) for t in tags.values()):
        raise Unreadable(f"{where}: where.tag is not an object")
    return names, {n: {k: _texts(v, f"where.{n}.{k}", where) for k, v in t.items()} for n, t in tags.items()}


def _request(value: Json, form: str, kind: str, where: str) -> Request:
    request = value.get("request") if isinstance(value, dict) and set(value) == {"request"} else None
    if not isinstance(request, dict) or request.keys() - {*_REQUEST_LISTS, "condition", "session_policy", "all"}:
        raise Unreadable(f"{where}: {form} is not an object with one request of known members")
    if type(request.get("all", False)) is not bool or (form == "forbid" and "all" in request):
        raise Unreadable(f"{where}: all is not a boolean of a require")
    found = _read_request(request, f"{form}.request", where)
    _check_principals(found.principal, found.not_principal, kind, where)
    if found.session_policy and kind in ALONE:
        raise Unreadable(f"{where}: a control for each {kind} asks about its documents alone and has no session_policy")
    return found


def _read_request(request: Mapping[str, Json], name: str, where: str) -> Request:
    lists = {n: _texts(request.get(n, []), f"{name}.{n}", where) for n in _REQUEST_LISTS}
    if not lists["action"] and not lists["not_action"]:
        raise Unreadable(f"{where}: {name} has neither action nor not_action")
    policies = request.get("session_policy", [])
    if not isinstance(policies, list):
        raise Unreadable(f"{where}: {name}.session_policy is not a list of policy documents")
    _session_policies(tuple(policies), {}, where)
    return Request(
        **lists,
        condition=_condition(request.get("condition", {}), where),
        all=request.get("all", False),
        session_policy=tuple(policies),
    )


def _session_policies(values: tuple[Json, ...], names: Mapping[str, str], where: str) -> tuple[Document, ...]:
    """The documents of `session_policy`, each of which must be one that AWS would take."""
    found = []
    for i, value in enumerate(values):
        origin = Origin(where, f"$.session_policy[{i}]", f"session policy {i + 1}")
        document = parse_document(_filled(value, names), origin)
        problems = [document.problem, *(s.problem for s in document.statements)]
        problems += ["Principal in a session policy" for s in document.statements if s.principals is not None]
        problems += ["no Resource in a session policy" for s in document.statements if s.resources is None]
        problem = next((p for p in problems if p), None) if isinstance(value, dict) else "not an object"
        if problem is not None:
            raise Unreadable(f"{where}: {origin.path}: {problem}")
        found.append(document)
    return tuple(found)


def _filled(value: Json, names: Mapping[str, str]) -> Json:
    """The document with `${target.NAME}` replaced; other `${...}` are policy variables. Its depth is limited."""
    if isinstance(value, dict):
        return {key: _filled(inner, names) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, names) for inner in value]
    if isinstance(value, str):
        for name, text in names.items():
            value = value.replace(f"${{{name}}}", text)
    return value


def _path(value: Json, form: str, kind: str, where: str) -> Path | None:
    """The chains of a `forbid: path`, None where the control speaks of requests."""
    if form != "forbid" or not isinstance(value, dict) or set(value) != {"path"}:
        return None
    path = value["path"]
    if not isinstance(path, dict) or path.keys() - {"from", "not_from", "steps", "to"}:
        raise Unreadable(f"{where}: forbid.path is not an object of from, not_from, steps and to")
    start, but = (_texts(path.get(n, []), f"forbid.path.{n}", where) for n in ("from", "not_from"))
    if kind in ALONE:
        raise Unreadable(f"{where}: chains are not asked about for each {kind}")
    _check_principals(start, but, kind, where)
    steps = parse_steps(path.get("steps"), where)
    goal = path.get("to")
    if not isinstance(goal, dict) or len(goal) != 1:
        raise Unreadable(f"{where}: forbid.path.to is not one of admin, principal and request")
    return _with_goal(Path(start, but, steps), goal, where)


def _lateral(value: Json, form: str, kind: str, where: str) -> Lateral | None:
    """The chains of hosts of a `forbid: path` that has a hop."""
    found = parse_lateral(value, form, kind, where)
    if found is None:
        return None
    lateral, path = found
    if kind in ALONE:
        raise Unreadable(f"{where}: chains are not asked about for each {kind}")
    if lateral.goal is not None:
        return lateral
    steps = parse_steps(path["steps"], where) if "steps" in path else ()
    return replace(lateral, path=_with_goal(Path((), (), steps), path["to"], where))


def _composed(value: Json, form: str, kind: str, where: str) -> Composed | None:
    """A flow and a request, both of which a target must not have; None where there is only one of them."""
    if not isinstance(value, dict) or set(value) != {"flow", "request"}:
        return None
    if form != "forbid" or kind not in COMPOSED_KINDS:
        kinds = " or ".join(COMPOSED_KINDS)
        raise Unreadable(f"{where}: a flow and a request are only forbidden together, for each {kinds}")
    flow, request = parse_flow({"flow": value["flow"]}, form, kind, where), value["request"]
    if not isinstance(request, dict) or request.keys() - {*_REQUEST_LISTS, "condition", "session_policy"}:
        raise Unreadable(f"{where}: {form}.request is not an object of known members")
    found = _read_request(request, f"{form}.request", where)
    if found.principal in ((), (INSTANCE_ROLE,)) and not found.not_principal:
        found = replace(found, principal=(INSTANCE_ROLE,))
    else:
        _check_principals(found.principal, found.not_principal, kind, where)
    return Composed(cast("Flow", flow), found)


def _with_goal(path: Path, goal: Mapping[str, Json], where: str) -> Path:
    name = "forbid.path.to"
    if goal.get("admin") is True:
        return replace(path, admin=True)
    if "principal" in goal:
        principal = _texts(goal["principal"], f"{name}.principal", where)
        if not principal:
            raise Unreadable(f"{where}: {name}.principal names nobody")
        return replace(path, principal=principal)
    request = goal.get("request")
    if not isinstance(request, dict) or request.keys() - {*_GOAL_LISTS, "condition"}:
        raise Unreadable(f"{where}: {name} is not one of admin, principal and request of known members")
    return replace(path, request=_read_request(request, f"{name}.request", where))


def _check_principals(principal: tuple[str, ...], but: tuple[str, ...], kind: str, where: str) -> None:
    entries = (*principal, *but)
    for entry in entries:
        own = kind in CALLERS and entry == "${target.arn}"
        if entry not in SELECTORS and not own and not _names_principals(entry):
            raise Unreadable(f"{where}: unknown principal `{entry}`")
        if entry == "target" and kind not in CALLERS:
            raise Unreadable(f"{where}: principal `target` is for roles and users, not for each {kind}")
    if kind in ALONE and entries:
        raise Unreadable(f"{where}: a control for each {kind} asks about its documents alone and names no principal")
    if kind not in (*CALLERS, *ALONE) and not principal:
        raise Unreadable(f"{where}: a control for each {kind} names the principals that it asks about")


def _names_principals(entry: str) -> bool:
    """Whether some caller can be what the entry says: users, roles and root in IAM, federated users in STS."""
    if entry.startswith(("service:", "federated:", "canonical:")) or entry == "${target.account}":
        return True
    parts = entry.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":  # noqa: PLR2004
        return len(entry) == 12 and entry.isascii() and entry.isdigit()  # noqa: PLR2004
    ends = {"iam": ("user/", "role/", "root", "*"), "sts": ("federated-user/", "*"), "*": ("",)}
    return parts[5].startswith(ends.get(parts[2], ()))


def _condition(value: Json, where: str) -> dict[str, dict[str, tuple[str, ...]]]:
    if not isinstance(value, dict) or not all(isinstance(pairs, dict) for pairs in value.values()):
        raise Unreadable(f"{where}: condition is not an object of objects")
    block = {o: {k: _texts(v, f"condition.{o}.{k}", where) for k, v in pairs.items()} for o, pairs in value.items()}
    problems = [c.problem for c in parse_condition_block(block, variables=False) if c.problem]
    if problems:
        raise Unreadable(f"{where}: {problems[0]}")
    return block


@dataclass(frozen=True, slots=True)
class BoundRequest:
    """The request of one claim: the placeholders filled, the lists as sets."""

    principal: tuple[str, ...]
    not_principal: tuple[str, ...]
    actions: GlobSet | None
    not_actions: GlobSet | None
    resources: GlobSet | None
    not_resources: GlobSet | None
    conditions: tuple[Condition, ...]
    session_policies: tuple[Document, ...] = ()


def bind(request: Request, values: Mapping[str, str], where: str) -> BoundRequest:
    """The request with `${target.NAME}` filled in. One without them is the same for every target."""
    known = _BOUND.get(id(request))
    if known is not None:
        return known[1]
    bound = _bind(request, values, where)
    if len(_BOUND) < MAX_BOUND and not _has_placeholder(request):
        _BOUND[id(request)] = request, bound  # with the request, so that its id stays its own
    return bound


MAX_BOUND = 4_096  # requests that are remembered
_BOUND: dict[int, tuple[Request, BoundRequest]] = {}


def _has_placeholder(request: Request) -> bool:
    lists = [getattr(request, name) for name in _REQUEST_LISTS]
    lists += [texts for pairs in request.condition.values() for texts in pairs.values()]
    return bool(request.session_policy) or any("${" in text for texts in lists for text in texts)


def _bind(request: Request, values: Mapping[str, str], where: str) -> BoundRequest:
    def fill(texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(fill_text(t, values, where) for t in texts)

    if not all(a.isascii() for a in (*request.action, *request.not_action)):
        raise Unreadable(f"{where}: an action has a letter outside ASCII")
    block = {o: {k: fill(v) for k, v in pairs.items()} for o, pairs in request.condition.items()}
    return BoundRequest(
        fill(request.principal),
        fill(request.not_principal),
        action_set(fill(request.action)) if request.action else None,
        action_set(fill(request.not_action)) if request.not_action else None,
        resource_set(fill(request.resource), where) if request.resource else None,
        resource_set(fill(request.not_resource), where) if request.not_resource else None,
        parse_condition_block(block, variables=False),
        _session_policies(request.session_policy, values, where),
    )


def glob_set(texts: tuple[str, ...]) -> GlobSet:
    """Globs as people write them in controls."""
    return GlobSet([t.replace("*", STAR).replace("?", ANY) for t in texts])


def resource_set(texts: tuple[str, ...], where: str) -> GlobSet:
    """Resources of a control: `*`, or ARNs whose wildcards stay in their part, but for the last."""
    short = [t for t in texts if t != "*" and t.count(":") < 5]  # noqa: PLR2004
    if short:
        raise Unreadable(f"{where}: resource {short[0]!r} is neither `*` nor an ARN with six parts")
    return cast("GlobSet", parse_resources(texts, variables=False).narrow)  # without variables there are no holes


def fill_text(text: str, values: Mapping[str, str], where: str) -> str:
    """The text with each `${target.NAME}` replaced."""
    start = text.find("${")
    while start >= 0:
        end = text.find("}", start)
        name = text[start + 2 : end] if end >= 0 else text[start + 2 :]
        if end < 0 or name not in values:
            raise Unreadable(f"{where}: unknown placeholder `${{{name}}}`; known are {', '.join(sorted(values))}")
        text = text[:start] + values[name] + text[end + 1 :]
        start = text.find("${", start + len(values[name]))
    return text
