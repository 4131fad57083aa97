"""`auditctl smt`: a question as SMT-LIB."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditctl.commands.options import FILE, SNAPSHOT, complete_control, source_options, with_controls

if TYPE_CHECKING:
    from auditctl.source import Source


@click.command("smt")
@click.argument("snapshot", type=SNAPSHOT)
@click.argument("control", shell_complete=complete_control)
@click.argument("target")
@with_controls()
@click.option(
    "--side",
    type=click.Choice(["wide", "narrow"]),
    default="wide",
    show_default=True,
    help="The side on which `unsat` proves (wide), or that on which `sat` does (narrow).",
)
@click.option("--output", "-o", type=FILE, help="Write the script to this file instead of stdout.")
@source_options
def command(  # noqa: PLR0913, PLR0917  one argument for each option
    snapshot: Path,
    control: str,
    target: str,
    controls: tuple[Path, ...],
    parameters: Path | None,
    settings: tuple[str, ...],
    side: str,
    output: Path | None,
    read_as: "Source",
) -> int:
    """Print the question of a claim as an SMT-LIB 2.6 script with the theory of strings.

    A model is a request of the kind that CONTROL asks about, on TARGET, that is allowed (for a control that
    requires all requests to be allowed: that is not). Where every reading of the policies is settled, the
    two sides are the same.
    """
    from auditctl.output import write_result
    from auditctl.questions import smt_script
    from auditctl.reading import subject_of
    from auditctl.subject import Chosen

    subject = subject_of(snapshot, Chosen(paths=controls, parameters=parameters, settings=settings), read_as)
    write_result(smt_script(subject, (control, target), wide=side == "wide"), output)
    return 0
