"""Options that several commands have."""

import re
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, TypeVar
from zipfile import ZipFile, is_zipfile

import click
from click.shell_completion import CompletionItem

from auditctl.exit_codes import ExitCode, table_text

if TYPE_CHECKING:
    from auditctl.source import Source

_Function = TypeVar("_Function", bound=Callable[..., Any])

SNAPSHOT = click.Path(path_type=Path)
FILE = click.Path(path_type=Path)


def exit_codes(meanings: Mapping[ExitCode, str]) -> str:
    """The table of exit codes for the end of a command's help."""
    return f"\b\nExit codes:\n{table_text(meanings)}"


def complete_control(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The ids of the controls in the files, directories and bundles that the command line names so far."""
    named = [value for name in ("controls", "paths", "source") for value in _values(ctx.params.get(name))]
    found = {control for value in (*named, *ctx.args) for control in _ids(Path(value))}
    return [CompletionItem(control) for control in sorted(found) if control.startswith(incomplete)]


def _values(value: object) -> list[str]:
    return [str(v) for v in (value if isinstance(value, tuple) else (value,)) if v is not None]


def _ids(path: Path) -> list[str]:
    """The ids of controls: stems of files, members of a bundle. Whatever is neither has none."""
    if path.is_dir():
        return [file.stem for file in path.rglob("*.y*ml")]
    if path.suffix in (".yaml", ".yml"):
        return [path.stem]
    if not is_zipfile(path):
        return []
    with ZipFile(path) as bundle:
        members = [PurePosixPath(name) for name in bundle.namelist()]
    return [member.stem for member in members if member.parent.name == "controls"]


def with_controls(*, required: bool = True) -> Callable[[_Function], _Function]:
    """The options that choose controls and set their parameters."""

    def decorate(function: _Function) -> _Function:
        for option in reversed(_control_options(required=required)):
            function = option(function)
        return function

    return decorate


def _control_options(*, required: bool) -> list[Callable[[_Function], _Function]]:
    return [
        click.option(
            "--controls",
            "-c",
            multiple=True,
            required=required,
            type=FILE,
            help="A control file, or a directory of them. Repeatable.",
        ),
        *parameter_options(),
    ]


def parameter_options() -> list[Callable[[_Function], _Function]]:
    """The options that set parameters."""
    return [
        click.option("--parameters", "-p", type=FILE, help="A YAML file of parameters, by control id or `*`."),
        click.option(
            "--set",
            "settings",
            multiple=True,
            metavar="NAME=VALUE",
            help="A parameter, as NAME=VALUE or CONTROL.NAME=VALUE; lists are separated by commas. Repeatable.",
        ),
    ]


def source_options(function: _Function) -> _Function:
    """The options that say what SNAPSHOT is, and of what; the command gets them together, as `read_as`."""

    @wraps(function)
    def with_source(*, source_kind: str | None, **others: Any) -> Any:  # noqa: ANN401  whatever the command takes and gives
        given = {name: others.pop(name) for name in ("account", "region", "template_parameters")}
        return function(read_as=_source(source_kind or "", **given), **others)

    for option in reversed(_source_options()):
        with_source = option(with_source)
    return with_source  # type: ignore[return-value]  # click calls it by name


def _source_options() -> list[Callable[[_Function], _Function]]:
    return [
        click.option(
            "--source",
            "source_kind",
            type=click.Choice(["snapshot", "dump", "terraform", "cloudformation"]),
            help="What SNAPSHOT is; without it, its content tells.",
        ),
        *account_options(),
        template_option("--template-parameters"),
    ]


def account_options() -> list[Callable[[_Function], _Function]]:
    """The options that say of what account and region something is that does not tell."""
    return [
        click.option(
            "--account",
            default="",
            metavar="ID",
            callback=_check_account,
            help="The account of a template, and of what in a dump or plan does not tell its own.",
        ),
        click.option("--region", default="", metavar="REGION", help="The region, as --account."),
    ]


def template_option(name: str) -> Callable[[_Function], _Function]:
    """The option that has the parameters of a template."""
    return click.option(
        name,
        "-P",
        "template_parameters",
        multiple=True,
        metavar="NAME=VALUE|FILE",
        help="A parameter of a CloudFormation template, or a JSON file of them. Repeatable.",
    )


def _source(kind: str, account: str, region: str, template_parameters: tuple[str, ...]) -> "Source":
    from auditctl.planned.given import Given
    from auditctl.planned.parameters import read_parameters
    from auditctl.source import Source

    given = Given(account=account, region=region, parameters=read_parameters(template_parameters))
    return Source(kind=kind, given=given)


def check_controls(source: Path, controls: tuple[Path, ...]) -> None:
    """Refuse a bundle with controls beside its own, and a snapshot without any."""
    from auditctl.source import is_planned

    if controls and source.is_file() and is_zipfile(source):
        raise click.UsageError(f"{source}: a bundle has its own controls")
    if not controls and (source.is_dir() or (source.is_file() and is_planned(source))):
        raise click.UsageError(f"{source}: a snapshot needs --controls")


def _check_account(_ctx: click.Context, _parameter: click.Parameter, value: str) -> str:
    if value and not re.fullmatch(r"[0-9]{12}", value):
        raise click.BadParameter(f"{value!r} is not twelve digits")
    return value


def control_option() -> Callable[[_Function], _Function]:
    """The option that leaves out all controls but some."""
    return click.option(
        "--control",
        "only",
        multiple=True,
        metavar="ID",
        shell_complete=complete_control,
        help="Only the control with this id. Repeatable.",
    )
