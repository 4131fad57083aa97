"""A network of hubs and spokes as a snapshot: `python examples/network.py DIRECTORY [--vpcs N] [--plan PLAN] ...`.

Transit gateways of two regions connect VPCs of several accounts: half of them development, half production. One of
three things keeps development out of each production VPC: the gateway's route table, a network ACL, or a security
group. Everything follows from the seed and the sizes.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().with_suffix("")))  # its parts are in the folder of the same name

from generator.files import Files
from generator.forwarding import put_forwarding
from generator.groups import put_groups
from generator.interfaces import put_interfaces
from generator.mistakes import in_words, make_mistakes
from generator.setting import CONTIGUOUS, INTERLEAVED, Addresses, Setting
from generator.transit import put_transit
from generator.vpcs import make_vpcs, put_vpcs

SEED = 20_261_102
_LEAST, _MOST = 6, 2048  # VPCs: each isolation occurs, and one half of 10.0.0.0/8 holds each environment


def make_files(setting: Setting) -> tuple[Files, list[str]]:
    """Every file of the snapshot, and the planted mistakes in words."""
    addresses = Addresses(setting.plan, setting.vpcs // 2)
    vpcs = make_vpcs(setting, addresses)
    mistakes = make_mistakes(setting, vpcs)
    files = Files()
    put_vpcs(files, vpcs)
    put_groups(files, setting, addresses, vpcs, mistakes)
    put_forwarding(files, setting, addresses, vpcs, mistakes)
    put_interfaces(files, setting, vpcs)
    put_transit(files, setting, addresses, vpcs, mistakes)
    return files, [in_words(setting, mistake) for mistake in mistakes.values()]


def main(arguments: list[str]) -> int:
    """Write the snapshot to the directory that the arguments name, and the mistakes beside it; the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    setting = Setting(vpcs=options.vpcs, plan=options.plan, seed=options.seed, mistakes=options.mistake)
    try:
        files, mistakes = make_files(setting)
    except ValueError as error:
        parser.error(str(error))
    count = files.write(options.directory)
    print(f"{count} files written to {options.directory}")
    if mistakes:
        expected = options.directory.with_name(f"{options.directory.name}.expected.txt")
        expected.write_text("".join(f"{line}\n" for line in mistakes), encoding="utf-8")
        print(*mistakes, sep="\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python examples/network.py", description="Write a large network.")
    parser.add_argument("directory", type=Path, help="where to write the snapshot")
    parser.add_argument("--vpcs", type=_vpcs, default=50, help="VPCs of development and production together")
    parser.add_argument("--plan", choices=(CONTIGUOUS, INTERLEAVED), default=CONTIGUOUS, help="of addresses")
    parser.add_argument("--seed", type=int, default=SEED, help="of every choice")
    parser.add_argument("--mistake", type=int, default=0, metavar="N", help="plant so many mistakes, and say where")
    return parser


def _vpcs(text: str) -> int:
    count = int(text)
    if count % 2 or not _LEAST <= count <= _MOST:
        raise argparse.ArgumentTypeError(f"an even number from {_LEAST} to {_MOST}")
    return count


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
