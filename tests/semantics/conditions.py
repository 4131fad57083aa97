"""Sections 3 and 4: conditions and policy variables."""

from __future__ import annotations

from typing import Any

from cloud.setting import BUCKET, USER, allow, deny, lone_role, lone_user, tag_list
from semantics.edited import Edit
from semantics.rule import ALLOWED, OPEN, REFUSED, Answer, Case, Rule, asks, case
from semantics.statements import CONDITION, MULTI, VARIABLES, VERSION

OPERATORS = "IAM user guide, IAM JSON policy elements: Condition operators"
SETS = "IAM user guide, Set operators for multivalued context keys"
ABAC = "IAM user guide, IAM policy elements: Variables and tags, Where you can use policy variables"

Json = Any


def holds(says: str, condition: Json, context: dict[str, Any], answer: Answer, **more: Any) -> Case:
    """A role that may read under the condition, and a request with this context."""
    return case(says, lone_role(allow(Condition=condition)), asks(context=context), answer, **more)


def tagged(tags: dict[str, str], *statements: Json) -> Json:
    """User alice with tags and statements."""
    return lone_user(*statements, Tags=tag_list(tags))


TAG = "${aws:PrincipalTag/team}"
SAME_TEAM = deny(Condition={"StringNotEquals": {"aws:ResourceTag/team": TAG}})
TWO_KEYS = {"StringEquals": {"app:label": "a", "app:kind": "k"}}
TWO_OPERATORS = {"StringEquals": {"app:label": "a"}, "NumericEquals": {"app:n": "1"}}
PARTS = {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:111122223333:top*"}}

GENERAL = (
    Rule(
        id="every-key-must-hold",
        says="Every key of an operator must hold.",
        source=CONDITION,
        accept=holds("both do", TWO_KEYS, {"app:label": "a", "app:kind": "k"}, ALLOWED),
        reject=holds("one does", TWO_KEYS, {"app:label": "a", "app:kind": "x"}, REFUSED),
        off=Edit(
            "conditions",
            "for key, values in pairs.items():\n            if keys",
            "for key, values in list(pairs.items())[:1]:\n            if keys",
        ),
    ),
    Rule(
        id="every-operator-must-hold",
        says="Every operator of a Condition must hold.",
        source=CONDITION,
        accept=holds("both do", TWO_OPERATORS, {"app:label": "a", "app:n": "1"}, ALLOWED),
        reject=holds("one does", TWO_OPERATORS, {"app:label": "a", "app:n": "2"}, REFUSED),
        off=Edit(
            "conditions",
            "for operator, pairs in block.items():\n        keys",
            "for operator, pairs in list(block.items())[:1]:\n        keys",
        ),
    ),
    Rule(
        id="some-policy-value-is-enough",
        says="A positive operator holds iff some value of the policy matches.",
        source=CONDITION,
        accept=holds(
            "the second of two values", {"StringEquals": {"app:label": ["a", "b"]}}, {"app:label": "b"}, ALLOWED
        ),
        reject=holds("neither value", {"StringEquals": {"app:label": ["a", "b"]}}, {"app:label": "c"}, REFUSED),
        off=Edit(
            "patterns", "for value in values:\n        if folded", "for value in list(values)[:1]:\n        if folded"
        ),
    ),
    Rule(
        id="inverted-operator-needs-no-match-at-all",
        says="An inverted operator holds iff no value of the policy matches.",
        source=CONDITION,
        accept=holds("neither value", {"StringNotEquals": {"app:label": ["a", "b"]}}, {"app:label": "c"}, ALLOWED),
        reject=holds(
            "the second of two values", {"StringNotEquals": {"app:label": ["a", "b"]}}, {"app:label": "b"}, REFUSED
        ),
        off=Edit("conditions", "return -matches if condition.inverted else matches", "return matches"),
    ),
    Rule(
        id="positive-operator-needs-the-key",
        says="A positive operator on a key that is absent is false.",
        source=OPERATORS,
        accept=holds("the key is absent", {"StringLike": {"app:label": "*"}}, {}, REFUSED),
        reject=holds("the key has any value", {"StringLike": {"app:label": "*"}}, {"app:label": "z"}, ALLOWED),
        off=Edit(
            "conditions",
            "found = _scalar_on_set(condition, keys, present, wide=wide) if many else _scalar(condition, keys, present)",
            "found = keys.any_of([-present, _scalar(condition, keys, present)])",
        ),
    ),
    Rule(
        id="inverted-operator-holds-without-the-key",
        says="An inverted operator on a key that is absent is true.",
        source=OPERATORS,
        accept=holds("the key is absent", {"StringNotEquals": {"app:label": "a"}}, {}, ALLOWED),
        reject=holds("the key has the value", {"StringNotEquals": {"app:label": "a"}}, {"app:label": "a"}, REFUSED),
        off=Edit(
            "conditions",
            "return -matches if condition.inverted else matches",
            "return keys.all_of([present, -matches]) if condition.inverted else matches",
        ),
    ),
    Rule(
        id="ifexists-holds-without-the-key",
        says="With IfExists an operator on a key that is absent is true.",
        source=OPERATORS,
        accept=holds("the key is absent", {"StringEqualsIfExists": {"app:label": "a"}}, {}, ALLOWED),
        reject=holds(
            "the key has another value", {"StringEqualsIfExists": {"app:label": "a"}}, {"app:label": "b"}, REFUSED
        ),
        off=Edit(
            "conditions", "return keys.any_of([found, -present]) if condition.if_exists else found", "return found"
        ),
    ),
    Rule(
        id="ill-typed-value-does-not-match",
        says="A value that is not of the operator's type matches no positive operator.",
        source=OPERATORS,
        accept=holds(
            "a word where a number is compared", {"NumericLessThan": {"app:n": "10"}}, {"app:n": "few"}, REFUSED
        ),
        reject=holds("a negative number", {"NumericLessThan": {"app:n": "10"}}, {"app:n": "-5"}, ALLOWED),
        off=Edit(
            "conditions",
            '"LessThan": (False, lambda n: (_LOWEST, (n, 0))),',
            '"LessThan": (False, lambda n: (None, (n, 0))),',
        ),
    ),
    Rule(
        id="ill-typed-value-is-outside-an-inverted-operator",
        says="A value that is not of the operator's type matches nothing, so an inverted operator holds.",
        source=OPERATORS,
        accept=holds(
            "a word where an address is compared",
            {"NotIpAddress": {"aws:SourceIp": "0.0.0.0/0"}},
            {"aws:sourceip": "nowhere"},
            ALLOWED,
        ),
        reject=holds(
            "an address of the block",
            {"NotIpAddress": {"aws:SourceIp": "0.0.0.0/0"}},
            {"aws:sourceip": "0.0.0.0"},
            REFUSED,
        ),
        off=Edit("vocabulary", "NOT_AN_ADDRESS = -1", "NOT_AN_ADDRESS = 0"),
    ),
    Rule(
        id="unreadable-condition-may-hold",
        says="A condition that is not in the grammar may hold or not.",
        source=OPERATORS,
        accept=holds("an operator that does not exist", {"StringLikke": {"app:label": "a"}}, {"app:label": "b"}, OPEN),
        reject=holds("one that does", {"StringLike": {"app:label": "a"}}, {"app:label": "b"}, REFUSED),
        off=Edit("conditions", "return keys.all_of([]) if wide else keys.any_of([])", "return keys.any_of([])"),
    ),
)

MANY = (
    Rule(
        id="forallvalues-holds-without-the-key",
        says="ForAllValues on a key that is absent is true.",
        source=SETS,
        accept=holds("the key is absent", {"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}}, {}, ALLOWED),
        reject=holds(
            "with a Null guard",
            {"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}, "Null": {"aws:TagKeys": "false"}},
            {},
            REFUSED,
        ),
        off=Edit(
            "conditions",
            "return -_some(condition, keys, present, matching=condition.inverted, many=many)",
            "return keys.all_of([present, -_some(condition, keys, present, matching=condition.inverted, many=many)])",
        ),
    ),
    Rule(
        id="forallvalues-needs-every-value",
        says="ForAllValues holds iff every value of the request matches.",
        source=SETS,
        accept=holds(
            "every value is listed",
            {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}},
            {"aws:tagkeys": ["a", "b"]},
            ALLOWED,
        ),
        reject=holds(
            "one is not",
            {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}},
            {"aws:tagkeys": ["a", "c"]},
            REFUSED,
        ),
        off=Edit(
            "conditions",
            'if condition.quantifier == "ForAllValues":',
            'if condition.quantifier == "ForAllValues" and not many:',
        ),
    ),
    Rule(
        id="forallvalues-with-inverted-operator",
        says="ForAllValues with an inverted operator holds iff every value matches none of the policy's.",
        source=SETS,
        accept=holds(
            "every value is another",
            {"ForAllValues:StringNotEquals": {"aws:TagKeys": ["a"]}},
            {"aws:tagkeys": ["b", "c"]},
            ALLOWED,
        ),
        reject=holds(
            "one is that of the policy",
            {"ForAllValues:StringNotEquals": {"aws:TagKeys": ["a"]}},
            {"aws:tagkeys": ["a", "b"]},
            REFUSED,
        ),
        off=Edit("conditions", "matching=condition.inverted, many=many)", "matching=False, many=many)"),
    ),
    Rule(
        id="foranyvalue-fails-without-the-key",
        says="ForAnyValue on a key that is absent is false, with an inverted operator too.",
        source=SETS,
        accept=holds("the key is absent", {"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["a"]}}, {}, REFUSED),
        reject=holds(
            "the key has another value",
            {"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["a"]}},
            {"aws:tagkeys": ["b"]},
            ALLOWED,
        ),
        off=Edit(
            "conditions",
            "    if not condition.if_exists:\n        return found\n",
            "    if not condition.if_exists:\n        return keys.any_of([found, -present])\n",
        ),
    ),
    Rule(
        id="foranyvalue-needs-some-value",
        says="ForAnyValue holds iff some value of the request matches.",
        source=SETS,
        accept=holds(
            "one of two values",
            {"ForAnyValue:StringEquals": {"aws:TagKeys": ["a"]}},
            {"aws:tagkeys": ["a", "c"]},
            ALLOWED,
        ),
        reject=holds(
            "neither value", {"ForAnyValue:StringEquals": {"aws:TagKeys": ["a"]}}, {"aws:tagkeys": ["b", "c"]}, REFUSED
        ),
        off=Edit(
            "conditions",
            'if condition.quantifier == "ForAnyValue":',
            'if condition.quantifier == "ForAnyValue" and not many:',
        ),
    ),
    Rule(
        id="foranyvalue-with-inverted-operator",
        says="ForAnyValue with an inverted operator holds iff some value matches none of the policy's.",
        source=SETS,
        accept=holds(
            "{a, b} against [a]",
            {"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["a"]}},
            {"aws:tagkeys": ["a", "b"]},
            ALLOWED,
        ),
        reject=holds(
            "{a} against [a]", {"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["a"]}}, {"aws:tagkeys": ["a"]}, REFUSED
        ),
        off=Edit("conditions", "matching=not condition.inverted, many=many)", "matching=True, many=many)"),
    ),
    Rule(
        id="foranyvalue-ifexists",
        says="ForAnyValue with IfExists on a key that is absent is read both ways.",
        source=f"{OPERATORS}; {SETS}",
        accept=holds(
            "the key is absent",
            {"ForAnyValue:StringEqualsIfExists": {"aws:TagKeys": ["a"]}},
            {},
            OPEN,
            names="foranyvalue-ifexists",
        ),
        reject=holds(
            "without IfExists it is false",
            {"ForAnyValue:StringEquals": {"aws:TagKeys": ["a"]}},
            {},
            REFUSED,
            omits="foranyvalue-ifexists",
        ),
        off=Edit("conditions", "return keys.any_of([found, -present]) if wide else found", "return found"),
    ),
    Rule(
        id="scalar-on-set",
        says="An operator without a set operator on a multi-valued key is read both ways.",
        source=MULTI,
        accept=holds(
            "one of two values matches",
            {"StringEquals": {"aws:TagKeys": ["a"]}},
            {"aws:tagkeys": ["a", "b"]},
            OPEN,
            names="scalar-on-set",
        ),
        reject=holds(
            "neither value matches",
            {"StringEquals": {"aws:TagKeys": ["a"]}},
            {"aws:tagkeys": ["b", "c"]},
            REFUSED,
            names="scalar-on-set",
        ),
        off=Edit("conditions", "return matching if wide else keys.all_of([matching, -other])", "return matching"),
    ),
    Rule(
        id="inverted-scalar-on-set",
        says="An inverted operator without a set operator on a multi-valued key is read both ways.",
        source=MULTI,
        accept=holds(
            "one of two values matches",
            {"StringNotEquals": {"aws:TagKeys": ["a"]}},
            {"aws:tagkeys": ["a", "b"]},
            OPEN,
            names="scalar-on-set",
        ),
        reject=holds(
            "neither value matches",
            {"StringNotEquals": {"aws:TagKeys": ["a"]}},
            {"aws:tagkeys": ["b", "c"]},
            ALLOWED,
            names="scalar-on-set",
        ),
        off=Edit("conditions", "return keys.any_of([-matching, other]) if wide else -matching", "return -matching"),
    ),
    Rule(
        id="null-true-is-absent",
        says="Null true holds iff the key is absent.",
        source=OPERATORS,
        accept=holds("the key is absent", {"Null": {"app:label": "true"}}, {}, ALLOWED),
        reject=holds("the key is there", {"Null": {"app:label": "true"}}, {"app:label": "a"}, REFUSED),
        off=Edit("conditions", "-present if absent else present", "present"),
    ),
    Rule(
        id="null-false-is-present",
        says="Null false holds iff the key has a value.",
        source=OPERATORS,
        accept=holds("the key is there", {"Null": {"app:label": "false"}}, {"app:label": ""}, ALLOWED),
        reject=holds("the key is absent", {"Null": {"app:label": "false"}}, {}, REFUSED),
        off=Edit("conditions", "-present if absent else present", "-present"),
    ),
    Rule(
        id="null-ignores-case",
        says="The value of Null is read without regard to case.",
        source=OPERATORS,
        accept=holds("TRUE, and the key is absent", {"Null": {"app:label": "TRUE"}}, {}, ALLOWED),
        reject=holds("TRUE, and the key is there", {"Null": {"app:label": "TRUE"}}, {"app:label": "a"}, REFUSED),
        off=Edit(
            "conditions", "if any(v.lower() not in wanted for v in values):", "if any(v not in wanted for v in values):"
        ),
    ),
)

TEXTS = (
    Rule(
        id="string-equals-has-no-wildcards",
        says="StringEquals takes * and ? literally.",
        source=OPERATORS,
        accept=holds("the value is a*", {"StringEquals": {"app:label": "a*"}}, {"app:label": "a*"}, ALLOWED),
        reject=holds("the value begins with a", {"StringEquals": {"app:label": "a*"}}, {"app:label": "abc"}, REFUSED),
        off=Edit(
            "conditions",
            '"StringEquals": _Operator("", False, _text(wildcards=False',
            '"StringEquals": _Operator("", False, _text(wildcards=True',
        ),
    ),
    Rule(
        id="string-equals-is-case-sensitive",
        says="StringEquals is case-sensitive.",
        source=OPERATORS,
        accept=holds("the same case", {"StringEquals": {"app:label": "Ab"}}, {"app:label": "Ab"}, ALLOWED),
        reject=holds("another case", {"StringEquals": {"app:label": "Ab"}}, {"app:label": "ab"}, REFUSED),
        off=Edit(
            "conditions",
            '"StringEquals": _Operator("", False, _text(wildcards=False, folded=False',
            '"StringEquals": _Operator("", False, _text(wildcards=False, folded=True',
        ),
    ),
    Rule(
        id="string-equals-ignore-case",
        says="StringEqualsIgnoreCase ignores case, and still has no wildcards.",
        source=OPERATORS,
        accept=holds("another case", {"StringEqualsIgnoreCase": {"app:label": "Ab*"}}, {"app:label": "aB*"}, ALLOWED),
        reject=holds(
            "a text that the wildcard would match",
            {"StringEqualsIgnoreCase": {"app:label": "Ab*"}},
            {"app:label": "abc"},
            REFUSED,
        ),
        off=Edit(
            "conditions",
            '"StringEqualsIgnoreCase": _Operator("", False, _text(wildcards=False, folded=True',
            '"StringEqualsIgnoreCase": _Operator("", False, _text(wildcards=False, folded=False',
        ),
    ),
    Rule(
        id="string-like-is-a-glob-across-everything",
        says="StringLike is a glob whose wildcards cross / and :.",
        source=OPERATORS,
        accept=holds("over slash and colon", {"StringLike": {"app:label": "a?*z"}}, {"app:label": "a:b/c:z"}, ALLOWED),
        reject=holds("? needs a character", {"StringLike": {"app:label": "a?*z"}}, {"app:label": "az"}, REFUSED),
        off=Edit(
            "conditions",
            '"StringLike": _Operator("", False, _text(wildcards=True',
            '"StringLike": _Operator("", False, _text(wildcards=False',
        ),
    ),
    Rule(
        id="string-like-is-case-sensitive",
        says="StringLike is case-sensitive.",
        source=OPERATORS,
        accept=holds("the same case", {"StringLike": {"app:label": "A*"}}, {"app:label": "Ab"}, ALLOWED),
        reject=holds("another case", {"StringLike": {"app:label": "A*"}}, {"app:label": "ab"}, REFUSED),
        off=Edit(
            "conditions",
            '"StringLike": _Operator("", False, _text(wildcards=True, folded=False',
            '"StringLike": _Operator("", False, _text(wildcards=True, folded=True',
        ),
    ),
    Rule(
        id="arn-equals-is-arn-like",
        says="ArnEquals reads wildcards as ArnLike does.",
        source=OPERATORS,
        accept=holds(
            "a wildcard in ArnEquals",
            {"ArnEquals": {"aws:SourceArn": "arn:aws:sns:*:111122223333:top*"}},
            {"aws:sourcearn": "arn:aws:sns:eu-west-1:111122223333:topic"},
            ALLOWED,
        ),
        reject=holds(
            "another account",
            {"ArnEquals": {"aws:SourceArn": "arn:aws:sns:*:111122223333:top*"}},
            {"aws:sourcearn": "arn:aws:sns:eu-west-1:444455556666:topic"},
            REFUSED,
        ),
        off=Edit(
            "conditions",
            '"ArnEquals": _Operator("", False, _arn)',
            '"ArnEquals": _Operator("", False, _text(wildcards=False, folded=False))',
        ),
    ),
    Rule(
        id="arn-wildcards-stay-in-their-part",
        says="A wildcard in the first five parts of an Arn operator matches no colon.",
        source=OPERATORS,
        accept=holds(
            "a * for the region", PARTS, {"aws:sourcearn": "arn:aws:sns:eu-west-1:111122223333:topic"}, ALLOWED
        ),
        reject=holds(
            "an account that stands in the last part",
            PARTS,
            {"aws:sourcearn": "arn:aws:sns:eu-west-1:999988887777:x:111122223333:topic"},
            REFUSED,
        ),
        off=Edit(
            "patterns", "joined += [_WITHIN.get(s, s) if isinstance(s, str) else s for s in part]", "joined += part"
        ),
    ),
    Rule(
        id="arn-wildcards-in-the-last-part-cross-everything",
        says="A wildcard in the last part of an Arn operator crosses / and :.",
        source=OPERATORS,
        accept=holds("over a colon", PARTS, {"aws:sourcearn": "arn:aws:sns:eu-west-1:111122223333:topic:a/b"}, ALLOWED),
        reject=holds(
            "another beginning", PARTS, {"aws:sourcearn": "arn:aws:sns:eu-west-1:111122223333:a:top"}, REFUSED
        ),
        off=Edit(
            "patterns", "return joined + list(parts[-1])", "return joined + [_WITHIN.get(s, s) for s in parts[-1]]"
        ),
    ),
    Rule(
        id="arn-operators-are-case-sensitive",
        says="Arn operators are case-sensitive.",
        source=OPERATORS,
        accept=holds("the same case", PARTS, {"aws:sourcearn": "arn:aws:sns:eu-west-1:111122223333:top"}, ALLOWED),
        reject=holds("another case", PARTS, {"aws:sourcearn": "arn:aws:sns:eu-west-1:111122223333:Top"}, REFUSED),
        off=Edit("patterns", "union.add(_join(parts))", "union.add(_join(parts), folded=True)"),
    ),
)

TYPED = (
    Rule(
        id="numbers-are-compared-as-decimals",
        says="Numeric operators compare decimal numbers, not texts.",
        source=OPERATORS,
        accept=holds("5.0 is 5", {"NumericEquals": {"app:n": "5"}}, {"app:n": "5.0"}, ALLOWED),
        reject=holds("5.01 is not", {"NumericEquals": {"app:n": "5"}}, {"app:n": "5.01"}, REFUSED),
        off=Edit(
            "conditions",
            '    "Equals": (False, lambda n: ((n, 0), (n, 1))),',
            '    "Equals": (False, lambda n: ((n, 1), (n + 1, 1))),',
        ),
    ),
    Rule(
        id="numeric-less-than-is-strict",
        says="NumericLessThan is without the bound, NumericLessThanEquals with it.",
        source=OPERATORS,
        accept=holds("10 is at most 10", {"NumericLessThanEquals": {"app:n": "10"}}, {"app:n": "10"}, ALLOWED),
        reject=holds("10 is not below 10", {"NumericLessThan": {"app:n": "10"}}, {"app:n": "10"}, REFUSED),
        off=Edit(
            "conditions",
            '"LessThan": (False, lambda n: (_LOWEST, (n, 0))),',
            '"LessThan": (False, lambda n: (_LOWEST, (n, 1))),',
        ),
    ),
    Rule(
        id="numeric-greater-than-is-strict",
        says="NumericGreaterThan is without the bound, NumericGreaterThanEquals with it.",
        source=OPERATORS,
        accept=holds("9.5 is at least 9.5", {"NumericGreaterThanEquals": {"app:n": "9.5"}}, {"app:n": "9.50"}, ALLOWED),
        reject=holds("9.5 is not above 9.5", {"NumericGreaterThan": {"app:n": "9.5"}}, {"app:n": "9.50"}, REFUSED),
        off=Edit(
            "conditions",
            '"GreaterThan": (False, lambda n: ((n, 1), None)),',
            '"GreaterThan": (False, lambda n: ((n, 0), None)),',
        ),
    ),
    Rule(
        id="numeric-not-equals",
        says="NumericNotEquals holds for every other number.",
        source=OPERATORS,
        accept=holds("another number", {"NumericNotEquals": {"app:n": "5"}}, {"app:n": "6"}, ALLOWED),
        reject=holds("the same number", {"NumericNotEquals": {"app:n": "5"}}, {"app:n": "5.0"}, REFUSED),
        off=Edit(
            "conditions",
            '"NotEquals": (True, lambda n: ((n, 0), (n, 1))),',
            '"NotEquals": (False, lambda n: ((n, 0), (n, 1))),',
        ),
    ),
    Rule(
        id="dates-are-compared-as-moments",
        says="Date operators compare moments, whatever the offset that they are written with.",
        source=OPERATORS,
        accept=holds(
            "an hour east is earlier",
            {"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}},
            {"aws:currenttime": "2026-01-01T00:30:00+01:00"},
            ALLOWED,
        ),
        reject=holds(
            "an hour west is later",
            {"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}},
            {"aws:currenttime": "2025-12-31T23:30:00-01:00"},
            REFUSED,
        ),
        off=Edit("vocabulary", "Fraction(part or 0) - _offset(zone)", "Fraction(part or 0)"),
    ),
    Rule(
        id="date-numbers-are-epoch-seconds",
        says="A number in a Date operator is seconds since 1970, not milliseconds.",
        source=OPERATORS,
        accept=holds(
            "seconds of a moment in 2025",
            {"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}},
            {"aws:currenttime": "1750000000"},
            ALLOWED,
        ),
        reject=holds(
            "its milliseconds are far behind 2026",
            {"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}},
            {"aws:currenttime": "1750000000000"},
            REFUSED,
        ),
        off=Edit(
            "vocabulary",
            "        return parse_number(text)\n",
            "        number = parse_number(text)\n        return None if number is None else number / 1000\n",
        ),
    ),
    Rule(
        id="bool-ignores-case",
        says="Bool is read without regard to case.",
        source=OPERATORS,
        accept=holds(
            "TRUE is true", {"Bool": {"aws:SecureTransport": "TRUE"}}, {"aws:securetransport": "true"}, ALLOWED
        ),
        reject=holds(
            "TRUE is not false", {"Bool": {"aws:SecureTransport": "TRUE"}}, {"aws:securetransport": "false"}, REFUSED
        ),
        off=Edit(
            "conditions",
            '"Bool": _Operator("", False, _text(wildcards=False, folded=True',
            '"Bool": _Operator("", False, _text(wildcards=False, folded=False',
        ),
    ),
    Rule(
        id="bool-is-false-without-the-key",
        says="Bool false on a key that is absent is false: a key that is missing is not false.",
        source=OPERATORS,
        accept=holds("the key is absent", {"Bool": {"aws:MultiFactorAuthPresent": "false"}}, {}, REFUSED),
        reject=holds("with IfExists it holds", {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}, {}, ALLOWED),
        off=Edit(
            "conditions",
            "found = _scalar_on_set(condition, keys, present, wide=wide) if many else _scalar(condition, keys, present)",
            "found = keys.any_of([-present, _scalar(condition, keys, present)])",
        ),
    ),
    Rule(
        id="binary-compares-bytes",
        says="BinaryEquals compares the bytes that base64 texts stand for.",
        source=OPERATORS,
        accept=holds("two texts of the same byte", {"BinaryEquals": {"app:b": "QQ=="}}, {"app:b": "QR=="}, ALLOWED),
        reject=holds("the text of another byte", {"BinaryEquals": {"app:b": "QQ=="}}, {"app:b": "Qg=="}, REFUSED),
        off=Edit(
            "conditions",
            '"BinaryEquals": _Operator("binary", False, _binary)',
            '"BinaryEquals": _Operator("", False, _text(wildcards=False, folded=False))',
        ),
    ),
    Rule(
        id="ipaddress-is-a-block",
        says="IpAddress holds for the addresses of the block.",
        source=OPERATORS,
        accept=holds(
            "its last address",
            {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
            {"aws:sourceip": "203.0.113.255"},
            ALLOWED,
        ),
        reject=holds(
            "the one behind it",
            {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
            {"aws:sourceip": "203.0.114.0"},
            REFUSED,
        ),
        off=Edit("vocabulary", "return first, first + network.num_addresses", "return first, first + 1"),
    ),
    Rule(
        id="ipaddress-may-be-bare",
        says="An address without a length is that address.",
        source=OPERATORS,
        accept=holds(
            "the address", {"IpAddress": {"aws:SourceIp": "203.0.113.7"}}, {"aws:sourceip": "203.0.113.7"}, ALLOWED
        ),
        reject=holds(
            "the one behind it",
            {"IpAddress": {"aws:SourceIp": "203.0.113.7"}},
            {"aws:sourceip": "203.0.113.8"},
            REFUSED,
        ),
        off=Edit("vocabulary", 'if "/" in text and not length.isdecimal():', "if not length.isdecimal():"),
    ),
    Rule(
        id="ipaddress-zero-is-every-v4",
        says="0.0.0.0/0 is every IPv4 address, and no IPv6 address.",
        source=OPERATORS,
        accept=holds(
            "the last IPv4 address",
            {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}},
            {"aws:sourceip": "255.255.255.255"},
            ALLOWED,
        ),
        reject=holds("an IPv6 address", {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}, {"aws:sourceip": "::1"}, REFUSED),
        off=Edit("vocabulary", "_V6 = 1 << 32", "_V6 = 0"),
    ),
    Rule(
        id="ipaddress-compares-addresses",
        says="IpAddress compares addresses, not texts.",
        source=OPERATORS,
        accept=holds(
            "the same address written otherwise",
            {"IpAddress": {"aws:SourceIp": "2001:db8::/32"}},
            {"aws:sourceip": "2001:0DB8:0:0::1"},
            ALLOWED,
        ),
        reject=holds(
            "an address outside the block",
            {"IpAddress": {"aws:SourceIp": "2001:db8::/32"}},
            {"aws:sourceip": "2001:db9::1"},
            REFUSED,
        ),
        off=Edit(
            "conditions",
            '"IpAddress": _Operator("address", False, _address)',
            '"IpAddress": _Operator("", False, _text(wildcards=False, folded=False))',
        ),
    ),
    Rule(
        id="not-ipaddress-holds-without-the-key",
        says="NotIpAddress holds where the request has no address.",
        source=OPERATORS,
        accept=holds("no address", {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, {}, ALLOWED),
        reject=holds(
            "an address of the block",
            {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
            {"aws:sourceip": "203.0.113.9"},
            REFUSED,
        ),
        off=Edit(
            "conditions",
            '"NotIpAddress": _Operator("address", True, _address)',
            '"NotIpAddress": _Operator("address", False, _address)',
        ),
    ),
)

VARIABLE_RULES = (
    Rule(
        id="variable-has-the-value-of-its-key",
        says="A policy variable is the value of its key.",
        source=VARIABLES,
        accept=case(
            "the own folder",
            lone_user(allow(resource=f"{BUCKET}/${{aws:username}}/*")),
            asks(USER, resource=f"{BUCKET}/alice/x"),
            ALLOWED,
        ),
        reject=case(
            "the folder of another",
            lone_user(allow(resource=f"{BUCKET}/${{aws:username}}/*")),
            asks(USER, resource=f"{BUCKET}/bob/x"),
            REFUSED,
        ),
        off=Edit(
            "patterns",
            "symbols = parse_symbols(value, variables=variables, wildcards=True)",
            "symbols = parse_symbols(value, variables=False, wildcards=True)",
        ),
    ),
    Rule(
        id="variable-keys-ignore-case",
        says="The key of a policy variable is read without regard to case.",
        source=VARIABLES,
        accept=case(
            "AWS:UserName",
            lone_user(allow(resource=f"{BUCKET}/${{AWS:UserName}}")),
            asks(USER, resource=f"{BUCKET}/alice"),
            ALLOWED,
        ),
        reject=case(
            "its value keeps its case",
            lone_user(allow(resource=f"{BUCKET}/${{AWS:UserName}}")),
            asks(USER, resource=f"{BUCKET}/Alice"),
            REFUSED,
        ),
        off=Edit("patterns", "return Key(name.strip().lower(),", "return Key(name.strip(),"),
    ),
    Rule(
        id="variable-default-stands-in",
        says="A variable without a value has its default, if it has one.",
        source=VARIABLES,
        accept=case(
            "no tag, and a default",
            lone_user(allow(resource=f"{BUCKET}/${{aws:PrincipalTag/team, 'all'}}")),
            asks(USER, resource=f"{BUCKET}/all"),
            ALLOWED,
        ),
        reject=case(
            "a tag",
            tagged({"team": "blue"}, allow(resource=f"{BUCKET}/${{aws:PrincipalTag/team, 'all'}}")),
            asks(USER, resource=f"{BUCKET}/all"),
            REFUSED,
        ),
        off=Edit("patterns", "found if found is not None else key.default)", "found)"),
    ),
    Rule(
        id="variable-value-is-literal",
        says="The value of a variable is literal text: a wildcard in it is a character.",
        source=VARIABLES,
        accept=case(
            "the tag is *, and so is the value",
            tagged({"team": "*"}, allow(Condition={"StringLike": {"app:label": TAG}})),
            asks(USER, context={"app:label": "*"}),
            ALLOWED,
        ),
        reject=case(
            "the tag is *, the value is another",
            tagged({"team": "*"}, allow(Condition={"StringLike": {"app:label": TAG}})),
            asks(USER, context={"app:label": "blue"}),
            REFUSED,
        ),
        off=Edit(
            "patterns",
            "return [p.replace(mark, text).replace(folded, fold(text)) for p in patterns]",
            "return [p.replace(mark, text.replace('*', STAR)) for p in patterns]",
        ),
    ),
    Rule(
        id="multi-valued-variable-is-unresolvable",
        says="A variable whose key is multi-valued has no value.",
        source=VARIABLES,
        accept=holds(
            "the one tag key",
            {"StringEquals": {"app:label": "${aws:TagKeys}"}},
            {"aws:tagkeys": ["a"], "app:label": "a"},
            REFUSED,
        ),
        reject=holds(
            "a single-valued key",
            {"StringEquals": {"app:label": "${aws:RequestTag/t}"}},
            {"aws:requesttag/t": "a", "app:label": "a"},
            ALLOWED,
        ),
        off=Edit("derivation", "        if key in MULTI_VALUED:\n            return None\n", ""),
    ),
    Rule(
        id="unresolvable-variable-does-not-match",
        says="A positive operator with a variable that has no value does not match.",
        source=VARIABLES,
        accept=case(
            "the tag is absent",
            tagged({}, allow(Condition={"StringLike": {"app:label": TAG}})),
            asks(USER, context={"app:label": ""}),
            REFUSED,
        ),
        reject=case(
            "the tag is empty",
            tagged({"team": ""}, allow(Condition={"StringLike": {"app:label": TAG}})),
            asks(USER, context={"app:label": ""}),
            ALLOWED,
        ),
        off=Edit("patterns", "return [p for p in patterns if mark not in p and folded not in p]", 'text = ""'),
    ),
    Rule(
        id="inverted-operator-with-unresolvable-variable-matches",
        says="An inverted operator with a variable that has no value holds: the ABAC Deny fires.",
        source=ABAC,
        accept=case(
            "the caller has no tag",
            tagged({}, allow(), SAME_TEAM),
            asks(USER, context={"aws:resourcetag/team": ""}),
            REFUSED,
        ),
        reject=case(
            "the caller has the resource's tag",
            tagged({"team": ""}, allow(), SAME_TEAM),
            asks(USER, context={"aws:resourcetag/team": ""}),
            ALLOWED,
        ),
        off=Edit("patterns", "return [p for p in patterns if mark not in p and folded not in p]", 'text = ""'),
    ),
    Rule(
        id="escaped-characters-are-literal",
        says="${*}, ${?} and ${$} are the characters themselves.",
        source=VARIABLES,
        accept=holds(
            "the three characters", {"StringLike": {"app:label": "${*}${?}${$}*"}}, {"app:label": "*?$x"}, ALLOWED
        ),
        reject=holds(
            "what wildcards would match", {"StringLike": {"app:label": "${*}${?}${$}*"}}, {"app:label": "ab$x"}, REFUSED
        ),
        off=Edit("patterns", 'if text in {"*", "?", "$"}:', "if not text:"),
    ),
    Rule(
        id="variables-in-string-operators",
        says="String and Bool operators have policy variables.",
        source=ABAC,
        accept=case(
            "the caller's tag",
            tagged({"team": "blue"}, allow(Condition={"StringEquals": {"app:label": TAG}})),
            asks(USER, context={"app:label": "blue"}),
            ALLOWED,
        ),
        reject=case(
            "another value",
            tagged({"team": "blue"}, allow(Condition={"StringEquals": {"app:label": TAG}})),
            asks(USER, context={"app:label": "red"}),
            REFUSED,
        ),
        off=Edit("conditions", "parse_strings(values, variables=variables,", "parse_strings(values, variables=False,"),
    ),
    Rule(
        id="variables-in-arn-operators",
        says="Arn operators have policy variables.",
        source=ABAC,
        accept=case(
            "the caller's tag",
            tagged({"team": "blue"}, allow(Condition={"ArnLike": {"aws:SourceArn": f"arn:aws:sns:*:*:{TAG}"}})),
            asks(USER, context={"aws:sourcearn": "arn:aws:sns:a:1:blue"}),
            ALLOWED,
        ),
        reject=case(
            "another value",
            tagged({"team": "blue"}, allow(Condition={"ArnLike": {"aws:SourceArn": f"arn:aws:sns:*:*:{TAG}"}})),
            asks(USER, context={"aws:sourcearn": "arn:aws:sns:a:1:red"}),
            REFUSED,
        ),
        off=Edit(
            "conditions", "return parse_arns(values, variables=variables)", "return parse_arns(values, variables=False)"
        ),
    ),
    Rule(
        id="no-variables-in-numeric-operators",
        says="A policy variable in a Numeric, Date, Binary or IpAddress operator is not in the grammar.",
        source=ABAC,
        accept=case(
            "a variable for a number",
            tagged({"team": "5"}, allow(Condition={"NumericEquals": {"app:n": TAG}})),
            asks(USER, context={"app:n": "5"}),
            OPEN,
        ),
        reject=case(
            "a number",
            tagged({"team": "5"}, allow(Condition={"NumericEquals": {"app:n": "5"}})),
            asks(USER, context={"app:n": "5"}),
            ALLOWED,
        ),
        off=Edit(
            "conditions",
            "return union([make(_typed(parse, v)) for v in values])",
            'return union([make(_typed(parse, v)) for v in values if "${" not in v])',
        ),
    ),
    Rule(
        id="variable-outside-last-part",
        says="A policy variable in the first five parts of a Resource ARN is read both ways.",
        source=ABAC,
        accept=case(
            "a variable for the account",
            lone_role(allow("sqs:*", "arn:aws:sqs:eu-west-1:${aws:PrincipalAccount}:jobs")),
            asks(action="sqs:SendMessage", resource="arn:aws:sqs:eu-west-1:111122223333:jobs"),
            OPEN,
            names="variable-outside-last-part",
        ),
        reject=case(
            "the account",
            lone_role(allow("sqs:*", "arn:aws:sqs:eu-west-1:111122223333:jobs")),
            asks(action="sqs:SendMessage", resource="arn:aws:sqs:eu-west-1:111122223333:jobs"),
            ALLOWED,
        ),
        off=Edit(
            "patterns",
            "            readings.add(VARIABLE_OUTSIDE_LAST_PART)\n            continue\n",
            "            narrow.add(symbols)\n            continue\n",
        ),
    ),
    Rule(
        id="unfinished-variable-may-match",
        says="A policy variable that cannot be read leaves its statement open.",
        source=VERSION,
        accept=case(
            "a variable without an end",
            lone_user(allow(resource=f"{BUCKET}/${{aws:username")),
            asks(USER, resource=f"{BUCKET}/alice"),
            OPEN,
        ),
        reject=case(
            "a literal dollar sign",
            lone_user(allow(resource=f"{BUCKET}/$aws:username")),
            asks(USER, resource=f"{BUCKET}/alice"),
            REFUSED,
        ),
        off=Edit(
            "patterns",
            'if text.startswith("${", i):',
            'if text.startswith("${", i) and "}" in text:',
        ),
    ),
)

RULES = (*GENERAL, *MANY, *TEXTS, *TYPED, *VARIABLE_RULES)
