"""The targets that a control selects, enumerated from the snapshot."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from checkers.cloud.control import Control, fill_text, glob_set
from checkers.cloud.identity import ManagedPolicy, Principal
from checkers.cloud.inventory import Inventory
from checkers.cloud.network.flow_control import FLOW_KINDS, NETWORK_KINDS
from checkers.cloud.network.listing import LISTS, NAMED_BY_TAGS, listed, unread
from checkers.cloud.network.model import Export
from checkers.cloud.open_sets import about_name, takes, takes_tag
from checkers.cloud.resource_policies import KINDS


@dataclass(frozen=True, slots=True)
class Target:
    """One object of the snapshot that a control is about.

    With a `problem` it is not known what there is, or whether it is selected: its claim is inconclusive. With `unsure`
    it is not known whether it is selected, and its claim may hold, but is not violated.
    """

    kind: str
    id: str
    name: str
    account: str
    path: str = ""
    tags: Mapping[str, str] | None = None
    principal: Principal | None = None
    policy: ManagedPolicy | None = None
    problem: str = ""
    vpc: str = ""
    unsure: str = ""

    def placeholders(self) -> dict[str, str]:
        """What `${target.NAME}` stands for."""
        found = {"target.arn": self.id, "target.name": self.name, "target.account": self.account}
        if self.kind in FLOW_KINDS:
            found["target.id"] = self.id
        if self.vpc:
            found["target.vpc"] = self.vpc
        return found


def targets_of(control: Control, inventory: Inventory) -> tuple[Target, ...]:
    """The targets that the control selects, sorted by id."""
    selected = [chosen for t in all_targets(control.for_each, inventory) if (chosen := _select(control, t)) is not None]
    if inventory.snapshot.unknowns.names:
        selected = [replace(t, problem=t.problem or _unknown_callers(control, t, inventory)) for t in selected]
    return tuple(sorted(selected, key=lambda t: t.id))


def _unknown_callers(control: Control, target: Target, inventory: Inventory) -> str:
    """Why it is not known of which callers a control speaks, empty where it is: a glob may or may not take a name."""
    callers = [text for text in inventory.callers if "<" in text]
    values = target.placeholders()
    for glob in sorted(g for g in _whom(control) if "*" in g or "?" in g) if callers else ():
        globs = glob_set((fill_text(glob, values, f"control {control.id}"),))
        if any(takes(globs, c, may=True) is not takes(globs, c, may=False) for c in callers):
            return about_name(glob)
    return ""


def _whom(control: Control) -> set[str]:
    """The texts of a control that name principals."""
    requests = [control.request, *([control.composed.request] if control.composed else [])]
    paths = [p for p in (control.path, control.lateral.path if control.lateral else None) if p is not None]
    found = {name for request in requests for name in (*request.principal, *request.not_principal)}
    return found.union(*((*path.start, *path.not_start, *path.principal) for path in paths))


def all_targets(kind: str, inventory: Inventory) -> tuple[Target, ...]:
    """Every target of a kind."""
    if kind in NETWORK_KINDS:
        return tuple(_of_networks(kind, inventory.network.export))
    found: dict[str, Target] = {}
    for target in (t for a in sorted(inventory.accounts) for t in _of_account(kind, a, inventory)):
        same = found.setdefault(target.id, target)
        if same is not target and not _is_same_policy(same, target):
            found[target.id] = replace(same, problem=f"{target.id} is listed twice, with different content")
    return tuple(found.values())


def _is_same_policy(one: Target, other: Target) -> bool:
    """Whether two accounts list the same AWS managed policy."""
    if one.policy is None or other.policy is None:
        return False
    first, second = one.policy.document, other.policy.document
    return (first.statements, first.problem) == (second.statements, second.problem)


def _of_account(kind: str, account: str, inventory: Inventory) -> list[Target]:
    if kind == "account":
        named = inventory.accounts[account]
        return [Target("account", account, named.name, account)]
    if kind == "bucket":
        s3 = inventory.s3[account]
        if s3.problem:
            return [_unknown(kind, account, s3.problem)]
        return [Target(kind, b.arn, b.name, account, tags=b.tags) for b in s3.buckets]
    if kind == "access-point":
        points = inventory.points[account]
        found = [Target(kind, p.arn, p.name, account) for p in points.points]
        return found + [_unknown(kind, account, p.reason, p.path) for p in points.problems]
    if kind in KINDS:
        guarded = inventory.guarded[account]
        found = [Target(kind, r.arn, r.name, account, tags=r.tags) for r in guarded.resources if r.kind == kind]
        return found + [_unknown(kind, account, p.reason, p.path) for p in guarded.problems if kind in p.kinds]
    iam = inventory.iam[account]
    if iam.problem:
        return [_unknown(kind, account, iam.problem)]
    if kind == "policy":
        return [Target(kind, p.arn, p.name, p.account, path=p.path, policy=p) for p in iam.policies]
    principals = {"role": iam.roles, "user": iam.users, "group": iam.groups}[kind]
    return [Target(kind, p.arn, p.name, account, path=p.path, tags=p.tags, principal=p) for p in principals]


def _of_networks(kind: str, export: Export) -> Iterator[Target]:
    unknown = [_unknown(kind, p.place.account, p.reason, p.place.path) for p in unread(export, *LISTS[kind])]
    yield from {t.id: t for t in unknown}.values()
    for one in listed(kind, export):
        yield Target(kind, one.id, one.name, one.account, tags=one.tags, vpc=one.vpc)


def _unknown(kind: str, account: str, problem: str, path: str = "") -> Target:
    """The targets of a list that could not be read; of several lists, each by the region of its file."""
    name = f"{account}:{kind}" + (f":{path.split('/')[1]}" if path else "")
    return Target(kind, name, "", account, problem=f"the {kind} targets of {account} are not known: {problem}")


def _select(control: Control, target: Target) -> Target | None:
    """The target if `where` selects it, with a problem if that is not known."""
    values = {"name": target.name, "account": target.account, "path": target.path}
    for name, texts in control.where.items():
        if target.problem and not name.endswith("account"):
            continue  # not known
        if target.kind in NAMED_BY_TAGS and target.tags is None and name.endswith("name"):
            return replace(target, problem="its name is not known")
        globs, value = glob_set(texts), values[name.removeprefix("not_")]
        chosen = _narrowed(target, name, *(takes(globs, value, may=may) for may in (False, True)))
        if chosen is None:
            return None
        target = chosen
    return target if target.problem or not control.where_tags else _select_by_tags(control, target)


def _narrowed(target: Target, name: str, must: bool, may: bool) -> Target | None:  # noqa: FBT001
    """The target if a member of `where` lets it through: whether the globs surely take it, and whether they may."""
    if name.startswith("not_"):
        must, may = not may, not must
    if not may:
        return None
    return target if must else replace(target, unsure=f"whether {name} of the control selects it is known after apply")


def _select_by_tags(control: Control, target: Target) -> Target | None:
    tags = target.tags
    if tags is None:
        return Target(target.kind, target.id, target.name, target.account, problem="its tags are not known")
    for name, wanted in control.where_tags.items():
        must, may = (
            all(key in tags and takes_tag(glob_set(globs), tags[key], may=may) for key, globs in wanted.items())
            for may in (False, True)
        )
        chosen = _narrowed(target, name, must, may)
        if chosen is None:
            return None
        target = chosen
    return target
