"""The packet that decides a claim about flows, hop by hop, or where packets stop.

Untrusted: the certificate is what counts.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from auditctl.findings.places import described, place_in_words
from auditctl.findings.stops import stops_of
from auditctl.report.model import Flow, PacketHop, Passed
from checkers.cloud.claims import Claim
from checkers.cloud.inventory import Inventory
from checkers.cloud.network.flow_words import entry_in_words, services_in_words
from checkers.cloud.network.flows import PACKET, FlowQuestion, flow_question, walk_packet
from checkers.cloud.network.network import Network
from checkers.kernel.flow import Edge, Header, Hop, has

MAX_STOPS = 4  # that the sentence names


def explain_flow(claim: Claim, certificate: Mapping[str, Any], inventory: Inventory) -> tuple[Flow, tuple[str, ...]]:
    """The way of the packet in a certificate; or the stops, and a sentence about them."""
    if certificate["rule"] == PACKET:
        walked = walk_packet(flow_question(claim, inventory, wide=False), certificate)
        hops, reply = (hops_of(way, inventory.network) for way in (walked.hops, walked.reply))
        return Flow(hops=hops, reply=reply, stops=(), stops_replies=False), ()
    question = flow_question(claim, inventory, wide=True)
    stops, of_replies = stops_of(question, inventory.network)
    flow = Flow(hops=(), reply=(), stops=stops, stops_replies=of_replies)
    return flow, (_sentence(claim, question, flow),)


def _sentence(claim: Claim, question: FlowQuestion, flow: Flow) -> str:
    """Where every way ends."""
    asked = claim.control.flow
    if asked is None:
        return ""
    values = claim.target.placeholders()
    start, end = (
        " or ".join(entry_in_words(e, claim.target.kind, values) for e in entries)
        for entries in (asked.source, asked.target)
    )
    if not question.sources or not question.goals:
        return f"nothing in the snapshot is {end if question.sources else start}"
    services = services_in_words(asked)
    what = "every reply" if flow.stops_replies else "every path"
    ends = (end, start) if flow.stops_replies else (start, end)
    words = f"{what} from {ends[0]} to {ends[1]}{f' on {services}' if services else ''}"
    named = [stop.words for stop in flow.stops[:MAX_STOPS]]
    if not named:
        return f"no way leads from {ends[0]} to {ends[1]}"
    more = len(flow.stops) - len(named)
    return f"{words} ends at {' or '.join(named)}{f', or at one of {more} more' if more > 0 else ''}"


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
