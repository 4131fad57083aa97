"""Why a claim is violated or holds, in words.

Untrusted: the certificate is what counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from auditctl.audit import Result
from auditctl.findings.causes import explain_causes
from auditctl.findings.flows import explain_flow
from auditctl.findings.known_later import known_later
from auditctl.findings.lateral import explain_closed_hosts, explain_composed, explain_hosts
from auditctl.findings.path import explain_closure, explain_path
from auditctl.findings.refutation import explain_refutation
from auditctl.findings.witness import explain_request, explain_witness
from auditctl.findings.written import with_origins
from auditctl.report.model import Causes, Flow, Hop, HostHop, KnownLater, Witness
from auditctl.run import known_result
from auditctl.search.solve import Model, solve
from auditctl.search.witness import confirms, improve, request_of
from checkers.cloud.causes import RULE as CAUSES
from checkers.cloud.claims import WITNESS, Claim, question_of
from checkers.cloud.inventory import Inventory
from checkers.cloud.network.lateral import HOPS, LATERAL
from checkers.cloud.paths import PATH
from checkers.kernel.closure import RULE as CLOSURE


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Either the request that decides the claim, or sentences that say why there is none.

    `causes` are all causes of a violation, where they were looked for; `path` the steps of a chain; `flow` the way of
    a packet, or where packets stop; `hosts` the hosts that a chain takes before them. `values` are values that are not
    known before a plan is applied, with which it is so.
    """

    witness: Witness | None = None
    causes: Causes | None = None
    path: tuple[Hop, ...] = ()
    flow: Flow | None = None
    hosts: tuple[HostHop, ...] = ()
    sentences: tuple[str, ...] = ()
    values: tuple[KnownLater, ...] = ()


def explain_open(result: Result, inventory: Inventory) -> Explanation:
    """A request of which it is open whether it is allowed; nothing where the search finds none."""
    control = result.claim.control
    if result.claim.target.problem or not control.is_of_requests:
        return Explanation()
    wide = question_of(result.claim, inventory, wide=True)
    answer = solve(wide.question)
    if not isinstance(answer, Model):
        return Explanation()
    request = request_of(answer.values, wide)
    if not confirms(wide, request):
        return Explanation()
    request = improve(request, result.claim, wide)
    return Explanation(witness=with_origins(explain_request(result.claim, request, wide, inventory), inventory))


def explain(result: Result, inventory: Inventory) -> Explanation:
    """The explanation of a result that has a certificate; an empty one for others."""
    certificate = result.certificate
    if certificate is None:
        return Explanation()
    inner, known = known_result(result, inventory)
    why = with_origins(_explain(inner, inner.certificate or certificate, known), known)
    return replace(why, values=known_later(why, certificate, inventory))


def _explain(result: Result, certificate: Mapping[str, Any], inventory: Inventory) -> Explanation:
    if result.claim.control.flow is not None:
        flow, sentences = explain_flow(result.claim, certificate, inventory)
        return Explanation(flow=flow, sentences=sentences)
    if result.claim.control.composed is not None:
        found, witness, sentences = explain_composed(result.claim, certificate, inventory)
        return Explanation(witness=witness, flow=found, sentences=sentences)
    if certificate["rule"] == HOPS:
        hosts, goal, steps = explain_hosts(result.claim, certificate, inventory)
        return Explanation(hosts=hosts, flow=goal, path=steps)
    if certificate["rule"] == LATERAL:
        return Explanation(sentences=explain_closed_hosts(certificate))
    return _explain_requests(result.claim, certificate, inventory)


def _explain_requests(claim: Claim, certificate: Mapping[str, Any], inventory: Inventory) -> Explanation:
    """The explanation of a claim about requests, or chains of them."""
    if certificate["rule"] == PATH:
        return Explanation(path=explain_path(claim, certificate, inventory))
    if certificate["rule"] == CLOSURE:
        return Explanation(sentences=explain_closure(certificate))
    if certificate["rule"] == CAUSES:
        causes = explain_causes(claim, certificate, inventory)
        return Explanation(witness=causes.found[0].witness, causes=causes)
    if certificate["rule"] == WITNESS:
        return Explanation(witness=explain_witness(claim, certificate, inventory))
    return Explanation(sentences=explain_refutation(claim, certificate, inventory))
