"""From a plan to a snapshot: what is read of it, what is left out, and what stays open."""

from collections.abc import Iterator
from hashlib import sha256

from auditctl.planned import access as access_exporter
from auditctl.planned import network as network_exporter
from auditctl.planned.draft import Draft
from auditctl.planned.given import Given
from auditctl.planned.partitions import partition_of
from auditctl.planned.terraform import access, network
from auditctl.planned.terraform.document import read_document
from auditctl.planned.terraform.plan import Plan
from auditctl.planned.terraform.references import MANAGED
from auditctl.planned.terraform.unmodelled import decides_nothing, unmodelled
from auditctl.planned.things import Thing


def types_read() -> frozenset[str]:
    """The types of resources that are read."""
    return access.READ | network.READ


def read(data: bytes, name: str, given: Given) -> Draft:
    """The snapshot that a plan makes. Raises `Unreadable` for what is no plan."""
    plan = read_plan(data, name, given)
    things = [*access.access_things(plan), *network.network_things(plan), *_unmodelled(plan)]
    places = plan.providers.places()
    for account, region in places:
        plan.draft.add_account(account, partition_of(region))
    access_exporter.write_access(plan.draft, things, places)
    network_exporter.write_network(plan.draft, things, places)
    return plan.draft


def read_plan(data: bytes, name: str, given: Given) -> Plan:
    """A plan, before anything is made of it. Raises `Unreadable`."""
    document = read_document(data, name)
    planned = {
        "kind": "terraform",
        "file": name,
        "format": str(document["format_version"]),
        "sha256": sha256(data).hexdigest(),
    }
    version = document.get("terraform_version")
    if isinstance(version, str):
        planned["tool"] = f"terraform {version}"
    draft = Draft(planned=planned, time=_time(document.get("timestamp")))
    if document.get("complete") is False:
        draft.notices.append("the plan is not complete: what it leaves out, as with `-target`, is taken as not there")
    return Plan(document, draft, given, name)


def _time(value: object) -> str:
    return value if isinstance(value, str) else ""


def _unmodelled(plan: Plan) -> Iterator[Thing]:
    """What is of AWS and not read, unless it decides nothing; and the count of all."""
    known = types_read()
    for one in sorted(plan.resources.values(), key=lambda r: r.address):
        if one.mode != MANAGED:
            continue
        if one.type in known:
            plan.draft.count(one.type)
        elif decides_nothing(one):
            plan.draft.count(one.type, is_read=False)
        else:
            yield unmodelled(plan, one)
