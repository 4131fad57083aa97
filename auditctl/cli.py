"""The command line: a group that imports a command when it is used, so that `--help` answers at once.

Untrusted. Each command is a file in `auditctl.commands`; the table of commands is here, in one place.
"""

from importlib import import_module
from keyword import iskeyword

import click

from auditctl import __version__

# Each command: the module in `auditctl.commands` that has it, `import_` that of `import`, and its line in the help.
COMMANDS = {
    "check": "Check a snapshot against controls, and prove each answer.",
    "verify": "Check the certificates of a bundle with the checker's own code.",
    "explain": "Say why a claim holds, is violated or is inconclusive.",
    "query": "Ask who can do something, and prove the answer.",
    "diff": "Compare two policies or snapshots: what does the new one allow that the old one does not?",
    "simulate": "Decide concrete requests, and say what decided them.",
    "trace": "Say whether a packet gets from here to there, by which hops, or where it stops.",
    "graph": "Draw the network around a claim about flows, with the packet's path or where it stops.",
    "import": "Write what a Terraform plan or a CloudFormation template plans as a snapshot.",
    "snapshot": "Seal, verify, describe, compare, cut and import snapshots.",
    "controls": "List, show and test controls.",
    "smt": "Print the question of a claim as SMT-LIB.",
    "export": "Write a bundle's proofs as DIMACS, LRAT and SMT-LIB for other checkers.",
    "schema": "Print the JSON Schema of a control or of a report.",
    "collect": "Collect the configuration of live accounts into a snapshot.",
    "demo": "Audit a tiny example that comes with auditctl.",
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are run, completed or asked for help."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """The names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        found = import_module(f"auditctl.commands.{name}").command
        return found if isinstance(found, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments name; an unknown one is refused with a suggestion."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from auditctl.controls.errors import suggest

            ctx.fail(f"no such command `{args[0]}`{suggest(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The table of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "-V", "--version", message="auditctl %(version)s")
def cli() -> None:
    """Proof-carrying compliance audit of exported AWS configuration.

    Every answer comes with a certificate that a small checker, without solver or search, can verify:
    `auditctl check SNAPSHOT --controls PATH --bundle FILE`, then `auditctl verify FILE`.

    Shell completion: `eval "$(_AUDITCTL_COMPLETE=bash_source auditctl)"` (zsh_source, fish_source).
    """
