"""`python tests/bench`: every figure, as a table and as `build/bench.json`.

Progress goes to stderr. The exit code is 0 whether or not the goals are met: the table says so.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from functools import partial
from pathlib import Path

if not __package__:  # run as a folder: the package is beside it, the project above it
    _HERE = Path(__file__).resolve().parent
    sys.path[0:1] = [str(_HERE.parent), str(_HERE.parent.parent)]

from bench import certificates, collecting, growth, network, organization, processes, rivals
from bench.corpus import make_corpus
from bench.table import Figure, as_json, render, summary

SEED = 20_261_102


def main(arguments: list[str]) -> int:
    """Measure, print, write."""
    options = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        figures, policies = _measure(options, Path(scratch))
    setting = {
        "policies": policies,
        "seed": options.seed,
        "sample": f"one policy in {options.sample}",
        "limit": options.limit,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
    }
    print(render(figures))
    print(f"\n{summary(figures)}; {policies} policies, seed {options.seed}, Python {setting['python']}")
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(as_json(figures, setting), indent=2) + "\n", encoding="utf-8")
    return 0


def _measure(options: argparse.Namespace, scratch: Path) -> tuple[list[Figure], int]:
    """Every figure, and the number of policies. Whole processes come first, while this one is small."""
    corpus = make_corpus(scratch / "snapshot", policies=options.policies, seed=options.seed)
    seed = options.seed
    parts = {
        "whole processes": partial(processes.measure, corpus, scratch / "bundle.audit"),
        "a large organization": partial(organization.measure, scratch, seed=seed, shrink=options.shrink),
        "a large network": partial(network.measure, scratch, seed=seed, shrink=options.shrink, limit=6 * options.limit),
        "collecting": partial(collecting.measure, scratch, shrink=options.shrink),
        "claim by claim": partial(certificates.measure, corpus),
        "growth": partial(growth.measure, corpus, sizes=options.sizes, seed=seed),
        "other solvers": partial(rivals.measure, corpus, one_in=options.sample, seed=seed, limit=options.limit),
    }
    figures: list[Figure] = []
    for title, measure in parts.items():
        print(f"measuring: {title}", file=sys.stderr)
        figures += measure()
    return figures, len(corpus.policies())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python tests/bench", description="Measure auditctl.")
    parser.add_argument("--json", type=Path, default=Path("build/bench.json"), help="where to write the figures")
    parser.add_argument("--policies", type=int, help="measure on so many policies only")
    parser.add_argument("--sample", type=int, default=20, help="compare with other solvers on one policy in so many")
    parser.add_argument(
        "--shrink",
        type=int,
        default=1,
        help="divide the sizes of the large organization, of the networks and of the account that is collected by so much",
    )
    parser.add_argument("--limit", type=float, default=rivals.LIMIT, help="seconds that a solver has for a question")
    parser.add_argument("--sizes", type=_sizes, default=growth.SIZES, help="statements of the generated policies")
    parser.add_argument("--seed", type=int, default=SEED, help="of every choice")
    return parser


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(int(n) for n in text.split(","))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
