"""Chains of hosts, and flows with requests, in words."""

from collections.abc import Mapping

from checkers.cloud.control import Path, fill_text
from checkers.cloud.network.flow_control import Flow
from checkers.cloud.network.flow_words import services_in_words, side_in_words
from checkers.cloud.network.lateral_control import Lateral
from checkers.cloud.paths import steps_in_words


def lateral_in_words(lateral: Lateral, kind: str, values: Mapping[str, str], what: str) -> str:
    """What a control of chains of hosts says of one target, as one sentence without its full stop.

    `what` is the request that is its goal, if it has one.
    """
    start = side_in_words(lateral.start.source, lateral.start.not_source, kind, values)
    flows = f"flows ({services_in_words(lateral.hop) or 'any'})"
    if lateral.goal is not None:
        return f"from {start} no chain of {flows} leads to {_flow_goal(lateral.goal, kind, values)}"
    path = lateral.path or Path((), (), ())
    steps, goal = _steps(path), _goal(path, values, what)
    return f"from {start} no chain of {flows} and roles{steps} leads to {goal}"


def _flow_goal(goal: Flow, kind: str, values: Mapping[str, str]) -> str:
    services = services_in_words(goal)
    end = side_in_words(goal.target, goal.not_target, kind, values)
    return f"a packet ({services}) that gets to {end}" if services else f"a packet that gets to {end}"


def _steps(path: Path) -> str:
    return f", with steps of {steps_in_words(path.steps)}," if path.steps else ""


def _goal(path: Path, values: Mapping[str, str], what: str) -> str:
    if path.admin:
        return "a principal that can set its own permissions"
    return what if path.request is not None else ", ".join(fill_text(p, values, "") for p in path.principal)
