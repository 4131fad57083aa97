"""A page of text for a terminal or a file: lines, paragraphs, tables, numbered lines of policies.

Untrusted. Text of the snapshot is never markup, and never a control sequence of the terminal.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from io import StringIO
from itertools import groupby
from textwrap import wrap
from typing import TypeVar

from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from auditctl.report.interface import Surface
from auditctl.report.model import Line, Statement

# A statement of more lines than this is shown by its deciding lines.
MAX_LINES = 16
MIN_ELIDED = 4

_Model = TypeVar("_Model")


class Page:
    """Text that is being written, with styles where the surface has colours."""

    def __init__(self, surface: Surface) -> None:
        self.width = surface.width
        self.has_colours = surface.colours is not None
        self.shown: set[Statement] = set()  # statements that need not be printed again
        self._file = StringIO()
        self._console = Console(
            file=self._file,
            width=surface.width,
            color_system=surface.colours,  # type: ignore[arg-type]  # the name that rich itself found
            force_terminal=self.has_colours,
            legacy_windows=False,
            highlight=False,
            markup=False,
            emoji=False,
        )

    @property
    def text(self) -> str:
        """What is written so far, without space at the ends of lines."""
        return "\n".join(line.rstrip() for line in self._file.getvalue().split("\n"))

    def line(self, *parts: str | tuple[str, str] | Text, indent: int = 0) -> None:
        """One line, however long: a terminal breaks it, and a name in it can be copied whole."""
        self._console.print(Text.assemble(" " * indent, *parts), soft_wrap=True)

    def blank(self) -> None:
        """An empty line."""
        self._console.print()

    def paragraph(self, text: str, *, indent: int = 0, style: str = "", label: str = "", hang: int = 0) -> None:
        """Wrapped text after a label. Words are never broken; `hang` indents the lines after the first."""
        lines = wrap(
            label + text,
            self.width,
            initial_indent=" " * indent,
            subsequent_indent=" " * (indent + hang),
            break_long_words=False,
            break_on_hyphens=False,
        )
        for i, line in enumerate(lines):
            found = Text(line, style)
            if not i and label:
                found.stylize("bold", indent, indent + len(label.rstrip()))
            self.line(found)

    def sentences(self, sentences: Iterable[str], *, indent: int) -> None:
        """Sentences as a list."""
        for sentence in sentences:
            self.paragraph(f"{sentence}.", indent=indent, label="- ", hang=2)

    def more(self, number: int, noun: str = "", *, indent: int = 0) -> None:
        """How many more there are than are shown, if any."""
        if number > 0:
            what = many(number, noun) if noun else str(number)
            self.line((f"and {what} more", "dim"), indent=indent)

    def table(self, table: Table) -> None:
        """A table."""
        self._console.print(table)

    def tree(self, tree: Tree, indent: int) -> None:
        """A tree, its branches drawn with ASCII characters."""
        options = self._console.options.update(width=self.width - indent)
        options.encoding = "ascii"
        for row in self._console.render_lines(tree, options, pad=False):
            self.line(Text.assemble(*((part.text, part.style or "") for part in row)), indent=indent)

    def code(self, lines: Sequence[Line], indent: int) -> None:
        """Numbered lines of a policy; a mark and, with colours, bold show the deciding ones."""
        width = len(str(lines[-1].number)) if lines else 0
        shown = self._highlighted(lines)
        for run in _elided(lines):
            if isinstance(run, int):
                self.line((f"{'':{width}}     ... {run} more lines", "dim"), indent=indent)
                continue
            text = shown[run.number]
            if run.deciding:
                text.stylize("bold")
            mark = ("> ", "bold red") if run.deciding else "  "
            self.line(mark, (f"{run.number:{width}} | ", "dim"), text, indent=indent)

    def _highlighted(self, lines: Sequence[Line]) -> dict[int, Text]:
        if not self.has_colours:
            return {line.number: Text(line.text) for line in lines}
        from rich.syntax import Syntax

        syntax = Syntax("", "json", theme="ansi_dark", background_color="default")
        shown = syntax.highlight("\n".join(line.text for line in lines)).split("\n")
        return {line.number: text for line, text in zip(lines, shown, strict=False)}


def many(number: int, noun: str) -> str:
    """A number of things: `1 claim`, `2 claims`, `2 classes`."""
    if number == 1:
        return f"{number} {noun}"
    return f"{number} {noun}{'es' if noun.endswith('s') else 's'}"


def _elided(lines: Sequence[Line]) -> Iterator[Line | int]:
    """The lines to show, and in place of those left out how many they are."""
    count = len(lines)
    deciding = [i for i, line in enumerate(lines) if line.deciding]
    kept = {0, 1, 2, count - 1} | {j for i in deciding for j in (i - 1, i, i + 1)}
    for is_kept, group in groupby(range(count), lambda i: count <= MAX_LINES or i in kept):
        numbers = list(group)
        if is_kept or len(numbers) < MIN_ELIDED:
            yield from (lines[i] for i in numbers)
        else:
            yield len(numbers)


def printable(value: _Model) -> _Model:
    """A part of a report with every character that a terminal might obey written as its escape."""
    if isinstance(value, str):
        return _escaped(value)  # type: ignore[return-value]  # a str for a str
    if isinstance(value, tuple):
        return tuple(printable(v) for v in value)  # type: ignore[return-value]  # a tuple for a tuple
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: printable(getattr(value, f.name)) for f in fields(value)})
    return value


def _escaped(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)
