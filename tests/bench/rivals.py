"""The same questions, decided by Z3's and cvc5's own string theories.

Each solver runs in a worker that is killed where it overruns its limit, since a solver looks at the
clock only between steps. A question that was killed counts with the time until then. The time of a
solver includes its encoding, ours the derivation of the question and the certificate.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from time import perf_counter

from auditctl.search.solve import Model, Refutation, solve
from auditctl.smt import SOLVERS, NotExpressible, available
from bench.corpus import ClaimId, Corpus, quantile
from bench.isolated import isolated
from bench.table import Figure
from checkers.cloud.claims import question_of

LIMIT = 10.0  # seconds for a question
MARGIN = 2.0  # seconds after which a solver that does not stop is killed
LOADING = 120.0  # seconds in which a worker must be ready

SAT, UNSAT, UNKNOWN, TIMEOUT, CRASHED = "sat", "unsat", "unknown", "time-out", "crashed"
_DECIDED = (SAT, UNSAT)


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to one question, and the seconds that it took."""

    claim: ClaimId
    answer: str
    seconds: float


def answer_ours(corpus: Corpus, policies: Sequence[str]) -> list[Answered]:
    """Our answers to the wide questions of the sample."""
    claims, inventory = corpus.load()
    found = []
    for claim in claims:
        if claim.target.id not in policies:
            continue
        start = perf_counter()
        answer = solve(question_of(claim, inventory, wide=True).question)
        seconds = perf_counter() - start
        words = UNSAT if isinstance(answer, Refutation) else SAT if isinstance(answer, Model) else UNKNOWN
        found.append(Answered(claim.id, words, seconds))
    return found


class Rival:
    """A solver in a process of its own."""

    def __init__(self, solver: str, corpus: Corpus, limit: float) -> None:
        self.solver, self.corpus, self.limit = solver, corpus, limit
        self._start()

    def _start(self) -> None:
        context = get_context("spawn")
        self.connection, other = context.Pipe()
        self.process = context.Process(target=serve, args=(other, self.solver, self.corpus, self.limit), daemon=True)
        self.process.start()
        other.close()
        if not self.connection.poll(LOADING) or self.connection.recv() != "ready":
            raise RuntimeError(f"the worker of {self.solver} does not start")

    def ask(self, claim: ClaimId) -> Answered:
        """The solver's answer to the wide question of a claim."""
        self.connection.send(claim)
        start = perf_counter()
        try:
            if self.connection.poll(self.limit + MARGIN):
                answer, seconds = self.connection.recv()
                return Answered(claim, answer, seconds)
            answer = TIMEOUT
        except EOFError:
            answer = CRASHED
        seconds = perf_counter() - start
        self.stop()
        self._start()
        return Answered(claim, answer, seconds)

    def stop(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.join()
        self.connection.close()


def serve(connection: Connection, solver: str, corpus: Corpus, limit: float) -> None:
    """Answer questions by the id of their claim, until the process is ended."""
    claims, inventory = corpus.load()
    by_id = {claim.id: claim for claim in claims}
    decide = SOLVERS[solver]
    connection.send("ready")
    while True:
        question = question_of(by_id[connection.recv()], inventory, wide=True).question
        start = perf_counter()
        try:
            answer = decide(question, limit).status.value
        except NotExpressible:
            answer = UNKNOWN
        seconds = perf_counter() - start
        connection.send((TIMEOUT if answer == UNKNOWN and seconds >= limit else answer, seconds))


def measure(corpus: Corpus, *, one_in: int, seed: int, limit: float = LIMIT) -> list[Figure]:
    """The figures of the comparison, on a seeded sample of the policies."""
    ours = isolated(answer_ours, corpus, corpus.sample(one_in, seed))
    figures = [
        Figure(id="sample.questions", name="sampled questions", value=len(ours)),
        Figure(id="sample.ours", name="ours: total", value=sum(a.seconds for a in ours), unit="s"),
        Figure(id="sample.ours.undecided", name="ours: undecided", value=sum(a.answer == UNKNOWN for a in ours)),
    ]
    for solver, least in (("z3", 100.0), ("cvc5", 1.0)):
        figures += _compare(solver, least, ours, _ask_all(solver, corpus, ours, limit))
    return figures


def _ask_all(solver: str, corpus: Corpus, ours: Sequence[Answered], limit: float) -> list[Answered]:
    """The solver's answers to all questions, none where it is not installed."""
    if solver not in available():
        return []
    rival = Rival(solver, corpus, limit)
    try:
        return list(_with_progress(solver, rival, ours))
    finally:
        rival.stop()


def _with_progress(solver: str, rival: Rival, ours: Sequence[Answered]) -> Iterator[Answered]:
    for i, one in enumerate(ours, 1):
        yield rival.ask(one.claim)
        if i % 50 == 0 or i == len(ours):
            print(f"  {solver}: {i} of {len(ours)} questions", file=sys.stderr)


def _compare(solver: str, least: float, ours: Sequence[Answered], theirs: Sequence[Answered]) -> list[Figure]:
    """How a solver did: time, ratio, what it left open, and whether its answers are ours."""
    name = {"z3": "Z3"}.get(solver, solver)
    if not theirs:
        note = f"{name} is not installed"
        return [Figure(id=f"{solver}.ratio", name=f"{name}, times our time", value=None, at_least=least, note=note)]
    total = sum(a.seconds for a in theirs)
    counts = Counter(a.answer for a in theirs)
    both = [(a, b) for a, b in zip(ours, theirs, strict=True) if a.answer in _DECIDED and b.answer in _DECIDED]
    differ = [" ".join(a.claim) for a, b in both if a.answer != b.answer]
    median = 1000 * quantile([a.seconds for a in theirs], 0.5)
    ratio = total / sum(a.seconds for a in ours)
    return [
        Figure(id=f"{solver}.total", name=f"{name}: total", value=total, unit="s"),
        Figure(id=f"{solver}.median", name=f"{name}: median", value=median, unit="ms"),
        Figure(id=f"{solver}.ratio", name=f"{name}, times our time", value=ratio, at_least=least),
        Figure(id=f"{solver}.unknown", name=f"{name}: unknown", value=counts[UNKNOWN] + counts[CRASHED]),
        Figure(id=f"{solver}.timeout", name=f"{name}: over the limit", value=counts[TIMEOUT]),
        Figure(
            id=f"{solver}.disagree",
            name=f"{name}: answers that differ from ours",
            value=len(differ),
            at_most=0,
            note=f"{len(both)} decided by both" + "".join(f"; {d}" for d in differ[:3]),
        ),
    ]
