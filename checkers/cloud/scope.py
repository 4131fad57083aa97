"""Whom a control speaks of: the `principal` and `not_principal` entries of its request."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from checkers.cloud.control import glob_set
from checkers.cloud.inventory import Inventory
from checkers.cloud.targets import Target
from checkers.cloud.vocabulary import ANONYMOUS, account_globs
from checkers.kernel.globs import STAR, GlobSet, is_apart


@dataclass(frozen=True, slots=True)
class Entry:
    """Principals in one set and not in another."""

    members: GlobSet
    but: GlobSet | None = None

    def __contains__(self, principal: str) -> bool:
        return principal in self.members and (self.but is None or principal not in self.but)


@dataclass(frozen=True, slots=True)
class Scope:
    """The principals of a request. `fixed` is the one principal where there is only one."""

    entries: tuple[Entry, ...]
    excluded: tuple[Entry, ...]
    fixed: str = ""
    has_open_canonical: bool = False  # a canonical user that is asked about as an outsider may be none

    def selects(self, principal: str) -> bool:
        """Whether the scope has this principal."""
        if self.fixed:
            return principal == self.fixed
        return any(principal in e for e in self.entries) and not any(principal in e for e in self.excluded)

    def selected(self, inventory: Inventory) -> frozenset[str]:
        """The users, roles and roots of the snapshot that the scope has."""
        return _selected(self, inventory.callers)

    def may_select_account(self, account: str) -> bool:
        """False only where surely no principal of the account is in the scope."""
        own = account_globs(account)
        return any(
            not all(is_apart(e.members, g) for g in own)
            and not (e.but is not None and all(g in e.but.patterns for g in own))
            for e in self.entries
        )


@lru_cache(maxsize=256)
def _selected(scope: Scope, callers: tuple[str, ...]) -> frozenset[str]:
    return frozenset(c for c in callers if scope.selects(c))


def make_scope(principal: Sequence[str], not_principal: Sequence[str], target: Target, inventory: Inventory) -> Scope:
    """The scope of a claim."""
    if target.principal is not None and tuple(principal) in ((), ("target",)) and not not_principal:
        return fixed_scope(target.id)
    entries = tuple(_entry(e, target, inventory) for e in principal or ("target",))
    excluded = tuple(_entry(e, target, inventory) for e in not_principal)
    return Scope(entries, excluded, has_open_canonical=_has_open_canonical(principal, target, inventory))


def fixed_scope(principal: str) -> Scope:
    """The scope of one user, role or root of the snapshot."""
    return Scope((), (), principal)


def _has_open_canonical(principal: Sequence[str], target: Target, inventory: Inventory) -> bool:
    """Whether outsiders are asked about and the canonical id of some insider is not known."""
    inside: set[str] = set()
    if "outside-account" in principal:
        inside.add(target.account)
    if "outside-organization" in principal:
        inside.update(inventory.members)
    return not inside <= set(inventory.owners.values())


def _entry(text: str, target: Target, inventory: Inventory) -> Entry:
    simple = {
        "anyone": [STAR],
        ANONYMOUS: [ANONYMOUS],
        "service": ["service:" + STAR],
        "federated": ["federated:" + STAR],
        "canonical": ["canonical:" + STAR],
        "signed-in": ["arn:" + STAR],
        "snapshot": inventory.callers,
        "target": [target.id],
    }
    if text in simple:
        return Entry(GlobSet(simple[text]))
    members = {target.account} if text.endswith("account") else set(inventory.members)
    if text in ("account", "organization"):
        return Entry(GlobSet(g for a in members for g in account_globs(a)))
    if text in ("outside-account", "outside-organization"):
        owners = [f"canonical:{owner}" for owner, account in inventory.owners.items() if account in members]
        inside = GlobSet([*owners, *(g for a in members for g in account_globs(a))])
        return Entry(GlobSet([ANONYMOUS, "canonical:" + STAR, "arn:" + STAR]), inside)
    if len(text) == 12 and text.isdigit():  # noqa: PLR2004
        return Entry(GlobSet(account_globs(text)))
    return Entry(glob_set((text,)))
