"""The decisions on requests, and what decided them.

Untrusted. Docstrings are the words of the JSON Schema.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from auditctl import __version__
from auditctl.exit_codes import ExitCode, first_of
from auditctl.report.model import ContextValue

FORMAT = "auditctl-simulate/1"


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

    line: int = 0
    id: str = ""
    request: Asked | None = None
    decision: Verdict | None = None
    deciders: tuple[Decider, ...] = ()
    reasons: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulateAnswer:
    """The decisions, in the order of the requests."""

    format: str
    tool: str
    exit_code: int
    decisions: tuple[Decision, ...]


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
