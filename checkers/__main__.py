"""`python -m checkers BUNDLE`: every claim of a bundle in words, with its verdict.

Runs as a module, as a folder (`python -I -S -O path/to/checkers BUNDLE`) and as a single-file `.pyz`.
"""

import os
import sys
from collections import Counter
from pathlib import Path

if not __package__:  # run as a folder: the package is beside it
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from checkers import limits
from checkers.audit import ClaimReport, check_bundle
from checkers.bundle import Bundle
from checkers.cloud.claims import Outcome
from checkers.cloud.words import ASSUMPTIONS, claim_in_words
from checkers.verdict import Declined, Refusal, Unreadable, Verdict

USAGE = "usage: python -m checkers BUNDLE"
EXIT_USAGE, EXIT_UNREADABLE, EXIT_BUG = 2, 5, 70
# The one place that turns verdicts into exit codes. The worst verdict counts.
EXIT_OF = {Verdict.ACCEPTED: 0, Verdict.REJECTED: 1, Verdict.DECLINED: 3}
_WORST_FIRST = (Verdict.REJECTED, Verdict.DECLINED, Verdict.ACCEPTED)


def main(arguments: list[str]) -> int:
    """Check the bundle that the arguments name; the exit code."""
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # nobody reads on; what was not said is not accepted
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_BUG
    except Exception as error:  # noqa: BLE001  the only broad handler: a bug is reported as one
        print(_plain(f"bug in the checker: {type(error).__name__}: {error}"), file=sys.stderr)
        return EXIT_BUG
    return code


def _run(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print(USAGE, file=sys.stderr)
        return EXIT_USAGE
    try:
        return EXIT_OF[_check(Path(arguments[0]))]
    except Unreadable as error:
        print(_plain(f"unreadable: {error}"), file=sys.stderr)
        return EXIT_UNREADABLE
    except Refusal as refusal:
        print(_plain(f"{refusal.verdict.value}: {refusal}"))
        return EXIT_OF[refusal.verdict]
    except MemoryError:
        print(f"{Verdict.DECLINED.value}: the bundle needs more memory than there is")
        return EXIT_OF[Verdict.DECLINED]


def _check(path: Path) -> Verdict:
    bundle = Bundle(path)
    verdicts: Counter[Verdict] = Counter()
    outcomes: Counter[Outcome | None] = Counter()
    assumptions: Counter[str] = Counter()
    for report in check_bundle(bundle):
        for line in _lines(report):
            print(_plain(line))
        verdicts[report.verdict] += report.outcome is not Outcome.INCONCLUSIVE
        outcomes[report.outcome] += 1
        assumptions.update(report.assumptions)
    if bundle.partial:
        print("\nThe audit was interrupted: claims that say so were not decided.")
    print("\nAssumptions:")
    for name in sorted(assumptions):
        print(f"  {name} ({assumptions[name]} claims): {ASSUMPTIONS[name]}")
    print("\n" + ", ".join(f"{outcomes[one]} {one.value}" for one in Outcome))
    worst = next((v for v in _WORST_FIRST if verdicts[v]), None)
    if worst is None:
        raise Declined("the bundle has no certificate: nothing was checked")
    print(f"{worst.value}: {verdicts[worst]} of {verdicts.total()} certificates")
    return worst


def _lines(report: ClaimReport) -> list[str]:
    """What is said of one claim."""
    outcome = report.verdict.value if report.outcome is None else report.outcome.value
    lines = [f"{outcome:12} {report.claim.control.id}: {claim_in_words(report.claim)}"]
    lines += [f"{'':12}   because {reason}" for reason in report.reasons]
    lines += [f"{'':12}   {line}" for line in (*report.values, *report.causes)]
    if report.readings:
        lines.append(f"{'':12}   whichever way these are read: {'; '.join(report.readings)}")
    return lines


def _plain(line: str) -> str:
    """The line cut short, and with what may move the cursor or hide text written out: a bundle has any text."""
    text = line if len(line) <= limits.MAX_LINE_CHARS else f"{line[: limits.MAX_LINE_CHARS]}..."
    return "".join(c if c.isascii() and c.isprintable() else ascii(c)[1:-1] for c in text)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
