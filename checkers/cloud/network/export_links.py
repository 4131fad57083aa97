"""What is put right between the things of an export when all of them were read."""

from collections.abc import Iterable
from dataclasses import replace

from checkers.cloud.network.export_balancers import DESCRIBED
from checkers.cloud.network.export_unknown import stand_in
from checkers.cloud.network.model import Export, Problem, Route
from checkers.verdict import Unreadable


def link(export: Export) -> None:
    """Leave out what is in no VPC or subnet of the export, resolve routes, and refuse contradictions."""
    _leave_out_subnets(export)
    _leave_out_interfaces(export)
    stand_in(export)
    _resolve_routes(export)
    _check_bindings(export)
    _note_balancers(export)


def _leave_out_subnets(export: Export) -> None:
    for one in [s for s in export.subnets.values() if s.vpc not in export.vpcs]:
        del export.subnets[one.id]
        export.problems.append(Problem(one.place, one.id, f"{one.vpc}, its VPC, is not in the export", (one.vpc,)))


def _leave_out_interfaces(export: Export) -> None:
    for one in [*export.interfaces.values()]:
        subnet = export.subnets.get(one.subnet)
        if subnet is None:
            del export.interfaces[one.id]
            reason = f"{one.subnet}, its subnet, is not in the export"
            export.problems.append(Problem(one.place, one.id, reason, (one.vpc,)))
        elif subnet.vpc != one.vpc:
            raise Unreadable(f"{one.place.path}: {one.id} is in {one.vpc}, its subnet {subnet.id} in {subnet.vpc}")


def _resolve_routes(export: Export) -> None:
    """A route to an instance leads to its only interface; it is a blackhole only while the instance is stopped."""
    of_instance: dict[str, list[str]] = {}
    for one in export.interfaces.values():
        of_instance.setdefault(one.instance, []).append(one.id)
    for table in export.tables.values():
        routes = tuple(_resolved(r, of_instance, export) for r in table.routes)
        if routes != table.routes:
            export.tables[table.id] = replace(table, routes=routes)


def _resolved(route: Route, of_instance: dict[str, list[str]], export: Export) -> Route:
    own = of_instance.get(route.target, []) if route.target.startswith("i-") else []
    target = own[0] if len(own) == 1 else route.target
    interface = export.interfaces.get(target)
    if route.is_blackhole and (interface is None or not interface.instance):
        return replace(route, target="")
    return replace(route, target=target, is_blackhole=False)


def _check_bindings(export: Export) -> None:
    """A subnet has one route table and one network ACL of its own; a VPC one main table and one default ACL."""
    tables, acls = export.tables.values(), export.acls.values()
    _check_one(((s, t.id) for t in tables for s in (*t.subnets, *t.gateways)), "route tables")
    _check_one(((t.vpc, t.id) for t in tables if t.is_main), "main route tables")
    _check_one(((s, a.id) for a in acls for s in a.subnets), "network ACLs")
    _check_one(((a.vpc, a.id) for a in acls if a.is_default), "default network ACLs")


def _check_one(bound: Iterable[tuple[str, str]], what: str) -> None:
    found: dict[str, str] = {}
    for holder, name in bound:
        if found.setdefault(holder, name) != name:
            raise Unreadable(f"{holder} has two {what}: {found[holder]} and {name}")


def _note_balancers(export: Export) -> None:
    """Interfaces of load balancers that are not in the export: what they hand on is not known."""
    known = {i for b in export.balancers.values() for i in b.interfaces}
    for one in export.interfaces.values():
        if one.description.startswith(DESCRIBED) and one.id not in known:
            reason = f"an interface of a load balancer that is not in the export ({one.description})"
            export.problems.append(Problem(one.place, one.id, reason, (one.vpc,)))
