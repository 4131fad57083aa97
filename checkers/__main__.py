"""`python -m checkers BUNDLE`: every claim of a bundle in words, with its verdict.

Runs as a module, as a folder (`python -I -S -O path/to/checkers BUNDLE`) and as a single-file `.pyz`.
"""

import sys
from collections import Counter
from pathlib import Path

if not __package__:  # run as a folder: the package is beside it
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from checkers.audit import ClaimReport, check_bundle
from checkers.bundle import Bundle
from checkers.cloud.words import ASSUMPTIONS, assumptions_of, claim_in_words
from checkers.verdict import Declined, Refusal, Rejected, Unreadable, Verdict

USAGE = "usage: python -m checkers BUNDLE"
EXIT_USAGE, EXIT_UNREADABLE, EXIT_BUG = 2, 5, 70
# The one place that turns verdicts into exit codes. The worst verdict counts.
EXIT_OF = {Verdict.ACCEPTED: 0, Verdict.REJECTED: 1, Verdict.DECLINED: 3}
_WORST_FIRST = (Verdict.REJECTED, Verdict.DECLINED, Verdict.ACCEPTED)


def main(arguments: list[str]) -> int:
    """Check the bundle that the arguments name; the exit code."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print(USAGE, file=sys.stderr)
        return EXIT_USAGE
    try:
        return EXIT_OF[_check(Path(arguments[0]))]
    except Unreadable as error:
        print(f"unreadable: {error}", file=sys.stderr)
        return EXIT_UNREADABLE
    except (Rejected, Declined) as refusal:
        print(f"{refusal.verdict.value}: {refusal}")
        return EXIT_OF[refusal.verdict]
    except Exception as error:  # noqa: BLE001  the only broad handler: a bug is reported as one
        print(f"bug in the checker: {type(error).__name__}: {error}", file=sys.stderr)
        return EXIT_BUG


def _check(path: Path) -> Verdict:
    bundle = Bundle(path)
    verdicts: Counter[Verdict] = Counter()
    outcomes: Counter[str] = Counter()
    assumptions: Counter[str] = Counter()
    for report in check_bundle(bundle):
        print(_line(report))
        verdicts[report.verdict] += 1
        if report.outcome is not None:
            outcomes[report.outcome.value] += 1
        assumptions.update(assumptions_of(report.claim))
    if bundle.partial:
        print("\nThe audit was interrupted: claims that say so were not decided.")
    _print_assumptions(assumptions)
    print(f"\n{_summary(outcomes)}")
    worst = next((v for v in _WORST_FIRST if verdicts[v]), None)
    if worst is None:
        raise Declined("the bundle makes no claim: nothing was checked")
    print(f"{worst.value}: {verdicts[worst]} of {verdicts.total()} certificates")
    return worst


def _line(report: ClaimReport) -> str:
    outcome = report.outcome.value if report.outcome is not None else report.verdict.value
    lines = [f"{outcome:12} {report.claim.control.id}: {claim_in_words(report.claim)}"]
    lines += [f"{'':12}   because {reason}" for reason in report.reasons]
    if report.readings:
        lines.append(f"{'':12}   whichever way these are read: {'; '.join(report.readings)}")
    return "\n".join(lines)


def _print_assumptions(assumptions: Counter[str]) -> None:
    print("\nAssumptions:")
    for name in sorted(assumptions):
        print(f"  {name} ({assumptions[name]} claims): {ASSUMPTIONS[name]}")


def _summary(outcomes: Counter[str]) -> str:
    return ", ".join(f"{outcomes[name]} {name}" for name in ("holds", "violated", "inconclusive"))


if __name__ == "__main__":
    try:
        code = main(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        code = EXIT_BUG
    raise SystemExit(code)
