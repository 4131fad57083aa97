"""The JSON Schemas of what `query`, `diff` and `simulate` print.

Untrusted.
"""

import json

from auditctl import comparing, querying, simulating
from auditctl.answers import schema_of

SCHEMAS = {
    "query": (querying.QueryAnswer, querying.FORMAT, "An answer of auditctl query"),
    "diff": (comparing.DiffAnswer, comparing.FORMAT, "A comparison by auditctl diff"),
    "simulate": (simulating.SimulateAnswer, simulating.FORMAT, "Decisions of auditctl simulate"),
}


def answer_schema_text(name: str) -> str:
    """The text of one schema."""
    return json.dumps(schema_of(*SCHEMAS[name]), indent=2) + "\n"
