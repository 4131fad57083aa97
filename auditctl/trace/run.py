"""`auditctl trace` from its options to its output.

Untrusted.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from auditctl.audit import Result, claims_of, decide
from auditctl.checking import save_bundle
from auditctl.findings.origins import origins_of
from auditctl.output import check_writable, surface_of, write_result
from auditctl.progress import progress
from auditctl.reading import files_of
from auditctl.simulate.lines import Line, read_requests
from auditctl.source import Source
from auditctl.subject import Subject
from auditctl.trace.answer import Answer, exit_code, failed, make_answer
from auditctl.trace.formats import FORMATS, whole_json
from auditctl.trace.question import Question, QuestionError, document_of, entry_of, parse_question
from checkers.cloud.control import parse_control
from checkers.cloud.inventory import Inventory
from checkers.cloud.snapshot import Snapshot
from checkers.verdict import Unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user asked for: one question, or a file of them (`-` is standard input)."""

    snapshot: Path
    source: Source = field(default_factory=Source)
    question: Question | None = None
    questions: Path | None = None
    bundle: Path | None = None
    form: str = "rich"
    output: Path | None = None


def trace(options: Options) -> int:
    """Answer every question, in the order in which they stand; the exit code. One alone may raise `QuestionError`."""
    for path in (options.bundle, options.output):
        if path is not None:
            check_writable(path, options.snapshot)
    files = files_of(options.snapshot, options.source)
    tracer = Tracer(Inventory(Snapshot(files)))
    if options.question is not None:
        found = iter([tracer.answer(options.question)])
        count = 1
    else:
        lines = _lines(options.questions)
        found, count = tracer.answer_all(lines), len(lines)
    answers = _publish(found, count, options)
    if options.bundle is not None:
        subject = Subject(files=files, inventory=tracer.inventory, documents=tracer.documents)
        save_bundle(options.bundle, subject, tracer.results, partial=False)
    return exit_code(answers).value


def _lines(path: Path | None) -> Sequence[Line]:
    if path is None or str(path) == "-":
        return read_requests(None, sys.stdin.buffer.read())
    return read_requests(path, b"")


def _publish(found: Iterator[Answer], count: int, options: Options) -> list[Answer]:
    """Write each answer as soon as it is there, or all at the end where they are one text."""
    surface = surface_of(options.output)
    answers: list[Answer] = []
    texts: list[str] = []
    with progress("tracing", count) as advance:
        for answer in found:
            answers.append(answer)
            if options.form != "json":
                texts.append(FORMATS[options.form](answer, surface))
                if options.output is None:
                    write_result(texts[-1])
            advance()
    if options.form == "json":
        write_result(whole_json(answers), options.output)
    elif options.output is not None:
        write_result("".join(texts), options.output)
    return answers


class Tracer:
    """Answers questions about one snapshot; keeps their controls and results, as a bundle has them."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self.documents: dict[str, dict[str, Any]] = {}
        self.results: list[Result] = []

    def answer_all(self, lines: Sequence[Line]) -> Iterator[Answer]:
        """An answer for each line; of what cannot be asked an error."""
        for line in lines:
            yield replace(self._answer_line(line), line=line.number)

    def _answer_line(self, line: Line) -> Answer:
        if line.error:
            return failed(line.error)
        try:
            question = parse_question(line.value)
        except QuestionError as error:
            return failed(str(error))
        try:
            return self.answer(question)
        except QuestionError as error:
            return failed(str(error), question)

    def answer(self, question: Question) -> Answer:
        """The answer to one question. Raises `QuestionError`."""
        name = f"trace-{len(self.documents) + 1:06}"
        meant = replace(question, source=self._meant(question.source), target=self._meant(question.target))
        document = document_of(meant, name, self.inventory.network.export)
        try:
            control = parse_control(document, "question")
        except Unreadable as error:
            raise QuestionError(str(error).removeprefix("question: ")) from None
        claims = claims_of([control], self.inventory)
        if not claims:
            raise QuestionError("the snapshot has no networks: no answer of ec2 describe-vpcs or the like is in it")
        result = decide(claims[0], self.inventory)
        self.documents[name] = document
        self.results.append(result)
        return make_answer(question, result, self.inventory)

    def _meant(self, end: str) -> str:
        """The id of what an address of a plan or template names, where that can be an end; else the text itself."""
        for thing in origins_of(self.inventory.snapshot).things_of(end):
            with suppress(QuestionError):
                entry_of(thing, self.inventory.network.export)
                return thing
        return end
