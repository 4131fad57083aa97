"""What Amazon S3 calls a public policy, decided on the sets of a parsed policy.

Amazon S3 user guide, "Blocking public access to your Amazon S3 storage", "The meaning of public": a policy is public
unless every statement that allows is limited to fixed values, of its principals or of one of a list of condition
keys. One public statement makes the whole policy public.

Where the page leaves it open the answer is a doubt: it counts as public on the wide reading and not on the other.
Open are whether a Deny can make a policy non-public, what of keys that the page does not list, and the wildcards
that it has exceptions for.
"""

from collections.abc import Sequence
from enum import IntEnum

from checkers.cloud.conditions import Condition, ConditionSet
from checkers.cloud.patterns import ARN_PARTS, Pattern
from checkers.cloud.policy import Document, Principals, Statement, action_set
from checkers.kernel.globs import ANY, SEG_ANY, SEG_STAR, STAR, GlobSet, head_of, is_literal, unfold
from checkers.kernel.intervals import IntervalSet


class Public(IntEnum):
    """Whether something is public: surely not, perhaps, surely."""

    NO = 0
    DOUBT = 1
    YES = 2


ACCESS_POINT_ARN, ACCESS_POINT_ACCOUNT = "s3:dataaccesspointarn", "s3:dataaccesspointaccount"
# Keys of the page whose values limit where they are fixed: no wildcard and no policy variable in them.
FIXED_KEYS = frozenset({
    "aws:principalaccount",
    "aws:principalorgid",
    "aws:sourceaccount",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:vpceaccount",
    "aws:vpceorgid",
    ACCESS_POINT_ACCOUNT,
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
})
# Keys whose values are ARNs: fixed as a whole, or for two of them in their account.
ARN_KEYS = frozenset({"aws:principalarn", "aws:sourcearn", ACCESS_POINT_ARN})
FIXED_BY_ACCOUNT = frozenset({"aws:principalarn", ACCESS_POINT_ARN})
# Keys that whoever calls chooses, and those with them that are the same for all: no value of theirs limits anyone.
CHOSEN_KEYS = frozenset({
    "aws:referer",
    "aws:securetransport",
    "aws:useragent",
    "s3:delimiter",
    "s3:max-keys",
    "s3:prefix",
    "s3:signatureversion",
    "s3:tlsversion",
    "s3:x-amz-acl",
    "s3:x-amz-server-side-encryption",
    "s3:x-amz-storage-class",
})
UNLIMITING_KEYS = CHOSEN_KEYS | {"aws:currenttime", "aws:epochtime", "aws:requestedregion"}
# A policy is public by what it lets be read or written (Amazon S3 API reference, PublicAccessBlockConfiguration).
EXPOSING = action_set(("s3:AbortMultipartUpload", "s3:Delete*", "s3:Get*", "s3:List*", "s3:Put*", "s3:RestoreObject"))
# Actions that expose, by whether they are about objects.
_SAMPLE = {
    "s3:deleteobject": True,
    "s3:getbucketpolicy": False,
    "s3:getobject": True,
    "s3:getobjectversion": True,
    "s3:listbucket": False,
    "s3:putobject": True,
}

_WILD = frozenset((STAR, ANY, SEG_STAR, SEG_ANY))
_LOOKS_WILD = frozenset("*?$")
_V6 = 1 << 32  # where the IPv6 line starts
_LAST = _V6 + (1 << 128)
_BROADEST = {4: 1 << 24, 6: 1 << 96}  # the sizes of /8 and of /32
_HALF = {4: 1 << 31, 6: 1 << 127}  # the sizes of /1


def is_public(document: Document, account: str, *, wide: bool, of_access_point: bool = False) -> bool:
    """Whether the policy is public; `wide` counts every doubt as public, otherwise none is.

    `account` owns the bucket or access point. Its own principals are as fixed as any others.
    """
    return bool(public_statements(document, account, wide=wide, of_access_point=of_access_point))


def public_statements(
    document: Document,
    account: str,  # noqa: ARG001 the rule is the same for every account
    *,
    wide: bool,
    of_access_point: bool = False,
) -> tuple[Statement, ...]:
    """The statements that make a policy public. A document that cannot be read is a statement that cannot."""
    statements = document.statements
    if document.problem is not None:
        statements = (Statement("", "", None, problem=document.problem),)
    least = Public.DOUBT if wide else Public.YES
    return tuple(s for s in statements if _judge(s, statements, of_access_point=of_access_point) >= least)


def _judge(statement: Statement, others: Sequence[Statement], *, of_access_point: bool) -> Public:
    """Whether a statement makes its policy public: it is as public as the most limiting of its elements."""
    if statement.effect == "Deny":
        return Public.NO
    if statement.problem is not None or statement.resources is None:
        return Public.DOUBT
    if statement.principals is None:
        return Public.NO  # it never applies
    limits = [_by_condition(c, of_access_point=of_access_point) for c in statement.conditions]
    found = min([_by_principals(statement.principals), *limits])
    if found is Public.YES and not _is_left_open(statement, [s for s in others if s.effect != "Allow"]):
        return Public.DOUBT
    return found


def _by_principals(principals: Principals) -> Public:
    """Fixed users, roles, accounts, canonical users and services limit.

    A web identity provider does not: the page has `graph.facebook.com` as public. Of providers with an ARN
    it says nothing.
    """
    if principals.negated or principals.everyone or principals.signed:
        return Public.YES
    if any(not provider.startswith("arn:") for provider in principals.federated):
        return Public.YES
    return Public.DOUBT if principals.federated else Public.NO


# Conditions.


def _by_condition(condition: Condition, *, of_access_point: bool) -> Public:
    """Whether a condition limits.

    Only a positive operator without IfExists does, and not under ForAllValues, which holds where the key is absent.
    Whether S3 takes an operator of the last two kinds for a limit is not said.
    """
    key = condition.key
    if condition.problem is not None:
        return Public.DOUBT
    if key in UNLIMITING_KEYS or condition.null is not None:
        return Public.YES
    if of_access_point and key in (ACCESS_POINT_ARN, ACCESS_POINT_ACCOUNT):
        return _behind_itself(condition)
    found = _by_values(key, condition.view, condition.values)
    if condition.inverted:
        return Public.DOUBT if condition.view or key not in FIXED_KEYS | ARN_KEYS else Public.YES
    if found is Public.NO and (condition.if_exists or condition.quantifier == "ForAllValues"):
        return Public.DOUBT
    return found


def _behind_itself(condition: Condition) -> Public:
    """In the policy of an access point its own name limits nobody: the page has a set of access points as public."""
    values = condition.values
    is_fixed = isinstance(values, GlobSet) and len(values.patterns) == len(values.literals)
    return Public.DOUBT if is_fixed or condition.inverted or condition.key == ACCESS_POINT_ACCOUNT else Public.YES


def _by_values(key: str, view: str, values: ConditionSet) -> Public:
    """Whether the values that a positive operator looks for limit: each of them must."""
    if isinstance(values, IntervalSet):
        return _by_addresses(values) if (key, view) == ("aws:sourceip", "address") else Public.DOUBT
    if view:
        return Public.DOUBT
    if key == "aws:principalisawsservice":
        is_limit = isinstance(values, GlobSet) and "false" not in values
        return Public.NO if is_limit else Public.YES
    patterns = values.patterns
    return max((_by_pattern(key, p, has_keys=isinstance(values, Pattern)) for p in patterns), default=Public.DOUBT)


def _by_pattern(key: str, pattern: str, *, has_keys: bool) -> Public:
    """Whether one value limits. With keys, some pattern of the set has a policy variable.

    Whether a character that is a wildcard elsewhere is one for S3 where the operator takes it as itself is not
    said, nor what an empty value is.
    """
    is_fixed = not has_keys and all(is_literal(c) or unfold(c) for c in pattern)
    if is_fixed and (not pattern or _LOOKS_WILD & set(pattern)):
        return Public.DOUBT
    if key in FIXED_KEYS:
        return Public.NO if is_fixed else Public.YES
    if key in ARN_KEYS:
        return Public.NO if is_fixed else _by_account(key, pattern)
    if key == "aws:principalorgpaths":
        return Public.NO if is_fixed else _by_head(pattern, "o-", "/")
    if key == "aws:userid":
        return Public.NO if is_fixed and ":" not in pattern else _by_head(pattern, "", ":")
    return Public.DOUBT


def _by_account(key: str, pattern: str) -> Public:
    """An ARN with wildcards and a fixed account.

    It limits `s3:DataAccessPointArn` by the page and `aws:PrincipalArn`; of `aws:SourceArn` the page says
    nothing, nor of wildcards before the account that a String operator lets cross a colon.
    """
    parts = pattern.split(":", ARN_PARTS - 1)
    if len(parts) != ARN_PARTS or not (is_literal(parts[4]) and len(parts[4]) == 12 and parts[4].isdigit()):  # noqa: PLR2004
        return Public.YES
    crosses = any(STAR in part or ANY in part for part in parts[:4])
    is_plain = all(is_literal(c) or c in _WILD for c in pattern)
    return Public.NO if key in FIXED_BY_ACCOUNT and is_plain and not crosses else Public.DOUBT


def _by_head(pattern: str, start: str, end: str) -> Public:
    """A value whose fixed beginning names an organization, or a role by its unique id (`AROLEID:*`)."""
    head = head_of(pattern)
    return Public.DOUBT if head.startswith(start) and end in head[len(start) + 1 :] else Public.YES


def _by_addresses(values: IntervalSet) -> Public:
    """Ranges as narrow as /8 for IPv4 and /32 for IPv6 limit, and broader ones do not.

    A set has its ranges joined: one that is too broad may be several that are not, until it is half of all
    addresses, the example of the page. Private ranges of IPv4 are never too broad, those of IPv6 may be.
    """
    bounds = [int(number) for number, _ in values.cuts]
    spans = list(zip(bounds[::2], bounds[1::2], strict=True))
    parts = [(4, max(low, 0), min(high, _V6)) for low, high in spans]
    parts += [(6, max(low, _V6), min(high, _LAST)) for low, high in spans]
    return max((_by_span(*part) for part in parts if part[1] < part[2]), default=Public.DOUBT)


def _by_span(version: int, low: int, high: int) -> Public:
    size = high - low
    if size <= _BROADEST[version]:
        return Public.NO
    return Public.DOUBT if size < _HALF[version] else Public.YES


# What is left of a statement that allows everyone.


def _is_left_open(statement: Statement, denying: Sequence[Statement]) -> bool:
    """Whether a statement that is limited to nobody surely exposes something.

    There is an action that exposes, on a resource of its kind, which no Deny reaches but for those that a caller
    can avoid. Whether S3 looks at Deny at all is not said.
    """
    unavoidable = [d for d in denying if not _is_avoidable(d, statement, denying)]
    if not unavoidable:
        return any(_allows(statement, w) for w in (*_SAMPLE, *map(_word, statement.actions.patterns)) if w in EXPOSING)
    return any(
        _allows(statement, action) and not any(_may_reach(d, action, resource) for d in unavoidable)
        for resource in _words(statement)
        for action, is_object in _SAMPLE.items()
        if is_object is ("/" in resource)
    )


def _allows(statement: Statement, action: str) -> bool:
    return (action in statement.actions) is not statement.not_action


def _words(statement: Statement) -> list[str]:
    """Some resources of a statement. A NotResource, or one with policy variables, is not looked into."""
    narrow = statement.resources.narrow if statement.resources is not None else None
    return [_word(p) for p in narrow.patterns] if isinstance(narrow, GlobSet) and not statement.not_resource else []


def _word(pattern: str) -> str:
    """One word of a pattern."""
    return "".join({STAR: "x", SEG_STAR: "x", ANY: "x", SEG_ANY: "x"}.get(c) or unfold(c) or c for c in pattern)


def _may_reach(deny: Statement, action: str, resource: str) -> bool:
    """Whether a Deny may cover an action on a resource."""
    if deny.problem is not None:
        return True
    if (action in deny.actions) is deny.not_action:
        return False
    wide = None if deny.resources is None else deny.resources.wide
    return not isinstance(wide, GlobSet) or deny.not_resource or resource in wide


def _is_avoidable(deny: Statement, allow: Statement, denying: Sequence[Statement]) -> bool:
    """Whether there are surely others whom a Deny does not hit: it names whom it hits, or asks for what they choose.

    A key of their choice must be free in the statement that allows, and asked about in the same way by every Deny.
    """
    if deny.problem is not None:
        return False
    if deny.principals is None or not (deny.principals.everyone or deny.principals.negated):
        return True
    taken = {c.key for c in allow.conditions}
    asked = [c for d in denying for c in d.conditions]
    return any(
        c.key not in taken and _can_fail(c) and all(o == c for o in asked if o.key == c.key) for c in deny.conditions
    )


def _can_fail(condition: Condition) -> bool:
    """Whether a caller can surely choose the key so that the condition does not hold."""
    if condition.key not in CHOSEN_KEYS or condition.problem is not None or condition.quantifier:
        return False
    if condition.null is not None:
        return len(condition.null) == 1
    values = condition.values
    if isinstance(values, GlobSet):
        words = [word in values for word in ("true", "false")]
        return any(words) or condition.key != "aws:securetransport" if condition.inverted else not all(words)
    return isinstance(values, IntervalSet) and not values.is_everything and not values.is_nothing
