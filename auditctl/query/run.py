"""`auditctl query` from its options to its answer.

Untrusted.
"""

from dataclasses import dataclass, field
from pathlib import Path

from auditctl.checking import save_bundle
from auditctl.output import check_writable
from auditctl.progress import progress
from auditctl.query.answer import QueryAnswer, make_answer
from auditctl.query.controls import documents_of
from auditctl.query.language import Query
from auditctl.reading import files_of
from auditctl.run import run
from auditctl.source import Source
from auditctl.subject import Subject
from checkers.cloud.inventory import Inventory
from checkers.cloud.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user asked for."""

    snapshot: Path
    query: Query
    source: Source = field(default_factory=Source)
    bundle: Path | None = None
    output: Path | None = None
    form: str = "rich"


def ask(options: Options) -> QueryAnswer:
    """Decide every claim of the query; write the bundle that was asked for."""
    for path in (options.bundle, options.output):
        if path is not None:
            check_writable(path, options.snapshot)
    files = files_of(options.snapshot, options.source)
    inventory = Inventory(Snapshot(files))
    documents, parts = documents_of(options.query, inventory)
    subject = Subject(files=files, inventory=inventory, documents=documents)
    claims = subject.claims
    with progress("asking", len(claims)) as advance:
        done = run(claims, inventory, advance)
    if options.bundle is not None:
        save_bundle(options.bundle, subject, done.results, partial=done.interrupted)
    return make_answer(options.query, inventory, parts, done.results, partial=done.interrupted)
