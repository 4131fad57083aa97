"""`auditctl controls`: list, show and test controls."""

from pathlib import Path

import click

from auditctl.commands.options import FILE, control_option, exit_codes, parameter_options
from auditctl.exit_codes import TEST


@click.group("controls")
def command() -> None:
    """List, show and test controls."""


@command.command("list")
@click.argument("paths", nargs=-1, required=True, type=FILE)
def list_(paths: tuple[Path, ...]) -> int:
    """List the controls in PATHS: severity, id, what for, title and requirements."""
    from auditctl.control_texts import list_text
    from auditctl.output import surface_of, write_result
    from auditctl.subject import Chosen, read_documents

    write_result(list_text(read_documents(Chosen(paths=paths)), surface_of(None)))
    return 0


@command.command("show")
@click.argument("paths", nargs=-1, required=True, type=FILE)
@control_option()
@parameter_options()[0]
@parameter_options()[1]
def show(paths: tuple[Path, ...], only: tuple[str, ...], parameters: Path | None, settings: tuple[str, ...]) -> int:
    """Show the controls in PATHS in full, with the parameters that they would be checked with."""
    from auditctl.control_texts import show_text
    from auditctl.output import surface_of, write_result
    from auditctl.subject import Chosen, read_documents

    chosen = Chosen(paths=paths, parameters=parameters, settings=settings, only=only)
    write_result(show_text(read_documents(chosen), surface_of(None)))
    return 0


@command.command("test", epilog=exit_codes(TEST))
@click.argument("paths", nargs=-1, required=True, type=FILE)
@control_option()
@click.option("--verbose", "-v", is_flag=True, help="Name the tests that pass, too.")
def test(paths: tuple[Path, ...], only: tuple[str, ...], verbose: bool) -> int:  # noqa: FBT001  click passes it by name
    """Run the tests that the controls in PATHS carry."""
    from auditctl.control_tests import read_and_test
    from auditctl.control_texts import tests_text
    from auditctl.output import surface_of, write_result
    from auditctl.subject import Chosen

    tested = read_and_test(Chosen(paths=paths, only=only))
    write_result(tests_text(tested, surface_of(None), verbose=verbose))
    return tested.exit_code
