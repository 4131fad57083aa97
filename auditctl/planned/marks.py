"""Markers of unknown values within texts of a draft."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from auditctl.planned.draft import Draft
from checkers.cloud.unknowns import ELEMENTS

_MARKER = re.compile(r"<([A-Za-z0-9_.-]+)>")


def markers_in(draft: Draft, value: Any) -> Iterator[str]:  # noqa: ANN401  # any JSON
    """The names of the unknown values that a text, or a value with texts in it, holds."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=dict)
    yield from (name for name in _MARKER.findall(text) if name in draft.unknowns)


def open_attribute(draft: Draft, value: Any) -> str:  # noqa: ANN401  # any JSON
    """The attribute of the first unknown value that is no name, so that it may turn out to be anything; else empty."""
    unknowns = (draft.unknowns[name] for name in markers_in(draft, value))
    return next((str(u["attribute"]) for u in unknowns if u["kind"] != "name"), "")


def after_apply(attribute: str) -> str:
    """The message of an error entry in place of an answer that depends on an attribute."""
    return f"{attribute} is known after apply"


def before_the_plan(what: str) -> str:
    """The message of an error entry in place of an answer about something that was there before."""
    return f"{what} is not made by the plan, and what it has besides is not known"


def named(draft: Draft, text: str) -> str:
    """The text with every unknown value taken for a name: where nothing else may stand, as in names and tags."""

    def name_of(found: re.Match[str]) -> str:
        unknown = draft.unknowns.get(found[1])
        if unknown is None or unknown["kind"] == "name":
            return found[0]
        return draft.unknown(str(unknown["attribute"]), "name")

    return _MARKER.sub(name_of, text)


def misplaced_in(draft: Draft, document: Any) -> str:  # noqa: ANN401  # any JSON
    """The attribute of a value that may be anything and stands where a policy is not read on two sides; else empty."""
    if isinstance(document, list | tuple):
        return next(filter(None, (misplaced_in(draft, one) for one in document)), "")
    if not isinstance(document, Mapping):
        return open_attribute(draft, document)
    inner = ("" if key in ELEMENTS else misplaced_in(draft, one) for key, one in document.items())
    return open_attribute(draft, list(document)) or next(filter(None, inner), "")


def tag_list(draft: Draft, tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as AWS lists them. A value that is not known is taken to be none that is written anywhere."""
    return [{"Key": key, "Value": named(draft, text)} for key, text in tags.items() if not open_attribute(draft, key)]
