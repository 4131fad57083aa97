"""Two snapshots compared: every principal with what it may do, every resource with what is done to it.

Untrusted.
"""

from collections.abc import Sequence
from dataclasses import replace

from auditctl.compare.answer import Answer, DiffAnswer, Finding, Presence, TargetDiff, make_answer, relation_of
from auditctl.compare.finding import decide
from auditctl.compare.options import Options
from auditctl.compare.pair import Pair, claim_about
from auditctl.controls.waivers import matches
from auditctl.findings.readings import in_words
from auditctl.names import UnknownName
from auditctl.progress import progress
from auditctl.reading import files_of
from checkers.cloud.comparison import (
    Asked,
    Subject,
    all_subjects,
    check_difference,
    difference,
    subjects_of,
    unread_in_both,
)
from checkers.cloud.inventory import Inventory
from checkers.cloud.scope import Scope, fixed_scope
from checkers.cloud.snapshot import Snapshot
from checkers.cloud.targets import Target


def compare_snapshots(options: Options, asked: Asked) -> DiffAnswer:
    """Every principal and every resource of two snapshots compared."""
    old, new = (Inventory(Snapshot(files_of(path, options.source))) for path in (options.old, options.new))
    subjects = [s for s in all_subjects(new, old) if _is_selected(s, options.only)]
    if options.only and not subjects:
        raise UnknownName(f"no principal or resource of the snapshots is named {', '.join(options.only)}")
    comparer = _Comparer(old, new, asked, options)
    found: list[TargetDiff] = []
    partial = False
    with progress("comparing", len(subjects)) as advance:
        try:
            for subject in sorted(subjects, key=lambda s: not s.principal):  # principals first
                found.append(comparer.compare(subject))
                advance()
        except KeyboardInterrupt:
            partial = True
    ordered = sorted(found, key=lambda t: (t.kind, t.id))
    unread = [in_words(reason) for reason in unread_in_both(old, new)]
    return make_answer(options, "snapshots", ordered, partial=partial, unread=unread)


def _is_selected(subject: Subject, only: Sequence[str]) -> bool:
    name = subject.id.rpartition("/")[2].rpartition(":")[2]
    return not only or any(matches(one, text) for one in only for text in (subject.id, name, subject.kind))


class _Comparer:
    """Compares one subject after the other.

    Principals that are certified to gain nothing, or to lose nothing, need not be asked about again where
    resources are compared; those that are in one snapshot alone are compared on their own.
    """

    def __init__(self, old: Inventory, new: Inventory, asked: Asked, options: Options) -> None:
        self.old, self.new = old, new
        self.asked, self.options = asked, options
        self.alone = set(old.callers) ^ set(new.callers)
        self.settled: dict[str, set[str]] = {"more": set(self.alone), "less": set(self.alone)}

    def compare(self, subject: Subject) -> TargetDiff:
        """One principal or resource."""
        there = [(subject.kind, subject.id) in subjects_of(inventory) for inventory in (self.old, self.new)]
        presence = {(True, False): Presence.REMOVED, (False, True): Presence.ADDED}
        more = self._decide("more", self.new, self.old, subject, is_in_both=all(there))
        less = self._decide("less", self.old, self.new, subject, is_in_both=all(there))
        return TargetDiff(
            id=subject.id,
            kind=subject.kind,
            account=subject.account,
            presence=presence.get((there[0], there[1]), Presence.BOTH),
            relation=relation_of(more.answer, less.answer),
            more=more,
            less=less,
        )

    def _decide(
        self, direction: str, first: Inventory, second: Inventory, subject: Subject, *, is_in_both: bool
    ) -> Finding:
        settled = self.settled[direction]
        if not subject.principal:
            subject = replace(subject, excluded=tuple(sorted(settled if is_in_both else self.alone)))
        found = decide(self._pair(first, second, subject))
        if subject.principal and found.answer is Answer.NO:
            settled.add(subject.principal)
        return found

    def _pair(self, first: Inventory, second: Inventory, subject: Subject) -> Pair:
        principal = first.principals.get(subject.principal) or second.principals.get(subject.principal)
        kind = subject.kind if principal is not None else "account"
        named = principal.name if principal is not None else subject.id
        target = Target(kind, subject.id, named, subject.account, principal=principal)
        return Pair(
            question=lambda wide: difference(first, second, subject, self.asked, wide=wide),
            check=lambda data: check_difference(data, first, second, subject, self.asked),
            first=first,
            second=second,
            claim=claim_about(target, () if principal is not None else ("anyone",), self.options),
            scope=fixed_scope(subject.principal) if subject.principal else Scope((), ()),
        )
