"""`auditctl export`: what other checkers get is enough for them."""

import json
from pathlib import Path

import pytest

from auditctl.exporting import dimacs, lrat, take_apart
from checkers.kernel.clauses import Question
from checkers.kernel.formula import FALSE, Formula
from command_line import DEMO, Shell

EXAMPLE = Path("examples/acme/snapshot").absolute()
POLICIES = Path("policies").absolute()


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    return Shell(capsys)


def clauses_of(text: str) -> dict[int, tuple[int, ...]]:
    """The clauses of a DIMACS file, strictly read."""
    lines = [line for line in text.splitlines() if not line.startswith("c")]
    _, _, variables, count = lines[0].split()
    clauses = {}
    for number, line in enumerate(lines[1:], 1):
        *literals, end = map(int, line.split())
        assert end == 0
        assert all(0 < abs(x) <= int(variables) for x in literals)
        clauses[number] = tuple(literals)
    assert len(clauses) == int(count)
    return clauses


def check_lrat(cnf: str, proof: str) -> None:
    """A strict LRAT checker without RAT: each hint is unit in its turn, the last one is the conflict."""
    clauses = clauses_of(cnf)
    for line in proof.splitlines():
        number, *rest = map(int, line.split())
        assert number not in clauses
        literals, hints = rest[: rest.index(0)], rest[rest.index(0) + 1 : -1]
        assert rest[-1] == 0
        false = set(literals)
        for i, hint in enumerate(hints):
            left = [x for x in clauses[hint] if x not in false]
            assert not any(-x in false for x in left), "a hint that brings nothing"
            assert len(left) == (0 if i == len(hints) - 1 else 1)
            false.update(-x for x in left)
        clauses[number] = tuple(literals)
        if not literals:
            return
    pytest.fail("the empty clause is not reached")


def export(run: Shell, snapshot: Path, controls: Path) -> list[tuple[Path, dict[str, str]]]:
    run("check", snapshot, "-c", controls, "-b", "out.audit")
    ran = run("export", "out.audit", "proofs")
    assert ran.code == 0
    index = json.loads(Path("proofs/index.json").read_text(encoding="utf-8"))
    assert f"{len(index['claims'])} claims: proofs/index.json\n" == ran.err
    return [(Path("proofs", row["folder"]), row["expected"]) for row in index["claims"] if "folder" in row]


def test_every_proof_of_the_example_passes_a_strict_checker(run: Shell) -> None:
    exported = export(run, EXAMPLE, POLICIES / "role-github-repositories.yaml")
    exported_proofs = [(place, files) for place, files in exported if "proof.lrat" in files]
    assert len(exported_proofs) > 20
    for place, _ in exported_proofs:
        check_lrat((place / "proof.cnf").read_text(), (place / "proof.lrat").read_text())


def test_every_lemma_and_question_of_the_demo_gives_what_the_index_says(run: Shell) -> None:
    z3 = pytest.importorskip("z3")
    exported = export(run, DEMO / "snapshot", DEMO / "controls")
    answers = 0
    for place, files in exported:
        assert set(files) == {p.name for p in place.iterdir()}
        for name, expected in files.items():
            if name.endswith(".smt2"):
                solver = z3.Solver()
                solver.from_file(str(place / name))
                assert str(solver.check()) == expected
                answers += 1
    assert answers >= 3


def test_the_request_of_a_witness_is_exported(run: Shell) -> None:
    exported = export(run, DEMO / "snapshot", DEMO / "controls")
    requests = [
        json.loads((place / "request.json").read_text()) for place, files in exported if "request.json" in files
    ]
    assert [r["resource"] for r in requests] == ["arn:aws:s3:::acme-web/example"]


def test_a_question_that_is_false_as_it_stands_has_a_proof_too() -> None:
    question = Question(Formula(), FALSE)
    refuted = take_apart(question, {"rule": "refutation/1", "question": question.digest, "lemmas": {}, "steps": []})
    assert lrat(refuted) == "2 0 1 0\n"
    assert dimacs(refuted).endswith("p cnf 0 1\n0\n")


def test_nothing_is_written_into_a_directory_in_use(run: Shell) -> None:
    export(run, DEMO / "snapshot", DEMO / "controls")
    ran = run("export", "out.audit", "proofs")
    assert (ran.code, ran.err) == (5, "error: cannot write proofs: not empty\n")
