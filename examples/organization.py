"""A large organization as a snapshot: `python examples/organization.py DIRECTORY [--seed N] [--roles N] ...`.

One account has hundreds of roles, users, policies and buckets; beside it there are small accounts, a tree of
organizational units, service and resource control policies. Everything follows from the seed and the sizes.
The policies of AWS that are attached are the copies that moto carries (`pip install moto`).
"""

import argparse
import sys
from dataclasses import fields
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().with_suffix("")))  # its parts are in the folder of the same name

from generator.files import Files
from generator.members import put_accounts
from generator.resources import put_empty_lists, put_resources
from generator.setting import Setting, Size
from generator.tree import put_tree

SEED = 20_261_102


def make_files(setting: Setting) -> Files:
    """Every file of the snapshot."""
    files = Files()
    put_tree(files)
    put_empty_lists(files)
    put_accounts(files, setting)
    put_resources(files, setting)
    return files


def main(arguments: list[str]) -> int:
    """Write the snapshot to the directory that the arguments name; the exit code."""
    options = _parser().parse_args(arguments)
    size = Size(**{field.name: getattr(options, field.name) for field in fields(Size)})
    count = make_files(Setting(size, options.seed)).write(options.directory)
    print(f"{count} files written to {options.directory}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python examples/organization.py", description="Write a large organization.")
    parser.add_argument("directory", type=Path, help="where to write the snapshot")
    parser.add_argument("--seed", type=int, default=SEED, help="of every choice")
    for field in fields(Size):
        parser.add_argument(f"--{field.name}", type=_count, default=field.default, help="in the large account")
    return parser


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError("at least one")
    return count


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
