"""The search for chains: a path that surely leads to the goal, or a closed set that surely does not have it.

Breadth first. What a node may do is decided once: first all that its steps ask at once, on anything; then, for
what is left, which targets it may gain. A model is tried with every other target, so that most targets
need no question of their own. Untrusted.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from auditctl.search.reasons import open_reasons
from auditctl.search.solve import Model, Refutation, solve
from auditctl.search.witness import confirms, improve, request_of, to_json
from checkers.cloud.chains import ANYBODY, GOAL, OUTSIDE, TRUST, Chains, Demand, Node
from checkers.cloud.claims import Claim, Derived
from checkers.cloud.control import Request
from checkers.cloud.inventory import Inventory
from checkers.cloud.paths import PATH, chains_of
from checkers.cloud.request import ConcreteRequest
from checkers.cloud.steps import Step
from checkers.cloud.vocabulary import ACTION, RESOURCE, account_of
from checkers.kernel.closure import RULE as CLOSURE
from checkers.kernel.globs import GlobSet, is_literal, show

MAX_ROUNDS = 30  # questions about the targets of one demand; what is left then may be gained
MAX_THINGS = 5  # things with one role that are tried
_PASSED = "iam:passedtoservice"


def search_path(
    claim: Claim, inventory: Inventory, advance: Callable[[], None] = lambda: None
) -> Mapping[str, Any] | tuple[str, ...]:
    """A certificate for a claim about chains, or the reasons why there is none.

    `advance` is called for each principal that is looked at.
    """
    chains = chains_of(claim, inventory)
    if chains.problem:
        return (chains.problem,)
    return search_chains(claim, chains, advance)


def search_chains(
    claim: Claim, chains: Chains, advance: Callable[[], None] = lambda: None
) -> Mapping[str, Any] | tuple[str, ...]:
    """The same for chains, whatever they start from."""
    return _Search(claim, chains, advance).run()


def sure_chain(claim: Claim, chains: Chains) -> Mapping[str, Any] | None:
    """A shortest chain of steps that surely are possible, as its certificate; None where none was found."""
    goal = next((n for n in chains.starts if chains.is_goal(n)), None)
    if goal is not None:
        return {"rule": PATH, "start": goal.arn, "hops": []}
    return _Search(claim, chains, lambda: None).sure_path()


@dataclass(slots=True)
class _Known:
    """What is known of one principal in one state: what it may do of nothing, and the targets of each demand."""

    nothing: frozenset[int] = frozenset()
    row: Mapping[str, Any] | None = None  # that says so
    refuted: dict[int, set[str]] = field(default_factory=dict)
    left: dict[int, set[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Edge:
    before: Node
    step: Step | None
    target: str
    after: Node


_NO_TARGET = frozenset([""])  # what a demand without a target is decided for


class _Search:
    def __init__(self, claim: Claim, chains: Chains, advance: Callable[[], None]) -> None:
        self.claim = claim
        self.chains = chains
        self.advance = advance
        self.known: dict[tuple[Node, frozenset[str]], _Known] = {}
        self.assumed: dict[tuple[str, str], ConcreteRequest | None] = {}

    def run(self) -> Mapping[str, Any] | tuple[str, ...]:
        found = self.sure_path()
        if found is not None:
            return found
        parents, joined = self._reach()
        goal = next((n for n in parents if self.chains.is_goal(n)), None)
        if goal is not None:
            return self._reasons(_chain_to(goal, parents))
        if self.chains.unknown:
            return (self.chains.unknown,)
        return self._closure(list(parents), joined)

    # What may be.

    def _reach(self) -> tuple[dict[Node, _Edge | None], dict[str, frozenset[str]]]:
        """Every node that may be reached, each with the step that first reached it, and the groups that are joined."""
        parents: dict[Node, _Edge | None] = dict.fromkeys(self.chains.starts)
        joined: dict[str, frozenset[str]] = {}
        queue = deque(parents)
        while queue:
            node = queue.popleft()
            if self.chains.is_goal(node):
                continue
            groups = _NOBODY if node.raised else joined.get(node.arn, _NOBODY)
            for edge in self._edges(node, groups, parents):
                parents[edge.after] = edge
                if edge.after.group:
                    joined[node.arn] = joined.get(node.arn, _NOBODY) | {edge.after.group}
                    queue.append(node)  # it may do more now
                else:
                    queue.append(edge.after)
        return parents, joined

    def _edges(self, node: Node, joined: frozenset[str], inside: Collection[Node]) -> list[_Edge]:
        """The steps out of a set of nodes that a node may take, those to the goal first."""
        edges: dict[Node, _Edge] = {}
        for step in self.chains.steps.values():
            for target in self._left(node, joined, step, inside):
                after = self.chains.gained(step, node, target)
                edges.setdefault(after, _Edge(node, step, target, after))
        if self.chains.path.request is not None and GOAL not in inside:
            self._decide(node, joined, self.chains.goal_demand, _NO_TARGET)
            if not self._known(node, joined).refuted.get(self.chains.goal_demand):
                edges[GOAL] = _Edge(node, None, "", GOAL)
        return sorted(edges.values(), key=lambda e: not self.chains.is_goal(e.after))

    def _left(self, node: Node, joined: frozenset[str], step: Step, inside: Collection[Node]) -> list[str]:
        """The targets outside the set that a node may gain by a step."""
        if not self.chains.can_take(step, node):
            return []
        known = self._known(node, joined)
        numbers = self.chains.of_step[step.id]
        if not known.nothing.isdisjoint(numbers):
            return []
        left = {t for t in self.chains.left(step, node, {}, joined) if self.chains.gained(step, node, t) not in inside}
        for number in sorted(numbers, key=self._cost):
            if not left:
                return []
            left -= self._refuted(node, joined, number, left)
        return sorted(left)

    def _cost(self, number: int) -> int:
        """Demands that are decided for the least are decided first."""
        demand = self.chains.demands[number]
        return 2 if demand.need.on == TRUST else int(demand.has_target)

    def _refuted(self, node: Node, joined: frozenset[str], number: int, targets: set[str]) -> set[str]:
        """Those of the targets for which a demand cannot be met."""
        if self.chains.asker(number, node) != node:
            node, joined = ANYBODY, _NOBODY
        if self.chains.demands[number].has_target:
            self._decide(node, joined, number, targets)
            return targets & self._known(node, joined).refuted[number]
        self._decide(node, joined, number, _NO_TARGET)
        return targets if self._known(node, joined).refuted[number] else set()

    def _known(self, node: Node, joined: frozenset[str]) -> _Known:
        found = self.known.get((node, joined))
        if found is None:
            found = self.known[node, joined] = _Known()
            if node != ANYBODY:
                self.advance()
                self._refute_at_once(node, joined, found)
        return found

    def _refute_at_once(self, node: Node, joined: frozenset[str], known: _Known) -> None:
        """Refute what many steps ask, on any resource: most principals may do nothing of it."""
        steps = [s for s in self.chains.steps.values() if self.chains.can_take(s, node)]
        numbers = {n for step in steps for n in self.chains.of_step[step.id] if self._is_joint(n)}
        while len(numbers) > 1:
            chosen = sorted(numbers)
            derived = self.chains.refutable(node, chosen, (), joined)
            answer = solve(derived.question)
            if isinstance(answer, Refutation):
                known.nothing, known.row = frozenset(chosen), _row(node, chosen, answer)
                return
            allowed: set[int] = set()
            if isinstance(answer, Model):
                allowed = {n for n in chosen if _takes_action(derived, answer, self.chains.demands[n])}
            numbers -= allowed or set(chosen)

    def _is_joint(self, number: int) -> bool:
        """Whether a demand is decided together with others: not where every role's trust policy would count."""
        need = self.chains.demands[number].need
        return need.on != TRUST and not any(a.startswith("sts:") for a in need.action)

    def _decide(self, node: Node, joined: frozenset[str], number: int, targets: Collection[str]) -> None:
        """Find out for which of the targets a demand may be met."""
        known = self._known(node, joined)
        refuted, left = known.refuted.setdefault(number, set()), known.left.setdefault(number, set())
        demand = self.chains.demands[number]
        for _ in range(MAX_ROUNDS):
            asked = {*targets} - refuted - left
            if not asked:
                return
            derived = self.chains.refutable(node, (number,), self._others(node, demand, asked), joined)
            answer = solve(derived.question)
            if isinstance(answer, Refutation):
                refuted |= asked
                return
            taken = self._taken(derived, answer, demand, node, asked) if isinstance(answer, Model) else asked
            left |= taken or asked
        left |= {*targets} - refuted

    def _others(self, node: Node, demand: Demand, asked: Collection[str]) -> frozenset[str]:
        """The targets that a question leaves out."""
        if not demand.has_target:
            return _NOBODY
        return frozenset(self.chains.universe(demand.target, node, across=demand.across)).difference(asked)

    def _taken(self, derived: Derived, model: Model, demand: Demand, node: Node, asked: Collection[str]) -> set[str]:
        """The targets for which a model, changed in nothing but its resource, is one as well."""
        if not demand.has_target:
            return {*asked}
        given = [str(w) for w in model.values.get(RESOURCE.name, ())]
        found = set()
        for target in asked:
            subjects = self.chains.subjects(demand, node, (target,))
            words = [p for p in subjects.patterns if is_literal(p)]
            if any(w in subjects for w in given) or any(
                derived.question.holds_for({**model.values, RESOURCE.name: (w,)}) for w in words[:1]
            ):
                found.add(target)
        return found

    # What surely is.

    def sure_path(self) -> Mapping[str, Any] | None:
        """A shortest chain of steps that surely are possible, as its certificate."""
        reached: dict[Node, tuple[Node, Mapping[str, Any]] | None] = dict.fromkeys(self.chains.starts)
        queue = deque(reached)
        while queue:
            node = queue.popleft()
            base = Node(node.arn, node.raised)
            for edge in self._edges(base, frozenset([node.group] if node.group else []), reached):
                row = self._prove(node, edge)
                if row is None:
                    continue
                reached[edge.after] = node, row
                if self.chains.is_goal(edge.after):
                    return _certificate(edge.after, reached)
                queue.append(edge.after)
        return None

    def _prove(self, node: Node, edge: _Edge) -> Mapping[str, Any] | None:
        """The line of a certificate for a step that surely is possible, None where it may not be."""
        if edge.step is None:
            return self._prove_goal(node)
        if edge.step.profile and edge.target not in self.chains.estate.profiles.values():
            return None
        for service in edge.step.services or ("",):
            assumed = self._assumed(edge, service) if service else None
            if service and assumed is None:
                continue
            for thing in self._things(edge):
                requests = self._requests(node, edge, edge.step, thing, service)
                if requests:
                    given = {"holder": thing, "service": service}
                    return {
                        "step": edge.step.id,
                        "to": edge.target,
                        **{name: text for name, text in given.items() if text},
                        "requests": [to_json(r) for r in (*requests, *([assumed] if assumed else []))],
                    }
        return None

    def _prove_goal(self, node: Node) -> Mapping[str, Any] | None:
        asked = self.chains.path.request
        request = None if asked is None else self._request(self.chains.goal_of(node), asked)
        return None if request is None else {"request": to_json(request)}

    def _things(self, edge: _Edge) -> list[str]:
        """The things by which a step gains its target; one empty text where it needs none."""
        if edge.step is None or not edge.step.holder:
            return [""]
        pairs = self.chains.estate.holders(edge.step.holder, account_of(edge.target)).pairs
        return [thing for thing, role in pairs if role == edge.target][:MAX_THINGS]

    def _assumed(self, edge: _Edge, service: str) -> ConcreteRequest | None:
        """The request by which a service assumes a role."""
        key = edge.target, service
        if key not in self.assumed:
            demand = next(d for d in self.chains.demands if d.need.on == TRUST and service in d.services)
            derived = self.chains.provable(ANYBODY, demand, GlobSet([edge.target]), (service,))
            self.assumed[key] = self._request(derived, _asking(demand.need.action, (edge.target,)))
        return self.assumed[key]

    def _requests(self, node: Node, edge: _Edge, step: Step, thing: str, service: str) -> tuple[ConcreteRequest, ...]:
        """A request for each need of a step, by one principal and about one thing; none where one is missing."""
        numbers = [n for n in self.chains.of_step[step.id] if self.chains.demands[n].need.on != TRUST]
        asked = [(self.chains.demands[n], self._subjects(self.chains.demands[n], node, edge, thing)) for n in numbers]
        firsts = []
        for demand, subjects in asked:
            first = self._met(node, demand, subjects, service)
            if first is None:
                return ()
            firsts.append(first)
        made = [r.resource for r, (d, _) in zip(firsts, asked, strict=True) if d.need.on == "made"]
        for resource in dict.fromkeys(made) if len(set(made)) > 1 else ():
            found = [
                self._met(node, d, GlobSet([resource]), service) if d.need.on == "made" and resource in on else r
                for r, (d, on) in zip(firsts, asked, strict=True)
            ]
            agreed = tuple(r for r in found if r is not None)
            if len(agreed) == len(found) and _is_one({
                r.resource for r, (d, _) in zip(agreed, asked, strict=True) if d.need.on == "made"
            }):
                return self._by_one(node, agreed, asked)
        return self._by_one(node, tuple(firsts), asked) if _is_one(set(made)) else ()

    def _by_one(
        self, node: Node, requests: tuple[ConcreteRequest, ...], asked: Sequence[tuple[Demand, GlobSet]]
    ) -> tuple[ConcreteRequest, ...]:
        """The requests, all by the principal that makes one of them; none where no such principal may."""
        for principal in dict.fromkeys(r.principal for r in requests):
            found = tuple(replace(r, principal=principal) for r in requests)
            if all(
                one == other or confirms(self.chains.provable(node, d, GlobSet([one.resource])), one)
                for one, other, (d, _) in zip(found, requests, asked, strict=True)
            ):
                return found
        return ()

    def _subjects(self, demand: Demand, node: Node, edge: _Edge, thing: str) -> GlobSet:
        if demand.need.on == "holder":
            return GlobSet([thing])
        return self.chains.subjects(demand, node, (edge.target,), [node.group] if node.group else ())

    def _met(self, node: Node, demand: Demand, subjects: GlobSet, service: str) -> ConcreteRequest | None:
        """A request that a node surely may make, to meet a demand."""
        derived = self.chains.provable(node, demand, subjects)
        request = self._request(derived, _asking(demand.need.action, tuple(map(show, subjects.patterns))))
        if request is None or not service or request.context.get(_PASSED, (service,)) == (service,):
            return request
        request = replace(request, context={**request.context, _PASSED: (service,)})
        return request if confirms(derived, request) else None

    def _request(self, derived: Derived, asked: Request) -> ConcreteRequest | None:
        """A request of a question, with familiar values."""
        answer = solve(derived.question)
        if not isinstance(answer, Model):
            return None
        request = request_of(answer.values, derived)
        if not confirms(derived, request):
            return None
        claim = replace(self.claim, control=replace(self.claim.control, request=asked))
        return improve(request, claim, derived)

    # What is said.

    def _closure(
        self, nodes: Sequence[Node], joined: Mapping[str, frozenset[str]]
    ) -> Mapping[str, Any] | tuple[str, ...]:
        """The certificate that the nodes are closed: for each, what keeps it from every step that leads out."""
        rows: list[Mapping[str, Any]] = []
        reached = frozenset(nodes)
        needed: dict[tuple[Node, frozenset[str], int], set[str]] = {}
        for node in nodes:
            if not node.group:
                groups = _NOBODY if node.raised else joined.get(node.arn, _NOBODY)
                known = self._known(node, groups)
                rows += [known.row] if known.row is not None else []
                for step in self.chains.steps.values():
                    self._need(node, groups, step, reached, needed)
                if self.chains.path.request is not None:
                    needed[node, groups, self.chains.goal_demand] = {*_NO_TARGET}
        inside = frozenset(n.arn for n in nodes if not n.raised and not n.group)
        for (node, groups, number), targets in needed.items():
            row = self._refutation(node, groups, number, targets, inside)
            if row is None:
                return (f"the search gave up on what {node} may do",)
            rows.append(row)
        return {
            "rule": CLOSURE,
            "nodes": sorted(inside),
            "raised": sorted(n.arn for n in nodes if n.raised),
            "joined": {arn: sorted(joined[arn]) for arn in sorted(joined)},
            "refutations": rows,
        }

    def _need(
        self,
        node: Node,
        joined: frozenset[str],
        step: Step,
        inside: Collection[Node],
        needed: dict[tuple[Node, frozenset[str], int], set[str]],
    ) -> None:
        """Note which demands must be refuted for which targets, so that a step does not lead out."""
        numbers = self.chains.of_step[step.id]
        if not self.chains.can_take(step, node) or not self._known(node, joined).nothing.isdisjoint(numbers):
            return
        left = {t for t in self.chains.left(step, node, {}, joined) if self.chains.gained(step, node, t) not in inside}
        for number in sorted(numbers, key=self._cost):
            if not left:
                return
            gone = self._refuted(node, joined, number, left)
            if gone:
                key = (node, joined) if self.chains.asker(number, node) == node else (ANYBODY, _NOBODY)
                has_target = self.chains.demands[number].has_target
                needed.setdefault((*key, number), set()).update(gone if has_target else _NO_TARGET)
                left -= gone

    def _refutation(
        self, node: Node, joined: frozenset[str], number: int, targets: set[str], inside: frozenset[str]
    ) -> Mapping[str, Any] | None:
        """The line that refutes a demand for these targets."""
        but = self._others(node, self.chains.demands[number], targets)
        answer = solve(self.chains.refutable(node, (number,), but, joined).question)
        if not isinstance(answer, Refutation):
            return None
        found = _row(node, (number,), answer)
        if targets.isdisjoint(inside) and not inside.isdisjoint(but):
            but, found = but - inside, {**found, "inside": True}
        return {**found, "but": sorted(but)} if but else found

    def _reasons(self, edges: Sequence[_Edge]) -> tuple[str, ...]:
        """Why it is open whether a chain that may be there is."""
        reasons: dict[str, None] = {}
        for edge in edges:
            if self._prove(edge.before, edge) is None:
                reasons.update(dict.fromkeys(self._open(edge)))
        return tuple(reasons) or ("a chain may be there, and none was found that surely is",)

    def _open(self, edge: _Edge) -> Iterator[str]:
        """Why a step may be possible and none surely is."""
        step, node = edge.step, edge.before
        if step is None:
            yield from self._open_side(
                self.chains.refutable(node, (self.chains.goal_demand,)), self.chains.goal_of(node)
            )
            yield f"it is open whether the request that is the goal is allowed to {node}"
            return
        things = self._things(edge)
        if not things:
            yield f"it is not known whether some {step.holder} has the role {edge.target} ({step.id})"
        for number in self.chains.of_step[step.id] if things else ():
            demand = self.chains.demands[number]
            asker = self.chains.asker(number, node)
            wide = self.chains.refutable(asker, (number,), self._others(asker, demand, (edge.target,)))
            subjects = self._subjects(demand, node, edge, things[0])
            yield from self._open_side(wide, self.chains.provable(asker, demand, subjects, demand.services))
        yield f"it is open whether {node} {step.title} ({step.id}: {edge.target})"

    def _open_side(self, wide: Derived, narrow: Derived) -> tuple[str, ...]:
        answer = solve(wide.question)
        if isinstance(answer, Refutation) or isinstance(solve(narrow.question), Model):
            return ()
        return open_reasons(answer, wide, narrow)


_NOBODY: frozenset[str] = frozenset()


def _row(node: Node, numbers: Sequence[int], answer: Refutation) -> dict[str, Any]:
    """A line of a closure."""
    found: dict[str, Any] = {"who": node.arn, "demands": list(numbers), "refutation": answer.data}
    return {**found, "raised": True} if node.raised else found


def _takes_action(derived: Derived, model: Model, demand: Demand) -> bool:
    """Whether the model is still one with an action of the demand."""
    return any(derived.question.holds_for({**model.values, ACTION.name: (a.lower(),)}) for a in demand.need.action)


def _asking(action: tuple[str, ...], resource: tuple[str, ...]) -> Request:
    """What familiar values are taken from."""
    resource = tuple(r.replace("arn:*:", "arn:aws:", 1) for r in resource)
    return Request((), (), action, (), resource, (), {}, all=False)


def _is_one(texts: Collection[str]) -> bool:
    return len(texts) <= 1


def _chain_to(node: Node, parents: Mapping[Node, _Edge | None]) -> list[_Edge]:
    edges: list[_Edge] = []
    while (edge := parents[node]) is not None:
        edges.append(edge)
        node = edge.before
    return edges[::-1]


def _certificate(node: Node, reached: Mapping[Node, tuple[Node, Mapping[str, Any]] | None]) -> Mapping[str, Any]:
    rows: list[Mapping[str, Any]] = []
    while (step := reached[node]) is not None:
        node, row = step
        rows.append(row)
    rows.reverse()
    first = rows[0].get("request") or rows[0]["requests"][0]
    start = first["principal"] if node == OUTSIDE else node.arn
    goal = rows.pop() if "request" in rows[-1] else {}
    return {"rule": PATH, "start": start, "hops": rows, **goal}
