"""What decided a request: statements that allow or deny it, and what would have to allow it and does not.

Untrusted.
"""

from collections.abc import Iterator, Sequence

from auditctl.findings.statements import OF_RESOURCES, kind_name, no_policy_at
from auditctl.simulate.answer import Decider
from auditctl.simulate.case import Case
from auditctl.simulate.statements import Said, boundary_name, document_of, place_of
from checkers.cloud.authorization import BUCKET_POLICY_ACTIONS
from checkers.cloud.derivation import GRANTING, Effect, Kind, Note
from checkers.cloud.organization import SCP
from checkers.cloud.vocabulary import account_of


def allowing(case: Case, said: Sequence[Said]) -> Iterator[Decider]:
    """The statements that allow, of each kind of policy; what needs none."""
    found = [s for s in said if s.applies and s.note.effect is Effect.ALLOW]
    yield from deciders(case, found, Effect.ALLOW)
    if not any(s.kind in GRANTING for s in found):
        root = "the root user of an account may do in it whatever nothing denies"
        yield rule(root if case.is_root else "it is allowed whatever the policies say", "Allow")


def deciders(case: Case, said: Sequence[Said], effect: Effect) -> Iterator[Decider]:
    """The statements of one effect, by kind of policy and level of the organization."""
    groups: dict[tuple[Kind, str], list[Note]] = {}
    for one in said:
        if one.note.effect is effect and not (effect is Effect.DENY and _is_spared(case, one)):
            groups.setdefault((one.kind, one.level), []).append(one.note)
    for (kind, level), found in groups.items():
        named = ", ".join(dict.fromkeys(document_of(case, n) for n in found))
        words = f"{'denied' if effect is Effect.DENY else 'allowed'} by {named}"
        places = tuple(place_of(case, n) for n in found)
        yield Decider(kind=kind_name(kind), effect=effect.value, level=level, words=words, statements=places)


def blocking(case: Case) -> Iterator[Decider]:
    """Block Public Access, where it surely stops the request."""
    if case.request.principal.startswith("service:"):
        return
    for guard in case.guards():
        one = guard.bucket or guard.point
        if one is None or not one.restricts_public or case.account == guard.account:
            continue
        if case.inventory.has_public_policy(one, wide=False):
            words = "RestrictPublicBuckets: a public policy serves AWS services and the own account alone"
            yield Decider(kind="Block Public Access", effect="Deny", level="", words=words, statements=())


def missing(case: Case, said: Sequence[Said]) -> Iterator[Decider]:
    """What would have to allow the request and does not."""
    found = {(s.kind, s.level) for s in said if s.applies and s.note.effect is Effect.ALLOW}
    kinds = {kind for kind, _ in found}
    for level in case.inventory.levels(case.account, SCP) if case.is_bound else ():
        if (Kind.SCP, level.target) not in found:
            yield _none(Kind.SCP, no_policy_at(level), level.target)
    for kind, words in _limits(case):
        if kind not in kinds:
            yield _none(kind, words)
    if case.known is not None and Kind.IDENTITY not in kinds:
        yield _none(Kind.IDENTITY, f"no identity policy of {case.known.name} allows it")
    if not kinds & OF_RESOURCES and _needs_resource(case, has_identity=case.is_root or Kind.IDENTITY in kinds):
        yield _none(Kind.RESOURCE, _unguarded(case, said))


def _is_spared(case: Case, one: Said) -> bool:
    """Whether a Deny does not count: the root user of a bucket's account can always mend its policy."""
    mends = case.request.action.lower() in BUCKET_POLICY_ACTIONS
    return mends and case.is_root and one.kind is Kind.RESOURCE and case.owner == case.account


def _limits(case: Case) -> Iterator[tuple[Kind, str]]:
    """What limits the caller beside the organization, and how to say that it does not let the request through."""
    if case.known is not None and case.known.boundary is not None:
        yield Kind.BOUNDARY, f"{boundary_name(case, case.known.boundary)} does not allow it"
    if case.inline.session:
        yield Kind.SESSION, "no session policy allows it"
    for kind, endpoint in case.endpoints():
        yield kind, f"the policy of endpoint {endpoint.id} does not allow it"


def _needs_resource(case: Case, *, has_identity: bool) -> bool:
    """Whether the policy of the resource would have had to allow the request, or could have."""
    guards = case.guards()
    if case.account not in case.inventory.accounts:
        return True
    if not has_identity:
        return bool(guards)
    if guards:
        return any(g.account != case.account or not g.trusts_account for g in guards)
    return account_of(case.request.resource) not in ("", case.account)


def _unguarded(case: Case, said: Sequence[Said]) -> str:
    named = list(dict.fromkeys(document_of(case, s.note) for s in said if s.kind in OF_RESOURCES))
    if named:
        return f"{', '.join(named)} does not allow it"
    return "no policy of the resource allows it"


def rule(words: str, effect: str) -> Decider:
    """What AWS decides whatever the policies say."""
    return Decider(kind="rule of AWS", effect=effect, level="", words=words, statements=())


def _none(kind: Kind, words: str, level: str = "") -> Decider:
    return Decider(kind=kind_name(kind), effect="none", level=level, words=words, statements=())
