"""The answers to questions about packets.

Untrusted. Docstrings are the words of the JSON Schema.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from auditctl import __version__
from auditctl.audit import Result
from auditctl.exit_codes import ExitCode, first_of
from auditctl.findings.flows import explain_flow
from auditctl.findings.known_later import known_later
from auditctl.findings.written import with_origins
from auditctl.report.model import Flow, KnownLater
from auditctl.run import known_result
from auditctl.trace.question import Question
from checkers.cloud.claims import Outcome
from checkers.cloud.inventory import Inventory

FORMAT = "auditctl-trace/1"


class Verdict(Enum):
    """What is said of a question. `arrives`: a packet does, and where both ways are asked about its reply does too."""

    ARRIVES = "arrives"
    STOPPED = "stopped"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The question, in words and as it was asked. Members that were left out are empty."""

    words: str
    source: str
    target: str
    protocol: str
    port: str
    icmp: str
    both_ways: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to one question. With an `error` there is none: `question` or `verdict` is missing.

    `line` is the number of the line, or of the question in its list, from 1; `id` is what the question says. `flow` has
    the hops of a packet that arrives, or where packets stop, which `words` say in a sentence. `reasons` say why it is
    open. `certificate` is the rule of the certificate that the checker accepted, `control` its claim in a bundle;
    `refused` is the checker's objection to our own certificate, which is a bug. `values` are values
    that are not known before a plan is applied: with these the answer is so.
    """

    format: str = FORMAT
    line: int = 0
    id: str = ""
    question: Asked | None = None
    verdict: Verdict | None = None
    flow: Flow | None = None
    words: str = ""
    reasons: tuple[str, ...] = ()
    certificate: str = ""
    control: str = ""
    refused: str = ""
    error: str = ""
    values: tuple[KnownLater, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceAnswer:
    """The answers, in the order of the questions."""

    format: str
    tool: str
    exit_code: int
    answers: tuple[Answer, ...]


def asked(question: Question) -> Asked:
    """The question as the answer has it."""
    return Asked(
        words=question.words,
        source=question.source,
        target=question.target,
        protocol=question.protocol,
        port=question.port,
        icmp=question.icmp,
        both_ways=question.both_ways,
    )


def make_answer(question: Question, result: Result, inventory: Inventory) -> Answer:
    """The answer that the result of a question's claim gives."""
    verdict = Verdict.INCONCLUSIVE
    if result.outcome is not Outcome.INCONCLUSIVE:
        arrives = (result.outcome is Outcome.HOLDS) is question.both_ways
        verdict = Verdict.ARRIVES if arrives else Verdict.STOPPED
    flow: Flow | None = None
    sentences: tuple[str, ...] = ()
    values: tuple[KnownLater, ...] = ()
    if result.certificate is not None:
        ends = question.source, question.target
        inner, known = known_result(result, inventory)
        flow, sentences = explain_flow(inner.claim, inner.certificate or {}, known, ends)
        flow = with_origins(flow, known)
        values = known_later(flow, result.certificate, inventory)
    return Answer(
        id=question.id,
        question=asked(question),
        verdict=verdict,
        flow=flow,
        words="; ".join(sentences),
        values=values,
        reasons=tuple(dict.fromkeys(result.reasons)),
        certificate=result.certificate["rule"] if result.certificate is not None else "",
        control=result.claim.control.id,
        refused=result.refused,
    )


def failed(error: str, question: Question | None = None) -> Answer:
    """The answer to what could not be asked."""
    if question is None:
        return Answer(error=error)
    return Answer(id=question.id, question=asked(question), error=error)


def answer_of(answers: Sequence[Answer]) -> TraceAnswer:
    """All answers."""
    return TraceAnswer(
        format=FORMAT,
        tool=f"auditctl {__version__}",
        exit_code=exit_code(answers).value,
        answers=tuple(answers),
    )


def exit_code(answers: Iterable[Answer]) -> ExitCode:
    """The exit code of `auditctl trace`."""
    found = list(answers)
    applies = {
        ExitCode.REFUSED: any(a.refused for a in found),
        ExitCode.UNREADABLE: any(a.error for a in found),
        ExitCode.INCONCLUSIVE: not found or any(a.verdict is Verdict.INCONCLUSIVE for a in found),
    }
    return first_of(code for code, does in applies.items() if does)
