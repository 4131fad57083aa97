"""Which route table and which network ACL each subnet has, as far as it is known. Untrusted.

A subnet has its own, or the main (default) one of its VPC. Where it is not known which, or what that one says, the
subnet is bound to none: the checker then takes it for one that it does not know.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from auditctl.planned.network_estate import EVERY_VPC, Estate
from auditctl.planned.things import NetworkAcl, RouteTable

Holder = RouteTable | NetworkAcl


@dataclass(slots=True)
class Bound:
    """The subnets that are written for a route table or ACL. `is_rest`: it also has all that are written for none."""

    subnets: list[str] = field(default_factory=list)
    is_rest: bool = False


def bindings(estate: Estate, holders: Sequence[Holder], unreadable: Collection[str]) -> dict[str, Bound]:
    """What each holder is bound to, by its id. `unreadable` are those of which not everything is known."""
    found = {h.id: Bound() for h in holders}
    own: dict[str, str] = {}
    unsure: set[str] = set()  # VPCs
    for holder in holders:
        for subnet in holder.subnets:
            if attribute := estate.unknown(subnet):
                where = holder.vpc if holder.vpc and not estate.unknown(holder.vpc) else EVERY_VPC
                unsure.add(where)
                estate.leave_unknown(holder, where, attribute)
            else:
                own[subnet] = holder.id
    for subnet, name in own.items():
        if name not in unreadable:
            found[name].subnets.append(subnet)
    _bind_rest(estate, holders, unreadable, own, unsure, found)
    return found


def _bind_rest(  # each is a part of what is known
    estate: Estate,
    holders: Sequence[Holder],
    unreadable: Collection[str],
    own: dict[str, str],
    unsure: set[str],
    found: dict[str, Bound],
) -> None:
    """Bind what has none of its own to the main table or default ACL of its VPC."""
    rest: dict[str, list[str]] = {}
    doubtful = {estate.subnets[s].vpc for s, name in own.items() if name in unreadable and s in estate.subnets}
    for subnet in estate.subnets.values():
        if subnet.id not in own:
            rest.setdefault(subnet.vpc, []).append(subnet.id)
    for holder in holders:
        if not _is_rest(holder) or holder.id in unreadable or not unsure.isdisjoint((holder.vpc, EVERY_VPC)):
            continue
        if holder.vpc in doubtful:
            found[holder.id].subnets += rest.get(holder.vpc, [])
        else:
            found[holder.id].is_rest = True


def _is_rest(holder: Holder) -> bool:
    return holder.is_main if isinstance(holder, RouteTable) else holder.is_default
