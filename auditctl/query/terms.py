"""The words of a query that a policy has too: actions, resources, condition keys, accounts.

Untrusted.
"""

import re

from auditctl.controls.errors import quote
from auditctl.controls.iam_words import ACTION_GLOB, ARN_GLOB, CONTEXT_KEY
from auditctl.controls.shapes import Form


class QueryError(Exception):
    """The query is not in the grammar. The message says what was found and what was expected."""


def parse_action(text: str) -> str:
    """The text, which must be an action. Raises `QueryError`."""
    return _checked(text, ACTION_GLOB, "an action")


def parse_key(text: str) -> str:
    """The text, which must be a condition key. Raises `QueryError`."""
    return _checked(text, CONTEXT_KEY, "a condition key")


def _checked(text: str, form: Form, what: str) -> str:
    if not _is(form, text):
        raise QueryError(f"{quote(text)} is not {what}; expected {form.expected}")
    return text


def is_action(text: str) -> bool:
    """Whether it is an action."""
    return _is(ACTION_GLOB, text)


def parse_resource(text: str) -> str:
    """A resource as the query has it: `bucket NAME` is the bucket and its objects. Raises `QueryError`."""
    kind, _, name = text.partition(" ")
    if kind == "bucket" and re.fullmatch(r"[a-z0-9.*?-]+", name):
        return text
    if text != "*" and not _is(ARN_GLOB, text):
        raise QueryError(f"{quote(text)} is not a resource; expected `*`, `bucket NAME` or {ARN_GLOB.expected}")
    return text


def parse_plain_resource(text: str) -> str:
    """The text, which must be `*` or an ARN. Raises `QueryError`."""
    if text.startswith("bucket "):
        raise QueryError(f"{quote(text)} is not a resource; expected `*` or {ARN_GLOB.expected}")
    return parse_resource(text)


def parse_account(text: str) -> str:
    """The text, which must be the id of an account. Raises `QueryError`."""
    if not re.fullmatch(r"[0-9]{12}", text):
        raise QueryError(f"an account id is twelve digits, not {quote(text)}")
    return text


def _is(form: Form, text: str) -> bool:
    return re.fullmatch(form.pattern, text) is not None
