"""A smaller snapshot with what controls need: without the services that change no outcome of theirs.

Untrusted, and it need not be trusted: a service is left out only where, without it, the controls have the same claims
and the checker's code accepts the same certificates with the same outcomes; what was inconclusive still is.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from auditctl.audit import Result, claims_of, decide
from auditctl.output import check_writable
from auditctl.progress import progress
from auditctl.reading import subject_of
from auditctl.snapshot import Files, without_digests
from auditctl.snapshots.write import write_snapshot
from auditctl.source import Source
from auditctl.subject import Chosen, Subject
from checkers.cloud.claims import Claim, Outcome, check_claim
from checkers.cloud.inventory import Inventory
from checkers.cloud.resource_policies import ROWS
from checkers.cloud.snapshot import MANIFEST, Snapshot
from checkers.strict_json import Json, parse_json
from checkers.verdict import Refusal, Unreadable

_ELSEWHERE = ""  # stands for the service of files that are not below an account, a region and a service
_ALWAYS = frozenset({"iam", "organizations", _ELSEWHERE})
_NETWORK = frozenset({"ec2", "elb", "elbv2"})
# Words of controls that mean files of services with another name.
_MEANS: Mapping[str, frozenset[str]] = {
    **{row.kind: frozenset({row.service}) for row in ROWS},
    **{row.prefix: frozenset({row.service}) for row in ROWS if row.prefix},
    **dict.fromkeys(("bucket", "access-point", "s3"), frozenset({"s3", "s3control"})),
    **dict.fromkeys(("vpc", "subnet", "instance", "flow", "interface", "endpoint", "hosts"), _NETWORK),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The files that are left, the manifest, and the services that were left out."""

    files: Files
    manifest: Mapping[str, Json]
    left_out: tuple[str, ...]


def slice_of(subject: Subject, results: Sequence[Result]) -> Slice:
    """A snapshot with fewer services on which the claims of the subject have these results too."""
    snapshot = subject.inventory.snapshot
    services = sorted({*map(_service, (*snapshot.paths, *snapshot.errors))})
    kept = frozenset(services)
    likely = kept & _likely(subject)
    with progress("slicing", len(services) + 1) as advance:
        if likely != kept and _stays(subject, results, likely):
            kept = likely
        advance()
        for service in services:
            if service in kept and _stays(subject, results, kept - {service}):
                kept -= {service}
            advance()
    files, manifest = _cut(subject.files, kept)
    return Slice(files=files, manifest=manifest, left_out=tuple(s for s in services if s not in kept))


def chosen_of(
    named: Iterable[str], paths: tuple[Path, ...], parameters: Path | None, settings: tuple[str, ...]
) -> Chosen:
    """The controls that are named: by id, among those in `paths`, or by file."""
    files = tuple(Path(name) for name in named if Path(name).is_file())
    only = tuple(Path(name).stem if Path(name).is_file() else name for name in named)
    return Chosen(paths=(*paths, *files), parameters=parameters, settings=settings, only=only)


def write_slice(snapshot: Path, output: Path, chosen: Chosen, read_as: Source | None = None) -> Iterator[str]:
    """Write the slice of a snapshot directory as a sealed snapshot, and say what it is."""
    check_writable(output / MANIFEST if output.is_dir() else output, snapshot)
    subject = subject_of(snapshot, chosen, read_as)
    found = slice_of(subject, decided(subject))
    write_snapshot(output, found.files, found.manifest)
    yield f"left out: {', '.join(s or 'other files' for s in found.left_out) or 'nothing'}"
    yield f"{len(found.files)} of {len(subject.files)} files: {output}"


def decided(subject: Subject) -> list[Result]:
    """The result of every claim of the subject."""
    claims = subject.claims
    with progress("checking", len(claims)) as advance:
        return [_counted(decide(claim, subject.inventory), advance) for claim in claims]


def _counted(result: Result, advance: Callable[[], None]) -> Result:
    advance()
    return result


def _service(path: str) -> str:
    parts = path.split("/")
    return parts[2] if len(parts) > 3 else _ELSEWHERE  # noqa: PLR2004  ACCOUNT/REGION/SERVICE/OPERATION


def _likely(subject: Subject) -> frozenset[str]:
    """The services that the words of the controls suggest."""
    words = {word for d in subject.documents.values() for word in re.findall(r"[a-z0-9-]+", json.dumps(d).lower())}
    meant = (_MEANS.get(word, frozenset({word})) for word in words)
    return _ALWAYS.union(*meant)


def _cut(files: Files, services: Iterable[str]) -> tuple[Files, dict[str, Json]]:
    """The files of these services, and the manifest with what it says of them."""
    kept = {*services}
    manifest = without_digests(parse_json(files[MANIFEST](), MANIFEST))
    manifest["errors"] = [row for row in manifest.get("errors", []) if _service(row["path"]) in kept]
    found = {path: read for path, read in files.items() if path != MANIFEST and _service(path) in kept}
    return {**found, MANIFEST: json.dumps(manifest).encode}, manifest


def _stays(subject: Subject, results: Sequence[Result], services: Iterable[str]) -> bool:
    """Whether the claims, their outcomes and their certificates are the same with these services alone."""
    files, _ = _cut(subject.files, services)
    try:
        inventory = Inventory(Snapshot(files))
        claims = claims_of(subject.controls, inventory)
        if [c.id for c in claims] != [r.claim.id for r in results]:
            return False
        return all(_outcome(claim, r, inventory) is r.outcome for claim, r in zip(claims, results, strict=True))
    except (Refusal, Unreadable):
        return False


def _outcome(claim: Claim, result: Result, inventory: Inventory) -> Outcome:
    """The outcome that the certificate proves of the claim; without one the claim is decided anew."""
    if result.certificate is None:
        return decide(claim, inventory).outcome
    outcome, _ = check_claim(claim, result.certificate, inventory)
    return outcome
