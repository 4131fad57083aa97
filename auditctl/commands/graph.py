"""`auditctl graph`: the network around a claim."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditctl.commands.options import FILE, check_controls, complete_control, source_options, with_controls

if TYPE_CHECKING:
    from auditctl.source import Source


@click.command("graph")
@click.argument("source", type=FILE)
@click.argument("control", shell_complete=complete_control)
@click.argument("target", required=False)
@with_controls(required=False)
@source_options
@click.option("--output", "-o", type=FILE, help="A file for the drawing: .dot, or .svg; without it DOT on stdout.")
def command(  # noqa: PLR0913, PLR0917  one argument for each option
    source: Path,
    control: str,
    target: str | None,
    controls: tuple[Path, ...],
    parameters: Path | None,
    settings: tuple[str, ...],
    output: Path | None,
    read_as: "Source",
) -> int:
    """Draw the locations between the sources and the goals of a claim about flows.

    SOURCE is a bundle, or, together with --controls, a snapshot: a directory, a plan or a template, as for `auditctl
    check`. CONTROL is the id of a control, TARGET a target's id or name. The path of a packet that arrives is red;
    where nothing arrives, so are the lines at which packets stop, and the locations that they get to are filled. Dotted
    lines are not certain. SVG needs Graphviz: its program `dot`, and `pip install 'auditctl[graph]'`.
    """
    from auditctl.graph import Options, draw_claim
    from auditctl.subject import Chosen

    check_controls(source, controls)
    chosen = Chosen(paths=controls, parameters=parameters, settings=settings)
    asked = Options(source=source, read_as=read_as, chosen=chosen, control=control, target=target, output=output)
    draw_claim(asked)
    return 0
