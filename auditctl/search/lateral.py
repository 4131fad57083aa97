"""The search for certificates of claims about chains of hosts. Nothing here is trusted.

On the wide side the hosts grow until what they send gets to no other; if neither packets of theirs nor their roles get
to the goal, that is the certificate. Else a shortest chain of packets that surely arrive is looked for on the narrow
side, breadth first.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditctl.search.flows import Reached, arriving, beyond, closed, concrete, reachable, written
from auditctl.search.paths import search_chains, sure_chain
from checkers.cloud.claims import Claim
from checkers.cloud.inventory import Inventory
from checkers.cloud.network.flow_control import Flow
from checkers.cloud.network.lateral import HOPS, LATERAL, Movement
from checkers.cloud.network.selection import Selection
from checkers.kernel.closure import RULE as CLOSURE
from checkers.kernel.flow import Box, Place, Slice, arrived, has, meet

_Found = Mapping[str, Any] | tuple[str, ...]


def search_lateral(claim: Claim, inventory: Inventory) -> _Found:
    """A certificate, or the reasons why there is none."""
    wide = Movement(claim, inventory, wide=True)
    found: _Found = (wide.problem,)
    if not wide.problem:
        found = _closed(claim, wide)
        if not isinstance(found, tuple):
            return found
    narrow = Movement(claim, inventory, wide=False, hosts=wide.hosts)
    return _Chain(claim, narrow).find() or found or _open(claim, wide)


# What may be.


@dataclass(frozen=True, slots=True)
class _Closed:
    """A set of hosts that no packet of a hop leaves, and its boxes as a certificate has them."""

    start: Selection
    hop: Flow
    hosts: frozenset[str]
    boxes: Mapping[str, Any]


_LAST: list[_Closed] = []  # it is the same for all targets that the start does not depend on


def _closed_hosts(wide: Movement) -> _Closed:
    """The hosts that may be taken."""
    if _LAST and _LAST[0].start is wide.start and _LAST[0].hop is wide.lateral.hop:
        return _LAST[0]
    inside = wide.held
    while True:
        sources = [*wide.sources, *wide.sent_by(inside)]
        others = wide.candidates - inside
        goals = wide.taken_by(others)
        relevant = Slice(wide.graph, goals)
        boxes = reachable(wide.graph, sources, relevant)
        taken = _taken(wide, others, arrived(goals, boxes))
        if not taken:
            _LAST[:] = [_Closed(wide.start, wide.lateral.hop, inside, _written(beyond(boxes, sources, relevant)))]
            return _LAST[0]
        inside = wide.hosts.whole(inside | taken)


def _closed(claim: Claim, wide: Movement) -> _Found:
    """The closed set of hosts, if it is without the goal; else why it is not, as far as that is known."""
    found = _closed_hosts(wide)
    inside = found.hosts
    data = {"rule": LATERAL, "hosts": sorted(inside), "closed": found.boxes}
    if wide.lateral.goal is not None:
        sources = [*wide.sources, *wide.sent_by(inside)]
        relevant = Slice(wide.graph, wide.goals)
        boxes = reachable(wide.graph, sources, relevant)
        if arrived(wide.goals, boxes):
            return ()
        return {**data, "goal": _written(beyond(boxes, sources, relevant))}
    foreign = wide.hosts.foreign(sorted(inside))
    if foreign:
        return (foreign,)
    chain = search_chains(claim, wide.chains(inside))
    if isinstance(chain, tuple):
        return (*_unknown_roles(wide, inside), *chain)
    return {**data, "chain": chain} if chain["rule"] == CLOSURE else _unknown_roles(wide, inside)


def _unknown_roles(wide: Movement, hosts: Iterable[str]) -> tuple[str, ...]:
    """Why it is not known which roles the hosts give."""
    problems = (wide.hosts.role(host).problem for host in sorted(hosts))
    return tuple(dict.fromkeys(p for p in problems if p))


def _written(boxes: Mapping[str, Sequence[Box]]) -> Mapping[str, Any]:
    return {name: part for name, part in closed({"boxes": boxes}).items() if name != "rule"}


def _taken(side: Movement, others: Collection[str], there: Iterable[Place]) -> frozenset[str]:
    """The hosts that packets which arrived somewhere are for."""
    at = _places(side, others)
    return frozenset(host for location, box in there for host, own in at.get(location, ()) if meet(own, box))


def _places(side: Movement, hosts: Iterable[str]) -> dict[str, list[tuple[str, Box]]]:
    """The hosts that packets at a location may be for, each with the headers of such packets."""
    found: dict[str, list[tuple[str, Box]]] = {}
    for host in sorted(hosts):
        for location, box in side.taken_by([host]):
            found.setdefault(location, []).append((host, box))
    return found


# What surely is.


@dataclass(frozen=True, slots=True)
class _Link:
    """A host of a chain, and the packet that takes it; None where chains start from it."""

    host: str
    packet: Reached | None = None


class _Chain:
    """The search for a chain of hosts: first what is taken in each round, then the packets of one chain, from its end.

    After `find`, `links` and `end` are the chain that was found, on any side.
    """

    def __init__(self, claim: Claim, side: Movement) -> None:
        self.claim = claim
        self.side = side
        self.rounds: list[frozenset[str]] = [side.held]
        self.entries: dict[str, str] = {host: host for host in side.held}  # by which interface each host is taken
        self.links: list[_Link] = []
        self.end: Reached | None = None

    def find(self) -> Mapping[str, Any] | None:
        """The certificate of a chain with the fewest hosts, None where none was found."""
        while not self.side.problem:
            sources = self._sources(len(self.rounds) - 1)
            found = self._by_packet(sources) if self.side.lateral.goal is not None else self._by_role()
            if found is not None:
                return found
            new = self._next(sources)
            if not new:
                break
            self.rounds.append(new)
        return None

    def _sources(self, number: int) -> list[Place]:
        """Where packets of the hosts of a round start; with the first round those of the claim."""
        own = self.side.sent_by(self.rounds[number])
        return own if number else [*self.side.sources, *own]

    def _next(self, sources: Sequence[Place]) -> frozenset[str]:
        """The hosts that packets of the sources take, with the other interfaces of their instances."""
        others = self.side.candidates - self.entries.keys()
        goals = self.side.taken_by(others)
        boxes = reachable(self.side.graph, sources, Slice(self.side.graph, goals))
        for host in sorted(_taken(self.side, others, arrived(goals, boxes))):
            for other in sorted(self.side.hosts.whole([host])):
                self.entries.setdefault(other, host)
        return others & self.entries.keys()

    def _by_packet(self, sources: Sequence[Place]) -> Mapping[str, Any] | None:
        """The certificate of a chain that ends with a packet of the sources."""
        goals = self.side.goals
        there = arrived(goals, reachable(self.side.graph, sources, Slice(self.side.graph, goals)))
        self.end = next(arriving(self.side.graph, sources, there[:1]), None)
        if self.end is None or not self._go_back(len(self.rounds) - 1, self._sender(self.end)):
            return None
        return {**self._rows(), "goal": written(concrete(self.end))}

    def _by_role(self) -> Mapping[str, Any] | None:
        """The certificate of a chain that ends with a role of the hosts of the last round."""
        last = sorted(self.rounds[-1])
        chain = sure_chain(self.claim, self.side.chains(last))
        if chain is None:
            return None
        roles = self.side.hosts.roles
        host = next(h for h in last if chain["start"] in roles([h], wide=self.side.wide))
        return {**self._rows(), "chain": chain} if self._go_back(len(self.rounds) - 1, host) else None

    def _go_back(self, number: int, host: str | None) -> bool:
        """Find the packets by which a host of a round was taken; None is a source of the claim."""
        self.links = []
        while host is not None:
            entry = self.entries[host]
            if not number:
                self.links.insert(0, _Link(entry))
                break
            number -= 1
            packet = next(arriving(self.side.graph, self._sources(number), self.side.taken_by([entry])), None)
            if packet is None:
                return False
            self.links.insert(0, _Link(entry, packet))
            host = self._sender(packet)
        return True

    def _sender(self, packet: Reached) -> str | None:
        """The host that sent a packet, None where it is of another source of the claim."""
        location, header = concrete(packet)[0]
        for host in sorted(self.entries):
            if any(place == location and has(box, header) for place, box in self.side.sent_by([host])):
                return host
        return None

    def _rows(self) -> Mapping[str, Any]:
        return {"rule": HOPS, "hops": [_row(one) for one in self.links]}


def _row(one: _Link) -> Mapping[str, Any]:
    packet = {} if one.packet is None else {"packet": written(concrete(one.packet))}
    return {"host": one.host, **packet}


# What is said.


def _open(claim: Claim, wide: Movement) -> tuple[str, ...]:
    """Why it is open whether a chain is there: what is not certain on a way that may be there."""
    chain = _Chain(claim, wide)
    chain.find()
    found: dict[str, None] = {}
    for one in chain.links:
        found.update(dict.fromkeys(_doubts(one.packet)))
        if one.host not in wide.network.export.interfaces:
            found[f"it is not known which interfaces are in {one.host}"] = None
        elif not wide.hosts.is_of_instance(one.host):
            found[f"{one.host} is not of an instance, and it is not known who sends its packets"] = None
    found.update(dict.fromkeys(_doubts(chain.end)))
    return tuple(found) or ("a chain of hosts may be there, and none was found that surely is",)


def _doubts(reached: Reached | None) -> Iterator[str]:
    """What is not certain on the way of a packet, from its end."""
    while reached is not None:
        if reached.edge is not None and reached.edge.reason:
            yield reached.edge.reason
        reached = reached.before
