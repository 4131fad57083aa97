"""`auditctl schema`: JSON Schemas."""

import click


@click.command("schema")
@click.argument("of", type=click.Choice(["control", "report", "query", "diff", "simulate"]))
def command(of: str) -> int:
    """Print the JSON Schema of a control file, for editors, or of what a command prints as JSON, for programs.

    `report` is what `auditctl check` prints.
    """
    from auditctl.output import write_result

    if of == "control":
        from auditctl.controls import control_schema_text

        text = control_schema_text()
    elif of == "report":
        from auditctl.report.json_schema import report_schema_text

        text = report_schema_text()
    else:
        from auditctl.answer_schemas import answer_schema_text

        text = answer_schema_text(of)
    write_result(text)
    return 0
