"""Where things are written in a plan or template, and what is not known of it yet, for people. Untrusted."""

from collections.abc import Sequence

from auditctl.report.model import KnownLater, Written
from auditctl.report.page import Page


def values_text(page: Page, outcome: str, values: Sequence[KnownLater], indent: int) -> None:
    """The values that are not known yet for which something is so."""
    if values:
        words = " and ".join(f"{one.attribute} (known after apply) is {one.value}" for one in values)
        page.paragraph(f"{outcome} if {words}.", indent=indent, hang=2)


def written_text(page: Page, written: Written | None, indent: int) -> None:
    """Where something is written in a plan or template."""
    if written is not None:
        page.line((f"written as {written_in_words(written)}", "dim"), indent=indent)


def written_in_words(written: Written) -> str:
    """An address with its attribute, and the file and line."""
    where = f"{written.file}:{written.line}" if written.file and written.line else written.file
    named = ".".join(part for part in (written.address, written.attribute) if part)
    return ", ".join(part for part in (named, where) if part)
