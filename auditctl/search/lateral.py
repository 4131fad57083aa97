"""The search for certificates of claims about chains of hosts. Nothing here is trusted.

On the wide side the hosts grow until what they send gets to no other; if neither packets of theirs nor their roles get
to the goal, that is the certificate. Else a shortest chain of packets that surely arrive is looked for on the narrow
side, breadth first.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from auditctl.search.flows import Reached, arriving, closed, concrete, reachable, written
from auditctl.search.paths import search_chains, sure_chain
from checkers.cloud.claims import Claim
from checkers.cloud.inventory import Inventory
from checkers.cloud.network.lateral import HOPS, LATERAL, Movement
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


def _closed(claim: Claim, wide: Movement) -> _Found:
    """The closed set of hosts, if it is without the goal; else why it is not, as far as that is known."""
    inside = wide.held
    while True:
        sources = [*wide.sources, *wide.sent_by(inside)]
        others = wide.candidates - inside
        goals = wide.taken_by(others)
        boxes = reachable(wide.graph, sources, Slice(wide.graph, goals))
        taken = _taken(wide, others, arrived(goals, boxes))
        if not taken:
            break
        inside = wide.hosts.whole(inside | taken)
    data = {"rule": LATERAL, "hosts": sorted(inside), "closed": _boxes(boxes)}
    if wide.lateral.goal is not None:
        boxes = reachable(wide.graph, sources, Slice(wide.graph, wide.goals))
        return () if arrived(wide.goals, boxes) else {**data, "goal": _boxes(boxes)}
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


def _boxes(boxes: Mapping[str, Sequence[Box]]) -> Mapping[str, Any]:
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
class _Taken:
    """A host, and the packet that takes it, from the host before; None where chains start from it."""

    host: str
    packet: Reached | None = None
    before: "_Taken | None" = None


class _Chain:
    """The search for a chain of hosts, breadth first. `last` and `end` are the chain that was found, on any side."""

    def __init__(self, claim: Claim, side: Movement) -> None:
        self.claim = claim
        self.side = side
        self.taken: dict[str, _Taken] = {}
        self.senders: dict[str, list[tuple[str, Box]]] = {}
        self.last: _Taken | None = None
        self.end: Reached | None = None

    def find(self) -> Mapping[str, Any] | None:
        """The certificate of a shortest chain, None where none was found."""
        if self.side.problem:
            return None
        new = sorted(self.side.held)
        self.taken = {host: _Taken(host) for host in new}
        sources = [*self.side.sources]
        while sources or new:
            sources += self._sent_by(new)
            found = self._at_goal(new, sources)
            if found is not None:
                return found
            new, sources = self._next(sources), []
        return None

    def _sent_by(self, hosts: Iterable[str]) -> list[Place]:
        """Where packets of the hosts start; who sends them is noted."""
        self.senders = {}
        found: list[Place] = []
        for host in hosts:
            for place in self.side.sent_by([host]):
                self.senders.setdefault(place[0], []).append((host, place[1]))
                found.append(place)
        return found

    def _next(self, sources: Sequence[Place]) -> list[str]:
        """The hosts that packets of the sources take, with the other interfaces of their instances."""
        others = self.side.candidates - self.taken.keys()
        at = _places(self.side, others)
        first = len(self.taken)
        for reached in arriving(self.side.graph, sources, self.side.taken_by(others)):
            for host, own in at.get(reached.location, ()):
                both = meet(reached.box, own)
                if host not in self.taken and both is not None:
                    self._take(host, replace(reached, box=both))
        return list(self.taken)[first:]

    def _take(self, host: str, packet: Reached) -> None:
        one = self.taken[host] = _Taken(host, packet, self._sender(packet))
        for other in sorted(self.side.hosts.whole([host])):
            self.taken.setdefault(other, one)

    def _sender(self, packet: Reached) -> _Taken | None:
        """The host that sent a packet, None where it is of another source of the claim."""
        location, header = concrete(packet)[0]
        hosts = (host for host, box in self.senders.get(location, ()) if has(box, header))
        host = next(hosts, None)
        return None if host is None else self.taken[host]

    def _at_goal(self, new: Sequence[str], sources: Sequence[Place]) -> Mapping[str, Any] | None:
        """The certificate of a chain that ends here: with a packet of the sources, or with a role of the hosts."""
        if self.side.lateral.goal is None:
            return self._by_role(new)
        self.end = next(arriving(self.side.graph, sources, self.side.goals), None)
        if self.end is None:
            return None
        self.last = self._sender(self.end)
        return {**self._rows(), "goal": written(concrete(self.end))}

    def _by_role(self, new: Sequence[str]) -> Mapping[str, Any] | None:
        chain = sure_chain(self.claim, self.side.chains(new))
        if chain is None:
            return None
        roles = ((host, self.side.hosts.roles([host], wide=self.side.wide)) for host in new)
        self.last = next(self.taken[host] for host, found in roles if chain["start"] in found)
        return {**self._rows(), "chain": chain}

    def _rows(self) -> Mapping[str, Any]:
        return {"rule": HOPS, "hops": [_row(one) for one in self.way()]}

    def way(self) -> list[_Taken]:
        """The hosts of the chain that was found."""
        found: list[_Taken] = []
        last = self.last
        while last is not None:
            found.append(last)
            last = last.before
        return found[::-1]


def _row(one: _Taken) -> Mapping[str, Any]:
    packet = {} if one.packet is None else {"packet": written(concrete(one.packet))}
    return {"host": one.host, **packet}


# What is said.


def _open(claim: Claim, wide: Movement) -> tuple[str, ...]:
    """Why it is open whether a chain is there: what is not certain on a way that may be there."""
    chain = _Chain(claim, wide)
    chain.find()
    found: dict[str, None] = {}
    for one in chain.way():
        found.update(dict.fromkeys(_doubts(one.packet)))
        if not wide.hosts.is_of_instance(one.host):
            found[f"{one.host} is not of an instance, and it is not known who sends its packets"] = None
    found.update(dict.fromkeys(_doubts(chain.end)))
    return tuple(found) or ("a chain of hosts may be there, and none was found that surely is",)


def _doubts(reached: Reached | None) -> Iterator[str]:
    """What is not certain on the way of a packet, from its end."""
    while reached is not None:
        if reached.edge is not None and reached.edge.reason:
            yield reached.edge.reason
        reached = reached.before
