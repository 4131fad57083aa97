"""`auditctl explain`: why a claim has its outcome."""

from pathlib import Path

import click

from auditctl.commands.options import FILE, complete_control, with_controls


@click.command("explain")
@click.argument("source", type=FILE)
@click.argument("control", shell_complete=complete_control)
@click.argument("target", required=False)
@with_controls(required=False)
def command(
    source: Path,
    control: str,
    target: str | None,
    controls: tuple[Path, ...],
    parameters: Path | None,
    settings: tuple[str, ...],
) -> int:
    """Say in words why a claim holds, is violated or is inconclusive.

    SOURCE is a bundle, whose certificates are checked, or a snapshot directory together with --controls.
    CONTROL is the id of a control. TARGET is a target's id, its name, or a glob over either; without it
    every target of the control is explained.
    """
    from auditctl.explaining import explained, open_source
    from auditctl.output import surface_of, write_result
    from auditctl.subject import Chosen

    if source.is_dir() and not controls:
        raise click.UsageError(f"{source} is a directory: a snapshot needs --controls")
    if not source.is_dir() and controls:
        raise click.UsageError(f"{source} is no directory: a bundle has its own controls")
    chosen = Chosen(paths=controls, parameters=parameters, settings=settings)
    subject, answer = open_source(source, chosen)
    for text in explained(subject, answer, (control, target), surface_of(None)):
        write_result(text)
    return 0
