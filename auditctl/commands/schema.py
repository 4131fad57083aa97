"""`auditctl schema`: JSON Schemas."""

import click


@click.command("schema")
@click.argument(
    "of",
    type=click.Choice(["control", "report", "query", "diff", "simulate", "snapshot-diff", "snapshot-info", "trace"]),
)
def command(of: str) -> int:
    """Print the JSON Schema of a control file, for editors, or of what a command prints as JSON, for programs.

    `report` is what `auditctl check` prints.
    """
    from auditctl.output import write_result
    from auditctl.schemas import schema_text_of

    write_result(schema_text_of(of))
    return 0
