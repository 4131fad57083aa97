"""How the cost grows: with the statements of one policy, and with the number of policies."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from math import log
from statistics import median
from time import process_time
from typing import Any

from auditctl.audit import claims_of, search
from auditctl.bundle import compact
from bench.corpus import DETAILS, Corpus
from bench.generated import ACCOUNT, CONTROL, generate_policy
from bench.isolated import isolated
from bench.table import Figure
from checkers.cloud.claims import Claim, Outcome, check_claim
from checkers.cloud.control import parse_control
from checkers.cloud.inventory import Inventory
from checkers.cloud.snapshot import Snapshot

SIZES = (10, 100, 500, 1000, 2000)
SHARES = (0.25, 0.5, 1.0)  # of the policies
REPEATS = 3
PATIENCE = 20.0  # seconds after which a size is not repeated
LARGEST = 0.2  # seconds for the largest policy
EXPONENT = 1.2  # of the growth: 1 is linear, 2 quadratic; the rest is room for noise


def one_policy(statements: int, seed: int, *, violated: bool) -> tuple[Claim, Inventory]:
    """A fresh snapshot with one generated policy, and its claim."""
    document = generate_policy(statements, seed, violated=violated)
    policy = {
        "PolicyName": "generated",
        "Arn": f"arn:aws:iam::{ACCOUNT}:policy/generated",
        "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": True, "Document": document}],
    }
    details = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": [policy]}
    manifest = {"format": "auditctl-snapshot/1", "accounts": [{"id": ACCOUNT}]}
    files = {"snapshot.json": manifest, str(DETAILS): details}
    inventory = Inventory(Snapshot({name: partial(_encode, value) for name, value in files.items()}))
    return claims_of([parse_control(CONTROL, "generated")], inventory)[0], inventory


def _encode(value: object) -> bytes:
    return json.dumps(value).encode()


def decide_generated(statements: int, seed: int, *, violated: bool) -> float:
    """Processor seconds of derivation, search and certificate; the median of a few policies. The checker must agree."""
    times = []
    for i in range(REPEATS):
        claim, inventory = one_policy(statements, seed + i, violated=violated)
        start = process_time()
        certificate = search(claim, inventory)
        compact(certificate)
        times.append(process_time() - start)
        outcome = _outcome(claim, certificate, inventory)
        if outcome is not (Outcome.VIOLATED if violated else Outcome.HOLDS):
            raise RuntimeError(f"a generated policy of {statements} statements is {outcome.value}")
        if sum(times) > PATIENCE:
            break
    return median(times)


def _outcome(claim: Claim, certificate: Mapping[str, Any] | tuple[str, ...], inventory: Inventory) -> Outcome:
    if isinstance(certificate, tuple):
        return Outcome.INCONCLUSIVE
    return check_claim(claim, certificate, inventory)[0]


def decide_share(corpus: Corpus, share: float, seed: int) -> tuple[int, float]:
    """A seeded share of the policies: their number, and the processor seconds of all their claims."""
    claims, inventory = corpus.load()
    arns = corpus.policies()
    chosen = set(random.Random(seed).sample(arns, max(1, round(share * len(arns)))))
    start = process_time()
    for claim in claims:
        if claim.target.id in chosen:
            compact(search(claim, inventory))
    return len(chosen), process_time() - start


def measure(corpus: Corpus, *, sizes: Sequence[int] = SIZES, seed: int) -> list[Figure]:
    """The two curves."""
    return [*_statement_figures(sizes, seed), *_policy_figures(corpus, seed)]


def _statement_figures(sizes: Sequence[int], seed: int) -> Iterator[Figure]:
    for violated in (False, True):
        word = "violated" if violated else "holds"
        curve = [(n, isolated(decide_generated, n, seed, violated=violated)) for n in sizes]
        for n, seconds in curve:
            goal = LARGEST if n == max(SIZES) else None
            name = f"{n:,} statements, {word}"
            yield Figure(
                id=f"statements.{n}.{word}", name=name, value=1000 * seconds, unit="ms", at_most=goal and 1000 * goal
            )
        yield Figure(
            id=f"statements.exponent.{word}",
            name=f"growth with statements, {word}: exponent",
            value=exponent(curve),
            at_most=EXPONENT,
            note="1 is linear",
        )


def _policy_figures(corpus: Corpus, seed: int) -> Iterator[Figure]:
    curve = [isolated(decide_share, corpus, share, seed) for share in SHARES]
    for n, seconds in curve:
        yield Figure(id=f"policies.{n}", name=f"{n:,} policies, all controls", value=seconds, unit="s")
    yield Figure(
        id="policies.exponent",
        name="growth with policies: exponent",
        value=exponent(curve),
        at_most=EXPONENT,
        note="1 is linear",
    )


def exponent(curve: Sequence[tuple[int, float]]) -> float:
    """The power of the size by which the cost grows, from the first size of at least 100 to the last."""
    first = next((point for point in curve[:-1] if point[0] >= 100), curve[0])
    return log(curve[-1][1] / first[1]) / log(curve[-1][0] / first[0])
