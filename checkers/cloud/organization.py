"""The organization: its tree, and the policies that stand at each level of it.

AWS Organizations user guide, "Service control policies", "Resource control policies" and "SCP evaluation":
at the root, at each organizational unit and at the account some document must allow and none may deny.
The management account is bound by neither.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from checkers.cloud.policy import Document, Origin, parse_document
from checkers.cloud.snapshot import NOT_COLLECTED, Fact, Snapshot, State, account_id, objects, optional_text, text
from checkers.kernel.globs import GlobSet
from checkers.strict_json import Json
from checkers.verdict import Unreadable

SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
POLICY_TYPES = (SCP, RCP)
MAX_LEVELS = 16  # root, five levels of organizational units (quota of AWS Organizations), account, and some to spare


@dataclass(frozen=True, slots=True)
class Level:
    """The documents of one type that are attached to the root, a unit or the account."""

    target: str
    documents: tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """Policies of a type that may deny, and are not known."""

    type: str
    path: str
    reason: str


class _Stop(Exception):
    """A fact that is not known. Carries it."""

    def __init__(self, fact: Fact, reason: str = "") -> None:
        super().__init__(reason or f"{fact.state.value} ({fact.code})")
        self.fact = fact


class Organization:
    """One organization, as the accounts that were allowed to see it exported it."""

    def __init__(self, snapshot: Snapshot, id: str, folders: Sequence[str]) -> None:  # noqa: A002
        self.id = id
        self.snapshot = snapshot
        self.folders = folders
        self.management = self._management()

    def _fact(self, name: str) -> Fact:
        """A response of AWS Organizations, from the first account that has it."""
        facts = [self.snapshot.fact(f"{a}/global/organizations/{name}.json") for a in self.folders]
        collected = [f for f in facts if f.code != NOT_COLLECTED]
        return next((f for f in facts if f.state is State.VALUE), (collected or facts)[0])

    def _management(self) -> str:
        fact = self._fact("describe-organization")
        return optional_text(member(fact.value, "Organization", fact.path), "MasterAccountId")

    @cached_property
    def list_of_accounts(self) -> Fact:
        """The response that lists the member accounts."""
        return self._fact("list-accounts")

    @cached_property
    def accounts(self) -> tuple[str, ...]:
        """The member accounts, none where they are not known."""
        fact = self.list_of_accounts
        if fact.state is not State.VALUE:
            return ()
        return tuple(sorted({account_id(row, "Id", fact.path) for row in objects(fact.value, "Accounts", fact.path)}))

    def levels(self, account: str, type: str) -> tuple[Level, ...]:  # noqa: A002
        """The levels that bind an account, from the root down; none where nothing does or it is not known."""
        if account == self.management:
            return ()
        return self._levels.get((account, type), ())

    def unknown(self, type: str) -> tuple[Unknown, ...]:  # noqa: A002
        """What is not known of the policies of a type."""
        return tuple(u for u in self._unknown if u.type == type)

    @cached_property
    def _unknown(self) -> tuple[Unknown, ...]:
        return self._read[1]

    @cached_property
    def _levels(self) -> dict[tuple[str, str], tuple[Level, ...]]:
        return self._read[0]

    @cached_property
    def _read(self) -> tuple[dict[tuple[str, str], tuple[Level, ...]], tuple[Unknown, ...]]:
        levels: dict[tuple[str, str], tuple[Level, ...]] = {}
        unknown: list[Unknown] = []
        for kind in POLICY_TYPES:
            try:
                attached = self._attached(kind)
                for account in self.accounts if attached else ():
                    if account != self.management:
                        levels[account, kind] = self._levels_of(account, kind, attached)
            except _Stop as stop:
                unknown.append(Unknown(kind, stop.fact.path, f"{_name(kind)} are not known: {stop}"))
                levels = {key: found for key, found in levels.items() if key[1] != kind}
        return levels, tuple(unknown)

    def _attached(self, kind: str) -> dict[str, list[Document]]:
        """The documents of each target; none where the type is not in use or no document restricts anything."""
        if self._is_disabled(kind):
            return {}
        fact = self._value(f"list-policies/{kind}")
        documents = {i: self._document(i) for i in _ids(objects(fact.value, "Policies", fact.path), fact.path)}
        if all(allows_everything(d) for d in documents.values()):
            return {}
        if self.list_of_accounts.state is not State.VALUE:
            raise _Stop(self.list_of_accounts)
        if not self.management:
            raise _Stop(self._fact("describe-organization"), "the management account is not named")
        attached: dict[str, list[Document]] = {}
        for policy, document in documents.items():
            targets = self._value(f"list-targets-for-policy/{policy}")
            for row in objects(targets.value, "Targets", targets.path):
                attached.setdefault(text(row, "TargetId", targets.path), []).append(document)
        return attached

    def _is_disabled(self, kind: str) -> bool:
        """Whether the root says that the type is not enabled."""
        fact = self._fact("list-roots")
        if fact.state is not State.VALUE:
            return False
        types = [t for root in objects(fact.value, "Roots", fact.path) for t in objects(root, "PolicyTypes", fact.path)]
        return not any(t.get("Type") == kind and t.get("Status") != "PENDING_DISABLE" for t in types)

    def _value(self, name: str) -> Fact:
        fact = self._fact(name)
        if fact.state is not State.VALUE:
            raise _Stop(fact)
        return fact

    def _document(self, policy: str) -> Document:
        fact = self._fact(f"describe-policy/{policy}")
        origin = Origin(fact.path, "$.Policy.Content", policy)
        if fact.state is not State.VALUE:
            return Document(origin, problem=fact.reason)
        described = member(fact.value, "Policy", fact.path)
        summary = described.get("PolicySummary")
        name = optional_text(summary, "Name") if isinstance(summary, dict) else ""
        return parse_document(described.get("Content"), Origin(fact.path, "$.Policy.Content", name or policy))

    def _levels_of(self, account: str, kind: str, attached: dict[str, list[Document]]) -> tuple[Level, ...]:
        levels = tuple(Level(target, tuple(attached.get(target, ()))) for target in reversed(list(self._up(account))))
        bare = [level.target for level in levels if not level.documents]
        if bare and kind == SCP:  # AWS keeps at least one attached to each
            fact = self._fact(f"list-policies/{kind}")
            raise _Stop(fact, f"none is attached to {bare[0]}")
        return levels

    def _up(self, account: str) -> Iterator[str]:
        """The account and what is above it, up to the root."""
        target = account
        for _ in range(MAX_LEVELS):
            yield target
            if target.startswith("r-"):
                return
            fact = self._value(f"list-parents/{target}")
            rows = objects(fact.value, "Parents", fact.path)
            if len(rows) != 1:
                raise _Stop(fact, f"{len(rows)} parents, not one")
            target = text(rows[0], "Id", fact.path)
        raise Unreadable(f"list-parents: more than {MAX_LEVELS} levels above account {account}")

    def read_names(self) -> Iterator[str]:
        """The names of the responses that are read, whether they are there or not."""
        yield from ("describe-organization", "list-accounts", "list-roots")
        for folder in self.folders:
            start = f"{folder}/global/organizations/"
            for path in sorted(self.snapshot.under(f"{start}list-parents/")):
                yield path.removeprefix(start).removesuffix(".json")
        for kind in POLICY_TYPES:
            yield f"list-policies/{kind}"
            fact = self._fact(f"list-policies/{kind}")
            rows = objects(fact.value, "Policies", fact.path) if fact.state is State.VALUE else []
            for policy in _ids(rows, fact.path):
                yield f"describe-policy/{policy}"
                yield f"list-targets-for-policy/{policy}"


def _ids(rows: Sequence[dict[str, Json]], where: str) -> list[str]:
    return [text(row, "Id", where) for row in rows]


def _name(kind: str) -> str:
    return kind.lower().replace("_", " ").replace("policy", "policies")


def member(value: Json, name: str, where: str) -> dict[str, Json]:
    """A member that must be an object."""
    found = value.get(name)
    if not isinstance(found, dict):
        raise Unreadable(f"{where}: {name} is not an object")
    return found


def allows_everything(document: Document) -> bool:
    """Whether a policy is one that changes nothing (FullAWSAccess, RCPFullAWSAccess)."""
    return (
        document.problem is None
        and bool(document.statements)
        and all(
            s.problem is None
            and s.effect == "Allow"
            and not (s.not_action or s.not_resource or s.conditions)
            and s.actions.is_everything
            and (s.principals is None or (s.principals.everyone and not s.principals.negated))
            and s.resources is not None
            and isinstance(s.resources.narrow, GlobSet)
            and s.resources.narrow.is_everything
            for s in document.statements
        )
    )
