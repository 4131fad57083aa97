"""Condition blocks: parsed once into sets, then read as literals of a question.

IAM user guide, "IAM JSON policy elements: Condition operators" and "Multivalued context keys".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Protocol, TypeVar

from checkers.cloud.patterns import Pattern, Unsupported, parse_arns, parse_strings
from checkers.cloud.vocabulary import NOT_A_NUMBER, parse_binary, parse_date, parse_network, parse_number
from checkers.kernel.formula import Arity, Literal
from checkers.kernel.globs import GlobSet
from checkers.kernel.intervals import Cut, IntervalSet, union
from checkers.verdict import Declined

SCALAR_ON_SET = "scalar-on-set"
FOR_ANY_VALUE_IF_EXISTS = "foranyvalue-ifexists"

Values = Sequence[str]
ConditionSet = GlobSet | IntervalSet | Pattern
_Value = TypeVar("_Value")
_NOTHING = GlobSet(())


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator and key pair.

    `quantifier` is "", "ForAllValues" or "ForAnyValue"; `view` as in `vocabulary`; `values` is what a
    positive operator looks for, also where `inverted`; `null` is the values of the Null operator.
    """

    operator: str
    key: str
    quantifier: str = ""
    inverted: bool = False
    if_exists: bool = False
    view: str = ""
    values: ConditionSet = _NOTHING
    null: frozenset[bool] | None = None
    problem: str | None = None


def _text(*, wildcards: bool, folded: bool) -> Callable[[Values, bool], ConditionSet]:
    return lambda values, variables: parse_strings(values, variables=variables, wildcards=wildcards, folded=folded)


def _arn(values: Values, variables: bool) -> ConditionSet:  # noqa: FBT001
    return parse_arns(values, variables=variables)


def _spans(
    parse: Callable[[str], Fraction | None], make: Callable[[Fraction], tuple[Cut | None, Cut | None]]
) -> Callable[[Values, bool], ConditionSet]:
    def read(values: Values, _variables: bool) -> ConditionSet:  # noqa: FBT001
        return union([make(_typed(parse, v)) for v in values])

    return read


def _typed(parse: Callable[[str], _Value | None], text: str) -> _Value:
    value = parse(text)
    if value is None:
        raise Unsupported(f"{text!r} is not a value of the operator's type")
    return value


def _address(values: Values, _variables: bool) -> ConditionSet:  # noqa: FBT001
    networks = [_typed(parse_network, v) for v in values]
    return union([((first, 0), (behind, 0)) for first, behind in networks])


def _binary(values: Values, _variables: bool) -> ConditionSet:  # noqa: FBT001
    return GlobSet([_typed(parse_binary, v) for v in values])


_LOWEST: Cut = (NOT_A_NUMBER, 1)  # below every number, above what is none

_COMPARISONS: dict[str, tuple[bool, Callable[[Fraction], tuple[Cut | None, Cut | None]]]] = {
    "Equals": (False, lambda n: ((n, 0), (n, 1))),
    "NotEquals": (True, lambda n: ((n, 0), (n, 1))),
    "LessThan": (False, lambda n: (_LOWEST, (n, 0))),
    "LessThanEquals": (False, lambda n: (_LOWEST, (n, 1))),
    "GreaterThan": (False, lambda n: ((n, 1), None)),
    "GreaterThanEquals": (False, lambda n: ((n, 0), None)),
}


@dataclass(frozen=True, slots=True)
class _Operator:
    view: str
    inverted: bool
    read: Callable[[Values, bool], ConditionSet]


OPERATORS: dict[str, _Operator] = {
    "StringEquals": _Operator("", False, _text(wildcards=False, folded=False)),
    "StringNotEquals": _Operator("", True, _text(wildcards=False, folded=False)),
    "StringEqualsIgnoreCase": _Operator("", False, _text(wildcards=False, folded=True)),
    "StringNotEqualsIgnoreCase": _Operator("", True, _text(wildcards=False, folded=True)),
    "StringLike": _Operator("", False, _text(wildcards=True, folded=False)),
    "StringNotLike": _Operator("", True, _text(wildcards=True, folded=False)),
    "ArnEquals": _Operator("", False, _arn),
    "ArnLike": _Operator("", False, _arn),
    "ArnNotEquals": _Operator("", True, _arn),
    "ArnNotLike": _Operator("", True, _arn),
    "Bool": _Operator("", False, _text(wildcards=False, folded=True)),
    "BinaryEquals": _Operator("binary", False, _binary),
    "IpAddress": _Operator("address", False, _address),
    "NotIpAddress": _Operator("address", True, _address),
    **{
        f"Numeric{name}": _Operator("number", inverted, _spans(parse_number, make))
        for name, (inverted, make) in _COMPARISONS.items()
    },
    **{
        f"Date{name}": _Operator("date", inverted, _spans(parse_date, make))
        for name, (inverted, make) in _COMPARISONS.items()
    },
}
QUANTIFIERS = ("ForAllValues", "ForAnyValue")


def parse_condition(operator: str, key: str, values: Values, *, variables: bool) -> Condition:
    """One operator and key pair. What has no reading comes back with its `problem`."""
    name = key.lower() if key.isascii() else key
    return _parse_condition(operator, name, tuple(values), variables)


@lru_cache(maxsize=1 << 14)
def _parse_condition(operator: str, key: str, values: tuple[str, ...], variables: bool) -> Condition:  # noqa: FBT001
    quantifier, name, if_exists = split_operator(operator)
    # A name with # would be taken for a typed view of another key; the lower case of some letters is another letter.
    if "#" in key or not key.isascii():
        return Condition(operator, key, quantifier, problem=f"condition key {key!r}")
    if name == "Null" and not quantifier and not if_exists:
        return _parse_null(operator, key, values)
    known = OPERATORS.get(name)
    if known is None:
        return Condition(operator, key, quantifier, problem=f"unknown condition operator `{operator}`")
    try:
        found = known.read(values, variables)
    except (Unsupported, Declined) as error:
        return Condition(operator, key, quantifier, problem=str(error))
    return Condition(operator, key, quantifier, known.inverted, if_exists, known.view, found)


def split_operator(operator: str) -> tuple[str, str, bool]:
    """The quantifier, the plain operator and whether `IfExists` is there."""
    quantifier, colon, name = operator.rpartition(":")
    if colon and quantifier not in QUANTIFIERS:
        return "", operator, False
    if_exists = name.endswith("IfExists")
    return quantifier, name.removesuffix("IfExists"), if_exists


def _parse_null(operator: str, key: str, values: Values) -> Condition:
    wanted = {"true": True, "false": False}
    if any(v.lower() not in wanted for v in values):
        return Condition(operator, key, problem=f"Null takes true or false, not {list(values)!r}")
    return Condition(operator, key, null=frozenset(wanted[v.lower()] for v in values))


class Keys(Protocol):
    """What a question knows of its condition keys."""

    def arity(self, key: str) -> Arity:
        """How many values the key has."""

    def present(self, key: str) -> Literal:
        """The key has a value."""

    def some(self, key: str, view: str, values: ConditionSet, *, complement: bool) -> Literal:
        """Some value of the key is in the set, or in its complement."""

    def any_of(self, literals: Sequence[Literal]) -> Literal:
        """The disjunction."""

    def all_of(self, literals: Sequence[Literal]) -> Literal:
        """The conjunction."""

    def depends_on(self, reading: str) -> None:
        """Note that a two-sided reading, or an element without a reading, is part of the question."""


def condition_literal(condition: Condition, keys: Keys, *, wide: bool) -> Literal:
    """The condition as a literal; `wide` reads what is not settled so that it holds more often."""
    if condition.problem is not None:
        keys.depends_on(condition.problem)
        return keys.all_of([]) if wide else keys.any_of([])
    present = keys.present(condition.key)
    if condition.null is not None:
        return keys.any_of([-present if absent else present for absent in sorted(condition.null)])
    many = keys.arity(condition.key) is Arity.MANY
    if condition.quantifier == "ForAllValues":
        return -_some(condition, keys, present, matching=condition.inverted, many=many)
    if condition.quantifier == "ForAnyValue":
        return _for_any_value(condition, keys, present, many=many, wide=wide)
    found = _scalar_on_set(condition, keys, present, wide=wide) if many else _scalar(condition, keys, present)
    return keys.any_of([found, -present]) if condition.if_exists else found


def _some(condition: Condition, keys: Keys, present: Literal, *, matching: bool, many: bool) -> Literal:
    """Some value is among those that the operator looks for (`matching`), or some value is not."""
    values = condition.values
    if matching:
        return keys.all_of([present, keys.some(condition.key, condition.view, values, complement=False)])
    if many:
        return keys.all_of([present, keys.some(condition.key, condition.view, values, complement=True)])
    return keys.all_of([present, -keys.some(condition.key, condition.view, values, complement=False)])


def _scalar(condition: Condition, keys: Keys, present: Literal) -> Literal:
    matches = _some(condition, keys, present, matching=True, many=False)
    return -matches if condition.inverted else matches


def _for_any_value(condition: Condition, keys: Keys, present: Literal, *, many: bool, wide: bool) -> Literal:
    """Some value matches. An absent key with IfExists is read both ways."""
    found = _some(condition, keys, present, matching=not condition.inverted, many=many)
    if not condition.if_exists:
        return found
    keys.depends_on(FOR_ANY_VALUE_IF_EXISTS)
    return keys.any_of([found, -present]) if wide else found


def _scalar_on_set(condition: Condition, keys: Keys, present: Literal, *, wide: bool) -> Literal:
    """A single-valued operator on a key with many values is not defined: read both ways."""
    keys.depends_on(SCALAR_ON_SET)
    matching = _some(condition, keys, present, matching=True, many=True)
    other = _some(condition, keys, present, matching=False, many=True)
    if condition.inverted:
        return keys.any_of([-matching, other]) if wide else -matching
    return matching if wide else keys.all_of([matching, -other])


def parse_condition_block(block: Mapping[str, Mapping[str, Values]], *, variables: bool) -> tuple[Condition, ...]:
    """Every operator and key pair of a block, in its order."""
    found = []
    for operator, pairs in block.items():
        keys = [key.lower() for key in pairs]
        for key, values in pairs.items():
            if keys.count(key.lower()) > 1:
                found.append(
                    Condition(
                        operator,
                        key.lower(),
                        split_operator(operator)[0],
                        problem=f"{operator} has the key {key} twice",
                    )
                )
            else:
                found.append(parse_condition(operator, key, values, variables=variables))
    return tuple(found)
