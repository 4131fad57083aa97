"""The answer of a comparison: findings in both directions, and how the new one stands beside the old one.

Untrusted. Docstrings are the words of the JSON Schema.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from auditctl import __version__
from auditctl.compare.options import Options
from auditctl.exit_codes import ExitCode, first_of
from auditctl.report.model import Witness

FORMAT = "auditctl-diff/1"


class Relation(Enum):
    """The new one beside the old one. `at most` and `at least` leave open whether they are equal."""

    EQUAL = "equal"
    LESS = "less"
    MORE = "more"
    INCOMPARABLE = "incomparable"
    AT_MOST = "equal or less"
    AT_LEAST = "more or incomparable"
    INCONCLUSIVE = "inconclusive"


class Presence(Enum):
    """Where a target is: in both, or in one of the two snapshots alone."""

    BOTH = "both"
    ADDED = "added"
    REMOVED = "removed"


class Answer(Enum):
    """Whether the one allows what the other does not."""

    YES = "yes"
    NO = "no"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """Evidence that the checker took: its rule, and the whole certificate as compact JSON text."""

    rule: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Whether the one allows a request that the other does not.

    With `yes` the witness is such a request: `allowed` says why the one allows it, `denied` why the other does
    not, and `aspects` in which ways. With `no` the certificate is a refutation. `reasons` say why it is open,
    `refused` is the checker's objection to our own certificate, which is a bug.
    """

    answer: Answer
    aspects: tuple[str, ...] = ()
    allowed: Witness | None = None
    denied: Witness | None = None
    certificate: Certificate | None = None
    reasons: tuple[str, ...] = ()
    refused: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetDiff:
    """One policy, one principal with all that it may do, or one resource with all that is done to it."""

    id: str
    kind: str
    account: str
    presence: Presence
    relation: Relation
    more: Finding
    less: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many targets stand in each relation."""

    equal: int
    less: int
    more: int
    incomparable: int
    equal_or_less: int
    more_or_incomparable: int
    inconclusive: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffAnswer:
    """The whole comparison. `of` is `policies` or `snapshots`; without actions and resources all are compared.

    `unread` is what neither snapshot could read or has a model for: it is taken to be unchanged.
    """

    format: str
    tool: str
    of: str
    old: str
    new: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    partial: bool
    exit_code: int
    counts: Counts
    targets: tuple[TargetDiff, ...]
    unread: tuple[str, ...]


def make_answer(
    options: Options, of: str, targets: Sequence[TargetDiff], *, partial: bool = False, unread: Sequence[str] = ()
) -> DiffAnswer:
    """The answer that the comparisons of targets give."""
    relations = [t.relation for t in targets]
    return DiffAnswer(
        format=FORMAT,
        tool=f"auditctl {__version__}",
        of=of,
        old=str(options.old),
        new=str(options.new),
        actions=options.actions,
        resources=options.resources,
        partial=partial,
        exit_code=_exit_code(targets, partial=partial).value,
        counts=Counts(**{r.value.replace(" ", "_"): relations.count(r) for r in Relation}),
        targets=tuple(targets),
        unread=tuple(unread),
    )


def relation_of(more: Answer, less: Answer) -> Relation:
    """How the new one stands beside the old one, of what it allows more and less."""
    if more is Answer.INCONCLUSIVE:
        return Relation.INCONCLUSIVE
    if more is Answer.YES:
        return {
            Answer.YES: Relation.INCOMPARABLE,
            Answer.NO: Relation.MORE,
            Answer.INCONCLUSIVE: Relation.AT_LEAST,
        }[less]
    return {Answer.YES: Relation.LESS, Answer.NO: Relation.EQUAL, Answer.INCONCLUSIVE: Relation.AT_MOST}[less]


def _exit_code(targets: Sequence[TargetDiff], *, partial: bool) -> ExitCode:
    more = {t.more.answer for t in targets}
    applies = {
        ExitCode.REFUSED: any(t.more.refused or t.less.refused for t in targets),
        ExitCode.INTERRUPTED: partial,
        ExitCode.VIOLATED: Answer.YES in more,
        ExitCode.INCONCLUSIVE: Answer.INCONCLUSIVE in more or not targets,
    }
    return first_of(code for code, does in applies.items() if does)
