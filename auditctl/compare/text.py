"""A comparison for people.

Untrusted.
"""

from collections.abc import Sequence

from auditctl.compare.answer import Answer, DiffAnswer, Finding, Presence, Relation, TargetDiff
from auditctl.report.interface import Surface
from auditctl.report.model import Witness
from auditctl.report.page import Page, many, printable
from auditctl.report.rich_text import witness_text

# More than these are counted, not shown; the JSON answer has all of them.
MAX_DETAILED = 20
MAX_NAMED = 40
MAX_UNREAD = 8
_STYLES = {
    Relation.EQUAL: "",
    Relation.LESS: "green",
    Relation.AT_MOST: "green",
    Relation.MORE: "bold red",
    Relation.AT_LEAST: "bold red",
    Relation.INCOMPARABLE: "bold red",
    Relation.INCONCLUSIVE: "yellow",
}
_ORDER = (
    Relation.INCOMPARABLE,
    Relation.AT_LEAST,
    Relation.MORE,
    Relation.INCONCLUSIVE,
    Relation.AT_MOST,
    Relation.LESS,
    Relation.EQUAL,
)


def diff_text(answer: DiffAnswer, surface: Surface) -> str:
    """The comparison for people: what allows more first, what is equal counted."""
    page = Page(surface)
    answer = printable(answer)
    if answer.of == "policies":
        _target(page, answer.targets[0], f"{answer.new} beside {answer.old}")
        return page.text
    page.line((f"{answer.new} beside {answer.old}", "bold"))
    page.blank()
    changed = [t for relation in _ORDER[:-1] for t in answer.targets if t.relation is relation]
    groups: dict[object, list[TargetDiff]] = {}
    for target in changed:
        groups.setdefault(_why(target), []).append(target)
    shown = list(groups.values())
    for group in shown[:MAX_DETAILED]:
        _target(page, group[0], f"{group[0].kind} {group[0].id}")
        _others(page, group[1:])
    rest = [target for group in shown[MAX_DETAILED:] for target in group]
    _list(page, rest, indent=0)
    if rest:
        page.blank()
    _total(page, answer)
    return page.text


def _why(target: TargetDiff) -> object:
    """What two targets have in common if one explanation does for both."""
    found: list[object] = [target.relation, target.presence]
    for finding in (target.more, target.less):
        sides = [w and (w.applies, w.remarks) for w in (finding.allowed, finding.denied)]
        found += [*sides, finding.reasons]
    changed = (target.more.answer, target.less.answer) != (Answer.NO, Answer.NO)
    return tuple(found) if changed else target.id


def _others(page: Page, targets: Sequence[TargetDiff]) -> None:
    """Targets of which the same is to be said."""
    if targets:
        page.line((f"  So {many(len(targets), 'more target')}:", "bold"))
        _list(page, targets, indent=4)
        page.blank()


def _list(page: Page, targets: Sequence[TargetDiff], *, indent: int) -> None:
    for target in targets[:MAX_NAMED]:
        page.line(
            (target.relation.value.upper(), _STYLES[target.relation]), f"  {target.kind} {target.id}", indent=indent
        )
    page.more(len(targets) - MAX_NAMED, indent=indent)


def _target(page: Page, target: TargetDiff, name: str) -> None:
    presence = "" if target.presence is Presence.BOTH else f" ({target.presence.value})"
    page.line((target.relation.value.upper(), _STYLES[target.relation]), (f"  {name}{presence}", "bold"))
    if target.relation is Relation.EQUAL:
        page.paragraph("Both allow the same requests: certified.", indent=2)
    for finding, allows, other in (
        (target.more, "The new one allows what the old one does not:", "The old one"),
        (target.less, "The old one allows what the new one does not:", "The new one"),
    ):
        _finding(page, finding, allows, other)
    if target.relation in (Relation.LESS, Relation.AT_MOST):
        page.paragraph("The new one allows nothing that the old one does not: certified.", indent=2)
    if target.relation is Relation.MORE:
        page.paragraph("The old one allows nothing that the new one does not: certified.", indent=2)
    page.blank()


def _finding(page: Page, finding: Finding, allows: str, other: str) -> None:
    if finding.refused:
        page.line(("BUG  ", "bold red"), finding.refused, indent=2)
    if finding.answer is Answer.INCONCLUSIVE:
        page.line((f"{allows.removesuffix(':')} or not could not be settled:", "bold yellow"), indent=2)
        page.sentences(finding.reasons, indent=4)
    if finding.allowed is None or finding.denied is None:
        return
    lifts = bool(finding.aspects) and "allows" not in finding.aspects
    if lifts:
        page.line((f"{allows.split(' allows', maxsplit=1)[0]} {finding.aspects[0]} it:", "bold"), indent=2)
        page.paragraph(f"{finding.denied.words}.", indent=4)
    else:
        page.line((allows, "bold"), indent=2)
        page.paragraph(f"{finding.allowed.words}.", indent=4)
        witness_text(page, finding.allowed)
    _other_side(page, finding.denied, other)


def _other_side(page: Page, denied: Witness, other: str) -> None:
    """Why the other one does not allow the request."""
    if denied.applies or denied.misses:
        page.line((f"{other}:", "bold"), indent=4)
        witness_text(page, denied)
    else:
        page.paragraph(f"{other} has no Allow statement with a say in it.", indent=4)


def _total(page: Page, answer: DiffAnswer) -> None:
    counts = answer.counts
    if answer.partial:
        page.line(("Interrupted: this comparison is partial.", "bold yellow"))
    for reason in answer.unread[:MAX_UNREAD]:
        page.paragraph(f"{reason}.", label="Taken to be unchanged: ", hang=2)
    if len(answer.unread) > MAX_UNREAD:
        page.line((f"and {many(len(answer.unread) - MAX_UNREAD, 'part')} more that neither snapshot has read", "dim"))
    parts = [(r, getattr(counts, r.value.replace(" ", "_"))) for r in _ORDER]
    said = ", ".join(f"{number} {relation.value}" for relation, number in parts if number)
    page.line((f"{many(len(answer.targets), 'target')}: ", "bold"), said or "nothing was compared")
