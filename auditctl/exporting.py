"""`auditctl export`: the proofs of a bundle in formats that checkers of others read.

Untrusted. For each refutation `proof.cnf` has the clauses of the question and of the lemmas (DIMACS) and
`proof.lrat` the steps to the empty clause (LRAT). `lemma-N.smt2` asks for a counterexample to lemma clause
N, so that `unsat` confirms it. `question.smt2` is the whole question, and `index.json` says what is where
and what to expect.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from auditctl.audit import Result
from auditctl.output import Unwritable, reason_of, write_result
from auditctl.run import known_result
from auditctl.search.causes import witness_of
from auditctl.smt import NotExpressible, to_smtlib
from auditctl.subject import Answers, Subject
from checkers.cloud.claims import REFUTATIONS, Claim, question_of, refuted_question
from checkers.kernel.clauses import Question
from checkers.kernel.formula import Atom, Formula
from checkers.kernel.refutation import RULES, Proof
from checkers.verdict import Rejected

INDEX = "index.json"
Clause = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuted:
    """A refutation taken apart: clauses of the question, clauses of the lemmas, steps with their hints."""

    question: Sequence[Clause]
    lemmas: Sequence[Clause]
    steps: Sequence[tuple[Clause, tuple[int, ...]]]
    atoms: Mapping[int, Atom]

    @property
    def clauses(self) -> list[Clause]:
        """What the steps start from."""
        return [*self.question, *self.lemmas]


def export(subject: Subject, answers: Answers, folder: Path, advance: Callable[[], None]) -> int:
    """Write the proofs of every claim into a folder; how many there are. Raises `Unwritable`, `Rejected`."""
    rows = []
    for claim in subject.claims:
        result = answers(claim)
        if result.refused:
            raise Rejected(f"{list(claim.id)}: {result.refused}")
        rows.append(_row(result, _export_claim(subject, result, folder)))
        advance()
    _write(folder / INDEX, json.dumps({"format": "auditctl-export/1", "claims": rows}, indent=2) + "\n")
    return len(rows)


def folder_of(claim: Claim) -> str:
    """Where the files of a claim are: its control, and a name made from its target."""
    name = "".join(c if c.isascii() and c.isalnum() else "-" for c in claim.target.id.split(":")[-1])
    digest = sha256(claim.target.id.encode()).hexdigest()[:8]
    return f"{claim.control.id}/{name[-60:].strip('-')}-{digest}"


def _row(result: Result, files: Mapping[str, str]) -> dict[str, Any]:
    row = {"control": result.claim.control.id, "target": result.claim.target.id, "outcome": result.outcome.value}
    return {**row, "folder": folder_of(result.claim), "expected": dict(files)} if files else row


def _export_claim(subject: Subject, result: Result, folder: Path) -> dict[str, str]:
    """Write the files of one claim; what each is expected to give."""
    result, inventory = known_result(result, subject.inventory)
    if result.certificate is None:
        return {}
    place = folder / folder_of(result.claim)
    if not result.claim.control.is_of_requests:
        text = json.dumps(result.certificate, indent=2)
        _write(place / "certificate.json", text + "\n")
        return {"certificate.json": "a certificate with a question for each step"}
    refuted = result.certificate["rule"] in REFUTATIONS
    ask = partial(question_of, result.claim, inventory)
    derived = refuted_question(result.claim, result.certificate, ask) if refuted else ask(wide=False)
    question = derived.question
    files = {"question.smt2": (_script(question, "the question"), "unsat" if refuted else "sat")}
    if refuted:
        files |= _proof_files(take_apart(question, result.certificate))
    else:
        request = json.dumps(witness_of(result.certificate)["request"], indent=2)
        files["request.json"] = (request + "\n", "a model of the question")
    written = {name: (text, expected) for name, (text, expected) in files.items() if text}
    for name, (text, _) in written.items():
        _write(place / name, text)
    return {name: expected for name, (_, expected) in written.items()}


def _proof_files(refuted: Refuted) -> dict[str, tuple[str, str]]:
    files = {"proof.cnf": (dimacs(refuted), "unsat"), "proof.lrat": (lrat(refuted), "verified")}
    for number, clause in enumerate(refuted.lemmas, 1):
        question = counterexample(clause, refuted.atoms)
        files[f"lemma-{number}.smt2"] = (_script(question, f"a counterexample to the clause {list(clause)}"), "unsat")
    return files


def _script(question: Question, comment: str) -> str:
    """The script of a question; empty where SMT-LIB cannot express it."""
    try:
        return to_smtlib(question, comment)
    except NotExpressible:
        return ""


def take_apart(question: Question, certificate: Mapping[str, Any]) -> Refuted:
    """The parts of a refutation that the checker has accepted."""
    proof = Proof(question)
    count = len(proof.clauses)
    for rule, check in RULES.items():
        for row in certificate["lemmas"].get(rule, []):
            proof.clauses.extend(check(proof, row))
    clauses = list(proof.clauses)
    steps = []
    for literals, hints in certificate["steps"]:
        clause = tuple(literals)
        steps.append((clause, _needed(clause, hints, clauses)))
        clauses.append(clause)
    if not steps:  # the question has the empty clause itself
        steps.append(((), (clauses.index(()) + 1,)))
    return Refuted(question=proof.clauses[:count], lemmas=proof.clauses[count:], steps=steps, atoms=proof.atoms)


def _needed(clause: Clause, hints: Sequence[int], clauses: Sequence[Clause]) -> tuple[int, ...]:
    """The hints up to the conflict, without those that bring nothing: strict checkers refuse them."""
    false = set(clause)
    needed = []
    for hint in hints:
        literals = {x for x in clauses[hint - 1] if x not in false}
        if len(literals) == 1 and -next(iter(literals)) in false:
            continue
        needed.append(hint)
        if not literals:
            break
        false.update(-x for x in literals)
    return tuple(needed)


def dimacs(refuted: Refuted) -> str:
    """The clauses of the question, then those of the lemmas."""
    variables = max((abs(x) for clause in refuted.clauses for x in clause), default=0)
    lines = [f"c {len(refuted.question)} clauses of the question, {len(refuted.lemmas)} of the lemmas"]
    lines.append(f"p cnf {variables} {len(refuted.clauses)}")
    lines += [_numbers(clause) for clause in refuted.clauses]
    return "\n".join(lines) + "\n"


def lrat(refuted: Refuted) -> str:
    """The steps, numbered after the clauses."""
    first = len(refuted.clauses) + 1
    lines = (f"{n} {_numbers(clause)} {_numbers(hints)}" for n, (clause, hints) in enumerate(refuted.steps, first))
    return "\n".join(lines) + "\n"


def _numbers(values: Sequence[int]) -> str:
    return " ".join(map(str, (*values, 0)))


def counterexample(clause: Clause, atoms: Mapping[int, Atom]) -> Question:
    """The question whether all literals of a clause can be false."""
    formula = Formula()
    literals = [(formula.atom(atoms[abs(x)].variable, atoms[abs(x)].set), x) for x in clause]
    return Question(formula, formula.all([-node if x > 0 else node for node, x in literals]))


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unwritable(f"{path.parent}: {reason_of(error)}") from None
    write_result(text, path)


def make_folder(path: Path) -> None:
    """Make the folder of an export. Raises `Unwritable` where something is in it already."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        occupied = next(_entries(path), None)
    except OSError as error:
        raise Unwritable(f"{path}: {reason_of(error)}") from None
    if occupied is not None:
        raise Unwritable(f"{path}: not empty")


def _entries(path: Path) -> Iterator[Path]:
    return path.iterdir()
