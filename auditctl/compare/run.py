"""`auditctl diff` from its options to its answer.

Untrusted.
"""

from pathlib import Path

from auditctl.compare.answer import DiffAnswer, make_answer
from auditctl.compare.options import Options
from auditctl.compare.policies import compare_policies
from auditctl.compare.snapshots import compare_snapshots
from auditctl.names import UnknownName
from auditctl.output import check_writable
from auditctl.query.terms import parse_action, parse_plain_resource
from auditctl.source import Source, is_planned
from checkers.cloud.comparison import Asked
from checkers.cloud.control import resource_set
from checkers.cloud.policy import action_set
from checkers.verdict import Unreadable


def compare(options: Options) -> DiffAnswer:
    """Compare two policies, or two snapshots."""
    if options.output is not None:
        check_writable(options.output)
    kinds = {path: _is_snapshot(path, options.source) for path in (options.old, options.new)}
    if len(set(kinds.values())) > 1:
        raise UnknownName("one is a snapshot and one is a policy; two policies or two snapshots are compared")
    asked = Asked(
        action_set(tuple(map(parse_action, options.actions))) if options.actions else None,
        resource_set(tuple(map(parse_plain_resource, options.resources)), "--resource") if options.resources else None,
    )
    if kinds[options.old]:
        return compare_snapshots(options, asked)
    return make_answer(options, "policies", [compare_policies(options, asked)])


def _is_snapshot(path: Path, source: Source) -> bool:
    if not path.exists():
        raise Unreadable(f"{path}: no such file or directory")
    return path.is_dir() or bool(source.kind) or (path.is_file() and is_planned(path))
