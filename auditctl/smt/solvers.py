"""Z3 and cvc5 deciding a question with their own theories. Untrusted.

A solver is imported when it is asked, since cvc5 need not be installed. The time limit is the solver's
own, which it may overrun: `bounded` has limits that hold.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from importlib.util import find_spec
from time import perf_counter
from typing import TYPE_CHECKING

from auditctl.smt.encode import encode
from auditctl.smt.flows import encode_flow
from auditctl.smt.regular import ToCvc5, ToZ3, value_from_z3
from checkers.kernel.clauses import Question

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    from pysmt.fnode import FNode

    from auditctl.smt.encode import Encoding
    from checkers.cloud.network.flows import FlowQuestion

    Value = bool | int | Fraction | str
    Model = dict[str, tuple[Value, ...]]


OUT_OF_MEMORY = "out of memory"


class Status(Enum):
    """What a solver says of a question."""

    SAT = "sat"
    UNSAT = "unsat"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Answer:
    """A solver's answer: with a reason where it is unknown, with a model where there is one.

    The model is an assignment as the checker's `Question.holds_for` takes it. Nothing has checked it.
    `seconds` is what the translation and the solver took.
    """

    status: Status
    reason: str = ""
    model: Model | None = None
    seconds: float = field(default=0.0, compare=False)


def decide_z3(question: Question | FlowQuestion, seconds: float) -> Answer:
    """Z3's answer within about `seconds`. Raises `NotExpressible`."""
    return _timed(_ask_z3, question, seconds)


def decide_cvc5(question: Question | FlowQuestion, seconds: float) -> Answer:
    """The answer of cvc5 within about `seconds`. Raises `NotExpressible`."""
    return _timed(_ask_cvc5, question, seconds)


def encoding_of(question: Question | FlowQuestion) -> Encoding:
    """The formula of a question about requests, or about packets. Raises `NotExpressible`."""
    return encode(question) if isinstance(question, Question) else encode_flow(question)


def _timed(ask: Callable[[Encoding, int], Answer], question: Question | FlowQuestion, seconds: float) -> Answer:
    start = perf_counter()
    encoding = encoding_of(question)
    try:
        found = ask(encoding, max(1, round(1000 * seconds)))
    except MemoryError:
        found = Answer(Status.UNKNOWN, OUT_OF_MEMORY)
    return replace(found, seconds=perf_counter() - start)


def _ask_z3(encoding: Encoding, milliseconds: int) -> Answer:
    import z3

    context = z3.Context()
    convert = ToZ3(context).convert
    solver = z3.Solver(ctx=context)
    solver.set("timeout", milliseconds)
    try:
        solver.add(convert(encoding.formula))
        found = solver.check()
    except z3.Z3Exception as error:
        return Answer(Status.UNKNOWN, str(error))
    if found == z3.unsat:
        return Answer(Status.UNSAT)
    if found == z3.unknown:
        return Answer(Status.UNKNOWN, solver.reason_unknown())
    model = solver.model()
    values = _read(encoding, lambda term: value_from_z3(model.eval(convert(term), model_completion=True)))
    return Answer(Status.SAT, model=values)


def _ask_cvc5(encoding: Encoding, milliseconds: int) -> Answer:
    import cvc5

    manager = cvc5.TermManager()
    convert = ToCvc5(manager).convert
    solver = cvc5.Solver(manager)
    solver.setLogic(encoding.logic)
    solver.setOption("produce-models", "true")
    solver.setOption("tlimit-per", str(milliseconds))
    solver.assertFormula(convert(encoding.formula))
    found = solver.checkSat()
    if found.isUnsat():
        return Answer(Status.UNSAT)
    if found.isUnknown():
        return Answer(Status.UNKNOWN, found.getUnknownExplanation().name.lower())
    return Answer(Status.SAT, model=_read(encoding, lambda term: solver.getValue(convert(term)).toPythonObj()))


SOLVERS: dict[str, Callable[[Question | FlowQuestion, float], Answer]] = {"z3": decide_z3, "cvc5": decide_cvc5}


def available() -> tuple[str, ...]:
    """The names of the solvers that are installed."""
    return tuple(name for name in SOLVERS if find_spec(name) is not None)


def _read(encoding: Encoding, value_of: Callable[[FNode], Value]) -> Model:
    """The values of each variable: those of its slots that have one."""
    return {
        variable.name: tuple(value_of(slot.value) for slot in slots if value_of(slot.present) is True)
        for variable, slots in encoding.slots.items()
    }
