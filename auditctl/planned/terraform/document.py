"""The JSON of a plan, recognised and checked as far as every reader relies on it.

The format is Terraform's "JSON Output Format" (developer.hashicorp.com/terraform/internals/json-format), which OpenTofu
shares. What another command printed is refused with what to do instead.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from checkers.strict_json import parse_json
from checkers.verdict import Unreadable

SHOW = "write the plan with `terraform plan -out=FILE` and print it with `terraform show -json FILE`"
_MAJOR = "1"
_ZIP = b"PK\x03\x04"  # a plan file as Terraform saves it


def read_document(data: bytes, name: str) -> Mapping[str, Any]:
    """The plan as an object. Raises `Unreadable`."""
    if data.startswith(_ZIP):
        raise Unreadable(
            f"{name}: a plan file as Terraform saves it, expected its JSON; print it with `terraform show -json {name}`"
        )
    if _is_log(data):
        raise Unreadable(f"{name}: log lines of `terraform plan -json`, expected the JSON of a plan; {SHOW}")
    document = parse_json(data, name)
    if not isinstance(document, dict):
        raise Unreadable(f"{name}: {_kind(document)}, expected the JSON object of a plan; {SHOW}")
    _check_kind(document, name)
    _check_format(document, name)
    _check_members(document, name)
    return document


def _is_log(data: bytes) -> bool:
    line = data.lstrip()[:4096].split(b"\n", 1)[0]
    return line.startswith(b"{") and b'"@level"' in line and b'"@message"' in line


def _check_kind(document: Mapping[str, Any], name: str) -> None:
    if "lineage" in document and "serial" in document:
        raise Unreadable(f"{name}: a state file, expected the JSON of a plan; {SHOW}")
    if "format_version" not in document:
        raise Unreadable(f"{name}: no `format_version`, expected the JSON of a plan; {SHOW}")
    if "values" in document and "planned_values" not in document:
        raise Unreadable(f"{name}: the JSON of a state (`values`), expected that of a plan (`planned_values`); {SHOW}")
    if "provider_schemas" in document:
        raise Unreadable(f"{name}: schemas of providers, expected the JSON of a plan; {SHOW}")


def _check_format(document: Mapping[str, Any], name: str) -> None:
    found = document["format_version"]
    if not isinstance(found, str) or not _is_version(found):
        raise Unreadable(f"{name}: format_version is {found!r:.40}, expected text like 1.2")
    if found.split(".")[0] != _MAJOR:
        raise Unreadable(f"{name}: format_version is {found:.20}, expected {_MAJOR}.x; use a Terraform that prints it")
    if document.get("errored") is True:
        raise Unreadable(
            f"{name}: `errored` is true: Terraform could not finish this plan; correct the error and plan again"
        )


def _is_version(text: str) -> bool:
    return all(part.isascii() and part.isdigit() for part in text.split("."))


# Members of a plan that are read, and what each is.
_MEMBERS: Mapping[str, type] = {
    "planned_values": dict,
    "resource_changes": list,
    "configuration": dict,
    "prior_state": dict,
    "variables": dict,
}


def _check_members(document: Mapping[str, Any], name: str) -> None:
    if "planned_values" not in document:
        raise Unreadable(f"{name}: no `planned_values`, expected the JSON of a plan; {SHOW}")
    for member, expected in _MEMBERS.items():
        if member in document and document[member] is not None and not isinstance(document[member], expected):
            raise Unreadable(f"{name}: {member} is {_kind(document[member])}, expected {_WORDS[expected]}")
    if not isinstance(document.get("configuration"), dict):
        raise Unreadable(f"{name}: no `configuration`, expected a whole plan; {SHOW}")


_WORDS: Mapping[type, str] = {
    dict: "an object",
    list: "a list",
    str: "text",
    bool: "true or false",
    int: "a number",
    type(None): "null",
}


def _kind(value: object) -> str:
    return _WORDS.get(type(value), "a number")


class Reader:
    """Typed looks into the plan. Each raises `Unreadable` with the place."""

    def __init__(self, name: str) -> None:
        self.name = name

    def refuse(self, message: str) -> NoReturn:
        """Raise `Unreadable`."""
        raise Unreadable(f"{self.name}: {message}")

    def mapping(self, value: object, where: str) -> Mapping[str, Any]:
        """An object; null is an empty one."""
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise Unreadable(f"{self.name}: {where} is {_kind(value)}, expected an object")
        return value

    def rows(self, value: object, where: str) -> Sequence[Any]:
        """A list; null is an empty one."""
        if value is None:
            return ()
        if not isinstance(value, list):
            raise Unreadable(f"{self.name}: {where} is {_kind(value)}, expected a list")
        return value

    def text(self, value: object, where: str) -> str:
        """Text."""
        if type(value) is not str:
            raise Unreadable(f"{self.name}: {where} is {_kind(value)}, expected text")
        return value
