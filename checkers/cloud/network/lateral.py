"""Claims about chains of hosts: what a certificate makes of them.

A set of hosts proves that the goal is out of reach: what the sources and its hosts send gets to no other host by the
packets of a hop, and neither to the goal; where roles are to reach the goal, no chain of steps leads from those of its
hosts there. A chain of packets, each from a host that the one before got to, proves that the goal is in reach.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from checkers.cloud.chains import Chains
from checkers.cloud.claims import Claim, Derived, Outcome
from checkers.cloud.inventory import Inventory
from checkers.cloud.network.flows import PACKET, FlowQuestion, Walk, check_boxes, walk_packet
from checkers.cloud.network.header import DESTINATION, SERVICE, box
from checkers.cloud.network.hosts import Hosts, hosts_of
from checkers.cloud.network.selection import Selection, select
from checkers.cloud.paths import Hop as ChainHop
from checkers.cloud.paths import check_chains, of_many, walk_chain
from checkers.kernel.flow import RULE as FLOW
from checkers.kernel.flow import Graph, Place
from checkers.kernel.intervals import NOTHING, IntervalSet, join
from checkers.strict_json import Json
from checkers.verdict import Declined, Rejected

LATERAL, HOPS = "lateral/1", "hops/1"


class Movement:
    """One side of a claim about chains of hosts: on the wide side no chain proves, on the narrow side a chain proves.

    `held` are the hosts from which chains start; packets also start at the other ends that `from` selects.
    """

    def __init__(self, claim: Claim, inventory: Inventory, *, wide: bool, hosts: Hosts | None = None) -> None:
        if claim.control.lateral is None:
            raise Declined("the claim is not about chains of hosts")
        self.claim = claim
        self.lateral = claim.control.lateral
        self.inventory = inventory
        self.network = inventory.network
        self.export = inventory.network.side(wide=wide)
        self.hosts = hosts or hosts_of(inventory)
        self.wide = wide

    @cached_property
    def graph(self) -> Graph:
        """The graph of this side."""
        return self.network.graph(wide=self.wide)

    @cached_property
    def start(self) -> Selection:
        """What the claim says chains start from."""
        start = self.lateral.start
        return select(start.source, start.not_source, self.claim.target, self.export, wide=self.wide)

    @cached_property
    def _wanted(self) -> Selection | None:
        goal = self.lateral.goal
        if goal is None:
            return None
        return select(goal.target, goal.not_target, self.claim.target, self.export, wide=self.wide)

    @cached_property
    def problem(self) -> str:
        """Why it is not known what the claim is about, or which hosts there are; empty where it is."""
        if self.claim.target.problem:
            return self.claim.target.problem
        wanted = self._wanted.problem if self._wanted else ""
        return self.start.problem or wanted or (self.hosts.every.problem if self.wide else "")

    @cached_property
    def candidates(self) -> frozenset[str]:
        """The interfaces that are hosts; on the wide side also VPCs with interfaces that the export does not show."""
        return self.hosts.may_be(wide=self.wide)

    @cached_property
    def held(self) -> frozenset[str]:
        """The hosts that chains start from."""
        return self.hosts.whole(self.candidates.intersection({*self.start.interfaces, *self.start.hidden}))

    @cached_property
    def sources(self) -> tuple[Place, ...]:
        """Where packets of the claim's own sources start."""
        return tuple(self._senders(self.start))

    @cached_property
    def goals(self) -> tuple[Place, ...]:
        """Where packets of the goal arrive, none where the goal is no flow."""
        goal, wanted = self.lateral.goal, self._wanted
        if goal is None or wanted is None:
            return ()
        beyond = self.network.receivers_beyond(wanted, goal.services) if self.wide else []
        return (*self._receivers(wanted, goal.services), *beyond)

    def sent_by(self, hosts: Iterable[str]) -> list[Place]:
        """Where packets of these hosts start."""
        return self._senders(self._selection(hosts))

    def _senders(self, chosen: Selection) -> list[Place]:
        return self.network.senders(chosen, wide=self.wide) + self.network.hidden_senders(chosen.hidden)

    def taken_by(self, hosts: Iterable[str]) -> list[Place]:
        """Where packets of a hop arrive that take one of these hosts.

        What comes to an interface that forwards may be for an address that the export does not tell of; what surely
        takes it is for one of its own.
        """
        found = self._receivers(self._selection(hosts), self.lateral.hop.services)
        return found if self.wide else [self._to_its_own(place) for place in found]

    def _to_its_own(self, place: Place) -> Place:
        location, headers = place
        one = self.export.interfaces.get(location.removesuffix("/in"))
        own = one.addresses if one is not None else headers[DESTINATION]
        return location, box(destination=own, service=headers[SERVICE])

    def _receivers(self, chosen: Selection, services: IntervalSet) -> list[Place]:
        whole = replace(chosen, interfaces=self._by_subnet(chosen.interfaces))
        return self.network.receivers(whole, services) + self.network.hidden_receivers(chosen.hidden, services)

    def _by_subnet(self, chosen: Mapping[str, IntervalSet]) -> dict[str, IntervalSet]:
        """The addresses of the interfaces; of a class that is there as a whole those of its subnet, in fewer blocks.

        Nothing but packets to its addresses gets to such a class. An interface that is a class by itself is left alone.
        """
        found = dict(chosen)
        for name in {self.network.class_of(one) for one in chosen}:
            of_class = self.network.build(wide=True).classes[name]
            ids = [one.id for one in of_class.interfaces]
            if name not in chosen and all(chosen.get(one.id) == one.addresses for one in of_class.interfaces):
                for one in ids[1:]:
                    del found[one]
                found[ids[0]] = join(self.export.subnets[of_class.subnet].blocks, of_class.addresses)
        return found

    def _shown(self, hosts: Iterable[str]) -> frozenset[str]:
        return frozenset(hosts) & self.export.interfaces.keys()

    def _selection(self, hosts: Iterable[str]) -> Selection:
        chosen = frozenset(hosts)
        shown = {i: self.export.interfaces[i].addresses for i in sorted(self._shown(chosen))}
        return Selection(shown, NOTHING, NOTHING, frozenset(), hidden=chosen - shown.keys())

    def question(self, sources: Iterable[Place], goals: Iterable[Place]) -> FlowQuestion:
        """Whether packets get from some places to others."""
        return FlowQuestion(self.graph, tuple(sources), tuple(goals))

    def chains(self, interfaces: Iterable[str]) -> Chains:
        """The chains of steps from the roles of these hosts."""
        if self.lateral.path is None:
            raise Rejected("the goal is a flow, which no role reaches")
        roles = self.hosts.roles(interfaces, wide=self.wide)
        return Chains(self.claim, self.lateral.path, self.inventory, self.hosts.estate, roles)


def check_lateral(claim: Claim, certificate: Mapping[str, Json], inventory: Inventory) -> tuple[Outcome, Derived]:
    """The outcome that the certificate of a claim about chains of hosts proves. Raises `Rejected` or `Declined`."""
    rule = certificate.get("rule")
    if rule not in (LATERAL, HOPS):
        raise Declined(f"rule {rule!r}; this checker knows {LATERAL} and {HOPS} for chains of hosts")
    movement = Movement(claim, inventory, wide=rule == LATERAL)
    if movement.problem:
        raise Rejected(f"it is not known what the claim is about: {movement.problem}")
    if rule == LATERAL:
        return Outcome.HOLDS, _check_closed(movement, certificate)
    return Outcome.VIOLATED, _Hops(movement, certificate).check()


# Closed sets of hosts.


def _check_closed(movement: Movement, data: Mapping[str, Json]) -> Derived:
    """`{"rule", "hosts": [ID], "closed": {"sets", "boxes"}, "goal": {"sets", "boxes"} | "chain": {...}}`.

    held ⊆ H     H has whole instances     no packet of a hop gets from the sources or H to a host outside H
    no packet of the goal gets from the sources or H there, or: no chain of steps leads from the roles of H there
    -------------------------------------------------------------------------------------------------  lateral/1
    no chain of hosts leads to the goal
    """
    last = "chain" if movement.lateral.goal is None else "goal"
    if data.keys() != {"rule", "hosts", "closed", last}:
        raise Rejected(f"a closed set of hosts has exactly the members rule, hosts, closed and {last}")
    inside = _hosts(data["hosts"], movement)
    missing = sorted(movement.held - inside)
    if missing:
        raise Rejected(f"the closed set lacks the host {missing[0]}, from which chains start")
    apart = sorted(movement.hosts.whole(inside) - inside)
    if apart:
        raise Rejected(f"the closed set lacks {apart[0]}, whose instance it has by another interface")
    sources = [*movement.sources, *movement.sent_by(inside)]
    others = movement.taken_by(movement.candidates - inside)
    check_boxes(movement.question(sources, others), _boxes(data["closed"], "closed"))
    if last == "goal":
        check_boxes(movement.question(sources, movement.goals), _boxes(data["goal"], "goal"))
        return of_many(())
    return _check_roles(movement, inside, data["chain"])


def _check_roles(movement: Movement, inside: frozenset[str], chain: Json) -> Derived:
    """Check that no chain of steps leads from the roles of the hosts to the goal."""
    foreign = movement.hosts.foreign(sorted(inside))
    if foreign:
        raise Rejected(foreign)
    outcome, derived = check_chains(movement.chains(inside), _object(chain, "chain"))
    if outcome is not Outcome.HOLDS:
        raise Rejected("the chain of a closed set of hosts is a path, not a closed set")
    return derived


def _hosts(value: Json, movement: Movement) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise Rejected("hosts is not a list of texts")
    if value != sorted(set(value)):
        raise Rejected("hosts are not in order, or one is there twice")
    for one in value:
        if one not in movement.candidates:
            raise Rejected(f"hosts has {one!a:.200}, which is no host of the snapshot")
    return frozenset(value)


def _boxes(value: Json, name: str) -> Mapping[str, Json]:
    found = _object(value, name)
    if found.keys() != {"sets", "boxes"}:
        raise Rejected(f"{name} has not exactly the members sets and boxes")
    return {"rule": FLOW, **found}


def _object(value: Json, name: str) -> Mapping[str, Json]:
    if not isinstance(value, dict):
        raise Rejected(f"{name} is not an object")
    return value


# Chains of hosts.


@dataclass(frozen=True, slots=True)
class HostHop:
    """A host that is taken, and the packet that gets there; none for a host that the chain starts from."""

    host: str
    packet: Walk | None


@dataclass(frozen=True, slots=True)
class Taken:
    """A chain of hosts, and what it ends with: a packet to the goal, or steps from the role of the last host."""

    hops: tuple[HostHop, ...]
    packet: Walk | None
    role: str = ""
    steps: tuple[ChainHop, ...] = ()


class _Hops:
    """`{"rule", "hops": [{"host": ID, "packet"?: [HOP]}], "goal": [HOP] | "chain": {...}}`.

    A packet starts at an interface of the instance of the host before; the first one at a source of the claim. Only
    the first host may have none: it is one that the claim starts from.
    """

    def __init__(self, movement: Movement, data: Mapping[str, Json]) -> None:
        self.movement = movement
        self.last = "chain" if movement.lateral.goal is None else "goal"
        if data.keys() != {"rule", "hops", self.last}:
            raise Rejected(f"a chain of hosts has exactly the members rule, hops and {self.last}")
        self.data = data

    def check(self) -> Derived:
        """What the chain rests on; raises unless it is one."""
        hops = self.hops()
        if self.last == "goal":
            self.packet(hops)
            return of_many(())
        outcome, derived = check_chains(self.roles(hops), _object(self.data["chain"], "chain"))
        if outcome is not Outcome.VIOLATED:
            raise Rejected("the chain at the end of a chain of hosts is a closed set, not a path")
        return derived

    def hops(self) -> tuple[HostHop, ...]:
        """The hosts of the chain, each taken by a packet."""
        rows = self.data["hops"]
        if not isinstance(rows, list):
            raise Rejected("hops is not a list")
        found: list[HostHop] = []
        for row in rows:
            found.append(self._hop(row, found))
        return tuple(found)

    def _hop(self, row: Json, before: Sequence[HostHop]) -> HostHop:
        if not isinstance(row, dict) or not {"host"} <= row.keys() <= {"host", "packet"}:
            raise Rejected("a hop of a chain of hosts is an object of host and packet")
        host = row["host"]
        if not isinstance(host, str) or host not in self.movement.candidates:
            raise Rejected(f"{host!a:.200} is no host of the snapshot")
        if any(one.host == host for one in before):
            raise Rejected(f"the chain takes {host} twice")
        if "packet" in row:
            return HostHop(host, self._walk(before, self.movement.taken_by([host]), row["packet"]))
        if before or host not in self.movement.held:
            raise Rejected(f"no packet gets to {host}, from which no chain starts")
        return HostHop(host, None)

    def _walk(self, before: Sequence[HostHop], goals: Iterable[Place], packet: Json) -> Walk:
        """The packet from the last host, or from the sources, to some places."""
        sources = self.movement.sources
        if before:
            sources = tuple(self.movement.sent_by(self.movement.hosts.whole([before[-1].host])))
        return walk_packet(self.movement.question(sources, goals), {"rule": PACKET, "hops": packet})

    def packet(self, hops: Sequence[HostHop]) -> Walk:
        """The packet that gets to the goal."""
        return self._walk(hops, self.movement.goals, self.data["goal"])

    def roles(self, hops: Sequence[HostHop]) -> Chains:
        """The chains of steps from the role of the last host."""
        if not hops:
            raise Rejected("a chain of roles starts from a host")
        return self.movement.chains([hops[-1].host])

    def taken(self) -> Taken:
        """The whole chain."""
        hops = self.hops()
        if self.last == "goal":
            return Taken(hops, self.packet(hops))
        chains = self.roles(hops)
        steps = walk_chain(chains, _object(self.data["chain"], "chain"))
        return Taken(hops, None, "".join(node.arn for node in chains.starts), steps)


def taken_of(claim: Claim, certificate: Mapping[str, Json], inventory: Inventory) -> Taken:
    """The chain of hosts that proves a claim violated. Raises `Rejected` where it proves nothing."""
    return _Hops(Movement(claim, inventory, wide=False), certificate).taken()
