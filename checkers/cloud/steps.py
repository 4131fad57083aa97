"""Steps of a chain: what a principal must be allowed so that it gains another one, or more permissions.

A control carries the steps that it speaks of, so that they are part of what is claimed. A step says who
can take it (`caller`), what it gains (`target`), and what it needs: requests that must all be allowed to
the caller, about the same target. With `services` the target trusts one of them; with `holder` there is a
thing of that kind that has the target as its role.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from checkers.cloud.conditions import parse_condition_block
from checkers.cloud.holders import LISTINGS
from checkers.strict_json import Json
from checkers.verdict import Unreadable

CALLERS = ("", "role", "user")
TARGETS = ("group", "role", "self", "user")
# What a request is about: any resource of a pattern; one thing that the step makes and its other requests are
# about too; the caller, the groups that it is in, the customer managed policies that are attached to it; the
# target, the customer managed policies that are attached to it; the thing that has the target as its role.
SUBJECTS = ("any", "made", "self", "own-group", "own-policy", "target", "target-policy", "holder")
_PATTERNED = ("any", "made", "holder")
_OF_TARGET = {"target": ("group", "role", "user"), "target-policy": ("role", "user"), "holder": ("role",)}


@dataclass(frozen=True, slots=True)
class Need:
    """A request that a step needs: one of the actions, on its subject.

    `resource` has the patterns of the subject where the snapshot does not say what there is. `condition` holds of
    every such request; `surely` of one that gains what the step says whatever else is configured.
    """

    action: tuple[str, ...]
    on: str
    resource: tuple[str, ...] = ()
    condition: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    surely: tuple[tuple[str, str, tuple[str, ...]], ...] = ()

    @property
    def has_target(self) -> bool:
        """Whether the request depends on the target."""
        return self.on in _OF_TARGET


@dataclass(frozen=True, slots=True)
class Step:
    """One way to gain a principal. With `raises` the one gained can then give itself permissions.

    Without `across`, caller and target are of one account: what IAM does, it does within an account. With
    `profile`, the target surely is gained only if it has an instance profile.
    """

    id: str
    title: str
    target: str
    needs: tuple[Need, ...]
    caller: str = ""
    services: tuple[str, ...] = ()
    holder: str = ""
    profile: bool = False
    raises: bool = False
    across: bool = False


def parse_steps(value: Json, where: str) -> tuple[Step, ...]:
    """The steps of a control, in its order. Raises `Unreadable`."""
    if not isinstance(value, list) or not value:
        raise Unreadable(f"{where}: forbid.path.steps is not a list of steps")
    found = tuple(_parse_step(row, f"{where}: forbid.path.steps[{i}]") for i, row in enumerate(value))
    names = [step.id for step in found]
    if len(set(names)) != len(names):
        raise Unreadable(f"{where}: forbid.path.steps has a step twice")
    return found


def _parse_step(row: Json, where: str) -> Step:
    if not isinstance(row, dict) or row.keys() - _STEP:
        raise Unreadable(f"{where} is not an object of known members")
    needs = row.get("needs")
    if not isinstance(needs, list) or not needs:
        raise Unreadable(f"{where}.needs is not a list of requests")
    step = Step(
        id=_text(row, "id", where),
        title=_text(row, "title", where),
        target=_one_of(row, "target", TARGETS, where),
        needs=tuple(_parse_need(need, f"{where}.needs[{i}]") for i, need in enumerate(needs)),
        caller=_one_of(row, "caller", CALLERS, where) if "caller" in row else "",
        services=_texts(row, "services", where),
        holder=_one_of(row, "holder", tuple(LISTINGS), where) if "holder" in row else "",
        profile=_flag(row, "profile", where),
        raises=_flag(row, "raises", where),
        across=_flag(row, "across", where),
    )
    problem = _misfit(step)
    if problem:
        raise Unreadable(f"{where}: {problem}")
    return step


_STEP = frozenset("id title caller target services holder profile raises across needs".split())
_NEED = frozenset("action on resource condition surely".split())


def _misfit(step: Step) -> str:
    """Why the parts of a step do not fit one another."""
    subjects = {need.on for need in step.needs}
    for subject, targets in _OF_TARGET.items():
        if subject in subjects and step.target not in targets:
            return f"a request on {subject} of a step whose target is {step.target}"
    if step.target == "self" and not step.raises:
        return "a step that gains nothing"
    if step.target == "group" and (step.caller != "user" or step.raises):
        return "only users join groups, and gain what those may"
    if "own-group" in subjects and step.caller != "user":
        return "only users are in groups"
    if ("holder" in subjects) is not bool(step.holder):
        return "holder and a request on holder belong together"
    if step.services and step.target != "role":
        return "only roles trust services"
    return (
        ""
        if step.target == "self" or step.services or any(n.has_target for n in step.needs)
        else "no request on the target"
    )


def _parse_need(row: Json, where: str) -> Need:
    if not isinstance(row, dict) or row.keys() - _NEED:
        raise Unreadable(f"{where} is not an object of known members")
    need = Need(
        action=_texts(row, "action", where),
        on=_one_of(row, "on", SUBJECTS, where),
        resource=_texts(row, "resource", where),
        condition=_condition(row.get("condition", {}), f"{where}.condition"),
        surely=_condition(row.get("surely", {}), f"{where}.surely"),
    )
    if not need.action or not all(a.isascii() and a.count(":") == 1 and not {*a} & {*"*?"} for a in need.action):
        raise Unreadable(f"{where}.action is not a list of actions without wildcards")
    if (need.on in _PATTERNED) is not bool(need.resource):
        raise Unreadable(f"{where}: resource is for requests on {', '.join(_PATTERNED)}, and needed there")
    both = {(o, k.lower()) for o, k, _ in need.condition} & {(o, k.lower()) for o, k, _ in need.surely}
    if both:
        raise Unreadable(f"{where}: {min(both)} is in condition and in surely")
    short = [r for r in need.resource if r != "*" and r.count(":") < 5]  # noqa: PLR2004
    if short:
        raise Unreadable(f"{where}.resource: {short[0]!r} is neither `*` nor an ARN with six parts")
    return need


def _condition(value: Json, where: str) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """A condition block as operators, keys and values."""
    if not isinstance(value, dict) or not all(isinstance(pairs, dict) for pairs in value.values()):
        raise Unreadable(f"{where} is not an object of objects")
    rows = [(operator, key, _texts(pairs, key, where)) for operator, pairs in value.items() for key in pairs]
    problems = [c.problem for c in parse_condition_block(block_of(tuple(rows)), variables=False) if c.problem]
    if problems:
        raise Unreadable(f"{where}: {problems[0]}")
    return tuple(rows)


def block_of(rows: tuple[tuple[str, str, tuple[str, ...]], ...]) -> dict[str, dict[str, tuple[str, ...]]]:
    """The condition block that operators, keys and values make."""
    block: dict[str, dict[str, tuple[str, ...]]] = {}
    for operator, key, values in rows:
        block.setdefault(operator, {})[key] = values
    return block


def _text(row: Mapping[str, Json], name: str, where: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value:
        raise Unreadable(f"{where}.{name} is not text")
    return value


def _one_of(row: Mapping[str, Json], name: str, words: tuple[str, ...], where: str) -> str:
    value = _text(row, name, where)
    if value not in words:
        raise Unreadable(f"{where}.{name} is {value!r}, not one of {', '.join(w for w in words if w)}")
    return value


def _texts(row: Mapping[str, Json], name: str, where: str) -> tuple[str, ...]:
    value = row.get(name, [])
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise Unreadable(f"{where}.{name} is not a list of texts")
    return tuple(value)


def _flag(row: Mapping[str, Json], name: str, where: str) -> bool:
    value = row.get(name, False)
    if type(value) is not bool:
        raise Unreadable(f"{where}.{name} is not a boolean")
    return value
