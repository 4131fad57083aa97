"""`auditctl import`: a plan or a template as a snapshot."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditctl.commands.options import FILE, SNAPSHOT, account_options, template_option

if TYPE_CHECKING:
    from auditctl.planned.given import Given

_NEW = click.option("--output", "-o", type=FILE, required=True, help="A new directory, or an empty one.")
_VERBOSE = click.option("--verbose", "-v", is_flag=True, help="Name every unknown value, and what is not modelled.")
_ACCOUNT, _REGION = account_options()


@click.group("import")
def command() -> None:
    """Write what a Terraform plan or a CloudFormation template plans as a sealed snapshot.

    Every command that takes a snapshot takes the plan or template too; a snapshot can be looked at.
    """


@command.command("terraform")
@click.argument("plan", type=SNAPSHOT)
@_NEW
@_ACCOUNT
@_REGION
@_VERBOSE
def terraform(plan: Path, output: Path, account: str, region: str, verbose: bool) -> int:  # noqa: FBT001  click passes it by name
    r"""Write what is planned in PLAN, a file that `terraform show -json` has written.

    \b
    terraform plan -out tfplan
    terraform show -json tfplan > plan.json
    auditctl import terraform plan.json --output snapshot
    """
    from auditctl.planned.given import Given
    from auditctl.planned.kinds import TERRAFORM

    return _write(plan, output, Given(account=account, region=region), TERRAFORM, verbose=verbose)


@command.command("cloudformation")
@click.argument("template", type=SNAPSHOT)
@_NEW
@_ACCOUNT
@_REGION
@template_option("--parameters")
@_VERBOSE
def cloudformation(
    template: Path,
    output: Path,
    account: str,
    region: str,
    template_parameters: tuple[str, ...],
    verbose: bool,  # noqa: FBT001  click passes it by name
) -> int:
    r"""Write what a stack of TEMPLATE has, a file of YAML or JSON.

    A file of parameters is as for `aws cloudformation create-stack --parameters file://FILE`, or an object of names and
    values. A parameter without a value and without a default is not known, and may be anything.

    \b
    auditctl import cloudformation template.yaml --parameters Stage=prod --output snapshot
    """
    from auditctl.planned.given import Given
    from auditctl.planned.kinds import CLOUDFORMATION
    from auditctl.planned.parameters import read_parameters

    given = Given(account=account, region=region, parameters=read_parameters(template_parameters))
    return _write(template, output, given, CLOUDFORMATION, verbose=verbose)


def _write(path: Path, output: Path, given: "Given", kind: str, *, verbose: bool) -> int:
    from auditctl.output import say
    from auditctl.snapshots.importing import import_planned

    for line in import_planned(path, output, given, kind, verbose=verbose):
        say(line)
    return 0
