"""`auditctl simulate`: concrete requests."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditctl.commands.options import FILE, exit_codes, source_options
from auditctl.exit_codes import SIMULATE

if TYPE_CHECKING:
    from auditctl.source import Source


@click.command("simulate", epilog=exit_codes(SIMULATE))
@click.argument("paths", nargs=-1, required=True, type=FILE, metavar="[SNAPSHOT] REQUESTS")
@click.option("--inline", is_flag=True, help="Without a snapshot: the requests bring every policy.")
@click.option(
    "--format",
    "-f",
    "form",
    type=click.Choice(["rich", "json", "jsonl"]),
    default="rich",
    help="The answer's format; jsonl has one line for each request, as soon as it is decided.",
)
@click.option("--output", "-o", type=FILE, help="Write the answer to this file instead of stdout.")
@source_options
def command(
    paths: tuple[Path, ...],
    inline: bool,  # noqa: FBT001  click passes it by name
    form: str,
    output: Path | None,
    read_as: "Source",
) -> int:
    r"""Decide concrete requests: allowed, implicitly or explicitly denied, and by what.

    REQUESTS is a JSON file with one request or a list, JSON lines in a .jsonl file, or - for standard input.
    SNAPSHOT is as for `auditctl check`; without it, or with --inline, there is nothing but the policies that a request
    brings.

    \b
    {"principal": "arn:aws:iam::111122223333:role/deploy", "action": "s3:GetObject",
     "resource": "arn:aws:s3:::acme-logs/a", "context": {"aws:SourceIp": "203.0.113.7"},
     "policies": {"identity": [...], "boundary": {...}, "session": [...], "resource": {...},
                  "scp": [[...], ...], "rcp": [[...], ...], "endpoint": {...}}}
    """
    from auditctl.simulate import Options, simulate

    snapshot, requests = (None, paths[0]) if len(paths) == 1 else (paths[0], paths[1])
    if len(paths) > 2:  # noqa: PLR2004
        raise click.UsageError("one snapshot and one file of requests are expected")
    if len(paths) == 2 and inline:  # noqa: PLR2004
        raise click.UsageError("with --inline there is no snapshot")
    if requests.is_dir():
        raise click.UsageError(f"{requests} is a directory: the requests are missing")
    return simulate(Options(snapshot=snapshot, source=read_as, requests=requests, form=form, output=output))
