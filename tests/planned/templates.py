"""Templates for tests: written in YAML, read as a draft, with the values that they come out as."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from auditctl.planned.cloudformation import read
from auditctl.planned.cloudformation.evaluate import Evaluator, Stack
from auditctl.planned.cloudformation.named import parameters_in_names
from auditctl.planned.cloudformation.template import parse_template
from auditctl.planned.draft import Draft
from auditctl.planned.given import Given

if TYPE_CHECKING:
    from collections.abc import Mapping

DATA = Path(__file__).parents[1] / "data" / "cloudformation"
ACCOUNT, REGION = "111122223333", "eu-west-1"


def drafted(text: str, **parameters: str) -> Draft:
    """The draft of a template in YAML or JSON."""
    return read(text.encode(), "acme.yaml", Given(account=ACCOUNT, region=REGION, parameters=parameters))


def stored(name: str, **parameters: str) -> Draft:
    """The draft of a template of tests/data/cloudformation."""
    given = Given(account=ACCOUNT, region=REGION, parameters=parameters)
    return read((DATA / name).read_bytes(), name, given)


def resources(text: str, **parameters: str) -> Draft:
    """The draft of a template with nothing but these resources."""
    return drafted("Resources:\n" + text, **parameters)


def evaluator(text: str, parameters: Mapping[str, str] | None = None) -> Evaluator:
    """What evaluates the functions of a template."""
    template = parse_template(text.encode(), "acme.yaml", parameters or {})
    stack = Stack(account=ACCOUNT, region=REGION, partition="aws", name=(parameters or {}).get("AWS::StackName", ""))
    return Evaluator(template=template, stack=stack, draft=Draft({}), named=parameters_in_names(template))


def value(expression: str, rest: str = "", parameters: Mapping[str, str] | None = None) -> Any:
    """What an expression in YAML comes out as, in a template with what else is given; None for no value."""
    body = "\n".join(f"        {line}" for line in expression.splitlines())
    text = f"{rest}\nResources:\n  It:\n    Type: AWS::Acme::Thing\n    Properties:\n      Of:\n{body}\n"
    if "\nResources:\n" in rest:
        head, tail = rest.split("\nResources:\n")
        text = f"{head}\nResources:\n{tail}\n  It:\n    Type: AWS::Acme::Thing\n    Properties:\n      Of:\n{body}\n"
    found = evaluator(text, parameters)
    it = found.attributes.property(found.template.resources["It"], "Of")
    return None if it is None else it.typed


def as_json(text: str) -> str:
    """A template without short functions as JSON."""
    return json.dumps(yaml.load(text, Loader=yaml.BaseLoader))


def answer(draft: Draft, end: str) -> Any:
    """The only answer whose path ends so."""
    (found,) = (value for path, value in draft.answers.items() if path.endswith(end))
    return found


def rows(draft: Draft, operation: str, member: str) -> list[Any]:
    """The rows of the only answer of an operation."""
    found = answer(draft, f"/{operation}.json")[member]
    assert isinstance(found, list)
    return found


def unmodelled(draft: Draft) -> dict[str, str]:
    """Why things are not modelled, by address."""
    found = {
        v["Address"]: v["Reason"]
        for path, v in draft.answers.items()
        if "/planned-AWS" in path or "/planned-Custom" in path
    }
    for row in rows(draft, "ec2/planned-unmodelled", "Unmodelled"):
        found.setdefault(row["Id"], row["Reason"])
    return found
