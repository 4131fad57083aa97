"""Claims about chains: what a certificate makes of them, and the claim in words.

A closed set of nodes proves that the goal is out of reach: every step that leads out of the set is refuted.
A path proves that it is in reach: each of its steps comes with the requests that it needs, one by one.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from checkers.cloud.chains import ANYBODY, GOAL, GOAL_REQUEST, OUTSIDE, TRUST, Chains, Demand, Node
from checkers.cloud.claims import Claim, Derived, Outcome
from checkers.cloud.control import fill_text
from checkers.cloud.inventory import Inventory
from checkers.cloud.request import ConcreteRequest, assignment_of, parse_request
from checkers.cloud.steps import Step
from checkers.cloud.vocabulary import account_of
from checkers.kernel.clauses import Question
from checkers.kernel.closure import RULE as CLOSURE
from checkers.kernel.closure import check_closed
from checkers.kernel.formula import TRUE, Formula
from checkers.kernel.globs import GlobSet
from checkers.kernel.refutation import check_refutation
from checkers.kernel.witness import check_witness
from checkers.strict_json import Json
from checkers.verdict import Declined, Rejected

PATH = "path/1"
_PASSED = "iam:passedtoservice"


def check_path(claim: Claim, certificate: Mapping[str, Json], inventory: Inventory) -> tuple[Outcome, Derived]:
    """The outcome that the certificate of a claim about chains proves. Raises `Rejected` or `Declined`.

    There are many questions; what is said of them all are the readings that are open in some of them.
    """
    return check_chains(chains_of(claim, inventory), certificate)


def check_chains(chains: Chains, certificate: Mapping[str, Json]) -> tuple[Outcome, Derived]:
    """The same for chains, whatever they start from."""
    rule = certificate.get("rule")
    if rule not in (CLOSURE, PATH):
        raise Declined(f"rule {rule!r}; this checker knows {CLOSURE} and {PATH} for chains")
    if chains.problem:
        raise Rejected(f"it is not known whom the claim is about: {chains.problem}")
    if rule == CLOSURE:
        return Outcome.HOLDS, of_many(_Closure(chains, certificate).check())
    return Outcome.VIOLATED, of_many(_Walk(chains, certificate).check())


def of_many(readings: tuple[str, ...]) -> Derived:
    """What is said of many questions at once: the readings that are open in some of them."""
    return Derived(Question(Formula(), TRUE), (), TRUE, (), readings, (), None)


def chains_of(claim: Claim, inventory: Inventory) -> Chains:
    """The chains that a claim speaks of."""
    if claim.control.path is None:
        raise Declined("the claim is not about chains")
    return Chains(claim, claim.control.path, inventory)


class _Closure:
    """`{"rule", "nodes": [ARN], "raised": [ARN], "joined": {USER: [GROUP]}, "refutations": [...]}`.

    A refutation is `{"who": ARN, "raised"?: true, "demands": [NUMBER], "but"?: [TARGET], "inside"?: true,
    "refutation": {...}}`: none of the demands can be met by `who`, for any target but these and, with `inside`, those
    in the set. `who` is "outside" for everybody outside, and "anybody" where services assume roles. With
    several demands, none of their actions is allowed on anything.
    """

    def __init__(self, chains: Chains, data: Mapping[str, Json]) -> None:
        if data.keys() != {"rule", "nodes", "raised", "joined", "refutations"}:
            raise Rejected("a closure has exactly the members rule, nodes, raised, joined and refutations")
        self.chains = chains
        self.data = data
        self.readings: set[str] = set()
        self.joined = self._joined(data["joined"])
        base = [Node(arn) for arn in self._principals(data["nodes"], "nodes", (OUTSIDE.arn,))]
        raised = [Node(arn, raised=True) for arn in self._principals(data["raised"], "raised", ())]
        within = [Node(arn, group=g) for arn, groups in self.joined.items() for g in groups]
        self.nodes = [*base, *raised, *within]
        self.inside = frozenset(self.nodes)
        self.bases = frozenset(node.arn for node in base)
        self.refuted: dict[tuple[Node, int], frozenset[str]] = {}

    def _principals(self, value: Json, name: str, more: tuple[str, ...]) -> list[str]:
        arns = _texts(value, name)
        for arn in arns:
            if arn not in more and arn not in self.chains.inventory.principals:
                raise Rejected(f"{name} has {arn!a:.200}, which is no user or role of the snapshot")
        if len(set(arns)) != len(arns):
            raise Rejected(f"{name} has a principal twice")
        return arns

    def _joined(self, value: Json) -> dict[str, tuple[str, ...]]:
        if not isinstance(value, dict):
            raise Rejected("joined is not an object")
        found = {arn: tuple(_texts(groups, "joined")) for arn, groups in value.items()}
        for arn in self._principals(list(found), "joined", ()):
            if not set(found[arn]) <= self.chains.estate.groups.keys():
                raise Rejected(f"joined has a group of {arn!a:.200} that the snapshot has not")
        return found

    def check(self) -> tuple[str, ...]:
        """The readings that are open in a closed set; raises unless it is one."""
        if self.chains.unknown:
            raise Rejected(f"there may be principals that the snapshot does not have: {self.chains.unknown}")
        rows = self.data["refutations"]
        if not isinstance(rows, list):
            raise Rejected("refutations is not a list")
        for row in rows:
            self._refute(row)
        check_closed(self.nodes, self.chains.starts, self.chains.is_goal, self._successors)
        return tuple(sorted(self.readings))

    def _successors(self, node: Node) -> list[Node]:
        return list(self.chains.successors(node, self.refuted, self.joined.get(node.arn, ())))

    def _refute(self, row: Json) -> None:
        """Check one refutation, and note which targets it leaves over."""
        if not isinstance(row, dict) or not _REFUTATION <= row.keys() <= {*_REFUTATION, "raised", "but", "inside"}:
            raise Rejected("a refutation of a closure is an object of who, raised, demands, but, inside and refutation")
        node, numbers = self._who(row), self._numbers(row["demands"])
        but = self._but(row)
        for number in numbers:
            self._check_asked(node, number, alone=len(numbers) == 1, but=but)
            self.refuted[node, number] = but
        joined = () if node.raised else self.joined.get(node.arn, ())
        derived = self.chains.refutable(node, numbers, but, joined)
        if not isinstance(row["refutation"], dict):
            raise Rejected("a refutation is not an object")
        check_refutation(derived.question, row["refutation"])
        self.readings.update(derived.readings)

    def _but(self, row: Mapping[str, Json]) -> frozenset[str]:
        but = frozenset(_texts(row.get("but", []), "but"))
        if row.get("inside", True) is not True:
            raise Rejected("inside is not true")
        return but | self.bases if "inside" in row else but

    def _who(self, row: Mapping[str, Json]) -> Node:
        if row.get("raised", True) is not True:
            raise Rejected("raised is not true")
        node = Node(str(row["who"]), raised="raised" in row)
        if node != ANYBODY and node not in self.inside:
            raise Rejected(f"a refutation is about {str(node)!a:.200}, which is not in the closed set")
        return node

    def _numbers(self, value: Json) -> list[int]:
        if not isinstance(value, list) or not value or not all(type(n) is int for n in value):
            raise Rejected("demands is not a list of numbers")
        if not all(0 <= n < len(self.chains.demands) for n in value) or len(set(value)) != len(value):
            raise Rejected("demands has a number twice, or one that no demand has")
        return value

    def _check_asked(self, node: Node, number: int, *, alone: bool, but: Collection[str]) -> None:
        demand = self.chains.demands[number]
        if self.chains.asker(number, node) != node or (node == ANYBODY and demand.need.on != TRUST):
            raise Rejected(f"demand {number} is not asked about {node}")
        if not alone and demand.need.on in (TRUST, GOAL_REQUEST):
            raise Rejected(f"demand {number} is refuted alone only")
        if but and not (alone and demand.has_target):
            raise Rejected("only the refutation of one demand that has a target leaves targets over")
        if (node, number) in self.refuted:
            raise Rejected(f"demand {number} is refuted twice for {node}")


_REFUTATION = {"who", "demands", "refutation"}


def _texts(value: Json, name: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise Rejected(f"{name} is not a list of texts")
    return value


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of a path: the requests that it needs, each with the question that it is a model of.

    There is no step where the goal is a request, and this is it.
    """

    step: Step | None
    before: Node
    after: Node
    requests: tuple[tuple[ConcreteRequest, Derived], ...]


class _Walk:
    """`{"rule", "start": PRINCIPAL, "hops": [...], "request"?: REQUEST}`.

    A hop is `{"step": ID, "to": TARGET, "requests": [REQUEST], "holder"?: ARN, "service"?: NAME}`, with a request for
    each need of the step, and at the end one by which the service assumes the target. `request` is the goal's.
    """

    def __init__(self, chains: Chains, data: Mapping[str, Json]) -> None:
        if not {"rule", "start", "hops"} <= data.keys() <= {"rule", "start", "hops", "request"}:
            raise Rejected("a path has exactly the members rule, start, hops and, where the goal is one, request")
        self.chains = chains
        self.data = data
        self.principal = _text(data["start"], "start")

    def hops(self) -> tuple[Hop, ...]:
        """The steps of the path, each checked; the goal's request, if it has one, counts as none."""
        rows = self.data["hops"]
        if not isinstance(rows, list):
            raise Rejected("hops is not a list")
        node = self.first()
        seen, found = {node}, []
        for row in rows:
            hop = self._hop(node, row)
            node = hop.after
            if node in seen:
                raise Rejected(f"the path comes to {node} twice")
            seen.add(node)
            found.append(hop)
        return tuple(found)

    def goal(self, node: Node) -> tuple[ConcreteRequest, Derived] | None:
        """The request that is the goal, None where a principal is."""
        if (self.chains.path.request is None) is ("request" in self.data):
            raise Rejected("a path has a request iff the goal is one")
        if self.chains.path.request is not None:
            return self._allowed(self.chains.goal_of(node), self.data["request"], node)
        if not self.chains.is_goal(node):
            raise Rejected(f"the path ends at {node}, which is not the goal")
        return None

    def check(self) -> tuple[str, ...]:
        """The readings that are open in the path; raises unless it is one."""
        hops = self.hops()
        last = self.goal(hops[-1].after if hops else self.first())
        asked = [derived for hop in hops for _, derived in hop.requests] + ([last[1]] if last else [])
        return tuple(sorted({reading for derived in asked for reading in derived.readings}))

    def first(self) -> Node:
        """The node that the path starts from."""
        if self.principal in self.chains.inventory.principals:
            node = Node(self.principal)
        elif self.chains.outside.selects(self.principal):
            node = OUTSIDE
        else:
            raise Rejected(f"{self.principal!a:.200} is no principal of the claim")
        if node not in self.chains.starts:
            raise Rejected(f"the path starts from {self.principal!a:.200}, from where the claim starts none")
        return node

    def _hop(self, node: Node, row: Json) -> Hop:
        if not isinstance(row, dict) or not _HOP <= row.keys() <= {*_HOP, "holder", "service"}:
            raise Rejected("a step of a path is an object of step, to, requests, holder and service")
        step = self.chains.steps.get(_text(row["step"], "step"))
        target = _text(row["to"], "to")
        if step is None or not self.chains.can_take(step, node) or target not in self.chains.targets(step, node):
            raise Rejected(f"{row['step']!a:.200} is no step from {node} to {target!a:.200}")
        holder, service = _text(row.get("holder", ""), "holder"), _text(row.get("service", ""), "service")
        self._check_given(step, target, holder, service)
        asked = self._asked(step, node, target, holder)
        requests = row["requests"]
        if not isinstance(requests, list) or len(requests) != len(asked) + bool(service):
            raise Rejected(f"step {step.id} does not come with one request for each thing that it needs")
        found = [self._made(node, demand, on, one) for (demand, on), one in zip(asked, requests, strict=False)]
        _check_agree(step, [request for request, _ in found], service)
        if service:
            found.append(self._assumed(step, target, service, requests[-1]))
        return Hop(step, node, self.chains.gained(step, node, target), tuple(found))

    def _check_given(self, step: Step, target: str, holder: str, service: str) -> None:
        if service not in (step.services or ("",)):
            raise Rejected(f"step {step.id} is not about the service {service!a:.200}")
        estate = self.chains.estate
        things = estate.holders(step.holder, account_of(target)).pairs if step.holder else (("", target),)
        if (holder, target) not in things:
            raise Rejected(f"the snapshot has no {step.holder} {holder!a:.200} with the role {target!a:.200}")
        if step.profile and target not in estate.profiles.values():
            raise Rejected(f"{target} has no instance profile")

    def _asked(self, step: Step, node: Node, target: str, holder: str) -> list[tuple[Demand, GlobSet]]:
        """The demands of the step but for the service's, and what each is about."""
        joined = (node.group,) if node.group else ()
        found = []
        for number in self.chains.of_step[step.id]:
            demand = self.chains.demands[number]
            if demand.need.on == "holder":
                found.append((demand, GlobSet([holder])))
            elif demand.need.on != TRUST:
                found.append((demand, self.chains.subjects(demand, node, (target,), joined)))
        return found

    def _made(self, node: Node, demand: Demand, on: GlobSet, value: Json) -> tuple[ConcreteRequest, Derived]:
        return self._allowed(self.chains.provable(node, demand, on), value, node)

    def _allowed(self, derived: Derived, value: Json, node: Node) -> tuple[ConcreteRequest, Derived]:
        """A request that the principal at hand makes, and that surely is allowed."""
        request = parse_request(value)
        principal = self.principal if node == OUTSIDE else node.arn
        if request.principal != principal:
            raise Rejected(f"a request is made by {request.principal!a:.200}, and the step by {principal}")
        check_witness(derived.question, assignment_of(request))
        return request, derived

    def _assumed(self, step: Step, target: str, service: str, value: Json) -> tuple[ConcreteRequest, Derived]:
        """The request by which the service assumes the target."""
        trusts = next(d for d in self.chains.demands if d.need.on == TRUST and d.services == step.services)
        derived = self.chains.provable(ANYBODY, trusts, GlobSet([target]), (service,))
        request = parse_request(value)
        check_witness(derived.question, assignment_of(request))
        return request, derived


_HOP = {"step", "to", "requests"}


def _text(value: Json, name: str) -> str:
    if not isinstance(value, str):
        raise Rejected(f"{name} is not text")
    return value


def _check_agree(step: Step, requests: Sequence[ConcreteRequest], service: str) -> None:
    """The requests of a step are about one thing that it makes, and pass the role to one service."""
    made = {r.resource for need, r in zip(step.needs, requests, strict=True) if need.on == "made"}
    if len(made) > 1:
        raise Rejected(f"the requests of step {step.id} are about different things: {', '.join(sorted(made))[:200]}")
    if any(r.context.get(_PASSED, (service,)) != (service,) for r in requests if service):
        raise Rejected(f"step {step.id} passes the role to another service than {service}")


def walk_of(claim: Claim, certificate: Mapping[str, Json], inventory: Inventory) -> tuple[Hop, ...]:
    """The steps of a path that proves a claim violated; its goal's request, where it has one, as the last.

    Raises `Rejected` where it proves nothing.
    """
    return walk_chain(chains_of(claim, inventory), certificate)


def walk_chain(chains: Chains, certificate: Mapping[str, Json]) -> tuple[Hop, ...]:
    """The same for chains, whatever they start from."""
    walk = _Walk(chains, certificate)
    hops = walk.hops()
    node = hops[-1].after if hops else walk.first()
    last = walk.goal(node)
    return hops if last is None else (*hops, Hop(None, node, GOAL, (last,)))


# Words.


def path_in_words(claim: Claim, who: str, what: str) -> str:
    """What a claim about chains says, as one sentence without its full stop.

    `who` are its starts in words, `what` the request that is its goal, if it has one.
    """
    path = claim.control.path
    if path is None:
        raise Declined("the claim is not about chains")
    values = claim.target.placeholders()
    if path.admin:
        goal = "a principal that can set its own permissions"
    elif path.request is None:
        goal = ", ".join(fill_text(p, values, "") for p in path.principal)
    else:
        goal = f"a principal that may make a request for {what}"
    return f"no chain of steps of {steps_in_words(path.steps)} leads from {who} to {goal}"


def steps_in_words(steps: Sequence[Step]) -> str:
    """How many kinds of steps there are, and which."""
    names = [step.id for step in steps]
    named = ", ".join(names) if len(names) <= _FEW else f"{names[0]} to {names[-1]}"
    return f"{'1 kind' if len(names) == 1 else f'{len(names)} kinds'} ({named}; {steps_digest(steps)})"


_FEW = 8


def steps_digest(steps: Sequence[Step]) -> str:
    """Sixteen hexadecimal digits that name the steps with all that they need, so that words can tell them apart."""
    return sha256(repr(steps).encode("utf-8", "surrogatepass")).hexdigest()[:16]
