"""Whom a query is about: principals of the snapshot, and classes of those outside it.

Untrusted.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from auditctl.controls.waivers import matches
from auditctl.names import UnknownName, check_known
from auditctl.query.language import Whom
from checkers.cloud.identity import Principal
from checkers.cloud.inventory import Inventory
from checkers.cloud.vocabulary import account_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A control of the query: whose requests it asks about, for which targets. `words` name a class."""

    id: str
    for_each: str
    principal: tuple[str, ...]
    but: tuple[str, ...] = ()
    where: Mapping[str, Sequence[str]] | None = None
    words: str = ""


def parts_of(whom: Whom, inventory: Inventory) -> list[Part]:
    """The controls that ask about a principal or about everyone. Raises `UnknownName`."""
    match whom.kind:
        case "everyone":
            return [*_principals({}), *_roots(inventory.accounts, inventory), *_outside(inventory)]
        case "anonymous":
            return [p for p in _outside(inventory) if p.id == "query-anonymous"]
        case "service":
            return [_class(inventory, "query-service", (f"service:{whom.name}",), f"the AWS service {whom.name}")]
        case "root":
            return _roots([_known_account(whom.name, inventory)] if whom.name else inventory.accounts, inventory)
        case "account":
            return _account(whom.name, inventory)
        case "arn":
            return _arn(whom.name, inventory)
        case _:
            return _named(whom, inventory)


def _principals(where: Mapping[str, Sequence[str]], kinds: Sequence[str] = ("role", "user")) -> list[Part]:
    return [Part(id=f"query-{kind}", for_each=kind, principal=("target",), where=where) for kind in kinds]


def _roots(accounts: Iterable[str], inventory: Inventory) -> list[Part]:
    """The root users of accounts, by the partition that their ARNs name."""
    by_partition: dict[str, list[str]] = {}
    for account in sorted(accounts):
        by_partition.setdefault(inventory.accounts[account].partition, []).append(account)
    return [
        Part(
            id="query-root" if len(by_partition) == 1 else f"query-root-{partition}",
            for_each="account",
            principal=(f"arn:{partition}:iam::${{target.account}}:root",),
            where={"account": named},
        )
        for partition, named in by_partition.items()
    ]


def _class(inventory: Inventory, name: str, principal: tuple[str, ...], words: str, but: tuple[str, ...] = ()) -> Part:
    """A class of principals; its claim is about one account, whichever it is."""
    where = {"account": [min(inventory.accounts)]}
    return Part(id=name, for_each="account", principal=principal, but=but, where=where, words=words)


def _outside(inventory: Inventory) -> Iterator[Part]:
    """Everybody who is not a principal of the snapshot, in classes."""
    own = tuple(sorted(inventory.accounts))
    yield _class(inventory, "query-anonymous", ("anonymous",), "anyone on the internet, without signing in")
    yield _class(inventory, "query-service", ("service",), "AWS services")
    yield _class(inventory, "query-federated", ("federated",), "anyone signed in through an identity provider")
    if not inventory.knows_members:
        others = ("anonymous", "service", "federated", *own)
        yield _class(inventory, "query-outside", ("anyone",), "principals of other accounts", others)
        return
    if set(inventory.members) - set(own):
        words = "principals of the organization's accounts that are not in the snapshot"
        yield _class(inventory, "query-organization", ("organization",), words, own)
    words = "principals of accounts outside the organization"
    yield _class(inventory, "query-outside", ("outside-organization",), words, ("anonymous",))


def _known_account(account: str, inventory: Inventory) -> str:
    check_known([account], inventory.accounts, "account of the snapshot")
    return account


def _account(account: str, inventory: Inventory) -> list[Part]:
    if account in inventory.accounts:
        where = {"account": [account]}
        return [*_principals(where), *_roots([account], inventory)]
    return [_class(inventory, "query-account", (account,), f"principals of account {account}")]


def _arn(arn: str, inventory: Inventory) -> list[Part]:
    """The principals that an ARN, perhaps with wildcards, names."""
    if ":assumed-role/" in arn:
        role = arn.replace(":sts:", ":iam:").replace(":assumed-role/", ":role/").rpartition("/")[0]
        raise UnknownName(f"{arn} is a session; the query is about its role, {role}")
    found = [p for p in inventory.principals.values() if matches(arn, p.arn)]
    roots = [c for c in inventory.callers if c not in inventory.principals and matches(arn, c)]
    if not found and not roots:
        if account_of(arn) in inventory.accounts:
            check_known([arn], inventory.callers, "principal of the snapshot")
        return [_class(inventory, "query-principal", (arn,), arn)]
    return [*_selected(found), *_roots([account_of(r) for r in roots], inventory)]


def _named(whom: Whom, inventory: Inventory) -> list[Part]:
    """The roles and users that a name, perhaps with wildcards, or an ARN names."""
    if whom.name.startswith("arn:"):
        return _arn(whom.name, inventory)
    kinds = ("role", "user") if whom.kind == "principal" else (whom.kind,)
    named = whom.name.rpartition("/")[2]
    there = [p for p in inventory.principals.values() if p.kind in kinds]
    found = [p for p in there if matches(named, p.name)]
    if not found:
        problem = next((iam.problem for iam in inventory.iam.values() if iam.problem), "")
        if problem:
            raise UnknownName(
                f"no {' or '.join(kinds)} {named} is known, and not every account could be read: {problem}"
            )
        check_known([named], [p.name for p in there], " or ".join(kinds))
    return _selected(found)


def _selected(found: Sequence[Principal]) -> list[Part]:
    """Controls for exactly these principals: their names, in each account."""
    parts = []
    for kind in ("role", "user"):
        accounts = sorted({p.account for p in found if p.kind == kind})
        for account in accounts:
            names = sorted(p.name for p in found if p.kind == kind and p.account == account)
            where = {"account": [account], "name": names}
            named = f"query-{kind}" if len(accounts) == 1 else f"query-{kind}-{account}"
            parts.append(Part(id=named, for_each=kind, principal=("target",), where=where))
    return parts
