"""`auditctl schema`: the JSON Schemas of what users write, and of what commands print.

Untrusted.
"""

from auditctl import compare, query, simulate, trace
from auditctl.controls import control_schema_text
from auditctl.report.json_schema import report_schema_text, schema_of, schema_text
from auditctl.snapshots.model import DIFF_FORMAT, INFO_FORMAT, SnapshotDiff, SnapshotSummary

# What commands print beside the report: its type, the name of its format, the title of its schema.
ANSWERS = {
    "query": (query.QueryAnswer, query.FORMAT, "An answer of auditctl query"),
    "diff": (compare.DiffAnswer, compare.FORMAT, "A comparison by auditctl diff"),
    "simulate": (simulate.SimulateAnswer, simulate.FORMAT, "Decisions of auditctl simulate"),
    "snapshot-info": (SnapshotSummary, INFO_FORMAT, "What auditctl snapshot info says"),
    "snapshot-diff": (SnapshotDiff, DIFF_FORMAT, "A comparison by auditctl snapshot diff"),
    "trace": (trace.TraceAnswer, trace.FORMAT, "Answers of auditctl trace"),
}


def schema_text_of(name: str) -> str:
    """The text of one schema."""
    if name == "control":
        return control_schema_text()
    if name == "report":
        return report_schema_text()
    return schema_text(schema_of(*ANSWERS[name]))
