"""The answer of a query, from the results of its claims.

Untrusted. Docstrings are the words of the JSON Schema.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from auditctl import __version__
from auditctl.audit import Result
from auditctl.exit_codes import ExitCode, first_of
from auditctl.findings.explain import Explanation, explain, explain_open
from auditctl.findings.readings import in_words as reason_in_words
from auditctl.query.language import Query, in_words
from auditctl.query.parts import Part
from auditctl.report.make import assumptions, claim_report, ledger, snapshot_info
from auditctl.report.model import Assumption, KnownLater, LedgerEntry, Outcome, SnapshotInfo, Witness
from checkers.cloud.inventory import Inventory

FORMAT = "auditctl-query/1"


class Verdict(Enum):
    """What is said of one principal or class: it can, with a request; it cannot, with a proof; or it is open."""

    CAN = "can"
    CANNOT = "cannot"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many principals, or classes of them, can, cannot, or are open."""

    can: int
    cannot: int
    inconclusive: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition of the query, as a policy would have it."""

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The query: in its own language, and its parts. Without resources every resource is asked about."""

    words: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer for one principal of the snapshot, or one class of principals outside it.

    `who` is an ARN, or the class in words; `kind` is `role`, `user`, `root`, or `class`. `control` and `target`
    name the claim in a bundle. `witness` is a request that is allowed (of an inconclusive answer: that may be),
    `reasons` say why it is open, `refused` is the checker's objection to our own certificate, which is a bug. `values`
    are values that are not known before a plan is applied: with these it can.
    """

    who: str
    kind: str
    account: str
    verdict: Verdict
    control: str
    target: str
    witness: Witness | None
    reasons: tuple[str, ...]
    refused: str
    values: tuple[KnownLater, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryAnswer:
    """The whole answer. `principals` are those of the snapshot, `outside` the classes of everybody else."""

    format: str
    tool: str
    snapshot: SnapshotInfo
    query: Asked
    partial: bool
    exit_code: int
    principals: Counts
    outside: Counts
    answers: tuple[Answer, ...]
    ledger: tuple[LedgerEntry, ...]
    assumptions: tuple[Assumption, ...]


def make_answer(
    query: Query, inventory: Inventory, parts: Mapping[str, Part], results: Sequence[Result], *, partial: bool
) -> QueryAnswer:
    """The answer that the results of a query's claims give."""
    order = list(parts)
    ordered = sorted(results, key=lambda r: order.index(r.claim.control.id))
    answers = tuple(_answer(r, parts[r.claim.control.id], inventory) for r in ordered)
    return QueryAnswer(
        format=FORMAT,
        tool=f"auditctl {__version__}",
        snapshot=snapshot_info(inventory),
        query=Asked(
            words=in_words(query),
            actions=query.actions,
            resources=query.resources,
            conditions=tuple(Condition(operator=c.operator, key=c.key, values=c.values) for c in query.conditions),
        ),
        partial=partial,
        exit_code=_exit_code(answers, partial=partial).value,
        principals=_count(a for a in answers if a.kind != "class"),
        outside=_count(a for a in answers if a.kind == "class"),
        answers=answers,
        ledger=ledger(inventory),
        assumptions=assumptions(results, inventory.snapshot),
    )


_VERDICTS = {
    Outcome.VIOLATED: Verdict.CAN,
    Outcome.HOLDS: Verdict.CANNOT,
    Outcome.INCONCLUSIVE: Verdict.INCONCLUSIVE,
}


def _answer(result: Result, part: Part, inventory: Inventory) -> Answer:
    verdict = _VERDICTS[Outcome(result.outcome.value)]
    why = Explanation()
    if verdict is Verdict.CAN:
        why = explain(result, inventory)
    elif verdict is Verdict.INCONCLUSIVE and not result.refused:
        why = explain_open(result, inventory)
    claim = claim_report(result, why, inventory)
    return Answer(
        who=part.words or _who(result, part, inventory),
        kind="class" if part.words else "root" if part.for_each == "account" else part.for_each,
        account="" if part.words else result.claim.target.account,
        verdict=verdict,
        control=result.claim.control.id,
        target=result.claim.target.id,
        witness=claim.witness,
        reasons=tuple(dict.fromkeys(reason_in_words(r) for r in result.reasons)),
        refused=result.refused,
        values=claim.values,
    )


def _who(result: Result, part: Part, inventory: Inventory) -> str:
    target = result.claim.target
    if part.for_each == "account":
        return f"arn:{inventory.accounts[target.account].partition}:iam::{target.account}:root"
    return target.id


def _count(answers: Iterable[Answer]) -> Counts:
    verdicts = [a.verdict for a in answers]
    return Counts(**{v.value: verdicts.count(v) for v in Verdict})


def _exit_code(answers: Sequence[Answer], *, partial: bool) -> ExitCode:
    applies = {
        ExitCode.REFUSED: any(a.refused for a in answers),
        ExitCode.INTERRUPTED: partial,
        ExitCode.INCONCLUSIVE: not answers or any(a.verdict is Verdict.INCONCLUSIVE for a in answers),
    }
    return first_of(code for code, does in applies.items() if does)
