"""What a file is, told by its content: a Terraform plan, a CloudFormation template, or something else that is named.

Untrusted.
"""

import re
from collections.abc import Callable, Mapping
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from checkers.strict_json import Json, parse_json
from checkers.verdict import Unreadable

TERRAFORM = "terraform"
CLOUDFORMATION = "cloudformation"
TITLES = {TERRAFORM: "Terraform plan", CLOUDFORMATION: "CloudFormation template"}
_SHOW = "`terraform show -json PLAN > plan.json` writes what can be read"
_NEITHER = "neither a Terraform plan (`terraform show -json`) nor a CloudFormation template"
# A section of a template that no other YAML is likely to have at its left edge.
_SECTION = re.compile(r"""^["']?(?:AWSTemplateFormatVersion|Resources)["']?\s*:""", re.MULTILINE)
# A block of Terraform's language.
_BLOCK = re.compile(r"""^(?:resource|data|module|provider|variable|terraform)\b[^=:\n]*\{""", re.MULTILINE)
_SOURCE = f"Terraform's language, not a plan: {_SHOW}"
_LOG = f"the log of `terraform plan -json`, not the plan: {_SHOW}"
_STATE = f"a state of Terraform, not a plan: {_SHOW}"
_ZIP = b"PK\x03\x04"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def kind_of(data: bytes, name: str) -> str:
    """The kind of a file. Raises `Unreadable` for one that is neither, with what it is where that can be told."""
    text = _text(data, name)
    if not text.startswith("{"):
        if _SECTION.search(text):
            return CLOUDFORMATION
        raise Unreadable(f"{name}: {_SOURCE if _BLOCK.search(text) else _NEITHER}")
    if _is_log(text):
        raise Unreadable(f"{name}: {_LOG}")
    value = parse_json(text, name)
    if "planned_values" in value or "resource_changes" in value:
        return TERRAFORM
    if "AWSTemplateFormatVersion" in value or _has_resources(value):
        return CLOUDFORMATION
    raise Unreadable(f"{name}: {_other(value)}")


def _text(data: bytes, name: str) -> str:
    if data.startswith(_ZIP):
        raise Unreadable(f"{name}: {_archive(data)}")
    if data.startswith(_UTF16):
        raise Unreadable(f"{name}: in UTF-16, as a redirection of PowerShell writes it; UTF-8 is expected")
    try:
        text = data.decode("utf-8-sig").lstrip()
    except UnicodeDecodeError:
        raise Unreadable(f"{name}: not text; {_NEITHER}") from None
    if not text:
        raise Unreadable(f"{name}: empty")
    return text


def _archive(data: bytes) -> str:
    """What an archive is: plans in Terraform's own format are some."""
    try:
        with ZipFile(BytesIO(data)) as archive:
            names = archive.namelist()
    except BadZipFile:
        names = []
    if "tfplan" in names:
        return f"a plan in Terraform's own format: {_SHOW}"
    if any(name.startswith("controls/") for name in names):
        return "a bundle: `auditctl verify` and `auditctl explain` read it"
    return f"an archive; {_NEITHER}"


def _is_log(text: str) -> bool:
    """Whether there are several objects, one on each line, of which the first is a line of a log."""
    first, _, rest = text.partition("\n")
    if not rest.lstrip().startswith("{"):
        return False
    try:
        value = parse_json(first, "")
    except Unreadable:
        return False
    return _is_entry(value)


def _is_entry(value: Json) -> bool:
    return isinstance(value, dict) and "@level" in value


def _has_resources(value: Mapping[str, Json]) -> bool:
    rows = value.get("Resources")
    return isinstance(rows, dict) and any(isinstance(r, dict) and isinstance(r.get("Type"), str) for r in rows.values())


_OTHERS: tuple[tuple[Callable[[Mapping[str, Json]], bool], str], ...] = (
    (_is_entry, _LOG),
    (lambda v: bool({"format_version", "lineage", "terraform_version"} & v.keys()), _STATE),
    (lambda v: "TemplateBody" in v, "an answer of `get-template`: write its TemplateBody into a file of its own"),
    (lambda v: "Statement" in v, "a policy document: `auditctl diff` compares two"),
)


def _other(value: Mapping[str, Json]) -> str:
    words = next((words for is_it, words in _OTHERS if is_it(value)), "")
    if words:
        return words
    members = ", ".join(sorted(value)[:4]) or "no members"
    return f"a JSON object with {members}; {_NEITHER}"
