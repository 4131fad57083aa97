"""The packet that decides a claim about flows, hop by hop, or where packets stop.

Untrusted: the certificate is what counts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from auditctl.findings.places import described, place_in_words
from auditctl.findings.stops import stops_of
from auditctl.report.model import Flow, PacketHop, Passed, Stop
from checkers.cloud.claims import Claim
from checkers.cloud.control import Control
from checkers.cloud.inventory import Inventory
from checkers.cloud.network.flow_control import Entry
from checkers.cloud.network.flow_control import Flow as Asked
from checkers.cloud.network.flow_words import entry_in_words, services_in_words
from checkers.cloud.network.flows import PACKET, FlowQuestion, flow_question, walk_packet
from checkers.cloud.network.network import Network
from checkers.cloud.network.selection import select
from checkers.kernel.flow import Edge, Header, Hop, has

MAX_STOPS = 4  # that the sentence names


def explain_flow(
    claim: Claim, certificate: Mapping[str, Any], inventory: Inventory, ends: tuple[str, str] | None = None
) -> tuple[Flow, tuple[str, ...]]:
    """The way of the packet in a certificate; or the stops, and a sentence about them.

    `ends` are the words for where packets start and are to arrive; without them they are those of the control.
    """
    if certificate["rule"] == PACKET:
        walked = walk_packet(flow_question(claim, inventory, wide=False), certificate)
        hops, reply = (hops_of(way, inventory.network) for way in (walked.hops, walked.reply))
        return Flow(hops=hops, reply=reply, stops=(), stops_replies=False), ()
    question = flow_question(claim, inventory, wide=True)
    stops, of_replies = stops_of(question, inventory.network)
    flow = Flow(hops=(), reply=(), stops=stops, stops_replies=of_replies)
    asked = claim.control.flow
    if asked is None:
        return flow, ()
    return flow, (_sentence(question, flow, ends or _ends(claim, asked), services_in_words(asked)),)


def _ends(claim: Claim, asked: Asked) -> tuple[str, str]:
    """The ends of a claim's flows, in words."""
    values, kind = claim.target.placeholders(), claim.target.kind
    start, end = (
        " or ".join(entry_in_words(e, kind, values) for e in entries) for entries in (asked.source, asked.target)
    )
    return start, end


def _sentence(question: FlowQuestion, flow: Flow, ends: tuple[str, str], services: str) -> str:
    """Where every way ends."""
    if not question.sources or not question.goals:
        return f"nothing in the snapshot is {ends[1] if question.sources else ends[0]}"
    what = "reply" if flow.stops_replies else "path"
    start, end = reversed(ends) if flow.stops_replies else ends
    named = _named(flow.stops)
    if not named:
        return f"no way leads from {start} to {end}"
    more = len(named) - MAX_STOPS
    where = f"{' or '.join(named[:MAX_STOPS])}{f', or at one of {more} more filters' if more > 0 else ''}"
    return f"every {what} from {start} to {end}{f' on {services}' if services else ''} ends at {where}"


def _named(stops: Sequence[Stop]) -> list[str]:
    """Each filter once, by the rule that stops most, and how many other rules of it do."""
    by_filter: dict[str, list[Stop]] = {}
    for stop in stops:
        by_filter.setdefault(stop.filter, []).append(stop)
    return [
        f"{found[0].words}{f' and {len(found) - 1} more of its rules' if len(found) > 1 else ''}"
        for found in by_filter.values()
    ]


def idle(claims: Iterable[Claim], inventory: Inventory) -> Iterator[str]:
    """What controls of flows name that is nothing in the snapshot, whatever the target: perhaps a misspelled name."""
    found: dict[str, dict[str, None]] = {}
    for claim in claims:
        sides, name = _sides(claim.control), claim.control.id
        if not sides or claim.target.problem:
            continue
        export = inventory.network.export
        nothing = [text for side in sides for text in select(*side, claim.target, export).nothing]
        known = found.get(name)
        found[name] = dict.fromkeys(text for text in nothing if known is None or text in known)
    yield from (f"{name}: nothing in the snapshot is {text}" for name, texts in found.items() for text in texts)


def _sides(control: Control) -> list[tuple[tuple[Entry, ...], tuple[Entry, ...]]]:
    """The entries of each end of a control's flows, with those that are left out."""
    if control.lateral is not None:
        start, goal = control.lateral.start, control.lateral.goal
        ends = [(start.source, start.not_source)]
        return ends if goal is None else [*ends, (goal.target, goal.not_target)]
    flow = control.composed.flow if control.composed is not None else control.flow
    return [] if flow is None else [(flow.source, flow.not_source), (flow.target, flow.not_target)]


def hops_of(hops: Sequence[Hop], network: Network) -> tuple[PacketHop, ...]:
    """The hops of a walk, each with what let the packet through to it."""
    found: list[PacketHop] = []
    before: Header | None = None
    for hop in hops:
        found.append(
            PacketHop(
                location=hop.location,
                words=place_in_words(hop.location, network, hop.header),
                packet=described(hop.header),
                changed=before is not None and before[1:] != hop.header[1:],
                passed=_passed(hop.edge, before),
            )
        )
        before = hop.header
    return tuple(found)


def _passed(edge: Edge | None, header: Header | None) -> tuple[Passed, ...]:
    """The filters of an edge, each with the first rule that has the header."""
    if edge is None or header is None:
        return ()
    return tuple(
        Passed(filter=one.name, rule=next((label for label, box in one.rules if has(box, header)), ""))
        for one in edge.filters
    )
