"""Names that the user gives of controls and targets.

Untrusted.
"""

from collections.abc import Iterable, Sequence

from auditctl.controls.errors import quote, suggest


class UnknownName(Exception):
    """The user named a control or target that is not there. The message says what was found and expected."""


def check_known(names: Sequence[str], known: Iterable[str], kind: str) -> None:
    """Refuse a name that is not known, with a suggestion."""
    there = set(known)
    for name in names:
        if name not in there:
            raise UnknownName(f"unknown {kind} {quote(name)}{suggest(name, sorted(there))}")
