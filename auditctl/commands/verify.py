"""`auditctl verify`: the checker, run in this process."""

from pathlib import Path

import click

from auditctl.commands.options import FILE, exit_codes
from auditctl.exit_codes import VERIFY


@click.command("verify", epilog=exit_codes(VERIFY))
@click.argument("bundle", type=FILE)
def command(bundle: Path) -> int:
    """Check every certificate of a BUNDLE, and that no claim of its controls is missing.

    This is the checker's own code with its own output and exit codes. An auditor who does not want to trust
    auditctl runs `python -m checkers BUNDLE`, or the single file `checkers.pyz`, which import nothing of it.
    """
    from checkers.__main__ import main

    return main([str(bundle)])
