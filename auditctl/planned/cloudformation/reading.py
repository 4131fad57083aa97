"""A CloudFormation template as the snapshot that its stack would be.

Untrusted. A stack is what the template and its parameters say: resources whose type is not read, and those of which
something has to be known and is not, are not modelled, and keep claims open.
"""

import hashlib
import json

from auditctl.planned.access import write_access
from auditctl.planned.cloudformation import (
    balancers,
    filters,
    guarded,
    hosts,
    identities,
    launches,
    services,
    transit,
    vpcs,
)
from auditctl.planned.cloudformation.attributes import NAMES
from auditctl.planned.cloudformation.estate import Estate, Row
from auditctl.planned.cloudformation.evaluate import Evaluator, Stack
from auditctl.planned.cloudformation.left import add_left
from auditctl.planned.cloudformation.named import check_names, parameters_in_names
from auditctl.planned.cloudformation.nodes import Table, quote, wrong
from auditctl.planned.cloudformation.template import Resource, Template, parse_template
from auditctl.planned.cloudformation.types import is_harmless
from auditctl.planned.draft import Draft
from auditctl.planned.given import NO_ACCOUNT, Given
from auditctl.planned.network import write_network
from auditctl.planned.partitions import partition_of
from checkers.verdict import Unreadable

# Where a stack is made of which nobody said where.
NO_REGION = "us-east-1"
_READ = (
    identities.READ
    | guarded.READ
    | vpcs.READ
    | filters.READ
    | hosts.READ
    | launches.READ
    | services.READ
    | transit.READ
    | balancers.READ
)
_ADD = (
    identities.add_identities,
    guarded.add_guarded,
    vpcs.add_vpcs,
    filters.add_filters,
    hosts.add_hosts,
    launches.add_scaled,
    services.add_services,
    transit.add_transit,
    balancers.add_balancers,
)


def types_read() -> frozenset[str]:
    """The types of resources that are read."""
    return _READ


def read(data: bytes, name: str, given: Given) -> Draft:
    """The snapshot of a template. Raises `Unreadable` for what is no template, or one that CloudFormation refuses."""
    try:
        return _read(data, name, given)
    except RecursionError:
        raise Unreadable(f"{name} has references to references to references, more than can be followed") from None


def _read(data: bytes, name: str, given: Given) -> Draft:
    template = parse_template(data, name, given.parameters)
    digest = hashlib.sha256(data).hexdigest()
    draft = Draft(planned={"kind": "cloudformation", "file": name, "format": "2010-09-09", "sha256": digest})
    stack = _stack(draft, given)
    evaluator = Evaluator(template=template, stack=stack, draft=draft, named=parameters_in_names(template))
    estate = Estate(evaluator)
    _sort(estate, template)
    for add in _ADD:
        add(estate)
    place = (stack.account, stack.region)
    write_access(draft, estate.things, [place])
    write_network(draft, estate.things, [place])
    check_names(evaluator)
    _note_parameters(evaluator)
    _check_written(evaluator)
    _forget_unused(draft)
    return draft


def _stack(draft: Draft, given: Given) -> Stack:
    """Where the stack is made, with what is assumed of that."""
    account, region = given.account or NO_ACCOUNT, given.region or NO_REGION
    if not given.account:
        draft.notices.append(f"a template does not say its account: {account} stands for it (--account)")
    if not given.region:
        draft.notices.append(f"a template does not say its region: {region} is assumed (--region)")
    draft.add_account(account, partition_of(region))
    own = given.parameters
    return Stack(
        account=account,
        region=region,
        partition=partition_of(region),
        name=own.get("AWS::StackName", ""),
        id=own.get("AWS::StackId", "").rpartition("/")[2],
    )


def _sort(estate: Estate, template: Template) -> None:
    """Put each resource that is made on the list of its type, or note that it is not modelled, or not needed."""
    evaluator = estate.evaluator
    for resource in template.resources.values():
        row, truth = Row(evaluator, resource), evaluator.presence(resource)
        if truth is not None and truth.value is False:
            continue
        if _is_open(resource):
            evaluator.draft.count(resource.type)
            estate.leave(row, f"a macro makes properties of {resource.id}")
            add_left(estate, row)
        elif is_harmless(resource):
            evaluator.draft.count(resource.type, is_read=False)
            estate.rows.setdefault(resource.type, []).append(row)
        elif truth is not None and truth.value is None:
            reason = f"condition {resource.condition} decides whether it is made: {evaluator.reasons(truth)}"
            estate.leave(row, reason)
            add_left(estate, row)
        elif resource.type in _READ:
            evaluator.draft.count(resource.type)
            estate.rows.setdefault(resource.type, []).append(row)
        else:
            estate.rows.setdefault(resource.type, []).append(row)
            vpc = "" if resource.type in services.PLACED else None
            estate.leave(row, f"{resource.type} is not modelled", vpc)
    _check_names_differ(estate)


def _is_open(resource: Resource) -> bool:
    """Whether a macro adds properties to those that are written."""
    return isinstance(resource.properties, Table) and "Fn::Transform" in resource.properties.entries


def _check_names_differ(estate: Estate) -> None:
    """Raise where two things of a type have one name: the second could not be made."""
    for type_ in sorted(_READ & NAMES.keys() - {"AWS::IAM::Policy"}):
        found: dict[str, Row] = {}
        for row in estate.of(type_):
            other = found.setdefault(row.name, row)
            if other is not row:
                where = f"as {quote(other.id)} of line {other.resource.at.line}"
                raise wrong(f"{quote(row.id)} is called {quote(row.name)} {where}", row.resource.at)


def _note_parameters(evaluator: Evaluator) -> None:
    """Tell which parameters have no value and are used."""
    used = {str(entry["attribute"]) for entry in evaluator.draft.unknowns.values()}
    missing = [p.name for p in evaluator.template.parameters.values() if p.name in used and not p.is_stored]
    notices = evaluator.draft.notices
    if missing:
        notices.append(f"parameters without a value may have any: {', '.join(missing)}")
    named = [name for name in missing if name in evaluator.named]
    if named:
        notices.append(f"names of resources with parameters without a value are unlike others: {', '.join(named)}")


def _check_written(evaluator: Evaluator) -> None:
    """Raise where a text of the template spells the marker of an unknown value."""
    spelled = sorted(evaluator.written & evaluator.draft.unknowns.keys())
    if spelled:
        where, text = evaluator.template.file, quote(f"<{spelled[0]}>")
        attribute = evaluator.draft.unknowns[spelled[0]]["attribute"]
        raise Unreadable(f"{text} stands in {where} and would be taken for the unknown value of {attribute}")


def _forget_unused(draft: Draft) -> None:
    """Leave out unknown values that no answer has."""
    text = json.dumps([*draft.answers, *draft.answers.values(), *draft.errors], ensure_ascii=False)
    draft.unknowns = {name: entry for name, entry in draft.unknowns.items() if f"<{name}>" in text}
