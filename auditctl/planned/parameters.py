"""Parameters of templates as the user gives them: NAME=VALUE, or a file in a format of `aws cloudformation`.

Untrusted. Later ones replace earlier ones.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from auditctl.planned.source import read_bytes
from checkers.strict_json import Json, JsonNumber, parse_json
from checkers.verdict import Unreadable

_FILE = "file://"


def read_parameters(given: Sequence[str]) -> dict[str, str]:
    """The parameters by name. Raises `Unreadable`."""
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if equals and not text.startswith(_FILE):
            found[name] = value
        else:
            found.update(_of_file(text.removeprefix(_FILE)))
    return found


def _of_file(name: str) -> Iterator[tuple[str, str]]:
    """The parameters of a file.

    It is a list of ParameterKey and ParameterValue, as `create-stack --parameters` takes; a list of NAME=VALUE, as
    `deploy --parameter-overrides` takes; an object of names and values; or one with such an object as `Parameters`,
    which is the template configuration file of CodePipeline.
    """
    value = parse_json(read_bytes(Path(name)), name)
    if isinstance(value, dict) and isinstance(value.get("Parameters"), dict):
        value = value["Parameters"]
    if isinstance(value, dict):
        yield from ((key, _text(one, f"{name}: {key}")) for key, one in value.items())
        return
    if not isinstance(value, list):
        raise Unreadable(f"{name}: neither a list of parameters nor an object of them")
    for i, row in enumerate(value):
        yield _of_row(row, f"{name}: [{i}]")


def _of_row(row: Json, where: str) -> tuple[str, str]:
    match row:
        case {"ParameterKey": str(key), "ParameterValue": value}:
            return key, _text(value, where)
        case str() if "=" in row:
            key, _, value = row.partition("=")
            return key, value
        case _:
            raise Unreadable(f"{where}: neither ParameterKey with ParameterValue nor NAME=VALUE")


def _text(value: Json, where: str) -> str:
    """The value as CloudFormation has it, which is text."""
    match value:
        case bool():
            return str(value).lower()
        case JsonNumber() | str() | int():
            return str(value)
        case list():
            return ",".join(_text(one, where) for one in value)
        case _:
            raise Unreadable(f"{where}: {value!r} is no value of a parameter")
