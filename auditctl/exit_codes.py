"""The exit codes of every command: one table, every other number is reserved.

The checker (`python -m checkers`, `auditctl verify`) has its own table, which this one agrees with.
"""

from collections.abc import Iterable, Mapping
from enum import IntEnum


class ExitCode(IntEnum):
    """What a process ends with. Being an integer, it is also a truth value: compare it with `is`."""

    OK = 0
    VIOLATED = 1
    USAGE = 2
    INCONCLUSIVE = 3
    REFUSED = 4
    UNREADABLE = 5
    BUG = 70
    INTERRUPTED = 130


# `auditctl check`.
CHECK: Mapping[ExitCode, str] = {
    ExitCode.OK: "every claim holds or is waived",
    ExitCode.VIOLATED: "a claim is violated",
    ExitCode.USAGE: "the command line is wrong",
    ExitCode.INCONCLUSIVE: "a claim is inconclusive, or too little was checked: no claim, or fewer than --expect-min",
    ExitCode.REFUSED: "the checker refused one of our own certificates, or another solver disagrees",
    ExitCode.UNREADABLE: "an input could not be read, or an output not be written",
    ExitCode.BUG: "a bug in auditctl",
    ExitCode.INTERRUPTED: "interrupted; a bundle that was asked for is written and says that it is partial",
}
# What the other commands mean by theirs, where that differs from `check`.
VERIFY: Mapping[ExitCode, str] = {
    ExitCode.OK: "every certificate is accepted",
    ExitCode.VIOLATED: "a certificate, or the bundle, is rejected",
    ExitCode.INCONCLUSIVE: "a certificate is declined: a version, size or construct that the checker does not support",
    ExitCode.UNREADABLE: "the bundle could not be read",
}
TEST: Mapping[ExitCode, str] = {
    ExitCode.OK: "every test of every control has the outcome that it names",
    ExitCode.VIOLATED: "a test has another outcome",
    ExitCode.INCONCLUSIVE: "the controls carry no test",
}

QUERY: Mapping[ExitCode, str] = {
    ExitCode.OK: "everybody that the query is about can or cannot, with a certificate",
    ExitCode.USAGE: "the command line is wrong, or the query is",
    ExitCode.INCONCLUSIVE: "for somebody the answer is inconclusive, or there is nobody to ask about",
    ExitCode.REFUSED: "the checker refused one of our own certificates",
    ExitCode.UNREADABLE: "the snapshot could not be read, or an output not be written",
}
DIFF: Mapping[ExitCode, str] = {
    ExitCode.OK: "nothing that is new is allowed: each target is equal or allows less",
    ExitCode.VIOLATED: "a target allows more, or is incomparable",
    ExitCode.INCONCLUSIVE: "whether a target allows more is inconclusive, or there is no target",
    ExitCode.REFUSED: "the checker refused one of our own certificates",
    ExitCode.UNREADABLE: "an input could not be read, or an output not be written",
}
SIMULATE: Mapping[ExitCode, str] = {
    ExitCode.OK: "every request is decided: allowed or denied",
    ExitCode.INCONCLUSIVE: "a request is undetermined, or there is none",
    ExitCode.UNREADABLE: "an input could not be read: the snapshot, or a request, which its line says",
}
TRACE: Mapping[ExitCode, str] = {
    ExitCode.OK: "every question is decided, with a certificate: a packet arrives, or none does",
    ExitCode.USAGE: "the command line is wrong, or an end of the question is nothing in the snapshot",
    ExitCode.INCONCLUSIVE: "the answer to a question is inconclusive, or there is no question",
    ExitCode.REFUSED: "the checker refused one of our own certificates",
    ExitCode.UNREADABLE: "an input could not be read (the snapshot, or a question, which its line says), or an output "
    "not be written",
}
COLLECT: Mapping[ExitCode, str] = {
    ExitCode.OK: "every call has an answer: a value, or that there is none",
    ExitCode.USAGE: "the command line is wrong",
    ExitCode.INCONCLUSIVE: "some calls were denied or failed; snapshot.json has them",
    ExitCode.UNREADABLE: "there are no credentials, they have expired, or the snapshot could not be written",
    ExitCode.INTERRUPTED: "interrupted; --resume goes on",
}
SNAPSHOT_VERIFY: Mapping[ExitCode, str] = {
    ExitCode.OK: "every file is the one that was sealed, and no other is there",
    ExitCode.VIOLATED: "a file, or what snapshot.json says, is not what was sealed, or it is not sealed",
    ExitCode.UNREADABLE: "it is no snapshot, or could not be read",
}
SNAPSHOT_DIFF: Mapping[ExitCode, str] = {
    ExitCode.OK: "the snapshots have the same files and errors",
    ExitCode.VIOLATED: "they differ",
    ExitCode.UNREADABLE: "a snapshot could not be read",
}

# Of several codes that apply to one run of `check`, the first counts.
PRECEDENCE = (
    ExitCode.BUG,
    ExitCode.REFUSED,
    ExitCode.INTERRUPTED,
    ExitCode.UNREADABLE,
    ExitCode.VIOLATED,
    ExitCode.INCONCLUSIVE,
    ExitCode.OK,
)


def first_of(codes: Iterable[ExitCode]) -> ExitCode:
    """The code that counts, of those that apply; `OK` where none does."""
    applying = set(codes)
    return next((code for code in PRECEDENCE if code in applying), ExitCode.OK)


def table_text(meanings: Mapping[ExitCode, str]) -> str:
    """The table as `--help` shows it."""
    return "\n".join(f"{code.value:>5}  {meaning}" for code, meaning in meanings.items())
