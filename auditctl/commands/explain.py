"""`auditctl explain`: why a claim has its outcome."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditctl.commands.options import FILE, check_controls, complete_control, source_options, with_controls

if TYPE_CHECKING:
    from auditctl.source import Source


@click.command("explain")
@click.argument("source", type=FILE)
@click.argument("control", shell_complete=complete_control)
@click.argument("target", required=False)
@with_controls(required=False)
@source_options
def command(  # noqa: PLR0913, PLR0917  one argument for each option
    source: Path,
    control: str,
    target: str | None,
    controls: tuple[Path, ...],
    parameters: Path | None,
    settings: tuple[str, ...],
    read_as: "Source",
) -> int:
    """Say in words why a claim holds, is violated or is inconclusive.

    SOURCE is a bundle, whose certificates are checked, or, together with --controls, a snapshot: a directory, a plan or
    a template, as for `auditctl check`. CONTROL is the id of a control. TARGET is a target's id, its name, or a glob
    over either; without it every target of the control is explained.
    """
    from auditctl.explaining import explained, open_source
    from auditctl.output import surface_of, write_result
    from auditctl.subject import Chosen

    check_controls(source, controls)
    chosen = Chosen(paths=controls, parameters=parameters, settings=settings)
    subject, answer = open_source(source, chosen, read_as)
    for text in explained(subject, answer, (control, target), surface_of(None)):
        write_result(text)
    return 0
