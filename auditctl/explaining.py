"""`auditctl explain`: claims of a snapshot or of a bundle, explained.

Untrusted.
"""

import json
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from auditctl.audit import Result, decide
from auditctl.findings.explain import explain, explain_open
from auditctl.reading import subject_of
from auditctl.report import Surface
from auditctl.report.explanation_text import explanation_text
from auditctl.report.make import claim_report
from auditctl.run import with_causes
from auditctl.source import Source
from auditctl.subject import Chosen, Decide, Subject, open_bundle, select
from checkers.cloud.claims import Outcome

_WORST_FIRST = (Outcome.VIOLATED, Outcome.INCONCLUSIVE, Outcome.HOLDS)


def open_source(source: Path, chosen: Chosen, read_as: Source) -> tuple[Subject, Decide]:
    """A subject and what decides its claims: the search where there are controls, else the certificates of a bundle."""
    if not chosen.paths:
        return open_bundle(source)
    subject = subject_of(source, chosen, read_as)
    return subject, partial(decide, inventory=subject.inventory)


def explained(subject: Subject, answer: Decide, named: tuple[str, str | None], surface: Surface) -> Iterator[str]:
    """The text about each claim that `named` selects, a control and perhaps a target; what is violated first."""
    results = [with_causes(answer(claim), subject.inventory) for claim in select(subject, *named)]
    for result in sorted(results, key=lambda r: _WORST_FIRST.index(r.outcome)):
        inconclusive = result.outcome is Outcome.INCONCLUSIVE
        why = (explain_open if inconclusive else explain)(result, subject.inventory)
        claim = claim_report(result, why, subject.inventory)
        yield explanation_text(result.claim.control.id, claim, _evidence(result), surface)


def _evidence(result: Result) -> str:
    certificate = result.certificate
    if certificate is None:
        return ""
    size = len(json.dumps(certificate, separators=(",", ":")).encode())
    return f"{certificate['rule']}, {_parts(certificate)}{size} bytes"


def _parts(certificate: Mapping[str, Any]) -> str:
    if "causes" in certificate:
        causes = _many(len(certificate["causes"]), "cause")
        return f"{causes}, " + (f"no other: {_parts(certificate['rest'])}" if "rest" in certificate else "")
    if "lemmas" not in certificate:
        return ""
    lemmas = sum(len(rows) for rows in certificate["lemmas"].values())
    return f"{_many(lemmas, 'lemma')}, {_many(len(certificate['steps']), 'step')}, "


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
