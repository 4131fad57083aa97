"""Claims in words."""

from collections.abc import Sequence
from dataclasses import replace

from checkers.cloud.claims import Claim
from checkers.cloud.control import INSTANCE_ROLE, Composed, Path, Request, fill_text
from checkers.cloud.network.flow_words import flow_in_words
from checkers.cloud.network.lateral_words import lateral_in_words
from checkers.cloud.paths import path_in_words
from checkers.cloud.snapshot import Snapshot

_PRINCIPALS = {
    "anyone": "anyone",
    "anonymous": "anyone who has not signed in",
    "service": "an AWS service",
    "federated": "anyone signed in through an identity provider",
    "canonical": "a canonical user",
    "organization": "a principal of the organization",
    "outside-organization": "anyone outside the organization",
    "signed-in": "anyone with an AWS account",
    "snapshot": "a user, role or root user of the snapshot",
}
ASSUMPTIONS = {
    "export": "the snapshot is a true export of its accounts, and policies that it does not hold "
    "(of other resources, keys, organizations, endpoints) neither grant nor deny anything",
    "principal-keys": "condition keys of the principal (aws:Principal..., aws:username), the resource and the source "
    "(aws:SourceArn, aws:SourceAccount) have the values that AWS gives them",
    "foreign-callers": "accounts outside the snapshot allow their own principals whatever they ask for, and, where "
    "every request has to be allowed, whoever asks for their resources; resource control policies bind their "
    "service-linked roles too",
    "federated-users": "nobody uses root credentials for sts:GetFederationToken",
    "chains": "each step of a chain is taken by one principal, chains do not pass through accounts outside the "
    "snapshot, and what an export does not show (room for another access key, an instance that answers SSH) is as a "
    "step needs it",
    "network-export": "the snapshot has every interface, route table, security group, network ACL and gateway of its "
    "accounts' regions; regions without such files have no networks",
    "internet-addresses": "packets on the internet have global unicast source addresses, and none that the IANA "
    "registries keep for special purposes",
    "on-premises": "what is behind VPN and Direct Connect, and VPCs outside the snapshot, carry no packets of the "
    "internet in",
    "client-ports": "clients send from ports 1024 to 65535",
    "network-only": "hosts do not forward packets, unless the source/destination check of an interface is off; NAT "
    "gateways, transit gateways and gateway load balancers only forward",
    "hosts-and-roles": "a chain goes through hosts first and then through roles; what a role can do to the network or "
    "to hosts (open a session on one, launch one, change a security group) is not followed; a host that is reached at "
    "a service of a hop is taken over, and gives the role of its instance profile",
    "document-alone": "a claim about a policy or group is about its documents alone, whoever carries them",
    "planned": "the accounts have what the plan or template makes and nothing else: no organization, no other "
    "identities, policies or networks, and no setting of an account that is not written there; managed policies of "
    "AWS are the versions that the snapshot has",
    "new-names": "names and ids that are made when the plan is applied, and the addresses on the internet that are "
    "given then, are none that the plan or a control writes out, and no part of one, in capitals or not",
    "s3-resource-types": "actions on S3 objects go to object ARNs, other S3 actions do not",
    "secure-transport-present": "every request carries aws:SecureTransport",
}

OF_REQUESTS = ("export", "principal-keys")
OF_ANSWERS = ("client-ports",)
OF_FLOWS = ("network-export", "internet-addresses", "on-premises", "network-only")


def claim_in_words(claim: Claim) -> str:
    """What the claim says, as one sentence without its full stop."""
    request, target = claim.control.request, claim.target
    if target.problem:
        return f"{claim.control.title}: {target.problem}"
    values = target.placeholders()
    if claim.control.path is not None:
        return _path_in_words(claim, claim.control.path)
    if claim.control.flow is not None:
        return flow_in_words(claim.control.flow, claim.control.form, target.kind, values)
    if claim.control.lateral is not None:
        path = claim.control.lateral.path
        goal = "" if path is None or path.request is None else _asked(path.request, values)
        return lateral_in_words(claim.control.lateral, target.kind, values, goal)
    if claim.control.composed is not None:
        return _composed_in_words(claim, claim.control.composed)
    who, what = _who(request, claim), _asked(request, values)
    if claim.control.form == "forbid":
        return f"no request by {who} for {what} is allowed"
    return f"{'every' if request.all else 'some'} request by {who} for {what} is allowed"


def _path_in_words(claim: Claim, path: Path) -> str:
    values = claim.target.placeholders()
    start = replace(claim.control.request, principal=path.start, not_principal=path.not_start)
    goal = "" if path.request is None else _asked(path.request, values)
    return path_in_words(claim, _who(start, claim), goal)


def _composed_in_words(claim: Claim, composed: Composed) -> str:
    values = claim.target.placeholders()
    request = composed.request
    own = "its role" if claim.target.kind == "instance" else "the role of its instance"
    who = own if request.principal == (INSTANCE_ROLE,) else _who(request, claim)
    flow = flow_in_words(composed.flow, "forbid", claim.target.kind, values)
    return f"{flow}, or no request by {who} for {_asked(request, values)} is allowed"


def _asked(request: Request, values: dict[str, str]) -> str:
    return " ".join(p for p in (_what(request, values), _condition(request, values)) if p)


def _who(request: Request, claim: Claim) -> str:
    target = claim.target
    if target.kind in ("policy", "group"):
        return f"a holder of {target.kind} {target.id}"
    values = target.placeholders()
    own = {
        "target": target.id,
        "account": f"a principal of account {target.account}",
        "outside-account": f"anyone outside account {target.account}",
    }
    named = [own.get(p) or _PRINCIPALS.get(p) or fill_text(p, values, "") for p in request.principal or ("target",)]
    but = [own.get(p) or _PRINCIPALS.get(p) or fill_text(p, values, "") for p in request.not_principal]
    return " or ".join(named) + (f" other than {_list(but)}" if but else "")


def _what(request: Request, values: dict[str, str]) -> str:
    action = _list([fill_text(a, values, "") for a in request.action]) or "any action"
    if request.not_action:
        action += f" other than {_list([fill_text(a, values, '') for a in request.not_action])}"
    resource = _list([fill_text(r, values, "") for r in request.resource]) or "any resource"
    if request.not_resource:
        resource += f" other than {_list([fill_text(r, values, '') for r in request.not_resource])}"
    return f"{action} on {resource}"


def _condition(request: Request, values: dict[str, str]) -> str:
    parts = [
        f"{operator} {key} {_list([fill_text(v, values, '') for v in texts])}"
        for operator, pairs in request.condition.items()
        for key, texts in pairs.items()
        if texts
    ]
    return f"with {' and '.join(parts)}" if parts else ""


def _list(texts: Sequence[str]) -> str:
    return ", ".join(texts)


def assumptions_about(snapshot: Snapshot) -> tuple[str, ...]:
    """The ids of the assumptions that every outcome about the snapshot rests on."""
    found = {"planned": snapshot.is_planned, "new-names": bool(snapshot.unknowns.names)}
    return tuple(name for name, applies in found.items() if applies)


def assumptions_of(claim: Claim) -> tuple[str, ...]:
    """The ids of the assumptions that the claim's outcome rests on, beside those about the snapshot."""
    own: tuple[str, ...]
    if claim.control.flow is not None:
        own = OF_ANSWERS if claim.control.form == "require" else ()
        return (*OF_FLOWS, *own, *claim.control.assume)
    if claim.control.lateral is not None:
        of_roles = () if claim.control.lateral.path is None else (*OF_REQUESTS, "chains")
        return (*OF_FLOWS, "hosts-and-roles", *of_roles, *claim.control.assume)
    if claim.control.composed is not None:
        parts = replace(claim.control, request=claim.control.composed.request, composed=None)
        return (*OF_FLOWS, *assumptions_of(replace(claim, control=parts)))
    alone = claim.target.kind in ("policy", "group")
    own = ("document-alone",) if alone else OF_REQUESTS
    request, path = claim.control.request, claim.control.path
    if path is not None:
        request = replace(request, principal=path.start)
        own += ("chains",)
    if not alone and (request.all or request.principal not in ((), ("target",), (INSTANCE_ROLE,))):
        own += ("foreign-callers", "federated-users")
    return (*own, *claim.control.assume)
