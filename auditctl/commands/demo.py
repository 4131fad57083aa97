"""`auditctl demo`: the whole way on a tiny example."""

from pathlib import Path

import click

from auditctl.commands.options import FILE


@click.command("demo")
@click.option(
    "--keep", type=FILE, metavar="DIRECTORY", help="Leave snapshot, control and bundle in this new directory."
)
def command(keep: Path | None) -> int:
    """Audit a tiny example that comes with auditctl, and verify its bundle.

    Three buckets, one control: a claim that holds, one that is violated, with the request that violates it,
    and one that cannot be decided because a policy could not be read.
    """
    from auditctl.demonstration import demonstrate

    return demonstrate(keep)
