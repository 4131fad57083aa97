"""Where packets stop that do not get to the goals of a question: filters and gateways, those nearest to the goals.

Untrusted: that nothing arrives is what the certificate proves. From each goal the graph is gone back, filters aside,
with the headers that would be wanted. Where such headers do get to the start of an edge, something on the edge stops
them, and what lies before them need not be looked at.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from auditctl.findings.places import place_in_words
from auditctl.report.model import Stop
from auditctl.search.flows import reachable
from checkers.cloud.network.build import INTERNET
from checkers.cloud.network.flows import FlowQuestion, answering, tracked
from checkers.cloud.network.header import ANY, DESTINATION, SOURCE, box
from checkers.cloud.network.model import AclRule, Route, TransitRoute
from checkers.cloud.network.network import Network
from checkers.cloud.vocabulary import show_address
from checkers.kernel.flow import Box, Edge, Filter, Graph, Place, Rewrite, Slice, arrived, image, left_over, meet
from checkers.kernel.intervals import EVERYTHING, NOTHING, IntervalSet, integers, intersection, join

LAST_RULE = 32_767  # from this number on an ACL has only the rules that deny the rest
UNTRIED = 2  # the rank of translations that nobody may have come to
MAX_PLACES = 50_000  # locations and headers that are gone back to
_ACL, _GROUP, _ROUTES = "network ACL ", "security group ", "routes of "
DECIDING = (_ACL, _GROUP, _ROUTES)  # the filters that somebody has written rules for


@dataclass(frozen=True, slots=True)
class Stopped:
    """Headers that do not pass a filter of an edge; or `why` its translation has no way on for them."""

    edge: Edge
    headers: Box
    filter: Filter | None = None
    why: str = ""


def stops_of(question: FlowQuestion, network: Network) -> tuple[tuple[Stop, ...], bool]:
    """Where packets stop, the most frequent first; true where they arrive and it is their replies that stop."""
    boxes = reachable(question.graph, question.sources, Slice(question.graph, question.goals))
    there = arrived(question.goals, boxes)
    if not there or question.replies is None:
        return _explained(question.graph, question.sources, question.goals, boxes, network), False
    answers = [answer for place in there for answer in answering(place)]
    replies = tracked(question.replies, boxes, wide=True)
    back = reachable(replies, answers, Slice(replies, question.returned))
    return _explained(replies, answers, question.returned, back, network), True


def _explained(
    graph: Graph,
    sources: Sequence[Place],
    goals: Sequence[Place],
    boxes: Mapping[str, Sequence[Box]],
    network: Network,
) -> tuple[Stop, ...]:
    """The filters that stop packets; without one, where packets end that no way leads on."""
    found = stopped(graph, goals, boxes)
    if not found or _rank(found[0]):
        found = list(_ended(graph, sources, goals, network)) or found
    return _grouped(found, network)


def stopped(graph: Graph, goals: Sequence[Place], boxes: Mapping[str, Sequence[Box]]) -> list[Stopped]:
    """What stops those headers in the boxes that would go on to a goal: of it, what tells most."""
    found = [one for one in _stopped(graph, goals, boxes) if _rank(one) < UNTRIED]
    most = min((_rank(one) for one in found), default=0)
    return [one for one in found if _rank(one) == most]


def _ended(graph: Graph, sources: Sequence[Place], goals: Sequence[Place], network: Network) -> Iterator[Stopped]:
    """The route tables without a route for packets to the goals, and translations that make nothing of them."""
    wanted = _destinations(goals)
    starts = [(v, both) for v, b in sources if (both := meet(b, box(destination=wanted))) is not None]
    everywhere = Slice(graph, [(location, ANY) for location in {**graph.before, **graph.after}])
    boxes = reachable(graph, starts, everywhere)
    for one in _stopped(graph, goals, {}):
        if _rank(one) == UNTRIED and one.edge.before in boxes:
            yield one
    tables = network.build(wide=True).table_of
    for location, inside in boxes.items():
        table = tables.get(location.rstrip("*").removesuffix("/route"), location.rstrip("*"))
        if not location.rstrip("*").endswith("/route") and table not in network.export.transit_tables:
            continue
        edges = graph.after.get(location, ())
        for held in inside:
            if not any(image(edge, held) for edge in edges):
                yield Stopped(Edge(location, ""), held, Filter(f"{_ROUTES}{table}", ()))


def _destinations(goals: Sequence[Place]) -> IntervalSet:
    """The destinations of the goals."""
    values = NOTHING
    for _, one in goals:
        values = join(values, one[DESTINATION])
    return values


def _rank(one: Stopped) -> int:
    """What decides comes before what only says where packets go, and that before what nobody may try."""
    if one.filter is not None:
        return 0 if one.filter.name.startswith(DECIDING) else 1
    return 0 if one.edge.rewrite is not None and one.edge.rewrite.field == SOURCE else UNTRIED


def _stopped(graph: Graph, goals: Sequence[Place], boxes: Mapping[str, Sequence[Box]]) -> Iterator[Stopped]:
    todo = list(dict.fromkeys(goals))
    seen = set(todo)
    while todo and len(seen) < MAX_PLACES:
        location, wanted = todo.pop()
        for edge in graph.before.get(location, ()):
            before = _before(edge.rewrite, wanted)
            if before is None:
                yield from _untranslated(edge, wanted)
                continue
            inside = boxes.get(edge.before, ())
            held = [hit for b in inside if (hit := meet(b, before)) is not None]
            yield from (found for hit in held if (found := _stop(edge, hit)) is not None)
            if held:
                continue
            yield from _without_translation(edge, wanted, inside)
            if (edge.before, before) not in seen:
                seen.add((edge.before, before))
                todo.append((edge.before, before))


def _untranslated(edge: Edge, wanted: Box) -> Iterator[Stopped]:
    """A translation makes none of the wanted headers of any."""
    rewrite = edge.rewrite
    if rewrite is not None and rewrite.table is not None and rewrite.field == DESTINATION:
        yield Stopped(edge, wanted, why=f"no public address leads to {_addresses(wanted[DESTINATION])}")


def _without_translation(edge: Edge, wanted: Box, inside: Sequence[Box]) -> Iterator[Stopped]:
    """Headers come to a translation that has nothing for their source."""
    rewrite = edge.rewrite
    if rewrite is None or rewrite.table is None or rewrite.field != SOURCE:
        return
    before = _before(Rewrite(rewrite.sets), wanted)
    if before is not None:
        others = (*before[:SOURCE], EVERYTHING, *before[SOURCE + 1 :])
        for held in inside:
            both = meet(held, others)
            if both is not None:
                yield Stopped(edge, both, why=f"{_addresses(both[SOURCE])} has no public address")


def _before(rewrite: Rewrite | None, wanted: Box) -> Box | None:
    """The headers that a rewrite may make wanted ones of, None where there are none."""
    if rewrite is None:
        return wanted
    found = list(wanted)
    for i, values in enumerate(rewrite.sets):
        if values is not None:
            found[i] = EVERYTHING
            if intersection(values, wanted[i]).is_nothing:
                return None
    if rewrite.table is not None:
        olds = [(old, old) for old, new in rewrite.table.items() if new in wanted[rewrite.field]]
        found[rewrite.field] = integers(olds)
        return tuple(found) if olds else None
    return tuple(found)


def _stop(edge: Edge, headers: Box) -> Stopped | None:
    """The first filter of an edge behind which nothing is left of the headers."""
    left = [headers]
    for one in edge.filters:
        passed = [both for b in left for _, rule in one.rules if (both := meet(b, rule)) is not None]
        if not passed:
            return Stopped(edge, left[0], one)
        left = passed
    return None


# In words.


def _grouped(found: Iterable[Stopped], network: Network) -> tuple[Stop, ...]:
    """One stop for each filter and rule."""
    groups: dict[tuple[str, str], list[Stopped]] = {}
    for one in found:
        name = one.filter.name if one.filter is not None else "public addresses"
        for rule in (one.why,) if one.why else _denying(one, network):
            groups.setdefault((name, rule), []).append(one)
    made = [_made(*key, ones, network) for key, ones in groups.items()]
    return tuple(sorted(made, key=lambda s: (-s.places, s.filter, s.rule)))


def _made(name: str, rule: str, ones: Sequence[Stopped], network: Network) -> Stop:
    edge = ones[0].edge
    return Stop(
        filter=name,
        rule=rule,
        words=_in_words(name, rule, ones[0], network),
        before=edge.before,
        after=edge.after,
        places=len({(one.edge.before, one.edge.after) for one in ones}),
    )


def _in_words(name: str, rule: str, one: Stopped, network: Network) -> str:
    if one.filter is None:
        gateway = one.edge.before if one.edge.before != INTERNET else one.edge.after
        return f"{place_in_words(gateway, network)} ({one.why})"
    thing, _, direction = name.rpartition(" ")
    if name.startswith(_GROUP):
        return f"{thing} (no {direction} rule admits it)"
    if name.startswith(_ACL):
        return f"{thing} {direction} {rule or '(no rule admits it)'}"
    if name.startswith(_ROUTES):
        table = name.removeprefix(_ROUTES)
        to = f"leads it to {place_in_words(one.edge.after, network)}" if one.edge.after else "is for it"
        return f"route table {table} ({rule or f'no route {to}'})"
    return f"{name}, between {place_in_words(one.edge.before, network)} and {place_in_words(one.edge.after, network)}"


def _addresses(values: IntervalSet) -> str:
    """An address, where there is one; else that there are several."""
    if len(values.cuts) == 2 and values.cuts[1][0] - values.cuts[0][0] == 1:  # noqa: PLR2004  one pair of cuts
        return show_address(int(values.cuts[0][0]))
    return "any of the addresses"


def _denying(one: Stopped, network: Network) -> tuple[str, ...]:
    """The rules that stop headers, where the filter tells which: numbers of an ACL, a blackhole; else none."""
    name = one.filter.name if one.filter is not None else ""
    export = network.export
    if name.startswith(_ACL):
        id, _, direction = name.removeprefix(_ACL).partition(" ")  # noqa: A001
        known = export.acls.get(id)
        if known is None:
            return ("",)
        inbound = direction == "inbound"
        return _of_acl(known.ingress if inbound else known.egress, SOURCE if inbound else DESTINATION, one)
    if name.startswith(_ROUTES):
        id = name.removeprefix(_ROUTES)  # noqa: A001
        if id in export.tables:
            return (_of_routes(export.tables[id].routes, one),)
        if id in export.transit_tables:
            return (_of_routes(export.transit_tables[id].routes or (), one),)
    return ("",)


def _of_acl(rules: Sequence[AclRule], field: int, one: Stopped) -> tuple[str, ...]:
    """The rules that deny some of the headers, each those that no rule before it has matched."""
    left, found = [one.headers], []
    for rule in rules:
        services = EVERYTHING if rule.services is None else rule.services
        matched = box(source=rule.addresses, service=services)
        if field == DESTINATION:
            matched = box(destination=rule.addresses, service=services)
        if not rule.allows and any(meet(b, matched) is not None for b in left):
            found.append(f"rule {rule.number}" if rule.number < LAST_RULE else "")
        left = [part for b in left for part in left_over(b, [matched])]
    return tuple(found) or ("",)


def _of_routes(routes: Sequence[Route] | Sequence[TransitRoute], one: Stopped) -> str:
    """The blackhole that some of the headers fall into; the longest prefix that has them."""
    found = []
    for route in routes:
        for first, size in route.destination or ():
            if not intersection(one.headers[DESTINATION], integers([(first, first + size - 1)])).is_nothing:
                found.append((size, route))
    if not found:
        return ""
    _, route = min(found, key=itemgetter(0))
    return f"{route.text} is a blackhole" if route.is_blackhole else ""
