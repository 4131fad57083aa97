"""The network of a snapshot, as graphs of locations."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property, partial

from checkers.cloud.network import balancers, gateways, transit, vpc
from checkers.cloud.network.build import INTERNET, OUTSIDE, OUTSIDE_IN, Build, InterfaceClass, joined
from checkers.cloud.network.export import read_export
from checkers.cloud.network.header import (
    ALL_PORTS,
    DESTINATION,
    ECHO,
    NO_ORIGIN,
    NO_PORT,
    V4,
    V6,
    WITH_PORT_SERVICES,
    WITH_PORTS,
    box,
    services,
)
from checkers.cloud.network.model import Balancer, Export
from checkers.cloud.network.selection import Selection
from checkers.cloud.snapshot import Account, Snapshot
from checkers.kernel.flow import Box, Edge, Filter, Graph, Place, meet
from checkers.kernel.intervals import EVERYTHING, IntervalSet, difference, integers, join, union

_OTHERS = union(((p << 16, 0), ((p << 16) + 1, 0)) for p in range(256) if p not in (*WITH_PORTS, *ECHO))
# The headers that packets have: addresses of one family, ports where the protocol has them.
_SERVICES = (
    (WITH_PORT_SERVICES, ALL_PORTS),
    (join(_OTHERS, join(*(services(p) for p in ECHO))), NO_PORT),
)
WELL_FORMED = tuple(
    box(source=family, destination=family, service=s, port=p) for family in (V4, V6) for s, p in _SERVICES
)
# What clients send: from ports that need no privilege ("Ephemeral ports" in the VPC user guide).
_FROM_CLIENTS = (
    box(service=WITH_PORT_SERVICES, port=integers([(1024, 65535)])),
    box(service=_SERVICES[1][0]),
)
MAX_SELECTED = 64  # selections that are remembered


class Network:
    """The locations of a snapshot's network, and the ways between them."""

    def __init__(self, snapshot: Snapshot, accounts: Iterable[Account]) -> None:
        accounts = tuple(accounts)
        self.export = read_export(snapshot, accounts)
        self._read_narrow = partial(read_export, snapshot, accounts, wide=False)
        self._graphs: dict[tuple[bool, bool], Graph] = {}
        self._builds: dict[tuple[bool, bool], Build] = {}
        self._targets_of: dict[str, IntervalSet] = {}
        self._sent: dict[tuple[int, bool], tuple[Selection, list[Place]]] = {}
        self._selected: dict[int, tuple[Selection, list[tuple[InterfaceClass, IntervalSet]]]] = {}

    def side(self, *, wide: bool) -> Export:
        """The export as one side reads it. The sides differ where addresses are not known before the apply."""
        return self.export if wide else self._other

    @cached_property
    def _other(self) -> Export:
        has_open = any(one.unknown for things in (self.export.interfaces, self.export.nats) for one in things.values())
        return self._read_narrow() if has_open else self.export

    def build(self, *, wide: bool, reply: bool = False) -> Build:
        """What the edges of a graph are made with."""
        key = (wide, reply)
        if key not in self._builds:
            self._builds[key] = Build(self.side(wide=wide), wide=wide, reply=reply)
        return self._builds[key]

    def graph(self, *, wide: bool, reply: bool = False) -> Graph:
        """The graph of one side; with `reply` that of the packets that answer."""
        key = (wide, reply)
        if key not in self._graphs:
            build = self.build(wide=wide, reply=reply)
            edges = list(_edges(build))
            self._graphs[key] = Graph(_by_reason(build, edges) if build.doubts else edges)
        return self._graphs[key]

    def class_of(self, interface: str) -> str:
        """The class of an interface: the first part of the names of its locations."""
        return self._build.class_of(interface)

    @cached_property
    def _build(self) -> Build:
        return self.build(wide=True)

    def senders(self, selection: Selection, *, wide: bool = False) -> list[Place]:
        """Where packets that the selected send start, and their headers.

        On the wide side an interface without source/destination check sends from any address. A load balancer sends
        what it hands on; on the wide side anything to its targets, since their health may be asked for at any port.
        """
        known = self._sent.get((id(selection), wide))
        if known is not None and known[0] is selection:
            return known[1]
        found: list[Place] = []
        for one, values in self._chosen(selection):
            sent = EVERYTHING if wide and not one.checks and values == one.addresses else values
            headers = box(origin=self._build.origin(one.vpc), source=sent)
            balancer = self._build.balancer_of.get(one.interfaces[0].id)
            place = f"{one.name}/out"
            if balancer is not None:
                targets = self._targets(balancer) if wide else EVERYTHING
                headers = (*headers[:DESTINATION], targets, *headers[DESTINATION + 1 :])
                place = place if wide else f"{balancer.arn}@{one.interfaces[0].id}"
            found += _places(place, headers)
        if not selection.internet.is_nothing:
            found += _places(INTERNET, box(origin=NO_ORIGIN, source=selection.internet))
        if not selection.outside.is_nothing:
            found += _places(OUTSIDE, box(origin=NO_ORIGIN, source=selection.outside))
        self._sent[id(selection), wide] = selection, found
        return found

    def _targets(self, balancer: Balancer) -> IntervalSet:
        if balancer.arn not in self._targets_of:
            self._targets_of[balancer.arn] = balancers.targets_of(self._build, balancer)
        return self._targets_of[balancer.arn]

    def receivers(self, selection: Selection, service: IntervalSet) -> list[Place]:
        """Where packets of a service that get to the selected arrive, and their headers."""
        found: list[Place] = []
        for one, values in self._chosen(selection):
            # To an interface without source/destination check come packets for others too.
            whole = not one.checks and values == one.addresses
            if whole or not values.is_nothing:
                found.append((f"{one.name}/in", box(destination=EVERYTHING if whole else values, service=service)))
        if not selection.internet.is_nothing:
            found.append((INTERNET, box(destination=selection.internet, service=service)))
        if not selection.outside.is_nothing:
            found.append((OUTSIDE_IN, box(destination=selection.outside, service=service)))
        return found + [(endpoint, box(service=service)) for endpoint in sorted(selection.endpoints)]

    def receivers_beyond(self, selection: Selection, service: IntervalSet) -> list[Place]:
        """Where packets for the selected on the internet leave to networks that may hand them on."""
        beyond = difference(selection.internet, selection.outside)
        return [] if beyond.is_nothing else [(OUTSIDE_IN, box(destination=beyond, service=service))]

    def hidden_senders(self, vpcs: Iterable[str]) -> list[Place]:
        """Where interfaces that the export does not show would send from."""
        found: list[Place] = []
        for name in sorted(vpcs):
            headers = box(origin=self._build.origin(name), source=self.export.vpcs[name].blocks)
            for subnet in self._build.subnets_of(name):
                found += _places(f"{subnet.id}/out", headers)
        return found

    def hidden_receivers(self, vpcs: Iterable[str], service: IntervalSet) -> list[Place]:
        """Where packets would arrive at interfaces that the export does not show."""
        found: list[Place] = []
        for name in sorted(vpcs):
            for subnet in self._build.subnets_of(name):
                classes = self._build.classes_in.get(subnet.id, ())
                known = [one.addresses for one in classes if not one.interfaces[0].unknown]
                headers = box(destination=difference(subnet.blocks, joined(known)), service=service)
                found += [(f"{subnet.id}/{side}", headers) for side in ("in", "out")]
            found.append((f"{name}/local", box(service=service)))
        return found

    def _chosen(self, selection: Selection) -> list[tuple[InterfaceClass, IntervalSet]]:
        """The classes of the selected interfaces, with the selected addresses of each; many claims select the same."""
        known = self._selected.get(id(selection))
        if known is not None and known[0] is selection:
            return known[1]
        chosen: dict[str, list[IntervalSet]] = {}
        for interface, values in selection.interfaces.items():
            chosen.setdefault(self.class_of(interface), []).append(values)
        found = [(self._build.classes[name], joined(chosen[name])) for name in sorted(chosen)]
        if len(self._selected) >= MAX_SELECTED:
            self._selected.clear()
            self._sent.clear()
        self._selected[id(selection)] = selection, found  # with the selection, so that its id stays its own
        return found


def from_clients(places: Iterable[Place]) -> list[Place]:
    """The headers that clients send."""
    met = ((at, meet(headers, shape)) for at, headers in places for shape in _FROM_CLIENTS)
    return [(at, headers) for at, headers in met if headers is not None]


def _places(location: str, headers: Box) -> list[Place]:
    return [(location, both) for shape in WELL_FORMED if (both := meet(headers, shape)) is not None]


def _edges(build: Build) -> Iterator[Edge]:
    yield from vpc.edges(build)
    yield from gateways.edges(build)
    yield from transit.edges(build)
    yield from balancers.edges(build)


def _by_reason(build: Build, edges: Iterable[Edge]) -> Iterator[Edge]:
    """The edges, each of those on which something depends that is not known as several: with and without it."""
    for edge in edges:
        parts = [_parts(build, one) for one in edge.filters]
        yield edge if all(len(p) == 1 for p in parts) else replace(edge, filters=tuple(sure for (_, sure), *_ in parts))
        for i, (_, *unsure) in enumerate(parts):
            for reason, part in unsure:
                filters = (*edge.filters[:i], part, *edge.filters[i + 1 :])
                yield replace(edge, filters=filters, reason="; ".join(filter(None, (edge.reason, reason))))


def _parts(build: Build, one: Filter) -> list[tuple[str, Filter]]:
    """A filter by what its rules depend on; first those that depend on nothing, also where there are none."""
    found: dict[str, list[tuple[str, Box]]] = {"": []}
    for label, headers in one.rules:
        found.setdefault(build.doubts.get(label, ""), []).append((label, headers))
    return (
        [(reason, Filter(one.name, tuple(rules))) for reason, rules in found.items()] if len(found) > 1 else [("", one)]
    )
