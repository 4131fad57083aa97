"""Chains of steps over the principals of a snapshot: who can take which step, and the questions that decide it.

A *node* is a user or role; one that can give itself permissions (*raised*); a user that has joined a further
group; or everybody outside who may start a chain. Each step is taken by one principal. It leads to a target,
and is possible where every request that it needs is allowed to that principal.

A *demand* is a request that a step needs, apart from who makes it and whom the step gains, so that steps
with a need in common share its question. There are two demands of another kind: that a service may assume
the target, and that the goal, where it is a request, is allowed.

On the wide side a raised principal has every permission that organization and resource policies leave, no
boundary and no denial of its own; on the narrow side it keeps both. A user that joins groups gains what they
allow; on the narrow side it suffers what they deny.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from checkers.cloud.claims import Claim, Derived, question_about
from checkers.cloud.conditions import parse_condition_block
from checkers.cloud.control import BoundRequest, Path, bind, fill_text, glob_set, resource_set
from checkers.cloud.holders import Holders, read_holders
from checkers.cloud.identity import SERVICE_LINKED_PATH, Principal, iam_path
from checkers.cloud.inventory import Inventory
from checkers.cloud.policy import Document, Origin, action_set, parse_document
from checkers.cloud.scope import Scope, fixed_scope, make_scope
from checkers.cloud.snapshot import State, objects
from checkers.cloud.steps import Need, Step, block_of
from checkers.cloud.vocabulary import account_of
from checkers.kernel.globs import STAR, GlobSet
from checkers.strict_json import Json
from checkers.verdict import Unreadable

TRUST, GOAL_REQUEST = "trust", "goal"  # subjects of demands that no step writes
# What a principal that can set its own permissions gives itself.
EVERYTHING = parse_document(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
    Origin("", "$", "a policy of its own choice"),
)


@dataclass(frozen=True, slots=True, order=True)
class Node:
    """A principal as a chain reaches it."""

    arn: str
    raised: bool = False
    group: str = ""

    def __str__(self) -> str:
        if self.raised:
            return f"{self.arn} with permissions of its choice"
        return f"{self.arn} in {self.group}" if self.group else self.arn


OUTSIDE = Node("outside")
GOAL = Node("goal")
ANYBODY = Node("anybody")  # who asks where the caller does not matter
# From who asks and the number of what is asked to the targets that a refutation leaves over.
Refuted = Mapping[tuple[Node, int], frozenset[str]]
# Subjects that there may be none of.
_MAY_BE_NOTHING = ("holder", "own-group", "own-policy", "target-policy")


@dataclass(frozen=True, slots=True)
class Demand:
    """What a step needs of a caller: a request, about a target of this kind."""

    need: Need
    target: str = ""
    across: bool = False
    holder: str = ""
    services: tuple[str, ...] = ()

    @property
    def has_target(self) -> bool:
        """Whether it depends on the target."""
        return self.need.has_target or self.need.on == TRUST


class Estate:
    """What chains ask of the accounts of a snapshot beside policies: who is in which group, what is attached."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self.groups: dict[str, Principal] = {g.arn: g for iam in inventory.iam.values() for g in iam.groups}
        self.groups_of: dict[str, frozenset[str]] = {}
        self.attached: dict[str, frozenset[str]] = {}  # customer managed policies, by user, role and group
        self.profiles: dict[str, str] = {}  # from instance profile to role
        self._holders: dict[tuple[str, str], Holders] = {}
        self._of_kind: dict[tuple[str, str], tuple[str, ...]] = {}
        for account in inventory.accounts:
            fact = inventory.snapshot.fact(iam_path(account))
            if fact.state is State.VALUE:
                self._read(account, fact.value, fact.path)

    def _read(self, account: str, value: Mapping[str, Json], where: str) -> None:
        by_name = {g.name: g.arn for g in self.inventory.iam[account].groups}
        for member in ("UserDetailList", "RoleDetailList", "GroupDetailList"):
            for row in objects(value, member, where):
                arn = str(row["Arn"])
                rows = objects(row, "AttachedManagedPolicies", where) if "AttachedManagedPolicies" in row else []
                policies = (str(one["PolicyArn"]) for one in rows)
                self.attached[arn] = frozenset(p for p in policies if account_of(p) == account)
                if member == "UserDetailList":
                    self.groups_of[arn] = frozenset(by_name[str(name)] for name in row.get("GroupList", []))
                for profile in objects(row, "InstanceProfileList", where) if "InstanceProfileList" in row else []:
                    self.profiles[str(profile.get("Arn"))] = arn

    def of_kind(self, kind: str, account: str) -> tuple[str, ...]:
        """The users, roles or groups of an account, or of all."""
        found = self._of_kind.get((kind, account))
        if found is None:
            iams = [iam for name, iam in self.inventory.iam.items() if account in ("", name)]
            rows = {"user": [i.users for i in iams], "role": [i.roles for i in iams], "group": [i.groups for i in iams]}
            found = self._of_kind[kind, account] = tuple(p.arn for row in rows[kind] for p in row)
        return found

    def holders(self, kind: str, account: str) -> Holders:
        """The things of a kind in an account."""
        found = self._holders.get((kind, account))
        if found is None:
            owner = self.inventory.accounts[account]
            found = self._holders[kind, account] = read_holders(self.inventory.snapshot, owner, kind, self.profiles)
        return found

    def policies_of(self, arn: str, joined: Iterable[str] = ()) -> frozenset[str]:
        """The customer managed policies by which somebody has permissions: its own and those of its groups."""
        groups = (*self.groups_of.get(arn, ()), *joined)
        return self.attached[arn].union(*(self.attached[g] for g in groups))


class Chains:
    """The nodes, steps and demands of one claim.

    `given` are users and roles that chains start from in the place of the claim's own starts; one of them may be the
    goal already.
    """

    def __init__(
        self,
        claim: Claim,
        path: Path,
        inventory: Inventory,
        estate: Estate | None = None,
        given: tuple[str, ...] | None = None,
    ) -> None:
        self.path = path
        self._given = given
        self.facts = claim.control.assume
        self.inventory = inventory
        self.estate = estate or Estate(inventory)
        self.target = claim.target
        self._values = claim.target.placeholders()
        self._where = f"control {claim.control.id}"
        self.steps = {step.id: step for step in path.steps}
        self.demands, self.of_step = _demands_of(path)
        self._changed: tuple[tuple[Node, tuple[Document, ...], bool], Inventory] | None = None

    # Where chains start and end.

    @cached_property
    def problem(self) -> str:
        """Why it is not known who the principals of the claim are."""
        if self.target.problem:
            return self.target.problem
        for entry in self._start:
            parts = entry.split(":", 5)
            if parts[0] == "arn" and (parts[2] == "sts" or parts[5] == "root"):
                return f"chains are followed from users and roles, and {entry} names neither"
        named = {"organization", "outside-organization"} & {*self.path.start, *self.path.not_start}
        return self.inventory.members_problem if named else ""

    @cached_property
    def unknown(self) -> str:
        """Why there may be principals that the snapshot does not have."""
        return next((iam.problem for iam in self.inventory.iam.values() if iam.problem), "")

    @cached_property
    def starts(self) -> tuple[Node, ...]:
        """The users and roles that chains start from, and the outside. A principal that is the goal is no start."""
        if self._given is not None:
            return tuple(map(Node, self._given))
        scope = make_scope(self._start, self._not_start, self.target, self.inventory)
        inside = [a for a in self.inventory.principals if scope.selects(a) and not self.is_goal(Node(a))]
        return (*[OUTSIDE] * self._may_start_outside, *map(Node, inside))

    @cached_property
    def _start(self) -> tuple[str, ...]:
        own = tuple(fill_text(t, self._values, self._where) for t in self.path.start) or ("target",)
        return own if self._given is None else self._given

    @cached_property
    def _not_start(self) -> tuple[str, ...]:
        return tuple(fill_text(t, self._values, self._where) for t in self.path.not_start)

    @property
    def _may_start_outside(self) -> bool:
        return not all(self._is_inside(entry) for entry in self._start)

    def _is_inside(self, entry: str) -> bool:
        """Whether the entry surely names users, roles and root of the snapshot only."""
        if entry in ("target", "snapshot"):
            return True
        if entry == "organization":
            return {*self.inventory.members} <= self.inventory.accounts.keys()
        parts = entry.split(":", 5)
        named = parts[4] if entry.startswith("arn:") and parts[2] == "iam" else entry
        return entry == "account" or named in self.inventory.accounts

    @cached_property
    def outside(self) -> Scope:
        """The principals outside the snapshot that chains start from."""
        return make_scope(self._start, (*self._not_start, *self.inventory.accounts), self.target, self.inventory)

    @cached_property
    def _goals(self) -> GlobSet:
        return glob_set(tuple(fill_text(t, self._values, self._where) for t in self.path.principal))

    def is_goal(self, node: Node) -> bool:
        """Whether a chain that reaches the node has reached its goal."""
        if node == GOAL:
            return True
        return node.raised if self.path.admin else node != OUTSIDE and node.arn in self._goals

    # Steps.

    def can_take(self, step: Step, node: Node) -> bool:
        """Whether the node is a caller of the kind that the step has."""
        if node == OUTSIDE:
            return step.across and not step.caller
        if node.raised and step.target in ("group", "self"):
            return False  # nothing is gained
        return step.caller in ("", self.inventory.principals[node.arn].kind)

    def targets(self, step: Step, node: Node) -> tuple[str, ...]:
        """Whom the step may gain.

        Nobody changes a role that belongs to a service (IAM user guide, "Create a service-linked role"), and a
        user joins a group once.
        """
        if step.target == "self":
            return (node.arn,)
        found: Iterable[str] = self.universe(step.target, node, across=step.across)
        if step.target == "group":
            return tuple(g for g in found if g not in self.estate.groups_of[node.arn])
        if any(n.has_target and a.startswith("iam:") and a != "iam:PassRole" for n in step.needs for a in n.action):
            found = (t for t in found if not self.inventory.principals[t].path.startswith(SERVICE_LINKED_PATH))
        return tuple(t for t in found if t != node.arn or step.raises)

    def universe(self, kind: str, node: Node, *, across: bool) -> tuple[str, ...]:
        """Every target of a kind, of the caller's account or of all accounts."""
        return self.estate.of_kind(kind, "" if across or node == OUTSIDE else account_of(node.arn))

    def gained(self, step: Step, node: Node, target: str) -> Node:
        """What the step leads to."""
        if step.target == "group":
            return Node(node.arn, group=target)
        return Node(target, raised=step.raises)

    def successors(self, node: Node, refuted: Refuted, joined: Collection[str] = ()) -> Iterator[Node]:
        """The nodes that may follow one that is in these further groups, but for those that are refuted."""
        if node.group:
            return  # the user itself is asked with the groups that it has joined
        for step in self.steps.values():
            if self.can_take(step, node):
                for target in sorted(self.left(step, node, refuted, joined)):
                    yield self.gained(step, node, target)
        if self.path.request is not None and (node, self.goal_demand) not in refuted:
            yield GOAL

    def left(self, step: Step, node: Node, refuted: Refuted, joined: Collection[str] = ()) -> set[str]:
        """The targets that a node may gain by a step."""
        found: frozenset[str] | None = None
        for number in self.of_step[step.id]:
            over = refuted.get((self.asker(number, node), number))
            if over is not None:
                found = over if found is None else found & over
            if found is not None and not found:
                return set()
        every = self.targets(step, node)
        demands = [self.demands[n] for n in self.of_step[step.id] if self.demands[n].need.on in _MAY_BE_NOTHING]
        return {
            t
            for t in (every if found is None else found.intersection(every))
            if all(self.subjects(d, node, (t,), joined).patterns for d in demands)
        }

    def asker(self, number: int, node: Node) -> Node:
        """Whose request a demand is: that a service may assume a role does not depend on the caller."""
        return ANYBODY if self.demands[number].need.on == TRUST else node

    @property
    def goal_demand(self) -> int:
        """The number of the demand that the goal's request is allowed."""
        return len(self.demands) - 1

    # Questions.

    def subjects(self, demand: Demand, node: Node, targets: Collection[str], joined: Collection[str] = ()) -> GlobSet:
        """The resources that a demand is about, for these targets; also too many, on the wide side."""
        need, estate = demand.need, self.estate
        if need.on == "self":
            return GlobSet([node.arn])
        if need.on == "own-group":
            return GlobSet([*estate.groups_of[node.arn], *joined])
        if need.on == "own-policy":
            return GlobSet(estate.policies_of(node.arn, joined))
        if need.on == "target-policy":
            return GlobSet(p for t in targets for p in estate.policies_of(t))
        if need.on == "holder":
            return self._things(demand, targets)
        if need.on in ("target", TRUST):
            return GlobSet(targets)
        return _patterns(need.resource)

    def _things(self, demand: Demand, targets: Collection[str]) -> GlobSet:
        """The things that have the targets as roles, and all that there may be where they are not known."""
        found: list[str] = []
        for account in {account_of(t) for t in targets}:
            holders = self.estate.holders(demand.holder, account)
            if not holders.known:
                return _patterns(demand.need.resource)
            things = {thing for thing, role in holders.pairs if role in targets}
            found += [t for thing in things for t in (thing, f"{thing}:{STAR}")]
        return GlobSet(found)

    def refutable(
        self, node: Node, numbers: Sequence[int], but: Collection[str] = (), joined: Collection[str] = ()
    ) -> Derived:
        """The wide question whether a node may do what one demand asks for any target but these.

        With several demands: whether it may take any of their actions on anything.
        """
        demands = [self.demands[n] for n in numbers]
        if demands[0].need.on == GOAL_REQUEST:
            return self._ask(self.as_wide(node, joined), self._goal, self._scope(node), wide=True)
        if len(demands) > 1:
            request = _request(tuple(a for d in demands for a in d.need.action), None)
            return self._ask(self.as_wide(node, joined), request, self._scope(node), wide=True)
        demand = demands[0]
        every = self.universe(demand.target, node, across=demand.across) if demand.has_target else ()
        targets = [t for t in every if t not in but]
        request = _request(demand.need.action, self.subjects(demand, node, targets, joined), demand.need)
        if demand.need.on == TRUST:
            return self._ask(self.inventory, request, self._of_services(demand.services), wide=True)
        return self._ask(self.as_wide(node, joined), request, self._scope(node), wide=True)

    def provable(self, node: Node, demand: Demand, resources: GlobSet, services: tuple[str, ...] = ()) -> Derived:
        """The narrow question whether a node surely may do what a demand asks, on these resources."""
        request = _request(demand.need.action, resources, demand.need, surely=True)
        if demand.need.on == TRUST:
            return self._ask(self.inventory, request, self._of_services(services), wide=False)
        return self._ask(self.as_narrow(node), request, self._scope(node), wide=False)

    def goal_of(self, node: Node) -> Derived:
        """The narrow question whether a node surely may make the request that is the goal."""
        return self._ask(self.as_narrow(node), self._goal, self._scope(node), wide=False)

    @cached_property
    def _goal(self) -> BoundRequest:
        if self.path.request is None:
            raise Unreadable(f"{self._where}: the goal is no request")
        return bind(self.path.request, self._values, self._where)

    def _ask(self, inventory: Inventory, request: BoundRequest, scope: Scope, *, wide: bool) -> Derived:
        return question_about(inventory, request, scope, wide=wide, facts=self.facts)

    def _scope(self, node: Node) -> Scope:
        return self.outside if node == OUTSIDE else fixed_scope(node.arn)

    def _of_services(self, services: tuple[str, ...]) -> Scope:
        return make_scope(tuple(f"service:{s}" for s in services), (), self.target, self.inventory)

    def as_wide(self, node: Node, joined: Collection[str]) -> Inventory:
        """The snapshot in which the node has every permission that it may have."""
        if node.raised:
            return self._with(node, (EVERYTHING,), bounded=False)
        documents = [_allowing(d) for g in sorted(joined) for d in self.estate.groups[g].documents]
        if not documents:
            return self.inventory
        return self._with(node, (*self.inventory.principals[node.arn].documents, *documents), bounded=True)

    def as_narrow(self, node: Node) -> Inventory:
        """The snapshot in which the node has the permissions that it surely has."""
        if node == OUTSIDE or not (node.raised or node.group):
            return self.inventory
        more = (EVERYTHING,) if node.raised else self.estate.groups[node.group].documents
        return self._with(node, (*self.inventory.principals[node.arn].documents, *more), bounded=True)

    def _with(self, node: Node, documents: tuple[Document, ...], *, bounded: bool) -> Inventory:
        place = (node, documents, bounded)
        if self._changed is None or self._changed[0] != place:  # the last one is kept: it is asked many times
            principal = self.inventory.principals[node.arn]
            changed = replace(principal, documents=documents, boundary=principal.boundary if bounded else None)
            inventory = copy(self.inventory)
            inventory.__dict__["principals"] = {**self.inventory.principals, node.arn: changed}
            self._changed = place, inventory
        return self._changed[1]


def _demands_of(path: Path) -> tuple[tuple[Demand, ...], dict[str, tuple[int, ...]]]:
    """The distinct demands of the steps, in their order, the goal's last; and the numbers of those of each step."""
    numbers: dict[Demand, int] = {}
    of_step: dict[str, tuple[int, ...]] = {}
    for step in path.steps:
        demands = [
            Demand(need, step.target, step.across, step.holder if need.on == "holder" else "")
            if need.has_target
            else Demand(need)
            for need in step.needs
        ]
        if step.services:
            demands.append(Demand(Need(("sts:AssumeRole",), TRUST), "role", across=True, services=step.services))
        of_step[step.id] = tuple(numbers.setdefault(d, len(numbers)) for d in demands)
    numbers.setdefault(Demand(Need((), GOAL_REQUEST)), len(numbers))
    return tuple(numbers), of_step


@lru_cache(maxsize=1 << 10)
def _patterns(texts: tuple[str, ...]) -> GlobSet:
    return resource_set(texts, "a step")


def _request(
    actions: tuple[str, ...], resources: GlobSet | None, need: Need | None = None, *, surely: bool = False
) -> BoundRequest:
    rows = () if need is None else (*need.condition, *(need.surely if surely else ()))
    conditions = parse_condition_block(block_of(rows), variables=False)
    return BoundRequest((), (), action_set(actions), None, resources, None, conditions)


@lru_cache(maxsize=1 << 10)
def _allowing(document: Document) -> Document:
    """The document without what it denies."""
    return replace(document, statements=tuple(s for s in document.statements if s.effect != "Deny"))
