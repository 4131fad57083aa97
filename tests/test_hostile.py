"""Hostile bundles: each is rejected, declined or unreadable with a reason, in bounded time and memory.

The worst ones run in a process of their own with 512 MB; the many small edits run in this one.
"""

import io
import json
import random
import resource
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from auditctl.audit import decide
from checkers import limits
from checkers.__main__ import main
from checkers.audit import check_bundle, ledger_of
from checkers.bundle import Bundle
from checkers.cloud.claims import Claim, Outcome, question_of
from checkers.cloud.control import parse_control
from checkers.cloud.inventory import Inventory
from checkers.cloud.targets import targets_of
from checkers.verdict import Refusal, Unreadable
from small_bundle import (
    IAM,
    as_bytes,
    control,
    controls,
    files,
    inventory_of,
    members_of,
    rows_of,
    small_bundle,
    statement,
    with_digests,
    with_rows,
    zip_of,
)

ROOT = Path(__file__).parent.parent
MEMORY = 512 << 20
SECONDS = 2.0
REFUSED = {1, 3, 5}
Row = dict[str, Any]


# In a process of its own.


def limited_run(path: Path) -> tuple[int, str, float]:
    """Exit code, output and processor time of the bare checker with 512 MB."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (20, 20))

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-I", "-S", "-O", str(ROOT / "checkers"), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=limit, timeout=60)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.returncode, done.stdout[-2_000:] + done.stderr, used


def with_member(name: str, data: bytes) -> bytes:
    return zip_of(with_digests({**members_of(small_bundle()), name: data}))


def with_rows_edited(edit: Callable[[list[Row]], object]) -> bytes:
    members = members_of(small_bundle())
    rows = rows_of(members)
    edit(rows)
    return zip_of(with_rows(members, rows))


def refutation(rows: list[Row]) -> Row:
    found: Row = next(r["certificate"] for r in rows if r.get("certificate", {}).get("rule") == "refutation/1")
    return found


def with_lemmas(lemmas: object) -> bytes:
    return with_rows_edited(lambda rows: refutation(rows).update(lemmas=lemmas))


def with_steps(steps: object) -> bytes:
    return with_rows_edited(lambda rows: refutation(rows).update(steps=steps))


def deflated_zeros(size: int) -> bytes:
    return with_member("snapshot/zeros.json", b" " * size)


def many_members(count: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for i in range(count):
            archive.writestr(f"snapshot/{i}.json", b"")
    return buffer.getvalue()


def entries(count: int) -> bytes:
    """A central directory of many entries that all name one local file."""
    name = b"snapshot/%07d"
    local = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 0, 0, 33, 0, 0, 0, 16, 0) + name % 0
    rows = [
        struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 3, 20, 0, 0, 0, 0, 33, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0)
        + name % i
        for i in range(count)
    ]
    directory = b"".join(rows)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count & 0xFFFF, count & 0xFFFF, len(directory), len(local), 0)
    return local + directory + end


def overlapping(count: int, size: int) -> bytes:
    """Many members that share one compressed file, as in a non-recursive zip bomb."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("snapshot/0000000", b" " * size)
    data = buffer.getvalue()
    at = data.index(b"PK\x01\x02")
    entry = data[at : data.index(b"PK\x05\x06")]
    directory = b"".join(entry.replace(b"0000000", b"%07d" % i) for i in range(count))
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(directory), at, 0)
    return data[:at] + directory + end


def quoted(count: int) -> bytes:
    return ("[" + ",".join(['{"a":{"a":{"a":[]}}}'] * count) + "]").encode()


WORST: list[Any] = [
    pytest.param(lambda: with_member("ledger.json", b"[" * 20_000_000), id="twenty million open brackets"),
    pytest.param(lambda: with_member("ledger.json", b'{"a":' * 4_000_000), id="four million open braces"),
    pytest.param(lambda: with_member("ledger.json", b"9" * 20_000_000), id="a number of twenty million digits"),
    pytest.param(
        lambda: with_member("ledger.json", b"1e" + b"9" * 20_000_000), id="an exponent of twenty million digits"
    ),
    pytest.param(lambda: with_member("ledger.json", quoted(160_000)), id="as many small objects as are allowed"),
    pytest.param(lambda: with_member("ledger.json", quoted(1_000_000)), id="more small objects than are allowed"),
    pytest.param(
        lambda: with_member("ledger.json", b'"' + b"a" * 33_000_000 + b"\xf0\x9f\x98\x80" + b'"'),
        id="a long text in four-byte characters",
    ),
    pytest.param(lambda: deflated_zeros(100 << 20), id="one huge member"),
    pytest.param(lambda: zip_of({f"snapshot/{i}.json": b" " * (30 << 20) for i in range(9)}), id="nine large members"),
    pytest.param(lambda: many_members(30_000), id="thirty thousand members"),
    pytest.param(lambda: entries(limits.MAX_MEMBERS), id="as many entries as are allowed"),
    pytest.param(lambda: entries(1_000_000), id="a million entries"),
    pytest.param(lambda: overlapping(60_000, 4 << 20), id="sixty thousand members that share one file"),
    pytest.param(lambda: overlapping(8, 30 << 20), id="eight members that share one file"),
    pytest.param(lambda: with_lemmas({"glob-empty/1": [[[-6, -16, 7]]] * 150_000}), id="a hundred thousand lemmas"),
    pytest.param(
        lambda: with_lemmas({"glob-empty/1": [[[-6, -16, 7], [["f" * 200_000] * 3] * 20]]}),
        id="masks of a million bits",
    ),
    pytest.param(lambda: with_lemmas({"link/1": [[5, 0]] * 100_000}), id="a hundred thousand links"),
    pytest.param(
        lambda: with_steps([[[i], [1] * 50] for i in range(1, 9_000)]), id="nine thousand steps without conflict"
    ),
    pytest.param(lambda: with_steps([[[], [10**39]]]), id="a hint of forty digits"),
    pytest.param(lambda: with_steps([[list(range(1, 200_000)), [1]]]), id="a step of two hundred thousand literals"),
]


@pytest.mark.parametrize("make", WORST)
def test_the_worst(tmp_path: Path, make: Callable[[], bytes]) -> None:
    path = tmp_path / "hostile.audit"
    path.write_bytes(make())
    code, output, seconds = limited_run(path)
    assert code in REFUSED, output
    assert "Traceback" not in output
    assert any(word in output for word in ("rejected: ", "declined: ", "unreadable: "))
    assert seconds < 2 * SECONDS, "processor time, on a machine that does other things"


RUNS = [f"arn:aws:s3:::*{c}{'?' * 30}{c}*{c}" for c in "abcdefgh"]
POLICIES = [
    pytest.param([RUNS, [f"{r}?" for r in RUNS]], id="unions of runs of question marks"),
    pytest.param(
        [[f"arn:aws:s3:::*{i}?{j}*" for i in range(70) for j in range(70)], "arn:aws:s3:::*0*"],
        id="five thousand patterns",
    ),
    pytest.param([*RUNS, *[f"*{r[13:]}*" for r in RUNS]], id="products of runs"),
]


@pytest.mark.parametrize("resources", POLICIES)
def test_lemmas_over_astronomical_products(
    tmp_path: Path, resources: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    values = files_with(resources)
    document = control("x", "role", "forbid", action=["s3:GetObject"], resource=["arn:aws:s3:::*y"])
    inventory = inventory_of(as_bytes(values))
    claims = targets(document, inventory)
    rows: list[Row] = [{"claim": list(c.id), "inconclusive": ["not decided"]} for c in claims]
    question = question_of(claims[0], inventory, wide=True).question
    own = [n for n, atom in question.atoms.items() if atom.variable.name == "RESOURCE"]
    assert len(own) > 3
    rng = random.Random("lemmas")
    worst = 0.0
    for _ in range(40):
        row = [rng.choice([1, -1]) * n for n in rng.sample(own, min(len(own), 6))]
        certificate = {
            "rule": "refutation/1",
            "question": question.digest,
            "lemmas": {"glob-empty/1": [[row]]},
            "steps": [],
        }
        rows[0] = {"claim": rows[0]["claim"], "certificate": certificate}
        members = unproved(values, {"x": document}, rows)
        begin = time.process_time()
        code, last = check(tmp_path / "a.audit", zip_of(members), capsys)
        worst = max(worst, time.process_time() - begin)
        assert code in REFUSED, last
    assert worst < SECONDS


def files_with(resources: list[Any]) -> dict[str, Any]:
    """The snapshot in which a role is allowed and denied these resources by turns."""
    values = files()
    admin = values[IAM]["RoleDetailList"][1]
    statements = [statement(e, "s3:*", r) for r, e in zip(resources, ["Allow", "Deny"] * 8, strict=False)]
    admin["RolePolicyList"][0]["PolicyDocument"]["Statement"] = statements
    return values


def targets(document: dict[str, Any], inventory: Inventory) -> list[Claim]:
    one = parse_control(document, "x")
    return [Claim(one, target) for target in targets_of(one, inventory)]


def unproved(values: dict[str, Any], documents: dict[str, Any], rows: list[Row]) -> dict[str, bytes]:
    """The members of a bundle that nobody searched for."""
    members = {f"snapshot/{name}": data for name, data in as_bytes(values).items()}
    members |= {f"controls/{name}.json": json.dumps(d).encode() for name, d in documents.items()}
    ledger = ledger_of(inventory_of(as_bytes(values)))
    members["ledger.json"] = json.dumps(ledger).encode()
    members["manifest.json"] = members_of(small_bundle())["manifest.json"]
    return with_rows(members, rows)


# In this process.


def check(path: Path, data: bytes, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    path.write_bytes(data)
    code = main([str(path)])
    captured = capsys.readouterr()
    return code, (captured.out.splitlines() or [""])[-1] + captured.err


def test_truncated_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = small_bundle()
    for size in range(0, len(data), 97):
        code, last = check(tmp_path / "t.audit", data[:size], capsys)
        assert code == 5, size
        assert last.startswith("unreadable: t.audit: not a bundle: ")


def test_flipped_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = random.Random("flipped bytes")
    data = small_bundle()
    codes = []
    for _ in range(1_000):
        edited = bytearray(data)
        for _ in range(rng.choice([1, 1, 1, 2, 8])):
            edited[rng.randrange(len(edited))] = rng.randrange(256)
        code, last = check(tmp_path / "f.audit", bytes(edited), capsys)
        assert code in {0, *REFUSED}, last
        if code == 0:
            assert is_same(bytes(edited)), "accepted, and a member differs"
        codes.append(code)
    assert set(codes) >= {0, 1, 3, 5}


def is_same(data: bytes) -> bool:
    """Whether only what does not matter was changed: times, versions, attributes."""
    return members_of(data) == members_of(small_bundle())


JSON_VALUES = ("null", "[]", "{}", "0", '""', "true", "-1", "1e999")


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value in a JSON value."""
    yield path
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*path, name))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from places(inner, (*path, i))


MARK = "\u2603 a value to be replaced"


def replaced(value: Any, path: tuple[Any, ...], text: str) -> str:
    """The JSON text of a value with another one at the path."""
    return json.dumps(marked(value, path)).replace(json.dumps(MARK), text)


def marked(value: Any, path: tuple[Any, ...]) -> Any:
    if not path:
        return MARK
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = marked(value[path[0]], path[1:])
    return copy


def wrong_values() -> Iterator[tuple[str, str, dict[str, bytes]]]:
    """Every bundle in which one JSON value is another one, with digests made again."""
    members = members_of(small_bundle())
    for name, data in members.items():
        if name == "certificates.jsonl":
            lines = data.decode().splitlines()
            for i, line in enumerate(lines):
                for path, text, edited in edits_of(json.loads(line)):
                    rest = [*lines[:i], edited, *lines[i + 1 :]]
                    yield f"{name}:{i}{path}", text, with_digests({**members, name: "\n".join(rest).encode()})
        else:
            for path, text, edited in edits_of(json.loads(data)):
                changed = {**members, name: edited.encode()}
                yield f"{name}{path}", text, changed if name == "manifest.json" else with_digests(changed)


def edits_of(value: Any) -> Iterator[tuple[str, str, str]]:
    for path in places(value):
        for text in JSON_VALUES:
            yield "".join(f".{p}" for p in path), text, replaced(value, path, text)


def test_values_of_the_wrong_type(tmp_path: Path) -> None:
    path = tmp_path / "w.audit"
    rng = random.Random("wrong types")
    edits = list(wrong_values())
    assert len(edits) > 4_000
    refused, kept = 0, 0
    for where, text, members in rng.sample(edits, 600):
        path.write_bytes(zip_of(members))
        try:
            reports = list(check_bundle(Bundle(path)))
        except (Refusal, Unreadable) as error:
            assert str(error), where
            refused += 1
            continue
        if any(r.outcome is None for r in reports):
            refused += 1
            continue
        kept += 1
        assert_true(path, reports, f"{where} = {text}")
    assert refused > 300
    assert kept > 10


def assert_true(path: Path, reports: list[Any], where: str) -> None:
    """No outcome that was accepted is the opposite of what the search finds on the edited snapshot and controls."""
    bundle = Bundle(path)
    inventory = inventory_of({p: read() for p, read in bundle.snapshot().items()})
    opposite = {Outcome.HOLDS: Outcome.VIOLATED, Outcome.VIOLATED: Outcome.HOLDS}
    for report in reports:
        if report.outcome in opposite:
            assert decide(report.claim, inventory).outcome is not opposite[report.outcome], (where, report.claim.id)


def test_the_program_never_ends_in_a_bug(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = random.Random("the program")
    for where, text, members in rng.sample(list(wrong_values()), 100):
        code, last = check(tmp_path / "w.audit", zip_of(members), capsys)
        assert code in {0, *REFUSED}, (where, text, last)


@pytest.mark.parametrize("kind", ["member", "control", "certificate", "manifest", "snapshot"])
def test_duplicate_names_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    members = members_of(small_bundle())
    name = {
        "member": "ledger.json",
        "control": "controls/trust.json",
        "certificate": "certificates.jsonl",
        "manifest": "manifest.json",
        "snapshot": f"snapshot/{IAM}",
    }[kind]
    data = members[name] if kind != "member" else b'[{"a": 1}]'
    at = data.index(b"{") + 1
    first = data[at:].split(b":")[0]
    edited = {**members, name: data[:at] + first + b":0," + data[at:]}
    code, last = check(tmp_path / "d.audit", zip_of(edited if kind == "manifest" else with_digests(edited)), capsys)
    assert code == 5
    assert "duplicate member" in last


def test_the_controls_of_the_small_bundle_are_all_used() -> None:
    assert len({r["claim"][0] for r in rows_of(members_of(small_bundle()))}) == len(controls())
