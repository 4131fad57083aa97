"""A small control to change in tests, and what the loader says of the changed one."""

from pathlib import Path

import pytest

from auditctl.controls import Control, ControlError, load_control

CONTROL = """\
title: Buckets are closed to anonymous callers
severity: high
rationale: It matters.
remediation: Mend it.
for_each: bucket
forbid:
  request:
    principal: [anonymous]
    action: ["s3:GetObject"]
"""


def write(text: str, name: str = "x.yaml") -> Path:
    """Write a file into the current directory; its path is relative."""
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def changed(old: str, new: str, text: str = CONTROL) -> str:
    """Return the control with one place changed."""
    assert text.count(old) == 1, old
    return text.replace(old, new)


def load(text: str, **parameters: str | list[str]) -> Control:
    """Load a control from text."""
    return load_control(write(text), parameters)


def problems_of(text: str, **parameters: str | list[str]) -> tuple[str, ...]:
    """Return the problems of a control that must have some."""
    with pytest.raises(ControlError) as refused:
        load(text, **parameters)
    return refused.value.problems
