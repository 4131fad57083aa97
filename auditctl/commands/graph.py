"""`auditctl graph`: the network around a claim."""

from pathlib import Path

import click

from auditctl.commands.options import FILE, complete_control, with_controls


@click.command("graph")
@click.argument("source", type=FILE)
@click.argument("control", shell_complete=complete_control)
@click.argument("target", required=False)
@with_controls(required=False)
@click.option("--output", "-o", type=FILE, help="A file for the drawing: .dot, or .svg; without it DOT on stdout.")
def command(  # noqa: PLR0913, PLR0917  one argument for each option
    source: Path,
    control: str,
    target: str | None,
    controls: tuple[Path, ...],
    parameters: Path | None,
    settings: tuple[str, ...],
    output: Path | None,
) -> int:
    """Draw the locations between the sources and the goals of a claim about flows.

    SOURCE is a bundle, or a snapshot directory together with --controls. CONTROL is the id of a control, TARGET a
    target's id or name. The path of a packet that arrives is red; where nothing arrives, so are the lines at which
    packets stop, and the locations that they get to are filled. Dotted lines are not certain. SVG needs Graphviz: its
    program `dot`, and `pip install 'auditctl[graph]'`.
    """
    from auditctl.graph import Options, draw_claim
    from auditctl.subject import Chosen

    if source.is_dir() and not controls:
        raise click.UsageError(f"{source} is a directory: a snapshot needs --controls")
    if not source.is_dir() and controls:
        raise click.UsageError(f"{source} is no directory: a bundle has its own controls")
    chosen = Chosen(paths=controls, parameters=parameters, settings=settings)
    draw_claim(Options(source=source, chosen=chosen, control=control, target=target, output=output))
    return 0
