"""What must be true of a control of flows beyond the shape of its single places.

Untrusted. As in `rules.py`, the tree has the values of the parameters in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditctl.controls.errors import enumerate_words, quote
from auditctl.controls.iam_words import expected_value
from auditctl.controls.network_words import (
    FLOW_KINDS,
    ID_PREFIXES,
    NETWORK_KINDS,
    WITH_PORTS,
    WITH_TYPES,
)
from auditctl.controls.placeholders import scalars_below
from auditctl.controls.strict_yaml import ListNode, MapNode, Node, ScalarNode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from auditctl.controls.reader import Problems

_SIDES = ("from", "not_from", "to", "not_to")
_COMPOSED_KINDS = ("interface", "instance")
_WITHOUT_VPC = ("account", "network")


def check_no_flow(claim: Node | None, kind: str, problems: Problems) -> None:
    """Note what only belongs to flows, in what `forbid` or `require` has in their place."""
    if claim is not None and kind in NETWORK_KINDS:
        problems.note(f"no `flow` for each {kind}, expected one: such a control is about flows", claim.at)
    _check_placeholders(claim, ("target.id", "target.vpc"), "only in a flow", problems)


def check_flow(flow: MapNode, kind: str, problems: Problems) -> None:
    """Note where the parts of a flow do not fit one another."""
    if kind not in FLOW_KINDS:
        problems.note(f"`flow` for each {kind}, expected it for each {enumerate_words(FLOW_KINDS)}", flow.at)
        return
    if kind in _WITHOUT_VPC:
        _check_placeholders(flow, ("target.vpc",), "for a target in a VPC", problems)
    _check_services(flow, problems)
    _check_sides(flow, problems)


def check_composed(flow: MapNode, request: MapNode, kind: str, problems: Problems) -> None:
    """Note where a flow and a request do not fit one another."""
    if kind not in _COMPOSED_KINDS:
        expected = enumerate_words(_COMPOSED_KINDS)
        problems.note(f"`flow` and `request` for each {kind}, expected both for each {expected}", flow.at)
    _check_placeholders(request, ("target.vpc",), "only in a flow", problems)


def check_hops(path: MapNode, kind: str, problems: Problems) -> None:
    """Note where the parts of a chain of hosts do not fit one another."""
    hop, goal = path.get("hop"), path.get("to")
    flow = goal.get("flow") if isinstance(goal, MapNode) else None
    steps = path.get("steps")
    if kind not in FLOW_KINDS:
        _check_no_target(path, flow, kind, problems)
    elif kind in _WITHOUT_VPC:
        _check_placeholders(path, ("target.vpc",), "for a target in a VPC", problems)
    if isinstance(flow, MapNode) and steps is not None:
        problems.note("`steps` of a chain that leads to a flow, expected none: they are of roles", steps.at)
    if isinstance(flow, MapNode) and flow.get("to") is None and path.get("from") is None:
        problems.note("neither `from` nor `to` in a chain that leads to a flow, expected one of them", flow.at)
    for part in (path, hop, flow):
        if isinstance(part, MapNode):
            _check_services(part, problems)
            _check_sides(part, problems)


def _check_no_target(path: MapNode, flow: Node | None, kind: str, problems: Problems) -> None:
    """Note where a target is meant that sends and receives no packets."""
    _check_placeholders(path, ("target.id", "target.vpc"), f"for each {enumerate_words(FLOW_KINDS)}", problems)
    if path.get("from") is None:
        problems.note(f"missing key `from` in the path for each {kind}", path.at)
    if isinstance(flow, MapNode) and flow.get("to") is None:
        problems.note(f"missing key `to` in the flow for each {kind}", flow.at)
    for part in (path, flow):
        for side in _SIDES if isinstance(part, MapNode) else ():
            for entry in _scalars(part.get(side)) if isinstance(part, MapNode) else ():
                if entry.text == "target":
                    problems.note(f"`target` as the end of a flow for each {kind}, expected interfaces", entry.at)


def _check_sides(flow: MapNode, problems: Problems) -> None:
    for side in _SIDES:
        for entry in _items(flow.get(side)):
            if isinstance(entry, MapNode):
                _check_entry(entry, problems)


def _items(node: Node | None) -> tuple[Node, ...]:
    if isinstance(node, ListNode):
        return node.items
    return () if node is None else (node,)


def _scalars(node: Node | None) -> Iterator[ScalarNode]:
    return (item for item in _items(node) if isinstance(item, ScalarNode))


def _check_services(flow: MapNode, problems: Problems) -> None:
    protocols = {item.text for item in _scalars(flow.get("protocol"))}
    for name, fitting, expected in (("port", WITH_PORTS, "tcp` or `udp"), ("icmp", WITH_TYPES, "icmp` or `icmpv6")):
        node = flow.get(name)
        if node is not None and not protocols & {*fitting}:
            problems.note(f"`{name}` without protocol `{expected}`, expected one of them", node.at)
    for item in _scalars(flow.get("port")):
        low, dash, high = item.text.partition("-")
        if dash and int(low) > int(high):
            problems.note(f"port {quote(item.text)} ends before it starts, expected a range", item.at)


def _check_entry(entry: MapNode, problems: Problems) -> None:
    for item in _scalars(entry.get("cidr")):
        expected = expected_value("IpAddress", item.text)
        if expected:
            problems.note(f"{quote(item.text)} in `cidr`, expected {expected}", item.at)
    for name, prefix in ID_PREFIXES.items():
        for item in _scalars(entry.get(name)):
            if "${" not in item.text and not _may_begin(item.text, prefix):
                problems.note(f"{quote(item.text)} in `{name}`, expected an id that starts with `{prefix}`", item.at)


def _may_begin(glob: str, prefix: str) -> bool:
    """Whether something that matches the glob may start with the prefix."""
    for want, found in zip(prefix, glob, strict=False):
        if found == "*":
            return True
        if found not in (want, "?"):
            return False
    return len(glob) >= len(prefix)


def _check_placeholders(node: Node | None, names: tuple[str, ...], expected: str, problems: Problems) -> None:
    """Note placeholders below a node that do not belong there."""
    for item in scalars_below(node) if node is not None else ():
        for name in names:
            if f"${{{name}}}" in item.text:
                problems.note(f"placeholder `${{{name}}}`, expected it {expected}", item.at)
