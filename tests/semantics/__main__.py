"""`python tests/semantics`: every rule, an edit that switches it off, and what that changes. `--document` prints the page.

The exit code is 1 where a case does not come out as its rule says, or switching a rule off goes unnoticed.
"""

import sys
from pathlib import Path

if not __package__:  # run as a folder: the package is beside it, the project above it
    _HERE = Path(__file__).resolve().parent
    sys.path[0:1] = [str(_HERE.parent), str(_HERE.parent.parent)]

from semantics.tables import document, mutations, table


def main(arguments: list[str]) -> int:
    """Print the document or the table."""
    if arguments == ["--document"]:
        print(document(), end="")
        return 0
    found = list(mutations())
    print(table(("rule", "source", "mutation", "accept", "reject", "killed"), [row for row, _ in found]))
    bad = sum(not is_good for _, is_good in found)
    print(f"\n{len(found)} rules, {bad} not as they say or not noticed when switched off")
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
