"""What must be true of a control beyond the shape of its single places.

Untrusted. Each rule reads the tree, in which the parameters already have their values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditctl.controls.errors import quote
from auditctl.controls.flow_rules import check_composed, check_flow, check_hops, check_no_flow
from auditctl.controls.iam_words import expected_value, is_inverted
from auditctl.controls.placeholders import with_sample_target
from auditctl.controls.strict_yaml import ListNode, MapNode, Node, ScalarNode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from auditctl.controls.reader import Problems

# `policy` and `group` are asked about on their own, whoever carries them.
_WITHOUT_PRINCIPAL = ("policy", "group")
# `role` and `user` ask by themselves unless somebody else is named.
_WITH_OWN_PRINCIPAL = ("role", "user")
_WITH_PATH = ("policy", "role", "user", "group")
# The export of a policy or a group has no tags.
_WITH_TAGS = ("role", "user", "bucket", "interface", "instance", "subnet", "vpc", "security-group")


def check_rules(control: MapNode, problems: Problems) -> None:
    """Note where the parts of a well-shaped control do not fit one another."""
    kind = _text(control.get("for_each"))
    where = control.get("where")
    if isinstance(where, MapNode):
        _check_where(where, kind, problems)
        _check_no_target(where, problems)
    request, path, flow = (_member(control, name) for name in ("request", "path", "flow"))
    has_hop = path is not None and path.get("hop") is not None
    if request is not None:
        _check_request(request, flow, kind, problems)
    if path is not None and not has_hop:
        _check_path(path, kind, problems)
    if flow is not None:
        check_flow(flow, kind, problems)
    elif path is not None and has_hop:
        _check_hops(path, kind, problems)
    else:
        check_no_flow(control.get("forbid") or control.get("require"), kind, problems)


def _check_request(request: MapNode, flow: MapNode | None, kind: str, problems: Problems) -> None:
    if flow is not None:
        check_composed(flow, request, kind, problems)
    if flow is None or request.get("principal") or request.get("not_principal"):
        _check_principals(request, kind, ("principal", "not_principal"), problems)
    _check_condition(request, problems)
    _check_session_policy(request, kind, problems)


def _check_hops(path: MapNode, kind: str, problems: Problems) -> None:
    """Check chains of hosts, and what roles are to reach."""
    if kind in _WITHOUT_PRINCIPAL:
        problems.note(f"`path` for each {kind}, expected a kind that chains start from or are about", path.at)
        return
    check_hops(path, kind, problems)
    _check_goal(path, problems)


def _text(node: Node | None) -> str:
    return node.text if isinstance(node, ScalarNode) else ""


def _member(control: MapNode, name: str) -> MapNode | None:
    """Return the request, the path or the flow that a control speaks of."""
    claim = control.get("forbid") or control.get("require")
    found = claim.get(name) if isinstance(claim, MapNode) else None
    return found if isinstance(found, MapNode) else None


def _scalars(node: Node | None) -> Iterator[ScalarNode]:
    match node:
        case ScalarNode():
            yield node
        case ListNode():
            yield from (item for item in node.items if isinstance(item, ScalarNode))
        case MapNode() | None:
            pass


def _check_where(where: MapNode, kind: str, problems: Problems) -> None:
    if kind == "network":
        problems.note("`where` for each network, expected none: it is the whole snapshot", where.at)
        return
    for key, _ in where.entries:
        kinds = {"path": _WITH_PATH, "tag": _WITH_TAGS}.get(key.text.removeprefix("not_"))
        if kinds and kind not in kinds:
            problems.note(
                f"`{key.text}` in `where` for each {kind}, expected it only for each {' or '.join(kinds)}",
                key.at,
            )


def _check_no_target(node: Node, problems: Problems) -> None:
    """Note placeholders of a target in `where`, which says what the targets are."""
    match node:
        case ScalarNode():
            if "${" in node.text:
                problems.note(f"{quote(node.text)} in `where`, expected no placeholder of a target", node.at)
        case ListNode():
            for item in node.items:
                _check_no_target(item, problems)
        case MapNode():
            for _, value in node.entries:
                _check_no_target(value, problems)


def _check_principals(request: MapNode, kind: str, names: tuple[str, str], problems: Problems) -> None:
    """Check who asks; `names` are the keys for who does and for who is left out."""
    who, but = names
    written = {key.text: key.at for key, _ in request.entries if key.text in names}
    if kind in _WITHOUT_PRINCIPAL:
        for name, at in written.items():
            problems.note(f"`{name}` for each {kind}, expected none: it is asked on its own", at)
    elif who not in written and but in written:
        problems.note(f"`{but}` without `{who}`, expected both", written[but])
    elif who not in written and kind not in _WITH_OWN_PRINCIPAL:
        noun = "request" if who == "principal" else "path"
        problems.note(f"missing key `{who}` in the {noun} for each {kind}", request.at)
    for name in names:
        for entry in _scalars(request.get(name)):
            if entry.text == "target" and kind not in _WITH_OWN_PRINCIPAL:
                problems.note(
                    f"`target` as principal for each {kind}, expected it only for a role or user",
                    entry.at,
                )


def _check_session_policy(request: MapNode, kind: str, problems: Problems) -> None:
    policies = request.get("session_policy")
    if policies is None:
        return
    if kind in _WITHOUT_PRINCIPAL:
        problems.note(f"`session_policy` for each {kind}, expected none: it is asked on its own", policies.at)
    for policy in policies.items if isinstance(policies, ListNode) else ():
        if not isinstance(policy, MapNode):
            problems.note("a session policy is no mapping, expected a policy document", policy.at)


def _check_path(path: MapNode, kind: str, problems: Problems) -> None:
    if kind in _WITHOUT_PRINCIPAL:
        problems.note(f"`path` for each {kind}, expected a kind that chains start from or are about", path.at)
        return
    _check_principals(path, kind, ("from", "not_from"), problems)
    _check_goal(path, problems)


def _check_goal(path: MapNode, problems: Problems) -> None:
    goal = path.get("to")
    if isinstance(goal, MapNode):
        admin, request = goal.get("admin"), goal.get("request")
        if isinstance(admin, ScalarNode) and admin.text != "true":
            problems.note("`admin` is not `true`, expected another goal in its place", admin.at)
        if isinstance(request, MapNode):
            _check_condition(request, problems)


def _check_condition(request: MapNode, problems: Problems) -> None:
    condition = request.get("condition")
    for operator, table in condition.entries if isinstance(condition, MapNode) else ():
        folded: dict[str, str] = {}
        for key, values in table.entries if isinstance(table, MapNode) else ():
            first = folded.setdefault(key.text.casefold(), key.text)
            if first != key.text:
                problems.note(f"context key {quote(key.text)} is {quote(first)} again", key.at)
            _check_values(operator.text, key, values, problems)


def _check_values(operator: str, key: ScalarNode, values: Node, problems: Problems) -> None:
    if isinstance(values, ListNode) and not values.items and not is_inverted(operator):
        problems.note(
            f"`{key.text}` is an empty list, which `{operator}` never matches",
            values.at,
        )
    for value in _scalars(values):
        expected = expected_value(operator, with_sample_target(value.text))
        if expected:
            problems.note(f"{quote(value.text)} for `{operator}`, expected {expected}", value.at)
