"""`auditctl snapshot`: seal, verify, describe, compare, cut and import snapshots."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditctl.commands.options import FILE, SNAPSHOT, account_options, exit_codes, source_options, with_controls
from auditctl.exit_codes import SNAPSHOT_DIFF, SNAPSHOT_VERIFY

if TYPE_CHECKING:
    from auditctl.source import Source

_FORMAT = click.option(
    "--format", "-f", "form", type=click.Choice(["rich", "json"]), default="rich", help="The answer's format."
)
_NEW = click.option("--output", "-o", type=FILE, required=True, help="A new directory, or an empty one.")

_ACCOUNT, _REGION = account_options()


@click.group("snapshot")
def command() -> None:
    """Seal, verify, describe, compare, cut and import snapshots."""


@command.command("info")
@click.argument("snapshot", type=SNAPSHOT)
@_FORMAT
@source_options
def info(snapshot: Path, form: str, read_as: "Source") -> int:
    """Say what is in SNAPSHOT: accounts, regions, facts by service and state, errors, digest."""
    from auditctl.output import surface_of, write_result
    from auditctl.reading import files_of
    from auditctl.snapshots.info import summary_of
    from auditctl.snapshots.text import INFO_FORMATS

    write_result(INFO_FORMATS[form](summary_of(files_of(snapshot, read_as)), surface_of(None)))
    return 0


@command.command("verify", epilog=exit_codes(SNAPSHOT_VERIFY))
@click.argument("snapshot", type=SNAPSHOT)
def verify(snapshot: Path) -> int:
    """Compare every file of SNAPSHOT with its digest, and name each that does not fit."""
    from auditctl.snapshots.verify import report

    return report(snapshot)


@command.command("seal")
@click.argument("snapshot", type=SNAPSHOT)
@click.option("--again", is_flag=True, help="Also if it is sealed: with the files as they are now.")
def seal(snapshot: Path, again: bool) -> int:  # noqa: FBT001  click passes it by name
    """Write a digest of every file of SNAPSHOT, and one of all, into its snapshot.json; print the last one."""
    from auditctl.output import write_result
    from auditctl.snapshots.seal import seal_again

    write_result(f"{seal_again(snapshot, again=again)}\n")
    return 0


@command.command("diff", epilog=exit_codes(SNAPSHOT_DIFF))
@click.argument("old", type=SNAPSHOT)
@click.argument("new", type=SNAPSHOT)
@_FORMAT
@source_options
def diff(old: Path, new: Path, form: str, read_as: "Source") -> int:
    """Say which files NEW has more, less or changed, and where. What follows for access, `auditctl diff` says."""
    from auditctl.output import surface_of, write_result
    from auditctl.reading import files_of
    from auditctl.snapshots.difference import difference_of, exit_code
    from auditctl.snapshots.text import DIFF_FORMATS

    found = difference_of(files_of(old, read_as), files_of(new, read_as))
    write_result(DIFF_FORMATS[form](found, surface_of(None)))
    return exit_code(found)


@command.command("slice")
@click.argument("snapshot", type=SNAPSHOT)
@_NEW
@click.option(
    "--control", "named", multiple=True, required=True, metavar="ID|FILE", help="A control of --controls, or a file."
)
@with_controls(required=False)
@source_options
def slice_(  # noqa: PLR0913, PLR0917  one argument for each option
    snapshot: Path,
    output: Path,
    named: tuple[str, ...],
    controls: tuple[Path, ...],
    parameters: Path | None,
    settings: tuple[str, ...],
    read_as: "Source",
) -> int:
    """Write a smaller snapshot with what one control needs, or several.

    On it every claim of the controls has the outcome that it has on SNAPSHOT, with the same certificates.
    """
    from auditctl.output import say
    from auditctl.snapshots.slicing import chosen_of, write_slice

    for line in write_slice(snapshot, output, chosen_of(named, controls, parameters, settings), read_as):
        say(line)
    return 0


@command.command("import")
@click.argument("folder", type=SNAPSHOT)
@_NEW
@_ACCOUNT
@_REGION
@click.option("--verbose", "-v", is_flag=True, help="Say of each file what decided what it is of.")
def import_(folder: Path, output: Path, account: str, region: str, verbose: bool) -> int:  # noqa: FBT001  click passes it by name
    """Write the outputs of the AWS CLI in FOLDER, under whatever names, as a sealed snapshot.

    What is not recognised is named, and kept below `unrecognised/`, where it makes claims inconclusive.
    """
    from auditctl.dumps import Defaults
    from auditctl.output import say
    from auditctl.snapshots.importing import import_dump

    for line in import_dump(folder, output, Defaults(account=account, region=region), verbose=verbose):
        say(line)
    return 0
