"""The documents say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from auditctl.exit_codes import COLLECT

ROOT = Path(__file__).resolve().parents[2]


def test_the_exit_codes_are_documented() -> None:
    text = (ROOT / "docs/exit-codes.md").read_text(encoding="utf-8").split("## auditctl collect\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (\d+) \| (.*) \|$", text, re.MULTILINE)
    assert rows == [(str(int(code)), meaning) for code, meaning in COLLECT.items()]
