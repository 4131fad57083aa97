"""From the answer of one operation to what the next one asks about."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from auditctl.collect.operation import Answer, Target, Targets, Where
from checkers.cloud.bucket import ENFORCED
from checkers.cloud.organization import POLICY_TYPES

Name = str | Callable[[Any], str]
# batch-get-projects takes so many names (AWS CodeBuild API reference).
BATCH = 100


def each(rows: str, name: Name, **arguments: str) -> Targets:
    """One target for each row of a list. Names and arguments are texts with members of the row in braces.

    `{IT}` is a row that is no object, `{ACCOUNT}`, `{PARTITION}`, `{REGION}` and `{NAME}` what the answer is about. An
    argument that is one member alone keeps its type.
    """

    def targets(answer: Answer, where: Where) -> Iterable[Target]:
        for row in (answer.value or {}).get(rows) or ():
            yield _target(row, name, arguments, where)

    return targets


def _target(row: Any, name: Name, arguments: Mapping[str, str], where: Where) -> Target:  # noqa: ANN401  raw JSON
    members = {
        **(row if isinstance(row, dict) else {"IT": row}),
        "ACCOUNT": where.account,
        "PARTITION": where.partition,
        "REGION": where.folder,
        "NAME": where.name,
    }
    made = name.format_map(members) if isinstance(name, str) else name(row)
    return Target(name=made, arguments={k: _filled(v, members) for k, v in arguments.items()})


def _filled(template: str, members: Mapping[str, Any]) -> Any:  # noqa: ANN401  raw JSON
    alone = template[1:-1]
    return members[alone] if template == f"{{{alone}}}" and alone in members else template.format_map(members)


def after(member: str, mark: str) -> Callable[[Any], str]:
    """The name of a row: what stands behind the last mark in a member, or in a row that is text."""
    return lambda row: str(row[member] if member else row).rpartition(mark)[2]


def where_row(targets: Targets, rows: str, is_asked: Callable[[Any], bool]) -> Targets:
    """Targets of those rows alone that something is true of."""

    def chosen(answer: Answer, where: Where) -> Iterable[Target]:
        value = answer.value or {}
        found = [row for row in value.get(rows) or () if is_asked(row)]
        return targets(Answer(value={rows: found}), where)

    return chosen


# Amazon S3.


def buckets(answer: Answer, _: Where) -> Iterable[Target]:
    """Every bucket; its region is in the list, where AWS says it."""
    for row in (answer.value or {}).get("Buckets") or ():
        yield Target(name=row["Name"], arguments={"Bucket": row["Name"]}, region=row.get("BucketRegion") or "")


def bucket_with_acls(answer: Answer, where: Where) -> Iterable[Target]:
    """The bucket, unless its ownership controls say that no ACL counts."""
    rules = (answer.value or {}).get("OwnershipControls", {}).get("Rules", [])
    if [r.get("ObjectOwnership") for r in rules] != [ENFORCED]:
        yield Target(name=where.name, arguments={"Bucket": where.name})


def objects(answer: Answer, where: Where) -> Iterable[Target]:
    """Every object that was listed in a bucket."""
    for row in (answer.value or {}).get("Contents") or ():
        key = row["Key"]
        yield Target(name=f"{where.name}/{key}", arguments={"Bucket": where.name, "Key": key})


# AWS Organizations.


def one(answer: Answer, _: Where) -> Iterable[Target]:
    """One call, where the account is in an organization."""
    if answer.value is not None:
        yield Target(name="", arguments={})


def members(answer: Answer, where: Where) -> Iterable[Target]:
    """Every account of the organization, or the own one where the list may not be read."""
    rows = answer.value["Accounts"] if answer.value is not None else [{"Id": where.account}]
    for row in rows:
        yield Target(name=f"S3_POLICY/{row['Id']}", arguments={"TargetId": row["Id"]})


def own_account(answer: Answer, where: Where) -> Iterable[Target]:
    """The own account, where it may not know of its organization."""
    if answer.code and answer.code != "AWSOrganizationsNotInUseException":
        yield Target(name=f"S3_POLICY/{where.account}", arguments={"TargetId": where.account})


def units_above(answer: Answer, _: Where) -> Iterable[Target]:
    """The organizational unit that a list of parents names; nothing is above the root."""
    for row in (answer.value or {}).get("Parents") or ():
        if row["Type"] == "ORGANIZATIONAL_UNIT":
            yield Target(name=row["Id"], arguments={"ChildId": row["Id"]})


def policy_types(answer: Answer, _: Where) -> Iterable[Target]:
    """The types of policies that decide requests."""
    for kind in POLICY_TYPES if answer.value is not None else ():
        yield Target(name=kind, arguments={"Filter": kind})


# Others.


def qualifiers(answer: Answer, where: Where) -> Iterable[Target]:
    """Every published version of a function: each may have a policy of its own."""
    for row in (answer.value or {}).get("Versions") or ():
        version = row["Version"]
        if version != "$LATEST":
            yield Target(name=f"{where.name}/{version}", arguments={"FunctionName": where.name, "Qualifier": version})


def batches(answer: Answer, _: Where) -> Iterable[Target]:
    """The build projects, as many at once as one call takes; the first file has no name behind its operation."""
    names = (answer.value or {}).get("projects") or []
    for i in range(0, len(names), BATCH):
        yield Target(name=str(i // BATCH + 1) if i else "", arguments={"names": names[i : i + BATCH]})
