"""`python -m checkers BUNDLE`: what is printed, and the exit codes."""

import copy
import io
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import checkers.__main__ as program
from checkers import audit, limits
from small_bundle import (
    build,
    control,
    controls,
    files,
    members_of,
    rows_of,
    small_bundle,
    with_digests,
    with_rows,
    zip_of,
)

ROOT = Path(__file__).parent.parent
Row = dict[str, Any]


class Outcome:
    """An exit code with what was printed."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err
        self.last = (out.splitlines() or [""])[-1]


@pytest.fixture
def check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[[bytes], Outcome]:
    def run(data: bytes) -> Outcome:
        path = tmp_path / "small.audit"
        path.write_bytes(data)
        code = program.main([str(path)])
        return Outcome(code, *capsys.readouterr())

    return run


Check = Callable[[bytes], Outcome]


def with_edit(edit: Callable[[list[Row]], object]) -> bytes:
    members = members_of(small_bundle())
    rows = rows_of(members)
    edit(rows)
    return zip_of(with_rows(members, rows))


def first(rows: list[Row], rule: str) -> Row:
    found: Row = next(r["certificate"] for r in rows if r.get("certificate", {}).get("rule") == rule)
    return found


def test_an_accepted_bundle(check: Check) -> None:
    found = check(small_bundle())
    assert (found.code, found.err) == (0, "")
    lines = found.out.splitlines()
    words = [line.split()[0] for line in lines if line[:1].isalpha()]
    rows = rows_of(members_of(small_bundle()))
    assert len([w for w in words if w in {"holds", "violated", "inconclusive"}]) == len(rows)
    assert "violated     trust: no request by anyone outside account 111122223333" in found.out
    assert "\nAssumptions:\n" in found.out
    assert "whichever way these are read: session-tags" in found.out
    assert "because star-crosses-colon" in found.out
    certified = sum("certificate" in r for r in rows)
    assert found.last == f"accepted: {certified} of {certified} certificates"
    assert lines[-2] == "26 holds, 5 violated, 2 inconclusive"


@pytest.mark.parametrize(
    ("edit", "code", "last", "reason"),
    [
        pytest.param(
            lambda r: first(r, "refutation/1").update(steps=[]),
            1,
            "rejected: 1 of",
            "does not reach the empty clause",
            id="no steps",
        ),
        pytest.param(
            lambda r: first(r, "refutation/1").update(rule="x"), 3, "declined: 1 of", "rule 'x'", id="an unknown rule"
        ),
        pytest.param(
            lambda r: first(r, "witness/1").update(extra=1),
            1,
            "rejected: 1 of",
            "exactly the members rule and request",
            id="a witness with more",
        ),
        pytest.param(
            lambda r: first(r, "witness/1")["request"].update(resource=7),
            1,
            "rejected: 1 of",
            "is not text",
            id="a resource that is a number",
        ),
        pytest.param(
            lambda r: [first(r, "refutation/1").update(rule="x"), first(r, "witness/1").update(extra=1)],
            1,
            "rejected: 1 of",
            "rule 'x'",
            id="the worst verdict counts",
        ),
        pytest.param(
            lambda r: r[0].update(certificate=[]),
            1,
            "rejected: 1 of",
            "neither a claim with its certificate nor",
            id="a certificate that is a list",
        ),
        pytest.param(
            lambda r: r[0].update(more=1),
            1,
            "rejected: 1 of",
            "neither a claim with its certificate nor",
            id="a line with more",
        ),
        pytest.param(
            lambda r: r[0].pop("certificate"),
            1,
            "rejected: 1 of",
            "neither a claim with its certificate nor",
            id="a line with less",
        ),
    ],
)
def test_certificates_that_are_refused(check: Check, edit: Any, code: int, last: str, reason: str) -> None:
    found = check(with_edit(edit))
    assert found.code == code
    assert found.last.startswith(last)
    assert reason in found.out
    assert not found.err


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        pytest.param(
            lambda r: r.pop(),
            "expected the claim ['trust', 'arn:aws:iam::111122223333:role/vendor'], found nothing",
            id="a claim too few",
        ),
        pytest.param(
            lambda r: r.pop(0),
            "expected the claim ['bucket-foreign', 'arn:aws:s3:::data']",
            id="the first claim is gone",
        ),
        pytest.param(lambda r: r.insert(3, copy.deepcopy(r[3])), "expected the claim", id="a claim twice"),
        pytest.param(
            lambda r: r.append({"claim": ["x", "y"], "inconclusive": ["z"]}),
            "['x', 'y'] is not a claim of the controls",
            id="a claim too many",
        ),
        pytest.param(
            lambda r: r.append({"claim": "x" * 9_000}),
            "is not a claim of the controls",
            id="a claim that is a long text",
        ),
        pytest.param(lambda r: r.reverse(), "expected the claim", id="another order"),
        pytest.param(lambda r: r[0].update(claim=r[0]["claim"][0]), "expected the claim", id="a claim without target"),
        pytest.param(lambda r: r[0].pop("claim"), "expected the claim", id="a line without claim"),
        pytest.param(lambda r: r[0].update(claim=None), "expected the claim", id="the claim null"),
    ],
)
def test_claims_are_those_of_controls_and_snapshot(check: Check, edit: Any, reason: str) -> None:
    found = check(with_edit(edit))
    assert (found.code, found.err) == (1, "")
    assert found.last.startswith("rejected: certificates.jsonl: ")
    assert reason in found.last
    assert len(found.last) < 500


@pytest.mark.parametrize("reasons", [None, [], {}, "because", [1], ["a", None]])
def test_an_inconclusive_claim_has_reasons(check: Check, reasons: object) -> None:
    def edit(rows: list[Row]) -> None:
        rows[0] = {"claim": rows[0]["claim"], "inconclusive": reasons}

    found = check(with_edit(edit))
    assert found.code == 1
    assert "an inconclusive claim has a list of reasons" in found.last


def without_certificates(rows: list[Row]) -> None:
    rows[:] = [{"claim": r["claim"], "inconclusive": ["no time"]} for r in rows]


def test_a_bundle_without_a_certificate_is_no_success(check: Check) -> None:
    found = check(with_edit(without_certificates))
    assert (found.code, found.last) == (3, "declined: the bundle has no certificate: nothing was checked")
    assert "0 holds, 0 violated" in found.out


def test_a_bundle_without_a_claim_is_no_success(check: Check) -> None:
    found = check(build(files(), {"nobody": control("nobody", "user", "forbid", action=["*"])}))
    assert (found.code, found.last) == (3, "declined: the bundle has no certificate: nothing was checked")


def test_a_partial_bundle_says_so(check: Check) -> None:
    members = members_of(small_bundle())
    members["manifest.json"] = members["manifest.json"].replace(b'"partial":false', b'"partial":true')
    found = check(zip_of(members))
    assert found.code == 0
    assert "The audit was interrupted" in found.out


def test_a_control_has_the_id_of_its_file(check: Check) -> None:
    members = members_of(small_bundle())
    members["controls/zzz.json"] = members["controls/trust.json"]
    found = check(zip_of(with_digests(members)))
    assert (found.code, found.last) == (1, "rejected: controls/zzz.json: the control's id is 'trust'")


def test_the_ledger_is_compared(check: Check) -> None:
    members = members_of(small_bundle())
    members["ledger.json"] = b'[{"where": "x", "reason": "y", "may": "allow"}]'
    found = check(zip_of(with_digests(members)))
    assert (found.code, found.last) == (1, "rejected: ledger.json is not the ledger of the snapshot")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "unreadable: small.audit: not a bundle: File is not a zip file\n", id="no zip file"),
        pytest.param(zip_of({}), "unreadable: the bundle has no manifest.json\n", id="an empty one"),
    ],
)
def test_what_cannot_be_read(check: Check, data: bytes, reason: str) -> None:
    found = check(data)
    assert (found.code, found.out, found.err) == (5, "", reason)


def test_nothing_moves_the_cursor(check: Check) -> None:
    documents = controls()
    documents["trust"]["title"] = "\x1b[2K\rholds \u202e"

    def edit(rows: list[Row]) -> None:
        rows[0] = {
            "claim": rows[0]["claim"],
            "inconclusive": ["\x1b[1A\nholds        all: \u00e9\U0001f600", "x" * 9_000],
        }

    found = check(with_edit(edit))
    assert "because \\x1b[1A\\nholds        all: \\xe9\\U0001f600\n" in found.out
    assert all(" " <= c <= "~" or c == "\n" for c in found.out)
    assert max(map(len, found.out.splitlines())) <= limits.MAX_LINE_CHARS + 3


def test_a_lack_of_memory_is_declined(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(program, "check_bundle", fail)
    found = check(small_bundle())
    assert (found.code, found.out) == (3, "declined: the bundle needs more memory than there is\n")


def test_a_bug_is_called_one(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyError("some\nthing")

    monkeypatch.setattr(audit, "check_claim", fail)
    found = check(small_bundle())
    assert (found.code, found.err) == (70, "bug in the checker: KeyError: 'some\\nthing'\n")


class Unread(io.StringIO):
    """An output that nobody reads."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.file = path.open("wb")

    def write(self, _text: str) -> int:
        raise BrokenPipeError

    def fileno(self) -> int:
        return self.file.fileno()


def test_output_that_nobody_reads_is_no_success(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "small.audit"
    path.write_bytes(small_bundle())
    output = Unread(tmp_path / "output")
    monkeypatch.setattr(sys, "stdout", output)
    code = program.main([str(path)])
    output.file.close()
    assert code == 70


def test_a_pipe_that_closes_early_brings_no_traceback(tmp_path: Path) -> None:
    path = tmp_path / "small.audit"
    path.write_bytes(small_bundle())
    command = f"set -o pipefail; '{sys.executable}' -I -S -O '{ROOT / 'checkers'}' '{path}' | true"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) in {(70, ""), (0, "")}


def test_the_folder_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "small.audit"
    path.write_bytes(small_bundle()[:-1])
    monkeypatch.setattr(sys, "argv", ["checkers", str(path)])
    monkeypatch.setattr(sys, "path", list(sys.path))
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(ROOT / "checkers"), run_name="__main__")
    assert end.value.code == 5
    assert capsys.readouterr().err.startswith("unreadable: ")


@pytest.mark.parametrize("options", [["-m", "checkers"], ["-O", "-m", "checkers"], ["-I", "-S", "-O", "checkers"]])
def test_ways_to_run_it(tmp_path: Path, options: list[str]) -> None:
    path = tmp_path / "small.audit"
    path.write_bytes(small_bundle())
    done = subprocess.run(
        [sys.executable, *options, path], capture_output=True, text=True, check=False, cwd=ROOT, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith("accepted: ")


def test_output_survives_a_terminal_without_unicode(tmp_path: Path) -> None:
    path = tmp_path / "small.audit"
    documents = controls()
    documents["policy-pass"]["title"] = "\u00fcbergabe"
    path.write_bytes(build(files(), documents))
    done = subprocess.run(
        [sys.executable, "-m", "checkers", path],
        capture_output=True,
        check=False,
        cwd=ROOT,
        env={"PYTHONIOENCODING": "ascii"},
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, b"")
