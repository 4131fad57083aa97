"""`auditctl diff`: two policies, or two snapshots."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditctl.commands.options import FILE, exit_codes, source_options
from auditctl.exit_codes import DIFF

if TYPE_CHECKING:
    from auditctl.source import Source


@click.command("diff", epilog=exit_codes(DIFF))
@click.argument("old", type=FILE)
@click.argument("new", type=FILE)
@click.option(
    "--kind",
    "-k",
    type=click.Choice(["identity", "resource", "trust"]),
    default="identity",
    show_default=True,
    help="What kind of policy OLD and NEW are; service control policies and boundaries are like identity policies.",
)
@click.option("--action", "-a", "actions", multiple=True, metavar="GLOB", help="Only these actions. Repeatable.")
@click.option("--resource", "-r", "resources", multiple=True, metavar="ARN", help="Only these resources. Repeatable.")
@click.option(
    "--only",
    multiple=True,
    metavar="GLOB",
    help="Of snapshots: only principals and resources with this ARN, name or kind. Repeatable.",
)
@click.option(
    "--format", "-f", "form", type=click.Choice(["rich", "json"]), default="rich", help="The answer's format."
)
@click.option("--output", "-o", type=FILE, help="Write the answer to this file instead of stdout.")
@source_options
def command(  # noqa: PLR0913, PLR0917  one argument for each option
    old: Path,
    new: Path,
    kind: str,
    actions: tuple[str, ...],
    resources: tuple[str, ...],
    only: tuple[str, ...],
    form: str,
    output: Path | None,
    read_as: "Source",
) -> int:
    r"""Say whether NEW allows anything that OLD does not, and the other way round, with proof.

    OLD and NEW are two policy documents, or two snapshots: directories, plans or templates, as for `auditctl check`.

    \b
    auditctl diff old.json new.json
    auditctl diff --kind resource old-bucket-policy.json new-bucket-policy.json --action "s3:Put*"
    auditctl diff snapshot-monday snapshot-tuesday --only role

    A policy is compared as one of several: what it no longer denies counts as more. Of snapshots each
    principal is compared with all that it may do, and each resource that can have a policy with all that
    anybody may do to it.
    """
    from auditctl.compare import FORMATS, Options, compare
    from auditctl.output import surface_of, write_result
    from auditctl.query import QueryError

    options = Options(
        old=old,
        new=new,
        source=read_as,
        kind=kind,
        actions=actions,
        resources=resources,
        only=only,
        output=output,
        form=form,
    )
    try:
        answer = compare(options)
    except QueryError as error:
        raise click.UsageError(str(error)) from None
    write_result(FORMATS[form](answer, surface_of(output)), output)
    return answer.exit_code
