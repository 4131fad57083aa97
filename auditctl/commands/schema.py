"""`auditctl schema`: JSON Schemas."""

import click


@click.command("schema")
@click.argument("of", type=click.Choice(["control", "report"]))
def command(of: str) -> int:
    """Print the JSON Schema of a control file, for editors, or of the JSON report, for programs."""
    from auditctl.output import write_result

    if of == "control":
        from auditctl.controls import control_schema_text as text
    else:
        from auditctl.report.json_schema import report_schema_text as text
    write_result(text())
    return 0
