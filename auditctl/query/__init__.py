"""One question, asked about every principal of a snapshot and about those outside it."""

from auditctl.query.answer import FORMAT, QueryAnswer
from auditctl.query.condition import When
from auditctl.query.formats import FORMATS
from auditctl.query.language import Query, Whom, in_words, make_query, parse_query
from auditctl.query.run import Options, ask
from auditctl.query.terms import QueryError

__all__ = [
    "FORMAT",
    "FORMATS",
    "Options",
    "Query",
    "QueryAnswer",
    "QueryError",
    "When",
    "Whom",
    "ask",
    "in_words",
    "make_query",
    "parse_query",
]
