"""`auditctl collect`: from live accounts to a snapshot."""

from pathlib import Path

import click

from auditctl.commands.options import exit_codes
from auditctl.exit_codes import COLLECT


@click.command("collect", epilog=exit_codes(COLLECT))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--profile", "profiles", multiple=True, metavar="NAME", help="Credentials; each profile is an account.")
@click.option("--region", "regions", multiple=True, metavar="REGION", help="Only these; without it all enabled ones.")
@click.option("--role-name", default="", metavar="NAME", help="The role to assume in each of the accounts.")
@click.option("--external-id", default="", metavar="ID", help="The external id that the role asks for.")
@click.option("--account", "accounts", multiple=True, metavar="ID", help="An account to assume the role in.")
@click.option("--organization", is_flag=True, help="Every active account of the organization.")
@click.option(
    "--max-objects",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    metavar="N",
    help="Objects of a bucket whose ACLs are asked for, where ACLs count.",
)
@click.option("--resume", is_flag=True, help="Go on where OUT ends; ask again what failed.")
@click.option("--retry-denied", is_flag=True, help="With --resume: ask again what was denied, too.")
@click.option(
    "--concurrency", type=click.IntRange(1, 64), default=16, show_default=True, metavar="N", help="Calls at once."
)
def command(  # noqa: PLR0913, PLR0917  one argument for each option
    out: Path,
    profiles: tuple[str, ...],
    regions: tuple[str, ...],
    role_name: str,
    external_id: str,
    accounts: tuple[str, ...],
    organization: bool,  # noqa: FBT001  click passes it by name
    max_objects: int,
    resume: bool,  # noqa: FBT001  click passes it by name
    retry_denied: bool,  # noqa: FBT001  click passes it by name
    concurrency: int,
) -> int:
    r"""Collect the configuration of live accounts into the directory OUT, a snapshot. Nothing is changed in AWS.

    \b
    auditctl collect OUT
    auditctl collect OUT --profile audit --role-name auditctl --organization

    Without a role, the account of the credentials is collected. docs/permissions.md has the policy that is needed.
    What AWS refuses is recorded in OUT/snapshot.json. Values that may be secrets are cut out.
    """
    from auditctl.collect import Options, collect
    from auditctl.output import write_result

    if bool(role_name) != bool(accounts or organization):
        raise click.UsageError("--role-name goes with --organization or --account, and they with it")
    if role_name and len(profiles) > 1:
        raise click.UsageError("--role-name is assumed from one --profile")
    if retry_denied and not resume:
        raise click.UsageError("--retry-denied goes with --resume")
    found = collect(
        Options(
            out=out,
            profiles=profiles,
            regions=regions,
            role_name=role_name,
            external_id=external_id,
            accounts=accounts,
            organization=organization,
            max_objects=max_objects,
            concurrency=concurrency,
            resume=resume,
            retry_denied=retry_denied,
        )
    )
    write_result(f"snapshot: {out}: {found.text}\n")
    return found.exit_code
