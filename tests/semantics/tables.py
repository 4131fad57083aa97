"""The rules as documents: docs/semantics.md, and the table of what switching each off changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semantics.edited import load
from semantics.rule import OPEN, Case, Found, Rule, decide, is_as_said
from semantics.rules import RULES, SECTIONS, TRAPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HEAD = """\
# Rules

What AWS does with a request, rule by rule, and where `checkers/cloud` does it. Each rule has a case that it decides, \
a neighbour that it decides otherwise, and an edit of the source that switches it off (`tests/semantics`): without the \
rule one of its cases comes out otherwise. `python tests/semantics` prints that table.

*Open* marks what is read both ways ([divergences.md](divergences.md)) or is not in the export. *Trap* marks rules that \
well-known evaluators get wrong; *not followed yet* those that `checkers/cloud` still reads otherwise.

This page is written by `python tests/semantics --document`, and a test compares the two.
"""


def document() -> str:
    """The text of docs/semantics.md."""
    parts = [HEAD]
    for title, rules in SECTIONS.items():
        rows = [
            (f"`{r.id}`", r.says.replace("*", r"\*"), _marks(r), r.source, f"`{r.off.module}.py` `{r.off.place()}`")
            for r in rules
        ]
        parts.append(f"## {title}\n\n{table(('rule', 'what it says', '', 'source', 'where'), rows)}\n")
    return "\n".join(parts)


def _marks(rule: Rule) -> str:
    is_open = OPEN in (rule.accept.answer, rule.reject.answer)
    marks = {"open": is_open, "trap": rule.id in TRAPS}
    return ", ".join(mark for mark, is_set in marks.items() if is_set)


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines)


def mutations() -> Iterator[tuple[tuple[str, ...], bool]]:
    """Each rule with what is said of its cases, with it and without it, and whether its cases notice."""
    for rule in RULES:
        with_it = [_outcome(one, decide(one)) for one in (rule.accept, rule.reject)]
        cloud = load(rule.off)
        found = [decide(one, cloud) for one in (rule.accept, rule.reject)]
        without = [_words(f) for f in found]
        killed = not all(map(is_as_said, (rule.accept, rule.reject), found))
        edit = f"{rule.off.module}.py: {_line(rule.off.old)} => {_line(rule.off.new) or 'nothing'}"
        cells = [f"{a} => {b}" if a != b else a for a, b in zip(with_it, without, strict=True)]
        row = (rule.id, rule.source, edit, *cells, "yes" if killed else "NO")
        yield row, killed and all("!" not in cell for cell in with_it)


def _outcome(one: Case, found: Found) -> str:
    """The answer, with a mark where it is not the one that the case says."""
    return _words(found) if is_as_said(one, found) else f"{_words(found)}! ({one.answer.value})"


def _words(found: Found) -> str:
    return " or ".join(sorted(a.value for a in found.answers))


def _line(text: str) -> str:
    return " ".join(text.split())
