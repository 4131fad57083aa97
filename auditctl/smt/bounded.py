"""Solvers with limits that hold. Untrusted.

A solver looks at its clock between steps. cvc5 has been seen to take 93 seconds of an allowed four, and
all the memory there is, on one automaton. So a question can be sent to a process that decides one after
the other, has a memory limit, and is killed and replaced when it is late.
"""

from __future__ import annotations

import signal
from multiprocessing import get_context
from typing import TYPE_CHECKING, Self

from auditctl.smt.patterns import NotExpressible
from auditctl.smt.solvers import SOLVERS, Answer, Status
from checkers.kernel.clauses import Question

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess
    from types import TracebackType

GRACE = 0.5  # seconds that a solver may take beyond its limit to notice it
MEMORY = 2 << 30  # bytes of address space
# The process starts afresh: a fork of a process with threads, such as one that draws progress, may hang.
_CONTEXT = get_context("spawn")


class Bounded:
    """Decides questions in another process. Close it, or use it in a `with` statement."""

    def __init__(self, memory: int = MEMORY) -> None:
        self._memory = memory
        self._running: tuple[SpawnProcess, Connection] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Stop the process, at once."""
        if self._running is not None:
            process, connection = self._running
            self._running = None
            process.kill()
            process.join()
            connection.close()

    def decide(self, solver: str, question: Question, seconds: float) -> Answer:
        """The answer of one of `SOLVERS` within `seconds` and a grace. Raises `NotExpressible`."""
        connection = self._start()
        # What the question has worked out for itself need not travel.
        connection.send((solver, Question(question.formula, question.root), seconds))
        try:
            if not connection.poll(seconds + GRACE):
                self.close()
                return Answer(Status.UNKNOWN, f"stopped after {seconds + GRACE:g} s", seconds=seconds + GRACE)
            found: Answer | NotExpressible = connection.recv()
        except (EOFError, ConnectionError):
            self.close()
            return Answer(Status.UNKNOWN, "the process of the solver died")
        if isinstance(found, NotExpressible):
            raise found
        return found

    def _start(self) -> Connection:
        if self._running is None:
            connection, theirs = _CONTEXT.Pipe()
            process = _CONTEXT.Process(target=_serve, args=(theirs, self._memory), daemon=True)
            process.start()
            theirs.close()
            self._running = process, connection
            connection.recv()  # it has imported what it needs, which is no part of the time of a question
        return self._running[1]


def _serve(connection: Connection, memory: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the parent's, which stops this process
    _limit(memory)
    connection.send("ready")
    while True:
        try:
            solver, question, seconds = connection.recv()
        except EOFError:
            return
        try:
            connection.send(SOLVERS[solver](question, seconds))
        except NotExpressible as error:
            connection.send(error)


def _limit(memory: int) -> None:
    try:
        import resource
    except ImportError:  # not on Windows, which has no such limit
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
