"""Options that several commands have."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar
from zipfile import ZipFile, is_zipfile

import click
from click.shell_completion import CompletionItem

from auditctl.exit_codes import ExitCode, table_text

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


def dump_options(function: _Function) -> _Function:
    """The options that say of what account and region a dump is, where its files do not."""
    for option in (
        click.option(
            "--dump-region", default="", metavar="REGION", help="The region of files of a dump that do not tell theirs."
        ),
        click.option(
            "--dump-account",
            default="",
            metavar="ID",
            callback=_check_account,
            help="The account of files of a dump that do not tell theirs.",
        ),
    ):
        function = option(function)
    return function


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
