"""Chains of hosts that violate a claim, and why there are none; flows with requests, part by part.

Untrusted: the certificate is what counts.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from auditctl.findings.flows import explain_flow, hops_of
from auditctl.findings.path import explain_closure, explain_hops
from auditctl.findings.refutation import explain_refutation
from auditctl.findings.witness import explain_witness
from auditctl.report.model import Flow, Hop, HostHop, Witness
from checkers.cloud.claims import Claim
from checkers.cloud.inventory import Inventory
from checkers.cloud.network.composition import BOTH, FLOW, REQUEST, flow_claim, request_claim, role_of
from checkers.cloud.network.lateral import taken_of

MAX_HOSTS = 4  # that the sentence names


def explain_hosts(
    claim: Claim, certificate: Mapping[str, Any], inventory: Inventory
) -> tuple[tuple[HostHop, ...], Flow | None, tuple[Hop, ...]]:
    """The hosts of a certificate `hops/1`, and what they lead to: a packet, or steps from the role of the last one."""
    taken = taken_of(claim, certificate, inventory)
    network = inventory.network
    hosts = tuple(
        HostHop(
            host=hop.host,
            words=_named(hop.host, inventory),
            packet=() if hop.packet is None else hops_of(hop.packet.hops, network),
        )
        for hop in taken.hops
    )
    if taken.packet is not None:
        goal = hops_of(taken.packet.hops, network)
        return hosts, Flow(hops=goal, reply=(), stops=(), stops_replies=False), ()
    return hosts, None, explain_hops(claim, taken.steps, taken.role, inventory)


def _named(host: str, inventory: Inventory) -> str:
    one = inventory.network.export.interfaces[host]
    return f"{host} of instance {one.instance}"


def explain_closed_hosts(certificate: Mapping[str, Any]) -> tuple[str, ...]:
    """Why a goal is out of reach of hosts, from a certificate `lateral/1`."""
    hosts: Sequence[str] = certificate["hosts"]
    if not hosts:
        return ("no host can be taken", *_end(certificate))
    named = ", ".join(hosts[:MAX_HOSTS]) + (f" and {len(hosts) - MAX_HOSTS} more" if hosts[MAX_HOSTS:] else "")
    within = "1 host can" if len(hosts) == 1 else f"{len(hosts)} hosts can"
    taken = f"{within} be taken ({named}), and their packets get to no other by the services of a hop"
    return (taken, *_end(certificate))


def _end(certificate: Mapping[str, Any]) -> tuple[str, ...]:
    if "chain" not in certificate:
        return ("no packet from there gets to the goal",)
    if not certificate["chain"]["nodes"]:
        return ("they give no role",)
    return explain_closure(certificate["chain"])


def explain_composed(
    claim: Claim, certificate: Mapping[str, Any], inventory: Inventory
) -> tuple[Flow | None, Witness | None, tuple[str, ...]]:
    """The flow and the request of a certificate `both/1`; or why one of them is not there."""
    if certificate["rule"] == BOTH:
        found, _ = explain_flow(flow_claim(claim), certificate[FLOW], inventory)
        return found, explain_witness(_asked(claim, inventory), certificate[REQUEST], inventory), ()
    if certificate["part"] == FLOW:
        found, sentences = explain_flow(flow_claim(claim), certificate["certificate"], inventory)
        return found, None, sentences
    if certificate["part"] == REQUEST:
        return None, None, explain_refutation(_asked(claim, inventory), certificate["certificate"], inventory)
    return None, None, ("its instance has no role, and makes no request",)


def _asked(claim: Claim, inventory: Inventory) -> Claim:
    return request_claim(claim, role_of(claim, inventory))
