"""Search, certificate and check, claim by claim, in one process each."""

import gc
from collections.abc import Sequence
from dataclasses import dataclass
from time import process_time

from auditctl.audit import search
from auditctl.bundle import compact
from bench.corpus import Corpus, quantile
from bench.isolated import isolated
from bench.table import Figure
from checkers.audit import check_row
from checkers.cloud.claims import Outcome
from checkers.strict_json import parse_json
from checkers.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Searched:
    """One claim: processor seconds of derivation, search and certificate, and the line of the certificates."""

    name: str
    seconds: float
    line: str
    size: int | None  # bytes of the certificate, None for an inconclusive claim


def search_all(corpus: Corpus) -> list[Searched]:
    """Search each claim once."""
    claims, inventory = corpus.load()
    gc.freeze()  # as `auditctl check` does
    found = []
    for claim in claims:
        start = process_time()
        certificate = search(claim, inventory)
        is_open = isinstance(certificate, tuple)
        text = compact(list(certificate) if is_open else certificate)
        seconds = process_time() - start
        member = "inconclusive" if is_open else "certificate"
        line = f'{{"claim":{compact(list(claim.id))},"{member}":{text}}}'
        found.append(Searched(" ".join(claim.id), seconds, line, None if is_open else len(text.encode())))
    return found


def check_all(corpus: Corpus, lines: Sequence[str]) -> list[float]:
    """Processor seconds of each check: its line read, its question derived, its certificate checked."""
    claims, inventory = corpus.load()
    gc.freeze()  # as the checker does
    times = []
    for claim, line in zip(claims, lines, strict=True):
        start = process_time()
        row = parse_json(line.encode(), "certificates.jsonl")
        if not isinstance(row, dict):
            raise TypeError("a line of the certificates is an object")
        report = check_row(claim, row, inventory)
        times.append(process_time() - start)
        if report.verdict is not Verdict.ACCEPTED:
            raise RuntimeError(f"{claim.id}: {report.verdict.value}: {report.reasons}")
        if report.outcome is Outcome.INCONCLUSIVE:
            times.pop()
    return times


def measure(corpus: Corpus) -> list[Figure]:
    """The figures of single claims."""
    found = isolated(search_all, corpus)
    checks = isolated(check_all, corpus, [s.line for s in found])
    return [*_search_figures(found), *_check_figures(found, checks), *_size_figures(found)]


def _search_figures(found: Sequence[Searched]) -> list[Figure]:
    ms = [1000 * s.seconds for s in found]
    slowest = max(found, key=lambda s: s.seconds)
    still_open = sum(s.size is None for s in found)
    return [
        Figure(id="claims", name="claims", value=len(found)),
        Figure(
            id="search.median", name="search and certificate: median", value=quantile(ms, 0.5), unit="ms", at_most=1
        ),
        Figure(id="search.p99", name="search and certificate: p99", value=quantile(ms, 0.99), unit="ms", at_most=15),
        Figure(
            id="search.max",
            name="search and certificate: maximum",
            value=max(ms),
            unit="ms",
            at_most=150,
            note=slowest.name.replace("arn:aws:iam::aws:policy/", ""),
        ),
        Figure(id="search.inconclusive", name="inconclusive claims", value=still_open, at_most=0),
    ]


def _check_figures(found: Sequence[Searched], checks: Sequence[float]) -> list[Figure]:
    share = 100 * sum(checks) / sum(s.seconds for s in found)
    median = 1000 * quantile(checks, 0.5)
    return [
        Figure(id="check.share", name="check, of search", value=share, unit="%", at_most=20, note="derivation in both"),
        Figure(id="check.median", name="check: median", value=median, unit="ms", at_most=0.2),
    ]


def _size_figures(found: Sequence[Searched]) -> list[Figure]:
    sizes = [s.size for s in found if s.size is not None]
    return [
        Figure(id="size.median", name="certificate: median", value=quantile(sizes, 0.5), unit="bytes", at_most=200),
        Figure(id="size.max", name="certificate: maximum", value=max(sizes), unit="bytes", at_most=10_000),
    ]
