"""`auditctl check`: audit a snapshot."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditctl.commands.options import FILE, SNAPSHOT, control_option, exit_codes, source_options, with_controls
from auditctl.exit_codes import CHECK

if TYPE_CHECKING:
    from auditctl.source import Source


@click.command("check", epilog=exit_codes(CHECK))
@click.argument("snapshot", type=SNAPSHOT)
@with_controls()
@control_option()
@click.option("--waivers", "-w", type=FILE, help="A YAML file of waivers.")
@click.option("--bundle", "-b", type=FILE, help="Write snapshot, controls and certificates into this one file.")
@click.option(
    "--format", "-f", "form", type=click.Choice(["rich", "json"]), default="rich", help="The report's format."
)
@click.option("--output", "-o", type=FILE, help="Write the report to this file instead of stdout.")
@click.option("--all-findings", is_flag=True, help="Every cause of a violation, with the proof that there is no other.")
@click.option("--expect-min", type=click.IntRange(min=1), default=1, metavar="N", help="Fewer claims than N: exit 3.")
@click.option("--cross-check", is_flag=True, help="Decide every question again with Z3, and cvc5 if it is installed.")
@click.option(
    "--cross-check-seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="The limit for each of these questions.",
)
@source_options
def command(  # noqa: PLR0913, PLR0917  one argument for each option
    snapshot: Path,
    controls: tuple[Path, ...],
    parameters: Path | None,
    settings: tuple[str, ...],
    only: tuple[str, ...],
    waivers: Path | None,
    bundle: Path | None,
    form: str,
    output: Path | None,
    all_findings: bool,  # noqa: FBT001  click passes it by name
    expect_min: int,
    cross_check: bool,  # noqa: FBT001  click passes it by name
    cross_check_seconds: float,
    read_as: "Source",
) -> int:
    """Check the configuration in SNAPSHOT against controls.

    SNAPSHOT is a snapshot directory, a folder with outputs of the AWS CLI under whatever names, a Terraform plan (the
    JSON of `terraform show -json`), or a CloudFormation template.

    Every claim, one control on one target, holds, is violated or is inconclusive, and the first two come
    with a certificate. The report says why.
    """
    from datetime import UTC, datetime

    from auditctl.checking import Options, check, publish
    from auditctl.subject import Chosen

    options = Options(
        snapshot=snapshot,
        source=read_as,
        chosen=Chosen(paths=controls, parameters=parameters, settings=settings, only=only),
        waivers=waivers,
        bundle=bundle,
        expected=expect_min,
        seconds=cross_check_seconds if cross_check else None,
        output=output,
        form=form,
        all_findings=all_findings,
    )
    return publish(check(options, datetime.now(UTC).date()), options)
