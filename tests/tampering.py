"""Edits of certificates, snapshots and controls, and what a checker must make of them.

`find_problems` and `find_statement_problems` take the checker as an argument, so that liars can be
put in its place: a suite that a liar passes shows nothing.
"""

import copy
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditctl.audit import claims_of, decide
from checkers.cloud.claims import Claim, Outcome, question_of
from checkers.cloud.control import parse_control
from checkers.cloud.inventory import Inventory
from checkers.verdict import Refusal, Unreadable
from small_bundle import as_bytes, inventory_of

Certificate = dict[str, Any]
Check = Callable[[Claim, Mapping[str, Any], Inventory], tuple[Outcome, object]]
Edit = Callable[[random.Random, Certificate], bool]  # changes its argument; whether there was something to change


@dataclass(frozen=True, slots=True)
class Case:
    """A claim with the certificate that the search made, and its outcome."""

    claim: Claim
    certificate: Certificate
    outcome: Outcome
    inventory: Inventory


def cases_of(claims: Sequence[Claim], inventory: Inventory) -> list[Case]:
    """The claims that carry a certificate."""
    found = []
    for claim in claims:
        result = decide(claim, inventory)
        if result.certificate is not None:
            found.append(Case(claim, json.loads(json.dumps(result.certificate)), result.outcome, inventory))
    return found


# Edits of refutations.


def lemma_rows(certificate: Certificate) -> list[tuple[str, int]]:
    return [(rule, i) for rule, rows in certificate["lemmas"].items() for i in range(len(rows))]


def a_lemma(rng: random.Random, certificate: Certificate, rules: str = "") -> tuple[list[Any], int] | None:
    places = [(r, i) for r, i in lemma_rows(certificate) if r.endswith(rules)]
    if not places:
        return None
    rule, i = rng.choice(places)
    return certificate["lemmas"][rule], i


def a_literal(rng: random.Random, certificate: Certificate) -> tuple[list[int], int] | None:
    """The place of a literal of an emptiness lemma."""
    found = a_lemma(rng, certificate, "-empty/1")
    if found is None or not found[0][found[1]][0]:
        return None
    literals = found[0][found[1]][0]
    return literals, rng.randrange(len(literals))


def a_step(rng: random.Random, certificate: Certificate) -> list[Any]:
    step: list[Any] = rng.choice(certificate["steps"])
    return step


def drop_literal(rng: random.Random, certificate: Certificate) -> bool:
    found = a_literal(rng, certificate)
    if found is not None:
        del found[0][found[1]]
    return found is not None


def negate_literal(rng: random.Random, certificate: Certificate) -> bool:
    found = a_literal(rng, certificate)
    if found is not None:
        found[0][found[1]] *= -1
    return found is not None


def renumber_literal(rng: random.Random, certificate: Certificate) -> bool:
    found = a_literal(rng, certificate)
    if found is not None:
        found[0][found[1]] += rng.choice([-3, -2, -1, 1, 2, 3])
    return found is not None


def add_literal(rng: random.Random, certificate: Certificate) -> bool:
    found = a_literal(rng, certificate)
    if found is not None:
        found[0].append(rng.randrange(1, 30) * rng.choice([1, -1]))
    return found is not None


def renumber_choice(rng: random.Random, certificate: Certificate) -> bool:
    found = a_lemma(rng, certificate, "link/1") or a_lemma(rng, certificate, "mirror/1")
    if found is not None:
        row = found[0][found[1]]
        row[rng.randrange(len(row))] = rng.randrange(-20, 20)
    return found is not None


def drop_lemma(rng: random.Random, certificate: Certificate) -> bool:
    found = a_lemma(rng, certificate)
    if found is not None:
        del found[0][found[1]]
    return found is not None


def repeat_lemma(rng: random.Random, certificate: Certificate) -> bool:
    found = a_lemma(rng, certificate)
    if found is not None:
        found[0].insert(0, copy.deepcopy(found[0][found[1]]))
    return found is not None


def swap_lemmas(rng: random.Random, certificate: Certificate) -> bool:
    found = a_lemma(rng, certificate)
    if found is None or len(found[0]) == 1:
        return False
    return swap(rng, found[0])


def swap(rng: random.Random, items: list[Any]) -> bool:
    i, j = rng.sample(range(len(items)), 2)
    items[i], items[j] = items[j], items[i]
    return items[i] != items[j]


def move_lemma(rng: random.Random, certificate: Certificate) -> bool:
    found = a_lemma(rng, certificate)
    if found is None:
        return False
    row = found[0].pop(found[1])
    rules = ("link/1", "mirror/1", "glob-empty/1", "interval-empty/1")
    certificate["lemmas"].setdefault(rng.choice(rules), []).append(row)
    return True


def rename_rule(rng: random.Random, certificate: Certificate) -> bool:
    rules = list(certificate["lemmas"])
    if rules:
        rule = rng.choice(rules)
        certificate["lemmas"][rule[:-1] + rng.choice("02")] = certificate["lemmas"].pop(rule)
    return bool(rules)


def drop_hint(rng: random.Random, certificate: Certificate) -> bool:
    hints = a_step(rng, certificate)[1]
    if hints:
        del hints[rng.randrange(len(hints))]
    return bool(hints)


def renumber_hint(rng: random.Random, certificate: Certificate) -> bool:
    hints = a_step(rng, certificate)[1]
    if hints:
        hints[rng.randrange(len(hints))] += rng.choice([-2, -1, 1, 2, 1_000])
    return bool(hints)


def swap_hints(rng: random.Random, certificate: Certificate) -> bool:
    hints = a_step(rng, certificate)[1]
    return len(hints) > 1 and swap(rng, hints)


def drop_step(rng: random.Random, certificate: Certificate) -> bool:
    del certificate["steps"][rng.randrange(len(certificate["steps"]))]
    return True


def swap_steps(rng: random.Random, certificate: Certificate) -> bool:
    return len(certificate["steps"]) > 1 and swap(rng, certificate["steps"])


def change_step(rng: random.Random, certificate: Certificate) -> bool:
    literals = a_step(rng, certificate)[0]
    if literals and rng.random() < 0.7:
        literals[rng.randrange(len(literals))] *= -1
    else:
        literals.append(rng.randrange(1, 20))
    return True


def change_digest(rng: random.Random, certificate: Certificate) -> bool:
    digits = list(certificate["question"])
    i = rng.randrange(len(digits))
    digits[i] = rng.choice([c for c in "0123456789abcdef" if c != digits[i]])
    certificate["question"] = "".join(digits)
    return True


def change_type(rng: random.Random, certificate: Certificate) -> bool:
    name = rng.choice(list(certificate))
    certificate[name] = rng.choice([None, [], {}, 0, "", True, -1])
    return True


def drop_member(rng: random.Random, certificate: Certificate) -> bool:
    del certificate[rng.choice(list(certificate))]
    return True


def empty_proof(_rng: random.Random, certificate: Certificate) -> bool:
    certificate["steps"] = [[[], []]]
    return True


REFUTATION_EDITS: dict[str, Edit] = {
    f.__name__: f
    for f in (
        drop_literal,
        negate_literal,
        renumber_literal,
        add_literal,
        renumber_choice,
        drop_lemma,
        repeat_lemma,
        swap_lemmas,
        move_lemma,
        rename_rule,
        drop_hint,
        renumber_hint,
        swap_hints,
        drop_step,
        swap_steps,
        change_step,
        change_digest,
        change_type,
        drop_member,
        empty_proof,
    )
}


# Edits of witnesses.


def change_text(name: str) -> Edit:
    def edit(rng: random.Random, certificate: Certificate) -> bool:
        text = certificate["request"].get(name, "")
        others = ["", "x", text + "x", text[:-1], text.upper(), "*", f"{text}:*", "arn:aws:iam::999988887777:role/x"]
        certificate["request"][name] = rng.choice([t for t in others if t != text])
        return True

    edit.__name__ = f"change_{name}"
    return edit


def drop_context(rng: random.Random, certificate: Certificate) -> bool:
    context = certificate["request"].get("context", {})
    if context:
        del context[rng.choice(list(context))]
    return bool(context or "context" in certificate["request"])


def change_context(rng: random.Random, certificate: Certificate) -> bool:
    context = certificate["request"].get("context", {})
    if context:
        key = rng.choice(list(context))
        value = context[key][0]
        context[key] = rng.choice([[value, "x"], ["x"], [value + "0"], [""], ["0.0.0.0"], [], "x", [None], [1]])
    return bool(context)


def add_context(rng: random.Random, certificate: Certificate) -> bool:
    keys = [
        "aws:principalarn",
        "aws:principalaccount",
        "aws:PrincipalTag/team",
        "aws:securetransport",
        "s3:prefix",
        "x#number",
    ]
    certificate["request"].setdefault("context", {})[rng.choice(keys)] = [
        rng.choice(["false", "true", "x", "111122223333"])
    ]
    return True


def change_flags(rng: random.Random, certificate: Certificate) -> bool:
    flags = certificate["request"].get("flags", {})
    certificate["request"]["flags"] = {name: rng.choice([False, 1, None]) for name in flags} or rng.choice([
        [],
        {"x": 1},
    ])
    return True


WITNESS_EDITS: dict[str, Edit] = {
    f.__name__: f
    for f in (
        *map(change_text, ("principal", "action", "resource")),
        drop_context,
        change_context,
        add_context,
        change_flags,
        change_type,
        drop_member,
    )
}


def edits_of(certificate: Certificate) -> dict[str, Edit]:
    """The edits that a certificate may suffer."""
    return WITNESS_EDITS if "request" in certificate else REFUTATION_EDITS


# What a checker must do.


def verdict_of(check: Check, claim: Claim, certificate: Any, inventory: Inventory) -> Outcome | None:
    """The outcome that is accepted, None where the certificate is refused."""
    try:
        return check(claim, certificate, inventory)[0]
    except (Refusal, Unreadable):
        return None


@dataclass(frozen=True, slots=True)
class Report:
    """What a checker got wrong, and how often each kind of edit was made and refused."""

    problems: list[str]
    made: Counter[str]
    refused: Counter[str]


def find_problems(check: Check, cases: Sequence[Case], count: int) -> Report:
    """Edit the certificates `count` times in all; kinds with no refusal are problems."""
    rng = random.Random("tampering")
    report = Report([], Counter(), Counter())
    for case in cases:
        if verdict_of(check, case.claim, case.certificate, case.inventory) is not case.outcome:
            report.problems.append(f"{case.claim.id}: the true certificate is not accepted")
    while report.made.total() < count:
        case = cases[report.made.total() % len(cases)]
        kind, certificate, claim = edited(rng, case, cases)
        if kind:
            judge(check, case, report, kind=kind, certificate=certificate, claim=claim)
    report.problems.extend(
        f"no edit of the kind {kind} was refused" for kind in report.made if not report.refused[kind]
    )
    return report


def edited(rng: random.Random, case: Case, cases: Sequence[Case]) -> tuple[str, Certificate, Claim]:
    """One edit: its kind (empty where there was nothing to edit), the certificate and the claim it is for."""
    if rng.random() < 0.03:
        other = rng.choice(cases)
        return "another_claim" if other.claim.id != case.claim.id else "", other.certificate, case.claim
    certificate = copy.deepcopy(case.certificate)
    edits = edits_of(certificate)
    kind = rng.choice(list(edits))
    return kind if edits[kind](rng, certificate) else "", certificate, case.claim


def judge(check: Check, case: Case, report: Report, *, kind: str, certificate: Certificate, claim: Claim) -> None:
    report.made[kind] += 1
    outcome = verdict_of(check, claim, certificate, case.inventory)
    if outcome is None:
        report.refused[kind] += 1
    elif outcome is not case.outcome:
        report.problems.append(f"{claim.id}: {kind} proves {outcome.value}")


# Edits of what is proved.

Path = tuple[Any, ...]


def texts(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """The place of every text."""
    if isinstance(value, str):
        yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield from texts(inner, (*path, name))


def put(value: Any, path: Path, new: Any) -> Any:
    """The value with another one at the path; the path's last step is left out where the new value is None."""
    if not path:
        return new
    made = dict(value) if isinstance(value, dict) else list(value)
    if len(path) == 1 and new is None:
        del made[path[0]]
    else:
        made[path[0]] = put(value[path[0]], path[1:], new)
    return made


def widened(text: str) -> str | None:
    return None if text in {"*", ""} else text[: -min(4, len(text))] + "*"


def narrowed(text: str) -> str | None:
    return text.replace("*", "x") if "*" in text else f"{text}x"


def flipped(text: str) -> str | None:
    return {"Allow": "Deny", "Deny": "Allow"}.get(text)


TEXT_EDITS: dict[str, Callable[[str], str | None]] = {"widen": widened, "narrow": narrowed, "flip": flipped}


def statement_edits(values: Any) -> Iterator[tuple[str, Any]]:
    """Every single-field edit of a JSON value: a text made wider, narrower or the opposite, or dropped."""
    for path, text in texts(values):
        for kind, change in TEXT_EDITS.items():
            new = change(text)
            if new is not None and new != text:
                yield kind, put(values, path, new)
        if not text.startswith("auditctl-"):
            yield "drop", put(values, path, None)


def byte_edits(data: bytes, count: int, rng: random.Random) -> Iterator[bytes]:
    """The bytes with one of them another one."""
    for _ in range(count):
        at = rng.randrange(len(data))
        new = rng.choice([data[at] ^ 1, data[at] ^ 32, ord("*"), ord('"'), ord("0")])
        yield data[:at] + bytes([new]) + data[at + 1 :]


def find_statement_problems(
    check: Check, cases: Sequence[Case], edits: Iterator[tuple[str, Mapping[str, bytes], Sequence[Any]]]
) -> Report:
    """Check the certificates against edited snapshots and controls.

    What is still accepted must be true there: the search finds nothing that says the opposite.
    """
    report = Report([], Counter(), Counter())
    certificates = {case.claim.id: case for case in cases}
    for kind, snapshot, documents in edits:
        try:
            inventory = inventory_of(snapshot)
            claims = claims_of([parse_control(d, "edited") for d in documents], inventory)
        except Unreadable:
            report.made[kind] += 1
            report.refused[kind] += 1
            continue
        for claim in claims:
            if claim.id in certificates:
                report.made[kind] += 1
                judge_statement(check, claim, certificates[claim.id], inventory, report, kind)
    report.problems.extend(
        f"no edit of the kind {kind} was refused" for kind in report.made if not report.refused[kind]
    )
    return report


def judge_statement(check: Check, claim: Claim, case: Case, inventory: Inventory, report: Report, kind: str) -> None:
    outcome = verdict_of(check, claim, case.certificate, inventory)
    if outcome is None:
        report.refused[kind] += 1
        return
    try:
        if outcome is case.outcome and digests(claim, inventory) == digests(case.claim, case.inventory):
            return
        truth = decide(claim, inventory).outcome
    except Unreadable:
        return
    if truth is not outcome and truth is not Outcome.INCONCLUSIVE:
        report.problems.append(f"{claim.id}: {kind}: {outcome.value} is accepted, it is {truth.value}")


def digests(claim: Claim, inventory: Inventory) -> tuple[str, str]:
    """The names of both sides of a claim's question."""
    wide, narrow = (question_of(claim, inventory, wide=side).question.digest for side in (True, False))
    return wide, narrow


def snapshot_edits(
    values: Mapping[str, Any], documents: Sequence[Any]
) -> Iterator[tuple[str, dict[str, bytes], Sequence[Any]]]:
    """Each single-field edit of the snapshot's policies, policies in a text included."""
    whole = as_bytes(values)
    for path, value in values.items():
        inner = json.loads(value["Policy"]) if set(value) == {"Policy"} else None
        for kind, new in statement_edits(value if inner is None else inner):
            edited_value = new if inner is None else {"Policy": json.dumps(new)}
            yield f"snapshot {kind}", {**whole, path: json.dumps(edited_value).encode()}, documents


def snapshot_byte_edits(
    values: Mapping[str, Any], documents: Sequence[Any], count: int
) -> Iterator[tuple[str, dict[str, bytes], Sequence[Any]]]:
    """One byte of a file of the snapshot."""
    rng = random.Random("bytes")
    whole = as_bytes(values)
    for path, data in whole.items():
        for new in byte_edits(data, count, rng):
            yield "snapshot byte", {**whole, path: new}, documents


def control_edits(
    values: Mapping[str, Any], documents: Sequence[Any]
) -> Iterator[tuple[str, dict[str, bytes], Sequence[Any]]]:
    """Each single-field edit of each control."""
    whole = as_bytes(values)
    for document in documents:
        for kind, new in statement_edits(document):
            yield f"control {kind}", whole, [new]
        form = "forbid" if "forbid" in document else "require"
        for name in document[form]["request"]:
            request = {k: v for k, v in document[form]["request"].items() if k != name}
            yield "control element", whole, [{**document, form: {"request": request}}]
