"""Second opinions: every question decided again by the theories of other solvers.

Untrusted. Only a contradiction counts; that a solver does not know the answer is counted and shown.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from auditctl.audit import Result
from auditctl.output import write_result
from auditctl.questions import asked
from auditctl.report.model import CrossCheck, Disagreement, SecondOpinion
from auditctl.run import known_result
from auditctl.search.solve import Model, Refutation, solve
from auditctl.smt import SOLVERS, Answer, NotExpressible, Status, available, to_smtlib
from checkers.cloud.claims import REFUTATIONS, Claim
from checkers.cloud.inventory import Inventory
from checkers.cloud.network.flows import FlowQuestion
from checkers.kernel.clauses import Question
from checkers.kernel.flow import RULE as CLOSED

SECONDS = 10.0  # for one question, unless the user says otherwise
_AGREED, _UNKNOWN, _DISAGREED = "agreed", "unknown", "disagreed"


class SecondOpinions:
    """The answers of the installed solvers, beside ours."""

    def __init__(self, inventory: Inventory, folder: Path, seconds: float) -> None:
        self.inventory, self.folder, self.seconds = inventory, folder, seconds
        self.interrupted = False
        self.not_compared = 0
        self.counts: dict[str, Counter[str]] = {name: Counter() for name in available()}
        self.disagreements: list[Disagreement] = []

    def ask(self, results: Sequence[Result], advance: Callable[[], None]) -> None:
        """Compare the questions of each result; an interrupt ends it, what was compared stays."""
        try:
            for result in results:
                inner, inventory = known_result(result, self.inventory)
                for side, question in _questions(inner.claim, inventory):
                    self._compare(inner, side, question)
                advance()
        except KeyboardInterrupt:
            self.interrupted = True

    @property
    def report(self) -> CrossCheck:
        """What was found."""
        return CrossCheck(
            solvers=tuple(SecondOpinion(solver=n, **{k: c[k] for k in _KINDS}) for n, c in self.counts.items()),
            not_compared=self.not_compared,
            disagreements=tuple(self.disagreements),
        )

    def _compare(self, result: Result, side: str, question: Question | FlowQuestion) -> None:
        ours = _our_answer(result, question)
        if ours is None:
            self.not_compared += 1
            return
        for solver, count in self.counts.items():
            answer = self._answer(solver, question)
            if answer.status is Status.UNKNOWN:
                count[_UNKNOWN] += 1
            elif answer.status is ours:
                count[_AGREED] += 1
            else:
                count[_DISAGREED] += 1
                self.disagreements.append(self._disagreement(result.claim, side, question, ours, solver))

    def _answer(self, solver: str, question: Question | FlowQuestion) -> Answer:
        try:
            return SOLVERS[solver](question, self.seconds)
        except NotExpressible as error:
            return Answer(Status.UNKNOWN, str(error))

    def _disagreement(
        self, claim: Claim, side: str, question: Question | FlowQuestion, ours: Status, solver: str
    ) -> Disagreement:
        """The disagreement; its question is written to a file."""
        name = sha256("\0".join((*claim.id, side)).encode()).hexdigest()[:12]
        path = self.folder / f"disagreement-{claim.control.id}-{name}.smt2"
        write_result(to_smtlib(question, f"{claim.control.id} on {claim.target.id}, {side} side"), path)
        theirs = Status.UNSAT if ours is Status.SAT else Status.SAT
        return Disagreement(
            control=claim.control.id,
            target=claim.target.id,
            side=side,
            ours=ours.value,
            solver=solver,
            theirs=theirs.value,
            file=path.as_posix(),
        )


_KINDS = (_AGREED, _UNKNOWN, _DISAGREED)


def _questions(claim: Claim, inventory: Inventory) -> Iterator[tuple[str, Question | FlowQuestion]]:
    """Both sides of a claim's question; one where they are the same, none where the target is not known."""
    is_one_question = claim.control.is_of_requests or claim.control.flow is not None
    if claim.target.problem or not is_one_question:  # a chain has a question for each step
        return
    wide, narrow = (asked(claim, inventory, wide=side) for side in (True, False))
    yield "wide", wide
    if isinstance(wide, FlowQuestion) or isinstance(narrow, FlowQuestion) or narrow.digest != wide.digest:
        yield "narrow", narrow


def _our_answer(result: Result, question: Question | FlowQuestion) -> Status | None:
    """What we say of a side: a certificate settles both, else the search is asked again."""
    if result.certificate is not None:
        return Status.UNSAT if result.certificate["rule"] in (*REFUTATIONS, CLOSED) else Status.SAT
    if isinstance(question, FlowQuestion):
        return None
    match solve(question):
        case Refutation():
            return Status.UNSAT
        case Model():
            return Status.SAT
        case _:
            return None
