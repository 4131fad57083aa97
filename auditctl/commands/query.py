"""`auditctl query`: who can do something."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditctl.commands.options import FILE, SNAPSHOT, exit_codes, source_options
from auditctl.exit_codes import QUERY

if TYPE_CHECKING:
    from auditctl.source import Source


@click.command("query", epilog=exit_codes(QUERY))
@click.argument("snapshot", type=SNAPSHOT)
@click.argument("query", required=False)
@click.option("--principal", "-p", metavar="WHOM", help="Whom to ask about, as after `can`; without it everyone.")
@click.option("--action", "-a", "actions", multiple=True, metavar="GLOB", help="An action. Repeatable.")
@click.option("--resource", "-r", "resources", multiple=True, metavar="ARN", help="A resource. Repeatable.")
@click.option(
    "--condition",
    "conditions",
    multiple=True,
    metavar="'OPERATOR KEY=VALUE'",
    help="A condition of the requests, with commas between values. Repeatable.",
)
@click.option("--bundle", "-b", type=FILE, help="Write snapshot, query and certificates into this one file.")
@click.option(
    "--format", "-f", "form", type=click.Choice(["rich", "json"]), default="rich", help="The answer's format."
)
@click.option("--output", "-o", type=FILE, help="Write the answer to this file instead of stdout.")
@source_options
def command(  # noqa: PLR0913, PLR0917  one argument for each option
    snapshot: Path,
    query: str | None,
    principal: str | None,
    actions: tuple[str, ...],
    resources: tuple[str, ...],
    conditions: tuple[str, ...],
    bundle: Path | None,
    form: str,
    output: Path | None,
    read_as: "Source",
) -> int:
    r"""Ask SNAPSHOT who can do something, and prove the answer.

    \b
    auditctl query SNAPSHOT "who can s3:GetObject on arn:aws:s3:::acme-logs/*"
    auditctl query SNAPSHOT "can role deploy iam:PassRole"
    auditctl query SNAPSHOT "can anonymous s3:* on bucket acme-web when aws:SecureTransport is false"

    Whoever can is listed with a request and the statement that allows it; that the others cannot is certified.
    """
    import shlex

    from auditctl.output import say, surface_of, write_result
    from auditctl.query import FORMATS, Options, QueryError, ask, make_query

    try:
        asked = make_query(query, principal=principal, actions=actions, resources=resources, conditions=conditions)
    except QueryError as error:
        raise click.UsageError(str(error)) from None
    answer = ask(Options(snapshot=snapshot, source=read_as, query=asked, bundle=bundle, output=output, form=form))
    write_result(FORMATS[form](answer, surface_of(output)), output)
    if bundle is not None:
        say(f"bundle: {bundle} (verify it: auditctl verify {shlex.quote(str(bundle))})")
    return answer.exit_code
