"""Everything of a plan that decides requests, as the answers that AWS would give.

Untrusted. What the plan does not have is written as not there, so that claims are decided: no organization, no
Block Public Access of the account, and of each kind of resource none but those of the plan.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from auditctl.planned.access_iam import write_iam
from auditctl.planned.access_points import write_points
from auditctl.planned.access_resources import write_resources
from auditctl.planned.access_s3 import write_s3
from auditctl.planned.draft import Draft, path_of
from auditctl.planned.marks import named
from auditctl.planned.partitions import partition_of
from auditctl.planned.things import (
    AccessPoint,
    Bucket,
    Function,
    Identity,
    Key,
    ManagedPolicy,
    Queue,
    Repository,
    Secret,
    Thing,
    Topic,
    Unmodelled,
)
from checkers.cloud.access_point import SEVERAL_FOLDER
from checkers.cloud.resource_policies import ROWS

GLOBAL = "global"
ANY_SERVICE = "any"  # no service: a file of it may decide any request
# Services whose resources in a VPC filter or forward packets, and decide no request.
_PACKETS = frozenset({"ec2", "elb", "elbv2"})
_LISTS = (
    ("s3control/list-access-points", "AccessPointList"),
    *(
        (f"{row.listing.service}/{row.listing.operation}", row.listing.rows)
        for row in ROWS
        if row.listing is not None and not row.region
    ),
)
# Lists that are of one region: where they are, what they are, their rows.
_LISTS_ELSEWHERE = (
    (SEVERAL_FOLDER, "s3control/list-multi-region-access-points", "AccessPoints"),
    *(
        (row.region, f"{row.listing.service}/{row.listing.operation}", row.listing.rows)
        for row in ROWS
        if row.listing is not None and row.region
    ),
)
# Things that have a role, of which an answer lists all of a region.
_HOLDERS = (("cloudformation/describe-stacks", "Stacks"), ("glue/get-dev-endpoints", "DevEndpoints"))
_NAMED = Identity | ManagedPolicy | Bucket | AccessPoint | Key | Queue | Topic | Function | Secret | Repository
_UNFIT = re.compile(r"[^\w<>\[\]\"'.=@ -]+")


def write_access(draft: Draft, things: Sequence[Thing], places: Iterable[tuple[str, str]]) -> None:
    """Write the things that decide requests. `places` are the accounts and regions that the plan is about."""
    things = list(_each_once(draft, [_with_a_name(draft, thing) for thing in things]))
    used = [*places, *((t.account, t.region) for t in things)]
    regions = sorted({(account, region) for account, region in used if region not in ("", GLOBAL)})
    accounts = sorted({account for account, _ in used})
    for account, region in regions:
        draft.add_account(account, partition_of(region))
    for account in accounts:
        draft.add_account(account)
    write_iam(draft, things, accounts)
    write_s3(draft, things, accounts)
    write_points(draft, things)
    write_resources(draft, things)
    unmodelled = [t for t in things if isinstance(t, Unmodelled)]
    for one in unmodelled:
        _unmodelled(draft, one)
    for account in accounts:
        _nothing_else(draft, account, [r for a, r in regions if a == account] or ["us-east-1"], unmodelled)


def _with_a_name(draft: Draft, thing: Thing) -> Thing:
    """The thing, with what is not known of its name taken for a name: there is nothing else of that name."""
    if isinstance(thing, Identity | ManagedPolicy):
        path = named(draft, thing.path).strip("/")  # one that is not known is its marker alone
        return replace(thing, name=named(draft, thing.name), path=f"/{path}/" if path else "/")
    if isinstance(thing, Bucket | AccessPoint | Queue | Topic | Function | Secret | Repository):
        return replace(thing, name=named(draft, thing.name))
    return thing


def _each_once(draft: Draft, things: Sequence[Thing]) -> Iterator[Thing]:
    """The things; of two of one name, of which AWS makes only one, the first, and that everything is open.

    There are two where a plan is about several accounts and does not say which they are.
    """
    found: dict[tuple[str, ...], Thing] = {}
    for thing in things:
        if not isinstance(thing, _NAMED) or (isinstance(thing, ManagedPolicy) and thing.arn):
            yield thing
            continue
        name = thing.id if isinstance(thing, Key) else thing.name
        region = "" if isinstance(thing, Identity | ManagedPolicy | Bucket) else thing.region
        other = found.setdefault((type(thing).__name__, thing.account, region, name), thing)
        if other is thing:
            yield thing
            continue
        why = f"{thing.origin.address} is named {name} as {other.origin.address} is"
        draft.notices.append(f"{why}: only one of them is read, and every claim of account {thing.account} is open")
        place: dict[str, Any] = {"account": thing.account, "region": thing.region, "origin": thing.origin}
        yield Unmodelled(**place, service="", kind=type(thing).__name__, reason=why)


def _nothing_else(draft: Draft, account: str, regions: Sequence[str], unmodelled: Sequence[Unmodelled]) -> None:
    """Have every list, empty where the plan has nothing for it; say that there is no organization."""
    draft.fail(
        account,
        GLOBAL,
        "organizations/describe-organization",
        "",
        "AWSOrganizationsNotInUseException",
        "the plan says nothing of an organization",
    )
    lists = [(region, *one) for region in regions for one in _LISTS]
    services = {t.service for t in unmodelled if t.account == account}
    lists += [(region, *one) for region in regions for one in _HOLDERS if one[0].partition("/")[0] not in services]
    if draft.accounts[account] == "aws":
        lists += _LISTS_ELSEWHERE
    for region, operation, member in lists:
        draft.start(account, region, operation, member)
    for region in regions:
        _default_bus(draft, account, region)
        draft.fail(account, region, "glue/get-resource-policy", "", "EntityNotFoundException", "Policy not found")


def _default_bus(draft: Draft, account: str, region: str) -> None:
    """The event bus that every account has, without a policy (Amazon EventBridge user guide, "Event buses")."""
    arn = f"arn:{draft.accounts[account]}:events:{region}:{account}:event-bus/default"
    draft.add(account, region, "events/list-event-buses", "EventBuses", {"Name": "default", "Arn": arn})


def _unmodelled(draft: Draft, thing: Unmodelled) -> None:
    """Have a file that no rule reads, so that claims that it could decide stay open."""
    if thing.vpc and thing.service in _PACKETS:
        return
    operation = f"{thing.service or ANY_SERVICE}/planned-{thing.kind.replace('::', '-')}"
    name = base = _UNFIT.sub("-", thing.origin.address).strip(".") or "unnamed"
    number = 1
    while path_of(thing.account, thing.region, operation, name) in draft.answers:
        number += 1
        name = f"{base}-{number}"
    value = {"Type": thing.kind, "Address": thing.origin.address, "Reason": thing.reason}
    path = draft.put(thing.account, thing.region or GLOBAL, operation, name, value)
    draft.came_from(thing.origin, thing=thing.origin.address, path=path)
