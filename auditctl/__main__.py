"""The one place where an exception becomes an exit code.

Untrusted. What the user or the input did ends in one line on stderr; anything else is a bug, and says
how to report it. `AUDITCTL_DEBUG=1` shows the traceback.
"""

import os
import sys
import traceback

import click

from auditctl import __version__
from auditctl.cli import cli
from auditctl.exit_codes import ExitCode
from auditctl.output import Unwritable, say


def main(arguments: list[str] | None = None) -> int:
    """Run the command that the arguments name; the exit code."""
    try:
        code = cli.main(arguments, prog_name="auditctl", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except (click.Abort, KeyboardInterrupt):
        say("interrupted")
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001  the only broad handler: what is not known here is a bug
        return _code_of(error)
    return int(code) if code is not None else ExitCode.OK


def _code_of(error: Exception) -> ExitCode:
    """Tell the user what went wrong."""
    from auditctl.controls.errors import ControlError
    from auditctl.names import UnknownName
    from checkers.verdict import Refusal, Unreadable

    if os.environ.get("AUDITCTL_DEBUG") == "1":
        traceback.print_exception(error)
    match error:
        case Unwritable():
            _give_up_stdout() if not error.args else say(f"error: cannot write {error}")
            return ExitCode.UNREADABLE
        case UnknownName():
            say(f"error: {error}")
            return ExitCode.USAGE
        case ControlError():
            _say_problems(error.problems)
            return ExitCode.UNREADABLE
        case Unreadable():
            say(f"error: {error}")
            return ExitCode.UNREADABLE
        case Refusal():
            say(f"error: {error.verdict.value}: {error}")
            return ExitCode.UNREADABLE
        case _:
            say(f"bug in auditctl {__version__}: {type(error).__name__}: {error}")
            say("please report it to the project, with what the command prints when AUDITCTL_DEBUG=1 is set")
            return ExitCode.BUG


def _say_problems(problems: tuple[str, ...]) -> None:
    for problem in problems:
        say(f"error: {problem}")


def _give_up_stdout() -> None:
    """Let the interpreter close a pipe that nobody reads without a message."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    raise SystemExit(main())
