"""The answer of a query for people.

Untrusted.
"""

from collections.abc import Sequence

from auditctl.query.answer import Answer, QueryAnswer, Verdict
from auditctl.report.interface import Surface
from auditctl.report.page import Page, many, printable
from auditctl.report.rich_text import witness_text
from auditctl.report.written_text import values_text

# More than these are counted, not shown; the JSON answer has all of them.
MAX_DETAILED = 12
MAX_NAMED = 40


def query_text(answer: QueryAnswer, surface: Surface) -> str:
    """The answer for people: who can, and why; who is open; how many cannot."""
    page = Page(surface)
    answer = printable(answer)
    page.line((answer.query.words, "bold"))
    page.blank()
    for one in answer.answers:
        if one.refused:
            page.line((f"BUG  {one.who}", "bold red"))
            page.paragraph(f"{one.refused}. Please report it.", indent=2)
            page.blank()
    _can(page, [a for a in answer.answers if a.verdict is Verdict.CAN and a.kind != "class"], "of the snapshot can")
    _can(page, [a for a in answer.answers if a.verdict is Verdict.CAN and a.kind == "class"], "outside it can")
    _open(page, [a for a in answer.answers if a.verdict is Verdict.INCONCLUSIVE])
    _cannot(page, answer)
    return page.text


def _can(page: Page, answers: Sequence[Answer], where: str) -> None:
    if not answers:
        return
    noun = "class" if answers[0].kind == "class" else "principal"
    page.line((f"{many(len(answers), noun)} {where}:", "bold red"))
    groups: dict[object, list[Answer]] = {}
    for one in answers:
        groups.setdefault(_why(one), []).append(one)
    for group in list(groups.values())[:MAX_DETAILED]:
        page.blank()
        _group(page, group)
    rest = [one for group in list(groups.values())[MAX_DETAILED:] for one in group]
    if rest:
        page.blank()
        page.line((f"and {many(len(rest), noun)} more:", "bold"), indent=2)
        _names(page, [one.who for one in rest], indent=4)
    page.blank()


def _why(one: Answer) -> object:
    """What two answers have in common if one explanation does for both."""
    if one.witness is None:
        return one.who
    return one.witness.applies, one.witness.remarks, one.witness.misses, one.values


def _group(page: Page, group: Sequence[Answer]) -> None:
    _names(page, [one.who for one in group], indent=2, style="bold")
    first = group[0].witness
    if first is None:
        return
    page.paragraph(f"{_without(group[0].who, first.words)}.", indent=4)
    values_text(page, "can", group[0].values, indent=4)
    if len({one.witness.words for one in group if one.witness}) > 1:
        page.paragraph("The others may make such requests too.", indent=4)
    witness_text(page, first)


def _names(page: Page, names: Sequence[str], *, indent: int, style: str = "") -> None:
    for name in names[:MAX_NAMED]:
        page.line((name, style), indent=indent)
    page.more(len(names) - MAX_NAMED, indent=indent)


def _open(page: Page, answers: Sequence[Answer]) -> None:
    if not answers:
        return
    page.line((f"{len(answers)} could not be settled:", "bold yellow"))
    groups: dict[tuple[str, ...], list[Answer]] = {}
    for one in answers:
        groups.setdefault(one.reasons, []).append(one)
    for reasons, group in groups.items():
        page.blank()
        _names(page, [one.who for one in group], indent=2, style="bold")
        if group[0].witness is not None:
            page.paragraph(f"perhaps {_without(group[0].who, group[0].witness.words)}.", indent=4)
        page.sentences(reasons, indent=4)
    page.blank()


def _cannot(page: Page, answer: QueryAnswer) -> None:
    for one in answer.answers:
        if one.kind == "class" and one.verdict is Verdict.CANNOT:
            page.line((f"{one.who} cannot: certified", "green"))
    count = answer.principals.cannot
    if count == 1 and answer.principals.can + answer.principals.inconclusive == 0:
        only = next(a for a in answer.answers if a.verdict is Verdict.CANNOT and a.kind != "class")
        page.line((f"{only.who} cannot: certified", "green"))
    elif count:
        page.line((f"{many(count, 'principal')} of the snapshot cannot: certified", "green"))
    if answer.partial:
        page.line(("Interrupted: this answer is partial.", "bold yellow"))
    if not answer.answers:
        page.line(("The snapshot has nobody to ask about.", "bold yellow"))


def _without(who: str, words: str) -> str:
    """A sentence without its subject, which stands above it."""
    return words.removeprefix(f"{who} ")
