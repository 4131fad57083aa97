"""Facts about the keys that a question mentions: what AWS itself puts into every request.

IAM user guide, "AWS global condition context keys"; Amazon S3 user guide, "Using condition keys for access points".
Each is a literal that every real request makes true; printed as the assumption `principal-keys`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from checkers.cloud.derivation import PRINCIPAL_TAG, Derivation
from checkers.cloud.guards import Guard
from checkers.cloud.inventory import Inventory
from checkers.cloud.vocabulary import ANY_ARN, RESOURCE, account_globs
from checkers.kernel.formula import TRUE, Literal, Variable
from checkers.kernel.globs import EVERYTHING, SEG_STAR, STAR, GlobSet, is_literal

ORGANIZATION_PATHS = "aws:principalorgpaths"
PRINCIPAL_KEYS = frozenset({"aws:principalorgid", ORGANIZATION_PATHS, "aws:username"})
RESOURCE_ACCOUNT = frozenset({"aws:resourceaccount", "s3:resourceaccount"})
RESOURCE_ORGANIZATION = "aws:resourceorgid"
SOURCE_ORGANIZATION = "aws:sourceorgid"
SOURCE_ARN, SOURCE_ACCOUNT = "aws:sourcearn", "aws:sourceaccount"
ACCESS_POINT_ARN, ACCESS_POINT_ACCOUNT = "s3:dataaccesspointarn", "s3:dataaccesspointaccount"


def principal_keys(derivation: Derivation) -> Iterator[Literal]:
    """Keys of the principal.

    Only signed requests of users, roles and root carry them, and the paths of an organization begin with its id.
    """
    d = derivation
    for variable in d.formula.variables():
        key = variable.name
        if "#" in key or (not key.startswith(PRINCIPAL_TAG) and key not in PRINCIPAL_KEYS):
            continue  # a view has a value only where the key has one
        yield d.any_of([-d.formula.atom(variable, EVERYTHING), d.principal_in(ANY_ARN)])
        if key == ORGANIZATION_PATHS and d.inventory.knows_members:
            member = d.principal_in(GlobSet(g for a in d.inventory.members for g in account_globs(a)))
            own = f"{d.inventory.organization}/{STAR}"
            yield d.any_of([member, -d.formula.atom(variable, GlobSet([own]))])
            yield d.any_of([-member, -d.formula.atom(variable, GlobSet([own], complement=True))])


def resource_keys(derivation: Derivation, guards: Sequence[Guard]) -> Iterator[Literal]:
    """Keys of the resource: the account and organization of a known one, the access point that was used."""
    d = derivation
    mentioned = {v.name: v for v in d.formula.variables()}
    if mentioned.keys() & {*RESOURCE_ACCOUNT, RESOURCE_ORGANIZATION}:
        owned = _owned(d.inventory, guards)
        for name in sorted(RESOURCE_ACCOUNT & mentioned.keys()):
            for account, patterns in owned.items():
                yield _has(d, patterns, mentioned[name], account)
        if RESOURCE_ORGANIZATION in mentioned and d.inventory.knows_members:
            inside = [p for account in d.inventory.members for p in owned.get(account, ())]
            yield _has(d, inside, mentioned[RESOURCE_ORGANIZATION], d.inventory.organization)
    for name in sorted({ACCESS_POINT_ARN, ACCESS_POINT_ACCOUNT} & mentioned.keys()):
        yield from _access_points(d, guards, mentioned[name])


def _owned(inventory: Inventory, guards: Iterable[Guard]) -> Mapping[str, list[str]]:
    """The resources of each account: by their ARN, and the guarded ones, whose ARN may not say."""
    accounts = sorted({*inventory.accounts, *inventory.members})
    found = {a: [f"arn:{SEG_STAR}:{SEG_STAR}:{SEG_STAR}:{a}:{STAR}"] for a in accounts}
    for guard in guards:
        found[guard.account] += guard.resources.patterns
    return found


def _has(derivation: Derivation, resources: Sequence[str], variable: Variable, value: str) -> Literal:
    """The key of these resources has this value. Where every request counts it may be left out."""
    d = derivation
    absent = [-d.formula.atom(variable, EVERYTHING)] if d.every_request else []
    about = d.formula.atom(RESOURCE, GlobSet(resources))
    return d.any_of([-about, d.formula.atom(variable, GlobSet([value])), *absent])


def _access_points(derivation: Derivation, guards: Sequence[Guard], variable: Variable) -> Iterator[Literal]:
    """A request to an access point carries its ARN and account, one to the bucket itself carries neither."""
    d = derivation
    buckets = [p for g in guards if g.bucket is not None for p in g.resources.patterns]
    if buckets:
        yield d.any_of([-d.formula.atom(RESOURCE, GlobSet(buckets)), -d.formula.atom(variable, EVERYTHING)])
    for guard in guards:
        if guard.point is not None:
            value = guard.point.arn if variable.name == ACCESS_POINT_ARN else guard.point.account
            about = d.formula.atom(RESOURCE, guard.resources)
            yield d.any_of([-about, d.formula.atom(variable, GlobSet([value]))])


def source_keys(derivation: Derivation) -> Iterator[Literal]:
    """`aws:SourceAccount` is the account of `aws:SourceArn`, where that ARN has one, and in `aws:SourceOrgID`."""
    d = derivation
    mentioned = {v.name: v for v in d.formula.variables()}
    if {SOURCE_ACCOUNT, SOURCE_ORGANIZATION} <= mentioned.keys() and d.inventory.knows_members:
        yield from _source_organization(d, mentioned[SOURCE_ACCOUNT], mentioned[SOURCE_ORGANIZATION])
    if not {SOURCE_ARN, SOURCE_ACCOUNT} <= mentioned.keys():
        return
    arn, account = mentioned[SOURCE_ARN], mentioned[SOURCE_ACCOUNT]
    for named in sorted(_accounts_named(d, arn, account)):
        of_account = d.formula.atom(arn, GlobSet([f"arn:{SEG_STAR}:{SEG_STAR}:{SEG_STAR}:{named}:{STAR}"]))
        absent = -d.formula.atom(account, EVERYTHING)
        yield d.any_of([-of_account, absent, d.formula.atom(account, GlobSet([named]))])


def _source_organization(derivation: Derivation, account: Variable, organization: Variable) -> Iterator[Literal]:
    """Sources in accounts of the organization have its id, and no others have it."""
    d = derivation
    member = d.formula.atom(account, GlobSet(d.inventory.members))
    own = d.formula.atom(organization, GlobSet([d.inventory.organization]))
    yield d.any_of([-own, member, -d.formula.atom(account, EVERYTHING)])
    yield d.any_of([-member, own, -d.formula.atom(organization, EVERYTHING)])


def _accounts_named(derivation: Derivation, arn: Variable, account: Variable) -> set[str]:
    """The accounts that the question compares either key with."""
    found: set[str] = set()
    for node in derivation.formula.nodes:
        values = getattr(node, "set", None)
        if not isinstance(values, GlobSet):
            continue
        if node.variable == account:  # type: ignore[union-attr]
            found.update(p for p in values.patterns if is_literal(p))
        elif node.variable == arn:  # type: ignore[union-attr]
            found.update(p.split(":", 5)[4] for p in values.patterns if p.count(":") > 4)  # noqa: PLR2004
    return {a for a in found if len(a) == 12 and a.isdecimal() and a.isascii()}  # noqa: PLR2004


def keys_of(derivation: Derivation, guards: Sequence[Guard]) -> Literal:
    """Every fact about the keys of requests that a question mentions."""
    return derivation.all_of([
        TRUE,
        *resource_keys(derivation, guards),
        *source_keys(derivation),
        *principal_keys(derivation),
    ])
