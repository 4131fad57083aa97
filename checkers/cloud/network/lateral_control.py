"""The chains of hosts that a control speaks of, in their canonical JSON form.

Such a control has `{"path": {..., "hop": {...}}}` under `forbid`: where the chains start, by which packets one host
takes the next, and what they lead to: a flow, or what roles may reach.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checkers.cloud.network.flow_control import FLOW_KINDS, Flow, read_flow
from checkers.strict_json import Json
from checkers.verdict import Unreadable

if TYPE_CHECKING:  # a control is made of this and of paths
    from checkers.cloud.control import Path

_PATH = ("from", "not_from", "hop", "steps", "to")
_SENDERS = ("from", "not_from")
_SERVICES = ("protocol", "port", "icmp")
_RECEIVERS = ("to", "not_to")


@dataclass(frozen=True, slots=True)
class Lateral:
    """Chains of hosts. Exactly one of `goal` and `path` is there.

    `start` has where they start, `hop` the packets by which a host is taken, `goal` the packets that they lead to.
    `path` has what the roles of hosts lead to, and by which steps; its own start is not used.
    """

    start: Flow
    hop: Flow
    goal: Flow | None = None
    path: "Path | None" = None


def parse_lateral(value: Json, form: str, kind: str, where: str) -> tuple[Lateral, Mapping[str, Json]] | None:
    """The chains of hosts of a control, and its path as it is; None where it speaks of something else.

    Where the goal is no flow, `path` is left to whoever knows what paths are. Raises `Unreadable`.
    """
    path = value.get("path") if isinstance(value, dict) and set(value) == {"path"} else None
    if form != "forbid" or not isinstance(path, dict) or "hop" not in path:
        return None
    name = "forbid.path"
    if path.keys() - {*_PATH}:
        raise Unreadable(f"{where}: {name} is not an object of {', '.join(_PATH)}")
    if "from" not in path and kind not in FLOW_KINDS:
        raise Unreadable(f"{where}: {name} for each {kind} names where chains start, in from")
    start = read_flow({n: path[n] for n in _SENDERS if n in path}, name, kind, where, _SENDERS)
    hop = read_flow(path["hop"], f"{name}.hop", kind, where, _SERVICES)
    goal = path.get("to")
    if not isinstance(goal, dict) or len(goal) != 1:
        raise Unreadable(f"{where}: {name}.to is not one of admin, flow, principal and request")
    if "flow" not in goal:
        return Lateral(start, hop), path
    return Lateral(start, hop, _goal(goal["flow"], path, kind, where)), path


def _goal(flow: Json, path: Mapping[str, Json], kind: str, where: str) -> Flow:
    name = "forbid.path.to.flow"
    found = read_flow(flow, name, kind, where, (*_RECEIVERS, *_SERVICES))
    if "steps" in path:
        raise Unreadable(f"{where}: forbid.path.steps are for chains that lead to a request or a principal")
    if "to" not in flow and (kind not in FLOW_KINDS or "from" not in path):
        raise Unreadable(f"{where}: {name} has no to")
    return found
